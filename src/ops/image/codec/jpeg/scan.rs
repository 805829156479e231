//! [`Scan`]: a part of a file that gives coefficients.

use super::bits::{Bits, Codes};
use super::frame::{Frame, ZIGZAG, damaged};
use crate::types::Result;

/// What a scan gives: of some components the coefficients from `first` to `last`, or a bit more of
/// each.
pub(super) struct Scan {
    /// Each component with its tables of codes.
    parts: Vec<(usize, usize, usize)>,
    first: usize,
    last: usize,
    /// Whether these bits of the coefficients are the first.
    is_first: bool,
    /// How many lower bits are still missing.
    shift: u32,
    /// Whether codes may end several blocks at once.
    has_runs: bool,
}

/// What is kept from block to block.
#[derive(Default)]
struct Past {
    /// The last first coefficient of each component.
    dc: [i32; 4],
    /// How many blocks without further coefficients follow.
    run: u32,
}

impl Scan {
    pub(super) fn read(frame: &Frame, content: &[u8]) -> Result<Scan> {
        let broken = || damaged("a scan is not valid");
        let (&count, rest) = content.split_first().ok_or_else(broken)?;
        let count = usize::from(count);
        let (listed, rest) = rest.split_at_checked(2 * count).ok_or_else(broken)?;
        let &[first, last, bits, ..] = rest else {
            return Err(broken());
        };
        let parts = listed.chunks_exact(2).map(|part| {
            let place = frame.place_of(part[0])?;
            let (dc, ac) = (usize::from(part[1] >> 4), usize::from(part[1] & 15));
            (dc < 4 && ac < 4).then_some((place, dc, ac))
        });
        // Few: one for each of four components.
        let parts: Option<Vec<_>> = parts.take(5).collect();
        let parts = parts.filter(|it| (1..=frame.components.len()).contains(&it.len()));
        let parts = parts.ok_or_else(broken)?;
        let scan = if frame.is_progressive {
            Scan {
                parts,
                first: first.into(),
                last: last.into(),
                is_first: bits >> 4 == 0,
                shift: u32::from(bits & 15),
                has_runs: true,
            }
        } else {
            Scan {
                parts,
                first: 0,
                last: 63,
                is_first: true,
                shift: 0,
                has_runs: false,
            }
        };
        let has_both = frame.is_progressive && scan.first == 0 && scan.last > 0;
        let is_mixed = scan.first > 0 && scan.parts.len() > 1;
        let is_beyond = scan.first > scan.last || scan.last > 63 || scan.shift > 13;
        if has_both || is_mixed || is_beyond {
            return Err(broken());
        }
        Ok(scan)
    }

    pub(super) fn parts(&self) -> &[(usize, usize, usize)] {
        &self.parts
    }

    /// Reads the scan, whose bits begin at `place`: where it ends, or nothing if the file ends in
    /// it.
    pub(super) fn decode(
        &self,
        frame: &mut Frame,
        contents: &[u8],
        place: usize,
    ) -> Result<Option<usize>> {
        let (columns, rows) = match self.parts[..] {
            // A single component's blocks stand one after the other.
            [(at, _, _)] => (frame.components[at].columns, frame.components[at].rows),
            _ => (
                frame.width.div_ceil(8 * frame.across),
                frame.height.div_ceil(8 * frame.down),
            ),
        };
        let mut bits = Bits::new(contents, place);
        let mut past = Past::default();
        for unit in 0..columns * rows {
            if frame.restart > 0 && unit > 0 && unit.is_multiple_of(frame.restart) {
                let place = bits.place();
                match contents.get(place..place + 2) {
                    Some([0xff, 0xd0..=0xd7]) => bits = Bits::new(contents, place + 2),
                    _ => return Ok(None),
                }
                past = Past::default();
            }
            let (x, y) = (unit % columns, unit / columns);
            if let [part] = self.parts[..] {
                self.decode_block(frame, part, (x, y), &mut bits, &mut past)?;
            } else {
                for &part in &self.parts {
                    let component = &frame.components[part.0];
                    let (across, down) = (component.across, component.down);
                    for block in 0..across * down {
                        let at = (x * across + block % across, y * down + block / across);
                        self.decode_block(frame, part, at, &mut bits, &mut past)?;
                    }
                }
            }
            if bits.is_spent() {
                return Ok(None);
            }
        }
        Ok(Some(bits.place()))
    }

    fn decode_block(
        &self,
        frame: &mut Frame,
        (at, dc, ac): (usize, usize, usize),
        (x, y): (usize, usize),
        bits: &mut Bits<'_>,
        past: &mut Past,
    ) -> Result<()> {
        let missing = || damaged("a table of codes is missing");
        let component = &mut frame.components[at];
        let block = &mut component.blocks[y * component.stride + x];
        if self.first == 0 {
            if self.is_first {
                let codes = frame.dc_codes[dc].as_ref().ok_or_else(missing)?;
                let size = bits.code(codes)?;
                if size > 15 {
                    return Err(damaged("a coefficient is too large"));
                }
                past.dc[at] = past.dc[at].wrapping_add(bits.number(size.into()));
                block[0] = (past.dc[at] << self.shift) as i16;
            } else if bits.bit() {
                block[0] |= 1 << self.shift;
            }
        }
        if self.last == 0 {
            return Ok(());
        }
        let codes = frame.ac_codes[ac].as_ref().ok_or_else(missing)?;
        if self.is_first {
            self.decode_first(block, codes, bits, past)
        } else {
            self.refine(block, codes, bits, past)
        }
    }

    /// The first bits of the coefficients after the first.
    fn decode_first(
        &self,
        block: &mut [i16; 64],
        codes: &Codes,
        bits: &mut Bits<'_>,
        past: &mut Past,
    ) -> Result<()> {
        if past.run > 0 {
            past.run -= 1;
            return Ok(());
        }
        let mut place = self.first.max(1);
        while place <= self.last {
            let code = bits.code(codes)?;
            let (zeros, size) = (usize::from(code >> 4), u32::from(code & 15));
            if size == 0 {
                if zeros < 15 {
                    // Only progressive files have runs of blocks.
                    if self.has_runs {
                        past.run = (1 << zeros) - 1 + bits.take(zeros as u32);
                    }
                    break;
                }
                place += 16;
                continue;
            }
            place += zeros;
            let Some(&to) = ZIGZAG.get(place) else {
                return Err(damaged("a block has too many coefficients"));
            };
            block[to] = (bits.number(size) << self.shift) as i16;
            place += 1;
        }
        Ok(())
    }

    /// One bit more of the coefficients after the first (T.81, G.1.2.3).
    fn refine(
        &self,
        block: &mut [i16; 64],
        codes: &Codes,
        bits: &mut Bits<'_>,
        past: &mut Past,
    ) -> Result<()> {
        let one = 1i16 << self.shift;
        let mut place = self.first;
        while past.run == 0 && place <= self.last {
            let code = bits.code(codes)?;
            let (mut zeros, size) = (u32::from(code >> 4), code & 15);
            let mut new = 0;
            match size {
                0 if zeros < 15 => {
                    past.run = (1 << zeros) + bits.take(zeros);
                    break;
                }
                0 => {}
                1 => new = if bits.bit() { one } else { -one },
                _ => return Err(damaged("a coefficient cannot begin with so many bits")),
            }
            while place <= self.last {
                let coefficient = &mut block[ZIGZAG[place]];
                place += 1;
                if *coefficient != 0 {
                    refine_one(coefficient, one, bits);
                } else if zeros == 0 {
                    *coefficient = new;
                    break;
                } else {
                    zeros -= 1;
                }
            }
        }
        if past.run > 0 {
            for to in &ZIGZAG[place..=self.last] {
                if block[*to] != 0 {
                    refine_one(&mut block[*to], one, bits);
                }
            }
            past.run -= 1;
        }
        Ok(())
    }
}

fn refine_one(coefficient: &mut i16, one: i16, bits: &mut Bits<'_>) {
    if bits.bit() && *coefficient & one == 0 {
        let away = if *coefficient >= 0 { one } else { -one };
        *coefficient = coefficient.wrapping_add(away);
    }
}
