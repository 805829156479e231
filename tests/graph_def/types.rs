//! A node of every op, with inputs of every element type and of several shapes: a value or an
//! error, never an internal one.

use std::collections::BTreeSet;

use ndarray::{ArrayD, IxDyn};
use tf1::graph_def::{GraphDef, Import};
use tf1::op::{ArgumentType, OpDef, Signature, table};
use tf1::{DType, Error, Graph, Session, import_graph_def};

use crate::by_hand::bytes;
use crate::messages::NodeDef;

/// The element types, with TensorFlow's numbers.
const TYPES: &[(DType, i32)] = &[
    (DType::Float32, 1),
    (DType::Float64, 2),
    (DType::Int32, 3),
    (DType::UInt8, 4),
    (DType::Int64, 9),
    (DType::Bool, 10),
    #[cfg(feature = "all_types")]
    (DType::Int16, 5),
    #[cfg(feature = "all_types")]
    (DType::Int8, 6),
    #[cfg(feature = "all_types")]
    (DType::Complex64, 8),
    #[cfg(feature = "all_types")]
    (DType::BFloat16, 14),
    #[cfg(feature = "all_types")]
    (DType::UInt16, 17),
    #[cfg(feature = "all_types")]
    (DType::Complex128, 18),
    #[cfg(feature = "all_types")]
    (DType::Float16, 19),
    #[cfg(feature = "all_types")]
    (DType::UInt32, 22),
    #[cfg(feature = "all_types")]
    (DType::UInt64, 23),
];

/// TensorFlow's number of `float32`.
const FLOAT: i32 = 1;
/// TensorFlow's number of `int32`, the usual type of indices.
const INDEX: i32 = 3;

/// The shapes of inputs.
const SHAPES: [&[usize]; 10] = [
    &[],
    &[1],
    &[2],
    &[2, 2],
    &[1, 2],
    &[2, 1, 2],
    &[2, 2, 1, 2],
    &[1, 1, 1, 1],
    &[1, 3, 2, 3],
    &[1, 1, 2, 1, 1],
];

/// Numbers below a limit, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % limit
    }
}

/// What one try found.
enum Found {
    /// The op computed something.
    Value,
    /// It cannot be made so, or does not compute so.
    Refused,
    /// An error that nobody should see.
    Fault(String),
}

/// A node of an op, some of whose types have TensorFlow's number `main`, and the rest others.
fn attempt(row: &OpDef, signature: &Signature, main: i32, dice: &mut Dice) -> Found {
    let graph = Graph::new();
    let one_type = dice.below(2) == 0;
    let mut types: Vec<(&str, i32)> = Vec::new();
    let mut type_of = |name: &'static str, dice: &mut Dice| {
        if let Some((_, number)) = types.iter().find(|(known, _)| *known == name) {
            return *number;
        }
        let number = match dice.below(8) {
            _ if one_type => main,
            0..4 => main,
            4..6 => INDEX,
            6 => FLOAT,
            _ => TYPES[dice.below(TYPES.len())].1,
        };
        types.push((name, number));
        number
    };
    let mut inputs: Vec<i32> = Vec::new();
    for argument in &signature.inputs {
        let number = match argument.dtype {
            ArgumentType::Fixed(fixed) => {
                let known = TYPES.iter().find(|(dtype, _)| *dtype == fixed);
                // A type that the crate is built without.
                let Some((_, number)) = known else {
                    return Found::Refused;
                };
                *number
            }
            ArgumentType::Attribute(name) | ArgumentType::List(name) => type_of(name, dice),
            ArgumentType::Other(_) => return Found::Refused,
        };
        let is_list = argument.count.is_some() || matches!(argument.dtype, ArgumentType::List(_));
        inputs.extend(std::iter::repeat_n(number, if is_list { 2 } else { 1 }));
    }

    let names: Vec<String> = (0..inputs.len()).map(|i| format!("x{i}")).collect();
    let texts: Vec<&str> = names.iter().map(String::as_str).collect();
    let main_shape = SHAPES[dice.below(SHAPES.len())];
    let mut node = NodeDef::new("y", row.name(), &texts);
    for argument in &signature.outputs {
        if let ArgumentType::Attribute(name) = argument.dtype {
            node = node.dtype(name, type_of(name, dice));
        }
    }
    for attribute in signature
        .attributes
        .iter()
        .filter(|attribute| attribute.default.is_none())
    {
        node = match attribute.kind {
            "int" => node.int(attribute.name, 1 + dice.below(2) as i64),
            "shape" => node.shape(attribute.name, &[2]),
            "string" => {
                let texts = ["REFLECT", "SYMMETRIC", "SAME", "VALID", "bilinear"];
                node.text(attribute.name, texts[dice.below(texts.len())])
            }
            "bool" => node.bool(attribute.name, dice.below(2) == 0),
            // One for each axis.
            "list(int)" => node.ints(attribute.name, &[1; 5][..main_shape.len()]),
            _ => node,
        };
    }
    let mut options = Import::new();
    let mut nodes = vec![node];
    for (name, number) in names.iter().zip(inputs) {
        let shape = match dice.below(4) {
            0..2 => main_shape,
            _ => SHAPES[dice.below(SHAPES.len())],
        };
        let given = graph.constant(ArrayD::from_elem(IxDyn(shape), dice.below(3) as f32));
        let cast = NodeDef::new(name, "Cast", &[&format!("given_{name}")]);
        nodes.push(cast.dtype("SrcT", FLOAT).dtype("DstT", number));
        options = options.input_map(format!("given_{name}"), &given);
    }
    let file = GraphDef::from_bytes(&bytes(nodes)).expect("the bytes are a graph");
    let outcome = import_graph_def(&graph, &file, options).and_then(|imported| {
        let operation = imported.operation("y")?;
        let session = Session::new(&graph)?;
        match signature.outputs.is_empty() {
            true => session.run(&operation, []),
            false => session.run(&imported.any_tensor("y:0")?, []).map(drop),
        }
    });
    match outcome {
        Ok(()) => Found::Value,
        Err(error @ Error::Internal(_)) => Found::Fault(error.to_string()),
        Err(_) => Found::Refused,
    }
}

/// How many nodes of an op are tried for each element type.
const TRIES: usize = 40;

#[test]
fn no_element_type_is_answered_by_an_internal_error() {
    let mut faults = BTreeSet::new();
    let (mut tried, mut computed) = (0, 0);
    let mut idle = Vec::new();
    for row in table().filter(|row| row.make.is_some()) {
        let signature = row.signature().expect("every row has a registration");
        if signature.inputs.iter().any(|argument| argument.is_ref) {
            continue;
        }
        let mut dice = Dice(1);
        let mut computes = false;
        for (dtype, main) in TYPES {
            for _ in 0..TRIES {
                match attempt(&row, &signature, *main, &mut dice) {
                    Found::Value => computes = true,
                    Found::Refused => {}
                    Found::Fault(error) => {
                        let line = error.lines().next().unwrap_or_default();
                        faults.insert(format!("{} of {dtype}: {line}", row.name()));
                    }
                }
            }
        }
        tried += 1;
        computed += usize::from(computes);
        if !computes {
            idle.push(row.name());
        }
    }
    let faults: Vec<String> = faults.into_iter().collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    // The rest want inputs that the tries do not hit upon.
    assert!(
        computed * 3 > tried * 2,
        "{computed} of {tried} ops computed, not {}",
        idle.join(", ")
    );
}
