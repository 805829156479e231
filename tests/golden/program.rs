//! Program cases: a small interpreter of their steps.
//!
//! A case names inputs and variables, then calls TensorFlow functions one after another
//! ([`steps`](crate::steps)). Each call is looked up in the table of [`bindings`](crate::bindings)
//! and made with the crate; what it returns is kept under the step's name. The values fetched are
//! compared with the recorded ones ([`runs`](crate::runs)), and so is what was built
//! ([`outputs`](crate::outputs), [`recorded`](crate::recorded)). A case that must fail is told by
//! its `error` ([`failing`](crate::failing)).

use serde_json::Value as Json;
use tf1::{AnyArray, AnyTensor, AnyVariable, Graph, Session, Shape};

use crate::array::read_array;
use crate::dispatch::any;
use crate::names::Names;
use crate::outputs::flatten;
use crate::steps::run_steps;
use crate::trouble::{Outcome, Trouble, no_differences};
use crate::value::Value;
use crate::written;
use crate::{failing, json, outputs, recorded, runs};

/// Runs a program case.
pub fn run(case: &Json) -> Outcome {
    let mut program = Program::begin(case)?;
    if let Some(error) = json::given(case, "error") {
        return failing::run(&mut program, case, error);
    }
    let built = program
        .build(case)
        .and_then(|()| Ok(program.graph.check()?));
    built.map_err(|trouble| match trouble {
        Trouble::Refused(_, what) => Trouble::lacks(what),
        Trouble::Raised(error) => not_differentiable(&error).unwrap_or(Trouble::Raised(error)),
        other => other,
    })?;
    let mut differences = recorded::compare(&program.graph, case)?;
    differences.extend(outputs::compare(&program, case)?);
    let session = program.start(case)?;
    differences.extend(runs::compare(&program, case, &session)?);
    no_differences(differences)?;
    // All that can be compared is right; names and nodes wait for control flow.
    if recorded::has_control_flow(json::list(case, "nodes")) || outputs::selects(&program, case)? {
        return Err(Trouble::lacks("nodes of control flow"));
    }
    Ok(())
}

/// A graph with the names of what was built in it.
pub struct Program {
    pub graph: Graph,
    pub names: Names,
    /// The inputs with what they are fed.
    pub inputs: Vec<Input>,
    /// Whether the program differentiates.
    pub is_gradient: bool,
}

/// A placeholder and what it is fed.
pub struct Input {
    pub name: String,
    pub tensor: AnyTensor,
    pub value: AnyArray,
}

impl Program {
    /// An empty program.
    pub fn new() -> Self {
        let graph = Graph::new();
        Program {
            names: Names::new(&graph),
            graph,
            inputs: Vec::new(),
            is_gradient: false,
        }
    }

    /// The program of a case, up to the first step.
    fn begin(case: &Json) -> Outcome<Self> {
        let mut program = Program::new();
        if let Some(seed) = json::given(case, "graph_seed").and_then(Json::as_i64) {
            program.graph.set_random_seed(seed);
        }
        for input in json::list(case, "inputs") {
            let shape = input
                .get("placeholder_shape")
                .or_else(|| input.get("shape"));
            program.add_input(json::text(input, "name")?, shape, read_array(input)?)?;
        }
        // In the extended cases, which have a member `python` and make variables by steps, this is
        // what came of it.
        if json::list(case, "variables")
            .iter()
            .all(|v| v.get("data").is_some())
        {
            for variable in json::list(case, "variables") {
                program.add_variable(json::text(variable, "name")?, read_array(variable)?);
            }
        }
        Ok(program)
    }

    /// All steps.
    pub fn build(&mut self, case: &Json) -> Outcome {
        self.run_steps(json::list(case, "steps"))
    }

    /// A session, in which the variables have been initialized, unless the case says otherwise.
    pub fn start(&self, case: &Json) -> Outcome<Session> {
        written::check(&self.graph, &self.inputs)?;
        let session = Session::new(&self.graph)?;
        if case.get("init").is_some_and(|init| init == false) {
            return Ok(session);
        }
        for key in ["variables", "local_variables"] {
            let variables = self.graph.variables_of(key);
            if !variables.is_empty() {
                session.run(self.graph.variables_initializer(&variables), [])?;
            }
        }
        Ok(session)
    }

    /// `tf.placeholder(dtype, shape, name=name)`, to be fed `value`.
    pub fn add_input(&mut self, name: &str, shape: Option<&Json>, value: AnyArray) -> Outcome {
        let shape = shape.map_or(Ok(Shape::unknown()), read_shape)?;
        let tensor = any!(value.dtype(), T => self.graph.placeholder::<T>(name, shape).any());
        self.names.insert(name, Value::Tensor(tensor.clone()));
        self.inputs.push(Input {
            name: name.to_string(),
            tensor,
            value,
        });
        Ok(())
    }

    /// `tf.Variable(value, name=name)`.
    pub fn add_variable(&mut self, name: &str, value: AnyArray) {
        let variable = any!(value.dtype(), T => {
            let value = value.into_array::<T>().expect("viewed with its own type");
            self.graph.variable(value).named(name).any()
        });
        self.names.insert(name, Value::Variable(variable));
    }

    /// The variable called `name`.
    pub fn variable(&self, name: &str) -> Outcome<AnyVariable> {
        match self.names.get(name) {
            Some(Value::Variable(variable)) => Ok(variable.clone()),
            _ => Err(Trouble::fails(format!("there is no variable {name}"))),
        }
    }

    /// The tensor called `name`.
    pub fn tensor(&self, name: &str) -> Outcome<AnyTensor> {
        let tensor = self.names.get(name).and_then(Value::as_tensor);
        tensor.ok_or_else(|| Trouble::fails(format!("there is no tensor {name}")))
    }

    /// Makes the calls one after another.
    pub fn run_steps(&mut self, steps: &[Json]) -> Outcome {
        self.is_gradient |= steps
            .iter()
            .any(|step| step.get("op").is_some_and(|op| op == "tf.gradients"));
        run_steps(steps, &mut self.names)
    }

    /// What these ids stand for, each with its name; of lists, all elements, named `id[0]`,
    /// `id[1]`...
    pub fn fetched(&self, ids: &[Json]) -> Outcome<Vec<(String, Value)>> {
        let mut flat = Vec::new();
        for id in ids.iter().filter_map(Json::as_str) {
            let value = self.names.look_up(id)?;
            flatten(id.to_string(), &value, &mut flat);
        }
        Ok(flat)
    }
}

/// The lack of a gradient, if that is what the error tells.
fn not_differentiable(error: &tf1::Error) -> Option<Trouble> {
    let message = error.message();
    let op_type = message.strip_prefix("No gradient defined for op ")?;
    let op_type = op_type.trim_end_matches('.');
    Some(Trouble::lacks(format!("the gradient of {op_type}")))
}

/// A shape with null for what is unknown.
pub fn read_shape(json: &Json) -> Outcome<Shape> {
    if json.is_null() {
        return Ok(Shape::unknown());
    }
    let dims = json
        .as_array()
        .ok_or_else(|| Trouble::fails(format!("{json} is not a shape")))?;
    Ok(Shape::from(
        dims.iter()
            .map(|dim| dim.as_u64().map(|dim| dim as usize))
            .collect::<Vec<_>>(),
    ))
}
