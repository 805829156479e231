//! [`Table`]: the tiles that the kernels of a group read and write, numbered.
//!
//! A thread that works on a group keeps the places of these tiles. From one tile of the group to the next, only those of arrays
//! in memory move on; the registers stay where they are.

use super::load::Load;
use super::{GroupReduction, GroupStep, Source, Target};
use crate::types::{DType, Map};

/// The number of a tile in a [`Table`].
pub(crate) type Number = u32;

/// The tiles of a group.
#[derive(Debug, Default)]
pub(crate) struct Table {
    entries: Vec<Entry>,
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
    /// Of the variables of all kernels, in order.
    Variable(usize),
    Register {
        register: usize,
        dtype: DType,
    },
    Given(DType),
}

impl Table {
    /// The tiles of these kernels and of the reduction after them.
    pub(crate) fn new(
        loads: &[Load],
        steps: &[GroupStep],
        reduction: Option<&GroupReduction>,
    ) -> Table {
        let mut table = Table::default();
        let mut known = Map::default();
        let mut variables = 0;
        for step in steps {
            let inputs = table.numbers.len();
            for source in &step.inputs {
                let number = table.number(&mut known, Entry::from(*source));
                table.numbers.push(number);
            }
            let outputs = table.numbers.len();
            for target in &step.outputs {
                let number = table.target(&mut known, target, &mut variables);
                table.numbers.push(number);
            }
            table.steps.push(Step {
                inputs,
                outputs,
                end: table.numbers.len(),
            });
        }
        table.reduced =
            reduction.map(|reduction| table.number(&mut known, Entry::from(reduction.source)));
        let moves = |entry: &Entry| match entry {
            Entry::Load(load) => loads[*load].moves(),
            Entry::Register { .. } => false,
            Entry::Store(_) | Entry::Variable(_) | Entry::Given(_) => true,
        };
        table.moving = (0..)
            .zip(table.entries.iter().copied())
            .filter(|(_, entry)| moves(entry))
            .collect();
        table
    }

    fn target(
        &mut self,
        known: &mut Map<Entry, Number>,
        target: &Target,
        variables: &mut usize,
    ) -> Number {
        match *target {
            Target::Register { register, dtype } => {
                self.number(known, Entry::Register { register, dtype })
            }
            Target::Store(store) => self.number(known, Entry::Store(store)),
            Target::Late {
                register,
                dtype,
                store,
            } => {
                let register = self.number(known, Entry::Register { register, dtype });
                let store = self.number(known, Entry::Store(store));
                self.late.push([register, store]);
                register
            }
            Target::Variable(_) => {
                *variables += 1;
                self.number(known, Entry::Variable(*variables - 1))
            }
        }
    }

    fn number(&mut self, known: &mut Map<Entry, Number>, entry: Entry) -> Number {
        *known.entry(entry).or_insert_with(|| {
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
