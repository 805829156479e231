//! `AdjustContrastv2`, `AdjustHue`, `AdjustSaturation`: the colours of images of floats.

use crate::graph::{InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo};
use crate::kernels::colour::{contrast, map_pixels, saturated, turned};
use crate::kernels::strided::in_order;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{expect_rank, expect_rank_at_least};
use crate::types::{DType, Error, Float, Number as _, Numeric, Result, Shape, memory, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(opaque "AdjustContrast(images: T, contrast_factor: float32, min_value: float32, \
         max_value: float32) -> (output: float32); \
         T in {uint8, int8, int16, int32, int64, float32, float64}",
        |_| AdjustContrast)
    .superseded_by("AdjustContrastv2"),
    op!(opaque "AdjustContrastv2(images: T, contrast_factor: float32) -> (output: T); \
         T: type = float32; T in {float16, float32}",
        |_| AdjustContrastv2),
    op!(opaque "AdjustHue(images: T, delta: float32) -> (output: T); \
         T: type = float32; T in {float16, float32}",
        |_| AdjustHue),
    op!(opaque "AdjustSaturation(images: T, scale: float32) -> (output: T); \
         T: type = float32; T in {float16, float32}",
        |_| AdjustSaturation),
];

/// What is changed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Adjustment {
    Contrast,
    Hue,
    Saturation,
}

/// `images` with this changed by `amount`.
#[track_caller]
pub(super) fn adjust<T: Float>(
    adjustment: Adjustment,
    images: &Tensor<T>,
    amount: impl IntoTensor<f32>,
) -> Tensor<T> {
    let graph = images.graph();
    let (name, operand) = match adjustment {
        Adjustment::Contrast => ("AdjustContrastv2", "contrast_factor"),
        Adjustment::Hue => ("AdjustHue", "delta"),
        Adjustment::Saturation => ("AdjustSaturation", "scale"),
    };
    graph.op_scope(name, |scope| {
        let inputs = [images.any(), amount.into_tensor(graph, operand).any()];
        match adjustment {
            Adjustment::Contrast => scope.tensor(AdjustContrastv2, &inputs),
            Adjustment::Hue => scope.tensor(AdjustHue, &inputs),
            Adjustment::Saturation => scope.tensor(AdjustSaturation, &inputs),
        }
    })
}

/// The images' shape, which have three axes or more.
fn infer(cx: &InferContext<'_>, dtype: DType) -> Result<Vec<TensorInfo>> {
    expect_rank_at_least(cx, cx.shape(0), 3)?;
    Ok(vec![TensorInfo::new(dtype, cx.shape(0))])
}

/// The shape of the images of a kernel.
///
/// # Errors
/// `InvalidArgument` if they have less than three axes.
fn shape_of<'k>(cx: &Kernel<'k, '_>) -> Result<&'k [usize]> {
    let shape = cx.inputs.shape(0);
    match shape.len() >= 3 {
        true => Ok(shape),
        false => Err(Error::invalid_argument(format!(
            "input must be at least 3-D, got shape{}",
            Shape::from(shape).bracketed()
        ))),
    }
}

/// The number `input` of a kernel, called `name`.
fn amount(cx: &Kernel<'_, '_>, input: usize, name: &str) -> Result<f32> {
    match cx.inputs.shape(input) {
        [] => cx.inputs.scalar(input),
        shape => Err(Error::invalid_argument(format!(
            "{name} must be scalar: {}",
            Shape::from(shape).bracketed()
        ))),
    }
}

/// Writes output 0 of images of elements `T`, with more or less contrast.
fn write_contrast<T: Numeric, R: Numeric>(cx: &mut Kernel<'_, '_>, limits: [f32; 2]) -> Result<()> {
    let shape = shape_of(cx)?;
    let factor = amount(cx, 1, "contrast_factor")?;
    let images = cx.inputs.get::<T>(0);
    let images = in_order(cx.pool, &images)?;
    let mut out = cx.outputs.alloc_unset::<R>(0, shape)?;
    let out = memory::row_major(&mut out);
    if out.is_empty() {
        return Ok(());
    }
    let [height, width, channels] = shape[shape.len() - 3..] else {
        return Err(Error::internal("images of three axes"));
    };
    contrast(
        cx.pool,
        &images,
        [height * width, channels],
        (factor, limits),
        out,
    )
}

/// Writes what `f` makes of each pixel, given the number that says how much.
fn write_pixels(
    cx: &mut Kernel<'_, '_>,
    name: &str,
    f: impl Fn([f32; 3], f32) -> [f32; 3] + Copy + Sync,
) -> Result<()> {
    let shape = shape_of(cx)?;
    let channels = shape[shape.len() - 1];
    let amount = amount(cx, 1, name)?;
    if channels != 3 {
        return Err(Error::invalid_argument(format!(
            "input must have 3 channels but instead has {channels} channels."
        )));
    }
    if !amount.is_finite() && name == "delta" {
        return Err(Error::invalid_argument(format!(
            "delta must be finite, but is {amount}"
        )));
    }
    with_class!(floating, cx.inputs.value(0).dtype(), T => {
        let images = cx.inputs.get::<T>(0);
        let images = in_order(cx.pool, &images)?;
        let mut out = cx.outputs.alloc_unset::<T>(0, shape)?;
        map_pixels(cx.pool, &images, memory::row_major(&mut out),
            #[inline(always)]
            |pixel: [T; 3]| {
                let pixel = pixel.map(
                    #[inline(always)]
                    |x| x.to_f64() as f32,
                );
                f(pixel, amount).map(
                    #[inline(always)]
                    |x| T::from_f64(f64::from(x)),
                )
            });
        Ok(())
    }, Err(Error::internal("images of integers")))
}

/// The form of contrast before TensorFlow 1: of numbers of any type, with limits.
#[derive(Debug)]
struct AdjustContrast;

impl Op for AdjustContrast {
    fn op_type(&self) -> &'static str {
        "AdjustContrast"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        infer(cx, DType::Float32)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let limits = [amount(cx, 2, "min_value")?, amount(cx, 3, "max_value")?];
        with_class!(numeric, cx.inputs.value(0).dtype(), T => write_contrast::<T, f32>(cx, limits), Err(cx.inputs.has_no_kernel(self.op_type(), 0)))
    }
}

#[derive(Debug)]
struct AdjustContrastv2;

impl Op for AdjustContrastv2 {
    fn op_type(&self) -> &'static str {
        "AdjustContrastv2"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(1), 0)?;
        infer(cx, cx.dtype(0))
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let limits = [f32::NEG_INFINITY, f32::INFINITY];
        with_class!(floating, cx.inputs.value(0).dtype(), T => write_contrast::<T, T>(cx, limits), Err(cx.inputs.has_no_kernel(self.op_type(), 0)))
    }
}

#[derive(Debug)]
struct AdjustHue;

impl Op for AdjustHue {
    fn op_type(&self) -> &'static str {
        "AdjustHue"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        infer(cx, cx.dtype(0))
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        write_pixels(cx, "delta", turned)
    }
}

#[derive(Debug)]
struct AdjustSaturation;

impl Op for AdjustSaturation {
    fn op_type(&self) -> &'static str {
        "AdjustSaturation"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        infer(cx, cx.dtype(0))
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        write_pixels(cx, "scale", saturated)
    }
}
