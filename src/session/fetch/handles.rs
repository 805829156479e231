//! Handles that can be fetched: tensors, variables and operations.

use ndarray::ArrayD;

use super::{Fetch, Places, Request, Results};
use crate::graph::{AnyTensor, Operation, Tensor};
use crate::types::{AnyArray, Element, Result};
use crate::variables::{AnyVariable, Variable};

impl<T: Element> Fetch for Tensor<T> {
    type Output = ArrayD<T>;

    fn request(&self, request: &mut Request) {
        request.tensor(&self.any());
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
        results.array()
    }

    fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>) {
        places.array(into);
    }
}

impl<T: Element> Fetch for Variable<T> {
    type Output = ArrayD<T>;

    fn request(&self, request: &mut Request) {
        request.tensor(self.any().memory());
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
        results.array()
    }

    fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>) {
        places.array(into);
    }
}

impl Fetch for AnyVariable {
    type Output = AnyArray;

    fn request(&self, request: &mut Request) {
        request.tensor(self.memory());
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
        results.any()
    }

    fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>) {
        places.any(into);
    }
}

impl Fetch for AnyTensor {
    type Output = AnyArray;

    fn request(&self, request: &mut Request) {
        request.tensor(self);
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
        results.any()
    }

    fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>) {
        places.any(into);
    }
}

impl Fetch for Operation {
    type Output = ();

    fn request(&self, request: &mut Request) {
        request.operation(self);
    }

    fn collect(&self, _: &mut Results<'_>) -> Result<()> {
        Ok(())
    }

    fn offer<'o>(&self, (): &'o mut (), _: &mut Places<'o>) {}
}
