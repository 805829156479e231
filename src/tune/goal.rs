//! [`Goal`]: which scores are better.

use std::cmp::Ordering;

/// Whether low or high scores are better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Low ones, as of a cost.
    Minimize,
    /// High ones, as of an accuracy.
    Maximize,
}

impl Goal {
    /// Orders scores from the best to the worst; what has no score comes last.
    pub(super) fn compare(self, left: Option<f64>, right: Option<f64>) -> Ordering {
        match (left, right) {
            (Some(left), Some(right)) => match self {
                Goal::Minimize => left.total_cmp(&right),
                Goal::Maximize => right.total_cmp(&left),
            },
            (left, right) => right.is_some().cmp(&left.is_some()),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Goal::Minimize => "minimize",
            Goal::Maximize => "maximize",
        }
    }
}
