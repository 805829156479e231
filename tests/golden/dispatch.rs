//! From an element type as a value to one that the compiler knows.

/// Runs `$body` with `$T` standing for the Rust type of the `DType` `$dtype`, whichever it is.
macro_rules! any {
    ($dtype:expr, $T:ident => $body:expr) => {
        match $dtype {
            tf1::DType::Float32 => {
                type $T = f32;
                $body
            }
            tf1::DType::Float64 => {
                type $T = f64;
                $body
            }
            tf1::DType::Int32 => {
                type $T = i32;
                $body
            }
            tf1::DType::Int64 => {
                type $T = i64;
                $body
            }
            tf1::DType::UInt8 => {
                type $T = u8;
                $body
            }
            tf1::DType::Bool => {
                type $T = bool;
                $body
            }
            other => unreachable!("the harness does not know the element type {other}"),
        }
    };
}

/// As [`any!`] for the number types, in the binding of call `$c`; for `bool` the call lacks something.
macro_rules! numeric {
    ($c:ident, $dtype:expr, $T:ident => $body:expr) => {
        match $dtype {
            tf1::DType::Float32 => {
                type $T = f32;
                $body
            }
            tf1::DType::Float64 => {
                type $T = f64;
                $body
            }
            tf1::DType::Int32 => {
                type $T = i32;
                $body
            }
            tf1::DType::Int64 => {
                type $T = i64;
                $body
            }
            tf1::DType::UInt8 => {
                type $T = u8;
                $body
            }
            other => Err($c.lacks_dtype(other)),
        }
    };
}

/// As [`any!`] for `f32` and `f64`; for others the element type is lacking.
macro_rules! float_type {
    ($dtype:expr, $T:ident => $body:expr) => {
        match $dtype {
            tf1::DType::Float32 => {
                type $T = f32;
                $body
            }
            tf1::DType::Float64 => {
                type $T = f64;
                $body
            }
            other => Err($crate::trouble::Trouble::lacks(format!(
                "floats of {other}"
            ))),
        }
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
        match $dtype {
            tf1::DType::Float32 => {
                type $T = f32;
                $body
            }
            tf1::DType::Float64 => {
                type $T = f64;
                $body
            }
            other => Err($c.lacks_dtype(other)),
        }
    };
}

/// As [`numeric!`] for `i32` and `i64` only.
macro_rules! integer {
    ($c:ident, $dtype:expr, $T:ident => $body:expr) => {
        match $dtype {
            tf1::DType::Int32 => {
                type $T = i32;
                $body
            }
            tf1::DType::Int64 => {
                type $T = i64;
                $body
            }
            other => Err($c.lacks_dtype(other)),
        }
    };
}

pub(crate) use {any, any_of, float, float_type, integer, numeric};
