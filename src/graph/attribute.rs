//! [`Attribute`]: what a serialized graph tells of an op besides its inputs.

use crate::types::{DType, Shape, Value};

/// The value of an attribute, as a serialized graph (`GraphDef`) tells it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Attribute {
    /// A truth value.
    Bool(bool),
    /// A number.
    Int(i64),
    /// A text.
    Text(String),
    /// An element type.
    Type(DType),
    /// TensorFlow's type for texts, which tensors of this crate cannot have.
    StringType,
    /// A shape.
    Shape(Shape),
    /// A list of shapes.
    Shapes(Vec<Shape>),
    /// An array.
    Tensor(Value<'static>),
    /// A tensor that is a single text.
    StringTensor(String),
}
