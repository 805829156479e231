//! [`Plan`]: the steps of a run, in order, with exact shapes, for one set of fetches and one set of feeds' shapes.

use std::any::Any;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::{Arc, Mutex};

use crate::graph::{Effect, Graph, Node, NodeId, Op, Output, TensorInfo, infer_with_values};
use crate::types::{DType, Error, Result, Value};

use super::fetch::Target;
use super::store::Store;

/// A place for one value during a run.
pub(super) type Slot = usize;

/// The state that a stateful op keeps in a session.
pub(super) type OpState = Arc<Mutex<Box<dyn Any + Send>>>;

/// What one step of a run does.
#[derive(Debug)]
pub(super) enum Action {
    /// Puts a variable's current value into the step's only output slot.
    Read { variable: NodeId },
    /// Runs an op's kernel.
    Compute { state: Option<OpState> },
    /// Runs the kernel of an op that changes variables, and passes on the first one's new value if it is wanted.
    Update {
        variables: Vec<NodeId>,
        reads: bool,
        passes_on: bool,
    },
}

/// One step of a run.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) node: NodeId,
    pub(super) op: Arc<dyn Op>,
    pub(super) action: Action,
    pub(super) inputs: Vec<Slot>,
    pub(super) outputs: Vec<Slot>,
    /// What is known of the op's inputs, variables to update first, where the run has to check the rest.
    pub(super) unchecked: Option<Vec<TensorInfo>>,
    /// The slots that nobody reads after this step.
    pub(super) frees: Vec<Slot>,
}

/// How to run one set of fetches, given feeds of certain shapes.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    pub(super) slots: usize,
    /// The slot of each feed, in the order of the feeds.
    pub(super) feeds: Vec<Slot>,
    /// The slot of each fetched tensor, in the order of the fetches.
    pub(super) fetches: Vec<Slot>,
    pub(super) constants: Vec<(Slot, Value<'static>)>,
    /// The first step that changes a variable.
    pub(super) first_update: usize,
    /// Whether no step from the first update on can fail once all updates are checked, so that variables may be changed
    /// in place.
    pub(super) updates_in_place: bool,
}

/// A tensor to be fed, with the shape of its value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct FeedSpec {
    pub(super) output: Output,
    pub(super) dtype: DType,
    pub(super) shape: Vec<usize>,
}

impl Plan {
    /// Plans a run.
    ///
    /// # Errors
    /// If the graph holds a mistake that the fetches depend on, a placeholder is not fed, or the feeds' shapes do not
    /// fit somewhere.
    pub(super) fn build(
        graph: &Graph,
        targets: &[Target],
        feeds: &[FeedSpec],
        store: &Store,
    ) -> Result<Plan> {
        let failure = graph.with_nodes(|nodes| {
            let mut planner = Planner::new(nodes, feeds);
            planner.plan(targets, feeds, store)
        });
        failure.map_err(|stop| stop.into_error(graph))
    }
}

/// Why planning stopped, told with the node at fault once the graph's lock is free again.
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

/// The state of planning.
struct Planner<'g> {
    nodes: &'g [Node],
    fed: HashMap<Output, TensorInfo>,
    /// What is known of the tensors of the nodes planned so far.
    infos: HashMap<Output, TensorInfo>,
    slots: HashMap<Output, Slot>,
    slot_count: usize,
    steps: Vec<Step>,
    constants: Vec<(Slot, Value<'static>)>,
    /// For each node planned so far that runs after an update, the variables updated before it.
    updated: HashMap<NodeId, HashSet<NodeId>>,
}

impl<'g> Planner<'g> {
    fn new(nodes: &'g [Node], feeds: &[FeedSpec]) -> Self {
        let fed = feeds.iter().map(|feed| {
            (
                feed.output,
                TensorInfo::new(feed.dtype, feed.shape.as_slice()),
            )
        });
        Planner {
            nodes,
            fed: fed.collect(),
            infos: HashMap::new(),
            slots: HashMap::new(),
            slot_count: 0,
            steps: Vec::new(),
            constants: Vec::new(),
            updated: HashMap::new(),
        }
    }

    fn plan(
        &mut self,
        targets: &[Target],
        feeds: &[FeedSpec],
        store: &Store,
    ) -> Result<Plan, Stop> {
        let feed_slots: Vec<Slot> = feeds.iter().map(|feed| self.slot(feed.output)).collect();
        let needed = self.needed(targets)?;
        for node in self.order(&needed) {
            self.plan_node(node, store)?;
        }
        let mut fetches = Vec::new();
        for target in targets {
            if let Target::Output(output) = target {
                fetches.push(self.read(*output, None)?);
            }
        }
        self.free_after_last_use(&fetches);
        let is_update = |step: &Step| matches!(step.action, Action::Update { .. });
        let first_update = self
            .steps
            .iter()
            .position(is_update)
            .unwrap_or(self.steps.len());
        let updates_in_place = self.cannot_fail_from(first_update, &feed_slots);
        Ok(Plan {
            steps: std::mem::take(&mut self.steps),
            slots: self.slot_count,
            feeds: feed_slots,
            fetches,
            constants: std::mem::take(&mut self.constants),
            first_update,
            updates_in_place,
        })
    }

    /// The nodes that must be looked at: those that the targets depend on, unless what they would compute is fed.
    fn needed(&self, targets: &[Target]) -> Result<HashSet<NodeId>, Stop> {
        let mut needed = HashSet::new();
        let mut open: Vec<NodeId> = targets
            .iter()
            .filter_map(|target| match target {
                Target::Output(output) if self.fed.contains_key(output) => None,
                Target::Output(output) => Some(output.node),
                Target::Node(node) => Some(*node),
            })
            .collect();
        while let Some(id) = open.pop() {
            if !needed.insert(id) {
                continue;
            }
            let node = &self.nodes[id.index()];
            if let Some(mistake) = node.failure {
                return Err(Stop::Mistake(mistake));
            }
            let computed = node
                .inputs
                .iter()
                .filter(|input| !self.fed.contains_key(input));
            open.extend(computed.map(|input| input.node).chain(self.controls(node)));
        }
        Ok(needed)
    }

    /// The needed nodes, each after what it depends on, updates of variables as late as possible, else in the order
    /// of making.
    fn order(&self, needed: &HashSet<NodeId>) -> Vec<NodeId> {
        let mut waits: HashMap<NodeId, usize> = HashMap::new();
        let mut successors: HashMap<NodeId, Vec<NodeId>> = HashMap::new();
        for &id in needed {
            let before = self.predecessors(id);
            waits.insert(id, before.len());
            before
                .into_iter()
                .for_each(|earlier| successors.entry(earlier).or_default().push(id));
        }
        let rank = |id: NodeId| {
            let is_update = matches!(self.nodes[id.index()].op.effect(), Effect::Update { .. });
            Reverse((is_update, id))
        };
        let mut ready: BinaryHeap<_> = waits
            .iter()
            .filter(|(_, count)| **count == 0)
            .map(|(id, _)| rank(*id))
            .collect();
        let mut order = Vec::with_capacity(needed.len());
        while let Some(Reverse((_, id))) = ready.pop() {
            order.push(id);
            for &next in successors.get(&id).into_iter().flatten() {
                let count = waits.get_mut(&next).expect("every successor is needed");
                *count -= 1;
                if *count == 0 {
                    ready.push(rank(next));
                }
            }
        }
        order
    }

    /// The nodes that must run before `id`, each once.
    fn predecessors(&self, id: NodeId) -> HashSet<NodeId> {
        let node = &self.nodes[id.index()];
        let computed = node
            .inputs
            .iter()
            .filter(|input| !self.fed.contains_key(input));
        computed
            .map(|input| input.node)
            .chain(self.controls(node))
            .collect()
    }

    /// The nodes that must run before `node` without being read by it. A placeholder that is fed does not run.
    fn controls(&self, node: &Node) -> impl Iterator<Item = NodeId> {
        let is_fed = |id: NodeId| {
            let output = Output { node: id, index: 0 };
            self.fed.contains_key(&output) && self.nodes[id.index()].op.must_be_fed().is_some()
        };
        node.control_inputs
            .iter()
            .copied()
            .filter(move |id| !is_fed(*id))
    }

    fn plan_node(&mut self, id: NodeId, store: &Store) -> Result<(), Stop> {
        let node = &self.nodes[id.index()];
        if let Some(unfed) = node.op.must_be_fed() {
            return Err(Stop::At(id, unfed_error(node, &unfed)));
        }
        self.note_updates(id);
        let inputs: Vec<TensorInfo> = node.inputs.iter().map(|input| self.info(*input)).collect();
        let outputs =
            infer_with_values(node.op.as_ref(), &inputs).map_err(|error| Stop::At(id, error))?;
        let constant = !outputs.is_empty() && outputs.iter().all(|info| info.constant.is_some());
        for (index, info) in outputs.iter().enumerate() {
            let output = Output { node: id, index };
            self.infos.insert(output, info.clone());
            if let (true, Some(value)) = (constant, &info.constant) {
                let slot = self.slot(output);
                self.constants.push((slot, value.clone()));
            }
        }
        if constant {
            return Ok(());
        }
        match node.op.effect() {
            // Read where its value is wanted.
            Effect::Variable => Ok(()),
            Effect::Update {
                refs,
                reads,
                checks,
            } => self.plan_update(id, refs, reads, checks),
            Effect::Pure | Effect::Stateful if node.outputs.is_empty() && !node.op.can_fail() => {
                Ok(())
            }
            Effect::Pure | Effect::Stateful => {
                let state = store.op_state(id, node.op.as_ref());
                self.push_step(
                    id,
                    Action::Compute { state },
                    &node.inputs,
                    self.unknown_shapes(&inputs),
                )
            }
        }
    }

    /// What is known of the inputs, if that is not all of their shapes.
    fn unknown_shapes(&self, inputs: &[TensorInfo]) -> Option<Vec<TensorInfo>> {
        inputs
            .iter()
            .any(|info| !info.shape.is_known())
            .then(|| inputs.to_vec())
    }

    fn plan_update(
        &mut self,
        id: NodeId,
        refs: usize,
        reads: bool,
        checks: bool,
    ) -> Result<(), Stop> {
        let node = &self.nodes[id.index()];
        let variables: Option<Vec<NodeId>> = node.inputs[..refs]
            .iter()
            .map(|input| self.variable_behind(*input))
            .collect();
        let Some(variables) = variables else {
            let message = "the tensor to update is not a variable";
            return Err(Stop::At(id, Error::invalid_argument(message)));
        };
        let distinct: HashSet<NodeId> = variables.iter().copied().collect();
        if distinct.len() < variables.len() {
            let message = "the same variable is given twice to be updated";
            return Err(Stop::At(id, Error::invalid_argument(message)));
        }
        self.updated.entry(id).or_default().extend(&variables);
        let action = Action::Update {
            variables,
            reads,
            passes_on: false,
        };
        let infos: Vec<TensorInfo> = node.inputs.iter().map(|input| self.info(*input)).collect();
        let unchecked = if checks {
            Some(infos)
        } else {
            self.unknown_shapes(&infos)
        };
        self.push_step(id, action, &node.inputs[refs..], unchecked)
    }

    fn push_step(
        &mut self,
        id: NodeId,
        action: Action,
        inputs: &[Output],
        unchecked: Option<Vec<TensorInfo>>,
    ) -> Result<(), Stop> {
        let inputs: Vec<Slot> = inputs
            .iter()
            .map(|input| self.read(*input, Some(id)))
            .collect::<Result<_, _>>()?;
        let node = &self.nodes[id.index()];
        let outputs = (0..node.outputs.len())
            .map(|index| self.slot(Output { node: id, index }))
            .collect();
        let (op, frees) = (Arc::clone(&node.op), Vec::new());
        self.steps.push(Step {
            node: id,
            op,
            action,
            inputs,
            outputs,
            unchecked,
            frees,
        });
        Ok(())
    }

    /// The slot from which `reader` reads `output`; a variable's value is read into one first.
    fn read(&mut self, output: Output, reader: Option<NodeId>) -> Result<Slot, Stop> {
        if self.fed.contains_key(&output) {
            return Ok(self.slot(output));
        }
        let node = &self.nodes[output.node.index()];
        match node.op.effect() {
            Effect::Variable => {
                let after_update = reader
                    .and_then(|reader| self.updated.get(&reader))
                    .is_some_and(|variables| variables.contains(&output.node));
                Ok(self.read_variable(output, after_update))
            }
            Effect::Update { .. } => {
                self.pass_on(output.node);
                Ok(self.slot(output))
            }
            _ => Ok(self.slot(output)),
        }
    }

    /// A slot with the variable's value from before the run or, for a reader that waits for an update, as it is then.
    fn read_variable(&mut self, output: Output, after_update: bool) -> Slot {
        if !after_update && let Some(&slot) = self.slots.get(&output) {
            return slot;
        }
        let slot = self.new_slot();
        let step = Step {
            node: output.node,
            op: Arc::clone(&self.nodes[output.node.index()].op),
            action: Action::Read {
                variable: output.node,
            },
            inputs: Vec::new(),
            outputs: vec![slot],
            unchecked: None,
            frees: Vec::new(),
        };
        if after_update {
            self.steps.push(step);
        } else {
            // Before all updates, so that it cannot see them.
            self.slots.insert(output, slot);
            let is_update = |step: &Step| matches!(step.action, Action::Update { .. });
            let place = self
                .steps
                .iter()
                .position(is_update)
                .unwrap_or(self.steps.len());
            self.steps.insert(place, step);
        }
        slot
    }

    /// Has the update at `id` pass its variable's new value on.
    fn pass_on(&mut self, id: NodeId) {
        let step = self.steps.iter_mut().rfind(|step| step.node == id);
        if let Some(Step {
            action: Action::Update { passes_on, .. },
            ..
        }) = step
        {
            *passes_on = true;
        }
    }

    /// The variable that `output` is the memory of.
    fn variable_behind(&self, mut output: Output) -> Option<NodeId> {
        loop {
            let node = &self.nodes[output.node.index()];
            match node.op.effect() {
                Effect::Variable => return Some(output.node),
                Effect::Update { .. } if output.index == 0 => output = *node.inputs.first()?,
                _ => return None,
            }
        }
    }

    /// Notes which variables are updated before the node runs.
    fn note_updates(&mut self, id: NodeId) {
        let earlier = self.predecessors(id);
        let sets = earlier.iter().filter_map(|node| self.updated.get(node));
        let variables: HashSet<NodeId> = sets.flatten().copied().collect();
        if !variables.is_empty() {
            self.updated.insert(id, variables);
        }
    }

    fn free_after_last_use(&mut self, fetches: &[Slot]) {
        let mut in_use: HashSet<Slot> = fetches.iter().copied().collect();
        in_use.extend(self.constants.iter().map(|(slot, _)| *slot));
        for step in self.steps.iter_mut().rev() {
            for &slot in step.inputs.iter().chain(&step.outputs) {
                if in_use.insert(slot) {
                    step.frees.push(slot);
                }
            }
        }
    }

    /// Whether no step from `first_update` on can fail once all updates are checked, which is possible as far as the
    /// values that they need are computed before.
    fn cannot_fail_from(&self, first_update: usize, feeds: &[Slot]) -> bool {
        let (before, after) = self.steps.split_at(first_update);
        let mut ready: HashSet<Slot> = before
            .iter()
            .flat_map(|step| step.outputs.iter().copied())
            .collect();
        ready.extend(feeds);
        ready.extend(self.constants.iter().map(|(slot, _)| *slot));
        after.iter().all(|step| match step.action {
            Action::Read { .. } => true,
            Action::Compute { .. } => !step.op.can_fail() && step.unchecked.is_none(),
            Action::Update { .. } => {
                let checked =
                    step.unchecked.is_none() || step.inputs.iter().all(|slot| ready.contains(slot));
                !step.op.can_fail() && checked
            }
        })
    }

    fn info(&self, output: Output) -> TensorInfo {
        let known = self.fed.get(&output).or_else(|| self.infos.get(&output));
        known
            .cloned()
            .unwrap_or_else(|| self.nodes[output.node.index()].outputs[output.index].clone())
    }

    fn slot(&mut self, output: Output) -> Slot {
        if let Some(&slot) = self.slots.get(&output) {
            return slot;
        }
        let slot = self.new_slot();
        self.slots.insert(output, slot);
        slot
    }

    fn new_slot(&mut self) -> Slot {
        self.slot_count += 1;
        self.slot_count - 1
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
