//! Quotients and remainders of two tensors, with broadcasting.

use super::binary::{Binary, Function, Whole, apply, unbroadcast_tensors};
use super::{cast_to, conj, negative};
use crate::graph::{GradientContext, IntoTensor, NodeSpec, Tensor, graph_of};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::older::Older;
use crate::types::{Error, Inexact, Number, Numeric, Result, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "RealDiv(x: T, y: T) -> (z: T); \
        T in {bfloat16, float16, float32, float64, uint8, int8, uint16, int16, int32, int64, complex64, complex128}",
        T: inexact, |_| Binary::<RealDiv, T>::new()),
    op!(flat "FloorDiv(x: T, y: T) -> (z: T); \
        T in {bfloat16, float16, float32, float64, uint8, int8, uint16, int16, int32, int64, complex64, complex128}",
        T: numeric, |_| Binary::<FloorDiv, T>::new()),
    op!(flat "TruncateDiv(x: T, y: T) -> (z: T); \
        T in {bfloat16, float16, float32, float64, uint8, int8, uint16, int16, int32, int64, complex64, complex128}",
        T: numeric, |_| Binary::<TruncateDiv, T>::new()),
    op!(smooth "FloorMod(x: T, y: T) -> (z: T); \
        T in {int32, int64, bfloat16, float16, float32, float64}",
        T: numeric, |_| Binary::<FloorMod, T>::new()),
    op!(opaque "TruncateMod(x: T, y: T) -> (z: T); \
        T in {int32, int64, bfloat16, float16, float32, float64}",
        T: numeric, |_| Binary::<TruncateMod, T>::new()),
    op!(smooth "Div(x: T, y: T) -> (z: T); \
        T in {bfloat16, float16, float32, float64, uint8, int8, uint16, int16, int32, int64, complex64, complex128}",
        T: number, |node| by_type::<T>(node))
    .superseded_by("RealDiv"),
    op!(opaque "Mod(x: T, y: T) -> (z: T); \
        T in {int32, int64, float16, bfloat16, float32, float64}",
        T: numeric, |node| Older::renamed(node, Binary::<TruncateMod, T>::new()))
    .superseded_by("TruncateMod"),
];

/// The quotient of older files: rounded toward zero of integers, true of others.
fn by_type<T: Number>(node: &NodeSpec<'_>) -> Older {
    match T::DTYPE.is_integer() {
        true => Older::renamed(node, Binary::<TruncateDiv, T>::new()),
        false => Older::renamed(node, Binary::<RealDiv, T::Quotient>::new()),
    }
}

const BY_ZERO: &str = "Integer division by zero";

/// `x / y` element by element, with broadcasting, as Python's operator `/` and `tf.divide` compute
/// it: the true quotient, `f64` of `i32` and `i64`, `f32` of `u8`.
///
/// ```
/// let graph = tf1::Graph::new();
/// let x = graph.constant([7, -7]);
/// assert_eq!(tf1::divide(&x, 2).to_string(), r#"Tensor("truediv:0", shape=(2,), dtype=float64)"#);
/// ```
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn divide<T: Number>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T::Quotient> {
    truediv(x, y)
}

/// The same as [`divide`], under TensorFlow's other name.
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn truediv<T: Number>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T::Quotient> {
    let graph = graph_of(&[x.graph(), y.graph()]);
    graph.op_scope("truediv", |scope| {
        if !T::HAS_QUOTIENT {
            let message = format!("Invalid dtype tf.{} in __truediv__", T::DTYPE);
            return scope.failed("RealDiv", Error::invalid_argument(message));
        }
        let (x, y) = (x.into_tensor(&graph, "x"), y.into_tensor(&graph, "y"));
        let (x, y) = (cast_to::<T, T::Quotient>(x), cast_to::<T, T::Quotient>(y));
        scope.tensor(Binary::<RealDiv, T::Quotient>::new(), &[x.any(), y.any()])
    })
}

/// `x / y` element by element, with broadcasting, as `tf.div` computes it: of integers the quotient
/// rounded down, of other numbers the true quotient.
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([7, -7]);
/// let y = graph.constant(2);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::div(&x, &y).array1(), [])?, arr1(&[3, -4]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast or, when run, if an integer is divided by zero.
#[track_caller]
pub fn div<T: Number>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    with_class!(integer, T::DTYPE, I => {
        let graph = graph_of(&[x.graph(), y.graph()]);
        graph.op_scope("div", |scope| {
            let (x, y) = (x.into_tensor(&graph, "x"), y.into_tensor(&graph, "y"));
            let quotient = scope.tensor::<I>(Binary::<FloorDiv, I>::new(), &[x.any(), y.any()]);
            quotient.any().assume()
        })
    }, apply::<RealDiv, T>("div", x, y))
}

/// `x / y` element by element, with broadcasting, as `tf.realdiv` computes it.
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn realdiv<T: Inexact>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<RealDiv, T>("RealDiv", x, y)
}

/// `x / y` rounded down to an integer, element by element, with broadcasting, as Python's operator
/// `//` and `tf.floordiv` compute it.
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast or, when run, if an integer is divided by zero.
#[track_caller]
pub fn floordiv<T: Numeric>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<FloorDiv, T>("floordiv", x, y)
}

/// The same as [`floordiv`], as `tf.floor_div` makes it: its node is called `FloorDiv`.
///
/// # Errors
/// As [`floordiv`].
#[track_caller]
pub fn floor_div<T: Numeric>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<FloorDiv, T>("FloorDiv", x, y)
}

/// `x / y` rounded toward zero to an integer, element by element, with broadcasting, as C divides
/// integers and `tf.truncatediv` computes it.
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast or, when run, if an integer is divided by zero.
#[track_caller]
pub fn truncatediv<T: Numeric>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<TruncateDiv, T>("TruncateDiv", x, y)
}

/// The remainder `x - y·⌊x / y⌋`, which has the sign of `y`, element by element, with broadcasting,
/// as Python's operator `%` and `tf.floormod` compute it.
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast or, when run, if an integer is divided by zero.
#[track_caller]
pub fn floormod<T: Numeric>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<FloorMod, T>("FloorMod", x, y)
}

/// The same as [`floormod`], under the name `tf.mod` (which is a keyword of Rust).
///
/// # Errors
/// As [`floormod`].
#[track_caller]
pub fn mod_<T: Numeric>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    floormod(x, y)
}

/// The remainder of [`truncatediv`], which has the sign of `x`, element by element, with
/// broadcasting, as C's operator `%` and `tf.truncatemod` compute it. It has no gradient, in
/// TensorFlow as here.
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast or, when run, if an integer is divided by zero.
#[track_caller]
pub fn truncatemod<T: Numeric>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<TruncateMod, T>("TruncateMod", x, y)
}

#[derive(Debug)]
struct RealDiv;

#[derive(Debug)]
struct FloorDiv;

#[derive(Debug)]
struct TruncateDiv;

#[derive(Debug)]
pub(super) struct FloorMod;

#[derive(Debug)]
struct TruncateMod;

impl<T: Number> Function<T> for RealDiv {
    type Output = T;
    const OP_TYPE: &'static str = "RealDiv";

    #[inline(always)]
    fn apply(x: T, y: T) -> Option<T> {
        x.over(y)
    }

    fn equal_operand(_: Option<T>, y: Option<T>) -> Option<usize> {
        y.filter(|y| *y == T::ONE && !T::DTYPE.is_integer())
            .map(|_| 0)
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        real_div_gradient::<T::Quotient>(cx)
    }
}

#[track_caller]
fn real_div_gradient<T: Inexact>(cx: &mut GradientContext<'_>) -> Result<()> {
    let (x, y, dz) = (&cx.input::<T>(0), &cx.input::<T>(1), &cx.grad::<T>(0));
    let unbroadcast = unbroadcast_tensors(x, y);
    let (x, y) = (conj(x), &conj(y));
    cx.set(0, unbroadcast.x(realdiv(dz, y)));
    let slope = realdiv(realdiv(negative(x), y), y);
    cx.set(1, unbroadcast.y(dz * slope));
    Ok(())
}

impl<T: Numeric> Function<T> for FloorDiv {
    type Output = T;
    const OP_TYPE: &'static str = "FloorDiv";
    const UNDEFINED: Option<&'static str> = Some(BY_ZERO);

    #[inline(always)]
    fn apply(x: T, y: T) -> Option<T> {
        x.floor_over(y)
    }

    fn gradient(_: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }
}

impl<T: Number> Function<T> for TruncateDiv {
    type Output = T;
    const OP_TYPE: &'static str = "TruncateDiv";
    const UNDEFINED: Option<&'static str> = Some(BY_ZERO);

    #[inline(always)]
    fn apply(x: T, y: T) -> Option<T> {
        x.over(y)
    }

    fn gradient(_: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }
}

impl<T: Numeric> Function<T> for FloorMod {
    type Output = T;
    const OP_TYPE: &'static str = "FloorMod";
    const IS_LONG: bool = true;
    const UNDEFINED: Option<&'static str> = Some(BY_ZERO);

    #[inline(always)]
    fn apply(x: T, y: T) -> Option<T> {
        x.near_floor_rem(y)
    }

    const WHOLE: Option<Whole<T, T>> = match T::DTYPE.is_floating() {
        true => Some(T::floor_rem),
        false => None,
    };

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        let (x, y, dz) = (&cx.input::<T>(0), &cx.input::<T>(1), &cx.grad::<T>(0));
        let unbroadcast = unbroadcast_tensors(x, y);
        let quotient = floor_div(x, y);
        cx.set(0, unbroadcast.x(dz.clone()));
        cx.set(1, unbroadcast.y(dz * negative(quotient)));
        Ok(())
    }
}

impl<T: Numeric> Function<T> for TruncateMod {
    type Output = T;
    const OP_TYPE: &'static str = "TruncateMod";
    const IS_LONG: bool = true;
    const UNDEFINED: Option<&'static str> = Some(BY_ZERO);

    #[inline(always)]
    fn apply(x: T, y: T) -> Option<T> {
        x.near_trunc_rem(y)
    }

    const WHOLE: Option<Whole<T, T>> = match T::DTYPE.is_floating() {
        true => Some(T::trunc_rem),
        false => None,
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Graph, Session};
    use ndarray::arr1;

    /// As TensorFlow 1.15.5 computes them.
    #[test]
    fn remainders_of_floats_at_the_edges() {
        let graph = Graph::new();
        let x = graph.constant([-6.0f32, 6.0, -1.0, 1.0, 5.5, -5.5]);
        let y = graph.constant([3.0f32, -3.0, f32::INFINITY, f32::NEG_INFINITY, -2.0, 2.0]);
        let session = Session::new(&graph).unwrap();
        let (floored, truncated) = session
            .run((floormod(&x, &y), truncatemod(&x, &y)), [])
            .unwrap();
        let inf = f32::INFINITY;
        assert_eq!(floored, arr1(&[0.0, 0.0, inf, -inf, -0.5, 0.5]).into_dyn());
        assert_eq!(
            truncated,
            arr1(&[0.0, 0.0, -1.0, 1.0, 1.5, -1.5]).into_dyn()
        );
        assert!(floored[[0]].is_sign_negative() && floored[[1]].is_sign_positive());
    }

    /// Quotients too large for the vectors, beside others; and one divisor for all.
    #[test]
    fn remainders_of_large_quotients() {
        let graph = Graph::new();
        let x = graph.constant([1e30f32, 7.5, -1e20, f32::INFINITY, -7.5]);
        let y = graph.constant([7.0f32, 2.0, 0.3, 1.0, 2.0]);
        let session = Session::new(&graph).unwrap();
        let ops = (truncatemod(&x, &y), truncatemod(&x, 7.0), floormod(&x, &y));
        let (each, one, floored) = session.run(ops, []).unwrap();
        assert_eq!((each[[0]], one[[0]]), (1e30 % 7.0, 1e30 % 7.0));
        assert_eq!((each[[1]], one[[1]]), (1.5, 0.5));
        assert_eq!((each[[2]], one[[2]]), (-1e20 % 0.3, -1e20 % 7.0));
        assert!(each[[3]].is_nan() && one[[3]].is_nan() && floored[[3]].is_nan());
        assert_eq!((each[[4]], floored[[4]]), (-1.5, 0.5));
        assert_eq!(floored[[2]], -1e20 % 0.3 + 0.3);
    }

    #[test]
    fn the_smallest_integer_is_divided_without_a_panic() {
        let graph = Graph::new();
        let x = graph.constant([i32::MIN, i32::MIN, i32::MAX]);
        let y = graph.constant([-1, 2, i32::MIN]);
        let session = Session::new(&graph).unwrap();
        let ops = (
            floordiv(&x, &y),
            floormod(&x, &y),
            truncatediv(&x, &y),
            truncatemod(&x, &y),
        );
        let (quotient, remainder, truncated, rest) = session.run(ops, []).unwrap();
        assert_eq!(quotient, arr1(&[i32::MIN, i32::MIN / 2, -1]).into_dyn());
        assert_eq!(remainder, arr1(&[0, 0, -1]).into_dyn());
        assert_eq!(truncated, arr1(&[i32::MIN, i32::MIN / 2, 0]).into_dyn());
        assert_eq!(rest, arr1(&[0, 0, i32::MAX]).into_dyn());
    }

    #[test]
    fn bytes_divide_to_f32() {
        let graph = Graph::new();
        let (x, y) = (graph.constant([7u8, 255]), graph.constant([2u8, 16]));
        let session = Session::new(&graph).unwrap();
        let (quotient, floored) = session.run((&x / &y, floordiv(&x, &y)), []).unwrap();
        assert_eq!(quotient, arr1(&[3.5f32, 15.9375]).into_dyn());
        assert_eq!(floored, arr1(&[3u8, 15]).into_dyn());
    }
}
