//! What other messages say of tensors.

/// The lengths of a tensor's axes.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TensorShapeProto {
    #[prost(message, repeated, tag = "2")]
    pub(crate) dim: Vec<Dim>,
    #[prost(bool, tag = "3")]
    pub(crate) unknown_rank: bool,
}

/// One axis; -1 if its length is not known.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Dim {
    #[prost(int64, tag = "1")]
    pub(crate) size: i64,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
}

impl TensorShapeProto {
    /// A shape of which all is known.
    pub(crate) fn of(shape: &[usize]) -> Self {
        let dim = |&size: &usize| Dim {
            size: i64::try_from(size).unwrap_or(i64::MAX),
            name: String::new(),
        };
        TensorShapeProto {
            dim: shape.iter().map(dim).collect(),
            unknown_rank: false,
        }
    }
}

/// Which versions of TensorFlow can read something.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct VersionDef {
    #[prost(int32, tag = "1")]
    pub(crate) producer: i32,
    #[prost(int32, tag = "2")]
    pub(crate) min_consumer: i32,
    #[prost(int32, repeated, tag = "3")]
    pub(crate) bad_consumers: Vec<i32>,
}

/// The types that TensorFlow knows, by the numbers that its files give them, in the order of these numbers from 1 on.
const TYPES: [&str; 23] = [
    "float32",
    "float64",
    "int32",
    "uint8",
    "int16",
    "int8",
    "string",
    "complex64",
    "int64",
    "bool",
    "qint8",
    "quint8",
    "qint32",
    "bfloat16",
    "qint16",
    "quint16",
    "uint16",
    "complex128",
    "float16",
    "resource",
    "variant",
    "uint32",
    "uint64",
];

/// TensorFlow's name of the type of this number.
pub(crate) fn type_name(number: i32) -> Option<&'static str> {
    let index = usize::try_from(number).ok()?.checked_sub(1)?;
    TYPES.get(index).copied()
}

/// The number of the type of this name.
pub(crate) fn type_number(name: &str) -> i32 {
    let index = TYPES.iter().position(|known| *known == name);
    index.map_or(0, |index| index as i32 + 1)
}
