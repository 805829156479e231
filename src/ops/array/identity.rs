//! `Identity` and `StopGradient`: a tensor as it is.

use std::sync::Arc;

use crate::graph::{
    AnyTensor, AttributeList, Fusion, GradientContext, InferContext, IntoTensor, Kernel, Op,
    OpScope, Tensor, TensorInfo,
};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::older::Older;
use crate::ops::support::unary;
use crate::types::{Element, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "Identity(input: T) -> (output: T)",
        |_| Identity { differentiable: true }),
    op!(flat "StopGradient(input: T) -> (output: T)",
        |_| Identity { differentiable: false }),
    op!(opaque "Snapshot(input: T) -> (output: T)",
        |node| Older::renamed(node, Identity { differentiable: false }))
    .superseded_by("Identity"),
    op!(opaque "GuaranteeConst(input: T) -> (output: T)",
        |node| Older::renamed(node, Identity { differentiable: false }))
    .superseded_by("Identity"),
];

/// The tensor `input` itself, as a new node, as `tf.identity` makes it. Nothing is copied.
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([1.0, 2.0]);
/// let y = tf::identity(&x).named("output");
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(y.name(), "output:0");
/// assert_eq!(session.run(y.array1(), [])?, arr1(&[1.0, 2.0]));
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn identity<T: Element>(input: impl IntoTensor<T>) -> Tensor<T> {
    unary(
        "Identity",
        Identity {
            differentiable: true,
        },
        (input, "input"),
    )
}

/// The tensor `input` itself, but taken as a constant by [`gradients`](crate::gradients()), as
/// `tf.stop_gradient` makes it.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant(3.0);
/// let y = tf::stop_gradient(&x) * &x; // as 3·x
/// let slope = tf::gradients(&y, &x);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(slope.scalar(), [])?, 3.0);
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn stop_gradient<T: Element>(input: impl IntoTensor<T>) -> Tensor<T> {
    unary(
        "StopGradient",
        Identity {
            differentiable: false,
        },
        (input, "input"),
    )
}

/// `input` itself as the node that `scope` is named after.
#[track_caller]
pub(crate) fn identity_any(scope: &OpScope, input: &AnyTensor) -> AnyTensor {
    let operation = scope.operation(
        Identity {
            differentiable: true,
        },
        std::slice::from_ref(input),
    );
    operation.any_output(0, input.dtype())
}

#[derive(Debug)]
struct Identity {
    differentiable: bool,
}

impl Op for Identity {
    fn op_type(&self) -> &'static str {
        if self.differentiable {
            "Identity"
        } else {
            "StopGradient"
        }
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let input = cx.inputs()[0].clone();
        Ok(vec![TensorInfo {
            is_ref: false,
            ..input
        }])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        cx.outputs.forward(0, cx.inputs.value(0).clone());
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        if self.differentiable {
            cx.pass_through(0, 0);
        }
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(AttributeList::new())
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::View { of: 0 }
    }
}
