//! Reductions and running sums.

use tf1 as tf;
use tf1::Axes;
use tf1::{Cumsum, Norm, Tensor};

use super::{Row, between, first_only, mixed, others, row};

pub fn rows() -> Vec<Row> {
    [reductions(), scans(), norms(), sums()]
        .into_iter()
        .flatten()
        .collect()
}

/// The axes that every reduction is checked over; none means all.
const AXES: [Option<&[isize]>; 7] = [
    None,
    Some(&[0]),
    Some(&[-1]),
    Some(&[1]),
    Some(&[0, 2]),
    Some(&[-2, 0]),
    Some(&[]),
];

fn axes_of(axes: Option<&[isize]>, keepdims: bool) -> Axes {
    let axes = axes.map_or(Axes::all(), Axes::from);
    if keepdims { axes.keepdims() } else { axes }
}

fn reductions() -> Vec<Row> {
    type Reduce = fn(&Tensor<f64>, Axes) -> Tensor<f64>;
    let all: [(&'static [&'static str], &str, Reduce); 8] = [
        (&["Sum"], "sum", |x, axes| tf::reduce_sum(x, axes)),
        (&["Mean"], "mean", |x, axes| tf::reduce_mean(x, axes)),
        (&["Prod"], "prod", |x, axes| tf::reduce_prod(x, axes)),
        (&["Max"], "max", |x, axes| tf::reduce_max(x, axes)),
        (&["Min"], "min", |x, axes| tf::reduce_min(x, axes)),
        (&["Max", "Sum", "Exp", "Log"], "logsumexp", |x, axes| {
            tf::reduce_logsumexp(x, axes)
        }),
        (&["Mean"], "variance", |x, axes| {
            tf::reduce_variance(x, axes)
        }),
        (&["Mean", "Sqrt"], "std", |x, axes| tf::reduce_std(x, axes)),
    ];
    let mut rows = Vec::new();
    for (ops, called, f) in all {
        for axes in AXES {
            // Over no axis there is no deviation, and the square root has no slope at 0.
            if called == "std" && axes == Some(&[]) {
                continue;
            }
            for keepdims in [false, true] {
                let name = format!("reduce_{called} over {axes:?} keepdims {keepdims}");
                let input = vec![mixed(&[2, 2, 3])];
                rows.push(row(name, ops, input, move |x| {
                    tf::square(f(&x[0], axes_of(axes, keepdims)))
                }));
            }
        }
        let name = format!("reduce_{called} over axes in a tensor");
        rows.push(row(name, ops, vec![mixed(&[2, 3])], move |x| {
            let axes = tf::identity(x[0].graph().constant([-1]));
            tf::square(f(&x[0], Axes::from(axes)))
        }));
    }
    // The derivative by a zero is the product of the others, which is zero too if there is another
    // zero.
    for zeros in [1, 2] {
        for axes in [None, Some(&[1][..]), Some(&[0][..])] {
            let mut input = mixed(&[2, 3]);
            input[[1, 2]] = 0.0;
            if zeros == 2 {
                input[[1, 0]] = 0.0;
            }
            let name = format!("reduce_prod with {zeros} zeros over {axes:?}");
            // The second derivative goes through that of cumprod, which TensorFlow divides by the
            // elements.
            rows.push(first_only(row(name, &["Prod"], vec![input], move |x| {
                tf::reduce_prod(&x[0], axes_of(axes, false))
            })));
        }
    }
    rows
}

fn scans() -> Vec<Row> {
    let mut rows = Vec::new();
    for axis in [0, 1, -1, -2] {
        for (exclusive, reverse) in [(false, false), (false, true), (true, false), (true, true)] {
            let mut options = Cumsum::new().axis(axis);
            if exclusive {
                options = options.exclusive();
            }
            if reverse {
                options = options.reverse();
            }
            let attributes = format!("{axis} exclusive {exclusive} reverse {reverse}");
            let input = || vec![mixed(&[3, 3])];
            rows.push(row(
                format!("cumsum {attributes}"),
                &["Cumsum"],
                input(),
                move |x| tf::square(tf::cumsum_with(&x[0], options)),
            ));
            rows.push(row(
                format!("cumprod {attributes}"),
                &["Cumprod"],
                input(),
                move |x| tf::cumprod_with(&x[0], options),
            ));
        }
    }
    rows
}

fn norms() -> Vec<Row> {
    let mut rows = Vec::new();
    let all: [(f64, &'static [&'static str]); 4] = [
        (1.0, &["Abs", "Sum"]),
        (2.0, &["Mul", "Sqrt"]),
        (3.0, &["Abs", "Pow"]),
        (f64::INFINITY, &["Abs", "Max"]),
    ];
    for (ord, ops) in all {
        for axis in [None, Some(0), Some(-1)] {
            for keepdims in [false, true] {
                let mut options = Norm::new().ord(ord);
                options = match axis {
                    Some(axis) => options.axis(axis),
                    None => options,
                };
                if keepdims {
                    options = options.keepdims();
                }
                let name = format!("norm {ord} over {axis:?} keepdims {keepdims}");
                rows.push(row(name, ops, vec![between(0.3, 2.0, &[2, 3])], move |x| {
                    tf::square(tf::norm_with(&x[0], options.clone()))
                }));
            }
        }
    }
    let of_matrices: [(Option<f64>, &'static [&'static str]); 3] = [
        (None, &["Mul", "Sqrt"]),
        (Some(1.0), &["Abs", "Sum", "Max"]),
        (Some(f64::INFINITY), &["Abs", "Sum", "Max"]),
    ];
    for (ord, ops) in of_matrices {
        for axes in [[0, 1], [-2, -1], [2, 0]] {
            for keepdims in [false, true] {
                let mut options = Norm::new().matrix_axes(axes);
                options = match ord {
                    Some(ord) => options.ord(ord),
                    None => options,
                };
                if keepdims {
                    options = options.keepdims();
                }
                let name = format!("matrix norm {ord:?} over {axes:?} keepdims {keepdims}");
                let input = vec![between(0.3, 2.0, &[2, 2, 3])];
                rows.push(row(name, ops, input, move |x| {
                    tf::square(tf::norm_with(&x[0], options.clone()))
                }));
            }
        }
    }
    rows.push(row("norm", &["Sqrt"], vec![mixed(&[2, 3])], |x| {
        tf::norm(&x[0])
    }));
    rows
}

fn sums() -> Vec<Row> {
    vec![row(
        "accumulate_n",
        &["AccumulateNV2"],
        vec![mixed(&[2, 3]), others(&[2, 3])],
        |x| {
            // Where shapes are unknown, accumulate_n has none to give its sum.
            let [x, y] = [&x[0], &x[1]].map(|x| tf::reshape(x, [2, 3]));
            tf::square(tf::accumulate_n(&[x.clone(), y, x]))
        },
    )]
}
