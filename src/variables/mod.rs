//! Variables: tensors whose values last from run to run.
//!
//! [`Graph::variable`](crate::Graph::variable) is TensorFlow's `tf.Variable`,
//! [`Graph::get_variable`](crate::Graph::get_variable) its `tf.get_variable`, with
//! [variable scopes](crate::Graph::variable_scope) to share variables between parts of a model.

mod any;
mod by_name;
mod constraint;
mod custom_getter;
mod entered;
mod get_variable;
mod graph;
mod initializing;
mod moving_average;
mod operators;
mod regularizer;
mod reuse;
mod scatter;
mod scope;
mod scope_initializer;
mod variable;
mod variable_ref;

pub use any::AnyVariable;
pub(crate) use constraint::Constraint;
pub use custom_getter::{VariableGetter, VariableRequest};
pub use get_variable::Initializer;
pub(crate) use get_variable::Zeros;
pub use graph::VariableOptions;
pub(crate) use moving_average::{assign_moving_average, zero_debiased_moving_average};
pub use regularizer::Regularizer;
pub use reuse::{AUTO_REUSE, Reuse};
pub use scope::VariableScope;
pub use scope_initializer::{FloatInitializer, ScopeInitializer};
pub use variable::Variable;
