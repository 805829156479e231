//! The losses that a graph keeps under [`GraphKeys::LOSSES`].

use crate::graph::{AnyTensor, Graph, GraphKeys, Tensor};
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
    let regularization = graph.get_collection(GraphKeys::REGULARIZATION_LOSSES);
    let losses = get_losses(graph).into_iter().chain(regularization);
    let losses: Vec<Tensor<T>> = losses.filter_map(|loss| loss.typed().ok()).collect();
    add_n(&losses).named("total_loss")
}
