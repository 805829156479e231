//! `BiasAdd`.

use crate::kernels::tile::{Elementwise, Tile};
use std::sync::Arc;

use std::marker::PhantomData;

use ndarray::Axis;
use smallvec::SmallVec;

use super::data_format::DataFormat;
use crate::graph::{
    AttributeList, Attributes, Fusion, GradientContext, InferContext, IntoTensor, Kernel, Op,
    Tensor, TensorInfo, attributes,
};
use crate::kernels::reduce::{Adder, reduce};
use crate::ops::OpDef;
use crate::ops::array::{concat, ones_like, reshape, shape, tile};
use crate::ops::def::op;
use crate::ops::support::{binary, expect_rank, expect_rank_at_least, unary, unequal_dims};
use crate::types::{Error, Number, Result, Shape};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "BiasAdd(value: T, bias: T) -> (output: T); data_format: string = 'NHWC'; \
        T in number",
        T: number, |node| BiasAddOp::<T>::new(node.attributes()?)),
    op!(smooth "BiasAddGrad(out_backprop: T) -> (output: T); data_format: string = 'NHWC'; \
        T in number",
        T: number, |node| BiasAddGrad::<T>::new(node.attributes()?)),
];

/// `value` with `bias` added along the last axis, as `tf.nn.bias_add` computes it.
///
/// `bias` is a vector as long as that axis; `value` has at least two axes.
///
/// ```
/// use ndarray::arr2;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([[1.0, 2.0], [3.0, 4.0]]);
/// let y = tf::nn::bias_add(&x, [10.0, 20.0]);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(y.array2(), [])?, arr2(&[[11.0, 22.0], [13.0, 24.0]]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the shapes do not fit.
///
/// # Options
/// `channels_first`: see [`bias_add_with`].
#[track_caller]
pub fn bias_add<T: Number>(value: impl IntoTensor<T>, bias: impl IntoTensor<T>) -> Tensor<T> {
    bias_add_with(value, bias, BiasAdd::new())
}

/// As [`bias_add`], with the channels where `options` says.
///
/// # Errors
/// As [`bias_add`].
#[track_caller]
pub fn bias_add_with<T: Number>(
    value: impl IntoTensor<T>,
    bias: impl IntoTensor<T>,
    options: impl Into<BiasAdd>,
) -> Tensor<T> {
    let BiasAdd { data_format } = options.into();
    let op = BiasAddOp::<T>::new(Channels { data_format });
    binary("BiasAdd", op, (value, "input"), (bias, "bias"))
}

/// The options of [`bias_add_with`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BiasAdd {
    data_format: DataFormat,
}

attributes! {
    /// Which axis the bias goes along.
    #[derive(Copy)]
    struct Channels {
        data_format: DataFormat,
    }
}

impl BiasAdd {
    /// The channels are the last axis (`NHWC`).
    pub fn new() -> Self {
        BiasAdd::default()
    }

    /// The channels are the second axis (`data_format='NCHW'`); `value` then has at least three
    /// axes.
    pub fn channels_first(mut self) -> Self {
        self.data_format = DataFormat::Nchw;
        self
    }
}

impl Channels {
    /// The channel axis of a tensor of this rank.
    fn axis(self, rank: usize) -> usize {
        match self.data_format {
            DataFormat::Nhwc => rank.saturating_sub(1),
            DataFormat::Nchw => 1,
        }
    }

    /// The fewest axes that a tensor can have.
    fn least_rank(self) -> usize {
        match self.data_format {
            DataFormat::Nhwc => 2,
            DataFormat::Nchw => 3,
        }
    }

    /// Fails unless `shape` has enough axes, or may have.
    fn expect(self, cx: &InferContext<'_>, shape: &Shape) -> Result<()> {
        expect_rank_at_least(cx, shape, self.least_rank())
    }
}

#[derive(Debug)]
struct BiasAddOp<T> {
    channels: Channels,
    element: PhantomData<fn() -> T>,
}

impl<T> BiasAddOp<T> {
    fn new(channels: Channels) -> Self {
        BiasAddOp {
            channels,
            element: PhantomData,
        }
    }
}

impl<T: Number> Op for BiasAddOp<T> {
    fn op_type(&self) -> &'static str {
        "BiasAdd"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let (value, bias) = (cx.shape(0), cx.shape(1));
        self.channels.expect(cx, value)?;
        expect_rank(cx, bias, 1)?;
        let Some(dims) = value.dims() else {
            return Ok(vec![TensorInfo::new(T::DTYPE, ..)]);
        };
        let mut dims = dims.to_vec();
        let axis = self.channels.axis(dims.len());
        dims[axis] = match (dims[axis], bias.dim(0)) {
            (Some(length), Some(biases)) if length != biases => {
                return Err(unequal_dims(cx, length, biases));
            }
            (length, biases) => length.or(biases),
        };
        Ok(vec![TensorInfo::new(T::DTYPE, dims)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (value, bias) = (cx.inputs.get::<T>(0), cx.inputs.get::<T>(1));
        let axis = self.channels.axis(value.ndim());
        let (value_shape, bias_shape) = (
            Shape::from(value.shape()).bracketed(),
            Shape::from(bias.shape()).bracketed(),
        );
        if bias.len() != value.shape()[axis] {
            let message = "Must provide as many biases as the last dimension of the input tensor";
            let message = format!("{message}: {bias_shape} vs. {value_shape}");
            return Err(Error::invalid_argument(message));
        }
        let [value, bias] = [0, 1].map(|i| cx.inputs.value(i).clone());
        let bias = (axis + 1..value.shape().len()).fold(bias, |bias, _| bias.expanded(1));
        let shape = cx.inputs.shape(0);
        cx.compute_each_of::<T>(self, &[value, bias], shape)
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let dy = cx.grad::<T>(0);
        let op = BiasAddGrad::<T>::new(self.channels);
        let dbias: Tensor<T> = unary("BiasAddGrad", op, (&dy, "out_backprop"));
        cx.set(0, dy);
        cx.set(1, dbias);
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.channels.list())
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        match self.channels.data_format {
            DataFormat::Nhwc => Fusion::Elementwise(self),
            // The axis of the channels is not the last.
            DataFormat::Nchw => Fusion::None,
        }
    }
}

impl<T: Number> Elementwise for BiasAddOp<T> {
    fn tile(&self, tile: &mut Tile<'_>) {
        tile.zip(T::plus);
    }
}

/// The sum along all axes but that of the channels.
#[derive(Debug)]
struct BiasAddGrad<T> {
    channels: Channels,
    element: PhantomData<fn() -> T>,
}

impl<T> BiasAddGrad<T> {
    fn new(channels: Channels) -> Self {
        BiasAddGrad {
            channels,
            element: PhantomData,
        }
    }
}

impl<T: Number> Op for BiasAddGrad<T> {
    fn op_type(&self) -> &'static str {
        "BiasAddGrad"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let shape = cx.shape(0);
        self.channels.expect(cx, shape)?;
        let channels = shape
            .rank()
            .and_then(|rank| shape.dim(self.channels.axis(rank)));
        Ok(vec![TensorInfo::new(T::DTYPE, vec![channels])])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let dy = cx.inputs.get::<T>(0);
        let channels = self.channels.axis(dy.ndim());
        let axes: SmallVec<[usize; 8]> = (0..dy.ndim()).filter(|axis| *axis != channels).collect();
        let out = cx.outputs.alloc::<T>(0, &[dy.len_of(Axis(channels))])?;
        reduce(cx.pool, dy, &axes, out, Adder)?;
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let ddbias = cx.grad::<T>(0);
        let value_shape = shape(cx.input::<T>(0));
        let bias_shape = shape(&ddbias);
        let (expanded_shape, multiples) = match self.channels.data_format {
            DataFormat::Nhwc => {
                let ones = ones_like(value_shape.index(..-1));
                let expanded_shape = concat((ones, bias_shape), 0);
                (expanded_shape, concat((value_shape.index(..-1), [1]), 0))
            }
            DataFormat::Nchw => {
                let before = ones_like(value_shape.index(..1));
                let after = ones_like(value_shape.index(2..));
                let expanded_shape = concat((before, bias_shape, after), 0);
                let (before, after) = (value_shape.index(..1), value_shape.index(2..));
                (expanded_shape, concat((before, [1], after), 0))
            }
        };
        let ddy = tile(reshape(ddbias, expanded_shape), multiples);
        cx.set(0, ddy);
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.channels.list())
    }

    fn needs_memory(&self, cx: &InferContext<'_>) -> bool {
        // The elements of one channel lie apart unless the channels are the last axis.
        let rank = cx.shape(0).rank();
        rank.is_none_or(|rank| rank > 2 && self.channels.axis(rank) + 1 < rank)
    }
}
