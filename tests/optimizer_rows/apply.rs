//! The ops and optimizers that the cases name.

use ndarray::{ArrayD, arr1};
use tf1 as tf;
use tf1::train::training_ops::*;
use tf1::train::{
    AdadeltaOptimizer, AdagradOptimizer, AdamOptimizer, FtrlOptimizer, GradientDescentOptimizer,
    MomentumOptimizer, Optimizer, ProximalAdagradOptimizer, ProximalGradientDescentOptimizer,
    RMSPropOptimizer,
};
use tf1::{Float, Gradient, Graph, IndexedSlices, Numeric, Operation, Tensor, Variable};

use crate::cases::Case;

/// A call of an op that takes an optimizer's step.
pub struct Call<'a> {
    case: &'a Case,
}

impl<'a> Call<'a> {
    pub fn of(case: &'a Case) -> Self {
        Call { case }
    }

    /// The rows that the op is for, if it is for some: those that the case names, or all.
    fn rows(&self, count: usize) -> Option<Vec<i64>> {
        match (self.case.is_sparse(), self.case.width) {
            (false, _) => None,
            (true, 0) => Some(self.case.rows.clone()),
            (true, _) => Some((0..count as i64).collect()),
        }
    }
}

/// Adds the op to the graph.
pub fn apply<T: Float>(
    graph: &Graph,
    call: &Call<'_>,
    variables: &[Variable<T>],
    gradient: ArrayD<T>,
) -> Operation {
    let rows = call.rows(gradient.shape()[0]);
    let gradient = graph.constant(gradient);
    let numbers: Vec<Tensor<T>> = call
        .case
        .numbers
        .iter()
        .map(|x| graph.constant(T::from_f64(*x)))
        .collect();
    let name = call.case.name.as_str();
    match rows {
        None => whole(name, call.case.use_nesterov, &numbers, variables, &gradient),
        Some(rows) => {
            let rows = graph.constant(arr1(&rows));
            sparse(
                name,
                call.case.use_nesterov,
                &numbers,
                variables,
                (&gradient, &rows),
            )
        }
    }
    .op()
}

fn whole<T: Float>(
    name: &str,
    use_nesterov: bool,
    numbers: &[Tensor<T>],
    variables: &[Variable<T>],
    gradient: &Tensor<T>,
) -> Tensor<T> {
    match (name, variables) {
        ("GradientDescent", [v]) => apply_gradient_descent(v, &numbers[0], gradient),
        ("Momentum", [v, a]) => apply_momentum(v, a, &momentum(numbers, use_nesterov), gradient),
        ("Adagrad", [v, a]) => apply_adagrad(v, a, &numbers[0], gradient),
        ("Adadelta", [v, a, b]) => apply_adadelta(v, a, b, &adadelta(numbers), gradient),
        ("RMSProp", [v, a, b]) => apply_rms_prop(v, a, b, &rms_prop(numbers), gradient),
        ("CenteredRMSProp", [v, a, b, c]) => {
            apply_centered_rms_prop(v, [a, b, c], &rms_prop(numbers), gradient)
        }
        ("Adam", [v, a, b]) => apply_adam(v, a, b, &adam(numbers), gradient),
        ("Ftrl", [v, a, b]) => apply_ftrl(v, a, b, &ftrl(numbers), gradient),
        ("FtrlV2", [v, a, b]) => apply_ftrl_v2(v, a, b, (&ftrl(numbers), &numbers[3]), gradient),
        ("ProximalGradientDescent", [v]) => {
            apply_proximal_gradient_descent(v, &proximal(numbers), gradient)
        }
        ("ProximalAdagrad", [v, a]) => apply_proximal_adagrad(v, a, &proximal(numbers), gradient),
        _ => panic!("no op {name} of {} variables", variables.len()),
    }
}

fn sparse<T: Float>(
    name: &str,
    use_nesterov: bool,
    numbers: &[Tensor<T>],
    variables: &[Variable<T>],
    (gradient, rows): (&Tensor<T>, &Tensor<i64>),
) -> Tensor<T> {
    match (name, variables) {
        ("Momentum", [v, a]) => {
            sparse_apply_momentum(v, a, &momentum(numbers, use_nesterov), gradient, rows)
        }
        ("Adagrad", [v, a]) => sparse_apply_adagrad(v, a, &numbers[0], gradient, rows),
        ("Adadelta", [v, a, b]) => {
            sparse_apply_adadelta(v, a, b, &adadelta(numbers), gradient, rows)
        }
        ("RMSProp", [v, a, b]) => {
            sparse_apply_rms_prop(v, a, b, &rms_prop(numbers), gradient, rows)
        }
        ("CenteredRMSProp", [v, a, b, c]) => {
            sparse_apply_centered_rms_prop(v, [a, b, c], &rms_prop(numbers), gradient, rows)
        }
        ("Ftrl", [v, a, b]) => sparse_apply_ftrl(v, a, b, &ftrl(numbers), gradient, rows),
        ("FtrlV2", [v, a, b]) => {
            sparse_apply_ftrl_v2(v, a, b, (&ftrl(numbers), &numbers[3]), gradient, rows)
        }
        ("ProximalGradientDescent", [v]) => {
            sparse_apply_proximal_gradient_descent(v, &proximal(numbers), gradient, rows)
        }
        ("ProximalAdagrad", [v, a]) => {
            sparse_apply_proximal_adagrad(v, a, &proximal(numbers), gradient, rows)
        }
        _ => panic!("no op {name} of rows of {} variables", variables.len()),
    }
}

fn momentum<T: Float>(numbers: &[Tensor<T>], use_nesterov: bool) -> MomentumTerms<T> {
    let [learning_rate, momentum] = [0, 1].map(|i| numbers[i].clone());
    MomentumTerms {
        learning_rate,
        momentum,
        use_nesterov,
    }
}

fn adadelta<T: Float>(numbers: &[Tensor<T>]) -> AdadeltaTerms<T> {
    let [learning_rate, rho, epsilon] = [0, 1, 2].map(|i| numbers[i].clone());
    AdadeltaTerms {
        learning_rate,
        rho,
        epsilon,
    }
}

fn rms_prop<T: Float>(numbers: &[Tensor<T>]) -> RmsPropTerms<T> {
    let [learning_rate, rho, momentum, epsilon] = [0, 1, 2, 3].map(|i| numbers[i].clone());
    RmsPropTerms {
        learning_rate,
        rho,
        momentum,
        epsilon,
    }
}

fn adam<T: Float>(numbers: &[Tensor<T>]) -> AdamTerms<T> {
    let [
        beta1_power,
        beta2_power,
        learning_rate,
        beta1,
        beta2,
        epsilon,
    ] = [0, 1, 2, 3, 4, 5].map(|i| numbers[i].clone());
    AdamTerms {
        beta1_power,
        beta2_power,
        learning_rate,
        beta1,
        beta2,
        epsilon,
    }
}

/// The numbers of FTRL; the strength of the shrinkage, if there is one, stands before the last.
fn ftrl<T: Float>(numbers: &[Tensor<T>]) -> FtrlTerms<T> {
    let [learning_rate, l1, l2, learning_rate_power] =
        [0, 1, 2, numbers.len() - 1].map(|i| numbers[i].clone());
    FtrlTerms {
        learning_rate,
        l1,
        l2,
        learning_rate_power,
    }
}

fn proximal<T: Float>(numbers: &[Tensor<T>]) -> ProximalTerms<T> {
    let [learning_rate, l1, l2] = [0, 1, 2].map(|i| numbers[i].clone());
    ProximalTerms {
        learning_rate,
        l1,
        l2,
    }
}

/// Adds the op that changes `rows` of a variable by `updates`.
pub fn scatter<T: Numeric>(
    graph: &Graph,
    name: &str,
    variable: &Variable<T>,
    rows: &[i64],
    updates: ArrayD<T>,
) -> Operation {
    let (rows, updates) = (graph.constant(arr1(rows)), graph.constant(updates));
    // The ops of slices take a vector of indices for each.
    let places = || tf::expand_dims(&rows, 1);
    match name {
        "ScatterNdAdd" => tf::scatter_nd_add(variable, places(), updates),
        "ScatterNdSub" => tf::scatter_nd_sub(variable, places(), updates),
        "ScatterNdUpdate" => tf::scatter_nd_update(variable, places(), updates),
        "ScatterMul" => tf::scatter_mul(variable, rows, updates),
        "ScatterDiv" => tf::scatter_div(variable, rows, updates),
        "ScatterMin" => tf::scatter_min(variable, rows, updates),
        "ScatterMax" => tf::scatter_max(variable, rows, updates),
        "ScatterAdd" => tf::scatter_add(variable, rows, updates),
        "ScatterSub" => tf::scatter_sub(variable, rows, updates),
        "ScatterUpdate" => tf::scatter_update(variable, rows, updates),
        _ => panic!("no op {name}"),
    }
    .op()
}

/// Adds a step of an optimizer for a gradient of which some rows are given.
pub fn minimize<T: Float>(
    graph: &Graph,
    name: &str,
    variable: &Variable<T>,
    rows: &[i64],
    gradient: ArrayD<T>,
) -> Operation {
    let gradient = Gradient::Sparse(IndexedSlices {
        values: graph.constant(gradient).any(),
        indices: graph.constant(arr1(rows)).any(),
        dense_shape: graph.constant(arr1(&[4, 2])).any(),
    });
    let pair = (Some(gradient), variable.any());
    match name {
        "GradientDescent" => GradientDescentOptimizer::new(0.5).apply_gradients([pair]),
        "Momentum" => MomentumOptimizer::new(0.5, 0.75).apply_gradients([pair]),
        "Nesterov" => MomentumOptimizer::new(0.5, 0.75)
            .use_nesterov()
            .apply_gradients([pair]),
        "Adagrad" => AdagradOptimizer::new(0.5).apply_gradients([pair]),
        "Adadelta" => AdadeltaOptimizer::new(0.5).apply_gradients([pair]),
        "RMSProp" => RMSPropOptimizer::new(0.5)
            .momentum(0.5)
            .apply_gradients([pair]),
        "CenteredRMSProp" => RMSPropOptimizer::new(0.5)
            .momentum(0.5)
            .centered()
            .apply_gradients([pair]),
        "Adam" => AdamOptimizer::new(0.5).apply_gradients([pair]),
        "Ftrl" => FtrlOptimizer::new(0.5)
            .l1_regularization_strength(0.25)
            .apply_gradients([pair]),
        "FtrlV2" => FtrlOptimizer::new(0.5)
            .l2_shrinkage_regularization_strength(0.25)
            .apply_gradients([pair]),
        "ProximalGradientDescent" => ProximalGradientDescentOptimizer::new(0.5)
            .l1_regularization_strength(0.25)
            .apply_gradients([pair]),
        "ProximalAdagrad" => ProximalAdagradOptimizer::new(0.5)
            .l1_regularization_strength(0.25)
            .apply_gradients([pair]),
        _ => panic!("no optimizer {name}"),
    }
}
