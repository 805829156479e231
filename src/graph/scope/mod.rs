//! Where nodes are built: name scopes, control dependencies, and [`OpScope`], through which every
//! op function builds.
//!
//! Scopes belong to the thread that opened them, so threads may build one graph together.

mod call;
mod caller;
mod control;
mod names;
mod rename;

use std::sync::Arc;

use super::{Conditions, Graph, NodeId, State};

pub(super) use call::Call;
pub use call::OpScope;
pub(crate) use caller::caller;
pub use control::{ControlInput, ControlInputs};

use control::ControlFrame;

/// What a thread is in the midst of building.
#[derive(Debug, Default)]
pub(super) struct BuildContext {
    /// The name scope, without a slash at its end; empty at the root.
    scope: Arc<str>,
    /// The control dependencies in force, outermost first.
    controls: Vec<ControlFrame>,
    /// What belongs to the nodes that are made now.
    conditions: Option<Arc<Conditions>>,
}

/// What a thread's context was before a scope was entered.
#[derive(Debug)]
struct Entered {
    scope: Arc<str>,
    controls: usize,
    conditions: Option<Arc<Conditions>>,
}

impl Graph {
    /// Runs `build` outside of all name scopes, control dependencies and conditions lifted.
    pub(crate) fn at_root<R>(&self, build: impl FnOnce() -> R) -> R {
        let enter = |context: &mut BuildContext| {
            context.scope = Arc::default();
            context.controls.push(ControlFrame::clearing());
            context.conditions = None;
        };
        self.within(enter, build)
    }

    /// Runs `build` under these conditions instead of those in force.
    pub(crate) fn under<R>(
        &self,
        conditions: Option<Arc<Conditions>>,
        build: impl FnOnce() -> R,
    ) -> R {
        self.within(|context| context.conditions = conditions, build)
    }

    /// Runs `build` in this thread's context as changed by `enter`, and restores it afterwards,
    /// come what may.
    fn within<R>(&self, enter: impl FnOnce(&mut BuildContext), build: impl FnOnce() -> R) -> R {
        struct Restore<'g>(&'g Graph, Entered);
        impl Drop for Restore<'_> {
            fn drop(&mut self) {
                self.0.state().leave(&mut self.1);
            }
        }
        let entered = self.state().enter(enter);
        let _restore = Restore(self, entered);
        build()
    }
}

impl State {
    /// Notes that this thread made `node`.
    pub(super) fn mark_made(&mut self, node: NodeId) {
        if let Some(context) = self.building.get_mut(&std::thread::current().id()) {
            context.mark_made(node);
        }
    }

    /// The conditions in force.
    pub(super) fn conditions(&self) -> Option<Arc<Conditions>> {
        self.context()?.conditions.clone()
    }

    fn context(&self) -> Option<&BuildContext> {
        self.building.get(&std::thread::current().id())
    }

    fn enter(&mut self, change: impl FnOnce(&mut BuildContext)) -> Entered {
        let context = self
            .building
            .entry(std::thread::current().id())
            .or_default();
        let entered = Entered {
            scope: Arc::clone(&context.scope),
            controls: context.controls.len(),
            conditions: context.conditions.clone(),
        };
        change(context);
        entered
    }

    fn leave(&mut self, entered: &mut Entered) {
        let thread = std::thread::current().id();
        // Absent if what was entered was the root, and all within it has been left.
        let context = self.building.entry(thread).or_default();
        context.scope = std::mem::take(&mut entered.scope);
        context.controls.truncate(entered.controls);
        context.conditions = entered.conditions.take();
        let is_at_root = context.scope.is_empty() && context.controls.is_empty();
        if is_at_root && context.conditions.is_none() {
            self.building.remove(&thread);
        }
    }
}
