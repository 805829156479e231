//! Where a random op stands in its Philox stream between two runs.

use rand::{RngCore, TryRngCore, rngs::OsRng};

use super::{Philox, Seeds};

/// The part of a random op that lives from run to run (TensorFlow's `GuardedPhiloxRandom`).
///
/// Each run reserves a stretch of the stream, more of it than it can need, and the next run begins
/// behind that stretch. So the length of the stretch is part of TensorFlow's numbers:
///
/// | kernel | call | blocks |
/// | --- | --- | --- |
/// | `RandomUniform`, `RandomUniformInt`, `RandomStandardNormal`, `TruncatedNormal`, `n` values | [`reserve_outputs(n)`](Self::reserve_outputs) | 256·n |
/// | `RandomShuffle`, `n` rows (nothing if `n` < 2 or the rows are empty) | [`reserve_words(n - 1)`](Self::reserve_words) | ⌈(n - 1) / 4⌉ |
/// | `Multinomial`, `b` rows of `n` samples | [`reserve_samples(b, n)`](Self::reserve_samples) | 256·b·2·4⌈n / 4⌉ |
#[derive(Clone, Debug)]
pub struct PhiloxStream {
    next: Philox,
}

impl PhiloxStream {
    /// Blocks that a kernel sets aside for one value, whatever it makes of them.
    pub(super) const BLOCKS_PER_OUTPUT: usize = 256;

    /// The stream of an op with these seeds, at its beginning.
    ///
    /// With [`Seeds::NONDETERMINISTIC`] it begins at a random place, taken from the operating
    /// system.
    ///
    /// # Panics
    /// In that case, if the operating system has no randomness to give, as `HashMap::new` does.
    pub fn new(seeds: Seeds) -> Self {
        let [seed, seed2] = if seeds == Seeds::NONDETERMINISTIC {
            let mut os = OsRng.unwrap_err();
            [(); 2].map(|()| os.next_u64())
        } else {
            [seeds.seed, seeds.seed2].map(i64::cast_unsigned)
        };
        let next = Philox::new(seed, seed2);
        Self { next }
    }

    /// Reserves for a kernel that makes `count` values (`ReserveRandomOutputs` with 256 per value).
    pub fn reserve_outputs(&mut self, count: usize) -> Philox {
        self.reserve_blocks(Self::BLOCKS_PER_OUTPUT as u128 * count as u128)
    }

    /// Reserves `count` words (`ReserveSamples32`).
    pub fn reserve_words(&mut self, count: usize) -> Philox {
        self.reserve_blocks(count.div_ceil(4) as u128)
    }

    /// Reserves for the kernel of `Multinomial`, which makes `samples` for each of `rows`.
    ///
    /// It counts twice as many values, for its samples take two words each, and rounds the samples
    /// of a row up to a multiple of four.
    pub fn reserve_samples(&mut self, rows: usize, samples: usize) -> Philox {
        let outputs = 2 * 4 * samples.div_ceil(4) as u128 * rows as u128;
        self.reserve_blocks(Self::BLOCKS_PER_OUTPUT as u128 * outputs)
    }

    /// Reserves `count` blocks of four words and returns where they begin (`ReserveSamples128`).
    pub fn reserve_blocks(&mut self, count: u128) -> Philox {
        let start = self.next;
        self.next.skip(count);
        start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reservation_begins_behind_the_last() {
        let start = Philox::new(1, 2);
        let mut stream = PhiloxStream::new(Seeds { seed: 1, seed2: 2 });
        assert_eq!(stream.reserve_outputs(3), start);
        assert_eq!(stream.reserve_words(5), start.skipped(768));
        assert_eq!(stream.reserve_samples(2, 10), start.skipped(770));
        let after = 770 + 256 * 2 * 2 * 12;
        assert_eq!(stream.reserve_blocks(0), start.skipped(after));
    }

    #[test]
    fn negative_seeds_keep_their_bits() {
        let mut stream = PhiloxStream::new(Seeds { seed: -1, seed2: 0 });
        assert_eq!(stream.reserve_blocks(0), Philox::new(u64::MAX, 0));
    }

    #[test]
    fn no_seeds_never_the_same_stream() {
        let first_block = || {
            let mut stream = PhiloxStream::new(Seeds::NONDETERMINISTIC);
            stream.reserve_words(4).next_block()
        };
        assert_ne!(first_block(), first_block());
    }
}
