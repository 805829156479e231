//! `ApplyAdagrad` and `SparseApplyAdagrad`.

use super::update::{Apply, Rule, SparseApply, apply, expect_attribute, sparse_apply};
use crate::graph::{NodeSpec, Tensor};
use crate::kernels::optimizers::{Rows, Step, change_two};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::state::Assignable;
use crate::types::{Float, Integer, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(
        opaque "ApplyAdagrad(var: Ref(T), accum: Ref(T), lr: T, grad: T) -> (out: Ref(T)); \
         use_locking: bool = false; update_slots: bool = true; \
            T in number",
        T: floating, |node| node.op::<Apply<T, Adagrad, 2, 1>>()?
    ),
    op!(
        opaque "SparseApplyAdagrad(var: Ref(T), accum: Ref(T), lr: T, grad: T, \
         indices: Tindices) -> (out: Ref(T)); use_locking: bool = false; \
         update_slots: bool = true; \
            T in number; \
            Tindices in index",
        T: native_float, |node| node.op::<SparseApply<T, Adagrad, 2, 1>>()?
    ),
];

/// A step of Adagrad, as TensorFlow's op `ApplyAdagrad` makes it: `accumulator += gradient²`, then
/// `variable -= learning_rate · gradient / √accumulator`. The result is the variable's new value.
///
/// # Errors
/// As [`apply_gradient_descent`](super::apply_gradient_descent).
#[track_caller]
pub fn apply_adagrad<T: Float>(
    variable: impl Assignable<T>,
    accumulator: impl Assignable<T>,
    learning_rate: &Tensor<T>,
    gradient: &Tensor<T>,
) -> Tensor<T> {
    let variables = [variable.reference(), accumulator.reference()];
    apply(
        "ApplyAdagrad",
        Adagrad,
        variables,
        [learning_rate],
        gradient,
    )
}

/// As [`apply_adagrad`] for some rows of the variable, as TensorFlow's op `SparseApplyAdagrad`
/// makes it: row `i` of `gradient` is that with respect to row `indices[i]`.
///
/// # Errors
/// As [`apply_adagrad`]; and `InvalidArgument` if an index is out of range, then no row is changed.
#[track_caller]
pub fn sparse_apply_adagrad<T: Float, I: Integer>(
    variable: impl Assignable<T>,
    accumulator: impl Assignable<T>,
    learning_rate: &Tensor<T>,
    gradient: &Tensor<T>,
    indices: &Tensor<I>,
) -> Tensor<T> {
    let (variables, rows) = (
        [variable.reference(), accumulator.reference()],
        (gradient, indices),
    );
    sparse_apply(
        "SparseApplyAdagrad",
        Adagrad,
        variables,
        [learning_rate],
        rows,
    )
}

#[derive(Debug)]
struct Adagrad;

impl<T: Float> Rule<T, 2, 1> for Adagrad {
    type Step = AdagradStep<T>;

    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        expect_attribute(node, "update_slots", true)?;
        Ok(Adagrad)
    }

    fn step(&self, [learning_rate]: [T; 1]) -> AdagradStep<T> {
        AdagradStep(learning_rate)
    }
}

/// The sum of the squares of all gradients, with this one.
#[inline(always)]
pub(super) fn accumulated<T: Float>(accumulator: T, gradient: T) -> T {
    accumulator + gradient * gradient
}

/// The learning rate of a step of Adagrad.
#[derive(Clone, Copy, Debug)]
struct AdagradStep<T>(T);

impl<T: Float> Step<T, 2> for AdagradStep<T> {
    /// `accumulator += gradient²`, `variable -= learning_rate · gradient / √accumulator`.
    fn change(self, [variable, accumulator]: [&mut [T]; 2], gradient: &[T], rows: Rows<'_>) {
        change_two(
            variable,
            accumulator,
            gradient,
            rows,
            #[inline(always)]
            |x, accumulator, g| {
                let accumulator = accumulated(accumulator, g);
                (x - g * self.0 / accumulator.sqrt(), accumulator)
            },
        );
    }
}
