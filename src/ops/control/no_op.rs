//! `NoOp`: does nothing, after all that it waits for.

use crate::graph::{
    ControlInputs, GradientContext, Graph, InferContext, Kernel, Op, Operation, TensorInfo,
    graph_of,
};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::types::Result;

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    opaque "NoOp() -> ()",
    |_| NoOp
)];

impl Graph {
    /// An operation that does nothing, as `tf.no_op` makes it; useful under
    /// [`control_dependencies`](Graph::control_dependencies).
    #[track_caller]
    pub fn no_op(&self) -> Operation {
        self.op_scope("NoOp", |scope| scope.operation(NoOp, &[]))
    }
}

/// An operation that is done when all of `inputs` are, as `tf.group` makes it.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let from: Vec<_> = (0..3).map(|i| graph.variable(i as f32)).collect();
/// let to: Vec<_> = (0..3).map(|_| graph.variable(0.0f32)).collect();
/// let assigned: Vec<tf::Operation> = to.iter().zip(&from).map(|(to, from)| to.assign(from).op()).collect();
/// assert_eq!(tf::group(&assigned).name(), "group_deps");
/// ```
///
/// # Errors
/// `InvalidArgument` if the inputs belong to several graphs. Without inputs there is no graph to
/// build in: a mistake that a session on the operation's own graph reports.
#[track_caller]
pub fn group(inputs: impl ControlInputs) -> Operation {
    let operations = inputs.operations();
    let graph = graph_of(&[operations.first().map(|first| first.graph().clone())]);
    group_in(&graph, &operations)
}

/// As [`group`], in this graph.
#[track_caller]
pub(crate) fn group_in(graph: &Graph, operations: &[Operation]) -> Operation {
    graph.op_scope("group_deps", |scope| {
        graph.control_dependencies(operations, || scope.operation(NoOp, &[]))
    })
}

#[derive(Debug)]
struct NoOp;

impl Op for NoOp {
    fn op_type(&self) -> &'static str {
        "NoOp"
    }

    fn infer(&self, _: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        Ok(Vec::new())
    }

    fn compute(&self, _: &mut Kernel<'_, '_>) -> Result<()> {
        Ok(())
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }
}
