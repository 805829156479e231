//! Variables: tensors whose values last from run to run.
//!
//! [`Graph::variable`](crate::Graph::variable) is TensorFlow's `tf.Variable`,
//! [`Graph::get_variable`](crate::Graph::get_variable) its `tf.get_variable`, with
//! [variable scopes](crate::Graph::variable_scope) to share variables between parts of a model.

mod get_variable;
mod handle;
mod operators;
mod scope;

pub use get_variable::Initializer;
pub use handle::{AnyVariable, Variable, VariableOptions};
pub use scope::{Reuse, VariableScope};
