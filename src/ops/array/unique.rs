//! `Unique` and `UniqueWithCounts`: the different elements of a vector.

use std::cmp::Ordering;

use ndarray::Array1;

use crate::graph::{InferContext, IntoTensor, Kernel, Op, Operation, Tensor, TensorInfo};
use crate::ops::OpDef;
use crate::ops::support::{expect_rank, graph};
use crate::types::{DType, Element, Result, with_dtype};

pub(in crate::ops) const OPS: &[OpDef] =
    &[OpDef::opaque("Unique"), OpDef::opaque("UniqueWithCounts")];

/// The different elements of the vector `x` in the order in which they first occur, and for each element of `x` its place
/// among these, as `tf.unique` finds them. Every NaN differs from every other.
///
/// ```
/// let graph = tf1::Graph::new();
/// let x = graph.constant([7, 3, 7, 9, 3]);
/// let (values, places) = tf1::unique(&x);
/// let (values, places) = tf1::Session::new(&graph)?.run((&values, &places), [])?;
/// assert_eq!(values, ndarray::arr1(&[7, 3, 9]).into_dyn());
/// assert_eq!(places, ndarray::arr1(&[0, 1, 0, 2, 1]).into_dyn());
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if `x` is no vector.
#[track_caller]
pub fn unique<T: Element>(x: impl IntoTensor<T>) -> (Tensor<T>, Tensor<i32>) {
    let operation = build(x, false);
    (operation.output(0), operation.output(1))
}

/// As [`unique`], and how often each of the different elements occurs, as `tf.unique_with_counts` finds them.
///
/// # Errors
/// As [`unique`].
#[track_caller]
pub fn unique_with_counts<T: Element>(
    x: impl IntoTensor<T>,
) -> (Tensor<T>, Tensor<i32>, Tensor<i32>) {
    let operation = build(x, true);
    (
        operation.output(0),
        operation.output(1),
        operation.output(2),
    )
}

#[track_caller]
fn build<T: Element>(x: impl IntoTensor<T>, counted: bool) -> Operation {
    let graph = graph(&x);
    let op = Unique { counted };
    graph.op_scope(op.op_type(), |scope| {
        let x = x.into_tensor(&graph, "x").any();
        scope.operation(op, &[x])
    })
}

#[derive(Debug)]
struct Unique {
    counted: bool,
}

impl Op for Unique {
    fn op_type(&self) -> &'static str {
        if self.counted {
            "UniqueWithCounts"
        } else {
            "Unique"
        }
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(0), 1)?;
        let unknown = |dtype| TensorInfo::new(dtype, vec![None]);
        let mut outputs = vec![
            unknown(cx.dtype(0)),
            TensorInfo::new(DType::Int32, cx.shape(0)),
        ];
        if self.counted {
            outputs.push(unknown(DType::Int32));
        }
        Ok(outputs)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        with_dtype!(cx.inputs.value(0).dtype(), T => {
            let elements: Vec<T> = cx.inputs.get(0).iter().copied().collect();
            let Found { firsts, places, counts } = find(&elements);
            cx.outputs.set(0, firsts.into_iter().map(|first| elements[first]).collect::<Array1<T>>().into_dyn());
            cx.outputs.set(1, Array1::from(places).into_dyn());
            if self.counted {
                cx.outputs.set(2, Array1::from(counts).into_dyn());
            }
        });
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }
}

/// What there is to know of the different elements of a vector.
struct Found {
    /// Where each first occurs.
    firsts: Vec<usize>,
    /// For each element of the vector its place among the different ones.
    places: Vec<i32>,
    counts: Vec<i32>,
}

fn find<T: Element>(elements: &[T]) -> Found {
    let mut order: Vec<usize> = (0..elements.len()).collect();
    order.sort_by(|&a, &b| compare(&elements[a], &elements[b]));
    // The sort is stable, so equal elements stand together with the first of them in front.
    let mut first_of: Vec<usize> = vec![0; elements.len()];
    for group in order.chunk_by(|&a, &b| elements[a] == elements[b]) {
        group.iter().for_each(|&i| first_of[i] = group[0]);
    }
    let mut found = Found {
        firsts: Vec::new(),
        places: Vec::with_capacity(elements.len()),
        counts: Vec::new(),
    };
    for (i, &first) in first_of.iter().enumerate() {
        if first == i {
            found.places.push(found.firsts.len() as i32);
            found.firsts.push(i);
            found.counts.push(0);
        } else {
            found.places.push(found.places[first]);
        }
        found.counts[found.places[i] as usize] += 1;
    }
    found
}

/// The order of two elements, NaN last.
fn compare<T: Element>(a: &T, b: &T) -> Ordering {
    let is_nan = |x: &T| x.partial_cmp(x).is_none();
    a.partial_cmp(b)
        .unwrap_or_else(|| is_nan(a).cmp(&is_nan(b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_one_and_nans_are_many() {
        let found = find(&[f32::NAN, 0.0, -0.0, f32::NAN, -1.0]);
        assert_eq!(
            (found.firsts, found.places),
            (vec![0, 1, 3, 4], vec![0, 1, 1, 2, 3])
        );
        assert_eq!(found.counts, [1, 2, 1, 1]);
    }

    #[test]
    fn nothing_has_no_elements() {
        let found = find::<i64>(&[]);
        assert!(found.firsts.is_empty() && found.places.is_empty() && found.counts.is_empty());
    }
}
