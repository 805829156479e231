//! Variables of unknown shape (`validate_shape=False`). The shapes and values are those of
//! TensorFlow 1.15.

use ndarray::{arr0, arr1, arr2};
use tf1::{
    self as tf, Graph, Session, Tensor, Variable, VariableOptions, initializers, shape,
    train::Optimizer,
};

fn open() -> VariableOptions {
    VariableOptions::new().validate_shape(false)
}

/// A variable that starts with what is fed, and the placeholder.
fn fed(graph: &Graph) -> (Tensor, Variable) {
    let start = graph.placeholder::<f32>("start", ..);
    let v = graph.variable_with(&start, open());
    (start, v)
}

fn set(v: &Variable, value: impl tf::IntoTensor<f32>) -> Tensor {
    tf::assign_with(v, value, tf::Assign::new().validate_shape(false))
}

#[test]
fn nothing_is_known_of_the_shape() {
    let graph = Graph::new();
    let (_, v) = fed(&graph);
    let y = graph.variable_with(graph.ones::<f32>([3]), open());
    let w: Variable = graph.get_variable_with("w", .., y.value(), open());
    let z: Variable = graph.get_variable_with("z", [2], initializers::ones(), open());
    for variable in [&v, &y, &w, &z] {
        assert_eq!(variable.shape(), tf::Shape::unknown());
        assert_eq!(variable.value().shape(), tf::Shape::unknown());
    }
    assert_eq!(graph.trainable_variables().len(), 4);
    let assigned = set(&v, [1.0, 2.0, 3.0]);
    let text = "Tensor(\"Assign:0\", shape=(3,), dtype=float32_ref)";
    assert_eq!(assigned.to_string(), text);
    let added = tf::assign_add(&v, [1.0, 1.0, 1.0]);
    assert_eq!(added.shape(), shape![3]);
    graph.check().unwrap();
    graph.variable(graph.placeholder::<f32>("x", ..));
    let error = graph.check().unwrap_err();
    assert!(
        error.help().unwrap().contains("validate_shape(false)"),
        "{error}"
    );
}

#[test]
fn a_run_may_change_the_shape() {
    let graph = Graph::new();
    let (start, v) = fed(&graph);
    let longer = set(&v, [1.0, 2.0, 3.0]);
    let checked = tf::assign(&v, [[1.0, 2.0]]);
    let added = tf::assign_add(&v, [1.0, 1.0, 1.0]);
    let number = tf::assign_add(&v, 2.0);
    let slope = tf::gradients(&v * &v, &v);
    let session = Session::new(&graph).unwrap();
    session.run(v.initializer(), [start.feed(5.0)]).unwrap();
    assert_eq!(session.run(&v, []).unwrap(), arr0(5.0).into_dyn());
    assert_eq!(session.run(&slope, []).unwrap(), arr0(10.0).into_dyn());
    assert!(session.run(&added, []).is_err());
    assert_eq!(
        session.run(&longer, []).unwrap(),
        arr1(&[1.0, 2.0, 3.0]).into_dyn()
    );
    assert_eq!(session.run(v.array1(), []).unwrap(), arr1(&[1.0, 2.0, 3.0]));
    assert_eq!(
        session.run(&slope, []).unwrap(),
        arr1(&[2.0, 4.0, 6.0]).into_dyn()
    );
    // "Assign requires shapes of both tensors to match. lhs shape= [3] rhs shape= [1,2]"
    assert!(session.run(&checked, []).is_err());
    assert_eq!(
        session.run(&added, []).unwrap(),
        arr1(&[2.0, 3.0, 4.0]).into_dyn()
    );
    // "Parameters and update must be the same size"
    assert!(session.run(&number, []).is_err());
    assert_eq!(
        session.run(&v, []).unwrap(),
        arr1(&[2.0, 3.0, 4.0]).into_dyn()
    );
    session.load([(&v, arr2(&[[7.0f32]]))]).unwrap();
    assert_eq!(
        session.run(v.value() + 1.0, []).unwrap(),
        arr2(&[[8.0]]).into_dyn()
    );
    session
        .run(v.initializer(), [start.feed([4.0, 4.0])])
        .unwrap();
    assert_eq!(session.snapshot([&v]).unwrap()[0].shape(), [2]);
}

/// What an update needs of the shape is what it is when the update is run, also after another
/// update in the same run.
#[test]
fn updates_in_one_run_see_the_shape_of_the_moment() {
    let graph = Graph::new();
    let (start, v) = fed(&graph);
    let other = graph.variable([0.0f32, 0.0]);
    let longer = set(&v, [1.0, 2.0, 3.0]);
    let fits = graph.control_dependencies([&longer], || tf::assign_add(&v, [1.0, 1.0, 1.0]));
    let shorter = graph.control_dependencies([&fits], || set(&v, [9.0]));
    let chained = tf::scatter_update(&shorter, [0], [5.0f32]);
    let strays = tf::scatter_update(&shorter, [1], [5.0f32]);
    let both = tf::group([&strays, &other.assign([1.0, 1.0])]);
    let session = Session::new(&graph).unwrap();
    session
        .run(
            graph.global_variables_initializer(),
            [start.feed([0.0, 0.0])],
        )
        .unwrap();
    let (before, during) = session.run((&v, &fits), []).unwrap();
    assert_eq!(before, arr1(&[0.0, 0.0]).into_dyn());
    assert_eq!(during, arr1(&[2.0, 3.0, 4.0]).into_dyn());
    assert_eq!(session.run(&chained, []).unwrap(), arr1(&[5.0]).into_dyn());
    session.run(&fits, []).unwrap();
    let error = session.run(&both, []).unwrap_err();
    assert!(
        error.message().contains("indices[0] = 1 is not in [0, 1)"),
        "{error}"
    );
    assert_eq!(
        session.run(&v, []).unwrap(),
        arr1(&[2.0, 3.0, 4.0]).into_dyn()
    );
    assert_eq!(
        session.run(&other, []).unwrap(),
        arr1(&[0.0, 0.0]).into_dyn()
    );
}

/// A chain of updates whose static shape is not true any more, and a shape that was claimed.
#[test]
fn what_was_said_of_the_shape_does_no_harm_when_it_is_wrong() {
    let graph = Graph::new();
    let (start, v) = fed(&graph);
    let three = set(&v, [1.0, 2.0, 3.0]);
    let two = graph.control_dependencies([&three], || set(&v, [1.0, 2.0]));
    let late = graph.control_dependencies([&two], || tf::assign_add(&three, [1.0, 1.0, 1.0]));
    let (other_start, w) = fed(&graph);
    let claimed = set(&w, [1.0, 2.0]);
    w.memory().set_shape([3]);
    let added = tf::assign_add(&w, [1.0, 1.0, 1.0]);
    let session = Session::new(&graph).unwrap();
    session.run(v.initializer(), [start.feed(1.0)]).unwrap();
    assert!(session.run(&late, []).is_err());
    assert_eq!(session.run(&v, []).unwrap(), arr0(1.0).into_dyn());
    session
        .run(w.initializer(), [other_start.feed([0.0, 0.0, 0.0])])
        .unwrap();
    session.run(&added, []).unwrap();
    session.run(claimed.op(), []).unwrap();
    assert!(session.run(&added, []).is_err());
}

/// TensorFlow lets static shapes be wrong here.
#[test]
fn a_variable_of_known_shape_keeps_it() {
    let graph = Graph::new();
    let v = graph.variable([1.0f32, 2.0]);
    set(&v, [3.0, 4.0]);
    graph.check().unwrap();
    set(&v, [1.0, 2.0, 3.0]);
    let error = graph.check().unwrap_err();
    assert!(
        error
            .help()
            .unwrap()
            .contains("make the variable with validate_shape(false)"),
        "{error}"
    );
}

/// `[0.8, 1.6]` by gradient descent; the slots of other optimizers want a shape.
#[test]
fn gradient_descent_trains_it() {
    let graph = Graph::new();
    let (start, v) = fed(&graph);
    let loss = tf::reduce_sum(&v * &v, ..);
    let train = tf::train::GradientDescentOptimizer::new(0.1).minimize(&loss);
    let session = Session::new(&graph).unwrap();
    session
        .run(
            graph.global_variables_initializer(),
            [start.feed([1.0, 2.0])],
        )
        .unwrap();
    session.run(&train, []).unwrap();
    assert_eq!(session.run(v.array1(), []).unwrap(), arr1(&[0.8, 1.6]));
    tf::train::AdagradOptimizer::new(0.1).minimize(&loss);
    let error = graph.check().unwrap_err();
    assert!(
        error
            .message()
            .starts_with("Adagrad keeps a slot in the shape of <tf.Variable"),
        "{error}"
    );
}

#[test]
fn a_checkpoint_keeps_the_shape_of_the_moment() {
    let directory = std::env::temp_dir().join(format!("tf1-unknown-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let graph = Graph::new();
    let (start, v) = fed(&graph);
    let saver = tf::train::Saver::new(&graph);
    let session = Session::new(&graph).unwrap();
    session
        .run(v.initializer(), [start.feed([1.0, 2.0, 3.0])])
        .unwrap();
    let prefix = saver.save(&session, directory.join("model"), None).unwrap();
    session.run(v.initializer(), [start.feed(0.0)]).unwrap();
    saver.restore(&session, &prefix).unwrap();
    assert_eq!(session.run(v.array1(), []).unwrap(), arr1(&[1.0, 2.0, 3.0]));
    std::fs::remove_dir_all(&directory).unwrap();
}
