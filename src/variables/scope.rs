//! [`VariableScope`]: prefixes for the names of variables, and sharing them.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;
use std::thread::ThreadId;

use super::{Initializer, Regularizer};
use crate::graph::{Graph, Tensor};
use crate::types::{DType, Element};

/// Whether [`Graph::get_variable`] may, must or must not find a variable that exists already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reuse {
    /// As the scope around has it; at the root, every variable must be new (`reuse=None`).
    #[default]
    Inherit,
    /// Every variable must exist (`reuse=True`).
    Always,
    /// Variables are made where they do not exist (`reuse=tf.AUTO_REUSE`).
    #[doc(alias("AUTO_REUSE", "make_template"))]
    Auto,
}

/// A scope for [`Graph::variable_scope`]: its name, and whether variables are shared.
#[derive(Clone, Debug)]
pub struct VariableScope {
    name: String,
    /// Whether the name gets a number where a scope of that name was opened before.
    unique: bool,
    /// Of a scope that was entered before, whose name is the full one: its name scope.
    entered: Option<String>,
    /// Whether it opens a name scope too.
    names: bool,
    reuse: Reuse,
    regularizer: Option<Arc<dyn Regularizer>>,
    initializer: Option<ScopeInitializer>,
}

/// The initializer that a scope gives its variables of floating type; see [`VariableScope::initializer`].
#[derive(Clone)]
pub struct ScopeInitializer {
    float32: Arc<dyn Initializer<f32> + Send + Sync>,
    float64: Arc<dyn Initializer<f64> + Send + Sync>,
}

impl ScopeInitializer {
    /// One for the variables of each type.
    pub fn new(
        float32: impl Initializer<f32> + Send + Sync + 'static,
        float64: impl Initializer<f64> + Send + Sync + 'static,
    ) -> Self {
        ScopeInitializer {
            float32: Arc::new(float32),
            float64: Arc::new(float64),
        }
    }
}

/// An initializer for variables of `f32` and of `f64`, as a variable scope wants it: any that can make both, or
/// [`initializers::constant`](crate::initializers::constant) of a number or an array.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot initialize variables of `f32` and of `f64`",
    label = "not an initializer for both types"
)]
pub trait FloatInitializer {
    /// The initializers for the two types.
    fn for_scope(self) -> ScopeInitializer;
}

impl<I> FloatInitializer for I
where
    I: Initializer<f32> + Initializer<f64> + Clone + Send + Sync + 'static,
{
    fn for_scope(self) -> ScopeInitializer {
        ScopeInitializer::new(self.clone(), self)
    }
}

impl fmt::Debug for ScopeInitializer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopeInitializer").finish_non_exhaustive()
    }
}

impl VariableScope {
    /// A scope that shares variables only if the one around it does.
    pub fn new(name: &str) -> Self {
        VariableScope {
            name: name.to_string(),
            unique: false,
            entered: None,
            names: true,
            reuse: Reuse::Inherit,
            regularizer: None,
            initializer: None,
        }
    }

    /// A scope that no other shares: `name`, or `name_1`, `name_2`, ... where there was one of that name before, as
    /// `tf.variable_scope(None, default_name=name)` opens it.
    ///
    /// ```
    /// use tf1::{Graph, VariableScope};
    ///
    /// let graph = Graph::new();
    /// let layer = || graph.variable_scope(VariableScope::unique("dense"), || graph.variable(0.0f32).name());
    /// assert_eq!([layer(), layer()], ["dense/Variable:0", "dense_1/Variable:0"]);
    /// ```
    pub fn unique(name: &str) -> Self {
        VariableScope {
            unique: true,
            ..VariableScope::new(name)
        }
    }

    /// The name: of a scope that was given by [`Graph::get_variable_scope`] the full one, without a slash at its end.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name scope that was opened with this scope, with a slash at its end; empty of one that was not given by
    /// [`Graph::get_variable_scope`].
    pub fn original_name_scope(&self) -> &str {
        self.entered.as_deref().unwrap_or_default()
    }

    /// Opens no name scope, as `auxiliary_name_scope=False` asks for: only variables get the prefix.
    pub fn without_name_scope(mut self) -> Self {
        self.names = false;
        self
    }

    /// Gives an initializer to all variables of `f32` and `f64` made by [`Graph::get_variable`] in the scope and the scopes within it that are
    /// given [`initializers::default()`](crate::initializers::default).
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
    pub fn initializer(mut self, initializer: impl FloatInitializer) -> Self {
        self.initializer = Some(initializer.for_scope());
        self
    }

    /// Says whether variables are shared.
    pub fn reuse(mut self, reuse: Reuse) -> Self {
        self.reuse = reuse;
        self
    }

    /// Gives a regularizer to all variables made by [`Graph::get_variable`] in the scope and the scopes within it, unless they are
    /// given another; [`layers::no_regularizer`](crate::layers::no_regularizer) exempts some.
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

/// The variable scopes that each thread is in, innermost last.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    by_thread: HashMap<ThreadId, Vec<Entered>>,
    opened: Opened,
}

/// The full names under which scopes were opened since the scope around them was last left.
///
/// In order, as those below a scope stand next to each other then.
#[derive(Debug, Default)]
struct Opened {
    /// For each name a number: the names made of it by a lower one, from 1 on, were opened too.
    numbers: BTreeMap<String, usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Entered {
    /// What names of variables start with: empty at the root, else with a slash at its end.
    pub(super) prefix: String,
    pub(super) reuse: Reuse,
    pub(super) regularizer: Option<Arc<dyn Regularizer>>,
    initializer: Option<ScopeInitializer>,
    name_scope: String,
}

impl Default for Entered {
    /// The root.
    fn default() -> Self {
        Entered {
            prefix: String::new(),
            reuse: Reuse::Inherit,
            regularizer: None,
            initializer: None,
            name_scope: String::new(),
        }
    }
}

impl Scopes {
    /// The innermost scope of this thread.
    pub(super) fn current(&self) -> Entered {
        let entered = self
            .by_thread
            .get(&std::thread::current().id())
            .and_then(|scopes| scopes.last());
        entered.cloned().unwrap_or_default()
    }

    fn enter(&mut self, scope: &VariableScope, name_scope: &str) {
        let outer = match &scope.entered {
            // What the scope was given it brings along.
            Some(_) => Entered::default(),
            None => self.current(),
        };
        let mut name = format!("{}{}", outer.prefix, scope.name);
        if scope.unique {
            name = self.opened.unused(name);
        }
        self.opened.add(&name);
        let reuse = if scope.reuse == Reuse::Inherit {
            outer.reuse
        } else {
            scope.reuse
        };
        let entered = Entered {
            prefix: match name.is_empty() {
                true => name,
                false => format!("{name}/"),
            },
            reuse,
            regularizer: scope.regularizer.clone().or(outer.regularizer),
            initializer: scope.initializer.clone().or(outer.initializer),
            name_scope: scope
                .entered
                .clone()
                .unwrap_or_else(|| name_scope.to_string()),
        };
        self.by_thread
            .entry(std::thread::current().id())
            .or_default()
            .push(entered);
    }

    /// Has the innermost scope of this thread share its variables.
    fn share(&mut self) {
        let thread = std::thread::current().id();
        let entered = self.by_thread.entry(thread).or_default();
        if entered.is_empty() {
            entered.push(Entered::default());
        }
        if let Some(innermost) = entered.last_mut() {
            innermost.reuse = Reuse::Always;
        }
    }

    fn leave(&mut self) -> Option<Entered> {
        let thread = std::thread::current().id();
        let scopes = self.by_thread.get_mut(&thread)?;
        let left = scopes.pop();
        if scopes.is_empty() {
            self.by_thread.remove(&thread);
        }
        if let Some(left) = left.as_ref().filter(|left| !left.prefix.is_empty()) {
            self.opened.remove_below(&left.prefix);
        }
        left
    }
}

/// The first number from `first` on with which `name_number` is not taken, and that name.
pub(super) fn first_unused(
    name: &str,
    first: usize,
    is_taken: impl Fn(&str) -> bool,
) -> (usize, String) {
    let mut number = first;
    loop {
        let unused = format!("{name}_{number}");
        if !is_taken(&unused) {
            return (number, unused);
        }
        number += 1;
    }
}

impl Opened {
    fn add(&mut self, name: &str) {
        if !self.numbers.contains_key(name) {
            self.numbers.insert(name.to_string(), 1);
        }
    }

    /// `name`, or the first of `name_1`, `name_2`, ... that was not opened.
    fn unused(&mut self, name: String) -> String {
        let Some(first) = self.numbers.get(&name) else {
            return name;
        };
        let (number, unused) = first_unused(&name, *first, |name| self.numbers.contains_key(name));
        // What was passed over stays opened as long as the name itself does: both are forgotten when the scope around them is left.
        self.numbers.insert(name, number);
        unused
    }

    /// Forgets the names that start with `prefix`, which ends with a slash.
    fn remove_below(&mut self, prefix: &str) {
        let below = self
            .numbers
            .range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
        let below = below
            .map(|(name, _)| name)
            .take_while(|name| name.starts_with(prefix));
        for name in below.cloned().collect::<Vec<_>>() {
            self.numbers.remove(&name);
        }
    }
}

impl Graph {
    /// Puts the variables that `build` gets under a prefix, and all else it makes under a name scope of that name, as
    /// `tf.variable_scope` does. At the root, the empty name adds no prefix: it only says whether variables are shared.
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
                // Not while the graph is locked: what a regularizer does when it is dropped is its own business.
                drop(left);
            }
        }
        let scope = scope.into();
        let build = |name_scope: &str| {
            self.with_extension(|scopes: &mut Scopes| scopes.enter(&scope, name_scope));
            let _leave = Leave(self);
            build()
        };
        // A scope that is entered again has its name's last part as a name scope, below the present one.
        let below = match scope.entered {
            Some(_) => scope.name.rsplit('/').next().unwrap_or_default(),
            None => scope.name.as_str(),
        };
        match below.is_empty() || !scope.names {
            true => build(""),
            false => self.name_scope_as(below, build),
        }
    }

    /// The variable scope that this thread is in, as `tf.get_variable_scope` gives it. [`variable_scope`](Graph::variable_scope) enters it again, from
    /// wherever it is called.
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
        }
    }

    /// Has [`get_variable`](Graph::get_variable) share variables from here to the end of the variable scope that this thread is in, as
    /// `tf.get_variable_scope().reuse_variables()` does.
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

    /// What the innermost scope's initializer makes of this shape; `None` if it has none for this type.
    #[track_caller]
    pub(crate) fn scope_initial_value<T: Element>(&self, shape: &[usize]) -> Option<Tensor<T>> {
        let entered = self.with_extension(|scopes: &mut Scopes| scopes.current());
        let initializer = entered.initializer?;
        match T::DTYPE {
            DType::Float32 => Some(initializer.float32.build(self, shape).any().assume()),
            DType::Float64 => Some(initializer.float64.build(self, shape).any().assume()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use rand::{Rng, SeedableRng, rngs::StdRng};

    use super::Opened;

    /// `_VariableScopeStore` and `_get_unique_variable_scope` of TensorFlow 1.15, line by line.
    #[derive(Default)]
    struct Counts(HashMap<String, usize>);

    impl Counts {
        fn open(&mut self, name: &str) {
            *self.0.entry(name.to_string()).or_default() += 1;
        }

        fn close_subscopes(&mut self, name: &str) {
            for (known, count) in &mut self.0 {
                if known.starts_with(&format!("{name}/")) {
                    *count = 0;
                }
            }
        }

        fn unique(&self, name: &str) -> String {
            let count = |name: &str| self.0.get(name).copied().unwrap_or(0);
            if count(name) == 0 {
                return name.to_string();
            }
            let mut i = 1;
            while count(&format!("{name}_{i}")) > 0 {
                i += 1;
            }
            format!("{name}_{i}")
        }
    }

    #[test]
    fn scopes_get_the_numbers_that_tensorflow_gives_them() {
        let parts = ["a", "a_1", "a_2", "a_1_1", "b", "A", "a-", "a.b", "a0"];
        for seed in 0..200 {
            let mut random = StdRng::seed_from_u64(seed);
            let (mut opened, mut counts) = (Opened::default(), Counts::default());
            for _ in 0..100 {
                let depth = random.random_range(1..4);
                let part = |_| parts[random.random_range(0..parts.len())];
                let name = (0..depth).map(part).collect::<Vec<_>>().join("/");
                match random.random_range(0..5) {
                    0 => {
                        opened.remove_below(&format!("{name}/"));
                        counts.close_subscopes(&name);
                    }
                    1 => {
                        opened.add(&name);
                        counts.open(&name);
                    }
                    _ => {
                        let unique = counts.unique(&name);
                        assert_eq!(opened.unused(name), unique, "seed {seed}");
                        opened.add(&unique);
                        counts.open(&unique);
                    }
                }
            }
        }
    }
}
