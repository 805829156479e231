//! `Transpose` and `ConjugateTranspose`: the axes of a tensor in another order; and
//! `InvertPermutation`, which its gradient needs.

use std::sync::Arc;

use ndarray::Array1;

use super::super::classes::expect_index;
use super::super::range::range_op;
use super::super::shape::rank_at_run;
use super::super::{concat, rank};
use crate::graph::{
    AnyTensor, AttributeList, Fusion, GradientContext, Graph, InferContext, IntoTensor, Kernel, Op,
    Tensor, TensorInfo,
};
use crate::kernels::strided;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{any_tensor, axis_error, expect_rank, graph, unary};
use crate::ops::{Integers, IntoIntegers};
#[cfg(feature = "all_types")]
use crate::types::Number;
use crate::types::{Dim, Element, Error, Integer, Result, Shape, memory, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "Transpose(x: T, perm: Tperm) -> (y: T); Tperm: type = int32; \
        Tperm in index",
    |node| {
        expect_index(node, &["Tperm"])?;
        TransposeOp::new(false)
    }),
    // Of real numbers, TensorFlow makes a `Transpose`.
    #[cfg(feature = "all_types")]
    op!(smooth "ConjugateTranspose(x: T, perm: Tperm) -> (y: T); Tperm: type = int32; \
        Tperm in index",
    |node| {
        expect_index(node, &["Tperm"])?;
        TransposeOp::new(true)
    }),
    op!(flat "InvertPermutation(x: T) -> (y: T); T: type = int32; \
        T in index",
    |node| {
        expect_index(node, &["T"])?;
        InvertPermutation
    }),
];

/// `a` with its axes in reverse order (so the transpose of a matrix), as `tf.transpose` gives it.
/// Nothing is copied.
///
/// ```
/// use tf1::{Graph, transpose, transpose_with};
///
/// let graph = Graph::new();
/// let a = graph.zeros::<f32>([2, 3, 4]);
/// assert_eq!(transpose(&a).shape().to_string(), "(4, 3, 2)");
/// assert_eq!(transpose_with(&a, [1, 0, 2]).shape().to_string(), "(3, 2, 4)");
/// ```
///
/// # Options
/// `perm`, `conjugate`: see [`transpose_with`].
#[track_caller]
pub fn transpose<T: Element>(a: impl IntoTensor<T>) -> Tensor<T> {
    transpose_with(a, Transpose::new())
}

/// As [`transpose`], with the order of axes that `options` says, such as `[1, 0, 2]`: axis i of the
/// result is axis `perm[i]` of `a`; of complex numbers the conjugates if it says so.
///
/// # Errors
/// `InvalidArgument` if `perm` does not name every axis once.
#[track_caller]
pub fn transpose_with<T: Element>(
    a: impl IntoTensor<T>,
    options: impl Into<Transpose>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph(&a);
    graph.op_scope("transpose", |scope| {
        let a = a.into_tensor(&graph, "a");
        let perm = match options.perm {
            Some(perm) => perm.into_any(&graph, "perm"),
            None => reversed_axes(&graph, &a).any(),
        };
        let conjugate = options.conjugate && T::DTYPE.is_complex();
        scope.tensor(TransposeOp::new(conjugate), &[a.any(), perm])
    })
}

/// The options of [`transpose_with`].
#[derive(Clone, Debug, Default)]
pub struct Transpose {
    perm: Option<Integers>,
    conjugate: bool,
}

/// The order of axes, as [`Transpose::perm`].
impl<P: IntoIntegers> From<P> for Transpose {
    fn from(perm: P) -> Self {
        Transpose::new().perm(perm)
    }
}

impl Transpose {
    /// The axes in reverse order.
    pub fn new() -> Self {
        Transpose::default()
    }

    /// The axes of the tensor in the order in which the result shall have them.
    pub fn perm(mut self, perm: impl IntoIntegers) -> Self {
        self.perm = Some(perm.into_integers());
        self
    }

    /// Takes the complex conjugates, which real numbers are themselves.
    pub fn conjugate(mut self) -> Self {
        self.conjugate = true;
        self
    }
}

/// The last two axes of `a` exchanged, as `tf.matrix_transpose` does it. Nothing is copied.
///
/// # Errors
/// `InvalidArgument` if `a` has fewer than two axes.
///
/// # Options
/// `conjugate`: see [`matrix_transpose_with`].
#[track_caller]
pub fn matrix_transpose<T: Element>(a: impl IntoTensor<T>) -> Tensor<T> {
    matrix_transpose_with(a, MatrixTranspose::new())
}

/// As [`matrix_transpose`], of complex numbers the conjugates if `options` say so.
///
/// # Errors
/// As [`matrix_transpose`].
#[track_caller]
pub fn matrix_transpose_with<T: Element>(
    a: impl IntoTensor<T>,
    options: MatrixTranspose,
) -> Tensor<T> {
    let graph = graph(&a);
    let permuted = |a: &Tensor<T>, perm: Transpose| {
        let conjugate = options.conjugate;
        transpose_with(a, Transpose { conjugate, ..perm })
    };
    graph.op_scope("matrix_transpose", |scope| {
        let a = a.into_tensor(&graph, "a");
        match a.shape().rank() {
            Some(0..2) => {
                let message = format!(
                    "Argument 'a' should be a (batch) matrix, with rank >= 2.  Found: {}",
                    a.shape()
                );
                scope.failed("Transpose", Error::invalid_argument(message))
            }
            Some(rank) => {
                let mut perm: Vec<i32> = (0..rank as i32).collect();
                perm.swap(rank - 2, rank - 1);
                permuted(&a, perm.into())
            }
            None => permuted(&a, last_two_exchanged(&a).into()),
        }
    })
}

/// The options of [`matrix_transpose_with`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MatrixTranspose {
    conjugate: bool,
}

impl MatrixTranspose {
    /// The transpose.
    pub fn new() -> Self {
        MatrixTranspose::default()
    }

    /// The complex conjugates of the transpose; real numbers are themselves.
    pub fn conjugate(mut self) -> Self {
        self.conjugate = true;
        self
    }
}

/// The numbers of all axes of `a`, whose rank is not known, with the last two exchanged.
#[track_caller]
fn last_two_exchanged<T: Element>(a: &Tensor<T>) -> Tensor<i32> {
    let rank = rank(a);
    let first = range_op(0, &rank - 2, 1);
    concat((first, (&rank - 1, &rank - 2)), 0)
}

/// The numbers of all axes of `a` from the last to the first: a constant if `a` is known to have
/// any.
#[track_caller]
fn reversed_axes<T: Element>(graph: &Graph, a: &Tensor<T>) -> Tensor<i32> {
    match a.shape().rank() {
        None | Some(0) => {
            let rank = rank_at_run(a);
            (&rank - 1) - range_op(0, &rank, 1)
        }
        Some(rank) => {
            graph.constant_named("perm", Array1::from_iter((0..rank as i32).rev()).into_dyn())
        }
    }
}

/// `a`, of any type, with its axes in the order `perm`, which is an integer vector of any type.
#[track_caller]
fn transpose_any(op: TransposeOp, a: &AnyTensor, perm: &AnyTensor) -> AnyTensor {
    a.graph().op_scope("transpose", |scope| {
        any_tensor(scope, op, &[a.clone(), perm.clone()], a.dtype())
    })
}

#[derive(Clone, Copy, Debug)]
struct TransposeOp {
    conjugates: bool,
}

impl TransposeOp {
    fn new(conjugates: bool) -> Self {
        TransposeOp { conjugates }
    }
}

impl Op for TransposeOp {
    fn op_type(&self) -> &'static str {
        match self.conjugates {
            true => "ConjugateTranspose",
            false => "Transpose",
        }
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(1), 1)?;
        let info = |shape| Ok(vec![TensorInfo::new(cx.dtype(0), shape)]);
        let Some(rank) = cx.shape(0).rank().or(cx.axes_from_length(1)) else {
            return info(Shape::unknown());
        };
        if cx.shape(0).rank().is_none() && rank < 2 {
            // TensorFlow lets a scalar pass with a permutation of one axis too.
            return info(Shape::unknown());
        }
        if let Some(count) = cx.shape(1).dim(0).filter(|&count| count != rank) {
            let inputs = cx.shapes_text();
            let message =
                format!("Dimension must be {rank} but is {count}, with input shapes: {inputs}.");
            return Err(Error::invalid_argument(message));
        }
        let perm: Option<Vec<i64>> = cx.elements_of(1, rank)?.into_iter().collect();
        let Some(perm) = perm else {
            return info(Shape::of_rank(rank));
        };
        let dims = perm.iter().map(|&axis| match usize::try_from(axis) {
            Ok(axis) if axis < rank => Ok(cx.shape(0).dim(axis)),
            _ => Err(axis_error(format!(
                "perm dim {axis} is out of range of input rank {rank}"
            ))),
        });
        info(Shape::from(dims.collect::<Result<Vec<Dim>>>()?))
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let perm = cx.inputs.integers(1)?;
        let axes = permutation(&perm, cx.inputs.shape(0).len())?;
        let permuted = cx.inputs.value(0).clone().permuted(&axes);
        with_class!(complex, permuted.dtype(), C => if self.conjugates {
            let shape = permuted.shape();
            let mut out = cx.outputs.alloc_unset::<C>(0, shape)?;
            if let Some(permuted) = C::unwrap(&permuted) {
                strided::copy(cx.pool, permuted.view(), out.view_mut());
            }
            memory::row_major(&mut out).iter_mut().for_each(|z| *z = z.conjugate());
            return Ok(());
        }, {});
        cx.outputs.forward(0, permuted);
        Ok(())
    }

    /// What it does is told by the op type.
    fn attributes(&self) -> Option<AttributeList> {
        Some(AttributeList::new())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let dy = cx.any_grad(0);
        let dx = transpose_any(*self, &dy, &invert_permutation_any(cx.any_input(1)));
        cx.set_gradient(0, dx.into());
        Ok(())
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        match self.conjugates {
            true => Fusion::None,
            false => Fusion::View { of: 0 },
        }
    }
}

/// The axes that `perm` names, which must be all `rank` of them.
fn permutation(perm: &[i64], rank: usize) -> Result<Vec<usize>> {
    if perm.len() != rank {
        return Err(Error::invalid_argument(format!(
            "transpose expects a vector of size {rank}. But input(1) is a vector of size {}",
            perm.len()
        )));
    }
    let in_range = |axis: &i64| usize::try_from(*axis).ok().filter(|&axis| axis < rank);
    let axes: Result<Vec<usize>> = perm
        .iter()
        .map(|axis| {
            in_range(axis).ok_or_else(|| {
                Error::invalid_argument(format!("{axis} is out of range [0 .. {rank})"))
            })
        })
        .collect();
    let axes = axes?;
    match (0..rank).find(|axis| !axes.contains(axis)) {
        None => Ok(axes),
        Some(missing) => {
            // Few: one for each axis.
            let perm = perm
                .iter()
                .map(i64::to_string)
                .collect::<Vec<_>>()
                .join(",");
            Err(Error::invalid_argument(format!(
                "{missing} is missing from {{{perm}}}."
            )))
        }
    }
}

/// The inverse y of the permutation `x` of 0, 1, ..., n - 1: `y[x[i]] = i`, as
/// `tf.invert_permutation` computes it.
///
/// # Errors
/// `InvalidArgument` if `x` is not such a permutation.
#[track_caller]
pub fn invert_permutation<I: Integer>(x: impl IntoTensor<I>) -> Tensor<I> {
    unary("InvertPermutation", InvertPermutation, (x, "x"))
}

#[track_caller]
fn invert_permutation_any(x: &AnyTensor) -> AnyTensor {
    x.graph().op_scope("InvertPermutation", |scope| {
        any_tensor(scope, InvertPermutation, std::slice::from_ref(x), x.dtype())
    })
}

#[derive(Debug)]
struct InvertPermutation;

impl Op for InvertPermutation {
    fn op_type(&self) -> &'static str {
        "InvertPermutation"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(0), 1)?;
        Ok(vec![TensorInfo::new(cx.dtype(0), vec![cx.shape(0).dim(0)])])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        crate::types::with_class!(index, cx.inputs.value(0).dtype(), I => {
            let x = cx.inputs.get::<I>(0);
            let mut out = cx.outputs.alloc_unset::<I>(0, x.shape())?;
            let out = memory::row_major(&mut out);
            invert(&strided::in_order(cx.pool, &x)?, out)
        }, Err(Error::internal("a permutation must be int32 or int64")))
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }
}

/// Writes to each place that `x` names the number of the element that names it.
fn invert<I: Integer>(x: &[I], inverse: &mut [I]) -> Result<()> {
    let (nothing, length) = (I::from_i64(-1), inverse.len());
    inverse.fill(nothing);
    for (i, target) in x.iter().enumerate() {
        let target = target.to_i64();
        let place = usize::try_from(target)
            .ok()
            .and_then(|target| inverse.get_mut(target));
        match place {
            Some(place) if *place == nothing => *place = I::from_i64(i as i64),
            Some(_) => {
                return Err(Error::invalid_argument(format!(
                    "{target} is duplicated in the input."
                )));
            }
            None => {
                let message = format!("{target} is not between 0 and {length}");
                return Err(Error::invalid_argument(message));
            }
        }
    }
    Ok(())
}
