//! `ApplyProximalGradientDescent`, `ApplyProximalAdagrad` and their sparse forms.

use super::adagrad::accumulated;
use super::update::{Apply, Rule, SparseApply, apply, sparse_apply};
use crate::graph::{NodeSpec, Tensor};
use crate::kernels::optimizers::{Rows, Step, change_one, change_two};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::state::Assignable;
use crate::types::{Float, Integer, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(
        opaque "ApplyProximalGradientDescent(var: Ref(T), alpha: T, l1: T, l2: T, delta: T) -> \
         (out: Ref(T)); use_locking: bool = false; \
            T in number",
        T: native_float, |node| node.op::<Apply<T, Proximal, 1, 3>>()?
    ),
    op!(
        opaque "SparseApplyProximalGradientDescent(var: Ref(T), alpha: T, l1: T, l2: T, grad: T, \
         indices: Tindices) -> (out: Ref(T)); use_locking: bool = false; \
            T in number; \
            Tindices in index",
        T: native_float, |node| node.op::<SparseApply<T, Proximal, 1, 3>>()?
    ),
    op!(
        opaque "ApplyProximalAdagrad(var: Ref(T), accum: Ref(T), lr: T, l1: T, l2: T, \
         grad: T) -> (out: Ref(T)); use_locking: bool = false; \
            T in number",
        T: native_float, |node| node.op::<Apply<T, ProximalAdagrad, 2, 3>>()?
    ),
    op!(
        opaque "SparseApplyProximalAdagrad(var: Ref(T), accum: Ref(T), lr: T, l1: T, l2: T, \
         grad: T, indices: Tindices) -> (out: Ref(T)); use_locking: bool = false; \
            T in number; \
            Tindices in index",
        T: native_float, |node| node.op::<SparseApply<T, ProximalAdagrad, 2, 3>>()?
    ),
];

/// The numbers of [`apply_proximal_gradient_descent`] and its like, all scalars.
#[derive(Clone, Debug)]
pub struct ProximalTerms<T: Float> {
    /// How far to go.
    pub learning_rate: Tensor<T>,
    /// How strongly |variable| is held down.
    pub l1: Tensor<T>,
    /// How strongly the variable is shrunk in proportion.
    pub l2: Tensor<T>,
}

/// A step of gradient descent after which the variable is pulled toward 0, as TensorFlow's op
/// `ApplyProximalGradientDescent` makes it. The result is the variable's new value.
///
/// With `x = variable - learning_rate · gradient`:
/// `variable = sign(x) · max(|x| - learning_rate · l1, 0) / (1 + learning_rate · l2)`.
///
/// # Errors
/// As [`apply_gradient_descent`](super::apply_gradient_descent).
#[track_caller]
pub fn apply_proximal_gradient_descent<T: Float>(
    variable: impl Assignable<T>,
    terms: &ProximalTerms<T>,
    gradient: &Tensor<T>,
) -> Tensor<T> {
    let (op, variables) = ("ApplyProximalGradientDescent", [variable.reference()]);
    apply(op, Proximal, variables, terms.numbers(), gradient)
}

/// As [`apply_proximal_gradient_descent`] for some rows of the variable, as TensorFlow's op
/// `SparseApplyProximalGradientDescent` makes it: row `i` of `gradient` is that with respect to row
/// `indices[i]`.
///
/// # Errors
/// As [`apply_proximal_gradient_descent`]; and `InvalidArgument` if an index is out of range, then
/// no row is changed.
#[track_caller]
pub fn sparse_apply_proximal_gradient_descent<T: Float, I: Integer>(
    variable: impl Assignable<T>,
    terms: &ProximalTerms<T>,
    gradient: &Tensor<T>,
    indices: &Tensor<I>,
) -> Tensor<T> {
    let (op, variables) = ("SparseApplyProximalGradientDescent", [variable.reference()]);
    let rows = (gradient, indices);
    sparse_apply(op, Proximal, variables, terms.numbers(), rows)
}

/// A step of Adagrad after which the variable is pulled toward 0, as TensorFlow's op
/// `ApplyProximalAdagrad` makes it. The result is the variable's new value.
///
/// `accumulator += gradient²`, then as [`apply_proximal_gradient_descent`] with the rate
/// `learning_rate / √accumulator`.
///
/// # Errors
/// As [`apply_gradient_descent`](super::apply_gradient_descent).
#[track_caller]
pub fn apply_proximal_adagrad<T: Float>(
    variable: impl Assignable<T>,
    accumulator: impl Assignable<T>,
    terms: &ProximalTerms<T>,
    gradient: &Tensor<T>,
) -> Tensor<T> {
    let variables = [variable.reference(), accumulator.reference()];
    let (op, numbers) = ("ApplyProximalAdagrad", terms.numbers());
    apply(op, ProximalAdagrad, variables, numbers, gradient)
}

/// As [`apply_proximal_adagrad`] for some rows of the variable, as TensorFlow's op
/// `SparseApplyProximalAdagrad` makes it: row `i` of `gradient` is that with respect to row
/// `indices[i]`.
///
/// # Errors
/// As [`apply_proximal_adagrad`]; and `InvalidArgument` if an index is out of range, then no row is
/// changed.
#[track_caller]
pub fn sparse_apply_proximal_adagrad<T: Float, I: Integer>(
    variable: impl Assignable<T>,
    accumulator: impl Assignable<T>,
    terms: &ProximalTerms<T>,
    gradient: &Tensor<T>,
    indices: &Tensor<I>,
) -> Tensor<T> {
    let variables = [variable.reference(), accumulator.reference()];
    let (op, rows) = ("SparseApplyProximalAdagrad", (gradient, indices));
    sparse_apply(op, ProximalAdagrad, variables, terms.numbers(), rows)
}

impl<T: Float> ProximalTerms<T> {
    fn numbers(&self) -> [&Tensor<T>; 3] {
        [&self.learning_rate, &self.l1, &self.l2]
    }
}

#[derive(Debug)]
struct Proximal;

impl<T: Float> Rule<T, 1, 3> for Proximal {
    type Step = ProximalStep<T>;

    fn from_node(_: &NodeSpec<'_>) -> Result<Self> {
        Ok(Proximal)
    }

    fn step(&self, [learning_rate, l1, l2]: [T; 3]) -> ProximalStep<T> {
        ProximalStep {
            learning_rate,
            l1,
            l2,
        }
    }
}

#[derive(Debug)]
struct ProximalAdagrad;

impl<T: Float> Rule<T, 2, 3> for ProximalAdagrad {
    type Step = ProximalAdagradStep<T>;

    fn from_node(_: &NodeSpec<'_>) -> Result<Self> {
        Ok(ProximalAdagrad)
    }

    fn step(&self, numbers: [T; 3]) -> ProximalAdagradStep<T> {
        ProximalAdagradStep(Proximal.step(numbers))
    }
}

/// The numbers of a step of proximal gradient descent.
#[derive(Clone, Copy, Debug)]
struct ProximalStep<T> {
    learning_rate: T,
    l1: T,
    l2: T,
}

/// The numbers of a step of proximal Adagrad.
#[derive(Clone, Copy, Debug)]
struct ProximalAdagradStep<T>(pub(crate) ProximalStep<T>);

impl<T: Float> ProximalStep<T> {
    /// The variable after a step at rate `rate`: `x = variable - rate · gradient`, then
    /// `sign(x) · max(|x| - rate · l1, 0) / (1 + rate · l2)`.
    #[inline(always)]
    fn after(self, variable: T, gradient: T, rate: T) -> T {
        let x = variable - gradient * rate;
        let shrunk = if self.l1 > T::ZERO {
            let rest = x.magnitude() - rate * self.l1;
            let rest = if rest < T::ZERO { T::ZERO } else { rest };
            x.signum_or_zero() * rest
        } else {
            x
        };
        shrunk / (T::ONE + self.l2 * rate)
    }
}

impl<T: Float> Step<T, 1> for ProximalStep<T> {
    fn change(self, [variable]: [&mut [T]; 1], gradient: &[T], rows: Rows<'_>) {
        change_one(
            variable,
            gradient,
            rows,
            #[inline(always)]
            |x, g| self.after(x, g, self.learning_rate),
        );
    }
}

impl<T: Float> Step<T, 2> for ProximalAdagradStep<T> {
    /// `accumulator += gradient²`, and a step at the rate `learning_rate / √accumulator`.
    fn change(self, [variable, accumulator]: [&mut [T]; 2], gradient: &[T], rows: Rows<'_>) {
        let step = self.0;
        change_two(
            variable,
            accumulator,
            gradient,
            rows,
            #[inline(always)]
            |x, accumulator, g| {
                let accumulator = accumulated(accumulator, g);
                let rate = step.learning_rate / accumulator.sqrt();
                (step.after(x, g, rate), accumulator)
            },
        );
    }
}
