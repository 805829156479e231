//! Arrays whose element type is known only at run time, inside the engine: [`Value`]. For users
//! there is [`AnyArray`](super::AnyArray).

use ndarray::IxDyn;
use smallvec::SmallVec;

use super::{DType, Element, Numeric, Result, Strided, Value, ValueMut, memory};
use super::{map_value, with_class, with_dtype, with_value, with_value_mut};

impl<'a> ValueMut<'a> {
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

impl Value<'static> {
    /// An array of zeros, of empty texts or of handles on nothing.
    ///
    /// # Errors
    /// `ResourceExhausted` if there is no memory for it.
    pub(crate) fn zeros(dtype: DType, shape: &[usize]) -> Result<Self> {
        with_dtype!(
            dtype,
            T => Ok(T::wrap(memory::zeros::<T>(shape)?.into())),
            owned T => Ok(T::wrap(memory::filled(IxDyn(shape), T::default())?.into()))
        )
    }
}

impl<'a> Value<'a> {
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

    /// The same value where a shorter lifetime is wanted, which the compiler cannot see by itself
    /// (`ArrayView` is invariant).
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

    /// Calls `visit` with each element in row-major order, until that is false; `None` if this is
    /// not an integer array.
    pub(crate) fn visit_integers(&self, mut visit: impl FnMut(i64) -> bool) -> Option<()> {
        with_class!(integer, self.dtype(), T => {
            let view = T::unwrap(self)?.view();
            let _ = view.iter().all(|&x| visit(x.to_i64()));
            Some(())
        }, None)
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
        with_class!(integer, self.dtype(), T => T::unwrap(self).map(integers).transpose(), Ok(None))
    }
}

fn integers<T: Numeric>(array: &Strided<'_, T>) -> Result<SmallVec<[i64; 8]>> {
    let view = array.view();
    let bytes = memory::room_for::<i64>(&[view.len()])?;
    let mut integers = SmallVec::new();
    let reserved = integers.try_reserve_exact(view.len());
    reserved.map_err(|_| memory::refused(bytes))?;
    integers.extend(view.iter().map(|&x| x.to_i64()));
    Ok(integers)
}
