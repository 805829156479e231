//! Windows that move over the axes of a picture: where they stand, and how many there are.
//!
//! Convolutions and pooling share this. Lengths come from files: everything is checked.

use crate::types::{Error, Result};

/// How an axis is padded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pad {
    /// So that there is a window for each stride begun, the padding in equal parts on both sides;
    /// one more after.
    Same,
    /// Not at all: windows lie within the picture.
    Valid,
    /// By so many elements before and after.
    Explicit(usize, usize),
}

/// A window that moves along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// How many elements it sees.
    pub(crate) size: usize,
    /// How far the next window is.
    pub(crate) stride: usize,
    /// How far apart the elements are that it sees.
    pub(crate) dilation: usize,
}

/// All windows along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WindowedAxis {
    /// The axis' length.
    pub(crate) input: usize,
    pub(crate) window: Window,
    /// How many windows there are.
    pub(crate) output: usize,
    /// How many elements before the first one are padding.
    pub(crate) before: usize,
    /// How many elements after the last one are padding.
    pub(crate) after: usize,
}

impl Window {
    /// From TensorFlow's numbers.
    ///
    /// # Errors
    /// `InvalidArgument`, in TensorFlow's words, unless stride and dilation are positive.
    pub(crate) fn new(size: usize, stride: i64, dilation: i64) -> Result<Self> {
        let positive = |number: i64| usize::try_from(number).ok().filter(|&number| number > 0);
        let stride = positive(stride).ok_or_else(|| {
            Error::invalid_argument(format!("Stride must be > 0, but got {stride}"))
        })?;
        let dilation = positive(dilation).ok_or_else(|| {
            Error::invalid_argument(format!("Dilation rate must be >= 1, but got {dilation}"))
        })?;
        Ok(Window {
            size,
            stride,
            dilation,
        })
    }

    /// How many elements lie under it, those between the ones that it sees included.
    ///
    /// # Errors
    /// `InvalidArgument` if that is no length.
    pub(crate) fn extent(&self) -> Result<usize> {
        match self.size.checked_sub(1) {
            None => Ok(0),
            Some(steps) => steps
                .checked_mul(self.dilation)
                .and_then(|reach| reach.checked_add(1))
                .filter(|&extent| is_length(extent))
                .ok_or_else(|| {
                    let Window { size, dilation, .. } = self;
                    let message = format!(
                        "a window of {size} elements that are {dilation} apart is too long"
                    );
                    Error::invalid_argument(message)
                }),
        }
    }

    /// The windows along an axis of `input` elements.
    ///
    /// # Errors
    /// `InvalidArgument`, in TensorFlow's words, if the window is longer than a picture that is not
    /// padded, and if a length is no length.
    pub(crate) fn along(self, input: usize, pad: Pad) -> Result<WindowedAxis> {
        let extent = self.extent()?;
        let (output, before, after) = match pad {
            Pad::Same => {
                let output = input.div_ceil(self.stride);
                let padded = (output.saturating_sub(1))
                    .checked_mul(self.stride)
                    .and_then(|last| last.checked_add(extent))
                    .ok_or_else(|| too_long(input))?;
                let padding = match output {
                    0 => 0,
                    _ => padded.saturating_sub(input),
                };
                (output, padding / 2, padding - padding / 2)
            }
            Pad::Valid => (self.count(input, extent)?, 0, 0),
            Pad::Explicit(before, after) => {
                let padded = input
                    .checked_add(before)
                    .and_then(|len| len.checked_add(after))
                    .filter(|&len| is_length(len))
                    .ok_or_else(|| too_long(input))?;
                (self.count(padded, extent)?, before, after)
            }
        };
        Ok(WindowedAxis {
            input,
            window: self,
            output,
            before,
            after,
        })
    }

    /// How many windows there are in `padded` elements.
    fn count(&self, padded: usize, extent: usize) -> Result<usize> {
        // A window that is a little too long is, in TensorFlow, none.
        match (padded.saturating_add(self.stride)).checked_sub(extent) {
            Some(room) => Ok(room / self.stride),
            None => {
                let stride = self.stride;
                let count = format!(
                    "-{}",
                    (extent - padded.saturating_add(stride)).div_ceil(stride)
                );
                let message = format!(
                    "Computed output size would be negative: {count} [input_size: {padded}, \
                     effective_filter_size: {extent}, stride: {stride}]"
                );
                Err(Error::invalid_argument(message))
            }
        }
    }
}

impl WindowedAxis {
    /// Which element of the axis a window sees first: negative in the padding.
    pub(crate) fn first(&self, window: usize) -> isize {
        (window * self.window.stride) as isize - self.before as isize
    }

    /// Which elements of the window `window` lie on the axis rather than in the padding, by their
    /// numbers in the window.
    pub(crate) fn inside(&self, window: usize) -> std::ops::Range<usize> {
        let dilation = self.window.dilation;
        let first = self.first(window);
        let start = first.min(0).unsigned_abs().div_ceil(dilation);
        let end = match self.input as isize - first {
            room @ 1.. => room.unsigned_abs().div_ceil(dilation),
            _ => 0,
        };
        let end = end.min(self.window.size);
        start.min(end)..end
    }
}

/// Whether a number of elements is one that an array can have.
fn is_length(len: usize) -> bool {
    isize::try_from(len).is_ok()
}

fn too_long(input: usize) -> Error {
    let message = format!("an axis of {input} elements is too long with its padding");
    Error::invalid_argument(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(size: usize, stride: i64, dilation: i64) -> Window {
        Window::new(size, stride, dilation).unwrap()
    }

    fn counts(axis: WindowedAxis) -> (usize, usize, usize) {
        (axis.output, axis.before, axis.after)
    }

    #[test]
    fn there_are_as_many_windows_as_in_tensorflow() {
        let along = |w: Window, input, pad| counts(w.along(input, pad).unwrap());
        assert_eq!(along(window(3, 1, 1), 5, Pad::Same), (5, 1, 1));
        assert_eq!(along(window(3, 2, 1), 6, Pad::Same), (3, 0, 1));
        assert_eq!(along(window(2, 3, 1), 7, Pad::Same), (3, 0, 1));
        assert_eq!(along(window(1, 3, 1), 7, Pad::Same), (3, 0, 0));
        assert_eq!(along(window(3, 1, 2), 5, Pad::Same), (5, 2, 2));
        assert_eq!(along(window(3, 1, 1), 0, Pad::Same), (0, 0, 0));
        assert_eq!(along(window(3, 1, 1), 5, Pad::Valid), (3, 0, 0));
        assert_eq!(along(window(3, 2, 2), 8, Pad::Valid), (2, 0, 0));
        assert_eq!(along(window(3, 2, 1), 2, Pad::Valid), (0, 0, 0));
        assert_eq!(along(window(3, 2, 1), 4, Pad::Explicit(2, 1)), (3, 2, 1));
    }

    #[test]
    fn lengths_that_are_none_are_refused() {
        let huge = usize::MAX / 2;
        for (w, input, pad) in [
            (window(5, 1, 1), 3, Pad::Valid),
            (window(huge, 1, 1), 3, Pad::Valid),
            (window(huge, 1, 5), 3, Pad::Same),
            (window(3, 1, i64::MAX), 3, Pad::Same),
            (window(3, 1, 1), 3, Pad::Explicit(huge, huge)),
            (window(3, 1, 1), huge, Pad::Explicit(huge, 0)),
        ] {
            assert!(w.along(input, pad).is_err(), "{w:?} {input} {pad:?}");
        }
        let error = window(7, 2, 1).along(2, Pad::Valid).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("would be negative: -2 [input_size: 2,")
        );
        for (stride, dilation) in [(0, 1), (-1, 1), (1, 0), (1, -3)] {
            assert!(Window::new(3, stride, dilation).is_err());
        }
    }

    #[test]
    fn what_lies_in_the_padding_is_not_inside() {
        for size in 1..5 {
            for stride in 1..4 {
                for dilation in 1..4 {
                    for input in 0..7 {
                        for pad in [Pad::Same, Pad::Valid, Pad::Explicit(9, 2)] {
                            let Ok(axis) = window(size, stride, dilation).along(input, pad) else {
                                continue;
                            };
                            for w in 0..axis.output {
                                let on_axis = (0..size).filter(|&i| {
                                    let at = axis.first(w) + (i as isize * dilation as isize);
                                    (0..input as isize).contains(&at)
                                });
                                assert!(on_axis.eq(axis.inside(w)), "{axis:?} {w}");
                            }
                        }
                    }
                }
            }
        }
    }
}
