//! Colours of pixels, which are three neighbours in memory: red, green and blue, or hue, saturation
//! and value.

use super::cpu::vectorised_if;
use super::pieces::each_piece;
use super::pool::Pool;
use super::unset::unset;
use crate::types::{Float, Numeric, Result};

/// How many elements are worth a part of their own: whole pixels.
const PIECE: usize = 12 << 10;

/// Writes what `f` makes of each pixel of `x`.
pub(crate) fn map_pixels<T: Float>(
    pool: &Pool,
    x: &[T],
    out: &mut [T],
    f: impl Fn([T; 3]) -> [T; 3] + Copy + Sync,
) {
    each_piece(pool, out, PIECE, &|first, out| {
        let (x, _) = x[first..][..out.len()].as_chunks::<3>();
        let (out, _) = out.as_chunks_mut::<3>();
        vectorised_if!(T::DTYPE.is_native_float(), {
            for (out, x) in out.iter_mut().zip(x) {
                *out = f(*x);
            }
        });
    });
}

#[inline(always)]
fn larger<T: Float>(a: T, b: T) -> T {
    if a > b { a } else { b }
}

#[inline(always)]
fn smaller<T: Float>(a: T, b: T) -> T {
    if a < b { a } else { b }
}

/// Hue, saturation and value, all from 0 to 1, of red, green and blue.
#[inline(always)]
pub(crate) fn to_hsv<T: Float>([r, g, b]: [T; 3]) -> [T; 3] {
    let number = T::from_f64;
    let value = larger(larger(r, g), b);
    let range = value - smaller(smaller(r, g), b);
    let saturation = if value > T::ZERO {
        range / value
    } else {
        T::ZERO
    };
    let norm = T::ONE / (number(6.0) * range);
    let hue = if r == value {
        norm * (g - b)
    } else if g == value {
        norm * (b - r) + number(2.0 / 6.0)
    } else {
        norm * (r - g) + number(4.0 / 6.0)
    };
    let hue = if range > T::ZERO { hue } else { T::ZERO };
    let hue = if hue < T::ZERO { hue + T::ONE } else { hue };
    [hue, saturation, value]
}

/// Red, green and blue of hue, saturation and value.
#[inline(always)]
pub(crate) fn to_rgb<T: Float>([hue, saturation, value]: [T; 3]) -> [T; 3] {
    let number = T::from_f64;
    let place = hue * number(6.0);
    // How far a place is from the middle of a colour's part of the circle.
    let from = |middle: f64| {
        let distance = place - number(middle);
        if distance < T::ZERO {
            T::ZERO - distance
        } else {
            distance
        }
    };
    let within = |x: T| smaller(larger(x, T::ZERO), T::ONE);
    let red = within(from(3.0) - T::ONE);
    let green = within(number(2.0) - from(2.0));
    let blue = within(number(2.0) - from(4.0));
    let pale = T::ONE - saturation;
    [red, green, blue].map(
        #[inline(always)]
        |full| (pale + saturation * full) * value,
    )
}

/// Red, green and blue with the saturation times `scale`, at most 1. Step by step as TensorFlow's
/// kernel, which goes another way back to red, green and blue than [`to_rgb`].
#[inline(always)]
pub(crate) fn saturated(rgb: [f32; 3], scale: f32) -> [f32; 3] {
    let [r, g, b] = rgb;
    let [_, saturation, value] = to_hsv(rgb);
    let range = value - smaller(smaller(r, g), b);
    let norm = 1.0 / (6.0 * range);
    // Sums of a float and a double there.
    let turned = |hue: f32, by: f64| (f64::from(hue) + by) as f32;
    let hue = if range <= 0.0 {
        0.0
    } else if r == value {
        norm * (g - b)
    } else if g == value {
        turned(norm * (b - r), 2.0 / 6.0)
    } else {
        turned(norm * (r - g), 4.0 / 6.0)
    };
    let hue = if hue < 0.0 { hue + 1.0 } else { hue };
    let saturation = smaller(larger(saturation * scale, 0.0), 1.0);
    let chroma = saturation * value;
    let place = hue * 6.0;
    let within = match place {
        4.0.. => place - 4.0,
        2.0.. => place - 2.0,
        _ => place,
    };
    let middle = chroma * (1.0 - (within - 1.0).abs());
    let full = match place as i32 {
        0 => [chroma, middle, 0.0],
        1 => [middle, chroma, 0.0],
        2 => [0.0, chroma, middle],
        3 => [0.0, middle, chroma],
        4 => [middle, 0.0, chroma],
        5 => [chroma, 0.0, middle],
        _ => [0.0; 3],
    };
    full.map(
        #[inline(always)]
        |full| full + (value - chroma),
    )
}

/// Red, green and blue with the hue further by `delta`, of which 1 is the whole circle.
#[inline(always)]
pub(crate) fn turned([r, g, b]: [f32; 3], delta: f32) -> [f32; 3] {
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    let range = most - least;
    if range == 0.0 {
        return [r, g, b];
    }
    // In sixths of the circle.
    let hue = if r == most {
        (g - b) / range
    } else if g == most {
        (b - r) / range + 2.0
    } else {
        (r - g) / range + 4.0
    };
    let hue = (hue + delta * 6.0) % 6.0;
    let hue = if hue < 0.0 { hue + 6.0 } else { hue };
    let within = |x: f32| x.clamp(0.0, 1.0);
    let full = [
        within((hue - 3.0).abs() - 1.0),
        within(2.0 - (hue - 2.0).abs()),
        within(2.0 - (hue - 4.0).abs()),
    ];
    full.map(
        #[inline(always)]
        |full| least + full * range,
    )
}

/// How many pixels are added up at once.
const BLOCK: usize = 4 << 10;

/// Writes `(x - mean) · factor + mean` of each element of images of `pixels` pixels with `channels`
/// channels, the mean over all pixels of its image and channel; within `limits`.
///
/// # Errors
/// `ResourceExhausted`.
pub(crate) fn contrast<T: Numeric, R: Numeric>(
    pool: &Pool,
    x: &[T],
    [pixels, channels]: [usize; 2],
    (factor, limits): (f32, [f32; 2]),
    out: &mut [R],
) -> Result<()> {
    let image = pixels * channels;
    let blocks = pixels.div_ceil(BLOCK);
    let images = x.len() / image;
    let mut sums = unset::<f64>(&[images, blocks, channels])?;
    let sums = sums.as_slice_mut().expect("made in row-major order");
    each_piece(pool, sums, channels, &|first, sums| {
        let block = first / channels;
        let (i, block) = (block / blocks, block % blocks);
        let x = &x[i * image..][..image][block * BLOCK * channels..];
        let x = &x[..x.len().min(BLOCK * channels)];
        sums.fill(0.0);
        vectorised_if!(
            T::DTYPE.is_native_float(),
            match channels {
                1 => add_few::<T, 1, 8>(x, sums),
                3 => add_few::<T, 3, 24>(x, sums),
                4 => add_few::<T, 4, 8>(x, sums),
                _ => {
                    for x in x.chunks_exact(channels) {
                        for (sum, x) in sums.iter_mut().zip(x) {
                            *sum += x.to_f64();
                        }
                    }
                }
            }
        );
    });
    // Each image's first block becomes its means.
    for sums in sums.chunks_exact_mut(blocks * channels) {
        let (means, others) = sums.split_at_mut(channels);
        for other in others.chunks_exact(channels) {
            for (mean, other) in means.iter_mut().zip(other) {
                *mean += *other;
            }
        }
        means.iter_mut().for_each(|mean| *mean /= pixels as f64);
    }
    let means = &*sums;
    let piece = BLOCK * channels;
    each_piece(pool, out, piece, &|first, out| {
        let mut x = &x[first..][..out.len()];
        let (mut out, mut first) = (out, first);
        // Images may end anywhere in a piece.
        while !out.is_empty() {
            let len = out.len().min(image - first % image);
            let means = &means[first / image * blocks * channels..][..channels];
            let (head, rest) = out.split_at_mut(len);
            stretch(&x[..len], means, factor, limits, head);
            (out, x, first) = (rest, &x[len..], first + len);
        }
    });
    Ok(())
}

/// Adds the elements of pixels of `C` channels to `sums`, `LANES` side by side.
#[inline(always)]
fn add_few<T: Numeric, const C: usize, const LANES: usize>(x: &[T], sums: &mut [f64]) {
    let mut lanes = [0.0; LANES];
    let (whole, rest) = x.as_chunks::<LANES>();
    for x in whole {
        for i in 0..LANES {
            lanes[i] += x[i].to_f64();
        }
    }
    for (i, x) in rest.iter().enumerate() {
        lanes[i] += x.to_f64();
    }
    for (i, lane) in lanes.iter().enumerate() {
        sums[i % C] += *lane;
    }
}

/// Writes elements with more or less contrast.
fn stretch<T: Numeric, R: Numeric>(
    x: &[T],
    means: &[f64],
    factor: f32,
    [least, most]: [f32; 2],
    out: &mut [R],
) {
    vectorised_if!(T::DTYPE.is_native_float(), {
        for (out, x) in out
            .chunks_exact_mut(means.len())
            .zip(x.chunks_exact(means.len()))
        {
            for ((out, x), mean) in out.iter_mut().zip(x).zip(means) {
                let (x, mean) = (x.to_f64() as f32, *mean as f32);
                let stretched = ((x - mean) * factor + mean).min(most).max(least);
                *out = R::from_f64(f64::from(stretched));
            }
        }
    });
}
