//! The lengths of a convolution, and the picture of each phase of its gradient.

use crate::kernels::window::WindowedAxis;

/// How many axes windows move over: depth, height and width. Pictures of fewer have lengths of 1.
pub(crate) const AXES: usize = 3;

/// The lengths of a convolution: pictures are [batch, depth, height, width, channels], filters
/// [depth, height, width, channels, output channels].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) batch: usize,
    pub(crate) axes: [WindowedAxis; AXES],
    pub(crate) channels: usize,
    pub(crate) outputs: usize,
}

/// Some windows of an axis: tap `i` of window `o` sees element `first + o · stride + i · dilation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taps {
    /// The axis' length.
    pub(super) input: usize,
    pub(super) windows: usize,
    pub(super) taps: usize,
    pub(super) stride: usize,
    pub(super) dilation: usize,
    pub(super) first: isize,
}

/// Those elements of an axis that the same taps of a filter have seen, when gradients go back: the
/// elements `start`, `start + step`, and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Phase {
    pub(super) start: usize,
    pub(super) step: usize,
    /// What they have been seen by: windows over the results.
    pub(super) taps: Taps,
    /// The tap of the filter that is the first of these windows, and how many before it is the next
    /// one's.
    pub(super) last_tap: usize,
    pub(super) tap_step: usize,
}

impl Shape {
    /// The lengths of pictures, results and filters.
    pub(crate) fn picture(&self) -> [usize; 5] {
        let [d, h, w] = self.axes.map(|axis| axis.input);
        [self.batch, d, h, w, self.channels]
    }

    pub(crate) fn result(&self) -> [usize; 5] {
        let [d, h, w] = self.axes.map(|axis| axis.output);
        [self.batch, d, h, w, self.outputs]
    }

    pub(crate) fn filter(&self) -> [usize; 5] {
        let [d, h, w] = self.axes.map(|axis| axis.window.size);
        [d, h, w, self.channels, self.outputs]
    }

    /// How many results there are of each output channel.
    pub(crate) fn positions(&self) -> usize {
        self.batch * self.axes.iter().map(|axis| axis.output).product::<usize>()
    }

    /// How many elements of a picture a window sees.
    pub(crate) fn patch(&self) -> usize {
        let taps = self.axes.iter().map(|axis| axis.window.size);
        taps.product::<usize>() * self.channels
    }

    /// Whether each window sees one pixel, and all of them do in order: the convolution is a
    /// product of matrices.
    pub(crate) fn is_product(&self) -> bool {
        self.axes.iter().all(|axis| {
            let window = axis.window;
            window.size == 1 && window.stride == 1 && axis.before == 0 && axis.after == 0
        })
    }
}

impl Shape {
    /// Whether there is one window, which sees all of a picture and no more: the convolution is a
    /// product of matrices.
    pub(crate) fn sees_all(&self) -> bool {
        self.axes.iter().all(|axis| {
            let (window, is_padded) = (axis.window, axis.before > 0 || axis.after > 0);
            let is_near = window.dilation == 1 || window.size == 1;
            window.size == axis.input && axis.output == 1 && is_near && !is_padded
        })
    }
}

impl Taps {
    pub(super) fn of(axis: &WindowedAxis) -> Self {
        Taps {
            input: axis.input,
            windows: axis.output,
            taps: axis.window.size,
            stride: axis.window.stride,
            dilation: axis.window.dilation,
            first: axis.first(0),
        }
    }

    /// With the first window only.
    pub(super) fn alone(self) -> Self {
        Taps { windows: 1, ..self }
    }

    /// With so many times as many windows, those of other pictures.
    pub(super) fn times(self, pictures: usize) -> Self {
        Taps {
            windows: pictures * self.windows,
            ..self
        }
    }

    /// Where tap `tap` of window `window` is, if it is on the axis.
    pub(super) fn at(&self, window: usize, tap: usize) -> Option<usize> {
        let at = self.first + (window * self.stride + tap * self.dilation) as isize;
        usize::try_from(at).ok().filter(|&at| at < self.input)
    }

    /// The windows all of whose taps are on the axis.
    pub(super) fn interior(&self) -> std::ops::Range<usize> {
        let reach = (self.taps.saturating_sub(1) * self.dilation) as isize;
        let start = (-self.first).max(0).unsigned_abs().div_ceil(self.stride);
        let room = self.input as isize - reach - self.first;
        let end = room.max(0).unsigned_abs().div_ceil(self.stride);
        let end = end.min(self.windows);
        start.min(end)..end
    }
}

impl Phase {
    /// The phases of an axis, one for each step of a stride, of those that have elements.
    pub(super) fn of(axis: &WindowedAxis) -> impl Iterator<Item = Phase> + Clone + use<> {
        let axis = *axis;
        (0..axis.window.stride.min(axis.input)).map(move |start| Phase::new(&axis, start))
    }

    fn new(axis: &WindowedAxis, start: usize) -> Self {
        let (stride, dilation) = (axis.window.stride, axis.window.dilation);
        // Element y is seen by tap t of window o if y + before = o · stride + t · dilation.
        let divisor = gcd(stride, dilation);
        let (tap_step, window_step) = (stride / divisor, dilation / divisor);
        let at = start + axis.before;
        let sees = |tap: &usize| (tap * dilation) % stride == at % stride;
        // The taps that see such elements are a period apart.
        let first_tap = (0..tap_step.min(axis.window.size)).find(sees);
        let taps = first_tap.map_or(0, |first| (axis.window.size - first).div_ceil(tap_step));
        let last_tap = first_tap.map_or(0, |first| first + (taps - 1) * tap_step);
        Phase {
            start,
            step: stride,
            taps: Taps {
                input: axis.output,
                windows: (axis.input - start).div_ceil(stride),
                taps,
                stride: 1,
                dilation: window_step,
                first: (at as isize - (last_tap * dilation) as isize).div_euclid(stride as isize),
            },
            last_tap,
            tap_step,
        }
    }
}

/// The product of lengths, or what no memory has.
pub(super) fn product(lengths: &[usize]) -> usize {
    let lengths = lengths.iter();
    lengths.fold(1, |product: usize, len| product.saturating_mul(*len))
}

fn gcd(a: usize, b: usize) -> usize {
    match b {
        0 => a,
        _ => gcd(b, a % b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::window::{Pad, Window};

    #[test]
    fn phases_find_what_saw_an_element() {
        for size in 1..5 {
            for stride in 1..5 {
                for dilation in 1..5 {
                    for input in 1..9 {
                        for pad in [Pad::Same, Pad::Valid, Pad::Explicit(4, 1)] {
                            let window = Window::new(size, stride, dilation).unwrap();
                            let Ok(axis) = window.along(input, pad) else {
                                continue;
                            };
                            check(&axis);
                        }
                    }
                }
            }
        }
    }

    /// Whoever sees an element going forward has been seen by it going back.
    fn check(axis: &WindowedAxis) {
        let forward = Taps::of(axis);
        let mut seen = vec![Vec::new(); axis.input];
        for window in 0..axis.output {
            for tap in 0..axis.window.size {
                if let Some(at) = forward.at(window, tap) {
                    seen[at].push((window, tap));
                }
            }
        }
        let interior = (0..axis.output)
            .filter(|&w| (0..axis.window.size).all(|tap| forward.at(w, tap).is_some()));
        assert!(forward.interior().eq(interior), "{axis:?}");
        let mut back = vec![Vec::new(); axis.input];
        for phase in Phase::of(axis) {
            for element in 0..phase.taps.windows {
                for i in 0..phase.taps.taps {
                    if let Some(window) = phase.taps.at(element, i) {
                        let tap = phase.last_tap - i * phase.tap_step;
                        back[phase.start + element * phase.step].push((window, tap));
                    }
                }
            }
        }
        assert_eq!(back, seen, "{axis:?}");
    }
}
