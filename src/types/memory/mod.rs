//! Memory for arrays: the one place where arrays that may be large are made. Memory that there is
//! not is an error.
//!
//! Two checks decide whether there is enough. The first is made here, since systems promise more
//! memory than they have and then end the program; the second is the allocator's. A thread's
//! [`Allowance`], which a run sets, says how much it may still allocate; without one, it may
//! allocate what the machine has.

mod machine;

use std::cell::Cell;

use ndarray::{Array, ArrayBase, ArrayD, ArrayViewMutD, Data, Dimension, IxDyn, ShapeBuilder};

use super::{Element, Error, Plain, Result, Shape, parts};

pub(crate) use machine::machine_limit;

/// Arrays of no more bytes than this are not asked about.
const SMALL: usize = 1 << 12;

thread_local! {
    /// What the run on this thread may still allocate; `None` without a run.
    static LEFT: Cell<Option<usize>> = const { Cell::new(None) };
}

/// How much memory this thread may allocate, from the making of this to its end.
///
/// What kernels allocate for themselves is checked but not counted, since it is freed soon. What a
/// run keeps, its results and the values whose shape only it knows, it [`takes`](Allowance::take)
/// from the allowance and [`gives back`](Allowance::give_back).
#[derive(Debug)]
pub(crate) struct Allowance {
    before: Option<usize>,
}

impl Allowance {
    /// An allowance of `bytes` bytes.
    #[inline]
    pub(crate) fn new(bytes: usize) -> Allowance {
        Allowance {
            before: LEFT.replace(Some(bytes)),
        }
    }

    /// Notes that `bytes` bytes more are kept.
    #[inline]
    pub(crate) fn take(&self, bytes: usize) {
        take(bytes);
    }

    /// Notes that `bytes` bytes less are kept.
    #[inline]
    pub(crate) fn give_back(&self, bytes: usize) {
        LEFT.set(LEFT.get().map(|left| left.saturating_add(bytes)));
    }
}

impl Drop for Allowance {
    #[inline]
    fn drop(&mut self) {
        LEFT.set(self.before);
    }
}

/// Notes that `bytes` bytes more are kept to the end of the thread's allowance.
#[inline]
pub(crate) fn take(bytes: usize) {
    LEFT.set(LEFT.get().map(|left| left.saturating_sub(bytes)));
}

/// Fails if this thread may not allocate `bytes` bytes more.
///
/// # Errors
/// `ResourceExhausted`.
#[inline]
pub(crate) fn expect_room(bytes: usize) -> Result<()> {
    if bytes <= SMALL {
        return Ok(());
    }
    let left = LEFT.get().unwrap_or_else(machine_limit);
    if bytes <= left {
        return Ok(());
    }
    Err(too_much(bytes, left))
}

/// Whether a thread may be started: one that cannot get the memory with which it begins ends the
/// program, so that there must be much more of it left.
///
/// The memory is only asked for, not used. So much at once comes from the system itself and goes
/// back to it.
pub(crate) fn has_room_for_thread() -> bool {
    const ROOM: usize = 64 << 20;
    let mut room: Vec<u8> = Vec::new();
    let is_there = room.try_reserve_exact(ROOM).is_ok();
    std::hint::black_box(&mut room);
    is_there
}

/// The mistake of asking for more memory than may be used.
#[cold]
pub(crate) fn too_much(bytes: usize, left: usize) -> Error {
    Error::resource_exhausted(format!(
        "{bytes} bytes of memory are needed, and {left} bytes may still be used"
    ))
    .with_help("work on less at once, or see SessionOptions::memory_limit")
}

/// The mistake of asking for more memory than the system gives.
#[cold]
pub(crate) fn refused(bytes: usize) -> Error {
    Error::resource_exhausted(format!(
        "{bytes} bytes of memory are needed, which the system does not give"
    ))
    .with_help("work on less at once")
}

/// How many bytes an array of these lengths takes, which this thread may allocate.
///
/// # Errors
/// `ResourceExhausted`.
#[inline]
pub(crate) fn room_for<T>(shape: &[usize]) -> Result<usize> {
    // The lengths beside a 0 must not overflow either.
    let spanned = shape.iter().try_fold(size_of::<T>(), |bytes, &length| {
        bytes.checked_mul(length.max(1))
    });
    match spanned {
        Some(_) if shape.contains(&0) => Ok(0),
        Some(bytes) if isize::try_from(bytes).is_ok() => {
            expect_room(bytes)?;
            Ok(bytes)
        }
        _ => Err(Error::resource_exhausted(format!(
            "an array of shape {} is larger than any memory",
            Shape::from(shape)
        ))),
    }
}

/// An empty vector with room for `len` elements.
///
/// # Errors
/// `ResourceExhausted`.
#[inline]
pub(crate) fn reserved<T>(len: usize) -> Result<Vec<T>> {
    let bytes = room_for::<T>(&[len])?;
    let mut vec = Vec::new();
    vec.try_reserve_exact(len).map_err(|_| refused(bytes))?;
    Ok(vec)
}

/// `len` times the same.
///
/// # Errors
/// `ResourceExhausted`.
pub(crate) fn repeated<T: Clone>(len: usize, element: T) -> Result<Vec<T>> {
    let mut vec = reserved(len)?;
    vec.resize(len, element);
    Ok(vec)
}

/// The elements that an iterator gives. If it can tell how many there are, memory for all is asked
/// for at once.
///
/// # Errors
/// `ResourceExhausted`.
pub(crate) fn collected<T>(elements: impl IntoIterator<Item = T>) -> Result<Vec<T>> {
    let elements = elements.into_iter();
    let (least, most) = elements.size_hint();
    let mut vec = reserved(least)?;
    if most == Some(least) {
        // No more than there is room for, whatever the iterator said.
        vec.extend(elements.take(least));
        return Ok(vec);
    }
    for element in elements {
        push(&mut vec, element)?;
    }
    Ok(vec)
}

/// What `f` makes of each element of an array, in row-major order.
///
/// # Errors
/// `ResourceExhausted`.
pub(crate) fn mapped<A: Clone, B, S: Data<Elem = A>, D: Dimension>(
    array: &ArrayBase<S, D>,
    mut f: impl FnMut(A) -> B,
) -> Result<Array<B, D>> {
    let elements = collected(array.iter().map(|x| f(x.clone())))?;
    Ok(in_shape(array.raw_dim(), elements))
}

/// As [`collected`], of elements of which each may be a mistake.
///
/// # Errors
/// The first mistake; `ResourceExhausted`.
pub(crate) fn tried<T>(elements: impl IntoIterator<Item = Result<T>>) -> Result<Vec<T>> {
    let elements = elements.into_iter();
    let mut vec = reserved(elements.size_hint().0)?;
    for element in elements {
        push(&mut vec, element?)?;
    }
    Ok(vec)
}

/// Adds an element to a vector of which nobody knows how long it gets.
///
/// # Errors
/// `ResourceExhausted`.
#[inline]
pub(crate) fn push<T>(vec: &mut Vec<T>, element: T) -> Result<()> {
    if vec.len() == vec.capacity() {
        let more = vec.len().max(16);
        let bytes = room_for::<T>(&[vec.len() + more])?;
        vec.try_reserve_exact(more).map_err(|_| refused(bytes))?;
    }
    vec.push(element);
    Ok(())
}

/// An array of zeros, whose memory the system gives when it is first used.
///
/// # Errors
/// `ResourceExhausted`.
pub(crate) fn zeros<T: Plain>(shape: &[usize]) -> Result<ArrayD<T>> {
    let bytes = room_for::<T>(shape)?;
    let elements = bytemuck::allocation::try_zeroed_slice_box(bytes / size_of::<T>());
    let elements = elements.map_err(|()| refused(bytes))?;
    Ok(in_shape(IxDyn(shape), elements.into_vec()))
}

/// An array with the same element everywhere.
///
/// # Errors
/// `ResourceExhausted`.
#[inline(never)]
pub(crate) fn filled<T: Element, D: Dimension>(
    shape: impl Into<D>,
    element: T,
) -> Result<Array<T, D>> {
    let shape: D = shape.into();
    room_for::<T>(shape.slice())?;
    let elements = repeated(shape.size(), element)?;
    Ok(in_shape(shape, elements))
}

/// A copy of an array. One whose elements lie together keeps their order in memory.
///
/// # Errors
/// `ResourceExhausted`.
#[inline(never)]
pub(crate) fn copied<T: Element, S: Data<Elem = T>, D: Dimension>(
    array: &ArrayBase<S, D>,
) -> Result<Array<T, D>> {
    let is_ordered = array.strides().iter().all(|&stride| stride >= 0);
    match array.as_slice_memory_order().filter(|_| is_ordered) {
        Some(elements) => {
            let mut copy = reserved(elements.len())?;
            copy.extend_from_slice(elements);
            let mut strides = array.raw_dim();
            for (to, from) in strides.slice_mut().iter_mut().zip(array.strides()) {
                *to = from.unsigned_abs();
            }
            Ok(in_shape(array.raw_dim().strides(strides), copy))
        }
        None => {
            let mut copy = filled(array.raw_dim(), T::default())?;
            parts::assign(copy.view_mut(), array);
            Ok(copy)
        }
    }
}

/// A copy of an array in row-major order.
///
/// # Errors
/// `ResourceExhausted`.
#[inline(never)]
pub(crate) fn copied_in_order<T: Element, S: Data<Elem = T>, D: Dimension>(
    array: &ArrayBase<S, D>,
) -> Result<Array<T, D>> {
    if array.is_standard_layout() {
        return copied(array);
    }
    let mut copy = filled(array.raw_dim(), T::default())?;
    parts::assign(copy.view_mut(), array);
    Ok(copy)
}

/// The elements of an array in row-major order under other lengths, which hold as many.
///
/// # Errors
/// `ResourceExhausted`.
pub(crate) fn copied_to_shape<T: Element, S: Data<Elem = T>>(
    array: &ArrayBase<S, IxDyn>,
    shape: &[usize],
) -> Result<ArrayD<T>> {
    let copy = copied_in_order(array)?;
    Ok(in_shape(IxDyn(shape), copy.into_raw_vec_and_offset().0))
}

/// The elements of an array that was made to be filled.
pub(crate) fn row_major<'o, T>(out: &'o mut ArrayViewMutD<'_, T>) -> &'o mut [T] {
    out.as_slice_mut().expect("fresh memory lies in order")
}

pub(crate) fn in_shape<T, D: Dimension, Sh: Into<ndarray::StrideShape<D>>>(
    shape: Sh,
    elements: Vec<T>,
) -> Array<T, D> {
    Array::from_shape_vec(shape, elements).expect("there are as many elements as the shape holds")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, s};

    #[test]
    fn a_copy_has_the_elements_of_the_array_whatever_its_strides() {
        let array = Array2::from_shape_fn((4, 6), |(i, j)| (10 * i + j) as f32);
        let views = [
            array.view(),
            array.t(),
            array.slice(s![..;-1, 1..;2]),
            array.slice(s![..;-1, ..;-1]),
            array.slice(s![1..2, ..]),
            array.slice(s![.., 0..0]),
        ];
        for view in views {
            assert_eq!(copied(&view).unwrap(), view);
            let ordered = copied_in_order(&view).unwrap();
            assert!(ordered.is_standard_layout());
            assert_eq!(ordered, view);
        }
        assert_eq!(copied(&array.t()).unwrap().strides(), array.t().strides());
        let one = ndarray::arr1(&[7.0f32]);
        let many = one.broadcast((3, 2)).unwrap();
        assert_eq!(copied(&many).unwrap(), many);
        let number = ndarray::arr0(1.0f32);
        assert_eq!(copied(&number).unwrap(), number);
    }

    #[test]
    fn what_is_not_allowed_is_an_error_and_what_was_given_back_is_allowed_again() {
        let allowance = Allowance::new(1 << 20);
        assert!(reserved::<u8>(1 << 20).is_ok());
        let error = reserved::<f32>(1 << 19).unwrap_err();
        assert!(error.message().contains("2097152 bytes"), "{error}");
        allowance.take(1 << 19);
        assert!(reserved::<u8>(1 << 20).is_err());
        allowance.give_back(1 << 19);
        assert!(reserved::<u8>(1 << 20).is_ok());
        {
            let _inner = Allowance::new(1 << 13);
            assert!(reserved::<u8>(1 << 14).is_err());
        }
        assert!(reserved::<u8>(1 << 14).is_ok());
    }

    #[test]
    fn no_shape_overflows() {
        for shape in [
            &[usize::MAX][..],
            &[1 << 40, 1 << 40],
            &[0, usize::MAX, 2],
            &[1 << 62],
        ] {
            let found = filled::<f64, IxDyn>(IxDyn(shape), 0.0);
            assert!(found.is_err(), "{shape:?}");
        }
        assert_eq!(filled::<f64, IxDyn>(IxDyn(&[0, 7]), 0.0).unwrap().len(), 0);
    }
}
