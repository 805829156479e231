//! NumPy's legacy generator, `numpy.random.RandomState`.
//!
//! NumPy has frozen its streams: the same calls after the same seed give the same bits for ever.
//! The functions here make the same draws in the same order, so a program moved from Python starts
//! from the same numbers. Checked against NumPy 1.18; algorithms after the C sources of
//! `numpy/random` (`legacy-distributions.c`, `distributions.c`) and the papers named at each
//! function.

mod binomial;
mod continuous;
mod discrete;
mod mt19937;
mod poisson;
mod sequences;

use ndarray::{Array, Dimension, IntoDimension};
use rand::{RngCore, rand_core::impls};

use crate::types::{Error, Result, memory};
use mt19937::Mt19937;
pub use sequences::Choice;

/// A generator that draws what NumPy draws after `np.random.seed(seed)`.
///
/// Where Python takes a size, so do these methods, as anything `ndarray` takes for a shape: `5`,
/// `(3, 1)`, `[3, 1]`, `()` for a single value. The result is a `Result`: arguments can be wrong,
/// and there may not be enough memory.
///
/// It is also a generator of the `rand` crate; words drawn through that crate come from the same
/// stream.
///
/// ```
/// use tf1::random::NumpyRandom;
///
/// let mut rng = NumpyRandom::new(1);
/// let w = rng.randn((25, 12288))?;
/// assert_eq!(w[[0, 0]], 1.6243453636632417);
/// let order = rng.permutation(1080)?;
/// let class = rng.randint(0, 6, ())?.into_scalar();
/// # assert_eq!((order.len(), (0..6).contains(&class)), (1080, true));
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if a parameter is outside its range, is infinite or not a number (NumPy lets
/// some of these pass, and may then never return); `ResourceExhausted` if there is no memory for
/// the array. The generator has not moved then.
#[derive(Clone, Debug)]
pub struct NumpyRandom {
    words: Mt19937,
    /// Normal values are made in pairs; this is the second one, until it is asked for.
    spare_normal: Option<f64>,
}

impl NumpyRandom {
    /// The generator of `np.random.RandomState(seed)`.
    pub fn new(seed: u32) -> Self {
        Self {
            words: Mt19937::new(seed),
            spare_normal: None,
        }
    }

    /// A multiple of 2⁻⁵³ in [0, 1), of the upper 27 bits of one word and the upper 26 of the next.
    fn next_f64(&mut self) -> f64 {
        let high = f64::from(self.next_u32() >> 5);
        let low = f64::from(self.next_u32() >> 6);
        (high * 2_f64.powi(26) + low) / 2_f64.powi(53)
    }

    /// A standard normal value, by Marsaglia's polar method: for a point (x, y) uniform in the unit
    /// circle and s = x² + y², x√(-2 ln s / s) and y√(-2 ln s / s) are normal.
    ///
    /// G. Marsaglia and T. Bray, "A convenient method for generating normal variables", 1964.
    fn next_normal(&mut self) -> f64 {
        if let Some(value) = self.spare_normal.take() {
            return value;
        }
        loop {
            let x = 2.0 * self.next_f64() - 1.0;
            let y = 2.0 * self.next_f64() - 1.0;
            let square = x * x + y * y;
            if square < 1.0 && square != 0.0 {
                let factor = (-2.0 * square.ln() / square).sqrt();
                self.spare_normal = Some(factor * x);
                return factor * y;
            }
        }
    }

    /// A uniform integer in [0, max]: words are cut to the bits of `max` until one is not above it.
    fn next_up_to(&mut self, max: u64) -> u64 {
        let mask = u64::MAX.checked_shr(max.leading_zeros()).unwrap_or(0);
        loop {
            let value = match max {
                0 => 0,
                _ if u32::try_from(max).is_ok() => u64::from(self.next_u32()) & mask,
                _ => self.next_u64() & mask,
            };
            if value <= max {
                return value;
            }
        }
    }

    /// An array of `size` values, drawn in row-major order.
    fn draw<T, D: IntoDimension>(
        &mut self,
        size: D,
        mut value: impl FnMut(&mut Self) -> T,
    ) -> Result<Array<T, D::Dim>> {
        filled(size.into_dimension(), || value(self))
    }
}

impl RngCore for NumpyRandom {
    fn next_u32(&mut self) -> u32 {
        self.words.next_word()
    }

    /// Two words, the upper half first.
    fn next_u64(&mut self) -> u64 {
        let [high, low] = [(); 2].map(|()| u64::from(self.next_u32()));
        high << 32 | low
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        impls::fill_bytes_via_next(self, bytes);
    }
}

/// An array of this size with values in row-major order, if there is memory for it.
fn filled<T, D: Dimension>(size: D, mut value: impl FnMut() -> T) -> Result<Array<T, D>> {
    // All lengths together must not overflow, beside a 0 as well.
    memory::room_for::<T>(size.slice())?;
    let values = memory::collected((0..size.size()).map(|_| value()))?;
    shaped(size, values)
}

/// Values in row-major order as an array of this size, which holds as many.
fn shaped<T, D: Dimension>(size: D, values: Vec<T>) -> Result<Array<T, D>> {
    Array::from_shape_vec(size, values).map_err(|error| Error::invalid_argument(error.to_string()))
}

/// `message` as an error unless the condition holds.
fn require(condition: bool, message: impl FnOnce() -> String) -> Result<()> {
    if condition {
        Ok(())
    } else {
        Err(Error::invalid_argument(message()))
    }
}

/// Refuses a parameter below zero, infinite or NaN.
fn require_non_negative(name: &str, value: f64) -> Result<()> {
    require(value >= 0.0 && value.is_finite(), || {
        format!("{name} must be finite and not negative, got {value}")
    })
}

/// Refuses a parameter that is not a probability.
fn require_probability(name: &str, value: f64) -> Result<()> {
    require((0.0..=1.0).contains(&value), || {
        format!("{name} must be between 0 and 1, got {value}")
    })
}

/// Compensated sum (W. Kahan, 1965), with which NumPy judges whether probabilities add up to 1.
fn kahan_sum(values: impl IntoIterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0, 0.0);
    for value in values {
        let corrected = value - lost;
        let next = sum + corrected;
        lost = (next - sum) - corrected;
        sum = next;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `np.random.seed(1); np.random.rand(3).unwrap()` and `randn(3)` print in NumPy's
    /// documentation and in innumerable notebooks.
    #[test]
    fn seed_one() {
        let rounded = |x: f64| (x * 1e8).round() / 1e8;
        let uniform = NumpyRandom::new(1).rand(3).unwrap();
        assert_eq!(
            uniform.mapv(rounded).to_vec(),
            [0.417_022_00, 0.720_324_49, 0.000_114_37]
        );
        let normal = NumpyRandom::new(1).randn(3).unwrap();
        assert_eq!(
            normal.mapv(rounded).to_vec(),
            [1.624_345_36, -0.611_756_41, -0.528_171_75]
        );
    }

    #[test]
    fn long_words_begin_with_the_upper_half() {
        let mut rng = NumpyRandom::new(1);
        let mut words = rng.clone();
        let [high, low] = [(); 2].map(|()| words.next_u32());
        assert_eq!(rng.next_u64(), u64::from(high) << 32 | u64::from(low));
        assert_eq!(rng.next_u32(), words.next_u32());
    }

    #[test]
    fn every_integer_up_to_the_bound() {
        let mut rng = NumpyRandom::new(1);
        let mut seen = [0; 6];
        for _ in 0..6000 {
            seen[rng.next_up_to(5) as usize] += 1;
        }
        assert!(
            seen.iter().all(|count| (900..1100).contains(count)),
            "{seen:?}"
        );
        assert!((0..100).any(|_| rng.next_up_to(u64::MAX) > u64::MAX / 2));
        assert!((0..100).all(|_| rng.next_up_to(1 << 40) <= 1 << 40));
        let before = rng.clone().next_u32();
        assert_eq!(rng.next_up_to(0), 0);
        assert_eq!(rng.next_u32(), before);
    }

    #[test]
    fn sizes_beyond_memory_are_errors() {
        let mut rng = NumpyRandom::new(1);
        assert!(rng.normal(0.0, 1.0, (usize::MAX, 2)).is_err());
        assert!(rng.normal(0.0, 1.0, (0, usize::MAX)).is_err());
        assert!(rng.uniform(0.0, 1.0, isize::MAX as usize).is_err());
        assert_eq!(rng.normal(0.0, 1.0, (0, 3)).unwrap().shape(), [0, 3]);
    }
}
