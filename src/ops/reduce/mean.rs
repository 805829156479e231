//! `Mean`, and variance and standard deviation.

use std::marker::PhantomData;

use super::axes::IntoAxes;
use super::gradient::{safe_shape_div, spread};
use super::prod::reduce_prod;
use super::reduction::{Reduce, Reduction, build};
use crate::graph::{GradientContext, IntoTensor, Tensor, graph_of};
use crate::kernels::reduce::Adder;
use crate::ops::OpDef;
use crate::ops::array::shape;
use crate::ops::def::op;
use crate::ops::math::{cast_to, sqrt, square, truediv};
use crate::types::{Float, Inexact, Number, Result, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    smooth "Mean(input: T, reduction_indices: Tidx) -> (output: T); keep_dims: bool = false; \
         Tidx: type = int32; \
        T in number; \
        Tidx in index",
    T: number, |node| node.op::<Reduce<Mean<T>>>()?
)];

/// The mean of the elements along `axes`, as `tf.reduce_mean` computes it; NaN of no elements.
///
/// The mean of integers is rounded toward zero, that of no integers is 0; their sum wraps around on
/// overflow.
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::reduce_mean(&x, ..).scalar(), [])?, 3.5);
/// assert_eq!(session.run(tf::reduce_mean(&x, 0).array1(), [])?, arr1(&[2.5, 3.5, 4.5]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if an axis is out of range.
#[track_caller]
pub fn reduce_mean<T: Number>(input_tensor: impl IntoTensor<T>, axes: impl IntoAxes) -> Tensor<T> {
    build::<Mean<T>>(input_tensor, axes)
}

/// The variance of the elements along `axes` (the mean of the squared deviations from the mean), as
/// `tf.math.reduce_variance` computes it.
///
/// # Errors
/// `InvalidArgument` if an axis is out of range.
#[track_caller]
pub fn reduce_variance<T: Float>(
    input_tensor: impl IntoTensor<T>,
    axes: impl IntoAxes,
) -> Tensor<T> {
    let (graph, axes) = (graph_of(&[input_tensor.graph()]), axes.into_axes());
    graph.op_scope("reduce_variance", |_| {
        let x = input_tensor.into_tensor(&graph, "Const");
        let mean = reduce_mean(&x, axes.keeping(true));
        reduce_mean(square(x - mean), axes)
    })
}

/// The standard deviation of the elements along `axes`, the square root of [`reduce_variance`], as
/// `tf.math.reduce_std` computes it.
///
/// # Errors
/// `InvalidArgument` if an axis is out of range.
#[track_caller]
pub fn reduce_std<T: Float>(input_tensor: impl IntoTensor<T>, axes: impl IntoAxes) -> Tensor<T> {
    let graph = graph_of(&[input_tensor.graph()]);
    graph.op_scope("reduce_std", |_| sqrt(reduce_variance(input_tensor, axes)))
}

struct Mean<T>(PhantomData<fn() -> T>);

impl<T: Number> Reduction for Mean<T> {
    type Element = T;
    type Reducer = Adder;
    const OP_TYPE: &'static str = "Mean";

    const FINISHES: bool = true;

    fn finish(sum: T, count: usize) -> T {
        sum.over(T::from_i64(count as i64)).unwrap_or(T::ZERO)
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        with_class!(inexact, T::DTYPE, F => gradient::<F>(cx), ());
        Ok(())
    }
}

/// The gradient of a sum, divided by how many elements went into each result.
#[track_caller]
fn gradient<F: Inexact>(cx: &mut GradientContext<'_>) {
    let (x, y) = (cx.input::<F>(0), cx.output::<F>(0));
    let dx = spread::<F>(&x, &cx.input(1), &cx.grad(0));
    let sizes = x
        .shape()
        .size()
        .zip(y.shape().size())
        .filter(|_| x.shape().is_known() && y.shape().is_known());
    let count = match sizes {
        Some((inputs, outputs)) => cx
            .graph()
            .constant(F::from_i64((inputs / outputs.max(1)) as i64)),
        None => {
            let (inputs, outputs) = (shape(&x), shape(&y));
            cast_to(safe_shape_div(
                &reduce_prod(inputs, ..),
                &reduce_prod(outputs, ..),
            ))
        }
    };
    cx.set(0, truediv(dx, count));
}
