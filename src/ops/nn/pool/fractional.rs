//! `FractionalMaxPool` and `FractionalAvgPool`: pooling with windows of random lengths that differ
//! by one.

use std::any::Any;
use std::marker::PhantomData;

use ndarray::Array1;

use crate::graph::{
    AttributeList, AttributeValue, Attributes, Effect, FromNode, GradientContext, InferContext,
    IntoTensor, Kernel, NodeSpec, Op, Tensor, TensorInfo, attributes, graph_of,
};
use crate::kernels::pooling::Windows;
use crate::kernels::strided::in_order;
use crate::ops::OpDef;
use crate::ops::array::shape_as;
use crate::ops::def::op;
use crate::ops::support::{any_tensor, check_size, expect_rank, merge};
use crate::streams::{PhiloxStream, Seeds, pooling_sequence};
use crate::types::{Dim, Element, Error, Numeric, Result, Shape, int64, memory};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "FractionalMaxPool(value: T) -> (output: T, row_pooling_sequence: int64, \
        col_pooling_sequence: int64); pooling_ratio: list(float); pseudo_random: bool = false; \
        overlapping: bool = false; deterministic: bool = false; seed: int = 0; seed2: int = 0; \
        T in {float32, float64, int32, int64}",
        T: numeric, |node| node.op::<FractionalMaxPoolOp<T>>()?),
    op!(smooth "FractionalAvgPool(value: T) -> (output: T, row_pooling_sequence: int64, \
        col_pooling_sequence: int64); pooling_ratio: list(float); pseudo_random: bool = false; \
        overlapping: bool = false; deterministic: bool = false; seed: int = 0; seed2: int = 0; \
        T in {float32, float64, int32, int64}",
        T: numeric, |node| node.op::<FractionalMaxPoolOp<T>>()?),
    op!(opaque "FractionalMaxPoolGrad(orig_input: T, orig_output: T, out_backprop: T, \
        row_pooling_sequence: int64, col_pooling_sequence: int64) -> (output: T); \
        overlapping: bool = false; T in {float32, float64, int32, int64}",
        T: numeric, |node| node.op::<FractionalMaxPoolGrad<T>>()?),
    op!(opaque "FractionalAvgPoolGrad(orig_input_tensor_shape: int64, out_backprop: T, \
        row_pooling_sequence: int64, col_pooling_sequence: int64) -> (output: T); \
        overlapping: bool = false; T in {float32, float64, int32, int64}",
        T: numeric, |node| node.op::<FractionalAvgPoolGrad<T>>()?),
];

/// The largest element of each of some windows of random lengths, and where these begin along
/// height and width, as `tf.nn.fractional_max_pool` computes them.
///
/// `value` has shape [batch, height, width, channels], and `pooling_ratio` four numbers, by which
/// the lengths are divided, rounded down: the first and the last are 1, the others 1 or more. Along
/// an axis, windows have the length ⌊ratio⌋ or one more, in random order. The second and third
/// result hold where windows begin, and where the last one ends.
///
/// # Errors
/// `InvalidArgument` if `value` does not have four axes, or a ratio is less than 1; `Unimplemented`
/// if batch or channels are pooled.
///
/// # Options
/// `pseudo_random`, `overlapping`, `deterministic`, `seed`, `seed2`: see
/// [`fractional_max_pool_with`].
#[track_caller]
pub fn fractional_max_pool<T: Numeric>(
    value: impl IntoTensor<T>,
    pooling_ratio: [f32; 4],
) -> (Tensor<T>, Tensor<i64>, Tensor<i64>) {
    fractional_max_pool_with(value, pooling_ratio, FractionalMaxPool::new())
}

/// As [`fractional_max_pool`], with windows and seeds as `options` says.
///
/// # Errors
/// As [`fractional_max_pool`]; and `InvalidArgument` if there are seeds that are not used.
#[track_caller]
pub fn fractional_max_pool_with<T: Numeric>(
    value: impl IntoTensor<T>,
    pooling_ratio: [f32; 4],
    options: impl Into<FractionalMaxPool>,
) -> (Tensor<T>, Tensor<i64>, Tensor<i64>) {
    build("FractionalMaxPool", value, pooling_ratio, options.into())
}

/// As [`fractional_max_pool`], with the mean of each window, as `tf.nn.fractional_avg_pool`
/// computes it; of integers it is rounded toward zero.
///
/// # Errors
/// As [`fractional_max_pool`].
///
/// # Options
/// `pseudo_random`, `overlapping`, `deterministic`, `seed`, `seed2`: see
/// [`fractional_avg_pool_with`].
#[track_caller]
pub fn fractional_avg_pool<T: Numeric>(
    value: impl IntoTensor<T>,
    pooling_ratio: [f32; 4],
) -> (Tensor<T>, Tensor<i64>, Tensor<i64>) {
    fractional_avg_pool_with(value, pooling_ratio, FractionalAvgPool::new())
}

/// As [`fractional_avg_pool`], with windows and seeds as `options` says.
///
/// # Errors
/// As [`fractional_avg_pool`]; and `InvalidArgument` if there are seeds that are not used.
#[track_caller]
pub fn fractional_avg_pool_with<T: Numeric>(
    value: impl IntoTensor<T>,
    pooling_ratio: [f32; 4],
    options: impl Into<FractionalAvgPool>,
) -> (Tensor<T>, Tensor<i64>, Tensor<i64>) {
    build("FractionalAvgPool", value, pooling_ratio, options.into())
}

#[track_caller]
fn build<T: Numeric>(
    op_type: &'static str,
    value: impl IntoTensor<T>,
    pooling_ratio: [f32; 4],
    options: FractionalMaxPool,
) -> (Tensor<T>, Tensor<i64>, Tensor<i64>) {
    let graph = graph_of(&[value.graph()]);
    graph.op_scope(op_type, |scope| {
        let value = value.into_tensor(&graph, "value");
        let FractionalMaxPool {
            pseudo_random,
            overlapping,
            deterministic,
            seeds,
        } = options;
        let op = FractionalMaxPoolOp::<T> {
            op_type,
            regions: Regions {
                // Few: one for each axis.
                pooling_ratio: pooling_ratio.to_vec(),
                pseudo_random,
                overlapping,
                deterministic,
                seed: seeds.seed,
                seed2: seeds.seed2,
            },
            element: PhantomData,
        };
        let operation = scope.operation(op, &[value.any()]);
        (
            operation.output(0),
            operation.output(1),
            operation.output(2),
        )
    })
}

/// The options of [`fractional_max_pool_with`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FractionalMaxPool {
    pseudo_random: bool,
    overlapping: bool,
    deterministic: bool,
    seeds: Seeds,
}

/// The options of [`fractional_avg_pool_with`].
pub type FractionalAvgPool = FractionalMaxPool;

impl Default for FractionalMaxPool {
    fn default() -> Self {
        FractionalMaxPool::new()
    }
}

impl FractionalMaxPool {
    /// Windows side by side in an order that is random in each run.
    pub fn new() -> Self {
        FractionalMaxPool {
            pseudo_random: false,
            overlapping: false,
            deterministic: false,
            seeds: Seeds::NONDETERMINISTIC,
        }
    }

    /// Whether one random number decides on all windows along an axis, so that longer and shorter
    /// ones take turns evenly.
    pub fn pseudo_random(mut self, pseudo_random: bool) -> Self {
        self.pseudo_random = pseudo_random;
        self
    }

    /// Whether each window sees the first element of the next one, too.
    pub fn overlapping(mut self, overlapping: bool) -> Self {
        self.overlapping = overlapping;
        self
    }

    /// Whether all runs have the same windows, which the seeds decide on.
    pub fn deterministic(mut self, deterministic: bool) -> Self {
        self.deterministic = deterministic;
        self
    }

    /// The first seed, of deterministic windows.
    pub fn seed(mut self, seed: i64) -> Self {
        self.seeds.seed = seed;
        self
    }

    /// The second seed.
    pub fn seed2(mut self, seed2: i64) -> Self {
        self.seeds.seed2 = seed2;
        self
    }
}

attributes! {
    /// Which windows there are.
    struct Regions {
        pooling_ratio: Vec<f32>,
        pseudo_random: bool,
        overlapping: bool,
        deterministic: bool,
        seed: i64,
        seed2: i64,
    }
}

impl Regions {
    fn seeds(&self) -> Seeds {
        Seeds {
            seed: self.seed,
            seed2: self.seed2,
        }
    }

    /// # Errors
    /// `InvalidArgument` if an attribute has no value that it can have.
    fn check(&self, op_type: &str) -> Result<()> {
        let wrong = |message: String| Err(Error::invalid_argument(message));
        let ratio = &self.pooling_ratio;
        if ratio.len() != 4 {
            let count = ratio.len();
            return wrong(format!(
                "{op_type} needs 4 numbers in pooling_ratio, but got {count}"
            ));
        }
        if let Some(small) = ratio.iter().find(|ratio| ratio.is_nan() || **ratio < 1.0) {
            return wrong(format!("pooling_ratio must be 1 or more, but has {small}"));
        }
        if ratio[0] != 1.0 || ratio[3] != 1.0 {
            let message =
                "Fractional pooling is not yet supported on the batch nor channel dimension.";
            return Err(Error::unimplemented(message));
        }
        if !self.deterministic && self.seeds() != Seeds::NONDETERMINISTIC {
            let message = "Both seed and seed2 should be 0 if deterministic is false.";
            return wrong(message.to_string());
        }
        Ok(())
    }

    /// How many windows there are along an axis.
    ///
    /// # Errors
    /// `InvalidArgument` if there are none.
    fn count(&self, axis: usize, length: usize) -> Result<usize> {
        let count = (length as f32 / self.pooling_ratio[axis]).floor();
        match count >= 1.0 {
            true => Ok((count as usize).min(length)),
            false => Err(Error::invalid_argument(format!(
                "an axis of length {length} is too short for a pooling ratio of {}",
                self.pooling_ratio[axis]
            ))),
        }
    }
}

#[derive(Debug)]
struct FractionalMaxPoolOp<T> {
    op_type: &'static str,
    regions: Regions,
    element: PhantomData<fn() -> T>,
}

impl<T: Numeric> FromNode for FractionalMaxPoolOp<T> {
    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        Ok(FractionalMaxPoolOp {
            op_type: node.op_type(),
            regions: node.attributes()?,
            element: PhantomData,
        })
    }
}

impl<T: Numeric> Op for FractionalMaxPoolOp<T> {
    fn op_type(&self) -> &'static str {
        self.op_type
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        self.regions.check(self.op_type)?;
        let value = cx.shape(0);
        expect_rank(cx, value, 4)?;
        let count = |axis: usize| -> Result<Dim> {
            let length = value.dim(axis);
            length
                .map(|length| self.regions.count(axis, length))
                .transpose()
        };
        let (rows, columns) = (count(1)?, count(2)?);
        // A sequence has one number more than there are windows; TensorFlow's shape function
        // forgets it.
        let sequence = |count: Dim| TensorInfo::new(i64::DTYPE, vec![count.map(|count| count + 1)]);
        let shape = vec![value.dim(0), rows, columns, value.dim(3)];
        Ok(vec![
            TensorInfo::new(T::DTYPE, shape),
            sequence(rows),
            sequence(columns),
        ])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let x = cx.inputs.get::<T>(0);
        let &[images, height, width, channels] = x.shape() else {
            return Err(Error::invalid_argument("value must be 4-dimensional"));
        };
        let (rows, columns) = (
            self.regions.count(1, height)?,
            self.regions.count(2, width)?,
        );
        let result = [images, rows, columns, channels];
        let mut stream = cx.state::<PhiloxStream>()?.clone();
        let mut sequence = |length: usize, count: usize| {
            pooling_sequence(&mut stream, length, count, self.regions.pseudo_random)
        };
        let (down, across) = (sequence(height, rows)?, sequence(width, columns)?);
        // Else each run begins the stream anew.
        if !self.regions.deterministic {
            *cx.state::<PhiloxStream>()? = stream;
        }
        let lengths = [images, height, width, channels];
        let sequences = [&down[..], &across[..]];
        let windows = Windows::of_sequences(lengths, sequences, self.regions.overlapping)?;
        let x = in_order(cx.pool, &x)?;
        let mut out = cx.outputs.alloc_unset::<T>(0, &result)?;
        let out = memory::row_major(&mut out);
        match self.op_type {
            "FractionalMaxPool" => windows.max(cx.pool, &x, out)?,
            _ => windows.mean(cx.pool, &x, out)?,
        }
        for (i, sequence) in [down, across].into_iter().enumerate() {
            cx.outputs
                .set(1 + i, ndarray::Array1::from(sequence).into_dyn());
        }
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let (dy, sequences) = (cx.any_grad(0), [cx.any_output(1), cx.any_output(2)]);
        let [down, across] = sequences;
        let graph = cx.graph().clone();
        let overlapping = self.regions.overlapping;
        let dx = match self.op_type {
            "FractionalMaxPool" => {
                let op = FractionalMaxPoolGrad::<T> {
                    overlapping,
                    element: PhantomData,
                };
                let inputs = [cx.any_input(0).clone(), cx.any_output(0), dy, down, across];
                graph.op_scope("FractionalMaxPoolGrad", |scope| {
                    any_tensor(scope, op, &inputs, T::DTYPE)
                })
            }
            _ => {
                let op = FractionalAvgPoolGrad::<T> {
                    overlapping,
                    element: PhantomData,
                };
                let input = cx.input::<T>(0);
                // TensorFlow knows no gradient where a length is not known.
                let known = input.shape().to_known();
                let found = known.is_none().then(|| shape_as(&input, int64));
                graph.op_scope("FractionalAvgPoolGrad", |scope| {
                    let lengths = found.unwrap_or_else(|| {
                        let lengths = known.into_iter().flatten().map(|length| length as i64);
                        // Few: a length for each axis.
                        let lengths = Array1::from_iter(lengths).into_dyn();
                        graph.constant_named("orig_input_tensor_shape", lengths)
                    });
                    any_tensor(scope, op, &[lengths.any(), dy, down, across], T::DTYPE)
                })
            }
        };
        cx.set_gradient(0, dx.into());
        Ok(())
    }

    fn effect(&self) -> Effect {
        Effect::Stateful
    }

    fn new_state(&self) -> Option<Box<dyn Any + Send>> {
        Some(Box::new(PhiloxStream::new(self.regions.seeds())))
    }

    fn seeds(&self) -> Option<Seeds> {
        Some(self.regions.seeds())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.regions.list())
    }
}

/// The windows that inputs `first` and the next tell, of pictures of this shape.
///
/// # Errors
/// `InvalidArgument` unless they fit to gradients of this shape.
fn windows(
    cx: &Kernel<'_, '_>,
    lengths: &[usize],
    first: usize,
    dy: &[usize],
    overlapping: bool,
) -> Result<Windows> {
    let &[images, height, width, channels] = lengths else {
        let message = format!("pictures must have 4 axes, not {}", lengths.len());
        return Err(Error::invalid_argument(message));
    };
    let (down, across) = (cx.inputs.integers(first)?, cx.inputs.integers(first + 1)?);
    let lengths = [images, height, width, channels];
    let windows = Windows::of_sequences(lengths, [&down, &across], overlapping)?;
    let result = [
        images,
        down.len().saturating_sub(1),
        across.len().saturating_sub(1),
        channels,
    ];
    match dy == result {
        true => Ok(windows),
        false => {
            let [dy, result] = [dy, &result].map(|shape| Shape::from(shape).bracketed());
            let message = format!("out_backprop must have shape {result}, not {dy}");
            Err(Error::invalid_argument(message))
        }
    }
}

#[derive(Debug)]
struct FractionalMaxPoolGrad<T> {
    overlapping: bool,
    element: PhantomData<fn() -> T>,
}

impl<T: Numeric> FromNode for FractionalMaxPoolGrad<T> {
    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        Ok(FractionalMaxPoolGrad {
            overlapping: node.attribute("overlapping")?,
            element: PhantomData,
        })
    }
}

impl<T: Numeric> Op for FractionalMaxPoolGrad<T> {
    fn op_type(&self) -> &'static str {
        "FractionalMaxPoolGrad"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let shape = merge(cx, cx.shape(0), &Shape::of_rank(4))?;
        Ok(vec![TensorInfo::new(T::DTYPE, shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (x, dy) = (cx.inputs.get::<T>(0), cx.inputs.get::<T>(2));
        let windows = windows(cx, x.shape(), 3, dy.shape(), self.overlapping)?;
        let mut dx = cx.outputs.alloc_unset::<T>(0, x.shape())?;
        let (x, dy) = (in_order(cx.pool, &x)?, in_order(cx.pool, &dy)?);
        windows.max_slope(cx.pool, [&x, &dy], memory::row_major(&mut dx))
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(vec![("overlapping", self.overlapping.to_attribute())])
    }
}

#[derive(Debug)]
struct FractionalAvgPoolGrad<T> {
    overlapping: bool,
    element: PhantomData<fn() -> T>,
}

impl<T: Numeric> FromNode for FractionalAvgPoolGrad<T> {
    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        Ok(FractionalAvgPoolGrad {
            overlapping: node.attribute("overlapping")?,
            element: PhantomData,
        })
    }
}

impl<T: Numeric> Op for FractionalAvgPoolGrad<T> {
    fn op_type(&self) -> &'static str {
        "FractionalAvgPoolGrad"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let shape = merge(cx, &cx.shape_from_elements(0), &Shape::of_rank(4))?;
        Ok(vec![TensorInfo::new(T::DTYPE, shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (lengths, dy) = (cx.inputs.lengths(0)?, cx.inputs.get::<T>(1));
        check_size(&lengths)?;
        let windows = windows(cx, &lengths, 2, dy.shape(), self.overlapping)?;
        let dy = in_order(cx.pool, &dy)?;
        let mut dx = cx.outputs.alloc_unset::<T>(0, &lengths)?;
        windows.mean_slope_in_double(cx.pool, &dy, memory::row_major(&mut dx))
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(vec![("overlapping", self.overlapping.to_attribute())])
    }
}
