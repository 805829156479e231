//! [`Group`]: a chain of element-wise kernels over arrays, run tile by tile in one pass over
//! memory.
//!
//! All kernels of a group compute arrays of one shape, whose elements are numbered in row-major
//! order. A tile is a stretch of these numbers; see [`run`] for when it is a quarter of a tile, or
//! four of them. Operands are read where they lie; those that are broadcast or lie in other strides
//! are copied into a register, which is as long as a tile, unless they are one number that all who
//! read it take as such. What one kernel leaves to another goes through registers too, and never to
//! memory.

mod load;
mod run;
mod single;
mod table;

use std::sync::Arc;

use super::memory::{Accesses, Operand};
use super::reduce::TileReducer;
use super::tile::{Elementwise, TILE};
use crate::types::DType;

pub(crate) use load::Load;
pub(crate) use run::{Piece, Ready};
pub(crate) use single::run_single;
pub(crate) use table::{Number, Table, TableMaker};

/// A chain of element-wise kernels.
pub(crate) struct Group {
    /// How many elements the kernels compute.
    pub(crate) length: usize,
    pub(crate) loads: Vec<Load>,
    pub(crate) kernels: Vec<Arc<dyn Elementwise>>,
    /// What they read and write, numbered.
    pub(crate) table: Table,
    /// What is written to memory, in row-major order.
    pub(crate) stores: Vec<Operand>,
    /// The variables that are changed in place.
    pub(crate) variables: Vec<Operand>,
    /// What all elements of a value are reduced to in the end.
    pub(crate) reduction: Option<GroupReduction>,
    /// How many registers the values need at once, those of the loads aside.
    pub(crate) registers: usize,
    /// Where the scratch memory lies in the arena.
    pub(crate) scratch: usize,
    /// For how many threads there is scratch memory.
    pub(crate) threads: usize,
}

/// Where a kernel reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Source {
    /// An operand of the group.
    Load(usize),
    /// A register.
    Register { register: usize, dtype: DType },
    /// What an earlier kernel wrote to memory.
    Stored(usize),
    /// The tile that the group was given: a part of a product.
    Given(DType),
}

/// Where a kernel writes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    /// A register.
    Register { register: usize, dtype: DType },
    /// Store number `store`, straight away.
    Store(usize),
    /// A register, and from there to store number `store` when the tile is done: where the store
    /// takes the place of an operand.
    Late {
        register: usize,
        dtype: DType,
        store: usize,
    },
    /// The group's variable with this number, in place.
    Variable(usize),
}

/// The reduction at the end of a group.
pub(crate) struct GroupReduction {
    pub(crate) reducer: Arc<dyn TileReducer>,
    pub(crate) out: Operand,
    /// Where the partial results of the tiles lie in the arena.
    pub(crate) partials: usize,
}

impl Group {
    /// How far apart registers lie, in bytes: room for a tile, and some lines more, so that the
    /// same element of two registers does not lie a multiple of 4 KiB apart, which processors take
    /// for the same place while a store is under way.
    const REGISTER: usize = TILE * Group::WIDEST + 5 * 64;

    /// How many bytes the elements of a group's values have at most.
    pub(crate) const WIDEST: usize = 8;

    /// How many of `threads` threads a group of this length uses by itself.
    pub(crate) fn threads_for(length: usize, threads: usize) -> usize {
        if length < run::SERIAL { 1 } else { threads }
    }

    /// How many tiles there are.
    pub(crate) fn tiles(length: usize) -> usize {
        length.div_ceil(TILE)
    }

    /// Tells what running the group reads and writes.
    pub(crate) fn tell_accesses(&self, accesses: &mut Accesses) {
        for load in &self.loads {
            match load.is_read_in_order(self.length) {
                true => accesses.read_in_order(&load.operand),
                false => accesses.read(&load.operand),
            }
        }
        for (store, is_late) in self
            .stores
            .iter()
            .zip(self.table.late_stores(self.stores.len()))
        {
            match is_late {
                true => accesses.write_in_order(store),
                false => accesses.write(store),
            }
        }
        // What is read of their old elements is copied before any kernel runs, tile by tile.
        let variables = self.variables.iter();
        variables.for_each(|variable| accesses.write_in_order(variable));
        if let Some(reduction) = &self.reduction {
            accesses.write(&reduction.out);
            let size = reduction.out.dtype.size();
            accesses.scratch(reduction.partials, Group::tiles(self.length) * size);
        }
        accesses.scratch(self.scratch, self.scratch_bytes());
    }

    /// How many bytes it takes besides itself.
    pub(crate) fn heap_bytes(&self) -> usize {
        let loads = self.loads.iter().map(Load::heap_bytes).sum::<usize>();
        let operands = self.stores.iter().chain(&self.variables);
        let operands = operands.chain(self.reduction.iter().map(|reduction| &reduction.out));
        loads
            + size_of_val(&*self.loads)
            + operands.map(Operand::heap_bytes).sum::<usize>()
            + size_of_val(&*self.stores)
            + size_of_val(&*self.variables)
            + size_of_val(&*self.kernels)
            + self.table.heap_bytes()
    }
}
