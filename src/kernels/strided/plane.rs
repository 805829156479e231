//! The innermost loops: two axes at a time.

use super::super::cpu::{prefetch, vectorised};
use super::walk::Axis;

/// Rows of up to so many elements are copied by loops of their own.
const SHORT: usize = 8;

/// From how many bytes on a run is the C library's to copy.
const LONG: usize = 128;

/// Transposes are copied in blocks of so many rows and columns: whole lines of the cache on both
/// sides.
const BLOCK: usize = 16;

/// Copies a plane: `rows.length` rows of `columns.length` elements.
///
/// # Safety
/// Both sides hold such a plane, in memory that may be read and written; they do not overlap.
/// Elements need not be aligned.
#[inline]
pub(crate) unsafe fn copy_plane<E: Copy>(from: *const E, to: *mut E, rows: Axis, columns: Axis) {
    // SAFETY: the caller's promise, here and in all that is called.
    unsafe {
        match (columns.from, columns.to) {
            (1, 1) => copy_rows(from, to, rows, columns.length),
            (0, 1) => repeat_rows(from, to, rows, columns.length),
            (_, 1) if columns.length <= SHORT && rows.length > columns.length => {
                pick_rows(from, to, rows, columns);
            }
            _ if is_turned(rows, columns) => turn(from, to, rows, columns),
            _ => each_row(from, to, rows, |from, to| copy_run(from, to, columns)),
        }
    }
}

/// Whether what is read lies closer together along one of two axes, and what is written along the
/// other.
pub(super) fn is_turned(rows: Axis, columns: Axis) -> bool {
    let (read, written) = (
        |axis: Axis| axis.from.unsigned_abs(),
        |axis: Axis| axis.to.unsigned_abs(),
    );
    let crosses = |a: Axis, b: Axis| a.from != 0 && read(a) < read(b) && written(b) < written(a);
    crosses(rows, columns) || crosses(columns, rows)
}

/// Calls `copy` with the first element of each row.
///
/// # Safety
/// As for [`copy_plane`], as far as the rows' beginnings go.
#[inline(always)]
unsafe fn each_row<E>(
    mut from: *const E,
    mut to: *mut E,
    rows: Axis,
    copy: impl Fn(*const E, *mut E),
) {
    for _ in 0..rows.length {
        copy(from, to);
        from = from.wrapping_offset(rows.from);
        to = to.wrapping_offset(rows.to);
    }
}

/// Rows that lie side by side on both sides.
unsafe fn copy_rows<E: Copy>(from: *const E, to: *mut E, rows: Axis, length: usize) {
    // SAFETY: the promise made to `copy_plane`.
    unsafe {
        match length {
            1 => copy_run(from, to, rows),
            2 => copy_short::<E, 2>(from, to, rows),
            3 => copy_short::<E, 3>(from, to, rows),
            4 => copy_short::<E, 4>(from, to, rows),
            5 => copy_short::<E, 5>(from, to, rows),
            6 => copy_short::<E, 6>(from, to, rows),
            7 => copy_short::<E, 7>(from, to, rows),
            SHORT => copy_short::<E, SHORT>(from, to, rows),
            _ => each_row(from, to, rows, |from, to| copy_bytes(from, to, length)),
        }
    }
}

/// Rows of `N` elements.
unsafe fn copy_short<E: Copy, const N: usize>(from: *const E, to: *mut E, rows: Axis) {
    // SAFETY: the promise made to `copy_plane`.
    unsafe {
        each_row(from, to, rows, |from, to| {
            let row = from.cast::<[E; N]>().read_unaligned();
            to.cast::<[E; N]>().write_unaligned(row);
        });
    }
}

/// Short rows whose elements are read from places further apart, or backwards.
unsafe fn pick_rows<E: Copy>(from: *const E, to: *mut E, rows: Axis, columns: Axis) {
    // SAFETY: the promise made to `copy_plane`.
    unsafe {
        match columns.length {
            2 => pick_short::<E, 2>(from, to, rows, columns.from),
            3 => pick_short::<E, 3>(from, to, rows, columns.from),
            4 => pick_short::<E, 4>(from, to, rows, columns.from),
            SHORT => pick_short::<E, SHORT>(from, to, rows, columns.from),
            _ => each_row(from, to, rows, |from, to| {
                for i in 0..columns.length {
                    let element = from.offset(i as isize * columns.from).read_unaligned();
                    to.add(i).write_unaligned(element);
                }
            }),
        }
    }
}

/// As [`pick_rows`], of `N` elements.
unsafe fn pick_short<E: Copy, const N: usize>(from: *const E, to: *mut E, rows: Axis, step: isize) {
    // SAFETY: the promise made to `copy_plane`.
    unsafe {
        each_row(from, to, rows, |from, to| {
            let row: [E; N] =
                std::array::from_fn(|i| from.offset(i as isize * step).read_unaligned());
            to.cast::<[E; N]>().write_unaligned(row);
        });
    }
}

/// A run of elements that lie side by side on both sides: those of a few lines without a call.
///
/// # Safety
/// Both hold as many elements, and do not overlap.
#[inline(always)]
pub(super) unsafe fn copy_bytes<E: Copy>(from: *const E, to: *mut E, length: usize) {
    type Line = [u8; 16];
    let bytes = length * size_of::<E>();
    let (from, to) = (from.cast::<u8>(), to.cast::<u8>());
    // SAFETY: each line lies within the bytes; the last two may overlap each other.
    unsafe {
        if bytes >= LONG || bytes < size_of::<Line>() {
            return std::ptr::copy_nonoverlapping(from, to, bytes);
        }
        let line = |at: usize| {
            let line = from.add(at).cast::<Line>().read_unaligned();
            to.add(at).cast::<Line>().write_unaligned(line);
        };
        let last = bytes - size_of::<Line>();
        (0..last).step_by(size_of::<Line>()).for_each(line);
        line(last);
    }
}

/// Rows each of which is one element repeated.
unsafe fn repeat_rows<E: Copy>(from: *const E, to: *mut E, rows: Axis, length: usize) {
    // SAFETY: the promise made to `copy_plane`.
    unsafe {
        match length {
            2 => repeat_short::<E, 2>(from, to, rows),
            3 => repeat_short::<E, 3>(from, to, rows),
            4 => repeat_short::<E, 4>(from, to, rows),
            SHORT => repeat_short::<E, SHORT>(from, to, rows),
            _ => vectorised(
                #[inline(always)]
                move || {
                    each_row(
                        from,
                        to,
                        rows,
                        #[inline(always)]
                        |from, to| {
                            let element = from.read_unaligned();
                            (0..length).for_each(|i| to.add(i).write_unaligned(element));
                        },
                    );
                },
            ),
        }
    }
}

/// As [`repeat_rows`], of `N` elements.
unsafe fn repeat_short<E: Copy, const N: usize>(from: *const E, to: *mut E, rows: Axis) {
    // SAFETY: the promise made to `copy_plane`.
    unsafe {
        each_row(from, to, rows, |from, to| {
            to.cast::<[E; N]>()
                .write_unaligned([from.read_unaligned(); N]);
        });
    }
}

/// One run of elements with strides.
unsafe fn copy_run<E: Copy>(from: *const E, to: *mut E, run: Axis) {
    // SAFETY: the promise made to `copy_plane`.
    unsafe {
        match (run.from, run.to) {
            (1, 1) => copy_bytes(from, to, run.length),
            (-1, 1) => copy_stepped::<E, -1>(from, to, run.length),
            (2, 1) => copy_stepped::<E, 2>(from, to, run.length),
            (3, 1) => copy_stepped::<E, 3>(from, to, run.length),
            (4, 1) => copy_stepped::<E, 4>(from, to, run.length),
            _ => each_row(from, to, run, |from, to| {
                to.write_unaligned(from.read_unaligned())
            }),
        }
    }
}

/// Elements `STEP` apart, side by side: with a step that the compiler knows, it shuffles vectors.
unsafe fn copy_stepped<E: Copy, const STEP: isize>(from: *const E, to: *mut E, length: usize) {
    vectorised(
        #[inline(always)]
        move || {
            for i in 0..length {
                // SAFETY: the promise made to `copy_plane`.
                unsafe {
                    let element = from.offset(i as isize * STEP).read_unaligned();
                    to.add(i).write_unaligned(element);
                }
            }
        },
    );
}

/// A transpose, block by block.
unsafe fn turn<E: Copy>(from: *const E, to: *mut E, rows: Axis, columns: Axis) {
    // Within a block, what is written comes in order.
    let (slow, fast) = if rows.to.unsigned_abs() > columns.to.unsigned_abs() {
        (rows, columns)
    } else {
        (columns, rows)
    };
    // SAFETY: all blocks lie in the plane, as do the rows that are dealt out.
    unsafe {
        if (slow.from, fast.to) == (1, 1) && slow.length <= SHORT {
            return deal_out_rows(from, to, slow, fast);
        }
        each_block(from, to, slow, fast, BLOCK, |from, to, slow, fast| {
            // What is read and written next lies too far apart for the processor to see it coming.
            for i in 0..BLOCK as isize {
                let next = BLOCK as isize;
                prefetch(from.wrapping_offset((next + i) * fast.from).cast());
                prefetch(to.wrapping_offset(i * slow.to + next * fast.to).cast());
            }
            let whole = |axis: Axis| axis.length - axis.length % SQUARE;
            let (slow_whole, fast_whole) = match fast.to == 1 && slow.from == 1 {
                true => (whole(slow), whole(fast)),
                false => (0, 0),
            };
            for first in (0..slow_whole).step_by(SQUARE) {
                let from = from.wrapping_add(first);
                let to = to.wrapping_offset(first as isize * slow.to);
                turn_squares(from, to, slow.to, fast.from, fast_whole);
            }
            // What is left beside the squares, and below them.
            let beside = fast.shorter_by(fast_whole);
            turn_any(
                from.wrapping_offset(fast_whole as isize * fast.from),
                to.wrapping_offset(fast_whole as isize * fast.to),
                slow.of_length(slow_whole),
                beside,
            );
            turn_any(
                from.wrapping_offset(slow_whole as isize * slow.from),
                to.wrapping_offset(slow_whole as isize * slow.to),
                slow.shorter_by(slow_whole),
                fast,
            );
        });
    }
}

/// A transpose of short rows: each element of a row goes to a line of its own.
unsafe fn deal_out_rows<E: Copy>(from: *const E, to: *mut E, lines: Axis, rows: Axis) {
    // SAFETY: the promise made to `copy_plane`.
    unsafe {
        match lines.length {
            2 => deal_out_short::<E, 2>(from, to, lines.to, rows),
            3 => deal_out_short::<E, 3>(from, to, lines.to, rows),
            4 => deal_out_short::<E, 4>(from, to, lines.to, rows),
            5 => deal_out_short::<E, 5>(from, to, lines.to, rows),
            6 => deal_out_short::<E, 6>(from, to, lines.to, rows),
            7 => deal_out_short::<E, 7>(from, to, lines.to, rows),
            SHORT => deal_out_short::<E, SHORT>(from, to, lines.to, rows),
            _ => turn_any(from, to, lines, rows),
        }
    }
}

/// As [`deal_out_rows`], of `N` elements.
unsafe fn deal_out_short<E: Copy, const N: usize>(
    from: *const E,
    to: *mut E,
    distance: isize,
    rows: Axis,
) {
    // SAFETY: the promise made to `copy_plane`.
    unsafe {
        each_row(from, to, rows, |from, to| {
            let row = from.cast::<[E; N]>().read_unaligned();
            for (i, &element) in row.iter().enumerate() {
                to.wrapping_offset(i as isize * distance)
                    .write_unaligned(element);
            }
        });
    }
}

/// Calls `copy` for blocks of `size` by `size` elements, or what is left of a plane.
#[inline(always)]
unsafe fn each_block<E: Copy>(
    from: *const E,
    to: *mut E,
    slow: Axis,
    fast: Axis,
    size: usize,
    copy: impl Fn(*const E, *mut E, Axis, Axis),
) {
    for first in (0..slow.length).step_by(size) {
        for second in (0..fast.length).step_by(size) {
            let place = |slow: isize, fast: isize| first as isize * slow + second as isize * fast;
            let part = |axis: Axis, start: usize| Axis {
                length: size.min(axis.length - start),
                ..axis
            };
            copy(
                from.wrapping_offset(place(slow.from, fast.from)),
                to.wrapping_offset(place(slow.to, fast.to)),
                part(slow, first),
                part(fast, second),
            );
        }
    }
}

/// The side of what is transposed in registers: the compiler makes shuffles of vectors of it.
const SQUARE: usize = 4;

/// Squares side by side, of `length` columns together, whose rows are read, and whose columns are
/// written one after the other. A function of its own, for the compiler to have all registers for
/// it.
///
/// # Safety
/// The squares lie in both planes.
#[inline(never)]
unsafe fn turn_squares<E: Copy>(
    mut from: *const E,
    mut to: *mut E,
    to_stride: isize,
    from_stride: isize,
    length: usize,
) {
    for _ in (0..length).step_by(SQUARE) {
        // SAFETY: the caller's promise.
        unsafe {
            let read = |i: usize| {
                let row = from.wrapping_offset(i as isize * from_stride);
                row.cast::<[E; SQUARE]>().read_unaligned()
            };
            let rows = [read(0), read(1), read(2), read(3)];
            for i in 0..SQUARE {
                let row = to.wrapping_offset(i as isize * to_stride);
                row.cast::<[E; SQUARE]>()
                    .write_unaligned(rows.map(|row| row[i]));
            }
        }
        from = from.wrapping_offset(SQUARE as isize * from_stride);
        to = to.wrapping_add(SQUARE);
    }
}

/// What does not make squares.
#[inline(always)]
unsafe fn turn_any<E: Copy>(from: *const E, to: *mut E, slow: Axis, fast: Axis) {
    // SAFETY: the promise made to `copy_plane`.
    unsafe {
        each_row(from, to, slow, |from, to| {
            each_row(from, to, fast, |from, to| {
                to.write_unaligned(from.read_unaligned())
            });
        });
    }
}
