//! `Shape`, `ShapeN`, `Size` and `Rank`: a tensor's shape as a tensor.

use std::marker::PhantomData;

use ndarray::{Array1, ArrayD, arr0};

use super::super::constant::Const;
use crate::graph::{
    AnyTensor, AnyTensors, AttributeList, GradientContext, InferContext, IntoTensor, Kernel, Op,
    OpScope, Tensor, TensorInfo, graph_of,
};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::graph;
use crate::types::{Element, ElementType, Error, Integer, Result, Shape as StaticShape, int32};

#[allow(non_camel_case_types, reason = "TensorFlow's names")]
pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(flat "Shape(input: T) -> (output: out_type); out_type: type = int32; \
        out_type in index",
        out_type: index, |_| ShapeOp::<out_type>::new(Property::Shape)),
    op!(flat "ShapeN(input: N * T) -> (output: N * out_type); out_type: type = int32; \
        out_type in index",
        out_type: index, |_| ShapeOp::<out_type>::new(Property::ShapeN)),
    op!(flat "Size(input: T) -> (output: out_type); out_type: type = int32; \
        out_type in index",
        out_type: index, |_| ShapeOp::<out_type>::new(Property::Size)),
    op!(flat "Rank(input: T) -> (output: int32)", |_| ShapeOp::<i32>::new(Property::Rank)),
];

/// The shape of `input` as an integer vector, as `tf.shape` gives it: a constant where all of it is
/// known while the graph is built.
///
/// ```
/// use ndarray::{arr1, arr2};
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.placeholder::<f32>("x", tf::shape![?, 2]);
///
/// let session = tf::Session::new(&graph)?;
/// let shape = session.run(tf::shape(&x).array1(), [x.feed(&arr2(&[[1.0, 2.0]]))])?;
/// assert_eq!(shape, arr1(&[1, 2]));
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn shape<T: Element>(input: impl IntoTensor<T>) -> Tensor<i32> {
    shape_as(input, int32)
}

/// As [`shape`], with elements of the integer type `out_type`.
///
/// ```
/// let graph = tf1::Graph::new();
/// let x = graph.zeros::<f32>([2, 3]);
/// let lengths = tf1::shape_as(&x, tf1::int64);
/// assert_eq!(lengths.to_string(), r#"Tensor("Shape:0", shape=(2,), dtype=int64)"#);
/// ```
#[track_caller]
pub fn shape_as<T: Element, R: Integer>(
    input: impl IntoTensor<T>,
    out_type: ElementType<R>,
) -> Tensor<R> {
    let _ = out_type;
    let graph = graph(&input);
    graph.op_scope("Shape", |scope| {
        known_shape(scope, &input.into_tensor(&graph, "Const").any())
    })
}

/// The shape of a tensor of any type.
#[track_caller]
pub(crate) fn shape_of<R: Integer>(input: &AnyTensor) -> Tensor<R> {
    input
        .graph()
        .op_scope("Shape", |scope| known_shape(scope, input))
}

/// The shape of `input` as the op `Shape`, even where it is known while the graph is built; what
/// TensorFlow's gradient rules use.
#[track_caller]
pub(crate) fn shape_at_run<T: Element>(input: &Tensor<T>) -> Tensor<i32> {
    input.graph().op_scope("Shape", |scope| {
        scope.tensor(ShapeOp::<i32>::new(Property::Shape), &[input.any()])
    })
}

/// The shapes of all `inputs`, as one op, as `tf.shape_n` gives them.
#[track_caller]
pub fn shape_n(inputs: impl AnyTensors) -> Vec<Tensor<i32>> {
    shape_n_as(inputs, int32)
}

/// As [`shape_n`], with elements of the integer type `out_type`: `shape_n_as([&x, &y], tf::int64)`.
#[track_caller]
pub fn shape_n_as<R: Integer>(inputs: impl AnyTensors, out_type: ElementType<R>) -> Vec<Tensor<R>> {
    let _ = out_type;
    let inputs = inputs.any_tensors();
    let graph = graph_of(&[inputs.first().map(|input| input.graph().clone())]);
    graph.op_scope("ShapeN", |scope| {
        let operation = scope.operation(ShapeOp::<R>::new(Property::ShapeN), &inputs);
        (0..inputs.len()).map(|i| operation.output(i)).collect()
    })
}

/// The number of elements of `input`, as `tf.size` gives it: a constant where it is known while the
/// graph is built.
#[track_caller]
pub fn size<T: Element>(input: impl IntoTensor<T>) -> Tensor<i32> {
    size_as(input, int32)
}

/// As [`size`], with an element of the integer type `out_type`.
#[track_caller]
pub fn size_as<T: Element, R: Integer>(
    input: impl IntoTensor<T>,
    out_type: ElementType<R>,
) -> Tensor<R> {
    let _ = out_type;
    let graph = graph(&input);
    graph.op_scope("Size", |scope| {
        known_size(scope, &input.into_tensor(&graph, "Const").any())
    })
}

/// The number of elements of a tensor of any type.
#[track_caller]
pub(crate) fn size_of(input: &AnyTensor) -> Tensor<i32> {
    input
        .graph()
        .op_scope("Size", |scope| known_size(scope, input))
}

/// The number of dimensions of `input`, as `tf.rank` gives it: a constant where it is known while
/// the graph is built.
#[track_caller]
pub fn rank<T: Element>(input: impl IntoTensor<T>) -> Tensor<i32> {
    let graph = graph(&input);
    graph.op_scope("Rank", |scope| {
        known_rank(scope, &input.into_tensor(&graph, "Const").any())
    })
}

/// The number of dimensions of a tensor of any type.
#[track_caller]
pub(crate) fn rank_of(input: &AnyTensor) -> Tensor<i32> {
    input
        .graph()
        .op_scope("Rank", |scope| known_rank(scope, input))
}

/// The number of dimensions as the op `Rank`, even where it is known while the graph is built.
#[track_caller]
pub(in crate::ops::array) fn rank_at_run<T: Element>(input: &Tensor<T>) -> Tensor<i32> {
    input.graph().op_scope("Rank", |scope| {
        scope.tensor(ShapeOp::<i32>::new(Property::Rank), &[input.any()])
    })
}

/// Whether a length or a count is one of this type's numbers.
fn fits<R: Integer>(count: usize) -> bool {
    let as_i64 = i64::try_from(count).ok();
    as_i64.is_some_and(|count| R::from_i64(count).to_i64() == count)
}

fn known_shape<R: Integer>(scope: &OpScope, input: &AnyTensor) -> Tensor<R> {
    let lengths = input.shape().to_known();
    match lengths.filter(|lengths| lengths.iter().all(|&length| fits::<R>(length))) {
        Some(lengths) => scope.tensor(Const::new(vector::<R>(&lengths)), &[]),
        None => scope.tensor(
            ShapeOp::<R>::new(Property::Shape),
            std::slice::from_ref(input),
        ),
    }
}

fn known_size<R: Integer>(scope: &OpScope, input: &AnyTensor) -> Tensor<R> {
    match input.shape().size().filter(|&size| fits::<R>(size)) {
        Some(size) => scope.tensor(Const::new(arr0(R::from_i64(size as i64)).into_dyn()), &[]),
        None => scope.tensor(
            ShapeOp::<R>::new(Property::Size),
            std::slice::from_ref(input),
        ),
    }
}

fn known_rank(scope: &OpScope, input: &AnyTensor) -> Tensor<i32> {
    match input.shape().rank() {
        Some(rank) => scope.tensor(Const::new(arr0(rank as i32).into_dyn()), &[]),
        None => scope.tensor(
            ShapeOp::<i32>::new(Property::Rank),
            std::slice::from_ref(input),
        ),
    }
}

fn vector<R: Integer>(lengths: &[usize]) -> ArrayD<R> {
    lengths
        .iter()
        .map(|&length| R::from_i64(length as i64))
        .collect::<Array1<R>>()
        .into_dyn()
}

fn too_long(message: String) -> Error {
    Error::invalid_argument(message).with_help("`shape_as` and `size_as` give `i64`")
}

/// What a [`ShapeOp`] op tells of its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Property {
    Shape,
    /// The shapes of any number of inputs.
    ShapeN,
    Size,
    Rank,
}

#[derive(Debug)]
struct ShapeOp<R> {
    property: Property,
    element: PhantomData<fn() -> R>,
}

impl<R: Integer> ShapeOp<R> {
    fn new(property: Property) -> Self {
        ShapeOp {
            property,
            element: PhantomData,
        }
    }

    /// Fails if the type of the result does not have these numbers.
    ///
    /// # Errors
    /// `InvalidArgument`.
    fn expect_to_fit(&self, shape: &StaticShape) -> Result<()> {
        match self.property {
            Property::Shape | Property::ShapeN => {
                let dims = shape.dims().unwrap_or_default().iter().enumerate();
                let mut known = dims.filter_map(|(axis, length)| Some((axis, (*length)?)));
                match known.find(|(_, length)| !fits::<R>(*length)) {
                    Some((axis, length)) => Err(too_long(format!(
                        "Shape output type is 32-bit  but dim {axis} is {length}"
                    ))),
                    None => Ok(()),
                }
            }
            Property::Size if shape.size().is_some_and(|size| !fits::<R>(size)) => {
                let message =
                    "Number of elements was larger than representable by 32-bit output type";
                Err(too_long(message.to_string()))
            }
            Property::Size | Property::Rank => Ok(()),
        }
    }

    fn info(&self, shape: &StaticShape) -> TensorInfo {
        let (lengths, elements) = match self.property {
            Property::Shape | Property::ShapeN => {
                let elements = shape
                    .dims()
                    .map(|dims| dims.iter().map(|dim| dim.map(|d| d as i64)).collect());
                (StaticShape::from(vec![shape.rank()]), elements)
            }
            Property::Size => (
                StaticShape::scalar(),
                shape.size().map(|size| vec![Some(size as i64)]),
            ),
            Property::Rank => (
                StaticShape::scalar(),
                shape.rank().map(|rank| vec![Some(rank as i64)]),
            ),
        };
        let info = TensorInfo::new(R::DTYPE, lengths);
        match elements {
            Some(elements) => info.with_elements(elements),
            None => info,
        }
    }

    fn value(&self, shape: &[usize]) -> ArrayD<R> {
        match self.property {
            Property::Shape | Property::ShapeN => vector(shape),
            Property::Size => arr0(R::from_i64(shape.iter().product::<usize>() as i64)).into_dyn(),
            Property::Rank => arr0(R::from_i64(shape.len() as i64)).into_dyn(),
        }
    }
}

impl<R: Integer> Op for ShapeOp<R> {
    fn op_type(&self) -> &'static str {
        match self.property {
            Property::Shape => "Shape",
            Property::ShapeN => "ShapeN",
            Property::Size => "Size",
            Property::Rank => "Rank",
        }
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let inputs = cx.inputs().iter();
        let info = |input: &TensorInfo| {
            self.expect_to_fit(&input.shape)?;
            Ok(self.info(&input.shape))
        };
        inputs.map(info).collect()
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        for i in 0..cx.inputs.len() {
            let value = self.value(cx.inputs.shape(i));
            cx.outputs.set(i, value);
        }
        Ok(())
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(AttributeList::new())
    }
}
