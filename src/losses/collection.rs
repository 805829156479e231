//! The losses that a graph keeps under [`GraphKeys::LOSSES`].

use crate::graph::{AnyTensor, Graph, GraphKeys, Tensor};
use crate::ops::array::identity;
use crate::ops::math::add_n;
use crate::types::{ElementType, Error, Numeric, float32};

/// Adds a loss of the caller's own to those that [`get_losses`] gives, as `tf.losses.add_loss` does.
pub fn add_loss<T: Numeric>(loss: &Tensor<T>) {
    loss.graph()
        .add_to_collection(GraphKeys::LOSSES, loss.any());
}

/// All losses of `graph` in the order of making, as `tf.losses.get_losses` gives them.
pub fn get_losses(graph: &Graph) -> Vec<AnyTensor> {
    graph.get_collection(GraphKeys::LOSSES)
}

/// The sum of all losses of `graph` and of what its regularizers make of its variables, as `tf.losses.get_total_loss` computes it. All
/// of them must be of type `f32`; for `f64` see [`get_total_loss_as`].
///
/// # Errors
/// `InvalidArgument` if there are none, or one of another type.
#[track_caller]
pub fn get_total_loss(graph: &Graph) -> Tensor {
    get_total_loss_as(graph, float32)
}

/// As [`get_total_loss`], of losses of type `dtype`: `get_total_loss_as(&graph, tf::float64)`.
///
/// # Errors
/// As [`get_total_loss`].
#[track_caller]
pub fn get_total_loss_as<T: Numeric>(graph: &Graph, dtype: ElementType<T>) -> Tensor<T> {
    let mut losses = get_losses(graph);
    losses.extend(get_regularization_losses(graph));
    if losses.is_empty() {
        let error = Error::invalid_argument("the graph has no losses to add up");
        let help =
            "the functions of losses add what they compute; add_loss adds a loss of your own";
        return graph.failed("total_loss", error.with_help(help));
    }
    sum(graph, &losses, "total_loss", dtype)
}

/// What the regularizers of `graph` make of its variables, in the order of making, as `tf.losses.get_regularization_losses` gives
/// them; see [`Regularizer`](crate::Regularizer).
pub fn get_regularization_losses(graph: &Graph) -> Vec<AnyTensor> {
    graph.get_collection(GraphKeys::REGULARIZATION_LOSSES)
}

/// The sum of what the regularizers of `graph` make of its variables, as `tf.losses.get_regularization_loss` computes it: 0 if there
/// are none. All of it must be of type `f32`; for `f64` see [`get_regularization_loss_as`].
///
/// ```
/// use tf1::{Graph, Session, VariableOptions, initializers, layers, losses};
///
/// let graph = Graph::new();
/// let options = VariableOptions::new().regularizer(layers::l2_regularizer(0.1));
/// let w = graph.get_variable_with::<f32>("w", [2], initializers::constant(2.0), options);
/// let penalty = losses::get_regularization_loss(&graph); // 0.1 · (2² + 2²) / 2
/// let cost = tf1::reduce_sum(&w, ..) + &penalty;
/// let session = Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// assert_eq!(session.run((penalty.scalar(), cost.scalar()), [])?, (0.4, 4.4));
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if something of it has another type.
#[track_caller]
pub fn get_regularization_loss(graph: &Graph) -> Tensor {
    get_regularization_loss_as(graph, float32)
}

/// As [`get_regularization_loss`], of variables of type `dtype`.
///
/// # Errors
/// As [`get_regularization_loss`].
#[track_caller]
pub fn get_regularization_loss_as<T: Numeric>(graph: &Graph, dtype: ElementType<T>) -> Tensor<T> {
    let losses = get_regularization_losses(graph);
    match losses.is_empty() {
        true => graph.constant(T::ZERO),
        false => sum(graph, &losses, "total_regularization_loss", dtype),
    }
}

/// The sum of some losses, under a name of its own: of a single loss another node, not the loss itself by another name.
#[track_caller]
fn sum<T: Numeric>(
    graph: &Graph,
    losses: &[AnyTensor],
    name: &'static str,
    dtype: ElementType<T>,
) -> Tensor<T> {
    let dtype = dtype.dtype();
    if let Some(other) = losses.iter().find(|loss| loss.dtype() != dtype) {
        let message = format!("{other} cannot be added to losses of type {dtype}");
        let help = format!(
            "ask for the sum as {other}, or cast the loss",
            other = other.dtype()
        );
        return graph.failed(name, Error::invalid_argument(message).with_help(help));
    }
    let losses: Vec<Tensor<T>> = losses.iter().map(AnyTensor::assume).collect();
    match losses.as_slice() {
        [only] => identity(only).named(name),
        several => add_n(several).named(name),
    }
}
