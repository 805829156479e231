//! The micro-kernel: a tile of the product that is summed up in registers.
//!
//! Written once over [`Vector`]; each instruction set compiles it for its own vectors, for every
//! number of rows up to what its registers hold, so that no tile computes rows that are not there.

use super::element::Micro;

/// A register of elements.
///
/// # Safety
/// Every method needs the instruction set of the implementor, and pointers that are good for
/// [`LANES`](Vector::LANES) elements.
pub(super) trait Vector: Copy {
    type Element: Micro;

    /// How many elements there are.
    const LANES: usize;

    unsafe fn zero() -> Self;
    unsafe fn splat(value: Self::Element) -> Self;
    unsafe fn load(from: *const Self::Element) -> Self;
    /// `count` elements, at most as many as a vector has, and zeros. No others are read.
    unsafe fn load_first(from: *const Self::Element, count: usize) -> Self;
    unsafe fn store(self, to: *mut Self::Element);
    /// Writes the first `count` elements and no others.
    unsafe fn store_first(self, to: *mut Self::Element, count: usize);
    /// `self · factor + sum`.
    unsafe fn multiply_add(self, factor: Self, sum: Self) -> Self;
    /// Writes the elements as wide ones.
    unsafe fn store_wide(self, to: *mut <Self::Element as Micro>::Wide);
    /// Adds the elements to wide ones.
    unsafe fn add_wide(self, to: *mut <Self::Element as Micro>::Wide);
}

/// How many rows a tile has at most, of any instruction set.
const MAX_ROWS: usize = 12;

/// How many vectors wide a tile is at most.
pub(super) const VECTORS: usize = 2;

/// One call of a micro-kernel: the product of some rows of `a` and a panel of `b`.
#[derive(Debug)]
pub struct Tile<T: Micro> {
    /// How many products are summed up.
    pub(super) inner: usize,
    /// Element (row, k) of the left matrix stands at `a + row · a_row + k · a_step`, as far as the
    /// first of its `segments` goes.
    pub(super) a: *const T,
    pub(super) a_row: isize,
    pub(super) a_step: isize,
    pub(super) segments: Segments,
    /// Element (k, column) of the right matrix stands at `b + k · b_step + column`; whole vectors
    /// can be read.
    pub(super) b: *const T,
    pub(super) b_step: isize,
    /// How many columns are stored.
    pub(super) columns: usize,
    pub(super) to: Target<T>,
}

/// The left matrix along its sums, in segments of as many steps each: a window sees a few
/// neighbours of one row of a picture, then as many of the next row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segments {
    /// Where each segment begins, in elements from where the first would.
    pub(crate) offsets: *const isize,
    /// The steps of a segment.
    pub(crate) len: usize,
    /// How many steps of the first segment are left out.
    pub(crate) skip: usize,
}

impl Segments {
    /// A matrix that lies as such.
    pub(crate) const ONE: Segments = Segments {
        offsets: &raw const BEGINNING,
        len: usize::MAX,
        skip: 0,
    };

    /// The segments from step `k` on.
    pub(crate) fn from(self, k: usize) -> Self {
        Segments {
            offsets: self.offsets.wrapping_add(k / self.len),
            skip: k % self.len,
            ..self
        }
    }
}

static BEGINNING: isize = 0;

/// What becomes of a tile's sums; the second field is the distance of rows. Long sums are written
/// in whole vectors.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target<T: Micro> {
    /// They are the result.
    Store(*mut T, usize),
    /// They are the first part of longer sums.
    Begin(*mut T::Wide, usize),
    /// They are a further part of longer sums.
    Add(*mut T::Wide, usize),
}

/// A micro-kernel compiled for one instruction set, number of rows and number of vectors.
///
/// # Safety
/// The processor has the instruction set; all elements that `tile` describes can be read, and those
/// of its target written; there is a column for each vector but the last, and one at least in that.
pub type TileFn<T> = unsafe fn(tile: &Tile<T>);

/// The micro-kernel for `R` rows and `N` vectors of columns.
///
/// # Safety
/// As [`TileFn`].
#[inline(always)]
pub(super) unsafe fn tile<V: Vector, const R: usize, const N: usize>(tile: &Tile<V::Element>) {
    const { assert!(R <= MAX_ROWS) };
    // SAFETY: the caller's promise; the addresses are those of the elements that `tile` describes.
    unsafe {
        let mut sums = [[V::zero(); N]; R];
        let Segments { offsets, len, skip } = tile.segments;
        let row = tile.a_row;
        // One loop, so that the sums stay in their registers when a segment ends; an address for
        // every second row, as the other is a register further.
        let addresses = |start: *const V::Element| -> [*const V::Element; MAX_ROWS / 2] {
            std::array::from_fn(|pair| start.wrapping_offset(2 * pair as isize * row))
        };
        let start = tile
            .a
            .wrapping_offset(*offsets + skip as isize * tile.a_step);
        let (mut a, mut b, mut segment) = (addresses(start), tile.b, offsets);
        let mut steps = tile.inner.min(len - skip);
        let mut left = tile.inner - steps;
        // A loop with one way out: with two, compilers keep some of the sums in memory.
        if steps > 0 {
            loop {
                let mut columns = [V::zero(); N];
                for (n, column) in columns.iter_mut().enumerate() {
                    *column = V::load(b.add(n * V::LANES));
                }
                for (r, sums) in sums.iter_mut().enumerate() {
                    let factor = V::splat(*a[r / 2].offset((r % 2) as isize * row));
                    for (sum, column) in sums.iter_mut().zip(columns) {
                        *sum = factor.multiply_add(column, *sum);
                    }
                }
                // Past the last element nothing is read.
                for a in &mut a {
                    *a = a.wrapping_offset(tile.a_step);
                }
                b = b.wrapping_offset(tile.b_step);
                steps -= 1;
                if steps == 0 {
                    if left == 0 {
                        break;
                    }
                    segment = segment.add(1);
                    a = addresses(tile.a.wrapping_offset(*segment));
                    steps = left.min(len);
                    left -= steps;
                }
            }
        }
        let last = tile.columns - (N - 1) * V::LANES;
        // One match, and in it loops that are unrolled: sums that are found by a number would be
        // kept in memory.
        match tile.to {
            Target::Store(to, stride) if last == V::LANES => {
                for (r, sums) in sums.iter().enumerate() {
                    for (n, sum) in sums.iter().enumerate() {
                        sum.store(to.add(r * stride + n * V::LANES));
                    }
                }
            }
            Target::Store(to, stride) => {
                for (r, sums) in sums.iter().enumerate() {
                    for (n, sum) in sums[..N - 1].iter().enumerate() {
                        sum.store(to.add(r * stride + n * V::LANES));
                    }
                    let to = to.add(r * stride + (N - 1) * V::LANES);
                    sums[N - 1].store_first(to, last);
                }
            }
            Target::Begin(to, stride) => {
                for (r, sums) in sums.iter().enumerate() {
                    for (n, sum) in sums.iter().enumerate() {
                        sum.store_wide(to.add(r * stride + n * V::LANES));
                    }
                }
            }
            Target::Add(to, stride) => {
                for (r, sums) in sums.iter().enumerate() {
                    for (n, sum) in sums.iter().enumerate() {
                        sum.add_wide(to.add(r * stride + n * V::LANES));
                    }
                }
            }
        }
    }
}
