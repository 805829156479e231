//! Python's numbers and lists of them as arrays of one element type, as TensorFlow converts them.

use ndarray::{ArrayD, IxDyn};
use tf1::{Bytes, DType};

use crate::array::Exact;
use crate::json::special_number;
use crate::trouble::{Outcome, Trouble};
use crate::value::Value;

/// What is refused when a program is compiled: an operand of another element type.
pub const ELEMENT_TYPES: &str = "compile-time: element types";
/// What is refused when a program is compiled: ragged lists, lists of mixed types, numbers that
/// their type cannot hold.
pub const LITERALS: &str = "compile-time: literals";

impl Value {
    /// The element type that TensorFlow gives a Python number, string or list if nothing else
    /// decides it.
    pub fn literal_dtype(&self) -> Option<DType> {
        match self {
            Value::Bool(_) => Some(DType::Bool),
            Value::Int(_) => Some(DType::Int32),
            Value::Float(_) => Some(DType::Float32),
            Value::Text(text) if special_number(text).is_some() => Some(DType::Float32),
            Value::Text(_) | Value::Bytes(_) => Some(DType::String),
            other => {
                let items = other.items()?;
                if items.is_empty() {
                    return Some(DType::Float32);
                }
                let types: Option<Vec<DType>> = items.iter().map(Value::literal_dtype).collect();
                let types = types?;
                let are_texts = types.contains(&DType::String);
                if are_texts && types.iter().any(|dtype| *dtype != DType::String) {
                    return None;
                }
                Some(if types.contains(&DType::Float32) {
                    DType::Float32
                } else {
                    types[0]
                })
            }
        }
    }

    /// A Python number, or a list of such, as an array of `T`, as TensorFlow converts it.
    pub fn to_array<T: Literal>(&self) -> Outcome<ArrayD<T>> {
        if let Value::Array(array) = self {
            let typed = array.clone().into_array::<T>();
            return typed.map_err(|_| {
                Trouble::refused(ELEMENT_TYPES, format!("{} for {}", array.dtype(), T::DTYPE))
            });
        }
        let mut elements = Vec::new();
        let shape = self.gather_literals(&mut elements)?;
        ArrayD::from_shape_vec(IxDyn(&shape), elements).map_err(|_| self.is_ragged())
    }

    /// Appends the numbers that the value holds and returns its shape.
    fn gather_literals<T: Literal>(&self, elements: &mut Vec<T>) -> Outcome<Vec<usize>> {
        let Some(items) = self.items() else {
            let element = T::literal(self);
            elements.push(element.ok_or_else(|| self.does_not_convert(T::DTYPE))?);
            return Ok(Vec::new());
        };
        let mut shape = vec![items.len()];
        for (i, item) in items.iter().enumerate() {
            let inner = item.gather_literals(elements)?;
            if i == 0 {
                shape.extend(inner);
            } else if shape[1..] != inner {
                return Err(self.is_ragged());
            }
        }
        Ok(shape)
    }

    fn is_ragged(&self) -> Trouble {
        Trouble::refused(LITERALS, format!("the list {self:?}"))
    }

    fn does_not_convert(&self, dtype: DType) -> Trouble {
        match self {
            // A number that the type cannot hold: NumPy cuts it, Rust does not compile it.
            Value::Int(_) if dtype.is_integer() => Trouble::lacks(LITERALS),
            Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Text(_)
            | Value::Bytes(_)
            | Value::None => Trouble::refused(LITERALS, format!("{self:?} as {dtype}")),
            other => Trouble::fails(format!("Expected {dtype}, got {other:?}")),
        }
    }
}

/// An element type that Python numbers can be converted to.
pub trait Literal: Exact {
    /// `None` where TensorFlow refuses to convert.
    fn literal(value: &Value) -> Option<Self>;
}

macro_rules! literal {
    ($($type:ty: |$value:ident| $read:expr;)*) => {$(
        impl Literal for $type {
            fn literal($value: &Value) -> Option<Self> {
                $read
            }
        }
    )*};
}

literal! {
    f32: |value| float(value).map(|v| v as f32);
    f64: |value| float(value);
    i32: |value| integer(value).and_then(|v| v.try_into().ok());
    i64: |value| integer(value);
    u8: |value| integer(value).and_then(|v| v.try_into().ok());
    bool: |value| match value {
        Value::Bool(value) => Some(*value),
        _ => None,
    };
    Bytes: |value| match value {
        Value::Text(text) => Some(text.into()),
        Value::Bytes(bytes) => Some(bytes.as_slice().into()),
        _ => None,
    };
}

#[cfg(feature = "all_types")]
literal! {
    tf1::f16: |value| float(value).map(tf1::f16::from_f64);
    tf1::bf16: |value| float(value).map(tf1::bf16::from_f64);
    i8: |value| integer(value).and_then(|v| v.try_into().ok());
    i16: |value| integer(value).and_then(|v| v.try_into().ok());
    u16: |value| integer(value).and_then(|v| v.try_into().ok());
    u32: |value| integer(value).and_then(|v| v.try_into().ok());
    u64: |value| integer(value).and_then(|v| v.try_into().ok());
    tf1::Complex32: |value| float(value).map(|v| (v as f32).into());
    tf1::Complex64: |value| float(value).map(Into::into);
}

fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Int(value) => Some(*value as f64),
        Value::Float(value) => Some(*value),
        Value::Text(text) => special_number(text),
        _ => None,
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Int(value) => Some(*value),
        _ => None,
    }
}
