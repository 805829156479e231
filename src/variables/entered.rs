//! [`Scopes`]: the variable scopes that threads are in, and what these scopes are called.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;
use std::thread::ThreadId;

use super::custom_getter::CustomGetter;
use super::{Constraint, Regularizer, Reuse, ScopeInitializer, VariableScope};

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

/// A variable scope that is entered; by default the root.
#[derive(Clone, Debug, Default)]
pub(super) struct Entered {
    /// What names of variables start with: empty at the root, else with a slash at its end.
    pub(super) prefix: String,
    pub(super) reuse: Reuse,
    pub(super) regularizer: Option<Arc<dyn Regularizer>>,
    pub(super) constraint: Option<Constraint>,
    /// Outermost first.
    pub(super) getters: Vec<CustomGetter>,
    pub(super) initializer: Option<ScopeInitializer>,
    pub(super) name_scope: String,
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

    pub(super) fn enter(&mut self, scope: &VariableScope, name_scope: &str) {
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
        let mut getters = outer.getters;
        getters.extend(scope.getters.iter().cloned());
        let entered = Entered {
            prefix: match name.is_empty() {
                true => name,
                false => format!("{name}/"),
            },
            reuse,
            regularizer: scope.regularizer.clone().or(outer.regularizer),
            constraint: scope.constraint.clone(),
            getters,
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
    pub(super) fn share(&mut self) {
        let thread = std::thread::current().id();
        let entered = self.by_thread.entry(thread).or_default();
        if entered.is_empty() {
            entered.push(Entered::default());
        }
        if let Some(innermost) = entered.last_mut() {
            innermost.reuse = Reuse::Always;
        }
    }

    pub(super) fn leave(&mut self) -> Option<Entered> {
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
        // What was passed over stays opened as long as the name itself does: both are forgotten
        // when the scope around them is left.
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
