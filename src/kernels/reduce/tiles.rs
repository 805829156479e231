//! Reductions of a whole array that comes tile by tile, with the same bits as [`fold`](super::fold)
//! of all of it.

use std::marker::PhantomData;

use super::super::tile::{Part, TILE};
use super::Reducer;
use super::sequence::{BLOCK, fold_block, merge_blocks};
use crate::types::Plain;

// A tile is a block, so that elements are combined in the same order.
const _: () = assert!(TILE == BLOCK);

/// What reduces the tiles of an array, and then their results.
pub trait TileReducer: Send + Sync {
    /// Reduces a tile to one element.
    ///
    /// # Safety
    /// `tile` holds `count` elements of the reducer's type; `out` has room for one.
    #[doc(hidden)]
    unsafe fn block(&self, tile: Part, count: usize, out: *mut u8);

    /// Reduces the results of `tiles` tiles, which had `elements` elements together, to one
    /// element.
    ///
    /// # Safety
    /// `partials` holds that many elements of the reducer's type; `out` has room for one.
    #[doc(hidden)]
    unsafe fn merge(&self, partials: *const u8, tiles: usize, elements: usize, out: *mut u8);
}

/// A [`Reducer`] of whole arrays, with what is left to do in the end.
pub(crate) struct Whole<T, R> {
    reducer: R,
    /// Makes the final result, of a partial one and the number of elements.
    finish: fn(T, usize) -> T,
    element: PhantomData<fn() -> T>,
}

impl<T: Plain, R: Reducer<T>> Whole<T, R> {
    pub(crate) fn new(reducer: R, finish: fn(T, usize) -> T) -> Self {
        Whole {
            reducer,
            finish,
            element: PhantomData,
        }
    }
}

impl<T: Plain, R: Reducer<T> + Send + Sync> TileReducer for Whole<T, R> {
    unsafe fn block(&self, tile: Part, count: usize, out: *mut u8) {
        assert_eq!(tile.dtype, T::DTYPE, "a reduction was given another type");
        // SAFETY: the caller's promise.
        let (tile, out) = unsafe {
            (
                std::slice::from_raw_parts(tile.start.cast::<T>(), count),
                &mut *out.cast::<T>(),
            )
        };
        *out = fold_block(tile, self.reducer);
    }

    unsafe fn merge(&self, partials: *const u8, tiles: usize, elements: usize, out: *mut u8) {
        // SAFETY: the caller's promise.
        let (partials, out) = unsafe {
            (
                std::slice::from_raw_parts(partials.cast::<T>(), tiles),
                &mut *out.cast::<T>(),
            )
        };
        let whole = match partials {
            [] => self.reducer.start(),
            _ => merge_blocks(partials, self.reducer),
        };
        *out = (self.finish)(whole, elements);
    }
}
