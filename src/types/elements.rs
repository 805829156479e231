//! The one list of element types, and what follows from it: [`DType`], [`Value`], [`ValueMut`], the
//! trait [`Element`], and the macros that run code for the Rust type of a [`DType`] or an array.
//!
//! A type is added here, with its classes; its arithmetic belongs to the traits of these classes
//! (`element.rs`). Rare types are there with a feature only, so that programs without them do not
//! pay for them.

use std::fmt;

use ndarray::ArrayViewMutD;

use super::Strided;
use super::bytes::Bytes;
use super::element::{Element, Plain, sealed};
use super::resource::ResourceHandle;

/// Makes a type an [`Element`], in the variant of this name; kernels that move elements move
/// `$moved`s.
macro_rules! element {
    ($type:ty, $variant:ident, $moved:ty) => {
        impl sealed::Sealed for $type {}
        impl Element for $type {
            const DTYPE: DType = DType::$variant;
            type Moved = $moved;

            fn wrap(array: Strided<'_, Self>) -> Value<'_> {
                Value::$variant(array)
            }

            fn unwrap<'v, 'a>(value: &'v Value<'a>) -> Option<&'v Strided<'a, Self>> {
                match value {
                    Value::$variant(array) => Some(array),
                    _ => None,
                }
            }

            fn unwrap_mut<'v, 'a>(value: &'v mut Value<'a>) -> Option<&'v mut Strided<'a, Self>> {
                match value {
                    Value::$variant(array) => Some(array),
                    _ => None,
                }
            }

            fn wrap_mut(array: ArrayViewMutD<'_, Self>) -> ValueMut<'_> {
                ValueMut::$variant(array)
            }

            fn view_mut<'v>(value: &'v mut ValueMut<'_>) -> Option<ArrayViewMutD<'v, Self>> {
                match value {
                    ValueMut::$variant(array) => Some(array.view_mut()),
                    _ => None,
                }
            }
        }
    };
}

/// Makes all that depends on the list. `$d` is a dollar sign, for the macros that it makes.
macro_rules! elements {
    ($d:tt
        // The types whose elements own memory elsewhere, so that they cannot lie in a run's block.
        owned { $(
            $(#[$owned_doc:meta])*
            $owned:ident = $owned_type:ident, $owned_name:literal;
        )* }
    $(
        $(#[$doc:meta])*
        $variant:ident = $type:ty => $bits:ty, $name:literal, $cpp_name:literal, [$($class:ident),*] $(with $feature:literal)?;
    )*) => {
        /// The type of a tensor's elements, named as TensorFlow names it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum DType {
            $($(#[$doc])* $(#[cfg(feature = $feature)])? $variant,)*
            $($(#[$owned_doc])* $owned,)*
        }

        impl DType {
            /// The type that TensorFlow calls `name`: `float32`, `int64`, `bool`, ...
            pub(crate) fn named(name: &str) -> Option<DType> {
                match name {
                    $($(#[cfg(feature = $feature)])? $name => Some(DType::$variant),)*
                    $($owned_name => Some(DType::$owned),)*
                    _ => None,
                }
            }

            /// What to do about a type of this name that there is not, if something can be done.
            #[cfg(any(feature = "checkpoint", feature = "graph_def"))]
            pub(crate) fn help_for(name: &str) -> Option<&'static str> {
                match name {
                    $($(
                        #[cfg(not(feature = $feature))]
                        $name => Some(concat!("build tf1 with the feature `", $feature, "`")),
                    )?)*
                    _ => None,
                }
            }

            /// TensorFlow's name: `float32`, `int64`, `bool`, ...
            pub const fn name(self) -> &'static str {
                match self {
                    $($(#[cfg(feature = $feature)])? DType::$variant => $name,)*
                    $(DType::$owned => $owned_name,)*
                }
            }

            /// The name that TensorFlow's C++ messages use: `float`, `double`, ...
            pub const fn cpp_name(self) -> &'static str {
                match self {
                    $($(#[cfg(feature = $feature)])? DType::$variant => $cpp_name,)*
                    $(DType::$owned => $owned_name,)*
                }
            }

            /// How many bytes one element takes; of a text or a handle the part that lies in an
            /// array.
            #[inline]
            pub const fn size(self) -> usize {
                match self {
                    $($(#[cfg(feature = $feature)])? DType::$variant => size_of::<$type>(),)*
                    $(DType::$owned => size_of::<$owned_type>(),)*
                }
            }

            /// Whether elements are all there is to an array: whether they can be copied byte by
            /// byte. Texts and handles cannot.
            #[inline]
            pub(crate) const fn is_plain(self) -> bool {
                match self {
                    $(DType::$owned => false,)*
                    _ => true,
                }
            }

            /// Whether this is a floating-point type.
            pub const fn is_floating(self) -> bool {
                match self {
                    $($(#[cfg(feature = $feature)])? DType::$variant => is_class!(floating [$($class)*]),)*
                    $(DType::$owned => false,)*
                }
            }

            /// Whether this is a type of complex numbers.
            pub const fn is_complex(self) -> bool {
                match self {
                    $($(#[cfg(feature = $feature)])? DType::$variant => is_class!(complex [$($class)*]),)*
                    $(DType::$owned => false,)*
                }
            }

            /// Whether programs use this type so seldom that its kernels are compiled to be small
            /// rather than quick.
            pub(crate) const fn is_rare(self) -> bool {
                match self {
                    $($(#[cfg(feature = $feature)])? DType::$variant => is_class!(rare [$($class)*]),)*
                    $(DType::$owned => false,)*
                }
            }

            /// Whether there is vector code for this type: whether it is a floating-point type that
            /// is not rare.
            pub(crate) const fn is_native_float(self) -> bool {
                self.is_floating() && !self.is_rare()
            }

            /// Whether TensorFlow adds up eight sequences of elements abreast, and rounds each sum.
            pub(crate) const fn is_added_abreast(self) -> bool {
                match self {
                    $($(#[cfg(feature = $feature)])? DType::$variant => is_class!(abreast [$($class)*]),)*
                    $(DType::$owned => false,)*
                }
            }

            /// Whether this is a signed or unsigned integer type.
            pub const fn is_integer(self) -> bool {
                match self {
                    $($(#[cfg(feature = $feature)])? DType::$variant => is_class!(integer [$($class)*]),)*
                    $(DType::$owned => false,)*
                }
            }
        }

        /// What flows along an edge of the graph: a [`Strided`] array of one of the element types.
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum Value<'a> {
            $(
                $(#[cfg(feature = $feature)])?
                #[doc = concat!("`", $name, "`.")]
                $variant(Strided<'a, $type>),
            )*
            $(
                #[doc = concat!("`", $owned_name, "`.")]
                $owned(Strided<'a, $owned_type>),
            )*
        }

        /// An array of any of the element types, to be written: where a kernel puts a result.
        #[derive(Debug)]
        #[non_exhaustive]
        pub enum ValueMut<'a> {
            $(
                $(#[cfg(feature = $feature)])?
                #[doc = concat!("`", $name, "`.")]
                $variant(ArrayViewMutD<'a, $type>),
            )*
            $(
                #[doc = concat!("`", $owned_name, "`.")]
                $owned(ArrayViewMutD<'a, $owned_type>),
            )*
        }

        impl Value<'_> {
            /// The element type.
            #[inline]
            pub fn dtype(&self) -> DType {
                match self {
                    $($(#[cfg(feature = $feature)])? Value::$variant(_) => DType::$variant,)*
                    $(Value::$owned(_) => DType::$owned,)*
                }
            }
        }

        impl ValueMut<'_> {
            /// The element type.
            #[inline]
            pub(crate) fn dtype(&self) -> DType {
                match self {
                    $($(#[cfg(feature = $feature)])? ValueMut::$variant(_) => DType::$variant,)*
                    $(ValueMut::$owned(_) => DType::$owned,)*
                }
            }
        }

        $(
            $(#[cfg(feature = $feature)])?
            element!($type, $variant, $type);
            $(#[cfg(feature = $feature)])?
            impl sealed::Plain for $type {}
            $(#[cfg(feature = $feature)])?
            impl Plain for $type {
                type Bits = $bits;
            }
        )*
        $(element!($owned_type, $owned, i64);)*

        /// Runs `$body` with the type alias `$T` standing for the Rust type of a [`DType`] value,
        /// or `$otherwise` for texts and handles, with `$U` standing for these if it is given.
        macro_rules! with_dtype {
            ($d dtype:expr, $d T:ident => $d body:expr, owned $d U:ident => $d otherwise:expr) => {
                match $d dtype {
                    $($(#[cfg(feature = $feature)])? $crate::types::DType::$variant => {
                        type $d T = $type;
                        $d body
                    })*
                    $($crate::types::DType::$owned => {
                        type $d U = $crate::types::$owned_type;
                        $d otherwise
                    })*
                }
            };
            ($d dtype:expr, $d T:ident => $d body:expr, $d otherwise:expr) => {
                match $d dtype {
                    $($(#[cfg(feature = $feature)])? $crate::types::DType::$variant => {
                        #[allow(non_camel_case_types, reason = "TensorFlow's name of an attribute")]
                        type $d T = $type;
                        $d body
                    })*
                    $($crate::types::DType::$owned => $d otherwise,)*
                }
            };
        }

        /// As [`with_dtype!`] for all types, texts and handles too.
        macro_rules! with_any_dtype {
            ($d dtype:expr, $d T:ident => $d body:expr) => {
                match $d dtype {
                    $($(#[cfg(feature = $feature)])? $crate::types::DType::$variant => {
                        type $d T = $type;
                        $d body
                    })*
                    $($crate::types::DType::$owned => {
                        type $d T = $crate::types::$owned_type;
                        $d body
                    })*
                }
            };
        }

        /// As [`with_dtype!`] with the type that stands for all of the same size and alignment, for
        /// what moves elements and does not look at them.
        macro_rules! with_bits {
            ($d dtype:expr, $d T:ident => $d body:expr, $d otherwise:expr) => {
                match $d dtype {
                    $($(#[cfg(feature = $feature)])? $crate::types::DType::$variant => {
                        type $d T = $bits;
                        $d body
                    })*
                    $($crate::types::DType::$owned => $d otherwise,)*
                }
            };
        }

        /// As [`with_dtype!`] for the types of a class: `number`, `numeric` for real ones,
        /// `inexact`, `floating` for real ones, `complex`, or `index` for `i32` and `i64`.
        /// `$otherwise` for all others.
        macro_rules! with_class {
            ($d wanted:ident, $d dtype:expr, $d T:ident => $d body:expr, $d otherwise:expr) => {
                match $d dtype {
                    $($(#[cfg(feature = $feature)])? $crate::types::DType::$variant => {
                        $crate::types::if_class!($d wanted [$($class)*] {
    #[allow(non_camel_case_types, reason = "TensorFlow's name of an attribute")]
                            type $d T = $type;
                            $d body
                        } else {
                            $d otherwise
                        })
                    })*
                    $($crate::types::DType::$owned => $d otherwise,)*
                }
            };
        }

        /// Runs `$body` with `$array` bound to what is inside an `$enum`, [`Value`] or
        /// [`ValueMut`]; `$otherwise` with `$owned` bound to it where it holds texts or handles.
        macro_rules! with_array {
            ($d enum:ident, $d value:expr, $d array:ident => $d body:expr, $d owned:pat => $d otherwise:expr) => {
                match $d value {
                    $($(#[cfg(feature = $feature)])? $crate::types::$d enum::$variant($d array) => $d body,)*
                    $($crate::types::$d enum::$owned($d owned) => $d otherwise,)*
                }
            };
        }

        /// Runs `$body` with `$array` bound to the [`Strided`] array inside a [`Value`].
        macro_rules! with_value {
            ($d value:expr, $d array:ident => $d body:expr) => {
                $crate::types::with_array!(Value, $d value, $d array => $d body, $d array => $d body)
            };
        }

        /// As [`with_value!`] for plain types; `$otherwise` for texts and handles.
        macro_rules! with_plain_value {
            ($d value:expr, $d array:ident => $d body:expr, $d otherwise:expr) => {
                $crate::types::with_array!(Value, $d value, $d array => $d body, _ => $d otherwise)
            };
        }

        /// As [`with_value!`] where `$body` gives an array that becomes a [`Value`] again.
        macro_rules! map_value {
            ($d value:expr, $d array:ident => $d body:expr) => {
                match $d value {
                    $($(#[cfg(feature = $feature)])? $crate::types::Value::$variant($d array) => $crate::types::Value::$variant($d body),)*
                    $($crate::types::Value::$owned($d array) => $crate::types::Value::$owned($d body),)*
                }
            };
        }

        /// As [`with_value!`] for a [`ValueMut`].
        macro_rules! with_value_mut {
            ($d value:expr, $d array:ident => $d body:expr) => {
                $crate::types::with_array!(ValueMut, $d value, $d array => $d body, $d array => $d body)
            };
        }

        /// As [`with_plain_value!`] for a [`ValueMut`].
        macro_rules! with_plain_value_mut {
            ($d value:expr, $d array:ident => $d body:expr, $d otherwise:expr) => {
                $crate::types::with_array!(ValueMut, $d value, $d array => $d body, _ => $d otherwise)
            };
        }
    };
}

/// The first block if the class is among those in brackets, else the second.
///
/// | class | types |
/// | --- | --- |
/// | `number` | all numbers, complex ones too |
/// | `numeric` | all real numbers |
/// | `floating`, `integer`, `complex` | those of a kind |
/// | `index` | `i32` and `i64` |
/// | `matmul` | those of which matrices are multiplied |
/// | `rare` | those behind a feature |
/// | `common` | all others |
/// | `native`, `native_float` | numbers and floats that are not rare: of large kernels that no graph is known to want of rare types |
/// | `abreast` | those that TensorFlow adds up in eight lanes |
macro_rules! if_class {
    (numeric [numeric $($rest:ident)*] { $($then:tt)* } else { $($otherwise:tt)* }) => {{ $($then)* }};
    (inexact [inexact $($rest:ident)*] { $($then:tt)* } else { $($otherwise:tt)* }) => {{ $($then)* }};
    (floating [floating $($rest:ident)*] { $($then:tt)* } else { $($otherwise:tt)* }) => {{ $($then)* }};
    (integer [integer $($rest:ident)*] { $($then:tt)* } else { $($otherwise:tt)* }) => {{ $($then)* }};
    (matmul [matmul $($rest:ident)*] { $($then:tt)* } else { $($otherwise:tt)* }) => {{ $($then)* }};
    (number [number $($rest:ident)*] { $($then:tt)* } else { $($otherwise:tt)* }) => {{ $($then)* }};
    (native [native $($rest:ident)*] { $($then:tt)* } else { $($otherwise:tt)* }) => {{ $($then)* }};
    (native_float [native_float $($rest:ident)*] { $($then:tt)* } else { $($otherwise:tt)* }) => {{ $($then)* }};
    (common [common $($rest:ident)*] { $($then:tt)* } else { $($otherwise:tt)* }) => {{ $($then)* }};
    (abreast [abreast $($rest:ident)*] { $($then:tt)* } else { $($otherwise:tt)* }) => {{ $($then)* }};
    (complex [complex $($rest:ident)*] { $($then:tt)* } else { $($otherwise:tt)* }) => {{ $($then)* }};
    (rare [rare $($rest:ident)*] { $($then:tt)* } else { $($otherwise:tt)* }) => {{ $($then)* }};
    (index [index $($rest:ident)*] { $($then:tt)* } else { $($otherwise:tt)* }) => {{ $($then)* }};
    ($wanted:ident [] { $($then:tt)* } else { $($otherwise:tt)* }) => {{ $($otherwise)* }};
    ($wanted:ident [$other:ident $($rest:ident)*] $then:tt else $otherwise:tt) => {
        $crate::types::if_class!($wanted [$($rest)*] $then else $otherwise)
    };
}
pub(crate) use if_class;

/// Whether a class is among those in brackets.
macro_rules! is_class {
    ($wanted:ident [$($class:ident)*]) => { if_class!($wanted [$($class)*] { true } else { false }) };
}

elements! { $
    owned {
        /// A text, or any other bytes: [`Bytes`].
        String = Bytes, "string";
        /// A handle on something that lives beside the graph: [`ResourceHandle`].
        Resource = ResourceHandle, "resource";
    }
    /// IEEE 754 single precision, Rust's `f32`.
    Float32 = f32 => i32, "float32", "float", [number, numeric, common, inexact, floating, native_float, native, matmul];
    /// IEEE 754 double precision, Rust's `f64`.
    Float64 = f64 => i64, "float64", "double", [number, numeric, common, inexact, floating, native_float, native, matmul];
    /// IEEE 754 half precision, [`half::f16`].
    Float16 = half::f16 => u16, "float16", "half", [number, numeric, inexact, floating, matmul, abreast, rare] with "all_types";
    /// The upper half of an `f32`, [`half::bf16`].
    BFloat16 = half::bf16 => u16, "bfloat16", "bfloat16", [number, numeric, inexact, floating, matmul, rare] with "all_types";
    /// Signed 8-bit integer, Rust's `i8`.
    Int8 = i8 => u8, "int8", "int8", [number, numeric, integer, rare] with "all_types";
    /// Signed 16-bit integer, Rust's `i16`.
    Int16 = i16 => u16, "int16", "int16", [number, numeric, integer, rare] with "all_types";
    /// Signed 32-bit integer, Rust's `i32`.
    Int32 = i32 => i32, "int32", "int32", [number, numeric, common, integer, native, index, matmul];
    /// Signed 64-bit integer, Rust's `i64`.
    Int64 = i64 => i64, "int64", "int64", [number, numeric, common, integer, native, index, matmul];
    /// Unsigned 8-bit integer, Rust's `u8`.
    UInt8 = u8 => u8, "uint8", "uint8", [number, numeric, common, integer, native];
    /// Unsigned 16-bit integer, Rust's `u16`.
    UInt16 = u16 => u16, "uint16", "uint16", [number, numeric, integer, rare] with "all_types";
    /// Unsigned 32-bit integer, Rust's `u32`.
    UInt32 = u32 => i32, "uint32", "uint32", [number, numeric, integer, rare] with "all_types";
    /// Unsigned 64-bit integer, Rust's `u64`.
    UInt64 = u64 => i64, "uint64", "uint64", [number, numeric, integer, rare] with "all_types";
    /// Complex number of two `f32`, [`num_complex::Complex32`].
    Complex64 = num_complex::Complex32 => num_complex::Complex32, "complex64", "complex64", [number, inexact, complex, matmul, rare] with "all_types";
    /// Complex number of two `f64`, [`num_complex::Complex64`].
    Complex128 = num_complex::Complex64 => num_complex::Complex64, "complex128", "complex128", [number, inexact, complex, matmul, rare] with "all_types";
    /// Truth value, Rust's `bool`.
    Bool = bool => u8, "bool", "bool", [common];
}

#[expect(
    clippy::single_component_path_imports,
    reason = "macros that a macro made have no path before this"
)]
pub(crate) use {
    map_value, with_any_dtype, with_array, with_bits, with_class, with_dtype, with_plain_value,
    with_plain_value_mut, with_value, with_value_mut,
};

impl DType {
    /// Whether gradients flow through tensors of this type: only numbers with a floating point,
    /// real or complex, have gradients.
    pub(crate) const fn is_trainable(self) -> bool {
        self.is_floating() || self.is_complex()
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
