//! From a scheduled program to a [`Plan`]: every value gets its place, every unit becomes a step.

use std::sync::Arc;

use crate::graph::{InferContext, NodeId};
use crate::kernels::group::{self, GroupReduction, GroupStep, Load, Source, Target};
use crate::kernels::memory::{ARENA, Operand};
use crate::types::{Map, Value};

use super::super::store::Store;
use super::place::Places;
use super::program::{Action, Layout, Origin, Program, Task, TaskId, ValueId};
use super::rewrites::{Group, Groups};
use super::schedule::{Schedule, Unit, updated};
use super::step::{
    GroupWork, Hold, KernelWork, Place, ProductWork, ReadTo, Slot, Step, Variable, Work,
};

/// Fetched arrays of at least this many bytes are computed where they are handed out, smaller ones copied there.
const DIRECT_RESULT: usize = 1 << 12;

/// What emission leaves.
pub(super) struct Emitted {
    pub(super) steps: Vec<Step>,
    /// The base of each feed.
    pub(super) feeds: Vec<usize>,
    pub(super) constants: Vec<(usize, Value<'static>)>,
    /// The arrays that a run makes to hand out, each with its own base.
    pub(super) results: Vec<Operand>,
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
    places: Places,
    /// The values in the arena by the last unit that reads them.
    dying: Map<usize, Vec<ValueId>>,
    /// For each variable, the values read from it that are held.
    held: Map<NodeId, Vec<Hold>>,
    /// For each value, whether it is handed out as an array.
    wanted: Vec<bool>,
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
            places: Places::default(),
            dying: Map::default(),
            held: Map::default(),
            wanted: vec![false; program.values.len()],
            scratch_taken: Vec::new(),
            out: Emitted {
                steps: Vec::with_capacity(schedule.units.len()),
                feeds: Vec::new(),
                constants: Vec::new(),
                results: Vec::new(),
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
                Unit::Task(id) => self.task(number, id),
                Unit::Group(group) => self.group(number, group),
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
        let Some(shape) = &info.shape else {
            return Place::Slot(self.new_slot(value));
        };
        let bytes = shape.iter().product::<usize>() * info.dtype.size();
        let storage = if self.wanted[value] && bytes >= DIRECT_RESULT {
            let base = self.new_base();
            self.out
                .results
                .push(Operand::row_major(base, info.dtype, shape, 0));
            Storage::Base { base, start: 0 }
        } else {
            let last = self.schedule.last_read[value].unwrap_or(number);
            self.dying.entry(last).or_default().push(value);
            Storage::Base {
                base: ARENA,
                start: self.places.take(bytes),
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
            if let Some(Storage::Base { base: ARENA, start }) = self.storage[value] {
                self.places.give_back(start, self.bytes(value));
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
                && !step.frees.contains(&slot)
            {
                step.frees.push(slot);
            }
        }
    }

    fn bytes(&self, value: ValueId) -> usize {
        let info = &self.program.values[value];
        info.len().unwrap_or_default() * info.dtype.size()
    }

    fn task(&mut self, number: usize, id: TaskId) -> Option<Step> {
        let program = self.program;
        let task = program.tasks[id].as_ref()?;
        let releases = self.releases(Unit::Task(id));
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
            Action::Update { variables, reads } => {
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
        let Some(shape) = self.program.values[value].shape.clone() else {
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
            cell: self.store.cell(node),
        }
    }

    /// What the run must let go for a unit to change its variables in place.
    fn releases(&mut self, unit: Unit) -> Vec<Hold> {
        let variables = updated(self.program, self.groups, unit);
        variables
            .iter()
            .flat_map(|variable| self.held.remove(variable).unwrap_or_default())
            .collect()
    }

    fn group(&mut self, number: usize, id: usize) -> Option<Step> {
        let groups = self.groups;
        let group = groups.groups[id].as_ref()?;
        let releases = self.releases(Unit::Group(id));
        let variables = group
            .variables
            .iter()
            .map(|variable| (*variable, self.new_base()))
            .collect();
        let (work, product) = Drafting::new(self, number, group, variables).draft();
        let node = work
            .nodes
            .first()
            .copied()
            .or(product.as_ref().map(|(node, _)| *node))?;
        let work = GroupWork {
            product: product.map(|(_, product)| product),
            ..work
        };
        Some(Step {
            node,
            work: Work::Group(Box::new(work)),
            releases,
            frees: Vec::new(),
        })
    }
}

/// The drafting of one group.
struct Drafting<'e, 'p> {
    emitter: &'e mut Emitter<'p>,
    number: usize,
    group: &'p Group,
    variables: Vec<(NodeId, usize)>,
    loads: Vec<Load>,
    /// The load or the result of each value that the group reads.
    sources: Map<ValueId, Source>,
    stores: Vec<Operand>,
    registers: Registers,
    /// For each value that a member computes, the last member that reads it.
    last_member: Map<ValueId, usize>,
    /// The places of inputs that outputs may take over: of the inputs that die here.
    reusable: Vec<(ValueId, usize)>,
}

/// Numbers of registers that are free.
#[derive(Default)]
struct Registers {
    free: Vec<usize>,
    count: usize,
}

impl Registers {
    fn take(&mut self) -> usize {
        self.free.pop().unwrap_or_else(|| {
            self.count += 1;
            self.count - 1
        })
    }
}

impl<'e, 'p> Drafting<'e, 'p> {
    fn new(
        emitter: &'e mut Emitter<'p>,
        number: usize,
        group: &'p Group,
        variables: Vec<(NodeId, usize)>,
    ) -> Self {
        let mut last_member = Map::default();
        for (member, (id, _)) in group.members.iter().enumerate() {
            for input in emitter.program.tasks[*id]
                .iter()
                .flat_map(|task| &task.inputs)
            {
                last_member.insert(*input, member);
            }
        }
        if let Some(task) = group
            .reduction
            .as_ref()
            .and_then(|(id, _)| emitter.program.tasks[*id].as_ref())
        {
            last_member.insert(task.inputs[0], group.members.len());
        }
        Drafting {
            emitter,
            number,
            group,
            variables,
            loads: Vec::new(),
            sources: Map::default(),
            stores: Vec::new(),
            registers: Registers::default(),
            last_member,
            reusable: Vec::new(),
        }
    }

    fn draft(mut self) -> (GroupWork, Option<(NodeId, ProductWork)>) {
        let program = self.emitter.program;
        let product = self.product();
        self.find_reusable();
        let mut steps = Vec::with_capacity(self.group.members.len());
        let (mut nodes, mut passes_on) = (Vec::new(), None);
        for (member, (id, kernel)) in self.group.members.iter().enumerate() {
            let task = program.tasks[*id]
                .as_ref()
                .expect("members are tasks that are there");
            nodes.push(task.node);
            let inputs: Vec<Source> = task
                .inputs
                .iter()
                .map(|input| self.source(*input))
                .collect();
            // A register that is read for the last time here is free only after the results are written.
            let outputs = match &task.action {
                Action::Update { variables, .. } => {
                    passes_on = self.emitter.passes_on(self.number, variables[0], task);
                    self.variable_targets(task)
                }
                _ => vec![self.target(task)],
            };
            self.free_registers(member, task);
            steps.push(GroupStep {
                kernel: Arc::clone(kernel),
                inputs,
                outputs,
            });
        }
        let reduction = self.reduction(&mut nodes);
        let length = self.group.shape.iter().product();
        let mut group = group::Group {
            length,
            loads: self.loads,
            steps,
            stores: self.stores,
            reduction,
            registers: self.registers.count,
            scratch: 0,
            // A product's parts come from all threads.
            threads: if product.is_some() {
                self.emitter.threads
            } else {
                self.emitter.threads_for(length)
            },
        };
        group.scratch = self.emitter.scratch(group.scratch_bytes());
        let targets = group.steps.iter().flat_map(|step| &step.outputs);
        let changed = targets.filter_map(|target| match target {
            Target::Variable(operand) => Some(operand.clone()),
            _ => None,
        });
        let nodes_changed = self
            .variables
            .iter()
            .map(|(node, _)| self.emitter.variable(*node));
        let variables = nodes_changed.zip(changed).collect();
        let work = GroupWork {
            nodes,
            group,
            product: None,
            variables,
            passes_on,
        };
        (work, product)
    }

    /// The product that the group works on, with its operands.
    fn product(&mut self) -> Option<(NodeId, ProductWork)> {
        let program = self.emitter.program;
        let task = program.tasks[self.group.product?].as_ref()?;
        let infos = program.input_infos(task)?;
        let product = task.op.matrix_product(&InferContext::new(&infos))?;
        let [a, b] = [0, 1].map(|i| product.factor(i, self.emitter.operand(task.inputs[i])));
        let out = match self.group.members.is_empty() {
            true => match self.emitter.make_place(self.number, task.outputs[0]) {
                Place::Operand(operand) => Some(operand),
                Place::Slot(_) => None,
            },
            false => {
                let dtype = program.values[task.outputs[0]].dtype;
                self.sources.insert(task.outputs[0], Source::Given(dtype));
                None
            }
        };
        let bytes = product.workspace(self.emitter.threads);
        let scratch = (self.emitter.scratch(bytes), bytes);
        Some((
            task.node,
            ProductWork {
                node: task.node,
                product,
                a,
                b,
                out,
                scratch,
            },
        ))
    }

    /// Where a member reads a value.
    fn source(&mut self, value: ValueId) -> Source {
        if let Some(source) = self.sources.get(&value) {
            return *source;
        }
        let (operand, copied) = self.load_operand(value);
        let scalar = self.read_as_scalar(value);
        self.loads
            .push(Load::new(operand, &self.group.shape, copied, scalar));
        let source = Source::Load(self.loads.len() - 1);
        self.sources.insert(value, source);
        source
    }

    /// The operand of a value from outside, and whether it is the old value of a variable that the group changes.
    fn load_operand(&mut self, value: ValueId) -> (Operand, bool) {
        let program = self.emitter.program;
        let read = program
            .producer(value)
            .and_then(|task| program.tasks[task].as_ref());
        if let Some(Task {
            action: Action::Read { variable },
            ..
        }) = read
            && let Some((_, base)) = self
                .variables
                .iter()
                .find(|(changed, _)| changed == variable)
            && !self.emitter.schedule.copied[value]
        {
            return (self.emitter.operand_in(value, *base, 0), true);
        }
        (self.emitter.operand(value), false)
    }

    /// Whether all members that read a value want one element only.
    fn read_as_scalar(&self, value: ValueId) -> bool {
        let program = self.emitter.program;
        let mut members = self
            .group
            .members
            .iter()
            .filter_map(|(id, kernel)| Some((program.tasks[*id].as_ref()?, kernel)));
        let reduced = self.last_member.get(&value) == Some(&self.group.members.len());
        !reduced
            && members.all(|(task, kernel)| {
                let mut inputs = task.inputs.iter().enumerate();
                inputs.all(|(i, input)| *input != value || kernel.reads_scalar(i))
            })
    }

    /// The inputs whose places a result may take over: arrays of the group's shape and order that nobody reads later.
    fn find_reusable(&mut self) {
        let (program, schedule) = (self.emitter.program, self.emitter.schedule);
        let product = self
            .group
            .product
            .and_then(|product| program.tasks[product].as_ref());
        for &value in &self.group.externals {
            let in_product = product.is_some_and(|task| {
                task.inputs
                    .iter()
                    .any(|input| program.root(*input) == value)
            });
            let viewed = self
                .group
                .externals
                .iter()
                .any(|other| *other != value && program.root(*other) == value);
            let info = &program.values[value];
            let fits = info.layout == Layout::Own
                && info.shape.as_ref() == Some(&self.group.shape)
                && schedule.last_read[value] == Some(self.number)
                && !in_product
                && !viewed
                && program.producer(value).is_some();
            if fits
                && matches!(
                    self.emitter.storage[value],
                    Some(Storage::Base { base: ARENA, .. })
                )
            {
                self.reusable.push((value, info.dtype.size()));
            }
        }
    }

    /// Where a member puts its result.
    fn target(&mut self, task: &Task) -> Target {
        let (program, schedule) = (self.emitter.program, self.emitter.schedule);
        let output = task.outputs[0];
        let info = &program.values[output];
        let dtype = info.dtype;
        if !schedule.leaves[output] && self.last_member.contains_key(&output) {
            let register = self.registers.take();
            self.sources
                .insert(output, Source::Register { register, dtype });
            return Target::Register { register, dtype };
        }
        let store = self.stores.len();
        let last = schedule.last_read[output].unwrap_or(self.number);
        let direct = self.emitter.wanted[output] && self.emitter.bytes(output) >= DIRECT_RESULT;
        let reused = self
            .reusable
            .iter()
            .position(|(_, size)| *size == dtype.size() && !direct);
        if let Some(reused) = reused {
            let (input, _) = self.reusable.swap_remove(reused);
            self.emitter.take_over(self.number, input, output, last);
            let operand = self.emitter.operand(output);
            self.stores.push(operand);
            let register = self.registers.take();
            self.sources
                .insert(output, Source::Register { register, dtype });
            // Held until the tile is done.
            self.last_member.insert(output, usize::MAX);
            return Target::Late { register, store };
        }
        if let Place::Operand(operand) = self.emitter.make_place(self.number, output) {
            self.stores.push(operand);
        }
        self.sources.insert(output, Source::Stored(store));
        Target::Store(store)
    }

    fn variable_targets(&self, task: &Task) -> Vec<Target> {
        let info = &self.emitter.program.values[task.outputs[0]];
        let shape = info.shape.as_deref().unwrap_or_default();
        let operand = |(_, base): &(NodeId, usize)| {
            Target::Variable(Operand::row_major(*base, info.dtype, shape, 0))
        };
        self.variables.iter().map(operand).collect()
    }

    /// Frees the registers that member number `member` was the last to read.
    fn free_registers(&mut self, member: usize, task: &Task) {
        let mut inputs = task.inputs.clone();
        inputs.sort_unstable();
        inputs.dedup();
        for input in inputs {
            if let Some(Source::Register { register, .. }) = self.sources.get(&input)
                && self.last_member.get(&input) == Some(&member)
            {
                self.registers.free.push(*register);
            }
        }
    }

    fn reduction(&mut self, nodes: &mut Vec<NodeId>) -> Option<GroupReduction> {
        let (id, reducer) = self.group.reduction.as_ref()?;
        let program = self.emitter.program;
        let task = program.tasks[*id].as_ref()?;
        nodes.push(task.node);
        let source = self.source(task.inputs[0]);
        let Place::Operand(out) = self.emitter.make_place(self.number, task.outputs[0]) else {
            return None;
        };
        let tiles = group::Group::tiles(self.group.shape.iter().product());
        let partials = self.emitter.scratch(tiles * out.dtype.size());
        Some(GroupReduction {
            reducer: Arc::clone(reducer),
            source,
            out,
            partials,
        })
    }
}

impl Emitter<'_> {
    /// A stretch of the arena for the length of one unit.
    fn scratch(&mut self, bytes: usize) -> usize {
        let start = self.places.take(bytes);
        self.scratch_taken.push((start, bytes));
        start
    }

    /// How many threads a group of this length is for.
    fn threads_for(&self, length: usize) -> usize {
        group::Group::threads_for(length, self.threads)
    }

    /// Lets `output` have the place of `input`, which dies here.
    fn take_over(&mut self, number: usize, input: ValueId, output: ValueId, last: usize) {
        if let Some(dying) = self.dying.get_mut(&number) {
            dying.retain(|value| *value != input);
        }
        self.storage[output] = self.storage[input].clone();
        self.dying.entry(last).or_default().push(output);
    }
}
