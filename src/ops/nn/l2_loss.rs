//! `L2Loss`.

use std::marker::PhantomData;

use smallvec::SmallVec;

use crate::graph::{GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo};
use crate::kernels::reduce::{Adder, Reducer, reduce_and_finish};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::unary;
use crate::types::{Float, Result, Shape};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    smooth "L2Loss(t: T) -> (output: T); \
        T in {float16, bfloat16, float32, float64}",
    T: floating, |_| L2Loss::<T>(PhantomData)
)];

/// Σ x² / 2 over all elements, as `tf.nn.l2_loss` computes it.
#[track_caller]
pub fn l2_loss<T: Float>(t: impl IntoTensor<T>) -> Tensor<T> {
    unary("L2Loss", L2Loss::<T>(PhantomData), (t, "t"))
}

#[derive(Debug)]
struct L2Loss<T>(PhantomData<T>);

impl<T: Float> Op for L2Loss<T> {
    fn op_type(&self) -> &'static str {
        "L2Loss"
    }

    fn infer(&self, _: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        Ok(vec![TensorInfo::new(T::DTYPE, Shape::scalar())])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let x = cx.inputs.get::<T>(0);
        let out = cx.outputs.alloc_unset::<T>(0, &[])?;
        let axes: SmallVec<[usize; 8]> = (0..x.ndim()).collect();
        let halve = |sums: &mut [T]| {
            for sum in sums {
                *sum = sum.times(T::from_f64(0.5));
            }
        };
        reduce_and_finish(cx.pool, x, &axes, out, Squares, Some(&halve))
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let dx = cx.input::<T>(0) * cx.grad::<T>(0);
        cx.set(0, dx);
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }
}

/// Adds up squares.
#[derive(Clone, Copy)]
struct Squares;

impl<T: Float> Reducer<T> for Squares {
    type Merger = Adder;

    #[inline(always)]
    fn start(self) -> T {
        T::ZERO
    }

    #[inline(always)]
    fn include(self, partial: T, x: T) -> T {
        partial.plus(x.times(x))
    }

    #[inline(always)]
    fn merger(self) -> Adder {
        Adder
    }
}
