//! [`GraphDef`]: a graph as a file holds it.

use std::fmt;
use std::fs;
use std::path::Path;

use prost::Message;

use crate::files::messages::graph;
use crate::files::write_atomically;
use crate::graph::Graph;
use crate::types::{Error, Result};

use super::write::whole;

/// A graph as TensorFlow serializes it: nodes with names, ops, inputs and attributes.
///
/// [`import_graph_def`](super::import_graph_def) adds it to a graph, [`Graph::as_graph_def`] makes
/// one of a graph.
#[derive(Clone, PartialEq)]
pub struct GraphDef {
    pub(super) message: graph::GraphDef,
    /// How many bytes it takes in a file.
    pub(super) bytes: usize,
}

impl GraphDef {
    /// The graph in the bytes of a file.
    ///
    /// # Errors
    /// `DataLoss` if they are damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let message = graph::GraphDef::decode(bytes).map_err(|error| {
            Error::data_loss(format!("the bytes are not a GraphDef: {error}")).with_help(
                "a frozen graph is a binary .pb file; a saved model's .pb file holds more than a graph",
            )
        })?;
        Ok(GraphDef {
            message,
            bytes: bytes.len(),
        })
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// `ResourceExhausted` if they would be more than 2 GB, which protocol buffers cannot hold.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        fits(self.message.encoded_len())?;
        Ok(self.message.encode_to_vec())
    }

    /// The graph in a file.
    ///
    /// # Errors
    /// As [`from_bytes`](GraphDef::from_bytes), and if the file cannot be read.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = fs::read(path).map_err(|error| Error::io("reading", path, &error))?;
        GraphDef::from_bytes(&bytes)
    }

    /// Writes the graph to a file, whole or not at all.
    ///
    /// # Errors
    /// As [`to_bytes`](GraphDef::to_bytes), and if the file cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        let bytes = self.to_bytes()?;
        write_atomically(path.as_ref(), |file| file.write_all(&bytes))
    }

    /// Names and op types of the nodes, in the file's order.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        let nodes = self.message.node.iter();
        nodes.map(|node| (node.name.as_str(), node.op.as_str()))
    }
}

/// How many nodes there are.
impl fmt::Debug for GraphDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nodes = self.message.node.len();
        f.debug_struct("GraphDef").field("nodes", &nodes).finish()
    }
}

/// Fails if a file cannot hold so many bytes.
pub(super) fn fits(bytes: usize) -> Result<()> {
    match i32::try_from(bytes) {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::resource_exhausted(format!(
            "the graph takes {bytes} bytes as a GraphDef, which cannot be larger than 2 GB"
        ))
        .with_help("keep large arrays in variables, and save these by `train::Saver`")),
    }
}

impl Graph {
    /// The graph as TensorFlow serializes it, as `tf.Graph.as_graph_def` does.
    ///
    /// ```
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let x = graph.placeholder::<f32>("x", [2]);
    /// let y = tf::square(&x).named("y");
    /// let bytes = graph.as_graph_def()?.to_bytes()?;
    ///
    /// let other = tf::Graph::new();
    /// let def = tf::graph_def::GraphDef::from_bytes(&bytes)?;
    /// let imported = tf::import_graph_def(&other, &def, "")?;
    /// assert_eq!(imported.tensor::<f32>("y:0")?.to_string(), y.to_string());
    /// # Ok::<(), tf::Error>(())
    /// ```
    ///
    /// What a file said and nothing here uses is written back: devices, attributes, and the library
    /// of functions, unless all of these have become nodes (see
    /// [`import_graph_def`](super::import_graph_def)). A graph that is one file and nothing else
    /// has that file's versions, others TensorFlow 1.15's; `min_consumer` and `bad_consumers` are
    /// those of all files together.
    ///
    /// # Errors
    /// The first mistake that the graph holds; `Unimplemented` if an op does not tell its
    /// attributes (a gradient of your own, an assertion); `ResourceExhausted` if the graph takes
    /// more than 2 GB.
    pub fn as_graph_def(&self) -> Result<GraphDef> {
        let message = whole(self)?;
        let bytes = message.encoded_len();
        fits(bytes)?;
        Ok(GraphDef { message, bytes })
    }
}
