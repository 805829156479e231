//! Neural networks: activations, softmax, cross entropies, normalization.

mod cross_entropy;
mod embedding;
mod layers;
mod normalization;

pub use crate::ops::array::top_k::*;
pub use crate::ops::math::{sigmoid, tanh};
#[doc(alias = "lrn")]
pub use crate::ops::nn::local_response_normalization;
pub use crate::ops::nn::*;
#[doc(alias = "keep_prob")]
pub use crate::ops::random::dropout::dropout;
pub use crate::ops::random::dropout::{Dropout, Keep, dropout_with};
pub use cross_entropy::{sigmoid_cross_entropy_with_logits, weighted_cross_entropy_with_logits};
pub use embedding::{EmbeddingLookup, EmbeddingTables, embedding_lookup, embedding_lookup_with};
pub use layers::{CRelu, crelu, crelu_with, relu_layer, xw_plus_b};
pub use normalization::{
    L2Normalize, OptionalOperand, batch_normalization, l2_normalize, l2_normalize_with, moments,
    weighted_moments,
};

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Array3, arr1};

    use super::*;
    use crate::graph::Graph;
    use crate::ops::array::transpose;
    use crate::session::Session;

    #[test]
    fn every_node_is_told_at_the_callers_line() {
        let graph = Graph::new();
        let x = graph.placeholder::<f32>("x", crate::shape![?, ?]);
        let image = graph.placeholder::<f32>("image", crate::shape![?, 2, 2, 3]);
        let vector = graph.placeholder::<f32>("vector", [3]);
        let labels = graph.placeholder::<i64>("labels", [2]);
        let activations = [
            relu(&x),
            relu6(&x),
            elu(&x),
            selu(&x),
            leaky_relu(&x),
            softplus(&x),
            softsign(&x),
            swish(&x),
        ];
        let _ = (
            crelu(&x),
            softmax(&x),
            log_softmax(&x),
            softmax_with(&x, Softmax::new().axis(0)),
        );
        let _ = (
            softmax_cross_entropy_with_logits(Labels(&x), Logits(&x)),
            softmax_cross_entropy_with_logits_v2(Labels(&x), Logits(&x)),
        );
        let losses = sparse_softmax_cross_entropy_with_logits(&labels, &x);
        let _ = sparse_softmax_cross_entropy_with_logits(
            graph.placeholder::<i32>("unknown", ..),
            &image,
        );
        let _ = (
            sigmoid_cross_entropy_with_logits(Labels(&x), Logits(&x)),
            weighted_cross_entropy_with_logits(Labels(&x), Logits(&x), 2.0),
        );
        let _ = (
            bias_add(&x, &vector),
            l2_loss(&x),
            l2_normalize(&x, 0),
            moments(&x, 0),
        );
        let _ = batch_normalization(&x, &x, &x, Some(&x), Some(&x), 0.001);
        let (normal, ..) = fused_batch_norm(&image, &vector, &vector);
        let tables = [&x, &x];
        let rows = embedding_lookup_with(tables, [0], "div");
        let clipped = EmbeddingLookup::new().max_norm(1.0);
        let _ = crate::gradients(&rows, &x);
        let _ = embedding_lookup_with(&x, [0], clipped);
        let _ = (xw_plus_b(&x, &x, &vector), relu_layer(&x, &x, &vector));
        let _ = crate::gradients(&[local_response_normalization(&image), normal], &image);
        let _ = crate::gradients(&[losses], &x);
        let _ = crate::gradients(&activations, &x);
        for operation in graph.operations() {
            assert_eq!(operation.location().file(), file!(), "{operation}");
        }
        graph.check().unwrap();
    }

    #[test]
    fn turned_operands_give_the_same_bits() -> crate::Result<()> {
        let graph = Graph::new();
        let values = Array2::from_shape_fn((40, 7), |(i, j)| ((i * 7 + j) as f32).sin());
        let labels = Array2::from_shape_fn((40, 7), |(i, j)| if i % 7 == j { 1.0f32 } else { 0.0 });
        let (x, y) = (
            graph.placeholder::<f32>("x", [40, 7]),
            graph.placeholder::<f32>("y", [40, 7]),
        );
        let bias = graph.constant([1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
        let probabilities = softmax(&x);
        let losses = softmax_cross_entropy_with_logits(Labels(&y), Logits(&x));
        let slopes = crate::gradients(&losses, &x);
        let biased = bias_add(&x, &bias);
        let fetches = (&probabilities, &losses, &slopes, &biased);
        let session = Session::new(&graph)?;
        let expected = session.run(fetches, [x.feed(&values), y.feed(&labels)])?;
        let turned =
            |array: &Array2<f32>| array.t().as_standard_layout().into_owned().reversed_axes();
        let found = session.run(fetches, [x.feed(turned(&values)), y.feed(turned(&labels))])?;
        assert_eq!(found, expected);
        Ok(())
    }

    #[test]
    fn labels_that_are_no_classes_are_told() -> crate::Result<()> {
        let graph = Graph::new();
        let labels = graph.placeholder::<i32>("labels", crate::shape![?]);
        let losses = sparse_softmax_cross_entropy_with_logits(&labels, graph.zeros::<f32>([3, 4]))
            .named("ce");
        assert_eq!(losses.name(), "ce/ce:0");
        let session = Session::new(&graph)?;
        let message = |labels_fed: [i32; 3]| {
            let error = session
                .run(&losses, [labels.feed(arr1(&labels_fed))])
                .unwrap_err();
            error.message().to_string()
        };
        let range = "which is outside the valid range of [0, 4).";
        assert_eq!(
            message([0, 4, 9]),
            format!("Received a label value of 9 {range}  Label values: 0 4 9")
        );
        assert_eq!(
            message([0, -1, 9]),
            format!("Received a label value of -1 {range}  Label values: 0 -1 9")
        );
        let error = session
            .run(&losses, [labels.feed(arr1(&[0, 1]))])
            .unwrap_err();
        assert!(
            error
                .message()
                .contains("Dimensions must be equal, but are 3 and 2"),
            "{error}"
        );
        Ok(())
    }

    #[test]
    fn shapes_that_only_a_run_knows_are_checked_then() -> crate::Result<()> {
        let graph = Graph::new();
        let (x, labels) = (
            graph.placeholder::<f32>("x", ..),
            graph.placeholder::<i32>("labels", ..),
        );
        let losses = sparse_softmax_cross_entropy_with_logits(&labels, &x);
        let session = Session::new(&graph)?;
        let x_fed = Array3::<f32>::zeros((2, 3, 4));
        let zeros = |rows, columns| Array2::<i32>::zeros((rows, columns));
        let found = session.run(&losses, [x.feed(&x_fed), labels.feed(zeros(2, 3))])?;
        assert_eq!(found, Array2::from_elem((2, 3), 4.0f32.ln()).into_dyn());
        let error = session
            .run(&losses, [x.feed(&x_fed), labels.feed(zeros(3, 2))])
            .unwrap_err();
        let words = "assertion failed: [Condition x == y did not hold element-wise:] \
                     [x (SparseSoftmaxCrossEntropyWithLogits/Shape_1:0) = ] [3 2] \
                     [y (SparseSoftmaxCrossEntropyWithLogits/strided_slice:0) = ] [2 3]";
        assert_eq!(error.message(), words);
        Ok(())
    }

    #[test]
    fn what_cannot_fit_is_told_while_building() {
        let message = |build: fn(&Graph)| {
            let graph = Graph::new();
            build(&graph);
            graph.check().unwrap_err().message().to_string()
        };
        let words = message(|graph| drop(softmax(graph.constant(1.0f32))));
        assert_eq!(
            words,
            "Shape must be at least rank 1 but is rank 0, with input shapes: []."
        );
        let words = message(|graph| {
            drop(softmax_with(
                graph.zeros::<f32>([2, 3]),
                Softmax::new().axis(-3),
            ))
        });
        assert_eq!(
            words,
            "Dimension (-3) must be in the range [-2, 2) where 2 is the number of dimensions in the input."
        );
        let words = message(|graph| {
            drop(bias_add(
                transpose(graph.zeros::<f32>([3, 2])),
                graph.zeros::<f32>([4]),
            ))
        });
        assert_eq!(
            words,
            "Dimensions must be equal, but are 3 and 4, with input shapes: [2,3], [4]."
        );
        let words = message(|graph| {
            drop(sigmoid_cross_entropy_with_logits(
                Labels(graph.zeros::<f32>([4])),
                Logits(graph.zeros::<f32>([3])),
            ));
        });
        assert_eq!(
            words,
            "logits and labels must have the same shape ((3,) vs (4,))"
        );
        let words = message(|graph| {
            drop(softmax_cross_entropy_with_logits(
                Labels(graph.zeros::<f32>([4, 2])),
                Logits(graph.zeros::<f32>([2, 2])),
            ));
        });
        assert_eq!(
            words,
            "Dimensions must be equal, but are 2 and 4, with input shapes: [2,2], [4,2]."
        );
    }
}
