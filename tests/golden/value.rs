//! Values of a program case: Python's, of which only running tells the type.

use serde_json::Value as Json;
use tf1::{AnyArray, AnyTensor, AnyVariable, DType, IndexedSlices, Operation, Shape};

use crate::array::read_array;
use crate::call::Call;
use crate::function::Function;
use crate::json;
use crate::names::Names;
use crate::object::Object;
use crate::trouble::{Outcome, Trouble};

/// A value that a Python program could hold.
#[derive(Clone, Debug)]
pub enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    /// A byte string.
    Bytes(Vec<u8>),
    List(Vec<Value>),
    Tuple(Vec<Value>),
    Dict(Vec<(String, Value)>),
    /// A NumPy array.
    Array(AnyArray),
    Shape(Shape),
    Tensor(AnyTensor),
    Variable(AnyVariable),
    Slices(IndexedSlices),
    Operation(Operation),
    /// `start:stop:step` inside of an index.
    Slice([Option<i64>; 3]),
    Function(Function),
    /// An attribute of TensorFlow's: `tf.nn.relu`, `tf.float32`, `tf.GraphKeys.UPDATE_OPS`.
    Symbol(String),
    /// An optimizer, an initializer, a scope and their like.
    Object(Object),
}

impl Value {
    /// Reads an argument.
    pub fn read(json: &Json, names: &Names) -> Outcome<Value> {
        Ok(match json {
            Json::Null => Value::None,
            Json::Bool(value) => Value::Bool(*value),
            Json::Number(number) => match number.as_i64() {
                Some(integer) => Value::Int(integer),
                None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Json::String(text) => match text.strip_prefix('$') {
                Some(reference) => names.look_up(reference)?,
                None => Value::Text(text.clone()),
            },
            Json::Array(items) => Value::List(read_all(items, names)?),
            Json::Object(_) => read_object(json, names)?,
        })
    }

    /// The elements of a list or tuple.
    pub fn items(&self) -> Option<&[Value]> {
        match self {
            Value::List(items) | Value::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// Whether this is `True`.
    pub fn is_true(&self) -> bool {
        matches!(self, Value::Bool(true))
    }

    /// What methods and attributes of the value are looked up by: `Variable` for `Variable.assign`.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Tensor(_) => "Tensor",
            Value::Variable(_) => "Variable",
            Value::Slices(_) => "IndexedSlices",
            Value::Operation(_) => "Operation",
            Value::Shape(_) => "TensorShape",
            Value::Object(object) => object.kind(),
            Value::Function(_) | Value::Symbol(_) => "Function",
            _ => "Python",
        }
    }

    /// The element type of a tensor, variable or array, or of the first of them in a list.
    pub fn dtype(&self) -> Option<DType> {
        match self {
            Value::Tensor(tensor) => Some(tensor.dtype()),
            Value::Variable(variable) => Some(variable.dtype()),
            Value::Array(array) => Some(array.dtype()),
            Value::Slices(slices) => Some(slices.values.dtype()),
            other => other.items()?.iter().find_map(Value::dtype),
        }
    }

    /// The tensor that the value is: of a variable its memory.
    pub fn as_tensor(&self) -> Option<AnyTensor> {
        match self {
            Value::Tensor(tensor) => Some(tensor.clone()),
            Value::Variable(variable) => Some(variable.memory().clone()),
            _ => None,
        }
    }

    /// The operation that computes the value, to wait for it.
    pub fn as_operation(&self) -> Option<Operation> {
        match self {
            Value::Operation(operation) => Some(operation.clone()),
            Value::Slices(slices) => Some(slices.values.op()),
            value => value.as_tensor().map(|tensor| tensor.op()),
        }
    }

    /// Calls the value: a function of the program or of TensorFlow's.
    pub fn call(&self, graph: &tf1::Graph, arguments: Vec<Value>) -> Outcome<Value> {
        match self {
            Value::Function(function) => function.call(graph, arguments),
            Value::Symbol(name) => Call::make(graph, name, arguments, Vec::new()),
            other => Err(Trouble::lacks(format!("calling a {}", other.kind()))),
        }
    }

    /// `str(value)`.
    pub fn printed(&self) -> String {
        match self {
            Value::Tensor(tensor) => tensor.to_string(),
            Value::Variable(variable) => variable.to_string(),
            Value::Shape(shape) => shape.to_string(),
            Value::Text(text) => text.clone(),
            Value::None => "None".to_string(),
            Value::Bool(value) => value.to_string(),
            Value::Int(value) => value.to_string(),
            Value::Float(value) => format!("{value:?}"),
            other => format!("{other:?}"),
        }
    }
}

fn read_all(items: &[Json], names: &Names) -> Outcome<Vec<Value>> {
    items.iter().map(|item| Value::read(item, names)).collect()
}

/// A value that JSON has no form for: an object with one of a few keys.
fn read_object(json: &Json, names: &Names) -> Outcome<Value> {
    if let Some(bounds) = json::given(json, "slice").and_then(Json::as_array) {
        let bound = |i: usize| bounds.get(i).and_then(Json::as_i64);
        return Ok(Value::Slice([bound(0), bound(1), bound(2)]));
    }
    if let Some(function) = json::given(json, "fn") {
        return Function::read(function, names).map(Value::Function);
    }
    if let Some(items) = json::given(json, "tuple").and_then(Json::as_array) {
        return read_all(items, names).map(Value::Tuple);
    }
    if json.get("dict").is_some() {
        let members = json::object(json, "dict")
            .map(|(key, value)| Ok((key.clone(), Value::read(value, names)?)));
        return Ok(Value::Dict(members.collect::<Outcome<_>>()?));
    }
    if let Some(name) = json::given(json, "tf").and_then(Json::as_str) {
        return Ok(Value::Symbol(format!("tf.{name}")));
    }
    if let Some(bytes) = json::bytes(json, "bytes") {
        return Ok(Value::Bytes(bytes));
    }
    if json.get("dtype").is_some() {
        return read_array(json).map(Value::Array);
    }
    Err(Trouble::fails(format!(
        "an argument of unknown form: {json}"
    )))
}
