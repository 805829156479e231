//! [`WholeNumber`]: the integer types that axes, lengths and counts may have in a program.

use std::fmt::Display;

use super::{Error, Result, for_lengths};

mod sealed {
    pub trait Sealed {}
}

/// An integer type that an axis, a length or a count may have in a program: all of Rust's up to 64
/// bits.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a whole number that can be an axis, a length or a count",
    label = "not an integer",
    note = "write a number without a decimal point, or convert with `as usize`"
)]
pub trait WholeNumber: sealed::Sealed + Copy + Display {
    /// Whether the number stands for an `int64` in the graph even if it fits into an `int32`.
    #[doc(hidden)]
    const IS_LONG: bool;

    /// The number, if an `i64` holds it.
    #[doc(hidden)]
    fn exact_i64(self) -> Option<i64>;

    /// The number, or the nearest `i64`: only a `usize` or `u64` can be out of range, and only
    /// above it.
    #[doc(hidden)]
    fn to_i64(self) -> i64 {
        self.exact_i64().unwrap_or(i64::MAX)
    }

    /// The number, or the nearest `isize`.
    #[doc(hidden)]
    fn to_isize(self) -> isize {
        let number = self.to_i64();
        isize::try_from(number).unwrap_or(if number < 0 { isize::MIN } else { isize::MAX })
    }

    /// The number, or the nearest `i32`: no tensor has an axis whose number an `i32` does not hold.
    #[doc(hidden)]
    fn to_i32(self) -> i32 {
        self.to_i64().clamp(i32::MIN.into(), i32::MAX.into()) as i32
    }

    /// The number, or `usize::MAX`, which no list reaches, if it is negative.
    #[doc(hidden)]
    fn to_position(self) -> usize {
        usize::try_from(self.to_i64()).unwrap_or(usize::MAX)
    }

    /// The number as the length or the count called `name`.
    ///
    /// # Errors
    /// `InvalidArgument` if it is negative.
    #[doc(hidden)]
    fn to_count(self, name: &str) -> Result<usize> {
        let number = self.to_i64();
        usize::try_from(number).map_err(|_| {
            Error::invalid_argument(format!("{name} must not be negative, but is {number}"))
        })
    }
}

macro_rules! whole_numbers {
    ($($number:ty, $is_long:literal;)*) => {$(
        impl sealed::Sealed for $number {}

        impl WholeNumber for $number {
            const IS_LONG: bool = $is_long;

            fn exact_i64(self) -> Option<i64> {
                #[allow(clippy::unnecessary_fallible_conversions, reason = "most types fit")]
                i64::try_from(self).ok()
            }
        }
    )*};
}

whole_numbers! {
    i8, false;
    i16, false;
    i32, false;
    i64, true;
    isize, false;
    u8, false;
    u16, false;
    u32, false;
    u64, false;
    usize, false;
}

/// The numbers of one axis or of several, counted from the end if negative.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither the number of an axis nor a list of such numbers",
    label = "not numbers of axes",
    note = "write `1`, `-1` or `[0, 2]`"
)]
pub trait AxisNumbers {
    /// The numbers.
    #[doc(hidden)]
    fn numbers(self) -> Vec<isize>;
}

impl<N: WholeNumber> AxisNumbers for N {
    fn numbers(self) -> Vec<isize> {
        vec![self.to_isize()]
    }
}

impl<N: WholeNumber> AxisNumbers for &[N] {
    fn numbers(self) -> Vec<isize> {
        self.iter().map(|number| number.to_isize()).collect()
    }
}

impl<N: WholeNumber> AxisNumbers for Vec<N> {
    fn numbers(self) -> Vec<isize> {
        self.as_slice().numbers()
    }
}

impl<N: WholeNumber> AxisNumbers for &Vec<N> {
    fn numbers(self) -> Vec<isize> {
        self.as_slice().numbers()
    }
}

impl AxisNumbers for [i32; 0] {
    fn numbers(self) -> Vec<isize> {
        Vec::new()
    }
}

macro_rules! array {
    ($($length:literal)*) => {$(
        impl<N: WholeNumber> AxisNumbers for [N; $length] {
            fn numbers(self) -> Vec<isize> {
                self.as_slice().numbers()
            }
        }

        impl<N: WholeNumber> AxisNumbers for &[N; $length] {
            fn numbers(self) -> Vec<isize> {
                self.as_slice().numbers()
            }
        }
    )*};
}

for_lengths!(array);
