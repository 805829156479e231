//! From a scheduled program to a [`Plan`]: every value gets its place, every unit becomes a step.

mod group;

use std::collections::hash_map::Entry;
use std::sync::Arc;

use crate::graph::NodeId;
use crate::kernels::memory::{ARENA, Operand};
use crate::types::{DType, Map, Value};

use super::super::store::Store;
use super::place::ArenaLayout;
use super::program::{Action, Layout, Origin, Program, Task, TaskId, ValueId};
use super::rewrites::Groups;
use super::schedule::{Schedule, Unit, updated};
use super::step::{Change, Hold, KernelWork, Place, ReadTo, Slot, Step, Variable, Work};

use group::Drafting;

/// Fetched arrays of at least this many bytes are computed where they are handed out, smaller ones
/// copied there.
const DIRECT_RESULT: usize = 1 << 12;

/// What emission leaves.
pub(super) struct Emitted {
    pub(super) steps: Vec<Step>,
    /// The variables that are changed, in the order of their first updates.
    pub(super) changes: Vec<Change>,
    /// The base of each feed.
    pub(super) feeds: Vec<usize>,
    pub(super) constants: Vec<(usize, Arc<Value<'static>>)>,
    /// The arrays that a run makes to hand out, each with its own base.
    pub(super) results: Vec<Operand>,
    /// The nodes that compute them.
    pub(super) result_nodes: Vec<NodeId>,
    /// The most bytes that one array or one unit's scratch memory takes of the arena, and the node
    /// that needs it.
    pub(super) largest: Option<(usize, NodeId)>,
    /// Where each fetched value is in the end.
    pub(super) fetches: Vec<Place>,
    pub(super) bases: usize,
    pub(super) holds: usize,
    pub(super) slots: usize,
    pub(super) bytes: usize,
}

/// The memory behind a value.
#[derive(Clone, Debug)]
enum Storage {
    Base { base: usize, start: usize },
    Slot(Slot),
}

pub(super) struct Emitter<'p> {
    program: &'p Program,
    groups: &'p Groups,
    schedule: &'p Schedule,
    store: &'p Store,
    threads: usize,
    storage: Vec<Option<Storage>>,
    places: ArenaLayout,
    /// The values in the arena by the last unit that reads them.
    dying: Map<usize, Vec<ValueId>>,
    /// For each variable, the values read from it that are held.
    held: Map<NodeId, Vec<Hold>>,
    /// The variables that were changed by now, with their places in the plan's changes.
    changed: Map<NodeId, usize>,
    /// For each value, whether it is handed out as an array.
    wanted: Vec<bool>,
    /// For each value, whether another has got its place when it died.
    taken_over: Vec<bool>,
    /// The stretches of the arena that the unit at hand uses for itself.
    scratch_taken: Vec<(usize, usize)>,
    out: Emitted,
}

impl<'p> Emitter<'p> {
    pub(super) fn new(
        program: &'p Program,
        groups: &'p Groups,
        schedule: &'p Schedule,
        store: &'p Store,
        threads: usize,
    ) -> Self {
        Emitter {
            program,
            groups,
            schedule,
            store,
            threads,
            storage: vec![None; program.values.len()],
            places: ArenaLayout::default(),
            dying: Map::default(),
            held: Map::default(),
            changed: Map::default(),
            wanted: vec![false; program.values.len()],
            taken_over: vec![false; program.values.len()],
            scratch_taken: Vec::new(),
            out: Emitted {
                steps: Vec::with_capacity(schedule.units.len()),
                changes: Vec::new(),
                feeds: Vec::new(),
                constants: Vec::new(),
                results: Vec::new(),
                result_nodes: Vec::new(),
                largest: None,
                fetches: Vec::new(),
                bases: ARENA + 1,
                holds: 0,
                slots: 0,
                bytes: 0,
            },
        }
    }

    /// Emits all. `arrays` tells of each fetch whether it is handed out as an array.
    pub(super) fn emit(mut self, feeds: usize, arrays: &[bool]) -> Emitted {
        for (fetch, array) in self.program.fetches.iter().zip(arrays) {
            self.wanted[*fetch] |= array;
        }
        self.out.feeds = (0..feeds).map(|_| self.new_base()).collect();
        for (number, unit) in self.schedule.units.iter().enumerate() {
            let step = match *unit {
                Unit::Task(id) => self.emit_task(number, id),
                Unit::Group(group) => self.emit_group(number, group),
            };
            self.out.steps.extend(step);
            self.free(number);
        }
        let fetches = &self.program.fetches;
        self.out.fetches = fetches.iter().map(|fetch| self.place(*fetch)).collect();
        self.out.bytes = self.places.size();
        self.out
    }

    fn new_base(&mut self) -> usize {
        self.out.bases += 1;
        self.out.bases - 1
    }

    /// Where a value is, which is somewhere already.
    fn place(&mut self, value: ValueId) -> Place {
        match self.storage_of(self.program.root(value)) {
            Storage::Slot(slot) => Place::Slot(slot),
            Storage::Base { base, start } => Place::Operand(self.operand_in(value, base, start)),
        }
    }

    /// A value whose memory begins in this place.
    fn operand_in(&self, value: ValueId, base: usize, start: usize) -> Operand {
        let info = &self.program.values[value];
        let offset = match &info.layout {
            Layout::View { start, .. } => *start,
            _ => 0,
        };
        let shape = info.shape.as_deref().unwrap_or_default();
        Operand::new(
            base,
            info.dtype,
            shape,
            &info.strides(),
            start as isize + offset,
        )
    }

    fn operand(&mut self, value: ValueId) -> Operand {
        match self.place(value) {
            Place::Operand(operand) => operand,
            Place::Slot(_) => unreachable!("only values of known shape are read as operands"),
        }
    }

    fn storage_of(&mut self, root: ValueId) -> Storage {
        if let Some(storage) = &self.storage[root] {
            return storage.clone();
        }
        let storage = match &self.program.values[root].origin {
            Origin::Feed(number) => Storage::Base {
                base: self.out.feeds[*number],
                start: 0,
            },
            Origin::Constant(constant) => {
                let base = self.new_base();
                self.out.constants.push((base, constant.clone()));
                Storage::Base { base, start: 0 }
            }
            Origin::Task(_) => unreachable!("a value is read after the step that computes it"),
        };
        self.storage[root] = Some(storage.clone());
        storage
    }

    /// Gives a value that unit `number` computes its place.
    fn make_place(&mut self, number: usize, value: ValueId) -> Place {
        let info = &self.program.values[value];
        let Some(shape) = info.placeable() else {
            return Place::Slot(self.new_slot(value));
        };
        let bytes = shape.iter().product::<usize>() * info.dtype.size();
        let storage = if self.wanted[value] && bytes >= DIRECT_RESULT {
            let base = self.new_base();
            self.out
                .results
                .push(Operand::row_major(base, info.dtype, shape, 0));
            self.out.result_nodes.extend(self.node(number));
            Storage::Base { base, start: 0 }
        } else {
            let last = self.schedule.last_read[value].unwrap_or(number);
            self.dying.entry(last).or_default().push(value);
            Storage::Base {
                base: ARENA,
                start: self.take(number, bytes),
            }
        };
        self.storage[value] = Some(storage);
        self.place(value)
    }

    fn new_slot(&mut self, value: ValueId) -> Slot {
        let slot = self.out.slots;
        self.out.slots += 1;
        self.storage[value] = Some(Storage::Slot(slot));
        slot
    }

    /// Gives back the places of the values that nobody reads after unit `number`.
    fn free(&mut self, number: usize) {
        for (start, bytes) in std::mem::take(&mut self.scratch_taken) {
            self.places.give_back(start, bytes);
        }
        for value in self.dying.remove(&number).unwrap_or_default() {
            if self.taken_over[value] {
                continue;
            }
            if let Some(Storage::Base { base: ARENA, start }) = self.storage[value] {
                self.places.give_back(start, self.program.bytes_of(value));
            }
        }
        let Some(step) = self.out.steps.last_mut() else {
            return;
        };
        let Unit::Task(id) = self.schedule.units[number] else {
            return;
        };
        let Some(task) = &self.program.tasks[id] else {
            return;
        };
        for value in task.inputs.iter().chain(&task.outputs) {
            let root = self.program.root(*value);
            if let Some(Storage::Slot(slot)) = self.storage[root]
                && self.schedule.last_read[root].is_none_or(|last| last <= number)
            {
                step.frees.push(slot);
                // Not a second time if the task reads it twice.
                self.storage[root] = None;
            }
        }
    }

    fn emit_task(&mut self, number: usize, id: TaskId) -> Option<Step> {
        let program = self.program;
        let task = program.tasks[id].as_ref()?;
        let releases = self.releases(Unit::Task(id), task.node);
        let work = match &task.action {
            Action::Read { variable } => {
                let to = self.read_to(number, *variable, task.outputs[0]);
                Work::Read {
                    variable: self.variable(*variable),
                    to,
                }
            }
            Action::Compute { state } => {
                let inputs = task.inputs.iter().map(|input| self.place(*input)).collect();
                let outputs = task
                    .outputs
                    .iter()
                    .map(|output| self.make_place(number, *output))
                    .collect();
                Work::Kernel(KernelWork {
                    op: Arc::clone(&task.op),
                    state: state.clone(),
                    inputs,
                    outputs,
                    unchecked: task.unchecked.clone(),
                })
            }
            Action::Update {
                variables, reads, ..
            } => {
                let inputs = task.inputs.iter().map(|input| self.place(*input)).collect();
                let passes_on = self.passes_on(number, variables[0], task);
                let kernel = KernelWork {
                    op: Arc::clone(&task.op),
                    state: None,
                    inputs,
                    outputs: Vec::new(),
                    unchecked: task.unchecked.clone(),
                };
                {
                    let variables = variables
                        .iter()
                        .map(|variable| self.variable(*variable))
                        .collect();
                    Work::Update {
                        kernel,
                        variables,
                        reads: *reads,
                        passes_on,
                    }
                }
            }
        };
        Some(Step {
            node: task.node,
            work,
            releases,
            frees: Vec::new(),
        })
    }

    /// What becomes of the new value of an update's first variable, if somebody reads it.
    fn passes_on(&mut self, number: usize, variable: NodeId, task: &Task) -> Option<ReadTo> {
        let output = *task.outputs.first()?;
        self.schedule.last_read[output].map(|_| self.read_to(number, variable, output))
    }

    /// What becomes of a variable's value, which unit `number` reads as `value`.
    fn read_to(&mut self, number: usize, variable: NodeId, value: ValueId) -> ReadTo {
        let Some(shape) = self.program.values[value].placeable().cloned() else {
            return ReadTo::Slot(self.new_slot(value));
        };
        if self.schedule.copied[value] {
            return match self.make_place(number, value) {
                Place::Operand(operand) => ReadTo::Copy(operand),
                Place::Slot(slot) => ReadTo::Slot(slot),
            };
        }
        let hold = Hold {
            number: self.out.holds,
            base: self.new_base(),
        };
        self.out.holds += 1;
        self.storage[value] = Some(Storage::Base {
            base: hold.base,
            start: 0,
        });
        self.held.entry(variable).or_default().push(hold);
        let operand = Operand::row_major(hold.base, self.program.values[value].dtype, &shape, 0);
        ReadTo::Hold(hold, operand)
    }

    fn variable(&self, node: NodeId) -> Variable {
        Variable {
            node,
            place: self.store.place(node),
            change: self.changed.get(&node).copied(),
        }
    }

    /// What the run must let go for a unit, in which `node` updates variables, to change these in
    /// place. Notes those that are changed for the first time.
    fn releases(&mut self, unit: Unit, node: NodeId) -> Vec<Hold> {
        let mut releases = Vec::new();
        for (i, &variable) in updated(self.program, self.groups, unit).iter().enumerate() {
            let held = self.held.remove(&variable).unwrap_or_default();
            let next = self.out.changes.len();
            if let Entry::Vacant(entry) = self.changed.entry(variable) {
                entry.insert(next);
                let new = if i == 0 { self.given(unit) } else { None };
                self.out.changes.push(Change {
                    node,
                    variable: self.variable(variable),
                    new,
                    holds: held.iter().map(|hold| hold.number).collect(),
                });
            }
            releases.extend(held);
        }
        releases
    }

    /// The type and shape of the value that a unit gives its first variable, if the variable needs
    /// none before.
    fn given(&self, unit: Unit) -> Option<(DType, Box<[usize]>)> {
        let Unit::Task(id) = unit else {
            return None;
        };
        let task = self.program.tasks[id].as_ref()?;
        let Action::Update { reads: false, .. } = task.action else {
            return None;
        };
        let value = &self.program.values[*task.outputs.first()?];
        Some((value.dtype, value.shape.as_deref()?.into()))
    }

    fn emit_group(&mut self, number: usize, id: usize) -> Option<Step> {
        let groups = self.groups;
        let group = groups.groups[id].as_ref()?;
        let first = self.node(number)?;
        // Before what the group passes on is held.
        let releases = self.releases(Unit::Group(id), first);
        let variables = group
            .variables
            .iter()
            .map(|variable| (*variable, self.new_base()))
            .collect();
        let work = Drafting::new(self, number, group, variables).draft();
        let product = work.product.as_ref().map(|product| product.node);
        let node = work.nodes.first().copied().or(product)?;
        Some(Step {
            node,
            work: Work::Group(Box::new(work)),
            releases,
            frees: Vec::new(),
        })
    }
}

impl Emitter<'_> {
    /// A stretch of the arena for what unit `number` needs.
    fn take(&mut self, number: usize, bytes: usize) -> usize {
        if self.out.largest.is_none_or(|(most, _)| most < bytes) {
            self.out.largest = self.node(number).map(|node| (bytes, node));
        }
        self.places.take(bytes)
    }

    /// The node that a unit belongs to: of a group the first.
    fn node(&self, number: usize) -> Option<NodeId> {
        let task = match self.schedule.units[number] {
            Unit::Task(task) => task,
            Unit::Group(group) => {
                let group = self.groups.groups[group].as_ref()?;
                let members = group.members.iter().map(|(member, _)| *member);
                let product = group.product.as_ref().map(|(product, _)| *product);
                members.chain(product).next()?
            }
        };
        Some(self.program.tasks[task].as_ref()?.node)
    }

    /// A stretch of the arena for the length of unit `number`.
    fn scratch(&mut self, number: usize, bytes: usize) -> usize {
        let start = self.take(number, bytes);
        self.scratch_taken.push((start, bytes));
        start
    }

    /// How many threads a group of this length is for.
    fn threads_for(&self, length: usize) -> usize {
        crate::kernels::group::Group::threads_for(length, self.threads)
    }

    /// Lets `output` have the place of `input`, which dies here.
    fn take_over(&mut self, number: usize, input: ValueId, output: ValueId, last: usize) {
        debug_assert_eq!(self.schedule.last_read[input], Some(number));
        self.taken_over[input] = true;
        self.storage[output] = self.storage[input].clone();
        self.dying.entry(last).or_default().push(output);
    }
}
