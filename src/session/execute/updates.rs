//! How a run reads and changes variables: what it reads first it reads at one moment, and its updates are one moment for others.
//!
//! A run that fails changes nothing. There are two ways to see to that, and the plan says which one a run takes:
//!
//! - Updates write to copies (`staged`), which become the variables' values when the run has handed out its results. Any step, and
//!   the handing out, may fail until then.
//! - Updates change the variables in place, if no step from the first update on can fail once memory is there. So the run first sees to all that
//!   may fail, in this order: the updates are checked; the arrays that will be handed out are allocated (`set_aside_results`);
//!   then, with the values locked, each variable to be changed gets memory that nobody else holds (`own_memory`). A value that somebody else
//!   holds too (a snapshot, a run of another thread) is copied now, and the memory of a first value is set aside. From there on, a step asks for no memory
//!   that might be refused.

use std::sync::RwLockReadGuard;

use smallvec::SmallVec;

use crate::graph::{Inputs, Kernel, Outputs, RefSlot};
use crate::session::plan::{Change, GroupWork, KernelWork, Place, Step, Variable, Work, no_scalar};
use crate::session::store::{Changing, Values};
use crate::types::{Error, Result, Value, ValueMut};

use super::results::{Made, expect_to_fit};
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
    /// The results are for the places `into`, if there are any, else for the arrays in `made`.
    pub(super) fn all_steps(&mut self, into: &[ValueMut<'_>], made: &mut Made) -> Result<()> {
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
            self.updates(into, made)?;
        }
        Ok(())
    }

    /// Runs the steps from the first update on. Those that write to copies are not the variables' values until [`publish`](Run::publish).
    fn updates(&mut self, into: &[ValueMut<'_>], made: &mut Made) -> Result<()> {
        let steps = &self.plan.steps[self.plan.first_update..];
        if self.turn.is_none() {
            self.turn = Some(self.machine.store.turn()?);
        }
        if !self.plan.updates_in_place {
            self.check_initialized()?;
            self.steps(steps)?;
            return self.check_scalars();
        }
        if self.plan.checks_updates {
            // Ops say what they have to say to that while others can still read.
            self.check_initialized()?;
            self.check_updates(steps)?;
        }
        self.set_aside_results(into, made)?;
        self.begin_changes();
        self.check_initialized()?;
        for change in &self.plan.changes {
            self.own_memory(change)
                .map_err(|error| self.at_node(error, change.node))?;
        }
        self.steps(steps)?;
        self.end_changes();
        Ok(())
    }

    /// Locks the values to be changed. Only a run that has the turn does so.
    fn begin_changes(&mut self) {
        self.values = match &self.turn {
            Some(turn) => Access::Changing(turn.values()),
            None => Access::None,
        };
    }

    /// Lets others read and update the variables.
    fn end_changes(&mut self) {
        if self.replaces {
            let bytes = self.with_values(Values::bytes);
            self.machine.account.set_variables(bytes);
        }
        self.values = Access::None;
        self.turn = None;
    }

    /// Sees to it that the results can be handed out: that they fit into the places that they are for, or else that there is memory
    /// for the copies that are wanted of what lies elsewhere.
    fn set_aside_results(&self, into: &[ValueMut<'_>], made: &mut Made) -> Result<()> {
        if !into.is_empty() {
            return self.expect_places(into);
        }
        for &fetch in &self.plan.copied_fetches {
            let memory = match &self.plan.fetches[fetch] {
                Place::Operand(operand) => Value::zeros(operand.dtype, &operand.shape),
                Place::Slot(slot) => {
                    let value = self.slot(*slot)?;
                    Value::zeros(value.dtype(), value.shape())
                }
            };
            let memory =
                memory.map_err(|error| self.at_node(error, self.plan.fetch_nodes[fetch]))?;
            self.allowance.take(memory.bytes());
            made.push(Some(memory));
        }
        Ok(())
    }

    /// Fails if a result does not fit into the place that it is for.
    fn expect_places(&self, into: &[ValueMut<'_>]) -> Result<()> {
        for (number, place) in self.plan.fetches.iter().enumerate() {
            let target = into.get(number);
            match place {
                Place::Operand(operand) => expect_to_fit(operand.dtype, &operand.shape, target)?,
                Place::Slot(slot) => {
                    let value = self.slot(*slot)?;
                    expect_to_fit(value.dtype(), value.shape(), target)?;
                }
            }
        }
        Ok(())
    }

    /// Sees to it, before anything is changed, that a variable has memory of its own for its new value. Whether there is enough shows now or never.
    fn own_memory(&mut self, change: &Change) -> Result<()> {
        // What the run itself holds stays where it is until the variable's update, after which nobody reads it any more.
        for &hold in &change.holds {
            self.holds[hold] = None;
        }
        let place = change.variable.place;
        let value = changing(&mut self.values)?.place(place).as_mut();
        let fits = |value: &Value<'_>| {
            let mut new = change.new.iter();
            new.all(|(dtype, shape)| value.dtype() == *dtype && value.shape() == &**shape)
        };
        if let Some(value) = value.filter(|value| fits(value)) {
            if value.is_single_owner() {
                return Ok(());
            }
            let copy = value.copied()?;
            let old = std::mem::replace(value, copy);
            for &hold in &change.holds {
                self.holds[hold] = Some(old.clone());
            }
        } else if let Some((dtype, shape)) = &change.new {
            let memory = Value::zeros(*dtype, shape)?;
            self.allowance.take(memory.bytes());
            self.set_aside.push((place, memory));
            self.replaces = true;
        }
        // Else it has no value and its update needs none: then the update does not change it.
        Ok(())
    }

    /// Gives the variables the new values that were written to copies.
    pub(super) fn publish(&mut self) {
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
        self.end_changes();
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
