//! `Where`, and masks: [`boolean_mask`] and [`sequence_mask`].

use super::super::range::range_op;
use super::super::{
    Gather, Squeeze, concat, expand_dims, gather_with, reshape, shape, squeeze_with,
};
use crate::graph::{
    GradientContext, Graph, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo, graph_of,
};
use crate::kernels::nonzero::places_of_nonzero;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::math::{cast_op, less, maximum};
use crate::ops::reduce::{reduce_max, reduce_prod};
use crate::ops::support::{graph, unary};
use crate::ops::{Integers, IntoIntegers};
use crate::types::{
    DType, Element, ElementType, Error, Integer, Plain, Result, Shape, WholeNumber, with_dtype,
};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    opaque "Where(input: T) -> (index: int64); T: type = bool; \
        T in {float32, float64, int32, uint8, int16, int8, complex64, int64, qint8, quint8, qint32, bfloat16, uint16, complex128, float16, uint32, uint64, bool}",
    |_| Where
)];

/// The indices of the elements of `condition` that are true; `tf.where` with three arguments is
/// [`select`](crate::select()).
///
/// They come in row-major order, one row for each element that is true or not 0, as `tf.where` with
/// one argument finds them; the shape is [how many, rank of `condition`].
///
/// ```
/// use ndarray::arr2;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([[1.0, -2.0], [-3.0, 4.0]]);
/// let places = tf::where_(tf::less(&x, 0.0));
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(places.array2(), [])?, arr2(&[[0, 1], [1, 0]]));
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn where_<T: Element>(condition: impl IntoTensor<T>) -> Tensor<i64> {
    unary("Where", Where, (condition, "condition"))
}

/// The parts of `tensor` where `mask` is true, as `tf.boolean_mask` picks them. The shape of
/// `mask`, of known rank, is that of the first axes of `tensor`, which become a single axis.
///
/// ```
/// use tf1::{Graph, Session, boolean_mask};
///
/// let graph = Graph::new();
/// let x = graph.constant([[1, 2], [3, 4], [5, 6]]);
/// let rows = boolean_mask(&x, [true, false, true]);
/// let session = Session::new(&graph)?;
/// assert_eq!(session.run(&rows, [])?, ndarray::arr2(&[[1, 2], [5, 6]]).into_dyn());
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if `mask` is a scalar or of unknown rank, or does not fit `tensor`.
///
/// # Options
/// `axis`: see [`boolean_mask_with`].
#[track_caller]
pub fn boolean_mask<T: Element>(
    tensor: impl IntoTensor<T>,
    mask: impl IntoTensor<bool>,
) -> Tensor<T> {
    boolean_mask_with(tensor, mask, BooleanMask::new())
}

/// As [`boolean_mask`], with the mask on other axes than the first.
///
/// # Errors
/// As [`boolean_mask`].
#[track_caller]
pub fn boolean_mask_with<T: Element>(
    tensor: impl IntoTensor<T>,
    mask: impl IntoTensor<bool>,
    options: impl Into<BooleanMask>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[tensor.graph(), mask.graph()]);
    graph.op_scope("boolean_mask", |scope| {
        let tensor = tensor.into_tensor(&graph, "tensor");
        let mask = mask.into_tensor(&graph, "mask");
        match masked_shape(&tensor.shape(), &mask.shape(), options.axis) {
            Ok((rank, joined)) => apply_mask(&tensor, &mask, options.axis, rank, joined),
            Err(error) => scope.failed("boolean_mask", error),
        }
    })
}

/// The options of [`boolean_mask_with`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BooleanMask {
    axis: usize,
}

/// With the mask's first axis on this one, as [`BooleanMask::axis`].
impl<N: WholeNumber> From<N> for BooleanMask {
    fn from(axis: N) -> Self {
        BooleanMask::new().axis(axis)
    }
}

impl BooleanMask {
    /// The mask is on the first axes.
    pub fn new() -> Self {
        BooleanMask::default()
    }

    /// The axis on which the mask's first axis lies.
    pub fn axis(mut self, axis: impl WholeNumber) -> Self {
        self.axis = axis.to_position();
        self
    }
}

/// The rank of the mask, and the shape of the tensor with the masked axes made one.
fn masked_shape(tensor: &Shape, mask: &Shape, axis: usize) -> Result<(usize, Shape)> {
    let mask_dims = mask.dims().ok_or_else(|| {
        Error::invalid_argument(
            "Number of mask dimensions must be specified, even if some dimensions are None.  E.g. shape=[None] is ok, but \
             shape=None is not.",
        )
    })?;
    if mask_dims.is_empty() {
        return Err(Error::invalid_argument("mask cannot be scalar."));
    }
    let Some(dims) = tensor.dims() else {
        return Ok((mask_dims.len(), Shape::unknown()));
    };
    let covered = dims.get(axis..).unwrap_or_default();
    let covered = Shape::from(covered[..mask_dims.len().min(covered.len())].to_vec());
    if covered.merge(mask).is_none() {
        let message = format!("Shapes {covered} and {mask} are incompatible");
        return Err(Error::invalid_argument(message));
    }
    let joined = Shape::joined(covered.dims().unwrap_or_default())?;
    let rest = &dims[axis + mask_dims.len()..];
    Ok((
        mask_dims.len(),
        Shape::from([&dims[..axis], &[joined], rest].concat()),
    ))
}

#[track_caller]
fn apply_mask<T: Element>(
    tensor: &Tensor<T>,
    mask: &Tensor<bool>,
    axis: usize,
    rank: usize,
    joined: Shape,
) -> Tensor<T> {
    // An axis that is too large for any tensor does not fit this one, which a run tells.
    let end = axis.saturating_add(rank);
    let size = reduce_prod(shape(tensor).index(axis..end), [0]);
    let before = shape(tensor).index(..axis);
    let after = shape(tensor).index(end..);
    let stack = reshape(tensor, concat((before, (size,), after), 0));
    stack.set_shape(joined);
    let flat = reshape(mask, [-1]);
    let places = squeeze_with(where_(flat), Squeeze::new().axis([1]));
    let fits = move |shapes: &[&Shape]| masked_shape(shapes[0], shapes[1], axis).map(drop);
    let options = Gather::new().axis(axis as isize);
    let given = [tensor.any(), mask.any()];
    let graph = tensor.graph();
    graph.require_shapes(&given, fits, || gather_with(stack, places, options))
}

/// For each of `lengths` a row that is true in as many places from its start, as long as the
/// largest of them, as `tf.sequence_mask` makes it.
///
/// # Options
/// `maxlen`, `dtype`: see [`sequence_mask_with`].
#[track_caller]
pub fn sequence_mask<I: Integer>(lengths: impl IntoTensor<I>) -> Tensor<bool> {
    sequence_mask_with(lengths, SequenceMask::new())
}

/// As [`sequence_mask`], of a given length or type.
///
/// ```
/// use tf1::{Graph, SequenceMask, float32, sequence_mask_with};
///
/// let graph = Graph::new();
/// let lengths = graph.constant([1, 3, 2]);
/// let rows = sequence_mask_with(&lengths, 5);
/// assert_eq!(rows.to_string(), r#"Tensor("SequenceMask/Less:0", shape=(3, 5), dtype=bool)"#);
/// let mask = sequence_mask_with(&lengths, SequenceMask::new().maxlen(5).dtype(float32));
/// assert_eq!(mask.to_string(), r#"Tensor("SequenceMask_1/Cast_1:0", shape=(3, 5), dtype=float32)"#);
/// ```
///
/// # Errors
/// `InvalidArgument` if `maxlen` is negative or not a scalar.
#[track_caller]
pub fn sequence_mask_with<T: Plain, I: Integer>(
    lengths: impl IntoTensor<I>,
    options: impl Into<SequenceMask<T>>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph(&lengths);
    graph.op_scope("SequenceMask", |_| {
        let lengths = lengths.into_tensor(&graph, "Const");
        let mask = match options.maxlen {
            None => {
                let longest = reduce_max(&lengths, ..);
                mask_of(&graph, &lengths, maximum(graph.constant(I::ZERO), longest))
            }
            Some(maxlen) => {
                let maxlen = maxlen.into_any(&graph, "Const");
                match maxlen.dtype() {
                    DType::Int64 => mask_of(&graph, &lengths, maxlen.assume::<i64>()),
                    _ => mask_of(&graph, &lengths, maxlen.assume::<i32>()),
                }
            }
        };
        if T::DTYPE == DType::Bool {
            mask.any().assume()
        } else {
            cast_op(&mask)
        }
    })
}

#[track_caller]
fn mask_of<I: Integer, M: Integer>(
    graph: &Graph,
    lengths: &Tensor<I>,
    maxlen: Tensor<M>,
) -> Tensor<bool> {
    let (zero, one) = (graph.constant(M::ZERO), graph.constant(M::ONE));
    let places = range_op(zero, maxlen, one);
    less(places, cast_op::<I, M>(&expand_dims(lengths, -1)))
}

/// The options of [`sequence_mask_with`]; `T` is the type of the result's elements.
#[derive(Clone, Debug)]
pub struct SequenceMask<T = bool> {
    maxlen: Option<Integers>,
    element: std::marker::PhantomData<fn() -> T>,
}

/// With rows of this length, as [`SequenceMask::maxlen`].
impl<N: IntoIntegers> From<N> for SequenceMask {
    fn from(maxlen: N) -> Self {
        SequenceMask::new().maxlen(maxlen)
    }
}

/// Of this type, as [`SequenceMask::dtype`].
impl<T: Element> From<ElementType<T>> for SequenceMask<T> {
    fn from(dtype: ElementType<T>) -> Self {
        SequenceMask::new().dtype(dtype)
    }
}

impl SequenceMask {
    /// Rows of `bool`, as long as the largest length.
    pub fn new() -> Self {
        SequenceMask {
            maxlen: None,
            element: std::marker::PhantomData,
        }
    }
}

impl<T: Element> SequenceMask<T> {
    /// The length of each row.
    pub fn maxlen(mut self, maxlen: impl IntoIntegers) -> Self {
        self.maxlen = Some(maxlen.into_integers());
        self
    }

    /// The type of the result: 1 for true and 0 for false, if it is not `bool`.
    pub fn dtype<U: Element>(self, dtype: ElementType<U>) -> SequenceMask<U> {
        let _ = dtype;
        SequenceMask {
            maxlen: self.maxlen,
            element: std::marker::PhantomData,
        }
    }
}

impl Default for SequenceMask {
    fn default() -> Self {
        SequenceMask::new()
    }
}

#[derive(Debug)]
struct Where;

impl Op for Where {
    fn op_type(&self) -> &'static str {
        "Where"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        Ok(vec![TensorInfo::new(
            DType::Int64,
            vec![None, cx.shape(0).rank()],
        )])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let places = with_dtype!(cx.inputs.value(0).dtype(), T => {
            places_of_nonzero(cx.pool, &cx.inputs.get::<T>(0))?
        }, return Err(cx.inputs.has_no_kernel(self.op_type(), 0)));
        cx.outputs.set(0, places);
        Ok(())
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }
}
