//! [`Selection`]: the part of a plan that does not depend on the shapes of what is fed.

use std::ops::Range;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::graph::{Effect, Graph, Node, NodeId, Op, Output, Requirement, TensorInfo};
use crate::types::{Error, Map, Result, Set};

use super::super::super::fetch::Target;
use super::super::size::spilled_bytes;
use super::late::LateReads;
use super::order::order;

/// The nodes that a run needs, in the order in which they run, with all that the graph knows of
/// them. It is the same for all shapes that are fed, and the graph need not be looked at again.
///
/// Tensors have numbers: first those that are fed, then the nodes' outputs, node by node.
#[derive(Debug)]
pub(in crate::session::plan) struct Selection {
    pub(super) nodes: Vec<Selected>,
    /// What the graph knows of the tensors that are fed.
    fed: Vec<TensorInfo>,
    /// How many tensors have numbers.
    pub(super) tensors: usize,
    inputs: Vec<Source>,
    /// What must be asked before the nodes, each once, in their order.
    requirements: Vec<Required>,
    pub(super) fetches: Vec<Source>,
}

/// A node that a run needs.
#[derive(Debug)]
pub(super) struct Selected {
    pub(super) id: NodeId,
    /// The graph's own: a copy of what it knows of a node with many outputs would be large.
    pub(super) node: Arc<Node>,
    pub(super) role: Role,
    inputs: Range<usize>,
    requirements: Range<usize>,
    /// The numbers of its outputs.
    pub(super) outputs: Range<usize>,
}

/// Tensors whose shapes must fit each other.
#[derive(Debug)]
pub(super) struct Required {
    pub(super) check: Arc<dyn Op>,
    pub(super) tensors: SmallVec<[Source; 2]>,
}

/// What is to be done about a node.
#[derive(Debug)]
pub(super) enum Role {
    /// It cannot run, as it was to be fed: with what.
    Unfed(String),
    /// It is a variable, which is read where its value is wanted.
    Variable,
    /// It is computed.
    Compute,
    /// It only makes others wait.
    Nothing,
    /// It changes variables, which its first inputs are.
    Update {
        variables: SmallVec<[NodeId; 2]>,
        reads: bool,
        checks: bool,
        /// Whether one of the variables may have a value of any shape, whatever is said of it.
        open: bool,
    },
    /// It would change what it cannot.
    Refused(&'static str),
}

/// Where a value comes from, as the number of a tensor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source {
    pub(super) number: usize,
    /// The place among the nodes of the selection of the one that makes it; of what is fed, none.
    pub(super) node: usize,
    pub(super) read: Read,
}

/// When a value is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// Once it was computed.
    Computed,
    /// It is that of a variable before all updates.
    Early,
    /// It is that of a variable after it was updated in the same run.
    Late,
}

impl Selection {
    /// What a run of `targets` needs if `fed` are fed.
    ///
    /// # Errors
    /// If the graph holds a mistake that the targets depend on.
    pub(in crate::session::plan) fn new(
        graph: &Graph,
        targets: &[Target],
        fed: &[Output],
    ) -> Result<Selection> {
        let selected = graph.with_nodes(|nodes| {
            let needed = Needed::find(nodes, targets, fed)?;
            Ok(needed.select(targets, fed))
        });
        selected.map_err(|mistake: usize| {
            // Not before the graph's lock is free again.
            let unknown = || Error::internal("a node failed for no recorded reason");
            graph.error(mistake).unwrap_or_else(unknown)
        })
    }

    /// How many bytes it takes, about, what the graph holds anyway not counted.
    pub(in crate::session::plan) fn bytes(&self) -> usize {
        let roles = self.nodes.iter().map(|selected| selected.role.heap_bytes());
        let required = self.requirements.iter();
        let tensors = required.map(|required| spilled_bytes(&required.tensors));
        size_of::<Selection>()
            + size_of_val(&*self.nodes)
            + size_of_val(&*self.fed)
            + size_of_val(&*self.inputs)
            + size_of_val(&*self.requirements)
            + size_of_val(&*self.fetches)
            + roles.chain(tensors).sum::<usize>()
    }

    /// What the graph knows of a tensor.
    pub(super) fn made(&self, source: Source) -> &TensorInfo {
        match self.fed.get(source.number) {
            Some(fed) => fed,
            None => {
                let selected = &self.nodes[source.node];
                &selected.node.outputs[source.number - selected.outputs.start]
            }
        }
    }

    /// What must be asked before a node is computed.
    pub(super) fn requirements(&self, selected: &Selected) -> &[Required] {
        &self.requirements[selected.requirements.clone()]
    }

    /// Where a node's inputs come from.
    pub(super) fn inputs(&self, selected: &Selected) -> &[Source] {
        &self.inputs[selected.inputs.clone()]
    }
}

impl Role {
    fn heap_bytes(&self) -> usize {
        match self {
            Role::Unfed(what) => what.capacity(),
            Role::Update { variables, .. } => spilled_bytes(variables),
            Role::Variable | Role::Compute | Role::Nothing | Role::Refused(_) => 0,
        }
    }
}

/// The nodes that must be looked at, in the order of making: their places in it are their numbers.
pub(super) struct Needed<'g> {
    nodes: &'g [Arc<Node>],
    fed: Map<Output, usize>,
    pub(super) ids: Vec<NodeId>,
    /// For each node of the graph one more than its number, or 0.
    numbers: Vec<u32>,
    /// The numbers of the nodes that each must come after, one node's after the other's; some
    /// perhaps twice.
    before: Vec<u32>,
    /// Where each node's begin in `before`; one more at the end.
    begins: Vec<usize>,
}

impl<'g> Needed<'g> {
    /// Those that the targets depend on, unless what they would compute is fed; or the mistake that
    /// they depend on.
    fn find(nodes: &'g [Arc<Node>], targets: &[Target], fed: &[Output]) -> Result<Self, usize> {
        // A mistake has no outputs, so that there is nothing to be fed.
        let failure = |output: &Output| nodes[output.node.index()].failure;
        if let Some(mistake) = fed.iter().find_map(failure) {
            return Err(mistake);
        }
        let fed = fed.iter().enumerate().map(|(i, output)| (*output, i));
        let mut needed = Needed {
            nodes,
            fed: fed.collect(),
            ids: Vec::new(),
            numbers: vec![0; nodes.len()],
            before: Vec::new(),
            begins: Vec::new(),
        };
        let is_computed = |target: &&Target| {
            let output = target.output();
            output.is_none_or(|output| !needed.fed.contains_key(&output))
        };
        let computed = targets.iter().filter(is_computed);
        let mut open: Vec<NodeId> = computed.map(|target| target.node()).collect();
        while let Some(id) = open.pop() {
            if std::mem::replace(&mut needed.numbers[id.index()], 1) > 0 {
                continue;
            }
            if let Some(mistake) = nodes[id.index()].failure {
                return Err(mistake);
            }
            needed.ids.push(id);
            open.extend(needed.predecessors(id));
        }
        needed.ids.sort_unstable();
        for (number, id) in (1..).zip(&needed.ids) {
            needed.numbers[id.index()] = number;
        }
        needed.find_before();
        Ok(needed)
    }

    fn find_before(&mut self) {
        let mut before = Vec::with_capacity(self.ids.len() * 2);
        let mut begins = Vec::with_capacity(self.ids.len() + 1);
        for id in &self.ids {
            begins.push(before.len());
            let earlier = self.predecessors(*id);
            before.extend(earlier.map(|earlier| self.numbers[earlier.index()] - 1));
        }
        begins.push(before.len());
        (self.before, self.begins) = (before, begins);
    }

    /// The nodes that must run before `id`, some perhaps twice. To wait for a placeholder that is
    /// fed is to wait for nothing.
    fn predecessors(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        let node = &self.nodes[id.index()];
        let is_fed = |output: &Output| !self.fed.is_empty() && self.fed.contains_key(output);
        let read = node.inputs.iter().chain(required_tensors(node));
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

    /// The numbers of the nodes that must run before number `number`, some perhaps twice.
    pub(super) fn before(&self, number: usize) -> impl Iterator<Item = usize> {
        let stretch = self.begins[number]..self.begins[number + 1];
        self.before[stretch].iter().map(|earlier| *earlier as usize)
    }

    pub(super) fn node(&self, number: usize) -> &'g Node {
        &self.nodes[self.ids[number].index()]
    }

    pub(super) fn updates(&self, number: usize) -> bool {
        matches!(self.node(number).op.effect(), Effect::Update { .. })
    }

    /// The variables whose memory a node reads, to look at and not to change.
    pub(super) fn variables_read(&self, number: usize) -> impl Iterator<Item = NodeId> {
        let node = self.node(number);
        let refs = match node.op.effect() {
            Effect::Update { refs, .. } => refs,
            _ => 0,
        };
        let inputs = node.inputs.iter().skip(refs);
        let inputs = inputs.chain(required_tensors(node));
        let read = inputs.filter(|input| !self.fed.contains_key(input));
        read.map(|input| input.node)
            .filter(|input| self.nodes[input.index()].op.effect() == Effect::Variable)
    }

    fn select(&self, targets: &[Target], fed: &[Output]) -> Selection {
        let order = order(self);
        let roles = self.roles();
        let late = LateReads::find(self, &order, &roles);
        let mut selection = Selection {
            nodes: Vec::with_capacity(order.len()),
            fed: Vec::with_capacity(fed.len()),
            tensors: fed.len(),
            inputs: Vec::with_capacity(self.before.len()),
            requirements: Vec::new(),
            fetches: Vec::new(),
        };
        let known = |output: &Output| self.nodes[output.node.index()].outputs[output.index].clone();
        selection.fed.extend(fed.iter().map(known));
        // For each node, its place in the selection and the number of its first output.
        let mut places = vec![(0, 0); self.ids.len()];
        let mut asked = Set::default();
        let mut roles: Vec<Option<Role>> = roles.into_iter().map(Some).collect();
        for number in order {
            let id = self.ids[number];
            let node = &self.nodes[id.index()];
            let first_output = selection.tensors;
            places[number] = (selection.nodes.len(), first_output);
            selection.tensors += node.outputs.len();
            let first_input = selection.inputs.len();
            let source = |input: &Output| {
                let is_late = || late.contains(number, input.node);
                self.source(*input, &places, is_late)
            };
            selection.inputs.extend(node.inputs.iter().map(source));
            let first_requirement = selection.requirements.len();
            let unasked = requirements(node).filter(|one| asked.insert(Arc::as_ptr(one).addr()));
            selection.requirements.extend(unasked.map(|one| Required {
                check: Arc::clone(&one.check),
                tensors: one.tensors.iter().map(source).collect(),
            }));
            selection.nodes.push(Selected {
                id,
                node: Arc::clone(node),
                role: roles[number].take().unwrap_or(Role::Nothing),
                inputs: first_input..selection.inputs.len(),
                requirements: first_requirement..selection.requirements.len(),
                outputs: first_output..selection.tensors,
            });
        }
        let fetched = targets.iter().filter_map(|target| target.output());
        let sources = fetched.map(|output| self.source(output, &places, || false));
        selection.fetches = sources.collect();
        // It may be kept for long.
        selection.inputs.shrink_to_fit();
        selection.requirements.shrink_to_fit();
        selection
    }

    fn source(
        &self,
        output: Output,
        places: &[(usize, usize)],
        is_late: impl FnOnce() -> bool,
    ) -> Source {
        if let Some(feed) = self.fed.get(&output) {
            return Source {
                number: *feed,
                node: usize::MAX,
                read: Read::Computed,
            };
        }
        let needed = self.numbers[output.node.index()] as usize - 1;
        let (node, first_output) = places[needed];
        Source {
            number: first_output + output.index,
            node,
            read: match self.node(needed).op.effect() {
                Effect::Variable if is_late() => Read::Late,
                Effect::Variable => Read::Early,
                _ => Read::Computed,
            },
        }
    }

    /// What is to be done about each node.
    fn roles(&self) -> Vec<Role> {
        let mut behind = Map::default();
        let roles = (0..self.ids.len()).map(|number| self.role(number, &mut behind));
        roles.collect()
    }

    fn role(&self, number: usize, behind: &mut Map<NodeId, Option<NodeId>>) -> Role {
        let node = self.node(number);
        if let Some(what) = node.op.must_be_fed() {
            return Role::Unfed(what);
        }
        match node.op.effect() {
            Effect::Variable => Role::Variable,
            Effect::Update {
                refs,
                reads,
                checks,
            } => {
                let refs = node.inputs.iter().take(refs);
                if refs.clone().any(|input| self.fed.contains_key(input)) {
                    return Role::Refused(
                        "the variable to update is fed, and what is fed cannot be changed",
                    );
                }
                let variables: Option<SmallVec<[NodeId; 2]>> = refs
                    .map(|input| self.variable_behind(*input, behind))
                    .collect();
                match variables {
                    None => Role::Refused("the tensor to update is not a variable"),
                    Some(variables) if has_duplicate(&variables) => {
                        Role::Refused("the same variable is given twice to be updated")
                    }
                    Some(variables) => Role::Update {
                        open: variables.iter().any(|variable| self.is_open(*variable)),
                        variables,
                        reads,
                        checks,
                    },
                }
            }
            _ if node.outputs.is_empty() && !node.op.can_fail() => Role::Nothing,
            _ => Role::Compute,
        }
    }

    /// Whether the variable may have a value of any shape. What is claimed of it does not count.
    fn is_open(&self, variable: NodeId) -> bool {
        let node = &self.nodes[variable.index()];
        node.claimed || !node.outputs.iter().all(|info| info.shape.is_known())
    }

    /// The variable that `output` is the memory of; `behind` keeps what is known of the first
    /// outputs of updates.
    fn variable_behind(
        &self,
        mut output: Output,
        behind: &mut Map<NodeId, Option<NodeId>>,
    ) -> Option<NodeId> {
        let mut passed = SmallVec::<[NodeId; 4]>::new();
        let found = loop {
            let node = &self.nodes[output.node.index()];
            match node.op.effect() {
                Effect::Variable => break Some(output.node),
                Effect::Update { .. } if output.index == 0 && !node.op.passes_on_old() => {
                    if let Some(known) = behind.get(&output.node) {
                        break *known;
                    }
                    passed.push(output.node);
                    match node.inputs.first() {
                        Some(input) => output = *input,
                        None => break None,
                    }
                }
                _ => break None,
            }
        };
        behind.extend(passed.into_iter().map(|node| (node, found)));
        found
    }
}

/// What a node requires of shapes that are not known while the graph is built; many nodes share one
/// requirement.
fn requirements(node: &Node) -> impl Iterator<Item = &Arc<Requirement>> {
    let conditions = node.conditions.iter();
    conditions.flat_map(|conditions| &conditions.requirements)
}

/// The tensors whose shapes a node is made for, which need not be among those that it reads.
fn required_tensors(node: &Node) -> impl Iterator<Item = &Output> {
    requirements(node).flat_map(|requirement| &requirement.tensors)
}

fn has_duplicate(variables: &[NodeId]) -> bool {
    let mut sorted: SmallVec<[NodeId; 4]> = variables.into();
    sorted.sort_unstable();
    sorted.windows(2).any(|pair| pair[0] == pair[1])
}
