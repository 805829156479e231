//! Reductions.

use tf1::{ArgMax, ArgMin, Axes, Cumprod, Cumsum, DType, Norm};

use crate::call::{Binding, Call, bind, with};
use crate::dispatch::{float, integer, number, numeric, plain_of, real};
use crate::trouble::Outcome;
use crate::value::Value;

const PARAMETERS: &str = "input_tensor, axis|reduction_indices, keepdims|keep_dims";
const COUNTED: &str = "input_tensor, axis|reduction_indices, keepdims|keep_dims, dtype";

/// A row for a reduction.
macro_rules! reduction {
    ($function:literal: $dtypes:ident, $call:path) => {
        bind($function, PARAMETERS, |c| {
            $dtypes!(c, c.dtype_of(&["input_tensor"])?, T => {
                let axes = kept(c, axes(c, "axis")?)?;
                c.returns($call(c.operand::<T>("input_tensor")?, axes))
            })
        })
    };
}

/// A row for a reduction of truth values.
macro_rules! logical {
    ($function:literal, $call:path) => {
        bind($function, PARAMETERS, |c| {
            let axes = kept(c, axes(c, "axis")?)?;
            c.returns($call(c.operand::<bool>("input_tensor")?, axes))
        })
    };
}

/// A row for the place of an extremum.
macro_rules! place {
    ($function:literal, $call:path, $options:ident) => {
        bind($function, "input, axis|dimension, output_type", |c| {
            real!(c, c.dtype_of(&["input"])?, T => integer!(c, c.dtype("output_type", DType::Int64)?, I => {
                let axis = c.optional_int("axis")?.map(|axis| axis as i32);
                let options = with($options::new(), axis, $options::axis).output_type(tf1::ElementType::<I>::new());
                c.returns($call(c.operand::<T>("input")?, options))
            }))
        })
    };
}

/// A row for running sums or products.
macro_rules! cumulative {
    ($function:literal, $call:path, $options:ident) => {
        bind($function, "x, axis, exclusive, reverse", |c| {
            number!(c, c.dtype_of(&["x"])?, T => {
                let options = $options::new().axis(c.int("axis", 0)? as i32);
                let options = if c.bool("exclusive", false)? { options.exclusive() } else { options };
                let options = if c.bool("reverse", false)? { options.reverse() } else { options };
                c.returns($call(c.operand::<T>("x")?, options))
            })
        })
    };
}

pub const BINDINGS: &[Binding] = &[
    reduction!("tf.reduce_sum": number, tf1::reduce_sum),
    reduction!("tf.reduce_mean": number, tf1::reduce_mean),
    reduction!("tf.reduce_prod": number, tf1::reduce_prod),
    reduction!("tf.reduce_max": real, tf1::reduce_max),
    reduction!("tf.reduce_min": numeric, tf1::reduce_min),
    reduction!("tf.reduce_logsumexp": float, tf1::reduce_logsumexp),
    reduction!("tf.reduce_variance": float, tf1::reduce_variance),
    reduction!("tf.reduce_std": float, tf1::reduce_std),
    logical!("tf.reduce_all", tf1::reduce_all),
    logical!("tf.reduce_any", tf1::reduce_any),
    bind("tf.count_nonzero", COUNTED, |c| {
        plain_of!(c, c.dtype_of(&["input_tensor"])?, T => numeric!(c, c.dtype("dtype", DType::Int64)?, R => {
            let axes = kept(c, axes(c, "axis")?)?;
            let dtype = tf1::ElementType::<R>::new();
            c.returns(tf1::count_nonzero_as::<T, R>(c.operand("input_tensor")?, axes, dtype))
        }))
    }),
    place!("tf.argmax", tf1::argmax_with, ArgMax),
    place!("tf.argmin", tf1::argmin_with, ArgMin),
    cumulative!("tf.cumsum", tf1::cumsum_with, Cumsum),
    cumulative!("tf.cumprod", tf1::cumprod_with, Cumprod),
    bind("tf.norm", "tensor, ord, axis, keepdims|keep_dims", |c| {
        float!(c, c.dtype_of(&["tensor"])?, T => {
            let options = match c.optional("ord") {
                None => Norm::new(),
                Some(Value::Text(name)) if name != "inf" => Norm::new().ord(name.as_str()),
                Some(ord) => Norm::new().ord(ord.to_array::<f64>()?[[]]),
            };
            let options = match c.optional_ints("axis")?.as_deref() {
                None => options,
                Some([axis]) => options.axis(*axis as isize),
                Some([rows, columns]) => options.matrix_axes([*rows as isize, *columns as isize]),
                Some(_) => return Err(c.lacks("over more than two axes")),
            };
            let options = if c.bool("keepdims", false)? { options.keepdims() } else { options };
            c.returns(tf1::norm_with::<T>(c.operand("tensor")?, options))
        })
    }),
];

/// Some axes: all if nothing is given.
pub fn axes(c: &Call<'_>, name: &str) -> Outcome<Axes> {
    let given = |axis: i64| axis as isize;
    Ok(match c.peek(name) {
        Some(Value::Int(_)) => Axes::from(given(c.int(name, 0)?)),
        Some(Value::Tensor(_)) => Axes::from(c.tensor::<i32>(name)?),
        _ => c.optional_ints(name)?.map_or(Axes::all(), |axes| {
            Axes::from(axes.into_iter().map(given).collect::<Vec<_>>())
        }),
    })
}

/// The axes, kept with length 1 if `keepdims` says so.
pub fn kept(c: &Call<'_>, axes: Axes) -> Outcome<Axes> {
    Ok(if c.bool("keepdims", false)? {
        axes.keepdims()
    } else {
        axes
    })
}
