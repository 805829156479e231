//! Regularizers: penalties on the sizes of weights.

use crate::graph::{AnyTensor, Tensor};
use crate::ops::math::{abs, add_n, multiply};
use crate::ops::nn::l2_loss;
use crate::ops::reduce::reduce_sum;
use crate::ops::support::named_as;
use crate::types::{Error, Float, with_class};
use crate::variables::Regularizer;

/// `scale · Σ |w|`, as `tf.contrib.layers.l1_regularizer`: many weights become 0.
///
/// A scale of 0 costs nothing and makes no nodes.
///
/// # Errors
/// A negative scale is a mistake of the graph where the regularizer is used.
pub fn l1_regularizer(scale: f64) -> L1L2Regularizer {
    L1L2Regularizer::new(Some(scale), None)
}

/// `scale · Σ w² / 2`, as `tf.contrib.layers.l2_regularizer`: no weight becomes large. The gradient
/// is `scale · w`.
///
/// Mind the factor: `tf.keras.regularizers.l2(λ)` is `λ · Σ w²`, which `l2_regularizer(2.0 * λ)`
/// gives.
///
/// ```
/// use tf1::{Graph, Session, VariableScope, initializers, layers, losses};
///
/// let graph = Graph::new();
/// let scope = VariableScope::new("layer").regularizer(layers::l2_regularizer(0.1));
/// graph.variable_scope(scope, || graph.get_variable::<f32>("w", [3], initializers::constant(2.0)));
/// let penalty = losses::get_regularization_loss(&graph);
/// let session = Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// assert_eq!(session.run(penalty.scalar(), [])?, 0.6); // 0.1 · (4 + 4 + 4) / 2
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// A scale of 0 costs nothing and makes no nodes.
///
/// # Errors
/// As [`l1_regularizer`].
pub fn l2_regularizer(scale: f64) -> L1L2Regularizer {
    L1L2Regularizer::new(None, Some(scale))
}

/// `scale_l1 · Σ |w| + scale_l2 · Σ w² / 2`, as `tf.contrib.layers.l1_l2_regularizer`; see
/// [`l1_regularizer`] and [`l2_regularizer`].
///
/// # Errors
/// As [`l1_regularizer`].
pub fn l1_l2_regularizer(scale_l1: f64, scale_l2: f64) -> L1L2Regularizer {
    L1L2Regularizer {
        name: Some("l1_l2_regularizer"),
        ..L1L2Regularizer::new(Some(scale_l1), Some(scale_l2))
    }
}

/// No penalty, as `tf.no_regularizer`: for a variable in a scope that has a regularizer.
pub fn no_regularizer() -> NoRegularizer {
    NoRegularizer
}

/// See [`l1_regularizer`], [`l2_regularizer`] and [`l1_l2_regularizer`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct L1L2Regularizer {
    l1: Option<f64>,
    l2: Option<f64>,
    /// What the scope around is called if that is not named after its only part.
    name: Option<&'static str>,
}

impl L1L2Regularizer {
    fn new(l1: Option<f64>, l2: Option<f64>) -> Self {
        let name = None;
        L1L2Regularizer { l1, l2, name }
    }

    #[track_caller]
    fn build<T: Float>(&self, weights: &Tensor<T>) -> Option<Tensor<T>> {
        let positive = |scale: &f64| *scale > 0.0;
        match (
            self.l1.filter(positive),
            self.l2.filter(positive),
            self.name,
        ) {
            (None, None, _) => None,
            (Some(scale), None, name) => Some(l1(weights, scale, name.unwrap_or(L1))),
            (None, Some(scale), name) => Some(l2(weights, scale, name.unwrap_or(L2))),
            (Some(scale_l1), Some(scale_l2), name) => {
                let graph = weights.graph();
                Some(graph.op_scope(name.unwrap_or("sum_regularizer"), |scope| {
                    let parts = [l1(weights, scale_l1, L1), l2(weights, scale_l2, L2)];
                    add_n(&parts).named(named_as(scope))
                }))
            }
        }
    }
}

const L1: &str = "l1_regularizer";
const L2: &str = "l2_regularizer";

impl Regularizer for L1L2Regularizer {
    fn penalty(&self, weights: &AnyTensor) -> Option<AnyTensor> {
        let graph = weights.graph();
        let valid = |scale: &f64| *scale >= 0.0;
        if let Some(scale) = [self.l1, self.l2].into_iter().flatten().find(|s| !valid(s)) {
            let message = format!("Setting a scale less than 0 on a regularizer: {scale}.");
            let error = Error::invalid_argument(message);
            return Some(graph.failed::<f32>("regularizer", error).any());
        }
        with_class!(floating, weights.dtype(), T => {
            self.build::<T>(&weights.assume()).map(|penalty| penalty.any())
        }, {
            let message = format!("only floats can be regularized, not {weights}");
            Some(graph.failed::<f32>("regularizer", Error::invalid_argument(message)).any())
        })
    }
}

#[track_caller]
fn l1<T: Float>(weights: &Tensor<T>, scale: f64, name: &str) -> Tensor<T> {
    scaled(weights, scale, name, |weights| reduce_sum(abs(weights), ..))
}

#[track_caller]
fn l2<T: Float>(weights: &Tensor<T>, scale: f64, name: &str) -> Tensor<T> {
    scaled(weights, scale, name, |weights| l2_loss(weights))
}

#[track_caller]
fn scaled<T: Float>(
    weights: &Tensor<T>,
    scale: f64,
    name: &str,
    measure: impl FnOnce(&Tensor<T>) -> Tensor<T>,
) -> Tensor<T> {
    let graph = weights.graph();
    graph.op_scope(name, |scope| {
        let scale = graph.constant(T::from_f64(scale)).named("scale");
        multiply(scale, measure(weights)).named(named_as(scope))
    })
}

/// See [`no_regularizer`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoRegularizer;

impl Regularizer for NoRegularizer {
    fn penalty(&self, _: &AnyTensor) -> Option<AnyTensor> {
        None
    }
}
