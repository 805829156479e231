//! Reductions.

use tf1::Axes;

use crate::call::{Binding, Call, bind};
use crate::dispatch::numeric;
use crate::trouble::Outcome;
use crate::value::Value;

const PARAMETERS: &str = "input_tensor, axis|reduction_indices, keepdims|keep_dims";

/// A row for a reduction that keeps the type.
macro_rules! reduction {
    ($function:literal: $dtypes:ident, $call:path) => {
        bind($function, PARAMETERS, |c| {
            $dtypes!(c, c.dtype_of(&["input_tensor"])?, T => {
                let (input, axes) = (c.operand::<T>("input_tensor")?, axes(c)?);
                c.returns($call(input, axes))
            })
        })
    };
}

pub const BINDINGS: &[Binding] = &[
    reduction!("tf.reduce_sum": numeric, tf1::reduce_sum),
    //?reduction!("tf.reduce_mean": numeric, tf1::reduce_mean),
    //?reduction!("tf.reduce_prod": numeric, tf1::reduce_prod),
    //?reduction!("tf.reduce_max": numeric, tf1::reduce_max),
    //?reduction!("tf.reduce_min": numeric, tf1::reduce_min),
    //?reduction!("tf.reduce_logsumexp": float, tf1::reduce_logsumexp),
];

/// The arguments `axis` and `keepdims`.
fn axes(c: &Call<'_>) -> Outcome<Axes> {
    let axes = match c.peek("axis") {
        Some(Value::Int(axis)) => Axes::from(axis as isize),
        Some(Value::List(_)) => Axes::from(
            c.ints("axis")?
                .into_iter()
                .map(|axis| axis as isize)
                .collect::<Vec<_>>(),
        ),
        Some(Value::Tensor(_)) => Axes::from(c.tensor::<i32>("axis")?),
        _ => Axes::all(),
    };
    c.optional("axis");
    Ok(if c.bool("keepdims", false)? {
        axes.keepdims()
    } else {
        axes
    })
}
