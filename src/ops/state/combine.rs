//! Ways to update an element of a variable.

use std::fmt::Debug;

use crate::graph::no_gradient;
use crate::types::{DType, Error, Number, Numeric, Plain, Result};

/// How an update makes a new element of a variable of the old one and a given one.
pub(super) trait Combine<T>: Debug + 'static {
    fn combine(old: T, given: T) -> T;
}

/// What an op does to a whole variable.
pub(super) trait CombineAll<T>: Combine<T> {
    /// The op.
    const ASSIGN: &'static str;
}

/// What an op does to some rows of a variable.
pub(super) trait CombineRows<T: Plain>: Combine<T> {
    /// The op.
    const SCATTER: &'static str;

    /// The gradient rule of the op: none flows.
    ///
    /// # Errors
    /// If the op has none, not even that.
    fn gradient() -> Result<()> {
        Ok(())
    }

    /// Whether a 0 cannot be given, of this type.
    const REFUSES_ZERO: bool = false;

    /// Fails if TensorFlow does not have the op for these elements.
    ///
    /// # Errors
    /// `InvalidArgument`.
    fn expect_type() -> Result<()> {
        Ok(())
    }
}

/// What an op does to the parts of a variable that rows of indices name.
pub(super) trait CombineParts<T>: Combine<T> {
    /// The op.
    const SCATTER_ND: &'static str;
}

/// The given element replaces the old one.
#[derive(Debug)]
pub(super) struct Replace;

/// The given element is added.
#[derive(Debug)]
pub(super) struct Plus;

/// The given element is subtracted.
#[derive(Debug)]
pub(super) struct Minus;

/// The old element is multiplied by the given one.
#[derive(Debug)]
pub(super) struct Times;

/// The old element is divided by the given one.
#[derive(Debug)]
pub(super) struct Over;

/// The smaller one is kept: the old one, if either is NaN.
#[derive(Debug)]
pub(super) struct Least;

/// The larger one is kept: the old one, if either is NaN.
#[derive(Debug)]
pub(super) struct Most;

impl<T: Plain> Combine<T> for Replace {
    fn combine(_: T, given: T) -> T {
        given
    }
}

impl<T: Plain> CombineRows<T> for Replace {
    const SCATTER: &'static str = "ScatterUpdate";

    fn gradient() -> Result<()> {
        Err(no_gradient(<Self as CombineRows<T>>::SCATTER))
    }
}

impl<T: Plain> CombineParts<T> for Replace {
    const SCATTER_ND: &'static str = "ScatterNdUpdate";
}

impl<T: Number> Combine<T> for Plus {
    fn combine(old: T, given: T) -> T {
        old.plus(given)
    }
}

impl<T: Number> CombineAll<T> for Plus {
    const ASSIGN: &'static str = "AssignAdd";
}

impl<T: Number> CombineRows<T> for Plus {
    const SCATTER: &'static str = "ScatterAdd";
}

impl<T: Number> CombineParts<T> for Plus {
    const SCATTER_ND: &'static str = "ScatterNdAdd";
}

impl<T: Number> Combine<T> for Minus {
    fn combine(old: T, given: T) -> T {
        old.minus(given)
    }
}

impl<T: Number> CombineAll<T> for Minus {
    const ASSIGN: &'static str = "AssignSub";
}

impl<T: Number> CombineRows<T> for Minus {
    const SCATTER: &'static str = "ScatterSub";
}

impl<T: Number> CombineParts<T> for Minus {
    const SCATTER_ND: &'static str = "ScatterNdSub";
}

impl<T: Number> Combine<T> for Times {
    fn combine(old: T, given: T) -> T {
        old.times(given)
    }
}

impl<T: Number> CombineRows<T> for Times {
    const SCATTER: &'static str = "ScatterMul";
}

impl<T: Number> Combine<T> for Over {
    fn combine(old: T, given: T) -> T {
        // What integers cannot be divided by has been refused.
        old.over(given).unwrap_or(old)
    }
}

impl<T: Number> CombineRows<T> for Over {
    const SCATTER: &'static str = "ScatterDiv";

    const REFUSES_ZERO: bool = T::DTYPE.is_integer();
}

impl<T: Numeric> Combine<T> for Least {
    fn combine(old: T, given: T) -> T {
        if given < old { given } else { old }
    }
}

impl<T: Numeric> CombineRows<T> for Least {
    const SCATTER: &'static str = "ScatterMin";

    fn gradient() -> Result<()> {
        Err(no_gradient(<Self as CombineRows<T>>::SCATTER))
    }

    fn expect_type() -> Result<()> {
        expect_ordered::<T>()
    }
}

impl<T: Numeric> Combine<T> for Most {
    fn combine(old: T, given: T) -> T {
        if given > old { given } else { old }
    }
}

impl<T: Numeric> CombineRows<T> for Most {
    const SCATTER: &'static str = "ScatterMax";

    fn gradient() -> Result<()> {
        Err(no_gradient(<Self as CombineRows<T>>::SCATTER))
    }

    fn expect_type() -> Result<()> {
        expect_ordered::<T>()
    }
}

fn expect_ordered<T: Plain>() -> Result<()> {
    match T::DTYPE {
        DType::UInt8 => Err(Error::invalid_argument(
            "Value passed to parameter 'ref' has DataType uint8 not in list of allowed values: float32, float64, int32, int64",
        )),
        _ => Ok(()),
    }
}
