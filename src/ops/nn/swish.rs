//! `swish`, whose gradient TensorFlow attaches to an `IdentityN`.

use std::marker::PhantomData;

use crate::graph::{
    GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo, graph_of,
};
use crate::ops::OpDef;
use crate::ops::array::identity;
use crate::ops::math::{difference, sigmoid, sum};
use crate::types::{Float, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[OpDef::smooth("IdentityN")];

/// x · sigmoid(x) element by element, as `tf.nn.swish` computes it. The gradient computes the sigmoid anew rather than
/// keep it in memory.
#[track_caller]
pub fn swish<T: Float>(features: impl IntoTensor<T>) -> Tensor<T> {
    let graph = graph_of(&[features.graph()]);
    graph.op_call(|| {
        let features = features.into_tensor(&graph, "features");
        let sigmoid = sigmoid(&features);
        let product = &features * sigmoid;
        identity(&product);
        graph.op_scope("IdentityN", |scope| {
            scope.tensor(Swish::<T>(PhantomData), &[product.any(), features.any()])
        })
    })
}

/// Passes on its two inputs: the swish function of something, and that.
#[derive(Debug)]
struct Swish<T>(PhantomData<T>);

impl<T: Float> Op for Swish<T> {
    fn op_type(&self) -> &'static str {
        "IdentityN"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        Ok(cx
            .inputs()
            .iter()
            .map(|input| TensorInfo::new(T::DTYPE, &input.shape))
            .collect())
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        for i in 0..cx.inputs.len() {
            cx.outputs.forward(i, cx.inputs.value(i).clone());
        }
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let (x, dy) = (cx.input::<T>(1), cx.grad::<T>(0));
        let sigmoid = cx.graph().control_dependencies([&dy], || sigmoid(&x));
        let complement = difference(T::ONE, &sigmoid);
        let slope = sigmoid * sum(T::ONE, x * complement);
        cx.set(1, dy * slope);
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }
}
