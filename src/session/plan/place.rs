//! A place in one block of memory for every value, by how long it is needed.

use std::collections::{BTreeMap, BTreeSet};

use crate::kernels::memory::ALIGNMENT;

/// Where the block's memory is free while units are gone through in order.
#[derive(Debug, Default)]
pub(super) struct ArenaLayout {
    /// The free stretches below `end`: start and length.
    by_start: BTreeMap<usize, usize>,
    /// The same as length and start.
    by_length: BTreeSet<(usize, usize)>,
    end: usize,
    largest: usize,
}

impl ArenaLayout {
    /// A place for `bytes` bytes: in the smallest free stretch that is large enough.
    pub(super) fn take(&mut self, bytes: usize) -> usize {
        let bytes = rounded(bytes);
        if bytes == 0 {
            return 0;
        }
        let found = self.by_length.range((bytes, 0)..).next().copied();
        let start = match found {
            Some((length, start)) => {
                self.remove(start, length);
                if length > bytes {
                    self.insert(start + bytes, length - bytes);
                }
                start
            }
            None => self.take_at_end(bytes),
        };
        self.largest = self.largest.max(self.end);
        start
    }

    /// A place that begins in the free stretch at the end, if there is one.
    fn take_at_end(&mut self, bytes: usize) -> usize {
        let last = self
            .by_start
            .last_key_value()
            .map(|(start, length)| (*start, *length));
        let start = match last {
            Some((start, length)) if start + length == self.end => {
                self.remove(start, length);
                start
            }
            _ => self.end,
        };
        self.end = start + bytes;
        start
    }

    /// Gives a place of `bytes` bytes back.
    pub(super) fn give_back(&mut self, start: usize, bytes: usize) {
        let (mut start, mut length) = (start, rounded(bytes));
        if length == 0 {
            return;
        }
        let before = self
            .by_start
            .range(..start)
            .next_back()
            .map(|(start, length)| (*start, *length));
        if let Some((earlier, earlier_length)) = before
            && earlier + earlier_length == start
        {
            self.remove(earlier, earlier_length);
            (start, length) = (earlier, earlier_length + length);
        }
        if let Some(&after) = self.by_start.get(&(start + length)) {
            self.remove(start + length, after);
            length += after;
        }
        self.insert(start, length);
    }

    /// How many bytes all places together reach over.
    pub(super) fn size(&self) -> usize {
        self.largest
    }

    fn insert(&mut self, start: usize, length: usize) {
        self.by_start.insert(start, length);
        self.by_length.insert((length, start));
    }

    fn remove(&mut self, start: usize, length: usize) {
        self.by_start.remove(&start);
        self.by_length.remove(&(length, start));
    }
}

/// A size in whole units of alignment.
fn rounded(bytes: usize) -> usize {
    bytes.div_ceil(ALIGNMENT) * ALIGNMENT
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng, rngs::StdRng};

    /// Takes and gives back places in any order: none that are held at once overlap, and what is
    /// given back is used again.
    #[test]
    fn places_held_at_once_do_not_overlap() {
        for seed in 0..200 {
            let mut random = StdRng::seed_from_u64(seed);
            let mut places = ArenaLayout::default();
            let mut held: Vec<(usize, usize)> = Vec::new();
            for _ in 0..80 {
                if random.random_bool(0.4) && !held.is_empty() {
                    let (start, bytes) = held.swap_remove(random.random_range(0..held.len()));
                    places.give_back(start, bytes);
                    continue;
                }
                let bytes = random.random_range(1..1000);
                let start = places.take(bytes);
                assert_eq!(start % ALIGNMENT, 0);
                assert!(start + bytes <= places.size());
                for &(other, length) in &held {
                    assert!(start + bytes <= other || other + length <= start);
                }
                held.push((start, bytes));
            }
            for (start, bytes) in held {
                places.give_back(start, bytes);
            }
            let all = places.size();
            assert_eq!(places.take(all), 0);
            assert_eq!(places.size(), all);
        }
    }
}
