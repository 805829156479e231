//! [`Parts`]: what layers with weights have in common.

use std::fmt;
use std::sync::Arc;

use super::super::scope::Scope;
use super::super::weight::Weight;
use super::super::weighted::Common;
use super::scope::{ContribScope, Function, activated, take_name};
use crate::graph::{Graph, IntoTensor, Tensor, graph_of};
use crate::initializers::{xavier, zeros};
use crate::nn;
use crate::types::Float;

/// The options that all such layers have.
#[derive(Clone)]
pub(super) struct Parts<T> {
    pub(super) activation: Option<Arc<Function<T>>>,
    pub(super) normalizer: Option<Arc<Function<T>>>,
    pub(super) weights: Weight<T>,
    pub(super) biases: Weight<T>,
    pub(super) has_biases: bool,
    pub(super) common: ContribScope,
}

impl<T: Float> Parts<T> {
    pub(super) fn new() -> Self {
        Parts {
            activation: Some(Arc::new(nn::relu)),
            normalizer: None,
            weights: Weight::new(xavier()),
            biases: Weight::new(zeros()),
            has_biases: true,
            common: ContribScope::default(),
        }
    }

    /// The options of the layer of `tf.layers` that this one is made of, in the scope that is open.
    pub(super) fn of_layer(&self) -> Common<T> {
        Common {
            bias: self.biases.clone(),
            use_bias: self.has_biases && self.normalizer.is_none(),
            trainable: self.common.trainable,
            scope: Scope::open_one(),
            ..Common::new()
        }
    }

    /// The layer of this kind: what `build` makes of the inputs, normalized and activated.
    #[track_caller]
    pub(super) fn make(
        &self,
        kind: &str,
        inputs: impl IntoTensor<T>,
        build: impl FnOnce(Tensor<T>) -> Tensor<T>,
    ) -> Tensor<T> {
        let graph: Graph = graph_of(&[inputs.graph()]);
        self.common.open(&graph, kind, || {
            take_name(&graph);
            let mut outputs = build(inputs.into_tensor(&graph, "inputs"));
            if let Some(normalizer) = &self.normalizer {
                outputs = normalizer(outputs);
            }
            activated(self.activation.as_ref(), outputs)
        })
    }
}

impl<T> fmt::Debug for Parts<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("weights", &self.weights)
            .field("biases", &self.biases)
            .field("has_biases", &self.has_biases)
            .field("common", &self.common)
            .finish_non_exhaustive()
    }
}

/// The methods for the options that a type has in its field `parts`.
macro_rules! parts_options {
    () => {
        $crate::layers::contrib::scope::activation_options!(parts.activation);
        $crate::layers::contrib::scope::contrib_options!(parts.common);
        $crate::layers::contrib::scope::parameter_options!("weights" parts.weights: weights_initializer weights_regularizer);
        $crate::layers::contrib::scope::parameter_options!("biases" parts.biases: biases_initializer biases_regularizer);

        /// What is applied in place of biases, before the activation, such as
        /// `|x| batch_norm_with(x, BatchNorm::new().decay(0.9))`.
        pub fn normalizer_fn(
            mut self,
            normalizer: impl Fn(Tensor<T>) -> Tensor<T> + 'static,
        ) -> Self {
            self.parts.normalizer = Some(std::sync::Arc::new(normalizer));
            self
        }

        /// Leaves out the biases (`biases_initializer=None`).
        pub fn no_biases(mut self) -> Self {
            self.parts.has_biases = false;
            self
        }
    };
}
pub(super) use parts_options;
