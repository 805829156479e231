//! [`Outputs`]: where a kernel puts its results.

use ndarray::{ArrayD, ArrayViewMutD, IxDyn};

use crate::types::{Element, Value};

/// Where a kernel puts its results.
#[derive(Debug)]
pub struct Outputs<'v> {
    values: Vec<Option<Value<'v>>>,
}

impl<'v> Outputs<'v> {
    pub(crate) fn new(count: usize) -> Self {
        Outputs {
            values: vec![None; count],
        }
    }

    /// Memory for output `i` with this shape, filled with zeros, to be written.
    pub fn alloc<T: Element>(&mut self, i: usize, shape: &[usize]) -> ArrayViewMutD<'_, T> {
        self.values[i] = Some(T::wrap(ArrayD::<T>::default(IxDyn(shape)).into()));
        view_mut(&mut self.values[i])
    }

    /// Memory for outputs 0 and 1 at once.
    pub fn alloc_two<A: Element, B: Element>(
        &mut self,
        first: &[usize],
        second: &[usize],
    ) -> (ArrayViewMutD<'_, A>, ArrayViewMutD<'_, B>) {
        self.alloc::<A>(0, first);
        self.alloc::<B>(1, second);
        let (a, b) = self.values.split_at_mut(1);
        (view_mut(&mut a[0]), view_mut(&mut b[0]))
    }

    /// Hands over a finished array as output `i`.
    pub fn set<T: Element>(&mut self, i: usize, array: ArrayD<T>) {
        self.values[i] = Some(T::wrap(array.into()));
    }

    /// Passes a value on as output `i` without copying it: an input, or a view of one.
    pub fn forward(&mut self, i: usize, value: Value<'v>) {
        self.values[i] = Some(value);
    }

    /// How many outputs the op has.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether the op has no outputs.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(crate) fn into_values(self) -> Vec<Option<Value<'v>>> {
        self.values
    }
}

/// The elements of a value that was made just now and is shared with nobody.
fn view_mut<'s, T: Element>(slot: &'s mut Option<Value<'_>>) -> ArrayViewMutD<'s, T> {
    slot.as_mut()
        .and_then(T::unwrap_mut)
        .expect("allocated just above with this type")
        .view_mut()
}
