//! `BroadcastArgs`: the shape that two shapes broadcast to.

use std::marker::PhantomData;

use crate::graph::{InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{binary, expect_rank, listed};
use crate::types::{Error, Integer, IntoShape, Result, Shape, broadcast_shapes, memory};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    opaque "BroadcastArgs(s0: T, s1: T) -> (r0: T); T: type = int32; T in index",
    T: index, |_| BroadcastArgs::<T>(PhantomData)
)];

/// The shape that tensors of the shapes `shape_x` and `shape_y`, vectors computed in the graph,
/// broadcast to, as `tf.broadcast_dynamic_shape` computes it.
///
/// # Errors
/// `InvalidArgument` if they do not fit.
#[track_caller]
pub fn broadcast_dynamic_shape<I: Integer>(
    shape_x: impl IntoTensor<I>,
    shape_y: impl IntoTensor<I>,
) -> Tensor<I> {
    let op = BroadcastArgs::<I>(PhantomData);
    binary("BroadcastArgs", op, (shape_x, "s0"), (shape_y, "s1"))
}

/// The shape that tensors of these shapes broadcast to, as far as it is known, as
/// `tf.broadcast_static_shape` tells it.
///
/// ```
/// let shape = tf1::broadcast_static_shape([2, 1], tf1::shape![?, 3])?;
/// assert_eq!(shape, tf1::Shape::from([2, 3]));
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if they do not fit.
pub fn broadcast_static_shape(shape_x: impl IntoShape, shape_y: impl IntoShape) -> Result<Shape> {
    let (x, y) = (shape_x.into_shape()?, shape_y.into_shape()?);
    broadcast_shapes(&x, &y).map_err(|_| {
        Error::invalid_argument(format!("Incompatible shapes for broadcasting: {x} and {y}"))
    })
}

#[derive(Debug)]
struct BroadcastArgs<I>(PhantomData<fn() -> I>);

impl<I: Integer> Op for BroadcastArgs<I> {
    fn op_type(&self) -> &'static str {
        "BroadcastArgs"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(0), 1)?;
        expect_rank(cx, cx.shape(1), 1)?;
        let lengths = cx.shape(0).dim(0).zip(cx.shape(1).dim(0));
        let longer = lengths.map(|(x, y)| x.max(y));
        Ok(vec![TensorInfo::new(I::DTYPE, vec![longer])])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (x, y) = (cx.inputs.integers(0)?, cx.inputs.integers(1)?);
        let count = x.len().max(y.len());
        let mut out = cx.outputs.alloc::<I>(0, &[count])?;
        // From the end on; one of them may have fewer lengths.
        let length = |lengths: &[i64], place: usize| match lengths.len().checked_sub(place + 1) {
            Some(i) => lengths[i],
            None => 1,
        };
        for (place, out) in memory::row_major(&mut out).iter_mut().rev().enumerate() {
            *out = I::from_i64(match (length(&x, place), length(&y, place)) {
                (1, other) | (other, 1) => other,
                (a, b) if a == b => a,
                _ => {
                    return Err(Error::invalid_argument(format!(
                        "Incompatible shapes: [{}] vs. [{}]",
                        listed(&x),
                        listed(&y)
                    )));
                }
            });
        }
        Ok(())
    }
}
