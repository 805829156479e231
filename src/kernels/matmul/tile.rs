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

/// How many vectors wide a tile is at most.
pub(super) const VECTORS: usize = 2;

/// One call of a micro-kernel: the product of some rows of `a` and a panel of `b`.
#[derive(Debug)]
pub struct Tile<T: Micro> {
    /// How many products are summed up.
    pub(super) inner: usize,
    /// Element (row, k) of the left matrix stands at `a + row · a_row + k · a_step`.
    pub(super) a: *const T,
    pub(super) a_row: isize,
    pub(super) a_step: isize,
    /// Element (k, column) of the right matrix stands at `b + k · b_step + column`; whole vectors
    /// can be read.
    pub(super) b: *const T,
    pub(super) b_step: isize,
    pub(super) to: Target<T>,
}

/// What becomes of a tile's sums; the second field is the distance of rows.
#[derive(Debug)]
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
/// of its target written.
pub type TileFn<T> = unsafe fn(tile: &Tile<T>);

/// The micro-kernel for `R` rows and `N` vectors of columns.
///
/// # Safety
/// As [`TileFn`].
#[inline(always)]
pub(super) unsafe fn tile<V: Vector, const R: usize, const N: usize>(tile: &Tile<V::Element>) {
    // SAFETY: the caller's promise; the addresses are those of the elements that `tile` describes.
    unsafe {
        let mut sums = [[V::zero(); N]; R];
        let (mut a, mut b) = (tile.a, tile.b);
        for _ in 0..tile.inner {
            let mut columns = [V::zero(); N];
            for (n, column) in columns.iter_mut().enumerate() {
                *column = V::load(b.add(n * V::LANES));
            }
            for (r, sums) in sums.iter_mut().enumerate() {
                let factor = V::splat(*a.offset(r as isize * tile.a_row));
                for (sum, column) in sums.iter_mut().zip(columns) {
                    *sum = factor.multiply_add(column, *sum);
                }
            }
            // Past the last element nothing is read.
            a = a.wrapping_offset(tile.a_step);
            b = b.wrapping_offset(tile.b_step);
        }
        for (r, sums) in sums.iter().enumerate() {
            for (n, sum) in sums.iter().enumerate() {
                let at = |stride: usize| r * stride + n * V::LANES;
                match tile.to {
                    Target::Store(to, stride) => sum.store(to.add(at(stride))),
                    Target::Begin(to, stride) => sum.store_wide(to.add(at(stride))),
                    Target::Add(to, stride) => sum.add_wide(to.add(at(stride))),
                }
            }
        }
    }
}
