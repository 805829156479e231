//! Rust's texts, and lists of them, where elements of type `string` are wanted.

use ndarray::{ArrayD, IxDyn};

use super::{Bytes, Result, memory};

/// A text, or a list of texts.
pub(crate) trait Texts {
    /// The texts as an array.
    ///
    /// # Errors
    /// `ResourceExhausted`.
    fn into_array(self) -> Result<ArrayD<Bytes>>;
}

/// Calls the macro `$implement` with each type that is a text or a list of texts, after its
/// parameters in brackets.
macro_rules! for_texts {
    ($implement:ident) => {
        $implement!([] &str);
        $implement!([] String);
        $implement!([] &String);
        $crate::types::for_texts!($implement of &str);
        $crate::types::for_texts!($implement of String);
    };
    ($implement:ident of $text:ty) => {
        $implement!([] Vec<$text>);
        $implement!([] &Vec<$text>);
        $implement!([] &[$text]);
        $implement!([const N: usize] [$text; N]);
        $implement!([const N: usize] &[$text; N]);
        $implement!([const N: usize, const M: usize] [[$text; M]; N]);
        $implement!([const N: usize, const M: usize] &[[$text; M]; N]);
    };
}

pub(crate) use for_texts;

/// A text: not an array, as far as the compiler is concerned.
trait Text: AsRef<str> {}

impl Text for &str {}

impl Text for String {}

impl Texts for &str {
    fn into_array(self) -> Result<ArrayD<Bytes>> {
        Ok(ndarray::arr0(Bytes::from(self)).into_dyn())
    }
}

impl Texts for &String {
    fn into_array(self) -> Result<ArrayD<Bytes>> {
        self.as_str().into_array()
    }
}

impl Texts for String {
    fn into_array(self) -> Result<ArrayD<Bytes>> {
        Ok(ndarray::arr0(Bytes::from(self)).into_dyn())
    }
}

impl<S: Text> Texts for &[S] {
    fn into_array(self) -> Result<ArrayD<Bytes>> {
        array(&[self.len()], self)
    }
}

impl<S: Text> Texts for Vec<S> {
    fn into_array(self) -> Result<ArrayD<Bytes>> {
        self.as_slice().into_array()
    }
}

impl<S: Text> Texts for &Vec<S> {
    fn into_array(self) -> Result<ArrayD<Bytes>> {
        self.as_slice().into_array()
    }
}

impl<S: Text, const N: usize> Texts for [S; N] {
    fn into_array(self) -> Result<ArrayD<Bytes>> {
        self.as_slice().into_array()
    }
}

impl<S: Text, const N: usize> Texts for &[S; N] {
    fn into_array(self) -> Result<ArrayD<Bytes>> {
        self.as_slice().into_array()
    }
}

impl<S: Text, const N: usize, const M: usize> Texts for [[S; M]; N] {
    fn into_array(self) -> Result<ArrayD<Bytes>> {
        array(&[N, M], self.as_flattened())
    }
}

impl<S: Text, const N: usize, const M: usize> Texts for &[[S; M]; N] {
    fn into_array(self) -> Result<ArrayD<Bytes>> {
        array(&[N, M], self.as_flattened())
    }
}

fn array<S: Text>(shape: &[usize], texts: &[S]) -> Result<ArrayD<Bytes>> {
    let elements = memory::collected(texts.iter().map(|text| Bytes::from(text.as_ref())))?;
    Ok(ArrayD::from_shape_vec(IxDyn(shape), elements).expect("as many texts as the shape holds"))
}
