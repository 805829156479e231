//! `Assert`, as the ops of this family use it to compare shapes when run.

use ndarray::arr0;

use crate::graph::{
    GradientContext, Graph, InferContext, Kernel, Op, Operation, Tensor, TensorInfo,
};
use crate::ops::OpDef;
use crate::ops::math::equal;
use crate::ops::reduce::reduce_all;
use crate::types::{Error, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[OpDef::flat("Assert")];

/// An operation that fails when run unless the integer vectors `x` and `y` are the same; wait for it.
///
/// The nodes are those of `tf.assert_equal`, except that its constant texts stand in the graph as truth values.
#[track_caller]
pub(super) fn assert_equal(x: &Tensor<i32>, y: &Tensor<i32>) -> Operation {
    let graph = x.graph();
    // TensorFlow enters a scope of this name, and another one for the nodes.
    graph.op_scope("assert_equal", |_| ());
    graph.op_scope("assert_equal", |_| {
        let condition = reduce_all(equal(x, y), ..);
        graph.op_scope("Assert", |_| {
            (0..3).for_each(|_| drop(text(graph, "Const")));
            let op = Assert {
                names: [x.name(), y.name()],
            };
            graph.op_scope("Assert", |scope| {
                let [statement, x_is] = ["data_0", "data_1"].map(|name| text(graph, name).any());
                let y_is = text(graph, "data_3").any();
                scope.operation(
                    op,
                    &[condition.any(), statement, x_is, x.any(), y_is, y.any()],
                )
            })
        })
    })
}

#[track_caller]
fn text(graph: &Graph, name: &str) -> Tensor<bool> {
    graph.constant_named(name, arr0(true).into_dyn())
}

/// Fails unless input 0 is true. Inputs 3 and 5 are what was compared.
#[derive(Debug)]
struct Assert {
    names: [String; 2],
}

impl Op for Assert {
    fn op_type(&self) -> &'static str {
        "Assert"
    }

    fn infer(&self, _: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        Ok(Vec::new())
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        if cx.inputs.scalar::<bool>(0)? {
            return Ok(());
        }
        let (x, y) = (cx.inputs.integers(3)?, cx.inputs.integers(5)?);
        Err(Error::invalid_argument(format!(
            "assertion failed: [Condition x == y did not hold element-wise:] [x ({}) = ] {x:?} [y ({}) = ] {y:?}",
            self.names[0], self.names[1]
        )))
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }
}
