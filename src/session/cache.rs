//! [`PlanCache`]: the plans that a session has made, found again by what is fetched and fed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::types::Map;

use super::Feed;
use super::feed::fit;
use super::fetch::{Target, Targets};
use super::plan::{FeedSpec, Plan, spilled_bytes};

/// Plans up to a limit in bytes. Those that were not used for the longest time are forgotten first.
pub(super) struct PlanCache {
    limit: usize,
    plans: RwLock<Plans>,
    /// How many plans were added so far: the time by which uses are told apart.
    now: AtomicU64,
}

#[derive(Default)]
struct Plans {
    /// By the number that their keys give.
    by_number: Map<u64, Vec<Entry>>,
    /// How many bytes all of them take.
    bytes: usize,
    is_closed: bool,
}

struct Entry {
    key: PlanKey,
    plan: Arc<Plan>,
    bytes: usize,
    /// When it was last used.
    used: AtomicU64,
}

/// What a plan depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlanKey {
    pub(super) targets: Targets,
    pub(super) feeds: Vec<FeedSpec>,
}

impl PlanKey {
    fn fits(&self, targets: &[Target], feeds: &[Feed<'_>]) -> bool {
        *self.targets == *targets && fit(feeds, &self.feeds)
    }

    /// A number by which to find plans: the same for what one plan fits.
    pub(super) fn number(targets: &[Target], feeds: &[Feed<'_>]) -> u64 {
        // Fowler, Noll and Vo's hash, of words: a handful, and whatever it confuses is told apart
        // afterwards.
        let mix = |hash: u64, word: usize| (hash ^ word as u64).wrapping_mul(0x0100_0000_01b3);
        let targets = targets.iter().map(|target| {
            let kind = target.is_array().map_or(0, |array| 1 + usize::from(array));
            (target.node().index() << 2 | kind)
                + target.output().map_or(0, |output| output.index << 40)
        });
        let lengths = feeds.iter().flat_map(|feed| {
            let output = feed.target().output();
            [output.node.index(), output.index]
                .into_iter()
                .chain(feed.value().shape().iter().copied())
        });
        targets.chain(lengths).fold(0xcbf2_9ce4_8422_2325, mix)
    }

    fn bytes(&self) -> usize {
        let feeds = self.feeds.iter().map(FeedSpec::heap_bytes);
        spilled_bytes(&self.targets) + size_of_val(&*self.feeds) + feeds.sum::<usize>()
    }
}

impl PlanCache {
    /// A cache for plans of `limit` bytes together. The newest plan is kept even if it is larger.
    pub(super) fn new(limit: usize) -> PlanCache {
        PlanCache {
            limit,
            plans: RwLock::default(),
            now: AtomicU64::new(0),
        }
    }

    /// The plan for these fetches and feeds, which give `number`, if it is known.
    #[inline]
    pub(super) fn find(
        &self,
        number: u64,
        targets: &[Target],
        feeds: &[Feed<'_>],
    ) -> Option<Arc<Plan>> {
        let plans = self.read();
        let mut entries = plans.by_number.get(&number)?.iter();
        let entry = entries.find(|entry| entry.key.fits(targets, feeds))?;
        let now = self.now.load(Ordering::Relaxed);
        // Most uses need not write: nothing was added since the last.
        if entry.used.load(Ordering::Relaxed) != now {
            entry.used.store(now, Ordering::Relaxed);
        }
        Some(Arc::clone(&entry.plan))
    }

    /// Keeps a plan, and forgets others if they are too many. Gives the plan to be used: another's,
    /// if that was faster.
    pub(super) fn add(&self, number: u64, key: PlanKey, plan: Plan) -> Arc<Plan> {
        let bytes = size_of::<Entry>() + key.bytes() + plan.size();
        let plan = Arc::new(plan);
        let mut plans = self.write();
        if plans.is_closed {
            return plan;
        }
        let known = plans.by_number.get(&number);
        let mut same = known.into_iter().flatten().filter(|entry| entry.key == key);
        if let Some(same) = same.next() {
            return Arc::clone(&same.plan);
        }
        let now = self.now.fetch_add(1, Ordering::Relaxed) + 1;
        let forgotten = match plans.bytes + bytes > self.limit {
            true => plans.forget(self.limit.saturating_sub(bytes)),
            false => Vec::new(),
        };
        plans.bytes += bytes;
        plans.by_number.entry(number).or_default().push(Entry {
            key,
            plan: Arc::clone(&plan),
            bytes,
            used: AtomicU64::new(now),
        });
        drop(plans);
        // Not while they are locked: what ops do when they are dropped is their own business.
        drop(forgotten);
        plan
    }

    /// Forgets everything, for good.
    pub(super) fn close(&self) {
        let closed = Plans {
            is_closed: true,
            ..Plans::default()
        };
        let plans = std::mem::replace(&mut *self.write(), closed);
        // Not while they are locked: what ops do when they are dropped is their own business.
        drop(plans);
    }

    fn read(&self) -> RwLockReadGuard<'_, Plans> {
        self.plans.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Plans> {
        self.plans.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Plans {
    /// Takes out plans that were not used for the longest time, until the others take less than
    /// seven eighths of `limit`: so that the next plans need not look for such ones again.
    #[cold]
    fn forget(&mut self, limit: usize) -> Vec<Entry> {
        let entries = self.by_number.values().flatten();
        let mut by_use: Vec<(u64, usize)> = entries
            .map(|entry| (entry.used.load(Ordering::Relaxed), entry.bytes))
            .collect();
        by_use.sort_unstable();
        let (mut left, mut last_forgotten) = (self.bytes, None);
        for (used, bytes) in by_use {
            if left <= limit / 8 * 7 {
                break;
            }
            left -= bytes;
            last_forgotten = Some(used);
        }
        let mut forgotten = Vec::new();
        let is_old = |entry: &mut Entry| Some(entry.used.load(Ordering::Relaxed)) <= last_forgotten;
        self.by_number.retain(|_, entries| {
            forgotten.extend(entries.extract_if(.., is_old));
            !entries.is_empty()
        });
        self.bytes -= forgotten.iter().map(|entry| entry.bytes).sum::<usize>();
        forgotten
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array1;

    use crate::{Graph, Result, Session, SessionOptions};

    /// How many plans a session keeps that runs these lengths, and whether it still has the first.
    fn kept(limit: usize, lengths: impl IntoIterator<Item = usize>) -> Result<(usize, bool)> {
        let graph = Graph::new();
        let x = graph.placeholder::<f32>("x", crate::shape![?]);
        let y = crate::reduce_sum(crate::square(&x), ..);
        let options = SessionOptions::new().threads(1).plan_cache_bytes(limit);
        let session = Session::with_options(&graph, options)?;
        let lengths: Vec<usize> = lengths.into_iter().collect();
        for &length in &lengths {
            session.run(&y, [x.feed(Array1::ones(length).view())])?;
        }
        let plans = session.0.plans.read();
        assert!(plans.bytes <= limit || plans.by_number.len() == 1);
        let entries: Vec<_> = plans.by_number.values().flatten().collect();
        let bytes = entries.iter().map(|entry| entry.bytes).sum::<usize>();
        assert_eq!(bytes, plans.bytes);
        let has_first = |length: usize| {
            let is_it = |key: &super::PlanKey| key.feeds[0].shape == [length];
            entries.iter().any(|entry| is_it(&entry.key))
        };
        Ok((entries.len(), has_first(lengths[0])))
    }

    #[test]
    fn plans_are_forgotten_by_their_bytes_the_one_not_used_for_longest_first() -> Result<()> {
        let (all, _) = kept(usize::MAX, 1..=200)?;
        assert_eq!(all, 200);
        let limit = 100_000;
        let (some, first) = kept(limit, 1..=200)?;
        assert!((20..200).contains(&some) && !first, "{some} plans, {first}");
        // The first is used again and again.
        let again = (1..=200).flat_map(|length| [1, length]);
        let (some, first) = kept(limit, again)?;
        assert!((20..200).contains(&some) && first, "{some} plans, {first}");
        assert_eq!(kept(0, 1..=5)?, (1, false));
        Ok(())
    }
}
