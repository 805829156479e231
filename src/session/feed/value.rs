//! [`FeedValue`]: what can be fed to a tensor.

use ndarray::{Array, ArrayBase, ArrayView, Data, Dimension, IxDyn, arr1, arr2, arr3};

use crate::types::{Bytes, Element, Result, Strided, Texts, Value, for_texts, memory, rows};

/// What can be fed to a tensor of `T`: a number; an array of `ndarray`, of any dimension and
/// strides; a vector, a slice, or an array of Rust, also nested, or a vector or slice of rows; a
/// text, or a list of texts. Borrowed values are not copied, except vectors of vectors and texts.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be fed to a tensor whose elements are of type `{T}`",
    label = "not a number or an array of `{T}`",
    note = "convert an array of other elements first: ndarray's `mapv` with `as {T}` does it"
)]
pub trait FeedValue<'a, T: Element> {
    /// The value in the engine's form; borrowed arrays are not copied.
    ///
    /// # Errors
    /// `InvalidArgument` if the rows of a vector of vectors are not of one length;
    /// `ResourceExhausted`.
    fn into_value(self) -> Result<Value<'a>>;
}

impl<'a, T: Element> FeedValue<'a, T> for T {
    fn into_value(self) -> Result<Value<'a>> {
        Ok(T::wrap(Strided::Single(self)))
    }
}

impl<'a, T: Element, S: Data<Elem = T>, D: Dimension> FeedValue<'a, T> for &'a ArrayBase<S, D> {
    fn into_value(self) -> Result<Value<'a>> {
        Ok(T::wrap(Strided::Borrowed(self.view().into_dyn())))
    }
}

impl<'a, T: Element, D: Dimension> FeedValue<'a, T> for ArrayView<'a, T, D> {
    fn into_value(self) -> Result<Value<'a>> {
        Ok(T::wrap(Strided::Borrowed(self.into_dyn())))
    }
}

impl<'a, T: Element, D: Dimension> FeedValue<'a, T> for Array<T, D> {
    fn into_value(self) -> Result<Value<'a>> {
        Ok(T::wrap(Strided::from(self.into_dyn())))
    }
}

impl<'a, T: Element> FeedValue<'a, T> for Vec<T> {
    fn into_value(self) -> Result<Value<'a>> {
        Ok(T::wrap(Strided::from(Array::from(self).into_dyn())))
    }
}

impl<'a, T: Element> FeedValue<'a, T> for &'a Vec<T> {
    fn into_value(self) -> Result<Value<'a>> {
        self.as_slice().into_value()
    }
}

impl<'a, T: Element> FeedValue<'a, T> for &'a [T] {
    fn into_value(self) -> Result<Value<'a>> {
        lent(&[self.len()], self)
    }
}

impl<'a, T: Element, const N: usize> FeedValue<'a, T> for [T; N] {
    fn into_value(self) -> Result<Value<'a>> {
        Ok(T::wrap(Strided::from(arr1(&self).into_dyn())))
    }
}

impl<'a, T: Element, const N: usize> FeedValue<'a, T> for &'a [T; N] {
    fn into_value(self) -> Result<Value<'a>> {
        lent(&[N], self)
    }
}

impl<'a, T: Element, const N: usize, const M: usize> FeedValue<'a, T> for [[T; M]; N] {
    fn into_value(self) -> Result<Value<'a>> {
        Ok(T::wrap(Strided::from(arr2(&self).into_dyn())))
    }
}

impl<'a, T: Element, const N: usize, const M: usize> FeedValue<'a, T> for &'a [[T; M]; N] {
    fn into_value(self) -> Result<Value<'a>> {
        lent(&[N, M], self.as_flattened())
    }
}

impl<'a, T: Element, const N: usize, const M: usize, const K: usize> FeedValue<'a, T>
    for [[[T; K]; M]; N]
{
    fn into_value(self) -> Result<Value<'a>> {
        Ok(T::wrap(Strided::from(arr3(&self).into_dyn())))
    }
}

impl<'a, T: Element, const N: usize, const M: usize, const K: usize> FeedValue<'a, T>
    for &'a [[[T; K]; M]; N]
{
    fn into_value(self) -> Result<Value<'a>> {
        lent(&[N, M, K], self.as_flattened().as_flattened())
    }
}

impl<'a, T: Element> FeedValue<'a, T> for Vec<Vec<T>> {
    fn into_value(self) -> Result<Value<'a>> {
        self.as_slice().into_value()
    }
}

impl<'a, T: Element> FeedValue<'a, T> for &Vec<Vec<T>> {
    fn into_value(self) -> Result<Value<'a>> {
        self.as_slice().into_value()
    }
}

impl<'a, T: Element> FeedValue<'a, T> for &[Vec<T>] {
    fn into_value(self) -> Result<Value<'a>> {
        rows::matrix(self).map(|matrix| T::wrap(Strided::from(matrix.into_dyn())))
    }
}

impl<'a, T: Element, const M: usize> FeedValue<'a, T> for Vec<[T; M]> {
    fn into_value(self) -> Result<Value<'a>> {
        Ok(T::wrap(Strided::from(Array::from(self).into_dyn())))
    }
}

impl<'a, T: Element, const M: usize> FeedValue<'a, T> for &'a Vec<[T; M]> {
    fn into_value(self) -> Result<Value<'a>> {
        self.as_slice().into_value()
    }
}

impl<'a, T: Element, const M: usize> FeedValue<'a, T> for &'a [[T; M]] {
    fn into_value(self) -> Result<Value<'a>> {
        lent(&[self.len(), M], self.as_flattened())
    }
}

impl<'a, T: Element, const N: usize, const M: usize, const K: usize, const L: usize>
    FeedValue<'a, T> for [[[[T; L]; K]; M]; N]
{
    fn into_value(self) -> Result<Value<'a>> {
        let elements = self.as_flattened().as_flattened().as_flattened();
        let array = Array::from_shape_vec(
            IxDyn(&[N, M, K, L]),
            memory::collected(elements.iter().cloned())?,
        );
        let array = array.expect("an array has as many elements as its type says");
        Ok(T::wrap(Strided::from(array)))
    }
}

impl<'a, T: Element, const N: usize, const M: usize, const K: usize, const L: usize>
    FeedValue<'a, T> for &'a [[[[T; L]; K]; M]; N]
{
    fn into_value(self) -> Result<Value<'a>> {
        let elements = self.as_flattened().as_flattened().as_flattened();
        lent(&[N, M, K, L], elements)
    }
}

/// A text, or a list of texts, for a tensor of type `string`.
macro_rules! texts {
    ([$($parameters:tt)*] $texts:ty) => {
        impl<'a, $($parameters)*> FeedValue<'a, Bytes> for $texts {
            fn into_value(self) -> Result<Value<'a>> {
                Texts::into_array(self)?.into_value()
            }
        }
    };
}

for_texts!(texts);

/// Elements in row-major order as an array of this shape.
fn lent<'a, T: Element>(shape: &[usize], elements: &'a [T]) -> Result<Value<'a>> {
    let view = ArrayView::from_shape(IxDyn(shape), elements);
    let view = view.expect("an array has as many elements as its type says");
    Ok(T::wrap(Strided::Borrowed(view)))
}
