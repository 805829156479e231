use serde_json::Value as Json;

use crate::trouble::{Outcome, Trouble};

pub fn run(_: &Json) -> Outcome {
    Err(Trouble::lacks("trajectories"))
}
