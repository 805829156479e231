//! `Max` and `Min`.

use std::marker::PhantomData;

use super::axes::IntoAxes;
use super::gradient::reduced_shape;
use super::reduction::{Reduce, Reduction, build};
use super::sum::reduce_sum;
use crate::graph::{GradientContext, IntoTensor, Tensor};
use crate::kernels::reduce::Reducer;
use crate::ops::OpDef;
use crate::ops::array::{reshape, shape};
use crate::ops::def::op;
use crate::ops::math::{cast_to, divide, equal};
use crate::types::{DType, Float, Numeric, Result, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(
        smooth "Max(input: T, reduction_indices: Tidx) -> (output: T); keep_dims: bool = false; \
         Tidx: type = int32; \
            T in number; \
            Tidx in index",
        T: numeric, |node| node.op::<Reduce<Extremum<T, Max>>>()?
    ),
    op!(
        smooth "Min(input: T, reduction_indices: Tidx) -> (output: T); keep_dims: bool = false; \
         Tidx: type = int32; \
            T in number; \
            Tidx in index",
        T: numeric, |node| node.op::<Reduce<Extremum<T, Min>>>()?
    ),
];

/// The largest element along `axes`, as `tf.reduce_max` finds it; of no elements -∞, or the
/// smallest integer.
///
/// Elements that share the maximum share the gradient. NaN among the elements gives NaN (TensorFlow
/// 1.x may skip it or not, depending on where it lies).
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([[1.0, 5.0], [4.0, 2.0]]);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::reduce_max(&x, ..).scalar(), [])?, 5.0);
/// assert_eq!(session.run(tf::reduce_max(&x, 1).array1(), [])?, arr1(&[5.0, 4.0]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if an axis is out of range.
#[track_caller]
pub fn reduce_max<T: Numeric>(input_tensor: impl IntoTensor<T>, axes: impl IntoAxes) -> Tensor<T> {
    build::<Extremum<T, Max>>(input_tensor, axes)
}

/// The smallest element along `axes`, as `tf.reduce_min` finds it; of no elements ∞, or the largest
/// integer.
///
/// Elements that share the minimum share the gradient; for NaN see [`reduce_max`].
///
/// # Errors
/// `InvalidArgument` if an axis is out of range.
#[track_caller]
pub fn reduce_min<T: Numeric>(input_tensor: impl IntoTensor<T>, axes: impl IntoAxes) -> Tensor<T> {
    build::<Extremum<T, Min>>(input_tensor, axes)
}

/// Which elements come first.
trait Order: Copy + Default + Send + Sync + 'static {
    const OP_TYPE: &'static str;

    /// What no element comes after.
    fn last<T: Numeric>() -> T;

    /// Whether `x` comes before `y`; neither does of equal numbers or if one is NaN.
    fn precedes<T: Numeric>(x: T, y: T) -> bool;
}

#[derive(Clone, Copy, Default)]
struct Max;

impl Order for Max {
    const OP_TYPE: &'static str = "Max";

    #[inline(always)]
    fn last<T: Numeric>() -> T {
        T::LOWEST
    }

    #[inline(always)]
    fn precedes<T: Numeric>(x: T, y: T) -> bool {
        x > y
    }
}

#[derive(Clone, Copy, Default)]
struct Min;

impl Order for Min {
    const OP_TYPE: &'static str = "Min";

    #[inline(always)]
    fn last<T: Numeric>() -> T {
        T::HIGHEST
    }

    #[inline(always)]
    fn precedes<T: Numeric>(x: T, y: T) -> bool {
        x < y
    }
}

/// Keeps the element that comes first.
#[derive(Clone, Copy, Default)]
struct First<O>(O);

impl<T: Numeric, O: Order> Reducer<T> for First<O> {
    type Merger = Self;

    // Not every x86-64 has an instruction for the first of 32-bit integers.
    const VECTORISED: bool = T::DTYPE.is_floating() || matches!(T::DTYPE, DType::Int32);

    #[inline(always)]
    fn start(self) -> T {
        O::last()
    }

    #[inline(always)]
    fn include(self, partial: T, x: T) -> T {
        // Processors have an instruction for `x > y ? x : y`. NaN is added to itself, which is NaN
        // again: if this gave `x`, the compiler would make a store under a mask of it, which is
        // slow.
        let first = if O::precedes(x, partial) { x } else { partial };
        if is_nan(x) { x.plus(x) } else { first }
    }

    #[inline(always)]
    fn merger(self) -> Self {
        self
    }
}

#[inline(always)]
fn is_nan<T: Numeric>(x: T) -> bool {
    x.partial_cmp(&x).is_none()
}

struct Extremum<T, O>(PhantomData<fn() -> (T, O)>);

impl<T: Numeric, O: Order> Reduction for Extremum<T, O> {
    type Element = T;
    type Reducer = First<O>;
    const OP_TYPE: &'static str = O::OP_TYPE;

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        with_class!(floating, T::DTYPE, F => gradient::<F>(cx), ());
        Ok(())
    }
}

/// `dy` shared out equally among the elements that are the extremum.
#[track_caller]
fn gradient<F: Float>(cx: &mut GradientContext<'_>) {
    let (x, axes) = (cx.input::<F>(0), cx.input::<i32>(1));
    let kept = reduced_shape(&shape(&x), &axes);
    let y = reshape(cx.output::<F>(0), &kept);
    let dy = reshape(cx.grad::<F>(0), &kept);
    let indicators = cast_to::<bool, F>(equal(y, x));
    let count = reshape(reduce_sum(&indicators, &axes), kept);
    cx.set(0, divide(indicators, count) * dy);
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, ArrayD, ArrayView2, IxDyn};

    use super::*;
    use crate::kernels::pool::Pool;
    use crate::kernels::reduce::reduce;

    fn largest<T: Numeric>(x: ArrayView2<'_, T>, axis: usize) -> Vec<T> {
        let mut out = ArrayD::from_elem(IxDyn(&[x.shape()[1 - axis]]), T::ZERO);
        let reducer = First::<Max>::default();
        reduce(
            Pool::alone(),
            x.into_dyn(),
            &[axis],
            out.view_mut(),
            reducer,
        )
        .unwrap();
        out.into_raw_vec_and_offset().0
    }

    const LENGTHS: [usize; 9] = [2, 3, 10, 63, 64, 71, 97, 1024, 1100];

    #[test]
    fn nan_in_any_place_is_found() {
        for length in LENGTHS {
            for place in (0..length).step_by(1 + length / 80) {
                let mut rows = Array2::from_shape_fn((9, length), |(i, j)| (i * j % 31) as f32);
                rows[[4, place]] = f32::NAN;
                let columns = rows.t().as_standard_layout().into_owned();
                for found in [largest(rows.view(), 1), largest(columns.view(), 0)] {
                    for (i, found) in found.into_iter().enumerate() {
                        let row = (0..length).map(|j| (i * j % 31) as f32);
                        let expected = row.fold(f32::NEG_INFINITY, f32::max);
                        let is_right = found == expected || i == 4 && found.is_nan();
                        assert!(
                            is_right && (i == 4) == found.is_nan(),
                            "{length} {place} {i}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn the_ends_of_integers_are_found() {
        for length in LENGTHS {
            let mut rows = Array2::from_elem((3, length), i32::MIN);
            rows[[1, length / 2]] = i32::MAX;
            rows[[2, length - 1]] = -1;
            let columns = rows.t().as_standard_layout().into_owned();
            for found in [largest(rows.view(), 1), largest(columns.view(), 0)] {
                assert_eq!(found, [i32::MIN, i32::MAX, -1], "{length}");
            }
        }
    }
}
