//! Rust's operators on variables: on their values.

use std::ops::{Add, Mul, Sub};

use super::Variable;
use crate::graph::{IntoTensor, Tensor};
use crate::types::Numeric;

macro_rules! operator {
    ($trait:ident, $method:ident) => {
        impl<T: Numeric, R: IntoTensor<T>> $trait<R> for &Variable<T> {
            type Output = Tensor<T>;

            #[track_caller]
            fn $method(self, right: R) -> Tensor<T> {
                self.value().$method(right)
            }
        }

        operator!(@number $trait, $method: f32 f64 i32 i64 u8);
    };
    (@number $trait:ident, $method:ident: $($number:ty)*) => {$(
        impl $trait<&Variable<$number>> for $number {
            type Output = Tensor<$number>;

            #[track_caller]
            fn $method(self, right: &Variable<$number>) -> Tensor<$number> {
                self.$method(right.value())
            }
        }
    )*};
}

operator!(Add, add);
operator!(Sub, sub);
operator!(Mul, mul);
