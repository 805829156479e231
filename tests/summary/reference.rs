//! What summary ops compute, call their nodes and refuse.

use ndarray::ArrayD;
use serde_json::Value as Json;
use tf1 as tf;
use tf1::summary::{self, Data, Summary, SummaryOp};
use tf1::{AnyTensor, Graph, Session};

use crate::pixels;

fn reference(part: &str) -> Json {
    let text = include_str!("reference.json");
    let mut all: Json = serde_json::from_str(text).expect("the reference is JSON");
    all[part].take()
}

fn list(json: &Json) -> &[Json] {
    json.as_array().expect("a list")
}

/// A number; JSON has neither NaN nor infinities.
fn number(json: &Json) -> f64 {
    match json.as_str() {
        None => json.as_f64().expect("a number"),
        Some(text) => text.parse().expect("nan or an infinity"),
    }
}

fn array<T: tf::Numeric>(json: &Json) -> ArrayD<T> {
    let exact = |json: &Json| match json.as_i64() {
        Some(whole) if T::DTYPE.is_integer() => T::from_i64(whole),
        _ => T::from_f64(number(json)),
    };
    let shape: Vec<usize> = list(&json["shape"])
        .iter()
        .map(|length| length.as_u64().expect("a length") as usize)
        .collect();
    let elements = list(&json["data"]).iter().map(exact).collect();
    ArrayD::from_shape_vec(shape, elements).expect("as many elements as the shape says")
}

/// The constant that a case gives, and what `build` makes of it.
macro_rules! with_input {
    ($graph:expr, $json:expr, $x:ident => $body:expr) => {
        match $json["dtype"].as_str() {
            Some("float32") => with_input!(@ f32, $graph, $json, $x, $body),
            Some("float64") => with_input!(@ f64, $graph, $json, $x, $body),
            Some("int32") => with_input!(@ i32, $graph, $json, $x, $body),
            Some("int64") => with_input!(@ i64, $graph, $json, $x, $body),
            Some("uint8") => with_input!(@ u8, $graph, $json, $x, $body),
            other => panic!("no dtype of the crate's: {other:?}"),
        }
    };
    (@ $type:ty, $graph:expr, $json:expr, $x:ident, $body:expr) => {{
        let $x = $graph.constant(array::<$type>(&$json));
        $body
    }};
}

fn run(op: &SummaryOp) -> Summary {
    let session = Session::new(op.graph()).expect("the graph is sound");
    session.run(op, []).expect("the summary can be computed")
}

#[test]
fn histograms_are_tensorflows() {
    for case in list(&reference("histograms")) {
        let graph = Graph::new();
        let input = &case["input"];
        let op = with_input!(graph, input, x => summary::histogram("h", &x));
        let value = run(&op).value.remove(0);
        let Some(Data::Histogram(counted)) = value.data else {
            panic!("{:?} is not a histogram", value.data)
        };
        let numbers = |json: &Json| list(json).iter().map(number).collect::<Vec<_>>();
        let found = [
            counted.min,
            counted.max,
            counted.num,
            counted.sum,
            counted.sum_squares,
        ];
        let wanted = ["min", "max", "num", "sum", "sum_squares"].map(|key| number(&case[key]));
        assert_eq!(found, wanted, "of {input}");
        assert_eq!(
            counted.bucket_limit,
            numbers(&case["bucket_limit"]),
            "of {input}"
        );
        assert_eq!(counted.bucket, numbers(&case["bucket"]), "of {input}");
    }
}

#[test]
fn pictures_have_tensorflows_pixels() {
    for case in list(&reference("pictures")) {
        let graph = Graph::new();
        let input = &case["input"];
        let count = case["max_outputs"].as_u64().expect("a number") as usize;
        let options = summary::Image::new().max_outputs(count);
        let op = match input["dtype"].as_str() {
            Some("uint8") => summary::image_with("p", graph.constant(array::<u8>(input)), options),
            Some("float64") => {
                summary::image_with("p", graph.constant(array::<f64>(input)), options)
            }
            _ => summary::image_with("p", graph.constant(array::<f32>(input)), options),
        };
        let values = run(&op).value;
        assert_eq!(values.len(), list(&case["values"]).len());
        for (value, wanted) in values.iter().zip(list(&case["values"])) {
            assert_eq!(value.tag, wanted["tag"]);
            let Some(Data::Image(picture)) = &value.data else {
                panic!("{:?} is not a picture", value.data)
            };
            let lengths = [picture.height, picture.width, picture.colorspace];
            let keys = ["height", "width", "colorspace"];
            assert_eq!(
                lengths.map(i64::from),
                keys.map(|key| wanted[key].as_i64().unwrap())
            );
            let pixels = pixels(&picture.encoded_image_string);
            let wanted: Vec<u8> = list(&wanted["pixels"])
                .iter()
                .map(|byte| byte.as_u64().expect("a byte") as u8)
                .collect();
            assert_eq!(pixels, wanted, "of {input}");
        }
    }
}

#[test]
fn numbers_are_rounded_once() {
    for case in list(&reference("scalars")) {
        let graph = Graph::new();
        let op = with_input!(graph, case["input"], x => summary::scalar("s", &x));
        let wanted = number(&case["simple_value"]) as f32;
        let value = run(&op).value.remove(0);
        let Some(Data::Scalar(found)) = value.data else {
            panic!("{:?} is not a number", value.data)
        };
        assert_eq!(found.to_bits(), wanted.to_bits(), "of {}", case["input"]);
    }
}

#[test]
fn nodes_and_tags_are_called_as_in_tensorflow() {
    let graph = Graph::new();
    let ops = graph.name_scope("train", || {
        let loss = graph.constant(1.0f32);
        let one = summary::scalar("/my loss: 1", &loss);
        // A number alone would not say of which graph; TensorFlow makes the same constant of it
        // inside of the op's scope.
        let family = summary::Scalar::new().family("my family");
        let two = summary::scalar_with("loss", InGraph(3.0, graph.clone()), family);
        summary::histogram("loss", graph.constant([1.0f32]));
        summary::image("a/b", graph.zeros::<f32>([1, 2, 2, 1]));
        [one, two]
    });
    summary::merge(&ops);
    let merged = summary::merge_all(&graph);
    let wanted = reference("names");
    let nodes: Vec<_> = graph
        .operations()
        .iter()
        .map(|op| serde_json::json!([op.name(), op.op_type()]))
        .collect();
    assert_eq!(Json::from(nodes), wanted["nodes"]);
    let tags: Vec<String> = run(&merged)
        .value
        .into_iter()
        .map(|value| value.tag)
        .collect();
    assert_eq!(Json::from(tags), wanted["tags"]);
}

/// A number that knows its graph.
struct InGraph(f32, Graph);

impl tf::IntoTensor<f32> for InGraph {
    fn graph(&self) -> Option<Graph> {
        Some(self.1.clone())
    }

    fn into_tensor(self, graph: &Graph, name: &str) -> tf::Tensor<f32> {
        tf::IntoTensor::into_tensor(self.0, graph, name)
    }
}

/// What is known while the graph is built is found then, in this crate; in TensorFlow by the run.
/// The node is the same.
#[test]
fn mistakes_are_told_in_tensorflows_words() {
    let mistakes = reference("mistakes");
    let told = list(&mistakes);
    assert!(told.len() > 10);
    for case in told {
        let name = case["name"].as_str().expect("a name");
        let graph = Graph::new();
        let op = mistake(name, &graph);
        let unknown = graph.get_tensor_by_name("unknown:0").ok();
        let session = Session::new(&graph);
        let error = session
            .and_then(|session| session.run(&op, []))
            .expect_err(name);
        assert!(
            matches!(error, tf::Error::InvalidArgument(_)),
            "{name}: {error}"
        );
        assert!(
            error
                .location()
                .expect(name)
                .file()
                .ends_with("reference.rs"),
            "{name}: {error}"
        );
        let wanted = case["message"].as_str().expect("a message");
        // TensorFlow refuses the scope, the crate the first node in it.
        let refused = "'_x/tags' is not a valid node name";
        let wanted = wanted.replace("'_x' is not a valid scope name", refused);
        assert_eq!(error.message(), wanted, "{name}");
        assert_eq!(unknown.is_some(), name.ends_with("unknown"));
    }
}

fn mistake(name: &str, graph: &Graph) -> SummaryOp {
    match name {
        "scalar_of_vector" => summary::scalar("loss", graph.constant([1.0f32, 2.0])),
        "scalar_of_unknown" => {
            let x = graph
                .placeholder_with_default([[1.0f32]], ..)
                .named("unknown");
            summary::scalar("loss", &x)
        }
        "nan" => {
            let family = summary::Histogram::new().family("f");
            summary::histogram_with("h", graph.constant([1.0, f32::NAN]), family)
        }
        "infinity" => summary::histogram("h", graph.constant([f32::NEG_INFINITY])),
        "rank" => summary::image("p", graph.zeros::<f32>([2, 3, 4])),
        "rank_of_unknown" => {
            let zeros = graph.zeros::<f32>([2, 3, 4]);
            summary::image(
                "p",
                graph.placeholder_with_default(zeros, ..).named("unknown"),
            )
        }
        "channels" => summary::image("p", graph.zeros::<f32>([2, 3, 4, 2])),
        "no_pixels" => summary::image("p", graph.zeros::<f32>([1, 0, 2, 1])),
        "no_pictures_wanted" => {
            let none = summary::Image::new().max_outputs(0);
            summary::image_with("p", graph.zeros::<f32>([1, 2, 2, 1]), none)
        }
        "duplicate" => {
            let one = summary::scalar("x", graph.constant(1.0f32));
            summary::merge([&one, &one])
        }
        "name" => summary::scalar("_x", graph.constant(1.0f32)),
        other => panic!("the test does not know {other}"),
    }
}

#[test]
fn there_must_be_something_to_merge() {
    let graph = Graph::new();
    summary::merge_all(&graph);
    let error = graph.check().expect_err("there are no summaries");
    assert_eq!(error.message(), "there are no summaries to merge");
    assert_eq!(
        error.node().expect("it is a node's").name,
        "Merge/MergeSummary"
    );

    let [ours, theirs] = [Graph::new(), Graph::new()];
    let [one, two] = [&ours, &theirs].map(|graph| summary::scalar("x", graph.constant(1.0f32)));
    summary::merge([&one, &two]);
    assert!(ours.check().is_err());
}

#[test]
fn other_collections_are_merged_apart() {
    let graph = Graph::new();
    summary::scalar("train", graph.constant(1.0f32));
    let test = summary::Scalar::new().collections(["test"]);
    summary::scalar_with("test", graph.constant(2.0f32), test);
    // What is not a summary cannot be merged.
    let merged = summary::merge_all_with(&graph, summary::MergeAll::new().key("test"));
    assert_eq!(run(&merged), Summary::scalar("test", 2.0));
    assert_eq!(
        run(&summary::merge_all(&graph)),
        Summary::scalar("train", 1.0)
    );
    graph.add_to_collection("test", graph.constant([1.0f32]));
    summary::merge_all_with(&graph, summary::MergeAll::new().key("test"));
    let error = graph.check().expect_err("a number is among the summaries");
    assert_eq!(error.message(), "input 1 is not a summary, but float32[1]");
}

#[test]
fn variables_are_read_as_they_were_before_the_step() {
    let graph = Graph::new();
    let w = graph.variable(1.0f32);
    let told = summary::scalar("w", &w);
    let step = tf::assign_add(&w, 1.0);
    let session = Session::new(&graph).unwrap();
    session
        .run(graph.global_variables_initializer(), [])
        .unwrap();
    for number in [1.0, 2.0] {
        let (_, summary) = session.run((step.op(), &told), []).unwrap();
        assert_eq!(summary, Summary::scalar("w", number));
    }
}

#[test]
fn there_is_no_place_for_a_summary() {
    let graph = Graph::new();
    let batch = graph.placeholder::<f32>("batch", tf::shape![?, 1, 1, 1]);
    let op = summary::image("p", &batch);
    let _: AnyTensor = tf::TensorHandle::any_tensor(&op);
    let session = Session::new(&graph).unwrap();
    let prepared = session.prepare(&op, [&batch]).unwrap();
    for count in [0, 1] {
        let pictures = ArrayD::<f32>::zeros(vec![count, 1, 1, 1]);
        let mut summary = prepared.run([batch.feed(&pictures)]).unwrap();
        assert_eq!(summary.value.len(), count);
        let error = prepared.run_into([batch.feed(&pictures)], &mut summary);
        assert!(matches!(error, Err(tf::Error::InvalidArgument(_))));
    }
}
