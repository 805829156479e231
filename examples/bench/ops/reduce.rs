//! Reductions and running sums.

use tf1 as tf;
use tf1::{Float, Numeric};

use super::builder::{Made, builders};
use super::operands::Operands;

builders! {
    "reduce_sum" [f32 f64 i32 i64] |x| tf::reduce_sum(x.get::<T>(0), x.axes());
    "reduce_mean" [f32 f64 i32] |x| tf::reduce_mean(x.get::<T>(0), x.axes());
    "reduce_max" [f32 f64 i32 u8] |x| tf::reduce_max(x.get::<T>(0), x.axes());
    "reduce_min" [f32 i32] |x| tf::reduce_min(x.get::<T>(0), x.axes());
    "reduce_prod" [f32 f64] |x| tf::reduce_prod(x.get::<T>(0), x.axes());
    "reduce_all" [bool] |x| tf::reduce_all(x.get::<T>(0), x.axes());
    "reduce_any" [bool] |x| tf::reduce_any(x.get::<T>(0), x.axes());
    "reduce_logsumexp" [f32] |x| tf::reduce_logsumexp(x.get::<T>(0), x.axes());
    "math.reduce_std" [f32] |x| tf::reduce_std(x.get::<T>(0), x.axes());
    "math.reduce_variance" [f32] |x| tf::reduce_variance(x.get::<T>(0), x.axes());
    "count_nonzero" [f32 i32] |x| tf::count_nonzero(x.get::<T>(0), x.axes());
    "norm" [f32] |x| norm::<T>(x);
    "argmax" [f32 f64 i32] |x| tf::argmax(x.get::<T>(0), x.integer("axis"));
    "argmin" [f32] |x| tf::argmin(x.get::<T>(0), x.integer("axis"));
    "cumsum" [f32 f64 i32] |x| cumsum::<T>(x);
    "cumprod" [f32] |x| tf::cumprod_with(x.get::<T>(0), tf::Cumprod::new().axis(x.integer("axis")));
    "accuracy" [i32] |x| {
        tf::reduce_mean(tf::cast(tf::equal(x.get::<T>(0), x.get::<T>(1)), tf::float32), ..)
    };
    "squared_error" [f32] |x| {
        tf::reduce_mean(tf::square(x.get::<T>(0) - x.get::<T>(1)), ..)
    };
}

fn norm<T: Float>(x: &Operands<'_>) -> Made {
    let options = tf::Norm::new();
    match x.text("axis") {
        Some(_) => tf::norm_with(x.get::<T>(0), options.axis(x.integer("axis"))).into(),
        None => tf::norm(x.get::<T>(0)).into(),
    }
}

fn cumsum<T: Numeric>(x: &Operands<'_>) -> Made {
    let mut options = tf::Cumsum::new().axis(x.integer("axis"));
    if x.flag("exclusive") {
        options = options.exclusive();
    }
    if x.flag("reverse") {
        options = options.reverse();
    }
    tf::cumsum_with(x.get::<T>(0), options).into()
}
