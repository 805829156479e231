//! What the op families share: ways to build a node from operands, and checks of shape rules.

use crate::graph::{
    AnyTensor, Graph, InferContext, IntoTensor, Op, OpScope, Operation, Tensor, TensorInfo,
    graph_of, is_too_large, too_large,
};
use crate::ops::IntoIntegers;
use crate::types::{DType, Dim, Element, Error, Result, Shape, broadcast_shapes};

/// Builds an op of one operand, which is called `operand` if it has to become a constant.
#[track_caller]
pub(crate) fn unary<A: Element, R: Element>(
    name: &str,
    op: impl Op,
    (x, operand): (impl IntoTensor<A>, &str),
) -> Tensor<R> {
    let graph = graph_of(&[x.graph()]);
    graph.op_scope(name, |scope| {
        let x = x.into_tensor(&graph, operand);
        scope.tensor(op, &[x.any()])
    })
}

/// Builds an op of two operands, which are called as given if they have to become constants.
#[track_caller]
pub(crate) fn binary<A: Element, B: Element, R: Element>(
    name: &str,
    op: impl Op,
    (x, x_name): (impl IntoTensor<A>, &str),
    (y, y_name): (impl IntoTensor<B>, &str),
) -> Tensor<R> {
    let graph = graph_of(&[x.graph(), y.graph()]);
    graph.op_scope(name, |scope| {
        let x = x.into_tensor(&graph, x_name);
        let y = y.into_tensor(&graph, y_name);
        scope.tensor(op, &[x.any(), y.any()])
    })
}

/// Builds an op of an operand and of whole numbers, which are called as given if they have to
/// become constants.
#[track_caller]
pub(crate) fn with_integers<A: Element, R: Element>(
    name: &str,
    op: impl Op,
    (x, x_name): (impl IntoTensor<A>, &str),
    (numbers, numbers_name): (impl IntoIntegers, &str),
) -> Tensor<R> {
    let numbers = numbers.into_integers();
    let graph = graph_of(&[x.graph(), numbers.graph()]);
    graph.op_scope(name, |scope| {
        let x = x.into_tensor(&graph, x_name).any();
        let numbers = numbers.into_any(&graph, numbers_name);
        scope.tensor(op, &[x, numbers])
    })
}

/// The shape rule of an op whose one output has input `i`'s shape.
pub(crate) fn same_shape<R: Element>(cx: &InferContext<'_>, i: usize) -> Result<Vec<TensorInfo>> {
    Ok(vec![TensorInfo::new(R::DTYPE, cx.shape(i))])
}

/// The shape rule of an op whose two operands broadcast.
///
/// # Errors
/// `InvalidArgument` if they do not fit.
pub(crate) fn broadcast<R: Element>(cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
    let shape = broadcast_shapes(cx.shape(0), cx.shape(1)).map_err(|(a, b)| {
        unequal_dims(cx, a, b)
            .with_help("from the last dimension on, lengths must be equal, or one of them 1")
    })?;
    Ok(vec![TensorInfo::new(R::DTYPE, shape)])
}

/// Fails unless TensorFlow has the op `op_type` for the element type `dtype` of its attribute
/// `name`: it has all ops of numbers for the types that programs use most.
///
/// # Errors
/// `InvalidArgument` in TensorFlow's words.
pub(crate) fn expect_registered(op_type: &str, name: &str, dtype: DType) -> Result<()> {
    if !dtype.is_rare() && dtype != DType::UInt8 {
        return Ok(());
    }
    let Some(row) = super::row(op_type) else {
        return Ok(());
    };
    let refused = row.signature()?.expect_allowed(name, dtype);
    refused.map_err(|error| error.with_help("cast it to one of these types"))
}

/// TensorFlow's words for two lengths that must be equal.
pub(crate) fn unequal_dims(cx: &InferContext<'_>, a: usize, b: usize) -> Error {
    Error::invalid_argument(format!(
        "Dimensions must be equal, but are {a} and {b}, with input shapes: {}.",
        cx.shapes_text()
    ))
}

/// Numbers as TensorFlow's messages list them; of very many the first.
pub(crate) fn listed(numbers: &[i64]) -> String {
    const MOST: usize = 1000;
    let first = numbers.iter().take(MOST).map(i64::to_string);
    // Few: no more than that.
    let mut text = first.collect::<Vec<_>>().join(" ");
    if numbers.len() > MOST {
        text += "...";
    }
    text
}

/// What two shapes that must be the same know together.
///
/// # Errors
/// `InvalidArgument` with TensorFlow's words if they contradict each other.
pub(crate) fn merge(cx: &InferContext<'_>, a: &Shape, b: &Shape) -> Result<Shape> {
    a.merge(b).ok_or_else(|| {
        let (what, inputs) = (contradiction(a, b), cx.shapes_text());
        Error::invalid_argument(format!("{what}, with input shapes: {inputs}."))
    })
}

/// As [`merge`], with TensorFlow's words where it compares one dimension after the other.
///
/// # Errors
/// `InvalidArgument` if the shapes contradict each other.
pub(crate) fn merge_dims(cx: &InferContext<'_>, a: &Shape, b: &Shape) -> Result<Shape> {
    if let (Some(a), Some(b)) = (a.dims(), b.dims())
        && a.len() == b.len()
    {
        let lengths = a.iter().zip(b).filter_map(|(a, b)| (*a).zip(*b));
        if let Some((a, b)) = lengths.into_iter().find(|(a, b)| a != b) {
            return Err(unequal_dims(cx, a, b));
        }
    }
    merge(cx, a, b)
}

/// A length given by the scalar input `input`, as a shape rule learns it.
///
/// # Errors
/// `InvalidArgument` with TensorFlow's words if it is negative.
pub(crate) fn scalar_dim(cx: &InferContext<'_>, input: usize) -> Result<Dim> {
    let Some(length) = cx.scalar(input) else {
        return Ok(None);
    };
    let message = || {
        format!(
            "Dimension size, given by scalar input {input}, must be non-negative but is {length}"
        )
    };
    usize::try_from(length)
        .map(Some)
        .map_err(|_| Error::invalid_argument(message()))
}

/// How two shapes differ that ought to be the same.
fn contradiction(a: &Shape, b: &Shape) -> String {
    let (a_dims, b_dims) = (a.dims().unwrap_or_default(), b.dims().unwrap_or_default());
    if a_dims.len() != b_dims.len() {
        return format!(
            "Shapes must be equal rank, but are {} and {}",
            a_dims.len(),
            b_dims.len()
        );
    }
    let differ = |axis: &usize| a.dim(*axis).zip(b.dim(*axis)).is_some_and(|(a, b)| a != b);
    let axis = (0..a_dims.len()).find(differ).unwrap_or_default();
    let (x, y) = (
        a.dim(axis).unwrap_or_default(),
        b.dim(axis).unwrap_or_default(),
    );
    let (a, b) = (a.bracketed(), b.bracketed());
    format!(
        "Dimension {axis} in both shapes must be equal, but are {x} and {y}. Shapes are {a} and {b}"
    )
}

/// Fails unless `shape` has rank `rank`, or may have.
///
/// # Errors
/// `InvalidArgument` with TensorFlow's words.
pub(crate) fn expect_rank(cx: &InferContext<'_>, shape: &Shape, rank: usize) -> Result<()> {
    match shape.rank() {
        Some(found) if found != rank => Err(Error::invalid_argument(format!(
            "Shape must be rank {rank} but is rank {found}, with input shapes: {}.",
            cx.shapes_text()
        ))),
        _ => Ok(()),
    }
}

/// Fails unless `shape` has at least `least` axes, or may have.
///
/// # Errors
/// `InvalidArgument` with TensorFlow's words.
pub(crate) fn expect_rank_at_least(
    cx: &InferContext<'_>,
    shape: &Shape,
    least: usize,
) -> Result<()> {
    match shape.rank() {
        Some(rank) if rank < least => Err(low_rank(cx, least as u64, rank)),
        _ => Ok(()),
    }
}

/// The mistake of a shape with too few axes.
fn low_rank(cx: &InferContext<'_>, least: u64, rank: usize) -> Error {
    Error::invalid_argument(format!(
        "Shape must be at least rank {least} but is rank {rank}, with input shapes: {}.",
        cx.shapes_text()
    ))
}

/// An axis counted from the front, given one that may be counted from the end (`-1` is the last).
///
/// # Errors
/// `InvalidArgument` if it lies outside of `[-rank, rank)`.
pub(crate) fn resolve_axis(axis: i64, rank: usize) -> Result<usize> {
    let signed_rank = rank as i64;
    let resolved = if axis < 0 { axis + signed_rank } else { axis };
    usize::try_from(resolved)
        .ok()
        .filter(|&resolved| resolved < rank)
        .ok_or_else(|| {
            axis_error(format!(
                "Axis {axis} must be in the range [-{rank}, {rank}) for rank {rank}."
            ))
        })
}

/// As [`resolve_axis`], for ops whose shape function in TensorFlow reports a bad axis as a rank
/// error.
///
/// # Errors
/// `InvalidArgument` if it does not.
pub(crate) fn resolve_axis_of(cx: &InferContext<'_>, axis: i64, rank: usize) -> Result<usize> {
    resolve_axis(axis, rank).map_err(|_| {
        let least = axis.unsigned_abs() + u64::from(axis >= 0);
        low_rank(cx, least, rank).with_help(AXIS_HELP)
    })
}

/// The mistake of naming an axis that there is not.
pub(crate) fn axis_error(message: impl Into<String>) -> Error {
    Error::invalid_argument(message).with_help(AXIS_HELP)
}

const AXIS_HELP: &str = "axes count from 0, or from -1 backwards";

/// The mistake of an index that points outside of what it indexes.
pub(crate) fn index_error(message: impl Into<String>) -> Error {
    Error::invalid_argument(message)
        .with_help("check what computes or feeds the indices; clip_by_value keeps them in range")
}

/// The graph behind a tensor, for op functions that need it before their operands are converted.
pub(crate) fn graph<T: Element>(x: &impl IntoTensor<T>) -> Graph {
    graph_of(&[x.graph()])
}

/// Fails if an array with these lengths could not be held.
///
/// # Errors
/// `ResourceExhausted`.
pub(crate) fn check_size(lengths: &[usize]) -> Result<()> {
    if is_too_large(lengths.iter().copied()) {
        return Err(too_large(lengths));
    }
    Ok(())
}

/// The most outputs that an op may have whose number a user gives.
const MOST_OUTPUTS: usize = 1 << 20;

/// What is known of `count` outputs that are all alike.
///
/// # Errors
/// `InvalidArgument` if no op has so many.
pub(crate) fn alike(info: TensorInfo, count: usize) -> Result<Vec<TensorInfo>> {
    check_outputs(count)?;
    // Few: no more outputs than were checked.
    Ok(vec![info; count])
}

/// Fails if an op is to have more outputs than any op may.
///
/// # Errors
/// `InvalidArgument`.
pub(crate) fn check_outputs(count: usize) -> Result<()> {
    if count <= MOST_OUTPUTS {
        return Ok(());
    }
    let message = format!("an op with {count} outputs: there may be {MOST_OUTPUTS} at most");
    Err(Error::invalid_argument(message))
}

/// Handles on the `count` outputs of an op; on a few if the op was refused for their number.
#[track_caller]
pub(crate) fn outputs<T: Element>(operation: &Operation, count: usize) -> Vec<Tensor<T>> {
    let count = if count > MOST_OUTPUTS { 8 } else { count };
    // Few: one for each output.
    (0..count).map(|i| operation.output(i)).collect()
}

/// Output `index` of `operation`, which has elements of type `dtype`.
pub(crate) fn output_of(operation: &Operation, index: usize, dtype: DType) -> AnyTensor {
    operation.any_output(index, dtype)
}

/// Adds the op that `scope` is named after and returns its first output, which has elements of type
/// `dtype`.
pub(crate) fn any_tensor(
    scope: &OpScope,
    op: impl Op,
    inputs: &[AnyTensor],
    dtype: DType,
) -> AnyTensor {
    output_of(&scope.operation(op, inputs), 0, dtype)
}

/// Builds an op called `name` on tensors whose types only the caller knows; its result has the type
/// of the first.
#[track_caller]
pub(crate) fn build_any(name: &str, op: impl Op, inputs: &[AnyTensor]) -> AnyTensor {
    let first = &inputs[0];
    first
        .graph()
        .op_scope(name, |scope| any_tensor(scope, op, inputs, first.dtype()))
}

/// An operand of an op whose graph is known from its other operands.
pub(crate) struct InGraph<'g, X>(pub(crate) X, pub(crate) &'g Graph);

impl<T: Element, X: IntoTensor<T>> IntoTensor<T> for InGraph<'_, X> {
    fn graph(&self) -> Option<Graph> {
        Some(self.1.clone())
    }

    fn into_tensor(self, graph: &Graph, name: &str) -> Tensor<T> {
        self.0.into_tensor(graph, name)
    }
}

/// What to name an op that takes the name of the scope it stands in, as where TensorFlow passes
/// `name=scope` on.
pub(crate) fn named_as(scope: &OpScope) -> String {
    format!("{}/", scope.name())
}

/// Has the nodes that `build` makes, and their gradients, fail in runs in which `a` and `b` have
/// other shapes than each other. A builder refuses those that are known to differ itself.
#[track_caller]
pub(crate) fn require_same_shapes<A: Element, B: Element, R>(
    a: &Tensor<A>,
    b: &Tensor<B>,
    build: impl FnOnce() -> R,
) -> R {
    let rule = |shapes: &[&Shape]| match shapes[0].merge(shapes[1]) {
        Some(_) => Ok(()),
        None => Err(incompatible(shapes[0], shapes[1])),
    };
    let graph = a.graph();
    graph.require_shapes(&[a.any(), b.any()], rule, build)
}

/// TensorFlow's words for shapes that must be the same.
pub(crate) fn incompatible(a: &Shape, b: &Shape) -> Error {
    Error::invalid_argument(format!("Shapes {a} and {b} are incompatible"))
        .with_help("the result would have another shape than what it is made of")
}

/// As [`require_same_shapes`], of an `x` that keeps its shape when it is combined with `y`, which
/// is broadcast.
#[track_caller]
pub(crate) fn require_same_shape_with<A: Element, B: Element, R>(
    x: &Tensor<A>,
    y: &Tensor<B>,
    build: impl FnOnce() -> R,
) -> R {
    let rule = |shapes: &[&Shape]| {
        let (x, y) = (shapes[0], shapes[1]);
        match broadcast_shapes(x, y) {
            Ok(together) if together.merge(x).is_some() => Ok(()),
            _ => Err(incompatible(x, y)),
        }
    };
    if y.shape().rank() == Some(0) {
        return build();
    }
    let graph = x.graph();
    graph.require_shapes(&[x.any(), y.any()], rule, build)
}

/// Has the nodes that `build` makes, and their gradients, fail in runs in which `x`, called `name`,
/// turns out not to be a scalar.
#[track_caller]
pub(crate) fn require_scalar<T: Element, R>(
    name: &'static str,
    x: &Tensor<T>,
    build: impl FnOnce() -> R,
) -> R {
    let rule = move |shapes: &[&Shape]| match shapes[0].rank() {
        None | Some(0) => Ok(()),
        Some(_) => {
            let shape = shapes[0].bracketed();
            let message = format!("{name} must be a scalar, but has shape {shape}");
            Err(Error::invalid_argument(message))
        }
    };
    x.graph().require_shapes(&[x.any()], rule, build)
}

/// The mistake of element `i` of the tensor `name` of shape `shape`, an index of something of
/// another length.
pub(in crate::ops) fn index_out_of_range(
    name: &str,
    (i, shape): (usize, &[usize]),
    index: i64,
    length: usize,
) -> Error {
    let place = place_text(i, shape);
    index_error(format!("{name}{place} = {index} is not in [0, {length})"))
}

/// Row `i` of indices whose axes before the last have shape `stack`, for a message: `indices[0] =
/// [5, 0]`.
pub(in crate::ops) fn index_row_text(i: usize, row: &[i64], stack: &[usize]) -> String {
    // Few: one index for each axis.
    let row: Vec<String> = row.iter().map(i64::to_string).collect();
    format!("indices{} = [{}]", place_text(i, stack), row.join(", "))
}

/// The index of element `i` of a tensor of shape `shape`, as TensorFlow's messages have it:
/// `[0,2]`, nothing for a scalar.
pub(in crate::ops) fn place_text(mut i: usize, shape: &[usize]) -> String {
    if shape.is_empty() {
        return String::new();
    }
    let mut place: Vec<String> = shape
        .iter()
        .rev()
        .map(|&length| {
            let index = i % length.max(1);
            i /= length.max(1);
            // Few: one index for each axis.
            index.to_string()
        })
        .collect();
    place.reverse();
    format!("[{}]", place.join(","))
}
