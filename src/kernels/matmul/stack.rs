//! Products of many matrices of the same lengths, and of one pair that is small.

use std::mem::MaybeUninit;
use std::ops::Range;

use ndarray::{ArrayView2, ArrayViewD, ArrayViewMut2, Axis, Ix2, IxDyn};
use smallvec::SmallVec;

use super::cut::Cut;
use super::element::{MatMulElement, Micro};
use super::matrix::Matrix;
use super::row::Line;
use super::small::Small;
use super::space::aligned;
use super::{Product, matmul, with_workspace};
use crate::kernels::pieces::Pieces;
use crate::kernels::pool::Pool;
use crate::kernels::strided::in_order;
use crate::types::Result;

/// Right matrices of more bytes than this are not small: they leave no room in the nearest cache.
const SMALL_BYTES: usize = 64 << 10;

/// How much work is worth a part, counted in multiplications.
const PART: usize = 256 << 10;

/// What a matrix costs besides its multiplications, counted in these, and what each of its elements
/// costs.
const MATRIX: usize = 64;
const ELEMENT: usize = 4;

/// Of fewer large products, the parts of each are shared out rather than the products.
const FEW: usize = 16;

/// How products of some lengths are computed without the packing and cutting that large ones need.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Shortcut {
    /// By [`small`](super::small::small), if `turned` as the transpose.
    Tiles { turned: bool },
    /// As [`row`](super::row) does it; if `turned`, the right matrix is the row.
    Row { turned: bool },
    /// There is none.
    None,
}

impl Shortcut {
    /// Both ways add in the order of the general one.
    pub(super) fn of<T: Micro>(cut: &Cut, transposed: Option<&Cut>) -> Self {
        let (rows, inner, columns) = (cut.rows, cut.inner, cut.columns);
        let turned = columns == 1 && rows > 1;
        let line = transposed.filter(|_| turned).unwrap_or(cut);
        let width = if turned { rows } else { columns };
        let is_small = cut.serial && inner * width * size_of::<T>() <= SMALL_BYTES;
        match (is_small, cut.is_line()) {
            (true, true) if !line.by_inner => Shortcut::Row { turned },
            (true, false) if inner <= T::DIRECT => Shortcut::Tiles { turned },
            _ => Shortcut::None,
        }
    }
}

/// `count` pairs of matrices, each some elements further than the one before.
#[derive(Clone, Copy)]
struct Pairs<T> {
    a: Matrix<T>,
    b: Matrix<T>,
    next: [isize; 2],
    count: usize,
}

impl<T: Copy> Pairs<T> {
    /// The pairs of which the products are the transposes of those of these, if `turned`.
    fn turned(&self, turned: bool) -> Self {
        if !turned {
            return *self;
        }
        let [a, b] = self.next;
        Pairs {
            a: self.b.transposed(),
            b: self.a.transposed(),
            next: [b, a],
            count: self.count,
        }
    }

    /// The `i`-th pair.
    fn get(&self, i: usize) -> (Matrix<T>, Matrix<T>) {
        let [a, b] = self.next.map(|next| i as isize * next);
        (self.a.further(a), self.b.further(b))
    }
}

impl<T: MatMulElement> Product<T> {
    /// How many elements are needed to compute by a shortcut: for a copy of the right matrix or of
    /// some of its columns, and for sums.
    pub(super) fn shortcut_len(&self) -> usize {
        let cut = &self.plan.cut;
        let width = cut
            .rows
            .max(cut.columns)
            .next_multiple_of(self.kernels.lanes);
        let elements = match self.shortcut {
            Shortcut::Tiles { .. } => cut.inner * width,
            Shortcut::Row { .. } => 0,
            Shortcut::None => return 0,
        };
        elements * size_of::<T>() + width * size_of::<T::Wide>() + 128
    }

    /// Computes a product by a shortcut if there is one for matrices that lie so.
    pub(super) fn multiply_small(
        &self,
        a: Matrix<T>,
        b: Matrix<T>,
        out: Matrix<T>,
        workspace: &mut [MaybeUninit<u8>],
    ) -> bool {
        let cut = &self.plan.cut;
        let in_order = (out.column_stride == 1 || cut.columns == 1)
            && (out.row_stride == cut.columns as isize || cut.rows == 1);
        let pairs = Pairs {
            a,
            b,
            next: [0; 2],
            count: 1,
        };
        // SAFETY: the caller checked the lengths; the elements of `out` lie side by side.
        in_order && unsafe { self.shortcut(&pairs, out.at(0, 0), workspace) }
    }

    /// Computes products by a shortcut if there is one for matrices that lie so.
    ///
    /// # Safety
    /// The matrices have the lengths of this product; at `to` there is room for as many products,
    /// which lie one after the other; `workspace` has [`shortcut_len`](Product::shortcut_len)
    /// bytes.
    unsafe fn shortcut(
        &self,
        pairs: &Pairs<T>,
        to: *mut T,
        workspace: &mut [MaybeUninit<u8>],
    ) -> bool {
        // SAFETY: the caller's promise.
        unsafe {
            match self.shortcut {
                Shortcut::Tiles { turned } => {
                    self.tiles(&pairs.turned(turned), turned, to, workspace)
                }
                Shortcut::Row { turned } => self.row(&pairs.turned(turned), turned, to, workspace),
                Shortcut::None => false,
            }
        }
    }

    /// See [`Shortcut::Tiles`].
    ///
    /// # Safety
    /// As [`shortcut`](Product::shortcut).
    unsafe fn tiles(
        &self,
        pairs: &Pairs<T>,
        turned: bool,
        to: *mut T,
        workspace: &mut [MaybeUninit<u8>],
    ) -> bool {
        let cut = &self.plan.cut;
        let (rows, columns) = match turned {
            true => (cut.columns, cut.rows),
            false => (cut.rows, cut.columns),
        };
        let Pairs { a, b, next, count } = *pairs;
        let mut job = Small {
            count,
            rows,
            inner: cut.inner,
            columns,
            a: a.at(0, 0),
            a_row: a.row_stride,
            a_step: a.column_stride,
            a_next: next[0],
            b: b.at(0, 0),
            b_step: b.row_stride,
            b_next: next[1],
            to,
        };
        // SAFETY: the caller's promise; a copy of a right matrix has room in the workspace.
        unsafe {
            if b.column_stride == 1 || columns == 1 {
                (self.kernels.small)(&job);
                return true;
            }
            let copy: *mut T = aligned(workspace).cast();
            for i in 0..count {
                let (a, b) = pairs.get(i);
                if i == 0 || next[1] != 0 {
                    self.copy_in_rows(b, copy, columns);
                }
                job = Small {
                    count: 1,
                    a: a.at(0, 0),
                    b: copy,
                    b_step: columns as isize,
                    to: to.add(i * rows * columns),
                    ..job
                };
                (self.kernels.small)(&job);
            }
        }
        true
    }

    /// Copies a right matrix so that its rows lie one after the other.
    ///
    /// # Safety
    /// Its elements can be read, and there is room.
    unsafe fn copy_in_rows(&self, b: Matrix<T>, to: *mut T, columns: usize) {
        let inner = self.plan.cut.inner;
        // SAFETY: the caller's promise.
        unsafe {
            if b.row_stride == 1 {
                let from = b.at(0, 0).cast_const();
                (self.kernels.transpose)(from, b.column_stride, to, columns, columns, inner);
                return;
            }
            for k in 0..inner {
                for column in 0..columns {
                    *to.add(k * columns + column) = *b.at(k, column);
                }
            }
        }
    }

    /// See [`Shortcut::Row`].
    ///
    /// # Safety
    /// As [`shortcut`](Product::shortcut).
    unsafe fn row(
        &self,
        pairs: &Pairs<T>,
        turned: bool,
        to: *mut T,
        workspace: &mut [MaybeUninit<u8>],
    ) -> bool {
        let cut = &self.plan.cut;
        let columns = if turned { cut.rows } else { cut.columns };
        let (a, b) = (pairs.a, pairs.b);
        let sum_up = match (b.row_stride, b.column_stride, a.column_stride) {
            (1, _, 1) => self.kernels.dots,
            (_, 1, _) => self.kernels.sweep,
            _ => return false,
        };
        let totals: *mut T::Wide = aligned(workspace).cast();
        for i in 0..pairs.count {
            let (a, b) = pairs.get(i);
            let line = Line {
                a: a.at(0, 0),
                a_step: a.column_stride,
                b: b.at(0, 0),
                b_step: b.row_stride,
                b_column: b.column_stride,
                inner: cut.inner,
                columns,
                is_near: true,
            };
            // SAFETY: the caller's promise; matrices as small as these need no memory for their
            // lanes.
            unsafe {
                sum_up(&line, totals, std::ptr::null_mut());
                (self.kernels.narrow)(totals, to.add(i * columns), columns);
            }
        }
        true
    }
}

/// An axis of the stacks: its length, and how far apart neighbours are on both sides.
#[derive(Clone, Copy)]
struct BatchAxis {
    len: usize,
    next: [isize; 2],
}

/// Two stacks of matrices, which are broadcast to the same batch.
struct Stacks<T> {
    first: (Matrix<T>, Matrix<T>),
    axes: SmallVec<[BatchAxis; 4]>,
}

impl<T: MatMulElement> Stacks<T> {
    /// Both have the same axes but for the last two.
    fn new(a: &ArrayViewD<'_, T>, b: &ArrayViewD<'_, T>) -> Self {
        let batch = a.ndim() - 2;
        let mut axes: SmallVec<[BatchAxis; 4]> = SmallVec::new();
        for i in 0..batch {
            let axis = BatchAxis {
                len: a.shape()[i],
                next: [a.strides()[i], b.strides()[i]],
            };
            let joins = |before: &BatchAxis| {
                (0..2).all(|side| before.next[side] == axis.next[side] * axis.len as isize)
            };
            match axes.last_mut() {
                _ if axis.len == 1 => {}
                Some(before) if joins(before) => {
                    before.len *= axis.len;
                    before.next = axis.next;
                }
                _ => axes.push(axis),
            }
        }
        Stacks {
            first: (Matrix::of(&first_matrix(a)), Matrix::of(&first_matrix(b))),
            axes,
        }
    }

    /// Calls `work` with the pairs of a range of the batch, in stretches along the last axis, and
    /// the first one's place in the range.
    fn each_stretch(&self, range: Range<usize>, mut work: impl FnMut(&Pairs<T>, usize)) {
        let last = self.axes.last().copied().unwrap_or(BatchAxis {
            len: 1,
            next: [0; 2],
        });
        let mut at = range.start;
        while at < range.end {
            let mut rest = at;
            let mut offsets = [0; 2];
            for axis in self.axes.iter().rev() {
                let place = (rest % axis.len) as isize;
                rest /= axis.len;
                for (offset, next) in offsets.iter_mut().zip(axis.next) {
                    *offset += place * next;
                }
            }
            let count = (last.len - at % last.len).min(range.end - at);
            let pairs = Pairs {
                a: self.first.0.further(offsets[0]),
                b: self.first.1.further(offsets[1]),
                next: last.next,
                count,
            };
            work(&pairs, at - range.start);
            at += count;
        }
    }
}

impl<T: MatMulElement> Product<T> {
    /// Whether sums are added up in the same order as in a product of other lengths but the same
    /// inner one.
    fn adds_as(&self, other: &Self) -> bool {
        let order = |product: &Self| {
            let cut = &product.plan.cut;
            let transposed = product.transposed.as_ref().filter(|_| cut.columns == 1);
            let used = transposed.map_or(cut, |plan| &plan.cut);
            (
                used.is_row(),
                used.by_inner,
                used.by_inner.then_some(used.slab),
            )
        };
        order(self) == order(other)
    }

    /// How many products make a part.
    fn part(&self) -> usize {
        let Cut {
            rows,
            inner,
            columns,
            ..
        } = self.plan.cut;
        let elements = rows * inner + inner * columns + rows * columns;
        let work = rows.saturating_mul(inner).saturating_mul(columns);
        (PART / (work.saturating_add(ELEMENT * elements + MATRIX))).max(1)
    }

    /// Writes the products of all pairs to `out`, one after the other.
    fn multiply_stacks(&self, pool: &Pool, stacks: &Stacks<T>, out: &mut [T]) -> Result<()> {
        let size = self.plan.cut.rows * self.plan.cut.columns;
        let count = out.len() / size;
        if !self.plan.cut.serial && count < FEW {
            let needed = self.workspace_len(pool.threads());
            return with_workspace(needed, |workspace| {
                self.multiply_range(pool, stacks, 0..count, out, workspace);
            });
        }
        let part = self.part();
        let needed = self.workspace_len(1);
        with_workspace(needed * pool.threads(), |workspace| {
            let (out, workspaces) = (
                Pieces::new(out, part * size),
                Pieces::new(workspace, needed),
            );
            pool.run(out.count(), &|i, thread| {
                // SAFETY: the pool calls once for every part, and with the number of a thread from
                // that thread only.
                let (out, workspace) = unsafe { (out.get(i), workspaces.get(thread)) };
                let range = i * part..i * part + out.len() / size;
                self.multiply_range(Pool::alone(), stacks, range, out, workspace);
            });
        })
    }

    /// Writes the products of a range of the pairs to `out`.
    fn multiply_range(
        &self,
        pool: &Pool,
        stacks: &Stacks<T>,
        range: Range<usize>,
        out: &mut [T],
        workspace: &mut [MaybeUninit<u8>],
    ) {
        let Cut { rows, columns, .. } = self.plan.cut;
        stacks.each_stretch(range, |pairs, first| {
            let out = &mut out[first * rows * columns..][..pairs.count * rows * columns];
            // SAFETY: the stacks' matrices have these lengths, and `out` has room for the products.
            if unsafe { self.shortcut(pairs, out.as_mut_ptr(), workspace) } {
                return;
            }
            for (i, out) in out.chunks_exact_mut(rows * columns).enumerate() {
                let (a, b) = pairs.get(i);
                let out = Matrix::of_rows(out.as_mut_ptr(), columns);
                self.run_general(pool, a, b, Some(out), None, workspace);
            }
        });
    }
}

/// The products of the matrices in the last two axes of `a` and `b`, which are broadcast to the
/// axes `batch`, one after the other in `out`. The lengths must fit, and none of the product's
/// is 0.
///
/// # Errors
/// `ResourceExhausted` if there is no memory for what is in between.
pub(crate) fn matmul_stacks<T: MatMulElement>(
    pool: &Pool,
    a: &ArrayViewD<'_, T>,
    b: &ArrayViewD<'_, T>,
    batch: &[usize],
    out: &mut [T],
) -> Result<()> {
    let (first_a, first_b) = (first_matrix(a), first_matrix(b));
    let ((rows, inner), columns) = (first_a.dim(), first_b.ncols());
    let product = Product::new(rows, inner, columns);
    let all_rows = out.len() / columns;
    if b.len() == first_b.len() && a.len() == all_rows * inner {
        // One right matrix for all: the left ones are one tall matrix. Whether they can be seen as
        // one must not change a bit.
        let shape = (all_rows, inner);
        let copy;
        let tall = match a.view().into_shape_with_order(shape) {
            Ok(tall) => Some(tall),
            Err(_) if product.adds_as(&Product::new(all_rows, inner, columns)) => None,
            Err(_) => {
                copy = in_order(pool, a)?;
                ArrayView2::from_shape(shape, &copy).ok()
            }
        };
        if let Some(tall) = tall {
            let out = ArrayViewMut2::from_shape((all_rows, columns), out);
            let out = out.expect("there is room for all products");
            return matmul(pool, tall, first_b, out);
        }
    }
    let lengths = |matrix: [usize; 2]| IxDyn(&[batch, &matrix].concat());
    let a = a.broadcast(lengths([rows, inner]));
    let b = b.broadcast(lengths([inner, columns]));
    let (a, b) = a.zip(b).expect("the batches broadcast");
    product.multiply_stacks(pool, &Stacks::new(&a, &b), out)
}

/// The first matrix of a stack that is not empty, or of which the matrices are.
fn first_matrix<'a, T>(stack: &'a ArrayViewD<'_, T>) -> ArrayView2<'a, T> {
    let mut matrix = stack.view();
    while matrix.ndim() > 2 {
        matrix = matrix.index_axis_move(Axis(0), 0);
    }
    matrix
        .into_dimensionality::<Ix2>()
        .expect("a stack of matrices has two axes at least")
}

#[cfg(test)]
mod tests;
