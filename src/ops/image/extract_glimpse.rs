//! `ExtractGlimpse`: windows of images, with noise where they go beyond them.

use super::support::{expect_dim, size_from};
use crate::graph::{
    AttributeList, Attributes, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor,
    TensorInfo, attributes, graph_of,
};
use crate::kernels::pieces::each_piece;
use crate::kernels::resize::Images;
use crate::kernels::strided::in_order;
use crate::ops::IntoIntegers;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{check_size, expect_rank, unequal_dims};
use crate::streams::{Normal, Philox, PhiloxDistribution, Uniform};
use crate::types::{DType, Error, Result, Shape, memory};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    flat "ExtractGlimpse(input: float32, size: int32, offsets: float32) -> (glimpse: float32); \
     centered: bool = true; normalized: bool = true; uniform_noise: bool = true; \
     noise: string = 'uniform'",
    |node| ExtractGlimpseOp(node.attributes()?)
)];

/// A window of height and width `size` of each image, around the places `offsets`, as
/// `tf.image.extract_glimpse` takes it.
///
/// `input` is [batch, height, width, channels], `offsets` [batch, 2]: (y, x) of the window's
/// center, where (0, 0) is the center of the image and (1, 1) its lower right corner. Where a
/// window goes beyond the image there is noise, uniform between the smallest and the largest
/// element of the image; unlike TensorFlow's, it is the same in every run. No gradient flows.
///
/// # Errors
/// `InvalidArgument` if the shapes are not as said above, `size` is not two numbers, or one is
/// negative.
///
/// # Options
/// `centered`, `normalized`, `uniform_noise`, `noise`: see [`extract_glimpse_with`].
#[track_caller]
pub fn extract_glimpse(
    input: impl IntoTensor<f32>,
    size: impl IntoIntegers,
    offsets: impl IntoTensor<f32>,
) -> Tensor<f32> {
    extract_glimpse_with(input, size, offsets, ExtractGlimpse::new())
}

/// As [`extract_glimpse`], with places and noise as `options` say.
///
/// # Errors
/// As [`extract_glimpse`], and if there is no such noise.
#[track_caller]
pub fn extract_glimpse_with(
    input: impl IntoTensor<f32>,
    size: impl IntoIntegers,
    offsets: impl IntoTensor<f32>,
    options: impl Into<ExtractGlimpse>,
) -> Tensor<f32> {
    let (size, ExtractGlimpse(glimpse)) = (size.into_integers(), options.into());
    let graph = graph_of(&[input.graph(), size.graph(), offsets.graph()]);
    graph.op_scope("ExtractGlimpse", |scope| {
        let inputs = [
            input.into_tensor(&graph, "input").any(),
            size.into_tensor::<i32>(&graph, "size").any(),
            offsets.into_tensor(&graph, "offsets").any(),
        ];
        scope.tensor(ExtractGlimpseOp(glimpse), &inputs)
    })
}

/// The options of [`extract_glimpse_with`].
#[derive(Clone, Debug, PartialEq)]
pub struct ExtractGlimpse(Glimpse);

impl ExtractGlimpse {
    /// Places from the center on, in halves of the image, and uniform noise.
    pub fn new() -> Self {
        ExtractGlimpse(Glimpse {
            centered: true,
            normalized: true,
            uniform_noise: true,
            noise: "uniform".to_string(),
        })
    }

    /// Whether (0, 0) is the center of the image, or its upper left corner.
    pub fn centered(mut self, centered: bool) -> Self {
        self.0.centered = centered;
        self
    }

    /// Whether places are parts of the image's height and width, or numbers of pixels: of half
    /// pixels where (0, 0) is the center.
    pub fn normalized(mut self, normalized: bool) -> Self {
        self.0.normalized = normalized;
        self
    }

    /// What stands beyond the image: `"uniform"`, `"gaussian"` of the image's mean and standard
    /// deviation, or `"zero"`.
    #[doc(alias = "uniform_noise")]
    pub fn noise(mut self, noise: &str) -> Self {
        self.0.uniform_noise = false;
        self.0.noise = noise.to_string();
        self
    }
}

impl Default for ExtractGlimpse {
    fn default() -> Self {
        ExtractGlimpse::new()
    }
}

attributes! {
    struct Glimpse {
        centered: bool,
        normalized: bool,
        uniform_noise: bool,
        noise: String,
    }
}

#[derive(Debug)]
struct ExtractGlimpseOp(Glimpse);

impl Glimpse {
    /// Where a window of `length` around `offset` begins, on an axis of `full` pixels.
    fn start(&self, offset: f32, full: usize, length: usize) -> i64 {
        let full = full as f32;
        let mut place = offset;
        if self.normalized {
            place *= full;
        }
        if self.centered {
            place = place / 2.0 + full / 2.0;
        }
        (place - length as f32 / 2.0) as i64
    }

    fn check(&self) -> Result<()> {
        if self.uniform_noise && self.noise != "uniform" {
            return Err(Error::invalid_argument(
                "The uniform_noise and noise should not be specified at the same time",
            ));
        }
        match self.noise.as_str() {
            "uniform" | "gaussian" | "zero" => Ok(()),
            other => Err(Error::invalid_argument(format!(
                "The noise could only be uniform, gaussian, or zero, got {other}"
            ))),
        }
    }

    /// Fills the window of image number `number` with noise.
    fn fill(&self, image: &[f32], number: usize, out: &mut [f32]) {
        let stream = Philox::new(number as u64, 0);
        match self.noise.as_str() {
            "zero" => out.fill(0.0),
            "gaussian" => {
                let count = image.len().max(1) as f32;
                let mean = image.iter().sum::<f32>() / count;
                let variance = image.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / count;
                let deviation = variance.sqrt();
                Normal.fill(stream, 0, out);
                out.iter_mut()
                    .for_each(|out| *out = mean + deviation * *out);
            }
            _ => {
                let least = image.iter().copied().fold(f32::INFINITY, f32::min);
                let most = image.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                Uniform.fill(stream, 0, out);
                out.iter_mut()
                    .for_each(|out| *out = least + *out * (most - least));
            }
        }
    }
}

impl Op for ExtractGlimpseOp {
    fn op_type(&self) -> &'static str {
        "ExtractGlimpse"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        self.0.check()?;
        expect_rank(cx, cx.shape(0), 4)?;
        expect_rank(cx, cx.shape(2), 2)?;
        let [height, width] = size_from(cx, 1)?;
        if let (Some(images), Some(offsets)) = (cx.shape(0).dim(0), cx.shape(2).dim(0))
            && images != offsets
        {
            return Err(unequal_dims(cx, images, offsets));
        }
        expect_dim(cx, cx.shape(2), 1, 2)?;
        let batch = cx.shape(0).dim(0).or(cx.shape(2).dim(0));
        let dims = vec![batch, height, width, cx.shape(0).dim(3)];
        Ok(vec![TensorInfo::new(DType::Float32, dims)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let invalid = |what: &str, shape: &[usize]| {
            let shape = Shape::from(shape).bracketed();
            Err(Error::invalid_argument(format!("{what}{shape}")))
        };
        let shape = cx.inputs.shape(0);
        if shape.len() != 4 {
            let what = "input must be 4-dimensional (batch_size, height, width, depth)";
            return invalid(what, shape);
        }
        let images = Images::of(shape);
        let &[height, width] = cx.inputs.lengths(1)?.as_slice() else {
            let what = "input must be a vector of size 2 (height, width)";
            return invalid(what, cx.inputs.shape(1));
        };
        match *cx.inputs.shape(2) {
            [batch, 2] if batch == images.batch => {}
            [_, 2] => return invalid("first dimension should be batch", cx.inputs.shape(2)),
            [_, _] => {
                let what = "second dimension should be of size 2 (y,x)";
                return invalid(what, cx.inputs.shape(2));
            }
            _ => return invalid("input must be a matrix", cx.inputs.shape(2)),
        }
        let shape = [images.batch, height, width, images.channels];
        check_size(&shape)?;
        let (input, offsets) = (cx.inputs.get::<f32>(0), cx.inputs.get::<f32>(2));
        let (input, offsets) = (in_order(cx.pool, &input)?, in_order(cx.pool, &offsets)?);
        let mut out = cx.outputs.alloc_unset::<f32>(0, &shape)?;
        let out = memory::row_major(&mut out);
        if out.is_empty() {
            return Ok(());
        }
        let (row, image_len) = (width * images.channels, images.height * images.row());
        each_piece(cx.pool, out, height * row, &|first, out| {
            let number = first / (height * row);
            let image = &input[number * image_len..][..image_len];
            let [top, left] = [
                self.0.start(offsets[2 * number], images.height, height),
                self.0.start(offsets[2 * number + 1], images.width, width),
            ];
            let within = |start: i64, length: usize, full: usize| {
                start >= 0 && start.saturating_add(length as i64) < full as i64
            };
            if !within(top, height, images.height) || !within(left, width, images.width) {
                self.0.fill(image, number, out);
            }
            // The columns of the window that lie on the image.
            let start = left.saturating_neg().clamp(0, width as i64) as usize;
            let end = (images.width as i64)
                .saturating_sub(left)
                .clamp(0, width as i64) as usize;
            for (y, out) in out.chunks_exact_mut(row).enumerate() {
                let y = usize::try_from(top.saturating_add(y as i64));
                let y = y.ok().filter(|&y| y < images.height);
                if let Some(y) = y
                    && start < end
                {
                    let from = (left + start as i64) as usize;
                    let picked = &image[y * images.row() + from * images.channels..];
                    let out = &mut out[start * images.channels..end * images.channels];
                    out.copy_from_slice(&picked[..out.len()]);
                }
            }
        });
        Ok(())
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.0.list())
    }
}
