//! `MaxPoolWithArgmax`: the largest element of each window, and where it is; and what belongs to it
//! in gradients.

use std::marker::PhantomData;

use super::geometry::Pooling;
use crate::graph::{
    AttributeList, AttributeValue, FromNode, GradientContext, InferContext, Kernel, NodeSpec, Op,
    TensorInfo,
};
use crate::kernels::pooling::{gather_places, scatter_places};
use crate::kernels::strided::in_order;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{any_tensor, merge};
use crate::types::{Error, Integer, Numeric, Result, Shape, memory};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "MaxPoolWithArgmax(input: T) -> (output: T, argmax: Targmax); ksize: list(int); \
        strides: list(int); Targmax: type = int64; padding: string; \
        include_batch_in_index: bool = false; Targmax in index; T in real",
        T: numeric, Targmax: index, |node| node.op::<MaxPoolWithArgmaxOp<T, Targmax>>()?),
    op!(opaque "MaxPoolGradWithArgmax(input: T, grad: T, argmax: Targmax) -> (output: T); \
        ksize: list(int); strides: list(int); padding: string; \
        include_batch_in_index: bool = false; Targmax in index; T in real",
        T: numeric, Targmax: index, |node| node.op::<MaxPoolGradWithArgmax<T, Targmax>>()?),
    op!(opaque "MaxPoolGradGradWithArgmax(input: T, grad: T, argmax: Targmax) -> (output: T); \
        ksize: list(int); strides: list(int); padding: string; \
        include_batch_in_index: bool = false; Targmax in index; T in real",
        T: numeric, Targmax: index, |node| node.op::<MaxPoolGradGradWithArgmax<T, Targmax>>()?),
];

/// The attributes of these ops.
#[derive(Clone, Debug)]
pub(super) struct Indexing {
    pub(super) pooling: Pooling,
    /// Whether an index counts the elements of the pictures before, too.
    pub(super) include_batch_in_index: bool,
}

impl Indexing {
    fn of_node(node: &NodeSpec<'_>) -> Result<Self> {
        Ok(Indexing {
            pooling: Pooling::of_node(node)?,
            include_batch_in_index: node.attribute("include_batch_in_index")?,
        })
    }

    fn attributes(&self) -> AttributeList {
        let mut list = self.pooling.attributes();
        let included = self.include_batch_in_index.to_attribute();
        list.push(("include_batch_in_index", included));
        list
    }

    /// How many pictures there are for each of which indices begin anew.
    fn counted_alone(&self, pictures: usize) -> usize {
        if self.include_batch_in_index {
            1
        } else {
            pictures
        }
    }
}

#[derive(Debug)]
pub(super) struct MaxPoolWithArgmaxOp<T, I> {
    indexing: Indexing,
    elements: PhantomData<fn() -> (T, I)>,
}

impl<T, I> MaxPoolWithArgmaxOp<T, I> {
    pub(super) fn new(indexing: Indexing) -> Self {
        MaxPoolWithArgmaxOp {
            indexing,
            elements: PhantomData,
        }
    }
}

impl<T: Numeric, I: Integer> FromNode for MaxPoolWithArgmaxOp<T, I> {
    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        Ok(MaxPoolWithArgmaxOp::new(Indexing::of_node(node)?))
    }
}

impl<T: Numeric, I: Integer> Op for MaxPoolWithArgmaxOp<T, I> {
    fn op_type(&self) -> &'static str {
        "MaxPoolWithArgmax"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let shape = self.indexing.pooling.infer(cx, cx.shape(0))?;
        let at = TensorInfo::new(I::DTYPE, shape.clone());
        Ok(vec![TensorInfo::new(T::DTYPE, shape), at])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let x = cx.inputs.get::<T>(0);
        let (windows, shape) = self.indexing.pooling.windows(cx, x.shape())?;
        let each = match self.indexing.include_batch_in_index {
            true => x.shape()[1..].iter().product(),
            false => 0,
        };
        let x = in_order(cx.pool, &x)?;
        let (mut out, mut at) = cx.outputs.alloc_two_unset::<T, I>(&shape, &shape)?;
        let results = (memory::row_major(&mut out), memory::row_major(&mut at));
        windows.argmax(cx.pool, &x, results, each)
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let inputs = [cx.any_input(0).clone(), cx.any_grad(0), cx.any_output(1)];
        let op_type = "MaxPoolGradWithArgmax";
        let op = MaxPoolGradWithArgmax::<T, I> {
            indexing: Indexing {
                pooling: self.indexing.pooling.of(op_type),
                ..self.indexing.clone()
            },
            elements: PhantomData,
        };
        let graph = cx.graph().clone();
        let dx = graph.op_scope(op_type, |scope| any_tensor(scope, op, &inputs, T::DTYPE));
        cx.set_gradient(0, dx.into());
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.indexing.attributes())
    }
}

/// Fails unless inputs `first` and `second` have the same shape.
fn expect_same(cx: &Kernel<'_, '_>, first: usize, second: usize) -> Result<()> {
    let shapes = [first, second].map(|i| cx.inputs.shape(i));
    if shapes[0] == shapes[1] {
        return Ok(());
    }
    let [a, b] = shapes.map(|shape| Shape::from(shape).bracketed());
    let message = format!("inputs {first} and {second} must have the same shape, not {a} and {b}");
    Err(Error::invalid_argument(message))
}

fn out_of_range(index: i64, length: usize) -> Error {
    let message = format!("argmax has an index {index}, which is not in [0, {length})");
    Error::invalid_argument(message)
}

/// The gradient of the largest elements with respect to the pictures: each goes where its index
/// says.
#[derive(Debug)]
struct MaxPoolGradWithArgmax<T, I> {
    indexing: Indexing,
    elements: PhantomData<fn() -> (T, I)>,
}

impl<T: Numeric, I: Integer> FromNode for MaxPoolGradWithArgmax<T, I> {
    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        Ok(MaxPoolGradWithArgmax {
            indexing: Indexing::of_node(node)?,
            elements: PhantomData,
        })
    }
}

impl<T: Numeric, I: Integer> Op for MaxPoolGradWithArgmax<T, I> {
    fn op_type(&self) -> &'static str {
        "MaxPoolGradWithArgmax"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        self.indexing.pooling.infer(cx, cx.shape(0))?;
        merge(cx, cx.shape(1), cx.shape(2))?;
        let shape = merge(cx, cx.shape(0), &Shape::of_rank(4))?;
        Ok(vec![TensorInfo::new(T::DTYPE, shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = cx.inputs.shape(0);
        expect_same(cx, 1, 2)?;
        let (dy, at) = (cx.inputs.get::<T>(1), cx.inputs.get::<I>(2));
        let pooling = &self.indexing.pooling;
        pooling.windows_of(cx, shape, ("grad", dy.shape()))?;
        let (dy, at) = (in_order(cx.pool, &dy)?, in_order(cx.pool, &at)?);
        let alone = self.indexing.counted_alone(shape[0]);
        let mut dx = cx.outputs.alloc_unset::<T>(0, shape)?;
        let dx = memory::row_major(&mut dx);
        let length = dx.len() / alone.max(1);
        scatter_places(cx.pool, (&dy, &at), alone, dx).map_err(|index| out_of_range(index, length))
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.indexing.attributes())
    }
}

/// The gradient of [`MaxPoolGradWithArgmax`] with respect to that which it passes on: what stands
/// where each index says.
#[derive(Debug)]
struct MaxPoolGradGradWithArgmax<T, I> {
    indexing: Indexing,
    elements: PhantomData<fn() -> (T, I)>,
}

impl<T: Numeric, I: Integer> FromNode for MaxPoolGradGradWithArgmax<T, I> {
    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        Ok(MaxPoolGradGradWithArgmax {
            indexing: Indexing::of_node(node)?,
            elements: PhantomData,
        })
    }
}

impl<T: Numeric, I: Integer> Op for MaxPoolGradGradWithArgmax<T, I> {
    fn op_type(&self) -> &'static str {
        "MaxPoolGradGradWithArgmax"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let pictures = merge(cx, cx.shape(0), cx.shape(1))?;
        let result = self.indexing.pooling.infer(cx, &pictures)?;
        let shape = merge(cx, &result, cx.shape(2))?;
        Ok(vec![TensorInfo::new(T::DTYPE, shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = cx.inputs.shape(0);
        expect_same(cx, 0, 1)?;
        let (t, at) = (cx.inputs.get::<T>(1), cx.inputs.get::<I>(2));
        let pooling = &self.indexing.pooling;
        pooling.windows_of(cx, shape, ("argmax", at.shape()))?;
        let (t, at) = (in_order(cx.pool, &t)?, in_order(cx.pool, &at)?);
        let alone = self.indexing.counted_alone(shape[0]);
        let mut out = cx.outputs.alloc_unset::<T>(0, cx.inputs.shape(2))?;
        let length = t.len() / alone.max(1);
        gather_places(cx.pool, (&t, &at), alone, memory::row_major(&mut out))
            .map_err(|index| out_of_range(index, length))
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.indexing.attributes())
    }
}
