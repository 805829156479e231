//! `ScatterUpdate`, `ScatterAdd` and their like: changing some rows of a variable.

use std::marker::PhantomData;

use ndarray::IxDyn;

use super::Assignable;
use super::assign::expect_variables;
use super::combine::{CombineRows, Least, Minus, Most, Over, Plus, Replace, Times};
use crate::graph::{
    Effect, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo,
};
use crate::kernels::rows::{self, Given};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{index_out_of_range, merge};
use crate::types::{Error, Integer, Number, Numeric, Plain, Result, Shape};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(
        opaque "ScatterUpdate(ref: Ref(T), indices: Tindices, updates: T) -> \
         (output_ref: Ref(T)); use_locking: bool = true; \
            Tindices in index",
        T: common, |_| Scatter::<Replace, T>(PhantomData)
    ),
    op!(
        flat "ScatterAdd(ref: Ref(T), indices: Tindices, updates: T) -> (output_ref: Ref(T)); \
         use_locking: bool = false; \
            T in number; \
            Tindices in index",
        T: native, |_| Scatter::<Plus, T>(PhantomData)
    ),
    op!(
        flat "ScatterSub(ref: Ref(T), indices: Tindices, updates: T) -> (output_ref: Ref(T)); \
         use_locking: bool = false; \
            T in number; \
            Tindices in index",
        T: native, |_| Scatter::<Minus, T>(PhantomData)
    ),
    op!(
        flat "ScatterMul(ref: Ref(T), indices: Tindices, updates: T) -> (output_ref: Ref(T)); \
         use_locking: bool = false; \
            T in number; \
            Tindices in index",
        T: native, |_| Scatter::<Times, T>(PhantomData)
    ),
    op!(
        flat "ScatterDiv(ref: Ref(T), indices: Tindices, updates: T) -> (output_ref: Ref(T)); \
         use_locking: bool = false; \
            T in number; \
            Tindices in index",
        T: native, |_| Scatter::<Over, T>(PhantomData)
    ),
    op!(
        opaque "ScatterMin(ref: Ref(T), indices: Tindices, updates: T) -> (output_ref: Ref(T)); \
         use_locking: bool = false; \
            T in {float16, bfloat16, float32, float64, int32, int64}; \
            Tindices in index",
        T: native, |_| Scatter::<Least, T>(PhantomData)
    ),
    op!(
        opaque "ScatterMax(ref: Ref(T), indices: Tindices, updates: T) -> (output_ref: Ref(T)); \
         use_locking: bool = false; \
            T in {float16, bfloat16, float32, float64, int32, int64}; \
            Tindices in index",
        T: native, |_| Scatter::<Most, T>(PhantomData)
    ),
];

/// Replaces rows of the variable `reference`, as `tf.scatter_update` does: row `indices[i, ..]` by
/// `updates[i, ..]`. The result is the new value. If a row is named several times, the last update
/// remains.
///
/// `updates` has the shape of `indices` followed by that of a row, or is a single number for all
/// elements.
///
/// ```
/// use ndarray::array;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let v = graph.variable(array![[1.0f32, 2.0], [3.0, 4.0], [5.0, 6.0]]);
/// let set = tf::scatter_update(&v, [2, 0], &array![[7.0, 8.0], [9.0, 0.0]]);
/// let session = tf::Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// let expected = array![[9.0, 0.0], [3.0, 4.0], [7.0, 8.0]];
/// assert_eq!(session.run(&set, [])?, expected.into_dyn());
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if `reference` is not a variable, the shapes do not fit, or an index is out of
/// range (then no row is changed); `FailedPrecondition` when run before the variable has a value.
#[track_caller]
pub fn scatter_update<T: Plain, I: Integer>(
    reference: impl Assignable<T>,
    indices: impl IntoTensor<I>,
    updates: impl IntoTensor<T>,
) -> Tensor<T> {
    scatter::<Replace, T, I>(reference.reference(), indices, updates)
}

/// Adds to rows of the variable `reference`, as `tf.scatter_add` does: `updates[i, ..]` to row
/// `indices[i, ..]`. The result is the new value. If a row is named several times, all its updates
/// are added.
///
/// # Errors
/// As [`scatter_update`].
#[track_caller]
pub fn scatter_add<T: Number, I: Integer>(
    reference: impl Assignable<T>,
    indices: impl IntoTensor<I>,
    updates: impl IntoTensor<T>,
) -> Tensor<T> {
    scatter::<Plus, T, I>(reference.reference(), indices, updates)
}

/// Subtracts from rows of the variable `reference`, as `tf.scatter_sub` does: `updates[i, ..]` from
/// row `indices[i, ..]`. The result is the new value. If a row is named several times, all its
/// updates are subtracted.
///
/// # Errors
/// As [`scatter_update`].
#[track_caller]
pub fn scatter_sub<T: Number, I: Integer>(
    reference: impl Assignable<T>,
    indices: impl IntoTensor<I>,
    updates: impl IntoTensor<T>,
) -> Tensor<T> {
    scatter::<Minus, T, I>(reference.reference(), indices, updates)
}

/// Multiplies rows of the variable `reference`, as `tf.scatter_mul` does: row `indices[i, ..]` by
/// `updates[i, ..]`. The result is the new value. A row that is named several times is multiplied
/// by all its updates.
///
/// # Errors
/// As [`scatter_update`].
#[track_caller]
pub fn scatter_mul<T: Number, I: Integer>(
    reference: impl Assignable<T>,
    indices: impl IntoTensor<I>,
    updates: impl IntoTensor<T>,
) -> Tensor<T> {
    scatter::<Times, T, I>(reference.reference(), indices, updates)
}

/// Divides rows of the variable `reference`, as `tf.scatter_div` does: row `indices[i, ..]` by
/// `updates[i, ..]`. The result is the new value. Integers are rounded toward 0. A row that is
/// named several times is divided by all its updates.
///
/// # Errors
/// As [`scatter_update`]; `InvalidArgument` if an integer is divided by 0, which ends TensorFlow's
/// process.
#[track_caller]
pub fn scatter_div<T: Number, I: Integer>(
    reference: impl Assignable<T>,
    indices: impl IntoTensor<I>,
    updates: impl IntoTensor<T>,
) -> Tensor<T> {
    scatter::<Over, T, I>(reference.reference(), indices, updates)
}

/// Puts the smaller of both into rows of the variable `reference`, as `tf.scatter_min` does: of row
/// `indices[i, ..]` and `updates[i, ..]`, element by element. The result is the new value. An
/// update of NaN changes nothing, nor does any update change NaN.
///
/// # Errors
/// As [`scatter_update`]; `InvalidArgument` for variables of `u8`, for which TensorFlow does not
/// have it.
#[track_caller]
pub fn scatter_min<T: Numeric, I: Integer>(
    reference: impl Assignable<T>,
    indices: impl IntoTensor<I>,
    updates: impl IntoTensor<T>,
) -> Tensor<T> {
    scatter::<Least, T, I>(reference.reference(), indices, updates)
}

/// Puts the larger of both into rows of the variable `reference`, as `tf.scatter_max` does; see
/// [`scatter_min`].
///
/// # Errors
/// As [`scatter_min`].
#[track_caller]
pub fn scatter_max<T: Numeric, I: Integer>(
    reference: impl Assignable<T>,
    indices: impl IntoTensor<I>,
    updates: impl IntoTensor<T>,
) -> Tensor<T> {
    scatter::<Most, T, I>(reference.reference(), indices, updates)
}

#[track_caller]
fn scatter<C: CombineRows<T>, T: Plain, I: Integer>(
    reference: Tensor<T>,
    indices: impl IntoTensor<I>,
    updates: impl IntoTensor<T>,
) -> Tensor<T> {
    let op = Scatter::<C, T>(PhantomData);
    updated_at(op, &reference, indices, updates)
}

/// The variable `reference` as `op` changes it at `indices`, the node that is named after the op.
#[track_caller]
pub(super) fn updated_at<T: Plain, I: Integer>(
    op: impl Op,
    reference: &Tensor<T>,
    indices: impl IntoTensor<I>,
    updates: impl IntoTensor<T>,
) -> Tensor<T> {
    let graph = reference.graph();
    graph.op_scope(op.op_type(), |scope| {
        let indices = indices.into_tensor(graph, "indices");
        let updates = updates.into_tensor(graph, "updates");
        scope.tensor(op, &[reference.any(), indices.any(), updates.any()])
    })
}

#[derive(Debug)]
struct Scatter<C, T>(PhantomData<fn() -> (C, T)>);

impl<C: CombineRows<T>, T: Plain> Op for Scatter<C, T> {
    fn op_type(&self) -> &'static str {
        C::SCATTER
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_variables(cx, 1)?;
        C::expect_type()?;
        let (variable, updates) = (cx.shape(0), cx.shape(2));
        if variable.rank() == Some(0) {
            return Err(Error::invalid_argument(
                "params must be at least 1-D, got shape []",
            ));
        }
        if updates.rank() != Some(0) {
            merge(cx, updates, &updates_shape(cx.shape(1), variable))?;
        }
        Ok(vec![TensorInfo::new(T::DTYPE, variable).as_ref_type()])
    }

    fn check(&self, cx: &InferContext<'_>) -> Result<()> {
        if C::REFUSES_ZERO && has_zero(&cx.inputs()[2]) {
            return Err(Error::invalid_argument("Integer division by zero"));
        }
        match out_of_range(cx, 1) {
            None => Ok(()),
            Some(Stray {
                position,
                index,
                limit,
            }) => {
                let lengths = cx.shape(1).to_known().unwrap_or_default();
                let place = (position, lengths.as_slice());
                Err(index_out_of_range("indices", place, index, limit))
            }
        }
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (inputs, updates) = (cx.inputs, cx.inputs.get::<T>(1));
        let mut variable = cx.refs[0].view_mut::<T>()?;
        let width = variable.shape()[1..].iter().product();
        let rows = variable
            .as_slice_mut()
            .expect("variables lie in row-major order");
        let updates = match updates.ndim() {
            // Of a number: an array of any shape, of which there is only the one element.
            0 => updates.broadcast(IxDyn(&[inputs.shape(0).iter().product(), width])),
            _ => Some(updates.view()),
        };
        let Some(mut updates) = updates.map(|updates| Given::new(&updates)) else {
            return Err(Error::of_op("the rows are too many"));
        };
        inputs.integer_pieces(0, &mut |targets| {
            rows::change(rows, width, targets, &mut updates, C::combine);
        })
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        C::gradient()
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

/// The shape that updates of the rows `indices` of `variable` have.
fn updates_shape(indices: &Shape, variable: &Shape) -> Shape {
    match (indices.dims(), variable.dims()) {
        (Some(indices), Some([_, row @ ..])) => Shape::from([indices, row].concat()),
        _ => Shape::unknown(),
    }
}

/// Whether an integer tensor of known elements has a 0 among them.
fn has_zero(info: &TensorInfo) -> bool {
    let mut found = false;
    if let Some(value) = &info.constant {
        value.visit_integers(|element| {
            found = element == 0;
            !found
        });
    }
    found
}

/// An index that names no row.
pub(super) struct Stray {
    /// Its place among the indices, in row-major order.
    pub(super) position: usize,
    pub(super) index: i64,
    /// How many rows there are.
    pub(super) limit: usize,
}

/// The first of the known indices in input `i` that is not a row of the variable that input 0 is.
pub(super) fn out_of_range(cx: &InferContext<'_>, i: usize) -> Option<Stray> {
    let (indices, limit) = (cx.inputs()[i].constant.as_ref()?, cx.shape(0).dim(0)?);
    let (mut position, mut stray) = (0, None);
    if rows::all_within(indices, limit) {
        return None;
    }
    indices.visit_integers(|index| {
        let is_row = usize::try_from(index).is_ok_and(|index| index < limit);
        if !is_row {
            stray = Some(Stray {
                position,
                index,
                limit,
            });
        }
        position += 1;
        is_row
    });
    stray
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array, array, s};

    use crate::{Graph, Session};

    fn zeros(graph: &Graph) -> crate::Variable<f32> {
        graph.variable(Array::<f32, _>::zeros((4, 2)))
    }

    #[test]
    fn a_number_updates_all_elements_of_the_rows() -> Result<()> {
        let graph = Graph::new();
        let v = zeros(&graph);
        let add = scatter_add(&v, &array![[0, 2], [2, 0]], 1.5f32);
        let session = Session::new(&graph)?;
        session.run(graph.global_variables_initializer(), [])?;
        let expected = array![[3.0, 3.0], [0.0, 0.0], [3.0, 3.0], [0.0, 0.0]];
        assert_eq!(session.run(&add, [])?, expected.into_dyn());
        Ok(())
    }

    #[test]
    fn updates_may_lie_in_any_strides() -> Result<()> {
        let graph = Graph::new();
        let v = zeros(&graph);
        let (rows, updates) = (
            graph.placeholder::<i64>("rows", ..),
            graph.placeholder::<f32>("updates", ..),
        );
        let set = scatter_update(&v, &rows, &updates);
        let session = Session::new(&graph)?;
        session.run(graph.global_variables_initializer(), [])?;
        let (numbers, named) = (array![[1.0f32, 3.0], [2.0, 4.0]], array![9i64, 1, 9, 3]);
        let feeds = [rows.feed(named.slice(s![..;-2])), updates.feed(numbers.t())];
        let expected = array![[0.0, 0.0], [3.0, 4.0], [0.0, 0.0], [1.0, 2.0]];
        assert_eq!(session.run(&set, feeds)?, expected.into_dyn());
        Ok(())
    }

    #[test]
    fn an_index_out_of_range_changes_nothing_at_all() -> Result<()> {
        let graph = Graph::new();
        let (v, w) = (zeros(&graph), graph.variable(1.0f32));
        let rows = graph.placeholder::<i32>("rows", ..);
        let both = crate::group([&w.assign_add(1.0), &scatter_sub(&v, &rows, 1.0f32)]);
        let session = Session::new(&graph)?;
        session.run(graph.global_variables_initializer(), [])?;
        let error = session
            .run(&both, [rows.feed(array![[0, 1], [-1, 2]].view())])
            .unwrap_err();
        assert_eq!(error.message(), "indices[1,0] = -1 is not in [0, 4)");
        assert_eq!(
            error.node().map(|node| node.op.as_str()),
            Some("ScatterSub")
        );
        let (v, w) = session.run((&v, w.value().scalar()), [])?;
        assert!(v.iter().all(|x| *x == 0.0) && w == 1.0);
        Ok(())
    }

    #[test]
    fn shapes_that_do_not_fit_are_told_when_they_are_known() -> Result<()> {
        let graph = Graph::new();
        let v = zeros(&graph);
        let updates = graph.placeholder::<f32>("updates", ..);
        let add = scatter_add(&v, [0, 1], &updates);
        let session = Session::new(&graph)?;
        session.run(graph.global_variables_initializer(), [])?;
        let error = session
            .run(
                &add,
                [updates.feed(&array![[1.0f32, 2.0, 3.0], [4.0, 5.0, 6.0]])],
            )
            .unwrap_err();
        assert!(
            error
                .message()
                .contains("with input shapes: [4,2], [2], [2,3]"),
            "{error}"
        );
        scatter_add(graph.variable(1.0f32), [0], [1.0f32]);
        let error = graph.check().unwrap_err();
        assert_eq!(error.message(), "params must be at least 1-D, got shape []");
        Ok(())
    }
}
