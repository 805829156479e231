//! [`CollectionRef`]: a collection to be changed.

use super::collections::Collection;
use super::{AnyTensor, Graph, Operation, TensorHandle};

/// A collection of a graph, to be changed; see [`Graph::get_collection_ref`].
#[derive(Clone, Debug)]
pub struct CollectionRef {
    graph: Graph,
    key: String,
}

impl Graph {
    /// The collection `key` itself, as `tf.get_collection_ref` gives the list: to take something
    /// out of it or to empty it. It is made if it does not exist.
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// for name in ["large", "small"] {
    ///     graph.add_to_collection("losses", graph.constant(1.0f32).named(name));
    /// }
    /// let losses = graph.get_collection_ref("losses");
    /// losses.retain(|operation| operation.name() != "small");
    /// assert_eq!(losses.tensors()[0].name(), "large:0");
    /// losses.clear();
    /// assert!(graph.get_collection("losses").is_empty());
    /// ```
    pub fn get_collection_ref(&self, key: impl AsRef<str>) -> CollectionRef {
        let collection = CollectionRef {
            graph: self.clone(),
            key: key.as_ref().to_string(),
        };
        collection.change(|_| ());
        collection
    }
}

impl CollectionRef {
    /// How many members there are.
    pub fn len(&self) -> usize {
        self.graph.members(&self.key).len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The tensors, as [`Graph::get_collection`] gives them.
    pub fn tensors(&self) -> Vec<AnyTensor> {
        self.graph.get_collection(&self.key)
    }

    /// The operations and those of the tensors, as [`Graph::collected_operations`] gives them.
    pub fn operations(&self) -> Vec<Operation> {
        self.graph.collected_operations(&self.key)
    }

    /// Appends a tensor.
    ///
    /// # Errors
    /// As [`Graph::add_to_collection`].
    #[track_caller]
    pub fn push(&self, tensor: impl TensorHandle) {
        self.graph.add_to_collection(&self.key, tensor);
    }

    /// Appends an operation.
    ///
    /// # Errors
    /// As [`Graph::add_operation_to_collection`].
    #[track_caller]
    pub fn push_operation(&self, operation: &Operation) {
        self.graph.add_operation_to_collection(&self.key, operation);
    }

    /// Takes out the members whose operations `keep` rejects. What others add meanwhile stays.
    pub fn retain(&self, mut keep: impl FnMut(&Operation) -> bool) {
        // Asked while the graph is not locked.
        let kept: Vec<bool> = self.operations().iter().map(&mut keep).collect();
        let mut kept = kept.into_iter();
        self.change(|collection| {
            collection.members.retain(|_| kept.next().unwrap_or(true));
        });
    }

    /// Takes out all members.
    pub fn clear(&self) {
        self.change(|collection| collection.members.clear());
    }

    fn change(&self, change: impl FnOnce(&mut Collection)) {
        let mut state = self.graph.state();
        let collection = state.collections.entry(self.key.clone()).or_default();
        change(collection);
        collection.nodes = None;
    }
}
