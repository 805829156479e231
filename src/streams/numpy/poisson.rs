//! Poisson values.

use std::f64::consts::TAU;

use super::NumpyRandom;

/// Draws from the Poisson distribution with a given mean.
#[derive(Clone, Copy, Debug)]
pub enum Poisson {
    /// A mean of zero: no draw, always zero.
    Zero,
    /// A mean below 10: as many uniform values as can be multiplied before the product is e^(-mean)
    /// or less (D. Knuth, The Art of Computer Programming 2, section 3.4.1).
    Product {
        /// e^(-mean).
        limit: f64,
    },
    /// A mean of 10 and above.
    Transformed(Transformed),
}

impl Poisson {
    /// The largest mean: ten standard deviations above it are still an `i64`.
    pub const MAX_MEAN: f64 = 9.223_372_006_484_771e18;

    /// The distribution with this mean, which must be in 0..=[`MAX_MEAN`](Self::MAX_MEAN).
    pub fn new(mean: f64) -> Self {
        if mean >= 10.0 {
            Self::Transformed(Transformed::new(mean))
        } else if mean > 0.0 {
            Self::Product {
                limit: (-mean).exp(),
            }
        } else {
            Self::Zero
        }
    }

    /// The next value.
    pub fn next(&self, rng: &mut NumpyRandom) -> i64 {
        match self {
            Self::Zero => 0,
            Self::Product { limit } => {
                let mut product = rng.next_f64();
                let mut factors = 0;
                while product > *limit {
                    product *= rng.next_f64();
                    factors += 1;
                }
                factors
            }
            Self::Transformed(transformed) => transformed.next(rng),
        }
    }
}

/// Transformed rejection with squeeze (PTRS): W. Hörmann, "The transformed rejection method for
/// generating Poisson random variables", Insurance: Mathematics and Economics 12, 1993. The names
/// are the paper's.
#[derive(Clone, Copy, Debug)]
pub struct Transformed {
    mean: f64,
    ln_mean: f64,
    a: f64,
    b: f64,
    inv_alpha: f64,
    v_r: f64,
}

impl Transformed {
    fn new(mean: f64) -> Self {
        let b = 0.931 + 2.53 * mean.sqrt();
        Self {
            mean,
            ln_mean: mean.ln(),
            a: -0.059 + 0.02483 * b,
            b,
            inv_alpha: 1.1239 + 1.1328 / (b - 3.4),
            v_r: 0.9277 - 3.6224 / (b - 2.0),
        }
    }

    fn next(&self, rng: &mut NumpyRandom) -> i64 {
        loop {
            let u = rng.next_f64() - 0.5;
            let v = rng.next_f64();
            let us = 0.5 - u.abs();
            let k = ((2.0 * self.a / us + self.b) * u + self.mean + 0.43).floor();
            if us >= 0.07 && v <= self.v_r {
                return k as i64;
            }
            let outside = k < 0.0 || us < 0.013 && v > us;
            if !outside && self.accepts(k, us, v) {
                return k as i64;
            }
        }
    }

    fn accepts(&self, k: f64, us: f64, v: f64) -> bool {
        let height = v.ln() + self.inv_alpha.ln() - (self.a / (us * us) + self.b).ln();
        height <= -self.mean + k * self.ln_mean - ln_gamma(k + 1.0)
    }
}

/// ln Γ(x) for x ≥ 1: Stirling's series above 7, and below by way of Γ(x) = Γ(x + 1) / x.
///
/// S. Zhang and J. Jin, "Computation of Special Functions", 1996, with that book's coefficients.
fn ln_gamma(x: f64) -> f64 {
    const SERIES: [f64; 10] = [
        8.333_333_333_333_333e-2,
        -2.777_777_777_777_778e-3,
        7.936_507_936_507_937e-4,
        -5.952_380_952_380_952e-4,
        8.417_508_417_508_418e-4,
        -1.917_526_917_526_918e-3,
        6.410_256_410_256_41e-3,
        -2.955_065_359_477_124e-2,
        1.796_443_723_688_307e-1,
        -1.392_432_216_905_9,
    ];
    if x == 1.0 || x == 2.0 {
        return 0.0;
    }
    let steps = if x <= 7.0 { (7.0 - x).floor() } else { 0.0 };
    let mut y = x + steps;
    let square = 1.0 / (y * y);
    let series = SERIES
        .iter()
        .rev()
        .fold(0.0, |sum, term| sum * square + term);
    let mut value = series / y + 0.5 * TAU.ln() + (y - 0.5) * y.ln() - y;
    while y > x {
        value -= (y - 1.0).ln();
        y -= 1.0;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_of_factorials() {
        let mut factorial = 1.0_f64;
        for n in 1..=20 {
            factorial *= f64::from(n);
            let error = ln_gamma(f64::from(n) + 1.0) - factorial.ln();
            assert!(error.abs() < 1e-12, "ln {n}! is off by {error}");
        }
    }

    #[test]
    fn mean_and_variance() {
        let mut rng = NumpyRandom::new(1);
        for mean in [0.5, 4.0, 10.0, 300.0] {
            let poisson = Poisson::new(mean);
            let values = ndarray::Array1::from_shape_simple_fn(20_000, || poisson.next(&mut rng));
            let values = values.mapv(|value| value as f64);
            assert!((values.mean().unwrap() / mean - 1.0).abs() < 0.05);
            assert!((values.var(0.0) / mean - 1.0).abs() < 0.05);
        }
    }

    #[test]
    fn extreme_means() {
        let mut rng = NumpyRandom::new(1);
        let before = rng.clone().next_f64();
        assert_eq!(Poisson::new(0.0).next(&mut rng), 0);
        assert_eq!(rng.next_f64(), before);
        assert_eq!(Poisson::new(1e-320).next(&mut rng), 0);
        assert!(Poisson::new(Poisson::MAX_MEAN).next(&mut rng) > 1 << 62);
    }
}
