//! [`Axes`]: which axes to reduce.

use ndarray::Array;

use crate::graph::{Graph, Tensor};
use crate::ops::array::{range, rank};
use crate::types::Element;

/// The axes that a reduction combines, and whether they stay as axes of length 1.
///
/// `..` are all axes; a number or an array of numbers names some, counted from the end if negative.
///
/// ```
/// use tf1::{Axes, Graph, reduce_sum};
///
/// let graph = Graph::new();
/// let x = graph.zeros::<f32>([2, 3, 4]);
/// assert_eq!(reduce_sum(&x, ..).shape().to_string(), "()");
/// assert_eq!(reduce_sum(&x, -1).shape().to_string(), "(2, 3)");
/// assert_eq!(reduce_sum(&x, [0, 2]).shape().to_string(), "(3,)");
/// assert_eq!(reduce_sum(&x, Axes::from(0).keepdims()).shape().to_string(), "(1, 3, 4)");
/// ```
#[derive(Clone, Debug)]
pub struct Axes {
    which: Which,
    keepdims: bool,
}

#[derive(Clone, Debug)]
enum Which {
    All,
    /// A single axis, which becomes a scalar constant of the graph as in TensorFlow.
    One(i32),
    Some(Vec<i32>),
    /// Axes computed in the graph.
    Tensor(Tensor<i32>),
}

impl Axes {
    /// Every axis, as `..`.
    pub fn all() -> Self {
        Axes {
            which: Which::All,
            keepdims: false,
        }
    }

    /// Keeps the reduced axes, with length 1 (`keepdims=True`).
    pub fn keepdims(mut self) -> Self {
        self.keepdims = true;
        self
    }

    fn new(which: Which) -> Self {
        Axes {
            which,
            keepdims: false,
        }
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
        matches!(self.which, Which::All)
    }

    /// The numbers of the axes, none for all; `None` if they are computed in the graph.
    pub(crate) fn known(&self) -> Option<Vec<isize>> {
        match &self.which {
            Which::All => Some(Vec::new()),
            Which::One(axis) => Some(vec![*axis as isize]),
            Which::Some(axes) => Some(axes.iter().map(|&axis| axis as isize).collect()),
            Which::Tensor(_) => None,
        }
    }

    /// The axes as a tensor, if TensorFlow makes it before it enters the scope of the reduction: all axes of `input`.
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
        let array = match &self.which {
            Which::All => return all_axes(graph, input),
            Which::Tensor(axes) => return axes.clone(),
            Which::One(axis) => ndarray::arr0(*axis).into_dyn(),
            Which::Some(axes) => Array::from(axes.clone()).into_dyn(),
        };
        graph.constant_named("reduction_indices", array)
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

impl From<isize> for Axes {
    fn from(axis: isize) -> Self {
        // An axis outside of i32 is out of range for every tensor, whichever it is.
        Axes::new(Which::One(clamp(axis)))
    }
}

impl<const N: usize> From<[isize; N]> for Axes {
    fn from(axes: [isize; N]) -> Self {
        Axes::from(axes.as_slice())
    }
}

impl From<&[isize]> for Axes {
    fn from(axes: &[isize]) -> Self {
        Axes::new(Which::Some(axes.iter().copied().map(clamp).collect()))
    }
}

impl From<Vec<isize>> for Axes {
    fn from(axes: Vec<isize>) -> Self {
        Axes::from(axes.as_slice())
    }
}

impl From<Tensor<i32>> for Axes {
    fn from(axes: Tensor<i32>) -> Self {
        Axes::new(Which::Tensor(axes))
    }
}

impl From<&Tensor<i32>> for Axes {
    fn from(axes: &Tensor<i32>) -> Self {
        Axes::from(axes.clone())
    }
}

fn clamp(axis: isize) -> i32 {
    axis.clamp(i32::MIN as isize, i32::MAX as isize) as i32
}
