//! TensorFlow's graphs, read and written (`GraphDef`).
//!
//! A frozen graph runs in five lines:
//!
//! ```no_run
//! use tf1::{self as tf, graph_def::GraphDef};
//!
//! # fn main() -> tf::Result<()> {
//! # let picture = ndarray::Array4::<f32>::zeros([1, 128, 128, 3]);
//! let graph = tf::Graph::new();
//! let imported = tf::import_graph_def(&graph, &GraphDef::read("frozen_model.pb")?, "")?;
//! let (input, softmax) = (imported.tensor::<f32>("input:0")?, imported.tensor::<f32>("softmax:0")?);
//! let session = tf::Session::new(&graph)?;
//! let classes = session.run(&softmax, [input.feed(&picture)])?;
//! # Ok(())
//! # }
//! ```
//!
//! Nothing here names an op: what makes an op from a node stands in its row of the [op
//! table](crate::op::table), and an op tells its [attributes](crate::op::Op::attributes).

mod attributes;
#[cfg(feature = "graph_def")]
mod definition;
#[cfg(feature = "graph_def")]
mod import;
#[cfg(feature = "graph_def")]
mod inline;
#[cfg(feature = "graph_def")]
mod kept;
#[cfg(feature = "graph_def")]
mod library;
#[cfg(feature = "graph_def")]
mod order;
#[cfg(feature = "graph_def")]
mod read;
mod tensor;
mod write;

#[cfg(feature = "graph_def")]
pub use definition::GraphDef;
#[cfg(feature = "graph_def")]
pub use import::{GraphElement, Import, Imported, import_graph_def};
#[cfg(feature = "summary")]
pub(crate) use write::shown;
