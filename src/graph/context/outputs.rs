//! [`Outputs`]: where a kernel puts its results.

use ndarray::{ArrayD, ArrayViewD, ArrayViewMutD};
use smallvec::SmallVec;

use crate::kernels::pool::Pool;
use crate::kernels::unset::unset_value;
use crate::kernels::{bits, strided};
use crate::types::{
    DType, Element, Error, Plain, Result, Shape, Value, ValueMut, parts, with_bits,
};

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
    /// Whether there is a result.
    is_made: bool,
    /// How much memory was allocated for the result: none for what is passed on or is in its place.
    own_bytes: usize,
}

impl<'v> Outputs<'v> {
    pub(crate) fn new(count: usize) -> Self {
        Outputs::in_places((0..count).map(|_| None))
    }

    /// Outputs to be put into these places, as far as there are any.
    pub(crate) fn in_places(places: impl IntoIterator<Item = Option<ValueMut<'v>>>) -> Self {
        let outputs = places.into_iter().map(|place| Slot {
            value: None,
            place,
            is_made: false,
            own_bytes: 0,
        });
        Outputs {
            outputs: outputs.collect(),
        }
    }

    /// Memory for output `i` with this shape, filled with zeros, to be written.
    ///
    /// # Errors
    /// `ResourceExhausted` if there is not that much.
    pub fn alloc<T: Plain>(&mut self, i: usize, shape: &[usize]) -> Result<ArrayViewMutD<'_, T>> {
        self.outputs[i].alloc(shape)
    }

    /// As [`alloc`](Outputs::alloc), for kernels that write every element: what is there before
    /// does not matter.
    ///
    /// # Errors
    /// As [`alloc`](Outputs::alloc).
    pub(crate) fn alloc_unset<T: Plain>(
        &mut self,
        i: usize,
        shape: &[usize],
    ) -> Result<ArrayViewMutD<'_, T>> {
        self.outputs[i].alloc_unset(shape)
    }

    /// As [`alloc`](Outputs::alloc), of elements of type `dtype` told as [`Plain::Bits`]: for
    /// kernels that move elements and do not look at them.
    ///
    /// # Errors
    /// As [`alloc`](Outputs::alloc).
    pub(crate) fn alloc_bits<B: Plain>(
        &mut self,
        i: usize,
        dtype: DType,
        shape: &[usize],
    ) -> Result<ArrayViewMutD<'_, B>> {
        let memory = self.outputs[i].memory(dtype, shape, Value::zeros)?;
        memory.zeroed(Memory::bits)
    }

    /// As [`alloc_bits`](Outputs::alloc_bits), for kernels that write every element.
    ///
    /// # Errors
    /// As [`alloc`](Outputs::alloc).
    pub(crate) fn alloc_bits_unset<B: Plain>(
        &mut self,
        i: usize,
        dtype: DType,
        shape: &[usize],
    ) -> Result<ArrayViewMutD<'_, B>> {
        self.outputs[i].memory(dtype, shape, unset_value)?.bits()
    }

    /// Memory for outputs 0 and 1 at once.
    ///
    /// # Errors
    /// As [`alloc`](Outputs::alloc).
    pub fn alloc_two<A: Plain, B: Plain>(
        &mut self,
        first: &[usize],
        second: &[usize],
    ) -> Result<(ArrayViewMutD<'_, A>, ArrayViewMutD<'_, B>)> {
        let (a, b) = self.outputs.split_at_mut(1);
        Ok((a[0].alloc(first)?, b[0].alloc(second)?))
    }

    /// As [`alloc_two`](Outputs::alloc_two), for kernels that write every element.
    ///
    /// # Errors
    /// As [`alloc`](Outputs::alloc).
    pub(crate) fn alloc_two_unset<A: Plain, B: Plain>(
        &mut self,
        first: &[usize],
        second: &[usize],
    ) -> Result<(ArrayViewMutD<'_, A>, ArrayViewMutD<'_, B>)> {
        let (a, b) = self.outputs.split_at_mut(1);
        Ok((a[0].alloc_unset(first)?, b[0].alloc_unset(second)?))
    }

    /// Hands over a finished array as output `i`.
    pub fn set<T: Element>(&mut self, i: usize, array: ArrayD<T>) {
        self.set_value(i, T::wrap(array.into()));
    }

    /// As [`set`](Outputs::set), of an array of any type.
    pub(crate) fn set_value(&mut self, i: usize, array: Value<'static>) {
        let own_bytes = array.bytes();
        self.forward(i, array.reborrow());
        self.outputs[i].own_bytes = own_bytes;
    }

    /// Passes a value on as output `i` without copying it: an input, or a view of one.
    pub fn forward(&mut self, i: usize, value: Value<'v>) {
        self.outputs[i].value = Some(value);
        self.outputs[i].is_made = true;
        self.outputs[i].own_bytes = 0;
    }

    /// How many outputs the op has.
    pub fn len(&self) -> usize {
        self.outputs.len()
    }

    /// Whether the op has no outputs.
    pub fn is_empty(&self) -> bool {
        self.outputs.is_empty()
    }

    /// How much memory was allocated for the result of output `i`.
    pub(crate) fn own_bytes(&self, i: usize) -> usize {
        self.outputs[i].own_bytes
    }

    /// The results of outputs that have no places.
    pub(crate) fn into_values(self) -> SmallVec<[Option<Value<'v>>; 2]> {
        self.outputs
            .into_iter()
            .map(|output| output.value)
            .collect()
    }

    /// As [`into_values`](Outputs::into_values), once results that are not in their places are
    /// copied there.
    ///
    /// # Errors
    /// If the kernel has not made what the op's shape rule said, which is a defect of the op.
    pub(crate) fn settle(mut self, pool: &Pool) -> Result<SmallVec<[Option<Value<'v>>; 2]>> {
        for (i, output) in self.outputs.iter_mut().enumerate() {
            output
                .settle(pool)
                .map_err(|what| Error::of_op(format!("the kernel {what} as output {i}")))?;
        }
        Ok(self.into_values())
    }
}

impl<'v> Slot<'v> {
    /// The output's place, if it fits, or else an array that `make` makes.
    fn memory(
        &mut self,
        dtype: DType,
        shape: &[usize],
        make: fn(DType, &[usize]) -> Result<Value<'static>>,
    ) -> Result<Memory<'_, 'v>> {
        self.is_made = true;
        let fits = |place: &&mut ValueMut<'_>| place.shape() == shape && place.dtype() == dtype;
        if let Some(place) = self.place.as_mut().filter(fits) {
            self.value = None;
            return Ok(Memory::Place(place));
        }
        let value = make(dtype, shape)?.reborrow();
        self.own_bytes = value.bytes();
        Ok(Memory::Own(self.value.insert(value)))
    }

    fn alloc<T: Plain>(&mut self, shape: &[usize]) -> Result<ArrayViewMutD<'_, T>> {
        self.memory(T::DTYPE, shape, Value::zeros)?
            .zeroed(Memory::typed)
    }

    fn alloc_unset<T: Plain>(&mut self, shape: &[usize]) -> Result<ArrayViewMutD<'_, T>> {
        self.memory(T::DTYPE, shape, unset_value)?.typed()
    }

    fn settle(&mut self, pool: &Pool) -> std::result::Result<(), String> {
        match (&self.value, &mut self.place) {
            _ if !self.is_made => Err("made nothing".to_string()),
            (Some(value), Some(place))
                if value.dtype() != place.dtype() || value.shape() != place.shape() =>
            {
                let [made, said] =
                    [value.shape(), place.shape()].map(|shape| Shape::from(shape).bracketed());
                let (made_type, said_type) = (value.dtype(), place.dtype());
                Err(format!(
                    "made {made_type}{made} where the shape rule said {said_type}{said}"
                ))
            }
            (Some(value), Some(place)) => {
                copy(pool, value, place);
                self.value = None;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Where a result is written.
enum Memory<'s, 'v> {
    /// The output's place, with what another run has left there.
    Place(&'s mut ValueMut<'v>),
    /// An array that was made just now and is shared with nobody.
    Own(&'s mut Value<'v>),
}

impl<'s> Memory<'s, '_> {
    /// Its elements, which are of type `T`.
    fn typed<T: Plain>(self) -> Result<ArrayViewMutD<'s, T>> {
        const TYPE: &str = "asked for with this type";
        match self {
            Memory::Place(place) => Ok(T::view_mut(place).expect(TYPE)),
            Memory::Own(value) => T::unwrap_mut(value).expect(TYPE).view_mut(),
        }
    }

    /// Its elements as [`Plain::Bits`].
    fn bits<B: Plain>(self) -> Result<ArrayViewMutD<'s, B>> {
        match self {
            Memory::Place(place) => Ok(bits::view_mut(place)),
            Memory::Own(value) => bits::view_own_mut(value),
        }
    }

    /// The same, seen by `view`, with zeros; memory that the system gives is zeros already.
    fn zeroed<T: Plain>(
        self,
        view: fn(Self) -> Result<ArrayViewMutD<'s, T>>,
    ) -> Result<ArrayViewMutD<'s, T>> {
        let is_used = matches!(self, Memory::Place(_));
        let mut elements = view(self)?;
        if is_used {
            elements.fill(T::default());
        }
        Ok(elements)
    }
}

/// Copies the elements of an array into one of the same type and shape.
pub(crate) fn copy(pool: &Pool, from: &Value<'_>, to: &mut ValueMut<'_>) {
    assert_eq!(from.dtype(), to.dtype(), "both have the same type");
    assert_eq!(from.shape(), to.shape(), "both have the same shape");
    with_bits!(from.dtype(), B => {
        strided::copy(pool, bits::view::<B>(from), bits::view_mut::<B>(to));
    }, match from {
        Value::String(from) => clone_to(&from.view(), to),
        Value::Resource(from) => clone_to(&from.view(), to),
        _ => unreachable!("all others are plain"),
    });
}

fn clone_to<T: Element>(from: &ArrayViewD<'_, T>, to: &mut ValueMut<'_>) {
    if let Some(to) = T::view_mut(to) {
        parts::assign(to, from);
    }
}
