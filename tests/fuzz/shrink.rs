//! Making a program that fails smaller: its parts and feeds are left out one after another, as long
//! as it fails in the same way.

use std::collections::BTreeSet;

/// What is left out of a program.
#[derive(Clone, Debug, Default)]
pub struct Cut {
    /// Ops, variables, gradients, updates, fetches, by their numbers in the order of building.
    pub parts: BTreeSet<usize>,
    pub feeds: BTreeSet<usize>,
}

/// A program that fails: what it is, how many parts and feeds it had, and what was wrong.
pub struct Failure {
    pub what: String,
    pub program: String,
    pub parts: usize,
    pub feeds: usize,
}

impl Failure {
    /// In which way it fails: what is wrong, without numbers.
    fn kind(&self) -> String {
        let first = self.what.lines().next().unwrap_or_default();
        first.chars().filter(|c| !c.is_ascii_digit()).collect()
    }
}

/// The smallest failure that is found of the same kind. `run` runs the program without what is cut
/// out.
pub fn shrunk(mut failure: Failure, run: impl Fn(&Cut) -> Option<Failure>) -> Failure {
    let (parts, feeds) = (failure.parts, failure.feeds);
    let mut cut = Cut::default();
    let mut attempt = |leave_out: &dyn Fn(&mut Cut) -> bool| {
        let mut smaller = cut.clone();
        if !leave_out(&mut smaller) {
            return false;
        }
        match run(&smaller).filter(|found| found.kind() == failure.kind()) {
            Some(found) => {
                (cut, failure) = (smaller, found);
                true
            }
            None => false,
        }
    };
    // What could not be left out before may be needless without what came after it.
    let mut goes_on = true;
    while goes_on {
        goes_on = false;
        for part in (0..parts).rev() {
            goes_on |= attempt(&|cut| cut.parts.insert(part));
        }
    }
    for feed in (0..feeds).rev() {
        attempt(&|cut| cut.feeds.insert(feed));
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program of twenty parts that fails as long as parts 3 and 11 and feed 1 are in it.
    #[test]
    fn what_a_failure_does_not_need_is_left_out() {
        let run = |cut: &Cut| {
            let left = |all: usize, cut: &BTreeSet<usize>| {
                let left = (0..all).filter(|part| !cut.contains(part));
                left.collect::<Vec<_>>()
            };
            let (parts, feeds) = (left(20, &cut.parts), left(3, &cut.feeds));
            let fails = parts.contains(&3) && parts.contains(&11) && feeds.contains(&1);
            fails.then(|| Failure {
                what: format!("run {} differs", parts.len()),
                program: format!("{parts:?} {feeds:?}"),
                parts: 20,
                feeds: 3,
            })
        };
        let whole = run(&Cut::default()).expect("it fails");
        assert_eq!(shrunk(whole, run).program, "[3, 11] [1]");
    }
}
