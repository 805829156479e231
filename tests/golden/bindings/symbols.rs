//! TensorFlow's constants that are strings.

use crate::trouble::{Outcome, Trouble};

const TEXTS: &[(&str, &str)] = &[
    ("tf.AggregationMethod.ADD_N", "add_n"),
    (
        "tf.AggregationMethod.EXPERIMENTAL_ACCUMULATE_N",
        "accumulate_n",
    ),
    ("tf.AggregationMethod.EXPERIMENTAL_TREE", "tree"),
    ("tf.GraphKeys.GLOBAL_VARIABLES", "variables"),
    ("tf.GraphKeys.LOCAL_VARIABLES", "local_variables"),
    (
        "tf.GraphKeys.REGULARIZATION_LOSSES",
        "regularization_losses",
    ),
    ("tf.GraphKeys.SUMMARIES", "summaries"),
    ("tf.GraphKeys.UPDATE_OPS", "update_ops"),
    ("tf.UnconnectedGradients.ZERO", "zero"),
    ("tf.image.ResizeMethod.AREA", "area"),
    ("tf.image.ResizeMethod.BICUBIC", "bicubic"),
    ("tf.image.ResizeMethod.BILINEAR", "bilinear"),
    ("tf.image.ResizeMethod.NEAREST_NEIGHBOR", "nearest"),
    ("tf.losses.Reduction.MEAN", "weighted_mean"),
    ("tf.losses.Reduction.NONE", "none"),
    ("tf.losses.Reduction.SUM", "weighted_sum"),
    (
        "tf.losses.Reduction.SUM_BY_NONZERO_WEIGHTS",
        "weighted_sum_by_nonzero_weights",
    ),
    (
        "tf.losses.Reduction.SUM_OVER_BATCH_SIZE",
        "weighted_sum_over_batch_size",
    ),
    ("tf.train.Optimizer.GATE_GRAPH", "graph"),
    ("tf.train.Optimizer.GATE_NONE", "none"),
    ("tf.train.Optimizer.GATE_OP", "op"),
];

/// The string that a constant of TensorFlow's is.
pub fn text(symbol: &str) -> Outcome<String> {
    let found = TEXTS.iter().find(|(name, _)| *name == symbol);
    found.map_or_else(
        || Err(Trouble::lacks(symbol)),
        |(_, text)| Ok((*text).to_string()),
    )
}
