//! Training: optimizers, which add the ops that change variables so as to make a loss small.
//!
//! ```
//! use tf1 as tf;
//! use tf1::train::Optimizer;
//!
//! let graph = tf::Graph::new();
//! let w = graph.variable([4.0f32, -2.0]);
//! let loss = tf::reduce_sum(tf::square(&w), ..);
//! let step = tf::train::get_or_create_global_step(&graph);
//! let options = tf::train::Minimize::new().global_step(&step);
//! let train = tf::train::GradientDescentOptimizer::new(0.25).minimize_with(&loss, options);
//!
//! let session = tf::Session::new(&graph)?;
//! session.run(graph.global_variables_initializer(), [])?;
//! for _ in 0..2 {
//!     session.run(&train, [])?;
//! }
//! let (w, steps) = session.run((&w, step.value().scalar()), [])?;
//! assert_eq!((w, steps), (ndarray::arr1(&[1.0, -0.5]).into_dyn(), 2));
//! # Ok::<(), tf::Error>(())
//! ```
//!
//! An optimizer is an [`UpdateRule`] within the frame that all have in common, [`RuleOptimizer`]; to make another, write its
//! rule.

mod adam;
mod global_step;
mod gradient_descent;
mod hyper_parameter;
mod momentum;
mod optimizer;
mod options;
mod rule;
mod rule_optimizer;
mod slots;

pub use adam::{Adam, AdamNumbers, AdamOptimizer};
pub use global_step::{create_global_step, get_global_step, get_or_create_global_step};
pub use gradient_descent::{GradientDescent, GradientDescentOptimizer};
pub use hyper_parameter::HyperParameter;
pub use momentum::{Momentum, MomentumOptimizer};
pub use optimizer::{GradientAndVariable, IntoGradient, Optimizer};
pub use options::{ApplyGradients, ComputeGradients, GateGradients, Minimize};
pub use rule::{Step, UpdateRule};
pub use rule_optimizer::RuleOptimizer;
pub use slots::Slots;

/// The ops that optimizers are made of: one step for one variable.
pub mod training_ops {
    pub use crate::ops::state::training::{
        AdamTerms, MomentumTerms, apply_adam, apply_gradient_descent, apply_momentum,
        sparse_apply_momentum,
    };
}
