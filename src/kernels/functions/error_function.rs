//! The error function of `f32`.

use super::exponential::exp;
use super::real::polynomial;

/// Of erf(x) / x - 1 in powers of x², for |x| < 1, with the least largest error.
const NEAR: &[f32] = &[
    0.128_379_17,
    -0.376_126_26,
    0.112_836,
    -0.026_854_444,
    0.005_189_535,
    -0.000_802_084_05,
    7.889_115e-5,
];

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
    let near = polynomial(size * size, NEAR).mul_add(size, size);
    // In this form, NaN stays.
    let clamped = if size > FAR_END { FAR_END } else { size };
    let far = 1.0 - exp(-polynomial(clamped, FAR));
    (if size < 1.0 { near } else { far }).copysign(x)
}
