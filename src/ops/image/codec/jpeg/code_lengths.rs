//! Tables of Huffman codes to write with: the usual ones, and those for a picture.

/// A table of codes.
#[derive(Clone)]
pub(super) struct CodeTable {
    counts: [u8; 16],
    values: [u8; 256],
    len: usize,
    /// Code and length of each symbol.
    codes: [(u16, u8); 256],
}

impl CodeTable {
    fn new(counts: [u8; 16], listed: &[u8]) -> CodeTable {
        let mut values = [0; 256];
        values[..listed.len()].copy_from_slice(listed);
        let mut codes = [(0, 0); 256];
        let (mut code, mut place) = (0u32, 0);
        for (length, &count) in (1..).zip(&counts) {
            for _ in 0..count {
                codes[usize::from(values[place])] = (code as u16, length);
                code += 1;
                place += 1;
            }
            code <<= 1;
        }
        CodeTable {
            counts,
            values,
            len: listed.len(),
            codes,
        }
    }

    /// Code and length of a symbol.
    pub(super) fn code(&self, symbol: u8) -> (u32, u32) {
        let (code, length) = self.codes[usize::from(symbol)];
        (code.into(), length.into())
    }

    /// How many codes there are of each length, and their symbols.
    pub(super) fn listed(&self) -> (&[u8], &[u8]) {
        (&self.counts, &self.values[..self.len])
    }

    /// The usual tables (T.81, K.3): for brightness those of the first coefficient and of the
    /// others, then for colors.
    pub(super) fn standard() -> [CodeTable; 4] {
        let first: [u8; 12] = std::array::from_fn(|i| i as u8);
        [
            CodeTable::new([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], &first),
            CodeTable::new(
                [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d],
                &BRIGHTNESS,
            ),
            CodeTable::new([0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0], &first),
            CodeTable::new([0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77], &COLORS),
        ]
    }
}

/// How often each symbol is coded.
pub(super) struct Counts {
    counts: [u32; 256],
}

impl Counts {
    pub(super) const fn new() -> Counts {
        Counts { counts: [0; 256] }
    }

    pub(super) fn add(&mut self, symbol: u8) {
        let count = &mut self.counts[usize::from(symbol)];
        *count = count.saturating_add(1);
    }

    /// The shortest codes, none longer than 16 bits and none of ones only (T.81, K.2).
    pub(super) fn table(&self) -> CodeTable {
        // The last is one that is never coded: it gets the code of ones.
        const NONE: usize = 256;
        let mut counts = [0u64; NONE + 1];
        for (to, &from) in counts.iter_mut().zip(&self.counts) {
            *to = from.into();
        }
        counts[NONE] = 1;
        let mut lengths = [0usize; NONE + 1];
        let mut next = [NONE + 1; NONE + 1];
        // Of those as rare, the one with the higher number.
        let rarest = |counts: &[u64; NONE + 1], but: usize| {
            let found = (0..=NONE).rev().filter(|&i| counts[i] > 0 && i != but);
            found.min_by_key(|&i| counts[i])
        };
        while let Some(one) = rarest(&counts, NONE + 1) {
            let Some(other) = rarest(&counts, one) else {
                break;
            };
            counts[one] += std::mem::take(&mut counts[other]);
            // Both groups are one now, whose codes have a bit more.
            let mut last = one;
            loop {
                lengths[last] += 1;
                match next[last] {
                    end if end > NONE => break,
                    more => last = more,
                }
            }
            next[last] = other;
            let mut of = other;
            while of <= NONE {
                lengths[of] += 1;
                of = next[of];
            }
        }
        let mut of_length = [0u32; NONE + 2];
        for &length in lengths.iter().filter(|length| **length > 0) {
            of_length[length] += 1;
        }
        for length in (17..of_length.len()).rev() {
            while of_length[length] > 0 {
                let mut shorter = length - 2;
                while of_length[shorter] == 0 {
                    shorter -= 1;
                }
                of_length[length] -= 2;
                of_length[length - 1] += 1;
                of_length[shorter + 1] += 2;
                of_length[shorter] -= 1;
            }
        }
        if let Some(longest) = (1..=16).rev().find(|&length| of_length[length] > 0) {
            of_length[longest] -= 1;
        }
        let mut values = [0; 256];
        let mut len = 0;
        for length in 1..of_length.len() {
            for symbol in (0..NONE).filter(|&symbol| lengths[symbol] == length) {
                values[len] = symbol as u8;
                len += 1;
            }
        }
        let counts = std::array::from_fn(|i| of_length[i + 1] as u8);
        CodeTable::new(counts, &values[..len])
    }
}

/// The symbols of the usual codes for brightness, the shortest first.
const BRIGHTNESS: [u8; 162] = [
    1, 2, 3, 0, 4, 17, 5, 18, 33, 49, 65, 6, 19, 81, 97, 7, 34, 113, 20, 50, 129, 145, 161, 8, 35,
    66, 177, 193, 21, 82, 209, 240, 36, 51, 98, 114, 130, 9, 10, 22, 23, 24, 25, 26, 37, 38, 39,
    40, 41, 42, 52, 53, 54, 55, 56, 57, 58, 67, 68, 69, 70, 71, 72, 73, 74, 83, 84, 85, 86, 87, 88,
    89, 90, 99, 100, 101, 102, 103, 104, 105, 106, 115, 116, 117, 118, 119, 120, 121, 122, 131,
    132, 133, 134, 135, 136, 137, 138, 146, 147, 148, 149, 150, 151, 152, 153, 154, 162, 163, 164,
    165, 166, 167, 168, 169, 170, 178, 179, 180, 181, 182, 183, 184, 185, 186, 194, 195, 196, 197,
    198, 199, 200, 201, 202, 210, 211, 212, 213, 214, 215, 216, 217, 218, 225, 226, 227, 228, 229,
    230, 231, 232, 233, 234, 241, 242, 243, 244, 245, 246, 247, 248, 249, 250,
];

/// The symbols of the usual codes for colors, the shortest first.
const COLORS: [u8; 162] = [
    0, 1, 2, 3, 17, 4, 5, 33, 49, 6, 18, 65, 81, 7, 97, 113, 19, 34, 50, 129, 8, 20, 66, 145, 161,
    177, 193, 9, 35, 51, 82, 240, 21, 98, 114, 209, 10, 22, 36, 52, 225, 37, 241, 23, 24, 25, 26,
    38, 39, 40, 41, 42, 53, 54, 55, 56, 57, 58, 67, 68, 69, 70, 71, 72, 73, 74, 83, 84, 85, 86, 87,
    88, 89, 90, 99, 100, 101, 102, 103, 104, 105, 106, 115, 116, 117, 118, 119, 120, 121, 122, 130,
    131, 132, 133, 134, 135, 136, 137, 138, 146, 147, 148, 149, 150, 151, 152, 153, 154, 162, 163,
    164, 165, 166, 167, 168, 169, 170, 178, 179, 180, 181, 182, 183, 184, 185, 186, 194, 195, 196,
    197, 198, 199, 200, 201, 202, 210, 211, 212, 213, 214, 215, 216, 217, 218, 226, 227, 228, 229,
    230, 231, 232, 233, 234, 242, 243, 244, 245, 246, 247, 248, 249, 250,
];
