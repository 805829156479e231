//! Products and quotients that are 0 where one factor or the numerator is, even if the rest is
//! infinite or undefined.
//!
//! Their gradients are those of other products: of complex numbers with conjugates, which
//! TensorFlow 1.15 leaves out of all but `DivNoNan`'s.

use super::binary::{Binary, Function, after, apply, unbroadcast_tensors};
use super::broadcast_gradient::same_known_shapes;
use super::{cast_to, conj, negative, not_equal};
use crate::graph::{GradientContext, IntoTensor, Tensor};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::types::{Inexact, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "MulNoNan(x: T, y: T) -> (z: T); \
        T in {float16, float32, float64, complex64, complex128}",
        T: inexact, |_| Binary::<MulNoNan, T>::new()),
    op!(smooth "DivNoNan(x: T, y: T) -> (z: T); \
        T in {float16, float32, float64, complex64, complex128}",
        T: inexact, |_| Binary::<DivNoNan, T>::new()),
    op!(smooth "Xdivy(x: T, y: T) -> (z: T); \
        T in {float16, float32, float64, complex64, complex128}",
        T: inexact, |_| Binary::<Xdivy, T>::new()),
    op!(smooth "Xlogy(x: T, y: T) -> (z: T); \
        T in {float16, float32, float64, complex64, complex128}",
        T: inexact, |_| Binary::<Xlogy, T>::new()),
];

/// `x · y`, but 0 where `y` is 0 even if `x` is infinite or not a number, element by element, with
/// broadcasting, as `tf.math.multiply_no_nan` computes it.
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn multiply_no_nan<T: Inexact>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<MulNoNan, T>("multiply_no_nan", x, y)
}

/// The same as [`multiply_no_nan`], with a node called `MulNoNan`, as `tf.raw_ops.MulNoNan` makes
/// it.
///
/// # Errors
/// As [`multiply_no_nan`].
#[track_caller]
pub fn mul_no_nan<T: Inexact>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<MulNoNan, T>("MulNoNan", x, y)
}

/// `x / y`, but 0 where `y` is 0, element by element, with broadcasting, as `tf.div_no_nan`
/// computes it.
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn div_no_nan<T: Inexact>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<DivNoNan, T>("div_no_nan", x, y)
}

/// `x / y`, but 0 where `x` is 0, element by element, with broadcasting, as `tf.math.xdivy`
/// computes it.
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn xdivy<T: Inexact>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<Xdivy, T>("Xdivy", x, y)
}

/// `x · ln y`, but 0 where `x` is 0, element by element, with broadcasting, as `tf.math.xlogy`
/// computes it.
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn xlogy<T: Inexact>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<Xlogy, T>("Xlogy", x, y)
}

#[derive(Debug)]
struct MulNoNan;

#[derive(Debug)]
struct DivNoNan;

#[derive(Debug)]
struct Xdivy;

#[derive(Debug)]
struct Xlogy;

impl<T: Inexact> Function<T> for MulNoNan {
    type Output = T;
    const OP_TYPE: &'static str = "MulNoNan";

    #[inline(always)]
    fn apply(x: T, y: T) -> Option<T> {
        Some(if y == T::ZERO { T::ZERO } else { x * y })
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        let (x, y, dz) = (&cx.input::<T>(0), &cx.input::<T>(1), &cx.grad::<T>(0));
        if same_known_shapes(&[x, y, dz]) {
            cx.set(0, mul_no_nan(dz, conj(y)));
            cx.set(1, mul_no_nan(conj(x), dz));
        } else {
            let unbroadcast = unbroadcast_tensors(x, y);
            cx.set(0, unbroadcast.x(mul_no_nan(dz, conj(y))));
            cx.set(1, unbroadcast.y(mul_no_nan(conj(x), dz)));
        }
        Ok(())
    }
}

impl<T: Inexact> Function<T> for DivNoNan {
    type Output = T;
    const OP_TYPE: &'static str = "DivNoNan";

    #[inline(always)]
    fn apply(x: T, y: T) -> Option<T> {
        Some(if y == T::ZERO { T::ZERO } else { x / y })
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        let (x, y, dz) = (&cx.input::<T>(0), &cx.input::<T>(1), &cx.grad::<T>(0));
        let unbroadcast = unbroadcast_tensors(x, y);
        let (x, y) = (conj(x), &conj(y));
        cx.set(0, unbroadcast.x(div_no_nan(dz, y)));
        let slope = div_no_nan(div_no_nan(negative(x), y), y);
        cx.set(1, unbroadcast.y(dz * slope));
        Ok(())
    }
}

impl<T: Inexact> Function<T> for Xdivy {
    type Output = T;
    const OP_TYPE: &'static str = "Xdivy";

    #[inline(always)]
    fn apply(x: T, y: T) -> Option<T> {
        Some(if x == T::ZERO { T::ZERO } else { x / y })
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        let (x, y, dz) = (&cx.input::<T>(0), &cx.input::<T>(1), &cx.grad::<T>(0));
        let unbroadcast = unbroadcast_tensors(x, y);
        let (dx, dy) = after(dz, || {
            let (x, y) = (&conj(x), &conj(y));
            let slope_x = xdivy(one_unless_zero(x), y);
            let slope_y = xdivy(negative(x), y.pow(T::from_i64(2)));
            (unbroadcast.x(slope_x * dz), unbroadcast.y(slope_y * dz))
        });
        cx.set(0, dx);
        cx.set(1, dy);
        Ok(())
    }
}

impl<T: Inexact> Function<T> for Xlogy {
    type Output = T;
    const OP_TYPE: &'static str = "Xlogy";
    const IS_LONG: bool = true;

    #[inline(always)]
    fn apply(x: T, y: T) -> Option<T> {
        Some(if x == T::ZERO { T::ZERO } else { x * y.ln() })
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        let (x, y, dz) = (&cx.input::<T>(0), &cx.input::<T>(1), &cx.grad::<T>(0));
        let unbroadcast = unbroadcast_tensors(x, y);
        let (dx, dy) = after(dz, || {
            let (x, y) = (&conj(x), &conj(y));
            let slope_x = xlogy(one_unless_zero(x), y);
            let slope_y = xdivy(x, y);
            (unbroadcast.x(slope_x * dz), unbroadcast.y(slope_y * dz))
        });
        cx.set(0, dx);
        cx.set(1, dy);
        Ok(())
    }
}

/// 1, but 0 where `x` is 0.
#[track_caller]
fn one_unless_zero<T: Inexact>(x: &Tensor<T>) -> Tensor<T> {
    // TensorFlow makes a number of Python, which it takes for an f32, the zero to compare with.
    let zero = super::cast::cast_constant::<f32, T>(x.graph(), 0.0);
    cast_to::<bool, T>(not_equal(x, zero))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Graph, Session, gradients};
    use ndarray::Array1;

    type Op = fn(Tensor<f64>, Tensor<f64>) -> Tensor<f64>;

    const INF: f64 = f64::INFINITY;
    const NAN: f64 = f64::NAN;
    const X: [f64; 7] = [0.0, 0.0, 0.0, 1.0, INF, NAN, 2.0];
    const Y: [f64; 7] = [0.0, NAN, INF, 0.0, 0.0, 0.0, 4.0];

    /// The values at (X, Y) and both gradients of their sum.
    fn run(op: Op) -> [Array1<f64>; 3] {
        let graph = Graph::new();
        let (x, y) = (graph.constant(X), graph.constant(Y));
        let z = op(x.clone(), y.clone());
        let [dx, dy] = gradients(&z, [&x, &y]);
        let session = Session::new(&graph).unwrap();
        let (z, dx, dy) = session.run((&z, &dx, &dy), []).unwrap();
        [z, dx, dy].map(|array| array.into_dimensionality().unwrap())
    }

    fn assert_same(found: &Array1<f64>, expected: [f64; 7]) {
        let same =
            |(a, b): (&f64, &f64)| (a - b).abs() < 1e-15 || a == b || (a.is_nan() && b.is_nan());
        assert!(
            found.iter().zip(&expected).all(same),
            "{found} is not {expected:?}"
        );
    }

    /// As TensorFlow 1.15.5 computes them.
    #[test]
    fn zero_wins_over_infinity_and_nan() {
        let [z, dx, dy] = run(multiply_no_nan);
        assert_same(&z, [0.0, NAN, NAN, 0.0, 0.0, 0.0, 8.0]);
        assert_same(&dx, [0.0, NAN, INF, 0.0, 0.0, 0.0, 4.0]);
        assert_same(&dy, [0.0, 0.0, 0.0, 1.0, INF, NAN, 2.0]);
        let [z, dx, dy] = run(div_no_nan);
        assert_same(&z, [0.0, NAN, 0.0, 0.0, 0.0, 0.0, 0.5]);
        assert_same(&dx, [0.0, NAN, 0.0, 0.0, 0.0, 0.0, 0.25]);
        assert_same(&dy, [0.0, NAN, 0.0, 0.0, 0.0, 0.0, -0.125]);
        let [z, dx, dy] = run(xdivy);
        assert_same(&z, [0.0, 0.0, 0.0, INF, INF, NAN, 0.5]);
        assert_same(&dx, [0.0, 0.0, 0.0, INF, INF, INF, 0.25]);
        assert_same(&dy, [0.0, 0.0, 0.0, -INF, -INF, NAN, -0.125]);
        let [z, dx, dy] = run(xlogy);
        assert_same(&z, [0.0, 0.0, 0.0, -INF, -INF, NAN, 2.0 * 4f64.ln()]);
        assert_same(&dx, [0.0, 0.0, 0.0, -INF, -INF, -INF, 4f64.ln()]);
        assert_same(&dy, [0.0, 0.0, 0.0, INF, INF, NAN, 0.5]);
    }
}
