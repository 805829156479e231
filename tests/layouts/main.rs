//! Every op with inputs in every layout that an array can have: the results have the same bits as those of the same inputs in row-major
//! order, or the same error, and nothing panics.
//!
//! Any tensor may be fed, so each op of a graph is given its inputs one by one, and all together. The graphs are those of the tests of gradients,
//! with their gradients, and those of `programs`.

mod layout;
mod node;
mod programs;
#[path = "../gradients/rows/mod.rs"]
#[allow(dead_code, reason = "second derivatives are not tried here")]
mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::thread;

use ndarray::arr0;
use node::Tried;
use programs::Program;
use tf1::op::table;
use tf1::{AnyTensor, Gradient, Gradients, Graph, Session, Tensor, gradients_with};

/// The ops that have no inputs, or none that could be fed.
const WITHOUT_INPUTS: [&str; 5] = [
    // Has an input, but no program of these tables makes one yet.
    "AssignFrom",
    "Const",
    "NoOp",
    "Placeholder",
    "VariableV2",
];

#[test]
fn layouts_change_nothing() {
    let programs: Vec<Program> = programs::all()
        .into_iter()
        .chain(rows::all().into_iter().map(of_row))
        .collect();
    let (next, tried, failures) = (
        Mutex::new(programs.iter()),
        Mutex::new(Tried::default()),
        Mutex::new(Vec::new()),
    );
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let Some(program) = next.lock().unwrap().next() else {
                        break;
                    };
                    let found = node::failures(program, &tried);
                    failures.lock().unwrap().extend(found);
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    // One of each kind tells enough.
    let kinds: BTreeMap<String, String> = failures
        .iter()
        .map(|failure| (failure.kind(), failure.to_string()))
        .rev()
        .collect();
    let texts: Vec<String> = kinds.into_values().collect();
    assert!(
        failures.is_empty(),
        "{} failures, of these kinds:\n{}",
        failures.len(),
        texts.join("\n")
    );
    let tried = tried.into_inner().unwrap().ops();
    let missing: Vec<&str> = table()
        .map(|op| op.name)
        .filter(|op| !tried.contains(*op) && !WITHOUT_INPUTS.contains(op))
        .collect();
    assert!(missing.is_empty(), "no program has {}", missing.join(", "));
    let needless: BTreeSet<&str> = WITHOUT_INPUTS
        .into_iter()
        .filter(|op| tried.contains(*op))
        .collect();
    assert!(needless.is_empty(), "{needless:?} have inputs after all");
}

/// The function of a row of the tests of gradients, with its gradients.
fn of_row(row: rows::Row) -> Program {
    Program::new(row.name.clone(), move |graph| {
        let inputs = row.inputs.iter();
        let xs: Vec<Tensor<f64>> = inputs
            .map(|input| graph.placeholder_with_default(input.clone(), ..))
            .collect();
        let y = (row.build)(&xs);
        let targets: Vec<AnyTensor> = xs.iter().map(Tensor::any).collect();
        let found = gradients_with(&[y.any()], &targets, Gradients::new());
        found.into_iter().flatten().for_each(|gradient| {
            if let Gradient::Sparse(_) = gradient {
                gradient.dense::<f64>();
            }
        });
    })
}

/// One number that is shown again and again is no work to make, but no kernel could read it to its end.
#[test]
fn what_is_longer_than_any_memory_is_refused() {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", ..);
    let y = tf1::reduce_sum(&x, ..);
    let session = Session::new(&graph).unwrap();
    let one = arr0(1.0f32);
    for shape in [
        &[isize::MAX as usize][..],
        &[1 << 20, 1 << 20, 2],
        &[3, 1 << 60],
    ] {
        let error = session
            .run(&y, [x.feed(one.broadcast(shape).unwrap())])
            .unwrap_err();
        assert!(matches!(error, tf1::Error::ResourceExhausted(_)), "{error}");
        assert_eq!(error.node().map(|node| node.name.as_str()), Some("x"));
    }
}

#[test]
fn a_kernel_does_not_go_along_an_axis_of_nothing() {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", ..);
    let sums = [0, 1].map(|axis| tf1::cumsum_with(&x, tf1::Cumsum::new().axis(axis)));
    let session = Session::new(&graph).unwrap();
    let one = arr0(1.0f32);
    let vast = one.broadcast([1 << 60, 0]).unwrap();
    for sums in session.run(sums, [x.feed(vast)]).unwrap() {
        assert_eq!(sums.shape(), [1 << 60, 0]);
    }
}
