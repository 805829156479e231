//! The Rust types that can be elements of a tensor, and the arithmetic that TensorFlow defines on
//! them.

use std::fmt::{Debug, Display};
use std::ops::{Add, Div, Mul, Sub};

#[cfg(feature = "all_types")]
use half::{bf16, f16};
use ndarray::ArrayViewMutD;
#[cfg(feature = "all_types")]
use num_complex::{Complex32, Complex64};

use super::{DType, Strided, Value, ValueMut};

pub(super) mod sealed {
    pub trait Sealed {}

    /// All of whose bits may be 0.
    pub trait Plain: bytemuck::Zeroable {}
}

/// A type that a tensor can hold: `f32`, `f64`, `i32`, `i64`, `u8` or `bool`; with the feature
/// `all_types` also `i8`, `i16`, `u16`, `u32`, `u64`, `f16`, `bf16`, `Complex32` and `Complex64`;
/// [`Bytes`](super::Bytes) for texts and [`ResourceHandle`](super::ResourceHandle) for handles.
///
/// Sealed: kernels, feeds and fetches know these types and no others.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an element type of tensors",
    label = "not `f32`, `f64`, `i32`, `i64`, `u8`, `bool` or `tf::Bytes`",
    note = "texts are tensors of `tf::Bytes`",
    note = "other integers, `f16`, `bf16` and complex numbers are element types with the feature `all_types`",
    note = "of an `AnyTensor` only the run knows the type: `x.typed::<f32>()?` tells it, and `graph.get_collection_of::<f32>(key)` and \
            `graph.trainable_variables_of::<f32>()` give typed ones"
)]
pub trait Element:
    sealed::Sealed + Clone + Default + PartialEq + Debug + Display + Send + Sync + 'static
{
    /// The same type as a value.
    const DTYPE: DType;

    /// What kernels that move such elements move: the elements themselves, or, of texts and
    /// handles, their numbers.
    #[doc(hidden)]
    type Moved: Plain;

    /// Wraps an array of this type in the type-erased [`Value`].
    fn wrap(array: Strided<'_, Self>) -> Value<'_>;

    /// The array inside `value` if it has this element type.
    fn unwrap<'v, 'a>(value: &'v Value<'a>) -> Option<&'v Strided<'a, Self>>;

    /// As [`unwrap`](Element::unwrap), to change the array.
    fn unwrap_mut<'v, 'a>(value: &'v mut Value<'a>) -> Option<&'v mut Strided<'a, Self>>;

    /// Wraps an array of this type that is to be written.
    #[doc(hidden)]
    fn wrap_mut(array: ArrayViewMutD<'_, Self>) -> ValueMut<'_>;

    /// The array inside `value` if it has this element type.
    #[doc(hidden)]
    fn view_mut<'v>(value: &'v mut ValueMut<'_>) -> Option<ArrayViewMutD<'v, Self>>;
}

/// An element type whose elements are all there is to them: numbers and truth values, not texts and
/// handles. Most ops are for these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an element type of numbers or truth values",
    label = "not `f32`, `f64`, `i32`, `i64`, `u8` or `bool`",
    note = "other integers, `f16`, `bf16` and complex numbers are element types with the feature `all_types`; texts (`tf::Bytes`) are only moved and compared",
    note = "of an `AnyTensor` only the run knows the type: `x.typed::<f32>()?` tells it"
)]
pub trait Plain: Element + sealed::Plain + Copy {
    /// The type that stands for all of the same size and alignment where elements are only moved.
    #[doc(hidden)]
    type Bits: Plain + bytemuck::Pod;
}

/// An element type with arithmetic: all but `bool`, texts and handles.
///
/// Integers wrap around on overflow, as TensorFlow's kernels do. Division by zero of integers is
/// not a value at all (`None`), as TensorFlow raises `InvalidArgument` for it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type of numbers",
    label = "this is for numbers, real or complex",
    note = "convert first: `tf::cast(&x, tf::float32)` or `x.cast::<f32>()`"
)]
pub trait Number: Plain {
    /// The type of its real and imaginary part and of its magnitude: of real numbers their own.
    type Real: Numeric;
    /// What true division of two such numbers gives: `f64` for integers of 32 and 64 bits, `f32`
    /// for shorter ones, else itself.
    type Quotient: Inexact;
    /// Whether TensorFlow divides such numbers truly: all but `u32` and `u64`.
    const HAS_QUOTIENT: bool = true;
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;

    /// `self + other`.
    fn plus(self, other: Self) -> Self;
    /// `self - other`.
    fn minus(self, other: Self) -> Self;
    /// `self · other`.
    fn times(self, other: Self) -> Self;
    /// The quotient rounded toward zero for integers, the true quotient for others.
    fn over(self, other: Self) -> Option<Self>;
    /// The sum of eight lanes by halves, of floats of 16 bits rounded once.
    #[inline(always)]
    fn sum_of_eight([a, b, c, d, e, f, g, h]: [Self; 8]) -> Self {
        let (even, odd) = (a.plus(e).plus(c.plus(g)), b.plus(f).plus(d.plus(h)));
        even.plus(odd)
    }
    /// `-self`.
    fn negated(self) -> Self;
    /// |self|.
    fn magnitude(self) -> Self::Real;
    /// -1, 0 or 1, of NaN 0, as TensorFlow 1.x gives; of a complex number the one of magnitude 1 in
    /// its direction.
    fn signum_or_zero(self) -> Self;
    /// The number with the other imaginary part: of real numbers itself.
    #[inline(always)]
    fn conjugate(self) -> Self {
        self
    }
    /// `self` to the power `exponent`; a negative power of an integer is not a value.
    fn power(self, exponent: Self) -> Option<Self>;
    /// √x; `None` of integers.
    fn root(self) -> Option<Self>;
    /// 1 / √x; `None` of integers.
    fn reciprocal_root(self) -> Option<Self>;
    /// As [`reciprocal_root`](Number::reciprocal_root) of a normal number; of all others NaN, or
    /// the same.
    #[inline(always)]
    fn near_reciprocal_root(self) -> Option<Self> {
        self.reciprocal_root()
    }
    /// The nearest value of this type, as a C++ cast gives it.
    fn from_f64(value: f64) -> Self;
    /// The nearest value of this type, wrapping around for integers.
    fn from_i64(value: i64) -> Self;
}

/// A [`Number`] that is real: all but `bool` and complex numbers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type of real numbers",
    label = "this is for integers and floating-point numbers",
    note = "convert first: `tf::cast(&x, tf::float32)` or `x.cast::<f32>()`"
)]
pub trait Numeric: Number<Real = Self> + PartialOrd {
    /// The smallest value: -∞ for floats.
    const LOWEST: Self;
    /// The largest value: ∞ for floats.
    const HIGHEST: Self;

    /// The quotient rounded toward -∞.
    fn floor_over(self, other: Self) -> Option<Self>;
    /// The remainder with the sign of `other` (Python's `%`).
    fn floor_rem(self, other: Self) -> Option<Self>;
    /// The remainder with the sign of `self` (C's `%`).
    fn trunc_rem(self, other: Self) -> Option<Self>;
    /// As [`floor_rem`](Numeric::floor_rem), without branches for floats; NaN if their quotient is
    /// large.
    #[inline(always)]
    fn near_floor_rem(self, other: Self) -> Option<Self> {
        self.floor_rem(other)
    }
    /// As [`trunc_rem`](Numeric::trunc_rem), without branches for floats; NaN if their quotient is
    /// large.
    #[inline(always)]
    fn near_trunc_rem(self, other: Self) -> Option<Self> {
        self.trunc_rem(other)
    }
    /// The nearest `f64`.
    fn to_f64(self) -> f64;
    /// Truncated toward zero, saturated at the limits of `i64`.
    fn to_i64(self) -> i64;
}

/// `Complex32` or `Complex64`.
#[cfg(feature = "all_types")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type of complex numbers",
    label = "this is for `Complex32` and `Complex64`",
    note = "make complex numbers with `tf::complex` or convert to them: `tf::cast(&x, tf::complex64)`"
)]
pub trait Complex: Inexact<Real: ComplexPart<Complex = Self>> {
    /// re + i·im.
    fn from_parts(re: Self::Real, im: Self::Real) -> Self;
    /// The real and the imaginary part.
    fn parts(self) -> (Self::Real, Self::Real);
}

/// `f32` or `f64`: the types of which TensorFlow makes complex numbers.
#[cfg(feature = "all_types")]
#[diagnostic::on_unimplemented(
    message = "there are no complex numbers of `{Self}`",
    label = "this is for `f32` and `f64`",
    note = "convert first: `tf::cast(&x, tf::float32)` or `x.cast::<f32>()`"
)]
pub trait ComplexPart: Float {
    /// The complex numbers of which this is the type of both parts.
    type Complex: Complex<Real = Self>;
}

/// `i32` or `i64`: the types that TensorFlow takes for indices and shapes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an integer type that indices and labels can have",
    label = "this is for `i32` and `i64`",
    note = "convert first: `tf::cast(&x, tf::int64)` or `x.cast::<i64>()`"
)]
pub trait Integer: Numeric {}

/// A floating-point number, real or complex: `f32`, `f64`, `f16`, `bf16`, `Complex32` or
/// `Complex64`. The functions are implemented among the kernels.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a floating-point type",
    label = "this is for `f32` and `f64`; with the feature `all_types` also `f16`, `bf16`, `Complex32` and `Complex64`",
    note = "convert first: `tf::cast(&x, tf::float32)` or `x.cast::<f32>()`"
)]
pub trait Inexact:
    Number<Quotient = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
{
    /// eˣ.
    fn exp(self) -> Self;
    /// eˣ - 1, exact for small x.
    fn exp_m1(self) -> Self;
    /// Natural logarithm.
    fn ln(self) -> Self;
    /// ln(1 + x), exact for small x.
    fn ln_1p(self) -> Self;
    /// √x.
    fn sqrt(self) -> Self;
    /// 1 / √x.
    fn rsqrt(self) -> Self;
    /// As [`rsqrt`](Inexact::rsqrt) of a normal number; NaN of all others.
    fn near_rsqrt(self) -> Self;
    /// x to the power `exponent`.
    fn pow(self, exponent: Self) -> Self;
    /// sin x.
    fn sin(self) -> Self;
    /// cos x.
    fn cos(self) -> Self;
    /// tan x.
    fn tan(self) -> Self;
    /// sin x without branches; NaN if |x| is large.
    fn near_sin(self) -> Self;
    /// cos x without branches; NaN if |x| is large.
    fn near_cos(self) -> Self;
    /// tan x without branches; NaN if |x| is large.
    fn near_tan(self) -> Self;
    /// sinh x.
    fn sinh(self) -> Self;
    /// cosh x.
    fn cosh(self) -> Self;
    /// tanh x.
    fn tanh(self) -> Self;
    /// arsinh x.
    fn asinh(self) -> Self;
    /// arcosh x.
    fn acosh(self) -> Self;
    /// artanh x.
    fn atanh(self) -> Self;
    /// 1 / (1 + e⁻ˣ).
    fn sigmoid(self) -> Self;
}

/// `f32`, `f64`, `f16` or `bf16`. The functions are implemented among the kernels.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a floating-point type",
    label = "this is for `f32`, `f64`, `f16` and `bf16`",
    note = "convert first: `tf::cast(&x, tf::float32)` or `x.cast::<f32>()`"
)]
pub trait Float: Numeric + Inexact {
    /// Not a number.
    const NAN: Self;
    /// The distance from 1 to the next larger value.
    const EPSILON: Self;
    /// The smallest normal value.
    const MIN_POSITIVE: Self;

    /// arcsin x.
    fn asin(self) -> Self;
    /// arccos x.
    fn acos(self) -> Self;
    /// arctan x.
    fn atan(self) -> Self;
    /// The angle of the point (other, self).
    fn atan2(self, other: Self) -> Self;
    /// ln(1 + eˣ), exact for large and small x.
    fn softplus(self) -> Self;
    /// The error function 2/√π · ∫₀ˣ e^(-t²) dt.
    fn erf(self) -> Self;
    /// 1 - erf x, exact for large x.
    fn erfc(self) -> Self;
    /// ln |Γ(x)|.
    fn lgamma(self) -> Self;
    /// The derivative of ln Γ(x).
    fn digamma(self) -> Self;
    /// The largest integer not above x.
    fn floor(self) -> Self;
    /// The smallest integer not below x.
    fn ceil(self) -> Self;
    /// The remainder of the division by `other` with the sign of `self`, without branches; NaN if
    /// the quotient is large.
    fn near_rem(self, other: Self) -> Self;
    /// The nearest integer, halves to the even one.
    fn round_even(self) -> Self;
    /// Whether this is NaN.
    fn is_nan(self) -> bool;
    /// Whether this is +∞ or -∞.
    fn is_infinite(self) -> bool;
    /// Whether this is neither NaN nor infinite.
    fn is_finite(self) -> bool;
}

/// The conversions to and from [`Number`]s, which are Rust's `as`.
macro_rules! conversions_from {
    ($type:ty) => {
        #[inline(always)]
        fn from_f64(value: f64) -> Self {
            value as $type
        }
        #[inline(always)]
        fn from_i64(value: i64) -> Self {
            value as $type
        }
    };
}

macro_rules! conversions_to {
    () => {
        #[inline(always)]
        fn to_f64(self) -> f64 {
            self as f64
        }
        #[inline(always)]
        fn to_i64(self) -> i64 {
            self as i64
        }
    };
}

macro_rules! integer {
    (
        $type:ty, $quotient:ty, $truncated:expr, $floored:expr, $magnitude:expr, $signum:expr
        $(, $constant:ident = $value:expr)?
    ) => {
        impl Number for $type {
            type Real = Self;
            type Quotient = $quotient;
            $(const $constant: bool = $value;)?
            const ZERO: Self = 0;
            const ONE: Self = 1;

            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }
            #[inline(always)]
            fn times(self, other: Self) -> Self {
                self.wrapping_mul(other)
            }
            #[inline(always)]
            fn over(self, other: Self) -> Option<Self> {
                (other != 0).then_some($truncated(self, divisor(other)))
            }
            #[inline(always)]
            fn negated(self) -> Self {
                self.wrapping_neg()
            }
            #[allow(unused_comparisons)]
            #[inline(always)]
            fn power(self, exponent: Self) -> Option<Self> {
                (exponent >= 0).then(|| power_by_squaring(self, exponent as u64))
            }
            #[inline(always)]
            fn root(self) -> Option<Self> {
                None
            }
            #[inline(always)]
            fn reciprocal_root(self) -> Option<Self> {
                None
            }
            #[inline(always)]
            fn magnitude(self) -> Self {
                $magnitude(self)
            }
            #[inline(always)]
            fn signum_or_zero(self) -> Self {
                $signum(self)
            }
            conversions_from!($type);
        }

        impl Numeric for $type {
            const LOWEST: Self = <$type>::MIN;
            const HIGHEST: Self = <$type>::MAX;

            #[inline(always)]
            fn floor_over(self, other: Self) -> Option<Self> {
                (other != 0).then_some($floored(self, divisor(other)))
            }
            #[inline(always)]
            fn floor_rem(self, other: Self) -> Option<Self> {
                let quotient = self.floor_over(other)?;
                Some(self.wrapping_sub(quotient.wrapping_mul(other)))
            }
            #[inline(always)]
            fn trunc_rem(self, other: Self) -> Option<Self> {
                let quotient = self.over(other)?;
                Some(self.wrapping_sub(quotient.wrapping_mul(other)))
            }
            conversions_to!();
        }
    };
}

macro_rules! signed {
    ($($type:ident, $quotient:ty, $truncated:expr, $floored:expr;)*) => {$(
        integer!($type, $quotient, $truncated, $floored, $type::wrapping_abs, $type::signum);
    )*};
}

macro_rules! unsigned {
    ($($type:ident, $quotient:ty $(, $constant:ident = $value:expr)?;)*) => {$(
        integer!(
            $type,
            $quotient,
            $type::wrapping_div,
            $type::wrapping_div,
            std::convert::identity,
            |x: $type| x.min(1)
            $(, $constant = $value)?
        );
    )*};
}

signed! {
    i32, f64, truncated, floored_i32;
    i64, f64, i64::wrapping_div, floored_quotient;
}

unsigned! {
    u8, f32;
}

#[cfg(feature = "all_types")]
signed! {
    i8, f32, i8::wrapping_div, floored_quotient;
    i16, f32, i16::wrapping_div, floored_quotient;
}

#[cfg(feature = "all_types")]
unsigned! {
    u16, f32;
    u32, f64, HAS_QUOTIENT = false;
    u64, f64, HAS_QUOTIENT = false;
}

impl Integer for i32 {}
impl Integer for i64 {}

/// Something other than 0 to divide by, so that a loop can divide in any case and needs no branch.
#[inline(always)]
fn divisor<T: Number>(other: T) -> T {
    if other == T::ZERO { T::ONE } else { other }
}

/// x / y rounded toward 0, by a division of floats, of which processors do several at once. It is
/// exact: a quotient that is not whole is farther from the next whole number than `f64` rounds.
#[inline(always)]
fn truncated(x: i32, y: i32) -> i32 {
    let quotient = f64::from(x) / f64::from(y);
    to_i32(floor_of(quotient.abs()).copysign(quotient))
}

/// As [`truncated`], rounded toward -∞.
#[inline(always)]
fn floored_i32(x: i32, y: i32) -> i32 {
    to_i32(floor_of(f64::from(x) / f64::from(y)))
}

/// A number whose last bit is worth 1: beside it, others are rounded to whole numbers, which are
/// then its last bits.
const ROUNDER: f64 = (3u64 << 51) as f64;

/// The largest whole number that is not above x, of no more than 32 bits. Not all processors have
/// an instruction for it.
#[inline(always)]
fn floor_of(x: f64) -> f64 {
    let nearest = (x + ROUNDER) - ROUNDER;
    nearest - if nearest > x { 1.0 } else { 0.0 }
}

/// The last 32 bits of a whole number: as `wrapping_div`, the one quotient that is out of range
/// becomes `i32::MIN`.
#[inline(always)]
fn to_i32(whole: f64) -> i32 {
    (whole + ROUNDER).to_bits() as i32
}

/// x / y rounded toward -∞, of signed integers; y is not 0.
#[inline(always)]
fn floored_quotient<T: Numeric>(x: T, y: T) -> T {
    let quotient = x.over(y).unwrap_or(T::ZERO);
    let rem = x.minus(quotient.times(y));
    let is_above = (rem != T::ZERO) & ((rem < T::ZERO) != (y < T::ZERO));
    quotient.minus(if is_above { T::ONE } else { T::ZERO })
}

fn power_by_squaring<T: Number>(mut base: T, mut exponent: u64) -> T {
    let mut result = T::ONE;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result.times(base);
        }
        base = base.times(base);
        exponent >>= 1;
    }
    result
}

/// The remainder of a division by `divisor` with the sign of that, from the one with the other
/// sign.
#[inline(always)]
fn floored<T: Float>(rem: T, divisor: T) -> T {
    let wrong_sign = rem != T::ZERO && (rem < T::ZERO) != (divisor < T::ZERO);
    if wrong_sign { rem + divisor } else { rem }
}

/// What real floating-point types of all lengths have in common.
macro_rules! float {
    ($type:ident, $zero:expr, $one:expr, [$($from:tt)*], [$($to:tt)*]) => {
        impl Number for $type {
            type Real = Self;
            type Quotient = Self;
            const ZERO: Self = $zero;
            const ONE: Self = $one;

            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self + other
            }
            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                self - other
            }
            #[inline(always)]
            fn times(self, other: Self) -> Self {
                self * other
            }
            #[inline(always)]
            fn over(self, other: Self) -> Option<Self> {
                Some(self / other)
            }
            #[inline(always)]
            fn negated(self) -> Self {
                -self
            }
            #[inline(always)]
            fn power(self, exponent: Self) -> Option<Self> {
                Some(Inexact::pow(self, exponent))
            }
            #[inline(always)]
            fn root(self) -> Option<Self> {
                Some(Inexact::sqrt(self))
            }
            #[inline(always)]
            fn reciprocal_root(self) -> Option<Self> {
                Some(Inexact::rsqrt(self))
            }
            #[inline(always)]
            fn near_reciprocal_root(self) -> Option<Self> {
                Some(Inexact::near_rsqrt(self))
            }
            #[inline(always)]
            fn signum_or_zero(self) -> Self {
                let negative_or_zero = if self < $zero { -$one } else { $zero };
                if self > $zero { $one } else { negative_or_zero }
            }
            $($from)*
        }

        impl Numeric for $type {
            const LOWEST: Self = <$type>::NEG_INFINITY;
            const HIGHEST: Self = <$type>::INFINITY;

            #[inline(always)]
            fn floor_over(self, other: Self) -> Option<Self> {
                Some(Float::floor(self / other))
            }
            #[inline(always)]
            fn floor_rem(self, other: Self) -> Option<Self> {
                Some(floored(self % other, other))
            }
            #[inline(always)]
            fn trunc_rem(self, other: Self) -> Option<Self> {
                Some(self % other)
            }
            #[inline(always)]
            fn near_floor_rem(self, other: Self) -> Option<Self> {
                Some(floored(self.near_rem(other), other))
            }
            #[inline(always)]
            fn near_trunc_rem(self, other: Self) -> Option<Self> {
                Some(self.near_rem(other))
            }
            $($to)*
        }
    };
}

macro_rules! native_float {
    ($($type:ident)*) => {$(
        float!($type, 0.0, 1.0, [
            #[inline(always)]
            fn magnitude(self) -> Self {
                self.abs()
            }
            conversions_from!($type);
        ], [conversions_to!();]);
    )*};
}

native_float!(f32 f64);

/// Floats of 16 bits: each operation is one of `f32`, rounded.
#[cfg(feature = "all_types")]
macro_rules! short_float {
    ($($type:ident)*) => {$(
        float!($type, $type::ZERO, $type::ONE, [
            #[inline(always)]
            fn magnitude(self) -> Self {
                $type::from_bits(self.to_bits() & 0x7fff)
            }
            #[inline]
            fn from_f64(value: f64) -> Self {
                // By way of `f32`, as TensorFlow's types convert.
                $type::from_f32(value as f32)
            }
            #[inline]
            fn from_i64(value: i64) -> Self {
                $type::from_f32(value as f32)
            }
            fn sum_of_eight(lanes: [Self; 8]) -> Self {
                $type::from_f32(f32::sum_of_eight(lanes.map($type::to_f32)))
            }
        ], [
            #[inline]
            fn to_f64(self) -> f64 {
                $type::to_f64(self)
            }
            #[inline]
            fn to_i64(self) -> i64 {
                $type::to_f32(self) as i64
            }
        ]);
    )*};
}

#[cfg(feature = "all_types")]
short_float!(f16 bf16);

/// Complex numbers: products and quotients are those of the plain formulas, as TensorFlow's are.
#[cfg(feature = "all_types")]
macro_rules! complex {
    ($($type:ident of $part:ident;)*) => {$(
        impl Number for $type {
            type Real = $part;
            type Quotient = Self;
            const ZERO: Self = $type::new(0.0, 0.0);
            const ONE: Self = $type::new(1.0, 0.0);

            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self + other
            }
            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                self - other
            }
            #[inline(always)]
            fn times(self, other: Self) -> Self {
                self * other
            }
            #[inline(always)]
            fn over(self, other: Self) -> Option<Self> {
                Some(self / other)
            }
            #[inline(always)]
            fn negated(self) -> Self {
                -self
            }
            fn power(self, exponent: Self) -> Option<Self> {
                Some(Inexact::pow(self, exponent))
            }
            fn root(self) -> Option<Self> {
                Some(Inexact::sqrt(self))
            }
            fn reciprocal_root(self) -> Option<Self> {
                Some(Inexact::rsqrt(self))
            }
            fn magnitude(self) -> $part {
                libm::hypot(self.re.into(), self.im.into()) as $part
            }
            fn signum_or_zero(self) -> Self {
                if self == Self::ZERO {
                    return Self::ZERO;
                }
                let magnitude = self.magnitude();
                $type::new(self.re / magnitude, self.im / magnitude)
            }
            #[inline(always)]
            fn conjugate(self) -> Self {
                self.conj()
            }
            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                $type::new(value as $part, 0.0)
            }
            #[inline(always)]
            fn from_i64(value: i64) -> Self {
                $type::new(value as $part, 0.0)
            }
        }

        impl ComplexPart for $part {
            type Complex = $type;
        }

        impl Complex for $type {
            fn from_parts(re: $part, im: $part) -> Self {
                $type::new(re, im)
            }
            fn parts(self) -> ($part, $part) {
                (self.re, self.im)
            }
        }
    )*};
}

#[cfg(feature = "all_types")]
complex! {
    Complex32 of f32;
    Complex64 of f64;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integer_division_follows_python_and_c() {
        assert_eq!((-7i32).floor_over(2), Some(-4));
        assert_eq!((-7i32).over(2), Some(-3));
        assert_eq!((-7i32).floor_rem(2), Some(1));
        assert_eq!((-7i32).trunc_rem(2), Some(-1));
        assert_eq!(7i32.floor_rem(-2), Some(-1));
        assert_eq!(7u8.floor_over(2), Some(3));
    }

    #[test]
    fn integers_divided_as_floats_have_the_quotients_of_integers() {
        let edges = [
            i32::MIN,
            i32::MIN + 1,
            i32::MAX,
            i32::MAX - 1,
            1 << 30,
            -(1 << 30),
        ];
        let mut numbers: Vec<i32> = (-50..50).chain(edges).collect();
        let mut bits = 1u64;
        for _ in 0..600 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            // Of all sizes.
            numbers.push((bits >> 32) as i32 >> (bits >> 27 & 31));
        }
        for &x in &numbers {
            for &y in numbers.iter().filter(|y| **y != 0) {
                assert_eq!(x.over(y), Some(x.wrapping_div(y)), "{x} / {y}");
                assert_eq!(x.trunc_rem(y), Some(x.wrapping_rem(y)), "{x} % {y}");
                let (wide_x, wide_y) = (i64::from(x), i64::from(y));
                let floor =
                    wide_x.div_euclid(wide_y) - i64::from(y < 0 && wide_x.rem_euclid(wide_y) != 0);
                assert_eq!(x.floor_over(y), Some(floor as i32), "{x} // {y}");
                assert_eq!(wide_x.floor_over(wide_y), Some(floor), "{x} // {y}");
                assert_eq!(
                    x.floor_rem(y),
                    Some((wide_x - floor * wide_y) as i32),
                    "{x} mod {y}"
                );
            }
        }
    }

    #[test]
    fn nothing_panics_at_the_limits() {
        assert_eq!(i32::MIN.over(-1), Some(i32::MIN));
        assert_eq!(i32::MIN.floor_over(-1), Some(i32::MIN));
        assert_eq!(i64::MIN.magnitude(), i64::MIN);
        assert_eq!(1i32.over(0), None);
        assert_eq!(3i64.floor_rem(0), None);
        assert_eq!(200u8.plus(100), 44);
        assert_eq!(2i32.power(-1), None);
    }
}
