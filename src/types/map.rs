//! Hash maps and sets with a quick hash: what they hold is asked for at every node that is built
//! and planned.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

/// A map whose hash is seeded at random, so that no input can be made to collide, but quicker than
/// the standard library's.
pub(crate) type Map<K, V> = HashMap<K, V, RandomState>;

/// As [`Map`], a set.
pub(crate) type Set<K> = HashSet<K, RandomState>;
