//! [`Outputs`]: where a kernel puts its results.

use ndarray::{ArrayD, ArrayViewMutD, IxDyn};
use smallvec::SmallVec;

use crate::types::{Element, Value, ValueMut, with_value_mut};

/// Where a kernel puts its results.
#[derive(Debug)]
pub struct Outputs<'v> {
    outputs: SmallVec<[Slot<'v>; 2]>,
}

/// One output.
#[derive(Debug)]
struct Slot<'v> {
    /// The result, if it is not in its place.
    value: Option<Value<'v>>,
    /// The place that a plan has for the result.
    place: Option<ValueMut<'v>>,
}

impl<'v> Outputs<'v> {
    pub(crate) fn new(count: usize) -> Self {
        Outputs::in_places((0..count).map(|_| None))
    }

    /// Outputs to be put into these places, as far as there are any.
    pub(crate) fn in_places(places: impl IntoIterator<Item = Option<ValueMut<'v>>>) -> Self {
        let outputs = places.into_iter().map(|place| Slot { value: None, place });
        Outputs {
            outputs: outputs.collect(),
        }
    }

    /// Memory for output `i` with this shape, filled with zeros, to be written.
    pub fn alloc<T: Element>(&mut self, i: usize, shape: &[usize]) -> ArrayViewMutD<'_, T> {
        self.outputs[i].alloc(shape)
    }

    /// Memory for outputs 0 and 1 at once.
    pub fn alloc_two<A: Element, B: Element>(
        &mut self,
        first: &[usize],
        second: &[usize],
    ) -> (ArrayViewMutD<'_, A>, ArrayViewMutD<'_, B>) {
        let (a, b) = self.outputs.split_at_mut(1);
        (a[0].alloc(first), b[0].alloc(second))
    }

    /// Hands over a finished array as output `i`.
    pub fn set<T: Element>(&mut self, i: usize, array: ArrayD<T>) {
        self.outputs[i].value = Some(T::wrap(array.into()));
    }

    /// Passes a value on as output `i` without copying it: an input, or a view of one.
    pub fn forward(&mut self, i: usize, value: Value<'v>) {
        self.outputs[i].value = Some(value);
    }

    /// How many outputs the op has.
    pub fn len(&self) -> usize {
        self.outputs.len()
    }

    /// Whether the op has no outputs.
    pub fn is_empty(&self) -> bool {
        self.outputs.is_empty()
    }

    /// The results of outputs that have no places.
    pub(crate) fn into_values(self) -> SmallVec<[Option<Value<'v>>; 2]> {
        self.outputs
            .into_iter()
            .map(|output| output.value)
            .collect()
    }

    /// As [`into_values`](Outputs::into_values), once results that are not in their places are copied there.
    pub(crate) fn settle(mut self) -> SmallVec<[Option<Value<'v>>; 2]> {
        self.outputs.iter_mut().for_each(Slot::settle);
        self.into_values()
    }
}

impl<'v> Slot<'v> {
    fn alloc<T: Element>(&mut self, shape: &[usize]) -> ArrayViewMutD<'_, T> {
        let has_place = self
            .place
            .as_ref()
            .is_some_and(|place| place.shape() == shape);
        if !has_place {
            self.value = Some(T::wrap(ArrayD::<T>::default(IxDyn(shape)).into()));
            return view_mut(&mut self.value);
        }
        self.value = None;
        let place = self.place.as_mut().and_then(T::view_mut);
        let mut place = place.expect("a plan knows an output's type");
        place.fill(T::default());
        place
    }

    fn settle(&mut self) {
        if let (Some(value), Some(place)) = (&self.value, &mut self.place) {
            copy(value, place);
            self.value = None;
        }
    }
}

/// Copies the elements of an array into one of the same type and shape.
pub(crate) fn copy(from: &Value<'_>, to: &mut ValueMut<'_>) {
    with_value_mut!(to, to => copy_elements(from, to));
}

fn copy_elements<T: Element>(from: &Value<'_>, to: &mut ArrayViewMutD<'_, T>) {
    let from = T::unwrap(from).expect("a plan knows an output's type");
    let from = from.view();
    assert_eq!(from.shape(), to.shape(), "a plan knows an output's shape");
    crate::kernels::elementwise::map(from, to.view_mut(), |x: T| x);
}

/// The elements of a value that was made just now and is shared with nobody.
fn view_mut<'s, T: Element>(slot: &'s mut Option<Value<'_>>) -> ArrayViewMutD<'s, T> {
    slot.as_mut()
        .and_then(T::unwrap_mut)
        .expect("allocated just above with this type")
        .view_mut()
}
