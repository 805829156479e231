//! How a camera was held. Telephones store the picture as the sensor saw it and note in the file's
//! Exif data how it is to be turned; without that, a hand held up would lie on its side.

use ndarray::{Array3, Axis};

/// The steps that bring a picture upright: first swap rows and columns, then mirror.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Orientation {
    transposed: bool,
    mirrored_rows: bool,
    mirrored_columns: bool,
}

/// Exif's number for the orientation tag, and for its type (a 16-bit number).
const ORIENTATION_TAG: u16 = 0x0112;
const SHORT: u16 = 3;
/// Bytes of one entry in a directory of tags.
const ENTRY: usize = 12;

impl Orientation {
    /// Reads the orientation from Exif data; upright if it is missing or makes no sense.
    pub fn of_exif(exif: &[u8]) -> Self {
        Self::of_number(orientation_number(exif).unwrap_or(1))
    }

    /// What Exif's numbers 1 to 8 mean, by where the stored first row and first column belong.
    fn of_number(number: u16) -> Self {
        Orientation {
            transposed: (5..=8).contains(&number),
            mirrored_rows: [3, 4, 7, 8].contains(&number),
            mirrored_columns: [2, 3, 6, 7].contains(&number),
        }
    }

    /// A square picture `[side, side, channels]` brought upright.
    pub fn upright(self, mut picture: Array3<u8>) -> Array3<u8> {
        if self.transposed {
            picture.swap_axes(0, 1);
        }
        if self.mirrored_rows {
            picture.invert_axis(Axis(0));
        }
        if self.mirrored_columns {
            picture.invert_axis(Axis(1));
        }
        picture.as_standard_layout().into_owned()
    }
}

/// Finds the tag in the first directory. Exif is a TIFF file's header: the byte order, the number
/// 42, and where the first directory stands; a directory is a count and that many entries of tag,
/// type, count and value.
fn orientation_number(exif: &[u8]) -> Option<u16> {
    let little = match exif.get(..2)? {
        b"II" => true,
        b"MM" => false,
        _ => return None,
    };
    let short = |at: usize| -> Option<u16> {
        let bytes = exif.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    };
    let long = |at: usize| -> Option<u32> {
        let bytes = exif.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
    };
    let directory = long(4)? as usize;
    let entries = (0..short(directory)?).map(|entry| directory + 2 + usize::from(entry) * ENTRY);
    entries
        .take_while(|&at| at + ENTRY <= exif.len())
        .find(|&at| short(at) == Some(ORIENTATION_TAG) && short(at + 2) == Some(SHORT))
        .and_then(|at| short(at + 8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// Exif data with one entry.
    fn exif(little: bool, number: u16) -> Vec<u8> {
        let short = |n: u16| {
            if little {
                n.to_le_bytes()
            } else {
                n.to_be_bytes()
            }
        };
        let long = |n: u32| {
            if little {
                n.to_le_bytes()
            } else {
                n.to_be_bytes()
            }
        };
        let order: &[u8] = if little { b"II" } else { b"MM" };
        [
            order,
            &short(42),
            &long(8),
            &short(1),
            &short(ORIENTATION_TAG),
            &short(SHORT),
            &long(1),
            &short(number),
            &short(0),
        ]
        .concat()
    }

    /// The letter L as it looks upright, and as a sensor stores it in each orientation.
    #[test]
    fn every_orientation_brings_the_picture_upright() {
        let upright = array![[1, 2], [3, 4]];
        let stored = [
            (1, array![[1, 2], [3, 4]]),
            (2, array![[2, 1], [4, 3]]),
            (3, array![[4, 3], [2, 1]]),
            (4, array![[3, 4], [1, 2]]),
            (5, array![[1, 3], [2, 4]]),
            (6, array![[2, 4], [1, 3]]),
            (7, array![[4, 2], [3, 1]]),
            (8, array![[3, 1], [4, 2]]),
        ];
        for (number, stored) in stored {
            let turned = Orientation::of_number(number).upright(stored.insert_axis(Axis(2)));
            assert_eq!(turned.remove_axis(Axis(2)), upright, "orientation {number}");
        }
    }

    #[test]
    fn both_byte_orders_are_read() {
        for little in [true, false] {
            assert_eq!(orientation_number(&exif(little, 6)), Some(6));
        }
    }

    #[test]
    fn damaged_exif_is_upright_and_no_panic() {
        let whole = exif(true, 6);
        for length in 0..whole.len() {
            assert_eq!(
                Orientation::of_exif(&whole[..length]),
                Orientation::default()
            );
        }
        for at in 0..whole.len() {
            for value in 0..=255 {
                let mut changed = whole.clone();
                changed[at] = value;
                Orientation::of_exif(&changed);
            }
        }
        assert_eq!(
            Orientation::of_exif(&exif(true, 99)),
            Orientation::default()
        );
    }
}
