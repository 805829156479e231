//! `Bincount`, and confusion matrices.

use std::marker::PhantomData;

use ndarray::ArrayViewD;

use super::super::classes::expect_index;
use super::super::{
    ones_like_as, remove_squeezable_dimensions, shape, stack, unsorted_segment_sum, zeros,
};
use crate::graph::{
    AnyTensor, Graph, InferContext, Inputs, IntoTensor, Kernel, Op, Tensor, TensorInfo, graph_of,
};
use crate::kernels::rows::{self, Given, PIECE, Places};
use crate::kernels::strided;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::math::{cast_to, greater, maximum, minimum};
use crate::ops::reduce::{reduce_max, reduce_prod};
use crate::ops::support::{expect_rank, graph};
use crate::ops::{Integers, IntoIntegers};
use crate::types::{ElementType, Error, Integer, Numeric, Result, Shape, memory, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(opaque "Bincount(arr: int32, size: int32, weights: T) -> (bins: T); \
        T in {int32, int64, float32, float64}",
        T: native, |_| BincountOp::<T>(PhantomData)),
    op!(opaque "SparseTensorDenseAdd(a_indices: Tindices, a_values: T, a_shape: Tindices, \
     b: T) -> (output: T); \
        T in number; \
        Tindices in index",
    T: native, |node| {
        expect_index(node, &["Tindices"])?;
        SparseTensorDenseAdd::<T>(PhantomData)
    }),
];

/// How often each of the numbers 0, 1, ... up to the largest in `arr` appears there, as
/// `tf.bincount` counts them.
///
/// # Errors
/// `InvalidArgument` if a number is negative.
///
/// # Options
/// `minlength`, `maxlength`, `weights`, `dtype`: see [`bincount_with`].
#[track_caller]
pub fn bincount(arr: impl IntoTensor<i32>) -> Tensor<i32> {
    bincount_with(arr, Bincount::new())
}

/// As [`bincount`], with options.
///
/// # Errors
/// As [`bincount`].
#[track_caller]
pub fn bincount_with<T: Numeric>(
    arr: impl IntoTensor<i32>,
    options: impl Into<Bincount<T>>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph(&arr);
    graph.op_scope("bincount", |_| {
        let arr = arr.into_tensor(&graph, "arr");
        let is_nonempty = greater(reduce_prod(shape(&arr), ..), 0);
        let mut size = cast_to::<bool, i32>(is_nonempty) * (reduce_max(&arr, ..) + 1);
        if let Some(minlength) = options.minlength {
            size = maximum(minlength.into_tensor::<i32>(&graph, "minlength"), size);
        }
        if let Some(maxlength) = options.maxlength {
            size = minimum(maxlength.into_tensor::<i32>(&graph, "maxlength"), size);
        }
        match options.weights {
            Some(weights) => unsorted_segment_sum(weights, arr, size),
            None => count(&graph, &arr, &size),
        }
    })
}

#[track_caller]
fn count<T: Numeric>(graph: &Graph, arr: &Tensor<i32>, size: &Tensor<i32>) -> Tensor<T> {
    let no_weights = graph.constant(Vec::<T>::new());
    let inputs = [arr.any(), size.any(), no_weights.any()];
    graph.op_scope("Bincount", |scope| {
        scope.tensor(BincountOp::<T>(PhantomData), &inputs)
    })
}

/// The options of [`bincount_with`]; `T` is the type of the result's elements.
#[derive(Clone, Debug)]
pub struct Bincount<T: Numeric = i32> {
    minlength: Option<Integers>,
    maxlength: Option<Integers>,
    weights: Option<Tensor<T>>,
}

/// Counts of this type, as [`Bincount::dtype`].
impl<T: Numeric> From<ElementType<T>> for Bincount<T> {
    fn from(dtype: ElementType<T>) -> Self {
        Bincount::new().dtype(dtype)
    }
}

impl Bincount {
    /// Counts every number, as `i32`.
    pub fn new() -> Self {
        Bincount {
            minlength: None,
            maxlength: None,
            weights: None,
        }
    }
}

impl<T: Numeric> Bincount<T> {
    /// The least length of the result.
    pub fn minlength(mut self, minlength: impl IntoIntegers) -> Self {
        self.minlength = Some(minlength.into_integers());
        self
    }

    /// The largest length of the result: numbers from there on are not counted.
    pub fn maxlength(mut self, maxlength: impl IntoIntegers) -> Self {
        self.maxlength = Some(maxlength.into_integers());
        self
    }

    /// How much each element counts instead of 1, a tensor of the same shape; the result has the
    /// type of these weights.
    pub fn weights<U: Numeric>(self, weights: &Tensor<U>) -> Bincount<U> {
        Bincount {
            minlength: self.minlength,
            maxlength: self.maxlength,
            weights: Some(weights.clone()),
        }
    }

    /// The type of the counts. Weights that were given before are forgotten, as their type is that
    /// of the result.
    pub fn dtype<U: Numeric>(self, dtype: ElementType<U>) -> Bincount<U> {
        let _ = dtype;
        Bincount {
            minlength: self.minlength,
            maxlength: self.maxlength,
            weights: None,
        }
    }
}

impl Default for Bincount {
    fn default() -> Self {
        Bincount::new()
    }
}

/// The matrix whose element (i, j) tells how often the label was i where the prediction was j, as
/// `tf.confusion_matrix` makes it. There are as many classes as the largest number in `labels` and
/// `predictions` calls for. If one of the two has an axis more than the other, its last axis, which
/// must have length 1, is taken away.
///
/// TensorFlow's nodes that check the numbers are not made: the op that adds them up checks them.
///
/// # Errors
/// `InvalidArgument` if `labels` and `predictions` are not vectors of the same length, or hold a
/// negative number.
///
/// # Options
/// `num_classes`, `weights`, `dtype`: see [`confusion_matrix_with`].
#[track_caller]
pub fn confusion_matrix<L: Integer, P: Integer>(
    labels: impl IntoTensor<L>,
    predictions: impl IntoTensor<P>,
) -> Tensor<i32> {
    confusion_matrix_with(labels, predictions, ConfusionMatrix::new())
}

/// As [`confusion_matrix`], with options.
///
/// ```
/// use ndarray::arr2;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let (labels, predictions) = (graph.constant([0, 1, 1]), graph.constant([0, 0, 1]));
/// let matrix = tf::confusion_matrix_with(&labels, &predictions, 3);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(matrix.array2(), [])?, arr2(&[[1, 0, 0], [1, 1, 0], [0, 0, 0]]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// As [`confusion_matrix`]; and `InvalidArgument` if a number is not below that of classes.
#[track_caller]
pub fn confusion_matrix_with<T: Numeric, L: Integer, P: Integer>(
    labels: impl IntoTensor<L>,
    predictions: impl IntoTensor<P>,
    options: impl Into<ConfusionMatrix<T>>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[labels.graph(), predictions.graph()]);
    graph.op_scope("confusion_matrix", |_| {
        let labels = labels.into_tensor(&graph, "labels");
        let predictions = predictions.into_tensor(&graph, "predictions");
        let (labels, predictions) = remove_squeezable_dimensions(&graph, labels, predictions, 0);
        let predictions = cast_to::<P, i64>(predictions);
        let labels = cast_to::<L, i64>(labels);
        let weights = options.weights.map(|weights| {
            with_class!(numeric, weights.dtype(), W => cast_to::<W, T>(weights.assume::<W>()), weights.assume())
        });
        match options.num_classes {
            Some(count) => {
                let lengths = (count.clone(), count).into_integers();
                let lengths = lengths.into_tensor::<i32>(&graph, "stack");
                add_up(&labels, &predictions, &lengths, weights)
            }
            None => {
                let count = maximum(reduce_max(&predictions, ..), reduce_max(&labels, ..)) + 1;
                add_up(
                    &labels,
                    &predictions,
                    &stack([&count, &count], 0),
                    weights,
                )
            }
        }
    })
}

#[track_caller]
fn add_up<T: Numeric, I: Integer>(
    labels: &Tensor<i64>,
    predictions: &Tensor<i64>,
    lengths: &Tensor<I>,
    weights: Option<Tensor<T>>,
) -> Tensor<T> {
    let places = stack([labels, predictions], 1);
    let values = weights.unwrap_or_else(|| ones_like_as(predictions, ElementType::<T>::new()));
    let dense_shape = cast_to::<I, i64>(lengths);
    let start = zeros::<T>(cast_to::<I, i32>(lengths));
    let inputs = [places.any(), values.any(), dense_shape.any(), start.any()];
    labels.graph().op_scope("SparseTensorDenseAdd", |scope| {
        scope.tensor(SparseTensorDenseAdd::<T>(PhantomData), &inputs)
    })
}

/// The options of [`confusion_matrix_with`]; `T` is the type of the result's elements.
#[derive(Clone, Debug)]
pub struct ConfusionMatrix<T: Numeric = i32> {
    num_classes: Option<Integers>,
    weights: Option<AnyTensor>,
    element: PhantomData<fn() -> T>,
}

/// Of so many classes, as [`ConfusionMatrix::num_classes`].
impl<N: IntoIntegers> From<N> for ConfusionMatrix {
    fn from(num_classes: N) -> Self {
        ConfusionMatrix::new().num_classes(num_classes)
    }
}

/// Of this type, as [`ConfusionMatrix::dtype`].
impl<T: Numeric> From<ElementType<T>> for ConfusionMatrix<T> {
    fn from(dtype: ElementType<T>) -> Self {
        ConfusionMatrix::new().dtype(dtype)
    }
}

impl ConfusionMatrix {
    /// Counts as `i32`, for as many classes as occur.
    pub fn new() -> Self {
        ConfusionMatrix {
            num_classes: None,
            weights: None,
            element: PhantomData,
        }
    }
}

impl<T: Numeric> ConfusionMatrix<T> {
    /// The number of classes.
    pub fn num_classes(mut self, num_classes: impl IntoIntegers) -> Self {
        self.num_classes = Some(num_classes.into_integers());
        self
    }

    /// How much each prediction counts instead of 1, a vector. It is converted to the type of the
    /// result.
    pub fn weights<W: Numeric>(mut self, weights: &Tensor<W>) -> Self {
        self.weights = Some(weights.any());
        self
    }

    /// The type of the result.
    pub fn dtype<U: Numeric>(self, dtype: ElementType<U>) -> ConfusionMatrix<U> {
        let _ = dtype;
        ConfusionMatrix {
            num_classes: self.num_classes,
            weights: self.weights,
            element: PhantomData,
        }
    }
}

impl Default for ConfusionMatrix {
    fn default() -> Self {
        ConfusionMatrix::new()
    }
}

#[derive(Debug)]
struct BincountOp<T>(PhantomData<fn() -> T>);

impl<T: Numeric> Op for BincountOp<T> {
    fn op_type(&self) -> &'static str {
        "Bincount"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(1), 0)?;
        let size = cx.scalar(1).map(checked_size).transpose()?;
        Ok(vec![TensorInfo::new(T::DTYPE, vec![size])])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let size = checked_size(cx.inputs.scalar_integer(1)?)?;
        let inputs = cx.inputs;
        let weights = inputs.get::<T>(2);
        let has_weights = !weights.is_empty();
        if has_weights && weights.shape() != inputs.shape(0) {
            let [weights, numbers] = [2, 0].map(|i| Shape::from(inputs.shape(i)).bracketed());
            return Err(Error::invalid_argument(format!(
                "weights must have the shape of arr, {numbers}, or be empty, but have shape {weights}"
            )));
        }
        let weights = strided::in_order(cx.pool, &weights)?;
        let mut counts = cx.outputs.alloc::<T>(0, &[size])?;
        let counts = memory::row_major(&mut counts);
        let (mut signs, mut start) = (0, 0);
        inputs.integer_pieces(0, &mut |numbers| {
            signs = numbers.iter().fold(signs, |signs, x| signs | x);
            if has_weights {
                for (&x, &weight) in numbers.iter().zip(&weights[start..]) {
                    if let Some(count) = counts.get_mut(x as usize) {
                        *count = count.plus(weight);
                    }
                }
                start += numbers.len();
                return;
            }
            for &x in numbers {
                if let Some(count) = counts.get_mut(x as usize) {
                    *count = count.plus(T::ONE);
                }
            }
        })?;
        if signs < 0 {
            return Err(Error::invalid_argument("Input arr must be non-negative!"));
        }
        Ok(())
    }
}

fn checked_size(size: i64) -> Result<usize> {
    usize::try_from(size)
        .map_err(|_| Error::invalid_argument(format!("size ({size}) must be non-negative")))
}

/// Input 3 with the elements of input 1 added at the places that the rows of input 0 name; input 2
/// is its shape.
#[derive(Debug)]
struct SparseTensorDenseAdd<T>(PhantomData<fn() -> T>);

impl<T: Numeric> Op for SparseTensorDenseAdd<T> {
    fn op_type(&self) -> &'static str {
        "SparseTensorDenseAdd"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(0), 2)?;
        expect_rank(cx, cx.shape(1), 1)?;
        expect_rank(cx, cx.shape(2), 1)?;
        Ok(vec![TensorInfo::new(T::DTYPE, cx.shape(3))])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let inputs = cx.inputs;
        let (places, values) = (inputs.shape(0), inputs.get::<T>(1));
        let dense = inputs.get::<T>(3);
        if places != [values.len(), dense.ndim()] {
            let (places, values) = (
                Shape::from(places).bracketed(),
                Shape::from(values.shape()).bracketed(),
            );
            let message =
                format!("the indices, of shape {places}, do not fit the values, of shape {values}");
            return Err(Error::invalid_argument(message));
        }
        let lengths = inputs.lengths(2)?;
        if lengths != dense.shape() {
            let [lengths, dense] =
                [&lengths, dense.shape()].map(|shape| Shape::from(shape).bracketed());
            return Err(Error::invalid_argument(format!(
                "a_shape is {lengths}, but b has shape {dense}"
            )));
        }
        let mut out = cx.outputs.alloc_unset::<T>(0, dense.shape())?;
        strided::copy(cx.pool, dense.view(), out.view_mut());
        let out = memory::row_major(&mut out);
        let stray = add_at(out, dense.shape(), &inputs, &values)?;
        match stray {
            None => Ok(()),
            Some(row) => {
                let (indices, rank) = (inputs.integers(0)?, dense.ndim());
                let place = &indices[row * rank..][..rank];
                let shape = Shape::from(dense.shape()).bracketed();
                let message = format!("index {place:?} is out of bounds of shape {shape}");
                Err(Error::invalid_argument(message))
            }
        }
    }
}

/// Adds `values` at the places in an array of this shape that the rows of input 0 name; tells the
/// first row that names none.
fn add_at<T: Numeric>(
    out: &mut [T],
    shape: &[usize],
    inputs: &Inputs<'_, '_>,
    values: &ArrayViewD<'_, T>,
) -> Result<Option<usize>> {
    let (mut given, mut numbers) = (Given::new(values), [0; PIECE]);
    let mut add = |places: &[i64]| rows::change(out, 1, places, &mut given, T::plus);
    if shape.is_empty() {
        // Rows without an index all name the one element.
        let starts = (0..values.len()).step_by(PIECE);
        starts.for_each(|start| add(&numbers[..PIECE.min(values.len() - start)]));
        return Ok(None);
    }
    let mut places = Places::new(shape);
    inputs.integer_pieces(0, &mut |indices| add(places.next(indices, &mut numbers)))?;
    Ok(places.stray())
}
