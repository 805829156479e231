//! `CropAndResize`: parts of images, resized to one size.

use super::support::{expect_dim, size_from};
use crate::graph::{
    AttributeList, Attributes, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor,
    TensorInfo, attributes, graph_of,
};
use crate::kernels::crops::Crops;
use crate::kernels::resize::Images;
use crate::kernels::strided::in_order;
use crate::ops::IntoIntegers;
use crate::ops::OpDef;
use crate::ops::array::shape;
use crate::ops::def::op;
use crate::ops::support::{check_size, expect_rank, expect_registered, unequal_dims};
use crate::types::{DType, Error, Float, Numeric, Result, Shape, memory, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "CropAndResize(image: T, boxes: float32, box_ind: int32, crop_size: int32) \
         -> (crops: float32); \
         method: string = 'bilinear'; extrapolation_value: float = 0.0; \
         T in {uint8, uint16, int8, int16, int32, int64, float16, float32, float64}",
        |node| CropAndResizeOp(node.attributes()?)),
    op!(opaque "CropAndResizeGradImage(grads: float32, boxes: float32, box_ind: int32, \
         image_size: int32) -> (output: T); \
         method: string = 'bilinear'; \
         T in {float32, float16, float64}",
        |node| CropAndResizeGradImage { dtype: node.dtype("T")?, method: node.attributes()? }),
    op!(opaque "CropAndResizeGradBoxes(grads: float32, image: T, boxes: float32, box_ind: int32) \
         -> (output: float32); \
         method: string = 'bilinear'; \
         T in {uint8, uint16, int8, int16, int32, int64, float16, float32, float64}",
        |node| CropAndResizeGradBoxes(node.attributes()?)),
];

/// Parts of `images`, each resized to height and width `crop_size`, as `tf.image.crop_and_resize`
/// makes them: [boxes, `crop_size[0]`, `crop_size[1]`, channels].
///
/// `boxes` is [boxes, 4]; row i is the part [y₁, x₁, y₂, x₂] of image `box_ind[i]`. 0 is the first
/// pixel of an axis, 1 the last. The first pixel of a crop is taken at the box's first edge and the
/// last at the other, so a box with y₁ > y₂ is turned upside down; of one pixel, the middle.
/// Between pixels, crops are bilinearly interpolated. Outside of the image they are 0. Gradients
/// flow to images of floats and to the boxes.
///
/// # Errors
/// `InvalidArgument` if `images` does not have four axes or no pixels, `boxes` or `box_ind` does
/// not have the shape said above, or `crop_size` is not two positive numbers; `OutOfRange` if
/// `box_ind` names no image.
///
/// # Options
/// `method`, `extrapolation_value`: see [`crop_and_resize_with`].
#[track_caller]
pub fn crop_and_resize<T: Numeric>(
    images: impl IntoTensor<T>,
    boxes: impl IntoTensor<f32>,
    box_ind: impl IntoIntegers,
    crop_size: impl IntoIntegers,
) -> Tensor<f32> {
    crop_and_resize_with(images, boxes, box_ind, crop_size, CropAndResize::new())
}

/// As [`crop_and_resize`], with what stands between pixels and outside of images as `options` say.
///
/// # Errors
/// As [`crop_and_resize`], and if there is no such method.
#[track_caller]
pub fn crop_and_resize_with<T: Numeric>(
    images: impl IntoTensor<T>,
    boxes: impl IntoTensor<f32>,
    box_ind: impl IntoIntegers,
    crop_size: impl IntoIntegers,
    options: impl Into<CropAndResize>,
) -> Tensor<f32> {
    let (box_ind, crop_size) = (box_ind.into_integers(), crop_size.into_integers());
    let graph = graph_of(&[
        images.graph(),
        boxes.graph(),
        box_ind.graph(),
        crop_size.graph(),
    ]);
    let CropAndResize(cropping) = options.into();
    graph.op_scope("CropAndResize", |scope| {
        let inputs = [
            images.into_tensor(&graph, "image").any(),
            boxes.into_tensor(&graph, "boxes").any(),
            box_ind.into_tensor::<i32>(&graph, "box_ind").any(),
            crop_size.into_tensor::<i32>(&graph, "crop_size").any(),
        ];
        scope.tensor(CropAndResizeOp(cropping), &inputs)
    })
}

/// The options of [`crop_and_resize_with`].
#[derive(Clone, Debug, PartialEq)]
pub struct CropAndResize(Cropping);

/// With this method, as [`CropAndResize::method`].
impl From<&str> for CropAndResize {
    fn from(method: &str) -> Self {
        CropAndResize::new().method(method)
    }
}

impl CropAndResize {
    /// Interpolated bilinearly, with 0 outside of the image.
    pub fn new() -> Self {
        CropAndResize(Cropping {
            method: "bilinear".to_string(),
            extrapolation_value: 0.0,
        })
    }

    /// `"bilinear"`, or `"nearest"` for the nearest pixels.
    pub fn method(mut self, method: &str) -> Self {
        self.0.method = method.to_string();
        self
    }

    /// What stands outside of the image.
    pub fn extrapolation_value(mut self, value: f32) -> Self {
        self.0.extrapolation_value = value;
        self
    }
}

impl Default for CropAndResize {
    fn default() -> Self {
        CropAndResize::new()
    }
}

attributes! {
    struct Cropping {
        method: String,
        extrapolation_value: f32,
    }
}

attributes! {
    struct Method {
        method: String,
    }
}

/// Whether crops are of the nearest pixels.
///
/// # Errors
/// `InvalidArgument` if there is no such method.
fn is_nearest(method: &str, op_type: &str, allowed: &[&str]) -> Result<bool> {
    if allowed.contains(&method) {
        return Ok(method == "nearest");
    }
    let allowed = allowed.iter().map(|method| format!("\"{method}\""));
    // Few: the methods.
    let allowed = allowed.collect::<Vec<_>>().join(", ");
    let message =
        format!("Attr 'method' of '{op_type}' Op passed string '{method}' not in: {allowed}.");
    Err(Error::invalid_argument(message))
}

const METHODS: &[&str] = &["bilinear", "nearest"];

/// Fails unless the inputs may be boxes, and of which image each is.
fn expect_boxes(cx: &InferContext<'_>, boxes: usize, box_ind: usize) -> Result<()> {
    expect_rank(cx, cx.shape(boxes), 2)?;
    expect_rank(cx, cx.shape(box_ind), 1)?;
    if let (Some(boxes), Some(images)) = (cx.shape(boxes).dim(0), cx.shape(box_ind).dim(0))
        && boxes != images
    {
        return Err(unequal_dims(cx, boxes, images));
    }
    expect_dim(cx, cx.shape(boxes), 1, 4)
}

/// The boxes, and of which image each is.
type Boxes = (Vec<[f32; 4]>, Vec<usize>);

/// The boxes among a kernel's inputs.
///
/// # Errors
/// `InvalidArgument` if they are not boxes of `batch` images.
fn boxes_of(cx: &Kernel<'_, '_>, [boxes, box_ind]: [usize; 2], batch: usize) -> Result<Boxes> {
    let invalid = |what: &str, shape: &[usize]| {
        let shape = match shape.is_empty() {
            true => String::new(),
            false => Shape::from(shape).bracketed(),
        };
        Err(Error::invalid_argument(format!("{what}{shape}")))
    };
    let (shape, of_shape) = (cx.inputs.shape(boxes), cx.inputs.shape(box_ind));
    let [count, columns] = *shape else {
        return invalid("boxes must be 2-D", shape);
    };
    if columns != 4 {
        return invalid("boxes must have 4 columns", &[]);
    }
    let [of_count] = *of_shape else {
        return invalid("box_index must be 1-D", of_shape);
    };
    if of_count != count {
        return invalid("box_index has incompatible shape", &[]);
    }
    let boxes = cx.inputs.get::<f32>(boxes);
    let boxes = in_order(cx.pool, &boxes)?;
    let images = memory::collected(cx.inputs.integers(box_ind)?.into_iter().map(|image| {
        usize::try_from(image)
            .ok()
            .filter(|&image| image < batch)
            .unwrap_or(batch)
    }))?;
    if images.contains(&batch) {
        return Err(Error::out_of_range(
            "box_index has values outside [0, batch_size)",
        ));
    }
    let (boxes, _) = boxes.as_chunks::<4>();
    Ok((memory::collected(boxes.iter().copied())?, images))
}

/// The images' lengths.
///
/// # Errors
/// `InvalidArgument` if there are no pixels.
fn images_of(shape: &[usize]) -> Result<Images> {
    if shape.len() != 4 {
        let shape = Shape::from(shape).bracketed();
        let message = format!("input image must be 4-D{shape}");
        return Err(Error::invalid_argument(message));
    }
    let images = Images::of(shape);
    match images.height > 0 && images.width > 0 {
        true => Ok(images),
        false => Err(Error::invalid_argument("image dimensions must be positive")),
    }
}

/// The lengths of crops of which these are gradients.
fn grads_of(shape: &[usize], boxes: usize, channels: usize) -> Result<Images> {
    if shape.len() != 4 {
        let shape = Shape::from(shape).bracketed();
        let message = format!("grads image must be 4-D{shape}");
        return Err(Error::invalid_argument(message));
    }
    let grads = Images::of(shape);
    if grads.height == 0 || grads.width == 0 {
        return Err(Error::invalid_argument("grads dimensions must be positive"));
    }
    if grads.batch != boxes {
        return Err(Error::invalid_argument(
            "boxes and grads have incompatible shape",
        ));
    }
    if grads.channels != channels {
        return Err(Error::invalid_argument(
            "image_size and grads are incompatible",
        ));
    }
    Ok(grads)
}

#[derive(Debug)]
struct CropAndResizeOp(Cropping);

impl CropAndResizeOp {
    fn cut<T: Numeric>(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let is_nearest = is_nearest(&self.0.method, self.op_type(), METHODS)?;
        let images = images_of(cx.inputs.shape(0))?;
        let (boxes, of_image) = boxes_of(cx, [1, 2], images.batch)?;
        let size = cx.inputs.integers(3)?;
        let [height, width] = size[..] else {
            let message = format!("crop_size must have two elements[{}]", size.len());
            return Err(Error::invalid_argument(message));
        };
        let positive = |length: i64| usize::try_from(length).ok().filter(|&length| length > 0);
        let (Some(height), Some(width)) = (positive(height), positive(width)) else {
            return Err(Error::invalid_argument("crop dimensions must be positive"));
        };
        let shape = [boxes.len(), height, width, images.channels];
        check_size(&shape)?;
        let crops = Crops {
            images,
            boxes: &boxes,
            of_image: &of_image,
            height,
            width,
            is_nearest,
        };
        let image = cx.inputs.get::<T>(0);
        let image = in_order(cx.pool, &image)?;
        let mut out = cx.outputs.alloc_unset::<f32>(0, &shape)?;
        let out = memory::row_major(&mut out);
        if !out.is_empty() {
            crops.cut(cx.pool, &image, self.0.extrapolation_value, out);
        }
        Ok(())
    }
}

impl Op for CropAndResizeOp {
    fn op_type(&self) -> &'static str {
        "CropAndResize"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        is_nearest(&self.0.method, self.op_type(), METHODS)?;
        expect_registered(self.op_type(), "T", cx.dtype(0))?;
        expect_rank(cx, cx.shape(0), 4)?;
        expect_boxes(cx, 1, 2)?;
        let [height, width] = size_from(cx, 3)?;
        let boxes = cx.shape(1).dim(0).or(cx.shape(2).dim(0));
        let dims = vec![boxes, height, width, cx.shape(0).dim(3)];
        Ok(vec![TensorInfo::new(DType::Float32, dims)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        with_class!(numeric, cx.inputs.value(0).dtype(), T => self.cut::<T>(cx), Err(cx.inputs.has_no_kernel(self.op_type(), 0)))
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let dtype = cx.any_input(0).dtype();
        let method = self.0.method.clone();
        let dy = cx.any_grad(0);
        let (image, boxes, of_image) = (
            cx.any_input(0).clone(),
            cx.any_input(1).clone(),
            cx.any_input(2).clone(),
        );
        with_class!(floating, dtype, T => {
            let dx = image_gradient::<T>(cx, method);
            cx.set(0, dx);
        }, {});
        // TensorFlow's rule passes no method on either.
        let op = CropAndResizeGradBoxes(Method {
            method: METHODS[0].to_string(),
        });
        let dx = cx.graph().op_scope("CropAndResizeGradBoxes", |scope| {
            scope.tensor::<f32>(op, &[dy, image, boxes, of_image])
        });
        cx.set(1, dx);
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.0.list())
    }
}

/// The gradient with respect to the images.
#[track_caller]
fn image_gradient<T: Float>(cx: &GradientContext<'_>, method: String) -> Tensor<T> {
    let graph = cx.graph();
    let image = cx.input::<T>(0);
    let known = image.shape().to_known();
    let dynamic = known.is_none().then(|| shape(&image));
    let inputs = [
        cx.any_grad(0),
        cx.any_input(1).clone(),
        cx.any_input(2).clone(),
    ];
    graph.op_scope("CropAndResizeGradImage", |scope| {
        let size = match (dynamic, known) {
            (Some(size), _) => size,
            (None, known) => {
                let lengths = known.unwrap_or_default();
                // Few: one for each axis.
                let lengths: Vec<i32> = lengths.iter().map(|&length| length as i32).collect();
                lengths
                    .into_integers()
                    .into_tensor::<i32>(graph, "image_size")
            }
        };
        let op = CropAndResizeGradImage {
            dtype: T::DTYPE,
            method: Method { method },
        };
        let [dy, boxes, of_image] = inputs;
        scope.tensor(op, &[dy, boxes, of_image, size.any()])
    })
}

/// The gradient of [`CropAndResizeOp`] with respect to the images.
#[derive(Debug)]
struct CropAndResizeGradImage {
    dtype: DType,
    method: Method,
}

impl CropAndResizeGradImage {
    fn spread<T: Numeric>(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let is_nearest = is_nearest(&self.method.method, self.op_type(), METHODS)?;
        let size = cx.inputs.integers(3)?;
        if size.len() != 4 {
            let message = format!("image_size must have 4 elements[{}]", size.len());
            return Err(Error::invalid_argument(message));
        }
        let lengths = cx.inputs.lengths(3)?;
        let images = images_of(&lengths)?;
        let (boxes, of_image) = boxes_of(cx, [1, 2], images.batch)?;
        let grads = grads_of(cx.inputs.shape(0), boxes.len(), images.channels)?;
        let crops = Crops {
            images,
            boxes: &boxes,
            of_image: &of_image,
            height: grads.height,
            width: grads.width,
            is_nearest,
        };
        let dy = cx.inputs.get::<f32>(0);
        let dy = in_order(cx.pool, &dy)?;
        let mut out = cx.outputs.alloc_unset::<T>(0, &lengths)?;
        let out = memory::row_major(&mut out);
        if !out.is_empty() {
            crops.spread(cx.pool, &dy, out);
        }
        Ok(())
    }
}

impl Op for CropAndResizeGradImage {
    fn op_type(&self) -> &'static str {
        "CropAndResizeGradImage"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        is_nearest(&self.method.method, self.op_type(), METHODS)?;
        expect_boxes(cx, 1, 2)?;
        let shape = cx.shape_from_elements(3);
        expect_rank(cx, &shape, 4)?;
        Ok(vec![TensorInfo::new(self.dtype, shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        with_class!(floating, self.dtype, T => self.spread::<T>(cx), Err(Error::internal("a gradient of integers")))
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.method.list())
    }
}

/// The gradient of [`CropAndResizeOp`] with respect to the boxes.
#[derive(Debug)]
struct CropAndResizeGradBoxes(Method);

impl CropAndResizeGradBoxes {
    fn differentiate<T: Numeric>(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let images = images_of(cx.inputs.shape(1))?;
        let (boxes, of_image) = boxes_of(cx, [2, 3], images.batch)?;
        let grads = grads_of(cx.inputs.shape(0), boxes.len(), images.channels)?;
        let crops = Crops {
            images,
            boxes: &boxes,
            of_image: &of_image,
            height: grads.height,
            width: grads.width,
            is_nearest: false,
        };
        let (dy, image) = (cx.inputs.get::<f32>(0), cx.inputs.get::<T>(1));
        let (dy, image) = (in_order(cx.pool, &dy)?, in_order(cx.pool, &image)?);
        let mut out = cx.outputs.alloc_unset::<f32>(0, &[boxes.len(), 4])?;
        crops.differentiate(cx.pool, (&image, &dy), memory::row_major(&mut out));
        Ok(())
    }
}

impl Op for CropAndResizeGradBoxes {
    fn op_type(&self) -> &'static str {
        "CropAndResizeGradBoxes"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        is_nearest(&self.0.method, self.op_type(), &METHODS[..1])?;
        expect_registered(self.op_type(), "T", cx.dtype(1))?;
        expect_rank(cx, cx.shape(1), 4)?;
        expect_boxes(cx, 2, 3)?;
        let dims = vec![cx.shape(2).dim(0).or(cx.shape(3).dim(0)), Some(4)];
        Ok(vec![TensorInfo::new(DType::Float32, dims)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        with_class!(numeric, cx.inputs.value(1).dtype(), T => self.differentiate::<T>(cx), Err(cx.inputs.has_no_kernel(self.op_type(), 1)))
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.0.list())
    }
}
