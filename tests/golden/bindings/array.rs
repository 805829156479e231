//! Ops that make, reshape, join, cut and index arrays.

use tf1::{
    Constant, DType, DepthToSpace, Eye, Index, IntoIndex, MatrixTranspose, MatrixTriangularSolve,
    Pad, Qr, RequiredSpaceToBatchPaddings, ReverseSequence, SpaceToDepth, Squeeze, StridedSlice,
    Transpose, Unstack,
};

use super::unary;
use crate::call::{Binding, Call, bind, with};
use crate::dispatch::{any, float, integer, plain_of, real};
use crate::operand::Operand;
use crate::trouble::{Outcome, Trouble};
use crate::value::Value;

pub const BINDINGS: &[Binding] = &[
    // Making.
    bind("tf.constant", "value, dtype, shape", |c| {
        any!(c.dtype("dtype", c.dtype_of(&["value"]).unwrap_or(DType::Float32))?, T => {
            let value = c.required("value")?.to_array::<T>()?;
            let shape = c.peek("shape").map(|_| c.lengths("shape")).transpose()?;
            c.returns(c.graph.constant_with(value, with(Constant::new(), shape, Constant::shape)))
        })
    }),
    bind(
        "tf.zeros",
        "shape, dtype",
        |c| any!(c.dtype("dtype", DType::Float32)?, T => c.returns(c.graph.zeros::<T>(c.lengths("shape")?))),
    ),
    bind(
        "tf.ones",
        "shape, dtype",
        |c| plain_of!(c, c.dtype("dtype", DType::Float32)?, T => c.returns(c.graph.ones::<T>(c.lengths("shape")?))),
    ),
    unary!("tf.zeros_like"(tensor): any_of, tf1::zeros_like),
    unary!("tf.ones_like"(tensor): plain_of, tf1::ones_like),
    bind("tf.fill", "dims, value", |c| {
        any!(c.dtype_of(&["value"])?, T => {
            c.returns(c.graph.fill(c.integers("dims")?, c.operand::<T>("value")?))
        })
    }),
    bind("tf.range", "start, limit, delta, dtype", |c| {
        let dtype = c.dtype_of(&["start", "limit", "delta"])?;
        real!(c, c.dtype("dtype", dtype)?, T => {
            let one = Operand::Array(ndarray::arr0(<T as tf1::Number>::ONE).into_dyn());
            let delta = c.optional_operand::<T>("delta")?.unwrap_or(one);
            let start = c.operand::<T>("start")?;
            c.returns(match c.optional_operand::<T>("limit")? {
                Some(limit) => c.graph.range((start, limit, delta)),
                None => c.graph.range((<T as tf1::Number>::ZERO, start, delta)),
            })
        })
    }),
    bind("tf.linspace", "start, stop, num", |c| {
        float!(c, c.dtype_of(&["start", "stop"])?, T => {
            c.returns(c.graph.linspace::<T>(c.operand("start")?, c.operand("stop")?, c.integers("num")?))
        })
    }),
    bind("tf.eye", "num_rows, num_columns, batch_shape, dtype", |c| {
        plain_of!(c, c.dtype("dtype", DType::Float32)?, T => {
            let columns = c.optional_length("num_columns")?;
            let batch = c.peek("batch_shape").map(|_| c.lengths("batch_shape")).transpose()?;
            let options = with(Eye::new(), columns, Eye::num_columns);
            let options = with(options, batch, Eye::batch_shape);
            c.returns(c.graph.eye_with::<T>(c.length("num_rows")?, options))
        })
    }),
    // Measuring and passing on.
    bind("tf.shape", "input, out_type", |c| {
        any!(c.dtype_of(&["input"])?, T => integer!(c, c.dtype("out_type", DType::Int32)?, R => {
            c.returns(tf1::shape_as::<T, R>(c.operand("input")?, tf1::ElementType::<R>::new()))
        }))
    }),
    bind("tf.size", "input, out_type", |c| {
        any!(c.dtype_of(&["input"])?, T => integer!(c, c.dtype("out_type", DType::Int32)?, R => {
            c.returns(tf1::size_as::<T, R>(c.operand("input")?, tf1::ElementType::<R>::new()))
        }))
    }),
    bind("tf.shape_n", "input, out_type", |c| {
        integer!(c, c.dtype("out_type", DType::Int32)?, R => {
            c.returns(tf1::shape_n_as(&c.any_tensors("input")?, tf1::ElementType::<R>::new()))
        })
    }),
    unary!("tf.rank"(input): any_of, tf1::rank),
    unary!("tf.identity"(input): any_of, tf1::identity),
    unary!("tf.stop_gradient"(input): any_of, tf1::stop_gradient),
    bind("tf.identity_n", "input", |c| {
        c.returns(tf1::identity_n(c.any_tensors("input")?))
    }),
    bind("tf.qr", "input, full_matrices", |c| {
        float!(c, c.dtype_of(&["input"])?, T => {
            let options = match c.bool("full_matrices", false)? {
                true => Qr::new().full_matrices(),
                false => Qr::new(),
            };
            c.returns(tf1::qr_with::<T>(c.operand("input")?, options))
        })
    }),
    bind(
        "tf.matrix_triangular_solve",
        "matrix, rhs, lower, adjoint",
        |c| {
            float!(c, c.dtype_of(&["matrix", "rhs"])?, T => {
                let options = MatrixTriangularSolve::new();
                let options = if c.bool("lower", true)? { options } else { options.upper() };
                let options = if c.bool("adjoint", false)? { options.adjoint() } else { options };
                let (matrix, rhs) = (c.operand("matrix")?, c.operand("rhs")?);
                c.returns(tf1::matrix_triangular_solve_with::<T>(matrix, rhs, options))
            })
        },
    ),
    bind("tf.linalg.adjoint", "matrix", |c| {
        any!(c.dtype_of(&["matrix"])?, T => {
            c.returns(tf1::linalg::adjoint::<T>(c.operand("matrix")?))
        })
    }),
    // Reshaping.
    bind("tf.reshape", "tensor, shape", |c| {
        any!(c.dtype_of(&["tensor"])?, T => {
            c.returns(tf1::reshape::<T>(c.operand("tensor")?, c.integers("shape")?))
        })
    }),
    bind("tf.expand_dims", "input, axis|dim", |c| {
        any!(c.dtype_of(&["input"])?, T => {
            c.returns(tf1::expand_dims::<T>(c.operand("input")?, c.integers("axis")?))
        })
    }),
    bind("tf.squeeze", "input, axis|squeeze_dims", |c| {
        any!(c.dtype_of(&["input"])?, T => {
            let axes = c.optional_ints("axis")?.map_or(Squeeze::new(), Squeeze::from);
            c.returns(tf1::squeeze_with::<T>(c.operand("input")?, axes))
        })
    }),
    bind("tf.transpose", "a, perm, conjugate", |c| {
        any!(c.dtype_of(&["a"])?, T => {
            let options = match c.peek("perm") {
                Some(_) => Transpose::from(c.integers("perm")?),
                None => Transpose::new(),
            };
            let options = if c.bool("conjugate", false)? { options.conjugate() } else { options };
            c.returns(tf1::transpose_with::<T>(c.operand("a")?, options))
        })
    }),
    bind("tf.matrix_transpose", "a, conjugate", |c| {
        any!(c.dtype_of(&["a"])?, T => {
            let options = MatrixTranspose::new();
            let options = if c.bool("conjugate", false)? { options.conjugate() } else { options };
            c.returns(tf1::matrix_transpose_with::<T>(c.operand("a")?, options))
        })
    }),
    bind(
        "tf.invert_permutation",
        "x",
        |c| integer!(c, c.index_type("x")?, I => c.returns(tf1::invert_permutation::<I>(c.operand("x")?))),
    ),
    // Joining and taking apart.
    bind("tf.concat", "values, axis", |c| {
        any!(c.dtype_of(&["values"])?, T => {
            c.returns(tf1::concat::<T>(c.operands("values")?, c.integers("axis")?))
        })
    }),
    bind("tf.stack", "values, axis", |c| {
        any!(c.dtype_of(&["values"])?, T => {
            c.returns(tf1::stack::<T>(c.operands("values")?, c.int("axis", 0)? as isize))
        })
    }),
    bind("tf.unstack", "value, num, axis", |c| {
        any!(c.dtype_of(&["value"])?, T => {
            let options = Unstack::new().axis(c.int("axis", 0)? as isize);
            let options = with(options, c.optional_length("num")?, Unstack::num);
            c.returns(tf1::unstack_with::<T>(c.operand("value")?, options))
        })
    }),
    bind("tf.split", "value, num_or_size_splits, axis", |c| {
        any!(c.dtype_of(&["value"])?, T => {
            let axis = c.int("axis", 0)? as i32;
            let value = c.operand::<T>("value")?;
            c.returns(match c.peek("num_or_size_splits") {
                Some(Value::Int(_)) => tf1::split(value, c.length("num_or_size_splits")?, axis),
                _ => tf1::split(value, axes(c, "num_or_size_splits")?.unwrap_or_default(), axis),
            })
        })
    }),
    bind("tf.tile", "input, multiples", |c| {
        any!(c.dtype_of(&["input"])?, T => {
            c.returns(tf1::tile::<T>(c.operand("input")?, c.integers("multiples")?))
        })
    }),
    bind("tf.pad", "tensor, paddings, mode, constant_values", |c| {
        any!(c.dtype_of(&["tensor"])?, T => {
            let value = c.optional("constant_values").map(|value| value.to_array::<T>()).transpose()?;
            let options = with(Pad::<T>::new(), value.and_then(|value| value.first().cloned()), Pad::constant_values);
            let options = match c.text("mode", "CONSTANT")?.to_uppercase().as_str() {
                "CONSTANT" => options,
                "REFLECT" => options.reflect(),
                "SYMMETRIC" => options.symmetric(),
                other => return Err(c.lacks(other)),
            };
            c.returns(tf1::pad_with::<T>(c.operand("tensor")?, c.integers("paddings")?, options))
        })
    }),
    bind("tf.broadcast_to", "input, shape", |c| {
        any!(c.dtype_of(&["input"])?, T => {
            c.returns(tf1::broadcast_to::<T>(c.operand("input")?, c.integers("shape")?))
        })
    }),
    bind("tf.reverse", "tensor, axis", |c| {
        any!(c.dtype_of(&["tensor"])?, T => {
            c.returns(tf1::reverse::<T>(c.operand("tensor")?, c.integers("axis")?))
        })
    }),
    bind(
        "tf.reverse_sequence",
        "input, seq_lengths, seq_axis|seq_dim, batch_axis|batch_dim",
        |c| {
            any!(c.dtype_of(&["input"])?, T => integer!(c, c.index_type("seq_lengths")?, I => {
                let batch_axis = c.optional_length("batch_axis")?;
                let options = with(ReverseSequence::new(), batch_axis, ReverseSequence::batch_axis);
                let (input, lengths) = (c.operand::<T>("input")?, c.operand::<I>("seq_lengths")?);
                c.returns(tf1::reverse_sequence_with(input, lengths, c.length("seq_axis")?, options))
            }))
        },
    ),
    bind("tf.roll", "input, shift, axis", |c| {
        any!(c.dtype_of(&["input"])?, T => {
            c.returns(tf1::roll::<T>(c.operand("input")?, c.integers("shift")?, c.integers("axis")?))
        })
    }),
    bind("tf.space_to_depth", "input, block_size, data_format", |c| {
        any!(c.dtype_of(&["input"])?, T => {
            let options = SpaceToDepth::new().data_format(&c.text("data_format", "NHWC")?);
            let block_size = c.length("block_size")?;
            c.returns(tf1::space_to_depth_with::<T>(c.operand("input")?, block_size, options))
        })
    }),
    bind("tf.depth_to_space", "input, block_size, data_format", |c| {
        any!(c.dtype_of(&["input"])?, T => {
            let options = DepthToSpace::new().data_format(&c.text("data_format", "NHWC")?);
            let block_size = c.length("block_size")?;
            c.returns(tf1::depth_to_space_with::<T>(c.operand("input")?, block_size, options))
        })
    }),
    bind("tf.space_to_batch", "input, paddings, block_size", |c| {
        real!(c, c.dtype_of(&["input"])?, T => {
            let (input, block_size) = (c.operand::<T>("input")?, c.length("block_size")?);
            c.returns(tf1::space_to_batch(input, c.integers("paddings")?, block_size))
        })
    }),
    bind("tf.batch_to_space", "input, crops, block_size", |c| {
        real!(c, c.dtype_of(&["input"])?, T => {
            let (input, block_size) = (c.operand::<T>("input")?, c.length("block_size")?);
            c.returns(tf1::batch_to_space(input, c.integers("crops")?, block_size))
        })
    }),
    bind(
        "tf.space_to_batch_nd",
        "input, block_shape, paddings",
        |c| {
            real!(c, c.dtype_of(&["input"])?, T => {
                let (input, block) = (c.operand::<T>("input")?, c.integers("block_shape")?);
                c.returns(tf1::space_to_batch_nd(input, block, c.integers("paddings")?))
            })
        },
    ),
    bind("tf.batch_to_space_nd", "input, block_shape, crops", |c| {
        real!(c, c.dtype_of(&["input"])?, T => {
            let (input, block) = (c.operand::<T>("input")?, c.integers("block_shape")?);
            c.returns(tf1::batch_to_space_nd(input, block, c.integers("crops")?))
        })
    }),
    bind(
        "tf.required_space_to_batch_paddings",
        "input_shape, block_shape, base_paddings",
        |c| {
            let base = c
                .peek("base_paddings")
                .map(|_| c.integers("base_paddings"))
                .transpose()?;
            let options = with(
                RequiredSpaceToBatchPaddings::new(),
                base,
                RequiredSpaceToBatchPaddings::base_paddings,
            );
            let (input, block) = (c.integers("input_shape")?, c.integers("block_shape")?);
            c.returns(tf1::required_space_to_batch_paddings_with(
                input, block, options,
            ))
        },
    ),
    // Cutting.
    bind("operator.getitem", "x, index", |c| {
        let indices = indices(&c.required("index")?)?;
        any!(c.dtype_of(&["x"])?, T => c.returns(c.tensor::<T>("x")?.index(indices)))
    }),
    bind("tf.slice", "input_, begin, size", |c| {
        any!(c.dtype_of(&["input_"])?, T => {
            c.returns(tf1::slice::<T>(c.operand("input_")?, c.integers("begin")?, c.integers("size")?))
        })
    }),
    bind("tf.strided_slice", STRIDED_SLICE, |c| {
        any!(c.dtype_of(&["input_"])?, T => {
            let options = StridedSlice::new()
                .begin_mask(c.int("begin_mask", 0)? as u32)
                .end_mask(c.int("end_mask", 0)? as u32)
                .ellipsis_mask(c.int("ellipsis_mask", 0)? as u32)
                .new_axis_mask(c.int("new_axis_mask", 0)? as u32)
                .shrink_axis_mask(c.int("shrink_axis_mask", 0)? as u32);
            let input = c.operand::<T>("input_")?;
            let (begin, end, strides) = (c.integers("begin")?, c.integers("end")?, c.integers("strides")?);
            c.returns(tf1::strided_slice_with(input, begin, end, strides, options))
        })
    }),
];

const STRIDED_SLICE: &str = "input_, begin, end, strides, begin_mask, end_mask, ellipsis_mask, new_axis_mask, \
                             shrink_axis_mask";

/// A list of axes or lengths, if it is given.
fn axes(c: &Call<'_>, name: &str) -> Outcome<Option<Vec<i32>>> {
    Ok(c.optional_ints(name)?
        .map(|axes| axes.into_iter().map(|axis| axis as i32).collect()))
}

/// What stands between brackets.
fn indices(index: &Value) -> Outcome<Vec<Index>> {
    match index {
        Value::List(items) => items.iter().map(one_index).collect(),
        one => Ok(vec![one_index(one)?]),
    }
}

fn one_index(index: &Value) -> Outcome<Index> {
    Ok(match index {
        Value::Int(position) => position.into_index(),
        Value::Slice([start, stop, step]) => {
            let range = match (*start, *stop) {
                (Some(start), Some(stop)) => Index::range(start, stop),
                (Some(start), None) => Index::range(start, ..),
                (None, Some(stop)) => Index::range(.., stop),
                (None, None) => Index::range(.., ..),
            };
            step.map_or(range.clone(), |step| tf1::step(range, step as isize))
        }
        Value::Text(text) if text == "newaxis" => tf1::NewAxis.into_index(),
        Value::Text(text) if text == "ellipsis" => tf1::Ellipsis.into_index(),
        Value::Tensor(tensor) => match tensor.dtype() {
            DType::Int64 => (&tensor.typed::<i64>()?).into_index(),
            _ => (&tensor.typed::<i32>()?).into_index(),
        },
        other => return Err(Trouble::fails(format!("{other:?} is not an index"))),
    })
}
