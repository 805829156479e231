//! Trying the ops of a program.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;

use tf1::{AnyArray, AnyTensor, Bytes, DType, Feed, Graph, Operation, Session, SessionOptions};

use crate::layout::{Laid, Layout, lay};
use crate::programs::Program;
use crate::watch::watched;

/// What was tried already.
#[derive(Default)]
pub struct Tried {
    /// Op types with the types and shapes of the inputs, and how often.
    inputs: BTreeMap<String, usize>,
    of_type: BTreeMap<&'static str, usize>,
    ops: BTreeSet<&'static str>,
}

/// How often an op type is tried at most: the element-wise ones are in all graphs.
const MOST: usize = 12;

impl Tried {
    /// The op types that were tried.
    pub fn ops(self) -> BTreeSet<&'static str> {
        self.ops
    }

    /// Whether to try an op with these inputs once more.
    fn wants(&mut self, op: &Operation, inputs: &[AnyArray]) -> bool {
        let shapes: Vec<_> = inputs
            .iter()
            .map(|input| (input.dtype(), input.shape()))
            .collect();
        let count = self
            .inputs
            .entry(format!("{} {shapes:?}", op.op_type()))
            .or_default();
        *count += 1;
        self.ops.insert(op.op_type());
        let of_type = self.of_type.entry(op.op_type()).or_default();
        let wanted = *count <= 2 && *of_type < MOST;
        *of_type += usize::from(wanted);
        wanted
    }
}

/// What went wrong.
pub struct Failure {
    op: &'static str,
    what: &'static str,
    text: String,
}

impl Failure {
    pub fn kind(&self) -> String {
        format!("{} {}", self.op, self.what)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.op, self.what, self.text)
    }
}

/// How a run ended.
#[derive(Debug)]
enum Outcome {
    Results(Vec<AnyArray>),
    Refused(String),
    Panicked(#[allow(dead_code, reason = "it is printed")] String),
}

/// Tries all ops of a program.
pub fn failures(program: &Program, tried: &Mutex<Tried>) -> Vec<Failure> {
    let graph = Graph::new();
    program.build(&graph);
    let engines = [
        ("with rewrites", SessionOptions::new()),
        ("without", SessionOptions::new().without_rewrites()),
    ];
    let mut failures = Vec::new();
    let operations: Vec<Operation> = graph
        .operations()
        .into_iter()
        .filter(|op| !op.inputs().is_empty())
        .collect();
    let inputs: Vec<AnyTensor> = operations.iter().flat_map(fed_inputs).collect();
    let init = graph.global_variables_initializer();
    let values = session(&graph, &init, &engines[0].1).run(inputs.clone(), []);
    let values = values.unwrap_or_else(|error| panic!("{}: {error}", program.name));
    let mut values = values.into_iter();
    for operation in &operations {
        let inputs = fed_inputs(operation);
        let values: Vec<AnyArray> = values.by_ref().take(inputs.len()).collect();
        if inputs.is_empty() || !tried.lock().unwrap().wants(operation, &values) {
            continue;
        }
        for (engine, options) in &engines {
            let bench = Bench {
                graph: &graph,
                init: &init,
                operation,
                options,
                session: RefCell::new(None),
            };
            for failure in bench.failures(&inputs, &values) {
                let text = format!("{engine}, in {}, {}", program.name, failure.text);
                failures.push(Failure { text, ..failure });
            }
        }
    }
    failures
}

/// The inputs of an op that may be fed: variables may not.
fn fed_inputs(operation: &Operation) -> Vec<AnyTensor> {
    let mut inputs = operation.inputs();
    inputs.retain(|input| input.op().op_type() != "VariableV2");
    inputs
}

fn session(graph: &Graph, init: &Operation, options: &SessionOptions) -> Session {
    let session = Session::with_options(graph, *options).expect("the program holds no mistake");
    session.run(init, []).expect("variables can be initialized");
    session
}

/// An op, to be run with inputs of all kinds.
struct Bench<'a> {
    graph: &'a Graph,
    init: &'a Operation,
    operation: &'a Operation,
    options: &'a SessionOptions,
    session: RefCell<Option<Session>>,
}

impl Bench<'_> {
    /// How the layouts matter.
    fn failures(&self, inputs: &[AnyTensor], values: &[AnyArray]) -> Vec<Failure> {
        let mut failures = Vec::new();
        let plain = |value: &AnyArray| lay(value, Layout::Inner);
        for layout in Layout::ALL {
            // Each input, and all.
            let all = if inputs.len() > 1 {
                inputs.len() + 1
            } else {
                1
            };
            for chosen in 0..all {
                let strided = |i: usize| i == chosen || chosen == inputs.len();
                let laid: Vec<Box<dyn Laid>> = (0..inputs.len())
                    .map(|i| {
                        if strided(i) {
                            lay(&values[i], layout)
                        } else {
                            plain(&values[i])
                        }
                    })
                    .collect();
                let pairs = || laid.iter().zip(inputs);
                let describe = || {
                    let inputs: Vec<String> = laid.iter().map(|laid| laid.describe()).collect();
                    format!("{layout:?} of input {chosen} of {inputs:?}")
                };
                let expected = pairs().map(|(laid, input)| laid.feed_row_major(input));
                let expected = self.run(expected.collect(), describe());
                let mut feeds = Vec::new();
                for (i, (laid, input)) in pairs().enumerate() {
                    feeds.push(if strided(i) {
                        laid.feed(input)
                    } else {
                        laid.feed_row_major(input)
                    });
                }
                let found = self.run(feeds, describe());
                if let Some(what) = difference(&found, &expected) {
                    let text = format!("{}: {found:?} and not {expected:?}", describe());
                    failures.push(Failure {
                        op: self.operation.op_type(),
                        what,
                        text,
                    });
                }
            }
        }
        failures
    }

    /// Runs the op. Random numbers and variables begin anew.
    fn run(&self, feeds: Vec<Feed<'_>>, inputs: String) -> Outcome {
        let reads_state = self.operation.seeds().is_some();
        let updates = self.operation.inputs().len() > fed_inputs(self.operation).len();
        let mut kept = self.session.borrow_mut();
        let session = match kept.take() {
            Some(session) if !reads_state => session,
            _ => session(self.graph, self.init, self.options),
        };
        if updates {
            session
                .run(self.init, [])
                .expect("variables can be initialized");
        }
        let fetches = (self.operation, self.operation.outputs());
        let run = || panic::catch_unwind(AssertUnwindSafe(|| session.run(fetches, feeds)));
        match watched(format!("{} of {inputs}", self.operation.op_type()), run) {
            Ok(outcome) => {
                *kept = Some(session);
                match outcome {
                    Ok(((), results)) => Outcome::Results(results),
                    Err(error) => Outcome::Refused(error.to_string()),
                }
            }
            Err(payload) => {
                let text = payload.downcast_ref::<String>().cloned();
                Outcome::Panicked(
                    text.or_else(|| payload.downcast_ref::<&str>().map(ToString::to_string))
                        .unwrap_or_default(),
                )
            }
        }
    }
}

/// How outcomes differ, or are wrong both.
fn difference(found: &Outcome, expected: &Outcome) -> Option<&'static str> {
    match (found, expected) {
        (Outcome::Panicked(_), _) => Some("panics"),
        (_, Outcome::Panicked(_)) => Some("panics with row-major inputs"),
        (Outcome::Refused(text), _) | (_, Outcome::Refused(text))
            if text.contains("defect of tf1") =>
        {
            Some("has a defect")
        }
        (Outcome::Refused(found), Outcome::Refused(expected)) => {
            (found != expected).then_some("fails otherwise")
        }
        (Outcome::Results(found), Outcome::Results(expected)) => {
            let same = found.len() == expected.len()
                && found
                    .iter()
                    .zip(expected)
                    .all(|(a, b)| have_same_bits(a, b));
            (!same).then_some("has other results")
        }
        _ => Some("fails with one layout only"),
    }
}

fn have_same_bits(a: &AnyArray, b: &AnyArray) -> bool {
    macro_rules! same {
        ($type:ty, $same:expr) => {
            a.view::<$type>()
                .zip(b.view::<$type>())
                .is_some_and(|(a, b)| {
                    a.shape() == b.shape() && a.iter().zip(b.iter()).all(|(a, b)| $same(a, b))
                })
        };
    }
    match a.dtype() {
        DType::Float32 => same!(f32, |a: &f32, b: &f32| a.to_bits() == b.to_bits()
            || a.is_nan() && b.is_nan()),
        DType::Float64 => same!(f64, |a: &f64, b: &f64| a.to_bits() == b.to_bits()
            || a.is_nan() && b.is_nan()),
        DType::Int32 => same!(i32, |a, b| a == b),
        DType::Int64 => same!(i64, |a, b| a == b),
        DType::UInt8 => same!(u8, |a, b| a == b),
        DType::Bool => same!(bool, |a, b| a == b),
        DType::String => same!(Bytes, |a, b| a == b),
        #[cfg(feature = "all_types")]
        DType::Complex128 => same!(tf1::Complex64, |a: &tf1::Complex64, b: &tf1::Complex64| {
            let same = |a: f64, b: f64| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
            same(a.re, b.re) && same(a.im, b.im)
        }),
        other => panic!("no arrays of {other}"),
    }
}
