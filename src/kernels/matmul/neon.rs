//! The kernels for ARM's NEON, which every 64-bit processor of theirs has.
//!
//! A vector is a pair of registers, so that lanes, tiles and panels are those of AVX2: products are
//! cut alike and added up in the same order, and a tile of 6 rows by 2 vectors holds 24 of the 32
//! registers. A step of it reads 4 registers of columns and 6 factors for 24 instructions.

use std::arch::aarch64::*;
use std::arch::asm;

use super::element::{Kernels, Micro};
use super::plain;
use super::tile::Vector;
use super::transpose::{Square, transpose_squares};

/// Two registers, the first elements in the first.
#[derive(Clone, Copy)]
pub(super) struct Pair<V>([V; 2]);

impl<V: Vector> Vector for Pair<V> {
    type Element = V::Element;
    const LANES: usize = 2 * V::LANES;

    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: the caller's promise, here and below.
        unsafe { Pair([V::zero(); 2]) }
    }

    #[inline(always)]
    unsafe fn splat(value: V::Element) -> Self {
        unsafe { Pair([V::splat(value); 2]) }
    }

    #[inline(always)]
    unsafe fn load(from: *const V::Element) -> Self {
        unsafe { Pair([V::load(from), V::load(from.add(V::LANES))]) }
    }

    #[inline(always)]
    unsafe fn load_first(from: *const V::Element, count: usize) -> Self {
        unsafe {
            match count.checked_sub(V::LANES) {
                None => Pair([V::load_first(from, count), V::zero()]),
                Some(rest) => {
                    let second = V::load_first(from.add(V::LANES), rest);
                    Pair([V::load(from), second])
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut V::Element) {
        let [first, second] = self.0;
        unsafe {
            first.store(to);
            second.store(to.add(V::LANES));
        }
    }

    #[inline(always)]
    unsafe fn store_first(self, to: *mut V::Element, count: usize) {
        let [first, second] = self.0;
        unsafe {
            match count.checked_sub(V::LANES) {
                None => first.store_first(to, count),
                Some(rest) => {
                    first.store(to);
                    second.store_first(to.add(V::LANES), rest);
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn multiply_add(self, factor: Self, sum: Self) -> Self {
        let ([a0, a1], [b0, b1], [c0, c1]) = (self.0, factor.0, sum.0);
        unsafe { Pair([a0.multiply_add(b0, c0), a1.multiply_add(b1, c1)]) }
    }

    #[inline(always)]
    unsafe fn store_wide(self, to: *mut <V::Element as Micro>::Wide) {
        let [first, second] = self.0;
        unsafe {
            first.store_wide(to);
            second.store_wide(to.add(V::LANES));
        }
    }

    #[inline(always)]
    unsafe fn add_wide(self, to: *mut <V::Element as Micro>::Wide) {
        let [first, second] = self.0;
        unsafe {
            first.add_wide(to);
            second.add_wide(to.add(V::LANES));
        }
    }
}

/// Has a number be loaded into one element of a register, by which `fmla` can multiply all others.
/// Otherwise compilers load it into every element (`ld1r`): on many processors that also keeps one
/// of the units busy that `fmla` needs.
macro_rules! loaded_alone {
    ($value:ident) => {
        asm!(
            "/* {0:v} */",
            inlateout(vreg) $value,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
}

impl Vector for float32x4_t {
    type Element = f32;
    const LANES: usize = 4;

    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: the caller's promise, here and below.
        unsafe { vdupq_n_f32(0.0) }
    }

    #[inline(always)]
    unsafe fn splat(mut value: f32) -> Self {
        unsafe {
            loaded_alone!(value);
            vdupq_n_f32(value)
        }
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        unsafe { vld1q_f32(from) }
    }

    #[inline(always)]
    unsafe fn load_first(from: *const f32, count: usize) -> Self {
        unsafe {
            let pair = |from| vcombine_f32(vld1_f32(from), vdup_n_f32(0.0));
            match count {
                0 => vdupq_n_f32(0.0),
                1 => vld1q_lane_f32::<0>(from, vdupq_n_f32(0.0)),
                2 => pair(from),
                3 => vld1q_lane_f32::<2>(from.add(2), pair(from)),
                _ => vld1q_f32(from),
            }
        }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        unsafe { vst1q_f32(to, self) }
    }

    #[inline(always)]
    unsafe fn store_first(self, to: *mut f32, count: usize) {
        unsafe {
            if count >= 4 {
                return vst1q_f32(to, self);
            }
            if count >= 2 {
                vst1_f32(to, vget_low_f32(self));
            }
            match count {
                1 => vst1q_lane_f32::<0>(to, self),
                3 => vst1q_lane_f32::<2>(to.add(2), self),
                _ => {}
            }
        }
    }

    #[inline(always)]
    unsafe fn multiply_add(self, factor: Self, sum: Self) -> Self {
        unsafe { vfmaq_f32(sum, self, factor) }
    }

    #[inline(always)]
    unsafe fn store_wide(self, to: *mut f64) {
        unsafe {
            vst1q_f64(to, vcvt_f64_f32(vget_low_f32(self)));
            vst1q_f64(to.add(2), vcvt_high_f64_f32(self));
        }
    }

    #[inline(always)]
    unsafe fn add_wide(self, to: *mut f64) {
        unsafe {
            vcvt_f64_f32(vget_low_f32(self)).add_wide(to);
            vcvt_high_f64_f32(self).add_wide(to.add(2));
        }
    }
}

impl Vector for float64x2_t {
    type Element = f64;
    const LANES: usize = 2;

    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: the caller's promise, here and below.
        unsafe { vdupq_n_f64(0.0) }
    }

    #[inline(always)]
    unsafe fn splat(mut value: f64) -> Self {
        unsafe {
            loaded_alone!(value);
            vdupq_n_f64(value)
        }
    }

    #[inline(always)]
    unsafe fn load(from: *const f64) -> Self {
        unsafe { vld1q_f64(from) }
    }

    #[inline(always)]
    unsafe fn load_first(from: *const f64, count: usize) -> Self {
        unsafe {
            match count {
                0 => vdupq_n_f64(0.0),
                1 => vld1q_lane_f64::<0>(from, vdupq_n_f64(0.0)),
                _ => vld1q_f64(from),
            }
        }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f64) {
        unsafe { vst1q_f64(to, self) }
    }

    #[inline(always)]
    unsafe fn store_first(self, to: *mut f64, count: usize) {
        unsafe {
            match count {
                0 => {}
                1 => vst1q_lane_f64::<0>(to, self),
                _ => vst1q_f64(to, self),
            }
        }
    }

    #[inline(always)]
    unsafe fn multiply_add(self, factor: Self, sum: Self) -> Self {
        unsafe { vfmaq_f64(sum, self, factor) }
    }

    #[inline(always)]
    unsafe fn store_wide(self, to: *mut f64) {
        unsafe { vst1q_f64(to, self) }
    }

    #[inline(always)]
    unsafe fn add_wide(self, to: *mut f64) {
        unsafe { vst1q_f64(to, vaddq_f64(vld1q_f64(to), self)) }
    }
}

impl Square for f32 {
    const SIDE: usize = 4;

    #[inline(always)]
    unsafe fn transpose_square(
        from: *const f32,
        from_stride: isize,
        to: *mut f32,
        to_stride: usize,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            let line = |line: isize| vld1q_f32(from.offset(line * from_stride));
            let (a, b, c, d) = (line(0), line(1), line(2), line(3));
            // Elements 0 and 1, then 2 and 3, of two lines each.
            let (ac_low, ac_high) = (vzip1q_f32(a, c), vzip2q_f32(a, c));
            let (bd_low, bd_high) = (vzip1q_f32(b, d), vzip2q_f32(b, d));
            let columns = [
                vzip1q_f32(ac_low, bd_low),
                vzip2q_f32(ac_low, bd_low),
                vzip1q_f32(ac_high, bd_high),
                vzip2q_f32(ac_high, bd_high),
            ];
            for (j, column) in columns.into_iter().enumerate() {
                vst1q_f32(to.add(j * to_stride), column);
            }
        }
    }
}

impl Square for f64 {
    const SIDE: usize = 2;

    #[inline(always)]
    unsafe fn transpose_square(
        from: *const f64,
        from_stride: isize,
        to: *mut f64,
        to_stride: usize,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            let (a, b) = (vld1q_f64(from), vld1q_f64(from.offset(from_stride)));
            vst1q_f64(to, vzip1q_f64(a, b));
            vst1q_f64(to.add(to_stride), vzip2q_f64(a, b));
        }
    }
}

plain::kernels!(F32_NEON, Pair<float32x4_t>, transpose_squares, 1 2 3 4 5 6; 7 8 9 10 11 12);
plain::kernels!(F64_NEON, Pair<float64x2_t>, transpose_squares, 1 2 3 4 5 6; 7 8 9 10 11 12);
