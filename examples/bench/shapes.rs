//! Shapes of graphs, each of about as many nodes as asked for: what planning must take time in
//! proportion for.

#[path = "many_variables.rs"]
mod many_variables;

use ndarray::{ArrayD, IxDyn};
use tf1 as tf;
use tf1::train::Optimizer;
use tf1::{AnyTensor, Graph, GraphKeys, Operation, Session, Tensor, Variable};

pub use many_variables::MANY_VARIABLES;

/// A graph, and how to run it.
pub struct Case {
    pub graph: Graph,
    pub tensors: Vec<AnyTensor>,
    pub operations: Vec<Operation>,
    /// Each is fed with small numbers.
    pub fed: Vec<Tensor>,
    /// What to differentiate, and with respect to what; nothing if it has no gradient.
    pub derivative: Option<(Tensor, Vec<Tensor>)>,
    /// The variables to give values, one after the other.
    pub loaded: Vec<Variable>,
}

impl Case {
    fn of(y: &Tensor) -> Self {
        Case {
            graph: y.graph().clone(),
            tensors: vec![y.any()],
            operations: Vec::new(),
            fed: Vec::new(),
            derivative: None,
            loaded: Vec::new(),
        }
    }

    fn running(operation: Operation) -> Self {
        Case {
            graph: operation.graph().clone(),
            tensors: Vec::new(),
            operations: vec![operation],
            fed: Vec::new(),
            derivative: None,
            loaded: Vec::new(),
        }
    }

    fn fed_with(mut self, fed: &[&Tensor]) -> Self {
        self.fed = fed.iter().map(|tensor| (*tensor).clone()).collect();
        self
    }

    /// Its first tensor is to be differentiated with respect to what it is fed.
    fn with_derivative(mut self) -> Self {
        let y = self.tensors[0].typed::<f32>();
        self.derivative = y.ok().map(|y| (y, self.fed.clone()));
        self
    }

    /// Adds the gradients to what is computed.
    pub fn differentiate(&mut self) -> bool {
        let Some((y, xs)) = self.derivative.take() else {
            return false;
        };
        let gradients = tf::gradients(&y, &xs);
        self.tensors.extend(gradients.iter().map(Tensor::any));
        true
    }

    /// Gives values to the variables that are to be loaded, one after the other.
    pub fn load(&self, session: &Session) -> tf::Result<()> {
        let mut loaded = self.loaded.iter();
        loaded.try_for_each(|variable| session.load([(variable, ndarray::arr1(&[1.0f32, 2.0]))]))
    }

    /// What each fed tensor is fed.
    pub fn values(&self) -> Vec<ArrayD<f32>> {
        let value = |tensor: &Tensor| {
            let shape = tensor.shape().to_known().unwrap_or_default();
            ArrayD::from_elem(IxDyn(&shape), 0.001)
        };
        self.fed.iter().map(value).collect()
    }
}

/// Makes a graph of about this many nodes.
pub type Make = fn(usize) -> Case;

/// All shapes, with their names.
pub const SHAPES: &[(&str, Make)] = &[
    ("updates of one variable", updates_of_one),
    ("updates of new values", updates_of_new_values),
    ("updates and reads", updates_and_reads),
    ("updates of many in a chain", updates_in_a_chain),
    ("updates of many in a group", updates_in_a_group),
    ("reads after a group", reads_after_a_group),
    ("one tensor at every link", one_at_every_link),
    ("one tensor in every product", one_in_every_product),
    ("add_n of many", add_n_of_many),
    ("concat of many", concat_of_many),
    ("stack and unstack", stack_and_unstack),
    ("fan out and in", fan_out_and_in),
    ("tree", tree),
    ("one constant read by all", one_constant),
    ("many constants", many_constants),
    ("operands from many sides", many_sides),
    ("products into one group", products_into_one_group),
    ("many feeds and fetches", many_feeds_and_fetches),
    ("many large fetches", many_large_fetches),
    ("control inputs of all before", control_inputs),
    ("one control dependency of many", waits_for_many),
    ("chain of identities", identities),
    ("chain of views", views),
    ("chain of gathers", gathers),
    ("chain of reductions", reductions),
    ("chain that never fuses", never_fused),
    ("chain of random numbers", random_chain),
    ("factors of one", factors_of_one),
    ("many of the same", many_of_the_same),
    ("shapes that only a run knows", unknown_shapes),
    ("recurrent network", recurrent),
    ("second derivatives", second_derivatives),
    ("training of many variables", training),
    ("update ops of many", many_update_ops),
    ("nested name scopes", nested_scopes),
    ("the same name", same_name),
    ("collections", collections),
];

fn variables(graph: &Graph, count: usize) -> Vec<Variable<f32>> {
    (0..count).map(|_| graph.variable([0.5f32, 0.25])).collect()
}

fn vector(graph: &Graph) -> Tensor {
    graph.placeholder::<f32>("x", [2])
}

fn updates_of_one(n: usize) -> Case {
    let graph = Graph::new();
    let v = graph.variable(0.0f32);
    let one = graph.constant(1.0f32);
    let mut last = v.assign_add(&one).op();
    for _ in 0..n {
        last = graph.control_dependencies([&last], || v.assign_add(&one).op());
    }
    Case::running(last)
}

/// Each update is told to change what the one before gave back.
fn updates_of_new_values(n: usize) -> Case {
    let graph = Graph::new();
    let v = graph.variable(0.0f32);
    let one = graph.constant(1.0f32);
    let mut value = v.assign_add(&one);
    for _ in 0..n {
        value = tf::assign_add(&value, &one);
    }
    Case::of(&value)
}

fn updates_and_reads(n: usize) -> Case {
    let graph = Graph::new();
    let v = graph.variable([1.0f32, 2.0]);
    let mut last = v.assign_add([1.0f32, 1.0]).op();
    for _ in 0..n / 3 {
        last = graph.control_dependencies([&last], || {
            let value = v.read_value();
            v.assign(&value * 0.5).op()
        });
    }
    Case::running(last)
}

/// Each update reads the variable that was changed just before.
fn updates_in_a_chain(n: usize) -> Case {
    let graph = Graph::new();
    let variables = variables(&graph, n / 6 + 2);
    let mut last = variables[0].assign_add([1.0f32, 1.0]).op();
    for pair in variables.windows(2) {
        last =
            graph.control_dependencies([&last], || pair[1].assign_add(pair[0].read_value()).op());
    }
    Case::running(last)
}

fn updates_in_a_group(n: usize) -> Case {
    let graph = Graph::new();
    let variables = variables(&graph, n / 6 + 1);
    let updates = variables
        .iter()
        .map(|v| v.assign_add([1.0f32, 1.0]).op())
        .collect::<Vec<_>>();
    Case::running(tf::group(&updates))
}

fn reads_after_a_group(n: usize) -> Case {
    let graph = Graph::new();
    let variables = variables(&graph, n / 8 + 1);
    let updates = variables
        .iter()
        .map(|v| v.assign_add([1.0f32, 1.0]).op())
        .collect::<Vec<_>>();
    let all = tf::group(&updates);
    let reads: Vec<Tensor> = graph.control_dependencies([&all], || {
        variables.iter().map(Variable::read_value).collect()
    });
    Case::of(&tf::add_n(&reads))
}

fn one_at_every_link(n: usize) -> Case {
    let graph = Graph::new();
    let (x, a) = (vector(&graph), graph.placeholder::<f32>("a", [2]));
    let y = (0..n).fold(x.clone(), |y, _| tf::add(&y, &a));
    Case::of(&y).fed_with(&[&x, &a]).with_derivative()
}

fn one_in_every_product(n: usize) -> Case {
    let graph = Graph::new();
    let (x, a) = (vector(&graph), graph.placeholder::<f32>("a", [2]));
    let y = (0..n).fold(x.clone(), |y, _| tf::multiply(&y, &a));
    Case::of(&y).fed_with(&[&x, &a]).with_derivative()
}

fn add_n_of_many(n: usize) -> Case {
    let graph = Graph::new();
    let x = vector(&graph);
    let parts: Vec<Tensor> = (0..n).map(|_| tf::exp(&x)).collect();
    Case::of(&tf::add_n(&parts))
        .fed_with(&[&x])
        .with_derivative()
}

fn concat_of_many(n: usize) -> Case {
    let graph = Graph::new();
    let x = vector(&graph);
    let parts: Vec<Tensor> = (0..n).map(|_| tf::exp(&x)).collect();
    Case::of(&tf::concat(&parts, 0))
        .fed_with(&[&x])
        .with_derivative()
}

fn stack_and_unstack(n: usize) -> Case {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [n / 2, 2]);
    let parts: Vec<Tensor> = tf::unstack(&x).iter().map(tf::tanh).collect();
    Case::of(&tf::stack(&parts, 0))
        .fed_with(&[&x])
        .with_derivative()
}

/// Many different functions of one tensor, summed pair by pair in a chain.
fn fan_out_and_in(n: usize) -> Case {
    let graph = Graph::new();
    let x = vector(&graph);
    let parts: Vec<Tensor> = (0..n / 2).map(|_| tf::tanh(&x)).collect();
    let y = parts.iter().fold(x.clone(), |y, part| tf::add(&y, part));
    Case::of(&y).fed_with(&[&x]).with_derivative()
}

fn tree(n: usize) -> Case {
    let graph = Graph::new();
    let x = vector(&graph);
    let mut level: Vec<Tensor> = (0..n / 2 + 1).map(|_| tf::sigmoid(&x)).collect();
    while level.len() > 1 {
        let sum = |pair: &[Tensor]| match pair {
            [a, b] => tf::add(a, b),
            rest => rest[0].clone(),
        };
        level = level.chunks(2).map(sum).collect();
    }
    Case::of(&level[0]).fed_with(&[&x]).with_derivative()
}

fn one_constant(n: usize) -> Case {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [1000]);
    let index = graph.constant((0..1000).collect::<ndarray::Array1<i32>>());
    let parts: Vec<Tensor> = (0..n / 3)
        .map(|_| tf::reduce_sum(tf::gather(&x, &index), ..))
        .collect();
    Case::of(&tf::add_n(&parts)).fed_with(&[&x])
}

fn many_constants(n: usize) -> Case {
    let graph = Graph::new();
    let x = vector(&graph);
    let y = (0..n / 2).fold(x.clone(), |y, i| &y + [i as f32, 1.0]);
    Case::of(&y).fed_with(&[&x]).with_derivative()
}

/// One long chain that takes in a product of its own at every link.
fn many_sides(n: usize) -> Case {
    let graph = Graph::new();
    let xs: Vec<Tensor> = (0..n / 3 + 1).map(|_| vector(&graph)).collect();
    let y = xs
        .iter()
        .skip(1)
        .fold(xs[0].clone(), |y, x| tf::add(&y, tf::exp(x)));
    let fed: Vec<&Tensor> = xs.iter().collect();
    Case::of(&y).fed_with(&fed).with_derivative()
}

fn products_into_one_group(n: usize) -> Case {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [2, 2]);
    let a = graph.placeholder::<f32>("a", [2, 2]);
    let y = (0..n / 3).fold(x.clone(), |y, _| tf::add(&y, tf::matmul(&x, tf::exp(&a))));
    Case::of(&y).fed_with(&[&x, &a]).with_derivative()
}

fn many_feeds_and_fetches(n: usize) -> Case {
    let graph = Graph::new();
    let xs: Vec<Tensor> = (0..n / 2).map(|_| vector(&graph)).collect();
    let ys: Vec<Tensor> = xs.iter().map(tf::exp).collect();
    let fed: Vec<&Tensor> = xs.iter().collect();
    let mut case = Case::of(&ys[0]).fed_with(&fed);
    case.tensors = ys.iter().map(Tensor::any).collect();
    case
}

/// Results that are computed where they are handed out.
fn many_large_fetches(n: usize) -> Case {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [1024]);
    let a = vector(&graph);
    let ys = (0..n / 16 + 1).map(|i| tf::exp(&x + i as f32));
    let ys: Vec<AnyTensor> = ys.map(|y| y.any()).collect();
    let rest = (0..n).fold(a.clone(), |a, _| tf::tanh(&a));
    let mut case = Case::of(&rest).fed_with(&[&x, &a]);
    case.tensors.extend(ys);
    case
}

/// Each node waits for the last thirty before.
fn control_inputs(n: usize) -> Case {
    let graph = Graph::new();
    let mut all: Vec<Operation> = vec![graph.no_op()];
    for _ in 0..n {
        let last = &all[all.len().saturating_sub(30)..];
        let next = graph.control_dependencies(last, || graph.constant(1.0f32).op());
        all.push(next);
    }
    let y = graph.control_dependencies([&all[n]], || graph.variable(0.0f32).read_value());
    Case::running(y.op())
}

fn waits_for_many(n: usize) -> Case {
    let graph = Graph::new();
    let v = graph.variable(0.0f32);
    let before: Vec<Operation> = (0..n).map(|_| v.value().op()).collect();
    let first: Vec<Operation> = (0..n).map(|_| graph.no_op()).collect();
    let wait = graph.control_dependencies(&first, || graph.no_op());
    let all = graph.control_dependencies(&before, || tf::group(&[wait]));
    Case::running(all)
}

fn identities(n: usize) -> Case {
    let graph = Graph::new();
    let x = vector(&graph);
    let y = (0..n).fold(x.clone(), |y, _| tf::identity(&y));
    Case::of(&y).fed_with(&[&x]).with_derivative()
}

fn views(n: usize) -> Case {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [2, 3]);
    let y = (0..n / 4).fold(x.clone(), |y, _| {
        tf::transpose(tf::reshape(tf::transpose(&y), [2, 3]))
    });
    let y = tf::exp(&y);
    Case::of(&y).fed_with(&[&x]).with_derivative()
}

fn gathers(n: usize) -> Case {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [3]);
    let order = graph.constant([2i32, 0, 1]);
    let y = (0..n / 2).fold(x.clone(), |y, _| tf::gather(&y, &order));
    Case::of(&y).fed_with(&[&x]).with_derivative()
}

fn reductions(n: usize) -> Case {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [4]);
    let y = (0..n / 3).fold(x.clone(), |y, _| tf::add(&x, tf::reduce_mean(&y, ..)));
    Case::of(&y).fed_with(&[&x]).with_derivative()
}

fn never_fused(n: usize) -> Case {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [2, 2]);
    let y = (0..n / 2).fold(x.clone(), |y, _| tf::tanh(tf::nn::softmax(&y)));
    Case::of(&y).fed_with(&[&x]).with_derivative()
}

fn random_chain(n: usize) -> Case {
    let graph = Graph::new();
    let x = vector(&graph);
    let y = (0..n / 7).fold(x.clone(), |y, _| {
        tf::add(&y, graph.random_uniform::<f32>([2]))
    });
    Case::of(&y).fed_with(&[&x])
}

fn factors_of_one(n: usize) -> Case {
    let graph = Graph::new();
    let x = vector(&graph);
    let y = (0..n / 2).fold(x.clone(), |y, _| &y * 1.0);
    Case::of(&tf::exp(&y)).fed_with(&[&x]).with_derivative()
}

fn many_of_the_same(n: usize) -> Case {
    let graph = Graph::new();
    let x = vector(&graph);
    let parts: Vec<Tensor> = (0..n / 3).map(|_| tf::exp(&x * 2.0)).collect();
    let y = tf::reduce_sum(tf::stack(&parts, 0), 0);
    Case::of(&y).fed_with(&[&x]).with_derivative()
}

fn unknown_shapes(n: usize) -> Case {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [4]);
    let kept = tf::boolean_mask(&x, tf::greater(&x, 0.0));
    let y = (0..n).fold(kept, |y, _| tf::tanh(&y));
    Case::of(&y).fed_with(&[&x]).with_derivative()
}

fn recurrent(n: usize) -> Case {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [2, 3]);
    let (w, b) = (graph.zeros::<f32>([3, 3]), graph.zeros::<f32>([3]));
    let h = (0..n / 3).fold(x.clone(), |h, _| tf::tanh(tf::matmul(&h, &w) + &b));
    Case::of(&h).fed_with(&[&x]).with_derivative()
}

fn second_derivatives(n: usize) -> Case {
    let graph = Graph::new();
    let x = vector(&graph);
    let y = (0..n / 8).fold(x.clone(), |y, _| tf::sin(&y));
    let slope = tf::gradients(&y, &x);
    Case::of(&slope).fed_with(&[&x]).with_derivative()
}

fn training(n: usize) -> Case {
    let graph = Graph::new();
    let variables = variables(&graph, n / 50 + 1);
    let squares: Vec<Tensor> = variables.iter().map(|v| tf::square(v)).collect();
    let cost = tf::reduce_sum(tf::add_n(&squares), ..);
    Case::running(tf::train::AdamOptimizer::new(0.1).minimize(&cost))
}

fn many_update_ops(n: usize) -> Case {
    let graph = Graph::new();
    let x = vector(&graph);
    let v = graph.variable([1.0f32, 2.0]);
    let mut y = x.clone();
    for other in variables(&graph, n / 10 + 1) {
        y = tf::tanh(&y);
        let update = other.assign(&y).op();
        graph.add_operation_to_collection(GraphKeys::UPDATE_OPS, &update);
    }
    let cost = tf::reduce_sum(y * &v, ..);
    let train = tf::train::GradientDescentOptimizer::new(0.1).minimize(&cost);
    Case::running(train).fed_with(&[&x])
}

/// A hundred scopes in each other, again and again.
fn nested_scopes(n: usize) -> Case {
    fn nest(graph: &Graph, y: Tensor, depth: usize) -> Tensor {
        match depth {
            0 => y,
            _ => graph.name_scope("s", || nest(graph, tf::tanh(&y), depth - 1)),
        }
    }
    let graph = Graph::new();
    let x = vector(&graph);
    let y = (0..n / 100).fold(x.clone(), |y, _| nest(&graph, y, 100));
    Case::of(&y).fed_with(&[&x]).with_derivative()
}

fn same_name(n: usize) -> Case {
    let graph = Graph::new();
    let x = vector(&graph);
    let y = (0..n).fold(x.clone(), |y, _| tf::tanh(&y).named("y"));
    Case::of(&y).fed_with(&[&x]).with_derivative()
}

fn collections(n: usize) -> Case {
    let graph = Graph::new();
    let x = vector(&graph);
    for _ in 0..n {
        graph.add_to_collection("all", tf::tanh(&x));
    }
    let all = graph.get_collection("all");
    let all: Vec<Tensor> = all.iter().filter_map(|y| y.typed().ok()).collect();
    Case::of(&tf::add_n(&all)).fed_with(&[&x]).with_derivative()
}
