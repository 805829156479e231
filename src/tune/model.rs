//! [`Train`], [`Steer`]: what a search and a panda need of a model; [`SavedVariables`].

use crate::session::Session;
use crate::types::{AnyArray, Result};
use crate::variables::AnyVariable;

/// A model that can be trained epoch by epoch.
///
/// What an epoch is, the model decides: a pass over the data, or any other stretch of training
/// after which a score is worth having.
pub trait Train {
    /// Trains epoch number `epoch` (from 0) and gives the score that the model then has: the cost,
    /// or the accuracy, on what was held back for that.
    ///
    /// For a search to give the same results every time, what it does may depend on nothing but the
    /// model and `epoch`: an order of examples should be shuffled with the epoch as its seed.
    ///
    /// # Errors
    /// What ends the training of this model; the search goes on with the others.
    fn epoch(&mut self, epoch: usize) -> Result<f64>;
}

impl<T: Train + ?Sized> Train for Box<T> {
    fn epoch(&mut self, epoch: usize) -> Result<f64> {
        (**self).epoch(epoch)
    }
}

/// A model from a closure that is [`Train::epoch`].
///
/// ```
/// use tf1::tune::{Train, each_epoch};
///
/// let mut w = 4.0;
/// let mut model = each_epoch(move |_| {
///     w -= 0.25 * 2.0 * w; // a step down the slope of w²
///     Ok(w * w)
/// });
/// assert_eq!(model.epoch(0)?, 4.0);
/// assert_eq!(model.epoch(1)?, 1.0);
/// # Ok::<(), tf1::Error>(())
/// ```
pub fn each_epoch<F: FnMut(usize) -> Result<f64>>(epoch: F) -> EachEpoch<F> {
    EachEpoch(epoch)
}

/// What [`each_epoch`] makes.
#[derive(Clone)]
pub struct EachEpoch<F>(F);

impl<F> std::fmt::Debug for EachEpoch<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EachEpoch").finish_non_exhaustive()
    }
}

impl<F: FnMut(usize) -> Result<f64>> Train for EachEpoch<F> {
    fn epoch(&mut self, epoch: usize) -> Result<f64> {
        (self.0)(epoch)
    }
}

/// A model that a [`Panda`](super::Panda) can steer while it is trained.
///
/// ```
/// use tf1 as tf;
/// use tf1::tune::{SavedVariables, Steer, Train};
///
/// struct Model {
///     session: tf::Session,
///     train: tf::Operation,
///     cost: tf::Tensor<f32>,
///     learning_rate: tf::Variable<f32>,
/// }
///
/// impl Train for Model {
///     fn epoch(&mut self, _: usize) -> tf::Result<f64> {
///         let ((), cost) = self.session.run((&self.train, self.cost.scalar()), [])?;
///         Ok(cost.into())
///     }
/// }
///
/// impl Steer for Model {
///     type State = SavedVariables;
///
///     fn save(&self) -> tf::Result<SavedVariables> {
///         SavedVariables::of(&self.session)
///     }
///
///     fn restore(&mut self, state: &SavedVariables) -> tf::Result<()> {
///         state.load(&self.session)
///     }
///
///     fn set(&mut self, name: &str, value: f64) -> tf::Result<()> {
///         match name {
///             "learning_rate" => self.session.load([(&self.learning_rate, ndarray::arr0(value as f32).into_dyn())]),
///             _ => Err(tf::Error::not_found(format!("the model has no hyperparameter '{name}'"))),
///         }
///     }
/// }
/// ```
pub trait Steer: Train {
    /// All that the rest of the training depends on. For a model that is a session's variables,
    /// [`SavedVariables`]; with more, a tuple of these and the rest.
    type State: Send + Sync;

    /// The state, so that [`restore`](Steer::restore) can come back to it.
    ///
    /// # Errors
    /// If the state cannot be had.
    fn save(&self) -> Result<Self::State>;

    /// Comes back to a state: the epochs that follow give what they gave after it was saved, bit
    /// for bit.
    ///
    /// # Errors
    /// If the state is not one of this model.
    fn restore(&mut self, state: &Self::State) -> Result<()>;

    /// Changes a hyperparameter from the next epoch on, such as a learning rate that is a variable
    /// or is fed.
    ///
    /// # Errors
    /// If there is no hyperparameter of that name, or if it cannot change any more.
    fn set(&mut self, name: &str, value: f64) -> Result<()>;
}

/// The values of all global variables of a session at one moment: weights, the optimizers' slots,
/// the global step.
///
/// Nothing is copied when it is taken: what training changes afterwards gets memory of its own. How
/// far the random ops of the graph have come is not part of it, as it is not part of TensorFlow's
/// checkpoints: a model with dropout goes on well from here, but with other random numbers.
#[derive(Clone, Debug)]
pub struct SavedVariables(Vec<(AnyVariable, AnyArray)>);

impl SavedVariables {
    /// The values that the variables have now.
    ///
    /// # Errors
    /// As [`Session::snapshot`].
    #[track_caller]
    pub fn of(session: &Session) -> Result<Self> {
        let variables = session.graph().global_variables();
        let values = session.snapshot(&variables)?;
        Ok(SavedVariables(variables.into_iter().zip(values).collect()))
    }

    /// Gives the variables these values again, in this session or another one of the same graph.
    ///
    /// # Errors
    /// As [`Session::load`].
    #[track_caller]
    pub fn load(&self, session: &Session) -> Result<()> {
        session.load(self.0.iter().cloned())
    }
}
