//! What a binding can return, made a value of the program.

use tf1::{AnyTensor, AnyVariable, Gradient, IndexedSlices, Operation, Shape, Tensor, Variable};

use crate::object::Object;
use crate::value::Value;

/// What a binding can return: tensors, operations, objects, and tuples and lists of them.
pub trait Returned {
    /// The value as the program sees it, under the name that the argument `name=` gives.
    fn into_value(self, name: Option<&str>) -> Value;
}

/// Handles that can be renamed.
macro_rules! named {
    ($([$($generics:tt)*] $type:ty => $value:path, $any:expr;)*) => {$(
        impl<$($generics)*> Returned for $type {
            fn into_value(self, name: Option<&str>) -> Value {
                let named = match name {
                    Some(name) => self.named(name),
                    None => self,
                };
                $value($any(named))
            }
        }
    )*};
}

named! {
    [T: tf1::Element] Tensor<T> => Value::Tensor, |tensor: Tensor<T>| tensor.any();
    [T: tf1::Element] Variable<T> => Value::Variable, |variable: Variable<T>| variable.any();
    [] Operation => Value::Operation, |operation| operation;
}

/// What has no name to be given.
macro_rules! plain {
    ($($type:ty => |$returned:ident| $value:expr;)*) => {$(
        impl Returned for $type {
            fn into_value(self, _: Option<&str>) -> Value {
                let $returned = self;
                $value
            }
        }
    )*};
}

plain! {
    Value => |value| value;
    AnyTensor => |tensor| Value::Tensor(tensor);
    AnyVariable => |variable| Value::Variable(variable);
    IndexedSlices => |slices| Value::Slices(slices);
    Shape => |shape| Value::Shape(shape);
    Object => |object| Value::Object(object);
    String => |text| Value::Text(text);
    bool => |value| Value::Bool(value);
    Gradient => |gradient| match gradient {
        Gradient::Dense(tensor) => Value::Tensor(tensor),
        Gradient::Sparse(slices) => Value::Slices(slices),
        other => unreachable!("the harness does not know the gradient {other:?}"),
    };
}

impl<R: Returned> Returned for Option<R> {
    fn into_value(self, name: Option<&str>) -> Value {
        self.map_or(Value::None, |value| value.into_value(name))
    }
}

impl<R: Returned> Returned for Vec<R> {
    /// Naming one of the tensors of a call names the call.
    fn into_value(self, name: Option<&str>) -> Value {
        let named = |(i, item): (usize, R)| item.into_value(name.filter(|_| i == 0));
        Value::List(self.into_iter().enumerate().map(named).collect())
    }
}

impl<A: Returned, B: Returned> Returned for (A, B) {
    fn into_value(self, name: Option<&str>) -> Value {
        Value::Tuple(vec![self.0.into_value(name), self.1.into_value(None)])
    }
}

impl<A: Returned, B: Returned, C: Returned> Returned for (A, B, C) {
    fn into_value(self, name: Option<&str>) -> Value {
        Value::Tuple(vec![
            self.0.into_value(name),
            self.1.into_value(None),
            self.2.into_value(None),
        ])
    }
}
