//! Memory for arrays that are about to be filled from end to end, without the pass that would set
//! it to zero first.

use ndarray::{ArrayD, IxDyn};

use crate::types::{DType, Element as _, Plain, Result, Value, memory, with_dtype};

/// An array whose elements are whatever its memory held before: numbers, but any. Truth values are
/// zeros, as not every byte is a valid `bool`; and so are all elements where there is no way to
/// hold the compiler to this.
///
/// # Errors
/// `ResourceExhausted`.
pub(crate) fn unset<T: Plain>(shape: &[usize]) -> Result<ArrayD<T>> {
    if T::DTYPE == DType::Bool || !CAN_KEEP {
        return memory::zeros(shape);
    }
    let len = memory::room_for::<T>(shape)? / size_of::<T>();
    let mut elements = memory::reserved::<T>(len)?;
    ask_for_large_pages(elements.as_mut_ptr().cast(), len * size_of::<T>());
    if cfg!(debug_assertions) {
        // NaN, or -1: a kernel that forgets an element is to be noticed.
        // SAFETY: there is room for as many elements.
        unsafe { elements.as_mut_ptr().write_bytes(0xff, len) };
    }
    keep_bytes(elements.as_mut_ptr().cast());
    // SAFETY: there is room for as many. `keep_bytes` may have written them, for all that the
    // compiler knows, so that they are what the memory holds; and any bytes are a number.
    unsafe { elements.set_len(len) };
    Ok(ArrayD::from_shape_vec(IxDyn(shape), elements)
        .expect("there are as many elements as the shape holds"))
}

/// As [`unset`], of a type that the run knows.
///
/// # Errors
/// `ResourceExhausted`.
pub(crate) fn unset_value(dtype: DType, shape: &[usize]) -> Result<Value<'static>> {
    with_dtype!(dtype, T => Ok(T::wrap(unset::<T>(shape)?.into())), Value::zeros(dtype, shape))
}

/// For arrays of so many bytes, glibc's allocator asks the system anew each time. To get pages of 4
/// KiB, one by one, takes several times as long as to fill them.
const LARGE: usize = 32 << 20;

/// Asks the system for pages of 2 MiB, where an array is large and the system does so when asked
/// (Linux's transparent huge pages).
fn ask_for_large_pages(start: *mut u8, bytes: usize) {
    #[cfg(all(target_os = "linux", not(miri)))]
    if bytes >= LARGE {
        const PAGE: usize = 2 << 20;
        const MADV_HUGEPAGE: std::ffi::c_int = 14;
        unsafe extern "C" {
            fn madvise(start: *mut u8, bytes: usize, advice: std::ffi::c_int) -> std::ffi::c_int;
        }
        let before = start.align_offset(PAGE);
        let whole = (bytes - before) / PAGE * PAGE;
        // SAFETY: advice about whole pages of memory that was just allocated; its contents stay as
        // they are. Whether the system takes it makes no difference to anybody.
        unsafe { madvise(start.wrapping_add(before), whole, MADV_HUGEPAGE) };
    }
    #[cfg(not(all(target_os = "linux", not(miri))))]
    let _ = (start, bytes, LARGE);
}

/// Whether [`keep_bytes`] does what it is for.
const CAN_KEEP: bool = cfg!(all(
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
));

/// Has the compiler take the memory at `start` for written, with bytes that it does not know.
#[inline]
fn keep_bytes(start: *mut u8) {
    #[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
    // SAFETY: there are no instructions; that there might be some which write memory is the point.
    unsafe {
        std::arch::asm!("/* {0} */", in(reg) start, options(nostack, preserves_flags));
    }
    #[cfg(not(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri))))]
    let _ = start;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_have_their_shape_and_elements_that_can_be_set() {
        for shape in [&[][..], &[0], &[3, 0, 2], &[300, 5], &[LARGE / 4 + 1]] {
            let mut array = unset::<f32>(shape).unwrap();
            assert_eq!(array.shape(), shape);
            array.fill(2.0);
            assert!(array.iter().all(|&x| x == 2.0));
            assert!(unset::<bool>(shape).unwrap().iter().all(|&x| !x));
        }
        assert!(unset::<f64>(&[1 << 40, 1 << 40]).is_err());
    }
}
