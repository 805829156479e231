//! Rust's operators on tensors.

use std::ops::{Add, Mul, Sub};

use super::arithmetic::{AddV2, Arithmetic, Multiply, Subtract};
use crate::graph::{IntoTensor, Tensor};
use crate::ops::support::binary;
use crate::types::Numeric;

/// Implements an operator for tensors on its left side, by value and by reference, with any operand on its right.
macro_rules! operator {
    ($trait:ident, $method:ident, $name:literal, $function:ident) => {
        impl<T: Numeric, R: IntoTensor<T>> $trait<R> for Tensor<T> {
            type Output = Tensor<T>;

            #[track_caller]
            fn $method(self, right: R) -> Tensor<T> {
                binary($name, Arithmetic::<$function, T>::new(), (self, "x"), (right, "y"))
            }
        }

        impl<T: Numeric, R: IntoTensor<T>> $trait<R> for &Tensor<T> {
            type Output = Tensor<T>;

            #[track_caller]
            fn $method(self, right: R) -> Tensor<T> {
                binary($name, Arithmetic::<$function, T>::new(), (self, "x"), (right, "y"))
            }
        }

        operator!(@number $trait, $method, $name, $function: f32 f64 i32 i64 u8);
    };
    (@number $trait:ident, $method:ident, $name:literal, $function:ident: $($number:ty)*) => {$(
        impl $trait<Tensor<$number>> for $number {
            type Output = Tensor<$number>;

            #[track_caller]
            fn $method(self, right: Tensor<$number>) -> Tensor<$number> {
                binary($name, Arithmetic::<$function, $number>::new(), (self, "x"), (right, "y"))
            }
        }

        impl $trait<&Tensor<$number>> for $number {
            type Output = Tensor<$number>;

            #[track_caller]
            fn $method(self, right: &Tensor<$number>) -> Tensor<$number> {
                binary($name, Arithmetic::<$function, $number>::new(), (self, "x"), (right, "y"))
            }
        }
    )*};
}

operator!(Add, add, "add", AddV2);
operator!(Sub, sub, "sub", Subtract);
operator!(Mul, mul, "mul", Multiply);
