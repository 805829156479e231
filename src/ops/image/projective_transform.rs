//! `ImageProjectiveTransformV2`: images seen through projective transforms, and what turns and
//! moves them by these, as `tf.contrib.image` has it.

use super::resize::{images_of, resized};
use super::support::{require, size_from};
use crate::graph::{
    AttributeList, Attributes, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor,
    TensorInfo, attributes, graph_of,
};
use crate::kernels::projection::project;
use crate::kernels::resize::Images;
use crate::kernels::strided::in_order;
use crate::ops::array::{Ellipsis, NewAxis, concat, ones, shape, stack, zeros};
use crate::ops::def::op;
use crate::ops::math::{cos, sin};
use crate::ops::support::{expect_rank, expect_registered};
use crate::ops::{Integers, IntoIntegers, OpDef};
use crate::types::{Error, Numeric, Result, Shape, memory, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    smooth "ImageProjectiveTransformV2(images: dtype, transforms: float32, output_shape: int32) \
     -> (transformed_images: dtype); \
     interpolation: string; \
     dtype in {uint8, int32, int64, float16, float32, float64}",
    |node| ImageProjectiveTransformV2(node.attributes()?)
)];

/// Images seen through projective transforms, as `tf.contrib.image.transform` computes them: pixel
/// (x, y) of the result is that of the image at ((a₀ x + a₁ y + a₂) / k, (b₀ x + b₁ y + b₂) / k)
/// with k = c₀ x + c₁ y + 1, and 0 outside of the image.
///
/// `images` is [height, width], [height, width, channels] or [batch, height, width, channels];
/// `transforms` is \[8\] or [batch, 8], the numbers a₀, a₁, a₂, b₀, b₁, b₂, c₀, c₁. The nearest
/// pixel is taken. The gradient is, as in TensorFlow, that of the result seen through the inverse
/// transform, which is near the derivative where images are smooth; none flows to the transforms.
/// Of a transform without an inverse it is 0.
///
/// # Errors
/// `InvalidArgument` if the shapes are not as said above.
///
/// # Options
/// `interpolation`, `output_shape`: see [`transform_with`].
#[track_caller]
pub fn transform<T: Numeric>(
    images: impl IntoTensor<T>,
    transforms: impl IntoTensor<f32>,
) -> Tensor<T> {
    transform_with(images, transforms, Transform::new())
}

/// As [`transform`], with interpolation and size as `options` say.
///
/// # Errors
/// As [`transform`], and if there is no such interpolation or the size is not two positive numbers.
#[track_caller]
pub fn transform_with<T: Numeric>(
    images: impl IntoTensor<T>,
    transforms: impl IntoTensor<f32>,
    options: impl Into<Transform>,
) -> Tensor<T> {
    let options = options.into();
    let size = options.output_shape.as_ref().and_then(Integers::graph);
    let graph = graph_of(&[images.graph(), transforms.graph(), size]);
    graph.op_scope("transform", |_| {
        let images = images.into_tensor(&graph, "images");
        let transforms = transforms.into_tensor(&graph, "transforms");
        require("transform", &transforms, expect_vectors, || {
            require("transform", &images, expect_images, || {
                let rank = images.shape().rank();
                let images = batched(&images);
                let size = match options.output_shape {
                    Some(size) => size.into_tensor::<i32>(&graph, "output_shape"),
                    None => match [1, 2].map(|axis| images.shape().dim(axis)) {
                        [Some(height), Some(width)] => {
                            let _ = shape(&images).index(1..3);
                            let size = [height as i32, width as i32];
                            graph.constant(size).named("output_shape")
                        }
                        _ => shape(&images).index(1..3),
                    },
                };
                let transforms = match transforms.shape().rank() {
                    Some(1) => transforms.index((NewAxis, ..)),
                    _ => transforms.clone(),
                };
                let op = ImageProjectiveTransformV2(Interpolated {
                    interpolation: options.interpolation,
                });
                let seen = graph.op_scope(op.op_type(), |scope| {
                    scope.tensor(op, &[images.any(), transforms.any(), size.any()])
                });
                single(seen, rank)
            })
        })
    })
}

/// Images turned against the clock by `angles`, in radians, around their middle, as
/// `tf.contrib.image.rotate` turns them; see [`transform`] for shapes. `angles` is a scalar or
/// \[batch\].
///
/// # Errors
/// As [`transform`].
///
/// # Options
/// `interpolation`: see [`rotate_with`].
#[track_caller]
pub fn rotate<T: Numeric>(images: impl IntoTensor<T>, angles: impl IntoTensor<f32>) -> Tensor<T> {
    rotate_with(images, angles, Transform::new())
}

/// As [`rotate`], with the interpolation that `options` say.
///
/// # Errors
/// As [`transform_with`].
#[track_caller]
pub fn rotate_with<T: Numeric>(
    images: impl IntoTensor<T>,
    angles: impl IntoTensor<f32>,
    options: impl Into<Transform>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[images.graph(), angles.graph()]);
    graph.op_scope("rotate", |_| {
        let images = images.into_tensor(&graph, "Const");
        require("rotate", &images, expect_images, || {
            let rank = images.shape().rank();
            let images = batched(&images);
            let [height, width] = [1, 2].map(|axis: i32| {
                let length = shape(&images).index(axis);
                length.cast::<f32>().index(NewAxis)
            });
            let angles = graph.op_scope("angles_to_projective_transforms", |_| {
                let angles = angles.into_tensor(&graph, "angles");
                require("rotate", &angles, expect_numbers, || {
                    let angles = match angles.shape().rank() {
                        Some(0) => angles.index(NewAxis),
                        _ => angles.clone(),
                    };
                    turns(&angles, &height, &width)
                })
            });
            single(transform_with(images, angles, options), rank)
        })
    })
}

/// The transforms that turn images of these lengths by these angles.
#[track_caller]
fn turns(angles: &Tensor<f32>, height: &Tensor<f32>, width: &Tensor<f32>) -> Tensor<f32> {
    let (height, width) = (height - 1.0, width - 1.0);
    let (sine, cosine) = (sin(angles), cos(angles));
    let x = (&width - (&cosine * &width - &sine * &height)) / 2.0;
    let y = (&height - (&sine * &width + &cosine * &height)) / 2.0;
    let count = shape(angles).index(0);
    let column = |x: &Tensor<f32>| x.index((.., NewAxis));
    let columns = [
        column(&cosine),
        column(&-&sine),
        column(&x),
        column(&sine),
        column(&cosine),
        column(&y),
        zeros::<f32>((&count, 2)),
    ];
    concat(columns, 1)
}

/// Images moved by `translations`, (dx, dy) in pixels, as `tf.contrib.image.translate` moves them;
/// see [`transform`] for shapes. `translations` is \[2\] or [batch, 2].
///
/// # Errors
/// As [`transform`].
///
/// # Options
/// `interpolation`: see [`translate_with`].
#[track_caller]
pub fn translate<T: Numeric>(
    images: impl IntoTensor<T>,
    translations: impl IntoTensor<f32>,
) -> Tensor<T> {
    translate_with(images, translations, Transform::new())
}

/// As [`translate`], with the interpolation that `options` say.
///
/// # Errors
/// As [`transform_with`].
#[track_caller]
pub fn translate_with<T: Numeric>(
    images: impl IntoTensor<T>,
    translations: impl IntoTensor<f32>,
    options: impl Into<Transform>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[images.graph(), translations.graph()]);
    graph.op_scope("translate", |_| {
        let moves = graph.op_scope("translations_to_projective_transforms", |_| {
            let moves = translations.into_tensor(&graph, "translations");
            require("translate", &moves, expect_vectors, || {
                let moves = match moves.shape().rank() {
                    Some(1) => moves.index((NewAxis, ..)),
                    _ => moves.clone(),
                };
                let count = shape(&moves).index(0);
                let (one, zero) = (|| ones::<f32>((&count, 1)), || zeros::<f32>((&count, 1)));
                let back = |i: i32| -moves.index((.., i, NewAxis));
                let columns = [
                    one(),
                    zero(),
                    back(0),
                    zero(),
                    one(),
                    back(1),
                    zeros::<f32>((&count, 2)),
                ];
                concat(columns, 1)
            })
        });
        transform_with(images, moves, options)
    })
}

/// The options of [`transform_with`], [`rotate_with`] and [`translate_with`].
#[derive(Clone, Debug)]
pub struct Transform {
    interpolation: String,
    output_shape: Option<Integers>,
}

/// With this interpolation, as [`Transform::interpolation`].
impl From<&str> for Transform {
    fn from(interpolation: &str) -> Self {
        Transform::new().interpolation(interpolation)
    }
}

impl Transform {
    /// The nearest pixels, and the size of the images.
    pub fn new() -> Self {
        Transform {
            interpolation: "NEAREST".to_string(),
            output_shape: None,
        }
    }

    /// `"NEAREST"`, or `"BILINEAR"` for what lies between four pixels.
    pub fn interpolation(mut self, interpolation: &str) -> Self {
        self.interpolation = interpolation.to_uppercase();
        self
    }

    /// Height and width of the result of [`transform_with`].
    pub fn output_shape(mut self, output_shape: impl IntoIntegers) -> Self {
        self.output_shape = Some(output_shape.into_integers());
        self
    }
}

impl Default for Transform {
    fn default() -> Self {
        Transform::new()
    }
}

fn expect_images(shape: &Shape) -> Result<()> {
    match shape.rank() {
        Some(2..=4) => Ok(()),
        Some(_) => Err(Error::invalid_argument(
            "Images should have rank between 2 and 4.",
        )),
        None => Err(Error::invalid_argument(
            "image_or_images rank must be statically known",
        )),
    }
}

fn expect_vectors(shape: &Shape) -> Result<()> {
    match shape.rank() {
        Some(1 | 2) => Ok(()),
        Some(_) => Err(Error::invalid_argument(
            "Transforms should have rank 1 or 2.",
        )),
        None => Err(Error::invalid_argument(
            "transform_or_transforms rank must be statically known",
        )),
    }
}

fn expect_numbers(shape: &Shape) -> Result<()> {
    match shape.rank() {
        Some(0 | 1) => Ok(()),
        _ => Err(Error::invalid_argument("Angles should have rank 0 or 1.")),
    }
}

/// Images as a batch of images with channels.
#[track_caller]
fn batched<T: Numeric>(images: &Tensor<T>) -> Tensor<T> {
    match images.shape().rank() {
        Some(2) => images.index((NewAxis, .., .., NewAxis)),
        Some(3) => images.index((NewAxis, .., .., ..)),
        _ => images.clone(),
    }
}

/// The images as they were before.
#[track_caller]
fn single<T: Numeric>(images: Tensor<T>, rank: Option<usize>) -> Tensor<T> {
    match rank {
        Some(2) => images.index((0, .., .., 0)),
        Some(3) => images.index((0, Ellipsis)),
        _ => images,
    }
}

attributes! {
    struct Interpolated {
        interpolation: String,
    }
}

#[derive(Debug)]
struct ImageProjectiveTransformV2(Interpolated);

impl ImageProjectiveTransformV2 {
    fn is_bilinear(&self) -> Result<bool> {
        match self.0.interpolation.as_str() {
            "NEAREST" => Ok(false),
            "BILINEAR" => Ok(true),
            other => Err(Error::invalid_argument(format!(
                "Invalid interpolation {other}. Supported types: NEAREST, BILINEAR"
            ))),
        }
    }

    fn project<T: Numeric>(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let is_bilinear = self.is_bilinear()?;
        let shape = cx.inputs.shape(0);
        if shape.len() != 4 {
            return Err(Error::invalid_argument("Input images must have rank 4"));
        }
        let count = match *cx.inputs.shape(1) {
            [count, 8] if count == 1 || count == shape[0] => count,
            _ => {
                return Err(Error::invalid_argument(
                    "Input transform should be num_images x 8 or 1 x 8",
                ));
            }
        };
        let from = Images::of(shape);
        let to = resized(from, &cx.inputs.integers(2)?)?;
        let out_shape = [to.batch, to.height, to.width, to.channels];
        if out_shape.contains(&0) || count == 0 {
            cx.outputs.alloc::<T>(0, &out_shape)?;
            return Ok(());
        }
        let from = images_of(shape, "input")?;
        let (images, transforms) = (cx.inputs.get::<T>(0), cx.inputs.get::<f32>(1));
        let (images, transforms) = (in_order(cx.pool, &images)?, in_order(cx.pool, &transforms)?);
        let (transforms, _) = transforms.as_chunks::<8>();
        let mut out = cx.outputs.alloc_unset::<T>(0, &out_shape)?;
        let out = memory::row_major(&mut out);
        project(
            cx.pool,
            (&images, from),
            (transforms, is_bilinear),
            (out, to),
        );
        Ok(())
    }
}

impl Op for ImageProjectiveTransformV2 {
    fn op_type(&self) -> &'static str {
        "ImageProjectiveTransformV2"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        self.is_bilinear()?;
        expect_registered(self.op_type(), "dtype", cx.dtype(0))?;
        expect_rank(cx, cx.shape(0), 4)?;
        let [height, width] = size_from(cx, 2)?;
        let dims = vec![cx.shape(0).dim(0), height, width, cx.shape(0).dim(3)];
        Ok(vec![TensorInfo::new(cx.dtype(0), dims)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        with_class!(numeric, cx.inputs.value(0).dtype(), T => self.project::<T>(cx), Err(cx.inputs.has_no_kernel(self.op_type(), 0)))
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let dtype = cx.any_input(0).dtype();
        with_class!(floating, dtype, T => {
            let (images, transforms) = (cx.input::<T>(0), cx.input::<f32>(1));
            let size = shape(&images).index(1..3);
            let inputs = [cx.any_grad(0), inverse(&transforms).any(), size.any()];
            let op = ImageProjectiveTransformV2(self.0.clone());
            let dx = cx.graph().op_scope(op.op_type(), |scope| scope.tensor::<T>(op, &inputs));
            cx.set(0, dx);
        }, {});
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.0.list())
    }
}

/// The inverse transforms. As one number of a transform is 1, the adjugate matrix will do.
#[track_caller]
fn inverse(transforms: &Tensor<f32>) -> Tensor<f32> {
    let [a0, a1, a2, b0, b1, b2, c0, c1] =
        [0, 1, 2, 3, 4, 5, 6, 7].map(|i: i32| transforms.index((.., i)));
    let last = &a0 * &b1 - &a1 * &b0;
    let inverse = [
        &b1 - &b2 * &c1,
        &a2 * &c1 - &a1,
        &a1 * &b2 - &a2 * &b1,
        &b2 * &c0 - &b0,
        &a0 - &a2 * &c0,
        &a2 * &b0 - &a0 * &b2,
        &b0 * &c1 - &b1 * &c0,
        &a1 * &c0 - &a0 * &c1,
    ];
    stack(inverse.map(|x| x / &last).as_slice(), 1)
}
