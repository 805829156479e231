//! Reductions.

use tf1::Axes;

use crate::call::{Binding, Call, bind};
use crate::dispatch::numeric;
use crate::trouble::Outcome;
use crate::value::Value;

const PARAMETERS: &str = "input_tensor, axis|reduction_indices, keepdims|keep_dims";

pub const BINDINGS: &[Binding] = &[bind("tf.reduce_sum", PARAMETERS, |c| {
    numeric!(c, c.dtype_of(&["input_tensor"])?, T => {
        let axes = axes(c)?;
        c.returns(tf1::reduce_sum::<T>(c.operand("input_tensor")?, axes))
    })
})];

/// The arguments `axis` and `keepdims`.
fn axes(c: &Call<'_>) -> Outcome<Axes> {
    let axes = match c.peek("axis") {
        Some(Value::Int(axis)) => Axes::from(axis as isize),
        Some(Value::List(_)) => {
            Axes::from(c.ints("axis")?.into_iter().map(|axis| axis as isize).collect::<Vec<_>>())
        }
        Some(Value::Tensor(_)) => Axes::from(c.tensor::<i32>("axis")?),
        _ => Axes::all(),
    };
    c.optional("axis");
    Ok(if c.bool("keepdims", false)? { axes.keepdims() } else { axes })
}
