//! [`Padding`]: what windows see beyond a picture's edges.

use crate::kernels::window::Pad;
use crate::types::{Error, Result};

/// What windows see beyond the edges of a picture: the parameter `padding` of TensorFlow's
/// convolutions and pooling.
///
/// A text will do, too, as TensorFlow spells it: `"SAME"` or `"VALID"`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Padding {
    /// Zeros (pooling leaves them out), so many that there are ⌈length / stride⌉ windows; half of
    /// them before the first element, and one more after the last where they are odd.
    Same,
    /// Nothing: windows lie within the picture.
    Valid,
    /// Zeros, so many before and after each axis of the operand, batch and channels (which have
    /// none) included: `[[0, 0], [1, 1], [1, 1], [0, 0]]`.
    Explicit(Vec<[i64; 2]>),
    /// A name that may be none of TensorFlow's.
    #[doc(hidden)]
    Named(String),
}

/// By its name in TensorFlow, in upper or lower case.
impl From<&str> for Padding {
    fn from(name: &str) -> Self {
        match name {
            "SAME" | "same" => Padding::Same,
            "VALID" | "valid" => Padding::Valid,
            _ => Padding::Named(name.to_string()),
        }
    }
}

/// As [`Padding::Explicit`].
impl<const N: usize> From<[[i64; 2]; N]> for Padding {
    fn from(axes: [[i64; 2]; N]) -> Self {
        Padding::Explicit(axes.to_vec())
    }
}

impl Padding {
    /// TensorFlow's attributes `padding` and `explicit_paddings`.
    pub(in crate::ops) fn attributes(&self) -> (String, Vec<i64>) {
        match self {
            Padding::Same => ("SAME".to_string(), Vec::new()),
            Padding::Valid => ("VALID".to_string(), Vec::new()),
            Padding::Explicit(axes) => ("EXPLICIT".to_string(), axes.as_flattened().to_vec()),
            Padding::Named(name) => (name.clone(), Vec::new()),
        }
    }
}

impl Padding {
    /// The attribute `padding` of ops that know no explicit padding.
    ///
    /// # Errors
    /// `InvalidArgument` if it is explicit.
    pub(in crate::ops) fn implicit(&self, op_type: &str) -> Result<String> {
        match self {
            Padding::Explicit(_) => Err(Error::invalid_argument(format!(
                "{op_type} knows no explicit padding, only SAME and VALID"
            ))
            .with_help("pad with tf::pad before")),
            _ => Ok(self.attributes().0),
        }
    }
}

/// How axis `axis` is padded, by TensorFlow's attributes.
///
/// # Errors
/// `InvalidArgument` if there is no such padding.
pub(in crate::ops) fn pad_of(padding: &str, explicit: &[i64], axis: usize) -> Result<Pad> {
    match padding {
        "SAME" => Ok(Pad::Same),
        "VALID" => Ok(Pad::Valid),
        "EXPLICIT" => {
            let side = |i: usize| explicit.get(2 * axis + i).copied();
            let side = |i| side(i).and_then(|len| usize::try_from(len).ok());
            match (side(0), side(1)) {
                (Some(before), Some(after)) => Ok(Pad::Explicit(before, after)),
                _ => {
                    let message = format!(
                        "explicit_paddings must hold two numbers for each axis, none of them \
                         negative, but is {explicit:?}"
                    );
                    Err(Error::invalid_argument(message))
                }
            }
        }
        _ => Err(unknown(padding)),
    }
}

fn unknown(padding: &str) -> Error {
    Error::invalid_argument(format!(
        "Value for attr 'padding' of \"{padding}\" is not in the list of allowed values: \
         \"SAME\", \"VALID\""
    ))
}
