//! The functions of [`Inexact`] for complex numbers, by the formulas that have them of real
//! functions; of numbers of two `f32` by way of two `f64`.

use num_complex::{Complex32, Complex64};

use crate::types::{Float, Inexact, Number};

/// i.
const I: Complex64 = Complex64::new(0.0, 1.0);

/// The number at this distance from 0 in the direction of this angle.
fn polar(magnitude: f64, angle: f64) -> Complex64 {
    Complex64::new(
        scaled(Inexact::cos(angle), magnitude),
        scaled(Inexact::sin(angle), magnitude),
    )
}

/// x · factor, and 0 of 0 even if the factor is infinite, as one that is too large for its type is.
fn scaled(x: f64, factor: f64) -> f64 {
    if x == 0.0 { x } else { x * factor }
}

/// The angle of a number, in [-π, π].
fn angle(z: Complex64) -> f64 {
    Float::atan2(z.im, z.re)
}

/// -i·f(i·z) of a function that is so related to another.
fn turned(z: Complex64, f: fn(Complex64) -> Complex64) -> Complex64 {
    let turned = f(Complex64::new(-z.im, z.re));
    Complex64::new(turned.im, -turned.re)
}

impl Inexact for Complex64 {
    fn exp(self) -> Self {
        polar(Inexact::exp(self.re), self.im)
    }
    /// e^re · cos im - 1 is the sum of (e^re - 1)·cos im and cos im - 1 = -2·sin²(im / 2), neither
    /// of which loses digits near 0.
    fn exp_m1(self) -> Self {
        let half = Inexact::sin(self.im / 2.0);
        let re = Inexact::exp_m1(self.re) * Inexact::cos(self.im) - 2.0 * half * half;
        Complex64::new(re, Inexact::exp(self).im)
    }
    fn ln(self) -> Self {
        Complex64::new(Inexact::ln(self.magnitude()), angle(self))
    }
    /// |1 + z|² is 1 + (re·(2 + re) + im²).
    fn ln_1p(self) -> Self {
        let excess = self.re * (2.0 + self.re) + self.im * self.im;
        let one_more = Complex64::new(1.0 + self.re, self.im);
        let re = match excess.abs() < 0.5 {
            true => 0.5 * Inexact::ln_1p(excess),
            false => Inexact::ln(one_more.magnitude()),
        };
        Complex64::new(re, angle(one_more))
    }
    fn sqrt(self) -> Self {
        if self == Complex64::ZERO {
            return Complex64::new(0.0, self.im);
        }
        // The larger of both parts first; the other is what is left of the product that is im / 2.
        let larger = f64::sqrt((self.magnitude() + self.re.abs()) / 2.0);
        let smaller = self.im.abs() / (2.0 * larger);
        match self.re >= 0.0 {
            true => Complex64::new(larger, smaller.copysign(self.im)),
            false => Complex64::new(smaller, larger.copysign(self.im)),
        }
    }
    fn rsqrt(self) -> Self {
        Complex64::ONE / Inexact::sqrt(self)
    }
    fn near_rsqrt(self) -> Self {
        Inexact::rsqrt(self)
    }
    /// e^(exponent · ln z). The power of 0 is 0 if the exponent's real part is positive, and 0⁰ is
    /// not a number, as TensorFlow has it.
    fn pow(self, exponent: Self) -> Self {
        if self == Complex64::ZERO && exponent.re > 0.0 {
            return Complex64::ZERO;
        }
        Inexact::exp(exponent * Inexact::ln(self))
    }
    fn sin(self) -> Self {
        turned(self, Inexact::sinh)
    }
    fn cos(self) -> Self {
        Inexact::cosh(Complex64::new(-self.im, self.re))
    }
    fn tan(self) -> Self {
        turned(self, Inexact::tanh)
    }
    fn near_sin(self) -> Self {
        Inexact::sin(self)
    }
    fn near_cos(self) -> Self {
        Inexact::cos(self)
    }
    fn near_tan(self) -> Self {
        Inexact::tan(self)
    }
    fn sinh(self) -> Self {
        Complex64::new(
            scaled(Inexact::sinh(self.re), Inexact::cos(self.im)),
            scaled(Inexact::sin(self.im), Inexact::cosh(self.re)),
        )
    }
    fn cosh(self) -> Self {
        Complex64::new(
            Inexact::cosh(self.re) * Inexact::cos(self.im),
            scaled(Inexact::sin(self.im), Inexact::sinh(self.re)),
        )
    }
    /// (t·(1 + u²) + i·u·(1 - t²)) / (1 + t²u²), with t = tanh re and u = tan im.
    fn tanh(self) -> Self {
        let (sine, cosine) = (Inexact::sin(self.im), Inexact::cos(self.im));
        let tangent = Inexact::tanh(self.re);
        let secant = 1.0 / Inexact::cosh(self.re);
        // All divided by 1 + u², which is 1 / cos² im.
        let below = cosine * cosine + tangent * tangent * sine * sine;
        Complex64::new(tangent / below, sine * cosine * secant * secant / below)
    }
    /// ln(z + √(z² + 1)), of numbers to the right of the imaginary axis, where nothing cancels.
    fn asinh(self) -> Self {
        if self.re < 0.0 || self.re == 0.0 && self.re.is_sign_negative() {
            return -Inexact::asinh(-self);
        }
        let root = Inexact::sqrt(self - I) * Inexact::sqrt(self + I);
        // √(z² + 1) - 1, of which nothing cancels for small z.
        let excess = self * self / (root + Complex64::ONE);
        Inexact::ln_1p(self + excess)
    }
    /// ln(z + √(z + 1)·√(z - 1)).
    fn acosh(self) -> Self {
        let root = Inexact::sqrt(self + Complex64::ONE) * Inexact::sqrt(self - Complex64::ONE);
        Inexact::ln(self + root)
    }
    /// (ln(1 + z) - ln(1 - z)) / 2.
    fn atanh(self) -> Self {
        (Inexact::ln_1p(self) - Inexact::ln_1p(-self)) / 2.0
    }
    fn sigmoid(self) -> Self {
        Complex64::ONE / (Complex64::ONE + Inexact::exp(-self))
    }
}

/// Functions of numbers of two `f32`: those of two `f64`, rounded.
macro_rules! rounded {
    ($($name:ident)*) => {
        $(fn $name(self) -> Self {
            round(Inexact::$name(widen(self)))
        })*
    };
}

impl Inexact for Complex32 {
    rounded!(exp exp_m1 ln ln_1p sqrt rsqrt near_rsqrt sin cos tan near_sin near_cos near_tan sinh cosh tanh asinh acosh
        atanh sigmoid);

    fn pow(self, exponent: Self) -> Self {
        round(Inexact::pow(widen(self), widen(exponent)))
    }
}

fn widen(z: Complex32) -> Complex64 {
    Complex64::new(z.re.into(), z.im.into())
}

fn round(z: Complex64) -> Complex32 {
    Complex32::new(z.re as f32, z.im as f32)
}
