//! `ResizeBilinear`, `ResizeNearestNeighbor`, `ResizeBicubic`, `ResizeArea`: images of another
//! size.

use super::support::size_from;
use crate::graph::{
    AttributeList, Attributes, GradientContext, InferContext, IntoTensor, Kernel, NodeSpec, Op,
    Tensor, TensorInfo, attributes, graph_of,
};
use crate::kernels::resize::{
    Images, Neighbours, Scaling, Taps, add_to_nearest, interpolate, pick_nearest, resample,
};
use crate::kernels::strided::in_order;
use crate::ops::OpDef;
use crate::ops::array::shape;
use crate::ops::def::op;
use crate::ops::support::{check_size, expect_rank, expect_registered};
use crate::ops::{Integers, IntoIntegers};
use crate::types::{
    DType, Error, Float, Number, Numeric, Plain, Result, Shape, memory, with_bits, with_class,
};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "ResizeBilinear(images: T, size: int32) -> (resized_images: float32); \
         align_corners: bool = false; half_pixel_centers: bool = false; \
         T in {int8, uint8, int16, uint16, int32, int64, bfloat16, float16, float32, float64}",
        |node| Resize::from_node(node, Method::Bilinear)?),
    op!(smooth "ResizeNearestNeighbor(images: T, size: int32) -> (resized_images: T); \
         align_corners: bool = false; half_pixel_centers: bool = false; \
         T in {int8, uint8, int16, uint16, int32, int64, float16, float32, float64}",
        |node| Resize::from_node(node, Method::NearestNeighbor)?),
    op!(smooth "ResizeBicubic(images: T, size: int32) -> (resized_images: float32); \
         align_corners: bool = false; half_pixel_centers: bool = false; \
         T in {int8, uint8, int16, uint16, int32, int64, float16, float32, float64}",
        |node| Resize::from_node(node, Method::Bicubic)?),
    op!(opaque "ResizeArea(images: T, size: int32) -> (resized_images: float32); \
     align_corners: bool = false; \
     T in {int8, uint8, int16, uint16, int32, int64, float16, float32, float64}",
    |node| Resize {
        method: Method::Area,
        centers: Centers {
            align_corners: node.attribute("align_corners")?,
            half_pixel_centers: false,
        },
    }),
    op!(opaque "ResizeBilinearGrad(grads: float32, original_image: T) -> (output: T); \
         align_corners: bool = false; half_pixel_centers: bool = false; \
         T in {float32, bfloat16, float16, float64}",
        |node| ResizeBilinearGrad { method: Method::Bilinear, centers: node.attributes()? }),
    op!(opaque "ResizeBicubicGrad(grads: float32, original_image: T) -> (output: T); \
         align_corners: bool = false; half_pixel_centers: bool = false; \
         T in {float32, float64}",
        |node| ResizeBilinearGrad { method: Method::Bicubic, centers: node.attributes()? }),
    op!(opaque "ResizeNearestNeighborGrad(grads: T, size: int32) -> (output: T); \
         align_corners: bool = false; half_pixel_centers: bool = false; \
         T in {uint8, int8, int32, float16, float32, float64}",
        |node| ResizeNearestNeighborGrad(node.attributes()?)),
];

/// Images of height and width `size`, bilinearly interpolated, as `tf.image.resize_bilinear` makes
/// them: [batch, height, width, channels], numbers of any type, become `f32` images [batch,
/// `size[0]`, `size[1]`, channels].
///
/// Pixel (i, j) is taken from the place (i · h / h', j · w / w') of an image of h · w pixels that
/// is to have h' · w', between the four pixels around it.
///
/// ```
/// let graph = tf1::Graph::new();
/// let images = graph.constant([[[[0u8], [10]]]]);
/// let wide = tf1::image::resize_bilinear(&images, [1, 4]);
/// let wide = tf1::Session::new(&graph)?.run(&wide, [])?;
/// assert_eq!(wide.into_raw_vec_and_offset().0, [0.0, 5.0, 10.0, 10.0]);
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if `images` does not have four axes, `size` is not two positive numbers, or
/// the images have no pixels.
///
/// # Options
/// `align_corners`, `half_pixel_centers`: see [`resize_bilinear_with`].
#[track_caller]
pub fn resize_bilinear<T: Numeric>(
    images: impl IntoTensor<T>,
    size: impl IntoIntegers,
) -> Tensor<f32> {
    resize_bilinear_with(images, size, ResizeBilinear::new())
}

/// As [`resize_bilinear`], with the places of pixels as `options` say.
///
/// # Errors
/// As [`resize_bilinear`], and if `options` ask for both.
#[track_caller]
pub fn resize_bilinear_with<T: Numeric>(
    images: impl IntoTensor<T>,
    size: impl IntoIntegers,
    options: impl Into<ResizeBilinear>,
) -> Tensor<f32> {
    build(
        Method::Bilinear,
        images,
        size.into_integers(),
        options.into().0,
    )
}

/// Images of height and width `size`, each pixel that of the image nearest to its place, as
/// `tf.image.resize_nearest_neighbor` makes them; see [`resize_bilinear`] for places and shapes.
/// The elements keep their type. The nearest pixel is the one at or before the place.
///
/// # Errors
/// As [`resize_bilinear`].
///
/// # Options
/// `align_corners`, `half_pixel_centers`: see [`resize_nearest_neighbor_with`].
#[track_caller]
pub fn resize_nearest_neighbor<T: Numeric>(
    images: impl IntoTensor<T>,
    size: impl IntoIntegers,
) -> Tensor<T> {
    resize_nearest_neighbor_with(images, size, ResizeNearestNeighbor::new())
}

/// As [`resize_nearest_neighbor`], with the places of pixels as `options` say.
///
/// # Errors
/// As [`resize_bilinear_with`].
#[track_caller]
pub fn resize_nearest_neighbor_with<T: Numeric>(
    images: impl IntoTensor<T>,
    size: impl IntoIntegers,
    options: impl Into<ResizeNearestNeighbor>,
) -> Tensor<T> {
    build(
        Method::NearestNeighbor,
        images,
        size.into_integers(),
        options.into().0,
    )
}

/// Images of height and width `size`, interpolated between 16 pixels each by Keys' cubic
/// convolution, as `tf.image.resize_bicubic` makes them; see [`resize_bilinear`] for places, shapes
/// and types. The parameter a of the convolution is -0.75, and -0.5 with half-pixel centers.
/// Results may lie outside of the range of the elements.
///
/// # Errors
/// As [`resize_bilinear`].
///
/// # Options
/// `align_corners`, `half_pixel_centers`: see [`resize_bicubic_with`].
#[track_caller]
pub fn resize_bicubic<T: Numeric>(
    images: impl IntoTensor<T>,
    size: impl IntoIntegers,
) -> Tensor<f32> {
    resize_bicubic_with(images, size, ResizeBicubic::new())
}

/// As [`resize_bicubic`], with the places of pixels as `options` say.
///
/// # Errors
/// As [`resize_bilinear_with`].
#[track_caller]
pub fn resize_bicubic_with<T: Numeric>(
    images: impl IntoTensor<T>,
    size: impl IntoIntegers,
    options: impl Into<ResizeBicubic>,
) -> Tensor<f32> {
    build(
        Method::Bicubic,
        images,
        size.into_integers(),
        options.into().0,
    )
}

/// Images of height and width `size`, each pixel the mean of the part of the image that it covers,
/// as `tf.image.resize_area` makes them; see [`resize_bilinear`] for shapes and types. As in
/// TensorFlow, it has no gradient.
///
/// # Errors
/// As [`resize_bilinear`].
///
/// # Options
/// `align_corners`: see [`resize_area_with`].
#[track_caller]
pub fn resize_area<T: Numeric>(images: impl IntoTensor<T>, size: impl IntoIntegers) -> Tensor<f32> {
    resize_area_with(images, size, ResizeArea::new())
}

/// As [`resize_area`], with the places of pixels as `options` say.
///
/// # Errors
/// As [`resize_bilinear`].
#[track_caller]
pub fn resize_area_with<T: Numeric>(
    images: impl IntoTensor<T>,
    size: impl IntoIntegers,
    options: impl Into<ResizeArea>,
) -> Tensor<f32> {
    let centers = Centers {
        align_corners: options.into().align_corners,
        half_pixel_centers: false,
    };
    build(Method::Area, images, size.into_integers(), centers)
}

/// The options of [`resize_bilinear_with`], [`resize_nearest_neighbor_with`] and
/// [`resize_bicubic_with`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResizeBilinear(Centers);

/// The options of [`resize_nearest_neighbor_with`].
pub type ResizeNearestNeighbor = ResizeBilinear;

/// The options of [`resize_bicubic_with`].
pub type ResizeBicubic = ResizeBilinear;

impl ResizeBilinear {
    /// Pixel i of h' lies at i · h / h'.
    pub fn new() -> Self {
        ResizeBilinear(Centers {
            align_corners: false,
            half_pixel_centers: false,
        })
    }

    /// The first and the last pixels are those of the image: pixel i of h' lies at i · (h - 1) /
    /// (h' - 1).
    pub fn align_corners(mut self) -> Self {
        self.0.align_corners = true;
        self
    }

    /// Pixels are squares, and places their centers: pixel i of h' lies at (i + ½) · h / h' - ½, as
    /// in TensorFlow 2.
    pub fn half_pixel_centers(mut self) -> Self {
        self.0.half_pixel_centers = true;
        self
    }
}

impl Default for ResizeBilinear {
    fn default() -> Self {
        ResizeBilinear::new()
    }
}

/// The options of [`resize_area_with`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResizeArea {
    align_corners: bool,
}

impl ResizeArea {
    /// Pixel i of h' covers the image from i · h / h' to (i + 1) · h / h'.
    pub fn new() -> Self {
        ResizeArea::default()
    }

    /// With (h - 1) / (h' - 1) in place of h / h'.
    pub fn align_corners(mut self) -> Self {
        self.align_corners = true;
        self
    }
}

attributes! {
    /// Where the pixels of a resized image lie in the image.
    #[derive(Copy)]
    pub(super) struct Centers {
        pub(super) align_corners: bool,
        pub(super) half_pixel_centers: bool,
    }
}

impl Centers {
    /// # Errors
    /// `InvalidArgument` if the attributes exclude each other.
    fn check(self) -> Result<()> {
        match self.align_corners && self.half_pixel_centers {
            true => Err(Error::invalid_argument(
                "If half_pixel_centers is True, align_corners must be False.",
            )),
            false => Ok(()),
        }
    }

    /// Of the axes of height and width.
    fn scalings(self, from: Images, to: Images) -> [Scaling; 2] {
        [(from.height, to.height), (from.width, to.width)]
            .map(|(from, to)| Scaling::new(from, to, self.align_corners, self.half_pixel_centers))
    }
}

/// How a pixel is made of those around its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Bilinear,
    NearestNeighbor,
    Bicubic,
    Area,
}

impl Method {
    fn op_type(self) -> &'static str {
        match self {
            Method::Bilinear => "ResizeBilinear",
            Method::NearestNeighbor => "ResizeNearestNeighbor",
            Method::Bicubic => "ResizeBicubic",
            Method::Area => "ResizeArea",
        }
    }
}

/// Resized images, of elements of type `R`, which is that of the op.
#[track_caller]
pub(super) fn build<T: Numeric, R: Numeric>(
    method: Method,
    images: impl IntoTensor<T>,
    size: Integers,
    centers: Centers,
) -> Tensor<R> {
    let graph = graph_of(&[images.graph(), size.graph()]);
    graph.op_scope(method.op_type(), |scope| {
        let images = images.into_tensor(&graph, "images").any();
        let size = size.into_tensor::<i32>(&graph, "size").any();
        scope.tensor(Resize { method, centers }, &[images, size])
    })
}

#[derive(Clone, Copy, Debug)]
struct Resize {
    method: Method,
    centers: Centers,
}

impl Resize {
    fn from_node(node: &NodeSpec<'_>, method: Method) -> Result<Self> {
        let centers = node.attributes()?;
        Ok(Resize { method, centers })
    }

    /// The kernel, of elements that are computed with.
    fn filter<T: Numeric>(self, cx: &mut Kernel<'_, '_>, from: Images, to: Images) -> Result<()> {
        let images = cx.inputs.get::<T>(0);
        let images = in_order(cx.pool, &images)?;
        let scalings = self.centers.scalings(from, to);
        let axes = [
            (scalings[0], from.height, to.height),
            (scalings[1], from.width, to.width),
        ];
        let shape = [to.batch, to.height, to.width, to.channels];
        let mut out = cx.outputs.alloc_unset::<f32>(0, &shape)?;
        let out = memory::row_major(&mut out);
        if out.is_empty() {
            return Ok(());
        }
        let images = (&*images, from);
        if self.method == Method::Bilinear {
            let [rows, columns] =
                axes.map(|(scaling, from, to)| Neighbours::along(scaling, from, to));
            return interpolate(cx.pool, images, [&rows?, &columns?], out);
        }
        let [rows, columns] = axes.map(|(scaling, from, to)| match self.method {
            Method::Area => Taps::area(scaling, from, to),
            _ => Taps::cubic(scaling, from, to),
        });
        let factor = match self.method {
            Method::Area => 1.0 / (scalings[0].distance() * scalings[1].distance()),
            _ => 1.0,
        };
        resample(cx.pool, images, [&rows?, &columns?], factor, out)
    }

    /// The kernel, of elements that are only picked.
    fn pick<B: Plain>(self, cx: &mut Kernel<'_, '_>, from: Images, to: Images) -> Result<()> {
        let images = cx.inputs.bits::<B>(0);
        let images = in_order(cx.pool, &images)?;
        let shape = [to.batch, to.height, to.width, to.channels];
        let dtype = cx.inputs.value(0).dtype();
        let mut out = cx.outputs.alloc_bits_unset::<B>(0, dtype, &shape)?;
        let out = memory::row_major(&mut out);
        if out.is_empty() {
            return Ok(());
        }
        let scalings = self.centers.scalings(from, to);
        pick_nearest(cx.pool, (&images, from), scalings, (out, to))
    }
}

impl Op for Resize {
    fn op_type(&self) -> &'static str {
        self.method.op_type()
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        self.centers.check()?;
        expect_registered(self.op_type(), "T", cx.dtype(0))?;
        expect_rank(cx, cx.shape(0), 4)?;
        let [height, width] = size_from(cx, 1)?;
        let dims = vec![cx.shape(0).dim(0), height, width, cx.shape(0).dim(3)];
        let dtype = match self.method {
            Method::NearestNeighbor => cx.dtype(0),
            _ => DType::Float32,
        };
        Ok(vec![TensorInfo::new(dtype, dims)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let from = images_of(cx.inputs.shape(0), "input")?;
        let to = resized(from, &cx.inputs.integers(1)?)?;
        let dtype = cx.inputs.value(0).dtype();
        if self.method == Method::NearestNeighbor {
            return with_bits!(dtype, B => self.pick::<B>(cx, from, to), Err(cx.inputs.has_no_kernel(self.op_type(), 0)));
        }
        with_class!(numeric, dtype, T => self.filter::<T>(cx, from, to), Err(cx.inputs.has_no_kernel(self.op_type(), 0)))
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let dtype = cx.any_input(0).dtype();
        match self.method {
            Method::Area => Err(crate::graph::no_gradient(self.op_type())),
            Method::NearestNeighbor => with_class!(numeric, dtype, T => {
                let dx = nearest_gradient::<T>(cx, self.centers);
                cx.set(0, dx);
                Ok(())
            }, Err(Error::internal("images of numbers"))),
            // As in TensorFlow, where the kernels of the gradient have no other types.
            Method::Bicubic if !matches!(dtype, DType::Float32 | DType::Float64) => Ok(()),
            Method::Bilinear | Method::Bicubic => {
                with_class!(floating, dtype, T => {
                    let dx = gradient::<T>(cx, *self);
                    cx.set(0, dx);
                }, {});
                Ok(())
            }
        }
    }

    fn attributes(&self) -> Option<AttributeList> {
        let mut list = self.centers.list();
        if self.method == Method::Area {
            list.truncate(1);
        }
        Some(list)
    }
}

/// Sets the gradient with respect to the images, of elements of type `T`.
#[track_caller]
fn gradient<T: Float>(cx: &GradientContext<'_>, op: Resize) -> Tensor<T> {
    let (images, dy) = (cx.input::<T>(0).any(), cx.grad::<f32>(0).any());
    let grad = ResizeBilinearGrad {
        method: op.method,
        centers: op.centers,
    };
    cx.graph()
        .op_scope(grad.op_type(), |scope| scope.tensor(grad, &[dy, images]))
}

#[track_caller]
fn nearest_gradient<T: Numeric>(cx: &GradientContext<'_>, centers: Centers) -> Tensor<T> {
    let graph = cx.graph();
    let images = cx.input::<T>(0);
    let lengths = [1, 2].map(|axis| images.shape().dim(axis));
    let known = match lengths {
        [Some(height), Some(width)] => Some([height as i64, width as i64]),
        _ => None,
    };
    let dynamic = known.is_none().then(|| shape(&images).index(1..3));
    let dy = cx.grad::<T>(0).any();
    graph.op_scope("ResizeNearestNeighborGrad", |scope| {
        let size = match (known, dynamic) {
            (_, Some(size)) => size,
            (known, None) => {
                let size = known.unwrap_or_default().map(|length| length as i32);
                size.into_integers().into_tensor::<i32>(graph, "size")
            }
        };
        scope.tensor(ResizeNearestNeighborGrad(centers), &[dy, size.any()])
    })
}

/// The lengths of the images that have this shape.
///
/// # Errors
/// `InvalidArgument` if they have no pixels.
pub(super) fn images_of(shape: &[usize], name: &str) -> Result<Images> {
    let shown = || Shape::from(shape).bracketed();
    if shape.len() != 4 {
        let message = format!("{name} must be 4-dimensional{}", shown());
        return Err(Error::invalid_argument(message));
    }
    let images = Images::of(shape);
    if images.height == 0 || images.width == 0 {
        return Err(Error::invalid_argument(
            "input image must be of non-zero size",
        ));
    }
    if images.channels == 0 {
        return Err(Error::invalid_argument(
            "image must have at least one channel",
        ));
    }
    Ok(images)
}

/// The same images with height and width `size`.
///
/// # Errors
/// `InvalidArgument` if these are not positive, `ResourceExhausted` if no memory holds such images.
pub(super) fn resized(from: Images, size: &[i64]) -> Result<Images> {
    let [height, width] = *size else {
        let message = format!("shape_t must have two elements[{}]", size.len());
        return Err(Error::invalid_argument(message));
    };
    let positive = |length: i64| usize::try_from(length).ok().filter(|&length| length > 0);
    let (Some(height), Some(width)) = (positive(height), positive(width)) else {
        return Err(Error::invalid_argument(
            "output dimensions must be positive",
        ));
    };
    check_size(&[from.batch, height, width, from.channels])?;
    Ok(Images {
        height,
        width,
        ..from
    })
}

/// The gradient of [`Resize`], bilinear or bicubic, with respect to the images.
#[derive(Clone, Copy, Debug)]
struct ResizeBilinearGrad {
    method: Method,
    centers: Centers,
}

impl ResizeBilinearGrad {
    fn spread<T: Float>(self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let from = images_of(cx.inputs.shape(1), "original_image")?;
        let grads = images_of(cx.inputs.shape(0), "input_grad")?;
        if (from.batch, from.channels) != (grads.batch, grads.channels) {
            return Err(Error::invalid_argument(
                "gradients and original_image must have the same batch and channels",
            ));
        }
        let dy = cx.inputs.get::<f32>(0);
        let dy = in_order(cx.pool, &dy)?;
        let mut out = cx.outputs.alloc_unset::<T>(0, cx.inputs.shape(1))?;
        let out = memory::row_major(&mut out);
        if out.is_empty() {
            return Ok(());
        }
        let [down, across] = self.centers.scalings(from, grads);
        let axes = [
            (down, from.height, grads.height),
            (across, from.width, grads.width),
        ];
        let [rows, columns] = axes.map(|(scaling, from, to)| match self.method {
            Method::Bilinear => Taps::of_neighbours(&Neighbours::along(scaling, from, to)?, from),
            _ => Taps::cubic(scaling, from, to)?.transposed(from),
        });
        resample(cx.pool, (&dy, grads), [&rows?, &columns?], 1.0, out)
    }
}

impl Op for ResizeBilinearGrad {
    fn op_type(&self) -> &'static str {
        match self.method {
            Method::Bilinear => "ResizeBilinearGrad",
            _ => "ResizeBicubicGrad",
        }
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        self.centers.check()?;
        expect_registered(self.op_type(), "T", cx.dtype(1))?;
        Ok(vec![TensorInfo::new(cx.dtype(1), cx.shape(1))])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        with_class!(floating, cx.inputs.value(1).dtype(), T => self.spread::<T>(cx), Err(cx.inputs.has_no_kernel(self.op_type(), 1)))
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.centers.list())
    }
}

/// The gradient of [`Resize`] of the nearest pixels.
#[derive(Debug)]
struct ResizeNearestNeighborGrad(Centers);

impl ResizeNearestNeighborGrad {
    fn add<T: Number>(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let grads = images_of(cx.inputs.shape(0), "input")?;
        let to = resized(grads, &cx.inputs.integers(1)?)?;
        let dy = cx.inputs.get::<T>(0);
        let dy = in_order(cx.pool, &dy)?;
        let shape = [to.batch, to.height, to.width, to.channels];
        let mut out = cx.outputs.alloc_unset::<T>(0, &shape)?;
        let out = memory::row_major(&mut out);
        if out.is_empty() {
            return Ok(());
        }
        let scalings = self.0.scalings(to, grads);
        add_to_nearest(cx.pool, (&dy, grads), scalings, (out, to))
    }
}

impl Op for ResizeNearestNeighborGrad {
    fn op_type(&self) -> &'static str {
        "ResizeNearestNeighborGrad"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        self.0.check()?;
        expect_registered(self.op_type(), "T", cx.dtype(0))?;
        expect_rank(cx, cx.shape(0), 4)?;
        let [height, width] = size_from(cx, 1)?;
        let dims = vec![cx.shape(0).dim(0), height, width, cx.shape(0).dim(3)];
        Ok(vec![TensorInfo::new(cx.dtype(0), dims)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        with_class!(numeric, cx.inputs.value(0).dtype(), T => self.add::<T>(cx), Err(cx.inputs.has_no_kernel(self.op_type(), 0)))
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.0.list())
    }
}
