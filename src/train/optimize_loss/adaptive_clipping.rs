//! [`adaptive_clipping_fn`]: gradients clipped by what their norm usually is.

use super::{GlobalStep, dtype_of, no_floats};
use crate::graph::{Gradient, IndexedSlices, Tensor};
use crate::initializers::zeros;
use crate::ops::array::ones_like;
use crate::ops::math::{
    cast_to, difference, exp, global_norm_as, less, log, maximum, minimum, product, select, sqrt,
    square, truediv,
};
use crate::train::optimizer::GradientAndVariable;
use crate::types::{ElementType, Error, Float, Result, with_class};
use crate::variables::{AnyVariable, VariableOptions, VariableScope, assign_moving_average};

/// A function for [`clip_gradients_by`](super::OptimizeLoss::clip_gradients_by), as
/// `tf.contrib.layers.adaptive_clipping_fn` gives it: gradients whose norm is unusually large are
/// shortened to the norm that is usual.
///
/// ```text
/// l      = log(norm + ε)
/// mean  ← decay · mean + (1 - decay) · l
/// sq    ← decay · sq   + (1 - decay) · l²
/// σ      = √max(ε, sq - mean²)
/// factor = 1 if norm < exp(mean + std_factor · σ), or exp(mean) / norm otherwise
/// ```
///
/// The averages are the variables `AdaptiveMaxNorm/mean` and `AdaptiveMaxNorm/sq_mean`, which start
/// at 0 and move with each step.
///
/// ```
/// use tf1::contrib::layers::{self, AdaptiveClipping, OptimizeLoss};
///
/// let graph = tf1::Graph::new();
/// let w = graph.variable(4.0f32);
/// let step = tf1::train::get_or_create_global_step(&graph);
/// let clip = layers::adaptive_clipping_fn(AdaptiveClipping::new().global_step(&step));
/// let options = OptimizeLoss::new().clip_gradients_by(clip);
/// layers::optimize_loss_with(tf1::square(&w), &step, 0.1, "SGD", options);
/// # graph.check()?;
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// Source: R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent neural
/// networks", ICML 2013; J. Chorowski et al., "End-to-end continuous speech recognition using
/// attention-based recurrent NN", 2014, section 3.2.1.
///
/// # Errors
/// What the function is given must be gradients of one floating type, or it is a mistake of the
/// graph.
pub fn adaptive_clipping_fn(
    options: impl Into<AdaptiveClipping>,
) -> impl Fn(Vec<GradientAndVariable>) -> Vec<GradientAndVariable> + Send + Sync + 'static {
    let options = options.into();
    move |pairs| options.clip(pairs)
}

/// The options of [`adaptive_clipping_fn`].
#[derive(Clone, Debug)]
pub struct AdaptiveClipping {
    std_factor: f64,
    decay: f64,
    static_max_norm: Option<f64>,
    global_step: Option<AnyVariable>,
    #[cfg(feature = "summary")]
    report_summary: bool,
    epsilon: f64,
    name: Option<String>,
}

impl AdaptiveClipping {
    /// A `std_factor` of 2, a decay of 0.95 and ε = 10⁻⁸.
    pub fn new() -> Self {
        AdaptiveClipping {
            std_factor: 2.0,
            decay: 0.95,
            static_max_norm: None,
            global_step: None,
            #[cfg(feature = "summary")]
            report_summary: false,
            epsilon: 1e-8,
            name: None,
        }
    }

    /// How many standard deviations above the mean a norm is still usual.
    pub fn std_factor(mut self, factor: f64) -> Self {
        self.std_factor = factor;
        self
    }

    /// How much of the averages stays in each step.
    pub fn decay(mut self, decay: f64) -> Self {
        self.decay = decay;
        self
    }

    /// Clips to this norm in any case.
    pub fn static_max_norm(mut self, norm: f64) -> Self {
        self.static_max_norm = Some(norm);
        self
    }

    /// Lets the averages move faster at the beginning: they decay by n / (n + 1) in step n, if
    /// that is less.
    pub fn global_step(mut self, step: impl Into<GlobalStep>) -> Self {
        self.global_step = step.into().0;
        self
    }

    /// Shows in TensorBoard at which norm gradients are shortened.
    #[cfg(feature = "summary")]
    pub fn report_summary(mut self, report: bool) -> Self {
        self.report_summary = report;
        self
    }

    /// What keeps the logarithm and the standard deviation away from those of 0.
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }

    /// The name of the scope, `AdaptiveMaxNorm` and a number otherwise.
    pub fn name(mut self, name: impl AsRef<str>) -> Self {
        self.name = Some(name.as_ref().to_string());
        self
    }

    #[track_caller]
    fn clip(&self, pairs: Vec<GradientAndVariable>) -> Vec<GradientAndVariable> {
        let Some((_, variable)) = pairs.first() else {
            return pairs;
        };
        let graph = variable.graph().clone();
        let (gradients, variables): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        let clipped = graph.op_call(|| {
            let dtype = dtype_of(gradients.iter().flatten());
            with_class!(floating, dtype, T => self.clipped::<T>(&gradients), Err(no_floats(dtype)))
        });
        let gradients = clipped.unwrap_or_else(|error| {
            graph.failed::<f32>("adaptive_clipping_fn", error);
            gradients
        });
        gradients.into_iter().zip(variables).collect()
    }

    #[track_caller]
    fn clipped<T: Float>(&self, gradients: &[Option<Gradient>]) -> Result<Vec<Option<Gradient>>> {
        let norm = &global_norm_as(gradients, ElementType::<T>::new());
        let graph = norm.graph();
        let scope = match &self.name {
            Some(name) => VariableScope::new(name),
            None => VariableScope::unique("AdaptiveMaxNorm"),
        };
        let (max_norm, log_mean) = graph.variable_scope(scope, || self.max_norm(norm))?;
        #[cfg(feature = "summary")]
        if self.report_summary {
            crate::summary::scalar("global_norm/adaptive_max_gradient_norm", &max_norm);
        }
        let is_usual = less(norm, max_norm);
        let unchanged = ones_like(norm);
        let mut factor = select(is_usual, unchanged, truediv(exp(log_mean), norm));
        if let Some(limit) = self.static_max_norm {
            factor = minimum(truediv(T::from_f64(limit), norm), factor);
        }
        let shortened = |gradient: &Gradient| -> Result<Gradient> {
            Ok(match gradient {
                Gradient::Dense(tensor) => Gradient::Dense((tensor.typed::<T>()? * &factor).any()),
                Gradient::Sparse(rows) => Gradient::Sparse(IndexedSlices {
                    values: (rows.values.typed::<T>()? * &factor).any(),
                    ..rows.clone()
                }),
            })
        };
        let gradients = gradients.iter();
        gradients
            .map(|gradient| gradient.as_ref().map(shortened).transpose())
            .collect()
    }

    /// From which norm on gradients are shortened, and the mean of the norms' logarithms.
    #[track_caller]
    fn max_norm<T: Float>(&self, norm: &Tensor<T>) -> Result<(Tensor<T>, Tensor<T>)> {
        let graph = norm.graph();
        let epsilon = T::from_f64(self.epsilon);
        let log_norm = log(norm + epsilon);
        let decay = match &self.global_step {
            None => None,
            Some(step) => {
                let count = with_class!(integer, step.dtype(),
                    I => cast_to::<I, f32>(step.typed::<I>()?.value()),
                    return Err(Error::invalid_argument(format!("{step} must count steps"))));
                Some(minimum(self.decay as f32, truediv(&count, &count + 1.0)))
            }
        };
        let average = |name: &str, value: &Tensor<T>| {
            let options = VariableOptions::new().trainable(false);
            let average = graph.get_variable_with::<T>(name, value.shape(), zeros(), options);
            assign_moving_average(&average, value, || match &decay {
                None => graph.constant((1.0 - self.decay) as f32).named("decay"),
                Some(decay) => difference(1.0, decay),
            })
        };
        let mean = average("mean", &log_norm);
        let sq_mean = average("sq_mean", &square(&log_norm));
        let variance = &sq_mean - square(&mean);
        let std = sqrt(maximum(epsilon, variance));
        let max_norm = exp(&mean + product(T::from_f64(self.std_factor), std));
        Ok((max_norm, mean))
    }
}

impl Default for AdaptiveClipping {
    fn default() -> Self {
        AdaptiveClipping::new()
    }
}
