//! `random/initializers.json`: initial values of variables.

use serde_json::Value as Json;
use tf1::{AnyVariable, Graph, Session};

use crate::array::{Golden, dtype};
use crate::bindings::initializers::for_float;
use crate::call::KeptCall;
use crate::compare::{Disputes, Tolerance, compare, compare_text};
use crate::dispatch::float_type;
use crate::json;
use crate::names::Names;
use crate::recorded::compare_seeds;
use crate::trouble::{Outcome, no_differences};
use crate::value::Value;

/// Makes the variables, initializes them twice in one session and compares their values after each
/// time.
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
        for (i, (_, golden)) in json::pairs(case, "variables", "values")?.enumerate() {
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
    let names = Names::new(graph);
    let read =
        |(key, argument): (&String, &Json)| Ok((key.clone(), Value::read(argument, &names)?));
    let call = KeptCall {
        function: class.to_string(),
        arguments: arguments.map(read).collect::<Outcome<_>>()?,
    };
    let dtype = dtype(json::text(variable, "dtype")?)?;
    float_type!(dtype, T => Ok(graph.get_variable(name, shape, for_float::<T>(graph, &call)?).any()))
}
