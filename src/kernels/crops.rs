//! Parts of images, cut out and resized: `CropAndResize` and its gradients.

use super::pieces::each_piece;
use super::pool::Pool;
use super::resize::Images;
use crate::types::{Number, Numeric};

/// How many elements are worth a part of their own.
const PIECE: usize = 8 << 10;

/// Crops of images: of which image each is, and which part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crops<'c> {
    pub(crate) images: Images,
    pub(crate) boxes: &'c [[f32; 4]],
    pub(crate) of_image: &'c [usize],
    pub(crate) height: usize,
    pub(crate) width: usize,
    /// Whether the nearest pixel is taken, and nothing between pixels.
    pub(crate) is_nearest: bool,
}

/// The pixels on both sides of a place, and how far it is from the first to the second.
#[derive(Clone, Copy, Debug)]
struct Around {
    lower: usize,
    upper: usize,
    lerp: f32,
}

/// An axis of a crop.
#[derive(Clone, Copy, Debug)]
struct Along {
    start: f32,
    end: f32,
    /// The last pixel of the image.
    last: f32,
    /// How many pixels the crop has.
    count: usize,
    is_nearest: bool,
}

impl Along {
    /// The pixels around pixel `i` of the crop; `None` if it lies outside of the image.
    #[inline(always)]
    fn around(self, i: usize) -> Option<Around> {
        let place = match self.count {
            1 => 0.5 * (self.start + self.end) * self.last,
            count => {
                let distance = (self.end - self.start) * self.last / (count - 1) as f32;
                self.start * self.last + i as f32 * distance
            }
        };
        // NaN lies nowhere.
        if !(place >= 0.0 && place <= self.last) {
            return None;
        }
        if self.is_nearest {
            let nearest = place.round() as usize;
            return Some(Around {
                lower: nearest,
                upper: nearest,
                lerp: 0.0,
            });
        }
        Some(Around {
            lower: place.floor() as usize,
            upper: place.ceil() as usize,
            lerp: place - place.floor(),
        })
    }
}

impl Crops<'_> {
    /// The axes of crop `i`.
    fn axes(&self, i: usize) -> [Along; 2] {
        let [y1, x1, y2, x2] = self.boxes[i];
        let along = |start, end, length, count| Along {
            start,
            end,
            last: (length - 1) as f32,
            count,
            is_nearest: self.is_nearest,
        };
        [
            along(y1, y2, self.images.height, self.height),
            along(x1, x2, self.images.width, self.width),
        ]
    }

    /// The elements of a pixel.
    #[inline(always)]
    fn pixel<'x, T>(&self, images: &'x [T], crop: usize, y: usize, x: usize) -> &'x [T] {
        let Images {
            height,
            width,
            channels,
            ..
        } = self.images;
        let place = (self.of_image[crop] * height + y) * width + x;
        &images[place * channels..][..channels]
    }

    /// Writes the crops of `images`, with `outside` where they go beyond the image.
    pub(crate) fn cut<T: Numeric>(&self, pool: &Pool, images: &[T], outside: f32, out: &mut [f32]) {
        let channels = self.images.channels;
        let row = self.width * channels;
        each_piece(pool, out, PIECE.next_multiple_of(row), &|first, out| {
            for (i, out) in out.chunks_exact_mut(row).enumerate() {
                let (crop, y) = (
                    (first / row + i) / self.height,
                    (first / row + i) % self.height,
                );
                let [down, across] = self.axes(crop);
                let Some(rows) = down.around(y) else {
                    out.fill(outside);
                    continue;
                };
                for (x, out) in out.chunks_exact_mut(channels).enumerate() {
                    let Some(columns) = across.around(x) else {
                        out.fill(outside);
                        continue;
                    };
                    let at = |y, x| self.pixel(images, crop, y, x);
                    let (above, below) = (
                        [at(rows.lower, columns.lower), at(rows.lower, columns.upper)],
                        [at(rows.upper, columns.lower), at(rows.upper, columns.upper)],
                    );
                    for (c, out) in out.iter_mut().enumerate() {
                        let [above, below] = [above, below].map(|[left, right]| {
                            let (left, right) = (number(left[c]), number(right[c]));
                            left + (right - left) * columns.lerp
                        });
                        *out = above + (below - above) * rows.lerp;
                    }
                }
            }
        });
    }

    /// Writes the gradients with respect to the images, given those with respect to the crops.
    pub(crate) fn spread<T: Number>(&self, pool: &Pool, grads: &[f32], out: &mut [T]) {
        let Images {
            height, channels, ..
        } = self.images;
        let row = self.images.row();
        let grads_row = self.width * channels;
        each_piece(pool, out, PIECE.next_multiple_of(row), &|first, out| {
            for (i, out) in out.chunks_exact_mut(row).enumerate() {
                let (image, target) = ((first / row + i) / height, (first / row + i) % height);
                out.fill(T::default());
                for crop in (0..self.boxes.len()).filter(|&crop| self.of_image[crop] == image) {
                    let [down, across] = self.axes(crop);
                    for y in 0..self.height {
                        let Some(rows) = down.around(y) else { continue };
                        let grads = &grads[(crop * self.height + y) * grads_row..][..grads_row];
                        if rows.lower == target {
                            add_row(grads, across, channels, 1.0 - rows.lerp, out);
                        }
                        if rows.upper == target && !self.is_nearest {
                            add_row(grads, across, channels, rows.lerp, out);
                        }
                    }
                }
            }
        });
    }

    /// Writes the gradients with respect to the boxes, given those with respect to the crops.
    pub(crate) fn differentiate<T: Numeric>(
        &self,
        pool: &Pool,
        (images, grads): (&[T], &[f32]),
        out: &mut [f32],
    ) {
        let channels = self.images.channels;
        let ratio = |last: f32, count: usize| match count {
            1 => 0.0,
            count => last / (count - 1) as f32,
        };
        each_piece(pool, out, 4, &|first, out| {
            let crop = first / 4;
            let [down, across] = self.axes(crop);
            let ratios = [down, across].map(|along| ratio(along.last, along.count));
            let mut sums = [0.0f32; 4];
            for y in 0..self.height {
                let Some(rows) = down.around(y) else { continue };
                for x in 0..self.width {
                    let Some(columns) = across.around(x) else {
                        continue;
                    };
                    let at = |y, x| self.pixel(images, crop, y, x);
                    let corners = [
                        at(rows.lower, columns.lower),
                        at(rows.lower, columns.upper),
                        at(rows.upper, columns.lower),
                        at(rows.upper, columns.upper),
                    ];
                    let place = (crop * self.height + y) * self.width + x;
                    let grads = &grads[place * channels..][..channels];
                    for (c, grad) in grads.iter().enumerate() {
                        let [top_left, top_right, low_left, low_right] =
                            corners.map(|corner| number(corner[c]));
                        let slope_y = (1.0 - columns.lerp) * (low_left - top_left)
                            + columns.lerp * (low_right - top_right);
                        let slope_x = (1.0 - rows.lerp) * (top_right - top_left)
                            + rows.lerp * (low_right - low_left);
                        for (axis, (along, slope, i)) in [(down, slope_y, y), (across, slope_x, x)]
                            .into_iter()
                            .enumerate()
                        {
                            let slope = slope * grad;
                            let (start, end) = match along.count {
                                1 => (0.5 * along.last, 0.5 * along.last),
                                _ => {
                                    let end = i as f32 * ratios[axis];
                                    (along.last - end, end)
                                }
                            };
                            sums[axis] += slope * start;
                            sums[axis + 2] += slope * end;
                        }
                    }
                }
            }
            out.copy_from_slice(&sums);
        });
    }
}

/// Adds a row of a crop's gradients to the row of the image that it was made of with this weight.
fn add_row<T: Number>(grads: &[f32], across: Along, channels: usize, weight: f32, out: &mut [T]) {
    for (x, grads) in grads.chunks_exact(channels).enumerate() {
        let Some(columns) = across.around(x) else {
            continue;
        };
        let sides = [
            (columns.lower, 1.0 - columns.lerp),
            (columns.upper, columns.lerp),
        ];
        // The nearest pixel is on one side only.
        for &(column, side) in &sides[..2 - usize::from(across.is_nearest)] {
            let out = &mut out[column * channels..][..channels];
            for (out, grad) in out.iter_mut().zip(grads) {
                *out = out.plus(T::from_f64(f64::from(side * (weight * grad))));
            }
        }
    }
}

#[inline(always)]
fn number<T: Numeric>(x: T) -> f32 {
    x.to_f64() as f32
}
