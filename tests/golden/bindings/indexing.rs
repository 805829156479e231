//! Gathering and scattering, masks, one-hot vectors, diagonals, sets, counts and segments.

use tf1::nn::EmbeddingLookup;
use tf1::{
    Bincount, BooleanMask, ConfusionMatrix, DType, ElementType, Gather, GatherNd, OneHot,
    SequenceMask,
};

use super::{binary, unary};
use crate::call::{Binding, bind, with};
use crate::dispatch::{any, integer, numeric, plain_of};

/// A row for a reduction of the rows that sorted numbers put together.
macro_rules! segment {
    ($function:literal, $call:path) => {
        bind($function, "data, segment_ids", |c| {
            numeric!(c, c.dtype_of(&["data"])?, T => integer!(c, c.index_type("segment_ids")?, I => {
                c.returns($call(c.operand::<T>("data")?, c.operand::<I>("segment_ids")?))
            }))
        })
    };
}

/// A row for a reduction of the rows that numbers in any order put together.
macro_rules! unsorted_segment {
    ($function:literal, $call:path) => {
        bind($function, "data, segment_ids, num_segments", |c| {
            numeric!(c, c.dtype_of(&["data"])?, T => integer!(c, c.index_type("segment_ids")?, I => {
                let (data, ids) = (c.operand::<T>("data")?, c.operand::<I>("segment_ids")?);
                c.returns($call(data, ids, c.operand::<i32>("num_segments")?))
            }))
        })
    };
}

const LOOKUP: &str = "params, ids, partition_strategy, validate_indices, max_norm";

pub const BINDINGS: &[Binding] = &[
    // Collecting.
    bind(
        "tf.gather",
        "params, indices, validate_indices, axis, batch_dims",
        |c| {
            any!(c.dtype_of(&["params"])?, T => integer!(c, c.index_type("indices")?, I => {
                let axis = c.optional_int("axis")?.map(|axis| axis as isize);
                let options = with(Gather::new(), axis, Gather::axis).batch_dims(c.int("batch_dims", 0)?);
                c.returns(tf1::gather_with::<T, I>(c.operand("params")?, c.operand("indices")?, options))
            }))
        },
    ),
    bind("tf.nn.embedding_lookup", LOOKUP, |c| {
        let params = c.peek("params");
        let items = params.as_ref().and_then(|params| params.items());
        if items.is_some_and(<[_]>::is_empty) {
            return Err(c.refused("of an empty list"));
        }
        let is_list = items.is_some_and(|items| items[0].dtype().is_some());
        let mut options = EmbeddingLookup::new();
        let strategy = c.optional_text("partition_strategy")?;
        options = with(
            options,
            strategy.as_deref(),
            EmbeddingLookup::partition_strategy,
        );
        options = with(
            options,
            c.optional_float("max_norm")?,
            EmbeddingLookup::max_norm,
        );
        any!(c.dtype_of(&["params"])?, T => integer!(c, c.index_type("ids")?, I => {
            let tables = match is_list {
                true => c.tensors::<T>("params")?,
                false => vec![c.tensor::<T>("params")?],
            };
            c.returns(tf1::nn::embedding_lookup_with(tables, c.operand::<I>("ids")?, options))
        }))
    }),
    bind(
        "tf.dynamic_partition",
        "data, partitions, num_partitions",
        |c| {
            any!(c.dtype_of(&["data"])?, T => {
                let count = c.length("num_partitions")?;
                c.returns(tf1::dynamic_partition::<T>(c.operand("data")?, c.operand("partitions")?, count))
            })
        },
    ),
    bind("tf.dynamic_stitch", "indices, data", |c| {
        any!(c.dtype_of(&["data"])?, T => {
            c.returns(tf1::dynamic_stitch::<T>(c.operands("indices")?, c.operands("data")?))
        })
    }),
    segment!("tf.segment_max", tf1::segment_max),
    segment!("tf.segment_mean", tf1::segment_mean),
    segment!("tf.segment_min", tf1::segment_min),
    segment!("tf.segment_prod", tf1::segment_prod),
    segment!("tf.segment_sum", tf1::segment_sum),
    unsorted_segment!("tf.unsorted_segment_max", tf1::unsorted_segment_max),
    unsorted_segment!("tf.unsorted_segment_min", tf1::unsorted_segment_min),
    unsorted_segment!("tf.unsorted_segment_prod", tf1::unsorted_segment_prod),
    unsorted_segment!("tf.unsorted_segment_sum", tf1::unsorted_segment_sum),
    bind("tf.gather_nd", "params, indices, batch_dims", |c| {
        any!(c.dtype_of(&["params"])?, T => integer!(c, c.index_type("indices")?, I => {
            let options = GatherNd::new().batch_dims(c.int("batch_dims", 0)?);
            c.returns(tf1::gather_nd_with::<T, I>(c.operand("params")?, c.operand("indices")?, options))
        }))
    }),
    bind("tf.scatter_nd", "indices, updates, shape", |c| {
        numeric!(c, c.dtype_of(&["updates"])?, T => integer!(c, c.index_type("indices")?, I => {
            let (indices, updates) = (c.operand::<I>("indices")?, c.operand::<T>("updates")?);
            c.returns(tf1::scatter_nd(indices, updates, c.integers("shape")?))
        }))
    }),
    // Choosing.
    bind("tf.where", "condition, x, y", |c| {
        if c.peek("x").is_none() && c.peek("y").is_none() {
            return any!(c.dtype_of(&["condition"])?, T => c.returns(tf1::where_::<T>(c.operand("condition")?)));
        }
        any!(c.dtype_of(&["x", "y"])?, T => {
            c.returns(tf1::select::<T>(c.operand("condition")?, c.operand("x")?, c.operand("y")?))
        })
    }),
    bind("tf.boolean_mask", "tensor, mask, name, axis", |c| {
        any!(c.dtype_of(&["tensor"])?, T => {
            let axis = c.optional_length("axis")?;
            let options = with(BooleanMask::new(), axis, BooleanMask::axis);
            c.returns(tf1::boolean_mask_with::<T>(c.operand("tensor")?, c.operand("mask")?, options))
        })
    }),
    bind("tf.sequence_mask", "lengths, maxlen, dtype", |c| {
        plain_of!(c, c.dtype("dtype", DType::Bool)?, T => integer!(c, c.index_type("lengths")?, I => {
            let maxlen = c.optional_int("maxlen")?.map(|maxlen| maxlen as i32);
            let options = with(SequenceMask::new(), maxlen, SequenceMask::maxlen).dtype(ElementType::<T>::new());
            c.returns(tf1::sequence_mask_with::<T, I>(c.operand("lengths")?, options))
        }))
    }),
    bind(
        "tf.one_hot",
        "indices, depth, on_value, off_value, axis, dtype",
        |c| {
            let dtype = c
                .dtype_of(&["on_value", "off_value"])
                .unwrap_or(DType::Float32);
            plain_of!(c, c.dtype("dtype", dtype)?, T => integer!(c, c.index_type("indices")?, I => {
                let value = |name| c.optional(name).map(|value| value.to_array::<T>()).transpose();
                let options = with(OneHot::<T>::new(), value("on_value")?.map(|on| on[[]]), OneHot::on_value);
                let options = with(options, value("off_value")?.map(|off| off[[]]), OneHot::off_value);
                let options = with(options, c.optional_int("axis")?.map(|axis| axis as isize), OneHot::axis);
                c.returns(tf1::one_hot_with::<T, I>(c.operand("indices")?, c.integers("depth")?, options))
            }))
        },
    ),
    bind("tf.nn.top_k", "input, k, sorted", |c| {
        if !c.bool("sorted", true)? {
            return Err(c.lacks("sorted=False"));
        }
        numeric!(c, c.dtype_of(&["input"])?, T => {
            c.returns(tf1::nn::top_k::<T>(c.operand("input")?, c.integers("k")?))
        })
    }),
    bind("tf.nn.in_top_k", "predictions, targets, k", |c| {
        integer!(c, c.index_type("targets")?, I => {
            c.returns(tf1::nn::in_top_k::<I>(c.operand("predictions")?, c.operand("targets")?, c.integers("k")?))
        })
    }),
    // Diagonals.
    unary!("tf.diag"(diagonal): any_of, tf1::diag),
    unary!("tf.diag_part"(input): any_of, tf1::diag_part),
    unary!("tf.matrix_diag"(diagonal): any_of, tf1::matrix_diag),
    unary!("tf.matrix_diag_part"(input): any_of, tf1::matrix_diag_part),
    binary!("tf.matrix_set_diag"(input, diagonal): any_of, tf1::matrix_set_diag),
    unary!("tf.trace"(x): numeric, tf1::trace),
    bind("tf.matrix_band_part", "input, num_lower, num_upper", |c| {
        any!(c.dtype_of(&["input"])?, T => {
            let (lower, upper) = (c.integers("num_lower")?, c.integers("num_upper")?);
            c.returns(tf1::matrix_band_part::<T>(c.operand("input")?, lower, upper))
        })
    }),
    // Sets and counts.
    bind("tf.unique", "x, out_idx", |c| {
        any!(c.dtype_of(&["x"])?, T => integer!(c, c.dtype("out_idx", DType::Int32)?, I => {
            c.returns(tf1::unique_as(c.operand::<T>("x")?, ElementType::<I>::new()))
        }))
    }),
    bind("tf.unique_with_counts", "x, out_idx", |c| {
        any!(c.dtype_of(&["x"])?, T => integer!(c, c.dtype("out_idx", DType::Int32)?, I => {
            c.returns(tf1::unique_with_counts_as(c.operand::<T>("x")?, ElementType::<I>::new()))
        }))
    }),
    bind("tf.setdiff1d", "x, y, index_dtype", |c| {
        any!(c.dtype_of(&["x", "y"])?, T => integer!(c, c.dtype("index_dtype", DType::Int32)?, I => {
            let (x, y) = (c.operand::<T>("x")?, c.operand::<T>("y")?);
            c.returns(tf1::setdiff1d_as(x, y, ElementType::<I>::new()))
        }))
    }),
    bind(
        "tf.bincount",
        "arr, weights, minlength, maxlength, dtype",
        |c| {
            let length = |name| {
                Ok::<_, crate::trouble::Trouble>(c.optional_int(name)?.map(|length| length as i32))
            };
            let (minlength, maxlength) = (length("minlength")?, length("maxlength")?);
            numeric!(c, c.dtype("dtype", DType::Int32)?, T => {
                let options = with(Bincount::new().dtype(ElementType::<T>::new()), minlength, Bincount::minlength);
                let options = with(options, maxlength, Bincount::maxlength);
                c.returns(tf1::bincount_with::<T>(c.operand("arr")?, options))
            })
        },
    ),
    bind(
        "tf.confusion_matrix",
        "labels, predictions, num_classes, dtype",
        |c| {
            let classes = c.optional_int("num_classes")?.map(|classes| classes as i32);
            numeric!(c, c.dtype("dtype", DType::Int32)?, T => integer!(c, c.index_type("labels")?, L => {
                let options = with(ConfusionMatrix::new().dtype(ElementType::<T>::new()), classes, ConfusionMatrix::num_classes);
                let (labels, predictions) = (c.operand::<L>("labels")?, c.operand::<L>("predictions")?);
                c.returns(tf1::confusion_matrix_with(labels, predictions, options))
            }))
        },
    ),
];
