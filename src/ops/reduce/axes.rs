//! [`Axes`]: which axes to reduce, and what all reductions share: building, shape rule, kernel frame.

use ndarray::Array;

use crate::graph::{Graph, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo, graph_of};
use crate::kernels::reduce::{Reducer, reduce};
use crate::ops::support::resolve_axis;
use crate::types::{Dim, Element, Error, Result, Shape};

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

/// Builds a reduction: `make` is given whether to keep the reduced axes.
#[track_caller]
pub(super) fn build<A: Element, R: Element, O: Op>(
    name: &str,
    input: impl IntoTensor<A>,
    axes: impl Into<Axes>,
    make: impl FnOnce(bool) -> O,
) -> Tensor<R> {
    let graph = graph_of(&[input.graph()]);
    let Axes { which, keepdims } = axes.into();
    graph.op_call(|| {
        let input = input.into_tensor(&graph, "Const");
        let outside = match &which {
            Which::All => Some(all_axes(&graph, &input)),
            _ => None,
        };
        graph.op_scope(name, |scope| {
            let axes = match (outside, which) {
                (Some(axes), _) => axes,
                (None, Which::Tensor(axes)) => axes,
                (None, Which::One(axis)) => {
                    graph.constant_named("reduction_indices", ndarray::arr0(axis).into_dyn())
                }
                (None, Which::Some(axes)) => {
                    graph.constant_named("reduction_indices", Array::from(axes).into_dyn())
                }
                (None, Which::All) => all_axes(&graph, &input),
            };
            scope.tensor(make(keepdims), &[input.any(), axes.any()])
        })
    })
}

/// The numbers of all axes of `input`: a constant if the rank is known, else computed when run.
#[track_caller]
fn all_axes<T: Element>(graph: &Graph, input: &Tensor<T>) -> Tensor<i32> {
    match input.shape().rank() {
        Some(rank) => graph.constant_named("Const", Array::from_iter(0..rank as i32).into_dyn()),
        None => crate::ops::array::range(0, crate::ops::array::rank(input), 1),
    }
}

/// The shape rule of a reduction.
///
/// # Errors
/// `InvalidArgument` if an axis is out of range.
pub(super) fn infer<R: Element>(cx: &InferContext<'_>, keepdims: bool) -> Result<Vec<TensorInfo>> {
    let Some(dims) = cx.shape(0).dims() else {
        return Ok(vec![TensorInfo::new(R::DTYPE, ..)]);
    };
    let shape = match cx.known_elements(1) {
        Some(axes) => reduced(dims, &resolve(&axes, dims.len())?, keepdims),
        None if keepdims => Shape::of_rank(dims.len()),
        None => Shape::unknown(),
    };
    Ok(vec![TensorInfo::new(R::DTYPE, shape)])
}

fn reduced(dims: &[Dim], axes: &[usize], keepdims: bool) -> Shape {
    let left = dims
        .iter()
        .enumerate()
        .filter_map(|(axis, dim)| match axes.contains(&axis) {
            true => keepdims.then_some(Some(1)),
            false => Some(*dim),
        });
    Shape::from(left.collect::<Vec<Dim>>())
}

/// The axes counted from the front, sorted, each once.
fn resolve(axes: &[i64], rank: usize) -> Result<Vec<usize>> {
    let resolved: Result<Vec<usize>> = axes
        .iter()
        .map(|&axis| {
            resolve_axis(axis, rank).map_err(|_| {
                Error::invalid_argument(format!(
                    "Invalid reduction dimension {axis} for input with {rank} dimensions."
                ))
            })
        })
        .collect();
    let mut resolved = resolved?;
    resolved.sort_unstable();
    resolved.dedup();
    Ok(resolved)
}

/// The kernel of a reduction: input 0 along the axes that input 1 holds.
///
/// # Errors
/// `InvalidArgument` if an axis is out of range.
pub(super) fn compute<A: Element, B: Element>(
    cx: &mut Kernel<'_, '_>,
    keepdims: bool,
    reducer: impl Reducer<A, B>,
) -> Result<()> {
    let x = cx.inputs.get::<A>(0);
    let axes = resolve(&cx.inputs.integers(1)?, x.ndim())?;
    let dims: Vec<Dim> = x.shape().iter().copied().map(Some).collect();
    let shape = reduced(&dims, &axes, keepdims)
        .to_known()
        .unwrap_or_default();
    let mut out = cx.outputs.alloc::<B>(0, &shape);
    if keepdims {
        for &axis in axes.iter().rev() {
            out = out.index_axis_move(ndarray::Axis(axis), 0);
        }
    }
    reduce(x, &axes, out, reducer);
    Ok(())
}
