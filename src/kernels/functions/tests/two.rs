//! The functions of two numbers: those of `f32` against the standard library's of `f64`, those of
//! `f64` against values that mpmath computed with 60 digits, both against the standard library's at
//! their edges.

#![expect(
    clippy::approx_constant,
    reason = "a computed value that happens to be a constant"
)]

use super::error;
use crate::types::{Float, Inexact, Numeric};

/// How many pairs of arguments are tried.
const PAIRS: u64 = if cfg!(debug_assertions) {
    200_000
} else {
    5_000_000
};

/// Pairs of any bits, of numbers of one size, and of small whole numbers.
fn pairs() -> impl Iterator<Item = (f32, f32)> {
    (0..PAIRS).map(|i| {
        // Weyl's sequence, its bits well mixed.
        let mixed = (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d)
            .wrapping_mul(0xd134_2543_de82_ef95);
        let mixed = (mixed ^ mixed >> 31).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let (a, b) = ((mixed >> 32) as u32, mixed as u32);
        let near_one = |bits: u32| f32::from_bits(bits >> 6 | 0x3e00_0000);
        match i % 4 {
            0 => (f32::from_bits(a), f32::from_bits(b)),
            1 => (near_one(a), near_one(b)),
            2 => (near_one(a), f32::from_bits(b)),
            _ => ((a % 41) as f32 - 20.0, (b % 21) as f32 - 10.0),
        }
    })
}

#[test]
fn single_precision_is_accurate_for_pairs() {
    for (x, y) in pairs() {
        let (wide_x, wide_y) = (f64::from(x), f64::from(y));
        let (power, expected) = (x.pow(y), wide_x.powf(wide_y));
        let off = error(power, expected);
        assert!(
            off <= 1.0,
            "{x:e} to the power {y:e} is {power:e}, {off} units from {expected:e}"
        );
        let (angle, expected) = (Float::atan2(x, y), wide_x.atan2(wide_y));
        let off = error(angle, expected);
        assert!(
            off <= 2.0,
            "the angle of {y:e}, {x:e} is {angle:e}, {off} units from {expected:e}"
        );
    }
}

/// The remainder has no error at all: the vector's is either the standard library's or NaN.
#[test]
fn remainders_are_exact() {
    let mut told = 0;
    for (x, y) in pairs() {
        let (found, expected) = (x.near_rem(y), x % y);
        let is_same = found.to_bits() == expected.to_bits();
        assert!(
            is_same || found.is_nan(),
            "{x:e} % {y:e} is {expected:e} and not {found:e}"
        );
        told += u64::from(is_same);
        let (x, y) = (f64::from(x) * 1.000_000_001, f64::from(y));
        let (found, expected) = (x.near_rem(y), x % y);
        let is_same = found.to_bits() == expected.to_bits();
        assert!(
            is_same || found.is_nan(),
            "{x:e} % {y:e} is {expected:e} and not {found:e}"
        );
    }
    assert!(told > PAIRS / 2, "only {told} of {PAIRS} are told");
    assert_eq!((-7.5f64).floor_rem(2.0), Some(0.5));
    assert_eq!((-7.5f64).near_floor_rem(2.0), Some(0.5));
}

/// Bases, exponents and powers.
#[rustfmt::skip]
const POWERS: &[(f64, f64, f64)] = &[
        (2.0, 0.5, 1.4142135623730951),
        (1.1, 300.0, 2617010996188.4634),
        (0.9, -6000.0, 3.507061357013603e+274),
        (1e-310, 0.3, 1.000000000000007e-93),
        (1.7e+308, -0.999, 1.1961386606792637e-308),
        (3.0, -2.5, 0.06415002990995841),
        (-3.0, 5.0, -243.0),
        (-3.0, -6.0, 0.0013717421124828531),
        (1.0000000000000002, 3e+18, 1.98719262165461e+289),
        (0.9999999999999999, -6e+18, 1.987192621654831e+289),
        (0.7071067811865475, 1000.5, 2.5688850368948085e-151),
        (1.4142135623730951, -2001.5, 5.549218676485305e-302),
        (10.0, -320.0, 1e-320),
        (10.0, 308.2, 1.584893192461072e+308),
        (7.25, 1e-12, 1.000000000001981),
        (1e-300, 1e-300, 1.0),
];

/// Heights, widths and angles.
#[rustfmt::skip]
const ANGLES: &[(f64, f64, f64)] = &[
        (1.0, 2.0, 0.4636476090008061),
        (-1.0, 2.0, -0.4636476090008061),
        (1.0, -2.0, 2.677945044588987),
        (-3.0, -1e-05, -1.57079966012823),
        (1e-300, 1e+300, 0.0),
        (1e+300, -1e-300, 1.5707963267948966),
        (1.7e+308, 1.7e+308, 0.7853981633974483),
        (4e-320, -3e-320, 2.214297435588181),
        (0.4, 0.97, 0.3911254469690291),
        (2.5, 1.0, 1.1902899496825317),
];

#[test]
fn double_precision_is_accurate_for_pairs() {
    let tables = [
        (POWERS, Inexact::pow as fn(f64, f64) -> f64),
        (ANGLES, Float::atan2),
    ];
    for (table, function) in tables {
        for &(x, y, expected) in table {
            let found = function(x, y);
            let distance = found.to_bits().abs_diff(expected.to_bits());
            assert!(
                distance <= 1,
                "f({x:e}, {y:e}) is {found:e} and not {expected:e}"
            );
        }
    }
    for (x, y) in pairs() {
        let (x, y) = (f64::from(x) * 1.000_000_001, f64::from(y));
        for (found, expected) in [
            (x.pow(y), x.powf(y)),
            (Float::atan2(x, y), f64::atan2(x, y)),
        ] {
            let distance = found.to_bits().abs_diff(expected.to_bits());
            let is_close = distance <= 2 || found.is_nan() && expected.is_nan();
            assert!(
                is_close,
                "f({x:e}, {y:e}) is {found:e} and not {expected:e}"
            );
        }
    }
}

#[test]
fn pairs_are_right_at_the_edges() {
    let edges = [
        0.0,
        0.5,
        1.0,
        1.5,
        2.0,
        3.0,
        f32::INFINITY,
        f32::NAN,
        1e-45,
        f32::MIN_POSITIVE,
        f32::MAX,
        // About where whole numbers are all even, and where halves end.
        16_777_216.0,
        16_777_215.0,
        8_388_609.0,
        8_388_607.5,
        1.0 + f32::EPSILON,
        1.0 - f32::EPSILON / 2.0,
    ];
    let signed = || edges.into_iter().flat_map(|x| [x, -x]);
    for (x, y) in signed().flat_map(|x| signed().map(move |y| (x, y))) {
        let pairs = [
            (x.pow(y), x.powf(y)),
            (Float::atan2(x, y), f32::atan2(x, y)),
        ];
        for (found, expected) in pairs {
            let off = error(found, f64::from(expected));
            assert!(
                off <= 1.0,
                "f({x:e}, {y:e}) is {found:e} and not {expected:e}"
            );
        }
        let (x, y) = (f64::from(x), f64::from(y));
        let pairs = [
            (x.pow(y), x.powf(y)),
            (Float::atan2(x, y), f64::atan2(x, y)),
        ];
        for (found, expected) in pairs {
            let distance = found.to_bits().abs_diff(expected.to_bits());
            let is_close = distance <= 1 || found.is_nan() && expected.is_nan();
            assert!(
                is_close,
                "f({x:e}, {y:e}) is {found:e} and not {expected:e}"
            );
        }
    }
}
