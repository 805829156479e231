//! The rows of the op table, as the ops' files write them.

/// A row: how the op can be differentiated, its registration, the classes of the types that its struct is generic in, and what makes its op from what a file says
/// of a node.
///
/// ```ignore
/// op!(smooth "MatMul(a: T, b: T) -> (product: T); ...", T: matmul, |node| MatMulOp::<T>::new(node.attributes()?))
/// ```
///
/// What makes ops is kept with the feature `graph_def` only: it links every kernel for every type.
macro_rules! op {
    ($kind:ident $signature:expr) => {
        $crate::graph::OpDef::$kind($signature)
    };
    ($kind:ident $signature:expr $(, $T:ident: $class:ident)*, |$node:pat_param| $op:expr) => {
        $crate::graph::OpDef::$kind($signature).made(|spec| {
            let $node = spec;
            $crate::ops::def::typed!(spec, [$($T: $class),*], Ok(::std::sync::Arc::new($op)))
        })
    };
}

/// Runs `$op` with a type alias for each attribute that names a type of a class, `plain` for all that are numbers or truth values, `any` for all.
macro_rules! typed {
    ($node:ident, [], $op:expr) => { $op };
    ($node:ident, [$T:ident: any $(, $U:ident: $other:ident)*], $op:expr) => {
        $crate::types::with_any_dtype!($node.dtype(stringify!($T))?, $T =>
            $crate::ops::def::typed!($node, [$($U: $other),*], $op))
    };
    ($node:ident, [$T:ident: plain $(, $U:ident: $other:ident)*], $op:expr) => {{
        let dtype = $node.dtype(stringify!($T))?;
        $crate::types::with_dtype!(dtype, $T =>
            $crate::ops::def::typed!($node, [$($U: $other),*], $op),
            Err($node.has_no_kernel(stringify!($T), dtype)))
    }};
    ($node:ident, [$T:ident: $class:ident $(, $U:ident: $other:ident)*], $op:expr) => {{
        let dtype = $node.dtype(stringify!($T))?;
        $crate::types::with_class!($class, dtype, $T =>
            $crate::ops::def::typed!($node, [$($U: $other),*], $op),
            Err($node.has_no_kernel(stringify!($T), dtype)))
    }};
}

pub(crate) use {op, typed};
