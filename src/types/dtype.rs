//! [`DType`]: the element types a tensor can have, as values.

use std::fmt;

/// The type of a tensor's elements, named as TensorFlow names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DType {
    /// IEEE 754 single precision, Rust's `f32`.
    Float32,
    /// IEEE 754 double precision, Rust's `f64`.
    Float64,
    /// Signed 32-bit integer, Rust's `i32`.
    Int32,
    /// Signed 64-bit integer, Rust's `i64`.
    Int64,
    /// Unsigned 8-bit integer, Rust's `u8`.
    UInt8,
    /// Truth value, Rust's `bool`.
    Bool,
}

impl DType {
    /// TensorFlow's name: `float32`, `int64`, `bool`, ...
    pub fn name(self) -> &'static str {
        match self {
            DType::Float32 => "float32",
            DType::Float64 => "float64",
            DType::Int32 => "int32",
            DType::Int64 => "int64",
            DType::UInt8 => "uint8",
            DType::Bool => "bool",
        }
    }

    /// The name that TensorFlow's C++ messages use: `float`, `double`, ...
    pub fn cpp_name(self) -> &'static str {
        match self {
            DType::Float32 => "float",
            DType::Float64 => "double",
            other => other.name(),
        }
    }

    /// Bytes that one element takes.
    #[inline]
    pub fn size(self) -> usize {
        match self {
            DType::Float32 | DType::Int32 => 4,
            DType::Float64 | DType::Int64 => 8,
            DType::UInt8 | DType::Bool => 1,
        }
    }

    /// Whether this is `float32` or `float64`.
    pub const fn is_floating(self) -> bool {
        matches!(self, DType::Float32 | DType::Float64)
    }

    /// Whether this is a signed or unsigned integer type.
    pub fn is_integer(self) -> bool {
        matches!(self, DType::Int32 | DType::Int64 | DType::UInt8)
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Matches a [`DType`] against some variants, each of which lets `$T` stand for a Rust type in `$body`.
macro_rules! match_dtype {
    ($dtype:expr, $T:ident => $body:expr, [$($variant:ident $type:ty),*] $(, $otherwise:expr)?) => {
        match $dtype {
            $($crate::types::DType::$variant => {
                type $T = $type;
                $body
            })*
            $(_ => $otherwise,)?
        }
    };
}

/// Runs `$body` with the type alias `$T` standing for the Rust type of a [`DType`] value.
macro_rules! with_dtype {
    ($dtype:expr, $T:ident => $body:expr) => {
        $crate::types::match_dtype!($dtype, $T => $body,
            [Float32 f32, Float64 f64, Int32 i32, Int64 i64, UInt8 u8, Bool bool])
    };
}

/// As [`with_dtype!`] for the numeric types; `$otherwise` for `bool`.
macro_rules! with_numeric {
    ($dtype:expr, $T:ident => $body:expr, $otherwise:expr) => {
        $crate::types::match_dtype!($dtype, $T => $body,
            [Float32 f32, Float64 f64, Int32 i32, Int64 i64, UInt8 u8], $otherwise)
    };
}

/// As [`with_dtype!`] for `f32` and `f64`; `$otherwise` for all other types.
macro_rules! with_float {
    ($dtype:expr, $T:ident => $body:expr, $otherwise:expr) => {
        $crate::types::match_dtype!($dtype, $T => $body, [Float32 f32, Float64 f64], $otherwise)
    };
}

/// As [`with_dtype!`] for `i32` and `i64`, TensorFlow's index types; `$otherwise` for all others.
macro_rules! with_integer {
    ($dtype:expr, $T:ident => $body:expr, $otherwise:expr) => {
        $crate::types::match_dtype!($dtype, $T => $body, [Int32 i32, Int64 i64], $otherwise)
    };
}

pub(crate) use {match_dtype, with_dtype, with_float, with_integer, with_numeric};
