//! The logistic function, and the hyperbolic tangent, which is one stretched.

use super::binary::after;
use super::sign::Neg;
use super::slopes::{sigmoid_grad, tanh_grad};
use super::unary::{apply_in, unary_functions};
use super::{conj, negative};
use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::ops::nn::softplus;
use crate::types::{Float, Inexact};

unary_functions! {
    /// 1 / (1 + e⁻ˣ) element by element, as `tf.sigmoid` computes it.
    ///
    /// ```
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let y = tf::sigmoid(graph.constant(0.0));
    ///
    /// let session = tf::Session::new(&graph)?;
    /// assert_eq!(session.run(y.scalar(), [])?, 0.5);
    /// # Ok::<(), tf::Error>(())
    /// ```
    sigmoid => Sigmoid for Inexact in "{bfloat16, float16, float32, float64, complex64, complex128}" -> T: |x| x.sigmoid(), smooth |_x, y, dy| after(dy, || sigmoid_grad(&conj(y), dy));

    /// tanh x element by element, as `tf.tanh` computes it.
    ///
    /// ```
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let y = tf::tanh(graph.constant(0.0));
    ///
    /// let session = tf::Session::new(&graph)?;
    /// assert_eq!(session.run(y.scalar(), [])?, 0.0);
    /// # Ok::<(), tf::Error>(())
    /// ```
    tanh => Tanh for Inexact in "{bfloat16, float16, float32, float64, complex64, complex128}" -> T: |x| x.tanh(), smooth |_x, y, dy| after(dy, || tanh_grad(&conj(y), dy));
}

/// ln(1 / (1 + e⁻ˣ)) element by element, exact where the quotient is next to 0 or 1 too, as
/// `tf.log_sigmoid` computes it.
#[track_caller]
pub fn log_sigmoid<T: Float>(x: impl IntoTensor<T>) -> Tensor<T> {
    let graph = graph_of(&[x.graph()]);
    graph.op_scope("LogSigmoid", |scope| {
        let x = x.into_tensor(&graph, "x");
        apply_in::<Neg, T>(scope, &softplus(negative(x)))
    })
}
