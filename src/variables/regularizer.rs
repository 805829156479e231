//! [`Regularizer`]: a penalty on the values of a variable.

use std::fmt::Debug;

use crate::graph::AnyTensor;

/// A penalty on the values of a variable, which training then keeps small:
/// what `tf.get_variable` takes as `regularizer=`.
///
/// [`VariableOptions::regularizer`](super::VariableOptions::regularizer) gives one to a variable
/// and [`VariableScope::regularizer`](super::VariableScope::regularizer) to all that are made in a
/// scope; [`layers`](crate::layers) has the usual ones. The penalties count once they are added to
/// the loss, as [`losses::get_regularization_loss`](crate::losses::get_regularization_loss) and
/// [`losses::get_total_loss`](crate::losses::get_total_loss) do.
///
/// ```
/// use tf1::{AnyTensor, Graph, Regularizer, VariableOptions, initializers, losses};
///
/// /// The largest magnitude.
/// #[derive(Debug)]
/// struct Largest;
///
/// impl Regularizer for Largest {
///     fn penalty(&self, weights: &AnyTensor) -> Option<AnyTensor> {
///         let weights = weights.typed::<f32>().ok()?;
///         Some(tf1::reduce_max(tf1::abs(weights), ..).any())
///     }
/// }
///
/// let graph = Graph::new();
/// let options = VariableOptions::new().regularizer(Largest);
/// let _ = graph.get_variable_with::<f32>("w", [2], initializers::ones(), options);
/// assert_eq!(losses::get_regularization_losses(&graph)[0].name(), "w/Regularizer/Max:0");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a regularizer",
    label = "not a regularizer",
    note = "write one of `tf::layers`, such as `tf::layers::l2_regularizer(0.01)`"
)]
pub trait Regularizer: Debug + Send + Sync + 'static {
    /// Adds the nodes that compute the penalty on `weights`, a scalar of the same type; `None` if
    /// it costs nothing.
    fn penalty(&self, weights: &AnyTensor) -> Option<AnyTensor>;
}
