//! Blocks of coefficients as samples: 8, 4, 2 or 1 along each side.

use super::frame::Component;
use crate::types::{Result, memory};

/// How blocks of 8 by 8 are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Method {
    /// 5 products for 8 numbers, with 8 bits after the point (Arai, Agui and Nakajima).
    Fast,
    /// 12 products, with 13 bits after the point (Loeffler, Ligtenberg and Moschytz).
    Accurate,
}

/// Bits after the point, and those that are kept between the two passes.
const POINT: i32 = 13;
const KEPT: i32 = 2;

/// A constant with 13 bits after the point.
const fn fixed(number: f64) -> i32 {
    (number * (1 << POINT) as f64 + 0.5) as i32
}

/// The samples of a component, `size` by `size` of each block, row by row.
pub(super) fn samples(component: &Component, size: usize, method: Method) -> Result<Vec<u8>> {
    let width = component.stride * size;
    let count = component.blocks.len() * size * size;
    let mut samples = memory::repeated(count, 0u8)?;
    let quantities = component.quantities.map(i32::from);
    let scaled = scaled(&component.quantities);
    let rows = samples.chunks_exact_mut((width * size).max(1));
    for (row, blocks) in rows.zip(component.blocks.chunks_exact(component.stride)) {
        for (x, block) in blocks.iter().enumerate() {
            let mut out = Out {
                samples: row,
                start: x * size,
                width,
            };
            match (size, method) {
                (8, Method::Fast) => fast(&times(block, &scaled), &mut out),
                (8, Method::Accurate) => accurate(&times(block, &quantities), &mut out),
                (4, _) => quarter(&times(block, &quantities), &mut out),
                (2, _) => sixteenth(&times(block, &quantities), &mut out),
                _ => {
                    let mean = i32::from(block[0]).wrapping_mul(quantities[0]);
                    out.put(0, 0, rounded(mean, 3));
                }
            }
        }
    }
    Ok(samples)
}

/// Where the samples of a block go.
struct Out<'s> {
    samples: &'s mut [u8],
    start: usize,
    width: usize,
}

impl Out<'_> {
    #[inline]
    fn put(&mut self, x: usize, y: usize, value: i32) {
        let byte = value.wrapping_add(128).clamp(0, 255) as u8;
        self.samples[y * self.width + self.start + x] = byte;
    }
}

fn times(block: &[i16; 64], factors: &[i32; 64]) -> [i32; 64] {
    let mut products = [0; 64];
    for ((product, &coefficient), factor) in products.iter_mut().zip(block).zip(factors) {
        *product = i32::from(coefficient).wrapping_mul(*factor);
    }
    products
}

/// Divided by 2^bits and rounded.
#[inline]
fn rounded(number: i32, bits: i32) -> i32 {
    number.wrapping_add(1 << (bits - 1)) >> bits
}

/// The quantities times the factors that the fast method leaves out of its sums, with two bits
/// after the point.
fn scaled(quantities: &[u16; 64]) -> [i32; 64] {
    /// cos(kπ/16)·√2, 1 for k = 0, with 14 bits after the point.
    const SCALES: [f64; 8] = [
        1.0,
        1.387_039_845,
        1.306_562_965,
        1.175_875_602,
        1.0,
        0.785_694_958,
        0.541_196_100,
        0.275_899_379,
    ];
    let mut scaled = [0; 64];
    for (at, (scaled, &quantity)) in scaled.iter_mut().zip(quantities).enumerate() {
        let scale = (SCALES[at / 8] * SCALES[at % 8] * 16384.0 + 0.5) as i32;
        *scaled = rounded(i32::from(quantity).wrapping_mul(scale), 12);
    }
    scaled
}

/// The fast method. Products are cut off, not rounded.
fn fast(block: &[i32; 64], out: &mut Out<'_>) {
    let mut between = [0; 64];
    for x in 0..8 {
        let column = fast_line(|k| block[8 * k + x]);
        for (y, value) in column.into_iter().enumerate() {
            between[8 * y + x] = value;
        }
    }
    for y in 0..8 {
        let row = fast_line(|k| between[8 * y + k]);
        for (x, value) in row.into_iter().enumerate() {
            out.put(x, y, value >> (KEPT + 3));
        }
    }
}

#[inline]
fn fast_line(at: impl Fn(usize) -> i32) -> [i32; 8] {
    use std::num::Wrapping;
    let at = |k: usize| Wrapping(at(k));
    // √2, 2cos(π/8), 2(cos(π/8) − cos(3π/8)) and 2(cos(π/8) + cos(3π/8)), with 8 bits.
    let by = |number: Wrapping<i32>, constant: i32| (number * Wrapping(constant)) >> 8;
    let (sum, difference) = (at(0) + at(4), at(0) - at(4));
    let outer = at(2) + at(6);
    let inner = by(at(2) - at(6), 362) - outer;
    let even = [
        sum + outer,
        difference + inner,
        difference - inner,
        sum - outer,
    ];
    let (z13, z10) = (at(5) + at(3), at(5) - at(3));
    let (z11, z12) = (at(1) + at(7), at(1) - at(7));
    let odd7 = z11 + z13;
    let turned = by(z10 + z12, 473);
    let odd6 = by(z10, -669) + turned - odd7;
    let odd5 = by(z11 - z13, 362) - odd6;
    let odd4 = by(z12, 277) - turned + odd5;
    let odd = [odd7, odd6, odd5, -odd4];
    std::array::from_fn(|i| match i {
        0..4 => (even[i] + odd[i]).0,
        _ => (even[7 - i] - odd[7 - i]).0,
    })
}

/// The accurate method.
fn accurate(block: &[i32; 64], out: &mut Out<'_>) {
    let mut between = [0; 64];
    for x in 0..8 {
        let column = accurate_line(|k| block[8 * k + x]);
        for (y, value) in column.into_iter().enumerate() {
            between[8 * y + x] = rounded(value, POINT - KEPT);
        }
    }
    for y in 0..8 {
        let row = accurate_line(|k| between[8 * y + k]);
        for (x, value) in row.into_iter().enumerate() {
            out.put(x, y, rounded(value, POINT + KEPT + 3));
        }
    }
}

#[inline]
fn accurate_line(at: impl Fn(usize) -> i32) -> [i32; 8] {
    let by = i32::wrapping_mul;
    let turned = by(at(2).wrapping_add(at(6)), fixed(0.541196100));
    let inner = turned.wrapping_sub(by(at(6), fixed(1.847759065)));
    let outer = turned.wrapping_add(by(at(2), fixed(0.765366865)));
    let sum = at(0).wrapping_add(at(4)) << POINT;
    let difference = at(0).wrapping_sub(at(4)) << POINT;
    let even = [
        sum.wrapping_add(outer),
        difference.wrapping_add(inner),
        difference.wrapping_sub(inner),
        sum.wrapping_sub(outer),
    ];
    let (z3, z4) = (at(7).wrapping_add(at(3)), at(5).wrapping_add(at(1)));
    let z5 = by(z3.wrapping_add(z4), fixed(1.175875602));
    let z1 = by(at(7).wrapping_add(at(1)), fixed(0.899976223)).wrapping_neg();
    let z2 = by(at(5).wrapping_add(at(3)), fixed(2.562915447)).wrapping_neg();
    let z3 = z5.wrapping_sub(by(z3, fixed(1.961570560)));
    let z4 = z5.wrapping_sub(by(z4, fixed(0.390180644)));
    let sum = |a: i32, b: i32, c: i32| a.wrapping_add(b).wrapping_add(c);
    let odd = [
        sum(by(at(1), fixed(1.501321110)), z1, z4),
        sum(by(at(3), fixed(3.072711026)), z2, z3),
        sum(by(at(5), fixed(2.053119869)), z2, z4),
        sum(by(at(7), fixed(0.298631336)), z1, z3),
    ];
    std::array::from_fn(|i| match i {
        0..4 => even[i].wrapping_add(odd[i]),
        _ => even[7 - i].wrapping_sub(odd[7 - i]),
    })
}

/// 4 by 4 samples of a block: the means of 2 by 2, nearly.
fn quarter(block: &[i32; 64], out: &mut Out<'_>) {
    let mut between = [0; 32];
    for x in [0, 1, 2, 3, 5, 6, 7] {
        let column = quarter_line(|k| block[8 * k + x]);
        for (y, value) in column.into_iter().enumerate() {
            between[8 * y + x] = rounded(value, POINT - KEPT + 1);
        }
    }
    for y in 0..4 {
        let row = quarter_line(|k| between[8 * y + k]);
        for (x, value) in row.into_iter().enumerate() {
            out.put(x, y, rounded(value, POINT + KEPT + 3 + 1));
        }
    }
}

#[inline]
fn quarter_line(at: impl Fn(usize) -> i32) -> [i32; 4] {
    let sum = |factors: [(usize, i32); 4]| {
        factors.iter().fold(0i32, |sum, &(k, factor)| {
            sum.wrapping_add(at(k).wrapping_mul(factor))
        })
    };
    let mean = at(0) << (POINT + 1);
    let even = sum([
        (2, fixed(1.847759065)),
        (6, -fixed(0.765366865)),
        (0, 0),
        (0, 0),
    ]);
    let inner = sum([
        (7, -fixed(0.211164243)),
        (5, fixed(1.451774981)),
        (3, -fixed(2.172734803)),
        (1, fixed(1.061594337)),
    ]);
    let outer = sum([
        (7, -fixed(0.509795579)),
        (5, -fixed(0.601344887)),
        (3, fixed(0.899976223)),
        (1, fixed(2.562915447)),
    ]);
    let (first, second) = (mean.wrapping_add(even), mean.wrapping_sub(even));
    [
        first.wrapping_add(outer),
        second.wrapping_add(inner),
        second.wrapping_sub(inner),
        first.wrapping_sub(outer),
    ]
}

/// 2 by 2 samples of a block.
fn sixteenth(block: &[i32; 64], out: &mut Out<'_>) {
    let mut between = [0; 16];
    for x in [0, 1, 3, 5, 7] {
        let column = sixteenth_line(|k| block[8 * k + x]);
        for (y, value) in column.into_iter().enumerate() {
            between[8 * y + x] = rounded(value, POINT - KEPT + 2);
        }
    }
    for y in 0..2 {
        let row = sixteenth_line(|k| between[8 * y + k]);
        for (x, value) in row.into_iter().enumerate() {
            out.put(x, y, rounded(value, POINT + KEPT + 3 + 2));
        }
    }
}

#[inline]
fn sixteenth_line(at: impl Fn(usize) -> i32) -> [i32; 2] {
    let mean = at(0) << (POINT + 2);
    let odd = at(7)
        .wrapping_mul(-fixed(0.720959822))
        .wrapping_add(at(5).wrapping_mul(fixed(0.850430095)))
        .wrapping_add(at(3).wrapping_mul(-fixed(1.272758580)))
        .wrapping_add(at(1).wrapping_mul(fixed(3.624509785)));
    [mean.wrapping_add(odd), mean.wrapping_sub(odd)]
}
