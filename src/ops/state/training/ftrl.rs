//! `ApplyFtrl`, `ApplyFtrlV2` and their sparse forms.

use super::update::{Apply, Rule, SparseApply, apply, sparse_apply};
use crate::graph::{NodeSpec, Tensor};
use crate::kernels::optimizers::{Rows, Step, change_three};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::state::Assignable;
use crate::types::{Float, Integer, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(
        opaque "ApplyFtrl(var: Ref(T), accum: Ref(T), linear: Ref(T), grad: T, lr: T, l1: T, \
         l2: T, lr_power: T) -> (out: Ref(T)); use_locking: bool = false; \
            T in number",
        T: floating, |node| node.op::<Apply<T, Ftrl<false>, 3, 4>>()?
    ),
    op!(
        opaque "SparseApplyFtrl(var: Ref(T), accum: Ref(T), linear: Ref(T), grad: T, \
         indices: Tindices, lr: T, l1: T, l2: T, lr_power: T) -> (out: Ref(T)); \
         use_locking: bool = false; \
            T in number; \
            Tindices in index",
        T: native_float, |node| node.op::<SparseApply<T, Ftrl<true>, 3, 4>>()?
    ),
    op!(
        opaque "ApplyFtrlV2(var: Ref(T), accum: Ref(T), linear: Ref(T), grad: T, lr: T, l1: T, \
         l2: T, l2_shrinkage: T, lr_power: T) -> (out: Ref(T)); use_locking: bool = false; \
            T in number",
        T: floating, |node| node.op::<Apply<T, Shrinking<false>, 3, 5>>()?
    ),
    op!(
        opaque "SparseApplyFtrlV2(var: Ref(T), accum: Ref(T), linear: Ref(T), grad: T, \
         indices: Tindices, lr: T, l1: T, l2: T, l2_shrinkage: T, lr_power: T) -> \
         (out: Ref(T)); use_locking: bool = false; \
            T in number; \
            Tindices in index",
        T: native_float, |node| node.op::<SparseApply<T, Shrinking<true>, 3, 5>>()?
    ),
];

/// The numbers of [`apply_ftrl`] and its like, all scalars.
#[derive(Clone, Debug)]
pub struct FtrlTerms<T: Float> {
    /// How far to go.
    pub learning_rate: Tensor<T>,
    /// How strongly |variable| is held down.
    pub l1: Tensor<T>,
    /// How strongly the step is held back in proportion to the variable.
    pub l2: Tensor<T>,
    /// How the rate falls as squares of gradients add up, zero or negative.
    pub learning_rate_power: Tensor<T>,
}

/// A step of FTRL, as TensorFlow's op `ApplyFtrl` makes it. The result is the variable's new value.
///
/// With p = `-learning_rate_power`: `linear += gradient - ((accum + gradient²)ᵖ - accumᵖ) /
/// learning_rate · variable`, `accum += gradient²`, and `variable = (l1 · sign(linear) - linear) /
/// (accumᵖ / learning_rate + 2 · l2)` where |linear| > l1, else 0.
///
/// # Errors
/// As [`apply_gradient_descent`](super::apply_gradient_descent).
#[track_caller]
pub fn apply_ftrl<T: Float>(
    variable: impl Assignable<T>,
    accum: impl Assignable<T>,
    linear: impl Assignable<T>,
    terms: &FtrlTerms<T>,
    gradient: &Tensor<T>,
) -> Tensor<T> {
    let variables = [variable.reference(), accum.reference(), linear.reference()];
    apply(
        "ApplyFtrl",
        Ftrl::<false>,
        variables,
        terms.numbers(),
        gradient,
    )
}

/// As [`apply_ftrl`] for some rows of the variable, as TensorFlow's op `SparseApplyFtrl` makes it:
/// row `i` of `gradient` is that with respect to row `indices[i]`. Where `linear` is not a number,
/// the variable is not one either, while [`apply_ftrl`] makes it 0.
///
/// # Errors
/// As [`apply_ftrl`]; and `InvalidArgument` if an index is out of range, then no row is changed.
#[track_caller]
pub fn sparse_apply_ftrl<T: Float, I: Integer>(
    variable: impl Assignable<T>,
    accum: impl Assignable<T>,
    linear: impl Assignable<T>,
    terms: &FtrlTerms<T>,
    gradient: &Tensor<T>,
    indices: &Tensor<I>,
) -> Tensor<T> {
    let variables = [variable.reference(), accum.reference(), linear.reference()];
    let rows = (gradient, indices);
    sparse_apply(
        "SparseApplyFtrl",
        Ftrl::<true>,
        variables,
        terms.numbers(),
        rows,
    )
}

/// As [`apply_ftrl`] with a gradient that grows by `2 · l2_shrinkage · variable` where it is added
/// to `linear`, as TensorFlow's op `ApplyFtrlV2` makes it.
///
/// # Errors
/// As [`apply_ftrl`].
#[track_caller]
pub fn apply_ftrl_v2<T: Float>(
    variable: impl Assignable<T>,
    accum: impl Assignable<T>,
    linear: impl Assignable<T>,
    (terms, l2_shrinkage): (&FtrlTerms<T>, &Tensor<T>),
    gradient: &Tensor<T>,
) -> Tensor<T> {
    let variables = [variable.reference(), accum.reference(), linear.reference()];
    let numbers = terms.numbers_with(l2_shrinkage);
    apply(
        "ApplyFtrlV2",
        Shrinking::<false>,
        variables,
        numbers,
        gradient,
    )
}

/// As [`apply_ftrl_v2`] for some rows of the variable, as TensorFlow's op `SparseApplyFtrlV2` makes
/// it: row `i` of `gradient` is that with respect to row `indices[i]`.
///
/// # Errors
/// As [`apply_ftrl_v2`]; and `InvalidArgument` if an index is out of range, then no row is changed.
#[track_caller]
pub fn sparse_apply_ftrl_v2<T: Float, I: Integer>(
    variable: impl Assignable<T>,
    accum: impl Assignable<T>,
    linear: impl Assignable<T>,
    (terms, l2_shrinkage): (&FtrlTerms<T>, &Tensor<T>),
    gradient: &Tensor<T>,
    indices: &Tensor<I>,
) -> Tensor<T> {
    let variables = [variable.reference(), accum.reference(), linear.reference()];
    let (numbers, rows) = (terms.numbers_with(l2_shrinkage), (gradient, indices));
    sparse_apply(
        "SparseApplyFtrlV2",
        Shrinking::<true>,
        variables,
        numbers,
        rows,
    )
}

impl<T: Float> FtrlTerms<T> {
    fn numbers(&self) -> [&Tensor<T>; 4] {
        let power = &self.learning_rate_power;
        [&self.learning_rate, &self.l1, &self.l2, power]
    }

    fn numbers_with<'a>(&'a self, l2_shrinkage: &'a Tensor<T>) -> [&'a Tensor<T>; 5] {
        let [learning_rate, l1, l2, power] = self.numbers();
        [learning_rate, l1, l2, l2_shrinkage, power]
    }
}

/// For some `ROWS` or a whole variable.
#[derive(Debug)]
struct Ftrl<const ROWS: bool>;

impl<T: Float, const ROWS: bool> Rule<T, 3, 4> for Ftrl<ROWS> {
    const GRADIENT: usize = 0;
    type Step = FtrlStep<T, ROWS, false>;

    fn from_node(_: &NodeSpec<'_>) -> Result<Self> {
        Ok(Ftrl)
    }

    fn step(&self, [learning_rate, l1, l2, learning_rate_power]: [T; 4]) -> Self::Step {
        FtrlStep {
            learning_rate,
            l1,
            l2,
            l2_shrinkage: T::ZERO,
            learning_rate_power,
        }
    }
}

/// For some `ROWS` or a whole variable.
#[derive(Debug)]
struct Shrinking<const ROWS: bool>;

impl<T: Float, const ROWS: bool> Rule<T, 3, 5> for Shrinking<ROWS> {
    const GRADIENT: usize = 0;
    type Step = FtrlStep<T, ROWS, true>;

    fn from_node(_: &NodeSpec<'_>) -> Result<Self> {
        Ok(Shrinking)
    }

    fn step(&self, numbers: [T; 5]) -> Self::Step {
        let [learning_rate, l1, l2, l2_shrinkage, learning_rate_power] = numbers;
        FtrlStep {
            learning_rate,
            l1,
            l2,
            l2_shrinkage,
            learning_rate_power,
        }
    }
}

/// The numbers of a step of FTRL, for some `ROWS` or a whole variable: TensorFlow pulls toward 0 in
/// two ways, of which the one for rows shows a linear term that is not a number. `SHRINKS` says
/// whether the op has a shrinkage: 0 · ∞ is not nothing.
#[derive(Clone, Copy, Debug)]
struct FtrlStep<T, const ROWS: bool, const SHRINKS: bool> {
    learning_rate: T,
    l1: T,
    l2: T,
    /// Not read by the op without shrinkage.
    l2_shrinkage: T,
    learning_rate_power: T,
}

impl<T: Float, const ROWS: bool, const SHRINKS: bool> FtrlStep<T, ROWS, SHRINKS> {
    /// The variable, the sum of squares and the linear term after the step; `power` raises
    /// to -`learning_rate_power`.
    #[inline(always)]
    fn after(
        self,
        (variable, accum, linear): (T, T, T),
        gradient: T,
        power: impl Fn(T) -> T,
    ) -> (T, T, T) {
        let two = T::from_f64(2.0);
        let sum = accum + gradient * gradient;
        let (old, new) = (power(accum), power(sum));
        let shrunk = if SHRINKS {
            gradient + two * self.l2_shrinkage * variable
        } else {
            gradient
        };
        let linear = linear + (shrunk - (new - old) / self.learning_rate * variable);
        let pulled = self.pulled(linear, new / self.learning_rate + two * self.l2);
        (pulled, sum, linear)
    }

    /// The variable whose linear and quadratic terms are these.
    #[inline(always)]
    fn pulled(self, linear: T, quadratic: T) -> T {
        let l1 = self.l1;
        if ROWS {
            let held = if l1 < linear { l1 } else { linear };
            let held = if held < l1.negated() {
                l1.negated()
            } else {
                held
            };
            (held - linear) / quadratic
        } else {
            let variable = (l1 * linear.signum_or_zero() - linear) / quadratic;
            // NaN is not above l1 either, as in TensorFlow.
            let outside = linear.magnitude() > l1;
            if outside { variable } else { T::ZERO }
        }
    }
}

impl<T: Float, const ROWS: bool, const SHRINKS: bool> Step<T, 3> for FtrlStep<T, ROWS, SHRINKS> {
    /// With p = -`learning_rate_power`: `linear += gradient + 2·l2_shrinkage·variable - ((accum +
    /// gradient²)ᵖ - accumᵖ) / learning_rate · variable`, `accum += gradient²`, `variable =
    /// (l1·sign(linear) - linear) / (accumᵖ / learning_rate + 2·l2)` where |linear| > l1, else 0.
    /// Of rows, `variable = (max(min(linear, l1), -l1) - linear) / (accumᵖ / learning_rate +
    /// 2·l2)`.
    fn change(self, [variable, accum, linear]: [&mut [T]; 3], gradient: &[T], rows: Rows<'_>) {
        let power = self.learning_rate_power.negated();
        if power == T::from_f64(0.5) {
            change_three(
                variable,
                [accum, linear],
                gradient,
                rows,
                #[inline(always)]
                |x, accum, linear, g| self.after((x, accum, linear), g, T::sqrt),
            );
        } else {
            let raised = |x: T| raised(x, power);
            change_three(
                variable,
                [accum, linear],
                gradient,
                rows,
                |x, accum, linear, g| self.after((x, accum, linear), g, raised),
            );
        }
    }
}

/// x to the power `exponent`. Long, and rarely asked for: compiled once for each type rather than
/// into every loop.
#[inline(never)]
fn raised<T: Float>(x: T, exponent: T) -> T {
    x.pow(exponent)
}
