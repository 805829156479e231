//! Element-wise kernels that work on a short stretch of elements at a time.
//!
//! A chain of such kernels runs stretch by stretch, so that what they pass to each other stays in
//! the processor's nearest cache and memory is walked once for the whole chain.

use std::marker::PhantomData;
use std::ops::Range;

use super::slices;
use crate::types::{DType, Plain};

/// How many elements a tile has, but for the last, and long ones of single kernels: few enough for
/// the tiles of a chain to stay in the nearest cache, enough to hide what a call costs.
pub(crate) const TILE: usize = 1024;

/// An element-wise kernel: element `i` of each output is a function of element `i` of each input.
///
/// A run calls it for one stretch of elements after the other, from several threads at once.
///
/// Of an op that updates variables, the outputs are the variables, whose old elements it may read.
pub trait Elementwise: Send + Sync {
    /// Computes one stretch, of any length: a kernel with room of a fixed length goes through it in
    /// parts.
    fn tile(&self, tile: &mut Tile<'_>);

    /// Whether the kernel takes one number for all elements of input `i`, as [`Tile::scalar`] and,
    /// of floats, [`Tile::zip`] read it. Where it does not, a number that is broadcast comes as an
    /// array of copies.
    fn reads_scalar(&self, i: usize) -> bool {
        let _ = i;
        false
    }
}

/// One stretch of an input or an output.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    pub(crate) start: *mut u8,
    pub(crate) dtype: DType,
    /// Whether there is one element only, which stands for all.
    pub(crate) one: bool,
}

impl Part {
    /// A part with an element for each place.
    #[inline(always)]
    pub(super) fn new(start: *mut u8, dtype: DType) -> Part {
        Part {
            start,
            dtype,
            one: false,
        }
    }

    /// The first element, of a part of `T`s.
    #[inline]
    fn start_of<T: Plain>(self) -> *mut T {
        assert_eq!(
            self.dtype,
            T::DTYPE,
            "a kernel asked for another type than its operand has"
        );
        self.start.cast()
    }
}

/// One stretch of all inputs and outputs of an element-wise kernel.
#[derive(Debug)]
pub struct Tile<'t> {
    length: usize,
    parts: &'t [Part],
    /// Which of the parts are inputs.
    inputs: &'t [u32],
    outputs: &'t [u32],
    lent: PhantomData<&'t mut [u8]>,
}

/// An input.
enum Numbers<'t, T> {
    Each(&'t [T]),
    /// One number for all elements.
    One(T),
}

impl<'t, T: Plain> Numbers<'t, T> {
    /// The elements of a part of at most a tile, in `room` if there is one number for all.
    fn part<'r>(&self, part: Range<usize>, room: &'r mut [T; TILE]) -> &'r [T]
    where
        't: 'r,
    {
        match self {
            Numbers::Each(elements) => &elements[part],
            Numbers::One(number) => {
                let room = &mut room[..part.len()];
                room.fill(*number);
                room
            }
        }
    }
}

impl<'t> Tile<'t> {
    /// A tile; truth values that it has for outputs, if `writes_bools`, are `false` at first, as
    /// the bytes there need not be valid `bool`s.
    ///
    /// # Safety
    /// All parts that `inputs` and `outputs` number hold `length` elements of their type (those of
    /// inputs that the kernel reads as scalars one), alive for `'t` and suitably aligned; no output
    /// overlaps another part. Outputs of truth values need no valid elements, and `writes_bools`
    /// tells if there are any.
    #[inline]
    pub(super) unsafe fn new(
        length: usize,
        parts: &'t [Part],
        [inputs, outputs]: [&'t [u32]; 2],
        writes_bools: bool,
    ) -> Self {
        if writes_bools {
            // SAFETY: the caller's promise.
            unsafe { clear_bools(length, parts, outputs) };
        }
        Tile {
            length,
            parts,
            inputs,
            outputs,
            lent: PhantomData,
        }
    }

    /// How many elements there are.
    #[cfg(feature = "all_types")]
    #[inline]
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// How many inputs there are.
    #[inline]
    pub fn inputs(&self) -> usize {
        self.inputs.len()
    }

    #[inline]
    fn input_start<T: Plain>(&self, i: usize) -> *mut T {
        self.parts[self.inputs[i] as usize].start_of()
    }

    #[inline]
    fn output_start<T: Plain>(&self, i: usize) -> *mut T {
        self.parts[self.outputs[i] as usize].start_of()
    }

    /// The elements of input `i`.
    ///
    /// # Panics
    /// If they are not of type `T`, or the kernel [takes one number](Elementwise::reads_scalar) for
    /// all of them.
    #[inline]
    pub fn input<T: Plain>(&self, i: usize) -> &'t [T] {
        let start = self.input_start::<T>(i);
        assert!(
            !self.is_scalar(i) || self.length == 1,
            "a kernel asked for more than the one element that it said it takes"
        );
        // SAFETY: the promise made to `new`.
        unsafe { std::slice::from_raw_parts(start, self.length) }
    }

    /// Whether input `i` is one number for all elements, as it may be where the kernel [takes
    /// one](Elementwise::reads_scalar).
    #[inline]
    pub fn is_scalar(&self, i: usize) -> bool {
        self.parts[self.inputs[i] as usize].one
    }

    /// The first element of input `i`: the value of all, where it [is one number](Tile::is_scalar)
    /// for all.
    ///
    /// # Panics
    /// If it is not of type `T`.
    #[inline]
    pub fn scalar<T: Plain>(&self, i: usize) -> T {
        let start = self.input_start::<T>(i);
        // SAFETY: the promise made to `new`: there is one element at least.
        unsafe { start.read() }
    }

    /// The elements of output `i`, all of which the kernel must set. Before, they are any numbers;
    /// of an op that updates variables, the old elements. Truth values are `false`.
    ///
    /// # Panics
    /// If they are not of type `T`.
    #[inline]
    pub fn output<T: Plain>(&mut self, i: usize) -> &mut [T] {
        let start = self.output_start::<T>(i);
        // SAFETY: the promise made to `new`; `self` is borrowed for as long as the slice lives.
        unsafe { std::slice::from_raw_parts_mut(start, self.length) }
    }

    /// The elements of all outputs, `N` of the same type.
    #[inline]
    pub(crate) fn outputs<T: Plain, const N: usize>(&mut self) -> [&mut [T]; N] {
        assert_eq!(
            self.outputs.len(),
            N,
            "a kernel asked for another number of outputs"
        );
        std::array::from_fn(|i| {
            let start = self.output_start::<T>(i);
            // SAFETY: the promise made to `new`, which says that they do not overlap.
            unsafe { std::slice::from_raw_parts_mut(start, self.length) }
        })
    }

    /// `out[i] = f(x[i])`: output 0 as a function of input 0.
    ///
    /// A closure marked `#[inline(always)]` that moves what it captures becomes code for the
    /// processor's widest vectors.
    ///
    /// # Panics
    /// If the elements are of other types.
    #[inline]
    pub fn map<A: Plain, B: Plain>(&mut self, f: impl Fn(A) -> B + Copy) {
        let x = self.input::<A>(0);
        slices::map(x, self.output::<B>(0), f);
    }

    /// As [`map`](Tile::map); where that gives NaN, `out[i] = whole(x[i])` if there is such a
    /// function.
    pub(crate) fn map_or<A: Plain, B: Plain>(
        &mut self,
        f: impl Fn(A) -> B + Copy,
        whole: Option<fn(A) -> B>,
    ) {
        self.map(f);
        if let Some(whole) = whole {
            let x = self.input::<A>(0);
            slices::mend(self.output(0), &|i| whole(x[i]));
        }
    }

    /// As [`zip`](Tile::zip) of a long function, which is compiled for arrays only: one number for
    /// all elements is repeated. Where the function gives NaN, `out[i] = whole(x[i], y[i])` if
    /// there is such a function.
    pub(crate) fn zip_long<A: Plain, B: Plain, C: Plain>(
        &mut self,
        f: impl Fn(A, B) -> C + Copy,
        whole: Option<fn(A, B) -> Option<C>>,
    ) {
        let (x, y) = (self.numbers::<A>(0), self.numbers::<B>(1));
        let (mut x_room, mut y_room) = ([A::default(); TILE], [B::default(); TILE]);
        for (i, out) in self.output::<C>(0).chunks_mut(TILE).enumerate() {
            let part = i * TILE..i * TILE + out.len();
            let x = x.part(part.clone(), &mut x_room);
            let y = y.part(part, &mut y_room);
            slices::zip(x, y, out, f);
            if let Some(whole) = whole {
                slices::mend(out, &|i| whole(x[i], y[i]).unwrap_or_default());
            }
        }
    }

    fn numbers<T: Plain>(&self, i: usize) -> Numbers<'t, T> {
        match self.is_scalar(i) {
            true => Numbers::One(self.scalar(i)),
            false => Numbers::Each(self.input(i)),
        }
    }

    /// The elements of input 0, the one number that input 1 is for all of them, and the elements of
    /// output 0.
    pub(crate) fn with_scalar<A: Plain, B: Plain, C: Plain>(
        &mut self,
    ) -> Option<(&'t [A], B, &mut [C])> {
        let [false, true] = [0, 1].map(|i| self.is_scalar(i)) else {
            return None;
        };
        Some((self.input(0), self.scalar(1), self.output(0)))
    }

    /// `out[i] = f(x[i], y[i])`: output 0 as a function of inputs 0 and 1; where all three are
    /// floats, either may be one number for all elements. As for closures, see [`map`](Tile::map).
    ///
    /// # Panics
    /// If the elements are of other types.
    #[inline]
    pub fn zip<A: Plain, B: Plain, C: Plain>(&mut self, f: impl Fn(A, B) -> C + Copy) {
        if const { zips_scalars::<A, B, C>() } && self.length > 1 {
            match [0, 1].map(|i| self.is_scalar(i)) {
                [false, false] => {}
                [true, false] => {
                    let (x, y) = (self.scalar::<A>(0), self.input::<B>(1));
                    let out = self.output::<C>(0);
                    return slices::map(
                        y,
                        out,
                        #[inline(always)]
                        move |y| f(x, y),
                    );
                }
                [false, true] => {
                    let (x, y) = (self.input::<A>(0), self.scalar::<B>(1));
                    let out = self.output::<C>(0);
                    return slices::map(
                        x,
                        out,
                        #[inline(always)]
                        move |x| f(x, y),
                    );
                }
                [true, true] => {
                    let value = f(self.scalar(0), self.scalar(1));
                    return self.output::<C>(0).fill(value);
                }
            }
        }
        let (x, y) = (self.input::<A>(0), self.input::<B>(1));
        slices::zip(x, y, self.output::<C>(0), f);
    }
}

/// Sets the truth values among the outputs of a tile to `false`.
///
/// # Safety
/// As [`Tile::new`].
unsafe fn clear_bools(length: usize, parts: &[Part], outputs: &[u32]) {
    for &output in outputs {
        let part = parts[output as usize];
        if part.dtype == DType::Bool {
            // SAFETY: the caller's promise: the part is an output of so many elements.
            unsafe { part.start.write_bytes(0, length) };
        }
    }
}

/// Whether [`Tile::zip`] takes one number for all elements of such inputs. Of floats only, since
/// the loops are compiled for each type and each kind of input.
pub(crate) const fn zips_scalars<A: Plain, B: Plain, C: Plain>() -> bool {
    A::DTYPE.is_native_float() && B::DTYPE.is_native_float() && C::DTYPE.is_native_float()
}
