//! Every gradient rule against central differences in f64: of first and second order, with static
//! shapes known and unknown.
//!
//! A row of the table is a small function of some arrays. Each is checked as it stands in
//! [`check`]; and every op that the crate calls differentiable must occur in the graph of a row
//! that names it, so an op without a row fails the test.

mod check;
mod rows;

use std::collections::BTreeSet;
use std::thread;

use check::{Shapes, check};
use rows::Row;
use tf1::op::{Differentiable, table};

#[test]
fn gradients_agree_with_central_differences() {
    let rows = rows::all();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let failures: Vec<String> = thread::scope(|scope| {
        let parts = rows.chunks(rows.len().div_ceil(threads));
        let workers: Vec<_> = parts
            .map(|part| scope.spawn(|| part.iter().flat_map(failures_of).collect::<Vec<_>>()))
            .collect();
        let found = workers.into_iter().map(|worker| worker.join());
        found
            .flat_map(|part| part.expect("checking a row does not panic"))
            .collect()
    });
    assert!(
        failures.is_empty(),
        "{} failures:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// What is wrong with a row.
fn failures_of(row: &Row) -> Vec<String> {
    let wrong = |shapes| {
        let failure = check(row, shapes).err()?;
        Some(format!("{} ({shapes:?} shapes): {failure}", row.name))
    };
    [Shapes::Known, Shapes::Unknown]
        .into_iter()
        .filter_map(wrong)
        .collect()
}

#[test]
fn every_differentiable_op_has_a_row() {
    let covered: BTreeSet<&str> = rows::all()
        .iter()
        .flat_map(|row| row.ops.iter().copied())
        .collect();
    let differentiable = table()
        // An older op has the gradient of the one that has taken its place.
        .filter(|op| op.differentiable == Differentiable::Yes && op.newer.is_none())
        .map(|op| op.name());
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
