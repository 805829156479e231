//! Ops that only look at their input in another way need no step: their results are views.
//!
//! A transpose read by a matrix product, a reduction or a softmax is thereby read in its strides,
//! never copied.

use smallvec::SmallVec;

use crate::graph::Fusion;
use crate::kernels::memory::{ARENA, Frame, Operand, Spot};
use crate::types::{DType, Value};

use super::super::program::{Layout, Program, Task, TaskId, ValueId};

/// The most bytes of address space that a probe takes.
const LIMIT: usize = 1 << 40;

/// Makes views of all results that are.
pub(super) fn make_views(program: &mut Program) {
    let mut probes = Probes::default();
    // What is read in place of each value, and the values of which that is another.
    let mut stands_for: Vec<ValueId> = (0..program.values.len()).collect();
    let mut same = Vec::new();
    for id in 0..program.tasks.len() {
        let Some(task) = &mut program.tasks[id] else {
            continue;
        };
        for input in &mut task.inputs {
            *input = stands_for[*input];
        }
        let Some(task) = &program.tasks[id] else {
            continue;
        };
        let replaced = match program.fusion(task) {
            Fusion::Identity => pass_on(program, id),
            &Fusion::View { of } => match views(program, task, of, &mut probes) {
                Some(views) => turn_into_views(program, id, of, &views),
                None => continue,
            },
            Fusion::None | Fusion::Elementwise(_) | Fusion::Reduction(_) | Fusion::Producer(_) => {
                continue;
            }
        };
        for (output, input) in replaced {
            stands_for[output] = input;
            same.push((output, input));
        }
    }
    if !same.is_empty() {
        program.replace(&same);
    }
}

/// Where the outputs of `task` lie as seen from its input `viewed`, if all are views of it.
///
/// The op's own kernel shows this: it is run on untouched memory, of which it reads nothing.
fn views(
    program: &Program,
    task: &Task,
    viewed: usize,
    probes: &mut Probes,
) -> Option<SmallVec<[Spot; 1]>> {
    let source = &program.values[*task.inputs.get(viewed)?];
    let shape = source.shape.as_ref()?;
    let known = |output: &ValueId| program.values[*output].len().is_some_and(|len| len > 0);
    if source.len() == Some(0) || !task.outputs.iter().all(known) {
        return None;
    }
    let strides = source.strides();
    let (frame, operand) = probes.array(source.dtype, shape, &strides)?;
    let inputs: Option<SmallVec<[Value<'_>; 2]>> = task
        .inputs
        .iter()
        .enumerate()
        .map(|(i, input)| match i == viewed {
            true => Some(frame.value(&operand)),
            false => program
                .constant(*input)
                .map(|constant| Value::clone(constant).reborrow()),
        })
        .collect();
    let inputs = inputs?;
    let outputs = program.compute(task, &inputs)?;
    outputs
        .iter()
        .map(|output| frame.locate(output, &operand))
        .collect()
}

/// Memory that nobody touches, for one probe after the other.
#[derive(Default)]
struct Probes {
    /// What there is so far, and how many bytes it is.
    frame: Option<(Frame, usize)>,
}

/// The least memory that is taken for probes: so much that the system gives it without writing
/// zeros.
const LEAST: usize = 1 << 20;

impl Probes {
    /// Memory as an array of these strides needs it, and the array.
    fn array(
        &mut self,
        dtype: DType,
        shape: &[usize],
        strides: &[isize],
    ) -> Option<(&Frame, Operand)> {
        let size = dtype.size();
        let (mut below, mut above) = (0usize, size);
        for (&length, &stride) in shape.iter().zip(strides) {
            let reach = (length - 1)
                .checked_mul(stride.unsigned_abs())?
                .checked_mul(size)?;
            let side = if stride < 0 { &mut below } else { &mut above };
            *side = side.checked_add(reach).filter(|bytes| *bytes < LIMIT)?;
        }
        let bytes = below + above;
        if self.frame.as_ref().is_none_or(|(_, there)| *there < bytes) {
            let more = bytes.max(LEAST);
            self.frame = Some((Frame::untouched(more)?, more));
        }
        let (frame, _) = self.frame.as_ref()?;
        let operand = Operand::new(ARENA, dtype, shape, strides, below as isize);
        Some((frame, operand))
    }
}

/// Makes each output of a task a view of the input in its place; the pairs of both.
fn pass_on(program: &mut Program, id: TaskId) -> SmallVec<[(ValueId, ValueId); 1]> {
    let Some(task) = program.tasks[id].take() else {
        return SmallVec::new();
    };
    let pairs = task.outputs.iter().copied().zip(task.inputs);
    let pairs: SmallVec<[(ValueId, ValueId); 1]> = pairs.collect();
    for &(output, input) in &pairs {
        let (of, start) = origin(program, input);
        let strides = program.values[input].strides();
        program.values[output].layout = Layout::View { of, start, strides };
    }
    pairs
}

/// The value in whose memory another lies, and how many bytes from its start.
fn origin(program: &Program, value: ValueId) -> (ValueId, isize) {
    match &program.values[value].layout {
        Layout::View { of, start, .. } => (*of, *start),
        _ => (value, 0),
    }
}

/// Makes views of a task's outputs; the pairs of those that look the same as what they view, and
/// that.
fn turn_into_views(
    program: &mut Program,
    id: TaskId,
    viewed: usize,
    spots: &[Spot],
) -> SmallVec<[(ValueId, ValueId); 1]> {
    let mut same = SmallVec::new();
    let Some(task) = program.tasks[id].take() else {
        return same;
    };
    let source = task.inputs[viewed];
    let (root, offset) = origin(program, source);
    for (&output, spot) in task.outputs.iter().zip(spots) {
        let looks_the_same = spot.start == 0
            && program.values[source].shape == program.values[output].shape
            && *spot.strides == *program.values[source].strides();
        if looks_the_same {
            same.push((output, source));
        }
        program.values[output].layout = Layout::View {
            of: root,
            start: offset + spot.start,
            strides: spot.strides.clone(),
        };
    }
    same
}

#[cfg(test)]
mod tests {
    use crate::session::plan::tests::explained;

    #[test]
    fn what_passes_its_inputs_on_is_no_step() {
        let graph = crate::Graph::new();
        let x = graph.placeholder::<f32>("x", [2, 3]);
        let both = crate::identity_n([&crate::exp(&x), &crate::transpose(&x)]);
        let sum = crate::reduce_sum(both[0].typed::<f32>().unwrap(), [0]);
        let product = crate::matmul(&x, both[1].typed::<f32>().unwrap());
        let fetched = (&sum, &product, &both[0]);
        let plain = explained(&graph, &fetched, &[]);
        let viewed = explained(&graph, &fetched, &["views"]);
        assert!(plain.contains("IdentityN"), "{plain}");
        assert!(!viewed.contains("IdentityN"), "{viewed}");

        let values = ndarray::arr2(&[[0.0f32, 1.0, 2.0], [3.0, 4.0, 5.0]]);
        let session = crate::Session::new(&graph).unwrap();
        let (sum, product, passed) = session.run(fetched, [x.feed(&values)]).unwrap();
        assert_eq!(product, values.dot(&values.t()).into_dyn());
        let passed = passed.into_array::<f32>().unwrap();
        assert!(
            passed
                .iter()
                .zip(&values)
                .all(|(y, x)| (y - x.exp()).abs() <= 1e-5 * y)
        );
        assert!((sum[[0]] - passed[[0, 0]] - passed[[1, 0]]).abs() < 1e-4);
    }
}
