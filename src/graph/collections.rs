//! Collections: lists of tensors, operations and variables kept with the graph under a key.

use std::collections::BTreeMap;
use std::panic::Location;

use super::kept::Kept;
use super::{AnyTensor, Graph};

/// The keys of the collections that TensorFlow itself uses.
#[derive(Debug)]
pub struct GraphKeys;

impl GraphKeys {
    /// All variables.
    pub const GLOBAL_VARIABLES: &'static str = "variables";
    /// The variables that optimizers train.
    pub const TRAINABLE_VARIABLES: &'static str = "trainable_variables";
    /// The variable that counts training steps.
    pub const GLOBAL_STEP: &'static str = "global_step";
    /// What [`losses`](Graph::get_collection) of regularizers are kept under.
    pub const REGULARIZATION_LOSSES: &'static str = "regularization_losses";
    /// Losses.
    pub const LOSSES: &'static str = "losses";
    /// Ops to run with every training step, such as those that keep moving averages.
    pub const UPDATE_OPS: &'static str = "update_ops";
    /// What is written for TensorBoard.
    pub const SUMMARIES: &'static str = "summaries";
}

pub(super) type Collections = BTreeMap<String, Vec<Kept>>;

impl Graph {
    /// Appends a tensor to the collection `key`, as `tf.add_to_collection` does.
    ///
    /// # Errors
    /// `InvalidArgument` if the tensor belongs to another graph.
    #[track_caller]
    pub fn add_to_collection(&self, key: &str, tensor: impl Into<AnyTensor>) {
        let tensor = tensor.into();
        let Some(kept) = self.keep(&tensor) else {
            let error = tensor.is_of_other_graph_than(&format!("the collection '{key}'"));
            return self.record_error(error.at_location(Location::caller()));
        };
        let mut state = self.state();
        let members = state.collections.entry(key.to_string()).or_default();
        members.push(kept);
    }

    /// The tensors of the collection `key`, in the order of adding; empty if there is none.
    ///
    /// Variables stand in their collections as the tensors that their names belong to;
    /// [`global_variables`](Graph::global_variables) and [`trainable_variables`](Graph::trainable_variables) give
    /// handles on them.
    pub fn get_collection(&self, key: &str) -> Vec<AnyTensor> {
        let members = self.state().collections.get(key).cloned();
        let members = members.unwrap_or_default();
        members.into_iter().map(|kept| self.kept(kept)).collect()
    }

    /// The keys of all collections, sorted.
    pub fn get_all_collection_keys(&self) -> Vec<String> {
        self.state().collections.keys().cloned().collect()
    }
}
