//! Graphs node by node, against lists that TensorFlow made.

#![allow(
    dead_code,
    reason = "each test that takes these pieces uses some of them only"
)]

use tf1::Operation;

/// The lines of the program `name` in a list of several, each of which begins with a line `==
/// name`.
pub fn program<'l>(list: &'l str, name: &str) -> impl Iterator<Item = &'l str> {
    let title = format!("== {name}");
    let after = list.lines().skip_while(move |line| *line != title).skip(1);
    after.take_while(|line| !line.starts_with("== "))
}

/// A node as such a list tells it: name, op type, inputs and control inputs.
pub fn line(operation: &Operation) -> String {
    let inputs = operation.inputs().into_iter().map(|input| input.name());
    let controls = operation
        .control_inputs()
        .into_iter()
        .map(|control| format!("^{}", control.name()));
    let words = [operation.name(), operation.op_type().to_string()];
    let words = words.into_iter().chain(inputs).chain(controls);
    words.collect::<Vec<_>>().join(" ")
}

/// Says where two lists part.
#[track_caller]
pub fn compare_lines(made: &[String], expected: &[impl AsRef<str>]) {
    for (place, (made, expected)) in made.iter().zip(expected).enumerate() {
        assert_eq!(
            made,
            expected.as_ref(),
            "line {place} (ours is on the left)"
        );
    }
    assert_eq!(made.len(), expected.len(), "the number of lines");
}
