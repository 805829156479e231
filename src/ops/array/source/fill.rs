//! `Fill`, and tensors of zeros and ones.

use std::marker::PhantomData;
use std::sync::Arc;

use ndarray::{Array1, IxDyn};

use super::super::classes::expect_index;
use super::super::constant::Const;
use super::super::one_hot::one;
use super::super::{reshape, shape};
use crate::graph::{
    AnyTensor, Fusion, GradientContext, Graph, InferContext, IntoTensor, Kernel, Op, OpScope,
    Tensor, TensorInfo, graph_of_or,
};
use crate::kernels::memory::stretched;
use crate::ops::def::op;
use crate::ops::integers::Whole;
use crate::ops::math::{less, product};
use crate::ops::reduce::reduce_sum;
use crate::ops::support::{build_any, check_size, expect_rank, graph};
use crate::ops::{Integers, IntoIntegers, OpDef};
use crate::types::{
    Element, ElementType, Error, Plain, Result, Value, memory, with_bits, with_class,
};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "Fill(dims: index_type, value: T) -> (output: T); index_type: type = int32; \
        index_type in index",
    T: any, |node| {
        expect_index(node, &["index_type"])?;
        Fill::<T>(PhantomData)
    }),
    op!(flat "ZerosLike(x: T) -> (y: T)", |_| ZerosLike),
];

/// Constants of at most this many elements become part of the graph; larger ones are filled in when
/// run, as in TensorFlow.
const CONSTANT_LIMIT: usize = 1000;

/// A tensor of shape `dims` with every element `value`, as `tf.fill` makes it.
///
/// At least one operand must be a tensor; [`Graph::fill`] fills with a number to a known shape.
///
/// # Errors
/// `InvalidArgument` if `dims` is not a vector of lengths or `value` is not a scalar.
#[track_caller]
pub fn fill<T: Element>(dims: impl IntoIntegers, value: impl IntoTensor<T>) -> Tensor<T> {
    let dims = dims.into_integers();
    let help = "write `graph.fill(dims, value)` where the shape and the value are plain numbers";
    graph_of_or(&[dims.graph(), value.graph()], help).fill(dims, value)
}

/// A tensor of zeros (`false` for `bool`) whose shape is computed in the graph, as `tf.zeros` makes
/// it; [`Graph::zeros`] takes a shape that is known, too.
///
/// ```
/// use tf1::{Graph, shape, zeros};
///
/// let graph = Graph::new();
/// let x = graph.placeholder::<i64>("x", tf1::shape![?, 3]);
/// let z = zeros::<f32>(shape(&x));
/// assert_eq!(z.to_string(), r#"Tensor("zeros:0", shape=(?, 3), dtype=float32)"#);
/// ```
///
/// # Errors
/// `InvalidArgument` if `shape` holds a negative length.
#[track_caller]
pub fn zeros<T: Element>(shape: impl IntoIntegers) -> Tensor<T> {
    filled_at_run("zeros", shape, T::default())
}

/// A tensor of ones (`true` for `bool`) whose shape is computed in the graph, as `tf.ones` makes
/// it; [`Graph::ones`] takes a shape that is known, too.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.placeholder::<f32>("x", tf::shape![?, 3]);
/// let ones = tf::ones::<f32>(tf::shape(&x));
/// assert_eq!(ones.to_string(), r#"Tensor("ones:0", shape=(?, 3), dtype=float32)"#);
/// ```
///
/// # Errors
/// `InvalidArgument` if `shape` holds a negative length.
#[track_caller]
pub fn ones<T: Plain>(shape: impl IntoIntegers) -> Tensor<T> {
    filled_at_run("ones", shape, one::<T>())
}

#[track_caller]
fn filled_at_run<T: Element>(name: &str, shape: impl IntoIntegers, value: T) -> Tensor<T> {
    let shape = shape.into_integers();
    let help = format!("write `graph.{name}(shape)` where the shape is of plain numbers");
    let graph = graph_of_or(&[shape.graph()], &help);
    graph.op_scope(name, |scope| filled_to(&graph, scope, shape, value))
}

/// A tensor of a shape that is computed in the graph, as the node that `scope` is named after; a
/// scalar is the length of a vector.
#[track_caller]
fn filled_to<T: Element>(graph: &Graph, scope: &OpScope, shape: Integers, value: T) -> Tensor<T> {
    if let Some(lengths) = shape.mixed() {
        compare_with_limit(lengths);
    }
    let dims = shape.into_any(graph, "packed");
    let is_vector = dims.shape().rank().is_some_and(|rank| rank > 0);
    let dims = if is_vector {
        dims
    } else {
        with_class!(index, dims.dtype(), I => reshape(dims.assume::<I>(), [-1]).any(), dims)
    };
    filled_with(graph, scope, &dims, value)
}

/// The nodes by which TensorFlow asks whether a shape of numbers and tensors is small, although
/// only the run can answer. Nothing reads them, but random ops take the number of nodes for their
/// seed.
#[track_caller]
fn compare_with_limit(lengths: &[Whole]) {
    let Some((first, others)) = lengths.split_first() else {
        return;
    };
    let size = others.iter().try_fold(first.clone(), |size, length| {
        Some(match (size, length.clone()) {
            (Whole::Number(a), Whole::Number(b)) => Whole::Number(a.saturating_mul(b)),
            (Whole::Int32(a), Whole::Int32(b)) => Whole::Int32(product(a, b)),
            (Whole::Int32(a), Whole::Number(b)) => Whole::Int32(product(a, int32(b)?)),
            (Whole::Number(a), Whole::Int32(b)) => Whole::Int32(product(int32(a)?, b)),
            (Whole::Int64(a), Whole::Int64(b)) => Whole::Int64(product(a, b)),
            (Whole::Int64(a), Whole::Number(b)) => Whole::Int64(product(a, b)),
            (Whole::Number(a), Whole::Int64(b)) => Whole::Int64(product(a, b)),
            // TensorFlow stops where it cannot multiply.
            (Whole::Int32(_), Whole::Int64(_)) | (Whole::Int64(_), Whole::Int32(_)) => {
                return None;
            }
        })
    });
    match size {
        Some(Whole::Int32(size)) => drop(less(size, CONSTANT_LIMIT as i32)),
        Some(Whole::Int64(size)) => drop(less(size, CONSTANT_LIMIT as i64)),
        Some(Whole::Number(_)) | None => {}
    }
}

fn int32(number: i64) -> Option<i32> {
    i32::try_from(number).ok()
}

/// The op `Fill` as the node that `scope` is named after.
#[track_caller]
fn filled_with<T: Element>(
    graph: &Graph,
    scope: &OpScope,
    dims: &AnyTensor,
    value: T,
) -> Tensor<T> {
    let value = graph.constant_named("Const", ndarray::arr0(value).into_dyn());
    scope.tensor(Fill::<T>(PhantomData), &[dims.clone(), value.any()])
}

impl Graph {
    /// A tensor of zeros (`false` for `bool`), as `tf.zeros` makes it. Lengths may be computed in
    /// the graph.
    ///
    /// ```
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let zeros = graph.zeros::<f32>([2, 3]);
    /// assert_eq!(zeros.to_string(), r#"Tensor("zeros:0", shape=(2, 3), dtype=float32)"#);
    ///
    /// let x = graph.placeholder::<f32>("x", tf::shape![?, 28]);
    /// let state = graph.zeros::<f32>((tf::shape(&x).index(0), 5)); // a row for each of x
    /// assert_eq!(state.to_string(), r#"Tensor("zeros_1:0", shape=(?, 5), dtype=float32)"#);
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if a length is negative or not known.
    #[track_caller]
    pub fn zeros<T: Element>(&self, shape: impl IntoIntegers) -> Tensor<T> {
        self.op_scope("zeros", |scope| self.filled(scope, shape, T::default()))
    }

    /// A tensor of ones (`true` for `bool`), as `tf.ones` makes it. Lengths may be computed in the
    /// graph.
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// assert_eq!(graph.ones::<f32>([3]).to_string(), r#"Tensor("ones:0", shape=(3,), dtype=float32)"#);
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if a length is negative or not known.
    #[track_caller]
    pub fn ones<T: Plain>(&self, shape: impl IntoIntegers) -> Tensor<T> {
        self.op_scope("ones", |scope| self.filled(scope, shape, one()))
    }

    /// A tensor of shape `dims` with every element `value`, as `tf.fill` makes it; see [`fill`].
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// assert_eq!(graph.fill([2, 3], 9.5f32).to_string(), r#"Tensor("Fill:0", shape=(2, 3), dtype=float32)"#);
    /// ```
    ///
    /// # Errors
    /// As [`fill`].
    #[track_caller]
    pub fn fill<T: Element>(
        &self,
        dims: impl IntoIntegers,
        value: impl IntoTensor<T>,
    ) -> Tensor<T> {
        self.op_scope("Fill", |scope| {
            let dims = dims.into_integers().into_any(self, "dims");
            let value = value.into_tensor(self, "value").any();
            scope.tensor(Fill::<T>(PhantomData), &[dims, value])
        })
    }

    /// A tensor of this shape with every element `value`, as the node that `scope` is named after.
    #[track_caller]
    fn filled<T: Element>(&self, scope: &OpScope, shape: impl IntoIntegers, value: T) -> Tensor<T> {
        let shape = shape.into_integers();
        match shape.given_shape() {
            // As TensorFlow does with a number for the length of a vector.
            Some(Ok(lengths)) if shape.is_number() => self.filled_by(scope, &lengths, value),
            Some(Ok(lengths)) => self.filled_in(scope, &lengths, value),
            Some(Err(error)) => scope.failed("Const", error),
            None => filled_to(self, scope, shape, value),
        }
    }

    /// A constant if it is small, else a constant filled in when run, as the node that `scope` is
    /// named after.
    #[track_caller]
    pub(in crate::ops::array) fn filled_in<T: Element>(
        &self,
        scope: &OpScope,
        shape: &[usize],
        value: T,
    ) -> Tensor<T> {
        let size = shape
            .iter()
            .fold(1usize, |product, &length| product.saturating_mul(length));
        if size < CONSTANT_LIMIT {
            if let Err(error) = check_size(shape) {
                return scope.failed("Const", error);
            }
            let value = memory::filled(IxDyn(shape), value);
            return Const::build(scope, value);
        }
        self.filled_by(scope, shape, value)
    }

    /// A constant that is filled in when run, as the node that `scope` is named after.
    #[track_caller]
    fn filled_by<T: Element>(&self, scope: &OpScope, shape: &[usize], value: T) -> Tensor<T> {
        let fits = shape.iter().all(|&length| i32::try_from(length).is_ok());
        let dims = if fits {
            let lengths = shape.iter().map(|&length| length as i32);
            // Few: one length for each axis.
            self.constant_named("shape_as_tensor", Array1::from_iter(lengths).into_dyn())
                .any()
        } else {
            let lengths = shape
                .iter()
                .map(|&length| i64::try_from(length).unwrap_or(i64::MAX));
            // Few: one length for each axis.
            self.constant_named("shape_as_tensor", Array1::from_iter(lengths).into_dyn())
                .any()
        };
        filled_with(self, scope, &dims, value)
    }
}

/// A tensor of zeros of the type and shape of `tensor`, as `tf.zeros_like` makes it.
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([5.0, 7.0]);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::zeros_like(&x).array1(), [])?, arr1(&[0.0, 0.0]));
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn zeros_like<T: Element>(tensor: impl IntoTensor<T>) -> Tensor<T> {
    zeros_like_as(tensor, ElementType::<T>::new())
}

/// A tensor of zeros of type `dtype` and the shape of `tensor`, as `tf.zeros_like` makes it when
/// given one.
///
/// ```
/// let graph = tf1::Graph::new();
/// let x = graph.ones::<f32>([3]);
/// let z = tf1::zeros_like_as(&x, tf1::int64);
/// assert_eq!(z.to_string(), r#"Tensor("zeros_like:0", shape=(3,), dtype=int64)"#);
/// ```
#[track_caller]
pub fn zeros_like_as<T: Element, R: Element>(
    tensor: impl IntoTensor<T>,
    dtype: ElementType<R>,
) -> Tensor<R> {
    let _ = dtype;
    let graph = graph(&tensor);
    graph.op_scope("zeros_like", |scope| {
        let tensor = tensor.into_tensor(&graph, "tensor");
        match tensor.shape().to_known() {
            Some(shape) => graph.filled_in(scope, &shape, R::default()),
            None if R::DTYPE == T::DTYPE => scope.tensor(ZerosLike, &[tensor.any()]),
            None => filled_with(&graph, scope, &shape(&tensor).any(), R::default()),
        }
    })
}

/// Zeros of the type and shape of `tensor` as the op `ZerosLike`, even where the shape is known
/// while the graph is built.
#[track_caller]
pub(crate) fn zeros_like_at_run(tensor: &AnyTensor) -> AnyTensor {
    build_any("zeros_like", ZerosLike, std::slice::from_ref(tensor))
}

/// A tensor of ones (`true` for `bool`) of the type and shape of `tensor`, as `tf.ones_like` makes
/// it.
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([5.0, 7.0]);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::ones_like(&x).array1(), [])?, arr1(&[1.0, 1.0]));
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn ones_like<T: Plain>(tensor: impl IntoTensor<T>) -> Tensor<T> {
    ones_like_as(tensor, ElementType::<T>::new())
}

/// A tensor of ones of type `dtype` and the shape of `tensor`, as `tf.ones_like` makes it when
/// given one.
#[track_caller]
pub fn ones_like_as<T: Element, R: Plain>(
    tensor: impl IntoTensor<T>,
    dtype: ElementType<R>,
) -> Tensor<R> {
    let _ = dtype;
    let graph = graph(&tensor);
    graph.op_scope("ones_like", |scope| {
        let tensor = tensor.into_tensor(&graph, "tensor");
        let ones = filled_with(&graph, scope, &shape(&tensor).any(), one());
        ones.set_shape(tensor.shape());
        ones
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
        if let Some(length) = cx
            .known_elements(0)
            .and_then(|dims| dims.into_iter().find(|&dim| dim < 0))
        {
            return Err(Error::invalid_argument(format!(
                "Fill dimensions must be >= 0, not {length}"
            )));
        }
        Ok(vec![TensorInfo::new(T::DTYPE, cx.shape_from_elements(0))])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        if !cx.inputs.value(1).dtype().is_plain() {
            return cx.move_owned(&|cx| self.compute(cx));
        }
        let value = cx.inputs.scalar::<T::Moved>(1)?;
        let lengths = cx.inputs.lengths(0)?;
        match stretched(cx.inputs.value(1), &lengths) {
            Some(stretched) => cx.outputs.forward(0, stretched),
            None => cx.outputs.alloc_unset::<T::Moved>(0, &lengths)?.fill(value),
        }
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        with_class!(number, T::DTYPE, N => {
            let dvalue = reduce_sum(cx.grad::<N>(0), ..);
            cx.set(1, dvalue);
        }, ());
        Ok(())
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::View { of: 1 }
    }
}

#[derive(Debug)]
struct ZerosLike;

impl Op for ZerosLike {
    fn op_type(&self) -> &'static str {
        "ZerosLike"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        Ok(vec![TensorInfo::new(cx.dtype(0), cx.shape(0))])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = cx.inputs.shape(0);
        with_bits!(cx.inputs.value(0).dtype(), T => {
            cx.outputs.alloc_bits::<T>(0, cx.inputs.value(0).dtype(), shape)?;
        }, cx.outputs.set_value(0, Value::zeros(cx.inputs.value(0).dtype(), shape)?));
        Ok(())
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }
}
