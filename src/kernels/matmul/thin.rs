//! One row times columns that lie along memory: sums along vectors, with nothing packed.
//!
//! Such products read every element of the right matrix once; how fast memory is decides.

use super::element::Micro;
use super::tile::Vector;
use crate::types::Numeric;

/// How many columns are summed up at once.
const COLUMNS: usize = 4;

/// More lanes than any vector has.
const MOST_LANES: usize = 16;

/// The product of `a`, `inner` neighbouring elements, and each of the `columns` columns, which are `b_stride` apart.
///
/// # Safety
/// The processor has the instruction set; the elements can be read and written.
pub(super) type DotsFn<T> =
    unsafe fn(a: *const T, b: *const T, b_stride: isize, to: *mut T, inner: usize, columns: usize);

/// See [`DotsFn`].
///
/// # Safety
/// As there.
#[inline(always)]
pub(super) unsafe fn dots<V: Vector>(
    a: *const V::Element,
    b: *const V::Element,
    b_stride: isize,
    to: *mut V::Element,
    inner: usize,
    columns: usize,
) {
    let column = |i: usize| b.wrapping_offset(i as isize * b_stride);
    let together = columns / COLUMNS * COLUMNS;
    // SAFETY: the caller's promise.
    unsafe {
        for first in (0..together).step_by(COLUMNS) {
            let sums = dots_of::<V, COLUMNS>(a, std::array::from_fn(|i| column(first + i)), inner);
            to.add(first).cast::<[V::Element; COLUMNS]>().write(sums);
        }
        for i in together..columns {
            *to.add(i) = dots_of::<V, 1>(a, [column(i)], inner)[0];
        }
    }
}

/// The products of `a` and `N` columns.
///
/// # Safety
/// As [`dots`].
#[inline(always)]
unsafe fn dots_of<V: Vector, const N: usize>(
    a: *const V::Element,
    b: [*const V::Element; N],
    inner: usize,
) -> [V::Element; N] {
    let mut totals = [<V::Element as Micro>::Wide::ZERO; N];
    let block = V::Element::BLOCK * V::LANES;
    let whole = inner / V::LANES * V::LANES;
    for first in (0..whole).step_by(block) {
        // SAFETY: the caller's promise.
        let sums = unsafe { lanes_of::<V, N>(a, b, first, whole.min(first + block)) };
        for (total, lanes) in totals.iter_mut().zip(sums) {
            for lane in &lanes[..V::LANES] {
                *total = total.plus(lane.widen());
            }
        }
    }
    for k in whole..inner {
        for (total, b) in totals.iter_mut().zip(b) {
            // SAFETY: the caller's promise.
            let term = unsafe { (*a.add(k)).times(*b.add(k)) };
            *total = total.plus(term.widen());
        }
    }
    totals.map(V::Element::narrow)
}

/// The sums of each lane from step `first` to `end`.
///
/// # Safety
/// As [`dots`].
#[inline(always)]
unsafe fn lanes_of<V: Vector, const N: usize>(
    a: *const V::Element,
    b: [*const V::Element; N],
    first: usize,
    end: usize,
) -> [[V::Element; MOST_LANES]; N] {
    // SAFETY: the caller's promise; a vector fits into `MOST_LANES` elements.
    unsafe {
        let mut sums = [V::zero(); N];
        for k in (first..end).step_by(V::LANES) {
            let factor = V::load(a.add(k));
            for (sum, b) in sums.iter_mut().zip(b) {
                *sum = factor.multiply_add(V::load(b.add(k)), *sum);
            }
        }
        let mut lanes = [[V::Element::ZERO; MOST_LANES]; N];
        for (lanes, sum) in lanes.iter_mut().zip(sums) {
            sum.store(lanes.as_mut_ptr());
        }
        lanes
    }
}
