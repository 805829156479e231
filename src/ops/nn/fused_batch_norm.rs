//! `FusedBatchNormV3`.

use std::marker::PhantomData;

use ndarray::{ArrayView1, Ix1};

use super::data_format::DataFormat;
use crate::graph::{
    AttributeList, Attributes, FromNode, GradientContext, InferContext, Inputs, IntoTensor, Kernel,
    NodeSpec, Op, Outputs, Tensor, TensorInfo, attributes, graph_of,
};
use crate::kernels::batch_norm::{Channels, Moments};
use crate::ops::OpDef;
use crate::ops::array::{Transpose, reshape, transpose_with};
use crate::ops::def::op;
use crate::ops::math::{cast_to, rsqrt, square};
use crate::ops::reduce::{reduce_mean, reduce_sum};
use crate::ops::support::{expect_rank, merge, unequal_dims};
use crate::types::{DType, Dim, Element, Error, Float, Result, Shape, memory};

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

/// A batch of images normalized channel by channel, `(x - mean) / √(variance + 0.001) · scale +
/// offset`, with the mean and the variance of the batch, as `tf.nn.fused_batch_norm` computes it.
///
/// `x` has four axes, the last of which are the channels; `scale` and `offset` are vectors with an
/// element for each. Besides the result this gives the mean and the variance of each channel, the
/// latter with Bessel's correction. Only the result has a gradient.
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
    /// The channels are the last axis (`NHWC`); mean and variance are the batch's
    /// (`is_training=True`).
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

    /// Normalizes with this mean and variance of each channel instead of the batch's
    /// (`is_training=False`).
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

/// Which type the numbers of channels have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Numbers {
    /// That of the images.
    Own,
    /// `f32`, beside images of shorter numbers, which are computed with as `f32` too.
    Single,
}

impl Numbers {
    /// Those of a node whose first `images` inputs are images of `T`.
    fn of_node<T: Float>(node: &NodeSpec<'_>, images: usize) -> Result<Self> {
        let (first, rest) = node.inputs().split_at(images);
        let all = |infos: &[TensorInfo], dtype| infos.iter().all(|info| info.dtype == dtype);
        match all(first, T::DTYPE) {
            true if all(rest, T::DTYPE) => Ok(Numbers::Own),
            true if all(rest, DType::Float32) && T::DTYPE.is_rare() => Ok(Numbers::Single),
            _ => Err(node.has_no_kernel("T", T::DTYPE)),
        }
    }

    fn dtype<T: Float>(self) -> DType {
        match self {
            Numbers::Own => T::DTYPE,
            Numbers::Single => DType::Float32,
        }
    }
}

/// Computes what `op` makes of the inputs, the first `images` of which are images of `T` here and
/// of `f32` there, as is output 0.
fn compute_wide<T: Float>(cx: &mut Kernel<'_, '_>, images: usize, op: &dyn Op) -> Result<()> {
    let mut inputs = memory::collected(cx.inputs.values().iter().cloned())?;
    for (i, input) in inputs[..images].iter_mut().enumerate() {
        let wide = memory::mapped(&cx.inputs.get::<T>(i), |x: T| x.to_f64() as f32)?;
        *input = f32::wrap(wide.into());
    }
    let outputs = Outputs::new(6);
    let mut kernel = Kernel::new(Inputs::new(&inputs), outputs, &mut [], None, cx.pool);
    op.compute(&mut kernel)?;
    for (i, made) in kernel
        .outputs
        .into_values()
        .into_iter()
        .flatten()
        .enumerate()
    {
        match f32::unwrap(&made) {
            Some(wide) if i == 0 => {
                let narrow = |x: f32| T::from_f64(f64::from(x));
                cx.outputs.set(0, memory::mapped(&wide.view(), narrow)?);
            }
            _ => cx.outputs.set_value(i, made.to_owned_value()?),
        }
    }
    Ok(())
}

impl Setting {
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

    /// The shape of `x` with what the vectors among the inputs tell of the number of channels, and
    /// that number.
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

/// Outputs: the result, mean and variance of each channel, what the gradient needs of them, and
/// nothing.
#[derive(Debug)]
struct FusedBatchNormOp<T> {
    op_type: &'static str,
    setting: Setting,
    numbers: Numbers,
    element: PhantomData<fn() -> T>,
}

impl<T> FusedBatchNormOp<T> {
    fn new(setting: Setting) -> Self {
        FusedBatchNormOp {
            op_type: V3,
            setting,
            numbers: Numbers::Own,
            element: PhantomData,
        }
    }
}

impl<T: Float> FromNode for FusedBatchNormOp<T> {
    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        Ok(FusedBatchNormOp {
            op_type: node.op_type(),
            numbers: Numbers::of_node::<T>(node, 1)?,
            ..FusedBatchNormOp::new(node.attributes()?)
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
        let numbers = self.numbers.dtype::<T>();
        let mut outputs = vec![TensorInfo::new(T::DTYPE, shape)];
        outputs.extend((0..4).map(|_| TensorInfo::new(numbers, vec![channels])));
        if self.op_type == V3 {
            outputs.push(TensorInfo::new(numbers, ..));
        }
        Ok(outputs)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        if self.numbers == Numbers::Single {
            let wide = FusedBatchNormOp::<f32> {
                op_type: self.op_type,
                ..FusedBatchNormOp::new(self.setting)
            };
            return compute_wide::<T>(cx, 1, &wide);
        }
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
            true => [cx.any_output(3), cx.any_output(4)],
            false => [cx.any_input(3).clone(), cx.any_input(4).clone()],
        };
        let turned = !setting.is_training && setting.data_format == DataFormat::Nchw;
        if turned {
            setting.data_format = DataFormat::Nhwc;
            [x, dy] = [x, dy].map(|x| transpose_with(x, Transpose::new().perm([0, 2, 3, 1])));
        }
        let [mean, variance] = moments;
        // Few: six at most.
        let mut inputs = vec![dy.any(), x.any(), cx.any_input(1).clone(), mean, variance];
        if self.op_type == V3 {
            inputs.push(cx.any_output(5));
        }
        let backward = FusedBatchNormGradOp::<T>::of(self.op_type, setting, self.numbers);
        let numbers = self.numbers.dtype::<T>();
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
        for i in [1, 2] {
            cx.set_gradient(i, operation.any_output(i, numbers).into());
        }
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

/// The gradients with respect to the first three inputs of [`FusedBatchNormOp`], of that with
/// respect to its result, its first two inputs, and mean and variance of each channel.
#[derive(Debug)]
struct FusedBatchNormGradOp<T> {
    op_type: &'static str,
    setting: Setting,
    numbers: Numbers,
    element: PhantomData<fn() -> T>,
}

impl<T> FusedBatchNormGradOp<T> {
    /// The gradients of an op of the type `forward`.
    fn of(forward: &'static str, setting: Setting, numbers: Numbers) -> Self {
        FusedBatchNormGradOp {
            op_type: match forward {
                "FusedBatchNorm" => "FusedBatchNormGrad",
                "FusedBatchNormV2" => "FusedBatchNormGradV2",
                _ => "FusedBatchNormGradV3",
            },
            setting,
            numbers,
            element: PhantomData,
        }
    }
}

impl<T: Float> FromNode for FusedBatchNormGradOp<T> {
    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        Ok(FusedBatchNormGradOp {
            op_type: node.op_type(),
            setting: node.attributes()?,
            numbers: Numbers::of_node::<T>(node, 2)?,
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
        let numbers = self.numbers.dtype::<T>();
        outputs.extend(vectors.map(|length| TensorInfo::new(numbers, vec![length])));
        Ok(outputs)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        if self.numbers == Numbers::Single {
            let wide = FusedBatchNormGradOp::<f32> {
                op_type: self.op_type,
                setting: self.setting,
                numbers: Numbers::Own,
                element: PhantomData,
            };
            return compute_wide::<T>(cx, 2, &wide);
        }
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
        let (images, ddx) = ([0, 1].map(|i| cx.input::<T>(i)), cx.grad::<T>(0));
        match self.numbers {
            Numbers::Own => {
                let [ddy, dx] = self.second(cx, &images, &ddx);
                cx.set(0, ddy);
                cx.set(1, dx);
            }
            Numbers::Single => {
                let wide = |x: &Tensor<T>| cast_to::<T, f32>(x);
                let [ddy, dx] = self.second(cx, &images.each_ref().map(wide), &wide(&ddx));
                cx.set(0, cast_to::<f32, T>(ddy));
                cx.set(1, cast_to::<f32, T>(dx));
            }
        }
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

impl<T: Float> FusedBatchNormGradOp<T> {
    /// Sets the gradient with respect to the scale, and gives those with respect to the first two
    /// inputs `dy` and `x`, given that with respect to output 0.
    #[track_caller]
    fn second<U: Float>(
        &self,
        cx: &mut GradientContext<'_>,
        [dy, x]: &[Tensor<U>; 2],
        ddx: &Tensor<U>,
    ) -> [Tensor<U>; 2] {
        let scale = cx.input::<U>(2);
        let (ddscale, ddoffset) = (cx.grad::<U>(1), cx.grad::<U>(2));
        let images = Images::<U>::new(self.setting);
        let scale = &images.each_channel(scale);
        let ddscale = images.each_channel(ddscale);
        let ddoffset = images.each_channel(ddoffset);
        if !self.setting.is_training {
            let [mean, variance] = [3, 4].map(|i| images.each_channel(cx.input::<U>(i)));
            let norm = &images.norm(&variance);
            let (factor, slope) = (&(scale * norm), &(ddscale * norm));
            cx.set(2, images.sum(ddx * dy * norm));
            return [ddx * factor + (x - mean) * slope + ddoffset, dy * slope];
        }
        // The moments are computed from x anew, so that this has gradients with respect to x too.
        let deviation = &(x - images.mean(x));
        let norm = &images.norm(&images.mean(square(deviation)));
        let normal = &(deviation * norm);
        // What is left of an array by the mean and by the part along the normalized batch.
        let rest =
            |values: &Tensor<U>, along: &Tensor<U>| values - images.mean(values) - normal * along;
        let [along_dy, along_ddx] = &[dy, ddx].map(|values| images.mean(values * normal));
        let [rest_dy, rest_ddx] = &[rest(dy, along_dy), rest(ddx, along_ddx)];
        let product = &(ddx * rest_dy);
        let factor = &(scale * norm);
        let bent = rest_ddx * along_dy + rest_dy * along_ddx + normal * images.mean(product);
        cx.set(2, images.sum(product * norm));
        [
            rest_ddx * factor + normal * &ddscale + ddoffset,
            rest_dy * (ddscale * norm) - bent * (factor * norm),
        ]
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

#[cfg(feature = "all_types")]
#[cfg(test)]
mod tests {
    use half::f16;
    use ndarray::{Array, arr1};

    use super::*;
    use crate::gradients::gradients;
    use crate::graph::Graph;
    use crate::session::Session;

    /// As TensorFlow computes them: in `f32`, of which the images are rounded.
    #[test]
    fn short_images_beside_single_numbers() {
        let graph = Graph::new();
        let images = Array::from_shape_fn((2, 2, 3, 2), |(i, y, x, c)| {
            f16::from_f32((i * 12 + y * 6 + x * 2 + c * 5) as f32 * 0.37 % 2.0 - 0.7)
        });
        let short = graph.constant(images.clone());
        let single = graph.constant(images.mapv(f16::to_f32));
        let vector = |numbers: [f32; 2]| graph.constant(arr1(&numbers));
        let (scale, offset) = (vector([1.5, -0.5]), vector([0.25, 1.0]));
        let (mean, variance) = (vector([0.1, 0.2]), vector([1.5, 0.75]));
        for is_training in [true, false] {
            let setting = Setting {
                epsilon: 0.001,
                data_format: DataFormat::Nhwc,
                is_training,
            };
            let options = FusedBatchNorm::new();
            let options = match is_training {
                true => options,
                false => options.inference(&mean, &variance),
            };
            let (wide, wide_mean, _) = fused_batch_norm_with(&single, &scale, &offset, options);
            let op = FusedBatchNormOp::<f16> {
                numbers: Numbers::Single,
                ..FusedBatchNormOp::new(setting)
            };
            let vectors = [&scale, &offset, &mean, &variance].map(Tensor::any);
            let inputs = [&[short.any()], &vectors[..]].concat();
            let operation = graph.add_op(op, &inputs);
            let y = operation.output::<f16>(0);
            // A sum of images would be rounded at each step.
            let slopes = gradients(square(cast_to::<f16, f32>(&y)), [&scale]);
            let wide_slopes = gradients(square(&wide), [&scale]);
            let dx = gradients(&y * &y, &short);
            let wide_dx = gradients(square(&wide), &single);
            let ddx = gradients(&dx, &short);
            let session = Session::new(&graph).unwrap();
            let (y, wide) = session.run((&y, &wide), []).unwrap();
            assert_eq!(y, wide.mapv(f16::from_f32), "{is_training}");
            let means = (operation.output::<f32>(1), wide_mean);
            let (found, expected) = session.run((&means.0, &means.1), []).unwrap();
            assert_eq!(found, expected, "{is_training}");
            let close = |a: f32, b: f32| (a - b).abs() < 0.02 * (1.0 + b.abs());
            let (dx, wide_dx) = session.run((&dx, &wide_dx), []).unwrap();
            assert!(dx.iter().zip(&wide_dx).all(|(a, b)| close(a.to_f32(), *b)));
            let (a, b) = session.run((&slopes[0], &wide_slopes[0]), []).unwrap();
            assert!(a.iter().zip(&b).all(|(a, b)| close(*a, *b)), "{a} {b}");
            assert_eq!(session.run(&ddx, []).unwrap().shape(), [2, 2, 3, 2]);
        }
    }
}
