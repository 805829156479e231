//! [`ConvLayer`]: a convolutional layer that keeps its variables.

use std::fmt;

use super::super::weighted::{Kept, Weights};
use super::kind::ConvKind;
use super::options::{Conv, channels};
use super::output_shape::output_shape;
use super::plain::Made;
use super::transposed::transposed_shape;
use crate::graph::{IntoTensor, Tensor};
use crate::ops::nn::ConvElement;
use crate::ops::{Integers, IntoIntegers};
use crate::types::{Float, IntoShape, Result, Shape, WholeNumber};
use crate::variables::Variable;

/// A convolutional layer that can be applied to several inputs, as an object of the class
/// `tf.layers.Conv2D` or its like: the first call of [`apply`](ConvLayer::apply) makes its
/// variables, and further ones use them again.
///
/// ```
/// use tf1::layers::Conv2D;
///
/// let graph = tf1::Graph::new();
/// let left = graph.placeholder::<f32>("left", tf1::shape![?, 8, 8, 3]);
/// let right = graph.placeholder::<f32>("right", tf1::shape![?, 9, 9, 3]);
/// let layer = Conv2D::new().layer(4, 3);
/// let (a, b) = (layer.apply(&left), layer.apply(&right));
/// assert_eq!([a.name(), b.name()], ["conv2d/BiasAdd:0", "conv2d/BiasAdd_1:0"]);
/// assert_eq!(layer.kernel().unwrap().shape().to_string(), "(3, 3, 3, 4)");
/// assert_eq!(graph.trainable_variables().len(), 2);
/// ```
pub struct ConvLayer<T, K> {
    pub(super) options: Conv<T, K>,
    pub(super) filters: Result<usize>,
    pub(super) kernel_size: Integers,
    pub(super) kept: Kept<Made<T>>,
}

impl<T: Float, K: ConvKind> Conv<T, K> {
    /// A layer of `filters` channels with these options, whose windows are `kernel_size` long along
    /// each axis, as `tf.layers.Conv2D(filters, kernel_size, ...)` and its like make it. Nodes and
    /// variables are made when it is applied for the first time.
    ///
    /// Two layers share no variables, even if both are given the same name: the second is then
    /// `name_1`.
    pub fn layer(
        self,
        filters: impl WholeNumber,
        kernel_size: impl IntoIntegers,
    ) -> ConvLayer<T, K> {
        ConvLayer {
            filters: filters.to_count("filters"),
            kernel_size: kernel_size.into_integers(),
            options: self,
            kept: Kept::nothing(),
        }
    }
}

impl<T: ConvElement, K: ConvKind> ConvLayer<T, K> {
    /// The layer's results for `inputs`, as `layer(inputs)` or `layer.apply(inputs)` gives them in
    /// Python.
    ///
    /// # Errors
    /// As the function of that name, such as [`conv2d`](super::conv2d()); from the second call on
    /// also if there are not as many channels as in the first.
    #[track_caller]
    pub fn apply(&self, inputs: impl IntoTensor<T>) -> Tensor<T> {
        let scope = &self.options.common.scope;
        self.kept.call(scope, K::NAME, inputs, |graph, x, known| {
            let numbers = (self.filters.clone(), &self.kernel_size);
            self.options.build(graph, x, numbers, known)
        })
    }
}

impl<T: Float, K: ConvKind> ConvLayer<T, K> {
    /// The weights; `None` before the layer is applied.
    pub fn kernel(&self) -> Option<Variable<T>> {
        Some(self.kept.made()?.weights.kernels[0].clone())
    }

    /// What is added; `None` before the layer is applied, and of a layer without a bias.
    pub fn bias(&self) -> Option<Variable<T>> {
        self.kept.made()?.weights.bias.clone()
    }

    /// How many numbers the variables hold; `None` before the layer is applied.
    pub fn count_params(&self) -> Option<usize> {
        self.kept.made()?.weights.count()
    }

    /// The variables, the kernel first, as `layer.variables` or `layer.weights` lists them; none
    /// before the layer is applied.
    #[doc(alias = "weights")]
    pub fn variables(&self) -> Vec<Variable<T>> {
        let weights = self.kept.made().map(|made| &made.weights);
        weights.map_or_else(Vec::new, Weights::variables)
    }

    /// Those of the [variables](ConvLayer::variables) that optimizers train, as
    /// `layer.trainable_weights` lists them: all of them, or none if the layer was made with
    /// [`trainable(false)`](Conv::trainable).
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
    /// As [`apply`](ConvLayer::apply).
    pub fn compute_output_shape(&self, inputs: impl IntoShape) -> Result<Shape> {
        let inputs = inputs.into_shape()?;
        let first = self.options.channels_first;
        channels(&inputs, K::NAME, K::AXES, first)?;
        let windows =
            self.options
                .moves
                .windows(K::AXES, self.filters.clone(), &self.kernel_size)?;
        let dims = match K::IS_TRANSPOSED {
            true => transposed_shape(&inputs, first, &windows)?,
            false => output_shape(&inputs, first, &windows)?,
        };
        Ok(dims.into())
    }
}

impl<T, K> fmt::Debug for ConvLayer<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConvLayer")
            .field("options", &self.options)
            .field("filters", &self.filters)
            .field("kernel_size", &self.kernel_size)
            .field("is_built", &self.kept.made().is_some())
            .finish()
    }
}
