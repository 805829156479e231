//! Sine, cosine and tangent.
//!
//! With n the integer next to x / (π/2) and r = x - n·π/2, each is the sine or cosine of r, or a
//! quotient of them, with a sign: which, the last two bits of n say. |r| ≤ π/4. So it is for |x| up
//! to a limit, far beyond what one meets; from there on, the vectors give NaN, and each number is
//! computed by itself, with as many digits of π as it takes.

use super::real::{Real, Sum, polynomial};

/// The numbers of the circular functions of one type.
pub(crate) trait Circular: Real {
    /// π/2 in three parts, of which the first two are all but the last bits. The difference of x
    /// and the product of n and the first is exact.
    const HALF_PI: [Self; 3];
    /// 2/π.
    const TWO_OVER_PI: Self;
    /// Of (sin(r) / r - 1) / r² in powers of r², with the least largest error in the sine.
    const SINE: &'static [Self];
    /// Of (cos(r) - 1 + r²/2) / r⁴ in powers of r², with the least largest error.
    const COSINE: &'static [Self];
    /// Up to this magnitude of x, the parts of π/2 are enough.
    const REACH: Self;
}

impl Circular for f32 {
    const HALF_PI: [f32; 3] = [1.570_796_4, -4.371_139e-8, -1.715_124_5e-15];
    const TWO_OVER_PI: f32 = std::f32::consts::FRAC_2_PI;
    const SINE: &'static [f32] = &[-0.166_666_55, 0.008_332_189, -0.000_195_182_87];
    const COSINE: &'static [f32] = &[0.041_666_646, -0.001_388_730_1, 2.443_065_2e-5];
    const REACH: f32 = 1e5;
}

impl Circular for f64 {
    const HALF_PI: [f64; 3] = [
        std::f64::consts::FRAC_PI_2,
        6.123_233_995_736_766e-17,
        -1.497_384_904_859_169_8e-33,
    ];
    const TWO_OVER_PI: f64 = std::f64::consts::FRAC_2_PI;
    const SINE: &'static [f64] = &[
        -0.166_666_666_666_666_3,
        0.008_333_333_333_321_839,
        -0.000_198_412_698_293_566_3,
        2.755_731_353_776_700_3e-6,
        -2.505_073_426_189_343_4e-8,
        1.589_542_534_888_457e-10,
    ];
    const COSINE: &'static [f64] = &[
        0.041_666_666_666_666_6,
        -0.001_388_888_888_887_446_7,
        2.480_158_728_966_439_5e-5,
        -2.755_731_439_828_122e-7,
        2.087_572_883_326_392_8e-9,
        -1.135_990_788_675_898_7e-11,
    ];
    const REACH: f64 = 1e9;
}

/// sin x; NaN beyond the reach.
#[inline(always)]
pub(super) fn sin<T: Circular>(x: T) -> T {
    let turned = Turned::of(x);
    let value = turned.sine_or_cosine(turned.is_odd);
    let value = negated_if(turned.is_second, value);
    // -0.0 would become 0.0.
    if x == T::ZERO { x } else { value }
}

/// cos x; NaN beyond the reach.
#[inline(always)]
pub(super) fn cos<T: Circular>(x: T) -> T {
    let turned = Turned::of(x);
    let value = turned.sine_or_cosine(!turned.is_odd);
    negated_if(turned.is_second != turned.is_odd, value)
}

/// tan x; NaN beyond the reach.
#[inline(always)]
pub(super) fn tan<T: Circular>(x: T) -> T {
    let turned = Turned::of(x);
    let (sine, cosine) = (turned.sine(), turned.cosine());
    let (numerator, denominator) = if turned.is_odd {
        (cosine.negated(), sine)
    } else {
        (sine, cosine)
    };
    let reciprocal = T::ONE / denominator.high;
    let quotient = numerator.high * reciprocal;
    let left = quotient.negated().mul_add(denominator.high, numerator.high);
    let left = quotient
        .negated()
        .mul_add(denominator.low, left + numerator.low);
    let value = left.mul_add(reciprocal, quotient);
    // -0.0 would become 0.0.
    if x == T::ZERO { x } else { value }
}

/// `near` of x, or `far` of it beyond the reach.
#[inline(always)]
pub(super) fn anywhere<T: Circular>(x: T, near: fn(T) -> T, far: fn(f64) -> f64) -> T {
    if x.magnitude() > T::REACH {
        T::from_f64(far(x.to_f64()))
    } else {
        near(x)
    }
}

#[inline(always)]
fn negated_if<T: Real>(condition: bool, x: T) -> T {
    if condition { x.negated() } else { x }
}

/// An angle without its quarter turns.
struct Turned<T> {
    /// r.
    r: T,
    /// What r lacks.
    rest: T,
    /// r².
    square: T,
    /// Whether n is odd.
    is_odd: bool,
    /// Whether n is 2 or 3, whole turns aside.
    is_second: bool,
}

impl<T: Circular> Turned<T> {
    #[inline(always)]
    fn of(x: T) -> Self {
        let is_far = x.magnitude() > T::REACH;
        let x = if is_far { T::NAN } else { x };
        let shifted = x.mul_add(T::TWO_OVER_PI, T::ROUNDER);
        let n = (shifted - T::ROUNDER).negated();
        let [first, second, third] = T::HALF_PI;
        let product = Sum::product(n, second);
        let r = Sum::of_any(n.mul_add(first, x), product.high).plus(product.low);
        Turned {
            r: r.high,
            rest: n.mul_add(third, r.low),
            square: r.high * r.high,
            is_odd: shifted.has_bit(0),
            // Twice the exponents' bias, with which the bits end, is 2 more than a multiple of 4.
            is_second: !shifted.has_bit(1),
        }
    }

    #[inline(always)]
    fn sine(&self) -> Sum<T> {
        let cube = self.r * self.square;
        let tail = cube.mul_add(polynomial(self.square, T::SINE), self.rest);
        Sum::of(self.r, tail)
    }

    #[inline(always)]
    fn cosine(&self) -> Sum<T> {
        let main = Sum::of(T::ONE, (self.square * T::HALF).negated());
        let tail = self.rest.negated().mul_add(self.r, main.low);
        let fourth = self.square * self.square;
        Sum::of(
            main.high,
            fourth.mul_add(polynomial(self.square, T::COSINE), tail),
        )
    }

    #[inline(always)]
    fn sine_or_cosine(&self, is_cosine: bool) -> T {
        let (sine, cosine) = (self.sine().high, self.cosine().high);
        if is_cosine { cosine } else { sine }
    }
}
