//! `NoOp`: does nothing, after all that it waits for.

use crate::graph::{
    ControlInput, GradientContext, Graph, InferContext, Kernel, Op, Operation, TensorInfo, graph_of,
};
use crate::ops::OpDef;
use crate::types::Result;

pub(in crate::ops) const OPS: &[OpDef] = &[OpDef::flat("NoOp")];

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
/// # Errors
/// `InvalidArgument` if the inputs belong to several graphs. Without inputs there is no graph to build in: a mistake that
/// a session on the operation's own graph will tell.
#[track_caller]
pub fn group(inputs: &[&dyn ControlInput]) -> Operation {
    let graph = graph_of(
        &inputs
            .iter()
            .map(|input| Some(input.operation().graph().clone()))
            .collect::<Vec<_>>(),
    );
    group_in(&graph, inputs)
}

/// As [`group`], in this graph.
#[track_caller]
pub(crate) fn group_in(graph: &Graph, inputs: &[&dyn ControlInput]) -> Operation {
    graph.op_scope("group_deps", |scope| {
        graph.control_dependencies(inputs, || scope.operation(NoOp, &[]))
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
