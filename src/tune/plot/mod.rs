//! A report's plots.
//!
//! Every axis is drawn from the domain that it shows ([`axis`]), so that all plots have a hyperparameter's own scale; the library
//! plotters writes the SVG ([`canvas`]).

mod axis;
mod canvas;
mod colour;
mod curves;
mod parallel;
mod scores;

pub(super) use curves::curves;
pub(super) use parallel::parallel_coordinates;
pub(super) use scores::scores;

use super::report::Report;
use axis::Axis;
use canvas::{Align, Canvas};

/// The height of letters.
const SMALL: f64 = 13.0;
const LARGE: f64 = 17.0;

/// The title line: how many trials, and what the best has reached.
fn title(canvas: &Canvas<'_>, report: &Report, axis: &Axis, what: &str) -> canvas::Drawn {
    let count = report.records.len();
    let best = match report
        .best()
        .and_then(|best| Some((best.trial.number(), best.score()?)))
    {
        Some((number, score)) => format!("best: {} (trial {number})", axis.show(score)),
        None => "none has a score".into(),
    };
    let text = format!("{what} of {count} trials, {best}");
    let middle = canvas.width / 2.0;
    canvas.text(&text, (middle, 26.0), LARGE, Align::Middle, colour::INK)
}
