//! What a plan does, as a text to read.

use std::fmt::Write;

use crate::graph::{Graph, NodeId};
use crate::kernels::memory::{ARENA, Operand};

use super::Plan;
use super::step::{GroupWork, KernelWork, Place, ReadTo, Step, Work};

impl Plan {
    /// A line for each step: the ops that run as one, what they read and where their results go.
    pub(in crate::session) fn explain(&self, graph: &Graph) -> String {
        let mut text = String::new();
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
            let _ = writeln!(text, "{number:4}  {}", self.explain_step(graph, step));
        }
        text
    }
}

impl Plan {
    /// A line for one step.
    pub(in crate::session) fn explain_step(&self, graph: &Graph, step: &Step) -> String {
        Line {
            plan: self,
            graph,
            step,
        }
        .text()
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
    plan: &'p Plan,
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
            text += &format!(
                "{} = {} x {}",
                self.name(product.node),
                self.operand(&product.a),
                self.operand(&product.b)
            );
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
        let whose = if base == ARENA {
            format!("memory@{}", operand.start)
        } else if let Some(feed) = self.plan.feeds.iter().position(|feed| *feed == base) {
            format!("feed {feed}")
        } else if self.plan.results.iter().any(|result| result.base == base) {
            "result".to_string()
        } else if let Some(variable) = self.variable(base) {
            variable
        } else {
            "constant".to_string()
        };
        let order = if operand.is_row_major() {
            ""
        } else {
            " strided"
        };
        format!("{}{shape} {whose}{order}", operand.dtype)
    }

    /// The name of the variable that was lent to a base.
    fn variable(&self, base: usize) -> Option<String> {
        self.plan.steps.iter().find_map(|step| match &step.work {
            Work::Read {
                variable,
                to: ReadTo::Hold(hold, _),
            } if hold.base == base => Some(self.name(variable.node)),
            Work::Update {
                variables,
                passes_on: Some(ReadTo::Hold(hold, _)),
                ..
            } if hold.base == base => Some(self.name(variables[0].node)),
            Work::Group(group) => {
                let lent = group.variables.iter().find(|(_, lent)| lent.base == base);
                lent.map(|(variable, _)| self.name(variable.node))
            }
            _ => None,
        })
    }
}
