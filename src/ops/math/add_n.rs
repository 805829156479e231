//! `AddN`: the sum of any number of tensors.

use crate::kernels::slices;
use crate::kernels::tile::{Elementwise, Tile};
use std::sync::Arc;

use std::marker::PhantomData;

use crate::graph::{
    AnyTensor, Fusion, GradientContext, InferContext, Kernel, Op, Tensor, TensorInfo, graph_of,
};
use crate::ops::OpDef;
use crate::ops::array::TensorList;
use crate::ops::def::op;
use crate::ops::support::merge;
use crate::types::{Error, Number, Result, Shape};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    smooth "AddN(inputs: N * T) -> (sum: T); \
        T in {float32, float64, int32, uint8, int16, int8, complex64, int64, qint8, quint8, qint32, bfloat16, uint16, complex128, float16, uint32, uint64, variant}",
    T: number, |_| AddN::<T>(PhantomData)
)];

/// The sum of `inputs`, which all have the same shape, as `tf.add_n` computes it. A single input is
/// passed on as it is.
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([1.0, 2.0]);
/// let y = graph.constant([10.0, 20.0]);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::add_n([&x, &y, &x]).array1(), [])?, arr1(&[12.0, 24.0]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the shapes differ or there are no inputs.
#[track_caller]
pub fn add_n<T: Number>(inputs: impl TensorList<T>) -> Tensor<T> {
    let graph = graph_of(&[inputs.graph()]);
    let inputs = inputs.into_tensors(&graph, &|_| "Const".to_string());
    if let [only] = inputs.as_slice() {
        return only.clone();
    }
    let inputs: Vec<AnyTensor> = inputs.iter().map(Tensor::any).collect();
    graph.op_scope("AddN", |scope| {
        scope.tensor(AddN::<T>(PhantomData), &inputs)
    })
}

#[derive(Debug)]
struct AddN<T>(PhantomData<fn() -> T>);

impl<T: Number> Op for AddN<T> {
    fn op_type(&self) -> &'static str {
        "AddN"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let [first, rest @ ..] = cx.inputs() else {
            let message =
                "inputs must be a list of at least one Tensor with the same dtype and shape";
            return Err(Error::invalid_argument(message));
        };
        let merged = rest.iter().try_fold(first.shape.clone(), |shape, input| {
            merge(cx, &shape, &input.shape)
        })?;
        Ok(vec![TensorInfo::new(T::DTYPE, merged)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let inputs = cx.inputs;
        let first = inputs.shape(0);
        if let Some(other) = (1..inputs.len()).find(|&i| inputs.shape(i) != first) {
            return Err(unequal(first, other, inputs.shape(other)));
        }
        cx.compute_each::<T>(self, first)?;
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        (0..cx.num_inputs()).for_each(|i| cx.pass_through(i, 0));
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::Elementwise(self)
    }
}

impl<T: Number> Elementwise for AddN<T> {
    fn tile(&self, tile: &mut Tile<'_>) {
        if tile.inputs() == 1 {
            return tile.map(|x: T| x);
        }
        tile.zip(T::plus);
        for i in 2..tile.inputs() {
            let x = tile.input::<T>(i);
            slices::update(tile.output::<T>(0), x, T::plus);
        }
    }
}

fn unequal(first: &[usize], i: usize, shape: &[usize]) -> Error {
    let (first, shape) = (
        Shape::from(first).bracketed(),
        Shape::from(shape).bracketed(),
    );
    Error::invalid_argument(format!(
        "Inputs must have the same size and shape.  Input 0: {first} != input {i}: {shape}"
    ))
}
