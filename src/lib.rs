//! TensorFlow 1's graph and session in pure Rust.

mod gradients;
mod graph;
pub mod initializers;
mod kernels;
pub mod losses;
pub mod nn;
mod ops;
pub mod random;
mod session;
pub mod train;
mod types;
mod variables;

pub use gradients::{GradientSources, GradientTargets, Gradients, gradients, gradients_with};
pub use graph::{
    AnyTensor, ControlInput, Gradient, Graph, GraphKeys, IndexedSlices, IntoTensor, Operation,
    Tensor,
};
pub use kernels::MatMulElement;
pub use ops::array::*;
pub use ops::control::{group, tuple};
pub use ops::linalg::{Qr, qr, qr_with};
pub use ops::math::*;
pub use ops::random::{
    Multinomial, Param, RandomCrop, RandomNormal, RandomShuffle, RandomUniform, ShapeArg,
    TruncatedNormal, categorical, categorical_with, multinomial, multinomial_with, random_crop,
    random_crop_with, random_shuffle, random_shuffle_with,
};
pub use ops::reduce::*;
pub use ops::state::*;
pub use session::{Feed, FeedValue, Fetch, Prepared, Request, Results, Scalar, Session};
pub use types::{
    AnyArray, DType, Dim, Element, Error, Float, Integer, NodeRef, Numeric, Report, Result, Shape,
};
pub use variables::{AnyVariable, Initializer, Reuse, Variable, VariableOptions, VariableScope};

/// What ops are made of: for defining one's own.
pub mod op {
    pub use crate::graph::{
        Effect, GradientContext, InferContext, Inputs, Kernel, NodeId, Op, OpScope, Output,
        Outputs, RefSlot, TensorInfo,
    };
    pub use crate::ops::{Differentiable, OpDef, table};
    pub use crate::types::{Strided, Value};
}
