//! Binomial values.

use super::NumpyRandom;

/// Draws from the binomial distribution: how many of `n` trials succeed.
#[derive(Clone, Copy, Debug)]
pub struct Binomial {
    n: i64,
    /// Failures are counted, for they are less likely than successes.
    mirrored: bool,
    method: Method,
}

#[derive(Clone, Copy, Debug)]
enum Method {
    Inversion(Inversion),
    Btpe(Btpe),
}

impl Binomial {
    /// The distribution of `n` ≥ 0 trials that succeed with probability `p` in [0, 1].
    pub fn new(n: i64, p: f64) -> Self {
        let mirrored = p > 0.5;
        let p = if mirrored { 1.0 - p } else { p };
        let method = if p * n as f64 <= 30.0 {
            Method::Inversion(Inversion::new(n as f64, p))
        } else {
            Method::Btpe(Btpe::new(n as f64, p))
        };
        Self {
            n,
            mirrored,
            method,
        }
    }

    /// The next value.
    pub fn next(&self, rng: &mut NumpyRandom) -> i64 {
        let count = match &self.method {
            Method::Inversion(inversion) => inversion.next(rng),
            Method::Btpe(btpe) => btpe.next(rng),
        };
        // `n` may have been rounded up when it became an f64.
        let count = count.min(self.n);
        if self.mirrored { self.n - count } else { count }
    }
}

/// Inversion, for a mean up to 30: the probabilities of 0, 1, 2... are taken off a uniform value
/// until nothing is left of it.
#[derive(Clone, Copy, Debug)]
struct Inversion {
    n: f64,
    p: f64,
    q: f64,
    /// The probability of zero, qⁿ.
    none: f64,
    /// Ten standard deviations above the mean; what is left of the uniform value there is rounding
    /// error.
    bound: f64,
}

impl Inversion {
    fn new(n: f64, p: f64) -> Self {
        let q = 1.0 - p;
        let mean = n * p;
        Self {
            n,
            p,
            q,
            none: (n * q.ln()).exp(),
            bound: n.min(mean + 10.0 * (mean * q + 1.0).sqrt()).floor(),
        }
    }

    fn next(&self, rng: &mut NumpyRandom) -> i64 {
        let mut count = 0.0;
        let mut probability = self.none;
        let mut rest = rng.next_f64();
        while rest > probability {
            count += 1.0;
            if count > self.bound {
                count = 0.0;
                probability = self.none;
                rest = rng.next_f64();
            } else {
                rest -= probability;
                probability = (self.n - count + 1.0) * self.p * probability / (count * self.q);
            }
        }
        count as i64
    }
}

/// Rejection from a triangle, two parallelograms and two exponential tails (BTPE), for a mean above
/// 30: V. Kachitvichyanukul and B. Schmeiser, "Binomial random variate generation", Communications
/// of the ACM 31, 1988. The names are the paper's; p ≤ 1/2.
///
/// All in `f64`: the values are NumPy's while `n` is below 2⁵³, and nothing overflows above.
#[derive(Clone, Copy, Debug)]
struct Btpe {
    n: f64,
    p: f64,
    q: f64,
    /// The variance, n p q.
    npq: f64,
    /// The most likely value.
    m: f64,
    x_m: f64,
    x_l: f64,
    x_r: f64,
    c: f64,
    lambda_l: f64,
    lambda_r: f64,
    /// Areas under the hat, each with those before it: triangle, parallelograms, left tail, right
    /// tail.
    areas: [f64; 4],
}

impl Btpe {
    fn new(n: f64, p: f64) -> Self {
        let q = 1.0 - p;
        let npq = n * p * q;
        let f_m = n * p + p;
        let m = f_m.floor();
        let half_base = (2.195 * npq.sqrt() - 4.6 * q).floor() + 0.5;
        let x_m = m + 0.5;
        let (x_l, x_r) = (x_m - half_base, x_m + half_base);
        let c = 0.134 + 20.5 / (15.3 + m);
        let lambda = |a: f64| a * (1.0 + a / 2.0);
        let lambda_l = lambda((f_m - x_l) / (f_m - x_l * p));
        let lambda_r = lambda((x_r - f_m) / (x_r * q));
        let parallelograms = half_base * (1.0 + 2.0 * c);
        let left = parallelograms + c / lambda_l;
        let right = left + c / lambda_r;
        Self {
            n,
            p,
            q,
            npq,
            m,
            x_m,
            x_l,
            x_r,
            c,
            lambda_l,
            lambda_r,
            areas: [half_base, parallelograms, left, right],
        }
    }

    fn next(&self, rng: &mut NumpyRandom) -> i64 {
        let [triangle, .., total] = self.areas;
        loop {
            let u = rng.next_f64() * total;
            let v = rng.next_f64();
            if u <= triangle {
                return (self.x_m - triangle * v + u).floor() as i64;
            }
            if let Some((y, v)) = self.propose(u, v)
                && !self.rejects(y, v)
            {
                return y as i64;
            }
        }
    }

    /// A value from the parallelograms or a tail, with its height under the hat.
    fn propose(&self, u: f64, v: f64) -> Option<(f64, f64)> {
        let [triangle, parallelograms, left, _] = self.areas;
        if u <= parallelograms {
            let x = self.x_l + (u - triangle) / self.c;
            let v = v * self.c + 1.0 - (self.m - x + 0.5).abs() / triangle;
            (v <= 1.0).then_some((x.floor(), v))
        } else if u <= left {
            let y = (self.x_l + v.ln() / self.lambda_l).floor();
            (y >= 0.0).then_some((y, v * (u - parallelograms) * self.lambda_l))
        } else {
            let y = (self.x_r - v.ln() / self.lambda_r).floor();
            (y <= self.n).then_some((y, v * (u - left) * self.lambda_r))
        }
    }

    /// Whether the height `v` is above the density at `y`, relative to that at `m`.
    ///
    /// Near `m`, and far out in the tails, by the ratio itself, else by bounds on its logarithm.
    fn rejects(&self, y: f64, v: f64) -> bool {
        let k = (y - self.m).abs();
        if k <= 20.0 || k >= self.npq / 2.0 - 1.0 {
            return v > self.ratio(y);
        }
        let rho =
            (k / self.npq) * ((k * (k / 3.0 + 0.625) + 0.166_666_666_666_666_66) / self.npq + 0.5);
        let t = -k * k / (2.0 * self.npq);
        let ln_v = v.ln();
        ln_v >= t - rho && (ln_v > t + rho || ln_v > self.ln_ratio(y))
    }

    /// The density at `y` relative to that at `m`, factor by factor.
    fn ratio(&self, y: f64) -> f64 {
        let s = self.p / self.q;
        let a = s * (self.n + 1.0);
        let factors = |from: f64, to: f64| {
            let steps = (to - from) as u64;
            (1..=steps).map(move |step| a / (from + step as f64) - s)
        };
        if self.m < y {
            factors(self.m, y).fold(1.0, |ratio, factor| ratio * factor)
        } else {
            factors(y, self.m).fold(1.0, |ratio, factor| ratio / factor)
        }
    }

    /// The logarithm of [`ratio`](Self::ratio), by Stirling's formula.
    fn ln_ratio(&self, y: f64) -> f64 {
        let x1 = y + 1.0;
        let f1 = self.m + 1.0;
        let z = self.n + 1.0 - self.m;
        let w = self.n - y + 1.0;
        self.x_m * (f1 / x1).ln()
            + (self.n - self.m + 0.5) * (z / w).ln()
            + (y - self.m) * (w * self.p / (x1 * self.q)).ln()
            + stirling_correction(f1)
            + stirling_correction(z)
            + stirling_correction(x1)
            + stirling_correction(w)
    }
}

/// The terms of Stirling's series for ln Γ(x) behind the leading ones.
fn stirling_correction(x: f64) -> f64 {
    let s = x * x;
    (13680.0 - (462.0 - (132.0 - (99.0 - 140.0 / s) / s) / s) / s) / x / 166_320.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_variance() {
        let mut rng = NumpyRandom::new(1);
        for (n, p) in [(10, 0.3), (10, 0.7), (100, 0.45), (5000, 0.5), (5000, 0.9)] {
            let binomial = Binomial::new(n, p);
            let values = ndarray::Array1::from_shape_simple_fn(20_000, || binomial.next(&mut rng));
            assert!(values.iter().all(|value| (0..=n).contains(value)));
            let values = values.mapv(|value| value as f64);
            let mean = n as f64 * p;
            assert!((values.mean().unwrap() / mean - 1.0).abs() < 0.05);
            assert!((values.var(0.0) / (mean * (1.0 - p)) - 1.0).abs() < 0.05);
        }
    }

    #[test]
    fn extreme_parameters() {
        let mut rng = NumpyRandom::new(1);
        let mut value = |n, p| Binomial::new(n, p).next(&mut rng);
        assert_eq!(value(0, 0.5), 0);
        assert_eq!(value(i64::MAX, 0.0), 0);
        assert_eq!(value(i64::MAX, 1.0), i64::MAX);
        for p in [1e-17, 1e-9, 0.5, 1.0 - 1e-9] {
            let mean = i64::MAX as f64 * p;
            let deviations = (value(i64::MAX, p) as f64 - mean) / (mean * (1.0 - p)).sqrt();
            assert!(
                deviations.abs() < 10.0,
                "{deviations} standard deviations at {p}"
            );
        }
    }
}
