//! Softmax, and the cross entropy of it, row by row.

use ndarray::{
    ArrayView1, ArrayView2, ArrayViewD, ArrayViewMut1, ArrayViewMut2, ArrayViewMutD, Axis, Zip,
};

use super::reduce::{Adder, fold};
use crate::types::Float;

/// What is computed of each row of logits.
pub(crate) trait Rows<T: Float> {
    /// Writes the row's results.
    fn apply(x: ArrayView1<'_, T>, out: ArrayViewMut1<'_, T>);
}

/// eˣ / Σ eˣ.
#[derive(Debug)]
pub(crate) struct Exponentials;

/// x - ln Σ eˣ.
#[derive(Debug)]
pub(crate) struct Logarithms;

impl<T: Float> Rows<T> for Exponentials {
    fn apply(x: ArrayView1<'_, T>, mut out: ArrayViewMut1<'_, T>) {
        let (_, sum) = powers(x, &mut out);
        let scale = reciprocal(sum);
        out.mapv_inplace(|power| power.times(scale));
    }
}

impl<T: Float> Rows<T> for Logarithms {
    fn apply(x: ArrayView1<'_, T>, mut out: ArrayViewMut1<'_, T>) {
        let (largest, sum) = powers(x, &mut out);
        let log_sum = sum.ln();
        Zip::from(out)
            .and(x)
            .for_each(|out, &x| *out = x.minus(largest).minus(log_sum));
    }
}

/// Applies `F` to all rows along the last axis of `x`.
pub(crate) fn each_row<T: Float, F: Rows<T>>(x: ArrayViewD<'_, T>, mut out: ArrayViewMutD<'_, T>) {
    if x.is_empty() {
        return;
    }
    let last = Axis(x.ndim() - 1);
    for (x, out) in x.lanes(last).into_iter().zip(out.lanes_mut(last)) {
        F::apply(x, out);
    }
}

/// For each row of `logits` and `labels`, broadcast to the shape of `slope`: the cross entropy Σ labels · (ln Σ eˣ - x) as
/// `loss`, and its gradient with respect to the logits, softmax(x) - labels, as `slope`.
pub(crate) fn cross_entropy<T: Float>(
    logits: ArrayView2<'_, T>,
    labels: ArrayView2<'_, T>,
    mut loss: ArrayViewMut1<'_, T>,
    mut slope: ArrayViewMut2<'_, T>,
) {
    let shape = slope.raw_dim();
    let logits = logits
        .broadcast(shape)
        .expect("shapes are checked before a kernel runs");
    let labels = labels
        .broadcast(shape)
        .expect("shapes are checked before a kernel runs");
    let operands = logits.outer_iter().zip(labels.outer_iter());
    for ((x, labels), (loss, mut slope)) in
        operands.zip(loss.iter_mut().zip(slope.outer_iter_mut()))
    {
        let (largest, sum) = powers(x, &mut slope);
        let (log_sum, scale) = (sum.ln(), reciprocal(sum));
        let mut total = T::ZERO;
        Zip::from(slope)
            .and(x)
            .and(labels)
            .for_each(|slope, &x, &label| {
                total = total.plus(label.times(log_sum.minus(x.minus(largest))));
                *slope = slope.times(scale).minus(label);
            });
        *loss = total;
    }
}

/// As [`cross_entropy`] of one row where the label in place `label` is 1 and all others are 0.
pub(crate) fn sparse_cross_entropy<T: Float>(
    x: ArrayView1<'_, T>,
    label: usize,
    mut slope: ArrayViewMut1<'_, T>,
) -> T {
    let (largest, sum) = powers(x, &mut slope);
    let scale = reciprocal(sum);
    slope.mapv_inplace(|power| power.times(scale));
    slope[label] = slope[label].minus(T::ONE);
    sum.ln().minus(x[label].minus(largest))
}

/// Writes eˣ⁻ᵐ, where m is the largest x, and returns m and the sum of what was written.
fn powers<T: Float>(x: ArrayView1<'_, T>, out: &mut ArrayViewMut1<'_, T>) -> (T, T) {
    let largest = x.iter().fold(
        T::LOWEST,
        |largest, &x| if x > largest { x } else { largest },
    );
    Zip::from(&mut *out)
        .and(x)
        .for_each(|out, &x| *out = x.minus(largest).exp());
    (largest, fold(out.view(), Adder))
}

fn reciprocal<T: Float>(x: T) -> T {
    T::ONE.over(x).unwrap_or(T::NAN)
}
