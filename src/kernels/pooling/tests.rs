//! Against loops that take one element after the other.

use std::ops::Range;

use super::super::pool::Pool;
use super::super::window::{Pad, Window, WindowedAxis};
use super::{Windows, trivial};

/// One case: `images` of these lengths, pooled so.
struct Case {
    images: usize,
    axes: [WindowedAxis; 3],
    channels: usize,
}

/// A window, and where its results lie, of one channel.
struct Seen {
    result: usize,
    elements: Vec<usize>,
}

impl Case {
    fn windows(&self) -> Windows {
        Windows::regular(self.images, self.axes, self.channels).unwrap()
    }

    /// Every window with the places of what it sees.
    fn seen(&self) -> Vec<Seen> {
        let lengths = self.axes.map(|axis| axis.input);
        let counts = self.axes.map(|axis| axis.output);
        let inside = |axis: &WindowedAxis, window| -> Range<usize> {
            let first = axis.first(window);
            let end = first + axis.window.size as isize;
            first.max(0) as usize..(end.max(0) as usize).min(axis.input)
        };
        let mut all = Vec::new();
        for image in 0..self.images {
            for z in 0..counts[0] {
                for y in 0..counts[1] {
                    for x in 0..counts[2] {
                        for channel in 0..self.channels {
                            let window = ((image * counts[0] + z) * counts[1] + y) * counts[2] + x;
                            let mut elements = Vec::new();
                            for z in inside(&self.axes[0], z) {
                                for y in inside(&self.axes[1], y) {
                                    for x in inside(&self.axes[2], x) {
                                        let pixel = ((image * lengths[0] + z) * lengths[1] + y)
                                            * lengths[2]
                                            + x;
                                        elements.push(pixel * self.channels + channel);
                                    }
                                }
                            }
                            all.push(Seen {
                                result: window * self.channels + channel,
                                elements,
                            });
                        }
                    }
                }
            }
        }
        all
    }
}

fn cases() -> Vec<Case> {
    let axis = |length, size, stride, pad| {
        let window = Window::new(size, stride, 1).unwrap();
        window.along(length, pad).unwrap()
    };
    let flat = trivial().unwrap();
    let mut cases = Vec::new();
    // By how many lie side by side: windows of few channels, and stretches of 256, 32, 8 and 1.
    for channels in [1, 3, 5, 8, 12, 70, 300] {
        for (height, width) in [
            (axis(5, 2, 2, Pad::Same), axis(6, 2, 2, Pad::Valid)),
            (axis(7, 3, 2, Pad::Valid), axis(7, 3, 1, Pad::Same)),
            (axis(4, 3, 1, Pad::Same), axis(8, 5, 3, Pad::Same)),
            (axis(3, 1, 2, Pad::Same), axis(3, 9, 1, Pad::Same)),
            (axis(2, 3, 2, Pad::Valid), axis(3, 1, 1, Pad::Same)),
            (axis(0, 2, 2, Pad::Same), axis(3, 1, 1, Pad::Same)),
            (
                axis(2, 1 << 40, 1, Pad::Same),
                axis(9, 1 << 40, 2, Pad::Same),
            ),
            (axis(200, 3, 2, Pad::Same), axis(16, 2, 1, Pad::Same)),
            // Windows that leave nothing out and do not meet, leave something out, or meet.
            (axis(4, 2, 2, Pad::Valid), axis(80, 2, 2, Pad::Valid)),
            (axis(4, 2, 2, Pad::Valid), axis(201, 2, 2, Pad::Valid)),
            (axis(3, 3, 2, Pad::Same), axis(135, 3, 2, Pad::Same)),
            (axis(9, 2, 3, Pad::Valid), axis(29, 2, 3, Pad::Same)),
            (axis(7, 4, 4, Pad::Same), axis(11, 4, 4, Pad::Same)),
            (axis(6, 5, 2, Pad::Same), axis(75, 3, 2, Pad::Same)),
            (axis(5, 4, 1, Pad::Valid), axis(43, 4, 1, Pad::Valid)),
        ] {
            // Long rows of many channels take long.
            if channels > 12 && width.input > 50 {
                continue;
            }
            cases.push(Case {
                images: 2,
                axes: [flat, height, width],
                channels,
            });
        }
        cases.push(Case {
            images: 2,
            axes: [
                axis(5, 2, 1, Pad::Same),
                axis(4, 3, 2, Pad::Same),
                axis(6, 3, 1, Pad::Valid),
            ],
            channels,
        });
    }
    cases
}

/// Numbers among which are ties, NaN and infinities.
fn numbers(count: usize, seed: usize) -> Vec<f32> {
    let number = |i: usize| match (i * 7919 + seed * 31) % 97 {
        0 => f32::NAN,
        1 => f32::NEG_INFINITY,
        2 => f32::INFINITY,
        3..12 => -0.0,
        i => (i % 23) as f32 - 11.0,
    };
    (0..count).map(number).collect()
}

fn finite(count: usize, seed: usize) -> Vec<f32> {
    let number = |i: usize| ((i * 7919 + seed) % 1001) as f32 / 499.0 - 1.0;
    (0..count).map(number).collect()
}

/// The first of the largest elements, or of all if the first is NaN.
fn largest(x: &[f32], seen: &Seen) -> usize {
    let better = |best: usize, &i: &usize| if x[best] < x[i] { i } else { best };
    seen.elements[1..].iter().fold(seen.elements[0], better)
}

fn bits(x: &[f32]) -> Vec<u32> {
    x.iter().map(|x| x.to_bits()).collect()
}

#[test]
#[cfg_attr(miri, ignore = "long")]
fn each_window_is_pooled() {
    for case in cases() {
        let (windows, seen) = (case.windows(), case.seen());
        let x = numbers(windows.input_len(), 1);
        let (dy, t) = (finite(windows.output_len(), 2), finite(x.len(), 5));
        let count = windows.output_len();
        let mut expected = [0; 3].map(|_| vec![0.0f32; count]);
        let mut places = vec![0; count];
        let mut slopes = [0; 3].map(|_| vec![0.0f32; x.len()]);
        for seen in &seen {
            let values = seen.elements.iter().map(|&i| x[i]);
            let max = |best: f32, x: f32| if best < x { x } else { best };
            expected[0][seen.result] = values.clone().fold(f32::MIN, max);
            expected[1][seen.result] = values.sum::<f32>() / seen.elements.len() as f32;
            places[seen.result] = largest(&x, seen) as i64;
            let y = expected[0][seen.result];
            let first = seen.elements.iter().find(|&&i| x[i] == y);
            expected[2][seen.result] = first.map_or(0.0, |&i| t[i]);
        }
        // The results lie in the order of the windows, so this is that of the sums.
        for seen in &seen {
            slopes[0][largest(&x, seen)] += dy[seen.result];
            let share = dy[seen.result] * (1.0 / seen.elements.len() as f64) as f32;
            seen.elements.iter().for_each(|&i| slopes[1][i] += share);
            let equal = |i: &&usize| x[**i] == expected[0][seen.result];
            let equal = seen.elements.iter().filter(equal);
            equal.for_each(|&i| slopes[2][i] += dy[seen.result]);
        }
        for threads in [1, 3] {
            let pool = Pool::new(threads);
            let mut out = vec![5.0; count];
            windows.max(&pool, &x, &mut out).unwrap();
            assert_eq!(bits(&out), bits(&expected[0]), "{windows:?}");
            windows.pick(&pool, [&x, &expected[0], &t], &mut out);
            assert_eq!(bits(&out), bits(&expected[2]), "{windows:?}");
            let mut at = vec![-1i64; count];
            let volume = x.len() / case.images;
            windows
                .argmax(&pool, &x, (&mut out, &mut at), volume)
                .unwrap();
            assert_eq!(at, places, "{windows:?}");
            assert!(
                at.iter()
                    .zip(&out)
                    .all(|(&at, out)| x[at as usize].to_bits() == out.to_bits())
            );
            let mut dx = vec![7.0; x.len()];
            windows.max_slope(&pool, [&x, &dy], &mut dx).unwrap();
            assert_eq!(bits(&dx), bits(&slopes[0]), "{windows:?}");
            windows.mean_slope(&pool, &dy, &mut dx).unwrap();
            assert_eq!(bits(&dx), bits(&slopes[1]), "{windows:?}");
            windows.mean_slope_in_double(&pool, &dy, &mut dx).unwrap();
            let close = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-5 * (1.0 + b.abs());
            assert!(dx.iter().zip(&slopes[1]).all(close), "{windows:?}");
            windows
                .equal_slope(&pool, [&x, &expected[0], &dy], &mut dx)
                .unwrap();
            assert_eq!(bits(&dx), bits(&slopes[2]), "{windows:?}");
            let y = finite(x.len(), 3);
            windows.mean(&pool, &y, &mut out).unwrap();
            for seen in &seen {
                let sum: f32 = seen.elements.iter().fold(0.0, |sum, &i| sum + y[i]);
                let mean = sum / seen.elements.len() as f32;
                assert_eq!(out[seen.result].to_bits(), mean.to_bits(), "{windows:?}");
            }
        }
    }
}

#[test]
fn windows_of_a_sequence() {
    let rows = [0, 2, 3, 5];
    let columns = [0, 1, 4];
    let x: Vec<i32> = (0..20).collect();
    for (overlapping, expected) in [
        (false, [4, 7, 8, 11, 16, 19]),
        (true, [9, 11, 13, 15, 17, 19]),
    ] {
        let sequences = [&rows[..], &columns[..]];
        let windows = Windows::of_sequences([1, 5, 4, 1], sequences, overlapping).unwrap();
        let mut out = [0; 6];
        windows.max(Pool::alone(), &x, &mut out).unwrap();
        assert_eq!(out, expected);
    }
    for wrong in [[0, 0, 5], [0, 6, 5], [-1, 2, 5], [3, 2, 5], [0, 2, 6]] {
        let sequences = [&wrong[..], &columns[..]];
        assert!(Windows::of_sequences([1, 5, 4, 1], sequences, false).is_err());
    }
}
