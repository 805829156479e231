//! [`GradientDescentOptimizer`].

use super::hyper_parameter::HyperParameter;
use super::rule::{Step, UpdateRule};
use super::rule_optimizer::RuleOptimizer;
use super::training_ops::apply_gradient_descent;
use crate::graph::{Graph, Operation, Tensor};
use crate::ops::math::cast_to;
use crate::ops::state::scatter_sub;
use crate::types::{Float, Integer};
use crate::variables::Variable;

/// Gradient descent, as `tf.train.GradientDescentOptimizer` does it: `variable -= learning_rate ·
/// gradient`.
///
/// ```
/// use tf1::train::{GradientDescentOptimizer, Optimizer};
///
/// let graph = tf1::Graph::new();
/// let v = graph.variable(1.0f32);
/// let train = GradientDescentOptimizer::new(0.25).minimize(tf1::square(&v));
/// let session = tf1::Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// session.run(&train, [])?;
/// assert_eq!(session.run(v.value().scalar(), [])?, 0.5);
/// # Ok::<(), tf1::Error>(())
/// ```
pub type GradientDescentOptimizer = RuleOptimizer<GradientDescent>;

/// The rule of [`GradientDescentOptimizer`].
#[derive(Clone, Debug)]
pub struct GradientDescent {
    learning_rate: HyperParameter,
}

impl RuleOptimizer<GradientDescent> {
    /// An optimizer called `GradientDescent`.
    pub fn new(learning_rate: impl Into<HyperParameter>) -> Self {
        RuleOptimizer::with_rule(
            "GradientDescent",
            GradientDescent {
                learning_rate: learning_rate.into(),
            },
        )
    }
}

impl UpdateRule for GradientDescent {
    type Terms = Tensor<f32>;

    fn terms(&self, graph: &Graph) -> Tensor<f32> {
        self.learning_rate.tensor(graph, "learning_rate")
    }

    fn apply_dense<T: Float>(
        &self,
        step: &Step<'_, Tensor<f32>>,
        variable: &Variable<T>,
        gradient: &Tensor<T>,
    ) -> Operation {
        apply_gradient_descent(variable, &cast_to(step.terms()), gradient).op()
    }

    fn apply_sparse_duplicates<T: Float, I: Integer>(
        &self,
        step: &Step<'_, Tensor<f32>>,
        variable: &Variable<T>,
        gradient: &Tensor<T>,
        indices: &Tensor<I>,
    ) -> Operation {
        scatter_sub(
            variable,
            indices,
            gradient * cast_to::<f32, T>(step.terms()),
        )
        .op()
    }
}
