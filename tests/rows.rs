//! Every row of the op table agrees with TensorFlow 1.15's registry (`tf115/ops.jsonl` of the
//! shared data).

#[path = "../examples/common/test_files.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod test_files;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;
use test_files::shared_folder;
use tf1::DType;
use tf1::op::{Argument, ArgumentType, Attribute, Differentiable, OpDef, Signature, table};

/// The op types of our own, and why there are any.
const OWN: &[(&str, &str)] = &[
    (
        "ImageProjectiveTransformV2",
        "registered by the library of tf.contrib.image, which is loaded when it is used",
    ),
    ("AssignFrom", "stands for a `cond` until there is one"),
    ("SqueezeLast", "stands for a `cond` until there is one"),
];

/// The op types whose gradient is told differently here than in TensorFlow's registry, and why.
const OTHER_GRADIENT: &[(&str, &str)] = &[
    ("ArgMax", "TensorFlow's rule gives no gradient to any input"),
    ("ArgMin", "TensorFlow's rule gives no gradient to any input"),
    ("Ceil", "TensorFlow's rule gives no gradient to any input"),
    ("Floor", "TensorFlow's rule gives no gradient to any input"),
    (
        "FloorDiv",
        "TensorFlow's rule gives no gradient to any input",
    ),
    ("Rint", "TensorFlow's rule gives no gradient to any input"),
    ("Round", "TensorFlow's rule gives no gradient to any input"),
    (
        "TruncateDiv",
        "TensorFlow's rule gives no gradient to any input",
    ),
    ("PreventGradient", "TensorFlow's rule is an error"),
    (
        "SparseTensorDenseAdd",
        "not built yet: there are no sparse tensors",
    ),
];

/// TensorFlow's registry, by op type; `None` if it is not there.
fn registry() -> Option<BTreeMap<String, Value>> {
    let text = fs::read_to_string(shared_folder("tf115")?.join("ops.jsonl"));
    let text = text.expect("the registry can be read");
    let ops = text.lines().map(|line| {
        let op: Value = serde_json::from_str(line).expect("each line is an op");
        (text_of(&op, "op").to_string(), op)
    });
    Some(ops.collect())
}

fn text_of<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().expect("a text")
}

/// An input or output as the registry has it: name, type, count, whether it is a list, whether it
/// is a reference.
type Registered = (String, String, Option<String>, bool, bool);

fn registered(argument: &Value) -> Registered {
    let is = |key: &str| argument[key].as_bool().unwrap_or(false);
    (
        text_of(argument, "name").to_string(),
        text_of(argument, "type").to_string(),
        argument["number"].as_str().map(str::to_string),
        is("list"),
        is("ref"),
    )
}

fn described(argument: &Argument) -> Registered {
    let (dtype, is_list) = match argument.dtype {
        ArgumentType::Fixed(DType::Bool) => ("bool".to_string(), false),
        ArgumentType::Fixed(dtype) => (dtype.cpp_name().to_string(), false),
        ArgumentType::Other(name) => (name.to_string(), false),
        ArgumentType::Attribute(name) => (name.to_string(), false),
        ArgumentType::List(name) => (name.to_string(), true),
    };
    (
        argument.name.to_string(),
        dtype,
        argument.count.map(str::to_string),
        is_list,
        argument.is_ref,
    )
}

/// What of a row differs from the registry.
fn differences(row: &OpDef, op: &Value) -> Vec<String> {
    let signature = match row.signature() {
        Ok(signature) => signature,
        Err(error) => return vec![error.to_string()],
    };
    let mut differences = Vec::new();
    let sides = [
        ("inputs", &signature.inputs),
        ("outputs", &signature.outputs),
    ];
    for (side, arguments) in sides {
        let ours: Vec<Registered> = arguments.iter().map(described).collect();
        let theirs = op[side].as_array().expect("a list").iter().map(registered);
        let theirs: Vec<Registered> = theirs.collect();
        if ours != theirs {
            differences.push(format!(
                "{}: {side} {ours:?}, TensorFlow {theirs:?}",
                row.name()
            ));
        }
    }
    differences.extend(attribute_differences(row, &signature, op));
    let gradient = match row.differentiable {
        Differentiable::Yes => "yes",
        Differentiable::No => "none",
        Differentiable::Undefined => "unregistered",
    };
    let is_excepted = OTHER_GRADIENT.iter().any(|(name, _)| *name == row.name());
    if (gradient != text_of(op, "gradient")) != is_excepted {
        differences.push(format!(
            "{}: gradient {gradient}, TensorFlow {}",
            row.name(),
            text_of(op, "gradient")
        ));
    }
    differences
}

/// The attributes of a row that are other than those of the registry.
fn attribute_differences(row: &OpDef, signature: &Signature, op: &Value) -> Vec<String> {
    let arguments = || signature.inputs.iter().chain(&signature.outputs);
    let types = arguments().filter_map(|argument| match argument.dtype {
        ArgumentType::Attribute(name) => Some((name, "type")),
        ArgumentType::List(name) => Some((name, "list(type)")),
        ArgumentType::Fixed(_) | ArgumentType::Other(_) => None,
    });
    let counts = arguments().filter_map(|argument| Some((argument.count?, "int")));
    let own = signature.attributes.iter();
    let own = own.map(|attribute| (attribute.name, (attribute.kind, attribute.default.as_ref())));
    let implied = types.chain(counts).map(|(name, kind)| (name, (kind, None)));
    // What has a default comes last, and stands.
    let ours: BTreeMap<_, _> = implied.chain(own).collect();
    let registered = op["attributes"].as_array().expect("a list");
    let names: BTreeSet<&str> = registered.iter().map(|a| text_of(a, "name")).collect();
    let mut differences = allowed_differences(row, signature, registered);
    for name in ours.keys().filter(|name| !names.contains(*name)) {
        differences.push(format!(
            "{}: TensorFlow has no attribute {name}",
            row.name()
        ));
    }
    for attribute in registered {
        let name = text_of(attribute, "name");
        let is_same = ours.get(name).is_some_and(|(kind, default)| {
            *kind == text_of(attribute, "type") && is_default(*default, &attribute["default"])
        });
        if !is_same {
            differences.push(format!(
                "{}: {name} {:?}, TensorFlow {attribute}",
                row.name(),
                ours.get(name)
            ));
        }
    }
    differences
}

/// The attributes of a row that may name other types than those of the registry.
fn allowed_differences(row: &OpDef, signature: &Signature, registered: &[Value]) -> Vec<String> {
    let ours: BTreeMap<&str, Vec<&str>> = signature
        .allowed
        .iter()
        .map(|(name, allowed)| (*name, allowed.names().to_vec()))
        .collect();
    let theirs: BTreeMap<&str, Vec<&str>> = registered
        .iter()
        .filter(|attribute| ["type", "list(type)"].contains(&text_of(attribute, "type")))
        .filter_map(|attribute| {
            Some((text_of(attribute, "name"), attribute["allowed"].as_array()?))
        })
        .map(|(name, types)| {
            let mut names: Vec<&str> = Vec::new();
            for dtype in types {
                let name = match dtype.as_str().expect("a type") {
                    "float" => "float32",
                    "double" => "float64",
                    "half" => "float16",
                    other => other,
                };
                // TensorFlow's registry names some types twice.
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            (name, names)
        })
        .collect();
    if ours == theirs {
        return Vec::new();
    }
    vec![format!(
        "{}: types {ours:?}, TensorFlow {theirs:?}",
        row.name()
    )]
}

/// Whether a default is the one of the registry.
fn is_default(ours: Option<&Attribute>, registered: &Value) -> bool {
    match ours {
        None => registered.is_null(),
        Some(Attribute::Bool(value)) => registered == value,
        Some(Attribute::Int(value)) => registered == value,
        Some(Attribute::Float(value)) => registered.as_f64() == Some(f64::from(*value)),
        Some(Attribute::Text(text)) => registered == text,
        Some(Attribute::Type(dtype)) => registered == dtype.cpp_name(),
        Some(Attribute::Shape(shape)) => {
            shape.rank().is_none() && registered == "shape { unknown_rank: true }"
        }
        Some(Attribute::Ints(list)) => {
            let numbers: String = list.iter().map(|number| format!("i: {number} ")).collect();
            *registered == format!("list {{ {numbers}}}")
        }
        Some(Attribute::Floats(list)) => {
            let numbers: String = list.iter().map(|x| format!("f: {x:?} ")).collect();
            *registered == format!("list {{ {numbers}}}")
        }
        Some(_) => false,
    }
}

#[test]
fn every_row_is_tensorflows_registration() {
    let Some(registry) = registry() else {
        return;
    };
    let own: BTreeSet<&str> = OWN.iter().map(|(name, _)| *name).collect();
    let mut differences_found = Vec::new();
    for row in table() {
        match registry.get(row.name()) {
            Some(op) => differences_found.extend(differences(&row, op)),
            None if own.contains(row.name()) => {}
            None => differences_found.push(format!("TensorFlow has no {}", row.name())),
        }
    }
    assert!(
        differences_found.is_empty(),
        "{}",
        differences_found.join("\n")
    );
    for row in table() {
        let newer = row
            .newer
            .is_none_or(|newer| table().any(|row| row.name() == newer));
        assert!(
            newer,
            "{} is superseded by an op that is not there",
            row.name()
        );
    }
    for name in own {
        assert!(!registry.contains_key(name), "TensorFlow has {name}");
        assert!(table().any(|row| row.name() == name), "there is no {name}");
    }
}
