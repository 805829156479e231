//! Sums, differences and products of two tensors, with broadcasting.

use super::binary::{Binary, Function, after, apply};
use super::broadcast_gradient::{Unbroadcast, same_known_shapes};
use super::{conj, negative};
use crate::graph::{GradientContext, IntoTensor, OpScope, Tensor, graph_of};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::types::{DType, Error, Number, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "Add(x: T, y: T) -> (z: T); \
        T in {bfloat16, float16, float32, float64, uint8, int8, int16, int32, int64, complex64, complex128, string}",
        T: number, |_| Binary::<Add, T>::new()),
    op!(smooth "AddV2(x: T, y: T) -> (z: T); \
        T in {bfloat16, float16, float32, float64, uint8, int8, int16, int32, int64, complex64, complex128}",
        T: number, |_| Binary::<AddV2, T>::new()),
    op!(smooth "Sub(x: T, y: T) -> (z: T); \
        T in {bfloat16, float16, float32, float64, uint8, int8, uint16, int16, int32, int64, complex64, complex128}",
        T: number, |_| Binary::<Sub, T>::new()),
    op!(smooth "Mul(x: T, y: T) -> (z: T); \
        T in {bfloat16, float16, float32, float64, uint8, int8, uint16, int16, int32, int64, complex64, complex128}",
        T: number, |_| Binary::<Mul, T>::new()),
    op!(smooth "SquaredDifference(x: T, y: T) -> (z: T); \
        T in {bfloat16, float16, float32, float64, int32, int64, complex64, complex128}",
        T: number, |_| Binary::<SquaredDifference, T>::new()),
];

/// `x + y` element by element, with broadcasting, as `tf.add` computes it. Integers wrap around on
/// overflow.
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([1.0, 2.0]);
/// let y = graph.constant(10.0);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::add(&x, &y).array1(), [])?, arr1(&[11.0, 12.0]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn add<T: Number>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<Add, T>("Add", x, y)
}

/// `x + y` as the node that `scope` is named after.
pub(crate) fn add_as<T: Number>(scope: &OpScope, x: &Tensor<T>, y: &Tensor<T>) -> Tensor<T> {
    scope.tensor(Binary::<Add, T>::new(), &[x.any(), y.any()])
}

/// `x - y` element by element, with broadcasting, as `tf.subtract` computes it. Integers wrap
/// around on overflow.
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([5.0, 7.0]);
/// let y = graph.constant([1.0, 2.0]);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::subtract(&x, &y).array1(), [])?, arr1(&[4.0, 5.0]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn subtract<T: Number>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<Sub, T>("Sub", x, y)
}

/// `x · y` element by element, with broadcasting, as `tf.multiply` computes it. Integers wrap
/// around on overflow.
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([2.0, 3.0]);
/// let y = graph.constant([4.0, 5.0]);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::multiply(&x, &y).array1(), [])?, arr1(&[8.0, 15.0]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn multiply<T: Number>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<Mul, T>("Mul", x, y)
}

/// `x` with all elements multiplied by the scalar `scalar`, as `tf.scalar_mul` computes it.
///
/// # Errors
/// `InvalidArgument` if `scalar` is not known to be a scalar.
#[track_caller]
pub fn scalar_mul<T: Number>(scalar: impl IntoTensor<T>, x: impl IntoTensor<T>) -> Tensor<T> {
    let graph = graph_of(&[scalar.graph(), x.graph()]);
    graph.op_call(|| {
        let scalar = scalar.into_tensor(&graph, "scalar");
        if scalar.shape().rank() == Some(0) || scalar.is_failed() {
            return multiply(scalar, x);
        }
        let message = format!("Only scalar multiply works, got shape {}", scalar.shape());
        graph.failed("Mul", Error::invalid_argument(message))
    })
}

/// `(x - y)²` element by element, with broadcasting, as `tf.squared_difference` computes it;
/// `|x - y|²` of complex numbers.
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([5.0, 1.0]);
/// let y = graph.constant([2.0, 3.0]);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::squared_difference(&x, &y).array1(), [])?, arr1(&[9.0, 4.0]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn squared_difference<T: Number>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<SquaredDifference, T>("SquaredDifference", x, y)
}

/// Addition as the function `tf.add` has it.
#[derive(Debug)]
struct Add;

/// Addition as the operator `+` has it.
#[derive(Debug)]
pub(super) struct AddV2;

#[derive(Debug)]
pub(super) struct Sub;

#[derive(Debug)]
pub(super) struct Mul;

#[derive(Debug)]
struct SquaredDifference;

impl<T: Number> Function<T> for Add {
    type Output = T;
    const OP_TYPE: &'static str = "Add";

    #[inline(always)]
    fn apply(x: T, y: T) -> Option<T> {
        Some(x.plus(y))
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        <AddV2 as Function<T>>::gradient(cx)
    }
}

impl<T: Number> Function<T> for AddV2 {
    type Output = T;
    const OP_TYPE: &'static str = "AddV2";

    #[inline(always)]
    fn apply(x: T, y: T) -> Option<T> {
        Some(x.plus(y))
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        let (x, y, dz) = (cx.input::<T>(0), cx.input::<T>(1), cx.grad::<T>(0));
        if same_known_shapes(&[&x, &y, &dz]) {
            cx.set(0, dz.clone());
            cx.set(1, dz);
        } else {
            let unbroadcast = Unbroadcast::new(&x, &y, &dz);
            cx.set(0, unbroadcast.x(dz.clone()));
            cx.set(1, unbroadcast.y(dz));
        }
        Ok(())
    }
}

impl<T: Number> Function<T> for Sub {
    type Output = T;
    const OP_TYPE: &'static str = "Sub";

    #[inline(always)]
    fn apply(x: T, y: T) -> Option<T> {
        Some(x.minus(y))
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        let (x, y, dz) = (cx.input::<T>(0), cx.input::<T>(1), cx.grad::<T>(0));
        if same_known_shapes(&[&x, &y, &dz]) {
            cx.set(0, dz.clone());
            cx.set(1, negative(dz));
        } else {
            let unbroadcast = Unbroadcast::new(&x, &y, &dz);
            cx.set(0, unbroadcast.x(dz.clone()));
            cx.set(1, unbroadcast.y(negative(dz)));
        }
        Ok(())
    }
}

impl<T: Number> Function<T> for Mul {
    type Output = T;
    const OP_TYPE: &'static str = "Mul";

    #[inline(always)]
    fn apply(x: T, y: T) -> Option<T> {
        Some(x.times(y))
    }

    fn equal_operand(x: Option<T>, y: Option<T>) -> Option<usize> {
        match (x, y) {
            (_, Some(y)) if y == T::ONE => Some(0),
            (Some(x), _) if x == T::ONE => Some(1),
            _ => None,
        }
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        let (x, y, dz) = (cx.input::<T>(0), cx.input::<T>(1), cx.grad::<T>(0));
        // TensorFlow takes this way for these two types only.
        let short = matches!(T::DTYPE, DType::Float32 | DType::Int32);
        if short && same_known_shapes(&[&x, &y, &dz]) {
            cx.set(0, multiply(&dz, &y));
            cx.set(1, multiply(&dz, &x));
        } else {
            let unbroadcast = Unbroadcast::new(&x, &y, &dz);
            let (x, y) = (conj(&x), conj(&y));
            cx.set(0, unbroadcast.x(multiply(&dz, &y)));
            cx.set(1, unbroadcast.y(multiply(&x, &dz)));
        }
        Ok(())
    }
}

impl<T: Number> Function<T> for SquaredDifference {
    type Output = T;
    const OP_TYPE: &'static str = "SquaredDifference";

    #[inline(always)]
    fn apply(x: T, y: T) -> Option<T> {
        let difference = x.minus(y);
        Some(difference.times(difference.conjugate()))
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        let (x, y, dz) = (cx.input::<T>(0), cx.input::<T>(1), cx.grad::<T>(0));
        let dx = after(&dz, || scalar_mul(T::from_i64(2), &dz) * (&x - &y));
        if same_known_shapes(&[&x, &y, &dz]) {
            cx.set(0, dx.clone());
            cx.set(1, negative(dx));
        } else {
            let unbroadcast = Unbroadcast::new(&x, &y, &dz);
            cx.set(0, unbroadcast.x(dx.clone()));
            cx.set(1, negative(unbroadcast.y(dx)));
        }
        Ok(())
    }
}
