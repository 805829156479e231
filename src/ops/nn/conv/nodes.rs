//! [`Nodes`]: the nodes that a convolution over one to three axes consists of.

use super::conv2d::Conv2DOp;
use super::conv3d::Conv3DOp;
use super::geometry::{ConvElement, Layout, Role};
use super::op::made;
use super::options::{Conv2D, per_axis};
use crate::graph::{AnyTensor, OpScope, Tensor};
use crate::ops::Integers;
use crate::ops::array::{Squeeze, expand_dims, squeeze_with};
use crate::ops::nn::Padding;
use crate::types::{Error, Result};

/// A convolution over some axes, by TensorFlow's attributes: a number for each axis of the
/// pictures.
#[derive(Clone, Debug)]
pub(super) struct Nodes {
    pub(super) axes: usize,
    pub(super) strides: Vec<i64>,
    pub(super) dilations: Vec<i64>,
    pub(super) padding: Padding,
    pub(super) data_format: String,
}

impl Nodes {
    /// # Errors
    /// `InvalidArgument` if there are not so many strides or dilations.
    pub(super) fn new(
        axes: usize,
        strides: &Integers,
        padding: &Padding,
        options: &Conv2D,
    ) -> Result<Self> {
        let (data_format, dilations) = options.attributes(axes)?;
        let layout = Layout::new(data_format.starts_with("NC"), axes);
        Ok(Nodes {
            axes,
            strides: per_axis("strides", strides, axes, layout)?,
            dilations,
            padding: padding.clone(),
            data_format,
        })
    }

    pub(super) fn layout(&self) -> Layout {
        Layout::new(self.data_format.starts_with("NC"), self.axes)
    }

    /// The convolution, as the node that `scope` is named after.
    ///
    /// # Errors
    /// `InvalidArgument` if the layout or padding is none of the op's.
    #[track_caller]
    pub(super) fn forward<T: ConvElement>(
        self,
        scope: &OpScope,
        input: &Tensor<T>,
        filter: &Tensor<T>,
    ) -> Result<Tensor<T>> {
        match self.axes {
            1 => {
                let (flat, axis) = self.flat()?;
                let (input, filter) = (expand_dims(input, axis), expand_dims(filter, 0));
                let inputs = [input.any(), filter.any()];
                let result = flat.made(scope, Role::Forward, inputs)?;
                Ok(squeeze_with(&result, Squeeze::new().axis([axis])))
            }
            _ => self.made(scope, Role::Forward, [input.any(), filter.any()]),
        }
    }

    /// The convolution or a gradient over two or three axes, as the node that `scope` is named
    /// after.
    ///
    /// # Errors
    /// As [`forward`](Nodes::forward).
    #[track_caller]
    pub(super) fn made<T: ConvElement, const N: usize>(
        self,
        scope: &OpScope,
        role: Role,
        inputs: [AnyTensor; N],
    ) -> Result<Tensor<T>> {
        Ok(match self.axes {
            3 => made(scope, role, Ok(Conv3DOp::of(self)?), inputs),
            _ => made(scope, role, Ok(Conv2DOp::of(self)), inputs),
        })
    }

    /// A convolution over one axis as one over two, the first of which has length 1; and the axis
    /// that is.
    ///
    /// # Errors
    /// `InvalidArgument` if there is no such layout.
    pub(super) fn flat(mut self) -> Result<(Self, usize)> {
        let (data_format, axis) = match self.data_format.as_str() {
            "NWC" | "NHWC" => ("NHWC", 1),
            "NCW" | "NCHW" => ("NCHW", 2),
            _ => {
                let message = "data_format must be \"NWC\" or \"NCW\".";
                return Err(Error::invalid_argument(message));
            }
        };
        self.strides.insert(axis, 1);
        self.dilations.insert(axis, 1);
        if let Padding::Explicit(axes) = &mut self.padding
            && axes.len() == 3
        {
            axes.insert(axis, [0, 0]);
        }
        self.data_format = data_format.to_string();
        self.axes = 2;
        Ok((self, axis))
    }
}
