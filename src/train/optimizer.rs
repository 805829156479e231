//! [`Optimizer`]: what all optimizers can do.

use super::options::{ApplyGradients, ComputeGradients, Minimize};
use super::update_ops;
use crate::gradients::explain_missing;
use crate::graph::{
    AnyTensor, Gradient, Graph, GraphKeys, IndexedSlices, Operation, Tensor, TensorHandle,
};
use crate::types::{Element, Error, Result};
use crate::variables::AnyVariable;

/// The gradient with respect to a variable, if there is one, and the variable.
pub type GradientAndVariable = (Option<Gradient>, AnyVariable);

/// Adds the ops that change variables so as to make a loss small.
///
/// [`minimize`](Optimizer::minimize) does all; to work on the gradients, compute and apply them in
/// two steps:
///
/// ```
/// use tf1 as tf;
/// use tf1::train::Optimizer;
///
/// let graph = tf::Graph::new();
/// let w = graph.variable([4.0f32, -2.0]);
/// let loss = tf::reduce_sum(tf::square(&w), ..);
/// let optimizer = tf::train::GradientDescentOptimizer::new(0.5);
/// let clip = |(gradient, variable): tf::train::GradientAndVariable| {
///     let clipped = gradient.map(|gradient| tf::clip_by_value(gradient.dense::<f32>(), -5.0, 5.0));
///     (clipped, variable)
/// };
/// let train = optimizer.apply_gradients(optimizer.compute_gradients(&loss).into_iter().map(clip));
/// let session = tf::Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// session.run(&train, [])?;
/// assert_eq!(session.run(&w, [])?, ndarray::arr1(&[1.5, 0.0]).into_dyn());
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Update ops
/// A layer such as [`batch_normalization`](crate::layers::batch_normalization) keeps moving
/// averages by operations in the collection [`UPDATE_OPS`](crate::GraphKeys::UPDATE_OPS), which
/// have to run with every training step. In TensorFlow one has to remember that; here
/// [`minimize`](Optimizer::minimize) and [`apply_gradients`](Optimizer::apply_gradients) see to it.
/// They make the nodes that TensorFlow makes of
///
/// ```text
/// gradients = optimizer.compute_gradients(loss)
/// with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
///     train = optimizer.apply_gradients(gradients)
/// ```
///
/// except those update ops that need a placeholder that the gradients do not need, such as another
/// model's in the same graph, and those that a block of
/// [`control_dependencies`](Graph::control_dependencies) around the call names already. The options
/// [`update_ops`](Minimize::update_ops) and [`without_update_ops`](Minimize::without_update_ops)
/// change this.
///
/// The optimizers of this crate are [`RuleOptimizer`](super::RuleOptimizer)s, each with its rule.
/// Implement the trait itself for an optimizer that does something with all gradients before
/// another applies them; `&dyn Optimizer` and `Box<dyn Optimizer>` are optimizers, too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an optimizer",
    label = "not an optimizer",
    note = "write one of `tf::train`, such as `tf::train::AdamOptimizer::new(1e-3)`"
)]
pub trait Optimizer {
    /// The name of operations and scopes unless another is given.
    #[doc(alias = "get_name")]
    fn name(&self) -> &str;

    /// Adds the ops that compute the gradients of `loss`; what
    /// [`compute_gradients`](Optimizer::compute_gradients) does.
    ///
    /// # Errors
    /// Becomes a mistake of the graph.
    fn differentiate(
        &self,
        loss: &AnyTensor,
        options: &ComputeGradients,
    ) -> Result<Vec<GradientAndVariable>>;

    /// Adds the ops that change variables; what [`apply_gradients`](Optimizer::apply_gradients)
    /// does.
    ///
    /// # Errors
    /// Becomes a mistake of the graph, at a node in place of the operation.
    fn update(
        &self,
        gradients: &[GradientAndVariable],
        options: &ApplyGradients,
    ) -> Result<Operation>;

    /// An operation that changes all [trainable variables](Graph::trainable_variables) by one step
    /// towards a small `loss`.
    ///
    /// If the loss has several elements, their sum counts.
    ///
    /// ```
    /// use tf1 as tf;
    /// use tf1::train::Optimizer;
    ///
    /// let graph = tf::Graph::new();
    /// let w = graph.variable(5.0_f32);
    /// let loss = tf::square(&w - 1.0);
    /// let step = tf::train::GradientDescentOptimizer::new(0.25).minimize(&loss);
    /// let init = graph.global_variables_initializer();
    ///
    /// let session = tf::Session::new(&graph)?;
    /// session.run(&init, [])?;
    /// session.run(&step, [])?;
    /// assert_eq!(session.run(w.scalar(), [])?, 3.0); // 5 - 0.25 · 2 · (5 - 1)
    /// # Ok::<(), tf::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if there are no variables to train, the loss depends smoothly on none of
    /// them, or it is not of floating type.
    #[track_caller]
    fn minimize(&self, loss: impl TensorHandle) -> Operation
    where
        Self: Sized,
    {
        self.minimize_with(loss, Minimize::new())
    }

    /// As [`minimize`](Optimizer::minimize), with options, such as the variable that counts steps,
    /// `minimize_with(&loss, &step)`, or the variables to change, `minimize_with(&loss, [&w, &b])`.
    /// A variable that is not an integer counts steps only if it is given by
    /// [`Minimize::global_step`], so that `&w` is not taken for the counter where `[&w]` is meant.
    ///
    /// # Errors
    /// As [`minimize`](Optimizer::minimize); `InvalidArgument` if the variable that counts steps is
    /// not an integer.
    #[track_caller]
    fn minimize_with(&self, loss: impl TensorHandle, options: impl Into<Minimize>) -> Operation
    where
        Self: Sized,
    {
        let (loss, options) = (loss.any_tensor(), options.into());
        let graph = loss.graph();
        graph.op_call(|| {
            if loss.is_failed() {
                return loss.op();
            }
            let train = options
                .expect_counter()
                .and_then(|()| self.differentiate(&loss, &options.compute))
                .and_then(|gradients| {
                    expect_some(&gradients, &loss)?;
                    update(self, &gradients, &options.apply)
                });
            operation(self, graph, train, &options.apply)
        })
    }

    /// The gradient of `loss` with respect to each [trainable
    /// variable](Graph::trainable_variables), with that variable; `None` where the loss does not
    /// depend on it smoothly.
    ///
    /// ```
    /// use tf1 as tf;
    /// use tf1::train::Optimizer;
    ///
    /// let graph = tf::Graph::new();
    /// let w = graph.variable(5.0_f32);
    /// let loss = tf::square(&w - 1.0);
    /// let optimizer = tf::train::GradientDescentOptimizer::new(0.5);
    /// let gradients = optimizer.compute_gradients(&loss);
    /// let step = optimizer.apply_gradients(gradients);
    /// let init = graph.global_variables_initializer();
    ///
    /// let session = tf::Session::new(&graph)?;
    /// session.run(&init, [])?;
    /// session.run(&step, [])?;
    /// assert_eq!(session.run(w.scalar(), [])?, 1.0);
    /// # Ok::<(), tf::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`minimize`](Optimizer::minimize); the list is then empty.
    #[track_caller]
    fn compute_gradients(&self, loss: impl TensorHandle) -> Vec<GradientAndVariable>
    where
        Self: Sized,
    {
        self.compute_gradients_with(loss, ComputeGradients::new())
    }

    /// As [`compute_gradients`](Optimizer::compute_gradients), with options, such as the variables:
    /// `compute_gradients_with(&loss, [&w, &b])`.
    ///
    /// # Errors
    /// As [`compute_gradients`](Optimizer::compute_gradients).
    #[track_caller]
    fn compute_gradients_with(
        &self,
        loss: impl TensorHandle,
        options: impl Into<ComputeGradients>,
    ) -> Vec<GradientAndVariable>
    where
        Self: Sized,
    {
        let (loss, options) = (loss.any_tensor(), options.into());
        loss.graph().op_call(|| {
            self.differentiate(&loss, &options).unwrap_or_else(|error| {
                loss.graph().failed::<f32>("gradients", error);
                Vec::new()
            })
        })
    }

    /// An operation that changes each variable as the optimizer does, given its gradient.
    ///
    /// ```
    /// use tf1 as tf;
    /// use tf1::train::Optimizer;
    ///
    /// let graph = tf::Graph::new();
    /// let w = graph.variable(5.0_f32);
    /// let loss = tf::square(&w - 1.0);
    /// let slope = tf::clip_by_value(tf::gradients(&loss, &w), -1.0, 1.0);
    /// let step = tf::train::GradientDescentOptimizer::new(0.5).apply_gradients([(slope, &w)]);
    /// let init = graph.global_variables_initializer();
    ///
    /// let session = tf::Session::new(&graph)?;
    /// session.run(&init, [])?;
    /// session.run(&step, [])?;
    /// assert_eq!(session.run(w.scalar(), [])?, 4.5);
    /// # Ok::<(), tf::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if there are no variables, none has a gradient, or one is not of floating
    /// type. Without any variable there is no graph to build in, and no session can run the
    /// operation.
    #[track_caller]
    fn apply_gradients<G: IntoGradient, V: Into<AnyVariable>>(
        &self,
        gradients_and_variables: impl IntoIterator<Item = (G, V)>,
    ) -> Operation
    where
        Self: Sized,
    {
        self.apply_gradients_with(gradients_and_variables, ApplyGradients::new())
    }

    /// As [`apply_gradients`](Optimizer::apply_gradients), with options.
    ///
    /// # Errors
    /// As [`apply_gradients`](Optimizer::apply_gradients).
    #[track_caller]
    fn apply_gradients_with<G: IntoGradient, V: Into<AnyVariable>>(
        &self,
        gradients_and_variables: impl IntoIterator<Item = (G, V)>,
        options: impl Into<ApplyGradients>,
    ) -> Operation
    where
        Self: Sized,
    {
        let options = options.into();
        let pairs = gradients_and_variables.into_iter();
        let pairs: Vec<_> = pairs
            .map(|(gradient, variable)| (gradient.into_gradient(), variable.into()))
            .collect();
        let graph = pairs
            .first()
            .map_or_else(Graph::new, |(_, variable)| variable.graph().clone());
        graph.op_call(|| operation(self, &graph, update(self, &pairs, &options), &options))
    }
}

/// Makes an optimizer of a pointer to one.
macro_rules! pointer {
    ($pointer:ty) => {
        impl<O: Optimizer + ?Sized> Optimizer for $pointer {
            fn name(&self) -> &str {
                (**self).name()
            }

            fn differentiate(
                &self,
                loss: &AnyTensor,
                options: &ComputeGradients,
            ) -> Result<Vec<GradientAndVariable>> {
                (**self).differentiate(loss, options)
            }

            fn update(
                &self,
                gradients: &[GradientAndVariable],
                options: &ApplyGradients,
            ) -> Result<Operation> {
                (**self).update(gradients, options)
            }
        }
    };
}

pointer!(Box<O>);
pointer!(&O);

/// [`Optimizer::update`], after the update ops.
#[track_caller]
fn update(
    optimizer: &impl Optimizer,
    gradients: &[GradientAndVariable],
    options: &ApplyGradients,
) -> Result<Operation> {
    let Some((_, variable)) = gradients.first() else {
        return optimizer.update(gradients, options);
    };
    let graph = variable.graph();
    let present = gradients
        .iter()
        .filter_map(|(gradient, _)| gradient.as_ref());
    let tensors = present.clone().flat_map(Gradient::tensors);
    graph.expect_own(tensors, variable.memory())?;
    let awaited = update_ops::awaited(graph, present, &options.update_ops);
    graph.control_dependencies(&awaited, || optimizer.update(gradients, options))
}

/// The operation that was made, or one that stands for the mistake.
#[track_caller]
fn operation(
    optimizer: &impl Optimizer,
    graph: &Graph,
    made: Result<Operation>,
    options: &ApplyGradients,
) -> Operation {
    let name = options.name.as_deref().unwrap_or(optimizer.name());
    match made {
        Ok(operation) => {
            // An optimizer that is made of another gives the operation that is there already.
            if !graph.is_collected(GraphKeys::TRAIN_OP, &operation) {
                graph.add_operation_to_collection(GraphKeys::TRAIN_OP, &operation);
            }
            operation
        }
        Err(error) => graph.op_scope(name, |scope| scope.failed::<f32>("NoOp", error).op()),
    }
}

/// Fails unless one of the variables has a gradient.
pub(super) fn expect_some(gradients: &[GradientAndVariable], loss: &AnyTensor) -> Result<()> {
    if gradients.iter().any(|(gradient, _)| gradient.is_some()) {
        return Ok(());
    }
    let names: Vec<String> = gradients
        .iter()
        .map(|(_, variable)| variable.to_string())
        .collect();
    let error = Error::invalid_argument(format!(
        "No gradients provided for any variable, check your graph for ops that do not support gradients, between \
         variables {names:?} and loss {loss}."
    ));
    let variables = gradients
        .iter()
        .map(|(_, variable)| variable.memory().clone());
    Err(explain_missing(error, loss, &variables.collect::<Vec<_>>()))
}

/// What can stand for a gradient in [`Optimizer::apply_gradients`]: a tensor, rows of one, or
/// `None` for a variable that is to be left alone.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand for a gradient",
    label = "not a `Gradient`, a tensor or an `Option` of one",
    note = "give pairs of a gradient and its variable, as `compute_gradients` does: `[(gradient, &w)]`"
)]
pub trait IntoGradient {
    /// The gradient.
    fn into_gradient(self) -> Option<Gradient>;
}

impl IntoGradient for Gradient {
    fn into_gradient(self) -> Option<Gradient> {
        Some(self)
    }
}

impl IntoGradient for IndexedSlices {
    fn into_gradient(self) -> Option<Gradient> {
        Some(Gradient::Sparse(self))
    }
}

impl IntoGradient for AnyTensor {
    fn into_gradient(self) -> Option<Gradient> {
        Some(Gradient::Dense(self))
    }
}

impl<T: Element> IntoGradient for Tensor<T> {
    fn into_gradient(self) -> Option<Gradient> {
        Some(Gradient::Dense(self.any()))
    }
}

impl<G: IntoGradient + Clone> IntoGradient for &G {
    fn into_gradient(self) -> Option<Gradient> {
        self.clone().into_gradient()
    }
}

impl<G: IntoGradient> IntoGradient for Option<G> {
    fn into_gradient(self) -> Option<Gradient> {
        self.and_then(IntoGradient::into_gradient)
    }
}
