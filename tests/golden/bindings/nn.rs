//! `tf.nn`.

use tf1::Float;
use tf1::nn::{Dropout, Keep};

use super::random::shape;
use super::unary;
use crate::call::{Binding, Call, bind, with};
use crate::dispatch::{float, numeric};
use crate::trouble::Outcome;
use crate::value::{Literal, Value};

pub const BINDINGS: &[Binding] = &[
    unary!("tf.nn.relu"(features): numeric, tf1::nn::relu),
    bind(
        "tf.nn.dropout",
        "x, keep_prob, noise_shape, seed, rate",
        |c| {
            float!(c, c.dtype_of(&["x"])?, T => {
                let x = c.operand::<T>("x")?;
                let keep = match (keep::<T>(c, "keep_prob")?, keep::<T>(c, "rate")?) {
                    (Some(keep), _) => keep,
                    (None, Some(rate)) => Keep::rate(rate),
                    (None, None) => return Err(c.lacks("without keep_prob")),
                };
                let noise_shape = c.peek("noise_shape").map(|_| shape(c, "noise_shape")).transpose()?;
                let options = with(Dropout::new(), noise_shape, Dropout::noise_shape);
                let options = with(options, c.optional_int("seed")?, Dropout::seed);
                c.returns(tf1::nn::dropout_with(x, keep, options))
            })
        },
    ),
    bind(
        "tf.clip_by_value",
        "t, clip_value_min, clip_value_max",
        |c| {
            numeric!(c, c.dtype_of(&["t"])?, T => {
                let (min, max) = (c.operand::<T>("clip_value_min")?, c.operand::<T>("clip_value_max")?);
                c.returns(tf1::clip_by_value::<T>(c.operand("t")?, min, max))
            })
        },
    ),
];

/// A probability: a number or a tensor.
fn keep<T: Float + Literal>(c: &Call<'_>, name: &str) -> Outcome<Option<Keep<T>>> {
    match c.peek(name) {
        Some(Value::Tensor(_)) => Ok(Some(Keep::from(c.tensor::<T>(name)?))),
        _ => Ok(c.optional_float(name)?.map(Keep::from)),
    }
}
