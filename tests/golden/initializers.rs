//! `random/initializers.json`: initial values of variables.

use serde_json::Value as Json;
use tf1::initializers::{
    self as of, ContribVarianceScaling, Identity, Orthogonal, RandomNormal, RandomUniform,
    TruncatedNormal, UniformUnitScaling, VarianceScaling,
};
use tf1::{AnyVariable, Element, Float, Graph, Initializer, Session, Tensor};

use crate::array::{Golden, dtype};
use crate::call::{Call, with};
use crate::compare::{Disputes, Tolerance, compare, compare_text};
use crate::dispatch::float;
use crate::json;
use crate::program::compare_seeds;
use crate::trouble::{Outcome, Trouble, no_differences};
use crate::value::{Literal, Names, Value};

/// Makes the variables, initializes them twice in one session and compares their values after each time.
pub fn run(case: &Json) -> Outcome {
    let graph = Graph::new();
    if let Some(seed) = json::given(case, "graph_seed").and_then(Json::as_i64) {
        graph.set_random_seed(seed);
    }
    let variables = json::list(case, "variables")
        .iter()
        .map(|variable| make_variable(&graph, variable));
    let variables: Vec<AnyVariable> = variables.collect::<Outcome<_>>()?;
    let initialize = graph.global_variables_initializer();
    let session = Session::new(&graph)?;
    let mut differences = compare_seeds(&graph, json::list(case, "node_seeds"))?;
    for when in ["value", "after_second_init"] {
        session.run(&initialize, [])?;
        let values = session.run(&variables, [])?;
        for (i, golden) in json::list(case, "values").iter().enumerate() {
            let place = format!("values[{i}].{when}");
            differences.extend(compare_text(
                &place,
                &variables[i].name(),
                &format!("{}:0", json::text(golden, "id")?),
            ));
            let tolerance = Tolerance::for_tensor(variables[i].initial_value(), false);
            let golden = Golden::read(json::member(golden, when)?)?;
            differences.extend(compare(
                &place,
                &values[i],
                &golden,
                tolerance,
                &Disputes::default(),
            ));
        }
    }
    no_differences(differences)
}

/// `tf.get_variable(name, shape, dtype, initializer=class(**args))`.
fn make_variable(graph: &Graph, variable: &Json) -> Outcome<AnyVariable> {
    let name = json::text(variable, "name")?;
    let shape = json::lengths(json::member(variable, "shape")?)?;
    let initializer = json::given(variable, "initializer");
    let class = initializer.map_or(Ok("default"), |initializer| {
        json::text(initializer, "class")
    })?;
    let arguments = initializer
        .into_iter()
        .flat_map(|initializer| json::object(initializer, "args"));
    let read = |(key, argument): (&String, &Json)| {
        Ok((key.clone(), Value::read(argument, &Names::new())?))
    };
    let call = Call::new(graph, class, arguments.map(read).collect::<Outcome<_>>()?);
    float!(call, dtype(json::text(variable, "dtype")?)?, T => {
        let initializer = make::<T>(&call, class)?;
        call.finish()?;
        Ok(graph.get_variable(name, shape, initializer).any())
    })
}

/// An initializer of a class that is known when the case is run.
struct Boxed<T>(Box<dyn Initializer<T>>);

impl<T: Element> Initializer<T> for Boxed<T> {
    fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<T> {
        self.0.build(graph, shape)
    }
}

/// The crate's initializer for a class of TensorFlow's.
fn make<T: Float + Literal>(c: &Call<'_>, class: &str) -> Outcome<Boxed<T>> {
    Ok(Boxed(match class {
        "default" => Box::new(of::default()),
        "tf.zeros_initializer" => Box::new(of::zeros()),
        "tf.ones_initializer" => Box::new(of::ones()),
        "tf.constant_initializer" => Box::new(of::constant(c.required("value")?.to_array::<T>()?)),
        "tf.random_uniform_initializer" => {
            let initializer = with(
                of::random_uniform(),
                c.optional_float("minval")?,
                RandomUniform::minval,
            );
            let initializer = with(
                initializer,
                c.optional_float("maxval")?,
                RandomUniform::maxval,
            );
            Box::new(with(initializer, seed(c)?, RandomUniform::seed))
        }
        "tf.random_normal_initializer" => {
            let initializer = with(
                of::random_normal(),
                c.optional_float("mean")?,
                RandomNormal::mean,
            );
            let initializer = with(
                initializer,
                c.optional_float("stddev")?,
                RandomNormal::stddev,
            );
            Box::new(with(initializer, seed(c)?, RandomNormal::seed))
        }
        "tf.truncated_normal_initializer" => {
            let initializer = with(
                of::truncated_normal(),
                c.optional_float("mean")?,
                TruncatedNormal::mean,
            );
            let initializer = with(
                initializer,
                c.optional_float("stddev")?,
                TruncatedNormal::stddev,
            );
            Box::new(with(initializer, seed(c)?, TruncatedNormal::seed))
        }
        "tf.uniform_unit_scaling_initializer" => {
            let initializer = with(
                of::uniform_unit_scaling(),
                c.optional_float("factor")?,
                UniformUnitScaling::factor,
            );
            Box::new(with(initializer, seed(c)?, UniformUnitScaling::seed))
        }
        "tf.variance_scaling_initializer" => Box::new(variance_scaling(c, of::variance_scaling())?),
        "tf.glorot_uniform_initializer" => Box::new(variance_scaling(c, of::glorot_uniform())?),
        "tf.glorot_normal_initializer" => Box::new(variance_scaling(c, of::glorot_normal())?),
        "tf.initializers.he_normal" => Box::new(variance_scaling(c, of::he_normal())?),
        "tf.initializers.he_uniform" => Box::new(variance_scaling(c, of::he_uniform())?),
        "tf.initializers.lecun_normal" => Box::new(variance_scaling(c, of::lecun_normal())?),
        "tf.initializers.lecun_uniform" => Box::new(variance_scaling(c, of::lecun_uniform())?),
        "tf.contrib.layers.xavier_initializer" => Box::new(contrib(c, of::xavier())?),
        "tf.contrib.layers.variance_scaling_initializer" => {
            Box::new(contrib(c, of::contrib_variance_scaling())?)
        }
        "tf.orthogonal_initializer" => {
            let initializer = with(
                of::orthogonal(),
                c.optional_float("gain")?,
                Orthogonal::gain,
            );
            Box::new(with(initializer, seed(c)?, Orthogonal::seed))
        }
        "tf.initializers.identity" => Box::new(with(
            of::identity(),
            c.optional_float("gain")?,
            Identity::gain,
        )),
        other => return Err(Trouble::lacks(other)),
    }))
}

fn seed(c: &Call<'_>) -> Outcome<Option<i64>> {
    c.optional_int("seed")
}

fn variance_scaling(c: &Call<'_>, initializer: VarianceScaling) -> Outcome<VarianceScaling> {
    let initializer = with(
        initializer,
        c.optional_float("scale")?,
        VarianceScaling::scale,
    );
    let initializer = match c.text("mode", "")?.as_str() {
        "" => initializer,
        "fan_in" => initializer.fan_in(),
        "fan_out" => initializer.fan_out(),
        "fan_avg" => initializer.fan_avg(),
        other => return Err(c.lacks(other)),
    };
    let initializer = match c.text("distribution", "")?.as_str() {
        "" => initializer,
        "uniform" => initializer.uniform(),
        "normal" | "truncated_normal" => initializer.truncated_normal(),
        "untruncated_normal" => initializer.untruncated_normal(),
        other => return Err(c.lacks(other)),
    };
    Ok(with(initializer, seed(c)?, VarianceScaling::seed))
}

fn contrib(c: &Call<'_>, initializer: ContribVarianceScaling) -> Outcome<ContribVarianceScaling> {
    let initializer = with(
        initializer,
        c.optional_float("factor")?,
        ContribVarianceScaling::factor,
    );
    let initializer = match c.text("mode", "")?.as_str() {
        "" => initializer,
        "FAN_IN" => initializer.fan_in(),
        "FAN_OUT" => initializer.fan_out(),
        "FAN_AVG" => initializer.fan_avg(),
        other => return Err(c.lacks(other)),
    };
    let initializer = match c.optional("uniform") {
        Some(Value::Bool(true)) => initializer.uniform(),
        Some(Value::Bool(false)) => initializer.truncated_normal(),
        _ => initializer,
    };
    Ok(with(initializer, seed(c)?, ContribVarianceScaling::seed))
}
