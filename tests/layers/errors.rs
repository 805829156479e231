//! Mistakes: their words, their class and the user's line; and update ops that are and are not
//! waited for.

use ndarray::{arr1, arr2};
use tf1 as tf;
use tf1::layers::{self, BatchNormalization, Dense, Dropout, Flatten};
use tf1::train::{
    ExponentialMovingAverage, GradientDescentOptimizer, Minimize, Optimizer, moving_averages,
};
use tf1::{Error, Graph, GraphKeys, Operation, Session, Tensor, Variable, VariableOptions, shape};

/// The mistake that `build` makes, which must be told at a line of this file.
#[track_caller]
fn mistake(build: impl FnOnce(&Graph)) -> String {
    let graph = Graph::new();
    build(&graph);
    let error = graph.check().expect_err("there is a mistake");
    let file = error.location().map(|location| location.file());
    assert_eq!(file, Some(file!()), "{error}");
    assert!(matches!(error, Error::InvalidArgument(..)), "{error}");
    error.message().to_string()
}

fn image(graph: &Graph) -> Tensor {
    graph.placeholder("x", shape![?, 2, ?, 3])
}

#[test]
fn inputs_that_do_not_suit_a_layer() {
    let words = mistake(|graph| drop(layers::dense(graph.zeros::<f32>([3]), 2)));
    let expected = "Input 0 of layer dense is incompatible with the layer: : expected min_ndim=2, found ndim=1. Full shape received: [3]";
    assert_eq!(words, expected);
    let words = mistake(|graph| drop(layers::dense(graph.placeholder::<f32>("x", ..), 2)));
    assert!(words.contains("its rank is undefined"), "{words}");
    let unknown = |graph: &Graph| graph.placeholder::<f32>("x", shape![3, ?]);
    let words = mistake(|graph| drop(layers::dense(unknown(graph), 2)));
    let expected = "The last dimension of the inputs to `Dense` should be defined. Found `None`.";
    assert_eq!(words, expected);
    let words = mistake(|graph| drop(layers::flatten(graph.constant(1.0f32))));
    assert!(
        words.contains("expected min_ndim=1, found ndim=0"),
        "{words}"
    );
    let words = mistake(|graph| drop(layers::batch_normalization(unknown(graph))));
    let expected = "Input has undefined `axis` dimension. Input shape: (3, ?)";
    assert_eq!(words, expected);
    for axis in [4, -5, isize::MIN] {
        let options = BatchNormalization::new().axis(axis);
        let words = mistake(|graph| drop(layers::batch_normalization_with(image(graph), options)));
        assert_eq!(words, format!("Invalid axis: {axis}"));
    }
}

#[test]
fn options_that_do_not_suit_a_layer() {
    let vector = |graph: &Graph| graph.placeholder::<bool>("training", [2]);
    let words = mistake(|graph| {
        let options = BatchNormalization::new().training(vector(graph));
        layers::batch_normalization_with(image(graph), options);
    });
    assert!(
        words.starts_with("training must be true, false or a scalar"),
        "{words}"
    );
    let words = mistake(|graph| {
        let options = Dropout::new().training(vector(graph));
        layers::dropout_with(image(graph), options);
    });
    assert!(
        words.starts_with("training must be true, false or a scalar"),
        "{words}"
    );
    let words = mistake(|graph| {
        let options = Dropout::new().rate(1.0).training(true);
        layers::dropout_with(image(graph), options);
    });
    assert!(
        words.starts_with("rate must be a scalar tensor or a float in"),
        "{words}"
    );
    let words = mistake(|graph| {
        let layer = Dense::new().layer(3);
        layer.apply(graph.placeholder::<f32>("a", shape![?, 4]));
        layer.apply(graph.placeholder::<f32>("b", shape![?, 5]));
    });
    // As TensorFlow says it.
    let expected = "Input 0 of layer dense is incompatible with the layer: expected axis -1 of input shape to have value 4 but \
                    received input with shape [None, 5]";
    assert_eq!(words, expected);
    let words = mistake(|graph| {
        let options = Dense::new().kernel_regularizer(layers::l2_regularizer(-0.5));
        layers::dense_with(image(graph), 2, options);
    });
    assert_eq!(words, "Setting a scale less than 0 on a regularizer: -0.5.");
    let words = mistake(|graph| {
        let options = VariableOptions::new().regularizer(layers::l1_regularizer(0.5));
        let _ = graph.get_variable_with::<i32>("n", [2], tf::initializers::zeros(), options);
    });
    assert!(
        words.starts_with("only floats can be regularized"),
        "{words}"
    );
}

#[test]
fn sizes_that_no_memory_holds() {
    for shape in [shape![2, 3], shape![2, 2, 3], shape![?, 2, 3]] {
        let graph = Graph::new();
        let x = graph.placeholder::<f32>("x", shape);
        let y = layers::dense(&x, usize::MAX / 2);
        let outcome = graph.check().and_then(|()| Session::new(&graph));
        let outcome = outcome.and_then(|session| {
            session.run(graph.global_variables_initializer(), [])?;
            session.run(&y, [x.feed(arr2(&[[1.0, 2.0, 3.0]; 2]))])
        });
        assert!(outcome.is_err());
    }
}

#[test]
fn rows_that_no_array_holds() {
    let (huge, most) = (1 << 40, usize::MAX);
    for shape in [
        shape![?, huge, huge],
        shape![2, huge, huge, huge],
        shape![?, most, 2],
    ] {
        let graph = Graph::new();
        let x = graph.placeholder::<f32>("x", shape.clone());
        let line = line!() + 1;
        layers::flatten_with(&x, Flatten::new().channels_first());
        let error = graph.check().unwrap_err();
        assert!(matches!(error, Error::ResourceExhausted(..)), "{error}");
        assert!(error.message().ends_with("is too large"), "{error}");
        assert_eq!(error.node().unwrap().name, "flatten/flatten");
        assert_eq!(error.node().unwrap().location.line(), line);
    }
    for shape in [
        shape![huge, huge, 3],
        shape![huge, huge, huge, 3],
        shape![3, 2, huge],
    ] {
        let graph = Graph::new();
        layers::dense(graph.placeholder::<f32>("x", shape), 2);
        assert!(graph.check().is_err());
    }
}

#[test]
fn layers_of_one_name_are_told_both() {
    let graph = Graph::new();
    let x = graph.zeros::<f32>([3, 2]);
    layers::dense_with(&x, 2, Dense::new().name("fc"));
    let line = line!() - 1;
    layers::dense_with(&x, 2, Dense::new().name("fc"));
    let error = graph.check().unwrap_err();
    assert!(matches!(error, Error::AlreadyExists(..)), "{error}");
    let first = format!("Originally defined at {}:{line}", file!());
    assert!(error.message().contains(&first), "{error}");
}

/// A vector would pick rows.
#[test]
fn training_of_unknown_shape_must_be_a_scalar_when_run() {
    let graph = Graph::new();
    let training = graph.placeholder::<bool>("training", ..);
    let x = graph.placeholder::<f32>("x", [2, 2]);
    let y = layers::batch_normalization_with(&x, BatchNormalization::new().training(&training));
    let session = Session::new(&graph).unwrap();
    session
        .run(graph.global_variables_initializer(), [])
        .unwrap();
    let rows = arr2(&[[1.0, 2.0], [3.0, 4.0]]);
    let feeds = [x.feed(&rows), training.feed(arr1(&[true, false]))];
    let error = session.run(&y, feeds).unwrap_err();
    assert!(matches!(error, Error::InvalidArgument(..)), "{error}");
    session
        .run(&y, [x.feed(&rows), training.feed(false)])
        .unwrap();
}

#[test]
fn averages_of_what_has_none() {
    let words = mistake(|graph| {
        let n = graph.variable(1i32).named("n");
        ExponentialMovingAverage::new(0.9).apply([&n]);
    });
    assert_eq!(words, "The variables must be half, float, or double: n:0");
    let words = mistake(|graph| {
        ExponentialMovingAverage::new(0.9).apply([&image(graph)]);
    });
    assert!(
        words.contains("must be known to keep its average"),
        "{words}"
    );
    let words = mistake(|graph| {
        let (v, w) = (Graph::new().variable(1.0f32), graph.variable(1.0f32));
        ExponentialMovingAverage::new(0.9).apply([&w, &v]);
    });
    assert!(words.contains("must be from the same graph as"), "{words}");
    let words = mistake(|graph| {
        let average = graph.variable([1.0f32, 2.0]);
        moving_averages::assign_moving_average(&average, [1.0, 2.0, 3.0], 0.9);
    });
    assert!(words.contains("Dimension"), "{words}");
}

/// Two models with batch normalization in one graph, and each one's loss.
fn two_models(graph: &Graph) -> [(Tensor, Tensor); 2] {
    ["a", "b"].map(|name| {
        let x = graph.placeholder::<f32>("x", shape![?, 2]);
        let options = BatchNormalization::new().training(true).name(name);
        let y = layers::batch_normalization_with(&x, options);
        (x, tf::reduce_mean(tf::square(y - 1.0), ..))
    })
}

fn moving_mean(graph: &Graph, name: &str) -> Variable {
    let variables = graph.global_variables();
    let name = format!("{name}/moving_mean:0");
    let found = variables.iter().find(|variable| variable.name() == name);
    found.expect("it was made").typed().unwrap()
}

#[test]
fn a_step_waits_for_the_updates_that_it_can_feed() {
    let graph = Graph::new();
    let [(a, loss), _] = two_models(&graph);
    let descend = GradientDescentOptimizer::new(0.5);
    let train = descend.minimize(&loss);
    let none = descend.minimize_with(&loss, Minimize::new().without_update_ops());
    let updates = graph.collected_operations(GraphKeys::UPDATE_OPS);
    let first = Minimize::new().update_ops(updates[..1].to_vec());
    let first = descend.minimize_with(&loss, first);
    let names = |train: &Operation| -> Vec<String> {
        let below = format!("{}/learning_rate", train.name());
        let rate = graph.get_operation_by_name(&below).unwrap();
        let waited = rate.control_inputs();
        waited.iter().map(Operation::name).collect()
    };
    assert_eq!(names(&train), ["a/AssignMovingAvg", "a/AssignMovingAvg_1"]);
    assert_eq!(names(&none), [""; 0]);
    assert_eq!(names(&first), ["a/AssignMovingAvg"]);
    let session = Session::new(&graph).unwrap();
    session
        .run(graph.global_variables_initializer(), [])
        .unwrap();
    let batch = arr2(&[[100.0, 200.0], [300.0, 400.0]]);
    let mean = moving_mean(&graph, "a");
    session.run(&none, [a.feed(&batch)]).unwrap();
    assert_eq!(
        session.run(&mean, []).unwrap(),
        arr1(&[0.0, 0.0]).into_dyn()
    );
    session.run(&train, [a.feed(&batch)]).unwrap();
    assert_eq!(
        session.run(&mean, []).unwrap(),
        arr1(&[2.0, 3.0]).into_dyn()
    );
    // However often it is asked for, an op runs once.
    session
        .run((&train, &updates[0]), [a.feed(&batch)])
        .unwrap();
    let moved = session.run(&mean, []).unwrap();
    assert!((moved[[0]] - 3.98).abs() < 1e-5, "{moved}");
}

#[test]
fn a_step_waits_for_operations_of_the_user_s_own() {
    let graph = Graph::new();
    let (w, count) = (
        graph.variable(1.0f32),
        graph.variable_with(0i64, VariableOptions::new().trainable(false)),
    );
    let counted = tf::group([&count.assign_add(1)]);
    graph.add_operation_to_collection(GraphKeys::UPDATE_OPS, &counted);
    let descend = GradientDescentOptimizer::new(0.5);
    let train = descend.apply_gradients(descend.compute_gradients(tf::square(&w)));
    let session = Session::new(&graph).unwrap();
    session
        .run(graph.global_variables_initializer(), [])
        .unwrap();
    session.run(&train, []).unwrap();
    assert_eq!(session.run(count.value().scalar(), []).unwrap(), 1);

    let other = Graph::new();
    other.add_operation_to_collection(GraphKeys::UPDATE_OPS, &counted);
    let words = other.check().unwrap_err().message().to_string();
    assert!(words.contains("must be from the same graph"), "{words}");
}

#[test]
fn a_rate_out_of_range_is_told_by_the_number_that_was_given() {
    let help = |build: fn(&Graph)| {
        let graph = Graph::new();
        build(&graph);
        graph.check().unwrap_err().to_string()
    };
    let words = help(|graph| {
        let options = Dropout::new().rate(1.5).training(true);
        layers::dropout_with(image(graph), options);
    });
    assert!(words.contains("got 1.5"), "{words}");
    assert!(!words.contains("Keep"), "{words}");
    let words = help(|graph| {
        tf::nn::dropout(image(graph), 1.5);
    });
    assert!(words.contains("keep 1.5"), "{words}");
}

#[test]
fn a_number_alone_is_the_rate() {
    let graph = Graph::new();
    let x = graph.constant([1.0f32, 2.0]);
    layers::dropout_with(&x, 0.4); // not in training
    layers::dropout_with(&x, 1.5);
    layers::dropout_with(&x, true);
    graph.check().unwrap();
}
