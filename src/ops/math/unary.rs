//! What the element-wise ops of one tensor share: the op around a function of one number, and the
//! macro that defines most of them.

use crate::kernels::tile::{Elementwise, Tile};
use std::sync::Arc;

use std::fmt::Debug;
use std::marker::PhantomData;

use crate::graph::{
    Fusion, GradientContext, InferContext, IntoTensor, Kernel, Op, OpScope, Tensor, TensorInfo,
};
use crate::ops::support::{expect_registered, same_shape, unary};
use crate::types::{Plain, Result};

/// A function of one number, behind a [`Unary`] op.
pub(super) trait Function<T: Plain>: Debug + Send + Sync + 'static {
    /// The type of its values.
    type Output: Plain;

    /// TensorFlow's name of the op.
    const OP_TYPE: &'static str;

    /// The value at `x`; of a function with a `WHOLE`, NaN where it does not know.
    fn apply(x: T) -> Self::Output;

    /// What tells the value where `apply` does not know it.
    const WHOLE: Option<fn(T) -> Self::Output> = None;

    /// The gradient rule of the op.
    fn gradient(cx: &mut GradientContext<'_>);
}

/// Builds the op of a function of one tensor, called after its type.
#[track_caller]
pub(super) fn apply<F: Function<T>, T: Plain>(x: impl IntoTensor<T>) -> Tensor<F::Output> {
    unary(F::OP_TYPE, Unary::<F, T>::new(), (x, "x"))
}

/// The op of a function of one tensor as the node that `scope` is named after.
#[track_caller]
pub(super) fn apply_in<F: Function<T>, T: Plain>(
    scope: &OpScope,
    x: &Tensor<T>,
) -> Tensor<F::Output> {
    scope.tensor(Unary::<F, T>::new(), &[x.any()])
}

/// An element-wise op of one tensor.
pub(super) struct Unary<F, T>(PhantomData<fn() -> (F, T)>);

impl<F, T> Unary<F, T> {
    pub(super) fn new() -> Self {
        Unary(PhantomData)
    }
}

impl<F: Function<T>, T: Plain> Debug for Unary<F, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(F::OP_TYPE)
    }
}

impl<F: Function<T>, T: Plain> Op for Unary<F, T> {
    fn op_type(&self) -> &'static str {
        F::OP_TYPE
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_registered(F::OP_TYPE, "T", T::DTYPE)?;
        same_shape::<F::Output>(cx, 0)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = cx.inputs.shape(0);
        cx.compute_each::<F::Output>(self, shape)?;
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        // Rules of other types are never asked, and so need not be compiled.
        if const { T::DTYPE.is_trainable() } {
            F::gradient(cx);
        }
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::Elementwise(self)
    }
}

impl<F: Function<T>, T: Plain> Elementwise for Unary<F, T> {
    fn tile(&self, tile: &mut Tile<'_>) {
        tile.map_or(
            #[inline(always)]
            |x: T| F::apply(x),
            F::WHOLE,
        );
    }
}

/// The row of an op that is generic in `T` with this bound.
macro_rules! op_of_bound {
    ($kind:ident $signature:expr, Plain, $op:expr) => {
        $crate::ops::def::op!($kind $signature, T: plain, |_| $op)
    };
    ($kind:ident $signature:expr, Number, $op:expr) => {
        $crate::ops::def::op!($kind $signature, T: number, |_| $op)
    };
    ($kind:ident $signature:expr, Numeric, $op:expr) => {
        $crate::ops::def::op!($kind $signature, T: numeric, |_| $op)
    };
    ($kind:ident $signature:expr, Inexact, $op:expr) => {
        $crate::ops::def::op!($kind $signature, T: inexact, |_| $op)
    };
    ($kind:ident $signature:expr, Float, $op:expr) => {
        $crate::ops::def::op!($kind $signature, T: floating, |_| $op)
    };
}

/// Defines element-wise functions of one tensor: for each the public function, its op, and a row of
/// the op table.
///
/// The gradient is a function of the input `x`, the output `y` and the gradient `dy` with respect
/// to the output; a function is `flat` if no gradient flows through it. Behind a formula that is
/// NaN where it does not know the value stands the function that knows. At the end stand the rows
/// of the file's other ops.
macro_rules! unary_functions {
    ($(
        $(#[$doc:meta])*
        $function:ident => $op:ident for $bound:ident $(in $types:literal)? -> $output:ty:
            |$value:ident| $formula:expr $(=> $whole:expr)?, $kind:ident $(|$x:ident, $y:ident, $dy:ident| $gradient:expr)?;
    )* $([$($row:expr),+])?) => {
        pub(in crate::ops) const OPS: &[$crate::ops::OpDef] = &[$($crate::ops::math::unary::op_of_bound!(
            $kind concat!(stringify!($op), "(x: T) -> (y: ", stringify!($output), ")" $(, "; T in ", $types)?),
            $bound, $crate::ops::math::unary::Unary::<$op, T>::new()
        ),)* $($($row),+)?];

        $(
            $(#[$doc])*
            #[track_caller]
            pub fn $function<T: $bound>(x: impl $crate::graph::IntoTensor<T>) -> $crate::graph::Tensor<$output> {
                $crate::ops::math::unary::apply::<$op, T>(x)
            }

            #[derive(Debug)]
            pub(super) struct $op;

            impl<T: $bound> $crate::ops::math::unary::Function<T> for $op {
                type Output = $output;
                const OP_TYPE: &'static str = stringify!($op);
                $(const WHOLE: Option<fn(T) -> $output> = Some($whole);)?

                #[inline(always)]
                fn apply($value: T) -> $output {
                    $formula
                }

                fn gradient(_cx: &mut $crate::graph::GradientContext<'_>) {
                    $(
                        let ($x, $y, $dy) = (&_cx.input::<T>(0), &_cx.output::<T>(0), &_cx.grad::<T>(0));
                        let dx: $crate::graph::Tensor<T> = $gradient;
                        _cx.set(0, dx);
                    )?
                }
            }
        )*
    };
}

pub(super) use {op_of_bound, unary_functions};
