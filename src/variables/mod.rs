//! Variables: tensors whose values last from run to run.
//!
//! [`Graph::variable`](crate::Graph::variable) is TensorFlow's `tf.Variable`,
//! [`Graph::get_variable`](crate::Graph::get_variable) its `tf.get_variable`, with
//! [variable scopes](crate::Graph::variable_scope) to share variables between parts of a model.

mod any;
mod constraint;
mod get_variable;
mod graph;
mod kept;
mod moving_average;
mod operators;
mod regularizer;
mod scope;
mod variable;

pub use any::AnyVariable;
pub(crate) use constraint::Constraint;
pub use get_variable::Initializer;
pub use graph::VariableOptions;
pub(crate) use moving_average::assign_moving_average;
pub use regularizer::Regularizer;
pub use scope::{FloatInitializer, Reuse, ScopeInitializer, VariableScope};
pub use variable::Variable;
