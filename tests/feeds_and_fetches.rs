//! What can be fed and fetched, in which form the results come back, and what is said of what
//! cannot. Messages are those of TensorFlow 1.15.5.

use std::collections::{BTreeMap, HashMap};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::{arr1, arr2};
use tf1 as tf;
use tf1::op::{InferContext, Kernel, Op, TensorInfo};
use tf1::{AnyArray, GradientValue, Graph, Session, SessionOptions, shape};

/// A graph of `x`, a placeholder of two numbers, and `y`, their sum.
fn sum() -> tf::Result<(Graph, tf::Tensor, tf::Tensor, Session)> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [2]);
    let y = tf::reduce_sum(&x, ..).named("y");
    let session = Session::new(&graph)?;
    Ok((graph, x, y, session))
}

fn number(array: &AnyArray) -> f32 {
    array.view::<f32>().expect("an f32").sum()
}

#[test]
fn tensors_are_fetched_by_name() -> tf::Result<()> {
    let (_, x, y, session) = sum()?;
    let feeds = [x.feed([1.0, 2.0])];
    assert_eq!(number(&session.run("y:0", &feeds)?), 3.0);
    let (total, [twice, thrice]) = session.run((y.scalar(), ["y:0", "y:0"]), &feeds)?;
    assert_eq!((total, number(&twice), number(&thrice)), (3.0, 3.0, 3.0));
    let names = vec!["x:0".to_string(), "y:0".to_string()];
    assert_eq!(session.run(&names, &feeds)?.len(), 2);
    Ok(())
}

#[test]
fn names_that_are_not_there_are_told_as_tensorflow_tells_them() -> tf::Result<()> {
    let (_, x, _, session) = sum()?;
    let message = |name: &str| {
        let error = session.run(name, [x.feed([1.0, 2.0])]).unwrap_err();
        assert_eq!(error.location().unwrap().file(), file!());
        error.message().to_string()
    };
    assert_eq!(
        message("nope:0"),
        "Fetch argument 'nope:0' cannot be interpreted as a Tensor. (The name 'nope:0' refers to a Tensor which does not exist. \
         The operation, 'nope', does not exist in the graph.)"
    );
    assert!(message("y").contains("refers to an Operation, not a Tensor"));
    assert!(message("y:a").contains("is not a valid one"));
    let error = session.run("y:0", (("x", [1.0f32, 2.0]),)).unwrap_err();
    assert_eq!(
        error.message(),
        "Cannot interpret feed_dict key as Tensor: The name 'x' refers to an Operation, not a Tensor. Tensor names must be of the \
         form \"<op_name>:<output_index>\"."
    );
    let error = session.run("y:0", (("nope:0", 1.0f32),)).unwrap_err();
    assert!(
        error
            .message()
            .contains("The operation, 'nope', does not exist in the graph.")
    );
    let error = session.run("y:0", (("x:0", [1.0f64, 2.0]),)).unwrap_err();
    assert!(
        error
            .message()
            .contains("Cannot feed elements of type float64"),
        "{error}"
    );
    Ok(())
}

/// What is said to be written is a name that can be fetched or fed; there is none for what no
/// operation is called.
#[test]
fn the_help_for_a_wrong_name_names_a_tensor_that_there_is() -> tf::Result<()> {
    let (graph, x, _, session) = sum()?;
    let help = |error: tf::Error| error.help().unwrap_or_default().to_string();
    let fetched = |name: &str| help(session.run(name, [x.feed([1.0, 2.0])]).unwrap_err());
    let fed = |name: &str| help(session.run("y:0", ((name, [1.0f32, 2.0]),)).unwrap_err());
    let looked_up = |name: &str| help(graph.get_tensor_by_name(name).unwrap_err());
    let first = "write 'x:0' for the first output of 'x'";
    for name in ["x:-1", "x:", "x:a", "x:0:1", "x"] {
        assert!(fetched(name).starts_with(first), "{name}");
        assert_eq!([fed(name), looked_up(name)], [first, first], "{name}");
    }
    let run = "write 'x:0' for the first output of 'x', or graph.get_operation_by_name(\"x\")? to run an operation";
    assert_eq!([fetched("x"), fetched("x:")], [run, first]);
    let list = "graph.operations() lists all there are";
    for name in ["", ":", ":0", "nope", "nope:0", "nope:-1", "x:5"] {
        assert_eq!(
            [fetched(name), fed(name), looked_up(name)],
            [list; 3],
            "{name}"
        );
    }
    Ok(())
}

#[test]
fn maps_give_maps_of_the_same_keys() -> tf::Result<()> {
    let (_, x, y, session) = sum()?;
    let feeds = [x.feed([1.0, 2.0])];
    let fetches = HashMap::from([("loss", y.scalar()), ("again", y.scalar())]);
    let results = session.run(&fetches, &feeds)?;
    assert_eq!(results, HashMap::from([("loss", 3.0), ("again", 3.0)]));
    let nested = BTreeMap::from([
        (1u8, (vec![x.array1()], Some(y.scalar()))),
        (2, (vec![], None)),
    ]);
    let results = session.run(&nested, &feeds)?;
    let expected = BTreeMap::from([
        (1u8, (vec![arr1(&[1.0, 2.0])], Some(3.0))),
        (2, (vec![], None)),
    ]);
    assert_eq!(results, expected);

    let step = session.prepare(&fetches, [&x])?;
    let mut results = step.run(&feeds)?;
    step.run_into([x.feed([3.0, 4.0])], &mut results)?;
    assert_eq!(results, HashMap::from([("loss", 7.0), ("again", 7.0)]));
    results.remove("again");
    let error = step.run_into(&feeds, &mut results).unwrap_err();
    assert!(error.message().contains("a map without one of the keys"));
    let step = session.prepare(Some(y.scalar()), [&x])?;
    assert!(step.run_into(&feeds, &mut None).is_err());
    Ok(())
}

#[test]
fn gradients_of_rows_give_their_rows() -> tf::Result<()> {
    let graph = Graph::new();
    let v = graph.get_variable::<f32>("v", [4, 2], tf::initializers::ones());
    let w = graph.get_variable::<f32>("w", [2], tf::initializers::ones());
    let unused = graph.variable(0.0f32);
    let y = tf::gather(&v, [1, 1, 3]) * &w;
    let found = tf::gradients_with(&y, (&v, &w, &unused), tf::Gradients::new());
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    let found = session.run(&found, [])?;
    // What TensorFlow gives: IndexedSlicesValue(values=[[1, 1], [1, 1], [1, 1]], indices=[1, 1, 3],
    // dense_shape=[4, 2]).
    let [
        Some(GradientValue::Sparse(rows)),
        Some(GradientValue::Dense(dense)),
        None,
    ] = &found[..]
    else {
        panic!("{found:?}");
    };
    let ones = arr2(&[[1.0f32; 2]; 3]).into_dyn();
    assert_eq!(rows.values.view::<f32>().unwrap(), ones);
    assert_eq!(
        rows.indices.view::<i32>().unwrap(),
        arr1(&[1, 1, 3]).into_dyn()
    );
    assert_eq!(
        rows.dense_shape.view::<i32>().unwrap(),
        arr1(&[4, 2]).into_dyn()
    );
    assert_eq!(
        dense.view::<f32>().unwrap(),
        arr1(&[3.0f32, 3.0]).into_dyn()
    );
    Ok(())
}

#[test]
fn tuples_of_pairs_and_maps_of_names_are_fed() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", []);
    let y = graph.placeholder::<i32>("y", shape![?]);
    let z = tf::reduce_sum(&x * tf::cast(&y, tf::float32), ..);
    let session = Session::new(&graph)?;
    assert_eq!(session.run(z.scalar(), ((&x, 2.0f32), (&y, [1, 2])))?, 6.0);
    assert_eq!(session.run(z.scalar(), ((&x, 2.0), y.feed([1, 2])))?, 6.0);
    let batch = vec![1, 2];
    assert_eq!(
        session.run(z.scalar(), (("x:0", 2.0f32), ("y:0", &batch)))?,
        6.0
    );
    let any = AnyArray::from(arr1(&[1i32, 2]).into_dyn());
    assert_eq!(session.run(z.scalar(), ((&x, 2.0), (&y.any(), &any)))?, 6.0);
    let values = HashMap::from([
        ("y:0", any),
        ("x:0", AnyArray::from(ndarray::arr0(2.0f32).into_dyn())),
    ]);
    assert_eq!(session.run(z.scalar(), &values)?, 6.0);
    assert_eq!(session.run(z.scalar(), values)?, 6.0);
    let w = graph.variable(1.0f32);
    // As TensorFlow's `run([w * 2., w], {w: 4.0})` of a variable without a value.
    let (double, itself) = session.run(((&w * 2.0).scalar(), &w), [(&w, 4.0)])?;
    assert_eq!((double, itself), (8.0, ndarray::arr0(4.0).into_dyn()));
    session.run(graph.global_variables_initializer(), [])?;
    let count = w.assign_add(1.0);
    // "Input 0 of node AssignAdd was passed float from _arg_w_0_0:0 incompatible with expected
    // float_ref."
    let error = session.run(&count, [(&w, 4.0)]).unwrap_err();
    assert!(error.message().contains("what is fed cannot be changed"));
    assert_eq!(error.node().expect("a node").op, "AssignAdd");
    assert_eq!(session.run(w.scalar(), [])?, 1.0);
    Ok(())
}

/// Runs itself, to read what a session says on standard error.
#[test]
fn placements_are_said_once() {
    const CHILD: &str = "TF1_TEST_PLACEMENTS";
    if std::env::var_os(CHILD).is_some() {
        let (graph, x, y, _) = sum().unwrap();
        let session = Session::with_options(&graph, SessionOptions::new().log_device_placement());
        let session = session.unwrap();
        for length in [2.0, 3.0] {
            session.run(&y, [x.feed([length, 1.0])]).unwrap();
        }
        let z = y * 2.0;
        session.run(&z, [x.feed([1.0, 1.0])]).unwrap();
        return;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "placements_are_said_once", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("/device:"))
        .collect();
    // The lines that TensorFlow writes of these nodes.
    assert_eq!(
        lines,
        [
            "x: (Placeholder): /job:localhost/replica:0/task:0/device:CPU:0",
            "Const: (Const): /job:localhost/replica:0/task:0/device:CPU:0",
            "y: (Sum): /job:localhost/replica:0/task:0/device:CPU:0",
            "mul/y: (Const): /job:localhost/replica:0/task:0/device:CPU:0",
            "mul: (Mul): /job:localhost/replica:0/task:0/device:CPU:0",
        ]
    );
}

#[test]
fn there_is_one_device() -> tf::Result<()> {
    let options = SessionOptions::new().memory_limit(1 << 20);
    let devices = Session::with_options(&Graph::new(), options)?.list_devices();
    let [device] = &devices[..] else {
        panic!("{devices:?}");
    };
    assert_eq!(
        device.to_string(),
        "_DeviceAttributes(/job:localhost/replica:0/task:0/device:CPU:0, CPU, 1048576)"
    );
    Ok(())
}

/// A `HashMap` has another order each time it is made, and a plan is for feeds in one order.
#[test]
fn maps_of_feeds_share_a_plan_whatever_their_order() -> tf::Result<()> {
    let graph = Graph::new();
    let names: Vec<String> = (0..6).map(|i| format!("x{i}")).collect();
    let all: Vec<tf::Tensor> = names
        .iter()
        .map(|name| graph.placeholder::<f32>(name, []))
        .collect();
    let asked = Arc::new(AtomicUsize::new(0));
    let sum = graph.add_op(Asked(asked.clone()), &[tf::add_n(&all).any()]);
    let sum = sum.output::<f32>(0);
    let session = Session::new(&graph)?;
    let run = || {
        let value = |name: &String| (format!("{name}:0"), 1.0f32);
        let feeds: HashMap<String, f32> = names.iter().map(value).collect();
        session.run(sum.scalar(), feeds)
    };
    assert_eq!(run()?, 6.0);
    let by_one_plan = asked.load(Ordering::Relaxed);
    for _ in 0..20 {
        assert_eq!(run()?, 6.0);
    }
    assert_eq!(asked.load(Ordering::Relaxed), by_one_plan);
    Ok(())
}

/// Passes its input on, and counts how often its shape rule is asked, as each plan does.
#[derive(Debug)]
struct Asked(Arc<AtomicUsize>);

impl Op for Asked {
    fn op_type(&self) -> &'static str {
        "Asked"
    }

    fn infer(&self, cx: &InferContext<'_>) -> tf::Result<Vec<TensorInfo>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(vec![TensorInfo::new(cx.dtype(0), cx.shape(0))])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> tf::Result<()> {
        cx.outputs.forward(0, cx.inputs.value(0).clone());
        Ok(())
    }
}

/// Without a shape, the variable has that of its initial value.
#[test]
fn initial_values_of_rust_give_their_shape() -> tf::Result<()> {
    let graph = tf::Graph::new();
    let a = graph.get_variable::<f32>("a", .., [1.0, 2.0]);
    let b = graph.get_variable::<f32>("b", .., vec![vec![1.0, 2.0], vec![3.0, 4.0]]);
    let session = tf::Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), ())?;
    assert_eq!(session.run(a.array1(), ())?, ndarray::arr1(&[1.0, 2.0]));
    let expected = ndarray::arr2(&[[1.0, 2.0], [3.0, 4.0]]);
    assert_eq!(session.run(b.array2(), ())?, expected);
    Ok(())
}
