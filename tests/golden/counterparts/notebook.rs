//! `notebook/`: the exercises of the course, and a transcript of them in one graph.

use ndarray::{Array2, arr1, s};
use tf1::random::NumpyRandom;
use tf1::train::{AdamOptimizer, Optimizer};
use tf1::{Graph, Session, Tensor, Variable, initializers, nn, shape};

use super::python::{array, names};
use super::{Row, Stage, does};

pub const ROWS: &[Row] = &[
    does("loss", |out| {
        let graph = Graph::new();
        let y_hat = graph.constant(36).named("y_hat");
        let y = graph.constant(39).named("y");
        let loss = graph.variable((&y - &y_hat).pow(2)).named("loss");
        let init = graph.global_variables_initializer();
        let session = Session::new(&graph)?;
        session.run(&init, [])?;
        out.value("result", session.run(&loss, [])?);
        Ok(())
    }),
    does("multiply", |out| {
        let graph = Graph::new();
        let c = tf1::multiply(graph.constant(2), graph.constant(10));
        out.print(&c);
        out.value("result", Session::new(&graph)?.run(&c, [])?);
        Ok(())
    }),
    does("placeholder", |out| {
        let graph = Graph::new();
        let x = graph.placeholder::<i64>("x", ..);
        out.value("result", Session::new(&graph)?.run(2 * &x, [x.feed(3)])?);
        Ok(())
    }),
    does("linear_function", |out| {
        let mut rng = NumpyRandom::new(1);
        let (x, w, b) = (rng.randn((3, 1))?, rng.randn((4, 3))?, rng.randn((4, 1))?);
        let graph = Graph::new();
        let constant = |value, name| graph.constant::<f64>(value).named(name);
        let product = tf1::matmul(constant(&w, "W"), constant(&x, "X"));
        let y = tf1::add(product, constant(&b, "b"));
        out.value("result", Session::new(&graph)?.run(&y, [])?);
        out.value("X_", x);
        out.value("W_", w);
        out.value("b_", b);
        Ok(())
    }),
    does("sigmoid_0", |out| sigmoid_exercise(out, 0.0)),
    does("sigmoid_12", |out| sigmoid_exercise(out, 12.0)),
    does("cost", |out| {
        let graph = Graph::new();
        let z = graph.placeholder::<f32>("z", ..);
        let y = graph.placeholder("y", ..);
        let cost = nn::sigmoid_cross_entropy_with_logits(nn::Labels(&y), nn::Logits(&z));
        let x = graph.placeholder("x", ..);
        let sigmoid = tf1::sigmoid(&x);
        let session = Session::new(&graph)?;
        let logits = session.run(&sigmoid, [x.feed(arr1(&[0.2, 0.4, 0.7, 0.9]))])?;
        let labels = arr1(&[0.0, 0.0, 1.0, 1.0]);
        out.value(
            "result",
            session.run(&cost, [z.feed(&logits), y.feed(&labels)])?,
        );
        out.value("logits", logits);
        Ok(())
    }),
    does("cost_direct", |out| {
        let graph = Graph::new();
        let (z, y) = (
            graph.placeholder::<f32>("z", ..),
            graph.placeholder("y", ..),
        );
        let cost = nn::sigmoid_cross_entropy_with_logits(nn::Labels(&y), nn::Logits(&z));
        let (logits, labels) = (arr1(&[0.2, 0.4, 0.7, 0.9]), arr1(&[0.0, 0.0, 1.0, 1.0]));
        out.value(
            "result",
            Session::new(&graph)?.run(&cost, [z.feed(&logits), y.feed(&labels)])?,
        );
        Ok(())
    }),
    does("one_hot_matrix_axis0", |out| {
        let graph = Graph::new();
        let one_hot = one_hot_matrix(&graph, &[1, 2, 3, 0, 2, 1], 4);
        out.value("result", Session::new(&graph)?.run(&one_hot, [])?);
        Ok(())
    }),
    does("ones", |out| {
        let graph = Graph::new();
        let ones = graph.ones::<f32>([3]);
        out.value("result", Session::new(&graph)?.run(&ones, [])?);
        Ok(())
    }),
    does("create_placeholders", |out| {
        let graph = Graph::new();
        out.print(format!(
            "X = {}",
            graph.placeholder::<f32>("X", shape![12288, ?])
        ));
        out.print(format!(
            "Y = {}",
            graph.placeholder::<f32>("Y", shape![6, ?])
        ));
        Ok(())
    }),
    does("create_placeholders_unnamed", |out| {
        let graph = Graph::new();
        out.print(format!(
            "X = {}",
            graph.placeholder::<f32>("", shape![12288, ?])
        ));
        out.print(format!(
            "Y = {}",
            graph.placeholder::<f32>("", shape![6, ?])
        ));
        Ok(())
    }),
    does("create_placeholders_shape_tuple", |out| {
        let graph = Graph::new();
        let x = graph.placeholder::<f32>("", shape![12288, ?]);
        out.print(format!(
            "{x} {} <dtype: '{}'> {} {}",
            x.shape(),
            x.dtype(),
            x.name(),
            x.op().name()
        ));
        Ok(())
    }),
    does("initialize_parameters", |out| {
        let graph = Graph::new();
        let Parameters {
            w1,
            b1,
            w2,
            b2,
            w3,
            b3,
        } = initialize_parameters(&graph);
        for (name, parameter) in [
            ("W1", &w1),
            ("b1", &b1),
            ("W2", &w2),
            ("b2", &b2),
            ("W3", &w3),
            ("b3", &b3),
        ] {
            out.print(format!("{name} = {parameter}"));
        }
        let session = Session::new(&graph)?;
        session.run(graph.global_variables_initializer(), [])?;
        let (w1, w2, w3, b3) = session.run((&w1, &w2, &w3, &b3), [])?;
        out.value("w1_first", w1.slice(s![0, ..5]).to_owned());
        out.value(
            "w1_sum",
            ndarray::arr0(w1.iter().map(|&w| f64::from(w)).sum::<f64>()),
        );
        out.value("w2", w2.slice(s![..2, ..5]).to_owned());
        out.value("w3", w3.slice(s![..2, ..5]).to_owned());
        out.value("bias", b3);
        Ok(())
    }),
    does("forward_propagation", |out| {
        let graph = Graph::new();
        let x = graph.placeholder("X", shape![12288, ?]);
        graph.placeholder::<f32>("Y", shape![6, ?]);
        let Layers { z1, a1, z2, a2, z3 } = forward_propagation(&x, &initialize_parameters(&graph));
        out.print(format!("Z3 = {z3}"));
        out.print(format!("{z1} {a1} {z2} {a2}"));
        Ok(())
    }),
    does("compute_cost", |out| {
        let graph = Graph::new();
        let (x, y) = (
            graph.placeholder("X", shape![12288, ?]),
            graph.placeholder("Y", shape![6, ?]),
        );
        let layers = forward_propagation(&x, &initialize_parameters(&graph));
        let (logits, labels) = (tf1::transpose(&layers.z3), tf1::transpose::<f32>(&y));
        let cost = tf1::reduce_mean(
            nn::softmax_cross_entropy_with_logits(nn::Labels(&labels), nn::Logits(&logits)),
            ..,
        );
        out.print(format!("cost = {cost}"));
        out.print(format!("{logits} {labels}"));
        Ok(())
    }),
    does("train_small", train_small),
    does("transcript", transcript),
];

fn sigmoid_exercise(out: &mut Stage, z: f32) -> tf1::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder("x", ..);
    out.value(
        "result",
        Session::new(&graph)?.run(tf1::sigmoid(&x), [x.feed(z)])?,
    );
    Ok(())
}

fn one_hot_matrix(graph: &Graph, labels: &[i64], classes: i32) -> Tensor {
    let classes = graph.constant(classes).named("C");
    tf1::one_hot_with(labels.to_vec(), &classes, tf1::OneHot::new().axis(0))
}

/// The weights of the network for the SIGNS images.
pub struct Parameters {
    pub w1: Variable,
    pub b1: Variable,
    pub w2: Variable,
    pub b2: Variable,
    pub w3: Variable,
    pub b3: Variable,
}

pub fn initialize_parameters(graph: &Graph) -> Parameters {
    graph.set_random_seed(1);
    let weight =
        |name, shape: [usize; 2]| graph.get_variable(name, shape, initializers::xavier().seed(1));
    let bias = |name, length| graph.get_variable(name, [length, 1], initializers::zeros());
    Parameters {
        w1: weight("W1", [25, 12288]),
        b1: bias("b1", 25),
        w2: weight("W2", [12, 25]),
        b2: bias("b2", 12),
        w3: weight("W3", [6, 12]),
        b3: bias("b3", 6),
    }
}

pub struct Layers {
    z1: Tensor,
    a1: Tensor,
    z2: Tensor,
    a2: Tensor,
    pub z3: Tensor,
}

pub fn forward_propagation(x: &Tensor, p: &Parameters) -> Layers {
    let z1 = tf1::add(tf1::matmul(&p.w1, x), &p.b1);
    let a1 = nn::relu(&z1);
    let z2 = tf1::add(tf1::matmul(&p.w2, &a1), &p.b2);
    let a2 = nn::relu(&z2);
    let z3 = tf1::add(tf1::matmul(&p.w3, &a2), &p.b3);
    Layers { z1, a1, z2, a2, z3 }
}

/// Ten steps of Adam on eight random images.
fn train_small(out: &mut Stage) -> tf1::Result<()> {
    let graph = Graph::new();
    let (x, y) = (
        graph.placeholder("X", shape![12288, ?]),
        graph.placeholder("Y", shape![6, ?]),
    );
    let parameters = initialize_parameters(&graph);
    let z3 = forward_propagation(&x, &parameters).z3;
    let (logits, labels) = (tf1::transpose(&z3), tf1::transpose::<f32>(&y));
    let cost = tf1::reduce_mean(
        nn::softmax_cross_entropy_with_logits(nn::Labels(&labels), nn::Logits(&logits)),
        ..,
    );
    let optimizer = AdamOptimizer::new(0.0001).minimize(&cost);
    let correct = tf1::equal(tf1::argmax(&z3, 0), tf1::argmax(&y, 0));
    let accuracy = tf1::reduce_mean(tf1::cast(&correct, tf1::float32), ..);
    out.print(format!("{} {correct} {accuracy}", optimizer.name()));
    out.print(names(
        graph
            .global_variables()
            .iter()
            .map(|variable| variable.name()),
    ));

    let mut rng = NumpyRandom::new(2);
    let images = rng.rand((12288, 8))?.mapv(|pixel| pixel as f32);
    let classes = rng.randint(0, 6, 8)?;
    let mut one_hot = Array2::<f32>::zeros((6, 8));
    for (i, &class) in classes.iter().enumerate() {
        one_hot[[class as usize, i]] = 1.0;
    }
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    let mut costs = Vec::new();
    for _ in 0..10 {
        let ((), cost) = session.run(
            (&optimizer, cost.scalar()),
            [x.feed(&images), y.feed(&one_hot)],
        )?;
        costs.push(cost);
    }
    out.value("costs", arr1(&costs));
    out.value(
        "acc",
        session.run(&accuracy, [x.feed(&images), y.feed(&one_hot)])?,
    );
    let (w3, b3) = session.run((&parameters.w3, &parameters.b3), [])?;
    out.value("p3", w3);
    out.value("pb", b3);
    Ok(())
}

/// The cells of the notebook one after another, all in one graph.
fn transcript(out: &mut Stage) -> tf1::Result<()> {
    let graph = Graph::new();
    out.next_cell();
    let (y_hat, y) = (
        graph.constant(36).named("y_hat"),
        graph.constant(39).named("y"),
    );
    let loss = graph.variable((&y - &y_hat).pow(2)).named("loss");
    let init = graph.global_variables_initializer();
    let session = Session::new(&graph)?;
    session.run(&init, [])?;
    out.print(session.run(&loss, [])?);
    out.next_cell();
    let c = tf1::multiply(graph.constant(2), graph.constant(10));
    out.print(&c);
    out.next_cell();
    out.print(session.run(c.scalar(), [])?);
    out.next_cell();
    let x = graph.placeholder::<i64>("x", ..);
    out.print(session.run((2 * &x).scalar(), [x.feed(3)])?);
    out.next_cell();
    for z in [0.0, 12.0] {
        out.print(format!(
            "sigmoid({z}) = {}",
            sigmoid(&graph, ndarray::arr0(z).into_dyn())?
        ));
    }
    out.next_cell();
    let logits = sigmoid(&graph, arr1(&[0.2, 0.4, 0.7, 0.9]).into_dyn())?;
    let (z, y) = (
        graph.placeholder::<f32>("z", ..),
        graph.placeholder("y", ..),
    );
    let cost = nn::sigmoid_cross_entropy_with_logits(nn::Labels(&y), nn::Logits(&z));
    let labels = arr1(&[0.0, 0.0, 1.0, 1.0]);
    out.print(format!(
        "cost = {}",
        array(
            session
                .run(&cost, [z.feed(&logits), y.feed(&labels)])?
                .view()
        )
    ));
    out.next_cell();
    let one_hot = one_hot_matrix(&graph, &[1, 2, 3, 0, 2, 1], 4);
    out.print(format!(
        "one_hot = {}",
        array(session.run(&one_hot, [])?.view())
    ));
    out.next_cell();
    out.print(format!(
        "ones = {}",
        array(session.run(graph.ones::<f32>([3]), [])?.view())
    ));
    out.next_cell();
    out.print(format!(
        "X = {}",
        graph.placeholder::<f32>("", shape![12288, ?])
    ));
    out.print(format!(
        "Y = {}",
        graph.placeholder::<f32>("", shape![6, ?])
    ));
    out.next_cell();
    out.print(names(
        graph.operations().iter().map(|operation| operation.name()),
    ));
    out.next_cell();
    let graph = Graph::new();
    out.print(graph.placeholder::<f32>("", shape![12288, ?]));
    out.print(graph.len());
    Ok(())
}

fn sigmoid(graph: &Graph, z: ndarray::ArrayD<f32>) -> tf1::Result<ndarray::ArrayD<f32>> {
    let x = graph.placeholder("x", ..);
    Session::new(graph)?.run(tf1::sigmoid(&x), [x.feed(&z)])
}
