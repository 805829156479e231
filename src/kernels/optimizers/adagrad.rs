//! Adagrad.

use super::{Rows, Step, change_two};
use crate::types::Float;

/// The learning rate of a step of Adagrad.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdagradStep<T>(pub(crate) T);

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
                let accumulator = accumulator + g * g;
                (x - g * self.0 / accumulator.sqrt(), accumulator)
            },
        );
    }
}
