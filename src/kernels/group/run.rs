//! Running a group.

use super::super::cpu::{prefetch, reads_ahead};
use super::super::memory::{ALIGNMENT, Frame};
use super::super::pool::Pool;
use super::super::tile::{Part, TILE, Tile};
use super::table::Entry;
use super::{Group, Load};

/// How many tiles a thread claims at once; under Miri, which takes its time, threads shall share
/// the work of few.
pub(super) const GRAIN: usize = if cfg!(miri) { 1 } else { 16 };

/// Groups of fewer elements are not worth another thread's while.
pub(super) const SERIAL: usize = 2 * GRAIN * TILE;

/// A group of no more kernels than this works on shorter stretches than tiles.
const FEW: usize = 4;

/// How many elements a group without registers works on at once, where the processor reads ahead.
const LONG: usize = 4 * TILE;

/// Kernels may read an operand several times. With more operands than this, long pieces would not
/// stay in the nearest cache.
const FEW_LOADS: usize = 2;

/// Arrays of so many bytes together lie in the last cache, perhaps. What comes from farther away is
/// asked for ahead on all processors, if there are several kernels, whose work hides the way.
const NEAR: usize = 24 << 20;

/// What a group works on at once.
pub(crate) struct Piece {
    /// The number of the first element, in row-major order.
    pub(crate) first: usize,
    /// How many there are, at most [`TILE`], or [`LONG`] of a group without registers.
    pub(crate) count: usize,
    /// The elements of a product, if the group goes on from one.
    pub(crate) given: *mut u8,
    /// How many elements further on the next piece begins, if what it reads is to be fetched ahead.
    pub(crate) to_next: Option<usize>,
}

/// A group with the places of a run.
pub(crate) struct Ready<'f> {
    group: &'f Group,
    /// For each tile of the group's table, where its array or its register begins; of registers,
    /// those of the first thread.
    starts: &'f [Part],
    /// For each thread, where the tiles lie that it works on.
    places: *mut Part,
    registers: *mut u8,
    partials: *mut u8,
}

// SAFETY: threads are given different tiles and different registers; what they share they only
// read.
unsafe impl Sync for Ready<'_> {}

impl Group {
    /// Runs the whole group.
    pub(crate) fn run(&self, frame: &Frame, pool: &Pool) {
        let ready = self.ready(frame);
        let (length, to_next) = match reads_ahead() {
            _ if self.length <= TILE => (TILE, None),
            true if self.needs_no_registers() => (LONG, None),
            true if self.bytes() <= NEAR => (TILE, None),
            _ => (TILE, Some(TILE)),
        };
        let pieces = self.length.div_ceil(length);
        let piece = |number: usize, thread: usize| {
            let first = number * length;
            let piece = Piece {
                first,
                count: length.min(self.length - first),
                given: std::ptr::null_mut(),
                to_next,
            };
            ready.tile(thread, &piece);
        };
        if self.threads == 1 {
            (0..pieces).for_each(|number| piece(number, 0));
        } else {
            let grain = (GRAIN * TILE / length).max(1);
            pool.run(pieces.div_ceil(grain), &|part, thread| {
                let first = part * grain;
                (first..pieces.min(first + grain)).for_each(|number| piece(number, thread));
            });
        }
        ready.reduce(frame);
    }

    /// The group with the places of a run; numbers that some kernel needs repeated have been copied
    /// to their registers.
    pub(crate) fn ready<'f>(&'f self, frame: &'f Frame) -> Ready<'f> {
        let partials = match &self.reduction {
            None => std::ptr::null_mut(),
            Some(reduction) => {
                let bytes = Group::tiles(self.length) * reduction.out.dtype.size();
                frame.scratch(reduction.partials, bytes).as_mut_ptr()
            }
        };
        let (registers, places) = frame
            .scratch(self.scratch, self.scratch_bytes())
            .split_at_mut(self.register_bytes() * self.threads);
        let entries = self.table.entries();
        let places: *mut Part = places.as_mut_ptr().cast();
        assert!(places.is_aligned(), "scratch memory is aligned");
        let mut ready = Ready {
            group: self,
            starts: &[],
            places: places.wrapping_byte_add(self.place_bytes()),
            registers: registers.as_mut_ptr(),
            partials,
        };
        for (i, entry) in entries.iter().enumerate() {
            let array = match *entry {
                Entry::Load(load) => ready.prepare_load(frame, load),
                Entry::Store(store) => {
                    let operand = &self.stores[store];
                    Part::new(frame.pointer_mut(operand), operand.dtype)
                }
                Entry::Variable(variable) => {
                    let operand = &self.variables[variable];
                    Part::new(frame.pointer_mut(operand), operand.dtype)
                }
                Entry::Register { register, dtype } => {
                    Part::new(ready.register(register, 0), dtype)
                }
                Entry::Given(dtype) => Part::new(std::ptr::null_mut(), dtype),
            };
            // SAFETY: the scratch memory has room for a place for each tile, and once more for each
            // thread.
            unsafe {
                places.add(i).write(array);
                ready.places.add(i).write(array);
            }
        }
        // SAFETY: all have just been written, and nobody writes them again in this run.
        ready.starts = unsafe { std::slice::from_raw_parts(places, entries.len()) };
        for thread in 1..self.threads {
            ready.hand_out(thread);
        }
        ready
    }

    /// Whether kernels read and write only where operands and results lie, or one number for all
    /// elements.
    fn needs_no_registers(&self) -> bool {
        self.registers == 0
            && self.reduction.is_none()
            && self.loads.len() <= FEW_LOADS
            && self.loads.iter().all(Load::is_in_place)
    }

    /// How many bytes are read and written.
    fn bytes(&self) -> usize {
        let loads = self.loads.iter().filter(|load| load.moves());
        let operands = loads.map(|load| &load.operand);
        let operands = operands.chain(&self.stores).chain(&self.variables);
        let each: usize = operands.map(|operand| operand.dtype.size()).sum();
        self.length.saturating_mul(each)
    }

    /// How many elements of a piece are worked on at once: all of them, or less if what comes next
    /// is fetched ahead and there are so few kernels that what is fetched before each would be too
    /// much at once. What comes from a product is near already, and a reduction wants whole tiles.
    fn stretch_length(&self, piece: &Piece) -> usize {
        let asks_for_much = piece.to_next.is_some() && piece.given.is_null();
        match self.kernels.len() {
            0..=FEW if asks_for_much && self.reduction.is_none() => TILE / FEW,
            _ => piece.count.max(1),
        }
    }

    /// How many bytes the registers of one thread take.
    fn register_bytes(&self) -> usize {
        (self.registers + self.loads.len()) * Group::REGISTER
    }

    /// How far the places of one thread lie from those of the next, in bytes. Each thread writes
    /// its own all the time, so that no two may share a line of the caches, nor a pair of lines,
    /// which processors fetch together.
    fn place_bytes(&self) -> usize {
        let bytes = self.table.entries().len() * size_of::<Part>();
        (bytes + ALIGNMENT).next_multiple_of(2 * ALIGNMENT)
    }

    /// How many bytes of scratch memory the group needs.
    pub(crate) fn scratch_bytes(&self) -> usize {
        self.register_bytes() * self.threads + self.place_bytes() * (1 + self.threads)
    }
}

impl Ready<'_> {
    /// Where load number `number` starts. A scalar that some kernel needs repeated starts in a
    /// register that all threads read; this fills it.
    fn prepare_load(&self, frame: &Frame, number: usize) -> Part {
        let load = &self.group.loads[number];
        let start = load.start(frame);
        if load.moves() {
            return Part::new(start, load.operand.dtype);
        }
        let count = TILE.min(self.group.length);
        // SAFETY: the load starts where it says, and a register has room for a tile.
        unsafe { load.part(start, 0, count, self.load_register(number, 0)) }
    }

    /// Gives a thread other than the first its places, which until its first tile are those where
    /// the arrays begin.
    fn hand_out(&self, thread: usize) {
        let tiles = self.starts.len();
        let places = self.places_of(thread);
        // SAFETY: the scratch memory has room for a place for each tile and thread.
        unsafe { std::ptr::copy_nonoverlapping(self.starts.as_ptr(), places, tiles) };
        for (i, entry) in self.group.table.entries().iter().enumerate() {
            if let Entry::Register { register, dtype } = *entry {
                // SAFETY: as above.
                unsafe {
                    places
                        .add(i)
                        .write(Part::new(self.register(register, thread), dtype))
                };
            }
        }
    }

    /// The register of load `i`.
    fn load_register(&self, i: usize, thread: usize) -> *mut u8 {
        self.register(self.group.registers + i, thread)
    }

    /// Where the places of a thread begin.
    fn places_of(&self, thread: usize) -> *mut Part {
        self.places
            .wrapping_byte_add(thread * self.group.place_bytes())
    }

    fn register(&self, register: usize, thread: usize) -> *mut u8 {
        let place = thread * self.group.register_bytes() + register * Group::REGISTER;
        self.registers.wrapping_add(place)
    }

    /// Runs all kernels on a piece as thread `thread`.
    pub(crate) fn tile(&self, thread: usize, piece: &Piece) {
        let length = self.group.stretch_length(piece);
        for done in (0..piece.count).step_by(length) {
            self.stretch(thread, piece, done, length.min(piece.count - done));
        }
    }

    /// Runs all kernels on `count` elements of a piece, of which `done` are done.
    fn stretch(&self, thread: usize, piece: &Piece, done: usize, count: usize) {
        let first = piece.first + done;
        debug_assert!(count <= TILE || count <= LONG && self.group.needs_no_registers());
        debug_assert!(first + count <= self.group.length);
        let table = &self.group.table;
        let tiles = self.starts.len();
        assert!(thread < self.group.threads, "each thread has its places");
        // SAFETY: the places are this thread's, and were written by `ready`.
        let places = unsafe { std::slice::from_raw_parts_mut(self.places_of(thread), tiles) };
        for &(number, entry) in &table.moving {
            let array = self.starts[number as usize];
            places[number as usize] = match entry {
                Entry::Load(i) => {
                    let register = self.load_register(i, thread);
                    // SAFETY: the elements lie in the operand, and the register is this thread's; a
                    // stretch that is longer than it uses none.
                    unsafe { self.group.loads[i].part(array.start, first, count, register) }
                }
                Entry::Given(dtype) => {
                    Part::new(piece.given.wrapping_add(done * dtype.size()), dtype)
                }
                _ => at(array, first),
            };
        }
        let places = &*places;
        let mut ahead = Ahead::new(self, places, first, count, piece.to_next);
        for (kernel, (tiles, writes_bools)) in self.group.kernels.iter().zip(table.steps()) {
            ahead.fetch_some();
            // SAFETY: registers hold a tile each, longer stretches use none, and they are used by
            // one thread; loads and stores lie within their arrays; a plan gives a kernel's results
            // other places than its operands.
            let mut tile = unsafe { Tile::new(count, places, tiles, writes_bools) };
            kernel.tile(&mut tile);
        }
        if let (Some(reduction), Some(reduced)) = (&self.group.reduction, table.reduced) {
            let place = first / TILE * reduction.out.dtype.size();
            let (block, out) = (places[reduced as usize], self.partials.wrapping_add(place));
            // SAFETY: the part holds `count` elements, and there is a place for each tile's result.
            unsafe { reduction.reducer.block(block, count, out) };
        }
        // What had to wait until nobody reads the tile any more.
        for [register, store] in &table.late {
            let (from, to) = (places[*register as usize], places[*store as usize]);
            // SAFETY: the register holds the tile, and the store has room for it.
            unsafe {
                std::ptr::copy_nonoverlapping(from.start, to.start, count * to.dtype.size());
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

/// Brings what is worked on next into the nearest cache, a bit of it before each kernel, so that
/// the kernels' work hides the way from memory. The processor does so by itself, but not across the
/// borders of pages, which are no longer than a tile of `f32`s.
struct Ahead<'r> {
    ready: &'r Ready<'r>,
    places: &'r [Part],
    to_next: usize,
    /// How many lines of a tile are under way, for four-byte elements.
    done: usize,
    /// How many there are.
    lines: usize,
    /// How many are fetched before each kernel.
    pace: usize,
}

impl<'r> Ahead<'r> {
    /// How many elements of four bytes a cache line holds.
    const LINE: usize = ALIGNMENT / 4;

    fn new(
        ready: &'r Ready<'r>,
        places: &'r [Part],
        first: usize,
        count: usize,
        to_next: Option<usize>,
    ) -> Self {
        let next = to_next.and_then(|to_next| first.checked_add(to_next));
        let left = next.map_or(0, |next| ready.group.length.saturating_sub(next));
        let lines = count.min(left) / Ahead::LINE;
        Ahead {
            ready,
            places,
            to_next: to_next.unwrap_or(0),
            done: 0,
            lines,
            pace: lines.div_ceil(ready.group.kernels.len().max(1)),
        }
    }

    #[inline]
    fn fetch_some(&mut self) {
        let end = self.lines.min(self.done + self.pace);
        if self.done == end {
            return;
        }
        for &(number, entry) in &self.ready.group.table.moving {
            let in_order = match entry {
                Entry::Load(load) => self.ready.group.loads[load].is_direct(),
                Entry::Store(_) | Entry::Variable(_) => true,
                Entry::Register { .. } | Entry::Given(_) => false,
            };
            if in_order {
                let part = self.places[number as usize];
                let next = part.start.wrapping_add(self.to_next * part.dtype.size());
                (self.done..end).for_each(|line| prefetch(next.wrapping_add(line * ALIGNMENT)));
            }
        }
        self.done = end;
    }
}

/// The tile from element number `first` on of an array in row-major order.
fn at(array: Part, first: usize) -> Part {
    let start = array.start.wrapping_add(first * array.dtype.size());
    Part::new(start, array.dtype)
}
