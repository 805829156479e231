//! TensorFlow's kernels that draw from what they are given: `RandomShuffle` and `Multinomial`; and
//! where the windows of fractional pooling begin.

use ndarray::{ArrayView1, ArrayView2, ArrayViewMut2, Axis};

use super::distributions::PhiloxFloat;
use super::{Philox, PhiloxDistribution, PhiloxStream, Uniform};
use crate::kernels::cpu::{prefetch, vectorised};
use crate::types::parts::{parts, parts_mut};
use crate::types::{Error, Result, memory};

/// Shuffles as `RandomShuffle` does: each place in turn, the last one excepted, changes with a
/// random place from itself on.
///
/// ```text
/// for i in 0..n - 1:  swap(i, i + word mod (n - i))
/// ```
///
/// To shuffle the rows of a matrix, shuffle the indices `0..n` and gather the rows in that order:
/// these are TensorFlow's draws for any rank. Reserve for it with [`PhiloxStream::reserve_words`],
/// `n - 1` words.
///
/// Source: `kernels/random_shuffle_op.cc`.
///
/// ```
/// use tf1::random::{PhiloxStream, Seeds, shuffle_items};
///
/// let mut stream = PhiloxStream::new(Seeds { seed: 9, seed2: 13 });
/// let mut rows: Vec<usize> = (0..10).collect();
/// shuffle_items(stream.reserve_words(rows.len() - 1), &mut rows);
/// let mut sorted = rows.clone();
/// sorted.sort();
/// assert!(sorted.into_iter().eq(0..10));
/// ```
///
/// [`PhiloxStream::reserve_words`]: super::PhiloxStream::reserve_words
pub fn shuffle_items<T>(start: Philox, items: &mut [T]) {
    /// How many places are drawn before the items change.
    const AT_ONCE: usize = 4 * Philox::BLOCKS;
    let (mut blocks, mut steps) = (start, [0; AT_ONCE]);
    for first in (0..items.len().saturating_sub(1)).step_by(AT_ONCE) {
        let steps = &mut steps[..AT_ONCE.min(items.len() - 1 - first)];
        draw_steps(blocks, items.len() - first, steps);
        // All these are asked for at once, rather than waited for one after the other.
        for (i, &step) in (first..).zip(&*steps) {
            prefetch(items.as_ptr().wrapping_add(i + step as usize).cast());
        }
        for (i, &step) in (first..).zip(&*steps) {
            items.swap(i, i + step as usize);
        }
        blocks.skip(Philox::BLOCKS as u128);
    }
}

/// Where the `count` windows of fractional pooling begin along an axis of `length` elements, and
/// where the last one ends, as `FractionalMaxPool` draws it.
///
/// Windows have ⌊`length` / `count`⌋ elements or one more, in random order; if `pseudo_random`, one
/// random number u decides on all: window i then begins at ⌈(i + u) · `length` / `count`⌉ - 1.
///
/// Source: `kernels/fractional_pool_common.cc`.
///
/// # Errors
/// `ResourceExhausted`.
pub(crate) fn pooling_sequence(
    stream: &mut PhiloxStream,
    length: usize,
    count: usize,
    pseudo_random: bool,
) -> Result<Vec<i64>> {
    let mut starts = memory::repeated(count + 1, 0i64)?;
    if pseudo_random {
        let [u, _] = f64::uniforms(stream.reserve_words(1).block());
        let (whole, ratio) = ((length / count) as f64, length as f64 / count as f64);
        // The largest u with which no window is too long.
        let first = (whole + 2.0) / ratio - 1.0;
        let last = (length as f64 + 1.0 - whole) / ratio - (count as f64 - 1.0);
        let u = u * first.min(last);
        for (i, start) in starts.iter_mut().enumerate().skip(1) {
            *start = (ratio * (i as f64 + u)).ceil() as i64 - 1;
        }
        starts[count] = length as i64;
        return Ok(starts);
    }
    let longer = length % count;
    let lengths = (0..count).map(|i| (length / count) as i64 + i64::from(i < longer));
    let mut lengths = memory::collected(lengths)?;
    shuffle_items(stream.reserve_words(count), &mut lengths);
    for (i, length) in lengths.into_iter().enumerate() {
        starts[i + 1] = starts[i] + length;
    }
    Ok(starts)
}

/// Draws words modulo `rest`, `rest - 1` and so on.
fn draw_steps(start: Philox, rest: usize, steps: &mut [u32]) {
    vectorised(
        #[inline(always)]
        move || draw_steps_here(start, rest, steps),
    );
}

/// As [`draw_steps`], compiled where it is called.
#[inline(always)]
fn draw_steps_here(start: Philox, rest: usize, steps: &mut [u32]) {
    let words = start.blocks(1);
    for (i, (step, &word)) in steps.iter_mut().zip(words.as_flattened()).enumerate() {
        // A word is less than what does not fit into a word itself.
        let rest = u32::try_from(rest - i).unwrap_or(0);
        // Of whole numbers of 32 bits an f64 has the quotient so exactly that it never becomes the
        // next whole number.
        let quotient = f64::from(word) / f64::from(rest.max(1));
        let remainder = word.wrapping_sub((quotient as u32).wrapping_mul(rest.max(1)));
        *step = if rest == 0 { word } else { remainder };
    }
}

/// Draws classes by unnormalised log-probabilities, as `Multinomial` (`tf.multinomial`) does.
///
/// Row `b` of `samples` gets classes `j` with probability `softmax(logits[b])[j]`:
///
/// ```text
/// cdf[j] = Σ exp(logits[b, i] - max logits[b]) over i ≤ j,   in f64
/// sample = the first j with cdf[j] > u · cdf[last],          u uniform in [0, 1), f64
/// ```
///
/// Logits that are not finite count as probability zero; where a whole row is so, all samples are
/// the number of classes. Reserve for it with [`PhiloxStream::reserve_samples`]. The uniform values
/// run on from row to row, as in TensorFlow when it does the whole batch on one thread; where it
/// splits a large batch over threads it begins each part at a place that depends on their number.
///
/// Source: `kernels/multinomial_op.cc`.
///
/// ```
/// use ndarray::{Array2, array};
/// use tf1::random::{Philox, draw_classes};
///
/// let logits = array![[0.0_f32, f32::NEG_INFINITY], [f32::NEG_INFINITY, 0.0]];
/// let mut samples = Array2::zeros((2, 3));
/// draw_classes(Philox::new(1, 2), logits.view(), samples.view_mut())?;
/// assert_eq!(samples, array![[0, 0, 0], [1, 1, 1]]);
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the numbers of rows differ or if there are no classes to draw from;
/// `ResourceExhausted` if there is no memory for the numbers of one row.
///
/// [`PhiloxStream::reserve_samples`]: super::PhiloxStream::reserve_samples
pub fn draw_classes<T: Copy + Into<f64>>(
    start: Philox,
    logits: ArrayView2<'_, T>,
    mut samples: ArrayViewMut2<'_, i64>,
) -> Result<()> {
    if logits.nrows() != samples.nrows() {
        let [logits, samples] = [logits.shape(), samples.shape()];
        let message = format!("logits {logits:?} and samples {samples:?} differ in rows");
        return Err(Error::invalid_argument(message));
    }
    if logits.ncols() == 0 && !samples.is_empty() {
        let message = "num_classes should be positive, got 0";
        return Err(Error::invalid_argument(message));
    }
    if samples.is_empty() {
        return Ok(());
    }
    let mut uniforms = memory::repeated(samples.ncols(), 0.0_f64)?;
    let mut cdf = memory::repeated(logits.ncols(), 0.0_f64)?;
    let rows = parts(&logits, Axis(0)).zip(parts_mut(&mut samples, Axis(0)));
    for (row, (logits, mut samples)) in rows.enumerate() {
        accumulate(logits, &mut cdf);
        let total = cdf.last().copied().unwrap_or(0.0);
        Uniform.fill(start, row * uniforms.len(), &mut uniforms);
        for (sample, uniform) in samples.iter_mut().zip(&uniforms) {
            *sample = cdf.partition_point(|&below| below <= uniform * total) as i64;
        }
    }
    Ok(())
}

/// Fills `cdf` with the running sums of the exponentials of the finite logits; the largest is taken
/// off first, so that none of them overflows.
fn accumulate<T: Copy + Into<f64>>(logits: ArrayView1<'_, T>, cdf: &mut [f64]) {
    let logits = logits.iter().map(|&logit| logit.into());
    let finite = logits.clone().filter(|logit| logit.is_finite());
    let max = finite.fold(f64::MIN, f64::max);
    let mut total = 0.0;
    for (sum, logit) in cdf.iter_mut().zip(logits) {
        if logit.is_finite() {
            total += (logit - max).exp();
        }
        *sum = total;
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use rand::RngCore;

    use super::super::{PhiloxRng, Seeds};
    use super::*;

    const START: Philox = Philox::new(1, 2);

    #[test]
    fn shuffling_uses_one_word_less_than_items() {
        let mut words = PhiloxRng::from(START);
        let [first, second] = [(); 2].map(|()| words.next_u32() as usize);
        let mut expected = [10, 20, 30];
        expected.swap(0, first % 3);
        expected.swap(1, 1 + second % 2);
        let mut items = [10, 20, 30];
        shuffle_items(START, &mut items);
        assert_eq!(items, expected);
        shuffle_items::<u8>(START, &mut []);
    }

    #[test]
    fn many_items_change_places_one_after_the_other() {
        let count = if cfg!(miri) { 200 } else { 1000 };
        let mut words = PhiloxRng::from(START);
        let mut expected: Vec<usize> = (0..count).collect();
        for i in 0..count - 1 {
            expected.swap(i, i + words.next_u32() as usize % (count - i));
        }
        let mut items: Vec<usize> = (0..count).collect();
        shuffle_items(START, &mut items);
        assert_eq!(items, expected);
    }

    #[test]
    fn frequencies_follow_the_softmax() {
        let logits = array![[1e30_f64.ln(), 3e30_f64.ln(), f64::NAN]];
        let mut samples = Array2::zeros((1, 10_000));
        draw_classes(START, logits.view(), samples.view_mut()).unwrap();
        let ones = samples.iter().filter(|&&class| class == 1).count();
        assert!((ones as f64 / 1e4 - 0.75).abs() < 0.02);
        assert!(samples.iter().all(|&class| class < 2));
    }

    #[test]
    fn a_row_without_a_finite_logit_yields_the_number_of_classes() {
        let logits = Array2::from_elem((1, 3), f32::NEG_INFINITY);
        let mut samples = Array2::zeros((1, 2));
        draw_classes(START, logits.view(), samples.view_mut()).unwrap();
        assert_eq!(samples, array![[3, 3]]);
    }

    #[test]
    fn rows_and_classes_are_checked() {
        let draw = |classes: (usize, usize), samples: (usize, usize)| {
            let logits = Array2::<f32>::zeros(classes);
            draw_classes(START, logits.view(), Array2::zeros(samples).view_mut())
        };
        assert!(draw((2, 3), (1, 4)).is_err());
        assert!(draw((2, 0), (2, 1)).is_err());
        assert!(draw((2, 0), (2, 0)).is_ok());
    }

    /// What TensorFlow 1.15 drew.
    #[test]
    fn windows_begin_where_they_do_in_tensorflow() {
        let draw = |pseudo_random: bool, sizes: [(usize, usize); 2]| {
            let mut stream = PhiloxStream::new(Seeds { seed: 3, seed2: 4 });
            sizes.map(|(length, count)| {
                pooling_sequence(&mut stream, length, count, pseudo_random).unwrap()
            })
        };
        let [rows, columns] = draw(true, [(13, 9), (20, 14)]);
        assert_eq!(rows, [0, 2, 3, 4, 6, 7, 9, 10, 12, 13]);
        assert_eq!(
            columns,
            [0, 1, 3, 4, 6, 7, 9, 10, 11, 13, 14, 16, 17, 19, 20]
        );
        let [rows, columns] = draw(false, [(13, 9), (20, 14)]);
        assert_eq!(rows, [0, 1, 2, 4, 6, 7, 9, 10, 11, 13]);
        assert_eq!(
            columns,
            [0, 2, 4, 5, 6, 7, 8, 9, 11, 13, 14, 15, 16, 18, 20]
        );
        let [rows, columns] = draw(false, [(13, 3), (20, 7)]);
        assert_eq!(rows, [0, 5, 9, 13]);
        assert_eq!(columns, [0, 3, 6, 9, 12, 15, 17, 20]);
        let [rows, columns] = draw(true, [(13, 3), (20, 7)]);
        assert_eq!(rows, [0, 4, 9, 13]);
        assert_eq!(columns, [0, 3, 6, 8, 11, 14, 17, 20]);
    }
}
