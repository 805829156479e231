//! Element-wise functions and casts.

use tf1 as tf;
use tf1::{Numeric, Plain, Tensor};

use super::builder::{Made, builders};
use super::operands::Operands;

builders! {
    "abs" [f32 f64 i32] |x| tf::abs(x.get::<T>(0));
    "acos" [f32 f64] |x| tf::acos(x.get::<T>(0));
    "acosh" [f32] |x| tf::acosh(x.get::<T>(0));
    "add" [f32 f64 i32 i64 u8] |x| tf::add(x.get::<T>(0), x.get::<T>(1));
    "add_n" [f32 f64 i32] |x| tf::add_n(x.list::<T>(0));
    "accumulate_n" [f32] |x| tf::accumulate_n(x.list::<T>(0));
    "asin" [f32] |x| tf::asin(x.get::<T>(0));
    "asinh" [f32] |x| tf::asinh(x.get::<T>(0));
    "atan" [f32] |x| tf::atan(x.get::<T>(0));
    "atan2" [f32 f64] |x| tf::atan2(x.get::<T>(0), x.get::<T>(1));
    "atanh" [f32] |x| tf::atanh(x.get::<T>(0));
    "cast" [f32 f64 i32 i64 u8 bool] |x| cast::<T>(x);
    "saturate_cast" [f32] |x| tf::saturate_cast(x.get::<T>(0), tf::uint8);
    "ceil" [f32] |x| tf::ceil(x.get::<T>(0));
    "clip_by_value" [f32 f64 i32] |x| clip::<T>(x);
    "clip_by_norm" [f32] |x| tf::clip_by_norm(x.get::<T>(0), x.number("clip_norm") as T);
    "clip_by_global_norm" [f32] |x| tf::clip_by_global_norm(x.list::<T>(0), x.number("clip_norm") as T).0;
    "global_norm" [f32] |x| tf::global_norm(x.list::<T>(0));
    "cos" [f32 f64] |x| tf::cos(x.get::<T>(0));
    "cosh" [f32] |x| tf::cosh(x.get::<T>(0));
    "cross" [f32 i32] |x| tf::cross(x.get::<T>(0), x.get::<T>(1));
    "digamma" [f32] |x| tf::digamma(x.get::<T>(0));
    "div" [f32 i32] |x| tf::div(x.get::<T>(0), x.get::<T>(1));
    "truediv" [f32 f64 i32] |x| tf::truediv(x.get::<T>(0), x.get::<T>(1));
    "realdiv" [f32] |x| tf::realdiv(x.get::<T>(0), x.get::<T>(1));
    "floordiv" [f32 i32 i64] |x| tf::floordiv(x.get::<T>(0), x.get::<T>(1));
    "floormod" [f32 f64 i32 i64] |x| tf::floormod(x.get::<T>(0), x.get::<T>(1));
    "truncatediv" [i32] |x| tf::truncatediv(x.get::<T>(0), x.get::<T>(1));
    "truncatemod" [f32 i32] |x| tf::truncatemod(x.get::<T>(0), x.get::<T>(1));
    "div_no_nan" [f32] |x| tf::div_no_nan(x.get::<T>(0), x.get::<T>(1));
    "multiply_no_nan" [f32] |x| tf::multiply_no_nan(x.get::<T>(0), x.get::<T>(1));
    "equal" [f32 f64 i32 i64 u8 bool] |x| tf::equal(x.get::<T>(0), x.get::<T>(1));
    "not_equal" [f32 i32] |x| tf::not_equal(x.get::<T>(0), x.get::<T>(1));
    "less" [f32 i32] |x| tf::less(x.get::<T>(0), x.get::<T>(1));
    "less_equal" [f32] |x| tf::less_equal(x.get::<T>(0), x.get::<T>(1));
    "greater" [f32 f64 i64] |x| greater::<T>(x);
    "greater_equal" [f32] |x| tf::greater_equal(x.get::<T>(0), x.get::<T>(1));
    "erf" [f32 f64] |x| tf::erf(x.get::<T>(0));
    "erfc" [f32] |x| tf::erfc(x.get::<T>(0));
    "exp" [f32 f64] |x| tf::exp(x.get::<T>(0));
    "expm1" [f32] |x| tf::expm1(x.get::<T>(0));
    "floor" [f32] |x| tf::floor(x.get::<T>(0));
    "is_finite" [f32] |x| tf::is_finite(x.get::<T>(0));
    "is_inf" [f32] |x| tf::is_inf(x.get::<T>(0));
    "is_nan" [f32 f64] |x| tf::is_nan(x.get::<T>(0));
    "lgamma" [f32] |x| tf::lgamma(x.get::<T>(0));
    "log" [f32 f64] |x| tf::log(x.get::<T>(0));
    "log1p" [f32] |x| tf::log1p(x.get::<T>(0));
    "log_sigmoid" [f32] |x| tf::log_sigmoid(x.get::<T>(0));
    "logical_and" [bool] |x| tf::logical_and(x.get::<T>(0), x.get::<T>(1));
    "logical_or" [bool] |x| tf::logical_or(x.get::<T>(0), x.get::<T>(1));
    "logical_xor" [bool] |x| tf::logical_xor(x.get::<T>(0), x.get::<T>(1));
    "logical_not" [bool] |x| tf::logical_not(x.get::<T>(0));
    "maximum" [f32 f64 i32] |x| match x.text("y") {
        Some(_) => tf::maximum(x.get::<T>(0), x.number("y") as T),
        None => tf::maximum(x.get::<T>(0), x.get::<T>(1)),
    };
    "minimum" [f32 f64 i32] |x| tf::minimum(x.get::<T>(0), x.get::<T>(1));
    "multiply" [f32 f64 i32 i64 u8] |x| tf::multiply(x.get::<T>(0), x.get::<T>(1));
    "negative" [f32 i32] |x| tf::negative(x.get::<T>(0));
    "polygamma" [f32] |x| tf::polygamma(x.get::<T>(0), x.get::<T>(1));
    "pow" [f32 f64 i32] |x| match x.text("y") {
        Some(_) => tf::pow(x.get::<T>(0), x.number("y") as T),
        None => tf::pow(x.get::<T>(0), x.get::<T>(1)),
    };
    "reciprocal" [f32] |x| tf::reciprocal(x.get::<T>(0));
    "rint" [f32] |x| tf::rint(x.get::<T>(0));
    "round" [f32 f64 i32] |x| tf::round(x.get::<T>(0));
    "rsqrt" [f32 f64] |x| tf::rsqrt(x.get::<T>(0));
    "sigmoid" [f32 f64] |x| tf::sigmoid(x.get::<T>(0));
    "sign" [f32 i32] |x| tf::sign(x.get::<T>(0));
    "sin" [f32 f64] |x| tf::sin(x.get::<T>(0));
    "sinh" [f32] |x| tf::sinh(x.get::<T>(0));
    "sqrt" [f32 f64] |x| tf::sqrt(x.get::<T>(0));
    "square" [f32 f64 i32] |x| tf::square(x.get::<T>(0));
    "squared_difference" [f32 f64 i32] |x| tf::squared_difference(x.get::<T>(0), x.get::<T>(1));
    "subtract" [f32 f64 i32] |x| tf::subtract(x.get::<T>(0), x.get::<T>(1));
    "tan" [f32] |x| tf::tan(x.get::<T>(0));
    "tanh" [f32 f64] |x| tf::tanh(x.get::<T>(0));
    "where" [bool] |x| tf::where_(x.get::<T>(0));
    "where_v2" [bool] |x| choose(x);
    "xdivy" [f32] |x| tf::xdivy(x.get::<T>(0), x.get::<T>(1));
    "xlogy" [f32] |x| tf::xlogy(x.get::<T>(0), x.get::<T>(1));
    "zeta" [f32] |x| tf::zeta(x.get::<T>(0), x.get::<T>(1));
}

fn greater<T: Numeric>(x: &Operands<'_>) -> Tensor<bool> {
    tf::greater(x.get::<T>(0), x.get::<T>(1))
}

fn cast<T: Plain>(x: &Operands<'_>) -> Made {
    let operand = x.get::<T>(0);
    match x.text("dtype") {
        Some("tf.float32") => tf::cast(operand, tf::float32).into(),
        Some("tf.float64") => tf::cast(operand, tf::float64).into(),
        Some("tf.int32") => tf::cast(operand, tf::int32).into(),
        Some("tf.int64") => tf::cast(operand, tf::int64).into(),
        Some("tf.uint8") => tf::cast(operand, tf::uint8).into(),
        _ => tf::cast(operand, tf::bool).into(),
    }
}

fn clip<T: Numeric>(x: &Operands<'_>) -> Tensor<T> {
    tf::clip_by_value(x.get::<T>(0), x.get::<T>(1), x.get::<T>(2))
}

/// `where_v2`, or `where` with three operands, of what the second operand's type is.
fn choose(x: &Operands<'_>) -> Made {
    fn of<T: Plain>(x: &Operands<'_>) -> Made {
        let (condition, a, b) = (x.get::<bool>(0), x.get::<T>(1), x.get::<T>(2));
        match x.flag("old") {
            true => tf::select(condition, a, b).into(),
            false => tf::where_v2(condition, a, b).into(),
        }
    }
    match x.variables()[1].dtype() {
        tf::DType::Float32 => of::<f32>(x),
        tf::DType::Float64 => of::<f64>(x),
        tf::DType::Int32 => of::<i32>(x),
        tf::DType::Int64 => of::<i64>(x),
        _ => of::<bool>(x),
    }
}
