//! [`SeparableConvLayer`]: a separable convolutional layer that keeps its variables.

use std::fmt;

use super::super::weighted::{Kept, Weights};
use super::options::channels;
use super::output_shape::output_shape;
use super::separable::{SeparableConv, SeparableKind};
use crate::graph::{IntoTensor, Tensor};
use crate::ops::nn::ConvElement;
use crate::ops::{Integers, IntoIntegers};
use crate::types::{Float, IntoShape, Result, Shape, WholeNumber};
use crate::variables::Variable;

/// A separable convolutional layer that can be applied to several inputs, as an object of the class
/// `tf.layers.SeparableConv2D` or its like: the first call of [`apply`](SeparableConvLayer::apply)
/// makes its variables, and further ones use them again.
pub struct SeparableConvLayer<T, K> {
    pub(super) options: SeparableConv<T, K>,
    pub(super) filters: Result<usize>,
    pub(super) kernel_size: Integers,
    pub(super) kept: Kept<Weights<T, 2>>,
}

impl<T: Float, K: SeparableKind> SeparableConv<T, K> {
    /// A layer of `filters` channels with these options, as `tf.layers.SeparableConv2D(filters,
    /// kernel_size, ...)` makes it. Nodes and variables are made when it is applied for the first
    /// time.
    pub fn layer(
        self,
        filters: impl WholeNumber,
        kernel_size: impl IntoIntegers,
    ) -> SeparableConvLayer<T, K> {
        SeparableConvLayer {
            filters: filters.to_count("filters"),
            kernel_size: kernel_size.into_integers(),
            options: self,
            kept: Kept::nothing(),
        }
    }
}

impl<T: ConvElement, K: SeparableKind> SeparableConvLayer<T, K> {
    /// The layer's results for `inputs`, as `layer(inputs)` or `layer.apply(inputs)` gives them in
    /// Python.
    ///
    /// # Errors
    /// As the function of that name, such as [`separable_conv2d`](super::separable_conv2d()); from
    /// the second call on also if there are not as many channels as in the first.
    #[track_caller]
    pub fn apply(&self, inputs: impl IntoTensor<T>) -> Tensor<T> {
        let scope = &self.options.common.scope;
        self.kept.call(scope, K::NAME, inputs, |graph, x, known| {
            let numbers = (self.filters.clone(), &self.kernel_size);
            self.options.build(graph, x, numbers, known)
        })
    }
}

impl<T: Float, K: SeparableKind> SeparableConvLayer<T, K> {
    /// The weights of each channel by itself; `None` before the layer is applied.
    pub fn depthwise_kernel(&self) -> Option<Variable<T>> {
        Some(self.kept.made()?.kernels[0].clone())
    }

    /// The weights of all channels of a pixel; `None` before the layer is applied.
    pub fn pointwise_kernel(&self) -> Option<Variable<T>> {
        Some(self.kept.made()?.kernels[1].clone())
    }

    /// What is added; `None` before the layer is applied, and of a layer without a bias.
    pub fn bias(&self) -> Option<Variable<T>> {
        self.kept.made()?.bias.clone()
    }

    /// How many numbers the variables hold; `None` before the layer is applied.
    pub fn count_params(&self) -> Option<usize> {
        self.kept.made()?.count()
    }

    /// The variables, the kernels first, as `layer.variables` or `layer.weights` lists them; none
    /// before the layer is applied.
    #[doc(alias = "weights")]
    pub fn variables(&self) -> Vec<Variable<T>> {
        self.kept.made().map_or_else(Vec::new, Weights::variables)
    }

    /// Those of the [variables](SeparableConvLayer::variables) that optimizers train, as
    /// `layer.trainable_weights` lists them: all of them, or none if the layer was made with
    /// [`trainable(false)`](SeparableConv::trainable).
    #[doc(alias = "trainable_weights")]
    pub fn trainable_variables(&self) -> Vec<Variable<T>> {
        match self.options.common.trainable {
            true => self.variables(),
            false => Vec::new(),
        }
    }

    /// The shape of the results for inputs of this shape.
    ///
    /// # Errors
    /// As [`apply`](SeparableConvLayer::apply).
    pub fn compute_output_shape(&self, inputs: impl IntoShape) -> Result<Shape> {
        let inputs = inputs.into_shape()?;
        let first = self.options.channels_first;
        channels(&inputs, K::NAME, K::AXES, first)?;
        let windows =
            self.options
                .moves
                .windows(K::AXES, self.filters.clone(), &self.kernel_size)?;
        Ok(output_shape(&inputs, first, &windows)?.into())
    }
}

impl<T, K> fmt::Debug for SeparableConvLayer<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeparableConvLayer")
            .field("options", &self.options)
            .field("filters", &self.filters)
            .field("kernel_size", &self.kernel_size)
            .field("is_built", &self.kept.made().is_some())
            .finish()
    }
}
