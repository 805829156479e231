//! [`Frame`]: the parts of a file, and the coefficients of its blocks.

use super::bits::Codes;
use super::scan;
use crate::types::{Error, Result, memory};

/// What is wrong with a file.
pub(super) fn damaged(what: &str) -> Error {
    Error::invalid_argument(what)
}

/// What a file says of its picture.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Header {
    pub height: usize,
    pub width: usize,
    pub components: usize,
}

/// A component: brightness, or one of two colors.
pub(super) struct Component {
    id: u8,
    /// How many blocks of it there are in each unit, across and down.
    pub across: usize,
    pub down: usize,
    table: usize,
    /// The blocks of the picture in a row and in a column.
    pub columns: usize,
    pub rows: usize,
    /// The blocks that are kept in a row: whole units.
    pub stride: usize,
    /// The coefficients, block by block.
    pub blocks: Vec<[i16; 64]>,
    /// What the coefficients are multiplied by.
    pub quantities: [u16; 64],
}

/// A file that was taken apart.
pub(in super::super) struct Frame {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) components: Vec<Component>,
    /// The blocks in a unit of the largest component.
    pub(super) across: usize,
    pub(super) down: usize,
    pub(super) is_progressive: bool,
    /// How many units lie between two places from where reading can go on.
    pub(super) restart: usize,
    pub(super) dc_codes: [Option<Codes>; 4],
    pub(super) ac_codes: [Option<Codes>; 4],
    /// What Adobe's marker says of the colors.
    pub(super) adobe: Option<u8>,
    pub(super) has_jfif: bool,
}

/// A scan of few bytes may go over all blocks, so a file with more scans than this would take long.
/// (Those in use have fewer than twenty.)
const MOST_SCANS: usize = 200;

/// The place of each coefficient, in the order in which they are coded.
pub(super) const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// A marker with what belongs to it.
struct Segment<'a> {
    kind: u8,
    content: &'a [u8],
    /// Where the next one begins.
    end: usize,
}

fn segment(bytes: &[u8], mut place: usize) -> Result<Segment<'_>> {
    // What stands between markers is skipped, as the library does.
    let kind = loop {
        match bytes.get(place..place + 2) {
            Some([0xff, kind]) if !matches!(kind, 0 | 0xff) => break *kind,
            Some(_) => place += 1,
            None => return Err(damaged("the file ends too early")),
        }
    };
    place += 2;
    // Markers without content.
    if matches!(kind, 0x01 | 0xd0..=0xd9) {
        let content = &[];
        let end = place;
        return Ok(Segment { kind, content, end });
    }
    let length = bytes.get(place..place + 2).map(number);
    let end = place + length.unwrap_or(0);
    match bytes.get(place + 2..end) {
        Some(content) => Ok(Segment { kind, content, end }),
        None => Err(damaged("a part is longer than the file")),
    }
}

fn number(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

/// Whether a marker begins a frame.
fn is_frame(kind: u8) -> bool {
    matches!(kind, 0xc0..=0xcf if !matches!(kind, 0xc4 | 0xc8 | 0xcc))
}

impl Header {
    /// Reads a file up to the frame.
    pub(in super::super) fn read(contents: &[u8]) -> Result<Header> {
        let mut place = 2;
        loop {
            let Segment { kind, content, end } = segment(contents, place)?;
            match (kind, content) {
                (kind, [_, size @ .., components]) if is_frame(kind) && size.len() == 4 => {
                    return Header::of(size, *components);
                }
                (kind, [_, a, b, c, d, components, ..]) if is_frame(kind) => {
                    return Header::of(&[*a, *b, *c, *d], *components);
                }
                (0xd9 | 0xda, _) => return Err(damaged("there is no frame")),
                _ => place = end,
            }
        }
    }

    fn of(size: &[u8], components: u8) -> Result<Header> {
        let header = Header {
            height: number(&size[..2]),
            width: number(&size[2..]),
            components: components.into(),
        };
        if header.height == 0 || header.width == 0 || !matches!(header.components, 1 | 3 | 4) {
            return Err(damaged("the frame says that there is no picture"));
        }
        Ok(header)
    }
}

impl Frame {
    /// Takes a file apart. With `recover`, blocks that are missing at its end are zero.
    pub(in super::super) fn read(contents: &[u8], recover: bool) -> Result<Frame> {
        let mut frame = Frame {
            height: 0,
            width: 0,
            components: Vec::new(),
            across: 0,
            down: 0,
            is_progressive: false,
            restart: 0,
            dc_codes: [const { None }; 4],
            ac_codes: [const { None }; 4],
            adobe: None,
            has_jfif: false,
        };
        let mut tables = [None; 4];
        let mut scans = 0;
        let mut place = 2;
        loop {
            let part = match segment(contents, place) {
                Ok(part) => part,
                // As if the marker of the end stood there.
                Err(_) if scans > 0 && recover => break,
                Err(error) => return Err(error),
            };
            place = part.end;
            match part.kind {
                0xd9 => break,
                0xdb => read_quantities(part.content, &mut tables)?,
                0xc4 => frame.read_codes(part.content)?,
                0xdd if part.content.len() == 2 => frame.restart = number(part.content),
                0xe0 => frame.has_jfif |= part.content.starts_with(b"JFIF\0"),
                0xee if part.content.starts_with(b"Adobe") => {
                    frame.adobe = part.content.get(11).copied();
                }
                0xc0..=0xc2 if frame.components.is_empty() => {
                    frame.is_progressive = part.kind == 0xc2;
                    frame.read_frame(part.content, contents.len())?;
                }
                kind if is_frame(kind) => {
                    return Err(damaged("only Huffman codes and 8 bits can be read"));
                }
                0xda => {
                    if scans == MOST_SCANS {
                        return Err(damaged("there are too many scans"));
                    }
                    let scan = scan::Scan::read(&frame, part.content)?;
                    frame.keep_quantities(&scan, &tables)?;
                    let decoded = scan.decode(&mut frame, contents, place);
                    scans += 1;
                    match decoded? {
                        Some(next) => place = next,
                        None if recover => break,
                        None => return Err(damaged("the file ends too early")),
                    }
                }
                _ => {}
            }
        }
        if scans == 0 {
            return Err(damaged("there is no picture"));
        }
        Ok(frame)
    }

    fn read_codes(&mut self, mut content: &[u8]) -> Result<()> {
        while let [class, rest @ ..] = content {
            let Some((counts, rest)) = rest.split_first_chunk::<16>() else {
                return Err(damaged("a table of codes is cut off"));
            };
            let count = counts.iter().map(|&count| usize::from(count)).sum();
            let Some((values, rest)) = rest.split_at_checked(count) else {
                return Err(damaged("a table of codes is cut off"));
            };
            let tables = match class >> 4 {
                0 => &mut self.dc_codes,
                1 => &mut self.ac_codes,
                _ => return Err(damaged("there are no such codes")),
            };
            let Some(table) = tables.get_mut(usize::from(class & 15)) else {
                return Err(damaged("there are four tables of codes"));
            };
            *table = Some(Codes::new(counts, values)?);
            content = rest;
        }
        Ok(())
    }

    /// The frame: size and components. `len` is the file's length.
    fn read_frame(&mut self, content: &[u8], len: usize) -> Result<()> {
        let [8, size @ ..] = content else {
            return Err(damaged("only 8 bits can be read"));
        };
        let Some(([a, b, c, d, count], listed)) = size.split_first_chunk::<5>() else {
            return Err(damaged("the frame is cut off"));
        };
        let header = Header::of(&[*a, *b, *c, *d], *count)?;
        (self.height, self.width) = (header.height, header.width);
        let parts = listed.chunks_exact(3).take(header.components);
        let mut components = parts.map(|part| {
            let (across, down) = (usize::from(part[1] >> 4), usize::from(part[1] & 15));
            let is_valid = matches!(across, 1..=4) && matches!(down, 1..=4) && part[2] < 4;
            is_valid.then(|| Component {
                id: part[0],
                across,
                down,
                table: part[2].into(),
                columns: 0,
                rows: 0,
                stride: 0,
                blocks: Vec::new(),
                quantities: [0; 64],
            })
        });
        // Few: four at most.
        let components: Option<Vec<Component>> = components.by_ref().collect();
        let components = components.filter(|it| it.len() == header.components);
        self.components = components.ok_or_else(|| damaged("a component is not valid"))?;
        // A single component is not cut into units.
        if let [component] = &mut self.components[..] {
            (component.across, component.down) = (1, 1);
        }
        let largest = |side: fn(&Component) -> usize| self.components.iter().map(side).max();
        self.across = largest(|it| it.across).unwrap_or(1);
        self.down = largest(|it| it.down).unwrap_or(1);
        self.expect_that_many(len)?;
        let units = [
            self.width.div_ceil(8 * self.across),
            self.height.div_ceil(8 * self.down),
        ];
        for component in &mut self.components {
            let blocks = |length: usize, part: usize, of: usize| (length * part).div_ceil(8 * of);
            component.columns = blocks(self.width, component.across, self.across);
            component.rows = blocks(self.height, component.down, self.down);
            component.stride = units[0] * component.across;
            let count = component.stride * units[1] * component.down;
            component.blocks = memory::repeated(count, [0; 64])?;
        }
        Ok(())
    }

    /// Each block takes a bit at least, so a short file has no large picture.
    fn expect_that_many(&self, len: usize) -> Result<()> {
        let blocks = self.components.iter().map(|component| {
            let side = |length: usize, part: usize, of: usize| (length * part).div_ceil(8 * of);
            side(self.width, component.across, self.across)
                * side(self.height, component.down, self.down)
        });
        if blocks.sum::<usize>() > len * 8 {
            return Err(damaged("the file is too short for its picture"));
        }
        Ok(())
    }

    /// A component keeps the quantities that hold when its first scan begins.
    fn keep_quantities(
        &mut self,
        scan: &scan::Scan,
        tables: &[Option<[u16; 64]>; 4],
    ) -> Result<()> {
        for &(place, _, _) in scan.parts() {
            let component = &mut self.components[place];
            if component.quantities[0] == 0 {
                let table = tables[component.table];
                let missing = || damaged("a table of quantities is missing");
                component.quantities = table.ok_or_else(missing)?;
            }
        }
        Ok(())
    }

    /// The place of the component of this name.
    pub(super) fn place_of(&self, id: u8) -> Option<usize> {
        self.components.iter().position(|it| it.id == id)
    }

    /// Whether the components are called R, G and B.
    pub(super) fn is_called_rgb(&self) -> bool {
        self.components.iter().map(|it| it.id).eq(*b"RGB")
    }
}

fn read_quantities(mut content: &[u8], tables: &mut [Option<[u16; 64]>; 4]) -> Result<()> {
    while let [class, rest @ ..] = content {
        let width = usize::from(class >> 4) + 1;
        let cut_off = || damaged("a table of quantities is cut off");
        let (numbers, rest) = rest.split_at_checked(64 * width).ok_or_else(cut_off)?;
        let mut table = [0; 64];
        for (number, place) in numbers.chunks_exact(width).zip(ZIGZAG) {
            table[place] = number
                .iter()
                .fold(0, |all, &byte| all << 8 | u16::from(byte));
        }
        let is_valid = width <= 2 && !table.contains(&0);
        let kept = tables.get_mut(usize::from(class & 15)).filter(|_| is_valid);
        *kept.ok_or_else(|| damaged("a table of quantities is not valid"))? = Some(table);
        content = rest;
    }
    Ok(())
}
