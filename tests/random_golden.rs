//! The random ops and initializers against `golden/random` of TensorFlow 1.15, bit for bit.

use std::path::PathBuf;

use ndarray::{ArrayD, IxDyn};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use tf1 as tf;
use tf1::{AnyArray, AnyTensor, DType, Feed, Graph, Session, initializers as init};

fn golden(file: &str) -> Option<Json> {
    let root = std::env::var("TF1_SHARED").unwrap_or_else(|_| "../shared".into());
    let path = PathBuf::from(root).join("golden").join(file);
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(serde_json::from_str(&text).expect("golden files are JSON")),
        Err(error) if std::env::var_os("CI").is_some() => panic!("{}: {error}", path.display()),
        Err(error) => {
            eprintln!("skipped: {}: {error}", path.display());
            None
        }
    }
}

fn shape(json: &Json) -> Vec<usize> {
    json.as_array()
        .unwrap()
        .iter()
        .map(|length| length.as_u64().unwrap() as usize)
        .collect()
}

fn number(json: &Json) -> f64 {
    match json.as_str() {
        Some("nan") => f64::NAN,
        Some("inf") => f64::INFINITY,
        Some("-inf") => f64::NEG_INFINITY,
        Some(other) => panic!("{other} is no number"),
        None => json.as_f64().unwrap(),
    }
}

/// The bytes of an array's elements, and their sum in `f64`.
fn bytes(array: &AnyArray) -> (Vec<u8>, f64, usize) {
    macro_rules! bytes {
        ($type:ty) => {{
            let view = array.view::<$type>().unwrap();
            let bytes = view.iter().flat_map(|x| x.to_le_bytes()).collect();
            (bytes, view.iter().map(|&x| x as f64).sum(), view.len())
        }};
    }
    match array.dtype() {
        DType::Float32 => bytes!(f32),
        DType::Float64 => bytes!(f64),
        DType::Int32 => bytes!(i32),
        DType::Int64 => bytes!(i64),
        other => panic!("{other}"),
    }
}

/// The bytes of numbers of type `dtype`.
fn encode(numbers: &Json, dtype: &str) -> Vec<u8> {
    let numbers = numbers.as_array().unwrap().iter();
    match dtype {
        "float32" => numbers
            .flat_map(|x| (number(x) as f32).to_le_bytes())
            .collect(),
        "float64" => numbers.flat_map(|x| number(x).to_le_bytes()).collect(),
        "int32" => numbers
            .flat_map(|x| (x.as_i64().unwrap() as i32).to_le_bytes())
            .collect(),
        "int64" => numbers
            .flat_map(|x| x.as_i64().unwrap().to_le_bytes())
            .collect(),
        other => panic!("{other}"),
    }
}

/// What differs between an array and the golden value.
fn difference(array: &AnyArray, expected: &Json) -> Result<(), String> {
    let dtype = expected["dtype"].as_str().unwrap();
    if array.dtype().name() != dtype || array.shape() != shape(&expected["shape"]) {
        return Err(format!("{} {:?}", array.dtype(), array.shape()));
    }
    let (found, sum, count) = bytes(array);
    let size = array.dtype().size();
    let mut parts = vec![];
    if let Some(hash) = expected["sha256"].as_str() {
        let digest = Sha256::digest(&found);
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        if digest != hash {
            return Err(format!("sum {sum}, expected {}", expected["sum"]));
        }
        parts.push((&found[..16 * size], encode(&expected["first"], dtype)));
        parts.push((
            &found[(count - 16) * size..],
            encode(&expected["last"], dtype),
        ));
    } else {
        parts.push((&found[..], encode(&expected["data"], dtype)));
    }
    match parts
        .into_iter()
        .find(|(found, expected)| found != expected)
    {
        Some((found, expected)) => Err(format!("{found:?}, expected {expected:?}")),
        None => Ok(()),
    }
}

fn input(json: &Json) -> AnyArray {
    let dims = IxDyn(&shape(&json["shape"]));
    let data = json["data"].as_array().unwrap();
    match json["dtype"].as_str().unwrap() {
        "float32" => {
            let data = data.iter().map(|x| number(x) as f32).collect();
            ArrayD::from_shape_vec(dims, data).unwrap().into()
        }
        "int32" => {
            let data = data.iter().map(|x| x.as_i64().unwrap() as i32).collect();
            ArrayD::from_shape_vec(dims, data).unwrap().into()
        }
        other => panic!("{other}"),
    }
}

fn placeholder(graph: &Graph, json: &Json) -> AnyTensor {
    let (name, dims) = (json["name"].as_str().unwrap(), shape(&json["shape"]));
    match json["dtype"].as_str().unwrap() {
        "float32" => graph.placeholder::<f32>(name, dims).any(),
        "int32" => graph.placeholder::<i32>(name, dims).any(),
        other => panic!("{other}"),
    }
}

/// What earlier steps and inputs are called.
type Names = Vec<(String, AnyTensor)>;

fn lookup(names: &Names, reference: &Json) -> AnyTensor {
    let name = reference.as_str().unwrap().strip_prefix('$').unwrap();
    names
        .iter()
        .rev()
        .find(|(known, _)| known == name)
        .unwrap()
        .1
        .clone()
}

fn uniform(graph: &Graph, args: &Json) -> AnyTensor {
    macro_rules! uniform {
        ($type:ty, $number:expr) => {{
            let mut options = tf::RandomUniform::<$type>::new();
            if let Some(minval) = args.get("minval") {
                options = options.minval($number(minval));
            }
            if let Some(maxval) = args.get("maxval") {
                options = options.maxval($number(maxval));
            }
            if let Some(seed) = args["seed"].as_i64() {
                options = options.seed(seed);
            }
            graph
                .random_uniform_with::<$type>(shape(&args["shape"]), options)
                .any()
        }};
    }
    match args["dtype"].as_str() {
        None => uniform!(f32, |x| number(x) as f32),
        Some("float64") => uniform!(f64, number),
        Some("int32") => uniform!(i32, |x: &Json| x.as_i64().unwrap() as i32),
        Some("int64") => uniform!(i64, |x: &Json| x.as_i64().unwrap()),
        Some(other) => panic!("{other}"),
    }
}

fn normal(graph: &Graph, args: &Json, truncated: bool) -> AnyTensor {
    macro_rules! normal {
        ($type:ty) => {{
            let mut options = tf::RandomNormal::<$type>::new();
            if let Some(mean) = args.get("mean") {
                options = options.mean(number(mean) as $type);
            }
            if let Some(stddev) = args.get("stddev") {
                options = options.stddev(number(stddev) as $type);
            }
            if let Some(seed) = args["seed"].as_i64() {
                options = options.seed(seed);
            }
            let shape = shape(&args["shape"]);
            match truncated {
                true => graph.truncated_normal_with(shape, options).any(),
                false => graph.random_normal_with(shape, options).any(),
            }
        }};
    }
    if args["dtype"] == "float64" {
        normal!(f64)
    } else {
        normal!(f32)
    }
}

fn shuffle(args: &Json, names: &Names) -> AnyTensor {
    let mut options = tf::RandomShuffle::new();
    if let Some(seed) = args["seed"].as_i64() {
        options = options.seed(seed);
    }
    let value = lookup(names, &args["value"]);
    match value.dtype() {
        DType::Int32 => tf::random_shuffle_with(value.typed::<i32>().unwrap(), options).any(),
        _ => tf::random_shuffle_with(value.typed::<f32>().unwrap(), options).any(),
    }
}

fn multinomial(args: &Json, names: &Names) -> AnyTensor {
    let mut options = tf::Multinomial::new();
    if let Some(seed) = args["seed"].as_i64() {
        options = options.seed(seed);
    }
    let logits = lookup(names, &args["logits"]).typed::<f32>().unwrap();
    tf::multinomial_with(
        logits,
        args["num_samples"].as_i64().unwrap() as i32,
        options,
    )
    .any()
}

fn step(graph: &Graph, step: &Json, names: &Names) -> Option<AnyTensor> {
    let args = &step["args"];
    Some(match step["op"].as_str().unwrap() {
        "tf.random_uniform" => uniform(graph, args),
        "tf.random_normal" => normal(graph, args, false),
        "tf.truncated_normal" => normal(graph, args, true),
        "tf.random_shuffle" => shuffle(args, names),
        "tf.multinomial" => multinomial(args, names),
        "tf.nn.dropout" => {
            let mut options = tf::nn::Dropout::new();
            if let Some(noise_shape) = args.get("noise_shape") {
                options = options.noise_shape(shape(noise_shape));
            }
            if let Some(seed) = args["seed"].as_i64() {
                options = options.seed(seed);
            }
            let x = lookup(names, &args["x"]).typed::<f32>().unwrap();
            tf::nn::dropout_with(x, number(&args["keep_prob"]), options).any()
        }
        "tf.random_crop" => {
            let options = tf::RandomCrop::new().seed(args["seed"].as_i64().unwrap());
            let x = lookup(names, &args["value"]).typed::<f32>().unwrap();
            let size: Vec<i32> = shape(&args["size"])
                .into_iter()
                .map(|length| length as i32)
                .collect();
            tf::random_crop_with(x, size, options).any()
        }
        "tf.constant" => graph.constant(number(&args["value"]) as f32).any(),
        "operator.mul" => {
            (lookup(names, &args["a"]).typed::<f32>().unwrap() * number(&args["b"]) as f32).any()
        }
        "operator.add" => {
            let [a, b] = ["a", "b"].map(|name| lookup(names, &args[name]).typed::<f32>().unwrap());
            (a + b).any()
        }
        _ => return None,
    })
}

/// The seeds of all random nodes.
fn check_seeds(graph: &Graph, expected: &Json) -> Result<(), String> {
    let found: Vec<Json> = graph
        .operations()
        .iter()
        .filter_map(|op| Some((op, op.seeds()?)))
        .map(|(op, seeds)| {
            serde_json::json!({"node": op.name(), "op": op.op_type(), "seed": seeds.seed, "seed2": seeds.seed2})
        })
        .collect();
    if &Json::Array(found.clone()) == expected {
        Ok(())
    } else {
        Err(format!("{found:?}, expected {expected}"))
    }
}

fn check_case(case: &Json) -> Result<bool, String> {
    let graph = Graph::new();
    if let Some(seed) = case["graph_seed"].as_i64() {
        graph.set_random_seed(seed);
    }
    let inputs = case["inputs"].as_array().unwrap();
    let mut names: Names = inputs
        .iter()
        .map(|json| {
            (
                json["name"].as_str().unwrap().to_string(),
                placeholder(&graph, json),
            )
        })
        .collect();
    let values: Vec<AnyArray> = inputs.iter().map(input).collect();
    let placeholders = names.clone();
    for json in case["steps"].as_array().unwrap() {
        let Some(made) = step(&graph, json, &names) else {
            return Ok(false);
        };
        names.push((json["id"].as_str().unwrap().to_string(), made));
    }
    check_seeds(&graph, &case["node_seeds"])?;
    let outputs = case["outputs"].as_array().unwrap();
    let fetches: Vec<AnyTensor> = outputs
        .iter()
        .map(|output| {
            lookup(
                &names,
                &Json::String(format!("${}", output["id"].as_str().unwrap())),
            )
        })
        .collect();
    for (output, fetch) in outputs.iter().zip(&fetches) {
        if fetch.to_string() != output["repr"] || fetch.op().op_type() != output["op_type"] {
            return Err(format!("{fetch} {}", fetch.op()));
        }
    }
    // Two sessions have streams of their own.
    for session in [Session::new(&graph), Session::new(&graph)] {
        let session = session.map_err(|error| error.to_string())?;
        for run in 0..case["runs"].as_u64().unwrap() as usize {
            let feeds: Vec<Feed<'_>> = placeholders
                .iter()
                .zip(&values)
                .map(|((_, tensor), value)| tensor.feed(value).unwrap())
                .collect();
            let found = session
                .run(&fetches, feeds)
                .map_err(|error| error.to_string())?;
            for (output, found) in outputs.iter().zip(&found) {
                difference(found, &output["runs"][run])
                    .map_err(|difference| format!("run {run}: {difference}"))?;
            }
        }
    }
    Ok(true)
}

#[test]
fn random_ops_draw_tensorflows_values() {
    let Some(file) = golden("random/tf_random_ops.json") else {
        return;
    };
    check_all(file["cases"].as_array().unwrap(), check_case);
}

fn check_all(cases: &[Json], check: fn(&Json) -> Result<bool, String>) {
    let (mut failures, mut passed, mut skipped) = (Vec::new(), 0, Vec::new());
    for case in cases {
        match check(case) {
            Ok(true) => passed += 1,
            Ok(false) => skipped.push(case["name"].as_str().unwrap()),
            Err(failure) => failures.push(format!("{}: {failure}", case["name"])),
        }
    }
    println!(
        "{passed} of {} agree, skipped {}: {skipped:?}",
        cases.len(),
        skipped.len()
    );
    assert!(
        failures.is_empty(),
        "{} differ:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn initializers_give_tensorflows_values() {
    let Some(file) = golden("random/initializers.json") else {
        return;
    };
    check_all(file["cases"].as_array().unwrap(), check_initializer);
}

fn check_initializer(case: &Json) -> Result<bool, String> {
    let graph = Graph::new();
    if let Some(seed) = case["graph_seed"].as_i64() {
        graph.set_random_seed(seed);
    }
    let mut variables = Vec::new();
    for json in case["variables"].as_array().unwrap() {
        let variable = match json["dtype"].as_str().unwrap() {
            "float32" => variable::<f32>(&graph, json),
            _ => variable::<f64>(&graph, json),
        };
        let Some(variable) = variable else {
            return Ok(false);
        };
        variables.push(variable);
    }
    check_seeds(&graph, &case["node_seeds"])?;
    let initializer = graph.global_variables_initializer();
    let session = Session::new(&graph).map_err(|error| error.to_string())?;
    for key in ["value", "after_second_init"] {
        session
            .run(&initializer, [])
            .map_err(|error| error.to_string())?;
        for (variable, expected) in variables.iter().zip(case["values"].as_array().unwrap()) {
            let found = session
                .run(variable, [])
                .map_err(|error| error.to_string())?;
            difference(&found, &expected[key])
                .map_err(|difference| format!("{key}: {difference}"))?;
        }
    }
    Ok(true)
}

fn variable<T: tf::Float>(graph: &Graph, json: &Json) -> Option<AnyTensor> {
    let (name, shape) = (json["name"].as_str().unwrap(), shape(&json["shape"]));
    let args = &json["initializer"]["args"];
    let seed = args["seed"].as_i64();
    let float = |name: &str| args.get(name).map(number);
    macro_rules! make {
        ($initializer:expr) => {
            graph
                .get_variable::<T>(name, shape, $initializer)
                .any()
                .value()
                .clone()
        };
    }
    macro_rules! seeded {
        ($initializer:expr) => {{
            let initializer = $initializer;
            make!(match seed {
                Some(seed) => initializer.seed(seed),
                None => initializer,
            })
        }};
    }
    let Some(class) = json["initializer"]["class"].as_str() else {
        return Some(make!(init::default()));
    };
    Some(match class {
        "tf.zeros_initializer" => make!(init::zeros()),
        "tf.ones_initializer" => make!(init::ones()),
        "tf.constant_initializer" => make!(init::constant(T::from_f64(float("value").unwrap()))),
        "tf.random_uniform_initializer" => seeded!(
            init::random_uniform()
                .minval(float("minval").unwrap())
                .maxval(float("maxval").unwrap())
        ),
        "tf.random_normal_initializer" => seeded!(
            init::random_normal()
                .mean(float("mean").unwrap())
                .stddev(float("stddev").unwrap())
        ),
        "tf.truncated_normal_initializer" => seeded!(
            init::truncated_normal()
                .mean(float("mean").unwrap_or(0.0))
                .stddev(float("stddev").unwrap_or(1.0))
        ),
        "tf.uniform_unit_scaling_initializer" => {
            seeded!(init::uniform_unit_scaling().factor(float("factor").unwrap()))
        }
        "tf.variance_scaling_initializer" => seeded!(variance_scaling(args)),
        "tf.glorot_uniform_initializer" => seeded!(init::glorot_uniform()),
        "tf.glorot_normal_initializer" => seeded!(init::glorot_normal()),
        "tf.initializers.he_normal" => seeded!(init::he_normal()),
        "tf.initializers.he_uniform" => seeded!(init::he_uniform()),
        "tf.initializers.lecun_normal" => seeded!(init::lecun_normal()),
        "tf.initializers.lecun_uniform" => seeded!(init::lecun_uniform()),
        "tf.contrib.layers.xavier_initializer" if args["uniform"] == false => {
            seeded!(init::xavier().truncated_normal())
        }
        "tf.contrib.layers.xavier_initializer" => seeded!(init::xavier()),
        "tf.contrib.layers.variance_scaling_initializer" if args["uniform"] == true => {
            assert_eq!(args["mode"], "FAN_AVG");
            seeded!(
                init::contrib_variance_scaling()
                    .factor(float("factor").unwrap())
                    .fan_avg()
                    .uniform()
            )
        }
        "tf.orthogonal_initializer" => seeded!(init::orthogonal().gain(float("gain").unwrap())),
        "tf.initializers.identity" => make!(init::identity()),
        "tf.contrib.layers.variance_scaling_initializer" => {
            seeded!(init::contrib_variance_scaling())
        }
        _ => return None,
    })
}

fn variance_scaling(args: &Json) -> init::VarianceScaling {
    let mut initializer = init::variance_scaling();
    if let Some(scale) = args.get("scale") {
        initializer = initializer.scale(number(scale));
    }
    initializer = match args["mode"].as_str() {
        None | Some("fan_in") => initializer,
        Some("fan_out") => initializer.fan_out(),
        Some("fan_avg") => initializer.fan_avg(),
        Some(other) => panic!("{other}"),
    };
    match args["distribution"].as_str() {
        None | Some("normal") => initializer,
        Some("untruncated_normal") => initializer.untruncated_normal(),
        Some("uniform") => initializer.uniform(),
        Some(other) => panic!("{other}"),
    }
}
