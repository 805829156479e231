//! The graph that is written, node by node and attribute by attribute, against TensorFlow's
//! GraphDef of the same program.

use prost::Message;
use tf1 as tf;
use tf1::summary::{self, FileWriter, What};
use tf1::train::Optimizer;
use tf1::{Graph, Session};

use crate::messages::{AttrValue, GraphDef, NodeDef};
use crate::test_files::TestFolder;

/// An attribute's bytes; of a repeated number, which TensorFlow may write once and the crate writes
/// in full, the array in full.
fn readable(name: &str, value: &[u8]) -> Vec<u8> {
    let mut attribute = AttrValue::decode(value).unwrap();
    match &mut attribute.tensor {
        Some(tensor) if name == "value" && tensor.float_val.len() == 1 => {
            let lengths = tensor.shape.iter().flat_map(|shape| &shape.dim);
            let size: i64 = lengths.map(|dim| dim.size).product();
            let number = tensor.float_val.remove(0).to_le_bytes();
            tensor.tensor_content = number.repeat(size as usize);
            attribute.encode_to_vec()
        }
        _ => value.to_vec(),
    }
}

/// The network of `make.py`.
fn network() -> Graph {
    let graph = Graph::new();
    graph.set_random_seed(1);
    let x = graph.placeholder::<f32>("x", tf::shape![?, 4]);
    let labels = graph.placeholder::<i64>("labels", tf::shape![?]);
    let one = graph.constant(1.0f32);
    let keep = graph.placeholder_with_default(one, []).named("keep");
    let mut a = x;
    for (i, [rows, columns]) in [[4, 5], [5, 6], [6, 3]].into_iter().enumerate() {
        a = graph.name_scope(format!("layer{}", i + 1), || {
            let normal = tf::TruncatedNormal::new().stddev(0.1).seed(i as i64);
            let w = graph
                .variable(graph.truncated_normal_with([rows, columns], normal))
                .named("w");
            let b = graph.variable(graph.zeros::<f32>([columns])).named("b");
            let z = tf::matmul(&a, &w) + &b;
            summary::histogram("weights", &w);
            if i < 2 { tf::nn::relu(z) } else { z }
        });
    }
    let loss = graph.name_scope("loss", || {
        let one_hot = tf::one_hot(&labels, 3);
        let losses =
            tf::nn::softmax_cross_entropy_with_logits(tf::nn::Labels(&one_hot), tf::nn::Logits(&a));
        let loss = tf::reduce_mean(losses, 0) * &keep;
        summary::scalar("mean", &loss);
        loss
    });
    graph.name_scope("accuracy", || {
        let right = tf::equal(tf::argmax(&a, 1), &labels);
        let share = tf::reduce_mean(tf::cast(&right, tf::float32), ..);
        summary::scalar("share", &share);
        tf::reduce_any(&right, tf::Axes::from(..).keepdims());
    });
    graph.name_scope("pictures", || {
        let both = tf::concat([&a, &tf::square(&a)], 1);
        let pictures = tf::reshape(both, [-1, 2, 3, 1]);
        summary::image_with("activity", &pictures, summary::Image::new().max_outputs(2));
    });
    let top = tf::split(&a, [1, 2], 1).remove(0);
    let rows = tf::unstack(graph.constant([[1i64, 2], [3, 4]]));
    let _ = &rows[1] + 1;
    graph.control_dependencies([&top, &loss], || graph.no_op().named("done"));
    let step = tf::train::get_or_create_global_step(&graph);
    let options = tf::train::Minimize::new().global_step(&step);
    tf::train::AdamOptimizer::new(0.01).minimize_with(&loss, options);
    summary::merge_all(&graph);
    graph.global_variables_initializer();
    graph
}

/// The graph as a writer writes it.
fn written(graph: &Graph) -> GraphDef {
    let folder = TestFolder::new();
    let writer = FileWriter::new(folder.path()).unwrap();
    writer.add_graph(graph).unwrap();
    writer.close().unwrap();
    let mut events = tf::train::summary_iterator(writer.path()).unwrap();
    match events.nth(1).unwrap().unwrap().what {
        What::GraphDef(bytes) => GraphDef::decode(&*bytes).unwrap(),
        other => panic!("{other:?} is not a graph"),
    }
}

#[test]
fn all_attributes_are_written_as_tensorflow_writes_them() {
    let graph = network();
    Session::new(&graph).expect("the network is sound");
    let ours = written(&graph);
    let wanted = GraphDef::decode(&include_bytes!("network.pb")[..]).unwrap();
    assert!(wanted.node.len() > 200);
    for (place, (ours, wanted)) in ours.node.iter().zip(&wanted.node).enumerate() {
        let of_node = |node: &NodeDef| (node.name.clone(), node.op.clone(), node.input.clone());
        assert_eq!(of_node(ours), of_node(wanted), "node {place}");
        assert_eq!(ours.device, wanted.device, "{}", ours.name);
        compare_attributes(ours, wanted);
    }
    assert_eq!(ours.node.len(), wanted.node.len());
    assert_eq!(ours.versions, wanted.versions);
}

fn compare_attributes(ours: &NodeDef, wanted: &NodeDef) {
    let node = &ours.name;
    for (name, value) in &ours.attr {
        let wanted = wanted.attr.get(name).map(|value| readable(name, value));
        assert_eq!(Some(readable(name, value)), wanted, "{name} of {node}");
    }
    // What is to be placed beside what (`_class`) is nothing here, where all is in one place.
    let missing: Vec<&String> = wanted
        .attr
        .keys()
        .filter(|name| *name != "_class" && !ours.attr.contains_key(*name))
        .collect();
    assert!(missing.is_empty(), "{node} lacks {missing:?}");
}

/// What holds a mistake is written with its name, so that one can look for it.
#[test]
fn a_graph_with_a_mistake_is_written_too() {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [2, 3]);
    let product = tf::matmul(&x, &x);
    let _ = tf::nn::relu(&product);
    let written = written(&graph);
    let names: Vec<&str> = written.node.iter().map(|node| &*node.name).collect();
    assert_eq!(names, ["x", "MatMul", "Relu"]);
    assert!(written.node[1].attr.is_empty());
}

/// TensorBoard does not show them, and a graph may hold a whole data set.
#[test]
fn large_constants_are_written_without_their_value() {
    let graph = Graph::new();
    graph.constant(vec![1.0f32; 256]);
    graph.constant(vec![1.0f32; 257]);
    let has_value = |node: &NodeDef| node.attr.contains_key("value");
    let found: Vec<bool> = written(&graph).node.iter().map(has_value).collect();
    assert_eq!(found, [true, false]);
}
