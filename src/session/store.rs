//! [`Store`]: what a session keeps between runs: the variables' values and the stateful ops'
//! states.

use std::any::Any;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::graph::{Effect, Graph, NodeId, Op};
use crate::types::{Error, Map, Result, Value};

use super::nested::Nested;

/// The state that a stateful op keeps in a session.
pub(super) type OpState = Arc<Mutex<Box<dyn Any + Send>>>;

/// The variables' values and the stateful ops' states of one session.
///
/// All values are behind one lock, so that whoever takes it once sees them at one moment. Those who
/// change variables take turns first: with the turn a run knows that nobody else changes any, and
/// it needs the values for itself only while it changes them.
#[derive(Debug, Default)]
pub(super) struct Store {
    values: RwLock<Values>,
    turn: Mutex<()>,
    /// Where each variable's value is among the values.
    places: Mutex<Map<NodeId, usize>>,
    states: Mutex<Map<NodeId, OpState>>,
    closed: AtomicBool,
}

/// The variables' values, each in its place.
#[derive(Debug, Default)]
pub(super) struct Values {
    all: Vec<Option<Value<'static>>>,
    bytes: usize,
}

impl Values {
    /// A variable's value; `None` while uninitialized.
    #[inline]
    pub(super) fn get(&self, place: usize) -> Option<&Value<'static>> {
        self.all.get(place)?.as_ref()
    }

    /// A variable's value, to be changed to one of as many bytes.
    #[inline]
    pub(super) fn get_mut(&mut self, place: usize) -> Option<&mut Value<'static>> {
        self.all.get_mut(place)?.as_mut()
    }

    /// How many bytes all of them take. Adds nothing up: that would take long if done for each of
    /// many variables.
    #[inline]
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes a variable's value away.
    #[inline]
    pub(super) fn take(&mut self, place: usize) -> Option<Value<'static>> {
        let value = self.all.get_mut(place)?.take()?;
        self.bytes -= value.bytes();
        Some(value)
    }

    /// Gives a variable a value, or none. Returns the one that it had.
    #[inline]
    pub(super) fn replace(
        &mut self,
        place: usize,
        value: Option<Value<'static>>,
    ) -> Option<Value<'static>> {
        if place >= self.all.len() {
            self.all.resize(place + 1, None);
        }
        let old = std::mem::replace(&mut self.all[place], value);
        let bytes = |value: &Option<Value<'_>>| value.as_ref().map_or(0, Value::bytes);
        self.bytes = self.bytes + bytes(&self.all[place]) - bytes(&old);
        old
    }
}

impl Store {
    /// The place of a variable's value.
    pub(super) fn place(&self, variable: NodeId) -> usize {
        let mut places = lock(&self.places);
        let next = places.len();
        *places.entry(variable).or_insert(next)
    }

    /// The variable whose value is in a place.
    pub(super) fn variable(&self, place: usize) -> Option<NodeId> {
        let places = lock(&self.places);
        let found = places.iter().find(|(_, own)| **own == place);
        found.map(|(variable, _)| *variable)
    }

    /// The values of all variables, at one moment. To be held for short: nobody can change
    /// variables meanwhile.
    #[inline]
    pub(super) fn values(&self) -> RwLockReadGuard<'_, Values> {
        self.values.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the turn to change variables, which a run keeps from its first update to its end.
    ///
    /// # Errors
    /// `FailedPrecondition` if this thread is in an op that may change no variables.
    pub(super) fn turn(&self) -> Result<Turn<'_>> {
        let nested = Nested::turn()?;
        Ok(Turn {
            store: self,
            _turn: lock(&self.turn),
            _nested: nested,
        })
    }

    /// The state of the op at `node`, made when first asked for; `None` of an op that has none.
    pub(super) fn op_state(&self, node: NodeId, op: &dyn Op) -> Option<OpState> {
        if op.effect() != Effect::Stateful {
            return None;
        }
        if let Some(state) = lock(&self.states).get(&node) {
            return Some(Arc::clone(state));
        }
        // The op is asked while nothing is locked.
        let state = Arc::new(Mutex::new(op.new_state()?));
        let mut states = lock(&self.states);
        Some(Arc::clone(states.entry(node).or_insert(state)))
    }

    /// Whether the session is closed.
    #[inline]
    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Ends the session and forgets everything.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.clear();
    }

    /// Forgets everything, once a run that is changing variables has ended; within such a run
    /// nothing, as it does so at its end.
    pub(super) fn clear(&self) {
        let Ok(turn) = self.turn() else {
            return;
        };
        let values = std::mem::take(&mut *turn.values());
        let states = std::mem::take(&mut *lock(&self.states));
        drop(turn);
        // What a state does when it is dropped is the op's own business.
        drop((values, states));
    }
}

/// The turn to change variables.
#[derive(Debug)]
pub(super) struct Turn<'s> {
    store: &'s Store,
    _turn: MutexGuard<'s, ()>,
    _nested: Nested,
}

impl<'s> Turn<'s> {
    /// The values of all variables, to be changed. Runs that read wait meanwhile.
    pub(super) fn values(&self) -> Changing<'s> {
        let values = &self.store.values;
        Changing {
            values: values.write().unwrap_or_else(PoisonError::into_inner),
            _nested: Nested::values(),
        }
    }
}

/// The values of all variables, for this thread alone.
#[derive(Debug)]
pub(super) struct Changing<'s> {
    values: RwLockWriteGuard<'s, Values>,
    _nested: Nested,
}

impl Deref for Changing<'_> {
    type Target = Values;

    fn deref(&self) -> &Values {
        &self.values
    }
}

impl DerefMut for Changing<'_> {
    fn deref_mut(&mut self) -> &mut Values {
        &mut self.values
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The mistake of reading a variable of `graph` that has no value.
pub(super) fn uninitialized(graph: &Graph, variable: NodeId) -> Error {
    let name = graph.node_ref(variable).name;
    let error = Error::failed_precondition(format!("Attempting to use uninitialized value {name}"));
    let (help, initializer) = graph.how_to_initialize(variable);
    let error = error.with_help(help);
    match initializer {
        None => error,
        Some(initializer) => error.with_related(initializer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng, rngs::StdRng};

    use crate::types::DType;

    /// Whatever is done to values, the bytes reported are those that all of them take.
    #[test]
    fn bytes_are_those_of_all_values() {
        let mut random = StdRng::seed_from_u64(0);
        let value = |random: &mut StdRng| {
            let shape: Vec<usize> = (0..random.random_range(0..3))
                .map(|_| random.random_range(0..4))
                .collect();
            let types = [DType::Float32, DType::Int64, DType::Bool];
            Value::zeros(types[random.random_range(0..3)], &shape).expect("there is memory")
        };
        let (mut values, mut model) = (Values::default(), vec![None; 10]);
        for _ in 0..1000 {
            let place = random.random_range(0..model.len());
            let new = random.random_bool(0.7).then(|| value(&mut random));
            let old = match &new {
                None if random.random_bool(0.5) => values.take(place),
                _ => values.replace(place, new.clone()),
            };
            let shape = |value: &Option<Value<'_>>| {
                let value = value.as_ref();
                value.map(|value| (value.dtype(), value.shape().to_vec()))
            };
            assert_eq!(shape(&old), shape(&model[place]));
            model[place] = new;
            let sum: usize = model.iter().flatten().map(Value::bytes).sum();
            assert_eq!(values.bytes(), sum);
        }
    }
}
