//! The error function and its complement.

use super::exponential::{Exponential, exp, exp_of_sum};
use super::real::{Sum, polynomial};

/// The numbers of the error functions of one type.
pub(crate) trait ErrorFunction: Exponential {
    /// Of erf(x) / x - 1 in powers of x², for |x| < 1, with the least largest error.
    const NEAR: &'static [Self];
    /// Of (1 + 2x)·e^(x²)·erfc(x) - 1.25 in powers of (x - 3) / (x + 3), for x ≥ ½ as far as the
    /// function is not 0, with the least largest error.
    const SCALED: &'static [Self];
}

impl ErrorFunction for f32 {
    const NEAR: &'static [f32] = &[
        0.128_379_17,
        -0.376_126_26,
        0.112_836,
        -0.026_854_444,
        0.005_189_535,
        -0.000_802_084_05,
        7.889_115e-5,
    ];
    const SCALED: &'static [f32] = &[
        0.003_008_058_5,
        -0.135_621_04,
        -0.047_562_32,
        0.129_642_64,
        -0.119_273_56,
        0.068_337_99,
        -0.023_764_431,
        0.002_390_358,
        0.001_837_523_7,
        -0.000_526_563_3,
    ];
}

impl ErrorFunction for f64 {
    const NEAR: &'static [f64] = &[
        0.128_379_167_095_512_56,
        -0.376_126_389_031_833_43,
        0.112_837_916_709_369_55,
        -0.026_866_170_641_960_81,
        0.005_223_977_596_758_985,
        -0.000_854_832_548_655_678_5,
        0.000_120_552_805_554_212,
        -1.492_446_696_354_494_3e-5,
        1.644_416_857_495_835_2e-6,
        -1.618_413_511_250_655_8e-7,
        1.361_731_447_978_250_6e-8,
        -7.608_878_085_703_794e-10,
    ];
    const SCALED: &'static [f64] = &[
        0.003_008_058_269_729_65,
        -0.135_621_106_124_581_3,
        -0.047_562_294_353_449_98,
        0.129_645_158_702_779_62,
        -0.119_273_663_415_362_66,
        0.068_308_027_343_217_18,
        -0.023_770_514_917_083_89,
        0.002_529_391_830_095_086,
        0.001_888_690_334_651_149_8,
        -0.000_779_832_414_428_929_4,
        -0.000_105_159_566_384_483_86,
        0.000_125_100_219_641_931_25,
        4.948_078_912_671_407e-6,
        -2.010_386_568_772_710_4e-5,
        -7.260_500_490_229_339e-7,
        3.480_240_205_493_479e-6,
        3.431_800_299_126_645e-7,
        -6.277_107_593_706_276e-7,
        -1.202_090_325_793_403_9e-7,
        1.098_827_361_193_155_2e-7,
        2.235_540_419_296_6e-8,
        -1.470_867_711_495_845_2e-8,
    ];
}

/// Of -ln(1 - erf(x)), for 1 ≤ x ≤ [`FAR_END`], with the least largest error in erf(x).
const FAR: &[f32] = &[
    0.000_341_576_2,
    1.127_089,
    0.638_145_2,
    0.103_106_424,
    -0.021_837_903,
    0.002_947_617_3,
    -0.000_186_374_95,
];

/// From here on, erf(x) is 1.
const FAR_END: f32 = 4.0;

/// 2/√π · ∫₀ˣ e^(-t²) dt.
#[inline(always)]
pub(super) fn erf(x: f32) -> f32 {
    let size = x.abs();
    // In this form, NaN stays.
    let clamped = if size > FAR_END { FAR_END } else { size };
    let far = 1.0 - exp(-polynomial(clamped, FAR));
    (if size < 1.0 { near(size) } else { far }).copysign(x)
}

/// The same for types of which more digits are asked.
#[inline(always)]
pub(super) fn precise_erf<T: ErrorFunction>(x: T) -> T {
    let size = x.magnitude();
    let far = T::ONE - far_complement(size);
    (if size < T::ONE { near(size) } else { far }).copysign(x)
}

/// 1 - erf x, exact for large x.
#[inline(always)]
pub(super) fn erfc<T: ErrorFunction>(x: T) -> T {
    let size = x.magnitude();
    let near = T::ONE - near(size).copysign(x);
    let far = far_complement(size);
    let far = if x < T::ZERO { T::TWO - far } else { far };
    if size < T::HALF { near } else { far }
}

/// erf x for 0 ≤ x < 1.
#[inline(always)]
fn near<T: ErrorFunction>(x: T) -> T {
    polynomial(x * x, T::NEAR).mul_add(x, x)
}

/// 1 - erf x for x ≥ ½.
#[inline(always)]
fn far_complement<T: ErrorFunction>(x: T) -> T {
    // From here on, it is 0.
    let end = T::from_f64(28.0);
    // In this form, NaN stays.
    let x = if x > end { end } else { x };
    let three = T::TWO + T::ONE;
    let base = T::ONE + T::HALF * T::HALF;
    let t = (x - three) / (x + three);
    let scaled = Sum::of(base, polynomial(t, T::SCALED));
    let divisor = Sum::of_any(T::ONE, x + x);
    let quotient = scaled.high / divisor.high;
    // What numerator and denominator have lost, in parts of the whole, joins the exponent; the
    // numerator is within a tenth of 1.2.
    let share = T::ONE / (base - T::HALF * T::HALF * T::HALF * T::HALF);
    let lost = (scaled.low - quotient * divisor.low) * share;
    let square = Sum::product(x, x);
    let bell = exp_of_sum(square.negated().plus(lost));
    quotient * bell
}
