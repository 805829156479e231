//! What each window sees, written out.

use super::super::pieces::each_piece;
use super::super::pool::Pool;
use super::super::window::WindowedAxis;
use super::PIECE;
use crate::types::Plain;

/// Writes what the windows along three axes see of `images` pictures of `channels` channels to
/// `out`, the elements of a window one after the other; zeros for what lies outside.
///
/// # Panics
/// If the lengths do not fit.
pub(crate) fn patches<T: Plain>(
    pool: &Pool,
    x: &[T],
    (images, axes, channels): (usize, [WindowedAxis; 3], usize),
    out: &mut [T],
) {
    if out.is_empty() {
        return;
    }
    let lengths = axes.map(|axis| axis.input);
    let counts = axes.map(|axis| axis.output);
    let patch = channels * axes.iter().map(|axis| axis.window.size).product::<usize>();
    assert_eq!(
        out.len(),
        images * counts.iter().product::<usize>() * patch,
        "the patches"
    );
    let volume = channels * lengths.iter().product::<usize>();
    assert_eq!(x.len(), images * volume, "the pictures");
    let some = (PIECE / patch).max(1);
    each_piece(pool, out, some * patch, &|first, out| {
        for (i, out) in out.chunks_exact_mut(patch).enumerate() {
            let window = first / patch + i;
            let [depth, height, width] = [
                window / counts[2] / counts[1] % counts[0],
                window / counts[2] % counts[1],
                window % counts[2],
            ];
            let image = window / counts.iter().product::<usize>();
            let x = &x[image * volume..][..volume];
            let place = |axis: usize, window: usize, tap: usize| {
                let axis = &axes[axis];
                (axis.first(window) + (tap * axis.window.dilation) as isize) as usize
            };
            let inside = [
                axes[0].inside(depth),
                axes[1].inside(height),
                axes[2].inside(width),
            ];
            let row = axes[2].window.size * channels;
            for (line, out) in out.chunks_exact_mut(row).enumerate() {
                let taps = [line / axes[1].window.size, line % axes[1].window.size];
                if !inside[0].contains(&taps[0]) || !inside[1].contains(&taps[1]) {
                    out.fill(T::default());
                    continue;
                }
                let (z, y) = (place(0, depth, taps[0]), place(1, height, taps[1]));
                let line = &x[(z * lengths[1] + y) * lengths[2] * channels..];
                for (tap, out) in out.chunks_exact_mut(channels).enumerate() {
                    match inside[2].contains(&tap) {
                        true => {
                            let from = place(2, width, tap) * channels;
                            out.copy_from_slice(&line[from..][..channels]);
                        }
                        false => out.fill(T::default()),
                    }
                }
            }
        }
    });
}
