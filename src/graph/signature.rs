//! [`Signature`]: the registration of an op, which names its inputs and outputs and says how their
//! types depend on attributes.

#[cfg(feature = "graph_def")]
use std::collections::BTreeMap;
use std::ops::Range;

use crate::types::{DType, Error, Result, Shape};

use super::{Attribute, AttributeList, TensorInfo};

/// The registration of an op type in the words of TensorFlow's registry: names and types of its
/// inputs and outputs, and after these the attributes that do not follow from them or have a
/// default.
///
/// | input or output | meaning |
/// | --- | --- |
/// | `a: T` | one tensor, whose type the attribute `T` names |
/// | `axis: int32` | one tensor of a fixed type |
/// | `values: N * T` | as many tensors as the attribute `N` says, all of one type |
/// | `data: [T]` | a tensor for each type in the list that the attribute `T` is |
/// | `ref: Ref(T)` | the memory of a variable |
///
/// | attribute | meaning |
/// | --- | --- |
/// | `keep_dims: bool = false` | `true` or `false`, the latter unless it is given |
/// | `axis: int = -1`, `alpha: float = 0.2` | a number |
/// | `data_format: string = 'NHWC'` | a text |
/// | `Tidx: type = int32` | an element type |
/// | `shape: shape = ?`, `shape: shape = []` | a shape; the defaults are an unknown one and that of a scalar |
/// | `value: tensor` | an array |
/// | `squeeze_dims: list(int) = []` | a list of one of these; the default is an empty one, or one of numbers, `[1, 2]` or `[0.75, 1.33]` |
/// | `T in {float32, float64}` | the attribute `T` is one of these element types |
/// | `T in index`, `T in real`, `T in number` | of `int32` and `int64`, of all real numbers, of all numbers, TensorFlow's quantized ones among them |
///
/// ```
/// use tf1::op::{Attribute, Signature};
///
/// let concat = Signature::parse("ConcatV2(values: N * T, axis: Tidx) -> (output: T); Tidx: type = int32")?;
/// assert_eq!(concat.inputs[0].name, "values");
/// assert_eq!(concat.inputs[0].count, Some("N"));
/// assert_eq!(concat.attributes[0].default, Some(Attribute::Type(tf1::DType::Int32)));
/// # Ok::<(), tf1::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    /// The op type.
    pub op_type: &'static str,
    /// The inputs, in order.
    pub inputs: Vec<Argument>,
    /// The outputs, in order.
    pub outputs: Vec<Argument>,
    /// The attributes that do not follow from inputs and outputs, or have a default.
    pub attributes: Vec<AttributeDef>,
    /// For attributes that name a type: the types that it may name, if the registration restricts
    /// them.
    pub allowed: Vec<(&'static str, AllowedTypes)>,
}

/// Which element types an attribute may name: TensorFlow's names of them, in the order in which its
/// messages list them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedTypes(Vec<&'static str>);

impl AllowedTypes {
    /// The names: `float32`, `int64`, also of types that tensors of this crate cannot have, such as
    /// `qint8`.
    pub fn names(&self) -> &[&'static str] {
        &self.0
    }

    /// Whether this type is among them.
    pub fn allows(&self, dtype: DType) -> bool {
        self.0.contains(&dtype.name())
    }

    /// The types of `index`, `real`, `number`, or of a list in braces.
    fn parse(text: &'static str) -> Option<AllowedTypes> {
        const INDEX: &[&str] = &["int32", "int64"];
        const REAL: &[&str] = &[
            "float32", "float64", "int32", "uint8", "int16", "int8", "int64", "bfloat16", "uint16",
            "float16", "uint32", "uint64",
        ];
        const NUMBER: &[&str] = &[
            "float32",
            "float64",
            "int32",
            "uint8",
            "int16",
            "int8",
            "complex64",
            "int64",
            "qint8",
            "quint8",
            "qint32",
            "bfloat16",
            "uint16",
            "complex128",
            "float16",
            "uint32",
            "uint64",
        ];
        let names = match text {
            "index" => INDEX.to_vec(),
            "real" => REAL.to_vec(),
            "number" => NUMBER.to_vec(),
            // Few: the element types that there are.
            _ => text
                .strip_prefix('{')?
                .strip_suffix('}')?
                .split(", ")
                .collect(),
        };
        names
            .iter()
            .all(|name| is_word(name))
            .then_some(AllowedTypes(names))
    }
}

/// An attribute of a [`Signature`].
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeDef {
    /// What TensorFlow calls it.
    pub name: &'static str,
    /// Its kind: `bool`, `list(int)`, ...
    pub kind: &'static str,
    /// The value that it has unless it is given.
    pub default: Option<Attribute>,
}

/// An input or output of a [`Signature`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// What TensorFlow calls it.
    pub name: &'static str,
    /// The attribute that says how many tensors it stands for, if it need not be one.
    pub count: Option<&'static str>,
    /// Its type.
    pub dtype: ArgumentType,
    /// Whether it is a variable's memory.
    pub is_ref: bool,
}

/// The type of an [`Argument`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentType {
    /// Always this one.
    Fixed(DType),
    /// The one that an attribute names.
    Attribute(&'static str),
    /// Several tensors, whose types an attribute lists.
    List(&'static str),
    /// Always this one, which tensors of this crate cannot have.
    Other(&'static str),
}

impl Signature {
    /// Takes the text of a registration apart.
    ///
    /// # Errors
    /// `InvalidArgument` if it is not of the form shown above.
    pub fn parse(text: &'static str) -> Result<Signature> {
        let parts = || {
            let mut parts = text.split("; ");
            let (op_type, rest) = parts.next()?.split_once('(')?;
            let (inputs, outputs) = rest.strip_suffix(')')?.split_once(") -> (")?;
            // Few: one for each attribute of an op, here and below.
            let (sets, attributes): (Vec<&str>, Vec<&str>) =
                parts.partition(|part| part.contains(" in "));
            let set = |part: &&'static str| {
                let (name, types) = part.split_once(" in ")?;
                Some((name, AllowedTypes::parse(types)?))
            };
            Some(Signature {
                op_type: Some(op_type).filter(|name| is_word(name))?,
                inputs: arguments(inputs)?,
                outputs: arguments(outputs)?,
                attributes: attributes
                    .into_iter()
                    .map(attribute)
                    .collect::<Option<_>>()?,
                allowed: sets.iter().map(set).collect::<Option<_>>()?,
            })
        };
        parts().ok_or_else(|| {
            Error::invalid_argument(format!("'{text}' is not the registration of an op"))
                .with_help("write it as 'MatMul(a: T, b: T) -> (product: T)'")
        })
    }
}

impl Signature {
    /// The attribute of this name, if it does not follow from inputs and outputs or has a default.
    pub fn attribute(&self, name: &str) -> Option<&AttributeDef> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
    }

    /// Fails unless the attribute `name`, which names the type of some input, may be `dtype`.
    ///
    /// # Errors
    /// `InvalidArgument` in TensorFlow's words.
    pub(crate) fn expect_allowed(&self, name: &str, dtype: DType) -> Result<()> {
        let allowed = self
            .allowed
            .iter()
            .find(|(attribute, _)| *attribute == name);
        let Some((_, allowed)) = allowed.filter(|(_, allowed)| !allowed.allows(dtype)) else {
            return Ok(());
        };
        let is_of = |argument: &&Argument| match argument.dtype {
            ArgumentType::Attribute(own) | ArgumentType::List(own) => own == name,
            _ => false,
        };
        let input = self
            .inputs
            .iter()
            .find(is_of)
            .map_or(name, |input| input.name);
        Err(Error::invalid_argument(format!(
            "Value passed to parameter '{input}' has DataType {dtype} not in list of allowed values: {}",
            allowed.names().join(", ")
        )))
    }

    /// Whether there is an attribute of this name.
    #[cfg(feature = "graph_def")]
    pub(crate) fn knows(&self, name: &str) -> bool {
        let arguments = self.inputs.iter().chain(&self.outputs);
        let mut implied =
            arguments.flat_map(|argument| [argument.count, argument.type_attribute()]);
        self.attribute(name).is_some() || implied.any(|implied| implied == Some(name))
    }

    /// How many outputs a node has, if one of its attributes says so.
    #[cfg(feature = "graph_def")]
    pub(crate) fn claimed_outputs(&self, given: &BTreeMap<String, Attribute>) -> usize {
        let counts = self.outputs.iter().filter_map(Argument::counter);
        let counts = counts.filter_map(|name| count_of(given.get(name)?));
        counts.fold(0, usize::saturating_add)
    }

    /// Checks what a file says of a node against the registration, and adds
    /// the attributes that follow from the inputs.
    ///
    /// # Errors
    /// `InvalidArgument` unless there are as many inputs, and of such types, as the attributes say.
    #[cfg(feature = "graph_def")]
    pub(crate) fn check(
        &self,
        given: &mut BTreeMap<String, Attribute>,
        inputs: &[TensorInfo],
    ) -> Result<()> {
        let known = |name: &str| count_of(given.get(name)?);
        let ranges = share_out(&self.inputs, inputs.len(), known).ok_or_else(|| {
            let (op_type, count) = (self.op_type, inputs.len());
            Error::invalid_argument(format!(
                "{op_type} cannot have {count} inputs with these attributes"
            ))
        })?;
        for (argument, range) in self.inputs.iter().zip(ranges) {
            argument.check(given, &inputs[range])?;
        }
        for (name, _) in &self.allowed {
            let types = match given.get(*name) {
                Some(Attribute::Type(dtype)) => std::slice::from_ref(dtype),
                Some(Attribute::Types(types)) => types,
                _ => &[],
            };
            types
                .iter()
                .try_for_each(|dtype| self.expect_allowed(name, *dtype))?;
        }
        Ok(())
    }

    /// The attributes that follow from inputs and outputs: `T`, `N`, `out_type` and the like. Those
    /// of `own`, which the op tells, help where the number of tensors leaves open which belong to
    /// which argument.
    pub fn implied(
        &self,
        inputs: &[TensorInfo],
        outputs: &[TensorInfo],
        own: &[(&'static str, Attribute)],
    ) -> AttributeList {
        let mut implied = AttributeList::new();
        for (arguments, tensors) in [(&self.inputs, inputs), (&self.outputs, outputs)] {
            let known = |name: &str| count_in(own, name).or_else(|| count_in(&implied, name));
            let Some(ranges) = share_out(arguments, tensors.len(), known) else {
                continue;
            };
            for (argument, range) in arguments.iter().zip(ranges) {
                argument.imply(&tensors[range], &mut implied);
            }
        }
        implied
    }
}

/// How many tensors an attribute stands for: the number that it is, or the length of its list.
fn count_in(attributes: &[(&'static str, Attribute)], name: &str) -> Option<usize> {
    let (_, attribute) = attributes.iter().find(|(own, _)| *own == name)?;
    count_of(attribute)
}

/// How many tensors an attribute stands for.
fn count_of(attribute: &Attribute) -> Option<usize> {
    match attribute {
        Attribute::Int(count) => usize::try_from(*count).ok(),
        Attribute::Types(types) => Some(types.len()),
        _ => None,
    }
}

/// Which of `count` tensors belong to each argument; `None` if that cannot be told, or if there are
/// too few or too many.
fn share_out(
    arguments: &[Argument],
    count: usize,
    known: impl Fn(&str) -> Option<usize>,
) -> Option<Vec<Range<usize>>> {
    // Few: one for each argument of an op, here and below.
    let counts: Vec<Option<usize>> = arguments
        .iter()
        .map(|argument| argument.counter().map_or(Some(1), &known))
        .collect();
    let mut told = counts.iter().flatten();
    let told = told.try_fold(0usize, |sum, count| sum.checked_add(*count))?;
    let untold = counts.iter().filter(|count| count.is_none()).count();
    let left = count.checked_sub(told)?;
    let each = left.checked_div(untold).unwrap_or(0);
    let mut names = arguments
        .iter()
        .zip(&counts)
        .filter(|(_, count)| count.is_none())
        .map(|(argument, _)| argument.counter());
    let first = names.next();
    if each * untold != left || !names.all(|name| Some(name) == first) {
        return None;
    }
    let mut end = 0;
    let ranges = counts.into_iter().map(|count| {
        let start = end;
        end += count.unwrap_or(each);
        start..end
    });
    Some(ranges.collect())
}

impl Argument {
    /// The attribute that says for how many tensors it stands, if it need not be one.
    pub(crate) fn counter(&self) -> Option<&'static str> {
        match self.dtype {
            ArgumentType::List(types) => Some(types),
            _ => self.count,
        }
    }

    /// The attribute that names the type or the types.
    #[cfg(feature = "graph_def")]
    fn type_attribute(&self) -> Option<&'static str> {
        match self.dtype {
            ArgumentType::Fixed(_) | ArgumentType::Other(_) => None,
            ArgumentType::Attribute(name) | ArgumentType::List(name) => Some(name),
        }
    }

    /// See [`Signature::check`], for the tensors that belong to this argument.
    #[cfg(feature = "graph_def")]
    fn check(&self, given: &mut BTreeMap<String, Attribute>, tensors: &[TensorInfo]) -> Result<()> {
        let name = self.name;
        if self.is_ref && tensors.iter().any(|info| !info.is_ref) {
            return Err(Error::invalid_argument(format!(
                "input '{name}' must be a variable"
            )));
        }
        if tensors.is_empty() && self.counter().is_some() {
            // TensorFlow's least number, of all ops in the table.
            return Err(Error::invalid_argument(format!(
                "input '{name}' must be at least one tensor"
            )));
        }
        let mut implied = AttributeList::new();
        self.imply(tensors, &mut implied);
        for (attribute, value) in implied {
            let given = given
                .entry(attribute.to_string())
                .or_insert_with(|| value.clone());
            if *given != value {
                return Err(Error::invalid_argument(format!(
                    "input '{name}' asks for {attribute} to be {value:?}, but it is {given:?}"
                )));
            }
        }
        let expected = match self.dtype {
            ArgumentType::Fixed(dtype) => Some(dtype),
            ArgumentType::Attribute(_) => tensors.first().map(|info| info.dtype),
            ArgumentType::List(_) | ArgumentType::Other(_) => None,
        };
        let mut others = tensors.iter().map(|info| info.dtype);
        match expected
            .and_then(|expected| Some((expected, others.find(|dtype| *dtype != expected)?)))
        {
            None => Ok(()),
            Some((expected, other)) => Err(Error::invalid_argument(format!(
                "input '{name}' is of type {other}, where {expected} is expected"
            ))),
        }
    }

    /// Adds what follows from the tensors that belong to this argument.
    fn imply(&self, tensors: &[TensorInfo], implied: &mut AttributeList) {
        let mut add = |name, attribute| {
            if !implied.iter().any(|(known, _)| *known == name) {
                implied.push((name, attribute));
            }
        };
        if let Some(count) = self.count {
            add(count, Attribute::Int(tensors.len() as i64));
        }
        match (self.dtype, tensors.first()) {
            (ArgumentType::Attribute(name), Some(first)) => add(name, Attribute::Type(first.dtype)),
            (ArgumentType::List(name), _) => {
                // Few: one for each input or output of an op.
                let types = tensors.iter().map(|info| info.dtype).collect();
                add(name, Attribute::Types(types));
            }
            _ => {}
        }
    }
}

fn arguments(text: &'static str) -> Option<Vec<Argument>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    // Few: one for each input or output of an op.
    text.split(", ").map(argument).collect()
}

/// TensorFlow's types that tensors of this crate cannot have, and that are always the same ones in
/// registrations.
const OTHER_TYPES: &[&str] = &["variant"];

fn argument(text: &'static str) -> Option<Argument> {
    let (name, dtype) = text.split_once(": ")?;
    let reference = dtype
        .strip_prefix("Ref(")
        .and_then(|rest| rest.strip_suffix(')'));
    let is_ref = reference.is_some();
    let dtype = reference.unwrap_or(dtype);
    let (count, dtype) = match dtype.split_once(" * ") {
        Some((count, dtype)) => (Some(count), dtype),
        None => (None, dtype),
    };
    let list = dtype
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let argument = Argument {
        name,
        count,
        dtype: match (list, DType::named(dtype)) {
            (Some(list), _) => ArgumentType::List(list),
            (None, Some(dtype)) => ArgumentType::Fixed(dtype),
            (None, None) if OTHER_TYPES.contains(&dtype) => ArgumentType::Other(dtype),
            (None, None) => ArgumentType::Attribute(dtype),
        },
        is_ref,
    };
    let words = [Some(name), count, Some(list.unwrap_or(dtype))];
    words.into_iter().flatten().all(is_word).then_some(argument)
}

fn attribute(text: &'static str) -> Option<AttributeDef> {
    let (name, rest) = text.split_once(": ")?;
    let (kind, default) = match rest.split_once(" = ") {
        Some((kind, default)) => (kind, Some(default_of(kind, default)?)),
        None => (rest, None),
    };
    let element = kind
        .strip_prefix("list(")
        .and_then(|kind| kind.strip_suffix(')'));
    let is_known = KINDS.contains(&element.unwrap_or(kind));
    (is_word(name) && is_known).then_some(AttributeDef {
        name,
        kind,
        default,
    })
}

/// The kinds of attributes that are not lists.
const KINDS: &[&str] = &["bool", "int", "float", "string", "type", "shape", "tensor"];

/// The numbers of a list such as `[1, 2]`.
fn listed<N: std::str::FromStr>(text: &str) -> Option<Vec<N>> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    let numbers = inner.split(", ").filter(|number| !number.is_empty());
    // Few: written in a registration.
    numbers.map(|number| number.parse().ok()).collect()
}

/// The default of an attribute of this kind, from its text.
fn default_of(kind: &str, text: &str) -> Option<Attribute> {
    Some(match (kind, text) {
        ("bool", _) => Attribute::Bool(text.parse().ok()?),
        ("int", _) => Attribute::Int(text.parse().ok()?),
        ("float", _) => Attribute::Float(text.parse().ok()?),
        ("string", _) => {
            let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
            Attribute::Text(inner.to_string())
        }
        ("type", _) => Attribute::Type(DType::named(text)?),
        ("shape", "?") => Attribute::Shape(Shape::unknown()),
        ("shape", "[]") => Attribute::Shape(Shape::scalar()),
        ("list(int)", _) => Attribute::Ints(listed(text)?),
        ("list(float)", _) => Attribute::Floats(listed(text)?),
        ("list(type)", "[]") => Attribute::Types(Vec::new()),
        ("list(shape)", "[]") => Attribute::Shapes(Vec::new()),
        _ => return None,
    })
}

/// Whether this can be the name of something.
fn is_word(text: &str) -> bool {
    let is_inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(is_inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensors(types: &[DType]) -> Vec<TensorInfo> {
        types
            .iter()
            .map(|dtype| TensorInfo::new(*dtype, ..))
            .collect()
    }

    fn implied(text: &'static str, inputs: &[DType], outputs: &[DType]) -> String {
        let signature = Signature::parse(text).unwrap();
        let attributes = signature.implied(&tensors(inputs), &tensors(outputs), &[]);
        format!("{attributes:?}")
    }

    #[test]
    fn types_and_counts_follow_from_tensors() {
        use DType::{Float32, Int32, Int64};
        assert_eq!(
            implied(
                "ConcatV2(values: N * T, axis: Tidx) -> (output: T)",
                &[Float32, Float32, Int32],
                &[Float32]
            ),
            r#"[("N", Int(2)), ("T", Type(Float32)), ("Tidx", Type(Int32))]"#
        );
        assert_eq!(
            implied(
                "DynamicStitch(indices: N * int32, data: N * T) -> (merged: T)",
                &[Int32, Int32, Int64, Int64],
                &[Int64]
            ),
            r#"[("N", Int(2)), ("T", Type(Int64))]"#
        );
        assert_eq!(
            implied(
                "IdentityN(input: [T]) -> (output: [T])",
                &[Int32, Float32],
                &[Int32, Float32]
            ),
            r#"[("T", Types([Int32, Float32]))]"#
        );
        assert_eq!(
            implied("Cast(x: SrcT) -> (y: DstT)", &[Int32], &[Float32]),
            r#"[("SrcT", Type(Int32)), ("DstT", Type(Float32))]"#
        );
    }

    #[test]
    fn what_is_not_a_registration_is_refused() {
        for text in [
            "",
            "MatMul",
            "MatMul(a: T, b: T)",
            "MatMul(a, b) -> (product: T)",
            "MatMul(a: T,b: T) -> (product: T)",
            "Mat Mul(a: T) -> (product: T)",
            "MatMul(a: ) -> (product: T)",
            "MatMul(a: N * ) -> (product: T)",
            "MatMul(a: T) -> (product: T); transpose_a",
            "MatMul(a: T) -> (product: T); transpose_a: boolean",
            "MatMul(a: T) -> (product: T); transpose_a: bool = 0",
            "MatMul(a: T) -> (product: T); T: type = float",
            "MatMul(a: T) -> (product: T); T in float32",
            "MatMul(a: T) -> (product: T); T in {}",
        ] {
            assert!(Signature::parse(text).is_err(), "{text}");
        }
    }
}
