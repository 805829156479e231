//! Philox 4x32-10, the counter-based generator behind TensorFlow's random ops.
//!
//! A counter-based generator has no state to speak of: the `i`-th block of four random words is a
//! fixed function of `i` and a key. One round of Philox multiplies two of the counter's four words
//! by constants and mixes the halves of the products with the other two words and the key; ten
//! rounds make a block.
//!
//! Source: J. Salmon, M. Moraes, R. Dror and D. Shaw, "Parallel random numbers: as easy as 1, 2,
//! 3", SC 2011. The layout of key and counter is that of TensorFlow's `PhiloxRandom`.

use rand::{RngCore, SeedableRng, rand_core::impls};

/// A position in a Philox 4x32-10 stream.
///
/// ```text
/// key     = seed,  low word first
/// counter = seed2 · 2⁶⁴ + (number of blocks already passed)
/// ```
///
/// The streams of two values of `seed2` are 2⁶⁴ blocks apart. A `Philox` is a small plain value:
/// threads that fill parts of one array each take a copy and [`skip`](Philox::skip) to their part.
///
/// ```
/// use tf1::random::Philox;
///
/// let mut ahead = Philox::new(1, 2);
/// let blocks: Vec<_> = (0..5).map(|_| ahead.next_block()).collect();
///
/// let mut jumped = Philox::new(1, 2);
/// jumped.skip(4);
/// assert_eq!(jumped.next_block(), blocks[4]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Philox {
    key: [u32; 2],
    counter: u128,
}

impl Philox {
    /// What the key's two words grow by from round to round: the golden ratio and √3 - 1, as
    /// fractions of 2³².
    const KEY_STEPS: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

    /// The multipliers of the counter's words 0 and 2.
    const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];

    const ROUNDS: usize = 10;

    /// How many blocks are made at once where many are wanted.
    pub(super) const BLOCKS: usize = 32;

    /// The start of the stream that an op with the attributes `seed` and `seed2` draws from.
    pub const fn new(seed: u64, seed2: u64) -> Self {
        Self {
            key: [seed as u32, (seed >> 32) as u32],
            counter: (seed2 as u128) << 64,
        }
    }

    /// Passes over `blocks` blocks of four words (TensorFlow's `PhiloxRandom::Skip`).
    ///
    /// The 128-bit counter wraps around.
    pub fn skip(&mut self, blocks: u128) {
        self.counter = self.counter.wrapping_add(blocks);
    }

    /// The position `blocks` blocks further on.
    #[must_use]
    pub fn skipped(mut self, blocks: u128) -> Self {
        self.skip(blocks);
        self
    }

    /// The next four random words.
    #[inline]
    pub fn next_block(&mut self) -> [u32; 4] {
        let block = self.block();
        self.skip(1);
        block
    }

    /// The four random words at this position.
    #[inline]
    pub(super) fn block(self) -> [u32; 4] {
        let [low, high] = [self.counter as u64, (self.counter >> 64) as u64];
        let mut words = [low, low >> 32, high, high >> 32].map(|word| word as u32);
        let mut key = self.key;
        for _ in 0..Self::ROUNDS {
            words = Self::round(words, key);
            key = Self::next_key(key);
        }
        words
    }

    /// The blocks at this position and at others, each `step` after the one before.
    ///
    /// They are made side by side, in as many lanes as the processor has: words stand in places of
    /// 64 bits, where they are multiplied.
    #[allow(
        clippy::needless_range_loop,
        reason = "four arrays are gone along together"
    )]
    #[inline(always)]
    pub(super) fn blocks(self, step: u64) -> [[u32; 4]; Self::BLOCKS] {
        let mut words = [[0; Self::BLOCKS]; 4];
        for i in 0..Self::BLOCKS {
            let counter = self.skipped(u128::from(step) * i as u128).counter;
            let [low, high] = [counter as u64, (counter >> 64) as u64];
            let [a, b] = [low, high].map(halves);
            for (word, start) in words.iter_mut().zip([a, b].as_flattened()) {
                word[i] = u64::from(*start);
            }
        }
        let mut key = self.key;
        for _ in 0..Self::ROUNDS {
            let [first, second] = key.map(u64::from);
            for i in 0..Self::BLOCKS {
                let product = |word: u64, k: usize| (word & LOW) * u64::from(Self::MULTIPLIERS[k]);
                let (a, b) = (product(words[0][i], 0), product(words[2][i], 1));
                words[0][i] = (b >> 32) ^ words[1][i] ^ first;
                words[1][i] = b & LOW;
                words[2][i] = (a >> 32) ^ words[3][i] ^ second;
                words[3][i] = a & LOW;
            }
            key = Self::next_key(key);
        }
        std::array::from_fn(|i| [0, 1, 2, 3].map(|k| words[k][i] as u32))
    }

    #[inline(always)]
    fn next_key(key: [u32; 2]) -> [u32; 2] {
        [0, 1].map(|i| key[i].wrapping_add(Self::KEY_STEPS[i]))
    }

    #[inline]
    fn round(words: [u32; 4], key: [u32; 2]) -> [u32; 4] {
        let [low0, high0] = halves(u64::from(Self::MULTIPLIERS[0]) * u64::from(words[0]));
        let [low1, high1] = halves(u64::from(Self::MULTIPLIERS[1]) * u64::from(words[2]));
        [
            high1 ^ words[1] ^ key[0],
            low1,
            high0 ^ words[3] ^ key[1],
            low0,
        ]
    }
}

/// The lower half of 64 bits.
const LOW: u64 = 0xFFFF_FFFF;

/// Low and high word of a product.
#[inline(always)]
fn halves(product: u64) -> [u32; 2] {
    [product as u32, (product >> 32) as u32]
}

/// A Philox stream read word by word, as a generator of the `rand` crate.
///
/// The words come in the order of the blocks; two of them make a `u64`, the lower half first, as in
/// TensorFlow's `SingleSampleAdapter` and `SimplePhilox`. Made from a [`Philox`] or from seeds.
///
/// ```
/// use ndarray::Array2;
/// use ndarray_rand::RandomExt;
/// use rand_distr::Normal;
/// use tf1::random::{Philox, PhiloxRng};
///
/// let noise = || {
///     let mut rng = PhiloxRng::from(Philox::new(1, 2));
///     Array2::random_using((4, 3), Normal::new(0.0, 0.1).unwrap(), &mut rng)
/// };
/// assert_eq!(noise(), noise());
/// assert!(noise().iter().all(|x: &f64| x.abs() < 1.0));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhiloxRng {
    blocks: Philox,
    block: [u32; 4],
    /// How many words of `block` have been handed out.
    used: usize,
}

impl From<Philox> for PhiloxRng {
    fn from(blocks: Philox) -> Self {
        let block = [0; 4];
        let used = block.len();
        Self {
            blocks,
            block,
            used,
        }
    }
}

impl RngCore for PhiloxRng {
    fn next_u32(&mut self) -> u32 {
        if self.used == self.block.len() {
            self.block = self.blocks.next_block();
            self.used = 0;
        }
        self.used += 1;
        self.block[self.used - 1]
    }

    fn next_u64(&mut self) -> u64 {
        impls::next_u64_via_u32(self)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        impls::fill_bytes_via_next(self, bytes);
    }
}

impl SeedableRng for PhiloxRng {
    /// `seed` and `seed2` of [`Philox::new`], in little-endian order.
    type Seed = [u8; 16];

    fn from_seed(seed: Self::Seed) -> Self {
        let seeds = u128::from_le_bytes(seed);
        Philox::new(seeds as u64, (seeds >> 64) as u64).into()
    }

    /// The stream of an op with `seed` and a `seed2` of zero.
    fn seed_from_u64(seed: u64) -> Self {
        Philox::new(seed, 0).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers that come with the authors' Random123 library (`kat_vectors`, philox4x32
    /// 10).
    #[test]
    fn known_answers() {
        let answer = |counter, key| Philox { key, counter }.block();
        assert_eq!(
            answer(0, [0, 0]),
            [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8]
        );
        assert_eq!(
            answer(u128::MAX, [u32::MAX; 2]),
            [0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD]
        );
        assert_eq!(
            answer(
                0x0370_7344_1319_8A2E_85A3_08D3_243F_6A88,
                [0xA409_3822, 0x299F_31D0]
            ),
            [0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1]
        );
    }

    #[test]
    fn blocks_made_at_once_are_those_made_one_by_one() {
        for before in [0, (1 << 32) - 5, (1 << 64) - 7, u128::MAX - 9] {
            for step in [1, 256, u64::MAX] {
                let start = Philox::new(7, 3).skipped(before);
                let expected = |i: usize| start.skipped(u128::from(step) * i as u128).block();
                assert_eq!(start.blocks(step), std::array::from_fn(expected));
            }
        }
    }

    #[test]
    fn skipping_carries_into_every_word() {
        for words in [1, 2, 3] {
            let mut philox = Philox::new(7, 0).skipped((1 << (32 * words)) - 1);
            philox.next_block();
            assert_eq!(philox, Philox::new(7, 0).skipped(1 << (32 * words)));
        }
        let end = Philox::new(7, 0).skipped(u128::MAX);
        assert_eq!(end.skipped(1), Philox::new(7, 0));
    }

    #[test]
    fn words_come_in_block_order() {
        let mut philox = Philox::new(5, 6);
        let (first, second) = (philox.next_block(), philox.next_block());
        let mut rng = PhiloxRng::from(Philox::new(5, 6));
        assert_eq!([0; 3].map(|_| rng.next_u32()), first[..3]);
        let across = u64::from(second[0]) << 32 | u64::from(first[3]);
        assert_eq!(rng.next_u64(), across);
        let mut bytes = [0; 4];
        rng.fill_bytes(&mut bytes);
        assert_eq!(u32::from_le_bytes(bytes), second[1]);
    }

    #[test]
    fn seeds_are_two_little_endian_words() {
        let mut bytes = [0; 16];
        (bytes[0], bytes[8]) = (3, 4);
        assert_eq!(PhiloxRng::from_seed(bytes), Philox::new(3, 4).into());
        assert_eq!(PhiloxRng::seed_from_u64(3), Philox::new(3, 0).into());
    }
}
