//! Fused batch normalization under the op types that it had: gradients, and types without kernels.

use ndarray::{ArrayD, IxDyn};
use tf1::graph_def::{GraphDef, Import};
use tf1::{AnyTensor, Graph, Session, Tensor, import_graph_def};

use crate::by_hand::bytes;
use crate::messages::NodeDef;

/// TensorFlow's numbers of types.
const FLOAT: i32 = 1;
const DOUBLE: i32 = 2;

/// A node that normalizes, and one that reads its result's gradient, `dy`.
fn node(op_type: &str, is_training: bool) -> GraphDef {
    let inputs = ["x", "scale", "offset", "mean", "variance"];
    let node = NodeDef::new("y", op_type, &inputs).dtype("T", FLOAT);
    let node = match op_type {
        "FusedBatchNorm" => node,
        _ => node.dtype("U", FLOAT),
    };
    let file = bytes(vec![node.bool("is_training", is_training)]);
    GraphDef::from_bytes(&file).unwrap()
}

/// Numbers that are all different.
fn numbers(lengths: &[usize]) -> ArrayD<f32> {
    let mut i = 0.0;
    ArrayD::from_shape_simple_fn(IxDyn(lengths), || {
        i += 1.0;
        (i * 0.618f32).fract() + 0.2
    })
}

/// The gradients of first and second order through a node of this type, and the op type of the
/// node that computes the former.
fn gradients(op_type: &str, is_training: bool) -> (Vec<ArrayD<f32>>, String) {
    let graph = Graph::new();
    let x = graph.constant(numbers(&[2, 2, 2, 3]));
    let [scale, offset, mean, variance] =
        [0.5, 0.6, 0.7, 0.8].map(|factor| graph.constant(numbers(&[3]) * factor));
    let (mean, variance) = match is_training {
        true => (graph.zeros::<f32>([0]), graph.zeros::<f32>([0])),
        false => (mean, variance),
    };
    let options = Import::new()
        .input_map("x", &x)
        .input_map("scale", &scale)
        .input_map("offset", &offset)
        .input_map("mean", &mean)
        .input_map("variance", &variance);
    let imported = import_graph_def(&graph, &node(op_type, is_training), options).unwrap();
    let y: Tensor = imported.tensor("y:0").unwrap();
    let xs = [&x, &scale, &offset];
    let first = tf1::gradients(tf1::square(&y), xs);
    let again = tf1::gradients(tf1::square(&first[0]) * 0.5, [&x, &scale]);
    let made_by = first[0].op().op_type().to_string();
    let all: Vec<Tensor> = first.into_iter().chain(again).collect();
    // All that was made can be written, and read again.
    let written = graph.as_graph_def().unwrap();
    import_graph_def(&Graph::new(), &written, "").unwrap();
    let session = Session::new(&graph).unwrap();
    (session.run(all, []).unwrap(), made_by)
}

#[test]
fn older_op_types_have_the_gradients_of_the_newest() {
    for is_training in [true, false] {
        let (expected, made_by) = gradients("FusedBatchNormV3", is_training);
        assert_eq!(made_by, "FusedBatchNormGradV3");
        for (op_type, gradient) in [
            ("FusedBatchNorm", "FusedBatchNormGrad"),
            ("FusedBatchNormV2", "FusedBatchNormGradV2"),
        ] {
            let (found, made_by) = gradients(op_type, is_training);
            assert_eq!(made_by, gradient);
            assert_eq!(found, expected, "{op_type}, training {is_training}");
        }
    }
}

/// TensorFlow's registry has no other type for the moments than `float`.
#[test]
fn moments_of_double_are_refused() {
    let graph = Graph::new();
    let single = |lengths: &[usize]| graph.constant(numbers(lengths)).any();
    let double = |lengths: &[usize]| graph.constant(numbers(lengths).mapv(f64::from)).any();
    let refused = |inputs: [AnyTensor; 6], t: i32, words: &str| {
        let names = ["dy", "x", "scale", "mean", "variance", "rest"];
        let node = NodeDef::new("dx", "FusedBatchNormGradV3", &names);
        let file = bytes(vec![node.dtype("T", t).dtype("U", DOUBLE)]);
        let mut options = Import::new();
        for (name, input) in names.iter().zip(&inputs) {
            options = options.input_map(name, input);
        }
        let file = GraphDef::from_bytes(&file).unwrap();
        let error = import_graph_def(&graph, &file, options).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    };
    let (images, channels) = (&[1, 2, 2, 3], &[3]);
    let moments = || [double(channels), double(channels), double(&[])];
    let [mean, variance, rest] = moments();
    let inputs = [
        single(images),
        single(images),
        single(channels),
        mean,
        variance,
        rest,
    ];
    let allowed = "'reserve_space_1' has DataType float64 not in list of allowed values: float32";
    refused(inputs, FLOAT, allowed);
    let [mean, variance, rest] = moments();
    let inputs = [
        double(images),
        double(images),
        double(channels),
        mean,
        variance,
        rest,
    ];
    refused(
        inputs,
        DOUBLE,
        "input 'scale' is of type float64, where float32 is expected",
    );
}
