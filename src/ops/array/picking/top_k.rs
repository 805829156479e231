//! `TopKV2` and `InTopKV2`: the largest elements of each row.

use std::marker::PhantomData;
use std::sync::{Mutex, PoisonError};

use super::super::classes::expect_index;
use super::super::range::range_from_i32;
use super::super::{expand_dims, gather, reshape, scatter_nd, shape, size, stack};
use crate::graph::{
    Attribute, AttributeList, Attributes, GradientContext, InferContext, IntoTensor, Kernel, Op,
    Tensor, TensorInfo, attributes, graph_of,
};
use crate::kernels::pieces::{each_pair, each_piece};
use crate::kernels::select::{Largest, fewer_above};
use crate::kernels::strided;
use crate::kernels::top_n::unsorted_places;
use crate::ops::IntoIntegers;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::math::cast_to;
use crate::ops::older::Older;
use crate::ops::reduce::reduce_prod;
use crate::ops::support::{expect_rank, expect_rank_at_least, merge_dims, scalar_dim};
use crate::types::{DType, Element, Error, Integer, Numeric, Result, Shape, Strided, memory};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "TopKV2(input: T, k: int32) -> (values: T, indices: int32); sorted: bool = true; \
        T in real",
        T: native, |node| TopKV2::<T>::new(node.attributes()?)),
    op!(smooth "TopK(input: T) -> (values: T, indices: int32); k: int; sorted: bool = true; \
        T in real",
    T: native, |node| {
        let k = node.attribute("k")?;
        let number = i32::wrap(Strided::Single(i32::try_from(k).unwrap_or(-1)));
        let sorting = node.attributes::<Sorting>()?;
        let told = [sorting.list(), vec![("k", Attribute::Int(k))]].concat();
        let op = Older::renamed(node, TopKV2::<T>::new(sorting)).with_input(number, told);
        op.with_gradient(|cx| {
            set_gradient::<T>(cx);
            Ok(())
        })
    })
    .superseded_by("TopKV2"),
    op!(opaque "InTopK(predictions: float32, targets: T) -> (precision: bool); \
            k: int; T: type = int32; \
        T in index",
    |node| {
        expect_index(node, &["T"])?;
        let k = node.attribute("k")?;
        let number = i64::wrap(Strided::Single(k));
        Older::renamed(node, InTopKV2).with_input(number, vec![("k", Attribute::Int(k))])
    })
    .superseded_by("InTopKV2"),
    op!(opaque "InTopKV2(predictions: float32, targets: T, k: T) -> (precision: bool); \
     T: type = int32; \
        T in index",
    |node| {
        expect_index(node, &["T"])?;
        InTopKV2
    }),
];

/// The `k` largest elements of each row of the last axis, from the largest down, and their
/// positions in the row, as `tf.nn.top_k` finds them. Of equal elements the first comes first; NaN
/// counts as less than every number.
///
/// ```
/// use tf1::{Graph, Session};
///
/// let graph = Graph::new();
/// let x = graph.constant([[1.0f32, 4.0, 2.0, 4.0]]);
/// let (values, indices) = tf1::nn::top_k(&x, 2);
/// let found = Session::new(&graph)?.run((&values, &indices), [])?;
/// assert_eq!(found.0, ndarray::arr2(&[[4.0, 4.0]]).into_dyn());
/// assert_eq!(found.1, ndarray::arr2(&[[1, 3]]).into_dyn());
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if `input` is a scalar, `k` is negative, or the rows have fewer elements.
#[track_caller]
pub fn top_k<T: Numeric>(
    input: impl IntoTensor<T>,
    k: impl IntoIntegers,
) -> (Tensor<T>, Tensor<i32>) {
    let k = k.into_integers();
    let graph = graph_of(&[input.graph(), k.graph()]);
    let operation = graph.op_scope("TopKV2", |scope| {
        let (input, k) = (
            input.into_tensor(&graph, "input"),
            k.into_tensor::<i32>(&graph, "k"),
        );
        let op = TopKV2::<T>::new(Sorting { sorted: true });
        scope.operation(op, &[input.any(), k.any()])
    });
    (operation.output(0), operation.output(1))
}

/// For each row of `predictions` whether the class that `targets` names is among the `k` with the
/// largest predictions, as `tf.nn.in_top_k` tells. All classes that share the k-th largest
/// prediction count; where a prediction is not finite, the answer is `false`.
///
/// # Errors
/// `InvalidArgument` if `predictions` is not a matrix or `targets` does not have one element for
/// each row.
#[track_caller]
pub fn in_top_k<I: Integer>(
    predictions: impl IntoTensor<f32>,
    targets: impl IntoTensor<I>,
    k: impl IntoIntegers,
) -> Tensor<bool> {
    let k = k.into_integers();
    let graph = graph_of(&[predictions.graph(), targets.graph(), k.graph()]);
    graph.op_scope("in_top_k", |_| {
        graph.op_scope("InTopKV2", |scope| {
            let predictions = predictions.into_tensor(&graph, "predictions").any();
            let targets = targets.into_tensor(&graph, "targets").any();
            let k = k.into_tensor::<I>(&graph, "k").any();
            scope.tensor(InTopKV2, &[predictions, targets, k])
        })
    })
}

attributes! {
    struct Sorting {
        /// Whether the largest come first; else they are in the order in which TensorFlow finds
        /// them.
        sorted: bool,
    }
}

#[derive(Debug)]
struct TopKV2<T> {
    attributes: Sorting,
    element: PhantomData<fn() -> T>,
}

impl<T> TopKV2<T> {
    fn new(attributes: Sorting) -> Self {
        TopKV2 {
            attributes,
            element: PhantomData,
        }
    }
}

impl<T: Numeric> Op for TopKV2<T> {
    fn op_type(&self) -> &'static str {
        "TopKV2"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(1), 0)?;
        let k = scalar_dim(cx, 1)?;
        let Some(dims) = cx.shape(0).dims() else {
            return Ok([T::DTYPE, DType::Int32]
                .map(|dtype| TensorInfo::new(dtype, ..))
                .to_vec());
        };
        expect_rank_at_least(cx, cx.shape(0), 1)?;
        let (row, rows) = dims.split_last().expect("the rank is 1 or more");
        if let (Some(length), Some(k)) = (row, k)
            && *length < k
        {
            let message = format!("input must have last dimension >= k = {k} but is {length}");
            return Err(Error::invalid_argument(message));
        }
        let shape = Shape::from([rows, &[k]].concat());
        Ok([T::DTYPE, DType::Int32]
            .map(|dtype| TensorInfo::new(dtype, &shape))
            .to_vec())
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let k = checked_k(cx.inputs.scalar_integer(1)?)?;
        let x = cx.inputs.get::<T>(0);
        let (&length, rows) = x
            .shape()
            .split_last()
            .ok_or_else(|| Error::invalid_argument("input must be >= 1-D"))?;
        check_row(length, k)?;
        let shape = [rows, &[k]].concat();
        let table = strided::in_order(cx.pool, &x)?;
        let pool = cx.pool;
        let (mut values, mut indices) = cx.outputs.alloc_two_unset::<T, i32>(&shape, &shape)?;
        let values = memory::row_major(&mut values);
        let indices = memory::row_major(&mut indices);
        let at_once = rows_at_once(length);
        let failure = Mutex::new(None);
        let (values, indices) = ((values, at_once * k), (indices, at_once * k));
        each_pair(pool, values, indices, &|i, values, indices| {
            let rows = table.chunks_exact(length).skip(i * at_once);
            let found = match self.attributes.sorted || k == length {
                true => find_largest(rows, k, length, values, indices),
                false => find_unsorted(rows, k, values, indices),
            };
            if let Err(error) = found {
                *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            }
        });
        let failure = failure.into_inner().unwrap_or_else(PoisonError::into_inner);
        failure.map_or(Ok(()), Err)
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.attributes.list())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        set_gradient::<T>(cx);
        let zero = cx.graph().zeros::<i32>([]);
        cx.set(1, zero);
        Ok(())
    }
}

/// Sets the gradient with respect to the first input.
#[track_caller]
fn set_gradient<T: Numeric>(cx: &mut GradientContext<'_>) {
    let dx = top_k_gradient(&cx.input::<T>(0), &cx.output::<i32>(1), &cx.grad::<T>(0));
    cx.set(0, dx);
}

fn checked_k(k: i64) -> Result<usize> {
    usize::try_from(k).map_err(|_| Error::invalid_argument(format!("Need k >= 0, got {k}")))
}

fn check_row(length: usize, k: usize) -> Result<()> {
    if length < k {
        return Err(Error::invalid_argument(format!(
            "input must have at least k columns. Had {length}, needed {k}"
        )));
    }
    Ok(())
}

/// How many rows a thread is to take at once.
fn rows_at_once(length: usize) -> usize {
    ((1 << 14) / length.max(1)).max(1)
}

/// Fills `values` and `indices` with the `k` largest elements of each row, as far as there is room
/// for them.
fn find_largest<'x, T: Numeric>(
    rows: impl Iterator<Item = &'x [T]>,
    k: usize,
    length: usize,
    values: &mut [T],
    indices: &mut [i32],
) -> Result<()> {
    let mut largest = Largest::new(k, length)?;
    let outputs = values.chunks_exact_mut(k).zip(indices.chunks_exact_mut(k));
    for (row, (values, indices)) in rows.zip(outputs) {
        let places = largest.places_in(row);
        for ((value, index), &place) in values.iter_mut().zip(indices).zip(places) {
            (*value, *index) = (row[place], place as i32);
        }
    }
    Ok(())
}

/// As [`find_largest`], in the order in which TensorFlow finds them.
fn find_unsorted<'x, T: Numeric>(
    rows: impl Iterator<Item = &'x [T]>,
    k: usize,
    values: &mut [T],
    indices: &mut [i32],
) -> Result<()> {
    let mut places = memory::reserved(k + 1)?;
    let outputs = values.chunks_exact_mut(k).zip(indices.chunks_exact_mut(k));
    for (row, (values, indices)) in rows.zip(outputs) {
        let precedes = |a: usize, b: usize| row[a] > row[b] || row[a] == row[b] && a < b;
        unsorted_places(row.len(), &mut places, k, precedes);
        for ((value, index), &place) in values.iter_mut().zip(indices).zip(&places) {
            (*value, *index) = (row[place], place as i32);
        }
    }
    Ok(())
}

/// `dy` put where the largest elements were found.
#[track_caller]
fn top_k_gradient<T: Numeric>(x: &Tensor<T>, indices: &Tensor<i32>, dy: &Tensor<T>) -> Tensor<T> {
    let x_shape = shape(x);
    let indices_shape = shape(indices);
    let count = gather(
        cast_to::<i32, i64>(&indices_shape),
        size(&indices_shape) - 1,
    );
    let table = reshape(indices, stack((-1, count), 0));
    let length = gather(cast_to::<i32, i64>(&x_shape), size(&x_shape) - 1);
    let rows = shape(&table).index(0);
    let starts = range_from_i32(0, cast_to::<i32, i64>(rows) * &length, &length);
    let starts = cast_to::<i64, i32>(expand_dims(starts, -1));
    let places = reshape(table + starts, [-1]);
    let scattered = scatter_nd(
        expand_dims(places, -1),
        reshape(dy, [-1]),
        (reduce_prod(&x_shape, ..),),
    );
    reshape(scattered, x_shape)
}

#[derive(Debug)]
struct InTopKV2;

impl Op for InTopKV2 {
    fn op_type(&self) -> &'static str {
        "InTopKV2"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(0), 2)?;
        expect_rank(cx, cx.shape(1), 1)?;
        let rows = merge_dims(cx, &Shape::from(vec![cx.shape(0).dim(0)]), cx.shape(1))?;
        Ok(vec![TensorInfo::new(DType::Bool, rows)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (predictions, targets) = (cx.inputs.get::<f32>(0), cx.inputs.integers(1)?);
        let k = cx.inputs.integers(2)?.first().copied().unwrap_or(0);
        let k = usize::try_from(k).unwrap_or(0);
        let [rows, length] = [0, 1].map(|axis| predictions.shape()[axis]);
        let count = targets.len();
        if rows != count {
            return Err(Error::invalid_argument(format!(
                "First dimension of predictions {rows} must match length of targets {count}"
            )));
        }
        let table = strided::in_order(cx.pool, &predictions)?;
        let pool = cx.pool;
        let mut out = cx.outputs.alloc::<bool>(0, &[count])?;
        let out = memory::row_major(&mut out);
        each_piece(pool, out, rows_at_once(length), &|first, out| {
            for (i, out) in out.iter_mut().enumerate() {
                let row = &table[(first + i) * length..][..length];
                let target = usize::try_from(targets[first + i]).ok();
                let limit = target.and_then(|target| row.get(target));
                *out = limit.is_some_and(|&limit| fewer_above(row, limit, k));
            }
        });
        Ok(())
    }
}
