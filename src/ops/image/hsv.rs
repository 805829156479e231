//! `RGBToHSV` and `HSVToRGB`: red, green and blue as hue, saturation and value, and back.

use std::marker::PhantomData;

use super::support::expect_dim;
use crate::graph::{
    AttributeList, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo,
};
use crate::kernels::colour::{map_pixels, to_hsv, to_rgb};
use crate::kernels::strided::in_order;
use crate::ops::OpDef;
use crate::ops::array::{Ellipsis, stack};
use crate::ops::def::op;
use crate::ops::math::{
    cast_to, div_no_nan, greater, greater_equal, less, less_equal, logical_and, square,
};
use crate::ops::support::{expect_rank_at_least, unary};
use crate::types::{Error, Float, Result, Shape, memory};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "RGBToHSV(images: T) -> (output: T); T: type = float32; \
         T in {float16, bfloat16, float32, float64}",
        T: floating, |_| RgbToHsv::<T>(PhantomData)),
    op!(flat "HSVToRGB(images: T) -> (output: T); T: type = float32; \
         T in {float16, bfloat16, float32, float64}",
        T: floating, |_| HsvToRgb::<T>(PhantomData)),
];

/// Hue, saturation and value of red, green and blue, which are the last axis, as
/// `tf.image.rgb_to_hsv` computes them: value V = max(R, G, B); saturation S = (V - min(R, G, B)) /
/// V; hue 0 for red, 1/3 for green, 2/3 for blue. All are from 0 to 1 if the colours are. Hue and
/// saturation of grey are 0.
///
/// # Errors
/// `InvalidArgument` if the last axis does not have three elements.
#[track_caller]
pub fn rgb_to_hsv<T: Float>(images: impl IntoTensor<T>) -> Tensor<T> {
    unary("RGBToHSV", RgbToHsv::<T>(PhantomData), (images, "images"))
}

/// Red, green and blue of hue, saturation and value, as `tf.image.hsv_to_rgb` computes them: the
/// inverse of [`rgb_to_hsv`]. As in TensorFlow, no gradient flows through it.
///
/// # Errors
/// As [`rgb_to_hsv`].
#[track_caller]
pub fn hsv_to_rgb<T: Float>(images: impl IntoTensor<T>) -> Tensor<T> {
    unary("HSVToRGB", HsvToRgb::<T>(PhantomData), (images, "images"))
}

/// The shape of the images, which have three channels.
fn infer<T: Float>(cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
    let shape = cx.shape(0);
    expect_rank_at_least(cx, shape, 1)?;
    let Some(rank) = shape.rank() else {
        return Ok(vec![TensorInfo::new(T::DTYPE, ..)]);
    };
    expect_dim(cx, shape, rank - 1, 3)?;
    let dims = shape.dims().unwrap_or_default();
    let dims = [&dims[..rank - 1], &[Some(3)]].concat();
    Ok(vec![TensorInfo::new(T::DTYPE, Shape::from(dims))])
}

/// The kernel: `f` of each pixel.
fn compute<T: Float>(
    cx: &mut Kernel<'_, '_>,
    f: impl Fn([T; 3]) -> [T; 3] + Copy + Sync,
) -> Result<()> {
    let x = cx.inputs.get::<T>(0);
    match x.shape().last() {
        None => return Err(Error::invalid_argument("input must be at least 1D[]")),
        Some(3) => {}
        Some(channels) => {
            return Err(Error::failed_precondition(format!(
                "input must have 3 channels but input only has {channels} channels."
            )));
        }
    }
    let mut out = cx.outputs.alloc_unset::<T>(0, x.shape())?;
    let x = in_order(cx.pool, &x)?;
    map_pixels(cx.pool, &x, memory::row_major(&mut out), f);
    Ok(())
}

#[derive(Debug)]
struct RgbToHsv<T>(PhantomData<fn() -> T>);

impl<T: Float> Op for RgbToHsv<T> {
    fn op_type(&self) -> &'static str {
        "RGBToHSV"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        infer::<T>(cx)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        compute::<T>(
            cx,
            #[inline(always)]
            |rgb| to_hsv(rgb),
        )
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let dx = hsv_gradient(&cx.input::<T>(0), &cx.output::<T>(0), &cx.grad::<T>(0));
        cx.set(0, dx);
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(AttributeList::new())
    }
}

/// One colour of an image, and where it is the largest or smallest of the three.
struct Channel<T: Float> {
    colour: Tensor<T>,
    is_largest: Tensor<T>,
    is_smallest: Tensor<T>,
    is_positive: Tensor<T>,
}

/// The gradient of [`RgbToHsv`]. Where two colours are equal, the first of red, green and blue
/// counts as the larger.
#[track_caller]
fn hsv_gradient<T: Float>(rgb: &Tensor<T>, hsv: &Tensor<T>, dy: &Tensor<T>) -> Tensor<T> {
    let part = |x: &Tensor<T>, i: i32| x.index((Ellipsis, i));
    let [r, g, b] = [0, 1, 2].map(|i| part(rgb, i));
    let (saturation, value) = (part(hsv, 1), part(hsv, 2));
    let both = |a, b| cast_to::<bool, T>(logical_and(a, b));
    let largest = [
        both(greater_equal(&r, &b), greater_equal(&r, &g)),
        both(greater(&g, &r), greater_equal(&g, &b)),
        both(greater(&b, &r), greater(&b, &g)),
    ];
    let smallest = [
        both(less(&r, &b), less(&r, &g)),
        both(less_equal(&g, &r), less(&g, &b)),
        both(less_equal(&b, &r), less_equal(&b, &g)),
    ];
    let [
        [r_largest, g_largest, b_largest],
        [r_smallest, g_smallest, b_smallest],
    ] = [largest, smallest];
    let channel = |colour: Tensor<T>, is_largest, is_smallest| Channel {
        is_positive: cast_to::<bool, T>(greater(&colour, T::ZERO)),
        colour,
        is_largest,
        is_smallest,
    };
    let channels = [
        channel(r, r_largest, r_smallest),
        channel(g, g_largest, g_smallest),
        channel(b, b_largest, b_smallest),
    ];
    let [to_hue, to_saturation, to_value] = [0, 1, 2].map(|i| part(dy, i));
    // The colours are alike but for the order: each with the two that follow it, around the circle.
    let gradients = [0, 1, 2].map(|i| {
        let [x, y, z] = [0, 1, 2].map(|k| &channels[(i + k) % 3]);
        let hue = hue_slope(x, y, z, &saturation, &value);
        let saturation = saturation_slope(x, y, z);
        (&to_value * &x.is_largest) + (&to_saturation * saturation) + (&to_hue * hue)
    });
    stack(gradients.as_slice(), -1)
}

/// 1 / x, 0 where x is 0.
#[track_caller]
fn reciprocal<T: Float>(x: Tensor<T>) -> Tensor<T> {
    div_no_nan(T::ONE, x)
}

/// ∂S/∂x = min / x² where x is the largest colour, -1 / max where it is the smallest.
#[track_caller]
fn saturation_slope<T: Float>(x: &Channel<T>, y: &Channel<T>, z: &Channel<T>) -> Tensor<T> {
    let least = &y.is_smallest * &y.colour + &z.is_smallest * &z.colour;
    let most = &y.is_largest * &y.colour + &z.is_largest * &z.colour;
    let as_largest = &x.is_largest * least * reciprocal(square(&x.colour));
    let as_smallest = &x.is_smallest * reciprocal(most);
    &x.is_positive * (as_largest - as_smallest)
}

/// ∂H/∂x of the colour x, after which come y and z around the circle.
#[track_caller]
fn hue_slope<T: Float>(
    x: &Channel<T>,
    y: &Channel<T>,
    z: &Channel<T>,
    saturation: &Tensor<T>,
    value: &Tensor<T>,
) -> Tensor<T> {
    let (y_over_z, z_over_y) = (&y.colour - &z.colour, &z.colour - &y.colour);
    let is = |channel: &Channel<T>| &channel.is_positive * &channel.is_largest;
    let as_largest = is(x) * &z_over_y * reciprocal(square(saturation)) * reciprocal(square(value));
    let below_y = is(y) * &x.is_smallest * &z_over_y * reciprocal(square(&x.colour - &y.colour));
    let between_y_z = is(y) * &z.is_smallest * reciprocal(y_over_z.clone());
    let below_z = is(z) * &x.is_smallest * &z_over_y * reciprocal(square(&z.colour - &x.colour));
    let between_z_y = is(z) * &y.is_smallest * reciprocal(z_over_y.clone());
    let turn = as_largest + below_y - between_y_z + below_z + between_z_y;
    turn * T::from_f64(60.0) / T::from_f64(360.0)
}

#[derive(Debug)]
struct HsvToRgb<T>(PhantomData<fn() -> T>);

impl<T: Float> Op for HsvToRgb<T> {
    fn op_type(&self) -> &'static str {
        "HSVToRGB"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        infer::<T>(cx)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        compute::<T>(
            cx,
            #[inline(always)]
            |hsv| to_rgb(hsv),
        )
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(AttributeList::new())
    }
}
