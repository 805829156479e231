//! The drafting of one group: where its kernels read and write, and which registers they share.

use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use crate::graph::NodeId;
use crate::kernels::group::{self, GroupReduction, Load, Source, TableMaker, Target};
use crate::kernels::memory::{ARENA, Operand};
use crate::types::{Map, Set};

use super::super::program::{Action, Layout, Task, ValueId};
use super::super::rewrites::Group;
use super::super::schedule::product_of;
use super::super::step::{GroupWork, Place, ProductWork};
use super::{DIRECT_RESULT, Emitter, Storage};

/// The drafting of one group.
pub(super) struct Drafting<'e, 'p> {
    emitter: &'e mut Emitter<'p>,
    number: usize,
    group: &'p Group,
    variables: Vec<(NodeId, usize)>,
    loads: Vec<Load>,
    /// The load or the result of each value that the group reads.
    sources: Map<ValueId, Source>,
    stores: Vec<Operand>,
    /// The variables that the group changes.
    changed: Vec<Operand>,
    table: TableMaker,
    registers: Registers,
    /// For each value that a member reads, the last member that does.
    last_member: Map<ValueId, usize>,
    /// The values of which some reader needs more than one element.
    read_whole: Set<ValueId>,
    /// The inputs that die here, whose places outputs may take over, by the size of their elements.
    reusable: Map<usize, Vec<ValueId>>,
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
    pub(super) fn new(
        emitter: &'e mut Emitter<'p>,
        number: usize,
        group: &'p Group,
        variables: Vec<(NodeId, usize)>,
    ) -> Self {
        let (mut last_member, mut read_whole) = (Map::default(), Set::default());
        for (member, (id, kernel)) in group.members.iter().enumerate() {
            let inputs = emitter.program.tasks[*id]
                .iter()
                .flat_map(|task| &task.inputs);
            for (i, input) in inputs.enumerate() {
                last_member.insert(*input, member);
                if !kernel.reads_scalar(i) {
                    read_whole.insert(*input);
                }
            }
        }
        if let Some(task) = group
            .reduction
            .as_ref()
            .and_then(|(id, _)| emitter.program.tasks[*id].as_ref())
        {
            last_member.insert(task.inputs[0], group.members.len());
            read_whole.insert(task.inputs[0]);
        }
        Drafting {
            emitter,
            number,
            group,
            variables,
            loads: Vec::new(),
            sources: Map::default(),
            stores: Vec::new(),
            changed: Vec::new(),
            table: TableMaker::default(),
            registers: Registers::default(),
            last_member,
            read_whole,
            reusable: Map::default(),
        }
    }

    pub(super) fn draft(mut self) -> GroupWork {
        let program = self.emitter.program;
        self.find_reusable();
        let product = self.product();
        let mut kernels = Vec::with_capacity(self.group.members.len());
        let (mut nodes, mut passes_on) = (Vec::new(), None);
        for (member, (id, kernel)) in self.group.members.iter().enumerate() {
            let task = program.tasks[*id]
                .as_ref()
                .expect("members are tasks that are there");
            nodes.push(task.node);
            let inputs: SmallVec<[Source; 2]> = task
                .inputs
                .iter()
                .map(|input| self.source(*input))
                .collect();
            // A register that is read for the last time here is free only after the results are
            // written.
            let outputs = match &task.action {
                Action::Update { variables, .. } => {
                    passes_on = self.emitter.passes_on(self.number, variables[0], task);
                    self.variable_targets(task)
                }
                _ => smallvec![self.target(task)],
            };
            self.free_registers(member, task);
            self.table.push(inputs, outputs);
            kernels.push(Arc::clone(kernel));
        }
        let reduction = self.reduction(&mut nodes);
        let length = self.group.shape.iter().product();
        let mut group = group::Group {
            length,
            table: self.table.finish(&self.loads, &self.stores, &self.changed),
            loads: self.loads,
            kernels,
            stores: self.stores,
            variables: self.changed,
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
        group.scratch = self.emitter.scratch(self.number, group.scratch_bytes());
        let changed = group.variables.iter().cloned();
        let nodes_changed = self
            .variables
            .iter()
            .map(|(node, _)| self.emitter.variable(*node));
        let variables = nodes_changed.zip(changed).collect();
        GroupWork {
            nodes,
            group,
            product,
            variables,
            passes_on,
        }
    }

    /// The product that the group works on, with its operands.
    fn product(&mut self) -> Option<ProductWork> {
        let program = self.emitter.program;
        let (_, producer) = self.group.product.as_ref()?;
        let task = product_of(program, self.group)?;
        let inputs = task.inputs.iter().enumerate();
        let operands = inputs.map(|(i, input)| producer.operand(i, self.emitter.operand(*input)));
        let operands = operands.collect();
        let out = match self.group.members.is_empty() {
            true => self.product_place(task.outputs[0]),
            false => {
                let dtype = program.values[task.outputs[0]].dtype;
                self.sources.insert(task.outputs[0], Source::Given(dtype));
                None
            }
        };
        let bytes = producer.workspace(self.emitter.threads);
        let scratch = (self.emitter.scratch(self.number, bytes), bytes);
        Some(ProductWork {
            node: task.node,
            producer: Arc::clone(producer),
            operands,
            out,
            scratch,
        })
    }

    /// Where a product lies that no member works on.
    fn product_place(&mut self, output: ValueId) -> Option<Operand> {
        if let Some(operand) = self.taken_over(output) {
            return Some(operand);
        }
        match self.emitter.make_place(self.number, output) {
            Place::Operand(operand) => Some(operand),
            Place::Slot(_) => None,
        }
    }

    /// Where a result lies that takes over the place of an input, if it does.
    fn taken_over(&mut self, output: ValueId) -> Option<Operand> {
        let program = self.emitter.program;
        // It is computed in the array that is handed out.
        if self.emitter.wanted[output] && program.bytes_of(output) >= DIRECT_RESULT {
            return None;
        }
        let last = self.emitter.schedule.last_read[output].unwrap_or(self.number);
        let input = self.take_reusable(program.values[output].dtype.size())?;
        self.emitter.take_over(self.number, input, output, last);
        Some(self.emitter.operand(output))
    }

    /// Where a member reads a value.
    fn source(&mut self, value: ValueId) -> Source {
        if let Some(source) = self.sources.get(&value) {
            return *source;
        }
        let (operand, copied) = self.load_operand(value);
        let scalar = !self.read_whole.contains(&value);
        self.loads
            .push(Load::new(operand, &self.group.shape, copied, scalar));
        let source = Source::Load(self.loads.len() - 1);
        self.sources.insert(value, source);
        source
    }

    /// The operand of a value from outside, and whether it is the old value of a variable that the
    /// group changes.
    fn load_operand(&mut self, value: ValueId) -> (Operand, bool) {
        let program = self.emitter.program;
        let read = program
            .computed_by(value)
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

    /// The inputs whose places a result may take over: arrays of the group's shape and order that
    /// nobody reads later.
    fn find_reusable(&mut self) {
        let (program, schedule) = (self.emitter.program, self.emitter.schedule);
        let overwritten = self.overwritten();
        let product = product_of(program, self.group);
        let in_product = product.into_iter().flat_map(|task| &task.inputs);
        let in_product = in_product.filter(|value| Some(**value) != overwritten);
        // What is read as a view, or by the product, is not read element by element.
        let is_view = |value: &&ValueId| program.root(**value) != **value;
        let views = self.group.externals.iter().filter(is_view);
        let read_otherwise: Set<ValueId> = in_product
            .chain(views)
            .map(|value| program.root(*value))
            .collect();
        let overwritten = overwritten.filter(|value| !self.group.externals.contains(value));
        for &value in self.group.externals.iter().chain(&overwritten) {
            let info = &program.values[value];
            let fits = info.layout == Layout::Own
                && info.shape.as_ref() == Some(&self.group.shape)
                && schedule.last_read[value] == Some(self.number)
                && !read_otherwise.contains(&value)
                && program.computed_by(value).is_some();
            if fits
                && matches!(
                    self.emitter.storage[value],
                    Some(Storage::Base { base: ARENA, .. })
                )
            {
                let alike = self.reusable.entry(info.dtype.size()).or_default();
                alike.push(value);
            }
        }
    }

    /// What the product reads of the memory that its result may come to lie in.
    fn overwritten(&self) -> Option<ValueId> {
        let program = self.emitter.program;
        let (_, producer) = self.group.product.as_ref()?;
        let inputs = &product_of(program, self.group)?.inputs;
        let value = inputs[producer.may_overwrite()?];
        let reads = inputs.iter().filter(|input| program.root(**input) == value);
        (reads.count() == 1).then_some(value)
    }

    /// An input that dies here, whose place an output with elements of `size` bytes may take over.
    fn take_reusable(&mut self, size: usize) -> Option<ValueId> {
        let alike = self.reusable.get_mut(&size)?;
        (!alike.is_empty()).then(|| alike.swap_remove(0))
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
        if let Some(operand) = self.taken_over(output) {
            self.stores.push(operand);
            let register = self.registers.take();
            self.sources
                .insert(output, Source::Register { register, dtype });
            // Held until the tile is done.
            self.last_member.insert(output, usize::MAX);
            return Target::Late {
                register,
                dtype,
                store,
            };
        }
        if let Place::Operand(operand) = self.emitter.make_place(self.number, output) {
            self.stores.push(operand);
        }
        self.sources.insert(output, Source::Stored(store));
        Target::Store(store)
    }

    fn variable_targets(&mut self, task: &Task) -> SmallVec<[Target; 1]> {
        let info = &self.emitter.program.values[task.outputs[0]];
        let shape = info.shape.as_deref().unwrap_or_default();
        let operand = |(_, base): &(NodeId, usize)| Operand::row_major(*base, info.dtype, shape, 0);
        self.changed = self.variables.iter().map(operand).collect();
        (0..self.changed.len()).map(Target::Variable).collect()
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
        self.table.reduce(source);
        let Place::Operand(out) = self.emitter.make_place(self.number, task.outputs[0]) else {
            return None;
        };
        let tiles = group::Group::tiles(self.group.shape.iter().product());
        let partials = self.emitter.scratch(self.number, tiles * out.dtype.size());
        Some(GroupReduction {
            reducer: Arc::clone(reducer),
            out,
            partials,
        })
    }
}
