//! What belongs to another graph, and must not be used in this one.

use std::fmt::Display;

use crate::types::{Error, NodeRef};

use super::{AnyTensor, Graph, Operation};

impl Graph {
    /// Fails if one of `tensors` belongs to another graph than `native`, which belongs to this one.
    ///
    /// # Errors
    /// `InvalidArgument`, of the first such tensor.
    pub(crate) fn expect_own<'t>(
        &self,
        tensors: impl IntoIterator<Item = &'t AnyTensor>,
        native: &AnyTensor,
    ) -> Result<(), Error> {
        match tensors.into_iter().find(|tensor| tensor.graph() != self) {
            Some(stranger) => Err(stranger.is_of_other_graph(Some(native))),
            None => Ok(()),
        }
    }
}

impl Graph {
    /// Fails if one of `tensors` belongs to another graph, where they are to be used for `what` of
    /// this one.
    ///
    /// # Errors
    /// `InvalidArgument`, of the first such tensor.
    pub(crate) fn expect_own_in<'t>(
        &self,
        tensors: impl IntoIterator<Item = &'t AnyTensor>,
        what: &str,
    ) -> Result<(), Error> {
        match tensors.into_iter().find(|tensor| tensor.graph() != self) {
            Some(stranger) => Err(stranger.is_of_other_graph_than(what)),
            None => Ok(()),
        }
    }
}

impl AnyTensor {
    /// The mistake of using this tensor together with `native`, which belongs to another graph.
    pub(super) fn is_of_other_graph(&self, native: Option<&AnyTensor>) -> Error {
        if let Some(mistake) = self.graph().held_mistake() {
            return mistake;
        }
        match native {
            Some(native) => {
                other_graph(self, native, self.node_ref()).with_related(native.node_ref())
            }
            None => self.is_of_other_graph_than("the op that reads it"),
        }
    }

    /// The mistake of using this tensor for `what`, which belongs to another graph.
    pub(super) fn is_of_other_graph_than(&self, what: &str) -> Error {
        let mistake = self.graph().held_mistake();
        mistake.unwrap_or_else(|| other_graph(self, what, self.node_ref()))
    }
}

impl Operation {
    /// The mistake of using this operation for `what`, which belongs to another graph.
    pub(super) fn is_of_other_graph_than(&self, what: &str) -> Error {
        let node = self.graph().node_ref(self.node());
        let mistake = self.graph().held_mistake();
        mistake.unwrap_or_else(|| other_graph(self, what, node))
    }
}

fn other_graph(stranger: impl Display, native: impl Display, node: NodeRef) -> Error {
    Error::invalid_argument(format!(
        "{stranger} must be from the same graph as {native}."
    ))
    .with_related(node)
    .with_help("build with one Graph all that is used together")
}
