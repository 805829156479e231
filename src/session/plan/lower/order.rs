//! The order in which the needed nodes run.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::select::Needed;

/// The numbers of the needed nodes, each after those that it depends on, updates of variables as
/// late as possible, else in the order of making.
pub(super) fn order(needed: &Needed<'_>) -> Vec<usize> {
    // A node depends only on nodes made before it. So all that depend on no update can go first as
    // they are.
    let count = needed.ids.len();
    let mut is_late = vec![false; count];
    let (mut order, mut rest) = (Vec::with_capacity(count), Vec::new());
    for number in 0..count {
        let late = needed.updates(number) || needed.before(number).any(|earlier| is_late[earlier]);
        is_late[number] = late;
        if late {
            rest.push(number)
        } else {
            order.push(number)
        }
    }
    if !rest.is_empty() {
        order_rest(needed, &rest, &is_late, &mut order);
    }
    order
}

/// Adds the nodes `rest` to `order`, which holds all others that they depend on.
fn order_rest(needed: &Needed<'_>, rest: &[usize], is_late: &[bool], order: &mut Vec<usize>) {
    let mut waits = vec![0usize; is_late.len()];
    let mut successors: Vec<Vec<usize>> = vec![Vec::new(); is_late.len()];
    for &number in rest {
        for earlier in needed.before(number).filter(|earlier| is_late[*earlier]) {
            waits[number] += 1;
            successors[earlier].push(number);
        }
    }
    let rank = |number: usize| Reverse((needed.updates(number), number));
    let ready = rest.iter().filter(|number| waits[**number] == 0);
    let mut ready: BinaryHeap<_> = ready.map(|number| rank(*number)).collect();
    while let Some(Reverse((_, number))) = ready.pop() {
        order.push(number);
        for next in std::mem::take(&mut successors[number]) {
            waits[next] -= 1;
            if waits[next] == 0 {
                ready.push(rank(next));
            }
        }
    }
}
