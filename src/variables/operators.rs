//! Operators on variables: on their values.

use std::ops::{Add, BitAnd, BitOr, BitXor, Div, Mul, Neg, Not, Rem, Sub};

use super::Variable;
use crate::graph::{IntoTensor, Tensor};
use crate::kernels::MatMulElement;
use crate::ops::array::IntoIndices;
use crate::types::{Element, Numeric};

/// Implements an operator for numeric variables on its left side with any operand on its right, and for numbers on its
/// left side.
macro_rules! numeric_operator {
    ($trait:ident, $method:ident) => {
        impl<T: Numeric, R: IntoTensor<T>> $trait<R> for &Variable<T> {
            type Output = <Tensor<T> as $trait<R>>::Output;

            #[track_caller]
            fn $method(self, right: R) -> Self::Output {
                self.value().$method(right)
            }
        }

        numeric_operator!(@number $trait, $method: f32 f64 i32 i64 u8);
    };
    (@number $trait:ident, $method:ident: $($number:ty)*) => {$(
        impl $trait<&Variable<$number>> for $number {
            type Output = <$number as $trait<Tensor<$number>>>::Output;

            #[track_caller]
            fn $method(self, right: &Variable<$number>) -> Self::Output {
                self.$method(right.value())
            }
        }
    )*};
}

numeric_operator!(Add, add);
numeric_operator!(Sub, sub);
numeric_operator!(Mul, mul);
numeric_operator!(Div, div);
numeric_operator!(Rem, rem);

/// Implements an operator of truth values.
macro_rules! logical_operator {
    ($trait:ident, $method:ident) => {
        impl<R: IntoTensor<bool>> $trait<R> for &Variable<bool> {
            type Output = Tensor<bool>;

            #[track_caller]
            fn $method(self, right: R) -> Tensor<bool> {
                self.value().$method(right)
            }
        }

        impl $trait<&Variable<bool>> for bool {
            type Output = Tensor<bool>;

            #[track_caller]
            fn $method(self, right: &Variable<bool>) -> Tensor<bool> {
                self.$method(right.value())
            }
        }
    };
}

logical_operator!(BitAnd, bitand);
logical_operator!(BitOr, bitor);
logical_operator!(BitXor, bitxor);

impl<T: Numeric> Neg for &Variable<T> {
    type Output = Tensor<T>;

    #[track_caller]
    fn neg(self) -> Tensor<T> {
        -self.value()
    }
}

impl Not for &Variable<bool> {
    type Output = Tensor<bool>;

    #[track_caller]
    fn not(self) -> Tensor<bool> {
        !self.value()
    }
}

/// Python's operators that Rust does not have, or whose results Rust wants to be its own.
impl<T: Numeric> Variable<T> {
    /// Python's `self ** y`; see [`pow`](crate::pow()).
    ///
    /// # Errors
    /// As [`pow`](crate::pow()).
    #[track_caller]
    pub fn pow(&self, y: impl IntoTensor<T>) -> Tensor<T> {
        self.value().pow(y)
    }

    /// Python's `self // y`; see [`floordiv`](crate::floordiv()).
    ///
    /// # Errors
    /// As [`floordiv`](crate::floordiv()).
    #[track_caller]
    pub fn floordiv(&self, y: impl IntoTensor<T>) -> Tensor<T> {
        self.value().floordiv(y)
    }

    /// Python's `self < y`; see [`less`](crate::less()).
    ///
    /// # Errors
    /// `InvalidArgument` if the shapes do not broadcast.
    #[track_caller]
    pub fn less(&self, y: impl IntoTensor<T>) -> Tensor<bool> {
        self.value().less(y)
    }

    /// Python's `self <= y`; see [`less_equal`](crate::less_equal()).
    ///
    /// # Errors
    /// `InvalidArgument` if the shapes do not broadcast.
    #[track_caller]
    pub fn less_equal(&self, y: impl IntoTensor<T>) -> Tensor<bool> {
        self.value().less_equal(y)
    }

    /// Python's `self > y`; see [`greater`](crate::greater()).
    ///
    /// # Errors
    /// `InvalidArgument` if the shapes do not broadcast.
    #[track_caller]
    pub fn greater(&self, y: impl IntoTensor<T>) -> Tensor<bool> {
        self.value().greater(y)
    }

    /// Python's `self >= y`; see [`greater_equal`](crate::greater_equal()).
    ///
    /// # Errors
    /// `InvalidArgument` if the shapes do not broadcast.
    #[track_caller]
    pub fn greater_equal(&self, y: impl IntoTensor<T>) -> Tensor<bool> {
        self.value().greater_equal(y)
    }
}

impl<T: MatMulElement> Variable<T> {
    /// Python's `self @ b`; see [`matmul`](crate::matmul()).
    ///
    /// # Errors
    /// As [`matmul`](crate::matmul()).
    #[track_caller]
    pub fn matmul(&self, b: impl IntoTensor<T>) -> Tensor<T> {
        self.value().matmul(b)
    }
}

impl<T: Element> Variable<T> {
    /// The part of the variable's value that Python's brackets would give; see [`Tensor::index`].
    #[track_caller]
    pub fn index(&self, indices: impl IntoIndices) -> Tensor<T> {
        self.value().index(indices)
    }
}
