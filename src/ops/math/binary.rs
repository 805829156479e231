//! What the element-wise ops of two tensors share: the op around a function of two numbers.

use crate::kernels::cpu::vectorised_if;
use crate::kernels::tile::{Elementwise, Tile, zips_scalars};
use std::sync::Arc;

use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::broadcast_gradient::Unbroadcast;
use crate::graph::{
    Fusion, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo, no_gradient,
};
use crate::kernels::broadcast::common_shape;
use crate::ops::array::shape;
use crate::ops::support::{binary, broadcast, expect_registered};
use crate::types::{DType, Element, Error, Number, Plain, Result, Shape, Value};

/// A function of two numbers, behind a [`Binary`] op.
pub(super) trait Function<T: Plain>: Debug + Send + Sync + 'static {
    /// The type of its values.
    type Output: Plain;

    /// TensorFlow's name of the op.
    const OP_TYPE: &'static str;

    /// What to say where integers have no value; `None` of a function that always has one.
    const UNDEFINED: Option<&'static str> = None;

    /// The static shape of the op's output: what the operands broadcast to, unless a function says
    /// otherwise.
    ///
    /// # Errors
    /// `InvalidArgument` if the operands do not fit.
    fn shape(cx: &InferContext<'_>) -> Result<Shape> {
        Ok(broadcast::<Self::Output>(cx)?.swap_remove(0).shape)
    }

    /// Whether the code of the function is so long that it should not be compiled for each kind of
    /// operands.
    const IS_LONG: bool = false;

    /// The value at (x, y), if there is one; of a function with a `WHOLE`, NaN where it does not
    /// know.
    fn apply(x: T, y: T) -> Option<Self::Output>;

    /// Of a long function of floats, what tells the value where `apply` does not know it.
    const WHOLE: Option<Whole<T, Self::Output>> = None;

    /// What computes the values at many x and one y, if that can be shorter than to `apply` the
    /// function to each x.
    const AT_ONE: Option<AtOne<T, Self::Output>> = None;

    /// Given one operand's value, the index of the operand that the result always equals, if there
    /// is one.
    fn equal_operand(x: Option<T>, y: Option<T>) -> Option<usize> {
        let _ = (x, y);
        None
    }

    /// The gradient rule of the op.
    ///
    /// # Errors
    /// If the op has no gradient, which is the default.
    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        let _ = cx;
        Err(no_gradient(Self::OP_TYPE))
    }
}

/// A function that may have no value at some numbers.
pub(super) type Whole<T, Output> = fn(T, T) -> Option<Output>;

/// Computes the values of a function at all x and one y if it knows a short way, and says whether
/// it does.
pub(super) type AtOne<T, Output> = fn(x: &[T], y: T, out: &mut [Output]) -> bool;

/// Builds the op of a function of two tensors, under the scope `name`.
#[track_caller]
pub(super) fn apply<F: Function<T>, T: Plain>(
    name: &str,
    x: impl IntoTensor<T>,
    y: impl IntoTensor<T>,
) -> Tensor<F::Output> {
    binary(name, Binary::<F, T>(PhantomData), (x, "x"), (y, "y"))
}

/// An element-wise op of two tensors, with broadcasting.
pub(super) struct Binary<F, T>(PhantomData<fn() -> (F, T)>);

impl<F, T> Binary<F, T> {
    pub(super) fn new() -> Self {
        Binary(PhantomData)
    }
}

impl<F: Function<T>, T: Plain> Debug for Binary<F, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(F::OP_TYPE)
    }
}

impl<F: Function<T>, T: Plain> Op for Binary<F, T> {
    fn op_type(&self) -> &'static str {
        F::OP_TYPE
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_registered(F::OP_TYPE, "T", T::DTYPE)?;
        Ok(vec![TensorInfo::new(F::Output::DTYPE, F::shape(cx)?)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = common_shape(cx.inputs.shape(0), cx.inputs.shape(1))?;
        match F::UNDEFINED {
            Some(message) if const { Self::CAN_FAIL } => {
                let kernel = Checked::<F, T> {
                    is_undefined: AtomicBool::new(false),
                    function: PhantomData,
                };
                cx.compute_each::<F::Output>(&kernel, &shape)?;
                match kernel.is_undefined.into_inner() {
                    true => Err(Error::invalid_argument(message)),
                    false => Ok(()),
                }
            }
            _ => {
                cx.compute_each::<F::Output>(self, &shape)?;
                Ok(())
            }
        }
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        // Rules of other types are never asked, and so need not be compiled.
        match const { T::DTYPE.is_trainable() } {
            true => F::gradient(cx),
            false => Err(no_gradient(F::OP_TYPE)),
        }
    }

    fn can_fail(&self) -> bool {
        Self::CAN_FAIL
    }

    fn equal_input(&self, numbers: &[Option<Value<'static>>]) -> Option<usize> {
        let number = |i: usize| T::unwrap(numbers[i].as_ref()?)?.view().first().copied();
        F::equal_operand(number(0), number(1))
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        match self.can_fail() {
            true => Fusion::None,
            false => Fusion::Elementwise(self),
        }
    }
}

impl<F: Function<T>, T: Plain> Binary<F, T> {
    /// Whether there are numbers at which the function has no value.
    const CAN_FAIL: bool = F::UNDEFINED.is_some() && T::DTYPE.is_integer();
}

impl<F: Function<T>, T: Plain> Elementwise for Binary<F, T> {
    fn tile(&self, tile: &mut Tile<'_>) {
        if const { Self::CAN_FAIL } {
            return;
        }
        if let Some(at_one) = F::AT_ONE
            && let Some((x, y, out)) = tile.with_scalar()
            && at_one(x, y, out)
        {
            return;
        }
        if const { F::IS_LONG } {
            tile.zip_long(
                #[inline(always)]
                |x: T, y: T| F::apply(x, y).unwrap_or_default(),
                F::WHOLE,
            );
        } else {
            tile.zip(
                #[inline(always)]
                |x: T, y: T| F::apply(x, y).unwrap_or_default(),
            );
        }
    }

    fn reads_scalar(&self, _: usize) -> bool {
        zips_scalars::<T, T, F::Output>()
    }
}

/// The kernel of a function that has no value at some numbers, which is an error.
struct Checked<F, T> {
    is_undefined: AtomicBool,
    function: PhantomData<fn() -> (F, T)>,
}

impl<F: Function<T>, T: Plain> Elementwise for Checked<F, T> {
    fn tile(&self, tile: &mut Tile<'_>) {
        let (x, y) = (tile.input::<T>(0), tile.input::<T>(1));
        if let (Some(at_one), Some(&first)) = (F::AT_ONE, y.first())
            && y.iter().all(|y| *y == first)
            && at_one(x, first, tile.output(0))
        {
            return;
        }
        let out = tile.output::<F::Output>(0);
        // Of the integers, processors divide only these several at a time.
        let is_undefined = vectorised_if!(matches!(T::DTYPE, DType::Int32), {
            let mut is_undefined = false;
            for ((out, &x), &y) in out.iter_mut().zip(x).zip(y) {
                let value = F::apply(x, y);
                is_undefined |= value.is_none();
                *out = value.unwrap_or_default();
            }
            is_undefined
        });
        if is_undefined {
            self.is_undefined.store(true, Relaxed);
        }
    }
}

/// What undoes the broadcasting of the operands `x` and `y` in the gradient rules that take both
/// shapes as tensors, whatever is known of them.
#[track_caller]
pub(super) fn unbroadcast_tensors<T: Number>(x: &Tensor<T>, y: &Tensor<T>) -> Unbroadcast {
    Unbroadcast::at_run(shape(x), shape(y))
}

/// Builds what a gradient rule adds after the gradient `dz` has been computed, as TensorFlow orders
/// it.
pub(super) fn after<T: Plain, R>(dz: &Tensor<T>, build: impl FnOnce() -> R) -> R {
    dz.graph().control_dependencies([dz], build)
}
