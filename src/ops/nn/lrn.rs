//! `LRN`: local response normalization.

use std::marker::PhantomData;

use ndarray::Axis;

use crate::graph::{
    AttributeList, Attributes, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor,
    TensorInfo, attributes,
};
use crate::kernels::lrn::Rows;
use crate::kernels::strided::in_order;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{expect_rank, merge, unary};
use crate::types::{Error, Float, Result, WholeNumber, memory};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "LRN(input: T) -> (output: T); depth_radius: int = 5; bias: float = 1.0; \
         alpha: float = 1.0; beta: float = 0.5; T: type = float32; \
        T in {float16, bfloat16, float32}",
        T: floating, |node| Lrn::<T>(node.attributes()?, PhantomData)),
    op!(opaque "LRNGrad(input_grads: T, input_image: T, output_image: T) -> (output: T); \
         depth_radius: int = 5; bias: float = 1.0; alpha: float = 1.0; beta: float = 0.5; \
         T: type = float32; \
        T in {float16, bfloat16, float32}",
        T: floating, |node| LrnGrad::<T>(node.attributes()?, PhantomData)),
];

/// `input` with each element divided by √(1 + Σ x²), the sum over the channels at most 5 away, as
/// `tf.nn.local_response_normalization` computes it.
///
/// `input` has four axes, the last of which are the channels. It has a first but, in TensorFlow as
/// here, no second derivative.
///
/// # Errors
/// `InvalidArgument` if `input` does not have four axes.
///
/// # Options
/// `depth_radius`, `bias`, `alpha`, `beta`: see [`local_response_normalization_with`].
#[track_caller]
pub fn local_response_normalization<T: Float>(input: impl IntoTensor<T>) -> Tensor<T> {
    local_response_normalization_with(input, LocalResponseNormalization::new())
}

/// As [`local_response_normalization`], with divisor (bias + alpha · Σ x²)^beta and a neighbourhood
/// as `options` says.
///
/// # Errors
/// As [`local_response_normalization`], and if the radius is negative or larger than an `i32`.
#[track_caller]
pub fn local_response_normalization_with<T: Float>(
    input: impl IntoTensor<T>,
    options: impl Into<LocalResponseNormalization>,
) -> Tensor<T> {
    let LocalResponseNormalization(attributes) = options.into();
    unary("LRN", Lrn::<T>(attributes, PhantomData), (input, "input"))
}

/// The options of [`local_response_normalization_with`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalResponseNormalization(Neighbourhood);

attributes! {
    /// Which channels are added up, and what becomes of their sum.
    #[derive(Copy)]
    struct Neighbourhood {
        depth_radius: i64,
        bias: f32,
        alpha: f32,
        beta: f32,
    }
}

/// Over so many channels on each side, as [`LocalResponseNormalization::depth_radius`].
impl<N: WholeNumber> From<N> for LocalResponseNormalization {
    fn from(depth_radius: N) -> Self {
        LocalResponseNormalization::new().depth_radius(depth_radius)
    }
}

impl LocalResponseNormalization {
    /// Divisor √(1 + Σ x²) over the channels at most 5 away.
    pub fn new() -> Self {
        LocalResponseNormalization(Neighbourhood {
            depth_radius: 5,
            bias: 1.0,
            alpha: 1.0,
            beta: 0.5,
        })
    }

    /// How far away the channels of a neighbourhood lie at most.
    pub fn depth_radius(mut self, depth_radius: impl WholeNumber) -> Self {
        self.0.depth_radius = depth_radius.to_i64();
        self
    }

    /// What is added to the sum of squares, usually to avoid a division by zero.
    pub fn bias(mut self, bias: f32) -> Self {
        self.0.bias = bias;
        self
    }

    /// The factor of the sum of squares.
    pub fn alpha(mut self, alpha: f32) -> Self {
        self.0.alpha = alpha;
        self
    }

    /// The exponent of the divisor.
    pub fn beta(mut self, beta: f32) -> Self {
        self.0.beta = beta;
        self
    }
}

impl Neighbourhood {
    /// Fails if there are no such channels.
    fn check(self) -> Result<()> {
        let radius = self.depth_radius;
        if i32::try_from(radius.to_count("depth_radius")?).is_err() {
            let message = format!("depth_radius = {radius} larger than int max");
            return Err(Error::invalid_argument(message));
        }
        Ok(())
    }

    /// As a kernel for rows of this length.
    fn rows<T: Float>(self, len: usize) -> Rows<T> {
        let radius = usize::try_from(self.depth_radius).unwrap_or(0);
        let number = |value: f32| T::from_f64(f64::from(value));
        Rows::new(len, radius, [self.bias, self.alpha, self.beta].map(number))
    }
}

impl Default for LocalResponseNormalization {
    fn default() -> Self {
        LocalResponseNormalization::new()
    }
}

#[derive(Debug)]
struct Lrn<T>(Neighbourhood, PhantomData<fn() -> T>);

impl<T: Float> Op for Lrn<T> {
    fn op_type(&self) -> &'static str {
        "LRN"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        self.0.check()?;
        expect_rank(cx, cx.shape(0), 4)?;
        let dims = cx
            .shape(0)
            .dims()
            .map_or_else(|| vec![None; 4], <[_]>::to_vec);
        Ok(vec![TensorInfo::new(T::DTYPE, dims)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let x = cx.inputs.get::<T>(0);
        let channels = x.len_of(last_axis(x.ndim())?);
        let mut out = cx.outputs.alloc_unset::<T>(0, x.shape())?;
        if !x.is_empty() {
            let (x, out) = (in_order(cx.pool, &x)?, memory::row_major(&mut out));
            let rows = self.0.rows(channels);
            rows.normalize(cx.pool, &x, out);
        }
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let (x, y, dy) = (cx.input::<T>(0), cx.output::<T>(0), cx.grad::<T>(0));
        let dx: Tensor<T> = cx.graph().op_scope("LRNGrad", |scope| {
            scope.tensor(
                LrnGrad::<T>(self.0, PhantomData),
                &[dy.any(), x.any(), y.any()],
            )
        });
        cx.set(0, dx);
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.0.list())
    }

    fn needs_memory(&self, _: &InferContext<'_>) -> bool {
        true
    }
}

fn last_axis(rank: usize) -> Result<Axis> {
    rank.checked_sub(1)
        .map(Axis)
        .ok_or_else(|| Error::invalid_argument("in must be 4-dimensional"))
}

/// The gradient of [`Lrn`], of that with respect to its result, its operand and its result.
#[derive(Debug)]
struct LrnGrad<T>(Neighbourhood, PhantomData<fn() -> T>);

impl<T: Float> Op for LrnGrad<T> {
    fn op_type(&self) -> &'static str {
        "LRNGrad"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        self.0.check()?;
        let shape = merge(cx, &merge(cx, cx.shape(0), cx.shape(1))?, cx.shape(2))?;
        expect_rank(cx, &shape, 4)?;
        Ok(vec![TensorInfo::new(T::DTYPE, shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let [dy, x, y] = [0, 1, 2].map(|i| cx.inputs.get::<T>(i));
        let channels = x.len_of(last_axis(x.ndim())?);
        let mut dx = cx.outputs.alloc_unset::<T>(0, x.shape())?;
        if x.is_empty() {
            return Ok(());
        }
        let (dy, x, y) = (
            in_order(cx.pool, &dy)?,
            in_order(cx.pool, &x)?,
            in_order(cx.pool, &y)?,
        );
        let operands = [&dy, &x, &y].map(|x| &**x);
        let rows = self.0.rows(channels);
        rows.differentiate(cx.pool, operands, memory::row_major(&mut dx))
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.0.list())
    }

    fn needs_memory(&self, _: &InferContext<'_>) -> bool {
        true
    }
}
