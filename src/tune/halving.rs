//! [`SuccessiveHalving`]: poor trials end early.

use super::goal::Goal;
use super::record::Record;
use crate::types::{Error, Result};

/// Successive halving: all trials are trained for a few epochs; of these, the best go on for η
/// times as many; and so on, until the few that are left have been trained to the end.
///
/// With n trials, r epochs at first, and R epochs at most, the k-th round trains ⌊n/η^k⌋ trials
/// until they have had r·η^k epochs (in the last round R; never less than one trial), and takes up
/// each trial's training where the round before has left it. A round begins when the one before has
/// ended, so that nothing depends on which trial is the quickest. Trials that have failed or
/// diverged never go on. The models of all that go on, a part 1/η of all trials, are in memory at
/// once.
///
/// Source: K. Jamieson and A. Talwalkar, "Non-stochastic best arm identification and hyperparameter
/// optimization", AISTATS 2016; with η as in L. Li et al., "Hyperband", JMLR 18 (2018).
///
/// ```
/// use tf1::tune::SuccessiveHalving;
///
/// let halving = SuccessiveHalving::new(1).eta(3);
/// assert_eq!(halving.rounds(81, 81)?, [(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)]);
/// # Ok::<(), tf1::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SuccessiveHalving {
    pub(super) min_epochs: usize,
    pub(super) eta: usize,
}

impl SuccessiveHalving {
    /// Every trial is trained for `min_epochs` epochs at least, and a third of them goes on (η =
    /// 3).
    pub fn new(min_epochs: usize) -> Self {
        SuccessiveHalving { min_epochs, eta: 3 }
    }

    /// One trial of `eta` goes on, for `eta` times as many epochs.
    pub fn eta(mut self, eta: usize) -> Self {
        self.eta = eta;
        self
    }

    /// For each round, how many of `trials` trials are trained and up to which epoch, so that the
    /// best reach `epochs`.
    ///
    /// # Errors
    /// `InvalidArgument` if η is less than 2, or if it begins with no epoch or with more than
    /// `epochs`.
    pub fn rounds(&self, trials: usize, epochs: usize) -> Result<Vec<(usize, usize)>> {
        let Self { min_epochs, eta } = *self;
        if eta < 2 {
            let message = format!("successive halving with η = {eta} drops no trial");
            return Err(Error::invalid_argument(message).with_help("take 2 or more"));
        }
        if min_epochs == 0 || min_epochs > epochs {
            let message =
                format!("successive halving that begins with {min_epochs} of {epochs} epochs");
            let help = format!("begin with 1 to {epochs}");
            return Err(Error::invalid_argument(message).with_help(help));
        }
        let (mut count, mut until) = (trials, min_epochs);
        let mut rounds = vec![(count, until)];
        while until < epochs {
            count = (count / eta).max(1);
            until = until.saturating_mul(eta).min(epochs);
            rounds.push((count, until));
        }
        Ok(rounds)
    }
}

/// The best `count` of the records that have a score, best first.
pub(super) fn best(records: &[Record], count: usize, goal: Goal) -> Vec<usize> {
    let mut scored: Vec<&Record> = records
        .iter()
        .filter(|record| record.score().is_some())
        .collect();
    scored.sort_by(|left, right| left.rank(right, goal));
    scored.truncate(count);
    let number = |record: &Record| record.trial().number();
    scored.into_iter().map(number).collect()
}
