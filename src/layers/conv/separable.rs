//! Separable convolutions: each channel by itself, and then all channels of each pixel.

use std::fmt;
use std::marker::PhantomData;

use super::super::weight::Weight;
use super::super::weighted::{Common, Weights, common_options, weight_options};
use super::options::{Moves, channels};
use crate::graph::{Graph, IntoTensor, Tensor, graph_of};
use crate::initializers::glorot_uniform;
use crate::ops::array::{Squeeze, expand_dims, squeeze_with};
use crate::ops::nn::{
    BiasAdd, Conv2D, ConvElement, Padding, bias_add, bias_add_with,
    separable_conv2d_with as separable_nodes,
};
use crate::ops::{Integers, IntoIntegers};
use crate::types::{Float, Result, WholeNumber};

/// Over how many axes a separable layer convolves; implemented by the markers of this crate.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a kind of separable convolutional layer",
    note = "name the options by what they are of: `SeparableConv1D::new()`, `SeparableConv2D::new()`"
)]
pub trait SeparableKind: sealed::Sealed + 'static {
    /// TensorFlow's name of the layer.
    const NAME: &'static str;
    /// How many axes windows move over.
    const AXES: usize;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! kinds {
    ($($kind:ident $options:ident $name:literal $axes:literal;)*) => {$(
        #[doc = concat!("Marks `", $name, "`.")]
        #[derive(Clone, Copy, Debug)]
        pub enum $kind {}

        impl sealed::Sealed for $kind {}

        impl SeparableKind for $kind {
            const NAME: &'static str = $name;
            const AXES: usize = $axes;
        }

        #[doc = concat!("The options of [`", $name, "_with`]; [`layer`](SeparableConv::layer) makes a layer with them.")]
        pub type $options<T> = SeparableConv<T, $kind>;
    )*};
}

kinds! {
    Separable1D SeparableConv1D "separable_conv1d" 1;
    Separable2D SeparableConv2D "separable_conv2d" 2;
}

/// A separable convolutional layer over sequences, as `tf.layers.separable_conv1d` makes it; see
/// [`separable_conv2d`].
///
/// `inputs` is [batch, length, channels].
///
/// # Errors
/// `InvalidArgument` if `inputs` does not have three axes, its number of channels is not known, or
/// a number is not positive.
///
/// # Options
/// `strides`, `padding`, `depth_multiplier` and more: see [`separable_conv1d_with`].
#[track_caller]
pub fn separable_conv1d<T: ConvElement>(
    inputs: impl IntoTensor<T>,
    filters: impl WholeNumber,
    kernel_size: impl IntoIntegers,
) -> Tensor<T> {
    separable_conv1d_with(inputs, filters, kernel_size, SeparableConv1D::new())
}

/// As [`separable_conv1d`], with strides, padding, activation, variables and name as `options`
/// says.
///
/// # Errors
/// As [`separable_conv1d`]; and what [`get_variable`](crate::Graph::get_variable) refuses.
#[track_caller]
pub fn separable_conv1d_with<T: ConvElement>(
    inputs: impl IntoTensor<T>,
    filters: impl WholeNumber,
    kernel_size: impl IntoIntegers,
    options: impl Into<SeparableConv1D<T>>,
) -> Tensor<T> {
    once(&options.into(), inputs, filters, kernel_size)
}

/// A separable convolutional layer over pictures, as `tf.layers.separable_conv2d` makes it: a
/// convolution of each channel with `depth_multiplier` kernels of its own, and of what comes out,
/// pixel by pixel, with another kernel. It has far fewer weights than [`conv2d`](super::conv2d()).
///
/// `inputs` is [batch, height, width, channels]; the result is [batch, output height, output width,
/// `filters`]. The variables are `separable_conv2d/depthwise_kernel` [height, width, channels,
/// multiplier], `separable_conv2d/pointwise_kernel` [1, 1, channels · multiplier, `filters`] and
/// `separable_conv2d/bias` \[`filters`\].
///
/// ```
/// use tf1::layers::{self, SeparableConv2D};
///
/// let graph = tf1::Graph::new();
/// let x = graph.placeholder::<f32>("x", tf1::shape![?, 28, 28, 8]);
/// let y = layers::separable_conv2d_with(&x, 16, 3, SeparableConv2D::new().padding("same").depth_multiplier(2));
/// assert_eq!(y.shape().to_string(), "(?, 28, 28, 16)");
/// ```
///
/// # Errors
/// As [`separable_conv1d`], of four axes.
///
/// # Options
/// `strides`, `padding`, `depth_multiplier` and more: see [`separable_conv2d_with`].
#[track_caller]
pub fn separable_conv2d<T: ConvElement>(
    inputs: impl IntoTensor<T>,
    filters: impl WholeNumber,
    kernel_size: impl IntoIntegers,
) -> Tensor<T> {
    separable_conv2d_with(inputs, filters, kernel_size, SeparableConv2D::new())
}

/// As [`separable_conv2d`], with strides, padding, activation, variables and name as `options`
/// says.
///
/// # Errors
/// As [`separable_conv1d_with`].
#[track_caller]
pub fn separable_conv2d_with<T: ConvElement>(
    inputs: impl IntoTensor<T>,
    filters: impl WholeNumber,
    kernel_size: impl IntoIntegers,
    options: impl Into<SeparableConv2D<T>>,
) -> Tensor<T> {
    once(&options.into(), inputs, filters, kernel_size)
}

#[track_caller]
fn once<T: ConvElement, K: SeparableKind>(
    options: &SeparableConv<T, K>,
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

/// The options of a separable convolutional layer.
pub struct SeparableConv<T, K> {
    depthwise: Weight<T>,
    pointwise: Weight<T>,
    pub(super) common: Common<T>,
    depth_multiplier: Result<usize>,
    pub(super) moves: Moves,
    pub(super) channels_first: bool,
    kind: PhantomData<fn() -> K>,
}

/// With this activation, as [`SeparableConv::activation`].
impl<T: Float, K: SeparableKind, A: Fn(Tensor<T>) -> Tensor<T> + 'static> From<A>
    for SeparableConv<T, K>
{
    fn from(activation: A) -> Self {
        SeparableConv::new().activation(activation)
    }
}

impl<T: Float, K: SeparableKind> SeparableConv<T, K> {
    /// One kernel for each channel, strides of 1, no padding (`padding='valid'`), the channels
    /// last, a bias and no activation.
    pub fn new() -> Self {
        let kernel = || Weight::new(glorot_uniform());
        SeparableConv::of([kernel(), kernel()], Common::new())
    }

    /// As [`new`](SeparableConv::new), with variables that are made so, the kernel of single
    /// channels first.
    pub(in crate::layers) fn of(kernels: [Weight<T>; 2], common: Common<T>) -> Self {
        let [depthwise, pointwise] = kernels;
        SeparableConv {
            depthwise,
            pointwise,
            common,
            depth_multiplier: Ok(1),
            moves: Moves::new(),
            channels_first: false,
            kind: PhantomData,
        }
    }

    /// How many kernels each channel has.
    pub fn depth_multiplier(mut self, depth_multiplier: impl WholeNumber) -> Self {
        self.depth_multiplier = depth_multiplier.to_count("depth_multiplier");
        self
    }

    /// How far the window moves: a number, or one for each axis that it moves over.
    pub fn strides(mut self, strides: impl IntoIntegers) -> Self {
        self.moves.strides = strides.into_integers();
        self
    }

    /// `"same"` or `"valid"`.
    pub fn padding(mut self, padding: impl Into<Padding>) -> Self {
        self.moves.padding = padding.into();
        self
    }

    /// The channels are the second axis (`data_format='channels_first'`).
    pub fn channels_first(mut self) -> Self {
        self.channels_first = true;
        self
    }

    /// How far apart the elements are that a window sees: a number, or one for each axis that it
    /// moves over. It must be 1 if a stride is not.
    pub fn dilation_rate(mut self, dilation_rate: impl IntoIntegers) -> Self {
        self.moves.dilation_rate = dilation_rate.into_integers();
        self
    }

    common_options!();
    weight_options!("depthwise kernel" depthwise: depthwise_initializer depthwise_regularizer depthwise_constraint);
    weight_options!("pointwise kernel" pointwise: pointwise_initializer pointwise_regularizer pointwise_constraint);
    weight_options!("bias" common.bias: bias_initializer bias_regularizer bias_constraint);
}

impl<T: ConvElement, K: SeparableKind> SeparableConv<T, K> {
    /// The layer of `x` in the open scope, with its variables: those given, or new ones; none if
    /// `x` stands for a mistake.
    ///
    /// # Errors
    /// As [`separable_conv1d`].
    #[track_caller]
    pub(super) fn build(
        &self,
        graph: &Graph,
        x: &Tensor<T>,
        (filters, kernel_size): (Result<usize>, &Integers),
        known: Option<&Weights<T, 2>>,
    ) -> Result<(Tensor<T>, Option<Weights<T, 2>>)> {
        if x.is_failed() {
            return Ok((x.clone(), None));
        }
        let windows = self.moves.windows(K::AXES, filters, kernel_size)?;
        let channels = channels(&x.shape(), K::NAME, K::AXES, self.channels_first)?;
        let multiplier = self.depth_multiplier.clone()?;
        let weights = known.cloned().unwrap_or_else(|| {
            let depthwise = [&windows.kernel_size[..], &[channels, multiplier]].concat();
            let ones = vec![1; K::AXES];
            let made = channels.saturating_mul(multiplier);
            let pointwise = [&ones[..], &[made, windows.filters]].concat();
            let kernels = [
                ("depthwise_kernel", &self.depthwise, depthwise),
                ("pointwise_kernel", &self.pointwise, pointwise),
            ];
            self.common.weights(graph, kernels, windows.filters)
        });
        let [depthwise, pointwise] = &weights.kernels;
        let (depthwise, pointwise) = (depthwise.value(), pointwise.value());
        let first = self.channels_first;
        let axis = if first { 2 } else { 1 };
        // Sequences are pictures of height 1.
        let is_flat = K::AXES == 1;
        let [x, depthwise, pointwise] = match is_flat {
            true => [
                expand_dims(x, axis),
                expand_dims(depthwise, 0),
                expand_dims(pointwise, 0),
            ],
            false => [x.clone(), depthwise, pointwise],
        };
        let (strides, rates) = match is_flat {
            true => (
                vec![windows.strides[0]; 2],
                vec![1, windows.dilation_rate[0]],
            ),
            false => (windows.strides, windows.dilation_rate),
        };
        let layout = Conv2D::from(if first { "NCHW" } else { "NHWC" });
        let options = layout.dilations(rates);
        let mut sums = separable_nodes(x, depthwise, pointwise, strides, windows.padding, options);
        if let Some(bias) = &weights.bias {
            sums = match first {
                true => bias_add_with(sums, bias.value(), BiasAdd::new().channels_first()),
                false => bias_add(sums, bias.value()),
            };
        }
        if is_flat {
            sums = squeeze_with(sums, Squeeze::new().axis([axis]));
        }
        Ok((self.common.activated(sums), Some(weights)))
    }
}

impl<T: Float, K: SeparableKind> Default for SeparableConv<T, K> {
    fn default() -> Self {
        SeparableConv::new()
    }
}

impl<T: Float, K> Clone for SeparableConv<T, K> {
    fn clone(&self) -> Self {
        SeparableConv {
            depthwise: self.depthwise.clone(),
            pointwise: self.pointwise.clone(),
            common: self.common.clone(),
            depth_multiplier: self.depth_multiplier.clone(),
            moves: self.moves.clone(),
            channels_first: self.channels_first,
            kind: PhantomData,
        }
    }
}

impl<T, K> fmt::Debug for SeparableConv<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeparableConv")
            .field("depthwise", &self.depthwise)
            .field("pointwise", &self.pointwise)
            .field("common", &self.common)
            .field("depth_multiplier", &self.depth_multiplier)
            .field("moves", &self.moves)
            .field("channels_first", &self.channels_first)
            .finish()
    }
}
