//! What all reductions share: building, shape rule, kernel frame.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::Arc;

use ndarray::Axis;
use smallvec::SmallVec;

use super::axes::IntoAxes;
use crate::graph::{
    AttributeList, Attributes, FromNode, Fusion, GradientContext, InferContext, IntoTensor, Kernel,
    NodeSpec, Op, Tensor, TensorInfo, attributes, graph_of, no_gradient,
};
use crate::kernels::cpu::vectorised_floats;
use crate::kernels::reduce::{Finish, Reducer, Whole, reduce_and_finish};
use crate::ops::support::{axis_error, resolve_axis};
use crate::types::{Dim, Element as _, Error, Plain, Result, Shape};

/// A few numbers of axes, or lengths along them.
type AxisList = SmallVec<[usize; 8]>;

/// What sets one reduction apart from the others.
pub(super) trait Reduction: Send + Sync + 'static {
    /// The type of the elements.
    type Element: Plain;
    /// How two of them become one.
    type Reducer: Reducer<Self::Element> + Default + Send + Sync + 'static;
    /// TensorFlow's name of the op.
    const OP_TYPE: &'static str;

    /// Whether something is left to do when `count` elements were reduced.
    const FINISHES: bool = false;

    /// What is left to do when `count` elements were reduced to one.
    fn finish(reduced: Self::Element, count: usize) -> Self::Element {
        let _ = count;
        reduced
    }

    /// The op's gradient rule.
    fn gradient(cx: &mut GradientContext<'_>) -> Result<()>;
}

/// Builds a reduction of `input` along `axes`.
#[track_caller]
pub(super) fn build<R: Reduction>(
    input: impl IntoTensor<R::Element>,
    axes: impl IntoAxes,
) -> Tensor<R::Element> {
    let (graph, axes) = (graph_of(&[input.graph()]), axes.into_axes());
    graph.op_call(|| {
        let input = input.into_tensor(&graph, "Const");
        let outside = axes.outside_scope(&graph, &input);
        let output: Tensor<R::Element> = graph.op_scope(R::OP_TYPE, |scope| {
            let indices = outside.unwrap_or_else(|| axes.inside_scope(&graph, &input));
            let keep_dims = axes.keeps_dims();
            let op = Reduce::<R>::new(KeepDims { keep_dims }, axes.known().is_none());
            scope.tensor(op, &[input.any(), indices.any()])
        });
        if axes.are_all() && !axes.keeps_dims() {
            output.set_shape(Shape::scalar());
        }
        output
    })
}

attributes! {
    pub(super) struct KeepDims {
        /// Whether the axes stay, with length 1.
        keep_dims: bool,
    }
}

/// The op of a reduction: of input 0 along the axes that input 1 holds.
pub(super) struct Reduce<R> {
    attributes: KeepDims,
    /// Whether only a run computes the axes, so that only it can find one out of range.
    axes_from_run: bool,
    reduction: PhantomData<fn() -> R>,
}

impl<R> Reduce<R> {
    pub(super) fn new(attributes: KeepDims, axes_from_run: bool) -> Self {
        Reduce {
            attributes,
            axes_from_run,
            reduction: PhantomData,
        }
    }
}

impl<R: Reduction> Debug for Reduce<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct(R::OP_TYPE)
            .field("keep_dims", &self.attributes.keep_dims)
            .finish()
    }
}

impl<R: Reduction> FromNode for Reduce<R> {
    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        let axes_from_run = node.inputs()[1].constant.is_none();
        Ok(Reduce::new(node.attributes()?, axes_from_run))
    }
}

fn finish_each<R: Reduction>(reduced: &mut [R::Element], count: usize) {
    vectorised_floats!([R::Element] {
        for reduced in reduced {
            *reduced = R::finish(*reduced, count);
        }
    });
}

impl<R: Reduction> Op for Reduce<R> {
    fn op_type(&self) -> &'static str {
        R::OP_TYPE
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        if let Some(rank) = cx.shape(1).rank().filter(|rank| *rank > 1) {
            let inputs = cx.shapes_text();
            return Err(Error::invalid_argument(format!(
                "Shape must be at most rank 1 but is rank {rank}, with input shapes: {inputs}."
            )));
        }
        let Some(dims) = cx.shape(0).dims() else {
            return Ok(vec![TensorInfo::new(R::Element::DTYPE, ..)]);
        };
        let shape = match cx.known_elements(1) {
            Some(axes) => reduced(
                dims,
                &resolve(&axes, dims.len())?,
                self.attributes.keep_dims,
            ),
            None if self.attributes.keep_dims => Shape::of_rank(dims.len()),
            None => Shape::unknown(),
        };
        Ok(vec![TensorInfo::new(R::Element::DTYPE, shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let x = cx.inputs.get::<R::Element>(0);
        let axes = resolve(&cx.inputs.few_integers(1)?, x.ndim())?;
        if axes.is_empty() {
            cx.outputs.forward(0, cx.inputs.value(0).clone());
            return Ok(());
        }
        let own_shape = x.shape().iter().enumerate();
        let shape: AxisList = own_shape
            .filter_map(|(axis, length)| match axes.contains(&axis) {
                true => self.attributes.keep_dims.then_some(1),
                false => Some(*length),
            })
            // Few: one length for each axis.
            .collect();
        let count = axes.iter().map(|&axis| x.shape()[axis]).product();
        let mut out = cx.outputs.alloc_unset::<R::Element>(0, &shape)?;
        if self.attributes.keep_dims {
            for &axis in axes.iter().rev() {
                out = out.index_axis_move(Axis(axis), 0);
            }
        }
        let reducer = R::Reducer::default();
        let finish = |reduced: &mut [R::Element]| finish_each::<R>(reduced, count);
        let finish: Option<Finish<'_, R::Element>> = if R::FINISHES { Some(&finish) } else { None };
        reduce_and_finish(cx.pool, x, &axes, out.view_mut(), reducer, finish)
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        // Rules of other types are never asked, and so need not be compiled.
        match const { R::Element::DTYPE.is_trainable() } {
            true => R::gradient(cx),
            false => Err(no_gradient(R::OP_TYPE)),
        }
    }

    fn can_fail(&self) -> bool {
        self.axes_from_run
    }

    /// Along axes that are not neighbours, one after the other.
    fn needs_memory(&self, cx: &InferContext<'_>) -> bool {
        let Some(rank) = cx.shape(0).rank().filter(|rank| *rank > 2) else {
            return false;
        };
        let axes = cx.known_elements(1).map(|axes| resolve(&axes, rank));
        let are_neighbours = |axes: AxisList| axes.windows(2).all(|pair| pair[0] + 1 == pair[1]);
        !axes.is_some_and(|axes| axes.is_ok_and(are_neighbours))
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.attributes.list())
    }

    fn fusion(self: Arc<Self>, cx: &InferContext<'_>) -> Fusion {
        let (Some(axes), Some(rank)) = (cx.known_elements(1), cx.shape(0).rank()) else {
            return Fusion::None;
        };
        match resolve(&axes, rank) {
            // Nothing is reduced along no axes. A negative zero stays one, too, to which a sum that
            // starts at zero would add.
            Ok(axes) if axes.is_empty() => Fusion::View { of: 0 },
            Ok(axes) if axes.len() == rank => {
                Fusion::Reduction(Arc::new(Whole::new(R::Reducer::default(), R::finish)))
            }
            _ => Fusion::None,
        }
    }
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
///
/// # Errors
/// `InvalidArgument` if one is out of range.
fn resolve(axes: &[i64], rank: usize) -> Result<AxisList> {
    let one = |&axis: &i64| {
        resolve_axis(axis, rank).map_err(|_| {
            axis_error(format!(
                "Invalid reduction dimension {axis} for input with {rank} dimensions."
            ))
        })
    };
    let mut resolved: AxisList = axes.iter().map(one).collect::<Result<_>>()?;
    resolved.sort_unstable();
    resolved.dedup();
    Ok(resolved)
}
