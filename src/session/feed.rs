//! [`Feed`]: a value for a tensor, for the length of a run.

use std::panic::Location;

use ndarray::{Array, ArrayBase, ArrayView, Data, Dimension, IxDyn, arr1, arr2, arr3};

use crate::graph::{AnyTensor, Tensor, is_too_large, too_large};
use crate::types::{
    AnyArray, DType, Element, Error, Result, Shape, Strided, Value, rows, with_value,
};

use super::plan::FeedSpec;

/// A tensor with the value that a run shall use for it; made by [`Tensor::feed`].
#[derive(Debug, Clone)]
pub struct Feed<'a> {
    target: AnyTensor,
    value: Value<'a>,
    /// Why there is no such value, if so; `value` means nothing then.
    mistake: Option<Error>,
}

impl<'a> Feed<'a> {
    #[inline]
    pub(super) fn target(&self) -> &AnyTensor {
        &self.target
    }

    #[inline]
    pub(super) fn value(&self) -> &Value<'a> {
        &self.value
    }

    /// The tensor with the layout of the value.
    pub(super) fn spec(&self) -> FeedSpec {
        FeedSpec {
            output: self.target.output(),
            dtype: self.target.dtype(),
            shape: self.value.shape().to_vec(),
            strides: with_value!(&self.value, array => array.strides().to_vec()),
        }
    }

    /// Whether this is a value for the tensor and with the layout of `spec`.
    #[inline]
    pub(super) fn has_spec(&self, spec: &FeedSpec) -> bool {
        self.target.output() == spec.output
            && self.mistake.is_none()
            && self.value.dtype() == spec.dtype
            && with_value!(&self.value, array => {
                same(array.shape(), &spec.shape) && same(array.strides(), &spec.strides)
            })
    }

    /// Whether the value may stand for the tensor.
    ///
    /// A view that shows one number again and again may be longer than any memory; no kernel could read it to its end.
    pub(super) fn check(&self) -> Result<()> {
        if let Some(mistake) = &self.mistake {
            return Err(mistake.clone());
        }
        let info = self.target.info();
        if is_too_large(self.value.shape().iter().copied()) {
            return Err(too_large(self.value.shape()));
        }
        if info.shape.admits(self.value.shape()) {
            return Ok(());
        }
        let message = format!(
            "Cannot feed value of shape {} for Tensor '{}', which has shape '{}'",
            Shape::from(self.value.shape()),
            self.target.name(),
            info.shape
        );
        let help = format!("feed an array of shape {}", info.shape);
        Err(Error::invalid_argument(message).with_help(help))
    }
}

/// Whether two short lists are the same, told without a call.
#[inline]
fn same<N: PartialEq>(a: &[N], b: &[N]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b)
}

/// What a run is fed: an array, vector or slice of [`Feed`]s, or a reference to one of these; `[]` or `()` for nothing.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.placeholder::<f32>("x", [2]);
/// let double = 2.0 * &x;
/// let session = tf::Session::new(&graph)?;
/// let feeds = vec![x.feed([1.0, 2.0])];
/// assert_eq!(session.run(&double, &feeds)?, session.run(&double, [x.feed(vec![1.0, 2.0])])?);
/// # Ok::<(), tf::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of feeds",
    label = "not an array, vector or slice of feeds",
    note = "write `[x.feed(&batch), y.feed(&labels)]`, or `[]` to feed nothing"
)]
pub trait Feeds<'a> {
    /// Does something with the list.
    #[doc(hidden)]
    fn with<R>(self, work: impl FnOnce(&[Feed<'a>]) -> R) -> R;
}

impl<'a, const N: usize> Feeds<'a> for [Feed<'a>; N] {
    #[inline]
    fn with<R>(self, work: impl FnOnce(&[Feed<'a>]) -> R) -> R {
        work(&self)
    }
}

impl<'a> Feeds<'a> for Vec<Feed<'a>> {
    fn with<R>(self, work: impl FnOnce(&[Feed<'a>]) -> R) -> R {
        work(&self)
    }
}

impl<'a> Feeds<'a> for &[Feed<'a>] {
    fn with<R>(self, work: impl FnOnce(&[Feed<'a>]) -> R) -> R {
        work(self)
    }
}

impl<'a, const N: usize> Feeds<'a> for &[Feed<'a>; N] {
    fn with<R>(self, work: impl FnOnce(&[Feed<'a>]) -> R) -> R {
        work(self)
    }
}

impl<'a> Feeds<'a> for &Vec<Feed<'a>> {
    fn with<R>(self, work: impl FnOnce(&[Feed<'a>]) -> R) -> R {
        work(self)
    }
}

impl<'a> Feeds<'a> for () {
    fn with<R>(self, work: impl FnOnce(&[Feed<'a>]) -> R) -> R {
        work(&[])
    }
}

/// What can be fed to a tensor of `T`: a number; an array of `ndarray`, of any dimension and strides; a vector, a slice, or an array of
/// Rust, also nested, or a vector or slice of rows. What is lent is not copied, but for vectors of vectors.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be fed to a tensor whose elements are of type `{T}`",
    label = "not a number or an array of `{T}`",
    note = "convert an array of other elements first: ndarray's `mapv` with `as {T}` does it"
)]
pub trait FeedValue<'a, T: Element> {
    /// The value in the engine's form; borrowed arrays are not copied.
    ///
    /// # Errors
    /// `InvalidArgument` if the rows of a vector of vectors are not of one length; `ResourceExhausted`.
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

/// Elements in row-major order as an array of this shape.
fn lent<'a, T: Element>(shape: &[usize], elements: &'a [T]) -> Result<Value<'a>> {
    let view = ArrayView::from_shape(IxDyn(shape), elements);
    let view = view.expect("an array has as many elements as its type says");
    Ok(T::wrap(Strided::Borrowed(view)))
}

impl<T: Element> Tensor<T> {
    /// Gives this tensor a value for a run: a number, an array, a vector or a slice of its own element type. What is lent is not copied.
    ///
    /// Any tensor may be fed, not only a placeholder. An array of another element type does not compile:
    ///
    /// ```compile_fail,E0277
    /// let graph = tf1::Graph::new();
    /// let x = graph.placeholder::<f32>("x", [2]);
    /// let values = ndarray::arr1(&[1.0f64, 2.0]);
    /// let feed = x.feed(&values);
    /// ```
    #[doc(alias = "feed_dict")]
    pub fn feed<'a>(&self, value: impl FeedValue<'a, T>) -> Feed<'a> {
        let (value, mistake) = match value.into_value() {
            Ok(value) => (value, None),
            Err(mistake) => (T::wrap(Strided::Single(T::default())), Some(mistake)),
        };
        Feed {
            target: self.any(),
            value,
            mistake,
        }
    }
}

impl AnyTensor {
    /// Gives this tensor a value for a run.
    ///
    /// # Errors
    /// `InvalidArgument` if the array has another element type.
    #[track_caller]
    pub fn feed<'a>(&self, array: &'a AnyArray) -> Result<Feed<'a>> {
        let location = Location::caller();
        self.expect_dtype(array.dtype())
            .map_err(|error| error.at_location(location))?;
        Ok(Feed {
            target: self.clone(),
            value: array.value(),
            mistake: None,
        })
    }

    fn expect_dtype(&self, found: DType) -> Result<()> {
        if found == self.dtype() {
            return Ok(());
        }
        let message = format!("Cannot feed elements of type {found} for {self}");
        let help = format!("feed an array whose elements are of type {}", self.dtype());
        Err(Error::invalid_argument(message)
            .with_help(help)
            .at_node(|| self.node_ref()))
    }
}

/// Whether `feeds` are of the tensors and layouts that `specs` tell, in this order.
pub(super) fn fit(feeds: &[Feed<'_>], specs: &[FeedSpec]) -> bool {
    feeds.len() == specs.len()
        && feeds
            .iter()
            .zip(specs)
            .all(|(feed, spec)| feed.has_spec(spec))
}
