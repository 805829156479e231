//! JPEG files made, byte for byte those of the library that TensorFlow uses, but for progressive
//! ones, which have fewer scans (and the same pixels).

use super::code_lengths::{CodeTable, Counts};
use super::fdct::transform;
use super::frame::ZIGZAG;
use crate::types::{Result, memory};

/// How a file is made.
#[derive(Clone, Debug)]
pub(in super::super) struct Encoding<'a> {
    /// 0 to 100.
    pub quality: i64,
    pub is_progressive: bool,
    /// Whether codes are made for this picture.
    pub optimizes: bool,
    /// Whether colors have half as many samples along each side.
    pub downsamples: bool,
    /// 1 for inches, 2 for centimeters, and pixels for each of these.
    pub density_unit: u8,
    pub density: [u16; 2],
    pub xmp: &'a [u8],
}

/// Quantities for brightness and for colors (T.81, K.1), row by row.
const BRIGHTNESS: [u16; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113,
    92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
const COLORS: [u16; 64] = [
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99,
    47, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

fn quantities(base: &[u16; 64], quality: i64) -> [u16; 64] {
    let quality = quality.clamp(1, 100) as u32;
    let scale = if quality < 50 {
        5000 / quality
    } else {
        200 - 2 * quality
    };
    base.map(|base| ((u32::from(base) * scale + 50) / 100).clamp(1, 255) as u16)
}

/// A component's coefficients, block by block, in the order of their codes.
struct Plane {
    /// Blocks in a unit, across and down.
    side: usize,
    columns: usize,
    rows: usize,
    stride: usize,
    blocks: Vec<[i16; 64]>,
}

/// The picture's blocks.
struct Blocks {
    planes: Vec<Plane>,
    /// How many units there are, across and down.
    units: [usize; 2],
}

/// Makes the file of a picture with `channels` (1 or 3) bytes for each pixel.
pub(in super::super) fn encode(
    pixels: &[u8],
    [height, width, channels]: [usize; 3],
    encoding: &Encoding<'_>,
) -> Result<Vec<u8>> {
    let tables = [&BRIGHTNESS, &COLORS].map(|base| quantities(base, encoding.quality));
    let blocks = Blocks::of(pixels, [height, width, channels], encoding, &tables)?;
    let mut file = File::default();
    file.put(&[0xff, 0xd8])?;
    let [x, y] = encoding.density.map(u16::to_be_bytes);
    let unit = [1, 1, encoding.density_unit];
    file.segment(0xe0, &[b"JFIF\0", &unit[..], &x, &y, &[0, 0]])?;
    if !encoding.xmp.is_empty() {
        file.segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", encoding.xmp])?;
    }
    for (number, table) in (0u8..).zip(&tables).take(blocks.planes.len().min(2)) {
        let numbers = ZIGZAG.map(|place| table[place] as u8);
        file.segment(0xdb, &[&[number], &numbers])?;
    }
    let [y, x] = [height, width].map(|side| (side as u16).to_be_bytes());
    let mut parts = [0; 9];
    for (i, (part, plane)) in parts.chunks_exact_mut(3).zip(&blocks.planes).enumerate() {
        let side = plane.side as u8;
        part.copy_from_slice(&[i as u8 + 1, side << 4 | side, u8::from(i > 0)]);
    }
    let count = blocks.planes.len();
    let kind = if encoding.is_progressive { 0xc2 } else { 0xc0 };
    file.segment(kind, &[&[8], &y, &x, &[count as u8], &parts[..3 * count]])?;
    if encoding.is_progressive {
        blocks.write(&mut file, 0..count, 0..=0, true)?;
        for plane in 0..count {
            blocks.write(&mut file, plane..plane + 1, 1..=63, true)?;
        }
    } else {
        blocks.write(&mut file, 0..count, 0..=63, encoding.optimizes)?;
    }
    file.put(&[0xff, 0xd9])?;
    Ok(file.bytes)
}

impl Blocks {
    fn of(
        pixels: &[u8],
        [height, width, channels]: [usize; 3],
        encoding: &Encoding<'_>,
        tables: &[[u16; 64]; 2],
    ) -> Result<Blocks> {
        let halves = channels == 3 && encoding.downsamples;
        let unit = if halves { 2 } else { 1 };
        let units = [width.div_ceil(8 * unit), height.div_ceil(8 * unit)];
        let mut planes = memory::reserved(channels)?;
        for channel in 0..channels {
            let side = if channel == 0 { unit } else { 1 };
            let shared = unit / side;
            let source = Source {
                pixels,
                width,
                height,
                channel: (channels == 3).then_some(channel),
            };
            let mut plane = Plane {
                side,
                columns: width.div_ceil(8 * shared),
                rows: height.div_ceil(8 * shared),
                stride: units[0] * side,
                blocks: memory::repeated(units[0] * units[1] * side * side, [0; 64])?,
            };
            plane.fill(&source, shared, &tables[channel.min(1)]);
            planes.push(plane);
        }
        Ok(Blocks { planes, units })
    }

    /// Writes a scan of some components and coefficients, with codes of its own if `optimizes`.
    fn write(
        &self,
        file: &mut File,
        planes: std::ops::Range<usize>,
        range: std::ops::RangeInclusive<usize>,
        optimizes: bool,
    ) -> Result<()> {
        let (first, last) = (*range.start(), *range.end());
        let [has_dc, has_ac] = [first == 0, last > 0];
        // For brightness and for colors, those of the first coefficient and those of the others.
        let mut tables = CodeTable::standard();
        if optimizes {
            let mut counts = [const { Counts::new() }; 4];
            self.code(planes.clone(), (first, last), |table, symbol, _, _| {
                counts[table].add(symbol);
                Ok(())
            })?;
            tables = counts.map(|counts| counts.table());
        }
        let mut listed = [0; 6];
        let listed = &mut listed[..2 * planes.len()];
        let mut written = [false; 4];
        for (part, plane) in listed.chunks_exact_mut(2).zip(planes.clone()) {
            let kind = usize::from(plane > 0);
            for (class, is_used) in [has_dc, has_ac].into_iter().enumerate() {
                let table = 2 * kind + class;
                if is_used && !std::mem::replace(&mut written[table], true) {
                    let name = [(class << 4 | kind) as u8];
                    let (counts, values) = tables[table].listed();
                    file.segment(0xc4, &[&name, counts, values])?;
                }
            }
            let dc = if has_dc { kind } else { 0 };
            let ac = if has_ac { kind } else { 0 };
            part.copy_from_slice(&[plane as u8 + 1, (dc << 4 | ac) as u8]);
        }
        let count = [planes.len() as u8];
        file.segment(0xda, &[&count, listed, &[first as u8, last as u8, 0]])?;
        self.code(planes, (first, last), |table, symbol, bits, count| {
            let (code, length) = tables[table].code(symbol);
            file.bits(code, length)?;
            file.bits(bits, count)
        })?;
        file.end_bits()
    }

    /// Tells the codes of a scan: table, symbol, and bits that follow it.
    fn code(
        &self,
        planes: std::ops::Range<usize>,
        range: (usize, usize),
        mut tell: impl FnMut(usize, u8, u32, u32) -> Result<()>,
    ) -> Result<()> {
        let mut past = [0; 3];
        if planes.len() == 1 {
            let at = planes.start;
            let plane = &self.planes[at];
            for y in 0..plane.rows {
                for block in &plane.blocks[y * plane.stride..][..plane.columns] {
                    code_block(block, range, &mut past[at], at > 0, &mut tell)?;
                }
            }
            return Ok(());
        }
        for unit in 0..self.units[0] * self.units[1] {
            let (x, y) = (unit % self.units[0], unit / self.units[0]);
            for at in planes.clone() {
                let plane = &self.planes[at];
                for block in 0..plane.side * plane.side {
                    let column = x * plane.side + block % plane.side;
                    let row = y * plane.side + block / plane.side;
                    let block = &plane.blocks[row * plane.stride + column];
                    code_block(block, range, &mut past[at], at > 0, &mut tell)?;
                }
            }
        }
        Ok(())
    }
}

fn code_block(
    block: &[i16; 64],
    (first, last): (usize, usize),
    past: &mut i32,
    is_color: bool,
    tell: &mut impl FnMut(usize, u8, u32, u32) -> Result<()>,
) -> Result<()> {
    let table = 2 * usize::from(is_color);
    if first == 0 {
        let dc = i32::from(block[0]);
        let (bits, count) = coded(dc - *past);
        *past = dc;
        tell(table, count as u8, bits, count)?;
    }
    let mut zeros = 0;
    for &coefficient in block.get(first.max(1)..=last).unwrap_or_default() {
        if coefficient == 0 {
            zeros += 1;
            continue;
        }
        while zeros > 15 {
            tell(table + 1, 0xf0, 0, 0)?;
            zeros -= 16;
        }
        let (bits, count) = coded(coefficient.into());
        tell(table + 1, (zeros << 4 | count) as u8, bits, count)?;
        zeros = 0;
    }
    if zeros > 0 {
        tell(table + 1, 0, 0, 0)?;
    }
    Ok(())
}

/// A number as bits, and how many (T.81, F.1.2.1).
fn coded(number: i32) -> (u32, u32) {
    let count = i32::BITS - number.unsigned_abs().leading_zeros();
    let bits = if number < 0 { number - 1 } else { number };
    (bits.cast_unsigned() & ((1 << count) - 1), count)
}

/// The samples of a component.
struct Source<'a> {
    pixels: &'a [u8],
    width: usize,
    height: usize,
    /// 0 for brightness, 1 and 2 for the differences of blue and red; `None` if pixels are gray.
    channel: Option<usize>,
}

impl Source<'_> {
    /// A sample; beyond the right edge, the last one.
    fn at(&self, x: usize, y: usize) -> i32 {
        const fn fixed(number: f64) -> i32 {
            (number * 65536.0 + 0.5) as i32
        }
        const HALF: i32 = 1 << 15;
        let place = y * self.width + x.min(self.width - 1);
        let Some(channel) = self.channel else {
            return self.pixels[place].into();
        };
        let [r, g, b] = [0, 1, 2].map(|i| i32::from(self.pixels[3 * place + i]));
        let sum = match channel {
            0 => fixed(0.299) * r + fixed(0.587) * g + fixed(0.114) * b + HALF,
            1 => fixed(0.5) * b - fixed(0.16874) * r - fixed(0.33126) * g + (128 << 16) + HALF - 1,
            _ => fixed(0.5) * r - fixed(0.41869) * g - fixed(0.08131) * b + (128 << 16) + HALF - 1,
        };
        sum >> 16
    }

    /// A sample of a plane in which `shared` by `shared` pixels share one. Beyond the bottom, it is
    /// the last one.
    fn shared(&self, x: usize, y: usize, shared: usize) -> i32 {
        let y = y.min(self.height.div_ceil(shared) - 1);
        if shared == 1 {
            return self.at(x, y);
        }
        let below = (2 * y + 1).min(self.height - 1);
        let sum = self.at(2 * x, 2 * y)
            + self.at(2 * x + 1, 2 * y)
            + self.at(2 * x, below)
            + self.at(2 * x + 1, below);
        // Halves are rounded down and up in turn.
        (sum + 1 + (x % 2) as i32) >> 2
    }
}

impl Plane {
    fn fill(&mut self, source: &Source<'_>, shared: usize, quantities: &[u16; 64]) {
        let (side, stride, columns) = (self.side, self.stride, self.columns);
        for (y, row) in self.blocks.chunks_exact_mut(stride).enumerate() {
            if y >= self.rows {
                continue;
            }
            for (x, block) in row.iter_mut().enumerate().take(columns) {
                let mut samples = [0; 64];
                for (place, sample) in samples.iter_mut().enumerate() {
                    let (x, y) = (8 * x + place % 8, 8 * y + place / 8);
                    *sample = source.shared(x, y, shared) - 128;
                }
                transform(&mut samples);
                for (to, place) in block.iter_mut().zip(ZIGZAG) {
                    *to = divided(samples[place], quantities[place]);
                }
            }
            // Blocks that only fill the last unit have the mean of the one before.
            for x in columns..stride {
                row[x][0] = row[x - 1][0];
            }
        }
        for y in self.rows..self.blocks.len() / stride {
            for x in 0..stride {
                let above = (y - 1) * stride + x / side * side + side - 1;
                self.blocks[y * stride + x][0] = self.blocks[above][0];
            }
        }
    }
}

/// A coefficient, which is eight times too large, divided by its quantity and rounded.
fn divided(coefficient: i32, quantity: u16) -> i16 {
    let quantity = i32::from(quantity) << 3;
    let size = (coefficient.abs() + quantity / 2) / quantity;
    (size * coefficient.signum()) as i16
}

/// The file as it grows.
#[derive(Default)]
struct File {
    bytes: Vec<u8>,
    /// Bits that are no whole byte yet.
    held: u32,
    count: u32,
}

impl File {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        for &byte in bytes {
            memory::push(&mut self.bytes, byte)?;
        }
        Ok(())
    }

    /// A marker with what belongs to it, which is less than 64 KB.
    fn segment(&mut self, kind: u8, parts: &[&[u8]]) -> Result<()> {
        let length = parts.iter().map(|part| part.len()).sum::<usize>() + 2;
        self.put(&[0xff, kind])?;
        self.put(&(length as u16).to_be_bytes())?;
        parts.iter().try_for_each(|part| self.put(part))
    }

    fn bits(&mut self, bits: u32, count: u32) -> Result<()> {
        self.held = self.held << count | bits;
        self.count += count;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.held >> self.count) as u8;
            memory::push(&mut self.bytes, byte)?;
            if byte == 0xff {
                memory::push(&mut self.bytes, 0)?;
            }
        }
        Ok(())
    }

    /// Fills the last byte with ones.
    fn end_bits(&mut self) -> Result<()> {
        if self.count > 0 {
            let count = 8 - self.count;
            self.bits((1 << count) - 1, count)?;
        }
        self.held = 0;
        Ok(())
    }
}
