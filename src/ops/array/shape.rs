//! `Shape`, `Size` and `Rank`: a tensor's shape as a tensor.

use ndarray::arr0;

use crate::graph::{
    GradientContext, Graph, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo,
};
use crate::ops::OpDef;
use crate::ops::support::graph;
use crate::types::{DType, Element, Result, Shape as StaticShape};

pub(in crate::ops) const OPS: &[OpDef] = &[
    OpDef::flat("Shape"),
    OpDef::flat("Size"),
    OpDef::flat("Rank"),
];

/// The shape of `input` as an integer vector, as `tf.shape` gives it: a constant where all of it is known while the
/// graph is built.
#[track_caller]
pub fn shape<T: Element>(input: impl IntoTensor<T>) -> Tensor<i32> {
    measure("Shape", input, |graph, name, shape| {
        let lengths = shape
            .to_known()?
            .into_iter()
            .map(|length| length as i32)
            .collect::<Vec<_>>();
        Some(graph.constant_named(name, ndarray::Array::from(lengths).into_dyn()))
    })
}

/// The number of elements of `input`, as `tf.size` gives it: a constant where it is known while the graph is built.
#[track_caller]
pub fn size<T: Element>(input: impl IntoTensor<T>) -> Tensor<i32> {
    measure("Size", input, |graph, name, shape| {
        let size = shape.to_known()?.iter().product::<usize>();
        Some(graph.constant_named(name, arr0(size as i32).into_dyn()))
    })
}

/// The number of dimensions of `input`, as `tf.rank` gives it: a constant where it is known while the graph is built.
#[track_caller]
pub fn rank<T: Element>(input: impl IntoTensor<T>) -> Tensor<i32> {
    measure("Rank", input, |graph, name, shape| {
        Some(graph.constant_named(name, arr0(shape.rank()? as i32).into_dyn()))
    })
}

/// Makes a constant of what `known` can tell from the static shape, else the op `op_type`, both under that name.
#[track_caller]
fn measure<T: Element>(
    op_type: &'static str,
    input: impl IntoTensor<T>,
    known: impl FnOnce(&Graph, &str, &StaticShape) -> Option<Tensor<i32>>,
) -> Tensor<i32> {
    let graph = graph(&input);
    graph.op_call(|| {
        let input = input.into_tensor(&graph, "input");
        known(&graph, op_type, &input.shape())
            .unwrap_or_else(|| measure_at_run(&graph, op_type, &input))
    })
}

#[track_caller]
fn measure_at_run<T: Element>(
    graph: &Graph,
    op_type: &'static str,
    input: &Tensor<T>,
) -> Tensor<i32> {
    graph.op_scope(op_type, |scope| {
        scope.tensor(Measure { op_type }, &[input.any()])
    })
}

/// The shape of `input` as the op `Shape`, even where it is known while the graph is built; what TensorFlow's gradient
/// rules use.
#[track_caller]
pub(crate) fn shape_at_run<T: Element>(input: &Tensor<T>) -> Tensor<i32> {
    measure_at_run(input.graph(), "Shape", input)
}

#[derive(Debug)]
struct Measure {
    op_type: &'static str,
}

impl Op for Measure {
    fn op_type(&self) -> &'static str {
        self.op_type
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let shape = cx.shape(0);
        let (lengths, elements) = match self.op_type {
            "Shape" => {
                let elements = shape
                    .dims()
                    .map(|dims| dims.iter().map(|dim| dim.map(|d| d as i64)).collect());
                (StaticShape::from(vec![shape.rank()]), elements)
            }
            "Size" => (
                StaticShape::scalar(),
                shape.size().map(|size| vec![Some(size as i64)]),
            ),
            _ => (
                StaticShape::scalar(),
                shape.rank().map(|rank| vec![Some(rank as i64)]),
            ),
        };
        let info = TensorInfo::new(DType::Int32, lengths);
        Ok(vec![match elements {
            Some(elements) => info.with_elements(elements),
            None => info,
        }])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = cx.inputs.shape(0);
        let array = match self.op_type {
            "Shape" => shape
                .iter()
                .map(|&length| length as i32)
                .collect::<ndarray::Array1<_>>()
                .into_dyn(),
            "Size" => arr0(shape.iter().product::<usize>() as i32).into_dyn(),
            _ => arr0(shape.len() as i32).into_dyn(),
        };
        cx.outputs.set(0, array);
        Ok(())
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }
}
