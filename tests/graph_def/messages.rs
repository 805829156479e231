//! Graphs made by hand, as the bytes of a file.

use std::collections::BTreeMap;

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub struct GraphDef {
    #[prost(message, repeated, tag = "1")]
    pub node: Vec<NodeDef>,
}

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
    /// Each value as its bytes.
    #[prost(btree_map = "string, bytes", tag = "5")]
    pub attr: BTreeMap<String, Vec<u8>>,
}

/// The value of an attribute, one of these.
#[derive(Clone, PartialEq, Message)]
pub struct AttrValue {
    #[prost(int64, optional, tag = "3")]
    pub i: Option<i64>,
    #[prost(bool, optional, tag = "5")]
    pub b: Option<bool>,
    /// 1 for `float32`, 3 for `int32`.
    #[prost(int32, optional, tag = "6")]
    pub r#type: Option<i32>,
    #[prost(message, optional, tag = "7")]
    pub shape: Option<Shape>,
    #[prost(message, optional, tag = "8")]
    pub tensor: Option<Tensor>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Shape {
    #[prost(message, repeated, tag = "2")]
    pub dim: Vec<Dim>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Dim {
    #[prost(int64, tag = "1")]
    pub size: i64,
}

#[derive(Clone, PartialEq, Message)]
pub struct Tensor {
    #[prost(int32, tag = "1")]
    pub dtype: i32,
    #[prost(message, optional, tag = "2")]
    pub shape: Option<Shape>,
    #[prost(int32, repeated, tag = "7")]
    pub int_val: Vec<i32>,
}

pub fn shape(lengths: &[i64]) -> Shape {
    let dim = lengths.iter().map(|&size| Dim { size });
    Shape { dim: dim.collect() }
}

impl NodeDef {
    pub fn new(name: impl Into<String>, op: &str, input: &[&str]) -> Self {
        NodeDef {
            name: name.into(),
            op: op.to_string(),
            input: input.iter().map(|text| text.to_string()).collect(),
            ..NodeDef::default()
        }
    }

    fn with(mut self, name: &str, value: AttrValue) -> Self {
        self.attr.insert(name.to_string(), value.encode_to_vec());
        self
    }

    pub fn int(self, name: &str, value: i64) -> Self {
        let i = Some(value);
        self.with(
            name,
            AttrValue {
                i,
                ..AttrValue::default()
            },
        )
    }

    pub fn dtype(self, name: &str, number: i32) -> Self {
        let r#type = Some(number);
        self.with(
            name,
            AttrValue {
                r#type,
                ..AttrValue::default()
            },
        )
    }

    pub fn shape(self, name: &str, lengths: &[i64]) -> Self {
        let shape = Some(shape(lengths));
        self.with(
            name,
            AttrValue {
                shape,
                ..AttrValue::default()
            },
        )
    }

    /// A constant of `int32`s.
    pub fn constant(name: &str, lengths: &[i64], int_val: &[i32]) -> Self {
        let tensor = Some(Tensor {
            dtype: 3,
            shape: Some(shape(lengths)),
            int_val: int_val.to_vec(),
        });
        let node = NodeDef::new(name, "Const", &[]).dtype("dtype", 3);
        node.with(
            "value",
            AttrValue {
                tensor,
                ..AttrValue::default()
            },
        )
    }

    /// A placeholder of `float32`s.
    pub fn placeholder(name: &str, lengths: &[i64]) -> Self {
        NodeDef::new(name, "Placeholder", &[])
            .dtype("dtype", 1)
            .shape("shape", lengths)
    }
}

/// The bytes of a file with these nodes, of TensorFlow 1.15.
pub fn bytes(node: Vec<NodeDef>) -> Vec<u8> {
    let mut bytes = GraphDef { node }.encode_to_vec();
    // versions { producer: 134 }
    bytes.extend([0x22, 0x03, 0x08, 0x86, 0x01]);
    bytes
}
