//! `ApplyRMSProp`, `ApplyCenteredRMSProp` and their sparse forms.

use super::update::{Apply, Rule, SparseApply, apply, sparse_apply};
use crate::graph::{NodeSpec, Tensor};
use crate::kernels::optimizers::{Rows, Step, change_four, change_three};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::state::Assignable;
use crate::types::{Float, Integer, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(
        opaque "ApplyRMSProp(var: Ref(T), ms: Ref(T), mom: Ref(T), lr: T, rho: T, momentum: T, \
         epsilon: T, grad: T) -> (out: Ref(T)); use_locking: bool = false; \
            T in number",
        T: floating, |node| node.op::<Apply<T, RmsProp<false>, 3, 4>>()?
    ),
    op!(
        opaque "SparseApplyRMSProp(var: Ref(T), ms: Ref(T), mom: Ref(T), lr: T, rho: T, \
         momentum: T, epsilon: T, grad: T, indices: Tindices) -> (out: Ref(T)); \
         use_locking: bool = false; \
            T in number; \
            Tindices in index",
        T: native_float, |node| node.op::<SparseApply<T, RmsProp<true>, 3, 4>>()?
    ),
    op!(
        opaque "ApplyCenteredRMSProp(var: Ref(T), mg: Ref(T), ms: Ref(T), mom: Ref(T), lr: T, \
         rho: T, momentum: T, epsilon: T, grad: T) -> (out: Ref(T)); \
         use_locking: bool = false; \
            T in number",
        T: floating, |node| node.op::<Apply<T, Centered<false>, 4, 4>>()?
    ),
    op!(
        opaque "SparseApplyCenteredRMSProp(var: Ref(T), mg: Ref(T), ms: Ref(T), mom: Ref(T), \
         lr: T, rho: T, momentum: T, epsilon: T, grad: T, indices: Tindices) -> \
         (out: Ref(T)); use_locking: bool = false; \
            T in number; \
            Tindices in index",
        T: native_float, |node| node.op::<SparseApply<T, Centered<true>, 4, 4>>()?
    ),
];

/// The numbers of [`apply_rms_prop`] and its like, all scalars.
#[derive(Clone, Debug)]
pub struct RmsPropTerms<T: Float> {
    /// How far to go.
    pub learning_rate: Tensor<T>,
    /// How slowly the means fade.
    pub rho: Tensor<T>,
    /// How much of the last step to keep.
    pub momentum: Tensor<T>,
    /// Added below the root, against division by zero.
    pub epsilon: Tensor<T>,
}

/// A step of RMSProp, as TensorFlow's op `ApplyRMSProp` makes it. The result is the variable's new
/// value.
///
/// `ms += (gradient² - ms) · (1 - rho)`, `mom = momentum · mom + learning_rate · gradient / √(ms +
/// epsilon)`, `variable -= mom`.
///
/// # Errors
/// As [`apply_gradient_descent`](super::apply_gradient_descent).
#[track_caller]
pub fn apply_rms_prop<T: Float>(
    variable: impl Assignable<T>,
    ms: impl Assignable<T>,
    mom: impl Assignable<T>,
    terms: &RmsPropTerms<T>,
    gradient: &Tensor<T>,
) -> Tensor<T> {
    let variables = [variable.reference(), ms.reference(), mom.reference()];
    apply(
        "ApplyRMSProp",
        RmsProp::<false>,
        variables,
        terms.numbers(),
        gradient,
    )
}

/// As [`apply_rms_prop`] for some rows of the variable, as TensorFlow's op `SparseApplyRMSProp`
/// makes it: row `i` of `gradient` is that with respect to row `indices[i]`. The slots' other rows
/// do not fade.
///
/// # Errors
/// As [`apply_rms_prop`]; and `InvalidArgument` if an index is out of range, then no row is
/// changed.
#[track_caller]
pub fn sparse_apply_rms_prop<T: Float, I: Integer>(
    variable: impl Assignable<T>,
    ms: impl Assignable<T>,
    mom: impl Assignable<T>,
    terms: &RmsPropTerms<T>,
    gradient: &Tensor<T>,
    indices: &Tensor<I>,
) -> Tensor<T> {
    let variables = [variable.reference(), ms.reference(), mom.reference()];
    let rows = (gradient, indices);
    sparse_apply(
        "SparseApplyRMSProp",
        RmsProp::<true>,
        variables,
        terms.numbers(),
        rows,
    )
}

/// A step of RMSProp that divides by the gradient's deviation, as TensorFlow's op
/// `ApplyCenteredRMSProp` makes it. The result is the variable's new value; `slots` are `mg`, `ms`
/// and `mom`.
///
/// `mg += (gradient - mg) · (1 - rho)`, `ms += (gradient² - ms) · (1 - rho)`,
/// `mom = momentum · mom + learning_rate · gradient / √(ms - mg² + epsilon)`, `variable -= mom`.
///
/// # Errors
/// As [`apply_gradient_descent`](super::apply_gradient_descent).
#[track_caller]
pub fn apply_centered_rms_prop<T: Float>(
    variable: impl Assignable<T>,
    slots: [&dyn Assignable<T>; 3],
    terms: &RmsPropTerms<T>,
    gradient: &Tensor<T>,
) -> Tensor<T> {
    let [mg, ms, mom] = slots.map(|slot| slot.reference());
    let variables = [variable.reference(), mg, ms, mom];
    let numbers = terms.numbers();
    apply(
        "ApplyCenteredRMSProp",
        Centered::<false>,
        variables,
        numbers,
        gradient,
    )
}

/// As [`apply_centered_rms_prop`] for some rows of the variable, as TensorFlow's op
/// `SparseApplyCenteredRMSProp` makes it: row `i` of `gradient` is that with respect to row
/// `indices[i]`. The slots' other rows do not fade.
///
/// # Errors
/// As [`apply_centered_rms_prop`]; and `InvalidArgument` if an index is out of range, then no row
/// is changed.
#[track_caller]
pub fn sparse_apply_centered_rms_prop<T: Float, I: Integer>(
    variable: impl Assignable<T>,
    slots: [&dyn Assignable<T>; 3],
    terms: &RmsPropTerms<T>,
    gradient: &Tensor<T>,
    indices: &Tensor<I>,
) -> Tensor<T> {
    let [mg, ms, mom] = slots.map(|slot| slot.reference());
    let variables = [variable.reference(), mg, ms, mom];
    let (numbers, rows) = (terms.numbers(), (gradient, indices));
    sparse_apply(
        "SparseApplyCenteredRMSProp",
        Centered::<true>,
        variables,
        numbers,
        rows,
    )
}

impl<T: Float> RmsPropTerms<T> {
    fn numbers(&self) -> [&Tensor<T>; 4] {
        [
            &self.learning_rate,
            &self.rho,
            &self.momentum,
            &self.epsilon,
        ]
    }
}

/// For some `ROWS` or a whole variable.
#[derive(Debug)]
struct RmsProp<const ROWS: bool>;

impl<T: Float, const ROWS: bool> Rule<T, 3, 4> for RmsProp<ROWS> {
    type Step = RmsPropStep<T, ROWS>;

    fn from_node(_: &NodeSpec<'_>) -> Result<Self> {
        Ok(RmsProp)
    }

    fn step(&self, [learning_rate, rho, momentum, epsilon]: [T; 4]) -> RmsPropStep<T, ROWS> {
        RmsPropStep {
            learning_rate,
            rho,
            momentum,
            epsilon,
        }
    }
}

/// For some `ROWS` or a whole variable.
#[derive(Debug)]
struct Centered<const ROWS: bool>;

impl<T: Float, const ROWS: bool> Rule<T, 4, 4> for Centered<ROWS> {
    type Step = CenteredRmsPropStep<T, ROWS>;

    fn from_node(_: &NodeSpec<'_>) -> Result<Self> {
        Ok(Centered)
    }

    fn step(&self, numbers: [T; 4]) -> CenteredRmsPropStep<T, ROWS> {
        CenteredRmsPropStep(RmsProp::<ROWS>.step(numbers))
    }
}

/// The numbers of a step of RMSProp, for some `ROWS` or a whole variable: TensorFlow computes the
/// means in two ways, of which the one for rows keeps one that is infinite.
#[derive(Clone, Copy, Debug)]
struct RmsPropStep<T, const ROWS: bool> {
    learning_rate: T,
    /// How slowly the means fade.
    rho: T,
    momentum: T,
    epsilon: T,
}

/// The numbers of a step of RMSProp that divides by the deviation.
#[derive(Clone, Copy, Debug)]
struct CenteredRmsPropStep<T, const ROWS: bool>(pub(crate) RmsPropStep<T, ROWS>);

impl<T: Float, const ROWS: bool> RmsPropStep<T, ROWS> {
    /// A mean that fades as `rho` says, with a new value.
    #[inline(always)]
    fn faded(self, mean: T, value: T) -> T {
        let rest = T::ONE - self.rho;
        if ROWS {
            mean * self.rho + value * rest
        } else {
            mean + (value - mean) * rest
        }
    }

    /// The momentum after a gradient that is divided by the root of `square`.
    #[inline(always)]
    fn moved(self, momentum: T, gradient: T, square: T) -> T {
        momentum * self.momentum + gradient * self.learning_rate / square.sqrt()
    }

    /// The variable, the mean of squares and the momentum after the step.
    #[inline(always)]
    fn after(self, variable: T, ms: T, momentum: T, gradient: T) -> (T, T, T) {
        let ms = self.faded(ms, gradient * gradient);
        let momentum = self.moved(momentum, gradient, ms + self.epsilon);
        (variable - momentum, ms, momentum)
    }

    /// The variable, the mean, the mean of squares and the momentum after the step.
    #[inline(always)]
    fn after_centered(self, variable: T, [mg, ms, momentum]: [T; 3], gradient: T) -> (T, [T; 3]) {
        let ms = self.faded(ms, gradient * gradient);
        let mg = self.faded(mg, gradient);
        let variance = if ROWS {
            ms + self.epsilon - mg * mg
        } else {
            ms - mg * mg + self.epsilon
        };
        let momentum = self.moved(momentum, gradient, variance);
        (variable - momentum, [mg, ms, momentum])
    }
}

impl<T: Float, const ROWS: bool> Step<T, 3> for RmsPropStep<T, ROWS> {
    /// `ms += (gradient² - ms) · (1 - rho)`, `mom = momentum · mom + learning_rate · gradient /
    /// √(ms + epsilon)`, `variable -= mom`. Of rows, `ms = rho · ms + (1 - rho) · gradient²`.
    fn change(self, [variable, ms, mom]: [&mut [T]; 3], gradient: &[T], rows: Rows<'_>) {
        change_three(
            variable,
            [ms, mom],
            gradient,
            rows,
            #[inline(always)]
            |x, ms, mom, g| self.after(x, ms, mom, g),
        );
    }
}

impl<T: Float, const ROWS: bool> Step<T, 4> for CenteredRmsPropStep<T, ROWS> {
    /// As [`RmsPropStep`] with `mg += (gradient - mg) · (1 - rho)` and √(ms - mg² + epsilon) below
    /// the gradient. Of rows, `mg = rho · mg + (1 - rho) · gradient`.
    fn change(self, [variable, mg, ms, mom]: [&mut [T]; 4], gradient: &[T], rows: Rows<'_>) {
        change_four(
            variable,
            [mg, ms, mom],
            gradient,
            rows,
            #[inline(always)]
            |x, slots, g| self.0.after_centered(x, slots, g),
        );
    }
}
