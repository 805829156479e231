//! Which reads of variables come after an update: those that wait for it.
//!
//! For each node, the variables that were updated before it are a set. Sets are trees that share
//! what they have in common, so that a node that follows others costs no copy of what they know.

use std::rc::Rc;

use crate::graph::NodeId;
use crate::types::{Map, Set};

use super::select::{Needed, Role};

/// The reads of variables that come after an update of the same variable.
pub(super) struct LateReads(Set<(usize, NodeId)>);

impl LateReads {
    /// `order` tells the numbers of the nodes in the order in which they run.
    pub(super) fn find(needed: &Needed<'_>, order: &[usize], roles: &[Role]) -> LateReads {
        let is_update = |number: &usize| matches!(roles[*number], Role::Update { .. });
        let Some(first) = order.iter().position(is_update) else {
            return LateReads(Set::default());
        };
        let order = &order[first..];
        let places = places(needed, order, roles);
        if places.is_empty() {
            return LateReads(Set::default());
        }
        let universe = Universe::new(places.len());
        let mut updated: Vec<Option<Rc<Tree>>> = vec![None; needed.ids.len()];
        let mut late = Set::default();
        for &number in order {
            let mut known = None;
            for earlier in needed.before(number) {
                known = join(&known, &updated[earlier]);
            }
            if let Role::Update { variables, .. } = &roles[number] {
                for place in variables.iter().filter_map(|variable| places.get(variable)) {
                    known = join(&known, &Some(universe.single(*place)));
                }
            }
            for variable in needed.variables_read(number) {
                let place = places.get(&variable);
                if place.is_some_and(|place| universe.contains(&known, *place)) {
                    late.insert((number, variable));
                }
            }
            updated[number] = known;
        }
        LateReads(late)
    }

    /// Whether node `number` reads `variable` after an update.
    pub(super) fn contains(&self, number: usize, variable: NodeId) -> bool {
        !self.0.is_empty() && self.0.contains(&(number, variable))
    }
}

/// The variables that are updated and read in `order`, numbered. The others do not matter.
fn places(needed: &Needed<'_>, order: &[usize], roles: &[Role]) -> Map<NodeId, usize> {
    let read: Set<NodeId> = order
        .iter()
        .flat_map(|number| needed.variables_read(*number))
        .collect();
    let mut places = Map::default();
    for number in order {
        if let Role::Update { variables, .. } = &roles[*number] {
            for variable in variables.iter().filter(|variable| read.contains(variable)) {
                let next = places.len();
                places.entry(*variable).or_insert(next);
            }
        }
    }
    places
}

/// How many numbers a leaf tells of.
const LEAF: usize = 64;

/// A set of numbers, all leaves equally deep.
#[derive(Debug)]
enum Tree {
    Leaf(u64),
    Branch([Option<Rc<Tree>>; 2]),
}

/// The numbers that a set can hold, by the depth of its tree.
struct Universe {
    levels: u32,
}

impl Universe {
    /// For sets of numbers below `count`.
    fn new(count: usize) -> Self {
        let leaves = count.div_ceil(LEAF);
        Universe {
            levels: leaves.next_power_of_two().trailing_zeros(),
        }
    }

    /// The set of one number.
    fn single(&self, number: usize) -> Rc<Tree> {
        let leaf = Rc::new(Tree::Leaf(1 << (number % LEAF)));
        (0..self.levels).fold(leaf, |below, level| {
            Rc::new(Tree::Branch(match (number / LEAF) >> level & 1 {
                0 => [Some(below), None],
                _ => [None, Some(below)],
            }))
        })
    }

    fn contains(&self, set: &Option<Rc<Tree>>, number: usize) -> bool {
        let (mut tree, mut level) = (set, self.levels);
        while let Some(here) = tree {
            match &**here {
                Tree::Leaf(bits) => return bits >> (number % LEAF) & 1 == 1,
                Tree::Branch(below) => {
                    level -= 1;
                    tree = &below[(number / LEAF) >> level & 1];
                }
            }
        }
        false
    }
}

/// What is in one of two sets, as one of them where that is enough.
fn join(a: &Option<Rc<Tree>>, b: &Option<Rc<Tree>>) -> Option<Rc<Tree>> {
    let (Some(one), Some(other)) = (a, b) else {
        return a.as_ref().or(b.as_ref()).cloned();
    };
    if Rc::ptr_eq(one, other) {
        return Some(Rc::clone(one));
    }
    match (&**one, &**other) {
        (Tree::Leaf(bits), Tree::Leaf(more)) => Some(match bits | more {
            all if all == *bits => Rc::clone(one),
            all if all == *more => Rc::clone(other),
            all => Rc::new(Tree::Leaf(all)),
        }),
        (Tree::Branch(below), Tree::Branch(others)) => {
            let joined = [0, 1].map(|side| join(&below[side], &others[side]));
            Some(if are_the_same(&joined, below) {
                Rc::clone(one)
            } else if are_the_same(&joined, others) {
                Rc::clone(other)
            } else {
                Rc::new(Tree::Branch(joined))
            })
        }
        _ => unreachable!("all leaves are equally deep"),
    }
}

fn are_the_same(a: &[Option<Rc<Tree>>; 2], b: &[Option<Rc<Tree>>; 2]) -> bool {
    a.iter().zip(b).all(|(a, b)| match (a, b) {
        (Some(a), Some(b)) => Rc::ptr_eq(a, b),
        (None, None) => true,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng, rngs::StdRng};

    use super::*;

    /// Joined at random, the trees hold what sets of the standard library hold.
    #[test]
    fn trees_hold_what_sets_hold() {
        let mut random = StdRng::seed_from_u64(1);
        for count in [1, 64, 65, 1000] {
            let universe = Universe::new(count);
            let mut sets: Vec<(Option<Rc<Tree>>, Set<usize>)> = vec![(None, Set::default())];
            for _ in 0..200 {
                let [a, b] = [0, 1].map(|_| random.random_range(0..sets.len()));
                let number = random.random_range(0..count);
                let tree = join(&sets[a].0, &sets[b].0);
                let tree = join(&tree, &Some(universe.single(number)));
                let mut set: Set<usize> = sets[a].1.union(&sets[b].1).copied().collect();
                set.insert(number);
                let held = (0..count).filter(|number| universe.contains(&tree, *number));
                assert_eq!(held.collect::<Set<usize>>(), set);
                sets.push((tree, set));
            }
        }
    }
}
