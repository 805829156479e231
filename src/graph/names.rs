//! Unique names, as TensorFlow 1.15 makes them.

use std::cell::Cell;
use std::ops::Range;
use std::sync::Arc;

use crate::types::{Error, Map};

/// The names in use, without regard to case.
#[derive(Debug, Default)]
pub(super) struct NameTable {
    /// One more than the numbers that each name was given, so that `a_1` is taken if `a` was given
    /// 1 or more.
    uses: Map<Arc<str>, Cell<u32>>,
    /// The latest changes, newest last: the key and what it held before.
    journal: Vec<(Arc<str>, Option<u32>)>,
    /// How many older changes were forgotten.
    forgotten: usize,
    /// Where keys are put together, and names.
    key: String,
    name: String,
}

impl NameTable {
    /// `wanted`, or `wanted_1`, `wanted_2`, ... if that is taken; the name given is taken from now
    /// on.
    pub(super) fn unique(&mut self, wanted: &str) -> Arc<str> {
        self.set_key(wanted);
        if !self.uses.contains_key(self.key.as_str()) {
            let is_numbered = self.is_numbered(&self.key);
            let name = self.take_key(wanted);
            if !is_numbered {
                return name;
            }
        }
        let (key, uses) = self
            .uses
            .get_key_value(self.key.as_str())
            .expect("it is there by now");
        let (before, stem) = (uses.get(), self.key.len());
        let free = push_free_number(&self.uses, &mut self.key, before);
        // That the name is taken is known by the number from now on.
        uses.set(free.saturating_add(1));
        self.journal.push((Arc::clone(key), Some(before)));
        self.name.clear();
        self.name += wanted;
        self.name += &self.key[stem..];
        self.name.as_str().into()
    }

    /// What [`unique`](NameTable::unique) would give.
    pub(super) fn next(&self, wanted: &str) -> String {
        let mut key = wanted.to_lowercase();
        let first = match self.uses.get(key.as_str()) {
            Some(uses) => uses.get(),
            None if self.is_numbered(&key) => 1,
            None => return wanted.to_string(),
        };
        numbered(wanted, push_free_number(&self.uses, &mut key, first))
    }

    /// Whether `key`, which is not in the table, is that of a name made unique by a number.
    fn is_numbered(&self, key: &str) -> bool {
        let Some((stem, number)) = key.rsplit_once('_') else {
            return false;
        };
        let is_plain = number.bytes().all(|b| b.is_ascii_digit()) && !number.starts_with('0');
        let below = |uses: &Cell<u32>| number.parse().is_ok_and(|number: u32| number < uses.get());
        is_plain && self.uses.get(stem).is_some_and(below)
    }

    /// Takes `name` as it is.
    pub(super) fn take(&mut self, name: &str) {
        self.set_key(name);
        if !self.uses.contains_key(self.key.as_str()) {
            self.take_key(name);
        }
    }

    /// Makes the key of `name`.
    fn set_key(&mut self, name: &str) {
        self.key.clear();
        match name.is_ascii() {
            true => {
                self.key += name;
                self.key.make_ascii_lowercase();
            }
            false => self.key += &name.to_lowercase(),
        }
    }

    /// Notes that `name`, of which the key has been made, is in use.
    fn take_key(&mut self, name: &str) -> Arc<str> {
        let name: Arc<str> = name.into();
        let key = match *name == *self.key {
            true => Arc::clone(&name),
            false => self.key.as_str().into(),
        };
        let before = self.uses.insert(Arc::clone(&key), Cell::new(1));
        self.journal.push((key, before.map(Cell::into_inner)));
        name
    }

    /// How many changes were made so far.
    pub(super) fn changes(&self) -> usize {
        self.forgotten + self.journal.len()
    }

    /// Makes all changes so far final.
    pub(super) fn forget(&mut self) {
        self.forgotten = self.changes();
        self.journal.clear();
    }

    /// Takes back what the changes in `stretch` did to `prefix` and the names below it, if they are
    /// the latest changes and not final.
    pub(super) fn rewind(&mut self, stretch: Range<usize>, prefix: &str) {
        if stretch.end != self.changes() || stretch.start < self.forgotten {
            return;
        }
        let prefix = prefix.to_lowercase();
        let changes: Vec<_> = self
            .journal
            .drain(stretch.start - self.forgotten..)
            .rev()
            .collect();
        let (undone, kept): (Vec<_>, Vec<_>) = changes
            .into_iter()
            .partition(|(key, _)| belongs_to(key, &prefix));
        for (key, before) in undone {
            match before {
                Some(uses) => {
                    // Numbers given in this stretch become free again, except those used by names
                    // that are neither the prefix nor below it.
                    let given = self.uses.get(&key).map_or(uses, Cell::get);
                    let is_other = |name: &String| *name != prefix && !is_below(name, &prefix);
                    let others = (uses..given).map(|number| numbered(&key, number));
                    for other in others.filter(is_other).collect::<Vec<_>>() {
                        self.uses.insert(other.into(), Cell::new(1));
                    }
                    self.uses.insert(key, Cell::new(uses))
                }
                None => self.uses.remove(&key),
            };
        }
        self.journal.extend(kept.into_iter().rev());
    }
}

/// Appends the first number from `first` on with which `key` is in none of `uses`.
fn push_free_number(uses: &Map<Arc<str>, Cell<u32>>, key: &mut String, first: u32) -> u32 {
    let (stem, mut number) = (key.len(), first);
    push_number(key, number);
    while number < u32::MAX && uses.contains_key(key.as_str()) {
        number += 1;
        key.truncate(stem);
        push_number(key, number);
    }
    number
}

/// The name made of `stem` by a number.
fn numbered(stem: &str, number: u32) -> String {
    let mut name = stem.to_string();
    push_number(&mut name, number);
    name
}

/// Whether `name` stands below `prefix`.
fn is_below(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix)
        .is_some_and(|rest| rest.starts_with('/'))
}

/// Appends `_number`, without the detour of formatting.
fn push_number(name: &mut String, number: u32) {
    name.push('_');
    let mut digits = [0; 10];
    let (mut left, mut start) = (number, digits.len());
    loop {
        start -= 1;
        digits[start] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    *name += std::str::from_utf8(&digits[start..]).expect("digits are text");
}

/// Whether `key` is `prefix`, stands below it, or is the name from which it was made unique by a
/// number.
fn belongs_to(key: &str, prefix: &str) -> bool {
    let below = |rest: &str| rest.is_empty() || rest.starts_with('/');
    let number = |rest: &str| {
        rest.strip_prefix('_')
            .is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
    };
    key.strip_prefix(prefix).is_some_and(below) || prefix.strip_prefix(key).is_some_and(number)
}

/// The mistake of giving a node a name that it cannot have.
pub(in crate::graph) fn not_a_node_name(name: &str) -> Error {
    Error::invalid_argument(format!("'{name}' is not a valid node name")).with_help(
        "a name begins with an English letter, a digit or '.', and goes on with these, '_', '-' or '/'; there are no spaces",
    )
}

/// The mistake of giving a scope a name that it cannot have.
pub(in crate::graph) fn not_a_scope_name(name: &str) -> Error {
    Error::invalid_argument(format!("'{name}' is not a valid scope name")).with_help(
        "a name of a scope consists of English letters, digits, '_', '.', '-' and '/'; at the root it begins with a letter, a digit or '.'",
    )
}

/// Whether TensorFlow accepts `name` as the name of a node.
pub(super) fn is_node_name(name: &str) -> bool {
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.');
    starts_well && is_scope_name(name)
}

/// Whether TensorFlow accepts `name` as the name of a scope within another.
pub(super) fn is_scope_name(name: &str) -> bool {
    name.bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `errors/prints.json`, case `uniquify_case`.
    #[test]
    fn names_are_unique_without_regard_to_case() {
        let mut names = NameTable::default();
        let made: Vec<_> = ["a", "A", "a", "a_1", "a"]
            .iter()
            .map(|n| names.unique(n))
            .collect();
        assert_eq!(made.join(" "), "a A_1 a_2 a_1_1 a_3");
    }

    #[test]
    fn a_name_made_unique_by_a_number_is_taken() {
        let mut names = NameTable::default();
        let made: Vec<_> = ["a", "a", "a_1", "a_01", "A_1", "a_2", "a", "a_1_1"]
            .iter()
            .map(|n| names.unique(n))
            .collect();
        // As TensorFlow 1.15 names them.
        let expected = "a a_1 a_1_1 a_01 A_1_2 a_2 a_3 a_1_1_1";
        assert_eq!(made.join(" "), expected);
        let mut names = NameTable::default();
        for (wanted, expected) in ["a", "a", "a_1", "a_01", "A_1", "a_2", "a", "a_1_1"]
            .iter()
            .zip(expected.split(' '))
        {
            assert_eq!(names.next(wanted), expected);
            assert_eq!(&*names.unique(wanted), expected);
        }
    }

    #[test]
    fn rewinding_frees_the_names_again() {
        let mut names = NameTable::default();
        names.unique("Add");
        let before = names.changes();
        assert_eq!(&*names.unique("Add"), "Add_1");
        names.rewind(before..names.changes(), "Add_1");
        assert_eq!(&*names.unique("Add"), "Add_1");
    }

    #[test]
    fn rewinding_leaves_other_names_taken() {
        let mut names = NameTable::default();
        let before = names.changes();
        names.unique("gradients");
        names.unique("Adam");
        names.unique("Adam/mul");
        names.rewind(before..names.changes(), "Adam");
        assert_eq!(&*names.unique("gradients"), "gradients_1");
        assert_eq!(&*names.unique("Adam"), "Adam");
        assert_eq!(&*names.unique("Adam/mul"), "Adam/mul");
    }

    #[test]
    fn rewinding_leaves_other_numbers_of_a_name_taken() {
        let mut names = NameTable::default();
        names.unique("add");
        let before = names.changes();
        assert_eq!(&*names.unique("add"), "add_1");
        assert_eq!(&*names.unique("add"), "add_2");
        names.rewind(before..names.changes(), "add_2");
        assert_eq!(&*names.unique("add"), "add_2");
        assert_eq!(&*names.unique("add"), "add_3");
    }

    #[test]
    fn only_the_latest_changes_can_be_taken_back() {
        let mut names = NameTable::default();
        names.unique("Add");
        let changes = 0..names.changes();
        names.unique("Mul");
        names.rewind(changes, "Add");
        assert_eq!(&*names.unique("Add"), "Add_1");
        let changes = 0..names.changes();
        names.forget();
        names.rewind(changes, "Add");
        assert_eq!(&*names.unique("Add"), "Add_2");
    }
}
