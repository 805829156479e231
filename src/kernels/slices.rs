//! Functions applied to each element of slices, which all have the same length.
//!
//! A function of floats is compiled once for each level of processor (see [`cpu`](super::cpu)), and
//! so is one that tells something true or false of numbers; any other once. It should be a closure
//! marked `#[inline(always)]`, or else the compiler may call it for each element rather than work
//! on eight at once; given the function itself, it inlines that into a call of its own, and the
//! call only if it is short.

use super::cpu::{vectorised_floats, vectorised_if};
use crate::types::{DType, Plain};

/// `out[i] = f(x[i])`.
#[inline(never)]
pub(crate) fn map<A: Plain, B: Plain>(x: &[A], out: &mut [B], f: impl Fn(A) -> B + Copy) {
    if const { A::DTYPE.is_rare() || B::DTYPE.is_rare() } {
        return map_rare(x, out, &f);
    }
    vectorised_if!(pays::<A, A, B>(), map_each(x, out, f));
}

/// As [`map`], compiled once for all functions of rare types.
#[inline(never)]
fn map_rare<A: Plain, B: Plain>(x: &[A], out: &mut [B], f: &dyn Fn(A) -> B) {
    map_each(x, out, f);
}

/// `out[i] = f(x[i], y[i])`.
#[inline(never)]
pub(crate) fn zip<A: Plain, B: Plain, C: Plain>(
    x: &[A],
    y: &[B],
    out: &mut [C],
    f: impl Fn(A, B) -> C + Copy,
) {
    if const { A::DTYPE.is_rare() || B::DTYPE.is_rare() || C::DTYPE.is_rare() } {
        return zip_rare(x, y, out, &f);
    }
    vectorised_if!(pays::<A, B, C>(), zip_each(x, y, out, f));
}

/// As [`zip`], compiled once for all functions of rare types.
#[inline(never)]
fn zip_rare<A: Plain, B: Plain, C: Plain>(x: &[A], y: &[B], out: &mut [C], f: &dyn Fn(A, B) -> C) {
    zip_each(x, y, out, f);
}

/// Writes `whole(i)` to each `out[i]` that is NaN: what functions without branches leave where they
/// cannot tell the value.
#[inline(never)]
pub(crate) fn mend<T: Plain>(out: &mut [T], whole: &dyn Fn(usize) -> T) {
    let found = &*out;
    if vectorised_floats!([T] has_nan(found)) {
        for (i, out) in out.iter_mut().enumerate() {
            if has_nan(&[*out]) {
                *out = whole(i);
            }
        }
    }
}

/// `out[i] = f(out[i], x[i])`.
#[inline(never)]
pub(crate) fn update<A: Plain, B: Plain>(out: &mut [A], x: &[B], f: impl Fn(A, B) -> A + Copy) {
    vectorised_floats!([A, B] update_each(out, x, f));
}

/// Whether a function of `A`s and `B`s is compiled for each level.
const fn pays<A: Plain, B: Plain, C: Plain>() -> bool {
    let floats =
        A::DTYPE.is_native_float() && B::DTYPE.is_native_float() && C::DTYPE.is_native_float();
    floats
        || (matches!(C::DTYPE, DType::Bool)
            && !matches!(A::DTYPE, DType::Bool)
            && !A::DTYPE.is_rare())
}

#[inline(always)]
#[expect(clippy::eq_op, reason = "NaN is not equal to itself")]
fn has_nan<T: Copy + PartialEq>(x: &[T]) -> bool {
    x.iter().fold(false, |any, &x| any | (x != x))
}

#[inline(always)]
fn map_each<A: Copy, B>(x: &[A], out: &mut [B], f: impl Fn(A) -> B) {
    for (out, &x) in out.iter_mut().zip(x) {
        *out = f(x);
    }
}

#[inline(always)]
fn zip_each<A: Copy, B: Copy, C>(x: &[A], y: &[B], out: &mut [C], f: impl Fn(A, B) -> C) {
    for ((out, &x), &y) in out.iter_mut().zip(x).zip(y) {
        *out = f(x, y);
    }
}

#[inline(always)]
fn update_each<A: Copy, B: Copy>(out: &mut [A], x: &[B], f: impl Fn(A, B) -> A) {
    for (out, &x) in out.iter_mut().zip(x) {
        *out = f(*out, x);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Float, Inexact};

    /// Each function of one number as the loops compile it, and by itself, of every length of what
    /// a register leaves over.
    macro_rules! assert_same_bits {
        ($type:ident, $trait:ident: $($function:ident)*) => {$(
            let xs: Vec<$type> = (0..67).map(|i| (i as $type - 30.0) * 0.37).collect();
            // Miri, which takes its time, is given a few lengths only.
            for length in (0..xs.len()).step_by(if cfg!(miri) { 33 } else { 1 }) {
                let mut out = vec![0.0; length];
                map(&xs[..length], &mut out, #[inline(always)] |x: $type| $trait::$function(x));
                for (&x, &found) in xs.iter().zip(&out) {
                    let alone = std::hint::black_box(<$type as $trait>::$function)(x);
                    assert!(
                        found.to_bits() == alone.to_bits() || found.is_nan() && alone.is_nan(),
                        "{}({x}) is {found} and {alone}",
                        stringify!($function)
                    );
                }
            }
        )*};
    }

    /// The same of functions of two numbers.
    macro_rules! assert_same_bits_of_pairs {
        ($type:ident, $trait:ident: $($function:ident)*) => {$(
            let xs: Vec<$type> = (0..67).map(|i| (i as $type - 10.0) * 0.37).collect();
            let ys: Vec<$type> = (0..67).map(|i| (i * 29 % 67) as $type - 20.5).collect();
            let mut out = vec![0.0; xs.len()];
            zip(&xs, &ys, &mut out, #[inline(always)] |x: $type, y: $type| $trait::$function(x, y));
            for ((&x, &y), &found) in xs.iter().zip(&ys).zip(&out) {
                let alone = std::hint::black_box(<$type as $trait>::$function)(x, y);
                assert!(
                    found.to_bits() == alone.to_bits() || found.is_nan() && alone.is_nan(),
                    "{}({x}, {y}) is {found} and {alone}",
                    stringify!($function)
                );
            }
        )*};
    }

    #[test]
    fn no_level_changes_a_bit() {
        assert_same_bits!(f32, Inexact: exp exp_m1 ln ln_1p rsqrt near_rsqrt near_sin near_cos near_tan sinh cosh tanh asinh acosh atanh sigmoid);
        assert_same_bits!(f32, Float: asin acos atan softplus erf erfc lgamma digamma floor ceil round_even);
        assert_same_bits!(f64, Inexact: exp exp_m1 ln ln_1p rsqrt near_rsqrt near_sin near_cos near_tan sinh cosh tanh asinh acosh atanh sigmoid);
        assert_same_bits!(f64, Float: asin acos atan softplus erf erfc lgamma digamma floor ceil round_even);
        assert_same_bits_of_pairs!(f32, Inexact: pow);
        assert_same_bits_of_pairs!(f32, Float: atan2 near_rem);
        assert_same_bits_of_pairs!(f64, Inexact: pow);
        assert_same_bits_of_pairs!(f64, Float: atan2 near_rem);
    }

    #[test]
    fn what_is_nan_is_mended() {
        for length in [0, 1, 15, 16, 67] {
            let mut out: Vec<f32> = (0..length).map(|i| i as f32).collect();
            for i in (0..length).step_by(7) {
                out[i] = f32::NAN;
            }
            mend(&mut out, &|i| if i == 14 { f32::NAN } else { i as f32 });
            for (i, found) in out.into_iter().enumerate() {
                assert!(
                    found == i as f32 || i == 14 && found.is_nan(),
                    "{i}: {found}"
                );
            }
        }
    }
}
