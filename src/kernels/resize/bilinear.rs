//! Between the four pixels around a place.

use super::{Images, Scaling, is_vectorised};
use crate::kernels::cpu::vectorised_if;
use crate::kernels::pieces::each_piece_with_room;
use crate::kernels::pool::Pool;
use crate::kernels::unset::unset;
use crate::types::{Numeric, Result, memory};

/// The two pixels on both sides of a place, and how far it is from the first to the second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neighbours {
    pub(super) lower: usize,
    pub(super) upper: usize,
    pub(super) lerp: f32,
}

impl Neighbours {
    /// Of each pixel of an axis of `from` pixels that is to have `to`.
    ///
    /// # Errors
    /// `ResourceExhausted`.
    pub(crate) fn along(scaling: Scaling, from: usize, to: usize) -> Result<Vec<Neighbours>> {
        let neighbours = |i| {
            let place = scaling.place(i);
            let floor = place.floor();
            Neighbours {
                lower: (floor as usize).min(from - 1),
                upper: (place.ceil() as usize).min(from - 1),
                lerp: place - floor,
            }
        };
        memory::collected((0..to).map(neighbours))
    }
}

/// Writes `images`, elements of `from`, resized to as many rows and columns as there are
/// neighbours.
///
/// # Errors
/// `ResourceExhausted`.
pub(crate) fn interpolate<T: Numeric>(
    pool: &Pool,
    (images, from): (&[T], Images),
    [rows, columns]: [&[Neighbours]; 2],
    out: &mut [f32],
) -> Result<()> {
    let channels = from.channels;
    let to = Images {
        height: rows.len(),
        width: columns.len(),
        ..from
    };
    let row = to.row();
    let mut room = unset::<f32>(&[pool.threads(), 2, row])?;
    let room = room.as_slice_mut().expect("made in row-major order");
    let piece = (out, to.piece());
    each_piece_with_room(pool, piece, room, &|first, out, room| {
        let (mut above, mut below) = room.split_at_mut(row);
        // Which rows of which image they are: rows that follow each other often lie between the
        // same two.
        let (mut is_above, mut is_below) = (None, None);
        for (i, out) in out.chunks_exact_mut(row).enumerate() {
            let (image, y) = ((first / row + i) / to.height, (first / row + i) % to.height);
            let Neighbours { lower, upper, lerp } = rows[y];
            if is_below == Some((image, lower)) {
                std::mem::swap(&mut above, &mut below);
                std::mem::swap(&mut is_above, &mut is_below);
            }
            if is_above != Some((image, lower)) {
                widen(from.row_of(images, image, lower), columns, channels, above);
                is_above = Some((image, lower));
            }
            if lower == upper {
                between(above, above, lerp, out);
                continue;
            }
            if is_below != Some((image, upper)) {
                widen(from.row_of(images, image, upper), columns, channels, below);
                is_below = Some((image, upper));
            }
            between(above, below, lerp, out);
        }
    });
    Ok(())
}

/// `out` = a + (b - a) · lerp.
fn between(a: &[f32], b: &[f32], lerp: f32, out: &mut [f32]) {
    vectorised_if!(true, {
        for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
            *out = *a + (*b - *a) * lerp;
        }
    });
}

/// Writes a row with as many pixels as there are neighbours.
fn widen<T: Numeric>(row: &[T], columns: &[Neighbours], channels: usize, out: &mut [f32]) {
    vectorised_if!(
        is_vectorised::<T>(),
        match channels {
            1 => widen_few::<T, 1>(row, columns, out),
            3 => widen_few::<T, 3>(row, columns, out),
            4 => widen_few::<T, 4>(row, columns, out),
            _ => widen_many(row, columns, channels, out),
        }
    );
}

#[inline(always)]
fn widen_few<T: Numeric, const C: usize>(row: &[T], columns: &[Neighbours], out: &mut [f32]) {
    let (row, _) = row.as_chunks::<C>();
    let (out, _) = out.as_chunks_mut::<C>();
    for (out, column) in out.iter_mut().zip(columns) {
        let (left, right) = (&row[column.lower], &row[column.upper]);
        for c in 0..C {
            let (left, right) = (number(left[c]), number(right[c]));
            out[c] = left + (right - left) * column.lerp;
        }
    }
}

#[inline(always)]
fn widen_many<T: Numeric>(row: &[T], columns: &[Neighbours], channels: usize, out: &mut [f32]) {
    for (out, column) in out.chunks_exact_mut(channels).zip(columns) {
        let left = &row[column.lower * channels..][..channels];
        let right = &row[column.upper * channels..][..channels];
        for ((out, left), right) in out.iter_mut().zip(left).zip(right) {
            let (left, right) = (number(*left), number(*right));
            *out = left + (right - left) * column.lerp;
        }
    }
}

/// An element as a number to compute with.
#[inline(always)]
pub(super) fn number<T: Numeric>(x: T) -> f32 {
    x.to_f64() as f32
}
