//! `Select`: one of two tensors' elements, as a condition says.

use super::broadcast_gradient::broadcast_gradient_args;
use crate::kernels::tile::{Elementwise, Tile};
use std::sync::Arc;

use std::marker::PhantomData;

use crate::graph::{
    Fusion, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo, graph_of,
};
use crate::kernels::broadcast::common_shape;
use crate::kernels::cpu::vectorised;
use crate::ops::OpDef;
use crate::ops::array::{reshape, shape, zeros_like};
use crate::ops::def::op;
use crate::ops::reduce::{Axes, reduce_sum};
use crate::ops::support::{merge, unequal_dims};
use crate::types::{Element, Error, Number, Plain, Result, Shape, broadcast_shapes, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "Select(condition: bool, t: T, e: T) -> (output: T)",
        T: any, |_| Select::<T>(PhantomData)),
    op!(smooth "SelectV2(condition: bool, t: T, e: T) -> (output: T)",
        T: any, |_| SelectV2::<T>(PhantomData)),
];

/// The elements of `x` where `condition` is true and those of `y` where it is not, as `tf.where`
/// with three arguments picks them.
///
/// `x` and `y` have the same shape, and `condition` has it too, or is a scalar, or a vector that
/// picks whole slices along the first axis. Nothing is broadcast; [`where_v2`] does that.
///
/// ```
/// let graph = tf1::Graph::new();
/// let rows = graph.constant([true, false]);
/// let (x, y) = (graph.ones::<f32>([2, 3]), graph.zeros::<f32>([2, 3]));
/// let picked = tf1::select(&rows, &x, &y);
/// let session = tf1::Session::new(&graph)?;
/// assert_eq!(session.run(&picked, [])?, ndarray::arr2(&[[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]).into_dyn());
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the shapes do not fit.
#[track_caller]
pub fn select<T: Element>(
    condition: impl IntoTensor<bool>,
    x: impl IntoTensor<T>,
    y: impl IntoTensor<T>,
) -> Tensor<T> {
    picked(Select::<T>(PhantomData), condition, x, y)
}

/// The elements of `x` where `condition` is true and those of `y` where it is not, as `tf.where_v2`
/// with three arguments picks them; with one, it is [`where_`](crate::where_()).
///
/// All three are broadcast together as the operands of arithmetic are.
///
/// ```
/// use ndarray::arr2;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([[1.0f32, -2.0], [-3.0, 4.0]]);
/// let picked = tf::where_v2(tf::less(&x, 0.0), 0.0, &x);
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(picked.array2(), [])?, arr2(&[[1.0, 0.0], [0.0, 4.0]]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn where_v2<T: Element>(
    condition: impl IntoTensor<bool>,
    x: impl IntoTensor<T>,
    y: impl IntoTensor<T>,
) -> Tensor<T> {
    picked(SelectV2::<T>(PhantomData), condition, x, y)
}

/// The elements that `op` picks, as the node that is named after it.
#[track_caller]
fn picked<T: Element>(
    op: impl Op,
    condition: impl IntoTensor<bool>,
    x: impl IntoTensor<T>,
    y: impl IntoTensor<T>,
) -> Tensor<T> {
    let graph = graph_of(&[condition.graph(), x.graph(), y.graph()]);
    graph.op_scope(op.op_type(), |scope| {
        let condition = condition.into_tensor(&graph, "condition");
        let (x, y) = (x.into_tensor(&graph, "t"), y.into_tensor(&graph, "e"));
        scope.tensor(op, &[condition.any(), x.any(), y.any()])
    })
}

#[derive(Debug)]
struct Select<T>(PhantomData<fn() -> T>);

impl<T: Element> Op for Select<T> {
    fn op_type(&self) -> &'static str {
        "Select"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let (condition, x, y) = (cx.shape(0), cx.shape(1), cx.shape(2));
        let data = merge(cx, x, y)?;
        let shape = match (condition.rank(), data.dims()) {
            (None, _) | (_, None) | (Some(0), _) => data,
            (Some(1), Some(dims)) if dims.len() > 1 => {
                let first = merge(cx, condition, &Shape::from(dims[..1].to_vec()))?;
                Shape::from([&[first.dim(0)], &dims[1..]].concat())
            }
            _ => merge(cx, &data, condition)?,
        };
        Ok(vec![TensorInfo::new(T::DTYPE, shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let [condition, x, y] = [0, 1, 2].map(|i| cx.inputs.shape(i));
        check_shapes(condition, x, y)?;
        if !cx.inputs.value(1).dtype().is_plain() {
            return cx.move_owned(&|cx| self.compute(cx));
        }
        if condition.is_empty() {
            let chosen = if cx.inputs.scalar::<bool>(0)? { 1 } else { 2 };
            cx.outputs.forward(0, cx.inputs.value(chosen).clone());
            return Ok(());
        }
        let mut operands = [0, 1, 2].map(|i| cx.inputs.value(i).clone());
        for axis in condition.len()..x.len() {
            operands[0] = operands[0].clone().expanded(axis);
        }
        cx.compute_each_of::<T::Moved>(self, &operands, x)
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let (condition, x, dz) = (&cx.input::<bool>(0), cx.input::<T>(1), &cx.grad::<T>(0));
        let zeros = zeros_like(x);
        cx.set(1, select(condition, dz, &zeros));
        cx.set(2, select(condition, zeros, dz));
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn fusion(self: Arc<Self>, cx: &InferContext<'_>) -> Fusion {
        // A vector that picks slices along the first axis is not broadcast as arithmetic would.
        let broadcast = cx.shape(0).rank() == Some(0) || cx.shape(0) == cx.shape(1);
        match broadcast {
            true => Fusion::Elementwise(self),
            false => Fusion::None,
        }
    }
}

impl<T: Element> Elementwise for Select<T> {
    fn tile(&self, tile: &mut Tile<'_>) {
        pick::<T::Moved>(tile);
    }
}

#[derive(Debug)]
struct SelectV2<T>(PhantomData<fn() -> T>);

impl<T: Element> Op for SelectV2<T> {
    fn op_type(&self) -> &'static str {
        "SelectV2"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let unequal = |(a, b)| {
            unequal_dims(cx, a, b)
                .with_help("from the last dimension on, lengths must be equal, or one of them 1")
        };
        let data = broadcast_shapes(cx.shape(1), cx.shape(2)).map_err(unequal)?;
        let shape = broadcast_shapes(cx.shape(0), &data).map_err(unequal)?;
        Ok(vec![TensorInfo::new(T::DTYPE, shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let [condition, x, y] = [0, 1, 2].map(|i| cx.inputs.shape(i));
        let shape = common_shape(condition, &common_shape(x, y)?)?;
        if !cx.inputs.value(1).dtype().is_plain() {
            return cx.move_owned(&|cx| self.compute(cx));
        }
        cx.compute_each::<T::Moved>(self, &shape)
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        with_class!(number, T::DTYPE, N => select_v2_gradient::<N>(cx), ());
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::Elementwise(self)
    }
}

#[track_caller]
fn select_v2_gradient<N: Number>(cx: &mut GradientContext<'_>) {
    let condition = cx.input::<bool>(0);
    let [x, y] = [1, 2].map(|i| cx.input::<N>(i));
    let (z, dz) = (cx.output::<N>(0), cx.grad::<N>(0));
    let zeros = dz.graph().zeros::<N>([]);
    let dx = where_v2(&condition, &dz, &zeros);
    let (x_shape, z_shape) = (shape(x), shape(z));
    let dx = reduced(dx, &x_shape, &z_shape);
    let dy = where_v2(condition, zeros, dz);
    let dy = reduced(dy, &shape(y), &z_shape);
    cx.set(1, dx);
    cx.set(2, dy);
}

/// A gradient of the shape of the result, brought back to that of an operand.
#[track_caller]
fn reduced<N: Number>(gradient: Tensor<N>, shape: &Tensor<i32>, result: &Tensor<i32>) -> Tensor<N> {
    let [axes, _] = broadcast_gradient_args(shape, result);
    reshape(reduce_sum(gradient, Axes::from(axes).keepdims()), shape)
}

impl<T: Element> Elementwise for SelectV2<T> {
    fn tile(&self, tile: &mut Tile<'_>) {
        pick::<T::Moved>(tile);
    }
}

fn pick<T: Plain>(tile: &mut Tile<'_>) {
    let (condition, x, y) = (
        tile.input::<bool>(0),
        tile.input::<T>(1),
        tile.input::<T>(2),
    );
    let out = tile.output::<T>(0);
    let (condition, x, y) = (&condition[..out.len()], &x[..out.len()], &y[..out.len()]);
    vectorised(
        #[inline(always)]
        move || {
            for i in 0..out.len() {
                // Both are read, so that there is nothing to branch for.
                let (x, y) = (x[i], y[i]);
                out[i] = if condition[i] { x } else { y };
            }
        },
    );
}

/// Fails with TensorFlow's words if values of these shapes do not fit.
fn check_shapes(condition: &[usize], x: &[usize], y: &[usize]) -> Result<()> {
    let text = |shape: &[usize]| Shape::from(shape).bracketed();
    let message = if x != y {
        format!(
            "'then' and 'else' must have the same size.  but received: {} vs. {}",
            text(x),
            text(y)
        )
    } else if condition.is_empty()
        || condition == x
        || (condition.len() == 1 && x.first() == condition.first())
    {
        return Ok(());
    } else if condition.len() == 1 && x.is_empty() {
        format!(
            "'then' must be at least a vector, but saw shape: {}",
            text(x)
        )
    } else if condition.len() == 1 && x.len() > 1 {
        let (batches, size) = (x[0], condition[0]);
        format!(
            "Number of batches of 'then' must match size of 'cond', but saw: {batches} vs. {size}"
        )
    } else {
        let (condition, x) = (text(condition), text(x));
        format!(
            "Inputs to operation Select of type Select must have the same size and shape.  Input 0: {condition} != input 1: {x}"
        )
    };
    Err(Error::invalid_argument(message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Graph, Session};
    use ndarray::{Array, arr1, s};

    #[test]
    fn a_vector_picks_rows_of_strided_operands() {
        let graph = Graph::new();
        let condition = graph.placeholder::<bool>("c", ..);
        let (x, y) = (
            graph.placeholder::<f32>("x", ..),
            graph.placeholder::<f32>("y", ..),
        );
        let picked = select(&condition, &x, &y);
        let session = Session::new(&graph).unwrap();
        let rows = arr1(&[true, false, false, true, true, false]);
        let values = Array::from_iter((0..18).map(|i| i as f32))
            .into_shape_with_order((3, 3, 2))
            .unwrap();
        let (a, b) = (
            values.slice(s![..;-1, .., 0]),
            values.slice(s![.., ..;-1, 1]),
        );
        let out = session
            .run(
                &picked,
                [condition.feed(rows.slice(s![..;2])), x.feed(a), y.feed(b)],
            )
            .unwrap();
        let mut expected = a.to_owned();
        expected.row_mut(1).assign(&b.row(1));
        assert_eq!(out, expected.into_dyn());
        for c in [true, false] {
            let out = session
                .run(&picked, [condition.feed(c), x.feed(a), y.feed(b)])
                .unwrap();
            assert_eq!(out, if c { a } else { b }.to_owned().into_dyn());
        }
    }

    #[test]
    fn lengths_that_do_not_fit_are_named() {
        let error = |condition: &[usize], x: &[usize], y: &[usize]| {
            check_shapes(condition, x, y)
                .unwrap_err()
                .message()
                .to_string()
        };
        assert_eq!(
            error(&[3], &[2, 3], &[2, 3]),
            "Number of batches of 'then' must match size of 'cond', but saw: 2 vs. 3"
        );
        assert_eq!(
            error(&[1], &[], &[]),
            "'then' must be at least a vector, but saw shape: []"
        );
        assert!(error(&[1, 2], &[2, 3], &[2, 3]).ends_with("Input 0: [1,2] != input 1: [2,3]"));
        assert!(error(&[], &[2, 3], &[2, 4]).ends_with("[2,3] vs. [2,4]"));
    }
}
