//! [`Call`]: what a binding is given, a call of a TensorFlow function with its arguments.

use std::cell::RefCell;

use tf1::{
    AnyTensor, AnyVariable, DType, Gradient, Graph, Integers, IntoIntegers, IntoTensor, Tensor,
};

use crate::bindings;
use crate::literal::{ELEMENT_TYPES, LITERALS, Literal};
use crate::object::Object;
use crate::operand::Operand;
use crate::returned::Returned;
use crate::trouble::{Outcome, Trouble};
use crate::value::Value;

/// What is refused when a program is compiled: an argument that is left out.
const REQUIRED_ARGUMENTS: &str = "compile-time: required and named arguments";
/// What is refused when a program is compiled: an argument of another kind.
pub const KINDS: &str = "compile-time: kinds of arguments";

/// A function of TensorFlow's and how to call the crate's counterpart.
pub struct Binding {
    /// TensorFlow's name of the function: `tf.reduce_sum`.
    pub function: &'static str,
    /// Its parameters in order, `name` left out: `"input_tensor, axis|reduction_indices,
    /// keepdims|keep_dims"`, with other spellings of a parameter after bars. A last one with a star
    /// takes all arguments that are left.
    pub parameters: &'static str,
    /// Calls the crate. Every argument must be taken; one that was given and not taken is a failure
    /// of the case.
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
    /// Whether numbers become constants before they are handed on.
    is_anchored: bool,
    /// What `with` has around the steps that stand below it.
    body: RefCell<Option<Body<'g>>>,
}

/// The steps below a `with`, given what stands after `as`.
pub type Body<'g> = Box<dyn FnOnce(Value) -> Outcome + 'g>;

impl<'g> Call<'g> {
    /// A call with keyword arguments only.
    pub fn new(graph: &'g Graph, function: &'g str, keywords: Vec<(String, Value)>) -> Self {
        Call {
            graph,
            function,
            arguments: RefCell::new(keywords),
            name: None,
            is_anchored: false,
            body: RefCell::new(None),
        }
    }

    /// Calls the function of this name with these positional and keyword arguments.
    pub fn make(
        graph: &Graph,
        function: &str,
        positional: Vec<Value>,
        keywords: Vec<(String, Value)>,
    ) -> Outcome<Value> {
        let binding = bindings::find(function).ok_or_else(|| Trouble::lacks(function))?;
        Call::of(binding, graph, positional, keywords)?.run(binding)
    }

    /// Calls the binding's function.
    ///
    /// A call of numbers only would build in a graph of its own; it is made again with constants of
    /// this graph.
    pub fn run(self, binding: &Binding) -> Outcome<Value> {
        let given = self.arguments.borrow().clone();
        let value = (binding.build)(&self)?;
        self.finish()?;
        let is_elsewhere = |value: &Value| {
            let operation = value.as_operation();
            operation.is_some_and(|operation| operation.graph() != self.graph)
        };
        if !listed(&value).iter().any(is_elsewhere) {
            return Ok(value);
        }
        let again = Call {
            arguments: RefCell::new(given),
            is_anchored: true,
            ..self
        };
        let value = (binding.build)(&again)?;
        if let Some(operation) = listed(&value).iter().find_map(Value::as_operation) {
            operation.graph().check()?;
        }
        Ok(value)
    }

    /// The same call, with steps below it.
    pub fn around(self, body: Body<'g>) -> Self {
        self.body.replace(Some(body));
        self
    }

    /// Makes the steps that stand below the call in a `with`; `value` is what stands after `as`.
    pub fn run_body(&self, value: Value) -> Outcome {
        match self.body.take() {
            Some(body) => body(value),
            None => Err(self.lacks("without steps below it")),
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
                return Err(self.lacks(&format!("{keyword}=")));
            }
        }
        Ok(())
    }

    /// Fails if an argument was given and not taken.
    pub fn finish(&self) -> Outcome {
        let arguments = self.arguments.borrow();
        match arguments
            .iter()
            .find(|(_, value)| !matches!(value, Value::None))
        {
            None => Ok(()),
            Some((left, _)) => Err(Trouble::lacks(format!("{} {left}=", self.function))),
        }
    }

    /// What the binding returns, named as `name=` says.
    pub fn returns(&self, result: impl Returned) -> Outcome<Value> {
        Ok(result.into_value(self.name.as_deref()))
    }

    /// The lack of this function for this element type.
    pub fn lacks_dtype(&self, dtype: DType) -> Trouble {
        Trouble::refused(ELEMENT_TYPES, format!("{} of {dtype}", self.function))
    }

    /// What cannot be written with the crate's function.
    pub fn refused(&self, what: &str) -> Trouble {
        Trouble::refused(KINDS, format!("{} {what}", self.function))
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
        self.optional(name).ok_or_else(|| self.misses(name))
    }

    pub fn misses(&self, name: &str) -> Trouble {
        let detail = format!("{} without {name}=", self.function);
        Trouble::refused(REQUIRED_ARGUMENTS, detail)
    }

    /// Whether None was given.
    pub fn is_none(&self, name: &str) -> bool {
        let arguments = self.arguments.borrow();
        let mut given = arguments.iter();
        given.any(|(given, value)| given == name && matches!(value, Value::None))
    }

    /// The argument, not taken yet.
    pub fn peek(&self, name: &str) -> Option<Value> {
        let arguments = self.arguments.borrow();
        let found = arguments.iter().find(|(given, _)| given == name)?;
        Some(found.1.clone()).filter(|value| !matches!(value, Value::None))
    }

    pub fn wrong(&self, name: &str, value: &Value, wanted: &str) -> Trouble {
        let detail = format!(
            "{} of a {} in {name}=, not {wanted}",
            self.function,
            value.kind()
        );
        Trouble::refused(KINDS, detail)
    }

    /// The element type that the named arguments share: that of the first tensor among them, else
    /// what TensorFlow gives Python numbers, `float32` if one of them is a float.
    pub fn dtype_of(&self, names: &[&str]) -> Outcome<DType> {
        let given = Value::List(names.iter().filter_map(|name| self.peek(name)).collect());
        if let Some(dtype) = given.dtype() {
            return Ok(dtype);
        }
        given.literal_dtype().ok_or_else(|| {
            let detail = format!("{} of {given:?}", self.function);
            Trouble::refused(LITERALS, detail)
        })
    }

    /// The type of an argument that holds indices or lengths: that of a tensor, `int32` of Python
    /// numbers.
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

    /// What stands where whole numbers are wanted.
    pub fn integers(&self, name: &str) -> Outcome<Integers> {
        Ok(match self.index_type(name)? {
            DType::Int64 => self.operand::<i64>(name)?.into_integers(),
            _ => self.operand::<i32>(name)?.into_integers(),
        })
    }

    /// As [`operand`](Call::operand), if it was given.
    pub fn optional_operand<T: Literal>(&self, name: &str) -> Outcome<Option<Operand<T>>> {
        self.optional(name)
            .map(|value| self.to_operand(name, value))
            .transpose()
    }

    /// A list of tensors.
    pub fn operands<T: Literal>(&self, name: &str) -> Outcome<Vec<Operand<T>>> {
        let value = self.required(name)?;
        let items = value
            .items()
            .ok_or_else(|| self.wrong(name, &value, "a list of tensors"))?;
        items
            .iter()
            .map(|item| self.to_operand(name, item.clone()))
            .collect()
    }

    fn to_operand<T: Literal>(&self, name: &str, value: Value) -> Outcome<Operand<T>> {
        let other_type = |dtype: DType| {
            let detail = format!("{} of {dtype} for {} in {name}=", self.function, T::DTYPE);
            Trouble::refused(ELEMENT_TYPES, detail)
        };
        match value {
            Value::Tensor(tensor) => {
                let typed = tensor.typed().map_err(|_| other_type(tensor.dtype()))?;
                Ok(Operand::Tensor(typed))
            }
            Value::Variable(variable) => {
                let value = variable.value();
                let typed = value.typed().map_err(|_| other_type(variable.dtype()))?;
                Ok(Operand::Tensor(typed))
            }
            Value::Slices(slices) => {
                let dense = Gradient::Sparse(slices).dense::<T>();
                Ok(Operand::Tensor(dense))
            }
            Value::Array(array) => {
                let dtype = array.dtype();
                array
                    .into_array()
                    .map(Operand::Array)
                    .map_err(|_| other_type(dtype))
            }
            Value::List(_) | Value::Tuple(_) if value.dtype().is_some() => {
                Err(Trouble::lacks("a list of tensors in place of a tensor"))
            }
            literal if self.is_anchored => {
                let array = literal.to_array::<T>()?;
                Ok(Operand::Tensor(array.into_tensor(self.graph, name)))
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
        let items = listed(&value);
        let tensors = items.iter().map(Value::as_tensor).collect::<Option<_>>();
        tensors.ok_or_else(|| self.wrong(name, &value, "tensors"))
    }

    /// A variable.
    pub fn variable(&self, name: &str) -> Outcome<AnyVariable> {
        match self.required(name)? {
            Value::Variable(variable) => Ok(variable),
            other => Err(self.wrong(name, &other, "a variable")),
        }
    }

    /// A variable, or a list of variables, if it is given.
    pub fn optional_variables(&self, name: &str) -> Outcome<Option<Vec<AnyVariable>>> {
        let Some(value) = self.optional(name) else {
            return Ok(None);
        };
        let variable = |item: &Value| match item {
            Value::Variable(variable) => Ok(variable.clone()),
            other => Err(self.wrong(name, other, "a variable")),
        };
        listed(&value)
            .iter()
            .map(variable)
            .collect::<Outcome<_>>()
            .map(Some)
    }

    /// An object of the harness or of the crate: what `Object::new` was given.
    pub fn object<T: 'static, R>(
        &self,
        name: &str,
        read: impl FnOnce(&T) -> Outcome<R>,
    ) -> Outcome<R> {
        let value = self.required(name)?;
        let object = match &value {
            Value::Object(object) => object.get::<T>(),
            _ => None,
        };
        read(object.ok_or_else(|| self.wrong(name, &value, "such an object"))?)
    }

    /// Takes all arguments that are left.
    pub fn take_all(&self) -> Vec<(String, Value)> {
        self.arguments.take()
    }

    /// An object that is this call's arguments, to be used when more is known.
    pub fn kept(&self, kind: &'static str) -> Outcome<Value> {
        let kept = KeptCall {
            function: self.function.to_string(),
            arguments: self.take_all(),
        };
        self.returns(Object::new(kind, kept))
    }

    /// The name of the function that is called.
    pub fn function(&self) -> &str {
        self.function
    }

    /// The name that the argument `name=` gives.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

/// A call that is made when more is known: of an initializer, when the variable is made.
#[derive(Clone, Debug)]
pub struct KeptCall {
    pub function: String,
    pub arguments: Vec<(String, Value)>,
}

/// The elements of a list, or the one value.
pub fn listed(value: &Value) -> &[Value] {
    value.items().unwrap_or(std::slice::from_ref(value))
}

/// Options with one more, if it is given.
pub fn with<O, A>(options: O, given: Option<A>, set: impl FnOnce(O, A) -> O) -> O {
    match given {
        Some(argument) => set(options, argument),
        None => options,
    }
}
