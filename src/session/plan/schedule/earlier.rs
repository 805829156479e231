//! Units that let go of memory come as early as they can.
//!
//! Nodes are in the order in which they were made, which puts a training step's updates last. An
//! update that works on the pieces of a filter's gradient would then keep the picture and the
//! gradient that this is computed of to the end of the run.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use crate::graph::{Effect, NodeId};
use crate::types::Map;

use super::super::cannot_fail;
use super::super::program::{Action, Origin, Program, Task, TaskId, ValueId};
use super::super::rewrites::Groups;
use super::{Unit, all_tasks, inputs, tasks, updated};

/// The fewest bytes that an early update must let go of. From the first update to the end of a run
/// nobody else may read the variables, so little is not worth an earlier one.
const WORTH_WAITING: usize = 1 << 20;

/// The units in another order: each that lets go of more memory than it takes, an update of much
/// more, comes as soon as all that it must come after is done; of several the one that lets go of
/// most. The others stay in their order.
///
/// An update must not pass what reads or updates its variables, nor what can fail, before which
/// nothing may change.
pub(super) fn earlier(program: &Program, groups: &Groups, units: Vec<Unit>) -> Vec<Unit> {
    let mut gains = Gains::new(program, groups, &units);
    let mut moved: Vec<Moved> = Vec::new();
    for number in 0..units.len() {
        if let Some(gain) = gains.of(number) {
            let after = gains.must_come_after(number);
            moved.push(Moved {
                number,
                gain,
                after,
            });
        }
        gains.note(number);
    }
    if moved.is_empty() {
        return units;
    }
    let order = Ordered::new(units.len(), moved).order();
    order.into_iter().map(|number| units[number]).collect()
}

/// A unit that is to come as early as it can.
struct Moved {
    number: usize,
    /// How many bytes it lets go of more than it takes.
    gain: usize,
    /// What it must come after: lower numbers.
    after: Vec<usize>,
}

/// Numbers in order, some of which come as early as they can.
struct Ordered {
    /// For those that do, how much is gained, and how many they wait for.
    moved: Vec<Option<(usize, usize)>>,
    /// Which of those wait for each.
    waiting: Vec<Vec<usize>>,
    ready: BinaryHeap<(usize, Reverse<usize>)>,
    done: Vec<bool>,
    order: Vec<usize>,
}

impl Ordered {
    fn new(count: usize, moved: Vec<Moved>) -> Self {
        let mut ordered = Ordered {
            moved: vec![None; count],
            waiting: vec![Vec::new(); count],
            ready: BinaryHeap::new(),
            done: vec![false; count],
            order: Vec::with_capacity(count),
        };
        for mut moved in moved {
            moved.after.sort_unstable();
            moved.after.dedup();
            for before in &moved.after {
                ordered.waiting[*before].push(moved.number);
            }
            // What waits for nothing stays: there is no better place for it.
            let waits = !moved.after.is_empty();
            ordered.moved[moved.number] = waits.then_some((moved.gain, moved.after.len()));
        }
        ordered
    }

    fn order(mut self) -> Vec<usize> {
        for number in 0..self.done.len() {
            if self.done[number] {
                continue;
            }
            self.put(number);
            while let Some((_, Reverse(early))) = self.ready.pop() {
                self.put(early);
            }
        }
        self.order
    }

    fn put(&mut self, number: usize) {
        self.done[number] = true;
        self.order.push(number);
        for waiting in std::mem::take(&mut self.waiting[number]) {
            let Some((gain, left)) = &mut self.moved[waiting] else {
                continue;
            };
            *left -= 1;
            if *left == 0 && !self.done[waiting] {
                self.ready.push((*gain, Reverse(waiting)));
            }
        }
    }
}

/// What is gained by each unit, and what it must come after.
struct Gains<'p> {
    program: &'p Program,
    groups: &'p Groups,
    units: &'p [Unit],
    /// The values in memory that the units read, of each unit each once; and where they end.
    reads: Vec<ValueId>,
    ends: Vec<usize>,
    /// For each of `reads`, that of the unit which read the value before.
    read_before: Vec<Option<usize>>,
    /// For each value in memory, the last unit that reads it; what is fetched is read after all.
    last_read: Vec<Option<usize>>,
    /// For each task, its unit.
    unit_of: Vec<usize>,
    /// For each variable, the units so far that read or update it since it was last updated, and
    /// this update.
    users: Map<NodeId, Vec<usize>>,
    /// For each value that lies in a variable's memory, this variable.
    variable_of: Map<ValueId, NodeId>,
    /// The last unit that no update passes, of those that were looked at, and how many these are.
    barrier: Option<usize>,
    looked_at: usize,
    /// Whether there are updates.
    has_updates: bool,
    /// Whether no update moves: the run checks some of them, all before the first one, and by then
    /// all that these are given must be there.
    keeps_updates: bool,
}

impl<'p> Gains<'p> {
    fn new(program: &'p Program, groups: &'p Groups, units: &'p [Unit]) -> Self {
        let mut last_read = vec![None; program.values.len()];
        let mut last_of_reads = vec![None; program.values.len()];
        let mut read_before = Vec::with_capacity(2 * units.len());
        let mut reads = Vec::with_capacity(2 * units.len());
        let mut ends = Vec::with_capacity(units.len());
        let mut unit_of_group = vec![0; groups.groups.len()];
        let mut unit_of = vec![0; program.tasks.len()];
        for (number, unit) in units.iter().enumerate() {
            for value in inputs(program, groups, *unit) {
                let root = program.root(value);
                if last_read[root] != Some(number) {
                    last_read[root] = Some(number);
                    read_before.push(last_of_reads[root].replace(reads.len()));
                    reads.push(root);
                }
            }
            ends.push(reads.len());
            match *unit {
                Unit::Task(id) => unit_of[id] = number,
                Unit::Group(group) => unit_of_group[group] = number,
            }
        }
        for (unit, group) in unit_of.iter_mut().zip(&groups.of_task) {
            if let Some(group) = group {
                *unit = unit_of_group[*group];
            }
        }
        for fetch in &program.fetches {
            last_read[program.root(*fetch)] = Some(units.len());
        }
        let is_update = |task: &Task| matches!(task.action, Action::Update { .. });
        let is_checked_late = |task: &Task| is_update(task) && task.unchecked.is_some();
        Gains {
            program,
            groups,
            units,
            reads,
            ends,
            read_before,
            last_read,
            unit_of,
            users: Map::default(),
            variable_of: Map::default(),
            barrier: None,
            looked_at: 0,
            has_updates: program.tasks().any(|(_, task)| is_update(task)),
            keeps_updates: program.tasks().any(|(_, task)| is_checked_late(task)),
        }
    }

    /// How many bytes a unit lets go of more than it takes, if it does and may be moved.
    fn of(&self, number: usize) -> Option<usize> {
        let program = self.program;
        let is_let_go = |value: &&ValueId| self.last_read[**value] == Some(number);
        let in_arena = |value: &&ValueId| self.lies_in_arena(**value);
        let let_go = self.read_by(number).iter().filter(is_let_go);
        let let_go = let_go
            .filter(in_arena)
            .map(|value| program.bytes_of(*value));
        let let_go: usize = let_go.sum();
        if let_go == 0 {
            return None;
        }
        let unit = self.units[number];
        // What only the unit itself reads has no place.
        let stays = |value: &&ValueId| self.last_read[**value].is_some_and(|last| last > number);
        let tasks = all_tasks(program, self.groups, unit);
        let outputs = tasks.iter().flat_map(|task| &task.outputs).filter(stays);
        let taken = outputs
            .filter(in_arena)
            .map(|value| program.bytes_of(*value));
        let gain = let_go.checked_sub(taken.sum())?;
        let is_worth_it = match updated(program, self.groups, unit) {
            [] => gain > 0,
            _ => gain >= WORTH_WAITING && !self.keeps_updates,
        };
        (is_worth_it && !self.is_barrier(unit)).then_some(gain)
    }

    /// The values in memory that a unit reads, each once.
    fn read_by(&self, number: usize) -> &[ValueId] {
        &self.reads[self.range(number)]
    }

    fn range(&self, number: usize) -> Range<usize> {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        start..self.ends[number]
    }

    /// The task that computes a value.
    fn source(&self, value: ValueId) -> Option<TaskId> {
        match self.program.values[value].origin {
            Origin::Task(task) => Some(task),
            Origin::Feed(_) | Origin::Constant(_) => None,
        }
    }

    fn lies_in_arena(&self, value: ValueId) -> bool {
        let task = self
            .source(value)
            .and_then(|id| self.program.tasks[id].as_ref());
        task.is_some_and(|task| matches!(task.action, Action::Compute { .. }))
    }

    /// Whether a unit must stay before the updates that come after it: whether it can fail, or has
    /// an effect on anything but variables.
    fn is_barrier(&self, unit: Unit) -> bool {
        let has_no_effect = |task: &Task| match &task.action {
            Action::Read { .. } => false,
            Action::Compute { .. } => task.op.effect() == Effect::Pure,
            Action::Update { .. } => true,
        };
        let tasks = all_tasks(self.program, self.groups, unit);
        !tasks.into_iter().all(|task| {
            task.unchecked.is_none() && has_no_effect(task) && cannot_fail(self.program, task)
        })
    }

    /// The units before this one that must stay there.
    fn must_come_after(&mut self, number: usize) -> Vec<usize> {
        let read = self.read_by(number).iter();
        let sources = read.filter_map(|value| self.source(*value));
        let mut after: Vec<usize> = sources.map(|task| self.unit_of[task]).collect();
        after.extend(self.other_readers(number));
        let variables = updated(self.program, self.groups, self.units[number]);
        if !variables.is_empty() {
            let mut later = (self.looked_at..number).rev();
            let barrier = later.find(|number| self.is_barrier(self.units[*number]));
            self.barrier = barrier.or(self.barrier);
            self.looked_at = number;
            after.extend(self.barrier);
            let users = variables
                .iter()
                .filter_map(|variable| self.users.get(variable));
            after.extend(users.flatten());
        }
        after
    }

    /// The units before this one that read what it lets go of, which it otherwise would not.
    fn other_readers(&self, number: usize) -> impl Iterator<Item = usize> {
        let reads = self.range(number);
        let let_go = reads.filter(move |read| {
            let value = self.reads[*read];
            self.last_read[value] == Some(number) && self.lies_in_arena(value)
        });
        let before = |read: &usize| self.read_before[*read];
        let others = let_go.flat_map(move |read| std::iter::successors(before(&read), before));
        others.map(|read| self.ends.partition_point(|end| *end <= read))
    }

    /// Notes which variables a unit reads and changes.
    fn note(&mut self, number: usize) {
        if !self.has_updates {
            return;
        }
        for value in &self.reads[self.range(number)] {
            if let Some(variable) = self.variable_of.get(value) {
                self.users.entry(*variable).or_default().push(number);
            }
        }
        for task in tasks(self.program, self.groups, self.units[number]) {
            let first = match &task.action {
                Action::Read { variable } => {
                    self.users.entry(*variable).or_default().push(number);
                    Some(*variable)
                }
                Action::Update { variables, .. } => {
                    for variable in variables {
                        self.users.insert(*variable, vec![number]);
                    }
                    variables.first().copied()
                }
                Action::Compute { .. } => None,
            };
            if let Some(variable) = first {
                let outputs = task.outputs.iter();
                self.variable_of
                    .extend(outputs.map(|output| (*output, variable)));
            }
        }
    }
}
