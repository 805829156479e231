//! `optim/trajectories.json`: training steps, with what the loss was before each and the variables
//! were after it.

use serde_json::Value as Json;
use tf1::train::{self, ApplyGradients, Minimize, Optimizer};
use tf1::{
    AnyArray, AnyTensor, AnyVariable, DType, Float, Gradient, Operation, Session, VariableOptions,
};

use crate::array::{Golden, read_array};
use crate::bindings::optimizers;
use crate::call::{Call, with};
use crate::compare::{Disputes, Tolerance, compare};
use crate::json;
use crate::program::Program;
use crate::steps::value_of;
use crate::trouble::{Outcome, Trouble, no_differences};
use crate::value::Value;

/// How many steps each case trains.
const STEPS: usize = 10;

/// Trains as the case says, and compares every step.
pub fn run(case: &Json) -> Outcome {
    let training = Training::build(case)?;
    let session = Session::new(&training.program.graph)?;
    session.run(training.program.graph.global_variables_initializer(), [])?;
    let mut differences = Vec::new();
    let steps = json::list(case, "trajectory");
    if steps.len() != STEPS {
        let told = steps.len();
        return Err(Trouble::fails(format!(
            "the case tells of {told} steps, not {STEPS}"
        )));
    }
    for (i, golden) in steps.iter().enumerate() {
        let compared = training.compare_step(&session, i, golden);
        differences.extend(compared.map_err(|trouble| trouble.at(&format!("step {}", i + 1)))?);
    }
    differences.extend(training.compare_end(&session, json::member(case, "final")?)?);
    no_differences(differences)
}

/// A model with what trains it.
struct Training {
    program: Program,
    /// The variables of the model, by name.
    variables: Vec<(String, AnyVariable)>,
    rate: Rate,
    /// The loss, and the learning rate and global norm if the case tells of them.
    told_before: Vec<(&'static str, AnyTensor)>,
    /// The moving average of each variable of the model.
    averages: Vec<(String, AnyVariable)>,
    train: Operation,
}

/// A learning rate.
enum Rate {
    Number(f64),
    Tensor(AnyTensor),
    /// A placeholder, and what it is fed in each step.
    Fed(AnyTensor, Vec<AnyArray>),
}

impl Training {
    /// Makes the model, the counter of steps, the learning rate and the optimizer, in this order.
    fn build(case: &Json) -> Outcome<Self> {
        let mut program = Program::new();
        let model = json::member(case, "model")?;
        let mut variables = Vec::new();
        for variable in json::list(model, "variables") {
            let name = json::text(variable, "name")?;
            program.add_variable(name, read_array(json::member(variable, "value")?)?);
            variables.push((name.to_string(), program.variable(name)?));
        }
        for feed in json::list(model, "feeds") {
            let value = json::member(feed, "value")?;
            program.add_input(
                json::text(feed, "name")?,
                value.get("shape"),
                read_array(value)?,
            )?;
        }
        program.run_steps(json::list(model, "steps"))?;
        let step = program
            .graph
            .variable_with(0i64, VariableOptions::new().trainable(false))
            .named("global_step");
        program
            .names
            .insert("global_step", Value::Variable(step.any()));
        let rate = Rate::build(&program, json::member(case, "learning_rate")?)?;
        let loss = program.tensor("loss")?;
        let mut training = Training {
            told_before: vec![("loss_before", loss.clone())],
            averages: Vec::new(),
            train: loss.op(),
            program,
            variables,
            rate,
        };
        if let Rate::Tensor(tensor) | Rate::Fed(tensor, _) = &training.rate {
            training.told_before.push(("learning_rate", tensor.clone()));
        }
        training.train = training.optimize(case, loss)?;
        training.average(case)?;
        training.program.graph.check()?;
        Ok(training)
    }

    /// `optimizer(learning_rate, **args).minimize(loss, global_step)`, or the same with clipped
    /// gradients.
    fn optimize(&mut self, case: &Json, loss: AnyTensor) -> Outcome<Operation> {
        let optimizer = json::member(case, "optimizer")?;
        let class = json::text(optimizer, "class")?;
        let mut arguments = vec![("learning_rate".to_string(), self.rate.argument())];
        for (key, argument) in json::object(optimizer, "args") {
            arguments.push((key.clone(), Value::read(argument, &self.program.names)?));
        }
        let made = Call::make(&self.program.graph, class, Vec::new(), arguments)?;
        let optimizer = match &made {
            Value::Object(object) => object.get::<optimizers::Boxed>(),
            _ => None,
        };
        let optimizer =
            optimizer.ok_or_else(|| Trouble::fails(format!("{class} is not an optimizer")))?;
        let step = self.program.variable("global_step")?;
        let Some(clip_norm) = json::given(case, "clip_global_norm").and_then(Json::as_f64) else {
            let names = json::given(case, "var_list").and_then(Json::as_array);
            let list = names.map(|names| {
                names
                    .iter()
                    .filter_map(Json::as_str)
                    .map(|name| self.program.variable(name))
            });
            let list = list
                .map(|list| list.collect::<Outcome<Vec<_>>>())
                .transpose()?;
            let options = with(Minimize::new().global_step(step), list, Minimize::var_list);
            return Ok(optimizer.minimize_with(loss, options));
        };
        let (gradients, variables): (Vec<_>, Vec<_>) =
            optimizer.compute_gradients(loss).into_iter().unzip();
        let (clipped, norm) = match self.told_before[0].1.dtype() {
            DType::Float64 => clip::<f64>(&gradients, clip_norm),
            _ => clip::<f32>(&gradients, clip_norm),
        };
        self.told_before.push(("global_norm", norm));
        let pairs = clipped.into_iter().zip(variables);
        Ok(optimizer.apply_gradients_with(pairs, ApplyGradients::new().global_step(step)))
    }

    /// `ExponentialMovingAverage(**ema).apply(variables)` after the update, if the case wants it.
    fn average(&mut self, case: &Json) -> Outcome {
        let Some(ema) = json::given(case, "ema") else {
            return Ok(());
        };
        let decay = json::member(ema, "decay")?.as_f64();
        let decay = decay.ok_or_else(|| Trouble::fails("the decay is not a number"))?;
        let mut averages = train::ExponentialMovingAverage::new(decay);
        if let Some(count) = json::given(ema, "num_updates").and_then(Json::as_str) {
            averages = averages.num_updates(self.program.variable(count)?);
        }
        if json::given(ema, "zero_debias").is_some_and(|flag| flag == true) {
            averages = averages.zero_debias();
        }
        let graph = &self.program.graph;
        let variables = self.variables.iter().map(|(_, variable)| variable);
        let step = self.train.clone();
        self.train = graph.control_dependencies([&step], || averages.apply(variables));
        for (name, variable) in &self.variables {
            let average = averages.average_name(variable);
            let variables = graph.global_variables();
            let found = variables.into_iter().find(|v| v.op().name() == average);
            let found = found.ok_or_else(|| Trouble::fails(format!("there is no {average}")))?;
            self.averages.push((name.clone(), found));
        }
        Ok(())
    }

    /// Compares what is told before step `i` and, after running it, the variables.
    fn compare_step(&self, session: &Session, i: usize, golden: &Json) -> Outcome<Vec<String>> {
        let mut differences = Vec::new();
        for (name, tensor) in &self.told_before {
            let ours = self.run(session, tensor, i)?;
            differences.extend(compare_value(
                &format!("trajectory[{i}].{name}"),
                &ours,
                json::member(golden, name)?,
            )?);
        }
        self.run(session, &self.train, i)?;
        for (what, variables) in [("variables", &self.variables), ("ema", &self.averages)] {
            let told = json::object(golden, what).count();
            if told != variables.len() {
                let all = variables.len();
                return Err(Trouble::fails(format!(
                    "the case tells of {told} of the {all} {what}"
                )));
            }
            for (name, golden) in json::object(golden, what) {
                let variable = variables.iter().find(|(ours, _)| ours == name);
                let (_, variable) =
                    variable.ok_or_else(|| Trouble::fails(format!("there is no {what} {name}")))?;
                let ours = session.run(variable, [])?;
                differences.extend(compare_value(
                    &format!("trajectory[{i}].{what}.{name}"),
                    &ours,
                    golden,
                )?);
            }
        }
        Ok(differences)
    }

    /// One run with what step `i` feeds.
    fn run<F: tf1::Fetch>(&self, session: &Session, fetch: F, i: usize) -> Outcome<F::Output> {
        let inputs = self.program.inputs.iter();
        let mut feeds = inputs
            .map(|input| input.tensor.feed(&input.value))
            .collect::<Result<Vec<_>, _>>()?;
        if let Rate::Fed(placeholder, values) = &self.rate {
            let value = values
                .get(i)
                .ok_or_else(|| Trouble::fails("there is no learning rate for this step"))?;
            feeds.push(placeholder.feed(value)?);
        }
        Ok(session.run(fetch, feeds)?)
    }

    /// Compares the variables that the optimizer made, and the names of all.
    fn compare_end(&self, session: &Session, golden: &Json) -> Outcome<Vec<String>> {
        let variables = self.program.graph.global_variables();
        let names: Vec<String> = variables.iter().map(AnyVariable::name).collect();
        let golden_names = json::list(golden, "all_variable_names");
        let mut differences = Vec::new();
        if names
            .iter()
            .map(String::as_str)
            .ne(golden_names.iter().filter_map(Json::as_str))
        {
            differences.push(format!("the variables are {names:?}, not {golden_names:?}"));
        }
        let slots = json::list(golden, "slots")
            .iter()
            .map(|slot| (slot, "slot_variable_name"));
        let others = json::list(golden, "other")
            .iter()
            .map(|other| (other, "name"));
        for (told, key) in slots.chain(others) {
            let name = json::text(told, key)?;
            let variable = variables
                .iter()
                .find(|variable| variable.op().name() == name);
            let variable =
                variable.ok_or_else(|| Trouble::fails(format!("there is no variable {name}")))?;
            let ours = session.run(variable, [])?;
            differences.extend(compare_value(name, &ours, json::member(told, "value")?)?);
        }
        let step = session.run(self.program.variable("global_step")?, [])?;
        differences.extend(compare_value(
            "global_step",
            &step,
            json::member(golden, "global_step")?,
        )?);
        Ok(differences)
    }
}

fn clip<T: Float>(
    gradients: &[Option<Gradient>],
    clip_norm: f64,
) -> (Vec<Option<Gradient>>, AnyTensor) {
    let options = tf1::ClipByGlobalNorm::<T>::new();
    let (clipped, norm) = tf1::clip_by_global_norm_with(gradients, T::from_f64(clip_norm), options);
    (clipped, norm.any())
}

fn compare_value(place: &str, ours: &AnyArray, golden: &Json) -> Outcome<Vec<String>> {
    let golden = Golden::read(golden)?;
    Ok(compare(
        place,
        ours,
        &golden,
        Tolerance::Trajectory,
        &Disputes::default(),
    ))
}

impl Rate {
    fn build(program: &Program, rate: &Json) -> Outcome<Self> {
        if let Some(number) = rate.as_f64() {
            return Ok(Rate::Number(number));
        }
        if let Some(values) = json::given(rate, "feed_per_step").and_then(Json::as_array) {
            let values = values.iter().filter_map(Json::as_f64);
            let values = values
                .map(|value| ndarray::arr0(value as f32).into())
                .collect();
            return Ok(Rate::Fed(
                program.graph.placeholder::<f32>("", []).any(),
                values,
            ));
        }
        // The variable that counts steps goes by its name.
        let mut schedule = rate.clone();
        for argument in schedule
            .get_mut("args")
            .and_then(Json::as_object_mut)
            .into_iter()
            .flat_map(|a| a.values_mut())
        {
            if argument == "global_step" {
                *argument = "$global_step".into();
            }
        }
        let tensor = value_of(&schedule, &program.names)?.as_tensor();
        tensor
            .map(Rate::Tensor)
            .ok_or_else(|| Trouble::fails("the learning rate is not a tensor"))
    }

    fn argument(&self) -> Value {
        match self {
            Rate::Number(number) => Value::Float(*number),
            Rate::Tensor(tensor) | Rate::Fed(tensor, _) => Value::Tensor(tensor.clone()),
        }
    }
}
