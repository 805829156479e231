//! `MatMul`: the product of two matrices.

use std::marker::PhantomData;

use ndarray::Ix2;

use crate::graph::{GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo};
use crate::kernels::{self, MatMulElement};
use crate::ops::OpDef;
use crate::ops::support::{binary, expect_rank, unequal_dims};
use crate::types::{Error, Result, Shape};

pub(in crate::ops) const OPS: &[OpDef] = &[OpDef::smooth("MatMul")];

/// The product of the matrices `a` and `b`, as `tf.matmul` computes it.
///
/// `a` is [n, k] and `b` is [k, m]; the result is [n, m].
///
/// # Errors
/// `InvalidArgument` if one is no matrix or the inner lengths differ.
#[track_caller]
pub fn matmul<T: MatMulElement>(a: impl IntoTensor<T>, b: impl IntoTensor<T>) -> Tensor<T> {
    matmul_with(a, b, MatMul::new())
}

/// As [`matmul`], with operands transposed as `options` says.
///
/// ```
/// use tf1::{Graph, MatMul, matmul_with};
///
/// let graph = Graph::new();
/// let a = graph.zeros::<f32>([5, 2]);
/// let b = graph.zeros::<f32>([5, 3]);
/// let c = matmul_with(&a, &b, MatMul::new().transpose_a());
/// assert_eq!(c.shape().to_string(), "(2, 3)");
/// ```
///
/// # Errors
/// As [`matmul`].
#[track_caller]
pub fn matmul_with<T: MatMulElement>(
    a: impl IntoTensor<T>,
    b: impl IntoTensor<T>,
    options: MatMul,
) -> Tensor<T> {
    binary(
        "MatMul",
        Product::<T> {
            options,
            element: PhantomData,
        },
        (a, "a"),
        (b, "b"),
    )
}

/// The options of [`matmul_with`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MatMul {
    transpose_a: bool,
    transpose_b: bool,
}

impl MatMul {
    /// Neither operand is transposed.
    pub fn new() -> Self {
        MatMul::default()
    }

    /// Transposes the first operand before multiplying.
    pub fn transpose_a(mut self) -> Self {
        self.transpose_a = true;
        self
    }

    /// Transposes the second operand before multiplying.
    pub fn transpose_b(mut self) -> Self {
        self.transpose_b = true;
        self
    }
}

#[derive(Debug)]
struct Product<T> {
    options: MatMul,
    element: PhantomData<fn() -> T>,
}

impl<T: MatMulElement> Op for Product<T> {
    fn op_type(&self) -> &'static str {
        "MatMul"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let (a, b) = (cx.shape(0), cx.shape(1));
        expect_rank(cx, a, 2)?;
        expect_rank(cx, b, 2)?;
        let MatMul {
            transpose_a,
            transpose_b,
        } = self.options;
        let (rows, a_inner) = if transpose_a {
            (a.dim(1), a.dim(0))
        } else {
            (a.dim(0), a.dim(1))
        };
        let (b_inner, columns) = if transpose_b {
            (b.dim(1), b.dim(0))
        } else {
            (b.dim(0), b.dim(1))
        };
        match (a_inner, b_inner) {
            (Some(left), Some(right)) if left != right => Err(unequal_dims(cx, left, right)),
            _ => Ok(vec![TensorInfo::new(
                T::DTYPE,
                Shape::from(vec![rows, columns]),
            )]),
        }
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let matrix = |i, transpose| {
            let view = cx.inputs.get::<T>(i).into_dimensionality::<Ix2>();
            let view =
                view.map_err(|_| Error::invalid_argument(format!("input {i} is no matrix")))?;
            Ok::<_, Error>(if transpose {
                view.reversed_axes()
            } else {
                view
            })
        };
        let (a, b) = (
            matrix(0, self.options.transpose_a)?,
            matrix(1, self.options.transpose_b)?,
        );
        if a.ncols() != b.nrows() {
            let (a, b) = (
                Shape::from(cx.inputs.shape(0)),
                Shape::from(cx.inputs.shape(1)),
            );
            let message = format!(
                "Matrix size-incompatible: In[0]: {}, In[1]: {}",
                a.bracketed(),
                b.bracketed()
            );
            return Err(Error::invalid_argument(message));
        }
        let out = cx.outputs.alloc::<T>(0, &[a.nrows(), b.ncols()]);
        let out = out
            .into_dimensionality::<Ix2>()
            .expect("allocated with two dimensions");
        kernels::matmul(a, b, out);
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let (a, b, dc) = (&cx.input::<T>(0), &cx.input::<T>(1), &cx.grad::<T>(0));
        let (a_t, b_t) = (MatMul::new().transpose_a(), MatMul::new().transpose_b());
        let (da, db) = match (self.options.transpose_a, self.options.transpose_b) {
            (false, false) => (matmul_with(dc, b, b_t), matmul_with(a, dc, a_t)),
            (false, true) => (matmul(dc, b), matmul_with(dc, a, a_t)),
            (true, false) => (matmul_with(b, dc, b_t), matmul(a, dc)),
            (true, true) => {
                let both = a_t.transpose_b();
                (matmul_with(b, dc, both), matmul_with(dc, a, both))
            }
        };
        cx.set(0, da);
        cx.set(1, db);
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }
}
