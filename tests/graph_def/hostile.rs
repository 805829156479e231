//! Whatever a file contains, the answer is an `Err` or a graph, never a panic.

use tf1::graph_def::GraphDef;
use tf1::{Graph, Session, import_graph_def};

use crate::by_hand::bytes;
use crate::corpus;
use crate::functions::samples;
use crate::messages::NodeDef;

/// Reads the bytes, and runs what they hold if they hold something.
fn read_and_run(bytes: &[u8]) {
    let Ok(def) = GraphDef::from_bytes(bytes) else {
        return;
    };
    let graph = Graph::new();
    if import_graph_def(&graph, &def, "").is_err() {
        return;
    }
    let Ok(session) = Session::new(&graph) else {
        return;
    };
    let tensors: Vec<_> = graph
        .operations()
        .iter()
        .flat_map(|o| o.outputs())
        .collect();
    let x = ndarray::Array2::<f32>::ones((3, 4));
    let fed = graph
        .get_tensor_by_name("x:0")
        .and_then(|x| x.typed::<f32>());
    for tensor in tensors {
        let feeds = fed.iter().map(|fed| fed.feed(&x)).collect::<Vec<_>>();
        let _ = session.run(&tensor, feeds);
    }
}

/// Small files: those of the corpus, and some that call functions.
fn files() -> Vec<Vec<u8>> {
    let calling = samples().into_iter();
    let calling = calling.map(|path| std::fs::read(path).unwrap());
    corpus::files().into_iter().chain(calling).collect()
}

/// In the first file each byte in four ways, in the others in one of these.
#[test]
fn every_byte_may_be_flipped() {
    const FLIPS: [u8; 4] = [0x01, 0x10, 0x80, 0xff];
    for (number, bytes) in files().into_iter().enumerate() {
        read_and_run(&bytes);
        for at in 0..bytes.len() {
            let one = at % FLIPS.len();
            let flips = if number == 0 {
                &FLIPS[..]
            } else {
                &FLIPS[one..=one]
            };
            for flip in flips {
                let mut damaged = bytes.clone();
                damaged[at] ^= flip;
                read_and_run(&damaged);
            }
        }
    }
}

#[test]
fn files_may_end_anywhere() {
    for bytes in files() {
        (0..bytes.len()).for_each(|end| read_and_run(&bytes[..end]));
    }
}

/// The message of the error with which importing these nodes ends.
fn refused(nodes: Vec<NodeDef>) -> String {
    let def = GraphDef::from_bytes(&bytes(nodes)).unwrap();
    let error = import_graph_def(&Graph::new(), &def, "").unwrap_err();
    error.message().to_string()
}

#[test]
fn outputs_are_no_more_than_the_file_is_worth() {
    let split = |i: usize| {
        NodeDef::new(format!("split{i}"), "Split", &["axis", "x"]).int("num_split", 1 << 20)
    };
    let mut nodes = vec![NodeDef::constant("axis", &[], &[0])];
    let mut x = NodeDef::new("x", "Placeholder", &[]).dtype("dtype", 1);
    x.attr.remove("shape");
    nodes.push(x);
    nodes.extend((0..1000).map(split));
    assert!(refused(nodes).contains("far more than the file has bytes"));
}

#[test]
fn constants_are_no_larger_than_the_file_is_worth() {
    let message = refused(vec![NodeDef::constant("c", &[1 << 34], &[7])]);
    assert!(
        message.contains("far larger than what the file holds of it"),
        "{message}"
    );
    let message = refused(vec![NodeDef::constant("c", &[2], &[1, 2, 3])]);
    assert!(message.contains("has 3 elements in the file"), "{message}");
    let message = refused(vec![NodeDef::constant("c", &[i64::MAX, i64::MAX], &[1])]);
    assert!(message.contains("in the file"), "{message}");
}

#[test]
fn nodes_that_do_not_fit_together_are_refused() {
    let x = || NodeDef::placeholder("x", &[2]);
    let cases: &[(Vec<NodeDef>, &str)] = &[
        (vec![x(), x()], "Node 'x' is not unique"),
        (
            vec![x(), NodeDef::new("y", "Square", &["x:9"])],
            "it reads output 9 of 'x', which has 1",
        ),
        (
            vec![x(), NodeDef::new("y", "Square", &["z"])],
            "it reads 'z', which is not in the graph",
        ),
        (
            vec![x(), NodeDef::new("y", "Square", &["x", "x"])],
            "Square cannot have 2 inputs",
        ),
        (
            vec![x(), NodeDef::new("y", "Square", &["x"]).dtype("T", 3)],
            "asks for T to be",
        ),
        (
            vec![
                NodeDef::new("a", "Square", &["b"]),
                NodeDef::new("b", "Square", &["a"]),
            ],
            "which depends on it",
        ),
        (
            vec![
                x(),
                NodeDef::new("a", "AddN", &[]).int("N", 0).dtype("T", 1),
            ],
            "must be at least one tensor",
        ),
        (
            vec![x(), NodeDef::new("a", "AddN", &["x"]).int("N", i64::MAX)],
            "AddN cannot have 1 inputs",
        ),
        (
            vec![x(), NodeDef::new("a", "Assign", &["x", "x"])],
            "must be a variable",
        ),
        (
            vec![x(), NodeDef::new("a", "Square", &["x"]).int("more", 3)],
            "mentions attr 'more' not in Op Square",
        ),
        (
            vec![NodeDef::new("a b", "NoOp", &[])],
            "'a b' is not a valid",
        ),
    ];
    for (nodes, expected) in cases {
        let message = refused(nodes.clone());
        assert!(message.contains(expected), "{message}: {expected}");
    }
}

/// The value of `Unique` is known while the graph is read, although its length is not.
#[test]
fn known_values_may_have_other_lengths_than_were_expected() {
    let begin = || {
        [
            NodeDef::constant("c", &[3], &[1, 1, 2]),
            NodeDef::new("u", "Unique", &["c"]),
        ]
    };
    let x = || NodeDef::placeholder("x", &[2, 2, 2]);
    for op in ["Slice", "Tile", "Transpose"] {
        let mut nodes = begin().to_vec();
        nodes.extend([x(), NodeDef::constant("size", &[3], &[1, 1, 1])]);
        let inputs: &[&str] = if op == "Slice" {
            &["x", "u", "size"]
        } else {
            &["x", "u"]
        };
        nodes.push(NodeDef::new("y", op, inputs));
        let message = refused(nodes);
        assert!(
            message.contains("has 2 elements where 3 are expected"),
            "{op}: {message}"
        );
    }
}

#[test]
fn large_graphs_take_time_in_proportion() {
    let mut nodes = vec![NodeDef::placeholder("n0", &[2])];
    nodes.extend(
        (1..100_000).map(|i| NodeDef::new(format!("n{i}"), "Identity", &[&format!("n{}", i - 1)])),
    );
    // Last first.
    nodes.reverse();
    let mut marked = NodeDef::new("marked", "NoOp", &[]);
    for i in 0..100_000 {
        marked.attr.insert(format!("_mark{i}"), vec![0x28, 1]);
    }
    nodes.push(marked);
    let def = GraphDef::from_bytes(&bytes(nodes)).unwrap();
    let graph = Graph::new();
    let imported = import_graph_def(&graph, &def, "").unwrap();
    let (first, last) = (
        imported.tensor::<f32>("n0:0").unwrap(),
        imported.tensor::<f32>("n99999:0").unwrap(),
    );
    let session = Session::new(&graph).unwrap();
    let value = session
        .run(last.array1(), [first.feed([1.0, 2.0])])
        .unwrap();
    assert_eq!(value, ndarray::arr1(&[1.0, 2.0]));
}
