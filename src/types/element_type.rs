//! [`ElementType`]: the element types as values, so that they can be arguments.

use std::fmt;
use std::marker::PhantomData;

use super::{DType, Element};

/// An element type as a value: what stands where TensorFlow's functions take `dtype=`.
///
/// There is one constant for each type, under TensorFlow's name:
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let n = graph.constant([1, 2, 3]);
/// let x = tf::cast(&n, tf::float32);
/// assert_eq!(x.dtype(), tf::DType::Float32);
/// ```
///
/// In a generic function, `ElementType::<T>::new()` is the value for `T`.
pub struct ElementType<T>(PhantomData<fn() -> T>);

impl<T: Element> ElementType<T> {
    /// The type `T` as a value.
    pub const fn new() -> Self {
        ElementType(PhantomData)
    }

    /// The type among all of them.
    pub const fn dtype(self) -> DType {
        T::DTYPE
    }
}

/// `f32`, as `tf.float32`.
#[expect(non_upper_case_globals, reason = "TensorFlow's name")]
pub const float32: ElementType<f32> = ElementType::new();

/// `f64`, as `tf.float64`.
#[expect(non_upper_case_globals, reason = "TensorFlow's name")]
pub const float64: ElementType<f64> = ElementType::new();

/// `i32`, as `tf.int32`.
#[expect(non_upper_case_globals, reason = "TensorFlow's name")]
pub const int32: ElementType<i32> = ElementType::new();

/// `i64`, as `tf.int64`.
#[expect(non_upper_case_globals, reason = "TensorFlow's name")]
pub const int64: ElementType<i64> = ElementType::new();

/// `u8`, as `tf.uint8`.
#[expect(non_upper_case_globals, reason = "TensorFlow's name")]
pub const uint8: ElementType<u8> = ElementType::new();

/// `bool`, as `tf.bool`.
#[expect(non_upper_case_globals, reason = "TensorFlow's name")]
pub const bool: ElementType<bool> = ElementType::new();

impl<T> Clone for ElementType<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for ElementType<T> {}

impl<T: Element> Default for ElementType<T> {
    fn default() -> Self {
        ElementType::new()
    }
}

impl<T: Element> From<ElementType<T>> for DType {
    fn from(dtype: ElementType<T>) -> DType {
        dtype.dtype()
    }
}

impl<T: Element> fmt::Display for ElementType<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::DTYPE.fmt(f)
    }
}

impl<T: Element> fmt::Debug for ElementType<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::DTYPE.fmt(f)
    }
}
