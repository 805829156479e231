//! `AccumulateNV2`.

use std::marker::PhantomData;

use crate::graph::{
    AnyTensor, Attribute, AttributeList, GradientContext, InferContext, Kernel, Op, Tensor,
    TensorInfo, graph_of,
};
use crate::kernels::pieces::update_each;
use crate::ops::OpDef;
use crate::ops::array::TensorList;
use crate::ops::def::op;
use crate::ops::support::merge;
use crate::types::{Number, Result, Shape, memory};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    smooth "AccumulateNV2(inputs: N * T) -> (sum: T); shape: shape; \
        T in number",
    T: number, |node| AccumulateNV2::<T>::new(node.attribute("shape")?)
)];

/// The sum of all `inputs`, which have the same shape, as `tf.accumulate_n` computes it; the only
/// input itself if there is just one.
///
/// The inputs are added in the order in which they are given.
///
/// # Errors
/// `InvalidArgument` if there are no inputs or their shapes differ.
#[track_caller]
pub fn accumulate_n<T: Number>(inputs: impl TensorList<T>) -> Tensor<T> {
    let graph = graph_of(&[inputs.graph()]);
    let inputs = inputs.into_tensors(&graph, &|_| "Const".to_string());
    if let [only] = inputs.as_slice() {
        return only.clone();
    }
    let inputs: Vec<_> = inputs.iter().map(Tensor::any).collect();
    graph.op_scope("AccumulateNV2", |scope| {
        let shapes = inputs.iter().map(AnyTensor::shape);
        // TensorFlow's attribute; what does not fit is the shape rule's to say.
        let shape = shapes.reduce(|merged, shape| merged.merge(&shape).unwrap_or(merged));
        let op = AccumulateNV2::<T>::new(shape.unwrap_or_else(Shape::unknown));
        scope.tensor(op, &inputs)
    })
}

#[derive(Debug)]
struct AccumulateNV2<T> {
    shape: Shape,
    element: PhantomData<fn() -> T>,
}

impl<T> AccumulateNV2<T> {
    fn new(shape: Shape) -> Self {
        AccumulateNV2 {
            shape,
            element: PhantomData,
        }
    }
}

impl<T: Number> Op for AccumulateNV2<T> {
    fn op_type(&self) -> &'static str {
        "AccumulateNV2"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let shapes = cx.inputs().iter().map(|input| &input.shape);
        let shape = shapes
            .into_iter()
            .try_fold(Shape::unknown(), |merged, shape| merge(cx, &merged, shape))?;
        Ok(vec![TensorInfo::new(T::DTYPE, shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let Some(shape) = (!cx.inputs.is_empty()).then(|| cx.inputs.shape(0)) else {
            return Ok(());
        };
        let mut sum = cx.outputs.alloc::<T>(0, shape)?;
        for i in 0..cx.inputs.len() {
            update_each(
                cx.pool,
                memory::row_major(&mut sum),
                &cx.inputs.get::<T>(i),
                T::plus,
            );
        }
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        for i in 0..cx.num_inputs() {
            cx.pass_through(i, 0);
        }
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(vec![("shape", Attribute::Shape(self.shape.clone()))])
    }
}
