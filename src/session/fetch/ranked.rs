//! Fetches whose form is part of their type: a number, or an array of a known number of axes.

use std::marker::PhantomData;

use ndarray::{Array, Dimension};

use super::super::plan::Form;
use super::{Fetch, Places, Request, Results};
use crate::graph::Tensor;
use crate::types::{Element, Error, Result};

/// The only element of a tensor, as a number; made by [`Tensor::scalar`].
#[derive(Debug, Clone)]
pub struct Scalar<T: Element>(Tensor<T>);

impl<T: Element> Tensor<T> {
    /// Fetches this tensor, which must have exactly one element, as a number rather than an array.
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// let x = graph.constant([1.0f32, 2.0]);
    /// let sum = tf1::reduce_sum(&x, ..);
    /// let session = tf1::Session::new(&graph)?;
    /// let total: f32 = session.run(sum.scalar(), [])?;
    /// assert_eq!(total, 3.0);
    /// # Ok::<(), tf1::Error>(())
    /// ```
    pub fn scalar(&self) -> Scalar<T> {
        Scalar(self.clone())
    }
}

impl<T: Element> Fetch for Scalar<T> {
    type Output = T;

    fn request(&self, request: &mut Request) {
        request.scalar(&self.0.any());
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<T> {
        if let Some(number) = results.number() {
            return Ok(number);
        }
        let value = results.value()?;
        let array =
            T::unwrap(&value).ok_or_else(|| Error::of_op("a fetched tensor has another type"))?;
        let view = array.view();
        Form::Single.expect(view.shape(), self.0.graph(), self.0.output().node)?;
        let only = view.first().cloned();
        only.ok_or_else(|| Error::internal("an array of one element has none"))
    }

    fn offer<'o>(&self, into: &'o mut T, places: &mut Places<'o>) {
        places.number(into);
    }
}

/// A tensor fetched as an array whose number of axes is part of its type; made by
/// [`Tensor::array1`] and its like.
#[derive(Clone)]
pub struct Ranked<T: Element, D> {
    tensor: Tensor<T>,
    dimension: PhantomData<fn() -> D>,
}

impl<T: Element, D> std::fmt::Debug for Ranked<T, D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Ranked").field(&self.tensor).finish()
    }
}

macro_rules! ranked {
    ($($method:ident $dimension:ident $array:literal $rank:literal;)*) => {
        impl<T: Element> Tensor<T> {$(
            #[doc = concat!("Fetches this tensor, which must have ", $rank, ", as an `", $array, "` of ndarray.")]
            ///
            /// ```
            /// let graph = tf1::Graph::new();
            /// let x = graph.constant([[1.0f32, 2.0], [3.0, 4.0]]);
            /// let session = tf1::Session::new(&graph)?;
            /// let matrix: ndarray::Array2<f32> = session.run(x.array2(), [])?;
            /// assert_eq!(matrix[[1, 0]], 3.0);
            /// # Ok::<(), tf1::Error>(())
            /// ```
            pub fn $method(&self) -> Ranked<T, ndarray::$dimension> {
                Ranked {
                    tensor: self.clone(),
                    dimension: PhantomData,
                }
            }
        )*}
    };
}

ranked! {
    array1 Ix1 "Array1" "one axis";
    array2 Ix2 "Array2" "two axes";
    array3 Ix3 "Array3" "three axes";
    array4 Ix4 "Array4" "four axes";
    array5 Ix5 "Array5" "five axes";
    array6 Ix6 "Array6" "six axes";
}

impl<T: Element, D: Dimension> Fetch for Ranked<T, D> {
    type Output = Array<T, D>;

    fn request(&self, request: &mut Request) {
        request.ranked(&self.tensor.any(), D::NDIM.unwrap_or_default());
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
        let array = results.array::<T>()?;
        let rank = D::NDIM.unwrap_or(array.ndim());
        let node = self.tensor.output().node;
        Form::Rank(rank).expect(array.shape(), self.tensor.graph(), node)?;
        let array = array.into_dimensionality();
        array.map_err(|_| Error::internal("an array of a rank is not an array of that rank"))
    }

    fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>) {
        places.array(into);
    }
}
