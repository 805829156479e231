//! `ParallelConcat`: single rows joined along the first axis.

use super::super::expand_dims;
use super::super::tensor_list::TensorList;
use crate::graph::{
    AnyTensor, AttributeList, Attributes, InferContext, Kernel, Op, Tensor, TensorInfo, attributes,
    graph_of,
};
use crate::kernels::strided::{Piece, assemble};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{check_size, expect_rank_at_least, merge};
use crate::types::{Dim, Element, Error, Plain, Result, Shape, with_bits};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    opaque "ParallelConcat(values: N * T) -> (output: T); shape: shape",
    |node| node.attributes::<ParallelConcat>()?
)];

/// The tensors `values`, which all have the same shape, joined along a new first axis, as
/// `tf.parallel_stack` joins them: as [`stack`](crate::stack()) along axis 0, but that the shapes
/// must be known while the graph is built, and that there is no gradient.
///
/// # Errors
/// `InvalidArgument` if there are no tensors, or their shapes differ or are not known.
#[track_caller]
pub fn parallel_stack<T: Element>(values: impl TensorList<T>) -> Tensor<T> {
    let graph = graph_of(&[values.graph()]);
    graph.name_scope("parallel_stack", || {
        let values = values.into_tensors(&graph, &|i| format!("value_{i}"));
        let first = values.first().map_or(Shape::unknown(), Tensor::shape);
        let rows: Vec<AnyTensor> = values
            .iter()
            .map(|value| expand_dims(value, 0).any())
            .collect();
        // Few: one for each axis.
        let dims = first
            .dims()
            .map(|dims| [&[Some(rows.len())], dims].concat());
        let shape = dims.map_or(Shape::unknown(), Shape::from);
        graph.op_scope("ParallelConcat", |scope| {
            if rows.is_empty() {
                let error = Error::invalid_argument("parallel_stack needs at least one tensor");
                return scope.failed("ParallelConcat", error);
            }
            scope.tensor(ParallelConcat { shape }, &rows)
        })
    })
}

attributes! {
    struct ParallelConcat {
        shape: Shape,
    }
}

impl Op for ParallelConcat {
    fn op_type(&self) -> &'static str {
        "ParallelConcat"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let count = cx.len();
        if !self.shape.is_known() {
            let message = "shape attr must be fully defined";
            return Err(Error::invalid_argument(message)
                .with_help("tell the shapes of the tensors by set_shape"));
        }
        let mut rest = Shape::unknown();
        for input in cx.inputs() {
            expect_rank_at_least(cx, &input.shape, 1)?;
            let Some([first, others @ ..]) = input.shape.dims() else {
                continue;
            };
            if first.is_some_and(|length| length != 1) {
                let message = format!(
                    "Size of first dimension must be 1., with input shapes: {}.",
                    cx.shapes_text()
                );
                return Err(Error::invalid_argument(message));
            }
            rest = merge(cx, &rest, &Shape::from(others.to_vec()))?;
        }
        let all = match rest.dims() {
            Some(dims) => Shape::from([&[Some(count)] as &[Dim], dims].concat()),
            None => Shape::unknown(),
        };
        let shape = merge(cx, &self.shape, &all)?;
        if shape.dim(0) != Some(count) {
            let message = format!("{count} rows do not make a tensor of shape {}", self.shape);
            return Err(Error::invalid_argument(message));
        }
        Ok(vec![TensorInfo::new(cx.dtype(0), shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        with_bits!(cx.inputs.value(0).dtype(), T => self.join::<T>(cx), cx.move_owned(&|cx| self.compute(cx)))
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.list())
    }
}

impl ParallelConcat {
    fn join<T: Plain>(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let first = cx.inputs.shape(0);
        let differ = (0..cx.inputs.len()).any(|i| cx.inputs.shape(i) != first);
        if differ || first.first() != Some(&1) {
            let message = "all values must have the same shape, with 1 as the first length";
            return Err(Error::invalid_argument(message));
        }
        // Few: one for each axis.
        let shape = [&[cx.inputs.len()], &first[1..]].concat();
        check_size(&shape)?;
        let piece = |i: usize| {
            let start = (0..shape.len()).map(|axis| if axis == 0 { i } else { 0 });
            Piece::new(start, cx.inputs.bits::<T>(i))
        };
        // Few: one for each input.
        let pieces: Vec<Piece<'_, T>> = (0..cx.inputs.len()).map(piece).collect();
        let dtype = cx.inputs.value(0).dtype();
        let out = cx.outputs.alloc_bits_unset::<T>(0, dtype, &shape)?;
        assemble(cx.pool, out, &pieces);
        Ok(())
    }
}
