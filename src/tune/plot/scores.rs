//! The score against each hyperparameter.

use std::sync::Arc;

use super::super::goal::Goal;
use super::super::record::Record;
use super::super::report::Report;
use super::super::space::Parameter;
use super::axis::{Axis, Frame};
use super::canvas::{Align, Canvas, Drawn, svg};
use super::{SMALL, colour, title};
use crate::types::Result;

/// How many plots stand side by side.
const COLUMNS: usize = 3;
/// The size of a plot with its marks and names.
const CELL: (f64, f64) = (400.0, 312.0);
const TITLE: f64 = 48.0;
const FOOT: f64 = 30.0;

/// A plot for every hyperparameter that some trial has.
pub(in crate::tune) fn scores(report: &Report) -> Result<String> {
    let has = |name: &str| {
        report
            .records
            .iter()
            .any(|record| record.trial.get(name).is_some())
    };
    let parameters = report.search.space.parameters().iter();
    let parameters: Vec<&Parameter> = parameters.filter(|known| has(&known.name)).collect();
    let columns = parameters.len().clamp(1, COLUMNS);
    let rows = parameters.len().div_ceil(columns).max(1);
    let scores = Axis::of_scores(report, report.records.iter().filter_map(Record::score));
    let size = (
        // A title needs some width.
        (CELL.0 * columns as f64).max(560.0),
        TITLE + CELL.1 * rows as f64 + FOOT,
    );
    svg(size, |canvas| {
        title(canvas, report, &scores)?;
        for (index, parameter) in parameters.into_iter().enumerate() {
            let (row, column) = (index / columns, index % columns);
            let frame = Frame {
                left: CELL.0 * column as f64 + 104.0,
                top: TITLE + CELL.1 * row as f64 + 10.0,
                width: CELL.0 - 122.0,
                height: CELL.1 - 84.0,
                inset: 14.0,
            };
            plot(canvas, report, parameter, &scores, frame)?;
        }
        legend(canvas, report)
    })
}

fn plot(
    canvas: &Canvas<'_>,
    report: &Report,
    parameter: &Parameter,
    scores: &Axis,
    frame: Frame,
) -> Drawn {
    let values = Axis::new(&parameter.name, Arc::clone(&parameter.domain));
    frame.draw(canvas, &values, scores)?;
    // The best last, so that it lies above the others.
    for (index, record) in report.records.iter().enumerate().rev() {
        let value = record.trial.get(&parameter.name);
        let Some(x) = value.and_then(|value| values.place(value)) else {
            continue;
        };
        match scores.place_of_score(record) {
            Some(y) if index == 0 => canvas.dot((frame.x(x), frame.y(y)), 5.5, colour::BEST)?,
            Some(y) => canvas.dot((frame.x(x), frame.y(y)), 4.0, colour::MANY)?,
            None => canvas.cross((frame.x(x), worst(report, frame)), 3.5, colour::NONE)?,
        }
    }
    Ok(())
}

/// The height beyond the worst score, where trials without one are marked.
fn worst(report: &Report, frame: Frame) -> f64 {
    match report.goal {
        Goal::Minimize => frame.top + 4.0,
        Goal::Maximize => frame.bottom() - 4.0,
    }
}

/// What the marks mean.
fn legend(canvas: &Canvas<'_>, report: &Report) -> Drawn {
    let y = canvas.height - 18.0;
    canvas.dot((112.0, y), 5.5, colour::BEST)?;
    canvas.text("best trial", (124.0, y), SMALL, Align::Left, colour::INK)?;
    if report.records.iter().any(|record| record.score().is_none()) {
        canvas.cross((222.0, y), 3.5, colour::NONE)?;
        let text = "diverged or failed";
        canvas.text(text, (234.0, y), SMALL, Align::Left, colour::INK)?;
    }
    Ok(())
}
