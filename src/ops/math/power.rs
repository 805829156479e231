//! `Pow`.

use super::binary::{AtOne, Binary, Function, apply};
use super::{Unbroadcast, conj, greater, log, not_equal, select};
use crate::graph::{GradientContext, IntoTensor, Tensor};
use crate::kernels::slices;
use crate::ops::OpDef;
use crate::ops::array::{ones_like, zeros_like};
use crate::ops::def::op;
use crate::types::{Error, Inexact, Number, Result, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(smooth "Pow(x: T, y: T) -> (z: T); \
        T in {bfloat16, float32, float16, float64, int32, int64, complex64, complex128}", T: number, |_| Binary::<Pow, T>::new())];

/// `x` to the power `y` element by element, with broadcasting, as `tf.pow` computes it. Integers
/// wrap around on overflow. The gradient with respect to `y` is 0 where `x` is not positive; of
/// complex numbers, where `x` is 0.
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([2.0, 3.0]);
/// let y = graph.constant([3.0, 2.0]);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::pow(&x, &y).array1(), [])?, arr1(&[8.0, 9.0]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast or, when run, if an integer is raised to a
/// negative power.
#[track_caller]
pub fn pow<T: Number>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<Pow, T>("Pow", x, y)
}

#[derive(Debug)]
pub(super) struct Pow;

impl<T: Number> Function<T> for Pow {
    type Output = T;
    const OP_TYPE: &'static str = "Pow";
    const IS_LONG: bool = true;
    const UNDEFINED: Option<&'static str> =
        Some("Integers to negative integer powers are not allowed");
    const AT_ONE: Option<AtOne<T, T>> = Some(short_power);

    #[inline(always)]
    fn apply(x: T, y: T) -> Option<T> {
        x.power(y)
    }

    fn equal_operand(_: Option<T>, y: Option<T>) -> Option<usize> {
        y.filter(|y| *y == T::ONE).map(|_| 0)
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        with_class!(inexact, T::DTYPE, F => {
            gradient::<F>(cx);
            Ok(())
        }, Err(Error::unimplemented("Pow has no gradient for integers")))
    }
}

/// All x to the power `exponent`, if that is one of those that TensorFlow rewrites (as what it
/// makes of them) or the square of one.
fn short_power<T: Number>(x: &[T], exponent: T, out: &mut [T]) -> bool {
    let is = |number: i64| exponent == T::from_i64(number);
    if is(0) {
        out.fill(T::ONE);
    } else if is(1) {
        out.copy_from_slice(x);
    } else if is(2) {
        slices::map(x, out, square);
    } else if is(3) {
        slices::map(x, out, cube);
    } else if is(4) {
        slices::map(x, out, fourth);
    } else if const { T::DTYPE.is_floating() } {
        return short_power_of_floats(x, exponent, out);
    } else {
        return false;
    }
    true
}

/// [`short_power`] with the exponents that only floats have.
fn short_power_of_floats<T: Number>(x: &[T], exponent: T, out: &mut [T]) -> bool {
    let is = |number: f64| exponent == T::from_f64(number);
    if is(0.5) {
        slices::map(x, out, root);
    } else if is(-0.5) {
        slices::map(
            x,
            out,
            #[inline(always)]
            |x: T| x.near_reciprocal_root().unwrap_or_default(),
        );
        slices::mend(out, &|i| x[i].reciprocal_root().unwrap_or_default());
    } else if is(-1.0) {
        slices::map(x, out, reciprocal);
    } else if is(-2.0) {
        slices::map(
            x,
            out,
            #[inline(always)]
            |x| square(reciprocal(x)),
        );
    } else {
        return false;
    }
    true
}

#[inline(always)]
fn square<T: Number>(x: T) -> T {
    x.times(x)
}

#[inline(always)]
fn cube<T: Number>(x: T) -> T {
    square(x).times(x)
}

#[inline(always)]
fn fourth<T: Number>(x: T) -> T {
    square(square(x))
}

#[inline(always)]
fn root<T: Number>(x: T) -> T {
    x.root().unwrap_or_default()
}

#[inline(always)]
fn reciprocal<T: Number>(x: T) -> T {
    T::ONE.over(x).unwrap_or_default()
}

/// dx = dz · y · x^(y - 1) and dy = dz · z · ln x.
#[track_caller]
fn gradient<T: Inexact>(cx: &mut GradientContext<'_>) {
    let (x, y, dz) = (&cx.input::<T>(0), &cx.input::<T>(1), &cx.grad::<T>(0));
    let unbroadcast = Unbroadcast::new(x, y, dz);
    let (x, y) = (&conj(x), &conj(y));
    cx.set(0, unbroadcast.x(dz * y * pow(x, y - T::ONE)));
    let z = conj(cx.output::<T>(0));
    // The logarithm is not defined where x is 0, that of real numbers where x is not positive; a
    // first choice keeps that from its own gradient too.
    let is_defined = with_class!(floating, T::DTYPE, F => {
        greater(x.any().assume::<F>(), F::ZERO)
    }, not_equal(x, T::ZERO));
    let base = select(&is_defined, x, ones_like(x));
    let log_x = select(&is_defined, log(base), zeros_like(x));
    cx.set(1, unbroadcast.y(dz * z * log_x));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Graph, Session, gradients};
    use ndarray::{ArrayD, arr1};

    const INF: f32 = f32::INFINITY;
    const X: [f32; 7] = [3.0, -1.5, 0.0, -0.0, 1e-18, 1e15, INF];

    /// X to the power `exponent`, and the gradient of its sum: the exponent one number for all, a
    /// constant and one that is fed, and one number for each.
    fn run(exponent: f32) -> [[ArrayD<f32>; 2]; 3] {
        let graph = Graph::new();
        let x = graph.constant(X);
        let fed = graph.placeholder::<f32>("exponent", ());
        let powers = [
            pow(&x, exponent),
            pow(&x, &fed),
            pow(&x, graph.constant([exponent; X.len()])),
        ];
        let session = Session::new(&graph).unwrap();
        powers.map(|power| {
            let slope = gradients(&power, &x);
            [power, slope].map(|tensor| session.run(&tensor, [fed.feed(exponent)]).unwrap())
        })
    }

    /// No more apart than so many units in the last place.
    fn assert_within(ulps: u32, found: &ArrayD<f32>, expected: [f32; X.len()]) {
        for (found, expected) in found.iter().zip(expected) {
            let off = found.to_bits().abs_diff(expected.to_bits());
            assert!(
                off <= ulps || found.is_nan() && expected.is_nan(),
                "{found} is not {expected}"
            );
        }
    }

    fn assert_close(found: &ArrayD<f32>, expected: &ArrayD<f32>) {
        for ((found, expected), x) in found.iter().zip(expected).zip(X) {
            let off = (found - expected).abs();
            let is_same = found == expected || found.is_nan() && expected.is_nan();
            // Of -0 and -∞, roots are what TensorFlow's rewritten form gives.
            assert!(
                is_same || off <= 3e-7 * expected.abs() || x.is_sign_negative(),
                "{found} is not {expected}"
            );
        }
    }

    #[test]
    fn one_exponent_for_all_gives_what_is_shortest() {
        type Short = fn(f32) -> f32;
        let short: [(f32, Short); 9] = [
            (0.0, |_| 1.0),
            (1.0, |x| x),
            (2.0, |x| x * x),
            (3.0, |x| x * x * x),
            (4.0, |x| (x * x) * (x * x)),
            (0.5, f32::sqrt),
            (-0.5, |x| 1.0 / x.sqrt()),
            (-1.0, |x| 1.0 / x),
            (-2.0, |x| (1.0 / x) * (1.0 / x)),
        ];
        for (exponent, function) in short {
            let [constant, fed, each] = run(exponent);
            let expected = X.map(function);
            // The reciprocal root is the crate's own.
            let ulps = u32::from(exponent == -0.5);
            assert_within(ulps, &constant[0], expected);
            assert_within(ulps, &fed[0], expected);
            for i in 0..2 {
                assert_close(&constant[i], &each[i]);
                assert_close(&fed[i], &each[i]);
            }
        }
        let [constant, fed, each] = run(2.5);
        assert_eq!(constant[0].as_slice().map(<[f32]>::len), Some(X.len()));
        for i in 0..2 {
            assert_close(&constant[i], &each[i]);
            assert_close(&fed[i], &each[i]);
        }
    }

    #[test]
    fn integers_have_short_powers_too() {
        let graph = Graph::new();
        let x = graph.constant([3, -2, 100_000]);
        let session = Session::new(&graph).unwrap();
        let powers = [0, 1, 2, 3, 4, 5].map(|exponent| pow(&x, exponent));
        for (exponent, power) in (0..).zip(powers) {
            let expected = [3i32, -2, 100_000].map(|x| x.wrapping_pow(exponent));
            assert_eq!(session.run(&power, []).unwrap(), arr1(&expected).into_dyn());
        }
        let message = session.run(&pow(&x, -1), []).unwrap_err().to_string();
        assert!(message.contains("negative integer powers"), "{message}");
    }
}
