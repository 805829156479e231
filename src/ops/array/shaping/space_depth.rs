//! `SpaceToDepth` and `DepthToSpace`: blocks of pixels as channels, and back.

use ndarray::{ArrayViewD, IxDyn};

use crate::graph::{
    AttributeList, Attributes, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor,
    TensorInfo, attributes,
};
use crate::kernels::strided;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{build_any, check_size, expect_rank, unary};
use crate::types::{Dim, Element, Error, Plain, Result, Shape, WholeNumber, with_bits};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "SpaceToDepth(input: T) -> (output: T); block_size: int; \
         data_format: string = 'NHWC'",
        |node| SpaceDepth { to: Side::Depth, blocks: node.attributes()? }),
    op!(smooth "DepthToSpace(input: T) -> (output: T); block_size: int; \
         data_format: string = 'NHWC'",
        |node| SpaceDepth { to: Side::Space, blocks: node.attributes()? }),
];

/// Images in which each block of `block_size` by `block_size` pixels becomes one pixel with
/// `block_size`² times as many channels, as `tf.space_to_depth` makes them:
/// [batch, height, width, channels] becomes [batch, height / `block_size`, width /
/// `block_size`, channels · `block_size`²].
///
/// # Errors
/// `InvalidArgument` if height or width is not a multiple of `block_size`, or that is less than 2.
///
/// # Options
/// `data_format`: see [`space_to_depth_with`].
#[track_caller]
pub fn space_to_depth<T: Element>(
    input: impl IntoTensor<T>,
    block_size: impl WholeNumber,
) -> Tensor<T> {
    space_to_depth_with(input, block_size, SpaceToDepth::new())
}

/// As [`space_to_depth`], of images of another layout: `space_to_depth_with(&x, 2, "NCHW")`.
///
/// # Errors
/// As [`space_to_depth`]; and `InvalidArgument` if there is no such layout.
#[track_caller]
pub fn space_to_depth_with<T: Element>(
    input: impl IntoTensor<T>,
    block_size: impl WholeNumber,
    options: impl Into<SpaceToDepth>,
) -> Tensor<T> {
    let to = Side::Depth;
    build(to, input, block_size, options.into().data_format)
}

/// Images in which each pixel becomes a block of `block_size` by `block_size` pixels with fewer
/// channels, as `tf.depth_to_space` makes them: the inverse of [`space_to_depth`].
///
/// # Errors
/// `InvalidArgument` if the number of channels is not a multiple of `block_size`², or that is less
/// than 2.
///
/// # Options
/// `data_format`: see [`depth_to_space_with`].
#[track_caller]
pub fn depth_to_space<T: Element>(
    input: impl IntoTensor<T>,
    block_size: impl WholeNumber,
) -> Tensor<T> {
    depth_to_space_with(input, block_size, DepthToSpace::new())
}

/// As [`depth_to_space`], of images of another layout.
///
/// # Errors
/// As [`depth_to_space`]; and `InvalidArgument` if there is no such layout.
#[track_caller]
pub fn depth_to_space_with<T: Element>(
    input: impl IntoTensor<T>,
    block_size: impl WholeNumber,
    options: impl Into<DepthToSpace>,
) -> Tensor<T> {
    let to = Side::Space;
    build(to, input, block_size, options.into().data_format)
}

/// The options of [`space_to_depth_with`].
#[derive(Clone, Debug)]
pub struct SpaceToDepth {
    data_format: String,
}

/// The options of [`depth_to_space_with`].
pub type DepthToSpace = SpaceToDepth;

/// Of this layout, as [`SpaceToDepth::data_format`].
impl From<&str> for SpaceToDepth {
    fn from(data_format: &str) -> Self {
        SpaceToDepth::new().data_format(data_format)
    }
}

impl SpaceToDepth {
    /// The channels are the last axis.
    pub fn new() -> Self {
        SpaceToDepth {
            data_format: "NHWC".to_string(),
        }
    }

    /// The layout of images: `"NHWC"`, in which the channels are the last axis, or `"NCHW"`, in
    /// which they are the second. TensorFlow computes the second on GPUs only, and `"NCHW_VECT_C"`,
    /// which is refused here, for its quantized types.
    pub fn data_format(mut self, data_format: &str) -> Self {
        self.data_format = data_format.to_string();
        self
    }

    /// The channels are the second axis.
    pub fn channels_first(self) -> Self {
        self.data_format("NCHW")
    }
}

impl Default for SpaceToDepth {
    fn default() -> Self {
        SpaceToDepth::new()
    }
}

#[track_caller]
fn build<T: Element>(
    to: Side,
    input: impl IntoTensor<T>,
    block_size: impl WholeNumber,
    data_format: String,
) -> Tensor<T> {
    let blocks = Blocks {
        block_size: block_size.to_i64(),
        data_format,
    };
    let op = SpaceDepth { to, blocks };
    unary(to.op_type(), op, (input, "input"))
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

/// Copies the input, seen with the axes `seen`, in the order `order` into an output of shape
/// `shape`.
fn rearrange<T: Plain>(
    cx: &mut Kernel<'_, '_>,
    seen: &[usize],
    order: [usize; 6],
    shape: &[usize],
) -> Result<()> {
    let x: ArrayViewD<'_, T> = cx.inputs.bits(0);
    let x = strided::to_shape(cx.pool, &x, seen)?;
    let x = x.view().permuted_axes(IxDyn(&order));
    let out = cx
        .outputs
        .alloc_bits_unset::<T>(0, cx.inputs.value(0).dtype(), shape)?;
    let out = out
        .into_shape_with_order(x.raw_dim())
        .expect("fresh memory lies in order");
    strided::copy(cx.pool, x, out);
    Ok(())
}

/// What the blocks become part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Space,
    Depth,
}

impl Side {
    fn op_type(self) -> &'static str {
        match self {
            Side::Space => "DepthToSpace",
            Side::Depth => "SpaceToDepth",
        }
    }

    fn other(self) -> Side {
        match self {
            Side::Space => Side::Depth,
            Side::Depth => Side::Space,
        }
    }
}

attributes! {
    struct Blocks {
        block_size: i64,
        data_format: String,
    }
}

#[derive(Clone, Debug)]
struct SpaceDepth {
    to: Side,
    blocks: Blocks,
}

impl SpaceDepth {
    /// The length of a block.
    ///
    /// # Errors
    /// `InvalidArgument` if it is less than 2.
    fn block(&self) -> Result<usize> {
        let block = usize::try_from(self.blocks.block_size).ok();
        block.filter(|&block| block > 1).ok_or_else(|| {
            let message = format!(
                "Block size should be > 1, but was: {}",
                self.blocks.block_size
            );
            Error::invalid_argument(message)
        })
    }

    /// The axes of height, width and channels.
    ///
    /// # Errors
    /// `InvalidArgument` if there is no such layout, or none that can be computed.
    fn axes(&self) -> Result<[usize; 3]> {
        match self.blocks.data_format.as_str() {
            "NHWC" => Ok([1, 2, 3]),
            "NCHW" => Ok([2, 3, 1]),
            other => {
                let op_type = self.to.op_type();
                let message = match other {
                    "NCHW_VECT_C" => {
                        format!("Only NHWC and NCHW data_format supported on CPU. Got {other}")
                    }
                    _ => format!(
                        "Attr 'data_format' of '{op_type}' Op passed string '{other}' not in: \"NHWC\", \"NCHW\", \"NCHW_VECT_C\"."
                    ),
                };
                Err(Error::invalid_argument(message))
            }
        }
    }

    /// The shape of the result.
    ///
    /// # Errors
    /// `InvalidArgument` if a length cannot be divided by that of a block.
    fn lengths(&self, dims: &[Dim]) -> Result<Vec<Dim>> {
        let [height, width, channels] = self.axes()?;
        let block = self.block()?;
        let square = block.saturating_mul(block);
        // Few: one length for each axis.
        let mut dims = dims.to_vec();
        let stretched = |length: Dim, by: usize| length.map(|length| length.saturating_mul(by));
        match self.to {
            Side::Space => {
                dims[channels] = divided(dims[channels], square)?;
                dims[height] = stretched(dims[height], block);
                dims[width] = stretched(dims[width], block);
            }
            Side::Depth => {
                dims[height] = divided(dims[height], block)?;
                dims[width] = divided(dims[width], block)?;
                dims[channels] = stretched(dims[channels], square);
            }
        }
        Ok(dims)
    }
}

impl Op for SpaceDepth {
    fn op_type(&self) -> &'static str {
        self.to.op_type()
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        self.block()?;
        self.axes()?;
        expect_rank(cx, cx.shape(0), 4)?;
        let dims = self.lengths(&[0, 1, 2, 3].map(|axis| cx.shape(0).dim(axis)))?;
        Ok(vec![TensorInfo::new(cx.dtype(0), Shape::from(dims))])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (block, shape) = (self.block()?, cx.inputs.shape(0));
        let dims = self.lengths(&[0, 1, 2, 3].map(|axis| Some(shape[axis])))?;
        let out = Shape::from(dims).expect_known()?;
        let is_last = self.axes()? == [1, 2, 3];
        let (height, width, channels) = match is_last {
            true => (shape[1], shape[2], shape[3]),
            false => (shape[2], shape[3], shape[1]),
        };
        let depth = channels / block.saturating_mul(block);
        let (seen, order) = match (self.to, is_last) {
            (Side::Depth, true) => (
                [height / block, block, width / block, block, channels],
                [0, 1, 3, 2, 4, 5],
            ),
            (Side::Depth, false) => (
                [channels, height / block, block, width / block, block],
                [0, 3, 5, 1, 2, 4],
            ),
            (Side::Space, true) => ([height, width, block, block, depth], [0, 1, 3, 2, 4, 5]),
            (Side::Space, false) => ([block, block, depth, height, width], [0, 3, 4, 1, 5, 2]),
        };
        let seen = [&[shape[0]], &seen[..]].concat();
        check_size(&seen)?;
        with_bits!(cx.inputs.value(0).dtype(), T => rearrange::<T>(cx, &seen, order, &out)?, cx.move_owned(&|cx| self.compute(cx))?);
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let to = self.to.other();
        let back = SpaceDepth { to, ..self.clone() };
        let dx = build_any(to.op_type(), back, &[cx.any_grad(0)]);
        cx.set_gradient(0, dx.into());
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.blocks.list())
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn needs_memory(&self, _: &InferContext<'_>) -> bool {
        true
    }
}
