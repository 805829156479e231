//! Operators on variables: on their values.

use std::iter::Sum;
use std::ops::{Add, BitAnd, BitOr, BitXor, Div, Mul, Neg, Not, Rem, Sub};

use super::Variable;
use crate::graph::{IntoTensor, Tensor};
use crate::types::{Number, Numeric};

/// Implements an operator for variables of a class of numbers on its left side, by value and by
/// reference, with any operand on its right, and for numbers on its left side.
macro_rules! numeric_operator {
    ($class:ident, $trait:ident, $method:ident) => {
        numeric_operator!(@left $class, Variable<T>, $trait, $method);
        numeric_operator!(@left $class, &Variable<T>, $trait, $method);
        numeric_operator!(@numbers $trait, $method: f32 i64 u8);
        #[cfg(feature = "all_types")]
        numeric_operator!(@numbers $trait, $method: half::f16 half::bf16 i8 i16 u16 u32 u64);
        numeric_operator!(@literals $class, $trait, $method: f64 i32);
    };
    (@left $class:ident, $left:ty, $trait:ident, $method:ident) => {
        impl<T: $class, R: IntoTensor<T>> $trait<R> for $left {
            type Output = <Tensor<T> as $trait<R>>::Output;

            #[track_caller]
            fn $method(self, right: R) -> Self::Output {
                self.value().$method(right)
            }
        }
    };
    (@numbers $trait:ident, $method:ident: $($number:ty)*) => {$(
        numeric_operator!(@number $number, Variable<$number>, $trait, $method);
        numeric_operator!(@number $number, &Variable<$number>, $trait, $method);
    )*};
    (@literals $class:ident, $trait:ident, $method:ident: $($number:ty)*) => {$(
        numeric_operator!(@literal $class, $number, Variable<T>, $trait, $method);
        numeric_operator!(@literal $class, $number, &Variable<T>, $trait, $method);
    )*};
    (@literal $class:ident, $number:ty, $right:ty, $trait:ident, $method:ident) => {
        impl<T: $class> $trait<$right> for $number
        where
            $number: IntoTensor<T>,
        {
            type Output = <$number as $trait<Tensor<T>>>::Output;

            #[track_caller]
            fn $method(self, right: $right) -> Self::Output {
                self.$method(right.value())
            }
        }
    };
    (@number $number:ty, $right:ty, $trait:ident, $method:ident) => {
        impl $trait<$right> for $number {
            type Output = <$number as $trait<Tensor<$number>>>::Output;

            #[track_caller]
            fn $method(self, right: $right) -> Self::Output {
                self.$method(right.value())
            }
        }
    };
}

numeric_operator!(Number, Add, add);
numeric_operator!(Number, Sub, sub);
numeric_operator!(Number, Mul, mul);
numeric_operator!(Number, Div, div);
numeric_operator!(Numeric, Rem, rem);

/// Implements an operator of truth values.
macro_rules! logical_operator {
    ($trait:ident, $method:ident) => {
        logical_operator!(@sides Variable<bool>, $trait, $method);
        logical_operator!(@sides &Variable<bool>, $trait, $method);
    };
    (@sides $variable:ty, $trait:ident, $method:ident) => {
        impl<R: IntoTensor<bool>> $trait<R> for $variable {
            type Output = Tensor<bool>;

            #[track_caller]
            fn $method(self, right: R) -> Tensor<bool> {
                self.value().$method(right)
            }
        }

        impl $trait<$variable> for bool {
            type Output = Tensor<bool>;

            #[track_caller]
            fn $method(self, right: $variable) -> Tensor<bool> {
                self.$method(right.value())
            }
        }
    };
}

logical_operator!(BitAnd, bitand);
logical_operator!(BitOr, bitor);
logical_operator!(BitXor, bitxor);

/// The sum of the variables' values, as [`add_n`](crate::add_n) makes it.
impl<T: Number> Sum<Variable<T>> for Tensor<T> {
    fn sum<I: Iterator<Item = Variable<T>>>(variables: I) -> Self {
        variables.map(|variable| variable.value()).sum()
    }
}

impl<'a, T: Number> Sum<&'a Variable<T>> for Tensor<T> {
    fn sum<I: Iterator<Item = &'a Variable<T>>>(variables: I) -> Self {
        variables.map(Variable::value).sum()
    }
}

/// Implements an operator of one variable.
macro_rules! prefix_operator {
    ([$($parameters:tt)*] $element:ty, $trait:ident, $method:ident) => {
        prefix_operator!(@on [$($parameters)*] $element, Variable<$element>, $trait, $method);
        prefix_operator!(@on [$($parameters)*] $element, &Variable<$element>, $trait, $method);
    };
    (@on [$($parameters:tt)*] $element:ty, $variable:ty, $trait:ident, $method:ident) => {
        impl<$($parameters)*> $trait for $variable {
            type Output = Tensor<$element>;

            #[track_caller]
            fn $method(self) -> Tensor<$element> {
                self.value().$method()
            }
        }
    };
}

prefix_operator!([T: Number] T, Neg, neg);
prefix_operator!([] bool, Not, not);
