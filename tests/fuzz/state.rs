//! Variables, their updates, and gradients.

use rand::Rng;
use tf1 as tf;
use tf1::train::{self, Optimizer};
use tf1::{Gradients, Operation, Tensor, Variable};

use crate::pick::Kind;
use crate::program::Program;

impl Program {
    pub fn make_variable(&mut self) {
        let (rank, nodes) = (self.below(3), self.graph.len());
        let shape = self.lengths(rank);
        let initial = self.array::<f32>(&shape);
        let variable: Variable = self.graph.variable(initial);
        self.tensors.floats.push(variable.value());
        self.variables.push(variable.any());
        self.log("variable", nodes);
    }

    pub fn make_integers(&mut self) {
        let initial = self.array::<i32>(&[3]);
        let variable: Variable<i32> = self.graph.variable(initial);
        self.tensors.ints.push(variable.value());
    }

    /// A variable of floats, as a typed handle.
    fn variable(&mut self) -> Option<Variable> {
        let number = (!self.variables.is_empty()).then(|| self.below(self.variables.len()))?;
        self.variables[number].typed().ok()
    }

    /// Gradients of something, perhaps weighted, and gradients of these.
    pub fn differentiate(&mut self) {
        match self.below(8) {
            0 => self.differentiate_once::<f64>(),
            1 => self.differentiate_once::<i32>(),
            2 => self.differentiate_once::<i64>(),
            _ => self.differentiate_once::<f32>(),
        }
    }

    fn differentiate_once<T: Kind + tf::Numeric>(&mut self) {
        let nodes = self.graph.len();
        let y = self.x::<T>();
        let xs: Vec<Tensor<T>> = (0..self.below(3) + 1).map(|_| self.x()).collect();
        let mut options = Gradients::new();
        if self.chance(0.4) {
            let shape = crate::pick::guessed(&y.shape());
            let weights: Tensor<T> = self.shaped(&shape);
            options = options.grad_ys([weights]);
        }
        if self.chance(0.3) {
            options = options.unconnected_zero();
        }
        let found = tf::gradients_with(&y, &xs, options);
        for gradient in found.into_iter().flatten() {
            let dense: Tensor<T> = gradient.dense();
            self.keep(dense);
        }
        self.log("gradients", nodes);
    }

    /// An update of a variable, perhaps after the others.
    pub fn update(&mut self) {
        let nodes = self.graph.len();
        let Some(variable) = self.variable() else {
            return;
        };
        let graph = self.graph.clone();
        let before: Vec<Operation> = self.updates.clone();
        let update = match self.chance(0.4) {
            true => graph.control_dependencies(&before, || self.one_update(&variable)),
            false => self.one_update(&variable),
        };
        if self.chance(0.4) {
            let read = graph.control_dependencies([&update], || variable.read_value());
            self.keep(read);
        }
        self.updates.push(update);
        self.log("update", nodes);
    }

    fn one_update(&mut self, variable: &Variable) -> Operation {
        let shape = crate::pick::guessed(&variable.shape());
        self.last = shape.clone();
        let rows = shape.first().copied().unwrap_or(1);
        match self.below(8) {
            0 => variable.assign(self.shaped::<f32>(&shape)).op(),
            1 => variable.assign_add(self.shaped::<f32>(&shape)).op(),
            2 => variable.assign_sub(self.shaped::<f32>(&shape) * 0.5).op(),
            3 | 4 if !shape.is_empty() => {
                let mut updates = shape.clone();
                updates[0] = 2;
                let (indices, values) = (
                    self.indices::<i32>(&[2], rows),
                    self.shaped::<f32>(&updates),
                );
                match self.below(3) {
                    0 => tf::scatter_add(variable, indices, values).op(),
                    1 => tf::scatter_sub(variable, indices, values).op(),
                    _ => tf::scatter_update(variable, indices, values).op(),
                }
            }
            _ => self.train(variable),
        }
    }

    fn train(&mut self, variable: &Variable) -> Operation {
        let own = tf::reduce_sum(tf::square(variable), ..);
        let loss = match self.below(4) {
            0 => own + tf::reduce_mean(self.x::<f32>() * variable, ..),
            1 => own + tf::reduce_sum(tf::gather(variable, self.vector::<i32>(&[0, 0])), ..),
            2 => tf::reduce_sum(self.x::<f32>(), ..) * own,
            _ => own,
        };
        let optimizers: [fn() -> Box<dyn Optimizer>; 10] = [
            || Box::new(train::GradientDescentOptimizer::new(0.1)),
            || Box::new(train::MomentumOptimizer::new(0.1, 0.9)),
            || Box::new(train::MomentumOptimizer::new(0.1, 0.9).use_nesterov()),
            || Box::new(train::AdamOptimizer::new(0.1)),
            || Box::new(train::AdagradOptimizer::new(0.1)),
            || Box::new(train::AdadeltaOptimizer::new(1.0)),
            || Box::new(train::RMSPropOptimizer::new(0.01).centered()),
            || Box::new(train::FtrlOptimizer::new(0.1)),
            || Box::new(train::ProximalGradientDescentOptimizer::new(0.1)),
            || Box::new(train::ProximalAdagradOptimizer::new(0.1)),
        ];
        let optimizer = optimizers[self.random.random_range(0..optimizers.len())]();
        optimizer.minimize(loss)
    }

    /// A vector with one axis of the last operand.
    pub fn vector_of_axis(&mut self) -> Tensor<i32> {
        let axis = self.axis() as i64;
        self.vector(&[axis])
    }
}
