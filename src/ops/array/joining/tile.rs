//! `Tile`: a tensor repeated along its axes.

use std::sync::Arc;

use ndarray::{Axis, IxDyn};

use super::super::classes::expect_index;
use super::super::{range, reshape, shape_as, size, stack, transpose};
use crate::graph::{
    Fusion, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo,
};
use crate::kernels::memory::stretched;
use crate::kernels::strided;
use crate::ops::IntoIntegers;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::reduce::{Axes, reduce_sum};
use crate::ops::support::{check_size, expect_rank, with_integers};
use crate::types::{
    Dim, Element, ElementType, Error, Integer, Number, Plain, Result, Shape, with_bits, with_class,
};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    smooth "Tile(input: T, multiples: Tmultiples) -> (output: T); Tmultiples: type = int32; \
        Tmultiples in index",
    |node| {
        expect_index(node, &["Tmultiples"])?;
        Tile
    }
)];

/// `input` repeated `multiples[i]` times along axis i, as `tf.tile` repeats it.
///
/// ```
/// let graph = tf1::Graph::new();
/// let x = graph.zeros::<f32>([2, 3]);
/// assert_eq!(tf1::tile(&x, [1, 4]).shape().to_string(), "(2, 12)");
/// ```
///
/// # Errors
/// `InvalidArgument` if `multiples` does not have one element for each axis, or has a negative one.
#[track_caller]
pub fn tile<T: Element>(input: impl IntoTensor<T>, multiples: impl IntoIntegers) -> Tensor<T> {
    with_integers("Tile", Tile, (input, "input"), (multiples, "multiples"))
}

#[derive(Debug)]
struct Tile;

impl Op for Tile {
    fn op_type(&self) -> &'static str {
        "Tile"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(1), 1)?;
        let Some(rank) = cx.shape(0).rank().or(cx.axes_from_length(1)) else {
            return Ok(vec![TensorInfo::new(cx.dtype(0), ..)]);
        };
        if let Some(count) = cx.shape(1).dim(0).filter(|&count| count != rank) {
            let inputs = cx.shapes_text();
            let message = format!(
                "Shape must be rank {rank} but is rank {count}, with input shapes: {inputs}."
            );
            return Err(Error::invalid_argument(message));
        }
        let multiples = cx.elements_of(1, rank)?;
        let dim = |(axis, multiple): (usize, Option<i64>)| {
            let multiple = multiple.map(|multiple| checked_multiple(axis, multiple));
            Ok(match (cx.shape(0).dim(axis), multiple.transpose()?) {
                (Some(0), _) | (_, Some(0)) => Some(0),
                (length, multiple) => length.zip(multiple).map(|(a, b)| a.saturating_mul(b)),
            })
        };
        let dims: Result<Vec<Dim>> = multiples.into_iter().enumerate().map(dim).collect();
        Ok(vec![TensorInfo::new(cx.dtype(0), Shape::from(dims?))])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let multiples = cx.inputs.integers(1)?;
        if multiples.len() != cx.inputs.shape(0).len() {
            return Err(Error::invalid_argument(format!(
                "Expected multiples argument to be a vector of length {} but got length {}",
                cx.inputs.shape(0).len(),
                multiples.len()
            )));
        }
        for (axis, &multiple) in multiples.iter().enumerate() {
            checked_multiple(axis, multiple)?;
        }
        let multiples = cx.inputs.lengths(1)?;
        with_bits!(cx.inputs.value(0).dtype(), T => repeat::<T>(cx, &multiples), cx.move_owned(&|cx| self.compute(cx)))
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        with_class!(number, cx.any_input(0).dtype(), T => {
            with_class!(index, cx.any_input(1).dtype(), I => {
                let dx = tile_gradient(&cx.input::<T>(0), &cx.input::<I>(1), &cx.grad::<T>(0));
                cx.set(0, dx);
            }, ());
        }, ());
        Ok(())
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::View { of: 0 }
    }
}

fn checked_multiple(axis: usize, multiple: i64) -> Result<usize> {
    usize::try_from(multiple).map_err(|_| {
        Error::invalid_argument(format!(
            "Expected multiples[{axis}] >= 0, but got {multiple}"
        ))
    })
}

/// Copies the input into each of its places in the result, which is seen with two axes for each of
/// the input's: which copy, and where in it.
fn repeat<T: Plain>(cx: &mut Kernel<'_, '_>, multiples: &[usize]) -> Result<()> {
    let x = cx.inputs.bits::<T>(0);
    let (mut lengths, mut seen) = (Vec::new(), Vec::new());
    for (&length, &multiple) in x.shape().iter().zip(multiples) {
        lengths.push(length.saturating_mul(multiple));
        // Few: two lengths for each axis.
        seen.extend([multiple, length]);
    }
    check_size(&seen)?;
    let stretches = x
        .shape()
        .iter()
        .zip(multiples)
        .all(|(&length, &multiple)| length == 1 || multiple == 1);
    if stretches && let Some(stretched) = stretched(cx.inputs.value(0), &lengths) {
        cx.outputs.forward(0, stretched);
        return Ok(());
    }
    let out = cx
        .outputs
        .alloc_bits_unset::<T>(0, cx.inputs.value(0).dtype(), &lengths)?;
    let out = out
        .into_shape_with_order(IxDyn(&seen))
        .expect("fresh memory lies in order");
    let x = (0..x.ndim())
        .rev()
        .fold(x, |x, axis| x.insert_axis(Axis(axis)));
    let x = x.broadcast(IxDyn(&seen)).expect("axes of length 1 stretch");
    strided::copy(cx.pool, x, out);
    Ok(())
}

/// `dy` summed over the copies.
#[track_caller]
fn tile_gradient<T: Number, I: Integer>(
    x: &Tensor<T>,
    multiples: &Tensor<I>,
    dy: &Tensor<T>,
) -> Tensor<T> {
    let lengths = shape_as(x, ElementType::<I>::new());
    let split = reshape(transpose(stack([multiples, &lengths], 0)), [-1]);
    let axes = range(0, size(&split), 2);
    let dx = reduce_sum(reshape(dy, &split), Axes::from(axes));
    dx.set_shape(x.shape());
    dx
}
