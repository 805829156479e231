//! `NthElement`: the n-th smallest element of each row.

use std::cmp::Ordering;
use std::marker::PhantomData;

use super::super::expand_dims;
use crate::graph::{
    AttributeList, Attributes, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor,
    TensorInfo, attributes, graph_of,
};
use crate::kernels::pieces::each_pair;
use crate::kernels::strided;
use crate::kernels::unset::unset;
use crate::ops::def::op;
use crate::ops::math::{cast_to, equal};
use crate::ops::reduce::reduce_sum;
use crate::ops::support::{expect_rank, expect_rank_at_least, scalar_dim};
use crate::ops::{IntoIntegers, OpDef};
use crate::types::{Error, Numeric, Result, Shape, memory, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    smooth "NthElement(input: T, n: int32) -> (values: T); reverse: bool = false; T in real",
    T: numeric, |node| NthElementOp::<T>::new(node.attributes()?)
)];

/// The `n`-th smallest element of each row of the last axis, counted from 0, as
/// `tf.contrib.nn.nth_element` finds it. NaN comes after all numbers.
///
/// The gradient goes to all elements that equal it, in equal parts.
///
/// # Errors
/// `InvalidArgument` if `input` is a scalar, or `n` is negative or not less than the length of
/// rows.
///
/// # Options
/// `reverse`: see [`nth_element_with`].
#[track_caller]
pub fn nth_element<T: Numeric>(input: impl IntoTensor<T>, n: impl IntoIntegers) -> Tensor<T> {
    nth_element_with(input, n, NthElement::new())
}

/// As [`nth_element`], or the `n`-th largest element as `options` says.
///
/// # Errors
/// As [`nth_element`].
#[track_caller]
pub fn nth_element_with<T: Numeric>(
    input: impl IntoTensor<T>,
    n: impl IntoIntegers,
    options: impl Into<NthElement>,
) -> Tensor<T> {
    let (n, options) = (n.into_integers(), options.into());
    let graph = graph_of(&[input.graph(), n.graph()]);
    graph.op_scope("NthElement", |scope| {
        let input = input.into_tensor(&graph, "input").any();
        let n = n.into_tensor::<i32>(&graph, "n").any();
        scope.tensor(NthElementOp::<T>::new(options.0), &[input, n])
    })
}

/// The options of [`nth_element_with`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NthElement(Direction);

attributes! {
    #[derive(Copy)]
    struct Direction {
        /// Whether it is counted from the largest element down.
        reverse: bool,
    }
}

impl Default for NthElement {
    fn default() -> Self {
        NthElement::new()
    }
}

impl NthElement {
    /// Counted from the smallest element up.
    pub fn new() -> Self {
        NthElement(Direction { reverse: false })
    }

    /// Whether it is counted from the largest element down.
    pub fn reverse(mut self, reverse: bool) -> Self {
        self.0.reverse = reverse;
        self
    }
}

#[derive(Debug)]
struct NthElementOp<T> {
    direction: Direction,
    element: PhantomData<fn() -> T>,
}

impl<T> NthElementOp<T> {
    fn new(direction: Direction) -> Self {
        NthElementOp {
            direction,
            element: PhantomData,
        }
    }
}

/// Fails unless rows have an element of this number.
fn check(n: usize, length: usize) -> Result<()> {
    match n < length {
        true => Ok(()),
        false => Err(Error::invalid_argument(format!(
            "Input must have last dimension > n = {n} but is {length}"
        ))),
    }
}

/// The order of numbers, with NaN after all of them.
fn order<T: Numeric>(a: &T, b: &T) -> Ordering {
    let is_nan = |x: &T| x.partial_cmp(x).is_none();
    a.partial_cmp(b)
        .unwrap_or_else(|| is_nan(a).cmp(&is_nan(b)))
}

impl<T: Numeric> Op for NthElementOp<T> {
    fn op_type(&self) -> &'static str {
        "NthElement"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(1), 0)?;
        let n = scalar_dim(cx, 1)?;
        expect_rank_at_least(cx, cx.shape(0), 1)?;
        let Some([rows @ .., length]) = cx.shape(0).dims() else {
            return Ok(vec![TensorInfo::new(T::DTYPE, ..)]);
        };
        if let (Some(n), Some(length)) = (n, *length) {
            check(n, length)?;
        }
        Ok(vec![TensorInfo::new(T::DTYPE, Shape::from(rows.to_vec()))])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        /// How many elements are worth a part of their own.
        const PIECE: usize = 1 << 14;
        let n = cx.inputs.scalar_integer(1)?;
        let x = cx.inputs.get::<T>(0);
        let Some((&length, rows)) = x.shape().split_last() else {
            return Err(Error::invalid_argument("Input must be >= 1-D"));
        };
        let n = usize::try_from(n).map_err(|_| {
            let message = format!("Need n >= 0, got {n}");
            Error::invalid_argument(message)
        })?;
        check(n, length)?;
        let n = if self.direction.reverse {
            length - 1 - n
        } else {
            n
        };
        // The elements of each row are moved about.
        let mut moved = unset::<T>(x.shape())?;
        strided::copy(cx.pool, x.view(), moved.view_mut());
        let mut out = cx.outputs.alloc_unset::<T>(0, rows)?;
        let some = (PIECE / length).max(1);
        let results = (memory::row_major(&mut out), some);
        let moved = moved.as_slice_mut().expect("made in row-major order");
        each_pair(cx.pool, results, (moved, some * length), &|_, out, rows| {
            for (out, row) in out.iter_mut().zip(rows.chunks_exact_mut(length)) {
                *out = *row.select_nth_unstable_by(n, order).1;
            }
        });
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        with_class!(floating, T::DTYPE, F => {
            let (x, y, dy) = (cx.input::<F>(0), cx.output::<F>(0), cx.grad::<F>(0));
            let chosen: Tensor<F> = cast_to(equal(expand_dims(y, -1), &x));
            let dy = expand_dims(dy, -1);
            let count = expand_dims(reduce_sum(&chosen, -1), -1);
            cx.set(0, chosen / count * dy);
        }, ());
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.direction.list())
    }
}
