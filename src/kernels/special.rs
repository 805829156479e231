//! Functions that Rust's standard library does not have, or not accurately enough.
//!
//! All are computed in `f64`. They follow the *Handbook of Mathematical Functions* by Abramowitz
//! and Stegun, whose formulas the comments name.

use super::slices;
use crate::types::{Float, Inexact};

/// Up to here, whole powers are products.
const FEW: f64 = 8.0;

/// The derivative of order `n` of [`digamma`]; NaN unless `n` is a natural number.
#[inline(always)]
pub(crate) fn polygamma<T: Float>(n: T, x: T) -> T {
    if n >= T::ZERO && n.floor() == n {
        polygamma_of_natural(n, x)
    } else {
        T::NAN
    }
}

fn polygamma_of_natural<T: Float>(n: T, x: T) -> T {
    let (n, x) = (n.to_f64(), x.to_f64());
    if n == 0.0 {
        return T::from_f64(x.digamma());
    }
    // 6.4.10
    let sign = if n % 2.0 == 0.0 { -1.0 } else { 1.0 };
    let factorial = if n <= FEW {
        (1..=n as i32).map(f64::from).product()
    } else {
        libm::tgamma(n + 1.0)
    };
    T::from_f64(sign * factorial * hurwitz_zeta::<T>(n + 1.0, x))
}

/// Hurwitz's zeta function.
pub(crate) fn zeta<T: Float>(x: T, q: T) -> T {
    T::from_f64(hurwitz_zeta::<T>(x.to_f64(), q.to_f64()))
}

/// The coefficients of 23.1.30 (Euler's and Maclaurin's summation): B₂/2!, B₄/4! ... with
/// Bernoulli's numbers B.
const SUMMATION_SERIES: [f64; 12] = [
    1.0 / 12.0,
    -1.0 / 720.0,
    1.0 / 30240.0,
    -1.0 / 1209600.0,
    1.0 / 47900160.0,
    -5.284190138687493e-10,
    1.3382536530684679e-11,
    -3.3896802963225827e-13,
    8.586062056277845e-15,
    -2.174868698558062e-16,
    5.5090028283602296e-18,
    -1.3954464685812522e-19,
];

/// Hurwitz's zeta function, to some more digits than `T` has.
fn hurwitz_zeta<T: Float>(s: f64, q: f64) -> f64 {
    if s == 1.0 {
        f64::INFINITY
    } else if s.is_nan() || q.is_nan() || s < 1.0 {
        f64::NAN
    } else if q > 0.0 {
        zeta_of_positive::<T>(s, q)
    } else if q == q.floor() {
        f64::INFINITY
    } else if s == s.floor() {
        // The terms below 0 are those of two other sums, the second with alternating sign: q +
        // n = -(c + m).
        let (above, below) = (q - q.floor(), q.ceil() - q);
        let sign = if s % 2.0 == 0.0 { 1.0 } else { -1.0 };
        zeta_of_positive::<T>(s, above)
            + sign * (zeta_of_positive::<T>(s, below) - zeta_of_positive::<T>(s, 1.0 - q))
    } else {
        f64::NAN
    }
}

/// How many terms are added up before the rest is taken from the series, whose first term is the
/// next one. For `f32` there is one less than the lanes of a vector.
const fn terms<T: Float>() -> usize {
    if is_single::<T>() { 7 } else { 9 }
}

/// Whether results need no more digits than an `f32` has.
const fn is_single<T: Float>() -> bool {
    size_of::<T>() < size_of::<f64>()
}

/// The sum of w⁻ˢ over w = q, q + 1, q + 2 ...
fn zeta_of_positive<T: Float>(s: f64, q: f64) -> f64 {
    // What follows a term may be some hundred times as much.
    let negligible = T::EPSILON.to_f64() / 4096.0;
    let powers = powers::<T>(s, q);
    let mut sum = 0.0;
    for term in &powers[..terms::<T>()] {
        sum += term;
        if *term <= sum * negligible {
            return sum;
        }
    }
    let (w, last) = (q + terms::<T>() as f64, powers[terms::<T>()]);
    sum += last * w / (s - 1.0) + 0.5 * last;
    let (mut factor, inverse_square) = (last * s / w, 1.0 / (w * w));
    for (j, coefficient) in SUMMATION_SERIES.iter().enumerate() {
        let term = coefficient * factor;
        sum += term;
        if term.abs() <= sum * negligible {
            break;
        }
        let order = s + 2.0 * j as f64;
        factor *= (order + 1.0) * (order + 2.0) * inverse_square;
    }
    sum
}

/// w⁻ˢ for w = q, q + 1 ..., all at once; no more are of interest than [`terms`] and one.
fn powers<T: Float>(s: f64, q: f64) -> [f64; 16] {
    let bases: [f64; 16] = std::array::from_fn(|i| q + i as f64);
    let mut powers = [0.0; 16];
    // The compiler is not told how many there are: it would make a copy of the functions for each
    // of them, rather than vectors.
    let count = std::hint::black_box(if is_single::<T>() { 8 } else { 16 });
    let (bases, out) = (&bases[..count], &mut powers[..count]);
    if s <= FEW && s == s.floor() {
        let factors = [1, 2, 4, 8].map(|bit| s as i32 & bit != 0);
        slices::map(
            bases,
            out,
            #[inline(always)]
            move |w: f64| {
                let (mut power, mut factor) = (1.0, w);
                for is_factor in factors {
                    power *= if is_factor { factor } else { 1.0 };
                    factor *= factor;
                }
                1.0 / power
            },
        );
    } else if is_single::<T>() && s < f64::INFINITY {
        // A product without the digits behind those of an `f64` will do.
        slices::map(
            bases,
            out,
            #[inline(always)]
            move |w: f64| Inexact::exp(-s * Inexact::ln(w)),
        );
    } else {
        slices::map(
            bases,
            out,
            #[inline(always)]
            move |w: f64| Inexact::pow(w, -s),
        );
    }
    powers
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    fn close(found: f64, expected: f64) {
        let scale = expected.abs().max(1.0);
        assert!(
            (found - expected).abs() <= 4e-15 * scale,
            "{found} is not {expected}"
        );
    }

    /// With fewer terms and digits for `f32`.
    #[test]
    fn zeta_of_single_precision_has_all_its_digits() {
        for i in 0..100 {
            for j in 0..200 {
                let (s, q) = (1.0 + 1.1f64.powi(i - 40), 1.13f64.powi(j - 100));
                let (found, exact) = (hurwitz_zeta::<f32>(s, q), hurwitz_zeta::<f64>(s, q));
                // What is less than the least `f32` need not be known.
                let is_close = (found - exact).abs() <= (4e-9 * exact).max(1e-60) || found == exact;
                assert!(is_close, "{s} {q}: {found} is not {exact}");
            }
        }
    }

    /// Closed forms: 23.2.24, 23.2.25, 6.4.4, and differences of single terms.
    #[test]
    fn zeta_at_some_closed_forms() {
        close(hurwitz_zeta::<f64>(2.0, 1.0), PI * PI / 6.0);
        close(hurwitz_zeta::<f64>(4.0, 1.0), PI.powi(4) / 90.0);
        close(hurwitz_zeta::<f64>(2.0, 0.5), PI * PI / 2.0);
        close(hurwitz_zeta::<f64>(2.0, -0.5), PI * PI / 2.0 + 4.0);
        close(
            hurwitz_zeta::<f64>(3.0, -1.5) - hurwitz_zeta::<f64>(3.0, 0.5),
            -8.0 - 8.0 / 27.0,
        );
        close(hurwitz_zeta::<f64>(2.0, -1e-20) * 1e-40, 1.0);
        close(
            hurwitz_zeta::<f64>(60.0, 2.0) * 2f64.powi(60),
            1.0 + 1.5f64.powi(-60),
        );
        assert!(hurwitz_zeta::<f64>(2.5, -0.5).is_nan());
        assert_eq!(hurwitz_zeta::<f64>(2.0, -3.0), f64::INFINITY);
        close(polygamma(1.0f64, 1.0), PI * PI / 6.0);
        close(polygamma(2.0f64, 1.0), -2.0 * hurwitz_zeta::<f64>(3.0, 1.0));
    }
}
