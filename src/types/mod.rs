//! Element types, shapes, broadcasting, type-erased arrays and errors: the vocabulary of every other layer.

mod any_array;
mod array;
mod broadcast;
mod dtype;
mod element;
mod element_type;
mod error;
mod lengths;
mod map;
pub(crate) mod memory;
pub(crate) mod parts;
pub(crate) mod rows;
mod shape;
mod tuples;
mod whole;

pub use any_array::AnyArray;
#[doc(hidden)]
pub use array::ValueMut;
pub use array::{Strided, Value};
pub(crate) use array::{with_value, with_value_mut};
pub use broadcast::{broadcast_dims, broadcast_shapes};
pub use dtype::DType;
pub(crate) use dtype::{match_dtype, with_dtype, with_float, with_integer, with_numeric};
pub use element::{Element, Float, Integer, Numeric};
pub use element_type::{ElementType, bool, float32, float64, int32, int64, uint8};
pub use error::{Error, NodeRef, Report, Result};
pub(crate) use lengths::for_lengths;
pub(crate) use map::{Map, Set};
pub(crate) use shape::partially_known;
pub use shape::{Dim, IntoDim, IntoShape, Shape};
pub(crate) use tuples::for_tuples;
pub use whole::{AxisNumbers, WholeNumber};
