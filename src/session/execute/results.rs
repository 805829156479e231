//! What a run hands out: arrays computed where they are wanted, or copied there.

use smallvec::SmallVec;

use crate::graph::copy;
use crate::kernels::memory::{Frame, Operand};
use crate::types::{Error, NodeRef, Result, Shape, Value, ValueMut};

use super::super::fetch::Source;
use super::super::plan::{Place, Plan};
use super::Run;

/// The array of the user's in which result number `number` can be computed.
pub(super) fn place_for<'i, 'o>(
    plan: &Plan,
    number: usize,
    into: &'i mut [ValueMut<'o>],
) -> Option<&'i mut ValueMut<'o>> {
    let result = &plan.results[number];
    into.get_mut(plan.only_fetch[number]?).filter(|place| {
        place.dtype() == result.dtype && place.shape() == &*result.shape && place.is_row_major()
    })
}

/// The arrays that a run makes to hand out, in the order of the plan's; `None` for one that is computed in the user's.
pub(super) type Made = SmallVec<[Option<Value<'static>>; 2]>;

impl Run<'_, '_> {
    /// Copies the fetched values to where they are wanted, unless they were computed there.
    pub(super) fn put_into(&self, into: &mut [ValueMut<'_>]) -> Result<()> {
        for (number, place) in self.plan.fetches.iter().enumerate() {
            let own = self.plan.own_result[number];
            if own.is_some_and(|own| place_for(self.plan, own, into).is_some()) {
                continue;
            }
            let value = match place {
                Place::Operand(operand) => self.frame.value(operand),
                Place::Slot(slot) => self.slot(*slot)?,
            };
            let target = into.get_mut(number);
            let target =
                target.ok_or_else(|| Error::internal("a place is missing for a result"))?;
            put(&value, target)?;
        }
        Ok(())
    }
}

/// The results of a run that has ended.
pub(super) struct Fetched<'r, 'p, 'f> {
    pub(super) run: &'r Run<'p, 'f>,
    pub(super) made: Made,
}

impl Source for Fetched<'_, '_, '_> {
    fn place(&self, number: usize) -> Option<(&Frame, &Operand)> {
        match self.run.plan.fetches.get(number)? {
            Place::Operand(operand) => Some((self.run.frame, operand)),
            Place::Slot(_) => None,
        }
    }

    fn node(&self, number: usize) -> Option<NodeRef> {
        let node = *self.run.plan.fetch_nodes.get(number)?;
        Some(self.run.machine.graph.node_ref(node))
    }

    fn value(&mut self, number: usize) -> Result<Value<'_>> {
        let fetches = &self.run.plan.fetches;
        let operand = match fetches.get(number) {
            Some(Place::Operand(operand)) => operand,
            Some(Place::Slot(slot)) => return Ok(self.run.slot(*slot)?.reborrow()),
            None => {
                let wanted = fetches.len();
                return Err(Error::invalid_argument(format!(
                    "more results are taken than the {wanted} of the tensors that were asked for"
                ))
                .with_help("Fetch::collect must take as many as Fetch::request asks for"));
            }
        };
        let own = self.run.plan.own_result[number];
        match own.and_then(|own| self.made.get_mut(own)?.take()) {
            // Nobody else looks at it, so it is handed out itself.
            Some(made) => Ok(made.reborrow()),
            None => Ok(self.run.frame.value(operand)),
        }
    }
}

/// Copies a result to where it is wanted.
///
/// # Errors
/// `InvalidArgument` if that has another shape.
fn put(value: &Value<'_>, target: &mut ValueMut<'_>) -> Result<()> {
    if value.dtype() != target.dtype() {
        let (given, result) = (target.dtype(), value.dtype());
        return Err(Error::invalid_argument(format!(
            "an array of {given} was given for a result of {result}"
        )));
    }
    let ones = |shape: &[usize]| shape.iter().product::<usize>() == 1;
    if value.shape() == target.shape() {
        copy(value, target);
        Ok(())
    } else if target.shape().is_empty() && ones(value.shape()) {
        copy(&value.clone().reshaped(&[])?, target);
        Ok(())
    } else {
        let [given, result] =
            [target.shape(), value.shape()].map(|shape| Shape::from(shape).to_string());
        let message = format!("an array of shape {given} was given for a result of shape {result}");
        Err(Error::invalid_argument(message)
            .with_help("give what an earlier run with these feeds gave"))
    }
}
