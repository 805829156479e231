//! [`Shape`]: what is known of a tensor's shape while the graph is built.

use std::fmt;
use std::sync::Arc;

use super::{Error, Result, WholeNumber, for_lengths, for_tuples};

/// One dimension of a [`Shape`]: its length, or `None` while unknown.
pub type Dim = Option<usize>;

/// A shape in which some dimensions, or all of them, may be unknown.
///
/// It prints as TensorFlow prints it:
///
/// ```
/// use tf1::{Shape, shape};
///
/// assert_eq!(shape![12288, ?].to_string(), "(12288, ?)");
/// assert_eq!(shape![3].to_string(), "(3,)");
/// assert_eq!(Shape::scalar().to_string(), "()");
/// assert_eq!(Shape::unknown().to_string(), "<unknown>");
/// ```
///
/// Wherever a shape is asked for, an array or a vector of lengths will do, and `..` stands for a
/// shape of which nothing is known, not even the rank.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Shape {
    /// `None`: not even the rank is known.
    dims: Option<Arc<[Dim]>>,
}

impl Shape {
    /// The shape of a single number: `()`.
    pub fn scalar() -> Self {
        Shape {
            dims: Some(Arc::default()),
        }
    }

    /// A shape of unknown rank.
    pub fn unknown() -> Self {
        Shape { dims: None }
    }

    /// A shape of known rank with all dimensions unknown.
    pub fn of_rank(rank: usize) -> Self {
        Shape {
            dims: Some(vec![None; rank].into()),
        }
    }

    /// The fully known shape with these lengths.
    pub fn known(dims: &[usize]) -> Self {
        Shape {
            dims: Some(dims.iter().copied().map(Some).collect()),
        }
    }

    /// The number of dimensions, if known.
    #[doc(alias = "ndims")]
    pub fn rank(&self) -> Option<usize> {
        self.dims.as_ref().map(|dims| dims.len())
    }

    /// The dimensions, if the rank is known.
    #[doc(alias = "as_list")]
    pub fn dims(&self) -> Option<&[Dim]> {
        self.dims.as_deref()
    }

    /// One dimension; `None` if it, or the rank, is unknown or `axis` is out of range.
    #[doc(alias = "dimension_at_index")]
    pub fn dim(&self, axis: usize) -> Dim {
        self.dims.as_ref()?.get(axis).copied().flatten()
    }

    /// All lengths, if every one is known.
    ///
    /// ```
    /// use tf1::Shape;
    ///
    /// assert_eq!(Shape::from([2, 3]).to_known(), Some(vec![2, 3]));
    /// assert_eq!(tf1::shape![?, 3].to_known(), None);
    /// ```
    #[doc(alias = "as_list")]
    pub fn to_known(&self) -> Option<Vec<usize>> {
        self.dims.as_ref()?.iter().copied().collect()
    }

    /// All lengths.
    ///
    /// # Errors
    /// `InvalidArgument` if one is not known.
    pub(crate) fn expect_known(&self) -> Result<Vec<usize>> {
        self.to_known().ok_or_else(|| partially_known(self))
    }

    /// All lengths as TensorFlow's ops on shapes take them, if every one is known and fits.
    pub(crate) fn to_known_i32(&self) -> Option<Vec<i32>> {
        let lengths = self.lengths()?;
        lengths.map(|length| i32::try_from(length).ok()).collect()
    }

    /// All lengths in turn, if every one is known.
    pub(crate) fn lengths(&self) -> Option<impl Iterator<Item = usize>> {
        let dims = self.dims.as_ref().filter(|_| self.is_known())?;
        Some(dims.iter().flatten().copied())
    }

    /// Whether every dimension is known.
    #[doc(alias = "is_fully_defined")]
    pub fn is_known(&self) -> bool {
        self.dims
            .as_ref()
            .is_some_and(|dims| dims.iter().all(Option::is_some))
    }

    /// The number of elements, if every dimension is known (or one is known to be 0); saturates.
    #[doc(alias = "num_elements")]
    pub fn size(&self) -> Option<usize> {
        let dims = self.dims.as_ref()?;
        if dims.contains(&Some(0)) {
            return Some(0);
        }
        dims.iter()
            .try_fold(1usize, |product, dim| Some(product.saturating_mul((*dim)?)))
    }

    /// The length of an axis that these axes are made one of: the product of their lengths, as far
    /// as it is known.
    ///
    /// # Errors
    /// `ResourceExhausted` if no array is that long.
    pub(crate) fn joined(dims: &[Dim]) -> Result<Dim> {
        if dims.contains(&Some(0)) {
            return Ok(Some(0));
        }
        let Some(lengths) = dims.iter().copied().collect::<Option<Vec<usize>>>() else {
            return Ok(None);
        };
        let product = count_elements(&lengths);
        match product.filter(|&product| isize::try_from(product).is_ok()) {
            Some(product) => Ok(Some(product)),
            None => Err(Error::resource_exhausted(format!(
                "a tensor of shape {} is too large",
                Shape::from(dims.to_vec()).bracketed()
            ))),
        }
    }

    /// Whether an array with these lengths fits.
    pub fn admits(&self, lengths: &[usize]) -> bool {
        match &self.dims {
            None => true,
            Some(dims) => {
                dims.len() == lengths.len()
                    && dims
                        .iter()
                        .zip(lengths)
                        .all(|(dim, length)| dim.is_none_or(|d| d == *length))
            }
        }
    }

    /// What both shapes know together, or `None` if they contradict each other.
    #[doc(alias = "merge_with")]
    pub fn merge(&self, other: &Shape) -> Option<Shape> {
        let (Some(a), Some(b)) = (&self.dims, &other.dims) else {
            return Some(if self.dims.is_some() {
                self.clone()
            } else {
                other.clone()
            });
        };
        if a.len() != b.len() {
            return None;
        }
        let merged = a.iter().zip(b.iter()).map(|(a, b)| match (a, b) {
            (Some(a), Some(b)) if a != b => None,
            (Some(known), _) | (None, Some(known)) => Some(Some(*known)),
            (None, None) => Some(None),
        });
        Some(Shape {
            dims: Some(merged.collect::<Option<_>>()?),
        })
    }

    /// The form of TensorFlow's C++ messages: `[2,?]`, `<unknown>`.
    pub fn bracketed(&self) -> String {
        match &self.dims {
            None => "<unknown>".to_string(),
            Some(dims) => format!("[{}]", join(dims, ",")),
        }
    }
}

/// The number of elements of an array of these lengths; `None` if it is beyond all numbers.
pub(crate) fn count_elements(lengths: &[usize]) -> Option<usize> {
    let mut lengths = lengths.iter();
    lengths.try_fold(1usize, |count, &length| count.checked_mul(length))
}

/// The mistake of giving a shape of which lengths are unknown where all are wanted.
pub(crate) fn partially_known(shape: &Shape) -> Error {
    Error::invalid_argument(format!(
        "Cannot convert a partially known TensorShape to a Tensor: {shape}"
    ))
    .with_help("give all lengths, or a tensor that a run computes them into, such as tf::shape(&x)")
}

fn join(dims: &[Dim], separator: &str) -> String {
    let text: Vec<String> = dims
        .iter()
        .map(|dim| dim.map_or("?".into(), |d| d.to_string()))
        .collect();
    text.join(separator)
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.dims.as_deref() {
            None => f.write_str("<unknown>"),
            Some([only]) => write!(f, "({},)", join(&[*only], "")),
            Some(dims) => write!(f, "({})", join(dims, ", ")),
        }
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shape{self}")
    }
}

impl From<Vec<Dim>> for Shape {
    fn from(dims: Vec<Dim>) -> Self {
        Shape {
            dims: Some(dims.into()),
        }
    }
}

impl From<&[usize]> for Shape {
    fn from(dims: &[usize]) -> Self {
        Shape::known(dims)
    }
}

impl From<&Vec<usize>> for Shape {
    fn from(dims: &Vec<usize>) -> Self {
        Shape::known(dims)
    }
}

impl From<Vec<usize>> for Shape {
    fn from(dims: Vec<usize>) -> Self {
        Shape::known(&dims)
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(dims: [usize; N]) -> Self {
        Shape::known(&dims)
    }
}

impl<const N: usize> From<&[usize; N]> for Shape {
    fn from(dims: &[usize; N]) -> Self {
        Shape::known(dims)
    }
}

impl From<&Shape> for Shape {
    fn from(shape: &Shape) -> Self {
        shape.clone()
    }
}

impl From<std::ops::RangeFull> for Shape {
    fn from(_: std::ops::RangeFull) -> Self {
        Shape::unknown()
    }
}

/// What can be one dimension of a shape: its length, or [`None`] while that is unknown.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the length of a dimension",
    label = "neither a whole number nor an `Option<usize>`",
    note = "a length is an integer; where some are unknown, write `Some(3)` and `None`, or use `tf::shape![?, 3]`"
)]
pub trait IntoDim {
    /// The dimension.
    ///
    /// # Errors
    /// `InvalidArgument` if the length is negative.
    fn into_dim(self) -> Result<Dim>;
}

impl<N: WholeNumber> IntoDim for N {
    fn into_dim(self) -> Result<Dim> {
        let length = self.to_i64();
        match usize::try_from(length) {
            Ok(length) => Ok(Some(length)),
            Err(_) => Err(
                Error::invalid_argument(format!("Dimension {length} must be >= 0")).with_help(
                    "a length that is not known yet is `None`, or `?` in tf::shape![?, 3]",
                ),
            ),
        }
    }
}

/// For one type only: so the compiler knows of which type `[None]` is.
impl IntoDim for Option<usize> {
    fn into_dim(self) -> Result<Dim> {
        Ok(self)
    }
}

/// What can be a shape: an array, slice, vector or tuple of lengths, some of which may be `None`; a
/// length, for the shape of a vector; a [`Shape`]; or `..` for a shape of which nothing is known.
///
/// ```
/// use tf1::IntoShape;
///
/// assert_eq!([2, 3].into_shape()?.to_string(), "(2, 3)");
/// assert_eq!([None, Some(3)].into_shape()?.to_string(), "(?, 3)");
/// assert_eq!([None].into_shape()?.to_string(), "(?,)");
/// assert_eq!(3.into_shape()?.to_string(), "(3,)");
/// assert_eq!((2i64, 3usize).into_shape()?.to_string(), "(2, 3)");
/// assert!([-1, 3].into_shape().is_err());
/// # Ok::<(), tf1::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a shape",
    label = "not an array, slice, vector or tuple of lengths",
    note = "write `[2, 3]`, or `[None, Some(3)]` or `tf::shape![?, 3]` if some lengths are unknown"
)]
pub trait IntoShape {
    /// The shape.
    ///
    /// # Errors
    /// `InvalidArgument` if a length is negative.
    fn into_shape(self) -> Result<Shape>;
}

impl<N: WholeNumber> IntoShape for N {
    fn into_shape(self) -> Result<Shape> {
        of_dims([self])
    }
}

impl IntoShape for Shape {
    fn into_shape(self) -> Result<Shape> {
        Ok(self)
    }
}

impl IntoShape for &Shape {
    fn into_shape(self) -> Result<Shape> {
        Ok(self.clone())
    }
}

impl IntoShape for std::ops::RangeFull {
    fn into_shape(self) -> Result<Shape> {
        Ok(Shape::unknown())
    }
}

impl IntoShape for [usize; 0] {
    fn into_shape(self) -> Result<Shape> {
        Ok(Shape::scalar())
    }
}

impl IntoShape for &[usize; 0] {
    fn into_shape(self) -> Result<Shape> {
        Ok(Shape::scalar())
    }
}

macro_rules! array {
    ($($length:literal)*) => {$(
        impl<D: IntoDim> IntoShape for [D; $length] {
            fn into_shape(self) -> Result<Shape> {
                of_dims(self)
            }
        }

        impl<D: IntoDim + Copy> IntoShape for &[D; $length] {
            fn into_shape(self) -> Result<Shape> {
                of_dims(self.iter().copied())
            }
        }
    )*};
}

for_lengths!(array);

impl<D: IntoDim + Copy> IntoShape for &[D] {
    fn into_shape(self) -> Result<Shape> {
        of_dims(self.iter().copied())
    }
}

impl<D: IntoDim> IntoShape for Vec<D> {
    fn into_shape(self) -> Result<Shape> {
        of_dims(self)
    }
}

impl<D: IntoDim + Copy> IntoShape for &Vec<D> {
    fn into_shape(self) -> Result<Shape> {
        of_dims(self.iter().copied())
    }
}

/// Implements [`IntoShape`] for tuples.
macro_rules! tuple {
    ($($dim:ident $place:tt),*) => {
        impl<$($dim: IntoDim),*> IntoShape for ($($dim,)*) {
            fn into_shape(self) -> Result<Shape> {
                Ok(Shape::from(Vec::<Dim>::from([$(self.$place.into_dim()?),*])))
            }
        }
    };
}

tuple!();
for_tuples!(tuple);

fn of_dims<D: IntoDim>(dims: impl IntoIterator<Item = D>) -> Result<Shape> {
    let dims: Vec<Dim> = dims.into_iter().map(D::into_dim).collect::<Result<_>>()?;
    Ok(Shape::from(dims))
}

/// Writes a [`Shape`] with `?` or `None` for unknown dimensions: `shape![12288, ?]`.
///
/// ```
/// use tf1::shape;
///
/// let features = 12288;
/// assert_eq!(shape![features, ?].dims(), Some(&[Some(12288), None][..]));
/// assert_eq!(shape![features, None], shape![features, ?]);
/// assert_eq!(shape![].rank(), Some(0));
/// ```
#[macro_export]
macro_rules! shape {
    (@dim ?) => { ::core::option::Option::None };
    (@dim None) => { ::core::option::Option::None };
    (@dim $length:expr) => { ::core::option::Option::Some($length) };
    ($($dim:tt),* $(,)?) => {
        $crate::Shape::from(<[::core::option::Option<usize>]>::to_vec(&[$($crate::shape!(@dim $dim)),*]))
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_keeps_what_either_knows() {
        let a = Shape::from(vec![Some(2), None]);
        let b = Shape::from(vec![None, Some(3)]);
        assert_eq!(a.merge(&b), Some(Shape::from([2, 3])));
        assert_eq!(a.merge(&Shape::unknown()), Some(a.clone()));
        assert_eq!(a.merge(&Shape::from([3, 3])), None);
        assert_eq!(a.merge(&Shape::from([2])), None);
    }

    #[test]
    fn axes_whose_product_no_array_has_are_not_made_one() {
        assert_eq!(Shape::joined(&[Some(2), Some(3)]).unwrap(), Some(6));
        assert_eq!(Shape::joined(&[]).unwrap(), Some(1));
        assert_eq!(Shape::joined(&[Some(usize::MAX), None]).unwrap(), None);
        assert_eq!(
            Shape::joined(&[Some(usize::MAX), Some(0)]).unwrap(),
            Some(0)
        );
        for lengths in [[1 << 62, 2], [1 << 32, 1 << 32], [usize::MAX, 1]] {
            let error = Shape::joined(&lengths.map(Some)).unwrap_err();
            assert!(error.message().ends_with("is too large"), "{error}");
        }
    }

    #[test]
    fn a_zero_length_makes_the_size_known() {
        assert_eq!(Shape::from(vec![Some(0), None]).size(), Some(0));
        assert_eq!(Shape::from(vec![Some(2), None]).size(), None);
        assert_eq!(Shape::scalar().size(), Some(1));
    }
}
