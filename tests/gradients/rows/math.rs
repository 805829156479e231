//! Element-wise functions and matrix products.

use ndarray::ArrayD;
use tf1 as tf;
use tf1::{ClipByNorm, MatMul, Tensor};

use super::{Row, between, first_only, mixed, others, row};

type Unary = fn(&Tensor<f64>) -> Tensor<f64>;
type Binary = fn(&Tensor<f64>, &Tensor<f64>) -> Tensor<f64>;

pub fn rows() -> Vec<Row> {
    [
        unary(),
        binary(),
        special(),
        pieces(),
        clipped(),
        selections(),
        products(),
        stacks(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Functions of one tensor, on the interval where each is smooth.
fn unary() -> Vec<Row> {
    let shape = &[2, 3][..];
    let all: [(&'static [&'static str], ArrayD<f64>, Unary); 34] = [
        (&["Neg"], mixed(shape), |x| tf::negative(x)),
        (&["Exp"], mixed(shape), |x| tf::exp(x)),
        (&["Expm1"], mixed(shape), |x| tf::expm1(x)),
        (&["Log"], between(0.2, 3.0, shape), |x| tf::log(x)),
        (&["Log1p"], between(-0.5, 3.0, shape), |x| tf::log1p(x)),
        (&["Sqrt", "SqrtGrad"], between(0.2, 3.0, shape), |x| {
            tf::sqrt(x)
        }),
        (&["Rsqrt", "RsqrtGrad"], between(0.2, 3.0, shape), |x| {
            tf::rsqrt(x)
        }),
        (&["Square"], mixed(shape), |x| tf::square(x)),
        (&["Reciprocal", "ReciprocalGrad"], mixed(shape), |x| {
            tf::reciprocal(x)
        }),
        (&["Abs"], mixed(shape), |x| tf::abs(x)),
        (&["Sign"], mixed(shape), |x| tf::sign(x) * x),
        (&["Sin"], mixed(shape), |x| tf::sin(x)),
        (&["Cos"], mixed(shape), |x| tf::cos(x)),
        (&["Tan"], between(-1.2, 1.2, shape), |x| tf::tan(x)),
        (&["Asin"], between(-0.8, 0.8, shape), |x| tf::asin(x)),
        (&["Acos"], between(-0.8, 0.8, shape), |x| tf::acos(x)),
        (&["Atan"], mixed(shape), |x| tf::atan(x)),
        (&["Sinh"], mixed(shape), |x| tf::sinh(x)),
        (&["Cosh"], mixed(shape), |x| tf::cosh(x)),
        (&["Tanh", "TanhGrad"], mixed(shape), |x| tf::tanh(x)),
        (&["Asinh"], mixed(shape), |x| tf::asinh(x)),
        (&["Acosh"], between(1.3, 4.0, shape), |x| tf::acosh(x)),
        (&["Atanh"], between(-0.8, 0.8, shape), |x| tf::atanh(x)),
        (&["Sigmoid", "SigmoidGrad"], mixed(shape), |x| {
            tf::sigmoid(x)
        }),
        (&["Erf"], mixed(shape), |x| tf::erf(x)),
        (&["Erfc"], mixed(shape), |x| tf::erfc(x)),
        (&["Lgamma"], between(0.2, 4.0, shape), |x| tf::lgamma(x)),
        (&["Digamma", "Polygamma"], between(0.3, 4.0, shape), |x| {
            tf::digamma(x)
        }),
        (&["Softplus"], mixed(shape), |x| tf::log_sigmoid(x)),
        (&["Cast"], mixed(shape), |x| {
            tf::cast(tf::square(x), tf::float64)
        }),
        (&["Identity"], mixed(shape), |x| tf::identity(x)),
        (&["AddN"], mixed(shape), |x| {
            tf::add_n(&[x.clone(), tf::square(x), x.clone()])
        }),
        (&["Pow"], between(0.3, 2.0, shape), |x| x.pow(3.0)),
        (&["Minimum", "Maximum"], mixed(shape), |x| {
            tf::clip_by_value(x, -1.0, 1.1)
        }),
    ];
    let twice_smooth = |op: &str| op != "Cast";
    all.into_iter()
        .map(|(ops, input, f)| {
            let made = row(ops.join(", "), ops, vec![input], move |x| f(&x[0]));
            if twice_smooth(ops[0]) {
                made
            } else {
                first_only(made)
            }
        })
        .collect()
}

/// Functions of two tensors: of one shape, broadcast both ways, and with a scalar.
fn binary() -> Vec<Row> {
    let all: [(&'static [&'static str], bool, Binary); 15] = [
        (&["Add"], false, |x, y| tf::add(x, y)),
        (&["AddV2"], false, |x, y| x + y),
        (&["Sub"], false, |x, y| x - y),
        (&["Mul"], false, |x, y| x * y),
        (&["RealDiv"], false, |x, y| x / y),
        (&["DivNoNan"], false, |x, y| tf::div_no_nan(x, y)),
        (&["Maximum"], false, |x, y| tf::maximum(x, y)),
        (&["Minimum"], false, |x, y| tf::minimum(x, y)),
        (&["SquaredDifference"], false, |x, y| {
            tf::squared_difference(x, y)
        }),
        (&["FloorMod"], true, |x, y| tf::floormod(x, y)),
        (&["Pow"], true, |x, y| tf::pow(x, y)),
        (&["Atan2"], false, |x, y| tf::atan2(x, y)),
        (&["Xdivy"], true, |x, y| tf::xdivy(x, y)),
        (&["Xlogy"], true, |x, y| tf::xlogy(x, y)),
        (&["MulNoNan"], false, |x, y| tf::mul_no_nan(x, y)),
    ];
    let shapes: [(&[usize], &[usize]); 5] = [
        (&[2, 3], &[2, 3]),
        (&[2, 3], &[3]),
        (&[2, 1], &[1, 3]),
        (&[], &[2, 2]),
        (&[2, 1, 2], &[3, 1]),
    ];
    let mut rows = Vec::new();
    for (ops, positive, f) in all {
        for (x_shape, y_shape) in shapes {
            let name = format!("{} of {x_shape:?} and {y_shape:?}", ops.join(", "));
            let inputs = match positive {
                true => vec![between(1.1, 2.3, x_shape), between(0.45, 0.85, y_shape)],
                false => vec![mixed(x_shape), others(y_shape)],
            };
            rows.push(row(name, ops, inputs, move |x| f(&x[0], &x[1])));
        }
    }
    rows
}

/// Functions of two tensors without a gradient with respect to the first.
fn special() -> Vec<Row> {
    let orders = ArrayD::from_shape_vec(vec![2, 1], vec![1.0, 2.0]).expect("two elements");
    let polygamma = move |x: &[Tensor<f64>]| {
        let orders = x[0].graph().constant(&orders);
        tf::polygamma(orders, &x[0])
    };
    let exponents = ArrayD::from_shape_vec(vec![2, 1], vec![2.0, 3.5]).expect("two elements");
    let zeta = move |x: &[Tensor<f64>]| {
        let exponents = x[0].graph().constant(&exponents);
        tf::zeta(exponents, &x[0])
    };
    vec![
        row(
            "polygamma",
            &["Polygamma"],
            vec![between(0.4, 3.0, &[3])],
            polygamma,
        ),
        row("zeta", &["Zeta"], vec![between(0.4, 3.0, &[3])], zeta),
    ]
}

/// Where signs and bounds decide which of several smooth pieces a function follows.
fn pieces() -> Vec<Row> {
    let signed = |shape: &[usize], sign: f64| between(1.1, 2.3, shape) * sign;
    let mut rows = vec![
        row(
            "pow of negative numbers",
            &["Pow"],
            vec![signed(&[3], -1.0)],
            |x| tf::pow(&x[0], 3.0),
        ),
        row(
            "clip_by_value between tensors",
            &["Minimum", "Maximum"],
            vec![
                mixed(&[4, 3]),
                between(-1.5, -0.5, &[3]),
                between(0.5, 1.5, &[3]),
            ],
            |x| tf::square(tf::clip_by_value(&x[0], &x[1], &x[2])),
        ),
    ];
    for (x_sign, y_sign) in [(1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)] {
        let name = format!("floormod of signs {x_sign} and {y_sign}");
        let inputs = vec![signed(&[2, 3], x_sign), between(0.45, 0.85, &[3]) * y_sign];
        rows.push(row(name, &["FloorMod"], inputs, |x| {
            tf::square(tf::floormod(&x[0], &x[1]))
        }));
    }
    rows
}

/// Clipping by norms, where these are larger than the bound and where they are not.
fn clipped() -> Vec<Row> {
    let mut rows = Vec::new();
    for bound in [1.0, 20.0] {
        for axes in [None, Some(0), Some(-1)] {
            let name = format!("clip_by_norm {bound} over {axes:?}");
            rows.push(row(
                name,
                &["Sqrt", "Maximum"],
                vec![mixed(&[2, 3])],
                move |x| {
                    let options =
                        axes.map_or(ClipByNorm::new(), |axis| ClipByNorm::new().axes(axis));
                    tf::square(tf::clip_by_norm_with(&x[0], bound, options))
                },
            ));
        }
        let inputs = vec![mixed(&[2, 3]), others(&[2])];
        let name = format!("clip_by_global_norm {bound}");
        rows.push(row(name, &["L2Loss", "Sqrt"], inputs, move |x| {
            let (clipped, norm) = tf::clip_by_global_norm(x, bound);
            tf::reduce_sum(&clipped[0], ..) * tf::reduce_sum(&clipped[1], ..) + norm
        }));
    }
    rows
}

fn selections() -> Vec<Row> {
    vec![
        row(
            "select",
            &["Select"],
            vec![mixed(&[2, 3]), others(&[2, 3])],
            |x| tf::select(tf::greater(&x[0], &x[1]), tf::square(&x[0]), tf::exp(&x[1])),
        ),
        row(
            "select of rows",
            &["Select"],
            vec![mixed(&[2, 3]), others(&[2, 3])],
            |x| {
                let first = x[0].graph().constant([true, false]);
                tf::select(first, tf::square(&x[0]), tf::exp(&x[1]))
            },
        ),
        row(
            "select by a number",
            &["Select"],
            vec![mixed(&[2, 3]), others(&[2, 3])],
            |x| {
                let second = x[0].graph().constant(false);
                tf::select(second, tf::square(&x[0]), tf::exp(&x[1]))
            },
        ),
        row(
            "where_v2",
            &["SelectV2"],
            vec![mixed(&[2, 1, 3]), others(&[2, 1])],
            |x| {
                let condition = x[0].graph().constant([true, false, true]);
                tf::where_v2(condition, tf::square(&x[0]), tf::exp(&x[1]))
            },
        ),
        row("stop_gradient", &["StopGradient"], vec![mixed(&[3])], |x| {
            &x[0] + tf::stop_gradient(x[0].graph().constant(2.0))
        }),
    ]
}

/// Every way to turn the operands of a product: whether the first is turned, whether the second is,
/// and the options.
fn flags() -> Vec<(bool, bool, MatMul)> {
    type Turn = (bool, fn(MatMul) -> MatMul);
    let a: [Turn; 3] = [
        (false, |options| options),
        (true, MatMul::transpose_a),
        (true, MatMul::adjoint_a),
    ];
    let b: [Turn; 3] = [
        (false, |options| options),
        (true, MatMul::transpose_b),
        (true, MatMul::adjoint_b),
    ];
    let pairs = a.iter().flat_map(|a| b.iter().map(move |b| (a, b)));
    pairs
        .map(|((turn_a, set_a), (turn_b, set_b))| (*turn_a, *turn_b, set_b(set_a(MatMul::new()))))
        .collect()
}

fn products() -> Vec<Row> {
    let mut rows = Vec::new();
    for (transpose_a, transpose_b, options) in flags() {
        let a = mixed(if transpose_a { &[3, 2] } else { &[2, 3] });
        let b = others(if transpose_b { &[4, 3] } else { &[3, 4] });
        let name = format!("matmul {options:?}");
        // Where the rank is unknown, matmul of tensors takes matrices.
        rows.push(row(name, &["MatMul"], vec![a, b], move |x| {
            let (a, b) = (
                tf::reshape(&x[0], shape_of(transpose_a, [2, 3])),
                tf::reshape(&x[1], shape_of(transpose_b, [3, 4])),
            );
            tf::matmul_with(a, b, options)
        }));
    }
    rows
}

/// Stacks of matrices, with the axes before the last two broadcast, and cross products.
fn stacks() -> Vec<Row> {
    let mut rows = vec![row(
        "cross",
        &["Cross"],
        vec![mixed(&[2, 3]), others(&[2, 3])],
        |x| tf::cross(&x[0], &x[1]),
    )];
    // Stacks of equal, of broadcast and of missing axes.
    for (a_stack, b_stack) in [
        (&[2][..], &[2][..]),
        (&[2, 1], &[3]),
        (&[], &[2]),
        (&[2], &[]),
    ] {
        for (transpose_a, transpose_b, options) in flags() {
            let a_shape = [a_stack, if transpose_a { &[3, 2] } else { &[2, 3] }].concat();
            let b_shape = [b_stack, if transpose_b { &[2, 3] } else { &[3, 2] }].concat();
            let name = format!("matmul of {a_shape:?} and {b_shape:?}, {options:?}");
            let inputs = vec![mixed(&a_shape), others(&b_shape)];
            rows.push(row(name, &["BatchMatMulV2"], inputs, move |x| {
                tf::matmul_with(&x[0], &x[1], options)
            }));
        }
    }
    rows
}

fn shape_of(transposed: bool, [rows, columns]: [i32; 2]) -> [i32; 2] {
    if transposed {
        [columns, rows]
    } else {
        [rows, columns]
    }
}
