//! Random programs: a few dozen ops over fed arrays and variables, which they update.

use ndarray::ArrayD;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tf1 as tf;
use tf1::train::{AdamOptimizer, GradientDescentOptimizer, MomentumOptimizer, Optimizer};
use tf1::{AnyTensor, Feed, Graph, Operation, Tensor, Variable};

use crate::fed::Fed;
use crate::steps::{Tensors, fitting, lengths};

/// A random program.
pub struct Program {
    pub graph: Graph,
    floats: [Fed<f32>; 2],
    ints: Fed<i32>,
    truths: Fed<bool>,
    /// What each run gives back.
    pub fetches: Vec<AnyTensor>,
    /// What each run does besides.
    pub updates: Vec<Operation>,
}

/// The variables of a program.
struct Variables {
    matrix: Variable<f32>,
    row: Variable<f32>,
    counts: Variable<i32>,
}

impl Program {
    /// The program number `seed`, over matrices of at most so many rows and columns.
    pub fn random(seed: u64, [most_rows, most_columns]: [usize; 2]) -> Program {
        let mut random = StdRng::seed_from_u64(seed);
        let random = &mut random;
        let graph = Graph::new();
        let rows = random.random_range(most_rows.div_ceil(20)..=most_rows);
        let columns = random.random_range(most_columns.div_ceil(20)..=most_columns);
        let shape = [rows, columns];
        let number = |random: &mut StdRng| random.random_range(-2.0f32..2.0);
        let floats =
            [shape, [columns, rows]].map(|shape| Fed::random(&graph, &mut *random, shape, number));
        let small = |random: &mut StdRng| random.random_range(-9..9);
        let ints = Fed::random(&graph, random, shape, small);
        let truths = Fed::random(&graph, random, shape, |random| random.random_bool(0.4));
        let matrix = ArrayD::from_shape_simple_fn(&shape[..], || number(random));
        let row = ArrayD::from_shape_simple_fn(&[columns][..], || number(random));
        let variables = Variables {
            matrix: graph.variable(matrix),
            row: graph.variable(row),
            counts: graph.variable(ArrayD::<i32>::ones(&shape[..])),
        };
        let mut tensors = Tensors {
            floats: floats
                .iter()
                .map(|fed| fed.placeholder.clone())
                .chain([
                    variables.matrix.value(),
                    &variables.row * graph.ones::<f32>(shape),
                ])
                .collect(),
            ints: vec![ints.placeholder.clone(), variables.counts.value()],
            longs: vec![tf::to_int64(&ints.placeholder)],
            truths: vec![truths.placeholder.clone()],
        };
        for _ in 0..random.random_range(4..24) {
            tensors.grow(random);
        }
        let updates = variables.updates(random, &mut tensors);
        let most = random.random_range(1..3);
        let mut fetches = tensors.last(most);
        fetches.extend([variables.matrix.memory().any(), variables.row.value().any()]);
        Program {
            graph,
            floats,
            ints,
            truths,
            fetches,
            updates,
        }
    }

    /// What is fed.
    pub fn feeds(&self) -> [Feed<'_>; 4] {
        let [a, b] = &self.floats;
        [a.feed(), b.feed(), self.ints.feed(), self.truths.feed()]
    }

    /// The tensors that are fed.
    pub fn fed(&self) -> [AnyTensor; 4] {
        let [a, b] = &self.floats;
        [
            a.placeholder.any(),
            b.placeholder.any(),
            self.ints.placeholder.any(),
            self.truths.placeholder.any(),
        ]
    }

    /// Puts what is fed side by side in memory.
    pub fn straighten_feeds(&mut self) {
        self.floats.iter_mut().for_each(Fed::straight);
        self.ints.straight();
        self.truths.straight();
    }

    /// Whether the shape of all that is fetched is known before a run.
    pub fn has_known_shapes(&self) -> bool {
        let known = |tensor: &AnyTensor| {
            let shape = tensor.shape();
            shape
                .dims()
                .is_some_and(|dims| dims.iter().all(Option::is_some))
        };
        self.fetches.iter().all(known)
    }
}

impl Variables {
    /// Some updates; what is read after them is among the tensors.
    fn updates(&self, random: &mut StdRng, tensors: &mut Tensors) -> Vec<Operation> {
        let mut updates = match random.random_range(0..4) {
            0 => Vec::new(),
            1 => vec![self.train(random, tensors)],
            _ => vec![self.descend(random, tensors), self.move_row(tensors)],
        };
        if random.random_bool(0.5) {
            let by = fitting(random, &tensors.ints, &self.counts.value());
            updates.push(
                self.counts
                    .assign_add(by.unwrap_or(self.counts.value() * 3))
                    .op(),
            );
        }
        if random.random_bool(0.5) && !updates.is_empty() {
            updates.extend(self.look_again(random, tensors, &updates));
        }
        updates
    }

    /// A step of one of the optimizers.
    fn train(&self, random: &mut StdRng, tensors: &Tensors) -> Operation {
        let own = tf::reduce_mean(tf::square(&self.matrix), ..)
            + tf::reduce_mean(tf::square(&self.row), ..);
        let known = tensors
            .floats
            .iter()
            .rev()
            .filter(|x| lengths(*x).is_some());
        let others: Vec<Tensor> = known
            .take(4)
            .map(|x| tf::reduce_sum(tf::sigmoid(x), ..))
            .collect();
        let loss = own + tf::add_n(&others) * 0.01;
        match random.random_range(0..4) {
            0 => GradientDescentOptimizer::new(0.1).minimize(loss),
            1 => MomentumOptimizer::new(0.1, 0.9).minimize(loss),
            2 => MomentumOptimizer::new(0.1, 0.9)
                .use_nesterov()
                .minimize(loss),
            _ => AdamOptimizer::new(0.05).minimize(loss),
        }
    }

    /// An update of the matrix by something of its shape.
    fn descend(&self, random: &mut StdRng, tensors: &Tensors) -> Operation {
        let value = self.matrix.value();
        let by = fitting(random, &tensors.floats, &value).unwrap_or_else(|| value.clone()) * 0.125;
        match random.random_range(0..3) {
            0 => self.matrix.assign_sub(by).op(),
            1 => self.matrix.assign_sub(by + value * 0.5).op(),
            _ => self.matrix.assign(tf::tanh(by)).op(),
        }
    }

    /// An update of the row by a sum over rows.
    fn move_row(&self, tensors: &Tensors) -> Operation {
        let columns = self.row.shape().dim(0);
        let sums = tensors.floats.iter().rev().filter(|x| {
            lengths(*x).is_some_and(|lengths| lengths.len() == 2 && Some(lengths[1]) == columns)
        });
        let matrix = sums.map(Tensor::clone).next();
        let matrix = matrix.unwrap_or_else(|| self.matrix.value());
        self.row.assign_add(tf::reduce_sum(matrix, 0) * 0.01).op()
    }

    /// Reads after the updates, ops of what was read, and yet another update.
    fn look_again(
        &self,
        random: &mut StdRng,
        tensors: &mut Tensors,
        updates: &[Operation],
    ) -> Option<Operation> {
        let graph = self.matrix.graph();
        let waits: Vec<&dyn tf::ControlInput> = updates.iter().map(|update| update as _).collect();
        let again = graph.control_dependencies(&waits, || {
            tensors.floats.push(self.matrix.read_value());
            tensors.ints.push(self.counts.read_value());
            let sum = self.matrix.read_value() + self.row.read_value();
            tensors.floats.push(sum * 0.5);
            let again = random.random_bool(0.5);
            again.then(|| {
                self.matrix
                    .assign_add(tf::sigmoid(self.matrix.read_value()))
            })
        });
        for _ in 0..3 {
            tensors.grow(random);
        }
        again.map(|again| again.op())
    }
}
