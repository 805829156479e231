//! Combining a sequence of elements.
//!
//! The sequence is cut into blocks of [`BLOCK`] elements. A block is dealt out in turn to [`LANES`] partial results, which
//! are merged pairwise, and so are the blocks. That is quick, for the lanes fill the processor's registers, and accurate, for
//! the error grows with the logarithm of the length.

use ndarray::ArrayView1;

use super::super::cpu::vectorised_floats;
use super::Reducer;
use crate::types::Element;

/// How many partial results a block is dealt out to.
const LANES: usize = 32;

/// How many elements are combined before partial results are merged.
pub(super) const BLOCK: usize = 1024;

/// Shorter sequences than this are combined one by one.
const SHORT: usize = 64;

/// Reduces one row.
pub(crate) fn fold<A: Element, B: Element>(x: ArrayView1<'_, A>, reducer: impl Reducer<A, B>) -> B {
    match x.as_slice() {
        Some(slice) => fold_slice(slice, reducer),
        None => fold_next(&mut reader(x.iter().copied()), x.len(), reducer),
    }
}

/// Where to cut a sequence of `length` elements, more than a block.
fn half(length: usize) -> usize {
    length.div_ceil(BLOCK).div_ceil(2) * BLOCK
}

fn fold_slice<A: Element, B: Element>(slice: &[A], reducer: impl Reducer<A, B>) -> B {
    if slice.len() <= BLOCK {
        return fold_block(slice, reducer);
    }
    let (left, right) = slice.split_at(half(slice.len()));
    reducer.merge(fold_slice(left, reducer), fold_slice(right, reducer))
}

/// As [`fold_slice`], of the next `length` elements that `read` gives.
pub(crate) fn fold_next<A: Element, B: Element>(
    read: &mut impl FnMut(&mut [A]),
    length: usize,
    reducer: impl Reducer<A, B>,
) -> B {
    if length > BLOCK {
        let left = fold_next(read, half(length), reducer);
        return reducer.merge(left, fold_next(read, length - half(length), reducer));
    }
    let (mut short, mut long);
    let block: &mut [A] = if length < SHORT {
        short = [A::default(); SHORT];
        &mut short[..length]
    } else {
        long = [A::default(); BLOCK];
        &mut long[..length]
    };
    read(block);
    fold_block(block, reducer)
}

/// What reads an array for [`fold_next`], in row-major order.
pub(super) fn reader<A: Element>(mut elements: impl Iterator<Item = A>) -> impl FnMut(&mut [A]) {
    move |block| {
        block
            .iter_mut()
            .zip(&mut elements)
            .for_each(|(place, x)| *place = x)
    }
}

/// The results of the blocks of a sequence, at least one, as [`fold`] merges them.
pub(super) fn merge_blocks<A, B: Element>(blocks: &[B], reducer: impl Reducer<A, B>) -> B {
    match blocks {
        [only] => *only,
        _ => {
            let (left, right) = blocks.split_at(blocks.len().div_ceil(2));
            reducer.merge(merge_blocks(left, reducer), merge_blocks(right, reducer))
        }
    }
}

pub(super) fn fold_block<A: Element, B: Element>(block: &[A], reducer: impl Reducer<A, B>) -> B {
    if block.len() < SHORT {
        return block
            .iter()
            .fold(reducer.start(), |partial, &x| reducer.include(partial, x));
    }
    vectorised_floats!([A, B] fold_lanes(block, reducer))
}

#[inline(always)]
fn fold_lanes<A: Element, B: Element>(block: &[A], reducer: impl Reducer<A, B>) -> B {
    let mut lanes = [reducer.start(); LANES];
    let (chunks, rest) = block.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane = reducer.include(*lane, x);
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(rest) {
        *lane = reducer.include(*lane, x);
    }
    merge_lanes(&mut lanes, 1, reducer);
    lanes[0]
}

/// Merges [`LANES`] partial results of `width` elements each into the first.
fn merge_lanes<A, B: Element>(lanes: &mut [B], width: usize, reducer: impl Reducer<A, B>) {
    let mut count = LANES / 2;
    while count > 0 {
        let (left, right) = lanes.split_at_mut(count * width);
        merge_into(left, right, reducer);
        count /= 2;
    }
}

fn merge_into<A, B: Element>(left: &mut [B], right: &[B], reducer: impl Reducer<A, B>) {
    for (a, &b) in left.iter_mut().zip(right) {
        *a = reducer.merge(*a, b);
    }
}

/// How many neighbouring results are computed at once where the elements of one lie far apart: enough to read memory in
/// long stretches, few enough for the partial results of all lanes to stay in the processor's nearest cache.
pub(super) const STRIP: usize = 128;

/// Reduces the next `count` rows into `out`, at most [`STRIP`] results, each element by itself in the order of [`fold_slice`].
pub(super) fn fold_rows<'x, A: Element, B: Element>(
    rows: &mut impl Iterator<Item = ArrayView1<'x, A>>,
    count: usize,
    out: &mut [B],
    reducer: impl Reducer<A, B>,
) {
    if count > BLOCK {
        fold_rows(rows, half(count), out, reducer);
        let mut right = [reducer.start(); STRIP];
        let right = &mut right[..out.len()];
        fold_rows(rows, count - half(count), right, reducer);
        return merge_into(out, right, reducer);
    }
    vectorised_floats!([A, B] fold_block_rows(rows, count, out, reducer));
}

/// As [`fold_rows`], of no more rows than a block has elements.
#[inline(always)]
fn fold_block_rows<'x, A: Element, B: Element>(
    rows: &mut impl Iterator<Item = ArrayView1<'x, A>>,
    count: usize,
    out: &mut [B],
    reducer: impl Reducer<A, B>,
) {
    let width = out.len();
    if count < SHORT {
        out.fill(reducer.start());
        return rows
            .take(count)
            .for_each(|row| include_row(out, row, reducer));
    }
    let mut lanes = [reducer.start(); LANES * STRIP];
    let lanes = &mut lanes[..LANES * width];
    for (i, row) in rows.take(count).enumerate() {
        include_row(&mut lanes[i % LANES * width..][..width], row, reducer);
    }
    merge_lanes(lanes, width, reducer);
    out.copy_from_slice(&lanes[..width]);
}

#[inline(always)]
fn include_row<A: Element, B: Element>(
    partial: &mut [B],
    row: ArrayView1<'_, A>,
    reducer: impl Reducer<A, B>,
) {
    match row.as_slice() {
        Some(row) => {
            for (partial, &x) in partial.iter_mut().zip(row) {
                *partial = reducer.include(*partial, x);
            }
        }
        None => {
            for (partial, &x) in partial.iter_mut().zip(row.iter()) {
                *partial = reducer.include(*partial, x);
            }
        }
    }
}
