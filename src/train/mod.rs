//! Training: optimizers, which add the ops that change variables so as to make a loss small, and
//! schedules of the learning rate.
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
//! An optimizer is an [`UpdateRule`] within the frame that all have in common, [`RuleOptimizer`];
//! to make another, write its rule. A learning rate that falls as training goes on is a tensor, as
//! [`exponential_decay`] and its like make it.

mod adadelta;
mod adagrad;
mod adam;
mod decay;
mod ftrl;
mod global_step;
mod gradient_descent;
mod hyper_parameter;
mod momentum;
pub mod moving_averages;
pub(crate) mod optimize_loss;
mod optimizer;
mod options;
mod proximal;
mod rms_prop;
mod rule;
mod rule_optimizer;
#[cfg(feature = "checkpoint")]
pub mod saver;
mod slots;
mod update_ops;

pub use adadelta::{Adadelta, AdadeltaOptimizer};
pub use adagrad::{Adagrad, AdagradOptimizer};
pub use adam::{Adam, AdamNumbers, AdamOptimizer};
#[doc(alias = "piecewise_constant_decay")]
pub use decay::piecewise_constant;
pub use decay::{
    CosineDecay, CosineDecayRestarts, Decay, DecaySteps, LinearCosineDecay, PolynomialDecay,
    cosine_decay, cosine_decay_restarts, cosine_decay_restarts_with, cosine_decay_with,
    exponential_decay, exponential_decay_with, inverse_time_decay, inverse_time_decay_with,
    linear_cosine_decay, linear_cosine_decay_with, natural_exp_decay, natural_exp_decay_with,
    polynomial_decay, polynomial_decay_with,
};
pub use ftrl::{Ftrl, FtrlNumbers, FtrlOptimizer};
pub use global_step::{create_global_step, get_global_step, get_or_create_global_step};
pub use gradient_descent::{GradientDescent, GradientDescentOptimizer};
pub use hyper_parameter::HyperParameter;
pub use momentum::{Momentum, MomentumOptimizer};
#[doc(inline)]
pub use moving_averages::{Averaged, ExponentialMovingAverage};
pub use optimizer::{GradientAndVariable, IntoGradient, Optimizer};
pub use options::{ApplyGradients, ComputeGradients, GateGradients, Minimize};
pub use proximal::{
    ProximalAdagrad, ProximalAdagradOptimizer, ProximalGradientDescent,
    ProximalGradientDescentOptimizer,
};
pub use rms_prop::{RMSProp, RMSPropOptimizer};
pub use rule::{Step, UpdateRule};
pub use rule_optimizer::RuleOptimizer;
#[cfg(feature = "checkpoint")]
#[doc(inline)]
#[doc(alias("NewCheckpointReader", "load_checkpoint"))]
pub use saver::CheckpointReader;
#[cfg(feature = "checkpoint")]
#[doc(inline)]
pub use saver::{
    CheckpointCount, CheckpointPath, CheckpointState, CheckpointStep, Saver, checkpoint_exists,
    get_checkpoint_state, get_checkpoint_state_with, latest_checkpoint, latest_checkpoint_with,
    list_variables, load_variable, update_checkpoint_state,
};
pub use slots::Slots;

#[cfg(feature = "summary")]
#[doc(inline)]
pub use crate::summary::{SummaryIterator, summary_iterator};

/// The ops that optimizers are made of: one step for one variable.
pub mod training_ops {
    pub use crate::ops::state::training::{
        AdadeltaTerms, AdamTerms, FtrlTerms, MomentumTerms, ProximalTerms, RmsPropTerms,
        apply_adadelta, apply_adagrad, apply_adam, apply_centered_rms_prop, apply_ftrl,
        apply_ftrl_v2, apply_gradient_descent, apply_momentum, apply_proximal_adagrad,
        apply_proximal_gradient_descent, apply_rms_prop, sparse_apply_adadelta,
        sparse_apply_adagrad, sparse_apply_centered_rms_prop, sparse_apply_ftrl,
        sparse_apply_ftrl_v2, sparse_apply_momentum, sparse_apply_proximal_adagrad,
        sparse_apply_proximal_gradient_descent, sparse_apply_rms_prop,
    };
}
