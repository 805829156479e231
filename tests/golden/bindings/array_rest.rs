//! Ops that make, index and count arrays: the less common ones.

use tf1::{
    Bincount, BooleanMask, ConfusionMatrix, DType, Eye, OneHot, ReverseSequence, SequenceMask,
};

use super::{binary, unary};
use crate::call::{Binding, bind, with};
use crate::dispatch::{any, any_of, integer, numeric};
use crate::value::Value;

pub const BINDINGS: &[Binding] = &[
    bind(
        "tf.one_hot",
        "indices, depth, on_value, off_value, axis, dtype",
        |c| {
            let dtype = match (
                c.peek("on_value").or(c.peek("off_value")),
                c.optional("dtype"),
            ) {
                (Some(_), _) => c.dtype_of(&["on_value", "off_value"])?,
                (None, Some(Value::Text(dtype))) => crate::array::dtype(&dtype)?,
                _ => DType::Float32,
            };
            any!(dtype, T => integer!(c, c.index_type("indices")?, I => {
                let value = |name: &str| c.optional(name).map(|value| value.to_array::<T>()).transpose();
                let options = OneHot::<T>::new().axis(c.int("axis", -1)? as isize);
                let options = with(options, value("on_value")?.map(|value| value[[]]), OneHot::on_value);
                let options = with(options, value("off_value")?.map(|value| value[[]]), OneHot::off_value);
                c.returns(tf1::one_hot_with::<T, I>(c.operand("indices")?, c.operand("depth")?, options))
            }))
        },
    ),
    bind("tf.eye", "num_rows, num_columns, batch_shape, dtype", |c| {
        any!(c.dtype("dtype", DType::Float32)?, T => {
            let batch = c.peek("batch_shape").map(|_| c.lengths("batch_shape")).transpose()?;
            let options = with(Eye::new(), batch, Eye::batch_shape);
            let options = with(options, c.optional_int("num_columns")?.map(|n| n as usize), Eye::num_columns);
            c.returns(c.graph.eye_with::<T>(c.int("num_rows", 0)? as usize, options))
        })
    }),
    unary!("tf.diag"(diagonal): any_of, tf1::diag),
    unary!("tf.diag_part"(input): any_of, tf1::diag_part),
    unary!("tf.matrix_diag"(diagonal): any_of, tf1::matrix_diag),
    unary!("tf.matrix_diag_part"(input): any_of, tf1::matrix_diag_part),
    binary!("tf.matrix_set_diag"(input, diagonal): any_of, tf1::matrix_set_diag),
    unary!("tf.trace"(x): numeric, tf1::trace),
    bind("tf.matrix_band_part", "input, num_lower, num_upper", |c| {
        any!(c.dtype_of(&["input"])?, T => {
            c.returns(tf1::matrix_band_part::<T>(c.operand("input")?, c.operand("num_lower")?, c.operand("num_upper")?))
        })
    }),
    bind("tf.gather_nd", "params, indices", |c| {
        any!(c.dtype_of(&["params"])?, T => integer!(c, c.index_type("indices")?, I => {
            c.returns(tf1::gather_nd::<T, I>(c.operand("params")?, c.operand("indices")?))
        }))
    }),
    bind("tf.scatter_nd", "indices, updates, shape", |c| {
        numeric!(c, c.dtype_of(&["updates"])?, T => integer!(c, c.index_type("indices")?, I => {
            c.returns(tf1::scatter_nd::<T, I>(c.operand("indices")?, c.operand("updates")?, c.operand("shape")?))
        }))
    }),
    bind("tf.nn.embedding_lookup", "params, ids", |c| {
        any!(c.dtype_of(&["params"])?, T => integer!(c, c.index_type("ids")?, I => {
            c.returns(tf1::nn::embedding_lookup::<T, I>(c.operand("params")?, c.operand("ids")?))
        }))
    }),
    bind("tf.nn.top_k", "input, k", |c| {
        numeric!(c, c.dtype_of(&["input"])?, T => {
            let (values, indices) = tf1::nn::top_k::<T>(c.operand("input")?, c.operand("k")?);
            Ok(Value::List(vec![c.returns(values)?, c.returns(indices)?]))
        })
    }),
    bind("tf.nn.in_top_k", "predictions, targets, k", |c| {
        integer!(c, c.index_type("targets")?, I => {
            c.returns(tf1::nn::in_top_k::<I>(c.operand("predictions")?, c.operand("targets")?, c.operand("k")?))
        })
    }),
    bind("tf.reverse", "tensor, axis", |c| {
        any!(c.dtype_of(&["tensor"])?, T => integer!(c, c.index_type("axis")?, I => {
            c.returns(tf1::reverse::<T, I>(c.operand("tensor")?, c.operand("axis")?))
        }))
    }),
    bind(
        "tf.reverse_sequence",
        "input, seq_lengths, seq_axis, batch_axis",
        |c| {
            any!(c.dtype_of(&["input"])?, T => integer!(c, c.index_type("seq_lengths")?, I => {
                let options = ReverseSequence::new().batch_axis(c.int("batch_axis", 0)? as usize);
                let seq_axis = c.int("seq_axis", 0)? as usize;
                c.returns(tf1::reverse_sequence_with::<T, I>(c.operand("input")?, c.operand("seq_lengths")?, seq_axis, options))
            }))
        },
    ),
    bind("tf.roll", "input, shift, axis", |c| {
        any!(c.dtype_of(&["input"])?, T => {
            c.returns(tf1::roll::<T, i32, i32>(c.operand("input")?, c.operand("shift")?, c.operand("axis")?))
        })
    }),
    bind("tf.sequence_mask", "lengths, maxlen, dtype", |c| {
        any!(c.dtype("dtype", DType::Bool)?, T => integer!(c, c.index_type("lengths")?, I => {
            let maxlen = c.optional_int("maxlen")?.map(|n| n as i32);
            let options = with(SequenceMask::<T>::new(), maxlen, SequenceMask::maxlen);
            c.returns(tf1::sequence_mask_with::<T, I>(c.operand("lengths")?, options))
        }))
    }),
    bind("tf.boolean_mask", "tensor, mask, axis", |c| {
        any!(c.dtype_of(&["tensor"])?, T => {
            let options = BooleanMask::new().axis(c.int("axis", 0)? as usize);
            c.returns(tf1::boolean_mask_with::<T>(c.operand("tensor")?, c.operand("mask")?, options))
        })
    }),
    bind("tf.unique", "x", |c| {
        numeric!(c, c.dtype_of(&["x"])?, T => {
            let (values, indices) = tf1::unique::<T>(c.operand("x")?);
            Ok(Value::List(vec![c.returns(values)?, c.returns(indices)?]))
        })
    }),
    bind("tf.unique_with_counts", "x", |c| {
        numeric!(c, c.dtype_of(&["x"])?, T => {
            let (values, indices, counts) = tf1::unique_with_counts::<T>(c.operand("x")?);
            Ok(Value::List(vec![c.returns(values)?, c.returns(indices)?, c.returns(counts)?]))
        })
    }),
    bind("tf.setdiff1d", "x, y", |c| {
        numeric!(c, c.dtype_of(&["x"])?, T => {
            let (values, indices) = tf1::setdiff1d::<T>(c.operand("x")?, c.operand("y")?);
            Ok(Value::List(vec![c.returns(values)?, c.returns(indices)?]))
        })
    }),
    bind("tf.bincount", "arr", |c| {
        c.returns(tf1::bincount_with(
            c.operand("arr")?,
            Bincount::<i32>::new(),
        ))
    }),
    bind("tf.space_to_depth", "input, block_size", |c| {
        any!(c.dtype_of(&["input"])?, T => {
            let block_size = c.int("block_size", 0)? as usize;
            c.returns(tf1::space_to_depth::<T>(c.operand("input")?, block_size))
        })
    }),
    bind("tf.depth_to_space", "input, block_size", |c| {
        any!(c.dtype_of(&["input"])?, T => {
            let block_size = c.int("block_size", 0)? as usize;
            c.returns(tf1::depth_to_space::<T>(c.operand("input")?, block_size))
        })
    }),
    bind("tf.broadcast_to", "input, shape", |c| {
        any!(c.dtype_of(&["input"])?, T => {
            c.returns(tf1::broadcast_to::<T, i32>(c.operand("input")?, c.operand("shape")?))
        })
    }),
    bind(
        "tf.confusion_matrix",
        "labels, predictions, num_classes",
        |c| {
            let count = c.optional_int("num_classes")?.map(|n| n as i32);
            let options = with(
                ConfusionMatrix::<i32>::new(),
                count,
                ConfusionMatrix::num_classes,
            );
            c.returns(tf1::confusion_matrix_with::<i32, i32, i32>(
                c.operand("labels")?,
                c.operand("predictions")?,
                options,
            ))
        },
    ),
];
