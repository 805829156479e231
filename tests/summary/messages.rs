//! The messages in which TensorFlow serializes a graph, as far as tests compare them.

use std::collections::BTreeMap;

use prost::Message;

/// `graph.proto`, as far as is needed here.
#[derive(Clone, PartialEq, Message)]
pub struct GraphDef {
    #[prost(message, repeated, tag = "1")]
    pub node: Vec<NodeDef>,
    #[prost(bytes, tag = "4")]
    pub versions: Vec<u8>,
}

/// `node_def.proto`, with the attributes as they were serialized.
#[derive(Clone, PartialEq, Message)]
pub struct NodeDef {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub op: String,
    #[prost(string, repeated, tag = "3")]
    pub input: Vec<String>,
    #[prost(string, tag = "4")]
    pub device: String,
    #[prost(btree_map = "string, bytes", tag = "5")]
    pub attr: BTreeMap<String, Vec<u8>>,
}
