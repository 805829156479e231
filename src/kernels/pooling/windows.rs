//! [`Windows`]: which elements of a picture each window sees.

use std::ops::Range;

use super::super::window::{Pad, Window, WindowedAxis};
use super::PIECE;
use crate::types::{Error, Result, memory};

/// Windows on pictures of shape [images, depth, height, width, channels]. Pictures with fewer axes
/// have lengths of 1, and pictures whose channels come first are `images` · `channels` pictures of
/// one channel.
#[derive(Clone, Debug)]
pub(crate) struct Windows {
    pub(super) images: usize,
    pub(super) axes: [Axis; 3],
    pub(super) channels: usize,
    pub(super) side_by_side: Option<SideBySide>,
}

/// The windows along one axis.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    pub(super) length: usize,
    /// What each window sees: never nothing, and both ends never before those of the window before.
    pub(super) spans: Vec<Range<usize>>,
    /// The windows' steps, if they are all the same.
    pub(super) regular: Option<WindowedAxis>,
}

impl Axis {
    /// # Errors
    /// `ResourceExhausted`.
    fn regular(axis: WindowedAxis, is_empty: bool) -> Result<Self> {
        // The lengths of empty pictures are not those of anything that there is.
        let output = if is_empty { 0 } else { axis.output };
        let span = |window| {
            let inside = axis.inside(window);
            let start = (axis.first(window) + inside.start as isize).max(0) as usize;
            start..start + inside.len()
        };
        Ok(Axis {
            length: axis.input,
            spans: memory::collected((0..output).map(span))?,
            regular: Some(axis),
        })
    }

    /// The windows that begin where `sequence` says and end where the next begins, or one element
    /// later if they overlap.
    ///
    /// # Errors
    /// `InvalidArgument` if a window would see nothing, or more than there is.
    fn of_sequence(length: usize, sequence: &[i64], overlapping: bool) -> Result<Self> {
        let wrong = |pair: &[i64]| {
            Error::invalid_argument(format!(
                "a pooling sequence must ascend from 0 or more to {length} or less, but {} follows {}",
                pair[1], pair[0]
            ))
        };
        let span = |pair: &[i64]| {
            let start = usize::try_from(pair[0]).ok()?;
            let next = usize::try_from(pair[1]).ok()?;
            let end = match overlapping {
                true => next.checked_add(1)?.min(length),
                false => next,
            };
            (start < end && next <= length).then_some(start..end)
        };
        let mut spans = memory::collected([])?;
        for pair in sequence.windows(2) {
            memory::push(&mut spans, span(pair).ok_or_else(|| wrong(pair))?)?;
        }
        Ok(Axis {
            length,
            spans,
            regular: None,
        })
    }

    /// The only window on an axis of one element.
    fn trivial() -> Self {
        Axis {
            length: 1,
            // Few: one.
            spans: std::iter::once(0..1).collect(),
            regular: None,
        }
    }

    /// Whether no element is seen by two windows.
    pub(super) fn is_disjoint(&self) -> bool {
        let mut pairs = self.spans.iter().zip(self.spans.iter().skip(1));
        pairs.all(|(span, next)| span.end <= next.start)
    }

    /// Whether each element is seen by a window.
    pub(super) fn is_covered(&self) -> bool {
        let seen = |end: usize, span: &Range<usize>| (span.start <= end).then_some(span.end);
        self.spans.iter().try_fold(0, seen) == Some(self.length)
    }

    /// Which windows see something of `range`.
    pub(super) fn seeing(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.spans.partition_point(|span| span.end <= range.start);
        let end = self.spans.partition_point(|span| span.start < range.end);
        start..end.max(start)
    }
}

/// How many elements that do not lie side by side are worked on at once.
pub(super) const APART: usize = 16;

/// Windows of a row that are worked on side by side.
#[derive(Clone, Debug)]
pub(super) struct SideBySide {
    /// Which: they see equally much.
    pub(super) windows: Range<usize>,
    /// The step from one to the next.
    pub(super) stride: usize,
    /// Where the channels of the first few lie.
    pub(super) offsets: [usize; APART],
}

impl SideBySide {
    /// Those along `axis`, if there are so few channels that it is worth it.
    fn along(axis: &Axis, channels: usize) -> Option<Self> {
        let regular = axis.regular.filter(|_| (1..8).contains(&channels))?;
        let spans = &axis.spans;
        let is_part = |span: &Range<usize>| span.len() < regular.window.size;
        let start = spans.iter().take_while(|span| is_part(span)).count();
        let after = spans[start..].iter().rev().take_while(|span| is_part(span));
        let windows = start..spans.len() - after.count();
        if windows.len() < 2 {
            return None;
        }
        let stride = regular.window.stride;
        let used = APART / channels * channels;
        let offset = |lane: usize| lane / channels * stride * channels + lane % channels;
        Some(SideBySide {
            windows,
            stride,
            offsets: std::array::from_fn(|lane| offset(lane.min(used - 1))),
        })
    }
}

impl Windows {
    /// # Errors
    /// `ResourceExhausted`.
    pub(crate) fn regular(images: usize, axes: [WindowedAxis; 3], channels: usize) -> Result<Self> {
        let is_empty = images == 0 || channels == 0;
        let [depth, height, width] = axes.map(|axis| Axis::regular(axis, is_empty));
        let width = width?;
        Ok(Windows {
            images,
            side_by_side: SideBySide::along(&width, channels),
            axes: [depth?, height?, width],
            channels,
        })
    }

    /// Of flat pictures, with windows as `rows` and `columns` tell.
    ///
    /// # Errors
    /// `InvalidArgument` if a window would see nothing, or more than there is.
    pub(crate) fn of_sequences(
        [images, height, width, channels]: [usize; 4],
        [rows, columns]: [&[i64]; 2],
        overlapping: bool,
    ) -> Result<Self> {
        Ok(Windows {
            images,
            axes: [
                Axis::trivial(),
                Axis::of_sequence(height, rows, overlapping)?,
                Axis::of_sequence(width, columns, overlapping)?,
            ],
            channels,
            side_by_side: None,
        })
    }

    /// How many elements a picture has, of all channels.
    pub(super) fn volume(&self) -> usize {
        let lengths = self.axes.iter().map(|axis| axis.length);
        self.channels * lengths.product::<usize>()
    }

    /// How many elements the results for a picture have.
    pub(super) fn results(&self) -> usize {
        let counts = self.axes.iter().map(|axis| axis.spans.len());
        self.channels * counts.product::<usize>()
    }

    /// How many elements the pictures have.
    pub(crate) fn input_len(&self) -> usize {
        self.images * self.volume()
    }

    /// How many elements the results have.
    pub(crate) fn output_len(&self) -> usize {
        self.images * self.results()
    }

    /// The picture, depth and height of a row of results, which are counted over all pictures.
    pub(super) fn output_row(&self, row: usize) -> (usize, usize, usize) {
        let (depths, heights) = (self.axes[0].spans.len(), self.axes[1].spans.len());
        (
            row / heights / depths,
            row / heights % depths,
            row % heights,
        )
    }

    /// As [`output_row`](Windows::output_row), of the pictures.
    pub(super) fn input_row(&self, row: usize) -> (usize, usize, usize) {
        let (depths, heights) = (self.axes[0].length, self.axes[1].length);
        (
            row / heights / depths,
            row / heights % depths,
            row % heights,
        )
    }

    /// The first of the pixels of a row, along the width.
    #[inline(always)]
    pub(super) fn line(&self, depth: usize, height: usize) -> usize {
        (depth * self.axes[1].length + height) * self.axes[2].length
    }

    /// The first pixel that a window sees.
    #[inline(always)]
    pub(super) fn place(&self, seen: &[Range<usize>; 3]) -> usize {
        self.line(seen[0].start, seen[1].start) + seen[2].start
    }

    /// How many elements a row of results has, and some rows that are worth a part of their own.
    pub(super) fn row_and_piece(&self) -> (usize, usize) {
        let row = self.axes[2].spans.len() * self.channels;
        let read = self.input_len() / (self.output_len() / row);
        (row, row * (PIECE / read.max(row)).max(1))
    }

    /// Fails if places of a picture cannot be told by a `u32`.
    ///
    /// # Errors
    /// `ResourceExhausted`.
    pub(super) fn check_places(&self) -> Result<()> {
        let places = self.volume() / self.channels.max(1);
        match u32::try_from(places) {
            Ok(places) if places < u32::MAX => Ok(()),
            _ => Err(Error::resource_exhausted(format!(
                "a picture of {places} pixels is too large to be pooled"
            ))),
        }
    }
}

/// The only window on an axis of one element.
pub(crate) fn trivial() -> Result<WindowedAxis> {
    Window::new(1, 1, 1)?.along(1, Pad::Valid)
}
