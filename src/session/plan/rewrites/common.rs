//! Common subexpressions: what is computed twice from the same values is computed once.

use std::any::{Any, TypeId};
use std::hash::{BuildHasher, Hash, Hasher};

use smallvec::SmallVec;

use crate::graph::Effect;
use crate::kernels::bits;
use crate::types::{DType, Map, Value, with_bits};

use super::super::program::{Action, Origin, Program, Task, TaskId, ValueId};

/// Constants of at most this many elements are compared.
const SMALL: usize = 16;

/// Has what is computed twice computed once.
pub(super) fn share_common(program: &mut Program) {
    share_constants(program);
    share_tasks(program);
}

/// What constants have in common that are one: views of them hold on to the strides.
type ConstantKey = (DType, Vec<usize>, Box<[isize]>, Vec<u8>);

/// Constants with the same elements become one, so that what is computed from them can be found to
/// be the same.
fn share_constants(program: &mut Program) {
    let mut seen: Map<ConstantKey, ValueId> = Map::default();
    let mut same = Vec::new();
    for (id, info) in program.values.iter().enumerate() {
        let Origin::Constant(value) = &info.origin else {
            continue;
        };
        let Some(bytes) = bytes(value) else { continue };
        let key = (info.dtype, value.shape().to_vec(), info.strides(), bytes);
        match seen.get(&key) {
            Some(first) => same.push((id, *first)),
            None => drop(seen.insert(key, id)),
        }
    }
    program.replace(&same);
}

/// The elements' bytes, of a small array.
fn bytes(value: &Value<'_>) -> Option<Vec<u8>> {
    let size: usize = value.shape().iter().product();
    if size > SMALL {
        return None;
    }
    let mut bytes = Vec::with_capacity(value.bytes());
    with_bits!(value.dtype(), B => {
        let elements = bits::view::<B>(value);
        elements.iter().for_each(|element| bytes.extend(bytemuck::bytes_of(element)));
    }, return None);
    Some(bytes)
}

fn share_tasks(program: &mut Program) {
    // By the op's type and the inputs. Mostly that is enough to see that there is no other such
    // task, and attributes need not be asked for.
    let mut seen: Map<u64, SmallVec<[TaskId; 1]>> = Map::default();
    let mut stands_for: Vec<ValueId> = (0..program.values.len()).collect();
    let mut same = Vec::new();
    for (id, task) in program.tasks.iter().enumerate() {
        let Some(task) = task else { continue };
        if !matches!(task.action, Action::Compute { .. }) || task.op.effect() != Effect::Pure {
            continue;
        }
        let mut hasher = seen.hasher().build_hasher();
        kind(task).hash(&mut hasher);
        let inputs = task.inputs.iter().map(|input| stands_for[*input]);
        inputs.clone().for_each(|input| input.hash(&mut hasher));
        let alike = seen.entry(hasher.finish()).or_default();
        let earlier = alike.iter().find_map(|other| {
            let other = program.tasks[*other].as_ref()?;
            let other_inputs = other.inputs.iter().map(|input| stands_for[*input]);
            let computes_the_same = kind(other) == kind(task)
                && other_inputs.eq(inputs.clone())
                && computes_alike(program, other, task);
            computes_the_same.then_some(other)
        });
        match earlier {
            None => alike.push(id),
            Some(earlier) => {
                for (output, first) in task.outputs.iter().zip(&earlier.outputs) {
                    stands_for[*output] = *first;
                    same.push((id, *output, *first));
                }
            }
        }
    }
    same.iter()
        .for_each(|(task, ..)| program.tasks[*task] = None);
    let same: Vec<(ValueId, ValueId)> = same
        .iter()
        .map(|(_, output, first)| (*output, *first))
        .collect();
    program.replace(&same);
}

/// The op's type, here and in TensorFlow.
fn kind(task: &Task) -> (TypeId, &'static str) {
    let op: &dyn Any = task.op.as_ref();
    (op.type_id(), task.op.op_type())
}

/// Whether two ops of one kind have the same attributes, and give outputs of the same types.
fn computes_alike(program: &Program, a: &Task, b: &Task) -> bool {
    let types = |task: &Task| -> SmallVec<[DType; 4]> {
        let outputs = task.outputs.iter();
        outputs
            .map(|output| program.values[*output].dtype)
            .collect()
    };
    types(a) == types(b)
        && a.op
            .attributes()
            .is_some_and(|attributes| b.op.attributes() == Some(attributes))
}

#[cfg(test)]
mod tests {
    use crate::session::plan::tests::explained;

    #[test]
    fn the_same_function_of_the_same_values_is_computed_once() {
        let graph = crate::Graph::new();
        let x = graph.placeholder::<f32>("x", [2]);
        let twice = crate::exp(&x * 2.0) + crate::exp(&x * 2.0) * crate::exp(&x * 3.0);
        let count = |on: &[&str]| explained(&graph, &twice, on).matches("= Exp(").count();
        assert_eq!(count(&[]), 3);
        assert_eq!(count(&["common"]), 2);
    }

    #[test]
    fn attributes_tell_what_is_the_same() {
        let graph = crate::Graph::new();
        let x = graph.placeholder::<f32>("x", [2, 2]);
        let whole = || crate::cast(&x, crate::int32);
        let wide = crate::cast(crate::cast(&x, crate::int64), crate::int32);
        let sum = whole() + whole() + wide;
        let sums = crate::reduce_sum(&sum, 0) + crate::reduce_sum(&sum, crate::keepdims(0));
        let count = |what: &str, on: &[&str]| explained(&graph, &sums, on).matches(what).count();
        assert_eq!(count("= Cast(", &[]), 4);
        assert_eq!(count("= Cast(", &["common"]), 3);
        assert_eq!(count("= Sum(", &["common"]), 2);
    }
}
