//! Convolutions and their transposes as functions, and the nodes that a convolution consists of.

use super::super::weighted::Weights;
use super::kind::ConvKind;
use super::options::{Conv, Conv1D, Conv2D, Conv2DTranspose, Conv3D, Conv3DTranspose, channels};
use super::transposed::transposed;
use crate::graph::{Graph, IntoTensor, Tensor, graph_of};
use crate::ops::array::reshape;
use crate::ops::nn::{BiasAdd, ConvElement, Convolution, bias_add, bias_add_with};
use crate::ops::{Integers, IntoIntegers};
use crate::types::{Result, WholeNumber};

/// A convolutional layer over sequences, as `tf.layers.conv1d` makes it.
///
/// `inputs` is [batch, length, channels]; the result is [batch, output length, `filters`]. The
/// variables are `conv1d/kernel` [`kernel_size`, channels, `filters`], which starts
/// [Glorot-uniform](crate::initializers::glorot_uniform), and `conv1d/bias` \[`filters`\], which
/// starts with zeros. What it computes, [`nn::conv1d`](crate::nn::conv1d) tells.
///
/// # Errors
/// `InvalidArgument` if `inputs` does not have three axes, its number of channels is not known, a
/// number is not positive, or both a stride and a dilation are more than 1.
///
/// # Options
/// `strides`, `padding`, `activation` and more: see [`conv1d_with`].
#[track_caller]
pub fn conv1d<T: ConvElement>(
    inputs: impl IntoTensor<T>,
    filters: impl WholeNumber,
    kernel_size: impl IntoIntegers,
) -> Tensor<T> {
    conv1d_with(inputs, filters, kernel_size, Conv1D::new())
}

/// As [`conv1d`], with strides, padding, activation, variables and name as `options` says.
///
/// # Errors
/// As [`conv1d`]; and what [`get_variable`](crate::Graph::get_variable) refuses.
#[track_caller]
pub fn conv1d_with<T: ConvElement>(
    inputs: impl IntoTensor<T>,
    filters: impl WholeNumber,
    kernel_size: impl IntoIntegers,
    options: impl Into<Conv1D<T>>,
) -> Tensor<T> {
    once(&options.into(), inputs, filters, kernel_size)
}

/// A convolutional layer over pictures, as `tf.layers.conv2d` makes it.
///
/// `inputs` is [batch, height, width, channels]; the result is [batch, output height, output width,
/// `filters`]. `kernel_size` is how long windows are along each axis: a number, or [height, width].
/// The variables are `conv2d/kernel` [height, width, channels, `filters`], which starts
/// [Glorot-uniform](crate::initializers::glorot_uniform), and `conv2d/bias` \[`filters`\], which
/// starts with zeros. What it computes, [`nn::conv2d`](crate::nn::conv2d) tells.
///
/// ```
/// use tf1::layers::{self, Conv2D};
/// use tf1::{Graph, nn};
///
/// let graph = Graph::new();
/// let x = graph.placeholder::<f32>("x", tf1::shape![?, 28, 28, 1]);
/// let a = layers::conv2d_with(&x, 32, 5, Conv2D::new().padding("same").activation(nn::relu));
/// let y = layers::conv2d(&a, 64, [3, 3]);
/// assert_eq!(y.to_string(), r#"Tensor("conv2d_1/BiasAdd:0", shape=(?, 26, 26, 64), dtype=float32)"#);
/// ```
///
/// # Errors
/// As [`conv1d`], of four axes.
///
/// A layer that is applied to several inputs is made by [`Conv2D::layer`](Conv::layer).
///
/// # Options
/// `strides`, `padding`, `activation` and more: see [`conv2d_with`].
#[track_caller]
pub fn conv2d<T: ConvElement>(
    inputs: impl IntoTensor<T>,
    filters: impl WholeNumber,
    kernel_size: impl IntoIntegers,
) -> Tensor<T> {
    conv2d_with(inputs, filters, kernel_size, Conv2D::new())
}

/// As [`conv2d`], with strides, padding, activation, variables and name as `options` says. An
/// activation alone stands for itself: `conv2d_with(&x, 32, 5, nn::relu)`.
///
/// # Errors
/// As [`conv1d_with`].
#[track_caller]
pub fn conv2d_with<T: ConvElement>(
    inputs: impl IntoTensor<T>,
    filters: impl WholeNumber,
    kernel_size: impl IntoIntegers,
    options: impl Into<Conv2D<T>>,
) -> Tensor<T> {
    once(&options.into(), inputs, filters, kernel_size)
}

/// A convolutional layer over volumes, as `tf.layers.conv3d` makes it.
///
/// `inputs` is [batch, depth, height, width, channels]; the rest is as in [`conv2d`].
///
/// # Errors
/// As [`conv1d`], of five axes.
///
/// # Options
/// `strides`, `padding`, `activation` and more: see [`conv3d_with`].
#[track_caller]
pub fn conv3d<T: ConvElement>(
    inputs: impl IntoTensor<T>,
    filters: impl WholeNumber,
    kernel_size: impl IntoIntegers,
) -> Tensor<T> {
    conv3d_with(inputs, filters, kernel_size, Conv3D::new())
}

/// As [`conv3d`], with strides, padding, activation, variables and name as `options` says.
///
/// # Errors
/// As [`conv1d_with`].
#[track_caller]
pub fn conv3d_with<T: ConvElement>(
    inputs: impl IntoTensor<T>,
    filters: impl WholeNumber,
    kernel_size: impl IntoIntegers,
    options: impl Into<Conv3D<T>>,
) -> Tensor<T> {
    once(&options.into(), inputs, filters, kernel_size)
}

/// A layer that makes pictures larger, as `tf.layers.conv2d_transpose` makes it: what takes its
/// results to its inputs is a convolution.
///
/// `inputs` is [batch, height, width, channels]; the result is [batch, output height, output width,
/// `filters`], where an output length is length · stride if the padding is `"same"`, and length ·
/// stride + max(`kernel_size` - stride, 0) if it is `"valid"`. The variables are
/// `conv2d_transpose/kernel` [kernel height, kernel width, `filters`, channels] and
/// `conv2d_transpose/bias` \[`filters`\].
///
/// ```
/// use tf1::layers::{self, Conv2DTranspose};
///
/// let graph = tf1::Graph::new();
/// let x = graph.placeholder::<f32>("x", tf1::shape![?, 7, 7, 64]);
/// let y = layers::conv2d_transpose_with(&x, 32, 5, Conv2DTranspose::new().strides(2).padding("same"));
/// assert_eq!(y.shape().to_string(), "(?, 14, 14, 32)");
/// ```
///
/// # Errors
/// As [`conv2d`].
///
/// # Options
/// `strides`, `padding`, `activation` and more: see [`conv2d_transpose_with`].
#[track_caller]
pub fn conv2d_transpose<T: ConvElement>(
    inputs: impl IntoTensor<T>,
    filters: impl WholeNumber,
    kernel_size: impl IntoIntegers,
) -> Tensor<T> {
    conv2d_transpose_with(inputs, filters, kernel_size, Conv2DTranspose::new())
}

/// As [`conv2d_transpose`], with strides, padding, activation, variables and name as `options`
/// says.
///
/// # Errors
/// As [`conv1d_with`].
#[track_caller]
pub fn conv2d_transpose_with<T: ConvElement>(
    inputs: impl IntoTensor<T>,
    filters: impl WholeNumber,
    kernel_size: impl IntoIntegers,
    options: impl Into<Conv2DTranspose<T>>,
) -> Tensor<T> {
    once(&options.into(), inputs, filters, kernel_size)
}

/// A layer that makes volumes larger, as `tf.layers.conv3d_transpose` makes it; see
/// [`conv2d_transpose`].
///
/// # Errors
/// As [`conv3d`].
///
/// # Options
/// `strides`, `padding`, `activation` and more: see [`conv3d_transpose_with`].
#[track_caller]
pub fn conv3d_transpose<T: ConvElement>(
    inputs: impl IntoTensor<T>,
    filters: impl WholeNumber,
    kernel_size: impl IntoIntegers,
) -> Tensor<T> {
    conv3d_transpose_with(inputs, filters, kernel_size, Conv3DTranspose::new())
}

/// As [`conv3d_transpose`], with strides, padding, activation, variables and name as `options`
/// says.
///
/// # Errors
/// As [`conv1d_with`].
#[track_caller]
pub fn conv3d_transpose_with<T: ConvElement>(
    inputs: impl IntoTensor<T>,
    filters: impl WholeNumber,
    kernel_size: impl IntoIntegers,
    options: impl Into<Conv3DTranspose<T>>,
) -> Tensor<T> {
    once(&options.into(), inputs, filters, kernel_size)
}

/// A layer that is applied once.
#[track_caller]
fn once<T: ConvElement, K: ConvKind>(
    options: &Conv<T, K>,
    inputs: impl IntoTensor<T>,
    filters: impl WholeNumber,
    kernel_size: impl IntoIntegers,
) -> Tensor<T> {
    let filters = filters.to_count("filters");
    let kernel_size = kernel_size.into_integers();
    let graph = graph_of(&[inputs.graph()]);
    options.common.scope.open(&graph, K::NAME, || {
        let x = inputs.into_tensor(&graph, "inputs");
        match options.build(&graph, &x, (filters, &kernel_size), None) {
            Ok((outputs, _)) => outputs,
            Err(error) => graph.failed(K::NAME, error),
        }
    })
}

/// What a layer's first call makes.
#[derive(Clone)]
pub(super) struct Made<T> {
    pub(super) weights: Weights<T>,
    /// The dilations, as a tensor.
    rate: Option<Tensor<i32>>,
}

impl<T: ConvElement, K: ConvKind> Conv<T, K> {
    /// The layer of `x` in the open scope, with what it is made of: what was given, or new; nothing
    /// if `x` stands for a mistake.
    ///
    /// # Errors
    /// As [`conv1d`].
    #[track_caller]
    pub(super) fn build(
        &self,
        graph: &Graph,
        x: &Tensor<T>,
        (filters, kernel_size): (Result<usize>, &Integers),
        known: Option<&Made<T>>,
    ) -> Result<(Tensor<T>, Option<Made<T>>)> {
        if x.is_failed() {
            return Ok((x.clone(), None));
        }
        let windows = self.moves.windows(K::AXES, filters, kernel_size)?;
        let channels = channels(&x.shape(), K::NAME, K::AXES, self.channels_first)?;
        let ends = match K::IS_TRANSPOSED {
            true => [windows.filters, channels],
            false => [channels, windows.filters],
        };
        let made = known.cloned().unwrap_or_else(|| {
            let shape = [&windows.kernel_size[..], &ends].concat();
            let kernel = ("kernel", &self.kernel, shape);
            let weights = self.common.weights(graph, [kernel], windows.filters);
            let rates = windows.dilation_rate.iter();
            // Few: one for each axis.
            let rates: ndarray::Array1<i32> = rates
                .map(|&rate| i32::try_from(rate).unwrap_or(i32::MAX))
                .collect();
            let rate = match K::IS_TRANSPOSED {
                true => None,
                false => Some(graph.constant_named("dilation_rate", rates.into_dyn())),
            };
            Made { weights, rate }
        });
        let [kernel] = &made.weights.kernels;
        let kernel = kernel.value();
        let sums = match K::IS_TRANSPOSED {
            true => transposed(x, &kernel, self.channels_first, &windows)?,
            false => {
                let mut convolution = Convolution::new()
                    .strides(&windows.strides[..])
                    .dilation_rate(&windows.dilation_rate[..]);
                if self.channels_first {
                    convolution = convolution.channels_first();
                }
                let operands = [x, &kernel];
                let rate = made.rate.as_ref();
                convolution.of_layer(K::AXES, operands, &windows.padding, rate)?
            }
        };
        let sums = match &made.weights.bias {
            None => sums,
            // There is no layout of three axes with the channels second.
            Some(bias) if K::AXES == 1 && self.channels_first => {
                sums + reshape(bias.value(), [1, windows.filters as i64, 1])
            }
            Some(bias) => match self.channels_first {
                true => bias_add_with(sums, bias.value(), BiasAdd::new().channels_first()),
                false => bias_add(sums, bias.value()),
            },
        };
        Ok((self.common.activated(sums), Some(made)))
    }
}
