//! What a function with a gradient of its own takes, makes and returns:
//! tensors, and nested lists of them.

use std::vec::IntoIter;

use crate::graph::{AnyTensor, Gradient, OptionalTensor, Tensor, TensorRef};
use crate::types::{Element, for_tuples};

/// What [`custom_gradient`](crate::custom_gradient) takes: a tensor or variable, or an array,
/// slice, vector or tuple of them.
#[diagnostic::on_unimplemented(
    message = "a function with a gradient of its own cannot take `{Self}`",
    label = "not a tensor or variable, nor an array, vector or tuple of them",
    note = "write `&x`, or `(&x, &w)` for several"
)]
pub trait CustomInputs {
    /// The tensors that the function is given.
    type Tensors: CustomTensors;

    /// The tensors.
    fn tensors(&self) -> Self::Tensors;
}

/// What a function with a gradient of its own makes: a [`Tensor`], or an array, vector or tuple of
/// them; `()` for nothing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tensor, nor an array, vector or tuple of tensors",
    label = "give tensors themselves rather than references",
    note = "the function gives its results, what its gradient needs, and the gradient: `(y, e, |dy, e| dy * e)`, or `(y, (), |dy, ()| dy)`"
)]
pub trait CustomTensors: Sized + 'static {
    /// Appends the tensors to `parts`.
    #[doc(hidden)]
    fn take_apart(&self, parts: &mut Parts<AnyTensor>);

    /// Takes as many tensors from `parts` as were appended to it.
    #[doc(hidden)]
    fn put_together(parts: &mut Taken<AnyTensor>) -> Self;
}

/// What a custom gradient returns:
/// for each input a tensor, an [`Option`] of one, or a [`Gradient`], in arrays, vectors
/// and tuples.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a gradient, nor an array, vector or tuple of gradients",
    label = "not tensors, one for each input",
    note = "write `dy * 2.0`, or `(Some(dx), None)` where an input has no gradient"
)]
pub trait CustomGradients {
    /// The gradients, one for each input.
    fn gradients(self) -> Vec<Option<Gradient>>;
}

/// A nested list, flat: its elements, and how many each of its vectors has.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Parts<T> {
    pub(super) elements: Vec<T>,
    lengths: Vec<usize>,
}

/// The same, as its parts are taken from it.
#[doc(hidden)]
#[derive(Debug)]
pub struct Taken<T> {
    elements: IntoIter<T>,
    lengths: IntoIter<usize>,
}

impl Parts<AnyTensor> {
    pub(super) fn of(tensors: &impl CustomTensors) -> Self {
        let mut parts = Parts {
            elements: Vec::new(),
            lengths: Vec::new(),
        };
        tensors.take_apart(&mut parts);
        parts
    }

    /// The nested list.
    pub(super) fn together<S: CustomTensors>(self) -> S {
        S::put_together(&mut Taken {
            elements: self.elements.into_iter(),
            lengths: self.lengths.into_iter(),
        })
    }
}

impl<T> Parts<T> {
    /// A list of the same form; `elements` are as many.
    pub(super) fn with<U>(&self, elements: Vec<U>) -> Parts<U> {
        Parts {
            elements,
            lengths: self.lengths.clone(),
        }
    }
}

/// As the graph itself keeps it.
pub(super) type KeptParts = Parts<TensorRef>;

impl<T: Element> CustomInputs for Tensor<T> {
    type Tensors = Tensor<T>;

    fn tensors(&self) -> Tensor<T> {
        self.clone()
    }
}

impl CustomInputs for AnyTensor {
    type Tensors = AnyTensor;

    fn tensors(&self) -> AnyTensor {
        self.clone()
    }
}

impl<X: CustomInputs + ?Sized> CustomInputs for &X {
    type Tensors = X::Tensors;

    fn tensors(&self) -> X::Tensors {
        (**self).tensors()
    }
}

impl<X: CustomInputs> CustomInputs for [X] {
    type Tensors = Vec<X::Tensors>;

    fn tensors(&self) -> Self::Tensors {
        self.iter().map(X::tensors).collect()
    }
}

impl<X: CustomInputs> CustomInputs for Vec<X> {
    type Tensors = Vec<X::Tensors>;

    fn tensors(&self) -> Self::Tensors {
        self.as_slice().tensors()
    }
}

impl<X: CustomInputs, const N: usize> CustomInputs for [X; N] {
    type Tensors = [X::Tensors; N];

    fn tensors(&self) -> Self::Tensors {
        self.each_ref().map(X::tensors)
    }
}

impl<T: Element> CustomTensors for Tensor<T> {
    fn take_apart(&self, parts: &mut Parts<AnyTensor>) {
        parts.elements.push(self.any());
    }

    fn put_together(parts: &mut Taken<AnyTensor>) -> Self {
        AnyTensor::put_together(parts).assume()
    }
}

impl CustomTensors for AnyTensor {
    fn take_apart(&self, parts: &mut Parts<AnyTensor>) {
        parts.elements.push(self.clone());
    }

    fn put_together(parts: &mut Taken<AnyTensor>) -> Self {
        let next = parts.elements.next();
        next.expect("as many tensors are taken as were put in")
    }
}

impl<S: CustomTensors> CustomTensors for Vec<S> {
    fn take_apart(&self, parts: &mut Parts<AnyTensor>) {
        parts.lengths.push(self.len());
        self.iter().for_each(|tensors| tensors.take_apart(parts));
    }

    fn put_together(parts: &mut Taken<AnyTensor>) -> Self {
        let length = parts.lengths.next().unwrap_or_default();
        (0..length).map(|_| S::put_together(parts)).collect()
    }
}

impl<S: CustomTensors, const N: usize> CustomTensors for [S; N] {
    fn take_apart(&self, parts: &mut Parts<AnyTensor>) {
        self.iter().for_each(|tensors| tensors.take_apart(parts));
    }

    fn put_together(parts: &mut Taken<AnyTensor>) -> Self {
        std::array::from_fn(|_| S::put_together(parts))
    }
}

impl CustomTensors for () {
    fn take_apart(&self, _: &mut Parts<AnyTensor>) {}

    fn put_together(_: &mut Taken<AnyTensor>) -> Self {}
}

impl<X: OptionalTensor> CustomGradients for X {
    fn gradients(self) -> Vec<Option<Gradient>> {
        vec![self.tensor().map(Gradient::Dense)]
    }
}

impl CustomGradients for Gradient {
    fn gradients(self) -> Vec<Option<Gradient>> {
        vec![Some(self)]
    }
}

impl CustomGradients for Option<Gradient> {
    fn gradients(self) -> Vec<Option<Gradient>> {
        vec![self]
    }
}

impl<G: CustomGradients> CustomGradients for Vec<G> {
    fn gradients(self) -> Vec<Option<Gradient>> {
        self.into_iter().flat_map(G::gradients).collect()
    }
}

impl<G: CustomGradients, const N: usize> CustomGradients for [G; N] {
    fn gradients(self) -> Vec<Option<Gradient>> {
        self.into_iter().flat_map(G::gradients).collect()
    }
}

macro_rules! tuple {
    ($($x:ident $index:tt),+) => {
        impl<$($x: CustomInputs),+> CustomInputs for ($($x,)+) {
            type Tensors = ($($x::Tensors,)+);

            fn tensors(&self) -> Self::Tensors {
                ($(self.$index.tensors(),)+)
            }
        }

        impl<$($x: CustomTensors),+> CustomTensors for ($($x,)+) {
            fn take_apart(&self, parts: &mut Parts<AnyTensor>) {
                $(self.$index.take_apart(parts);)+
            }

            fn put_together(parts: &mut Taken<AnyTensor>) -> Self {
                ($($x::put_together(parts),)+)
            }
        }

        impl<$($x: CustomGradients),+> CustomGradients for ($($x,)+) {
            fn gradients(self) -> Vec<Option<Gradient>> {
                let mut all = Vec::new();
                $(all.extend(self.$index.gradients());)+
                all
            }
        }
    };
}

for_tuples!(tuple);
