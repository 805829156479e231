//! Sums of few products of vectors, element by element: convolutions of each channel by itself.

use super::tile::Vector;

/// How many windows are summed up at once.
const WINDOWS: usize = 4;

/// How many vectors of channels are summed up at once.
const VECTORS: usize = 2;

/// One term of the sums: where what the first window sees and what that is multiplied by stand, of
/// the first channel. The next channels lie beside them.
#[derive(Clone, Copy, Debug)]
pub struct Tap<T> {
    pub(crate) seen: *const T,
    pub(crate) factor: *const T,
}

/// Windows that lie in a row.
#[derive(Debug)]
pub struct TapSums<'a, T> {
    pub(crate) taps: &'a [Tap<T>],
    pub(crate) channels: usize,
    pub(crate) windows: usize,
    /// How far from each other what two windows see is, and where their sums go.
    pub(crate) step: isize,
    pub(crate) to: *mut T,
    pub(crate) to_step: isize,
}

/// Computes the sums.
///
/// # Safety
/// The processor has the instruction set; all elements can be read, and the sums be written.
pub type TapFn<T> = unsafe fn(&TapSums<'_, T>);

/// A [`TapFn`].
///
/// # Safety
/// As there.
#[inline(always)]
pub(super) unsafe fn tap_sums<V: Vector>(job: &TapSums<'_, V::Element>) {
    let mut channel = 0;
    // SAFETY: the caller's promise: these are channels of the windows.
    unsafe {
        while channel + VECTORS * V::LANES <= job.channels {
            windows::<V, VECTORS, true>(job, channel, V::LANES);
            channel += VECTORS * V::LANES;
        }
        while channel + V::LANES <= job.channels {
            windows::<V, 1, true>(job, channel, V::LANES);
            channel += V::LANES;
        }
        if channel < job.channels {
            windows::<V, 1, false>(job, channel, job.channels - channel);
        }
    }
}

/// Some vectors of channels of all windows; of the only one `count` elements if not `WHOLE`.
///
/// # Safety
/// As [`TapFn`].
#[inline(always)]
unsafe fn windows<V: Vector, const N: usize, const WHOLE: bool>(
    job: &TapSums<'_, V::Element>,
    channel: usize,
    count: usize,
) {
    let mut window = 0;
    // SAFETY: the caller's promise.
    unsafe {
        while window + WINDOWS <= job.windows {
            block::<V, N, WINDOWS, WHOLE>(job, window, channel, count);
            window += WINDOWS;
        }
        while window < job.windows {
            block::<V, N, 1, WHOLE>(job, window, channel, count);
            window += 1;
        }
    }
}

/// `P` windows of these.
///
/// # Safety
/// As [`TapFn`].
#[inline(always)]
unsafe fn block<V: Vector, const N: usize, const P: usize, const WHOLE: bool>(
    job: &TapSums<'_, V::Element>,
    window: usize,
    channel: usize,
    count: usize,
) {
    // SAFETY: the caller's promise.
    let mut sums = unsafe { [[V::zero(); N]; P] };
    let first = window as isize * job.step + channel as isize;
    // SAFETY: the caller's promise.
    unsafe {
        let load = |from: *const V::Element| match WHOLE {
            true => V::load(from),
            false => V::load_first(from, count),
        };
        for tap in job.taps {
            let mut factors = [V::zero(); N];
            for (n, factor) in factors.iter_mut().enumerate() {
                *factor = load(tap.factor.add(channel + n * V::LANES));
            }
            let seen = tap.seen.offset(first);
            for (p, sums) in sums.iter_mut().enumerate() {
                let seen = seen.offset(p as isize * job.step);
                for (n, sum) in sums.iter_mut().enumerate() {
                    *sum = load(seen.add(n * V::LANES)).multiply_add(factors[n], *sum);
                }
            }
        }
        for (p, sums) in sums.iter().enumerate() {
            let to = job.to.offset((window + p) as isize * job.to_step);
            for (n, sum) in sums.iter().enumerate() {
                let to = to.add(channel + n * V::LANES);
                match WHOLE {
                    true => sum.store(to),
                    false => sum.store_first(to, count),
                }
            }
        }
    }
}
