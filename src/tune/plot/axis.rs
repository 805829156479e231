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
const LONGEST: usize = 18;

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

    /// An axis for scores, from the lowest to the highest; on a logarithmic scale if all are
    /// positive and the highest is more than a hundred times the lowest.
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

    /// The marks that a horizontal axis of this length has room for, and in how many rows.
    pub(super) fn marks_across(&self, length: f64) -> (Vec<Mark>, usize) {
        let gap = 0.8 * SMALL;
        let marks = self.marks(LONGEST, |left, right| {
            let texts = text_width(&left.1, SMALL) + text_width(&right.1, SMALL);
            (right.0 - left.0) * length > texts / 2.0 + gap
        });
        match marks {
            Ok(marks) => (marks, 1),
            // Names that are too long to stand side by side stand in two rows, and are cut.
            Err(count) => {
                let each = 2.0 * length / count as f64 - gap;
                let letters = (each / text_width("m", SMALL)).max(2.0) as usize;
                let apart = |left: &Mark, right: &Mark| (right.0 - left.0) * length > 2.0 * SMALL;
                let marks = self.marks_of(self.widest(), letters.min(LONGEST));
                (thinned(marks, apart), 2)
            }
        }
    }

    /// The marks that a vertical axis of this length has room for.
    pub(super) fn marks_upward(&self, length: f64) -> Vec<Mark> {
        let apart = |left: &Mark, right: &Mark| (right.0 - left.0) * length > 1.7 * SMALL;
        let marks = self.marks(LONGEST, apart);
        marks.unwrap_or_else(|_| thinned(self.marks_of(self.widest(), LONGEST), apart))
    }

    /// The closest set of two marks or more whose neighbours do not touch; how many marks there are
    /// at least if none is so.
    fn marks(
        &self,
        letters: usize,
        apart: impl Fn(&Mark, &Mark) -> bool,
    ) -> Result<Vec<Mark>, usize> {
        let sets = self.domain.ticks().into_iter();
        let sets = sets.map(|set| self.marks_of(set, letters));
        let fits = |marks: &Vec<Mark>| marks.windows(2).all(|pair| apart(&pair[0], &pair[1]));
        let mut fitting: Vec<_> = sets.filter(fits).collect();
        let enough = fitting.iter().position(|marks| marks.len() > 1);
        if fitting.is_empty() {
            return Err(self.widest().len());
        }
        Ok(fitting.swap_remove(enough.unwrap_or(0)))
    }

    /// The set with the fewest values.
    fn widest(&self) -> Vec<Value> {
        self.domain.ticks().pop().unwrap_or_default()
    }

    fn marks_of(&self, values: Vec<Value>, letters: usize) -> Vec<Mark> {
        let mark = |value: &Value| {
            let shown = text::cut(&self.domain.show(value), letters);
            Some((self.place(value)?, shown))
        };
        values.iter().filter_map(mark).collect()
    }
}

/// The first mark and every further one that is apart from the one before.
fn thinned(marks: Vec<Mark>, apart: impl Fn(&Mark, &Mark) -> bool) -> Vec<Mark> {
    let mut kept: Vec<Mark> = Vec::new();
    for mark in marks {
        if kept.last().is_none_or(|last| apart(last, &mark)) {
            kept.push(mark);
        }
    }
    kept
}

/// The rectangle of a plot, in pixels.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    /// How far from the edges the first and the last values lie, so that dots do not cover the
    /// edges.
    pub(super) inset: f64,
}

impl Frame {
    pub(super) fn x(&self, place: f64) -> f64 {
        self.left + self.inset + place * self.inner_width()
    }

    fn inner_width(&self) -> f64 {
        self.width - 2.0 * self.inset
    }

    fn inner_height(&self) -> f64 {
        self.height - 2.0 * self.inset
    }

    /// Values grow upward.
    pub(super) fn y(&self, place: f64) -> f64 {
        self.top + self.inset + (1.0 - place) * self.inner_height()
    }

    pub(super) fn bottom(&self) -> f64 {
        self.top + self.height
    }

    /// The grid, the marks and the names of both axes.
    pub(super) fn draw(&self, canvas: &Canvas<'_>, across: &Axis, upward: &Axis) -> Drawn {
        let (right, bottom) = (self.left + self.width, self.bottom());
        let (marks, rows) = across.marks_across(self.inner_width());
        for (index, (place, text)) in marks.into_iter().enumerate() {
            let x = self.x(place);
            let below = bottom + 14.0 + 15.0 * (index % rows) as f64;
            canvas.line(&[(x, self.top), (x, bottom)], colour::GRID, 1.0)?;
            canvas.text(&text, (x, below), SMALL, Align::Middle, colour::INK)?;
        }
        for (place, text) in upward.marks_upward(self.inner_height()) {
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
            (middle, bottom + 20.0 + 16.0 * rows as f64),
            SMALL * 1.15,
            Align::Middle,
            colour::INK,
        )?;
        let beside = (self.left - 84.0, self.top + self.height / 2.0);
        let name = text::cut(&upward.name, 30);
        canvas.text(&name, beside, SMALL * 1.15, Align::Upward, colour::INK)
    }
}
