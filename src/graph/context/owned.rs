//! How ops that only move elements move texts and handles.

use std::hash::Hash;

use ndarray::ArrayViewD;
use smallvec::SmallVec;

use crate::types::{
    Bytes, DType, Element, Error, Map, ResourceHandle, Result, Strided, Value, memory,
};

use super::{Inputs, Kernel, Outputs};

/// A kernel, without a state.
type Compute<'c> = &'c dyn Fn(&mut Kernel<'_, '_>) -> Result<()>;

/// How a kernel is to see elements that it cannot read.
#[derive(Clone, Copy)]
enum Numbering {
    /// Each has a number of its own.
    Each,
    /// Equal ones have the same number.
    Equal,
}

impl Kernel<'_, '_> {
    /// Computes the outputs of an op that moves elements without looking at them, where these are
    /// texts or handles: its own kernel, `compute`, is run on the numbers of the elements, from 1
    /// on, and the elements are put where it has put their numbers. Where it puts 0, the output has
    /// the default, an empty text.
    ///
    /// All outputs must be such elements. The kernel must ask of its inputs, not of itself, of
    /// which type they are: so it finds `i64`s here.
    ///
    /// # Errors
    /// What the kernel says; `ResourceExhausted`.
    pub(crate) fn move_owned(&mut self, compute: Compute<'_>) -> Result<()> {
        let all = SmallVec::<[usize; 4]>::from_iter(0..self.outputs.len());
        self.by_number(compute, Numbering::Each, &all)
    }

    /// As [`move_owned`](Kernel::move_owned), of an op that only asks which elements are equal:
    /// equal ones have the same number. The outputs that are elements are those that `moved` names.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn compare_owned(&mut self, compute: Compute<'_>, moved: &[usize]) -> Result<()> {
        self.by_number(compute, Numbering::Equal, moved)
    }

    fn by_number(
        &mut self,
        compute: Compute<'_>,
        numbering: Numbering,
        moved: &[usize],
    ) -> Result<()> {
        let mut dtypes = self.inputs.values().iter().map(Value::dtype);
        match dtypes.find(|dtype| !dtype.is_plain()) {
            Some(DType::String) => self.by_number_of::<Bytes>(compute, numbering, moved),
            Some(DType::Resource) => self.by_number_of::<ResourceHandle>(compute, numbering, moved),
            _ => Err(Error::of_op("there are neither texts nor handles to move")),
        }
    }

    fn by_number_of<T: Element + Hash + Eq>(
        &mut self,
        compute: Compute<'_>,
        numbering: Numbering,
        moved: &[usize],
    ) -> Result<()> {
        let values = self.inputs.values();
        // Few: one for each input.
        let views: SmallVec<[Option<ArrayViewD<'_, T>>; 4]> = values
            .iter()
            .map(|value| T::unwrap(value).map(Strided::view))
            .collect();
        let elements = memory::collected(views.iter().flatten().flatten())?;
        let mut numbers = match numbering {
            Numbering::Each => memory::collected(1..=elements.len() as i64)?,
            Numbering::Equal => equal_numbers(&elements)?,
        }
        .into_iter();
        let mut inputs: SmallVec<[Value<'_>; 4]> = SmallVec::new();
        for (value, view) in values.iter().zip(&views) {
            inputs.push(match view {
                Some(view) => {
                    i64::wrap(memory::mapped(view, |_| numbers.next().unwrap_or(0))?.into())
                }
                None => value.clone(),
            });
        }
        let outputs = Outputs::new(self.outputs.len());
        let mut kernel = Kernel::new(Inputs::new(&inputs), outputs, &mut [], None, self.pool);
        compute(&mut kernel)?;
        for (i, made) in kernel.outputs.into_values().into_iter().enumerate() {
            let made = made.ok_or_else(|| Error::of_op("the kernel made nothing"))?;
            if !moved.contains(&i) {
                self.outputs.set_value(i, made.to_owned_value()?);
                continue;
            }
            let numbers = i64::unwrap(&made);
            let numbers =
                numbers.ok_or_else(|| Error::of_op("the kernel does not only move elements"))?;
            let element = |number: i64| {
                let place = number
                    .checked_sub(1)
                    .and_then(|place| usize::try_from(place).ok());
                let element = place.and_then(|place| elements.get(place));
                element.map_or_else(T::default, |&element| element.clone())
            };
            self.outputs
                .set(i, memory::mapped(&numbers.view(), element)?);
        }
        Ok(())
    }
}

/// For each element the number of the first that equals it, from 1 on.
fn equal_numbers<T: Hash + Eq>(elements: &[&T]) -> Result<Vec<i64>> {
    let mut first: Map<&T, i64> = Map::default();
    let bytes = memory::room_for::<(&T, i64)>(&[elements.len()])?;
    let reserved = first.try_reserve(elements.len());
    reserved.map_err(|_| memory::refused(bytes))?;
    let numbered = elements.iter().zip(1..);
    memory::collected(numbered.map(|(&element, number)| *first.entry(element).or_insert(number)))
}
