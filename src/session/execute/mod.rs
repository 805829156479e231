//! Walking a plan: every step in order, on memory that the plan has laid out.

mod results;

use std::sync::{MutexGuard, PoisonError, RwLockWriteGuard};

use smallvec::SmallVec;

use crate::graph::{Effect, Graph, InferContext, Inputs, Kernel, NodeId, Outputs, RefSlot, copy};
use crate::kernels::FlushDenormals;
use crate::kernels::memory::{Frame, Operand};
use crate::kernels::pool::Pool;
use crate::kernels::product::ProductRun;
use crate::types::{Element, Error, Result, Shape, Value, ValueMut};

use super::Feed;
use super::fetch::Results;
use super::plan::Workspace;
use super::plan::{
    GroupWork, KernelWork, Place, Plan, ReadTo, Slot, Step, Variable, Work, no_scalar,
};
use super::store::{Store, lock, uninitialized};
use super::trace::Stopwatch;
use results::{Fetched, Made, place_for, zeros};

/// What a run runs with.
pub(super) struct Machine<'s> {
    pub(super) graph: &'s Graph,
    pub(super) store: &'s Store,
    pub(super) pool: &'s Pool,
    /// What the times of the steps are written down in, if anybody wants to know them.
    pub(super) stopwatch: Option<&'s Stopwatch>,
}

/// Runs `plan` with the feeds' values and puts the fetched ones into `into`, if there is anything, or hands them to `collect`.
///
/// # Errors
/// Whatever a kernel says, with its node. The variables are then as they were.
pub(super) fn execute<R>(
    plan: &Plan,
    feeds: &[Feed<'_>],
    machine: &Machine<'_>,
    into: &mut [ValueMut<'_>],
    collect: impl FnOnce(&mut Results<'_>) -> Result<R>,
) -> Result<R> {
    let _flush = FlushDenormals::enable();
    let mut workspace = plan.workspace()?;
    let outcome = run(plan, feeds, machine, &mut workspace, into, collect);
    plan.leave(workspace);
    outcome
}

fn run<R>(
    plan: &Plan,
    feeds: &[Feed<'_>],
    machine: &Machine<'_>,
    workspace: &mut Workspace,
    into: &mut [ValueMut<'_>],
    collect: impl FnOnce(&mut Results<'_>) -> Result<R>,
) -> Result<R> {
    let Workspace { frame, holds } = workspace;
    for (base, feed) in plan.feeds.iter().zip(feeds) {
        frame.lend(*base, feed.value());
    }
    let mut results = Made::new();
    for result in &plan.results {
        match place_for(plan, result, into) {
            Some(place) => frame.lend_mut(result.base, place),
            None => {
                let mut value = zeros(result);
                crate::types::with_value!(&mut value, array => lend_mut(frame, result.base, array.view_mut()));
                results.push((value, result.base));
            }
        }
    }
    let mut run = Run {
        plan,
        machine,
        frame,
        holds,
        // Most plans have none.
        slots: if plan.slots == 0 {
            Vec::new()
        } else {
            vec![None; plan.slots]
        },
        staged: Vec::new(),
    };
    run.steps(&plan.steps[..plan.first_update])?;
    if plan.first_update < plan.steps.len() {
        run.updates()?;
    }
    if !into.is_empty() {
        run.put_into(into)?;
    }
    collect(&mut Results::new(&mut Fetched {
        run: &run,
        made: results,
    }))
}

/// The state of one run.
struct Run<'p, 'f> {
    plan: &'p Plan,
    machine: &'p Machine<'p>,
    frame: &'f Frame,
    holds: &'p mut [Option<Value<'static>>],
    /// The values of which only the run knows the shape.
    slots: Vec<Option<Value<'f>>>,
    /// New values of variables that are written to the store when the whole run has succeeded.
    staged: Vec<(Variable, Value<'static>)>,
}

impl<'p, 'f> Run<'p, 'f> {
    fn steps(&mut self, steps: &'p [Step]) -> Result<()> {
        for step in steps {
            let lap = self.machine.stopwatch.map(Stopwatch::start);
            self.step(step)
                .map_err(|error| self.at_node(error, step.node))?;
            drop(lap);
            for &slot in &step.frees {
                self.slots[slot] = None;
            }
        }
        Ok(())
    }

    fn at_node(&self, error: Error, node: NodeId) -> Error {
        error.at_node(|| self.machine.graph.node_ref(node))
    }

    /// Runs the steps from the first update on, all or nothing.
    fn updates(&mut self) -> Result<()> {
        let _commit: MutexGuard<'_, ()> = self.machine.store.commit_lock();
        let steps = &self.plan.steps[self.plan.first_update..];
        self.check_initialized()?;
        if self.plan.updates_in_place {
            self.check_updates(steps)?;
        }
        self.steps(steps)?;
        self.check_scalars()?;
        for (variable, value) in self.staged.drain(..) {
            *lock(&variable.cell) = Some(value);
        }
        Ok(())
    }

    /// Fails if a variable would be read before it has a value, and nothing has been changed yet.
    fn check_initialized(&self) -> Result<()> {
        let missing = self
            .plan
            .needed
            .iter()
            .find(|(_, variable)| !variable.cell.is_initialized());
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

    fn step(&mut self, step: &'p Step) -> Result<()> {
        for hold in &step.releases {
            self.holds[hold.number] = None;
        }
        match &step.work {
            Work::Read { variable, to } => self.read(variable, to),
            Work::Kernel(kernel) => self.kernel(kernel),
            Work::Update {
                kernel,
                variables,
                passes_on,
                ..
            } => {
                if self.plan.updates_in_place {
                    self.update_in_place(kernel, variables)?;
                } else {
                    self.update_copy(kernel, variables)?;
                }
                passes_on
                    .as_ref()
                    .map_or(Ok(()), |to| self.read(&variables[0], to))
            }
            Work::Group(group) => {
                self.group(group)?;
                let variable = group.variables.first();
                let passes_on = variable.zip(group.passes_on.as_ref());
                passes_on.map_or(Ok(()), |((variable, _), to)| self.read(variable, to))
            }
        }
    }

    /// Takes a variable's current value.
    fn read(&mut self, variable: &Variable, to: &ReadTo) -> Result<()> {
        let staged = self
            .staged
            .iter()
            .find(|(changed, _)| changed.node == variable.node);
        let staged = staged.map(|(_, value)| value.clone());
        let value = staged.or_else(|| variable.cell.read());
        let value = value.ok_or_else(|| self.uninitialized(variable.node))?;
        match to {
            ReadTo::Slot(slot) => self.slots[*slot] = Some(value.reborrow()),
            ReadTo::Copy(operand) => {
                expect_as_planned(&value, operand)?;
                copy(&value, &mut self.frame.value_mut(operand));
            }
            ReadTo::Hold(hold, operand) => {
                expect_as_planned(&value, operand)?;
                let held = self.holds[hold.number].insert(value);
                self.frame.lend(hold.base, held);
            }
        }
        Ok(())
    }

    fn kernel(&mut self, work: &'p KernelWork) -> Result<()> {
        let inputs = self.inputs(work)?;
        check(work, &inputs)?;
        let places = work.outputs.iter().map(|place| match place {
            Place::Operand(operand) => Some(self.frame.value_mut(operand)),
            Place::Slot(_) => None,
        });
        let outputs = Outputs::in_places(places);
        let mut state = work
            .state
            .as_ref()
            .map(|state| state.lock().unwrap_or_else(PoisonError::into_inner));
        let state = state.as_mut().map(|state| &mut ***state);
        let mut kernel = Kernel::new(Inputs::new(&inputs), outputs, &mut [], state);
        work.op.compute(&mut kernel)?;
        let values = kernel.outputs.settle()?;
        for (place, value) in work.outputs.iter().zip(values) {
            if let Place::Slot(slot) = place {
                self.slots[*slot] = value;
            }
        }
        Ok(())
    }

    fn update_in_place(&mut self, work: &KernelWork, variables: &[Variable]) -> Result<()> {
        let inputs = self.inputs(work)?;
        // No other run holds two of these locks at once: `updates` holds the commit lock.
        let mut places: Locked<'_> = variables
            .iter()
            .map(|variable| lock(&variable.cell))
            .collect();
        let mut taken = Taken::from(&mut places);
        apply(work, &inputs, &mut taken.refs)
    }

    fn update_copy(&mut self, work: &KernelWork, variables: &[Variable]) -> Result<()> {
        let inputs = self.inputs(work)?;
        check(work, &inputs)?;
        let staged = &mut self.staged;
        let mut current = |variable: &Variable| {
            let place = staged
                .iter()
                .position(|(changed, _)| changed.node == variable.node);
            let staged = place.map(|place| staged.swap_remove(place).1);
            RefSlot {
                value: staged.or_else(|| variable.cell.read()),
            }
        };
        let mut refs: SmallVec<[RefSlot; 4]> = variables.iter().map(&mut current).collect();
        apply(work, &inputs, &mut refs)?;
        for (variable, changed) in variables.iter().zip(refs) {
            if let Some(value) = changed.value {
                self.staged.push((variable.clone(), value));
            }
        }
        Ok(())
    }

    fn group(&mut self, work: &GroupWork) -> Result<()> {
        let mut places: Locked<'_> = work
            .variables
            .iter()
            .map(|(variable, _)| lock(&variable.cell))
            .collect();
        for (place, (variable, operand)) in places.iter_mut().zip(&work.variables) {
            let value = place
                .as_mut()
                .ok_or_else(|| self.uninitialized(variable.node))?;
            expect_as_planned(value, operand)?;
            crate::types::with_value!(value, array => lend_mut(self.frame, operand.base, array.view_mut()));
        }
        match &work.product {
            None => work.group.run(self.frame, self.machine.pool),
            Some(product) => product.product.run(ProductRun {
                frame: self.frame,
                pool: self.machine.pool,
                a: &product.a,
                b: &product.b,
                out: product.out.as_ref(),
                group: &work.group,
                scratch: product.scratch,
            }),
        }
        work.variables
            .iter()
            .for_each(|(_, operand)| self.frame.forget(operand.base));
        Ok(())
    }

    fn inputs(&self, work: &KernelWork) -> Result<SmallVec<[Value<'f>; 4]>> {
        let value = |place: &Place| match place {
            Place::Operand(operand) => Ok(self.frame.value(operand)),
            Place::Slot(slot) => self.slot(*slot),
        };
        work.inputs.iter().map(value).collect()
    }

    fn slot(&self, slot: Slot) -> Result<Value<'f>> {
        self.slots[slot]
            .clone()
            .ok_or_else(|| Error::internal("a step read a value that no step had computed"))
    }

    fn uninitialized(&self, variable: NodeId) -> Error {
        uninitialized(&self.machine.graph.node_ref(variable).name)
    }
}

/// Fails if a variable's value is not what the variable's node says, which a defect of an op that updates it can cause.
fn expect_as_planned(value: &Value<'_>, operand: &Operand) -> Result<()> {
    if value.dtype() == operand.dtype && value.shape() == &*operand.shape {
        return Ok(());
    }
    let [found, said] =
        [value.shape(), &*operand.shape].map(|shape| Shape::from(shape).bracketed());
    let (found_type, said_type) = (value.dtype(), operand.dtype);
    Err(Error::internal(format!(
        "a variable holds {found_type}{found} where {said_type}{said} was said"
    )))
}

/// Variables' values on loan to a kernel; they are put back when this is dropped, come what may.
struct Taken<'l, 's> {
    places: &'l mut Locked<'s>,
    refs: SmallVec<[RefSlot; 4]>,
}

impl<'l, 's> Taken<'l, 's> {
    fn from(places: &'l mut Locked<'s>) -> Self {
        let refs = places.iter_mut().map(|place| RefSlot {
            value: place.take(),
        });
        Taken {
            refs: refs.collect(),
            places,
        }
    }
}

impl Drop for Taken<'_, '_> {
    fn drop(&mut self) {
        for (place, changed) in self.places.iter_mut().zip(self.refs.drain(..)) {
            **place = changed.value;
        }
    }
}

/// The places of the variables that a step changes.
type Locked<'s> = SmallVec<[RwLockWriteGuard<'s, Option<Value<'static>>>; 4]>;

fn lend_mut<T: Element>(frame: &Frame, base: usize, array: ndarray::ArrayViewMutD<'_, T>) {
    frame.lend_mut(base, &mut T::wrap_mut(array));
}

fn apply(work: &KernelWork, inputs: &[Value<'_>], refs: &mut [RefSlot]) -> Result<()> {
    work.op.compute(&mut Kernel::new(
        Inputs::new(inputs),
        Outputs::new(0),
        refs,
        None,
    ))
}

/// Fails if the values of a step's inputs show that it cannot be done, of a step for which that remained to be seen.
fn check(work: &KernelWork, inputs: &[Value<'_>]) -> Result<()> {
    let Some(known) = &work.unchecked else {
        return Ok(());
    };
    let mut infos = known.clone();
    let checks = matches!(work.op.effect(), Effect::Update { checks: true, .. });
    let variables = infos.len() - inputs.len();
    for (info, value) in infos[variables..].iter_mut().zip(inputs) {
        info.shape = value.shape().into();
        if checks && info.dtype.is_integer() {
            info.constant = Some(std::sync::Arc::new(value.to_owned_value()));
        }
    }
    let cx = InferContext::new(&infos);
    work.op.infer(&cx)?;
    if checks { work.op.check(&cx) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    use crate::train::{AdamOptimizer, GradientDescentOptimizer, Optimizer};
    use crate::{Session, Variable};

    /// Where a variable's elements lie.
    fn address(session: &Session, variable: &Variable<f32>) -> *const f32 {
        let Some(Value::Float32(array)) = session.0.store.cell(variable.op().node()).read() else {
            panic!("{variable} has no value");
        };
        array.view().as_ptr()
    }

    #[test]
    fn a_step_of_adam_copies_neither_the_variable_nor_its_slots() -> Result<()> {
        let graph = Graph::new();
        let x = graph.placeholder::<f32>("x", [300, 100]);
        let w = graph.variable(Array2::<f32>::ones((300, 100)));
        let optimizer = AdamOptimizer::new(0.1);
        let loss = crate::square(&w * &x);
        let train = optimizer.minimize(&loss);
        let session = Session::new(&graph)?;
        session.run(graph.global_variables_initializer(), [])?;
        let data = Array2::<f32>::ones((300, 100));
        session.run((&train, &loss), [x.feed(&data)])?;
        let slots =
            ["m", "v"].map(|name| optimizer.get_slot(&w, name).expect("Adam has this slot"));
        let places = || [&w, &slots[0], &slots[1]].map(|variable| address(&session, variable));
        let before = places();
        for _ in 0..3 {
            session.run((&train, &loss), [x.feed(&data)])?;
        }
        assert_eq!(places(), before);
        Ok(())
    }

    #[test]
    fn rows_are_updated_in_place_even_if_their_indices_are_fed() -> Result<()> {
        let graph = Graph::new();
        let rows = graph.placeholder::<i32>("rows", crate::shape![?]);
        let (v, w) = (
            graph.variable(Array2::<f32>::ones((300, 2))),
            graph.variable(1.0f32),
        );
        let update = crate::group([&w.assign_add(1.0), &crate::scatter_add(&v, &rows, 1.0f32)]);
        let session = Session::new(&graph)?;
        session.run(graph.global_variables_initializer(), [])?;
        session.run(&update, [rows.feed(&array![3])])?;
        let before = address(&session, &v);
        session.run(&update, [rows.feed(&array![1, 2, 1])])?;
        assert_eq!(address(&session, &v), before);
        Ok(())
    }

    #[test]
    fn shapes_that_only_the_run_knows_are_checked_before_a_kernel_sees_them() -> Result<()> {
        let graph = Graph::new();
        let x = graph.placeholder::<f32>("x", crate::shape![?]);
        let (different, _) = crate::unique(&x);
        let v = graph.variable([1.0f32, 2.0]);
        let sum = crate::add_n(&[different.clone(), graph.constant([1.0f32, 2.0])]);
        let update = v.assign_add(&different);
        let session = Session::new(&graph)?;
        session.run(graph.global_variables_initializer(), [])?;
        let (fits, does_not) = (array![3.0f32, 4.0, 3.0], array![3.0f32, 4.0, 5.0]);
        let expected = (
            array![4.0f32, 6.0].into_dyn(),
            array![4.0f32, 6.0].into_dyn(),
        );
        assert_eq!(session.run((&sum, &update), [x.feed(&fits)])?, expected);
        for error in [
            session.run(&sum, [x.feed(&does_not)]),
            session.run(&update, [x.feed(&does_not)]),
        ] {
            let error = error.expect_err("three elements do not fit two");
            assert!(
                error.message().contains("must be equal, but are"),
                "{error}"
            );
        }
        assert_eq!(session.run(&v, [])?, expected.1);
        Ok(())
    }

    #[test]
    fn a_run_that_fails_after_the_update_leaves_the_variable_as_it_was() -> Result<()> {
        let graph = Graph::new();
        let divisor = graph.placeholder::<i32>("divisor", []);
        let w = graph.variable(2.0f32);
        let train = GradientDescentOptimizer::new(0.25).minimize(crate::square(&w));
        let after = graph.control_dependencies([&train], || crate::floordiv(1, &divisor));
        let session = Session::new(&graph)?;
        session.run(graph.global_variables_initializer(), [])?;
        assert!(session.run(&after, [divisor.feed(0)]).is_err());
        assert_eq!(session.run(w.value().scalar(), [])?, 2.0);
        session.run(&after, [divisor.feed(1)])?;
        assert_eq!(session.run(w.value().scalar(), [])?, 1.0);
        Ok(())
    }
}
