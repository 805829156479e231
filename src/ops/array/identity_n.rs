//! `IdentityN`: tensors passed on unchanged, with a custom gradient.

use std::fmt;
use std::sync::Arc;

use crate::graph::{
    AnyTensor, AnyTensors, AttributeList, Fusion, GradientContext, InferContext, Kernel, Op,
    OpScope, TensorInfo, graph_of,
};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::types::Result;

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    smooth "IdentityN(input: [T]) -> (output: [T])",
    |_| IdentityN { rule: None }
)];

/// The tensors themselves, of any types, as the outputs of one new node, as `tf.identity_n` makes
/// it. Nothing is copied.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let (x, n) = (graph.constant([1.0f32, 2.0]), graph.constant(3i32));
/// let both = tf::identity_n((&x, &n));
/// assert_eq!(both[1].name(), "IdentityN:1");
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(&both[0], [])?.shape(), [2]);
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the tensors belong to several graphs.
#[track_caller]
pub fn identity_n(inputs: impl AnyTensors) -> Vec<AnyTensor> {
    let inputs = inputs.any_tensors();
    let graph = graph_of(&[inputs.first().map(|input| input.graph().clone())]);
    graph.op_scope("IdentityN", |scope| {
        build(scope, IdentityN { rule: None }, &inputs)
    })
}

/// What the gradients with respect to the inputs are.
pub(crate) trait Rule:
    Fn(&mut GradientContext<'_>) -> Result<()> + Send + Sync + 'static
{
}

impl<F: Fn(&mut GradientContext<'_>) -> Result<()> + Send + Sync + 'static> Rule for F {}

/// `inputs` as the outputs of the node that `scope` is named after, with this gradient.
#[track_caller]
pub(crate) fn identity_n_with(
    scope: &OpScope,
    inputs: &[AnyTensor],
    rule: impl Rule,
) -> Vec<AnyTensor> {
    let rule: Option<Box<dyn Rule>> = Some(Box::new(rule));
    build(scope, IdentityN { rule }, inputs)
}

#[track_caller]
fn build(scope: &OpScope, op: IdentityN, inputs: &[AnyTensor]) -> Vec<AnyTensor> {
    let operation = scope.operation(op, inputs);
    let outputs = inputs.iter().enumerate();
    // Few: one for each input.
    outputs
        .map(|(i, input)| operation.any_output(i, input.dtype()))
        .collect()
}

struct IdentityN {
    /// What the gradients are, if not those of the outputs.
    rule: Option<Box<dyn Rule>>,
}

impl fmt::Debug for IdentityN {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentityN")
    }
}

impl Op for IdentityN {
    fn op_type(&self) -> &'static str {
        "IdentityN"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let inputs = cx.inputs().iter().cloned();
        let outputs = inputs.map(|input| TensorInfo {
            is_ref: false,
            ..input
        });
        // Few: one for each input.
        Ok(outputs.collect())
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        for i in 0..cx.inputs.len() {
            cx.outputs.forward(i, cx.inputs.value(i).clone());
        }
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        match &self.rule {
            Some(rule) => rule(cx),
            None => {
                (0..cx.num_inputs()).for_each(|i| cx.pass_through(i, i));
                Ok(())
            }
        }
    }

    /// A gradient rule is not an attribute.
    fn attributes(&self) -> Option<AttributeList> {
        self.rule.is_none().then(AttributeList::new)
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::Identity
    }
}
