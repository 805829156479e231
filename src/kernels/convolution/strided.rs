//! Arrays of pictures and filters as matrices, however they lie.

use std::marker::PhantomData;
use std::ops::Range;

use ndarray::{ArrayView2, ArrayView5, ShapeBuilder};

use crate::kernels::matmul::Rows;
use crate::types::Plain;

/// The first `split` axes of an array as the rows of a matrix, the rest as its columns, if they lie
/// so.
pub(super) fn as_matrix<'a, T>(
    array: &ArrayView5<'a, T>,
    split: usize,
) -> Option<ArrayView2<'a, T>> {
    let (lengths, strides) = (array.shape(), array.strides());
    let merged = |axes: Range<usize>| -> Option<(usize, isize)> {
        let mut all: Option<(usize, isize)> = None;
        for axis in axes.rev() {
            let (len, stride) = (lengths[axis], strides[axis]);
            all = match all {
                _ if len == 0 => return Some((0, 0)),
                _ if len == 1 => all,
                None => Some((len, stride)),
                Some((inner, step)) if stride == step * inner as isize => Some((len * inner, step)),
                Some(_) => return None,
            };
        }
        Some(all.unwrap_or((1, 0)))
    };
    let ((rows, row), (columns, column)) = (merged(0..split)?, merged(split..5)?);
    let strides = [row, column].map(|stride| usize::try_from(stride).ok());
    let [Some(row), Some(column)] = strides else {
        return None;
    };
    if array.is_empty() {
        return ArrayView2::from_shape((rows, columns), &[]).ok();
    }
    // SAFETY: the elements of the array, as rows and columns: axes that are merged go on with the
    // stride of the last.
    Some(unsafe {
        ArrayView2::from_shape_ptr((rows, columns).strides((row, column)), array.as_ptr())
    })
}

/// An array as a matrix, whose rows are copied out element by element.
pub(super) struct Strided<'a, T> {
    start: *const T,
    rows: Vec5,
    columns: Vec5,
    array: PhantomData<&'a T>,
}

/// Lengths and strides of some axes.
type Vec5 = smallvec::SmallVec<[(usize, isize); 5]>;

// SAFETY: the array is only read.
unsafe impl<T: Sync> Sync for Strided<'_, T> {}

impl<'a, T> Strided<'a, T> {
    /// The first `split` axes as rows, the rest as columns.
    pub(super) fn new(array: &ArrayView5<'a, T>, split: usize) -> Self {
        let axes =
            |range: Range<usize>| range.map(|axis| (array.shape()[axis], array.strides()[axis]));
        Strided {
            start: array.as_ptr(),
            rows: axes(0..split).collect(),
            columns: axes(split..5).collect(),
            array: PhantomData,
        }
    }

    /// Rows and columns exchanged.
    pub(super) fn transposed(self) -> Self {
        Strided {
            rows: self.columns,
            columns: self.rows,
            ..self
        }
    }
}

/// How far the `index`-th of all elements along some axes is from the first.
fn offset(axes: &Vec5, mut index: usize) -> isize {
    let mut offset = 0;
    for &(len, stride) in axes.iter().rev() {
        offset += (index % len) as isize * stride;
        index /= len;
    }
    offset
}

// SAFETY: each element of the rows is written.
unsafe impl<T: Plain> Rows<T> for Strided<'_, T> {
    unsafe fn copy(&self, rows: Range<usize>, columns: Range<usize>, to: *mut T, line: usize) {
        for (i, row) in rows.enumerate() {
            let row = offset(&self.rows, row);
            for (j, column) in columns.clone().enumerate() {
                // SAFETY: the caller's promise: an element of the array, and room for it.
                unsafe {
                    let from = self.start.offset(row + offset(&self.columns, column));
                    *to.add(i * line + j) = *from;
                }
            }
        }
    }
}
