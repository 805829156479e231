//! Ops that draw random numbers, each with a stream of its own in every session.
//!
//! An op's stream is fixed by its attributes `seed` and `seed2`, which [`Seeds`] of the graph and of the op give, and
//! goes on from run to run; see [`tf1::random`](crate::random) for the generator.

mod arguments;
mod draw;
mod dropout;
mod multinomial;
mod normal;
mod shuffle;
mod uniform;

pub use arguments::{Param, ShapeArg};
pub use dropout::{Dropout, Keep, dropout, dropout_with};
pub use multinomial::{Multinomial, categorical, categorical_with, multinomial, multinomial_with};
pub use normal::{RandomNormal, TruncatedNormal};
pub use shuffle::{RandomShuffle, random_shuffle, random_shuffle_with};
pub use uniform::RandomUniform;

use super::OpDef;
use crate::graph::Graph;
use crate::random::{Seeds, get_seed};

pub(super) const OPS: &[&[OpDef]] = &[draw::OPS, multinomial::OPS, shuffle::OPS, uniform::OPS];

/// The seeds of a random op that is made now.
fn seeds(graph: &Graph, op_seed: Option<i64>) -> Seeds {
    get_seed(graph.seed(), op_seed, graph.len() as i64)
}
