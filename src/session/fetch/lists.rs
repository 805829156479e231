//! Lists of fetches: references, slices, vectors, arrays, tuples, and what is perhaps there.

use super::{Fetch, Places, Request, Results};
use crate::types::{Error, Result, for_tuples};

impl<F: Fetch + ?Sized> Fetch for &F {
    type Output = F::Output;

    fn request(&self, request: &mut Request) {
        (**self).request(request);
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
        (**self).collect(results)
    }

    fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>) {
        (**self).offer(into, places);
    }
}

impl<F: Fetch> Fetch for [F] {
    type Output = Vec<F::Output>;

    fn request(&self, request: &mut Request) {
        self.iter().for_each(|fetch| fetch.request(request));
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
        self.iter().map(|fetch| fetch.collect(results)).collect()
    }

    fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>) {
        places.each(self, into);
    }
}

impl<F: Fetch> Fetch for Vec<F> {
    type Output = Vec<F::Output>;

    fn request(&self, request: &mut Request) {
        self.as_slice().request(request);
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
        self.as_slice().collect(results)
    }

    fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>) {
        self.as_slice().offer(into, places);
    }
}

impl<F: Fetch, const N: usize> Fetch for [F; N] {
    type Output = [F::Output; N];

    fn request(&self, request: &mut Request) {
        self.as_slice().request(request);
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
        let collected = self.as_slice().collect(results)?;
        collected
            .try_into()
            .map_err(|_| Error::internal("an array of fetches gave another number of results"))
    }

    fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>) {
        places.each(self, into);
    }
}

macro_rules! tuple {
    ($($name:ident $index:tt),*) => {
        impl<$($name: Fetch),*> Fetch for ($($name,)*) {
            type Output = ($($name::Output,)*);

            #[allow(unused_variables, reason = "the empty tuple asks for nothing")]
            fn request(&self, request: &mut Request) {
                $(self.$index.request(request);)*
            }

            #[allow(unused_variables, clippy::unused_unit, reason = "the empty tuple asks for nothing")]
            fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
                Ok(($(self.$index.collect(results)?,)*))
            }

            #[allow(unused_variables, reason = "the empty tuple asks for nothing")]
            fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>) {
                $(self.$index.offer(&mut into.$index, places);)*
            }
        }
    };
}

tuple!();
for_tuples!(tuple);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

/// `None` asks for nothing and gives `None`.
impl<F: Fetch> Fetch for Option<F> {
    type Output = Option<F::Output>;

    fn request(&self, request: &mut Request) {
        self.iter().for_each(|fetch| fetch.request(request));
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
        self.as_ref()
            .map(|fetch| fetch.collect(results))
            .transpose()
    }

    fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>) {
        match (self, into) {
            (Some(fetch), Some(into)) => fetch.offer(into, places),
            (Some(_), None) => places.refuse("None was given for a result".to_string()),
            (None, _) => {}
        }
    }
}
