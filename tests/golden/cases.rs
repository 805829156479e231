//! Finding the cases and running each with what its form calls for.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::trouble::{Outcome, Trouble};
use crate::{bindings, counterparts, initializers, json, numpy_legacy, program, trajectories};

/// One golden case.
pub struct Case {
    /// File and name: `ops/arithmetic/add_f32`.
    pub path: String,
    content: Result<Json, String>,
}

/// All cases under `directory`, in the order of files and then as they stand there.
pub fn find(directory: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    for folder in entries(directory).iter().filter(|entry| entry.is_dir()) {
        let is_json = |file: &&PathBuf| {
            file.extension()
                .is_some_and(|extension| extension == "json")
        };
        for file in entries(folder).iter().filter(is_json) {
            let stem = file
                .strip_prefix(directory)
                .unwrap_or(file)
                .with_extension("");
            read_file(file, &stem.to_string_lossy().replace('\\', "/"), &mut cases);
        }
    }
    cases
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let found = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = found.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// The cases of a file: its `cases` or `cells`, else the whole file is one.
fn read_file(file: &Path, path: &str, cases: &mut Vec<Case>) {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string());
    let content = text
        .and_then(|text| serde_json::from_str::<Json>(&text).map_err(|error| error.to_string()));
    let mut content = match content {
        Ok(content) => content,
        Err(error) => {
            return cases.push(Case {
                path: path.to_string(),
                content: Err(error),
            });
        }
    };
    let key = if content.get("cases").is_some() {
        "cases"
    } else {
        "cells"
    };
    let Some(Json::Array(items)) = content.get_mut(key).map(Json::take) else {
        return cases.push(Case {
            path: path.to_string(),
            content: Ok(content),
        });
    };
    for (i, item) in items.into_iter().enumerate() {
        let name = item
            .get("name")
            .and_then(Json::as_str)
            .map_or_else(|| format!("{:02}", i + 1), str::to_string);
        cases.push(Case {
            path: format!("{path}/{name}"),
            content: Ok(item),
        });
    }
}

impl Case {
    /// Runs the case.
    pub fn run(&self) -> Outcome {
        let case = self
            .content
            .as_ref()
            .map_err(|error| Trouble::fails(error.as_str()))?;
        let has = |key| case.get(key).is_some();
        if has("code") {
            counterparts::run(&self.path, case)
        } else if has("steps") && has("fetch") {
            program::run(case)
        } else if has("calls") {
            numpy_legacy::run(case)
        } else if has("model") {
            trajectories::run(case)
        } else if has("variables") && has("values") {
            initializers::run(case)
        } else {
            counterparts::run_other(&self.path, case)
        }
    }

    /// The same case with something taken out; `None` if it has nothing of the kind.
    pub fn spoiled(&self, spoil: fn(&mut Json) -> bool) -> Option<Case> {
        let mut content = self.content.clone().ok()?;
        spoil(&mut content).then(|| Case {
            path: self.path.clone(),
            content: Ok(content),
        })
    }

    /// Why the case need not be met, if it says so itself.
    pub fn note(&self) -> Option<&str> {
        json::given(self.content.as_ref().ok()?, "note")?.as_str()
    }

    /// The functions of TensorFlow's that the case calls and the table of bindings does not have.
    pub fn functions_without_binding(&self) -> Vec<String> {
        let mut functions = Vec::new();
        if let Ok(content) = &self.content {
            collect_functions(content, &mut functions);
        }
        functions.sort_unstable();
        functions.dedup();
        functions.retain(|function| bindings::find(function).is_none());
        functions.into_iter().map(str::to_string).collect()
    }
}

/// The functions that the steps in `json` call.
fn collect_functions<'j>(json: &'j Json, functions: &mut Vec<&'j str>) {
    match json {
        Json::Object(members) => {
            for (key, value) in members {
                match value.as_str() {
                    Some(name) if matches!(key.as_str(), "op" | "with") => {
                        functions.extend(name.starts_with("tf.").then_some(name));
                    }
                    _ if matches!(key.as_str(), "node_seeds" | "nodes" | "outputs") => {}
                    _ => collect_functions(value, functions),
                }
            }
        }
        Json::Array(items) => items
            .iter()
            .for_each(|item| collect_functions(item, functions)),
        _ => {}
    }
}
