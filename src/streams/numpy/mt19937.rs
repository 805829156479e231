//! The Mersenne Twister MT19937, the source of NumPy's legacy random words.
//!
//! A linear recurrence over 624 words with period 2¹⁹⁹³⁷ - 1. M. Matsumoto and T. Nishimura,
//! "Mersenne Twister: a 623-dimensionally equidistributed uniform pseudorandom number generator",
//! ACM TOMACS 8, 1998; the seeding is the `init_genrand` that the authors published in 2002.

/// Words of state.
const LENGTH: usize = 624;

/// How far ahead the recurrence looks.
const SHIFT: usize = 397;

/// The Mersenne Twister's state.
#[derive(Clone, Debug)]
pub struct Mt19937 {
    state: [u32; LENGTH],
    /// How many words of `state` have been handed out.
    used: usize,
}

impl Mt19937 {
    /// Fills the state from one word:
    ///
    /// ```text
    /// xᵢ = 1812433253 · (xᵢ₋₁ ⊕ (xᵢ₋₁ >> 30)) + i   mod 2³²
    /// ```
    pub fn new(seed: u32) -> Self {
        let mut state = [seed; LENGTH];
        for i in 1..LENGTH {
            let last = state[i - 1];
            state[i] = (last ^ last >> 30)
                .wrapping_mul(1_812_433_253)
                .wrapping_add(i as u32);
        }
        let used = LENGTH;
        Self { state, used }
    }

    /// The next word, tempered to spread its bits evenly.
    pub fn next_word(&mut self) -> u32 {
        if self.used == LENGTH {
            self.twist();
        }
        let mut word = self.state[self.used];
        self.used += 1;
        word ^= word >> 11;
        word ^= word << 7 & 0x9D2C_5680;
        word ^= word << 15 & 0xEFC6_0000;
        word ^ word >> 18
    }

    /// Replaces the state by the next 624 words.
    ///
    /// The state is a ring; in three stretches it needs no remainders and takes half the time.
    fn twist(&mut self) {
        const WRAPS: usize = LENGTH - SHIFT;
        for i in 0..WRAPS {
            self.advance(i, i + 1, i + SHIFT);
        }
        for i in WRAPS..LENGTH - 1 {
            self.advance(i, i + 1, i - WRAPS);
        }
        self.advance(LENGTH - 1, 0, SHIFT - 1);
        self.used = 0;
    }

    /// The recurrence: word `i` made anew from its top bit, the rest of the `next` word and the
    /// word `ahead`.
    #[inline]
    fn advance(&mut self, i: usize, next: usize, ahead: usize) {
        let mixed = (self.state[i] & 0x8000_0000) | (self.state[next] & 0x7FFF_FFFF);
        let twisted = (mixed >> 1) ^ ((mixed & 1) * 0x9908_B0DF);
        self.state[i] = self.state[ahead] ^ twisted;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The C++ standard gives the 10000th word of the default-seeded `std::mt19937`.
    #[test]
    fn ten_thousandth_word() {
        let mut words = Mt19937::new(5489);
        let last = (0..10_000).map(|_| words.next_word()).last();
        assert_eq!(last, Some(4_123_659_995));
    }
}
