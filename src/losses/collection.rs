//! The losses that a graph keeps under [`GraphKeys::LOSSES`].

use crate::graph::{AnyTensor, Graph, GraphKeys, Tensor};
use crate::ops::array::identity;
use crate::ops::math::add_n;
use crate::types::Numeric;

/// Adds a loss of the caller's own to those that [`get_losses`] gives, as `tf.losses.add_loss` does.
pub fn add_loss<T: Numeric>(loss: &Tensor<T>) {
    loss.graph()
        .add_to_collection(GraphKeys::LOSSES, loss.any());
}

/// All losses of `graph` in the order of making, as `tf.losses.get_losses` gives them.
pub fn get_losses(graph: &Graph) -> Vec<AnyTensor> {
    graph.get_collection(GraphKeys::LOSSES)
}

/// The sum of all losses of `graph` and of its regularizers, as `tf.losses.get_total_loss` computes it; those of another
/// type than `T` are left out.
///
/// # Errors
/// `InvalidArgument` if there are none.
#[track_caller]
pub fn get_total_loss<T: Numeric>(graph: &Graph) -> Tensor<T> {
    let regularization = get_regularization_losses(graph);
    let losses = get_losses(graph).into_iter().chain(regularization);
    let losses: Vec<Tensor<T>> = losses.filter_map(|loss| loss.typed().ok()).collect();
    sum(&losses, "total_loss")
}

/// What the regularizers of `graph` make of its variables, in the order of making, as `tf.losses.get_regularization_losses` gives
/// them; see [`Regularizer`](crate::Regularizer).
pub fn get_regularization_losses(graph: &Graph) -> Vec<AnyTensor> {
    graph.get_collection(GraphKeys::REGULARIZATION_LOSSES)
}

/// The sum of what the regularizers of `graph` make of its variables, as `tf.losses.get_regularization_loss` computes it: 0 if there
/// are none. Those of another type than `T` are left out.
///
/// ```
/// use tf1::{Graph, Session, VariableOptions, initializers, layers, losses};
///
/// let graph = Graph::new();
/// let options = VariableOptions::new().regularizer(layers::l2_regularizer(0.1));
/// let w = graph.get_variable_with::<f32>("w", [2], initializers::constant(2.0), options);
/// let penalty = losses::get_regularization_loss::<f32>(&graph); // 0.1 · (2² + 2²) / 2
/// let cost = tf1::reduce_sum(&w, ..) + &penalty;
/// let session = Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// assert_eq!(session.run((penalty.scalar(), cost.scalar()), [])?, (0.4, 4.4));
/// # Ok::<(), tf1::Error>(())
/// ```
#[track_caller]
pub fn get_regularization_loss<T: Numeric>(graph: &Graph) -> Tensor<T> {
    let losses = get_regularization_losses(graph).into_iter();
    let losses: Vec<Tensor<T>> = losses.filter_map(|loss| loss.typed().ok()).collect();
    match losses.is_empty() {
        true => graph.constant(T::ZERO),
        false => sum(&losses, "total_regularization_loss"),
    }
}

/// The sum of some losses, under a name of its own: of a single loss another node, not the loss itself by another name.
#[track_caller]
fn sum<T: Numeric>(losses: &[Tensor<T>], name: &str) -> Tensor<T> {
    match losses {
        [only] => identity(only).named(name),
        several => add_n(several).named(name),
    }
}
