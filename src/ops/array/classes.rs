//! What types a file may give to an op whose struct is not generic in them.

use crate::graph::NodeSpec;
use crate::types::{DType, Result};

/// Fails unless the attributes `names` are types of indices, `int32` or `int64`.
///
/// # Errors
/// `Unimplemented` if one is another type.
pub(super) fn expect_index(node: &NodeSpec<'_>, names: &[&str]) -> Result<()> {
    let is_index = |dtype| matches!(dtype, DType::Int32 | DType::Int64);
    names
        .iter()
        .try_for_each(|name| expect(node, name, is_index))
}

/// Fails unless the attribute `name` is a type of whole numbers.
///
/// # Errors
/// `Unimplemented` if it is another type.
pub(super) fn expect_integer(node: &NodeSpec<'_>, name: &str) -> Result<()> {
    expect(node, name, DType::is_integer)
}

/// Fails unless the attribute `name` is a type of real numbers, or of texts.
///
/// # Errors
/// `Unimplemented` if it is another type.
pub(super) fn expect_comparable(node: &NodeSpec<'_>, name: &str) -> Result<()> {
    expect(node, name, |dtype| {
        dtype.is_integer() || dtype.is_floating() || dtype == DType::String
    })
}

/// Fails unless the attribute `name` is a type of numbers.
///
/// # Errors
/// `Unimplemented` if it is another type.
pub(super) fn expect_number(node: &NodeSpec<'_>, name: &str) -> Result<()> {
    expect(node, name, |dtype| {
        dtype.is_integer() || dtype.is_floating() || dtype.is_complex()
    })
}

fn expect(node: &NodeSpec<'_>, name: &str, suits: impl Fn(DType) -> bool) -> Result<()> {
    let dtype = node.dtype(name)?;
    match suits(dtype) {
        true => Ok(()),
        false => Err(node.has_no_kernel(name, dtype)),
    }
}

#[cfg(all(test, feature = "graph_def"))]
mod tests {
    use std::sync::Arc;

    use crate::graph::{
        Attribute, AttributeList, InferContext, NodeSpec, Op, Signature, TensorInfo,
    };
    use crate::ops;
    use crate::types::{DType, Element, Result, Shape};
    use DType::{Bool, Float32, Int32, Int64};

    /// The op of a node with these attributes, and with inputs of these types and of any shape.
    fn made(op_type: &str, own: &AttributeList, inputs: &[DType]) -> Result<Arc<dyn Op>> {
        let infos: Vec<TensorInfo> = inputs
            .iter()
            .map(|dtype| TensorInfo::new(*dtype, ..))
            .collect();
        made_of(op_type, own, &infos)
    }

    /// As [`made`], once its shape rule has accepted it.
    fn made_of(op_type: &str, own: &AttributeList, inputs: &[TensorInfo]) -> Result<Arc<dyn Op>> {
        let row = ops::row(op_type).unwrap();
        let signature: Signature = row.signature()?;
        let all = signature
            .implied(inputs, &[], own)
            .into_iter()
            .chain(own.clone());
        // Few: the attributes of one op, here and below.
        let all = all
            .map(|(name, attribute)| (name.to_string(), attribute))
            .collect();
        let op = row.make.unwrap()(&NodeSpec::new(&signature, &all, inputs))?;
        assert_eq!(op.op_type(), op_type);
        op.infer(&InferContext::new(inputs))?;
        Ok(op)
    }

    #[test]
    fn attributes_are_told_as_they_were_given() {
        let (int, text) = (Attribute::Int, |text: &str| {
            Attribute::Text(text.to_string())
        });
        let masks = [
            "begin_mask",
            "end_mask",
            "ellipsis_mask",
            "new_axis_mask",
            "shrink_axis_mask",
        ];
        // Few: as above.
        let masks: AttributeList = masks.into_iter().zip([5, 6, 8, 16, 1].map(int)).collect();
        let blocks = vec![("block_size", int(2)), ("data_format", text("NCHW"))];
        let shape = vec![("shape", Attribute::Shape(Shape::from([2, 3])))];
        let bounds = [Float32, Int64, Int64, Int64];
        let cases: &[(&str, AttributeList, &[DType])] = &[
            (
                "GatherV2",
                vec![("batch_dims", int(-1))],
                &[Float32, Int64, Int32],
            ),
            (
                "MirrorPad",
                vec![("mode", text("REFLECT"))],
                &[Float32, Int32],
            ),
            (
                "MirrorPadGrad",
                vec![("mode", text("SYMMETRIC"))],
                &[Float32, Int64],
            ),
            (
                "OneHot",
                vec![("axis", int(1))],
                &[DType::UInt8, Int32, Bool, Bool],
            ),
            ("Pack", vec![("axis", int(-2))], &[Float32, Float32]),
            ("PlaceholderWithDefault", shape, &[Float32]),
            (
                "ReverseSequence",
                vec![("seq_dim", int(2)), ("batch_dim", int(1))],
                &[Bool, Int64],
            ),
            ("SpaceToDepth", blocks.clone(), &[Float32]),
            ("DepthToSpace", blocks, &[Float32]),
            (
                "Squeeze",
                vec![("squeeze_dims", Attribute::Ints(vec![0, -1]))],
                &[Float32],
            ),
            ("StridedSlice", masks.clone(), &bounds),
            (
                "StridedSliceGrad",
                masks,
                &[Int32, Int32, Int32, Int32, Float32],
            ),
        ];
        for (op_type, own, inputs) in cases {
            let op = made(op_type, own, inputs).unwrap();
            assert_eq!(op.attributes().as_ref(), Some(own), "{op_type}");
        }
    }

    #[test]
    fn what_no_kernel_can_do_is_refused() {
        let (int, text) = (Attribute::Int, |text: &str| {
            Attribute::Text(text.to_string())
        });
        let dtype = |name, dtype| vec![(name, Attribute::Type(dtype))];
        let number = f32::wrap(ndarray::arr0(1.0f32).into_dyn().into());
        let value = ("value", Attribute::Tensor(number));
        let constant = vec![value, ("dtype", Attribute::Type(Int32))];
        let too_large = vec![("num_split", int(i64::MAX))];
        let blocks = vec![("block_size", int(0))];
        let layout = vec![("block_size", int(2)), ("data_format", text("CHWN"))];
        let cases: &[(&str, AttributeList, &[DType])] = &[
            ("Const", constant, &[]),
            ("ConcatV2", vec![], &[Float32, Float32, Bool]),
            ("ConcatOffset", vec![], &[Int32]),
            ("DepthToSpace", blocks, &[Float32]),
            (
                "DynamicPartition",
                vec![("num_partitions", int(-1))],
                &[Float32, Int32],
            ),
            (
                "DynamicPartition",
                vec![("num_partitions", int(i64::MAX))],
                &[Float32, Int32],
            ),
            ("LinSpace", vec![], &[Int32, Int32, Int32]),
            (
                "MirrorPad",
                vec![("mode", text("CONSTANT"))],
                &[Float32, Int32],
            ),
            ("MirrorPad", vec![("mode", int(0))], &[Float32, Int32]),
            ("Range", vec![], &[Bool, Bool, Bool]),
            (
                "ReverseSequence",
                vec![("seq_dim", int(-1))],
                &[Float32, Int64],
            ),
            ("ReverseSequence", vec![], &[Float32, Int64]),
            ("SegmentSum", vec![], &[Bool, Int32]),
            ("Shape", dtype("out_type", Float32), &[Float32]),
            ("SpaceToDepth", layout, &[Float32]),
            ("Split", too_large.clone(), &[Int32, Float32]),
            ("SplitV", too_large, &[Float32, Int64, Int32]),
            ("Unique", dtype("out_idx", Int32), &[Bool]),
            ("Unpack", vec![("num", int(i64::MAX))], &[Float32]),
        ];
        for (op_type, own, inputs) in cases {
            assert!(made(op_type, own, inputs).is_err(), "{op_type} {own:?}");
        }
    }

    /// Of a vector of which only the length is known.
    #[test]
    fn no_shape_has_as_many_axes_as_a_vector_can_be_long() {
        let long = TensorInfo::new(Int32, [usize::MAX / 16]);
        let matrix = TensorInfo::new(Int32, [usize::MAX / 16, 2]);
        let (x, number) = (TensorInfo::new(Float32, ..), TensorInfo::new(Float32, []));
        let none = AttributeList::new();
        for op_type in ["BroadcastTo", "Reshape", "Tile", "Transpose"] {
            made_of(op_type, &none, &[x.clone(), long.clone()]).unwrap();
        }
        made_of("Fill", &none, &[long.clone(), number]).unwrap();
        made_of("Pad", &none, &[x.clone(), matrix]).unwrap();
        made_of("Slice", &none, &[x, long.clone(), long]).unwrap();
    }

    #[test]
    fn a_constant_and_a_placeholder_are_made_of_attributes() {
        let value = i64::wrap(ndarray::arr1(&[7i64]).into_dyn().into());
        let dtype = ("dtype", Attribute::Type(Int64));
        let of: AttributeList = vec![("value", Attribute::Tensor(value)), dtype.clone()];
        let constant = made("Const", &of, &[]).unwrap();
        let told = constant.infer(&InferContext::new(&[])).unwrap();
        assert_eq!(told[0].elements(), Some(vec![Some(7)]));
        let placeholder = made("Placeholder", &vec![dtype], &[]).unwrap();
        let unknown = Attribute::Shape(Shape::unknown());
        assert_eq!(placeholder.attributes(), Some(vec![("shape", unknown)]));
    }
}
