//! The file of what TensorFlow made.

use std::collections::BTreeMap;
use std::fmt;

use ndarray::ArrayD;

use crate::{Exact, array};

/// What a case shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// An op that takes an optimizer's step, on elements of each kind.
    Rule,
    /// The same for some rows.
    Rows,
    /// An op that changes rows by others.
    Scatter,
    /// Two steps of an optimizer.
    Optimizer,
}

/// A line of the file.
#[derive(Clone)]
pub struct Case {
    /// The op, without `Apply` or `SparseApply`, or the optimizer.
    pub name: String,
    pub dtype: String,
    /// The length of a row, or 0 where the op is for a whole variable.
    pub width: usize,
    pub use_nesterov: bool,
    /// The op's numbers but the gradient.
    pub numbers: Vec<f64>,
    /// The rows that are named.
    pub rows: Vec<i64>,
    kind: Kind,
    /// The variables before the step, the gradient, the variables after it: the digits of their
    /// elements.
    digits: Vec<String>,
}

impl Case {
    /// The variables before the step, the gradient, the variables after it.
    pub fn arrays<T: Exact>(&self) -> Vec<ArrayD<T>> {
        let gradient = self.digits.len() / 2;
        let shaped = |(k, digits): (usize, &String)| {
            let count = digits.len() / (2 * std::mem::size_of::<T>());
            match (self.kind, self.width) {
                (Kind::Rule, 0) => array(digits, &[count]),
                (Kind::Rule, width) => array(digits, &[count / width, width]),
                _ if k == gradient => array(digits, &[self.rows.len(), 2]),
                _ => array(digits, &[4, 2]),
            }
        };
        self.digits.iter().enumerate().map(shaped).collect()
    }

    /// Whether the op is for some rows.
    pub fn is_sparse(&self) -> bool {
        self.kind != Kind::Rule || self.width > 0
    }

    /// TensorFlow's name of the op.
    pub fn op_type(&self) -> String {
        match (self.kind, self.is_sparse()) {
            (Kind::Scatter, _) => self.name.clone(),
            (_, true) => format!("SparseApply{}", self.name),
            (_, false) => format!("Apply{}", self.name),
        }
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, dtype, numbers) = (&self.name, &self.dtype, &self.numbers);
        let (width, rows, nesterov) = (self.width, &self.rows, self.use_nesterov);
        write!(
            f,
            "{name} of {dtype} with {numbers:?}, rows of {width}, rows {rows:?}, Nesterov {nesterov}"
        )
    }
}

/// All cases of a kind.
pub fn cases(kind: Kind) -> Vec<Case> {
    // The arrays that all rules with as many slots have before the step; and the last rule's arrays
    // after it.
    let (mut before, mut after) = (BTreeMap::new(), Vec::new());
    let mut cases = Vec::new();
    for line in include_str!("updates.txt").lines() {
        let fields: Vec<&str> = line.split('|').collect();
        let case = match (fields.as_slice(), kind) {
            (["arrays", slots, dtype, arrays @ ..], _) => {
                let slots: usize = slots.parse().expect("a number of slots");
                before.insert((slots, *dtype), arrays.to_vec());
                continue;
            }
            (["rule", name, dtype, width, nesterov, numbers, arrays @ ..], Kind::Rule) => {
                if arrays != ["="] {
                    after = arrays.to_vec();
                }
                let digits = [&before[&(after.len() - 1, *dtype)][..], &after].concat();
                let case = case(kind, name, dtype, &digits);
                Case {
                    width: words(width)[0] as usize,
                    numbers: words(numbers),
                    use_nesterov: *nesterov == "1",
                    ..case
                }
            }
            (["rows", name, dtype, nesterov, numbers, rows, arrays @ ..], Kind::Rows) => {
                let case = case(kind, name, dtype, arrays);
                Case {
                    numbers: words(numbers),
                    use_nesterov: *nesterov == "1",
                    rows: integers(rows),
                    ..case
                }
            }
            (["scatter", name, dtype, rows, arrays @ ..], Kind::Scatter)
            | (["optimizer", name, dtype, rows, arrays @ ..], Kind::Optimizer) => Case {
                rows: integers(rows),
                ..case(kind, name, dtype, arrays)
            },
            _ => continue,
        };
        cases.push(case);
    }
    cases
}

fn case(kind: Kind, name: &str, dtype: &str, arrays: &[&str]) -> Case {
    Case {
        name: name.to_string(),
        dtype: dtype.to_string(),
        width: 0,
        use_nesterov: false,
        numbers: Vec::new(),
        rows: Vec::new(),
        kind,
        digits: arrays.iter().map(ToString::to_string).collect(),
    }
}

fn words(text: &str) -> Vec<f64> {
    let number = |word: &str| word.parse().expect("a number");
    text.split_whitespace().map(number).collect()
}

fn integers(text: &str) -> Vec<i64> {
    words(text)
        .into_iter()
        .map(|number| number as i64)
        .collect()
}
