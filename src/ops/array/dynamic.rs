//! `DynamicPartition` and `DynamicStitch`: rows dealt out to several tensors, and brought together again.

use ndarray::{ArrayViewD, Axis, IxDyn};

use super::gather::gather_any;
use super::list::TensorList;
use super::reshape::reshape_any;
use super::shape::shape_of;
use super::{range, reshape};
use crate::graph::{
    AnyTensor, GradientContext, InferContext, IntoTensor, Kernel, Op, Operation, Tensor,
    TensorInfo, graph_of,
};
use crate::ops::OpDef;
use crate::ops::reduce::reduce_prod;
use crate::ops::support::{alike, any_tensor, check_size, merge_dims, outputs, place_text};
use crate::types::parts::{assign, parts, parts_mut};
use crate::types::{Dim, Element, Error, Result, Shape, WholeNumber, memory, with_dtype};

pub(in crate::ops) const OPS: &[OpDef] = &[
    OpDef::smooth("DynamicPartition"),
    OpDef::smooth("DynamicStitch"),
    OpDef::smooth("ParallelDynamicStitch"),
];

/// The parts of `data` dealt out to `num_partitions` tensors, each part to the one that `partitions` names, in order, as
/// `tf.dynamic_partition` does it. The shape of `data` begins with that of `partitions`.
///
/// # Errors
/// `InvalidArgument` if the shapes do not fit or a number is not in `0..num_partitions`.
#[track_caller]
pub fn dynamic_partition<T: Element>(
    data: impl IntoTensor<T>,
    partitions: impl IntoTensor<i32>,
    num_partitions: impl WholeNumber,
) -> Vec<Tensor<T>> {
    // The node refuses 0.
    let num_partitions = usize::try_from(num_partitions.to_i64()).unwrap_or(0);
    let graph = graph_of(&[data.graph(), partitions.graph()]);
    graph.op_scope("DynamicPartition", |scope| {
        let data = data.into_tensor(&graph, "data").any();
        let partitions = partitions.into_tensor(&graph, "partitions").any();
        let operation: Operation = scope.operation(
            DynamicPartition {
                count: num_partitions,
            },
            &[data, partitions],
        );
        outputs(&operation, num_partitions)
    })
}

/// The parts of all `data` brought into one tensor, each to the row that `indices` names for it, as `tf.dynamic_stitch` does
/// it. The shape of each of `data` begins with that of its `indices`. Where a row is named more than once the last part
/// stays; rows that are not named are zero (in TensorFlow their values are undefined).
///
/// # Errors
/// `InvalidArgument` if the shapes do not fit, an index is negative, or there are not as many `data` as `indices`.
#[track_caller]
pub fn dynamic_stitch<T: Element>(
    indices: impl TensorList<i32>,
    data: impl TensorList<T>,
) -> Tensor<T> {
    stitched("DynamicStitch", indices, data)
}

/// As [`dynamic_stitch`], by the op that TensorFlow's embedding lookups use.
#[track_caller]
pub(crate) fn parallel_dynamic_stitch<T: Element>(
    indices: impl TensorList<i32>,
    data: impl TensorList<T>,
) -> Tensor<T> {
    stitched("ParallelDynamicStitch", indices, data)
}

#[track_caller]
fn stitched<T: Element>(
    op_type: &'static str,
    indices: impl TensorList<i32>,
    data: impl TensorList<T>,
) -> Tensor<T> {
    let graph = graph_of(&[TensorList::graph(&indices), TensorList::graph(&data)]);
    graph.op_scope(op_type, |scope| {
        let indices = indices.into_tensors(&graph, &|i| format!("indices_{i}"));
        let data = data.into_tensors(&graph, &|i| format!("data_{i}"));
        let inputs: Vec<AnyTensor> = indices
            .iter()
            .map(Tensor::any)
            .chain(data.iter().map(Tensor::any))
            .collect();
        scope.tensor(
            DynamicStitch {
                op_type,
                count: indices.len(),
            },
            &inputs,
        )
    })
}

#[derive(Debug)]
struct DynamicPartition {
    count: usize,
}

impl Op for DynamicPartition {
    fn op_type(&self) -> &'static str {
        "DynamicPartition"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        if self.count == 0 {
            return Err(Error::invalid_argument("num_partitions must be at least 1"));
        }
        let shape = match (cx.shape(0).dims(), cx.shape(1).dims()) {
            (Some(data), Some(partitions)) => {
                let start = Shape::from(data[..partitions.len().min(data.len())].to_vec());
                merge_dims(cx, &start, cx.shape(1))?;
                Shape::from([&[None], &data[partitions.len()..]].concat() as Vec<Dim>)
            }
            _ => Shape::unknown(),
        };
        alike(TensorInfo::new(cx.dtype(0), shape), self.count)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (data, shape) = (cx.inputs.shape(0), cx.inputs.shape(1));
        if !data.starts_with(shape) {
            let (data, shape) = (
                Shape::from(data).bracketed(),
                Shape::from(shape).bracketed(),
            );
            return Err(Error::invalid_argument(format!(
                "data.shape must start with partitions.shape, got data.shape = {data}, partitions.shape = {shape}"
            )));
        }
        // Few: one for each output.
        let mut parts = vec![Vec::new(); self.count];
        for (i, &partition) in cx.inputs.integers(1)?.iter().enumerate() {
            match usize::try_from(partition)
                .ok()
                .and_then(|partition| parts.get_mut(partition))
            {
                Some(part) => memory::push(part, i)?,
                None => {
                    let (place, count) = (place_text(i, shape), self.count);
                    let message = format!("partitions{place} = {partition} is not in [0, {count})");
                    return Err(Error::invalid_argument(message));
                }
            }
        }
        with_dtype!(cx.inputs.value(0).dtype(), T => deal_out::<T>(cx, &parts)?);
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let grads: Vec<AnyTensor> = (0..self.count).map(|i| cx.any_grad(i)).collect();
        let (data, partitions) = (cx.any_input(0).clone(), cx.input::<i32>(1));
        let shape = shape_of::<i32>(&partitions.any());
        let numbers = reshape(range(0, reduce_prod(&shape, ..), 1), &shape);
        let indices = dynamic_partition(numbers, partitions, self.count);
        let inputs: Vec<AnyTensor> = indices.iter().map(Tensor::any).chain(grads).collect();
        let op = DynamicStitch {
            op_type: "DynamicStitch",
            count: self.count,
        };
        let stitched = cx.graph().op_scope("DynamicStitch", |scope| {
            any_tensor(scope, op, &inputs, data.dtype())
        });
        let dx = reshape_any(&stitched, &shape_of::<i32>(&data).any());
        cx.set_gradient(0, dx.into());
        Ok(())
    }
}

fn deal_out<T: Element>(cx: &mut Kernel<'_, '_>, parts: &[Vec<usize>]) -> Result<()> {
    let (data, prefix) = (cx.inputs.get::<T>(0), cx.inputs.shape(1));
    let row = &data.shape()[prefix.len()..];
    let count = prefix.iter().product::<usize>();
    let rows = memory::to_shape(&data, IxDyn(&[&[count], row].concat()))?;
    for (i, part) in parts.iter().enumerate() {
        let mut out = cx.outputs.alloc::<T>(i, &[&[part.len()], row].concat())?;
        for (&source, place) in part.iter().zip(parts_mut(&mut out, Axis(0))) {
            assign(place, &rows.index_axis(Axis(0), source));
        }
    }
    Ok(())
}

#[derive(Debug)]
struct DynamicStitch {
    op_type: &'static str,
    count: usize,
}

impl Op for DynamicStitch {
    fn op_type(&self) -> &'static str {
        self.op_type
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        if self.count == 0 || cx.len() != 2 * self.count {
            return Err(Error::invalid_argument(
                "dynamic_stitch needs as many data as indices, and at least one of each",
            ));
        }
        let (mut row, mut length) = (Shape::unknown(), Some(0));
        for i in 0..self.count {
            length = length.zip(cx.known_elements(i)).map(|(length, indices)| {
                let last = indices
                    .into_iter()
                    .max()
                    .map_or(0, |last| last.saturating_add(1));
                length.max(usize::try_from(last).unwrap_or(0))
            });
            let (indices, data) = (cx.shape(i).dims(), cx.shape(self.count + i).dims());
            if let (Some(indices), Some(data)) = (indices, data) {
                let start = Shape::from(data[..indices.len().min(data.len())].to_vec());
                merge_dims(cx, &start, cx.shape(i))?;
                row = merge_dims(cx, &row, &Shape::from(data[indices.len()..].to_vec()))?;
            }
        }
        let shape = row.dims().map_or(Shape::unknown(), |row| {
            Shape::from([&[length], row].concat() as Vec<Dim>)
        });
        Ok(vec![TensorInfo::new(cx.dtype(self.count), shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        // Few: one for each input.
        let indices = (0..self.count)
            .map(|i| self.checked_indices(cx, i))
            .collect::<Result<Vec<_>>>()?;
        let length = indices.iter().flatten().max().map_or(0, |last| last + 1);
        let row = self.row_shape(cx)?;
        let shape = [&[length], &row[..]].concat();
        check_size(&shape)?;
        with_dtype!(cx.inputs.value(self.count).dtype(), T => self.stitch::<T>(cx, &indices, &shape)?);
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let dy = cx.any_grad(0);
        for i in 0..self.count {
            let part = gather_any(&dy, &cx.input::<i32>(i).any());
            cx.set_gradient(self.count + i, part.into());
        }
        Ok(())
    }
}

impl DynamicStitch {
    fn checked_indices(&self, cx: &Kernel<'_, '_>, i: usize) -> Result<Vec<usize>> {
        let check = |(k, &index): (usize, &i64)| {
            usize::try_from(index).map_err(|_| {
                let place = place_text(k, cx.inputs.shape(i));
                Error::invalid_argument(format!("indices[{i}]{place} = {index} is out of range"))
            })
        };
        memory::tried(cx.inputs.integers(i)?.iter().enumerate().map(check))
    }

    /// The shape of one row, which all data must have.
    fn row_shape(&self, cx: &Kernel<'_, '_>) -> Result<Vec<usize>> {
        let mut row: Option<Vec<usize>> = None;
        for i in 0..self.count {
            let (indices, data) = (cx.inputs.shape(i), cx.inputs.shape(self.count + i));
            let own = data.strip_prefix(indices);
            if own.is_none() || row.as_deref().is_some_and(|row| own != Some(row)) {
                let (indices, data) = (
                    Shape::from(indices).bracketed(),
                    Shape::from(data).bracketed(),
                );
                let message = format!(
                    "data[{i}].shape = {data} does not start with indices[{i}].shape = {indices}"
                );
                return Err(Error::invalid_argument(message));
            }
            // Few: one length for each axis.
            row = own.map(<[usize]>::to_vec);
        }
        Ok(row.unwrap_or_default())
    }

    fn stitch<T: Element>(
        &self,
        cx: &mut Kernel<'_, '_>,
        indices: &[Vec<usize>],
        shape: &[usize],
    ) -> Result<()> {
        let mut out = cx.outputs.alloc::<T>(0, shape)?;
        for (i, indices) in indices.iter().enumerate() {
            let data: ArrayViewD<'_, T> = cx.inputs.get(self.count + i);
            let rows = memory::to_shape(&data, IxDyn(&[&[indices.len()], &shape[1..]].concat()))?;
            for (row, &index) in parts(&rows, Axis(0)).zip(indices) {
                assign(out.index_axis_mut(Axis(0), index), &row);
            }
        }
        Ok(())
    }
}
