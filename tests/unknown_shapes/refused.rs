//! What a run says that refuses shapes, and that it refuses them whatever it is asked for.

use ndarray::{ArrayD, arr1, arr2};
use tf1 as tf;
use tf1::losses::{self, Loss};
use tf1::train::{GradientDescentOptimizer, Optimizer};
use tf1::{Error, Graph, Session, Tensor, shape};

/// The words of an error that names its node and a line of this file.
#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: tf::Result<T>) -> (String, String) {
    let error = outcome.expect_err("the shapes do not fit");
    assert!(matches!(error, Error::InvalidArgument(..)), "{error}");
    let node = error.node().expect("a node").clone();
    assert_eq!(node.location.file(), file!(), "{error}");
    (node.name, error.message().to_string())
}

const ROW: &str = "assertion failed: weights can not be broadcast to values. weights.shape=[1 3] values.shape=[3 1]";

#[test]
fn weights_that_do_not_fit() {
    let graph = Graph::new();
    let [labels, outputs, weights] =
        ["labels", "outputs", "weights"].map(|name| graph.placeholder::<f32>(name, shape![?, ?]));
    let loss = losses::mean_squared_error_with(&labels, &outputs, Loss::new().weights(&weights));
    let slopes = tf::gradients(&loss, [&outputs, &weights]);
    let session = Session::new(&graph).unwrap();
    let (truth, guess) = (arr2(&[[1f32], [2.], [3.]]), arr2(&[[0f32], [0.], [0.]]));
    let (column, row) = (arr2(&[[1f32], [0.], [2.]]), arr2(&[[1f32, 0., 2.]]));
    let feeds = |fed| [labels.feed(&truth), outputs.feed(&guess), weights.feed(fed)];
    assert_eq!(session.run(loss.scalar(), feeds(&column)).unwrap(), 9.5);
    let (node, words) = refused(session.run(loss.scalar(), feeds(&row)));
    assert_eq!(
        node,
        "mean_squared_error/assert_broadcastable/AssertGuard/Assert"
    );
    assert_eq!(words, ROW);
    assert_eq!(refused(session.run(&slopes, feeds(&row))).1, ROW);
    assert_eq!(refused(session.run(&slopes[0], feeds(&row))).1, ROW);
    // What is fed needs no weights.
    let given = loss.feed(7.0);
    assert_eq!(session.run(loss.scalar(), [given]).unwrap(), 7.0);
}

/// Some rows of `x`, whose shape not even the plan of a run knows.
fn some_rows(graph: &Graph, x: &[&[f32]]) -> Tensor<f32> {
    let rows: Vec<f32> = x.iter().flat_map(|row| row.iter().copied()).collect();
    let count = graph.placeholder_with_default(x.len() as i32, ..);
    let lengths = tf::stack([&count, &graph.constant(x[0].len() as i32)], 0);
    let all = tf::boolean_mask(&lengths, graph.constant([true, true]));
    tf::reshape(graph.constant(rows), all)
}

#[test]
fn shapes_that_no_plan_knows() {
    let graph = Graph::new();
    let (truth, guess): ([&[f32]; 3], [&[f32]; 3]) = ([&[1.], &[2.], &[3.]], [&[0.], &[0.], &[0.]]);
    let labels = some_rows(&graph, &truth);
    let w = graph.get_variable("w", [3, 1], tf::initializers::zeros());
    let outputs = some_rows(&graph, &guess) + &w;
    assert_eq!(outputs.shape(), tf::Shape::unknown());
    let column = some_rows(&graph, &[&[1.], &[0.], &[2.]]);
    let row = some_rows(&graph, &[&[1., 0., 2.]]);
    let loss = |weights: &Tensor<f32>| {
        losses::mean_squared_error_with(&labels, &outputs, Loss::new().weights(weights))
    };
    let (right, wrong) = (loss(&column), loss(&row));
    let optimizer = GradientDescentOptimizer::new(0.5);
    let [good, bad] = [&right, &wrong].map(|loss| optimizer.minimize(loss));
    let other = losses::absolute_difference(&labels, some_rows(&graph, &[&[0., 0., 0.]]));
    let session = Session::new(&graph).unwrap();
    session
        .run(graph.global_variables_initializer(), [])
        .unwrap();
    assert_eq!(session.run(right.scalar(), []).unwrap(), 9.5);
    assert_eq!(refused(session.run(wrong.scalar(), [])).1, ROW);
    let (_, words) = refused(session.run(other.scalar(), []));
    assert!(
        words.ends_with("(1, 3) and (3, 1) are incompatible"),
        "{words}"
    );
    assert_eq!(refused(session.run(&bad, [])).1, ROW);
    assert_eq!(
        session.run(&w, []).unwrap(),
        ArrayD::<f32>::zeros(vec![3, 1]),
        "nothing has changed"
    );
    session.run(&good, []).unwrap();
    // -(0.5 · 2 · (0 - label) · weight) / 2
    assert_eq!(
        session.run(&w, []).unwrap(),
        arr2(&[[0.5], [0.], [3.]]).into_dyn()
    );
}

#[test]
fn labels_in_a_column() {
    let graph = Graph::new();
    let labels = graph.placeholder::<i32>("labels", ..);
    let scores = graph.placeholder::<f32>("scores", ..);
    let guesses = graph.placeholder::<i32>("guesses", ..);
    let loss = losses::sparse_softmax_cross_entropy(&labels, &scores);
    let table = tf::confusion_matrix(&labels, &guesses);
    let slope = tf::gradients(&loss, &scores);
    let session = Session::new(&graph).unwrap();
    let (column, flat) = (arr2(&[[0i32], [1], [2]]), arr1(&[0i32, 1, 2]));
    let rows = arr2(&[[1f32, 2., 3.], [3., 2., 1.], [0., 0., 5.]]);
    let of_flat = session
        .run(&slope, [labels.feed(&flat), scores.feed(&rows)])
        .unwrap();
    let feeds = [labels.feed(&column), scores.feed(&rows)];
    let (found, of_column) = session.run((loss.scalar(), &slope), feeds).unwrap();
    assert!((found - 1.2761992).abs() < 1e-6, "{found}");
    assert_eq!(of_column, of_flat);
    let expected = arr2(&[[1, 0, 0], [0, 1, 0], [0, 1, 0]]).into_dyn();
    let feeds = || [labels.feed(&column), guesses.feed(arr1(&[0, 1, 1]))];
    assert_eq!(session.run(&table, feeds()).unwrap(), expected);
    let wide = arr2(&[[0i32, 1], [1, 0], [2, 2]]);
    let (_, words) = refused(session.run(loss.scalar(), [labels.feed(&wide), scores.feed(&rows)]));
    assert_eq!(
        words,
        "Can not squeeze dim[1], expected a dimension of 1, got 2"
    );
}

/// As in TensorFlow 1.15, nothing follows from a default, which a run may feed otherwise.
#[test]
fn a_default_tells_no_shape() -> tf::Result<()> {
    let graph = Graph::new();
    let p = graph.placeholder::<f32>("p", tf::shape![?]);
    let default = graph.constant([[0i32; 5]; 2]);
    let i = graph.placeholder_with_default(&default, tf1::Shape::unknown());
    let lengths = tf::concat([tf::shape(&i), graph.constant([2])], 0);
    let by_shape = tf::reshape(&p, &lengths);
    let j = graph.placeholder_with_default([2, 5], [2]);
    let by_value = tf::reshape(&p, &j);
    assert_eq!(by_shape.shape(), tf1::Shape::unknown());
    assert_eq!(by_value.shape().to_string(), "(?, ?)");
    let session = tf1::Session::new(&graph)?;
    let ten = ndarray::Array1::<f32>::zeros(10);
    assert_eq!(session.run(&by_value, [p.feed(&ten)])?.shape(), [2, 5]);
    let fed = session.run(&by_value, (p.feed(&ten), j.feed([5, 2])))?;
    assert_eq!(fed.shape(), [5, 2]);
    let fed = session.run(&by_shape, (p.feed(&ten), i.feed([0; 5])))?;
    assert_eq!(fed.shape(), [5, 2]);

    let n = graph.placeholder_with_default(3, []);
    let ones = graph.ones::<f32>((&n, 5));
    assert_eq!(ones.shape().to_string(), "(?, 5)");
    let mean = tf::reduce_sum(&ones, ..) / tf::cast(tf::size(&ones), tf::float32);
    let session = tf1::Session::new(&graph)?;
    let up_to = tf::range(0, &n, 1);
    assert_eq!(session.run((mean.scalar(), &up_to), [])?.0, 1.0);
    let (mean, up_to) = session.run((mean.scalar(), &up_to), [n.feed(7)])?;
    assert_eq!((mean, up_to.len()), (1.0, 7));
    Ok(())
}
