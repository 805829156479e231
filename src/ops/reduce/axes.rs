//! [`Axes`]: which axes to reduce.

use ndarray::Array;

use crate::graph::{Graph, Tensor};
use crate::ops::array::{range, rank};
use crate::ops::{Integers, IntoIntegers};
use crate::types::Element;

/// The axes that a reduction combines, and whether they stay as axes of length 1.
///
/// `..` are all axes; a number or an array of numbers names some, counted from the end if negative.
///
/// ```
/// use tf1::{Graph, keepdims, reduce_sum};
///
/// let graph = Graph::new();
/// let x = graph.zeros::<f32>([2, 3, 4]);
/// assert_eq!(reduce_sum(&x, ..).shape().to_string(), "()");
/// assert_eq!(reduce_sum(&x, -1).shape().to_string(), "(2, 3)");
/// assert_eq!(reduce_sum(&x, [0, 2]).shape().to_string(), "(3,)");
/// assert_eq!(reduce_sum(&x, keepdims(0)).shape().to_string(), "(1, 3, 4)");
/// ```
#[derive(Clone, Debug)]
pub struct Axes {
    /// `None`: all of them.
    which: Option<Integers>,
    keepdims: bool,
}

/// These axes, which the reduction keeps with length 1: TensorFlow's `keepdims=True`.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.zeros::<f32>([2, 3]);
/// let mean = tf::reduce_mean(&x, tf::keepdims(1));
/// assert_eq!(mean.shape().to_string(), "(2, 1)");
/// ```
#[doc(alias = "keep_dims")]
pub fn keepdims(axes: impl IntoAxes) -> Axes {
    axes.into_axes().keepdims()
}

/// What can say which axes to combine: `..` for all, a number or several, a tensor of numbers, or
/// [`Axes`].
///
/// An axis is an integer of any type, counted from the end if negative.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which axes to combine",
    label = "neither axes nor `..`",
    note = "write `..` for all axes, `1` or `[0, 1]` for some, or `tf::keepdims(1)` to keep them with length 1"
)]
pub trait IntoAxes {
    /// The axes.
    fn into_axes(self) -> Axes;
}

impl Axes {
    /// Every axis, as `..`.
    pub fn all() -> Self {
        Axes {
            which: None,
            keepdims: false,
        }
    }

    /// Keeps the reduced axes, with length 1 (`keepdims=True`).
    pub fn keepdims(mut self) -> Self {
        self.keepdims = true;
        self
    }

    /// The same axes, kept or not as `keepdims` says.
    pub(crate) fn keeping(&self, keepdims: bool) -> Self {
        Axes {
            which: self.which.clone(),
            keepdims,
        }
    }

    /// Whether the reduced axes stay as axes of length 1.
    pub(crate) fn keeps_dims(&self) -> bool {
        self.keepdims
    }

    /// Whether every axis is reduced because none was named.
    pub(crate) fn are_all(&self) -> bool {
        self.which.is_none()
    }

    /// The numbers of the axes, none for all; `None` if they are computed in the graph.
    pub(crate) fn known(&self) -> Option<Vec<isize>> {
        let Some(which) = &self.which else {
            return Some(Vec::new());
        };
        let axis = |&number: &i64| isize::try_from(number).unwrap_or(isize::MAX);
        // Few: one for each axis.
        Some(which.known()?.iter().map(axis).collect())
    }

    /// The axes as a tensor, if TensorFlow makes it before it enters the scope of the reduction:
    /// all axes of `input`.
    #[track_caller]
    pub(super) fn outside_scope<T: Element>(
        &self,
        graph: &Graph,
        input: &Tensor<T>,
    ) -> Option<Tensor<i32>> {
        self.are_all().then(|| all_axes(graph, input))
    }

    /// The axes as a tensor made inside the scope of the reduction.
    #[track_caller]
    pub(super) fn inside_scope<T: Element>(&self, graph: &Graph, input: &Tensor<T>) -> Tensor<i32> {
        match &self.which {
            // A single axis becomes a scalar, as in TensorFlow.
            Some(which) => which.clone().into_tensor(graph, "reduction_indices"),
            None => all_axes(graph, input),
        }
    }
}

/// The numbers of all axes of `input`: a constant if the rank is known, else computed when run.
#[track_caller]
fn all_axes<T: Element>(graph: &Graph, input: &Tensor<T>) -> Tensor<i32> {
    match input.shape().rank() {
        Some(rank) => graph.constant_named("Const", Array::from_iter(0..rank as i32).into_dyn()),
        None => range(0, rank(input), 1),
    }
}

impl From<std::ops::RangeFull> for Axes {
    fn from(_: std::ops::RangeFull) -> Self {
        Axes::all()
    }
}

impl<A: IntoIntegers> From<A> for Axes {
    fn from(axes: A) -> Self {
        Axes {
            which: Some(axes.into_integers()),
            keepdims: false,
        }
    }
}

impl<A: IntoIntegers> IntoAxes for A {
    fn into_axes(self) -> Axes {
        Axes::from(self)
    }
}

impl IntoAxes for std::ops::RangeFull {
    fn into_axes(self) -> Axes {
        Axes::all()
    }
}

impl IntoAxes for Axes {
    fn into_axes(self) -> Axes {
        self
    }
}

impl IntoAxes for &Axes {
    fn into_axes(self) -> Axes {
        self.clone()
    }
}
