//! [`Object`]: what a Python program makes besides numbers and tensors.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// An optimizer, an initializer, a scope: something of the crate's, or of the harness, with
/// methods.
///
/// A method or attribute is a row of the table of bindings, named by the kind of object:
/// `Optimizer.minimize`, with the object itself as the first argument, `self`.
#[derive(Clone)]
pub struct Object {
    kind: &'static str,
    inner: Arc<dyn Any + Send + Sync>,
}

impl Object {
    /// An object whose methods are looked up by `kind`.
    pub fn new(kind: &'static str, inner: impl Any + Send + Sync) -> Self {
        Object {
            kind,
            inner: Arc::new(inner),
        }
    }

    /// The kind of object.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// What the object is, if it is a `T`.
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.inner.downcast_ref()
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.kind)
    }
}
