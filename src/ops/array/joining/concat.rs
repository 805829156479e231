//! `ConcatV2`: tensors joined along an axis that they have; and `ConcatOffset`, which its gradient
//! needs.

use ndarray::{ArrayViewD, IxDyn};

use super::super::classes::expect_index;
use super::super::identity::identity_any;
use super::super::shape::{rank_of, shape_n, shape_of};
use super::super::slice::slice_any;
use super::super::tensor_list::TensorList;
use crate::graph::{
    AnyTensor, GradientContext, Graph, InferContext, Kernel, Op, OpScope, Tensor, TensorInfo,
    graph_of,
};
use crate::kernels::strided::{Piece, assemble};
use crate::ops::IntoIntegers;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::math::cast_to;
use crate::ops::support::{any_tensor, expect_rank, merge, resolve_axis, resolve_axis_of};
use crate::types::{DType, Dim, Element, Error, Plain, Result, Shape, memory, with_bits};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "ConcatV2(values: N * T, axis: Tidx) -> (output: T); Tidx: type = int32; \
        Tidx in index",
    |node| {
        expect_index(node, &["Tidx"])?;
        ConcatV2
    }),
    op!(flat "ConcatOffset(concat_dim: int32, shape: N * int32) -> (offset: N * int32)",
        |_| ConcatOffset),
];

/// The tensors `values` joined along `axis`, as `tf.concat` joins them. Their lengths along all
/// other axes are the same.
///
/// ```
/// let graph = tf1::Graph::new();
/// let (a, b) = (graph.zeros::<f32>([2, 3]), graph.zeros::<f32>([2, 5]));
/// assert_eq!(tf1::concat([&a, &b], 1).shape().to_string(), "(2, 8)");
/// ```
///
/// # Errors
/// `InvalidArgument` if there are no tensors, they do not fit, or `axis` is out of range.
#[track_caller]
pub fn concat<T: Element>(values: impl TensorList<T>, axis: impl IntoIntegers) -> Tensor<T> {
    let graph = graph_of(&[TensorList::graph(&values)]);
    concat_in(&graph, values, axis)
}

/// As [`concat`], of values none of which need belong to the graph yet.
#[track_caller]
pub(crate) fn concat_in<T: Element>(
    graph: &Graph,
    values: impl TensorList<T>,
    axis: impl IntoIntegers,
) -> Tensor<T> {
    graph.op_scope("concat", |scope| {
        let values = values.into_tensors(graph, &|i| format!("values_{i}"));
        let values: Vec<AnyTensor> = values.iter().map(Tensor::any).collect();
        join(graph, scope, &values, axis, T::DTYPE).assume()
    })
}

/// As [`concat`], of tensors of any type.
#[track_caller]
pub(crate) fn concat_any(values: &[AnyTensor], axis: impl IntoIntegers) -> AnyTensor {
    // Few: one for each input.
    let graph = graph_of(
        &values
            .iter()
            .map(|value| Some(value.graph().clone()))
            .collect::<Vec<_>>(),
    );
    let dtype = values.first().map_or(DType::Float32, AnyTensor::dtype);
    graph.op_scope("concat", |scope| join(&graph, scope, values, axis, dtype))
}

#[track_caller]
fn join(
    graph: &Graph,
    scope: &OpScope,
    values: &[AnyTensor],
    axis: impl IntoIntegers,
    dtype: DType,
) -> AnyTensor {
    if let [only] = values {
        axis.into_integers().into_tensor::<i32>(graph, "concat_dim");
        return graph.op_scope("concat", |scope| identity_any(scope, only));
    }
    let axis = axis.into_integers().into_any(graph, "axis");
    let inputs: Vec<AnyTensor> = values.iter().cloned().chain([axis]).collect();
    any_tensor(scope, ConcatV2, &inputs, dtype)
}

#[derive(Debug)]
struct ConcatV2;

impl Op for ConcatV2 {
    fn op_type(&self) -> &'static str {
        "ConcatV2"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let [values @ .., axis] = cx.inputs() else {
            return Err(Error::invalid_argument("concat needs an axis"));
        };
        let Some(last) = values.last() else {
            return Err(Error::invalid_argument("concat needs at least one tensor"));
        };
        expect_rank(cx, &axis.shape, 0)?;
        let shape = match cx.scalar(cx.len() - 1) {
            Some(axis) => joined_shape(cx, axis)?,
            None => values
                .iter()
                .find_map(|value| value.shape.rank())
                .map_or(Shape::unknown(), Shape::of_rank),
        };
        Ok(vec![with_known_parts(
            TensorInfo::new(last.dtype, shape),
            values,
        )])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let count = cx.inputs.len() - 1;
        let axis = resolve_axis(
            cx.inputs.integers(count)?.first().copied().unwrap_or(0),
            cx.inputs.shape(0).len(),
        )?;
        check_parts(cx, axis)?;
        with_bits!(cx.inputs.value(0).dtype(), T => copy_parts::<T>(cx, axis)?, cx.move_owned(&|cx| self.compute(cx))?);
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let count = cx.num_inputs() - 1;
        if count == 1 {
            cx.pass_through(0, 0);
            return Ok(());
        }
        let axis = match cx.any_input(count).dtype() {
            DType::Int64 => cast_to(cx.input::<i64>(count)),
            _ => cx.input::<i32>(count),
        };
        let (grad, inputs): (AnyTensor, Vec<AnyTensor>) = (
            cx.any_grad(0),
            (0..count).map(|i| cx.any_input(i).clone()).collect(),
        );
        for (i, part) in parts_of(&grad, &inputs, &axis).into_iter().enumerate() {
            cx.set_gradient(i, part.into());
        }
        Ok(())
    }
}

/// The shape of all inputs but the last joined along `axis`.
fn joined_shape(cx: &InferContext<'_>, axis: i64) -> Result<Shape> {
    let shapes = cx.inputs()[..cx.len() - 1].iter().map(|value| &value.shape);
    let Some(rank) = shapes.clone().find_map(Shape::rank) else {
        return Ok(Shape::unknown());
    };
    let axis = resolve_axis_of(cx, axis, rank)?;
    let (mut length, mut before, mut after) = (Some(0), Shape::unknown(), Shape::unknown());
    for shape in shapes {
        let Some(dims) = shape.dims() else {
            length = None;
            continue;
        };
        if dims.len() != rank {
            expect_rank(cx, shape, rank)?;
        }
        length = length
            .zip(dims[axis])
            .map(|(sum, length): (usize, usize)| sum.saturating_add(length));
        before = merge(cx, &before, &Shape::from(dims[..axis].to_vec()))?;
        after = merge(cx, &after, &Shape::from(dims[axis + 1..].to_vec()))?;
    }
    let dims = |shape: &Shape| shape.dims().unwrap_or_default().to_vec();
    Ok(Shape::from(
        [dims(&before), vec![length], dims(&after)].concat(),
    ))
}

/// Adds what is known of the elements of integer vectors that are joined.
fn with_known_parts(info: TensorInfo, values: &[TensorInfo]) -> TensorInfo {
    let small = info.shape.rank() == Some(1) && info.shape.size().is_some_and(|size| size <= 256);
    if !small || !matches!(info.dtype, DType::Int32 | DType::Int64) {
        return info;
    }
    let known = |value: &TensorInfo| -> Vec<Option<i64>> {
        value
            .elements()
            .unwrap_or_else(|| vec![None; value.shape.size().unwrap_or(0)])
    };
    // Few: no more than 256.
    let elements: Vec<Option<i64>> = values.iter().flat_map(known).collect();
    if elements.iter().any(Option::is_some) || elements.is_empty() {
        info.with_elements(elements)
    } else {
        info
    }
}

/// Fails unless all parts have the lengths of the first one along all axes but `axis`.
fn check_parts(cx: &Kernel<'_, '_>, axis: usize) -> Result<()> {
    let first = cx.inputs.shape(0);
    for i in 1..cx.inputs.len() - 1 {
        let shape = cx.inputs.shape(i);
        let fits = shape.len() == first.len()
            && (0..first.len()).all(|k| k == axis || shape[k] == first[k]);
        if !fits {
            let (first, shape) = (
                Shape::from(first).bracketed(),
                Shape::from(shape).bracketed(),
            );
            return Err(Error::invalid_argument(format!(
                "ConcatOp : Dimensions of inputs should match: shape[0] = {first} vs. shape[{i}] = {shape}"
            )));
        }
    }
    Ok(())
}

fn copy_parts<T: Plain>(cx: &mut Kernel<'_, '_>, axis: usize) -> Result<()> {
    let parts: Vec<ArrayViewD<'_, T>> = (0..cx.inputs.len() - 1)
        .map(|i| cx.inputs.bits(i))
        .collect();
    let mut shape = parts[0].shape().to_vec();
    shape[axis] = parts.iter().map(|part| part.shape()[axis]).sum();
    let mut start = 0;
    let pieces = parts.into_iter().map(|part| {
        let first = start;
        start += part.shape()[axis];
        let places = (0..shape.len()).map(|k| if k == axis { first } else { 0 });
        Piece::new(places, part)
    });
    // Few: one for each input.
    let pieces: Vec<Piece<'_, T>> = pieces.collect();
    assemble(
        cx.pool,
        cx.outputs
            .alloc_bits_unset::<T>(0, cx.inputs.value(0).dtype(), &shape)?,
        &pieces,
    );
    Ok(())
}

/// The parts of `grad` that lie where the concatenation put each of `inputs`.
#[track_caller]
fn parts_of(grad: &AnyTensor, inputs: &[AnyTensor], axis: &Tensor<i32>) -> Vec<AnyTensor> {
    let axis = axis % rank_of(&inputs[0]);
    let sizes = input_shapes(inputs);
    if sizes.len() > MANY_PARTS {
        let lengths = super::super::squeeze(super::super::slice(
            super::super::stack(&sizes, 1),
            (&axis, 0),
            [1, -1],
        ));
        return super::super::split::split_sizes_any(grad, &lengths, &axis, inputs.len());
    }
    let offsets = concat_offset(&axis, &sizes);
    // Few: one for each input.
    offsets
        .iter()
        .zip(&sizes)
        .map(|(begin, size)| slice_any(grad, &begin.any(), &size.any()))
        .collect()
}

/// From how many parts on TensorFlow splits the gradient instead of cutting each part out of it.
const MANY_PARTS: usize = 16;

/// The shapes of `inputs`: constants if all are known while the graph is built.
#[track_caller]
fn input_shapes(inputs: &[AnyTensor]) -> Vec<Tensor<i32>> {
    let mut sizes = Vec::new();
    for input in inputs {
        let size = shape_of::<i32>(input);
        if size.op().op_type() != "Const" {
            return shape_n(inputs);
        }
        sizes.push(size);
    }
    sizes
}

/// Where each of the tensors of shapes `sizes` begins once they are joined along `axis`.
#[track_caller]
fn concat_offset(axis: &Tensor<i32>, sizes: &[Tensor<i32>]) -> Vec<Tensor<i32>> {
    let inputs: Vec<AnyTensor> = [axis].into_iter().chain(sizes).map(Tensor::any).collect();
    axis.graph().op_scope("ConcatOffset", |scope| {
        let operation = scope.operation(ConcatOffset, &inputs);
        // Few: one for each input.
        (0..sizes.len()).map(|i| operation.output(i)).collect()
    })
}

/// From an axis and the shapes of tensors to join along it: the index of each one's first element
/// in the result.
#[derive(Debug)]
struct ConcatOffset;

impl Op for ConcatOffset {
    fn op_type(&self) -> &'static str {
        "ConcatOffset"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        if cx.len() < 2 {
            return Err(Error::invalid_argument(
                "ConcatOffset needs at least one shape",
            ));
        }
        expect_rank(cx, cx.shape(0), 0)?;
        (1..cx.len()).try_for_each(|i| expect_rank(cx, cx.shape(i), 1))?;
        Ok((1..cx.len())
            .map(|i| TensorInfo::new(DType::Int32, vec![cx.shape(i).dim(0)] as Vec<Dim>))
            .collect())
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let rank = cx.inputs.shape(1).first().copied().unwrap_or(0);
        let axis = resolve_axis(cx.inputs.scalar_integer(0)?, rank)?;
        let mut start = 0i32;
        for i in 1..cx.inputs.len() {
            let lengths = cx.inputs.get::<i32>(i);
            if lengths.len() != rank {
                let message = format!(
                    "input {i} should contain {rank} elements, but got {}",
                    lengths.len()
                );
                return Err(Error::invalid_argument(message));
            }
            let mut offset = memory::filled(IxDyn(&[rank]), 0i32)?;
            offset[axis] = start;
            start = start.wrapping_add(lengths[axis]);
            cx.outputs.set(i - 1, offset);
        }
        Ok(())
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }
}
