//! `Qr`: a matrix as the product of an orthogonal and an upper triangular one.

use std::marker::PhantomData;

use super::adjoint::adjoint;
use super::{MatrixTriangularSolve, matrix_triangular_solve_with};
use crate::graph::{
    AttributeList, Attributes, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor,
    TensorInfo, attributes, checked_lengths, graph_of,
};
use crate::kernels::MatMulElement;
use crate::kernels::qr::householder;
use crate::kernels::strided::in_order;
use crate::ops::OpDef;
use crate::ops::array::matrix_band_part;
use crate::ops::def::op;
use crate::ops::math::{MatMul, matmul, matmul_with};
use crate::ops::support::expect_rank_at_least;
use crate::types::{Dim, Error, Float, Result, Shape, memory, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    smooth "Qr(input: T) -> (q: T, r: T); full_matrices: bool = false; \
        T in {float64, float32, float16, complex64, complex128}",
    T: native_float, |node| QrOp::<T>::new(node.attributes()?)
)];

/// Orthogonal `q` and upper triangular `r` with `input` = `q` · `r`, as `tf.qr` computes them.
///
/// The numbers are TensorFlow's bit for bit while the smaller of `m` and `n` is below 48 and not
/// all of `q` is asked for.
///
/// `input` is [.., m, n], matrices one behind the other; with `p` the smaller of `m` and `n`, `q`
/// is [.., m, p] and `r` is [.., p, n]. The signs are those of Householder's method, where the
/// diagonal of `r` may be negative.
///
/// There is a gradient where `r` is square: of matrices with `m` ≥ `n`, or `m` = `n` if whole
/// matrices are asked for, whose lengths are known while the graph is built.
///
/// # Errors
/// `InvalidArgument` if `input` has fewer than two dimensions; `Unimplemented` of its gradient
/// where `r` is not square.
///
/// # Options
/// `full_matrices`: see [`qr_with`].
#[track_caller]
pub fn qr<T: Float>(input: impl IntoTensor<T>) -> (Tensor<T>, Tensor<T>) {
    qr_with(input, Qr::new())
}

/// As [`qr`], with whole or reduced matrices as `options` say; `true` alone asks for whole ones.
///
/// ```
/// use tf1::{Graph, qr_with};
///
/// let graph = Graph::new();
/// let a = graph.zeros::<f32>([3, 2]);
/// let (q, r) = qr_with(&a, true);
/// assert_eq!(q.to_string(), r#"Tensor("Qr:0", shape=(3, 3), dtype=float32)"#);
/// assert_eq!(r.to_string(), r#"Tensor("Qr:1", shape=(3, 2), dtype=float32)"#);
/// ```
///
/// # Errors
/// As [`qr`].
#[track_caller]
pub fn qr_with<T: Float>(
    input: impl IntoTensor<T>,
    options: impl Into<Qr>,
) -> (Tensor<T>, Tensor<T>) {
    let Qr { full_matrices } = options.into();
    let graph = graph_of(&[input.graph()]);
    let operation = graph.op_scope("Qr", |scope| {
        let input = input.into_tensor(&graph, "input");
        scope.operation(QrOp::<T>::new(Matrices { full_matrices }), &[input.any()])
    });
    (operation.output(0), operation.output(1))
}

/// The options of [`qr_with`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Qr {
    full_matrices: bool,
}

/// Whole matrices or not, as [`Qr::full_matrices`].
impl From<bool> for Qr {
    fn from(full_matrices: bool) -> Self {
        Qr { full_matrices }
    }
}

impl Qr {
    /// Reduced matrices.
    pub fn new() -> Self {
        Qr::default()
    }

    /// `q` is [.., m, m] and `r` is [.., m, n].
    pub fn full_matrices(mut self) -> Self {
        self.full_matrices = true;
        self
    }
}

attributes! {
    struct Matrices {
        /// Whether `q` is [.., m, m] and `r` is [.., m, n].
        full_matrices: bool,
    }
}

#[derive(Debug)]
struct QrOp<T> {
    attributes: Matrices,
    element: PhantomData<fn() -> T>,
}

impl<T> QrOp<T> {
    fn new(attributes: Matrices) -> Self {
        QrOp {
            attributes,
            element: PhantomData,
        }
    }
}

impl<T: Float> Op for QrOp<T> {
    fn op_type(&self) -> &'static str {
        "Qr"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let unknown = || TensorInfo::new(T::DTYPE, ..);
        let Some(dims) = cx.shape(0).dims() else {
            return Ok(vec![unknown(), unknown()]);
        };
        expect_rank_at_least(cx, cx.shape(0), 2)?;
        let (batch, [rows, columns]) = dims.split_last_chunk().expect("the rank is 2 or more");
        let inner = if self.attributes.full_matrices {
            *rows
        } else {
            smaller(*rows, *columns)
        };
        let info = |rows: Dim, columns: Dim| {
            let dims: Vec<Dim> = batch.iter().copied().chain([rows, columns]).collect();
            TensorInfo::new(T::DTYPE, Shape::from(dims))
        };
        Ok(vec![info(*rows, inner), info(inner, *columns)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let input = cx.inputs.get::<T>(0);
        let &[ref batch @ .., rows, columns] = input.shape() else {
            return Err(Error::invalid_argument("Input must have rank >= 2"));
        };
        let inner = if self.attributes.full_matrices {
            rows
        } else {
            rows.min(columns)
        };
        let lengths = |rows: usize, columns: usize| {
            let lengths = batch.iter().chain([&rows, &columns]);
            // Few: one length for each axis.
            checked_lengths(&lengths.map(|&length| length as i64).collect::<Vec<_>>())
        };
        let (q_shape, r_shape) = (lengths(rows, inner)?, lengths(inner, columns)?);
        let (mut q, mut r) = cx.outputs.alloc_two::<T, T>(&q_shape, &r_shape)?;
        if q.is_empty() && r.is_empty() {
            return Ok(());
        }
        let matrices = in_order(cx.pool, &input)?;
        let (q, r) = (memory::row_major(&mut q), memory::row_major(&mut r));
        let lengths = [rows, columns, inner];
        householder(cx.pool, &matrices, lengths, q, r)
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let lengths = cx.any_output(1).shape();
        match lengths.dims() {
            Some(&[.., Some(rows), Some(columns)]) if rows == columns => {}
            Some(&[.., Some(_), Some(_)]) => {
                let message = "QrGrad not implemented when ncols > nrows or full_matrices is true and ncols != nrows.";
                let error = Error::unimplemented(message);
                return Err(error.with_help(
                    "differentiate decompositions of matrices with at least as many rows as columns",
                ));
            }
            _ => {
                let message = "QrGrad not implemented with dynamic shapes.";
                let error = Error::unimplemented(message);
                return Err(error.with_help("tell the lengths of the matrices by set_shape"));
            }
        }
        // Floats are multiplied; the trait that says so is another.
        with_class!(floating, T::DTYPE, F => gradient::<F>(cx), ());
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.attributes.list())
    }
}

/// Of dq and dr, what the constraints leave: q stays orthogonal, and r upper triangular.
#[track_caller]
fn gradient<T: Float + MatMulElement>(cx: &mut GradientContext<'_>) {
    let [q, r] = [0, 1].map(|i| cx.output::<T>(i));
    let [dq, dr] = [0, 1].map(|i| cx.grad::<T>(i));
    let qdq = &matmul_with(&q, &dq, MatMul::new().adjoint_a());
    let skew_q = qdq - adjoint(qdq);
    let rdr = &matmul_with(&r, &dr, MatMul::new().adjoint_b());
    let skew_r = rdr - adjoint(rdr);
    let lower = matrix_band_part(skew_q + skew_r, -1, 0);
    let along_q = matmul(&q, dr + over_adjoint(lower, &r));
    let across_q = over_adjoint(dq - matmul(&q, qdq), &r);
    cx.set(0, along_q + across_q);
}

/// `x` times the inverse of the adjoint of the upper triangular `r`.
#[track_caller]
fn over_adjoint<T: Float>(x: Tensor<T>, r: &Tensor<T>) -> Tensor<T> {
    let upper = MatrixTriangularSolve::new().upper();
    adjoint(matrix_triangular_solve_with(r, adjoint(x), upper))
}

/// The smaller length, where that is known.
fn smaller(a: Dim, b: Dim) -> Dim {
    match (a, b) {
        (Some(0), _) | (_, Some(0)) => Some(0),
        (a, b) => Some(a?.min(b?)),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{ArrayD, ArrayViewD, IxDyn, arr2, array};

    use super::*;
    use crate::{Graph, Session};

    fn run<T: Float>(input: ArrayViewD<'_, T>, options: Qr) -> [ArrayD<T>; 2] {
        let graph = Graph::new();
        let x = graph.placeholder::<T>("x", ..);
        let (q, r) = qr_with(&x, options);
        let session = Session::new(&graph).unwrap();
        let (q, r) = session.run((&q, &r), [x.feed(input)]).unwrap();
        [q, r]
    }

    fn assert_close(found: &ArrayD<f64>, expected: ArrayD<f64>) {
        assert_eq!(found.shape(), expected.shape());
        assert!(
            (found - &expected).iter().all(|off| off.abs() < 1e-14),
            "{found}\n{expected}"
        );
    }

    /// TensorFlow 1.15's `tf.qr`.
    #[test]
    fn matrices_of_a_batch_in_any_strides() {
        let input = array![
            [[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]],
            [[0.0, 0.0, 0.0], [1.0, 2.0, -2.0]]
        ];
        let input = input.view().permuted_axes([0, 2, 1]).into_dyn();
        let half = 0.5f64.sqrt();
        let [q, r] = run(input.view(), Qr::new());
        let expected_q = array![
            [
                [-0.169_030_850_945_703_25, 0.897_085_227_145_06],
                [-0.507_092_552_837_109_9, 0.276_026_223_736_942_97],
                [-0.845_154_254_728_516_6, -0.345_032_779_671_177_74]
            ],
            [[1.0, 0.0], [0.0, -half], [0.0, half]]
        ];
        let expected_r = array![
            [
                [-5.916_079_783_099_616, -7.437_357_441_610_944],
                [0.0, 0.828_078_671_210_823_9]
            ],
            [[0.0, 1.0], [0.0, -4.0 * half]]
        ];
        assert_close(&q, expected_q.into_dyn());
        assert_close(&r, expected_r.into_dyn());
        let [q, r] = run(input, Qr::new().full_matrices());
        let second = arr2(&[[1.0, 0.0, 0.0], [0.0, -half, half], [0.0, half, half]]).into_dyn();
        assert_close(&q.index_axis_move(ndarray::Axis(0), 1), second);
        assert_eq!(r.shape(), [2, 3, 2]);
    }

    /// TensorFlow 1.15's `tf.qr`.
    #[test]
    fn more_columns_than_rows() {
        let [q, r] = run(
            array![[2.0, -1.0, 3.0], [4.0, 1.0, -5.0]].into_dyn().view(),
            Qr::new(),
        );
        let (a, b) = (0.2f64.sqrt(), 0.8f64.sqrt());
        assert_close(&q, array![[-a, -b], [-b, a]].into_dyn());
        let expected = array![
            [-4.472_135_954_999_58, -a, 3.130_495_168_499_705_5],
            [0.0, 1.341_640_786_499_873_8, -4.919_349_550_499_538]
        ];
        assert_close(&r, expected.into_dyn());
    }

    /// TensorFlow 1.15's `tf.qr`.
    #[test]
    fn a_column_too_short_to_square_stays() {
        let [q, r] = run(
            array![[1e-25f32, 1.0], [1e-25, 1.0]].into_dyn().view(),
            Qr::new(),
        );
        assert_eq!(q, array![[1.0, 0.0], [0.0, 1.0]].into_dyn());
        assert_eq!(r, array![[1e-25, 1.0], [0.0, 1.0]].into_dyn());
    }

    #[test]
    fn empty_matrices() {
        let shapes = |lengths: &[usize], options: Qr| {
            run(ArrayD::<f32>::zeros(IxDyn(lengths)).view(), options)
                .map(|array| array.shape().to_vec())
        };
        let full = Qr::new().full_matrices();
        assert_eq!(shapes(&[0, 3], Qr::new()), [vec![0, 0], vec![0, 3]]);
        assert_eq!(shapes(&[3, 0], Qr::new()), [vec![3, 0], vec![0, 0]]);
        assert_eq!(shapes(&[2, 0, 3], full), [vec![2, 0, 0], vec![2, 0, 3]]);
        let [q, _] = run(ArrayD::<f64>::zeros(IxDyn(&[3, 0])).view(), full);
        assert_close(
            &q,
            ArrayD::from_shape_fn(IxDyn(&[3, 3]), |i| f64::from(i[0] == i[1])),
        );
    }
}
