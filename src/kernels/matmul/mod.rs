//! The one door to matrix products.
//!
//! # How a product is computed
//!
//! As in every fast one since Goto and van de Geijn (*Anatomy of high-performance matrix
//! multiplication*, 2008; BLIS refined the cutting):
//!
//! - A **tile** of the product, as many rows and vectors of columns as registers hold, is summed up
//!   in registers ([`tile`]). Each step reads one element of `a` per row and one vector of `b` per
//!   vector of columns.
//! - Before, the rows of `a` and the **panel** of `b` that a tile needs are copied in the order in
//!   which they are read ([`pack`]), unless they lie well already. Operands of any strides are read
//!   where they lie by the packing; there is no other copy.
//! - The product is cut into **parts**, some tiles by some panels, small enough that what is read
//!   again stays in the second-level cache, and many enough to keep all threads busy ([`cut`]).
//!   Where the product is small and the sums are long, the sums are cut instead, and the parts'
//!   sums are added in order. Cutting looks at the shape alone, so the bits do not depend on the
//!   number of threads.
//! - Operands that several parts read are packed once, by all threads; others by the part that
//!   reads them, just before.
//! - A row or a column times a number is a sum of one term for each element, read where it lies
//!   ([`scale`]).
//! - An operand may be one that lies nowhere as such ([`Rows`]): the patches of a picture are
//!   packed from the picture ([`mapped`]).
//! - One row times a matrix has a way of its own ([`row`]), which reads the matrix where it lies.
//!
//! The order of a sum depends on the lengths, and never on how the operands lie: the same values
//! give the same bits.
//!
//! Long sums of `f32` are added in blocks, and the blocks' sums in `f64`.
//!
//! A [`Sink`] is shown finished stretches of rows while they are in the cache: for what follows a
//! product element by element.

mod cut;
mod element;
mod mapped;
mod matrix;
#[cfg(target_arch = "aarch64")]
mod neon;
mod pack;
mod panels;
mod plain;
mod row;
mod run;
mod scale;
mod small;
mod space;
mod stack;
mod taps;
#[cfg(test)]
mod tests;
mod tile;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod transpose;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::cell::RefCell;
use std::mem::MaybeUninit;

use ndarray::{ArrayView2, ArrayViewMut2};

use super::cpu::{self, Level};
use super::pool::Pool;
use crate::types::{Result, memory};
use cut::Cut;
pub use element::MatMulElement;
use element::{Kernels, kernels_for};
pub(crate) use mapped::{MappedProduct, sum_taps, transpose_lines};
use matrix::Matrix;
pub(crate) use pack::{Factor, Rows};
use pack::{Left, Right};
pub(crate) use panels::{LeftRows, PanelRows, Panels, sum_blocks};
use run::Run;
use space::Space;
pub(crate) use space::{ALIGN, Allotted, aligned, line_len};
use stack::Shortcut;
pub(crate) use stack::matmul_stacks;
pub(crate) use taps::{Tap, TapSums};
pub(crate) use tile::Segments;

/// Is shown a product piece by piece.
pub(crate) trait Sink<T>: Sync {
    /// Is called once for every stretch of the product in row-major order: `part` are the elements
    /// from `column` of row `row` on, within that row or, if they are whole rows, of several. Which
    /// stretches there are depends on the product's shape only, who calls when on the threads:
    /// `thread` as in [`Pool::run`].
    ///
    /// `part` may be changed; where the product is stored, the changed values are what is stored.
    fn segment(&self, row: usize, column: usize, part: &mut [T], thread: usize);
}

/// How matrices of some lengths are multiplied. Made once, used for any matrices of these lengths.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Product<T: MatMulElement> {
    kernels: &'static Kernels<T>,
    plan: Plan,
    /// How the transpose of the product is computed, as the product of the transposes, if that may
    /// be better: where the columns do not fill a vector.
    transposed: Option<Plan>,
    shortcut: Shortcut,
}

/// A product's parts and their places in the workspace.
#[derive(Clone, Copy, Debug)]
struct Plan {
    cut: Cut,
    space: Space,
}

impl<T: MatMulElement> Product<T> {
    /// For a matrix of `rows` by `inner` times one of `inner` by `columns`.
    pub(crate) fn new(rows: usize, inner: usize, columns: usize) -> Self {
        Product::for_level(cpu::level(), rows, inner, columns)
    }

    fn for_level(level: Level, rows: usize, inner: usize, columns: usize) -> Self {
        Product::for_machine(level, cpu::second_level_cache(), [rows, inner, columns])
    }

    fn for_machine(level: Level, cache: usize, [rows, inner, columns]: [usize; 3]) -> Self {
        // Of a single row, how many sums go on side by side decides the order; a single column is
        // computed as one.
        let kernels = match rows == 1 || columns == 1 {
            true => T::kernels(level),
            false => kernels_for(level, columns),
        };
        let plan = |cut, transposed| {
            let space = Space::new(kernels, &cut, transposed);
            Plan { cut, space }
        };
        let cut = Cut::new(kernels, rows, inner, columns, cache);
        let narrow = columns < kernels.lanes && columns < rows;
        let turned = narrow.then(|| cut.turned(kernels));
        Product {
            kernels,
            plan: plan(cut, false),
            transposed: turned.map(|cut| plan(cut, true)),
            shortcut: Shortcut::of::<T>(&cut, turned.as_ref()),
        }
    }

    /// How many bytes of workspace a run by `threads` threads needs. What is in them is of no
    /// interest before or after.
    pub(crate) fn workspace_len(&self, threads: usize) -> usize {
        let len = |plan: &Plan| plan.space.len(if plan.cut.serial { 1 } else { threads });
        len(&self.plan)
            .max(self.transposed.as_ref().map_or(0, len))
            .max(self.shortcut_len())
    }

    /// `out = a · b`.
    ///
    /// # Panics
    /// If a length is not what it was said to be, here and in the other ways to multiply.
    pub(crate) fn multiply(
        &self,
        pool: &Pool,
        a: ArrayView2<'_, T>,
        b: ArrayView2<'_, T>,
        out: ArrayViewMut2<'_, T>,
        workspace: &mut [MaybeUninit<u8>],
    ) {
        self.run(pool, a, b, Some(out), None, workspace);
    }

    /// `a · b`, stored in `out` and shown to `sink`, if there are such.
    pub(crate) fn multiply_into(
        &self,
        pool: &Pool,
        [a, b]: [ArrayView2<'_, T>; 2],
        out: Option<ArrayViewMut2<'_, T>>,
        sink: Option<&dyn Sink<T>>,
        workspace: &mut [MaybeUninit<u8>],
    ) {
        self.run(pool, a, b, out, sink, workspace);
    }

    /// `a · b`, shown to `sink` and stored nowhere.
    pub(crate) fn multiply_to(
        &self,
        pool: &Pool,
        a: ArrayView2<'_, T>,
        b: ArrayView2<'_, T>,
        sink: &dyn Sink<T>,
        workspace: &mut [MaybeUninit<u8>],
    ) {
        self.run(pool, a, b, None, Some(sink), workspace);
    }

    fn run(
        &self,
        pool: &Pool,
        a: ArrayView2<'_, T>,
        b: ArrayView2<'_, T>,
        mut out: Option<ArrayViewMut2<'_, T>>,
        sink: Option<&dyn Sink<T>>,
        workspace: &mut [MaybeUninit<u8>],
    ) {
        let cut = &self.plan.cut;
        assert_eq!(a.dim(), (cut.rows, cut.inner), "the left matrix");
        assert_eq!(b.dim(), (cut.inner, cut.columns), "the right matrix");
        if let Some(out) = &out {
            assert_eq!(out.dim(), (cut.rows, cut.columns), "the product");
        }
        let needed = self.workspace_len(pool.threads());
        assert!(workspace.len() >= needed, "the workspace is too small");
        let (a, b, out) = (
            Matrix::of(&a),
            Matrix::of(&b),
            out.as_mut().map(Matrix::of_mut),
        );
        if let (Some(out), None) = (out, sink)
            && (self.scale(pool, a, b, out) || self.multiply_small(a, b, out, workspace))
        {
            return;
        }
        self.run_general(pool, a, b, out, sink, workspace);
    }

    /// A product of any size: of matrices of these lengths, with a workspace that is large enough.
    fn run_general(
        &self,
        pool: &Pool,
        a: Matrix<T>,
        b: Matrix<T>,
        out: Option<Matrix<T>>,
        sink: Option<&dyn Sink<T>>,
        workspace: &mut [MaybeUninit<u8>],
    ) {
        let cut = &self.plan.cut;
        // With one column there is no vector along the rows; with a few, `a` should lie well as it
        // is. Both plans add in the same order.
        let transposed = self.transposed.as_ref();
        let transposed = transposed.filter(|_| cut.columns == 1 || a.row_stride == 1);
        let (plan, a, b) = match transposed {
            Some(plan) => (plan, b.transposed(), a.transposed()),
            None => (&self.plan, a, b),
        };
        Run {
            cut: &plan.cut,
            kernels: self.kernels,
            space: &plan.space,
            workspace: Matrix::of_rows(aligned(workspace), 0),
            left: Left::new(a, &plan.cut),
            right: Right::new(b, &plan.cut, self.kernels.lanes),
            out,
            transposed: transposed.is_some(),
            sink,
        }
        .run(pool);
    }
}

/// The most bytes of workspace that a thread keeps.
const KEPT: usize = 16 << 20;

/// `out = a · b` for matrices of any strides; the lengths must fit.
///
/// # Errors
/// `ResourceExhausted` if there is no memory for the workspace.
pub(crate) fn matmul<T: MatMulElement>(
    pool: &Pool,
    a: ArrayView2<'_, T>,
    b: ArrayView2<'_, T>,
    out: ArrayViewMut2<'_, T>,
) -> Result<()> {
    let product = Product::new(a.nrows(), a.ncols(), b.ncols());
    with_workspace(product.workspace_len(pool.threads()), |workspace| {
        product.multiply(pool, a, b, out, workspace);
    })
}

/// Calls `work` with a workspace of `len` bytes, which the thread keeps if it is not large.
///
/// # Errors
/// `ResourceExhausted`.
pub(crate) fn with_workspace(len: usize, work: impl FnOnce(&mut [MaybeUninit<u8>])) -> Result<()> {
    thread_local! {
        static WORKSPACE: RefCell<Vec<MaybeUninit<u8>>> = const { RefCell::new(Vec::new()) };
    }
    WORKSPACE.with_borrow_mut(|workspace| {
        if workspace.len() < len {
            *workspace = memory::repeated(len, MaybeUninit::uninit())?;
        }
        work(&mut workspace[..len]);
        if workspace.len() > KEPT {
            *workspace = Vec::new();
        }
        Ok(())
    })
}
