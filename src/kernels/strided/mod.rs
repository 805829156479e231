//! One way to walk strided memory: what copies, joins, cuts, pads, reverses, rolls, tiles or
//! gathers arrays goes through here.
//!
//! A copy is a [`Walk`]: a box of elements with the strides of where they come from and of where
//! they go. Axes that continue each other in both are joined, so that what is left of the innermost
//! is the longest run that there is. Planes of two axes are copied by [`plane`], which knows runs
//! that lie side by side, short rows, repeated elements, and transposes. Large boxes are cut into
//! smaller ones ([`cut`]), which threads share, and of which several passes find the second in the
//! cache.
//!
//! Elements are bytes here: a walk knows how large they are, and not what they mean. Nothing is
//! computed, so that neither cutting nor order can change a bit.

mod assemble;
mod blocks;
mod cut;
mod gather;
mod plane;
#[cfg(test)]
mod tests;
mod walk;

use std::borrow::Cow;

use ndarray::{ArrayD, ArrayViewD, ArrayViewMutD, CowArray, IxDyn};

use super::pool::Pool;
use super::unset::unset;
use crate::types::{Plain, Result};

pub(crate) use assemble::{Piece, assemble, cut_along_axes};
pub(crate) use blocks::Blocks;
pub(super) use cut::{Cut, PARALLEL};
pub(crate) use gather::{Positions, Rows, gather};
pub(crate) use plane::copy_plane;
pub(crate) use walk::Axis;
use walk::Walk;
pub(super) use walk::{Axes, by_distance, each_place, lengths_of, narrow, push_joined};

/// `to[i] = from[i]`, of arrays of the same shape and any strides.
///
/// # Panics
/// If the shapes differ.
pub(crate) fn copy<T: Plain>(pool: &Pool, from: ArrayViewD<'_, T>, mut to: ArrayViewMutD<'_, T>) {
    assert_eq!(
        from.shape(),
        to.shape(),
        "a copy has the shape of what it is of"
    );
    // SAFETY: both have these lengths, and as `to` is borrowed to be changed, they do not overlap.
    let walk = unsafe {
        Walk::new(
            size_of::<T>(),
            from.shape(),
            (from.as_ptr().cast(), from.strides()),
            (to.as_mut_ptr().cast(), to.strides()),
        )
    };
    walk.run(pool);
}

/// The elements of an array in row-major order under other lengths, which hold as many; copied only
/// where they do not lie so.
///
/// # Errors
/// `ResourceExhausted` if there is no memory for a copy.
pub(crate) fn to_shape<'x, T: Plain>(
    pool: &Pool,
    array: &'x ArrayViewD<'_, T>,
    shape: &[usize],
) -> Result<CowArray<'x, T, IxDyn>> {
    if let Ok(view) = array.view().into_shape_with_order(shape) {
        return Ok(CowArray::from(view));
    }
    let elements = in_order(pool, array)?.into_owned();
    let array = ArrayD::from_shape_vec(IxDyn(shape), elements);
    Ok(CowArray::from(array.expect("as many elements as before")))
}

/// The elements of an array in row-major order; copied only where they do not lie so.
///
/// # Errors
/// `ResourceExhausted`.
pub(crate) fn in_order<'x, T: Plain>(
    pool: &Pool,
    array: &'x ArrayViewD<'_, T>,
) -> Result<Cow<'x, [T]>> {
    if let Some(elements) = array.as_slice() {
        return Ok(Cow::Borrowed(elements));
    }
    let mut elements = unset::<T>(array.shape())?;
    copy(pool, array.view(), elements.view_mut());
    Ok(Cow::Owned(elements.into_raw_vec_and_offset().0))
}
