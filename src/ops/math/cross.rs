//! `Cross`: the product of vectors in space.

use std::marker::PhantomData;

use crate::graph::{GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo};
use crate::kernels::pieces::each_piece;
use crate::kernels::strided::in_order;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{binary, expect_rank_at_least, merge};
use crate::types::{Error, Numeric, Result, Shape, memory};

/// How many elements are one thread's at a time: those of whole vectors.
const PIECE: usize = 3 << 12;

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    smooth "Cross(a: T, b: T) -> (product: T); \
        T in real",
    T: numeric, |_| Cross::<T>(PhantomData)
)];

/// The cross products `a × b` of the vectors along the last axis, which has length 3, as `tf.cross`
/// computes them. Both operands have the same shape.
///
/// # Errors
/// `InvalidArgument` if the shapes differ or the last axis does not have length 3.
#[track_caller]
pub fn cross<T: Numeric>(a: impl IntoTensor<T>, b: impl IntoTensor<T>) -> Tensor<T> {
    binary("Cross", Cross::<T>(PhantomData), (a, "a"), (b, "b"))
}

#[derive(Debug)]
struct Cross<T>(PhantomData<fn() -> T>);

impl<T: Numeric> Op for Cross<T> {
    fn op_type(&self) -> &'static str {
        "Cross"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        for i in [0, 1] {
            expect_rank_at_least(cx, cx.shape(i), 1)?;
        }
        let shape = merge(cx, cx.shape(0), cx.shape(1))?;
        let Some(dims) = shape.dims() else {
            return Ok(vec![TensorInfo::new(T::DTYPE, shape)]);
        };
        let mut dims = dims.to_vec();
        let last = dims.last_mut().expect("the rank is 1 or more");
        if let Some(length) = last.filter(|&length| length != 3) {
            let message = format!(
                "Dimension must be 3 but is {length}, with input shapes: {}.",
                cx.shapes_text()
            );
            return Err(Error::invalid_argument(message));
        }
        *last = Some(3);
        Ok(vec![TensorInfo::new(T::DTYPE, dims)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (a, b) = (cx.inputs.get::<T>(0), cx.inputs.get::<T>(1));
        if a.shape() != b.shape() {
            let (a, b) = (
                Shape::from(a.shape()).bracketed(),
                Shape::from(b.shape()).bracketed(),
            );
            return Err(Error::invalid_argument(format!(
                "Both inputs must be of same shape: {a} vs. {b}"
            )));
        }
        if a.shape().last() != Some(&3) {
            return Err(Error::invalid_argument(
                "Cross-products are only defined for 3-element vectors.",
            ));
        }
        let (pool, shape) = (cx.pool, a.shape());
        let (a, b) = (in_order(pool, &a)?, in_order(pool, &b)?);
        let mut out = cx.outputs.alloc_unset::<T>(0, shape)?;
        each_piece(pool, memory::row_major(&mut out), PIECE, &|first, out| {
            let (a, b) = (&a[first..], &b[first..]);
            let vectors = a.as_chunks::<3>().0.iter().zip(b.as_chunks::<3>().0);
            for (out, (a, b)) in out.as_chunks_mut::<3>().0.iter_mut().zip(vectors) {
                *out = product(a, b);
            }
        });
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let (a, b, dz) = (&cx.input::<T>(0), &cx.input::<T>(1), &cx.grad::<T>(0));
        cx.set(0, cross(b, dz));
        cx.set(1, cross(dz, a));
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    /// To bring views in order.
    fn needs_memory(&self, _: &InferContext<'_>) -> bool {
        true
    }
}

/// a × b.
#[inline(always)]
fn product<T: Numeric>(a: &[T; 3], b: &[T; 3]) -> [T; 3] {
    std::array::from_fn(|i| {
        let (j, k) = ((i + 1) % 3, (i + 2) % 3);
        a[j].times(b[k]).minus(a[k].times(b[j]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Graph, Session};
    use ndarray::{Array2, arr2, s};

    #[test]
    fn vectors_of_any_strides() {
        let graph = Graph::new();
        let (a, b) = (
            graph.placeholder::<i32>("a", ..),
            graph.placeholder::<i32>("b", ..),
        );
        let session = Session::new(&graph).unwrap();
        let (x, y) = (arr2(&[[3, 9, 2, 9, 1]]), arr2(&[[4], [5], [6]]));
        let (x, y) = (x.slice(s![.., ..;-2]), y.t());
        let product = cross(&a, &b);
        assert_eq!(
            session.run(&product, [a.feed(x), b.feed(y)]).unwrap(),
            arr2(&[[-3, 6, -3]]).into_dyn()
        );
        let short = Array2::<i32>::zeros((3, 2));
        let error = session
            .run(&product, [a.feed(&short), b.feed(&short)])
            .unwrap_err();
        assert_eq!(
            error.message(),
            "Dimension must be 3 but is 2, with input shapes: [3,2], [3,2]."
        );
    }
}
