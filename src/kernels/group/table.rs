//! [`Table`]: the tiles that the kernels of a group read and write, numbered.
//!
//! A thread that works on a group keeps the places of these tiles. From one tile of the group to
//! the next, only those of arrays in memory move on; the registers stay where they are.

use smallvec::{SmallVec, smallvec};

use super::super::memory::Operand;
use super::load::Load;
use super::{Source, Target};
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
    steps: Vec<Row>,
    /// What is reduced.
    pub(super) reduced: Option<Number>,
    /// What is copied when all kernels have run: from where, and to where.
    pub(super) late: Vec<[Number; 2]>,
}

/// The making of a [`Table`].
#[derive(Debug, Default)]
pub(crate) struct TableMaker {
    table: Table,
    /// The numbers of the entries.
    known: Map<Entry, Number>,
}

/// Which of the numbers are those of one kernel.
#[derive(Debug)]
struct Row {
    inputs: usize,
    outputs: usize,
    end: usize,
    /// Whether truth values are among the outputs.
    writes_bools: bool,
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

impl TableMaker {
    /// Adds the tiles of one more kernel.
    pub(crate) fn push(
        &mut self,
        inputs: impl IntoIterator<Item = Source>,
        outputs: impl IntoIterator<Item = Target>,
    ) {
        let start = self.table.numbers.len();
        for source in inputs {
            let number = self.number(Entry::from(source));
            self.table.numbers.push(number);
        }
        let middle = self.table.numbers.len();
        for target in outputs {
            let number = self.target(target);
            self.table.numbers.push(number);
        }
        self.table.steps.push(Row {
            inputs: start,
            outputs: middle,
            end: self.table.numbers.len(),
            writes_bools: false,
        });
    }

    /// Adds the tile that is reduced.
    pub(crate) fn reduce(&mut self, source: Source) {
        self.table.reduced = Some(self.number(Entry::from(source)));
    }

    /// The table of a group that reads `loads` and writes `stores` and `variables`.
    pub(crate) fn finish(
        mut self,
        loads: &[Load],
        stores: &[Operand],
        variables: &[Operand],
    ) -> Table {
        let Table {
            entries,
            numbers,
            steps,
            ..
        } = &mut self.table;
        let dtype_of = |number: &Number| match &entries[*number as usize] {
            Entry::Load(load) => loads[*load].dtype(),
            Entry::Store(store) => stores[*store].dtype,
            Entry::Variable(variable) => variables[*variable].dtype,
            Entry::Register { dtype, .. } | Entry::Given(dtype) => *dtype,
        };
        for row in steps {
            let mut outputs = numbers[row.outputs..row.end].iter().map(dtype_of);
            row.writes_bools = outputs.any(|dtype| dtype == DType::Bool);
        }
        let moves = |entry: &Entry| match entry {
            Entry::Load(load) => loads[*load].moves(),
            Entry::Register { .. } => false,
            Entry::Store(_) | Entry::Variable(_) | Entry::Given(_) => true,
        };
        let numbered = (0..).zip(self.table.entries.iter().copied());
        Table {
            moving: numbered.filter(|(_, entry)| moves(entry)).collect(),
            ..self.table
        }
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
                self.table.late.push([register, store]);
                register
            }
            Target::Variable(variable) => self.number(Entry::Variable(variable)),
        }
    }

    fn number(&mut self, entry: Entry) -> Number {
        *self.known.entry(entry).or_insert_with(|| {
            self.table.entries.push(entry);
            Number::try_from(self.table.entries.len() - 1)
                .expect("a group has fewer tiles than 2³²")
        })
    }
}

impl Table {
    /// All tiles, in the order of their numbers.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Which of `stores` stores are written when a tile is done, in the place of an operand.
    pub(super) fn late_stores(&self, stores: usize) -> SmallVec<[bool; 8]> {
        // Few: at most one for each kernel.
        let mut late: SmallVec<[bool; 8]> = smallvec![false; stores];
        for [_, number] in &self.late {
            if let Entry::Store(store) = self.entries[*number as usize] {
                late[store] = true;
            }
        }
        late
    }

    /// How many bytes it takes besides itself.
    pub(super) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.entries)
            + size_of_val(&*self.moving)
            + size_of_val(&*self.numbers)
            + size_of_val(&*self.steps)
            + size_of_val(&*self.late)
    }

    /// The tiles of each kernel: what it reads, and what it writes; and whether truth values are
    /// among these.
    #[inline]
    pub(super) fn steps(&self) -> impl Iterator<Item = ([&[Number]; 2], bool)> {
        self.steps.iter().map(|step| {
            let tiles = [
                &self.numbers[step.inputs..step.outputs],
                &self.numbers[step.outputs..step.end],
            ];
            (tiles, step.writes_bools)
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
