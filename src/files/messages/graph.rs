//! `graph.proto`, `node_def.proto`, `attr_value.proto`, and of functions `function.proto` and
//! `op_def.proto`.

use std::collections::BTreeMap;

use prost::{Message, Oneof};

use super::tensor::{TensorProto, TensorShapeProto, VersionDef};

/// A graph.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct GraphDef {
    #[prost(message, repeated, tag = "1")]
    pub(crate) node: Vec<NodeDef>,
    /// The functions that nodes call.
    #[prost(message, optional, tag = "2")]
    pub(crate) library: Option<FunctionDefLibrary>,
    #[prost(message, optional, tag = "4")]
    pub(crate) versions: Option<VersionDef>,
}

/// Functions, each as it is: a [`FunctionDef`].
#[derive(Clone, PartialEq, Message)]
pub(crate) struct FunctionDefLibrary {
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub(crate) function: Vec<Vec<u8>>,
    /// Which function is the gradient of which, as it is.
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub(crate) gradient: Vec<Vec<u8>>,
}

/// A node.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct NodeDef {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(string, tag = "2")]
    pub(crate) op: String,
    /// `node` for its output 0, `node:1` for another, `^node` for a control input.
    #[prost(string, repeated, tag = "3")]
    pub(crate) input: Vec<String>,
    #[prost(string, tag = "4")]
    pub(crate) device: String,
    #[prost(btree_map = "string, message", tag = "5")]
    pub(crate) attr: BTreeMap<String, AttrValue>,
    /// Where the node comes from, as it is.
    #[prost(bytes = "vec", optional, tag = "6")]
    pub(crate) experimental_debug_info: Option<Vec<u8>>,
}

/// An attribute's value.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct AttrValue {
    #[prost(oneof = "Kind", tags = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10")]
    pub(crate) value: Option<Kind>,
}

/// The kinds of values.
#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum Kind {
    #[prost(message, tag = "1")]
    List(ListValue),
    #[prost(bytes, tag = "2")]
    S(Vec<u8>),
    #[prost(int64, tag = "3")]
    I(i64),
    #[prost(float, tag = "4")]
    F(f32),
    #[prost(bool, tag = "5")]
    B(bool),
    #[prost(int32, tag = "6")]
    Type(i32),
    #[prost(message, tag = "7")]
    Shape(TensorShapeProto),
    #[prost(message, tag = "8")]
    Tensor(TensorProto),
    #[prost(string, tag = "9")]
    Placeholder(String),
    /// A function, as it is.
    #[prost(bytes, tag = "10")]
    Func(Vec<u8>),
}

/// A list of values of one kind.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ListValue {
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub(crate) s: Vec<Vec<u8>>,
    #[prost(int64, repeated, tag = "3")]
    pub(crate) i: Vec<i64>,
    #[prost(float, repeated, tag = "4")]
    pub(crate) f: Vec<f32>,
    #[prost(bool, repeated, tag = "5")]
    pub(crate) b: Vec<bool>,
    #[prost(int32, repeated, tag = "6")]
    pub(crate) r#type: Vec<i32>,
    #[prost(message, repeated, tag = "7")]
    pub(crate) shape: Vec<TensorShapeProto>,
    #[prost(message, repeated, tag = "8")]
    pub(crate) tensor: Vec<TensorProto>,
    #[prost(bytes = "vec", repeated, tag = "9")]
    pub(crate) func: Vec<Vec<u8>>,
}

/// A function: nodes that read its arguments by name (`x`, `xs:1`) and each other's outputs by
/// theirs (`node:output:0`).
#[cfg(feature = "graph_def")]
#[derive(Clone, PartialEq, Message)]
pub(crate) struct FunctionDef {
    #[prost(message, optional, tag = "1")]
    pub(crate) signature: Option<FunctionSignature>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) node_def: Vec<NodeDef>,
    /// What each output is, as a node would read it.
    #[prost(btree_map = "string, string", tag = "4")]
    pub(crate) ret: BTreeMap<String, String>,
    /// The nodes that run in any case.
    #[prost(btree_map = "string, string", tag = "6")]
    pub(crate) control_ret: BTreeMap<String, String>,
}

/// What a function takes and gives, as far as it is needed here: `OpDef`.
#[cfg(feature = "graph_def")]
#[derive(Clone, PartialEq, Message)]
pub(crate) struct FunctionSignature {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(message, repeated, tag = "2")]
    pub(crate) input_arg: Vec<ArgDef>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) output_arg: Vec<ArgDef>,
    #[prost(message, repeated, tag = "4")]
    pub(crate) attr: Vec<AttrDef>,
}

/// An argument or an output of a function: one tensor, or as many as an attribute says.
#[cfg(feature = "graph_def")]
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ArgDef {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(string, tag = "5")]
    pub(crate) number_attr: String,
    #[prost(string, tag = "6")]
    pub(crate) type_list_attr: String,
}

/// An attribute of a function.
#[cfg(feature = "graph_def")]
#[derive(Clone, PartialEq, Message)]
pub(crate) struct AttrDef {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(message, optional, tag = "3")]
    pub(crate) default_value: Option<AttrValue>,
}

/// A function with its attributes.
#[cfg(feature = "graph_def")]
#[derive(Clone, PartialEq, Message)]
pub(crate) struct NameAttrList {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(btree_map = "string, message", tag = "2")]
    pub(crate) attr: BTreeMap<String, AttrValue>,
}
