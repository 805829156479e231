//! Element types, shapes, broadcasting, type-erased arrays and errors: the vocabulary of every
//! other layer.

mod any_array;
mod broadcast;
mod bytes;
mod element;
mod element_type;
mod elements;
mod error;
mod lengths;
mod map;
pub(crate) mod memory;
pub(crate) mod parts;
mod printing;
mod resource;
pub(crate) mod rows;
mod shape;
mod strided;
mod texts;
mod tuples;
mod value;
mod whole;

pub use any_array::AnyArray;
pub use broadcast::{broadcast_dims, broadcast_shapes};
pub use bytes::Bytes;
#[cfg(feature = "all_types")]
pub use element::{Complex, ComplexPart};
pub use element::{Element, Float, Inexact, Integer, Number, Numeric, Plain};
pub use element_type::{ElementType, bool, float32, float64, int32, int64, string, uint8};
#[cfg(feature = "all_types")]
pub use element_type::{
    bfloat16, complex64, complex128, float16, int8, int16, uint16, uint32, uint64,
};
#[doc(hidden)]
pub use elements::ValueMut;
pub use elements::{DType, Value};
pub(crate) use elements::{
    if_class, map_value, with_any_dtype, with_array, with_bits, with_class, with_dtype,
    with_plain_value, with_plain_value_mut, with_value, with_value_mut,
};
pub use error::{Error, NodeRef, Report, Result};
pub(crate) use lengths::for_lengths;
pub(crate) use map::{Map, Set};
pub(crate) use printing::{escaped, trimmed};
pub use resource::ResourceHandle;
#[cfg(any(feature = "checkpoint", feature = "graph_def"))]
pub(crate) use shape::count_elements;
pub(crate) use shape::partially_known;
pub use shape::{Dim, IntoDim, IntoShape, Shape};
pub use strided::Strided;
pub(crate) use texts::{Texts, for_texts};
pub(crate) use tuples::for_tuples;
pub use whole::{AxisNumbers, WholeNumber};
