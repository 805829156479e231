//! [`Groups`]: the tasks of a program that run as one.

use std::sync::Arc;

use crate::graph::NodeId;
use crate::kernels::product::Producer;
use crate::kernels::reduce::TileReducer;
use crate::kernels::tile::Elementwise;

use super::super::program::{Action, Layout, Lengths, Program, TaskId, ValueId};

/// Groups that read more values from outside than this are not moved to an earlier position, as
/// that means looking at all of them.
pub(super) const MANY: usize = 64;

/// Tasks that run as one.
pub(in crate::session::plan) struct Group {
    /// The lengths that all its element-wise values have.
    pub(in crate::session::plan) shape: Lengths,
    /// The element-wise tasks with their kernels; in order once all groups are made.
    pub(in crate::session::plan) members: Vec<(TaskId, Arc<dyn Elementwise>)>,
    /// The task that reduces one of the values in the end.
    pub(in crate::session::plan) reduction: Option<(TaskId, Arc<dyn TileReducer>)>,
    /// The product whose pieces it works on as they are finished.
    pub(in crate::session::plan) product: Option<(TaskId, Arc<dyn Producer>)>,
    /// When it runs, as the place of one of its tasks.
    pub(in crate::session::plan) position: TaskId,
    /// The variables that it updates; nothing can join any more then.
    pub(in crate::session::plan) variables: Vec<NodeId>,
    /// What it reads from outside; each once when all groups are made.
    pub(in crate::session::plan) externals: Vec<ValueId>,
    /// Whether something outside has read one of its values already.
    pub(super) escaped: bool,
    /// When there are this many `externals`, repetitions are sorted out again.
    pub(super) crowded: usize,
}

impl Group {
    pub(super) fn new(shape: Lengths, position: TaskId) -> Self {
        Group {
            shape,
            members: Vec::new(),
            reduction: None,
            product: None,
            position,
            variables: Vec::new(),
            externals: Vec::new(),
            escaped: false,
            crowded: 0,
        }
    }

    /// Keeps each of the externals once, and none that the group, which has this `number`, computes
    /// itself.
    pub(super) fn sort_out_externals(
        &mut self,
        program: &Program,
        of_task: &[Option<usize>],
        number: usize,
    ) {
        let inside = |value: &ValueId| {
            program
                .computed_by(*value)
                .is_some_and(|producer| of_task[producer] == Some(number))
                && !matches!(program.values[*value].layout, Layout::View { .. })
        };
        self.externals.sort_unstable();
        self.externals.dedup();
        self.externals.retain(|value| !inside(value));
        self.crowded = 2 * self.externals.len().max(MANY);
    }
}

/// The groups of a program, and which task is in which.
pub(in crate::session::plan) struct Groups {
    pub(in crate::session::plan) groups: Vec<Option<Group>>,
    /// For each task, its group.
    pub(in crate::session::plan) of_task: Vec<Option<usize>>,
}

impl Groups {
    /// No groups of the tasks of a program.
    pub(super) fn none(program: &Program) -> Groups {
        Groups {
            groups: Vec::new(),
            of_task: vec![None; program.tasks.len()],
        }
    }
}

/// How often each value is read, as itself or through views of it.
pub(super) fn count_reads(program: &Program) -> Vec<usize> {
    let mut reads = vec![0; program.values.len()];
    let inputs = program.tasks().flat_map(|(_, task)| &task.inputs);
    for &value in inputs.chain(&program.fetches) {
        reads[value] += 1;
        if program.root(value) != value {
            reads[program.root(value)] += 1;
        }
    }
    reads
}

/// Whether a value lies in the memory of one of `variables`.
pub(in crate::session::plan) fn reads_a_variable_of(
    program: &Program,
    value: ValueId,
    variables: &[NodeId],
) -> bool {
    let task = program
        .computed_by(program.root(value))
        .and_then(|producer| program.tasks[producer].as_ref());
    match task.map(|task| &task.action) {
        Some(Action::Read { variable }) => variables.contains(variable),
        Some(Action::Update {
            variables: updated, ..
        }) => updated.iter().any(|variable| variables.contains(variable)),
        _ => false,
    }
}
