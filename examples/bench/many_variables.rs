//! Shapes of graphs with many variables, layers, scopes or optimizers.

use tf1 as tf;
use tf1::train::moving_averages::assign_moving_average;
use tf1::train::{ExponentialMovingAverage, GradientDescentOptimizer, Minimize, Optimizer};
use tf1::{Graph, Operation, Reuse, Tensor, Variable, VariableScope, initializers, layers};

use super::{Case, Make, variables, vector};

/// All of them, with their names.
pub const MANY_VARIABLES: &[(&str, Make)] = &[
    ("layers of one name", layers_of_one_name),
    ("layers that normalize", normalizations),
    ("scopes of many names", scopes),
    ("scopes of one name", scopes_of_one_name),
    ("variables that are shared", shared_variables),
    ("an optimizer for each variable", optimizer_for_each),
    ("gradients by many variables", clipped_gradients),
    ("prices of many variables", regularized),
    ("moving averages of many", moving_averages),
    ("debiased averages of many", debiased_averages),
    ("averages of one variable", averages_of_one),
    ("summaries of one name", summaries),
    ("updates of copies", updates_of_copies),
    ("loads one at a time", single_loads),
];

fn ones(graph: &Graph, name: &str) -> Variable {
    graph.get_variable(name, [2], initializers::ones())
}

fn layers_of_one_name(n: usize) -> Case {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [1, 2]);
    let layer = layers::Dense::new()
        .use_bias(false)
        .kernel_initializer(initializers::ones());
    let layer = |y: Tensor, _| layers::dense_with(y, 2, layer.clone());
    let y = (0..n / 9).fold(x.clone(), layer);
    Case::of(&y).fed_with(&[&x]).with_derivative()
}

fn normalizations(n: usize) -> Case {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [3, 2]);
    let layer = layers::BatchNormalization::new().training(true);
    let layer = |y: Tensor, _| layers::batch_normalization_with(&y, layer.clone());
    let y = (0..n / 60 + 1).fold(x.clone(), layer);
    let train = GradientDescentOptimizer::new(0.1).minimize(tf::reduce_sum(&y, ..));
    Case::running(train).fed_with(&[&x])
}

/// With little in each.
fn scopes(n: usize) -> Case {
    let graph = Graph::new();
    let x = vector(&graph);
    let scope = |i: usize| format!("scope{i}");
    let all: Vec<Tensor> = (0..n / 2 + 1)
        .map(|i| graph.variable_scope(scope(i), || tf::tanh(&x)))
        .collect();
    Case::of(&tf::add_n(&all)).fed_with(&[&x])
}

/// Some of them in others, of one name too.
fn scopes_of_one_name(n: usize) -> Case {
    let graph = Graph::new();
    let x = vector(&graph);
    let inner = |_| graph.variable_scope(VariableScope::unique("inner"), || tf::tanh(&x));
    let few = |_| (0..4).map(inner).collect::<Vec<_>>();
    let outer = |i| graph.variable_scope(VariableScope::unique("outer"), || few(i));
    let all: Vec<Tensor> = (0..n / 8 + 1).flat_map(outer).collect();
    let all: Vec<Tensor> = all.into_iter().chain((0..n / 8).map(inner)).collect();
    Case::of(&tf::add_n(&all)).fed_with(&[&x])
}

fn shared_variables(n: usize) -> Case {
    let graph = Graph::new();
    for i in 0..n / 8 {
        ones(&graph, &format!("v{i}"));
    }
    let shared = VariableScope::new("").reuse(Reuse::Auto);
    let all: Vec<Tensor> = graph.variable_scope(shared, || {
        let read = |i| ones(&graph, &format!("v{i}")) * 2.0;
        (0..n / 8 + 1).map(read).collect()
    });
    Case::of(&tf::add_n(&all))
}

fn optimizer_for_each(n: usize) -> Case {
    let graph = Graph::new();
    let optimizer = tf::train::AdamOptimizer::new(0.1);
    let step = |v: &Variable| {
        let options = Minimize::new().var_list([v]);
        optimizer.minimize_with(tf::reduce_sum(tf::square(v), ..), options)
    };
    let steps: Vec<Operation> = variables(&graph, n / 60 + 1).iter().map(step).collect();
    Case::running(tf::group(&steps))
}

fn clipped_gradients(n: usize) -> Case {
    let graph = Graph::new();
    let variables = variables(&graph, n / 16 + 1);
    let cost = tf::add_n(variables.iter().map(tf::square).collect::<Vec<_>>());
    let optimizer = GradientDescentOptimizer::new(0.1);
    let gradients = tf::gradients(&cost, &variables);
    let (clipped, _) = tf::clip_by_global_norm(&gradients, 1.0f32);
    Case::running(optimizer.apply_gradients(clipped.into_iter().zip(&variables)))
}

fn regularized(n: usize) -> Case {
    let graph = Graph::new();
    let priced = VariableScope::new("priced").regularizer(layers::l2_regularizer(0.1));
    graph.variable_scope(priced, || {
        for i in 0..n / 9 + 1 {
            ones(&graph, &format!("v{i}"));
        }
    });
    Case::of(&tf::losses::get_regularization_loss(&graph))
}

fn moving_averages(n: usize) -> Case {
    let graph = Graph::new();
    let variables = variables(&graph, n / 16 + 1);
    Case::running(ExponentialMovingAverage::new(0.9).apply(&variables))
}

fn debiased_averages(n: usize) -> Case {
    let graph = Graph::new();
    let average = |v: &Variable| assign_moving_average(v, [1.0f32, 2.0], 0.9).op();
    let updates: Vec<Operation> = variables(&graph, n / 30 + 1).iter().map(average).collect();
    Case::running(tf::group(&updates))
}

fn averages_of_one(n: usize) -> Case {
    let graph = Graph::new();
    let v = graph.variable([0.5f32, 0.25]);
    let mut last = graph.no_op();
    for _ in 0..n / 30 {
        last = graph.control_dependencies([&last], || {
            assign_moving_average(&v, [1.0f32, 2.0], 0.9).op()
        });
    }
    Case::running(last)
}

fn summaries(n: usize) -> Case {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", []);
    for _ in 0..n / 3 {
        tf::summary::scalar("x", &x);
    }
    Case::running(tf::summary::merge_all(&graph).op()).fed_with(&[&x])
}

/// What comes after all updates may fail: then no variable may have changed.
fn updates_of_copies(n: usize) -> Case {
    let graph = Graph::new();
    let (x, place) = (vector(&graph), graph.variable(1i32));
    let update = |v: &Variable| v.assign_add(&x).op();
    let updates: Vec<Operation> = variables(&graph, n / 3 + 1).iter().map(update).collect();
    let after = graph.control_dependencies(&updates, || tf::gather(&x, place.read_value()));
    Case::of(&after).fed_with(&[&x])
}

fn single_loads(n: usize) -> Case {
    let graph = Graph::new();
    let variables = variables(&graph, n / 4 + 1);
    let mut case = Case::of(&variables[0].value());
    case.loaded = variables;
    case
}
