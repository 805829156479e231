//! Units that let go of memory come as early as they can.
//!
//! Nodes are in the order in which they were made, which puts a training step's updates last. An
//! update that works on the pieces of a filter's gradient would then keep the picture and the
//! gradient that this is computed of to the end of the run.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::graph::{Effect, NodeId};
use crate::types::Map;

use super::super::needs_memory;
use super::super::program::{Action, Origin, Program, Task, ValueId};
use super::super::rewrites::Groups;
use super::{Unit, all_tasks, inputs, updated};

/// The units in another order: each that lets go of more memory than it takes comes as soon as all
/// that it must come after is done, of several the one that lets go of most. The others stay in
/// their order.
///
/// An update must not pass what reads or updates its variables, nor what can fail, before which
/// nothing may change.
pub(super) fn earlier(program: &Program, groups: &Groups, units: Vec<Unit>) -> Vec<Unit> {
    let mut gains = Gains::new(program, groups, &units);
    let mut ordered = Ordered::new(units.len());
    for number in 0..units.len() {
        if let Some(gain) = gains.of(number) {
            let before = gains.must_come_after(number);
            ordered.move_up(number, gain, before);
        }
        gains.note(number);
    }
    let order = ordered.order();
    order.into_iter().map(|number| units[number]).collect()
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
    fn new(count: usize) -> Self {
        Ordered {
            moved: vec![None; count],
            waiting: vec![Vec::new(); count],
            ready: BinaryHeap::new(),
            done: vec![false; count],
            order: Vec::with_capacity(count),
        }
    }

    /// Lets `number` come as soon as all of `after` are done, which are lower numbers.
    fn move_up(&mut self, number: usize, gain: usize, mut after: Vec<usize>) {
        after.sort_unstable();
        after.dedup();
        for before in &after {
            self.waiting[*before].push(number);
        }
        // What waits for nothing stays: there is no better place for it.
        self.moved[number] = (!after.is_empty()).then_some((gain, after.len()));
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
    /// For each value in memory, the last unit that reads it; what is fetched is read after all.
    last_read: Vec<Option<usize>>,
    /// For each value in memory, the unit so far that computes it.
    source: Vec<Option<usize>>,
    /// For each variable, the units that read or update it since it was last updated, and this
    /// update.
    users: Map<NodeId, Vec<usize>>,
    /// For each value that lies in a variable's memory, this variable.
    variable_of: Map<ValueId, NodeId>,
    /// The last unit so far that no update passes.
    barrier: Option<usize>,
    /// Whether updates keep their order. What is to be checked of an update is checked before the
    /// first one, which must not come before what the others are given.
    keeps_updates: bool,
}

impl<'p> Gains<'p> {
    fn new(program: &'p Program, groups: &'p Groups, units: &'p [Unit]) -> Self {
        let mut last_read = vec![None; program.values.len()];
        for (number, unit) in units.iter().enumerate() {
            for value in inputs(program, groups, *unit) {
                last_read[program.root(value)] = Some(number);
            }
        }
        for fetch in &program.fetches {
            last_read[program.root(*fetch)] = Some(units.len());
        }
        Gains {
            program,
            groups,
            units,
            last_read,
            source: vec![None; program.values.len()],
            users: Map::default(),
            variable_of: Map::default(),
            barrier: None,
            keeps_updates: program.tasks().any(|(_, task)| is_unchecked_update(task)),
        }
    }

    /// How many bytes a unit lets go of more than it takes, if it does and may be moved.
    fn of(&self, number: usize) -> Option<usize> {
        let unit = self.units[number];
        let is_update = !updated(self.program, self.groups, unit).is_empty();
        if self.is_barrier(unit) || (self.keeps_updates && is_update) {
            return None;
        }
        let program = self.program;
        let mut let_go = self.read_by(number);
        let_go.retain(|value| self.last_read[*value] == Some(number) && self.lies_in_arena(*value));
        let let_go: usize = let_go
            .into_iter()
            .map(|value| program.bytes_of(value))
            .sum();
        // What only the unit itself reads has no place.
        let stays = |value: &&ValueId| self.last_read[**value].is_some_and(|last| last > number);
        let tasks = all_tasks(program, self.groups, unit);
        let outputs = tasks.iter().flat_map(|task| &task.outputs).filter(stays);
        let taken = outputs.filter(|value| self.lies_in_arena(**value));
        let taken: usize = taken.map(|value| program.bytes_of(*value)).sum();
        let_go.checked_sub(taken).filter(|gain| *gain > 0)
    }

    /// The values in memory that a unit reads, each once.
    fn read_by(&self, number: usize) -> Vec<ValueId> {
        let read = inputs(self.program, self.groups, self.units[number]).into_iter();
        let mut read: Vec<ValueId> = read.map(|value| self.program.root(value)).collect();
        read.sort_unstable();
        read.dedup();
        read
    }

    fn lies_in_arena(&self, value: ValueId) -> bool {
        let Origin::Task(task) = self.program.values[value].origin else {
            return false;
        };
        let task = self.program.tasks[task].as_ref();
        task.is_some_and(|task| matches!(task.action, Action::Compute { .. }))
    }

    /// Whether a unit must stay before the updates that come after it: whether it can fail, or has
    /// an effect on anything but variables.
    fn is_barrier(&self, unit: Unit) -> bool {
        let program = self.program;
        let has_place = |value: &ValueId| program.values[*value].placeable().is_some();
        let is_free = |task: &Task| match &task.action {
            Action::Read { .. } => false,
            Action::Compute { .. } => {
                task.op.effect() == Effect::Pure
                    && !program.can_fail(task)
                    && !needs_memory(program, task)
            }
            Action::Update { open, .. } => !open && !program.can_fail(task),
        };
        let tasks = all_tasks(program, self.groups, unit);
        !tasks.into_iter().all(|task| {
            task.unchecked.is_none() && task.outputs.iter().all(has_place) && is_free(task)
        })
    }

    /// The units so far that must come before this one.
    fn must_come_after(&self, number: usize) -> Vec<usize> {
        let read = self.read_by(number);
        let mut after: Vec<usize> = read
            .iter()
            .filter_map(|value| self.source[*value])
            .collect();
        let variables = updated(self.program, self.groups, self.units[number]);
        if !variables.is_empty() {
            after.extend(self.barrier);
            let users = variables
                .iter()
                .filter_map(|variable| self.users.get(variable));
            after.extend(users.flatten());
        }
        after
    }

    /// Notes what a unit reads, computes and changes.
    fn note(&mut self, number: usize) {
        let (program, unit) = (self.program, self.units[number]);
        if self.is_barrier(unit) {
            self.barrier = Some(number);
        }
        for value in self.read_by(number) {
            if let Some(variable) = self.variable_of.get(&value) {
                self.users.entry(*variable).or_default().push(number);
            }
        }
        for task in all_tasks(program, self.groups, unit) {
            for output in &task.outputs {
                self.source[program.root(*output)] = Some(number);
            }
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

fn is_unchecked_update(task: &Task) -> bool {
    matches!(task.action, Action::Update { .. }) && task.unchecked.is_some()
}
