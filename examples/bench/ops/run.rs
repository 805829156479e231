//! A case in a session, timed.

use std::fmt;
use std::time::Instant;

use tf1 as tf;
use tf1::{
    AnyArray, AnyTensor, AnyVariable, DType, Gradient, GradientValue, Graph, Operation, Prepared,
    Session, SessionOptions,
};

use crate::report::milliseconds;

use super::builder::{self, Made};
use super::case::{Case, Operand, Way};
use super::operands::{Operands, variable};

/// The fewest calls in a round, if they don't take long.
const CALLS: usize = 3;

/// What is fetched of a case.
pub struct Fetched {
    results: Vec<Gradient>,
    operations: Vec<Operation>,
    /// The variables that are read, and what they hold.
    loaded: Vec<(AnyVariable, Operand)>,
}

/// A case ready to be called.
pub struct Loaded {
    fetched: Option<Prepared<Vec<Gradient>>>,
    consumed: Prepared<(Vec<AnyTensor>, Vec<Operation>)>,
    pub facts: Facts,
}

/// The bytes that go in and come out, and sums to compare the results of two programs by.
#[derive(Default)]
pub struct Facts {
    bytes_in: usize,
    bytes_out: usize,
    sum: f64,
    sum_of_magnitudes: f64,
    not_finite: usize,
}

/// Adds a case to a graph.
pub fn build(graph: &Graph, case: &Case, way: Way) -> tf::Result<Fetched> {
    let operands = Operands::new(graph, case);
    let dtype = case.operands.first().map_or(DType::Float32, |x| x.dtype);
    let Made {
        tensors,
        operations,
    } = (builder::find(&case.op, dtype)?.build)(&operands);
    let mut loaded: Vec<_> = operands
        .variables()
        .iter()
        .cloned()
        .zip(case.operands.iter().cloned())
        .collect();
    if way == Way::Forward {
        return Ok(Fetched {
            results: tensors.into_iter().map(Gradient::Dense).collect(),
            operations,
            loaded,
        });
    }
    let is_float = |dtype| matches!(dtype, DType::Float32 | DType::Float64);
    let ys: Vec<_> = tensors
        .into_iter()
        .filter(|y| is_float(y.dtype()))
        .collect();
    let xs = operands.variables().iter().cloned();
    let xs: Vec<_> = xs.filter(|x| is_float(x.dtype())).collect();
    let mut grad_ys = Vec::new();
    for y in &ys {
        let Some(shape) = y.shape().to_known() else {
            grad_ys.push(None);
            continue;
        };
        let operand = Operand::gradient(y.dtype(), shape);
        let grad_y = variable(graph, &operand);
        grad_ys.push(Some(grad_y.value().clone()));
        loaded.push((grad_y, operand));
    }
    let results = tf::gradients_with(&ys, &xs, tf::Gradients::new().grad_ys(&grad_ys));
    let results: Vec<_> = results.into_iter().flatten().collect();
    Ok(Fetched {
        results,
        operations: Vec::new(),
        loaded,
    })
}

impl Loaded {
    pub fn new(case: &Case, way: Way, threads: usize) -> tf::Result<Self> {
        let graph = Graph::new();
        graph.set_random_seed(1);
        let fetched = build(&graph, case, way)?;
        let session = Session::with_options(&graph, SessionOptions::new().threads(threads))?;
        session.run(graph.global_variables_initializer(), [])?;
        let mut facts = Facts::default();
        for (i, (variable, operand)) in fetched.loaded.iter().enumerate() {
            let values = operand.values(1 + i as u32);
            facts.bytes_in += bytes(&values);
            session.load([(variable, values)])?;
        }
        let first_elements = tensors(&fetched.results).map(first_element).collect();
        let consumed = session.prepare((first_elements, fetched.operations), [])?;
        let fetched = match fetched.results.is_empty() {
            true => None,
            false => Some(session.prepare(fetched.results, [])?),
        };
        match &fetched {
            Some(fetched) => facts.take_in(&fetched.run([])?),
            None => drop(consumed.run([])?),
        }
        Ok(Loaded {
            fetched,
            consumed,
            facts,
        })
    }

    /// The fastest call of a round in milliseconds, results handed out; nothing if there are none.
    pub fn fetched(&self, round_ms: f64) -> tf::Result<Option<f64>> {
        let Some(fetched) = &self.fetched else {
            return Ok(None);
        };
        fastest(round_ms, || fetched.run([]).map(drop)).map(Some)
    }

    /// The fastest call of a round in milliseconds, results left in the graph.
    pub fn consumed(&self, round_ms: f64) -> tf::Result<f64> {
        fastest(round_ms, || self.consumed.run([]).map(drop))
    }
}

/// The tensors that results are made of.
fn tensors(results: &[Gradient]) -> impl Iterator<Item = &AnyTensor> {
    results.iter().flat_map(|result| match result {
        Gradient::Dense(tensor) => vec![tensor],
        Gradient::Sparse(rows) => vec![&rows.values, &rows.indices],
        _ => Vec::new(),
    })
}

/// A tensor that has the whole of `x` computed and hands out nearly nothing: an operation that
/// changes nothing is never run for itself.
fn first_element(x: &AnyTensor) -> AnyTensor {
    fn of<T: tf::Plain>(x: tf::Tensor<T>) -> AnyTensor {
        tf::strided_slice(tf::reshape(x, [-1]), [0], [1], [1]).any()
    }
    let first = match x.dtype() {
        DType::Float32 => x.typed::<f32>().map(of),
        DType::Float64 => x.typed::<f64>().map(of),
        DType::Int32 => x.typed::<i32>().map(of),
        DType::Int64 => x.typed::<i64>().map(of),
        DType::UInt8 => x.typed::<u8>().map(of),
        DType::Bool => x.typed::<bool>().map(of),
        _ => Ok(x.clone()),
    };
    first.expect("its own type")
}

fn fastest(round_ms: f64, mut call: impl FnMut() -> tf::Result<()>) -> tf::Result<f64> {
    let (begin, mut best, mut calls) = (Instant::now(), f64::INFINITY, 0);
    loop {
        let elapsed = milliseconds(begin);
        let enough = calls >= CALLS || elapsed > 3.0 * round_ms;
        if calls > 0 && elapsed > round_ms && enough {
            break;
        }
        let start = Instant::now();
        call()?;
        best = best.min(milliseconds(start));
        calls += 1;
    }
    Ok(best)
}

impl Facts {
    fn take_in(&mut self, results: &[GradientValue]) {
        for result in results {
            match result {
                GradientValue::Dense(array) => self.take_in_array(array),
                GradientValue::Sparse(rows) => {
                    self.take_in_array(&rows.values);
                    self.take_in_array(&rows.indices);
                }
                _ => {}
            }
        }
    }

    fn take_in_array(&mut self, array: &AnyArray) {
        self.bytes_out += bytes(array);
        let numbers = numbers(array);
        for (i, x) in numbers.into_iter().enumerate() {
            if x.is_finite() {
                // Weights, so that results in another order differ.
                let weighted = x * (1 + i % 7) as f64;
                self.sum += weighted;
                self.sum_of_magnitudes += weighted.abs();
            } else {
                self.not_finite += 1;
            }
        }
    }
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ok {} {} {:e} {:e} {}",
            self.bytes_in, self.bytes_out, self.sum, self.sum_of_magnitudes, self.not_finite
        )
    }
}

fn bytes(array: &AnyArray) -> usize {
    let size = match array.dtype() {
        DType::Float64 | DType::Int64 => 8,
        DType::UInt8 | DType::Bool => 1,
        _ => 4,
    };
    array.shape().iter().product::<usize>() * size
}

fn numbers(array: &AnyArray) -> Vec<f64> {
    fn of<T: tf::Plain>(array: &AnyArray, number: impl Fn(T) -> f64) -> Option<Vec<f64>> {
        Some(array.view::<T>()?.iter().map(|x| number(*x)).collect())
    }
    of(array, |x: f32| f64::from(x))
        .or_else(|| of(array, |x: f64| x))
        .or_else(|| of(array, |x: i32| f64::from(x)))
        .or_else(|| of(array, |x: i64| x as f64))
        .or_else(|| of(array, |x: u8| f64::from(x)))
        .or_else(|| of(array, |x: bool| f64::from(u8::from(x))))
        .unwrap_or_default()
}
