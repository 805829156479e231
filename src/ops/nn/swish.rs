//! `swish`, whose gradient TensorFlow attaches to an `IdentityN`.

use crate::graph::{GradientContext, IntoTensor, Tensor, graph_of};
use crate::ops::array::{identity, identity_n_with};
use crate::ops::math::{difference, sigmoid, sum};
use crate::types::{Float, Result};

/// x · sigmoid(x) element by element, as `tf.nn.swish` computes it. The gradient computes the
/// sigmoid anew rather than keep it in memory.
#[track_caller]
pub fn swish<T: Float>(features: impl IntoTensor<T>) -> Tensor<T> {
    let graph = graph_of(&[features.graph()]);
    graph.op_call(|| {
        let features = features.into_tensor(&graph, "features");
        let sigmoid = sigmoid(&features);
        let product = &features * sigmoid;
        identity(&product);
        graph.op_scope("IdentityN", |scope| {
            identity_n_with(scope, &[product.any(), features.any()], slope::<T>)[0].assume()
        })
    })
}

/// The gradient of the swish function of input 1, which is input 0.
fn slope<T: Float>(cx: &mut GradientContext<'_>) -> Result<()> {
    let (x, dy) = (cx.input::<T>(1), cx.grad::<T>(0));
    let sigmoid = cx.graph().control_dependencies([&dy], || sigmoid(&x));
    let complement = difference(T::ONE, &sigmoid);
    let slope = sigmoid * sum(T::ONE, x * complement);
    cx.set(1, dy * slope);
    Ok(())
}
