//! `SpaceToDepth` and `DepthToSpace`: blocks of pixels as channels, and back.

use ndarray::{ArrayViewD, IxDyn};

use crate::graph::{GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo};
use crate::ops::OpDef;
use crate::ops::support::{build_any, check_size, expect_rank, unary};
use crate::types::{Dim, Element, Error, Result, Shape, WholeNumber, memory, with_dtype};

pub(in crate::ops) const OPS: &[OpDef] =
    &[OpDef::smooth("SpaceToDepth"), OpDef::smooth("DepthToSpace")];

/// Images with each block of `block_size` by `block_size` pixels made one pixel with as many times the channels, as
/// `tf.space_to_depth` makes them: [batch, height, width, channels] becomes [batch, height / `block_size`, width /
/// `block_size`, channels · `block_size`²].
///
/// # Errors
/// `InvalidArgument` if height or width is not a multiple of `block_size`, or that is less than 2.
#[track_caller]
pub fn space_to_depth<T: Element>(
    input: impl IntoTensor<T>,
    block_size: impl WholeNumber,
) -> Tensor<T> {
    let block_size = block_size.to_position();
    unary(
        "SpaceToDepth",
        SpaceToDepth { block_size },
        (input, "input"),
    )
}

/// Images with each pixel made a block of `block_size` by `block_size` pixels with fewer channels, as `tf.depth_to_space`
/// makes them: the inverse of [`space_to_depth`].
///
/// # Errors
/// `InvalidArgument` if the number of channels is not a multiple of `block_size`², or that is less than 2.
#[track_caller]
pub fn depth_to_space<T: Element>(
    input: impl IntoTensor<T>,
    block_size: impl WholeNumber,
) -> Tensor<T> {
    let block_size = block_size.to_position();
    unary(
        "DepthToSpace",
        DepthToSpace { block_size },
        (input, "input"),
    )
}

fn checked_block(block_size: usize) -> Result<()> {
    match block_size {
        2.. => Ok(()),
        _ => Err(Error::invalid_argument(format!(
            "Block size should be > 1, but was: {block_size}"
        ))),
    }
}

/// The quotient of a length that must be a multiple of `divisor`.
fn divided(length: Dim, divisor: usize) -> Result<Dim> {
    match length {
        Some(length) if !length.is_multiple_of(divisor) => Err(Error::invalid_argument(format!(
            "Dimension size must be evenly divisible by {divisor} but is {length}"
        ))),
        length => Ok(length.map(|length| length / divisor)),
    }
}

/// The four dimensions of images; unknown ones if the rank is.
fn image_dims(cx: &InferContext<'_>) -> Result<[Dim; 4]> {
    expect_rank(cx, cx.shape(0), 4)?;
    Ok([0, 1, 2, 3].map(|axis| cx.shape(0).dim(axis)))
}

/// Copies the input, seen with the axes `seen`, in the order `order` into an output of shape `shape`.
fn rearrange<T: Element>(
    cx: &mut Kernel<'_, '_>,
    seen: &[usize],
    order: [usize; 6],
    shape: &[usize],
) -> Result<()> {
    let x: ArrayViewD<'_, T> = cx.inputs.get(0);
    let x = memory::to_shape(&x, IxDyn(seen))?;
    let x = x.view().permuted_axes(IxDyn(&order));
    let out = cx.outputs.alloc::<T>(0, shape)?;
    let out = out
        .into_shape_with_order(x.raw_dim())
        .expect("fresh memory lies in order");
    crate::kernels::elementwise::map(x, out, |x| x);
    Ok(())
}

#[derive(Debug)]
struct SpaceToDepth {
    block_size: usize,
}

impl Op for SpaceToDepth {
    fn op_type(&self) -> &'static str {
        "SpaceToDepth"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        checked_block(self.block_size)?;
        let [batch, height, width, depth] = image_dims(cx)?;
        let (height, width) = (
            divided(height, self.block_size)?,
            divided(width, self.block_size)?,
        );
        let depth = depth.map(|depth| {
            depth
                .saturating_mul(self.block_size)
                .saturating_mul(self.block_size)
        });
        Ok(vec![TensorInfo::new(
            cx.dtype(0),
            Shape::from(vec![batch, height, width, depth]),
        )])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (block, shape) = (self.block_size, cx.inputs.shape(0));
        let (height, width) = (shape[1] / block, shape[2] / block);
        let seen = [shape[0], height, block, width, block, shape[3]];
        let out = [
            shape[0],
            height,
            width,
            shape[3].saturating_mul(block).saturating_mul(block),
        ];
        check_size(&seen)?;
        with_dtype!(cx.inputs.value(0).dtype(), T => rearrange::<T>(cx, &seen, [0, 1, 3, 2, 4, 5], &out)?);
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let dx = build_any(
            "DepthToSpace",
            DepthToSpace {
                block_size: self.block_size,
            },
            &[cx.any_grad(0)],
        );
        cx.set_gradient(0, dx.into());
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn needs_memory(&self, _: &InferContext<'_>) -> bool {
        true
    }
}

#[derive(Debug)]
struct DepthToSpace {
    block_size: usize,
}

impl Op for DepthToSpace {
    fn op_type(&self) -> &'static str {
        "DepthToSpace"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        checked_block(self.block_size)?;
        let [batch, height, width, depth] = image_dims(cx)?;
        let stretched = |length: Dim| length.map(|length| length.saturating_mul(self.block_size));
        let depth = divided(depth, self.block_size.saturating_mul(self.block_size))?;
        let dims = vec![batch, stretched(height), stretched(width), depth];
        Ok(vec![TensorInfo::new(cx.dtype(0), Shape::from(dims))])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (block, shape) = (self.block_size, cx.inputs.shape(0));
        let depth = shape[3] / block.saturating_mul(block);
        let seen = [shape[0], shape[1], shape[2], block, block, depth];
        let out = [
            shape[0],
            shape[1].saturating_mul(block),
            shape[2].saturating_mul(block),
            depth,
        ];
        check_size(&seen)?;
        with_dtype!(cx.inputs.value(0).dtype(), T => rearrange::<T>(cx, &seen, [0, 1, 3, 2, 4, 5], &out)?);
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let dx = build_any(
            "SpaceToDepth",
            SpaceToDepth {
                block_size: self.block_size,
            },
            &[cx.any_grad(0)],
        );
        cx.set_gradient(0, dx.into());
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn needs_memory(&self, _: &InferContext<'_>) -> bool {
        true
    }
}
