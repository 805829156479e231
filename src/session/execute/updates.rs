//! How a run reads and changes variables: what it reads first it reads at one moment, and its
//! updates are one moment for others.
//!
//! A run that fails changes nothing. There are two ways to see to that, and the plan says which one
//! a run takes:
//!
//! - Updates write to copies (`staged`), which become the variables' values when the run has handed
//!   out its results. Any step, and the handing out, may fail until then.
//! - Updates change the variables in place, if no step from the first update on can fail once
//!   memory is there. So the run first sees to all that may fail, in this order: the updates are
//!   checked; the arrays that will be handed out are allocated (`set_aside_results`); then, with
//!   the values locked, each variable to be changed gets memory that nobody else holds
//!   (`own_memory`). A value that somebody else holds too (a snapshot, a run of another thread) is
//!   copied now, and the memory of a first value is set aside. From there on, a step asks for no
//!   memory that might be refused.

use std::sync::RwLockReadGuard;

use smallvec::SmallVec;

use crate::graph::{Inputs, Kernel, Outputs, RefSlot};
use crate::kernels::pool::Pool;
use crate::kernels::unset::unset_value;
use crate::session::account::Account;
use crate::session::plan::{Change, GroupWork, KernelWork, Place, Step, Variable, Work};
use crate::session::store::{Changing, Store, Turn, Values};
use crate::types::{Error, Result, Value, ValueMut};

use super::results::{Made, expect_to_fit};
use super::{Run, check, expect_as_planned, lend_mut};

/// What a run does to the variables.
pub(super) struct Updates<'p> {
    store: &'p Store,
    account: &'p Account,
    /// New values that are not in the store before the whole run has succeeded, each at its
    /// variable's place in the plan's changes. Empty as long as there are none.
    staged: Vec<Option<Value<'static>>>,
    /// Memory for first values of variables that are changed in place, likewise.
    set_aside: Vec<Option<Value<'static>>>,
    access: Access<'p>,
    /// The turn to update variables, while the run has it. It ends after the access to the values.
    turn: Option<Turn<'p>>,
}

/// The access that a run has to the store's values.
enum Access<'s> {
    /// None: each look at them locks them.
    None,
    /// They are read, all at one moment.
    Reading(RwLockReadGuard<'s, Values>),
    /// They are changed in place.
    Changing(Changing<'s>),
}

impl<'p> Run<'p, '_> {
    /// Runs all steps. Those that read variables before any is updated come first, and see them at
    /// one moment. The results are for the places `into`, if there are any, else for the arrays in
    /// `made`.
    pub(super) fn all_steps(&mut self, into: &[ValueMut<'_>], made: &mut Made) -> Result<()> {
        let plan = self.plan;
        if plan.reads_twice {
            self.updates.take_turn()?;
        }
        if plan.reads > 0 {
            self.updates.access = Access::Reading(self.machine.store.values());
            let outcome = self.steps(&plan.steps[..plan.reads]);
            self.updates.access = Access::None;
            outcome?;
        }
        self.steps(&plan.steps[plan.reads..plan.first_update])?;
        if plan.first_update < plan.steps.len() {
            self.updating_steps(into, made)?;
        }
        Ok(())
    }

    /// Runs the steps from the first update on. Those that write to copies are not the variables'
    /// values until they are [published](Updates::publish).
    fn updating_steps(&mut self, into: &[ValueMut<'_>], made: &mut Made) -> Result<()> {
        let steps = &self.plan.steps[self.plan.first_update..];
        self.updates.take_turn()?;
        if !self.plan.updates_in_place {
            self.check_initialized()?;
            self.steps(steps)?;
            return self.check_forms();
        }
        if self.plan.checks_updates {
            // Ops say what they have to say to that while others can still read.
            self.check_initialized()?;
            self.check_updates(steps)?;
        }
        self.set_aside_results(into, made)?;
        self.updates.begin();
        self.check_initialized()?;
        for (number, change) in self.plan.changes.iter().enumerate() {
            self.own_memory(number, change)
                .map_err(|error| self.at_node(error, change.node))?;
        }
        self.steps(steps)?;
        self.updates.end();
        Ok(())
    }

    /// Sees to it that the results can be handed out: that they fit into the places that they are
    /// for, or else that there is memory for the copies that are wanted of what lies elsewhere.
    fn set_aside_results(&self, into: &[ValueMut<'_>], made: &mut Made) -> Result<()> {
        if !into.is_empty() {
            return self.expect_places(into);
        }
        for &fetch in &self.plan.copied_fetches {
            let memory = match &self.plan.fetches[fetch] {
                Place::Operand(operand) => unset_value(operand.dtype, &operand.shape),
                Place::Slot(slot) => {
                    let value = self.slot(*slot)?;
                    unset_value(value.dtype(), value.shape())
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

    /// Sees to it, before anything is changed, that a variable has memory of its own for its new
    /// value. Whether there is enough shows now or never.
    fn own_memory(&mut self, number: usize, change: &Change) -> Result<()> {
        // What the run itself holds stays where it is until the variable's update, after which
        // nobody reads it any more.
        for &hold in &change.holds {
            self.holds[hold] = None;
        }
        let value = self.updates.values()?.get_mut(change.variable.place);
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
            let memory = unset_value(*dtype, shape)?;
            self.allowance.take(memory.bytes());
            let changes = self.plan.changes.len();
            *place_in(&mut self.updates.set_aside, Some(number), changes)? = Some(memory);
        }
        // Else it has no value and its update needs none: then the update does not change it.
        Ok(())
    }

    /// Fails if a variable would be read before it has a value, and nothing has been changed yet.
    fn check_initialized(&self) -> Result<()> {
        let needed = &self.plan.needed;
        if needed.is_empty() {
            return Ok(());
        }
        let missing = self.updates.with_values(|values| {
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
        // In a plan that updates in place, all inputs of updates have been computed by now.
        for step in steps {
            if let Work::Update { kernel, .. } = &step.work
                && kernel.unchecked.is_some()
            {
                let outcome = self
                    .inputs(kernel)
                    .and_then(|inputs| check(kernel, &inputs, &[]));
                outcome.map_err(|error| self.at_node(error, step.node))?;
            }
        }
        Ok(())
    }

    /// Fails if something fetched turns out not to have the form that it is wanted in.
    fn check_forms(&self) -> Result<()> {
        for &(fetch, node, form) in &self.plan.forms {
            if let Place::Slot(slot) = self.plan.fetches[fetch] {
                let value = self.slot(slot)?;
                form.expect(value.shape(), self.machine.graph, node)?;
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
        let first = variables.first().and_then(|variable| variable.change);
        let set_aside = take_of(&mut self.updates.set_aside, first);
        let mut taken = Taken::from(self.updates.values()?, variables);
        if let Some(slot) = taken.refs.first_mut() {
            slot.set_aside = set_aside;
        }
        apply(work, &inputs, &mut taken.refs, self.machine.pool)
    }

    pub(super) fn update_copy(&mut self, work: &KernelWork, variables: &[Variable]) -> Result<()> {
        let inputs = self.inputs(work)?;
        let mut refs: SmallVec<[RefSlot; 4]> = SmallVec::new();
        for variable in variables {
            let staged = take_of(&mut self.updates.staged, variable.change);
            let value = staged.or_else(|| self.updates.current(variable));
            refs.push(RefSlot::new(value));
        }
        check(work, &inputs, &refs)?;
        apply(work, &inputs, &mut refs, self.machine.pool)?;
        for (variable, changed) in variables.iter().zip(refs) {
            if changed.value.is_some() {
                let changes = self.plan.changes.len();
                *place_in(&mut self.updates.staged, variable.change, changes)? = changed.value;
            }
        }
        Ok(())
    }

    /// Lends a group the variables that it changes.
    pub(super) fn lend_variables(&mut self, work: &GroupWork) -> Result<()> {
        if work.variables.is_empty() {
            return Ok(());
        }
        let values = self.updates.values()?;
        for (variable, operand) in &work.variables {
            let value = values.get_mut(variable.place);
            let value = value
                .ok_or_else(|| Error::internal("a group changes a variable that has no value"))?;
            expect_as_planned(value, operand)?;
            crate::types::with_value!(value, array => lend_mut(self.frame, operand.base, array.view_mut()?));
        }
        Ok(())
    }
}

impl<'p> Updates<'p> {
    pub(super) fn new(store: &'p Store, account: &'p Account) -> Self {
        Updates {
            store,
            account,
            staged: Vec::new(),
            set_aside: Vec::new(),
            access: Access::None,
            turn: None,
        }
    }

    /// Waits for the turn to update variables, if the run does not have it yet.
    fn take_turn(&mut self) -> Result<()> {
        if self.turn.is_none() {
            self.turn = Some(self.store.turn()?);
        }
        Ok(())
    }

    /// Locks the values to be changed. Only a run that has the turn does so.
    fn begin(&mut self) {
        self.access = match &self.turn {
            Some(turn) => Access::Changing(turn.values()),
            None => Access::None,
        };
    }

    /// Lets others read and update the variables.
    fn end(&mut self) {
        if let Access::Changing(values) = &self.access {
            self.account.set_variables(values.bytes());
        }
        self.access = Access::None;
        self.turn = None;
    }

    /// Gives the variables of these changes the new values that were written to copies.
    #[inline]
    pub(super) fn publish(&mut self, changes: &[Change]) {
        if !self.staged.is_empty() {
            self.publish_staged(changes);
        }
    }

    fn publish_staged(&mut self, changes: &[Change]) {
        self.begin();
        if let Access::Changing(values) = &mut self.access {
            for (change, staged) in changes.iter().zip(&mut self.staged) {
                if let Some(new) = staged.take() {
                    // The old value is dropped when nobody waits for that.
                    *staged = values.replace(change.variable.place, Some(new));
                }
            }
        }
        self.end();
    }

    /// Runs `look` on the values as they are now, without those written to copies.
    fn with_values<R>(&self, look: impl FnOnce(&Values) -> R) -> R {
        match &self.access {
            Access::None => look(&self.store.values()),
            Access::Reading(values) => look(values),
            Access::Changing(values) => look(values),
        }
    }

    /// The values, which the run changes in place.
    fn values(&mut self) -> Result<&mut Values> {
        match &mut self.access {
            Access::Changing(values) => Ok(values),
            _ => Err(Error::internal(
                "a run changes values that it has not locked",
            )),
        }
    }

    /// The variable's value as this run sees it now, shared rather than copied; `None` while
    /// uninitialized.
    pub(super) fn current(&self, variable: &Variable) -> Option<Value<'static>> {
        let staged = variable.change.and_then(|change| self.staged.get(change));
        match staged {
            Some(Some(value)) => Some(value.clone()),
            _ => self.with_values(|values| values.get(variable.place).cloned()),
        }
    }
}

/// The place of change number `change` in a list that has one for each change once it has any.
fn place_in<'l>(
    list: &'l mut Vec<Option<Value<'static>>>,
    change: Option<usize>,
    changes: usize,
) -> Result<&'l mut Option<Value<'static>>> {
    if list.is_empty() {
        list.resize(changes, None);
    }
    let place = change.and_then(|change| list.get_mut(change));
    place.ok_or_else(|| Error::internal("an update is not among its plan's changes"))
}

/// Takes what is at the place of a change out of such a list.
fn take_of(list: &mut [Option<Value<'static>>], change: Option<usize>) -> Option<Value<'static>> {
    list.get_mut(change?)?.take()
}

fn apply(work: &KernelWork, inputs: &[Value<'_>], refs: &mut [RefSlot], pool: &Pool) -> Result<()> {
    work.op.compute(&mut Kernel::new(
        Inputs::new(inputs),
        Outputs::new(0),
        refs,
        None,
        pool,
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
            .map(|variable| RefSlot::new(values.take(variable.place)));
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
            self.values.replace(variable.place, changed.value);
        }
    }
}
