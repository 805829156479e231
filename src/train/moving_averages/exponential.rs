//! [`ExponentialMovingAverage`]: moving averages of a model's variables.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::averaged::Averaged;
use crate::graph::{Graph, GraphKeys, Operation, Output, Tensor, graph_of};
use crate::ops::control::group;
use crate::ops::math::{cast_to, difference, minimum};
use crate::train::HyperParameter;
use crate::train::slots::create_slot;
use crate::types::{Element, Error, Float, Result, Set, with_class};
use crate::variables::{
    AnyVariable, Variable, VariableOptions, Zeros, assign_moving_average,
    zero_debiased_moving_average,
};

/// Keeps moving averages of variables, which often predict better than the variables do at the end
/// of training, as `tf.train.ExponentialMovingAverage` does:
///
/// ```text
/// average ← decay · average + (1 - decay) · variable
/// ```
///
/// Apply it where the variables have been changed, and train by the operation that this gives:
///
/// ```
/// use tf1 as tf;
/// use tf1::train::{ExponentialMovingAverage, GradientDescentOptimizer, Optimizer};
///
/// let graph = tf::Graph::new();
/// let w = graph.get_variable::<f32>("w", [], tf::initializers::ones());
/// let step = GradientDescentOptimizer::new(0.5).minimize(w.value()); // w -= 0.5
/// let averages = ExponentialMovingAverage::new(0.75);
/// let train = graph.control_dependencies([&step], || averages.apply([&w]));
/// let average = averages.average(&w).expect("it was applied to w");
/// assert_eq!(average.name(), "w/ExponentialMovingAverage:0");
///
/// let session = tf::Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// session.run(&train, [])?;
/// let values = session.run((w.value().scalar(), average.value().scalar()), [])?;
/// assert_eq!(values, (0.5, 0.875)); // 0.75 · 1 + 0.25 · 0.5
/// # Ok::<(), tf::Error>(())
/// ```
///
/// The average of a variable is another one, `w/ExponentialMovingAverage`. It starts with the value
/// that the variable has when the average is initialized, or the variable's own initial value if it
/// has none by then. That of a tensor starts at 0. (The op that initializes the average finds that
/// out. TensorFlow has a `cond` for it; its nodes are the only ones that are not made here.)
///
/// To use the averages in place of the variables, restore a checkpoint by the names that
/// [`variables_to_restore`](ExponentialMovingAverage::variables_to_restore) gives.
///
/// Source: B. Polyak and A. Juditsky, "Acceleration of stochastic approximation by
/// averaging", 1992.
#[derive(Debug)]
pub struct ExponentialMovingAverage {
    decay: HyperParameter,
    num_updates: Option<Averaged>,
    zero_debias: bool,
    name: String,
    averages: Mutex<BTreeMap<Key, AnyVariable>>,
}

/// A variable's memory or a tensor: its graph's number and its place.
type Key = (u64, Output);

impl ExponentialMovingAverage {
    /// Averages that keep the part `decay` of themselves in every step: close to 1, such as 0.999.
    pub fn new(decay: impl Into<HyperParameter>) -> Self {
        ExponentialMovingAverage {
            decay: decay.into(),
            num_updates: None,
            zero_debias: false,
            name: "ExponentialMovingAverage".to_string(),
            averages: Mutex::default(),
        }
    }

    /// Lowers the decay to (1 + n) / (10 + n) where that is less, n being this number of steps (a
    /// scalar, such as [the global step](crate::train::get_global_step)): the averages move faster
    /// at first.
    pub fn num_updates(mut self, num_updates: impl Into<Averaged>) -> Self {
        self.num_updates = Some(num_updates.into());
        self
    }

    /// Takes away the pull towards 0 that the averages of tensors have as they start at 0; see
    /// [`assign_moving_average`](super::assign_moving_average). Averages of variables start with
    /// their values and have none.
    ///
    /// As in TensorFlow, this holds for the call of [`apply`](ExponentialMovingAverage::apply) that
    /// makes the average.
    pub fn zero_debias(mut self) -> Self {
        self.zero_debias = true;
        self
    }

    /// Gives the averages and operations another name.
    pub fn named(mut self, name: &str) -> Self {
        self.name = name.to_string();
        self
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// An operation that moves the average of each of these variables and tensors by one step. An
    /// average that does not exist yet is made.
    ///
    /// TensorFlow without a list takes `graph.trainable_variables()`. The operation reads variables
    /// when all control dependencies around this call have run.
    ///
    /// # Errors
    /// `InvalidArgument` if one is not of floating type or of another graph, if a tensor's shape is
    /// not fully known, or if the list is empty: then there is no graph to build in, and no session
    /// can run the operation.
    #[track_caller]
    pub fn apply<V: Into<Averaged>>(&self, variables: impl IntoIterator<Item = V>) -> Operation {
        let variables: Vec<Averaged> = variables.into_iter().map(Into::into).collect();
        let graph = graph_of(&[variables.first().map(|first| first.graph().clone())]);
        graph.op_call(|| match self.try_apply(&graph, &variables) {
            Ok(operation) => operation,
            Err(error) => {
                graph.op_scope(&self.name, |scope| scope.failed::<f32>("NoOp", error).op())
            }
        })
    }

    #[track_caller]
    fn try_apply(&self, graph: &Graph, variables: &[Averaged]) -> Result<Operation> {
        if let Some(first) = variables.first() {
            let tensors = variables.iter().chain(&self.num_updates);
            graph.expect_own(tensors.map(Averaged::tensor), first.tensor())?;
        }
        let debiased = graph.clear_control_dependencies(|| self.create_averages(variables))?;
        graph.name_scope_as(&self.name, |scope| {
            let decay = &self.current_decay(graph)?;
            let mut updates = Vec::with_capacity(variables.len());
            for variable in variables {
                let key = variable.key();
                updates.push(self.move_average(variable, decay, debiased.contains(&key))?);
            }
            Ok(group(&updates).named(scope))
        })
    }

    /// Makes the averages that there are not yet, and says which of them are to be debiased.
    #[track_caller]
    fn create_averages(&self, variables: &[Averaged]) -> Result<Set<Key>> {
        let mut debiased = Set::default();
        for variable in variables {
            let dtype = variable.tensor().dtype();
            if self.find(variable).is_some() {
                continue;
            }
            let average = with_class!(floating, dtype, T => self.create::<T>(variable)?.any(), {
                let name = variable.tensor().name();
                let message = format!("The variables must be half, float, or double: {name}");
                return Err(Error::invalid_argument(message));
            });
            if self.zero_debias && matches!(variable, Averaged::Tensor(_)) {
                debiased.insert(variable.key());
            }
            self.averages().insert(variable.key(), average);
        }
        Ok(debiased)
    }

    #[track_caller]
    fn create<T: Element>(&self, variable: &Averaged) -> Result<Variable<T>> {
        let (owner, tensor) = (variable.op(), variable.tensor());
        let Some(shape) = tensor.shape().to_known() else {
            let message = format!("the shape of {tensor} must be known to keep its average");
            return Err(Error::invalid_argument(message).with_help("tell it by set_shape"));
        };
        let options = VariableOptions::new().trainable(false);
        Ok(match variable {
            Averaged::Tensor(_) => create_slot(&owner, &self.name, &shape, Zeros, options),
            Averaged::Variable(variable) => {
                let options = options.starting_as(variable.clone());
                let initial_value: Tensor<T> = variable.initial_value().typed()?;
                let average = create_slot(&owner, &self.name, &shape, initial_value, options);
                let key = GraphKeys::MOVING_AVERAGE_VARIABLES;
                variable
                    .graph()
                    .add_to_collection(key, variable.memory().clone());
                average
            }
        })
    }

    /// The decay of this step.
    #[track_caller]
    fn current_decay(&self, graph: &Graph) -> Result<Tensor<f32>> {
        let decay = self.decay.tensor(graph, "decay");
        let Some(num_updates) = &self.num_updates else {
            return Ok(decay);
        };
        let count = num_updates.tensor();
        let count = with_class!(numeric, count.dtype(), T => {
            let count = count.typed::<T>()?;
            match T::DTYPE == f32::DTYPE {
                true => count.any().typed::<f32>()?,
                false => cast_to::<T, f32>(count).named("num_updates"),
            }
        }, return Err(Error::invalid_argument(format!("num_updates must be a number, not {count}"))));
        Ok(minimum(decay, (1.0 + &count) / (10.0 + &count)))
    }

    /// Adds the ops that move one average.
    #[track_caller]
    fn move_average(
        &self,
        variable: &Averaged,
        decay: &Tensor<f32>,
        is_debiased: bool,
    ) -> Result<Operation> {
        let average = self.find(variable).ok_or_else(|| {
            Error::internal(format!("there is no average of {}", variable.tensor()))
        })?;
        let weight = || difference(1.0, decay);
        with_class!(floating, average.dtype(), T => {
            let (average, value) = (average.typed::<T>()?, variable.tensor().typed::<T>()?);
            Ok(match is_debiased {
                true => zero_debiased_moving_average(&average, &value, weight).op(),
                false => assign_moving_average(&average, &value, weight).op(),
            })
        }, Err(Error::internal("an average is not of floating type")))
    }

    /// The average of a variable, if there is one.
    pub fn average<T: Float>(&self, variable: &Variable<T>) -> Option<Variable<T>> {
        self.find(&variable.into())?.typed().ok()
    }

    /// The average of a tensor, if there is one.
    pub fn average_of_tensor<T: Float>(&self, tensor: &Tensor<T>) -> Option<Variable<T>> {
        self.find(&tensor.into())?.typed().ok()
    }

    /// The name of the average of a variable or tensor. If there is none, the name that a node
    /// named after it and the average would get in the current name scope, as in TensorFlow.
    pub fn average_name(&self, variable: impl Into<Averaged>) -> String {
        let variable = variable.into();
        if let Some(average) = self.find(&variable) {
            return average.op().name();
        }
        let name = format!("{}/{}", variable.op().name(), self.name);
        variable.graph().next_name(&name)
    }

    /// The variables of `graph`, each with the name in a checkpoint from which to restore it.
    /// Variables that are trained, and those of which averages are kept, are restored from their
    /// averages; all others from their own values.
    ///
    /// ```
    /// use tf1::train::ExponentialMovingAverage;
    /// use tf1::{Graph, initializers};
    ///
    /// let graph = Graph::new();
    /// let w = graph.get_variable::<f32>("w", [2], initializers::zeros());
    /// let step = tf1::train::get_or_create_global_step(&graph);
    /// let by_name = ExponentialMovingAverage::new(0.9).variables_to_restore(&graph);
    /// assert_eq!(by_name["w/ExponentialMovingAverage"].name(), "w:0");
    /// assert_eq!(by_name["global_step"].name(), "global_step:0");
    /// assert_eq!(by_name.len(), 2);
    /// ```
    pub fn variables_to_restore(&self, graph: &Graph) -> BTreeMap<String, AnyVariable> {
        let mut averaged = graph.trainable_variables();
        averaged.extend(graph.variables_of(GraphKeys::MOVING_AVERAGE_VARIABLES));
        let by_average = averaged
            .into_iter()
            .map(|variable| (self.average_name(&variable), variable));
        let mut by_name: BTreeMap<String, AnyVariable> = by_average.collect();
        let place = |variable: &AnyVariable| variable.memory().output();
        let known: Set<Output> = by_name.values().map(place).collect();
        let others = graph.global_variables().into_iter();
        for variable in others.filter(|variable| !known.contains(&place(variable))) {
            by_name.entry(variable.op().name()).or_insert(variable);
        }
        by_name
    }

    fn find(&self, variable: &Averaged) -> Option<AnyVariable> {
        self.averages().get(&variable.key()).cloned()
    }

    fn averages(&self) -> MutexGuard<'_, BTreeMap<Key, AnyVariable>> {
        self.averages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
