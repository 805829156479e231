//! What importing promises.

use ndarray::arr1;
use tf1::graph_def::{GraphDef, Import};
use tf1::{DType, Graph, Session, import_graph_def};

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
