//! How the examples end: what any of their parts may fail with, and what is then printed.

use std::error::Error;
use std::io;
use std::process::ExitCode;

/// What a part of an example gives: `?` takes the errors of `tf1`, of files, of arrays and of
/// tables alike.
pub type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Ends a program: a mistake is reported in one line.
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

/// Whether nobody reads the output any more, as when `head` has seen enough: no reason to complain,
/// nor to go on.
fn is_closed_pipe(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

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
