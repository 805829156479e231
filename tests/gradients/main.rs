//! Every gradient rule against central differences in f64: of first and second order, with static shapes known and unknown.
//!
//! A row of the table is a small function of some arrays. Each is checked as it stands in [`check`]; and every op that the
//! crate calls differentiable must occur in the graph of a row that names it, so an op without a row fails the test.

mod check;
mod rows;

use std::collections::BTreeSet;

use check::{Shapes, check};
use tf1::op::{Differentiable, table};

#[test]
fn gradients_agree_with_central_differences() {
    let mut failures = Vec::new();
    for row in rows::all() {
        for shapes in [Shapes::Known, Shapes::Unknown] {
            if let Err(failure) = check(&row, shapes) {
                failures.push(format!("{} ({shapes:?} shapes): {failure}", row.name));
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} failures:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn every_differentiable_op_has_a_row() {
    let covered: BTreeSet<&str> = rows::all()
        .iter()
        .flat_map(|row| row.ops.iter().copied())
        .collect();
    let differentiable = table()
        .filter(|op| op.differentiable == Differentiable::Yes)
        .map(|op| op.name);
    let missing: Vec<&str> = differentiable.filter(|op| !covered.contains(op)).collect();
    assert!(missing.is_empty(), "no row for: {}", missing.join(", "));
}

#[test]
fn rows_have_names_of_their_own() {
    let mut names = BTreeSet::new();
    for row in rows::all() {
        assert!(
            names.insert(row.name.clone()),
            "two rows are called {}",
            row.name
        );
    }
}
