//! Transposing blocks of a matrix by shuffles within registers: here those of AVX2.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

use super::plain;

/// An element type of which a square block is transposed in registers.
pub(super) trait Square: Copy {
    /// Rows and columns of the block.
    const SIDE: usize;

    /// Writes element (i, j) at `from + i · from_stride + j` to `to + j · to_stride + i`.
    ///
    /// # Safety
    /// The processor has the instruction set; the elements can be read and written.
    unsafe fn transpose_square(
        from: *const Self,
        from_stride: isize,
        to: *mut Self,
        to_stride: usize,
    );
}

/// See [`CopyFn`](super::element::CopyFn).
///
/// # Safety
/// As there.
#[inline(always)]
pub(super) unsafe fn transpose_squares<T: Square>(
    from: *const T,
    from_stride: isize,
    to: *mut T,
    to_stride: usize,
    lines: usize,
    len: usize,
) {
    let (whole_lines, whole_len) = (lines / T::SIDE * T::SIDE, len / T::SIDE * T::SIDE);
    let from_at = |line: usize, i: usize| {
        from.wrapping_offset(line as isize * from_stride)
            .wrapping_add(i)
    };
    let to_at = |line: usize, i: usize| to.wrapping_add(i * to_stride + line);
    // SAFETY: the caller's promise; the squares and the two strips beside them cover every element
    // once.
    unsafe {
        for line in (0..whole_lines).step_by(T::SIDE) {
            for i in (0..whole_len).step_by(T::SIDE) {
                T::transpose_square(from_at(line, i), from_stride, to_at(line, i), to_stride);
            }
        }
        if whole_lines < lines {
            let (from, to) = (from_at(whole_lines, 0), to_at(whole_lines, 0));
            plain::transpose(from, from_stride, to, to_stride, lines - whole_lines, len);
        }
        if whole_len < len {
            let (from, to) = (from_at(0, whole_len), to_at(0, whole_len));
            plain::transpose(
                from,
                from_stride,
                to,
                to_stride,
                whole_lines,
                len - whole_len,
            );
        }
    }
}

#[cfg(target_arch = "x86_64")]
impl Square for f32 {
    const SIDE: usize = 8;

    #[inline(always)]
    unsafe fn transpose_square(
        from: *const f32,
        from_stride: isize,
        to: *mut f32,
        to_stride: usize,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            let half = |line: isize, i: usize| _mm_loadu_ps(from.offset(line * from_stride).add(i));
            // The four lines that end up in one column of 128-bit lanes: lines l and l + 4,
            // elements i to i + 3 of each.
            let pair = |line: isize, i: usize| {
                _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(half(line, i)), half(line + 4, i))
            };
            for i in [0, 4] {
                let (a, b, c, d) = (pair(0, i), pair(1, i), pair(2, i), pair(3, i));
                let (ab_low, ab_high) = (_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
                let (cd_low, cd_high) = (_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
                let columns = [
                    _mm256_shuffle_ps::<0x44>(ab_low, cd_low),
                    _mm256_shuffle_ps::<0xee>(ab_low, cd_low),
                    _mm256_shuffle_ps::<0x44>(ab_high, cd_high),
                    _mm256_shuffle_ps::<0xee>(ab_high, cd_high),
                ];
                for (j, column) in columns.into_iter().enumerate() {
                    _mm256_storeu_ps(to.add((i + j) * to_stride), column);
                }
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
impl Square for f64 {
    const SIDE: usize = 4;

    #[inline(always)]
    unsafe fn transpose_square(
        from: *const f64,
        from_stride: isize,
        to: *mut f64,
        to_stride: usize,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            let half = |line: isize, i: usize| _mm_loadu_pd(from.offset(line * from_stride).add(i));
            let pair = |line: isize, i: usize| {
                _mm256_insertf128_pd::<1>(_mm256_castpd128_pd256(half(line, i)), half(line + 2, i))
            };
            for i in [0, 2] {
                let (a, b) = (pair(0, i), pair(1, i));
                _mm256_storeu_pd(to.add(i * to_stride), _mm256_unpacklo_pd(a, b));
                _mm256_storeu_pd(to.add((i + 1) * to_stride), _mm256_unpackhi_pd(a, b));
            }
        }
    }
}
