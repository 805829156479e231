//! [`Seeded`]: an op that draws from a stream of its own.

use std::any::Any;
use std::fmt::Debug;

use crate::graph::{
    Attribute, AttributeList, Effect, GradientContext, InferContext, Kernel, NodeSpec, Op,
    TensorInfo,
};
use crate::streams::{PhiloxStream, Seeds};
use crate::types::Result;

/// What tells one op that draws random numbers from another; see [`Op`] for its functions. The
/// state that the kernel finds is a [`PhiloxStream`].
pub(in crate::ops) trait Drawing: Debug + Send + Sync + 'static {
    fn op_type(&self) -> &'static str;

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>>;

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()>;

    /// None flows through what is drawn.
    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let _ = cx;
        Ok(())
    }

    fn can_fail(&self) -> bool {
        true
    }

    /// The attributes besides the seeds.
    fn attributes(&self) -> AttributeList {
        AttributeList::new()
    }
}

/// An op that draws from the stream which its seeds begin.
#[derive(Debug)]
pub(in crate::ops) struct Seeded<D> {
    pub(in crate::ops) drawing: D,
    pub(in crate::ops) seeds: Seeds,
}

impl<D> Seeded<D> {
    /// The op of a node that draws so.
    pub(in crate::ops) fn from_node(node: &NodeSpec<'_>, drawing: D) -> Result<Self> {
        let (seed, seed2) = (node.attribute("seed")?, node.attribute("seed2")?);
        let seeds = Seeds { seed, seed2 };
        Ok(Seeded { drawing, seeds })
    }
}

impl<D: Drawing> Op for Seeded<D> {
    fn op_type(&self) -> &'static str {
        self.drawing.op_type()
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        self.drawing.infer(cx)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        self.drawing.compute(cx)
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        self.drawing.gradient(cx)
    }

    fn effect(&self) -> Effect {
        Effect::Stateful
    }

    fn can_fail(&self) -> bool {
        self.drawing.can_fail()
    }

    fn new_state(&self) -> Option<Box<dyn Any + Send>> {
        Some(Box::new(PhiloxStream::new(self.seeds)))
    }

    fn seeds(&self) -> Option<Seeds> {
        Some(self.seeds)
    }

    fn attributes(&self) -> Option<AttributeList> {
        let Seeds { seed, seed2 } = self.seeds;
        let mut attributes = vec![
            ("seed", Attribute::Int(seed)),
            ("seed2", Attribute::Int(seed2)),
        ];
        // Few: the attributes of an op.
        attributes.extend(self.drawing.attributes());
        Some(attributes)
    }
}
