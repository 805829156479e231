//! [`Function`]: a Python function that a program defines.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value as Json;
use tf1::Graph;

use crate::json;
use crate::names::Names;
use crate::steps::run_steps;
use crate::trouble::Outcome;
use crate::value::Value;

/// A Python function of the program, with the names that it can see.
#[derive(Clone, Debug)]
pub struct Function(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    parameters: Vec<String>,
    steps: Vec<Json>,
    returns: Json,
    names: HashMap<String, Value>,
}

impl Function {
    /// Reads a function that sees `names`.
    pub fn read(function: &Json, names: &Names) -> Outcome<Self> {
        let parameters = json::list(function, "params").iter();
        Ok(Function(Arc::new(Inner {
            parameters: parameters
                .filter_map(Json::as_str)
                .map(str::to_string)
                .collect(),
            steps: json::list(function, "steps").to_vec(),
            returns: function.get("returns").cloned().unwrap_or(Json::Null),
            names: names.values().clone(),
        })))
    }

    /// Calls the function: makes its steps in `graph`.
    pub fn call(&self, graph: &Graph, arguments: Vec<Value>) -> Outcome<Value> {
        let mut names = Names::of(graph, self.0.names.clone());
        for (parameter, argument) in self.0.parameters.iter().zip(arguments) {
            names.insert(parameter, argument);
        }
        run_steps(&self.0.steps, &mut names)?;
        Value::read(&self.0.returns, &names)
    }
}
