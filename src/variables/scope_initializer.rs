//! [`ScopeInitializer`]: what variable scopes give their variables to start with.

use std::fmt;
use std::sync::Arc;

use super::Initializer;
use crate::graph::{AnyTensor, Graph, Tensor};
use crate::types::{DType, Element, Error};

/// The initializer that a scope gives its variables; see
/// [`VariableScope::initializer`](super::VariableScope::initializer).
#[derive(Clone)]
pub struct ScopeInitializer {
    float32: Arc<dyn Initializer<f32> + Send + Sync>,
    float64: Arc<dyn Initializer<f64> + Send + Sync>,
}

impl ScopeInitializer {
    /// One for the variables of each floating type. Those of other types get what
    /// [`Initializer::build_as`] of the first gives them.
    pub fn new(
        float32: impl Initializer<f32> + Send + Sync + 'static,
        float64: impl Initializer<f64> + Send + Sync + 'static,
    ) -> Self {
        ScopeInitializer {
            float32: Arc::new(float32),
            float64: Arc::new(float64),
        }
    }

    /// The initial value of a variable of this type and shape; a tensor that stands for a mistake
    /// if there is none.
    #[track_caller]
    pub(super) fn build<T: Element>(&self, graph: &Graph, shape: &[usize]) -> Tensor<T> {
        let value: Option<AnyTensor> = match T::DTYPE {
            DType::Float32 => Some(self.float32.build(graph, shape).any()),
            DType::Float64 => Some(self.float64.build(graph, shape).any()),
            dtype => self.float32.build_as(graph, shape, dtype),
        };
        match value {
            Some(value) => value.assume(),
            None => graph.failed("initial_value", has_none_of(T::DTYPE)),
        }
    }
}

fn has_none_of(dtype: DType) -> Error {
    Error::invalid_argument(format!(
        "the initializer of the variable scope cannot make an initial value of type {dtype}"
    ))
    .with_help("give the variable an initializer of its own, such as initializers::zeros()")
}

impl fmt::Debug for ScopeInitializer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopeInitializer").finish_non_exhaustive()
    }
}

/// An initializer for variables of `f32` and of `f64`, as a variable scope wants it: any that can
/// make both, or [`initializers::constant`](crate::initializers::constant) of a number or an array.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot initialize variables of `f32` and of `f64`",
    label = "not an initializer for both types"
)]
pub trait FloatInitializer {
    /// The initializers for the two types.
    fn for_scope(self) -> ScopeInitializer;
}

impl<I> FloatInitializer for I
where
    I: Initializer<f32> + Initializer<f64> + Clone + Send + Sync + 'static,
{
    fn for_scope(self) -> ScopeInitializer {
        ScopeInitializer::new(self.clone(), self)
    }
}
