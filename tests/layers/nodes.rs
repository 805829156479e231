//! Node by node: names, op types, inputs, control inputs, order, and collections.

use std::panic::Location;

use crate::lists::{self, compare_lines};
use tf1 as tf;
use tf1::initializers::{ones, zeros};
use tf1::layers::{
    self, BatchNormalization, Dense, Dropout, Flatten, RenormClipping, l1_l2_regularizer,
    l1_regularizer, l2_regularizer, no_regularizer,
};
use tf1::train::moving_averages::{self, AssignMovingAverage};
use tf1::train::{
    ExponentialMovingAverage, GradientDescentOptimizer, Minimize, MomentumOptimizer, Optimizer,
};
use tf1::{
    Graph, GraphKeys, Initializer, Operation, Regularizer, Reuse, Tensor, Variable,
    VariableOptions, VariableScope, nn, shape,
};

/// Compares what `build` makes with what TensorFlow made for the program `name`, and says where
/// they part.
#[track_caller]
pub fn compare(name: &str, build: impl FnOnce(&Graph)) {
    let caller = Location::caller();
    let graph = Graph::new();
    build(&graph);
    graph.check().expect("the program holds no mistake");
    let operations = graph.operations();
    let mut foreign = operations.iter();
    let foreign = foreign.find(|op| op.location().file() != caller.file());
    assert!(
        foreign.is_none(),
        "a line that is not the user's: {foreign:?}"
    );
    let mut made: Vec<String> = operations.iter().map(line).collect();
    made.extend(COLLECTIONS.iter().filter_map(|key| collection(&graph, key)));
    compare_lines(&made, &expected(name));
}

/// The lines of a program, less what TensorFlow makes to find out whether a variable has a value.
fn expected(name: &str) -> Vec<String> {
    let program = lists::program(include_str!("nodes.txt"), name);
    let kept = program.filter(|line| !asks_for_a_value(line));
    kept.map(as_here).collect()
}

/// Whether a node is one of those by which TensorFlow takes a variable's value, or its initial
/// value if it has none. Here the op that initializes the average does that.
fn asks_for_a_value(line: &str) -> bool {
    let name = line.split(' ').next().unwrap_or_default();
    name.split('/')
        .any(|part| part == "cond" || part.starts_with("cond_"))
        || name.contains("IsVariableInitialized")
}

/// A line as it is here: an average's initialization says less, and its step reads the variables
/// themselves, so as to see their values after an optimizer's step for certain. So does a
/// constraint.
fn as_here(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        [name, "Assign", memory, value] if value.contains("/Merge_") => {
            format!("{name} Assign {memory} (variable or initial value)")
        }
        [name, "Sub", _, value, ..] if name.ends_with("/sub_1") && value.ends_with("/read:0") => {
            line.replace(value, &value.replace("/read", ""))
        }
        [name, "Cast", count, ..] if name.ends_with("/num_updates") => {
            line.replace(count, &count.replace("/read", ""))
        }
        [name, _, value, control]
            if name.contains("/update_")
                && value.ends_with("/read:0")
                && control.starts_with("^") =>
        {
            line.replace("/read:0", ":0")
        }
        _ => line.to_string(),
    }
}

const COLLECTIONS: [&str; 5] = [
    GraphKeys::GLOBAL_VARIABLES,
    GraphKeys::TRAINABLE_VARIABLES,
    GraphKeys::UPDATE_OPS,
    GraphKeys::REGULARIZATION_LOSSES,
    GraphKeys::MOVING_AVERAGE_VARIABLES,
];

fn collection(graph: &Graph, key: &str) -> Option<String> {
    let names: Vec<String> = match key {
        GraphKeys::UPDATE_OPS => {
            let operations = graph.collected_operations(key);
            operations.iter().map(Operation::name).collect()
        }
        _ => {
            let tensors = graph.get_collection(key);
            tensors.iter().map(|tensor| tensor.name()).collect()
        }
    };
    (!names.is_empty()).then(|| format!("# {key}: {}", names.join(" ")))
}

fn line(operation: &Operation) -> String {
    if operation.op_type() == "AssignFrom" {
        let memory = operation.inputs()[0].name();
        return format!(
            "{} Assign {memory} (variable or initial value)",
            operation.name()
        );
    }
    lists::line(operation)
}

fn x(graph: &Graph, shape: tf::Shape) -> Tensor {
    graph.placeholder("x", shape)
}

#[test]
fn dense() {
    compare("dense", |graph| {
        let x = x(graph, shape![?, 4]);
        let hidden = layers::dense_with(&x, 3, Dense::new().activation(nn::relu));
        let linear = Dense::new().use_bias(false).kernel_initializer(ones());
        layers::dense_with(hidden, 2, linear);
    });
}

#[test]
fn dense_named() {
    compare("dense_named", |graph| {
        let x = graph.placeholder::<f64>("x", [5, 4]);
        let fc = Dense::new().name("fc");
        let first = fc.clone().trainable(false).bias_initializer(ones());
        layers::dense_with(&x, 4, first);
        layers::dense_with(&x, 4, fc.reuse(Reuse::Always));
        graph.variable_scope("model", || {
            layers::dense(&x, 2);
            layers::dense(&x, 2);
        });
        let again = VariableScope::new("model").reuse(Reuse::Always);
        graph.variable_scope(again, || layers::dense(&x, 2));
    });
}

#[test]
fn dense_of_images() {
    compare("dense_of_images", |graph| {
        layers::dense(x(graph, shape![?, 6, 5, 4]), 3);
        layers::dense_with(
            x(graph, shape![2, 3, 4]),
            5,
            Dense::new().activation(tf::tanh),
        );
    });
}

#[test]
fn dense_regularized() {
    compare("dense_regularized", |graph| {
        let x = x(graph, shape![?, 4]);
        let kernel = Dense::new().kernel_regularizer(l2_regularizer(0.1));
        let both = kernel.clone().bias_regularizer(l1_regularizer(0.2));
        layers::dense_with(&x, 3, both);
        let scope = VariableScope::new("model").regularizer(l1_regularizer(0.5));
        graph.variable_scope(scope, || layers::dense_with(&x, 2, kernel));
        tf::losses::get_regularization_loss(graph);
    });
}

#[test]
fn dense_activity() {
    compare("dense_activity", |graph| {
        let first = Dense::new()
            .activation(nn::relu)
            .kernel_regularizer(l1_regularizer(0.2))
            .activity_regularizer(l2_regularizer(0.1));
        layers::dense_with(x(graph, shape![5, 4]), 3, first);
        let x = x(graph, shape![?, 4]);
        let fc = Dense::new().name("fc");
        let both = fc.clone().activity_regularizer(l1_l2_regularizer(0.1, 0.2));
        layers::dense_with(&x, 3, both);
        let again = fc
            .activity_regularizer(l1_regularizer(0.1))
            .reuse(Reuse::Always);
        layers::dense_with(&x, 3, again);
    });
}

#[test]
fn dense_constrained() {
    compare("dense_constrained", |graph| {
        let dense = Dense::new()
            .kernel_constraint(tf::abs)
            .bias_constraint(tf::sin);
        let y = layers::dense_with(x(graph, shape![?, 4]), 3, dense);
        let normal = BatchNormalization::new()
            .beta_constraint(tf::cos)
            .gamma_constraint(tf::exp);
        let y = layers::batch_normalization_with(y, normal);
        GradientDescentOptimizer::new(0.5).minimize(tf::reduce_sum(y, ..));
    });
}

#[test]
fn dense_object() {
    compare("dense_object", |graph| {
        let x = x(graph, shape![?, 4]);
        let layer = Dense::new()
            .activation(nn::relu)
            .kernel_regularizer(l2_regularizer(0.2))
            .activity_regularizer(l1_regularizer(0.1))
            .layer(4);
        assert!(layer.kernel().is_none() && layer.bias().is_none());
        let y = graph.name_scope("outer", || layer.apply(&x));
        let y = layer.apply(y);
        let y = graph.variable_scope("scope", || {
            let y = layer.apply(y);
            Dense::new().name("named").layer(3).apply(y)
        });
        let last = Dense::new().name("dense").use_bias(false).layer(2);
        last.apply(&y);
        layers::dense(y, 2);
        let variables = layer.variables();
        let names = variables.iter().map(Variable::name);
        assert_eq!(
            names.collect::<Vec<_>>(),
            ["dense/kernel:0", "dense/bias:0"]
        );
        assert_eq!(last.kernel().unwrap().name(), "dense_1/kernel:0");
        assert!(last.bias().is_none());
    });
}

#[test]
fn regularized_variables() {
    #[track_caller]
    fn regularized(graph: &Graph, name: &str, shape: &[usize], regularizer: impl Regularizer) {
        let options = VariableOptions::new().regularizer(regularizer);
        let _ = graph.get_variable_with::<f32>(name, shape, zeros(), options);
    }
    let scoped = |name, regularizer| VariableScope::new(name).regularizer(regularizer);
    compare("regularized_variables", |graph| {
        regularized(graph, "a", &[2, 3], l2_regularizer(0.1));
        graph.variable_scope(scoped("s", l1_l2_regularizer(0.1, 0.2)), || {
            let _ = graph.get_variable::<f64>("b", [2], zeros());
            regularized(graph, "c", &[2], l1_regularizer(0.3));
            regularized(graph, "d", &[2], no_regularizer());
            let plain = |name| graph.get_variable::<f32>(name, [2], zeros());
            graph.variable_scope("inner", || plain("e"));
            graph.variable_scope(scoped("other", l1_l2_regularizer(0.0, 0.2)), || plain("f"));
        });
        let again = scoped("s", l2_regularizer(0.3)).reuse(Reuse::Always);
        graph.variable_scope(again, || graph.get_variable::<f32>("c", [2], zeros()));
        regularized(graph, "g", &[2], l2_regularizer(0.0));
        graph.name_scope("losses", || {
            regularized(graph, "h", &[2], l1_l2_regularizer(0.1, 0.0));
        });
    });
}

#[test]
fn dropout() {
    compare("dropout", |graph| {
        graph.set_random_seed(3);
        let x = x(graph, shape![?, 4]);
        layers::dropout(&x);
        let training = Dropout::new().training(true);
        layers::dropout_with(&x, training.clone());
        let drop = training.name("drop");
        let columns = drop.clone().rate(0.25).noise_shape(shape![?, 1]).seed(7);
        layers::dropout_with(&x, columns);
        layers::dropout_with(&x, drop.rate(0.0));
    });
}

#[test]
fn flatten() {
    compare("flatten", |graph| {
        layers::flatten(x(graph, shape![?, 2, 3, 4]));
        layers::flatten_with(x(graph, shape![2, 3, 4]), Flatten::new().name("flat"));
        layers::flatten(x(graph, shape![?, ?, 4]));
        layers::flatten(x(graph, shape![?, 4]));
        layers::flatten(x(graph, shape![5]));
    });
}

fn training<T: tf::Float>() -> BatchNormalization<T> {
    BatchNormalization::new().training(true)
}

#[test]
fn batch_normalization() {
    compare("batch_normalization", |graph| {
        let x = x(graph, shape![?, 4]);
        layers::batch_normalization_with(&x, training());
        layers::batch_normalization(&x);
    });
}

#[test]
fn batch_normalization_of_columns() {
    compare("batch_normalization_of_columns", |graph| {
        let x = x(graph, shape![4, ?]);
        layers::batch_normalization_with(&x, training().axis(0));
        layers::batch_normalization_with(&x, BatchNormalization::new().axis(0).name("again"));
    });
}

#[test]
fn batch_normalization_of_doubles() {
    compare("batch_normalization_of_doubles", |graph| {
        let x = graph.placeholder::<f64>("x", shape![?, 3, 4]);
        let middle = training().axis(1).momentum(0.9).epsilon(0.01).name("bn");
        layers::batch_normalization_with(&x, middle);
        layers::batch_normalization_with(&x, training().name("bn_trained").trainable(false));
    });
}

#[test]
fn batch_normalization_without() {
    compare("batch_normalization_without", |graph| {
        let x = x(graph, shape![?, 4]);
        let layer = |options| layers::batch_normalization_with(&x, options);
        layer(training().center(false));
        layer(training().scale(false));
        let bare = training().center(false).scale(false);
        let bare = bare.moving_mean_initializer(ones());
        layer(bare.moving_variance_initializer(zeros()));
        let priced = training()
            .gamma_initializer(zeros())
            .beta_initializer(ones());
        let priced = priced.gamma_regularizer(l2_regularizer(0.1));
        layer(priced.beta_regularizer(l1_regularizer(0.1)));
    });
}

#[test]
fn batch_normalization_fused() {
    compare("batch_normalization_fused", |graph| {
        let x = x(graph, shape![?, 5, 6, 4]);
        let layer = |options| layers::batch_normalization_with(&x, options);
        layer(training());
        layer(training().axis(1).momentum(0.9));
        layer(training().center(false).scale(false));
        layer(BatchNormalization::new());
        layer(training().fused(false));
        layer(training().axis(2));
        let doubles = graph.placeholder::<f64>("x", shape![?, 2, 3, 4]);
        layers::batch_normalization_with(doubles, training());
    });
}

#[test]
fn batch_normalization_renormalized() {
    compare("batch_normalization_renormalized", |graph| {
        let renorm = || BatchNormalization::new().renorm(true);
        let updated = |x: &Tensor, options: BatchNormalization<f32>| {
            layers::batch_normalization_with(x, options.training(true));
        };
        let rows = x(graph, shape![?, 4]);
        updated(&rows, renorm());
        let clipping = RenormClipping::new().rmax(1.5).rmin(0.5).dmax(0.25);
        let options = renorm().renorm_clipping(clipping).renorm_momentum(0.9);
        updated(&rows, options.momentum(0.8).scale(false).center(false));
        layers::batch_normalization_with(&rows, renorm());
        let images = x(graph, shape![?, 3, 5, 4]);
        let clipping = RenormClipping::new()
            .rmax(graph.constant(2.0f32))
            .dmax(graph.constant(1.0f32));
        let options = renorm().axis(1).center(false);
        updated(&images, options.renorm_clipping(clipping));
        let images = x(graph, shape![?, 5, 6, 4]);
        updated(&images, renorm().scale(false).name("images"));
    });
}

#[test]
fn batch_normalization_trained() {
    compare("batch_normalization_trained", |graph| {
        let x = x(graph, shape![?, 4]);
        let z = layers::dense_with(&x, 3, Dense::new().use_bias(false));
        let z = layers::batch_normalization_with(z, training());
        let step = tf::train::get_or_create_global_step(graph);
        let options = Minimize::new().global_step(&step);
        let loss = tf::reduce_mean(tf::square(z), ..);
        GradientDescentOptimizer::new(0.1).minimize_with(loss, options);
    });
}

#[test]
fn batch_normalization_trained_by_hand() {
    compare("batch_normalization_trained_by_hand", |graph| {
        let z = layers::batch_normalization_with(x(graph, shape![?, 4]), training());
        let updates = graph.collected_operations(GraphKeys::UPDATE_OPS);
        let updates: Vec<&dyn tf::ControlInput> = updates.iter().map(|op| op as _).collect();
        graph.control_dependencies(&updates, || {
            let loss = tf::reduce_mean(tf::square(&z), ..);
            MomentumOptimizer::new(0.1, 0.9).minimize(loss)
        });
    });
}

fn variable<T: tf::Element>(graph: &Graph, name: &str) -> Variable<T>
where
    tf::initializers::ZerosInitializer: Initializer<T>,
{
    graph.get_variable(name, [2], zeros())
}

#[test]
fn moving_averages() {
    compare("moving_averages", |graph| {
        let (w, b) = (variable::<f32>(graph, "w"), variable::<f32>(graph, "b"));
        let average = ExponentialMovingAverage::new(0.9);
        average.apply([&w, &b]);
        average.apply([&w]);
        let averaged = || ExponentialMovingAverage::new(0.9).named("Mean").apply([&w]);
        averaged();
        graph.variable_scope("model", averaged);
    });
}

#[test]
fn moving_averages_of_doubles() {
    compare("moving_averages_of_doubles", |graph| {
        let w = variable::<f64>(graph, "w");
        let step = tf::train::get_or_create_global_step(graph);
        let options = Minimize::new().global_step(&step);
        let loss = tf::reduce_sum(tf::square(&w), ..);
        let train = GradientDescentOptimizer::new(0.1).minimize_with(loss, options);
        let average = ExponentialMovingAverage::new(0.9).num_updates(&step);
        graph.control_dependencies([&train], || average.apply(graph.trainable_variables()));
    });
}

#[test]
fn moving_averages_of_tensors() {
    compare("moving_averages_of_tensors", |graph| {
        let u = graph.placeholder::<f32>("u", [3]);
        let v = graph.placeholder::<f32>("v", []);
        ExponentialMovingAverage::new(0.9).apply([&u]);
        let debiased = ExponentialMovingAverage::new(0.9)
            .zero_debias()
            .named("Debiased");
        debiased.apply([&u, &v]);
        debiased.apply([&v]);
    });
}

#[test]
fn assigned_averages() {
    compare("assigned_averages", |graph| {
        let v = variable::<f32>(graph, "v");
        let x = x(graph, shape![2]);
        moving_averages::assign_moving_average(&v, &x, 0.9);
        moving_averages::assign_moving_average(&v, &x, 0.9);
        let plain = AssignMovingAverage::new().without_zero_debias();
        moving_averages::assign_moving_average_with(&v, &x, 0.9, plain);
    });
}

/// One of the variables that debias has the name that another was to get, one stands before another
/// of lower number, and variable scopes around the call count.
#[test]
fn averages_assigned_beside_others() {
    compare("averages_assigned_beside_others", |graph| {
        let x = x(graph, shape![]);
        let assign = |w: &Variable| {
            moving_averages::assign_moving_average(w, &x, 0.9);
        };
        graph.variable(0.0f32).named("w/biased_1");
        let w: Variable = graph.get_variable("w", [], zeros());
        graph.variable(0.0f32).named("w/biased");
        graph.variable(0.0f32).named("w/local_step_2");
        (0..4).for_each(|_| assign(&w));
        let v = graph.variable_scope("s", || {
            let v: Variable = graph.get_variable("v", [], zeros());
            [&v, &w, &v, &w].iter().for_each(|w| assign(w));
            let shared = VariableScope::new("").reuse(Reuse::Auto);
            graph.variable_scope(shared, || [&v, &v].map(assign));
            v
        });
        let shared = VariableScope::new("s").reuse(Reuse::Always);
        graph.variable_scope(shared, || assign(&v));
    });
}

#[test]
fn scopes_with_numbers() {
    compare("scopes_with_numbers", |graph| {
        let variable = || {
            let _: Variable = graph.get_variable("v", [], zeros());
        };
        let scope = |name: &str, inner: &[&str]| {
            graph.variable_scope(VariableScope::unique(name), || {
                variable();
                for other in inner {
                    graph.variable_scope(VariableScope::unique(other), variable);
                }
            });
        };
        let auto = VariableScope::new("").reuse(Reuse::Auto);
        graph.variable_scope(auto, || {
            let names = [
                "a", "a", "a_1", "a", "a_2", "A", "a", "a_01", "a", "a_1", "a_1_1",
            ];
            names.iter().for_each(|name| scope(name, &[]));
            scope("b", &["c", "c", "c_1", "c"]);
            scope("b", &["c", "c"]);
            scope("b/c", &[]);
            graph.variable_scope("b", || {
                scope("c", &["d", "d"]);
                scope("c", &["d"]);
            });
            for name in ["b/c", "b-c", "b0", "b0"] {
                scope(name, &[]);
            }
            graph.variable_scope("", || {
                variable();
                scope("a", &[]);
                graph.variable_scope("", || scope("b", &[]));
            });
            scope("a", &[]);
        });
        let shared = VariableScope::new("").reuse(Reuse::Always);
        graph.variable_scope(shared, variable);
    });
}

/// As TensorFlow says for the same calls.
#[test]
fn names_of_averages_that_are_not_made_yet() {
    let graph = Graph::new();
    let averages = ExponentialMovingAverage::new(0.5);
    let w: Variable = graph.get_variable("w", [], zeros());
    let constant = |name: &str| {
        let _ = graph.constant(1.0f32).named(name);
    };
    let mut names = vec![averages.average_name(&w)];
    names.push(graph.name_scope("s", || averages.average_name(&w)));
    constant("W/exponentialMovingaverage");
    names.push(averages.average_name(&w));
    constant("w/ExponentialMovingAverage");
    constant("w/ExponentialMovingAverage_1");
    names.push(averages.average_name(&w));
    let expected = [
        "w/ExponentialMovingAverage",
        "s/w/ExponentialMovingAverage",
        "w/ExponentialMovingAverage_1",
        "w/ExponentialMovingAverage_2",
    ];
    assert_eq!(names, expected);
}
