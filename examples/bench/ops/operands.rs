//! What a builder is given.

use tf1 as tf;
use tf1::{AnyVariable, Axes, DType, Graph, Plain, Tensor, Variable};

use super::case::{Case, Operand};

/// The operands of a case, all of them variables, so that nothing is computed once for all, and its
/// attributes.
pub struct Operands<'a> {
    pub graph: &'a Graph,
    case: &'a Case,
    variables: Vec<AnyVariable>,
}

impl<'a> Operands<'a> {
    pub fn new(graph: &'a Graph, case: &'a Case) -> Self {
        let variables = case.operands.iter();
        Operands {
            graph,
            case,
            variables: variables.map(|operand| variable(graph, operand)).collect(),
        }
    }

    pub fn variables(&self) -> &[AnyVariable] {
        &self.variables
    }

    /// Operand `i` as a variable, to be changed.
    pub fn variable<T: Plain>(&self, i: usize) -> Variable<T> {
        let Some(variable) = self.variables.get(i) else {
            panic!("no operand {i} in `{}`", self.case.line)
        };
        let typed = variable.typed();
        typed.unwrap_or_else(|error| panic!("{error} in `{}`", self.case.line))
    }

    /// The value of operand `i`, or what the op is to be given of it.
    pub fn get<T: Plain>(&self, i: usize) -> Tensor<T> {
        self.case.operands[i].view(self.variable(i).value())
    }

    /// All operands from the `first` on.
    pub fn list<T: Plain>(&self, first: usize) -> Vec<Tensor<T>> {
        (first..self.variables.len()).map(|i| self.get(i)).collect()
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        let mut attributes = self.case.attributes.iter();
        let found = attributes.find(|(key, _)| key == name);
        found.map(|(_, value)| value.trim())
    }

    fn wanted(&self, name: &str) -> &str {
        let found = self.text(name);
        found.unwrap_or_else(|| panic!("no attribute {name} in `{}`", self.case.line))
    }

    pub fn flag(&self, name: &str) -> bool {
        self.text(name) == Some("True")
    }

    pub fn number(&self, name: &str) -> f64 {
        let number = self.wanted(name).parse();
        number.unwrap_or_else(|_| panic!("{name} is not a number in `{}`", self.case.line))
    }

    pub fn integer(&self, name: &str) -> i32 {
        self.number(name) as i32
    }

    pub fn integer_or(&self, name: &str, default: i32) -> i32 {
        self.text(name).map_or(default, |_| self.integer(name))
    }

    /// All numbers of an attribute, however it is nested.
    pub fn integers(&self, name: &str) -> Vec<i32> {
        let numbers = self.wanted(name).split(['[', ']', ',', ' ']);
        numbers.filter_map(|number| number.parse().ok()).collect()
    }

    pub fn pairs(&self, name: &str) -> Vec<[i32; 2]> {
        let numbers = self.integers(name);
        numbers
            .chunks_exact(2)
            .map(|pair| [pair[0], pair[1]])
            .collect()
    }

    /// The axes that a reduction is along.
    pub fn axes(&self) -> Axes {
        let axes = match self.text("axis") {
            Some(_) => Axes::from(self.integers("axis")),
            None => Axes::all(),
        };
        match self.flag("keepdims") {
            true => axes.keepdims(),
            false => axes,
        }
    }
}

/// A variable of this operand's type and shape. What its initializer says is never asked: it is
/// loaded.
pub fn variable(graph: &Graph, operand: &Operand) -> AnyVariable {
    match operand.dtype {
        DType::Float32 => typed::<f32>(graph, operand),
        DType::Float64 => typed::<f64>(graph, operand),
        DType::Int32 => typed::<i32>(graph, operand),
        DType::Int64 => typed::<i64>(graph, operand),
        DType::UInt8 => typed::<u8>(graph, operand),
        _ => typed::<bool>(graph, operand),
    }
}

fn typed<T: Plain>(graph: &Graph, operand: &Operand) -> AnyVariable {
    let initial_value = graph.placeholder::<T>("value", operand.shape.as_slice());
    let options = tf::VariableOptions::new().collections(["operands"]);
    graph.variable_with(initial_value, options).any()
}
