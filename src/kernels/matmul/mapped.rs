//! Products with operands that are read through a map.

use std::mem::MaybeUninit;

use ndarray::ArrayViewMut2;

use super::cut::Cut;
use super::element::{MatMulElement, kernels_for};
use super::matrix::Matrix;
use super::pack::{Factor, Left, Right};
use super::run::Run;
use super::space::{Space, aligned};
use super::taps::TapSums;
use super::{Kernels, Plan, Sink};
use crate::kernels::cpu;
use crate::kernels::pool::Pool;

/// How matrices of some lengths are multiplied, of which one at least is read through a map.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MappedProduct<T: MatMulElement> {
    kernels: &'static Kernels<T>,
    plan: Plan,
}

impl<T: MatMulElement> MappedProduct<T> {
    /// For matrices of `rows` by `inner` and of `inner` by `columns`, with the bits that
    /// [`Product`](super::Product) gives if there are several rows and columns.
    pub(crate) fn new([rows, inner, columns]: [usize; 3]) -> Self {
        let kernels = kernels_for(cpu::level(), columns);
        let cut = Cut::new(kernels, rows, inner, columns, cpu::second_level_cache());
        let space = Space::new(kernels, &cut, false);
        let plan = Plan { cut, space };
        MappedProduct { kernels, plan }
    }

    /// How many bytes of workspace a run by `threads` threads needs.
    pub(crate) fn workspace_len(&self, threads: usize) -> usize {
        let Plan { cut, space } = &self.plan;
        space.len(if cut.serial { 1 } else { threads })
    }

    /// The product of `a` and `b`, stored in `out` and shown to `sink`, if there
    /// are such.
    ///
    /// # Panics
    /// If a length is not what it was said to be.
    pub(crate) fn multiply(
        &self,
        pool: &Pool,
        [a, b]: [Factor<'_, T>; 2],
        mut out: Option<ArrayViewMut2<'_, T>>,
        sink: Option<&dyn Sink<T>>,
        workspace: &mut [MaybeUninit<u8>],
    ) {
        let Plan { cut, space } = &self.plan;
        let expect = |factor: &Factor<'_, T>, lengths: (usize, usize)| {
            if let Factor::Matrix(matrix) = factor {
                assert_eq!(matrix.dim(), lengths, "an operand");
            }
        };
        expect(&a, (cut.rows, cut.inner));
        expect(&b, (cut.inner, cut.columns));
        if let Some(out) = &out {
            assert_eq!(out.dim(), (cut.rows, cut.columns), "the product");
        }
        let needed = self.workspace_len(pool.threads());
        assert!(workspace.len() >= needed, "the workspace is too small");
        Run {
            cut,
            kernels: self.kernels,
            space,
            workspace: Matrix::of_rows(aligned(workspace), 0),
            left: match a {
                Factor::Matrix(a) => Left::new(Matrix::of(&a), cut),
                Factor::Rows(rows) => Left::of_rows(rows),
            },
            right: match b {
                Factor::Matrix(b) => Right::new(Matrix::of(&b), cut, self.kernels.lanes),
                Factor::Rows(rows) => Right::of_rows(rows, self.kernels.lanes),
            },
            out: out.as_mut().map(Matrix::of_mut),
            transposed: false,
            sink,
        }
        .run(pool);
    }
}

/// Writes `lines` lines of `len` neighbours, `from_stride` apart, as columns: neighbours are then
/// `to_stride` apart.
///
/// # Safety
/// The elements can be read and written.
pub(crate) unsafe fn transpose_lines<T: MatMulElement>(
    from: *const T,
    from_stride: isize,
    to: *mut T,
    to_stride: usize,
    [lines, len]: [usize; 2],
) {
    let kernels = T::kernels(cpu::level());
    // SAFETY: the caller's promise; these kernels are for this processor.
    unsafe { (kernels.transpose)(from, from_stride, to, to_stride, lines, len) }
}

/// Sums of products of vectors.
///
/// # Safety
/// All elements can be read, and the sums be written.
pub(crate) unsafe fn sum_taps<T: MatMulElement>(job: &TapSums<'_, T>) {
    let kernels = T::kernels(cpu::level());
    // SAFETY: the caller's promise; these kernels are for this processor.
    unsafe { (kernels.taps)(job) }
}
