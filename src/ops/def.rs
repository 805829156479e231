//! The rows of the op table, as the ops' files write them.

use crate::types::{DType, Element};

/// A row: how the op can be differentiated, its registration, the classes of the types that its
/// struct is generic in, and what makes its op from what a file says of a node.
///
/// ```ignore
/// op!(smooth "MatMul(a: T, b: T) -> (product: T); ...", T: matmul, |node| MatMulOp::<T>::new(node.attributes()?))
/// ```
///
/// What makes ops is compiled always, so that programs need not compile it: see `ops::table`.
macro_rules! op {
    ($kind:ident $signature:expr) => {
        $crate::graph::OpDef::$kind($signature)
    };
    ($kind:ident $signature:expr $(, $T:ident: $class:ident)*, |$node:pat_param| $op:expr) => {
        $crate::graph::OpDef::$kind($signature).made(|spec| {
            let $node = spec;
            $crate::ops::def::typed!(spec, [$($T: $class),*], Ok($crate::graph::erased($op)))
        })
    };
}

/// Runs `$op` with a type alias for each attribute that names a type of a class, `plain` for all
/// that are numbers or truth values, `any` for all.
macro_rules! typed {
    ($node:ident, [], $op:expr) => { $op };
    ($node:ident, [$T:ident: any $(, $U:ident: $other:ident)*], $op:expr) => {{
        let dtype = $node.dtype(stringify!($T))?;
        $crate::types::with_any_dtype!(dtype, $T =>
            $crate::ops::def::typed!(@made any, $node, dtype, $T, [$($U: $other),*], $op))
    }};
    ($node:ident, [$T:ident: plain $(, $U:ident: $other:ident)*], $op:expr) => {{
        let dtype = $node.dtype(stringify!($T))?;
        $crate::types::with_dtype!(dtype, $T =>
            $crate::ops::def::typed!(@made plain, $node, dtype, $T, [$($U: $other),*], $op),
            Err($node.has_no_kernel(stringify!($T), dtype)))
    }};
    ($node:ident, [$T:ident: $class:ident $(, $U:ident: $other:ident)*], $op:expr) => {{
        let dtype = $node.dtype(stringify!($T))?;
        $crate::types::with_class!($class, dtype, $T =>
            $crate::ops::def::typed!(@made $class, $node, dtype, $T, [$($U: $other),*], $op),
            Err($node.has_no_kernel(stringify!($T), dtype)))
    }};
    (@made $class:ident, $node:ident, $dtype:ident, $T:ident, $others:tt, $op:expr) => {
        match const { $crate::ops::def::is_compiled::<$T>(stringify!($class)) } {
            true => $crate::ops::def::typed!($node, $others, $op),
            false => Err($node.has_no_kernel(stringify!($T), $dtype)),
        }
    };
}

pub(crate) use {op, typed};

/// Whether this crate compiles the ops of `T` where they take the types of `class`: those of all
/// types if files are read. Else those that programs use most: they compute in `f32`, and move and
/// compare numbers of classes, indices and truth values as well. They compile the others that they
/// use.
pub(crate) const fn is_compiled<T: Element>(class: &str) -> bool {
    let moves = matches!(class.as_bytes(), b"any" | b"plain" | b"index");
    match T::DTYPE {
        _ if cfg!(feature = "graph_def") => true,
        DType::Float32 => true,
        DType::Int32 | DType::Int64 | DType::Bool => moves,
        _ => false,
    }
}
