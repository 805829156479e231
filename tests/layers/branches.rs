//! Layers that a placeholder tells whether a run trains: the way that the run does not take has no
//! part in gradients, whatever it computes. TensorFlow does not compute it.

use crate::values::golden;
use ndarray::{ArrayD, IxDyn};
use serde_json::Value as Json;
use tf1 as tf;
use tf1::initializers::constant;
use tf1::layers::{self, BatchNormalization, Dropout};
use tf1::{AnyTensor, Float, Graph, Session, Tensor, nn, shape};

fn number(json: &Json) -> f64 {
    json.as_str()
        .unwrap()
        .parse()
        .expect("a number, nan or inf")
}

fn array(json: &Json) -> ArrayD<f64> {
    let lengths = json["shape"].as_array().unwrap().iter();
    let lengths: Vec<usize> = lengths
        .map(|length| length.as_u64().unwrap() as usize)
        .collect();
    let data = json["data"].as_array().unwrap().iter().map(number);
    ArrayD::from_shape_vec(IxDyn(&lengths), data.collect()).unwrap()
}

/// What the layer of a run gives, and the gradients with respect to its input and its variables or
/// rate.
fn results<T: Float + Into<f64>>(run: &Json) -> Vec<ArrayD<f64>> {
    let graph = Graph::new();
    let x = graph.placeholder::<T>("x", shape![?, 1, 1, 2]);
    let training = graph.placeholder::<bool>("training", []);
    let given: Vec<f64> = run["averages"]
        .as_array()
        .unwrap()
        .iter()
        .map(number)
        .collect();
    let initial = |value: f64| constant(ndarray::arr0(T::from_f64(value)));
    let rate = graph.placeholder::<T>("rate", []);
    let is_dropout = run["layer"] == "dropout";
    let y: Tensor<T> = match is_dropout {
        true => {
            let options = Dropout::new().rate(nn::Keep::rate(&rate)).seed(7);
            layers::dropout_with(&x, options.training(&training))
        }
        false => {
            let options = BatchNormalization::new()
                .fused(run["layer"] == "fused")
                .moving_mean_initializer(initial(given[0]))
                .moving_variance_initializer(initial(given[1]));
            layers::batch_normalization_with(&x, options.training(&training))
        }
    };
    let variables = graph.trainable_variables();
    let mut targets: Vec<Tensor<T>> = vec![x.clone()];
    targets.extend(
        variables
            .iter()
            .map(|variable| variable.typed::<T>().unwrap().memory()),
    );
    let loss = match is_dropout {
        true => {
            targets.push(rate.clone());
            tf::reduce_sum(tf::square(&y), ..)
        }
        false => tf::reduce_sum(tf::square(&y - T::ONE) * T::from_f64(0.25), ..),
    };
    let fetches: Vec<AnyTensor> = [&y]
        .into_iter()
        .chain(&tf::gradients(loss, &targets))
        .map(Tensor::any)
        .collect();
    let session = Session::new(&graph).unwrap();
    session
        .run(graph.global_variables_initializer(), [])
        .unwrap();
    let batch = array(&run["batch"]).mapv(T::from_f64);
    let is_training = run["training"].as_bool().unwrap();
    let feeds = [
        x.feed(&batch),
        training.feed(is_training),
        rate.feed(T::from_f64(given[0])),
    ];
    let found = session.run(fetches, feeds).unwrap();
    let numbers = |array: tf::AnyArray| array.into_array::<T>().unwrap().mapv(Into::into);
    found.into_iter().map(numbers).collect()
}

fn same(ours: f64, theirs: f64) -> bool {
    let close = (ours - theirs).abs() <= 1e-5 * theirs.abs().max(1.0);
    close || ours == theirs || (ours.is_nan() && theirs.is_nan())
}

#[test]
fn the_way_that_is_not_taken_has_no_part_in_gradients() {
    let mut wrong = Vec::new();
    for run in golden("branches").as_array().unwrap() {
        let ours = match run["layer"] == "doubles" {
            true => results::<f64>(run),
            false => results::<f32>(run),
        };
        let theirs: Vec<ArrayD<f64>> = run["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(array)
            .collect();
        let fits = ours.len() == theirs.len()
            && ours.iter().zip(&theirs).all(|(ours, theirs)| {
                ours.shape() == theirs.shape() && ours.iter().zip(theirs).all(|(a, b)| same(*a, *b))
            });
        if !fits {
            let asked = [
                &run["layer"],
                &run["averages"],
                &run["batch"]["data"],
                &run["training"],
            ];
            wrong.push(format!("{asked:?}\n{ours:?}\ninstead of\n{theirs:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// y is x where nothing is dropped, so that the second derivative of Σ y³ is 6x; at a rate of 1 the
/// other way has factors of 1/0.
#[test]
fn nor_in_second_derivatives() {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", shape![?]);
    let training = graph.placeholder::<bool>("training", []);
    let rate = graph.placeholder::<f32>("rate", []);
    let options = Dropout::new().rate(nn::Keep::rate(&rate));
    let y = layers::dropout_with(&x, options.training(&training));
    let first = tf::gradients(tf::reduce_sum(&y * &y * &y, ..), &x);
    let second = tf::gradients(&first, &x);
    let session = Session::new(&graph).unwrap();
    let at = ndarray::arr1(&[1.0, -2.0, 3.0]);
    let feeds = [x.feed(&at), training.feed(false), rate.feed(1.0)];
    let (first, second) = session.run((&first, &second), feeds).unwrap();
    assert_eq!(first, (3.0 * &at * &at).into_dyn());
    assert_eq!(second, (6.0 * &at).into_dyn());
}
