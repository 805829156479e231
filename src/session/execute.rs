//! Walking a plan: every step's kernel in order, each value freed after its last use.

use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};

use crate::graph::{Effect, Graph, InferContext, Inputs, Kernel, NodeId, RefSlot};
use crate::kernels::FlushDenormals;
use crate::types::{Error, Result, Value};

use super::plan::{Action, OpState, Plan, Step};
use super::store::{Store, lock};

/// Runs `plan` with the feeds' values and returns the fetched ones.
///
/// # Errors
/// Whatever a kernel says, with its node. The variables are then as they were.
pub(super) fn execute<'v>(
    plan: &Plan,
    feeds: Vec<Value<'v>>,
    graph: &Graph,
    store: &Store,
) -> Result<Vec<Value<'v>>> {
    let _flush = FlushDenormals::enable();
    let mut run = Run {
        plan,
        graph,
        store,
        values: vec![None; plan.slots],
        staged: HashMap::new(),
    };
    for (slot, value) in plan.feeds.iter().zip(feeds) {
        run.values[*slot] = Some(value);
    }
    for (slot, value) in &plan.constants {
        run.values[*slot] = Some(value.clone().reborrow());
    }
    run.steps(&plan.steps[..plan.first_update])?;
    if plan.first_update < plan.steps.len() {
        run.updates()?;
    }
    plan.fetches.iter().map(|slot| run.value(*slot)).collect()
}

/// The state of one run.
struct Run<'p, 'v> {
    plan: &'p Plan,
    graph: &'p Graph,
    store: &'p Store,
    values: Vec<Option<Value<'v>>>,
    /// New values of variables that are written to the store when the whole run has succeeded.
    staged: HashMap<NodeId, Value<'static>>,
}

impl<'p, 'v> Run<'p, 'v> {
    fn steps(&mut self, steps: &'p [Step]) -> Result<()> {
        for step in steps {
            self.step(step)
                .map_err(|error| error.at_node(|| self.graph.node_ref(step.node)))?;
            for &slot in &step.frees {
                self.values[slot] = None;
            }
        }
        Ok(())
    }

    /// Runs the steps from the first update on, all or nothing.
    fn updates(&mut self) -> Result<()> {
        let _commit: MutexGuard<'_, ()> = self.store.commit_lock();
        let steps = &self.plan.steps[self.plan.first_update..];
        self.check_initialized(steps)?;
        if self.plan.updates_in_place {
            self.check_updates(steps)?;
        }
        self.steps(steps)?;
        for (variable, value) in self.staged.drain() {
            self.store.write(variable, value);
        }
        Ok(())
    }

    /// Fails if a variable is read before it has a value, and nothing has been changed yet.
    fn check_initialized(&self, steps: &[Step]) -> Result<()> {
        let mut assigned: Vec<NodeId> = Vec::new();
        for step in steps {
            let (variables, reads): (&[NodeId], bool) = match &step.action {
                Action::Read { variable } => (std::slice::from_ref(variable), true),
                Action::Update {
                    variables, reads, ..
                } => (variables, *reads),
                Action::Compute { .. } => (&[], false),
            };
            let ready = |variable: &NodeId| {
                assigned.contains(variable) || self.store.is_initialized(*variable)
            };
            if let Some(&variable) = variables.iter().find(|variable| reads && !ready(variable)) {
                return Err(self
                    .uninitialized(variable)
                    .at_node(|| self.graph.node_ref(step.node)));
            }
            assigned.extend(variables);
        }
        Ok(())
    }

    /// Fails if an update would, and nothing has been changed yet.
    fn check_updates(&self, steps: &[Step]) -> Result<()> {
        // Of those in a plan that updates in place, all inputs are computed by now.
        steps
            .iter()
            .filter(|step| step.unchecked.is_some())
            .try_for_each(|step| {
                let outcome = self.inputs(step).and_then(|inputs| check(step, &inputs));
                outcome.map_err(|error| error.at_node(|| self.graph.node_ref(step.node)))
            })
    }

    fn step(&mut self, step: &Step) -> Result<()> {
        match &step.action {
            Action::Read { variable } => {
                let value = self
                    .staged
                    .get(variable)
                    .cloned()
                    .or_else(|| self.store.read(*variable));
                let value = value.ok_or_else(|| self.uninitialized(*variable))?;
                self.values[step.outputs[0]] = Some(value.reborrow());
                Ok(())
            }
            Action::Compute { state } => self.compute(step, state.as_ref()),
            Action::Update {
                variables,
                passes_on,
                ..
            } => self.update(step, variables, *passes_on),
        }
    }

    fn compute(&mut self, step: &Step, state: Option<&OpState>) -> Result<()> {
        let inputs = self.inputs(step)?;
        check(step, &inputs)?;
        let mut state = state.map(|state| state.lock().unwrap_or_else(PoisonError::into_inner));
        let state = state.as_mut().map(|state| state.as_mut());
        let mut kernel = Kernel::new(Inputs::new(&inputs), step.outputs.len(), &mut [], state);
        step.op.compute(&mut kernel)?;
        for (slot, value) in step.outputs.iter().zip(kernel.outputs.into_values()) {
            self.values[*slot] = value;
        }
        Ok(())
    }

    fn update(&mut self, step: &Step, variables: &[NodeId], passes_on: bool) -> Result<()> {
        let inputs = self.inputs(step)?;
        if self.plan.updates_in_place {
            // No other run holds two of these locks at once: `updates` holds the commit lock.
            let cells: Vec<_> = variables
                .iter()
                .map(|variable| self.store.cell(*variable))
                .collect();
            let mut places: Vec<_> = cells.iter().map(|cell| lock(cell)).collect();
            let mut refs: Vec<RefSlot> = places
                .iter_mut()
                .map(|place| RefSlot {
                    value: place.take(),
                })
                .collect();
            let outcome = self.apply(step, &inputs, &mut refs, passes_on);
            for (place, changed) in places.iter_mut().zip(refs) {
                **place = changed.value;
            }
            return outcome;
        }
        check(step, &inputs)?;
        let current = |variable: &NodeId| {
            self.staged
                .remove(variable)
                .or_else(|| self.store.read(*variable))
        };
        let mut refs: Vec<RefSlot> = variables
            .iter()
            .map(current)
            .map(|value| RefSlot { value })
            .collect();
        self.apply(step, &inputs, &mut refs, passes_on)?;
        let changed = variables.iter().zip(refs);
        self.staged
            .extend(changed.filter_map(|(variable, changed)| Some((*variable, changed.value?))));
        Ok(())
    }

    fn apply(
        &mut self,
        step: &Step,
        inputs: &[Value<'v>],
        refs: &mut [RefSlot],
        passes_on: bool,
    ) -> Result<()> {
        step.op
            .compute(&mut Kernel::new(Inputs::new(inputs), 0, refs, None))?;
        if let (true, Some(&slot)) = (passes_on, step.outputs.first()) {
            self.values[slot] = refs[0].value.clone().map(Value::reborrow);
        }
        Ok(())
    }

    fn inputs(&self, step: &Step) -> Result<Vec<Value<'v>>> {
        step.inputs.iter().map(|slot| self.value(*slot)).collect()
    }

    fn value(&self, slot: usize) -> Result<Value<'v>> {
        self.values[slot]
            .clone()
            .ok_or_else(|| Error::internal("a step read a value that no step had computed"))
    }

    fn uninitialized(&self, variable: NodeId) -> Error {
        let name = self.graph.node_ref(variable).name;
        Error::failed_precondition(format!("Attempting to use uninitialized value {name}"))
            .with_help("run global_variables_initializer() in this session first")
    }
}

/// Fails if the values of a step's inputs show that it cannot be done, of a step for which that remained to be seen.
fn check(step: &Step, inputs: &[Value<'_>]) -> Result<()> {
    let Some(known) = &step.unchecked else {
        return Ok(());
    };
    let mut infos = known.clone();
    let checks = matches!(step.op.effect(), Effect::Update { checks: true, .. });
    let variables = infos.len() - inputs.len();
    for (info, value) in infos[variables..].iter_mut().zip(inputs) {
        info.shape = value.shape().into();
        if checks && info.dtype.is_integer() {
            info.constant = Some(value.to_owned_value());
        }
    }
    let cx = InferContext::new(&infos);
    step.op.infer(&cx)?;
    if checks { step.op.check(&cx) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    use crate::train::{AdamOptimizer, GradientDescentOptimizer, Optimizer};
    use crate::{Session, Variable};

    /// Where a variable's elements lie.
    fn address(session: &Session, variable: &Variable<f32>) -> *const f32 {
        let Some(Value::Float32(array)) = session.0.store.read(variable.op().node()) else {
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
        let update = crate::group(&[&w.assign_add(1.0), &crate::scatter_add(&v, &rows, 1.0f32)]);
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
        let after = graph.control_dependencies(&[&train], || crate::floordiv(1, &divisor));
        let session = Session::new(&graph)?;
        session.run(graph.global_variables_initializer(), [])?;
        assert!(session.run(&after, [divisor.feed(0)]).is_err());
        assert_eq!(session.run(w.value().scalar(), [])?, 2.0);
        session.run(&after, [divisor.feed(1)])?;
        assert_eq!(session.run(w.value().scalar(), [])?, 1.0);
        Ok(())
    }
}
