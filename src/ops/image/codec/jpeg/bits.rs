//! Huffman codes and the bits of a scan.

use super::frame::damaged;
use crate::types::Result;

/// Codes of no more bits than this are looked up at once.
const LOOKED_UP: u32 = 9;

/// A table of Huffman codes.
#[derive(Clone)]
pub(super) struct Codes {
    /// For the next bits: the length of the code that they begin with, and its value; 0 if it is
    /// longer.
    short: [(u8, u8); 1 << LOOKED_UP],
    /// For each length, the first code that is longer than all of this length, shifted to 16 bits.
    ends: [u32; 18],
    /// For each length, what is added to a code for its place in `values`.
    offsets: [i32; 17],
    values: [u8; 256],
}

impl Codes {
    /// The table with `counts[i]` codes of i + 1 bits, for these values.
    pub(super) fn new(counts: &[u8; 16], listed: &[u8]) -> Result<Codes> {
        let mut codes = Codes {
            short: [(0, 0); 1 << LOOKED_UP],
            ends: [0; 18],
            offsets: [0; 17],
            values: [0; 256],
        };
        let Some(values) = codes.values.get_mut(..listed.len()) else {
            return Err(damaged("a table of codes is too long"));
        };
        values.copy_from_slice(listed);
        let (mut code, mut place) = (0u32, 0usize);
        for (length, &count) in (1u32..).zip(counts) {
            codes.offsets[length as usize] = place as i32 - code as i32;
            for _ in 0..count {
                if code >= 1 << length {
                    return Err(damaged("a table has more codes than there are"));
                }
                if length <= LOOKED_UP {
                    let first = (code << (LOOKED_UP - length)) as usize;
                    let entry = (length as u8, codes.values[place & 255]);
                    codes.short[first..first + (1 << (LOOKED_UP - length))].fill(entry);
                }
                code += 1;
                place += 1;
            }
            codes.ends[length as usize] = code << (16 - length);
            code <<= 1;
        }
        codes.ends[17] = u32::MAX;
        Ok(codes)
    }
}

/// The bits of a scan up to the next marker.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    place: usize,
    /// The next bits, the first the highest.
    held: u64,
    count: u32,
    /// How many bits there were not.
    missing: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8], place: usize) -> Self {
        Bits {
            bytes,
            place,
            held: 0,
            count: 0,
            missing: 0,
        }
    }

    /// Where the bits end: at a marker, or at the end of the file.
    pub(super) fn place(&self) -> usize {
        self.place
    }

    /// Whether more bits were read than there are.
    pub(super) fn is_spent(&self) -> bool {
        self.missing > self.count
    }

    fn fill(&mut self) {
        while self.count <= 56 {
            let byte = match self.bytes.get(self.place..) {
                Some([0xff, 0, ..]) => {
                    self.place += 2;
                    0xff
                }
                Some([byte, ..]) if *byte != 0xff => {
                    self.place += 1;
                    *byte
                }
                _ => {
                    self.missing += 8;
                    0
                }
            };
            self.held |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    /// The next `count` bits, at most 16.
    pub(super) fn take(&mut self, count: u32) -> u32 {
        if count == 0 {
            return 0;
        }
        if self.count < count {
            self.fill();
        }
        let bits = (self.held >> (64 - count)) as u32;
        self.drop(count);
        bits
    }

    pub(super) fn bit(&mut self) -> bool {
        self.take(1) == 1
    }

    fn drop(&mut self, count: u32) {
        self.held <<= count;
        self.count -= count;
    }

    /// The value of the next code.
    pub(super) fn code(&mut self, codes: &Codes) -> Result<u8> {
        if self.count < 16 {
            self.fill();
        }
        let (length, value) = codes.short[(self.held >> (64 - LOOKED_UP)) as usize];
        if length > 0 {
            self.drop(u32::from(length));
            return Ok(value);
        }
        let next = (self.held >> 48) as u32;
        let mut length = LOOKED_UP + 1;
        while next >= codes.ends[length as usize] {
            length += 1;
        }
        if length > 16 {
            return Err(damaged("there is no such code"));
        }
        let place = (next >> (16 - length)) as i32 + codes.offsets[length as usize];
        self.drop(length);
        Ok(codes.values[(place & 255) as usize])
    }

    /// A number of so many bits, of which the lower half is negative (T.81, F.2.2.1).
    pub(super) fn number(&mut self, bits: u32) -> i32 {
        if bits == 0 {
            return 0;
        }
        let number = self.take(bits) as i32;
        if number < 1 << (bits - 1) {
            number - (1 << bits) + 1
        } else {
            number
        }
    }
}
