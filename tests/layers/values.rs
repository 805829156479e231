//! What layers, regularizers and averages compute, run by run.

use ndarray::{ArrayD, IxDyn};
use serde_json::Value as Json;
use tf1 as tf;
use tf1::initializers::constant;
use tf1::layers::{self, BatchNormalization, Dense, Dropout, RenormClipping, Training};
use tf1::train::{
    ExponentialMovingAverage, GradientDescentOptimizer, MomentumOptimizer, Optimizer,
};
use tf1::{AnyArray, AnyTensor, Float, Graph, Session, Tensor, shape};

pub fn golden(name: &str) -> Json {
    let all: Json = serde_json::from_str(include_str!("values.json")).expect("it is JSON");
    all[name].clone()
}

fn list(json: &Json) -> &[Json] {
    json.as_array().expect("a list")
}

fn array<T: Float>(json: &Json) -> ArrayD<T> {
    let lengths = list(&json["shape"]).iter().filter_map(Json::as_u64);
    let lengths: Vec<usize> = lengths.map(|length| length as usize).collect();
    let data = list(&json["data"]).iter().filter_map(Json::as_f64);
    let data = data.map(T::from_f64).collect();
    ArrayD::from_shape_vec(IxDyn(&lengths), data).expect("as many as the shape says")
}

/// Fails unless both arrays agree up to `tolerance` of the largest magnitude.
#[track_caller]
fn assert_close<T: Float + Into<f64>>(what: &str, ours: &ArrayD<T>, golden: &Json) {
    let golden = array::<T>(golden);
    assert_eq!(ours.shape(), golden.shape(), "{what}");
    let largest = golden
        .iter()
        .fold(1e-6, |m: f64, x| m.max((*x).into().abs()));
    let tolerance = if T::EPSILON.into() > 1e-10 {
        1e-5
    } else {
        1e-12
    };
    for (i, (ours, golden)) in ours.iter().zip(&golden).enumerate() {
        let (ours, golden): (f64, f64) = ((*ours).into(), (*golden).into());
        let distance = (ours - golden).abs();
        assert!(
            distance <= tolerance * largest,
            "{what}[{i}]: {ours}, not {golden}"
        );
    }
}

#[track_caller]
fn assert_all_close<T: Float + Into<f64>>(what: &str, ours: Vec<AnyArray>, golden: &Json) {
    let golden = list(golden);
    assert_eq!(ours.len(), golden.len(), "{what}");
    for (i, (ours, golden)) in ours.into_iter().zip(golden).enumerate() {
        let ours: ArrayD<T> = ours.into_array().expect("of that type");
        assert_close(&format!("{what} {i}"), &ours, golden);
    }
}

/// `y` and the gradients of `loss` with respect to `x` and the variables.
fn with_gradients<T: Float>(y: &Tensor<T>, loss: &Tensor<T>, x: &Tensor<T>) -> Vec<AnyTensor> {
    let variables = y.graph().trainable_variables();
    let mut targets = vec![x.clone()];
    targets.extend(variables.iter().map(|v| v.typed::<T>().unwrap().memory()));
    let gradients = tf::gradients(loss, &targets);
    let all = [y].into_iter().chain(&gradients);
    all.map(Tensor::any).collect()
}

/// The steps of a layer that is told by a placeholder, and the same with one that is trained in any
/// case.
fn normalization<T: Float + Into<f64>>(
    name: &str,
    shape: &[Option<usize>],
    options: BatchNormalization<T>,
) {
    trained(name, shape, options.clone(), true);
    trained(name, shape, options, false);
}

fn trained<T: Float + Into<f64>>(
    name: &str,
    shape: &[Option<usize>],
    options: BatchNormalization<T>,
    is_told: bool,
) {
    let golden = golden(name);
    let graph = Graph::new();
    let x = graph.placeholder::<T>("x", shape.to_vec());
    let target = graph.constant(array::<T>(&golden["target"]));
    let told = graph.placeholder::<bool>("training", []);
    let training = if is_told {
        Training::from(&told)
    } else {
        Training::from(true)
    };
    let options = options.gamma_initializer(constant(array::<T>(&golden["gamma"])));
    let y = layers::batch_normalization_with(&x, options.training(training));
    let loss = tf::reduce_mean(tf::square(&y - target), ..);
    let variables = graph.global_variables();
    let results = with_gradients(&y, &loss, &x);
    let train = GradientDescentOptimizer::new(0.5).minimize(&loss);
    let session = Session::new(&graph).expect("no mistake");
    session
        .run(graph.global_variables_initializer(), [])
        .unwrap();
    for (i, step) in list(&golden["steps"]).iter().enumerate() {
        let batch = array::<T>(&step["batch"]);
        let feeds = |training: bool| {
            let training = is_told.then(|| told.feed(training));
            let feeds = training.into_iter().chain([x.feed(&batch)]);
            feeds.collect::<Vec<tf::Feed<'_>>>()
        };
        let ours = session.run(&results, feeds(true)).unwrap();
        assert_all_close::<T>(
            &format!("{name}, step {i}, training"),
            ours,
            &step["training"],
        );
        session.run(&train, feeds(true)).unwrap();
        let values = |_: ()| -> Vec<AnyArray> {
            let read = |v: &tf::AnyVariable| session.run(v, []).unwrap();
            variables.iter().map(read).collect()
        };
        assert_all_close::<T>(
            &format!("{name}, step {i}, variables"),
            values(()),
            &step["variables"],
        );
        if is_told {
            let before = values(());
            let ours = session.run(&results, feeds(false)).unwrap();
            assert_all_close::<T>(&format!("{name}, step {i}, using"), ours, &step["using"]);
            let updates = graph.collected_operations(tf::GraphKeys::UPDATE_OPS);
            let spoiled = batch.mapv(|_| T::NAN);
            for update in updates {
                let feeds = [told.feed(false), x.feed(&spoiled)];
                session.run(&update, feeds).unwrap();
            }
            assert_eq!(
                values(()),
                before,
                "a run that does not train moves no average"
            );
        }
    }
}

#[test]
fn rows() {
    let options = BatchNormalization::<f32>::new().momentum(0.75);
    normalization("rows", &[None, Some(4)], options);
}

#[test]
fn columns() {
    let options = BatchNormalization::<f32>::new().axis(0).momentum(0.75);
    normalization("columns", &[Some(4), None], options.epsilon(0.01));
}

#[test]
fn doubles() {
    let options = BatchNormalization::<f64>::new().axis(1);
    normalization("doubles", &[None, Some(4), None], options);
}

#[test]
fn images() {
    let options = BatchNormalization::<f32>::new().momentum(0.75);
    let shape = [None, None, None, Some(5)];
    normalization("images", &shape, options.clone());
    normalization("images_by_moments", &shape, options.fused(false));
}

#[test]
fn renormalized() {
    let options = BatchNormalization::<f32>::new().momentum(0.75);
    let options = options.renorm(true).renorm_momentum(0.5);
    let clipping = RenormClipping::new().rmin(0.5).rmax(1.25).dmax(0.5);
    let clipped = options.clone().renorm_clipping(clipping);
    normalization("renormalized", &[None, Some(4)], clipped);
    let columns = [Some(4), None];
    normalization("renormalized_columns", &columns, options.axis(0));
}

#[test]
fn contrib_batch_norms() {
    use tf1::contrib::layers::{BatchNorm, batch_norm_with};
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", shape![?, 2, 3]);
    let w = graph.placeholder::<f32>("w", shape![?]);
    let weighted = || BatchNorm::new().batch_weights(&w);
    let debiased = BatchNorm::new().zero_debias_moving_mean(true);
    let others = weighted().decay(0.5).channels_first();
    let ys = [
        batch_norm_with(&x, weighted().decay(0.75).scale(true)),
        batch_norm_with(&x, debiased.decay(0.75).updates_in_place()),
        batch_norm_with(&x, others.updates_collections("others")),
    ];
    let keys = [tf::GraphKeys::UPDATE_OPS, "others"];
    let updates: Vec<tf::Operation> = keys
        .iter()
        .flat_map(|key| graph.collected_operations(key))
        .collect();
    let cubes: Vec<Tensor> = ys.iter().map(|y| y * y * y).collect();
    let mut results: Vec<AnyTensor> = ys.iter().map(Tensor::any).collect();
    results.extend(tf::gradients(&cubes, [&x, &w]).iter().map(Tensor::any));
    let session = Session::new(&graph).unwrap();
    session
        .run(graph.global_variables_initializer(), [])
        .unwrap();
    let golden = golden("contrib_batch_norms");
    for (i, step) in list(&golden).iter().enumerate() {
        let (batch, weights) = (array::<f32>(&step["batch"]), array::<f32>(&step["weights"]));
        let feeds = [x.feed(&batch), w.feed(&weights)];
        let (found, _) = session.run((&results, &updates), feeds).unwrap();
        assert_all_close::<f32>(&format!("step {i}"), found, &step["found"]);
        let variables = graph.global_variables();
        let values = variables.iter().map(|v| session.run(v, []).unwrap());
        assert_all_close::<f32>(
            &format!("variables, step {i}"),
            values.collect(),
            &step["variables"],
        );
    }
}

#[test]
fn dense_of_images() {
    let golden = golden("dense_images");
    let graph = Graph::new();
    let [x, kernel, bias] = ["x", "kernel", "bias"].map(|key| array::<f32>(&golden[key]));
    let given = graph.placeholder::<f32>("x", shape![?, 3, 4]);
    let options = Dense::new()
        .activation(tf::tanh)
        .kernel_initializer(constant(kernel));
    let y = layers::dense_with(&given, 5, options.bias_initializer(constant(bias)));
    let results = with_gradients(&y, &(&y * &y), &given);
    let session = Session::new(&graph).unwrap();
    session
        .run(graph.global_variables_initializer(), [])
        .unwrap();
    let ours = session.run(&results, [given.feed(&x)]).unwrap();
    assert_all_close::<f32>("dense", ours, &golden["results"]);
}

#[test]
fn dropouts() {
    let golden = golden("dropouts");
    let graph = Graph::new();
    graph.set_random_seed(3);
    let x = graph.placeholder::<f32>("x", shape![?, 4]);
    let training = graph.placeholder::<bool>("training", []);
    let quarter = || Dropout::new().rate(0.25);
    let known = layers::dropout_with(&x, quarter().seed(7).training(true));
    let fed = layers::dropout_with(&x, quarter().seed(8).training(&training));
    let columns = Dropout::new().noise_shape(shape![?, 1]).seed(9);
    let columns = layers::dropout_with(&x, columns.training(&training));
    let session = Session::new(&graph).unwrap();
    let rows = array::<f32>(&golden["x"]);
    for (i, run) in list(&golden["runs"]).iter().enumerate() {
        let feeds = [x.feed(&rows), training.feed(true)];
        let ours = session.run([&known, &fed, &columns], feeds).unwrap();
        for (ours, golden) in ours.iter().zip(list(run)) {
            assert_eq!(
                *ours,
                array::<f32>(golden),
                "run {i}: the same elements are dropped"
            );
        }
    }
    let feeds = [x.feed(&rows), training.feed(false)];
    let using = session.run([&fed, &columns], feeds).unwrap();
    for (ours, golden) in using.iter().zip(list(&golden["using"])) {
        assert_eq!(*ours, array::<f32>(golden));
    }
}

#[test]
fn regularized() {
    let golden = golden("regularized");
    let graph = Graph::new();
    let [x, y, kernel] = ["x", "y", "kernel"].map(|key| array::<f32>(&golden[key]));
    let options = Dense::new()
        .kernel_initializer(constant(kernel))
        .kernel_regularizer(layers::l2_regularizer(0.1))
        .bias_initializer(constant(0.5f32))
        .bias_regularizer(layers::l1_l2_regularizer(0.02, 0.3));
    let z = layers::dense_with(graph.constant(x), 3, options);
    let data = tf::losses::mean_squared_error(graph.constant(y), &z);
    let total = tf::losses::get_total_loss(&graph);
    let penalty = tf::losses::get_regularization_loss(&graph);
    let train = GradientDescentOptimizer::new(0.5).minimize(&total);
    let session = Session::new(&graph).unwrap();
    session
        .run(graph.global_variables_initializer(), [])
        .unwrap();
    for (i, step) in list(&golden["steps"]).iter().enumerate() {
        let losses = [&data, &penalty, &total].map(|loss| loss.any());
        let ours = session.run(losses.to_vec(), []).unwrap();
        assert_all_close::<f32>(&format!("losses of step {i}"), ours, &step["losses"]);
        session.run(&train, []).unwrap();
        let variables = graph.trainable_variables();
        let ours = variables.iter().map(|v| session.run(v, []).unwrap());
        assert_all_close::<f32>(&format!("step {i}"), ours.collect(), &step["variables"]);
    }
}

#[test]
fn constrained() {
    let golden = golden("constrained");
    let graph = Graph::new();
    let [x, kernel] = ["x", "kernel"].map(|key| array::<f32>(&golden[key]));
    let options = Dense::new()
        .kernel_initializer(constant(kernel))
        .kernel_constraint(|w: Tensor| tf::clip_by_value(w, -0.25, 0.25))
        .bias_constraint(|b: Tensor| tf::minimum(b, 0.125))
        .activity_regularizer(layers::l2_regularizer(0.5));
    let z = layers::dense_with(graph.constant(x), 3, options);
    let (sum, penalty) = (
        tf::reduce_sum(&z, ..),
        tf::losses::get_regularization_loss(&graph),
    );
    let train = MomentumOptimizer::new(0.05, 0.5).minimize(&penalty - &sum);
    let session = Session::new(&graph).unwrap();
    session
        .run(graph.global_variables_initializer(), [])
        .unwrap();
    for (i, step) in list(&golden["steps"]).iter().enumerate() {
        let ours = session.run(vec![sum.any(), penalty.any()], []).unwrap();
        assert_all_close::<f32>(&format!("losses of step {i}"), ours, &step["losses"]);
        session.run(&train, []).unwrap();
        let variables = graph.trainable_variables();
        let ours = variables.iter().map(|v| session.run(v, []).unwrap());
        assert_all_close::<f32>(&format!("step {i}"), ours.collect(), &step["variables"]);
    }
}

#[test]
fn averages() {
    let golden = golden("averages");
    let graph = Graph::new();
    let u = graph.placeholder::<f64>("u", [3]);
    let w = graph.get_variable::<f32>("w", [2], constant([1.0f32, 2.0]));
    let plain = ExponentialMovingAverage::new(0.75);
    let count = graph.constant(5.0f32);
    let debiased = ExponentialMovingAverage::new(0.75)
        .zero_debias()
        .named("Debiased");
    let debiased = debiased.num_updates(&count);
    let late = ExponentialMovingAverage::new(0.75).named("Late");
    let updates = [plain.apply([&u]), debiased.apply([&u]), late.apply([&w])];
    let late = late.average(&w).expect("applied to w");
    let of_tensor = |average: &ExponentialMovingAverage| average.average_of_tensor(&u).unwrap();
    let (plain, debiased) = (of_tensor(&plain), of_tensor(&debiased));
    let session = Session::new(&graph).unwrap();
    let others = graph.global_variables().into_iter();
    let others: Vec<_> = others.filter(|v| v.name() != "w/Late:0").collect();
    session
        .run(graph.variables_initializer(&others), [])
        .unwrap();
    session.run(w.assign([5.0, 7.0]), []).unwrap();
    session.run(late.initializer(), []).unwrap();
    assert_close("w/Late", &session.run(&late, []).unwrap(), &golden["late"]);
    session.run(w.assign([6.0, 5.0]), []).unwrap();
    for run in list(&golden["runs"]) {
        session
            .run(&updates, [u.feed(array::<f64>(&run["u"]))])
            .unwrap();
        let (plain, debiased, late) = session.run((&plain, &debiased, &late), []).unwrap();
        assert_close("u/ExponentialMovingAverage", &plain, &run["averages"][0]);
        assert_close("u/Debiased", &debiased, &run["averages"][1]);
        assert_close("w/Late", &late, &run["averages"][2]);
    }
}

/// However often the initializer is run, and although the initial value is another one each time.
#[test]
fn an_average_starts_as_its_variable() {
    let graph = Graph::new();
    let w = graph.get_variable::<f32>("w", [4], tf::initializers::random_normal());
    let averages = ExponentialMovingAverage::new(0.5);
    averages.apply([&w]);
    let average = averages.average(&w).unwrap();
    let session = Session::new(&graph).unwrap();
    let starts = [(); 3].map(|()| {
        session
            .run(graph.global_variables_initializer(), [])
            .unwrap();
        let (w, average) = session.run((&w, &average), []).unwrap();
        assert_eq!(w, average);
        w
    });
    assert_ne!(starts[0], starts[1]);
}
