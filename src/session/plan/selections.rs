//! [`Selections`]: what runs of known fetches and feeds select, kept for plans of other shapes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::graph::{Graph, Output};
use crate::types::{Map, Result};

use super::super::fetch::{Target, Targets};
use super::lower::Selection;
use super::size::spilled_bytes;

/// The selections of a session, up to a limit in bytes.
#[derive(Debug, Default)]
pub(in crate::session) struct Selections(Mutex<Generations>);

/// Those that were used of late, and those that were before these were too many: what is not used
/// while a generation lasts is forgotten.
#[derive(Debug, Default)]
struct Generations {
    young: Map<Key, Entry>,
    old: Map<Key, Entry>,
    /// How many bytes those of `young` take.
    bytes: usize,
    is_closed: bool,
}

/// What is fetched and what is fed.
type Key = (Targets, Vec<Output>);

#[derive(Clone, Debug)]
struct Entry {
    /// How often the graph had changed what it knows of shapes.
    revision: u64,
    selection: Arc<Selection>,
    /// How many bytes it takes with its key.
    bytes: usize,
}

impl Selections {
    /// What a run of `targets` selects if `fed` are fed; kept if all that is kept takes no more
    /// than `limit` bytes.
    ///
    /// # Errors
    /// If the graph holds a mistake that the targets depend on.
    pub(super) fn select(
        &self,
        graph: &Graph,
        targets: &[Target],
        fed: Vec<Output>,
        limit: usize,
    ) -> Result<Arc<Selection>> {
        // Before the selection is made: if something changes meanwhile, the next plan selects anew.
        let revision = graph.revision();
        let key = (Targets::from(targets), fed);
        let known = self.lock().find(&key, limit);
        if let Some(kept) = known.filter(|kept| kept.revision == revision) {
            return Ok(kept.selection);
        }
        let selection = Arc::new(Selection::new(graph, targets, &key.1)?);
        let kept = Entry {
            revision,
            bytes: size_of::<(Key, Entry)>() + heap_bytes(&key) + selection.bytes(),
            selection: Arc::clone(&selection),
        };
        let forgotten = self.lock().keep(key, kept, limit);
        // Not while they are locked.
        drop(forgotten);
        Ok(selection)
    }

    /// Forgets all, and keeps nothing from now on.
    pub(in crate::session) fn clear(&self) {
        let closed = Generations {
            is_closed: true,
            ..Generations::default()
        };
        let forgotten = std::mem::replace(&mut *self.lock(), closed);
        drop(forgotten);
    }

    fn lock(&self) -> MutexGuard<'_, Generations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Generations {
    fn find(&mut self, key: &Key, limit: usize) -> Option<Entry> {
        if let Some(kept) = self.young.get(key) {
            return Some(kept.clone());
        }
        let (key, kept) = self.old.remove_entry(key)?;
        drop(self.keep(key, kept.clone(), limit));
        Some(kept)
    }

    /// Keeps a selection, and gives back those that must go for it.
    fn keep(&mut self, key: Key, kept: Entry, limit: usize) -> Map<Key, Entry> {
        let mut forgotten = Map::default();
        // Each of the two generations may take half of what all may.
        if self.is_closed || kept.bytes > limit / 2 {
            return forgotten;
        }
        if let Some(before) = self.young.remove(&key) {
            self.bytes -= before.bytes;
        }
        if self.bytes + kept.bytes > limit / 2 {
            forgotten = std::mem::replace(&mut self.old, std::mem::take(&mut self.young));
            self.bytes = 0;
        }
        self.bytes += kept.bytes;
        self.young.insert(key, kept);
        forgotten
    }
}

/// What a key takes besides itself.
fn heap_bytes((targets, fed): &Key) -> usize {
    spilled_bytes(targets) + fed.capacity() * size_of::<Output>()
}
