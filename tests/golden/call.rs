//! [`Call`]: what a binding is given, a call of a TensorFlow function with its arguments.

use std::cell::RefCell;

use ndarray::ArrayD;
use tf1::{AnyTensor, DType, Element, Graph, IntoTensor, Tensor};

use crate::array;
use crate::trouble::{Outcome, Trouble};
use crate::value::{Literal, Returned, Value};

/// A function of TensorFlow's and how to call the crate's counterpart.
pub struct Binding {
    /// TensorFlow's name of the function: `tf.reduce_sum`.
    pub function: &'static str,
    /// Its parameters in order, `name` left out: `"input_tensor, axis|reduction_indices, keepdims|keep_dims"`, with
    /// other spellings of a parameter after bars. A last one with a star takes all arguments that are left.
    pub parameters: &'static str,
    /// Calls the crate. Every argument must be taken; one that was given and not taken is a failure of the case.
    pub build: fn(&Call<'_>) -> Outcome<Value>,
}

/// Shorthand for a [`Binding`].
pub const fn bind(
    function: &'static str,
    parameters: &'static str,
    build: fn(&Call<'_>) -> Outcome<Value>,
) -> Binding {
    Binding {
        function,
        parameters,
        build,
    }
}

fn first_spelling(parameter: &str) -> &str {
    parameter.split('|').next().unwrap_or(parameter)
}

/// A call of a TensorFlow function.
pub struct Call<'g> {
    pub graph: &'g Graph,
    function: &'g str,
    /// The arguments not yet taken, by the parameters' first spellings.
    arguments: RefCell<Vec<(String, Value)>>,
    name: Option<String>,
}

impl<'g> Call<'g> {
    /// A call with keyword arguments only.
    pub fn new(graph: &'g Graph, function: &'g str, keywords: Vec<(String, Value)>) -> Self {
        Call {
            graph,
            function,
            arguments: RefCell::new(keywords),
            name: None,
        }
    }

    /// A call of the binding's function with these positional and keyword arguments.
    pub fn of(
        binding: &'g Binding,
        graph: &'g Graph,
        positional: Vec<Value>,
        keywords: Vec<(String, Value)>,
    ) -> Outcome<Self> {
        let parameters: Vec<&str> = binding.parameters.split(',').map(str::trim).collect();
        let mut arguments = Vec::new();
        let mut positional = positional.into_iter();
        for parameter in &parameters {
            if let Some(rest) = parameter.strip_prefix('*') {
                arguments.push((rest.to_string(), Value::List(positional.by_ref().collect())));
            } else if let Some(value) = positional.next() {
                arguments.push((first_spelling(parameter).to_string(), value));
            }
        }
        if positional.next().is_some() {
            return Err(Trouble::fails(format!(
                "{} is given too many arguments",
                binding.function
            )));
        }
        let mut call = Call::new(graph, binding.function, arguments);
        for (keyword, value) in keywords {
            call.add_keyword(&keyword, value, &parameters)?;
        }
        Ok(call)
    }

    fn add_keyword(&mut self, keyword: &str, value: Value, parameters: &[&str]) -> Outcome {
        let parameter = parameters
            .iter()
            .find(|known| known.split('|').any(|spelling| spelling == keyword));
        match (parameter, value) {
            (Some(parameter), value) => {
                self.arguments
                    .get_mut()
                    .push((first_spelling(parameter).to_string(), value));
            }
            (None, Value::Text(name)) if keyword == "name" => self.name = Some(name),
            (None, Value::None) if keyword == "name" => {}
            (None, _) => {
                let message = format!(
                    "the binding of {} does not know the argument {keyword}=",
                    self.function
                );
                return Err(Trouble::fails(message));
            }
        }
        Ok(())
    }

    /// Fails if an argument was given and not taken.
    pub fn finish(self) -> Outcome {
        match self.arguments.into_inner().first() {
            None => Ok(()),
            Some((left, value)) => Err(Trouble::fails(format!(
                "the binding of {} makes no use of {left}={value:?}",
                self.function
            ))),
        }
    }

    /// What the binding returns, named as `name=` says.
    pub fn returns(&self, result: impl Returned) -> Outcome<Value> {
        Ok(result.into_value(self.name.as_deref()))
    }

    /// The lack of this function for this element type.
    pub fn lacks_dtype(&self, dtype: DType) -> Trouble {
        Trouble::lacks(format!("{} of {dtype}", self.function))
    }

    /// The lack of this function with this argument.
    pub fn lacks(&self, argument: &str) -> Trouble {
        Trouble::lacks(format!("{} {argument}", self.function))
    }

    /// The argument, if it was given and is not None.
    pub fn optional(&self, name: &str) -> Option<Value> {
        let mut arguments = self.arguments.borrow_mut();
        let place = arguments.iter().position(|(given, _)| given == name)?;
        Some(arguments.remove(place).1).filter(|value| !matches!(value, Value::None))
    }

    /// The argument, which must be given.
    pub fn required(&self, name: &str) -> Outcome<Value> {
        self.optional(name)
            .ok_or_else(|| Trouble::fails(format!("{} misses argument {name}=", self.function)))
    }

    /// The argument, not taken yet.
    pub fn peek(&self, name: &str) -> Option<Value> {
        let arguments = self.arguments.borrow();
        let found = arguments.iter().find(|(given, _)| given == name)?;
        Some(found.1.clone()).filter(|value| !matches!(value, Value::None))
    }

    fn wrong(&self, name: &str, value: &Value, wanted: &str) -> Trouble {
        Trouble::fails(format!(
            "{}: {name}={value:?} is not {wanted}",
            self.function
        ))
    }

    /// The element type that the named arguments share: that of the first tensor among them, else what TensorFlow gives
    /// Python numbers, `float32` if one of them is a float.
    pub fn dtype_of(&self, names: &[&str]) -> Outcome<DType> {
        let given = Value::List(names.iter().filter_map(|name| self.peek(name)).collect());
        given
            .dtype()
            .or_else(|| given.literal_dtype())
            .ok_or_else(|| {
                Trouble::fails(format!("{}: no element type in {names:?}", self.function))
            })
    }

    /// The type of an argument that holds indices or lengths: that of a tensor, `int32` of Python numbers.
    pub fn index_type(&self, name: &str) -> Outcome<DType> {
        Ok(self
            .peek(name)
            .and_then(|value| value.dtype())
            .unwrap_or(DType::Int32))
    }

    /// What stands where a tensor of `T` is wanted.
    pub fn operand<T: Literal>(&self, name: &str) -> Outcome<Operand<T>> {
        let value = self.required(name)?;
        self.to_operand(name, value)
    }

    /// As [`operand`](Call::operand), if it was given.
    pub fn optional_operand<T: Literal>(&self, name: &str) -> Outcome<Option<Operand<T>>> {
        self.optional(name)
            .map(|value| self.to_operand(name, value))
            .transpose()
    }

    /// A list of tensors.
    pub fn operands<T: Literal>(&self, name: &str) -> Outcome<Vec<Operand<T>>> {
        match self.required(name)? {
            Value::List(items) => items
                .into_iter()
                .map(|item| self.to_operand(name, item))
                .collect(),
            other => Err(self.wrong(name, &other, "a list of tensors")),
        }
    }

    fn to_operand<T: Literal>(&self, name: &str, value: Value) -> Outcome<Operand<T>> {
        match value {
            Value::Tensor(tensor) => Ok(Operand::Tensor(tensor.typed()?)),
            Value::Variable(variable) => Ok(Operand::Tensor(variable.value().typed()?)),
            Value::Array(array) => {
                let wrong = |_| {
                    Trouble::fails(format!(
                        "{}: {name} has another element type",
                        self.function
                    ))
                };
                array.into_array().map(Operand::Array).map_err(wrong)
            }
            Value::List(ref items) if items.iter().any(|item| item.dtype().is_some()) => {
                Err(Trouble::lacks("a list of tensors in place of a tensor"))
            }
            literal => Ok(Operand::Array(literal.to_array()?)),
        }
    }

    /// A tensor; what is none becomes a constant.
    pub fn tensor<T: Literal>(&self, name: &str) -> Outcome<Tensor<T>> {
        Ok(self.operand(name)?.into_tensor(self.graph, name))
    }

    /// A list of tensors; what is none becomes a constant.
    pub fn tensors<T: Literal>(&self, name: &str) -> Outcome<Vec<Tensor<T>>> {
        let operands = self.operands(name)?.into_iter();
        Ok(operands
            .map(|operand: Operand<T>| operand.into_tensor(self.graph, name))
            .collect())
    }

    /// A tensor of any type; of a variable its memory.
    pub fn any_tensor(&self, name: &str) -> Outcome<AnyTensor> {
        let value = self.required(name)?;
        value
            .as_tensor()
            .ok_or_else(|| self.wrong(name, &value, "a tensor"))
    }

    /// A tensor, or a list of tensors, of any types; of variables their memory.
    pub fn any_tensors(&self, name: &str) -> Outcome<Vec<AnyTensor>> {
        let value = self.required(name)?;
        let items = match &value {
            Value::List(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        let tensors = items.iter().map(Value::as_tensor).collect::<Option<_>>();
        tensors.ok_or_else(|| self.wrong(name, &value, "tensors"))
    }

    /// A truth value.
    pub fn bool(&self, name: &str, default: bool) -> Outcome<bool> {
        match self.optional(name) {
            None => Ok(default),
            Some(Value::Bool(value)) => Ok(value),
            Some(other) => Err(self.wrong(name, &other, "True or False")),
        }
    }

    /// An integer, if it was given.
    pub fn optional_int(&self, name: &str) -> Outcome<Option<i64>> {
        match self.optional(name) {
            None => Ok(None),
            Some(Value::Int(value)) => Ok(Some(value)),
            Some(other) => Err(self.wrong(name, &other, "an integer")),
        }
    }

    /// An integer.
    pub fn int(&self, name: &str, default: i64) -> Outcome<i64> {
        Ok(self.optional_int(name)?.unwrap_or(default))
    }

    /// A number, if it was given.
    pub fn optional_float(&self, name: &str) -> Outcome<Option<f64>> {
        self.optional(name)
            .map(|value| f64::literal(&value).ok_or_else(|| self.wrong(name, &value, "a number")))
            .transpose()
    }

    /// A number.
    pub fn float(&self, name: &str, default: f64) -> Outcome<f64> {
        Ok(self.optional_float(name)?.unwrap_or(default))
    }

    /// A string.
    pub fn text(&self, name: &str, default: &str) -> Outcome<String> {
        match self.optional(name) {
            None => Ok(default.to_string()),
            Some(Value::Text(value)) => Ok(value),
            Some(other) => Err(self.wrong(name, &other, "a string")),
        }
    }

    /// A list of integers, or a single one, if it was given.
    pub fn optional_ints(&self, name: &str) -> Outcome<Option<Vec<i64>>> {
        let Some(value) = self.optional(name) else {
            return Ok(None);
        };
        let array = value
            .to_array::<i64>()
            .map_err(|_| self.wrong(name, &value, "integers"))?;
        Ok(Some(array.into_iter().collect()))
    }

    /// A list of integers.
    pub fn ints(&self, name: &str) -> Outcome<Vec<i64>> {
        let found = self.optional_ints(name)?;
        found.ok_or_else(|| Trouble::fails(format!("{} misses argument {name}=", self.function)))
    }

    /// A list of lengths or places.
    pub fn lengths(&self, name: &str) -> Outcome<Vec<usize>> {
        let ints = self.ints(name)?;
        let lengths = ints
            .iter()
            .map(|&length| usize::try_from(length))
            .collect::<Result<_, _>>();
        lengths.map_err(|_| {
            Trouble::fails(format!("{}: {name}={ints:?} are no lengths", self.function))
        })
    }

    /// An element type.
    pub fn dtype(&self, name: &str, default: DType) -> Outcome<DType> {
        match self.optional(name) {
            None => Ok(default),
            Some(Value::Text(dtype)) => array::dtype(&dtype),
            Some(other) => Err(self.wrong(name, &other, "an element type")),
        }
    }
}

/// What stands where a tensor of `T` is wanted: a tensor, or numbers that will become a constant.
#[derive(Clone, Debug)]
pub enum Operand<T: Element> {
    Tensor(Tensor<T>),
    Array(ArrayD<T>),
}

impl<T: Element> IntoTensor<T> for Operand<T> {
    fn graph(&self) -> Option<Graph> {
        match self {
            Operand::Tensor(tensor) => Some(tensor.graph().clone()),
            Operand::Array(_) => None,
        }
    }

    fn into_tensor(self, graph: &Graph, name: &str) -> Tensor<T> {
        match self {
            Operand::Tensor(tensor) => tensor,
            Operand::Array(array) => array.into_tensor(graph, name),
        }
    }
}

/// Options with one more, if it is given.
pub fn with<O, A>(options: O, given: Option<A>, set: impl FnOnce(O, A) -> O) -> O {
    match given {
        Some(argument) => set(options, argument),
        None => options,
    }
}
