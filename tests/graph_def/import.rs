//! What importing promises.

use ndarray::arr1;
use tf1::graph_def::{GraphDef, GraphElement, Import};
use tf1::train::Optimizer;
use tf1::{DType, Graph, GraphKeys, Session, import_graph_def};

use crate::by_hand::bytes;
use crate::messages::NodeDef;

/// y = x² + 1 of a vector, with a node that waits for another.
fn trained() -> Graph {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [2]);
    let gate = graph.no_op().named("gate");
    let squares = graph.control_dependencies([&gate], || tf1::square(&x).named("squares"));
    (squares + 1.0).named("y");
    graph
}

#[test]
fn nodes_come_under_a_prefix_of_their_own() {
    let def = trained().as_graph_def().unwrap();
    let graph = Graph::new();
    let first = import_graph_def(&graph, &def, Import::new()).unwrap();
    let second = import_graph_def(&graph, &def, Import::new()).unwrap();
    assert_eq!(first.tensor::<f32>("y:0").unwrap().name(), "import/y:0");
    assert_eq!(second.tensor::<f32>("y:0").unwrap().name(), "import_1/y:0");
    let squares = first.operation("squares").unwrap();
    assert_eq!(squares.control_inputs()[0].name(), "import/gate");
}

#[test]
fn a_failed_import_leaves_the_graph_as_it_was() {
    let def = trained().as_graph_def().unwrap();
    let graph = Graph::new();
    import_graph_def(&graph, &def, "").unwrap();
    let before = graph.operations().len();
    let error = import_graph_def(&graph, &def, "").unwrap_err();
    assert_eq!(error.message(), "Node name 'x' already exists in the Graph");
    assert_eq!(graph.operations().len(), before);
}

#[test]
fn inputs_are_replaced() {
    let def = trained().as_graph_def().unwrap();
    let graph = Graph::new();
    let x = graph.constant([1.0f32, 3.0]);
    let options = Import::new().name("again").input_map("x:0", &x);
    let imported = import_graph_def(&graph, &def, options).unwrap();
    let y = imported.tensor::<f32>("y:0").unwrap();
    let session = Session::new(&graph).unwrap();
    assert_eq!(session.run(y.array1(), []).unwrap(), arr1(&[2.0, 10.0]));
}

#[test]
fn what_no_node_reads_cannot_be_replaced() {
    let def = trained().as_graph_def().unwrap();
    let graph = Graph::new();
    let x = graph.constant([1.0f32, 3.0]);
    let options = Import::new().input_map("X", &x);
    let error = import_graph_def(&graph, &def, options).unwrap_err();
    assert_eq!(
        error.message(),
        "Attempted to map inputs that were not found in graph_def: X"
    );
    let other = Graph::new().constant([1.0f32, 3.0]);
    let error = import_graph_def(&graph, &def, Import::new().input_map("x", &other)).unwrap_err();
    assert!(
        error.message().contains("a tensor of another graph"),
        "{error}"
    );
}

#[test]
fn a_scope_with_a_slash_is_taken_as_it_is() {
    let def = trained().as_graph_def().unwrap();
    let graph = Graph::new();
    let imported = import_graph_def(&graph, &def, "trained/").unwrap();
    assert_eq!(imported.tensor::<f32>("y:0").unwrap().name(), "trained/y:0");
    assert_eq!(
        graph.tensor::<f32>("trained/y:0").unwrap().name(),
        "trained/y:0"
    );
    assert_eq!(
        graph.operation("trained/squares").unwrap().op_type(),
        "Square"
    );
}

#[test]
fn handles_by_name_are_typed() {
    let graph = Graph::new();
    let imported = import_graph_def(&graph, &trained().as_graph_def().unwrap(), "").unwrap();
    assert_eq!(imported.any_tensor("y:0").unwrap().dtype(), DType::Float32);
    let error = imported.tensor::<i64>("y:0").unwrap_err();
    assert!(
        error
            .message()
            .contains("has elements of type float32, not int64"),
        "{error}"
    );
    assert!(imported.tensor::<f32>("z:0").is_err());
}

#[test]
fn elements_are_returned_in_order() {
    let def = trained().as_graph_def().unwrap();
    let graph = Graph::new();
    let x = graph.constant([1.0f32, 3.0]);
    let names = ["y:0", "gate", "x:0", "y:0"];
    let options = Import::new().input_map("x", &x).return_elements(names);
    let imported = import_graph_def(&graph, &def, options).unwrap();
    let names = imported.elements().iter().map(|element| match element {
        GraphElement::Operation(operation) => operation.name(),
        GraphElement::Tensor(tensor) => tensor.name(),
    });
    let names: Vec<String> = names.collect();
    assert_eq!(
        names,
        ["import/y:0", "import/gate", "Const:0", "import/y:0"]
    );
    let error = imported.elements()[1].tensor::<f32>().unwrap_err();
    assert!(
        error.message().contains("'import/gate' is an operation"),
        "{error}"
    );
}

#[test]
fn elements_that_are_not_there_are_refused() {
    let def = trained().as_graph_def().unwrap();
    let graph = Graph::new();
    for (name, expected) in [
        (
            "z:0",
            "Requested return_element 'z:0' not found in graph_def.",
        ),
        ("z", "Requested return_element 'z' not found in graph_def."),
        (
            "y:a",
            "Requested return_element 'y:a' not found in graph_def.",
        ),
        (
            "^y",
            "Requested return_element '^y' not found in graph_def.",
        ),
        (
            "y:1",
            "Requested return_element 'y:1' not found in graph_def: 'y' has 1 outputs.",
        ),
    ] {
        let options = Import::new().return_elements([name]);
        let error = import_graph_def(&graph, &def, options).unwrap_err();
        assert_eq!(error.message(), expected);
        assert!(graph.is_empty());
    }
}

/// A model with a variable, as a file.
fn model() -> GraphDef {
    let graph = Graph::new();
    let w = graph.get_variable("scope/w", [2], tf1::initializers::constant(3.0f32));
    tf1::reduce_sum(tf1::square(&w), ..).named("cost");
    graph.as_graph_def().unwrap()
}

#[test]
fn variables_of_a_file_are_read_assigned_and_trained() {
    let graph = Graph::new();
    import_graph_def(&graph, &model(), "").unwrap();
    let before = graph.len();
    let w = graph.variable_named::<f32>("scope/w").unwrap();
    assert_eq!(graph.len(), before);
    assert_eq!(w.name(), "scope/w:0");
    assert_eq!(w.value().name(), "scope/w/read:0");
    assert_eq!(w.initializer().name(), "scope/w/Assign");
    let again = graph.get_variable_by_name("scope/w:0").unwrap();
    assert_eq!(again.value().name(), "scope/w/read:0");
    assert!(graph.global_variables().is_empty());
    graph.add_to_collection(GraphKeys::TRAINABLE_VARIABLES, w.memory());
    assert_eq!(graph.trainable_variables().len(), 1);

    let cost = graph.tensor::<f32>("cost:0").unwrap();
    let step = tf1::train::AdamOptimizer::new(0.5).minimize(&cost);
    let doubled = w.assign(&w * 2.0);
    let slots = graph.global_variables_initializer();
    let session = Session::new(&graph).unwrap();
    session.run((w.initializer(), &slots), []).unwrap();
    assert_eq!(
        session.run(doubled.array1(), []).unwrap(),
        arr1(&[6.0, 6.0])
    );
    session.run(&step, []).unwrap();
    let trained = session.run(w.array1(), []).unwrap();
    assert!(trained.iter().all(|x| (x - 5.5).abs() < 1e-5), "{trained}");
}

#[test]
fn variables_need_not_be_read_or_initialized_by_the_file() {
    let memory = NodeDef::new("w", "VariableV2", &[])
        .dtype("dtype", 1)
        .shape("shape", &[2]);
    let other = NodeDef::new("c", "NoOp", &[]);
    let def = GraphDef::from_bytes(&bytes(vec![memory, other])).unwrap();
    let graph = Graph::new();
    import_graph_def(&graph, &def, "a").unwrap();
    let w = graph.variable_named::<f32>("a/w").unwrap();
    assert_eq!(w.value().name(), "a/w/read:0");
    let set = w.assign([1.0, 2.0]);
    let session = Session::new(&graph).unwrap();
    session.run(w.initializer(), []).unwrap();
    assert!(session.run(&w, []).is_err());
    session.run(&set, []).unwrap();
    assert_eq!(session.run(w.array1(), []).unwrap(), arr1(&[1.0, 2.0]));

    let error = graph.variable_named::<i32>("a/w").unwrap_err();
    assert!(error.message().contains("not int32"), "{error}");
    let error = graph.variable_named::<f32>("a/c").unwrap_err();
    assert!(
        error.message().contains("of type NoOp, not to a variable"),
        "{error}"
    );
    let error = graph.variable_named::<f32>("w").unwrap_err();
    assert!(error.message().contains("not in the graph"), "{error}");
}

#[test]
fn missing_ops_are_listed_together() {
    // Of a node `a` of op `Foo`, and nodes `b` and `c` of op `Bar`.
    let node = |name: &str, op: &str| {
        let fields = [
            [&[0x0a, name.len() as u8], name.as_bytes()].concat(),
            [&[0x12, op.len() as u8], op.as_bytes()].concat(),
        ]
        .concat();
        [&[0x0a, fields.len() as u8], fields.as_slice()].concat()
    };
    let bytes = [node("a", "Foo"), node("b", "Bar"), node("c", "Bar")].concat();
    let def = GraphDef::from_bytes(&bytes).unwrap();
    assert_eq!(
        def.nodes().collect::<Vec<_>>(),
        [("a", "Foo"), ("b", "Bar"), ("c", "Bar")]
    );
    let error = import_graph_def(&Graph::new(), &def, "").unwrap_err();
    assert_eq!(
        error.message(),
        "the graph holds ops that do not exist here: Bar (2: b, c), Foo (1: a)"
    );
}
