//! `Cast`: conversions between element types.

use crate::kernels::tile::{Elementwise, Tile};
use std::sync::Arc;

use ndarray::arr0;

use super::{maximum, minimum};
use crate::graph::{
    AttributeList, Fusion, GradientContext, Graph, InferContext, IntoTensor, Kernel, Op, OpScope,
    Tensor, TensorInfo, graph_of,
};
use crate::kernels::convert::Convert;
#[cfg(feature = "all_types")]
use crate::kernels::convert::{Wide, Widened};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::types::{DType, ElementType, Error, Numeric, Plain, Result, with_class, with_dtype};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    smooth "Cast(x: SrcT) -> (y: DstT); Truncate: bool = false",
    |node| {
        let [from, to] = [node.dtype("SrcT")?, node.dtype("DstT")?];
        if !from.is_plain() || !to.is_plain() {
            let (from, to) = (from.cpp_name(), to.cpp_name());
            return Err(Error::unimplemented(format!("Cast {from} to {to} is not supported")));
        }
        Cast { from, to }
    }
)];

/// `x` with its elements converted to the type `dtype`, such as `tf::float32`: `tf::cast(&x,
/// tf::float32)`, as `tf.cast` converts them.
///
/// If `x` has that type already, it is `x` itself. [`Tensor::cast`] is the same as a method.
///
/// Floats lose their fraction when they become integers, and numbers that are not 0 become `true`.
/// A float that no `i32` or `i64` can hold becomes the smallest of them; wider integers lose their
/// upper bits: this is what x86 processors give, and so TensorFlow. [`saturate_cast`] takes the
/// nearest number instead.
///
/// ```
/// let graph = tf1::Graph::new();
/// let x = graph.constant([1.8f32, -2.2]);
/// let n = tf1::cast(&x, tf1::int64);
/// assert_eq!(n.to_string(), r#"Tensor("Cast:0", shape=(2,), dtype=int64)"#);
/// ```
#[track_caller]
pub fn cast<T: Plain, R: Plain>(x: impl IntoTensor<T>, dtype: ElementType<R>) -> Tensor<R> {
    let _ = dtype;
    cast_to(x)
}

impl<T: Plain> Tensor<T> {
    /// This tensor with its elements converted to type `R`; see [`cast`](crate::cast()).
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// let is_right = tf1::equal(graph.constant([1, 2]), graph.constant([1, 3]));
    /// let share = tf1::reduce_mean(is_right.cast::<f32>(), ..);
    /// assert_eq!(tf1::Session::new(&graph)?.run(share.scalar(), [])?, 0.5);
    /// # Ok::<(), tf1::Error>(())
    /// ```
    #[track_caller]
    pub fn cast<R: Plain>(&self) -> Tensor<R> {
        cast_to(self)
    }
}

/// As [`cast`], to the type that is wanted of it.
#[track_caller]
pub(crate) fn cast_to<T: Plain, R: Plain>(x: impl IntoTensor<T>) -> Tensor<R> {
    cast_named("Cast", x)
}

/// `x` as `f32`, as `tf.to_float` converts it; see [`cast`].
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([true, false]);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::to_float(&x).array1(), [])?, arr1(&[1.0, 0.0]));
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn to_float<T: Plain>(x: impl IntoTensor<T>) -> Tensor<f32> {
    cast_named("ToFloat", x)
}

/// `x` as `f64`, as `tf.to_double` converts it; see [`cast`].
#[track_caller]
pub fn to_double<T: Plain>(x: impl IntoTensor<T>) -> Tensor<f64> {
    cast_named("ToDouble", x)
}

/// `x` as `i32`, as `tf.to_int32` converts it; see [`cast`].
#[track_caller]
pub fn to_int32<T: Plain>(x: impl IntoTensor<T>) -> Tensor<i32> {
    cast_named("ToInt32", x)
}

/// `x` as `i64`, as `tf.to_int64` converts it; see [`cast`].
#[track_caller]
pub fn to_int64<T: Plain>(x: impl IntoTensor<T>) -> Tensor<i64> {
    cast_named("ToInt64", x)
}

/// The nearest numbers of type `dtype` to those of `value`, as `tf.saturate_cast` finds them: what
/// is out of range becomes the smallest or largest number of that type.
///
/// Unlike TensorFlow, this holds for floats beyond the largest integers too, which it turns into
/// the smallest. NaN becomes what [`cast`] makes of it.
#[track_caller]
pub fn saturate_cast<T: Numeric, R: Numeric>(
    value: impl IntoTensor<T>,
    dtype: ElementType<R>,
) -> Tensor<R> {
    let _ = dtype;
    let graph = graph_of(&[value.graph()]);
    graph.op_scope("saturate_cast", |scope| {
        let value = value.into_tensor(&graph, "value");
        let (min, max) = limits::<T, R>();
        let value = match min {
            Some(min) => maximum(value, graph.constant_named("min", arr0(min).into_dyn())),
            None => value,
        };
        let value = match max {
            Some(max) => minimum(value, graph.constant_named("max", arr0(max).into_dyn())),
            None => value,
        };
        cast_in(scope, &value)
    })
}

/// The smallest and the largest `R` as numbers of type `T`, rounded toward zero, where `T` reaches
/// beyond them.
fn limits<T: Numeric, R: Numeric>() -> (Option<T>, Option<T>) {
    if R::DTYPE.is_floating() {
        let narrower = (T::DTYPE, R::DTYPE) == (DType::Float64, DType::Float32);
        let limit = |limit: f32| narrower.then(|| T::from_f64(f64::from(limit)));
        return (limit(f32::MIN), limit(f32::MAX));
    }
    let (min, max) = (R::LOWEST.to_i64(), R::HIGHEST.to_i64());
    if T::DTYPE.is_floating() {
        return (Some(T::from_i64(min)), Some(largest_float_within(max)));
    }
    let below = (T::LOWEST.to_i64() < min).then(|| T::from_i64(min));
    let above = (T::HIGHEST.to_i64() > max).then(|| T::from_i64(max));
    (below, above)
}

/// The largest number of the float type `T` that is not above `limit`, which is one less than a
/// power of two.
fn largest_float_within<T: Numeric>(limit: i64) -> T {
    let nearest = T::from_i64(limit).to_f64();
    if nearest as i128 <= i128::from(limit) {
        return T::from_f64(nearest);
    }
    let step = if T::DTYPE == DType::Float32 {
        f64::from(f32::EPSILON)
    } else {
        f64::EPSILON
    };
    T::from_f64(nearest - nearest * step / 2.0)
}

#[track_caller]
fn cast_named<T: Plain, R: Plain>(name: &str, x: impl IntoTensor<T>) -> Tensor<R> {
    let graph = graph_of(&[x.graph()]);
    if T::DTYPE == R::DTYPE {
        return x.into_tensor(&graph, "x").any().assume();
    }
    graph.op_scope(name, |scope| cast_in(scope, &x.into_tensor(&graph, "x")))
}

/// A number as a constant of another type, made as TensorFlow makes it of one of Python's.
#[track_caller]
pub(crate) fn cast_constant<T: Plain, R: Plain>(graph: &Graph, x: T) -> Tensor<R> {
    graph.op_scope("Cast", |scope| {
        cast_in(scope, &graph.constant_named("x", arr0(x).into_dyn()))
    })
}

/// `x` converted by an op of its own even if it has the type already, as where TensorFlow calls the
/// op directly.
#[track_caller]
pub(crate) fn cast_op<T: Plain, R: Plain>(x: &Tensor<T>) -> Tensor<R> {
    x.graph().op_scope("Cast", |scope| {
        scope.tensor(
            Cast {
                from: T::DTYPE,
                to: R::DTYPE,
            },
            &[x.any()],
        )
    })
}

/// `x` as the node that `scope` is named after, unless it has the type already.
#[track_caller]
fn cast_in<T: Plain, R: Plain>(scope: &OpScope, x: &Tensor<T>) -> Tensor<R> {
    if T::DTYPE == R::DTYPE {
        return x.any().assume();
    }
    scope.tensor(
        Cast {
            from: T::DTYPE,
            to: R::DTYPE,
        },
        &[x.any()],
    )
}

#[derive(Debug)]
struct Cast {
    from: DType,
    to: DType,
}

impl Op for Cast {
    fn op_type(&self) -> &'static str {
        "Cast"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let info = TensorInfo::new(self.to, cx.shape(0));
        let of_indices = |dtype: DType| matches!(dtype, DType::Int32 | DType::Int64);
        Ok(vec![match cx.elements(0) {
            // What is known in full is computed, with what does not fit into the narrower type
            // wrapping around.
            Some(elements) if of_indices(self.to) && elements.contains(&None) => {
                info.with_elements(elements)
            }
            _ => info,
        }])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = cx.inputs.shape(0);
        with_dtype!(self.to, B => cx.compute_each::<B>(self, shape)?, return Err(cx.inputs.has_no_kernel(self.op_type(), 0)));
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        with_class!(inexact, self.from, A => with_class!(inexact, self.to, B => {
            let dx = cast_to::<B, A>(cx.grad::<B>(0));
            cx.set(0, dx);
        }, ()), ());
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    /// Both types are those of its input and output.
    fn attributes(&self) -> Option<AttributeList> {
        Some(AttributeList::new())
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::Elementwise(self)
    }
}

impl Elementwise for Cast {
    fn tile(&self, tile: &mut Tile<'_>) {
        #[cfg(feature = "all_types")]
        if self.from.is_rare() || self.to.is_rare() {
            return self.by_way_of_wide(tile);
        }
        with_class!(common, self.from, A => with_class!(common, self.to, B => {
            tile.map(|x: A| -> B { x.convert() });
        }, ()), ());
    }
}

#[cfg(feature = "all_types")]
impl Cast {
    /// Converts a few numbers at a time to [`Wide`] ones and on from there.
    fn by_way_of_wide(&self, tile: &mut Tile<'_>) {
        const ROOM: usize = 64;
        let mut room = [Wide::Signed(0); ROOM];
        for first in (0..tile.length()).step_by(ROOM) {
            let part = first..tile.length().min(first + ROOM);
            let wide = &mut room[..part.len()];
            with_dtype!(self.from, A => widen(&tile.input::<A>(0)[part.clone()], wide), {});
            with_dtype!(self.to, B => narrow(wide, &mut tile.output::<B>(0)[part]), {});
        }
    }
}

#[cfg(feature = "all_types")]
fn widen<A: Widened>(numbers: &[A], wide: &mut [Wide]) {
    for (wide, &number) in wide.iter_mut().zip(numbers) {
        *wide = number.widen();
    }
}

#[cfg(feature = "all_types")]
fn narrow<B: Widened>(wide: &[Wide], numbers: &mut [B]) {
    for (number, &wide) in numbers.iter_mut().zip(wide) {
        *number = B::narrow(wide);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_lie_within_the_narrower_type() {
        assert_eq!(
            limits::<f32, i32>(),
            (Some(-2_147_483_648.0), Some(2_147_483_520.0))
        );
        assert_eq!(
            limits::<f64, i32>(),
            (Some(-2_147_483_648.0), Some(2_147_483_647.0))
        );
        assert_eq!(
            limits::<f64, i64>().1.map(|max| max as i64),
            Some(i64::MAX - 1023)
        );
        assert_eq!(limits::<i64, u8>(), (Some(0), Some(255)));
        assert_eq!(limits::<u8, i32>(), (None, None));
        assert_eq!(limits::<i64, f32>(), (None, None));
        assert_eq!(
            limits::<f64, f32>(),
            (Some(f64::from(f32::MIN)), Some(f64::from(f32::MAX)))
        );
    }
}
