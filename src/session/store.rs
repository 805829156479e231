//! [`Store`]: what a session keeps between runs: the variables' values and the stateful ops' states.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockWriteGuard};

use crate::graph::{NodeId, Op};
use crate::types::{Error, Map, Value};

use super::plan::OpState;

/// Where one variable's value is kept; `None` while uninitialized.
#[derive(Debug, Default)]
pub(super) struct Cell(RwLock<Option<Value<'static>>>);

impl Cell {
    /// The value, shared rather than copied; `None` while uninitialized.
    pub(super) fn read(&self) -> Option<Value<'static>> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether there is a value.
    pub(super) fn is_initialized(&self) -> bool {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some()
    }
}

/// The variables' values and the stateful ops' states of one session.
#[derive(Debug, Default)]
pub(super) struct Store {
    variables: RwLock<Map<NodeId, Arc<Cell>>>,
    states: Mutex<Map<NodeId, OpState>>,
    commit: Mutex<()>,
}

impl Store {
    /// The place where a variable's value is kept.
    pub(super) fn cell(&self, variable: NodeId) -> Arc<Cell> {
        let known = self
            .variables
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&variable)
            .cloned();
        known.unwrap_or_else(|| {
            let mut variables = self
                .variables
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            Arc::clone(variables.entry(variable).or_default())
        })
    }

    /// Held from a run's first update to its end, so that the updates of two runs do not mix.
    pub(super) fn commit_lock(&self) -> MutexGuard<'_, ()> {
        self.commit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state of the op at `node`, made when first asked for; `None` of an op that has none.
    pub(super) fn op_state(&self, node: NodeId, op: &dyn Op) -> Option<OpState> {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = states.get(&node) {
            return Some(Arc::clone(state));
        }
        let state = Arc::new(Mutex::new(op.new_state()?));
        states.insert(node, Arc::clone(&state));
        Some(state)
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        // A run that is changing variables ends first.
        let _commit = self.commit_lock();
        let mut variables = self
            .variables
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        // Plans know the cells too.
        variables.drain().for_each(|(_, cell)| *lock(&cell) = None);
        drop(variables);
        self.states
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

/// Locks a variable's place for changing it.
pub(super) fn lock(cell: &Cell) -> RwLockWriteGuard<'_, Option<Value<'static>>> {
    cell.0.write().unwrap_or_else(PoisonError::into_inner)
}

/// The mistake of reading a variable that has no value.
pub(super) fn uninitialized(name: &str) -> Error {
    Error::failed_precondition(format!("Attempting to use uninitialized value {name}"))
        .with_help("run global_variables_initializer() in this session first")
}
