//! [`Attribute`]: what a serialized graph says about an op besides its inputs.

use crate::types::{DType, Result, Shape, Value};

use super::NodeSpec;

/// Attributes with their names.
pub type AttributeList = Vec<(&'static str, Attribute)>;

/// The value of an attribute, as a serialized graph (`GraphDef`) stores it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Attribute {
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any number.
    Float(f32),
    /// A text.
    Text(String),
    /// An element type.
    Type(DType),
    /// A shape.
    Shape(Shape),
    /// A list of whole numbers.
    Ints(Vec<i64>),
    /// A list of numbers.
    Floats(Vec<f32>),
    /// A list of element types.
    Types(Vec<DType>),
    /// A list of shapes.
    Shapes(Vec<Shape>),
    /// An array.
    Tensor(Value<'static>),
}

/// Numbers by their bits. Arrays are never equal: comparing them may take long.
impl PartialEq for Attribute {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Attribute::Bool(a), Attribute::Bool(b)) => a == b,
            (Attribute::Int(a), Attribute::Int(b)) => a == b,
            (Attribute::Float(a), Attribute::Float(b)) => a.to_bits() == b.to_bits(),
            (Attribute::Text(a), Attribute::Text(b)) => a == b,
            (Attribute::Type(a), Attribute::Type(b)) => a == b,
            (Attribute::Shape(a), Attribute::Shape(b)) => a == b,
            (Attribute::Ints(a), Attribute::Ints(b)) => a == b,
            (Attribute::Floats(a), Attribute::Floats(b)) => {
                let bits = |x: &f32| x.to_bits();
                a.iter().map(bits).eq(b.iter().map(bits))
            }
            (Attribute::Types(a), Attribute::Types(b)) => a == b,
            (Attribute::Shapes(a), Attribute::Shapes(b)) => a == b,
            _ => false,
        }
    }
}

/// A type that an attribute's value can have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of an attribute",
    label = "not `bool`, `i64`, `f32`, `String`, `DType`, `Shape`, or a list of these",
    note = "implement `AttributeValue` for a type of your own that is written as one of these"
)]
pub trait AttributeValue: Sized {
    /// The value as an attribute.
    fn to_attribute(&self) -> Attribute;

    /// The value of an attribute; `None` if it is of another kind.
    fn from_attribute(attribute: &Attribute) -> Option<Self>;
}

/// The values that are the content of a variant.
macro_rules! attribute_values {
    ($($type:ty => $variant:ident $(, or $empty:expr)?);* $(;)?) => {$(
        impl AttributeValue for $type {
            fn to_attribute(&self) -> Attribute {
                Attribute::$variant(self.clone())
            }

            fn from_attribute(attribute: &Attribute) -> Option<Self> {
                match attribute {
                    Attribute::$variant(value) => Some(value.clone()),
                    $(Attribute::Ints(list) if list.is_empty() => Some($empty),)?
                    _ => None,
                }
            }
        }
    )*};
}

attribute_values! {
    bool => Bool;
    i64 => Int;
    f32 => Float;
    String => Text;
    DType => Type;
    Shape => Shape;
    Value<'static> => Tensor;
    Vec<i64> => Ints;
    // An empty list of a file does not say of what.
    Vec<f32> => Floats, or Vec::new();
    Vec<DType> => Types, or Vec::new();
    Vec<Shape> => Shapes, or Vec::new();
}

/// Attributes as a struct, whose fields bear TensorFlow's names.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a struct of attributes",
    note = "implement `Attributes` for it: `read` by `node.attribute(\"name\")?`, `list` by `AttributeValue::to_attribute`"
)]
pub trait Attributes: Sized {
    /// The attributes of a node.
    ///
    /// # Errors
    /// `InvalidArgument` if one is missing and has no default, or is of another kind.
    fn read(node: &NodeSpec<'_>) -> Result<Self>;

    /// The attributes with their names.
    fn list(&self) -> AttributeList;
}

/// No attributes.
impl Attributes for () {
    fn read(_: &NodeSpec<'_>) -> Result<Self> {
        Ok(())
    }

    fn list(&self) -> AttributeList {
        AttributeList::new()
    }
}

/// Makes a struct whose fields are attributes.
macro_rules! attributes {
    ($(#[$doc:meta])* $vis:vis struct $name:ident {
        $($(#[$said:meta])* $field_vis:vis $field:ident: $type:ty),* $(,)?
    }) => {
        #[derive(Clone, Debug, PartialEq)]
        $(#[$doc])*
        $vis struct $name {
            $($(#[$said])* $field_vis $field: $type,)*
        }

        impl $crate::graph::Attributes for $name {
            fn read(node: &$crate::graph::NodeSpec<'_>) -> $crate::types::Result<Self> {
                Ok($name {
                    $($field: node.attribute(stringify!($field))?,)*
                })
            }

            fn list(&self) -> $crate::graph::AttributeList {
                vec![$((
                    stringify!($field),
                    $crate::graph::AttributeValue::to_attribute(&self.$field),
                ),)*]
            }
        }
    };
}
pub(crate) use attributes;
