//! Arrays whose element type is known only at run time, inside the engine: [`Value`]. For users there is [`AnyArray`](super::AnyArray).

use ndarray::{ArcArray, ArrayD, ArrayViewD, ArrayViewMutD, Axis, IxDyn, Slice, arr0};

use smallvec::SmallVec;

use super::{DType, Element, Result, memory};

/// An n-dimensional array of any strides that is shared by reference count, borrowed from a feed, or a single number.
#[derive(Clone, Debug)]
pub enum Strided<'a, T> {
    /// Memory owned together with all clones of this value.
    Shared(ArcArray<T, IxDyn>),
    /// The user's memory, lent for the length of a run.
    Borrowed(ArrayViewD<'a, T>),
    /// A number, which is an array without axes.
    Single(T),
}

/// Runs `$body` with `$array` bound to the array inside a [`Strided`], which is moved; a single number becomes an array first.
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

    /// The `count` positions `first`, `first + step`, ... of axis `axis`, not copied. They must lie in the array.
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

    /// The same elements in row-major order under other lengths, copied only where the strides force it.
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
    fn viewed(self, lengths: &[usize]) -> Option<Self> {
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

    /// The elements, to be changed; copied first if they are borrowed or someone else holds them too.
    ///
    /// # Errors
    /// `ResourceExhausted` if there is no memory for a copy.
    pub fn view_mut(&mut self) -> Result<ArrayViewMutD<'_, T>> {
        match self {
            Strided::Shared(array) if array.is_unique() => {}
            Strided::Shared(array) => *array = memory::copied(array)?.into_shared(),
            Strided::Borrowed(view) => *self = memory::copied(view)?.into(),
            Strided::Single(number) => *self = arr0(*number).into_dyn().into(),
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
    fn reborrow<'b>(self) -> Strided<'b, T>
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
    fn to_shared(&self) -> Result<Strided<'static, T>> {
        Ok(match self {
            Strided::Shared(array) => Strided::Shared(array.clone()),
            Strided::Borrowed(view) => Strided::from(memory::copied(view)?),
            Strided::Single(number) => Strided::from(arr0(*number).into_dyn()),
        })
    }
}

/// `count` positions from `first` in steps of `step`, in ndarray's terms: a range, read backwards if the step is negative.
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

/// What flows along an edge of the graph: a [`Strided`] array of one of the element types.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Value<'a> {
    /// `float32`.
    Float32(Strided<'a, f32>),
    /// `float64`.
    Float64(Strided<'a, f64>),
    /// `int32`.
    Int32(Strided<'a, i32>),
    /// `int64`.
    Int64(Strided<'a, i64>),
    /// `uint8`.
    UInt8(Strided<'a, u8>),
    /// `bool`.
    Bool(Strided<'a, bool>),
}

/// Runs `$body` with `$array` bound to the [`Strided`] array inside a [`Value`].
macro_rules! with_value {
    ($value:expr, $array:ident => $body:expr) => {
        match $value {
            $crate::types::Value::Float32($array) => $body,
            $crate::types::Value::Float64($array) => $body,
            $crate::types::Value::Int32($array) => $body,
            $crate::types::Value::Int64($array) => $body,
            $crate::types::Value::UInt8($array) => $body,
            $crate::types::Value::Bool($array) => $body,
        }
    };
}

/// As [`with_value!`] where `$body` gives an array that becomes a [`Value`] again.
macro_rules! map_value {
    ($value:expr, $array:ident => $body:expr) => {
        match $value {
            Value::Float32($array) => Value::Float32($body),
            Value::Float64($array) => Value::Float64($body),
            Value::Int32($array) => Value::Int32($body),
            Value::Int64($array) => Value::Int64($body),
            Value::UInt8($array) => Value::UInt8($body),
            Value::Bool($array) => Value::Bool($body),
        }
    };
}

/// An array of any of the element types, to be written: where a kernel puts a result.
#[derive(Debug)]
#[non_exhaustive]
pub enum ValueMut<'a> {
    /// `float32`.
    Float32(ArrayViewMutD<'a, f32>),
    /// `float64`.
    Float64(ArrayViewMutD<'a, f64>),
    /// `int32`.
    Int32(ArrayViewMutD<'a, i32>),
    /// `int64`.
    Int64(ArrayViewMutD<'a, i64>),
    /// `uint8`.
    UInt8(ArrayViewMutD<'a, u8>),
    /// `bool`.
    Bool(ArrayViewMutD<'a, bool>),
}

/// As [`with_value!`] for a [`ValueMut`].
macro_rules! with_value_mut {
    ($value:expr, $array:ident => $body:expr) => {
        match $value {
            $crate::types::ValueMut::Float32($array) => $body,
            $crate::types::ValueMut::Float64($array) => $body,
            $crate::types::ValueMut::Int32($array) => $body,
            $crate::types::ValueMut::Int64($array) => $body,
            $crate::types::ValueMut::UInt8($array) => $body,
            $crate::types::ValueMut::Bool($array) => $body,
        }
    };
}

pub(crate) use {with_value, with_value_mut};

impl<'a> ValueMut<'a> {
    /// The element type.
    pub(crate) fn dtype(&self) -> DType {
        match self {
            ValueMut::Float32(_) => DType::Float32,
            ValueMut::Float64(_) => DType::Float64,
            ValueMut::Int32(_) => DType::Int32,
            ValueMut::Int64(_) => DType::Int64,
            ValueMut::UInt8(_) => DType::UInt8,
            ValueMut::Bool(_) => DType::Bool,
        }
    }

    /// Whether the elements lie one after the other in row-major order.
    pub(crate) fn is_row_major(&self) -> bool {
        with_value_mut!(self, array => array.is_standard_layout())
    }

    /// The lengths of the axes.
    #[inline]
    pub(crate) fn shape(&self) -> &[usize] {
        with_value_mut!(self, array => array.shape())
    }
}

#[cfg(any(feature = "checkpoint", test))]
impl Value<'static> {
    /// An array of zeros.
    ///
    /// # Errors
    /// `ResourceExhausted` if there is no memory for it.
    pub(crate) fn zeros(dtype: DType, shape: &[usize]) -> Result<Self> {
        super::with_dtype!(dtype, T => Ok(T::wrap(memory::zeros::<T>(shape)?.into())))
    }
}

impl<'a> Value<'a> {
    /// The element type.
    pub fn dtype(&self) -> DType {
        match self {
            Value::Float32(_) => DType::Float32,
            Value::Float64(_) => DType::Float64,
            Value::Int32(_) => DType::Int32,
            Value::Int64(_) => DType::Int64,
            Value::UInt8(_) => DType::UInt8,
            Value::Bool(_) => DType::Bool,
        }
    }

    /// The lengths of the axes.
    #[inline]
    pub fn shape(&self) -> &[usize] {
        with_value!(self, array => array.shape())
    }

    /// Whether the elements are somebody else's.
    pub(crate) fn is_borrowed(&self) -> bool {
        with_value!(self, array => matches!(array, Strided::Borrowed(_)))
    }

    /// Whether nobody else holds the elements.
    #[inline]
    pub(crate) fn is_single_owner(&self) -> bool {
        with_value!(self, array => array.is_single_owner())
    }

    /// The same elements in memory of their own, in row-major order.
    ///
    /// # Errors
    /// `ResourceExhausted` if there is no memory for them.
    pub(crate) fn copied(&self) -> Result<Value<'static>> {
        Ok(map_value!(self, array => Strided::from(memory::copied_in_order(&array.view())?)))
    }

    /// How many bytes all elements take.
    #[inline]
    pub(crate) fn bytes(&self) -> usize {
        self.shape().iter().product::<usize>() * self.dtype().size()
    }

    /// The same array with its axes in the order `axes`, not copied.
    pub fn permuted(self, axes: &[usize]) -> Self {
        map_value!(self, array => array.permuted(axes))
    }

    /// Some positions of an axis, not copied; see [`Strided::sliced`].
    pub fn sliced(self, axis: usize, first: usize, count: usize, step: isize) -> Self {
        map_value!(self, array => array.sliced(axis, first, count, step))
    }

    /// One position of an axis, not copied; see [`Strided::indexed`].
    pub fn indexed(self, axis: usize, index: usize) -> Self {
        map_value!(self, array => array.indexed(axis, index))
    }

    /// A new axis of length 1, not copied; see [`Strided::expanded`].
    pub fn expanded(self, axis: usize) -> Self {
        map_value!(self, array => array.expanded(axis))
    }

    /// The same elements under other lengths, as far as they need not be copied for that.
    pub(crate) fn viewed(&self, lengths: &[usize]) -> Option<Self> {
        Some(map_value!(self.clone(), array => array.viewed(lengths)?))
    }

    /// The same elements under other lengths; see [`Strided::reshaped`].
    ///
    /// # Errors
    /// `ResourceExhausted` if there is no memory for a copy, here and below.
    pub fn reshaped(self, lengths: &[usize]) -> Result<Self> {
        Ok(map_value!(self, array => array.reshaped(lengths)?))
    }

    /// The same value where a shorter lifetime is wanted, which the compiler cannot see by itself (`ArrayView` is
    /// invariant).
    pub fn reborrow<'b>(self) -> Value<'b>
    where
        'a: 'b,
    {
        map_value!(self, array => array.reborrow())
    }

    /// A value that borrows nothing: a clone of a shared array, a copy of a borrowed one.
    ///
    /// # Errors
    /// `ResourceExhausted` if there is no memory for a copy.
    pub fn to_owned_value(&self) -> Result<Value<'static>> {
        Ok(map_value!(self, array => array.to_shared()?))
    }

    /// The same array in memory that may be shared and in row-major order, copied if it is not yet.
    pub(crate) fn into_row_major(self) -> Result<Self> {
        Ok(map_value!(self, array => match array {
            Strided::Shared(array) if array.is_standard_layout() => Strided::Shared(array),
            array => Strided::from(memory::copied_in_order(&array.view())?),
        }))
    }

    /// Calls `visit` with each element in row-major order, until that is false; `None` if this is not an integer array.
    pub(crate) fn visit_integers(&self, visit: impl FnMut(i64) -> bool) -> Option<()> {
        match self {
            Value::Int32(array) => visit_integers(array, visit),
            Value::Int64(array) => visit_integers(array, visit),
            Value::UInt8(array) => visit_integers(array, visit),
            _ => return None,
        }
        Some(())
    }

    /// The elements as `i64` in row-major order; `None` if this is not an integer array.
    ///
    /// # Errors
    /// `ResourceExhausted` if there is no memory for them.
    pub fn to_i64_vec(&self) -> Result<Option<Vec<i64>>> {
        Ok(self.to_integers()?.map(SmallVec::into_vec))
    }

    /// As [`to_i64_vec`](Value::to_i64_vec), without an allocation if there are few.
    pub(crate) fn to_integers(&self) -> Result<Option<SmallVec<[i64; 8]>>> {
        Ok(match self {
            Value::Int32(array) => Some(integers(array)?),
            Value::Int64(array) => Some(integers(array)?),
            Value::UInt8(array) => Some(integers(array)?),
            _ => None,
        })
    }
}

fn visit_integers<T: Element + Into<i64>>(
    array: &Strided<'_, T>,
    mut visit: impl FnMut(i64) -> bool,
) {
    let _ = array.view().iter().all(|&x| visit(x.into()));
}

fn integers<T: Element + Into<i64>>(array: &Strided<'_, T>) -> Result<SmallVec<[i64; 8]>> {
    let view = array.view();
    let bytes = memory::room_for::<i64>(&[view.len()])?;
    let mut integers = SmallVec::new();
    let reserved = integers.try_reserve_exact(view.len());
    reserved.map_err(|_| memory::refused(bytes))?;
    integers.extend(view.iter().map(|&x| x.into()));
    Ok(integers)
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
