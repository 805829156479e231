//! The kernels for any processor: arrays of 16 bytes, which compilers keep in vector registers.

#[cfg(feature = "all_types")]
use half::{bf16, f16};
#[cfg(feature = "all_types")]
use num_complex::{Complex32, Complex64};

use super::element::{Kernels, Micro};
use super::plain;
use super::tile::{Tile, Vector, tile};
use crate::kernels::cpu::prefetch;
use crate::kernels::memory::ALIGNMENT;
use crate::types::Number;

/// `LANES` elements.
#[derive(Clone, Copy)]
pub(super) struct Array<T, const LANES: usize>([T; LANES]);

impl<T: Micro, const LANES: usize> Vector for Array<T, LANES> {
    type Element = T;
    const LANES: usize = LANES;

    #[inline(always)]
    unsafe fn zero() -> Self {
        Array([T::ZERO; LANES])
    }

    #[inline(always)]
    unsafe fn splat(value: T) -> Self {
        Array([value; LANES])
    }

    #[inline(always)]
    unsafe fn load(from: *const T) -> Self {
        // SAFETY: the caller's promise; an array is as aligned as its elements.
        unsafe { *from.cast() }
    }

    #[inline(always)]
    unsafe fn load_first(from: *const T, count: usize) -> Self {
        let mut elements = [T::ZERO; LANES];
        for (i, element) in elements.iter_mut().enumerate().take(count) {
            // SAFETY: the caller's promise.
            *element = unsafe { *from.add(i) };
        }
        Array(elements)
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut T) {
        // SAFETY: as for `load`.
        unsafe { *to.cast() = self };
    }

    #[inline(always)]
    unsafe fn store_first(self, to: *mut T, count: usize) {
        for (i, element) in self.0.into_iter().enumerate().take(count) {
            // SAFETY: the caller's promise.
            unsafe { *to.add(i) = element };
        }
    }

    #[inline(always)]
    unsafe fn multiply_add(self, factor: Self, mut sum: Self) -> Self {
        for lane in 0..LANES {
            sum.0[lane] = self.0[lane].multiply_add(factor.0[lane], sum.0[lane]);
        }
        sum
    }

    #[inline(always)]
    unsafe fn store_wide(self, to: *mut T::Wide) {
        for (lane, value) in self.0.into_iter().enumerate() {
            // SAFETY: the caller's promise.
            unsafe { *to.add(lane) = value.widen() };
        }
    }

    #[inline(always)]
    unsafe fn add_wide(self, to: *mut T::Wide) {
        for (lane, value) in self.0.into_iter().enumerate() {
            // SAFETY: the caller's promise.
            unsafe { *to.add(lane) = (*to.add(lane)).plus(value.widen()) };
        }
    }
}

/// A micro-kernel as a function of its own.
///
/// # Safety
/// As [`TileFn`](super::tile::TileFn).
pub(super) unsafe fn of_size<V: Vector, const R: usize, const N: usize>(job: &Tile<V::Element>) {
    // SAFETY: the caller's promise.
    unsafe { tile::<V, R, N>(job) }
}

/// The kernels over vectors that the target has in any case.
macro_rules! kernels {
    ($name:ident, $vector:ty, $transpose:ident, $($rows:literal)*; $($tall:literal)*) => {
        pub(super) static $name: Kernels<<$vector as Vector>::Element> = Kernels {
            lanes: <$vector>::LANES,
            tiles: [
                &[$(plain::of_size::<$vector, $rows, 1>,)* $(plain::of_size::<$vector, $tall, 1>,)*],
                &[$(plain::of_size::<$vector, $rows, 2>),*],
            ],
            copy: plain::copy,
            transpose: $transpose,
            narrow: plain::narrow,
            dots: $crate::kernels::matmul::row::dots::<$vector>,
            sweep: $crate::kernels::matmul::row::sweep::<$vector>,
            small: $crate::kernels::matmul::small::small::<$vector>,
            taps: $crate::kernels::matmul::taps::tap_sums::<$vector>,
        };
    };
}
#[cfg(target_arch = "aarch64")]
pub(super) use kernels;

kernels!(F32, Array<f32, 4>, transpose, 1 2 3 4;);
kernels!(F64, Array<f64, 2>, transpose, 1 2 3 4;);
kernels!(I32, Array<i32, 4>, transpose, 1 2 3 4;);
kernels!(I64, Array<i64, 2>, transpose, 1 2 3 4;);
#[cfg(feature = "all_types")]
kernels!(F16, Array<f16, 8>, transpose, 1;);
#[cfg(feature = "all_types")]
kernels!(BF16, Array<bf16, 8>, transpose, 1;);
#[cfg(feature = "all_types")]
kernels!(COMPLEX32, Array<Complex32, 2>, transpose, 1;);
#[cfg(feature = "all_types")]
kernels!(COMPLEX64, Array<Complex64, 1>, transpose, 1;);

/// See [`CopyFn`](super::element::CopyFn).
///
/// # Safety
/// As there.
#[inline(always)]
pub(super) unsafe fn copy<T: Copy>(
    from: *const T,
    from_stride: isize,
    to: *mut T,
    to_stride: usize,
    lines: usize,
    len: usize,
) {
    // Short lines are copied without a call each.
    macro_rules! by_length {
        ($($length:literal)*) => {
            match len {
                // SAFETY: the caller's promise.
                $($length => unsafe { copy_lines::<T, $length>(from, from_stride, to, to_stride, lines) },)*
                // SAFETY: the caller's promise.
                _ => unsafe { copy_long_lines(from, from_stride, to, to_stride, lines, len) },
            }
        };
    }
    by_length!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 16 32);
}

/// How many lines ahead memory is asked for. Lines may lie in a page each, and no processor looks
/// beyond the page at hand by itself.
const AHEAD: isize = 16;

/// [`copy`] of lines of `LENGTH`.
#[inline(always)]
unsafe fn copy_lines<T: Copy, const LENGTH: usize>(
    from: *const T,
    from_stride: isize,
    to: *mut T,
    to_stride: usize,
    lines: usize,
) {
    for line in 0..lines {
        let from = from.wrapping_offset(line as isize * from_stride);
        let later = from.wrapping_offset(AHEAD * from_stride).cast::<u8>();
        for start in (0..LENGTH * size_of::<T>()).step_by(ALIGNMENT) {
            prefetch(later.wrapping_add(start));
        }
        // SAFETY: the promise of `copy`'s caller.
        unsafe {
            to.add(line * to_stride)
                .copy_from_nonoverlapping(from, LENGTH);
        }
    }
}

/// [`copy`] of lines of any length.
#[inline(always)]
unsafe fn copy_long_lines<T: Copy>(
    from: *const T,
    from_stride: isize,
    to: *mut T,
    to_stride: usize,
    lines: usize,
    len: usize,
) {
    for line in 0..lines {
        // SAFETY: the promise of `copy`'s caller.
        unsafe {
            let from = from.offset(line as isize * from_stride);
            to.add(line * to_stride).copy_from_nonoverlapping(from, len);
        }
    }
}

/// See [`CopyFn`](super::element::CopyFn). Squares of 8 by 8 elements, so that lines of both sides
/// stay in the cache.
///
/// # Safety
/// As there.
#[inline(always)]
pub(super) unsafe fn transpose<T: Copy>(
    from: *const T,
    from_stride: isize,
    to: *mut T,
    to_stride: usize,
    lines: usize,
    len: usize,
) {
    const SIDE: usize = 8;
    for first in (0..len).step_by(SIDE) {
        for line in 0..lines {
            for i in first..len.min(first + SIDE) {
                // SAFETY: the caller's promise.
                unsafe {
                    *to.add(i * to_stride + line) = *from.offset(line as isize * from_stride).add(i)
                };
            }
        }
    }
}

/// See [`NarrowFn`](super::element::NarrowFn).
///
/// # Safety
/// As there.
#[inline(always)]
pub(super) unsafe fn narrow<T: Micro>(from: *const T::Wide, to: *mut T, len: usize) {
    for i in 0..len {
        // SAFETY: the caller's promise.
        unsafe { *to.add(i) = T::narrow(*from.add(i)) };
    }
}
