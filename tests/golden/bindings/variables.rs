//! Variables: making, finding and reading them.

use ndarray::ArrayD;
use tf1::{Graph, Regularizer, Tensor, VariableOptions};

use super::initializers::{self, Made, for_any, for_float};
use super::layers::{activate, calling_back, regularizer};
use crate::call::{Binding, Call, KeptCall, bind, with};
use crate::dispatch::{any, float, numeric};
use crate::literal::Literal;
use crate::operand::Operand;
use crate::trouble::{Outcome, Trouble};
use crate::value::Value;

/// A row for the variables of a collection.
macro_rules! collected {
    ($function:literal, $key:literal) => {
        bind($function, "scope", |c| {
            c.returns(c.graph.variables_of($key))
        })
    };
}

pub const BINDINGS: &[Binding] = &[
    bind("tf.get_variable", GET_VARIABLE, |c| {
        only_plain(c)?;
        let dtype = match c.peek("initializer") {
            Some(Value::Object(object)) => match object.get::<KeptCall>() {
                Some(kept) => initializers::dtype_of(kept)?,
                None => None,
            },
            None | Some(Value::Function(_)) => None,
            Some(_) => Some(c.dtype_of(&["initializer"])?),
        };
        let dtype = c.dtype("dtype", dtype.unwrap_or(tf1::DType::Float32))?;
        match dtype {
            tf1::DType::Float32 => get_float::<f32>(c),
            tf1::DType::Float64 => get_float::<f64>(c),
            other => any!(other, T => get_variable::<T>(c, for_any::<T>)),
        }
    }),
    bind("tf.get_local_variable", GET_VARIABLE, |c| {
        float!(c, c.dtype("dtype", tf1::DType::Float32)?, T => {
            get_variable_as::<T>(c, for_float::<T>, options(c)?.local())
        })
    }),
    bind("tf.Variable", VARIABLE, |c| {
        only_plain(c)?;
        if let Some(Value::Function(_)) = c.peek("initial_value") {
            return Err(c.lacks("of a function"));
        }
        let dtype = c
            .peek("initial_value")
            .map(|_| c.dtype_of(&["initial_value"]));
        let dtype = c.dtype("dtype", dtype.unwrap_or(Ok(tf1::DType::Float32))?)?;
        any!(dtype, T => {
            let value = c.operand::<T>("initial_value")?;
            c.returns(c.graph.variable_with(value, options(c)?))
        })
    }),
    collected!("tf.global_variables", "variables"),
    collected!("tf.local_variables", "local_variables"),
    collected!("tf.trainable_variables", "trainable_variables"),
    collected!("tf.moving_average_variables", "moving_average_variables"),
    bind("tf.variables_initializer", "var_list", |c| {
        let variables = c.optional_variables("var_list")?.unwrap_or_default();
        c.returns(c.graph.variables_initializer(&variables))
    }),
    bind("Variable.name", "self", |c| {
        c.returns(c.variable("self")?.name())
    }),
    bind("Variable.op", "self", |c| {
        c.returns(c.variable("self")?.op())
    }),
    bind("Variable.shape", "self", |c| {
        c.returns(c.variable("self")?.shape())
    }),
    bind("Variable.get_shape", "self", |c| {
        c.returns(c.variable("self")?.shape())
    }),
    bind("Variable.dtype", "self", |c| {
        c.returns(format!("<dtype: '{}_ref'>", c.variable("self")?.dtype()))
    }),
    bind("Variable.initializer", "self", |c| {
        c.returns(c.variable("self")?.initializer().clone())
    }),
    bind("Variable.read_value", "self", |c| {
        let variable = c.variable("self")?;
        any!(variable.dtype(), T => c.returns(variable.typed::<T>()?.read_value()))
    }),
    bind("Variable.assign", "self, value", |c| {
        let variable = c.variable("self")?;
        any!(variable.dtype(), T => c.returns(variable.typed::<T>()?.assign(c.operand("value")?)))
    }),
    bind("Variable.assign_add", "self, delta", |c| {
        let variable = c.variable("self")?;
        numeric!(c, variable.dtype(), T => {
            c.returns(variable.typed::<T>()?.assign_add(c.operand("delta")?))
        })
    }),
    bind("Variable.assign_sub", "self, delta", |c| {
        let variable = c.variable("self")?;
        numeric!(c, variable.dtype(), T => {
            c.returns(variable.typed::<T>()?.assign_sub(c.operand("delta")?))
        })
    }),
];

const GET_VARIABLE: &str = "name, shape, dtype, initializer, regularizer, trainable, collections, \
                            caching_device, partitioner, validate_shape, use_resource, custom_getter, \
                            constraint, synchronization, aggregation";
const VARIABLE: &str = "initial_value, trainable, collections, validate_shape, caching_device, \
                        variable_def, dtype, expected_shape, import_scope, constraint, use_resource";

/// Resource variables are not there.
pub fn only_plain(c: &Call<'_>) -> Outcome {
    match c.bool("use_resource", false)? {
        true => Err(Trouble::lacks("resource variables")),
        false => Ok(()),
    }
}

/// The arguments that both functions have.
fn options(c: &Call<'_>) -> Outcome<VariableOptions> {
    // How the replicas of a model share a variable: here there is one. What each has for itself is
    // not trained.
    c.optional("aggregation");
    let is_shared = match c.optional("synchronization") {
        Some(Value::Symbol(symbol)) => symbol != "tf.VariableSynchronization.ON_READ",
        _ => true,
    };
    let options = VariableOptions::new()
        .trainable(c.bool("trainable", true)? && is_shared)
        .validate_shape(c.bool("validate_shape", true)?);
    let Some(keys) = c.optional("collections") else {
        return Ok(options);
    };
    let key = |key: &Value| match key {
        Value::Text(key) => Ok(key.clone()),
        Value::Symbol(symbol) => super::symbols::text(symbol),
        _ => Err(c.lacks("collections=")),
    };
    let keys: Vec<String> = keys
        .items()
        .unwrap_or_default()
        .iter()
        .map(key)
        .collect::<Outcome<_>>()?;
    Ok(options.collections(keys))
}

fn get_float<T: Made>(c: &Call<'_>) -> Outcome<Value> {
    get_variable::<T>(c, for_float::<T>)
}

type Make<T> = fn(&Graph, &KeptCall) -> Outcome<initializers::Boxed<T>>;

fn get_variable<T: Literal>(c: &Call<'_>, make: Make<T>) -> Outcome<Value> {
    get_variable_as(c, make, options(c)?)
}

fn get_variable_as<T: Literal>(
    c: &Call<'_>,
    make: Make<T>,
    options: VariableOptions,
) -> Outcome<Value> {
    let name = c.text("name", "")?;
    let options = match c.optional("constraint") {
        None => options,
        Some(function @ Value::Function(_)) => {
            let graph = c.graph.clone();
            options.constraint(move |value: Tensor<T>| activate(&graph, &function, value))
        }
        Some(_) => return Err(c.lacks("constraint= of another kind")),
    };
    let given = regularizer(c, "regularizer")?;
    let options = with(options, given, |options, given| {
        options.regularizer(Shared(given))
    });
    let shape = c.peek("shape").map(|_| c.lengths("shape")).transpose()?;
    let made = |shape: Vec<usize>, initializer: Initial<T>| {
        let graph = c.graph;
        c.returns(calling_back(|| match initializer {
            Initial::Made(made) => graph.get_variable_with(&name, shape, made, options).any(),
            Initial::Array(array) => graph.get_variable_with(&name, shape, array, options).any(),
            Initial::Tensor(tensor) => graph.get_variable_with(&name, shape, tensor, options).any(),
        })?)
    };
    if let Some(initializer) = kept_initializer(c, make)? {
        let shape = shape.or_else(|| existing(c.graph, &name));
        return made(
            shape.ok_or_else(|| c.lacks("without shape="))?,
            Initial::Made(initializer),
        );
    }
    if shape.is_some() {
        return Err(c.refused("with shape= beside a constant"));
    }
    match c.operand::<T>("initializer")? {
        Operand::Array(array) => made(array.shape().to_vec(), Initial::Array(array)),
        Operand::Tensor(tensor) => {
            let shape = tensor.shape().to_known();
            made(
                shape.ok_or_else(|| c.lacks("of an unknown shape"))?,
                Initial::Tensor(tensor),
            )
        }
    }
}

/// What a variable starts as.
enum Initial<T> {
    Made(initializers::Boxed<T>),
    Array(ArrayD<T>),
    Tensor(Tensor<T>),
}

/// The initializer if it is an object, or TensorFlow's default if none is given.
fn kept_initializer<T>(c: &Call<'_>, make: Make<T>) -> Outcome<Option<initializers::Boxed<T>>> {
    match c.peek("initializer") {
        None => {
            let default = KeptCall {
                function: "default".to_string(),
                arguments: Vec::new(),
            };
            make(c.graph, &default).map(Some)
        }
        Some(Value::Object(object)) => {
            c.optional("initializer");
            let kept = object.get::<KeptCall>();
            make(
                c.graph,
                kept.ok_or_else(|| c.lacks("initializer= of another kind"))?,
            )
            .map(Some)
        }
        Some(Value::Function(_)) => Err(c.lacks("initializer= of a function")),
        Some(_) => Ok(None),
    }
}

/// The shape of the variable that is shared under this name, which TensorFlow needs not be told.
fn existing(graph: &Graph, name: &str) -> Option<Vec<usize>> {
    let suffix = format!("/{name}:0");
    let variables = graph.global_variables();
    let found = variables
        .iter()
        .find(|variable| variable.name().ends_with(&suffix))?;
    found.shape().to_known()
}

/// A regularizer that is known when the case is run.
#[derive(Debug)]
pub struct Shared(pub std::sync::Arc<dyn Regularizer>);

impl Regularizer for Shared {
    fn penalty(&self, weights: &tf1::AnyTensor) -> Option<tf1::AnyTensor> {
        self.0.penalty(weights)
    }
}
