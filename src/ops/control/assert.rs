//! `Assert`: fails a run unless something holds.

use crate::graph::{
    AnyTensor, Effect, GradientContext, Graph, InferContext, Kernel, Op, Operation, Tensor,
    TensorInfo,
};
use crate::ops::OpDef;
use crate::ops::support::{expect_rank, listed};
use crate::types::{Error, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[OpDef::flat(
    "Assert(condition: bool, data: [T]) -> (); summarize: int = 3",
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
/// The nodes are those of `tf.Assert(condition, parts)`. There constants hold the texts; as there are no strings yet,
/// here the op does, and the constants stand in their places.
#[track_caller]
pub(crate) fn assert_true(
    graph: &Graph,
    condition: &Tensor<bool>,
    parts: Vec<Part<'_>>,
) -> Operation {
    let text = || ndarray::arr0(0u8).into_dyn();
    graph.op_scope("Assert", |_| {
        for part in &parts {
            // TensorFlow makes these to see whether all parts can be printed; nobody reads them.
            if let Part::Text(_) = part {
                graph.constant_named("Const", text());
            }
        }
        graph.op_scope("Assert", |scope| {
            let operand = |(i, part): (usize, &Part<'_>)| match part {
                Part::Text(_) => graph.constant_named(&format!("data_{i}"), text()).any(),
                Part::Elements(tensor) => tensor.any(),
            };
            let data: Vec<AnyTensor> = parts.iter().enumerate().map(operand).collect();
            let texts = parts.into_iter().map(|part| match part {
                Part::Text(text) => Some(text),
                Part::Elements(_) => None,
            });
            let op = Assert {
                // Few: one for each part of the message.
                texts: texts.collect(),
            };
            scope.operation(op, &[&[condition.any()], data.as_slice()].concat())
        })
    })
}

/// Fails unless input 0 is true, with the texts and, where there is none, the elements of the input in its place.
#[derive(Debug)]
struct Assert {
    texts: Vec<Option<String>>,
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
        for (i, text) in self.texts.iter().enumerate() {
            let part = match text {
                Some(text) => text.clone(),
                None => listed(&cx.inputs.integers(i + 1)?),
            };
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
}
