//! [`optimize_loss`]: a training step in one call. Its public place is `tf1::contrib::layers`.

mod adaptive_clipping;
mod into_optimizer;
mod options;
mod summaries;

pub use adaptive_clipping::{AdaptiveClipping, adaptive_clipping_fn};
pub use into_optimizer::{ByInstance, ByName, ByRate, IntoOptimizer};
pub use options::{GlobalStep, LearningRate, MultipliedVariable, OptimizeLoss};
#[cfg(feature = "summary")]
pub use summaries::OptimizerSummary;

use options::{Clip, DecayFunction};

use super::global_step::{expect_counter, find};
use super::hyper_parameter::HyperParameter;
use super::optimizer::{GradientAndVariable, Optimizer, expect_some};
use super::options::{ApplyGradients, ComputeGradients};
use super::update_ops;
use crate::graph::{Gradient, Graph, IntoTensor, Tensor, graph_of};
use crate::initializers::constant;
use crate::ops::control::with_dependencies;
use crate::ops::math::{cast_constant, cast_to, clip_by_global_norm_with};
use crate::types::{DType, ElementType, Error, Float, Number, Result, with_class};
use crate::variables::{AnyVariable, VariableOptions, VariableScope};

/// Adds a training step that makes `loss` small, as `tf.contrib.layers.optimize_loss` does; the
/// result is the loss, computed with the step: to run it is to train.
///
/// ```
/// use tf1::{self as tf, contrib::layers};
///
/// let graph = tf::Graph::new();
/// let w = graph.get_variable::<f32>("w", [2], tf::initializers::ones());
/// let loss = tf::reduce_sum(tf::square(&w), ..);
/// let step = tf::train::get_or_create_global_step(&graph);
/// let train = layers::optimize_loss(&loss, &step, 0.25, "SGD");
/// assert_eq!(train.name(), "OptimizeLoss/control_dependency:0");
///
/// let session = tf::Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// assert_eq!(session.run(train.scalar(), [])?, 2.0);
/// assert_eq!(session.run(&w, [])?, ndarray::arr1(&[0.5, 0.5]).into_dyn()); // 1 - 0.25 · 2 · 1
/// assert_eq!(session.run(step.value().scalar(), [])?, 1);
/// # Ok::<(), tf::Error>(())
/// ```
///
/// - `global_step` is the variable that counts the steps. `None` is that of the graph, as
///   [`get_global_step`](crate::train::get_global_step) finds it; if there is none, no steps are
///   counted.
/// - `learning_rate` is a number, for which the variable `OptimizeLoss/learning_rate` is made, or a
///   scalar tensor; or `None` if the optimizer has one.
/// - `optimizer` is one of [`train`](crate::train), a function that makes one of the learning rate
///   (`|rate| MomentumOptimizer::new(rate, 0.5)`, or `AdamOptimizer::new`), or one of the names
///   `"Adagrad"`, `"Adam"`, `"Ftrl"`, `"Momentum"` (of 0.9), `"RMSProp"` and `"SGD"`.
///
/// The operations in the collection [`UPDATE_OPS`](crate::GraphKeys::UPDATE_OPS) run with the loss,
/// but for those that need a placeholder that the loss does not need.
///
/// With the feature `summary` the loss, the learning rate if it decays, and the norm of all
/// gradients are shown in TensorBoard, as in TensorFlow; without it these nodes are not made.
///
/// # Errors
/// `InvalidArgument` if `loss` is not a scalar, `global_step` is not an integer or not a scalar,
/// `learning_rate` is negative, not a scalar, or missing where the optimizer needs it, the name is
/// not that of an optimizer, there are no variables to train, or the loss depends smoothly on none
/// of them.
///
/// # Options
/// `gradient_noise_scale`, `gradient_multipliers`, `clip_gradients`, `learning_rate_decay_fn`,
/// `update_ops`, `variables`, `name`, `summaries`, `increment_global_step`: see
/// [`optimize_loss_with`]. `colocate_gradients_with_ops` would change nothing here.
#[track_caller]
pub fn optimize_loss<T: Float, Kind>(
    loss: impl IntoTensor<T>,
    global_step: impl Into<GlobalStep>,
    learning_rate: impl Into<LearningRate>,
    optimizer: impl IntoOptimizer<Kind>,
) -> Tensor<T> {
    let options = OptimizeLoss::new();
    optimize_loss_with(loss, global_step, learning_rate, optimizer, options)
}

/// As [`optimize_loss`], with options.
///
/// ```
/// use tf1::contrib::layers::{self, OptimizeLoss};
/// use tf1::train::{self, MomentumOptimizer};
///
/// let graph = tf1::Graph::new();
/// let w = graph.variable(4.0f32);
/// let step = train::get_or_create_global_step(&graph);
/// let options = OptimizeLoss::new()
///     .clip_gradients(2.0)
///     .learning_rate_decay_fn(|rate, step| train::exponential_decay(rate, step, 1, 0.5));
/// let optimizer = |rate| MomentumOptimizer::new(rate, 0.0);
/// let train = layers::optimize_loss_with(tf1::square(&w), &step, 0.5, optimizer, options);
/// let session = tf1::Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// session.run(&train, [])?;
/// assert_eq!(session.run(w.scalar(), [])?, 3.0); // 4 - 0.5 · 2, as the gradient is clipped
/// session.run(&train, [])?;
/// assert_eq!(session.run(w.scalar(), [])?, 2.5); // 3 - 0.25 · 2
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// As [`optimize_loss`]; also if a learning rate is to decay and nothing counts steps, gradients
/// with noise are not of type `f32` or their shape is not known, or one that is clipped or
/// summarized differs in type from others.
#[track_caller]
pub fn optimize_loss_with<T: Float, Kind>(
    loss: impl IntoTensor<T>,
    global_step: impl Into<GlobalStep>,
    learning_rate: impl Into<LearningRate>,
    optimizer: impl IntoOptimizer<Kind>,
    options: impl Into<OptimizeLoss>,
) -> Tensor<T> {
    let options = options.into();
    let (step, rate) = (global_step.into(), learning_rate.into());
    let graph = graph_of(&[loss.graph()]);
    graph.op_call(|| {
        let loss = loss.into_tensor(&graph, "loss");
        if loss.is_failed() {
            return loss;
        }
        let scope = match &options.name {
            Some(name) => VariableScope::new(name),
            None => VariableScope::unique(NAME),
        };
        let checked = expect_scalar(&loss, "loss").and_then(|()| counter(&graph, &step));
        let made = checked.and_then(|step| {
            graph.variable_scope(scope, || {
                options.build(&graph, &loss, step, &rate, optimizer)
            })
        });
        made.unwrap_or_else(|error| graph.failed(NAME, error))
    })
}

const NAME: &str = "OptimizeLoss";

impl OptimizeLoss {
    #[track_caller]
    fn build<T: Float, Kind>(
        &self,
        graph: &Graph,
        loss: &Tensor<T>,
        step: Option<AnyVariable>,
        rate: &LearningRate,
        optimizer: impl IntoOptimizer<Kind>,
    ) -> Result<Tensor<T>> {
        let root = Gradient::from(loss.any());
        let updates = update_ops::awaited(graph, [&root].into_iter(), &self.update_ops);
        let loss = match updates.is_empty() {
            true => loss.clone(),
            false => with_dependencies(&updates, &loss.any()).assume(),
        };
        let mut rate = rate.tensor(graph)?;
        if let (Some(before), Some(decay)) = (&rate, &self.decay) {
            let decayed = decayed(before, step.as_ref(), decay.as_ref())?;
            self.summaries.learning_rate(&decayed);
            rate = Some(decayed);
        }
        let optimizer = optimizer.into_optimizer(rate)?;

        let mut compute = ComputeGradients::new();
        compute.var_list.clone_from(&self.variables);
        let mut pairs = optimizer.differentiate(&loss.any(), &compute)?;
        expect_some(&pairs, &loss.any())?;
        if let Some(scale) = self.gradient_noise_scale {
            replace(&mut pairs, |gradient, _| noisy(graph, gradient, scale))?;
        }
        if !self.gradient_multipliers.is_empty() {
            replace(&mut pairs, |gradient, variable| {
                self.multiplied(gradient, variable)
            })?;
        }
        self.summaries.norm("gradient_norm", &pairs)?;
        match &self.clip {
            Clip::Not => {}
            Clip::Norm(norm) => pairs = clipped(pairs, *norm)?,
            Clip::By(clip) => pairs = clip(pairs),
        }
        self.summaries.loss(&loss);
        self.summaries.gradients(&pairs)?;
        if !matches!(self.clip, Clip::Not) {
            self.summaries.norm("clipped_gradient_norm", &pairs)?;
        }

        let mut apply = ApplyGradients::new().without_update_ops().name("train");
        apply.global_step = step.filter(|_| self.increment_global_step);
        let train = optimizer.apply_gradients_with(pairs, apply);
        Ok(with_dependencies([&train], &loss.any()).assume())
    }

    /// The gradient, times what is said of its variable.
    #[track_caller]
    fn multiplied(&self, gradient: Gradient, variable: &AnyVariable) -> Result<Gradient> {
        let named = self.gradient_multipliers.iter();
        let Some((_, multiplier)) = { named }.find(|(key, _)| key.is(variable)) else {
            return Ok(gradient);
        };
        let graph = variable.graph();
        match gradient {
            Gradient::Dense(tensor) => with_class!(floating, tensor.dtype(), T => {
                let multiplier = cast_constant::<f32, T>(graph, *multiplier as f32);
                Ok(Gradient::Dense((tensor.typed::<T>()? * multiplier).any()))
            }, Err(not_floating(variable))),
            Gradient::Sparse(mut rows) => with_class!(floating, rows.values.dtype(), T => {
                rows.values = (rows.values.typed::<T>()? * T::from_f64(*multiplier)).any();
                Ok(Gradient::Sparse(rows))
            }, Err(not_floating(variable))),
        }
    }
}

/// Puts what `change` makes of each gradient in its place.
#[track_caller]
fn replace(
    pairs: &mut [GradientAndVariable],
    change: impl Fn(Gradient, &AnyVariable) -> Result<Gradient>,
) -> Result<()> {
    for (gradient, variable) in pairs {
        if let Some(before) = gradient.take() {
            *gradient = Some(change(before, variable)?);
        }
    }
    Ok(())
}

/// The gradient with normal noise of this scale.
#[track_caller]
fn noisy(graph: &Graph, gradient: Gradient, scale: f64) -> Result<Gradient> {
    if gradient.dtype() != DType::Float32 {
        let dtype = gradient.dtype();
        let message = format!("gradient_noise_scale is for gradients of float32, not {dtype}");
        return Err(Error::invalid_argument(message));
    }
    let noise = match &gradient {
        Gradient::Dense(tensor) => {
            let shape = tensor.shape();
            let lengths = shape.to_known().ok_or_else(|| {
                let message = format!("Cannot make noise of a shape that is not known: {shape}");
                Error::invalid_argument(message).with_help("tell the shape by set_shape")
            })?;
            graph.truncated_normal::<f32>(&lengths)
        }
        Gradient::Sparse(rows) => with_class!(index, rows.dense_shape.dtype(),
            I => graph.truncated_normal::<f32>(rows.dense_shape.typed::<I>()?),
            return Err(Error::internal("a shape that does not consist of integers"))
        ),
    };
    let noise = noise * scale as f32;
    Ok(Gradient::Dense((gradient.dense::<f32>() + noise).any()))
}

/// All gradients, shortened together if their norm is larger than `norm`.
#[track_caller]
fn clipped(pairs: Vec<GradientAndVariable>, norm: f64) -> Result<Vec<GradientAndVariable>> {
    let (gradients, variables): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    let dtype = dtype_of(gradients.iter().flatten());
    let gradients = with_class!(floating, dtype, T => {
        clip_by_global_norm_with(gradients, T::from_f64(norm), ElementType::<T>::new()).0
    }, return Err(no_floats(dtype)));
    Ok(gradients.into_iter().zip(variables).collect())
}

/// The type of gradients, which is that of the first.
fn dtype_of<'g>(mut gradients: impl Iterator<Item = &'g Gradient>) -> DType {
    gradients.next().map_or(DType::Float32, Gradient::dtype)
}

/// The mistake of gradients that have no norm.
fn no_floats(dtype: DType) -> Error {
    let dtype = dtype.name();
    Error::invalid_argument(format!(
        "gradients of type {dtype} have no norm, as floats have"
    ))
}

fn not_floating(variable: &AnyVariable) -> Error {
    Error::invalid_argument(format!(
        "the gradient of {variable} does not consist of floats"
    ))
}

fn expect_scalar<T: Float>(tensor: &Tensor<T>, what: &str) -> Result<()> {
    let shape = tensor.shape();
    if shape.rank() == Some(0) {
        return Ok(());
    }
    let name = tensor.name();
    let message = format!("Expected scalar shape for {name}, saw shape: {shape}.");
    Err(Error::invalid_argument(message).with_help(format!("the {what} must be one number")))
}

/// The variable that counts steps, if there is one.
fn counter(graph: &Graph, step: &GlobalStep) -> Result<Option<AnyVariable>> {
    match &step.0 {
        None => find(graph),
        Some(step) => {
            expect_counter(step)?;
            Ok(Some(step.clone()))
        }
    }
}

impl LearningRate {
    /// The rate as a tensor, for which a number becomes a variable.
    #[track_caller]
    fn tensor(&self, graph: &Graph) -> Result<Option<Tensor<f32>>> {
        match &self.0 {
            None => Ok(None),
            Some(HyperParameter::Tensor(rate)) => {
                expect_scalar(rate, "learning rate")?;
                Ok(Some(rate.clone()))
            }
            Some(HyperParameter::Number(rate)) => {
                if *rate < 0.0 {
                    let message = format!("Invalid learning_rate {rate}.");
                    return Err(Error::invalid_argument(message));
                }
                let options = VariableOptions::new().trainable(false);
                let rate = constant(*rate);
                let variable = graph.get_variable_with("learning_rate", [], rate, options);
                Ok(Some(variable.value()))
            }
        }
    }
}

/// What `decay` makes of the learning rate in a step.
#[track_caller]
fn decayed(
    rate: &Tensor<f32>,
    step: Option<&AnyVariable>,
    decay: &DecayFunction,
) -> Result<Tensor<f32>> {
    let step = step.ok_or_else(|| {
        Error::invalid_argument("global_step is required for learning_rate_decay_fn.")
            .with_help("make one by train::get_or_create_global_step")
    })?;
    let count = with_class!(integer, step.dtype(), I => {
        cast_to::<I, i64>(step.typed::<I>()?.value())
    }, return Err(Error::internal("a step that is not an integer")));
    Ok(decay(rate.clone(), count))
}
