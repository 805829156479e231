//! Attributes as messages.

use crate::files::messages::graph::{AttrValue, Kind, ListValue};
use crate::files::messages::tensor::{TensorProto, TensorShapeProto, type_number};
use crate::graph::Attribute;
use crate::ops;
use crate::types::{DType, Shape};

use super::tensor::tensor_proto;

/// The ops whose attribute `T` is not the type of their first input, or that have none, as those that TensorFlow does not have.
const OTHERWISE_TYPED: &[&str] = &[
    "All",
    "Any",
    "Assert",
    "AssignFrom",
    "Bincount",
    "Cast",
    "ConcatOffset",
    "DynamicStitch",
    "Fill",
    "GatherNd",
    "GatherV2",
    "IdentityN",
    "InTopKV2",
    "LogicalAnd",
    "LogicalNot",
    "LogicalOr",
    "OneHot",
    "ParallelDynamicStitch",
    "PlaceholderWithDefault",
    "Range",
    "ScatterNd",
    "Select",
    "SelectV2",
    "SparseTensorDenseAdd",
    "Split",
    "SqueezeLast",
    "StridedSliceGrad",
];

/// Whether `op` is one of this crate's ops whose attribute `T` is the type of their first input.
pub(super) fn has_type_of_first_input(op: &str) -> bool {
    !OTHERWISE_TYPED.contains(&op) && ops::table().any(|row| row.name == op)
}

/// The message; `None` of an array that is too large to be looked at.
pub(super) fn attr_value(attribute: Attribute) -> Option<AttrValue> {
    Some(match attribute {
        Attribute::Bool(value) => of(Kind::B(value)),
        Attribute::Int(value) => of(Kind::I(value)),
        Attribute::Text(text) => of(Kind::S(text.into_bytes())),
        Attribute::Type(value) => dtype(value),
        Attribute::StringType => of(Kind::Type(type_number("string"))),
        Attribute::Shape(shape) => of(Kind::Shape(TensorShapeProto::from(&shape))),
        Attribute::Shapes(list) => shapes(list.iter()),
        Attribute::Tensor(value) => of(Kind::Tensor(tensor_proto(&value)?)),
        Attribute::StringTensor(text) => of(Kind::Tensor(TensorProto {
            dtype: type_number("string"),
            tensor_shape: Some(TensorShapeProto::default()),
            string_val: vec![text.into_bytes()],
            ..TensorProto::default()
        })),
    })
}

/// An element type.
pub(super) fn dtype(dtype: DType) -> AttrValue {
    of(Kind::Type(type_number(dtype.name())))
}

/// A list of shapes.
pub(super) fn shapes<'s>(shapes: impl Iterator<Item = &'s Shape>) -> AttrValue {
    let shape = shapes.map(TensorShapeProto::from).collect();
    of(Kind::List(ListValue { shape }))
}

fn of(kind: Kind) -> AttrValue {
    AttrValue { value: Some(kind) }
}

#[cfg(test)]
mod tests {
    use super::{OTHERWISE_TYPED, has_type_of_first_input};
    use crate::ops;

    /// The ops of TensorFlow 1.15 of which `T` is the type of the first input, or that have none, as `tests/summary/make.py` found
    /// them registered.
    const REGISTERED: &str = include_str!("../../tests/summary/types.txt");

    #[test]
    fn the_type_of_the_first_input_is_what_tensorflow_has_it_for() {
        assert!(ops::table().count() > 100);
        for row in ops::table() {
            let registered = REGISTERED.lines().any(|op| op == row.name);
            assert_eq!(
                has_type_of_first_input(row.name),
                registered,
                "{} belongs to OTHERWISE_TYPED, or does not",
                row.name
            );
        }
        for op in OTHERWISE_TYPED {
            assert!(ops::table().any(|row| row.name == *op), "there is no {op}");
        }
    }
}
