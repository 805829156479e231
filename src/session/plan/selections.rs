//! [`Selections`]: what runs of known fetches and feeds select, kept for plans of other shapes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::graph::{Graph, Output};
use crate::types::{Map, Result};

use super::super::fetch::{Target, Targets};
use super::lower::Selection;

/// How many nodes a generation of selections may hold, at about 300 bytes each.
const LIMIT: usize = 1 << 15;

/// The selections of a session.
#[derive(Debug, Default)]
pub(in crate::session) struct Selections(Mutex<Generations>);

/// Those that were used of late, and those that were before these were too many: what is not used while a generation lasts is forgotten.
#[derive(Debug, Default)]
struct Generations {
    young: Map<Key, Kept>,
    old: Map<Key, Kept>,
    /// How many nodes those of `young` hold.
    nodes: usize,
}

/// What is fetched and what is fed.
type Key = (Targets, Vec<Output>);

#[derive(Clone, Debug)]
struct Kept {
    /// How often the graph had changed what it knows of shapes.
    revision: u64,
    selection: Arc<Selection>,
}

impl Selections {
    /// What a run of `targets` selects if `fed` are fed.
    ///
    /// # Errors
    /// If the graph holds a mistake that the targets depend on.
    pub(super) fn select(
        &self,
        graph: &Graph,
        targets: &[Target],
        fed: Vec<Output>,
    ) -> Result<Arc<Selection>> {
        // Before the selection is made: if something changes meanwhile, the next plan selects anew.
        let revision = graph.revision();
        let key = (Targets::from(targets), fed);
        let known = self.lock().find(&key);
        if let Some(kept) = known.filter(|kept| kept.revision == revision) {
            return Ok(kept.selection);
        }
        let selection = Arc::new(Selection::new(graph, targets, &key.1)?);
        let kept = Kept {
            revision,
            selection: Arc::clone(&selection),
        };
        self.lock().keep(key, kept);
        Ok(selection)
    }

    /// Forgets all.
    pub(in crate::session) fn clear(&self) {
        *self.lock() = Generations::default();
    }

    fn lock(&self) -> MutexGuard<'_, Generations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Generations {
    fn find(&mut self, key: &Key) -> Option<Kept> {
        if let Some(kept) = self.young.get(key) {
            return Some(kept.clone());
        }
        let (key, kept) = self.old.remove_entry(key)?;
        self.keep(key, kept.clone());
        Some(kept)
    }

    fn keep(&mut self, key: Key, kept: Kept) {
        let nodes = kept.selection.len();
        if nodes > LIMIT {
            // Planning it takes so long that selecting matters little.
            return;
        }
        if self.nodes + nodes > LIMIT {
            self.old = std::mem::take(&mut self.young);
            self.nodes = 0;
        }
        self.nodes += nodes;
        if let Some(before) = self.young.insert(key, kept) {
            self.nodes -= before.selection.len();
        }
    }
}
