//! `ApplyAdadelta` and `SparseApplyAdadelta`.

use super::update::{Apply, Rule, SparseApply, apply, sparse_apply};
use crate::graph::{NodeSpec, Tensor};
use crate::kernels::optimizers::{Rows, Step, change_three};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::state::Assignable;
use crate::types::{Float, Integer, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(
        opaque "ApplyAdadelta(var: Ref(T), accum: Ref(T), accum_update: Ref(T), lr: T, rho: T, \
         epsilon: T, grad: T) -> (out: Ref(T)); use_locking: bool = false; \
            T in number",
        T: floating, |node| node.op::<Apply<T, Adadelta, 3, 3>>()?
    ),
    op!(
        opaque "SparseApplyAdadelta(var: Ref(T), accum: Ref(T), accum_update: Ref(T), lr: T, \
         rho: T, epsilon: T, grad: T, indices: Tindices) -> (out: Ref(T)); \
         use_locking: bool = false; \
            T in number; \
            Tindices in index",
        T: native_float, |node| node.op::<SparseApply<T, Adadelta, 3, 3>>()?
    ),
];

/// The numbers of [`apply_adadelta`] and [`sparse_apply_adadelta`], all scalars.
#[derive(Clone, Debug)]
pub struct AdadeltaTerms<T: Float> {
    /// How far to go.
    pub learning_rate: Tensor<T>,
    /// How slowly the means of squares fade.
    pub rho: Tensor<T>,
    /// Added to the means of squares.
    pub epsilon: Tensor<T>,
}

/// A step of Adadelta, as TensorFlow's op `ApplyAdadelta` makes it. The result is the variable's
/// new value.
///
/// `accum = rho · accum + (1 - rho) · gradient²`, `update = √(accum_update + epsilon) / √(accum +
/// epsilon) · gradient`, `variable -= learning_rate · update`, `accum_update = rho · accum_update +
/// (1 - rho) · update²`.
///
/// # Errors
/// As [`apply_gradient_descent`](super::apply_gradient_descent).
#[track_caller]
pub fn apply_adadelta<T: Float>(
    variable: impl Assignable<T>,
    accum: impl Assignable<T>,
    accum_update: impl Assignable<T>,
    terms: &AdadeltaTerms<T>,
    gradient: &Tensor<T>,
) -> Tensor<T> {
    let slots = (accum.reference(), accum_update.reference());
    let variables = [variable.reference(), slots.0, slots.1];
    apply(
        "ApplyAdadelta",
        Adadelta,
        variables,
        terms.numbers(),
        gradient,
    )
}

/// As [`apply_adadelta`] for some rows of the variable, as TensorFlow's op `SparseApplyAdadelta`
/// makes it: row `i` of `gradient` is that with respect to row `indices[i]`. The slots' other rows
/// do not fade.
///
/// # Errors
/// As [`apply_adadelta`]; and `InvalidArgument` if an index is out of range, then no row is
/// changed.
#[track_caller]
pub fn sparse_apply_adadelta<T: Float, I: Integer>(
    variable: impl Assignable<T>,
    accum: impl Assignable<T>,
    accum_update: impl Assignable<T>,
    terms: &AdadeltaTerms<T>,
    gradient: &Tensor<T>,
    indices: &Tensor<I>,
) -> Tensor<T> {
    let slots = (accum.reference(), accum_update.reference());
    let variables = [variable.reference(), slots.0, slots.1];
    let rows = (gradient, indices);
    sparse_apply(
        "SparseApplyAdadelta",
        Adadelta,
        variables,
        terms.numbers(),
        rows,
    )
}

impl<T: Float> AdadeltaTerms<T> {
    fn numbers(&self) -> [&Tensor<T>; 3] {
        [&self.learning_rate, &self.rho, &self.epsilon]
    }
}

#[derive(Debug)]
struct Adadelta;

impl<T: Float> Rule<T, 3, 3> for Adadelta {
    type Step = AdadeltaStep<T>;

    fn from_node(_: &NodeSpec<'_>) -> Result<Self> {
        Ok(Adadelta)
    }

    fn step(&self, [learning_rate, rho, epsilon]: [T; 3]) -> AdadeltaStep<T> {
        AdadeltaStep {
            learning_rate,
            rho,
            epsilon,
        }
    }
}

/// The numbers of a step of Adadelta.
#[derive(Clone, Copy, Debug)]
struct AdadeltaStep<T> {
    learning_rate: T,
    rho: T,
    epsilon: T,
}

impl<T: Float> AdadeltaStep<T> {
    /// A mean that fades as `rho` says, with a new value.
    #[inline(always)]
    fn faded(self, mean: T, value: T) -> T {
        mean * self.rho + value * (T::ONE - self.rho)
    }

    /// The variable and its means of squares after the step.
    #[inline(always)]
    fn after(self, variable: T, accum: T, accum_update: T, gradient: T) -> (T, T, T) {
        let accum = self.faded(accum, gradient * gradient);
        let root = (accum_update + self.epsilon).sqrt();
        let update = root / (accum + self.epsilon).sqrt() * gradient;
        let variable = variable - update * self.learning_rate;
        (variable, accum, self.faded(accum_update, update * update))
    }
}

impl<T: Float> Step<T, 3> for AdadeltaStep<T> {
    /// `accum = rho · accum + (1 - rho) · gradient²`, `update = √(accum_update + epsilon) /
    /// √(accum + epsilon) · gradient`, `variable -= learning_rate · update`, `accum_update = rho ·
    /// accum_update + (1 - rho) · update²`.
    fn change(
        self,
        [variable, accum, accum_update]: [&mut [T]; 3],
        gradient: &[T],
        rows: Rows<'_>,
    ) {
        change_three(
            variable,
            [accum, accum_update],
            gradient,
            rows,
            #[inline(always)]
            |x, accum, accum_update, g| self.after(x, accum, accum_update, g),
        );
    }
}
