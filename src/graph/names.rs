//! Unique names, as TensorFlow 1.15 makes them.

use std::collections::HashMap;

/// The names in use, without regard to case.
#[derive(Debug, Default)]
pub(super) struct NameTable {
    /// How often each name was asked for.
    uses: HashMap<String, u32>,
    /// Every change since the last [`begin`](NameTable::begin), newest last: the key and what it held before.
    journal: Vec<(String, Option<u32>)>,
}

impl NameTable {
    /// `wanted`, or `wanted_1`, `wanted_2`, ... if that is taken; the name given is taken from now on.
    pub(super) fn unique(&mut self, wanted: &str) -> String {
        let key = wanted.to_lowercase();
        let uses = self.uses.get(&key).copied().unwrap_or(0);
        self.set(key.clone(), uses + 1);
        if uses == 0 {
            return wanted.to_string();
        }
        let free = (uses..)
            .find(|i| !self.uses.contains_key(&format!("{key}_{i}")))
            .unwrap_or(u32::MAX);
        self.set(format!("{key}_{free}"), 1);
        format!("{wanted}_{free}")
    }

    /// Takes `name` as it is.
    pub(super) fn take(&mut self, name: &str) {
        let key = name.to_lowercase();
        if !self.uses.contains_key(&key) {
            self.set(key, 1);
        }
    }

    /// Starts a new stretch of changes that [`rewind`](NameTable::rewind) can take back.
    pub(super) fn begin(&mut self) {
        self.journal.clear();
    }

    /// Takes back all changes since [`begin`](NameTable::begin).
    pub(super) fn rewind(&mut self) {
        while let Some((key, before)) = self.journal.pop() {
            match before {
                Some(uses) => self.uses.insert(key, uses),
                None => self.uses.remove(&key),
            };
        }
    }

    fn set(&mut self, key: String, uses: u32) {
        let before = self.uses.insert(key.clone(), uses);
        self.journal.push((key, before));
    }
}

/// Whether TensorFlow accepts `name` as the name of a node.
pub(super) fn is_node_name(name: &str) -> bool {
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.');
    starts_well && is_scope_name(name)
}

/// Whether TensorFlow accepts `name` as the name of a scope within another.
pub(super) fn is_scope_name(name: &str) -> bool {
    name.chars()
        .all(|c| c.is_ascii_alphanumeric() || "_.\\-/".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `errors/prints.json`, case `uniquify_case`.
    #[test]
    fn names_are_unique_without_regard_to_case() {
        let mut names = NameTable::default();
        let made: Vec<String> = ["a", "A", "a", "a_1", "a"]
            .iter()
            .map(|n| names.unique(n))
            .collect();
        assert_eq!(made, ["a", "A_1", "a_2", "a_1_1", "a_3"]);
    }

    #[test]
    fn rewinding_frees_the_names_again() {
        let mut names = NameTable::default();
        names.unique("Add");
        names.begin();
        assert_eq!(names.unique("Add"), "Add_1");
        names.rewind();
        assert_eq!(names.unique("Add"), "Add_1");
    }
}
