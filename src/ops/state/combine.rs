//! Ways to update an element of a variable.

use std::fmt::Debug;

use crate::graph::no_gradient;
use crate::types::{Element, Numeric, Result};

/// How an update makes a new element of a variable of the old one and a given one.
pub(super) trait Combine<T>: Debug + 'static {
    /// The op that does this to a whole variable.
    const ASSIGN: &'static str;
    /// The op that does this to some rows of a variable.
    const SCATTER: &'static str;

    fn combine(old: T, given: T) -> T;

    /// The gradient rule of that op: none flows.
    ///
    /// # Errors
    /// If the op has none, not even that.
    fn scatter_gradient() -> Result<()> {
        Ok(())
    }
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

impl<T: Element> Combine<T> for Replace {
    const ASSIGN: &'static str = "Assign";
    const SCATTER: &'static str = "ScatterUpdate";

    fn combine(_: T, given: T) -> T {
        given
    }

    fn scatter_gradient() -> Result<()> {
        Err(no_gradient("ScatterUpdate"))
    }
}

impl<T: Numeric> Combine<T> for Plus {
    const ASSIGN: &'static str = "AssignAdd";
    const SCATTER: &'static str = "ScatterAdd";

    fn combine(old: T, given: T) -> T {
        old.plus(given)
    }
}

impl<T: Numeric> Combine<T> for Minus {
    const ASSIGN: &'static str = "AssignSub";
    const SCATTER: &'static str = "ScatterSub";

    fn combine(old: T, given: T) -> T {
        old.minus(given)
    }
}
