//! [`Program`]: a run as a list of tasks over numbered values, which the rewrites work on.

use std::cell::OnceCell;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::graph::{Effect, Fusion, InferContext, Inputs, Kernel, NodeId, Op, Outputs, TensorInfo};
use crate::kernels::broadcast::is_broadcast_to;
use crate::kernels::memory::row_major_strides;
use crate::kernels::pool::Pool;
use crate::kernels::product::Producer;
use crate::types::{DType, Shape, Value};

use super::super::store::OpState;

/// A value's place in [`Program::values`].
pub(in crate::session) type ValueId = usize;

/// The lengths of an array.
pub(super) type Lengths = SmallVec<[usize; 2]>;

/// A task's place in [`Program::tasks`].
pub(super) type TaskId = usize;

/// A run: what it computes, and in which order.
#[derive(Debug, Default)]
pub(super) struct Program {
    pub(super) values: Vec<ValueInfo>,
    /// In the order in which they can be done. A rewrite that makes a task superfluous leaves
    /// `None`.
    pub(super) tasks: Vec<Option<Task>>,
    /// The fetched values, in the order of the fetches.
    pub(super) fetches: Vec<ValueId>,
}

/// What is known of a value while planning.
#[derive(Debug)]
pub(super) struct ValueInfo {
    pub(super) dtype: DType,
    /// Its lengths; `None` if only the run knows them.
    pub(super) shape: Option<Lengths>,
    /// The same, as ops are told it.
    shape_for_ops: Shape,
    pub(super) origin: Origin,
    pub(super) layout: Layout,
}

/// Where a value comes from.
#[derive(Debug)]
pub(super) enum Origin {
    /// The feed with this number.
    Feed(usize),
    /// It is known while planning.
    Constant(Arc<Value<'static>>),
    /// A task computes it.
    Task(TaskId),
}

/// How a value lies in memory.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Layout {
    /// In memory of its own, in row-major order.
    Own,
    /// In memory of its own, in these strides (in elements).
    Strided(Box<[isize]>),
    /// In the memory of another value, which is not a view itself.
    View {
        of: ValueId,
        /// Where its first element lies, in bytes from the first of the other.
        start: isize,
        strides: Box<[isize]>,
    },
}

/// One thing to do.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) node: NodeId,
    pub(super) op: Arc<dyn Op>,
    pub(super) action: Action,
    /// Of a task that updates variables, the inputs after these.
    pub(super) inputs: SmallVec<[ValueId; 2]>,
    pub(super) outputs: SmallVec<[ValueId; 1]>,
    /// What is known of the op's inputs, variables to update first, where the run has to check the
    /// rest.
    pub(super) unchecked: Option<Vec<TensorInfo>>,
    /// The op's answer, once it was [asked](Program::fusion).
    pub(super) fusion: OnceCell<Fusion>,
}

/// What a task does.
#[derive(Debug)]
pub(super) enum Action {
    /// Reads a variable's current value.
    Read { variable: NodeId },
    /// Runs an op's kernel.
    Compute { state: Option<OpState> },
    /// Runs the kernel of an op that changes variables. Output 0 is the first one's new value.
    Update {
        variables: Vec<NodeId>,
        reads: bool,
        /// Whether one of the variables may have a value of any shape.
        open: bool,
    },
}

impl Program {
    /// The value whose memory `value` lies in: itself, unless it is a view.
    pub(super) fn root(&self, value: ValueId) -> ValueId {
        match self.values[value].layout {
            Layout::View { of, .. } => of,
            _ => value,
        }
    }

    /// How many bytes the elements of a value take; none if only the run knows its lengths.
    pub(super) fn bytes_of(&self, value: ValueId) -> usize {
        let info = &self.values[value];
        info.len().unwrap_or_default() * info.dtype.size()
    }

    /// The constant that a value is.
    pub(super) fn constant(&self, value: ValueId) -> Option<&Arc<Value<'static>>> {
        match &self.values[value].origin {
            Origin::Constant(constant) => Some(constant),
            _ => None,
        }
    }

    /// The task that computes a value, unless a rewrite has made it superfluous.
    pub(super) fn computed_by(&self, value: ValueId) -> Option<TaskId> {
        match self.values[value].origin {
            Origin::Task(task) if self.tasks[task].is_some() => Some(task),
            _ => None,
        }
    }

    /// The tasks that are left, with their places.
    pub(super) fn tasks(&self) -> impl DoubleEndedIterator<Item = (TaskId, &Task)> {
        self.tasks
            .iter()
            .enumerate()
            .filter_map(|(id, task)| Some((id, task.as_ref()?)))
    }

    /// What is known of a task's inputs, those of an update after the variables; `None` if a shape
    /// is not.
    pub(super) fn input_infos(&self, task: &Task) -> Option<SmallVec<[TensorInfo; 2]>> {
        task.inputs
            .iter()
            .map(|input| {
                let value = &self.values[*input];
                let known = value.shape.is_some();
                known.then(|| TensorInfo::new(value.dtype, &value.shape_for_ops))
            })
            .collect()
    }

    /// As [`input_infos`](Program::input_infos), with the values of those that are constants.
    pub(super) fn known_inputs(&self, task: &Task) -> Option<SmallVec<[TensorInfo; 2]>> {
        let mut infos = self.input_infos(task)?;
        for (info, input) in infos.iter_mut().zip(&task.inputs) {
            info.constant = self.constant(*input).cloned();
        }
        Some(infos)
    }

    /// What can be made of a task other than a step that runs its op's kernel, as far as its inputs
    /// are known when this is first asked: not before constants are folded. Answers of the op's
    /// that its inputs and outputs do not bear out count for nothing: a user's op may be wrong
    /// about itself.
    pub(super) fn fusion<'p>(&'p self, task: &'p Task) -> &'p Fusion {
        task.fusion.get_or_init(|| self.ask_fusion(task))
    }

    /// What makes a task's result piece by piece, if it can read the task's inputs as they lie.
    /// Such tasks are always run so.
    pub(super) fn producer(&self, task: &Task) -> Option<Arc<dyn Producer>> {
        let Fusion::Producer(producer) = self.fusion(task) else {
            return None;
        };
        let lies_in_order = |input: &ValueId| {
            let value = &self.values[*input];
            match &value.layout {
                Layout::Own => true,
                Layout::Strided(strides) | Layout::View { strides, .. } => {
                    let in_order = value.shape.as_deref().map(row_major_strides);
                    in_order.as_deref() == Some(&strides[..])
                }
            }
        };
        let reads = !producer.reads_in_order() || task.inputs.iter().all(lies_in_order);
        reads.then(|| Arc::clone(producer))
    }

    /// Whether a task's kernel can fail. A [producer](Program::producer) has been shown all
    /// lengths, and its memory is the plan's.
    pub(super) fn can_fail(&self, task: &Task) -> bool {
        task.op.can_fail() && self.producer(task).is_none()
    }

    fn ask_fusion(&self, task: &Task) -> Fusion {
        // Texts and handles lie in slots, of which there are neither views nor tiles.
        let mut values = task.inputs.iter().chain(&task.outputs);
        let are_plain = values.all(|value| self.values[*value].dtype.is_plain());
        if task.unchecked.is_some() || task.op.effect() == Effect::Stateful || !are_plain {
            return Fusion::None;
        }
        let Some(infos) = self.known_inputs(task) else {
            return Fusion::None;
        };
        let fusion = Arc::clone(&task.op).fusion(&InferContext::new(&infos));
        match self.bears_out(task, &fusion) {
            true => fusion,
            false => Fusion::None,
        }
    }

    /// Whether inputs and outputs of a task are such as its op's answer says.
    fn bears_out(&self, task: &Task, fusion: &Fusion) -> bool {
        let info = |value: &ValueId| &self.values[*value];
        let is_alike = |(a, b): (&ValueId, &ValueId)| {
            (info(a).dtype, &info(a).shape) == (info(b).dtype, &info(b).shape)
        };
        let computes = matches!(task.action, Action::Compute { .. });
        let output = match task.outputs[..] {
            [output] => self.values[output].shape.as_deref(),
            _ => None,
        };
        match (fusion, output) {
            (Fusion::None, _) => true,
            (Fusion::Identity, _) => {
                let (inputs, outputs) = (&task.inputs, &task.outputs);
                computes
                    && inputs.len() == outputs.len()
                    && inputs.iter().zip(outputs).all(is_alike)
            }
            (Fusion::View { of }, _) => computes && *of < task.inputs.len(),
            (Fusion::Elementwise(_), Some(output)) => {
                let is_broadcast = |value: &ValueId| {
                    let own = info(value).shape.as_deref();
                    own.is_some_and(|own| is_broadcast_to(own, output))
                };
                // A group sets truth values that it computes to `false` first, which variables must
                // keep until they are read.
                let keeps_old = !computes && info(&task.outputs[0]).dtype == DType::Bool;
                !keeps_old && !task.inputs.is_empty() && task.inputs.iter().all(is_broadcast)
            }
            (Fusion::Reduction(_), Some(output)) => {
                computes && !task.inputs.is_empty() && output.iter().all(|length| *length == 1)
            }
            (Fusion::Producer(_), Some(_)) => computes,
            (Fusion::Elementwise(_) | Fusion::Reduction(_) | Fusion::Producer(_), None) => false,
        }
    }

    /// What a task's kernel makes of these inputs while planning; `None` if it fails, or makes
    /// something else than the op's shape rule said. It will say so when it is run.
    pub(super) fn compute<'v>(&self, task: &Task, inputs: &[Value<'v>]) -> Option<Vec<Value<'v>>> {
        let as_said = |(made, output): (Option<Value<'v>>, &ValueId)| {
            let (made, said) = (made?, &self.values[*output]);
            let fits = made.dtype() == said.dtype && Some(made.shape()) == said.shape.as_deref();
            fits.then_some(made)
        };
        let made = task.compute(inputs)?;
        made.zip(&task.outputs).map(as_said).collect()
    }

    /// Reads `by` wherever `value` was read, for each pair of these.
    pub(super) fn replace(&mut self, replaced: &[(ValueId, ValueId)]) {
        let mut target: Vec<ValueId> = (0..self.values.len()).collect();
        for &(value, by) in replaced {
            // What stands in for a value comes before it, and so has been replaced already if it
            // was to be.
            target[value] = target[by];
        }
        let tasks = self.tasks.iter_mut().flatten();
        let inputs = tasks.flat_map(|task| task.inputs.iter_mut());
        inputs
            .chain(&mut self.fetches)
            .for_each(|input| *input = target[*input]);
        for value in &mut self.values {
            if let Layout::View { of, .. } = &mut value.layout {
                *of = target[*of];
            }
        }
    }

    /// Takes out tasks whose results nobody reads, of those that do nothing else.
    pub(super) fn remove_unread(&mut self) {
        let mut read = vec![false; self.values.len()];
        for fetch in &self.fetches {
            read[*fetch] = true;
            read[self.root(*fetch)] = true;
        }
        for id in (0..self.tasks.len()).rev() {
            let Some(task) = &self.tasks[id] else {
                continue;
            };
            let wanted = task.outputs.iter().any(|output| read[*output]);
            let pure = match &task.action {
                Action::Read { .. } => true,
                // What may fail, or has inputs that the run must check, must get the chance to.
                Action::Compute { .. } => {
                    task.op.effect() == Effect::Pure
                        && !self.can_fail(task)
                        && task.unchecked.is_none()
                }
                Action::Update { .. } => false,
            };
            if pure && !wanted {
                self.tasks[id] = None;
                continue;
            }
            for input in &task.inputs {
                read[*input] = true;
                read[self.root(*input)] = true;
            }
        }
    }
}

impl Task {
    /// What the kernel makes of these inputs while planning, output by output; `None` if it fails,
    /// or if the run must check the inputs.
    pub(super) fn compute<'v>(
        &self,
        inputs: &[Value<'v>],
    ) -> Option<impl Iterator<Item = Option<Value<'v>>>> {
        if self.unchecked.is_some() {
            return None;
        }
        let outputs = Outputs::new(self.outputs.len());
        let mut kernel = Kernel::new(Inputs::new(inputs), outputs, &mut [], None, Pool::alone());
        self.op.compute(&mut kernel).ok()?;
        Some(kernel.outputs.into_values().into_iter())
    }
}

impl ValueInfo {
    pub(super) fn new(dtype: DType, shape: Shape, origin: Origin, layout: Layout) -> ValueInfo {
        ValueInfo {
            dtype,
            shape: shape.lengths().map(Iterator::collect),
            shape_for_ops: shape,
            origin,
            layout,
        }
    }

    /// The strides in elements, of a value whose lengths are known.
    pub(super) fn strides(&self) -> Box<[isize]> {
        match &self.layout {
            Layout::Own => row_major_strides(self.shape.as_deref().unwrap_or_default()).into(),
            Layout::Strided(strides) | Layout::View { strides, .. } => strides.clone(),
        }
    }

    /// Its lengths, if a plan can give it a place: if they are known, and its elements are plain.
    pub(super) fn placeable(&self) -> Option<&Lengths> {
        self.shape.as_ref().filter(|_| self.dtype.is_plain())
    }

    /// The number of elements, if it is known.
    pub(super) fn len(&self) -> Option<usize> {
        Some(self.shape.as_ref()?.iter().product())
    }
}
