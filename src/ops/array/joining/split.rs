//! `Split` and `SplitV`: a tensor cut into pieces along an axis.

use std::sync::Arc;

use super::super::classes::expect_index;
use super::super::concat_any;
use crate::graph::{
    AnyTensor, AttributeList, Fusion, GradientContext, InferContext, IntoTensor, Kernel, Op,
    Operation, Tensor, TensorInfo, graph_of,
};
use crate::ops::IntoIntegers;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{alike, check_outputs, expect_rank, output_of, outputs, resolve_axis};
use crate::types::{Dim, Element, Error, Result, Shape, Value};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "Split(split_dim: int32, value: T) -> (output: num_split * T)",
        |node| Split::new(node.count("num_split")?)),
    op!(smooth "SplitV(value: T, size_splits: Tlen, split_dim: int32) -> \
            (output: num_split * T); Tlen: type = int64; \
        Tlen in index",
    |node| {
        expect_index(node, &["Tlen"])?;
        SplitV::new(node.count("num_split")?)
    }),
];

/// `value` cut along `axis` into equal pieces if their number is given, or into pieces of given
/// lengths, as `tf.split` cuts it. Nothing is copied.
///
/// ```
/// let graph = tf1::Graph::new();
/// let x = graph.zeros::<f32>([5, 30]);
/// let pieces = tf1::split(&x, 3, 1);
/// assert_eq!(pieces[2].shape().to_string(), "(5, 10)");
/// let pieces = tf1::split(&x, [4, 15, -1], 1);
/// assert_eq!(pieces[2].shape().to_string(), "(5, 11)");
/// ```
///
/// # Errors
/// `InvalidArgument` if the pieces do not make up the axis, or lengths are given by a tensor of
/// unknown length.
#[track_caller]
pub fn split<T: Element>(
    value: impl IntoTensor<T>,
    num_or_size_splits: impl IntoIntegers,
    axis: impl IntoIntegers,
) -> Vec<Tensor<T>> {
    let (pieces, axis) = (num_or_size_splits.into_integers(), axis.into_integers());
    let graph = graph_of(&[value.graph(), pieces.graph(), axis.graph()]);
    graph.op_call(|| {
        let are_equal = pieces.known().is_some_and(|pieces| pieces.ndim() == 0);
        // TensorFlow makes this node even where nothing reads it.
        let pieces = pieces.into_tensor::<i32>(&graph, "Const");
        let count = match number_of_pieces(&pieces, are_equal) {
            Ok(count) => count,
            Err(error) => {
                graph.failed::<T>("split", error);
                return Vec::new();
            }
        };
        let operation = graph.op_scope("split", |scope| {
            let value = value.into_tensor(&graph, "value").any();
            let axis = axis.into_tensor::<i32>(&graph, "split_dim").any();
            match are_equal {
                true => scope.operation(Split::new(count), &[axis, value]),
                false => scope.operation(SplitV::new(count), &[value, pieces.any(), axis]),
            }
        });
        outputs(&operation, count)
    })
}

/// How many pieces there will be: as many as `pieces` says if they are equal, else as many as it
/// has lengths.
fn number_of_pieces(pieces: &Tensor<i32>, are_equal: bool) -> Result<usize> {
    let shape = pieces.shape();
    match (are_equal, shape.dims()) {
        (true, _) => {
            let number = pieces
                .any()
                .info()
                .elements()
                .and_then(|n| n.first().copied());
            let number = number.flatten().unwrap_or_default();
            usize::try_from(number).map_err(|_| {
                Error::invalid_argument(format!("a tensor cannot be split into {number} pieces"))
            })
        }
        (false, Some([Some(count)])) => Ok(*count),
        _ if pieces.is_failed() => Ok(0),
        _ => Err(Error::invalid_argument(format!(
            "Cannot infer num from shape {shape}"
        ))),
    }
}

/// `value`, of any type, cut into `count` pieces of the lengths that `sizes` holds.
#[track_caller]
pub(in crate::ops::array) fn split_sizes_any(
    value: &AnyTensor,
    sizes: &Tensor<i32>,
    axis: &Tensor<i32>,
    count: usize,
) -> Vec<AnyTensor> {
    let operation: Operation = value.graph().op_scope("split", |scope| {
        scope.operation(
            SplitV::new(count),
            &[value.clone(), sizes.any(), axis.any()],
        )
    });
    // Few: one for each output.
    (0..count)
        .map(|i| output_of(&operation, i, value.dtype()))
        .collect()
}

#[derive(Debug)]
struct Split {
    num_split: usize,
}

impl Split {
    fn new(num_split: usize) -> Self {
        Split { num_split }
    }
}

impl Op for Split {
    fn op_type(&self) -> &'static str {
        "Split"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(0), 0)?;
        let info = |shape| alike(TensorInfo::new(cx.dtype(1), shape), self.num_split);
        let Some(dims) = cx.shape(1).dims() else {
            return info(Shape::unknown());
        };
        let Some(axis) = cx.scalar(0) else {
            return info(Shape::of_rank(dims.len()));
        };
        let axis = resolve_axis(axis, dims.len())?;
        let mut dims = dims.to_vec();
        if let Some(length) = dims[axis] {
            dims[axis] = Some(self.piece_length(length)?);
        }
        info(Shape::from(dims))
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = cx.inputs.shape(1);
        let axis = resolve_axis(cx.inputs.scalar_integer(0)?, shape.len())?;
        let length = self.piece_length(shape[axis])?;
        for i in 0..self.num_split {
            cx.outputs.forward(
                i,
                cx.inputs
                    .value(1)
                    .clone()
                    .sliced(axis, i * length, length, 1),
            );
        }
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        join_gradients(cx, self.num_split, 1, 0);
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(AttributeList::new())
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::View { of: 1 }
    }
}

impl Split {
    fn piece_length(&self, length: usize) -> Result<usize> {
        match length.checked_rem(self.num_split) {
            Some(0) => Ok(length / self.num_split),
            Some(_) => Err(Error::invalid_argument(format!(
                "Dimension size must be evenly divisible by {} but is {length}\n\tNumber of ways to split should evenly \
                 divide the split dimension",
                self.num_split
            ))),
            None => Err(Error::invalid_argument(
                "Number of ways to split should be > 0, but got 0",
            )),
        }
    }
}

#[derive(Debug)]
struct SplitV {
    num_split: usize,
}

impl SplitV {
    fn new(num_split: usize) -> Self {
        SplitV { num_split }
    }

    /// Fails unless there are as many lengths as pieces.
    fn expect_pieces(&self, count: usize) -> Result<()> {
        if count == self.num_split {
            return Ok(());
        }
        let num_split = self.num_split;
        Err(Error::invalid_argument(format!(
            "Length of size_splits should be {num_split}, but is {count}"
        )))
    }
}

impl Op for SplitV {
    fn op_type(&self) -> &'static str {
        "SplitV"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(1), 1)?;
        expect_rank(cx, cx.shape(2), 0)?;
        check_outputs(self.num_split)?;
        if let Some(count) = cx.shape(1).dim(0) {
            self.expect_pieces(count)?;
        }
        let unknown = |shape: Shape| Ok(vec![TensorInfo::new(cx.dtype(0), shape); self.num_split]);
        let Some(dims) = cx.shape(0).dims() else {
            return unknown(Shape::unknown());
        };
        let Some(axis) = cx.scalar(2) else {
            return unknown(Shape::of_rank(dims.len()));
        };
        let axis = resolve_axis(axis, dims.len())?;
        // Few: one for each output.
        let sizes: Option<Vec<i64>> = cx.elements_of(1, self.num_split)?.into_iter().collect();
        let lengths = match sizes {
            Some(sizes) => piece_lengths(&sizes, dims[axis])?,
            None => vec![None; self.num_split],
        };
        Ok(lengths
            .into_iter()
            .map(|length| {
                let mut dims = dims.to_vec();
                dims[axis] = length;
                TensorInfo::new(cx.dtype(0), Shape::from(dims))
            })
            .collect())
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = cx.inputs.shape(0);
        let axis = resolve_axis(cx.inputs.scalar_integer(2)?, shape.len())?;
        let lengths = piece_lengths(&cx.inputs.integers(1)?, Some(shape[axis]))?;
        self.expect_pieces(lengths.len())?;
        let mut start = 0;
        for (i, length) in lengths.into_iter().enumerate() {
            let length = length.unwrap_or(0);
            let piece: Value<'_> = cx.inputs.value(0).clone().sliced(axis, start, length, 1);
            cx.outputs.forward(i, piece);
            start += length;
        }
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        join_gradients(cx, self.num_split, 0, 2);
        Ok(())
    }
    fn attributes(&self) -> Option<AttributeList> {
        Some(AttributeList::new())
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::View { of: 0 }
    }
}

/// The lengths that `sizes` asks for, with a -1 replaced by what the others leave of `length`.
fn piece_lengths(sizes: &[i64], length: Dim) -> Result<Vec<Dim>> {
    if sizes.iter().filter(|size| **size == -1).count() > 1 {
        return Err(Error::invalid_argument("size_splits can only have one -1"));
    }
    if let Some(size) = sizes.iter().find(|size| **size < -1) {
        return Err(Error::invalid_argument(format!(
            "Split size at index must be >= 0. Got: {size}"
        )));
    }
    let sum = sizes
        .iter()
        .filter(|size| **size >= 0)
        .fold(0i64, |sum, &size| sum.saturating_add(size));
    let left = length.map(|length| length as i64 - sum);
    let has_free = sizes.contains(&-1);
    if left.is_some_and(|left| left < 0 || (left > 0 && !has_free)) {
        return Err(Error::invalid_argument(format!(
            "Determined shape must either match input shape along split_dim exactly if fully specified, or be less than \
             the size of the input along split_dim if not fully specified.  Got: {sum}"
        )));
    }
    let length_of = |&size: &i64| if size == -1 { left } else { Some(size) };
    // Few: one for each output.
    Ok(sizes
        .iter()
        .map(|size| length_of(size).map(|size| size as usize))
        .collect())
}

/// The gradient of cutting: the pieces' gradients joined along the axis that input `axis` holds.
#[track_caller]
fn join_gradients(cx: &mut GradientContext<'_>, count: usize, value: usize, axis: usize) {
    let grads: Vec<AnyTensor> = (0..count).map(|i| cx.any_grad(i)).collect();
    let dx = concat_any(&grads, cx.input::<i32>(axis));
    cx.set_gradient(value, dx.into());
}
