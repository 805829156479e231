//! TensorFlow's rule for the seeds of a random op.

/// The first seed of an op that has an op seed in a graph that has none.
pub const DEFAULT_GRAPH_SEED: i64 = 87_654_321;

/// Seeds are taken modulo this, the largest `i32`.
const MODULUS: i64 = (1 << 31) - 1;

/// The attributes `seed` and `seed2` of a random op.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Seeds {
    /// The graph's share: the key of the op's stream.
    pub seed: i64,
    /// The op's share: where on that key's stream the op begins.
    pub seed2: i64,
}

impl Seeds {
    /// Both seeds zero: each kernel begins at a place of its own, never the same one again.
    pub const NONDETERMINISTIC: Self = Self { seed: 0, seed2: 0 };
}

/// The seeds of an op (TensorFlow's `tf.get_seed`, in `python/framework/random_seed.py`).
///
/// | graph seed | op seed | `seed` | `seed2` |
/// | --- | --- | --- | --- |
/// | g | o | g | o |
/// | g | none | g | `last_id` |
/// | none | o | [`DEFAULT_GRAPH_SEED`] | o |
/// | none | none | 0 | 0: [`Seeds::NONDETERMINISTIC`] |
///
/// Given seeds are taken modulo 2³¹ - 1, as Python does it: never negative. If that leaves (0, 0),
/// which would mean "none", the seeds are (0, 2³¹ - 1).
///
/// `last_id` is the number of nodes in the graph when the op is made, so an op without a seed of
/// its own has another stream when nodes are added before it.
///
/// ```
/// use tf1::random::{Seeds, get_seed};
///
/// assert_eq!(get_seed(Some(1), None, 12), Seeds { seed: 1, seed2: 12 });
/// assert_eq!(get_seed(None, Some(4), 12), Seeds { seed: 87_654_321, seed2: 4 });
/// assert_eq!(get_seed(None, None, 12), Seeds::NONDETERMINISTIC);
/// ```
pub fn get_seed(graph_seed: Option<i64>, op_seed: Option<i64>, last_id: i64) -> Seeds {
    let (seed, seed2) = match (graph_seed, op_seed) {
        (None, None) => return Seeds::NONDETERMINISTIC,
        (Some(graph), Some(op)) => (graph, op),
        (Some(graph), None) => (graph, last_id),
        (None, Some(op)) => (DEFAULT_GRAPH_SEED, op),
    };
    match (seed.rem_euclid(MODULUS), seed2.rem_euclid(MODULUS)) {
        (0, 0) => Seeds {
            seed: 0,
            seed2: MODULUS,
        },
        (seed, seed2) => Seeds { seed, seed2 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seeds(seed: i64, seed2: i64) -> Seeds {
        Seeds { seed, seed2 }
    }

    #[test]
    fn zero_is_a_seed_like_any_other() {
        assert_eq!(get_seed(Some(0), Some(0), 5), seeds(0, MODULUS));
        assert_eq!(get_seed(Some(0), None, 0), seeds(0, MODULUS));
        assert_eq!(get_seed(None, Some(0), 5), seeds(DEFAULT_GRAPH_SEED, 0));
    }

    #[test]
    fn seeds_wrap_as_in_python() {
        assert_eq!(get_seed(Some(MODULUS), Some(-1), 5), seeds(0, MODULUS - 1));
        assert_eq!(get_seed(Some(i64::MAX), Some(MODULUS + 3), 5), seeds(1, 3));
        assert_eq!(
            get_seed(Some(MODULUS), Some(-MODULUS), 5),
            seeds(0, MODULUS)
        );
    }
}
