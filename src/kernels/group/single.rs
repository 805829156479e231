//! Running one element-wise kernel by itself, outside of any plan.

use super::super::memory::{ARENA, Operand};
use super::super::pool::Pool;
use super::super::tile::{Elementwise, Part, TILE, Tile};
use super::run::{GRAIN, SERIAL};
use super::{Load, Number};
use crate::types::{DType, Value, ValueMut, with_value, with_value_mut};
use smallvec::{SmallVec, smallvec};

/// How many elements all tiles together hold.
const ROOM: usize = 2 * TILE;

/// Computes the whole of `out`, which is in row-major order, from `inputs`, which are broadcast to
/// its shape.
pub(crate) fn run_single(
    pool: &Pool,
    kernel: &dyn Elementwise,
    inputs: &[Value<'_>],
    out: &mut ValueMut<'_>,
) {
    let (shape, dtype) = (out.shape().to_vec(), out.dtype());
    let start: *mut u8 = with_value_mut!(out, out => {
        out.as_slice_mut().expect("results are in row-major order").as_mut_ptr().cast()
    });
    let loads: Vec<(Load, *mut u8)> = inputs
        .iter()
        .enumerate()
        .map(|(i, input)| {
            let start = with_value!(input, array => array.view().as_ptr().cast_mut().cast());
            (load(input, &shape, kernel.reads_scalar(i)), start)
        })
        .collect();
    let single = Single {
        kernel,
        loads,
        start,
        dtype,
    };
    let length: usize = shape.iter().product();
    if length < SERIAL {
        return single.stretch(0, length);
    }
    let grain = GRAIN * TILE;
    pool.run(length.div_ceil(grain), &|part, _| {
        let first = part * grain;
        single.stretch(first, grain.min(length - first));
    });
}

/// A kernel with what it reads and writes.
struct Single<'k> {
    kernel: &'k dyn Elementwise,
    loads: Vec<(Load, *mut u8)>,
    start: *mut u8,
    dtype: DType,
}

// SAFETY: what is read is lent, and threads write different stretches.
unsafe impl Sync for Single<'_> {}

impl Single<'_> {
    /// Computes `length` elements from number `begin` on.
    fn stretch(&self, begin: usize, length: usize) {
        let (kernel, loads, dtype) = (self.kernel, &self.loads, self.dtype);
        // Tiles of inputs that cannot be read where they lie, aligned for all types. If the inputs
        // are many, the tiles are short, so that no memory is asked for.
        let words = loads
            .iter()
            .map(|(load, _)| load.dtype().size().div_ceil(size_of::<u64>()));
        let words = words.max().unwrap_or(1);
        let tile = (ROOM / (words * loads.len().max(1))).clamp(1, TILE);
        // Few: see above.
        let mut registers: SmallVec<[u64; ROOM]> = smallvec![0; words * loads.len() * tile];
        // Few: one for each operand.
        let mut parts = Vec::with_capacity(loads.len() + 1);
        // Few: one for each operand.
        let numbers: Vec<Number> = (0..).take(loads.len() + 1).collect();
        let (inputs, outputs) = numbers.split_at(loads.len());
        for first in (begin..begin + length).step_by(tile) {
            let count = tile.min(begin + length - first);
            parts.clear();
            for ((load, start), register) in loads.iter().zip(registers.chunks_mut(words * tile)) {
                let register = register.as_mut_ptr().cast();
                // SAFETY: the elements lie in the input, and the register holds a tile.
                parts.push(unsafe { load.part(*start, first, count, register) });
            }
            let out = self.start.wrapping_add(first * dtype.size());
            parts.push(Part::new(out, dtype));
            let writes_bools = dtype == DType::Bool;
            // SAFETY: all parts hold `count` elements; the output is borrowed by itself.
            kernel.tile(&mut unsafe { Tile::new(count, &parts, [inputs, outputs], writes_bools) });
        }
    }
}

fn load(input: &Value<'_>, shape: &[usize], read_as_scalar: bool) -> Load {
    let operand = with_value!(input, array => {
        Operand::new(ARENA, input.dtype(), array.shape(), array.strides(), 0)
    });
    Load::new(operand, shape, false, read_as_scalar)
}
