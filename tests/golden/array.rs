//! Arrays as the golden files write them, and the crate's arrays in the same form.

use std::ops::Range;

use ndarray::{ArrayD, IxDyn};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use tf1::{AnyArray, Bytes, DType, Element};

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
        #[cfg(feature = "all_types")]
        "float16" | "half" => DType::Float16,
        #[cfg(feature = "all_types")]
        "bfloat16" => DType::BFloat16,
        #[cfg(feature = "all_types")]
        "int8" => DType::Int8,
        #[cfg(feature = "all_types")]
        "int16" => DType::Int16,
        "uint8" => DType::UInt8,
        #[cfg(feature = "all_types")]
        "uint16" => DType::UInt16,
        #[cfg(feature = "all_types")]
        "uint32" => DType::UInt32,
        #[cfg(feature = "all_types")]
        "uint64" => DType::UInt64,
        #[cfg(feature = "all_types")]
        "complex64" => DType::Complex64,
        #[cfg(feature = "all_types")]
        "complex128" => DType::Complex128,
        "bool" => DType::Bool,
        "string" => DType::String,
        other => return Err(Trouble::lacks(format!("dtype {other}"))),
    })
}

/// Elements in row-major order, all kept in types that hold them exactly.
#[derive(Debug, Clone, PartialEq)]
pub enum Elements {
    /// Floats; of complex numbers real and imaginary parts in turn.
    Floats(Vec<f64>),
    /// Integers, and bools as 0 and 1.
    Integers(Vec<i128>),
    /// Texts.
    Texts(Vec<Bytes>),
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
            Elements::Texts(values) => values.len(),
        }
    }

    fn select(&self, range: impl FnOnce(usize) -> Range<usize>) -> Elements {
        let range = range(self.len());
        match self {
            Elements::Floats(values) => Elements::Floats(values[range].to_vec()),
            Elements::Integers(values) => Elements::Integers(values[range].to_vec()),
            Elements::Texts(values) => Elements::Texts(values[range].to_vec()),
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
        let parts = if dtype.is_complex() { 2 } else { 1 };
        let size: usize = parts * shape.iter().product::<usize>();
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
    let read = if dtype.is_floating() || dtype.is_complex() {
        // Nine digits name a float32, but are not its value.
        let round = |value: f64| match dtype {
            DType::Float32 => f64::from(value as f32),
            #[cfg(feature = "all_types")]
            DType::Complex64 => f64::from(value as f32),
            #[cfg(feature = "all_types")]
            DType::Float16 => tf1::f16::from_f64(value).to_f64(),
            #[cfg(feature = "all_types")]
            DType::BFloat16 => tf1::bf16::from_f64(value).to_f64(),
            _ => value,
        };
        items
            .iter()
            .map(|item| json::number(item).map(round))
            .collect::<Option<_>>()
            .map(Elements::Floats)
    } else if dtype == DType::String {
        let text = |item: &Json| match item.as_str() {
            Some(text) => Some(Bytes::from(text)),
            None => json::bytes(item, "hex").map(Bytes::from),
        };
        let texts = items.iter().map(text).collect::<Option<_>>();
        texts.map(Elements::Texts)
    } else {
        let integer = |item: &Json| {
            let number = item.as_i64().map(i128::from);
            let number = number.or_else(|| item.as_u64().map(i128::from));
            number.or_else(|| item.as_bool().map(i128::from))
        };
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
    fn read(elements: &Elements) -> Vec<Self>;
    fn collect(elements: impl Iterator<Item = Self>) -> Elements;
    fn bytes(self) -> Vec<u8>;
}

macro_rules! exact {
    ($($type:ty: $variant:ident($wide:ty), |$x:ident| $from:expr, |$y:ident| $bytes:expr;)*) => {$(
        impl Exact for $type {
            fn read(elements: &Elements) -> Vec<Self> {
                match elements {
                    Elements::Floats(values) => values.iter().map(|&$x| $from).collect(),
                    Elements::Integers(values) => values.iter().map(|&$x| $from).collect(),
                    Elements::Texts(_) => Vec::new(),
                }
            }
            fn collect(elements: impl Iterator<Item = Self>) -> Elements {
                Elements::$variant(elements.map(<$wide>::from).collect())
            }
            fn bytes(self) -> Vec<u8> {
                let $y = self;
                $bytes.to_vec()
            }
        }
    )*};
}

exact! {
    f32: Floats(f64), |x| x as f32, |x| x.to_le_bytes();
    f64: Floats(f64), |x| x as f64, |x| x.to_le_bytes();
    i32: Integers(i128), |x| x as i32, |x| x.to_le_bytes();
    i64: Integers(i128), |x| x as i64, |x| x.to_le_bytes();
    u8: Integers(i128), |x| x as u8, |x| x.to_le_bytes();
    bool: Integers(i128), |x| x as i128 != 0, |x| [u8::from(x)];
}

#[cfg(feature = "all_types")]
exact! {
    tf1::f16: Floats(f64), |x| tf1::f16::from_f64(x as f64), |x| x.to_le_bytes();
    tf1::bf16: Floats(f64), |x| tf1::bf16::from_f64(x as f64), |x| x.to_le_bytes();
    i8: Integers(i128), |x| x as i8, |x| x.to_le_bytes();
    i16: Integers(i128), |x| x as i16, |x| x.to_le_bytes();
    u16: Integers(i128), |x| x as u16, |x| x.to_le_bytes();
    u32: Integers(i128), |x| x as u32, |x| x.to_le_bytes();
    u64: Integers(i128), |x| x as u64, |x| x.to_le_bytes();
}

impl Exact for Bytes {
    fn read(elements: &Elements) -> Vec<Self> {
        match elements {
            Elements::Texts(values) => values.clone(),
            Elements::Floats(_) | Elements::Integers(_) => Vec::new(),
        }
    }
    fn collect(elements: impl Iterator<Item = Self>) -> Elements {
        Elements::Texts(elements.collect())
    }
    fn bytes(self) -> Vec<u8> {
        self.to_vec()
    }
}

#[cfg(feature = "all_types")]
macro_rules! exact_complex {
    ($($type:ident: $part:ty;)*) => {$(
        impl Exact for tf1::$type {
            fn read(elements: &Elements) -> Vec<Self> {
                let parts = <$part as Exact>::read(elements);
                parts.chunks(2).map(|pair| tf1::$type::new(pair[0], pair[1])).collect()
            }
            fn collect(elements: impl Iterator<Item = Self>) -> Elements {
                <$part as Exact>::collect(elements.flat_map(|x| [x.re, x.im]))
            }
            fn bytes(self) -> Vec<u8> {
                [Exact::bytes(self.re), Exact::bytes(self.im)].concat()
            }
        }
    )*};
}

#[cfg(feature = "all_types")]
exact_complex! {
    Complex32: f32;
    Complex64: f64;
}

fn typed<T: Exact>(shape: &[usize], elements: &Elements) -> Outcome<ArrayD<T>> {
    let elements = T::read(elements);
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
        <T as Exact>::collect(view.iter().cloned())
    })
}

/// The SHA-256 of the raw little-endian bytes of an array.
pub fn sha256(array: &AnyArray) -> String {
    let bytes: Vec<u8> = any!(array.dtype(), T => {
        let view = array.view::<T>().expect("viewed with its own type");
        view.iter().cloned().flat_map(Exact::bytes).collect()
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
