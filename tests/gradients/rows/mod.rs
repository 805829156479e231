//! The table: a file for each family of ops.

mod array;
#[path = "../../graph_def/by_hand.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod by_hand;
#[cfg(feature = "all_types")]
mod complex;
mod control;
mod conv;
mod image;
mod indexing;
mod linalg;
mod math;
#[path = "../../common/graph_messages.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod messages;
mod nn;
pub mod older;
mod reduce;

use ndarray::{ArrayD, IxDyn};
use tf1 as tf;
use tf1::Tensor;

/// A function to differentiate.
pub type Build = Box<dyn Fn(&[Tensor<f64>]) -> Tensor<f64> + Send + Sync>;

/// A row of the table: a function of some arrays, and the ops whose rules it exercises.
pub struct Row {
    /// What the row shows, such as `matmul transposed`.
    pub name: String,
    /// The op types that must occur in the row's graph.
    pub ops: &'static [&'static str],
    /// Where to differentiate. Away from kinks: central differences know nothing of one-sided
    /// slopes.
    pub inputs: Vec<ArrayD<f64>>,
    /// The function.
    pub build: Build,
    /// Whether to check second derivatives too.
    pub second: bool,
    /// Whether every run needs a new session, which begins its random numbers anew.
    pub random: bool,
    /// Whether the function computes in f32, so that its results are rounded more.
    pub single: bool,
}

/// All rows.
pub fn all() -> Vec<Row> {
    [
        array::rows(),
        #[cfg(feature = "all_types")]
        complex::rows(),
        control::rows(),
        conv::rows(),
        image::rows(),
        indexing::rows(),
        linalg::rows(),
        math::rows(),
        nn::rows(),
        older::rows(),
        reduce::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A row whose second derivatives are checked too.
fn row(
    name: impl Into<String>,
    ops: &'static [&'static str],
    inputs: Vec<ArrayD<f64>>,
    build: impl Fn(&[Tensor<f64>]) -> Tensor<f64> + Send + Sync + 'static,
) -> Row {
    Row {
        name: name.into(),
        ops,
        inputs,
        build: Box::new(build),
        second: true,
        random: false,
        single: false,
    }
}

/// A row that draws the same random numbers in the first run of every session.
fn random(row: Row) -> Row {
    Row {
        random: true,
        ..row
    }
}

/// A row whose function computes in f32.
fn single(row: Row) -> Row {
    Row {
        single: true,
        ..row
    }
}

/// A row of which only first derivatives exist.
fn first_only(row: Row) -> Row {
    Row {
        second: false,
        ..row
    }
}

/// The square of a function of one tensor.
fn squared(
    name: impl Into<String>,
    ops: &'static [&'static str],
    shape: &[usize],
    f: impl Fn(&Tensor<f64>) -> Tensor<f64> + Send + Sync + 'static,
) -> Row {
    row(name, ops, vec![mixed(shape)], move |x| tf::square(f(&x[0])))
}

/// The square of a function of two tensors.
fn squared_pair(
    name: impl Into<String>,
    ops: &'static [&'static str],
    shapes: [&[usize]; 2],
    f: impl Fn(&Tensor<f64>, &Tensor<f64>) -> Tensor<f64> + Send + Sync + 'static,
) -> Row {
    let inputs = vec![mixed(shapes[0]), others(shapes[1])];
    row(name, ops, inputs, move |x| tf::square(f(&x[0], &x[1])))
}

/// `x` with its shape made known.
fn ranked(x: &Tensor<f64>, shape: &[usize]) -> Tensor<f64> {
    let lengths: Vec<i32> = shape.iter().map(|length| *length as i32).collect();
    tf::reshape(x, x.graph().constant(lengths.as_slice()))
}

/// Numbers of either sign, of magnitude 0.2 to 2, no two alike: away from the kinks at 0 and from
/// ties.
fn mixed(shape: &[usize]) -> ArrayD<f64> {
    spread(shape, |t| {
        if (t * 1e3) as i64 % 2 == 0 {
            0.2 + 1.8 * t
        } else {
            -0.2 - 1.8 * t
        }
    })
}

/// Other numbers of the same kind, for a second operand.
fn others(shape: &[usize]) -> ArrayD<f64> {
    spread(shape, |t| {
        if (t * 1e3) as i64 % 3 == 0 {
            -0.25 - 1.7 * t
        } else {
            0.25 + 1.7 * t
        }
    })
}

/// Positive numbers from `low` to `high`.
fn between(low: f64, high: f64, shape: &[usize]) -> ArrayD<f64> {
    spread(shape, |t| low + (high - low) * t)
}

/// An array of `value(t)` for numbers t in [0, 1) that fill the interval evenly, in a scattered
/// order.
fn spread(shape: &[usize], value: impl Fn(f64) -> f64) -> ArrayD<f64> {
    const GOLDEN_RATIO: f64 = 0.618_033_988_749_895;
    let mut place = 0.0;
    ArrayD::from_shape_simple_fn(IxDyn(shape), || {
        place += 1.0;
        value((place * GOLDEN_RATIO).fract())
    })
}
