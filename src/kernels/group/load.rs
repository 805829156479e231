//! [`Load`]: how a group reads one of its operands.

use super::super::broadcast::is_broadcast_to;
use super::super::memory::{Frame, Operand};
use super::super::strided::{Axis, copy_plane};
use super::super::tile::Part;
use crate::types::DType;

/// An operand of a group, broadcast to the group's shape.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) operand: Operand,
    /// The lengths and strides (in elements) of the group's axes as the operand sees them,
    /// neighbours joined where the operand runs through both, axes of length 1 left out.
    axes: Vec<(usize, isize)>,
    way: Way,
}

/// How a tile of an operand is read.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    /// A single element, read in place; no kernel needs it repeated.
    One,
    /// One element for all, copied to a register once.
    Scalar,
    /// Where it lies: the elements are in the group's order.
    Direct,
    /// Where it lies if the tile is in one row, else copied row by row.
    Rows,
    /// Copied, since the rows are strided, or a kernel changes the operand.
    Copied,
}

impl Load {
    /// The operand read as an array of shape `shape`, to which it can be broadcast. It is `copied`
    /// before any kernel runs if one of them changes it, and `read_as_scalar` if all that read it
    /// want one element only.
    pub(crate) fn new(
        operand: Operand,
        shape: &[usize],
        copied: bool,
        read_as_scalar: bool,
    ) -> Load {
        assert!(
            is_broadcast_to(&operand.shape, shape),
            "{operand:?} is broadcast to {shape:?}"
        );
        let missing = shape.len() - operand.shape.len();
        let mut axes: Vec<(usize, isize)> = Vec::with_capacity(shape.len());
        for (axis, &length) in shape.iter().enumerate() {
            let own = axis.checked_sub(missing);
            let stride = match own {
                Some(own) if operand.shape[own] == length => operand.strides[own],
                _ => 0,
            };
            if length == 1 {
                continue;
            }
            match axes.last_mut() {
                Some((outer, outer_stride)) if *outer_stride == stride * length as isize => {
                    (*outer, *outer_stride) = (*outer * length, stride);
                }
                _ => axes.push((length, stride)),
            }
        }
        let scalar = axes.iter().all(|(_, stride)| *stride == 0);
        let one_is_read = read_as_scalar || shape.iter().all(|&length| length == 1);
        let way = match axes[..] {
            _ if scalar && one_is_read && !copied => Way::One,
            _ if scalar => Way::Scalar,
            _ if copied => Way::Copied,
            [(_, 1)] => Way::Direct,
            [.., (_, 1)] => Way::Rows,
            _ => Way::Copied,
        };
        Load { operand, axes, way }
    }

    /// The type of its elements.
    pub(super) fn dtype(&self) -> DType {
        self.operand.dtype
    }

    /// How many bytes it takes besides itself.
    pub(super) fn heap_bytes(&self) -> usize {
        self.operand.heap_bytes() + size_of_val(&*self.axes)
    }

    /// Whether it lies in the group's order.
    #[inline]
    pub(super) fn is_direct(&self) -> bool {
        self.way == Way::Direct
    }

    /// Whether kernels read it where it lies, however many elements they are given at once.
    pub(super) fn is_in_place(&self) -> bool {
        matches!(self.way, Way::One | Way::Direct)
    }

    /// Whether element number `i` of the group's `length` is element number `i` of the operand, for
    /// all of them.
    pub(super) fn is_read_in_order(&self, length: usize) -> bool {
        match self.axes[..] {
            [] => length == 1,
            [(own, stride)] => own == length && stride == 1,
            _ => false,
        }
    }

    /// Whether its tiles lie in different places.
    pub(super) fn moves(&self) -> bool {
        !matches!(self.way, Way::One | Way::Scalar)
    }

    /// The elements from number `first` on, `count` of them: where they lie if possible, else
    /// copied to `register`.
    ///
    /// # Safety
    /// `start` points to the operand's first element, `register` to room for the elements.
    #[inline(always)]
    pub(super) unsafe fn part(
        &self,
        start: *mut u8,
        first: usize,
        count: usize,
        register: *mut u8,
    ) -> Part {
        let dtype = self.operand.dtype;
        let place = match (self.way, self.axes.last()) {
            (Way::One, _) => 0,
            (Way::Direct, _) => first as isize,
            (Way::Rows, Some((length, _))) if first % length + count <= *length => {
                self.place(first)
            }
            _ => {
                // SAFETY: the caller's promise.
                unsafe { self.copy(start, first, count, register) };
                return Part::new(register, dtype);
            }
        };
        Part {
            start: start.wrapping_offset(place * dtype.size() as isize),
            dtype,
            one: self.way == Way::One,
        }
    }

    /// Copies elements to `register`.
    ///
    /// # Safety
    /// As for [`part`](Load::part).
    unsafe fn copy(&self, start: *mut u8, first: usize, count: usize, register: *mut u8) {
        // SAFETY: the caller's promise; the sizes are those of the element types.
        unsafe {
            match self.operand.dtype.size() {
                1 => self.gather::<u8>(start.cast(), first, count, register.cast()),
                2 => self.gather::<u16>(start.cast(), first, count, register.cast()),
                16 => self.gather::<u128>(start.cast(), first, count, register.cast()),
                4 => self.gather::<u32>(start.cast(), first, count, register.cast()),
                _ => self.gather::<u64>(start.cast(), first, count, register.cast()),
            }
        }
    }

    /// Where element number `number` lies, in elements from the first.
    #[inline]
    fn place(&self, mut number: usize) -> isize {
        let mut place = 0;
        for &(length, stride) in self.axes.iter().rev() {
            place += (number % length) as isize * stride;
            number /= length;
        }
        place
    }

    /// Copies elements, as many whole rows of the last axis at once as there are.
    ///
    /// # Safety
    /// As for [`part`](Load::part); `E` is as large as an element.
    unsafe fn gather<E: Copy>(
        &self,
        start: *const E,
        first: usize,
        count: usize,
        register: *mut E,
    ) {
        let (length, stride) = self.axes.last().copied().unwrap_or((usize::MAX, 0));
        let above = self.axes.len().checked_sub(2);
        let (height, row_stride) = above.map_or((1, 0), |above| self.axes[above]);
        let (mut number, mut done) = (first, 0);
        while done < count {
            let (row, column) = (number / length, number % length);
            let left = count - done;
            let (rows, run) = if column == 0 && left >= length {
                ((left / length).min(height - row % height), length)
            } else {
                (1, (length - column).min(left))
            };
            let rows = Axis {
                length: rows,
                from: row_stride,
                to: run as isize,
            };
            let columns = Axis {
                length: run,
                from: stride,
                to: 1,
            };
            let source = start.wrapping_offset(self.place(number));
            // SAFETY: the operand has as many elements left in these rows, and so has the room.
            unsafe { copy_plane(source, register.add(done), rows, columns) };
            let copied = rows.length * run;
            done += copied;
            number += copied;
        }
    }

    /// Where the operand lies in a run.
    #[inline]
    pub(super) fn start(&self, frame: &Frame) -> *mut u8 {
        frame.pointer(&self.operand)
    }
}
