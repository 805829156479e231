//! Calls of functions are read as the nodes of these. The graphs in `functions/` are TensorFlow's
//! (`functions/make.py`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use approx::assert_relative_eq;
use ndarray::{Array1, Array2, arr1};
use prost::Message;
use tf1::graph_def::GraphDef;
use tf1::{Graph, Session, import_graph_def};

use crate::by_hand::bytes;
use crate::messages::{GraphDef as Nodes, NodeDef};

/// `function.proto`, as far as is needed here.
#[derive(Clone, PartialEq, Message)]
struct Library {
    #[prost(message, repeated, tag = "1")]
    function: Vec<Function>,
}

#[derive(Clone, PartialEq, Message)]
struct Function {
    #[prost(message, optional, tag = "1")]
    signature: Option<FunctionSignature>,
    #[prost(message, repeated, tag = "3")]
    node: Vec<NodeDef>,
    #[prost(btree_map = "string, string", tag = "4")]
    ret: BTreeMap<String, String>,
}

#[derive(Clone, PartialEq, Message)]
struct FunctionSignature {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, repeated, tag = "2")]
    input: Vec<Argument>,
    #[prost(message, repeated, tag = "3")]
    output: Vec<Argument>,
}

#[derive(Clone, PartialEq, Message)]
struct Argument {
    #[prost(string, tag = "1")]
    name: String,
}

/// A function of the argument `x` whose output `y` is `result`.
fn function(name: &str, node: Vec<NodeDef>, result: &str) -> Function {
    let argument = |name: &str| {
        vec![Argument {
            name: name.to_string(),
        }]
    };
    Function {
        signature: Some(FunctionSignature {
            name: name.to_string(),
            input: argument("x"),
            output: argument("y"),
        }),
        node,
        ret: BTreeMap::from([("y".to_string(), result.to_string())]),
    }
}

/// A file with these nodes and functions.
fn file(nodes: Vec<NodeDef>, function: Vec<Function>) -> GraphDef {
    #[derive(Clone, PartialEq, Message)]
    struct Rest {
        #[prost(message, optional, tag = "2")]
        library: Option<Library>,
    }
    let library = Some(Library { function });
    let rest = Rest { library }.encode_to_vec();
    GraphDef::from_bytes(&[bytes(nodes), rest].concat()).unwrap()
}

fn refused(nodes: Vec<NodeDef>, functions: Vec<Function>) -> String {
    let graph = Graph::new();
    let error = import_graph_def(&graph, &file(nodes, functions), "").unwrap_err();
    assert!(graph.is_empty());
    error.message().to_string()
}

fn read(nodes: Vec<NodeDef>, functions: Vec<Function>) -> (Graph, Session) {
    let graph = Graph::new();
    import_graph_def(&graph, &file(nodes, functions), "").unwrap();
    let session = Session::new(&graph).unwrap();
    (graph, session)
}

fn x() -> NodeDef {
    NodeDef::placeholder("x", &[2])
}

pub fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/graph_def/functions");
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let is_graph = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "pb");
    let samples: Vec<PathBuf> = paths.filter(is_graph).collect();
    assert_eq!(samples.len(), 3);
    samples
}

/// Runs a graph of TensorFlow's, and compares all that it computed of it.
fn compare(graph: &Graph, sample: &Path) {
    let session = Session::new(graph).unwrap();
    let x = graph.tensor::<f32>("x:0").unwrap();
    let batch = Array2::from_shape_fn((3, 4), |(i, j)| (i as f32 - 1.0) * 0.5 + j as f32 * 0.25);
    for line in fs::read_to_string(sample.with_extension("txt"))
        .unwrap()
        .lines()
    {
        let mut words = line.split(' ');
        let name = words.next().unwrap();
        let expected: Array1<f32> = words.map(|word| word.parse::<f32>().unwrap()).collect();
        let tensor = graph.tensor::<f32>(name).unwrap();
        let found = session.run(&tensor, [x.feed(&batch)]).unwrap();
        let found: Array1<f32> = found.iter().copied().collect();
        assert_relative_eq!(found, expected, max_relative = 1e-6);
    }
}

#[test]
fn calls_give_what_tensorflow_gave() {
    for sample in samples() {
        let graph = Graph::new();
        import_graph_def(&graph, &GraphDef::read(&sample).unwrap(), "").unwrap();
        compare(&graph, &sample);
        let written = graph.as_graph_def().unwrap();
        let again = Graph::new();
        import_graph_def(&again, &written, "").unwrap();
        compare(&again, &sample);
        assert!(again.as_graph_def().unwrap() == written);
    }
}

/// The attribute `_class` of a node that is to be where these are.
fn located_with(names: &[&str]) -> Vec<u8> {
    let field = |tag: u8, bytes: Vec<u8>| [vec![tag, bytes.len() as u8], bytes].concat();
    let texts = names
        .iter()
        .map(|name| field(0x12, format!("loc:@{name}").into_bytes()));
    field(0x0a, texts.collect::<Vec<_>>().concat())
}

#[test]
fn names_begin_with_that_of_the_call() {
    let mut body = vec![
        NodeDef::new("a", "Square", &["x"]),
        NodeDef::new("b", "Neg", &["a:y:0"]),
    ];
    let located = located_with(&["a", "elsewhere"]);
    body[1].attr.insert("_class".to_string(), located);
    let nodes = vec![
        x(),
        NodeDef::new("call/a", "Abs", &["x"]),
        NodeDef::new("call", "f", &["call/a"]),
        NodeDef::new("z", "Sqrt", &["call"]),
    ];
    let (graph, _) = read(nodes, vec![function("f", body, "b:y:0")]);
    let names: Vec<String> = graph.operations().iter().map(|o| o.name()).collect();
    assert_eq!(names, ["x", "call/a", "call/a_1", "call/b", "call", "z"]);
    let nodes = Nodes::decode(graph.as_graph_def().unwrap().to_bytes().unwrap().as_slice());
    let nodes = nodes.unwrap().node;
    let b = nodes.iter().find(|node| node.name == "call/b").unwrap();
    assert_eq!(b.attr["_class"], located_with(&["call/a_1"]));
    let inputs = |name: &str| graph.operation(name).unwrap().inputs()[0].name();
    assert_eq!(inputs("call/a_1"), "call/a:0");
    // What reads the call reads the node behind it.
    assert_eq!(inputs("z"), "call/b:0");
    assert_eq!(inputs("call"), "call/b:0");
}

/// `name` is a variable, and `name/set` sets it to 7.
fn variable(name: &str, value_of: fn(&str) -> String) -> Vec<NodeDef> {
    let (set, value) = (format!("{name}_set"), format!("{name}_value"));
    vec![
        NodeDef::new(name, "VariableV2", &[])
            .dtype("dtype", 3)
            .shape("shape", &[]),
        NodeDef::constant(&value, &[], &[7]),
        NodeDef::new(set, "Assign", &[&value_of(name), &value_of(&value)]),
    ]
}

#[test]
fn who_reads_a_call_waits_for_its_effects() {
    let output = |name: &str| {
        let output = if name.ends_with("_value") {
            "output"
        } else {
            "ref"
        };
        format!("{name}:{output}:0")
    };
    let inner = function("inner", variable("v", output), "x");
    let outer = vec![NodeDef::new("in", "inner", &["x"])];
    let outer = function("outer", outer, "in:y:0");
    let nodes = || {
        vec![
            x(),
            NodeDef::new("call", "outer", &["x"]),
            NodeDef::new("z", "Neg", &["call"]),
            NodeDef::new("after", "NoOp", &["^call"]),
        ]
    };
    let functions = vec![outer, inner];
    for fetch in ["z", "after", "call"] {
        let (graph, session) = read(nodes(), functions.clone());
        let x = graph.tensor::<f32>("x:0").unwrap();
        let v = graph.tensor::<i32>("call/in/v:0").unwrap();
        assert!(session.run(&v, []).is_err());
        let fetch = graph.operation(fetch).unwrap();
        session.run(&fetch, [x.feed([1.0, 2.0])]).unwrap();
        assert_eq!(session.run(v.scalar(), []).unwrap(), 7);
    }
}

#[test]
fn a_call_waits_for_what_it_is_to_wait_for() {
    let passing = function("passing", Vec::new(), "x");
    let body = vec![
        NodeDef::new("a", "Square", &["x"]),
        NodeDef::new("b", "Neg", &["a:y:0"]),
    ];
    let computing = function("computing", body, "b:y:0");
    let nodes = |call: &str| {
        let mut nodes = variable("v", str::to_string);
        nodes.extend([
            x(),
            NodeDef::new("call", call, &["x", "^v_set"]),
            NodeDef::new("z", "Neg", &["call"]),
        ]);
        nodes
    };
    for call in ["passing", "computing"] {
        let (graph, session) = read(nodes(call), vec![passing.clone(), computing.clone()]);
        let x = graph.tensor::<f32>("x:0").unwrap();
        let z = graph.operation("z").unwrap();
        session.run(&z, [x.feed([1.0, 2.0])]).unwrap();
        let v = graph.tensor::<i32>("v:0").unwrap();
        assert_eq!(session.run(v.scalar(), []).unwrap(), 7);
        if call == "computing" {
            let waits = |name: &str| graph.operation(name).unwrap().control_inputs().len();
            assert_eq!((waits("call/a"), waits("call/b")), (1, 0));
        }
    }
}

#[test]
fn calls_that_do_not_fit_are_refused() {
    let f = |nodes, result| vec![function("f", nodes, result)];
    let call = |inputs: &[&str]| vec![x(), NodeDef::new("call", "f", inputs)];
    let square = |input: &str| vec![NodeDef::new("a", "Square", &[input])];
    let cases = [
        (
            call(&["x", "x"]),
            f(square("x"), "a:y:0"),
            "it takes 1 tensors, and is given 2",
        ),
        (
            call(&["x"]),
            f(square("z"), "a:y:0"),
            "'a': it reads 'z', which is not in the function",
        ),
        (
            call(&["x"]),
            f(square("x:1"), "a:y:0"),
            "'a': it reads 'x:1', which",
        ),
        (
            call(&["x"]),
            f(square("x"), "a:z:0"),
            "Square has no output 'z'",
        ),
        (
            call(&["x"]),
            f(square("x"), "a:y:7"),
            "it reads 'a:y:7', which",
        ),
        (call(&["x"]), f(square("x"), "a"), "it reads 'a', which"),
        (
            call(&["x"]),
            f(vec![NodeDef::new("a", "Foo", &["x"])], "a:y:0"),
            "ops that do not exist here: Foo (1: call/a)",
        ),
        (
            call(&["x"]),
            f([square("x"), square("x")].concat(), "a:y:0"),
            "Node 'a' is not unique",
        ),
        (
            call(&["x"]),
            f(vec![NodeDef::new("a", "f", &["x"])], "a:y:0"),
            "functions that call themselves are not supported: 'f' calls 'f'",
        ),
        (
            vec![x(), NodeDef::new("call", "PartitionedCall", &["x"])],
            f(square("x"), "a:y:0"),
            "attr 'f' must be the function",
        ),
        (
            call(&["x"]),
            [f(square("x"), "a:y:0"), f(square("x"), "a:y:0")].concat(),
            "the library holds two functions 'f'",
        ),
    ];
    for (nodes, functions, expected) in cases {
        let message = refused(nodes, functions);
        assert!(message.contains(expected), "{message}: {expected}");
    }
}

/// Functions that each call the next one `times` times.
fn chain(length: usize, times: usize) -> Vec<Function> {
    let name = |number: usize| format!("f{number}");
    let link = |number: usize| {
        let nodes = (0..times).map(|i| {
            let op = if number + 1 == length {
                "Square".to_string()
            } else {
                name(number + 1)
            };
            NodeDef::new(format!("a{i}"), &op, &["x"])
        });
        function(&name(number), nodes.collect(), "a0:y:0")
    };
    (0..length).map(link).collect()
}

#[test]
fn what_functions_grow_to_is_bounded() {
    let call = || vec![x(), NodeDef::new("call", "f0", &["x"])];
    read(call(), chain(10, 2));
    let start = Instant::now();
    let message = refused(call(), chain(40, 2));
    assert!(
        message.contains("far more nodes than the file is worth"),
        "{message}"
    );
    let message = refused(call(), chain(10_000, 1));
    assert!(message.contains("more than 64 deep"), "{message}");
    // An output that claims to be very many tensors.
    let split = NodeDef::new("a", "Split", &["axis:output:0", "x"]).int("num_split", 1 << 40);
    let body = vec![NodeDef::constant("axis", &[], &[0]), split];
    let message = refused(call(), vec![function("f0", body, "a:output")]);
    assert!(message.contains("than the file is worth"), "{message}");
    assert!(start.elapsed().as_secs() < 60);
}

#[test]
fn functions_that_are_not_called_need_not_be_known() {
    let unknown = function("g", vec![NodeDef::new("a", "Foo", &["x"])], "a:y:0");
    let nodes = vec![x(), NodeDef::new("z", "Neg", &["x"])];
    let (graph, session) = read(nodes, vec![unknown]);
    let (x, z) = (
        graph.tensor::<f32>("x:0").unwrap(),
        graph.tensor::<f32>("z:0").unwrap(),
    );
    let found = session.run(z.array1(), [x.feed([1.0, 2.0])]).unwrap();
    assert_eq!(found, arr1(&[-1.0, -2.0]));
}

/// What the file says besides its nodes, as bytes.
fn rest_of(def: &GraphDef) -> (Option<Library>, Vec<u8>) {
    #[derive(Clone, PartialEq, Message)]
    struct Rest {
        #[prost(message, optional, tag = "2")]
        library: Option<Library>,
        #[prost(bytes = "vec", tag = "4")]
        versions: Vec<u8>,
    }
    let rest = Rest::decode(def.to_bytes().unwrap().as_slice()).unwrap();
    (rest.library, rest.versions)
}

#[test]
fn libraries_that_are_not_called_are_kept() {
    let negative = |op: &str| function("g", vec![NodeDef::new("a", op, &["x"])], "a:y:0");
    let called = function("f", vec![NodeDef::new("a", "Square", &["x"])], "a:y:0");
    let call = || vec![x(), NodeDef::new("call", "f", &["x"])];
    let whole = file(call(), vec![negative("Foo"), called.clone()]);
    let graph = Graph::new();
    import_graph_def(&graph, &whole, "").unwrap();
    let written = graph.as_graph_def().unwrap();
    assert_eq!(rest_of(&written), rest_of(&whole));
    let again = Graph::new();
    import_graph_def(&again, &written, "").unwrap();
    assert!(again.as_graph_def().unwrap() == written);

    // The same once more, and another function with the name of one.
    import_graph_def(&graph, &whole, "again").unwrap();
    assert_eq!(rest_of(&graph.as_graph_def().unwrap()).0, rest_of(&whole).0);
    let other = file(vec![x()], vec![negative("Bar")]);
    let before = graph.len();
    let error = import_graph_def(&graph, &other, "other").unwrap_err();
    assert!(
        error.message().contains("Cannot add function 'g'"),
        "{error}"
    );
    assert_eq!(graph.len(), before);

    // All are called.
    let (graph, _) = read(call(), vec![called]);
    assert_eq!(rest_of(&graph.as_graph_def().unwrap()).0, None);
}

#[test]
fn versions_are_kept() {
    let of_version = |producer: u8, min_consumer: u8| {
        let versions = vec![0x08, producer, 0x10, min_consumer];
        let node = vec![x()];
        GraphDef::from_bytes(&Nodes { node, versions }.encode_to_vec()).unwrap()
    };
    let graph = Graph::new();
    import_graph_def(&graph, &of_version(27, 12), "").unwrap();
    let versions = |graph: &Graph| rest_of(&graph.as_graph_def().unwrap()).1;
    assert_eq!(versions(&graph), [0x08, 27, 0x10, 12]);
    import_graph_def(&graph, &of_version(30, 5), "b").unwrap();
    assert_eq!(versions(&graph), [0x08, 134, 1, 0x10, 12]);
    assert_eq!(versions(&Graph::new()), [0x08, 134, 1]);
}
