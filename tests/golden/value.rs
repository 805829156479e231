//! Values of a program case: Python's, of which only running tells the type.

use std::collections::HashMap;

use ndarray::{ArrayD, IxDyn};
use serde_json::Value as Json;
use tf1::{AnyArray, AnyTensor, AnyVariable, DType, Graph, IndexedSlices, Tensor};

use crate::array::{Exact, read_array};
use crate::json::{self, special_number};
use crate::program::run_steps;
use crate::trouble::{Outcome, Trouble};

/// A value that a Python program could hold.
#[derive(Clone, Debug)]
pub enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Value>),
    /// A NumPy array.
    Array(AnyArray),
    Tensor(AnyTensor),
    Variable(AnyVariable),
    Slices(IndexedSlices),
    /// `start:stop:step` inside of an index.
    Slice([Option<i64>; 3]),
    /// For tf.cond, tf.while_loop and their like.
    #[expect(dead_code, reason = "the crate does not have control flow yet")]
    Function(Function),
}

/// The names of a program: `$x` in an argument refers to the value called `x`.
pub type Names = HashMap<String, Value>;

/// A Python function of the program, with the names that it can see.
#[derive(Clone, Debug)]
pub struct Function {
    parameters: Vec<String>,
    steps: Vec<Json>,
    returns: Json,
    names: Names,
}

impl Function {
    /// Calls the function: makes its steps in `graph`.
    #[expect(dead_code, reason = "the crate does not have control flow yet")]
    pub fn call(&self, graph: &Graph, arguments: Vec<Value>) -> Outcome<Value> {
        let mut names = self.names.clone();
        names.extend(self.parameters.iter().cloned().zip(arguments));
        run_steps(graph, &self.steps, &mut names)?;
        Value::read(&self.returns, &names)
    }
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
                Some(reference) => look_up(reference, names)?,
                None => Value::Text(text.clone()),
            },
            Json::Array(items) => Value::List(
                items
                    .iter()
                    .map(|item| Value::read(item, names))
                    .collect::<Outcome<_>>()?,
            ),
            Json::Object(_) => read_object(json, names)?,
        })
    }

    /// The element type of a tensor, variable or array, or of the first of them in a list.
    pub fn dtype(&self) -> Option<DType> {
        match self {
            Value::Tensor(tensor) => Some(tensor.dtype()),
            Value::Variable(variable) => Some(variable.dtype()),
            Value::Array(array) => Some(array.dtype()),
            Value::List(items) => items.iter().find_map(Value::dtype),
            _ => None,
        }
    }

    /// The element type that TensorFlow gives a Python number, string or list if nothing else decides it.
    pub fn literal_dtype(&self) -> Option<DType> {
        match self {
            Value::Bool(_) => Some(DType::Bool),
            Value::Int(_) => Some(DType::Int32),
            Value::Float(_) => Some(DType::Float32),
            Value::Text(text) if special_number(text).is_some() => Some(DType::Float32),
            Value::List(items) if items.is_empty() => Some(DType::Float32),
            Value::List(items) => {
                let types: Option<Vec<DType>> = items.iter().map(Value::literal_dtype).collect();
                let types = types?;
                Some(if types.contains(&DType::Float32) {
                    DType::Float32
                } else {
                    types[0]
                })
            }
            _ => None,
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

    /// A Python number, or a list of such, as an array of `T`, as TensorFlow converts it.
    pub fn to_array<T: Literal>(&self) -> Outcome<ArrayD<T>> {
        let mut elements = Vec::new();
        let shape = self.gather_literals(&mut elements)?;
        ArrayD::from_shape_vec(IxDyn(&shape), elements)
            .map_err(|_| Trouble::fails(format!("{self:?} is not a dense array")))
    }

    /// Appends the numbers that the value holds and returns its shape.
    fn gather_literals<T: Literal>(&self, elements: &mut Vec<T>) -> Outcome<Vec<usize>> {
        let Value::List(items) = self else {
            let element = T::literal(self);
            elements.push(
                element.ok_or_else(|| {
                    Trouble::fails(format!("Expected {}, got {self:?}", T::DTYPE))
                })?,
            );
            return Ok(Vec::new());
        };
        let mut shape = vec![items.len()];
        for (i, item) in items.iter().enumerate() {
            let inner = item.gather_literals(elements)?;
            if i == 0 {
                shape.extend(inner);
            } else if shape[1..] != inner {
                return Err(Trouble::fails(format!("{self:?} is not a dense array")));
            }
        }
        Ok(shape)
    }
}

/// `x`, or `x[1]` for an element of the list `x`.
fn look_up(reference: &str, names: &Names) -> Outcome<Value> {
    let (name, rest) = reference.split_at(reference.find('[').unwrap_or(reference.len()));
    let unknown = || Trouble::fails(format!("${reference} refers to nothing"));
    let mut value = names.get(name).ok_or_else(unknown)?.clone();
    for index in rest.split_terminator(']') {
        let index: usize = index
            .trim_start_matches('[')
            .parse()
            .map_err(|_| unknown())?;
        value = match value {
            Value::List(mut items) if index < items.len() => items.swap_remove(index),
            _ => return Err(unknown()),
        };
    }
    Ok(value)
}

fn read_object(json: &Json, names: &Names) -> Outcome<Value> {
    if let Some(bounds) = json::given(json, "slice").and_then(Json::as_array) {
        let bound = |i: usize| bounds.get(i).and_then(Json::as_i64);
        return Ok(Value::Slice([bound(0), bound(1), bound(2)]));
    }
    if let Some(function) = json::given(json, "fn") {
        let parameters = json::list(function, "params").iter();
        return Ok(Value::Function(Function {
            parameters: parameters
                .filter_map(Json::as_str)
                .map(str::to_string)
                .collect(),
            steps: json::list(function, "steps").to_vec(),
            returns: json::member(function, "returns")?.clone(),
            names: names.clone(),
        }));
    }
    if json.get("dtype").is_some() {
        return read_array(json).map(Value::Array);
    }
    Err(Trouble::fails(format!(
        "an argument of unknown form: {json}"
    )))
}

/// An element type that Python numbers can be converted to.
pub trait Literal: Exact {
    /// `None` where TensorFlow refuses to convert.
    fn literal(value: &Value) -> Option<Self>;
}

macro_rules! literal {
    ($($type:ty: |$value:ident| $read:expr;)*) => {$(
        impl Literal for $type {
            fn literal($value: &Value) -> Option<Self> {
                $read
            }
        }
    )*};
}

literal! {
    f32: |value| float(value).map(|v| v as f32);
    f64: |value| float(value);
    i32: |value| integer(value).and_then(|v| v.try_into().ok());
    i64: |value| integer(value);
    u8: |value| integer(value).and_then(|v| v.try_into().ok());
    bool: |value| match value {
        Value::Bool(value) => Some(*value),
        _ => None,
    };
}

fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Int(value) => Some(*value as f64),
        Value::Float(value) => Some(*value),
        Value::Text(text) => special_number(text),
        _ => None,
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Int(value) => Some(*value),
        _ => None,
    }
}

/// What a binding can return: tensors, and tuples and lists of them.
pub trait Returned {
    /// The value as the program sees it, under the name that the argument `name=` gives.
    fn into_value(self, name: Option<&str>) -> Value;
}

impl<T: tf1::Element> Returned for Tensor<T> {
    fn into_value(self, name: Option<&str>) -> Value {
        let tensor = match name {
            Some(name) => self.named(name),
            None => self,
        };
        Value::Tensor(tensor.any())
    }
}

impl Returned for Value {
    fn into_value(self, _: Option<&str>) -> Value {
        self
    }
}

impl<R: Returned> Returned for Vec<R> {
    /// Naming one of the tensors of a call names the call.
    fn into_value(self, name: Option<&str>) -> Value {
        let named = |(i, item): (usize, R)| item.into_value(name.filter(|_| i == 0));
        Value::List(self.into_iter().enumerate().map(named).collect())
    }
}

impl<A: Returned, B: Returned> Returned for (A, B) {
    fn into_value(self, name: Option<&str>) -> Value {
        Value::List(vec![self.0.into_value(name), self.1.into_value(None)])
    }
}

impl<A: Returned, B: Returned, C: Returned> Returned for (A, B, C) {
    fn into_value(self, name: Option<&str>) -> Value {
        Value::List(vec![
            self.0.into_value(name),
            self.1.into_value(None),
            self.2.into_value(None),
        ])
    }
}
