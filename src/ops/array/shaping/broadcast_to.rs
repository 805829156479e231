//! `BroadcastTo`: a tensor stretched to a larger shape.

use std::sync::Arc;

use ndarray::IxDyn;

use super::super::classes::expect_index;
use super::super::shape_of;
use crate::graph::{
    Fusion, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo,
};
use crate::kernels::memory::stretched;
use crate::kernels::strided;
use crate::ops::IntoIntegers;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::math::Unbroadcast;
use crate::ops::support::{expect_rank, unequal_dims, with_integers};
use crate::types::{Element, Error, Result, Shape, with_bits, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    smooth "BroadcastTo(input: T, shape: Tidx) -> (output: T); Tidx: type = int32; \
        Tidx in index",
    |node| {
        expect_index(node, &["Tidx"])?;
        BroadcastTo
    }
)];

/// `input` stretched to `shape` by the rules of broadcasting, as `tf.broadcast_to` stretches it.
///
/// # Errors
/// `InvalidArgument` if it cannot be stretched to that shape.
#[track_caller]
pub fn broadcast_to<T: Element>(input: impl IntoTensor<T>, shape: impl IntoIntegers) -> Tensor<T> {
    with_integers(
        "BroadcastTo",
        BroadcastTo,
        (input, "input"),
        (shape, "shape"),
    )
}

#[derive(Debug)]
struct BroadcastTo;

impl Op for BroadcastTo {
    fn op_type(&self) -> &'static str {
        "BroadcastTo"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(1), 1)?;
        let wanted = cx.shape_from_elements(1);
        if let (Some(dims), Some(wanted)) = (cx.shape(0).dims(), wanted.dims()) {
            let (rank, limit) = (dims.len(), wanted.len());
            if rank > limit {
                let inputs = cx.shapes_text();
                let message = format!(
                    "Shape must be at most rank {limit} but is rank {rank}, with input shapes: {inputs}."
                );
                return Err(Error::invalid_argument(message));
            }
            let pairs = dims
                .iter()
                .zip(&wanted[limit - rank..])
                .filter_map(|(a, b)| (*a).zip(*b));
            if let Some((a, b)) = pairs.into_iter().find(|(a, b)| *a != 1 && a != b) {
                return Err(unequal_dims(cx, a, b));
            }
        }
        Ok(vec![TensorInfo::new(cx.dtype(0), wanted)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let lengths = cx.inputs.lengths(1)?;
        if let Some(stretched) = stretched(cx.inputs.value(0), &lengths) {
            cx.outputs.forward(0, stretched);
            return Ok(());
        }
        with_bits!(cx.inputs.value(0).dtype(), T => {
            let x = cx.inputs.bits::<T>(0);
            let stretched = x.broadcast(IxDyn(&lengths));
            let stretched = stretched.ok_or_else(|| incompatible(&Shape::from(x.shape()), &Shape::from(&lengths)))?;
            strided::copy(cx.pool, stretched, cx.outputs.alloc_bits_unset::<T>(0, cx.inputs.value(0).dtype(), &lengths)?);
        }, cx.move_owned(&|cx| self.compute(cx))?);
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let wanted = match cx.any_input(1).dtype() {
            crate::types::DType::Int32 => cx.input::<i32>(1),
            _ => crate::ops::math::cast_to(cx.input::<i64>(1)),
        };
        let shape = shape_of::<i32>(cx.any_input(0));
        with_class!(number, cx.any_input(0).dtype(), T => {
            let dx = Unbroadcast::at_run(wanted, shape).y(cx.grad::<T>(0));
            cx.set(0, dx);
        }, ());
        Ok(())
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::View { of: 0 }
    }
}

fn incompatible(found: &Shape, wanted: &Shape) -> Error {
    let (found, wanted) = (found.bracketed(), wanted.bracketed());
    Error::invalid_argument(format!("Incompatible shapes: {found} vs. {wanted}"))
}
