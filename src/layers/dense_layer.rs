//! [`DenseLayer`]: a fully connected layer that keeps its variables.

use std::fmt;

use super::dense::{Dense, KIND, last_length};
use super::weighted::{Kept, Weights};
use crate::graph::{IntoTensor, Tensor};
use crate::kernels::MatMulElement;
use crate::types::{Float, IntoShape, Result, Shape, WholeNumber};
use crate::variables::Variable;

/// A fully connected layer that can be applied to several inputs, as an object of the class
/// `tf.layers.Dense`: the first call of [`apply`](DenseLayer::apply) makes its variables, and
/// further ones use them again.
///
/// ```
/// use tf1::{layers, nn};
///
/// let graph = tf1::Graph::new();
/// let left = graph.placeholder::<f32>("left", tf1::shape![?, 4]);
/// let right = graph.placeholder::<f32>("right", tf1::shape![?, 4]);
/// let layer = layers::Dense::new().activation(nn::relu).layer(3);
/// let (a, b) = (layer.apply(&left), layer.apply(&right));
/// assert_eq!([a.name(), b.name()], ["dense/Relu:0", "dense/Relu_1:0"]);
/// assert_eq!(layer.kernel().map(|kernel| kernel.name()).as_deref(), Some("dense/kernel:0"));
/// assert_eq!(graph.trainable_variables().len(), 2);
/// ```
pub struct DenseLayer<T> {
    options: Dense<T>,
    units: Result<usize>,
    kept: Kept<Weights<T>>,
}

impl<T: Float> Dense<T> {
    /// A layer of `units` units with these options, as `tf.layers.Dense(units, ...)` makes it.
    /// Nodes and variables are made when it is applied for the first time.
    ///
    /// Two layers share no variables, even if both are given the same name: the second is then
    /// `name_1`.
    pub fn layer(self, units: impl WholeNumber) -> DenseLayer<T> {
        DenseLayer {
            options: self,
            units: units.to_count("units"),
            kept: Kept::nothing(),
        }
    }
}

impl<T: Float + MatMulElement> DenseLayer<T> {
    /// The layer's results for `inputs`, as `layer(inputs)` or `layer.apply(inputs)` gives them in
    /// Python; see [`dense`](super::dense()).
    ///
    /// # Errors
    /// As [`dense`](super::dense()); from the second call on also if the last axis is not as long
    /// as in the first.
    #[track_caller]
    pub fn apply(&self, inputs: impl IntoTensor<T>) -> Tensor<T> {
        let scope = &self.options.common.scope;
        self.kept.call(scope, KIND, inputs, |graph, x, known| {
            self.options.build(graph, x, self.units.clone(), known)
        })
    }
}

impl<T: Float> DenseLayer<T> {
    /// The weights, [inputs, units]; `None` before the layer is applied.
    pub fn kernel(&self) -> Option<Variable<T>> {
        Some(self.kept.made()?.kernels[0].clone())
    }

    /// What is added; `None` before the layer is applied, and of a layer without a bias.
    pub fn bias(&self) -> Option<Variable<T>> {
        self.kept.made()?.bias.clone()
    }

    /// How many numbers the variables hold; `None` before the layer is applied.
    pub fn count_params(&self) -> Option<usize> {
        self.kept.made()?.count()
    }

    /// The shape of the results for inputs of this shape.
    ///
    /// # Errors
    /// As [`apply`](DenseLayer::apply).
    pub fn compute_output_shape(&self, inputs: impl IntoShape) -> Result<Shape> {
        let inputs = inputs.into_shape()?;
        let (rank, _) = last_length(&inputs)?;
        let outer = inputs.dims().unwrap_or_default().iter().take(rank - 1);
        let units = Some(self.units.clone()?);
        Ok(outer.copied().chain([units]).collect::<Vec<_>>().into())
    }

    /// The variables, the kernel first, as `layer.variables` or `layer.weights` lists them; none
    /// before the layer is applied.
    #[doc(alias = "weights")]
    pub fn variables(&self) -> Vec<Variable<T>> {
        self.kept.made().map_or_else(Vec::new, Weights::variables)
    }

    /// Those of the [variables](DenseLayer::variables) that optimizers train, as
    /// `layer.trainable_weights` lists them: all of them, or none if the layer was made with
    /// [`trainable(false)`](Dense::trainable).
    #[doc(alias = "trainable_weights")]
    pub fn trainable_variables(&self) -> Vec<Variable<T>> {
        match self.options.common.trainable {
            true => self.variables(),
            false => Vec::new(),
        }
    }
}

impl<T> fmt::Debug for DenseLayer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DenseLayer")
            .field("options", &self.options)
            .field("units", &self.units)
            .field("is_built", &self.kept.made().is_some())
            .finish()
    }
}
