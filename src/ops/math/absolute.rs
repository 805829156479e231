//! `Abs` and `ComplexAbs`: absolute values.

use super::sign;
use super::unary::{Function, Unary};
#[cfg(feature = "all_types")]
use super::{complex, div_no_nan};
use crate::graph::{GradientContext, IntoTensor, Tensor, graph_of};
use crate::ops::OpDef;
#[cfg(feature = "all_types")]
use crate::ops::array::zeros_like;
use crate::ops::def::op;
#[cfg(feature = "all_types")]
use crate::types::Complex;
use crate::types::{Number, Numeric, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "Abs(x: T) -> (y: T); \
        T in {bfloat16, float16, float32, float64, int8, int16, int32, int64}",
        T: numeric, |_| Unary::<Abs, T>::new()),
    #[cfg(feature = "all_types")]
    op!(smooth "ComplexAbs(x: T) -> (y: Tout); T: type = complex64; Tout: type = float32; \
    T in {complex64, complex128}; \
    Tout in {float32, float64}",
    T: complex, |node| {
        super::parts::expect_part::<T>(node, "Tout")?;
        Unary::<ComplexAbs, T>::new()
    }),
];

/// |x| element by element, as `tf.abs` computes it; the smallest integer stays as it is, and of a
/// complex number √(re² + im²) is a real one. The gradient at 0 is 0.
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([1.0, -2.0]);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::abs(&x).array1(), [])?, arr1(&[1.0, 2.0]));
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn abs<T: Number>(x: impl IntoTensor<T>) -> Tensor<T::Real> {
    let graph = graph_of(&[x.graph()]);
    graph.op_scope("Abs", |scope| {
        let x = x.into_tensor(&graph, "x").any();
        let y = with_class!(numeric, T::DTYPE, N => {
            scope.tensor::<N>(Unary::<Abs, N>::new(), &[x]).any()
        }, with_class!(complex, T::DTYPE, C => {
            scope.tensor::<<C as Number>::Real>(Unary::<ComplexAbs, C>::new(), &[x]).any()
        }, x));
        y.assume()
    })
}

#[derive(Debug)]
struct Abs;

#[cfg(feature = "all_types")]
#[derive(Debug)]
struct ComplexAbs;

impl<T: Numeric> Function<T> for Abs {
    type Output = T;
    const OP_TYPE: &'static str = "Abs";

    #[inline(always)]
    fn apply(x: T) -> T {
        x.magnitude()
    }

    fn gradient(cx: &mut GradientContext<'_>) {
        let dx = cx.grad::<T>(0) * sign(cx.input::<T>(0));
        cx.set(0, dx);
    }
}

#[cfg(feature = "all_types")]
impl<T: Complex> Function<T> for ComplexAbs {
    type Output = T::Real;
    const OP_TYPE: &'static str = "ComplexAbs";

    #[inline(always)]
    fn apply(z: T) -> T::Real {
        z.magnitude()
    }

    /// dx = dy · z / |z|.
    fn gradient(cx: &mut GradientContext<'_>) {
        let (z, y) = (cx.input::<T>(0), cx.output::<T::Real>(0));
        let dy = cx.grad::<T::Real>(0);
        let numerator = complex(&dy, zeros_like(&dy)) * z;
        let denominator = complex(&y, zeros_like(&y));
        cx.set(0, div_no_nan(numerator, denominator));
    }
}
