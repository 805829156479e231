//! Graphs made by hand, as the bytes of a file.

use prost::Message;

use super::messages::{AttrValue, Dim, GraphDef, NodeDef, TensorProto, TensorShapeProto};

fn shape(lengths: &[i64]) -> TensorShapeProto {
    let dim = lengths.iter().map(|&size| Dim { size });
    TensorShapeProto { dim: dim.collect() }
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

    pub fn text(self, name: &str, value: &str) -> Self {
        let s = Some(value.as_bytes().to_vec());
        self.with(
            name,
            AttrValue {
                s,
                ..AttrValue::default()
            },
        )
    }

    /// A list of numbers below 128.
    #[allow(dead_code, reason = "not every test has such lists")]
    pub fn ints(mut self, name: &str, values: &[u8]) -> Self {
        // An `AttrValue` whose field 1, the list, has numbers as field 3.
        let list = [&[0x1a, values.len() as u8], values].concat();
        let value = [&[0x0a, list.len() as u8], &list[..]].concat();
        self.attr.insert(name.to_string(), value);
        self
    }

    pub fn bool(self, name: &str, value: bool) -> Self {
        let b = Some(value);
        self.with(
            name,
            AttrValue {
                b,
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
        let tensor = TensorProto {
            dtype: 3,
            int_val: int_val.to_vec(),
            ..TensorProto::default()
        };
        NodeDef::constant_of(name, lengths, tensor)
    }

    /// A constant of texts.
    pub fn texts(name: &str, lengths: &[i64], texts: &[&str]) -> Self {
        let tensor = TensorProto {
            dtype: 7,
            string_val: texts.iter().map(|text| text.as_bytes().to_vec()).collect(),
            ..TensorProto::default()
        };
        NodeDef::constant_of(name, lengths, tensor)
    }

    fn constant_of(name: &str, lengths: &[i64], tensor: TensorProto) -> Self {
        let node = NodeDef::new(name, "Const", &[]).dtype("dtype", tensor.dtype);
        let tensor = Some(TensorProto {
            shape: Some(shape(lengths)),
            ..tensor
        });
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
    // producer: 134
    let versions = vec![0x08, 0x86, 0x01];
    GraphDef { node, versions }.encode_to_vec()
}
