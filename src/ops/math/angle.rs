//! `Angle`: the angles of complex numbers.

use super::binary::after;
use super::unary::{Function, Unary};
use super::{complex, imag, real, reciprocal};
use crate::graph::{GradientContext, IntoTensor, Tensor, graph_of};
use crate::ops::OpDef;
use crate::ops::array::zeros_like;
use crate::ops::def::op;
use crate::types::{Complex, Float, Number, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    smooth "Angle(input: T) -> (output: Tout); T: type = complex64; Tout: type = float32; \
        T in {complex64, complex128}; \
        Tout in {float32, float64}",
    T: complex, |node| {
        super::parts::expect_part::<T>(node, "Tout")?;
        Unary::<Angle, T>::new()
    }
)];

/// The angle of each complex number, in [-π, π], as `tf.angle` computes it: that of the point (re,
/// im). Of real numbers it is 0, even of negative ones.
///
/// ```
/// use ndarray::arr1;
/// use tf1::{self as tf, Complex32};
///
/// let graph = tf::Graph::new();
/// let z = graph.constant([Complex32::new(0.0, 2.0), Complex32::new(-1.0, 0.0)]);
///
/// let session = tf::Session::new(&graph)?;
/// let angles = session.run(tf::angle(&z).array1(), [])?;
/// assert_eq!(angles, arr1(&[std::f32::consts::FRAC_PI_2, std::f32::consts::PI]));
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn angle<T: Number>(input: impl IntoTensor<T>) -> Tensor<T::Real> {
    let graph = graph_of(&[input.graph()]);
    graph.op_scope("Angle", |scope| {
        let input = input.into_tensor(&graph, "input");
        let angle = with_class!(complex, T::DTYPE, C => {
            scope.tensor::<<C as Number>::Real>(Unary::<Angle, C>::new(), &[input.any()]).any()
        }, zeros_like(input).any());
        angle.assume()
    })
}

#[derive(Debug)]
struct Angle;

impl<T: Complex> Function<T> for Angle {
    type Output = T::Real;
    const OP_TYPE: &'static str = "Angle";

    #[inline(always)]
    fn apply(z: T) -> T::Real {
        let (re, im) = z.parts();
        im.atan2(re)
    }

    /// dz = -dy / (im + i·re).
    fn gradient(cx: &mut GradientContext<'_>) {
        let (z, dy) = (&cx.input::<T>(0), &cx.grad::<T::Real>(0));
        let dz = after(dy, || {
            let (re, im) = (real(z), imag(z));
            let slope = reciprocal(complex(im, re));
            let zero = dy.graph().constant(<T::Real as Number>::ZERO);
            -complex(dy, zero) * slope
        });
        cx.set(0, dz);
    }
}
