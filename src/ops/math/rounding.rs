//! Rounding to whole numbers.

use super::unary::{self, unary_functions};
use crate::graph::{GradientContext, IntoTensor, Tensor, graph_of};
use crate::ops::def::op;
use crate::types::{Float, Numeric, with_class};

unary_functions! {
    /// The largest whole number not above x, element by element, as `tf.floor` finds it.
    floor => Floor for Float in "{bfloat16, float16, float32, float64}" -> T: |x| x.floor(), flat;

    /// The smallest whole number not below x, element by element, as `tf.ceil` finds it.
    ceil => Ceil for Float in "{bfloat16, float16, float32, float64}" -> T: |x| x.ceil(), flat;

    /// The whole number nearest to x, halves to the even one, element by element, as `tf.rint`
    /// finds it.
    rint => Rint for Float in "{bfloat16, float16, float32, float64}" -> T: |x| x.round_even(), flat;

    [
        op!(
        flat "Round(x: T) -> (y: T); \
        T in {bfloat16, float16, float32, float64, int32, int64, complex64, complex128}",
        T: floating, |_| unary::Unary::<Round, T>::new()
        )
    ]
}

/// The whole number nearest to x, halves to the even one, element by element, as `tf.round` finds
/// it; integers are passed on as they are.
#[track_caller]
pub fn round<T: Numeric>(x: impl IntoTensor<T>) -> Tensor<T> {
    let graph = graph_of(&[x.graph()]);
    let x = x.into_tensor(&graph, "x").any();
    with_class!(floating, T::DTYPE, F => unary::apply::<Round, F>(x.assume::<F>()).any(), x)
        .assume()
}

#[derive(Debug)]
struct Round;

impl<T: Float> unary::Function<T> for Round {
    type Output = T;
    const OP_TYPE: &'static str = "Round";

    #[inline(always)]
    fn apply(x: T) -> T {
        x.round_even()
    }

    fn gradient(_: &mut GradientContext<'_>) {}
}
