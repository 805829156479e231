//! Constant folding: what depends on constants alone is computed once, while planning.

use std::sync::Arc;

use crate::graph::Effect;
use crate::types::{Value, memory, with_value};

use super::super::program::{Action, Layout, Origin, Program, Task, ValueInfo};

/// Larger results than this are computed in every run, so that a plan does not hold memory for them
/// for ever.
const LIMIT: usize = 1 << 12;

/// Computes what can be computed now.
pub(super) fn fold_constants(program: &mut Program) {
    for id in 0..program.tasks.len() {
        let Some(task) = &program.tasks[id] else {
            continue;
        };
        let Some(results) = compute(program, task) else {
            continue;
        };
        let task = program.tasks[id].take().expect("it is there");
        memory::take(results.iter().map(Value::bytes).sum());
        for (output, value) in task.outputs.iter().zip(results) {
            let strides = with_value!(&value, array => array.view().strides().into());
            program.values[*output] = ValueInfo::new(
                value.dtype(),
                value.shape().into(),
                Origin::Constant(Arc::new(value)),
                Layout::Strided(strides),
            );
        }
    }
}

/// The results of a task whose inputs are all constants. A kernel that fails on them will say so
/// when it is run.
fn compute(program: &Program, task: &Task) -> Option<Vec<Value<'static>>> {
    let pure = matches!(task.action, Action::Compute { .. }) && task.op.effect() == Effect::Pure;
    let small = |output: &usize| {
        program.values[*output]
            .len()
            .is_some_and(|len| len <= LIMIT)
    };
    if !pure || task.outputs.is_empty() || !task.outputs.iter().all(small) {
        return None;
    }
    let inputs: Option<Vec<Value<'static>>> = task
        .inputs
        .iter()
        .map(|input| program.constant(*input).map(|value| Value::clone(value)))
        .collect();
    let inputs = inputs?;
    let results = program.compute(task, &inputs)?;
    let results = results.iter().map(|result| result.to_owned_value().ok());
    results.collect()
}

#[cfg(test)]
mod tests {
    use crate::session::plan::tests::explained;

    #[test]
    fn what_depends_on_constants_alone_is_no_step() {
        let graph = crate::Graph::new();
        let x = graph.placeholder::<f32>("x", [2]);
        let scale = crate::exp(graph.constant([1.0f32, 2.0])) * 3.0;
        let plan = explained(&graph, &(&x * scale), &["fold"]);
        assert!(!plan.contains("Exp"), "{plan}");
    }
}
