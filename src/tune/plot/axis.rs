//! [`Axis`]: where values lie in a plot, and which of them are marked.

use std::sync::Arc;

use super::super::domain::{Continuous, Domain, Scale, Whole};
use super::super::record::Record;
use super::super::report::Report;
use super::super::text;
use super::super::value::Value;
use super::canvas::{Align, Canvas, Drawn, text_width};
use super::{SMALL, colour};

/// More letters than these are cut from a mark's text.
const LONGEST: usize = 14;

/// An axis from 0 to 1 with marks.
pub(super) struct Axis {
    pub(super) name: String,
    domain: Arc<dyn Domain>,
}

/// A mark: where it lies, from 0 to 1, and its text.
pub(super) type Mark = (f64, String);

impl Axis {
    pub(super) fn new(name: &str, domain: Arc<dyn Domain>) -> Self {
        Axis {
            name: name.into(),
            domain,
        }
    }

    /// An axis for scores, from the lowest to the highest; on a logarithmic scale if all are positive and the highest is more than a
    /// hundred times the lowest.
    pub(super) fn of_scores(report: &Report, scores: impl Iterator<Item = f64>) -> Self {
        // What is larger has no differences that a number can hold.
        let drawn = scores.filter(|score| score.abs() < 1e300);
        let ends = drawn.fold(None, |ends: Option<(f64, f64)>, score| {
            let (low, high) = ends.unwrap_or((score, score));
            Some((low.min(score), high.max(score)))
        });
        let (low, high) = ends.unwrap_or((0.0, 1.0));
        let scale = if low > 0.0 && high > 100.0 * low {
            Scale::Log
        } else {
            Scale::Linear
        };
        let (low, high) = if low < high {
            (low, high)
        } else {
            let margin = 0.5 * low.abs().max(1e-3);
            (low - margin, high + margin)
        };
        let domain: Arc<dyn Domain> = match Continuous::new(low..=high, scale) {
            Ok(range) => Arc::new(range),
            // Not reached: the ends are finite and in order.
            Err(_) => Arc::new(Whole::epochs(1)),
        };
        Axis::new(&report.score, domain)
    }

    /// An axis for the number of epochs done.
    pub(super) fn of_epochs(epochs: usize) -> Self {
        Axis::new("epochs", Arc::new(Whole::epochs(epochs)))
    }

    /// Where a value lies, from 0 to 1.
    pub(super) fn place(&self, value: &Value) -> Option<f64> {
        self.domain.place(value)
    }

    /// Where a trial's score lies.
    pub(super) fn place_of_score(&self, record: &Record) -> Option<f64> {
        self.place(&Value::Number(record.score()?))
    }

    /// A score as text.
    pub(super) fn show(&self, score: f64) -> String {
        text::short(score, 5)
    }

    /// The marks that a horizontal axis of this length has room for.
    pub(super) fn marks_across(&self, length: f64) -> Vec<Mark> {
        self.marks(|marks| {
            marks.windows(2).all(|pair| {
                let [(left, left_text), (right, right_text)] = pair else {
                    return true;
                };
                let texts = text_width(left_text, SMALL) + text_width(right_text, SMALL);
                (right - left) * length > texts / 2.0 + SMALL * 0.6
            })
        })
    }

    /// The marks that a vertical axis of this length has room for.
    pub(super) fn marks_upward(&self, length: f64) -> Vec<Mark> {
        self.marks(|marks| {
            let mut pairs = marks.windows(2);
            pairs.all(|pair| (pair[1].0 - pair[0].0) * length > 1.7 * SMALL)
        })
    }

    fn marks(&self, fit: impl Fn(&[Mark]) -> bool) -> Vec<Mark> {
        let mark = |value: &Value| {
            let shown = text::cut(&self.domain.show(value), LONGEST);
            Some((self.place(value)?, shown))
        };
        let sets = self.domain.ticks();
        let sets = sets
            .iter()
            .map(|set| set.iter().filter_map(mark).collect::<Vec<_>>());
        let mut fitting: Vec<_> = sets.filter(|marks| fit(marks)).collect();
        let enough = fitting.iter().position(|marks| marks.len() > 1);
        if fitting.is_empty() {
            return Vec::new();
        }
        fitting.swap_remove(enough.unwrap_or(0))
    }
}

/// The rectangle of a plot, in pixels.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Frame {
    pub(super) fn x(&self, place: f64) -> f64 {
        self.left + place * self.width
    }

    /// Values grow upward.
    pub(super) fn y(&self, place: f64) -> f64 {
        self.top + (1.0 - place) * self.height
    }

    pub(super) fn bottom(&self) -> f64 {
        self.top + self.height
    }

    /// The grid, the marks and the names of both axes.
    pub(super) fn draw(&self, canvas: &Canvas<'_>, across: &Axis, upward: &Axis) -> Drawn {
        let (right, bottom) = (self.left + self.width, self.bottom());
        for (place, text) in across.marks_across(self.width) {
            let x = self.x(place);
            canvas.line(&[(x, self.top), (x, bottom)], colour::GRID, 1.0)?;
            canvas.text(&text, (x, bottom + 14.0), SMALL, Align::Middle, colour::INK)?;
        }
        for (place, text) in upward.marks_upward(self.height) {
            let y = self.y(place);
            canvas.line(&[(self.left, y), (right, y)], colour::GRID, 1.0)?;
            canvas.text(
                &text,
                (self.left - 8.0, y),
                SMALL,
                Align::Right,
                colour::INK,
            )?;
        }
        let edge = [(self.left, self.top), (self.left, bottom), (right, bottom)];
        canvas.line(&edge, colour::INK, 1.0)?;
        let (middle, name) = (self.left + self.width / 2.0, text::cut(&across.name, 36));
        canvas.text(
            &name,
            (middle, bottom + 36.0),
            SMALL * 1.15,
            Align::Middle,
            colour::INK,
        )?;
        let beside = (self.left - 66.0, self.top + self.height / 2.0);
        let name = text::cut(&upward.name, 30);
        canvas.text(&name, beside, SMALL * 1.15, Align::Upward, colour::INK)
    }
}
