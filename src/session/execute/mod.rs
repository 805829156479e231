//! Walking a plan: every step in order, on memory that the plan has laid out.

mod results;
mod stopwatch;
mod updates;

use std::sync::{Arc, PoisonError};

use smallvec::SmallVec;

use crate::graph::{Effect, Graph, InferContext, Inputs, Kernel, NodeId, Outputs, RefSlot, copy};
use crate::kernels::FlushDenormals;
use crate::kernels::memory::{Frame, Operand};
use crate::kernels::pool::Pool;
use crate::kernels::product::ProductRun;
use crate::kernels::unset::unset_value;
use crate::types::memory::Allowance;
use crate::types::{Element, Error, Result, Shape, Value, ValueMut};

use super::Feed;
use super::account::Account;
use super::fetch::{Asking, Results};
use super::nested::Nested;
use super::plan::{GroupWork, KernelWork, Place, Plan, ReadTo, Slot, Step, Variable, Work};
use super::store::{Store, uninitialized};
use super::workspaces::{Workspace, Workspaces};
use results::{Fetched, Made, place_for};
pub(super) use stopwatch::Stopwatch;
use updates::Updates;

/// What a run runs with.
pub(super) struct Machine<'s> {
    pub(super) graph: &'s Graph,
    pub(super) store: &'s Store,
    pub(super) pool: &'s Pool,
    pub(super) workspaces: &'s Workspaces,
    pub(super) account: &'s Arc<Account>,
    /// What the times of the steps are written down in, if anybody wants to know them.
    pub(super) stopwatch: Option<&'s Stopwatch>,
}

/// Runs `plan` with the feeds' values and puts the fetched ones into `into`, if there is anything,
/// or hands them to `asked`.
///
/// # Errors
/// Whatever a kernel says, with its node. The variables are then as they were.
pub(super) fn execute(
    plan: &Plan,
    feeds: &[Feed<'_>],
    machine: &Machine<'_>,
    into: &mut [ValueMut<'_>],
    asked: &mut dyn Asking,
) -> Result<()> {
    let outcome = in_workspace(plan, feeds, machine, into, asked);
    if machine.store.is_closed() {
        // Meanwhile, by another thread or an op.
        machine.store.clear();
    }
    outcome
}

fn in_workspace(
    plan: &Plan,
    feeds: &[Feed<'_>],
    machine: &Machine<'_>,
    into: &mut [ValueMut<'_>],
    asked: &mut dyn Asking,
) -> Result<()> {
    let _nested = Nested::run()?;
    let _flush = FlushDenormals::enable();
    let mut workspace = machine
        .workspaces
        .take(plan, machine.account)
        .map_err(|error| at_node(error, machine, plan.largest))?;
    let outcome = run(plan, feeds, machine, &mut workspace, into, asked);
    machine.workspaces.leave(workspace);
    outcome
}

fn run(
    plan: &Plan,
    feeds: &[Feed<'_>],
    machine: &Machine<'_>,
    workspace: &mut Workspace,
    into: &mut [ValueMut<'_>],
    asked: &mut dyn Asking,
) -> Result<()> {
    let Workspace { frame, holds, .. } = workspace;
    let allowance = Allowance::new(machine.account.left());
    for (base, feed) in plan.feeds.iter().zip(feeds) {
        frame.lend(*base, feed.value());
    }
    let mut results = Made::new();
    for (number, (result, node)) in plan.results.iter().zip(&plan.result_nodes).enumerate() {
        match place_for(plan, number, into) {
            Some(place) => {
                frame.lend_mut(result.base, place);
                results.push(None);
            }
            None => {
                let value = unset_value(result.dtype, &result.shape)
                    .map_err(|error| at_node(error, machine, Some(*node)));
                let mut value = value?;
                allowance.take(value.bytes());
                crate::types::with_value!(&mut value, array => lend_mut(frame, result.base, array.view_mut()?));
                results.push(Some(value));
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
            vec![SlotValue::default(); plan.slots]
        },
        allowance: &allowance,
        updates: Updates::new(machine.store, machine.account),
    };
    run.all_steps(into, &mut results)?;
    if !into.is_empty() {
        run.put_into(into)?;
    }
    asked.collect(&mut Results::new(&mut Fetched::new(&run, results)))?;
    run.updates.publish(&plan.changes);
    Ok(())
}

fn at_node(error: Error, machine: &Machine<'_>, node: Option<NodeId>) -> Error {
    match node {
        Some(node) => error.at_node(|| machine.graph.node_ref(node)),
        None => error,
    }
}

/// What is in a slot.
#[derive(Clone, Default)]
struct SlotValue<'f> {
    value: Option<Value<'f>>,
    /// How many bytes were allocated for it.
    bytes: usize,
}

/// The state of one run.
struct Run<'p, 'f> {
    plan: &'p Plan,
    machine: &'p Machine<'p>,
    frame: &'f Frame,
    holds: &'p mut [Option<Value<'static>>],
    /// The values whose shapes only the run knows, and those whose elements are not plain.
    slots: Vec<SlotValue<'f>>,
    allowance: &'p Allowance,
    updates: Updates<'p>,
}

impl<'p, 'f> Run<'p, 'f> {
    fn steps(&mut self, steps: &'p [Step]) -> Result<()> {
        for step in steps {
            let lap = self.machine.stopwatch.map(Stopwatch::start);
            self.step(step)
                .map_err(|error| self.at_node(error, step.node))?;
            drop(lap);
            for &slot in &step.frees {
                let freed = std::mem::take(&mut self.slots[slot]);
                self.allowance.give_back(freed.bytes);
            }
        }
        Ok(())
    }

    fn at_node(&self, error: Error, node: NodeId) -> Error {
        error.at_node(|| self.machine.graph.node_ref(node))
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
                let passes_on = passes_on.as_ref();
                let pass_on =
                    |run: &mut Self| passes_on.map_or(Ok(()), |to| run.read(&variables[0], to));
                let old = kernel.op.passes_on_old();
                if old {
                    pass_on(self)?;
                }
                if self.plan.updates_in_place {
                    self.update_in_place(kernel, variables)?;
                } else {
                    self.update_copy(kernel, variables)?;
                }
                if old { Ok(()) } else { pass_on(self) }
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
        let value = self.updates.current(variable);
        let value = value.ok_or_else(|| self.uninitialized(variable.node))?;
        match to {
            ReadTo::Slot(slot) => self.slots[*slot].value = Some(value.reborrow()),
            ReadTo::Copy(operand) => {
                expect_as_planned(&value, operand)?;
                copy(
                    self.machine.pool,
                    &value,
                    &mut self.frame.value_mut(operand),
                );
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
        check(work, &inputs, &[])?;
        let places = work.outputs.iter().map(|place| match place {
            Place::Operand(operand) => Some(self.frame.value_mut(operand)),
            Place::Slot(_) => None,
        });
        let outputs = Outputs::in_places(places);
        let mut state = work.state.as_ref().map(|state| {
            let state = state.lock().unwrap_or_else(PoisonError::into_inner);
            (Nested::state(), state)
        });
        let state = state.as_mut().map(|(_, state)| &mut ***state);
        let mut kernel = Kernel::new(
            Inputs::new(&inputs),
            outputs,
            &mut [],
            state,
            self.machine.pool,
        );
        work.op.compute(&mut kernel)?;
        for (i, place) in work.outputs.iter().enumerate() {
            if let Place::Slot(slot) = place {
                let bytes = kernel.outputs.own_bytes(i);
                self.slots[*slot].bytes = bytes;
                self.allowance.take(bytes);
            }
        }
        let values = kernel.outputs.settle(self.machine.pool)?;
        for (place, value) in work.outputs.iter().zip(values) {
            if let Place::Slot(slot) = place {
                self.slots[*slot].value = value;
            }
        }
        Ok(())
    }

    fn group(&mut self, work: &GroupWork) -> Result<()> {
        self.lend_variables(work)?;
        match &work.product {
            None => work.group.run(self.frame, self.machine.pool),
            Some(product) => product.producer.run(ProductRun {
                frame: self.frame,
                pool: self.machine.pool,
                operands: &product.operands,
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
        let value = self.slots[slot].value.clone();
        value.ok_or_else(|| Error::internal("a step read a value that no step had computed"))
    }

    fn uninitialized(&self, variable: NodeId) -> Error {
        uninitialized(self.machine.graph, variable)
    }
}

/// Fails if a variable's value is not what the variable's node says, which a defect of an op that
/// updates it can cause.
fn expect_as_planned(value: &Value<'_>, operand: &Operand) -> Result<()> {
    if value.dtype() == operand.dtype && value.shape() == &*operand.shape {
        return Ok(());
    }
    let [found, said] =
        [value.shape(), &*operand.shape].map(|shape| Shape::from(shape).bracketed());
    let (found_type, said_type) = (value.dtype(), operand.dtype);
    Err(Error::of_op(format!(
        "a variable holds {found_type}{found} where {said_type}{said} was said"
    )))
}

fn lend_mut<T: Element>(frame: &Frame, base: usize, array: ndarray::ArrayViewMutD<'_, T>) {
    frame.lend_mut(base, &mut T::wrap_mut(array));
}

/// Fails if the values of a step's inputs show that it cannot be done, of a step for which that
/// remained to be seen; `refs` are the variables that it is about to update, where their shapes are
/// not known without them.
fn check(work: &KernelWork, inputs: &[Value<'_>], refs: &[RefSlot]) -> Result<()> {
    let Some(known) = &work.unchecked else {
        return Ok(());
    };
    let mut infos = known.clone();
    let checks = matches!(work.op.effect(), Effect::Update { checks: true, .. });
    let variables = infos.len() - inputs.len();
    for (info, slot) in infos.iter_mut().zip(refs) {
        if let Some(value) = slot.value() {
            info.shape = value.shape().into();
        }
    }
    for (info, value) in infos[variables..].iter_mut().zip(inputs) {
        info.shape = value.shape().into();
        if checks && info.dtype.is_integer() {
            info.constant = Some(std::sync::Arc::new(value.to_owned_value()?));
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
        let store = &session.0.store;
        let place = store.place(variable.op().node());
        let values = store.values();
        let Some(Value::Float32(array)) = values.get(place) else {
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
