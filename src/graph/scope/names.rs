//! Name scopes, and the names that nodes get in them.

use std::panic::Location;
use std::sync::Arc;

use crate::graph::names::{is_node_name, is_scope_name, not_a_scope_name};
use crate::graph::{Graph, State};

impl Graph {
    /// Puts what `build` makes under the name scope `name`, as `tf.name_scope` does.
    ///
    /// A name with a slash at its end enters that scope again, as it is; the empty name goes to the
    /// root.
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// let c = graph.name_scope("outer", || graph.constant(1.0f32).named("c"));
    /// assert_eq!(c.name(), "outer/c:0");
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if the name is not valid; what is built is then not in it.
    #[track_caller]
    pub fn name_scope<R>(&self, name: impl AsRef<str>, build: impl FnOnce() -> R) -> R {
        self.name_scope_as(name, |_| build())
    }

    /// As [`name_scope`](Graph::name_scope), with `build` given the scope's full name with a slash
    /// at its end, as by `with tf.name_scope("outer") as scope:`. That name enters the scope again.
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// let scope = graph.name_scope_as("outer", |scope| scope.to_string());
    /// assert_eq!(scope, "outer/");
    /// let c = graph.name_scope(&scope, || graph.constant(1.0f32).named("c"));
    /// assert_eq!(c.name(), "outer/c:0");
    /// ```
    ///
    /// # Errors
    /// As [`name_scope`](Graph::name_scope).
    #[track_caller]
    pub fn name_scope_as<R>(&self, name: impl AsRef<str>, build: impl FnOnce(&str) -> R) -> R {
        let scope = self.enter_name_scope(name.as_ref(), Location::caller());
        let shown = if scope.is_empty() {
            String::new()
        } else {
            format!("{scope}/")
        };
        self.within(|context| context.scope = scope, || build(&shown))
    }

    /// The full name of the scope `name`, without a slash at its end; that of the present one if
    /// the name is not valid.
    fn enter_name_scope(&self, name: &str, location: &'static Location<'static>) -> Arc<str> {
        if name.is_empty() {
            Arc::default()
        } else if !self.valid_scope(name) {
            self.record_error(not_a_scope_name(name).at_location(location));
            self.current_scope()
        } else if let Some(absolute) = name.strip_suffix('/') {
            absolute.into()
        } else {
            self.take_name(name)
        }
    }

    /// A name that nothing in the graph has, made of `name` under the current name scope, as
    /// `Graph.unique_name` makes it: `name`, `name_1`, `name_2`, ... The name is taken from now on.
    /// To give it unchanged to a node or a scope, add a slash to its end.
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// assert_eq!([graph.unique_name("a"), graph.unique_name("a")], ["a", "a_1"]);
    /// let inner = graph.name_scope("s", || graph.unique_name("a"));
    /// assert_eq!(inner, "s/a");
    /// ```
    pub fn unique_name(&self, name: impl AsRef<str>) -> String {
        self.take_name(name.as_ref()).to_string()
    }

    /// The name that [`unique_name`](Graph::unique_name) would give; it stays free, as with
    /// `mark_as_used=False`.
    pub fn next_unique_name(&self, name: impl AsRef<str>) -> String {
        self.next_name(name.as_ref())
    }

    /// The name scope that this thread builds in, without a slash at its end and empty at the root,
    /// as `Graph.get_name_scope` tells it.
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// let scope = graph.name_scope("a", || graph.name_scope("b", || graph.get_name_scope()));
    /// assert_eq!(scope, "a/b");
    /// ```
    pub fn get_name_scope(&self) -> String {
        self.current_scope().to_string()
    }

    /// A name not used before, from `name` under the current scope.
    pub(crate) fn take_name(&self, name: &str) -> Arc<str> {
        let mut state = self.state();
        match state.below_scope(name) {
            None => state.names.unique(name),
            Some(wanted) => state.names.unique(&wanted),
        }
    }

    /// The name that [`take_name`](Graph::take_name) would give; it stays free.
    pub(crate) fn next_name(&self, name: &str) -> String {
        let state = self.state();
        match state.below_scope(name) {
            None => state.names.next(name),
            Some(wanted) => state.names.next(&wanted),
        }
    }

    /// The name `wanted` itself, unless a node has it already.
    pub(super) fn exact_name(&self, wanted: &str) -> Arc<str> {
        self.state().exact_name(wanted)
    }

    /// The name scope that this thread builds in, without a slash at its end.
    pub(crate) fn current_scope(&self) -> Arc<str> {
        let state = self.state();
        let scope = state.context().map(|context| Arc::clone(&context.scope));
        scope.unwrap_or_default()
    }

    fn valid_scope(&self, name: &str) -> bool {
        if self.current_scope().is_empty() {
            is_node_name(name)
        } else {
            is_scope_name(name)
        }
    }
}

impl State {
    /// The full name of `name`, if this thread is in a scope.
    fn below_scope(&self, name: &str) -> Option<String> {
        let scope = self.context().map(|context| &context.scope)?;
        (!scope.is_empty()).then(|| format!("{scope}/{name}"))
    }

    pub(super) fn exact_name(&mut self, wanted: &str) -> Arc<str> {
        if self.node_called(wanted).is_some() {
            return self.names.unique(wanted);
        }
        self.names.take(wanted);
        wanted.into()
    }
}
