//! `Complex`, `Real` and `Imag`: complex numbers of real ones, and their parts.

use super::binary::{self, Binary, unbroadcast_tensors};
use super::unary::{self, Unary};
use crate::graph::{GradientContext, IntoTensor, NodeSpec, Tensor, graph_of};
use crate::ops::OpDef;
use crate::ops::array::zeros_like;
use crate::ops::def::op;
use crate::types::{self, ComplexPart, Element, Number, Result, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "Complex(real: T, imag: T) -> (out: Tout); T: type = float32; \
    Tout: type = complex64; \
    T in {float32, float64}; \
    Tout in {complex64, complex128}",
    Tout: complex, |node| {
        expect_part::<Tout>(node, "T")?;
        Binary::<Complex, <Tout as Number>::Real>::new()
    }),
    op!(smooth "Real(input: T) -> (output: Tout); T: type = complex64; Tout: type = float32; \
    T in {complex64, complex128}; \
    Tout in {float32, float64}",
    T: complex, |node| {
        expect_part::<T>(node, "Tout")?;
        Unary::<Real, T>::new()
    }),
    op!(smooth "Imag(input: T) -> (output: Tout); T: type = complex64; Tout: type = float32; \
    T in {complex64, complex128}; \
    Tout in {float32, float64}",
    T: complex, |node| {
        expect_part::<T>(node, "Tout")?;
        Unary::<Imag, T>::new()
    }),
];

/// Fails unless the attribute `name` is the type of the parts of the complex type `C`.
///
/// # Errors
/// `Unimplemented` if it is another type.
pub(super) fn expect_part<C: Number>(node: &NodeSpec<'_>, name: &str) -> Result<()> {
    let dtype = node.dtype(name)?;
    match dtype == <C::Real as Element>::DTYPE {
        true => Ok(()),
        false => Err(node.has_no_kernel(name, dtype)),
    }
}

/// The complex numbers `real + i·imag`, element by element, with broadcasting, as `tf.complex`
/// makes them: `Complex32` of `f32`, `Complex64` of `f64`.
///
/// ```
/// use ndarray::arr1;
/// use tf1::{self as tf, Complex32};
///
/// let graph = tf::Graph::new();
/// let (re, im) = (graph.constant([2.25f32, 3.25]), graph.constant([4.75f32, 5.75]));
/// let z = tf::complex(&re, &im);
/// assert_eq!(z.to_string(), r#"Tensor("Complex:0", shape=(2,), dtype=complex64)"#);
///
/// let session = tf::Session::new(&graph)?;
/// let numbers = session.run(z.array1(), [])?;
/// assert_eq!(numbers, arr1(&[Complex32::new(2.25, 4.75), Complex32::new(3.25, 5.75)]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn complex<T: ComplexPart>(
    real: impl IntoTensor<T>,
    imag: impl IntoTensor<T>,
) -> Tensor<T::Complex> {
    let graph = graph_of(&[real.graph(), imag.graph()]);
    graph.op_call(|| {
        let (real, imag) = (
            real.into_tensor(&graph, "real"),
            imag.into_tensor(&graph, "imag"),
        );
        binary::apply::<Complex, T>("Complex", real, imag)
    })
}

/// The real part of each complex number, as `tf.real` takes it; real numbers are passed on as they
/// are.
///
/// ```
/// use ndarray::arr1;
/// use tf1::{self as tf, Complex32};
///
/// let graph = tf::Graph::new();
/// let z = graph.constant([Complex32::new(-2.25, 4.75)]);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::real(&z).array1(), [])?, arr1(&[-2.25]));
/// assert_eq!(session.run(tf::imag(&z).array1(), [])?, arr1(&[4.75]));
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn real<T: Number>(input: impl IntoTensor<T>) -> Tensor<T::Real> {
    let graph = graph_of(&[input.graph()]);
    graph.op_scope("Real", |scope| {
        let input = input.into_tensor(&graph, "input").any();
        let real = with_class!(complex, T::DTYPE, C => {
            scope.tensor::<<C as Number>::Real>(Unary::<Real, C>::new(), &[input]).any()
        }, input);
        real.assume()
    })
}

/// The imaginary part of each complex number, as `tf.imag` takes it; 0 of real numbers.
#[track_caller]
pub fn imag<T: Number>(input: impl IntoTensor<T>) -> Tensor<T::Real> {
    let graph = graph_of(&[input.graph()]);
    graph.op_scope("Imag", |scope| {
        let input = input.into_tensor(&graph, "input");
        let imag = with_class!(complex, T::DTYPE, C => {
            scope.tensor::<<C as Number>::Real>(Unary::<Imag, C>::new(), &[input.any()]).any()
        }, zeros_like(input).any());
        imag.assume()
    })
}

#[derive(Debug)]
struct Complex;

#[derive(Debug)]
struct Real;

#[derive(Debug)]
struct Imag;

impl<T: ComplexPart> binary::Function<T> for Complex {
    type Output = T::Complex;
    const OP_TYPE: &'static str = "Complex";

    #[inline(always)]
    fn apply(re: T, im: T) -> Option<T::Complex> {
        Some(types::Complex::from_parts(re, im))
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        let unbroadcast = unbroadcast_tensors(&cx.input::<T>(0), &cx.input::<T>(1));
        let dz = &cx.grad::<T::Complex>(0);
        cx.set(0, unbroadcast.x(real(dz)));
        cx.set(1, unbroadcast.y(imag(dz)));
        Ok(())
    }
}

/// The functions that take one part, and the gradients that put one in its place.
macro_rules! part {
    ($op:ident, |$re:ident, $im:ident| $part:expr, |$dy:ident, $zero:ident| $gradient:expr) => {
        impl<T: types::Complex> unary::Function<T> for $op {
            type Output = T::Real;
            const OP_TYPE: &'static str = stringify!($op);

            #[inline(always)]
            fn apply(z: T) -> T::Real {
                let ($re, $im) = z.parts();
                $part
            }

            fn gradient(cx: &mut GradientContext<'_>) {
                let $dy = cx.grad::<T::Real>(0);
                let $zero = $dy.graph().constant(<T::Real as Number>::ZERO);
                cx.set(0, $gradient);
            }
        }
    };
}

part!(Real, |re, _im| re, |dy, zero| complex(dy, zero));
part!(Imag, |_re, im| im, |dy, zero| complex(zero, dy));
