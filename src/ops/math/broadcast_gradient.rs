//! Undoing broadcasting in gradients: `BroadcastGradientArgs`, and what is built with it.
//!
//! Where an operand of length 1 was stretched, its gradient is the sum over all its copies. Names
//! and number of the nodes are TensorFlow's (`SmartBroadcastGradientArgs`), which leaves out what
//! is known while the graph is built.

use std::collections::HashSet;
use std::marker::PhantomData;

use ndarray::Array;

use crate::graph::{
    AttributeList, GradientContext, Graph, InferContext, Kernel, Op, Tensor, TensorInfo,
};
use crate::kernels::broadcast::common_shape;
use crate::ops::OpDef;
use crate::ops::array::{reshape, shape_at_run};
use crate::ops::def::op;
use crate::ops::reduce::{Axes, reduce_sum};
use crate::ops::support::expect_rank;
use crate::types::{Integer, Number, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    flat "BroadcastGradientArgs(s0: T, s1: T) -> (r0: T, r1: T); T: type = int32; \
        T in index",
    T: index, |_| BroadcastGradientArgs::<T>::new(false)
)];

/// Whether the shapes of all tensors are fully known and the same.
pub(crate) fn same_known_shapes<T: Number>(tensors: &[&Tensor<T>]) -> bool {
    let first = tensors[0].shape();
    first.is_known() && tensors[1..].iter().all(|tensor| tensor.shape() == first)
}

/// How to bring gradients of the broadcast shape back to the shapes of the two operands.
pub(crate) struct Unbroadcast {
    sides: [Side; 2],
}

/// One operand: its shape, and the axes along which to sum; nothing if its gradient has the right
/// shape already.
enum Side {
    AsIs,
    Known {
        shape: Vec<i32>,
        axes: Vec<isize>,
    },
    AtRun {
        shape: Tensor<i32>,
        axes: Tensor<i32>,
    },
}

impl Unbroadcast {
    /// Finds out for the operands `x` and `y`, given the gradient `dz` with respect to their
    /// result.
    #[track_caller]
    pub(crate) fn new<T: Number>(x: &Tensor<T>, y: &Tensor<T>, dz: &Tensor<T>) -> Self {
        match (x.shape().to_known_i32(), y.shape().to_known_i32()) {
            (Some(x_shape), Some(y_shape)) => {
                Self::known(x.graph(), [x_shape, y_shape], dz.shape().to_known_i32())
            }
            _ => Self::at_run(shape_at_run(x), shape_at_run(y)),
        }
    }

    /// As [`new`](Unbroadcast::new), for gradient rules that always work with the shapes as
    /// tensors.
    #[track_caller]
    pub(crate) fn at_run(x: Tensor<i32>, y: Tensor<i32>) -> Self {
        Self::of_leading_axes([x.clone(), y.clone()], [x, y])
    }

    /// As [`at_run`](Unbroadcast::at_run) where only the leading axes broadcast, whose lengths are
    /// `leading`.
    #[track_caller]
    pub(crate) fn of_leading_axes(shapes: [Tensor<i32>; 2], leading: [Tensor<i32>; 2]) -> Self {
        let [x_axes, y_axes] = broadcast_gradient_args(&leading[0], &leading[1]);
        let [x, y] = shapes;
        Unbroadcast {
            sides: [
                Side::AtRun {
                    shape: x,
                    axes: x_axes,
                },
                Side::AtRun {
                    shape: y,
                    axes: y_axes,
                },
            ],
        }
    }

    #[track_caller]
    fn known(graph: &Graph, shapes: [Vec<i32>; 2], result: Option<Vec<i32>>) -> Self {
        // TensorFlow evaluates nodes to get the axes, once per graph for each pair of shapes; they
        // stay in the graph.
        let is_new =
            graph.with_extension(|seen: &mut HashSet<[Vec<i32>; 2]>| seen.insert(shapes.clone()));
        if is_new {
            evaluated_args(graph, &shapes);
        }
        let axes = gradient_axes(&shapes[0], &shapes[1]);
        let side = |shape: &Vec<i32>, axes: &Vec<usize>| match result.as_ref() == Some(shape) {
            true => Side::AsIs,
            false => Side::Known {
                shape: shape.clone(),
                axes: axes.iter().map(|&axis| axis as isize).collect(),
            },
        };
        Unbroadcast {
            sides: [side(&shapes[0], &axes[0]), side(&shapes[1], &axes[1])],
        }
    }

    /// A gradient with respect to the first operand, brought back to its shape.
    #[track_caller]
    pub(crate) fn x<T: Number>(&self, dx: Tensor<T>) -> Tensor<T> {
        self.sides[0].undo(dx)
    }

    /// A gradient with respect to the second operand, brought back to its shape.
    #[track_caller]
    pub(crate) fn y<T: Number>(&self, dy: Tensor<T>) -> Tensor<T> {
        self.sides[1].undo(dy)
    }
}

impl Side {
    #[track_caller]
    fn undo<T: Number>(&self, gradient: Tensor<T>) -> Tensor<T> {
        match self {
            Side::AsIs => gradient,
            Side::Known { shape, axes } => {
                reshape(reduce_sum(gradient, axes.as_slice()), shape.clone())
            }
            Side::AtRun { shape, axes } => reshape(reduce_sum(gradient, Axes::from(axes)), shape),
        }
    }
}

/// The nodes that TensorFlow makes to evaluate the axes of two known shapes.
#[track_caller]
fn evaluated_args(graph: &Graph, shapes: &[Vec<i32>; 2]) {
    graph.op_scope("BroadcastGradientArgs", |scope| {
        let constant = |name: &str, shape: &[i32]| {
            graph.constant_named(name, Array::from(shape.to_vec()).into_dyn())
        };
        let (s0, s1) = (constant("s0", &shapes[0]), constant("s1", &shapes[1]));
        scope.operation(
            BroadcastGradientArgs::<i32>::new(true),
            &[s0.any(), s1.any()],
        );
    });
}

#[track_caller]
pub(super) fn broadcast_gradient_args(x: &Tensor<i32>, y: &Tensor<i32>) -> [Tensor<i32>; 2] {
    let graph = x.graph();
    graph.op_scope("BroadcastGradientArgs", |scope| {
        let op = BroadcastGradientArgs::<i32>::new(true);
        let operation = scope.operation(op, &[x.any(), y.any()]);
        [0, 1].map(|index| operation.output(index))
    })
}

/// From the shapes of two operands that broadcast: the axes of the result to sum along to get back
/// to each.
#[derive(Debug)]
struct BroadcastGradientArgs<T> {
    /// Whether the inputs are the shapes of operands that were broadcast, so that they fit.
    fit: bool,
    element: PhantomData<fn() -> T>,
}

impl<T> BroadcastGradientArgs<T> {
    fn new(fit: bool) -> Self {
        BroadcastGradientArgs {
            fit,
            element: PhantomData,
        }
    }
}

impl<T: Integer> Op for BroadcastGradientArgs<T> {
    fn op_type(&self) -> &'static str {
        "BroadcastGradientArgs"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        for i in [0, 1] {
            expect_rank(cx, cx.shape(i), 1)?;
        }
        let lengths = |i| {
            cx.known_elements(i)
                .map(|dims| dims.into_iter().map(|dim| dim as usize).collect::<Vec<_>>())
        };
        if let (Some(x), Some(y)) = (lengths(0), lengths(1)) {
            common_shape(&x, &y)?;
        }
        // As in TensorFlow, how many axes there are is left open even where their numbers are
        // known.
        Ok(vec![TensorInfo::new(T::DTYPE, vec![None]); 2])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let lengths = |i| {
            Ok(cx
                .inputs
                .integers(i)?
                .into_iter()
                .map(|dim| dim as usize)
                .collect())
        };
        let (x, y): (Result<Vec<usize>>, Result<Vec<usize>>) = (lengths(0), lengths(1));
        let (x, y) = (x?, y?);
        common_shape(&x, &y)?;
        for (i, axes) in gradient_axes(&x, &y).into_iter().enumerate() {
            let axes = axes.into_iter().map(|axis| T::from_i64(axis as i64));
            cx.outputs.set(i, Array::from_iter(axes).into_dyn());
        }
        Ok(())
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn can_fail(&self) -> bool {
        !self.fit
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(AttributeList::new())
    }
}

/// For each operand, the axes of the broadcast shape along which it was stretched, or in which both
/// have length 1 (there the sum has one term).
fn gradient_axes<N: Copy + From<bool> + PartialEq>(x: &[N], y: &[N]) -> [Vec<usize>; 2] {
    if x == y {
        return [Vec::new(), Vec::new()];
    }
    let rank = x.len().max(y.len());
    let one = N::from(true);
    let aligned = |shape: &[N], axis: usize| match axis.checked_sub(rank - shape.len()) {
        Some(own) => shape[own],
        None => one,
    };
    let axes_of = |shape: &[N]| {
        let missing = rank - shape.len();
        (0..rank)
            .filter(|&axis| axis < missing || aligned(shape, axis) == one)
            .collect()
    };
    [axes_of(x), axes_of(y)]
}
