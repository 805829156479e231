//! Going along the axes of an array, as far as there is anything.
//!
//! An array without elements may have an axis of any length: `[2^45, 0]`. Nobody comes to its end,
//! so that loops over the parts of an array are made of these functions, which give no parts of an
//! array that has no elements. Two of `ndarray`'s functions on whole arrays go line by line where
//! these lie differently, and are made safe here as well.

use std::iter::Take;

use ndarray::iter::{AxisIter, AxisIterMut, LanesIter, LanesIterMut};
use ndarray::{ArrayBase, ArrayViewMut, Axis, Data, DataMut, Dimension, RawData, RemoveAxis};

/// The parts of an array at the positions of `axis`.
#[inline]
pub(crate) fn parts<S: Data, D: RemoveAxis>(
    array: &ArrayBase<S, D>,
    axis: Axis,
) -> Take<AxisIter<'_, S::Elem, D::Smaller>> {
    // Not empty: none are taken then, here and below.
    array.axis_iter(axis).take(most(array))
}

/// As [`parts`], to be changed.
#[inline]
pub(crate) fn parts_mut<S: DataMut, D: RemoveAxis>(
    array: &mut ArrayBase<S, D>,
    axis: Axis,
) -> Take<AxisIterMut<'_, S::Elem, D::Smaller>> {
    let most = most(array);
    // Not empty: as above.
    array.axis_iter_mut(axis).take(most)
}

/// The lines of an array along `axis`.
#[cfg_attr(
    not(feature = "summary"),
    allow(dead_code, reason = "the pictures of summaries are read in lines")
)]
#[inline]
pub(crate) fn lines<S: Data, D: Dimension>(
    array: &ArrayBase<S, D>,
    axis: Axis,
) -> Take<LanesIter<'_, S::Elem, D::Smaller>> {
    // Not empty: as above.
    array.lanes(axis).into_iter().take(most(array))
}

/// As [`lines`], to be changed.
#[inline]
pub(crate) fn lines_mut<S: DataMut, D: Dimension>(
    array: &mut ArrayBase<S, D>,
    axis: Axis,
) -> Take<LanesIterMut<'_, S::Elem, D::Smaller>> {
    let most = most(array);
    // Not empty: as above.
    array.lanes_mut(axis).into_iter().take(most)
}

/// Gives `to` the elements of `from`, which has its shape.
#[inline]
pub(crate) fn assign<A: Clone, D: Dimension>(
    mut to: ArrayViewMut<'_, A, D>,
    from: &ArrayBase<impl Data<Elem = A>, D>,
) {
    if !to.is_empty() {
        // Not empty: seen to just now.
        to.assign(from);
    }
}

/// Calls `change` with each element of `to` and that of `from`, which has its shape, in the same
/// place.
#[inline]
pub(crate) fn change_by<A, B, D: Dimension>(
    mut to: ArrayViewMut<'_, A, D>,
    from: &ArrayBase<impl Data<Elem = B>, D>,
    change: impl FnMut(&mut A, &B),
) {
    if !to.is_empty() {
        // Not empty: seen to just now.
        to.zip_mut_with(from, change);
    }
}

fn most<S: RawData, D: Dimension>(array: &ArrayBase<S, D>) -> usize {
    if array.is_empty() { 0 } else { usize::MAX }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, ArrayView2, arr2};

    #[test]
    fn what_has_no_elements_has_no_parts() {
        let mut memory = [0.0f32; 0];
        for shape in [(1 << 60, 0), (0, 1 << 60), (0, 0)] {
            for axis in [Axis(0), Axis(1)] {
                let empty = ArrayView2::from_shape(shape, &memory).unwrap();
                assert_eq!(parts(&empty, axis).count(), 0);
                assert_eq!(lines(&empty, axis).count(), 0);
                let mut empty = ndarray::ArrayViewMut2::from_shape(shape, &mut memory).unwrap();
                assert_eq!(parts_mut(&mut empty, axis).count(), 0);
                assert_eq!(lines_mut(&mut empty, axis).count(), 0);
            }
        }
    }

    #[test]
    fn nothing_is_copied_to_an_array_without_elements_whatever_its_strides() {
        use ndarray::{ArrayView, ArrayViewMut, ShapeBuilder};
        let mut memory = [0.0f32; 0];
        let from = ArrayView::from_shape((1 << 60, 3, 0).strides((0, 1, 1)), &[0.0; 4]).unwrap();
        let mut to = ArrayViewMut::from_shape((1 << 60, 3, 0), &mut memory).unwrap();
        assign(to.view_mut(), &from);
        change_by(to.view_mut(), &from, |_, _| {
            unreachable!("there are no elements")
        });
    }

    #[test]
    fn all_parts_of_what_has_some_come_in_their_order() {
        let mut array = arr2(&[[1, 2, 3], [4, 5, 6]]);
        let rows: Vec<_> = parts(&array, Axis(0)).map(|row| row.to_vec()).collect();
        assert_eq!(rows, [[1, 2, 3], [4, 5, 6]]);
        let columns: Vec<_> = lines(&array, Axis(0)).map(|line| line.to_vec()).collect();
        assert_eq!(columns, [[1, 4], [2, 5], [3, 6]]);
        parts_mut(&mut array, Axis(1)).for_each(|mut column| column[0] = 0);
        lines_mut(&mut array, Axis(1)).for_each(|mut row| row[2] = 9);
        assert_eq!(array, Array2::from(vec![[0, 0, 9], [4, 5, 9]]));
    }
}
