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

macro_rules! element_types {
    ($($name:ident = $type:ty, $rust:literal;)*) => {$(
        #[doc = concat!("`", $rust, "`, as `tf.", stringify!($name), "`.")]
        #[expect(non_upper_case_globals, reason = "TensorFlow's name")]
        pub const $name: ElementType<$type> = ElementType::new();
    )*};
}

element_types! {
    float32 = f32, "f32";
    float64 = f64, "f64";
    int32 = i32, "i32";
    int64 = i64, "i64";
    uint8 = u8, "u8";
    bool = bool, "bool";
    string = super::Bytes, "Bytes";
}

#[cfg(feature = "all_types")]
element_types! {
    float16 = half::f16, "f16";
    bfloat16 = half::bf16, "bf16";
    int8 = i8, "i8";
    int16 = i16, "i16";
    uint16 = u16, "u16";
    uint32 = u32, "u32";
    uint64 = u64, "u64";
    complex64 = num_complex::Complex32, "Complex32";
    complex128 = num_complex::Complex64, "Complex64";
}

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
