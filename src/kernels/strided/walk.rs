//! [`Walk`]: a box of elements to copy from one place to another.

use smallvec::SmallVec;
use std::cmp::Reverse;

use super::super::pool::Pool;
use super::cut::{Cut, PARALLEL};
use super::plane::{copy_plane, is_turned};

/// One axis of a walk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Axis {
    pub(crate) length: usize,
    /// How far apart neighbours lie where they come from, in elements.
    pub(crate) from: isize,
    /// And where they go.
    pub(crate) to: isize,
}

impl Axis {
    /// An axis of the same distances that has `length` elements.
    pub(super) fn of_length(self, length: usize) -> Axis {
        Axis { length, ..self }
    }

    /// An axis of the same distances that has `length` elements less; where it begins is the
    /// caller's to know.
    pub(super) fn shorter_by(self, length: usize) -> Axis {
        self.of_length(self.length - length)
    }

    /// An axis of one element.
    pub(super) const ONE: Axis = Axis {
        length: 1,
        from: 0,
        to: 0,
    };

    /// This axis and the next further in as one, if they continue each other on both sides.
    pub(in crate::kernels) fn joined(self, inner: Axis) -> Option<Axis> {
        let length = inner.length as isize;
        let continues = (self.from, self.to) == (inner.from * length, inner.to * length);
        continues.then_some(Axis {
            length: self.length * inner.length,
            ..inner
        })
    }

    /// The axis run from its other end; tells how far away that is.
    fn reversed(self) -> (Axis, isize, isize) {
        let last = self.length as isize - 1;
        let axis = Axis {
            from: -self.from,
            to: -self.to,
            ..self
        };
        (axis, last * self.from, last * self.to)
    }
}

/// A few axes, the innermost last.
pub(in crate::kernels) type Axes = SmallVec<[Axis; 6]>;

/// Sorts axes: the closer together what is read along one, the further in it comes. One along which
/// the same is read again comes first.
pub(in crate::kernels) fn by_distance(axes: &mut Axes) {
    axes.sort_by_key(|axis| match axis.from {
        0 => Reverse(usize::MAX),
        from => Reverse(from.unsigned_abs()),
    });
}

/// The lengths of axes.
pub(in crate::kernels) fn lengths_of(axes: &[Axis]) -> SmallVec<[usize; 6]> {
    axes.iter().map(|axis| axis.length).collect()
}

/// Adds an axis further in than all others, as one with the last if they continue each other.
pub(in crate::kernels) fn push_joined(axes: &mut Axes, axis: Axis) {
    match axes.last().and_then(|outer| outer.joined(axis)) {
        Some(joined) => *axes.last_mut().expect("there is one") = joined,
        None => axes.push(axis),
    }
}

/// Cuts axes down to the box that begins at `start` and has these lengths; tells how far away that
/// is on both sides, in elements.
pub(in crate::kernels) fn narrow(
    axes: &mut [Axis],
    start: &[usize],
    lengths: &[usize],
) -> (isize, isize) {
    let (mut from, mut to) = (0, 0);
    for ((axis, &start), &length) in axes.iter_mut().zip(start).zip(lengths) {
        from += start as isize * axis.from;
        to += start as isize * axis.to;
        axis.length = length;
    }
    (from, to)
}

/// Calls `visit` for each index of `axes`, none of which is empty, with how far away that is on
/// both sides, in elements.
#[inline(always)]
pub(in crate::kernels) fn each_place(axes: &[Axis], mut visit: impl FnMut(isize, isize)) {
    let (inner, outer) = axes.split_last().unwrap_or((&Axis::ONE, &[]));
    let mut place = Place::new(outer.len());
    loop {
        for i in 0..inner.length as isize {
            visit(place.from + i * inner.from, place.to + i * inner.to);
        }
        if !place.go_on(outer) {
            return;
        }
    }
}

/// An index of some axes, and how far away that is on both sides. Its functions are compiled once,
/// not for each visitor.
struct Place {
    index: SmallVec<[usize; 6]>,
    from: isize,
    to: isize,
}

impl Place {
    /// The first index of `rank` axes.
    #[inline(never)]
    fn new(rank: usize) -> Self {
        Place {
            index: SmallVec::from_elem(0, rank),
            from: 0,
            to: 0,
        }
    }

    /// Goes to the next index of `axes`, if there is one.
    #[inline(never)]
    fn go_on(&mut self, axes: &[Axis]) -> bool {
        for (index, axis) in self.index.iter_mut().zip(axes).rev() {
            *index += 1;
            let is_there = *index < axis.length;
            let places = if is_there {
                1
            } else {
                1 - axis.length as isize
            };
            self.from += places * axis.from;
            self.to += places * axis.to;
            if is_there {
                return true;
            }
            *index = 0;
        }
        false
    }
}

/// A box of elements to copy.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    /// How many bytes an element has.
    size: usize,
    from: *const u8,
    to: *mut u8,
    /// Two at least, none of them of length 1 but to fill up; none at all if there are no elements.
    axes: Axes,
}

// SAFETY: threads are given different boxes, of which they read one side and write the other.
unsafe impl Sync for Walk {}

impl Walk {
    /// A walk through arrays of these lengths, each told by its first element and its strides in
    /// elements.
    ///
    /// # Safety
    /// Both hold such an array of elements of `size` bytes, which may be read and written until the
    /// walk is dropped. No two elements of `to` lie in the same place, and none in that of one of
    /// `from`.
    pub(super) unsafe fn new(
        size: usize,
        lengths: &[usize],
        (from, from_strides): (*const u8, &[isize]),
        (to, to_strides): (*mut u8, &[isize]),
    ) -> Walk {
        let mut walk = Walk {
            size,
            from,
            to,
            axes: Axes::new(),
        };
        if lengths.contains(&0) {
            return walk;
        }
        let steps = from_strides.iter().zip(to_strides);
        for (&length, (&from, &to)) in lengths.iter().zip(steps) {
            if length > 1 {
                walk.push(Axis { length, from, to });
            }
        }
        // The widest steps of what is written first: it is written in the order of memory.
        walk.axes.sort_by_key(|axis| -axis.to);
        walk.join();
        walk.put_plane_last();
        while walk.axes.len() < 2 {
            walk.axes.insert(0, Axis::ONE);
        }
        walk
    }

    /// Adds an axis, from the end of it at which what is written begins.
    fn push(&mut self, axis: Axis) {
        let axis = if axis.to < 0 {
            let (axis, from, to) = axis.reversed();
            self.from = self.from.wrapping_offset(from * self.size as isize);
            self.to = self.to.wrapping_offset(to * self.size as isize);
            axis
        } else {
            axis
        };
        self.axes.push(axis);
    }

    /// Joins axes that continue each other on both sides.
    fn join(&mut self) {
        let mut joined = Axes::new();
        for &axis in &self.axes {
            push_joined(&mut joined, axis);
        }
        self.axes = joined;
    }

    /// Where what is read lies closer together along another axis than along the innermost, that
    /// one comes beside it, the longer of the two before the shorter.
    fn put_plane_last(&mut self) {
        let Some((&inner, outer)) = self.axes.split_last() else {
            return;
        };
        let width = |axis: &Axis| axis.from.unsigned_abs();
        // An axis along which one element is repeated is read no faster for being walked first.
        let nearest = (0..outer.len())
            .filter(|&axis| outer[axis].from != 0)
            .min_by_key(|&axis| width(&outer[axis]));
        if let Some(nearest) = nearest
            && inner.from.unsigned_abs() > 1
            && width(&outer[nearest]) < width(&inner)
        {
            let axis = self.axes.remove(nearest);
            let place = self.axes.len() - usize::from(axis.length >= inner.length);
            self.axes.insert(place, axis);
        }
    }

    /// Copies the elements.
    pub(super) fn run(&self, pool: &Pool) {
        if self.axes.is_empty() {
            return;
        }
        let lengths = lengths_of(&self.axes);
        let cut = Cut::new(&lengths, self.size, self.is_turned());
        if cut.elements() * self.size < PARALLEL {
            return self.run_alone();
        }
        pool.run(cut.parts(), &|part, _| {
            let (start, lengths) = cut.part(part);
            self.within(&start, &lengths).run_alone();
        });
    }

    /// Copies the elements on the thread that asks.
    pub(super) fn run_alone(&self) {
        // SAFETY: the promise made to `new`; the types have the elements' size and every alignment
        // will do.
        unsafe {
            match self.size {
                1 => self.copy::<u8>(),
                2 => self.copy::<u16>(),
                4 => self.copy::<u32>(),
                8 => self.copy::<u64>(),
                16 => self.copy::<u128>(),
                size => unreachable!("elements of {size} bytes"),
            }
        }
    }

    /// Whether the last two axes are those of a transpose.
    fn is_turned(&self) -> bool {
        matches!(self.axes[..], [.., outer, inner] if is_turned(outer, inner))
    }

    /// The part of the box that begins at `start` and has these lengths.
    fn within(&self, start: &[usize], lengths: &[usize]) -> Walk {
        let mut part = self.clone();
        let (from, to) = narrow(&mut part.axes, start, lengths);
        part.from = part.from.wrapping_offset(from * self.size as isize);
        part.to = part.to.wrapping_offset(to * self.size as isize);
        part
    }

    /// # Safety
    /// `E` has the elements' size.
    unsafe fn copy<E: Copy>(&self) {
        let [ref outer @ .., rows, columns] = self.axes[..] else {
            return;
        };
        let (first, target) = (self.from.cast::<E>(), self.to.cast::<E>());
        each_place(outer, |from, to| {
            let (from, to) = (first.wrapping_offset(from), target.wrapping_offset(to));
            // SAFETY: the plane lies in both arrays.
            unsafe { copy_plane(from, to, rows, columns) };
        });
    }
}
