//! Element-wise ops and products.

use tf1 as tf;
use tf1::{Float, MatMulElement, MatrixTriangularSolve, Numeric, Tensor};

use super::{Row, ops};
use crate::pick::Kind;
use crate::program::Program;

pub fn floats<T: Kind + Float + MatMulElement>() -> Vec<Row> {
    ops![p;
        tf::acos(p.x::<T>()), tf::acosh(p.x::<T>()), tf::asin(p.x::<T>()), tf::asinh(p.x::<T>()), tf::atan(p.x::<T>()),
        tf::atanh(p.x::<T>()), tf::atan2(p.x::<T>(), p.y::<T>()), tf::ceil(p.x::<T>()), tf::cos(p.x::<T>()),
        tf::cosh(p.x::<T>()), tf::digamma(p.x::<T>()), tf::div_no_nan(p.x::<T>(), p.y::<T>()), tf::erf(p.x::<T>()),
        tf::erfc(p.x::<T>()), tf::exp(p.x::<T>()), tf::expm1(p.x::<T>()), tf::floor(p.x::<T>()),
        tf::is_finite(p.x::<T>()), tf::is_inf(p.x::<T>()), tf::is_nan(p.x::<T>()), tf::lgamma(p.x::<T>()),
        tf::log(p.x::<T>()), tf::log_sigmoid(p.x::<T>()), tf::log1p(p.x::<T>()),
        tf::multiply_no_nan(p.x::<T>(), p.y::<T>()), tf::realdiv(p.x::<T>(), p.y::<T>()), tf::reciprocal(p.x::<T>()),
        tf::rint(p.x::<T>()), tf::rsqrt(p.x::<T>()), tf::sigmoid(p.x::<T>()), tf::sin(p.x::<T>()), tf::sinh(p.x::<T>()),
        tf::sqrt(p.x::<T>()), tf::tan(p.x::<T>()), tf::tanh(p.x::<T>()), tf::xdivy(p.x::<T>(), p.y::<T>()),
        tf::xlogy(p.x::<T>(), p.y::<T>()), tf::zeta(p.x::<T>(), p.y::<T>()), tf::polygamma(p.x::<T>(), p.y::<T>()),
        tf::clip_by_norm(p.x::<T>(), p.scalar::<T>()), tf::cast(p.x::<T>(), tf::int32), tf::cast(p.x::<T>(), tf::uint8),
        tf::saturate_cast(p.x::<T>(), tf::int32), tf::to_double(p.x::<T>()), tf::to_float(p.x::<T>()),
        tf::clip_by_global_norm([p.x::<T>(), p.x::<T>()], p.scalar::<T>()).0,
        tf::global_norm([p.x::<T>(), p.x::<T>()]),
        matmul::<T>(p), matmul::<T>(p), matmul::<T>(p),
        qr::<T>(p), triangular_solve::<T>(p),
        tf::matmul(p.ranked::<T>(2), p.ranked::<T>(2)),
        p.x::<T>() * p.scalar::<T>() + p.x::<T>() * p.y::<T>() - p.y::<T>(),
        tf::tanh(p.x::<T>() + p.y::<T>()) * p.y::<T>(),
    ]
}

pub fn numbers<T: Kind + Numeric>() -> Vec<Row> {
    ops![p;
        tf::abs(p.x::<T>()), tf::add(p.x::<T>(), p.y::<T>()), tf::subtract(p.x::<T>(), p.y::<T>()),
        tf::multiply(p.x::<T>(), p.y::<T>()), tf::maximum(p.x::<T>(), p.y::<T>()), tf::minimum(p.x::<T>(), p.y::<T>()),
        tf::negative(p.x::<T>()), tf::square(p.x::<T>()), tf::squared_difference(p.x::<T>(), p.y::<T>()),
        tf::sign(p.x::<T>()), tf::round(p.x::<T>()), tf::pow(p.x::<T>(), p.y::<T>()), tf::equal(p.x::<T>(), p.y::<T>()),
        tf::not_equal(p.x::<T>(), p.y::<T>()), tf::less(p.x::<T>(), p.y::<T>()), tf::less_equal(p.x::<T>(), p.y::<T>()),
        tf::greater(p.x::<T>(), p.y::<T>()), tf::greater_equal(p.x::<T>(), p.y::<T>()), tf::floordiv(p.x::<T>(), p.y::<T>()),
        tf::floormod(p.x::<T>(), p.y::<T>()), tf::div(p.x::<T>(), p.y::<T>()),
        tf::cross(p.x::<T>(), p.y::<T>()),
        tf::clip_by_value(p.x::<T>(), p.y::<T>(), p.y::<T>()), tf::scalar_mul(p.scalar::<T>(), p.x::<T>()),
        tf::where_v2(p.x::<bool>(), p.y::<T>(), p.y::<T>()),
        tf::select(p.x::<bool>(), p.y::<T>(), p.y::<T>()), tf::select(p.x::<T>().less(p.y::<T>()), p.y::<T>(), p.y::<T>()),
        tf::add_n([p.x::<T>(), p.y::<T>(), p.y::<T>()]), tf::accumulate_n([p.x::<T>(), p.y::<T>()]),
        tf::to_int32(p.x::<T>()), tf::to_int64(p.x::<T>()), tf::to_float(p.x::<T>()), tf::cast(p.x::<T>(), tf::bool),
        tf::nn::relu(p.x::<T>()), tf::nn::relu6(p.x::<T>()), tf::nn::bias_add(p.ranked::<T>(2), bias::<T>(p)),
    ]
}

pub fn integers<T: Kind + Numeric>() -> Vec<Row> {
    ops![p;
        tf::truncatediv(p.x::<T>(), p.y::<T>()), tf::truncatemod(p.x::<T>(), p.y::<T>()), tf::mod_(p.x::<T>(), p.y::<T>()),
        tf::cast(p.x::<T>(), tf::uint8), tf::to_double(p.x::<T>()), tf::saturate_cast(p.x::<T>(), tf::uint8),
    ]
}

pub fn truths() -> Vec<Row> {
    ops![p;
        tf::logical_and(p.x(), p.y()), tf::logical_or(p.x(), p.y()), tf::logical_xor(p.x(), p.y()), tf::logical_not(p.x()),
        tf::equal(p.x::<bool>(), p.y::<bool>()), tf::to_float(p.x::<bool>()), tf::to_int64(p.x::<bool>()),
        tf::select(p.x::<bool>(), p.y::<bool>(), p.y::<bool>()),
    ]
}

fn bias<T: Kind>(p: &mut Program) -> Tensor<T> {
    let length = p.last.last().copied().unwrap_or(2);
    p.shaped(&[length])
}

/// A product whose operands fit, mostly, with any of them transposed.
fn matmul<T: Kind + MatMulElement>(p: &mut Program) -> Tensor<T> {
    let a = p.ranked::<T>(2);
    let mut shape = p.last.clone();
    let rank = shape.len().max(2);
    shape.resize(rank, 2);
    let (transpose_a, transpose_b) = (p.chance(0.3), p.chance(0.3));
    let inner = shape[if transpose_a { rank - 2 } else { rank - 1 }];
    let columns = p.lengths(1)[0];
    (shape[rank - 2], shape[rank - 1]) = if transpose_b {
        (columns, inner)
    } else {
        (inner, columns)
    };
    let b = p.shaped::<T>(&shape);
    let mut options = tf::MatMul::new();
    if transpose_a {
        options = options.transpose_a();
    }
    if transpose_b {
        options = options.transpose_b();
    }
    tf::matmul_with(a, b, options)
}

fn qr<T: Kind + Float>(p: &mut Program) -> (Tensor<T>, Tensor<T>) {
    tf::qr(p.ranked::<T>(2))
}

/// Equations that fit, mostly.
fn triangular_solve<T: Kind + Float>(p: &mut Program) -> Tensor<T> {
    let lengths = p.lengths(2);
    let (rows, other) = (
        lengths[0],
        if p.chance(0.9) {
            lengths[0]
        } else {
            lengths[1]
        },
    );
    let mut options = MatrixTriangularSolve::new();
    if p.chance(0.5) {
        options = options.upper();
    }
    if p.chance(0.5) {
        options = options.adjoint();
    }
    let (matrix, rhs) = (p.shaped::<T>(&[rows, other]), p.shaped::<T>(&lengths));
    tf::matrix_triangular_solve_with(matrix, rhs, options)
}
