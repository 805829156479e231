use serde_json::Value as Json;

use crate::trouble::{Outcome, Trouble};

pub fn run(_: &str, _: &Json) -> Outcome {
    Err(Trouble::lacks("code"))
}

pub fn run_other(path: &str) -> Outcome {
    Err(Trouble::lacks(path.split('/').next().unwrap_or(path)))
}
