//! A small generator of random numbers whose stream never changes: SplitMix64 (Steele, Lea and
//! Flood, 2014).
//!
//! Crates reserve the right to change their generators' streams; pictures that tests know byte by
//! byte need one that stays. Only integer arithmetic and exact conversions are used, so every
//! machine draws the same.

/// A stream of random numbers, given by its seed.
#[derive(Clone, Debug)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// The stream of `seed`; two seeds give unrelated streams.
    pub fn new(seed: u64) -> Self {
        SplitMix64(seed)
    }

    /// 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number between `low` (included) and `high`, each equally likely.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * fraction(self.next_u64())
    }

    /// A number within `reach` of 0; the nearer to 0, the likelier (a triangular distribution: the
    /// difference of two draws).
    pub fn around_zero(&mut self, reach: f32) -> f32 {
        let bits = self.next_u64();
        reach * (fraction(bits) - fraction(bits << 32))
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.next_u64() % 100 < percent
    }

    /// One of the given choices, each equally likely.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// Puts the items in random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next_u64() % bound as u64) as usize
    }
}

/// The upper 24 bits as a number from 0 to just below 1; 24 bits are what an `f32` holds exactly.
fn fraction(bits: u64) -> f32 {
    (bits >> 40) as i32 as f32 / (1 << 24) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first numbers of seed 1234567, as the generator's reference implementation in C gives
    /// them.
    #[test]
    fn the_stream_is_the_published_one() {
        let mut random = SplitMix64::new(1_234_567);
        let stream: Vec<u64> = (0..3).map(|_| random.next_u64()).collect();
        assert_eq!(
            stream,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn numbers_stay_in_their_range_and_fill_it() {
        let mut random = SplitMix64::new(1);
        let draws: Vec<f32> = (0..1000).map(|_| random.between(-2.0, 3.0)).collect();
        assert!(draws.iter().all(|draw| (-2.0..3.0).contains(draw)));
        assert!(draws.iter().any(|&draw| draw < -1.9) && draws.iter().any(|&draw| draw > 2.9));
    }

    #[test]
    fn shuffling_loses_nothing() {
        let mut items: Vec<usize> = (0..50).collect();
        SplitMix64::new(3).shuffle(&mut items);
        assert_ne!(items, (0..50).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
    }
}
