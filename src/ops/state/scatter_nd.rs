//! `ScatterNdUpdate`, `ScatterNdAdd` and `ScatterNdSub`: changing the parts of a variable at given
//! multi-dimensional indices.

use std::marker::PhantomData;

use smallvec::SmallVec;

use super::Assignable;
use super::assign::expect_variables;
use super::combine::{CombineParts, Minus, Plus, Replace};
use super::scatter::updated_at;
use crate::graph::{
    Effect, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo,
};
use crate::kernels::rows::{self, Given, PIECE, Places};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{expect_rank_at_least, index_error, index_row_text, merge};
use crate::types::{Dim, Error, Integer, Number, Plain, Result, Shape};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(
        flat "ScatterNdUpdate(ref: Ref(T), indices: Tindices, updates: T) -> \
         (output_ref: Ref(T)); use_locking: bool = true; \
            Tindices in index",
        T: common, |_| ScatterNd::<Replace, T>(PhantomData)
    ),
    op!(
        flat "ScatterNdAdd(ref: Ref(T), indices: Tindices, updates: T) -> \
         (output_ref: Ref(T)); use_locking: bool = false; \
            T in number; \
            Tindices in index",
        T: native, |_| ScatterNd::<Plus, T>(PhantomData)
    ),
    op!(
        flat "ScatterNdSub(ref: Ref(T), indices: Tindices, updates: T) -> \
         (output_ref: Ref(T)); use_locking: bool = false; \
            T in number; \
            Tindices in index",
        T: native, |_| ScatterNd::<Minus, T>(PhantomData)
    ),
];

/// Replaces parts of the variable `reference`, as `tf.scatter_nd_update` does: the part at
/// `indices[i, ..., :]` by `updates[i, ...]`. The result is the new value. The last axis of
/// `indices` holds indices into the first axes of the variable: as many indices as it has axes name
/// one element, fewer name a part. If a part is named several times, the last update remains.
///
/// `updates` has the shape of `indices` without the last axis, followed by that of a part.
///
/// ```
/// use ndarray::array;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let v = graph.variable(array![[1.0f32, 2.0], [3.0, 4.0], [5.0, 6.0]]);
/// let elements = tf::scatter_nd_update(&v, [[0, 1], [2, 0]], [10.0, 20.0]);
/// let session = tf::Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// let expected = array![[1.0, 10.0], [3.0, 4.0], [20.0, 6.0]];
/// assert_eq!(session.run(&elements, [])?, expected.into_dyn());
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if `reference` is not a variable, the shapes do not fit, or an index is out of
/// range (then nothing is changed); `FailedPrecondition` when run before the variable has a value.
#[track_caller]
pub fn scatter_nd_update<T: Plain, I: Integer>(
    reference: impl Assignable<T>,
    indices: impl IntoTensor<I>,
    updates: impl IntoTensor<T>,
) -> Tensor<T> {
    scatter::<Replace, T, I>(reference.reference(), indices, updates)
}

/// Adds to parts of the variable `reference`, as `tf.scatter_nd_add` does: `updates[i, ...]` to the
/// part at `indices[i, ..., :]`, as in [`scatter_nd_update`]. If a part is named several times, all
/// its updates are added.
///
/// # Errors
/// As [`scatter_nd_update`].
#[track_caller]
pub fn scatter_nd_add<T: Number, I: Integer>(
    reference: impl Assignable<T>,
    indices: impl IntoTensor<I>,
    updates: impl IntoTensor<T>,
) -> Tensor<T> {
    scatter::<Plus, T, I>(reference.reference(), indices, updates)
}

/// Subtracts from parts of the variable `reference`, as `tf.scatter_nd_sub` does: `updates[i, ...]`
/// from the part at `indices[i, ..., :]`, as in [`scatter_nd_update`]. If a part is named several
/// times, all its updates are subtracted.
///
/// # Errors
/// As [`scatter_nd_update`].
#[track_caller]
pub fn scatter_nd_sub<T: Number, I: Integer>(
    reference: impl Assignable<T>,
    indices: impl IntoTensor<I>,
    updates: impl IntoTensor<T>,
) -> Tensor<T> {
    scatter::<Minus, T, I>(reference.reference(), indices, updates)
}

#[track_caller]
fn scatter<C: CombineParts<T>, T: Plain, I: Integer>(
    reference: Tensor<T>,
    indices: impl IntoTensor<I>,
    updates: impl IntoTensor<T>,
) -> Tensor<T> {
    let op = ScatterNd::<C, T>(PhantomData);
    updated_at(op, &reference, indices, updates)
}

#[derive(Debug)]
struct ScatterNd<C, T>(PhantomData<fn() -> (C, T)>);

impl<C: CombineParts<T>, T: Plain> Op for ScatterNd<C, T> {
    fn op_type(&self) -> &'static str {
        C::SCATTER_ND
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_variables(cx, 1)?;
        let variable = cx.shape(0);
        if variable.rank() == Some(0) {
            return Err(Error::invalid_argument(
                "Output must be at least 1-D, got shape: []",
            ));
        }
        expect_rank_at_least(cx, cx.shape(1), 1)?;
        expect_rank_at_least(cx, cx.shape(2), 1)?;
        expect_both_or_none(cx)?;
        merge(cx, cx.shape(2), &updates_shape(cx.shape(1), variable)?)?;
        Ok(vec![TensorInfo::new(T::DTYPE, variable).as_ref_type()])
    }

    fn check(&self, cx: &InferContext<'_>) -> Result<()> {
        let Some((row, place)) = stray(cx) else {
            return Ok(());
        };
        let indices = cx.shape(1).to_known().unwrap_or_default();
        let stack = &indices[..indices.len().saturating_sub(1)];
        Err(index_error(format!(
            "{} does not index into shape {}",
            index_row_text(place, &row, stack),
            cx.shape(0).bracketed()
        )))
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (inputs, updates) = (cx.inputs, cx.inputs.get::<T>(1));
        let Some(&depth) = inputs.shape(0).last() else {
            return Err(Error::of_op("the indices have no axis"));
        };
        if updates.is_empty() {
            return Ok(());
        }
        let mut variable = cx.refs[0].view_mut::<T>()?;
        let lengths = SmallVec::<[usize; 8]>::from_slice(variable.shape());
        let (first, part) = lengths.split_at(depth);
        let width = part.iter().product();
        let rows = variable
            .as_slice_mut()
            .expect("variables lie in row-major order");
        let (mut places, mut numbers) = (Places::new(first), [0; PIECE]);
        let mut updates = Given::new(&updates);
        inputs.integer_pieces(0, &mut |indices| {
            let targets = places.next(indices, &mut numbers);
            rows::change(rows, width, targets, &mut updates, C::combine);
        })
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn effect(&self) -> Effect {
        Effect::Update {
            refs: 1,
            reads: true,
            checks: true,
        }
    }

    fn can_fail(&self) -> bool {
        false
    }
}

/// The shape that updates at `indices` of `variable` have.
///
/// # Errors
/// `InvalidArgument` if the indices are for more axes than the variable has.
fn updates_shape(indices: &Shape, variable: &Shape) -> Result<Shape> {
    let (Some([stack @ .., Some(depth)]), Some(dims)) = (indices.dims(), variable.dims()) else {
        return Ok(Shape::unknown());
    };
    match dims.get(*depth..) {
        Some(part) => Ok(Shape::from([stack, part].concat() as Vec<Dim>)),
        None => Err(Error::invalid_argument(format!(
            "indices.shape[-1] must be <= params.rank, but saw indices shape: {} and params shape: {}",
            indices.bracketed(),
            variable.bracketed()
        ))),
    }
}

/// Fails if there are indices but no updates, updates but no indices, or either for a variable
/// without elements.
fn expect_both_or_none(cx: &InferContext<'_>) -> Result<()> {
    let sizes = [0, 1, 2].map(|i| cx.shape(i).size());
    match sizes {
        [_, Some(0), Some(0)] => Ok(()),
        [Some(0), Some(_), Some(_)] | [_, Some(0), Some(_)] | [_, Some(_), Some(0)] => {
            Err(Error::invalid_argument(format!(
                "Indices and updates specified for empty output.  indices shape: {}",
                cx.shape(1).bracketed()
            )))
        }
        _ => Ok(()),
    }
}

/// The first row of the known indices that names no part of the variable, and its number.
fn stray(cx: &InferContext<'_>) -> Option<(Vec<i64>, usize)> {
    let indices = cx.inputs()[1].constant.as_ref()?;
    let limits = cx.shape(0).to_known()?;
    let depth = *indices.shape().last()?;
    if let Some(lengths @ [_, ..]) = limits.get(..depth) {
        let (mut places, mut numbers) = (Places::new(lengths), [0; PIECE]);
        rows::each_piece(indices, &mut |indices| {
            places.next(indices, &mut numbers);
        });
        places.stray()?;
    }
    let (mut row, mut number, mut is_stray) = (Vec::new(), 0, false);
    indices.visit_integers(|index| {
        let limit = limits.get(row.len()).copied().unwrap_or(0);
        is_stray |= !usize::try_from(index).is_ok_and(|index| index < limit);
        row.push(index);
        if row.len() < depth {
            return true;
        }
        if !is_stray {
            row.clear();
            number += 1;
        }
        !is_stray
    });
    is_stray.then_some((row, number))
}
