//! The optimizers of this crate against TensorFlow's trajectories: ten steps of two small models.

use std::path::PathBuf;

use ndarray::{ArrayD, IxDyn};
use serde_json::Value as Json;
use tf1 as tf;
use tf1::train::{
    AdamOptimizer, GradientDescentOptimizer, HyperParameter, Minimize, MomentumOptimizer,
    Optimizer, RuleOptimizer, UpdateRule, create_global_step,
};
use tf1::{
    AnyArray, AnyVariable, Feed, Float, Graph, MatMulElement, Operation, Session, Tensor, Variable,
};

trait Number: Float + MatMulElement {}
impl Number for f32 {}
impl Number for f64 {}

fn cases() -> Vec<Json> {
    let shared = std::env::var("TF1_SHARED").unwrap_or_else(|_| "../shared".into());
    let path = PathBuf::from(shared).join("golden/optim/trajectories.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        assert!(
            std::env::var("CI").is_err(),
            "{} is missing",
            path.display()
        );
        eprintln!("{} is missing; nothing was checked", path.display());
        return Vec::new();
    };
    let all: Json = serde_json::from_str(&text).expect("the golden file is JSON");
    let built = ["GradientDescent", "Momentum", "Adam"];
    let is_built = |case: &&Json| {
        let class = case["optimizer"]["class"].as_str().unwrap();
        let simple = !case["learning_rate"].is_object()
            || case["learning_rate"].get("feed_per_step").is_some();
        let plain = case.get("clip_global_norm").is_none() && case.get("ema").is_none();
        built
            .iter()
            .any(|name| class == format!("tf.train.{name}Optimizer"))
            && simple
            && plain
    };
    all["cases"]
        .as_array()
        .unwrap()
        .iter()
        .filter(is_built)
        .cloned()
        .collect()
}

fn numbers(json: &Json) -> ArrayD<f64> {
    let shape: Vec<usize> = json["shape"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| n.as_u64().unwrap() as usize)
        .collect();
    let data = json["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| n.as_f64().unwrap())
        .collect();
    ArrayD::from_shape_vec(IxDyn(&shape), data).unwrap()
}

fn array<T: Float>(json: &Json) -> ArrayD<T> {
    numbers(json).mapv(T::from_f64)
}

/// A model in its graph.
struct Model<T: Float> {
    variables: Vec<Variable<T>>,
    loss: Tensor<T>,
}

fn model<T: Number>(graph: &Graph, case: &Json) -> Model<T> {
    let json = &case["model"];
    let variables: Vec<Variable<T>> = json["variables"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| {
            graph
                .variable(array::<T>(&v["value"]))
                .named(v["name"].as_str().unwrap())
        })
        .collect();
    let feed = |i: usize| &json["feeds"][i]["value"];
    let loss = if json["steps"][0]["op"] == "tf.gather" {
        let ids = graph.constant(numbers(feed(0)).mapv(|i| i as i32));
        let rows = tf::gather(&variables[0], &ids);
        let z = tf::matmul(&rows, &variables[1]);
        tf::reduce_sum(tf::squared_difference(&z, array::<T>(feed(1))), ..)
    } else {
        let z = tf::add(
            tf::matmul(graph.constant(array::<T>(feed(0))), &variables[0]),
            &variables[1],
        );
        tf::reduce_mean(
            tf::squared_difference(tf::tanh(&z), array::<T>(feed(1))),
            ..,
        )
    };
    Model { variables, loss }
}

/// Trains a model and returns how many of all values were the same bit for bit.
fn run<T: Number, R: UpdateRule>(
    case: &Json,
    graph: &Graph,
    rate: Option<Tensor>,
    optimizer: RuleOptimizer<R>,
) -> (usize, usize) {
    let name = case["name"].as_str().unwrap();
    let model = model::<T>(graph, case);
    let step = create_global_step(graph);
    let mut options = Minimize::new().global_step(&step);
    if let Some(names) = case.get("var_list") {
        let names: Vec<String> = names
            .as_array()
            .unwrap()
            .iter()
            .map(|n| format!("{}:0", n.as_str().unwrap()))
            .collect();
        options = options.var_list(model.variables.iter().filter(|v| names.contains(&v.name())));
    }
    let train: Operation = optimizer.minimize_with(&model.loss, options);
    let session = Session::new(graph).unwrap();
    session
        .run(graph.global_variables_initializer(), [])
        .unwrap();
    let mut same = (0, 0);
    let mut check = |what: &str, got: &ArrayD<f64>, expected: &Json| {
        let (dtype, expected) = (expected["dtype"].as_str().unwrap(), numbers(expected));
        assert_eq!(got.shape(), expected.shape(), "{name} {what}");
        let scale = expected.iter().fold(0f64, |a, b| a.max(b.abs()));
        let single = dtype == "float32";
        let tolerance = if single { 2e-5 } else { 1e-12 };
        for (a, b) in got.iter().zip(&expected) {
            assert!(
                (a - b).abs() <= tolerance * scale,
                "{name} {what}: {got} {expected}"
            );
            // The golden files hold nine digits of floats.
            same.1 += 1;
            same.0 += usize::from(if single {
                *a as f32 == *b as f32
            } else {
                a == b
            });
        }
    };
    for (i, expected) in case["trajectory"].as_array().unwrap().iter().enumerate() {
        let feeds: Vec<Feed<'_>> = match &rate {
            Some(rate) => {
                vec![rate.feed(case["learning_rate"]["feed_per_step"][i].as_f64().unwrap() as f32)]
            }
            None => Vec::new(),
        };
        let (loss, ()) = session.run((&model.loss, &train), feeds).unwrap();
        check(
            &format!("loss {i}"),
            &loss.mapv(T::to_f64),
            &expected["loss_before"],
        );
        for variable in &model.variables {
            let value = session.run(variable, []).unwrap().mapv(T::to_f64);
            let short = variable.op().name();
            check(
                &format!("{short} {i}"),
                &value,
                &expected["variables"][short.as_str()],
            );
        }
    }
    let last = &case["final"];
    let steps: i64 = session.run(step.value().scalar(), []).unwrap();
    assert_eq!(
        Some(steps),
        last["global_step"]["data"][0].as_i64(),
        "{name}"
    );
    let all: Vec<String> = graph
        .global_variables()
        .iter()
        .map(AnyVariable::name)
        .collect();
    let expected: Vec<&str> = last["all_variable_names"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| n.as_str().unwrap())
        .collect();
    assert_eq!(all, expected, "{name}");
    for slot in last["slots"].as_array().unwrap() {
        let owner = model
            .variables
            .iter()
            .find(|v| v.op().name() == slot["variable"].as_str().unwrap())
            .unwrap();
        let kind = slot["slot"].as_str().unwrap();
        let found = optimizer
            .get_slot(owner, kind)
            .unwrap_or_else(|| panic!("{name}: slot {kind}"));
        assert_eq!(
            found.op().name(),
            slot["slot_variable_name"].as_str().unwrap(),
            "{name}"
        );
        let value = session.run(&found, []).unwrap().mapv(T::to_f64);
        check(kind, &value, &slot["value"]);
    }
    for other in last["other"].as_array().into_iter().flatten() {
        let name = other["name"].as_str().unwrap();
        let variable = optimizer
            .variables()
            .into_iter()
            .find(|v| v.op().name() == name)
            .unwrap();
        let value: AnyArray = session.run(&variable, []).unwrap();
        check(
            name,
            &value.view::<f32>().unwrap().mapv(f64::from),
            &other["value"],
        );
    }
    same
}

fn run_case<T: Number>(case: &Json) -> (usize, usize) {
    let graph = Graph::new();
    let rate = case["learning_rate"]
        .is_object()
        .then(|| graph.placeholder::<f32>("lr", []));
    let learning_rate: HyperParameter = match &rate {
        Some(rate) => rate.into(),
        None => case["learning_rate"].as_f64().unwrap().into(),
    };
    let args = &case["optimizer"]["args"];
    let arg = |name: &str| args.get(name).and_then(Json::as_f64);
    match case["optimizer"]["class"].as_str().unwrap() {
        "tf.train.GradientDescentOptimizer" => run::<T, _>(
            case,
            &graph,
            rate,
            GradientDescentOptimizer::new(learning_rate),
        ),
        "tf.train.MomentumOptimizer" => {
            let mut optimizer = MomentumOptimizer::new(learning_rate, arg("momentum").unwrap());
            if args.get("use_nesterov") == Some(&Json::Bool(true)) {
                optimizer = optimizer.use_nesterov();
            }
            run::<T, _>(case, &graph, rate, optimizer)
        }
        _ => {
            let mut optimizer = AdamOptimizer::new(learning_rate);
            if let (Some(beta1), Some(beta2), Some(epsilon)) =
                (arg("beta1"), arg("beta2"), arg("epsilon"))
            {
                optimizer = optimizer.beta1(beta1).beta2(beta2).epsilon(epsilon);
            }
            run::<T, _>(case, &graph, rate, optimizer)
        }
    }
}

#[test]
fn trajectories() {
    for case in cases() {
        let double = case["model"]["variables"][0]["value"]["dtype"] == "float64";
        let (same, all) = if double {
            run_case::<f64>(&case)
        } else {
            run_case::<f32>(&case)
        };
        println!("{}: {same} of {all} bit for bit", case["name"]);
    }
}
