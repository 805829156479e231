//! Maps of fetches: a map of the results under the same keys.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

use super::{Fetch, Places, Request, Results};
use crate::types::Result;

macro_rules! map {
    ($(#[$docs:meta])* $map:ident, [$($key:tt)+] $(, $hasher:ident: [$($build:tt)+])?) => {
        $(#[$docs])*
        impl<K: Clone + $($key)+, F: Fetch $(, $hasher: $($build)+)?> Fetch for $map<K, F $(, $hasher)?> {
            type Output = $map<K, F::Output $(, $hasher)?>;

            fn request(&self, request: &mut Request) {
                self.values().for_each(|fetch| fetch.request(request));
            }

            fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
                self.iter()
                    .map(|(key, fetch)| Ok((key.clone(), fetch.collect(results)?)))
                    .collect()
            }

            fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>) {
                let mut given: $map<_, _> = into.iter_mut().collect();
                for (key, fetch) in self {
                    match given.remove(key) {
                        Some(into) => fetch.offer(into, places),
                        None => places.refuse("a map without one of the keys was given".to_string()),
                    }
                }
            }
        }
    };
}

map!(
    /// Gives a map of the same keys. Runs of one map share a plan; another `HashMap` may list the
    /// same keys in another order and be planned anew.
    HashMap, [Eq + Hash], S: [BuildHasher + Default]
);
map!(
    /// Gives a map of the same keys.
    BTreeMap, [Ord]
);
