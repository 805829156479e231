//! Control dependencies: what must have run before a node although the node reads nothing of it.

use crate::graph::{Graph, NodeId, Operation, Output, State};
use crate::types::{Set, for_tuples};

use super::BuildContext;

/// One `control_dependencies` block.
#[derive(Debug, Default)]
pub(super) struct ControlFrame {
    inputs: Vec<NodeId>,
    /// The nodes made inside, which carry the dependencies already.
    made: Set<NodeId>,
    /// Whether this block cancels those around it.
    clears: bool,
}

impl ControlFrame {
    /// A block that lifts the control dependencies around it.
    pub(super) fn clearing() -> Self {
        ControlFrame {
            clears: true,
            ..Default::default()
        }
    }
}

impl BuildContext {
    /// Notes that `node` was made in the blocks in force: not in those that are lifted, which it
    /// does not wait for.
    pub(super) fn mark_made(&mut self, node: NodeId) {
        let start = first_in_force(&self.controls);
        for frame in &mut self.controls[start..] {
            frame.made.insert(node);
        }
    }
}

/// Where the blocks in force begin, in those that the thread is in.
fn first_in_force(frames: &[ControlFrame]) -> usize {
    frames.iter().rposition(|frame| frame.clears).unwrap_or(0)
}

/// What can be waited for: an operation, tensor, variable or summary, or a reference to one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be waited for",
    label = "not an operation, a tensor, a variable or a summary",
    note = "write `[&train, &update]`, or `(&train, &loss)` if they are of different kinds"
)]
pub trait ControlInput {
    /// The operation to wait for.
    fn operation(&self) -> Operation;
}

impl<C: ControlInput + ?Sized> ControlInput for &C {
    fn operation(&self) -> Operation {
        (**self).operation()
    }
}

/// What can stand where several things are to be waited for: an array, slice or vector of
/// operations, tensors or variables, or of references to them, or a reference to such a list; one
/// of them by itself; `()` for nothing.
///
/// Where their types differ, a tuple is the list: `(&train, &sum)`.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let (a, b) = (graph.variable(1.0f32), graph.variable(2i32));
/// let (sum, count) = (a.assign_add(1.0), b.assign_add(1));
/// let done = tf::group((&sum, &graph.no_op()));
/// let all: Vec<tf::Operation> = vec![done, count.op()];
/// tf::group(&all);
/// tf::group((&sum, &count));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of what can be waited for",
    label = "not an operation, a tensor, a variable or a summary, nor a tuple, array, slice or vector of these",
    note = "write `[&train, &update]`, or `(&train, &loss)` if they are of different kinds"
)]
pub trait ControlInputs {
    /// The operations to wait for, in order.
    fn operations(&self) -> Vec<Operation>;
}

impl<C: ControlInput> ControlInputs for C {
    fn operations(&self) -> Vec<Operation> {
        vec![self.operation()]
    }
}

impl ControlInputs for () {
    fn operations(&self) -> Vec<Operation> {
        Vec::new()
    }
}

/// Implements a list, and a reference to it.
macro_rules! list {
    ($list:ty $(, $length:ident)?) => {
        impl<C: ControlInput $(, const $length: usize)?> ControlInputs for $list {
            fn operations(&self) -> Vec<Operation> {
                self.iter().map(C::operation).collect()
            }
        }

        impl<C: ControlInput $(, const $length: usize)?> ControlInputs for &$list {
            fn operations(&self) -> Vec<Operation> {
                (**self).operations()
            }
        }
    };
}

list!([C]);
list!([C; N], N);
list!(Vec<C>);

macro_rules! tuple {
    ($($input:ident $index:tt),+) => {
        impl<$($input: ControlInput),+> ControlInputs for ($($input,)+) {
            fn operations(&self) -> Vec<Operation> {
                vec![$(self.$index.operation()),+]
            }
        }

        impl<$($input: ControlInput),+> ControlInputs for &($($input,)+) {
            fn operations(&self) -> Vec<Operation> {
                (**self).operations()
            }
        }
    };
}

for_tuples!(tuple);

impl Graph {
    /// Makes the ops that `build` makes run after `inputs`, as `tf.control_dependencies` does.
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// let counts: Vec<_> = (0..3).map(|_| graph.variable(0i32)).collect();
    /// let counted: Vec<tf1::Tensor<i32>> = counts.iter().map(|count| count.assign_add(1)).collect();
    /// let after = graph.control_dependencies(&counted, || graph.no_op());
    /// assert_eq!(after.control_inputs().len(), 3);
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if an input belongs to another graph.
    #[track_caller]
    pub fn control_dependencies<R>(
        &self,
        inputs: impl ControlInputs,
        build: impl FnOnce() -> R,
    ) -> R {
        let mut frame = ControlFrame::default();
        for operation in inputs.operations() {
            // Not in a closure, which would not know the caller.
            frame.inputs.push(self.awaited(&operation));
        }
        self.within(|context| context.controls.push(frame), build)
    }

    /// The node to wait for: one that stands for a mistake if the operation belongs to another
    /// graph.
    #[track_caller]
    fn awaited(&self, operation: &Operation) -> NodeId {
        if operation.graph() == self {
            return operation.node();
        }
        let error = operation.is_of_other_graph_than("what waits for it");
        self.failed::<f32>("control_dependencies", error).node()
    }

    /// The nodes that all waits for that this thread makes.
    pub(crate) fn awaited_by_all(&self) -> Set<NodeId> {
        self.state().control_inputs(&[]).into_iter().collect()
    }

    /// Lifts all control dependencies in force for what `build` makes, as
    /// `tf.control_dependencies(None)` does.
    pub fn clear_control_dependencies<R>(&self, build: impl FnOnce() -> R) -> R {
        self.within(
            |context| context.controls.push(ControlFrame::clearing()),
            build,
        )
    }
}

impl State {
    /// The nodes that a node with these inputs must wait for: those in force that no input waits
    /// for already.
    pub(in crate::graph) fn control_inputs(&self, inputs: &[Output]) -> Vec<NodeId> {
        let controls = self.context().map_or(&[][..], |context| &context.controls);
        let mut result: Vec<NodeId> = Vec::new();
        if controls.is_empty() {
            return result;
        }
        // What is read is waited for already.
        let mut awaited: Set<NodeId> = inputs.iter().map(|input| input.node).collect();
        for frame in &controls[first_in_force(controls)..] {
            let carried = inputs.iter().any(|input| frame.made.contains(&input.node));
            let open = frame.inputs.iter().filter(|_| !carried);
            result.extend(open.filter(|control| awaited.insert(**control)));
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use crate::Graph;

    /// The example in TensorFlow's documentation of `Graph.control_dependencies`.
    #[test]
    fn clearing_lifts_what_is_around_but_not_what_is_inside() {
        let graph = Graph::new();
        let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| graph.no_op().named(name));
        let (mut lifted, mut inner) = (None, None);
        graph.control_dependencies([&a, &b], || {
            graph.clear_control_dependencies(|| {
                lifted = Some(graph.no_op());
                graph.control_dependencies([&c, &d], || inner = Some(graph.no_op()));
            });
        });
        let waits_for = |operation: Option<crate::Operation>| {
            operation.map(|operation| operation.control_inputs())
        };
        assert_eq!(waits_for(lifted), Some(vec![]));
        assert_eq!(waits_for(inner), Some(vec![c, d]));
    }

    #[test]
    fn what_reads_a_node_of_the_block_waits_already() {
        let graph = Graph::new();
        let a = graph.no_op();
        let (first, second) = graph.control_dependencies([&a], || {
            let first = graph.constant(1.0f32);
            let second = crate::square(&first);
            (first.op(), second.op())
        });
        assert_eq!(first.control_inputs(), [a]);
        assert!(second.control_inputs().is_empty());
    }

    #[test]
    fn what_reads_a_node_made_while_a_block_was_lifted_waits_itself() {
        let graph = Graph::new();
        let a = graph.no_op();
        let reader = graph.control_dependencies([&a], || {
            let lifted = graph.clear_control_dependencies(|| graph.constant(1.0f32));
            crate::square(&lifted).op()
        });
        assert_eq!(reader.control_inputs(), [a]);
    }
}
