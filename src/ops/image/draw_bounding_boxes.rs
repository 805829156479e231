//! `DrawBoundingBoxes`: the outlines of boxes on images.

use super::support::expect_dim;
use crate::graph::{
    GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo, graph_of,
};
use crate::kernels::boxes::outline;
use crate::kernels::pieces::each_piece;
use crate::kernels::strided::in_order;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::expect_rank;
use crate::types::{Error, Float, Result, Shape, memory, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(flat "DrawBoundingBoxes(images: T, boxes: float32) -> (output: T); \
         T: type = float32; T in {float32, float16}",
        |_| DrawBoundingBoxes { has_colors: false }),
    op!(opaque "DrawBoundingBoxesV2(images: T, boxes: float32, colors: float32) -> (output: T); \
         T: type = float32; T in {float32, float16}",
        |_| DrawBoundingBoxes { has_colors: true }),
];

/// `images` with the outlines of `boxes` drawn on them, as `tf.image.draw_bounding_boxes` does.
///
/// `images` is [batch, height, width, channels] with 1, 3 or 4 channels: grey, RGB or RGBA, from 0
/// to 1. `boxes` is [batch, boxes, 4]: [y₁, x₁, y₂, x₂], 0 the first pixel of an axis and 1 the
/// last. Boxes may go beyond the image. The outlines are one pixel wide; their colours are, in
/// turn, yellow, blue, red, lime, purple, olive, maroon, navy, aqua and fuchsia; on grey images all
/// are white. No gradient flows.
///
/// # Errors
/// `InvalidArgument` if the shapes are not as said above.
///
/// # Options
/// `colors`: see [`draw_bounding_boxes_with`].
#[track_caller]
pub fn draw_bounding_boxes<T: Float>(
    images: impl IntoTensor<T>,
    boxes: impl IntoTensor<f32>,
) -> Tensor<T> {
    let graph = graph_of(&[images.graph(), boxes.graph()]);
    graph.op_scope("DrawBoundingBoxes", |scope| {
        let inputs = [
            images.into_tensor(&graph, "images").any(),
            boxes.into_tensor(&graph, "boxes").any(),
        ];
        scope.tensor(DrawBoundingBoxes { has_colors: false }, &inputs)
    })
}

/// As [`draw_bounding_boxes`], with the rows of `colors`, in turn, as colours: [colours, channels
/// or more].
///
/// # Errors
/// As [`draw_bounding_boxes`], and if `colors` is not such a matrix.
#[track_caller]
pub fn draw_bounding_boxes_with<T: Float>(
    images: impl IntoTensor<T>,
    boxes: impl IntoTensor<f32>,
    colors: impl IntoTensor<f32>,
) -> Tensor<T> {
    let graph = graph_of(&[images.graph(), boxes.graph(), colors.graph()]);
    graph.op_scope("DrawBoundingBoxesV2", |scope| {
        let inputs = [
            images.into_tensor(&graph, "images").any(),
            boxes.into_tensor(&graph, "boxes").any(),
            colors.into_tensor(&graph, "colors").any(),
        ];
        scope.tensor(DrawBoundingBoxes { has_colors: true }, &inputs)
    })
}

/// The colours where none are given.
const COLOURS: [[f32; 4]; 10] = [
    [1.0, 1.0, 0.0, 1.0],
    [0.0, 0.0, 1.0, 1.0],
    [1.0, 0.0, 0.0, 1.0],
    [0.0, 1.0, 0.0, 1.0],
    [0.5, 0.0, 0.5, 1.0],
    [0.5, 0.5, 0.0, 1.0],
    [0.5, 0.0, 0.0, 1.0],
    [0.0, 0.0, 0.5, 1.0],
    [0.0, 1.0, 1.0, 1.0],
    [1.0, 0.0, 1.0, 1.0],
];

#[derive(Debug)]
struct DrawBoundingBoxes {
    has_colors: bool,
}

const CHANNELS: &str = "Channel depth should be either 1 (GRY), 3 (RGB), or 4 (RGBA)";

impl DrawBoundingBoxes {
    /// The colours of outlines on images of so many channels.
    fn colours<T: Float>(&self, cx: &Kernel<'_, '_>, channels: usize) -> Result<Vec<Vec<T>>> {
        let of = |colour: &[f32]| {
            let colour = colour.iter().take(channels);
            // Few: the channels of a colour.
            colour.map(|x| T::from_f64(f64::from(*x))).collect()
        };
        if self.has_colors {
            let shape = cx.inputs.shape(2);
            let shown = || Shape::from(shape).bracketed();
            let [count, depth] = *shape else {
                let message = format!("colors must be a 2-D matrix{}", shown());
                return Err(Error::invalid_argument(message));
            };
            if count > 0 {
                if depth < channels {
                    let message = format!(
                        "colors must have equal or more channels than the image provided: {}",
                        shown()
                    );
                    return Err(Error::invalid_argument(message));
                }
                let colours = cx.inputs.get::<f32>(2);
                let colours = in_order(cx.pool, &colours)?;
                return memory::collected(colours.chunks_exact(depth).map(of));
            }
        }
        if channels == 1 {
            return Ok(vec![vec![T::ONE]]);
        }
        memory::collected(COLOURS.iter().map(|colour| of(colour)))
    }

    fn draw<T: Float>(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let invalid = |what: &str| Err(Error::invalid_argument(what.to_string()));
        let &[batch, height, width, channels] = cx.inputs.shape(0) else {
            return invalid("The rank of the images should be 4");
        };
        let &[of, count, edges] = cx.inputs.shape(1) else {
            return invalid("The rank of the boxes tensor should be 3");
        };
        if of != batch {
            return invalid("The batch sizes should be the same");
        }
        if !matches!(channels, 1 | 3 | 4) {
            return invalid(CHANNELS);
        }
        if edges != 4 {
            return invalid("boxes must have 4 columns");
        }
        let colours = self.colours::<T>(cx, channels)?;
        let boxes = cx.inputs.get::<f32>(1);
        let boxes = in_order(cx.pool, &boxes)?;
        let (boxes, _) = boxes.as_chunks::<4>();
        let images = cx.inputs.get::<T>(0);
        let images = in_order(cx.pool, &images)?;
        let mut out = cx.outputs.alloc_unset::<T>(0, cx.inputs.shape(0))?;
        let image = height * width * channels;
        if image == 0 {
            return Ok(());
        }
        each_piece(
            cx.pool,
            memory::row_major(&mut out),
            image,
            &|first, out| {
                out.copy_from_slice(&images[first..][..image]);
                let boxes = &boxes[first / image * count..][..count];
                for (area, colour) in boxes.iter().zip(colours.iter().cycle()) {
                    outline(out, [height, width], *area, colour);
                }
            },
        );
        Ok(())
    }
}

impl Op for DrawBoundingBoxes {
    fn op_type(&self) -> &'static str {
        match self.has_colors {
            false => "DrawBoundingBoxes",
            true => "DrawBoundingBoxesV2",
        }
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(0), 4)?;
        expect_rank(cx, cx.shape(1), 3)?;
        expect_dim(cx, cx.shape(1), 2, 4)?;
        match cx.shape(0).dim(3) {
            None | Some(1 | 3 | 4) => Ok(vec![TensorInfo::new(cx.dtype(0), cx.shape(0))]),
            Some(_) => Err(Error::invalid_argument(format!(
                "{CHANNELS}, with input shapes: {}.",
                cx.shapes_text()
            ))),
        }
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        with_class!(floating, cx.inputs.value(0).dtype(), T => self.draw::<T>(cx), Err(cx.inputs.has_no_kernel(self.op_type(), 0)))
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        match self.has_colors {
            false => Ok(()),
            true => Err(crate::graph::no_gradient(self.op_type())),
        }
    }

    fn attributes(&self) -> Option<crate::graph::AttributeList> {
        Some(crate::graph::AttributeList::new())
    }
}
