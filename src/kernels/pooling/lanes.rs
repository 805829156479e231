//! Which elements are worked on side by side, in the lanes of registers: some channels of a window,
//! or the windows of a row where there are few channels.

use std::ops::Range;

use super::windows::{APART, SideBySide, Windows};
use crate::types::Numeric;

/// The same element of `L` sequences, whose results lie one after the other.
pub(super) trait Lanes<const L: usize>: Copy {
    /// The elements of all lanes, where the first of them lies at `at`.
    fn load<T: Numeric>(self, from: &[T], at: usize) -> [T; L];

    /// Writes those of all lanes.
    fn store<T: Numeric>(self, to: &mut [T], at: usize, values: [T; L]);

    /// How far an element lies from that of the first lane.
    fn offset(self, lane: usize) -> usize;

    /// The numbers of all lanes among the results; anything for those that are not in use.
    #[inline(always)]
    fn load_results<T: Numeric>(self, from: &[T], at: usize) -> [T; L] {
        Together.load(from, at)
    }

    /// Writes those of all lanes.
    #[inline(always)]
    fn store_results<T: Copy>(self, to: &mut [T], at: usize, values: [T; L]) {
        to[at..at + L].copy_from_slice(&values);
    }
}

/// Neighbours.
#[derive(Clone, Copy)]
struct Together;

impl<const L: usize> Lanes<L> for Together {
    #[inline(always)]
    fn load<T: Numeric>(self, from: &[T], at: usize) -> [T; L] {
        from[at..at + L].try_into().unwrap_or([T::ZERO; L])
    }

    #[inline(always)]
    fn store<T: Numeric>(self, to: &mut [T], at: usize, values: [T; L]) {
        to[at..at + L].copy_from_slice(&values);
    }

    #[inline(always)]
    fn offset(self, lane: usize) -> usize {
        lane
    }
}

/// Every second element.
#[derive(Clone, Copy)]
struct EverySecond;

impl<const L: usize> Lanes<L> for EverySecond {
    #[inline(always)]
    fn load<T: Numeric>(self, from: &[T], at: usize) -> [T; L] {
        // The last one's neighbour may not be there.
        if let Some(pairs) = from.get(at..at + 2 * L) {
            return first_of_pairs(pairs);
        }
        let mut values = [T::ZERO; L];
        for l in 0..L {
            values[l] = from[at + 2 * l];
        }
        values
    }

    #[inline(always)]
    fn store<T: Numeric>(self, to: &mut [T], at: usize, values: [T; L]) {
        // Of fewer, reading what has just been written costs more than writing one by one.
        if L >= 32
            && let Some(pairs) = to.get_mut(at..at + 2 * L)
        {
            return set_first_of_pairs(pairs, values);
        }
        let to = &mut to[at..at + 2 * L - 1];
        for (l, value) in values.into_iter().enumerate() {
            to[2 * l] = value;
        }
    }

    #[inline(always)]
    fn offset(self, lane: usize) -> usize {
        2 * lane
    }
}

/// Whether the first of two neighbours is the lower half of both as one number.
const HALVES: bool = cfg!(target_endian = "little");

/// The first of each of `L` pairs of neighbours.
#[inline(always)]
fn first_of_pairs<T: Numeric, const L: usize>(pairs: &[T]) -> [T; L] {
    assert_eq!(pairs.len(), 2 * L, "pairs");
    let mut values = [T::ZERO; L];
    if HALVES && size_of::<T>() == size_of::<u32>() {
        for (l, value) in values.iter_mut().enumerate() {
            // Compilers load whole vectors of whole pairs, and every second element one by one.
            // SAFETY: a pair is in the slice; numbers of four bytes are any four bytes.
            *value = unsafe {
                let pair: u64 = pairs.as_ptr().add(2 * l).cast::<u64>().read_unaligned();
                std::mem::transmute_copy(&(pair as u32))
            };
        }
        return values;
    }
    for (value, pair) in values.iter_mut().zip(pairs.as_chunks::<2>().0) {
        *value = pair[0];
    }
    values
}

/// Sets the first of each of `L` pairs of neighbours.
#[inline(always)]
fn set_first_of_pairs<T: Numeric, const L: usize>(pairs: &mut [T], values: [T; L]) {
    assert_eq!(pairs.len(), 2 * L, "pairs");
    if HALVES && size_of::<T>() == size_of::<u32>() {
        for (l, value) in values.into_iter().enumerate() {
            // As above.
            // SAFETY: a pair is in the slice; numbers of four bytes are any four bytes.
            unsafe {
                let pair = pairs.as_mut_ptr().add(2 * l).cast::<u64>();
                let second = pair.read_unaligned() >> 32 << 32;
                let value: u32 = std::mem::transmute_copy(&value);
                pair.write_unaligned(second | u64::from(value));
            }
        }
        return;
    }
    for (l, value) in values.into_iter().enumerate() {
        pairs[2 * l] = value;
    }
}

/// Those of the channels of some windows.
#[derive(Clone, Copy)]
struct Apart<'w> {
    /// How far they lie from the first; those that are not in use, as the last one.
    offsets: &'w [usize; APART],
    count: usize,
}

impl Lanes<APART> for Apart<'_> {
    #[inline(always)]
    fn load<T: Numeric>(self, from: &[T], at: usize) -> [T; APART] {
        let from = &from[at..];
        let mut values = [T::ZERO; APART];
        for l in 0..APART {
            values[l] = from[self.offsets[l]];
        }
        values
    }

    #[inline(always)]
    fn store<T: Numeric>(self, to: &mut [T], at: usize, values: [T; APART]) {
        let to = &mut to[at..];
        for l in 0..APART {
            to[self.offsets[l]] = values[l];
        }
    }

    #[inline(always)]
    fn offset(self, lane: usize) -> usize {
        self.offsets[lane]
    }

    #[inline(always)]
    fn load_results<T: Numeric>(self, from: &[T], at: usize) -> [T; APART] {
        if self.count == APART {
            return Together.load(from, at);
        }
        let mut values = [from[at + self.count - 1]; APART];
        for (value, from) in values.iter_mut().zip(&from[at..at + self.count]) {
            *value = *from;
        }
        values
    }

    #[inline(always)]
    fn store_results<T: Copy>(self, to: &mut [T], at: usize, values: [T; APART]) {
        for (to, value) in to[at..at + self.count].iter_mut().zip(values) {
            *to = value;
        }
    }
}

/// Windows that are worked on at once.
pub(super) struct Group {
    /// What the first of them sees along each axis.
    pub(super) seen: [Range<usize>; 3],
    /// Its first channel that is worked on.
    pub(super) channel: usize,
    /// Where the result for it lies in the row.
    pub(super) result: usize,
    /// How many of the lanes were in the group before.
    pub(super) done: usize,
}

/// What is done with windows.
pub(super) trait Work {
    fn group<const L: usize>(&mut self, group: &Group, lanes: impl Lanes<L>);
}

impl Windows {
    /// Calls `visit` for each pixel that a group's first window sees: with its number from the
    /// window's first on, and where the group's first element is.
    #[inline(always)]
    pub(super) fn each_seen(&self, group: &Group, mut visit: impl FnMut(u32, usize)) {
        let first = self.place(&group.seen);
        for depth in group.seen[0].clone() {
            for height in group.seen[1].clone() {
                let line = self.line(depth, height);
                for column in group.seen[2].clone() {
                    let place = line + column;
                    visit(
                        (place - first) as u32,
                        place * self.channels + group.channel,
                    );
                }
            }
        }
    }

    /// Has `work` done with all windows of a row, from left to right.
    #[inline(always)]
    pub(super) fn each_group(&self, depth: usize, height: usize, work: &mut impl Work) {
        let (windows, channels) = (self.axes[2].spans.len(), self.channels);
        let [depths, heights, widths] = &self.axes;
        let seen = [&depths.spans[depth], &heights.spans[height]];
        let group = |window: usize| Group {
            seen: [
                seen[0].clone(),
                seen[1].clone(),
                widths.spans[window].clone(),
            ],
            channel: 0,
            result: window * channels,
            done: 0,
        };
        let mut window = 0;
        if let Some(SideBySide {
            windows,
            stride,
            offsets,
        }) = &self.side_by_side
        {
            while window < windows.start {
                neighbours(group(window), channels, work);
                window += 1;
            }
            let each = match (stride, channels) {
                (1, _) => windows.len(),
                (2, 1) if windows.len() >= 64 => 64,
                (2, 1) if windows.len() >= 32 => 32,
                (2, 1) => 8,
                _ => APART / channels,
            };
            while each <= windows.len() && window < windows.end {
                // The last ones may have been in the group before.
                let first = window.min(windows.end - each);
                let mut group = group(first);
                group.done = (window - first) * channels;
                match (stride, channels) {
                    (1, _) => neighbours(group, each * channels, work),
                    (2, 1) if each == 64 => work.group::<64>(&group, EverySecond),
                    (2, 1) if each == 32 => work.group::<32>(&group, EverySecond),
                    (2, 1) => work.group::<8>(&group, EverySecond),
                    _ => {
                        let count = each * channels;
                        work.group::<APART>(&group, Apart { offsets, count });
                    }
                }
                window = first + each;
            }
        }
        while window < windows {
            neighbours(group(window), channels, work);
            window += 1;
        }
    }
}

/// Has `work` done with `count` lanes that lie side by side.
#[inline(always)]
fn neighbours(mut group: Group, count: usize, work: &mut impl Work) {
    let (channel, result) = (group.channel, group.result);
    let is_large = group.seen.iter().map(Range::len).product::<usize>() >= 16;
    let mut lane = 0;
    while lane < count {
        let width = match count - lane {
            256.. if is_large => 256,
            32.. => 32,
            _ if count >= 8 => 8,
            _ => 1,
        };
        // The last ones may have been in the group before.
        let first = lane.min(count - width);
        group.channel = channel + first;
        group.result = result + first;
        group.done = lane - first;
        match width {
            256 => work.group::<256>(&group, Together),
            32 => work.group::<32>(&group, Together),
            8 => work.group::<8>(&group, Together),
            _ => work.group::<1>(&group, Together),
        }
        lane = first + width;
    }
}
