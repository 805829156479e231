//! The nearest pixel, and the sums of those to which a pixel is the nearest.

use super::{Images, Scaling};
use crate::kernels::pieces::each_piece;
use crate::kernels::pool::Pool;
use crate::types::{Number, Plain, Result, memory};

/// For each pixel of an axis of `from` pixels that is to have `to`, the nearest.
fn along(scaling: Scaling, from: usize, to: usize) -> Result<Vec<usize>> {
    memory::collected((0..to).map(|i| scaling.nearest(i, from)))
}

/// Writes `images`, elements of `from`, resized to elements of `to`.
///
/// # Errors
/// `ResourceExhausted`.
pub(crate) fn pick_nearest<B: Plain>(
    pool: &Pool,
    (images, from): (&[B], Images),
    [down, across]: [Scaling; 2],
    (out, to): (&mut [B], Images),
) -> Result<()> {
    let rows = along(down, from.height, to.height)?;
    let columns = along(across, from.width, to.width)?;
    let (row, channels) = (to.row(), from.channels);
    each_piece(pool, out, to.piece(), &|first, out| {
        for i in 0..out.len() / row {
            let (image, y) = ((first / row + i) / to.height, (first / row + i) % to.height);
            if i > 0 && y > 0 && rows[y] == rows[y - 1] {
                out.copy_within((i - 1) * row..i * row, i * row);
                continue;
            }
            let picked = from.row_of(images, image, rows[y]);
            let out = &mut out[i * row..][..row];
            match channels {
                1 => pick::<B, 1>(picked, &columns, out),
                3 => pick::<B, 3>(picked, &columns, out),
                4 => pick::<B, 4>(picked, &columns, out),
                _ => {
                    for (out, &x) in out.chunks_exact_mut(channels).zip(&columns) {
                        out.copy_from_slice(&picked[x * channels..][..channels]);
                    }
                }
            }
        }
    });
    Ok(())
}

#[inline(always)]
fn pick<B: Plain, const C: usize>(row: &[B], columns: &[usize], out: &mut [B]) {
    let (row, _) = row.as_chunks::<C>();
    let (out, _) = out.as_chunks_mut::<C>();
    for (out, &x) in out.iter_mut().zip(columns) {
        *out = row[x];
    }
}

/// Writes to each pixel of `out`, elements of `to`, the sum of those of `images`, elements of
/// `from`, to which it is the nearest when `to` is resized to `from`.
///
/// # Errors
/// `ResourceExhausted`.
pub(crate) fn add_to_nearest<T: Number>(
    pool: &Pool,
    (images, from): (&[T], Images),
    [down, across]: [Scaling; 2],
    (out, to): (&mut [T], Images),
) -> Result<()> {
    let rows = along(down, to.height, from.height)?;
    let columns = along(across, to.width, from.width)?;
    let (row, channels) = (to.row(), from.channels);
    // Where there are fewer pixels than are added up, each is worth more.
    let rows_at_once = (to.piece() / row).min(from.piece() / from.row().max(1));
    each_piece(pool, out, rows_at_once.max(1) * row, &|first, out| {
        for (i, out) in out.chunks_exact_mut(row).enumerate() {
            let (image, y) = ((first / row + i) / to.height, (first / row + i) % to.height);
            out.fill(T::default());
            // Nearest pixels never go back.
            let (start, end) = (
                rows.partition_point(|&row| row < y),
                rows.partition_point(|&row| row <= y),
            );
            for y in start..end {
                let added = from.row_of(images, image, y);
                for (added, &x) in added.chunks_exact(channels).zip(&columns) {
                    let sums = &mut out[x * channels..][..channels];
                    for (sum, added) in sums.iter_mut().zip(added) {
                        *sum = sum.plus(*added);
                    }
                }
            }
        }
    });
    Ok(())
}
