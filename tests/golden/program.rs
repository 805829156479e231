//! Program cases (`ops/`, `grads/`, `random/tf_random_ops.json`): a small interpreter of their steps.
//!
//! A case names inputs and variables, then calls TensorFlow functions one after another. Each call is looked up in the
//! table of [`bindings`](crate::bindings) and made with the crate; what it returns is kept under the step's name. The
//! values fetched are compared with the recorded ones, and so are the tensors' names, ops, shapes and types.

use serde_json::Value as Json;
use tf1::{AnyArray, AnyTensor, AnyVariable, ControlInput, Feed, Graph, Session, Shape};

use crate::array::{Golden, read_array};
use crate::bindings;
use crate::call::Call;
use crate::compare::{Disputes, Tolerance, compare, compare_text};
use crate::dispatch::any;
use crate::json;
use crate::sparse;
use crate::trouble::{Outcome, Trouble, no_differences};
use crate::value::{Names, Value};

/// Runs a program case.
pub fn run(case: &Json) -> Outcome {
    let program = Program::build(case)?;
    let session = Session::new(&program.graph)?;
    if !program.graph.global_variables().is_empty() {
        session.run(program.graph.global_variables_initializer(), [])?;
    }
    let mut differences = program.compare_tensors(case)?;
    differences.extend(program.compare_values(case, &session)?);
    differences.extend(program.compare_sequence(case, &session)?);
    differences.extend(program.compare_seeds(case)?);
    no_differences(differences)
}

/// A graph with the names of what was built in it.
pub struct Program {
    pub graph: Graph,
    pub names: Names,
    /// The inputs with what they are fed.
    feeds: Vec<(AnyTensor, AnyArray)>,
    is_gradient: bool,
}

impl Program {
    /// An empty program.
    pub fn new() -> Self {
        Program {
            graph: Graph::new(),
            names: Names::new(),
            feeds: Vec::new(),
            is_gradient: false,
        }
    }

    fn build(case: &Json) -> Outcome<Self> {
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
        for variable in json::list(case, "variables") {
            program.add_variable(json::text(variable, "name")?, read_array(variable)?);
        }
        program.run_steps(json::list(case, "steps"))?;
        program.graph.check()?;
        Ok(program)
    }

    /// `tf.placeholder(dtype, shape, name=name)`, to be fed `value`.
    pub fn add_input(&mut self, name: &str, shape: Option<&Json>, value: AnyArray) -> Outcome {
        let shape = shape.map_or(Ok(Shape::unknown()), read_shape)?;
        let tensor = any!(value.dtype(), T => self.graph.placeholder::<T>(name, shape).any());
        self.names
            .insert(name.to_string(), Value::Tensor(tensor.clone()));
        self.feeds.push((tensor, value));
        Ok(())
    }

    /// `tf.Variable(value, name=name)`.
    pub fn add_variable(&mut self, name: &str, value: AnyArray) {
        let variable = any!(value.dtype(), T => {
            let value = value.into_array::<T>().expect("viewed with its own type");
            self.graph.variable(value).named(name).any()
        });
        self.names
            .insert(name.to_string(), Value::Variable(variable));
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

    /// What every run is fed.
    pub fn feeds(&self) -> Outcome<Vec<Feed<'_>>> {
        Ok(self
            .feeds
            .iter()
            .map(|(tensor, array)| tensor.feed(array))
            .collect::<Result<_, _>>()?)
    }

    /// Makes the calls one after another.
    pub fn run_steps(&mut self, steps: &[Json]) -> Outcome {
        self.is_gradient |= steps
            .iter()
            .any(|step| step.get("op").is_some_and(|op| op == "tf.gradients"));
        run_steps(&self.graph, steps, &mut self.names)
    }

    /// The value called `id`, with its name; of lists, all elements, named `id[0]`, `id[1]`...
    fn flatten(&self, id: &str) -> Outcome<Vec<(String, Value)>> {
        let value = self
            .names
            .get(id)
            .ok_or_else(|| Trouble::fails(format!("nothing is called {id}")))?;
        let mut flat = Vec::new();
        flatten_into(id.to_string(), value, &mut flat);
        Ok(flat)
    }

    /// What the case fetches, lists flattened.
    fn fetched(&self, case: &Json) -> Outcome<Vec<(String, Value)>> {
        let ids = json::list(case, "fetch").iter().filter_map(Json::as_str);
        Ok(ids
            .map(|id| self.flatten(id))
            .collect::<Outcome<Vec<_>>>()?
            .concat())
    }

    /// Compares the fetched tensors' printed forms, op types and static shapes.
    fn compare_tensors(&self, case: &Json) -> Outcome<Vec<String>> {
        let (fetched, outputs) = (self.fetched(case)?, json::list(case, "outputs"));
        let ours: Vec<&str> = fetched.iter().map(|(id, _)| id.as_str()).collect();
        let golden: Vec<&str> = outputs
            .iter()
            .filter_map(|output| output.get("id")?.as_str())
            .collect();
        if ours != golden {
            return Err(Trouble::fails(format!(
                "the outputs are {ours:?}, not {golden:?}"
            )));
        }
        let mut differences = Vec::new();
        for ((id, value), output) in fetched.iter().zip(outputs) {
            differences.extend(compare_kind(id, value, output));
            if let Some(repr) = json::given(output, "repr").and_then(Json::as_str) {
                differences.extend(compare_text(&format!("{id}.repr"), &printed(value), repr));
            }
            let Some(tensor) = value.as_tensor() else {
                continue;
            };
            if let Some(op_type) = json::given(output, "op_type").and_then(Json::as_str) {
                differences.extend(compare_text(
                    &format!("{id}.op_type"),
                    tensor.op().op_type(),
                    op_type,
                ));
            }
            if let Some(shape) = output.get("static_shape") {
                let golden = read_shape(shape)?.to_string();
                differences.extend(compare_text(
                    &format!("{id}.static_shape"),
                    &tensor.shape().to_string(),
                    &golden,
                ));
            }
        }
        Ok(differences)
    }

    /// Runs the fetches, once or as often as the case says, and compares the values.
    fn compare_values(&self, case: &Json, session: &Session) -> Outcome<Vec<String>> {
        let outputs = json::list(case, "outputs");
        let runs = json::given(case, "runs").and_then(Json::as_u64);
        let has_values = outputs
            .iter()
            .any(|output| output.get("value").is_some() || output.get("runs").is_some());
        if !has_values {
            return Ok(Vec::new());
        }
        let (fetched, disputes) = (self.fetched(case)?, Disputes::read(case));
        let mut differences = Vec::new();
        for run in 0..runs.unwrap_or(1) {
            let results = self.fetch(session, &fetched)?;
            for (i, ((id, value), output)) in fetched.iter().zip(outputs).enumerate() {
                let (place, golden) = match runs {
                    None => (format!("outputs[{i}].value"), json::given(output, "value")),
                    Some(_) => (
                        format!("outputs[{i}].runs[{run}]"),
                        json::list(output, "runs").get(run as usize),
                    ),
                };
                let compared =
                    self.compare_value(&place, value, &results[i], (output, golden), &disputes);
                differences.extend(compared.map_err(|trouble| trouble.at(id))?);
            }
        }
        Ok(differences)
    }

    fn compare_value(
        &self,
        place: &str,
        value: &Value,
        results: &[AnyArray],
        (output, golden): (&Json, Option<&Json>),
        disputes: &Disputes,
    ) -> Outcome<Vec<String>> {
        let Some(golden) = golden else {
            return Ok(Vec::new());
        };
        match (value, results) {
            (Value::Slices(slices), [values, indices]) => {
                let tolerance = self.tolerance(&slices.values);
                let mut differences = Vec::new();
                for (part, ours) in [("values", values), ("indices", indices)] {
                    let golden = Golden::read(json::member(output, part)?)?;
                    differences.extend(compare(
                        &format!("{place}.{part}"),
                        ours,
                        &golden,
                        tolerance,
                        disputes,
                    ));
                }
                let golden = Golden::read(golden)?;
                let dense = sparse::to_dense(values, indices, &golden.shape)?;
                differences.extend(compare(place, &dense, &golden, tolerance, disputes));
                Ok(differences)
            }
            (value, [ours]) => {
                let tolerance = value
                    .as_tensor()
                    .map_or(Tolerance::Exact, |tensor| self.tolerance(&tensor));
                Ok(compare(
                    place,
                    ours,
                    &Golden::read(golden)?,
                    tolerance,
                    disputes,
                ))
            }
            (value, _) => Ok(compare_text(place, &printed(value), &golden.to_string())),
        }
    }

    fn tolerance(&self, tensor: &AnyTensor) -> Tolerance {
        Tolerance::for_tensor(tensor, self.is_gradient)
    }

    /// Runs the values in one session call; of each, the arrays that it consists of.
    fn fetch(&self, session: &Session, values: &[(String, Value)]) -> Outcome<Vec<Vec<AnyArray>>> {
        let tensors: Vec<Vec<AnyTensor>> =
            values.iter().map(|(_, value)| tensors_of(value)).collect();
        Ok(session.run(tensors, self.feeds()?)?)
    }

    /// Runs the fetches of a `sequence` one after another.
    fn compare_sequence(&self, case: &Json, session: &Session) -> Outcome<Vec<String>> {
        let (sequence, results) = (
            json::list(case, "sequence"),
            json::list(case, "sequence_results"),
        );
        let mut differences = Vec::new();
        for (i, (fetch, golden)) in sequence.iter().zip(results).enumerate() {
            let ids = fetch
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Json::as_str);
            let fetched = ids
                .map(|id| self.flatten(id))
                .collect::<Outcome<Vec<_>>>()?
                .concat();
            let results = self.fetch(session, &fetched)?;
            for ((id, value), ours) in fetched.iter().zip(&results) {
                let place = format!("sequence_results[{i}].{id}");
                let golden = json::given(golden, id);
                let compared = self.compare_value(
                    &place,
                    value,
                    ours,
                    (&Json::Null, golden),
                    &Disputes::default(),
                );
                differences.extend(compared?);
            }
        }
        Ok(differences)
    }

    /// Looks for the random nodes that the case tells of.
    fn compare_seeds(&self, case: &Json) -> Outcome<Vec<String>> {
        compare_seeds(&self.graph, json::list(case, "node_seeds"))
    }
}

/// Whether the random nodes are called as the golden ones are.
pub fn compare_seeds(graph: &Graph, nodes: &[Json]) -> Outcome<Vec<String>> {
    let mut differences = Vec::new();
    for node in nodes {
        let name = json::text(node, "node")?;
        match graph.get_operation_by_name(name) {
            Ok(operation) => {
                differences.extend(compare_text(
                    name,
                    operation.op_type(),
                    json::text(node, "op")?,
                ));
            }
            Err(_) => differences.push(format!("there is no node {name}")),
        }
    }
    Ok(differences)
}

/// Makes calls one after another, and keeps what each returns under its name.
pub fn run_steps(graph: &Graph, steps: &[Json], names: &mut Names) -> Outcome {
    for step in steps {
        let id = json::text(step, "id")?;
        let value = run_step(graph, step, names).map_err(|trouble| trouble.at(id))?;
        names.insert(id.to_string(), value);
    }
    Ok(())
}

/// Makes one call.
pub fn run_step(graph: &Graph, step: &Json, names: &Names) -> Outcome<Value> {
    let function = json::text(step, "op")?;
    let binding = bindings::find(function).ok_or_else(|| Trouble::lacks(function))?;
    let mut positional = Vec::new();
    let mut keywords = Vec::new();
    for (key, argument) in json::object(step, "args") {
        match (key.as_str(), Value::read(argument, names)?) {
            ("*", Value::List(items)) => positional = items,
            (_, value) => keywords.push((key.clone(), value)),
        }
    }
    let controls = json::list(step, "control_inputs")
        .iter()
        .map(|control| Value::read(control, names));
    let controls: Vec<AnyTensor> = controls
        .collect::<Outcome<Vec<_>>>()?
        .iter()
        .filter_map(Value::as_tensor)
        .collect();
    let build = || {
        let call = Call::of(binding, graph, positional, keywords)?;
        let value = (binding.build)(&call)?;
        call.finish()?;
        Ok(value)
    };
    if controls.is_empty() {
        return build();
    }
    let controls: Vec<&dyn ControlInput> = controls
        .iter()
        .map(|control| control as &dyn ControlInput)
        .collect();
    graph.control_dependencies(&controls, build)
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

fn flatten_into(id: String, value: &Value, flat: &mut Vec<(String, Value)>) {
    match value {
        Value::List(items) => {
            for (i, item) in items.iter().enumerate() {
                flatten_into(format!("{id}[{i}]"), item, flat);
            }
        }
        one => flat.push((id, one.clone())),
    }
}

/// The tensors to run for a value.
fn tensors_of(value: &Value) -> Vec<AnyTensor> {
    match value {
        Value::Slices(slices) => vec![slices.values.clone(), slices.indices.clone()],
        value => value.as_tensor().into_iter().collect(),
    }
}

/// `str(value)`.
fn printed(value: &Value) -> String {
    match value {
        Value::Tensor(tensor) => tensor.to_string(),
        Value::Variable(variable) => variable.to_string(),
        Value::None => "None".to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => format!("{value:?}"),
        other => format!("{other:?}"),
    }
}

/// Compares what kind of value there is: a tensor unless the case says otherwise.
fn compare_kind(id: &str, value: &Value, output: &Json) -> Vec<String> {
    let ours = match value {
        Value::Tensor(_) | Value::Variable(_) => "tensor",
        Value::Slices(_) => "indexed_slices",
        Value::None => "none",
        _ => "python",
    };
    let golden = json::given(output, "kind")
        .and_then(Json::as_str)
        .unwrap_or("tensor");
    compare_text(&format!("{id}.kind"), ours, golden)
}
