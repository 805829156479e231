//! Functions of complex numbers, as functions of their parts.

use tf1 as tf;
use tf1::{Complex64, Cumsum, MatMul, MatrixTranspose, Tensor};

use super::{Row, mixed, others, ranked, row};

type Unary = fn(&Tensor<Complex64>) -> Tensor<Complex64>;
type Binary = fn(&Tensor<Complex64>, &Tensor<Complex64>) -> Tensor<Complex64>;

pub fn rows() -> Vec<Row> {
    [parts(), unary(), binary(), products()]
        .into_iter()
        .flatten()
        .collect()
}

/// A real number that depends on both parts of `z` in different ways.
fn mixture(z: &Tensor<Complex64>) -> Tensor<f64> {
    tf::square(tf::real(z)) + 3.0 * tf::real(z) * tf::imag(z)
}

fn parts() -> Vec<Row> {
    type Part = fn(&Tensor<Complex64>) -> Tensor<f64>;
    let all: [(&'static [&'static str], Part); 5] = [
        (&["Complex", "Real"], |z| tf::square(tf::real(z))),
        (&["Complex", "Imag"], |z| tf::square(tf::imag(z))),
        (&["Complex", "Conj"], |z| mixture(&tf::conj(z))),
        (&["ComplexAbs", "DivNoNan"], |z| tf::square(tf::abs(z))),
        (&["Angle"], |z| tf::square(tf::angle(z))),
    ];
    let mut rows: Vec<Row> = all
        .into_iter()
        .map(|(ops, part)| {
            let name = format!("{} of complex", ops.join(" and "));
            let inputs = vec![mixed(&[2, 3]), others(&[2, 3])];
            row(name, ops, inputs, move |x| part(&tf::complex(&x[0], &x[1])))
        })
        .collect();
    let inputs = vec![mixed(&[2, 3]), others(&[3])];
    rows.push(row(
        "complex of broadcast parts",
        &["Complex"],
        inputs,
        |x| mixture(&tf::complex(&x[0], &x[1])),
    ));
    rows
}

fn unary() -> Vec<Row> {
    let all: [(&'static [&'static str], Unary); 24] = [
        (&["Neg"], |z| -z),
        (&["Exp"], |z| tf::exp(z)),
        (&["Expm1"], |z| tf::expm1(z)),
        (&["Log"], |z| tf::log(z)),
        (&["Log1p"], |z| tf::log1p(z)),
        (&["Sqrt", "SqrtGrad"], |z| tf::sqrt(z)),
        (&["Rsqrt", "RsqrtGrad"], |z| tf::rsqrt(z)),
        (&["Square"], |z| tf::square(z)),
        (&["Reciprocal", "ReciprocalGrad"], |z| tf::reciprocal(z)),
        (&["Sin"], |z| tf::sin(z)),
        (&["Cos"], |z| tf::cos(z)),
        (&["Tan"], |z| tf::tan(z)),
        (&["Sinh"], |z| tf::sinh(z)),
        (&["Cosh"], |z| tf::cosh(z)),
        (&["Tanh", "TanhGrad"], |z| tf::tanh(z)),
        (&["Asinh"], |z| tf::asinh(z)),
        (&["Acosh"], |z| tf::acosh(z)),
        (&["Atanh"], |z| tf::atanh(z)),
        (&["Sigmoid", "SigmoidGrad"], |z| tf::sigmoid(z)),
        (&["Prod"], |z| tf::reduce_prod(z, 1)),
        (&["Mean"], |z| tf::reduce_mean(z, 0)),
        (&["Cumsum"], |z| tf::cumsum_with(z, Cumsum::new().axis(1))),
        (&["Cumprod"], |z| tf::cumprod(z)),
        (&["GatherV2", "UnsortedSegmentSum"], |z| {
            tf::square(tf::gather(z, [1, 0, 1]))
        }),
    ];
    let rows = all.into_iter().map(|(ops, f)| {
        let name = format!("{} of complex numbers", ops[0]);
        let inputs = vec![mixed(&[2, 3]), others(&[2, 3])];
        row(name, ops, inputs, move |x| {
            // The gradient of `gather` asks for a known rank.
            let parts = [0, 1].map(|i| ranked(&x[i], &[2, 3]));
            mixture(&f(&tf::complex(&parts[0], &parts[1])))
        })
    });
    rows.collect()
}

fn binary() -> Vec<Row> {
    let all: [(&'static [&'static str], Binary); 11] = [
        (&["AddV2"], |x, y| x + y),
        (&["Sub"], |x, y| x - y),
        (&["Mul"], |x, y| x * y),
        (&["RealDiv"], |x, y| x / y),
        (&["DivNoNan"], |x, y| tf::div_no_nan(x, y)),
        (&["MulNoNan"], |x, y| tf::multiply_no_nan(x, y)),
        (&["Xdivy"], |x, y| tf::math::xdivy(x, y)),
        (&["Xlogy"], |x, y| tf::math::xlogy(x, y)),
        (&["Pow"], |x, y| tf::pow(x, y)),
        (&["AddN"], |x, y| tf::add_n(&[x * y, x.clone()])),
        (&["SquaredDifference"], |x, y| {
            let square = tf::real(tf::squared_difference(x, y));
            tf::complex(&square, tf::zeros_like(&square))
        }),
    ];
    let shapes = [[1, 3], [2, 3]];
    let rows = all.into_iter().flat_map(|(ops, f)| {
        shapes.into_iter().map(move |shape| {
            let name = format!("{} of complex numbers {shape:?}", ops[0]);
            // Adding up asks for equal shapes.
            let second = if ops[0] == "AddN" { [2, 3] } else { shape };
            let inputs = vec![
                mixed(&[2, 3]),
                others(&[2, 3]),
                others(&second),
                mixed(&second),
            ];
            row(name, ops, inputs, move |x| {
                mixture(&f(&tf::complex(&x[0], &x[1]), &tf::complex(&x[2], &x[3])))
            })
        })
    });
    rows.collect()
}

fn products() -> Vec<Row> {
    type Of = (&'static [&'static str], &'static [usize], &'static [usize]);
    let (matrices, stacks): (&'static [_], &'static [_]) = (&["MatMul"], &["BatchMatMulV2"]);
    let new = MatMul::new;
    let all: [(&str, Of, MatMul); 8] = [
        ("as they are", (matrices, &[2, 3], &[3, 2]), new()),
        (
            "transposed",
            (matrices, &[3, 2], &[2, 3]),
            new().transpose_a().transpose_b(),
        ),
        (
            "first adjoint",
            (matrices, &[3, 2], &[3, 2]),
            new().adjoint_a(),
        ),
        (
            "second adjoint",
            (matrices, &[2, 3], &[2, 3]),
            new().adjoint_b(),
        ),
        ("of stacks", (stacks, &[2, 2, 3], &[3, 2]), new()),
        (
            "of stacks, transposed",
            (stacks, &[2, 3, 2], &[2, 2, 3]),
            new().transpose_a().transpose_b(),
        ),
        (
            "of stacks, first adjoint",
            (stacks, &[2, 3, 2], &[3, 2]),
            new().adjoint_a(),
        ),
        (
            "of stacks, both adjoint",
            (stacks, &[2, 3, 2], &[2, 2, 3]),
            new().adjoint_a().adjoint_b(),
        ),
    ];
    let mut rows: Vec<Row> = all
        .into_iter()
        .map(|(name, (ops, a, b), options)| {
            let name = format!("complex product {name}");
            let inputs = vec![mixed(a), others(a), others(b), mixed(b)];
            row(name, ops, inputs, move |x| {
                // Matrices are multiplied by another op than stacks.
                let of = |i: usize, shape| ranked(&x[i], shape);
                let (a, b) = (
                    tf::complex(of(0, a), of(1, a)),
                    tf::complex(of(2, b), of(3, b)),
                );
                mixture(&tf::matmul_with(a, b, options))
            })
        })
        .collect();
    let inputs = vec![mixed(&[2, 3]), others(&[2, 3])];
    rows.push(row(
        "conjugate transpose",
        &["ConjugateTranspose"],
        inputs,
        |x| {
            let z = tf::complex(&x[0], &x[1]);
            mixture(&tf::matrix_transpose_with(
                z,
                MatrixTranspose::new().conjugate(),
            ))
        },
    ));
    let inputs = vec![mixed(&[2, 3]), others(&[2, 3]), others(&[3]), mixed(&[3])];
    rows.push(row("complex bias_add", &["BiasAdd"], inputs, |x| {
        let (value, bias) = (tf::complex(&x[0], &x[1]), tf::complex(&x[2], &x[3]));
        mixture(&tf::nn::bias_add(value, bias))
    }));
    rows
}
