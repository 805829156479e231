//! [`VariableScope`]: prefixes for the names of variables, and sharing them.

use std::collections::HashMap;
use std::thread::ThreadId;

use crate::graph::Graph;

/// Whether [`Graph::get_variable`] may, must or must not find a variable that exists already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reuse {
    /// As the scope around has it; at the root, every variable must be new (`reuse=None`).
    #[default]
    Inherit,
    /// Every variable must exist (`reuse=True`).
    Always,
    /// Variables are made where they do not exist (`reuse=tf.AUTO_REUSE`).
    Auto,
}

/// A scope for [`Graph::variable_scope`]: its name, and whether variables are shared.
#[derive(Clone, Debug)]
pub struct VariableScope {
    name: String,
    reuse: Reuse,
}

impl VariableScope {
    /// A scope that shares variables only if the one around it does.
    pub fn new(name: &str) -> Self {
        VariableScope {
            name: name.to_string(),
            reuse: Reuse::Inherit,
        }
    }

    /// Says whether variables are shared.
    pub fn reuse(mut self, reuse: Reuse) -> Self {
        self.reuse = reuse;
        self
    }
}

impl From<&str> for VariableScope {
    fn from(name: &str) -> Self {
        VariableScope::new(name)
    }
}

/// The variable scopes that each thread is in, innermost last.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    by_thread: HashMap<ThreadId, Vec<Entered>>,
}

#[derive(Clone, Debug)]
pub(super) struct Entered {
    /// What names of variables start with: empty at the root, else with a slash at its end.
    pub(super) prefix: String,
    pub(super) reuse: Reuse,
}

impl Scopes {
    /// The innermost scope of this thread.
    pub(super) fn current(&self) -> Entered {
        let entered = self
            .by_thread
            .get(&std::thread::current().id())
            .and_then(|scopes| scopes.last());
        entered.cloned().unwrap_or(Entered {
            prefix: String::new(),
            reuse: Reuse::Inherit,
        })
    }

    fn enter(&mut self, scope: &VariableScope) {
        let outer = self.current();
        let entered = Entered {
            prefix: format!("{}{}/", outer.prefix, scope.name),
            reuse: if scope.reuse == Reuse::Inherit {
                outer.reuse
            } else {
                scope.reuse
            },
        };
        self.by_thread
            .entry(std::thread::current().id())
            .or_default()
            .push(entered);
    }

    fn leave(&mut self) {
        let thread = std::thread::current().id();
        let empty = self.by_thread.get_mut(&thread).is_none_or(|scopes| {
            scopes.pop();
            scopes.is_empty()
        });
        if empty {
            self.by_thread.remove(&thread);
        }
    }
}

impl Graph {
    /// Puts the variables that `build` gets under a prefix, and all else it makes under a name scope of that name, as
    /// `tf.variable_scope` does.
    ///
    /// ```
    /// use tf1::{Graph, Reuse, Variable, VariableScope, initializers};
    ///
    /// let graph = Graph::new();
    /// let layer = || -> Variable { graph.get_variable("w", [3], initializers::ones()) };
    /// let w = graph.variable_scope("layer1", layer);
    /// assert_eq!(w.name(), "layer1/w:0");
    /// let shared = graph.variable_scope(VariableScope::new("layer1").reuse(Reuse::Always), layer);
    /// assert_eq!(shared.name(), "layer1/w:0");
    /// assert_eq!(graph.global_variables().len(), 1);
    /// ```
    #[track_caller]
    pub fn variable_scope<R>(
        &self,
        scope: impl Into<VariableScope>,
        build: impl FnOnce() -> R,
    ) -> R {
        struct Leave<'g>(&'g Graph);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                self.0.with_extension(Scopes::leave);
            }
        }
        let scope = scope.into();
        self.name_scope(&scope.name, |_| {
            self.with_extension(|scopes: &mut Scopes| scopes.enter(&scope));
            let _leave = Leave(self);
            build()
        })
    }
}
