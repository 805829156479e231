//! What changes variables, whole or row by row, makes what TensorFlow 1.15 makes of NaN, infinities
//! and zeros of both signs, and of rows that are named twice, in any order or not at all.
//!
//! `updates.txt` was written by TensorFlow itself (`make.py`).

mod apply;
mod cases;

use std::collections::BTreeSet;
use std::fmt::Debug;

use apply::{Call, apply, minimize, scatter};
use cases::{Case, Kind, cases};
use ndarray::{ArrayD, IxDyn};
use tf1::{Graph, Operation, Plain, Session, Variable};

/// How far results may be apart, in units of the last place: TensorFlow fuses other products and
/// sums, and its roots are rounded otherwise.
const ULPS: f64 = 16.0;

/// An element that can be read from the file and compared.
trait Exact: Plain + Debug {
    fn from_bits(digits: &str) -> Self;
    /// Whether a result is the same as TensorFlow's: NaN where that has NaN, the same infinity or
    /// zero, or a number that is near.
    fn is_close(self, expected: Self) -> bool;
}

macro_rules! exact_float {
    ($type:ident, $bits:ident) => {
        impl Exact for $type {
            fn from_bits(digits: &str) -> Self {
                $type::from_bits($bits::from_str_radix(digits, 16).expect("hexadecimal digits"))
            }
            fn is_close(self, expected: Self) -> bool {
                if expected.is_nan() || expected.is_infinite() || expected == 0.0 {
                    let same =
                        self == expected && self.is_sign_negative() == expected.is_sign_negative();
                    return same || self.is_nan() && expected.is_nan();
                }
                f64::from(self - expected).abs()
                    <= ULPS * f64::from($type::EPSILON * expected.abs())
            }
        }
    };
}
exact_float!(f32, u32);
exact_float!(f64, u64);

macro_rules! exact_integer {
    ($type:ident, $bits:ident) => {
        impl Exact for $type {
            fn from_bits(digits: &str) -> Self {
                $bits::from_str_radix(digits, 16).expect("hexadecimal digits") as $type
            }
            fn is_close(self, expected: Self) -> bool {
                self == expected
            }
        }
    };
}
exact_integer!(i32, u32);
exact_integer!(i64, u64);

/// The values of variables that begin as `before` after some runs of what `build` makes.
fn values_after<T: Plain>(
    before: &[ArrayD<T>],
    runs: usize,
    build: impl Fn(&Graph, &[Variable<T>]) -> Operation,
) -> tf1::Result<Vec<ArrayD<T>>> {
    let graph = Graph::new();
    let variables: Vec<Variable<T>> = before
        .iter()
        .map(|value| graph.variable(value.clone()))
        .collect();
    let step = build(&graph, &variables);
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    for _ in 0..runs {
        session.run(&step, [])?;
    }
    session.run(variables, [])
}

/// What is wrong with a case.
fn failure<T: Exact>(
    case: &Case,
    runs: usize,
    build: impl Fn(&Graph, &[Variable<T>], ArrayD<T>) -> Operation,
) -> Option<String> {
    let arrays: Vec<ArrayD<T>> = case.arrays();
    let count = arrays.len() / 2;
    let (before, gradient, expected) = (&arrays[..count], &arrays[count], &arrays[count + 1..]);
    let build =
        |graph: &Graph, variables: &[Variable<T>]| build(graph, variables, gradient.clone());
    let found = match values_after(before, runs, build) {
        Ok(found) => found,
        Err(error) => return Some(format!("{case:?}: {error}")),
    };
    let mut wrong = Vec::new();
    for (k, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(found.shape(), expected.shape(), "{case:?}");
        for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
            if !found.is_close(*expected) {
                let before: Vec<T> = before
                    .iter()
                    .filter_map(|array| array.iter().nth(i).copied())
                    .collect();
                wrong.push(format!(
                    "  array {k} is {found:?}, not {expected:?}, at {i}, after {before:?}"
                ));
            }
        }
    }
    let first = wrong.first()?;
    Some(format!("{case:?}: {} elements\n{first}", wrong.len()))
}

/// Checks all cases of a kind.
fn check(kind: Kind, failure: impl Fn(&Case) -> Option<String>) {
    let cases = cases(kind);
    assert!(!cases.is_empty(), "there are no {kind:?}");
    let failures: Vec<String> = cases.iter().filter_map(failure).collect();
    let (failed, all) = (failures.len(), cases.len());
    assert!(
        failures.is_empty(),
        "{failed} of {all} fail:\n{}",
        failures.join("\n")
    );
}

fn float_failure<T: Exact + tf1::Float>(case: &Case) -> Option<String> {
    let call = Call::of(case);
    failure::<T>(case, 1, |graph, variables, gradient| {
        apply(graph, &call, variables, gradient)
    })
}

fn rule_failure(case: &Case) -> Option<String> {
    match case.dtype.as_str() {
        "float32" => float_failure::<f32>(case),
        _ => float_failure::<f64>(case),
    }
}

#[test]
fn rules_show_what_is_no_number() {
    check(Kind::Rule, rule_failure);
}

#[test]
fn rules_take_rows_in_the_order_in_which_they_are_named() {
    check(Kind::Rows, rule_failure);
}

#[test]
fn scatters() {
    check(Kind::Scatter, |case| {
        fn by_type<T: Exact + tf1::Numeric>(case: &Case) -> Option<String> {
            failure::<T>(case, 1, |graph, variables, updates| {
                scatter(graph, &case.name, &variables[0], &case.rows, updates)
            })
        }
        match case.dtype.as_str() {
            "float32" => by_type::<f32>(case),
            "float64" => by_type::<f64>(case),
            "int32" => by_type::<i32>(case),
            _ => by_type::<i64>(case),
        }
    });
}

#[test]
fn optimizers_add_rows_that_are_named_twice() {
    check(Kind::Optimizer, |case| {
        fn by_type<T: Exact + tf1::Float>(case: &Case) -> Option<String> {
            failure::<T>(case, 2, |graph, variables, gradient| {
                minimize(graph, &case.name, &variables[0], &case.rows, gradient)
            })
        }
        match case.dtype.as_str() {
            "float32" => by_type::<f32>(case),
            _ => by_type::<f64>(case),
        }
    });
}

/// Every op of the crate that changes variables by a rule or by rows has a case.
#[test]
fn every_op_is_there() {
    let of_kind = |kind| cases(kind).into_iter().map(|case| case.op_type());
    let shown: BTreeSet<String> = of_kind(Kind::Rule).chain(of_kind(Kind::Scatter)).collect();
    let changes = |name: &&str| {
        ["Apply", "SparseApply", "Scatter"]
            .iter()
            .any(|start| name.starts_with(start))
            && *name != "ScatterNd"
    };
    let missing: Vec<&str> = tf1::op::table()
        .map(|op| op.name())
        .filter(changes)
        .filter(|name| !shown.contains(*name))
        .collect();
    assert!(missing.is_empty(), "no case of {missing:?}");
}

/// An array of the elements that hexadecimal digits spell, in this shape.
fn array<T: Exact>(digits: &str, shape: &[usize]) -> ArrayD<T> {
    let size = 2 * std::mem::size_of::<T>();
    let elements = (0..digits.len() / size).map(|i| Exact::from_bits(&digits[i * size..][..size]));
    ArrayD::from_shape_vec(IxDyn(shape), elements.collect())
        .expect("as many elements as the shape has")
}
