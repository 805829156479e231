//! The functions of `f32` against the standard library's of `f64`, those of `f64` against values that mpmath computed with
//! 60 digits, both at their edges.

#![expect(
    clippy::approx_constant,
    reason = "a computed value that happens to be a constant"
)]

use std::f64::consts::LN_2;

use crate::types::Float;

/// Every so manieth `f32` is tried.
const STRIDE: usize = if cfg!(debug_assertions) {
    30_011
} else {
    1_021
};

/// A function of `f32`, what it should be, and how many units in the last place it may be off.
type Claim = (&'static str, fn(f32) -> f32, fn(f64) -> f64, f64);

const CLAIMS: &[Claim] = &[
    ("exp", Float::exp, f64::exp, 1.0),
    ("expm1", Float::exp_m1, f64::exp_m1, 2.0),
    ("log", Float::ln, f64::ln, 1.0),
    ("log1p", Float::ln_1p, f64::ln_1p, 1.0),
    ("tanh", Float::tanh, f64::tanh, 2.0),
    ("sigmoid", Float::sigmoid, logistic, 2.0),
    ("softplus", Float::softplus, log_of_one_plus_power, 2.0),
    ("erf", Float::erf, libm::erf, 2.0),
];

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn log_of_one_plus_power(x: f64) -> f64 {
    if x > 0.0 {
        x + (-x).exp().ln_1p()
    } else {
        x.exp().ln_1p()
    }
}

/// How far `found` is from `expected`, in units in the last place; infinite where one is NaN or has the wrong sign.
fn error(found: f32, expected: f64) -> f64 {
    let nearest = expected as f32;
    let is_same = found.to_bits() == nearest.to_bits() || found.is_nan() && nearest.is_nan();
    if is_same {
        return 0.0;
    }
    if found.is_sign_negative() != nearest.is_sign_negative() || !expected.is_finite() {
        return f64::INFINITY;
    }
    if found.is_infinite() || nearest.is_infinite() {
        // The largest number and infinity are neighbours.
        return f64::from(found.to_bits().abs_diff(nearest.to_bits()));
    }
    let exponent = (nearest.to_bits() >> 23 & 0xff).max(1) as i32;
    (f64::from(found) - expected).abs() / 2f64.powi(exponent - 127 - 23)
}

fn assert_accurate(xs: impl Iterator<Item = f32> + Clone) {
    for &(name, function, exact, most) in CLAIMS {
        for x in xs.clone() {
            let (found, expected) = (function(x), exact(f64::from(x)));
            let error = error(found, expected);
            assert!(
                error <= most,
                "{name}({x:e}) is {found:e}, {error} units from {expected:e}"
            );
        }
    }
}

#[test]
fn single_precision_is_accurate() {
    let all = 0..=u32::MAX;
    assert_accurate(all.step_by(STRIDE).map(f32::from_bits));
}

#[test]
#[ignore = "takes some minutes"]
fn single_precision_is_accurate_everywhere() {
    assert_accurate((0..=u32::MAX).map(f32::from_bits));
}

#[test]
fn single_precision_is_accurate_at_the_edges() {
    let near =
        |x: f32| (-3..=3i32).map(move |i| f32::from_bits(x.to_bits().wrapping_add_signed(i)));
    let edges = [
        0.0,
        f32::MIN_POSITIVE,
        1.0,
        0.55,
        std::f32::consts::FRAC_1_SQRT_2,
        std::f32::consts::SQRT_2,
        std::f32::consts::LN_2 / 2.0,
        4.0,
        // The largest and least arguments whose power of e is finite, normal, and not 0, all with either sign.
        88.722_84,
        87.336_55,
        103.972_08,
        f32::MAX,
        f32::INFINITY,
        f32::NAN,
    ];
    assert_accurate(edges.into_iter().flat_map(move |x| near(x).chain(near(-x))));
}

/// Arguments of the functions that are defined for all.
const XS: [f64; 24] = [
    -740.5, -600.25, -37.1, -19.7, -5.3, -2.2, -1.05, -0.7, -0.55, -0.36, -0.1, -1e-05, 1e-300,
    1e-09, 0.2, 0.34, 0.41, 0.62, 0.95, 1.3, 3.9, 17.5, 36.8, 709.5,
];

#[rustfmt::skip]
const EXP: [f64; 24] = [
    2.5e-322, 2.0641309109295095e-261, 7.721020781656124e-17, 2.782266371015873e-09, 0.004991593906910217,
    0.11080315836233387, 0.3499377491111553, 0.4965853037914095, 0.5769498103804866, 0.697676326071031,
    0.9048374180359595, 0.9999900000499998, 1.0, 1.000000001, 1.2214027581601699, 1.4049475905635938,
    1.5068177851128535, 1.858928041846342, 2.585709659315846, 3.6692966676192444, 49.40244910553017,
    39824784.39757623, 9594822260312742.0, 1.3549863193146328e+308,
];

#[rustfmt::skip]
const EXPM1: [f64; 24] = [
    -1.0, -1.0, -0.9999999999999999, -0.9999999972177336, -0.9950084060930898, -0.8891968416376661,
    -0.6500622508888446, -0.5034146962085905, -0.42305018961951335, -0.3023236739289689, -0.09516258196404043,
    -9.999950000166666e-06, 1e-300, 1.0000000005000001e-09, 0.22140275816016985, 0.4049475905635938,
    0.5068177851128536, 0.8589280418463421, 1.5857096593158462, 2.6692966676192444, 48.40244910553017,
    39824783.39757623, 9594822260312740.0, 1.3549863193146328e+308,
];

#[rustfmt::skip]
const TANH: [f64; 24] = [
    -1.0, -1.0, -1.0, -1.0, -0.9999501692221211, -0.9757431300314515, -0.7818063576087741, -0.6043677771171635,
    -0.5005202111902353, -0.3452140341355209, -0.09966799462495582, -9.999999999666668e-06, 1e-300, 1e-09,
    0.197375320224904, 0.32747739480870536, 0.388472680216061, 0.5511280285381469, 0.7397830512740042,
    0.8617231593133063, 0.999180865670028, 0.9999999999999988, 1.0, 1.0,
];

#[rustfmt::skip]
const SIGMOID: [f64; 24] = [
    2.5e-322, 2.0641309109295095e-261, 7.721020781656124e-17, 2.782266363274867e-09, 0.004966801650056961,
    0.09975048911968513, 0.259225100817846, 0.3318122278318339, 0.3658644089891993, 0.4109595659413349,
    0.47502081252106, 0.49999750000000004, 0.5, 0.50000000025, 0.549833997312478, 0.5841905229354074,
    0.6010878788483698, 0.6502185485738271, 0.7211151780228631, 0.7858349830425586, 0.9801596942659225,
    0.999999974890009, 0.9999999999999999, 1.0,
];

#[rustfmt::skip]
const SOFTPLUS: [f64; 24] = [
    2.5e-322, 2.0641309109295095e-261, 7.721020781656124e-17, 2.78226636714537e-09, 0.004979177204327231,
    0.1050833197686959, 0.3000584796176432, 0.4031860488854579, 0.4554924814633376, 0.5292604490302842,
    0.6443966600735709, 0.6931421805724453, 0.6931471805599453, 0.6931471810599453, 0.7981388693815918,
    0.8775281114548288, 0.9190141340906441, 1.050446744029496, 1.276956406850952, 1.5410084538329922,
    3.9200397672603975, 17.50000002510999, 36.8, 709.5,
];

/// Arguments of the logarithm.
#[rustfmt::skip]
const PS: [f64; 15] = [
    1e-310, 2.5e-200, 1e-09, 0.3, 0.7, 0.71, 0.9, 0.999999, 1.0000001, 1.2, 1.41, 1.42, 3.5, 100000.0, 1.7e+308,
];

#[rustfmt::skip]
const LOG: [f64; 15] = [
    -713.8013788281542, -459.60072786693496, -20.72326583694641, -1.2039728043259361, -0.35667494393873245,
    -0.342490308946776, -0.10536051565782628, -1.000000500029089e-06, 9.999999505838704e-08, 0.1823215567939546,
    0.34358970439007686, 0.35065687161316933, 1.252762968495368, 11.512925464970229, 709.7268368932282,
];

/// Arguments of the logarithm of one more.
#[rustfmt::skip]
const QS: [f64; 16] = [
    -0.999999, -0.7, -0.3, -0.29, -0.1, -1e-07, 1e-310, 1e-16, 3e-05, 0.2, 0.41, 0.42, 1.0, 7.3,
    1000000000000000.0, 1e+300,
];

#[rustfmt::skip]
const LOG1P: [f64; 16] = [
    -13.815510557935518, -1.203972804325936, -0.35667494393873234, -0.3424903089467759, -0.10536051565782631,
    -1.0000000500000033e-07, 1e-310, 1e-16, 2.99995500089998e-05, 0.18232155679395465, 0.3435897043900769,
    0.35065687161316933, 0.6931471805599453, 2.1162555148025524, 34.538776394910684, 690.7755278982137,
];

fn assert_equal(xs: &[f64], function: fn(f64) -> f64, expected: &[f64]) {
    for (&x, &expected) in xs.iter().zip(expected) {
        let found = function(x);
        let distance = found.to_bits().abs_diff(expected.to_bits());
        assert!(distance <= 1, "f({x:e}) is {found:e} and not {expected:e}");
    }
}

#[test]
fn double_precision_is_accurate() {
    assert_equal(&XS, Float::exp, &EXP);
    assert_equal(&XS, Float::exp_m1, &EXPM1);
    assert_equal(&XS, Float::tanh, &TANH);
    assert_equal(&XS, Float::sigmoid, &SIGMOID);
    assert_equal(&XS, Float::softplus, &SOFTPLUS);
    assert_equal(&PS, Float::ln, &LOG);
    assert_equal(&QS, Float::ln_1p, &LOG1P);
}

/// Between those values too, with what the standard library's functions may be off added.
#[test]
fn double_precision_has_no_gaps() {
    type Pair = (fn(f64) -> f64, fn(f64) -> f64);
    let pairs: &[Pair] = &[
        (Float::exp, f64::exp),
        (Float::exp_m1, f64::exp_m1),
        (Float::ln, f64::ln),
        (Float::ln_1p, f64::ln_1p),
        (Float::tanh, f64::tanh),
    ];
    for (function, standard) in pairs {
        for i in -20_000..20_000 {
            let x = f64::from(i) * 0.037_123;
            for x in [x, x / 64.0, x / 1e6] {
                let (found, expected) = (function(x), standard(x));
                let distance = found.to_bits().abs_diff(expected.to_bits());
                let is_close = distance <= 3 || found.is_nan() && expected.is_nan();
                assert!(is_close, "f({x:e}) is {found:e} and not {expected:e}");
            }
        }
    }
}

#[test]
fn double_precision_is_right_at_the_edges() {
    const INF: f64 = f64::INFINITY;
    let same = |found: f64, expected: f64| {
        assert!(
            found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan(),
            "{found:e} is not {expected:e}"
        );
    };
    for function in [
        Float::exp,
        Float::exp_m1,
        Float::tanh,
        Float::sigmoid,
        Float::softplus,
    ] as [fn(f64) -> f64; 5]
    {
        same(function(f64::NAN), f64::NAN);
    }
    for function in [Float::exp_m1, Float::ln_1p, Float::tanh, Float::erf] as [fn(f64) -> f64; 4] {
        for tiny in [0.0, -0.0] {
            same(function(tiny), tiny);
        }
    }
    for tiny in [5e-324, -5e-324, 1e-310] {
        same(Float::exp_m1(tiny), tiny);
        same(Float::ln_1p(tiny), tiny);
        same(Float::tanh(tiny), tiny);
    }
    for (x, [exp, expm1, tanh, sigmoid, softplus]) in [
        (INF, [INF, INF, 1.0, 1.0, INF]),
        (-INF, [0.0, -1.0, -1.0, 0.0, 0.0]),
        (709.783, [INF, INF, 1.0, 1.0, 709.783]),
        (-745.14, [0.0, -1.0, -1.0, 0.0, 0.0]),
        (0.0, [1.0, 0.0, 0.0, 0.5, LN_2]),
        (-0.0, [1.0, -0.0, -0.0, 0.5, LN_2]),
    ] {
        same(Float::exp(x), exp);
        same(Float::exp_m1(x), expm1);
        same(Float::tanh(x), tanh);
        same(Float::sigmoid(x), sigmoid);
        same(Float::softplus(x), softplus);
    }
    for (x, log) in [
        (0.0, -INF),
        (-0.0, -INF),
        (1.0, 0.0),
        (INF, INF),
        (-1.0, f64::NAN),
        (-INF, f64::NAN),
        (f64::NAN, f64::NAN),
    ] {
        same(Float::ln(x), log);
    }
    for (x, log) in [(-1.0, -INF), (-1.5, f64::NAN), (INF, INF), (-INF, f64::NAN)] {
        same(Float::ln_1p(x), log);
    }
}
