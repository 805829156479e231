//! Images seen through projective transforms.

use super::pieces::each_piece;
use super::pool::Pool;
use super::resize::Images;
use crate::types::Numeric;

/// How many elements are worth a part of their own.
const PIECE: usize = 8 << 10;

/// Writes images of `to`, whose pixel (x, y) is that of `images`, elements of `from`, at ((a₀ x +
/// a₁ y + a₂) / k, (b₀ x + b₁ y + b₂) / k) with k = c₀ x + c₁ y + 1; 0 outside of the image. There
/// is one transform [a₀, a₁, a₂, b₀, b₁, b₂, c₀, c₁], or one for each image.
pub(crate) fn project<T: Numeric>(
    pool: &Pool,
    (images, from): (&[T], Images),
    (transforms, is_bilinear): (&[[f32; 8]], bool),
    (out, to): (&mut [T], Images),
) {
    let channels = from.channels;
    let row = to.row();
    each_piece(pool, out, PIECE.next_multiple_of(row), &|first, out| {
        for (i, out) in out.chunks_exact_mut(row).enumerate() {
            let (image, y) = ((first / row + i) / to.height, (first / row + i) % to.height);
            let [a0, a1, a2, b0, b1, b2, c0, c1] = match transforms {
                [only] => *only,
                several => several[image],
            };
            let pixel = |y: f32, x: f32| {
                let is_within =
                    y >= 0.0 && y < from.height as f32 && x >= 0.0 && x < from.width as f32;
                is_within.then(|| {
                    let place = (image * from.height + y as usize) * from.width + x as usize;
                    &images[place * channels..][..channels]
                })
            };
            for (x, out) in out.chunks_exact_mut(channels).enumerate() {
                let (x, y) = (x as f32, y as f32);
                let k = c0 * x + c1 * y + 1.0;
                let (x, y) = ((a0 * x + a1 * y + a2) / k, (b0 * x + b1 * y + b2) / k);
                // The plane at infinity, and what lies nowhere.
                if k == 0.0 || !x.is_finite() || !y.is_finite() {
                    out.fill(T::default());
                    continue;
                }
                if !is_bilinear {
                    match pixel(y.round(), x.round()) {
                        Some(pixel) => out.copy_from_slice(pixel),
                        None => out.fill(T::default()),
                    }
                    continue;
                }
                let (left, top) = (x.floor(), y.floor());
                let corners = [
                    pixel(top, left),
                    pixel(top, left + 1.0),
                    pixel(top + 1.0, left),
                    pixel(top + 1.0, left + 1.0),
                ];
                let weight = |x: f32| T::from_f64(f64::from(x));
                let [from_left, from_top] = [x - left, y - top].map(weight);
                let [from_right, from_bottom] = [left + 1.0 - x, top + 1.0 - y].map(weight);
                for (c, out) in out.iter_mut().enumerate() {
                    let [a, b, c, d] =
                        corners.map(|corner| corner.map_or(T::default(), |corner| corner[c]));
                    let above = from_right.times(a).plus(from_left.times(b));
                    let below = from_right.times(c).plus(from_left.times(d));
                    *out = from_bottom.times(above).plus(from_top.times(below));
                }
            }
        }
    });
}
