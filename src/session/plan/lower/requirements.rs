//! What nodes require of shapes that are not known while the graph is built.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::graph::{InferContext, Node, NodeId, Output, TensorInfo};
use crate::types::Result;

use super::super::program::{Action, Task};
use super::Lowering;

impl Lowering<'_> {
    /// Asks whether the shapes that a node is made for fit; where they are not known, a task of its own asks again.
    ///
    /// # Errors
    /// If they do not fit.
    pub(super) fn ask_requirements(&mut self, id: NodeId, node: &Node) -> Result<()> {
        let Some(conditions) = &node.conditions else {
            return Ok(());
        };
        for requirement in &conditions.requirements {
            if !self.asked.insert(Arc::as_ptr(requirement).addr()) {
                continue;
            }
            let tensors = requirement.tensors.iter();
            let infos: Vec<TensorInfo> =
                tensors.map(|tensor| self.known(*tensor).clone()).collect();
            requirement.check.infer(&InferContext::new(&infos))?;
            if infos.iter().all(|info| info.shape.is_known()) {
                continue;
            }
            let tensors = requirement.tensors.iter();
            let task = Task {
                node: id,
                op: Arc::clone(&requirement.check),
                action: Action::Compute { state: None },
                inputs: tensors.map(|tensor| self.read(*tensor, Some(id))).collect(),
                outputs: SmallVec::new(),
                unchecked: Some(infos),
            };
            self.program.tasks.push(Some(task));
        }
        Ok(())
    }
}

/// The tensors whose shapes a node is made for, which need not be among those that it reads.
pub(super) fn required_tensors(node: &Node) -> impl Iterator<Item = &Output> {
    let conditions = node.conditions.iter();
    let requirements = conditions.flat_map(|conditions| &conditions.requirements);
    requirements.flat_map(|requirement| &requirement.tensors)
}
