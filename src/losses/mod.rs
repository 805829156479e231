//! Losses: what to minimize, as single numbers, with weights.
//!
//! Each function computes a loss for each element or sample, multiplies it with a weight, which is
//! 1 unless given, and reduces the products to one number as its [`Reduction`] says. As in
//! TensorFlow that is done in `f32`, and the result is added to the collection
//! [`GraphKeys::LOSSES`](crate::GraphKeys::LOSSES).
//!
//! Labels and predictions have the same shape, and weights fit the losses. What is not known of
//! shapes while the graph is built is checked when it is run; TensorFlow checks only weights then,
//! and broadcasts labels to predictions where it does not know their shapes.
//!
//! ```
//! use tf1::{Graph, Session, losses};
//!
//! let graph = Graph::new();
//! let labels = graph.constant([1.0f32, 2.0, 3.0]);
//! let predictions = graph.constant([1.0f32, 2.5, 5.0]);
//! let plain = losses::mean_squared_error(&labels, &predictions);
//! let weights = graph.constant([1.0f32, 2.0, 0.0]);
//! let weighted = losses::mean_squared_error_with(&labels, &predictions, losses::MeanSquaredError::new().weights(&weights));
//! assert_eq!(plain.name(), "mean_squared_error/value:0");
//! let values: (f32, f32) = Session::new(&graph)?.run((plain.scalar(), weighted.scalar()), [])?;
//! assert_eq!(values, (4.25 / 3.0, 0.25));
//! # Ok::<(), tf1::Error>(())
//! ```

mod broadcast;
mod classification;
mod collection;
mod regression;
mod weighted;
mod weights;

pub use classification::{
    SigmoidCrossEntropy, SoftmaxCrossEntropy, SparseSoftmaxCrossEntropy, sigmoid_cross_entropy,
    sigmoid_cross_entropy_with, softmax_cross_entropy, softmax_cross_entropy_with,
    sparse_softmax_cross_entropy, sparse_softmax_cross_entropy_with,
};
pub use collection::{
    AddLoss, GetLosses, GetRegularizationLoss, GetRegularizationLosses, GetTotalLoss, add_loss,
    add_loss_with, get_losses, get_losses_with, get_regularization_loss,
    get_regularization_loss_as, get_regularization_loss_with, get_regularization_losses,
    get_regularization_losses_with, get_total_loss, get_total_loss_as, get_total_loss_with,
};
pub use regression::{
    AbsoluteDifference, HingeLoss, HuberLoss, LogLoss, MeanSquaredError, absolute_difference,
    absolute_difference_with, hinge_loss, hinge_loss_with, huber_loss, huber_loss_with, log_loss,
    log_loss_with, mean_squared_error, mean_squared_error_with,
};
pub use weighted::{
    ComputeWeightedLoss, Loss, Reduction, compute_weighted_loss, compute_weighted_loss_with,
};
pub use weights::Weights;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{AnyTensor, Graph, GraphKeys};
    use crate::session::Session;

    #[test]
    fn every_node_is_told_at_the_callers_line() {
        let graph = Graph::new();
        let x = graph.placeholder::<f32>("x", crate::shape![?, 3]);
        let labels = graph.placeholder::<i64>("labels", crate::shape![?, 1]);
        let losses = [
            mean_squared_error(&x, &x),
            absolute_difference(&x, &x),
            huber_loss(&x, &x),
            hinge_loss(&x, &x),
            log_loss(&x, &x),
            softmax_cross_entropy(&x, &x),
            sigmoid_cross_entropy(&x, &x),
            sparse_softmax_cross_entropy(&labels, &x),
            compute_weighted_loss(&x),
        ];
        assert_eq!(get_losses(&graph).len(), losses.len());
        assert_eq!(get_total_loss(&graph).name(), "total_loss:0");
        for operation in graph.operations() {
            assert_eq!(operation.location().file(), file!(), "{operation}");
        }
        graph.check().unwrap();
    }

    #[test]
    fn losses_of_a_scope_and_of_a_collection() {
        let graph = Graph::new();
        graph.name_scope("a", || add_loss(graph.constant(1.0f32).named("x")));
        let y = graph.constant(2.0f32).named("y");
        add_loss_with(&y, "mine");
        add_loss_with(&y, None);
        add_loss(graph.variable(4.0f32).named("v"));
        add_loss(graph.constant(8.0f32).any());
        graph.add_to_collection(GraphKeys::REGULARIZATION_LOSSES, graph.constant(16.0f32));
        let names = |losses: Vec<AnyTensor>| -> Vec<String> {
            losses.iter().map(|loss| loss.name()).collect()
        };
        assert_eq!(names(get_losses(&graph)), ["a/x:0", "v/read:0", "Const:0"]);
        assert_eq!(names(get_losses_with(&graph, "a")), ["a/x:0"]);
        let mine = GetLosses::new().loss_collection("mine");
        assert_eq!(names(get_losses_with(&graph, mine)), ["y:0"]);
        assert!(get_regularization_losses_with(&graph, "a/").is_empty());
        // As TensorFlow names them: of one loss an identity, of none a constant 0.
        let one = get_total_loss_with(&graph, GetTotalLoss::new().scope("a"));
        assert_eq!(one.op().op_type(), "Identity");
        let zero = get_regularization_loss_with(&graph, "zz");
        let session = Session::new(&graph).unwrap();
        session
            .run(graph.global_variables_initializer(), [])
            .unwrap();
        let all = [
            get_total_loss(&graph),
            get_total_loss_with(&graph, false),
            one,
            zero,
        ];
        let sums = session.run(all.map(|sum| sum.scalar()), []).unwrap();
        assert_eq!(sums, [29.0, 13.0, 1.0, 0.0]);
        get_total_loss_with(&graph, GetTotalLoss::new().scope("nowhere"));
        let error = graph.check().unwrap_err();
        assert!(error.message().contains("nowhere"), "{error}");
    }

    #[test]
    fn weights_that_do_not_fit_are_told() {
        let graph = Graph::new();
        let x = graph.zeros::<f32>([4, 3]);
        let weights = graph.zeros::<f32>([4]);
        mean_squared_error_with(&x, &x, MeanSquaredError::new().weights(&weights));
        let error = graph.check().unwrap_err();
        let words = "weights can not be broadcast to values. values.rank=2. weights.rank=1. values.shape=(4, 3). weights.shape=(4,).";
        assert_eq!(error.message(), words);
    }
}
