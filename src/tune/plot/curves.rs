//! All trials' scores, epoch by epoch.

use plotters::style::RGBAColor;

use super::super::record::Record;
use super::super::report::Report;
use super::super::value::Value;
use super::axis::{Axis, Frame};
use super::canvas::{Align, Canvas, Drawn, Point, svg};
use super::{SMALL, colour, title};
use crate::types::Result;

const SIZE: (f64, f64) = (760.0, 500.0);
const FRAME: Frame = Frame {
    left: 104.0,
    top: 56.0,
    width: 630.0,
    height: 350.0,
    inset: 10.0,
};
/// All but the best trial: pale, as there are many.
const OTHERS: RGBAColor = RGBAColor(0, 114, 178, 0.35);

/// A curve for every trial.
pub(in crate::tune) fn curves(report: &Report) -> Result<String> {
    let all = report.records.iter().flat_map(|record| &record.curve);
    let scores = Axis::of_scores(report, all.copied().filter(|score| score.is_finite()));
    let epochs = Axis::of_epochs(report.search.epochs);
    svg(SIZE, |canvas| {
        title(canvas, report, &scores)?;
        FRAME.draw(canvas, &epochs, &scores)?;
        for (index, record) in report.records.iter().enumerate().rev() {
            let is_best = index == 0 && record.score().is_some();
            let (colour, width) = if is_best {
                (colour::BEST, 2.5)
            } else {
                (OTHERS, 1.25)
            };
            curve(canvas, record, (&epochs, &scores), colour, width)?;
        }
        legend(canvas)
    })
}

fn curve(
    canvas: &Canvas<'_>,
    record: &Record,
    (epochs, scores): (&Axis, &Axis),
    colour: RGBAColor,
    width: f64,
) -> Drawn {
    let point = |(epoch, score): (i64, &f64)| -> Option<Point> {
        let x = epochs.place(&Value::Integer(epoch))?;
        Some((FRAME.x(x), FRAME.y(scores.place(&Value::Number(*score))?)))
    };
    let points: Vec<Point> = (1..).zip(&record.curve).filter_map(point).collect();
    if points.len() > 1 {
        canvas.line(&points, colour, width)?;
    }
    // Where a trial ended before the others.
    match points.last() {
        Some(&end) => canvas.dot(end, 1.25 + width, colour),
        None => Ok(()),
    }
}

fn legend(canvas: &Canvas<'_>) -> Drawn {
    let y = canvas.height - 22.0;
    canvas.line(
        &[(FRAME.left, y), (FRAME.left + 24.0, y)],
        colour::BEST,
        2.5,
    )?;
    canvas.text(
        "best trial",
        (FRAME.left + 32.0, y),
        SMALL,
        Align::Left,
        colour::INK,
    )?;
    canvas.line(
        &[(FRAME.left + 130.0, y), (FRAME.left + 154.0, y)],
        OTHERS,
        1.25,
    )?;
    let text = "the others; a dot is where a trial ended";
    canvas.text(
        text,
        (FRAME.left + 162.0, y),
        SMALL,
        Align::Left,
        colour::INK,
    )
}
