//! Samples as coefficients.

/// Bits after the point, and those that are kept between the two passes.
const POINT: i32 = 13;
const KEPT: i32 = 2;

const fn fixed(number: f64) -> i32 {
    (number * (1 << POINT) as f64 + 0.5) as i32
}

fn rounded(number: i32, bits: i32) -> i32 {
    (number + (1 << (bits - 1))) >> bits
}

/// Eight times the cosine transform of 8 by 8 samples (Loeffler, Ligtenberg and Moschytz).
pub(super) fn transform(block: &mut [i32; 64]) {
    for row in block.chunks_exact_mut(8) {
        let ([sum, difference], others) = line(|k| row[k]);
        row[0] = sum << KEPT;
        row[4] = difference << KEPT;
        for (k, value) in others {
            row[k] = rounded(value, POINT - KEPT);
        }
    }
    for x in 0..8 {
        let ([sum, difference], others) = line(|k| block[8 * k + x]);
        block[x] = rounded(sum, KEPT);
        block[32 + x] = rounded(difference, KEPT);
        for (k, value) in others {
            block[8 * k + x] = rounded(value, POINT + KEPT);
        }
    }
}

/// The numbers at 0 and 4, and the others with their places, with 13 bits after the point.
fn line(at: impl Fn(usize) -> i32) -> ([i32; 2], [(usize, i32); 6]) {
    let [sum0, sum1, sum2, sum3] = [0, 1, 2, 3].map(|k| at(k) + at(7 - k));
    let [d7, d6, d5, d4] = [0, 1, 2, 3].map(|k| at(k) - at(7 - k));
    let (outer, inner) = (sum0 + sum3, sum1 + sum2);
    let (tmp13, tmp12) = (sum0 - sum3, sum1 - sum2);
    let turned = (tmp12 + tmp13) * fixed(0.541196100);
    let z5 = (d4 + d6 + d5 + d7) * fixed(1.175875602);
    let z1 = -(d4 + d7) * fixed(0.899976223);
    let z2 = -(d5 + d6) * fixed(2.562915447);
    let z3 = z5 - (d4 + d6) * fixed(1.961570560);
    let z4 = z5 - (d5 + d7) * fixed(0.390180644);
    let others = [
        (2, turned + tmp13 * fixed(0.765366865)),
        (6, turned - tmp12 * fixed(1.847759065)),
        (7, d4 * fixed(0.298631336) + z1 + z3),
        (5, d5 * fixed(2.053119869) + z2 + z4),
        (3, d6 * fixed(3.072711026) + z2 + z3),
        (1, d7 * fixed(1.501321110) + z1 + z4),
    ];
    ([outer + inner, outer - inner], others)
}
