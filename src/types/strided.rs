//! Arrays of one element type: [`Strided`].

use ndarray::{ArcArray, ArrayD, ArrayViewD, ArrayViewMutD, Axis, IxDyn, Slice, arr0};

use super::{Element, Result, memory};

/// An n-dimensional array of any strides that is shared by reference count, borrowed from a feed,
/// or a single number.
#[derive(Clone, Debug)]
pub enum Strided<'a, T> {
    /// Memory owned together with all clones of this value.
    Shared(ArcArray<T, IxDyn>),
    /// The user's memory, lent for the length of a run.
    Borrowed(ArrayViewD<'a, T>),
    /// A number, which is an array without axes.
    Single(T),
}

/// Runs `$body` with `$array` bound to the array inside a [`Strided`], which is moved; a single
/// number becomes an array first.
macro_rules! map_strided {
    ($strided:expr, $array:ident => $body:expr) => {
        match $strided {
            Strided::Shared($array) => Strided::Shared($body),
            Strided::Borrowed($array) => Strided::Borrowed($body),
            Strided::Single(number) => {
                let $array = arr0(number).into_dyn().into_shared();
                Strided::Shared($body)
            }
        }
    };
}

impl<'a, T: Element> Strided<'a, T> {
    /// A view of the elements.
    #[inline]
    pub fn view(&self) -> ArrayViewD<'_, T> {
        match self {
            Strided::Shared(array) => array.view(),
            Strided::Borrowed(view) => view.view(),
            Strided::Single(number) => {
                let view = ArrayViewD::from_shape(IxDyn(&[]), std::slice::from_ref(number));
                view.expect("one number is an array without axes")
            }
        }
    }

    /// The lengths of the axes.
    #[inline]
    pub fn shape(&self) -> &[usize] {
        match self {
            Strided::Shared(array) => array.shape(),
            Strided::Borrowed(view) => view.shape(),
            Strided::Single(_) => &[],
        }
    }

    /// The first element.
    #[inline]
    pub(crate) fn as_ptr(&self) -> *const T {
        match self {
            Strided::Shared(array) => array.as_ptr(),
            Strided::Borrowed(view) => view.as_ptr(),
            Strided::Single(number) => number,
        }
    }

    /// How far apart neighbours along each axis lie, in elements.
    #[inline]
    pub fn strides(&self) -> &[isize] {
        match self {
            Strided::Shared(array) => array.strides(),
            Strided::Borrowed(view) => view.strides(),
            Strided::Single(_) => &[],
        }
    }

    /// The same array with its axes in the order `axes`, not copied.
    pub fn permuted(self, axes: &[usize]) -> Self {
        map_strided!(self, array => array.permuted_axes(IxDyn(axes)))
    }

    /// The `count` positions `first`, `first + step`, ... of axis `axis`, not copied. They must lie
    /// in the array.
    pub fn sliced(self, axis: usize, first: usize, count: usize, step: isize) -> Self {
        let slice = positions(first, count, step);
        map_strided!(self, array => {
            let mut array = array;
            array.slice_axis_inplace(Axis(axis), slice);
            array
        })
    }

    /// The part at position `index` of axis `axis`, without that axis, not copied.
    pub fn indexed(self, axis: usize, index: usize) -> Self {
        map_strided!(self, array => array.index_axis_move(Axis(axis), index))
    }

    /// The same array with an axis of length 1 inserted before axis `axis`, not copied.
    pub fn expanded(self, axis: usize) -> Self {
        map_strided!(self, array => array.insert_axis(Axis(axis)))
    }

    /// Whether this is an array that nobody else holds.
    pub(crate) fn is_single_owner(&self) -> bool {
        matches!(self, Strided::Shared(array) if array.is_unique())
    }

    /// The same elements in row-major order under other lengths, copied only where the strides
    /// force it.
    ///
    /// `lengths` must hold as many elements as `self`.
    ///
    /// # Errors
    /// `ResourceExhausted` if there is no memory for a copy, here and below.
    pub fn reshaped(self, lengths: &[usize]) -> Result<Self> {
        match self.clone().viewed(lengths) {
            Some(view) => Ok(view),
            None => Ok(Strided::from(memory::copied_to_shape(
                &self.view(),
                lengths,
            )?)),
        }
    }

    /// As [`reshaped`](Strided::reshaped), if nothing need be copied.
    pub(super) fn viewed(self, lengths: &[usize]) -> Option<Self> {
        let shape = IxDyn(lengths);
        match self {
            unchanged if unchanged.shape() == lengths => Some(unchanged),
            Strided::Shared(array) => array.into_shape_with_order(shape).ok().map(Strided::Shared),
            Strided::Borrowed(view) => view
                .into_shape_with_order(shape)
                .ok()
                .map(Strided::Borrowed),
            Strided::Single(number) => Some(
                arr0(number)
                    .into_dyn()
                    .into_shape_with_order(shape)
                    .ok()?
                    .into(),
            ),
        }
    }

    /// The elements, to be changed; copied first if they are borrowed or someone else holds them
    /// too.
    ///
    /// # Errors
    /// `ResourceExhausted` if there is no memory for a copy.
    #[inline(never)]
    pub fn view_mut(&mut self) -> Result<ArrayViewMutD<'_, T>> {
        match self {
            Strided::Shared(array) if array.is_unique() => {}
            Strided::Shared(array) => *array = memory::copied(array)?.into_shared(),
            Strided::Borrowed(view) => *self = memory::copied(view)?.into(),
            Strided::Single(number) => *self = arr0(number.clone()).into_dyn().into(),
        }
        match self {
            Strided::Shared(array) => Ok(array.view_mut()),
            _ => unreachable!("made shared just above"),
        }
    }

    /// An owned array with these elements: a move where nobody else holds them, else a copy.
    ///
    /// # Errors
    /// `ResourceExhausted` if there is no memory for a copy.
    #[inline(never)]
    pub fn into_array(self) -> Result<ArrayD<T>> {
        match self {
            Strided::Shared(array) => array
                .try_into_owned_nocopy()
                .or_else(|array| memory::copied(&array)),
            Strided::Borrowed(view) => memory::copied(&view),
            Strided::Single(number) => Ok(arr0(number).into_dyn()),
        }
    }

    /// The same array where a shorter lifetime is wanted.
    pub(super) fn reborrow<'b>(self) -> Strided<'b, T>
    where
        'a: 'b,
    {
        match self {
            Strided::Shared(array) => Strided::Shared(array),
            Strided::Borrowed(view) => Strided::Borrowed(view.reborrow()),
            Strided::Single(number) => Strided::Single(number),
        }
    }

    /// The same array, borrowing nothing: copied if it is borrowed.
    pub(super) fn to_shared(&self) -> Result<Strided<'static, T>> {
        Ok(match self {
            Strided::Shared(array) => Strided::Shared(array.clone()),
            Strided::Borrowed(view) => Strided::from(memory::copied(view)?),
            Strided::Single(number) => Strided::from(arr0(number.clone()).into_dyn()),
        })
    }
}

/// `count` positions from `first` in steps of `step`, in ndarray's terms: a range, read backwards
/// if the step is negative.
fn positions(first: usize, count: usize, step: isize) -> Slice {
    let first = first as isize;
    if count <= 1 {
        return Slice::new(first, Some(first + count as isize), 1);
    }
    let last = first + (count as isize - 1) * step;
    Slice::new(first.min(last), Some(first.max(last) + 1), step)
}

impl<T: Element> From<ArrayD<T>> for Strided<'_, T> {
    fn from(array: ArrayD<T>) -> Self {
        Strided::Shared(array.into_shared())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{arr2, s};

    #[test]
    fn reshaping_a_reversed_view_reads_its_elements_in_order() {
        let array = arr2(&[[1, 2], [3, 4], [5, 6]]).into_dyn();
        let reversed = Strided::Borrowed(array.slice(s![..;-1, ..]).into_dyn());
        let flat = reversed.reshaped(&[6]).unwrap();
        assert_eq!(
            flat.view().iter().copied().collect::<Vec<i32>>(),
            [5, 6, 3, 4, 1, 2]
        );
    }

    #[test]
    fn slicing_backwards_takes_every_second_element_from_the_first_named() {
        let array: Strided<'_, i32> = ndarray::arr1(&[0, 1, 2, 3, 4, 5]).into_dyn().into();
        let taken = |first, count, step| {
            array
                .clone()
                .sliced(0, first, count, step)
                .view()
                .iter()
                .copied()
                .collect::<Vec<_>>()
        };
        assert_eq!(taken(4, 2, -2), [4, 2]);
        assert_eq!(taken(5, 3, -2), [5, 3, 1]);
        assert_eq!(taken(0, 3, 2), [0, 2, 4]);
        assert_eq!(taken(3, 0, -1), [] as [i32; 0]);
        assert_eq!(taken(6, 0, isize::MIN), [] as [i32; 0]);
    }
}
