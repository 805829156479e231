//! What a run hands out: arrays computed where they are wanted, or copied there.

use smallvec::SmallVec;

use crate::graph::copy;
use crate::kernels;
use crate::kernels::memory::{Frame, Operand};
use crate::types::{Element, Error, NodeRef, Result, Shape, Value, ValueMut};

use super::super::fetch::Source;
use super::super::plan::{Place, Plan};
use super::Run;

/// The array of the user's in which a result can be computed.
pub(super) fn place_for<'i, 'o>(
    plan: &Plan,
    result: &Operand,
    into: &'i mut [ValueMut<'o>],
) -> Option<&'i mut ValueMut<'o>> {
    let mut fetches = plan
        .fetches
        .iter()
        .enumerate()
        .filter(|(_, place)| base(place) == Some(result.base));
    let (number, _) = fetches.next().filter(|_| fetches.next().is_none())?;
    into.get_mut(number).filter(|place| {
        place.dtype() == result.dtype && place.shape() == &*result.shape && place.is_row_major()
    })
}

/// The base that a fetched value lies in.
fn base(place: &Place) -> Option<usize> {
    match place {
        Place::Operand(operand) => Some(operand.base),
        Place::Slot(_) => None,
    }
}

/// The arrays that a run makes to hand out, with their bases.
pub(super) type Made = SmallVec<[(Value<'static>, usize); 2]>;

impl Run<'_, '_> {
    /// Copies the fetched values to where they are wanted, unless they were computed there.
    pub(super) fn put_into(&self, into: &mut [ValueMut<'_>]) -> Result<()> {
        for (number, place) in self.plan.fetches.iter().enumerate() {
            let is_result = |result: &Operand| base(place) == Some(result.base);
            if let Some(result) = self.plan.results.iter().find(|result| is_result(result))
                && place_for(self.plan, result, into).is_some()
            {
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
                return Err(Error::internal(
                    "a run gave fewer results than were fetched",
                ));
            }
        };
        let own = self.made.iter().position(|(_, base)| *base == operand.base);
        match own {
            // Nobody else looks at it, so it is handed out itself.
            Some(own)
                if fetches
                    .iter()
                    .filter(|other| base(other) == Some(operand.base))
                    .count()
                    == 1 =>
            {
                Ok(self.made.swap_remove(own).0.reborrow())
            }
            _ => Ok(self.run.frame.value(operand)),
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

/// An array of zeros.
///
/// # Errors
/// `ResourceExhausted` if there is no memory for it.
pub(super) fn zeros(operand: &Operand) -> Result<Value<'static>> {
    crate::types::with_dtype!(operand.dtype, T => {
        Ok(T::wrap(kernels::zeros::<T>(&operand.shape)?.into()))
    })
}
