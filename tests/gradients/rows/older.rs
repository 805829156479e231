//! Op types that only older files have.

use ndarray::{ArrayD, IxDyn};
use tf1 as tf;
use tf1::graph_def::{GraphDef, Import};
use tf1::{AnyTensor, Tensor};

use super::by_hand::bytes;
use super::messages::NodeDef;
use super::{Row, first_only, mixed, others, ranked, row};

/// TensorFlow's number of `float64`.
const FLOAT64: i32 = 2;
/// TensorFlow's number of `int32`.
const INT32: i32 = 3;

pub fn rows() -> Vec<Row> {
    let mut rows = vec![
        pair("Div", [&[2, 3], &[3]], |node| node),
        pair("InvGrad", [&[2, 3], &[2, 3]], |node| node),
        row("TopK", &["TopK"], vec![mixed(&[2, 4])], |x| {
            let node = NodeDef::new("old", "TopK", &["x0"]).dtype("T", FLOAT64);
            tf::square(old(node.int("k", 2), &[x[0].any()]))
        }),
        row("Gather", &["Gather"], vec![mixed(&[4, 2])], |x| {
            let node = NodeDef::new("old", "Gather", &["x0", "x1"]);
            let node = node.dtype("Tparams", FLOAT64).dtype("Tindices", INT32);
            let indices = x[0].graph().constant([[3, 0, 3]]);
            tf::square(old(node, &[ranked(&x[0], &[4, 2]).any(), indices.any()]))
        }),
        blocks("SpaceToBatch", &[1, 3, 1, 2], [[1, 0], [0, 1]]),
        blocks("BatchToSpace", &[4, 2, 1, 2], [[1, 0], [0, 1]]),
    ];
    rows.extend(sized_pools());
    for adjoint in ["", "adj_x", "adj_y"] {
        let shapes: [&[usize]; 2] = match adjoint {
            "adj_x" => [&[2, 3, 2], &[2, 3, 1]],
            "adj_y" => [&[2, 2, 3], &[2, 1, 3]],
            _ => [&[2, 2, 3], &[2, 3, 1]],
        };
        rows.push(pair("BatchMatMul", shapes, move |node| match adjoint {
            "" => node,
            _ => node.bool(adjoint, true),
        }));
    }
    rows
}

/// The square of the op that makes places of blocks of 2 by 2 batches, or the other way round.
fn blocks(op_type: &'static str, shape: &'static [usize], sides: [[i32; 2]; 2]) -> Row {
    let ops: &'static [&'static str] = Box::leak(Box::new([op_type]));
    row(op_type, ops, vec![mixed(shape)], move |x| {
        let node = NodeDef::new("old", op_type, &["x0", "x1"]).dtype("T", FLOAT64);
        let sides = x[0].graph().constant(sides);
        let result = old(node.int("block_size", 2), &[x[0].any(), sides.any()]);
        tf::square(result)
    })
}

/// Numbers no two of which are alike.
fn unlike() -> ArrayD<f64> {
    ArrayD::from_shape_fn(IxDyn(&[1, 3, 4, 2]), |at| {
        ((at[1] * 8 + at[2] * 2 + at[3]) * 37 % 49) as f64 * 0.11 - 1.5
    })
}

/// The square of the largest elements of windows whose sizes are inputs, and of what passes on
/// their gradients.
fn sized_pools() -> [Row; 2] {
    let sizes = |x: &Tensor<f64>| {
        let constant = |sizes: [i32; 4]| x.graph().constant(sizes).any();
        [constant([1, 2, 2, 1]), constant([1, 1, 2, 1])]
    };
    let ops = &["MaxPoolV2", "MaxPoolGradV2", "MaxPoolGradGradV2"];
    let pool = row("MaxPoolV2", ops, vec![unlike()], move |x| {
        let node = NodeDef::new("old", "MaxPoolV2", &["x0", "x1", "x2"]);
        let node = node.dtype("T", FLOAT64).text("padding", "SAME");
        let [ksize, strides] = sizes(&x[0]);
        let pictures = ranked(&x[0], &[1, 3, 4, 2]).any();
        tf::square(old(node, &[pictures, ksize, strides]))
    });
    let slope = row(
        "MaxPoolGradV2",
        &["MaxPoolGradV2"],
        vec![mixed(&[1, 3, 2, 2])],
        move |x| {
            let node = NodeDef::new("old", "MaxPoolGradV2", &["x0", "x1", "x2", "x3", "x4"]);
            let node = node.dtype("T", FLOAT64).text("padding", "SAME");
            let pictures = x[0].graph().constant(unlike());
            let largest = tf::nn::max_pool(&pictures, 2, [1, 2], "SAME");
            let [ksize, strides] = sizes(&x[0]);
            let dy = ranked(&x[0], &[1, 3, 2, 2]).any();
            tf::square(old(
                node,
                &[pictures.any(), largest.any(), dy, ksize, strides],
            ))
        },
    );
    // TensorFlow has no derivative of its derivative.
    [pool, first_only(slope)]
}

/// What stands in the second of some pictures where the first have their largest elements: an op
/// that no function makes.
#[allow(dead_code, reason = "the test of layouts uses it")]
pub fn picked(pictures: &Tensor<f64>, others: &Tensor<f64>) -> Tensor<f64> {
    /// TensorFlow's number of `int64`.
    const INT64: i32 = 9;
    let (_, places) = tf::nn::max_pool_with_argmax(pictures, 2, [1, 2], "SAME");
    let node = NodeDef::new("old", "MaxPoolGradGradWithArgmax", &["x0", "x1", "x2"]);
    let node = node.dtype("T", FLOAT64).text("padding", "SAME");
    let node = node.dtype("Targmax", INT64).ints("ksize", &[1, 2, 2, 1]);
    let node = node.ints("strides", &[1, 1, 2, 1]);
    old(node, &[pictures.any(), others.any(), places.any()])
}

/// The square of a function of two tensors, which have the type `T`.
fn pair(
    op_type: &'static str,
    shapes: [&[usize]; 2],
    attributes: impl Fn(NodeDef) -> NodeDef + Send + Sync + 'static,
) -> Row {
    let inputs = vec![mixed(shapes[0]), others(shapes[1])];
    let name = format!("{op_type} of {shapes:?}");
    let ops: &'static [&'static str] = Box::leak(Box::new([op_type]));
    row(name, ops, inputs, move |x| {
        let node = NodeDef::new("old", op_type, &["x0", "x1"]).dtype("T", FLOAT64);
        let result = old(attributes(node), &[x[0].any(), x[1].any()]);
        tf::square(result)
    })
}

/// The first output of a node that a file has, called `old`, whose inputs are called `x0` and `x1`.
fn old(node: NodeDef, inputs: &[AnyTensor]) -> Tensor<f64> {
    let file = GraphDef::from_bytes(&bytes(vec![node])).expect("the bytes are a graph");
    let mut options = Import::new();
    for (i, input) in inputs.iter().enumerate() {
        options = options.input_map(format!("x{i}"), input);
    }
    let imported = tf::import_graph_def(inputs[0].graph(), &file, options);
    let imported = imported.expect("the node fits");
    imported.tensor("old:0").expect("the node has an output")
}
