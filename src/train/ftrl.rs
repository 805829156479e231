//! [`FtrlOptimizer`].

use super::hyper_parameter::HyperParameter;
use super::rule::{Step, UpdateRule};
use super::rule_optimizer::RuleOptimizer;
use super::slots::Slots;
use super::training_ops::{
    FtrlTerms, apply_ftrl, apply_ftrl_v2, sparse_apply_ftrl, sparse_apply_ftrl_v2,
};
use crate::graph::{Graph, Operation, Tensor};
use crate::ops::math::cast_to;
use crate::types::{Error, Float, Integer, Result};
use crate::variables::{Variable, Zeros};

/// FTRL-Proximal, as `tf.train.FtrlOptimizer` does it. The method is that of McMahan and others,
/// "Ad Click Prediction: a View from the Trenches" (2013).
///
/// With p = `-learning_rate_power`: `linear += gradient + 2 · l2_shrinkage · variable - ((accum +
/// gradient²)ᵖ - accumᵖ) / learning_rate · variable`, `accum += gradient²`, and `variable = (l1 ·
/// sign(linear) - linear) / (accumᵖ / learning_rate + 2 · l2)` where |linear| > l1, else 0. If a
/// gradient consists of only some rows, only these rows and their slots are changed.
///
/// The slot `accum` starts at
/// [`initial_accumulator_value`](RuleOptimizer::<Ftrl>::initial_accumulator_value), the slot
/// `linear` at 0.
///
/// ```
/// use tf1::train::{FtrlOptimizer, Optimizer};
///
/// let graph = tf1::Graph::new();
/// let v = graph.variable(0.0f32).named("v");
/// let optimizer = FtrlOptimizer::new(0.5).initial_accumulator_value(0.0).l1_regularization_strength(1.0);
/// let train = optimizer.minimize(4.0 * &v);
/// assert_eq!(optimizer.get_slot_names(), ["accum", "linear"]);
/// let session = tf1::Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// session.run(&train, [])?;
/// // (1 - 4) / (√4² / 0.5)
/// assert_eq!(session.run(v.value().scalar(), [])?, -0.375);
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// A negative strength or initial accumulator and a positive power are mistakes.
pub type FtrlOptimizer = RuleOptimizer<Ftrl>;

/// The rule of [`FtrlOptimizer`].
#[derive(Clone, Debug)]
pub struct Ftrl {
    learning_rate: HyperParameter,
    learning_rate_power: f64,
    initial_accumulator_value: f64,
    l1_regularization_strength: f64,
    l2_regularization_strength: f64,
    l2_shrinkage_regularization_strength: f64,
    accum_name: Option<String>,
    linear_name: Option<String>,
}

impl RuleOptimizer<Ftrl> {
    /// An optimizer called `Ftrl`, with `learning_rate_power` -0.5, accumulators that start at 0.1,
    /// and no regularization.
    pub fn new(learning_rate: impl Into<HyperParameter>) -> Self {
        let rule = Ftrl {
            learning_rate: learning_rate.into(),
            learning_rate_power: -0.5,
            initial_accumulator_value: 0.1,
            l1_regularization_strength: 0.0,
            l2_regularization_strength: 0.0,
            l2_shrinkage_regularization_strength: 0.0,
            accum_name: None,
            linear_name: None,
        };
        RuleOptimizer::with_rule("Ftrl", rule)
    }

    /// How the rate falls as squares of gradients add up: 0 or less, where 0 keeps it fixed.
    pub fn learning_rate_power(mut self, power: f64) -> Self {
        self.rule_mut().learning_rate_power = power;
        self
    }

    /// Where the sums of squares start, 0 or more.
    pub fn initial_accumulator_value(mut self, value: f64) -> Self {
        self.rule_mut().initial_accumulator_value = value;
        self
    }

    /// How strongly |variable| is held down, 0 or more.
    pub fn l1_regularization_strength(mut self, strength: f64) -> Self {
        self.rule_mut().l1_regularization_strength = strength;
        self
    }

    /// How strongly steps are held back in proportion to the variable, 0 or more.
    pub fn l2_regularization_strength(mut self, strength: f64) -> Self {
        self.rule_mut().l2_regularization_strength = strength;
        self
    }

    /// How strongly the variable's square is held down as a part of the loss, 0 or more.
    pub fn l2_shrinkage_regularization_strength(mut self, strength: f64) -> Self {
        self.rule_mut().l2_shrinkage_regularization_strength = strength;
        self
    }

    /// The name of the slot `accum` below the variable that is trained: `w/accum`. By default it is
    /// the optimizer's name.
    ///
    /// ```
    /// use tf1::train::{FtrlOptimizer, Optimizer};
    ///
    /// let graph = tf1::Graph::new();
    /// let w = graph.variable([1.0f32, 2.0]).named("w");
    /// FtrlOptimizer::new(0.1).accum_name("acc").linear_name("lin").minimize(tf1::reduce_sum(&w * &w, ..));
    /// let names: Vec<String> = graph.global_variables().iter().map(|variable| variable.name()).collect();
    /// assert_eq!(names, ["w:0", "w/acc:0", "w/lin:0"]);
    /// ```
    pub fn accum_name(mut self, name: &str) -> Self {
        self.rule_mut().accum_name = Some(name.to_string());
        self
    }

    /// As [`accum_name`](RuleOptimizer::<Ftrl>::accum_name), for the slot `linear`.
    pub fn linear_name(mut self, name: &str) -> Self {
        self.rule_mut().linear_name = Some(name.to_string());
        self
    }
}

/// Ftrl's numbers as tensors.
#[derive(Clone, Debug)]
pub struct FtrlNumbers {
    terms: FtrlTerms<f32>,
    l2_shrinkage: Tensor<f32>,
}

impl UpdateRule for Ftrl {
    type Terms = FtrlNumbers;

    fn check(&self) -> Result<()> {
        if self.learning_rate_power > 0.0 {
            let message = format!(
                "learning_rate_power {:.6} needs to be negative or zero",
                self.learning_rate_power
            );
            return Err(Error::invalid_argument(message));
        }
        let numbers = [
            ("initial_accumulator_value", self.initial_accumulator_value),
            (
                "l1_regularization_strength",
                self.l1_regularization_strength,
            ),
            (
                "l2_regularization_strength",
                self.l2_regularization_strength,
            ),
            (
                "l2_shrinkage_regularization_strength",
                self.l2_shrinkage_regularization_strength,
            ),
        ];
        match numbers.iter().find(|(_, number)| *number < 0.0) {
            None => Ok(()),
            Some((name, number)) => {
                let message = format!("{name} {number:.6} needs to be positive or zero");
                Err(Error::invalid_argument(message))
            }
        }
    }

    fn terms(&self, graph: &Graph) -> FtrlNumbers {
        let number = |number: f64, name| HyperParameter::from(number).tensor(graph, name);
        let learning_rate = self.learning_rate.tensor(graph, "learning_rate");
        let l1 = number(
            self.l1_regularization_strength,
            "l1_regularization_strength",
        );
        let l2 = number(
            self.l2_regularization_strength,
            "l2_regularization_strength",
        );
        let l2_shrinkage = number(
            self.l2_shrinkage_regularization_strength,
            "l2_shrinkage_regularization_strength",
        );
        let learning_rate_power = number(self.learning_rate_power, "learning_rate_power");
        FtrlNumbers {
            terms: FtrlTerms {
                learning_rate,
                l1,
                l2,
                learning_rate_power,
            },
            l2_shrinkage,
        }
    }

    fn create_slots<T: Float>(&self, slots: &mut Slots, variable: &Variable<T>) {
        let value = self.initial_accumulator_value;
        match &self.accum_name {
            Some(name) => slots.full_called(variable, "accum", name, value),
            None => slots.full(variable, "accum", value),
        }
        match &self.linear_name {
            Some(name) => slots.create_called(variable, "linear", name, Zeros),
            None => slots.zeros(variable, "linear"),
        };
    }

    fn apply_dense<T: Float>(
        &self,
        step: &Step<'_, FtrlNumbers>,
        variable: &Variable<T>,
        gradient: &Tensor<T>,
    ) -> Operation {
        let (accum, linear) = (step.slot(variable, "accum"), step.slot(variable, "linear"));
        match self.terms_of_type(step.terms()) {
            (terms, None) => apply_ftrl(variable, &accum, &linear, &terms, gradient).op(),
            (terms, Some(shrinkage)) => {
                apply_ftrl_v2(variable, &accum, &linear, (&terms, &shrinkage), gradient).op()
            }
        }
    }

    fn apply_sparse<T: Float, I: Integer>(
        &self,
        step: &Step<'_, FtrlNumbers>,
        variable: &Variable<T>,
        gradient: &Tensor<T>,
        indices: &Tensor<I>,
    ) -> Operation {
        let (accum, linear) = (step.slot(variable, "accum"), step.slot(variable, "linear"));
        match self.terms_of_type(step.terms()) {
            (terms, None) => {
                sparse_apply_ftrl(variable, &accum, &linear, &terms, gradient, indices).op()
            }
            (terms, Some(shrinkage)) => {
                let numbers = (&terms, &shrinkage);
                sparse_apply_ftrl_v2(variable, &accum, &linear, numbers, gradient, indices).op()
            }
        }
    }
}

impl Ftrl {
    /// The numbers for a variable of type `T`, and the shrinkage if there is any.
    fn terms_of_type<T: Float>(&self, numbers: &FtrlNumbers) -> (FtrlTerms<T>, Option<Tensor<T>>) {
        let FtrlNumbers {
            terms,
            l2_shrinkage,
        } = numbers;
        let learning_rate = cast_to(&terms.learning_rate);
        let (l1, l2) = (cast_to(&terms.l1), cast_to(&terms.l2));
        let shrinks = self.l2_shrinkage_regularization_strength > 0.0;
        let shrinkage = shrinks.then(|| cast_to(l2_shrinkage));
        let terms = FtrlTerms {
            learning_rate,
            l1,
            l2,
            learning_rate_power: cast_to(&terms.learning_rate_power),
        };
        (terms, shrinkage)
    }
}
