//! Clipping the norm of tensors.

use super::{cast_to, greater, maximum, minimum, rsqrt, select, sqrt};
use crate::graph::{IntoTensor, OpScope, Tensor, graph_of};
use crate::ops::IntoIntegers;
use crate::ops::array::{identity_any, ones_like, range, rank, size};
use crate::ops::reduce::{Axes, IntoAxes, reduce_sum};
use crate::ops::support::require_same_shapes;
use crate::types::{Error, Float};

/// `t`, scaled down to the Euclidean norm `clip_norm` where its norm is larger, as
/// `tf.clip_by_norm` computes it: `t · clip_norm / max(|t|, clip_norm)`.
///
/// # Errors
/// `InvalidArgument` if `clip_norm` is known not to be a scalar and does not fit the shape of `t`.
///
/// # Options
/// `axes`: see [`clip_by_norm_with`].
#[track_caller]
pub fn clip_by_norm<T: Float>(
    t: impl IntoTensor<T>,
    clip_norm: impl IntoTensor<T> + Clone,
) -> Tensor<T> {
    clip_by_norm_with(t, clip_norm, ClipByNorm::new())
}

/// As [`clip_by_norm`], along the axes that `options` names.
///
/// ```
/// use tf1::{ClipByNorm, Graph, Session, clip_by_norm_with};
///
/// let graph = Graph::new();
/// let rows = graph.constant([[3.0f32, 4.0], [0.3, 0.4]]);
/// let clipped = clip_by_norm_with(&rows, 1.0, ClipByNorm::new().axes(1));
/// let session = Session::new(&graph)?;
/// assert_eq!(session.run(&clipped, [])?, ndarray::arr2(&[[0.6, 0.8], [0.3, 0.4]]).into_dyn());
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// As [`clip_by_norm`], and if an axis is out of range.
#[track_caller]
pub fn clip_by_norm_with<T: Float>(
    t: impl IntoTensor<T>,
    clip_norm: impl IntoTensor<T> + Clone,
    options: impl Into<ClipByNorm>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[t.graph(), clip_norm.graph()]);
    graph.op_scope("clip_by_norm", |scope| {
        let t = &t.into_tensor(&graph, "t");
        let norm = norm(t, options.axes);
        let scaled = t * clip_norm.clone();
        if t.shape().merge(&scaled.shape()).is_none() {
            let message = format!(
                "Shapes {} and {} are not compatible",
                t.shape(),
                scaled.shape()
            );
            return scope.failed("clip_by_norm", Error::invalid_argument(message));
        }
        require_same_shapes(t, &scaled, || {
            identity_in(scope, &(&scaled / maximum(norm, clip_norm)))
        })
    })
}

/// The options of [`clip_by_norm_with`].
#[derive(Clone, Debug)]
pub struct ClipByNorm {
    axes: Axes,
}

/// Along these axes, as [`ClipByNorm::axes`].
impl<A: IntoIntegers> From<A> for ClipByNorm {
    fn from(axes: A) -> Self {
        ClipByNorm::new().axes(axes)
    }
}

impl ClipByNorm {
    /// One norm, of all elements.
    pub fn new() -> Self {
        ClipByNorm { axes: Axes::all() }
    }

    /// One norm for each place along the other axes, of the elements along these.
    pub fn axes(mut self, axes: impl IntoAxes) -> Self {
        self.axes = axes.into_axes();
        self
    }
}

impl Default for ClipByNorm {
    fn default() -> Self {
        ClipByNorm::new()
    }
}

/// The Euclidean norm along `axes`, which are kept. Its gradient at 0 is 0.
#[track_caller]
fn norm<T: Float>(t: &Tensor<T>, axes: Axes) -> Tensor<T> {
    let squares = reduce_sum(t * t, axes.keepdims());
    let positive = greater(&squares, T::ZERO);
    // The root's gradient is infinite at 0, so 1 stands there.
    let safe = select(&positive, &squares, ones_like(&squares));
    select(positive, sqrt(safe), squares)
}

/// `t`, scaled down so that its Euclidean norm divided by the number of its elements is at most
/// `clip_norm`, as `tf.clip_by_average_norm` computes it.
///
/// # Errors
/// `InvalidArgument` if `clip_norm` does not broadcast with `t`.
#[track_caller]
pub fn clip_by_average_norm(
    t: impl IntoTensor<f32>,
    clip_norm: impl IntoTensor<f32> + Clone,
) -> Tensor<f32> {
    let graph = graph_of(&[t.graph(), clip_norm.graph()]);
    graph.op_scope("clip_by_average_norm", |scope| {
        let t = &t.into_tensor(&graph, "t");
        let count = cast_to::<i32, f32>(size(t));
        let squares = t * t;
        let axes = Axes::from(range(0, rank(t), 1));
        let inverse = rsqrt(reduce_sum(squares, axes));
        let scaled = t * clip_norm.clone();
        let inverse = inverse * count;
        let limit = graph.constant(1.0f32) / clip_norm;
        identity_in(scope, &(scaled * minimum(inverse, limit)))
    })
}

/// `x` as the node that `scope` is named after.
#[track_caller]
fn identity_in<T: Float>(scope: &OpScope, x: &Tensor<T>) -> Tensor<T> {
    identity_any(scope, &x.any()).assume()
}
