//! Variables and their updates.

use crate::call::{Binding, Call, bind};
use crate::dispatch::{any, numeric};
use crate::trouble::Outcome;
use crate::value::Literal;

pub const BINDINGS: &[Binding] = &[
    bind("tf.assign", "ref, value", |c| {
        any!(c.dtype_of(&["ref"])?, T => {
            c.returns(tf1::assign(&reference::<T>(c)?, c.operand("value")?))
        })
    }),
    bind("tf.assign_add", "ref, value", |c| {
        numeric!(c, c.dtype_of(&["ref"])?, T => {
            c.returns(tf1::assign_add(&reference::<T>(c)?, c.operand("value")?))
        })
    }),
    bind("tf.assign_sub", "ref, value", |c| {
        numeric!(c, c.dtype_of(&["ref"])?, T => {
            c.returns(tf1::assign_sub(&reference::<T>(c)?, c.operand("value")?))
        })
    }),
];

/// The memory of the variable `ref`.
fn reference<T: Literal>(c: &Call<'_>) -> Outcome<tf1::Tensor<T>> {
    Ok(c.any_tensor("ref")?.typed()?)
}
