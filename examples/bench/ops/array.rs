//! What moves elements without looking at them.

use tf1 as tf;
use tf1::nn;

use super::builder::builders;

builders! {
    "broadcast_to" [f32 i32] |x| tf::broadcast_to(x.get::<T>(0), x.integers("shape"));
    "concat" [f32 f64 i32 u8 bool] |x| tf::concat(x.list::<T>(0), x.integer("axis"));
    "depth_to_space" [f32] |x| tf::depth_to_space(x.get::<T>(0), x.integer("block_size"));
    "space_to_depth" [f32 u8] |x| tf::space_to_depth(x.get::<T>(0), x.integer("block_size"));
    "diag" [f32] |x| tf::diag(x.get::<T>(0));
    "diag_part" [f32] |x| tf::diag_part(x.get::<T>(0));
    "expand_dims" [f32] |x| tf::expand_dims(x.get::<T>(0), x.integer("axis"));
    "squeeze" [f32] |x| tf::squeeze(x.get::<T>(0));
    "fill" [f32 i32] |x| tf::fill(x.integers("dims"), x.get::<T>(0));
    "zeros_like" [f32] |x| tf::zeros_like(x.get::<T>(0));
    "ones_like" [f32] |x| tf::ones_like(x.get::<T>(0));
    "identity" [f32 i64] |x| tf::identity(x.get::<T>(0));
    "identity_n" [f32] |x| {
        let any: Vec<_> = x.list::<T>(0).iter().map(tf::Tensor::any).collect();
        super::builder::Made::new(tf::identity_n(&any))
    };
    "stop_gradient" [f32] |x| tf::stop_gradient(x.get::<T>(0));
    "linalg.tensor_diag" [f32] |x| tf::diag(x.get::<T>(0));
    "linspace" [f32] |x| tf::linspace(x.get::<T>(0), x.get::<T>(1), x.integer("num"));
    "range" [f32 i32] |x| tf::range(x.get::<T>(0), x.get::<T>(1), x.get::<T>(2));
    "matrix_band_part" [f32] |x| {
        tf::matrix_band_part(x.get::<T>(0), x.integer("num_lower"), x.integer("num_upper"))
    };
    "matrix_diag" [f32] |x| tf::matrix_diag(x.get::<T>(0));
    "matrix_diag_part" [f32] |x| tf::matrix_diag_part(x.get::<T>(0));
    "matrix_set_diag" [f32] |x| tf::matrix_set_diag(x.get::<T>(0), x.get::<T>(1));
    "matrix_transpose" [f32] |x| tf::matrix_transpose(x.get::<T>(0));
    "trace" [f32] |x| tf::trace(x.get::<T>(0));
    "one_hot" [i32 i64] |x| {
        let options = tf::OneHot::new().axis(x.integer_or("axis", -1));
        tf::one_hot_with::<f32, _>(x.get::<T>(0), x.integer("depth"), options)
    };
    "pad" [f32 f64 i32 u8] |x| {
        let paddings = x.pairs("paddings");
        match x.text("mode") {
            Some("'REFLECT'") => tf::pad_with(x.get::<T>(0), paddings, tf::Pad::new().reflect()),
            Some("'SYMMETRIC'") => tf::pad_with(x.get::<T>(0), paddings, tf::Pad::new().symmetric()),
            _ => match x.text("constant_values") {
                Some(_) => tf::pad_with(x.get::<T>(0), paddings, x.number("constant_values") as T),
                None => tf::pad(x.get::<T>(0), paddings),
            },
        }
    };
    "reshape" [f32] |x| tf::reshape(x.get::<T>(0), x.integers("shape"));
    "reverse" [f32 i32 u8] |x| tf::reverse(x.get::<T>(0), x.integers("axis"));
    "reverse_sequence" [f32] |x| {
        tf::reverse_sequence(x.get::<T>(0), x.get::<i32>(1), x.integer("seq_axis"))
    };
    "roll" [f32 i32] |x| tf::roll(x.get::<T>(0), x.integers("shift"), x.integers("axis"));
    "sequence_mask" [i32] |x| tf::sequence_mask_with::<bool, T>(x.get::<T>(0), x.integer("maxlen"));
    "slice" [f32 f64 u8] |x| tf::slice(x.get::<T>(0), x.integers("begin"), x.integers("size"));
    "split" [f32 i32] |x| tf::split(x.get::<T>(0), x.integer("num_or_size_splits"), x.integer("axis"));
    "split_v" [f32] |x| tf::split(x.get::<T>(0), x.integers("num_or_size_splits"), x.integer("axis"));
    "stack" [f32 i32] |x| tf::stack(x.list::<T>(0), x.integer("axis"));
    "unstack" [f32] |x| tf::unstack_with(x.get::<T>(0), tf::Unstack::new().axis(x.integer("axis")));
    "strided_slice" [f32 i32] |x| {
        tf::strided_slice(x.get::<T>(0), x.integers("begin"), x.integers("end"), x.integers("strides"))
    };
    "tile" [f32 f64 i32 u8] |x| tf::tile(x.get::<T>(0), x.integers("multiples"));
    "transpose" [f32 f64 i32 u8] |x| tf::transpose_with(x.get::<T>(0), x.integers("perm"));
    "invert_permutation" [i32] |x| tf::invert_permutation(x.get::<T>(0));
    "nn.crelu" [f32] |x| nn::crelu(x.get::<T>(0));
    "meshgrid_product" [f32] |x| {
        tf::expand_dims(x.get::<T>(0), 1) * tf::expand_dims(x.get::<T>(1), 0)
    };
}
