//! [`Plan`]: the steps of a run, in order, for one set of fetches and one set of feeds' shapes and
//! strides.
//!
//! The graph is lowered to a [`program`] of tasks over numbered values; rewrites make it cheaper; a
//! [`schedule`] orders what is left and tells how long each value is needed; emission gives every
//! value its place in memory.

mod accesses;
mod emit;
mod explain;
mod lower;
mod place;
mod program;
mod rewrites;
mod schedule;
mod selections;
mod size;
mod step;
#[cfg(test)]
pub(super) mod tests;
mod verify;

use std::fmt;

use crate::graph::{Graph, InferContext, NodeId, Output};
use crate::kernels::memory::{Bases, Operand};
use crate::types::{DType, Error, Map, Result, Set, Shape};

use super::fetch::Target;
use super::options::SessionOptions;
use super::store::Store;

use emit::Emitter;
use program::{Action, Origin, Program, Task, ValueId};
use schedule::Schedule;

pub(super) use explain::Lenders;
pub use rewrites::Rewrite;
pub(super) use rewrites::Rewrites;
pub(super) use selections::Selections;
pub(super) use size::spilled_bytes;
pub(super) use step::{Change, GroupWork, KernelWork, Place, ReadTo, Slot, Step, Variable, Work};

/// How to run one set of fetches, given feeds of certain shapes and strides.
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    /// The number of steps at the beginning that read variables, all at one moment.
    pub(super) reads: usize,
    /// The first step that changes a variable.
    pub(super) first_update: usize,
    /// Whether variables are read at the beginning, and others after they were updated. Such a run
    /// takes its turn to update before it reads, so that no other run updates variables in between
    /// and all that it reads is of one moment.
    pub(super) reads_twice: bool,
    /// Whether no step from the first update on can fail once all updates are checked, so that
    /// variables may be changed in place.
    pub(super) updates_in_place: bool,
    /// Whether there is something to check of the updates, once their inputs are computed.
    pub(super) checks_updates: bool,
    /// The variables that are changed, in the order of their first updates.
    pub(super) changes: Vec<Change>,
    /// The fetches that are handed out as copies of what lies elsewhere.
    pub(super) copied_fetches: Vec<usize>,
    /// The variables that must have values before the first update, each with the node that reads
    /// it first.
    pub(super) needed: Vec<(NodeId, Variable)>,
    /// The base of each feed, in the order of the feeds.
    pub(super) feeds: Vec<usize>,
    /// The arrays that a run makes to hand out, each with its own base.
    pub(super) results: Vec<Operand>,
    /// How many bytes these take.
    pub(super) result_bytes: usize,
    /// The nodes that compute them.
    pub(super) result_nodes: Vec<NodeId>,
    /// The nodes of the fetched values.
    pub(super) fetch_nodes: Vec<NodeId>,
    /// The node that needs the most of the memory in between.
    pub(super) largest: Option<NodeId>,
    /// For each of `results`, the fetch that it is for; `None` if it is for several.
    pub(super) only_fetch: Vec<Option<usize>>,
    /// Where each fetched value is in the end, in the order of the fetches.
    pub(super) fetches: Vec<Place>,
    /// For each of `fetches`, the one of `results` that is for it alone.
    pub(super) own_result: Vec<Option<usize>>,
    /// The fetches for which only the run knows whether they have the form that was asked for.
    pub(super) forms: Vec<(usize, NodeId, Form)>,
    pub(super) slots: usize,
    pub(super) bases: Bases,
    /// How many variables' values a run holds on to.
    pub(super) holds: usize,
}

/// A tensor to be fed, with the layout of its value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct FeedSpec {
    pub(super) output: Output,
    pub(super) dtype: DType,
    pub(super) shape: Vec<usize>,
    /// In elements.
    pub(super) strides: Vec<isize>,
}

impl Plan {
    /// Plans a run.
    ///
    /// # Errors
    /// If the graph holds a mistake that the fetches depend on, a placeholder is not fed, the
    /// feeds' shapes do not fit somewhere, or something fetched as a scalar is not one.
    pub(super) fn build(
        graph: &Graph,
        targets: &[Target],
        feeds: &[FeedSpec],
        store: &Store,
        selections: &Selections,
        options: SessionOptions,
    ) -> Result<Plan> {
        let fed = feeds.iter().map(|feed| feed.output).collect();
        let selection = selections.select(graph, targets, fed, options.selections_limit())?;
        let mut program = lower::lower(graph, &selection, feeds, store)?;
        let forms = unknown_forms(&program, targets, graph)?;
        rewrites::rewrite_tasks(&mut program, options.rewrites())?;
        let updates_in_place = forms.is_empty() && cannot_fail_after_update(&program);
        let on = match updates_in_place {
            true => options.rewrites(),
            false => options.rewrites().without(Rewrite::FuseUpdates),
        };
        let groups = rewrites::form_groups(&program, on)?;
        let schedule = Schedule::new(&program, &groups);
        let arrays: Vec<bool> = targets
            .iter()
            .filter_map(|target| target.is_array())
            .collect();
        let emitter = Emitter::new(&program, &groups, &schedule, store, options.thread_count());
        let mut emitted = emitter.emit(feeds.len(), &arrays);
        let bases = accesses::checked_bases(&mut emitted, feeds)?;
        let (only_fetch, own_result) = match_results(&emitted.results, &emitted.fetches);
        let is_read = |step: &&Step| matches!(step.work, Work::Read { .. });
        let reads = emitted.steps.iter().take_while(is_read).count();
        let reads = reads.min(schedule.first_update);
        Ok(Plan {
            reads,
            first_update: schedule.first_update,
            reads_twice: reads > 0 && emitted.steps[reads..].iter().any(Step::reads_variable),
            updates_in_place,
            checks_updates: emitted.steps.iter().any(Step::is_unchecked_update),
            changes: emitted.changes,
            copied_fetches: copied_fetches(&arrays, &own_result),
            needed: needed(&emitted.steps[schedule.first_update..]),
            feeds: emitted.feeds,
            result_bytes: emitted.results.iter().map(Operand::bytes).sum(),
            results: emitted.results,
            result_nodes: emitted.result_nodes,
            fetch_nodes: targets
                .iter()
                .filter(|target| target.output().is_some())
                .map(|target| target.node())
                .collect(),
            largest: emitted.largest.map(|(_, node)| node),
            only_fetch,
            fetches: emitted.fetches,
            own_result,
            forms,
            slots: emitted.slots,
            bases,
            holds: emitted.holds,
            steps: emitted.steps,
        })
    }

    /// How many bytes of memory a run needs besides what it hands out.
    #[inline]
    pub(super) fn bytes(&self) -> usize {
        self.bases.bytes()
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (steps, bytes) = (self.steps.len(), self.bytes());
        f.debug_struct("Plan")
            .field("steps", &steps)
            .field("bytes", &bytes)
            .finish()
    }
}

/// For each result the fetch that alone lies in it, and for each fetch the result in which it lies
/// alone.
fn match_results(
    results: &[Operand],
    fetches: &[Place],
) -> (Vec<Option<usize>>, Vec<Option<usize>>) {
    let numbers = results.iter().enumerate();
    let numbers: Map<usize, usize> = numbers.map(|(i, result)| (result.base, i)).collect();
    let result_of = |place: &Place| match place {
        Place::Operand(operand) => numbers.get(&operand.base).copied(),
        Place::Slot(_) => None,
    };
    let mut readers = vec![(0, None); results.len()];
    for (fetch, place) in fetches.iter().enumerate() {
        if let Some(result) = result_of(place) {
            readers[result] = (readers[result].0 + 1, Some(fetch));
        }
    }
    let only = |(count, fetch): (usize, Option<usize>)| fetch.filter(|_| count == 1);
    let only_fetch: Vec<Option<usize>> = readers.into_iter().map(only).collect();
    let own = |place| result_of(place).filter(|result| only_fetch[*result].is_some());
    let own_result = fetches.iter().map(own).collect();
    (only_fetch, own_result)
}

/// The fetches that are wanted as arrays and are not computed in arrays of their own.
fn copied_fetches(arrays: &[bool], own_result: &[Option<usize>]) -> Vec<usize> {
    let fetches = arrays.iter().zip(own_result).enumerate();
    let copied = fetches.filter(|(_, (is_array, own))| **is_array && own.is_none());
    copied.map(|(fetch, _)| fetch).collect()
}

/// The variables that `steps` read before they give them values, each with the node that reads it
/// first.
fn needed(steps: &[Step]) -> Vec<(NodeId, Variable)> {
    let (mut needed, mut known) = (Vec::new(), Set::default());
    for step in steps {
        let (variables, reads): (Vec<&Variable>, bool) = match &step.work {
            Work::Read { variable, .. } => (vec![variable], true),
            Work::Update {
                variables, reads, ..
            } => (variables.iter().collect(), *reads),
            Work::Group(group) => (
                group
                    .variables
                    .iter()
                    .map(|(variable, _)| variable)
                    .collect(),
                true,
            ),
            Work::Kernel(_) => continue,
        };
        for variable in variables {
            if known.insert(variable.node) && reads {
                needed.push((step.node, *variable));
            }
        }
    }
    needed
}

/// The form in which a fetched tensor is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A single number.
    Single,
    /// An array of so many axes.
    Rank(usize),
}

impl Form {
    /// The form that a target asks for, if it asks for one.
    fn of(target: &Target) -> Option<Form> {
        match target {
            Target::Scalar(_) => Some(Form::Single),
            Target::Ranked(_, rank) => Some(Form::Rank(*rank)),
            Target::Output(_) | Target::Node(_) => None,
        }
    }

    /// Fails if an array of this shape, the value of a tensor of `node`, does not have the form.
    ///
    /// # Errors
    /// `InvalidArgument`.
    pub(super) fn expect(self, shape: &[usize], graph: &Graph, node: NodeId) -> Result<()> {
        let has_form = match self {
            Form::Single => shape.iter().product::<usize>() == 1,
            Form::Rank(rank) => shape.len() == rank,
        };
        match has_form {
            true => Ok(()),
            false => Err(self.refusal(shape, graph, node)),
        }
    }

    /// What to say of a tensor whose value has this shape and not the form.
    fn refusal(self, shape: &[usize], graph: &Graph, node: NodeId) -> Error {
        let node = graph.node_ref(node);
        let name = &node.name;
        let error = match self {
            Form::Single => {
                let count: usize = shape.iter().product();
                let message = format!("'{name}' was fetched as a scalar, but has {count} elements");
                Error::invalid_argument(message)
                    .with_help("fetch the tensor itself to get an array")
            }
            Form::Rank(rank) => {
                let (found, shape) = (shape.len(), Shape::from(shape));
                let message = format!(
                    "'{name}' was fetched as an array of rank {rank}, but has rank {found} (shape {shape})"
                );
                Error::invalid_argument(message)
                    .with_help("fetch it with the method for its rank, or itself to get an ArrayD")
            }
        };
        error.at_node(|| node)
    }
}

/// The fetches for which only the run knows whether they have the form that was asked for.
///
/// # Errors
/// If one is known to have another.
fn unknown_forms(
    program: &Program,
    targets: &[Target],
    graph: &Graph,
) -> Result<Vec<(usize, NodeId, Form)>> {
    let mut unknown = Vec::new();
    let fetched = targets.iter().filter(|target| target.output().is_some());
    for (i, (target, value)) in fetched.zip(&program.fetches).enumerate() {
        let Some(form) = Form::of(target) else {
            continue;
        };
        match &program.values[*value].shape {
            None => unknown.push((i, target.node(), form)),
            Some(shape) => form.expect(shape, graph, target.node())?,
        }
    }
    Ok(unknown)
}

/// Whether the kernel of a task asks for memory of its own.
fn needs_memory(program: &Program, task: &Task) -> bool {
    let infos = program.known_inputs(task);
    infos.is_none_or(|infos| task.op.needs_memory(&InferContext::new(&infos)))
}

/// Whether a task cannot fail once its inputs are checked and all memory is there that the plan
/// knows of.
fn cannot_fail(program: &Program, task: &Task) -> bool {
    // A value without a place that is read of a variable is shared with it, and would make the
    // update copy it.
    let mut outputs = task.outputs.iter();
    outputs.all(|output| program.values[*output].placeable().is_some())
        && match &task.action {
            Action::Read { .. } => true,
            Action::Compute { .. } => !program.can_fail(task) && !needs_memory(program, task),
            Action::Update { open, .. } => !open && !program.can_fail(task),
        }
}

/// Whether, once all updates are checked and all memory is there, no task from the first update on
/// can fail. Updates can be checked only if their inputs are computed before; memory can be there
/// only for values of known shapes and plain elements.
fn cannot_fail_after_update(program: &Program) -> bool {
    let is_update = |action: &Action| matches!(action, Action::Update { .. });
    let Some(first) = program
        .tasks()
        .position(|(_, task)| is_update(&task.action))
    else {
        return true;
    };
    let mut later: Set<ValueId> = Set::default();
    let tasks = program.tasks().map(|(_, task)| task);
    let mut reads = tasks.filter(|task| matches!(task.action, Action::Read { .. }));
    reads.all(|task| cannot_fail(program, task))
        && program.tasks().skip(first).all(|(_, task)| {
            later.extend(&task.outputs);
            let is_ready = |input: &ValueId| match program.values[*input].origin {
                Origin::Task(_) => !later.contains(&program.root(*input)),
                Origin::Feed(_) | Origin::Constant(_) => true,
            };
            let is_checked = match &task.action {
                Action::Read { .. } => true,
                Action::Compute { .. } => task.unchecked.is_none(),
                Action::Update { .. } => {
                    task.unchecked.is_none() || task.inputs.iter().all(is_ready)
                }
            };
            is_checked && cannot_fail(program, task)
        })
}
