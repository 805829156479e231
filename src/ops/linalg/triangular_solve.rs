//! `MatrixTriangularSolve`: systems of equations with triangular matrices.

use std::marker::PhantomData;

use crate::graph::{
    AttributeList, Attributes, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor,
    TensorInfo, attributes, graph_of,
};
use crate::kernels::MatMulElement;
use crate::kernels::strided::{self, in_order};
use crate::kernels::triangular::{Triangle, solve};
use crate::ops::OpDef;
use crate::ops::array::matrix_band_part;
use crate::ops::def::op;
use crate::ops::math::{MatMul, matmul_with};
use crate::ops::support::{expect_rank_at_least, merge, unequal_dims};
use crate::types::{Dim, Error, Float, Result, Shape, memory, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    smooth "MatrixTriangularSolve(matrix: T, rhs: T) -> (output: T); lower: bool = true; \
         adjoint: bool = false; \
        T in {float64, float32, float16, complex64, complex128}",
    T: native_float, |node| MatrixTriangularSolveOp::<T>::new(node.attributes()?)
)];

/// The solution x of `matrix` · x = `rhs`, where `matrix` is lower triangular, as
/// `tf.matrix_triangular_solve` computes it.
///
/// `matrix` is [.., m, m], matrices one behind the other, of which what stands above the diagonal
/// is not looked at; `rhs` and the result are [.., m, k].
///
/// ```
/// use ndarray::arr2;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let a = graph.constant([[2.0, 0.0], [1.0, 4.0]]);
/// let x = tf::matrix_triangular_solve(&a, [[6.0], [11.0]]);
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(x.array2(), [])?, arr2(&[[3.0], [2.0]]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if `matrix` does not hold square matrices, `rhs` does not hold matrices of as
/// many rows, or the axes before these differ; when run, if an element on a diagonal is 0.
///
/// # Options
/// `lower`, `adjoint`: see [`matrix_triangular_solve_with`].
#[track_caller]
pub fn matrix_triangular_solve<T: Float>(
    matrix: impl IntoTensor<T>,
    rhs: impl IntoTensor<T>,
) -> Tensor<T> {
    matrix_triangular_solve_with(matrix, rhs, MatrixTriangularSolve::new())
}

/// As [`matrix_triangular_solve`], of upper triangular or of transposed matrices as `options` say.
///
/// ```
/// use ndarray::arr2;
/// use tf1::{self as tf, MatrixTriangularSolve};
///
/// let graph = tf::Graph::new();
/// let a = graph.constant([[2.0, 1.0], [0.0, 4.0]]);
/// let upper = MatrixTriangularSolve::new().upper();
/// let x = tf::matrix_triangular_solve_with(&a, [[8.0], [8.0]], upper);
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(x.array2(), [])?, arr2(&[[3.0], [2.0]]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// As [`matrix_triangular_solve`].
#[track_caller]
pub fn matrix_triangular_solve_with<T: Float>(
    matrix: impl IntoTensor<T>,
    rhs: impl IntoTensor<T>,
    options: impl Into<MatrixTriangularSolve>,
) -> Tensor<T> {
    let MatrixTriangularSolve { upper, adjoint } = options.into();
    let graph = graph_of(&[matrix.graph(), rhs.graph()]);
    graph.op_scope("MatrixTriangularSolve", |scope| {
        let matrix = matrix.into_tensor(&graph, "matrix");
        let rhs = rhs.into_tensor(&graph, "rhs");
        let lower = !upper;
        let op = MatrixTriangularSolveOp::<T>::new(Equations { lower, adjoint });
        scope.tensor(op, &[matrix.any(), rhs.any()])
    })
}

/// The options of [`matrix_triangular_solve_with`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MatrixTriangularSolve {
    upper: bool,
    adjoint: bool,
}

impl MatrixTriangularSolve {
    /// Lower triangular matrices, as they are.
    pub fn new() -> Self {
        MatrixTriangularSolve::default()
    }

    /// The matrices are upper triangular (`lower=False`): what stands below the diagonal is not
    /// looked at.
    pub fn upper(mut self) -> Self {
        self.upper = true;
        self
    }

    /// The equations are those of the adjoint of `matrix`, which for real numbers is the transposed
    /// one.
    pub fn adjoint(mut self) -> Self {
        self.adjoint = true;
        self
    }
}

attributes! {
    #[derive(Copy)]
    struct Equations {
        /// Whether the elements on and below the diagonal count, or those on and above it.
        lower: bool,
        /// Whether the equations are those of the adjoint matrix.
        adjoint: bool,
    }
}

#[derive(Debug)]
struct MatrixTriangularSolveOp<T> {
    attributes: Equations,
    element: PhantomData<fn() -> T>,
}

impl<T> MatrixTriangularSolveOp<T> {
    fn new(attributes: Equations) -> Self {
        MatrixTriangularSolveOp {
            attributes,
            element: PhantomData,
        }
    }
}

fn shape_of_solution(cx: &InferContext<'_>) -> Result<Shape> {
    let (batch, [rows, columns]) = split(cx, 0)?;
    let (rhs_batch, [rhs_rows, rhs_columns]) = split(cx, 1)?;
    let same = |a: Dim, b: Dim| match (a, b) {
        (Some(a), Some(b)) if a != b => Err(unequal_dims(cx, a, b)),
        (a, b) => Ok(a.or(b)),
    };
    let rows = same(rows, columns)?;
    let batch = merge(cx, &batch, &rhs_batch)?;
    let rows = same(rows, rhs_rows)?;
    Ok(match batch.dims() {
        Some(batch) => Shape::from([batch, &[rows, rhs_columns]].concat()),
        None => Shape::unknown(),
    })
}

/// The axes before the last two, and these.
fn split(cx: &InferContext<'_>, i: usize) -> Result<(Shape, [Dim; 2])> {
    expect_rank_at_least(cx, cx.shape(i), 2)?;
    let parts = cx.shape(i).dims().and_then(<[Dim]>::split_last_chunk);
    Ok(match parts {
        Some((batch, &lengths)) => (Shape::from(batch.to_vec()), lengths),
        None => (Shape::unknown(), [None, None]),
    })
}

impl<T: Float> Op for MatrixTriangularSolveOp<T> {
    fn op_type(&self) -> &'static str {
        "MatrixTriangularSolve"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let shape = shape_of_solution(cx).map_err(|error| {
            error.with_help("the matrix must be [.., m, m] and the right side [.., m, k]")
        })?;
        Ok(vec![TensorInfo::new(T::DTYPE, shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (matrix, rhs) = (cx.inputs.get::<T>(0), cx.inputs.get::<T>(1));
        let lengths = lengths(matrix.shape(), rhs.shape()).map_err(Error::invalid_argument)?;
        let mut x = cx.outputs.alloc_unset::<T>(0, rhs.shape())?;
        if x.is_empty() {
            return Ok(());
        }
        let matrices = in_order(cx.pool, &matrix)?;
        let [rows, _] = lengths;
        if !matrices
            .chunks_exact(rows * rows)
            .all(|matrix| is_invertible(matrix, rows))
        {
            return Err(Error::invalid_argument("Input matrix is not invertible."));
        }
        strided::copy(cx.pool, rhs.view(), x.view_mut());
        let Equations { lower, adjoint } = self.attributes;
        let triangle = Triangle {
            lower,
            transposed: adjoint,
        };
        let x = memory::row_major(&mut x);
        solve(cx.pool, &matrices, triangle, lengths, x);
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        // Floats are multiplied; the trait that says so is another.
        with_class!(floating, T::DTYPE, F => gradient::<F>(self.attributes, cx), ());
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.attributes.list())
    }
}

#[track_caller]
fn gradient<T: Float + MatMulElement>(attributes: Equations, cx: &mut GradientContext<'_>) {
    let Equations { lower, adjoint } = attributes;
    let (matrix, x) = (cx.input::<T>(0), cx.output::<T>(0));
    let options = MatrixTriangularSolve {
        upper: !lower,
        adjoint: !adjoint,
    };
    let drhs = matrix_triangular_solve_with(&matrix, cx.grad::<T>(0), options);
    let (a, b) = if adjoint { (&x, &drhs) } else { (&drhs, &x) };
    let dmatrix = -matmul_with(a, b, MatMul::new().adjoint_b());
    let (below, above) = if lower { (-1, 0) } else { (0, -1) };
    cx.set(0, matrix_band_part(dmatrix, below, above));
    cx.set(1, drhs);
}

/// The lengths of the last two axes of `rhs`; what is wrong if those of `matrix` do not fit.
fn lengths(matrix: &[usize], rhs: &[usize]) -> std::result::Result<[usize; 2], &'static str> {
    let (Some((batch, [rows, columns])), Some((rhs_batch, lengths))) =
        (matrix.split_last_chunk(), rhs.split_last_chunk())
    else {
        return Err("Input tensors must have rank >= 2");
    };
    if batch.len() != rhs_batch.len() {
        return Err("All input tensors must have the same rank.");
    }
    if batch != rhs_batch {
        return Err("All input tensors must have the same outer dimensions.");
    }
    if rows != columns {
        return Err("First input (lhs) must be a square matrix.");
    }
    if *rows != lengths[0] {
        return Err("Input matrix and rhs are incompatible.");
    }
    Ok(*lengths)
}

/// Whether the smallest element of the diagonal is not 0, as TensorFlow finds it: a NaN counts
/// where it is the first.
fn is_invertible<T: Float>(matrix: &[T], rows: usize) -> bool {
    let diagonal = matrix.iter().step_by(rows + 1);
    let mut sizes = diagonal.map(|x| x.to_f64().abs());
    let first = sizes.next().unwrap_or(1.0);
    sizes.fold(first, |least, x| if x < least { x } else { least }) > 0.0
}
