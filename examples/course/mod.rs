//! What the programs that train on the pictures of hand signs share: how they end, and how the pictures become examples.

#![allow(
    dead_code,
    reason = "each program that takes these pieces uses some of them only"
)]

pub mod network;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use super::common::dataset::{DataSource, SignsData};
use super::common::split::Split;
use super::notebook::random_mini_batches::Examples;

/// The classes that the networks tell apart.
pub const CLASSES: usize = 6;

pub type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Ends a program: a mistake is told in one line.
pub fn end(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&*error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", in_one_line(&*error));
            ExitCode::FAILURE
        }
    }
}

/// What went wrong, and what to do about it.
fn in_one_line(error: &(dyn Error + 'static)) -> String {
    match error.downcast_ref::<tf1::Error>() {
        Some(error) => match error.help() {
            Some(help) => format!("{}; {help}", error.message()),
            None => error.message().to_string(),
        },
        None => error.to_string(),
    }
}

/// Whether nobody reads the output any more, as when `head` has seen enough: no reason to complain, nor to go on.
fn is_closed_pipe(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

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

    #[test]
    fn only_a_closed_pipe_is_quiet() {
        let closed = |kind: io::ErrorKind| {
            let error: Box<dyn Error> = io::Error::from(kind).into();
            is_closed_pipe(&*error)
        };
        assert!(closed(io::ErrorKind::BrokenPipe));
        assert!(!closed(io::ErrorKind::StorageFull));
        assert!(!is_closed_pipe(&*Box::<dyn Error>::from("something else")));
    }
}
