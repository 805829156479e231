//! [`Draws`]: where the values of the trials come from.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::space::{Parameter, Space, Values};
use crate::streams::Philox;
use crate::types::{Error, Result};

/// More trials than anybody waits for; so many can be counted and kept.
const MOST_TRIALS: usize = 1_000_000;

/// Which values are tried.
#[derive(Clone, Copy, Debug)]
pub(super) enum Plan {
    /// This many random ones.
    Random { trials: usize },
    /// All combinations of so many values of each hyperparameter.
    Grid { points: usize },
}

impl Plan {
    pub(super) fn to_json(self) -> Json {
        match self {
            Plan::Random { trials } => json!({ "random": trials }),
            Plan::Grid { points } => json!({ "grid": points }),
        }
    }
}

/// The values of each trial, by its number.
#[derive(Debug)]
pub(super) enum Draws {
    Random {
        space: Arc<Space>,
        seed: u64,
        generation: u64,
        trials: usize,
    },
    Grid(Vec<Values>),
}

impl Draws {
    pub(super) fn new(space: &Arc<Space>, plan: Plan, seed: u64, generation: u64) -> Result<Self> {
        let (Plan::Random { trials: number } | Plan::Grid { points: number }) = plan;
        if number == 0 {
            let error = Error::invalid_argument("a search of nothing: 0 was asked for");
            return Err(error.with_help("ask for at least 1"));
        }
        if number > MOST_TRIALS {
            return Err(too_many(number));
        }
        Ok(match plan {
            Plan::Grid { points } => Draws::Grid(grid(space, points)?),
            Plan::Random { trials } => Draws::Random {
                space: Arc::clone(space),
                seed,
                generation,
                trials,
            },
        })
    }

    /// How many trials there are.
    pub(super) fn count(&self) -> usize {
        match self {
            Draws::Random { trials, .. } => *trials,
            Draws::Grid(all) => all.len(),
        }
    }

    /// The values of a trial.
    pub(super) fn values(&self, trial: usize) -> Values {
        match self {
            Draws::Grid(all) => all[trial].clone(),
            Draws::Random {
                space,
                seed,
                generation,
                ..
            } => space.assign(|parameter| {
                let bits = bits(*seed, *generation, trial, &parameter.name);
                parameter.domain.draw(bits)
            }),
        }
    }
}

/// 64 random bits for a trial's hyperparameter: from block `trial` of the Philox stream whose key
/// is the seed and whose number is a hash of the name. So nothing else has an influence: neither
/// the other hyperparameters nor the order of the trials.
fn bits(seed: u64, generation: u64, trial: usize, name: &str) -> u64 {
    let stream = hash(name.bytes().chain(generation.to_le_bytes()));
    let mut blocks = Philox::new(seed, stream).skipped(trial as u128);
    let [low, high, ..] = blocks.next_block();
    u64::from(high) << 32 | u64::from(low)
}

/// Fowler, Noll and Vo's hash (FNV-1a), which is the same everywhere and for ever.
fn hash(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// All combinations, the last hyperparameter changing most quickly. One that does not exist
/// multiplies nothing.
fn grid(space: &Space, points: usize) -> Result<Vec<Values>> {
    // Which value each hyperparameter has now; one that does not exist has the first.
    let mut now = vec![0; space.parameters().len()];
    let mut all = Vec::new();
    let choices: Vec<_> = space
        .parameters()
        .iter()
        .map(|parameter| parameter.domain.grid(points))
        .collect();
    let index_of = |parameter: &Parameter| {
        let mut all = space.parameters().iter();
        all.position(|other| other.name == parameter.name)
            .unwrap_or(0)
    };
    loop {
        let mut existing = Vec::new();
        all.push(space.assign(|parameter| {
            let index = index_of(parameter);
            existing.push(index);
            choices[index][now[index]].clone()
        }));
        if all.len() > MOST_TRIALS {
            return Err(too_many(all.len()));
        }
        let Some(&last) = existing
            .iter()
            .rfind(|index| now[**index] + 1 < choices[**index].len())
        else {
            return Ok(all);
        };
        now[last] += 1;
        now[last + 1..].fill(0);
    }
}

fn too_many(number: usize) -> Error {
    let message = format!("{number} trials or more are too many: {MOST_TRIALS} are the most");
    Error::invalid_argument(message)
        .with_help("a grid's size is a power of its points: take fewer, or a random search")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_trial_seed_and_generation_has_bits_of_its_own() {
        let one = bits(1, 0, 0, "a");
        for other in [
            bits(2, 0, 0, "a"),
            bits(1, 1, 0, "a"),
            bits(1, 0, 1, "a"),
            bits(1, 0, 0, "b"),
        ] {
            assert_ne!(one, other);
        }
        assert_eq!(one, bits(1, 0, 0, "a"));
    }

    /// The values that the authors of the hash give.
    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(hash("".bytes()), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash("a".bytes()), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(hash("foobar".bytes()), 0x8594_4171_f739_67e8);
    }
}
