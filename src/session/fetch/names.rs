//! Tensors fetched by their names.

use super::{Fetch, Places, Request, Results};
use crate::types::{AnyArray, Result};

/// The tensor with this name, such as `loss:0`; only the run knows its type.
impl Fetch for str {
    type Output = AnyArray;

    fn request(&self, request: &mut Request) {
        request.named(self);
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
        results.any()
    }

    fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>) {
        places.any(into);
    }
}

impl Fetch for String {
    type Output = AnyArray;

    fn request(&self, request: &mut Request) {
        self.as_str().request(request);
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
        self.as_str().collect(results)
    }

    fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>) {
        self.as_str().offer(into, places);
    }
}
