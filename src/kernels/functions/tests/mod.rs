//! The functions of `f32` against the standard library's of `f64`, those of `f64` against values
//! that mpmath computed with 60 digits, both at their edges.

#[cfg(feature = "all_types")]
mod complex;
mod double;
mod two;

use std::f64::consts::PI;
use std::sync::atomic::{AtomicU32, Ordering};

use super::super::slices;
use super::gamma::PSI_SERIES;
use crate::types::{Float, Inexact};

/// Every so manieth `f32` is tried.
const STRIDE: usize = if cfg!(debug_assertions) {
    30_011
} else {
    1_021
};

/// A function of `f32`, applied to each of some numbers, what it should be, and how many units in
/// the last place it may be off.
struct Claim {
    name: &'static str,
    apply: fn(&[f32], &mut [f32]),
    exact: fn(f64) -> f64,
    most: f64,
}

macro_rules! claims {
    ($($name:literal $trait:ident::$function:ident $exact:expr, $most:literal;)*) => {
        &[$(Claim {
            name: $name,
            apply: |x, out| slices::map(x, out, #[inline(always)] |x: f32| $trait::$function(x)),
            exact: $exact,
            most: $most,
        }),*]
    };
}

const CLAIMS: &[Claim] = claims! {
    "exp" Inexact::exp f64::exp, 1.0;
    "expm1" Inexact::exp_m1 f64::exp_m1, 2.0;
    "log" Inexact::ln f64::ln, 1.0;
    "log1p" Inexact::ln_1p f64::ln_1p, 1.0;
    "rsqrt" Inexact::rsqrt |x| 1.0 / x.sqrt(), 1.0;
    "sin" Inexact::sin f64::sin, 1.0;
    "cos" Inexact::cos f64::cos, 1.0;
    "tan" Inexact::tan f64::tan, 2.0;
    "asin" Float::asin f64::asin, 1.5;
    "acos" Float::acos f64::acos, 1.5;
    "atan" Float::atan f64::atan, 2.0;
    "sinh" Inexact::sinh f64::sinh, 2.0;
    "cosh" Inexact::cosh f64::cosh, 2.0;
    "tanh" Inexact::tanh f64::tanh, 2.0;
    "asinh" Inexact::asinh libm::asinh, 2.0;
    "acosh" Inexact::acosh arcosh, 2.0;
    "atanh" Inexact::atanh libm::atanh, 2.0;
    "sigmoid" Inexact::sigmoid logistic, 2.0;
    "softplus" Float::softplus log_of_one_plus_power, 2.0;
    "erf" Float::erf libm::erf, 2.0;
    "erfc" Float::erfc libm::erfc, 2.5;
    "lgamma" Float::lgamma log_of_gamma, 1.0;
    "digamma" Float::digamma psi, 2.0;
};

fn arcosh(x: f64) -> f64 {
    // What libm's function gives there is not said.
    if x < 1.0 { f64::NAN } else { libm::acosh(x) }
}

fn log_of_gamma(x: f64) -> f64 {
    // As TensorFlow, where libm gives NaN.
    if x == f64::NEG_INFINITY {
        f64::INFINITY
    } else {
        libm::lgamma(x)
    }
}

/// The derivative of ln Γ(x), in the plain form: 6.3.7, 6.3.5 and 6.3.18 of the *Handbook of
/// Mathematical Functions* by Abramowitz and Stegun.
fn psi(x: f64) -> f64 {
    if x <= 0.0 {
        let offset = x - x.round();
        return if offset == 0.0 || x.is_infinite() {
            f64::INFINITY
        } else {
            psi(1.0 - x) - PI / (PI * offset).tan()
        };
    }
    let (mut x, mut sum) = (x, 0.0);
    while x < 10.0 {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    let series = PSI_SERIES
        .iter()
        .rev()
        .fold(0.0, |tail, coefficient| (tail + coefficient) * y);
    sum + x.ln() - 0.5 / x - series
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn log_of_one_plus_power(x: f64) -> f64 {
    if x > 0.0 {
        x + (-x).exp().ln_1p()
    } else {
        x.exp().ln_1p()
    }
}

/// How far `found` is from `expected`, in units in the last place; infinite where one is NaN or has
/// the wrong sign.
fn error(found: f32, expected: f64) -> f64 {
    let nearest = expected as f32;
    let is_same = found.to_bits() == nearest.to_bits() || found.is_nan() && nearest.is_nan();
    if is_same {
        return 0.0;
    }
    if found.is_sign_negative() != nearest.is_sign_negative() || !expected.is_finite() {
        return f64::INFINITY;
    }
    if found.is_infinite() || nearest.is_infinite() {
        // The largest number and infinity are neighbours.
        return f64::from(found.to_bits().abs_diff(nearest.to_bits()));
    }
    let exponent = (nearest.to_bits() >> 23 & 0xff).max(1) as i32;
    (f64::from(found) - expected).abs() / 2f64.powi(exponent - 127 - 23)
}

/// How many numbers are looked at together.
const CHUNK: usize = 4096;

fn assert_accurate(xs: impl Iterator<Item = f32> + Clone) {
    assert_all(|claim| worst_error(claim, xs.clone()));
}

/// Fails if a claim does not hold, when all have been looked at.
fn assert_all(worst_error: impl Fn(&Claim) -> Worst) {
    // Few: one for each function.
    let broken: Vec<&str> = CLAIMS
        .iter()
        .filter(|claim| !claim.holds(worst_error(claim)))
        .map(|claim| claim.name)
        .collect();
    assert!(broken.is_empty(), "{broken:?}");
}

impl Claim {
    fn holds(&self, Worst { error, x, found }: Worst) -> bool {
        let (name, expected) = (self.name, (self.exact)(f64::from(x)));
        println!("{name} is off by {error:.3} units at most");
        if error > 0.0 {
            println!("    {name}({x:e}) is {found:e}, and not {expected:e}");
        }
        error <= self.most
    }
}

/// The result that is farthest from what it should be.
#[derive(Clone, Copy, Default)]
struct Worst {
    error: f64,
    x: f32,
    found: f32,
}

impl Worst {
    fn of_both(self, other: Worst) -> Worst {
        if other.error > self.error {
            other
        } else {
            self
        }
    }
}

fn worst_error(claim: &Claim, mut xs: impl Iterator<Item = f32>) -> Worst {
    let Claim { apply, exact, .. } = claim;
    let mut worst = Worst::default();
    loop {
        // Few: a chunk, here and below.
        let x: Vec<f32> = xs.by_ref().take(CHUNK).collect();
        if x.is_empty() {
            return worst;
        }
        // Few: see above.
        let mut found = vec![0.0; x.len()];
        apply(&x, &mut found);
        for (x, found) in x.into_iter().zip(found) {
            let error = error(found, exact(f64::from(x)));
            worst = worst.of_both(Worst { error, x, found });
        }
    }
}

#[test]
fn single_precision_is_accurate() {
    let all = 0..=u32::MAX;
    assert_accurate(all.step_by(STRIDE).map(f32::from_bits));
}

/// All bit patterns, on all processors: `cargo test --release --lib
/// accurate_everywhere -- --ignored --nocapture`.
#[test]
#[ignore = "takes about an hour of one processor's time, optimised"]
fn single_precision_is_accurate_everywhere() {
    const PARTS: u32 = 1 << 10;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    assert_all(|claim| {
        let next = AtomicU32::new(0);
        let work = || {
            let mut worst = Worst::default();
            loop {
                let part = next.fetch_add(1, Ordering::Relaxed);
                if part >= PARTS {
                    return worst;
                }
                let length = u32::MAX / PARTS + 1;
                let bits = (0..length).map(|i| part * length + i);
                worst = worst.of_both(worst_error(claim, bits.map(f32::from_bits)));
            }
        };
        std::thread::scope(|scope| {
            // Few: one for each processor.
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            let results = workers.into_iter().map(|worker| worker.join().unwrap());
            results.fold(Worst::default(), Worst::of_both)
        })
    });
}

#[test]
fn single_precision_is_accurate_at_the_edges() {
    let near =
        |x: f32| (-3..=3i32).map(move |i| f32::from_bits(x.to_bits().wrapping_add_signed(i)));
    let edges = [
        0.0,
        f32::MIN_POSITIVE,
        1.0,
        0.55,
        std::f32::consts::FRAC_1_SQRT_2,
        std::f32::consts::SQRT_2,
        std::f32::consts::LN_2 / 2.0,
        4.0,
        0.5,
        1.461_632_1,
        7.5,
        std::f32::consts::FRAC_PI_4,
        std::f32::consts::FRAC_PI_2,
        std::f32::consts::PI,
        1e5,
        1e30,
        // The largest and least arguments whose power of e is finite, normal, and not 0, all with
        // either sign.
        88.722_84,
        87.336_55,
        103.972_08,
        f32::MAX,
        f32::INFINITY,
        f32::NAN,
    ];
    assert_accurate(edges.into_iter().flat_map(move |x| near(x).chain(near(-x))));
}
