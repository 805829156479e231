//! [`Slots`]: the variables that an optimizer keeps beside those it trains.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ndarray::IxDyn;

use crate::graph::{Graph, InitialValue, NodeId, Operation};
use crate::types::{Element, Error, Float, Result, memory};
use crate::variables::{AnyVariable, Initializer, Variable, VariableOptions, VariableScope, Zeros};

/// The variables that an optimizer keeps beside those it trains: for each of these some *slots* of
/// its type, such as Adam's `m` and `v`, and others that are *shared*, such as its `beta1_power`.
/// Clones are handles on the same.
#[derive(Clone, Debug)]
pub struct Slots {
    /// What the variables of slots are called, below the variable that they belong to.
    optimizer: String,
    /// Never locked while anything else is asked for something.
    made: Arc<Mutex<Made>>,
}

/// The variables that were made so far.
#[derive(Debug, Default)]
struct Made {
    slots: BTreeMap<String, BTreeMap<Key, AnyVariable>>,
    shared: BTreeMap<(u64, String), AnyVariable>,
}

/// A variable: its graph's number and its node.
type Key = (u64, NodeId);

/// Refuses sums of squares that start at 0 or below, by whose root is divided.
pub(super) fn expect_positive(initial_accumulator_value: f64) -> Result<()> {
    if initial_accumulator_value > 0.0 {
        return Ok(());
    }
    let message =
        format!("initial_accumulator_value must be positive: {initial_accumulator_value}");
    Err(Error::invalid_argument(message))
}

/// A variable called `name` below `owner`, and given a number if there is one already.
#[track_caller]
pub(super) fn create_slot<T: Element>(
    owner: &Operation,
    name: &str,
    shape: &[usize],
    initializer: impl Initializer<T>,
    options: VariableOptions,
) -> Variable<T> {
    let graph = owner.graph();
    let scope = VariableScope::unique(format!("{}/{name}", owner.name()));
    graph.variable_scope(scope, || {
        graph.get_variable_with("", shape, initializer, options)
    })
}

fn key(variable: &AnyVariable) -> Key {
    (variable.graph().id(), variable.op().node())
}

impl Slots {
    pub(super) fn new(optimizer: &str) -> Self {
        Slots {
            optimizer: optimizer.to_string(),
            made: Arc::default(),
        }
    }

    fn made(&self) -> MutexGuard<'_, Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn rename(&mut self, optimizer: &str) {
        self.optimizer = optimizer.to_string();
    }

    /// The slot `name` of `variable`, made if it does not exist: of zeros, in the variable's shape.
    #[track_caller]
    pub fn zeros<T: Element>(&mut self, variable: &Variable<T>, name: &str) -> Variable<T> {
        self.create(variable, name, Zeros)
    }

    /// The slot `name` of `variable`, made if it does not exist: of elements `value`, in the
    /// variable's shape.
    ///
    /// The constant of these is made in any case, where TensorFlow has it: beside the variables and
    /// not below the slot.
    pub(super) fn full<T: Float>(&mut self, variable: &Variable<T>, name: &str, value: f64) {
        let optimizer = self.optimizer.clone();
        self.full_called(variable, name, &optimizer, value);
    }

    /// As [`full`](Slots::full), with the variable of the slot called `variable_name` below its
    /// owner.
    pub(super) fn full_called<T: Float>(
        &mut self,
        variable: &Variable<T>,
        name: &str,
        variable_name: &str,
        value: f64,
    ) {
        let Some(shape) = variable.shape().to_known() else {
            self.no_shape(variable, name);
            return;
        };
        let elements = memory::filled(IxDyn(&shape), T::from_f64(value));
        let initial = variable.graph().constant_or_mistake("Const", elements);
        self.create_called(variable, name, variable_name, initial);
    }

    /// The slot `name` of `variable`, made if it does not exist: with this initial value, in the
    /// variable's shape.
    #[track_caller]
    pub fn create<T: Element>(
        &mut self,
        variable: &Variable<T>,
        name: &str,
        initializer: impl Initializer<T>,
    ) -> Variable<T> {
        let optimizer = self.optimizer.clone();
        self.create_called(variable, name, &optimizer, initializer)
    }

    /// As [`create`](Slots::create), with the variable of the slot called `variable_name` below its
    /// owner.
    #[track_caller]
    pub(super) fn create_called<T: Element>(
        &mut self,
        variable: &Variable<T>,
        name: &str,
        variable_name: &str,
        initializer: impl Initializer<T>,
    ) -> Variable<T> {
        if let Some(known) = self.find(variable, name) {
            return known;
        }
        let Some(shape) = variable.shape().to_known() else {
            return self.no_shape(variable, name);
        };
        let options = VariableOptions::new().trainable(false);
        let owner = variable.op();
        let slot = create_slot(&owner, variable_name, &shape, initializer, options);
        let (key, any) = (key(&variable.any()), slot.any());
        let mut made = self.made();
        let slots = made.slots.entry(name.to_string()).or_default();
        slots.insert(key, any);
        slot
    }

    /// The mistake of a slot in a shape that is not known.
    #[track_caller]
    fn no_shape<T: Element>(&self, variable: &Variable<T>, name: &str) -> Variable<T> {
        let message = format!(
            "{} keeps a slot in the shape of {variable}, which is not known",
            self.optimizer
        );
        let error = Error::invalid_argument(message).with_help(
            "make the variable without validate_shape(false), or train it with GradientDescentOptimizer",
        );
        Variable::failed(variable.graph(), name, error)
    }

    /// The slot `name` of `variable`.
    ///
    /// # Errors
    /// If it was not made, the handle stands for that mistake.
    #[track_caller]
    pub fn get<T: Element>(&self, variable: &Variable<T>, name: &str) -> Variable<T> {
        self.find(variable, name).unwrap_or_else(|| {
            let message = format!(
                "{} has no slot called {name} for {variable}",
                self.optimizer
            );
            Variable::failed(variable.graph(), name, Error::failed_precondition(message))
        })
    }

    pub(super) fn find<T: Element>(
        &self,
        variable: &Variable<T>,
        name: &str,
    ) -> Option<Variable<T>> {
        let key = key(&variable.any());
        let slot = self.made().slots.get(name)?.get(&key)?.clone();
        slot.typed().ok()
    }

    /// The variable `name` of the optimizer itself in this graph, made with this value if it does
    /// not exist.
    #[track_caller]
    pub fn create_shared<T: Element>(
        &mut self,
        graph: &Graph,
        name: &str,
        initial_value: impl InitialValue<T>,
    ) -> Variable<T> {
        if let Some(known) = self.find_shared(graph, name) {
            return known;
        }
        let options = VariableOptions::new().trainable(false);
        let variable = graph.variable_with(initial_value, options).named(name);
        let key = (graph.id(), name.to_string());
        self.made().shared.insert(key, variable.any());
        variable
    }

    /// The variable `name` of the optimizer itself in this graph.
    ///
    /// # Errors
    /// If it was not made, the handle stands for that mistake.
    #[track_caller]
    pub fn get_shared<T: Element>(&self, graph: &Graph, name: &str) -> Variable<T> {
        self.find_shared(graph, name).unwrap_or_else(|| {
            let message = format!("{} has no variable called {name}", self.optimizer);
            Variable::failed(graph, name, Error::failed_precondition(message))
        })
    }

    fn find_shared<T: Element>(&self, graph: &Graph, name: &str) -> Option<Variable<T>> {
        let key = (graph.id(), name.to_string());
        let found = self.made().shared.get(&key)?.clone();
        found.typed().ok()
    }

    /// The names of all kinds of slots, sorted.
    pub(super) fn names(&self) -> Vec<String> {
        self.made().slots.keys().cloned().collect()
    }

    /// All variables, sorted by name.
    pub(super) fn variables(&self) -> Vec<AnyVariable> {
        let made = self.made();
        let slots = made.slots.values().flat_map(BTreeMap::values);
        let mut all: Vec<AnyVariable> = made.shared.values().chain(slots).cloned().collect();
        drop(made);
        all.sort_by_cached_key(AnyVariable::name);
        all
    }
}
