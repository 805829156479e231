//! Parallel coordinates: every trial as a line through its values.

use std::sync::Arc;

use plotters::style::Color;

use super::super::goal::Goal;
use super::super::record::Record;
use super::super::report::Report;
use super::super::text;
use super::axis::{Axis, Frame};
use super::canvas::{Align, Canvas, Drawn, Point, svg, text_width};
use super::{SMALL, colour, title};
use crate::types::Result;

/// The distance of two axes.
const STEP: f64 = 150.0;
const MARGIN: f64 = 90.0;
const HEIGHT: f64 = 520.0;
const TOP: f64 = 92.0;
/// The height of the axes.
const LENGTH: f64 = 350.0;
/// How far below the axes the place is of what does not exist in a trial.
const ABSENT: f64 = 34.0;
/// How wide the score's axis is, which shows the colours.
const BAR: f64 = 10.0;

/// An axis for every hyperparameter, and one for the score.
pub(in crate::tune) fn parallel_coordinates(report: &Report) -> Result<String> {
    let parameters = report.search.space.parameters().iter();
    let axes: Vec<Axis> = parameters
        .map(|parameter| Axis::new(&parameter.name, Arc::clone(&parameter.domain)))
        .collect();
    let scores = Axis::of_scores(report, report.records.iter().filter_map(Record::score));
    let width = MARGIN * 2.0 + STEP * axes.len() as f64;
    svg((width.max(560.0), HEIGHT), |canvas| {
        title(canvas, report, &scores)?;
        draw_absent(canvas, report, axes.len())?;
        // The best last, so that it lies above the others.
        for (index, record) in report.records.iter().enumerate().rev() {
            line(canvas, report, (&axes, &scores), record, index == 0)?;
        }
        for (index, axis) in axes.iter().enumerate() {
            draw_axis(canvas, axis, index, 0.0)?;
        }
        draw_colours(canvas, report, axes.len())?;
        draw_axis(canvas, &scores, axes.len(), BAR)?;
        legend(canvas, report)
    })
}

fn frame(index: usize) -> Frame {
    Frame {
        left: MARGIN + STEP * index as f64,
        top: TOP,
        width: 0.0,
        height: LENGTH,
        inset: 0.0,
    }
}

/// A trial's line; that of a trial without a score ends before the score's axis.
fn line(
    canvas: &Canvas<'_>,
    report: &Report,
    (axes, scores): (&[Axis], &Axis),
    record: &Record,
    is_best: bool,
) -> Drawn {
    let at = |(index, axis): (usize, &Axis)| -> Point {
        let frame = frame(index);
        let value = record.trial.get(&axis.name);
        let y = match value.and_then(|value| axis.place(value)) {
            Some(place) => frame.y(place),
            None => frame.bottom() + ABSENT,
        };
        (frame.left, y)
    };
    let mut points: Vec<Point> = axes.iter().enumerate().map(at).collect();
    let Some(place) = scores.place_of_score(record) else {
        return canvas.line(&points, colour::NONE.mix(0.6), 1.0);
    };
    let end = frame(axes.len());
    points.push((end.left, end.y(place)));
    if is_best {
        // A seam sets it off from the lines below it.
        canvas.line(&points, colour::PAPER, 6.0)?;
        return canvas.line(&points, colour::graded(0.0, 1.0), 3.5);
    }
    canvas.line(
        &points,
        colour::graded(from_best(report, place), 0.75),
        1.25,
    )
}

/// A place on the score's axis as a part of the way from the best to the worst.
fn from_best(report: &Report, place: f64) -> f64 {
    match report.goal {
        Goal::Minimize => place,
        Goal::Maximize => 1.0 - place,
    }
}

/// The colours of the scores, along their axis.
fn draw_colours(canvas: &Canvas<'_>, report: &Report, index: usize) -> Drawn {
    const PARTS: usize = 70;
    let frame = frame(index);
    for part in 0..PARTS {
        let [low, high] = [part, part + 1].map(|part| part as f64 / PARTS as f64);
        let corners = [
            (frame.left, frame.y(high)),
            (frame.left + BAR, frame.y(low)),
        ];
        canvas.block(
            corners[0],
            corners[1],
            colour::graded(from_best(report, low), 1.0),
        )?;
    }
    Ok(())
}

/// An axis with its marks to the right of `beside`, on paper, so that lines do not make them hard
/// to read.
fn draw_axis(canvas: &Canvas<'_>, axis: &Axis, index: usize, beside: f64) -> Drawn {
    let frame = frame(index);
    let (x, bottom) = (frame.left, frame.bottom());
    canvas.line(&[(x, frame.top), (x, bottom)], colour::INK, 1.25)?;
    for (place, mark) in axis.marks_upward(frame.height) {
        let y = frame.y(place);
        // On the other side than the text, of which it would look like a minus.
        canvas.line(&[(x - 5.0, y), (x, y)], colour::INK, 1.0)?;
        label(canvas, &mark, (x + beside + 5.0, y))?;
    }
    let name = text::cut(&axis.name, 18);
    canvas.text(
        &name,
        (x, frame.top - 22.0),
        SMALL * 1.15,
        Align::Middle,
        colour::INK,
    )
}

/// A text at the left of which its point lies, on nearly opaque paper.
fn label(canvas: &Canvas<'_>, text: &str, (x, y): Point) -> Drawn {
    let width = text_width(text, SMALL);
    let half = SMALL * 0.6;
    let paper = colour::PAPER.mix(0.8);
    canvas.block((x - 1.0, y - half), (x + width, y + half), paper)?;
    canvas.text(text, (x, y), SMALL, Align::Left, colour::INK)
}

/// Where lines pass below the axes of what their trials do not have.
fn draw_absent(canvas: &Canvas<'_>, report: &Report, axes: usize) -> Drawn {
    let parameters = report.search.space.parameters().len();
    let mut records = report.records.iter();
    if records.all(|record| record.trial.values().count() == parameters) {
        return Ok(());
    }
    let y = TOP + LENGTH + ABSENT;
    let right = MARGIN + STEP * axes as f64;
    canvas.line(&[(MARGIN, y), (right, y)], colour::GRID, 1.0)?;
    let at = (MARGIN - 8.0, y);
    canvas.text("absent", at, SMALL, Align::Right, colour::INK)
}

fn legend(canvas: &Canvas<'_>, report: &Report) -> Drawn {
    let mut text = String::from("thick: the best trial");
    if report.records.iter().any(|record| record.score().is_none()) {
        text += "; grey, not up to the score: diverged or failed";
    }
    let at = (canvas.width / 2.0, HEIGHT - 18.0);
    canvas.text(&text, at, SMALL, Align::Middle, colour::INK)
}
