//! How optimizers change a variable: each formula is one pass over the variable, its slots and the
//! gradient.

use std::ops::Range;

use ndarray::{ArrayViewD, ArrayViewMutD};

use super::cpu::vectorised_floats;
use super::reader::Reader;
use super::rows::{self, Given};
use crate::types::{Float, Value};

/// The numbers of one step of an optimizer that keeps `N - 1` slots for a variable.
pub(crate) trait Step<T: Float, const N: usize>: Copy {
    /// Takes the step for a part of a variable and its slots, or for some rows of it.
    fn change(self, arrays: [&mut [T]; N], gradient: &[T], rows: Rows<'_>);
}

/// Which elements of the arrays a step is taken for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rows<'r> {
    /// All, of which there are as many as the gradient has.
    All,
    /// Those of some rows of `width` elements, in the order in which they are named, or a part of
    /// each from the element `from` on.
    Named {
        targets: &'r [i64],
        width: usize,
        from: usize,
    },
}

/// Takes a step for a variable with its slots.
pub(crate) fn take<T: Float, S: Step<T, N>, const N: usize>(
    step: S,
    arrays: [ArrayViewMutD<'_, T>; N],
    gradient: ArrayViewD<'_, T>,
) {
    update(arrays, gradient, |arrays, gradient| {
        step.change(arrays, gradient, Rows::All)
    });
}

/// How many rows are asked for at once.
const AHEAD: usize = 16;

/// Takes a step for those rows of a variable with its slots that `indices` name, row by row. All
/// have been found to be there.
pub(crate) fn take_rows<T: Float, S: Step<T, N>, const N: usize>(
    step: S,
    mut arrays: [ArrayViewMutD<'_, T>; N],
    gradient: ArrayViewD<'_, T>,
    indices: &Value<'_>,
) {
    let width: usize = arrays[0].shape()[1..].iter().product();
    let mut arrays = slices(&mut arrays).expect("variables lie in row-major order");
    let mut gradient = Given::new(&gradient);
    if width == 0 {
        return;
    }
    rows::each_piece(indices, &mut |targets| {
        // The next rows are on their way while some are worked on.
        let mut blocks = targets.chunks(AHEAD).peekable();
        while let Some(block) = blocks.next() {
            for array in &arrays {
                rows::ask_for(array, width, blocks.peek().copied().unwrap_or_default());
            }
            gradient.next(block, width, |targets, from, gradient| {
                let arrays = arrays.each_mut().map(|array| &mut **array);
                let rows = Rows::Named {
                    targets,
                    width,
                    from,
                };
                step.change(arrays, gradient, rows);
            });
        }
    });
}

// What is done to the elements; `after` must be marked `#[inline(always)]`, see `vectorised`.

pub(crate) fn change_one<T: Float>(
    variable: &mut [T],
    gradient: &[T],
    rows: Rows<'_>,
    after: impl Fn(T, T) -> T + Copy,
) {
    each_part(
        rows,
        gradient,
        #[inline(always)]
        |part, gradient| each_one(&mut variable[part], gradient, after),
    );
}

pub(crate) fn change_two<T: Float>(
    variable: &mut [T],
    slot: &mut [T],
    gradient: &[T],
    rows: Rows<'_>,
    after: impl Fn(T, T, T) -> (T, T) + Copy,
) {
    each_part(
        rows,
        gradient,
        #[inline(always)]
        |part, gradient| {
            each_two(
                &mut variable[part.clone()],
                &mut slot[part],
                gradient,
                after,
            );
        },
    );
}

pub(crate) fn change_three<T: Float>(
    variable: &mut [T],
    [first, second]: [&mut [T]; 2],
    gradient: &[T],
    rows: Rows<'_>,
    after: impl Fn(T, T, T, T) -> (T, T, T) + Copy,
) {
    each_part(
        rows,
        gradient,
        #[inline(always)]
        |part, gradient| {
            each_three(
                &mut variable[part.clone()],
                &mut first[part.clone()],
                &mut second[part],
                gradient,
                after,
            );
        },
    );
}

pub(crate) fn change_four<T: Float>(
    variable: &mut [T],
    [first, second, third]: [&mut [T]; 3],
    gradient: &[T],
    rows: Rows<'_>,
    after: impl Fn(T, [T; 3], T) -> (T, [T; 3]) + Copy,
) {
    each_part(
        rows,
        gradient,
        #[inline(always)]
        |part, gradient| {
            let slots = [
                &mut first[part.clone()],
                &mut second[part.clone()],
                &mut third[part.clone()],
            ];
            each_four(&mut variable[part], slots, gradient, after);
        },
    );
}

/// Calls `each`, which is compiled for each level of processor, with the places in the arrays and
/// the part of the gradient that belong together.
#[inline(always)]
fn each_part<T: Float>(rows: Rows<'_>, gradient: &[T], each: impl FnMut(Range<usize>, &[T])) {
    vectorised_floats!([T] each_part_of(rows, gradient, each));
}

#[inline(always)]
fn each_part_of<T>(rows: Rows<'_>, gradient: &[T], mut each: impl FnMut(Range<usize>, &[T])) {
    match rows {
        Rows::All => each(0..gradient.len(), gradient),
        Rows::Named {
            targets,
            width,
            from,
        } => {
            // Of rows of one element the compiler is to know that they are no longer.
            if gradient.len() == targets.len() {
                let (elements, _) = gradient.as_chunks::<1>();
                for (&target, element) in targets.iter().zip(elements) {
                    let start = target as usize * width + from;
                    each(start..start + 1, element);
                }
                return;
            }
            let length = gradient.len() / targets.len().max(1);
            for (&target, gradient) in targets.iter().zip(gradient.chunks_exact(length.max(1))) {
                let start = target as usize * width + from;
                each(start..start + length, gradient);
            }
        }
    }
}

// The loops, compiled once more for each level of processor. The arrays are arguments of their own,
// so that the compiler knows that they do not overlap, which it does not know of what a closure
// holds.

#[inline(always)]
fn each_one<T: Float>(variable: &mut [T], gradient: &[T], after: impl Fn(T, T) -> T) {
    for (variable, &gradient) in variable.iter_mut().zip(gradient) {
        *variable = after(*variable, gradient);
    }
}

#[inline(always)]
fn each_two<T: Float>(
    variable: &mut [T],
    slot: &mut [T],
    gradient: &[T],
    after: impl Fn(T, T, T) -> (T, T),
) {
    for ((variable, slot), &gradient) in variable.iter_mut().zip(slot).zip(gradient) {
        (*variable, *slot) = after(*variable, *slot, gradient);
    }
}

#[inline(always)]
fn each_three<T: Float>(
    variable: &mut [T],
    first: &mut [T],
    second: &mut [T],
    gradient: &[T],
    after: impl Fn(T, T, T, T) -> (T, T, T),
) {
    let slots = first.iter_mut().zip(second);
    for ((variable, (first, second)), &gradient) in variable.iter_mut().zip(slots).zip(gradient) {
        (*variable, *first, *second) = after(*variable, *first, *second, gradient);
    }
}

#[inline(always)]
fn each_four<T: Float>(
    variable: &mut [T],
    [first, second, third]: [&mut [T]; 3],
    gradient: &[T],
    after: impl Fn(T, [T; 3], T) -> (T, [T; 3]),
) {
    let slots = first.iter_mut().zip(second).zip(third);
    for ((variable, ((first, second), third)), &gradient) in
        variable.iter_mut().zip(slots).zip(gradient)
    {
        (*variable, [*first, *second, *third]) =
            after(*variable, [*first, *second, *third], gradient);
    }
}

/// Runs `change` on a variable, its slots and the gradient, which have the same shape: on all their
/// elements at once if they lie in row-major order, else on some or one at a time.
fn update<T: Float, const N: usize>(
    mut arrays: [ArrayViewMutD<'_, T>; N],
    gradient: ArrayViewD<'_, T>,
    change: impl Fn([&mut [T]; N], &[T]),
) {
    let Some(mut left) = slices(&mut arrays) else {
        return update_each(arrays, gradient, change);
    };
    if let Some(gradient) = gradient.as_slice() {
        return change(left, gradient);
    }
    let mut gradient = Reader::new(&gradient);
    for length in gradient.lengths() {
        let next = left.each_mut().map(|left| left.split_off_mut(..length));
        change(
            next.map(|slice| slice.expect("all have the same shape")),
            gradient.next(length),
        );
    }
}

fn update_each<T: Float, const N: usize>(
    arrays: [ArrayViewMutD<'_, T>; N],
    gradient: ArrayViewD<'_, T>,
    change: impl Fn([&mut [T]; N], &[T]),
) {
    let mut rest = arrays.map(ArrayViewMutD::into_iter);
    for gradient in gradient {
        let elements = rest.each_mut().map(|elements| {
            let element = elements.next().expect("all have the same shape");
            std::slice::from_mut(element)
        });
        change(elements, std::slice::from_ref(gradient));
    }
}

/// The arrays as slices, if all lie in row-major order.
fn slices<'a, T, const N: usize>(
    arrays: &'a mut [ArrayViewMutD<'_, T>; N],
) -> Option<[&'a mut [T]; N]> {
    let all = arrays.each_mut().map(|array| array.as_slice_mut());
    all.iter()
        .all(Option::is_some)
        .then(|| all.map(Option::unwrap_or_default))
}
