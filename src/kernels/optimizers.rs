//! How optimizers change a variable: each formula is one pass over the variable, its slots and the gradient.

use ndarray::{ArrayViewD, ArrayViewMutD};

use crate::types::{Element, Float};

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

/// `variable -= learning_rate · gradient`.
pub(crate) fn gradient_descent<T: Float>(
    variable: ArrayViewMutD<'_, T>,
    learning_rate: T,
    gradient: ArrayViewD<'_, T>,
) {
    update([variable], gradient, |[variable], gradient| {
        *variable = *variable - gradient * learning_rate
    });
}

/// `accumulation = momentum · accumulation + gradient`, then `variable -= learning_rate · accumulation`; or, after
/// Nesterov, `variable -= learning_rate · (gradient + momentum · accumulation)`.
pub(crate) fn momentum<T: Float>(
    variable: ArrayViewMutD<'_, T>,
    accumulation: ArrayViewMutD<'_, T>,
    step: MomentumStep<T>,
    gradient: ArrayViewD<'_, T>,
) {
    let MomentumStep {
        learning_rate,
        momentum,
        use_nesterov,
    } = step;
    if use_nesterov {
        update(
            [variable, accumulation],
            gradient,
            |[variable, accumulation], gradient| {
                *accumulation = *accumulation * momentum + gradient;
                *variable = *variable
                    - (gradient * learning_rate + *accumulation * momentum * learning_rate);
            },
        );
    } else {
        update(
            [variable, accumulation],
            gradient,
            |[variable, accumulation], gradient| {
                *accumulation = *accumulation * momentum + gradient;
                *variable = *variable - *accumulation * learning_rate;
            },
        );
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
    let AdamStep {
        learning_rate,
        beta1,
        beta2,
        epsilon,
        beta1_power,
        beta2_power,
    } = step;
    let alpha = learning_rate * (T::ONE - beta2_power).sqrt() / (T::ONE - beta1_power);
    let (rest1, rest2) = (T::ONE - beta1, T::ONE - beta2);
    update([variable, m, v], gradient, |[variable, m, v], gradient| {
        *m = *m + (gradient - *m) * rest1;
        *v = *v + (gradient * gradient - *v) * rest2;
        *variable = *variable - (*m * alpha) / (v.sqrt() + epsilon);
    });
}

/// As [`gradient_descent`], of slices of the same length.
pub(crate) fn gradient_descent_slices<T: Float>(
    variable: &mut [T],
    gradient: &[T],
    learning_rate: T,
) {
    update_slices([variable], gradient, |[variable], gradient| {
        *variable = *variable - gradient * learning_rate
    });
}

/// As [`momentum`], of slices of the same length.
pub(crate) fn momentum_slices<T: Float>(
    variable: &mut [T],
    accumulation: &mut [T],
    gradient: &[T],
    step: MomentumStep<T>,
) {
    let as_array = |slice| ArrayViewMutD::from_shape(ndarray::IxDyn(&[gradient.len()]), slice);
    if let (Ok(variable), Ok(accumulation)) = (as_array(variable), as_array(accumulation)) {
        let gradient = ndarray::ArrayView1::from(gradient).into_dyn();
        momentum(variable, accumulation, step, gradient);
    }
}

/// As [`adam`], of slices of the same length.
pub(crate) fn adam_slices<T: Float>(
    variable: &mut [T],
    m: &mut [T],
    v: &mut [T],
    gradient: &[T],
    step: AdamStep<T>,
) {
    let alpha =
        step.learning_rate * (T::ONE - step.beta2_power).sqrt() / (T::ONE - step.beta1_power);
    let (rest1, rest2) = (T::ONE - step.beta1, T::ONE - step.beta2);
    update_slices([variable, m, v], gradient, |[variable, m, v], gradient| {
        *m = *m + (gradient - *m) * rest1;
        *v = *v + (gradient * gradient - *v) * rest2;
        *variable = *variable - (*m * alpha) / (v.sqrt() + step.epsilon);
    });
}

/// Runs `change` on the elements of a variable, of its slots and of the gradient. All have the same shape.
fn update<T: Element, const N: usize>(
    mut arrays: [ArrayViewMutD<'_, T>; N],
    gradient: ArrayViewD<'_, T>,
    change: impl Fn([&mut T; N], T),
) {
    if let (Some(arrays), Some(gradient)) = (slices(&mut arrays), gradient.as_slice()) {
        update_slices(arrays, gradient, change);
        return;
    }
    let mut rest = arrays.map(ArrayViewMutD::into_iter);
    for &gradient in gradient {
        let elements = rest
            .each_mut()
            .map(|elements| elements.next().expect("all have the same shape"));
        change(elements, gradient);
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

fn update_slices<T: Element, const N: usize>(
    arrays: [&mut [T]; N],
    gradient: &[T],
    change: impl Fn([&mut T; N], T),
) {
    // Cut to the same length, of which the compiler can then see that no index is beyond it.
    let mut arrays = arrays.map(|array| &mut array[..gradient.len()]);
    for (i, &gradient) in gradient.iter().enumerate() {
        change(arrays.each_mut().map(|array| &mut array[i]), gradient);
    }
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
        assert_eq!((strided.to_owned(), m, v), run(contiguous));
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
