//! Trigonometric functions and their inverses.

use super::binary::{self, after};
use super::unary::unary_functions;
use super::{Unbroadcast, add, conj, reciprocal, same_known_shapes, sqrt, square, subtract};
use crate::graph::{GradientContext, IntoTensor, Tensor};
use crate::ops::def::op;
use crate::ops::support;
use crate::types::{Float, Inexact, Result};

unary_functions! {
    /// sin x element by element, as `tf.sin` computes it.
    sin => Sin for Inexact in "{bfloat16, float16, float32, float64, complex64, complex128}" -> T: |x| x.near_sin() => T::sin, smooth |x, _y, dy| after(dy, || dy * cos(conj(x)));

    /// cos x element by element, as `tf.cos` computes it.
    cos => Cos for Inexact in "{bfloat16, float16, float32, float64, complex64, complex128}" -> T: |x| x.near_cos() => T::cos, smooth |x, _y, dy| after(dy, || -dy * sin(conj(x)));

    /// tan x element by element, as `tf.tan` computes it.
    tan => Tan for Inexact in "{bfloat16, float16, float32, float64, int32, int64, complex64, complex128}" -> T: |x| x.near_tan() => T::tan, smooth |x, _y, dy| after(dy, || {
        square(reciprocal(cos(conj(x)))) * dy
    });

    /// arcsin x element by element, as `tf.asin` computes it; NaN outside of [-1, 1].
    asin => Asin for Float in "{bfloat16, float16, float32, float64, int32, int64, complex64, complex128}" -> T: |x| x.asin(), smooth |x, _y, dy| after(dy, || {
        dy * reciprocal(sqrt(one_minus_square(x)))
    });

    /// arccos x element by element, as `tf.acos` computes it; NaN outside of [-1, 1].
    acos => Acos for Float in "{bfloat16, float16, float32, float64, int32, int64, complex64, complex128}" -> T: |x| x.acos(), smooth |x, _y, dy| after(dy, || {
        let slope = reciprocal(sqrt(one_minus_square(x)));
        -dy * slope
    });

    /// arctan x element by element, as `tf.atan` computes it.
    atan => Atan for Float in "{bfloat16, float16, float32, float64, int32, int64, complex64, complex128}" -> T: |x| x.atan(), smooth |x, _y, dy| after(dy, || {
        let square = square(x);
        let one = x.graph().constant(T::ONE);
        dy * reciprocal(add(one, square))
    });

    [
        op!(
        smooth "Atan2(y: T, x: T) -> (z: T); \
        T in {bfloat16, float16, float32, float64}",
        T: floating, |_| binary::Binary::<Atan2, T>::new()
        )
    ]
}

/// 1 - x².
#[track_caller]
pub(super) fn one_minus_square<T: Inexact>(x: &Tensor<T>) -> Tensor<T> {
    let square = square(x);
    let one = x.graph().constant(T::ONE);
    subtract(one, square)
}

/// The angle of the point (x, y), in (-π, π], element by element, with broadcasting, as `tf.atan2`
/// computes it.
///
/// Unlike TensorFlow 1.15's, the gradient is right where the operands are broadcast.
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn atan2<T: Float>(y: impl IntoTensor<T>, x: impl IntoTensor<T>) -> Tensor<T> {
    support::binary(
        "Atan2",
        binary::Binary::<Atan2, T>::new(),
        (y, "y"),
        (x, "x"),
    )
}

#[derive(Debug)]
struct Atan2;

impl<T: Float> binary::Function<T> for Atan2 {
    type Output = T;
    const OP_TYPE: &'static str = "Atan2";
    const IS_LONG: bool = true;

    #[inline(always)]
    fn apply(y: T, x: T) -> Option<T> {
        Some(y.atan2(x))
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        let (y, x, dz) = (&cx.input::<T>(0), &cx.input::<T>(1), &cx.grad::<T>(0));
        let (dy, dx) = after(dz, || {
            let scaled = dz / (square(x) + square(y));
            (x * &scaled, -y * scaled)
        });
        let (dy, dx) = if same_known_shapes(&[y, x, dz]) {
            (dy, dx)
        } else {
            let unbroadcast = Unbroadcast::new(y, x, dz);
            (unbroadcast.x(dy), unbroadcast.y(dx))
        };
        cx.set(0, dy);
        cx.set(1, dx);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Graph, Session};

    /// Large numbers among others, of which the vectors know nothing.
    #[test]
    fn large_angles_are_turned_back() {
        let graph = Graph::new();
        let x = graph.constant([1.0, 1e22, f64::NAN, f64::INFINITY, -1e22, -0.0]);
        let session = Session::new(&graph).unwrap();
        let (sines, cosines) = session.run((sin(&x), cos(&x)), []).unwrap();
        let tangents = session.run(&tan(&x), []).unwrap();
        let expected: [(f64, f64); 2] = [
            (0.841_470_984_807_896_5, 0.540_302_305_868_139_8),
            (-0.852_200_849_767_188_8, 0.523_214_785_395_138_9),
        ];
        for (i, (sine, cosine)) in expected.into_iter().enumerate() {
            assert!((sines[[i]] - sine).abs() < 2e-16);
            assert!((cosines[[i]] - cosine).abs() < 2e-16);
            assert!((tangents[[i]] - sine / cosine).abs() < 1e-15);
        }
        assert!(
            [2, 3]
                .iter()
                .all(|&i| sines[[i]].is_nan() && cosines[[i]].is_nan())
        );
        assert_eq!((sines[[4]], cosines[[4]]), (-sines[[1]], cosines[[1]]));
        assert!(sines[[5]] == 0.0 && sines[[5]].is_sign_negative());
    }
}
