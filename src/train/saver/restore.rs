//! From a checkpoint into a session.

use std::collections::BTreeMap;
use std::path::Path;

use super::CheckpointReader;
use crate::session::Session;
use crate::types::{AnyArray, Error, Result, Shape, count_elements};
use crate::variables::AnyVariable;

/// How often to begin again if another process or thread writes the checkpoint over meanwhile.
const ATTEMPTS: usize = 100;
/// How many of a checkpoint's names a message tells.
const NAMES_TOLD: usize = 20;

/// Gives the variables the values that stand under their names in the checkpoint `prefix`.
#[track_caller]
pub(super) fn restore(
    variables: &BTreeMap<String, AnyVariable>,
    session: &Session,
    prefix: &Path,
    reshapes: bool,
) -> Result<()> {
    let mut attempts = 0;
    let values = loop {
        attempts += 1;
        match read(variables, &CheckpointReader::new(prefix)?, reshapes) {
            // What the reader says of a checkpoint that was written over under its hands.
            Err(Error::FailedPrecondition(_)) if attempts < ATTEMPTS => {}
            values => break values?,
        }
    };
    session.load(variables.values().zip(values))
}

/// All values, each checked, in the order of the variables.
fn read(
    variables: &BTreeMap<String, AnyVariable>,
    reader: &CheckpointReader,
    reshapes: bool,
) -> Result<Vec<AnyArray>> {
    expect_all(variables, reader)?;
    let mut shapes = Vec::new();
    for (name, variable) in variables {
        let shape = reshapes.then(|| variable.shape().to_known()).flatten();
        match shape.filter(|shape| is_as_long(reader, name, variable, shape)) {
            Some(shape) => shapes.push(Some(shape)),
            None => {
                expect_to_fit(reader, name, variable, reshapes)?;
                shapes.push(None);
            }
        }
    }
    let values = reader.get_tensors(variables.keys().map(String::as_str))?;
    let shaped = |(value, shape): (AnyArray, Option<Vec<usize>>)| match shape {
        Some(shape) => Ok(AnyArray::from(value.into_value().reshaped(&shape)?)),
        None => Ok(value),
    };
    values.into_iter().zip(shapes).map(shaped).collect()
}

/// Whether the checkpoint's value has the variable's type, and as many elements as an array of this
/// shape.
fn is_as_long(
    reader: &CheckpointReader,
    name: &str,
    variable: &AnyVariable,
    shape: &[usize],
) -> bool {
    let there = reader.shape(name).and_then(count_elements);
    reader.dtype_name(name) == Some(variable.dtype().name())
        && there.is_some()
        && there == count_elements(shape)
}

/// Fails unless the checkpoint has a value for every variable.
fn expect_all(variables: &BTreeMap<String, AnyVariable>, reader: &CheckpointReader) -> Result<()> {
    let missing = variables.keys().filter(|name| !reader.has_tensor(name));
    let missing: Vec<String> = missing
        .map(|name| format!("Key {name} not found in checkpoint"))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!("{}: {}", reader.prefix().display(), missing.join(", "));
    let there: Vec<&str> = reader.names().take(NAMES_TOLD).collect();
    let help = format!(
        "it holds {}{}; restore some of the variables only with Saver::variables, or under other names with \
         Saver::named_variables",
        there.join(", "),
        if reader.names().count() > there.len() {
            ", ..."
        } else {
            ""
        }
    );
    Err(Error::not_found(message).with_help(help))
}

/// Fails if the checkpoint's value is not of the variable's shape and type.
fn expect_to_fit(
    reader: &CheckpointReader,
    name: &str,
    variable: &AnyVariable,
    reshapes: bool,
) -> Result<()> {
    let (Some(shape), Some(dtype)) = (reader.shape(name), reader.dtype_name(name)) else {
        return Ok(());
    };
    if dtype == variable.dtype().name() && variable.shape().admits(shape) {
        return Ok(());
    }
    let message = format!(
        "{variable} does not fit '{name}' in checkpoint {}, which is {dtype} of shape {}",
        reader.prefix().display(),
        Shape::from(shape)
    );
    let memory = variable.memory();
    let help = match reshapes {
        true => "only a value with as many elements as the variable can be reshaped",
        false => "build the variable as it was when the checkpoint was saved",
    };
    Err(Error::invalid_argument(message)
        .at_node(|| memory.graph().node_ref(memory.output().node))
        .with_help(help))
}
