//! Convolutions of each channel by itself.
//!
//! A result is a sum of few products, so these go at the speed of the nearest caches: some
//! neighbouring windows are summed up in registers for a vector of channels, over all taps. The
//! gradient of a picture is the same with the filter turned round, phase by phase. Where a channel
//! has several results, the pictures are first written with each channel several times.

use std::mem::MaybeUninit;
use std::ops::Range;

use smallvec::SmallVec;

use super::Role;
use super::shape::{AXES, Phase, Shape, Taps, product};
use super::shares::{Place, Shares};
use crate::kernels::cpu::vectorised;
use crate::kernels::matmul::{Allotted, MatMulElement, Sink, Tap, TapSums, sum_taps};
use crate::kernels::pieces::each_piece;
use crate::kernels::pool::Pool;
use crate::types::{Number, Result, memory};

/// How many windows are summed up at once.
const WINDOWS: usize = 4;

/// How many products a part has at least.
const PART: usize = 64 << 10;

/// Into how many parts sums over positions are cut at most.
const SUMS: usize = 16;

/// How many elements are copied by one thread at a time.
const COPIED: usize = 1 << 15;

/// Computes the convolution of each channel with its filters, or a gradient, of the operands `a`
/// and `b`, written to `out`.
///
/// # Errors
/// `ResourceExhausted` if there is no memory for what is in between, here and below.
pub(crate) fn convolve_channels<T: MatMulElement>(
    pool: &Pool,
    role: Role,
    shape: &Shape,
    [a, b]: [&[T]; 2],
    out: &mut [T],
) -> Result<()> {
    match role {
        Role::Forward => forward(pool, shape, [a, b], out),
        Role::Input => picture_gradient(pool, shape, [a, b], out),
        Role::Filter => filter_gradient(pool, shape, [a, b], out),
    }
}

fn forward<T: MatMulElement>(
    pool: &Pool,
    shape: &Shape,
    [pictures, filter]: [&[T]; 2],
    out: &mut [T],
) -> Result<()> {
    let repeated = repeat(pool, shape, pictures)?;
    let pictures = repeated.as_deref().unwrap_or(pictures);
    Windows::forward(shape, [pictures, filter]).run(pool, shape.batch, out);
    Ok(())
}

/// The convolution of each channel by itself that gives one result for each, as a step of a plan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Channels {
    shape: Shape,
    /// How many rows of results a part has.
    group: usize,
    shares: Shares,
}

impl Channels {
    /// `None` if channels have several results.
    pub(super) fn new<T: MatMulElement>(shape: &Shape) -> Option<Self> {
        if shape.outputs != shape.channels {
            return None;
        }
        let group = group(&shape.axes.map(|axis| Taps::of(&axis)), shape.outputs);
        let mut thread = Allotted::default();
        thread.take::<T>(product(&[group, shape.axes[2].output, shape.outputs]));
        Some(Channels {
            shape: *shape,
            group,
            shares: Shares::new(false, &Allotted::default(), &thread),
        })
    }

    /// How many bytes of workspace a run by `threads` threads needs.
    pub(super) fn workspace_len(&self, threads: usize) -> usize {
        self.shares.len(threads)
    }

    /// Computes it of pictures and filter; the result is stored in `out` and shown to `sink`, if
    /// there are such.
    ///
    /// # Panics
    /// If a length is not what it was said to be, or the workspace is too small.
    pub(super) fn run<T: MatMulElement>(
        &self,
        pool: &Pool,
        operands: [&[T]; 2],
        out: Option<&mut [T]>,
        sink: Option<&dyn Sink<T>>,
        workspace: &mut [MaybeUninit<u8>],
    ) {
        let job = Windows::forward(&self.shape, operands);
        job.check(self.shape.batch);
        let workspace = self.shares.of(pool, workspace);
        let (width, channels) = (job.taps[2].windows, job.channels);
        let rows = self.shape.positions() / width.max(1);
        if let Some(out) = &out {
            assert_eq!(out.len(), rows * width * channels, "the result");
        }
        let out = out.map(|out| Place(out.as_mut_ptr()));
        let parts = rows.div_ceil(self.group);
        self.shares.for_each(pool, parts, &|part, thread| {
            let rows = part * self.group..rows.min((part + 1) * self.group);
            let before = rows.start * width * channels;
            let to = match out {
                Some(Place(out)) => out,
                None => workspace.own::<T>(thread, 0).wrapping_sub(before),
            };
            // SAFETY: lengths are as asserted; these rows, or the thread's share, are used by
            // nobody else, and are written before they are shown.
            unsafe {
                job.rows(rows.clone(), to);
                if let Some(sink) = sink {
                    let len = rows.len() * width * channels;
                    let part = std::slice::from_raw_parts_mut(to.wrapping_add(before), len);
                    sink.segment(rows.start * width, 0, part, thread);
                }
            }
        });
    }
}

/// How many rows of windows are worth being claimed.
fn group([depth, height, width]: &[Taps; AXES], channels: usize) -> usize {
    let taps = product(&[depth.taps, height.taps, width.taps]);
    let work = product(&[width.windows, channels, taps]);
    (PART / work.max(1)).max(1)
}

/// The gradient with respect to the pictures, given the filters and the gradient with respect to
/// the result.
fn picture_gradient<T: MatMulElement>(
    pool: &Pool,
    shape: &Shape,
    [filter, gradient]: [&[T]; 2],
    out: &mut [T],
) -> Result<()> {
    let multiplier = multiplier(shape);
    if multiplier != 1 {
        let pixels = out.len() / shape.channels.max(1);
        let mut several = memory::repeated(pixels * shape.outputs, T::ZERO)?;
        spread_gradient(pool, shape, [filter, gradient], &mut several);
        each_piece(pool, out, COPIED, &|first, out| {
            for (i, out) in out.iter_mut().enumerate() {
                let terms = &several[(first + i) * multiplier..][..multiplier];
                *out = terms.iter().fold(T::ZERO, |sum, &term| sum.plus(term));
            }
        });
        return Ok(());
    }
    spread_gradient(pool, shape, [filter, gradient], out);
    Ok(())
}

/// The gradient with respect to pictures in which each channel stands for each of its results.
fn spread_gradient<T: MatMulElement>(
    pool: &Pool,
    shape: &Shape,
    [filter, gradient]: [&[T]; 2],
    out: &mut [T],
) {
    let phases = shape.axes.map(|axis| Phase::of(&axis));
    let unseen = |phase: &Phase| phase.taps.taps == 0;
    if phases
        .iter()
        .any(|phases| phases.clone().any(|phase| unseen(&phase)))
    {
        out.fill(T::ZERO);
    }
    let seen = |phase: &Phase| !unseen(phase);
    let [depth, height, width] = phases;
    for z in depth.filter(seen) {
        for y in height.clone().filter(seen) {
            for x in width.clone().filter(seen) {
                let phases = [z, y, x];
                let mut to = [(0, 1, 1); AXES];
                let mut filter_taps = [(0, 1, 1); AXES];
                for (i, phase) in phases.iter().enumerate() {
                    let axis = shape.axes[i];
                    to[i] = (phase.start, phase.step, axis.input);
                    let step = -(phase.tap_step as isize);
                    filter_taps[i] = (phase.last_tap, step, axis.window.size);
                }
                let job = Windows {
                    taps: phases.map(|phase| phase.taps),
                    filter_taps,
                    to,
                    channels: shape.outputs,
                    pictures: gradient,
                    filter,
                };
                job.run(pool, shape.batch, out);
            }
        }
    }
}

/// The gradient with respect to the filters, given `pictures` and the gradient with respect to the
/// result.
fn filter_gradient<T: MatMulElement>(
    pool: &Pool,
    shape: &Shape,
    [pictures, gradient]: [&[T]; 2],
    out: &mut [T],
) -> Result<()> {
    let repeated = repeat(pool, shape, pictures)?;
    let pictures = repeated.as_deref().unwrap_or(pictures);
    let [_, depth, height, _, _] = shape.result();
    let rows = shape.batch * depth * height;
    let work = gradient
        .len()
        .saturating_mul(shape.axes.iter().map(|axis| axis.window.size).product());
    let parts = (work / PART).clamp(1, SUMS).min(rows.max(1));
    let sums = Sums {
        taps: shape.axes.map(|axis| Taps::of(&axis)),
        channels: shape.outputs,
        pictures,
        gradient,
    };
    let zero = T::ZERO.widen();
    let mut partial = memory::repeated(parts * out.len(), zero)?;
    let len = out.len().max(1);
    each_piece(pool, &mut partial, len, &|first, partial| {
        let part = first / len;
        let rows = part * rows / parts..(part + 1) * rows / parts;
        vectorised(
            #[inline(always)]
            move || sums.add(rows, partial),
        );
    });
    each_piece(pool, out, COPIED, &|first, out| {
        for (i, out) in out.iter_mut().enumerate() {
            let terms = (0..parts).map(|part| partial[part * len + first + i]);
            *out = T::narrow(terms.fold(zero, |sum, term| sum.plus(term)));
        }
    });
    Ok(())
}

/// How many results each channel has.
fn multiplier(shape: &Shape) -> usize {
    shape.outputs.checked_div(shape.channels).unwrap_or(1)
}

/// The pictures with each channel as often as it has results, if that is not once.
fn repeat<T: MatMulElement>(pool: &Pool, shape: &Shape, pictures: &[T]) -> Result<Option<Vec<T>>> {
    let multiplier = multiplier(shape);
    if multiplier == 1 {
        return Ok(None);
    }
    let mut several = memory::repeated(pictures.len() * multiplier, T::ZERO)?;
    let piece = COPIED.next_multiple_of(multiplier.max(1));
    each_piece(pool, &mut several, piece, &|first, out| {
        let from = &pictures[first / multiplier..];
        for (out, &x) in out.chunks_mut(multiplier).zip(from) {
            out.fill(x);
        }
    });
    Ok(Some(several))
}

/// A first place, the distance of the next, and how many there are on the axis.
type Places<Step> = (usize, Step, usize);

/// Some windows of pictures, and where their sums go.
#[derive(Clone, Copy)]
struct Windows<'a, T> {
    taps: [Taps; AXES],
    /// Which taps of the filter those of the windows are.
    filter_taps: [Places<isize>; AXES],
    to: [Places<usize>; AXES],
    channels: usize,
    pictures: &'a [T],
    filter: &'a [T],
}

impl<'a, T: MatMulElement> Windows<'a, T> {
    /// All windows over pictures, and a filter as it is.
    fn forward(shape: &Shape, [pictures, filter]: [&'a [T]; 2]) -> Self {
        let [_, depth, height, width, _] = shape.result();
        Windows {
            taps: shape.axes.map(|axis| Taps::of(&axis)),
            filter_taps: shape.axes.map(|axis| (0, 1, axis.window.size)),
            to: [depth, height, width].map(|length| (0, 1, length)),
            channels: shape.outputs,
            pictures,
            filter,
        }
    }

    /// Fails unless pictures and filter are as long as they are said to be.
    fn check(&self, batch: usize) {
        let pixels: usize = self.taps.iter().map(|axis| axis.input).product();
        assert_eq!(self.pictures.len(), batch * pixels * self.channels);
        let lengths = self.filter_taps.iter().map(|(_, _, length)| length);
        let taps: usize = lengths.product();
        assert_eq!(self.filter.len(), taps * self.channels);
    }

    fn run(&self, pool: &Pool, batch: usize, out: &mut [T]) {
        self.check(batch);
        let places: usize = self.to.iter().map(|(_, _, length)| length).product();
        assert_eq!(out.len(), batch * places * self.channels);
        let [depth, height, _] = self.taps;
        let rows = batch * depth.windows * height.windows;
        let group = group(&self.taps, self.channels);
        let out = Place(out.as_mut_ptr());
        pool.run(rows.div_ceil(group), &|part, _| {
            let Place(out) = { out };
            // SAFETY: lengths are as asserted, and each row is in one part.
            unsafe { self.rows(part * group..rows.min((part + 1) * group), out) };
        });
    }

    /// Rows of windows.
    ///
    /// # Safety
    /// As [`row`](Windows::row).
    unsafe fn rows(&self, rows: Range<usize>, out: *mut T) {
        let mut taps = SmallVec::new();
        for row in rows {
            // SAFETY: the caller's promise.
            unsafe { self.row(row, out, &mut taps) };
        }
    }

    /// A row of windows, of results that begin at `out`.
    ///
    /// # Safety
    /// Pictures and filter are as long as the lengths say; there is room for this row, which nobody
    /// else uses.
    unsafe fn row(&self, row: usize, out: *mut T, taps: &mut SmallVec<[Tap<T>; 64]>) {
        let [depth, height, width] = self.taps;
        let (above, y) = (row / height.windows, row % height.windows);
        let (picture, z) = (above / depth.windows, above % depth.windows);
        let place = |axis: usize, window: usize| {
            let (start, step, _) = self.to[axis];
            start + window * step
        };
        let above = (picture * self.to[0].2 + place(0, z)) * self.to[1].2 + place(1, y);
        let interior = width.interior();
        let mut window = 0;
        while window < width.windows {
            // All windows that see no edge at once, others one by one.
            let count = match interior.contains(&window) {
                true => interior.end - window,
                false => 1,
            };
            self.find_taps([picture, z, y, window], taps);
            let to = (above * self.to[2].2 + place(2, window)) * self.channels;
            // SAFETY: the caller's promise: the taps are on their axes, those of all windows inside
            // too by what `interior` says; the places are this row's.
            unsafe {
                sum_taps(&TapSums {
                    taps,
                    channels: self.channels,
                    windows: count,
                    step: (width.stride * self.channels) as isize,
                    to: out.wrapping_add(to),
                    to_step: (self.to[2].1 * self.channels) as isize,
                });
            }
            window += count;
        }
    }

    /// The taps of a window that are in the pictures.
    fn find_taps(&self, [picture, z, y, x]: [usize; 4], found: &mut SmallVec<[Tap<T>; 64]>) {
        let [depth, height, width] = self.taps;
        let tap_of = |axis: usize, i: usize| {
            let (first, step, _) = self.filter_taps[axis];
            (first as isize + i as isize * step) as usize
        };
        found.clear();
        for i in 0..depth.taps {
            let Some(above) = depth.at(z, i) else {
                continue;
            };
            let above = picture * depth.input + above;
            let filter_above = tap_of(0, i) * self.filter_taps[1].2;
            for j in 0..height.taps {
                let Some(row) = height.at(y, j) else {
                    continue;
                };
                let row = (above * height.input + row) * width.input;
                let filter_row = (filter_above + tap_of(1, j)) * self.filter_taps[2].2;
                for k in 0..width.taps {
                    let Some(pixel) = width.at(x, k) else {
                        continue;
                    };
                    let from = (row + pixel) * self.channels;
                    let tap = (filter_row + tap_of(2, k)) * self.channels;
                    // Few: one for each element of a window.
                    found.push(Tap {
                        seen: self.pictures[from..].as_ptr(),
                        factor: self.filter[tap..].as_ptr(),
                    });
                }
            }
        }
    }
}

/// Sums over positions, for the gradient of a filter.
#[derive(Clone, Copy)]
struct Sums<'a, T> {
    taps: [Taps; AXES],
    channels: usize,
    pictures: &'a [T],
    gradient: &'a [T],
}

impl<T: MatMulElement> Sums<'_, T> {
    /// Adds the products of some rows of positions to `sums`, tap by tap and channel by channel.
    #[inline(always)]
    fn add(&self, rows: Range<usize>, sums: &mut [T::Wide]) {
        let [depth, height, width] = self.taps;
        for row in rows {
            let (above, y) = (row / height.windows, row % height.windows);
            let (picture, z) = (above / depth.windows, above % depth.windows);
            let gradient = &self.gradient[row * width.windows * self.channels..];
            for i in 0..depth.taps {
                let Some(above) = depth.at(z, i) else {
                    continue;
                };
                let above = picture * depth.input + above;
                for j in 0..height.taps {
                    let Some(line) = height.at(y, j) else {
                        continue;
                    };
                    let line = (above * height.input + line) * width.input;
                    let pixels = &self.pictures[line * self.channels..];
                    for k in 0..width.taps {
                        let tap = (i * height.taps + j) * width.taps + k;
                        let sums = &mut sums[tap * self.channels..][..self.channels];
                        self.add_tap(k, pixels, gradient, sums);
                    }
                }
            }
        }
    }

    /// Adds the products of a tap along a row of positions.
    #[inline(always)]
    fn add_tap(&self, tap: usize, pixels: &[T], gradient: &[T], sums: &mut [T::Wide]) {
        let width = self.taps[2];
        let offset = width.first + (tap * width.dilation) as isize;
        let start = (-offset).max(0).unsigned_abs().div_ceil(width.stride);
        let room = (width.input as isize - offset).max(0).unsigned_abs();
        let windows = start..room.div_ceil(width.stride).min(width.windows);
        let mut channel = 0;
        while channel + 16 <= sums.len() {
            self.add_channels::<16>(&windows, offset, channel, [pixels, gradient], sums);
            channel += 16;
        }
        while channel < sums.len() {
            self.add_channels::<1>(&windows, offset, channel, [pixels, gradient], sums);
            channel += 1;
        }
    }

    #[inline(always)]
    fn add_channels<const L: usize>(
        &self,
        windows: &Range<usize>,
        offset: isize,
        channel: usize,
        [pixels, gradient]: [&[T]; 2],
        sums: &mut [T::Wide],
    ) {
        let (stride, channels) = (self.taps[2].stride, self.channels);
        let mut totals = [[T::ZERO; L]; WINDOWS];
        let of = |elements: &[T], pixel: usize| -> [T; L] {
            let elements = &elements[pixel * channels + channel..][..L];
            elements.try_into().unwrap_or([T::ZERO; L])
        };
        let mut window = windows.start;
        while window < windows.end {
            let count = (windows.end - window).min(WINDOWS);
            for (p, totals) in totals.iter_mut().enumerate().take(count) {
                let at = ((window + p) * stride) as isize + offset;
                let seen = of(pixels, at as usize);
                let factors = of(gradient, window + p);
                for l in 0..L {
                    totals[l] = totals[l].plus(seen[l].times(factors[l]));
                }
            }
            window += count;
        }
        for (l, sum) in sums[channel..channel + L].iter_mut().enumerate() {
            let total = totals
                .iter()
                .fold(T::ZERO, |sum, totals| sum.plus(totals[l]));
            *sum = sum.plus(total.widen());
        }
    }
}
