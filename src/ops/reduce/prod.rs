//! `Prod`.

use std::marker::PhantomData;

use super::axes::IntoAxes;
use super::cumulative::{Cumprod, cumprod_with};
use super::gradient::{reduced_shape, safe_shape_div};
use super::reduction::{Reduce, Reduction, build};
use crate::graph::{GradientContext, IntoTensor, Tensor};
use crate::kernels::reduce::Reducer;
use crate::ops::OpDef;
use crate::ops::array::{
    concat, gather, invert_permutation, range, rank, reshape, setdiff1d, shape, tile,
    transpose_with,
};
use crate::ops::def::op;
use crate::ops::math::conj;
use crate::types::{Number, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    smooth "Prod(input: T, reduction_indices: Tidx) -> (output: T); keep_dims: bool = false; \
         Tidx: type = int32; \
        T in number; \
        Tidx in index",
    T: number, |node| node.op::<Reduce<Prod<T>>>()?
)];

/// The product of the elements along `axes`, as `tf.reduce_prod` computes it; 1 of no elements.
/// Integers wrap around on overflow. The gradient is right where elements are zero, too.
///
/// # Errors
/// `InvalidArgument` if an axis is out of range.
#[track_caller]
pub fn reduce_prod<T: Number>(input_tensor: impl IntoTensor<T>, axes: impl IntoAxes) -> Tensor<T> {
    build::<Prod<T>>(input_tensor, axes)
}

/// Multiplies.
#[derive(Clone, Copy, Default)]
struct Multiplier;

impl<T: Number> Reducer<T> for Multiplier {
    type Merger = Self;

    #[inline(always)]
    fn start(self) -> T {
        T::ONE
    }

    #[inline(always)]
    fn include(self, partial: T, x: T) -> T {
        partial.times(x)
    }

    #[inline(always)]
    fn merger(self) -> Self {
        self
    }
}

struct Prod<T>(PhantomData<fn() -> T>);

impl<T: Number> Reduction for Prod<T> {
    type Element = T;
    type Reducer = Multiplier;
    const OP_TYPE: &'static str = "Prod";

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        let (x, axes) = (cx.input::<T>(0), cx.input::<i32>(1));
        let input_shape = shape(&x);
        let named = reshape(&axes, [-1]);
        let kept = reduced_shape(&input_shape, &axes);
        let multiples = safe_shape_div(&input_shape, &kept);
        let dy = tile(reshape(cx.grad::<T>(0), kept), multiples);
        let (product, perm) = product_of_others(&x, &input_shape, &named);
        let dx = dy * transpose_with(product, invert_permutation(perm));
        cx.set(0, reshape(dx, input_shape));
        Ok(())
    }
}

/// For each element of `x` the conjugate of the product of all others that are reduced together
/// with it, by multiplying what lies before it with what lies after it, for a division would fail
/// at zeros. The result has the reduced axes first, in the order of axes that is returned with it.
#[track_caller]
fn product_of_others<T: Number>(
    x: &Tensor<T>,
    input_shape: &Tensor<i32>,
    axes: &Tensor<i32>,
) -> (Tensor<T>, Tensor<i32>) {
    let rank = rank(x);
    let reduced = (axes + &rank) % &rank;
    let every_axis = range(0, rank, 1);
    let (others, _) = setdiff1d(every_axis, &reduced);
    let perm = concat([&reduced, &others], 0);
    let reduced_size = reduce_prod(gather(input_shape, reduced), ..);
    let other_size = reduce_prod(gather(input_shape, others), ..);
    let permuted = transpose_with(x, &perm);
    let permuted_shape = shape(&permuted);
    let table = reshape(permuted, (reduced_size, other_size));
    let before = cumprod_with(&table, Cumprod::new().exclusive());
    let after = cumprod_with(&table, Cumprod::new().exclusive().reverse());
    (reshape(conj(before) * conj(after), permuted_shape), perm)
}
