//! The continuous distributions of [`NumpyRandom`].

use ndarray::{Array, IntoDimension};

use super::{NumpyRandom, require, require_non_negative};
use crate::types::Result;

impl NumpyRandom {
    /// Uniform values in [0, 1), multiples of 2⁻⁵³ (`np.random.rand`).
    ///
    /// # Errors
    /// `ResourceExhausted` if there is no memory for as many.
    pub fn rand<D: IntoDimension>(&mut self, size: D) -> Result<Array<f64, D::Dim>> {
        self.draw(size, Self::next_f64)
    }

    /// The same as [`rand`](Self::rand) (`np.random.random_sample`).
    ///
    /// # Errors
    /// As [`rand`](Self::rand).
    pub fn random_sample<D: IntoDimension>(&mut self, size: D) -> Result<Array<f64, D::Dim>> {
        self.rand(size)
    }

    /// Normal values with mean 0 and standard deviation 1 (`np.random.randn`).
    ///
    /// Marsaglia's polar method makes them in pairs; of an odd number of values the second half of
    /// the last pair is kept for the next call.
    ///
    /// # Errors
    /// `ResourceExhausted` if there is no memory for as many.
    pub fn randn<D: IntoDimension>(&mut self, size: D) -> Result<Array<f64, D::Dim>> {
        self.draw(size, Self::next_normal)
    }

    /// The same as [`randn`](Self::randn) (`np.random.standard_normal`).
    ///
    /// # Errors
    /// As [`randn`](Self::randn).
    pub fn standard_normal<D: IntoDimension>(&mut self, size: D) -> Result<Array<f64, D::Dim>> {
        self.randn(size)
    }

    /// `loc + scale · z` for standard normal z (`np.random.normal`).
    ///
    /// # Errors
    /// If `loc` is not finite or `scale` is negative or not finite.
    pub fn normal<D: IntoDimension>(
        &mut self,
        loc: f64,
        scale: f64,
        size: D,
    ) -> Result<Array<f64, D::Dim>> {
        require(loc.is_finite(), || format!("loc must be finite, got {loc}"))?;
        require_non_negative("scale", scale)?;
        self.draw(size, |rng| loc + scale * rng.next_normal())
    }

    /// `low + (high - low) · u` for u uniform in [0, 1) (`np.random.uniform`).
    ///
    /// As in NumPy `high` may be below `low`, and rounding may let it occur.
    ///
    /// # Errors
    /// If `low`, `high` or their difference is not finite.
    pub fn uniform<D: IntoDimension>(
        &mut self,
        low: f64,
        high: f64,
        size: D,
    ) -> Result<Array<f64, D::Dim>> {
        let range = high - low;
        require(range.is_finite(), || {
            format!("the range from {low} to {high} exceeds valid bounds")
        })?;
        self.draw(size, |rng| low + range * rng.next_f64())
    }

    /// Exponential values with mean `scale`: `-scale · ln(1 - u)` (`np.random.exponential`).
    ///
    /// # Errors
    /// If `scale` is negative or not finite.
    pub fn exponential<D: IntoDimension>(
        &mut self,
        scale: f64,
        size: D,
    ) -> Result<Array<f64, D::Dim>> {
        require_non_negative("scale", scale)?;
        self.draw(size, |rng| scale * rng.next_exponential())
    }

    /// Gamma values with density ∝ x^(shape - 1) e⁻ˣ (`np.random.standard_gamma`).
    ///
    /// From a shape of 1 up by G. Marsaglia and W. Tsang, "A simple method for generating gamma
    /// variables", ACM TOMS 26, 2000; below by J. Ahrens and U. Dieter, "Computer methods for
    /// sampling from gamma, beta, Poisson and binomial distributions", Computing 12, 1974.
    ///
    /// # Errors
    /// If `shape` is negative or not finite.
    pub fn standard_gamma<D: IntoDimension>(
        &mut self,
        shape: f64,
        size: D,
    ) -> Result<Array<f64, D::Dim>> {
        self.gamma(shape, 1.0, size)
    }

    /// `scale` times [`standard_gamma`](Self::standard_gamma) values (`np.random.gamma`).
    ///
    /// # Errors
    /// If `shape` or `scale` is negative or not finite.
    pub fn gamma<D: IntoDimension>(
        &mut self,
        shape: f64,
        scale: f64,
        size: D,
    ) -> Result<Array<f64, D::Dim>> {
        require_non_negative("shape", shape)?;
        require_non_negative("scale", scale)?;
        self.draw(size, |rng| scale * rng.next_gamma(shape))
    }

    /// Beta values with density ∝ x^(a - 1) (1 - x)^(b - 1) (`np.random.beta`).
    ///
    /// For a, b ≤ 1 by M. Jöhnk, "Erzeugung von betaverteilten und gammaverteilten Zufallszahlen",
    /// Metrika 8, 1964, otherwise as g / (g + h) of two gamma values with shapes a and b.
    ///
    /// # Errors
    /// If `a` or `b` is not positive or not finite.
    pub fn beta<D: IntoDimension>(
        &mut self,
        a: f64,
        b: f64,
        size: D,
    ) -> Result<Array<f64, D::Dim>> {
        for (name, value) in [("a", a), ("b", b)] {
            require(value > 0.0 && value.is_finite(), || {
                format!("{name} must be positive and finite, got {value}")
            })?;
        }
        self.draw(size, |rng| rng.next_beta(a, b))
    }

    fn next_exponential(&mut self) -> f64 {
        -(1.0 - self.next_f64()).ln()
    }

    fn next_gamma(&mut self, shape: f64) -> f64 {
        if shape == 0.0 {
            0.0
        } else if shape == 1.0 {
            self.next_exponential()
        } else if shape < 1.0 {
            self.next_gamma_below_one(shape)
        } else {
            self.next_gamma_above_one(shape)
        }
    }

    /// Ahrens and Dieter: a power of a uniform value for the part of the density near zero, an
    /// exponential tail for the rest.
    fn next_gamma_below_one(&mut self, shape: f64) -> f64 {
        loop {
            let u = self.next_f64();
            let limit = self.next_exponential();
            let (x, limit) = if u <= 1.0 - shape {
                (u.powf(1.0 / shape), limit)
            } else {
                let y = -((1.0 - u) / shape).ln();
                ((1.0 - shape + shape * y).powf(1.0 / shape), limit + y)
            };
            if x <= limit {
                return x;
            }
        }
    }

    /// Marsaglia and Tsang: b (1 + c z)³ for normal z is nearly gamma-distributed already. The
    /// first comparison accepts most values without a logarithm.
    fn next_gamma_above_one(&mut self, shape: f64) -> f64 {
        let b = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * b).sqrt();
        loop {
            let z = self.next_normal();
            let root = 1.0 + c * z;
            if root <= 0.0 {
                continue;
            }
            let v = root * root * root;
            let u = self.next_f64();
            if u < 1.0 - 0.0331 * (z * z) * (z * z) || u.ln() < 0.5 * z * z + b * (1.0 - v + v.ln())
            {
                return b * v;
            }
        }
    }

    fn next_beta(&mut self, a: f64, b: f64) -> f64 {
        if a > 1.0 || b > 1.0 {
            let left = self.next_gamma(a);
            let right = self.next_gamma(b);
            return left / (left + right);
        }
        loop {
            let [u, v] = [(); 2].map(|()| self.next_f64());
            let (x, y) = (u.powf(1.0 / a), v.powf(1.0 / b));
            if x + y <= 1.0 {
                return if x + y > 0.0 {
                    x / (x + y)
                } else {
                    fraction_of_logarithms(u.ln() / a, v.ln() / b)
                };
            }
        }
    }
}

/// x / (x + y) from ln x and ln y, for x and y too small for an `f64`.
fn fraction_of_logarithms(ln_x: f64, ln_y: f64) -> f64 {
    let larger = ln_x.max(ln_y);
    let (ln_x, ln_y) = (ln_x - larger, ln_y - larger);
    (ln_x - (ln_x.exp() + ln_y.exp()).ln()).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and variance of 20000 values.
    fn moments(
        draw: impl FnOnce(&mut NumpyRandom, usize) -> Result<ndarray::Array1<f64>>,
    ) -> [f64; 2] {
        let values = draw(&mut NumpyRandom::new(1), 20_000).unwrap();
        [values.mean().unwrap(), values.var(0.0)]
    }

    fn assert_moments(actual: [f64; 2], expected: [f64; 2]) {
        for (actual, expected) in actual.into_iter().zip(expected) {
            let tolerance = 0.05 * expected.abs();
            assert!(
                (actual - expected).abs() < tolerance,
                "{actual} for {expected}"
            );
        }
    }

    #[test]
    fn means_and_variances() {
        assert_moments(moments(|r, n| r.normal(3.0, 2.0, n)), [3.0, 4.0]);
        assert_moments(moments(|r, n| r.uniform(1.0, 4.0, n)), [2.5, 0.75]);
        assert_moments(moments(|r, n| r.exponential(2.0, n)), [2.0, 4.0]);
        assert_moments(moments(|r, n| r.standard_gamma(0.5, n)), [0.5, 0.5]);
        assert_moments(moments(|r, n| r.gamma(3.0, 2.0, n)), [6.0, 12.0]);
        assert_moments(moments(|r, n| r.beta(0.5, 0.5, n)), [0.5, 0.125]);
        assert_moments(moments(|r, n| r.beta(2.0, 3.0, n)), [0.4, 0.04]);
    }

    #[test]
    fn the_second_normal_value_waits_for_the_next_call() {
        let mut rng = NumpyRandom::new(2);
        let [first, between, second] = [
            rng.randn(1).unwrap(),
            rng.rand(1).unwrap(),
            rng.randn(1).unwrap(),
        ];
        let mut other = NumpyRandom::new(2);
        let pair = other.randn(2).unwrap();
        assert_eq!([first[0], second[0]], [pair[0], pair[1]]);
        assert_eq!(between, other.rand(1).unwrap());
    }

    #[test]
    fn parameters_out_of_range_are_errors() {
        let mut rng = NumpyRandom::new(1);
        for bad in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(rng.normal(0.0, bad, 1).is_err());
            assert!(rng.exponential(bad, 1).is_err());
            assert!(rng.standard_gamma(bad, 1).is_err());
            assert!(rng.gamma(1.0, bad, 1).is_err());
            assert!(rng.beta(bad, 1.0, 1).is_err());
            assert!(rng.beta(2.0, bad, 1).is_err());
        }
        assert!(rng.normal(f64::NAN, 1.0, 1).is_err());
        assert!(rng.uniform(0.0, f64::INFINITY, 1).is_err());
        assert!(rng.uniform(f64::MIN, f64::MAX, 1).is_err());
        assert!(rng.beta(0.0, 1.0, 1).is_err());
        assert_eq!(rng.rand(1).unwrap(), NumpyRandom::new(1).rand(1).unwrap());
    }

    #[test]
    fn extreme_parameters_come_to_an_end() {
        let mut rng = NumpyRandom::new(1);
        for tiny in [1e-320, 1e-3] {
            assert!(rng.standard_gamma(tiny, 100).is_ok());
            assert!(rng.beta(tiny, tiny, 100).is_ok());
        }
        assert!(rng.gamma(1e300, 1.0, 100).is_ok());
        assert!(rng.beta(f64::MAX, f64::MAX, 100).is_ok());
        assert_eq!(rng.gamma(0.0, 5.0, ()).unwrap().into_scalar(), 0.0);
    }
}
