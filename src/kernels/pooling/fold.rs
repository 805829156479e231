//! What becomes of the elements of each window one after the other: the largest, or their sum.

use super::super::cpu::vectorised_floats;
use super::super::pieces::each_piece;
use super::super::pool::Pool;
use super::PIECE;
use super::windows::{Windows, seeing_at, taps};
use crate::kernels::window::WindowedAxis;
use crate::types::{DType, Numeric};

/// What is computed of a window.
trait Fold<T>: Copy + Sync {
    /// What it begins with.
    fn start(self) -> T;
    /// It with one element more.
    fn step(self, so_far: T, x: T) -> T;
    /// The result for so many elements.
    fn end(self, so_far: T, count: usize) -> T;
}

/// The largest element of those and this number; NaN is passed over.
#[derive(Clone, Copy)]
struct Largest<T>(T);

impl<T: Numeric> Fold<T> for Largest<T> {
    #[inline(always)]
    fn start(self) -> T {
        self.0
    }

    #[inline(always)]
    fn step(self, so_far: T, x: T) -> T {
        if so_far < x { x } else { so_far }
    }

    #[inline(always)]
    fn end(self, so_far: T, _: usize) -> T {
        so_far
    }
}

/// The mean; of integers rounded toward zero.
#[derive(Clone, Copy)]
struct Mean;

impl<T: Numeric> Fold<T> for Mean {
    #[inline(always)]
    fn start(self) -> T {
        T::ZERO
    }

    #[inline(always)]
    fn step(self, so_far: T, x: T) -> T {
        so_far.plus(x)
    }

    #[inline(always)]
    fn end(self, so_far: T, count: usize) -> T {
        // A window is never empty.
        so_far.over(T::from_i64(count as i64)).unwrap_or(T::ZERO)
    }
}

/// The smallest finite number.
pub(super) fn smallest<T: Numeric>() -> T {
    match T::DTYPE {
        DType::Float32 => T::from_f64(f64::from(f32::MIN)),
        DType::Float64 => T::from_f64(f64::MIN),
        #[cfg(feature = "all_types")]
        DType::Float16 => T::from_f64(half::f16::MIN.to_f64()),
        #[cfg(feature = "all_types")]
        DType::BFloat16 => T::from_f64(half::bf16::MIN.to_f64()),
        _ => T::LOWEST,
    }
}

impl Windows {
    /// Writes the largest element of each window to `out`; of nothing but NaN and -∞ that is the
    /// smallest finite number, as TensorFlow has it.
    pub(crate) fn max<T: Numeric>(&self, pool: &Pool, x: &[T], out: &mut [T]) {
        self.fold(pool, x, out, Largest(smallest()));
    }

    /// As [`max`](Windows::max), which is -∞ of nothing but NaN and -∞, as TensorFlow has it where
    /// pictures have a depth.
    pub(crate) fn max_or_lowest<T: Numeric>(&self, pool: &Pool, x: &[T], out: &mut [T]) {
        self.fold(pool, x, out, Largest(T::LOWEST));
    }

    /// Writes the mean of each window's elements to `out`.
    pub(crate) fn mean<T: Numeric>(&self, pool: &Pool, x: &[T], out: &mut [T]) {
        self.fold(pool, x, out, Mean);
    }

    fn fold<T: Numeric>(&self, pool: &Pool, x: &[T], out: &mut [T], fold: impl Fold<T>) {
        assert_eq!(x.len(), self.input_len(), "the pictures");
        assert_eq!(out.len(), self.output_len(), "the results");
        if out.is_empty() {
            return;
        }
        let row = self.axes[2].spans.len() * self.channels;
        let read = x.len() / (out.len() / row);
        let rows = (PIECE / read.max(row)).max(1);
        each_piece(pool, out, rows * row, &|first, out| {
            vectorised_floats!([T] self.fold_rows(x, first / row, out, fold));
        });
    }

    /// Rows of results from `first` on.
    #[inline(always)]
    fn fold_rows<T: Numeric>(&self, x: &[T], first: usize, out: &mut [T], fold: impl Fold<T>) {
        let (width, channels) = (self.axes[2].length, self.channels);
        let row = self.axes[2].spans.len() * channels;
        for (i, out) in out.chunks_exact_mut(row).enumerate() {
            let (image, depth, height) = self.output_row(first + i);
            let x = &x[image * self.volume()..][..self.volume()];
            let depths = self.axes[0].spans[depth].clone();
            let heights = self.axes[1].spans[height].clone();
            let line = |z: usize, y: usize| {
                let start = (z * self.axes[1].length + y) * width * channels;
                &x[start..][..width * channels]
            };
            let seen = depths.len() * heights.len();
            if let Some(axis) = self.side_by_side() {
                out.fill(fold.start());
                for z in depths {
                    for y in heights.clone() {
                        fold_line(&axis, line(z, y), out, fold);
                    }
                }
                for (out, span) in out.iter_mut().zip(&self.axes[2].spans) {
                    *out = fold.end(*out, seen * span.len());
                }
                continue;
            }
            for (out, span) in out.chunks_exact_mut(channels).zip(&self.axes[2].spans) {
                out.fill(fold.start());
                for z in depths.clone() {
                    for y in heights.clone() {
                        let pixels = &line(z, y)[span.start * channels..span.end * channels];
                        for pixel in pixels.chunks_exact(channels) {
                            for (out, x) in out.iter_mut().zip(pixel) {
                                *out = fold.step(*out, *x);
                            }
                        }
                    }
                }
                for out in out {
                    *out = fold.end(*out, seen * span.len());
                }
            }
        }
    }
}

/// Takes in what all windows of a row see of one line of a picture.
#[inline(always)]
fn fold_line<T: Numeric>(axis: &WindowedAxis, line: &[T], out: &mut [T], fold: impl Fold<T>) {
    let stride = axis.window.stride;
    for tap in taps(axis) {
        let windows = seeing_at(axis, tap);
        if windows.is_empty() {
            continue;
        }
        let x = &line[windows.start * stride + tap - axis.before..];
        let out = &mut out[windows];
        match stride {
            1 => {
                for (out, x) in out.iter_mut().zip(x) {
                    *out = fold.step(*out, *x);
                }
            }
            2 => {
                // The last one's neighbour may not be there.
                let (last, out) = out.split_last_mut().expect("a window");
                *last = fold.step(*last, x[2 * out.len()]);
                for (out, x) in out.iter_mut().zip(x.as_chunks::<2>().0) {
                    *out = fold.step(*out, x[0]);
                }
            }
            _ => {
                for (out, x) in out.iter_mut().zip(x.iter().step_by(stride)) {
                    *out = fold.step(*out, *x);
                }
            }
        }
    }
}
