//! `BatchMatMulV2`: the products of two stacks of matrices, which are broadcast.

use std::marker::PhantomData;

use ndarray::{CowArray, IxDyn};

use super::Unbroadcast;
use super::matmul::{MatMul, gradient, unequal_inner};
use crate::graph::{
    AttributeList, Attributes, GradientContext, InferContext, Kernel, Op, TensorInfo, attributes,
};
use crate::kernels::{self, MatMulElement};
use crate::ops::OpDef;
use crate::ops::array::shape;
use crate::ops::def::op;
use crate::ops::older::Older;
use crate::ops::support::{expect_rank_at_least, unequal_dims};
use crate::types::{Error, Result, Shape, broadcast_dims, broadcast_shapes, memory};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "BatchMatMulV2(x: T, y: T) -> (output: T); adj_x: bool = false; \
                adj_y: bool = false; \
        T in {bfloat16, float16, float32, float64, int32, int64, complex64, complex128}",
        T: matmul, |node| BatchMatMulV2::<T>::new(node.attributes()?)),
    op!(smooth "BatchMatMul(x: T, y: T) -> (output: T); adj_x: bool = false; \
                adj_y: bool = false; \
        T in {bfloat16, float16, float32, float64, int32, int64, complex64, complex128}",
        T: matmul, |node| Older::renamed(node, BatchMatMulV2::<T>::new(node.attributes()?)))
    .superseded_by("BatchMatMulV2"),
];

attributes! {
    /// Which operands' matrices are adjoint: of real numbers, transposed.
    pub(super) struct Adjoint {
        pub(super) adj_x: bool,
        pub(super) adj_y: bool,
    }
}

#[derive(Debug)]
pub(super) struct BatchMatMulV2<T> {
    attributes: Adjoint,
    element: PhantomData<fn() -> T>,
}

impl<T> BatchMatMulV2<T> {
    pub(super) fn new(attributes: Adjoint) -> Self {
        BatchMatMulV2 {
            attributes,
            element: PhantomData,
        }
    }

    /// Which operands' matrices are transposed.
    fn transposed(&self) -> [bool; 2] {
        [self.attributes.adj_x, self.attributes.adj_y]
    }
}

/// The static shape of a stack of matrices: the axes before the last two, and those, swapped if
/// they are transposed.
fn split(cx: &InferContext<'_>, i: usize, transposed: bool) -> Result<(Shape, [Option<usize>; 2])> {
    let Some(dims) = cx.shape(i).dims() else {
        return Ok((Shape::unknown(), [None, None]));
    };
    expect_rank_at_least(cx, cx.shape(i), 2)?;
    let (batch, &[rows, columns]) = dims.split_last_chunk().expect("the rank is 2 or more");
    Ok((
        Shape::from(batch.to_vec()),
        if transposed {
            [columns, rows]
        } else {
            [rows, columns]
        },
    ))
}

impl<T: MatMulElement> Op for BatchMatMulV2<T> {
    fn op_type(&self) -> &'static str {
        "BatchMatMulV2"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let (a_batch, [rows, a_inner]) = split(cx, 0, self.transposed()[0])?;
        let (b_batch, [b_inner, columns]) = split(cx, 1, self.transposed()[1])?;
        if let (Some(left), Some(right)) = (a_inner, b_inner)
            && left != right
        {
            return Err(unequal_inner(cx, left, right));
        }
        let batch =
            broadcast_shapes(&a_batch, &b_batch).map_err(|(a, b)| unequal_dims(cx, a, b))?;
        let shape = match batch.dims() {
            Some(batch) => Shape::from([batch, &[rows, columns]].concat()),
            None => Shape::unknown(),
        };
        Ok(vec![TensorInfo::new(T::DTYPE, shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (a, b) = (self.stack(cx, 0)?, self.stack(cx, 1)?);
        let ([batch_a @ .., rows, a_inner], [batch_b @ .., b_inner, columns]) =
            (a.shape(), b.shape())
        else {
            return Err(Error::internal("a stack of matrices has two axes at least"));
        };
        let text = |i| Shape::from(cx.inputs.shape(i)).bracketed();
        if a_inner != b_inner {
            let (a, b) = (text(0), text(1));
            let [adjoint_a, adjoint_b] = self.transposed().map(u8::from);
            let message = format!(
                "In[0] mismatch In[1] shape: {a_inner} vs. {b_inner}: {a} {b} {adjoint_a} {adjoint_b}"
            );
            return Err(Error::invalid_argument(message));
        }
        let Some(batch) = broadcast_dims(batch_a, batch_b) else {
            let message = format!(
                "In[0] and In[1] must have compatible batch dimensions: {} vs. {}",
                text(0),
                text(1)
            );
            return Err(Error::invalid_argument(message));
        };
        let shape = [batch.as_slice(), &[*rows, *columns]].concat();
        let mut out = cx.outputs.alloc_unset::<T>(0, &shape)?;
        if out.is_empty() {
            return Ok(());
        }
        let out = out.as_slice_mut();
        let out = out.expect("outputs are allocated in row-major order");
        kernels::matmul_stacks(cx.pool, &a.view(), &b.view(), &batch, out)
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let (a, b, dc) = (&cx.input::<T>(0), &cx.input::<T>(1), &cx.grad::<T>(0));
        let (a_t, b_t) = (MatMul::new().adjoint_a(), MatMul::new().adjoint_b());
        let options = [a_t, b_t, a_t.adjoint_b()];
        let (da, db) = gradient(a, b, dc, self.transposed(), options);
        let (da, db) = if a.shape().is_known() && a.shape() == b.shape() {
            (da, db)
        } else {
            let (a_shape, b_shape) = (shape(a), shape(b));
            let batches = [a_shape.index(..-2), b_shape.index(..-2)];
            let unbroadcast = Unbroadcast::of_leading_axes([a_shape, b_shape], batches);
            (unbroadcast.x(da), unbroadcast.y(db))
        };
        cx.set(0, da);
        cx.set(1, db);
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.attributes.list())
    }
}

impl<T: MatMulElement> BatchMatMulV2<T> {
    /// Input `i`, its matrices conjugate and transposed if they are adjoint.
    fn stack<'r>(&self, cx: &Kernel<'r, '_>, i: usize) -> Result<CowArray<'r, T, IxDyn>> {
        let mut stack = CowArray::from(cx.inputs.get::<T>(i));
        let rank = stack.ndim();
        if rank < 2 {
            return Err(Error::invalid_argument(format!(
                "In[{i}] ndims must be >= 2: {rank}"
            )));
        }
        if self.transposed()[i] {
            if T::DTYPE.is_complex() {
                let mut conjugates = memory::copied_in_order(&stack)?;
                for z in memory::row_major(&mut conjugates.view_mut()) {
                    *z = z.conjugate();
                }
                stack = conjugates.into();
            }
            stack.swap_axes(rank - 2, rank - 1);
        }
        Ok(stack)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Graph, MatMul, Session, matmul, matmul_with};
    use ndarray::{Array, ArrayView2, Ix4, s};

    #[test]
    fn stacks_of_any_strides_are_broadcast() {
        let graph = Graph::new();
        let (a, b) = (
            graph.placeholder::<f64>("a", ..),
            graph.placeholder::<f64>("b", ..),
        );
        let product = matmul_with(&a, &b, MatMul::new().transpose_b());
        let session = Session::new(&graph).unwrap();
        let numbers = Array::from_iter((0..240).map(f64::from))
            .into_shape_with_order((4, 5, 3, 4))
            .unwrap();
        let x = numbers.slice(s![..;-2, ..1, ..;-1, ..]);
        let y = numbers
            .slice(s![0, .., .., ..])
            .permuted_axes([0, 2, 1])
            .slice_move(s![.., .., ..3]);
        let y = y.permuted_axes([0, 2, 1]);
        let out = session
            .run(&product, [a.feed(x), b.feed(y)])
            .unwrap()
            .into_dimensionality::<Ix4>()
            .unwrap();
        assert_eq!(out.shape(), [2, 5, 3, 3]);
        for (i, j) in [(0, 0), (1, 4), (0, 3)] {
            let (x, y): (ArrayView2<'_, f64>, ArrayView2<'_, f64>) =
                (x.slice(s![i, 0, .., ..]), y.slice(s![j, .., ..]));
            assert_eq!(out.slice(s![i, j, .., ..]), x.dot(&y.t()));
        }
    }

    #[test]
    fn shapes_that_do_not_fit_are_named() {
        let graph = Graph::new();
        let (a, b) = (
            graph.placeholder::<f32>("a", ..),
            graph.placeholder::<f32>("b", ..),
        );
        let product = matmul(&a, &b);
        let session = Session::new(&graph).unwrap();
        let run = |x: &[usize], y: &[usize]| {
            let (x, y) = (Array::<f32, _>::ones(x), Array::<f32, _>::ones(y));
            session
                .run(&product, [a.feed(&x), b.feed(&y)])
                .map(|out| out.shape().to_vec())
        };
        assert_eq!(run(&[2, 1, 2, 0], &[3, 0, 4]).unwrap(), [2, 3, 2, 4]);
        assert_eq!(run(&[0, 2, 3], &[3, 4]).unwrap(), [0, 2, 4]);
        for (x, y, message) in [
            (
                &[2, 3][..],
                &[4, 5][..],
                "Dimensions must be equal, but are 3 and 4, with input shapes: [2,3], [4,5].",
            ),
            (
                &[2, 3, 4],
                &[3, 4, 5],
                "Dimensions must be equal, but are 2 and 3, with input shapes: [2,3,4], [3,4,5].",
            ),
            (
                &[3],
                &[3, 5],
                "Shape must be at least rank 2 but is rank 1, with input shapes: [3], [3,5].",
            ),
        ] {
            assert_eq!(run(x, y).unwrap_err().message(), message);
        }
    }
}
