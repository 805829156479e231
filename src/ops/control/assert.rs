//! `Assert`: fails a run unless something holds.

use super::summarize::summarized;
use crate::graph::{
    AnyTensor, AttributeList, Attributes, Effect, GradientContext, Graph, InferContext, Kernel, Op,
    Operation, Tensor, TensorInfo, attributes,
};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::expect_rank;
use crate::types::{Bytes, Error, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    flat "Assert(condition: bool, data: [T]) -> (); summarize: int = 3",
    |node| node.attributes::<Assert>()?
)];

/// A part of what a failed assertion says.
#[derive(Debug)]
pub(crate) enum Part<'a> {
    /// Words.
    Text(String),
    /// The elements of an integer tensor.
    Elements(&'a Tensor<i32>),
}

/// An operation that fails with what `parts` say unless `condition` is true.
///
/// The nodes are those of `tf.Assert(condition, parts)`.
#[track_caller]
pub(crate) fn assert_true(
    graph: &Graph,
    condition: &Tensor<bool>,
    parts: &[Part<'_>],
) -> Operation {
    let text = |name: &str, text: &str| {
        graph.constant_named(name, ndarray::arr0(Bytes::from(text)).into_dyn())
    };
    graph.op_scope("Assert", |_| {
        for part in parts {
            // TensorFlow makes these to see whether all parts can be printed; nobody reads them.
            if let Part::Text(words) = part {
                text("Const", words);
            }
        }
        graph.op_scope("Assert", |scope| {
            let operand = |(i, part): (usize, &Part<'_>)| match part {
                Part::Text(words) => text(&format!("data_{i}"), words).any(),
                Part::Elements(tensor) => tensor.any(),
            };
            let data: Vec<AnyTensor> = parts.iter().enumerate().map(operand).collect();
            let op = Assert { summarize: 3 };
            scope.operation(op, &[&[condition.any()], data.as_slice()].concat())
        })
    })
}

attributes! {
    /// Fails unless input 0 is true, with what the other inputs hold.
    struct Assert {
        /// How many elements of each the message shows; all if it is negative.
        summarize: i64,
    }
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
        let mut message = String::from("assertion failed:");
        for i in 1..cx.inputs.len() {
            let part = summarized(cx.inputs.value(i), self.summarize)?;
            message += &format!(" [{part}]");
        }
        Err(Error::invalid_argument(message))
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn effect(&self) -> Effect {
        Effect::Stateful
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.list())
    }
}
