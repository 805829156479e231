//! [`Results`]: what a run gives, in the order in which it was asked for.

use ndarray::ArrayD;

use crate::kernels::memory::{Frame, Operand};
use crate::types::{AnyArray, Element, Error, NodeRef, Result, Value, memory};

/// The results of a run.
pub struct Results<'r> {
    source: &'r mut dyn Source,
    next: usize,
}

/// Where results come from.
pub(in crate::session) trait Source {
    /// The fetched tensor's value, asked for once.
    fn value(&mut self, number: usize) -> Result<Value<'_>>;

    /// Where the fetched tensor's value lies, if the plan knew its shape.
    fn place(&self, number: usize) -> Option<(&Frame, &Operand)>;

    /// The node of the fetched tensor.
    fn node(&self, number: usize) -> Option<NodeRef>;
}

impl<'r> Results<'r> {
    pub(in crate::session) fn new(source: &'r mut dyn Source) -> Self {
        Results { source, next: 0 }
    }

    /// The next tensor's value.
    ///
    /// # Errors
    /// If there is none.
    pub fn value(&mut self) -> Result<Value<'_>> {
        self.next += 1;
        self.source.value(self.next - 1)
    }

    /// The next tensor's only element, if it can be had at once.
    pub(super) fn number<T: Element>(&mut self) -> Option<T> {
        let (frame, operand) = self.source.place(self.next)?;
        let number = frame.number(operand)?;
        self.next += 1;
        Some(number)
    }

    /// The next tensor's value as an array of `T`.
    ///
    /// # Errors
    /// If there is none, or it has another type.
    pub fn array<T: Element>(&mut self) -> Result<ArrayD<T>> {
        let value = self.value()?;
        let array = T::unwrap(&value).cloned();
        drop(value);
        let array = array.ok_or_else(|| Error::of_op("a fetched tensor has another type"))?;
        if array.is_single_owner() {
            return array.into_array();
        }
        let copy = array.into_array().map_err(|error| self.at_last(error))?;
        memory::take(copy.len() * size_of::<T>());
        Ok(copy)
    }

    /// The next tensor's value, whatever its type, borrowing nothing.
    pub(super) fn any(&mut self) -> Result<AnyArray> {
        let value = self.value()?;
        let (is_lent, owned) = (value.is_borrowed(), value.to_owned_value());
        drop(value);
        let owned = owned.map_err(|error| self.at_last(error))?;
        if is_lent {
            memory::take(owned.bytes());
        }
        Ok(AnyArray::from(owned))
    }

    /// The error, told of the tensor whose value was asked for last.
    fn at_last(&self, error: Error) -> Error {
        match self.source.node(self.next - 1) {
            Some(node) => error.at_node(|| node),
            None => error,
        }
    }
}

impl std::fmt::Debug for Results<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Results").field("next", &self.next).finish()
    }
}
