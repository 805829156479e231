//! Uniform values: floats made of `RandomUniform`, integers of `RandomUniformInt`.

use super::draw::{Distribution, draw, drawn_shape, fill};
use super::seeded::{Drawing, Seeded};
use super::seeds;
use crate::graph::{Graph, InferContext, IntoTensor, Kernel, OpScope, Tensor, TensorInfo};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::math::add_as;
use crate::ops::support::expect_rank;
use crate::ops::{IntoIntegers, NumberOrTensor};
use crate::streams::{PhiloxInt, UniformInt};
use crate::types::{
    DType, Error, Float, Integer, Numeric, Plain, Result, Shape, WholeNumber, with_class,
};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    opaque "RandomUniformInt(shape: T, minval: Tout, maxval: Tout) -> (output: Tout); \
     seed: int = 0; seed2: int = 0; \
        Tout in index; \
        T in index",
    |node| Seeded::from_node(node, RandomUniformInt { dtype: node.dtype("Tout")? })?
)];

impl Graph {
    /// Values uniform in [0, 1), new ones in every run, as `tf.random_uniform` makes them.
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// graph.set_random_seed(1);
    /// let x = graph.random_uniform::<f32>([2, 3]);
    /// assert_eq!(x.to_string(), r#"Tensor("random_uniform:0", shape=(2, 3), dtype=float32)"#);
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if `shape` is not a vector of lengths.
    ///
    /// # Options
    /// `minval`, `maxval`, `seed`: see [`random_uniform_with`](Graph::random_uniform_with).
    #[track_caller]
    pub fn random_uniform<T: Float>(&self, shape: impl IntoIntegers) -> Tensor<T> {
        self.random_uniform_with(shape, RandomUniform::new())
    }

    /// As [`random_uniform`](Graph::random_uniform), with bounds, seed and element type (also `i32`
    /// and `i64`) as `options` say: `minval + u · (maxval - minval)` with `u` uniform in [0, 1), or
    /// integers from `minval` to just below `maxval`.
    ///
    /// ```
    /// use tf1::{Graph, RandomUniform};
    ///
    /// let graph = Graph::new();
    /// let x = graph.random_uniform_with::<f32>([2, 3], RandomUniform::new().minval(-1.0).maxval(1.0).seed(3));
    /// let dice = graph.random_uniform_with::<i32>([10], RandomUniform::new().minval(1).maxval(7));
    /// # assert_eq!(dice.op().op_type(), "RandomUniformInt");
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if `shape` is not a vector of lengths, and of integers if there is no
    /// `maxval`, a bound is not a scalar or `minval < maxval` does not hold. There are no random
    /// integers of type `u8`.
    #[track_caller]
    pub fn random_uniform_with<T: Numeric>(
        &self,
        shape: impl IntoIntegers,
        options: impl Into<RandomUniform<T>>,
    ) -> Tensor<T> {
        let options = options.into();
        let RandomUniform {
            minval,
            maxval,
            seed,
        } = options;
        let maxval = match maxval {
            Some(maxval) => maxval,
            None if T::DTYPE.is_floating() => T::ONE.into(),
            None => return self.failed("random_uniform", no_maxval(T::DTYPE)),
        };
        let shape = shape.into_integers();
        self.op_scope("random_uniform", |scope| {
            let shape = shape.into_any(self, "shape");
            let minval = minval.into_tensor(self, "min");
            let maxval = maxval.into_tensor(self, "max");
            let seeds = seeds(self, seed);
            if T::DTYPE.is_integer() {
                let drawing = RandomUniformInt { dtype: T::DTYPE };
                let op = Seeded { drawing, seeds };
                return scope.tensor(op, &[shape, minval.any(), maxval.any()]);
            }
            let unit = draw::<T>(self, Distribution::Uniform, shape, seeds);
            scaled(scope, &unit, &minval, &maxval)
        })
    }
}

/// `minval + unit · (maxval - minval)`.
#[track_caller]
fn scaled<T: Numeric>(
    scope: &OpScope,
    unit: &Tensor<T>,
    minval: &Tensor<T>,
    maxval: &Tensor<T>,
) -> Tensor<T> {
    add_as(scope, &(unit * (maxval - minval)), minval)
}

fn no_maxval(dtype: DType) -> Error {
    Error::invalid_argument(format!("Must specify maxval for integer dtype tf.{dtype}"))
        .with_help("RandomUniform::new().maxval(..)")
}

/// The options of [`Graph::random_uniform_with`].
#[derive(Clone, Debug)]
pub struct RandomUniform<T: Numeric> {
    minval: NumberOrTensor<T>,
    maxval: Option<NumberOrTensor<T>>,
    seed: Option<i64>,
}

/// From the first number on, below the second, as [`RandomUniform::minval`] and
/// [`RandomUniform::maxval`].
impl<T: Numeric> From<std::ops::Range<T>> for RandomUniform<T> {
    fn from(bounds: std::ops::Range<T>) -> Self {
        RandomUniform::new().minval(bounds.start).maxval(bounds.end)
    }
}

/// From the first number on, below the second, as [`RandomUniform::minval`] and
/// [`RandomUniform::maxval`].
impl<T: Numeric> From<(T, T)> for RandomUniform<T> {
    fn from((minval, maxval): (T, T)) -> Self {
        RandomUniform::new().minval(minval).maxval(maxval)
    }
}

impl<T: Numeric> RandomUniform<T> {
    /// Bounds 0 and 1, and no seed of the op's own. For integers [`maxval`](RandomUniform::maxval)
    /// must be given.
    pub fn new() -> Self {
        RandomUniform {
            minval: T::ZERO.into(),
            maxval: None,
            seed: None,
        }
    }

    /// The lower bound, itself included.
    pub fn minval(mut self, minval: impl Into<NumberOrTensor<T>>) -> Self {
        self.minval = minval.into();
        self
    }

    /// The upper bound, itself excluded.
    pub fn maxval(mut self, maxval: impl Into<NumberOrTensor<T>>) -> Self {
        self.maxval = Some(maxval.into());
        self
    }

    /// The op's own seed, which the graph's seed is combined with.
    pub fn seed(mut self, seed: impl WholeNumber) -> Self {
        self.seed = Some(seed.to_i64());
        self
    }
}

impl<T: Numeric> Default for RandomUniform<T> {
    fn default() -> Self {
        RandomUniform::new()
    }
}

#[derive(Debug)]
struct RandomUniformInt {
    dtype: DType,
}

impl Drawing for RandomUniformInt {
    fn op_type(&self) -> &'static str {
        "RandomUniformInt"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        with_class!(index, self.dtype, _I => {}, return Err(invalid_dtype(self.dtype)));
        expect_rank(cx, cx.shape(1), 0)?;
        expect_rank(cx, cx.shape(2), 0)?;
        Ok(vec![TensorInfo::new(self.dtype, drawn_shape(cx)?)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        with_class!(index, self.dtype, I => draw_integers::<I>(cx), Err(invalid_dtype(self.dtype)))
    }
}

fn invalid_dtype(dtype: DType) -> Error {
    Error::invalid_argument(format!("Invalid dtype {dtype}"))
        .with_help("random integers are drawn as i32 or i64; cast converts")
}

fn draw_integers<T: Integer + PhiloxInt>(cx: &mut Kernel<'_, '_>) -> Result<()> {
    let lengths = cx.inputs.lengths(0)?;
    let low = bound::<T>(cx, 1, "minval")?;
    let high = bound::<T>(cx, 2, "maxval")?;
    if lengths.contains(&0) {
        // Nothing is drawn, so even an empty range will do.
        cx.outputs.alloc::<T>(0, &lengths)?;
        return Ok(());
    }
    fill(cx, &lengths, &UniformInt::new(low, high)?)
}

fn bound<T: Plain>(cx: &Kernel<'_, '_>, i: usize, name: &str) -> Result<T> {
    let shape = cx.inputs.shape(i);
    if !shape.is_empty() {
        let shape = Shape::from(shape).bracketed();
        return Err(Error::invalid_argument(format!(
            "{name} must be 0-D, got shape {shape}"
        )));
    }
    cx.inputs.scalar(i)
}
