//! [`Bytes`]: the elements of tensors of texts.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// An element of a tensor of type `string`: a text, or any other bytes, as TensorFlow's strings
/// are.
///
/// A clone shares the bytes with what it was cloned from.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let words = graph.constant(["to", "be"]);
/// let session = tf::Session::new(&graph)?;
/// let found = session.run(tf::reverse(&words, [0]), [])?;
/// assert_eq!(found[[0]], "be");
/// assert_eq!(found[[1]].to_str(), Ok("to"));
/// # Ok::<(), tf::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(Arc<[u8]>);

impl Bytes {
    /// The bytes.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text that the bytes are in UTF-8.
    ///
    /// # Errors
    /// If they are not UTF-8.
    pub fn to_str(&self) -> Result<&str, std::str::Utf8Error> {
        std::str::from_utf8(&self.0)
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Borrow<[u8]> for Bytes {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        Bytes(bytes.into())
    }
}

impl<const N: usize> From<&[u8; N]> for Bytes {
    fn from(bytes: &[u8; N]) -> Self {
        Bytes(bytes.as_slice().into())
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes(bytes.into())
    }
}

impl From<&str> for Bytes {
    fn from(text: &str) -> Self {
        Bytes(text.as_bytes().into())
    }
}

impl From<&String> for Bytes {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for Bytes {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

impl PartialEq<str> for Bytes {
    fn eq(&self, text: &str) -> bool {
        *self.0 == *text.as_bytes()
    }
}

impl PartialEq<&str> for Bytes {
    fn eq(&self, text: &&str) -> bool {
        *self == **text
    }
}

impl PartialEq<String> for Bytes {
    fn eq(&self, text: &String) -> bool {
        *self == **text
    }
}

impl PartialEq<Bytes> for str {
    fn eq(&self, bytes: &Bytes) -> bool {
        *bytes == *self
    }
}

impl PartialEq<Bytes> for &str {
    fn eq(&self, bytes: &Bytes) -> bool {
        *bytes == **self
    }
}

impl PartialEq<[u8]> for Bytes {
    fn eq(&self, bytes: &[u8]) -> bool {
        *self.0 == *bytes
    }
}

impl PartialEq<&[u8]> for Bytes {
    fn eq(&self, bytes: &&[u8]) -> bool {
        *self.0 == **bytes
    }
}

/// The text; what is not UTF-8 is replaced by `�`.
impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&String::from_utf8_lossy(&self.0))
    }
}

/// As Rust and Python write bytes: `b"text\n"`.
impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_bytes_are_compared_and_printed() {
        let bytes = Bytes::from("añ\n");
        assert_eq!(bytes, "añ\n");
        assert_eq!(bytes, Bytes::from("añ\n".to_string()));
        assert_ne!(bytes, "añ");
        assert_eq!(bytes.to_str(), Ok("añ\n"));
        assert_eq!(format!("{bytes}"), "añ\n");
        assert_eq!(format!("{bytes:?}"), r#"b"a\xc3\xb1\n""#);
        let other = Bytes::from(&[b'a', 0xff]);
        assert!(other.to_str().is_err());
        assert_eq!(other.to_string(), "a\u{fffd}");
        assert_eq!(other.as_bytes(), b"a\xff");
        assert!(Bytes::default() < other && Bytes::default().is_empty());
        assert_eq!(format!("{:>3}|", Bytes::from("a")), "  a|");
    }
}
