//! `ApplyMomentum` and `SparseApplyMomentum`.

use super::update::{Apply, Rule, SparseApply, apply, sparse_apply};
use crate::graph::{Attribute, AttributeList, NodeSpec, Tensor};
use crate::kernels::optimizers::{Rows, Step, change_two};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::state::Assignable;
use crate::types::{Float, Integer, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(
        opaque "ApplyMomentum(var: Ref(T), accum: Ref(T), lr: T, grad: T, momentum: T) -> \
         (out: Ref(T)); use_locking: bool = false; use_nesterov: bool = false; \
            T in number",
        T: floating, |node| node.op::<Apply<T, Momentum, 2, 2>>()?
    ),
    op!(
        opaque "SparseApplyMomentum(var: Ref(T), accum: Ref(T), lr: T, grad: T, \
         indices: Tindices, momentum: T) -> (out: Ref(T)); use_locking: bool = false; \
         use_nesterov: bool = false; \
            T in number; \
            Tindices in index",
        T: native_float, |node| node.op::<SparseApply<T, Momentum, 2, 2>>()?
    ),
];

/// The numbers of [`apply_momentum`] and [`sparse_apply_momentum`].
#[derive(Clone, Debug)]
pub struct MomentumTerms<T: Float> {
    /// How far to go, a scalar.
    pub learning_rate: Tensor<T>,
    /// How much of the last step to keep, a scalar.
    pub momentum: Tensor<T>,
    /// Whether to look ahead as Nesterov does.
    pub use_nesterov: bool,
}

/// A step of gradient descent with momentum, as TensorFlow's op `ApplyMomentum` makes it. The
/// result is the variable's new value.
///
/// `accumulation = momentum · accumulation + gradient`, then `variable -= learning_rate ·
/// accumulation`; or, after Nesterov, `variable -= learning_rate · (gradient + momentum ·
/// accumulation)`.
///
/// # Errors
/// As [`apply_gradient_descent`](super::apply_gradient_descent).
#[track_caller]
pub fn apply_momentum<T: Float>(
    variable: impl Assignable<T>,
    accumulation: impl Assignable<T>,
    terms: &MomentumTerms<T>,
    gradient: &Tensor<T>,
) -> Tensor<T> {
    let variables = [variable.reference(), accumulation.reference()];
    let rule = Momentum(terms.use_nesterov);
    apply("ApplyMomentum", rule, variables, terms.numbers(), gradient)
}

/// As [`apply_momentum`] for some rows of the variable, as TensorFlow's op `SparseApplyMomentum`
/// makes it: row `i` of `gradient` is that with respect to row `indices[i]`. A row that is not
/// named keeps its accumulation.
///
/// # Errors
/// As [`apply_momentum`]; and `InvalidArgument` if an index is out of range, then no row is
/// changed.
#[track_caller]
pub fn sparse_apply_momentum<T: Float, I: Integer>(
    variable: impl Assignable<T>,
    accumulation: impl Assignable<T>,
    terms: &MomentumTerms<T>,
    gradient: &Tensor<T>,
    indices: &Tensor<I>,
) -> Tensor<T> {
    let variables = [variable.reference(), accumulation.reference()];
    let rule = Momentum(terms.use_nesterov);
    let rows = (gradient, indices);
    sparse_apply(
        "SparseApplyMomentum",
        rule,
        variables,
        terms.numbers(),
        rows,
    )
}

impl<T: Float> MomentumTerms<T> {
    fn numbers(&self) -> [&Tensor<T>; 2] {
        [&self.learning_rate, &self.momentum]
    }
}

/// Whether to look ahead.
#[derive(Debug)]
struct Momentum(bool);

impl<T: Float> Rule<T, 2, 2> for Momentum {
    const GRADIENT: usize = 1;
    type Step = MomentumStep<T>;

    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        Ok(Momentum(node.attribute("use_nesterov")?))
    }

    fn attributes(&self) -> AttributeList {
        vec![("use_nesterov", Attribute::Bool(self.0))]
    }

    fn step(&self, [learning_rate, momentum]: [T; 2]) -> MomentumStep<T> {
        MomentumStep {
            learning_rate,
            momentum,
            use_nesterov: self.0,
        }
    }
}

/// The numbers of a step of gradient descent with momentum.
#[derive(Clone, Copy, Debug)]
struct MomentumStep<T> {
    learning_rate: T,
    momentum: T,
    use_nesterov: bool,
}

impl<T: Float> MomentumStep<T> {
    /// The variable and its accumulation after the step.
    #[inline(always)]
    fn after(self, variable: T, accumulation: T, gradient: T) -> (T, T) {
        let accumulation = accumulation * self.momentum + gradient;
        (variable - accumulation * self.learning_rate, accumulation)
    }

    /// The same after Nesterov.
    #[inline(always)]
    fn after_ahead(self, variable: T, accumulation: T, gradient: T) -> (T, T) {
        let accumulation = accumulation * self.momentum + gradient;
        let ahead = accumulation * self.momentum * self.learning_rate;
        (
            variable - (gradient * self.learning_rate + ahead),
            accumulation,
        )
    }
}

impl<T: Float> Step<T, 2> for MomentumStep<T> {
    /// `accumulation = momentum · accumulation + gradient`, then `variable -= learning_rate ·
    /// accumulation`; or, after Nesterov, `variable -= learning_rate · (gradient + momentum ·
    /// accumulation)`.
    fn change(self, [variable, accumulation]: [&mut [T]; 2], gradient: &[T], rows: Rows<'_>) {
        if self.use_nesterov {
            change_two(
                variable,
                accumulation,
                gradient,
                rows,
                #[inline(always)]
                |x, a, g| self.after_ahead(x, a, g),
            );
        } else {
            change_two(
                variable,
                accumulation,
                gradient,
                rows,
                #[inline(always)]
                |x, a, g| self.after(x, a, g),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::optimizers::take;
    use ndarray::{ArrayD, IxDyn};

    /// Worked out by hand from the formula in the documentation.
    #[test]
    fn nesterov_looks_ahead() {
        let one = |x: f64| ArrayD::from_elem(IxDyn(&[1]), x);
        let (mut variable, mut accumulation) = (one(1.0), one(2.0));
        let step = MomentumStep {
            learning_rate: 0.5,
            momentum: 0.25,
            use_nesterov: true,
        };
        let arrays = [variable.view_mut(), accumulation.view_mut()];
        take(step, arrays, one(4.0).view());
        assert_eq!(
            (variable, accumulation),
            (one(1.0 - 0.5 * (4.0 + 0.25 * 4.5)), one(4.5))
        );
    }
}
