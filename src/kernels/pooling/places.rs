//! What stands where indices say.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::super::pieces::each_piece;
use super::super::pool::Pool;
use crate::types::{Integer, Numeric};

/// The index as a place among `length` elements.
fn place<I: Integer>(index: I, length: usize) -> Option<usize> {
    let place = usize::try_from(index.to_i64()).ok();
    place.filter(|place| *place < length)
}

/// An index that is none, of which `wrong` is the place from 1 on; 0 if there is none.
fn first_wrong<I: Integer>(at: &[I], wrong: &AtomicUsize) -> Result<(), i64> {
    match wrong.load(Relaxed) {
        0 => Ok(()),
        found => Err(at[found - 1].to_i64()),
    }
}

/// Sets `out` to 0, and adds each of `values` where `at` says. Both are `parts` parts of the same
/// length, of which each has its own indices.
///
/// # Errors
/// An index that is none.
pub(crate) fn scatter_places<T: Numeric, I: Integer>(
    pool: &Pool,
    (values, at): (&[T], &[I]),
    parts: usize,
    out: &mut [T],
) -> Result<(), i64> {
    assert_eq!(values.len(), at.len(), "an index for each");
    let parts = parts.max(1);
    let (length, count) = (out.len() / parts, values.len() / parts);
    if length == 0 {
        return at.first().map_or(Ok(()), |index| Err(index.to_i64()));
    }
    let wrong = AtomicUsize::new(0);
    each_piece(pool, out, length, &|first, out| {
        out.fill(T::ZERO);
        let start = first / length * count;
        for i in start..start + count {
            match place(at[i], length) {
                Some(place) => out[place] = out[place].plus(values[i]),
                None => drop(wrong.fetch_max(i + 1, Relaxed)),
            }
        }
    });
    first_wrong(at, &wrong)
}

/// Writes to `out` what stands in `values` where `at` says. Both are `parts` parts of the same
/// length, of which each has its own indices.
///
/// # Errors
/// An index that is none.
pub(crate) fn gather_places<T: Numeric, I: Integer>(
    pool: &Pool,
    (values, at): (&[T], &[I]),
    parts: usize,
    out: &mut [T],
) -> Result<(), i64> {
    assert_eq!(out.len(), at.len(), "an index for each");
    let parts = parts.max(1);
    let (length, count) = (values.len() / parts, out.len() / parts);
    let wrong = AtomicUsize::new(0);
    each_piece(pool, out, count.max(1), &|first, out| {
        let values = &values[first / count.max(1) * length..][..length];
        for (i, out) in out.iter_mut().enumerate() {
            match place(at[first + i], length) {
                Some(place) => *out = values[place],
                None => drop(wrong.fetch_max(first + i + 1, Relaxed)),
            }
        }
    });
    first_wrong(at, &wrong)
}
