//! [`Older`]: an op under a name that older files have.

use std::any::Any;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::graph::{
    AttributeList, Effect, Fusion, GradientContext, InferContext, Inputs, Kernel, NodeSpec, Op,
    Outputs, TensorInfo, no_gradient,
};
use crate::types::{Result, Value};

/// An op that does what another does, under another op type; what the other has as its last inputs
/// may be attributes of this one.
#[derive(Debug)]
pub(super) struct Older {
    op_type: &'static str,
    op: Arc<dyn Op>,
    /// The last inputs of the other op.
    more: Vec<Value<'static>>,
    /// The attributes of this op, if there are such inputs.
    attributes: AttributeList,
    /// The gradient rule, where that of the other op reads such inputs.
    gradient: Option<Gradient>,
}

/// A gradient rule.
type Gradient = fn(&mut GradientContext<'_>) -> Result<()>;

impl Older {
    /// `op` under the op type of a node.
    pub(super) fn renamed(node: &NodeSpec<'_>, op: impl Op) -> Self {
        Older {
            op_type: node.op_type(),
            op: Arc::new(op),
            more: Vec::new(),
            attributes: AttributeList::new(),
            gradient: None,
        }
    }

    /// The same where `value` stands for the last input of the op that it has under its newer type,
    /// and these are its attributes.
    pub(super) fn with_input(mut self, value: Value<'static>, attributes: AttributeList) -> Self {
        self.more.push(value);
        // Few: attributes of an op.
        self.attributes.extend(attributes);
        self
    }

    /// The same with a gradient rule, needed where the newer type's reads an input more.
    pub(super) fn with_gradient(self, gradient: Gradient) -> Self {
        Older {
            gradient: Some(gradient),
            ..self
        }
    }

    fn infos(&self, cx: &InferContext<'_>) -> SmallVec<[TensorInfo; 4]> {
        let more = self.more.iter().map(|value| {
            TensorInfo::new(value.dtype(), value.shape()).with_constant(value.clone())
        });
        cx.inputs().iter().cloned().chain(more).collect()
    }
}

impl Op for Older {
    fn op_type(&self) -> &'static str {
        self.op_type
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        self.op.infer(&InferContext::new(&self.infos(cx)))
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        if self.more.is_empty() {
            return self.op.compute(cx);
        }
        let more = self.more.iter().map(|value| value.clone().reborrow());
        let inputs = cx.inputs.values().iter().cloned();
        // Few: one for each input of an op.
        let values: Vec<Value<'_>> = inputs.chain(more).collect();
        let outputs = std::mem::replace(&mut cx.outputs, Outputs::new(0));
        let mut inner = Kernel::new(Inputs::new(&values), outputs, &mut [], None, cx.pool);
        let outcome = self.op.compute(&mut inner);
        cx.outputs = inner.outputs;
        outcome
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        match self.gradient {
            Some(gradient) => gradient(cx),
            None if self.more.is_empty() => self.op.gradient(cx),
            None => Err(no_gradient(self.op_type)),
        }
    }

    fn effect(&self) -> Effect {
        self.op.effect()
    }

    fn can_fail(&self) -> bool {
        self.op.can_fail()
    }

    fn needs_memory(&self, cx: &InferContext<'_>) -> bool {
        self.op.needs_memory(&InferContext::new(&self.infos(cx)))
    }

    fn new_state(&self) -> Option<Box<dyn Any + Send>> {
        self.op.new_state()
    }

    fn fusion(self: Arc<Self>, cx: &InferContext<'_>) -> Fusion {
        match Arc::clone(&self.op).fusion(&InferContext::new(&self.infos(cx))) {
            Fusion::View { of } if of < cx.len() => Fusion::View { of },
            fusion if self.more.is_empty() => fusion,
            // It would read inputs that are none here.
            _ => Fusion::None,
        }
    }

    fn attributes(&self) -> Option<AttributeList> {
        match self.more.is_empty() {
            true => self.op.attributes(),
            false => Some(self.attributes.clone()),
        }
    }

    fn must_be_fed(&self) -> Option<String> {
        self.op.must_be_fed()
    }
}
