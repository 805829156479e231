//! The norm of several tensors together, and clipping it.

use super::operators::product;
use super::powers::Sqrt;
use super::unary::apply_in;
use super::{is_finite, minimum, select, truediv};
use crate::graph::{AnyTensor, Gradient, IndexedSlices, IntoTensor, Tensor, graph_of};
use crate::ops::array::{identity_any, stack};
use crate::ops::nn::l2_loss;
use crate::ops::reduce::reduce_sum;
use crate::types::{ElementType, Error, Float};

/// What [`global_norm`] measures and [`clip_by_global_norm`] clips: tensors, or gradients, some of
/// which may be missing, or references to them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a gradient or a tensor of floats",
    label = "neither a gradient nor a tensor of `f32` or `f64`",
    note = "write `tf::clip_by_global_norm(&gradients, 5.0)` with what `tf::gradients` gives, or with a list of tensors"
)]
pub trait ClipTarget {
    /// The type of its elements, and so of the norm: `f32` where only the run knows it, since it
    /// nearly always is that; [`global_norm_as`] and [`clip_by_global_norm_with`] take another.
    type Norm: Float;

    /// What it is when it is clipped.
    type Clipped;

    /// The tensor, or the rows of it that are not zero; `None` if there is none.
    fn values(&self) -> Option<AnyTensor>;

    /// The same with what `clip` makes of its [`values`](ClipTarget::values), if there are any.
    fn clipped(&self, clip: &dyn Fn(&AnyTensor) -> AnyTensor) -> Self::Clipped;
}

impl<T: Float> ClipTarget for Tensor<T> {
    type Norm = T;
    type Clipped = Tensor<T>;

    fn values(&self) -> Option<AnyTensor> {
        Some(self.any())
    }

    fn clipped(&self, clip: &dyn Fn(&AnyTensor) -> AnyTensor) -> Tensor<T> {
        clip(&self.any()).assume()
    }
}

impl ClipTarget for AnyTensor {
    type Norm = f32;
    type Clipped = AnyTensor;

    fn values(&self) -> Option<AnyTensor> {
        Some(self.clone())
    }

    fn clipped(&self, clip: &dyn Fn(&AnyTensor) -> AnyTensor) -> AnyTensor {
        clip(self)
    }
}

impl ClipTarget for IndexedSlices {
    type Norm = f32;
    type Clipped = IndexedSlices;

    fn values(&self) -> Option<AnyTensor> {
        Some(self.values.clone())
    }

    fn clipped(&self, clip: &dyn Fn(&AnyTensor) -> AnyTensor) -> IndexedSlices {
        IndexedSlices {
            values: clip(&self.values),
            ..self.clone()
        }
    }
}

impl ClipTarget for Gradient {
    type Norm = f32;
    type Clipped = Gradient;

    fn values(&self) -> Option<AnyTensor> {
        match self {
            Gradient::Dense(tensor) => tensor.values(),
            Gradient::Sparse(slices) => slices.values(),
        }
    }

    fn clipped(&self, clip: &dyn Fn(&AnyTensor) -> AnyTensor) -> Gradient {
        match self {
            Gradient::Dense(tensor) => Gradient::Dense(tensor.clipped(clip)),
            Gradient::Sparse(slices) => Gradient::Sparse(slices.clipped(clip)),
        }
    }
}

impl<G: ClipTarget> ClipTarget for Option<G> {
    type Norm = G::Norm;
    type Clipped = Option<G::Clipped>;

    fn values(&self) -> Option<AnyTensor> {
        self.as_ref()?.values()
    }

    fn clipped(&self, clip: &dyn Fn(&AnyTensor) -> AnyTensor) -> Option<G::Clipped> {
        self.as_ref().map(|target| target.clipped(clip))
    }
}

impl<G: ClipTarget + ?Sized> ClipTarget for &G {
    type Norm = G::Norm;
    type Clipped = G::Clipped;

    fn values(&self) -> Option<AnyTensor> {
        (**self).values()
    }

    fn clipped(&self, clip: &dyn Fn(&AnyTensor) -> AnyTensor) -> G::Clipped {
        (**self).clipped(clip)
    }
}

/// The square root of the sum of the squares of all elements of all tensors in `t_list`, as
/// `tf.global_norm` computes it. Missing gradients are left out.
///
/// If only the run knows the tensors' type, it is taken to be `f32`; [`global_norm_as`] takes
/// another.
///
/// # Errors
/// `InvalidArgument` if there is no tensor at all, or one has elements of another type.
#[track_caller]
pub fn global_norm<G: ClipTarget>(t_list: impl IntoIterator<Item = G>) -> Tensor<G::Norm> {
    global_norm_as(t_list, ElementType::new())
}

/// As [`global_norm`], of tensors whose elements are of type `dtype`, such as
/// [`float64`](crate::float64).
///
/// # Errors
/// As [`global_norm`].
#[track_caller]
pub fn global_norm_as<T: Float>(
    t_list: impl IntoIterator<Item: ClipTarget>,
    dtype: ElementType<T>,
) -> Tensor<T> {
    let _ = dtype;
    let targets = t_list.into_iter();
    norm_of(
        &targets
            .filter_map(|target| target.values())
            .collect::<Vec<_>>(),
    )
}

#[track_caller]
fn norm_of<T: Float>(tensors: &[AnyTensor]) -> Tensor<T> {
    let graph = graph_of(&[tensors.first().map(|tensor| tensor.graph().clone())]);
    graph.op_scope("global_norm", |scope| {
        if tensors.is_empty() {
            let message = "global_norm needs at least one tensor";
            return scope.failed("global_norm", Error::invalid_argument(message));
        }
        if let Some(other) = tensors.iter().find(|tensor| tensor.dtype() != T::DTYPE) {
            let message = format!("{other} is not of type {}", T::DTYPE);
            let help = "for another type: global_norm_as(.., tf::float64), clip_by_global_norm_with(.., tf::float64)";
            let error = Error::invalid_argument(message).with_help(help);
            return scope.failed("global_norm", error);
        }
        let halves: Vec<Tensor<T>> = tensors
            .iter()
            .map(|tensor| l2_loss(tensor.assume::<T>()))
            .collect();
        let half = reduce_sum(stack(&halves, 0), ..);
        let square = half * graph.constant(T::from_i64(2));
        graph.op_scope("global_norm", |scope| apply_in::<Sqrt, T>(scope, &square))
    })
}

/// The tensors of `t_list`, all scaled down by the same factor to the [`global_norm`] `clip_norm`
/// if theirs is larger, and the norm that they had, as `tf.clip_by_global_norm` computes them:
/// `t · clip_norm / max(norm, clip_norm)`.
///
/// Missing gradients stay missing. If only the run knows the tensors' type, it is taken to be
/// `f32`; [`clip_by_global_norm_with`] takes another: `clip_by_global_norm_with(&gradients, 5.0,
/// tf::float64)`. If the norm is infinite or NaN, all results are NaN.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let (a, b) = (graph.constant([3.0f32, 0.0]), graph.constant([0.0f32, 4.0]));
/// let (clipped, norm) = tf::clip_by_global_norm([&a, &b], 1.0);
/// let session = tf::Session::new(&graph)?;
/// let (clipped, norm): (Vec<_>, f32) = session.run((&clipped, norm.scalar()), [])?;
/// assert_eq!(clipped[0], ndarray::arr1(&[0.6, 0.0]).into_dyn());
/// assert_eq!(norm, 5.0);
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// As [`global_norm`], if the tensors belong to several graphs, and if `clip_norm` is not a scalar.
///
/// # Options
/// `use_norm`: see [`clip_by_global_norm_with`].
#[track_caller]
pub fn clip_by_global_norm<G: ClipTarget>(
    t_list: impl IntoIterator<Item = G>,
    clip_norm: impl IntoTensor<G::Norm> + Clone,
) -> (Vec<G::Clipped>, Tensor<G::Norm>) {
    clip_by_global_norm_with(t_list, clip_norm, ClipByGlobalNorm::new())
}

/// As [`clip_by_global_norm`], with options.
///
/// # Errors
/// As [`clip_by_global_norm`].
#[track_caller]
pub fn clip_by_global_norm_with<T: Float, G: ClipTarget>(
    t_list: impl IntoIterator<Item = G>,
    clip_norm: impl IntoTensor<T> + Clone,
    options: impl Into<ClipByGlobalNorm<T>>,
) -> (Vec<G::Clipped>, Tensor<T>) {
    let options = options.into();
    let targets: Vec<G> = t_list.into_iter().collect();
    let values = targets.iter().filter_map(G::values);
    let norm = match options.use_norm {
        Some(norm) => norm,
        None => norm_of(&values.collect::<Vec<_>>()),
    };
    let graph = norm.graph();
    let clipped = graph.op_scope("clip_by_global_norm", |scope| {
        let factor = factor(&norm, clip_norm);
        let clip = |(i, target): (usize, &G)| {
            target.clipped(&|values| {
                let scaled = values.assume::<T>() * &factor;
                // TensorFlow takes the scope's whole name for a part of the node's.
                let name = format!("{}/_{i}", scope.name());
                graph.op_scope(&name, |scope| identity_any(scope, &scaled.any()))
            })
        };
        targets.iter().enumerate().map(clip).collect()
    });
    (clipped, norm)
}

/// The options of [`clip_by_global_norm_with`].
#[derive(Clone, Debug, Default)]
pub struct ClipByGlobalNorm<T: Float = f32> {
    use_norm: Option<Tensor<T>>,
}

/// For tensors of this type.
impl<T: Float> From<ElementType<T>> for ClipByGlobalNorm<T> {
    fn from(_: ElementType<T>) -> Self {
        ClipByGlobalNorm::new()
    }
}

/// With this norm, as [`ClipByGlobalNorm::use_norm`].
impl<T: Float> From<&Tensor<T>> for ClipByGlobalNorm<T> {
    fn from(norm: &Tensor<T>) -> Self {
        ClipByGlobalNorm::new().use_norm(norm)
    }
}

impl<T: Float> ClipByGlobalNorm<T> {
    /// The norm is that of the tensors.
    pub fn new() -> Self {
        ClipByGlobalNorm { use_norm: None }
    }

    /// Takes this for the norm.
    pub fn use_norm(mut self, norm: &Tensor<T>) -> Self {
        self.use_norm = Some(norm.clone());
        self
    }
}

/// What to multiply tensors of this norm with: min(clip_norm / norm, 1), or NaN if the norm is not
/// finite.
#[track_caller]
fn factor<T: Float>(norm: &Tensor<T>, clip_norm: impl IntoTensor<T> + Clone) -> Tensor<T> {
    let graph = norm.graph();
    let inverse = truediv(T::ONE, norm);
    let largest = truediv(graph.constant(T::ONE), clip_norm.clone());
    let factor = product(clip_norm, minimum(inverse, largest));
    select(is_finite(norm), factor, graph.constant(T::NAN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Graph, Session};

    /// As TensorFlow 1.15.5 computes it.
    #[test]
    fn an_infinite_norm_makes_all_nan_and_what_is_missing_stays_so() {
        let graph = Graph::new();
        let infinite = graph.constant([f32::INFINITY, 1.0]);
        let targets = [Some(infinite), None, Some(graph.constant([2.0f32]))];
        let (clipped, norm) = clip_by_global_norm(&targets, 1.0f32);
        let [Some(first), None, Some(last)] = clipped.as_slice() else {
            panic!("only the second is missing");
        };
        let session = Session::new(&graph).unwrap();
        let (first, last, norm) = session.run((first, last, &norm), []).unwrap();
        assert!(first.iter().chain(&last).all(|x| x.is_nan()));
        assert_eq!(norm.first(), Some(&f32::INFINITY));
    }

    #[test]
    fn nothing_has_no_norm() {
        let norm = global_norm(&[None::<Tensor>]);
        assert!(norm.graph().check().is_err());
    }
}
