//! [`Fetch`]: what a run shall compute, and the typed results that it gives back.

mod asked;
mod handles;
mod lists;
mod maps;
mod names;
mod places;
mod ranked;
mod request;
mod results;
mod slices;

use crate::types::Result;

pub(super) use asked::{Asked, Asking, Nothing};
pub use places::Places;
pub use ranked::{Ranked, Scalar};
pub use request::Request;
pub(super) use request::{Target, Targets, of_other_graph, retold};
pub use results::Results;
pub(super) use results::Source;
pub use slices::{GradientValue, IndexedSlicesValue};

/// What a run can be asked for: a tensor, variable or operation, the name of a tensor, and tuples,
/// arrays, vectors, slices and maps of these.
///
/// | asked for | given back |
/// | --- | --- |
/// | `&Tensor<T>`, `&Variable<T>` | `ArrayD<T>` |
/// | `tensor.scalar()` | `T` |
/// | `tensor.array1()`, `tensor.array2()`, ... up to `array6` | `Array1<T>`, `Array2<T>`, ... |
/// | `&AnyTensor` | [`AnyArray`](crate::AnyArray) |
/// | `"loss:0"`, the name of a tensor | [`AnyArray`](crate::AnyArray) |
/// | `&Operation` | `()` |
/// | [`&Gradient`](crate::Gradient), [`&IndexedSlices`](crate::IndexedSlices) | [`GradientValue`], [`IndexedSlicesValue`] |
/// | a tuple, array or vector | a tuple, array or vector of results |
/// | a `HashMap` or `BTreeMap` | a map of results under the same keys |
/// | an `Option` | an `Option` |
///
/// The result has the tensor's element type; asking for another does not compile:
///
/// ```compile_fail,E0308
/// use ndarray::{ArrayD, ArrayViewMut, IxDyn};
///
/// fn classes(session: &tf1::Session, logits: &tf1::Tensor<f32>) -> tf1::Result<ArrayD<f32>> {
///     let class: tf1::Tensor<f32> = tf1::argmax(logits, 0); // argmax gives Tensor<i64>
///     session.run(&class, [])
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be fetched",
    label = "not a tensor, a variable or an operation, nor a tuple, array, vector or map of these",
    note = "write `&loss` for an array, `loss.scalar()` for a number, `(&train, loss.scalar())` for several"
)]
pub trait Fetch {
    /// What a run gives back for this.
    type Output;

    /// Tells the run what to compute.
    fn request(&self, request: &mut Request);

    /// Takes the results, in the order in which they were requested.
    ///
    /// # Errors
    /// If the results are not what was requested, which only a defect can cause.
    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output>;

    /// Offers the arrays and numbers in `into` as places for the results, in the order in which
    /// they were requested.
    fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>);
}
