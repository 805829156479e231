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
use super::text;
use axis::Axis;
use canvas::{Align, Canvas, Drawn};

/// The height of letters.
const SMALL: f64 = 13.0;
const LARGE: f64 = 17.0;

/// The title line: how many trials, and what the best has reached.
fn title(canvas: &Canvas<'_>, report: &Report, scores: &Axis) -> Drawn {
    let scored = report.best().and_then(|best| Some((best, best.score()?)));
    let best = match scored {
        Some((best, score)) => {
            let number = best.trial.number();
            format!("best: {} (trial {number})", scores.show(score))
        }
        None => "none has a score".into(),
    };
    let name = text::cut(&report.score, 24);
    let line = format!("{name} of {} trials, {best}", report.records.len());
    let middle = canvas.width / 2.0;
    canvas.text(&line, (middle, 26.0), LARGE, Align::Middle, colour::INK)
}
