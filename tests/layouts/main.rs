//! Every op with inputs in every layout that an array can have: the results have the same bits as
//! those of the same inputs in row-major order, or the same error, and nothing panics.
//!
//! Any tensor may be fed, so each op of a graph is given its inputs one by one, and all together.
//! The graphs are those of the tests of gradients, with their gradients, and those of `programs`.

mod layout;
mod node;
mod programs;
#[path = "../gradients/rows/mod.rs"]
#[allow(dead_code, reason = "second derivatives are not tried here")]
mod rows;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::thread;

use layout::VAST;
use ndarray::{ArrayD, IxDyn, arr0, arr1, arr2};
use node::Tried;
use programs::Program;
use tf1::op::table;
use tf1::{AnyTensor, Gradient, Gradients, Graph, Session, SessionOptions, Tensor, gradients_with};

/// The ops that have no inputs, or none that could be fed.
const WITHOUT_INPUTS: [&str; 5] = ["Const", "CountUpTo", "NoOp", "Placeholder", "VariableV2"];

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
        .filter(|op| op.newer.is_none())
        .map(|op| op.name())
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

/// A single number repeated again and again costs nothing to make, but no kernel could read it to
/// its end.
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

/// The layouts feed arrays without elements that have a vast axis. These ops make such an array of
/// something small.
#[test]
fn a_kernel_does_not_go_along_an_axis_of_nothing_that_it_makes() {
    type Build = fn(&Graph, &Tensor<i64>) -> AnyTensor;
    const FIRST: [i64; 2] = [VAST as i64, 0];
    const LAST: [i64; 2] = [0, VAST as i64];
    fn small(graph: &Graph, shape: &[usize]) -> Tensor<f32> {
        graph.placeholder_with_default(ArrayD::zeros(IxDyn(shape)), ..)
    }
    fn most(length: Tensor<i64>) -> Tensor<i32> {
        tf1::cast(tf1::minimum(length, i64::from(i32::MAX)), tf1::int32)
    }
    let rows: [(&str, &[[i64; 2]], Build); 16] = [
        ("Fill", &[FIRST, LAST], |graph, shape| {
            graph.fill(shape, 1.0f32).any()
        }),
        ("BroadcastTo", &[FIRST, LAST], |graph, shape| {
            tf1::broadcast_to(small(graph, &[1, 1]), shape).any()
        }),
        ("Tile", &[FIRST, LAST], |graph, shape| {
            tf1::tile(small(graph, &[1, 1]), shape).any()
        }),
        ("Reshape", &[FIRST, LAST], |graph, shape| {
            tf1::reshape(small(graph, &[0]), shape).any()
        }),
        ("RandomUniform", &[FIRST, LAST], |graph, shape| {
            graph.random_uniform::<f32>(shape).any()
        }),
        ("TruncatedNormal", &[FIRST, LAST], |graph, shape| {
            graph.truncated_normal::<f32>(shape).any()
        }),
        ("Pad", &[FIRST], |graph, shape| {
            tf1::pad(small(graph, &[0, 0]), tf1::stack((shape, [0, 0]), 0)).any()
        }),
        ("ScatterNd", &[FIRST, LAST], |graph, shape| {
            let rows = graph.placeholder_with_default(ArrayD::<i64>::zeros(IxDyn(&[0, 1])), ..);
            tf1::scatter_nd(rows, small(graph, &[0, 0]), shape).any()
        }),
        ("OneHot", &[LAST], |graph, shape| {
            let none = graph.placeholder_with_default(ArrayD::<i64>::zeros(IxDyn(&[0])), ..);
            tf1::one_hot(none, most(shape.index(1))).any()
        }),
        ("UnsortedSegmentSum", &[FIRST], |graph, shape| {
            let none = graph.placeholder_with_default(ArrayD::<i64>::zeros(IxDyn(&[0])), ..);
            tf1::unsorted_segment_sum(small(graph, &[0, 0]), none, most(shape.index(0))).any()
        }),
        ("GatherV2", &[FIRST, LAST], |graph, shape| {
            let none = graph.fill(shape, 0i32);
            tf1::gather(small(graph, &[3, 2]), none).any()
        }),
        ("GatherNd", &[FIRST], |graph, shape| {
            tf1::gather_nd(small(graph, &[]), graph.fill(shape, 0i64)).any()
        }),
        ("MatrixDiag", &[FIRST], |graph, shape| {
            tf1::matrix_diag(graph.fill(shape, 0.0f32)).any()
        }),
        ("ConcatV2", &[FIRST], |graph, shape| {
            let none = graph.fill(shape, 0.0f32);
            tf1::concat(&[none.clone(), none], 0).any()
        }),
        ("Pack", &[FIRST, LAST], |graph, shape| {
            let none = graph.fill(shape, 0.0f32);
            tf1::stack((&none, &none), 1).any()
        }),
        ("Add", &[FIRST, LAST], |graph, shape| {
            (graph.fill(shape, 0.0f32) + small(graph, &[1, 1])).any()
        }),
    ];
    for (name, shapes, build) in rows {
        for lengths in shapes {
            let graph = Graph::new();
            let shape = graph.placeholder::<i64>("shape", [2]);
            let y = build(&graph, &shape);
            for options in [
                SessionOptions::new(),
                SessionOptions::new().without_rewrites(),
            ] {
                let session = Session::with_options(&graph, options).unwrap();
                let run = || session.run(&y, [shape.feed(arr1(lengths))]);
                match watch::watched(format!("{name} to {lengths:?}"), run) {
                    Ok(made) => assert!(made.shape().contains(&0), "{name}: {:?}", made.shape()),
                    Err(error) => {
                        let error = error.to_string();
                        assert!(!error.contains("defect of tf1"), "{name}: {error}");
                    }
                }
            }
        }
    }
}

/// What `tf.gather_nd` and `tf.scatter_nd` of TensorFlow 1.15 say of shapes like these; rows of no
/// indices may be any number.
#[test]
fn indices_without_elements_need_no_list_of_them() {
    let run = |scatters: bool, indices: [usize; 2], others: &[usize], shape: &[i64]| {
        let graph = Graph::new();
        let x = graph.placeholder::<i64>("indices", ..);
        let y = graph.placeholder::<f32>("others", ..);
        let made = match scatters {
            true => tf1::scatter_nd(&x, &y, graph.constant(arr1(shape))).any(),
            false => tf1::gather_nd(&y, &x).any(),
        };
        let (zero, one) = (arr0(0i64), arr0(1.0f32));
        let feeds = [
            x.feed(zero.broadcast(indices).unwrap()),
            y.feed(one.broadcast(IxDyn(others)).unwrap()),
        ];
        let session = Session::new(&graph).unwrap();
        session.run(&made, feeds).map(|made| made.shape().to_vec())
    };
    let is_refused = |outcome: tf1::Result<Vec<usize>>, words: &str| {
        let error = outcome.unwrap_err();
        assert!(matches!(error, tf1::Error::InvalidArgument(_)), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    };
    for rows in [3, 1 << 45, 1 << 62] {
        let none = "Requested more than 0 entries, but params is empty.  Params shape: [0]";
        is_refused(run(false, [rows, 0], &[0], &[]), none);
        assert_eq!(run(true, [rows, 0], &[rows, 0], &[0]).unwrap(), [0]);
    }
    is_refused(run(false, [3, 1], &[2, 0], &[]), "but params is empty");
    assert_eq!(run(false, [0, 1], &[2, 0], &[]).unwrap(), [0, 0]);
    assert_eq!(run(false, [3, 0], &[2], &[]).unwrap(), [3, 2]);
    let error = run(false, [1 << 45, 0], &[2], &[]).unwrap_err();
    assert!(matches!(error, tf1::Error::ResourceExhausted(_)), "{error}");
    let both = "Indices and updates specified for empty output shape";
    is_refused(run(true, [3, 0], &[3, 2], &[2]), both);
    is_refused(run(true, [3, 1], &[3, 0], &[2, 0]), both);
    assert_eq!(run(true, [0, 1], &[0], &[2]).unwrap(), [2]);
}

/// In the table of all ops, the variable has a value by then.
#[test]
fn an_average_starts_with_what_is_fed_however_it_lies() {
    let graph = Graph::new();
    let start = graph.placeholder_with_default(ArrayD::<f32>::zeros(IxDyn(&[2, 3])), [2, 3]);
    let variable = graph.variable(&start);
    let averages = tf1::train::ExponentialMovingAverage::new(0.5);
    averages.apply([&variable]);
    let average = averages.average(&variable).unwrap();
    let fed = arr2(&[[1.0f32, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    for turned in [fed.view(), fed.slice(ndarray::s![..;-1, ..;-1])] {
        let session = Session::new(&graph).unwrap();
        session
            .run(average.initializer(), [start.feed(turned)])
            .unwrap();
        assert_eq!(session.run(&average, []).unwrap(), turned.into_dyn());
    }
}
