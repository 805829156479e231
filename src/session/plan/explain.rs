//! What a plan does, as a text to read.

use std::fmt::Write;

use crate::graph::{Graph, NodeId};
use crate::kernels::memory::{ARENA, Operand};
use crate::types::Map;

use super::Plan;
use super::step::{GroupWork, KernelWork, Place, ReadTo, Step, Work};

impl Plan {
    /// A line for each step: the ops that run as one, what they read and where their results go.
    pub(in crate::session) fn explain(&self, graph: &Graph) -> String {
        let mut text = String::new();
        let lenders = Lenders::of(self);
        let (steps, bytes) = (self.steps.len(), self.bytes());
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{steps} steps, {bytes} bytes of memory in between");
        for (number, step) in self.steps.iter().enumerate() {
            if number == self.first_update {
                let how = if self.updates_in_place {
                    "in place"
                } else {
                    "in copies, as a later step may fail"
                };
                let _ = writeln!(text, "-- updates, {how}");
            }
            let _ = writeln!(
                text,
                "{number:4}  {}",
                self.explain_step(graph, &lenders, step)
            );
        }
        text
    }
}

impl Plan {
    /// A line for one step.
    pub(in crate::session) fn explain_step(
        &self,
        graph: &Graph,
        lenders: &Lenders,
        step: &Step,
    ) -> String {
        Line {
            lenders,
            graph,
            step,
        }
        .text()
    }
}

/// What is lent to each base of a plan, but for the constants.
pub(in crate::session) struct Lenders(Map<usize, Lent>);

/// What is lent to a base.
#[derive(Clone, Copy)]
enum Lent {
    Feed(usize),
    Result,
    Variable(NodeId),
}

impl Lenders {
    pub(in crate::session) fn of(plan: &Plan) -> Lenders {
        let mut bases = Map::default();
        for step in &plan.steps {
            let (variable, held) = match &step.work {
                Work::Read { variable, to } => (Some(variable), Some(to)),
                Work::Update {
                    variables,
                    passes_on,
                    ..
                } => (variables.first(), passes_on.as_ref()),
                Work::Group(group) => {
                    for (variable, lent) in &group.variables {
                        bases.insert(lent.base, Lent::Variable(variable.node));
                    }
                    let first = group.variables.first().map(|(variable, _)| variable);
                    (first, group.passes_on.as_ref())
                }
                Work::Kernel(_) => (None, None),
            };
            if let (Some(variable), Some(ReadTo::Hold(hold, _))) = (variable, held) {
                bases.insert(hold.base, Lent::Variable(variable.node));
            }
        }
        let results = plan
            .results
            .iter()
            .map(|result| (result.base, Lent::Result));
        bases.extend(results);
        let feeds = plan.feeds.iter().enumerate();
        bases.extend(feeds.map(|(number, base)| (*base, Lent::Feed(number))));
        Lenders(bases)
    }
}

impl Step {
    /// The nodes that the step runs as one.
    pub(in crate::session) fn nodes(&self) -> Vec<NodeId> {
        match &self.work {
            Work::Group(work) => {
                let product = work.product.as_ref().map(|product| product.node);
                product
                    .into_iter()
                    .chain(work.nodes.iter().copied())
                    .collect()
            }
            Work::Read { variable, .. } => vec![variable.node],
            Work::Kernel(_) | Work::Update { .. } => vec![self.node],
        }
    }
}

/// One step to be told.
struct Line<'p> {
    lenders: &'p Lenders,
    graph: &'p Graph,
    step: &'p Step,
}

impl Line<'_> {
    fn text(&self) -> String {
        match &self.step.work {
            Work::Read { variable, to } => {
                format!("read {}{}", self.name(variable.node), self.read_to(to))
            }
            Work::Kernel(kernel) => self.kernel(kernel),
            Work::Update {
                kernel, variables, ..
            } => {
                let variables = variables.iter().map(|variable| self.name(variable.node));
                let variables = variables.collect::<Vec<_>>().join(", ");
                format!("{} updates {variables}", self.kernel(kernel))
            }
            Work::Group(group) => self.group(group),
        }
    }

    fn name(&self, node: NodeId) -> String {
        self.graph.node_ref(node).name
    }

    fn kernel(&self, kernel: &KernelWork) -> String {
        let (name, op) = (self.name(self.step.node), kernel.op.op_type());
        let places = |places: &[Place]| {
            places
                .iter()
                .map(|place| self.place(place))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let outputs = match &kernel.outputs[..] {
            [] => String::new(),
            outputs => format!(" -> {}", places(outputs)),
        };
        format!("{name} = {op}({}){outputs}", places(&kernel.inputs))
    }

    fn group(&self, work: &GroupWork) -> String {
        let mut text = String::new();
        if let Some(product) = &work.product {
            let operands = product.operands.iter();
            let operands: Vec<String> = operands.map(|operand| self.operand(operand)).collect();
            text += &format!("{} = {}", self.name(product.node), operands.join(" x "));
            if let Some(out) = &product.out {
                return format!("{text} -> {}", self.operand(out));
            }
            text += ", each part through ";
        }
        let names: Vec<String> = work.nodes.iter().map(|node| self.name(*node)).collect();
        text += &names.join(" + ");
        let loads: Vec<String> = work
            .group
            .loads
            .iter()
            .map(|load| self.operand(&load.operand))
            .collect();
        text += &format!(" ({})", loads.join(", "));
        let stores = work
            .group
            .stores
            .iter()
            .chain(work.group.reduction.iter().map(|reduction| &reduction.out));
        let stores: Vec<String> = stores.map(|store| self.operand(store)).collect();
        if !stores.is_empty() {
            text += &format!(" -> {}", stores.join(", "));
        }
        let variables: Vec<String> = work
            .variables
            .iter()
            .map(|(variable, _)| self.name(variable.node))
            .collect();
        if !variables.is_empty() {
            text += &format!(" updates {}", variables.join(", "));
        }
        text
    }

    fn read_to(&self, to: &ReadTo) -> String {
        match to {
            ReadTo::Hold(..) => String::new(),
            ReadTo::Copy(operand) => format!(", copied to {}", self.operand(operand)),
            ReadTo::Slot(_) => ", of a shape that only the run knows".to_string(),
        }
    }

    fn place(&self, place: &Place) -> String {
        match place {
            Place::Operand(operand) => self.operand(operand),
            Place::Slot(slot) => format!("slot {slot}"),
        }
    }

    fn operand(&self, operand: &Operand) -> String {
        let shape = crate::types::Shape::from(&*operand.shape).bracketed();
        let base = operand.base;
        let whose = match self.lenders.0.get(&base) {
            _ if base == ARENA => format!("memory@{}", operand.start),
            Some(Lent::Feed(feed)) => format!("feed {feed}"),
            Some(Lent::Result) => "result".to_string(),
            Some(Lent::Variable(variable)) => self.name(*variable),
            None => "constant".to_string(),
        };
        let order = if operand.is_row_major() {
            ""
        } else {
            " strided"
        };
        format!("{}{shape} {whose}{order}", operand.dtype)
    }
}
