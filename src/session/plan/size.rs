//! How much memory a plan itself takes, which the session's cache of plans goes by.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::graph::TensorInfo;

use super::step::{Change, GroupWork, KernelWork, Place, ReadTo, Step, Variable, Work};
use super::{FeedSpec, Plan};

/// What an allocation takes besides the bytes that were asked for, about.
const ALLOCATION: usize = 16;

/// What a vector takes besides itself.
pub(in crate::session) fn spilled_bytes<A: smallvec::Array>(vector: &SmallVec<A>) -> usize {
    match vector.spilled() {
        true => vector.capacity() * size_of::<A::Item>(),
        false => 0,
    }
}

impl Plan {
    /// How many bytes the plan takes, about: its steps, operands, tables and the constants that
    /// nobody else holds, but not what a run needs.
    pub(in crate::session) fn size(&self) -> usize {
        let steps = self.steps.iter().map(Step::heap_bytes).sum::<usize>();
        let results = self.results.iter().map(|result| result.heap_bytes());
        let fetches = self.fetches.iter().map(Place::heap_bytes);
        let constants = self.bases.constants().iter();
        // The graph holds its constants too; what was computed while planning belongs to the plan.
        let own = constants.filter(|constant| Arc::strong_count(constant) == 1);
        size_of::<Plan>()
            + size_of_val(&*self.steps)
            + steps
            + size_of_val(&*self.results)
            + results.sum::<usize>()
            + size_of_val(&*self.fetches)
            + fetches.sum::<usize>()
            + size_of_val(&*self.result_nodes)
            + size_of_val(&*self.only_fetch)
            + size_of_val(&*self.fetch_nodes)
            + size_of_val(&*self.own_result)
            + size_of_val(&*self.forms)
            + size_of_val(&*self.needed)
            + size_of_val(&*self.changes)
            + self.changes.iter().map(Change::heap_bytes).sum::<usize>()
            + size_of_val(&*self.copied_fetches)
            + size_of_val(&*self.feeds)
            + self.bases.heap_bytes()
            + own
                .map(|constant| constant.bytes() + 4 * ALLOCATION)
                .sum::<usize>()
    }
}

impl FeedSpec {
    /// How many bytes it takes besides itself.
    pub(in crate::session) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.shape) + size_of_val(&*self.strides) + 2 * ALLOCATION
    }
}

impl Change {
    fn heap_bytes(&self) -> usize {
        let new = self.new.as_ref();
        let new = new.map_or(0, |(_, shape)| size_of_val(&**shape) + ALLOCATION);
        new + size_of_val(&*self.holds) + ALLOCATION
    }
}

impl Step {
    fn heap_bytes(&self) -> usize {
        let work = match &self.work {
            Work::Read { to, .. } => to.heap_bytes(),
            Work::Kernel(kernel) => kernel.heap_bytes(),
            Work::Update {
                kernel,
                variables,
                passes_on,
                ..
            } => {
                kernel.heap_bytes()
                    + size_of_val(&**variables)
                    + passes_on.as_ref().map_or(0, ReadTo::heap_bytes)
            }
            Work::Group(group) => group.heap_bytes(),
        };
        work + size_of_val(&*self.releases) + size_of_val(&*self.frees) + ALLOCATION
    }
}

impl KernelWork {
    fn heap_bytes(&self) -> usize {
        let places = self.inputs.iter().chain(&self.outputs);
        let unchecked = self.unchecked.as_deref().unwrap_or_default();
        size_of_val(&*self.inputs)
            + size_of_val(&*self.outputs)
            + places.map(Place::heap_bytes).sum::<usize>()
            + unchecked.iter().map(info_bytes).sum::<usize>()
    }
}

fn info_bytes(info: &TensorInfo) -> usize {
    size_of::<TensorInfo>() + info.shape.rank().unwrap_or(0) * size_of::<Option<usize>>()
}

impl GroupWork {
    fn heap_bytes(&self) -> usize {
        let product = self.product.iter();
        let operands = product.flat_map(|product| product.operands.iter().chain(&product.out));
        let variables = self.variables.iter().map(|(_, operand)| operand);
        let operands = operands.chain(variables);
        let kept = self.product.iter().map(|product| product.producer.kept());
        size_of::<GroupWork>()
            + kept.sum::<usize>()
            + self.group.heap_bytes()
            + size_of_val(&*self.nodes)
            + self.variables.len() * size_of::<Variable>()
            + operands
                .map(|operand| operand.heap_bytes() + 2 * ALLOCATION)
                .sum::<usize>()
            + self.passes_on.as_ref().map_or(0, ReadTo::heap_bytes)
    }
}

impl Place {
    fn heap_bytes(&self) -> usize {
        match self {
            Place::Operand(operand) => operand.heap_bytes() + 2 * ALLOCATION,
            Place::Slot(_) => 0,
        }
    }
}

impl ReadTo {
    fn heap_bytes(&self) -> usize {
        match self {
            ReadTo::Hold(_, operand) | ReadTo::Copy(operand) => {
                operand.heap_bytes() + 2 * ALLOCATION
            }
            ReadTo::Slot(_) => 0,
        }
    }
}
