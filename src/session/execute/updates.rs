//! How a run reads and changes variables: what it reads first it reads at one moment, and its updates are one moment for others.

use std::sync::RwLockReadGuard;

use smallvec::SmallVec;

use crate::graph::{Inputs, Kernel, Outputs, RefSlot};
use crate::session::plan::{GroupWork, KernelWork, Place, Step, Variable, Work, no_scalar};
use crate::session::store::{Changing, Values};
use crate::types::{Error, Result, Value};

use super::{Run, check, expect_as_planned, lend_mut};

/// The access that a run has to the store's values.
pub(super) enum Access<'s> {
    /// None: each look at them locks them.
    None,
    /// They are read, all at one moment.
    Reading(RwLockReadGuard<'s, Values>),
    /// They are changed in place.
    Changing(Changing<'s>),
}

impl<'p> Run<'p, '_> {
    /// Runs all steps. Those that read variables before any is updated come first, and see them at one moment.
    pub(super) fn all_steps(&mut self) -> Result<()> {
        let plan = self.plan;
        if plan.reads_twice {
            self.turn = Some(self.machine.store.turn()?);
        }
        if plan.reads > 0 {
            self.values = Access::Reading(self.machine.store.values());
            let outcome = self.steps(&plan.steps[..plan.reads]);
            self.values = Access::None;
            outcome?;
        }
        self.steps(&plan.steps[plan.reads..plan.first_update])?;
        if plan.first_update < plan.steps.len() {
            self.updates()?;
        }
        Ok(())
    }

    /// Runs the steps from the first update on, all or nothing.
    fn updates(&mut self) -> Result<()> {
        let steps = &self.plan.steps[self.plan.first_update..];
        if self.turn.is_none() {
            self.turn = Some(self.machine.store.turn()?);
        }
        if self.plan.updates_in_place {
            if self.plan.checks_updates {
                // Ops say what they have to say to that while others can still read.
                self.check_initialized()?;
                self.check_updates(steps)?;
            }
            self.begin_changes();
            self.set_aside(steps)?;
        }
        self.check_initialized()?;
        self.steps(steps)?;
        self.check_scalars()?;
        self.publish();
        if self.replaces {
            let bytes = self.with_values(Values::bytes);
            self.machine.account.set_variables(bytes);
        }
        self.values = Access::None;
        self.turn = None;
        Ok(())
    }

    /// Locks the values to be changed. Only a run that has the turn does so.
    fn begin_changes(&mut self) {
        self.values = match &self.turn {
            Some(turn) => Access::Changing(turn.values()),
            None => Access::None,
        };
    }

    /// Allocates, before anything is changed, the memory of the variables that get a value for the first time or of another shape: whether there is
    /// enough shows now or never.
    fn set_aside(&mut self, steps: &[Step]) -> Result<()> {
        for step in steps {
            let Work::Update {
                kernel,
                variables,
                reads: false,
                ..
            } = &step.work
            else {
                continue;
            };
            let (Some(variable), Some(Place::Operand(value))) =
                (variables.first(), kernel.inputs.last())
            else {
                continue;
            };
            let fits = |old: &Value<'_>| old.shape() == &*value.shape;
            let place = variable.place;
            if self.with_values(|values| values.get(place).is_some_and(fits)) {
                continue;
            }
            let memory = Value::zeros(value.dtype, &value.shape)
                .map_err(|error| self.at_node(error, step.node))?;
            self.allowance.take(memory.bytes());
            self.set_aside.push((place, memory));
            self.replaces = true;
        }
        Ok(())
    }

    /// Gives the variables the new values that were written to copies.
    fn publish(&mut self) {
        if self.staged.is_empty() {
            return;
        }
        self.replaces = true;
        self.begin_changes();
        if let Access::Changing(values) = &mut self.values {
            for (variable, value) in &mut self.staged {
                // The old value takes its place, to be dropped when nobody waits for that.
                let place = values.place(variable.place);
                match place {
                    Some(old) => std::mem::swap(old, value),
                    None => *place = Some(value.clone()),
                }
            }
        }
    }

    /// Runs `look` on the values as they are now, without those written to copies.
    fn with_values<R>(&self, look: impl FnOnce(&Values) -> R) -> R {
        match &self.values {
            Access::None => look(&self.machine.store.values()),
            Access::Reading(values) => look(values),
            Access::Changing(values) => look(values),
        }
    }

    /// The variable's value as this run sees it now, shared rather than copied; `None` while uninitialized.
    pub(super) fn current(&self, variable: &Variable) -> Option<Value<'static>> {
        let mut staged = self.staged.iter();
        match staged.find(|(changed, _)| changed.place == variable.place) {
            Some((_, value)) => Some(value.clone()),
            None => self.with_values(|values| values.get(variable.place).cloned()),
        }
    }

    /// Fails if a variable would be read before it has a value, and nothing has been changed yet.
    fn check_initialized(&self) -> Result<()> {
        let needed = &self.plan.needed;
        if needed.is_empty() {
            return Ok(());
        }
        let missing = self.with_values(|values| {
            let mut needed = needed.iter();
            needed.find(|(_, variable)| values.get(variable.place).is_none())
        });
        match missing {
            Some((reader, variable)) => {
                Err(self.at_node(self.uninitialized(variable.node), *reader))
            }
            None => Ok(()),
        }
    }

    /// Fails if an update would, and nothing has been changed yet.
    fn check_updates(&self, steps: &[Step]) -> Result<()> {
        // Of those in a plan that updates in place, all inputs are computed by now.
        for step in steps {
            if let Work::Update { kernel, .. } = &step.work
                && kernel.unchecked.is_some()
            {
                let outcome = self
                    .inputs(kernel)
                    .and_then(|inputs| check(kernel, &inputs));
                outcome.map_err(|error| self.at_node(error, step.node))?;
            }
        }
        Ok(())
    }

    /// Fails if something fetched as a number turns out to be none.
    fn check_scalars(&self) -> Result<()> {
        for &(fetch, node) in &self.plan.scalars {
            if let Place::Slot(slot) = self.plan.fetches[fetch] {
                let count = self.slot(slot)?.shape().iter().product();
                if count != 1 {
                    return Err(no_scalar(self.machine.graph, node, count));
                }
            }
        }
        Ok(())
    }

    pub(super) fn update_in_place(
        &mut self,
        work: &KernelWork,
        variables: &[Variable],
    ) -> Result<()> {
        let inputs = self.inputs(work)?;
        let mut taken = Taken::from(changing(&mut self.values)?, variables);
        if let (Some(variable), Some(slot)) = (variables.first(), taken.refs.first_mut())
            && !self.set_aside.is_empty()
        {
            let mut all = self.set_aside.iter();
            let found = all.position(|(place, _)| *place == variable.place);
            slot.set_aside = found.map(|found| self.set_aside.swap_remove(found).1);
        }
        apply(work, &inputs, &mut taken.refs)
    }

    pub(super) fn update_copy(&mut self, work: &KernelWork, variables: &[Variable]) -> Result<()> {
        let inputs = self.inputs(work)?;
        check(work, &inputs)?;
        let mut refs: SmallVec<[RefSlot; 4]> = SmallVec::new();
        for variable in variables {
            let mut staged = self.staged.iter();
            let place = staged.position(|(changed, _)| changed.place == variable.place);
            let value = match place {
                Some(place) => Some(self.staged.swap_remove(place).1),
                None => self.current(variable),
            };
            refs.push(RefSlot::new(value));
        }
        apply(work, &inputs, &mut refs)?;
        for (variable, changed) in variables.iter().zip(refs) {
            if let Some(value) = changed.value {
                self.staged.push((*variable, value));
            }
        }
        Ok(())
    }

    /// Lends a group the variables that it changes.
    pub(super) fn lend_variables(&mut self, work: &GroupWork) -> Result<()> {
        if work.variables.is_empty() {
            return Ok(());
        }
        let values = changing(&mut self.values)?;
        for (variable, operand) in &work.variables {
            let value = values.place(variable.place).as_mut();
            let value = value
                .ok_or_else(|| Error::internal("a group changes a variable that has no value"))?;
            expect_as_planned(value, operand)?;
            crate::types::with_value!(value, array => lend_mut(self.frame, operand.base, array.view_mut()?));
        }
        Ok(())
    }
}

/// The values that a run changes in place.
fn changing<'v>(values: &'v mut Access<'_>) -> Result<&'v mut Values> {
    match values {
        Access::Changing(values) => Ok(values),
        _ => Err(Error::internal(
            "a run changes values that it has not locked",
        )),
    }
}

fn apply(work: &KernelWork, inputs: &[Value<'_>], refs: &mut [RefSlot]) -> Result<()> {
    work.op.compute(&mut Kernel::new(
        Inputs::new(inputs),
        Outputs::new(0),
        refs,
        None,
    ))
}

/// Variables' values on loan to a kernel; they are put back when this is dropped, come what may.
struct Taken<'v> {
    values: &'v mut Values,
    variables: &'v [Variable],
    refs: SmallVec<[RefSlot; 4]>,
}

impl<'v> Taken<'v> {
    fn from(values: &'v mut Values, variables: &'v [Variable]) -> Self {
        let refs = variables
            .iter()
            .map(|variable| RefSlot::new(values.place(variable.place).take()));
        Taken {
            refs: refs.collect(),
            values,
            variables,
        }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        for (variable, changed) in self.variables.iter().zip(self.refs.drain(..)) {
            *self.values.place(variable.place) = changed.value;
        }
    }
}
