//! Running a group.

use smallvec::SmallVec;

use super::super::memory::Frame;
use super::super::pool::Pool;
use super::super::tile::{Part, TILE, Tile};
use super::{Group, Source, Target};
use crate::types::DType;

/// How many tiles a thread claims at once.
const GRAIN: usize = 16;

/// Groups of fewer elements are not worth another thread's while.
pub(super) const SERIAL: usize = 2 * GRAIN * TILE;

/// A group with the places of a run.
pub(crate) struct Ready<'f> {
    group: &'f Group,
    loads: SmallVec<[*mut u8; 8]>,
    stores: SmallVec<[*mut u8; 4]>,
    /// The variables of all steps, in order.
    variables: SmallVec<[*mut u8; 4]>,
    scratch: *mut u8,
    partials: *mut u8,
}

// SAFETY: threads are given different tiles and different registers; what they share they only read.
unsafe impl Sync for Ready<'_> {}

impl Group {
    /// Runs the whole group.
    pub(crate) fn run(&self, frame: &Frame, pool: &Pool) {
        let ready = self.ready(frame);
        let tiles = Group::tiles(self.length);
        let tile = |number: usize, thread: usize| {
            let first = number * TILE;
            ready.tile(
                thread,
                first,
                TILE.min(self.length - first),
                std::ptr::null_mut(),
            );
        };
        if self.threads == 1 {
            (0..tiles).for_each(|number| tile(number, 0));
        } else {
            pool.run(tiles.div_ceil(GRAIN), &|part, thread| {
                let first = part * GRAIN;
                (first..tiles.min(first + GRAIN)).for_each(|number| tile(number, thread));
            });
        }
        ready.reduce(frame);
    }

    /// The group with the places of a run; scalars are in their registers.
    pub(crate) fn ready<'f>(&'f self, frame: &'f Frame) -> Ready<'f> {
        let is_variable = |target: &'f Target| match target {
            Target::Variable(operand) => Some(frame.pointer_mut(operand)),
            _ => None,
        };
        let targets = self.steps.iter().flat_map(|step| &step.outputs);
        let partials = match &self.reduction {
            None => std::ptr::null_mut(),
            Some(reduction) => {
                let bytes = Group::tiles(self.length) * reduction.out.dtype.size();
                frame.scratch(reduction.partials, bytes).as_mut_ptr()
            }
        };
        let bytes = self.scratch_bytes();
        let ready = Ready {
            group: self,
            loads: self.loads.iter().map(|load| load.start(frame)).collect(),
            stores: self
                .stores
                .iter()
                .map(|store| frame.pointer_mut(store))
                .collect(),
            variables: targets.filter_map(is_variable).collect(),
            scratch: frame.scratch(self.scratch, bytes).as_mut_ptr(),
            partials,
        };
        for (i, load) in self
            .loads
            .iter()
            .enumerate()
            .filter(|(_, load)| load.is_scalar())
        {
            let count = TILE.min(self.length);
            // SAFETY: the load starts where it says, and a register has room for a tile.
            unsafe { load.part(ready.loads[i], 0, count, ready.load_register(i, 0)) };
        }
        ready
    }
}

impl Ready<'_> {
    /// The register of load `i`; scalars share theirs among the threads.
    fn load_register(&self, i: usize, thread: usize) -> *mut u8 {
        let thread = if self.group.loads[i].is_scalar() {
            0
        } else {
            thread
        };
        self.register_at(self.group.registers + i, thread)
    }

    fn register_at(&self, register: usize, thread: usize) -> *mut u8 {
        let place = thread * (self.group.registers + self.group.loads.len()) + register;
        self.scratch.wrapping_add(place * Group::REGISTER)
    }

    /// Runs all kernels on the `count` elements from number `first` on, at most [`TILE`], as thread `thread`. `given` holds the
    /// elements of a product, if the group goes on from one.
    pub(crate) fn tile(&self, thread: usize, first: usize, count: usize, given: *mut u8) {
        debug_assert!(count <= TILE && first + count <= self.group.length);
        let loads: SmallVec<[Part; 8]> = (0..self.group.loads.len())
            .map(|i| self.load(i, thread, first, count))
            .collect();
        let part = |source: Source| match source {
            Source::Load(i) => loads[i],
            Source::Register { register, dtype } => self.register(register, dtype, thread),
            Source::Stored(store) => self.stored(store, first),
            Source::Given(dtype) => Part {
                start: given,
                dtype,
            },
        };
        let mut next_variable = 0;
        for step in &self.group.steps {
            let inputs: SmallVec<[Part; 8]> =
                step.inputs.iter().map(|source| part(*source)).collect();
            let mut output = |target: &Target| match target {
                Target::Register { register, dtype } => self.register(*register, *dtype, thread),
                Target::Store(store) => self.stored(*store, first),
                Target::Late { register, store } => {
                    self.register(*register, self.group.stores[*store].dtype, thread)
                }
                Target::Variable(operand) => {
                    let start = self.variables[next_variable];
                    next_variable += 1;
                    at(start, operand.dtype, first)
                }
            };
            let outputs: SmallVec<[Part; 4]> = step.outputs.iter().map(&mut output).collect();
            // SAFETY: registers hold a tile each and are used by one thread; loads and stores lie within their arrays; a
            // plan gives a kernel's results other places than its operands.
            step.kernel
                .tile(&mut unsafe { Tile::new(count, &inputs, &outputs) });
        }
        if let Some(reduction) = &self.group.reduction {
            let place = first / TILE * reduction.out.dtype.size();
            let block = part(reduction.source);
            // SAFETY: the part holds `count` elements, and there is a place for each tile's result.
            unsafe {
                reduction
                    .reducer
                    .block(block, count, self.partials.wrapping_add(place))
            };
        }
        self.store_late(thread, first, count);
    }

    fn load(&self, i: usize, thread: usize, first: usize, count: usize) -> Part {
        let load = &self.group.loads[i];
        let register = self.load_register(i, thread);
        if load.is_scalar() {
            return Part {
                start: register,
                dtype: load.operand.dtype,
            };
        }
        // SAFETY: the elements lie in the operand, and the register is this thread's.
        unsafe { load.part(self.loads[i], first, count, register) }
    }

    fn register(&self, register: usize, dtype: DType, thread: usize) -> Part {
        Part {
            start: self.register_at(register, thread),
            dtype,
        }
    }

    fn stored(&self, store: usize, first: usize) -> Part {
        at(self.stores[store], self.group.stores[store].dtype, first)
    }

    /// Writes what had to wait until nobody reads the tile any more.
    fn store_late(&self, thread: usize, first: usize, count: usize) {
        for target in self.group.steps.iter().flat_map(|step| &step.outputs) {
            if let Target::Late { register, store } = target {
                let target = self.stored(*store, first);
                let bytes = count * target.dtype.size();
                // SAFETY: the register holds the tile, and the store has room for it.
                unsafe {
                    std::ptr::copy_nonoverlapping(
                        self.register_at(*register, thread),
                        target.start,
                        bytes,
                    );
                }
            }
        }
    }

    /// Reduces the tiles' results to one.
    fn reduce(&self, frame: &Frame) {
        if let Some(reduction) = &self.group.reduction {
            let tiles = Group::tiles(self.group.length);
            let out = frame.pointer_mut(&reduction.out);
            // SAFETY: every tile has left its result.
            unsafe {
                reduction
                    .reducer
                    .merge(self.partials, tiles, self.group.length, out)
            };
        }
    }
}

/// Element number `first` of an array in row-major order.
fn at(start: *mut u8, dtype: DType, first: usize) -> Part {
    Part {
        start: start.wrapping_add(first * dtype.size()),
        dtype,
    }
}
