//! `embed_sequence`: rows of a table for symbols.

use super::super::weight::Weight;
use super::arg_scope::{arg_scope_options, default_of};
use super::scope::{ContribScope, contrib_options, parameter_options};
use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::initializers::glorot_uniform;
use crate::nn::embedding_lookup;
use crate::types::{Error, Float, Integer, WholeNumber};

/// For each of the symbols `ids` its row of the variable `EmbedSequence/embeddings` [`vocab_size`,
/// `embed_dim`], as `tf.contrib.layers.embed_sequence` looks them up: of [n, k] symbols [n, k,
/// `embed_dim`] numbers.
///
/// # Errors
/// `InvalidArgument` if a number is negative or absurd, in a run if a symbol is not below
/// `vocab_size`.
///
/// # Options
/// `initializer`, `regularizer`, `trainable`, `scope`, `reuse`: see [`embed_sequence_with`].
#[track_caller]
pub fn embed_sequence<I: Integer>(
    ids: impl IntoTensor<I>,
    vocab_size: impl WholeNumber,
    embed_dim: impl WholeNumber,
) -> Tensor<f32> {
    embed_sequence_with(ids, vocab_size, embed_dim, EmbedSequence::<f32>::new())
}

/// As [`embed_sequence`], with options.
///
/// # Errors
/// As there; and what [`get_variable`](crate::Graph::get_variable) refuses.
#[track_caller]
pub fn embed_sequence_with<T: Float, I: Integer>(
    ids: impl IntoTensor<I>,
    vocab_size: impl WholeNumber,
    embed_dim: impl WholeNumber,
    options: impl Into<EmbedSequence<T>>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[ids.graph()]);
    let shape = [
        vocab_size.to_count("vocab_size"),
        embed_dim.to_count("embed_dim"),
    ];
    options.common.open(&graph, "EmbedSequence", || {
        let [vocab_size, embed_dim]: [Result<usize, Error>; 2] = shape;
        let shape = vocab_size.and_then(|vocab_size| Ok([vocab_size, embed_dim?]));
        let shape = match shape {
            Ok(shape) => shape,
            Err(error) => return graph.failed("embed_sequence", error),
        };
        let trainable = options.common.trainable;
        let table = options
            .embeddings
            .variable(&graph, "embeddings", &shape, trainable);
        let ids = ids.into_tensor(&graph, "ids");
        embedding_lookup(&table, ids)
    })
}

/// The options of [`embed_sequence_with`].
#[derive(Clone, Debug)]
pub struct EmbedSequence<T> {
    embeddings: Weight<T>,
    common: ContribScope,
}

arg_scope_options! {
    EmbedSequence<T>, T;
}

impl<T: Float> EmbedSequence<T> {
    /// Rows that are Glorot-uniform at first; or what an [`arg_scope`](super::arg_scope()) says.
    pub fn new() -> Self {
        default_of().unwrap_or_else(|| EmbedSequence {
            embeddings: Weight::new(glorot_uniform()),
            common: ContribScope::default(),
        })
    }

    contrib_options!(common);

    parameter_options!("rows" embeddings: initializer regularizer);
}

impl<T: Float> Default for EmbedSequence<T> {
    fn default() -> Self {
        EmbedSequence::new()
    }
}
