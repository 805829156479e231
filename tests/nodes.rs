//! Whole programs node by node: names, op types, number and order are TensorFlow 1.15's.
//!
//! `tests/nodes/*.txt` were written by TensorFlow itself (`tests/nodes/make.py` builds the same
//! programs). That the number of nodes agrees matters: random ops without a seed of their own take
//! it as their seed.

#[path = "common/nodes.rs"]
mod nodes;

use nodes::compare_lines;
use tf1 as tf;
use tf1::initializers::{xavier, zeros};
use tf1::train::{AdamOptimizer, Minimize, MomentumOptimizer, Optimizer};
use tf1::{Axes, Graph, RandomUniform, Squeeze, Tensor, TruncatedNormal, Variable, shape};

/// Compares a graph with what TensorFlow made, and says where they part.
#[track_caller]
fn compare(graph: &Graph, expected: &str) {
    graph.check().expect("the program holds no mistake");
    let made: Vec<String> = graph
        .operations()
        .iter()
        .map(|op| format!("{} {}", op.name(), op.op_type()))
        .collect();
    let expected: Vec<&str> = expected.lines().collect();
    compare_lines(&made, &expected);
}

#[test]
fn signs() {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("X", shape![12288, ?]);
    let y = graph.placeholder::<f32>("Y", shape![6, ?]);
    graph.set_random_seed(1);
    let w1: Variable = graph.get_variable("W1", [25, 12288], xavier().seed(1));
    let b1: Variable = graph.get_variable("b1", [25, 1], zeros());
    let w2: Variable = graph.get_variable("W2", [12, 25], xavier().seed(1));
    let b2: Variable = graph.get_variable("b2", [12, 1], zeros());
    let w3: Variable = graph.get_variable("W3", [6, 12], xavier().seed(1));
    let b3: Variable = graph.get_variable("b3", [6, 1], zeros());
    let a1 = tf::nn::relu(tf::add(tf::matmul(&w1, &x), &b1));
    let a2 = tf::nn::relu(tf::add(tf::matmul(&w2, &a1), &b2));
    let z3 = tf::add(tf::matmul(&w3, &a2), &b3);
    let logits = tf::transpose(&z3);
    let cost = tf::reduce_mean(
        tf::nn::softmax_cross_entropy_with_logits(
            tf::nn::Labels(tf::transpose(&y)),
            tf::nn::Logits(logits),
        ),
        ..,
    );
    AdamOptimizer::new(1e-4).minimize(&cost);
    graph.global_variables_initializer();
    let correct = tf::equal(tf::argmax(&z3, 0), tf::argmax(&y, 0));
    tf::reduce_mean(tf::cast(correct, tf::float32), ..);
    compare(&graph, include_str!("nodes/signs.txt"));
}

#[test]
fn regression_momentum() {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [8, 2]);
    let y = graph.placeholder::<f32>("y", [8]);
    let w = graph.variable(graph.zeros::<f32>([2, 1])).named("w");
    let b = graph.variable(0.0f32);
    let step = tf::train::get_or_create_global_step(&graph);
    let prediction = tf::reshape(tf::matmul(&x, &w) + &b, [-1]);
    let loss = tf::reduce_mean(tf::square(prediction - &y), ..);
    MomentumOptimizer::new(0.1, 0.9)
        .use_nesterov()
        .minimize_with(&loss, Minimize::new().global_step(&step));
    graph.global_variables_initializer();
    compare(&graph, include_str!("nodes/regression_momentum.txt"));
}

#[test]
fn second_derivatives() {
    let graph = Graph::new();
    let x = graph.placeholder::<f64>("x", shape![3, ?]);
    let product = tf::tanh(&x) * tf::sigmoid(&x);
    let y = tf::reduce_sum(product / (tf::exp(-&x) + 2.0), 1);
    let dy = tf::gradients(&y, &x);
    let _ = tf::gradients(&dy, &x);
    compare(&graph, include_str!("nodes/second_derivatives.txt"));
}

#[test]
fn reductions() {
    type Reduction = fn(&Tensor, Axes) -> Tensor;
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", ..);
    let k = graph.placeholder::<f32>("k", [2, 3, 4]);
    let reductions: [Reduction; 6] = [
        |x, axes| tf::reduce_sum(x, axes),
        |x, axes| tf::reduce_mean(x, axes),
        |x, axes| tf::reduce_prod(x, axes),
        |x, axes| tf::reduce_max(x, axes),
        |x, axes| tf::reduce_min(x, axes),
        |x, axes| tf::reduce_logsumexp(x, axes),
    ];
    for (t, is_known) in [(&x, false), (&k, true)] {
        for reduce in reductions {
            let _ = tf::gradients(reduce(t, Axes::all()), t);
            if is_known {
                let _ = tf::gradients(reduce(t, Axes::from([0, -1]).keepdims()), t);
            }
        }
    }
    compare(&graph, include_str!("nodes/reductions.txt"));
}

#[test]
fn softmaxes() {
    let graph = Graph::new();
    let z = graph.placeholder::<f32>("z", shape![?, 5]);
    let y = graph.placeholder::<f32>("y", shape![?, 5]);
    let i = graph.placeholder::<i64>("i", shape![?]);
    let _ = tf::gradients(tf::nn::softmax_with(&z, tf::nn::Softmax::new().axis(0)), &z);
    let _ = tf::gradients(tf::nn::log_softmax(&z), &z);
    let _ = tf::gradients(
        tf::nn::softmax_cross_entropy_with_logits_v2(tf::nn::Labels(&y), tf::nn::Logits(&z)),
        [&y, &z],
    );
    let _ = tf::gradients(tf::nn::sparse_softmax_cross_entropy_with_logits(&i, &z), &z);
    let _ = tf::gradients(
        tf::nn::sigmoid_cross_entropy_with_logits(tf::nn::Labels(&y), tf::nn::Logits(&z)),
        [&y, &z],
    );
    compare(&graph, include_str!("nodes/softmaxes.txt"));
}

#[test]
fn shapes() {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", shape![?, 3]);
    let t = tf::transpose(&x);
    let c = tf::concat([x.clone(), tf::zeros_like(&x)], 1);
    let s = tf::stack([&x, &x], 1);
    let parts = tf::split(&c, 2, 1);
    let u = tf::slice(&c, [0, 1], [-1, 2]);
    let e = tf::squeeze_with(tf::expand_dims(&u, 0), Squeeze::new().axis([0]));
    let g = tf::gather(&x, [0, 0]);
    let d = tf::pad(tf::tile(&x, [2, 1]), [[1, 1], [0, 2]]);
    let h: Tensor = tf::one_hot_with(graph.constant([1, 2]), 3, tf::OneHot::new().axis(0));
    let rows = tf::shape(&x).index(0);
    let r = tf::reshape(&x, tf::stack((&rows, 3, 1), 0));
    // As Python's sum does, which starts at 0.
    let mut parts = [&t, &s, &parts[0], &parts[1], &e, &g, &d, &h, &r].into_iter();
    let first = 0.0 + tf::reduce_sum(parts.next().expect("there are parts"), ..);
    let total = parts.fold(first, |total, part| total + tf::reduce_sum(part, ..));
    let _ = tf::gradients(total, &x);
    compare(&graph, include_str!("nodes/shapes.txt"));
}

#[test]
fn seeds() {
    let graph = Graph::new();
    graph.set_random_seed(7);
    let a = graph.random_uniform_with::<f32>([2, 3], RandomUniform::new().minval(-1.0).maxval(1.0));
    let b = graph.random_normal::<f32>([3]);
    let c = graph.truncated_normal_with::<f32>([4], TruncatedNormal::new().stddev(0.1));
    tf::random_shuffle(&a);
    tf::nn::dropout(&b, 0.5);
    graph.random_uniform_with::<i32>([2], RandomUniform::new().minval(0).maxval(10));
    tf::add_n(&[
        tf::reduce_sum(&a, ..),
        tf::reduce_sum(&b, ..),
        tf::reduce_sum(&c, ..),
    ]);
    compare(&graph, include_str!("nodes/seeds.txt"));
}
