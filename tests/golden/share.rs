//! `TF1_GOLDEN_SHARE=2/8`: a share of the cases, for suites that run many times.

use std::fmt;

/// The cases whose hash, divided by how many shares there are, leaves the same rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Which share, from 1.
    number: u64,
    /// How many there are.
    shares: u64,
}

/// The environment variable.
pub const VARIABLE: &str = "TF1_GOLDEN_SHARE";

impl Share {
    /// Reads `number/shares`.
    pub fn read(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{VARIABLE}={text} is not a share such as 1/8: a number, a slash and how many shares there are"
            )
        };
        let (number, shares) = text.split_once('/').ok_or_else(wrong)?;
        let read = |text: &str| text.parse().map_err(|_| wrong());
        let (number, shares) = (read(number)?, read(shares)?);
        if (1..=shares).contains(&number) {
            Ok(Share { number, shares })
        } else {
            Err(wrong())
        }
    }

    /// Whether the case with this path is one of the share.
    pub fn holds(self, path: &str) -> bool {
        hash(path) % self.shares == self.number - 1
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "share {} of {}", self.number, self.shares)
    }
}

/// FNV-1a in 64 bits, which is the same on every machine and in every version. The upper half is
/// mixed into the lower, whose last bits would otherwise depend on the last bits of the letters
/// only.
fn hash(path: &str) -> u64 {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let hash = path.bytes().fold(0xcbf2_9ce4_8422_2325, mix);
    hash ^ (hash >> 32)
}
