//! Collections: lists of tensors, operations and variables kept with the graph under a key.

use std::collections::BTreeMap;

use crate::types::{Element, Set};

use super::tensor_ref::TensorRef;
use super::{AnyTensor, Graph, NameFilter, NodeId, Operation, Tensor, TensorHandle};

/// The keys of the collections that TensorFlow itself uses.
#[derive(Debug)]
pub struct GraphKeys;

impl GraphKeys {
    /// The variables that are saved and shared by all who run the graph: all but the local ones.
    pub const GLOBAL_VARIABLES: &'static str = "variables";
    /// The old name of [`GLOBAL_VARIABLES`](GraphKeys::GLOBAL_VARIABLES).
    pub const VARIABLES: &'static str = "variables";
    /// The variables that optimizers train.
    pub const TRAINABLE_VARIABLES: &'static str = "trainable_variables";
    /// The variables that are not saved, such as counters of one process.
    pub const LOCAL_VARIABLES: &'static str = "local_variables";
    /// The variables that a model needs to be used, as opposed to those of its training.
    pub const MODEL_VARIABLES: &'static str = "model_variables";
    /// The variables that metrics count with.
    pub const METRIC_VARIABLES: &'static str = "metric_variables";
    /// The variables whose moving averages are kept.
    pub const MOVING_AVERAGE_VARIABLES: &'static str = "moving_average_variables";
    /// The variables that are put together of parts.
    pub const CONCATENATED_VARIABLES: &'static str = "concatenated_variables";
    /// The trainable variables that are resources.
    pub const TRAINABLE_RESOURCE_VARIABLES: &'static str = "trainable_resource_variables";
    /// The variable that counts training steps.
    pub const GLOBAL_STEP: &'static str = "global_step";
    /// The variable that counts the steps of an evaluation.
    pub const EVAL_STEP: &'static str = "eval_step";
    /// The outputs of layers.
    pub const ACTIVATIONS: &'static str = "activations";
    /// The weights of layers.
    pub const WEIGHTS: &'static str = "weights";
    /// The biases of layers.
    pub const BIASES: &'static str = "biases";
    /// Losses.
    pub const LOSSES: &'static str = "losses";
    /// The penalties of regularizers.
    pub const REGULARIZATION_LOSSES: &'static str = "regularization_losses";
    /// Ops to run with every training step, such as those that keep moving averages.
    pub const UPDATE_OPS: &'static str = "update_ops";
    /// The operations that train.
    pub const TRAIN_OP: &'static str = "train_op";
    /// The operation that initializes a model.
    pub const INIT_OP: &'static str = "init_op";
    /// The operation that initializes what is local to a process.
    pub const LOCAL_INIT_OP: &'static str = "local_init_op";
    /// The operation that tells whether a model is initialized.
    pub const READY_OP: &'static str = "ready_op";
    /// The operation that tells whether what is local can be initialized.
    pub const READY_FOR_LOCAL_INIT_OP: &'static str = "ready_for_local_init_op";
    /// What is written for TensorBoard.
    pub const SUMMARIES: &'static str = "summaries";
    /// The operation that makes all summaries.
    pub const SUMMARY_OP: &'static str = "summary_op";
    /// The savers of the graph.
    pub const SAVERS: &'static str = "savers";
    /// What is saved besides variables.
    pub const SAVEABLE_OBJECTS: &'static str = "saveable_objects";
    /// The paths of files that a model needs.
    pub const ASSET_FILEPATHS: &'static str = "asset_filepaths";
    /// The operations that fill tables.
    pub const TABLE_INITIALIZERS: &'static str = "table_initializer";
    /// What runs queues.
    pub const QUEUE_RUNNERS: &'static str = "queue_runners";
    /// The resources of a graph.
    pub const RESOURCES: &'static str = "resources";
    /// The resources that are local to a process.
    pub const LOCAL_RESOURCES: &'static str = "local_resources";
    /// The branches of a graph.
    pub const COND_CONTEXT: &'static str = "cond_context";
    /// The loops of a graph.
    pub const WHILE_CONTEXT: &'static str = "while_context";
}

pub(super) type Collections = BTreeMap<String, Collection>;

/// One list.
#[derive(Debug, Default)]
pub(super) struct Collection {
    pub(super) members: Vec<Member>,
    /// The nodes of the members, once somebody has asked for one.
    pub(super) nodes: Option<Set<NodeId>>,
}

/// What a collection holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Member {
    Tensor(TensorRef),
    Operation(NodeId),
}

impl Member {
    pub(super) fn node(self) -> NodeId {
        match self {
            Member::Tensor(kept) => kept.node(),
            Member::Operation(node) => node,
        }
    }
}

impl Graph {
    /// Appends a tensor to the collection `key`, as `tf.add_to_collection` does.
    ///
    /// # Errors
    /// `InvalidArgument` if the tensor belongs to another graph.
    #[track_caller]
    pub fn add_to_collection(&self, key: impl AsRef<str>, tensor: impl TensorHandle) {
        let key = key.as_ref();
        let tensor = tensor.any_tensor();
        let Some(kept) = self.keep(&tensor) else {
            let error = tensor.is_of_other_graph_than(&format!("the collection '{key}'"));
            return self.record_error_of_call(error);
        };
        self.collect(key, Member::Tensor(kept));
    }

    /// Appends an operation to the collection `key`, as `tf.add_to_collection` does with one. A
    /// tensor's operation is in a collection along with the tensor.
    ///
    /// ```
    /// use tf1::{Graph, GraphKeys, group};
    ///
    /// let graph = Graph::new();
    /// let (a, b) = (graph.variable(0.0f32).named("a"), graph.variable(0.0f32).named("b"));
    /// let count = group([&a.assign_add(1.0), &b.assign_add(2.0)]).named("count");
    /// graph.add_operation_to_collection(GraphKeys::UPDATE_OPS, &count);
    /// graph.add_to_collection(GraphKeys::UPDATE_OPS, &a.assign(3.0).named("reset"));
    /// let names: Vec<String> = graph.collected_operations(GraphKeys::UPDATE_OPS).iter().map(|op| op.name()).collect();
    /// assert_eq!(names, ["count", "reset"]);
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if the operation belongs to another graph.
    #[track_caller]
    pub fn add_operation_to_collection(&self, key: impl AsRef<str>, operation: &Operation) {
        let key = key.as_ref();
        if operation.graph() != self {
            let error = operation.is_of_other_graph_than(&format!("the collection '{key}'"));
            return self.record_error_of_call(error);
        }
        self.collect(key, Member::Operation(operation.node()));
    }

    fn collect(&self, key: &str, member: Member) {
        let mut state = self.state();
        let collection = state.collections.entry(key.to_string()).or_default();
        collection.members.push(member);
        if let Some(nodes) = &mut collection.nodes {
            nodes.insert(member.node());
        }
    }

    /// Appends a tensor to several collections, as `tf.add_to_collections` does: to each once.
    ///
    /// # Errors
    /// As [`add_to_collection`](Graph::add_to_collection).
    #[track_caller]
    pub fn add_to_collections<K: AsRef<str>>(
        &self,
        keys: impl IntoIterator<Item = K>,
        tensor: impl TensorHandle,
    ) {
        let mut given = Set::default();
        for key in keys {
            if given.insert(key.as_ref().to_string()) {
                self.add_to_collection(key, &tensor);
            }
        }
    }

    pub(super) fn members(&self, key: &str) -> Vec<Member> {
        let state = self.state();
        let collection = state.collections.get(key);
        collection.map_or_else(Vec::new, |collection| collection.members.clone())
    }

    /// Whether the collection `key` holds an operation or a tensor of it.
    pub(crate) fn is_collected(&self, key: &str, operation: &Operation) -> bool {
        let mut state = self.state();
        let Some(Collection { members, nodes }) = state.collections.get_mut(key) else {
            return false;
        };
        let nodes =
            nodes.get_or_insert_with(|| members.iter().map(|member| member.node()).collect());
        operation.graph() == self && nodes.contains(&operation.node())
    }

    /// The tensors of the collection `key`, in the order of adding; empty if there is none.
    ///
    /// Variables stand in their collections as the tensors that their names belong to;
    /// [`global_variables`](Graph::global_variables) and
    /// [`trainable_variables`](Graph::trainable_variables) give handles on them.
    /// [`collected_operations`](Graph::collected_operations) gives what was added as operations,
    /// too.
    ///
    /// ```
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let x = graph.constant(1.0);
    /// graph.add_to_collection("mine", &x);
    /// assert_eq!(graph.get_collection("mine").len(), 1);
    /// assert!(graph.get_collection("others").is_empty());
    /// ```
    pub fn get_collection(&self, key: impl AsRef<str>) -> Vec<AnyTensor> {
        let tensor = |member| match member {
            Member::Tensor(kept) => Some(self.kept(kept)),
            Member::Operation(_) => None,
        };
        self.members(key.as_ref())
            .into_iter()
            .filter_map(tensor)
            .collect()
    }

    /// Those tensors of the [collection](Graph::get_collection) `key` that have elements of type
    /// `T`; those of other types are left out.
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// for loss in [1.0f32, 2.0] {
    ///     graph.add_to_collection("losses", graph.constant(loss));
    /// }
    /// let total = tf1::add_n(graph.get_collection_of::<f32>("losses"));
    /// let session = tf1::Session::new(&graph)?;
    /// assert_eq!(session.run(total.scalar(), [])?, 3.0);
    /// # Ok::<(), tf1::Error>(())
    /// ```
    pub fn get_collection_of<T: Element>(&self, key: impl AsRef<str>) -> Vec<Tensor<T>> {
        let tensors = self.get_collection(key).into_iter();
        tensors.filter_map(|tensor| tensor.typed().ok()).collect()
    }

    /// Those of the [collection](Graph::get_collection) `key` whose names begin with `scope`, as
    /// the argument `scope=` of TensorFlow's functions asks for. TensorFlow takes a regular
    /// expression, this crate the text itself or a closure: see [`NameFilter`].
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// for tower in ["tower_0", "tower_1"] {
    ///     graph.name_scope(tower, || graph.add_to_collection("losses", graph.constant(1.0f32).named("loss")));
    /// }
    /// let names: Vec<String> = graph.get_collection_in("losses", "tower_1/").iter().map(|loss| loss.name()).collect();
    /// assert_eq!(names, ["tower_1/loss:0"]);
    /// assert_eq!(graph.get_collection_in("losses", |name: &str| name.ends_with("loss:0")).len(), 2);
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if `scope` looks like a regular expression; the list is empty then.
    #[track_caller]
    pub fn get_collection_in(
        &self,
        key: impl AsRef<str>,
        scope: impl NameFilter,
    ) -> Vec<AnyTensor> {
        let mut tensors = self.get_collection(key);
        self.retain_named(&mut tensors, &scope, AnyTensor::name);
        tensors
    }

    /// Empties the collection `key`, as `Graph.clear_collection` does;
    /// [`get_collection_ref`](Graph::get_collection_ref) takes out some.
    pub fn clear_collection(&self, key: impl AsRef<str>) {
        self.state().collections.remove(key.as_ref());
    }

    /// The operations of the collection `key` and those of its tensors, in the order of adding.
    pub fn collected_operations(&self, key: impl AsRef<str>) -> Vec<Operation> {
        let nodes = self.members(key.as_ref()).into_iter().map(Member::node);
        nodes.map(|node| self.operation_at(node)).collect()
    }

    /// The keys of all collections, sorted.
    pub fn get_all_collection_keys(&self) -> Vec<String> {
        self.state().collections.keys().cloned().collect()
    }
}
