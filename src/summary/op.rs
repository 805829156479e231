//! [`SummaryOp`]: the handle on what computes a summary.

use std::fmt;

use prost::Message;

use crate::files::messages::summary as messages;
use crate::graph::{
    AnyTensor, ControlInput, Graph, InferContext, Operation, Tensor, TensorHandle, TensorInfo,
};
use crate::session::{Fetch, Places, Request, Results};
use crate::types::{DType, Dim, Error, Result, memory};

use super::Summary;

/// A handle on an op that computes a [`Summary`] when a session runs it.
///
/// It prints as TensorFlow prints it:
///
/// ```
/// let graph = tf1::Graph::new();
/// let loss = tf1::summary::scalar("loss", graph.constant(0.5f32));
/// assert_eq!(loss.to_string(), r#"Tensor("loss:0", shape=(), dtype=string)"#);
///
/// let summary = tf1::Session::new(&graph)?.run(&loss, [])?;
/// assert_eq!(summary, tf1::summary::Summary::scalar("loss", 0.5));
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// The size of a summary is known only after the run, so [`Prepared::run_into`](crate::Prepared::run_into) refuses it; use `run`.
#[derive(Clone)]
pub struct SummaryOp {
    /// The serialized message. Tensors have no strings, so that its bytes are a vector.
    bytes: Tensor<u8>,
}

impl SummaryOp {
    pub(super) fn new(bytes: Tensor<u8>) -> Self {
        SummaryOp { bytes }
    }

    /// The graph that it belongs to.
    pub fn graph(&self) -> &Graph {
        self.bytes.graph()
    }

    /// The operation.
    pub fn op(&self) -> Operation {
        self.bytes.op()
    }

    /// The name of the tensor, such as `loss:0`.
    pub fn name(&self) -> String {
        self.bytes.name()
    }
}

impl fmt::Display for SummaryOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        write!(f, "Tensor(\"{name}\", shape=(), dtype=string)")
    }
}

impl fmt::Debug for SummaryOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl ControlInput for SummaryOp {
    fn operation(&self) -> Operation {
        self.op()
    }
}

impl AsRef<SummaryOp> for SummaryOp {
    fn as_ref(&self) -> &SummaryOp {
        self
    }
}

/// To keep it in a collection.
impl TensorHandle for SummaryOp {
    fn any_tensor(&self) -> AnyTensor {
        self.bytes.any()
    }
}

impl Fetch for SummaryOp {
    type Output = Summary;

    fn request(&self, request: &mut Request) {
        request.tensor(&self.bytes.any());
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Summary> {
        let bytes = memory::collected(results.array::<u8>()?)?;
        let summary = messages::Summary::decode(&*bytes)
            .map_err(|error| Error::internal(format!("a summary cannot be read: {error}")))?;
        Ok(summary.into())
    }

    fn offer<'o>(&self, _: &'o mut Summary, places: &mut Places<'o>) {
        places.none();
    }
}

/// What is known of the output of a summary op.
pub(super) fn serialized() -> Vec<TensorInfo> {
    vec![TensorInfo::new(DType::UInt8, vec![Dim::None])]
}

/// Whether input `i` may be the output of a summary op.
pub(super) fn is_serialized(cx: &InferContext<'_>, i: usize) -> bool {
    cx.dtype(i) == DType::UInt8 && cx.shape(i).rank().is_none_or(|rank| rank == 1)
}
