//! `ApplyAdam`.

use super::update::{Apply, Rule, apply, expect_attribute};
use crate::graph::{NodeSpec, Tensor};
use crate::kernels::optimizers::{Rows, Step, change_three};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::state::Assignable;
use crate::types::{Float, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    opaque "ApplyAdam(var: Ref(T), m: Ref(T), v: Ref(T), beta1_power: T, beta2_power: T, \
     lr: T, beta1: T, beta2: T, epsilon: T, grad: T) -> (out: Ref(T)); \
     use_locking: bool = false; use_nesterov: bool = false; \
        T in number",
    T: floating, |node| node.op::<Apply<T, Adam, 3, 6>>()?
)];

/// The numbers of [`apply_adam`], all scalars.
#[derive(Clone, Debug)]
pub struct AdamTerms<T: Float> {
    /// `beta1` to the power of the number of this step.
    pub beta1_power: Tensor<T>,
    /// `beta2` to the power of the number of this step.
    pub beta2_power: Tensor<T>,
    /// How far to go.
    pub learning_rate: Tensor<T>,
    /// How slowly the mean of the gradients fades.
    pub beta1: Tensor<T>,
    /// How slowly the mean of their squares fades.
    pub beta2: Tensor<T>,
    /// Added to the root of the mean square, against division by zero.
    pub epsilon: Tensor<T>,
}

/// A step of Adam, as TensorFlow's op `ApplyAdam` makes it. The result is the variable's new value.
///
/// With α = `learning_rate · √(1 - beta2_power) / (1 - beta1_power)`: `m += (gradient - m) · (1 -
/// beta1)`, `v += (gradient² - v) · (1 - beta2)`, `variable -= α · m / (√v + epsilon)`.
///
/// # Errors
/// As [`apply_gradient_descent`](super::apply_gradient_descent).
#[track_caller]
pub fn apply_adam<T: Float>(
    variable: impl Assignable<T>,
    m: impl Assignable<T>,
    v: impl Assignable<T>,
    terms: &AdamTerms<T>,
    gradient: &Tensor<T>,
) -> Tensor<T> {
    let variables = [variable.reference(), m.reference(), v.reference()];
    let numbers = [
        &terms.beta1_power,
        &terms.beta2_power,
        &terms.learning_rate,
        &terms.beta1,
        &terms.beta2,
        &terms.epsilon,
    ];
    apply("ApplyAdam", Adam, variables, numbers, gradient)
}

#[derive(Debug)]
struct Adam;

impl<T: Float> Rule<T, 3, 6> for Adam {
    type Step = AdamStep<T>;

    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        expect_attribute(node, "use_nesterov", false)?;
        Ok(Adam)
    }

    fn step(&self, numbers: [T; 6]) -> AdamStep<T> {
        let [
            beta1_power,
            beta2_power,
            learning_rate,
            beta1,
            beta2,
            epsilon,
        ] = numbers;
        AdamStep {
            learning_rate,
            beta1,
            beta2,
            epsilon,
            beta1_power,
            beta2_power,
        }
    }
}

/// The numbers of a step of Adam.
#[derive(Clone, Copy, Debug)]
struct AdamStep<T> {
    learning_rate: T,
    beta1: T,
    beta2: T,
    epsilon: T,
    /// `beta1` to the power of the number of this step.
    beta1_power: T,
    /// `beta2` to the power of the number of this step.
    beta2_power: T,
}

/// What [`AdamStep`] makes of its numbers for all elements alike.
#[derive(Clone, Copy)]
struct AdamFactors<T> {
    /// α = `learning_rate · √(1 - beta2_power) / (1 - beta1_power)`
    alpha: T,
    /// 1 - `beta1`
    rest1: T,
    /// 1 - `beta2`
    rest2: T,
    epsilon: T,
}

impl<T: Float> AdamStep<T> {
    fn factors(self) -> AdamFactors<T> {
        let root = (T::ONE - self.beta2_power).sqrt();
        AdamFactors {
            alpha: self.learning_rate * root / (T::ONE - self.beta1_power),
            rest1: T::ONE - self.beta1,
            rest2: T::ONE - self.beta2,
            epsilon: self.epsilon,
        }
    }
}

impl<T: Float> AdamFactors<T> {
    /// The variable and its moments after the step.
    #[inline(always)]
    fn after(self, variable: T, m: T, v: T, gradient: T) -> (T, T, T) {
        let m = m + (gradient - m) * self.rest1;
        let v = v + (gradient * gradient - v) * self.rest2;
        let variable = variable - (m * self.alpha) / (v.sqrt() + self.epsilon);
        (variable, m, v)
    }
}

impl<T: Float> Step<T, 3> for AdamStep<T> {
    /// With α = `learning_rate · √(1 - beta2_power) / (1 - beta1_power)`: `m += (gradient - m) ·
    /// (1 - beta1)`, `v += (gradient² - v) · (1 - beta2)`, `variable -= α · m / (√v + epsilon)`.
    fn change(self, [variable, m, v]: [&mut [T]; 3], gradient: &[T], rows: Rows<'_>) {
        let factors = self.factors();
        change_three(
            variable,
            [m, v],
            gradient,
            rows,
            #[inline(always)]
            |x, m, v, g| factors.after(x, m, v, g),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::optimizers::take;
    use ndarray::{Array, ArrayD, IxDyn, s};

    /// The strided walk makes the same bits as the contiguous one.
    #[test]
    fn strides_do_not_matter() {
        let numbers = |seed: f32| {
            Array::from_shape_fn(IxDyn(&[4, 6]), |i| seed + (i[0] * 6 + i[1]) as f32 / 7.0)
        };
        let step = AdamStep {
            learning_rate: 0.1,
            beta1: 0.9,
            beta2: 0.99,
            epsilon: 1e-8,
            beta1_power: 0.9,
            beta2_power: 0.99,
        };
        let run = |variable: ArrayD<f32>| {
            let (mut variable, mut m, mut v) = (variable, numbers(0.5), numbers(0.25));
            let arrays = [variable.view_mut(), m.view_mut(), v.view_mut()];
            take(step, arrays, numbers(-1.0).view());
            (variable, m, v)
        };
        let contiguous = numbers(2.0);
        let mut wide = ArrayD::zeros(IxDyn(&[6, 8]));
        let mut strided = wide.slice_mut(s![..;-1, ..;2]).reversed_axes().into_dyn();
        strided.assign(&contiguous);
        let (mut m, mut v) = (numbers(0.5), numbers(0.25));
        let arrays = [strided.view_mut(), m.view_mut(), v.view_mut()];
        take(step, arrays, numbers(-1.0).view());
        assert_eq!((strided.to_owned(), m, v), run(contiguous.clone()));

        let (mut variable, mut m, mut v) = (contiguous.clone(), numbers(0.5), numbers(0.25));
        let columns = numbers(-1.0)
            .reversed_axes()
            .as_standard_layout()
            .into_owned();
        let arrays = [variable.view_mut(), m.view_mut(), v.view_mut()];
        take(step, arrays, columns.t());
        assert_eq!((variable, m, v), run(contiguous));
    }
}
