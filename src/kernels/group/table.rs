//! [`Table`]: the tiles that the kernels of a group read and write, numbered.
//!
//! A thread that works on a group keeps the places of these tiles. From one tile of the group to the next, only those of arrays
//! in memory move on; the registers stay where they are.

use super::load::Load;
use super::{Source, Target};
use crate::types::{DType, Map};

/// The number of a tile in a [`Table`].
pub(crate) type Number = u32;

/// The tiles of a group.
#[derive(Debug, Default)]
pub(crate) struct Table {
    entries: Vec<Entry>,
    /// The numbers of the entries, while the table is made.
    known: Map<Entry, Number>,
    /// The tiles that move on.
    pub(super) moving: Vec<(Number, Entry)>,
    /// What the kernels read and write, one after the other.
    numbers: Vec<Number>,
    steps: Vec<Step>,
    /// What is reduced.
    pub(super) reduced: Option<Number>,
    /// What is copied when all kernels have run: from where, and to where.
    pub(super) late: Vec<[Number; 2]>,
}

/// Which of the numbers are those of one kernel.
#[derive(Debug)]
struct Step {
    inputs: usize,
    outputs: usize,
    end: usize,
}

/// Where a tile lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Entry {
    Load(usize),
    Store(usize),
    Variable(usize),
    Register { register: usize, dtype: DType },
    Given(DType),
}

impl Table {
    /// Adds the tiles of one more kernel.
    pub(crate) fn push(
        &mut self,
        inputs: impl IntoIterator<Item = Source>,
        outputs: impl IntoIterator<Item = Target>,
    ) {
        let start = self.numbers.len();
        for source in inputs {
            let number = self.number(Entry::from(source));
            self.numbers.push(number);
        }
        let middle = self.numbers.len();
        for target in outputs {
            let number = self.target(target);
            self.numbers.push(number);
        }
        self.steps.push(Step {
            inputs: start,
            outputs: middle,
            end: self.numbers.len(),
        });
    }

    /// Adds the tile that is reduced.
    pub(crate) fn reduce(&mut self, source: Source) {
        self.reduced = Some(self.number(Entry::from(source)));
    }

    /// Ends the making of the table, of a group that reads `loads`.
    pub(crate) fn finish(mut self, loads: &[Load]) -> Table {
        let moves = |entry: &Entry| match entry {
            Entry::Load(load) => loads[*load].moves(),
            Entry::Register { .. } => false,
            Entry::Store(_) | Entry::Variable(_) | Entry::Given(_) => true,
        };
        self.moving = (0..)
            .zip(self.entries.iter().copied())
            .filter(|(_, entry)| moves(entry))
            .collect();
        self.known = Map::default();
        self
    }

    fn target(&mut self, target: Target) -> Number {
        match target {
            Target::Register { register, dtype } => {
                self.number(Entry::Register { register, dtype })
            }
            Target::Store(store) => self.number(Entry::Store(store)),
            Target::Late {
                register,
                dtype,
                store,
            } => {
                let register = self.number(Entry::Register { register, dtype });
                let store = self.number(Entry::Store(store));
                self.late.push([register, store]);
                register
            }
            Target::Variable(variable) => self.number(Entry::Variable(variable)),
        }
    }

    fn number(&mut self, entry: Entry) -> Number {
        *self.known.entry(entry).or_insert_with(|| {
            self.entries.push(entry);
            Number::try_from(self.entries.len() - 1).expect("a group has fewer tiles than 2³²")
        })
    }

    /// All tiles, in the order of their numbers.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The tiles of each kernel: what it reads, and what it writes.
    #[inline]
    pub(super) fn steps(&self) -> impl Iterator<Item = (&[Number], &[Number])> {
        self.steps.iter().map(|step| {
            (
                &self.numbers[step.inputs..step.outputs],
                &self.numbers[step.outputs..step.end],
            )
        })
    }
}

impl From<Source> for Entry {
    fn from(source: Source) -> Self {
        match source {
            Source::Load(load) => Entry::Load(load),
            Source::Register { register, dtype } => Entry::Register { register, dtype },
            Source::Stored(store) => Entry::Store(store),
            Source::Given(dtype) => Entry::Given(dtype),
        }
    }
}
