//! The checksum of TensorFlow's files: CRC-32C, masked.

/// The masked CRC-32C of `bytes`: TensorFlow turns the checksum and adds a constant, so that the checksum of data which holds
/// checksums itself is as good as any other.
pub(crate) fn masked_crc32c(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes)
        .rotate_right(15)
        .wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::masked_crc32c;

    /// RFC 3720, appendix B.4, has the checksums before they are masked: of 32 zeros 0x8a9136aa, of 32 bytes of ones 0x62a8ab43.
    #[test]
    fn checksums_are_those_of_the_rfc_masked() {
        let mask = |crc: u32| (crc >> 15 | crc << 17).wrapping_add(0xa282_ead8);
        assert_eq!(masked_crc32c(&[0; 32]), mask(0x8a91_36aa));
        assert_eq!(masked_crc32c(&[0xff; 32]), mask(0x62a8_ab43));
    }
}
