//! Ops that hold and change the values of variables.

mod assign;
mod combine;
mod count_up_to;
mod scatter;
mod scatter_nd;
pub(crate) mod training;
mod variable;

pub use assign::{Assign, assign, assign_add, assign_sub, assign_with};
pub use count_up_to::count_up_to;
pub use scatter::{
    scatter_add, scatter_div, scatter_max, scatter_min, scatter_mul, scatter_sub, scatter_update,
};
pub use scatter_nd::{scatter_nd_add, scatter_nd_sub, scatter_nd_update};

pub(crate) use assign::assign_from;
pub(crate) use variable::variable;

use super::OpDef;
use crate::graph::Tensor;
use crate::types::Element;

pub(super) const OPS: &[&[OpDef]] = &[
    assign::OPS,
    count_up_to::OPS,
    scatter::OPS,
    scatter_nd::OPS,
    training::adadelta::OPS,
    training::adagrad::OPS,
    training::adam::OPS,
    training::ftrl::OPS,
    training::gradient_descent::OPS,
    training::momentum::OPS,
    training::proximal::OPS,
    training::rms_prop::OPS,
    variable::OPS,
];

/// What can be given a new value: a variable, or what an op such as [`assign`] returns, which stands for the variable
/// after that update.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be given a new value of `{T}`",
    label = "neither a variable of `{T}` nor what `assign` returns",
    note = "give the variable itself: `tf::assign(&v, value)` or `v.assign(value)`"
)]
pub trait Assignable<T: Element> {
    /// The variable's memory.
    fn reference(&self) -> Tensor<T>;
}

impl<T: Element> Assignable<T> for Tensor<T> {
    fn reference(&self) -> Tensor<T> {
        self.clone()
    }
}

impl<T: Element, R: Assignable<T> + ?Sized> Assignable<T> for &R {
    fn reference(&self) -> Tensor<T> {
        (**self).reference()
    }
}
