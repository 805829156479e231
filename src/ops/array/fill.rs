//! `Fill`, and tensors of zeros and ones.

use std::marker::PhantomData;

use ndarray::{ArrayD, IxDyn};

use super::constant::Const;
use crate::graph::{
    AnyTensor, GradientContext, Graph, InferContext, IntoTensor, Kernel, Op, OpScope, Tensor, TensorInfo, graph_of,
};
use crate::ops::OpDef;
use crate::ops::array::shape;
use crate::ops::reduce::reduce_sum;
use crate::ops::support::{binary, expect_rank};
use crate::types::{Element, Error, Integer, Numeric, Result, with_dtype, with_numeric};

pub(in crate::ops) const OPS: &[OpDef] = &[OpDef::smooth("Fill"), OpDef::flat("ZerosLike")];

/// Constants of at most this many elements become part of the graph; larger ones are filled in when run, as in TensorFlow.
const CONSTANT_LIMIT: usize = 1000;

/// A tensor of shape `dims` with every element `value`, as `tf.fill` makes it.
///
/// # Errors
/// `InvalidArgument` if `dims` is no vector of lengths or `value` no scalar.
#[track_caller]
pub fn fill<T: Element, I: Integer>(dims: impl IntoTensor<I>, value: impl IntoTensor<T>) -> Tensor<T> {
    binary("Fill", Fill::<T>(PhantomData), (dims, "dims"), (value, "value"))
}

impl Graph {
    /// A tensor of zeros (`false` for `bool`), as `tf.zeros` makes it.
    #[track_caller]
    pub fn zeros<T: Element>(&self, shape: impl AsRef<[usize]>) -> Tensor<T> {
        self.filled("zeros", shape.as_ref(), T::default())
    }

    /// A tensor of ones, as `tf.ones` makes it.
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// assert_eq!(graph.ones::<f32>([3]).to_string(), r#"Tensor("ones:0", shape=(3,), dtype=float32)"#);
    /// ```
    #[track_caller]
    pub fn ones<T: Numeric>(&self, shape: impl AsRef<[usize]>) -> Tensor<T> {
        self.filled("ones", shape.as_ref(), T::ONE)
    }

    /// A constant if it is small, else a constant filled in when run; called `name` either way.
    #[track_caller]
    fn filled<T: Element>(&self, name: &str, shape: &[usize], value: T) -> Tensor<T> {
        self.op_scope(name, |scope| self.filled_in(scope, shape, value))
    }

    #[track_caller]
    fn filled_in<T: Element>(&self, scope: &OpScope, shape: &[usize], value: T) -> Tensor<T> {
        let size = shape.iter().fold(1usize, |product, &length| product.saturating_mul(length));
        if size < CONSTANT_LIMIT {
            return scope.tensor(Const::new(ArrayD::from_elem(IxDyn(shape), value)), &[]);
        }
        let lengths = shape.iter().map(|&length| length as i32).collect::<Vec<i32>>();
        let dims = self.constant_named("shape_as_tensor", ndarray::Array::from(lengths).into_dyn());
        let value = self.constant_named("Const", ndarray::arr0(value).into_dyn());
        scope.tensor(Fill::<T>(PhantomData), &[dims.any(), value.any()])
    }
}

/// A tensor of zeros of the type and shape of `tensor`, as `tf.zeros_like` makes it.
#[track_caller]
pub fn zeros_like<T: Element>(tensor: impl IntoTensor<T>) -> Tensor<T> {
    let graph = graph_of(&[tensor.graph()]);
    graph.op_scope("zeros_like", |scope| {
        let tensor = tensor.into_tensor(&graph, "tensor");
        match tensor.shape().to_known() {
            Some(shape) => graph.filled_in(scope, &shape, T::default()),
            None => scope.tensor(ZerosLike::<T>(PhantomData), &[tensor.any()]),
        }
    })
}

/// A tensor of zeros whose shape a run computes, as `tf.zeros` makes it when given a tensor.
#[track_caller]
pub(crate) fn zeros_of_shape<T: Element>(shape: &Tensor<i32>) -> Tensor<T> {
    let graph = shape.graph();
    graph.op_scope("zeros", |scope| {
        let value = graph.constant_named("Const", ndarray::arr0(T::default()).into_dyn());
        scope.tensor(Fill::<T>(PhantomData), &[shape.any(), value.any()])
    })
}

/// As [`zeros_like`], filled in when run even where the shape is known.
#[track_caller]
pub(crate) fn zeros_like_at_run(tensor: &AnyTensor) -> AnyTensor {
    tensor.graph().op_scope("zeros_like", |scope| {
        with_dtype!(tensor.dtype(), T => {
            scope.tensor::<T>(ZerosLike::<T>(PhantomData), std::slice::from_ref(tensor)).any()
        })
    })
}

/// A tensor of ones of the type and shape of `tensor`, as `tf.ones_like` makes it.
#[track_caller]
pub fn ones_like<T: Numeric>(tensor: impl IntoTensor<T>) -> Tensor<T> {
    let graph = graph_of(&[tensor.graph()]);
    graph.op_scope("ones_like", |scope| {
        let tensor = tensor.into_tensor(&graph, "tensor");
        let dims = shape(&tensor);
        let value = graph.constant_named("Const", ndarray::arr0(T::ONE).into_dyn());
        scope.tensor(Fill::<T>(PhantomData), &[dims.any(), value.any()])
    })
}

#[derive(Debug)]
struct Fill<T>(PhantomData<fn() -> T>);

impl<T: Element> Op for Fill<T> {
    fn op_type(&self) -> &'static str {
        "Fill"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(0), 1)?;
        expect_rank(cx, cx.shape(1), 0)?;
        if let Some(length) = cx.known_elements(0).and_then(|dims| dims.into_iter().find(|&dim| dim < 0)) {
            return Err(Error::invalid_argument(format!("Fill dimensions must be >= 0, not {length}")));
        }
        Ok(vec![TensorInfo::new(T::DTYPE, cx.shape_from_elements(0))])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let value = cx.inputs.scalar::<T>(1)?;
        let lengths = cx.inputs.lengths(0)?;
        cx.outputs.alloc::<T>(0, &lengths).fill(value);
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        with_numeric!(T::DTYPE, N => {
            let dvalue = reduce_sum(cx.grad::<N>(0), ..);
            cx.set(1, dvalue);
        }, ());
        Ok(())
    }
}

#[derive(Debug)]
struct ZerosLike<T>(PhantomData<fn() -> T>);

impl<T: Element> Op for ZerosLike<T> {
    fn op_type(&self) -> &'static str {
        "ZerosLike"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        Ok(vec![TensorInfo::new(T::DTYPE, cx.shape(0))])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        cx.outputs.alloc::<T>(0, cx.inputs.shape(0));
        Ok(())
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }
}
