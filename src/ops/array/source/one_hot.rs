//! `OneHot`: class numbers as vectors with a single element that stands out.

use ndarray::IxDyn;

use super::super::classes::expect_integer;
use crate::graph::{
    AttributeList, Attributes, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor,
    TensorInfo, attributes, graph_of,
};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{axis_error, check_size, expect_rank, scalar_dim};
use crate::ops::{IntoIntegers, NumberOrTensor};
use crate::types::{
    Element as _, ElementType, Error, Integer, Number, Plain, Result, Shape, WholeNumber,
    with_bits, with_class,
};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    flat "OneHot(indices: TI, depth: int32, on_value: T, off_value: T) -> (output: T); \
         axis: int = -1; TI: type = int64; \
        TI in {uint8, int32, int64}",
    |node| {
        expect_integer(node, "TI")?;
        node.attributes::<OneHotOp>()?
    }
)];

/// For each of `indices` a vector of `depth` elements, 1 at that index and 0 elsewhere, along a new
/// last axis, as `tf.one_hot` makes it. An index outside of `0..depth` gives zeros only.
///
/// ```
/// let graph = tf1::Graph::new();
/// let labels = graph.constant([1, 2, 3, 0, 2, 1]);
/// let matrix = tf1::one_hot(&labels, 4);
/// assert_eq!(matrix.to_string(), r#"Tensor("one_hot:0", shape=(6, 4), dtype=float32)"#);
/// ```
///
/// # Errors
/// `InvalidArgument` if `depth` is not a scalar or negative.
///
/// # Options
/// `on_value`, `off_value`, `axis`: see [`one_hot_with`].
#[track_caller]
pub fn one_hot<I: Integer>(indices: impl IntoTensor<I>, depth: impl IntoIntegers) -> Tensor<f32> {
    one_hot_with(indices, depth, OneHot::new())
}

/// As [`one_hot`], with other values, of another type, or along another axis.
///
/// ```
/// use tf1::{Graph, OneHot, one_hot_with};
///
/// let graph = Graph::new();
/// let labels = graph.constant([1, 2, 3, 0, 2, 1]);
/// let columns = one_hot_with(&labels, 4, OneHot::<i32>::new().axis(0));
/// assert_eq!(columns.to_string(), r#"Tensor("one_hot:0", shape=(4, 6), dtype=int32)"#);
/// ```
///
/// # Errors
/// As [`one_hot`]; and `InvalidArgument` if the axis is out of range.
#[track_caller]
pub fn one_hot_with<T: Plain, I: Integer>(
    indices: impl IntoTensor<I>,
    depth: impl IntoIntegers,
    options: impl Into<OneHot<T>>,
) -> Tensor<T> {
    let options = options.into();
    let depth = depth.into_integers();
    let graph = graph_of(&[indices.graph(), depth.graph()]);
    graph.op_scope("one_hot", |scope| {
        // TensorFlow converts a given value once to learn its type, and again for the op.
        let given = [&options.on_value, &options.off_value];
        for value in given.into_iter().flatten() {
            value.clone().into_tensor(&graph, "Const");
        }
        let on_default = options.on_value.is_none().then(one::<T>);
        let off_default = options.off_value.is_none().then(T::default);
        let default = |value: Option<T>, name| Some(value?.into_tensor(&graph, name));
        let (on_default, off_default) = (
            default(on_default, "on_value"),
            default(off_default, "off_value"),
        );
        let indices = indices.into_tensor(&graph, "indices").any();
        let depth = depth.into_tensor::<i32>(&graph, "depth").any();
        let given = |value: Option<NumberOrTensor<T>>, name| Some(value?.into_tensor(&graph, name));
        let on = given(options.on_value, "on_value").or(on_default);
        let off = given(options.off_value, "off_value").or(off_default);
        let values = [on, off].into_iter().flatten().map(|value| value.any());
        let inputs: Vec<_> = [indices, depth].into_iter().chain(values).collect();
        scope.tensor(OneHotOp { axis: options.axis }, &inputs)
    })
}

/// The options of [`one_hot_with`]; `T` is the type of the result's elements.
#[derive(Clone, Debug)]
pub struct OneHot<T: Plain = f32> {
    on_value: Option<NumberOrTensor<T>>,
    off_value: Option<NumberOrTensor<T>>,
    axis: i64,
}

/// With elements of this type.
impl<T: Plain> From<ElementType<T>> for OneHot<T> {
    fn from(_: ElementType<T>) -> Self {
        OneHot::new()
    }
}

impl<T: Plain> OneHot<T> {
    /// 1 (`true`) at each index, 0 (`false`) elsewhere, along a new last axis.
    pub fn new() -> Self {
        OneHot {
            on_value: None,
            off_value: None,
            axis: -1,
        }
    }

    /// The value at each index: a number, or a scalar tensor.
    pub fn on_value(mut self, value: impl Into<NumberOrTensor<T>>) -> Self {
        self.on_value = Some(value.into());
        self
    }

    /// The value elsewhere: a number, or a scalar tensor.
    pub fn off_value(mut self, value: impl Into<NumberOrTensor<T>>) -> Self {
        self.off_value = Some(value.into());
        self
    }

    /// Where the new axis stands; -1 is after all others.
    pub fn axis(mut self, axis: impl WholeNumber) -> Self {
        self.axis = axis.to_i64();
        self
    }
}

impl<T: Plain> Default for OneHot<T> {
    fn default() -> Self {
        OneHot::new()
    }
}

/// 1, or `true`.
pub(in crate::ops::array) fn one<T: Plain>() -> T {
    let value = with_class!(number, T::DTYPE, N => N::wrap(ndarray::arr0(N::ONE).into_dyn().into()), {
        bool::wrap(ndarray::arr0(true).into_dyn().into())
    });
    T::unwrap(&value)
        .and_then(|array| array.view().first().copied())
        .unwrap_or_default()
}

attributes! {
    struct OneHotOp {
        /// Where the new axis stands; -1 is after all others.
        axis: i64,
    }
}

impl Op for OneHotOp {
    fn op_type(&self) -> &'static str {
        "OneHot"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        (1..4).try_for_each(|i| expect_rank(cx, cx.shape(i), 0))?;
        let depth = scalar_dim(cx, 1)?;
        let Some(dims) = cx.shape(0).dims() else {
            return Ok(vec![TensorInfo::new(cx.dtype(2), ..)]);
        };
        let mut dims = dims.to_vec();
        dims.insert(self.new_axis(dims.len())?, depth);
        Ok(vec![TensorInfo::new(cx.dtype(2), Shape::from(dims))])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = cx.inputs.shape(0);
        let axis = self.new_axis(shape.len())?;
        let depth = checked_depth(cx.inputs.scalar_integer(1)?)?;
        check_size(&[shape, &[depth]].concat())?;
        let indices = cx.inputs.integers(0)?;
        with_bits!(cx.inputs.value(2).dtype(), T => spread::<T>(cx, &indices, axis, depth), cx.move_owned(&|cx| self.compute(cx)))
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.list())
    }
}

impl OneHotOp {
    /// Where the new axis stands among the `rank` axes of the indices.
    fn new_axis(&self, rank: usize) -> Result<usize> {
        match usize::try_from(self.axis) {
            Ok(axis) if axis <= rank => Ok(axis),
            Err(_) if self.axis == -1 => Ok(rank),
            _ => Err(axis_error(format!(
                "Expected axis to be -1 or between [0, {}).  But received: {}",
                rank + 1,
                self.axis
            ))),
        }
    }
}

fn checked_depth(depth: i64) -> Result<usize> {
    usize::try_from(depth)
        .map_err(|_| Error::invalid_argument(format!("depth must be non-negative, got: {depth}")))
}

fn spread<T: Plain>(
    cx: &mut Kernel<'_, '_>,
    indices: &[i64],
    axis: usize,
    depth: usize,
) -> Result<()> {
    let (on, off) = (
        cx.inputs.scalar_bits::<T>(2)?,
        cx.inputs.scalar_bits::<T>(3)?,
    );
    let shape = cx.inputs.shape(0);
    let (before, after) = shape.split_at(axis);
    let mut out = cx.outputs.alloc_bits::<T>(
        0,
        cx.inputs.value(2).dtype(),
        &[before, &[depth], after].concat(),
    )?;
    if off != T::default() {
        out.fill(off);
    }
    let inner: usize = after.iter().product();
    let outer: usize = before.iter().product();
    let mut out = out
        .into_shape_with_order(IxDyn(&[outer, depth, inner]))
        .expect("fresh memory lies in order");
    for (i, &index) in indices.iter().enumerate() {
        if let Some(index) = usize::try_from(index).ok().filter(|&index| index < depth) {
            out[[i / inner, index, i % inner]] = on;
        }
    }
    Ok(())
}
