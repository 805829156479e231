//! [`VariableScope`]: prefixes for the names of variables, and sharing them.

use std::cell::Cell;
use std::sync::Arc;

use super::custom_getter::CustomGetter;
use super::entered::Scopes;
use super::{
    Constraint, FloatInitializer, Regularizer, Reuse, ScopeInitializer, VariableGetter,
    VariableRequest,
};
use crate::graph::{AnyTensor, Graph, Tensor};
use crate::types::Element;

/// A scope for [`Graph::variable_scope`]: its name, and whether variables are shared.
#[derive(Clone, Debug)]
pub struct VariableScope {
    pub(super) name: String,
    /// Whether the name gets a number where a scope of that name was opened before.
    pub(super) unique: bool,
    /// Of a scope that was entered before, whose name is the full one: its name scope.
    pub(super) entered: Option<String>,
    /// Whether it opens a name scope too.
    pub(super) names: bool,
    pub(super) reuse: Reuse,
    pub(super) regularizer: Option<Arc<dyn Regularizer>>,
    pub(super) initializer: Option<ScopeInitializer>,
    pub(super) constraint: Option<Constraint>,
    /// Outermost first.
    pub(super) getters: Vec<CustomGetter>,
}

impl VariableScope {
    /// A scope that shares variables only if the one around it does.
    pub fn new(name: impl AsRef<str>) -> Self {
        VariableScope {
            name: name.as_ref().to_string(),
            unique: false,
            entered: None,
            names: true,
            reuse: Reuse::Inherit,
            regularizer: None,
            initializer: None,
            constraint: None,
            getters: Vec::new(),
        }
    }

    /// A scope that no other shares: `name`, or `name_1`, `name_2`, ... where there was one of that
    /// name before, as `tf.variable_scope(None, default_name=name)` opens it.
    ///
    /// ```
    /// use tf1::{Graph, VariableScope};
    ///
    /// let graph = Graph::new();
    /// let layer = || graph.variable_scope(VariableScope::unique("dense"), || graph.variable(0.0f32).name());
    /// assert_eq!([layer(), layer()], ["dense/Variable:0", "dense_1/Variable:0"]);
    /// ```
    pub fn unique(name: impl AsRef<str>) -> Self {
        VariableScope {
            unique: true,
            ..VariableScope::new(name)
        }
    }

    /// The name: of a scope that was given by [`Graph::get_variable_scope`] the full one, without a
    /// slash at its end.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name scope that was opened with this scope, with a slash at its end; empty of one that
    /// was not given by [`Graph::get_variable_scope`].
    pub fn original_name_scope(&self) -> &str {
        self.entered.as_deref().unwrap_or_default()
    }

    /// Opens no name scope, as `auxiliary_name_scope=False` asks for: only variables get the
    /// prefix.
    pub fn without_name_scope(mut self) -> Self {
        self.names = false;
        self
    }

    /// Gives an initializer to all variables made by [`Graph::get_variable`] in the scope and the
    /// scopes within it that are given [`initializers::default()`](crate::initializers::default).
    ///
    /// ```
    /// use tf1::{Graph, Session, VariableScope, initializers};
    ///
    /// let graph = Graph::new();
    /// let scope = VariableScope::new("layer").initializer(initializers::constant(2.0));
    /// let w = graph.variable_scope(scope, || graph.get_variable::<f32>("w", [], initializers::default()));
    /// let session = Session::new(&graph)?;
    /// session.run(graph.global_variables_initializer(), [])?;
    /// assert_eq!(session.run(w.scalar(), [])?, 2.0);
    /// # Ok::<(), tf1::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` for a variable of integers or truth values that the initializer cannot
    /// make, such as `constant(2.0)`.
    pub fn initializer(mut self, initializer: impl FloatInitializer) -> Self {
        self.initializer = Some(initializer.for_scope());
        self
    }

    /// Says whether variables are shared: `true`, [`AUTO_REUSE`](super::AUTO_REUSE), or a
    /// [`Reuse`]. `false` changes nothing: variables are shared if the scope around shares them or,
    /// where a scope is entered again, if it did before.
    ///
    /// ```
    /// use tf1::{self as tf, Graph, VariableScope, initializers};
    ///
    /// let graph = Graph::new();
    /// let weight = || graph.get_variable::<f32>("w", [3], initializers::ones()).name();
    /// let made = graph.variable_scope("layer", weight);
    /// assert_eq!(graph.variable_scope(VariableScope::new("layer").reuse(true), weight), made);
    /// assert_eq!(graph.variable_scope(("layer", true), weight), made);
    /// assert_eq!(graph.variable_scope(("layer", tf::AUTO_REUSE), weight), made);
    /// ```
    pub fn reuse(mut self, reuse: impl Into<Reuse>) -> Self {
        match reuse.into() {
            Reuse::Inherit if self.entered.is_some() => {}
            reuse => self.reuse = reuse,
        }
        self
    }

    /// Has optimizers apply `constrain` to the variables made by [`Graph::get_variable`] in the
    /// scope after each of their steps, unless a variable has a constraint of its own; see
    /// [`VariableOptions::constraint`](super::VariableOptions::constraint). As in TensorFlow, it
    /// does not hold in the scopes within this one, nor where the scope is entered again.
    ///
    /// # Errors
    /// Training a variable of another type than `T` is an error.
    #[track_caller]
    pub fn constraint<T: Element>(
        mut self,
        constrain: impl Fn(Tensor<T>) -> Tensor<T> + Send + Sync + 'static,
    ) -> Self {
        self.constraint = Some(Constraint::new(constrain));
        self
    }

    /// Has [`Graph::get_variable`] ask `getter` for the variables of the scope and the scopes
    /// within it, as TensorFlow's `custom_getter=` does. It is given the getter that it wraps and
    /// what is asked for; it returns a variable or any tensor of the type that is asked for.
    ///
    /// Getters are asked from the innermost scope outwards: each is given the getter of the scope
    /// around it, and the outermost the one that makes variables. What a getter adds to the graph
    /// stands in no name scope.
    ///
    /// ```
    /// use tf1::{self as tf, Graph, Session, VariableGetter, VariableRequest, VariableScope, initializers};
    ///
    /// let graph = Graph::new();
    /// let halved = |getter: &VariableGetter<'_>, mut request: VariableRequest<'_>| {
    ///     request.name += "_double";
    ///     getter.get(request).typed::<f32>().map(|double| double / 2.0).unwrap()
    /// };
    /// let scope = VariableScope::new("layer").custom_getter(halved);
    /// let w = graph.variable_scope(scope, || graph.get_variable::<f32>("w", [], initializers::ones()));
    /// assert_eq!(graph.global_variables()[0].name(), "layer/w_double:0");
    /// let session = Session::new(&graph)?;
    /// session.run(graph.global_variables_initializer(), [])?;
    /// assert_eq!(session.run(w.scalar(), [])?, 0.5);
    /// # Ok::<(), tf::Error>(())
    /// ```
    ///
    /// A tensor that is not a variable gets a handle of the same type,
    /// [`Variable`](super::Variable), but cannot be given a value or trained.
    ///
    /// # Errors
    /// What `get_variable` gives stands for a mistake if the getter returns a tensor of another
    /// type or graph (`InvalidArgument`), or asks for variables through the graph, and so itself,
    /// without end, or if more than 256 getters stand within each other (`FailedPrecondition`).
    pub fn custom_getter<R: Into<AnyTensor>>(
        mut self,
        getter: impl Fn(&VariableGetter<'_>, VariableRequest<'_>) -> R + Send + Sync + 'static,
    ) -> Self {
        self.getters.push(CustomGetter::new(getter));
        self
    }

    /// Gives a regularizer to all variables made by [`Graph::get_variable`] in the scope and the
    /// scopes within it, unless they are given another;
    /// [`layers::no_regularizer`](crate::layers::no_regularizer) exempts some.
    pub fn regularizer(mut self, regularizer: impl Regularizer) -> Self {
        self.regularizer = Some(Arc::new(regularizer));
        self
    }
}

impl From<&str> for VariableScope {
    fn from(name: &str) -> Self {
        VariableScope::new(name)
    }
}

impl From<String> for VariableScope {
    fn from(name: String) -> Self {
        VariableScope::new(name)
    }
}

impl From<&String> for VariableScope {
    fn from(name: &String) -> Self {
        VariableScope::new(name)
    }
}

impl From<&VariableScope> for VariableScope {
    fn from(scope: &VariableScope) -> Self {
        scope.clone()
    }
}

/// A scope and whether it shares variables, as [`VariableScope::reuse`].
impl<S: Into<VariableScope>, R: Into<Reuse>> From<(S, R)> for VariableScope {
    fn from((scope, reuse): (S, R)) -> Self {
        scope.into().reuse(reuse)
    }
}

thread_local! {
    static BUILDING: Cell<bool> = const { Cell::new(false) };
}

/// The initializer of a scope at work. It may be one that asks for the scope's: that is none then.
struct Building;

impl Building {
    fn enter() -> Option<Building> {
        (!BUILDING.replace(true)).then_some(Building)
    }
}

impl Drop for Building {
    fn drop(&mut self) {
        BUILDING.set(false);
    }
}

impl Graph {
    /// Puts the variables that `build` gets under a prefix, and all else it makes under a name
    /// scope of that name, as `tf.variable_scope` does. At the root, the empty name adds no prefix:
    /// it only says whether variables are shared.
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
    ///
    /// # Errors
    /// `InvalidArgument` if the name is not valid; what is built is then not in it.
    #[track_caller]
    pub fn variable_scope<R>(
        &self,
        scope: impl Into<VariableScope>,
        build: impl FnOnce() -> R,
    ) -> R {
        struct Leave<'g>(&'g Graph);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                let left = self.0.with_extension(Scopes::leave);
                // Not while the graph is locked: what a regularizer does when it is dropped is its
                // own business.
                drop(left);
            }
        }
        let scope = scope.into();
        let build = |name_scope: &str| {
            self.with_extension(|scopes: &mut Scopes| scopes.enter(&scope, name_scope));
            let _leave = Leave(self);
            build()
        };
        // A scope that is entered again has its name's last part as a name scope, below the present
        // one.
        let below = match scope.entered {
            Some(_) => scope.name.rsplit('/').next().unwrap_or_default(),
            None => scope.name.as_str(),
        };
        match below.is_empty() || !scope.names {
            true => build(""),
            false => self.name_scope_as(below, build),
        }
    }

    /// As [`variable_scope`](Graph::variable_scope), with `build` given the scope, as by `with
    /// tf.variable_scope("encoder") as scope:`, to enter it again.
    ///
    /// ```
    /// use tf1::{Graph, initializers};
    ///
    /// let graph = Graph::new();
    /// let weight = || graph.get_variable::<f32>("w", [3], initializers::ones());
    /// let (w, scope) = graph.variable_scope_as("encoder", |scope| (weight(), scope));
    /// let again = graph.variable_scope((&scope, true), weight);
    /// assert_eq!(again.name(), w.name());
    /// ```
    ///
    /// # Errors
    /// As [`variable_scope`](Graph::variable_scope).
    #[track_caller]
    pub fn variable_scope_as<R>(
        &self,
        scope: impl Into<VariableScope>,
        build: impl FnOnce(VariableScope) -> R,
    ) -> R {
        self.variable_scope(scope, || build(self.get_variable_scope()))
    }

    /// The variable scope that this thread is in, as `tf.get_variable_scope` gives it.
    /// [`variable_scope`](Graph::variable_scope) enters it again, from wherever it is called.
    ///
    /// ```
    /// use tf1::{Graph, Reuse, initializers};
    ///
    /// let graph = Graph::new();
    /// let (w, scope) = graph.variable_scope("encoder", || {
    ///     (graph.get_variable::<f32>("w", [3], initializers::ones()), graph.get_variable_scope())
    /// });
    /// assert_eq!(scope.name(), "encoder");
    /// let again = graph.variable_scope("decoder", || {
    ///     graph.variable_scope(scope.reuse(Reuse::Always), || graph.get_variable::<f32>("w", [3], initializers::ones()))
    /// });
    /// assert_eq!(again.name(), w.name());
    /// ```
    pub fn get_variable_scope(&self) -> VariableScope {
        let entered = self.with_extension(|scopes: &mut Scopes| scopes.current());
        VariableScope {
            name: entered.prefix.trim_end_matches('/').to_string(),
            unique: false,
            entered: Some(entered.name_scope),
            names: true,
            reuse: entered.reuse,
            regularizer: entered.regularizer,
            initializer: entered.initializer,
            constraint: None,
            getters: entered.getters,
        }
    }

    /// Has [`get_variable`](Graph::get_variable) share variables from here to the end of the
    /// variable scope that this thread is in, as `tf.get_variable_scope().reuse_variables()` does.
    ///
    /// ```
    /// use tf1::{Graph, initializers};
    ///
    /// let graph = Graph::new();
    /// let weight = || graph.get_variable::<f32>("w", [3], initializers::ones());
    /// let [first, second] = graph.variable_scope("model", || {
    ///     let first = weight();
    ///     graph.reuse_variables();
    ///     [first, weight()]
    /// });
    /// assert_eq!(first.name(), second.name());
    /// ```
    pub fn reuse_variables(&self) {
        self.with_extension(Scopes::share);
    }

    /// What the innermost scope's initializer makes of this shape; `None` if it has none.
    #[track_caller]
    pub(crate) fn scope_initial_value<T: Element>(&self, shape: &[usize]) -> Option<Tensor<T>> {
        let entered = self.with_extension(|scopes: &mut Scopes| scopes.current());
        let initializer = entered.initializer?;
        let _building = Building::enter()?;
        Some(initializer.build(self, shape))
    }
}
