//! What layers with kernels and a bias have in common: their options, their variables, and what an
//! object keeps of its first call.

use std::cell::OnceCell;
use std::fmt;
use std::sync::Arc;

use super::activity::regularize_activity;
use super::scope::{Scope, reopen};
use super::weight::Weight;
use crate::graph::{Graph, IntoTensor, Tensor, graph_of};
use crate::initializers::zeros;
use crate::types::{Element, Float, Result};
use crate::variables::{Regularizer, Variable, VariableScope};

pub(super) type Activation<T> = dyn Fn(Tensor<T>) -> Tensor<T>;

/// The options that all such layers have; kernels have options of their own.
#[derive(Clone)]
pub(super) struct Common<T> {
    pub(super) activation: Option<Arc<Activation<T>>>,
    pub(super) bias: Weight<T>,
    pub(super) activity_regularizer: Option<Arc<dyn Regularizer>>,
    pub(super) use_bias: bool,
    pub(super) trainable: bool,
    pub(super) scope: Scope,
}

impl<T: Float> Common<T> {
    pub(super) fn new() -> Self {
        Common {
            activation: None,
            bias: Weight::new(zeros()),
            activity_regularizer: None,
            use_bias: true,
            trainable: true,
            scope: Scope::default(),
        }
    }

    /// The kernels, of these names and shapes, and the bias, in the open scope.
    #[track_caller]
    pub(super) fn weights<const N: usize>(
        &self,
        graph: &Graph,
        kernels: [(&str, &Weight<T>, Vec<usize>); N],
        outputs: usize,
    ) -> Weights<T, N> {
        let variable = |weight: &Weight<T>, name: &str, shape: &[usize]| {
            weight.variable(graph, name, shape, self.trainable)
        };
        Weights {
            kernels: kernels.map(|(name, weight, shape)| variable(weight, name, &shape)),
            bias: self
                .use_bias
                .then(|| variable(&self.bias, "bias", &[outputs])),
        }
    }

    /// What the layer gives for these sums: what its activation makes of them, which its
    /// regularizer looks at.
    #[track_caller]
    pub(super) fn activated(&self, sums: Tensor<T>) -> Tensor<T> {
        let outputs = match &self.activation {
            Some(activation) => activation(sums),
            None => sums,
        };
        regularize_activity(&outputs, self.activity_regularizer.as_deref());
        outputs
    }
}

impl<T> fmt::Debug for Common<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Common")
            .field("bias", &self.bias)
            .field("activity_regularizer", &self.activity_regularizer)
            .field("use_bias", &self.use_bias)
            .field("trainable", &self.trainable)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// The methods for the options that a type has in its field `common`.
macro_rules! common_options {
    () => {
        /// What the result goes through, such as [`nn::relu`](crate::nn::relu) or a closure.
        pub fn activation(mut self, activation: impl Fn(Tensor<T>) -> Tensor<T> + 'static) -> Self {
            self.common.activation = Some(std::sync::Arc::new(activation));
            self
        }

        /// Whether there is a bias. It is of no use before a normalization, which takes it away
        /// again.
        pub fn use_bias(mut self, use_bias: bool) -> Self {
            self.common.use_bias = use_bias;
            self
        }

        /// A penalty on the results, after the activation: what `regularizer` makes of them,
        /// divided by the number of examples (the length of the first axis), is added to the
        /// collection [`REGULARIZATION_LOSSES`](crate::GraphKeys::REGULARIZATION_LOSSES).
        pub fn activity_regularizer(
            mut self,
            regularizer: impl $crate::variables::Regularizer,
        ) -> Self {
            self.common.activity_regularizer = Some(std::sync::Arc::new(regularizer));
            self
        }

        /// Whether optimizers train the variables if they are not told what to train.
        pub fn trainable(mut self, trainable: bool) -> Self {
            self.common.trainable = trainable;
            self
        }

        /// The layer's name; another layer of that name must share its variables.
        pub fn name(mut self, name: impl AsRef<str>) -> Self {
            self.common.scope.name = Some(name.as_ref().to_string());
            self
        }

        /// Whether the variables may or must be those of another layer of that name.
        pub fn reuse(mut self, reuse: impl Into<$crate::variables::Reuse>) -> Self {
            self.common.scope.reuse = reuse.into();
            self
        }
    };
}
pub(super) use common_options;

/// The methods for the options of one variable, a [`Weight`] in a field.
macro_rules! weight_options {
    ($what:literal $($field:ident).+: $initializer:ident $regularizer:ident $constraint:ident) => {
        #[doc = concat!("The initial value of the ", $what, ".")]
        pub fn $initializer(
            mut self,
            initializer: impl $crate::variables::Initializer<T> + 'static,
        ) -> Self {
            self.$($field).+.initializer = std::sync::Arc::new(initializer);
            self
        }

        #[doc = concat!("A penalty on the values of the ", $what, ".")]
        pub fn $regularizer(mut self, regularizer: impl $crate::variables::Regularizer) -> Self {
            self.$($field).+.regularizer = Some(std::sync::Arc::new(regularizer));
            self
        }

        #[doc = concat!("Has optimizers apply `constrain` to the ", $what, " after each of their steps; see")]
        /// [`VariableOptions::constraint`](crate::VariableOptions::constraint).
        pub fn $constraint(
            mut self,
            constrain: impl Fn(Tensor<T>) -> Tensor<T> + Send + Sync + 'static,
        ) -> Self {
            self.$($field).+.constraint = Some($crate::variables::Constraint::new(constrain));
            self
        }
    };
}
pub(super) use weight_options;

/// A layer's variables.
#[derive(Clone)]
pub(super) struct Weights<T, const N: usize = 1> {
    pub(super) kernels: [Variable<T>; N],
    pub(super) bias: Option<Variable<T>>,
}

impl<T: Element, const N: usize> Weights<T, N> {
    /// The variables, the kernels first.
    pub(super) fn variables(&self) -> Vec<Variable<T>> {
        self.kernels.iter().chain(&self.bias).cloned().collect()
    }

    /// How many numbers the variables hold.
    pub(super) fn count(&self) -> Option<usize> {
        let sizes = self.kernels.iter().chain(&self.bias);
        sizes.map(|variable| variable.shape().size()).sum()
    }
}

/// What an object that is a layer keeps of its first call, for those that follow: the scope, and
/// what it made, such as variables.
pub(super) struct Kept<W>(OnceCell<First<W>>);

struct First<W> {
    graph: Graph,
    scope: VariableScope,
    made: W,
}

impl<W> Kept<W> {
    /// Of a layer that has not been called.
    pub(super) fn nothing() -> Self {
        Kept(OnceCell::new())
    }

    /// What the first call made.
    pub(super) fn made(&self) -> Option<&W> {
        Some(&self.0.get()?.made)
    }

    /// Calls the layer with what its first call made, if there was one. `build` also gives what it
    /// made itself, unless it was given a mistake.
    #[track_caller]
    pub(super) fn call<T: Element>(
        &self,
        scope: &Scope,
        kind: &'static str,
        inputs: impl IntoTensor<T>,
        build: impl FnOnce(&Graph, &Tensor<T>, Option<&W>) -> Result<(Tensor<T>, Option<W>)>,
    ) -> Tensor<T> {
        let Some(first) = self.0.get() else {
            let graph = graph_of(&[inputs.graph()]);
            return scope.open_object(&graph, kind, || {
                let scope = graph.get_variable_scope();
                let x = inputs.into_tensor(&graph, "inputs");
                match build(&graph, &x, None) {
                    Ok((outputs, made)) => {
                        if let Some(made) = made {
                            let graph = graph.clone();
                            // An activation that called the layer itself has set it by now.
                            let _ = self.0.set(First { graph, scope, made });
                        }
                        outputs
                    }
                    Err(error) => graph.failed(kind, error),
                }
            });
        };
        let graph = graph_of(&[inputs.graph(), Some(first.graph.clone())]);
        reopen(&graph, &first.scope, || {
            let x = inputs.into_tensor(&graph, "inputs");
            match build(&graph, &x, Some(&first.made)) {
                Ok((outputs, _)) => outputs,
                Err(error) => graph.failed(kind, error),
            }
        })
    }
}
