//! Attributes as messages.

use crate::files::messages::graph::{AttrValue, Kind, ListValue};
use crate::files::messages::tensor::{TensorShapeProto, type_number};
use crate::graph::Attribute;
use crate::types::Shape;
#[cfg(feature = "graph_def")]
use crate::types::{Error, Result};

use super::tensor::tensor_proto;
#[cfg(feature = "graph_def")]
use super::tensor::{element_type, value_of};

/// The message; `None` of an array of more than `most_bytes` bytes.
pub(super) fn attr_value(attribute: Attribute, most_bytes: usize) -> Option<AttrValue> {
    Some(match attribute {
        Attribute::Bool(value) => of(Kind::B(value)),
        Attribute::Int(value) => of(Kind::I(value)),
        Attribute::Float(value) => of(Kind::F(value)),
        Attribute::Text(text) => of(Kind::S(text.into_bytes())),
        Attribute::Type(value) => of(Kind::Type(type_number(value.name()))),
        Attribute::Shape(shape) => of(Kind::Shape(TensorShapeProto::from(&shape))),
        Attribute::Ints(i) => list(ListValue {
            i,
            ..ListValue::default()
        }),
        Attribute::Floats(f) => list(ListValue {
            f,
            ..ListValue::default()
        }),
        Attribute::Types(types) => {
            let types = types.iter().map(|dtype| type_number(dtype.name()));
            list(ListValue {
                r#type: types.collect(),
                ..ListValue::default()
            })
        }
        Attribute::Shapes(list) => shapes(list.iter()),
        Attribute::Tensor(value) => of(Kind::Tensor(tensor_proto(&value, most_bytes)?)),
    })
}

/// A list of shapes.
pub(super) fn shapes<'s>(shapes: impl Iterator<Item = &'s Shape>) -> AttrValue {
    let shape = shapes.map(TensorShapeProto::from).collect();
    list(ListValue {
        shape,
        ..ListValue::default()
    })
}

fn list(list: ListValue) -> AttrValue {
    of(Kind::List(list))
}

fn of(kind: Kind) -> AttrValue {
    AttrValue { value: Some(kind) }
}

/// The attribute of a message. `room` is how many bytes arrays may take beyond what the file holds
/// of them.
///
/// # Errors
/// `InvalidArgument` if it is damaged, `Unimplemented` if it is of a kind or an element type that
/// is not known here.
#[cfg(feature = "graph_def")]
pub(super) fn attribute(value: &AttrValue, room: &mut usize) -> Result<Attribute> {
    let missing = || Error::invalid_argument("an attribute has no value");
    Ok(match value.value.as_ref().ok_or_else(missing)? {
        Kind::B(value) => Attribute::Bool(*value),
        Kind::I(value) => Attribute::Int(*value),
        Kind::F(value) => Attribute::Float(*value),
        Kind::S(bytes) => Attribute::Text(text(bytes)?),
        Kind::Type(number) => Attribute::Type(element_type(*number)?),
        Kind::Shape(shape) => Attribute::Shape(shape.to_shape()?),
        Kind::Tensor(tensor) => Attribute::Tensor(value_of(tensor, room)?),
        Kind::List(list) => list_attribute(list)?,
        Kind::Placeholder(_) | Kind::Func(_) => {
            return Err(Error::unimplemented("an attribute is a function"));
        }
    })
}

#[cfg(feature = "graph_def")]
fn text(bytes: &[u8]) -> Result<String> {
    let text = String::from_utf8(bytes.to_vec());
    text.map_err(|_| Error::invalid_argument("a text is not UTF-8"))
}

#[cfg(feature = "graph_def")]
fn list_attribute(list: &ListValue) -> Result<Attribute> {
    Ok(if !list.f.is_empty() {
        Attribute::Floats(list.f.clone())
    } else if !list.r#type.is_empty() {
        let types = list.r#type.iter().map(|number| element_type(*number));
        Attribute::Types(types.collect::<Result<_>>()?)
    } else if !list.shape.is_empty() {
        let shapes = list.shape.iter().map(TensorShapeProto::to_shape);
        Attribute::Shapes(shapes.collect::<Result<_>>()?)
    } else if list.s.is_empty()
        && list.b.is_empty()
        && list.tensor.is_empty()
        && list.func.is_empty()
    {
        // An empty list may be one of any kind.
        Attribute::Ints(list.i.clone())
    } else {
        return Err(Error::unimplemented(
            "an attribute is a list of texts, truth values, arrays or functions",
        ));
    })
}

/// Whether a value is what says nothing: false, 0, an empty text or list. TensorFlow gives
/// attributes that it adds to an op such defaults.
#[cfg(feature = "graph_def")]
pub(super) fn is_neutral(value: &AttrValue) -> bool {
    match &value.value {
        None => true,
        Some(Kind::B(value)) => !value,
        Some(Kind::I(value)) => *value == 0,
        Some(Kind::F(value)) => *value == 0.0,
        Some(Kind::S(bytes)) => bytes.is_empty(),
        Some(Kind::List(list)) => *list == ListValue::default(),
        Some(_) => false,
    }
}
