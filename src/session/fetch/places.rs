//! [`Places`]: where the results of a run go that allocates nothing.

use ndarray::{Array, ArrayViewMut, Dimension, IxDyn};
use smallvec::SmallVec;

use super::Fetch;
use crate::types::{AnyArray, Element, Error, Result, ValueMut};

/// Places for the results of a run; see [`Prepared::run_into`](crate::Prepared::run_into).
#[derive(Debug, Default)]
pub struct Places<'o> {
    places: SmallVec<[ValueMut<'o>; 4]>,
    /// Why the results cannot be put there.
    failed: Option<Error>,
}

impl<'o> Places<'o> {
    /// Offers an array.
    pub fn array<T: Element, D: Dimension>(&mut self, array: &'o mut Array<T, D>) {
        self.places.push(T::wrap_mut(array.view_mut().into_dyn()));
    }

    /// Offers a place for a single number.
    pub fn number<T: Element>(&mut self, number: &'o mut T) {
        let number = ArrayViewMut::from_shape(IxDyn(&[]), std::slice::from_mut(number));
        self.places.push(T::wrap_mut(
            number.expect("one number is an array without axes"),
        ));
    }

    /// Offers no place: for a result whose length only the run knows. A run into places refuses it.
    pub fn none(&mut self) {
        let nowhere = ArrayViewMut::from_shape(IxDyn(&[0, 0]), &mut []);
        self.places.push(u8::wrap_mut(
            nowhere.expect("no numbers are an array of no length"),
        ));
    }

    /// Offers places to each of `fetches` in what an earlier run gave for it; none if that has
    /// another length.
    pub(super) fn each<F: Fetch>(&mut self, fetches: &[F], into: &'o mut [F::Output]) {
        let (wanted, given) = (fetches.len(), into.len());
        if wanted != given {
            self.refuse(format!(
                "a vector of {given} results was given for the results of {wanted} fetches"
            ));
            return;
        }
        let offers = fetches.iter().zip(into);
        offers.for_each(|(fetch, into)| fetch.offer(into, self));
    }

    /// Notes that what was given has another form than an earlier run's results.
    pub(super) fn refuse(&mut self, message: String) {
        let error = Error::invalid_argument(message).with_help(
            "give what an earlier run gave, with its vectors as long as they were; or call run, which makes new ones",
        );
        self.failed.get_or_insert(error);
    }

    /// What was offered, for so many results.
    ///
    /// # Errors
    /// Why an array cannot be written to, if that is so; `InvalidArgument` if something of another
    /// length was given, or if a fetch offers another number of places than it asks for tensors.
    pub(in crate::session) fn all(self, wanted: usize) -> Result<SmallVec<[ValueMut<'o>; 4]>> {
        let offered = self.places.len();
        match self.failed {
            Some(error) => Err(error),
            None if offered == wanted => Ok(self.places),
            None => Err(Error::invalid_argument(format!(
                "{offered} places were offered for the results of {wanted} tensors"
            ))
            .with_help("Fetch::offer must offer as many as Fetch::request asks for")),
        }
    }

    /// Offers an array of any type.
    pub fn any(&mut self, array: &'o mut AnyArray) {
        match array.value_mut() {
            Ok(place) => self.places.push(place),
            Err(error) => {
                self.failed.get_or_insert(error);
            }
        }
    }
}
