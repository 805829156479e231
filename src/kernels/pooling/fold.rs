//! What becomes of the elements of each window one after the other: the largest, or their sum.

use std::ops::Range;

use super::super::cpu::vectorised_floats;
use super::super::pool::Pool;
use super::lanes::{Group, Lanes, Work};
use super::parts::{Operands, Pooled};
use super::windows::Windows;
use crate::types::{DType, Numeric, Result, memory};

/// What is computed of a window.
trait Fold<T: Numeric>: Copy + Send + Sync + 'static {
    /// What it begins with.
    fn start(self) -> T;
    /// It with one element more.
    fn step(self, so_far: T, x: T) -> T;
    /// The result for so many elements.
    fn end(self, so_far: T, count: usize) -> T;
}

/// The largest element of those and this number; NaN is passed over.
#[derive(Clone, Copy)]
pub(crate) struct Largest<T>(T);

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
pub(crate) struct Mean;

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

/// What a fold makes of each window.
#[derive(Clone, Copy)]
pub(crate) struct Folded<F>(F);

impl<T: Numeric, F: Fold<T>> Pooled<T> for Folded<F> {
    fn ends(self, windows: &Windows) -> Result<Vec<usize>> {
        windows.result_ends()
    }

    fn part(self, windows: &Windows, operands: Operands<'_, T>, start: usize, out: &mut [T]) {
        windows.fold_part(operands.x, start, out, self.0);
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

impl<T: Numeric> Folded<Largest<T>> {
    /// The largest of a window; of nothing but NaN and -∞ the smallest finite number, as TensorFlow
    /// has it.
    pub(crate) fn largest_or_smallest() -> Self {
        Folded(Largest(smallest()))
    }

    /// The largest of a window; of nothing but NaN and -∞ it is -∞, as TensorFlow has it where
    /// pictures have a depth.
    pub(crate) fn largest_or_lowest() -> Self {
        Folded(Largest(T::LOWEST))
    }
}

impl Folded<Mean> {
    /// The mean of a window.
    pub(crate) fn mean() -> Self {
        Folded(Mean)
    }
}

impl Windows {
    /// Writes the [largest](Folded::largest_or_smallest) element of each window to `out`.
    ///
    /// # Errors
    /// `ResourceExhausted`; here and below.
    pub(crate) fn max<T: Numeric>(&self, pool: &Pool, x: &[T], out: &mut [T]) -> Result<()> {
        self.fold(pool, x, out, Folded::largest_or_smallest())
    }

    /// As [`max`](Windows::max), or -∞ where pictures have a depth.
    ///
    /// # Errors
    /// As [`max`](Windows::max).
    pub(crate) fn max_or_lowest<T: Numeric>(
        &self,
        pool: &Pool,
        x: &[T],
        out: &mut [T],
    ) -> Result<()> {
        self.fold(pool, x, out, Folded::largest_or_lowest())
    }

    /// Writes the mean of each window's elements to `out`.
    ///
    /// # Errors
    /// As [`max`](Windows::max).
    pub(crate) fn mean<T: Numeric>(&self, pool: &Pool, x: &[T], out: &mut [T]) -> Result<()> {
        self.fold(pool, x, out, Folded::mean())
    }

    fn fold<T: Numeric>(
        &self,
        pool: &Pool,
        x: &[T],
        out: &mut [T],
        folded: Folded<impl Fold<T>>,
    ) -> Result<()> {
        assert_eq!(x.len(), self.input_len(), "the pictures");
        assert_eq!(out.len(), self.output_len(), "the results");
        self.compute(pool, folded, Operands::new([x, &[], &[]]), out)
    }

    /// Where parts of the results end.
    fn result_ends(&self) -> Result<Vec<usize>> {
        let (_, piece) = self.row_and_piece();
        let len = self.output_len();
        let parts = 1..=len.div_ceil(piece);
        memory::collected(parts.map(|part| len.min(part * piece)))
    }

    fn fold_part<T: Numeric>(&self, x: &[T], start: usize, out: &mut [T], fold: impl Fold<T>) {
        let row = self.axes[2].spans.len() * self.channels;
        vectorised_floats!([T] {
            for (i, out) in out.chunks_exact_mut(row).enumerate() {
                let (image, depth, height) = self.output_row(start / row + i);
                let x = &x[image * self.volume()..][..self.volume()];
                let mut work = Folding {
                    windows: self,
                    x,
                    out,
                    fold,
                };
                self.each_group(depth, height, &mut work);
            }
        });
    }
}

/// A row of results.
struct Folding<'a, T, F> {
    windows: &'a Windows,
    /// The picture.
    x: &'a [T],
    out: &'a mut [T],
    fold: F,
}

impl<T: Numeric, F: Fold<T>> Work for Folding<'_, T, F> {
    #[inline(always)]
    fn group<const L: usize>(&mut self, group: &Group, lanes: impl Lanes<L>) {
        let mut so_far = [self.fold.start(); L];
        self.windows.each_seen(
            group,
            #[inline(always)]
            |_, at| {
                let x = lanes.load(self.x, at);
                for l in 0..L {
                    so_far[l] = self.fold.step(so_far[l], x[l]);
                }
            },
        );
        let count = group.seen.iter().map(Range::len).product();
        for so_far in &mut so_far {
            *so_far = self.fold.end(*so_far, count);
        }
        lanes.store_results(self.out, group.result, so_far);
    }
}
