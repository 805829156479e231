//! `Relu`, `Relu6` and `LeakyRelu`.

use super::activation::{Activation, Backward, Forward, activate};
use crate::graph::{AttributeList, Attributes, IntoTensor, Tensor, attributes};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::types::{Float, Numeric};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "Relu(features: T) -> (activations: T); \
        T in {float32, float64, int32, uint8, int16, int8, int64, bfloat16, uint16, float16, uint32, uint64, qint8}",
        T: numeric, |_| Forward::<_, T>::new(Relu)),
    op!(smooth "ReluGrad(gradients: T, features: T) -> (backprops: T); \
        T in real",
        T: numeric, |_| Backward::<_, T>::new(Relu)),
    op!(smooth "Relu6(features: T) -> (activations: T); \
        T in real",
        T: numeric, |_| Forward::<_, T>::new(Relu6)),
    op!(smooth "Relu6Grad(gradients: T, features: T) -> (backprops: T); \
        T in real",
        T: numeric, |_| Backward::<_, T>::new(Relu6)),
    op!(smooth "LeakyRelu(features: T) -> (activations: T); alpha: float = 0.2; \
         T: type = float32; \
        T in {float16, bfloat16, float32, float64}",
        T: floating, |node| Forward::<_, T>::new(node.attributes::<LeakyReluOp>()?)),
    op!(smooth "LeakyReluGrad(gradients: T, features: T) -> (backprops: T); alpha: float = 0.2; \
         T: type = float32; \
        T in {float16, bfloat16, float32, float64}",
        T: floating, |node| Backward::<_, T>::new(node.attributes::<LeakyReluOp>()?)),
];

/// max(x, 0) element by element, as `tf.nn.relu` computes it; NaN stays NaN. The gradient at 0
/// is 0.
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([-1.0, 0.0, 2.0]);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::nn::relu(&x).array1(), [])?, arr1(&[0.0, 0.0, 2.0]));
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn relu<T: Numeric>(features: impl IntoTensor<T>) -> Tensor<T> {
    activate(Relu, features)
}

/// min(max(x, 0), 6) element by element, as `tf.nn.relu6` computes it; NaN stays NaN. The gradient
/// at 0 and 6 is 0.
#[track_caller]
pub fn relu6<T: Numeric>(features: impl IntoTensor<T>) -> Tensor<T> {
    activate(Relu6, features)
}

/// x if it is positive, else 0.2·x, element by element, as `tf.nn.leaky_relu` computes it. The
/// gradient at 0 is 0.2.
///
/// # Options
/// `alpha`: see [`leaky_relu_with`].
#[track_caller]
pub fn leaky_relu<T: Float>(features: impl IntoTensor<T>) -> Tensor<T> {
    leaky_relu_with(features, LeakyRelu::new())
}

/// As [`leaky_relu`], with the slope for negative elements that `options` says.
#[track_caller]
pub fn leaky_relu_with<T: Float>(
    features: impl IntoTensor<T>,
    options: impl Into<LeakyRelu>,
) -> Tensor<T> {
    let LeakyRelu { alpha } = options.into();
    activate(LeakyReluOp { alpha }, features)
}

/// The options of [`leaky_relu_with`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeakyRelu {
    alpha: f32,
}

/// With this slope where features are negative, as [`LeakyRelu::alpha`].
impl From<f32> for LeakyRelu {
    fn from(alpha: f32) -> Self {
        LeakyRelu::new().alpha(alpha)
    }
}

/// With this slope where features are negative, rounded to `f32`, as [`LeakyRelu::alpha`].
impl From<f64> for LeakyRelu {
    fn from(alpha: f64) -> Self {
        LeakyRelu::new().alpha(alpha as f32)
    }
}

impl LeakyRelu {
    /// A slope of 0.2 for negative elements.
    pub fn new() -> Self {
        LeakyRelu { alpha: 0.2 }
    }

    /// The slope for negative elements; as in TensorFlow an `f32`, whatever the type of the
    /// elements.
    pub fn alpha(mut self, alpha: f32) -> Self {
        self.alpha = alpha;
        self
    }
}

impl Default for LeakyRelu {
    fn default() -> Self {
        LeakyRelu::new()
    }
}

/// `dy` where `passes`, else 0. Like TensorFlow's kernels it multiplies, so an infinite or NaN
/// gradient becomes NaN.
#[inline(always)]
fn masked<T: Numeric>(dy: T, passes: bool) -> T {
    dy.times(if passes { T::ONE } else { T::ZERO })
}

#[derive(Clone, Copy, Debug)]
struct Relu;

impl<T: Numeric> Activation<T> for Relu {
    const OP_TYPE: &'static str = "Relu";
    const GRAD_TYPE: &'static str = "ReluGrad";
    const GRAD_OF_OUTPUT: bool = true;

    #[inline(always)]
    fn apply(self, x: T) -> T {
        // Written so that NaN, which is not below 0, is kept.
        if x < T::ZERO { T::ZERO } else { x }
    }

    #[inline(always)]
    fn slope(self, dy: T, feature: T) -> T {
        masked(dy, feature > T::ZERO)
    }
}

#[derive(Clone, Copy, Debug)]
struct Relu6;

impl<T: Numeric> Activation<T> for Relu6 {
    const OP_TYPE: &'static str = "Relu6";
    const GRAD_TYPE: &'static str = "Relu6Grad";
    const GRAD_OF_OUTPUT: bool = true;

    #[inline(always)]
    fn apply(self, x: T) -> T {
        let six = T::from_i64(6);
        let raised = if x < T::ZERO { T::ZERO } else { x };
        if raised > six { six } else { raised }
    }

    #[inline(always)]
    fn slope(self, dy: T, feature: T) -> T {
        masked(dy, (feature > T::ZERO) & (feature < T::from_i64(6)))
    }
}

attributes! {
    /// Straight lines that meet at 0.
    #[derive(Copy)]
    struct LeakyReluOp {
        /// The slope for negative elements.
        alpha: f32,
    }
}

impl<T: Float> Activation<T> for LeakyReluOp {
    const OP_TYPE: &'static str = "LeakyRelu";
    const GRAD_TYPE: &'static str = "LeakyReluGrad";
    const GRAD_OF_OUTPUT: bool = false;

    #[inline(always)]
    fn apply(self, x: T) -> T {
        self.slope(x, x)
    }

    #[inline(always)]
    fn slope(self, dy: T, feature: T) -> T {
        // Both are computed, so that nothing has to be branched for.
        let lowered = dy.times(T::from_f64(f64::from(self.alpha)));
        if feature > T::ZERO { dy } else { lowered }
    }

    fn attributes(self) -> AttributeList {
        self.list()
    }
}
