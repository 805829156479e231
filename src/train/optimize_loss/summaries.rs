//! What `optimize_loss` shows in TensorBoard. Without the feature `summary`, that is nothing.

use crate::graph::Tensor;
use crate::train::optimizer::GradientAndVariable;
use crate::types::{Float, Result};

#[cfg(feature = "summary")]
use {
    super::{dtype_of, no_floats, not_floating},
    crate::graph::Gradient,
    crate::ops::math::global_norm_as,
    crate::summary,
    crate::types::{ElementType, with_class},
};

/// What [`optimize_loss`](super::optimize_loss) can show in TensorBoard.
#[cfg(feature = "summary")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptimizerSummary {
    /// The learning rate, if it decays (`"learning_rate"`).
    LearningRate,
    /// The loss (`"loss"`).
    Loss,
    /// A histogram of each gradient (`"gradients"`).
    Gradients,
    /// The norm of each gradient, and of all (`"gradient_norm"`).
    GradientNorm,
    /// The norm of all gradients (`"global_gradient_norm"`).
    GlobalGradientNorm,
}

/// The summaries that are wanted, whose nodes this makes.
#[derive(Clone, Debug)]
pub(super) struct Summaries {
    #[cfg(feature = "summary")]
    pub(super) wanted: Vec<OptimizerSummary>,
}

impl Summaries {
    /// TensorFlow's default.
    pub(super) fn usual() -> Self {
        Summaries {
            #[cfg(feature = "summary")]
            wanted: vec![
                OptimizerSummary::Loss,
                OptimizerSummary::LearningRate,
                OptimizerSummary::GlobalGradientNorm,
            ],
        }
    }
}

#[cfg(feature = "summary")]
impl Summaries {
    fn has(&self, summary: OptimizerSummary) -> bool {
        self.wanted.contains(&summary)
    }

    #[track_caller]
    pub(super) fn learning_rate(&self, rate: &Tensor<f32>) {
        if self.has(OptimizerSummary::LearningRate) {
            summary::scalar("learning_rate", rate);
        }
    }

    #[track_caller]
    pub(super) fn loss<T: Float>(&self, loss: &Tensor<T>) {
        if self.has(OptimizerSummary::Loss) {
            summary::scalar("loss", loss);
        }
    }

    /// The norm of all gradients.
    #[track_caller]
    pub(super) fn norm(&self, name: &str, pairs: &[GradientAndVariable]) -> Result<()> {
        let is_wanted = self.has(OptimizerSummary::GlobalGradientNorm)
            || self.has(OptimizerSummary::GradientNorm);
        if is_wanted {
            let gradients = pairs.iter().filter_map(|(gradient, _)| gradient.clone());
            show_norm(
                &format!("global_norm/{name}"),
                &gradients.collect::<Vec<_>>(),
            )?;
        }
        Ok(())
    }

    /// Each gradient and its norm.
    #[track_caller]
    pub(super) fn gradients(&self, pairs: &[GradientAndVariable]) -> Result<()> {
        for (gradient, variable) in pairs {
            let Some(gradient) = gradient else { continue };
            let name = variable.name().replace(':', "_");
            if self.has(OptimizerSummary::Gradients) {
                let values = match gradient {
                    Gradient::Dense(tensor) => tensor,
                    Gradient::Sparse(rows) => &rows.values,
                };
                with_class!(floating, values.dtype(),
                    T => drop(summary::histogram(format!("gradients/{name}"), values.typed::<T>()?)),
                    return Err(not_floating(variable))
                );
            }
            if self.has(OptimizerSummary::GradientNorm) {
                let name = format!("gradient_norm/{name}");
                show_norm(&name, std::slice::from_ref(gradient))?;
            }
        }
        Ok(())
    }
}

#[cfg(feature = "summary")]
#[track_caller]
fn show_norm(name: &str, gradients: &[Gradient]) -> Result<()> {
    let dtype = dtype_of(gradients.iter());
    with_class!(floating, dtype, T => {
        summary::scalar(name, global_norm_as(gradients, ElementType::<T>::new()));
        Ok(())
    }, Err(no_floats(dtype)))
}

#[cfg(not(feature = "summary"))]
impl Summaries {
    pub(super) fn learning_rate(&self, _: &Tensor<f32>) {}

    pub(super) fn loss<T: Float>(&self, _: &Tensor<T>) {}

    pub(super) fn norm(&self, _: &str, _: &[GradientAndVariable]) -> Result<()> {
        Ok(())
    }

    pub(super) fn gradients(&self, _: &[GradientAndVariable]) -> Result<()> {
        Ok(())
    }
}
