//! The checksum of TensorFlow's files: CRC-32C, masked.

/// The CRC-32C of `bytes`, turned and moved by a constant, as TensorFlow stores it: the checksum of
/// data that hold checksums themselves would be a weak one.
///
/// Source: `tensorflow/core/lib/hash/crc32c.h`.
pub(crate) fn masked_crc32c(bytes: &[u8]) -> u32 {
    masked(crc32c::crc32c(bytes))
}

/// A CRC-32C as it is stored.
pub(crate) fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value of the polynomial (RFC 3720, appendix B.4: 32 bytes of zeros), masked by
    /// hand.
    #[test]
    fn the_checksum_is_the_standards() {
        assert_eq!(crc32c::crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(
            masked(0x8a91_36aa),
            0x6d55_1522_u32.wrapping_add(0xa282_ead8)
        );
    }
}
