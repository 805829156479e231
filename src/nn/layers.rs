//! Layers and activations made of several ops.

use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::kernels::MatMulElement;
use crate::nn::{bias_add, relu};
use crate::ops::array::concat;
use crate::ops::math::matmul;
use crate::ops::support::named_as;
use crate::types::{Numeric, WholeNumber};

/// max(x, 0) and max(-x, 0) joined along the last axis, as `tf.nn.crelu` computes them.
///
/// # Errors
/// `InvalidArgument` if `features` is a scalar.
///
/// # Options
/// `axis`: see [`crelu_with`].
#[track_caller]
pub fn crelu<T: Numeric>(features: impl IntoTensor<T>) -> Tensor<T> {
    crelu_with(features, CRelu::new())
}

/// As [`crelu`], joined along the axis that `options` says.
///
/// # Errors
/// `InvalidArgument` if the axis is out of range.
#[track_caller]
pub fn crelu_with<T: Numeric>(
    features: impl IntoTensor<T>,
    options: impl Into<CRelu>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[features.graph()]);
    graph.op_scope("CRelu", |scope| {
        let features = features.into_tensor(&graph, "features");
        let negated = -&features;
        relu(concat((features, negated), options.axis).named(named_as(scope)))
    })
}

/// The options of [`crelu_with`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CRelu {
    axis: i32,
}

/// Along this axis, as [`CRelu::axis`].
impl<N: WholeNumber> From<N> for CRelu {
    fn from(axis: N) -> Self {
        CRelu::new().axis(axis)
    }
}

impl CRelu {
    /// Joined along the last axis.
    pub fn new() -> Self {
        CRelu { axis: -1 }
    }

    /// The axis that becomes twice as long; counted from the end if negative.
    pub fn axis(mut self, axis: impl WholeNumber) -> Self {
        self.axis = axis.to_i32();
        self
    }
}

impl Default for CRelu {
    fn default() -> Self {
        CRelu::new()
    }
}

/// `x · weights + biases`, as `tf.nn.xw_plus_b` computes it: `x` is [n, k], `weights` [k, m] and
/// `biases` `[m]`.
///
/// # Errors
/// `InvalidArgument` if the shapes do not fit.
#[track_caller]
pub fn xw_plus_b<T: MatMulElement>(
    x: impl IntoTensor<T>,
    weights: impl IntoTensor<T>,
    biases: impl IntoTensor<T>,
) -> Tensor<T> {
    let graph = graph_of(&[x.graph(), weights.graph(), biases.graph()]);
    graph.op_scope("xw_plus_b", |scope| {
        let (x, weights) = (
            x.into_tensor(&graph, "x"),
            weights.into_tensor(&graph, "weights"),
        );
        let biases = biases.into_tensor(&graph, "biases");
        let product = matmul(x, weights);
        bias_add(product, biases).named(named_as(scope))
    })
}

/// max(`x · weights + biases`, 0), as `tf.nn.relu_layer` computes it: `x` is [n, k], `weights` [k,
/// m] and `biases` `[m]`.
///
/// # Errors
/// `InvalidArgument` if the shapes do not fit.
#[track_caller]
pub fn relu_layer<T: MatMulElement + Numeric>(
    x: impl IntoTensor<T>,
    weights: impl IntoTensor<T>,
    biases: impl IntoTensor<T>,
) -> Tensor<T> {
    let graph = graph_of(&[x.graph(), weights.graph(), biases.graph()]);
    graph.op_scope("relu_layer", |scope| {
        let (x, weights) = (
            x.into_tensor(&graph, "x"),
            weights.into_tensor(&graph, "weights"),
        );
        let biases = biases.into_tensor(&graph, "biases");
        let linear = bias_add(matmul(x, weights), biases);
        relu(linear).named(named_as(scope))
    })
}
