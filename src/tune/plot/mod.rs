//! A report's plots.
//!
//! Every axis is drawn from the domain that it shows ([`axis`]), so that all plots have a
//! hyperparameter's own scale; the library plotters writes the SVG ([`canvas`]).

mod axis;
mod canvas;
mod colour;
mod curves;
mod parallel;
mod scores;

use std::path::Path;

use super::report::{Report, write};
use super::text;
use crate::types::Result;
use axis::Axis;
use canvas::{Align, Canvas, Drawn};

/// The height of letters.
const SMALL: f64 = 13.0;
const LARGE: f64 = 17.0;

impl Report {
    /// Draws the score of every trial against each hyperparameter, each on its own scale, as an
    /// SVG.
    ///
    /// # Errors
    /// What the system says if the file cannot be written.
    pub fn plot_scores(&self, path: impl AsRef<Path>) -> Result<()> {
        write(path.as_ref(), &scores::scores(self)?)
    }

    /// Draws the score of every trial epoch by epoch, the best trial's over the others, as an SVG.
    ///
    /// # Errors
    /// As [`plot_scores`](Report::plot_scores).
    pub fn plot_curves(&self, path: impl AsRef<Path>) -> Result<()> {
        write(path.as_ref(), &curves::curves(self)?)
    }

    /// Draws every trial as a line through its values, each on an axis with its own scale, and its
    /// score, as an SVG ("parallel coordinates"). A line's colour is its score; the best trial's is
    /// drawn thick.
    ///
    /// # Errors
    /// As [`plot_scores`](Report::plot_scores).
    pub fn plot_parallel_coordinates(&self, path: impl AsRef<Path>) -> Result<()> {
        write(path.as_ref(), &parallel::parallel_coordinates(self)?)
    }
}

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
