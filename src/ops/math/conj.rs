//! `Conj`: complex conjugates.

#[cfg(feature = "all_types")]
use super::unary::{Function, Unary};
#[cfg(feature = "all_types")]
use crate::graph::GradientContext;
use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::ops::OpDef;
#[cfg(feature = "all_types")]
use crate::ops::def::op;
#[cfg(feature = "all_types")]
use crate::types::Complex;
use crate::types::{Number, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[
    #[cfg(feature = "all_types")]
    op!(smooth "Conj(input: T) -> (output: T); T: type = complex64; \
        T in {complex64, complex128, variant}",
        T: complex, |_| Unary::<Conj, T>::new()),
];

/// The complex conjugate `re - i·im` element by element, as `tf.conj` computes it; real numbers are
/// passed on as they are.
///
/// ```
/// # #[cfg(feature = "all_types")] {
/// use ndarray::arr1;
/// use tf1::{self as tf, Complex32};
///
/// let graph = tf::Graph::new();
/// let z = graph.constant([Complex32::new(-2.25, 4.75)]);
///
/// let session = tf::Session::new(&graph)?;
/// let conjugate = session.run(tf::conj(&z).array1(), [])?;
/// assert_eq!(conjugate, arr1(&[Complex32::new(-2.25, -4.75)]));
/// # }
/// # Ok::<(), tf1::Error>(())
/// ```
#[track_caller]
pub fn conj<T: Number>(x: impl IntoTensor<T>) -> Tensor<T> {
    let graph = graph_of(&[x.graph()]);
    with_class!(complex, T::DTYPE, C => {
        return graph.op_scope("Conj", |scope| {
            let x = x.into_tensor(&graph, "x").any();
            scope.tensor::<C>(Unary::<Conj, C>::new(), &[x]).any().assume()
        })
    }, {});
    x.into_tensor(&graph, "x")
}

#[cfg(feature = "all_types")]
#[derive(Debug)]
struct Conj;

#[cfg(feature = "all_types")]
impl<T: Complex> Function<T> for Conj {
    type Output = T;
    const OP_TYPE: &'static str = "Conj";

    #[inline(always)]
    fn apply(z: T) -> T {
        z.conjugate()
    }

    fn gradient(cx: &mut GradientContext<'_>) {
        let dx = conj(cx.grad::<T>(0));
        cx.set(0, dx);
    }
}
