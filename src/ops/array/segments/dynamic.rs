//! `DynamicPartition` and `DynamicStitch`: rows dealt out to several tensors, and brought together
//! again.

use super::super::gather::gather_any;
use super::super::reshape::reshape_any;
use super::super::shape::shape_of;
use super::super::tensor_list::TensorList;
use super::super::{range, reshape};
use crate::graph::{
    AnyTensor, AttributeList, GradientContext, InferContext, Inputs, IntoTensor, Kernel, NodeSpec,
    Op, Operation, Tensor, TensorInfo, graph_of,
};
use crate::kernels::bits;
use crate::kernels::rows::{self, Given, Heap};
use crate::kernels::unset::unset_value;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::reduce::reduce_prod;
use crate::ops::support::{alike, any_tensor, check_size, merge_dims, outputs, place_text};
use crate::types::{Dim, Element, Error, Plain, Result, Shape, WholeNumber, memory, with_bits};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "DynamicPartition(data: T, partitions: int32) -> (outputs: num_partitions * T)",
        |node| DynamicPartition { num_partitions: node.count("num_partitions")? }),
    op!(smooth "DynamicStitch(indices: N * int32, data: N * T) -> (merged: T)",
        |node| DynamicStitch::of(node)),
    op!(smooth "ParallelDynamicStitch(indices: N * int32, data: N * T) -> (merged: T)",
        |node| DynamicStitch::of(node)),
];

/// The parts of `data` dealt out to `num_partitions` tensors, each part to the one that
/// `partitions` names, in order, as `tf.dynamic_partition` does it. The shape of `data` begins with
/// that of `partitions`.
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
        let operation: Operation =
            scope.operation(DynamicPartition { num_partitions }, &[data, partitions]);
        outputs(&operation, num_partitions)
    })
}

/// The parts of all `data` brought into one tensor, each to the row that `indices` names for it, as
/// `tf.dynamic_stitch` does it. The shape of each of `data` begins with that of its `indices`.
/// Where a row is named more than once the last part stays; rows that are not named are zero (in
/// TensorFlow their values are undefined).
///
/// # Errors
/// `InvalidArgument` if the shapes do not fit, an index is negative, or there are not as many
/// `data` as `indices`.
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
    num_partitions: usize,
}

impl Op for DynamicPartition {
    fn op_type(&self) -> &'static str {
        "DynamicPartition"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        if self.num_partitions == 0 {
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
        alike(TensorInfo::new(cx.dtype(0), shape), self.num_partitions)
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
        let mut counts = vec![0; self.num_partitions];
        let (mut stray, mut start) = (None, 0);
        cx.inputs.integer_pieces(1, &mut |partitions| {
            for (i, &partition) in partitions.iter().enumerate() {
                let count = usize::try_from(partition)
                    .ok()
                    .and_then(|i| counts.get_mut(i));
                match count {
                    Some(count) => *count += 1,
                    None => stray = stray.or(Some((start + i, partition))),
                }
            }
            start += partitions.len();
        })?;
        if let Some((i, partition)) = stray {
            let (place, count) = (place_text(i, shape), self.num_partitions);
            let message = format!("partitions{place} = {partition} is not in [0, {count})");
            return Err(Error::invalid_argument(message));
        }
        with_bits!(cx.inputs.value(0).dtype(), T => deal_out::<T>(cx, &counts)?, cx.move_owned(&|cx| self.compute(cx))?);
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let grads: Vec<AnyTensor> = (0..self.num_partitions).map(|i| cx.any_grad(i)).collect();
        let (data, partitions) = (cx.any_input(0).clone(), cx.input::<i32>(1));
        let shape = shape_of::<i32>(&partitions.any());
        let numbers = reshape(range(0, reduce_prod(&shape, ..), 1), &shape);
        let indices = dynamic_partition(numbers, partitions, self.num_partitions);
        let inputs: Vec<AnyTensor> = indices.iter().map(Tensor::any).chain(grads).collect();
        let op = DynamicStitch {
            op_type: "DynamicStitch",
            count: self.num_partitions,
        };
        let stitched = cx.graph().op_scope("DynamicStitch", |scope| {
            any_tensor(scope, op, &inputs, data.dtype())
        });
        let dx = reshape_any(&stitched, &shape_of::<i32>(&data).any());
        cx.set_gradient(0, dx.into());
        Ok(())
    }

    /// The number of partitions is that of the outputs.
    fn attributes(&self) -> Option<AttributeList> {
        Some(AttributeList::new())
    }
}

/// Deals the rows out, of which each output gets as many as `counts` says.
fn deal_out<T: Plain>(cx: &mut Kernel<'_, '_>, counts: &[usize]) -> Result<()> {
    let (inputs, data) = (cx.inputs, cx.inputs.bits::<T>(0));
    let row = &data.shape()[inputs.shape(1).len()..];
    let width: usize = row.iter().product();
    let dtype = inputs.value(0).dtype();
    let outputs = counts
        .iter()
        .map(|&count| unset_value(dtype, &[&[count], row].concat()));
    // Few: one for each output.
    let mut outputs = outputs.collect::<Result<Vec<_>>>()?;
    let heaps = outputs.iter_mut().map(|output| {
        let places = bits::view_own_mut::<T>(output)?.into_slice();
        Ok(Heap::new(places.expect("new memory lies in order")))
    });
    // Few: as above.
    let mut heaps = heaps.collect::<Result<Vec<_>>>()?;
    let mut data = Given::new(&data);
    if width > 0 {
        inputs.integer_pieces(1, &mut |partitions| {
            data.next(partitions, width, |partitions, _, elements| {
                let length = elements.len() / partitions.len();
                rows::deal_out(&mut heaps, length, partitions, elements);
            });
        })?;
    }
    for (i, output) in outputs.into_iter().enumerate() {
        cx.outputs.set_value(i, output);
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
        let mut length = 0;
        for i in 0..self.count {
            length = length.max(last_index(cx, i)?);
        }
        let shape = [&[length], &self.row_shape(cx)?[..]].concat();
        check_size(&shape)?;
        with_bits!(cx.inputs.value(self.count).dtype(), T => self.stitch::<T>(cx, &shape)?, cx.move_owned(&|cx| self.compute(cx))?);
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

    /// The count follows from the number of inputs.
    fn attributes(&self) -> Option<AttributeList> {
        Some(AttributeList::new())
    }
}

impl DynamicStitch {
    /// The op of a node of either type.
    fn of(node: &NodeSpec<'_>) -> Self {
        DynamicStitch {
            op_type: node.op_type(),
            count: node.inputs().len() / 2,
        }
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

    fn stitch<T: Plain>(&self, cx: &mut Kernel<'_, '_>, shape: &[usize]) -> Result<()> {
        let inputs = cx.inputs;
        let mut out =
            cx.outputs
                .alloc_bits_unset::<T>(0, cx.inputs.value(self.count).dtype(), shape)?;
        let rows = memory::row_major(&mut out);
        let width = shape[1..].iter().product();
        self.clear_unnamed(&inputs, rows, width)?;
        for i in 0..self.count {
            let mut data = Given::new(&inputs.bits::<T>(self.count + i));
            inputs.integer_pieces(i, &mut |targets| {
                rows::change(rows, width, targets, &mut data, |_, row| row);
            })?;
        }
        Ok(())
    }

    /// Sets to zero at least those rows that no index names.
    fn clear_unnamed<T: Element>(
        &self,
        inputs: &Inputs<'_, '_>,
        rows: &mut [T],
        width: usize,
    ) -> Result<()> {
        // To look for short rows takes longer than to clear all.
        if width * size_of::<T>() < 64 {
            rows.fill(T::default());
            return Ok(());
        }
        let mut is_named = memory::repeated(rows.len() / width, false)?;
        for i in 0..self.count {
            inputs.integer_pieces(i, &mut |targets| {
                targets
                    .iter()
                    .for_each(|&target| is_named[target as usize] = true);
            })?;
        }
        let rows = rows.chunks_exact_mut(width).zip(is_named);
        for (row, _) in rows.filter(|(_, is_named)| !is_named) {
            row.fill(T::default());
        }
        Ok(())
    }
}

/// One more than the largest of the indices in input `i`.
///
/// # Errors
/// `InvalidArgument` if one is negative.
fn last_index(cx: &Kernel<'_, '_>, i: usize) -> Result<usize> {
    let (mut length, mut stray, mut start) = (0, None, 0);
    cx.inputs.integer_pieces(i, &mut |indices| {
        let (least, most) = indices.iter().fold((0, -1), |(least, most), &index| {
            (index.min(least), index.max(most))
        });
        if least < 0 && stray.is_none() {
            let place = indices.iter().position(|&index| index < 0);
            stray = place.map(|k| (start + k, indices[k]));
        }
        (length, start) = (length.max(most.saturating_add(1)), start + indices.len());
    })?;
    match stray {
        None => Ok(length as usize),
        Some((k, index)) => {
            let place = place_text(k, cx.inputs.shape(i));
            let message = format!("indices[{i}]{place} = {index} is out of range");
            Err(Error::invalid_argument(message))
        }
    }
}
