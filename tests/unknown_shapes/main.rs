//! Functions of tensors whose shapes are known, known in part, or not known before a run: they give
//! the same values and refuse the same inputs, with errors of the same class.
//!
//! What they should give stands in `cases.json`, made by TensorFlow 1.15 (`make.py`). TensorFlow
//! itself lets some inputs pass where it does not know the shapes that it refuses where it knows
//! them; here the known shapes count.

mod layers;
mod refused;
mod rows;

use std::collections::BTreeSet;
use std::fs;

use ndarray::{ArrayD, IxDyn};
use rows::{Build, rows};
use serde_json::Value;
use tf1 as tf;
use tf1::{AnyArray, AnyTensor, DType, Graph, Session, Shape};

/// How much the graph knows of its inputs' shapes: everything, all but the first length, the rank,
/// nothing.
const MODES: [&str; 4] = ["known", "first", "lengths", "rank"];

fn shape(lengths: &[usize], mode: &str) -> Shape {
    let mut dims: Vec<Option<usize>> = lengths.iter().copied().map(Some).collect();
    match mode {
        "known" => {}
        "first" => dims.iter_mut().take(1).for_each(|dim| *dim = None),
        "lengths" => dims.fill(None),
        _ => return Shape::unknown(),
    }
    Shape::from(dims)
}

fn lengths(told: &Value) -> Vec<usize> {
    let lengths = told["shape"].as_array().expect("an array has a shape");
    lengths
        .iter()
        .map(|length| length.as_u64().unwrap() as usize)
        .collect()
}

fn numbers(told: &Value) -> ArrayD<f64> {
    let numbers = told["values"].as_array().expect("an array has values");
    let numbers = numbers
        .iter()
        .map(|number| number.as_f64().unwrap_or(f64::NAN));
    ArrayD::from_shape_vec(IxDyn(&lengths(told)), numbers.collect()).unwrap()
}

/// An array of a case, of the type that it says.
fn array(told: &Value) -> AnyArray {
    let numbers = numbers(told);
    match told["dtype"].as_str().unwrap() {
        "float32" => AnyArray::from(numbers.mapv(|x| x as f32)),
        "int32" => AnyArray::from(numbers.mapv(|x| x as i32)),
        "int64" => AnyArray::from(numbers.mapv(|x| x as i64)),
        _ => AnyArray::from(numbers.mapv(|x| x != 0.0)),
    }
}

fn placeholder(graph: &Graph, told: &Value, shape: Shape) -> AnyTensor {
    match told["dtype"].as_str().unwrap() {
        "float32" => graph.placeholder::<f32>("x", shape).any(),
        "int32" => graph.placeholder::<i32>("x", shape).any(),
        _ => graph.placeholder::<bool>("x", shape).any(),
    }
}

fn as_numbers(array: &AnyArray) -> ArrayD<f64> {
    match array.dtype() {
        DType::Float32 => array.view::<f32>().unwrap().mapv(f64::from),
        DType::Int32 => array.view::<i32>().unwrap().mapv(f64::from),
        _ => array.view::<i64>().unwrap().mapv(|x| x as f64),
    }
}

/// Runs what `fetched` chooses of a function and its inputs.
fn run(
    build: Build,
    inputs: &[Value],
    mode: &str,
    fetched: fn(AnyTensor, &[AnyTensor]) -> Vec<AnyTensor>,
) -> Result<Vec<ArrayD<f64>>, tf::Error> {
    let graph = Graph::new();
    graph.set_random_seed(5);
    let xs: Vec<AnyTensor> = inputs
        .iter()
        .map(|told| placeholder(&graph, told, shape(&lengths(told), mode)))
        .collect();
    let fetched = fetched(build(&xs), &xs);
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    let arrays: Vec<AnyArray> = inputs.iter().map(array).collect();
    let feeds = xs.iter().zip(&arrays).map(|(x, array)| x.feed(array));
    let feeds: Result<Vec<_>, _> = feeds.collect();
    let found = session.run(fetched, feeds?)?;
    Ok(found.iter().map(as_numbers).collect())
}

fn value(y: AnyTensor, _: &[AnyTensor]) -> Vec<AnyTensor> {
    vec![y]
}

/// The gradients with respect to the inputs of floating type on which `y` depends.
fn slopes(y: AnyTensor, xs: &[AnyTensor]) -> Vec<AnyTensor> {
    if !y.dtype().is_floating() {
        return Vec::new();
    }
    let floats: Vec<AnyTensor> = xs
        .iter()
        .filter(|x| x.dtype().is_floating())
        .cloned()
        .collect();
    let slopes = tf::gradients_with(&[y], &floats, tf::Gradients::new());
    slopes
        .into_iter()
        .flatten()
        .map(|slope| slope.dense::<f32>().any())
        .collect()
}

fn close(a: &ArrayD<f64>, b: &ArrayD<f64>) -> bool {
    let near = |(a, b): (&f64, &f64)| {
        (a - b).abs() <= 2e-6 * b.abs().max(1.0) || (a.is_nan() && b.is_nan())
    };
    a.shape() == b.shape() && a.iter().zip(b).all(near)
}

/// What TensorFlow gives for a case in a mode, `None` where it is to fail: where it fails, or fails
/// for known shapes.
fn expected(case: &Value, mode: &str) -> Option<Expected> {
    let known = &case["outcomes"]["known"];
    let told = match &case["outcomes"][mode] {
        Value::String(_) => known,
        told => told,
    };
    known.get("value").and(told.get("value"))?;
    let slopes = told.get("slopes").and_then(Value::as_array);
    Some(Expected {
        value: numbers(&told["value"]),
        slopes: slopes.map(|slopes| slopes.iter().map(numbers).collect()),
    })
}

/// A value, and gradients unless these are to fail.
#[derive(Debug)]
struct Expected {
    value: ArrayD<f64>,
    slopes: Option<Vec<ArrayD<f64>>>,
}

/// Whether a run of a function's gradients alone, such as a step of training, is to refuse what the
/// function refuses: where a function is of several nodes and looks at shapes itself.
fn checks_gradients(name: &str) -> bool {
    let is_of_model = ["losses::", "layers::"]
        .iter()
        .any(|module| name.starts_with(module));
    is_of_model
        || name.contains("cross_entropy")
        || name.starts_with("clip")
        || name.starts_with("boolean_mask")
}

/// Functions of which TensorFlow has no gradient where it does not know all of the shape: here it
/// is that of known shapes.
const MORE_SLOPES: &[&str] = &["nn::extract_volume_patches", "nn::fractional_avg_pool"];

fn cases() -> Vec<Value> {
    serde_json::from_str(include_str!("cases.json")).unwrap()
}

/// What a case gives in a mode that it should not.
fn misfit(case: &Value, build: Build, mode: &str) -> Option<String> {
    let inputs = case["inputs"].as_array().unwrap();
    let found = (
        run(build, inputs, mode, value),
        run(build, inputs, mode, slopes),
    );
    let known = expected(case, "known");
    let mut expected = expected(case, mode);
    if let (Some(expected), Some(known)) = (&mut expected, known)
        && MORE_SLOPES.contains(&case["function"].as_str().unwrap())
    {
        expected.slopes = known.slopes;
    }
    let refused =
        |outcome: &Result<_, tf::Error>| matches!(outcome, Err(tf::Error::InvalidArgument { .. }));
    let all_close = |found: &[ArrayD<f64>], expected: &[ArrayD<f64>]| {
        found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| close(a, b))
    };
    let fits = match &expected {
        Some(expected) => {
            let value = found
                .0
                .as_ref()
                .is_ok_and(|found| close(&found[0], &expected.value));
            value
                && match &expected.slopes {
                    Some(slopes) => found.1.as_ref().is_ok_and(|found| all_close(found, slopes)),
                    None => found.1.is_err(),
                }
        }
        // The gradient of an op need not depend on what the op refuses.
        None => {
            refused(&found.0)
                && (refused(&found.1) || !checks_gradients(case["function"].as_str().unwrap()))
        }
    };
    let shapes: Vec<_> = inputs.iter().map(lengths).collect();
    (!fits).then(|| {
        format!(
            "{} {shapes:?} {mode}: {found:?}, expected {expected:?}",
            case["function"]
        )
    })
}

#[test]
fn what_is_known_of_shapes_changes_neither_values_nor_errors() {
    let rows = rows();
    let mut wrong = Vec::new();
    for case in cases() {
        let name = case["function"].as_str().unwrap();
        let row = rows.iter().find(|(row, _)| *row == name);
        let (_, build) = row.unwrap_or_else(|| panic!("no row builds {name}"));
        wrong.extend(MODES.iter().filter_map(|mode| misfit(&case, *build, mode)));
    }
    assert!(
        wrong.is_empty(),
        "{} are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Every public function of a folder: the names after `pub fn` at the start of a line.
fn functions(folder: &str) -> BTreeSet<String> {
    let root = format!("{}/src/{folder}", env!("CARGO_MANIFEST_DIR"));
    let mut open = vec![root.into()];
    let mut names = BTreeSet::new();
    while let Some(path) = open.pop() {
        let path: std::path::PathBuf = path;
        if path.is_dir() {
            // Its functions have the same names, but do not stand in the same module.
            if folder == "layers" && path.ends_with("contrib") {
                continue;
            }
            open.extend(
                fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
            continue;
        }
        let text = fs::read_to_string(path).unwrap();
        let made = text.lines().filter_map(|line| line.strip_prefix("pub fn "));
        names.extend(made.map(|rest| {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            rest[..end.unwrap_or(rest.len())]
                .trim_end_matches("_with")
                .to_string()
        }));
    }
    names
}

/// Those that look at no shape: they hand tensors on, work element by element, or make something
/// else than a tensor.
const WITHOUT_SHAPES: &[&str] = &[
    "add_loss",
    "apply_regularization",
    "arg_scope",
    "get_losses",
    "get_regularization_loss",
    "get_regularization_loss_as",
    "get_regularization_losses",
    "get_total_loss",
    "get_total_loss_as",
    "l1_l2_regularizer",
    "l1_regularizer",
    "l2_regularizer",
    "no_regularizer",
    "repeat",
    "stack",
    "sum_regularizer",
    "elu",
    "l2_loss",
    "leaky_relu",
    "relu",
    "relu6",
    "selu",
    "softplus",
    "softsign",
    "swish",
];

#[test]
fn every_function_of_models_has_a_row() {
    let rows: BTreeSet<&str> = rows().iter().map(|(name, _)| *name).collect();
    for (folder, module) in [
        ("losses", "losses"),
        ("layers", "layers"),
        ("layers/contrib", "contrib::layers"),
        ("nn", "nn"),
        ("ops/nn", "nn"),
    ] {
        for function in functions(folder) {
            let name = format!("{module}::{function}");
            let is_tried = rows.iter().any(|row| row.split(' ').next() == Some(&name));
            let is_exempt = WITHOUT_SHAPES.contains(&&*function);
            assert!(is_tried != is_exempt, "{name} has no row, or one too many");
        }
    }
}

#[test]
fn every_row_has_cases() {
    let cases = cases();
    let told: BTreeSet<&str> = cases
        .iter()
        .map(|case| case["function"].as_str().unwrap())
        .collect();
    let made: BTreeSet<&str> = rows().iter().map(|(name, _)| *name).collect();
    assert_eq!(told, made);
}
