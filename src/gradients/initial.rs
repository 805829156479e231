//! The gradients with which a walk starts.

use crate::graph::{AnyTensor, Graph};
use crate::ops::array::{fill, identity_any, shape};
use crate::types::{DType, Error, Number, Result, with_class};

/// The gradient with respect to each of `ys` that the walk starts with: what was given, else ones.
#[track_caller]
pub(super) fn initial_gradients(
    graph: &Graph,
    ys: &[AnyTensor],
    grad_ys: &[Option<AnyTensor>],
) -> Result<Vec<AnyTensor>> {
    if !grad_ys.is_empty() && grad_ys.len() != ys.len() {
        return Err(Error::invalid_argument(format!(
            "Passed {} grad_ys for {} ys",
            grad_ys.len(),
            ys.len()
        )));
    }
    let given = |i: usize| grad_ys.get(i).and_then(Option::as_ref);
    ys.iter()
        .enumerate()
        .map(|(i, y)| initial_gradient(graph, y, given(i), &format!("grad_ys_{i}")))
        .collect()
}

#[track_caller]
fn initial_gradient(
    graph: &Graph,
    y: &AnyTensor,
    given: Option<&AnyTensor>,
    name: &str,
) -> Result<AnyTensor> {
    let is_number = |dtype: DType| dtype.is_floating() || dtype.is_integer();
    match given {
        Some(given) if is_number(y.dtype()) && !is_number(given.dtype()) => {
            Err(Error::invalid_argument(format!(
                "Gradient type {} generated for real or integer-valued tensor {y} with type {} must be real or integer",
                given.dtype(),
                y.dtype()
            )))
        }
        Some(given) if y.dtype().is_complex() && !given.dtype().is_complex() => {
            Err(Error::invalid_argument(format!(
                "Gradient type {} generated for complex-valued tensor {y} with type {} must be complex",
                given.dtype(),
                y.dtype()
            )))
        }
        None if y.dtype().is_complex() => Err(Error::invalid_argument(format!(
            "Gradients of complex tensors must set grad_ys (y.dtype = tf.{})",
            y.dtype()
        ))),
        Some(given) => Ok(graph.op_scope(name, |scope| identity_any(scope, given))),
        None => with_class!(numeric, y.dtype(), T => {
            let dims = shape(y.assume::<T>());
            let one = graph.constant_named(name, ndarray::arr0(<T as Number>::ONE).into_dyn());
            Ok(fill(dims, one).any())
        }, Err(Error::invalid_argument(format!(
            "Tensor {y} with type {} must be numeric to obtain a default gradient",
            y.dtype()
        )))),
    }
}
