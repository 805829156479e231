//! Resizing to a square: each new pixel is the average of the area it covers, or, where the picture
//! is smaller than the square, a straight line between the two nearest pixels.

use super::super::split::CHANNELS;
use super::Picture;

/// The pixels of one axis that make up one new pixel, with weights that add up to 1.
type Weights = Vec<(usize, f32)>;

/// The picture stretched to `side` by `side` pixels, row by row.
pub fn resize(picture: &Picture, side: usize) -> Vec<u8> {
    let columns = axis_weights(picture.width, side);
    let rows = axis_weights(picture.height, side);
    rows.iter()
        .flat_map(|weights| new_row(picture, weights, &columns))
        .map(|channel| (channel + 0.5) as u8)
        .collect()
}

/// One new row: the weighted sum of old rows, each already narrowed to its new width. Old rows are
/// narrowed one at a time, so that no second picture has to be kept.
fn new_row(picture: &Picture, rows: &Weights, columns: &[Weights]) -> Vec<f32> {
    let mut sum = vec![0.0; columns.len() * CHANNELS];
    for &(row, row_weight) in rows {
        let stride = picture.width * CHANNELS;
        let old = &picture.pixels[row * stride..][..stride];
        for (new, weights) in sum.chunks_exact_mut(CHANNELS).zip(columns) {
            for &(column, weight) in weights {
                let pixel = &old[column * CHANNELS..][..CHANNELS];
                for (channel, &byte) in new.iter_mut().zip(pixel) {
                    *channel += row_weight * weight * f32::from(byte);
                }
            }
        }
    }
    sum
}

/// For each of `new` pixels of an axis, the old ones that it is made of.
fn axis_weights(old: usize, new: usize) -> Vec<Weights> {
    let one = if old >= new { covered } else { between };
    (0..new).map(|at| one(at, old, new)).collect()
}

/// The old pixels under new pixel `at`, weighted by how much of each is covered. In units of `1 /
/// new` of an old pixel all borders are whole numbers: old pixel `i` spans `i * new .. (i + 1) *
/// new`, the new one `at * old .. (at + 1) * old`.
fn covered(at: usize, old: usize, new: usize) -> Weights {
    let (start, end) = (at * old, (at + 1) * old);
    (start / new..end.div_ceil(new))
        .map(|i| {
            let overlap = end.min((i + 1) * new) - start.max(i * new);
            (i, overlap as f32 / old as f32)
        })
        .collect()
}

/// The two old pixels on either side of the centre of new pixel `at`, the nearer one weighing more.
fn between(at: usize, old: usize, new: usize) -> Weights {
    let centre = (at as f32 + 0.5) * old as f32 / new as f32 - 0.5;
    let centre = centre.clamp(0.0, (old - 1) as f32);
    let (first, share) = (centre as usize, centre.fract());
    vec![(first, 1.0 - share), ((first + 1).min(old - 1), share)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: usize, height: usize, values: &[u8]) -> Picture {
        let pixels = values.iter().flat_map(|&value| [value; CHANNELS]).collect();
        Picture {
            width,
            height,
            pixels,
        }
    }

    fn resized(picture: &Picture, side: usize) -> Vec<u8> {
        let pixels = resize(picture, side);
        pixels
            .chunks_exact(CHANNELS)
            .map(|pixel| pixel[0])
            .collect()
    }

    #[test]
    fn the_same_size_changes_nothing() {
        assert_eq!(resized(&grey(2, 2, &[1, 2, 3, 4]), 2), [1, 2, 3, 4]);
    }

    #[test]
    fn a_smaller_picture_averages_areas() {
        assert_eq!(
            resized(&grey(4, 2, &[0, 10, 20, 30, 0, 10, 20, 30]), 1),
            [15]
        );
        // Three columns into two: the middle one is shared.
        let two = resized(&grey(3, 2, &[0, 90, 240, 0, 90, 240]), 2);
        assert_eq!(two, [30, 190, 30, 190]);
    }

    #[test]
    fn a_larger_picture_is_interpolated() {
        let row = &resized(&grey(2, 1, &[0, 100]), 4)[..4];
        assert_eq!(row, [0, 25, 75, 100]);
        assert_eq!(resized(&grey(1, 1, &[7]), 3), [7; 9]);
    }

    #[test]
    fn weights_add_up_to_one() {
        for old in [1, 2, 63, 64, 65, 100, 127, 4000] {
            for weights in axis_weights(old, 64) {
                let sum: f32 = weights.iter().map(|weight| weight.1).sum();
                assert!((sum - 1.0).abs() < 1e-5, "{old}: {sum}");
                assert!(weights.iter().all(|weight| weight.0 < old));
            }
        }
    }
}
