//! [`Account`]: how much memory a session may use, and how much it keeps between runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::types::Result;
use crate::types::memory::too_much;

/// How much memory a session may use, and how much of it is taken for longer than a run.
///
/// Anything else that a run needs is [allowed](crate::types::memory::Allowance) from what is left.
#[derive(Debug)]
pub(super) struct Account {
    limit: usize,
    kept: AtomicUsize,
    /// What the variables' values take.
    variables: AtomicUsize,
}

/// Memory that is counted as long as this is there.
#[derive(Debug)]
pub(super) struct Reservation {
    account: Arc<Account>,
    bytes: usize,
}

impl Account {
    /// An account of `limit` bytes.
    pub(super) fn new(limit: usize) -> Account {
        Account {
            limit,
            kept: AtomicUsize::new(0),
            variables: AtomicUsize::new(0),
        }
    }

    /// How many bytes may still be used.
    #[inline]
    pub(super) fn left(&self) -> usize {
        let kept = self.kept.load(Ordering::Relaxed);
        let variables = self.variables.load(Ordering::Relaxed);
        self.limit.saturating_sub(kept).saturating_sub(variables)
    }

    /// Whether it is so little that nothing should be kept for later.
    #[inline]
    pub(super) fn is_scarce(&self, left: usize) -> bool {
        left < self.limit / 2
    }

    /// Notes how many bytes the variables take. Called while they are locked.
    pub(super) fn set_variables(&self, bytes: usize) {
        self.variables.store(bytes, Ordering::Relaxed);
    }

    /// Counts `bytes` bytes more, before they are allocated.
    ///
    /// # Errors
    /// `ResourceExhausted` if that is more than is left.
    pub(super) fn keep(self: &Arc<Self>, bytes: usize) -> Result<Reservation> {
        let limit = self
            .limit
            .saturating_sub(self.variables.load(Ordering::Relaxed));
        let more = |kept: usize| Some(kept.checked_add(bytes)?).filter(|sum| *sum <= limit);
        let counted = self
            .kept
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        match counted {
            Ok(_) => Ok(Reservation {
                account: Arc::clone(self),
                bytes,
            }),
            Err(kept) => Err(too_much(bytes, limit.saturating_sub(kept))),
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.account.kept.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_not_left_until_it_is_let_go() {
        let account = Arc::new(Account::new(100));
        let first = account.keep(60).unwrap();
        assert_eq!(account.left(), 40);
        let error = account.keep(41).unwrap_err();
        assert!(error.message().contains("41 bytes"), "{error}");
        assert!(account.keep(usize::MAX).is_err());
        let second = account.keep(40).unwrap();
        drop(first);
        assert_eq!(account.left(), 60);
        drop(second);
        assert_eq!(account.left(), 100);
        account.set_variables(30);
        assert_eq!(account.left(), 70);
        assert!(account.keep(71).is_err());
    }
}
