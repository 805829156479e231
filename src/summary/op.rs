//! [`SummaryOp`]: the handle on what computes a summary.

use std::fmt;

use prost::Message;

use crate::files::messages::summary as messages;
use crate::graph::{AnyTensor, ControlInput, Graph, Operation, Tensor, TensorHandle, TensorInfo};
use crate::session::{Fetch, Places, Request, Results};
use crate::types::{Bytes, DType, Error, Result, Shape};

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
/// The size of a summary is known only after the run, so
/// [`Prepared::run_into`](crate::Prepared::run_into) refuses it; use `run`.
#[derive(Clone)]
pub struct SummaryOp {
    /// The serialized message.
    serialized: Tensor<Bytes>,
}

impl SummaryOp {
    pub(super) fn new(serialized: Tensor<Bytes>) -> Self {
        SummaryOp { serialized }
    }

    /// The tensor of the serialized message, as TensorFlow's functions return it.
    pub fn serialized(&self) -> &Tensor<Bytes> {
        &self.serialized
    }

    /// The graph that it belongs to.
    pub fn graph(&self) -> &Graph {
        self.serialized.graph()
    }

    /// The operation.
    pub fn op(&self) -> Operation {
        self.serialized.op()
    }

    /// The name of the tensor, such as `loss:0`.
    pub fn name(&self) -> String {
        self.serialized.name()
    }
}

impl fmt::Display for SummaryOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialized.fmt(f)
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
        self.serialized.any()
    }
}

impl Fetch for SummaryOp {
    type Output = Summary;

    fn request(&self, request: &mut Request) {
        request.tensor(&self.serialized.any());
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Summary> {
        let serialized = results.array::<Bytes>()?;
        let bytes = serialized.first().map_or(&[][..], Bytes::as_bytes);
        let summary = messages::Summary::decode(bytes)
            .map_err(|error| Error::internal(format!("a summary cannot be read: {error}")))?;
        Ok(summary.into())
    }

    fn offer<'o>(&self, _: &'o mut Summary, places: &mut Places<'o>) {
        places.none();
    }
}

/// What is known of the output of a summary op.
pub(super) fn serialized() -> Vec<TensorInfo> {
    vec![TensorInfo::new(DType::String, Shape::scalar())]
}
