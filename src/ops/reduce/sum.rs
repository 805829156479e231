//! `Sum`.

use std::marker::PhantomData;

use super::axes::IntoAxes;
use super::gradient::spread;
use super::reduction::{Reduce, Reduction, build};
use crate::graph::{GradientContext, IntoTensor, Tensor};
use crate::kernels::reduce::Adder;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::types::{Number, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    smooth "Sum(input: T, reduction_indices: Tidx) -> (output: T); keep_dims: bool = false; \
         Tidx: type = int32; \
        T in number; \
        Tidx in index",
    T: number, |node| node.op::<Reduce<Sum<T>>>()?
)];

/// The sum of the elements along `axes`, as `tf.reduce_sum` computes it; 0 of no elements. Integers
/// wrap around on overflow.
///
/// The order of the additions depends on the shape alone; the rounding error of a sum of n numbers
/// grows with log n.
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::reduce_sum(&x, ..).scalar(), [])?, 21.0);
/// assert_eq!(session.run(tf::reduce_sum(&x, 1).array1(), [])?, arr1(&[6.0, 15.0]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if an axis is out of range.
#[track_caller]
pub fn reduce_sum<T: Number>(input_tensor: impl IntoTensor<T>, axes: impl IntoAxes) -> Tensor<T> {
    build::<Sum<T>>(input_tensor, axes)
}

struct Sum<T>(PhantomData<fn() -> T>);

impl<T: Number> Reduction for Sum<T> {
    type Element = T;
    type Reducer = Adder;
    const OP_TYPE: &'static str = "Sum";

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        let dx = spread::<T>(&cx.input(0), &cx.input(1), &cx.grad(0));
        cx.set(0, dx);
        Ok(())
    }
}
