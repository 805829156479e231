//! [`AnyArray`]: an array whose element type is known only at run time, for users.

use std::fmt;

use ndarray::{Array, ArrayBase, ArrayD, ArrayViewD, Data, Dimension};

use super::{DType, Element, Error, Result, Strided, Value, ValueMut, memory};
use super::{with_any_dtype, with_value};

/// An owned array of any element type: what fetching an [`AnyTensor`](crate::AnyTensor) gives.
///
/// ```
/// use ndarray::arr1;
/// use tf1::AnyArray;
///
/// let any = AnyArray::from(arr1(&[1.0f32, 2.0]));
/// assert_eq!(any.dtype(), tf1::DType::Float32);
/// assert_eq!(any.view::<f32>().map(|v| v.sum()), Some(3.0));
/// assert!(any.view::<i64>().is_none());
/// ```
#[derive(Clone, Debug)]
pub struct AnyArray(Value<'static>);

impl AnyArray {
    /// The element type.
    pub fn dtype(&self) -> DType {
        self.0.dtype()
    }

    /// The lengths of the axes.
    #[inline]
    pub fn shape(&self) -> &[usize] {
        self.0.shape()
    }

    /// A view of the elements if they have type `T`.
    #[inline]
    pub fn view<T: Element>(&self) -> Option<ArrayViewD<'_, T>> {
        T::unwrap(&self.0).map(Strided::view)
    }

    /// The array if its elements have type `T`, else `self` unchanged: also if somebody else holds
    /// the elements, as a session does those that a [`snapshot`](crate::Session::snapshot) shares
    /// with it, and there is no memory for a copy.
    ///
    /// # Errors
    /// `self`, if it is not of type `T` or there is no memory for a copy.
    pub fn into_array<T: Element>(mut self) -> Result<ArrayD<T>, AnyArray> {
        let Some(array) = T::unwrap_mut(&mut self.0) else {
            return Err(self);
        };
        if array.view_mut().is_err() {
            return Err(self);
        }
        // Nobody else holds it by now, so that it is moved.
        let own = std::mem::replace(array, Strided::Single(T::default()));
        own.into_array().map_err(|_| self)
    }

    /// The array in the engine's form, to be written.
    pub(crate) fn value_mut(&mut self) -> Result<ValueMut<'_>> {
        Ok(with_value!(&mut self.0, array => Element::wrap_mut(array.view_mut()?)))
    }

    /// The engine's form of this array.
    pub fn value(&self) -> Value<'_> {
        self.0.clone().reborrow()
    }

    /// The engine's form of this array, which is moved.
    pub fn into_value(self) -> Value<'static> {
        self.0
    }
}

impl From<Value<'static>> for AnyArray {
    fn from(value: Value<'static>) -> Self {
        AnyArray(value)
    }
}

impl<T: Element, D: Dimension> From<Array<T, D>> for AnyArray {
    fn from(array: Array<T, D>) -> Self {
        AnyArray(T::wrap(array.into_dyn().into()))
    }
}

impl<T: Element, S: Data<Elem = T>, D: Dimension> TryFrom<&ArrayBase<S, D>> for AnyArray {
    type Error = Error;

    /// A copy of the array.
    ///
    /// # Errors
    /// `ResourceExhausted` if there is no memory for it.
    fn try_from(array: &ArrayBase<S, D>) -> Result<Self> {
        memory::copied(array).map(AnyArray::from)
    }
}

/// As ndarray prints an array of these elements.
impl fmt::Display for AnyArray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        with_value!(&self.0, array => array.view().fmt(f))
    }
}

impl PartialEq for AnyArray {
    /// Same element type, same shape and equal elements (so NaN differs from itself).
    fn eq(&self, other: &Self) -> bool {
        self.dtype() == other.dtype()
            && with_any_dtype!(self.dtype(), T => self.view::<T>() == other.view::<T>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::IxDyn;

    #[test]
    fn a_shared_array_alone_is_moved_out_not_copied() {
        let array = ArrayD::<f32>::zeros(IxDyn(&[4]));
        let address = array.as_ptr();
        let out = AnyArray::from(array).into_array::<f32>().unwrap();
        assert_eq!(out.as_ptr(), address);
    }
}
