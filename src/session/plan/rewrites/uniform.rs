//! Uniform arrays: arithmetic on one number, repeated, is done on the number, and factors of 1 are
//! left out.
//!
//! Gradients begin with ones in the shape of what is differentiated, and rules multiply by them. A
//! product with 1 would make a subnormal number that was fed zero; left out, it stays what it is.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::graph::{Effect, Fusion};
use crate::types::{Element, Map, Shape, Strided, Value, with_value};

use super::super::program::{Action, Layout, Origin, Program, Task, ValueId, ValueInfo};

/// Computes what is uniform, and leaves out what changes nothing.
pub(super) fn fold_uniform(program: &mut Program) {
    let views = views(program);
    let mut stands_for: Vec<ValueId> = (0..program.values.len()).collect();
    let mut left_out = Vec::new();
    for id in 0..program.tasks.len() {
        let Some(task) = &program.tasks[id] else {
            continue;
        };
        let numbers: SmallVec<[Option<Value<'static>>; 2]> = task
            .inputs
            .iter()
            .map(|input| number(program, stands_for[*input]))
            .collect();
        if numbers.iter().all(Option::is_none) || !is_elementwise(program, task) {
            continue;
        }
        let output = task.outputs[0];
        let viewed = views.get(&output).map_or(&[][..], Vec::as_slice);
        if let Some(result) = compute(task, &numbers) {
            if result.dtype() == program.values[output].dtype {
                program.tasks[id] = None;
                make_uniform(program, output, result, viewed);
            }
        } else if let Some(input) = task.op.equal_input(&numbers)
            && let Some(&input) = task.inputs.get(input)
            && can_stand_for(program, stands_for[input], output, !viewed.is_empty())
        {
            program.tasks[id] = None;
            stands_for[output] = stands_for[input];
            left_out.push((output, stands_for[input]));
        }
    }
    program.replace(&left_out);
}

/// The views of each value that has some.
fn views(program: &Program) -> Map<ValueId, Vec<ValueId>> {
    let mut views: Map<ValueId, Vec<ValueId>> = Map::default();
    for (id, value) in program.values.iter().enumerate() {
        if let Layout::View { of, .. } = value.layout {
            views.entry(of).or_default().push(id);
        }
    }
    views
}

/// Whether a task computes one array of known shape element by element.
fn is_elementwise(program: &Program, task: &Task) -> bool {
    let pure = matches!(task.action, Action::Compute { .. }) && task.op.effect() == Effect::Pure;
    pure && matches!(program.fusion(task), Fusion::Elementwise(_))
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
    // All that is repeated is one element of the constant: its first, unless the view starts
    // elsewhere.
    if start != 0 {
        return None;
    }
    with_value!(&**constant, array => {
        let first = array.view().first().cloned();
        first.map(|first| Element::wrap(Strided::Single(first)))
    })
}

/// What the task computes of numbers. A kernel that fails on them will say so when it is run.
fn compute(task: &Task, numbers: &[Option<Value<'static>>]) -> Option<Value<'static>> {
    let inputs: Option<SmallVec<[Value<'_>; 2]>> = numbers.iter().cloned().collect();
    let result = task.compute(&inputs?)?.next()??;
    match result.shape() {
        [] => result.to_owned_value().ok(),
        _ => None,
    }
}

/// Makes a value a number repeated, and so its `views`.
fn make_uniform(program: &mut Program, value: ValueId, number: Value<'static>, views: &[ValueId]) {
    let constant = program.values.len();
    program.values.push(ValueInfo::new(
        number.dtype(),
        Shape::scalar(),
        Origin::Constant(Arc::new(number)),
        Layout::Strided(Box::default()),
    ));
    for &value in views.iter().chain([&value]) {
        repeat(&mut program.values[value], constant);
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

/// Whether `input`, which has the same elements, can be read in place of `output`: it is an array
/// of the same kind, and if the output is viewed, lies in memory in the same way.
fn can_stand_for(program: &Program, input: ValueId, output: ValueId, viewed: bool) -> bool {
    let (a, b) = (&program.values[output], &program.values[input]);
    let lies_alike = || program.root(input) == input && a.strides() == b.strides();
    (a.dtype, &a.shape) == (b.dtype, &b.shape) && (!viewed || lies_alike())
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
