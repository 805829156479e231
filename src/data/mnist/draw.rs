//! Digits that are drawn: a stand-in for MNIST's, so that programs run without any download.

use ndarray::{Array1, Array4};
use rand::RngCore;

use super::super::split::Pictures;
use super::CLASSES;
use super::glyphs::GLYPHS;
use crate::streams::NumpyRandom;
use crate::types::{Result, memory};

/// Pixels along each side.
const SIDE: usize = 28;
/// How often the corners of a stroke are cut.
const ROUNDS: usize = 2;

type Point = [f32; 2];

/// `count` pictures of digits, drawn and not written by people: a stand-in for MNIST.
///
/// Returns the pictures, `[count, 28, 28, 1]` from 0 (paper) to 255 (ink), and which digits they
/// show, each as often (give or take one), in random order. Slant, width, place, pen and the way of
/// the hand differ from picture to picture. The same seed gives the same bytes on every machine. A
/// network that has learned them has seen drawings only: don't expect it to read what people write.
///
/// ```
/// let (pictures, labels) = tf1::data::mnist::digits(20, 1)?;
/// assert_eq!((pictures.dim(), labels.len()), ((20, 28, 28, 1), 20));
/// assert_eq!(labels.iter().filter(|label| **label == 7).count(), 2);
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// `ResourceExhausted` if there is no memory for as many.
pub fn digits(count: usize, seed: u32) -> Result<(Array4<u8>, Array1<u8>)> {
    let drawn = pictures(count, seed)?;
    Ok((
        memory::in_shape(drawn.shape, drawn.bytes),
        memory::in_shape(count, drawn.labels),
    ))
}

pub(super) fn pictures(count: usize, seed: u32) -> Result<Pictures> {
    let shape = [count, SIDE, SIDE, 1];
    let size = memory::room_for::<u8>(&shape)?;
    let mut random = NumpyRandom::new(seed);
    let mut labels = memory::collected((0..count).map(|at| (at % CLASSES) as u8))?;
    random.shuffle(&mut labels);
    let mut bytes = memory::repeated(size, 0)?;
    let mut hand = Hand {
        random,
        corners: Vec::new(),
        cut: Vec::new(),
    };
    for (picture, label) in bytes.chunks_exact_mut(SIDE * SIDE).zip(&labels) {
        hand.draw(usize::from(*label), picture);
    }
    Ok(Pictures {
        shape,
        bytes,
        labels,
    })
}

/// Who draws, with lists that are used again for each stroke.
struct Hand {
    random: NumpyRandom,
    corners: Vec<Point>,
    cut: Vec<Point>,
}

/// What is the same for all strokes of a digit.
struct Pen {
    centre: Point,
    /// How far it goes to the right and down for each part of a digit's width and height.
    across: Point,
    down: Point,
    /// Half of a line's width.
    radius: f32,
    ink: f32,
    /// How far corners are from where they should be.
    unsteady: f32,
}

impl Hand {
    /// A number from 0 to 1.
    fn unit(&mut self) -> f32 {
        (self.random.next_u32() >> 8) as f32 / (1 << 24) as f32
    }

    fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// A number around 0, the nearer the likelier.
    fn around_zero(&mut self, most: f32) -> f32 {
        (self.unit() + self.unit() - 1.0) * most
    }

    fn draw(&mut self, digit: usize, picture: &mut [u8]) {
        let ways = GLYPHS[digit];
        let way = ways[self.random.next_u32() as usize % ways.len()];
        let pen = self.pen();
        for stroke in way {
            self.corners.clear();
            for corner in *stroke {
                let [x, y] = [0, 1].map(|axis: usize| {
                    let off = self.around_zero(pen.unsteady);
                    corner[axis] - 0.5 + off
                });
                let place = [0, 1].map(|axis: usize| {
                    pen.centre[axis] + x * pen.across[axis] + y * pen.down[axis]
                });
                self.corners.push(place);
            }
            for _ in 0..ROUNDS {
                self.cut_corners();
            }
            for ends in self.corners.windows(2) {
                draw_line(ends[0], ends[1], &pen, picture);
            }
        }
    }

    /// A pen at another place, of another width.
    fn pen(&mut self) -> Pen {
        let middle = SIDE as f32 / 2.0;
        let height = self.between(16.0, 19.5);
        let width = height * self.between(0.5, 0.85);
        let (slant, rise) = (self.around_zero(0.45), self.around_zero(0.25));
        Pen {
            centre: [
                middle + self.around_zero(1.5),
                middle + self.around_zero(1.5),
            ],
            across: [width, -rise * width],
            down: [-slant * height * 0.7, height],
            radius: self.between(0.8, 1.7),
            ink: self.between(0.85, 1.0),
            unsteady: 0.1,
        }
    }

    /// Cuts each corner at a quarter of its sides; the ends stay (G. Chaikin, 1974).
    fn cut_corners(&mut self) {
        let (Some(first), Some(last)) = (self.corners.first(), self.corners.last()) else {
            return;
        };
        self.cut.clear();
        self.cut.push(*first);
        for ends in self.corners.windows(2) {
            let at = |t: f32| [0, 1].map(|axis| ends[0][axis] * (1.0 - t) + ends[1][axis] * t);
            self.cut.push(at(0.25));
            self.cut.push(at(0.75));
        }
        self.cut.push(*last);
        std::mem::swap(&mut self.corners, &mut self.cut);
    }
}

/// Inks the pixels whose centres are near a line, those at its edge less. Only `+ - * /` and square
/// roots are used, which all machines round alike.
fn draw_line(from: Point, to: Point, pen: &Pen, picture: &mut [u8]) {
    let step = [to[0] - from[0], to[1] - from[1]];
    let square = (step[0] * step[0] + step[1] * step[1]).max(1e-6);
    let reach = pen.radius + 1.0;
    // `as` keeps what is outside of the picture at its edge.
    let pixels = |axis: usize| {
        let low = (from[axis].min(to[axis]) - reach) as usize;
        let high = (from[axis].max(to[axis]) + reach) as usize;
        low..(high + 1).min(SIDE)
    };
    for y in pixels(1) {
        for x in pixels(0) {
            let [dx, dy] = [x as f32 + 0.5 - from[0], y as f32 + 0.5 - from[1]];
            let t = ((dx * step[0] + dy * step[1]) / square).clamp(0.0, 1.0);
            let away = [dx - t * step[0], dy - t * step[1]];
            let distance = (away[0] * away[0] + away[1] * away[1]).sqrt();
            let cover = (pen.radius + 0.5 - distance).clamp(0.0, 1.0);
            let byte = (cover * pen.ink * 255.0) as u8;
            let pixel = &mut picture[y * SIDE + x];
            *pixel = byte.max(*pixel);
        }
    }
}
