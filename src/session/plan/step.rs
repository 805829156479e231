//! [`Step`]: what a run does, one after the other, with every value in its place.

use std::sync::Arc;

use crate::graph::{NodeId, Op, TensorInfo};
use crate::kernels::group::Group;
use crate::kernels::memory::Operand;
use crate::kernels::product::Producer;
use crate::types::DType;

use super::super::store::OpState;

/// A place for a value that only the run knows the shape of.
pub(in crate::session) type Slot = usize;

/// One step of a run.
pub(in crate::session) struct Step {
    /// The node that errors are told with.
    pub(in crate::session) node: NodeId,
    pub(in crate::session) work: Work,
    /// Variables' values that are let go before the step.
    pub(in crate::session) releases: Vec<Hold>,
    /// The slots that nobody reads after the step.
    pub(in crate::session) frees: Vec<Slot>,
}

impl Step {
    /// Whether the step is an update that the run has to check.
    pub(in crate::session) fn is_unchecked_update(&self) -> bool {
        matches!(&self.work, Work::Update { kernel, .. } if kernel.unchecked.is_some())
    }

    /// Whether the step reads a variable, be it one that it has just updated or is about to.
    pub(in crate::session) fn reads_variable(&self) -> bool {
        match &self.work {
            Work::Read { .. } => true,
            Work::Kernel(_) => false,
            Work::Update { passes_on, .. } => passes_on.is_some(),
            Work::Group(work) => {
                let is_variable = |operand: &Operand| {
                    let mut variables = work.variables.iter();
                    variables.any(|(_, variable)| variable.base == operand.base)
                };
                let mut loads = work.group.loads.iter();
                work.passes_on.is_some() || loads.any(|load| is_variable(&load.operand))
            }
        }
    }
}

/// What a step does.
pub(in crate::session) enum Work {
    /// Reads a variable's current value.
    Read { variable: Variable, to: ReadTo },
    /// Runs an op's kernel.
    Kernel(KernelWork),
    /// Runs the kernel of an op that changes variables, and passes on the first one's new value if
    /// it is wanted.
    Update {
        kernel: KernelWork,
        variables: Vec<Variable>,
        reads: bool,
        passes_on: Option<ReadTo>,
    },
    /// Runs a group of element-wise kernels, perhaps on the parts of a product, and perhaps on
    /// variables.
    Group(Box<GroupWork>),
}

/// A variable, the place of its value in the session's store, and, if it is changed by then, its
/// place in the plan's changes.
#[derive(Clone, Copy)]
pub(in crate::session) struct Variable {
    pub(in crate::session) node: NodeId,
    pub(in crate::session) place: usize,
    pub(in crate::session) change: Option<usize>,
}

/// A variable that a run changes in place, as its first update in the run finds it.
pub(in crate::session) struct Change {
    /// The node that updates it.
    pub(in crate::session) node: NodeId,
    pub(in crate::session) variable: Variable,
    /// The type and shape of the value that the update gives it, if it needs none before.
    pub(in crate::session) new: Option<(DType, Box<[usize]>)>,
    /// The numbers of the holds on the value that it has before.
    pub(in crate::session) holds: Vec<usize>,
}

/// A kernel with the places of its operands.
pub(in crate::session) struct KernelWork {
    pub(in crate::session) op: Arc<dyn Op>,
    pub(in crate::session) state: Option<OpState>,
    pub(in crate::session) inputs: Vec<Place>,
    pub(in crate::session) outputs: Vec<Place>,
    /// What is known of the op's inputs, variables to update first, where the run has to check the
    /// rest.
    pub(in crate::session) unchecked: Option<Vec<TensorInfo>>,
}

/// A group with the places of its operands.
pub(in crate::session) struct GroupWork {
    /// The ops in it, for explanations.
    pub(in crate::session) nodes: Vec<NodeId>,
    pub(in crate::session) group: Group,
    pub(in crate::session) product: Option<ProductWork>,
    /// The variables that it updates, as they are lent to it.
    pub(in crate::session) variables: Vec<(Variable, Operand)>,
    pub(in crate::session) passes_on: Option<ReadTo>,
}

/// A product with the places of its operands.
pub(in crate::session) struct ProductWork {
    pub(in crate::session) node: NodeId,
    pub(in crate::session) producer: Arc<dyn Producer>,
    pub(in crate::session) operands: Vec<Operand>,
    /// Where it is stored, if it is.
    pub(in crate::session) out: Option<Operand>,
    /// Where its scratch memory lies in the arena, and how much it is.
    pub(in crate::session) scratch: (usize, usize),
}

/// Where a value is.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::session) enum Place {
    Operand(Operand),
    Slot(Slot),
}

/// A variable's value that a run holds on to, and the base that it is lent to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::session) struct Hold {
    pub(in crate::session) number: usize,
    pub(in crate::session) base: usize,
}

/// What becomes of a variable's value.
#[derive(Clone, Debug)]
pub(in crate::session) enum ReadTo {
    /// It is held and read where it lies.
    Hold(Hold, Operand),
    /// It is copied, as it will be changed while the copy is still needed.
    Copy(Operand),
    Slot(Slot),
}
