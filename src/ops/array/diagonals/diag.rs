//! `Diag` and `DiagPart`: a tensor laid along the diagonal of one of twice its rank, and back.

use ndarray::Ix2;

use crate::graph::{GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo};
use crate::kernels::strided;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{build_any, check_size, expect_rank_at_least, merge_dims, unary};
use crate::types::{Element, Error, Result, Shape, with_bits};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "Diag(diagonal: T) -> (output: T); \
        T in {bfloat16, float16, float32, float64, int32, int64, complex64, complex128}", |_| Diag),
    op!(smooth "DiagPart(input: T) -> (diagonal: T); \
        T in {bfloat16, float16, float32, float64, int32, int64, complex64, complex128}", |_| DiagPart),
];

/// A tensor of zeros with the elements of `diagonal` on its diagonal, as `tf.diag` makes it: a
/// vector becomes the diagonal of a matrix, and in general the result at (i.., i..) is `diagonal`
/// at (i..).
///
/// # Errors
/// `InvalidArgument` if `diagonal` is a scalar.
#[track_caller]
pub fn diag<T: Element>(diagonal: impl IntoTensor<T>) -> Tensor<T> {
    unary("Diag", Diag, (diagonal, "diagonal"))
}

/// The diagonal of `input`, as `tf.diag_part` gives it: the inverse of [`diag`].
///
/// # Errors
/// `InvalidArgument` if the second half of the shape of `input` is not the first half again.
#[track_caller]
pub fn diag_part<T: Element>(input: impl IntoTensor<T>) -> Tensor<T> {
    unary("DiagPart", DiagPart, (input, "input"))
}

#[derive(Debug)]
struct Diag;

impl Op for Diag {
    fn op_type(&self) -> &'static str {
        "Diag"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank_at_least(cx, cx.shape(0), 1)?;
        let shape = match cx.shape(0).dims() {
            None => Shape::unknown(),
            Some(dims) => Shape::from([dims, dims].concat()),
        };
        Ok(vec![TensorInfo::new(cx.dtype(0), shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = cx.inputs.shape(0);
        let size: usize = shape.iter().product();
        check_size(&[size, size])?;
        with_bits!(cx.inputs.value(0).dtype(), T => {
            let x = cx.inputs.bits::<T>(0);
            let mut out = cx.outputs.alloc_bits::<T>(0, cx.inputs.value(0).dtype(), &[shape, shape].concat())?;
            let diagonal = out.iter_mut().step_by(size + 1);
            diagonal.zip(&x).for_each(|(out, &x)| *out = x);
        }, return Err(cx.inputs.has_no_kernel(self.op_type(), 0)));
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let dx = build_any("DiagPart", DiagPart, &[cx.any_grad(0)]);
        cx.set_gradient(0, dx.into());
        Ok(())
    }
}

#[derive(Debug)]
struct DiagPart;

impl Op for DiagPart {
    fn op_type(&self) -> &'static str {
        "DiagPart"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let Some(dims) = cx.shape(0).dims() else {
            return Ok(vec![TensorInfo::new(cx.dtype(0), ..)]);
        };
        if dims.is_empty() || dims.len() % 2 == 1 {
            let message = format!(
                "Input must have even and non-zero rank, input rank is {}",
                dims.len()
            );
            return Err(Error::invalid_argument(message));
        }
        let (first, second) = dims.split_at(dims.len() / 2);
        let (first, second) = (Shape::from(first.to_vec()), Shape::from(second.to_vec()));
        let shape = merge_dims(cx, &first, &second)?;
        Ok(vec![TensorInfo::new(cx.dtype(0), shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = cx.inputs.shape(0);
        let (half, again) = shape.split_at(shape.len() / 2);
        let size: usize = half.iter().product();
        debug_assert_eq!(half, again, "the shape rule lets nothing else pass");
        with_bits!(cx.inputs.value(0).dtype(), T => {
            let x = cx.inputs.bits::<T>(0);
            let out = cx.outputs.alloc_bits_unset::<T>(0, cx.inputs.value(0).dtype(), half)?;
            let out = out.into_shape_with_order(size).expect("fresh memory lies in order");
            match x.view().into_dimensionality::<Ix2>() {
                Ok(matrix) => strided::copy(cx.pool, matrix.diag().into_dyn(), out.into_dyn()),
                Err(_) => {
                    let matrix = strided::to_shape(cx.pool, &x, &[size, size])?;
                    strided::copy(cx.pool, matrix.diag().into_dyn(), out.into_dyn());
                }
            }
        }, return Err(cx.inputs.has_no_kernel(self.op_type(), 0)));
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let dx = build_any("Diag", Diag, &[cx.any_grad(0)]);
        cx.set_gradient(0, dx.into());
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    /// To see many axes as those of a matrix.
    fn needs_memory(&self, cx: &InferContext<'_>) -> bool {
        cx.shape(0).rank() != Some(2)
    }
}
