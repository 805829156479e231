//! The largest elements of a row in the order in which TensorFlow's heap leaves them, for those who
//! do not want them sorted.
//!
//! Source: `TopN` of `tensorflow/core/lib/gtl/top_n.h`, with the heaps of the GNU C++ library.

/// Fills `places` with the places of the largest elements of a row of `length` elements, more than
/// there are places, in the order of the heap. `precedes(a, b)` tells whether the element at place
/// `a` is wanted before that at `b`.
pub(crate) fn unsorted_places(
    length: usize,
    places: &mut Vec<usize>,
    count: usize,
    precedes: impl Fn(usize, usize) -> bool,
) {
    places.clear();
    if count == 0 {
        return;
    }
    // Few: there is room for one more than is wanted.
    places.extend(0..length.min(count + 1));
    if places.len() <= count {
        return;
    }
    make_heap(places, &precedes);
    pop_heap(places, &precedes);
    for place in count + 1..length {
        if precedes(place, places[0]) {
            // The last slot holds nothing that is wanted.
            places[count] = place;
            pop_heap(places, &precedes);
        }
    }
    places.truncate(count);
}

/// Makes a heap of the places, the one that is wanted least at its front.
fn make_heap(heap: &mut [usize], precedes: &impl Fn(usize, usize) -> bool) {
    let length = heap.len();
    for parent in (0..=(length - 2) / 2).rev() {
        sift(heap, parent, length, heap[parent], precedes);
    }
}

/// Moves the front of the heap to its end, and makes a heap of the others.
fn pop_heap(heap: &mut [usize], precedes: &impl Fn(usize, usize) -> bool) {
    let last = heap.len() - 1;
    let value = heap[last];
    heap[last] = heap[0];
    sift(heap, 0, last, value, precedes);
}

/// Puts `value` into the heap's first `length` places from the hole on: the hole goes down to a
/// leaf, and the value up from there.
fn sift(
    heap: &mut [usize],
    mut hole: usize,
    length: usize,
    value: usize,
    precedes: &impl Fn(usize, usize) -> bool,
) {
    let top = hole;
    let mut child = hole;
    while child < length.saturating_sub(1) / 2 {
        child = 2 * child + 2;
        if precedes(heap[child], heap[child - 1]) {
            child -= 1;
        }
        heap[hole] = heap[child];
        hole = child;
    }
    if length.is_multiple_of(2) && length >= 2 && child == (length - 2) / 2 {
        child = 2 * child + 1;
        heap[hole] = heap[child];
        hole = child;
    }
    while hole > top {
        let parent = (hole - 1) / 2;
        if !precedes(heap[parent], value) {
            break;
        }
        heap[hole] = heap[parent];
        hole = parent;
    }
    heap[hole] = value;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows and what TensorFlow 1.15 gives for `tf.nn.top_k(x, k, sorted=False)`.
    #[test]
    fn places_are_in_tensorflows_order() {
        let cases: &[(&[i32], &[usize])] = &[
            (&[5, 2, 1, 3, 0, 4], &[2, 1, 5, 3, 0]),
            (&[2, 0, 1], &[2, 0]),
            (&[3, 5, 1, 2, 9, 8, 0, 6, 7, 4], &[7, 8, 5, 4]),
            (
                &[3, 0, 6, 6, 0, 4, 2, 5, 3, 0, 1, 1, 5, 2, 4, 3, 1, 5, 4, 2],
                &[14, 17, 5, 7, 3, 12, 2],
            ),
            (&[4, 2, 7, 1, 0, 6, 8, 5, 3], &[3, 1, 5, 8, 0, 2, 6, 7]),
            (
                &[
                    21, 25, 16, 24, 19, 27, 26, 14, 7, 12, 1, 17, 13, 30, 9, 29, 15, 8, 6, 5, 4,
                    22, 0, 2, 28, 18, 11, 3, 23, 20, 10, 31, 32,
                ],
                &[11, 4, 25, 28, 29, 21, 6, 24, 3, 1, 0, 31, 5, 13, 32, 15],
            ),
            (&[3, 4, 1, 2, 0], &[1]),
        ];
        for (x, expected) in cases {
            let mut places = Vec::new();
            let precedes = |a: usize, b: usize| x[a] > x[b] || x[a] == x[b] && a < b;
            unsorted_places(x.len(), &mut places, expected.len(), precedes);
            assert_eq!(&places, expected, "{x:?}");
        }
    }
}
