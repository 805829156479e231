//! `ListDiff`.

use std::marker::PhantomData;

use ndarray::Array1;

use crate::graph::{
    GradientContext, InferContext, IntoTensor, Kernel, Op, Output, Tensor, TensorInfo, graph_of,
};
use crate::ops::OpDef;
use crate::ops::support::expect_rank;
use crate::types::{DType, Element, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[OpDef::flat("ListDiff")];

/// The elements of the vector `x` that are not in the vector `y`, in order, and their positions in `x`, as
/// `tf.setdiff1d` finds them.
///
/// # Errors
/// `InvalidArgument` if one is no vector.
#[track_caller]
pub(super) fn setdiff1d<T: Element>(
    x: impl IntoTensor<T>,
    y: impl IntoTensor<T>,
) -> (Tensor<T>, Tensor<i32>) {
    let graph = graph_of(&[x.graph(), y.graph()]);
    let operation = graph.op_scope("ListDiff", |scope| {
        let (x, y) = (x.into_tensor(&graph, "x"), y.into_tensor(&graph, "y"));
        scope.operation(ListDiff::<T>(PhantomData), &[x.any(), y.any()])
    });
    let node = operation.node();
    (
        Tensor::new(graph.clone(), Output { node, index: 0 }),
        Tensor::new(graph, Output { node, index: 1 }),
    )
}

#[derive(Debug)]
struct ListDiff<T>(PhantomData<T>);

impl<T: Element> Op for ListDiff<T> {
    fn op_type(&self) -> &'static str {
        "ListDiff"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(0), 1)?;
        expect_rank(cx, cx.shape(1), 1)?;
        Ok(vec![
            TensorInfo::new(T::DTYPE, vec![None]),
            TensorInfo::new(DType::Int32, vec![None]),
        ])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (x, y) = (cx.inputs.get::<T>(0), cx.inputs.get::<T>(1));
        let left = x
            .iter()
            .enumerate()
            .filter(|(_, x)| !y.iter().any(|y| y == *x));
        let (places, elements): (Vec<i32>, Vec<T>) = left.map(|(i, &x)| (i as i32, x)).unzip();
        cx.outputs.set(0, Array1::from(elements).into_dyn());
        cx.outputs.set(1, Array1::from(places).into_dyn());
        Ok(())
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }
}
