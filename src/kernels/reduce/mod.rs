//! Reductions along some axes of an array.
//!
//! The order in which elements are combined depends on the shape alone, so a result has the same
//! bits in whatever strides its operand lies. Neighbouring axes that are reduced together count as
//! one, in row-major order. Its elements are combined as the module [`sequence`] says. Where axes
//! that stay lie between the reduced ones, the last of these are reduced first.

mod fold;
mod sequence;
mod tiles;

use std::slice;

use ndarray::{ArrayD, ArrayViewD, ArrayViewMutD, Axis, IxDyn};

use smallvec::SmallVec;

use super::pool::Pool;
use super::reader::{PIECE, Reader};
use super::strided;
use crate::types::{Number, Plain, Result, memory};

use fold::Fold;
pub(crate) use sequence::{fold, fold_next};
pub use tiles::TileReducer;
pub(crate) use tiles::Whole;

/// Views of no more bytes than this are brought in order.
const MOST_BYTES: usize = 64 << 20;

/// A few numbers of axes.
type AxisList = SmallVec<[usize; 8]>;

/// A way to reduce elements to one.
pub(crate) trait Reducer<T: Plain>: Copy + Sync {
    /// How partial results are reduced further.
    type Merger: Reducer<T>;

    /// Whether the loops are compiled for each level of processor, see [`cpu`](super::cpu).
    const VECTORISED: bool = T::DTYPE.is_native_float();

    /// The result of no elements.
    fn start(self) -> T;
    /// A partial result with one more element.
    fn include(self, partial: T, x: T) -> T;
    /// What reduces partial results: to it, these are elements.
    fn merger(self) -> Self::Merger;

    /// Two partial results as one.
    #[inline(always)]
    fn merge(self, a: T, b: T) -> T {
        self.merger().include(a, b)
    }

    /// Eight partial results as one.
    #[inline(always)]
    fn merge_eight(self, [a, b, c, d, e, f, g, h]: [T; 8]) -> T {
        let even = self.merge(self.merge(a, e), self.merge(c, g));
        let odd = self.merge(self.merge(b, f), self.merge(d, h));
        self.merge(even, odd)
    }
}

/// Adds up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Adder;

impl<T: Number> Reducer<T> for Adder {
    type Merger = Self;

    #[inline(always)]
    fn start(self) -> T {
        T::ZERO
    }

    #[inline(always)]
    fn include(self, partial: T, x: T) -> T {
        partial.plus(x)
    }

    #[inline(always)]
    fn merge_eight(self, lanes: [T; 8]) -> T {
        T::sum_of_eight(lanes)
    }

    #[inline(always)]
    fn merger(self) -> Self {
        self
    }
}

/// What is done with results in the end, some at a time, where they lie.
pub(crate) type Finish<'f, T> = &'f (dyn Fn(&mut [T]) + Sync);

/// Reduces `x` along `axes` (sorted, without repeats) into `out`, whose shape is that of `x`
/// without those axes.
pub(crate) fn reduce<T: Plain>(
    pool: &Pool,
    x: ArrayViewD<'_, T>,
    axes: &[usize],
    out: ArrayViewMutD<'_, T>,
    reducer: impl Reducer<T>,
) -> Result<()> {
    reduce_and_finish(pool, x, axes, out, reducer, None)
}

/// As [`reduce`]; in the end all results are finished, while they are still near.
pub(crate) fn reduce_and_finish<T: Plain>(
    pool: &Pool,
    x: ArrayViewD<'_, T>,
    axes: &[usize],
    mut out: ArrayViewMutD<'_, T>,
    reducer: impl Reducer<T>,
    finish: Option<Finish<'_, T>>,
) -> Result<()> {
    assert!(
        axes.windows(2).all(|pair| pair[0] < pair[1]) && axes.last() < Some(&x.ndim()),
        "the axes are sorted"
    );
    let kept = (0..x.ndim()).filter(|axis| !axes.contains(axis));
    assert!(
        kept.map(|axis| x.shape()[axis])
            .eq(out.shape().iter().copied()),
        "there is a place for each result"
    );
    if x.is_empty() {
        out.fill(reducer.start());
        finish_all(out, finish);
        return Ok(());
    }
    let (x, axes, mut out) = without_unit_axes(x, axes, out);
    let mut runs = runs(&axes);
    let Some(last) = runs.pop() else {
        strided::copy(pool, x, out.view_mut());
        let include = |results: &mut [T]| {
            for result in results {
                *result = reducer.include(reducer.start(), *result);
            }
        };
        finish_all(out.view_mut(), Some(&include));
        finish_all(out, finish);
        return Ok(());
    };
    if runs.is_empty() {
        reduce_run(pool, x, last, out, reducer, finish);
        return Ok(());
    }
    let mut partial = reduced_along(pool, x, last, reducer)?;
    let merger = reducer.merger();
    // The runs that are left come before those reduced already, so their axes keep their numbers.
    while runs.len() > 1 {
        let run = runs.pop().expect("there is more than one");
        partial = reduced_along(pool, partial.view(), run, merger)?;
    }
    reduce_run(pool, partial.view(), runs[0], out, merger, finish);
    Ok(())
}

fn finish_all<T>(mut out: ArrayViewMutD<'_, T>, finish: Option<Finish<'_, T>>) {
    match (finish, out.as_slice_memory_order_mut()) {
        (None, _) => {}
        (Some(finish), Some(results)) => finish(results),
        (Some(finish), None) => out
            .iter_mut()
            .for_each(|result| finish(slice::from_mut(result))),
    }
}

/// The same without the axes of length 1.
fn without_unit_axes<'x, 'o, T>(
    mut x: ArrayViewD<'x, T>,
    axes: &[usize],
    mut out: ArrayViewMutD<'o, T>,
) -> (ArrayViewD<'x, T>, AxisList, ArrayViewMutD<'o, T>) {
    let mut reduced: SmallVec<[bool; 8]> = (0..x.ndim()).map(|axis| axes.contains(&axis)).collect();
    for axis in (0..x.ndim()).rev() {
        if x.shape()[axis] != 1 {
            continue;
        }
        x = x.index_axis_move(Axis(axis), 0);
        if !reduced.remove(axis) {
            let own_axis = reduced[..axis].iter().filter(|reduced| !**reduced).count();
            out = out.index_axis_move(Axis(own_axis), 0);
        }
    }
    let axes = (0..x.ndim()).filter(|&axis| reduced[axis]).collect();
    (x, axes, out)
}

/// The axes in runs of neighbours.
fn runs(axes: &[usize]) -> SmallVec<[&[usize]; 4]> {
    axes.chunk_by(|a, b| a + 1 == *b).collect()
}

fn reduced_along<T: Plain>(
    pool: &Pool,
    x: ArrayViewD<'_, T>,
    run: &[usize],
    reducer: impl Reducer<T>,
) -> Result<ArrayD<T>> {
    let lengths: Vec<usize> = (0..x.ndim())
        .filter(|axis| !run.contains(axis))
        .map(|axis| x.shape()[axis])
        .collect();
    let mut out = memory::filled(IxDyn(&lengths), reducer.start())?;
    reduce_run(pool, x, run, out.view_mut(), reducer, None);
    Ok(out)
}

/// Reduces `x` along neighbouring axes.
fn reduce_run<T: Plain>(
    pool: &Pool,
    x: ArrayViewD<'_, T>,
    run: &[usize],
    mut out: ArrayViewMutD<'_, T>,
    reducer: impl Reducer<T>,
    finish: Option<Finish<'_, T>>,
) {
    let kept: AxisList = (0..x.ndim()).filter(|axis| !run.contains(axis)).collect();
    let fold = Fold::new(&x, run, &kept, &mut out, reducer);
    if let Some(fold) = fold.as_ref().filter(|fold| !fold.is_interleaved()) {
        return fold.run(pool, finish);
    }
    // Copied in order first: axes that do not continue each other in memory, and interleaved
    // results. But only if that takes little memory, and there is as much: a reduction must not
    // fail for want of it, and a view may have any number of elements.
    let order: AxisList = kept.iter().chain(run).copied().collect();
    let x = x.permuted_axes(IxDyn(&order));
    let elements = match x.len().saturating_mul(size_of::<T>()) {
        ..=MOST_BYTES => strided::in_order(pool, &x).ok(),
        _ => None,
    };
    let Some(elements) = elements else {
        if let Some(fold) = fold {
            return fold.run(pool, finish);
        }
        one_by_one(&x, kept.len(), &mut out, reducer);
        return finish_all(out, finish);
    };
    let x = ArrayViewD::from_shape(x.raw_dim(), &elements).expect("as many elements as before");
    let (kept, run): (AxisList, AxisList) = (0..x.ndim()).partition(|axis| *axis < kept.len());
    let fold = Fold::new(&x, &run, &kept, &mut out, reducer);
    fold.expect("the axes continue each other now")
        .run(pool, finish);
}

/// Reduces `x` along all axes but the first `kept`, one result after the other, without memory.
fn one_by_one<T: Plain>(
    x: &ArrayViewD<'_, T>,
    kept: usize,
    out: &mut ArrayViewMutD<'_, T>,
    reducer: impl Reducer<T>,
) {
    let lengths = &x.shape()[..kept];
    for (mut number, out) in out.iter_mut().enumerate() {
        let mut sequence = x.view();
        for (axis, &length) in lengths.iter().enumerate().rev() {
            sequence = sequence.index_axis_move(Axis(axis), number % length);
            number /= length;
        }
        let mut reader = Reader::new(&sequence);
        let mut read = |block: &mut [T]| {
            for piece in block.chunks_mut(PIECE) {
                piece.copy_from_slice(reader.next(piece.len()));
            }
        };
        *out = fold_next(&mut read, sequence.len(), reducer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array, Dimension, s};

    fn sum(x: ArrayViewD<'_, f32>, axes: &[usize]) -> ArrayD<f32> {
        let lengths: Vec<usize> = (0..x.ndim())
            .filter(|axis| !axes.contains(axis))
            .map(|axis| x.shape()[axis])
            .collect();
        let mut out = ArrayD::from_elem(IxDyn(&lengths), f32::NAN);
        reduce(&Pool::of(2), x, axes, out.view_mut(), Adder).unwrap();
        out
    }

    /// The same elements in the same places, but in memory with the axes in the order `order`, some
    /// of them backwards.
    fn laid_out(x: &ArrayD<f32>, order: &[usize], backwards: bool) -> ArrayD<f32> {
        let mut inverse = vec![0; order.len()];
        order
            .iter()
            .enumerate()
            .for_each(|(place, &axis)| inverse[axis] = place);
        let mut view = x.view();
        if backwards {
            view.invert_axis(Axis(0));
        }
        let mut copy = view
            .permuted_axes(order)
            .as_standard_layout()
            .into_owned()
            .permuted_axes(inverse);
        if backwards {
            copy.invert_axis(Axis(0));
        }
        assert_eq!(copy, x);
        copy
    }

    #[test]
    fn strides_do_not_change_a_bit() {
        let lengths = [3, 40, 9, 33];
        let x = Array::from_shape_fn(IxDyn(&lengths), |i| {
            ((i[0] * 7919 + i[1] * 104729 + i[2] * 31 + i[3]) as f32).sin()
        });
        let exact = x.mapv(f64::from);
        for axes in [
            &[0][..],
            &[1],
            &[2],
            &[3],
            &[0, 1],
            &[0, 2],
            &[1, 3],
            &[0, 1, 3],
            &[0, 2, 3],
            &[0, 1, 2, 3],
        ] {
            let expected = sum(x.view(), axes);
            let check = axes
                .iter()
                .rev()
                .fold(exact.clone(), |sum, &axis| sum.sum_axis(Axis(axis)));
            assert!(
                expected.mapv(f64::from).abs_diff_eq(&check, 1e-4),
                "{axes:?}"
            );
            for order in [
                [0, 1, 2, 3],
                [3, 2, 1, 0],
                [1, 0, 3, 2],
                [2, 3, 0, 1],
                [0, 3, 1, 2],
            ] {
                for backwards in [false, true] {
                    let sums = sum(laid_out(&x, &order, backwards).view(), axes);
                    assert_eq!(sums, expected, "{axes:?} {order:?} {backwards}");
                }
            }
        }
    }

    /// Steps, crops, backwards, and one part for all: the same bits as of a copy in order.
    #[test]
    fn parts_of_arrays_are_reduced_as_copies_of_them() {
        let lengths = if cfg!(miri) {
            [3, 3, 4, 70]
        } else {
            [7, 40, 9, 150]
        };
        let x = Array::from_shape_fn(lengths, |(i, j, k, l)| {
            ((i * 31 + j * 7 + k * 3 + l) as f32).sin()
        });
        let row = x.slice(s![1..2, .., .., ..]);
        let parts = [
            x.slice(s![.., 1..lengths[1] - 1, .., ..]),
            x.slice(s![..;2, .., 1..3, ..;-1]),
            x.slice(s![.., ..;-1, ..;-2, 1..]),
            x.slice(s![..;-1, .., .., ..;2]),
            row.broadcast(lengths).unwrap(),
        ];
        for part in parts {
            let (part, copy) = (part.into_dyn(), part.to_owned().into_dyn());
            for axes in [&[0][..], &[3], &[1, 2], &[2, 3], &[0, 2], &[0, 1, 2, 3]] {
                assert_eq!(sum(part.view(), axes), sum(copy.view(), axes), "{axes:?}");
            }
            let mut sums = ArrayD::zeros(&part.shape()[..2]);
            one_by_one(&part.view(), 2, &mut sums.view_mut(), Adder);
            assert_eq!(sums, sum(copy.view(), &[2, 3]));
        }
    }

    /// A place for each result, and no axis twice: what is written is not checked again.
    #[test]
    #[should_panic(expected = "there is a place for each result")]
    fn results_without_places_are_refused() {
        let (x, mut out) = (
            ArrayD::<f32>::zeros(IxDyn(&[4, 6])),
            ArrayD::zeros(IxDyn(&[2])),
        );
        let _ = reduce(Pool::alone(), x.view(), &[1], out.view_mut(), Adder);
    }

    #[test]
    fn a_transposed_matrix_is_added_up_like_any_other() {
        for lengths in [[3, 700], [70, 300], [200, 5], [1, 2000]] {
            let x = Array::from_shape_fn(IxDyn(&lengths), |i| ((i[0] * 31 + i[1]) as f32).sin());
            assert_eq!(
                sum(laid_out(&x, &[1, 0], false).view(), &[0, 1]),
                sum(x.view(), &[0, 1])
            );
        }
    }

    #[test]
    fn long_sums_are_accurate() {
        let x = ArrayD::from_elem(IxDyn(&[9, 300_003]), 0.1f32);
        let expected = 30_000.3f32;
        for axis in [0, 1] {
            let order = [axis, 1 - axis];
            let sums = sum(x.view().permuted_axes(&order[..]), &[1 - axis]);
            assert!(
                sums.iter().all(|sum| (sum / expected - 1.0).abs() < 1e-6),
                "{sums}"
            );
        }
    }

    /// However a reduction is cut, each result is that of its elements taken by themselves, one
    /// after the other.
    #[test]
    #[cfg_attr(miri, ignore = "takes too long")]
    fn cutting_does_not_change_a_bit() {
        for (lengths, axis) in [
            (&[400_003][..], 0),
            (&[60], 0),
            (&[700], 0),
            (&[2, 200_001], 1),
            (&[200_001, 3], 0),
            (&[3, 70_000, 2], 1),
            (&[50_000, 9], 1),
            (&[20_000, 4, 5], 1),
            (&[20_000, 70, 3], 1),
            (&[700, 900], 0),
            (&[7, 40, 900], 1),
            (&[5, 5000], 0),
            (&[4, 5, 3000], 1),
        ] {
            let x = Array::from_shape_fn(IxDyn(lengths), |i| {
                let number = (0..i.ndim()).fold(1usize, |n, axis| n * 31 + i[axis]);
                (number as f32).sin()
            });
            let found = sum(x.view(), &[axis]);
            let expected = x.map_axis(Axis(axis), |line| {
                let line = line.to_vec();
                sequence::fold_slice(&line, Adder)
            });
            assert_eq!(found, expected, "{lengths:?}");
        }
    }

    #[test]
    fn broadcast_and_empty_operands() {
        let one = ArrayD::from_elem(IxDyn(&[1, 1]), 2.0f32);
        let wide = one.broadcast(IxDyn(&[5, 4])).unwrap();
        assert_eq!(
            sum(wide.view(), &[0]).into_raw_vec_and_offset().0,
            [10.0; 4]
        );
        let empty = ArrayD::from_elem(IxDyn(&[0, 3]), 1.0f32);
        assert_eq!(
            sum(empty.view(), &[0]).into_raw_vec_and_offset().0,
            [0.0; 3]
        );
        assert_eq!(sum(empty.view(), &[1]).shape(), [0]);
    }
}
