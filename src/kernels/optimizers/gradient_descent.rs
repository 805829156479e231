//! Gradient descent.

use super::{Rows, Step, change_one};
use crate::types::Float;

/// The learning rate of a step of gradient descent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GradientDescentStep<T>(pub(crate) T);

impl<T: Float> Step<T, 1> for GradientDescentStep<T> {
    /// `variable -= learning_rate · gradient`.
    fn change(self, [variable]: [&mut [T]; 1], gradient: &[T], rows: Rows<'_>) {
        change_one(
            variable,
            gradient,
            rows,
            #[inline(always)]
            |x, gradient| x - gradient * self.0,
        );
    }
}
