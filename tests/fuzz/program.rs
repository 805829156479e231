//! [`Program`]: a random graph with what is fed, fetched and updated.

use rand::SeedableRng;
use rand::rngs::StdRng;
use tf1 as tf;
use tf1::{AnyTensor, AnyVariable, Element, Graph, Operation, Session, Tensor};

use crate::feeds::AnyFed;
use crate::ops;
use crate::pick::{Kind, Tensors};
use crate::runs;

/// A random program.
pub struct Program {
    pub random: StdRng,
    pub graph: Graph,
    /// With the options of which a program is run with, made while the graph has no mistakes yet.
    pub sessions: Vec<(&'static str, Session)>,
    pub tensors: Tensors,
    pub feeds: Vec<Box<dyn AnyFed>>,
    pub variables: Vec<AnyVariable>,
    pub fetches: Vec<AnyTensor>,
    pub updates: Vec<Operation>,
    /// The lengths of the operand picked last.
    pub last: Vec<usize>,
    /// What was picked for the op that is being made.
    picked: Vec<String>,
    steps: Vec<String>,
}

/// What an op function gives.
pub trait Made {
    fn keep(self, program: &mut Program);
}

impl<T: Kind> Made for Tensor<T> {
    fn keep(self, program: &mut Program) {
        program.keep(self);
    }
}

impl<T: Kind> Made for Vec<Tensor<T>> {
    fn keep(self, program: &mut Program) {
        self.into_iter().for_each(|tensor| program.keep(tensor));
    }
}

impl<A: Kind, B: Kind> Made for (Tensor<A>, Tensor<B>) {
    fn keep(self, program: &mut Program) {
        program.keep(self.0);
        program.keep(self.1);
    }
}

impl<A: Kind, B: Kind, C: Kind> Made for (Tensor<A>, Tensor<B>, Tensor<C>) {
    fn keep(self, program: &mut Program) {
        program.keep(self.0);
        program.keep(self.1);
        program.keep(self.2);
    }
}

impl Program {
    pub fn new(seed: u64) -> Self {
        let graph = Graph::new();
        graph.set_random_seed(seed as i64);
        Program {
            random: StdRng::seed_from_u64(seed),
            sessions: runs::sessions(&graph, seed),
            graph,
            tensors: Tensors::default(),
            feeds: Vec::new(),
            variables: Vec::new(),
            fetches: Vec::new(),
            updates: Vec::new(),
            last: Vec::new(),
            picked: Vec::new(),
            steps: Vec::new(),
        }
    }

    pub fn build(&mut self) {
        self.make_variables();
        for _ in 0..self.below(3) + 1 {
            let x = self.new_tensor::<f32>();
            self.keep(x);
        }
        for _ in 0..self.below(9) + 1 {
            self.step();
        }
        if self.chance(0.4) {
            self.differentiate();
        }
        if self.chance(0.4) {
            self.update();
        }
        for _ in 0..self.below(3) {
            self.step();
        }
        if self.chance(0.5) {
            (0..self.below(3) + 1).for_each(|_| self.feed_any());
        }
        self.fetch();
    }

    /// Adds a random op.
    pub fn step(&mut self) {
        self.picked.clear();
        let nodes = self.graph.len();
        let name = ops::random_op(self);
        self.log(name, nodes);
    }

    /// Notes what was done, and the nodes that it made.
    pub fn log(&mut self, name: &str, nodes: usize) {
        let made = self.graph.operations();
        let made: Vec<String> = made[nodes..].iter().map(told_node).collect();
        self.steps.push(format!(
            "{name}  [{}]\n    {}",
            self.picked.join(", "),
            made.join("\n    ")
        ));
        self.picked.clear();
    }

    pub fn note(&mut self, picked: &str) {
        self.picked.push(picked.to_string());
    }

    /// Puts a tensor among those that ops are made of; mostly not one that stands for a mistake.
    pub fn keep<T: Kind>(&mut self, tensor: Tensor<T>) {
        let failed = tensor.op().outputs().is_empty();
        let is_large = tensor.shape().size().is_some_and(|size| size > 5000);
        if is_large || failed && !self.chance(0.1) {
            return;
        }
        T::tensors(self).push(tensor);
    }

    fn fetch(&mut self) {
        let mut all: Vec<AnyTensor> = Vec::new();
        fn add<T: Element>(all: &mut Vec<AnyTensor>, tensors: &[Tensor<T>]) {
            all.extend(tensors.iter().map(Tensor::any));
        }
        add(&mut all, &self.tensors.floats);
        add(&mut all, &self.tensors.doubles);
        add(&mut all, &self.tensors.ints);
        add(&mut all, &self.tensors.longs);
        add(&mut all, &self.tensors.bytes);
        add(&mut all, &self.tensors.truths);
        for _ in 0..self.below(4) + 1 {
            let number = self.below(all.len());
            self.fetches.push(all[number].clone());
        }
        if self.chance(0.1) {
            let operations = self.graph.operations();
            let outputs = operations[self.below(operations.len())].outputs();
            self.fetches.extend(outputs.first().cloned());
        }
    }

    /// Everything about the program.
    pub fn told(&self) -> String {
        let feeds: Vec<String> = self.feeds.iter().map(|fed| fed.told()).collect();
        let fetches: Vec<String> = self.fetches.iter().map(tf::AnyTensor::to_string).collect();
        let updates: Vec<String> = self.updates.iter().map(|update| update.name()).collect();
        format!(
            "{}\n{}\nfetch {}\nrun {}",
            self.steps.join("\n"),
            feeds.join("\n"),
            fetches.join(", "),
            updates.join(", ")
        )
    }
}

/// A node with its inputs and outputs.
fn told_node(operation: &Operation) -> String {
    let names = |tensors: Vec<AnyTensor>| {
        let names = tensors.iter().map(|tensor| {
            format!(
                "{} {}{}",
                tensor.name(),
                tensor.dtype(),
                tensor.shape().bracketed()
            )
        });
        names.collect::<Vec<_>>().join(", ")
    };
    let controls: Vec<String> = operation
        .control_inputs()
        .iter()
        .map(|input| input.name())
        .collect();
    let (inputs, outputs) = (names(operation.inputs()), names(operation.outputs()));
    format!(
        "{}({inputs}) ^{controls:?} -> {outputs}",
        operation.op_type()
    )
}
