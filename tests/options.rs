//! Options that are tensors, modes as TensorFlow writes them, and short forms, against what TensorFlow 1.15 builds and computes.

use ndarray::arr2;
use tf1 as tf;
use tf1::{Graph, OneHot, Pad, Session};

/// The names of the graph's nodes.
fn names(graph: &Graph) -> Vec<String> {
    graph.operations().iter().map(|op| op.name()).collect()
}

#[test]
fn what_pads_may_be_a_tensor() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.constant([[1.0f32, 2.0]]).named("x");
    let value = graph.constant(3.0f32).named("v");
    let padded = tf::pad_with(&x, [[0, 1], [1, 0]], Pad::new().constant_values(&value));
    let expected = ["x", "v", "PadV2/paddings", "PadV2"];
    assert_eq!(names(&graph), expected);

    let of_x = tf::gradients(&padded * &padded, &x);
    let session = Session::new(&graph)?;
    let expected = arr2(&[[3.0, 1.0, 2.0], [3.0, 3.0, 3.0]]);
    assert_eq!(session.run(padded.array2(), [])?, expected);
    assert_eq!(session.run(of_x.array2(), [])?, arr2(&[[2.0, 4.0]]));
    Ok(())
}

#[test]
fn the_values_of_one_hot_may_be_tensors() -> tf::Result<()> {
    let graph = Graph::new();
    let value = graph.constant(3.0f32).named("v");
    let i = graph.constant([1, 0]).named("i");
    let both = OneHot::new().on_value(&value).off_value(-1.0);
    let both = tf::one_hot_with(&i, 2, both);
    let off = tf::one_hot_with(&i, 2, OneHot::new().off_value(&value));
    let expected = [
        "v",
        "i",
        "one_hot/Const",
        "one_hot/depth",
        "one_hot/off_value",
        "one_hot",
        "one_hot_1/on_value",
        "one_hot_1/depth",
        "one_hot_1",
    ];
    assert_eq!(names(&graph), expected);

    let session = Session::new(&graph)?;
    let (both, off) = session.run((both.array2(), off.array2()), [])?;
    assert_eq!(both, arr2(&[[-1.0, 3.0], [3.0, -1.0]]));
    assert_eq!(off, arr2(&[[3.0, 1.0], [1.0, 3.0]]));
    Ok(())
}

#[test]
fn padding_takes_the_names_of_the_modes() {
    let paddings = [[1, 1]];
    for (mode, options) in [
        ("CONSTANT", Pad::new()),
        ("REFLECT", Pad::new().reflect()),
        ("symmetric", Pad::new().symmetric()),
    ] {
        let graph = Graph::new();
        let x = graph.constant([1.0f32, 2.0, 3.0]);
        let by_name = tf::pad_with(&x, paddings, mode);
        let by_option = tf::pad_with(&x, paddings, options);
        let session = Session::new(&graph).expect("a graph without a mistake");
        let both = session.run((&by_name, &by_option), []);
        let (by_name, by_option) = both.expect("both run");
        assert_eq!(by_name, by_option, "{mode}");
    }
}

#[test]
fn an_unknown_mode_of_padding_is_named() {
    let graph = Graph::new();
    let x = graph.constant([1.0f32, 2.0, 3.0]);
    tf::pad_with(&x, [[1, 1]], "WRAP");
    let error = graph.check().expect_err("there is no such mode");
    let told = error.to_string();
    assert!(told.contains("Unknown padding mode: WRAP"), "{told}");
    assert!(told.contains("\"REFLECT\""), "{told}");
}

#[test]
fn a_product_takes_what_is_transposed_in_tensorflows_order() {
    let graph = Graph::new();
    let (a, b) = (graph.zeros::<f32>([4, 3]), graph.zeros::<f32>([2, 3]));
    let c = tf::matmul_with(&a, &b, (false, true));
    assert_eq!(c.shape().to_string(), "(4, 2)");
    let d = tf::matmul_with(&c, &a, (true, false));
    assert_eq!(d.shape().to_string(), "(2, 3)");
}
