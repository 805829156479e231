//! From the graph to a [`Program`]: what the fetches need, in order, with exact shapes.

mod requirements;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use crate::graph::{
    Effect, Graph, Node, NodeId, Output, TensorInfo, infer_with_values, is_too_large,
};
use crate::types::{Error, Map, Result, Set, with_value};

use super::super::fetch::Target;
use super::super::store::Store;
use super::FeedSpec;
use super::program::{Action, Layout, Origin, Program, Task, ValueId, ValueInfo};
use requirements::required_tensors;

/// The program that computes `targets`.
///
/// # Errors
/// If the graph holds a mistake that the targets depend on, a placeholder is not fed, or the feeds' shapes do not fit somewhere.
pub(super) fn lower(
    graph: &Graph,
    targets: &[Target],
    feeds: &[FeedSpec],
    store: &Store,
) -> Result<Program> {
    let lowered = graph.with_nodes(|nodes| Lowering::new(nodes, feeds).lower(targets, store));
    lowered.map_err(|stop| stop.into_error(graph))
}

/// Why planning stopped, to be told with the node at fault.
enum Stop {
    At(NodeId, Error),
    /// The mistake with this index was made while building.
    Mistake(usize),
}

impl Stop {
    fn into_error(self, graph: &Graph) -> Error {
        match self {
            Stop::At(node, error) => error.at_node(|| graph.node_ref(node)),
            Stop::Mistake(index) => graph
                .error(index)
                .unwrap_or_else(|| Error::internal("a node failed for no recorded reason")),
        }
    }
}

/// No value.
const NONE: usize = usize::MAX;

/// The state of lowering. A needed node has a number, in the order of making, and its outputs have numbers that follow each other.
struct Lowering<'g> {
    nodes: &'g [Arc<Node>],
    fed: Map<Output, (usize, TensorInfo)>,
    /// The needed nodes.
    needed: Vec<NodeId>,
    /// For each node of the graph, its number if it is needed.
    numbers: Vec<usize>,
    /// For each needed node, the number of its first output.
    first_output: Vec<usize>,
    /// For each output, what is known of it, where that is more than the graph knows.
    infos: Vec<Option<Box<TensorInfo>>>,
    /// For each output, its value in the program.
    values: Vec<ValueId>,
    feed_values: Vec<ValueId>,
    /// For each needed node that runs after an update, the variables updated before it.
    updated: Map<NodeId, Set<NodeId>>,
    /// The requirements of shapes that were asked, by address: many nodes share one.
    asked: Set<usize>,
    program: Program,
}

impl<'g> Lowering<'g> {
    fn new(nodes: &'g [Arc<Node>], feeds: &[FeedSpec]) -> Self {
        let mut program = Program::default();
        let mut fed = Map::default();
        for (i, feed) in feeds.iter().enumerate() {
            let info = TensorInfo::new(feed.dtype, feed.shape.as_slice());
            program.values.push(ValueInfo::new(
                feed.dtype,
                info.shape.clone(),
                Origin::Feed(i),
                Layout::Strided(feed.strides.as_slice().into()),
            ));
            fed.insert(feed.output, (i, info));
        }
        Lowering {
            nodes,
            fed,
            needed: Vec::new(),
            numbers: Vec::new(),
            first_output: Vec::new(),
            infos: Vec::new(),
            values: Vec::new(),
            feed_values: (0..feeds.len()).collect(),
            updated: Map::default(),
            asked: Set::default(),
            program,
        }
    }

    fn lower(mut self, targets: &[Target], store: &Store) -> Result<Program, Stop> {
        self.find_needed(targets)?;
        let mut outputs = 0;
        for &id in &self.needed {
            self.first_output.push(outputs);
            outputs += self.nodes[id.index()].outputs.len();
        }
        self.infos = vec![None; outputs];
        self.values = vec![NONE; outputs];
        for id in self.order() {
            self.node(id, store)?;
        }
        for target in targets {
            if let Some(output) = target.output() {
                let value = self.read(output, None);
                self.program.fetches.push(value);
            }
        }
        Ok(self.program)
    }

    /// Finds the nodes that must be looked at: those that the targets depend on, unless what they would compute is fed.
    fn find_needed(&mut self, targets: &[Target]) -> Result<(), Stop> {
        let mut seen = vec![false; self.nodes.len()];
        let mut open: Vec<NodeId> = targets
            .iter()
            .filter_map(|target| match target.output() {
                Some(output) if self.fed.contains_key(&output) => None,
                _ => Some(target.node()),
            })
            .collect();
        while let Some(id) = open.pop() {
            if std::mem::replace(&mut seen[id.index()], true) {
                continue;
            }
            if let Some(mistake) = self.nodes[id.index()].failure {
                return Err(Stop::Mistake(mistake));
            }
            self.needed.push(id);
            open.extend(self.predecessors(id));
        }
        self.needed.sort_unstable();
        self.numbers = vec![NONE; self.nodes.len()];
        for (number, id) in self.needed.iter().enumerate() {
            self.numbers[id.index()] = number;
        }
        Ok(())
    }

    /// The nodes that must run before `id`, some perhaps twice. To wait for a placeholder that is fed is to wait for nothing.
    fn predecessors(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        let node = &self.nodes[id.index()];
        let is_fed = |output: &Output| !self.fed.is_empty() && self.fed.contains_key(output);
        let required = required_tensors(node);
        let read = node.inputs.iter().chain(required);
        let computed = read.filter(move |input| !is_fed(input));
        let waits = move |id: &NodeId| {
            let output = Output {
                node: *id,
                index: 0,
            };
            !(is_fed(&output) && self.nodes[id.index()].op.must_be_fed().is_some())
        };
        let controls = node.control_inputs.iter().copied().filter(waits);
        computed.map(|input| input.node).chain(controls)
    }

    fn effect(&self, id: NodeId) -> Effect {
        self.nodes[id.index()].op.effect()
    }

    /// The needed nodes, each after what it depends on, updates of variables as late as possible, else in the order of making.
    fn order(&self) -> Vec<NodeId> {
        // A node depends only on nodes made before it. So all that depend on no update can go first as they are.
        let mut after_update = vec![false; self.needed.len()];
        let (mut order, mut rest) = (Vec::with_capacity(self.needed.len()), Vec::new());
        for (number, &id) in self.needed.iter().enumerate() {
            let late = matches!(self.effect(id), Effect::Update { .. })
                || self
                    .predecessors(id)
                    .any(|earlier| after_update[self.numbers[earlier.index()]]);
            after_update[number] = late;
            if late { rest.push(id) } else { order.push(id) }
        }
        if !rest.is_empty() {
            self.order_rest(&rest, &mut order);
        }
        order
    }

    /// Adds the nodes `rest` to `order`, which holds all others that they depend on.
    fn order_rest(&self, rest: &[NodeId], order: &mut Vec<NodeId>) {
        let members: Set<NodeId> = rest.iter().copied().collect();
        let mut waits: Map<NodeId, usize> = Map::default();
        let mut successors: Map<NodeId, Vec<NodeId>> = Map::default();
        for &id in rest {
            let before: Set<NodeId> = self
                .predecessors(id)
                .filter(|earlier| members.contains(earlier))
                .collect();
            waits.insert(id, before.len());
            before
                .into_iter()
                .for_each(|earlier| successors.entry(earlier).or_default().push(id));
        }
        let rank = |id: NodeId| Reverse((matches!(self.effect(id), Effect::Update { .. }), id));
        let ready = waits.iter().filter(|(_, count)| **count == 0);
        let mut ready: BinaryHeap<_> = ready.map(|(id, _)| rank(*id)).collect();
        while let Some(Reverse((_, id))) = ready.pop() {
            order.push(id);
            for &next in successors.get(&id).into_iter().flatten() {
                let count = waits.get_mut(&next).expect("every successor waits");
                *count -= 1;
                if *count == 0 {
                    ready.push(rank(next));
                }
            }
        }
    }

    /// The number of an output of a needed node.
    fn number(&self, output: Output) -> usize {
        self.first_output[self.numbers[output.node.index()]] + output.index
    }

    fn fed(&self, output: Output) -> Option<&(usize, TensorInfo)> {
        match self.fed.is_empty() {
            true => None,
            false => self.fed.get(&output),
        }
    }

    /// What is known of a tensor that is new against what the graph knows: its shape or its value.
    fn news(&self, output: Output) -> Option<&TensorInfo> {
        if let Some((_, info)) = self.fed(output) {
            return Some(info);
        }
        let is_needed = self.numbers[output.node.index()] != NONE;
        is_needed
            .then(|| self.infos[self.number(output)].as_deref())
            .flatten()
    }

    /// What is known of what a node computes as an output, be it fed or not.
    fn computed(&self, output: Output) -> &TensorInfo {
        let made = || &self.nodes[output.node.index()].outputs[output.index];
        self.infos[self.number(output)]
            .as_deref()
            .unwrap_or_else(made)
    }

    /// What is known of a tensor.
    fn known(&self, output: Output) -> &TensorInfo {
        let made = || &self.nodes[output.node.index()].outputs[output.index];
        self.news(output).unwrap_or_else(made)
    }

    /// What is known of a node's inputs.
    fn inputs(&self, node: &Node) -> Vec<TensorInfo> {
        let inputs = node.inputs.iter();
        inputs.map(|input| self.known(*input).clone()).collect()
    }

    fn has_unknown_input(&self, node: &Node) -> bool {
        let is_known = |input: &Output| self.known(*input).shape.is_known();
        !node.inputs.iter().all(is_known)
    }

    /// Whether nothing can be known of a node's outputs that was not known when it was made.
    fn is_as_made(&self, node: &Node) -> bool {
        let nothing_new = |input: &Output| match self.news(*input) {
            None => true,
            Some(info) => {
                let made = &self.nodes[input.node.index()].outputs[input.index];
                info.shape == made.shape
                    && [info, made]
                        .iter()
                        .all(|info| info.constant.is_none() && info.partial.is_none())
            }
        };
        !node.claimed
            && node.outputs.iter().all(|info| info.shape.is_known())
            && node.inputs.iter().all(nothing_new)
    }

    /// Finds out what is known of a node's outputs, run with these inputs.
    fn infer(&mut self, id: NodeId, node: &Node) -> Result<()> {
        if self.is_as_made(node) {
            return check(node, &node.outputs);
        }
        let outputs = infer_with_values(node.op.as_ref(), &self.inputs(node))?;
        check(node, &outputs)?;
        for (index, mut info) in outputs.into_iter().enumerate() {
            // The shape rule may have left open what the value tells.
            if let Some(value) = &info.constant {
                info.shape = value.shape().into();
            }
            let number = self.number(Output { node: id, index });
            self.infos[number] = Some(Box::new(info));
        }
        Ok(())
    }

    /// Makes constants of a node's outputs if the values of all are known.
    fn make_constants(&mut self, id: NodeId, node: &Node) -> bool {
        let outputs = (0..node.outputs.len()).map(|index| Output { node: id, index });
        let values = outputs
            .clone()
            .map(|output| self.computed(output).constant.clone());
        let values: Option<SmallVec<[_; 1]>> = values.collect();
        let Some(values) = values.filter(|values| !values.is_empty()) else {
            return false;
        };
        for (output, value) in outputs.zip(values) {
            let number = self.number(output);
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

    fn node(&mut self, id: NodeId, store: &Store) -> Result<(), Stop> {
        let nodes = self.nodes;
        let node = &nodes[id.index()];
        if let Some(unfed) = node.op.must_be_fed() {
            return Err(Stop::At(id, unfed_error(node, &unfed)));
        }
        self.note_updates(id);
        self.ask_requirements(id, node)
            .map_err(|error| Stop::At(id, error))?;
        self.infer(id, node).map_err(|error| Stop::At(id, error))?;
        if self.make_constants(id, node) {
            return Ok(());
        }
        match node.op.effect() {
            // Read where its value is wanted.
            Effect::Variable => Ok(()),
            Effect::Update {
                refs,
                reads,
                checks,
            } => self.update(id, refs, reads, checks),
            Effect::Pure | Effect::Stateful if node.outputs.is_empty() && !node.op.can_fail() => {
                Ok(())
            }
            Effect::Pure | Effect::Stateful => {
                let state = store.op_state(id, node.op.as_ref());
                let unchecked = self.has_unknown_input(node).then(|| self.inputs(node));
                self.task(id, Action::Compute { state }, 0, unchecked);
                Ok(())
            }
        }
    }

    fn update(&mut self, id: NodeId, refs: usize, reads: bool, checks: bool) -> Result<(), Stop> {
        let node = &self.nodes[id.index()];
        let variables = node.inputs[..refs]
            .iter()
            .map(|input| self.variable_behind(*input));
        let Some(variables) = variables.collect::<Option<Vec<NodeId>>>() else {
            let message = "the tensor to update is not a variable";
            return Err(Stop::At(id, Error::invalid_argument(message)));
        };
        let distinct: Set<NodeId> = variables.iter().copied().collect();
        if distinct.len() < variables.len() {
            let message = "the same variable is given twice to be updated";
            return Err(Stop::At(id, Error::invalid_argument(message)));
        }
        self.updated.entry(id).or_default().extend(&variables);
        let unchecked = match checks || self.has_unknown_input(node) {
            true => Some(self.inputs(node)),
            false => None,
        };
        self.task(id, Action::Update { variables, reads }, refs, unchecked);
        Ok(())
    }

    /// Adds the task of a node, which reads its inputs from number `first` on.
    fn task(
        &mut self,
        id: NodeId,
        action: Action,
        first: usize,
        unchecked: Option<Vec<TensorInfo>>,
    ) {
        let node = &self.nodes[id.index()];
        let inputs = node.inputs[first..]
            .iter()
            .map(|input| self.read(*input, Some(id)))
            .collect();
        let task = self.program.tasks.len();
        let outputs = (0..node.outputs.len())
            .map(|index| {
                let number = self.number(Output { node: id, index });
                let info = self.computed(Output { node: id, index });
                let (dtype, shape) = (info.dtype, info.shape.clone());
                self.values[number] = self.program.values.len();
                let value = ValueInfo::new(dtype, shape, Origin::Task(task), Layout::Own);
                self.program.values.push(value);
                self.values[number]
            })
            .collect();
        self.program.tasks.push(Some(Task {
            node: id,
            op: Arc::clone(&node.op),
            action,
            inputs,
            outputs,
            unchecked,
        }));
    }

    /// The value that `reader` reads as `output`; a variable is read into one first.
    fn read(&mut self, output: Output, reader: Option<NodeId>) -> ValueId {
        if let Some((feed, _)) = self.fed(output) {
            return self.feed_values[*feed];
        }
        let number = self.number(output);
        if self.effect(output.node) != Effect::Variable {
            return self.values[number];
        }
        let after_update = reader
            .and_then(|reader| self.updated.get(&reader))
            .is_some_and(|variables| variables.contains(&output.node));
        if !after_update && self.values[number] != NONE {
            return self.values[number];
        }
        let value = self.read_variable(output, after_update);
        if !after_update {
            self.values[number] = value;
        }
        value
    }

    /// Adds a task that reads a variable: after all that is there if an update was to come first, else before all updates.
    fn read_variable(&mut self, output: Output, after_update: bool) -> ValueId {
        let value = self.program.values.len();
        let is_update = |task: &Option<Task>| {
            task.as_ref()
                .is_some_and(|task| matches!(task.action, Action::Update { .. }))
        };
        let tasks = &self.program.tasks;
        let place = match after_update {
            true => tasks.len(),
            false => tasks.iter().position(is_update).unwrap_or(tasks.len()),
        };
        let info = self.computed(output);
        let (dtype, shape) = (info.dtype, info.shape.clone());
        let info = ValueInfo::new(dtype, shape, Origin::Task(place), Layout::Own);
        self.program.values.push(info);
        self.program.insert(
            place,
            Task {
                node: output.node,
                op: Arc::clone(&self.nodes[output.node.index()].op),
                action: Action::Read {
                    variable: output.node,
                },
                inputs: SmallVec::new(),
                outputs: smallvec![value],
                unchecked: None,
            },
        );
        value
    }

    /// The variable that `output` is the memory of.
    fn variable_behind(&self, mut output: Output) -> Option<NodeId> {
        loop {
            match self.effect(output.node) {
                Effect::Variable => return Some(output.node),
                Effect::Update { .. } if output.index == 0 => {
                    output = *self.nodes[output.node.index()].inputs.first()?;
                }
                _ => return None,
            }
        }
    }

    /// Notes which variables are updated before the node runs.
    fn note_updates(&mut self, id: NodeId) {
        if self.updated.is_empty() {
            return;
        }
        let sets = self
            .predecessors(id)
            .filter_map(|node| self.updated.get(&node));
        let variables: Set<NodeId> = sets.flatten().copied().collect();
        if !variables.is_empty() {
            self.updated.insert(id, variables);
        }
    }
}

impl Program {
    /// Adds a task before number `place`; those from there on move up.
    fn insert(&mut self, place: usize, task: Task) {
        for moved in self.tasks[place..].iter().flatten() {
            for output in &moved.outputs {
                if let Origin::Task(number) = &mut self.values[*output].origin {
                    *number += 1;
                }
            }
        }
        self.tasks.insert(place, Some(task));
    }
}

/// Fails if a shape rule says of a node what it did not say when the node was made, or asks for more than any memory holds.
fn check(node: &Node, outputs: &[TensorInfo]) -> Result<()> {
    let types = outputs.iter().map(|info| info.dtype);
    if !types.eq(node.outputs.iter().map(|info| info.dtype)) {
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

fn unfed_error(node: &Node, what: &str) -> Error {
    let message = format!(
        "You must feed a value for placeholder tensor '{}' with {what}",
        node.name
    );
    Error::invalid_argument(message)
        .with_help("add placeholder.feed(value) to the feeds of this run")
}
