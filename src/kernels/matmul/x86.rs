//! The kernels for AVX2 with FMA, and for AVX-512.
//!
//! Functions with `#[target_feature]` take in the generic code, which is always inlined, so that
//! all of it is compiled for their instruction set.

use std::arch::x86_64::*;

use super::element::{Kernels, Micro};
use super::plain;
use super::row::{Line, dots, sweep};
use super::small::{Small, small};
use super::taps::{TapSums, tap_sums};
use super::tile::{Tile, Vector, tile};
use super::transpose::{Square, transpose_squares};

macro_rules! vector {
    (
        $vector:ty, $element:ty, $lanes:literal, $zero:ident, $splat:ident, $load:ident,
        |$from:ident, $count:ident| $load_first:expr,
        $store:ident, |$to:ident, $value:ident, $first:ident| $store_first:expr, $multiply_add:ident,
        |$sum:ident| $halves:expr, $wide_load:ident, $wide_store:ident, $wide_add:ident
    ) => {
        impl Vector for $vector {
            type Element = $element;
            const LANES: usize = $lanes;

            #[inline(always)]
            unsafe fn zero() -> Self {
                // SAFETY: the caller's promise, here and below.
                unsafe { $zero() }
            }

            #[inline(always)]
            unsafe fn splat(value: $element) -> Self {
                unsafe { $splat(value) }
            }

            #[inline(always)]
            unsafe fn load(from: *const $element) -> Self {
                unsafe { $load(from) }
            }

            #[inline(always)]
            unsafe fn load_first($from: *const $element, $count: usize) -> Self {
                unsafe { $load_first }
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $element) {
                unsafe { $store(to, self) }
            }

            #[inline(always)]
            unsafe fn store_first(self, $to: *mut $element, $first: usize) {
                let $value = self;
                unsafe { $store_first }
            }

            #[inline(always)]
            unsafe fn multiply_add(self, factor: Self, sum: Self) -> Self {
                unsafe { $multiply_add(self, factor, sum) }
            }

            #[inline(always)]
            unsafe fn store_wide(self, to: *mut f64) {
                unsafe {
                    let $sum = self;
                    let halves = $halves;
                    let lanes = $lanes / halves.len();
                    for (i, half) in halves.into_iter().enumerate() {
                        $wide_store(to.add(i * lanes), half);
                    }
                }
            }

            #[inline(always)]
            unsafe fn add_wide(self, to: *mut f64) {
                unsafe {
                    let $sum = self;
                    let halves = $halves;
                    let lanes = $lanes / halves.len();
                    for (i, half) in halves.into_iter().enumerate() {
                        let to = to.add(i * lanes);
                        $wide_store(to, $wide_add($wide_load(to), half));
                    }
                }
            }
        }
    };
}

/// Masks for the first elements: as many as stand before the middle when a vector is read.
static FIRST_OF_8: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];
static FIRST_OF_4: [i64; 8] = [-1, -1, -1, -1, 0, 0, 0, 0];

/// The mask of the first elements.
#[inline(always)]
fn first_of_16(count: usize) -> __mmask16 {
    ((1u32 << count) - 1) as __mmask16
}

/// Writes the first elements, half a register after the other: some processors take long for stores
/// with a mask of fewer bits.
///
/// # Safety
/// The processor has AVX2; the elements can be written.
#[inline(always)]
unsafe fn store_first_ps(mut to: *mut f32, value: __m256, mut count: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        if count == 8 {
            return _mm256_storeu_ps(to, value);
        }
        let mut half = _mm256_castps256_ps128(value);
        if count >= 4 {
            _mm_storeu_ps(to, half);
            half = _mm256_extractf128_ps::<1>(value);
            (to, count) = (to.add(4), count - 4);
        }
        if count >= 2 {
            _mm_storel_pd(to.cast(), _mm_castps_pd(half));
            half = _mm_movehl_ps(half, half);
            (to, count) = (to.add(2), count - 2);
        }
        if count == 1 {
            _mm_store_ss(to, half);
        }
    }
}

/// As [`store_first_ps`].
///
/// # Safety
/// As there.
#[inline(always)]
unsafe fn store_first_pd(mut to: *mut f64, value: __m256d, mut count: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        if count == 4 {
            return _mm256_storeu_pd(to, value);
        }
        let mut half = _mm256_castpd256_pd128(value);
        if count >= 2 {
            _mm_storeu_pd(to, half);
            half = _mm256_extractf128_pd::<1>(value);
            (to, count) = (to.add(2), count - 2);
        }
        if count == 1 {
            _mm_store_sd(to, half);
        }
    }
}

vector!(
    __m256,
    f32,
    8,
    _mm256_setzero_ps,
    _mm256_set1_ps,
    _mm256_loadu_ps,
    |from, count| _mm256_maskload_ps(
        from,
        _mm256_loadu_si256(FIRST_OF_8.as_ptr().add(8 - count).cast())
    ),
    _mm256_storeu_ps,
    |to, value, count| store_first_ps(to, value, count),
    _mm256_fmadd_ps,
    |sum| [
        _mm256_cvtps_pd(_mm256_castps256_ps128(sum)),
        _mm256_cvtps_pd(_mm256_extractf128_ps::<1>(sum))
    ],
    _mm256_loadu_pd,
    _mm256_storeu_pd,
    _mm256_add_pd
);
vector!(
    __m256d,
    f64,
    4,
    _mm256_setzero_pd,
    _mm256_set1_pd,
    _mm256_loadu_pd,
    |from, count| _mm256_maskload_pd(
        from,
        _mm256_loadu_si256(FIRST_OF_4.as_ptr().add(4 - count).cast())
    ),
    _mm256_storeu_pd,
    |to, value, count| store_first_pd(to, value, count),
    _mm256_fmadd_pd,
    |sum| [sum],
    _mm256_loadu_pd,
    _mm256_storeu_pd,
    _mm256_add_pd
);
vector!(
    __m512,
    f32,
    16,
    _mm512_setzero_ps,
    _mm512_set1_ps,
    _mm512_loadu_ps,
    |from, count| _mm512_maskz_loadu_ps(first_of_16(count), from),
    _mm512_storeu_ps,
    |to, value, count| _mm512_mask_storeu_ps(to, first_of_16(count), value),
    _mm512_fmadd_ps,
    |sum| [
        _mm512_cvtps_pd(_mm512_castps512_ps256(sum)),
        _mm512_cvtps_pd(_mm512_extractf32x8_ps::<1>(sum))
    ],
    _mm512_loadu_pd,
    _mm512_storeu_pd,
    _mm512_add_pd
);
vector!(
    __m512d,
    f64,
    8,
    _mm512_setzero_pd,
    _mm512_set1_pd,
    _mm512_loadu_pd,
    |from, count| _mm512_maskz_loadu_pd(first_of_16(count) as __mmask8, from),
    _mm512_storeu_pd,
    |to, value, count| _mm512_mask_storeu_pd(to, first_of_16(count) as __mmask8, value),
    _mm512_fmadd_pd,
    |sum| [sum],
    _mm512_loadu_pd,
    _mm512_storeu_pd,
    _mm512_add_pd
);

/// A module with the functions of one instruction set.
macro_rules! instruction_set {
    ($module:ident, $features:literal) => {
        mod $module {
            use super::*;

            /// # Safety
            /// As [`TileFn`](super::super::tile::TileFn).
            #[target_feature(enable = $features)]
            pub(super) unsafe fn of_size<V: Vector, const R: usize, const N: usize>(
                job: &Tile<V::Element>,
            ) {
                // SAFETY: the caller's promise, here and below.
                unsafe { tile::<V, R, N>(job) }
            }

            /// # Safety
            /// As [`CopyFn`](super::super::element::CopyFn).
            #[target_feature(enable = $features)]
            pub(super) unsafe fn copy<T: Copy>(
                from: *const T,
                from_stride: isize,
                to: *mut T,
                to_stride: usize,
                lines: usize,
                len: usize,
            ) {
                unsafe { plain::copy(from, from_stride, to, to_stride, lines, len) }
            }

            /// # Safety
            /// As [`CopyFn`](super::super::element::CopyFn).
            #[target_feature(enable = $features)]
            pub(super) unsafe fn transpose<T: Square>(
                from: *const T,
                from_stride: isize,
                to: *mut T,
                to_stride: usize,
                lines: usize,
                len: usize,
            ) {
                unsafe { transpose_squares(from, from_stride, to, to_stride, lines, len) }
            }

            /// # Safety
            /// As [`NarrowFn`](super::super::element::NarrowFn).
            #[target_feature(enable = $features)]
            pub(super) unsafe fn narrow<T: Micro>(from: *const T::Wide, to: *mut T, len: usize) {
                unsafe { plain::narrow(from, to, len) }
            }

            /// # Safety
            /// As [`SmallFn`](super::super::small::SmallFn).
            #[target_feature(enable = $features)]
            pub(super) unsafe fn small_of<V: Vector>(job: &Small<V::Element>) {
                unsafe { small::<V>(job) }
            }

            /// # Safety
            /// As [`TapFn`](super::super::taps::TapFn).
            #[target_feature(enable = $features)]
            pub(super) unsafe fn taps_of<V: Vector>(job: &TapSums<'_, V::Element>) {
                unsafe { tap_sums::<V>(job) }
            }

            /// # Safety
            /// As [`RowFn`](super::super::row::RowFn).
            #[target_feature(enable = $features)]
            pub(super) unsafe fn dots_of<V: Vector>(
                line: &Line<V::Element>,
                totals: *mut <V::Element as Micro>::Wide,
                lanes: *mut V::Element,
            ) {
                unsafe { dots::<V>(line, totals, lanes) }
            }

            /// # Safety
            /// As [`RowFn`](super::super::row::RowFn).
            #[target_feature(enable = $features)]
            pub(super) unsafe fn sweep_of<V: Vector>(
                line: &Line<V::Element>,
                totals: *mut <V::Element as Micro>::Wide,
                lanes: *mut V::Element,
            ) {
                unsafe { sweep::<V>(line, totals, lanes) }
            }
        }
    };
}

instruction_set!(avx2, "avx2,fma");
instruction_set!(avx512, "avx2,fma,avx512f,avx512dq,avx512vl,avx512bw");

macro_rules! kernels {
    ($name:ident, $module:ident, $type:ty, $vector:ty, $lanes:literal, $($rows:literal)*; $($tall:literal)*) => {
        pub(super) static $name: Kernels<$type> = Kernels {
            lanes: $lanes,
            tiles: [
                &[$($module::of_size::<$vector, $rows, 1>,)* $($module::of_size::<$vector, $tall, 1>,)*],
                &[$($module::of_size::<$vector, $rows, 2>),*],
            ],
            copy: $module::copy,
            transpose: $module::transpose,
            narrow: $module::narrow,
            dots: $module::dots_of::<$vector>,
            sweep: $module::sweep_of::<$vector>,
            small: $module::small_of::<$vector>,
            taps: $module::taps_of::<$vector>,
        };
    };
}

// 16 registers hold 12 sums, 2 vectors of columns and a factor; 32 hold 28 sums. With a single
// vector of columns it takes more rows than 6 for enough sums to go on while one is added to.
kernels!(F32_AVX2, avx2, f32, __m256, 8, 1 2 3 4 5 6; 7 8 9 10 11 12);
kernels!(F64_AVX2, avx2, f64, __m256d, 4, 1 2 3 4 5 6; 7 8 9 10 11 12);
kernels!(F32_AVX512, avx512, f32, __m512, 16, 1 2 3 4 5 6 7 8 9 10 11 12;);
kernels!(F64_AVX512, avx512, f64, __m512d, 8, 1 2 3 4 5 6 7 8 9 10 11 12;);
