//! Python's operators on tensors.

use crate::call::{Binding, Call, bind};
use crate::dispatch::{inexact, number, real};
use crate::literal::Literal;
use crate::operand::Operand;
use crate::trouble::{Outcome, Trouble};

/// A row for an operator that Rust has too: `operator!("operator.add": number, +)`.
macro_rules! operator {
    ($function:literal: bool, $operator:tt) => {
        bind($function, "a, b", |c| operator!(@apply c, bool, $operator))
    };
    ($function:literal: $dtypes:ident, $operator:tt) => {
        bind($function, "a, b", |c| $dtypes!(c, c.dtype_of(&["a", "b"])?, T => operator!(@apply c, T, $operator)))
    };
    (@apply $c:ident, $T:ident, $operator:tt) => {
        match ($c.operand::<$T>("a")?, $c.operand::<$T>("b")?) {
            (Operand::Tensor(a), b) => $c.returns(a $operator b),
            (a, Operand::Tensor(b)) => $c.returns(number(a)? $operator b),
            _ => Err(Trouble::fails("neither operand is a tensor")),
        }
    };
}

/// A row for an operator that is a method in Rust: `method!("operator.lt": real, less)`.
macro_rules! method {
    ($function:literal: $dtypes:ident, $method:ident) => {
        bind($function, "a, b", |c| {
            $dtypes!(c, c.dtype_of(&["a", "b"])?, T => c.returns(left::<T>(c)?.$method(c.operand::<T>("b")?)))
        })
    };
}

pub const BINDINGS: &[Binding] = &[
    operator!("operator.add": number, +),
    operator!("operator.sub": number, -),
    operator!("operator.mul": number, *),
    operator!("operator.truediv": number, /),
    operator!("operator.mod": real, %),
    operator!("operator.and_": bool, &),
    operator!("operator.or_": bool, |),
    operator!("operator.xor": bool, ^),
    method!("operator.floordiv": real, floordiv),
    method!("operator.pow": number, pow),
    method!("operator.lt": real, less),
    method!("operator.le": real, less_equal),
    method!("operator.gt": real, greater),
    method!("operator.ge": real, greater_equal),
    bind(
        "operator.matmul",
        "a, b",
        |c| inexact!(c, c.dtype_of(&["a", "b"])?, T => c.returns(left::<T>(c)?.matmul(c.operand::<T>("b")?))),
    ),
    bind(
        "operator.neg",
        "a",
        |c| number!(c, c.dtype_of(&["a"])?, T => c.returns(-left::<T>(c)?)),
    ),
    bind("operator.invert", "a", |c| c.returns(!left::<bool>(c)?)),
];

/// The number on the left of an operator.
fn number<T: Literal>(operand: Operand<T>) -> Outcome<T> {
    match operand {
        Operand::Array(array) if array.ndim() == 0 => Ok(array[[]].clone()),
        _ => Err(Trouble::lacks("an array on the left of an operator")),
    }
}

/// The tensor on the left of an operator.
fn left<T: Literal>(c: &Call<'_>) -> Outcome<tf1::Tensor<T>> {
    match c.operand("a")? {
        Operand::Tensor(a) => Ok(a),
        Operand::Array(_) => Err(c.lacks("with a number on its left")),
    }
}
