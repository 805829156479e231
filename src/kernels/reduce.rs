//! Reductions along some axes of an array.

use ndarray::{ArrayViewD, ArrayViewMutD, Axis, Dimension, IxDyn, Zip};

use crate::types::Element;

/// How many partial results a reduction along contiguous memory keeps, so that the processor can overlap them.
const LANES: usize = 8;

/// A way to reduce elements of type `A` to one of type `B`.
pub(crate) trait Reducer<A, B>: Copy {
    /// The result of no elements.
    fn start(self) -> B;
    /// A partial result with one more element.
    fn include(self, partial: B, x: A) -> B;
    /// Two partial results as one.
    fn merge(self, a: B, b: B) -> B;
}

/// Reduces `x` along `axes` (sorted, without repeats) into `out`, whose shape is that of `x` without those axes.
///
/// The order of the operations depends on shapes and strides alone.
pub(crate) fn reduce<A: Element, B: Element>(
    x: ArrayViewD<'_, A>,
    axes: &[usize],
    mut out: ArrayViewMutD<'_, B>,
    reducer: impl Reducer<A, B>,
) {
    let kept = (0..x.ndim()).filter(|axis| !axes.contains(axis));
    let order: Vec<usize> = kept.chain(axes.iter().copied()).collect();
    let kept_rank = x.ndim() - axes.len();
    let x = x.permuted_axes(IxDyn(&order));
    if along_memory(&x, kept_rank) {
        for (index, out) in out.indexed_iter_mut() {
            *out = fold(element(&x, &index), reducer);
        }
    } else {
        out.fill(reducer.start());
        accumulate(x, kept_rank, &mut out, reducer);
    }
}

/// Whether the elements that make one result lie closer together than those of neighbouring results.
fn along_memory<A>(x: &ArrayViewD<'_, A>, kept_rank: usize) -> bool {
    let nearest = |axes: std::ops::Range<usize>| {
        axes.filter(|&axis| x.shape()[axis] > 1)
            .map(|axis| x.strides()[axis].unsigned_abs())
            .min()
    };
    match (nearest(0..kept_rank), nearest(kept_rank..x.ndim())) {
        (Some(kept), Some(reduced)) => reduced <= kept,
        (kept, _) => kept.is_none(),
    }
}

/// The elements of `x` that make the result at `index`.
fn element<'x, A>(x: &'x ArrayViewD<'_, A>, index: &IxDyn) -> ArrayViewD<'x, A> {
    let mut view = x.view();
    for &i in index.slice() {
        view = view.index_axis_move(Axis(0), i);
    }
    view
}

/// Reduces all elements of `x`.
fn fold<A: Element, B: Element>(x: ArrayViewD<'_, A>, reducer: impl Reducer<A, B>) -> B {
    match x.as_slice() {
        Some(slice) => fold_slice(slice, reducer),
        None => x
            .iter()
            .fold(reducer.start(), |partial, &x| reducer.include(partial, x)),
    }
}

fn fold_slice<A: Element, B: Element>(slice: &[A], reducer: impl Reducer<A, B>) -> B {
    let mut lanes = [reducer.start(); LANES];
    let (chunks, rest) = slice.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane = reducer.include(*lane, x);
        }
    }
    let rest = rest
        .iter()
        .fold(reducer.start(), |partial, &x| reducer.include(partial, x));
    // Pairwise, for accuracy.
    let [a, b, c, d, e, f, g, h] = lanes;
    let merge = |a, b| reducer.merge(a, b);
    merge(
        merge(
            merge(merge(a, e), merge(b, f)),
            merge(merge(c, g), merge(d, h)),
        ),
        rest,
    )
}

/// Adds each slice of `x` along its last axes to `out`.
fn accumulate<A: Element, B: Element>(
    x: ArrayViewD<'_, A>,
    kept_rank: usize,
    out: &mut ArrayViewMutD<'_, B>,
    reducer: impl Reducer<A, B>,
) {
    if x.ndim() == kept_rank {
        Zip::from(out)
            .and(x)
            .for_each(|out, &x| *out = reducer.include(*out, x));
        return;
    }
    for slice in x.axis_iter(Axis(kept_rank)) {
        accumulate(slice, kept_rank, out, reducer);
    }
}
