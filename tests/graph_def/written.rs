//! What is written is read again as it was.

use tf1::graph_def::GraphDef;
use tf1::train::Optimizer;
use tf1::{self as tf, Graph, Session, import_graph_def};

use prost::Message;

use crate::messages::{self, NodeDef};
use crate::test_files::shared_folder;

/// Writes the graph, reads it into another, and compares what both print of themselves and write.
fn read_again(graph: &Graph) -> Graph {
    let def = graph.as_graph_def().unwrap();
    let bytes = def.to_bytes().unwrap();
    let again = Graph::new();
    import_graph_def(&again, &GraphDef::from_bytes(&bytes).unwrap(), "").unwrap();
    let printed = |graph: &Graph| -> Vec<String> {
        let operations = graph.operations();
        operations
            .iter()
            .map(|operation| {
                let outputs: Vec<String> =
                    operation.outputs().iter().map(|o| o.to_string()).collect();
                format!(
                    "{} {} {}",
                    operation.name(),
                    operation.op_type(),
                    outputs.join(" ")
                )
            })
            .collect()
    };
    let (mut before, mut after) = (printed(graph), printed(&again));
    before.sort();
    after.sort();
    assert_eq!(before, after);
    again
}

#[test]
fn a_training_graph_trains_after_reading_as_before() {
    let graph = Graph::new();
    graph.set_random_seed(3);
    let x = graph.placeholder::<f32>("x", tf::shape![?, 3]);
    let w = graph.get_variable("w", [3, 2], tf::initializers::xavier().seed(1));
    let b = graph.get_variable("b", [2], tf::initializers::zeros());
    let logits = tf::nn::relu(tf::matmul(&x, &w) + &b);
    let cost = tf::reduce_mean(tf::square(&logits), ..).named("cost");
    tf::train::AdamOptimizer::new(0.1)
        .minimize(&cost)
        .named("step");
    graph.global_variables_initializer().named("start");
    let again = read_again(&graph);
    let costs = |graph: &Graph| -> Vec<f32> {
        let session = Session::new(graph).unwrap();
        let operation = |name: &str| graph.get_operation_by_name(name).unwrap();
        let x = graph
            .get_tensor_by_name("x:0")
            .unwrap()
            .typed::<f32>()
            .unwrap();
        let cost = graph
            .get_tensor_by_name("cost:0")
            .unwrap()
            .typed::<f32>()
            .unwrap();
        session.run(operation("start"), []).unwrap();
        let batch = ndarray::arr2(&[[1.0f32, 2.0, 3.0], [-1.0, 0.5, 2.0]]);
        let step = operation("step");
        (0..5)
            .map(|_| {
                let ((), cost) = session
                    .run((&step, cost.scalar()), [x.feed(&batch)])
                    .unwrap();
                cost
            })
            .collect()
    };
    assert_eq!(costs(&graph), costs(&again));
}

/// What a file says and nothing here uses is written back: import, export and import give the same
/// graph.
#[test]
fn samples_are_written_as_they_were_read() {
    let Some(folder) = shared_folder("graphs/dl4j") else {
        return;
    };
    let mut graphs = Vec::new();
    find(&folder, &mut graphs);
    let mut read = 0;
    for path in graphs {
        let def = GraphDef::read(&path).unwrap();
        let first = Graph::new();
        if import_graph_def(&first, &def, "").is_err() {
            continue;
        }
        let written = first.as_graph_def().unwrap();
        assert_same(&messages(&def), &messages(&written), &path);
        let second = Graph::new();
        import_graph_def(&second, &written, "").unwrap();
        let rewritten = second.as_graph_def().unwrap();
        assert!(written == rewritten, "{}", path.display());
        read += 1;
    }
    assert!(read > 250, "only {read} could be read");
}

fn messages(def: &GraphDef) -> Vec<NodeDef> {
    let bytes = def.to_bytes().unwrap();
    let mut nodes = messages::GraphDef::decode(bytes.as_slice()).unwrap().node;
    nodes.sort_by(|a, b| a.name.cmp(&b.name));
    nodes
}

/// What was written has all that was read; the values of attributes that mean something here may be
/// told otherwise.
fn assert_same(read: &[NodeDef], written: &[NodeDef], path: &std::path::Path) {
    assert_eq!(read.len(), written.len(), "{}", path.display());
    for (read, written) in read.iter().zip(written) {
        let inputs = |node: &NodeDef| {
            let mut inputs: Vec<String> = node
                .input
                .iter()
                .map(|input| input.trim_end_matches(":0").to_string())
                .collect();
            // The order of control inputs means nothing.
            let controls = inputs
                .iter()
                .position(|input| input.starts_with('^'))
                .unwrap_or(inputs.len());
            inputs[controls..].sort();
            inputs
        };
        let told = |node: &NodeDef| {
            (
                node.name.clone(),
                node.op.clone(),
                inputs(node),
                node.device.clone(),
            )
        };
        assert_eq!(told(read), told(written), "{}", path.display());
        for (name, value) in &read.attr {
            let again = written.attr.get(name);
            let is_same = again.is_some() && (!name.starts_with('_') || again == Some(value));
            assert!(is_same, "{}: {name} of {}", path.display(), read.name);
        }
    }
}

fn find(folder: &std::path::Path, graphs: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, graphs);
        } else if path.extension().is_some_and(|extension| extension == "pb") {
            graphs.push(path);
        }
    }
}
