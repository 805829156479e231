//! Handles of two graphs in one call: the mistake is told with the nodes of both graphs and the
//! line, and every handle that comes back can be printed.

use std::fmt::Display;

use tf1 as tf;
use tf1::op::{GradientContext, InferContext, Kernel, Op, TensorInfo};
use tf1::train::{
    self, ApplyGradients, ComputeGradients, GradientDescentOptimizer, Minimize, Optimizer,
};
use tf1::{
    AnyTensor, Error, Gradient, Gradients, Graph, IndexedSlices, Initializer, Regularizer, Session,
    Tensor, Variable,
};

use crate::test_files::TestFolder;

/// Two graphs, with a tensor and a variable of each.
struct Two {
    graph: Graph,
    a: Tensor,
    v: Variable,
    b: Tensor,
    w: Variable,
    /// Numbers of the other graph.
    n: Tensor<i32>,
    /// What the call gave, printed.
    printed: Vec<String>,
}

impl Two {
    fn new() -> Self {
        let (graph, other) = (Graph::new(), Graph::new());
        // So that places of the other graph's nodes are not places in the graph that is built.
        (0..200).for_each(|_| drop(other.no_op()));
        Two {
            a: graph.constant([1.0f32, 2.0]).named("a"),
            v: graph.variable(vec![1.0f32, 2.0]).named("v"),
            b: other.constant([3.0f32, 4.0]).named("b"),
            w: other.variable(vec![3.0f32, 4.0]).named("w"),
            n: other.constant([0, 1]).named("n"),
            graph,
            printed: Vec::new(),
        }
    }

    fn see(&mut self, handle: impl Display) {
        self.printed.push(handle.to_string());
    }

    fn see_all<H: Display>(&mut self, handles: impl IntoIterator<Item = H>) {
        handles.into_iter().for_each(|handle| self.see(handle));
    }

    fn see_gradients(&mut self, found: Vec<Option<Gradient>>) {
        for gradient in found.into_iter().flatten() {
            match gradient {
                Gradient::Sparse(rows) => self.see_rows(&rows),
                dense => self.see(dense.dense::<f32>()),
            }
        }
    }

    fn see_rows(&mut self, rows: &IndexedSlices) {
        self.see_all([&rows.values, &rows.indices, &rows.dense_shape]);
    }

    /// Rows of which one part belongs to the other graph.
    fn rows(&self, part: usize) -> IndexedSlices {
        let mut rows = IndexedSlices {
            values: self.graph.constant([1.0f32]).any(),
            indices: self.graph.constant([0]).any(),
            dense_shape: self.graph.constant([2]).any(),
        };
        match part {
            0 => rows.values = self.b.any(),
            1 => rows.indices = self.n.any(),
            _ => rows.dense_shape = self.n.any(),
        }
        rows
    }

    /// A loss of the graph's variable.
    fn loss(&self) -> Tensor {
        tf::reduce_sum(tf::square(&self.v), ..)
    }

    fn descent() -> GradientDescentOptimizer {
        GradientDescentOptimizer::new(0.1)
    }

    fn session(&self) -> Session {
        Session::new(&self.graph).expect("the graph is right so far")
    }
}

/// An initializer, a regularizer and an op whose users forgot which graph they build in.
#[derive(Debug, Clone)]
struct Forgetful(Tensor);

impl Initializer<f32> for Forgetful {
    fn build(&self, _: &Graph, _: &[usize]) -> Tensor {
        self.0.clone()
    }
}

impl Regularizer for Forgetful {
    fn penalty(&self, _: &AnyTensor) -> Option<AnyTensor> {
        Some(self.0.any())
    }
}

impl Op for Forgetful {
    fn op_type(&self) -> &'static str {
        "Forgetful"
    }

    fn infer(&self, cx: &InferContext<'_>) -> tf::Result<Vec<TensorInfo>> {
        Ok(vec![TensorInfo::new(cx.dtype(0), cx.shape(0))])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> tf::Result<()> {
        cx.outputs.set(0, cx.inputs.get::<f32>(0).to_owned());
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> tf::Result<()> {
        cx.set(0, self.0.clone());
        Ok(())
    }
}

/// A call with handles of two graphs: its name, its line, and what it says at once if it is one
/// that does.
type Row = (&'static str, u32, fn(&mut Two) -> tf::Result<()>);

macro_rules! row {
    ($name:literal, |$two:ident| $call:expr) => {
        ($name, line!(), |$two: &mut Two| {
            $call;
            Ok(())
        })
    };
}

/// Calls whose mistake waits for the graph to be checked.
#[rustfmt::skip]
const RECORDED: &[Row] = &[
    row!("operator", |t| t.see(&t.a + &t.w)),
    row!("add_n", |t| t.see(tf::add_n([&t.a, &t.b]))),
    row!("add_n of three", |t| t.see(tf::add_n([&t.a, &t.a, &t.b]))),
    row!("accumulate_n", |t| t.see(tf::accumulate_n([&t.a, &t.b]))),
    row!("stack", |t| t.see(tf::stack([&t.a, &t.b], 0))),
    row!("packed tuple", |t| t.see(tf::square((&t.a, &t.b)))),
    row!("concat", |t| t.see(tf::concat([&t.a, &t.b], 0))),
    row!("concat axis", |t| t.see(tf::concat([&t.a, &t.a], t.n.index(0)))),
    row!("dynamic_stitch", |t| t.see(tf::dynamic_stitch([&t.n], [&t.a]))),
    row!("dynamic_partition", |t| t.see_all(tf::dynamic_partition(&t.a, &t.n, 2))),
    row!("split", |t| t.see_all(tf::split(&t.a, &t.n, 0))),
    row!("select", |t| t.see(tf::select(t.a.less(1.0), &t.a, &t.b))),
    row!("gather", |t| t.see(tf::gather(&t.a, &t.n))),
    row!("reshape", |t| t.see(tf::reshape(&t.a, &t.n))),
    row!("reduce_sum", |t| t.see(tf::reduce_sum(&t.a, &t.n))),
    row!("clip_by_value", |t| t.see(tf::clip_by_value(&t.a, 0.0, &t.b))),
    row!("clip_by_norm", |t| t.see(tf::clip_by_norm(&t.a, t.b.index(0)))),
    row!("global_norm", |t| t.see(tf::global_norm([&t.a, &t.b]))),
    row!("global_norm, some", |t| t.see(tf::global_norm([None, Some(&t.a), Some(&t.b)]))),
    row!("clip_by_global_norm", |t| {
        let (clipped, norm) = tf::clip_by_global_norm([&t.a, &t.b], 1.0f32);
        t.see_all(clipped.iter().chain([&norm]));
    }),
    row!("clip_by_global_norm, some", |t| {
        let (clipped, norm) = tf::clip_by_global_norm([Some(&t.a), None, Some(&t.b)], 1.0f32);
        t.see_all(clipped.into_iter().flatten().chain([norm]));
    }),
    row!("clip_by_global_norm, clip_norm", |t| {
        let (clipped, norm) = tf::clip_by_global_norm([&t.a], t.b.index(0));
        t.see_all(clipped.iter().chain([&norm]));
    }),
    row!("clip_by_global_norm, use_norm", |t| {
        let options = tf::ClipByGlobalNorm::new().use_norm(&t.b.index(0));
        let (clipped, norm) = tf::clip_by_global_norm_with([&t.a], 1.0f32, options);
        t.see_all(clipped.iter().chain([&norm]));
    }),
    row!("clip_by_global_norm, rows", |t| {
        let (clipped, norm) = tf::clip_by_global_norm([t.a.any().into(), Gradient::Sparse(t.rows(0))], 1.0f32);
        t.see_gradients(clipped.into_iter().map(Some).collect());
        t.see(norm);
    }),
    row!("rows as a tensor: values", |t| t.see(tf::square::<f32>(&t.rows(0)))),
    row!("rows as a tensor: indices", |t| t.see(tf::square::<f32>(&t.rows(1)))),
    row!("rows as a tensor: shape", |t| t.see(tf::square::<f32>(&t.rows(2)))),
    row!("group", |t| t.see(tf::group([&t.a, &t.b]))),
    row!("group of a vector", |t| t.see(tf::group(vec![t.a.op(), t.b.op()]))),
    row!("control_dependencies", |t| t.see(t.graph.control_dependencies([&t.b], || tf::square(&t.a)))),
    row!("tuple", |t| t.see_all(tf::tuple([&t.a, &t.b]).into_iter().flatten())),
    row!("shape_n", |t| t.see_all(tf::shape_n([&t.a, &t.b]))),
    row!("add_op", |t| t.see(t.graph.add_op(Forgetful(t.a.clone()), &[t.b.any()]))),
    row!("gradients: ys", |t| t.see(tf::gradients([&t.a, &t.b], &t.a))),
    row!("gradients: xs", |t| t.see_all(tf::gradients(tf::square(&t.a), [&t.a, &t.b]))),
    row!("gradients: a variable", |t| t.see(tf::gradients(tf::square(&t.a), &t.w))),
    row!("gradients: grad_ys", |t| t.see_gradients(tf::gradients_with(t.loss(), &t.v, Gradients::new().grad_ys([&t.b])))),
    row!("gradients: some grad_ys", |t| {
        let how = Gradients::new().grad_ys([None, Some(&t.b)]);
        t.see_gradients(tf::gradients_with([t.loss(), t.loss()], &t.v, how));
    }),
    row!("gradients: stop_gradients", |t| {
        t.see_gradients(tf::gradients_with(t.loss(), &t.v, Gradients::new().stop_gradients([&t.b])));
    }),
    row!("gradients: a user's rule", |t| {
        let y: Tensor = t.graph.add_op(Forgetful(t.b.clone()), &[t.v.value().any()]).output(0);
        t.see(tf::gradients(&y, &t.v));
    }),
    row!("variables_initializer", |t| t.see(t.graph.variables_initializer([&t.v, &t.w]))),
    row!("variable", |t| t.see(t.graph.variable(&t.b))),
    row!("variable, read", |t| t.see(t.graph.variable(&t.b).value())),
    row!("variable, initial value", |t| t.see(t.graph.variable(&t.b).initializer())),
    row!("get_variable", |t| t.see(t.graph.get_variable::<f32>("x", [2], Forgetful(t.b.clone())))),
    row!("regularizer", |t| {
        let options = tf::VariableOptions::new().regularizer(Forgetful(t.b.clone()));
        t.see(t.graph.variable_with(1.0f32, options));
    }),
    row!("assign", |t| t.see(t.v.assign(&t.b))),
    row!("assign_add", |t| t.see(t.v.assign_add(&t.w))),
    row!("scatter_add", |t| t.see(tf::scatter_add(&t.v, &t.n, 1.0f32))),
    row!("apply_gradient_descent", |t| t.see(train::training_ops::apply_gradient_descent(&t.v, &t.a.index(0), &t.b))),
    row!("add_to_collection", |t| t.graph.add_to_collection("k", &t.b)),
    row!("add_operation_to_collection", |t| t.graph.add_operation_to_collection("k", &t.b.op())),
    row!("random_uniform", |t| t.see(t.graph.random_uniform::<f32>(&t.n))),
    row!("losses", |t| {
        let options = tf::losses::MeanSquaredError::new().weights(&t.b);
        t.see(tf::losses::mean_squared_error_with(&t.a, &t.a, options));
    }),
    row!("summary::merge", |t| {
        let summaries = [tf::summary::scalar("a", t.a.index(0)), tf::summary::scalar("b", t.b.index(0))];
        t.see(tf::summary::merge(&summaries));
    }),
    row!("minimize: var_list", |t| t.see(Two::descent().minimize_with(t.loss(), Minimize::new().var_list([&t.v, &t.w])))),
    row!("minimize: grad_loss", |t| t.see(Two::descent().minimize_with(t.loss(), Minimize::new().grad_loss(&t.b)))),
    row!("minimize: global_step", |t| t.see(Two::descent().minimize_with(t.loss(), Minimize::new().global_step(&t.w)))),
    row!("minimize: update_ops", |t| t.see(Two::descent().minimize_with(t.loss(), Minimize::new().update_ops([&t.b])))),
    row!("minimize: learning rate", |t| t.see(GradientDescentOptimizer::new(t.b.index(0)).minimize(t.loss()))),
    row!("minimize: Adam's rate", |t| t.see(train::AdamOptimizer::new(t.b.index(0)).minimize(t.loss()))),
    row!("compute_gradients", |t| {
        let found = Two::descent().compute_gradients_with(t.loss(), ComputeGradients::new().var_list([&t.v, &t.w]));
        t.see_gradients(found.into_iter().map(|(gradient, _)| gradient).collect());
    }),
    row!("apply_gradients", |t| t.see(Two::descent().apply_gradients([(&t.b, &t.v)]))),
    row!("apply_gradients: variables", |t| t.see(Two::descent().apply_gradients([(&t.a, &t.v), (&t.a, &t.w)]))),
    row!("apply_gradients: some", |t| t.see(Two::descent().apply_gradients([(None, &t.v), (Some(&t.b), &t.v)]))),
    row!("apply_gradients: values", |t| t.see(Two::descent().apply_gradients([(t.rows(0), &t.v)]))),
    row!("apply_gradients: indices", |t| t.see(Two::descent().apply_gradients([(t.rows(1), &t.v)]))),
    row!("apply_gradients: shape", |t| t.see(Two::descent().apply_gradients([(t.rows(2), &t.v)]))),
    row!("apply_gradients: update_ops", |t| {
        let options = ApplyGradients::new().update_ops([&t.b]);
        t.see(Two::descent().apply_gradients_with([(&t.a, &t.v)], options));
    }),
    row!("moving average", |t| t.see(train::ExponentialMovingAverage::new(0.5).apply([&t.v, &t.w]))),
    row!("moving average: num_updates", |t| {
        t.see(train::ExponentialMovingAverage::new(0.5).num_updates(&t.w).apply([&t.v]));
    }),
    row!("assign_moving_average", |t| t.see(train::moving_averages::assign_moving_average(&t.v, &t.b, 0.5))),
    row!("dropout: noise", |t| t.see(tf::nn::dropout(&t.a, t.b.index(0)))),
    row!("dense", |t| {
        let options = tf::layers::Dense::new().kernel_initializer(Forgetful(t.b.clone()));
        t.see(tf::layers::dense_with(tf::reshape(&t.a, [1, 2]), 2, options));
    }),
];

#[test]
fn a_mistake_of_two_graphs_is_told() {
    for (name, line, call) in RECORDED.iter().copied() {
        let mut two = Two::new();
        call(&mut two).expect("the mistake waits");
        let graphs = [&two.graph, two.b.graph()];
        let mistake = graphs.iter().find_map(|graph| graph.check().err());
        let mistake =
            mistake.unwrap_or_else(|| panic!("{name}: nothing was found wrong: {:?}", two.printed));
        told(name, line, &two, &mistake);
        for operation in graphs.iter().flat_map(|graph| graph.operations()) {
            let _ = (
                operation.to_string(),
                operation.inputs(),
                operation.outputs(),
                operation.control_inputs(),
            );
        }
    }
}

/// The error tells both graphs' nodes, the line of the call, and what to do.
#[track_caller]
fn told(name: &str, line: u32, two: &Two, error: &Error) {
    assert!(
        matches!(error, Error::InvalidArgument(_)),
        "{name}: {error}"
    );
    let text = error.to_string();
    assert!(
        text.contains("must be from the same graph"),
        "{name}: {error}"
    );
    assert!(
        !error.related().is_empty() && error.help().is_some(),
        "{name}: {error}"
    );
    assert!(!text.contains("src/"), "{name}: {error}");
    let nodes = error.node().into_iter().chain(error.related());
    let is_of = |graph: &Graph, node: &str| graph.get_operation_by_name(node).is_ok();
    let places: Vec<[bool; 2]> = nodes
        .map(|node| [&two.graph, two.b.graph()].map(|graph| is_of(graph, &node.name)))
        .collect();
    let count = |graph: usize| places.iter().filter(|place| place[graph]).count();
    let is_collection = text.contains("the collection");
    assert!(
        count(1) > 0 && (count(0) > 0 || is_collection),
        "{name}: {error}"
    );
    let at = error
        .location()
        .unwrap_or_else(|| panic!("{name}: no line in {error}"));
    assert!(at.file().ends_with("strangers.rs"), "{name}: {error}");
    assert!(
        (line..line + 7).contains(&at.line()),
        "{name} in line {line}: {error}"
    );
}

/// Calls of a session on the one graph with a handle of the other.
#[rustfmt::skip]
const AT_ONCE: &[Row] = &[
    ("fetch", line!(), |t| t.session().run(&t.b, []).map(drop)),
    ("fetches", line!(), |t| t.session().run(vec![&t.a, &t.b], []).map(drop)),
    ("fetch a variable", line!(), |t| t.session().run(&t.w, []).map(drop)),
    ("fetch an operation", line!(), |t| t.session().run(t.w.op(), []).map(drop)),
    ("fetch a number", line!(), |t| t.session().run(t.b.scalar(), []).map(drop)),
    ("feed", line!(), |t| t.session().run(&t.a, [t.b.feed(ndarray::arr1(&[1.0, 2.0]))]).map(drop)),
    ("prepare", line!(), |t| t.session().prepare(&t.b, [&t.a]).map(drop)),
    ("prepare feeds", line!(), |t| t.session().prepare(&t.a, [&t.b]).map(drop)),
    ("explain", line!(), |t| t.session().explain(&t.b, []).map(drop)),
    ("snapshot", line!(), |t| t.session().snapshot([&t.w]).map(drop)),
    ("load", line!(), |t| {
        let value = tf::AnyArray::from(ndarray::arr1(&[1.0f32, 2.0]).into_dyn());
        t.session().load([(&t.w, value)])
    }),
    ("is_initialized", line!(), |t| t.session().is_initialized(&t.w).map(drop)),
    ("restore", line!(), |t| {
        let (folder, theirs) = (TestFolder::new(), Session::new(t.w.graph())?);
        theirs.run(t.w.initializer(), [])?;
        let saver = train::Saver::new(t.w.graph());
        let prefix = saver.save(&theirs, folder.file("model"), None)?;
        
        saver.restore(&t.session(), prefix)
    }),
    ("save", line!(), |t| {
        let saver = train::Saver::new(&t.graph).variables([&t.w]);
        saver.save(&t.session(), TestFolder::new().file("model"), None).map(drop)
    }),
];

#[test]
fn a_session_refuses_what_is_of_another_graph() {
    for (name, line, call) in AT_ONCE.iter().copied() {
        let mut two = Two::new();
        let error = call(&mut two).expect_err(name);
        assert!(
            matches!(error, Error::InvalidArgument(_)),
            "{name}: {error}"
        );
        assert!(
            error
                .to_string()
                .contains("is not an element of this session's graph"),
            "{name}: {error}"
        );
        let node = error.node().unwrap_or_else(|| panic!("{name}: {error}"));
        assert!(
            two.b.graph().get_operation_by_name(&node.name).is_ok(),
            "{name}: {error}"
        );
        let text = error.to_string();
        let call = text.split("in the call at ").nth(1).expect(name);
        let told = (line..line + 7).any(|line| call.contains(&format!("strangers.rs:{line}:")));
        assert!(told, "{name} in line {line}: {error}");
    }
}
