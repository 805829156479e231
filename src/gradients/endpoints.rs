//! What gradients are taken of, and with respect to what: one tensor or many, and results of the
//! same form.

use crate::graph::{AnyTensor, Tensor};
use crate::types::{Element, for_tuples};

/// What gradients can be taken of: a tensor, or an array, slice, vector or tuple of tensors.
#[diagnostic::on_unimplemented(
    message = "gradients cannot be taken of `{Self}`",
    label = "not a tensor, nor an array, slice, vector or tuple of tensors"
)]
pub trait GradientSources {
    /// The tensors.
    fn sources(&self) -> Vec<AnyTensor>;
}

/// What gradients can be taken with respect to: a tensor or variable, or an array, slice, vector or
/// tuple of them.
#[diagnostic::on_unimplemented(
    message = "gradients cannot be taken with respect to `{Self}`",
    label = "not a tensor or variable, nor an array, slice, vector or tuple of them"
)]
pub trait GradientTargets {
    /// The gradients.
    type Output;

    /// The tensors.
    fn targets(&self) -> Vec<AnyTensor>;

    /// The gradients of each of [`targets`](GradientTargets::targets).
    fn collect(&self, gradients: Vec<AnyTensor>) -> Self::Output;
}

impl<T: Element> GradientSources for Tensor<T> {
    fn sources(&self) -> Vec<AnyTensor> {
        vec![self.any()]
    }
}

impl GradientSources for AnyTensor {
    fn sources(&self) -> Vec<AnyTensor> {
        vec![self.clone()]
    }
}

impl<S: GradientSources + ?Sized> GradientSources for &S {
    fn sources(&self) -> Vec<AnyTensor> {
        (**self).sources()
    }
}

impl<S: GradientSources> GradientSources for [S] {
    fn sources(&self) -> Vec<AnyTensor> {
        self.iter().flat_map(S::sources).collect()
    }
}

impl<S: GradientSources, const N: usize> GradientSources for [S; N] {
    fn sources(&self) -> Vec<AnyTensor> {
        self.as_slice().sources()
    }
}

impl<S: GradientSources> GradientSources for Vec<S> {
    fn sources(&self) -> Vec<AnyTensor> {
        self.as_slice().sources()
    }
}

impl<T: Element> GradientTargets for Tensor<T> {
    type Output = Tensor<T>;

    fn targets(&self) -> Vec<AnyTensor> {
        vec![self.any()]
    }

    #[track_caller]
    fn collect(&self, gradients: Vec<AnyTensor>) -> Tensor<T> {
        gradients[0].assume()
    }
}

impl GradientTargets for AnyTensor {
    type Output = AnyTensor;

    fn targets(&self) -> Vec<AnyTensor> {
        vec![self.clone()]
    }

    fn collect(&self, gradients: Vec<AnyTensor>) -> AnyTensor {
        gradients[0].clone()
    }
}

impl<X: GradientTargets + ?Sized> GradientTargets for &X {
    type Output = X::Output;

    fn targets(&self) -> Vec<AnyTensor> {
        (**self).targets()
    }

    fn collect(&self, gradients: Vec<AnyTensor>) -> Self::Output {
        (**self).collect(gradients)
    }
}

impl<X: GradientTargets> GradientTargets for [X] {
    type Output = Vec<X::Output>;

    fn targets(&self) -> Vec<AnyTensor> {
        self.iter().flat_map(X::targets).collect()
    }

    fn collect(&self, gradients: Vec<AnyTensor>) -> Self::Output {
        let mut gradients = gradients.into_iter();
        self.iter()
            .map(|x| x.collect(gradients.by_ref().take(x.targets().len()).collect()))
            .collect()
    }
}

impl<X: GradientTargets, const N: usize> GradientTargets for [X; N] {
    type Output = [X::Output; N];

    fn targets(&self) -> Vec<AnyTensor> {
        self.as_slice().targets()
    }

    fn collect(&self, gradients: Vec<AnyTensor>) -> Self::Output {
        let mut collected = self.as_slice().collect(gradients).into_iter();
        std::array::from_fn(|_| {
            collected
                .next()
                .expect("a slice gives as many gradients as it has elements")
        })
    }
}

impl<X: GradientTargets> GradientTargets for Vec<X> {
    type Output = Vec<X::Output>;

    fn targets(&self) -> Vec<AnyTensor> {
        self.as_slice().targets()
    }

    fn collect(&self, gradients: Vec<AnyTensor>) -> Self::Output {
        self.as_slice().collect(gradients)
    }
}

macro_rules! tuple {
    ($($x:ident $index:tt),+) => {
        impl<$($x: GradientSources),+> GradientSources for ($($x,)+) {
            fn sources(&self) -> Vec<AnyTensor> {
                let mut all = Vec::new();
                $(all.extend(self.$index.sources());)+
                all
            }
        }

        impl<$($x: GradientTargets),+> GradientTargets for ($($x,)+) {
            type Output = ($($x::Output,)+);

            fn targets(&self) -> Vec<AnyTensor> {
                let mut all = Vec::new();
                $(all.extend(self.$index.targets());)+
                all
            }

            #[track_caller]
            fn collect(&self, gradients: Vec<AnyTensor>) -> Self::Output {
                let mut gradients = gradients.into_iter();
                ($({
                    let count = self.$index.targets().len();
                    self.$index.collect(gradients.by_ref().take(count).collect())
                },)+)
            }
        }
    };
}

for_tuples!(tuple);
