//! When to stop: when the loss on rows that the network does not learn from no longer falls.

/// Tells when the loss has not fallen for a number of epochs.
#[derive(Debug)]
pub struct EarlyStopping {
    patience: i32,
    best: f32,
    /// The epoch of the lowest loss so far; 0 before the first.
    pub best_epoch: i32,
}

impl EarlyStopping {
    pub fn new(patience: i32) -> Self {
        EarlyStopping {
            patience,
            best: f32::INFINITY,
            best_epoch: 0,
        }
    }

    /// Whether `loss` is the lowest so far; the first one always is.
    pub fn is_best(&mut self, epoch: i32, loss: f32) -> bool {
        let is_best = self.best_epoch == 0 || loss < self.best;
        if is_best {
            (self.best, self.best_epoch) = (loss, epoch);
        }
        is_best
    }

    /// Whether the loss has not fallen for `patience` epochs.
    pub fn is_over(&self, epoch: i32) -> bool {
        epoch - self.best_epoch >= self.patience
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_waits_for_a_lower_loss_and_knows_the_best() {
        let mut stopping = EarlyStopping::new(2);
        let losses = [3.0, 2.0, f32::NAN, 1.0, 1.0, 5.0];
        let told = (1..)
            .zip(losses)
            .map(|(epoch, loss)| (stopping.is_best(epoch, loss), stopping.is_over(epoch)));
        let [yes, no, over] = [(true, false), (false, false), (false, true)];
        assert_eq!(told.collect::<Vec<_>>(), [yes, yes, no, yes, no, over]);
        assert_eq!(stopping.best_epoch, 4);
    }
}
