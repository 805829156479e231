//! `Assert`: fails a run unless something holds.

use crate::graph::{
    AnyTensor, Effect, GradientContext, Graph, InferContext, Kernel, Op, Operation, Tensor,
    TensorInfo,
};
use crate::ops::OpDef;
use crate::ops::support::expect_rank;
use crate::types::{Error, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[OpDef::flat("Assert")];

/// An operation that fails with `message` and the elements of `data`, integers, unless `condition` is true.
///
/// The nodes are those of `tf.Assert(condition, [message] + data)`. There two constants hold the message; as there are
/// no strings yet, here the op does, and the constants stand in their places.
#[track_caller]
pub(crate) fn assert_true(
    graph: &Graph,
    condition: &Tensor<bool>,
    message: &'static str,
    data: &[AnyTensor],
) -> Operation {
    let text = || ndarray::arr0(0u8).into_dyn();
    graph.op_scope("Assert", |_| {
        // TensorFlow makes this one to see whether all data can be printed; nobody reads it.
        graph.constant_named("Const", text());
        graph.op_scope("Assert", |scope| {
            let text = graph.constant_named("data_0", text());
            let inputs = [&[condition.any(), text.any()], data].concat();
            scope.operation(Assert { message }, &inputs)
        })
    })
}

#[derive(Debug)]
struct Assert {
    message: &'static str,
}

impl Op for Assert {
    fn op_type(&self) -> &'static str {
        "Assert"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(0), 0)?;
        Ok(Vec::new())
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        if cx.inputs.scalar::<bool>(0)? {
            return Ok(());
        }
        let mut text = format!("assertion failed: [{}]", self.message);
        for i in 2..cx.inputs.len() {
            let elements: Vec<String> = cx.inputs.integers(i)?.iter().map(i64::to_string).collect();
            text += &format!(" [{}]", elements.join(" "));
        }
        Err(Error::invalid_argument(text))
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn effect(&self) -> Effect {
        Effect::Stateful
    }
}
