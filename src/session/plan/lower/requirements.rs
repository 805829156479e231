//! What nodes require of shapes that are not known while the graph is built.

use std::cell::OnceCell;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::graph::{InferContext, TensorInfo};
use crate::types::Result;

use super::super::program::{Action, Task};
use super::Lowering;
use super::select::Selected;

impl Lowering<'_> {
    /// Asks whether the shapes that a node is made for fit; where they are not known, a task of its
    /// own asks again.
    ///
    /// # Errors
    /// If they do not fit.
    pub(super) fn ask_requirements(&mut self, selected: &Selected) -> Result<()> {
        let selection = self.selection;
        for requirement in selection.requirements(selected) {
            let tensors = requirement.tensors.iter();
            let infos: Vec<TensorInfo> =
                tensors.map(|tensor| self.known(*tensor).clone()).collect();
            requirement.check.infer(&InferContext::new(&infos))?;
            if infos.iter().all(|info| info.shape.is_known()) {
                continue;
            }
            let tensors = requirement.tensors.iter();
            let task = Task {
                node: selected.id,
                op: Arc::clone(&requirement.check),
                action: Action::Compute { state: None },
                inputs: tensors.map(|tensor| self.value_of(*tensor)).collect(),
                outputs: SmallVec::new(),
                unchecked: Some(infos),
                fusion: OnceCell::new(),
            };
            self.program.tasks.push(Some(task));
        }
        Ok(())
    }
}
