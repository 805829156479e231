//! `MatrixDiag`, `MatrixDiagPart` and `MatrixSetDiag`: the diagonals of (stacks of) matrices;
//! identity matrices.

use ndarray::{ArrayViewD, ArrayViewMutD};

use super::super::shape::{rank_of, shape_of};
use super::super::{concat, slice, zeros, zeros_like};
use crate::graph::{
    GradientContext, Graph, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo,
};
use crate::kernels::pool::Pool;
use crate::kernels::strided;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::older::Older;
use crate::ops::reduce::{reduce_min, reduce_sum};
use crate::ops::support::{
    binary, build_any, check_size, expect_rank_at_least, graph, merge_dims, named_as, unary,
};
use crate::types::{
    Dim, Element, IntoShape, Number, Plain, Result, Shape, WholeNumber, memory, with_bits,
    with_class, with_dtype,
};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "MatrixDiag(diagonal: T) -> (output: T)", |_| MatrixDiag),
    op!(smooth "MatrixDiagPart(input: T) -> (diagonal: T)", |_| MatrixDiagPart),
    op!(smooth "MatrixSetDiag(input: T, diagonal: T) -> (output: T)", |_| MatrixSetDiag),
    op!(opaque "BatchMatrixDiag(diagonal: T) -> (output: T)",
        |node| Older::renamed(node, MatrixDiag))
    .superseded_by("MatrixDiag"),
    op!(opaque "BatchMatrixDiagPart(input: T) -> (diagonal: T)",
        |node| Older::renamed(node, MatrixDiagPart))
    .superseded_by("MatrixDiagPart"),
    op!(opaque "BatchMatrixSetDiag(input: T, diagonal: T) -> (output: T)",
        |node| Older::renamed(node, MatrixSetDiag))
    .superseded_by("MatrixSetDiag"),
];

/// For each row of the last axis of `diagonal` a square matrix with that row on its diagonal and
/// zeros elsewhere, as `tf.matrix_diag` makes it.
///
/// # Errors
/// `InvalidArgument` if `diagonal` is a scalar.
#[track_caller]
pub fn matrix_diag<T: Element>(diagonal: impl IntoTensor<T>) -> Tensor<T> {
    unary("diag", MatrixDiag, (diagonal, "diagonal"))
}

/// The diagonal of each matrix in the last two axes of `input`, as `tf.matrix_diag_part` gives it.
///
/// # Errors
/// `InvalidArgument` if `input` has fewer than two axes.
#[track_caller]
pub fn matrix_diag_part<T: Element>(input: impl IntoTensor<T>) -> Tensor<T> {
    unary("diag_part", MatrixDiagPart, (input, "input"))
}

/// The matrices in the last two axes of `input` with other diagonals, as `tf.matrix_set_diag` makes
/// them.
///
/// # Errors
/// `InvalidArgument` if the shape of `diagonal` is not that of [`matrix_diag_part`] of `input`.
#[track_caller]
pub fn matrix_set_diag<T: Element>(
    input: impl IntoTensor<T>,
    diagonal: impl IntoTensor<T>,
) -> Tensor<T> {
    binary(
        "set_diag",
        MatrixSetDiag,
        (input, "input"),
        (diagonal, "diagonal"),
    )
}

/// The sum of the diagonal of each matrix in the last two axes of `x`, as `tf.trace` computes it.
///
/// # Errors
/// `InvalidArgument` if `x` has fewer than two axes.
#[track_caller]
pub fn trace<T: Number>(x: impl IntoTensor<T>) -> Tensor<T> {
    let graph = graph(&x);
    graph.op_scope("Trace", |scope| {
        let diagonal = matrix_diag_part(x.into_tensor(&graph, "x"));
        reduce_sum(diagonal, [-1]).named(named_as(scope))
    })
}

impl Graph {
    /// The identity matrix with `num_rows` rows and columns, as `tf.eye` makes it.
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// assert_eq!(graph.eye::<f32>(3).to_string(), r#"Tensor("eye/diag:0", shape=(3, 3), dtype=float32)"#);
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if `num_rows` is negative.
    ///
    /// # Options
    /// `num_columns`, `batch_shape`: see [`eye_with`](Graph::eye_with).
    #[track_caller]
    pub fn eye<T: Plain>(&self, num_rows: impl WholeNumber) -> Tensor<T> {
        self.eye_with(num_rows, Eye::new())
    }

    /// As [`eye`](Graph::eye), of another number of columns, or a stack of such matrices.
    ///
    /// # Errors
    /// As [`eye`](Graph::eye), and for a negative option.
    #[track_caller]
    pub fn eye_with<T: Plain>(
        &self,
        num_rows: impl WholeNumber,
        options: impl Into<Eye>,
    ) -> Tensor<T> {
        let options = options.into();
        self.op_scope("eye", |scope| {
            let (rows, columns, batch) = match options.lengths(num_rows) {
                Ok(lengths) => lengths,
                Err(error) => return scope.failed("MatrixDiag", error),
            };
            let stacked = |lengths: &[usize]| [batch.as_slice(), lengths].concat();
            let ones = self.ones(stacked(&[rows.min(columns)]));
            if rows == columns {
                return matrix_diag(ones);
            }
            matrix_set_diag(self.zeros(stacked(&[rows, columns])), ones)
        })
    }
}

/// The options of [`Graph::eye_with`].
#[derive(Clone, Debug, Default)]
pub struct Eye {
    num_columns: Option<i64>,
    batch_shape: Option<Result<Shape>>,
}

/// With this number of columns, as [`Eye::num_columns`].
impl<N: WholeNumber> From<N> for Eye {
    fn from(num_columns: N) -> Self {
        Eye::new().num_columns(num_columns)
    }
}

impl Eye {
    /// The numbers of rows and columns, and the lengths of the axes before those of the matrix.
    ///
    /// # Errors
    /// `InvalidArgument` if one of them is negative or not known.
    fn lengths(self, num_rows: impl WholeNumber) -> Result<(usize, usize, Vec<usize>)> {
        let rows = num_rows.to_count("num_rows")?;
        let columns = match self.num_columns {
            Some(columns) => columns.to_count("num_columns")?,
            None => rows,
        };
        let batch = self.batch_shape.unwrap_or_else(|| Ok(Shape::scalar()))?;
        Ok((rows, columns, batch.expect_known()?))
    }

    /// One square matrix.
    pub fn new() -> Self {
        Eye::default()
    }

    /// The number of columns, if it is not that of rows.
    pub fn num_columns(mut self, num_columns: impl WholeNumber) -> Self {
        self.num_columns = Some(num_columns.to_i64());
        self
    }

    /// The lengths of the axes before those of the matrix.
    pub fn batch_shape(mut self, batch_shape: impl IntoShape) -> Self {
        self.batch_shape = Some(batch_shape.into_shape());
        self
    }
}

/// The shape of the diagonals of matrices of shape `dims`.
fn diagonal_shape(dims: &[Dim]) -> Shape {
    let (stack, matrix) = dims.split_at(dims.len() - 2);
    let length = match (matrix[0], matrix[1]) {
        (Some(0), _) | (_, Some(0)) => Some(0),
        (rows, columns) => rows.zip(columns).map(|(rows, columns)| rows.min(columns)),
    };
    Shape::from([stack, &[length]].concat())
}

/// The diagonals of matrices of this many rows and columns that lie one after the other, as the
/// places of their elements.
fn diagonal_places((rows, columns): (usize, usize)) -> impl Iterator<Item = usize> {
    (0..rows.min(columns)).map(move |i| i * (columns + 1))
}

/// Writes rows of `diagonals` to the diagonals of the matrices of `out`, the last two axes of which
/// these lengths are.
fn set_diagonals<T: Plain>(
    pool: &Pool,
    mut out: ArrayViewMutD<'_, T>,
    lengths: (usize, usize),
    diagonals: &ArrayViewD<'_, T>,
) -> Result<()> {
    let (rows, columns) = lengths;
    if out.is_empty() {
        return Ok(());
    }
    let diagonals = strided::in_order(pool, diagonals)?;
    let out = memory::row_major(&mut out);
    let pairs = out
        .chunks_exact_mut(rows * columns)
        .zip(diagonals.chunks_exact(rows.min(columns)));
    for (matrix, diagonal) in pairs {
        for (place, &x) in diagonal_places(lengths).zip(diagonal) {
            matrix[place] = x;
        }
    }
    Ok(())
}

#[derive(Debug)]
struct MatrixDiag;

impl Op for MatrixDiag {
    fn op_type(&self) -> &'static str {
        "MatrixDiag"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank_at_least(cx, cx.shape(0), 1)?;
        let shape = cx.shape(0).dims().map_or(Shape::unknown(), |dims| {
            Shape::from([dims, &dims[dims.len() - 1..]].concat())
        });
        Ok(vec![TensorInfo::new(cx.dtype(0), shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = cx.inputs.shape(0);
        let length = shape.last().copied().unwrap_or(0);
        let out_shape = [shape, &[length]].concat();
        check_size(&out_shape)?;
        with_bits!(cx.inputs.value(0).dtype(), T => {
            let x = cx.inputs.bits::<T>(0);
            set_diagonals(cx.pool, cx.outputs.alloc_bits::<T>(0, cx.inputs.value(0).dtype(), &out_shape)?, (length, length), &x)?;
        }, return Err(cx.inputs.has_no_kernel(self.op_type(), 0)));
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let dx = build_any("diag_part", MatrixDiagPart, &[cx.any_grad(0)]);
        cx.set_gradient(0, dx.into());
        Ok(())
    }
}

#[derive(Debug)]
struct MatrixDiagPart;

impl Op for MatrixDiagPart {
    fn op_type(&self) -> &'static str {
        "MatrixDiagPart"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank_at_least(cx, cx.shape(0), 2)?;
        let shape = cx.shape(0).dims().map_or(Shape::unknown(), diagonal_shape);
        Ok(vec![TensorInfo::new(cx.dtype(0), shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = cx.inputs.shape(0);
        let (stack, matrix) = shape.split_at(shape.len() - 2);
        let length = matrix[0].min(matrix[1]);
        with_bits!(cx.inputs.value(0).dtype(), T => {
            let x = cx.inputs.bits::<T>(0);
            let mut out = cx.outputs.alloc_bits_unset::<T>(0, cx.inputs.value(0).dtype(), &[stack, &[length]].concat())?;
            if !out.is_empty() {
                let x = strided::in_order(cx.pool, &x)?;
                let matrices = x.chunks_exact(matrix[0] * matrix[1]);
                let out = memory::row_major(&mut out);
                for (x, row) in matrices.zip(out.chunks_exact_mut(length)) {
                    for (place, out) in diagonal_places((matrix[0], matrix[1])).zip(row) {
                        *out = x[place];
                    }
                }
            }
        }, return Err(cx.inputs.has_no_kernel(self.op_type(), 0)));
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let shape = cx.input_shape(0);
        let is_square = shape.dims().is_some_and(|dims| match dims {
            [.., Some(rows), Some(columns)] => rows == columns,
            _ => false,
        });
        with_dtype!(cx.any_input(0).dtype(), T => {
            let dy = cx.grad::<T>(0);
            let dx = if is_square { matrix_diag(dy) } else { matrix_set_diag(zeros_like(cx.input::<T>(0)), dy) };
            cx.set(0, dx);
        }, ());
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn needs_memory(&self, _: &InferContext<'_>) -> bool {
        true
    }
}

#[derive(Debug)]
struct MatrixSetDiag;

impl Op for MatrixSetDiag {
    fn op_type(&self) -> &'static str {
        "MatrixSetDiag"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank_at_least(cx, cx.shape(0), 2)?;
        expect_rank_at_least(cx, cx.shape(1), 1)?;
        let Some(dims) = cx.shape(0).dims() else {
            let stack = cx
                .shape(1)
                .dims()
                .and_then(|dims| dims.split_last())
                .map(|(_, stack)| stack);
            let shape = stack.map_or(Shape::unknown(), |stack| {
                Shape::from([stack, &[None, None]].concat())
            });
            return Ok(vec![TensorInfo::new(cx.dtype(0), shape)]);
        };
        let diagonal = merge_dims(cx, &diagonal_shape(dims), cx.shape(1))?;
        let (_, matrix) = dims.split_at(dims.len() - 2);
        let stack = diagonal
            .dims()
            .and_then(|dims| dims.split_last())
            .map_or(&[][..], |(_, stack)| stack);
        Ok(vec![TensorInfo::new(
            cx.dtype(0),
            Shape::from([stack, matrix].concat()),
        )])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = cx.inputs.shape(0);
        with_bits!(cx.inputs.value(0).dtype(), T => {
            let (x, diagonals) = (cx.inputs.bits::<T>(0), cx.inputs.bits::<T>(1));
            let mut out = cx.outputs.alloc_bits_unset::<T>(0, cx.inputs.value(0).dtype(), shape)?;
            strided::copy(cx.pool, x, out.view_mut());
            set_diagonals(cx.pool, out, (shape[shape.len() - 2], shape[shape.len() - 1]), &diagonals)?;
        }, return Err(cx.inputs.has_no_kernel(self.op_type(), 0)));
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        with_class!(number, cx.any_input(0).dtype(), T => {
            let dy = cx.grad::<T>(0);
            let diagonal = cx.input_shape(1);
            // What was given for `dy` may be of any shape; the run tells if it does not fit.
            let input = cx.input_shape(0).merge(&dy.shape());
            let is_matrix = |shape: &Shape| shape.rank().is_none_or(|rank| rank >= 2);
            let input = input.filter(is_matrix).unwrap_or(Shape::unknown());
            let no_diagonal = diagonal_zeros(&input, &diagonal, &dy);
            let dinput = matrix_set_diag(&dy, no_diagonal);
            cx.set(0, dinput);
            cx.set(1, matrix_diag_part(dy));
        }, ());
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn needs_memory(&self, _: &InferContext<'_>) -> bool {
        true
    }
}

/// Zeros of the shape of the diagonals of `dy`.
#[track_caller]
fn diagonal_zeros<T: Number>(input: &Shape, diagonal: &Shape, dy: &Tensor<T>) -> Tensor<T> {
    let known = input
        .dims()
        .and_then(|dims| diagonal_shape(dims).merge(diagonal)?.to_known());
    let matrix_known = input
        .dims()
        .is_some_and(|dims| dims[dims.len() - 2..].iter().all(Option::is_some));
    if let (Some(shape), true) = (known, matrix_known) {
        return dy.graph().zeros(shape);
    }
    let (shape, rank) = (shape_of::<i32>(&dy.any()), rank_of(&dy.any()));
    let stack = slice(&shape, [0], (&rank - 2,));
    let matrix = slice(&shape, (&rank - 2,), [2]);
    let length = reduce_min(matrix, ..);
    zeros(concat((stack, (length,)), 0))
}
