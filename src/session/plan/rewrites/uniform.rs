//! Uniform arrays: arithmetic on one number, repeated, is done on the number, and factors of 1 are left out.
//!
//! Gradients begin with ones in the shape of what is differentiated, and rules multiply by them.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::graph::{Effect, InferContext, Inputs, Kernel, Outputs};
use crate::types::{Element, Shape, Strided, Value, with_value};

use super::super::program::{Action, Layout, Origin, Program, Task, TaskId, ValueId, ValueInfo};

/// Computes what is uniform, and leaves out what changes nothing.
pub(in crate::session::plan) fn fold_uniform(program: &mut Program) {
    let mut viewed = viewed(program);
    for id in 0..program.tasks.len() {
        let Some(task) = &program.tasks[id] else {
            continue;
        };
        let numbers: SmallVec<[Option<Value<'static>>; 2]> = task
            .inputs
            .iter()
            .map(|input| number(program, *input))
            .collect();
        if numbers.iter().all(Option::is_none) || !is_elementwise(program, task) {
            continue;
        }
        if let Some(result) = compute(task, &numbers) {
            make_uniform(program, id, result, &viewed);
        } else if let Some(input) = task.op.equal_input(&numbers) {
            leave_out(program, id, input, &mut viewed);
        }
    }
}

/// For each value, whether others are views of it.
fn viewed(program: &Program) -> Vec<bool> {
    let mut viewed = vec![false; program.values.len()];
    for value in &program.values {
        if let Layout::View { of, .. } = value.layout {
            viewed[of] = true;
        }
    }
    viewed
}

/// Whether a task computes one array of known shape element by element.
fn is_elementwise(program: &Program, task: &Task) -> bool {
    let pure = matches!(task.action, Action::Compute { .. }) && task.op.effect() == Effect::Pure;
    let [output] = task.outputs[..] else {
        return false;
    };
    pure && !task.inputs.is_empty()
        && program.values[output].shape.is_some()
        && program.input_infos(task).is_some_and(|infos| {
            let cx = InferContext::new(&infos);
            Arc::clone(&task.op).elementwise(&cx).is_some()
        })
}

/// The number that all elements of a value are, as an array without axes, if that is known.
fn number(program: &Program, value: ValueId) -> Option<Value<'static>> {
    let constant = program.constant(program.root(value))?;
    let info = &program.values[value];
    let shape = info.shape.as_ref()?;
    let mut axes = shape.iter().zip(info.strides());
    let is_uniform = axes.all(|(&length, stride)| length == 1 || length > 0 && stride == 0);
    if !is_uniform {
        return None;
    }
    let start = match info.layout {
        Layout::View { start, .. } => start,
        _ => 0,
    };
    // All that is repeated is one element of the constant: its first, unless the view starts elsewhere.
    if start != 0 {
        return None;
    }
    with_value!(&**constant, array => {
        let first = array.view().first().copied();
        first.map(|first| Element::wrap(Strided::Single(first)))
    })
}

/// What the task computes of numbers. A kernel that fails on them will say so when it is run.
fn compute(task: &Task, numbers: &[Option<Value<'static>>]) -> Option<Value<'static>> {
    let inputs: Option<SmallVec<[Value<'_>; 2]>> = numbers.iter().cloned().collect();
    let inputs = inputs?;
    let mut kernel = Kernel::new(Inputs::new(&inputs), Outputs::new(1), &mut [], None);
    task.op.compute(&mut kernel).ok()?;
    let result = kernel.outputs.into_values().into_iter().next()??;
    result.shape().is_empty().then(|| result.to_owned_value())
}

/// Makes the output of a task a number repeated, and so all views of it.
fn make_uniform(program: &mut Program, id: TaskId, number: Value<'static>, viewed: &[bool]) {
    let Some(output) = program.tasks[id].as_ref().map(|task| task.outputs[0]) else {
        return;
    };
    if program.values[output].dtype != number.dtype() {
        return;
    }
    program.tasks[id] = None;
    let constant = program.values.len();
    program.values.push(ValueInfo::new(
        number.dtype(),
        Shape::scalar(),
        Origin::Constant(Arc::new(number)),
        Layout::Strided(Box::default()),
    ));
    repeat(&mut program.values[output], constant);
    if viewed[output] {
        let is_view = |value: &&mut ValueInfo| matches!(value.layout, Layout::View { of, .. } if of == output);
        let views = program.values.iter_mut().filter(is_view);
        views.for_each(|view| repeat(view, constant));
    }
}

/// Makes a value a view of a number for all its elements.
fn repeat(value: &mut ValueInfo, number: ValueId) {
    let rank = value.shape.as_ref().map_or(0, |shape| shape.len());
    value.layout = Layout::View {
        of: number,
        start: 0,
        strides: vec![0; rank].into(),
    };
}

/// Has who reads the output of a task read its input number `input`, if that is an array of the same kind. Where there are views
/// of the output, it must lie in memory in the same way, too.
fn leave_out(program: &mut Program, id: TaskId, input: usize, viewed: &mut [bool]) {
    let Some(task) = &program.tasks[id] else {
        return;
    };
    let (output, Some(&input)) = (task.outputs[0], task.inputs.get(input)) else {
        return;
    };
    let (a, b) = (&program.values[output], &program.values[input]);
    let lies_alike = || program.root(input) == input && a.strides() == b.strides();
    if (a.dtype, &a.shape) == (b.dtype, &b.shape) && (!viewed[output] || lies_alike()) {
        program.tasks[id] = None;
        program.replace(&[(output, input)]);
        viewed[input] |= viewed[output];
    }
}

#[cfg(test)]
mod tests {
    use crate::session::plan::tests::explained;

    #[test]
    fn arithmetic_on_one_number_is_no_step() {
        let graph = crate::Graph::new();
        let x = graph.placeholder::<f32>("x", [100_000]);
        let y = crate::reduce_sum(crate::square(&x) - 0.5 * &x, ..);
        let dx = crate::gradients(&y, &x);
        let plain = explained(&graph, &dx, &["fold", "views"]);
        let folded = explained(&graph, &dx, &["fold", "views", "uniform"]);
        assert!(plain.contains("Neg("), "{plain}");
        assert!(!folded.contains("Neg("), "{folded}");
        assert!(
            plain.matches("Mul(").count() > folded.matches("Mul(").count(),
            "{folded}"
        );
    }

    #[test]
    fn a_factor_of_one_is_left_out() {
        let graph = crate::Graph::new();
        let x = graph.placeholder::<f32>("x", [2, 3]);
        let y = crate::exp(&x * 1.0 / 1.0);
        let plan = explained(&graph, &y, &["uniform"]);
        assert!(!plan.contains("Mul") && !plan.contains("RealDiv"), "{plan}");
    }

    #[test]
    fn a_factor_of_one_that_stretches_the_other_is_not_left_out() {
        let graph = crate::Graph::new();
        let column = graph.placeholder::<f32>("column", [2, 1]);
        let y = column * graph.ones::<f32>([1, 3]);
        let plan = explained(&graph, &y, &["fold", "views", "uniform"]);
        assert!(plan.contains("Mul("), "{plan}");
    }
}
