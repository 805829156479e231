//! What the programs that train on the pictures of hand signs share: how the pictures become
//! examples.

#![allow(
    dead_code,
    reason = "each program that takes these pieces uses some of them only"
)]

pub mod network;

#[path = "../outcome/mod.rs"]
mod outcome;

use std::io::Write;

use super::common::dataset::{DataSource, SignsData};
use super::common::split::Split;
use super::notebook::random_mini_batches::Examples;
pub use outcome::{Outcome, end};

/// The classes that the networks tell apart.
pub const CLASSES: usize = 6;

/// The pictures from `source`, which must be of [`CLASSES`] classes.
pub fn load(source: &DataSource) -> Outcome<SignsData> {
    let data = SignsData::load(source)?;
    if data.classes != CLASSES {
        return Err(format!(
            "the data have {} classes, but the network tells {CLASSES} apart; use data of {CLASSES} classes",
            data.classes
        )
        .into());
    }
    Ok(data)
}

/// Loads the pictures as [`load`] does, and says where they come from.
pub fn load_examples(source: &DataSource, out: &mut impl Write) -> Outcome<(Examples, Examples)> {
    let data = load(source)?;
    writeln!(out, "data: {source}")?;
    Ok((examples(&data.train), examples(&data.test)))
}

/// The pictures as a network is fed them.
pub fn examples(split: &Split) -> Examples {
    Examples {
        x: split.design_matrix(),
        y: split.one_hot(CLASSES),
    }
}

/// A share with six digits behind the point, but no needless zeros: `1.0`, `0.891667`.
pub fn share(share: f32) -> String {
    let digits = format!("{share:.6}");
    let short = digits.trim_end_matches('0');
    if short.ends_with('.') {
        format!("{short}0")
    } else {
        short.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_short_but_have_a_point() {
        let shares = [1.0, 0.0, 0.5, 0.891_666_65].map(share);
        assert_eq!(shares, ["1.0", "0.0", "0.5", "0.891667"]);
    }
}
