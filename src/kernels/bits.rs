//! Arrays seen as arrays of another type of the same size and alignment, for kernels that move
//! elements and do not look at them: one kernel serves all types of so many bytes.

use ndarray::{ArrayViewD, ArrayViewMutD};

use crate::types::{
    Element, Plain, Result, Value, ValueMut, with_plain_value, with_plain_value_mut,
};

/// The elements of a value as `B`s.
///
/// # Panics
/// If `B` does not stand for the value's type ([`Element::Bits`]).
pub(crate) fn view<'v, B: Plain>(value: &'v Value<'_>) -> ArrayViewD<'v, B> {
    with_plain_value!(value, array => cast(array.view()), not_plain())
}

/// As [`view`], of an array to be written. What is written must be bits of elements of the value's
/// type: copies of such elements, or zeros.
pub(crate) fn view_mut<'v, B: Plain>(value: &'v mut ValueMut<'_>) -> ArrayViewMutD<'v, B> {
    with_plain_value_mut!(value, array => cast_mut(array.view_mut()), not_plain())
}

/// As [`view_mut`], of a value that nobody else holds.
///
/// # Errors
/// `ResourceExhausted` if somebody does and there is no memory for a copy.
pub(crate) fn view_own_mut<'v, B: Plain>(value: &'v mut Value<'_>) -> Result<ArrayViewMutD<'v, B>> {
    with_plain_value!(value, array => Ok(cast_mut(array.view_mut()?)), not_plain())
}

fn not_plain() -> ! {
    panic!("texts and handles have no bits to be moved")
}

fn expect_same<T: Plain, B: Plain>() {
    assert_eq!(
        <T::Bits as Element>::DTYPE,
        B::DTYPE,
        "the bits of another type"
    );
    const {
        assert!(size_of::<T>() == size_of::<T::Bits>());
        assert!(align_of::<T>() == align_of::<T::Bits>());
    }
}

fn cast<T: Plain, B: Plain>(array: ArrayViewD<'_, T>) -> ArrayViewD<'_, B> {
    expect_same::<T, B>();
    let raw = array.raw_view().cast::<B>();
    // SAFETY: elements of the same size and alignment; all bits of a `T` are a `B`, which is an
    // integer or as many numbers.
    unsafe { raw.deref_into_view() }
}

fn cast_mut<T: Plain, B: Plain>(mut array: ArrayViewMutD<'_, T>) -> ArrayViewMutD<'_, B> {
    expect_same::<T, B>();
    let raw = array.raw_view_mut().cast::<B>();
    // SAFETY: as for `cast`; and what is written are elements of `T`, by the promise of those who
    // ask for it.
    unsafe { raw.deref_into_view_mut() }
}
