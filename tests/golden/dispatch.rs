//! From an element type as a value to one that the compiler knows.

/// Runs `$body` with `$T` standing for the Rust type of the `DType` `$dtype` if that is in the
/// list, else `$otherwise`.
macro_rules! among {
    ([$($variant:ident $type:ty),*], $dtype:expr, $T:ident => $body:expr, $other:pat => $otherwise:expr) => {
        match $dtype {
            $(tf1::DType::$variant => {
                type $T = $type;
                $body
            })*
            $other => $otherwise,
        }
    };
}

/// Runs `$body` with `$T` standing for the Rust type of the `DType` `$dtype`, whichever it is.
macro_rules! any {
    ($dtype:expr, $T:ident => $body:expr) => {
        match $dtype {
            tf1::DType::String => {
                type $T = tf1::Bytes;
                $body
            }
            other => $crate::dispatch::plain!(
                other, $T => $body,
                unreachable!("the harness does not know the element type {other}")
            ),
        }
    };
}

/// Runs `$body` with `$T` standing for the Rust type of a number or truth value, else `$otherwise`.
#[cfg(feature = "all_types")]
macro_rules! plain {
    ($dtype:expr, $T:ident => $body:expr, $otherwise:expr) => {
        $crate::dispatch::among!(
            [
                Float32 f32, Float64 f64, Float16 tf1::f16, BFloat16 tf1::bf16,
                Int8 i8, Int16 i16, Int32 i32, Int64 i64,
                UInt8 u8, UInt16 u16, UInt32 u32, UInt64 u64,
                Complex64 tf1::Complex32, Complex128 tf1::Complex64, Bool bool
            ],
            $dtype, $T => $body,
            _ => $otherwise
        )
    };
}

/// As above, of the types that there are.
#[cfg(not(feature = "all_types"))]
macro_rules! plain {
    ($dtype:expr, $T:ident => $body:expr, $otherwise:expr) => {
        $crate::dispatch::among!(
            [Float32 f32, Float64 f64, Int32 i32, Int64 i64, UInt8 u8, Bool bool],
            $dtype, $T => $body,
            _ => $otherwise
        )
    };
}

/// As [`plain!`] in the binding of call `$c`, which lacks something for all other types.
macro_rules! plain_of {
    ($c:ident, $dtype:expr, $T:ident => $body:expr) => {{
        let dtype = $dtype;
        $crate::dispatch::plain!(dtype, $T => $body, Err($c.lacks_dtype(dtype)))
    }};
}

/// As [`numeric!`] for all real numbers, the rarer types included.
#[cfg(feature = "all_types")]
macro_rules! real {
    ($c:ident, $dtype:expr, $T:ident => $body:expr) => {
        $crate::dispatch::among!(
            [
                Float32 f32, Float64 f64, Float16 tf1::f16, BFloat16 tf1::bf16,
                Int8 i8, Int16 i16, Int32 i32, Int64 i64,
                UInt8 u8, UInt16 u16, UInt32 u32, UInt64 u64
            ],
            $dtype, $T => $body,
            other => Err($c.lacks_dtype(other))
        )
    };
}

/// As above, of the types that there are.
#[cfg(not(feature = "all_types"))]
macro_rules! real {
    ($c:ident, $dtype:expr, $T:ident => $body:expr) => {
        $crate::dispatch::numeric!($c, $dtype, $T => $body)
    };
}

/// As [`real!`] with complex numbers.
#[cfg(feature = "all_types")]
macro_rules! number {
    ($c:ident, $dtype:expr, $T:ident => $body:expr) => {
        $crate::dispatch::among!(
            [
                Float32 f32, Float64 f64, Float16 tf1::f16, BFloat16 tf1::bf16,
                Int8 i8, Int16 i16, Int32 i32, Int64 i64,
                UInt8 u8, UInt16 u16, UInt32 u32, UInt64 u64,
                Complex64 tf1::Complex32, Complex128 tf1::Complex64
            ],
            $dtype, $T => $body,
            other => Err($c.lacks_dtype(other))
        )
    };
}

/// As [`any_float!`] with complex numbers.
#[cfg(feature = "all_types")]
macro_rules! inexact {
    ($c:ident, $dtype:expr, $T:ident => $body:expr) => {
        $crate::dispatch::among!(
            [
                Float32 f32, Float64 f64, Float16 tf1::f16, BFloat16 tf1::bf16,
                Complex64 tf1::Complex32, Complex128 tf1::Complex64
            ],
            $dtype, $T => $body,
            other => Err($c.lacks_dtype(other))
        )
    };
}

/// As above, of the types that there are.
#[cfg(not(feature = "all_types"))]
macro_rules! number {
    ($c:ident, $dtype:expr, $T:ident => $body:expr) => {
        $crate::dispatch::real!($c, $dtype, $T => $body)
    };
}

/// As above, of the types that there are.
#[cfg(not(feature = "all_types"))]
macro_rules! inexact {
    ($c:ident, $dtype:expr, $T:ident => $body:expr) => {
        $crate::dispatch::any_float!($c, $dtype, $T => $body)
    };
}

/// As [`float!`] for all floating-point types.
#[cfg(feature = "all_types")]
macro_rules! any_float {
    ($c:ident, $dtype:expr, $T:ident => $body:expr) => {
        $crate::dispatch::among!(
            [Float32 f32, Float64 f64, Float16 tf1::f16, BFloat16 tf1::bf16],
            $dtype, $T => $body,
            other => Err($c.lacks_dtype(other))
        )
    };
}

/// As above, of the types that there are.
#[cfg(not(feature = "all_types"))]
macro_rules! any_float {
    ($c:ident, $dtype:expr, $T:ident => $body:expr) => {
        $crate::dispatch::float!($c, $dtype, $T => $body)
    };
}

/// As [`any!`] for the number types, in the binding of call `$c`; for `bool` the call lacks
/// something.
macro_rules! numeric {
    ($c:ident, $dtype:expr, $T:ident => $body:expr) => {
        $crate::dispatch::among!(
            [Float32 f32, Float64 f64, Int32 i32, Int64 i64, UInt8 u8],
            $dtype, $T => $body,
            other => Err($c.lacks_dtype(other))
        )
    };
}

/// As [`any!`] for `f32` and `f64`; for others the element type is lacking.
macro_rules! float_type {
    ($dtype:expr, $T:ident => $body:expr) => {
        $crate::dispatch::among!(
            [Float32 f32, Float64 f64],
            $dtype, $T => $body,
            other => Err($crate::trouble::Trouble::lacks(format!("floats of {other}")))
        )
    };
}

/// As [`numeric!`] for all types.
macro_rules! any_of {
    ($c:ident, $dtype:expr, $T:ident => $body:expr) => {
        $crate::dispatch::any!($dtype, $T => $body)
    };
}

/// As [`numeric!`] for `f32` and `f64` only.
macro_rules! float {
    ($c:ident, $dtype:expr, $T:ident => $body:expr) => {
        $crate::dispatch::among!(
            [Float32 f32, Float64 f64],
            $dtype, $T => $body,
            other => Err($c.lacks_dtype(other))
        )
    };
}

/// As [`numeric!`] for `i32` and `i64` only.
macro_rules! integer {
    ($c:ident, $dtype:expr, $T:ident => $body:expr) => {
        $crate::dispatch::among!(
            [Int32 i32, Int64 i64],
            $dtype, $T => $body,
            other => Err($c.lacks_dtype(other))
        )
    };
}

pub(crate) use {
    among, any, any_float, any_of, float, float_type, inexact, integer, number, numeric, plain,
    plain_of, real,
};
