//! Remainders of many divisions by the same number, without a division for each.
//!
//! Source: T. Granlund and P. Montgomery, "Division by invariant integers using multiplication",
//! PLDI 1994.

/// A divisor of numbers of 32 or of 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Divisor {
    divisor: u64,
    /// What of 2^bits / divisor is beyond a power of two, rounded up.
    multiplier: u64,
    /// By how many bits the quotient is shifted, in two steps.
    shifts: [u32; 2],
}

impl Divisor {
    /// For [`remainder32`](Divisor::remainder32); not 0.
    pub(super) fn of_32_bits(divisor: u32) -> Divisor {
        Divisor::new(u64::from(divisor), 32)
    }

    /// For [`remainder64`](Divisor::remainder64); not 0.
    pub(super) fn of_64_bits(divisor: u64) -> Divisor {
        Divisor::new(divisor, 64)
    }

    fn new(divisor: u64, bits: u32) -> Divisor {
        // The least power of two that is not below the divisor.
        let log = u64::BITS - (divisor - 1).leading_zeros();
        let beyond = (1u128 << log) - u128::from(divisor);
        let multiplier = (beyond << bits) / u128::from(divisor) + 1;
        Divisor {
            divisor,
            multiplier: multiplier as u64,
            shifts: [log.min(1), log.saturating_sub(1)],
        }
    }

    /// `x mod divisor`.
    #[inline(always)]
    pub(super) fn remainder32(self, x: u32) -> u32 {
        let part = ((u64::from(x) * u64::from(self.multiplier as u32)) >> 32) as u32;
        let quotient = (part + ((x - part) >> self.shifts[0])) >> self.shifts[1];
        x.wrapping_sub(quotient.wrapping_mul(self.divisor as u32))
    }

    /// `x mod divisor`.
    #[inline(always)]
    pub(super) fn remainder64(self, x: u64) -> u64 {
        let part = ((u128::from(x) * u128::from(self.multiplier)) >> 64) as u64;
        let quotient = (part + ((x - part) >> self.shifts[0])) >> self.shifts[1];
        x.wrapping_sub(quotient.wrapping_mul(self.divisor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remainders_are_those_of_divisions() {
        let mut numbers = vec![1u64, 2, 3, 5, 7, 10, 12, 100, 641, 1000, 65_535, 6_700_417];
        for bits in [8, 16, 31, 32, 33, 63] {
            numbers.extend([(1 << bits) - 1, 1 << bits, (1 << bits) + 1]);
        }
        numbers.extend([u64::MAX - 1, u64::MAX, 0x9E37_79B9_7F4A_7C15]);
        for &divisor in &numbers {
            for &x in numbers.iter().chain(&[0]) {
                for x in [
                    x,
                    x.wrapping_mul(divisor),
                    x.wrapping_mul(divisor).wrapping_sub(1),
                ] {
                    let found = Divisor::of_64_bits(divisor).remainder64(x);
                    assert_eq!(found, x % divisor, "{x} mod {divisor}");
                    if let Ok(divisor) = u32::try_from(divisor) {
                        let x = x as u32;
                        let found = Divisor::of_32_bits(divisor).remainder32(x);
                        assert_eq!(found, x % divisor, "{x} mod {divisor}");
                    }
                }
            }
        }
    }
}
