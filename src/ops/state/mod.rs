//! Ops that hold and change the values of variables.

mod assign;
mod combine;
mod count_up_to;
mod scatter;
mod scatter_nd;
pub(crate) mod training;
mod variable;

use super::family::family;
use crate::graph::Tensor;
use crate::types::Element;

family! {
    ops: assign, count_up_to, scatter, scatter_nd, variable;
}

/// What can be given a new value: a variable, or what an op such as [`assign`] returns, which
/// stands for the variable after that update.
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
