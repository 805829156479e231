//! How optimizers change a variable: each formula is one pass over the variable, its slots and the gradient.

use ndarray::{ArrayViewD, ArrayViewMutD};

use super::cpu::vectorised;
use super::reader::Reader;
use crate::types::Float;

/// The numbers of a step of gradient descent with momentum.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MomentumStep<T> {
    pub(crate) learning_rate: T,
    pub(crate) momentum: T,
    pub(crate) use_nesterov: bool,
}

/// The numbers of a step of Adam.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdamStep<T> {
    pub(crate) learning_rate: T,
    pub(crate) beta1: T,
    pub(crate) beta2: T,
    pub(crate) epsilon: T,
    /// `beta1` to the power of the number of this step.
    pub(crate) beta1_power: T,
    /// `beta2` to the power of the number of this step.
    pub(crate) beta2_power: T,
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

/// `variable -= learning_rate · gradient`.
pub(crate) fn gradient_descent<T: Float>(
    variable: ArrayViewMutD<'_, T>,
    learning_rate: T,
    gradient: ArrayViewD<'_, T>,
) {
    update([variable], gradient, |[variable], gradient| {
        gradient_descent_slices(variable, learning_rate, gradient)
    });
}

/// As [`gradient_descent`] of a part of a variable that is a slice.
pub(crate) fn gradient_descent_slices<T: Float>(
    variable: &mut [T],
    learning_rate: T,
    gradient: &[T],
) {
    vectorised(
        #[inline(always)]
        || {
            for (variable, &gradient) in variable.iter_mut().zip(gradient) {
                *variable = *variable - gradient * learning_rate;
            }
        },
    );
}

/// `accumulation = momentum · accumulation + gradient`, then `variable -= learning_rate · accumulation`; or, after
/// Nesterov, `variable -= learning_rate · (gradient + momentum · accumulation)`.
pub(crate) fn momentum<T: Float>(
    variable: ArrayViewMutD<'_, T>,
    accumulation: ArrayViewMutD<'_, T>,
    step: MomentumStep<T>,
    gradient: ArrayViewD<'_, T>,
) {
    update(
        [variable, accumulation],
        gradient,
        |[variable, accumulation], gradient| {
            momentum_slices(variable, accumulation, step, gradient);
        },
    );
}

/// As [`momentum`] of a part of a variable and its slot that are slices.
pub(crate) fn momentum_slices<T: Float>(
    variable: &mut [T],
    accumulation: &mut [T],
    step: MomentumStep<T>,
    gradient: &[T],
) {
    vectorised(
        #[inline(always)]
        || {
            if step.use_nesterov {
                update_two(
                    variable,
                    accumulation,
                    gradient,
                    #[inline(always)]
                    |x, a, g| step.after_ahead(x, a, g),
                );
            } else {
                update_two(
                    variable,
                    accumulation,
                    gradient,
                    #[inline(always)]
                    |x, a, g| step.after(x, a, g),
                );
            }
        },
    );
}

#[inline(always)]
fn update_two<T: Float>(
    variable: &mut [T],
    slot: &mut [T],
    gradient: &[T],
    after: impl Fn(T, T, T) -> (T, T),
) {
    for ((variable, slot), &gradient) in variable.iter_mut().zip(slot).zip(gradient) {
        (*variable, *slot) = after(*variable, *slot, gradient);
    }
}

/// With α = `learning_rate · √(1 - beta2_power) / (1 - beta1_power)`:
/// `m += (gradient - m) · (1 - beta1)`, `v += (gradient² - v) · (1 - beta2)`, `variable -= α · m / (√v + epsilon)`.
pub(crate) fn adam<T: Float>(
    variable: ArrayViewMutD<'_, T>,
    m: ArrayViewMutD<'_, T>,
    v: ArrayViewMutD<'_, T>,
    step: AdamStep<T>,
    gradient: ArrayViewD<'_, T>,
) {
    update([variable, m, v], gradient, |[variable, m, v], gradient| {
        adam_slices(variable, m, v, step, gradient)
    });
}

/// As [`adam`] of a part of a variable and its slots that are slices.
pub(crate) fn adam_slices<T: Float>(
    variable: &mut [T],
    m: &mut [T],
    v: &mut [T],
    step: AdamStep<T>,
    gradient: &[T],
) {
    let factors = step.factors();
    vectorised(
        #[inline(always)]
        || adam_each(variable, m, v, factors, gradient),
    );
}

#[inline(always)]
fn adam_each<T: Float>(
    variable: &mut [T],
    m: &mut [T],
    v: &mut [T],
    factors: AdamFactors<T>,
    gradient: &[T],
) {
    for (((variable, m), v), &gradient) in variable.iter_mut().zip(m).zip(v).zip(gradient) {
        (*variable, *m, *v) = factors.after(*variable, *m, *v, gradient);
    }
}

/// Runs `change` on a variable, its slots and the gradient, which have the same shape: on all their elements at once if they lie
/// in row-major order, else on some or one at a time.
fn update<T: Float, const N: usize>(
    mut arrays: [ArrayViewMutD<'_, T>; N],
    gradient: ArrayViewD<'_, T>,
    change: impl Fn([&mut [T]; N], &[T]),
) {
    let Some(mut left) = slices(&mut arrays) else {
        return update_each(arrays, gradient, change);
    };
    if let Some(gradient) = gradient.as_slice() {
        return change(left, gradient);
    }
    let mut gradient = Reader::new(&gradient);
    for length in gradient.lengths() {
        let next = left.each_mut().map(|left| left.split_off_mut(..length));
        change(
            next.map(|slice| slice.expect("all have the same shape")),
            gradient.next(length),
        );
    }
}

fn update_each<T: Float, const N: usize>(
    arrays: [ArrayViewMutD<'_, T>; N],
    gradient: ArrayViewD<'_, T>,
    change: impl Fn([&mut [T]; N], &[T]),
) {
    let mut rest = arrays.map(ArrayViewMutD::into_iter);
    for gradient in gradient {
        let elements = rest.each_mut().map(|elements| {
            let element = elements.next().expect("all have the same shape");
            std::slice::from_mut(element)
        });
        change(elements, std::slice::from_ref(gradient));
    }
}

/// The arrays as slices, if all lie in row-major order.
fn slices<'a, T, const N: usize>(
    arrays: &'a mut [ArrayViewMutD<'_, T>; N],
) -> Option<[&'a mut [T]; N]> {
    let all = arrays.each_mut().map(|array| array.as_slice_mut());
    all.iter()
        .all(Option::is_some)
        .then(|| all.map(Option::unwrap_or_default))
}

#[cfg(test)]
mod tests {
    use super::*;
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
            adam(
                variable.view_mut(),
                m.view_mut(),
                v.view_mut(),
                step,
                numbers(-1.0).view(),
            );
            (variable, m, v)
        };
        let contiguous = numbers(2.0);
        let mut wide = ArrayD::zeros(IxDyn(&[6, 8]));
        let mut strided = wide.slice_mut(s![..;-1, ..;2]).reversed_axes().into_dyn();
        strided.assign(&contiguous);
        let (mut m, mut v) = (numbers(0.5), numbers(0.25));
        adam(
            strided.view_mut(),
            m.view_mut(),
            v.view_mut(),
            step,
            numbers(-1.0).view(),
        );
        assert_eq!((strided.to_owned(), m, v), run(contiguous.clone()));

        let (mut variable, mut m, mut v) = (contiguous.clone(), numbers(0.5), numbers(0.25));
        let columns = numbers(-1.0)
            .reversed_axes()
            .as_standard_layout()
            .into_owned();
        adam(
            variable.view_mut(),
            m.view_mut(),
            v.view_mut(),
            step,
            columns.t(),
        );
        assert_eq!((variable, m, v), run(contiguous));
    }

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
        momentum(
            variable.view_mut(),
            accumulation.view_mut(),
            step,
            one(4.0).view(),
        );
        assert_eq!(
            (variable, accumulation),
            (one(1.0 - 0.5 * (4.0 + 0.25 * 4.5)), one(4.5))
        );
    }
}
