//! [`Program`]: a random graph with what is fed, fetched and updated.

use std::collections::BTreeSet;

use rand::SeedableRng;
use rand::rngs::StdRng;
use tf1 as tf;
use tf1::{AnyTensor, AnyVariable, Graph, Operation, Plain, Session, SessionOptions, Tensor};

use crate::feeds::AnyFed;
use crate::ops;
use crate::pick::{Kind, Tensors};
use crate::shrink::Cut;

/// A random program.
pub struct Program {
    pub seed: u64,
    /// Of the part that is being built.
    pub random: StdRng,
    pub graph: Graph,
    /// In which a program is run, made while the graph has no mistakes yet.
    pub sessions: Vec<(&'static str, Session)>,
    pub tensors: Tensors,
    pub feeds: Vec<Box<dyn AnyFed>>,
    /// Other values for the same tensors.
    pub other_feeds: Vec<Box<dyn AnyFed>>,
    pub variables: Vec<AnyVariable>,
    pub fetches: Vec<AnyTensor>,
    pub updates: Vec<Operation>,
    /// The lengths of the operand picked last.
    pub last: Vec<usize>,
    /// What was picked for the op that is being made.
    picked: Vec<String>,
    steps: Vec<String>,
    /// How many parts were built or left out.
    pub parts: usize,
    cut: Cut,
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
    /// An empty program with sessions of these options, from which something is to be left out.
    pub fn new(seed: u64, options: Vec<(&'static str, SessionOptions)>, cut: &Cut) -> Self {
        let graph = Graph::new();
        graph.set_random_seed(seed as i64);
        let session = |(name, options)| {
            let session = Session::with_options(&graph, options);
            (name, session.expect("the graph is empty"))
        };
        Program {
            seed,
            random: StdRng::seed_from_u64(seed),
            sessions: options.into_iter().map(session).collect(),
            graph,
            tensors: Tensors::default(),
            feeds: Vec::new(),
            other_feeds: Vec::new(),
            variables: Vec::new(),
            fetches: Vec::new(),
            updates: Vec::new(),
            last: Vec::new(),
            picked: Vec::new(),
            steps: Vec::new(),
            parts: 0,
            cut: cut.clone(),
        }
    }

    pub fn build(&mut self) {
        for _ in 0..self.below(3) {
            self.part(Program::make_variable);
        }
        if self.chance(0.3) {
            self.part(Program::make_integers);
        }
        for _ in 0..self.below(3) + 1 {
            self.part(|program| {
                let x = program.new_tensor::<f32>();
                program.keep(x);
            });
        }
        self.steps(9, 1);
        if self.chance(0.4) {
            for _ in 0..self.below(2) + 1 {
                self.part(Program::differentiate);
            }
        }
        if self.chance(0.4) {
            for _ in 0..self.below(2) + 1 {
                self.part(Program::update);
            }
        }
        self.steps(3, 0);
        if self.chance(0.5) {
            for _ in 0..self.below(3) + 1 {
                self.part(Program::feed_any);
            }
        }
        for _ in 0..self.below(4) + 1 {
            self.part(Program::fetch);
        }
        if self.chance(0.1) {
            self.part(Program::fetch_any);
        }
        let cut = self.cut.clone();
        leave_out(&mut self.feeds, &cut.feeds);
        self.other_feeds = self.feeds.iter().map(|feed| feed.other()).collect();
    }

    /// Up to so many ops, at least `least`.
    fn steps(&mut self, most: usize, least: usize) {
        for _ in 0..self.below(most) + least {
            self.part(Program::step);
        }
    }

    /// Builds a part, unless it is to be left out. Each has random numbers of its own, so that it
    /// stays what it is without the others.
    fn part(&mut self, build: impl FnOnce(&mut Program)) {
        let number = self.parts;
        self.parts += 1;
        if self.cut.parts.contains(&number) {
            return;
        }
        let seed = self.seed.wrapping_mul(1 << 16).wrapping_add(number as u64);
        let outside = std::mem::replace(&mut self.random, StdRng::seed_from_u64(!seed));
        build(self);
        self.random = outside;
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
        fn add<T: Plain>(all: &mut Vec<AnyTensor>, tensors: &[Tensor<T>]) {
            all.extend(tensors.iter().map(Tensor::any));
        }
        add(&mut all, &self.tensors.floats);
        add(&mut all, &self.tensors.doubles);
        add(&mut all, &self.tensors.ints);
        add(&mut all, &self.tensors.longs);
        add(&mut all, &self.tensors.bytes);
        add(&mut all, &self.tensors.truths);
        if !all.is_empty() {
            let number = self.below(all.len());
            self.fetches.push(all[number].clone());
        }
    }

    /// Fetches what any node computes.
    fn fetch_any(&mut self) {
        let operations = self.graph.operations();
        if !operations.is_empty() {
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

/// Removes what stands at these places.
fn leave_out<T>(list: &mut Vec<T>, places: &BTreeSet<usize>) {
    let mut place = 0..;
    list.retain(|_| !places.contains(&place.next().expect("it has no end")));
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
