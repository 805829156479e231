//! `FusedBatchNormV3`.

use std::marker::PhantomData;

use ndarray::{ArrayView1, Ix1};

use crate::graph::{
    GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo, graph_of,
};
use crate::kernels::batch_norm::{Channels, Moments};
use crate::ops::OpDef;
use crate::ops::array::{Transpose, transpose_with};
use crate::ops::support::{expect_rank, merge, unequal_dims};
use crate::types::{Dim, Error, Float, Result, Shape, memory};

pub(in crate::ops) const OPS: &[OpDef] = &[
    OpDef::smooth("FusedBatchNormV3"),
    OpDef::opaque("FusedBatchNormGradV3"),
];

/// A batch of images normalized channel by channel, `(x - mean) / √(variance + 0.001) · scale + offset`, with the mean and
/// the variance of the batch, as `tf.nn.fused_batch_norm` computes it.
///
/// `x` has four axes, the last of which are the channels; `scale` and `offset` are vectors with an element for each. Besides
/// the result this gives the mean and the variance of each channel, the latter with Bessel's correction. Only the result
/// has a gradient, and no second one.
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
        let channels = Channels {
            axis: options.channels,
            epsilon: options.epsilon.max(LEAST_EPSILON),
        };
        let setting = Setting {
            channels,
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
            scope.operation(
                Forward::<T> {
                    setting,
                    element: PhantomData,
                },
                &inputs,
            )
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
    channels: usize,
    population: Option<(Tensor<T>, Tensor<T>)>,
}

impl<T: Float> FusedBatchNorm<T> {
    /// The channels are the last axis (`NHWC`); mean and variance are the batch's (`is_training=True`).
    pub fn new() -> Self {
        FusedBatchNorm {
            epsilon: 0.001,
            channels: 3,
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
        self.channels = 1;
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

#[derive(Clone, Copy, Debug)]
struct Setting {
    channels: Channels,
    is_training: bool,
}

impl Setting {
    /// The shape of `x` with what the vectors among the inputs tell of the number of channels, and that number.
    fn infer(self, cx: &InferContext<'_>, x: usize, vectors: &[usize]) -> Result<(Shape, Dim)> {
        expect_rank(cx, cx.shape(x), 4)?;
        let mut dims = cx
            .shape(x)
            .dims()
            .map_or_else(|| vec![None; 4], <[_]>::to_vec);
        let axis = self.channels.axis;
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

/// Outputs: the result, mean and variance of each channel, what the gradient needs of them, and nothing.
#[derive(Debug)]
struct Forward<T> {
    setting: Setting,
    element: PhantomData<T>,
}

impl<T: Float> Op for Forward<T> {
    fn op_type(&self) -> &'static str {
        "FusedBatchNormV3"
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
        outputs.push(TensorInfo::new(T::DTYPE, ..));
        Ok(outputs)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let channels = self.setting.channels;
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
        cx.outputs.alloc::<T>(5, &[])?;
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let Setting {
            mut channels,
            is_training,
        } = self.setting;
        let (mut x, mut dy) = (cx.input::<T>(0), cx.grad::<T>(0));
        let moments = match is_training {
            true => [cx.output::<T>(3), cx.output::<T>(4)],
            false => [cx.input::<T>(3), cx.input::<T>(4)],
        };
        let turned = !is_training && channels.axis == 1;
        if turned {
            channels.axis = 3;
            [x, dy] = [x, dy].map(|x| transpose_with(x, Transpose::new().perm([0, 2, 3, 1])));
        }
        let inputs = [
            &dy,
            &x,
            &cx.input(1),
            &moments[0],
            &moments[1],
            &cx.output(5),
        ]
        .map(Tensor::any);
        let setting = Setting {
            channels,
            is_training,
        };
        let operation = cx.graph().op_scope("FusedBatchNormGradV3", |scope| {
            scope.operation(
                Backward::<T> {
                    setting,
                    element: PhantomData,
                },
                &inputs,
            )
        });
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

    fn needs_memory(&self, _: &InferContext<'_>) -> bool {
        true
    }
}

/// The gradients with respect to the first three inputs of [`Forward`], of that with respect to its result, its first two
/// inputs, and mean and variance of each channel.
#[derive(Debug)]
struct Backward<T> {
    setting: Setting,
    element: PhantomData<T>,
}

impl<T: Float> Op for Backward<T> {
    fn op_type(&self) -> &'static str {
        "FusedBatchNormGradV3"
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
        let Setting {
            channels,
            is_training,
        } = self.setting;
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

    fn can_fail(&self) -> bool {
        false
    }

    fn needs_memory(&self, _: &InferContext<'_>) -> bool {
        true
    }
}
