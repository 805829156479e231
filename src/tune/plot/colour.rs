//! Colours, which people who do not tell red from green can tell too.

use plotters::style::{RGBAColor, RGBColor};

pub(super) const INK: RGBAColor = RGBAColor(34, 34, 34, 1.0);
pub(super) const PAPER: RGBAColor = RGBAColor(255, 255, 255, 1.0);
pub(super) const GRID: RGBAColor = RGBAColor(228, 228, 228, 1.0);
/// What there is many of: Okabe and Ito's blue.
pub(super) const MANY: RGBAColor = RGBAColor(0, 114, 178, 0.65);
/// The best trial: their vermilion.
pub(super) const BEST: RGBAColor = RGBAColor(213, 94, 0, 1.0);
/// Trials without a score.
pub(super) const NONE: RGBAColor = RGBAColor(130, 130, 130, 1.0);

/// Viridis (S. van der Walt and N. Smith, 2015) at even steps, from dark to light, without its
/// lightest end, which white paper swallows.
const STEPS: [RGBColor; 8] = [
    RGBColor(68, 1, 84),
    RGBColor(70, 50, 126),
    RGBColor(54, 92, 141),
    RGBColor(39, 127, 142),
    RGBColor(31, 161, 135),
    RGBColor(74, 193, 109),
    RGBColor(126, 211, 80),
    RGBColor(176, 221, 47),
];

/// The colour of a part of the way from the best score (0) to the worst (1).
pub(super) fn graded(part: f64, opacity: f64) -> RGBAColor {
    let along = part.clamp(0.0, 1.0) * (STEPS.len() - 1) as f64;
    let step = (along as usize).min(STEPS.len() - 2);
    let (from, to) = (STEPS[step], STEPS[step + 1]);
    let mix = |from: u8, to: u8| {
        let share = along - step as f64;
        (f64::from(from) * (1.0 - share) + f64::from(to) * share).round() as u8
    };
    RGBAColor(
        mix(from.0, to.0),
        mix(from.1, to.1),
        mix(from.2, to.2),
        opacity,
    )
}
