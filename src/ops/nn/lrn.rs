//! `LRN`: local response normalization.

use std::marker::PhantomData;

use ndarray::{ArrayView1, ArrayViewMut1, Axis, Zip};

use crate::graph::{GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo};
use crate::ops::OpDef;
use crate::ops::support::{expect_rank, merge, unary};
use crate::types::{Error, Float, Result, WholeNumber};

pub(in crate::ops) const OPS: &[OpDef] = &[OpDef::smooth("LRN"), OpDef::opaque("LRNGrad")];

/// `input` with each element divided by √(1 + Σ x²), the sum over the channels at most 5 away, as
/// `tf.nn.local_response_normalization` computes it.
///
/// `input` has four axes, the last of which are the channels. It has a first but, in TensorFlow as here, no second
/// derivative.
///
/// # Errors
/// `InvalidArgument` if `input` has not four axes.
///
/// # Options
/// `depth_radius`, `bias`, `alpha`, `beta`: see [`local_response_normalization_with`].
#[track_caller]
pub fn local_response_normalization<T: Float>(input: impl IntoTensor<T>) -> Tensor<T> {
    local_response_normalization_with(input, LocalResponseNormalization::new())
}

/// As [`local_response_normalization`], with divisor (bias + alpha · Σ x²)^beta and a neighbourhood as `options` says.
///
/// # Errors
/// As [`local_response_normalization`], and if the radius is negative or larger than an `i32`.
#[track_caller]
pub fn local_response_normalization_with<T: Float>(
    input: impl IntoTensor<T>,
    options: impl Into<LocalResponseNormalization>,
) -> Tensor<T> {
    let options = options.into();
    unary("LRN", Lrn::<T>(options, PhantomData), (input, "input"))
}

/// The options of [`local_response_normalization_with`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalResponseNormalization {
    depth_radius: i64,
    bias: f32,
    alpha: f32,
    beta: f32,
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
        LocalResponseNormalization {
            depth_radius: 5,
            bias: 1.0,
            alpha: 1.0,
            beta: 0.5,
        }
    }

    /// How far away the channels of a neighbourhood lie at most.
    pub fn depth_radius(mut self, depth_radius: impl WholeNumber) -> Self {
        self.depth_radius = depth_radius.to_i64();
        self
    }

    /// What is added to the sum of squares, usually to avoid a division by zero.
    pub fn bias(mut self, bias: f32) -> Self {
        self.bias = bias;
        self
    }

    /// The factor of the sum of squares.
    pub fn alpha(mut self, alpha: f32) -> Self {
        self.alpha = alpha;
        self
    }

    /// The power that is divided by.
    pub fn beta(mut self, beta: f32) -> Self {
        self.beta = beta;
        self
    }

    /// The channels near channel `k` of `count`.
    fn near(self, k: usize, count: usize) -> std::ops::Range<usize> {
        let radius = usize::try_from(self.depth_radius).unwrap_or(0);
        k.saturating_sub(radius)..k.saturating_add(radius).saturating_add(1).min(count)
    }

    /// bias + alpha · Σ x² near channel `k`.
    fn base<T: Float>(self, x: &ArrayView1<'_, T>, k: usize) -> T {
        let squares = self
            .near(k, x.len())
            .fold(T::ZERO, |sum, i| sum.plus(x[i].times(x[i])));
        number::<T>(self.bias).plus(number::<T>(self.alpha).times(squares))
    }

    /// 1 / base^beta.
    fn factor<T: Float>(self, base: T) -> T {
        base.power(number(-self.beta)).unwrap_or(T::NAN)
    }

    fn normalize<T: Float>(self, x: ArrayView1<'_, T>, mut out: ArrayViewMut1<'_, T>) {
        for k in 0..x.len() {
            out[k] = x[k].times(self.factor(self.base(&x, k)));
        }
    }

    /// Adds the gradient with respect to `x`, given the result `y` and the gradient `dy` with respect to it.
    fn differentiate<T: Float>(
        self,
        [dy, x, y]: [ArrayView1<'_, T>; 3],
        mut dx: ArrayViewMut1<'_, T>,
    ) {
        let rate = number::<T>(-2.0 * self.alpha * self.beta);
        for k in 0..x.len() {
            let base = self.base(&x, k);
            let share = rate.times(y[k]).over(base).unwrap_or(T::NAN).times(dy[k]);
            for i in self.near(k, x.len()) {
                dx[i] = dx[i].plus(x[i].times(share));
            }
            dx[k] = dx[k].plus(self.factor(base).times(dy[k]));
        }
    }
}

impl Default for LocalResponseNormalization {
    fn default() -> Self {
        LocalResponseNormalization::new()
    }
}

fn number<T: Float>(value: f32) -> T {
    T::from_f64(f64::from(value))
}

#[derive(Debug)]
struct Lrn<T>(LocalResponseNormalization, PhantomData<T>);

impl<T: Float> Op for Lrn<T> {
    fn op_type(&self) -> &'static str {
        "LRN"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let radius = self.0.depth_radius;
        if i32::try_from(radius.to_count("depth_radius")?).is_err() {
            let message = format!("depth_radius = {radius} larger than int max");
            return Err(Error::invalid_argument(message));
        }
        expect_rank(cx, cx.shape(0), 4)?;
        let dims = cx
            .shape(0)
            .dims()
            .map_or_else(|| vec![None; 4], <[_]>::to_vec);
        Ok(vec![TensorInfo::new(T::DTYPE, dims)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let x = cx.inputs.get::<T>(0);
        let channels = last_axis(x.ndim())?;
        let mut out = cx.outputs.alloc::<T>(0, x.shape())?;
        if out.is_empty() {
            return Ok(());
        }
        // Not empty: seen to just now.
        Zip::from(out.lanes_mut(channels))
            .and(x.lanes(channels))
            .for_each(|out, x| self.0.normalize(x, out));
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
}

fn last_axis(rank: usize) -> Result<Axis> {
    rank.checked_sub(1)
        .map(Axis)
        .ok_or_else(|| Error::invalid_argument("in must be 4-dimensional"))
}

/// The gradient of [`Lrn`], of that with respect to its result, its operand and its result.
#[derive(Debug)]
struct LrnGrad<T>(LocalResponseNormalization, PhantomData<T>);

impl<T: Float> Op for LrnGrad<T> {
    fn op_type(&self) -> &'static str {
        "LRNGrad"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let shape = merge(cx, &merge(cx, cx.shape(0), cx.shape(1))?, cx.shape(2))?;
        expect_rank(cx, &shape, 4)?;
        Ok(vec![TensorInfo::new(T::DTYPE, shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let [dy, x, y] = [0, 1, 2].map(|i| cx.inputs.get::<T>(i));
        let channels = last_axis(x.ndim())?;
        let mut dx = cx.outputs.alloc::<T>(0, x.shape())?;
        if dx.is_empty() {
            return Ok(());
        }
        // Not empty: seen to just now.
        Zip::from(dx.lanes_mut(channels))
            .and(dy.lanes(channels))
            .and(x.lanes(channels))
            .and(y.lanes(channels))
            .for_each(|dx, dy, x, y| self.0.differentiate([dy, x, y], dx));
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }
}
