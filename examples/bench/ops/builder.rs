//! From the name of an op and an element type to the function that makes it.

use tf1 as tf;
use tf1::{AnyTensor, DType, Operation, Plain, Tensor};

use super::operands::Operands;

/// How an op is made of operands whose first is of type `dtype`.
pub struct Builder {
    pub name: &'static str,
    pub dtype: DType,
    pub build: fn(&Operands<'_>) -> Made,
}

/// What an op gives: tensors, or an operation alone.
pub struct Made {
    pub tensors: Vec<AnyTensor>,
    pub operations: Vec<Operation>,
}

impl Made {
    pub fn new(tensors: Vec<AnyTensor>) -> Self {
        Made {
            tensors,
            operations: Vec::new(),
        }
    }
}

impl<T: Plain> From<Tensor<T>> for Made {
    fn from(tensor: Tensor<T>) -> Self {
        Made::new(vec![tensor.any()])
    }
}

impl<T: Plain> From<Vec<Tensor<T>>> for Made {
    fn from(tensors: Vec<Tensor<T>>) -> Self {
        Made::new(tensors.iter().map(Tensor::any).collect())
    }
}

impl<A: Plain, B: Plain> From<(Tensor<A>, Tensor<B>)> for Made {
    fn from((a, b): (Tensor<A>, Tensor<B>)) -> Self {
        Made::new(vec![a.any(), b.any()])
    }
}

impl<A: Plain, B: Plain, C: Plain> From<(Tensor<A>, Tensor<B>, Tensor<C>)> for Made {
    fn from((a, b, c): (Tensor<A>, Tensor<B>, Tensor<C>)) -> Self {
        Made::new(vec![a.any(), b.any(), c.any()])
    }
}

impl From<Operation> for Made {
    fn from(operation: Operation) -> Self {
        Made {
            tensors: Vec::new(),
            operations: vec![operation],
        }
    }
}

/// Finds the builder of an op.
pub fn find(name: &str, dtype: DType) -> tf::Result<&'static Builder> {
    let mut all = super::BUILDERS.iter().copied().flatten();
    let found = all.find(|builder| builder.name == name && builder.dtype == dtype);
    found.ok_or_else(|| tf::Error::not_found(format!("no builder makes {name} of {dtype}")))
}

/// A table of builders. `T` is each of the listed types in turn.
macro_rules! builders {
    ($($name:literal [$($t:ident)*] |$x:ident| $made:expr;)*) => {
        pub const BUILDERS: &[$crate::ops::builder::Builder] = &[$($($crate::ops::builder::Builder {
            name: $name,
            dtype: <$t as tf1::Element>::DTYPE,
            build: {
                #[allow(dead_code)]
                type T = $t;
                fn build($x: &$crate::ops::operands::Operands<'_>) -> $crate::ops::builder::Made {
                    $made.into()
                }
                build
            },
        },)*)*];
    };
}

pub(super) use builders;
