//! The largest and smallest elements of rows, and where they are.

use std::cmp::Reverse;

use super::cpu::{vectorised, vectorised_floats};
use crate::types::{Numeric, Result, memory};

/// How many elements are looked at at once.
const LANES: usize = 32;

/// The place of the first element of `row` that no other `is_before`; 0 if none is before `worst`,
/// which all but that are before. `is_before` says no of NaN.
pub(crate) fn first_of<T: Numeric>(
    row: &[T],
    worst: T,
    is_before: impl Fn(T, T) -> bool + Copy,
) -> usize {
    /// How many elements are looked through again for the place.
    const BLOCK: usize = 1024;
    if row.len() < 2 * LANES {
        let first = (0, worst);
        let found = row
            .iter()
            .enumerate()
            .fold(first, |(place, best), (i, &x)| {
                if is_before(x, best) {
                    (i, x)
                } else {
                    (place, best)
                }
            });
        return found.0;
    }
    let (mut best, mut at) = (worst, 0);
    for (i, block) in row.chunks(BLOCK).enumerate() {
        let found = vectorised_floats!([T] best_of(block, worst, is_before));
        if is_before(found, best) {
            (best, at) = (found, i * BLOCK);
        }
    }
    if !is_before(best, worst) {
        return 0;
    }
    let block = &row[at..row.len().min(at + BLOCK)];
    at + vectorised_floats!([T] place_of_equal(block, best))
}

/// The place of the first element that equals `wanted`, which there is.
#[inline(always)]
fn place_of_equal<T: Numeric>(row: &[T], wanted: T) -> usize {
    let is_wanted = |&x: &T| x == wanted;
    let (blocks, _) = row.as_chunks::<LANES>();
    let has_it = |block: &&[T; LANES]| block.iter().fold(false, |any, x| any | is_wanted(x));
    let before = blocks.iter().take_while(|block| !has_it(block)).count() * LANES;
    before + row[before..].iter().position(is_wanted).unwrap_or(0)
}

#[inline(always)]
fn best_of<T: Numeric>(row: &[T], worst: T, is_before: impl Fn(T, T) -> bool) -> T {
    let better = |best, x| if is_before(x, best) { x } else { best };
    let (blocks, rest) = row.as_chunks::<LANES>();
    let mut best = rest.iter().fold(worst, |best, &x| better(best, x));
    if !blocks.is_empty() {
        let mut lanes = [worst; LANES];
        for block in blocks {
            for (lane, &x) in lanes.iter_mut().zip(block) {
                *lane = better(*lane, x);
            }
        }
        let mut count = LANES;
        while count > 1 {
            count /= 2;
            for i in 0..count {
                lanes[i] = better(lanes[i], lanes[i + count]);
            }
        }
        best = better(best, lanes[0]);
    }
    best
}

/// Looks along the first axis of a matrix whose rows, of `width` elements, lie one after the other:
/// `places` becomes the place of the first element of each column from column `from` on, as
/// [`first_of`] finds it.
pub(crate) fn first_of_columns<T: Numeric>(
    matrix: &[T],
    width: usize,
    from: usize,
    worst: T,
    is_before: impl Fn(T, T) -> bool + Copy,
    places: &mut [i64],
) {
    let mut best = [worst; COLUMNS];
    let best = &mut best[..places.len()];
    places.fill(0);
    vectorised_floats!([T] look_down(matrix, width, from, is_before, best, places));
}

/// The most columns that are looked down at once.
pub(crate) const COLUMNS: usize = 256;

#[inline(always)]
fn look_down<T: Numeric>(
    matrix: &[T],
    width: usize,
    from: usize,
    is_before: impl Fn(T, T) -> bool,
    best: &mut [T],
    places: &mut [i64],
) {
    for (i, row) in matrix.chunks_exact(width).enumerate() {
        let columns = &row[from..][..places.len()];
        for ((best, place), &x) in best.iter_mut().zip(&mut *places).zip(columns) {
            let is_better = is_before(x, *best);
            *best = if is_better { x } else { *best };
            *place = if is_better { i as i64 } else { *place };
        }
    }
}

/// Whether fewer than `k` elements of `row` are larger than `limit`, and all are finite.
#[inline]
pub(crate) fn fewer_above(row: &[f32], limit: f32, k: usize) -> bool {
    if row.len() < 2 * LANES {
        let (above, is_finite) = count_above(row, limit);
        return is_finite && (above as usize) < k;
    }
    let mut count = 0;
    // Mostly more than enough are found in the first part.
    row.chunks(256).all(|part| {
        let (above, is_finite) = vectorised(
            #[inline(always)]
            move || count_above(part, limit),
        );
        count += above as usize;
        is_finite && count < k
    })
}

/// How many elements are larger than `limit`, and whether all are finite.
#[inline(always)]
fn count_above(part: &[f32], limit: f32) -> (u32, bool) {
    part.iter().fold((0, true), |(above, is_finite), x| {
        (above + u32::from(*x > limit), is_finite & x.is_finite())
    })
}

/// The largest elements of rows, one row after the other.
pub(crate) struct Largest {
    k: usize,
    /// The places of the best of the last row.
    places: Vec<usize>,
    /// Candidates: a number that orders the elements as they are wanted, above the place of the
    /// element.
    found: Vec<u128>,
}

impl Largest {
    /// For the `k` largest elements of rows of `length` elements, which are no fewer.
    ///
    /// # Errors
    /// `ResourceExhausted` if there is no memory for the candidates.
    pub(crate) fn new(k: usize, length: usize) -> Result<Self> {
        let most = match k {
            ..=FEW => 0,
            _ => length.min(room(k) + LANES),
        };
        Ok(Largest {
            k,
            places: memory::reserved(k)?,
            found: memory::reserved(most)?,
        })
    }

    /// The places of the largest elements, from the largest down; of equal ones the first comes
    /// first, and NaN comes last.
    pub(crate) fn places_in<T: Numeric>(&mut self, row: &[T]) -> &[usize] {
        self.places.clear();
        match self.k {
            0 => {}
            1 => self.find_one(row),
            2..=FEW => self.find_few(row),
            _ => self.find(row),
        }
        &self.places
    }

    fn find_one<T: Numeric>(&mut self, row: &[T]) {
        let place = first_of(row, T::LOWEST, |x, y| x > y);
        // The largest may be the lowest there is.
        let place = match row[place] > T::LOWEST {
            true => place,
            false => row.iter().position(|&x| x == T::LOWEST).unwrap_or(0),
        };
        self.places.push(place);
    }

    /// Keeps the best in order all the time.
    fn find_few<T: Numeric>(&mut self, row: &[T]) {
        let mut best = [(T::ZERO, 0); FEW];
        let best = &mut best[..self.k];
        let (first, rest) = row.split_at(self.k);
        for (i, &x) in first.iter().enumerate() {
            insert(&mut best[..=i], x, i);
        }
        let mut least = best[self.k - 1].0;
        for (i, block) in rest.chunks(LANES).enumerate() {
            // At first there is a better one in most blocks.
            if i > 3 && !may_hold_better(block, least) {
                continue;
            }
            let start = first.len() + i * LANES;
            for (j, &x) in block.iter().enumerate() {
                if is_better(x, least) {
                    insert(best, x, start + j);
                    least = best[self.k - 1].0;
                }
            }
        }
        // Few: there is room for them.
        self.places.extend(best.iter().map(|&(_, place)| place));
    }

    /// Gathers candidates, and drops all but the best when there are too many.
    fn find<T: Numeric>(&mut self, row: &[T]) {
        let room = room(self.k);
        let (first, rest) = row.split_at(row.len().min(room));
        self.found.clear();
        let all = first.iter().enumerate();
        // Few: there is room for them.
        self.found.extend(all.map(|(i, &x)| candidate(x, i)));
        let mut limit = self.keep_best();
        for (i, block) in rest.chunks(LANES).enumerate() {
            let start = first.len() + i * LANES;
            let least = row[place_of(limit)];
            if !may_hold_better(block, least) {
                continue;
            }
            for (j, &x) in block.iter().enumerate() {
                // Most are no better, as the elements alone tell.
                if x <= least {
                    continue;
                }
                let candidate = candidate(x, start + j);
                if candidate > limit {
                    self.found.push(candidate);
                }
            }
            if self.found.len() >= room {
                limit = self.keep_best();
            }
        }
        self.keep_best();
        self.found
            .sort_unstable_by_key(|&candidate| Reverse(candidate));
        // Few: as above.
        self.places
            .extend(self.found.iter().map(|&candidate| place_of(candidate)));
    }

    /// Drops all but the best `k` candidates, and returns the last of them.
    fn keep_best(&mut self) -> u128 {
        if self.found.len() > self.k {
            let by_order = |candidate: &u128| Reverse(*candidate);
            self.found.select_nth_unstable_by_key(self.k - 1, by_order);
            self.found.truncate(self.k);
            return self.found[self.k - 1];
        }
        self.found.iter().copied().min().unwrap_or(0)
    }
}

/// How many candidates for `k` places are gathered before the best are chosen: so many that a
/// choice costs little for each.
fn room(k: usize) -> usize {
    (4 * k).max(64)
}

/// Puts `x`, which stands at `place`, where it belongs among the best but the last, which is
/// dropped.
#[inline]
fn insert<T: Numeric>(best: &mut [(T, usize)], x: T, place: usize) {
    let mut at = best.len() - 1;
    while at > 0 && is_better(x, best[at - 1].0) {
        best[at] = best[at - 1];
        at -= 1;
    }
    best[at] = (x, place);
}

/// Whether `x` is larger than `y`, as which all but NaN count if `y` is NaN.
#[inline(always)]
#[allow(clippy::eq_op, reason = "NaN does not equal itself")]
fn is_better<T: Numeric>(x: T, y: T) -> bool {
    x > y || (y != y && x == x)
}

/// The most places of which those found so far are kept in order.
const FEW: usize = 16;

/// Whether an element of the block may be better than one that is `least`; nothing is larger than
/// NaN, nor is all else.
fn may_hold_better<T: Numeric>(block: &[T], least: T) -> bool {
    least.partial_cmp(&least).is_none() || vectorised_floats!([T] any_above(block, least))
}

#[inline(always)]
fn any_above<T: Numeric>(block: &[T], limit: T) -> bool {
    block.iter().fold(false, |any, &x| any | (x > limit))
}

/// A number that is the larger the earlier the element is wanted.
#[inline]
fn candidate<T: Numeric>(x: T, place: usize) -> u128 {
    u128::from(order(x)) << 64 | u128::from(!(place as u64))
}

#[inline]
fn place_of(candidate: u128) -> usize {
    !(candidate as u64) as usize
}

/// A number that is larger for a larger element, the same for equal ones, and 0 for NaN.
#[inline]
fn order<T: Numeric>(x: T) -> u64 {
    const SIGN: u64 = 1 << 63;
    if !const { T::DTYPE.is_native_float() } {
        return x.to_i64() as u64 ^ SIGN;
    }
    let x = x.to_f64();
    if x.is_nan() {
        return 0;
    }
    // -0.0 becomes 0.0.
    let bits = (x + 0.0).to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of which some are equal, with some that are special.
    fn numbers(count: usize, special: bool) -> Vec<f32> {
        let number = |i: usize| match i * 7 % 31 {
            3 if special => f32::NAN,
            5 if special => f32::NEG_INFINITY,
            6 if special => -0.0,
            _ => ((i * 7919) % 101) as f32 - 50.0,
        };
        (0..count).map(number).collect()
    }

    fn sorted_places(row: &[f32], k: usize) -> Vec<usize> {
        let mut places: Vec<usize> = (0..row.len()).collect();
        let key = |x: f32| if x.is_nan() { None } else { Some(x) };
        places.sort_by(|&a, &b| key(row[b]).partial_cmp(&key(row[a])).unwrap());
        places.truncate(k);
        places
    }

    #[test]
    fn the_largest_are_those_of_a_sorted_row() {
        let mut rows = [1, 2, 31, 64, 65, 100, 700]
            .map(|count| numbers(count, true))
            .to_vec();
        rows.push(numbers(300, false));
        rows.push(vec![f32::NAN; 100]);
        rows.push([vec![f32::NAN; 90], vec![f32::NEG_INFINITY; 90]].concat());
        rows.push((0..500).map(|i| i as f32).collect());
        for row in &rows {
            for k in [0, 1, 2, 5, 63, 64, 100, 500, 700] {
                if k > row.len() {
                    continue;
                }
                let mut largest = Largest::new(k, row.len()).unwrap();
                let found = largest.places_in(row);
                assert_eq!(found, sorted_places(row, k), "{k} of {row:?}");
            }
        }
        let row = [i64::MIN, i64::MAX, 0, i64::MAX, -1];
        let mut largest = Largest::new(5, 5).unwrap();
        assert_eq!(largest.places_in(&row), [1, 3, 2, 4, 0]);
    }

    #[test]
    fn the_first_of_the_best_is_found() {
        let plain = |row: &[f32]| {
            let (mut place, mut best) = (0, f32::NEG_INFINITY);
            for (i, &x) in row.iter().enumerate() {
                if x > best {
                    (place, best) = (i, x);
                }
            }
            place
        };
        let is_above = |x: f32, y: f32| x > y;
        for (count, special) in [(1, false), (40, true), (1500, true), (5000, false)] {
            let mut row = numbers(count, special);
            for change in 0..3 {
                let place = first_of(&row, f32::NEG_INFINITY, is_above);
                assert_eq!(place, plain(&row), "{count} {change}");
                row[count * change / 3] = [1e9, f32::INFINITY, 0.0][change];
            }
        }
        for row in [[f32::NAN; 3], [f32::NEG_INFINITY; 3]] {
            assert_eq!(first_of(&row, f32::NEG_INFINITY, is_above), 0);
        }
        for width in [1, 3, 300] {
            let matrix = numbers(17 * width, true);
            let mut places = vec![9; width.min(COLUMNS)];
            let from = width - places.len();
            first_of_columns(
                &matrix,
                width,
                from,
                f32::NEG_INFINITY,
                is_above,
                &mut places,
            );
            for (j, &place) in places.iter().enumerate() {
                let column = matrix.chunks(width).map(|row| row[from + j]);
                assert_eq!(place as usize, plain(&column.collect::<Vec<_>>()));
            }
        }
    }

    #[test]
    fn what_is_above_is_counted() {
        let row = numbers(1000, false);
        let count = row.iter().filter(|x| **x > 3.0).count();
        assert!(fewer_above(&row, 3.0, count + 1) && !fewer_above(&row, 3.0, count));
        assert!(!fewer_above(&[], 3.0, 0) && fewer_above(&[], 3.0, 1));
        for special in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut row = row.clone();
            row[777] = special;
            assert!(!fewer_above(&row, 3.0, 1000));
        }
    }
}
