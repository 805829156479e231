//! GIF files decoded.

use crate::types::{Error, Result, memory};

/// A picture of a file: where it lies, and its colors.
struct Frame {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    /// Red, green and blue of each color.
    palette: Vec<[u8; 3]>,
    /// The number of each pixel's color, row by row.
    indices: Vec<u8>,
}

fn broken(what: &str) -> Error {
    Error::invalid_argument(format!("Invalid GIF data, {what}"))
}

/// Reads from the beginning.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let parts = self.0.split_at_checked(count);
        let (taken, rest) = parts.ok_or_else(|| broken("the file ends too early"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    /// Numbers of two bytes, the lower first.
    fn numbers<const N: usize>(&mut self) -> Result<[usize; N]> {
        let bytes = self.take(2 * N)?;
        Ok(std::array::from_fn(|i| {
            usize::from(bytes[2 * i]) | usize::from(bytes[2 * i + 1]) << 8
        }))
    }

    /// The palette that a byte of flags announces.
    fn palette(&mut self, flags: u8) -> Result<Option<Vec<[u8; 3]>>> {
        if flags & 0x80 == 0 {
            return Ok(None);
        }
        let bytes = self.take(3 << ((flags & 7) + 1))?;
        let colors = bytes.chunks_exact(3).map(|it| [it[0], it[1], it[2]]);
        memory::collected(colors).map(Some)
    }

    /// The blocks up to the empty one, joined.
    fn blocks(&mut self) -> Result<Vec<u8>> {
        let mut joined = Vec::new();
        loop {
            let length = self.byte()?;
            if length == 0 {
                return Ok(joined);
            }
            for &byte in self.take(length.into())? {
                memory::push(&mut joined, byte)?;
            }
        }
    }
}

/// All pictures of a file, `[count, height, width, 3]` and the samples. Each is drawn on the one
/// before.
///
/// With `single`, a file of several is an error.
pub(super) fn decode(contents: &[u8], single: bool) -> Result<([usize; 4], Vec<u8>)> {
    let frames = read(contents)?;
    let count = frames.len();
    if single && count != 1 {
        return Err(Error::invalid_argument(format!(
            "Got {count} frames, but animated gifs can only be decoded by tf.image.decode_gif or tf.image.decode_image"
        )));
    }
    let width = frames.iter().map(|it| it.width).max().unwrap_or(0);
    let height = frames.iter().map(|it| it.height).max().unwrap_or(0);
    let shape = [count, height, width, 3];
    let mut samples = memory::repeated(memory::room_for::<u8>(&shape)?, 0u8)?;
    let size = height * width * 3;
    for (i, frame) in frames.iter().enumerate() {
        let fills = [frame.left, frame.top, frame.width, frame.height] == [0, 0, width, height];
        match i.checked_sub(1) {
            None if !fills => return Err(broken("the first frame does not fill the canvas")),
            None => {}
            Some(before) => samples.copy_within(before * size..i * size, i * size),
        }
        frame.draw(&mut samples[i * size..][..size], [height, width])?;
    }
    Ok((shape, samples))
}

fn read(contents: &[u8]) -> Result<Vec<Frame>> {
    let mut reader = Reader(contents);
    reader.take(6)?;
    let [_, _] = reader.numbers()?;
    let [flags, _, _] = *reader.take(3)? else {
        return Err(broken("the file ends too early"));
    };
    let shared = reader.palette(flags)?;
    let mut frames = Vec::new();
    loop {
        match reader.byte()? {
            b';' => break,
            b'!' => {
                reader.byte()?;
                reader.blocks()?;
            }
            b',' => {
                let frame = read_frame(&mut reader, shared.as_deref())?;
                memory::push(&mut frames, frame)?;
            }
            _ => return Err(broken("there is no such block")),
        }
    }
    if frames.is_empty() {
        return Err(broken("there is no picture"));
    }
    Ok(frames)
}

fn read_frame(reader: &mut Reader<'_>, shared: Option<&[[u8; 3]]>) -> Result<Frame> {
    let [left, top, width, height] = reader.numbers()?;
    let flags = reader.byte()?;
    let own = reader.palette(flags)?;
    let palette = match (own, shared) {
        (Some(own), _) => own,
        (None, Some(shared)) => memory::collected(shared.iter().copied())?,
        (None, None) => return Err(broken("missing color map for frame")),
    };
    let size = reader.byte()?;
    let data = reader.blocks()?;
    let mut indices = unpack(&data, size.into(), width * height)?;
    if flags & 0x40 != 0 {
        indices = in_order(&indices, width, height)?;
    }
    Ok(Frame {
        left,
        top,
        width,
        height,
        palette,
        indices,
    })
}

/// The rows of a picture that was sent in four turns.
fn in_order(indices: &[u8], width: usize, height: usize) -> Result<Vec<u8>> {
    let mut ordered = memory::repeated(indices.len(), 0)?;
    let turns = [(0, 8), (4, 8), (2, 4), (1, 2)];
    let rows = turns
        .into_iter()
        .flat_map(|(first, step)| (first..height).step_by(step));
    for (row, from) in rows.zip(indices.chunks_exact(width.max(1))) {
        ordered[row * width..][..width].copy_from_slice(from);
    }
    Ok(ordered)
}

/// Codes of at most 12 bits.
const CODES: usize = 1 << 12;

/// Unpacks `count` bytes (T. Welch, "A technique for high-performance data compression", 1984).
/// Memory is taken for what is there.
fn unpack(data: &[u8], size: u32, count: usize) -> Result<Vec<u8>> {
    if !(1..=11).contains(&size) {
        return Err(broken("codes have no such size"));
    }
    let (clear, end) = (1usize << size, (1usize << size) + 1);
    // Of each code: the code before its last byte, that byte, and its length.
    let mut before = [0u16; CODES];
    let mut last = [0u8; CODES];
    let mut lengths = [0u16; CODES];
    for code in 0..clear.min(256) {
        (last[code], lengths[code]) = (code as u8, 1);
    }
    let mut unpacked = Vec::new();
    let (mut next, mut bits, mut old) = (end + 1, size + 1, None);
    let (mut held, mut held_count) = (0u32, 0);
    let mut bytes = data.iter();
    while unpacked.len() < count {
        while held_count < bits {
            let Some(&byte) = bytes.next() else {
                return Err(broken("the pixels end too early"));
            };
            held |= u32::from(byte) << held_count;
            held_count += 8;
        }
        let code = (held & ((1 << bits) - 1)) as usize;
        held >>= bits;
        held_count -= bits;
        if code == clear {
            (next, bits, old) = (end + 1, size + 1, None);
            continue;
        }
        if code == end || code > next || (code == next && old.is_none()) {
            return Err(broken("the pixels are damaged"));
        }
        // What the code stands for, from its end to its beginning. A code that is being made is the
        // one before with its own first byte once more.
        let known = if code == next { old.unwrap_or(0) } else { code };
        let length = usize::from(lengths[known]) + usize::from(code == next);
        if length == 0 {
            return Err(broken("the pixels are damaged"));
        }
        let start = unpacked.len();
        let all = start + length;
        memory::expect_room(all)?;
        unpacked
            .try_reserve(length)
            .map_err(|_| memory::refused(all))?;
        // Few: there is room for all.
        unpacked.resize(all, 0);
        let mut at = known;
        for place in (start..start + usize::from(lengths[known])).rev() {
            unpacked[place] = last[at];
            at = before[at].into();
        }
        let first = unpacked[start];
        if code == next {
            unpacked[all - 1] = first;
        }
        if let Some(old) = old
            && next < CODES
        {
            before[next] = old as u16;
            last[next] = first;
            lengths[next] = lengths[old].saturating_add(1);
            next += 1;
            if next == 1 << bits && bits < 12 {
                bits += 1;
            }
        }
        old = Some(code);
    }
    unpacked.truncate(count);
    Ok(unpacked)
}

impl Frame {
    /// Draws the picture on a canvas; what lies outside is left out.
    fn draw(&self, canvas: &mut [u8], [height, width]: [usize; 2]) -> Result<()> {
        let rows = self.indices.chunks_exact(self.width.max(1));
        let seen = width.saturating_sub(self.left).min(self.width);
        for (row, y) in rows.zip(self.top..height) {
            let start = 3 * (y * width + self.left);
            let Some(to) = canvas.get_mut(start..start + 3 * seen) else {
                continue;
            };
            for (to, &index) in to.chunks_exact_mut(3).zip(row) {
                let color = self.palette.get(usize::from(index)).ok_or_else(|| {
                    broken(&format!(
                        "found color index {index} outside of color map range {}",
                        self.palette.len()
                    ))
                })?;
                to.copy_from_slice(color);
            }
        }
        Ok(())
    }
}
