//! [`assemble`]: an array put together from pieces.

use std::marker::PhantomData;

use ndarray::{ArrayViewD, ArrayViewMutD};
use smallvec::SmallVec;

use super::super::pool::Pool;
use super::cut::{Cut, Lengths, PARALLEL};
use super::walk::Walk;
use crate::types::{Plain, Result, memory};

/// More pieces than this are not all looked at for each part.
const MANY: usize = 16;

/// What lies somewhere in an array.
#[derive(Clone, Debug)]
pub(crate) struct Piece<'a, T> {
    /// The index of its first element.
    start: Lengths,
    lengths: Lengths,
    /// Where it comes from: the first element, and the strides.
    from: *const T,
    strides: SmallVec<[isize; 6]>,
    lent: PhantomData<&'a T>,
}

// SAFETY: a piece is a view of elements, which are only read.
unsafe impl<T: Sync> Sync for Piece<'_, T> {}

impl<'a, T: Plain> Piece<'a, T> {
    /// `view` from the index `start` on.
    pub(crate) fn new(start: impl IntoIterator<Item = usize>, view: ArrayViewD<'a, T>) -> Self {
        Piece {
            start: start.into_iter().collect(),
            lengths: view.shape().into(),
            from: view.as_ptr(),
            strides: view.strides().into(),
            lent: PhantomData,
        }
    }

    /// Where it ends along an axis.
    fn end(&self, axis: usize) -> usize {
        self.start[axis] + self.lengths[axis]
    }

    /// One element everywhere in an array of this shape.
    pub(crate) fn filling(shape: &[usize], element: &'a T) -> Self {
        Piece {
            start: shape.iter().map(|_| 0).collect(),
            lengths: shape.into(),
            from: element,
            strides: shape.iter().map(|_| 0).collect(),
            lent: PhantomData,
        }
    }
}

/// `x` cut along one axis after the other: `cut` tells the parts of what it is given along an axis,
/// each with the index at which it goes there.
///
/// # Errors
/// `ResourceExhausted`.
pub(crate) fn cut_along_axes<'a, T: Plain, const N: usize>(
    x: ArrayViewD<'a, T>,
    cut: impl Fn(usize, ArrayViewD<'a, T>) -> [(usize, ArrayViewD<'a, T>); N],
) -> Result<Vec<Piece<'a, T>>> {
    let rank = x.ndim();
    let mut pieces = memory::collected([(Lengths::new(), x)])?;
    for axis in 0..rank {
        let mut parts = Vec::new();
        for (start, view) in pieces {
            for (first, part) in cut(axis, view) {
                if part.len_of(ndarray::Axis(axis)) > 0 {
                    let mut start = start.clone();
                    start.push(first);
                    memory::push(&mut parts, (start, part))?;
                }
            }
        }
        pieces = parts;
    }
    memory::collected(
        pieces
            .into_iter()
            .map(|(start, view)| Piece::new(start, view)),
    )
}

/// Fills `out`, which lies in row-major order, with `pieces`; where they overlap, later ones
/// prevail.
///
/// # Panics
/// If a piece reaches beyond the array.
pub(crate) fn assemble<T: Plain>(
    pool: &Pool,
    mut out: ArrayViewMutD<'_, T>,
    pieces: &[Piece<'_, T>],
) {
    for piece in pieces {
        let ends = piece.start.iter().zip(&piece.lengths);
        let mut ends = ends.map(|(start, length)| start.checked_add(*length));
        let fits = piece.start.len() == out.ndim()
            && out
                .shape()
                .iter()
                .all(|length| ends.next().flatten().is_some_and(|end| end <= *length));
        assert!(fits, "a piece lies in the array");
    }
    let cut = Cut::new(out.shape(), size_of::<T>(), false);
    if out.is_empty() {
        return;
    }
    let whole = Whole {
        start: out.as_mut_ptr(),
        strides: out.strides(),
    };
    // Where the pieces come one after the other along an axis, the few that concern a part are
    // found without looking at all.
    let ordered = (0..out.ndim()).find(|&axis| {
        let follows = |pair: &[Piece<'_, T>]| pair[0].end(axis) <= pair[1].start[axis];
        pieces.len() > MANY && pieces.windows(2).all(follows)
    });
    let fill = |part: usize| {
        let (start, lengths) = cut.part(part);
        let range = match ordered {
            None => 0..pieces.len(),
            Some(axis) => {
                let (first, end) = (start[axis], start[axis] + lengths[axis]);
                let before = pieces.partition_point(|piece| piece.end(axis) <= first);
                before..pieces.partition_point(|piece| piece.start[axis] < end)
            }
        };
        pieces[range]
            .iter()
            .for_each(|piece| whole.put(piece, &start, &lengths));
    };
    if cut.elements() * size_of::<T>() < PARALLEL {
        (0..cut.parts()).for_each(fill);
    } else {
        pool.run(cut.parts(), &|part, _| fill(part));
    }
}

/// The array that is filled.
struct Whole<'o, T> {
    start: *mut T,
    strides: &'o [isize],
}

// SAFETY: threads write different parts of it.
unsafe impl<T: Sync> Sync for Whole<'_, T> {}

impl<T: Plain> Whole<'_, T> {
    /// Puts what lies of `piece` in the box that begins at `start` and has these lengths into its
    /// place.
    fn put(&self, piece: &Piece<'_, T>, start: &[usize], lengths: &[usize]) {
        let (mut common, mut from, mut to) = (Lengths::new(), 0, 0);
        for axis in 0..piece.lengths.len() {
            let first = start[axis].max(piece.start[axis]);
            let end = (start[axis] + lengths[axis]).min(piece.start[axis] + piece.lengths[axis]);
            if end <= first {
                return;
            }
            common.push(end - first);
            from += (first - piece.start[axis]) as isize * piece.strides[axis];
            to += first as isize * self.strides[axis];
        }
        // SAFETY: what both have in common lies in both; no other thread writes this box, and what
        // is borrowed to be changed is not borrowed elsewhere.
        let walk = unsafe {
            Walk::new(
                size_of::<T>(),
                &common,
                (piece.from.wrapping_offset(from).cast(), &piece.strides),
                (self.start.wrapping_offset(to).cast(), self.strides),
            )
        };
        walk.run_alone();
    }
}
