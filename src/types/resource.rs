//! [`ResourceHandle`]: the elements of tensors of handles.

use std::any::Any;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// An element of a tensor of type `resource`: a handle on something that lives beside the graph,
/// such as a table.
///
/// Clones are handles on the same thing, which lives as long as there is a handle on it. The
/// default is a handle on nothing.
#[derive(Clone, Default)]
pub struct ResourceHandle(Option<Arc<dyn Any + Send + Sync>>);

impl ResourceHandle {
    /// A handle on `resource`.
    pub fn new(resource: impl Any + Send + Sync) -> Self {
        ResourceHandle(Some(Arc::new(resource)))
    }

    /// What this is a handle on, if that is an `R`.
    pub fn get<R: Any + Send + Sync>(&self) -> Option<&R> {
        self.0.as_deref()?.downcast_ref()
    }
}

/// Two handles are equal if they are on the same thing.
impl PartialEq for ResourceHandle {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        }
    }
}

impl Eq for ResourceHandle {}

impl Hash for ResourceHandle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0
            .as_ref()
            .map(|resource| Arc::as_ptr(resource).cast::<()>())
            .hash(state);
    }
}

impl fmt::Display for ResourceHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("<Resource Tensor>")
    }
}

impl fmt::Debug for ResourceHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "ResourceHandle(..)"
        } else {
            "ResourceHandle(none)"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_are_handles_on_the_same_thing() {
        let handle = ResourceHandle::new(5i32);
        assert_eq!(handle.clone(), handle);
        assert_eq!(handle.get::<i32>(), Some(&5));
        assert_eq!(handle.get::<u8>(), None);
        assert_ne!(ResourceHandle::new(5i32), handle);
        assert_ne!(ResourceHandle::default(), handle);
        assert_eq!(ResourceHandle::default(), ResourceHandle::default());
    }
}
