//! What is known of an op's outputs while the graph is built.

use std::sync::Arc;

use crate::kernels::FlushDenormals;
use crate::kernels::pool::Pool;
use crate::types::{Result, Value};

use super::context::{InferContext, Inputs, Kernel, Outputs};
use super::{Effect, Op, TensorInfo};

/// Integer tensors of at most this many elements are computed while the graph is built, to know
/// shapes from them.
const FOLD_LIMIT: usize = 256;

/// What an op's outputs are, including the values of small integer tensors that its inputs' known
/// values determine.
pub(crate) fn infer_with_values(op: &dyn Op, inputs: &[TensorInfo]) -> Result<Vec<TensorInfo>> {
    // A run takes subnormal numbers for zero, so what is computed of constants beforehand does so,
    // too.
    let has_constant = inputs.iter().any(|input| input.constant.is_some());
    let _flush = has_constant.then(FlushDenormals::enable);
    let mut outputs = op.infer(&InferContext::new(inputs))?;
    // As in TensorFlow, a value may be known although the shape rule leaves its length open.
    let worth_it = |info: &TensorInfo| {
        info.dtype.is_integer() && info.shape.size().is_none_or(|size| size <= FOLD_LIMIT)
    };
    let is_small = |value: &Value<'_>| value.shape().iter().product::<usize>() <= FOLD_LIMIT;
    let foldable = op.effect() == Effect::Pure
        && !inputs.is_empty()
        && !outputs.is_empty()
        && inputs
            .iter()
            .all(|input| input.constant.as_deref().is_some_and(is_small))
        && outputs.iter().all(worth_it);
    if foldable {
        let values: Vec<_> = inputs
            .iter()
            .flat_map(|input| input.constant.as_deref().cloned())
            .collect();
        let mut kernel = Kernel::new(
            Inputs::new(&values),
            Outputs::new(outputs.len()),
            &mut [],
            None,
            Pool::alone(),
        );
        // A kernel that fails on these values will say so when it is run, and so will a shape rule
        // that does not hold for them.
        if allows_values(op, inputs) && op.compute(&mut kernel).is_ok() {
            for (info, value) in outputs.iter_mut().zip(kernel.outputs.into_values()) {
                let as_said = |value: &Value<'_>| {
                    is_small(value)
                        && value.dtype() == info.dtype
                        && info.shape.admits(value.shape())
                };
                let value = value.filter(as_said);
                info.constant = value
                    .and_then(|value| value.to_owned_value().ok())
                    .map(Arc::new);
            }
        }
    }
    Ok(outputs)
}

/// Whether the shape rule accepts the known values of the inputs; `infer` may not have seen all of
/// their shapes.
fn allows_values(op: &dyn Op, inputs: &[TensorInfo]) -> bool {
    if inputs.iter().all(|input| input.shape.is_known()) {
        return true;
    }
    let exact = inputs.iter().cloned().map(|mut input| {
        if let Some(value) = &input.constant {
            input.shape = value.shape().into();
        }
        input
    });
    let exact: Vec<TensorInfo> = exact.collect();
    op.infer(&InferContext::new(&exact)).is_ok()
}
