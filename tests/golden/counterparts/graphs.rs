//! `graphs/`: files that TensorFlow wrote.

mod events;

use std::path::Path;

use serde_json::Value as Json;
use tf1::Error;
use tf1::train::CheckpointReader;

use crate::array::read_array;
use crate::compare::compared;
use crate::json;
use crate::shared_directory;
use crate::trouble::{Outcome, Trouble, no_differences};

/// Reads the files of a case, as far as their formats are known.
pub fn run(path: &str, case: &Json) -> Outcome {
    let folder = shared_directory().join("golden/graphs");
    match path {
        "graphs/dtypes" => no_differences(compare_checkpoint(
            &folder.join(json::text(case, "checkpoint")?),
            json::member(case, "tensors")?,
        )?),
        "graphs/training" => {
            let mut differences = Vec::new();
            for (file, values) in [
                ("checkpoint_before", "variables_before"),
                ("checkpoint_after", "variables_after"),
            ] {
                let prefix = folder.join(json::text(case, file)?);
                differences.extend(compare_checkpoint(&prefix, json::member(case, values)?)?);
            }
            no_differences(differences)?;
            Err(Trouble::lacks("GraphDef and MetaGraph files"))
        }
        "graphs/events" => events::run(case),
        _ => Err(Trouble::lacks("GraphDef and MetaGraph files")),
    }
}

/// Compares all tensors of a checkpoint; of a type that the crate does not have, name, type and
/// shape.
fn compare_checkpoint(prefix: &Path, tensors: &Json) -> Outcome<Vec<String>> {
    let reader = CheckpointReader::new(prefix)?;
    let members = tensors
        .as_object()
        .ok_or_else(|| Trouble::fails("the tensors are not an object"))?;
    let mut differences = Vec::new();
    let mut expect = |holds: bool, what: String| {
        compared();
        if !holds {
            differences.push(format!("{}: {what}", prefix.display()));
        }
    };
    expect(
        reader.names().count() == members.len(),
        format!("it holds {:?}", reader.names().collect::<Vec<_>>()),
    );
    for (name, tensor) in members {
        let dtype = json::text(tensor, "dtype")?;
        let shape = json::lengths(json::member(tensor, "shape")?)?;
        expect(
            reader.dtype_name(name) == Some(dtype) && reader.shape(name) == Some(&shape),
            format!("'{name}' is not {dtype} of shape {shape:?}"),
        );
        match (read_array(tensor), reader.get_tensor(name)) {
            (Ok(expected), Ok(found)) => {
                expect(found == expected, format!("'{name}' has other values"));
            }
            (Err(Trouble::Lacks(_)), Err(Error::Unimplemented(_))) => {}
            (_, found) => expect(false, format!("'{name}': {found:?}")),
        }
    }
    Ok(differences)
}
