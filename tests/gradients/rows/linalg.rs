//! Decompositions and equations.

use tf1 as tf;
use tf1::{MatrixTriangularSolve, Qr, Tensor};

use super::{Row, mixed, others, ranked, row};

pub fn rows() -> Vec<Row> {
    [decompositions(), equations()]
        .into_iter()
        .flatten()
        .collect()
}

fn decompositions() -> Vec<Row> {
    let shapes: [(&'static [usize], bool); 4] = [
        (&[3, 3], false),
        (&[4, 2], false),
        (&[2, 3, 2], false),
        (&[3, 3], true),
    ];
    let of = |(shape, full_matrices): (&'static [usize], bool)| {
        let name = format!("qr of {shape:?}, full matrices {full_matrices}");
        row(
            name,
            &["Qr", "MatrixTriangularSolve"],
            vec![mixed(shape)],
            move |x| {
                let (q, r) = tf::qr_with(ranked(&x[0], shape), Qr::from(full_matrices));
                tf::concat((tf::reshape(q, [-1]), tf::reshape(tf::square(r), [-1])), 0)
            },
        )
    };
    shapes.into_iter().map(of).collect()
}

fn equations() -> Vec<Row> {
    let mut rows = Vec::new();
    for (upper, adjoint) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut options = MatrixTriangularSolve::new();
        if upper {
            options = options.upper();
        }
        if adjoint {
            options = options.adjoint();
        }
        let solve = move |x: &[Tensor<f64>]| {
            tf::square(tf::matrix_triangular_solve_with(&x[0], &x[1], options))
        };
        for (matrix, rhs) in [
            ([3, 3].as_slice(), [3, 2].as_slice()),
            (&[2, 2, 2], &[2, 2, 1]),
        ] {
            let name = format!("triangular solve {matrix:?} upper {upper} adjoint {adjoint}");
            let inputs = vec![mixed(matrix), others(rhs)];
            rows.push(row(name, &["MatrixTriangularSolve"], inputs, solve));
        }
    }
    rows
}
