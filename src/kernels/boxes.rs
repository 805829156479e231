//! Boxes in images: how much they overlap, which of many to keep, and their outlines.
//!
//! A box is [y₁, x₁, y₂, x₂].

use crate::types::{Float, Numeric, Result, memory};

/// The area that two boxes have in common, by the area that they cover together; 0 of boxes without
/// area. Corners may be swapped.
pub(crate) fn overlap<T: Float>(a: &[T; 4], b: &[T; 4]) -> T {
    let ordered = |&[y1, x1, y2, x2]: &[T; 4]| {
        let (top, bottom) = if y1 < y2 { (y1, y2) } else { (y2, y1) };
        let (left, right) = if x1 < x2 { (x1, x2) } else { (x2, x1) };
        [top, left, bottom, right]
    };
    let (a, b) = (ordered(a), ordered(b));
    let [area_a, area_b] = [a, b].map(|[top, left, bottom, right]| (bottom - top) * (right - left));
    if !(area_a > T::ZERO && area_b > T::ZERO) {
        return T::ZERO;
    }
    let length = |axis: usize| {
        let start = if a[axis] > b[axis] { a[axis] } else { b[axis] };
        let end = if a[axis + 2] < b[axis + 2] {
            a[axis + 2]
        } else {
            b[axis + 2]
        };
        if end > start { end - start } else { T::ZERO }
    };
    let common = length(0) * length(1);
    common / (area_a + area_b - common)
}

/// Which boxes are suppressed by those that were selected before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Suppression<T> {
    /// How many are selected at most.
    pub(crate) most: usize,
    /// Those that overlap a selected one as much as this are left out.
    pub(crate) overlap: T,
    /// Those with no more than this score are left out.
    pub(crate) score: T,
    /// How much the scores of those that overlap a selected one are lowered: by exp(-overlap² / (2
    /// · sigma)). Not at all if it is 0.
    pub(crate) sigma: T,
}

/// A box that may be selected.
#[derive(Clone, Copy, Debug)]
struct Candidate<T> {
    index: usize,
    score: T,
    /// How many of those selected it was compared with.
    compared: usize,
}

/// The boxes selected by their scores, with the scores that they had then, from the highest down.
///
/// As in TensorFlow 1.15, one that was selected stands for selection again until its overlap with
/// itself suppresses it: one of which `overlap_of` says that it does not overlap itself is selected
/// again and again.
///
/// # Errors
/// `ResourceExhausted`.
pub(crate) fn select<T: Float>(
    scores: impl Iterator<Item = T>,
    rule: Suppression<T>,
    overlap_of: impl Fn(usize, usize) -> T,
) -> Result<(Vec<usize>, Vec<T>)> {
    let mut queue = Vec::new();
    for (index, score) in scores.enumerate() {
        if score > rule.score {
            let candidate = Candidate {
                index,
                score,
                compared: 0,
            };
            push(&mut queue, candidate)?;
        }
    }
    let factor = match rule.sigma > T::ZERO {
        true => T::from_f64(-0.5) / rule.sigma,
        false => T::ZERO,
    };
    let (mut selected, mut selected_scores) = (Vec::new(), Vec::new());
    while selected.len() < rule.most {
        let Some(mut candidate) = pop(&mut queue) else {
            break;
        };
        let score = candidate.score;
        let mut is_suppressed = false;
        for &other in selected[candidate.compared..].iter().rev() {
            let overlap = overlap_of(candidate.index, other);
            if overlap >= rule.overlap {
                is_suppressed = true;
                break;
            }
            if factor != T::ZERO {
                candidate.score = candidate.score * (factor * overlap * overlap).exp();
            }
            if candidate.score <= rule.score {
                break;
            }
        }
        if is_suppressed {
            continue;
        }
        candidate.compared = selected.len();
        if candidate.score == score {
            memory::push(&mut selected, candidate.index)?;
            memory::push(&mut selected_scores, score)?;
        }
        if candidate.score > rule.score {
            push(&mut queue, candidate)?;
        }
    }
    Ok((selected, selected_scores))
}

// A heap whose highest is first. Which of several highest comes first is told by the places that
// they have, so these are those of the C++ library's heap.

fn push<T: Float>(heap: &mut Vec<Candidate<T>>, candidate: Candidate<T>) -> Result<()> {
    memory::push(heap, candidate)?;
    let last = heap.len() - 1;
    rise(heap, last, candidate);
    Ok(())
}

/// Puts a candidate at the free place `place`, or above.
fn rise<T: Float>(heap: &mut [Candidate<T>], mut place: usize, candidate: Candidate<T>) {
    while place > 0 && heap[(place - 1) / 2].score < candidate.score {
        heap[place] = heap[(place - 1) / 2];
        place = (place - 1) / 2;
    }
    heap[place] = candidate;
}

fn pop<T: Float>(heap: &mut Vec<Candidate<T>>) -> Option<Candidate<T>> {
    let last = heap.pop()?;
    let Some(&first) = heap.first() else {
        return Some(last);
    };
    let mut place = 0;
    while 2 * place + 1 < heap.len() {
        let (left, right) = (2 * place + 1, 2 * place + 2);
        let is_left = right == heap.len() || heap[right].score < heap[left].score;
        let child = if is_left { left } else { right };
        heap[place] = heap[child];
        place = child;
    }
    rise(heap, place, last);
    Some(first)
}

/// Draws the outline of a box on an image of `height` · `width` pixels, as far as it lies in there.
pub(crate) fn outline<T: Numeric>(
    image: &mut [T],
    [height, width]: [usize; 2],
    area: [f32; 4],
    colour: &[T],
) {
    if area.iter().any(|edge| edge.is_nan()) {
        return;
    }
    let (bottom, right) = (height as i64 - 1, width as i64 - 1);
    let along = |edge: f32, last: i64| (edge * last as f32) as i64;
    let [top, low] = [area[0], area[2]].map(|edge| along(edge, bottom));
    let [left, far] = [area[1], area[3]].map(|edge| along(edge, right));
    let is_outside = top > bottom || low < 0 || left > right || far < 0;
    if top > low || left > far || is_outside {
        return;
    }
    let (rows, columns) = (top.max(0)..=low.min(bottom), left.max(0)..=far.min(right));
    let mut set = |y: i64, x: i64| {
        let place = (y as usize * width + x as usize) * colour.len();
        image[place..][..colour.len()].copy_from_slice(colour);
    };
    for y in [top, low] {
        if (0..=bottom).contains(&y) {
            columns.clone().for_each(|x| set(y, x));
        }
    }
    for x in [left, far] {
        if (0..=right).contains(&x) {
            rows.clone().for_each(|y| set(y, x));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlaps() {
        let area = |y1, x1, y2, x2| [y1, x1, y2, x2f(x2)];
        fn x2f(x: f32) -> f32 {
            x
        }
        assert_eq!(
            overlap(&area(0.0, 0.0, 1.0, 1.0), &area(0.0, 0.0, 1.0, 2.0)),
            0.5
        );
        assert_eq!(
            overlap(&area(1.0, 1.0, 0.0, 0.0), &area(0.0, 0.0, 1.0, 1.0)),
            1.0
        );
        assert_eq!(
            overlap(&area(0.0, 0.0, 1.0, 1.0), &area(2.0, 0.0, 3.0, 1.0)),
            0.0
        );
        assert_eq!(
            overlap(&area(0.0, 0.0, 0.0, 1.0), &area(0.0, 0.0, 0.0, 1.0)),
            0.0
        );
    }

    /// TensorFlow's order of boxes with the same score.
    #[test]
    fn equal_scores_come_in_the_order_of_the_heap() {
        let order = |scores: [f32; 7]| {
            let rule = Suppression {
                most: 7,
                overlap: 0.5,
                score: f32::NEG_INFINITY,
                sigma: 0.0,
            };
            let same = |i: usize, j: usize| f32::from(u8::from(i == j));
            select(scores.into_iter(), rule, same).unwrap().0
        };
        assert_eq!(order([1.0; 7]), [0, 2, 5, 6, 4, 1, 3]);
        assert_eq!(
            order([1.0, 2.0, 2.0, 1.0, 2.0, 1.0, 2.0]),
            [1, 2, 6, 4, 0, 5, 3]
        );
        assert_eq!(
            order([3.0, 1.0, 3.0, 1.0, 3.0, 1.0, 3.0]),
            [0, 2, 6, 4, 1, 5, 3]
        );
    }
}
