//! Components as colors.

use super::frame::Frame;
use super::upsample::Lines;

/// Bits after the point.
const POINT: i32 = 16;

const fn fixed(number: f64) -> i32 {
    (number * (1 << POINT) as f64 + 0.5) as i32
}

const HALF: i32 = 1 << (POINT - 1);

/// What is made of the components of a pixel.
#[derive(Clone, Copy, Debug)]
pub(super) enum Colors {
    /// The first component as gray.
    First,
    /// Gray of red, green and blue.
    GrayOfRgb,
    /// The first component as red, green and blue.
    RgbOfGray,
    /// Red, green and blue as they are.
    Rgb,
    /// Of brightness and two differences.
    RgbOfYcc,
    /// Of four inks.
    RgbOfInks {
        /// Whether three of them are coded as brightness and differences.
        is_ycc: bool,
        /// Whether 255 is no ink.
        is_inverted: bool,
    },
}

impl Colors {
    pub(super) fn of(frame: &Frame, channels: usize) -> Colors {
        let is_rgb = match frame.adobe {
            _ if frame.has_jfif => false,
            Some(transform) => transform == 0,
            None => frame.is_called_rgb(),
        };
        match (frame.components.len(), channels) {
            (1, 1) => Colors::First,
            (1, _) => Colors::RgbOfGray,
            (4, _) => Colors::RgbOfInks {
                is_ycc: frame.adobe.is_some_and(|transform| transform != 0),
                is_inverted: frame.adobe.is_some(),
            },
            (_, 1) if is_rgb => Colors::GrayOfRgb,
            (_, 1) => Colors::First,
            _ if is_rgb => Colors::Rgb,
            _ => Colors::RgbOfYcc,
        }
    }

    /// Writes the pixels from `x` on into a row.
    pub(super) fn convert(self, lines: &Lines, x: usize, row: &mut [u8]) {
        let line = |component: usize| lines.of(component)[x..].iter().copied();
        let three = || line(0).zip(line(1)).zip(line(2));
        match self {
            Colors::First => {
                for (to, from) in row.iter_mut().zip(line(0)) {
                    *to = from;
                }
            }
            Colors::GrayOfRgb => {
                for (to, ((r, g), b)) in row.iter_mut().zip(three()) {
                    let sum = fixed(0.299) * i32::from(r)
                        + fixed(0.587) * i32::from(g)
                        + fixed(0.114) * i32::from(b);
                    *to = ((sum + HALF) >> POINT) as u8;
                }
            }
            Colors::RgbOfGray => {
                for (to, from) in row.chunks_exact_mut(3).zip(line(0)) {
                    to.fill(from);
                }
            }
            Colors::Rgb => {
                for (to, ((r, g), b)) in row.chunks_exact_mut(3).zip(three()) {
                    to.copy_from_slice(&[r, g, b]);
                }
            }
            Colors::RgbOfYcc => {
                for (to, ((y, cb), cr)) in row.chunks_exact_mut(3).zip(three()) {
                    to.copy_from_slice(&rgb(y, cb, cr));
                }
            }
            Colors::RgbOfInks {
                is_ycc,
                is_inverted,
            } => {
                let pixels = row.chunks_exact_mut(3).zip(three()).zip(line(3));
                for ((to, ((a, b), c)), black) in pixels {
                    let inks = match is_ycc {
                        true => rgb(a, b, c).map(|it| 255 - it),
                        false => [a, b, c],
                    };
                    for (to, ink) in to.iter_mut().zip(inks) {
                        let (black, ink) = match is_inverted {
                            true => (black, ink),
                            false => (255 - black, 255 - ink),
                        };
                        *to = (u32::from(black) * u32::from(ink) / 255) as u8;
                    }
                }
            }
        }
    }
}

/// Red, green and blue of brightness and differences (JFIF, 1992).
#[inline]
fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (i32::from(y), i32::from(cb) - 128, i32::from(cr) - 128);
    let red = y + ((fixed(1.402) * cr + HALF) >> POINT);
    let green = y + ((-fixed(0.34414) * cb - fixed(0.71414) * cr + HALF) >> POINT);
    let blue = y + ((fixed(1.772) * cb + HALF) >> POINT);
    [red, green, blue].map(|it| it.clamp(0, 255) as u8)
}
