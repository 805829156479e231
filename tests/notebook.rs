//! The exercises of the course's TensorFlow notebook, graded: a test for each, with the values that
//! TensorFlow 1.15 gives for the notebook's own code (`golden/notebook`). What is called are the
//! very functions of `examples/notebook/`.
//!
//! The values stand here as literals, so that the tests need no other file. The training on
//! photographs, which does, is graded in `tests/signs.rs`.

#![allow(
    clippy::excessive_precision,
    reason = "nine digits name a 32-bit number, and so stand in the golden files"
)]

#[path = "../examples/notebook/mod.rs"]
mod notebook;

use approx::{assert_abs_diff_eq, assert_relative_eq};
use ndarray::{Array2, arr0, arr1, arr2, s};
use tf1::random::NumpyRandom;
use tf1::{Graph, Result, Session};

use notebook::compute_cost::compute_cost;
use notebook::create_placeholders::create_placeholders;
use notebook::forward_propagation::forward_propagation;
use notebook::initialize_parameters::initialize_parameters;
use notebook::model::{Model, Settings};
use notebook::random_mini_batches::Examples;
use notebook::sigmoid::sigmoid;

/// TensorFlow's own versions differ by this much in the functions of single 32-bit numbers.
const TOLERANCE: f32 = 1e-6;

#[test]
fn loss() -> Result<()> {
    assert_eq!(notebook::loss::loss()?, 9);
    Ok(())
}

#[test]
fn multiply() -> Result<()> {
    let (printed, value) = notebook::multiply::multiply()?;
    assert_eq!(printed, r#"Tensor("Mul:0", shape=(), dtype=int32)"#);
    assert_eq!(value, 20);
    Ok(())
}

#[test]
fn placeholder() -> Result<()> {
    assert_eq!(notebook::placeholder::double(3)?, 6);
    Ok(())
}

#[test]
fn linear_function() -> Result<()> {
    let expected = arr2(&[
        [-2.1565738152972127],
        [2.958914457451934],
        [-1.0892678106543534],
        [-0.8453804221514384],
    ]);
    let result = notebook::linear_function::linear_function()?;
    assert_abs_diff_eq!(result, expected.into_dyn(), epsilon = 1e-12);
    Ok(())
}

#[test]
fn sigmoid_of_0_and_12() -> Result<()> {
    for (z, expected) in [(0.0, 0.5), (12.0, 0.999993801)] {
        let result = sigmoid(&arr0(z).into_dyn())?;
        assert_abs_diff_eq!(result, arr0(expected).into_dyn(), epsilon = TOLERANCE);
    }
    Ok(())
}

/// The graded cell takes the sigmoid of its logits before.
#[test]
fn cost() -> Result<()> {
    let expected = arr1(&[1.00538719, 1.03664088, 0.413854331, 0.399566144]);
    let result = notebook::cost::notebook_cost()?;
    assert_abs_diff_eq!(result, expected.into_dyn(), epsilon = TOLERANCE);
    Ok(())
}

#[test]
fn cost_of_plain_logits() -> Result<()> {
    let logits = arr1(&[0.2, 0.4, 0.7, 0.9]).into_dyn();
    let labels = arr1(&[0.0, 0.0, 1.0, 1.0]).into_dyn();
    let expected = arr1(&[0.798138857, 0.913015246, 0.403186053, 0.34115386]);
    let result = notebook::cost::cost(&logits, &labels)?;
    assert_abs_diff_eq!(result, expected.into_dyn(), epsilon = TOLERANCE);
    Ok(())
}

#[test]
fn one_hot_matrix() -> Result<()> {
    let expected = arr2(&[
        [0.0, 0.0, 0.0, 1.0, 0.0, 0.0],
        [1.0, 0.0, 0.0, 0.0, 0.0, 1.0],
        [0.0, 1.0, 0.0, 0.0, 1.0, 0.0],
        [0.0, 0.0, 1.0, 0.0, 0.0, 0.0],
    ]);
    let result = notebook::one_hot_matrix::one_hot_matrix(&[1, 2, 3, 0, 2, 1], 4)?;
    assert_eq!(result, expected.into_dyn());
    Ok(())
}

#[test]
fn ones() -> Result<()> {
    let expected = arr1(&[1.0, 1.0, 1.0]).into_dyn();
    assert_eq!(notebook::ones::ones(&[3])?, expected);
    Ok(())
}

#[test]
fn placeholders_are_printed() {
    let (x, y) = create_placeholders(&Graph::new(), 12288, 6);
    let printed = [x.to_string(), y.to_string()];
    assert_eq!(
        printed,
        [
            r#"Tensor("X:0", shape=(12288, ?), dtype=float32)"#,
            r#"Tensor("Y:0", shape=(6, ?), dtype=float32)"#,
        ]
    );
}

#[test]
fn parameters_are_printed() {
    let p = initialize_parameters(&Graph::new());
    let printed = [p.w1, p.b1, p.w2, p.b2, p.w3, p.b3].map(|parameter| parameter.to_string());
    assert_eq!(
        printed,
        [
            "<tf.Variable 'W1:0' shape=(25, 12288) dtype=float32_ref>",
            "<tf.Variable 'b1:0' shape=(25, 1) dtype=float32_ref>",
            "<tf.Variable 'W2:0' shape=(12, 25) dtype=float32_ref>",
            "<tf.Variable 'b2:0' shape=(12, 1) dtype=float32_ref>",
            "<tf.Variable 'W3:0' shape=(6, 12) dtype=float32_ref>",
            "<tf.Variable 'b3:0' shape=(6, 1) dtype=float32_ref>",
        ]
    );
}

/// TensorFlow's random numbers are the same in every version, so these have to be the same bits.
#[test]
fn parameters_start_as_tensorflows() -> Result<()> {
    let graph = Graph::new();
    graph.set_random_seed(1);
    let p = initialize_parameters(&graph);
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    let (w1, w2, w3) = session.run((&p.w1, &p.w2, &p.w3), [])?;

    let first_of_w1 = [
        -0.0196224097,
        -0.0212491192,
        -0.0189484451,
        -0.0100919912,
        0.00676266104,
    ];
    assert_eq!(w1.slice(s![0, ..5]), arr1(&first_of_w1));
    let sum: f64 = w1.iter().map(|&weight| f64::from(weight)).sum();
    assert_abs_diff_eq!(sum, -3.2258142149075866, epsilon = 1e-9);
    let corner_of_w2 = [
        [-0.357959092, -0.387634128, -0.345664382],
        [-0.0728208125, -0.297724664, -0.0245527327],
    ];
    assert_eq!(w2.slice(s![..2, ..3]), arr2(&corner_of_w2));
    let corner_of_w3 = [
        [-0.513213396, -0.555759132, -0.495586246],
        [0.515470862, 0.283944726, 0.0982044935],
    ];
    assert_eq!(w3.slice(s![..2, ..3]), arr2(&corner_of_w3));
    for bias in session.run([&p.b1, &p.b2, &p.b3], [])? {
        assert!(bias.iter().all(|&b| b == 0.0));
    }
    Ok(())
}

#[test]
fn z3_is_printed() {
    let graph = Graph::new();
    let (x, _) = create_placeholders(&graph, 12288, 6);
    let z3 = forward_propagation(&x, &initialize_parameters(&graph));
    assert_eq!(
        z3.to_string(),
        r#"Tensor("Add_2:0", shape=(6, ?), dtype=float32)"#
    );
}

#[test]
fn cost_is_printed() {
    let graph = Graph::new();
    let (x, y) = create_placeholders(&graph, 12288, 6);
    let z3 = forward_propagation(&x, &initialize_parameters(&graph));
    let cost = compute_cost(&z3, &y);
    assert_eq!(
        cost.to_string(),
        r#"Tensor("Mean:0", shape=(), dtype=float32)"#
    );
}

/// Ten steps of the whole model on eight pictures of noise: `train_small` of `golden/notebook`.
#[test]
fn model() -> Result<()> {
    let settings = Settings {
        epochs: 10,
        minibatch_size: 8,
        ..Settings::default()
    };
    let examples = pictures_of_noise()?;
    let model = Model::new(12288, 6, &settings)?;
    let mut costs = Vec::new();
    model.train(&examples, &settings, |_, cost| -> Result<()> {
        costs.push(cost);
        Ok(())
    })?;

    let expected = [
        1.6401577,
        1.44646919,
        1.33609033,
        1.24924386,
        1.1518476,
        1.05132687,
        0.988890469,
        0.934511304,
        0.870281756,
        0.796558261,
    ];
    // The notebook's minibatches come in a random order, which moves the last digits of a mean.
    assert_relative_eq!(arr1(&costs), arr1(&expected), max_relative = 2e-5);
    assert_eq!(model.accuracy(&examples)?, 0.75);
    assert_predictions_fit(&model.predict(examples.x.view())?, &examples, 0.75);
    Ok(())
}

/// Saved halfway and loaded into another session, the training goes on as if it had not stopped, to
/// the last bit.
#[test]
fn a_loaded_model_goes_on() -> Result<()> {
    let examples = pictures_of_noise()?;
    let settings = |epochs| Settings {
        epochs,
        minibatch_size: 3,
        ..Settings::default()
    };
    let train = |model: &Model, epochs| -> Result<Vec<(usize, f64)>> {
        let mut costs = Vec::new();
        model.train(&examples, &settings(epochs), |epoch, cost| -> Result<()> {
            costs.push((epoch, cost));
            Ok(())
        })?;
        Ok(costs)
    };
    let new = || Model::new(12288, 6, &settings(1));
    let whole = train(&new()?, 6)?;
    let folder = std::env::temp_dir().join(format!("tf1-notebook-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    let (first, second) = (new()?, new()?);
    let mut parts = train(&first, 4)?;
    let saved = first.save(&folder.join("model.ckpt"))?;
    second.load(&saved)?;
    parts.extend(train(&second, 6)?);
    std::fs::remove_dir_all(&folder).expect("the folder can go");
    assert_eq!(parts, whole);
    Ok(())
}

/// The pictures and labels that `np.random.seed(2)` gives to `train_small`.
fn pictures_of_noise() -> Result<Examples> {
    let mut random = NumpyRandom::new(2);
    let x = random.rand((12288, 8))?.t().mapv(|number| number as f32);
    let classes = random.randint(0, 6, 8)?;
    let y = Array2::from_shape_fn((8, 6), |(example, class)| {
        f32::from(u8::from(classes[example] == class as i64))
    });
    Ok(Examples { x, y })
}

/// The probabilities of each picture add up to 1, and the largest is the labelled class's as often
/// as the accuracy says.
fn assert_predictions_fit(probabilities: &Array2<f32>, examples: &Examples, accuracy: f64) {
    let mut right = 0;
    for (row, labels) in probabilities.rows().into_iter().zip(examples.y.rows()) {
        assert_abs_diff_eq!(row.sum(), 1.0, epsilon = TOLERANCE);
        let largest = row.iter().copied().fold(0.0, f32::max);
        let labelled = row
            .iter()
            .zip(labels)
            .find_map(|(&p, &label)| (label == 1.0).then_some(p));
        right += usize::from(labelled == Some(largest));
    }
    assert_eq!(right as f64 / probabilities.nrows() as f64, accuracy);
}
