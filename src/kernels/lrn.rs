//! Local response normalization: each element divided by a power of the sum of squares near it in
//! its row.
//!
//! A few rows are taken together as one line, with zeros between them, as many as make the rows'
//! ends neighbours of nobody: so the sums near all elements are a few sums of whole lines, each a
//! step further, however short the rows are.

use std::ops::Range;

use super::cpu::vectorised;
use super::pieces::{each_pair, each_piece};
use super::pool::Pool;
use super::unset::unset;
use crate::types::{Float, Result};

/// How many places of a line are worked on at once.
const PLACES: usize = 512;

/// How many steps are summed up at once.
const STEPS: usize = 256;

/// How many elements are worth a part of their own.
const PIECE: usize = 16 << 10;

/// Numbers for places of a line.
type Places<T> = [T; PLACES];

/// Rows of the same length, and what their elements are divided by: (bias + alpha · Σ x²)^beta, the
/// sum over the elements of the row at most `radius` away.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows<T> {
    len: usize,
    /// Less than `len`.
    radius: usize,
    bias: T,
    alpha: T,
    beta: T,
}

impl<T: Float> Rows<T> {
    /// Rows of `len` elements, of which there is one at least.
    pub(crate) fn new(len: usize, radius: usize, [bias, alpha, beta]: [T; 3]) -> Self {
        Rows {
            len,
            radius: radius.min(len - 1),
            bias,
            alpha,
            beta,
        }
    }

    /// Writes the normalized elements of `x` to `out`. Both are whole rows.
    pub(crate) fn normalize(&self, pool: &Pool, x: &[T], out: &mut [T]) {
        each_piece(pool, out, self.piece(), &|first, out| {
            let x = &x[first..][..out.len()];
            self.each_stretch(
                x.len(),
                #[inline(always)]
                |start, count| {
                    let mut factors = self.bases(x, start, count);
                    self.raise(&mut factors);
                    for (at, elements) in self.rows_in(start..start + count) {
                        let factors = &factors[at..][..elements.len()];
                        let x = &x[elements.clone()];
                        for ((out, x), factor) in out[elements].iter_mut().zip(x).zip(factors) {
                            *out = *x * *factor;
                        }
                    }
                },
            );
        });
    }

    /// Writes the gradient with respect to `x` to `dx`, given the result `y` and the gradient `dy`
    /// with respect to it.
    ///
    /// # Errors
    /// `ResourceExhausted`.
    pub(crate) fn differentiate(
        &self,
        pool: &Pool,
        [dy, x, y]: [&[T]; 3],
        dx: &mut [T],
    ) -> Result<()> {
        // What an element's divisor adds to the gradients with respect to all elements near it, but
        // for their values.
        let mut shares = unset::<T>(&[x.len()])?;
        let shares = shares.as_slice_mut().expect("made in row-major order");
        let piece = self.piece();
        let rate = T::from_f64(-2.0) * self.alpha * self.beta;
        each_pair(pool, (dx, piece), (shares, piece), &|i, dx, shares| {
            let [dy, x, y] = [dy, x, y].map(|x| &x[i * piece..][..dx.len()]);
            self.each_stretch(
                x.len(),
                #[inline(always)]
                |start, count| {
                    let bases = self.bases(x, start, count);
                    let mut factors = bases;
                    self.raise(&mut factors);
                    for (at, elements) in self.rows_in(start..start + count) {
                        let (bases, factors) = (&bases[at..], &factors[at..]);
                        let [dy, y] = [dy, y].map(|x| &x[elements.clone()]);
                        let results = dx[elements.clone()].iter_mut().zip(&mut shares[elements]);
                        for (i, (dx, share)) in results.enumerate() {
                            *share = rate * y[i] / bases[i] * dy[i];
                            *dx = factors[i] * dy[i];
                        }
                    }
                },
            );
        });
        let shares = &*shares;
        each_piece(pool, dx, piece, &|first, dx| {
            let [x, shares] = [x, shares].map(|x| &x[first..][..dx.len()]);
            self.each_stretch(
                x.len(),
                #[inline(always)]
                |start, count| {
                    let sums = self.sums(
                        shares,
                        start,
                        count,
                        #[inline(always)]
                        |share| share,
                    );
                    for (at, elements) in self.rows_in(start..start + count) {
                        let (x, sums) = (&x[elements.clone()], &sums[at..]);
                        for ((dx, x), sum) in dx[elements].iter_mut().zip(x).zip(sums) {
                            *dx = *dx + *x * *sum;
                        }
                    }
                },
            );
        });
        Ok(())
    }

    /// How many elements a part has: whole rows.
    fn piece(&self) -> usize {
        PIECE.next_multiple_of(self.len)
    }

    /// The distance of rows in a line.
    fn pitch(&self) -> usize {
        self.len + self.radius
    }

    /// Calls `work` with the first place and the number of places of each stretch of the line that
    /// rows of `len` elements make together: whole rows if they are short. `work` is compiled for
    /// each level of processor.
    #[inline(always)]
    fn each_stretch(&self, len: usize, mut work: impl FnMut(usize, usize)) {
        let pitch = self.pitch();
        let stretch = match PLACES / pitch {
            0 => PLACES,
            rows => rows * pitch,
        };
        let places = len / self.len * pitch;
        vectorised(
            #[inline(always)]
            move || {
                for start in (0..places).step_by(stretch) {
                    work(start, stretch.min(places - start));
                }
            },
        );
    }

    /// The elements that stand in these places of the line, row by row, with the first one's place
    /// from the start of these.
    fn rows_in(self, places: Range<usize>) -> impl Iterator<Item = (usize, Range<usize>)> {
        let pitch = self.pitch();
        let rows = places.start / pitch..places.end.div_ceil(pitch);
        rows.filter_map(move |row| {
            let start = places.start.max(row * pitch);
            let end = places.end.min(row * pitch + self.len);
            let first = row * self.len + (start - row * pitch);
            (start < end).then(|| (start - places.start, first..first + (end - start)))
        })
    }

    /// bias + alpha · Σ x².
    #[inline(always)]
    fn bases(&self, x: &[T], start: usize, count: usize) -> Places<T> {
        let mut bases = self.sums(
            x,
            start,
            count,
            #[inline(always)]
            |x| x * x,
        );
        for base in &mut bases {
            *base = self.bias + self.alpha * *base;
        }
        bases
    }

    /// 1 / base^beta.
    #[inline(always)]
    fn raise(&self, bases: &mut Places<T>) {
        if self.beta == T::from_f64(0.5) {
            bases
                .iter_mut()
                .for_each(|base| *base = T::ONE / base.sqrt());
        } else if self.beta == T::ONE {
            bases.iter_mut().for_each(|base| *base = T::ONE / *base);
        } else {
            let power = T::ZERO - self.beta;
            for base in bases {
                // As TensorFlow does. Rounding the logarithm affects only the last places, as sums
                // of squares are not large.
                *base = (base.ln() * power).exp();
            }
        }
    }

    /// The sums of `term` of the elements near each of `count` places of the line from `start` on.
    #[inline(always)]
    fn sums(&self, x: &[T], start: usize, count: usize, term: impl Fn(T) -> T) -> Places<T> {
        let mut sums = [T::ZERO; PLACES];
        let steps = 2 * self.radius + 1;
        for first in (0..steps).step_by(STEPS) {
            let steps = STEPS.min(steps - first);
            let mut terms = [T::ZERO; PLACES + STEPS];
            // Where the line would begin earlier, and end later, there are zeros.
            let from = (start + first).saturating_sub(self.radius);
            let before = self.radius.saturating_sub(start + first);
            let end = (start + first + count + steps - 1).saturating_sub(self.radius);
            let end = end.min(x.len() / self.len * self.pitch());
            if from < end {
                for (at, elements) in self.rows_in(from..end) {
                    for (place, x) in terms[before + at..].iter_mut().zip(&x[elements]) {
                        *place = term(*x);
                    }
                }
            }
            for block in (0..count).step_by(BLOCK) {
                let sums = &mut sums[block..][..BLOCK];
                let mut block_sums = [T::ZERO; BLOCK];
                block_sums.copy_from_slice(sums);
                for step in 0..steps {
                    let terms = &terms[block + step..][..BLOCK];
                    for (sum, term) in block_sums.iter_mut().zip(terms) {
                        *sum = *sum + *term;
                    }
                }
                sums.copy_from_slice(&block_sums);
            }
        }
        sums
    }
}

/// How many sums are held in registers.
const BLOCK: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    /// What the functions compute, element by element.
    struct Reference<'a> {
        len: usize,
        radius: usize,
        numbers: [f64; 3],
        x: &'a [f64],
    }

    impl Reference<'_> {
        fn near(&self, i: usize) -> Range<usize> {
            let row = i / self.len * self.len;
            let end = i.saturating_add(self.radius).saturating_add(1);
            row.max(i.saturating_sub(self.radius))..end.min(row + self.len)
        }

        fn base(&self, i: usize) -> f64 {
            let squares: f64 = self.near(i).map(|i| self.x[i] * self.x[i]).sum();
            self.numbers[0] + self.numbers[1] * squares
        }

        fn normalized(&self, i: usize) -> f64 {
            self.x[i] / self.base(i).powf(self.numbers[2])
        }

        fn slope(&self, dy: &[f64], i: usize) -> f64 {
            let [_, alpha, beta] = self.numbers;
            let share = |k: usize| self.normalized(k) / self.base(k) * dy[k];
            let shares: f64 = self.near(i).map(share).sum();
            dy[i] / self.base(i).powf(beta) - 2.0 * alpha * beta * self.x[i] * shares
        }
    }

    fn numbers(count: usize, seed: usize) -> Vec<f64> {
        let number = |i: usize| ((i * 7919 + seed) % 1001) as f64 / 500.0 - 1.0;
        (0..count).map(number).collect()
    }

    #[test]
    #[cfg_attr(miri, ignore = "long, and without unsafe code")]
    fn rows_of_any_length_and_radius() {
        let lengths = [(600, 1), (200, 3), (33, 17), (2, 511), (2, 513), (1, 1100)];
        for (rows, len) in lengths {
            let (x, dy) = (numbers(rows * len, 1), numbers(rows * len, 5));
            for (radius, beta) in [(0, 0.5), (2, 0.75), (5, 1.0), (300, 0.5), (usize::MAX, 0.3)] {
                let given = [1.5, 0.25, beta];
                let kernel = Rows::new(len, radius, given);
                let reference = Reference {
                    len,
                    radius,
                    numbers: given,
                    x: &x,
                };
                for threads in [1, 3] {
                    let pool = Pool::new(threads);
                    let (mut y, mut dx) = (vec![0.0; x.len()], vec![0.0; x.len()]);
                    kernel.normalize(&pool, &x, &mut y);
                    kernel.differentiate(&pool, [&dy, &x, &y], &mut dx).unwrap();
                    for i in (0..x.len()).step_by(13) {
                        let expected = [reference.normalized(i), reference.slope(&dy, i)];
                        for (found, expected) in [y[i], dx[i]].iter().zip(expected) {
                            assert!(
                                (found - expected).abs() < 1e-12 * (1.0 + expected.abs()),
                                "{rows} rows of {len}, {radius} near, place {i}: {found}, not {expected}"
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn nan_reaches_its_neighbours_only() {
        let mut x = vec![1.0f32; 40];
        x[13] = f32::NAN;
        let mut y = vec![0.0; 40];
        Rows::new(10, 2, [1.0, 1.0, 0.5]).normalize(Pool::alone(), &x, &mut y);
        let reached: Vec<usize> = (0..40).filter(|&i| y[i].is_nan()).collect();
        assert_eq!(reached, [11, 12, 13, 14, 15]);
    }
}
