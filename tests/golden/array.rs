//! Arrays as the golden files write them, and the crate's arrays in the same form.

use std::ops::Range;

use ndarray::{ArrayD, IxDyn};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use tf1::{AnyArray, DType, Element};

use crate::dispatch::any;
use crate::json;
use crate::trouble::{Outcome, Trouble};

/// The element type called `name`.
pub fn dtype(name: &str) -> Outcome<DType> {
    Ok(match name {
        "float32" | "float" => DType::Float32,
        "float64" | "double" => DType::Float64,
        "int32" => DType::Int32,
        "int64" => DType::Int64,
        "uint8" => DType::UInt8,
        "bool" => DType::Bool,
        other => return Err(Trouble::lacks(format!("dtype {other}"))),
    })
}

/// Elements in row-major order, all kept in types that hold them exactly.
#[derive(Debug, Clone, PartialEq)]
pub enum Elements {
    Floats(Vec<f64>),
    /// Integers, and bools as 0 and 1.
    Integers(Vec<i64>),
}

impl Elements {
    /// The first `count` elements, or all if there are fewer.
    pub fn first(&self, count: usize) -> Elements {
        self.select(|elements| 0..count.min(elements))
    }

    /// The last `count` elements, or all if there are fewer.
    pub fn last(&self, count: usize) -> Elements {
        self.select(|elements| elements.saturating_sub(count)..elements)
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        match self {
            Elements::Floats(values) => values.len(),
            Elements::Integers(values) => values.len(),
        }
    }

    fn select(&self, range: impl FnOnce(usize) -> Range<usize>) -> Elements {
        let range = range(self.len());
        match self {
            Elements::Floats(values) => Elements::Floats(values[range].to_vec()),
            Elements::Integers(values) => Elements::Integers(values[range].to_vec()),
        }
    }
}

/// What a golden file says of an array.
#[derive(Debug, Clone)]
pub struct Golden {
    pub dtype: DType,
    pub shape: Vec<usize>,
    pub content: Content,
}

/// A golden array's elements, or what is told of them if there are many.
#[derive(Debug, Clone)]
pub enum Content {
    Whole(Elements),
    Digest {
        first: Elements,
        last: Elements,
        sum: f64,
        sha256: String,
    },
}

impl Golden {
    /// Reads `{"dtype", "shape", "data"}` or the digest of a large array.
    pub fn read(json: &Json) -> Outcome<Self> {
        Self::read_as(dtype(json::text(json, "dtype")?)?, json)
    }

    /// The same where the element type is known and not told.
    pub fn read_as(dtype: DType, json: &Json) -> Outcome<Self> {
        let shape = json::lengths(json::member(json, "shape")?)?;
        let content = match json::given(json, "data") {
            Some(data) => Content::Whole(elements(dtype, data)?),
            None => Content::Digest {
                first: elements(dtype, json::member(json, "first")?)?,
                last: elements(dtype, json::member(json, "last")?)?,
                sum: json::number(json::member(json, "sum")?).unwrap_or(f64::NAN),
                sha256: json::text(json, "sha256")?.to_string(),
            },
        };
        let size: usize = shape.iter().product();
        let is_whole = match &content {
            Content::Whole(elements) => elements.len() == size,
            Content::Digest { first, last, .. } => {
                first.len() >= size.min(8) && last.len() >= size.min(4)
            }
        };
        if !is_whole {
            return Err(Trouble::fails(format!(
                "the case does not tell as many elements as shape {shape:?} has"
            )));
        }
        Ok(Golden {
            dtype,
            shape,
            content,
        })
    }

    /// The array as the crate has it, to feed it.
    pub fn to_array(&self) -> Outcome<AnyArray> {
        let Content::Whole(elements) = &self.content else {
            return Err(Trouble::fails("a digest cannot be fed"));
        };
        any!(self.dtype, T => typed::<T>(&self.shape, elements).map(AnyArray::from))
    }
}

/// Reads an array that is to be fed.
pub fn read_array(json: &Json) -> Outcome<AnyArray> {
    Golden::read(json)?.to_array()
}

fn elements(dtype: DType, data: &Json) -> Outcome<Elements> {
    let items = data
        .as_array()
        .ok_or_else(|| Trouble::fails("an array's data is not a list"))?;
    let read = if dtype.is_floating() {
        // Nine digits name a float32, but are not its value.
        let round = |value: f64| {
            if dtype == DType::Float32 {
                f64::from(value as f32)
            } else {
                value
            }
        };
        items
            .iter()
            .map(|item| json::number(item).map(round))
            .collect::<Option<_>>()
            .map(Elements::Floats)
    } else {
        let integer = |item: &Json| item.as_i64().or_else(|| item.as_bool().map(i64::from));
        items
            .iter()
            .map(integer)
            .collect::<Option<_>>()
            .map(Elements::Integers)
    };
    read.ok_or_else(|| Trouble::fails(format!("an array's data is not all {dtype}")))
}

/// An element type that can be read from, and widened to, [`Elements`].
pub trait Exact: Element {
    fn from_float(value: f64) -> Self;
    fn from_integer(value: i64) -> Self;
    fn collect(elements: impl Iterator<Item = Self>) -> Elements;
    fn bytes(self) -> Vec<u8>;
}

macro_rules! exact {
    ($($type:ty: $variant:ident($wide:ty), $from_float:expr, $from_integer:expr, $bytes:expr;)*) => {$(
        impl Exact for $type {
            fn from_float(value: f64) -> Self {
                let convert: fn(f64) -> Self = $from_float;
                convert(value)
            }
            fn from_integer(value: i64) -> Self {
                let convert: fn(i64) -> Self = $from_integer;
                convert(value)
            }
            fn collect(elements: impl Iterator<Item = Self>) -> Elements {
                Elements::$variant(elements.map(<$wide>::from).collect())
            }
            fn bytes(self) -> Vec<u8> {
                let convert: fn(Self) -> Vec<u8> = $bytes;
                convert(self)
            }
        }
    )*};
}

exact! {
    f32: Floats(f64), |v| v as f32, |v| v as f32, |v| v.to_le_bytes().to_vec();
    f64: Floats(f64), |v| v, |v| v as f64, |v| v.to_le_bytes().to_vec();
    i32: Integers(i64), |v| v as i32, |v| v as i32, |v| v.to_le_bytes().to_vec();
    i64: Integers(i64), |v| v as i64, |v| v, |v| v.to_le_bytes().to_vec();
    u8: Integers(i64), |v| v as u8, |v| v as u8, |v| vec![v];
    bool: Integers(i64), |v| v != 0.0, |v| v != 0, |v| vec![u8::from(v)];
}

fn typed<T: Exact>(shape: &[usize], elements: &Elements) -> Outcome<ArrayD<T>> {
    let elements: Vec<T> = match elements {
        Elements::Floats(values) => values.iter().map(|&value| T::from_float(value)).collect(),
        Elements::Integers(values) => values.iter().map(|&value| T::from_integer(value)).collect(),
    };
    let (count, shape) = (elements.len(), IxDyn(shape));
    ArrayD::from_shape_vec(shape.clone(), elements).map_err(|_| {
        Trouble::fails(format!(
            "{count} elements do not fill an array of shape {shape:?}"
        ))
    })
}

/// The elements of one of the crate's arrays.
pub fn elements_of(array: &AnyArray) -> Elements {
    any!(array.dtype(), T => {
        let view = array.view::<T>().expect("viewed with its own type");
        <T as Exact>::collect(view.iter().copied())
    })
}

/// The SHA-256 of the raw little-endian bytes of an array.
pub fn sha256(array: &AnyArray) -> String {
    let bytes: Vec<u8> = any!(array.dtype(), T => {
        let view = array.view::<T>().expect("viewed with its own type");
        view.iter().flat_map(|&element| Exact::bytes(element)).collect()
    });
    sha256_of_bytes(&bytes)
}

/// The SHA-256 of bytes, in hexadecimal digits.
pub fn sha256_of_bytes(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
