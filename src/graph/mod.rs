//! The graph: nodes, typed handles on them, names and scopes, the [`Op`] trait, and how things
//! print.
//!
//! Nothing here knows how a graph is run, nor any particular op.

mod attribute;
mod collection_ref;
mod collections;
mod conditions;
mod context;
mod dot;
mod fusion;
mod gradient;
#[cfg(feature = "graph_def")]
mod import;
mod infer;
mod insert;
mod lookup;
mod mistakes;
mod name_filter;
mod names;
mod no_kernel;
mod node;
mod op;
mod op_def;
mod operand;
mod operation;
mod prevented;
mod scope;
mod signature;
mod strangers;
mod tensor;
mod tensor_ref;

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;

use crate::types::{DType, Error, Map, NodeRef, Result, Shape, WholeNumber};

pub(crate) use attribute::attributes;
pub use attribute::{Attribute, AttributeList, AttributeValue, Attributes};
pub use collection_ref::CollectionRef;
pub use collections::GraphKeys;
pub(crate) use conditions::{Branch, Conditions, Requirement};
pub use context::{GradientContext, InferContext, Inputs, Kernel, Outputs, RefSlot};
pub(crate) use context::{checked_lengths, copy, is_too_large, too_large};
pub use fusion::Fusion;
pub use gradient::{Gradient, IndexedSlices};
#[cfg(feature = "graph_def")]
pub(crate) use import::{NewInput, NewNode, NewSource};
pub(crate) use infer::infer_with_values;
#[cfg(feature = "graph_def")]
pub(crate) use insert::outputs_of;
pub use name_filter::NameFilter;
pub(crate) use name_filter::expect_plain;
#[cfg(feature = "graph_def")]
pub(crate) use node::NodeExtra;
pub use node::{Node, NodeId, Output, TensorInfo};
pub use op::{Effect, Op};
pub(crate) use op::{erased, no_gradient};
pub use op_def::{Differentiable, FromNode, Make, NodeSpec, OpDef};
pub(crate) use operand::graph_of_or;
pub use operand::{
    AnyTensors, InitialValue, IntoTensor, OptionalTensor, OptionalTensors, TensorHandle, graph_of,
};
pub use operation::Operation;
pub(crate) use scope::caller;
pub use scope::{ControlInput, ControlInputs, OpScope};
pub use signature::{AllowedTypes, Argument, ArgumentType, AttributeDef, Signature};
pub use tensor::{AnyTensor, Tensor};
pub(crate) use tensor_ref::TensorRef;

use names::NameTable;
use scope::BuildContext;

/// A computation: constants, placeholders, variables and ops, joined by tensors.
///
/// A graph only grows. It is built by the functions of this crate, which never fail: a mistake is
/// recorded at its node and comes out of [`Graph::check`], [`Session::new`](crate::Session::new)
/// or, for what was added later, [`Session::run`](crate::Session::run). Clones are handles on the
/// same graph.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.placeholder::<f32>("x", tf::shape![?, 3]);
/// let y = tf::matmul(&x, &x); // [?, 3] by [?, 3]: the inner dimensions may still fit
/// let z = tf::matmul(&y, graph.zeros::<f32>([2, 2])); // but [?, 3] by [2, 2] cannot
/// let error = graph.check().unwrap_err();
/// assert_eq!(error.node().unwrap().name, "MatMul_1");
/// assert!(error.to_string().contains("Dimensions must be equal, but are 3 and 2"));
/// ```
#[derive(Clone)]
pub struct Graph(Arc<Inner>);

struct Inner {
    id: u64,
    /// How many mistakes `state` holds, to be asked before every run without taking the lock.
    error_count: Arc<AtomicUsize>,
    /// Whether it was ever forbidden to feed or fetch something, likewise.
    prevents: AtomicBool,
    state: Mutex<State>,
}

/// All that a graph knows, behind its one lock.
///
/// What is not this crate's, such as a user's op, never runs while the lock is held: it might ask
/// the graph for something. So nodes are shared, to be looked at without it.
#[derive(Default)]
struct State {
    nodes: Nodes,
    index: lookup::NameIndex,
    names: NameTable,
    /// What each thread is in the midst of building; absent for a thread at the root.
    building: Map<ThreadId, BuildContext>,
    collections: collections::Collections,
    prevented: prevented::Prevented,
    /// The mistakes made while building, with the nodes they belong to.
    errors: Vec<(Error, Option<NodeId>)>,
    error_count: Arc<AtomicUsize>,
    /// Whether the graph was made only to hold its first mistake.
    holds_mistake: bool,
    last_call: Option<scope::Call>,
    seed: Option<i64>,
    /// How often more was learnt of a tensor's shape after its node was made.
    revision: u64,
    finalized: bool,
    /// What higher layers keep with the graph, such as the variable store, by type.
    extensions: Map<std::any::TypeId, Box<dyn std::any::Any + Send>>,
}

/// The nodes of a graph as they were at one moment, to be read without the lock.
type Nodes = Arc<Vec<Arc<Node>>>;

impl Graph {
    /// An empty graph.
    #[doc(alias = "reset_default_graph")]
    pub fn new() -> Self {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let state = State::default();
        Graph(Arc::new(Inner {
            id,
            error_count: Arc::clone(&state.error_count),
            prevents: AtomicBool::new(false),
            state: Mutex::new(state),
        }))
    }

    /// Sets the graph-level random seed, as `tf.set_random_seed` does.
    ///
    /// Ops made afterwards combine it with their own seed, or with the number of nodes made so far
    /// if they have none.
    ///
    /// ```
    /// use tf1 as tf;
    ///
    /// let draw = || {
    ///     let graph = tf::Graph::new();
    ///     graph.set_random_seed(1);
    ///     let x = graph.random_normal::<f32>([3]);
    ///     tf::Session::new(&graph)?.run(&x, [])
    /// };
    /// assert_eq!(draw()?, draw()?);
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn set_random_seed(&self, seed: impl WholeNumber) {
        self.state().seed = Some(seed.to_i64());
    }

    /// The graph-level random seed, if one was set.
    pub fn seed(&self) -> Option<i64> {
        self.state().seed
    }

    /// Forbids adding nodes: any node added afterwards is a mistake (`FailedPrecondition`).
    pub fn finalize(&self) {
        self.state().finalized = true;
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.state().nodes.len()
    }

    /// Whether there are no nodes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All operations in the order in which they were made.
    #[doc(alias = "get_operations")]
    pub fn operations(&self) -> Vec<Operation> {
        (0..self.len())
            .map(|index| Operation::new(self.clone(), NodeId::from_index(index)))
            .collect()
    }

    /// Adds an op, named after its type, and returns its operation: for ops that are defined
    /// outside this crate.
    ///
    /// `inputs` are the op's operands in order.
    #[track_caller]
    #[doc(alias = "create_op")]
    pub fn add_op(&self, op: impl Op, inputs: &[AnyTensor]) -> Operation {
        let name = op.op_type();
        self.op_scope(name, |scope| scope.operation(op, inputs))
    }

    /// A number that no other graph of this process has.
    pub fn id(&self) -> u64 {
        self.0.id
    }

    /// Runs `read` on a node.
    pub(crate) fn with_node<R>(&self, node: NodeId, read: impl FnOnce(&Node) -> R) -> R {
        let node = Arc::clone(&self.state().nodes[node.index()]);
        read(&node)
    }

    /// Runs `read` on all nodes that there are now.
    pub(crate) fn with_nodes<R>(&self, read: impl FnOnce(&[Arc<Node>]) -> R) -> R {
        let nodes = Arc::clone(&self.state().nodes);
        read(&nodes)
    }

    /// What is known of a tensor: unknown shape if its node holds a mistake.
    fn info(&self, output: Output, dtype: DType) -> TensorInfo {
        let known = self.with_node(output.node, |node| node.outputs.get(output.index).cloned());
        known.unwrap_or_else(|| TensorInfo::new(dtype, ..))
    }

    /// Adds to what is known of a tensor's shape.
    ///
    /// # Errors
    /// `InvalidArgument` if that contradicts what is known already.
    fn merge_shape(&self, output: Output, shape: &Shape) -> Result<()> {
        let mut state = self.state();
        let outputs = &state.nodes[output.node.index()].outputs;
        let Some(info) = outputs.get(output.index) else {
            return Ok(());
        };
        let merged = info.shape.merge(shape).ok_or_else(|| {
            let (known, wanted) = (&info.shape, shape);
            Error::invalid_argument(format!(
                "Tensor's shape {known} is not compatible with supplied shape {wanted}"
            ))
        })?;
        if merged != info.shape {
            let node = state.node_mut(output.node);
            node.claimed = true;
            node.outputs[output.index].shape = merged;
            state.revision += 1;
        }
        Ok(())
    }

    /// A number that changes whenever more becomes known of the shape of a tensor that was made
    /// before.
    pub(crate) fn revision(&self) -> u64 {
        self.state().revision
    }

    /// The node's name, op and line, for a message.
    pub(crate) fn node_ref(&self, node: NodeId) -> NodeRef {
        self.with_node(node, Node::to_ref)
    }

    /// Runs `use_it` on the graph's own `E`, made when first asked for.
    pub(crate) fn with_extension<E: Default + Send + 'static, R>(
        &self,
        use_it: impl FnOnce(&mut E) -> R,
    ) -> R {
        let mut state = self.state();
        let extension = state
            .extensions
            .entry(std::any::TypeId::of::<E>())
            .or_insert_with(|| Box::new(E::default()));
        use_it(
            extension
                .downcast_mut()
                .expect("extensions are kept by their own type"),
        )
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while the lock is held can only come from a defect; the state itself is never
        // left half-changed.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A node, to be changed; those who are reading it still see it as it was.
    fn node_mut(&mut self, node: NodeId) -> &mut Node {
        let nodes = Arc::make_mut(&mut self.nodes);
        Arc::make_mut(&mut nodes[node.index()])
    }
}

impl Default for Graph {
    fn default() -> Self {
        Graph::new()
    }
}

impl PartialEq for Graph {
    /// Whether both are handles on the same graph.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Graph {}

impl std::fmt::Debug for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Graph")
            .field("id", &self.0.id)
            .field("nodes", &self.len())
            .finish()
    }
}
