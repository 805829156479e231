//! Variables and their updates.

use crate::call::{Binding, Call, bind};
use crate::dispatch::{any, integer, numeric, plain_of};
use crate::literal::Literal;
use crate::trouble::Outcome;

/// A row for a function that changes rows of a variable.
macro_rules! scatter {
    ($function:literal: $dtypes:ident, $call:path) => {
        bind($function, "ref, indices, updates", |c| {
            $dtypes!(c, c.dtype_of(&["ref"])?, T => integer!(c, c.index_type("indices")?, I => {
                let (indices, updates) = (c.operand::<I>("indices")?, c.operand::<T>("updates")?);
                c.returns($call(&reference::<T>(c)?, indices, updates))
            }))
        })
    };
}

pub const BINDINGS: &[Binding] = &[
    bind("tf.assign", "ref, value, validate_shape", |c| {
        any!(c.dtype_of(&["ref"])?, T => {
            let options = tf1::Assign::new().validate_shape(c.bool("validate_shape", true)?);
            c.returns(tf1::assign_with(&reference::<T>(c)?, c.operand("value")?, options))
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
    bind("tf.count_up_to", "ref, limit", |c| {
        let limit = c.int("limit", 0)?;
        integer!(c, c.dtype_of(&["ref"])?, T => c.returns(tf1::count_up_to(reference::<T>(c)?, limit)))
    }),
    scatter!("tf.scatter_add": numeric, tf1::scatter_add),
    scatter!("tf.scatter_div": numeric, tf1::scatter_div),
    scatter!("tf.scatter_max": numeric, tf1::scatter_max),
    scatter!("tf.scatter_min": numeric, tf1::scatter_min),
    scatter!("tf.scatter_mul": numeric, tf1::scatter_mul),
    scatter!("tf.scatter_nd_add": numeric, tf1::scatter_nd_add),
    scatter!("tf.scatter_nd_sub": numeric, tf1::scatter_nd_sub),
    scatter!("tf.scatter_nd_update": plain_of, tf1::scatter_nd_update),
    scatter!("tf.scatter_sub": numeric, tf1::scatter_sub),
    scatter!("tf.scatter_update": plain_of, tf1::scatter_update),
];

/// The memory of the variable `ref`.
fn reference<T: Literal>(c: &Call<'_>) -> Outcome<tf1::Tensor<T>> {
    Ok(c.any_tensor("ref")?.typed()?)
}
