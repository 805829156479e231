//! `FusedBatchNormV3`.

use std::marker::PhantomData;

use ndarray::{ArrayView1, Ix1};

use super::data_format::DataFormat;
use crate::graph::{
    AttributeList, Attributes, FromNode, GradientContext, InferContext, IntoTensor, Kernel,
    NodeSpec, Op, Tensor, TensorInfo, attributes, graph_of,
};
use crate::kernels::batch_norm::{Channels, Moments};
use crate::ops::OpDef;
use crate::ops::array::{Transpose, reshape, transpose_with};
use crate::ops::def::op;
use crate::ops::math::{rsqrt, square};
use crate::ops::reduce::{reduce_mean, reduce_sum};
use crate::ops::support::{expect_rank, merge, unequal_dims};
use crate::types::{Dim, Error, Float, Result, Shape, memory};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "FusedBatchNormV3(x: T, scale: U, offset: U, mean: U, variance: U) -> (y: T, \
         batch_mean: U, batch_variance: U, reserve_space_1: U, reserve_space_2: U, \
         reserve_space_3: U); epsilon: float = 0.0001; data_format: string = 'NHWC'; \
         is_training: bool = true; \
        T in {float16, bfloat16, float32}; \
        U in {float32}",
        T: floating, |node| node.op::<FusedBatchNormOp<T>>()?),
    op!(smooth "FusedBatchNormV2(x: T, scale: U, offset: U, mean: U, variance: U) -> (y: T, \
         batch_mean: U, batch_variance: U, reserve_space_1: U, reserve_space_2: U); \
         epsilon: float = 0.0001; data_format: string = 'NHWC'; is_training: bool = true; \
        T in {float16, bfloat16, float32}; \
        U in {float32}",
        T: floating, |node| node.op::<FusedBatchNormOp<T>>()?)
    .superseded_by("FusedBatchNormV3"),
    op!(smooth "FusedBatchNorm(x: T, scale: T, offset: T, mean: T, variance: T) -> (y: T, \
         batch_mean: T, batch_variance: T, reserve_space_1: T, reserve_space_2: T); \
         epsilon: float = 0.0001; data_format: string = 'NHWC'; is_training: bool = true; \
        T in {float32}",
        T: floating, |node| node.op::<FusedBatchNormOp<T>>()?)
    .superseded_by("FusedBatchNormV3"),
    op!(smooth "FusedBatchNormGradV3(y_backprop: T, x: T, scale: float32, reserve_space_1: U, \
         reserve_space_2: U, reserve_space_3: U) -> (x_backprop: T, scale_backprop: U, \
         offset_backprop: U, reserve_space_4: U, reserve_space_5: U); \
         epsilon: float = 0.0001; data_format: string = 'NHWC'; is_training: bool = true; \
        T in {float16, bfloat16, float32}; \
        U in {float32}",
        T: floating, |node| node.op::<FusedBatchNormGradOp<T>>()?),
    op!(smooth "FusedBatchNormGradV2(y_backprop: T, x: T, scale: float32, reserve_space_1: U, \
         reserve_space_2: U) -> (x_backprop: T, scale_backprop: U, offset_backprop: U, \
         reserve_space_3: U, reserve_space_4: U); \
         epsilon: float = 0.0001; data_format: string = 'NHWC'; is_training: bool = true; \
        T in {float16, bfloat16, float32}; \
        U in {float32}",
        T: floating, |node| node.op::<FusedBatchNormGradOp<T>>()?)
    .superseded_by("FusedBatchNormGradV3"),
    op!(smooth "FusedBatchNormGrad(y_backprop: T, x: T, scale: T, reserve_space_1: T, \
         reserve_space_2: T) -> (x_backprop: T, scale_backprop: T, offset_backprop: T, \
         reserve_space_3: T, reserve_space_4: T); \
         epsilon: float = 0.0001; data_format: string = 'NHWC'; is_training: bool = true; \
        T in {float32}",
        T: floating, |node| node.op::<FusedBatchNormGradOp<T>>()?)
    .superseded_by("FusedBatchNormGradV3"),
];

/// A batch of images normalized channel by channel, `(x - mean) / √(variance + 0.001) · scale + offset`, with the mean and
/// the variance of the batch, as `tf.nn.fused_batch_norm` computes it.
///
/// `x` has four axes, the last of which are the channels; `scale` and `offset` are vectors with an element for each. Besides
/// the result this gives the mean and the variance of each channel, the latter with Bessel's correction. Only the result
/// has a gradient.
///
/// # Errors
/// `InvalidArgument` if the shapes do not fit.
///
/// # Options
/// `epsilon`, `channels_first`, `inference`: see [`fused_batch_norm_with`].
#[track_caller]
pub fn fused_batch_norm<T: Float>(
    x: impl IntoTensor<T>,
    scale: impl IntoTensor<T>,
    offset: impl IntoTensor<T>,
) -> (Tensor<T>, Tensor<T>, Tensor<T>) {
    fused_batch_norm_with(x, scale, offset, FusedBatchNorm::new())
}

/// As [`fused_batch_norm`], with the channels, the mean and the variance that `options` says.
///
/// # Errors
/// As [`fused_batch_norm`].
#[track_caller]
pub fn fused_batch_norm_with<T: Float>(
    x: impl IntoTensor<T>,
    scale: impl IntoTensor<T>,
    offset: impl IntoTensor<T>,
    options: impl Into<FusedBatchNorm<T>>,
) -> (Tensor<T>, Tensor<T>, Tensor<T>) {
    let options = options.into();
    let graph = graph_of(&[x.graph(), scale.graph(), offset.graph()]);
    graph.op_call(|| {
        let x = x.into_tensor(&graph, "input");
        let (scale, offset) = (
            scale.into_tensor(&graph, "scale"),
            offset.into_tensor(&graph, "offset"),
        );
        let setting = Setting {
            epsilon: options.epsilon.max(LEAST_EPSILON),
            data_format: options.data_format,
            is_training: options.population.is_none(),
        };
        let nothing = || graph.constant(Vec::<T>::new());
        let (mean, variance) = options.population.unwrap_or_else(|| (nothing(), nothing()));
        let operation = graph.op_scope("FusedBatchNormV3", |scope| {
            let inputs = [
                x.any(),
                scale.any(),
                offset.any(),
                mean.any(),
                variance.any(),
            ];
            scope.operation(FusedBatchNormOp::<T>::new(setting), &inputs)
        });
        (
            operation.output(0),
            operation.output(1),
            operation.output(2),
        )
    })
}

/// The options of [`fused_batch_norm_with`].
#[derive(Clone, Debug)]
pub struct FusedBatchNorm<T: Float> {
    epsilon: f32,
    data_format: DataFormat,
    population: Option<(Tensor<T>, Tensor<T>)>,
}

impl<T: Float> FusedBatchNorm<T> {
    /// The channels are the last axis (`NHWC`); mean and variance are the batch's (`is_training=True`).
    pub fn new() -> Self {
        FusedBatchNorm {
            epsilon: 0.001,
            data_format: DataFormat::Nhwc,
            population: None,
        }
    }

    /// What is added to the variance; as in TensorFlow not less than 1.001·10⁻⁵.
    pub fn epsilon(mut self, epsilon: f32) -> Self {
        self.epsilon = epsilon;
        self
    }

    /// The channels are the second axis (`data_format='NCHW'`).
    pub fn channels_first(mut self) -> Self {
        self.data_format = DataFormat::Nchw;
        self
    }

    /// Normalizes with this mean and variance of each channel instead of the batch's (`is_training=False`).
    pub fn inference(mut self, mean: &Tensor<T>, variance: &Tensor<T>) -> Self {
        self.population = Some((mean.clone(), variance.clone()));
        self
    }
}

impl<T: Float> Default for FusedBatchNorm<T> {
    fn default() -> Self {
        FusedBatchNorm::new()
    }
}

/// The least that TensorFlow adds to a variance.
const LEAST_EPSILON: f32 = 1.001e-5;

attributes! {
    #[derive(Copy)]
    struct Setting {
        /// What is added to the variance.
        epsilon: f32,
        data_format: DataFormat,
        /// Whether mean and variance are the batch's.
        is_training: bool,
    }
}

impl Setting {
    /// What a file says, if all inputs are of type `T`: neither kernel knows two.
    fn of_node<T: Float>(node: &NodeSpec<'_>) -> Result<Self> {
        match node.inputs().iter().find(|info| info.dtype != T::DTYPE) {
            Some(other) => {
                let help = format!("cast all inputs to {}", other.dtype);
                Err(node.has_no_kernel("T", T::DTYPE).with_help(help))
            }
            None => node.attributes(),
        }
    }

    /// The channels as the kernels want them.
    fn channels(self) -> Channels {
        let axis = match self.data_format {
            DataFormat::Nhwc => 3,
            DataFormat::Nchw => 1,
        };
        Channels {
            axis,
            epsilon: self.epsilon,
        }
    }

    /// The shape of `x` with what the vectors among the inputs tell of the number of channels, and that number.
    fn infer(self, cx: &InferContext<'_>, x: usize, vectors: &[usize]) -> Result<(Shape, Dim)> {
        expect_rank(cx, cx.shape(x), 4)?;
        let mut dims = cx
            .shape(x)
            .dims()
            .map_or_else(|| vec![None; 4], <[_]>::to_vec);
        let axis = self.channels().axis;
        for &vector in vectors {
            expect_rank(cx, cx.shape(vector), 1)?;
            dims[axis] = match (dims[axis], cx.shape(vector).dim(0)) {
                (Some(a), Some(b)) if a != b => return Err(unequal_dims(cx, a, b)),
                (a, b) => a.or(b),
            };
        }
        let channels = dims[axis];
        Ok((Shape::from(dims), channels))
    }
}

fn vector<'a, T: Float>(cx: &Kernel<'a, '_>, i: usize) -> Result<ArrayView1<'a, T>> {
    let vector = cx.inputs.get::<T>(i).into_dimensionality::<Ix1>();
    vector.map_err(|_| Error::invalid_argument(format!("input {i} must be a vector")))
}

/// The moments that inputs `i` and `i + 1` are.
fn moments<T: Float>(cx: &Kernel<'_, '_>, i: usize) -> Result<Moments<T>> {
    Ok(Moments {
        mean: memory::copied(&vector(cx, i)?)?,
        variance: memory::copied(&vector(cx, i + 1)?)?,
    })
}

/// The op type of the op with a sixth output, which is of no use here; older ones have five.
const V3: &str = "FusedBatchNormV3";

/// Outputs: the result, mean and variance of each channel, what the gradient needs of them, and nothing.
#[derive(Debug)]
struct FusedBatchNormOp<T> {
    op_type: &'static str,
    setting: Setting,
    element: PhantomData<fn() -> T>,
}

impl<T> FusedBatchNormOp<T> {
    fn new(setting: Setting) -> Self {
        FusedBatchNormOp {
            op_type: V3,
            setting,
            element: PhantomData,
        }
    }
}

impl<T: Float> FromNode for FusedBatchNormOp<T> {
    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        Ok(FusedBatchNormOp {
            op_type: node.op_type(),
            ..FusedBatchNormOp::new(Setting::of_node::<T>(node)?)
        })
    }
}

impl<T: Float> Op for FusedBatchNormOp<T> {
    fn op_type(&self) -> &'static str {
        self.op_type
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let vectors: &[usize] = if self.setting.is_training {
            &[1, 2]
        } else {
            &[1, 2, 3, 4]
        };
        let (shape, channels) = self.setting.infer(cx, 0, vectors)?;
        let mut outputs = vec![TensorInfo::new(T::DTYPE, shape)];
        outputs.extend((0..4).map(|_| TensorInfo::new(T::DTYPE, vec![channels])));
        if self.op_type == V3 {
            outputs.push(TensorInfo::new(T::DTYPE, ..));
        }
        Ok(outputs)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let channels = self.setting.channels();
        let x = cx.inputs.get::<T>(0);
        let (scale, offset) = (vector::<T>(cx, 1)?, vector::<T>(cx, 2)?);
        let count = channels.count(&x);
        let moments = if self.setting.is_training {
            channels.moments(cx.pool, &x)?
        } else {
            moments(cx, 3)?
        };
        // Bessel's correction.
        let correction = match self.setting.is_training && count > T::ONE {
            true => count.over(count.minus(T::ONE)).unwrap_or(T::NAN),
            false => T::ONE,
        };
        let corrected = memory::mapped(&moments.variance, |variance| variance.times(correction))?;
        let mut y = cx.outputs.alloc_unset::<T>(0, x.shape())?;
        channels.normalize(
            cx.pool,
            &x,
            &moments,
            [scale, offset],
            memory::row_major(&mut y),
        )?;
        let Moments { mean, variance } = moments;
        for (i, vector) in [memory::copied(&mean)?, corrected, mean, variance]
            .into_iter()
            .enumerate()
        {
            cx.outputs.set(i + 1, vector.into_dyn());
        }
        if self.op_type == V3 {
            cx.outputs.alloc::<T>(5, &[])?;
        }
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let mut setting = self.setting;
        let (mut x, mut dy) = (cx.input::<T>(0), cx.grad::<T>(0));
        let moments = match setting.is_training {
            true => [cx.output::<T>(3), cx.output::<T>(4)],
            false => [cx.input::<T>(3), cx.input::<T>(4)],
        };
        let turned = !setting.is_training && setting.data_format == DataFormat::Nchw;
        if turned {
            setting.data_format = DataFormat::Nhwc;
            [x, dy] = [x, dy].map(|x| transpose_with(x, Transpose::new().perm([0, 2, 3, 1])));
        }
        let [mean, variance] = &moments;
        // Few: six at most.
        let mut inputs = [&dy, &x, &cx.input(1), mean, variance]
            .map(Tensor::any)
            .to_vec();
        if self.op_type == V3 {
            inputs.push(cx.any_output(5));
        }
        let backward = FusedBatchNormGradOp::<T>::of(self.op_type, setting);
        let operation = cx
            .graph()
            .op_scope(backward.op_type, |scope| scope.operation(backward, &inputs));
        let dx = operation.output::<T>(0);
        let dx = if turned {
            transpose_with(dx, Transpose::new().perm([0, 3, 1, 2]))
        } else {
            dx
        };
        cx.set(0, dx);
        cx.set(1, operation.output::<T>(1));
        cx.set(2, operation.output::<T>(2));
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.setting.list())
    }

    fn needs_memory(&self, _: &InferContext<'_>) -> bool {
        true
    }
}

/// The gradients with respect to the first three inputs of [`FusedBatchNormOp`], of that with respect to its result, its first two
/// inputs, and mean and variance of each channel.
#[derive(Debug)]
struct FusedBatchNormGradOp<T> {
    op_type: &'static str,
    setting: Setting,
    element: PhantomData<fn() -> T>,
}

impl<T> FusedBatchNormGradOp<T> {
    /// The gradients of an op of the type `forward`.
    fn of(forward: &'static str, setting: Setting) -> Self {
        FusedBatchNormGradOp {
            op_type: match forward {
                "FusedBatchNorm" => "FusedBatchNormGrad",
                "FusedBatchNormV2" => "FusedBatchNormGradV2",
                _ => "FusedBatchNormGradV3",
            },
            setting,
            element: PhantomData,
        }
    }
}

impl<T: Float> FromNode for FusedBatchNormGradOp<T> {
    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        Ok(FusedBatchNormGradOp {
            op_type: node.op_type(),
            setting: Setting::of_node::<T>(node)?,
            element: PhantomData,
        })
    }
}

impl<T: Float> Op for FusedBatchNormGradOp<T> {
    fn op_type(&self) -> &'static str {
        self.op_type
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let (shape, channels) = self.setting.infer(cx, 1, &[2, 3, 4])?;
        let shape = merge(cx, cx.shape(0), &shape)?;
        let unused = if self.setting.is_training {
            Some(0)
        } else {
            channels
        };
        let vectors = [channels, channels, unused, unused];
        let mut outputs = vec![TensorInfo::new(T::DTYPE, shape)];
        outputs.extend(vectors.map(|length| TensorInfo::new(T::DTYPE, vec![length])));
        Ok(outputs)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (channels, is_training) = (self.setting.channels(), self.setting.is_training);
        let (dy, x) = (cx.inputs.get::<T>(0), cx.inputs.get::<T>(1));
        let (scale, moments) = (vector::<T>(cx, 2)?, moments(cx, 3)?);
        let mut dx = cx.outputs.alloc_unset::<T>(0, x.shape())?;
        let dx = memory::row_major(&mut dx);
        let [dscale, doffset] =
            channels.slopes(cx.pool, [&dy, &x], &moments, scale, is_training, dx)?;
        cx.outputs.set(1, dscale.into_dyn());
        cx.outputs.set(2, doffset.into_dyn());
        let unused = if is_training { 0 } else { scale.len() };
        cx.outputs.alloc::<T>(3, &[unused])?;
        cx.outputs.alloc::<T>(4, &[unused])?;
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let [dy, x] = &[0, 1].map(|i| cx.input::<T>(i));
        let scale = cx.input::<T>(2);
        let (ddx, ddscale, ddoffset) = (&cx.grad::<T>(0), cx.grad::<T>(1), cx.grad::<T>(2));
        let images = Images::<T>::new(self.setting);
        let scale = &images.each_channel(scale);
        let ddscale = images.each_channel(ddscale);
        let ddoffset = images.each_channel(ddoffset);
        if !self.setting.is_training {
            let [mean, variance] = [3, 4].map(|i| images.each_channel(cx.input::<T>(i)));
            let norm = &images.norm(&variance);
            let (factor, slope) = (&(scale * norm), &(ddscale * norm));
            cx.set(0, ddx * factor + (x - mean) * slope + ddoffset);
            cx.set(1, dy * slope);
            cx.set(2, images.sum(ddx * dy * norm));
            return Ok(());
        }
        // The moments are computed from x anew, so that this has gradients with respect to x too.
        let deviation = &(x - images.mean(x));
        let norm = &images.norm(&images.mean(square(deviation)));
        let normal = &(deviation * norm);
        // What is left of an array by the mean and by the part along the normalized batch.
        let rest =
            |values: &Tensor<T>, along: &Tensor<T>| values - images.mean(values) - normal * along;
        let [along_dy, along_ddx] = &[dy, ddx].map(|values| images.mean(values * normal));
        let [rest_dy, rest_ddx] = &[rest(dy, along_dy), rest(ddx, along_ddx)];
        let product = &(ddx * rest_dy);
        let factor = &(scale * norm);
        let bent = rest_ddx * along_dy + rest_dy * along_ddx + normal * images.mean(product);
        cx.set(0, rest_ddx * factor + normal * &ddscale + ddoffset);
        cx.set(1, rest_dy * (ddscale * norm) - bent * (factor * norm));
        cx.set(2, images.sum(product * norm));
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.setting.list())
    }

    fn needs_memory(&self, _: &InferContext<'_>) -> bool {
        true
    }
}

/// Images in a layout, whose channels are summed up and stretched by public functions.
struct Images<T> {
    setting: Setting,
    element: PhantomData<fn() -> T>,
}

impl<T: Float> Images<T> {
    fn new(setting: Setting) -> Self {
        Images {
            setting,
            element: PhantomData,
        }
    }

    /// All axes but that of the channels.
    fn axes(&self) -> [i32; 3] {
        match self.setting.data_format {
            DataFormat::Nhwc => [0, 1, 2],
            DataFormat::Nchw => [0, 2, 3],
        }
    }

    /// A number of each channel, to be combined with the images.
    #[track_caller]
    fn each_channel(&self, vector: Tensor<T>) -> Tensor<T> {
        match self.setting.data_format {
            DataFormat::Nhwc => vector,
            DataFormat::Nchw => reshape(vector, [1, -1, 1, 1]),
        }
    }

    /// The sum of each channel.
    #[track_caller]
    fn sum(&self, images: Tensor<T>) -> Tensor<T> {
        reduce_sum(images, self.axes())
    }

    /// The mean of each channel, to be combined with the images.
    #[track_caller]
    fn mean(&self, images: impl IntoTensor<T>) -> Tensor<T> {
        self.each_channel(reduce_mean(images, self.axes()))
    }

    /// 1 / √(variance + ε).
    #[track_caller]
    fn norm(&self, variance: &Tensor<T>) -> Tensor<T> {
        rsqrt(variance + T::from_f64(f64::from(self.setting.epsilon)))
    }
}
