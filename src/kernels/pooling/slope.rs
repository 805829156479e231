//! What each element of the pictures gets of the gradients of the windows that see it.

use std::ops::Range;

use super::super::cpu::vectorised_floats;
use super::super::pool::Pool;
use super::PIECE;
use super::lanes::{Group, Lanes, Work};
use super::parts::{Operands, Pooled};
use super::windows::{Axis, Windows};
use crate::types::{Numeric, Result, memory};

/// How the gradient of a window is given to what it sees.
pub(super) trait Slope<T: Numeric>: Copy + Send + Sync + 'static {
    /// Whether all elements of a window get the same.
    const IS_EVEN: bool = false;

    /// What is to be known of a window first.
    type Found<const L: usize>: Copy;

    fn find<const L: usize>(
        self,
        row: &Row<'_, T>,
        group: &Group,
        lanes: impl Lanes<L>,
    ) -> Self::Found<L>;

    /// What elements that have got `sum` of the windows before have with this one. Of their pixel
    /// are told how many pixels it lies after the window's first, and the place in the picture of
    /// the first element.
    fn add<const L: usize>(
        self,
        row: &Row<'_, T>,
        found: &Self::Found<L>,
        sum: [T; L],
        pixel: (u32, usize),
        lanes: impl Lanes<L>,
    ) -> [T; L];
}

/// What a slope gives to each element.
#[derive(Clone, Copy)]
pub(crate) struct Given<S>(pub(super) S);

impl<T: Numeric, S: Slope<T>> Pooled<T> for Given<S> {
    fn ends(self, windows: &Windows) -> Result<Vec<usize>> {
        windows.stripe_ends()
    }

    fn is_local(self, windows: &Windows) -> bool {
        windows.stripes_are_apart()
    }

    fn part(self, windows: &Windows, operands: Operands<'_, T>, start: usize, dx: &mut [T]) {
        windows.stripe(operands, start, dx, self.0);
    }
}

/// A row of windows.
pub(super) struct Row<'a, T> {
    pub(super) windows: &'a Windows,
    /// The picture from one of its elements on, and which one that is.
    pub(super) x: &'a [T],
    pub(super) x_start: usize,
    /// The results of the row, and their gradient.
    pub(super) y: &'a [T],
    pub(super) dy: &'a [T],
}

/// What a row of windows gives to a stripe of a picture.
struct Giving<'a, T, S, const ADD: bool> {
    row: Row<'a, T>,
    slope: S,
    /// Which lines of the pictures, by depth and height, are in the stripe.
    lines: [Range<usize>; 2],
    /// Where the stripe begins in the picture.
    start: usize,
    dx: &'a mut [T],
}

impl<T: Numeric, S: Slope<T>, const ADD: bool> Work for Giving<'_, T, S, ADD> {
    #[inline(always)]
    fn group<const L: usize>(&mut self, group: &Group, lanes: impl Lanes<L>) {
        let windows = self.row.windows;
        let found = self.slope.find(&self.row, group, lanes);
        let first = windows.place(&group.seen);
        for depth in self.lines[0].clone() {
            for height in self.lines[1].clone() {
                let line = windows.line(depth, height);
                // Backwards, so that each element is given to by one window after the other.
                for column in group.seen[2].clone().rev() {
                    let place = line + column;
                    let at = place * windows.channels + group.channel;
                    let to = at - self.start;
                    let sum = match ADD {
                        true => lanes.load(self.dx, to),
                        false => [T::ZERO; L],
                    };
                    let place = ((place - first) as u32, at);
                    let mut with = self.slope.add(&self.row, &found, sum, place, lanes);
                    if ADD && group.done > 0 {
                        for l in 0..L {
                            with[l] = if l < group.done { sum[l] } else { with[l] };
                        }
                    }
                    lanes.store(self.dx, to, with);
                }
            }
        }
    }
}

/// What two ranges have in common.
fn common(a: &Range<usize>, b: &Range<usize>) -> Range<usize> {
    a.start.max(b.start)..a.end.min(b.end)
}

impl Windows {
    /// Writes to `dx` what each element of `x` gets of `dy`, the gradient of the results `y`. Those
    /// of which the slope makes no use are empty.
    ///
    /// # Errors
    /// `ResourceExhausted`.
    pub(super) fn slopes<T: Numeric>(
        &self,
        pool: &Pool,
        operands: [&[T]; 3],
        dx: &mut [T],
        slope: impl Slope<T>,
    ) -> Result<()> {
        assert_eq!(dx.len(), self.input_len(), "the pictures");
        assert_eq!(operands[2].len(), self.output_len(), "the results");
        self.compute(pool, Given(slope), Operands::new(operands), dx)
    }

    /// The axis along which pictures are cut into stripes.
    fn cut(&self) -> usize {
        usize::from(self.axes[0].length == 1)
    }

    fn is_disjoint(&self) -> bool {
        self.axes.iter().all(Axis::is_disjoint)
    }

    /// How many rows of the pictures a stripe has, along the axis along which they are cut.
    fn stripe_rows(&self) -> usize {
        let axis = &self.axes[self.cut()];
        let plane = self.volume() / axis.length;
        let longest = axis.spans.iter().map(Range::len).max().unwrap_or(1);
        let least = if self.is_disjoint() {
            longest
        } else {
            2 * longest
        };
        let rows = (PIECE / plane).max(least).min(axis.length);
        match axis.regular {
            Some(regular) => rows.next_multiple_of(regular.window.stride.min(axis.length)),
            None => rows,
        }
    }

    /// Whether no window lies in two stripes.
    fn stripes_are_apart(&self) -> bool {
        let rows = self.stripe_rows();
        let spans = self.axes[self.cut()].spans.iter();
        let mut spans = spans.filter(|span| !span.is_empty());
        spans.all(|span| span.start / rows == (span.end - 1) / rows)
    }

    /// Where the stripes of the pictures end. A window that lies in two of them is looked at twice.
    fn stripe_ends(&self) -> Result<Vec<usize>> {
        self.check_places()?;
        let (volume, length) = (self.volume(), self.axes[self.cut()].length);
        let (plane, rows) = (volume / length, self.stripe_rows());
        let stripes = length.div_ceil(rows);
        memory::collected((0..self.images * stripes).map(|i| {
            let end = (i % stripes + 1) * rows;
            i / stripes * volume + end.min(length) * plane
        }))
    }

    /// Writes a stripe of the pictures, which begins at `start`.
    fn stripe<T: Numeric>(
        &self,
        operands: Operands<'_, T>,
        start: usize,
        dx: &mut [T],
        slope: impl Slope<T>,
    ) {
        let (volume, results, cut) = (self.volume(), self.results(), self.cut());
        let plane = volume / self.axes[cut].length;
        let (image, first) = (start / volume, start % volume / plane);
        let mut part = [0..self.axes[0].length, 0..self.axes[1].length];
        part[cut] = first..first + dx.len() / plane;
        let Operands { x, x_start, y, dy } = operands;
        let before = (image * volume).saturating_sub(x_start);
        let [y, dy] = [y, dy].map(|y| y.get(image * results..).unwrap_or_default());
        let of_image = Operands {
            x: x.get(before..).unwrap_or_default(),
            x_start: x_start.saturating_sub(image * volume),
            y,
            dy,
        };
        let is_disjoint = self.is_disjoint();
        let is_written = is_disjoint && self.axes.iter().all(Axis::is_covered);
        let given = (of_image, &part, slope);
        vectorised_floats!([T] {
            if !is_written {
                dx.fill(T::ZERO);
            }
            match is_disjoint {
                true => self.stripe_slopes::<T, _, false>(given, dx),
                false => self.stripe_slopes::<T, _, true>(given, dx),
            }
        });
    }

    /// The part of a picture's gradient that lies in a stripe.
    #[inline(always)]
    fn stripe_slopes<T: Numeric, S: Slope<T>, const ADD: bool>(
        &self,
        (operands, part, slope): (Operands<'_, T>, &[Range<usize>; 2], S),
        dx: &mut [T],
    ) {
        let Operands { x, x_start, y, dy } = operands;
        let [depths, heights, widths] = &self.axes;
        let len = widths.spans.len() * self.channels;
        let first = self.line(part[0].start, part[1].start);
        for depth in depths.seeing(&part[0]) {
            for height in heights.seeing(&part[1]) {
                let start = (depth * heights.spans.len() + height) * len;
                let [y, dy] = [y, dy].map(|y| y.get(start..start + len).unwrap_or_default());
                let lines = [
                    common(&depths.spans[depth], &part[0]),
                    common(&heights.spans[height], &part[1]),
                ];
                let is_copied = !ADD && S::IS_EVEN;
                let [front, top] = lines.each_ref().map(|lines| lines.start);
                let mut giving = Giving::<_, _, ADD> {
                    row: Row {
                        windows: self,
                        x,
                        x_start,
                        y,
                        dy,
                    },
                    slope,
                    lines: match is_copied {
                        true => [front..front + 1, top..top + 1],
                        false => lines.clone(),
                    },
                    start: first * self.channels,
                    dx,
                };
                self.each_group(depth, height, &mut giving);
                if is_copied {
                    self.copy_line(lines, first, dx);
                }
            }
        }
    }

    /// Copies the first of some lines of a stripe, which begins at pixel `first`, to the others.
    #[inline(always)]
    fn copy_line<T: Numeric>(&self, lines: [Range<usize>; 2], first: usize, dx: &mut [T]) {
        let start =
            |depth: usize, height: usize| (self.line(depth, height) - first) * self.channels;
        let [depths, heights] = lines;
        let from = start(depths.start, heights.start);
        let line = from..from + self.axes[2].length * self.channels;
        for depth in depths {
            for height in heights.clone() {
                let to = start(depth, height);
                if to != from {
                    dx.copy_within(line.clone(), to);
                }
            }
        }
    }
}
