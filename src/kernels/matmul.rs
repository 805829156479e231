//! The one door to matrix products.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis};

use crate::types::Numeric;

/// The element types that TensorFlow multiplies matrices of: `f32`, `f64`, `i32` and `i64`.
pub trait MatMulElement: Numeric {
    /// `out = a · b`; `out` holds zeros before.
    #[doc(hidden)]
    fn product(a: ArrayView2<'_, Self>, b: ArrayView2<'_, Self>, out: &mut ArrayViewMut2<'_, Self>);
}

/// `out = a · b` for matrices of any strides; the lengths must fit, and `out` holds zeros before.
pub(crate) fn matmul<T: MatMulElement>(
    a: ArrayView2<'_, T>,
    b: ArrayView2<'_, T>,
    mut out: ArrayViewMut2<'_, T>,
) {
    T::product(a, b, &mut out);
}

/// How many terms of a long sum of `f32` products are added in `f32` before the rest is added in `f64`.
///
/// TensorFlow's versions agree on a training run of the SIGNS network, whose sums have 12288 terms, for 200 epochs to 1e-6; that
/// takes sums as accurate as theirs.
const BLOCK: usize = 256;

impl MatMulElement for f32 {
    fn product(a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>, out: &mut ArrayViewMut2<'_, f32>) {
        if a.ncols() <= 2 * BLOCK {
            general_mat_mul(1.0, &a, &b, 0.0, out);
            return;
        }
        let mut block = Array2::<f32>::zeros(out.raw_dim());
        let mut sums = Array2::<f64>::zeros(out.raw_dim());
        for (a, b) in a
            .axis_chunks_iter(Axis(1), BLOCK)
            .zip(b.axis_chunks_iter(Axis(0), BLOCK))
        {
            general_mat_mul(1.0, &a, &b, 0.0, &mut block);
            sums.zip_mut_with(&block, |sum, &part| *sum += f64::from(part));
        }
        out.zip_mut_with(&sums, |out, &sum| *out = sum as f32);
    }
}

impl MatMulElement for f64 {
    fn product(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>, out: &mut ArrayViewMut2<'_, f64>) {
        general_mat_mul(1.0, &a, &b, 0.0, out);
    }
}

impl MatMulElement for i32 {
    fn product(a: ArrayView2<'_, i32>, b: ArrayView2<'_, i32>, out: &mut ArrayViewMut2<'_, i32>) {
        wrapping_product(a, b, out);
    }
}

impl MatMulElement for i64 {
    fn product(a: ArrayView2<'_, i64>, b: ArrayView2<'_, i64>, out: &mut ArrayViewMut2<'_, i64>) {
        wrapping_product(a, b, out);
    }
}

/// Row by row, so that the innermost loop runs along memory. Integers wrap around on overflow.
fn wrapping_product<T: Numeric>(
    a: ArrayView2<'_, T>,
    b: ArrayView2<'_, T>,
    out: &mut ArrayViewMut2<'_, T>,
) {
    for (a_row, mut out_row) in a.rows().into_iter().zip(out.rows_mut()) {
        for (&factor, b_row) in a_row.iter().zip(b.rows()) {
            for (sum, &x) in out_row.iter_mut().zip(b_row) {
                *sum = sum.plus(factor.times(x));
            }
        }
    }
}
