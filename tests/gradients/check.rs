//! Checking one row: derivatives by the gradient rules and by central differences.

use ndarray::{ArrayD, Zip};
use tf1 as tf;
use tf1::{AnyTensor, Gradient, Graph, Session, Tensor};

use crate::rows::Row;

/// Whether the graph knows the inputs' shapes before it is run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shapes {
    Known,
    Unknown,
}

/// The step of the differences: small against the inputs (of order 1), large against rounding in
/// f64.
const STEP: f64 = 1e-5;
/// How far a derivative may be off, in units of the largest derivative of its array (or 1).
const TOLERANCE: f64 = 2e-8;

/// The same of functions that compute in f32, whose rounding is larger.
const SINGLE_STEP: f64 = 1.0 / 64.0;
const SINGLE_TOLERANCE: f64 = 2e-4;

/// A scalar function in a graph, with its gradients.
struct Function<'a> {
    graph: Graph,
    /// The session of all runs, unless every run has its own.
    session: Option<Session>,
    xs: Vec<Tensor<f64>>,
    inputs: &'a [ArrayD<f64>],
    /// Whether it computes in f32.
    single: bool,
}

/// Checks one row; the error says which derivative is off and by how much.
pub fn check(row: &Row, shapes: Shapes) -> Result<(), String> {
    let graph = Graph::new();
    let placeholder = |input: &ArrayD<f64>| match shapes {
        Shapes::Known => graph.placeholder::<f64>("x", input.shape()),
        Shapes::Unknown => graph.placeholder::<f64>("x", ..),
    };
    let xs: Vec<Tensor<f64>> = row.inputs.iter().map(placeholder).collect();
    let y = (row.build)(&xs);
    let y_sum = weighted_sum(&graph, &[y], 0.3);
    let first = gradients_of(&y_sum, &xs);
    let all_first = weighted_sum(&graph, &first, 0.7);
    let second = if row.second {
        gradients_of(&all_first, &xs)
    } else {
        Vec::new()
    };

    let made: Vec<&str> = graph
        .operations()
        .iter()
        .map(tf::Operation::op_type)
        .collect();
    if let Some(absent) = row.ops.iter().find(|op| !made.contains(op)) {
        return Err(format!("its graph has no op {absent}, only {made:?}"));
    }
    let function = Function {
        session: if row.random {
            None
        } else {
            Some(session_of(&graph)?)
        },
        graph,
        xs,
        inputs: &row.inputs,
        single: row.single,
    };
    function.compare("first", &y_sum, &first)?;
    if row.second {
        function.compare("second", &all_first, &second)?;
    }
    Ok(())
}

/// A scalar in which every element of every tensor counts, each with another weight.
fn weighted_sum(graph: &Graph, tensors: &[Tensor<f64>], phase: f64) -> Tensor<f64> {
    let terms: Vec<Tensor<f64>> = tensors
        .iter()
        .map(|tensor| {
            let flat = tf::reshape(tensor, [-1]);
            let places = tf::range(0, tf::size(tensor), 1);
            let weights = tf::cos(tf::cast(places, tf::float64) + phase) + 1.5;
            tf::reduce_sum(flat * weights, ..)
        })
        .collect();
    if terms.is_empty() {
        graph.constant(0.0)
    } else {
        tf::add_n(&terms)
    }
}

/// The gradients, zeros where there is no path.
fn gradients_of(y: &Tensor<f64>, xs: &[Tensor<f64>]) -> Vec<Tensor<f64>> {
    let targets: Vec<AnyTensor> = xs.iter().map(Tensor::any).collect();
    let found = tf::gradients_with(&[y.any()], &targets, tf::Gradients::new());
    let dense = |(gradient, x): (Option<Gradient>, &Tensor<f64>)| match gradient {
        Some(gradient) => gradient.dense::<f64>(),
        None => tf::zeros_like(x),
    };
    found.into_iter().zip(xs).map(dense).collect()
}

impl Function<'_> {
    /// Compares the gradients of `y` with central differences.
    fn compare(
        &self,
        order: &str,
        y: &Tensor<f64>,
        gradients: &[Tensor<f64>],
    ) -> Result<(), String> {
        let analytic = self.run(gradients.to_vec(), self.inputs)?;
        for (index, analytic) in analytic.iter().enumerate() {
            let numeric = self.central_differences(y, index)?;
            if numeric.shape() != analytic.shape() {
                return Err(format!(
                    "{order} gradient {index} has shape {:?}",
                    analytic.shape()
                ));
            }
            let scale = numeric.iter().fold(1.0f64, |scale, x| scale.max(x.abs()));
            let mut worst = 0.0f64;
            Zip::from(analytic).and(&numeric).for_each(|a, n| {
                let off = (a - n).abs();
                worst = if off > worst || off.is_nan() {
                    off
                } else {
                    worst
                };
            });
            // Rounding of second derivatives is that of differences of differences.
            let tolerance = match (order, self.single) {
                (_, true) => SINGLE_TOLERANCE,
                ("first", false) => TOLERANCE,
                (_, false) => 5.0 * TOLERANCE,
            };
            let fits = worst <= tolerance * scale;
            if !fits {
                return Err(format!(
                    "{order} gradient {index} is off by {worst:e}:\n{analytic}\ninstead of\n{numeric}"
                ));
            }
        }
        Ok(())
    }

    fn central_differences(&self, y: &Tensor<f64>, index: usize) -> Result<ArrayD<f64>, String> {
        let mut result = ArrayD::zeros(self.inputs[index].raw_dim());
        let step = if self.single { SINGLE_STEP } else { STEP };
        let mut inputs = self.inputs.to_vec();
        let places: Vec<_> = ndarray::indices(self.inputs[index].raw_dim())
            .into_iter()
            .collect();
        for place in places {
            let middle = inputs[index][&place];
            let mut at = |x: f64| -> Result<f64, String> {
                inputs[index][&place] = x;
                Ok(self.run(vec![y.clone()], &inputs)?[0].sum())
            };
            let (above, below) = (at(middle + step)?, at(middle - step)?);
            let (far_above, far_below) = (at(middle + 2.0 * step)?, at(middle - 2.0 * step)?);
            inputs[index][&place] = middle;
            // Of fourth order in the step.
            result[&place] = (8.0 * (above - below) - (far_above - far_below)) / (12.0 * step);
        }
        Ok(result)
    }

    fn run(
        &self,
        fetches: Vec<Tensor<f64>>,
        inputs: &[ArrayD<f64>],
    ) -> Result<Vec<ArrayD<f64>>, String> {
        let feeds = self.xs.iter().zip(inputs).map(|(x, input)| x.feed(input));
        let feeds: Vec<tf::Feed<'_>> = feeds.collect();
        match &self.session {
            Some(session) => session.run(fetches, feeds),
            None => session_of(&self.graph)?.run(fetches, feeds),
        }
        .map_err(|error| error.to_string())
    }
}

fn session_of(graph: &Graph) -> Result<Session, String> {
    Session::new(graph).map_err(|error| error.to_string())
}
