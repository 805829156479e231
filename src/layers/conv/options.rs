//! [`Conv`]: the options of convolutional layers.

use std::fmt;
use std::marker::PhantomData;

use super::super::weight::Weight;
use super::super::weighted::{Common, common_options, weight_options};
use super::super::windows;
use super::kind::{ConvKind, Dilates, Kind1D, Kind2D, Kind3D, Transpose2D, Transpose3D};
use crate::graph::Tensor;
use crate::initializers::glorot_uniform;
use crate::ops::nn::Padding;
use crate::ops::{Integers, IntoIntegers};
use crate::types::{Error, Float, Result, Shape, WholeNumber};

/// The options of a convolutional layer.
pub struct Conv<T, K> {
    pub(super) kernel: Weight<T>,
    pub(super) common: Common<T>,
    pub(super) moves: Moves,
    pub(super) channels_first: bool,
    kind: PhantomData<fn() -> K>,
}

/// The options of [`conv1d_with`](super::conv1d_with); [`layer`](Conv::layer) makes a layer with
/// them.
pub type Conv1D<T> = Conv<T, Kind1D>;

/// The options of [`conv2d_with`](super::conv2d_with); [`layer`](Conv::layer) makes a layer with
/// them.
pub type Conv2D<T> = Conv<T, Kind2D>;

/// The options of [`conv3d_with`](super::conv3d_with); [`layer`](Conv::layer) makes a layer with
/// them.
pub type Conv3D<T> = Conv<T, Kind3D>;

/// The options of [`conv2d_transpose_with`](super::conv2d_transpose_with); [`layer`](Conv::layer)
/// makes a layer with them.
pub type Conv2DTranspose<T> = Conv<T, Transpose2D>;

/// The options of [`conv3d_transpose_with`](super::conv3d_transpose_with); [`layer`](Conv::layer)
/// makes a layer with them.
pub type Conv3DTranspose<T> = Conv<T, Transpose3D>;

/// With this activation, as [`Conv::activation`].
impl<T: Float, K: ConvKind, A: Fn(Tensor<T>) -> Tensor<T> + 'static> From<A> for Conv<T, K> {
    fn from(activation: A) -> Self {
        Conv::new().activation(activation)
    }
}

impl<T: Float, K: ConvKind> Conv<T, K> {
    /// Strides of 1, no padding (`padding='valid'`), the channels last, a bias and no activation.
    pub fn new() -> Self {
        Conv::of(Weight::new(glorot_uniform()), Common::new())
    }

    /// As [`new`](Conv::new), with variables that are made so.
    pub(in crate::layers) fn of(kernel: Weight<T>, common: Common<T>) -> Self {
        Conv {
            kernel,
            common,
            moves: Moves::new(),
            channels_first: false,
            kind: PhantomData,
        }
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

    common_options!();
    weight_options!("kernel" kernel: kernel_initializer kernel_regularizer kernel_constraint);
    weight_options!("bias" common.bias: bias_initializer bias_regularizer bias_constraint);
}

impl<T: Float, K: Dilates> Conv<T, K> {
    /// How far apart the elements are that a window sees: a number, or one for each axis that it
    /// moves over. It must be 1 if a stride is not.
    pub fn dilation_rate(mut self, dilation_rate: impl IntoIntegers) -> Self {
        self.moves.dilation_rate = dilation_rate.into_integers();
        self
    }
}

/// How the windows of a convolutional layer move, as the layer was told.
#[derive(Clone, Debug)]
pub(super) struct Moves {
    pub(super) strides: Integers,
    pub(super) padding: Padding,
    pub(super) dilation_rate: Integers,
}

/// The numbers of a convolutional layer.
pub(super) struct Windows {
    pub(super) filters: usize,
    pub(super) kernel_size: Vec<usize>,
    pub(super) strides: Vec<i64>,
    pub(super) dilation_rate: Vec<i64>,
    pub(super) padding: Padding,
}

impl Moves {
    /// By one element, without padding.
    pub(super) fn new() -> Self {
        Moves {
            strides: 1.into_integers(),
            padding: Padding::Valid,
            dilation_rate: 1.into_integers(),
        }
    }

    /// The numbers of a layer over `axes` axes.
    ///
    /// # Errors
    /// `InvalidArgument` if a number is missing or too small.
    pub(super) fn windows(
        &self,
        axes: usize,
        filters: Result<usize>,
        kernel_size: &Integers,
    ) -> Result<Windows> {
        Ok(Windows {
            filters: filters?,
            kernel_size: lengths("kernel_size", axes, kernel_size)?,
            strides: positive("strides", axes, &self.strides)?,
            dilation_rate: positive("dilation_rate", axes, &self.dilation_rate)?,
            padding: windows::padding(&self.padding)?,
        })
    }
}

/// How many channels the input of a layer has.
///
/// # Errors
/// `InvalidArgument` if it has not so many axes, or that is not known.
pub(super) fn channels(
    shape: &Shape,
    kind: &str,
    axes: usize,
    channels_first: bool,
) -> Result<usize> {
    windows::expect_exact_rank(shape, kind, axes + 2)?;
    shape
        .dim(if channels_first { 1 } else { axes + 1 })
        .ok_or_else(|| {
            Error::invalid_argument(
                "The channel dimension of the inputs should be defined. Found `None`.",
            )
            .with_help("tell it by set_shape, or reshape")
        })
}

/// The lengths of windows.
///
/// # Errors
/// `InvalidArgument` if there is not one for each axis, or one is negative.
fn lengths(name: &str, axes: usize, given: &Integers) -> Result<Vec<usize>> {
    let numbers = windows::per_axis(name, axes, given)?;
    // Few: one for each axis.
    numbers.iter().map(|number| number.to_count(name)).collect()
}

/// # Errors
/// `InvalidArgument` if there is not one for each axis, or one is not positive.
fn positive(name: &str, axes: usize, given: &Integers) -> Result<Vec<i64>> {
    let numbers = windows::per_axis(name, axes, given)?;
    match numbers.iter().all(|&number| number > 0) {
        true => Ok(numbers),
        false => {
            let message = format!("all values of {name} must be positive, not {numbers:?}");
            Err(Error::invalid_argument(message))
        }
    }
}

impl<T: Float, K: ConvKind> Default for Conv<T, K> {
    fn default() -> Self {
        Conv::new()
    }
}

impl<T: Float, K> Clone for Conv<T, K> {
    fn clone(&self) -> Self {
        Conv {
            kernel: self.kernel.clone(),
            common: self.common.clone(),
            moves: self.moves.clone(),
            channels_first: self.channels_first,
            kind: PhantomData,
        }
    }
}

impl<T, K> fmt::Debug for Conv<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conv")
            .field("kernel", &self.kernel)
            .field("common", &self.common)
            .field("moves", &self.moves)
            .field("channels_first", &self.channels_first)
            .finish()
    }
}
