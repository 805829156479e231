//! Weighted sums of pixels: bicubic interpolation, means over areas, filters of any width, and what
//! is added up by the gradients of these.

use super::bilinear::{Neighbours, number};
use super::{Images, Scaling, is_vectorised};
use crate::kernels::cpu::vectorised_if;
use crate::kernels::pieces::each_piece_with_room;
use crate::kernels::pool::Pool;
use crate::kernels::unset::unset;
use crate::types::{Error, Numeric, Result, memory};

/// Which pixels of an axis, with which weights, make each pixel of another axis.
#[derive(Debug)]
pub(crate) struct Taps {
    /// Where those of each pixel begin, and the end of all.
    starts: Vec<usize>,
    /// The pixels and their weights, one after the other.
    taps: Vec<(usize, f32)>,
}

impl Taps {
    /// How many pixels are made.
    pub(crate) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Those of pixel `i`.
    #[inline(always)]
    fn of(&self, i: usize) -> &[(usize, f32)] {
        &self.taps[self.starts[i]..self.starts[i + 1]]
    }

    /// For `len` pixels, those that `add` pushes.
    fn build(
        len: usize,
        mut add: impl FnMut(usize, &mut Vec<(usize, f32)>) -> Result<()>,
    ) -> Result<Taps> {
        let mut starts = memory::reserved(len + 1)?;
        let mut taps = Vec::new();
        starts.push(0);
        for i in 0..len {
            add(i, &mut taps)?;
            starts.push(taps.len());
        }
        Ok(Taps { starts, taps })
    }

    /// What the pixels of an axis of `from` pixels add to those around which they lie: the other
    /// way round, of bilinear interpolation.
    ///
    /// # Errors
    /// `ResourceExhausted`.
    pub(crate) fn of_neighbours(neighbours: &[Neighbours], from: usize) -> Result<Taps> {
        let taps = Taps::build(neighbours.len(), |i, taps| {
            let Neighbours { lower, upper, lerp } = neighbours[i];
            memory::push(taps, (lower, 1.0 - lerp))?;
            memory::push(taps, (upper, lerp))
        })?;
        taps.transposed(from)
    }

    /// The other way round: what each of `from` pixels is added to.
    ///
    /// # Errors
    /// `ResourceExhausted`.
    pub(crate) fn transposed(&self, from: usize) -> Result<Taps> {
        let mut starts = memory::repeated(from + 1, 0)?;
        for (pixel, _) in &self.taps {
            starts[pixel + 1] += 1;
        }
        for i in 0..from {
            starts[i + 1] += starts[i];
        }
        let mut next = memory::collected(starts[..from].iter().copied())?;
        let mut taps = memory::repeated(self.taps.len(), (0, 0.0))?;
        for i in 0..self.len() {
            for &(pixel, weight) in self.of(i) {
                taps[next[pixel]] = (i, weight);
                next[pixel] += 1;
            }
        }
        Ok(Taps { starts, taps })
    }

    /// Bicubic interpolation: four pixels each, with the weights of Keys' cubic convolution,
    /// a = -0.75; with half-pixel centers a = -0.5, and pixels beyond the ends are left out instead
    /// of those at the ends repeated.
    ///
    /// # Errors
    /// `ResourceExhausted`.
    pub(crate) fn cubic(scaling: Scaling, from: usize, to: usize) -> Result<Taps> {
        let is_keys = scaling.half_pixel_centers;
        let a = if is_keys { -0.5 } else { -0.75 };
        let last = from as i64 - 1;
        Taps::build(to, |i, taps| {
            let place = scaling.place(i);
            let floor = place.floor();
            let weights = cubic_weights(a, place - floor);
            // Far beyond what an axis can have, and no further, so that sums do not overflow.
            let floor = (floor as i64).min(last + 2);
            let pixels = [floor - 1, floor, floor + 1, floor + 2];
            let mut four = [0, 1, 2, 3].map(|k| {
                let pixel = pixels[k].clamp(0, last);
                let is_there = !is_keys || pixel == pixels[k];
                (pixel as usize, if is_there { weights[k] } else { 0.0 })
            });
            if is_keys {
                normalize(&mut four);
            }
            for tap in four {
                memory::push(taps, tap)?;
            }
            Ok(())
        })
    }

    /// The part of each pixel of the image that a pixel covers.
    ///
    /// # Errors
    /// `ResourceExhausted`.
    pub(crate) fn area(scaling: Scaling, from: usize, to: usize) -> Result<Taps> {
        let (scale, last) = (scaling.scale, from - 1);
        Taps::build(to, |i, taps| {
            let (start, end) = (i as f32 * scale, (i + 1) as f32 * scale);
            for pixel in start.floor() as usize..end.ceil() as usize {
                let (low, high) = (pixel as f32, pixel as f32 + 1.0);
                let covered = match (low < start, high > end) {
                    (true, true) => scale,
                    (true, false) => high - start,
                    (false, true) => end - low,
                    (false, false) => 1.0,
                };
                memory::push(taps, (pixel.min(last), covered))?;
            }
            Ok(())
        })
    }

    /// A filter, scaled by `scale` and moved by `translation`; widened where the image becomes
    /// smaller if `antialias` says so.
    ///
    /// # Errors
    /// `InvalidArgument` if `scale` is not positive; `ResourceExhausted`.
    pub(crate) fn filter(
        filter: Filter,
        (scale, translation): (f32, f32),
        antialias: bool,
        (from, to): (usize, usize),
    ) -> Result<Taps> {
        let inverse = 1.0 / scale;
        if !(scale > 0.0 && inverse.is_finite()) {
            let message = format!("scale must be greater than zero, but is {scale}");
            return Err(Error::invalid_argument(message));
        }
        let moved = -inverse * translation;
        let width = if antialias { inverse.max(1.0) } else { 1.0 };
        let reach = filter.radius() * width;
        let last = from as f32 - 1.0;
        Taps::build(to, |i, taps| {
            let place = (i as f32 + 0.5) * inverse + moved;
            // Outside of the image is nothing.
            if !(place >= 0.0 && place <= from as f32) {
                return Ok(());
            }
            let start = (place - reach - 0.5).ceil().clamp(0.0, last) as usize;
            let end = (place + reach - 0.5).floor().clamp(0.0, last) as usize + 1;
            let first = taps.len();
            for pixel in start..end.min(from) {
                let distance = pixel as f32 + 0.5 - place;
                memory::push(taps, (pixel, filter.weight(distance / width)))?;
            }
            if !normalize(&mut taps[first..]) {
                taps[first..].iter_mut().for_each(|tap| tap.1 = 0.0);
            }
            Ok(())
        })
    }
}

/// Has weights add up to 1, if their sum is not almost 0.
fn normalize(taps: &mut [(usize, f32)]) -> bool {
    let sum: f32 = taps.iter().map(|tap| tap.1).sum();
    let can_be = sum.abs() >= 1000.0 * f32::MIN_POSITIVE;
    if can_be {
        taps.iter_mut().for_each(|tap| tap.1 *= 1.0 / sum);
    }
    can_be
}

/// The weights of the four pixels around a place that lies `distance` after the second, to a
/// 1024th.
fn cubic_weights(a: f64, distance: f32) -> [f32; 4] {
    const STEPS: f32 = 1024.0;
    let step = (distance * STEPS).round_ties_even();
    // As TensorFlow's table has them: of single precision after each step.
    let near = |x: f32| {
        let x = f64::from(x);
        (((a + 2.0) * x - (a + 3.0)) * x * x + 1.0) as f32
    };
    let far = |x: f32| {
        let x = f64::from(x + 1.0);
        (((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a) as f32
    };
    let (before, after) = (step / STEPS, (STEPS - step) / STEPS);
    [far(before), near(before), near(after), far(after)]
}

/// A filter of `ScaleAndTranslate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    Lanczos(u8),
    Gaussian,
    Box,
    Triangle,
    KeysCubic,
    MitchellCubic,
}

impl Filter {
    /// The filter that TensorFlow calls so.
    pub(crate) fn named(name: &str) -> Option<Filter> {
        Some(match name {
            "lanczos1" => Filter::Lanczos(1),
            "lanczos3" => Filter::Lanczos(3),
            "lanczos5" => Filter::Lanczos(5),
            "gaussian" => Filter::Gaussian,
            "box" => Filter::Box,
            "triangle" => Filter::Triangle,
            "keyscubic" => Filter::KeysCubic,
            "mitchellcubic" => Filter::MitchellCubic,
            _ => return None,
        })
    }

    /// How far it reaches.
    fn radius(self) -> f32 {
        match self {
            Filter::Lanczos(radius) => f32::from(radius),
            Filter::Gaussian => 1.5,
            Filter::Box | Filter::Triangle => 1.0,
            Filter::KeysCubic | Filter::MitchellCubic => 2.0,
        }
    }

    /// The weight of a pixel at this distance.
    fn weight(self, distance: f32) -> f32 {
        use std::f32::consts::PI;
        let x = distance.abs();
        match self {
            Filter::Lanczos(_) if x <= 1e-3 => 1.0,
            Filter::Lanczos(radius) if x > f32::from(radius) => 0.0,
            Filter::Lanczos(radius) => {
                let radius = f32::from(radius);
                radius * (PI * x).sin() * (PI * x / radius).sin() / (PI * PI * x * x)
            }
            Filter::Gaussian if x >= 1.5 => 0.0,
            // Three standard deviations to the end.
            Filter::Gaussian => (-x * x / (2.0 * 0.5 * 0.5)).exp(),
            Filter::Box if x == 0.5 => 0.5,
            Filter::Box => f32::from(x < 0.5),
            Filter::Triangle => (1.0 - x).max(0.0),
            Filter::KeysCubic | Filter::MitchellCubic if x >= 2.0 => 0.0,
            Filter::KeysCubic if x >= 1.0 => ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0,
            Filter::KeysCubic => ((1.5 * x - 2.5) * x) * x + 1.0,
            Filter::MitchellCubic if x >= 1.0 => {
                ((-7.0 / 18.0 * x + 2.0) * x - 10.0 / 3.0) * x + 16.0 / 9.0
            }
            Filter::MitchellCubic => ((7.0 / 6.0 * x - 2.0) * x) * x + 8.0 / 9.0,
        }
    }
}

/// Writes images whose pixels are weighted sums of those of `images`, elements of `from`, times
/// `factor`.
///
/// # Errors
/// `ResourceExhausted`.
pub(crate) fn resample<T: Numeric, R: Numeric>(
    pool: &Pool,
    (images, from): (&[T], Images),
    [rows, columns]: [&Taps; 2],
    factor: f32,
    out: &mut [R],
) -> Result<()> {
    let channels = from.channels;
    let to = Images {
        height: rows.len(),
        width: columns.len(),
        ..from
    };
    let row = to.row();
    let mut room = unset::<f32>(&[pool.threads(), from.row()])?;
    let room = room.as_slice_mut().expect("made in row-major order");
    let piece = (out, to.piece());
    each_piece_with_room(pool, piece, room, &|first, out, room| {
        // Which row of which image is in there.
        let mut held = None;
        for (i, out) in out.chunks_exact_mut(row).enumerate() {
            let (image, y) = ((first / row + i) / to.height, (first / row + i) % to.height);
            let taps = rows.of(y);
            if held.is_none_or(|held| held != (image, taps)) {
                add_rows(taps, |y| from.row_of(images, image, y), room);
                held = Some((image, taps));
            }
            add_columns(columns, room, channels, factor, out);
        }
    });
    Ok(())
}

/// Writes the weighted sum of some rows to `out`.
fn add_rows<'x, T: Numeric>(
    taps: &[(usize, f32)],
    row: impl Fn(usize) -> &'x [T],
    out: &mut [f32],
) {
    let (fours, rest) = taps.as_chunks::<4>();
    let mut is_first = true;
    for four in fours {
        let rows = four.map(|(pixel, weight)| (row(pixel), weight));
        let sums = &mut *out;
        vectorised_if!(is_vectorised::<T>(), add_some(rows, is_first, sums));
        is_first = false;
    }
    for &(pixel, weight) in rest {
        let rows = [(row(pixel), weight)];
        let sums = &mut *out;
        vectorised_if!(is_vectorised::<T>(), add_some(rows, is_first, sums));
        is_first = false;
    }
    if is_first {
        out.fill(0.0);
    }
}

#[inline(always)]
fn add_some<T: Numeric, const N: usize>(rows: [(&[T], f32); N], is_first: bool, out: &mut [f32]) {
    let len = out.len();
    let rows = rows.map(|(row, weight)| (&row[..len], weight));
    if is_first {
        out.fill(0.0);
    }
    for (i, out) in out.iter_mut().enumerate() {
        let mut sum = *out;
        for (row, weight) in rows {
            sum += number(row[i]) * weight;
        }
        *out = sum;
    }
}

/// Writes a row of pixels that are weighted sums of those of `row`.
fn add_columns<R: Numeric>(
    columns: &Taps,
    row: &[f32],
    channels: usize,
    factor: f32,
    out: &mut [R],
) {
    vectorised_if!(
        is_vectorised::<R>(),
        match channels {
            1 => add_few::<R, 1>(columns, row, factor, out),
            3 => add_few::<R, 3>(columns, row, factor, out),
            4 => add_few::<R, 4>(columns, row, factor, out),
            _ => add_many(columns, row, channels, factor, out),
        }
    );
}

#[inline(always)]
fn add_few<R: Numeric, const C: usize>(columns: &Taps, row: &[f32], factor: f32, out: &mut [R]) {
    let (row, _) = row.as_chunks::<C>();
    let (out, _) = out.as_chunks_mut::<C>();
    for (x, out) in out.iter_mut().enumerate() {
        let mut sums = [0.0f32; C];
        for &(pixel, weight) in columns.of(x) {
            let pixel = &row[pixel];
            for c in 0..C {
                sums[c] += pixel[c] * weight;
            }
        }
        for c in 0..C {
            out[c] = R::from_f64(f64::from(sums[c] * factor));
        }
    }
}

/// How many channels are added up at once.
const AT_ONCE: usize = 16;

#[inline(always)]
fn add_many<R: Numeric>(columns: &Taps, row: &[f32], channels: usize, factor: f32, out: &mut [R]) {
    for (x, out) in out.chunks_exact_mut(channels).enumerate() {
        for (at, out) in out.chunks_mut(AT_ONCE).enumerate() {
            let mut sums = [0.0f32; AT_ONCE];
            for &(pixel, weight) in columns.of(x) {
                let pixel = &row[pixel * channels + at * AT_ONCE..][..out.len()];
                for (sum, pixel) in sums.iter_mut().zip(pixel) {
                    *sum += *pixel * weight;
                }
            }
            for (out, sum) in out.iter_mut().zip(sums) {
                *out = R::from_f64(f64::from(sum * factor));
            }
        }
    }
}
