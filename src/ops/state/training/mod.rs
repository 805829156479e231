//! `ApplyGradientDescent`, `ApplyMomentum`, `ApplyAdam` and their like: one step of an optimizer
//! for one variable.
//!
//! Each file holds one optimizer's rows and [`Rule`]; the ops themselves, whole and of some rows,
//! are in `update.rs`.

mod adadelta;
mod adagrad;
mod adam;
mod ftrl;
mod gradient_descent;
mod momentum;
mod proximal;
mod rms_prop;
mod update;

use crate::ops::family::family;

family! {
    ops: adadelta, adagrad, adam, ftrl, gradient_descent, momentum, proximal, rms_prop;
}
