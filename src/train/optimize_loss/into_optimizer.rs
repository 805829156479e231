//! [`IntoOptimizer`]: what optimizers can be given as.

use crate::graph::Tensor;
use crate::train::{
    AdagradOptimizer, AdamOptimizer, FtrlOptimizer, GradientDescentOptimizer, MomentumOptimizer,
    Optimizer, RMSPropOptimizer,
};
use crate::types::{Error, Result};

/// What [`optimize_loss`](super::optimize_loss) takes for an optimizer: one that was made, a
/// function that makes it of the learning rate, or a name. `Kind` says which; the compiler finds
/// it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an optimizer, a function that makes one of a learning rate, or a name of one",
    label = "not an optimizer",
    note = "write `\"Adam\"`, `|rate| AdamOptimizer::new(rate)` or `AdamOptimizer::new(1e-3)`"
)]
pub trait IntoOptimizer<Kind> {
    /// The optimizer.
    type Optimizer: Optimizer;

    /// The optimizer with this learning rate.
    ///
    /// # Errors
    /// `InvalidArgument` if it needs a learning rate and there is none, or there is no optimizer
    /// of this name.
    fn into_optimizer(self, learning_rate: Option<Tensor<f32>>) -> Result<Self::Optimizer>;
}

/// An optimizer that was made.
#[derive(Clone, Copy, Debug)]
pub enum ByInstance {}

/// A function of the learning rate.
#[derive(Clone, Copy, Debug)]
pub enum ByRate {}

/// The name of an optimizer.
#[derive(Clone, Copy, Debug)]
pub enum ByName {}

impl<O: Optimizer> IntoOptimizer<ByInstance> for O {
    type Optimizer = O;

    fn into_optimizer(self, _: Option<Tensor<f32>>) -> Result<O> {
        Ok(self)
    }
}

impl<O: Optimizer, F: FnOnce(Tensor<f32>) -> O> IntoOptimizer<ByRate> for F {
    type Optimizer = O;

    fn into_optimizer(self, learning_rate: Option<Tensor<f32>>) -> Result<O> {
        Ok(self(expect_rate(learning_rate, "a function of it")?))
    }
}

impl IntoOptimizer<ByName> for &str {
    type Optimizer = Box<dyn Optimizer>;

    fn into_optimizer(self, learning_rate: Option<Tensor<f32>>) -> Result<Box<dyn Optimizer>> {
        let rate = expect_rate(learning_rate, &format!("string ({self})"))?;
        Ok(match self {
            "Adagrad" => Box::new(AdagradOptimizer::new(rate)),
            "Adam" => Box::new(AdamOptimizer::new(rate)),
            "Ftrl" => Box::new(FtrlOptimizer::new(rate)),
            "Momentum" => Box::new(MomentumOptimizer::new(rate, 0.9)),
            "RMSProp" => Box::new(RMSPropOptimizer::new(rate)),
            "SGD" => Box::new(GradientDescentOptimizer::new(rate)),
            name => {
                return Err(Error::invalid_argument(format!(
                    "Optimizer name should be one of [Adagrad, Adam, Ftrl, Momentum, RMSProp, SGD], \
                     you provided {name}."
                )));
            }
        })
    }
}

fn expect_rate(rate: Option<Tensor<f32>>, what: &str) -> Result<Tensor<f32>> {
    rate.ok_or_else(|| {
        Error::invalid_argument(format!(
            "Learning rate is None, but should be specified if optimizer is {what}."
        ))
    })
}
