//! [`RuleOptimizer`]: an optimizer that changes each variable by a rule.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use super::optimizer::{GradientAndVariable, Optimizer};
use super::options::{ApplyGradients, ComputeGradients, GateGradients};
use super::rule::{Step, UpdateRule};
use super::slots::Slots;
use crate::gradients::{Gradients, gradients_with, tuple_of};
use crate::graph::{AnyTensor, Gradient, Graph, IndexedSlices, Operation};
use crate::ops::control::group;
use crate::ops::state::assign_add;
use crate::types::{DType, Element, Error, Number, Result, with_class};
use crate::variables::{AnyVariable, Constraint, Variable};

/// An optimizer that changes each variable by the rule `R`, and keeps what variables the rule needs
/// for that.
///
/// [`GradientDescentOptimizer`](super::GradientDescentOptimizer) and the others are built on it;
/// see [`UpdateRule`] for one with a rule of your own.
pub struct RuleOptimizer<R> {
    name: String,
    rule: R,
    slots: Slots,
    turn: Mutex<()>,
    /// The thread that has the turn to add ops.
    adding: Mutex<Option<ThreadId>>,
}

impl<R: UpdateRule> RuleOptimizer<R> {
    /// An optimizer with this rule; `name` is what its operations, slots and scopes are called.
    pub fn with_rule(name: &str, rule: R) -> Self {
        RuleOptimizer {
            name: name.to_string(),
            rule,
            slots: Slots::new(name),
            turn: Mutex::default(),
            adding: Mutex::default(),
        }
    }

    /// The same optimizer with another name, as TensorFlow's argument `name=` gives it.
    pub fn named(mut self, name: &str) -> Self {
        self.name = name.to_string();
        self.slots.rename(name);
        self
    }

    /// The rule.
    pub fn rule(&self) -> &R {
        &self.rule
    }

    pub(super) fn rule_mut(&mut self) -> &mut R {
        &mut self.rule
    }

    /// The slot `name` of `variable`, if the optimizer made it.
    pub fn get_slot<T: Element>(&self, variable: &Variable<T>, name: &str) -> Option<Variable<T>> {
        self.slots.find(variable, name)
    }

    /// The names of the kinds of slots that the optimizer made, sorted.
    pub fn get_slot_names(&self) -> Vec<String> {
        self.slots.names()
    }

    /// All variables that the optimizer made, sorted by name.
    pub fn variables(&self) -> Vec<AnyVariable> {
        self.slots.variables()
    }

    /// Waits for the turn to add ops, as two threads that do so at once would make a slot twice.
    ///
    /// # Errors
    /// `FailedPrecondition` if this thread has it already.
    fn turn(&self) -> Result<Turn<'_>> {
        let me = Some(thread::current().id());
        if *lock(&self.adding) == me {
            let message = format!("the rule of {} asks {} for updates", self.name, self.name);
            return Err(Error::failed_precondition(message)
                .with_help("let the rule make its own ops, or use another optimizer there"));
        }
        let turn = lock(&self.turn);
        *lock(&self.adding) = me;
        Ok(Turn {
            adding: &self.adding,
            _turn: turn,
        })
    }

    fn create_slots(
        &self,
        slots: &mut Slots,
        graph: &Graph,
        updated: &[(&Gradient, &AnyVariable)],
    ) -> Result<()> {
        self.rule.create_shared(slots, graph);
        for (_, variable) in updated {
            with_class!(floating, variable.dtype(), T => {
                self.rule.create_slots::<T>(slots, &variable.typed()?);
            }, return Err(invalid_type(variable.dtype(), &variable.name())));
        }
        Ok(())
    }

    /// Adds the ops that update one variable.
    fn update_one(
        &self,
        step: &Step<'_, R::Terms>,
        gradient: &Gradient,
        variable: &AnyVariable,
    ) -> Result<Operation> {
        with_class!(floating, variable.dtype(), T => {
            let variable = variable.typed::<T>()?;
            match gradient {
                Gradient::Dense(tensor) => Ok(self.rule.apply_dense(step, &variable, &tensor.typed()?)),
                Gradient::Sparse(IndexedSlices { values, indices, .. }) => with_class!(index, indices.dtype(), I => {
                    let indices = indices.typed::<I>()?;
                    Ok(self.rule.apply_sparse_duplicates(step, &variable, &values.typed()?, &indices))
                }, Err(Error::invalid_argument(format!("{indices} must be of type int32 or int64")))),
            }
        }, Err(invalid_type(variable.dtype(), &variable.name())))
    }
}

impl<R: UpdateRule> Optimizer for RuleOptimizer<R> {
    fn name(&self) -> &str {
        &self.name
    }

    fn differentiate(
        &self,
        loss: &AnyTensor,
        options: &ComputeGradients,
    ) -> Result<Vec<GradientAndVariable>> {
        let graph = loss.graph();
        expect_floating(loss.dtype(), || loss.name())?;
        if let Some(weights) = &options.grad_loss {
            expect_floating(weights.dtype(), || weights.name())?;
        }
        let variables = options
            .var_list
            .clone()
            .unwrap_or_else(|| graph.trainable_variables());
        if variables.is_empty() {
            return Err(
                Error::invalid_argument("No variables to optimize.").with_help(
                    "make a trainable variable before the optimizer, or name some by var_list",
                ),
            );
        }
        let targets: Vec<AnyTensor> = variables
            .iter()
            .map(|variable| variable.memory().clone())
            .collect();
        graph.expect_own(&targets, loss)?;
        let how = Gradients::new()
            .grad_ys(options.grad_loss.clone())
            .aggregation_method(options.aggregation_method);
        let how = if options.gate_gradients == GateGradients::Op {
            how.gate_gradients()
        } else {
            how
        };
        let mut gradients = gradients_with(loss, &targets, how);
        if options.gate_gradients == GateGradients::Graph {
            gradients = tuple_of(graph, gradients);
        }
        let pairs: Vec<_> = gradients.into_iter().zip(variables).collect();
        for (_, variable) in pairs.iter().filter(|(gradient, _)| gradient.is_some()) {
            expect_floating(variable.dtype(), || variable.name())?;
        }
        Ok(pairs)
    }

    fn update(
        &self,
        gradients: &[GradientAndVariable],
        options: &ApplyGradients,
    ) -> Result<Operation> {
        let updated = with_gradients(gradients)?;
        self.rule.check()?;
        let name = options.name.as_deref().unwrap_or(&self.name);
        if name.is_empty() || self.name.is_empty() {
            return Err(Error::invalid_argument("Must specify the optimizer name"));
        }
        let graph = updated[0].1.graph();
        let variables = updated.iter().map(|(_, variable)| *variable);
        let memories = variables
            .chain(&options.global_step)
            .map(AnyVariable::memory);
        graph.expect_own(memories, updated[0].1.memory())?;
        let _turn = self.turn()?;
        let mut slots = self.slots.clone();
        graph.clear_control_dependencies(|| self.create_slots(&mut slots, graph, &updated))?;
        graph.name_scope_as(name, |scope| {
            let step = Step::new(&slots, self.rule.terms(graph));
            let mut updates = Vec::with_capacity(updated.len());
            for (gradient, variable) in &updated {
                let scope = format!("update_{}", variable.op().name());
                let update = || {
                    let update = self.update_one(&step, gradient, variable)?;
                    match graph.constraint_of(variable) {
                        None => Ok(update),
                        Some(constraint) => constrained(&update, gradient, variable, &constraint),
                    }
                };
                updates.push(graph.name_scope(&scope, update)?);
            }
            updates.extend(self.rule.finish(&step, graph, &updates));
            match &options.global_step {
                None => Ok(group(&updates).named(scope)),
                Some(step) => count(graph, step, &group(&updates).named("update"), scope),
            }
        })
    }
}

/// The turn to add ops, which ends when this is dropped.
struct Turn<'o> {
    adding: &'o Mutex<Option<ThreadId>>,
    _turn: MutexGuard<'o, ()>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *lock(self.adding) = None;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Those of the variables that have a gradient, at least one.
fn with_gradients(pairs: &[GradientAndVariable]) -> Result<Vec<(&Gradient, &AnyVariable)>> {
    if pairs.is_empty() {
        return Err(Error::invalid_argument("No variables provided."));
    }
    let found = pairs
        .iter()
        .filter_map(|(gradient, variable)| Some((gradient.as_ref()?, variable)));
    let found: Vec<_> = found.collect();
    if found.is_empty() {
        let variables: Vec<String> = pairs
            .iter()
            .map(|(_, variable)| variable.to_string())
            .collect();
        let message = format!("No gradients provided for any variable: {variables:?}.");
        return Err(Error::invalid_argument(message));
    }
    Ok(found)
}

/// Gives the variable what the constraint makes of its value once `update` is done.
fn constrained(
    update: &Operation,
    gradient: &Gradient,
    variable: &AnyVariable,
    constraint: &Constraint,
) -> Result<Operation> {
    if matches!(gradient, Gradient::Sparse(_)) {
        let message = "Cannot use a constraint function on a sparse variable.";
        return Err(Error::invalid_argument(message));
    }
    let assigned = || {
        // Read where the nodes are run, after the update, and not as it was before the run.
        let value = constraint.of(variable)?;
        with_class!(floating, variable.dtype(), T => {
            Ok(variable.typed::<T>()?.assign(value.assume::<T>()).op())
        }, Err(invalid_type(variable.dtype(), &variable.name())))
    };
    variable.graph().control_dependencies([update], assigned)
}

/// Adds 1 to `step` once `updates` is done; the operation is called as `scope` is.
fn count(graph: &Graph, step: &AnyVariable, updates: &Operation, scope: &str) -> Result<Operation> {
    with_class!(numeric, step.dtype(), T => {
        let step = step.typed::<T>()?;
        Ok(graph.control_dependencies([updates], || assign_add(&step, T::ONE).named(scope).op()))
    }, Err(Error::invalid_argument(format!("global_step must be a number, not {step}"))))
}

fn expect_floating(dtype: DType, name: impl FnOnce() -> String) -> Result<()> {
    if dtype.is_floating() {
        Ok(())
    } else {
        Err(invalid_type(dtype, &name()))
    }
}

fn invalid_type(dtype: DType, name: &str) -> Error {
    let message =
        format!("Invalid type tf.{dtype} for {name}, expected: [tf.float32, tf.float64].");
    Error::invalid_argument(message)
}

impl<R: fmt::Debug> fmt::Debug for RuleOptimizer<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuleOptimizer")
            .field("name", &self.name)
            .field("rule", &self.rule)
            .finish_non_exhaustive()
    }
}
