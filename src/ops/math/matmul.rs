//! `MatMul`: the product of two matrices; and the door to [`batch_matmul`](super::batch_matmul) for
//! stacks of them.

use std::marker::PhantomData;
use std::sync::Arc;

use ndarray::Ix2;

use super::batch_matmul::{Adjoint, BatchMatMulV2};
use super::conj;
use crate::graph::{
    AttributeList, Attributes, Fusion, GradientContext, InferContext, IntoTensor, Kernel, Op,
    OpScope, Tensor, TensorInfo, attributes, graph_of,
};
use crate::kernels::product::Typed;
use crate::kernels::{self, MatMulElement};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{expect_rank, unequal_dims};
use crate::types::{Error, Result, Shape};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    smooth "MatMul(a: T, b: T) -> (product: T); transpose_a: bool = false; \
            transpose_b: bool = false; \
        T in {bfloat16, float16, float32, float64, int32, int64, complex64, complex128}",
    T: matmul, |node| MatMulOp::<T>::new(node.attributes()?)
)];

/// The product of the matrices `a` and `b`, as `tf.matmul` computes it.
///
/// `a` is [..., n, k] and `b` is [..., k, m]; the result is [..., n, m]. Where there are axes
/// before the last two, they are broadcast, and the matrices that they hold are multiplied one by
/// one.
///
/// ```
/// use ndarray::arr2;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let a = graph.constant([[1.0, 2.0], [3.0, 4.0]]);
/// let b = graph.constant([[5.0], [6.0]]);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::matmul(&a, &b).array2(), [])?, arr2(&[[17.0], [39.0]]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if one is not a matrix, the inner lengths differ or the axes before do not
/// broadcast.
///
/// # Options
/// `transpose_a`, `transpose_b`, `adjoint_a`, `adjoint_b`: see [`matmul_with`].
#[track_caller]
pub fn matmul<T: MatMulElement>(a: impl IntoTensor<T>, b: impl IntoTensor<T>) -> Tensor<T> {
    matmul_with(a, b, MatMul::new())
}

/// As [`matmul`], with operands transposed as `options` says: [`MatMul`], or TensorFlow's
/// `transpose_a` and `transpose_b` in a tuple.
///
/// ```
/// use tf1::{Graph, MatMul, matmul_with};
///
/// let graph = Graph::new();
/// let a = graph.zeros::<f32>([5, 2]);
/// let b = graph.zeros::<f32>([5, 3]);
/// let c = matmul_with(&a, &b, MatMul::new().transpose_a());
/// assert_eq!(c.shape().to_string(), "(2, 3)");
/// let (transpose_a, transpose_b) = (false, true);
/// let d = matmul_with(&b, &c, (transpose_a, transpose_b));
/// assert_eq!(d.shape().to_string(), "(5, 2)");
/// ```
///
/// # Errors
/// As [`matmul`], and if an operand is to be both transposed and adjoint.
#[track_caller]
pub fn matmul_with<T: MatMulElement>(
    a: impl IntoTensor<T>,
    b: impl IntoTensor<T>,
    options: impl Into<MatMul>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[a.graph(), b.graph()]);
    graph.op_scope("MatMul", |scope| {
        if let Some(operand) = options.contradiction() {
            let message =
                format!("Only one of transpose_{operand} and adjoint_{operand} can be True.");
            return scope.failed("MatMul", Error::invalid_argument(message));
        }
        let (a, b) = (a.into_tensor(&graph, "a"), b.into_tensor(&graph, "b"));
        product_in(scope, &a, &b, options)
    })
}

/// The product as the node that `scope` is named after: of stacks unless both operands are known to
/// be matrices.
#[track_caller]
pub(super) fn product_in<T: MatMulElement>(
    scope: &OpScope,
    a: &Tensor<T>,
    b: &Tensor<T>,
    options: MatMul,
) -> Tensor<T> {
    let transpose_a = options.transpose_a || options.adjoint_a;
    let transpose_b = options.transpose_b || options.adjoint_b;
    let are_stacks = [a, b]
        .iter()
        .any(|operand| operand.shape().rank().is_none_or(|rank| rank > 2));
    // Of stacks, TensorFlow's op takes the adjoint, of matrices the transpose.
    let (conjugate_a, conjugate_b) = match are_stacks {
        true => (options.transpose_a, options.transpose_b),
        false => (options.adjoint_a, options.adjoint_b),
    };
    let turned = |operand: &Tensor<T>, is_conjugate| match is_conjugate {
        true => conj(operand).any(),
        false => operand.any(),
    };
    let inputs = [turned(a, conjugate_a), turned(b, conjugate_b)];
    if are_stacks {
        let (adj_x, adj_y) = (transpose_a, transpose_b);
        scope.tensor(BatchMatMulV2::<T>::new(Adjoint { adj_x, adj_y }), &inputs)
    } else {
        let transposed = Transposed {
            transpose_a,
            transpose_b,
        };
        scope.tensor(MatMulOp::<T>::new(transposed), &inputs)
    }
}

/// The options of [`matmul_with`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MatMul {
    transpose_a: bool,
    transpose_b: bool,
    adjoint_a: bool,
    adjoint_b: bool,
}

/// `(transpose_a, transpose_b)`.
impl From<(bool, bool)> for MatMul {
    fn from((transpose_a, transpose_b): (bool, bool)) -> Self {
        MatMul {
            transpose_a,
            transpose_b,
            ..MatMul::default()
        }
    }
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

    /// Takes the conjugate transpose of the first operand, which for real numbers is the transpose.
    pub fn adjoint_a(mut self) -> Self {
        self.adjoint_a = true;
        self
    }

    /// Takes the conjugate transpose of the second operand, which for real numbers is the
    /// transpose.
    pub fn adjoint_b(mut self) -> Self {
        self.adjoint_b = true;
        self
    }

    /// The operand that is to be both transposed and adjoint.
    fn contradiction(self) -> Option<char> {
        match self {
            MatMul {
                transpose_a: true,
                adjoint_a: true,
                ..
            } => Some('a'),
            MatMul {
                transpose_b: true,
                adjoint_b: true,
                ..
            } => Some('b'),
            _ => None,
        }
    }
}

attributes! {
    /// Which operands are transposed.
    struct Transposed {
        transpose_a: bool,
        transpose_b: bool,
    }
}

#[derive(Debug)]
struct MatMulOp<T> {
    attributes: Transposed,
    element: PhantomData<fn() -> T>,
}

impl<T> MatMulOp<T> {
    fn new(attributes: Transposed) -> Self {
        MatMulOp {
            attributes,
            element: PhantomData,
        }
    }

    /// Which operands are transposed.
    fn transposed(&self) -> [bool; 2] {
        [self.attributes.transpose_a, self.attributes.transpose_b]
    }
}

/// The mistake of multiplying matrices with unequal inner lengths.
pub(super) fn unequal_inner(cx: &InferContext<'_>, columns: usize, rows: usize) -> Error {
    unequal_dims(cx, columns, rows).with_help(
        "the columns of the first must be as many as the rows of the second; matmul_with transposes either",
    )
}

impl<T: MatMulElement> Op for MatMulOp<T> {
    fn op_type(&self) -> &'static str {
        "MatMul"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let (a, b) = (cx.shape(0), cx.shape(1));
        expect_rank(cx, a, 2)?;
        expect_rank(cx, b, 2)?;
        let ends = |shape: &Shape, transposed| match transposed {
            true => (shape.dim(1), shape.dim(0)),
            false => (shape.dim(0), shape.dim(1)),
        };
        let (rows, a_inner) = ends(a, self.transposed()[0]);
        let (b_inner, columns) = ends(b, self.transposed()[1]);
        match (a_inner, b_inner) {
            (Some(left), Some(right)) if left != right => Err(unequal_inner(cx, left, right)),
            _ => Ok(vec![TensorInfo::new(
                T::DTYPE,
                Shape::from(vec![rows, columns]),
            )]),
        }
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let matrix = |i| {
            let view = cx.inputs.get::<T>(i).into_dimensionality::<Ix2>();
            let view =
                view.map_err(|_| Error::invalid_argument(format!("input {i} is not a matrix")))?;
            Ok::<_, Error>(if self.transposed()[i] {
                view.reversed_axes()
            } else {
                view
            })
        };
        let (a, b) = (matrix(0)?, matrix(1)?);
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
        let out = cx.outputs.alloc_unset::<T>(0, &[a.nrows(), b.ncols()])?;
        let out = out
            .into_dimensionality::<Ix2>()
            .expect("allocated with two dimensions");
        kernels::matmul(cx.pool, a, b, out)
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let (a, b, dc) = (cx.input::<T>(0), cx.input::<T>(1), cx.grad::<T>(0));
        let (a, b) = (conj(a), conj(b));
        let (a_t, b_t) = (MatMul::new().transpose_a(), MatMul::new().transpose_b());
        let options = [a_t, b_t, a_t.transpose_b()];
        let (da, db) = gradient(&a, &b, &dc, self.transposed(), options);
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

    fn fusion(self: Arc<Self>, cx: &InferContext<'_>) -> Fusion {
        let lengths = |i: usize| {
            let [rows, columns] = cx.shape(i).to_known()?.try_into().ok()?;
            Some(match self.transposed()[i] {
                true => [columns, rows],
                false => [rows, columns],
            })
        };
        let (Some([rows, inner]), Some([_, columns])) = (lengths(0), lengths(1)) else {
            return Fusion::None;
        };
        let transposed = self.transposed();
        Fusion::Producer(Arc::new(Typed::<T>::new(rows, inner, columns, transposed)))
    }
}

/// The gradients of a product of matrices, or of stacks of them, before broadcasting is undone;
/// `options` are those that say that the first and that the second operand of a product is turned
/// as the product's own are.
#[track_caller]
pub(super) fn gradient<T: MatMulElement>(
    a: &Tensor<T>,
    b: &Tensor<T>,
    dc: &Tensor<T>,
    transposed: [bool; 2],
    [a_t, b_t, both]: [MatMul; 3],
) -> (Tensor<T>, Tensor<T>) {
    match transposed {
        [false, false] => (matmul_with(dc, b, b_t), matmul_with(a, dc, a_t)),
        [false, true] => (matmul(dc, b), matmul_with(dc, a, a_t)),
        [true, false] => (matmul_with(b, dc, b_t), matmul(a, dc)),
        [true, true] => (matmul_with(b, dc, both), matmul_with(dc, a, both)),
    }
}
