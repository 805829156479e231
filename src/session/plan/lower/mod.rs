//! From the graph to a [`Program`]: what the fetches need, in order, with exact shapes.

mod late;
mod order;
mod requirements;
mod select;

use std::cell::OnceCell;
use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use crate::graph::{Graph, TensorInfo, infer_with_values, is_too_large};
use crate::types::{Error, Result, Shape, with_value};

use super::super::store::Store;
use super::FeedSpec;
use super::program::{Action, Layout, Origin, Program, Task, ValueId, ValueInfo};

pub(super) use select::Selection;
use select::{Read, Role, Selected, Source};

/// The program that computes what is selected from feeds of these shapes.
///
/// # Errors
/// If a placeholder is not fed, or the feeds' shapes do not fit somewhere.
pub(super) fn lower(
    graph: &Graph,
    selection: &Selection,
    feeds: &[FeedSpec],
    store: &Store,
) -> Result<Program> {
    let mut lowering = Lowering::new(selection, feeds);
    for selected in &selection.nodes {
        let lowered = match &selected.role {
            Role::Unfed(what) => Err(unfed_error(&graph.node_ref(selected.id).name, what)),
            _ => lowering.lower_node(selected, store),
        };
        lowered.map_err(|error| error.at_node(|| graph.node_ref(selected.id)))?;
    }
    Ok(lowering.finish())
}

/// No value.
const NONE: usize = usize::MAX;

/// The state of lowering.
struct Lowering<'s> {
    selection: &'s Selection,
    /// For each tensor, what is known of it, where that is more than the graph knows.
    refined: Vec<Option<TensorInfo>>,
    /// For each tensor, its value in the program.
    values: Vec<ValueId>,
    program: Program,
    /// The place of the first update.
    first_update: Option<usize>,
    /// Tasks that read variables before all updates, where only later tasks asked for that.
    early: Vec<Task>,
}

impl<'s> Lowering<'s> {
    fn new(selection: &'s Selection, feeds: &[FeedSpec]) -> Self {
        let count = selection.tensors;
        let mut lowering = Lowering {
            selection,
            refined: vec![None; count],
            values: vec![NONE; count],
            program: Program::default(),
            first_update: None,
            early: Vec::new(),
        };
        for (i, feed) in feeds.iter().enumerate() {
            let info = TensorInfo::new(feed.dtype, feed.shape.as_slice());
            lowering.program.values.push(ValueInfo::new(
                feed.dtype,
                info.shape.clone(),
                Origin::Feed(i),
                Layout::Strided(feed.strides.as_slice().into()),
            ));
            lowering.values[i] = i;
            lowering.refined[i] = Some(info);
        }
        lowering
    }

    /// What is known of a tensor.
    fn known(&self, source: Source) -> &TensorInfo {
        let made = || self.selection.made(source);
        self.refined[source.number].as_ref().unwrap_or_else(made)
    }

    /// What is known of tensor number `number`, an output of `selected`.
    fn output<'l>(&'l self, selected: &'l Selected, number: usize) -> &'l TensorInfo {
        let made = || &selected.node.outputs[number - selected.outputs.start];
        self.refined[number].as_ref().unwrap_or_else(made)
    }

    /// What is known of a node's outputs, each with its number.
    fn outputs<'l>(
        &'l self,
        selected: &'l Selected,
    ) -> impl Iterator<Item = (usize, &'l TensorInfo)> {
        let numbers = selected.outputs.clone();
        numbers.map(|number| (number, self.output(selected, number)))
    }

    /// What is known of a node's inputs.
    fn inputs(&self, selected: &Selected) -> SmallVec<[TensorInfo; 4]> {
        let inputs = self.selection.inputs(selected).iter();
        inputs.map(|input| self.known(*input).clone()).collect()
    }

    fn has_unknown_input(&self, selected: &Selected) -> bool {
        let is_known = |input: &Source| self.known(*input).shape.is_known();
        !self.selection.inputs(selected).iter().all(is_known)
    }

    /// What is known of a node's inputs, where the run has to check the rest.
    fn unchecked(&self, selected: &Selected) -> Option<Vec<TensorInfo>> {
        let unknown = self.has_unknown_input(selected);
        unknown.then(|| self.inputs(selected).into_vec())
    }

    /// Whether nothing can be known of a node's outputs that was not known when it was made.
    fn is_as_made(&self, selected: &Selected) -> bool {
        let nothing_new = |input: &Source| match &self.refined[input.number] {
            None => true,
            Some(info) => {
                let made = self.selection.made(*input);
                info.shape == made.shape
                    && [info, made]
                        .iter()
                        .all(|info| info.constant.is_none() && info.partial.is_none())
            }
        };
        let mut outputs = selected.node.outputs.iter();
        !selected.node.claimed
            && outputs.all(|info| info.shape.is_known())
            && self.selection.inputs(selected).iter().all(nothing_new)
    }

    /// Finds out what is known of a node's outputs, run with these inputs.
    fn infer(&mut self, selected: &Selected) -> Result<()> {
        let made = &selected.node.outputs;
        if self.is_as_made(selected) {
            return check(made, made);
        }
        let outputs = infer_with_values(selected.node.op.as_ref(), &self.inputs(selected))?;
        check(made, &outputs)?;
        for (number, mut info) in selected.outputs.clone().zip(outputs) {
            // The shape rule may have left open what the value tells.
            if let Some(value) = &info.constant {
                info.shape = value.shape().into();
            }
            self.refined[number] = Some(info);
        }
        Ok(())
    }

    /// Makes constants of a node's outputs if the values of all are known.
    fn make_constants(&mut self, selected: &Selected) -> bool {
        let constants = self.outputs(selected);
        let constants = constants.map(|(number, known)| Some((number, known.constant.clone()?)));
        let constants: Option<Vec<_>> = constants.collect();
        let Some(constants) = constants.filter(|constants| !constants.is_empty()) else {
            return false;
        };
        for (number, value) in constants {
            self.values[number] = self.program.values.len();
            let strides = with_value!(&*value, array => array.view().strides().into());
            self.program.values.push(ValueInfo::new(
                value.dtype(),
                value.shape().into(),
                Origin::Constant(value),
                Layout::Strided(strides),
            ));
        }
        true
    }

    fn lower_node(&mut self, selected: &Selected, store: &Store) -> Result<()> {
        self.ask_requirements(selected)?;
        self.infer(selected)?;
        if self.make_constants(selected) {
            return Ok(());
        }
        match &selected.role {
            Role::Variable | Role::Nothing | Role::Unfed(_) => {}
            Role::Refused(message) => return Err(Error::invalid_argument(*message)),
            Role::Update {
                variables,
                reads,
                checks,
                open,
            } => {
                let mut unchecked = match *checks || *open {
                    true => Some(self.inputs(selected).into_vec()),
                    false => self.unchecked(selected),
                };
                if *open && let Some(infos) = &mut unchecked {
                    // The run finds out which shapes the variables have by then.
                    let variables = infos.iter_mut().take(variables.len());
                    variables.for_each(|info| info.shape = Shape::unknown());
                }
                let action = Action::Update {
                    variables: variables.to_vec(),
                    reads: *reads,
                    open: *open,
                };
                self.push_task(selected, action, variables.len(), unchecked);
            }
            Role::Compute => {
                let state = store.op_state(selected.id, selected.node.op.as_ref());
                let unchecked = self.unchecked(selected);
                self.push_task(selected, Action::Compute { state }, 0, unchecked);
            }
        }
        Ok(())
    }

    /// Adds the task of a node, which reads its inputs from number `first` on.
    fn push_task(
        &mut self,
        selected: &Selected,
        action: Action,
        first: usize,
        unchecked: Option<Vec<TensorInfo>>,
    ) {
        let inputs = self.selection.inputs(selected).iter().skip(first);
        let inputs = inputs.map(|input| self.value_of(*input)).collect();
        let task = self.program.tasks.len();
        if matches!(action, Action::Update { .. }) {
            self.first_update.get_or_insert(task);
        }
        let outputs = selected.outputs.clone();
        let outputs = outputs
            .map(|number| {
                self.values[number] = self.push_value(selected, number, task);
                self.values[number]
            })
            .collect();
        self.program.tasks.push(Some(Task {
            node: selected.id,
            op: Arc::clone(&selected.node.op),
            action,
            inputs,
            outputs,
            unchecked,
            fusion: OnceCell::new(),
        }));
    }

    /// Adds a value: tensor number `number`, an output of `selected`, computed by `task`.
    fn push_value(&mut self, selected: &Selected, number: usize, task: usize) -> ValueId {
        let info = self.output(selected, number);
        let (dtype, shape) = (info.dtype, info.shape.clone());
        let value = ValueInfo::new(dtype, shape, Origin::Task(task), Layout::Own);
        self.program.values.push(value);
        self.program.values.len() - 1
    }

    /// The value that is read from `source`; a variable is read into one first.
    fn value_of(&mut self, source: Source) -> ValueId {
        let known = self.values[source.number];
        match source.read {
            Read::Computed => known,
            Read::Early if known != NONE => known,
            Read::Early => {
                self.values[source.number] = self.read_variable(source);
                self.values[source.number]
            }
            Read::Late => self.read_variable(source),
        }
    }

    /// Adds a task that reads a variable: after all that is there if an update was to come first,
    /// else before all updates.
    fn read_variable(&mut self, source: Source) -> ValueId {
        let variable = &self.selection.nodes[source.node];
        let place = self.program.tasks.len();
        let value = self.push_value(variable, source.number, place);
        let task = Task {
            node: variable.id,
            op: Arc::clone(&variable.node.op),
            action: Action::Read {
                variable: variable.id,
            },
            inputs: SmallVec::new(),
            outputs: smallvec![value],
            unchecked: None,
            fusion: OnceCell::new(),
        };
        if source.read == Read::Late || self.first_update.is_none() {
            self.program.tasks.push(Some(task));
        } else {
            self.early.push(task);
        }
        value
    }

    /// The program, with the tasks that are to come before the first update there.
    fn finish(mut self) -> Program {
        for fetch in &self.selection.fetches {
            let value = self.value_of(*fetch);
            self.program.fetches.push(value);
        }
        let Program { values, tasks, .. } = &mut self.program;
        let first = self.first_update.unwrap_or(tasks.len());
        if !self.early.is_empty() {
            tasks.splice(first..first, self.early.into_iter().map(Some));
            for (place, task) in tasks.iter().enumerate().skip(first) {
                for output in task.iter().flat_map(|task| &task.outputs) {
                    values[*output].origin = Origin::Task(place);
                }
            }
        }
        self.program
    }
}

/// Fails if a shape rule says of a node what it did not say when the node was made, or asks for
/// more than any memory holds.
fn check(made: &[TensorInfo], outputs: &[TensorInfo]) -> Result<()> {
    let types = outputs.iter().map(|info| info.dtype);
    if !types.eq(made.iter().map(|info| info.dtype)) {
        return Err(Error::of_op(
            "the op's shape rule gives other outputs than when the node was made",
        ));
    }
    let too_large = |info: &&TensorInfo| {
        is_too_large(info.shape.dims().into_iter().flatten().flatten().copied())
    };
    match outputs.iter().find(too_large) {
        Some(info) => Err(Error::resource_exhausted(format!(
            "a tensor of shape {} is too large",
            info.shape.bracketed()
        ))),
        None => Ok(()),
    }
}

fn unfed_error(name: &str, what: &str) -> Error {
    let message = format!("You must feed a value for placeholder tensor '{name}' with {what}");
    Error::invalid_argument(message)
        .with_help("add placeholder.feed(value) to the feeds of this run")
}
