//! Rust's operators on tensors, and methods for those of Python's that Rust does not have or keeps
//! for itself.

use std::iter::Sum;
use std::ops::{
    Add, AddAssign, BitAnd, BitAndAssign, BitOr, BitOrAssign, BitXor, BitXorAssign, Div, DivAssign,
    Mul, MulAssign, Neg, Not, Rem, RemAssign, Sub, SubAssign,
};

use super::arithmetic::{self, AddV2};
use super::binary::{Binary, apply};
use super::division::FloorMod;
use super::logical::{LogicalAnd, LogicalOr};
use super::matmul::{MatMul, product_in};
use super::power::Pow;
use super::{
    add_n, floordiv, greater, greater_equal, less, less_equal, logical_and, logical_not,
    logical_or, negative, truediv,
};
use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::kernels::MatMulElement;
use crate::types::{Inexact, Number, Numeric};

/// The result of an operator that keeps the type.
type Same<T> = T;

/// The result of true division.
type Quotient<T> = <T as Number>::Quotient;

#[track_caller]
pub(crate) fn sum<T: Number>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<AddV2, T>("add", x, y)
}

/// `x - y` as the operator makes it.
#[track_caller]
pub(crate) fn difference<T: Number>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<arithmetic::Sub, T>("sub", x, y)
}

#[track_caller]
pub(crate) fn product<T: Number>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<arithmetic::Mul, T>("mul", x, y)
}

#[track_caller]
fn remainder<T: Numeric>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<FloorMod, T>("mod", x, y)
}

#[track_caller]
fn and(x: impl IntoTensor<bool>, y: impl IntoTensor<bool>) -> Tensor<bool> {
    apply::<LogicalAnd, bool>("and", x, y)
}

#[track_caller]
fn or(x: impl IntoTensor<bool>, y: impl IntoTensor<bool>) -> Tensor<bool> {
    apply::<LogicalOr, bool>("or", x, y)
}

#[track_caller]
fn xor(x: impl IntoTensor<bool>, y: impl IntoTensor<bool>) -> Tensor<bool> {
    let graph = graph_of(&[x.graph(), y.graph()]);
    graph.op_scope("xor", |scope| {
        let (x, y) = (x.into_tensor(&graph, "x"), y.into_tensor(&graph, "y"));
        let either = logical_or(&x, &y);
        let not_both = logical_not(logical_and(x, y));
        scope.tensor(
            Binary::<LogicalAnd, bool>::new(),
            &[either.any(), not_both.any()],
        )
    })
}

/// Implements an operator for tensors of a class of numbers on its left side, by value and by
/// reference, with any operand on its right, and for numbers on its left side.
///
/// For `i32` and `f64`, which are Rust's types of a literal where nothing else is said, tensors of
/// all types are named: so `1 - &x` and `k - &x` of a `k: f64` get as far as [`IntoTensor`], which
/// tells what to write.
macro_rules! numeric_operator {
    ($class:ident, $trait:ident, $method:ident, $function:ident, $output:ident) => {
        numeric_operator!(@left [T: $class, R: IntoTensor<T>] T, Tensor<T>, R, $trait, $method, $function, $output);
        numeric_operator!(@left [T: $class, R: IntoTensor<T>] T, &Tensor<T>, R, $trait, $method, $function, $output);
        numeric_operator!(@numbers $trait, $method, $function, $output: f32 i64 u8);
        #[cfg(feature = "all_types")]
        numeric_operator!(@numbers $trait, $method, $function, $output:
            half::f16 half::bf16 i8 i16 u16 u32 u64);
        numeric_operator!(@literals $class, $trait, $method, $function, $output: f64 i32);
    };
    (@literals $class:ident, $trait:ident, $method:ident, $function:ident, $output:ident: $($number:ty)*) => {$(
        numeric_operator!(@left [T: $class] T, $number, Tensor<T>, $trait, $method, $function, $output, [$number: IntoTensor<T>]);
        numeric_operator!(@left [T: $class] T, $number, &Tensor<T>, $trait, $method, $function, $output, [$number: IntoTensor<T>]);
    )*};
    (@numbers $trait:ident, $method:ident, $function:ident, $output:ident: $($number:ty)*) => {$(
        numeric_operator!(@left [] $number, $number, Tensor<$number>, $trait, $method, $function, $output);
        numeric_operator!(@left [] $number, $number, &Tensor<$number>, $trait, $method, $function, $output);
    )*};
    (@left [$($parameters:tt)*] $element:ty, $left:ty, $right:ty, $trait:ident, $method:ident, $function:ident,
        $output:ident $(, [$($bound:tt)*])?) => {
        impl<$($parameters)*> $trait<$right> for $left
        where
            $($($bound)*)?
        {
            type Output = Tensor<$output<$element>>;

            #[track_caller]
            fn $method(self, right: $right) -> Self::Output {
                $function(self, right)
            }
        }
    };
}

numeric_operator!(Number, Add, add, sum, Same);
numeric_operator!(Number, Sub, sub, difference, Same);
numeric_operator!(Number, Mul, mul, product, Same);
numeric_operator!(Number, Div, div, truediv, Quotient);
numeric_operator!(Numeric, Rem, rem, remainder, Same);

/// The operators that complex numbers on the left side have.
#[cfg(feature = "all_types")]
macro_rules! complex_operators {
    ($($trait:ident $method:ident $function:ident $output:ident;)*) => {
        $(numeric_operator!(@numbers $trait, $method, $function, $output:
            num_complex::Complex32 num_complex::Complex64);)*
    };
}

#[cfg(feature = "all_types")]
complex_operators! {
    Add add sum Same;
    Sub sub difference Same;
    Mul mul product Same;
    Div div truediv Quotient;
}

/// Implements an operator of truth values.
macro_rules! logical_operator {
    ($trait:ident, $method:ident, $function:ident) => {
        logical_operator!(@left [R: IntoTensor<bool>] Tensor<bool>, R, $trait, $method, $function);
        logical_operator!(@left [R: IntoTensor<bool>] &Tensor<bool>, R, $trait, $method, $function);
        logical_operator!(@left [] bool, Tensor<bool>, $trait, $method, $function);
        logical_operator!(@left [] bool, &Tensor<bool>, $trait, $method, $function);
    };
    (@left [$($parameters:tt)*] $left:ty, $right:ty, $trait:ident, $method:ident, $function:ident) => {
        impl<$($parameters)*> $trait<$right> for $left {
            type Output = Tensor<bool>;

            #[track_caller]
            fn $method(self, right: $right) -> Tensor<bool> {
                $function(self, right)
            }
        }
    };
}

logical_operator!(BitAnd, bitand, and);
logical_operator!(BitOr, bitor, or);
logical_operator!(BitXor, bitxor, xor);

impl<T: Number> Neg for Tensor<T> {
    type Output = Tensor<T>;

    #[track_caller]
    fn neg(self) -> Tensor<T> {
        negative(self)
    }
}

impl<T: Number> Neg for &Tensor<T> {
    type Output = Tensor<T>;

    #[track_caller]
    fn neg(self) -> Tensor<T> {
        negative(self)
    }
}

impl Not for Tensor<bool> {
    type Output = Tensor<bool>;

    #[track_caller]
    fn not(self) -> Tensor<bool> {
        logical_not(self)
    }
}

impl Not for &Tensor<bool> {
    type Output = Tensor<bool>;

    #[track_caller]
    fn not(self) -> Tensor<bool> {
        logical_not(self)
    }
}

/// Python's operators that Rust does not have, or whose result types Rust fixes: element by
/// element, with broadcasting.
impl<T: Number> Tensor<T> {
    /// Python's `self ** y`; see [`pow`](crate::pow()).
    ///
    /// # Errors
    /// As [`pow`](crate::pow()).
    #[track_caller]
    pub fn pow(&self, y: impl IntoTensor<T>) -> Tensor<T> {
        apply::<Pow, T>("pow", self, y)
    }
}

/// Python's operators that Rust does not have, or whose results Rust wants to be its own: element
/// by element, with broadcasting.
impl<T: Numeric> Tensor<T> {
    /// Python's `self // y`; see [`floordiv`](crate::floordiv()).
    ///
    /// # Errors
    /// As [`floordiv`](crate::floordiv()).
    #[track_caller]
    pub fn floordiv(&self, y: impl IntoTensor<T>) -> Tensor<T> {
        floordiv(self, y)
    }

    /// Python's `self < y`; see [`less`](crate::less()).
    ///
    /// # Errors
    /// `InvalidArgument` if the shapes do not broadcast.
    #[track_caller]
    pub fn less(&self, y: impl IntoTensor<T>) -> Tensor<bool> {
        less(self, y)
    }

    /// Python's `self <= y`; see [`less_equal`](crate::less_equal()).
    ///
    /// # Errors
    /// `InvalidArgument` if the shapes do not broadcast.
    #[track_caller]
    pub fn less_equal(&self, y: impl IntoTensor<T>) -> Tensor<bool> {
        less_equal(self, y)
    }

    /// Python's `self > y`; see [`greater`](crate::greater()).
    ///
    /// # Errors
    /// `InvalidArgument` if the shapes do not broadcast.
    #[track_caller]
    pub fn greater(&self, y: impl IntoTensor<T>) -> Tensor<bool> {
        greater(self, y)
    }

    /// Python's `self >= y`; see [`greater_equal`](crate::greater_equal()).
    ///
    /// # Errors
    /// `InvalidArgument` if the shapes do not broadcast.
    #[track_caller]
    pub fn greater_equal(&self, y: impl IntoTensor<T>) -> Tensor<bool> {
        greater_equal(self, y)
    }
}

impl<T: MatMulElement> Tensor<T> {
    /// Python's `self @ b`; see [`matmul`](crate::matmul()).
    ///
    /// # Errors
    /// As [`matmul`](crate::matmul()).
    #[track_caller]
    pub fn matmul(&self, b: impl IntoTensor<T>) -> Tensor<T> {
        let graph = self.graph();
        graph.op_scope("matmul", |scope| {
            product_in(scope, self, &b.into_tensor(graph, "y"), MatMul::new())
        })
    }
}

/// Implements an operator such as `+=`, which puts the result in place of the handle on the left;
/// the tensor itself does not change.
macro_rules! assigning_operator {
    ($element:ident, $trait:ident $method:ident, $operator:ident $apply:ident) => {
        impl<T: $element, R: IntoTensor<T>> $trait<R> for Tensor<T> {
            #[track_caller]
            fn $method(&mut self, right: R) {
                *self = $operator::$apply(&*self, right);
            }
        }
    };
}

assigning_operator!(Number, AddAssign add_assign, Add add);
assigning_operator!(Number, SubAssign sub_assign, Sub sub);
assigning_operator!(Number, MulAssign mul_assign, Mul mul);
assigning_operator!(Inexact, DivAssign div_assign, Div div);
assigning_operator!(Numeric, RemAssign rem_assign, Rem rem);

/// Implements an operator such as `&=`, as those of numbers.
macro_rules! assigning_logical_operator {
    ($trait:ident $method:ident, $operator:ident $apply:ident) => {
        impl<R: IntoTensor<bool>> $trait<R> for Tensor<bool> {
            #[track_caller]
            fn $method(&mut self, right: R) {
                *self = $operator::$apply(&*self, right);
            }
        }
    };
}

assigning_logical_operator!(BitAndAssign bitand_assign, BitAnd bitand);
assigning_logical_operator!(BitOrAssign bitor_assign, BitOr bitor);
assigning_logical_operator!(BitXorAssign bitxor_assign, BitXor bitxor);

/// The sum as [`add_n`](crate::add_n) makes it. The sum of no tensors belongs to no graph: using it
/// is a mistake.
impl<T: Number> Sum for Tensor<T> {
    fn sum<I: Iterator<Item = Tensor<T>>>(tensors: I) -> Self {
        add_n(tensors.collect::<Vec<_>>())
    }
}

impl<'a, T: Number> Sum<&'a Tensor<T>> for Tensor<T> {
    fn sum<I: Iterator<Item = &'a Tensor<T>>>(tensors: I) -> Self {
        add_n(tensors.collect::<Vec<_>>())
    }
}
