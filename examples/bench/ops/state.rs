//! What changes variables: the first operand.

use tf1 as tf;
use tf1::train::{self, Optimizer};
use tf1::{IndexedSlices, Operation};

use super::builder::builders;
use super::operands::Operands;

builders! {
    "assign" [f32 i32] |x| tf::assign(x.variable::<T>(0), x.get::<T>(1)).op();
    "assign_add" [f32 f64 i64] |x| tf::assign_add(x.variable::<T>(0), x.get::<T>(1)).op();
    "assign_sub" [f32] |x| tf::assign_sub(x.variable::<T>(0), x.get::<T>(1)).op();
    "count_up_to" [i64] |x| tf::count_up_to(x.variable::<T>(0), x.integer("limit")).op();
    "scatter_update" [f32] |x| tf::scatter_update(x.variable::<T>(0), x.get::<i32>(1), x.get::<T>(2)).op();
    "scatter_add" [f32 f64 i32] |x| tf::scatter_add(x.variable::<T>(0), x.get::<i32>(1), x.get::<T>(2)).op();
    "scatter_sub" [f32] |x| tf::scatter_sub(x.variable::<T>(0), x.get::<i32>(1), x.get::<T>(2)).op();
    "scatter_mul" [f32] |x| tf::scatter_mul(x.variable::<T>(0), x.get::<i32>(1), x.get::<T>(2)).op();
    "scatter_div" [f32] |x| tf::scatter_div(x.variable::<T>(0), x.get::<i32>(1), x.get::<T>(2)).op();
    "scatter_min" [f32] |x| tf::scatter_min(x.variable::<T>(0), x.get::<i32>(1), x.get::<T>(2)).op();
    "scatter_max" [f32] |x| tf::scatter_max(x.variable::<T>(0), x.get::<i32>(1), x.get::<T>(2)).op();
    "scatter_nd_update" [f32] |x| tf::scatter_nd_update(x.variable::<T>(0), x.get::<i32>(1), x.get::<T>(2)).op();
    "scatter_nd_add" [f32] |x| tf::scatter_nd_add(x.variable::<T>(0), x.get::<i32>(1), x.get::<T>(2)).op();
    "scatter_nd_sub" [f32] |x| tf::scatter_nd_sub(x.variable::<T>(0), x.get::<i32>(1), x.get::<T>(2)).op();
    "GradientDescent" [f32 f64] |x| apply(x, &train::GradientDescentOptimizer::new(0.01));
    "Momentum" [f32] |x| apply(x, &train::MomentumOptimizer::new(0.01, 0.9));
    "Nesterov" [f32] |x| apply(x, &train::MomentumOptimizer::new(0.01, 0.9).use_nesterov());
    "Adam" [f32] |x| apply(x, &train::AdamOptimizer::new(0.01));
    "Adagrad" [f32] |x| apply(x, &train::AdagradOptimizer::new(0.01));
    "Adadelta" [f32] |x| apply(x, &train::AdadeltaOptimizer::new(0.01));
    "RMSProp" [f32] |x| apply(x, &train::RMSPropOptimizer::new(0.01).momentum(0.9));
    "CenteredRMSProp" [f32] |x| apply(x, &train::RMSPropOptimizer::new(0.01).momentum(0.9).centered());
    "Ftrl" [f32] |x| apply(x, &train::FtrlOptimizer::new(0.01).l1_regularization_strength(0.001));
    "FtrlShrunk" [f32] |x| {
        apply(x, &train::FtrlOptimizer::new(0.01).l2_shrinkage_regularization_strength(0.001))
    };
    "ProximalGradientDescent" [f32] |x| {
        apply(x, &train::ProximalGradientDescentOptimizer::new(0.01).l1_regularization_strength(0.001))
    };
    "ProximalAdagrad" [f32] |x| {
        apply(x, &train::ProximalAdagradOptimizer::new(0.01).l1_regularization_strength(0.001))
    };
}

/// A step by the gradient that is operand 1, or its rows if operand 2 tells which.
fn apply(x: &Operands<'_>, optimizer: &dyn Optimizer) -> Operation {
    let variable = x.variables()[0].clone();
    let gradient = x.variables()[1].value().clone();
    let gradient = match x.variables().get(2) {
        None => tf::Gradient::Dense(gradient),
        Some(indices) => {
            let lengths = variable.shape().to_known().unwrap_or_default();
            let lengths: Vec<i32> = lengths.iter().map(|n| *n as i32).collect();
            tf::Gradient::Sparse(IndexedSlices {
                values: gradient,
                indices: indices.value().clone(),
                dense_shape: x.graph.constant(lengths).any(),
            })
        }
    };
    Optimizer::apply_gradients(&optimizer, [(gradient, variable)])
}
