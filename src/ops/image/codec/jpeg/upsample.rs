//! Planes of samples, and rows of them stretched to the picture's width.

use super::Decoding;
use super::frame::{Component, Frame, damaged};
use super::idct::samples;
use crate::types::{Result, memory};

/// The samples of a component.
pub(super) struct Plane {
    samples: Vec<u8>,
    /// The samples that belong to the picture, and those that are kept in a row.
    width: usize,
    height: usize,
    stride: usize,
    /// How many pixels share a sample, across and down.
    across: usize,
    down: usize,
}

/// The planes of all components.
pub(super) fn planes(frame: &Frame, decoding: Decoding) -> Result<Vec<Plane>> {
    let least = 8 / decoding.ratio;
    let plane = |component: &Component| {
        // Blocks of fewer samples need less stretching where they can be computed larger.
        let fits = |whole: usize, part: usize, size: usize| {
            (whole * least).is_multiple_of(part * size * 2)
        };
        let mut size = least;
        while size < 8
            && fits(frame.across, component.across, size)
            && fits(frame.down, component.down, size)
        {
            size *= 2;
        }
        let stretched = |whole: usize, part: usize| {
            let (whole, part) = (whole * least, part * size);
            whole.is_multiple_of(part).then_some(whole / part)
        };
        let across = stretched(frame.across, component.across);
        let down = stretched(frame.down, component.down);
        let (Some(across), Some(down)) = (across, down) else {
            return Err(damaged("a component is stretched by a fraction"));
        };
        let side = |length: usize, part: usize, of: usize| (length * part * size).div_ceil(of * 8);
        Ok(Plane {
            samples: samples(component, size, decoding.method)?,
            width: side(frame.width, component.across, frame.across),
            height: side(frame.height, component.down, frame.down),
            stride: component.stride * size,
            across,
            down,
        })
    };
    // Few: four at most.
    frame.components.iter().map(plane).collect()
}

/// A row of the picture, component by component.
pub(super) struct Lines {
    lines: [Vec<u8>; 4],
    /// Sums of two rows.
    sums: Vec<i32>,
    /// Whether planes may be smoothed at this size.
    width: usize,
}

impl Lines {
    pub(super) fn new(planes: &[Plane], width: usize) -> Result<Lines> {
        let mut lines = [const { Vec::new() }; 4];
        let mut longest = 0;
        for (line, plane) in lines.iter_mut().zip(planes) {
            let len = (plane.width * plane.across).max(width);
            *line = memory::repeated(len, 0)?;
            longest = longest.max(plane.width);
        }
        let sums = memory::repeated(longest, 0)?;
        Ok(Lines { lines, sums, width })
    }

    /// The samples of a component.
    pub(super) fn of(&self, component: usize) -> &[u8] {
        &self.lines[component][..self.width]
    }

    /// Fills all lines with row `y` of the picture.
    pub(super) fn stretch(&mut self, planes: &[Plane], y: usize, fancy: bool) {
        for (line, plane) in self.lines.iter_mut().zip(planes) {
            let is_fancy = fancy && plane.width > 2;
            match (plane.across, plane.down) {
                (2, 1) if is_fancy => smooth_across(plane.row(y), line),
                (2, 2) if is_fancy => {
                    let near = y / 2;
                    let far = match y % 2 {
                        0 => near.saturating_sub(1),
                        _ => near + 1,
                    };
                    let rows = plane.row(near).iter().zip(plane.row(far));
                    for (sum, (&near, &far)) in self.sums.iter_mut().zip(rows) {
                        *sum = 3 * i32::from(near) + i32::from(far);
                    }
                    smooth_sums(&self.sums[..plane.width], line);
                }
                (across, down) => {
                    let row = plane.row(y / down);
                    for (pixels, &sample) in line.chunks_exact_mut(across).zip(row) {
                        pixels.fill(sample);
                    }
                }
            }
        }
    }
}

impl Plane {
    /// A row; beyond the last one, that.
    fn row(&self, y: usize) -> &[u8] {
        let y = y.min(self.height.saturating_sub(1));
        &self.samples[y * self.stride..][..self.width]
    }
}

/// Twice as many pixels, each made of three parts of its sample and one of the next.
fn smooth_across(row: &[u8], line: &mut [u8]) {
    let at = |i: usize| i32::from(row[i]);
    let last = row.len() - 1;
    for (i, pixels) in line.chunks_exact_mut(2).take(row.len()).enumerate() {
        let left = 3 * at(i) + at(i.saturating_sub(1)) + 1;
        let right = 3 * at(i) + at((i + 1).min(last)) + 2;
        pixels[0] = (left >> 2) as u8;
        pixels[1] = (right >> 2) as u8;
    }
}

/// As [`smooth_across`], of sums that weigh four.
fn smooth_sums(sums: &[i32], line: &mut [u8]) {
    let last = sums.len() - 1;
    for (i, pixels) in line.chunks_exact_mut(2).take(sums.len()).enumerate() {
        let left = 3 * sums[i] + sums[i.saturating_sub(1)] + 8;
        let right = 3 * sums[i] + sums[(i + 1).min(last)] + 7;
        pixels[0] = (left >> 4) as u8;
        pixels[1] = (right >> 4) as u8;
    }
}
