//! [`RenormClipping`]: how far renormalization may go.

use crate::graph::Tensor;
use crate::ops::NumberOrTensor;
use crate::ops::math::{maximum, minimum};
use crate::types::Float;

/// How far [`renorm`](super::BatchNormalization::renorm) may move what a batch is normalized to: by
/// a factor `r` from `rmin` to `rmax`, and by `d` from -`dmax` to `dmax`; each is a number or a
/// scalar tensor.
#[derive(Clone, Debug)]
pub struct RenormClipping<T: Float = f32> {
    rmin: Option<NumberOrTensor<T>>,
    rmax: Option<NumberOrTensor<T>>,
    dmax: Option<NumberOrTensor<T>>,
}

impl<T: Float> RenormClipping<T> {
    /// As far as it takes.
    pub fn new() -> Self {
        RenormClipping {
            rmin: None,
            rmax: None,
            dmax: None,
        }
    }

    /// The least factor.
    pub fn rmin(mut self, rmin: impl Into<NumberOrTensor<T>>) -> Self {
        self.rmin = Some(rmin.into());
        self
    }

    /// The largest factor.
    pub fn rmax(mut self, rmax: impl Into<NumberOrTensor<T>>) -> Self {
        self.rmax = Some(rmax.into());
        self
    }

    /// The largest shift.
    pub fn dmax(mut self, dmax: impl Into<NumberOrTensor<T>>) -> Self {
        self.dmax = Some(dmax.into());
        self
    }

    #[track_caller]
    pub(super) fn factor(&self, mut r: Tensor<T>) -> Tensor<T> {
        if let Some(rmin) = &self.rmin {
            r = maximum(r, rmin.clone());
        }
        if let Some(rmax) = &self.rmax {
            r = minimum(r, rmax.clone());
        }
        r
    }

    #[track_caller]
    pub(super) fn shift(&self, d: Tensor<T>) -> Tensor<T> {
        let Some(dmax) = &self.dmax else { return d };
        let least = match dmax {
            NumberOrTensor::Number(number) => NumberOrTensor::Number(T::ZERO - *number),
            NumberOrTensor::Tensor(tensor) => NumberOrTensor::Tensor(-tensor),
        };
        minimum(maximum(d, least), dmax.clone())
    }
}

impl<T: Float> Default for RenormClipping<T> {
    fn default() -> Self {
        RenormClipping::new()
    }
}
