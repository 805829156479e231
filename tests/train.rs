//! Training programs node by node: names, op types, inputs, control inputs and order are TensorFlow
//! 1.15's.
//!
//! `tests/train/nodes.txt` was written by TensorFlow itself (`tests/train/make.py` builds the same
//! programs).

#[path = "common/nodes.rs"]
mod nodes;

use ndarray::Array2;
use nodes::{compare_lines, line, program};
use tf1 as tf;
use tf1::contrib::layers::{
    AdaptiveClipping, MultipliedVariable, OptimizeLoss, OptimizerSummary, adaptive_clipping_fn,
    optimize_loss, optimize_loss_with,
};
use tf1::train::{
    AdadeltaOptimizer, AdagradOptimizer, AdamOptimizer, FtrlOptimizer, GateGradients,
    GradientDescentOptimizer, Minimize, MomentumOptimizer, Optimizer, ProximalAdagradOptimizer,
    ProximalGradientDescentOptimizer, RMSPropOptimizer,
};
use tf1::{Gradients, Graph, Operation, Reuse, Variable, VariableOptions, VariableScope};

/// Compares what `build` makes with what TensorFlow made for the program `name`, and says where
/// they part.
#[track_caller]
fn compare(name: &str, build: impl FnOnce(&Graph)) {
    let graph = Graph::new();
    build(&graph);
    graph.check().expect("the program holds no mistake");
    let made: Vec<String> = graph.operations().iter().map(line).collect();
    let expected: Vec<&str> = program(include_str!("train/nodes.txt"), name).collect();
    compare_lines(&made, &expected);
}

fn table(graph: &Graph) -> Variable {
    graph.variable(Array2::<f32>::zeros((4, 3))).named("v")
}

#[test]
fn gradient_descent() {
    compare("gradient_descent", |graph| {
        let v = graph.variable(3.0f32).named("v");
        GradientDescentOptimizer::new(0.1).minimize(tf::square(&v));
    });
}

#[test]
fn momentum_double() {
    compare("momentum_double", |graph| {
        let v = graph.variable(Array2::<f64>::zeros((40, 50))).named("v");
        let step = graph
            .variable_with(0i32, VariableOptions::new().trainable(false))
            .named("step");
        let options = Minimize::new().global_step(&step);
        MomentumOptimizer::new(0.1, 0.9).minimize_with(tf::reduce_sum(&v * &v, ..), options);
    });
}

#[test]
fn adam_with_step() {
    compare("adam_with_step", |graph| {
        let v = graph.variable(3.0f32).named("v");
        let step = tf::train::get_or_create_global_step(graph);
        AdamOptimizer::new(0.1).minimize_with(&v * &v, Minimize::new().global_step(&step));
    });
}

#[test]
fn adam_double() {
    compare("adam_double", |graph| {
        let v = graph.variable(Array2::<f64>::zeros((4, 3))).named("v");
        let rate = graph.placeholder::<f32>("rate", []);
        AdamOptimizer::new(&rate).beta1(0.8).minimize(&v * &v);
    });
}

#[test]
fn adam_twice_in_a_scope() {
    compare("adam_twice_in_a_scope", |graph| {
        graph.name_scope("train", || {
            let v = graph.variable(3.0f32).named("v");
            AdamOptimizer::new(0.1).minimize(&v * &v);
            AdamOptimizer::new(0.1).minimize(&v * &v);
        });
    });
}

#[test]
fn adam_minimizes_twice() {
    let adam = AdamOptimizer::new(0.1);
    compare("adam_minimizes_twice", |graph| {
        let (v, w) = (
            graph.variable(3.0f32).named("v"),
            graph.variable(3.0f32).named("w"),
        );
        adam.minimize_with(&v * &v, Minimize::new().var_list([&v]).name("step"));
        // The argument `name` and the method do the same.
        adam.minimize(&v * &w).named("step");
        assert_eq!(
            adam.get_slot(&w, "v").map(|slot| slot.name()).as_deref(),
            Some("w/Adam_1:0")
        );
        assert!(adam.get_slot(&w, "momentum").is_none());
    });
    assert_eq!(adam.get_slot_names(), ["m", "v"]);
    let names: Vec<String> = adam
        .variables()
        .iter()
        .map(|variable| variable.name())
        .collect();
    let expected = [
        "beta1_power:0",
        "beta2_power:0",
        "v/Adam:0",
        "v/Adam_1:0",
        "w/Adam:0",
        "w/Adam_1:0",
    ];
    assert_eq!(names, expected);
}

#[test]
fn momentum_in_a_variable_scope() {
    compare("momentum_in_a_variable_scope", |graph| {
        for _ in 0..2 {
            graph.variable_scope(VariableScope::new("s").reuse(Reuse::Auto), || {
                let v: Variable = graph.get_variable("v", [2], tf::initializers::zeros());
                MomentumOptimizer::new(0.1, 0.9)
                    .named("M")
                    .minimize(tf::square(&v));
            });
        }
    });
}

#[test]
fn gates() {
    compare("gates", |graph| {
        let (v, w) = (
            graph.variable(3.0f32).named("v"),
            graph.variable(4.0f32).named("w"),
        );
        let loss = &v * &w;
        let weights = graph.constant(2.0f32).named("weights");
        let minimize = |options| GradientDescentOptimizer::new(0.1).minimize_with(&loss, options);
        minimize(
            Minimize::new()
                .gate_gradients(GateGradients::None)
                .grad_loss(&weights),
        );
        minimize(Minimize::new().gate_gradients(GateGradients::Graph));
        minimize(Minimize::new());
    });
}

#[test]
fn control_dependencies() {
    compare("control_dependencies", |graph| {
        let v = graph.variable(3.0f32).named("v");
        let before = graph.no_op().named("before");
        graph.control_dependencies([&before], || {
            MomentumOptimizer::new(0.1, 0.9).minimize(tf::square(&v));
        });
    });
}

#[test]
fn gradient_descent_of_rows() {
    compare("gradient_descent_of_rows", |graph| {
        let v = table(graph);
        GradientDescentOptimizer::new(0.1).minimize(tf::reduce_sum(tf::gather(&v, [1, 2, 1]), ..));
    });
}

#[test]
fn momentum_of_rows() {
    compare("momentum_of_rows", |graph| {
        let v = table(graph);
        MomentumOptimizer::new(0.1, 0.9).minimize(tf::reduce_sum(tf::gather(&v, [1, 2, 1]), ..));
    });
}

#[test]
fn adam_of_rows() {
    compare("adam_of_rows", |graph| {
        let v = table(graph);
        AdamOptimizer::new(0.1).minimize(tf::reduce_sum(tf::gather(&v, [1, 2, 1]), ..));
    });
}

#[test]
fn adam_of_double_rows() {
    compare("adam_of_double_rows", |graph| {
        let v = graph.variable(Array2::<f64>::zeros((4, 3))).named("v");
        let rows = graph.constant([1i64, 2]);
        AdamOptimizer::new(0.1).minimize(tf::reduce_sum(tf::gather(&v, &rows), ..));
    });
}

fn train_table(graph: &Graph, optimizer: impl Optimizer) {
    optimizer.minimize(tf::square(table(graph)));
}

fn train_doubles(graph: &Graph, optimizer: impl Optimizer) {
    let v = graph.variable(Array2::<f64>::zeros((4, 3))).named("v");
    optimizer.minimize(tf::square(&v));
}

fn train_rows(graph: &Graph, optimizer: impl Optimizer) {
    optimizer.minimize(tf::reduce_sum(tf::gather(table(graph), [1, 2, 1]), ..));
}

/// Compares what an optimizer makes of a variable of `f32`, one of `f64`, and of some rows.
#[track_caller]
fn compare_optimizer<O: Optimizer>(name: &str, optimizer: impl Fn() -> O) {
    compare(name, |graph| {
        train_table(graph, optimizer());
        train_doubles(graph, optimizer());
        train_rows(graph, optimizer());
    });
}

#[test]
fn adagrad() {
    compare_optimizer("adagrad", || AdagradOptimizer::new(0.1));
}

#[test]
fn adadelta() {
    compare_optimizer("adadelta", AdadeltaOptimizer::default);
}

#[test]
fn rms_prop() {
    compare_optimizer("rms_prop", || RMSPropOptimizer::new(0.1));
}

#[test]
fn centered_rms_prop() {
    compare_optimizer("centered_rms_prop", || {
        RMSPropOptimizer::new(0.1).centered()
    });
}

#[test]
fn ftrl() {
    compare_optimizer("ftrl", || FtrlOptimizer::new(0.1));
}

#[test]
fn ftrl_with_shrinkage() {
    compare_optimizer("ftrl_with_shrinkage", || {
        FtrlOptimizer::new(0.1).l2_shrinkage_regularization_strength(0.5)
    });
}

#[test]
fn proximal_gradient_descent() {
    compare("proximal_gradient_descent", |graph| {
        train_table(graph, ProximalGradientDescentOptimizer::new(0.1));
        train_rows(graph, ProximalGradientDescentOptimizer::new(0.1));
    });
}

#[test]
fn proximal_adagrad() {
    compare("proximal_adagrad", |graph| {
        train_table(graph, ProximalAdagradOptimizer::new(0.1));
        train_rows(graph, ProximalAdagradOptimizer::new(0.1));
    });
}

#[test]
fn schedules() {
    use tf::train::{self, CosineDecay, Decay};
    compare("schedules", |graph| {
        let step = &train::get_or_create_global_step(graph);
        let stairs = Decay::new().staircase();
        train::exponential_decay(0.1, step, 3, 0.5);
        train::exponential_decay_with(0.1, step, 3, 0.5, stairs);
        train::natural_exp_decay(0.1, step, 3, 0.5);
        train::natural_exp_decay_with(0.1, step, 3, 0.5, stairs);
        train::inverse_time_decay(0.1, step, 3, 0.5);
        train::inverse_time_decay_with(0.1, step, 3, 0.5, stairs);
        train::polynomial_decay(0.1, step, 3);
        train::cosine_decay(0.1, step, 3);
        train::cosine_decay_with(0.1, step, 3, CosineDecay::new().alpha(0.5));
        train::linear_cosine_decay(0.1, step, 3);
    });
}

#[test]
fn rows_from_two_gathers() {
    compare("rows_from_two_gathers", |graph| {
        let v = table(graph);
        let a = tf::reduce_sum(tf::gather(&v, [1, 2, 1]), ..);
        let rows = graph.constant([1i64, 2]);
        let b = tf::reduce_sum(tf::gather(&v, &rows), ..);
        let found = tf::gradients_with(&[(a + b).any()], &[v.memory().any()], Gradients::new());
        assert!(matches!(found[..], [Some(tf::Gradient::Sparse(_))]));
    });
}

#[test]
fn rows_and_a_whole() {
    compare("rows_and_a_whole", |graph| {
        let v = table(graph);
        let loss = tf::reduce_sum(tf::gather(&v, [1, 2, 1]), ..) + tf::reduce_sum(&v * 2.0, ..);
        let _ = tf::gradients(&loss, &v);
    });
}

#[test]
fn a_part_without_gradient() {
    compare("a_part_without_gradient", |graph| {
        let v = table(graph);
        let parts = tf::split(&v, [1, 3], 0);
        let _ = tf::gradients(tf::reduce_sum(&parts[0], ..), &v);
    });
}

#[test]
fn no_path() {
    compare("no_path", |graph| {
        let v = table(graph);
        let x = graph.constant(1.0f32);
        let found = tf::gradients_with(&[(&x * &x).any()], &[v.memory().any()], Gradients::new());
        assert!(matches!(found[..], [None]));
    });
}

#[test]
fn weights_for_some() {
    compare("weights_for_some", |graph| {
        let (v, w) = (table(graph), table(graph));
        let ys = [(&v + 1.0).any(), (&v * &w).any()];
        let xs = [v.memory().any(), w.memory().any()];
        tf::gradients_with(
            &ys,
            &xs,
            Gradients::new().grad_ys([Some(w.value().any()), None]),
        );
    });
}

/// Builds a program that holds a mistake; `build` returns the line of the call at fault. The
/// mistake is told at that line and at the node `node`, with this message.
#[track_caller]
fn mistaken(node: &str, message: &str, build: impl FnOnce(&Graph) -> u32) {
    let graph = Graph::new();
    let line = build(&graph);
    let error = tf::Session::new(&graph).expect_err("the program holds a mistake");
    assert!(error.message().contains(message), "{error}");
    let at = error.node().expect("the mistake belongs to a node");
    assert_eq!(
        (at.name.as_str(), at.location.line()),
        (node, line),
        "{error}"
    );
    assert!(at.location.file().ends_with("train.rs"), "{error}");
}

#[test]
fn without_variables_there_is_nothing_to_train() {
    mistaken("GradientDescent", "No variables to optimize.", |graph| {
        let x = graph.placeholder::<f32>("x", ..);
        let (optimizer, loss) = (GradientDescentOptimizer::new(0.1), tf::square(&x));
        let (_, line) = (optimizer.minimize(&loss), line!());
        line
    });
}

#[test]
fn the_loss_must_depend_on_a_variable() {
    let message = "No gradients provided for any variable, check your graph for ops that do not support gradients, \
                   between variables [\"<tf.Variable 'w1:0' shape=(1,) dtype=float32_ref>\", \"<tf.Variable 'w2:0' \
                   shape=() dtype=float32_ref>\"] and loss Tensor(\"Square:0\", dtype=float32).";
    mistaken("train", message, |graph| {
        graph.variable([1.0f32]).named("w1");
        graph.variable(2.0f32).named("w2");
        let (adam, loss) = (
            AdamOptimizer::new(0.1),
            tf::square(graph.placeholder::<f32>("x", ..)),
        );
        let options = Minimize::new().name("train");
        let (_, line) = (adam.minimize_with(&loss, options), line!());
        line
    });
}

#[test]
fn the_loss_must_be_of_floating_type() {
    let message = "Invalid type tf.int32 for mul:0, expected: [tf.float32, tf.float64].";
    mistaken("Momentum", message, |graph| {
        let v = graph.variable(3i32);
        let (optimizer, loss) = (MomentumOptimizer::new(0.1, 0.9), &v * &v);
        let (_, line) = (optimizer.minimize(&loss), line!());
        line
    });
}

#[test]
fn a_gradient_must_fit_its_variable() {
    let message = "Dimension 1 in both shapes must be equal, but are 3 and 2";
    mistaken(
        "GradientDescent/update_v/ApplyGradientDescent",
        message,
        |graph| {
            let (v, gradient) = (table(graph), graph.ones::<f32>([4, 2]));
            let optimizer = GradientDescentOptimizer::new(0.1);
            let (_, line) = (optimizer.apply_gradients([(&gradient, &v)]), line!());
            line
        },
    );
}

#[test]
fn gradients_are_needed_to_apply_some() {
    let message = "No gradients provided for any variable: \
                   [\"<tf.Variable 'Variable:0' shape=() dtype=float32_ref>\"].";
    mistaken("GradientDescent", message, |graph| {
        let pairs = [(None::<tf::Tensor>, graph.variable(1.0f32))];
        let optimizer = GradientDescentOptimizer::new(0.1);
        let (_, line) = (optimizer.apply_gradients(pairs), line!());
        line
    });
}

#[test]
fn an_optimizers_numbers_must_make_sense() {
    let message = "initial_accumulator_value must be positive: 0";
    mistaken("Adagrad", message, |graph| {
        let (v, optimizer) = (graph.variable(1.0f32), AdagradOptimizer::new(0.1));
        let optimizer = optimizer.initial_accumulator_value(0.0);
        let (_, line) = (optimizer.minimize(tf::square(&v)), line!());
        line
    });
    let message = "l1_regularization_strength -0.500000 needs to be positive or zero";
    mistaken("Ftrl", message, |graph| {
        let (v, optimizer) = (graph.variable(1.0f32), FtrlOptimizer::new(0.1));
        let optimizer = optimizer.l1_regularization_strength(-0.5);
        let (_, line) = (optimizer.minimize(tf::square(&v)), line!());
        line
    });
    let message = "learning_rate_power 0.500000 needs to be negative or zero";
    mistaken("Ftrl", message, |graph| {
        let (v, optimizer) = (graph.variable(1.0f32), FtrlOptimizer::new(0.1));
        let optimizer = optimizer.learning_rate_power(0.5);
        let (_, line) = (optimizer.minimize(tf::square(&v)), line!());
        line
    });
}

#[test]
fn each_piece_needs_a_value() {
    let message = "The length of boundaries should be 1 less than the length of values";
    mistaken("PiecewiseConstant", message, |graph| {
        let step = tf::train::get_or_create_global_step(graph);
        let (_, line) = (
            tf::train::piecewise_constant(&step, [2, 5], [0.5, 0.25]),
            line!() - 1,
        );
        line
    });
}

/// Numbers from TensorFlow 1.15.5, which adds the shrinkage to the linear term only.
#[test]
fn shrinkage_changes_the_linear_term() -> tf::Result<()> {
    for rows in [false, true] {
        let graph = Graph::new();
        let v = graph.variable([[2.0f32], [1.0]]);
        let taken = if rows {
            tf::gather(&v, [0, 1])
        } else {
            v.value()
        };
        let ftrl = FtrlOptimizer::new(0.1).l2_shrinkage_regularization_strength(0.25);
        let train = ftrl.minimize(tf::reduce_sum(0.5 * taken, ..));
        let session = tf::Session::new(&graph)?;
        session.run(graph.global_variables_initializer(), [])?;
        session.run(&train, [])?;
        let accum = ftrl.get_slot(&v, "accum").expect("the slot was made");
        let linear = ftrl.get_slot(&v, "linear").expect("the slot was made");
        let expected = [
            (&v, [0.6774088, 0.29644668]),
            (&accum, [0.35, 0.35]),
            (&linear, [-4.0076046, -1.7538023]),
        ];
        for (variable, expected) in expected {
            let found = session.run(variable, [])?;
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 2e-6, "{found}, not {expected}");
            }
        }
    }
    Ok(())
}

/// TensorFlow counts in it, without a word.
#[test]
fn a_float_is_taken_for_the_counter_only_by_name() -> tf::Result<()> {
    let message = "global_step must be an integer variable, not <tf.Variable 'w:0' shape=() dtype=float32_ref>";
    mistaken("GradientDescent", message, |graph| {
        let w = graph.variable(3.0f32).named("w");
        let (optimizer, loss) = (GradientDescentOptimizer::new(0.1), tf::square(&w));
        let (_, line) = (optimizer.minimize_with(&loss, &w), line!());
        let error = graph.check().unwrap_err().to_string();
        assert!(error.contains("write `[&w]` for `var_list`"), "{error}");
        line
    });
    let graph = Graph::new();
    let w = graph.variable(3.0f32);
    let steps = [tf::DType::Float32, tf::DType::Int32].map(|dtype| match dtype {
        tf::DType::Float32 => graph.variable_with(1.0f32, false).any(),
        _ => graph.variable(1i32).any(),
    });
    let loss = tf::square(&w);
    let optimizer = GradientDescentOptimizer::new(0.25);
    let trains = [
        optimizer.minimize_with(&loss, Minimize::new().global_step(&steps[0])),
        optimizer.minimize_with(&loss, Minimize::from(&steps[0]).global_step(&steps[0])),
        optimizer.minimize_with(&loss, &steps[1]),
    ];
    let session = tf::Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    for train in &trains {
        session.run(train, [])?;
    }
    let counts = (steps[0].typed::<f32>()?, steps[1].typed::<i32>()?);
    let counts = session.run((counts.0.scalar(), counts.1.scalar()), [])?;
    assert_eq!(counts, (3.0, 2));
    Ok(())
}

#[test]
fn a_second_global_step_is_a_mistake() {
    mistaken(
        "global_step_1",
        "\"global_step\" already exists.",
        |graph| {
            tf::train::create_global_step(graph);
            let (_, line) = (tf::train::create_global_step(graph), line!());
            line
        },
    );
    mistaken(
        "global_step",
        "has elements of type int32, not int64",
        |graph| {
            let (_, line) = (graph.variable(0i32).named("global_step"), line!());
            assert!(tf::train::get_global_step(graph).is_some());
            tf::train::get_or_create_global_step(graph);
            line
        },
    );
}

#[test]
fn a_mistake_in_the_loss_is_told_once() {
    let graph = Graph::new();
    let v = table(&graph);
    let train = AdamOptimizer::new(0.1).minimize(tf::matmul(&v, &v));
    let error = graph.check().expect_err("the shapes do not fit");
    assert_eq!(error.node().map(|node| node.name.as_str()), Some("MatMul"));
    assert_eq!(train.name(), "MatMul");
    assert!(graph.global_variables().len() == 1);
}

#[test]
fn a_box_of_any_optimizer_is_one() -> tf::Result<()> {
    let graph = Graph::new();
    let v = graph.variable(1.0f32);
    let all: Vec<Box<dyn Optimizer>> = vec![
        Box::new(GradientDescentOptimizer::new(0.25)),
        Box::new(MomentumOptimizer::new(0.25, 0.5)),
    ];
    let steps: Vec<Operation> = all
        .iter()
        .map(|optimizer| optimizer.minimize(tf::square(&v)))
        .collect();
    let session = tf::Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    for step in &steps {
        session.run(step, [])?;
    }
    assert_eq!(session.run(v.value().scalar(), [])?, 0.25);
    Ok(())
}

#[test]
fn rows_named_twice_count_twice() -> tf::Result<()> {
    let graph = Graph::new();
    let v = graph.variable([1.0f64, 1.0, 1.0]);
    let loss = tf::reduce_sum(tf::gather(&v, [2, 0, 2]), ..);
    let train = MomentumOptimizer::new(0.5, 0.0).minimize(&loss);
    let session = tf::Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    session.run(&train, [])?;
    assert_eq!(
        session.run(&v, [])?,
        ndarray::arr1(&[0.5, 1.0, 0.0]).into_dyn()
    );
    Ok(())
}

/// A rule that knows only whole gradients is given rows as one.
#[test]
fn a_rule_need_not_know_rows() -> tf::Result<()> {
    use tf1::train::{RuleOptimizer, Step, UpdateRule};

    #[derive(Debug)]
    struct Plain;

    impl UpdateRule for Plain {
        type Terms = ();

        fn terms(&self, _: &Graph) {}

        fn apply_dense<T: tf::Float>(
            &self,
            _: &Step<'_, ()>,
            variable: &Variable<T>,
            gradient: &tf::Tensor<T>,
        ) -> Operation {
            variable.assign_sub(gradient).op()
        }
    }

    let graph = Graph::new();
    let v = graph.variable([1.0f32, 1.0, 1.0]);
    let train = RuleOptimizer::with_rule("Plain", Plain).minimize(tf::gather(&v, [2, 0, 2]));
    assert_eq!(train.name(), "Plain");
    let session = tf::Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    session.run(&train, [])?;
    assert_eq!(
        session.run(&v, [])?,
        ndarray::arr1(&[0.0, 1.0, -1.0]).into_dyn()
    );
    Ok(())
}

#[test]
fn optimize_loss_named() {
    compare("optimize_loss_named", |graph| {
        let v = graph.variable(3.0f32).named("v");
        let step = tf::train::get_or_create_global_step(graph);
        optimize_loss(tf::square(&v), &step, 0.25, "SGD");
        let again = OptimizeLoss::new().name("again");
        optimize_loss_with(tf::square(&v), None, 0.25, "Adam", again);
        let silent = OptimizeLoss::new()
            .increment_global_step(false)
            .summaries([]);
        optimize_loss_with(tf::square(&v), &step, 0.5, "Momentum", silent);
    });
}

#[test]
fn optimize_loss_without_step() {
    compare("optimize_loss_without_step", |graph| {
        let (v, w) = (table(graph), graph.variable(2.0f32).named("w"));
        let rate = graph.placeholder::<f32>("rate", []);
        let loss = tf::reduce_sum(tf::gather(&v, [0, 2, 0]), ..) * &w;
        let options = OptimizeLoss::new()
            .clip_gradients(5.0)
            .variables([&v, &w])
            .gradient_multipliers([(MultipliedVariable::from("w:0"), 0.5), ((&v).into(), 2.0)]);
        let optimizer = |rate| MomentumOptimizer::new(rate, 0.5);
        optimize_loss_with(&loss, None, &rate, optimizer, options);
        let options = OptimizeLoss::new()
            .summaries([
                OptimizerSummary::Gradients,
                OptimizerSummary::GradientNorm,
                OptimizerSummary::Loss,
                OptimizerSummary::LearningRate,
            ])
            .variables([&w])
            .clip_gradients(2.0);
        optimize_loss_with(&loss, None, None, AdagradOptimizer::new(0.5), options);
    });
}

#[test]
fn optimize_loss_decaying() {
    compare("optimize_loss_decaying", |graph| {
        let v = table(graph);
        let step = tf::train::get_or_create_global_step(graph);
        let options = VariableOptions::new().trainable(false);
        let u = graph.variable_with(1.0f32, options).named("u");
        let update = u.assign_add(1.0).op();
        graph.add_operation_to_collection(tf::GraphKeys::UPDATE_OPS, &update);
        let decaying = || {
            OptimizeLoss::new().learning_rate_decay_fn(|rate, step| {
                tf::train::exponential_decay(rate, step, 3, 0.5)
            })
        };
        let loss = || tf::reduce_sum(tf::square(&v), ..);
        let options = decaying().gradient_noise_scale(0.25);
        optimize_loss_with(loss(), &step, 0.5, "RMSProp", options);
        let options = decaying().without_update_ops();
        let options = options.summaries([OptimizerSummary::Loss]);
        optimize_loss_with(loss(), &step, 0.5, "Ftrl", options);
        let options = OptimizeLoss::new()
            .update_ops([u.initializer(), &update])
            .summaries([OptimizerSummary::GlobalGradientNorm]);
        optimize_loss_with(loss(), &step, 0.5, "Adagrad", options);
    });
}

#[test]
fn optimize_loss_double() {
    compare("optimize_loss_double", |graph| {
        let v = graph.variable(Array2::<f64>::zeros((4, 3))).named("v");
        let options = OptimizeLoss::new()
            .clip_gradients(1.0)
            .gradient_multipliers([(&v, 0.5)]);
        optimize_loss_with(
            tf::reduce_sum(tf::square(&v), ..),
            None,
            0.5,
            "SGD",
            options,
        );
    });
}

#[test]
fn optimize_loss_adaptive() {
    compare("optimize_loss_adaptive", |graph| {
        let (v, w) = (table(graph), graph.variable(2.0f32).named("w"));
        let step = tf::train::get_or_create_global_step(graph);
        let loss = tf::reduce_sum(tf::gather(&v, [0, 2, 0]), ..) * &w;
        let clip = AdaptiveClipping::new()
            .global_step(&step)
            .report_summary(true);
        let options = OptimizeLoss::new().clip_gradients_by(adaptive_clipping_fn(clip));
        optimize_loss_with(&loss, &step, 0.5, "SGD", options);
        let clip = AdaptiveClipping::new()
            .std_factor(1.5)
            .decay(0.5)
            .static_max_norm(3.0)
            .epsilon(0.5)
            .name("clip");
        let options = OptimizeLoss::new().clip_gradients_by(adaptive_clipping_fn(clip));
        optimize_loss_with(&loss, &step, 0.5, "SGD", options.summaries([]));
    });
}

/// What `optimize_loss` refuses is told once, at the user's line.
#[test]
fn optimize_loss_refuses() {
    fn told(build: impl FnOnce(&Graph, &Variable)) -> String {
        let graph = Graph::new();
        let v = graph.variable(3.0f32).named("v");
        build(&graph, &v);
        let error = graph.check().expect_err("there is a mistake");
        let file = error.location().map(|location| location.file());
        assert_eq!(file, Some(file!()), "{error}");
        error.message().to_string()
    }

    let message = told(|_, v| drop(optimize_loss(v * v, None, -0.5, "SGD")));
    assert_eq!(message, "Invalid learning_rate -0.5.");
    let message = told(|_, v| drop(optimize_loss(v * v, None, 0.5, "sgd")));
    let names = "Optimizer name should be one of [Adagrad, Adam, Ftrl, Momentum, RMSProp, SGD], you provided sgd.";
    assert_eq!(message, names);
    let message = told(|_, v| drop(optimize_loss(v * v, None, None, "SGD")));
    let missing = "Learning rate is None, but should be specified if optimizer is string (SGD).";
    assert_eq!(message, missing);
    let message = told(|_, v| drop(optimize_loss(v * [1.0, 2.0], None, 0.5, "SGD")));
    assert_eq!(message, "Expected scalar shape for mul:0, saw shape: (2,).");
    let message = told(|graph, v| {
        let rate = graph.constant([0.5f32]);
        optimize_loss(v * v, None, &rate, AdamOptimizer::new);
    });
    assert_eq!(
        message,
        "Expected scalar shape for Const:0, saw shape: (1,)."
    );
    let message = told(|_, v| {
        let options = OptimizeLoss::new().learning_rate_decay_fn(|rate, _| rate);
        optimize_loss_with(v * v, None, 0.5, "SGD", options);
    });
    let missing = "global_step is required for learning_rate_decay_fn.";
    assert_eq!(message, missing);
    let message = told(|_, v| drop(optimize_loss(v * v, v, 0.5, "SGD")));
    assert!(message.contains("does not have integer type"), "{message}");
    let message = told(|graph, _| {
        let loss = graph.constant(1.0f32);
        optimize_loss(loss, None, None, AdamOptimizer::new(0.5));
    });
    assert!(message.contains("No gradients provided"), "{message}");
    let message = told(|graph, v| {
        let options = OptimizeLoss::new().gradient_noise_scale(0.5);
        let w = graph.variable(2.0f64);
        let loss = v * tf::cast(&w, tf::float32);
        optimize_loss_with(loss, None, 0.5, "SGD", options.variables([&w]));
    });
    assert!(message.contains("gradient_noise_scale is for gradients of float32"));
}

/// Noise, multipliers and clipping, in this order, and update ops that need another placeholder.
#[test]
fn optimize_loss_trains() -> tf::Result<()> {
    let graph = Graph::new();
    let (v, w) = (graph.variable(3.0f32).named("v"), graph.variable(4.0f32));
    let other = graph.placeholder::<f32>("other", []);
    let u = graph.variable_with(0.0f32, VariableOptions::new().trainable(false));
    for update in [u.assign_add(&other), u.assign_add(1.0)] {
        graph.add_operation_to_collection(tf::GraphKeys::UPDATE_OPS, &update.op());
    }
    let options = OptimizeLoss::new()
        .gradient_multipliers([("v:0", 0.5)])
        .clip_gradients(5.0);
    let train = optimize_loss_with(&v * 12.0 + &w * 8.0, None, 0.5, "SGD", options);
    let session = tf::Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    assert_eq!(session.run(train.scalar(), [])?, 68.0);
    // (6, 8) is clipped to (3, 4).
    let values = session.run((v.scalar(), w.scalar(), u.scalar()), [])?;
    assert_eq!(values, (1.5, 2.0, 1.0));
    Ok(())
}
