//! `Pack` and `Unpack`: tensors joined along a new axis, and taken apart again.

use std::sync::Arc;

use ndarray::Axis;

use super::super::tensor_list::TensorList;
use crate::graph::{
    AnyTensor, AttributeList, AttributeValue, Attributes, Fusion, GradientContext, Graph,
    InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo, attributes, graph_of,
};
use crate::kernels::strided::{Piece, assemble};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{
    alike, axis_error, build_any, graph, merge, output_of, outputs, resolve_axis,
};
use crate::types::{DType, Element, Error, Plain, Result, Shape, WholeNumber, with_bits};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "Pack(values: N * T) -> (output: T); axis: int = 0",
        |node| node.attributes::<Pack>()?),
    op!(smooth "Unpack(value: T) -> (output: num * T); axis: int = 0",
        |node| Unpack { axis: node.attribute("axis")?, num: node.count("num")? }),
];

/// The tensors `values`, which all have the same shape, joined along a new axis `axis`, as
/// `tf.stack` joins them.
///
/// ```
/// let graph = tf1::Graph::new();
/// let x = graph.zeros::<f32>([3, 4]);
/// assert_eq!(tf1::stack([&x, &x], 0).shape().to_string(), "(2, 3, 4)");
/// assert_eq!(tf1::stack((&x, &x), -1).shape().to_string(), "(3, 4, 2)");
/// ```
///
/// # Errors
/// `InvalidArgument` if there are no tensors, their shapes differ, or `axis` is out of range.
#[track_caller]
pub fn stack<T: Element>(values: impl TensorList<T>, axis: impl WholeNumber) -> Tensor<T> {
    let axis = axis.to_i64();
    let graph = graph_of(&[values.graph()]);
    graph.op_scope("stack", |scope| {
        let name = |i: usize| {
            if axis == 0 {
                i.to_string()
            } else {
                format!("values_{i}")
            }
        };
        let values = values.into_tensors(&graph, &name);
        scope.tensor(
            Pack { axis },
            &values.iter().map(Tensor::any).collect::<Vec<_>>(),
        )
    })
}

/// The elements of a tuple as one tensor called `name`.
#[track_caller]
pub(crate) fn packed<T: Element>(
    graph: &Graph,
    name: &str,
    values: impl TensorList<T>,
) -> Tensor<T> {
    graph.op_scope(name, |scope| {
        let values = values.into_tensors(graph, &|i| i.to_string());
        scope.tensor(
            Pack { axis: 0 },
            &values.iter().map(Tensor::any).collect::<Vec<_>>(),
        )
    })
}

/// The parts of `value` at each position of its first axis, as `tf.unstack` gives them. Nothing is
/// copied.
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([[1.0, 2.0], [3.0, 4.0]]);
/// let rows = tf::unstack(&x);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(rows[1].array1(), [])?, arr1(&[3.0, 4.0]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if `value` is a scalar or the length of the axis is not known while the graph
/// is built; [`unstack_with`] can be told how many parts there are.
#[track_caller]
pub fn unstack<T: Element>(value: impl IntoTensor<T>) -> Vec<Tensor<T>> {
    unstack_with(value, Unstack::new())
}

/// As [`unstack`], with options.
///
/// # Errors
/// As [`unstack`]; and `InvalidArgument` if the axis is out of range or does not have the given
/// length, or that is negative.
#[track_caller]
pub fn unstack_with<T: Element>(
    value: impl IntoTensor<T>,
    options: impl Into<Unstack>,
) -> Vec<Tensor<T>> {
    let options = options.into();
    let graph = graph(&value);
    graph.op_scope("unstack", |scope| {
        let value = value.into_tensor(&graph, "value");
        let count = match options.count(&value.shape()) {
            Ok(count) => count,
            Err(_) if value.is_failed() => return Vec::new(),
            Err(error) => {
                scope.failed::<T>("Unpack", error);
                return Vec::new();
            }
        };
        let axis = options.axis;
        outputs(
            &scope.operation(Unpack { axis, num: count }, &[value.any()]),
            count,
        )
    })
}

/// The options of [`unstack_with`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unstack {
    axis: i64,
    num: Option<i64>,
}

/// Of so many parts, as [`Unstack::num`].
impl<N: WholeNumber> From<N> for Unstack {
    fn from(num: N) -> Self {
        Unstack::new().num(num)
    }
}

/// Of so many parts along this axis, in the order of TensorFlow's arguments: `unstack_with(&x, (28,
/// 1))`.
impl<N: WholeNumber, A: WholeNumber> From<(N, A)> for Unstack {
    fn from((num, axis): (N, A)) -> Self {
        Unstack::new().num(num).axis(axis)
    }
}

impl Unstack {
    /// Along the first axis, whose length must be known.
    pub fn new() -> Self {
        Unstack::default()
    }

    /// The axis to take apart; counted from the end if negative.
    pub fn axis(mut self, axis: impl WholeNumber) -> Self {
        self.axis = axis.to_i64();
        self
    }

    /// The length of the axis, if it is not known while the graph is built.
    pub fn num(mut self, num: impl WholeNumber) -> Self {
        self.num = Some(num.to_i64());
        self
    }

    fn count(self, shape: &Shape) -> Result<usize> {
        if let Some(num) = self.num {
            return num.to_count("num");
        }
        let unknown = || Error::invalid_argument(format!("Cannot infer num from shape {shape}"));
        let rank = shape.rank().ok_or_else(unknown)?;
        let axis = stack_axis(self.axis, rank)?;
        shape.dim(axis).ok_or_else(unknown)
    }
}

/// The parts of `value`, of any type, at each position of `axis`, of which there are `count`.
#[track_caller]
fn unstack_any(value: &AnyTensor, axis: i64, count: usize) -> Vec<AnyTensor> {
    value.graph().op_scope("unstack", |scope| {
        let operation = scope.operation(Unpack { axis, num: count }, std::slice::from_ref(value));
        // Few: one for each output.
        (0..count)
            .map(|index| output_of(&operation, index, value.dtype()))
            .collect()
    })
}

/// The tensors `values`, of any type, joined along a new axis.
#[track_caller]
fn stack_any(values: &[AnyTensor], axis: i64) -> AnyTensor {
    build_any("stack", Pack { axis }, values)
}

fn stack_axis(axis: i64, rank: usize) -> Result<usize> {
    resolve_axis(axis, rank)
        .map_err(|_| axis_error(format!("axis = {axis} not in [-{rank}, {rank})")))
}

attributes! {
    struct Pack {
        axis: i64,
    }
}

impl Op for Pack {
    fn op_type(&self) -> &'static str {
        "Pack"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let [first, rest @ ..] = cx.inputs() else {
            return Err(Error::invalid_argument("stack needs at least one tensor"));
        };
        let part = rest.iter().try_fold(first.shape.clone(), |part, input| {
            merge(cx, &part, &input.shape)
        })?;
        let Some(dims) = part.dims() else {
            return Ok(vec![TensorInfo::new(first.dtype, ..)]);
        };
        let mut dims = dims.to_vec();
        dims.insert(stack_axis(self.axis, dims.len() + 1)?, Some(cx.len()));
        let info = TensorInfo::new(first.dtype, Shape::from(dims));
        Ok(vec![if info.shape.rank() == Some(1) {
            self.with_known_scalars(cx, info)
        } else {
            info
        }])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        with_bits!(cx.inputs.value(0).dtype(), T => self.join::<T>(cx), cx.move_owned(&|cx| self.compute(cx)))
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        for (i, part) in unstack_any(&cx.any_grad(0), self.axis, cx.num_inputs())
            .into_iter()
            .enumerate()
        {
            cx.set_gradient(i, part.into());
        }
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.list())
    }
}

impl Pack {
    /// The scalars, as far as they are known, as elements of the vector that they make.
    fn with_known_scalars(&self, cx: &InferContext<'_>, info: TensorInfo) -> TensorInfo {
        // Few: one for each input.
        let elements: Vec<Option<i64>> = (0..cx.len()).map(|i| cx.scalar(i)).collect();
        let any = matches!(info.dtype, DType::Int32 | DType::Int64)
            && elements.iter().any(Option::is_some);
        if any {
            info.with_elements(elements)
        } else {
            info
        }
    }

    fn join<T: Plain>(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let mut shape = cx.inputs.shape(0).to_vec();
        let axis = stack_axis(self.axis, shape.len() + 1)?;
        shape.insert(axis, cx.inputs.len());
        let piece = |i: usize| {
            let part = cx.inputs.bits::<T>(i).insert_axis(Axis(axis));
            Piece::new(
                (0..shape.len()).map(|k| if k == axis { i } else { 0 }),
                part,
            )
        };
        // Few: one for each input.
        let pieces: Vec<Piece<'_, T>> = (0..cx.inputs.len()).map(piece).collect();
        assemble(
            cx.pool,
            cx.outputs
                .alloc_bits_unset::<T>(0, cx.inputs.value(0).dtype(), &shape)?,
            &pieces,
        );
        Ok(())
    }
}

#[derive(Debug)]
struct Unpack {
    axis: i64,
    num: usize,
}

impl Op for Unpack {
    fn op_type(&self) -> &'static str {
        "Unpack"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let Some(dims) = cx.shape(0).dims() else {
            return alike(TensorInfo::new(cx.dtype(0), ..), self.num);
        };
        let mut dims = dims.to_vec();
        let length = dims.remove(stack_axis(self.axis, dims.len())?);
        if let Some(length) = length.filter(|&length| length != self.num) {
            let message = format!(
                "Dimension must be {} but is {length}, with input shapes: {}.",
                self.num,
                cx.shapes_text()
            );
            return Err(Error::invalid_argument(message));
        }
        alike(TensorInfo::new(cx.dtype(0), Shape::from(dims)), self.num)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let axis = stack_axis(self.axis, cx.inputs.shape(0).len())?;
        for i in 0..self.num {
            cx.outputs
                .forward(i, cx.inputs.value(0).clone().indexed(axis, i));
        }
        Ok(())
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::View { of: 0 }
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let grads: Vec<AnyTensor> = (0..self.num).map(|i| cx.any_grad(i)).collect();
        let dx = stack_any(&grads, self.axis);
        cx.set_gradient(0, dx.into());
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    /// The number of parts is that of the outputs.
    fn attributes(&self) -> Option<AttributeList> {
        Some(vec![("axis", self.axis.to_attribute())])
    }
}
