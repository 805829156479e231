//! The memory of a run: one block for everything in between, and the places that a run is lent.
//!
//! A plan knows every array of a run as an [`Operand`]: a base (the arena's block, a feed, a
//! variable, a result), where the array starts in it, its lengths and its strides. A run fills in
//! where the bases are. What makes the views below sound is that no step writes what another view
//! of that step covers: [`Accesses`] checks it once for each plan, and gives the [`Bases`] without
//! which no frame is ready. That a view lies within its base is checked at every use, too.

mod accesses;

use std::cell::Cell;
use std::fmt;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ndarray::{ArrayViewD, ArrayViewMutD, Axis, IxDyn, ShapeBuilder};
use smallvec::SmallVec;

use super::block::Block;
use super::operand::reach;
use crate::types::{
    DType, Element, Result, Strided, Value, ValueMut, memory, with_any_dtype, with_dtype,
};

pub(crate) use super::block::ALIGNMENT;
pub(crate) use super::operand::{Operand, row_major_strides};
pub(crate) use accesses::Accesses;

/// A piece of memory that operands lie in.
#[derive(Clone, Copy)]
struct Base {
    start: *mut u8,
    /// How far it reaches, in bytes from `start`.
    low: isize,
    high: isize,
    writable: bool,
}

/// The bases of a plan whose [accesses](Accesses) were checked, with those that are the same in
/// every run: its constants.
pub(crate) struct Bases {
    /// How many bytes of the arena a run needs.
    bytes: usize,
    /// Tells whose bases these are from all others that ever were.
    id: u64,
    bases: Box<[Base]>,
    /// What the bases point to.
    constants: Box<[Arc<Value<'static>>]>,
}

// SAFETY: the pointers in it point to the constants, which it keeps alive and nobody changes.
unsafe impl Send for Bases {}
unsafe impl Sync for Bases {}

impl Bases {
    /// The bases of a plan with `bytes` bytes in the arena and `count` bases, the arena among them,
    /// some of which are constants.
    fn new(bytes: usize, count: usize, constants: Vec<(usize, Arc<Value<'static>>)>) -> Bases {
        static NEXT_ID: AtomicU64 = AtomicU64::new(1);
        let mut bases = vec![NOWHERE; count.max(1)];
        for (base, value) in &constants {
            bases[*base] = Base::of(value);
        }
        Bases {
            bytes,
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            bases: bases.into(),
            constants: constants.into_iter().map(|(_, value)| value).collect(),
        }
    }

    /// How many bytes of the arena a run needs.
    #[inline]
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The plan's constants.
    pub(crate) fn constants(&self) -> &[Arc<Value<'static>>] {
        &self.constants
    }

    /// How many bytes they take besides themselves, what they point to not counted.
    pub(crate) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.bases) + size_of_val(&*self.constants)
    }
}

/// Where a run's bases are.
pub(crate) struct Frame {
    block: Block,
    /// Whose bases these are.
    id: u64,
    bases: Vec<Cell<Base>>,
}

// SAFETY: the pointers are used only while what they point to is lent to the run that holds the
// frame.
unsafe impl Send for Frame {}

/// The base of the block that a frame owns itself.
pub(crate) const ARENA: usize = 0;

const NOWHERE: Base = Base {
    start: std::ptr::null_mut(),
    low: 0,
    high: 0,
    writable: false,
};

impl Base {
    /// All of an array, to be read.
    // Inlined, so that a base is not written to the stack and read again before its parts are
    // there, which takes as long as a small kernel.
    #[inline(always)]
    fn of(value: &Value<'_>) -> Base {
        let (start, low, high) = crate::types::with_value!(value, array => {
            extent(array.as_ptr(), array.shape(), array.strides())
        });
        Base {
            start,
            low,
            high,
            writable: false,
        }
    }
}

impl Frame {
    /// A frame without memory and bases; see [`prepare`](Frame::prepare).
    pub(crate) fn empty() -> Frame {
        Frame {
            block: Block::empty(),
            id: 0,
            bases: Vec::new(),
        }
    }

    /// Makes the frame that of a run with these bases, whoever's it was before. A block that is too
    /// small is let go of before a larger one is made.
    ///
    /// # Errors
    /// `ResourceExhausted` if there is not that much memory.
    #[inline]
    pub(crate) fn prepare(&mut self, bases: &Bases) -> Result<()> {
        if self.id == bases.id && self.block.bytes() >= bases.bytes {
            return Ok(());
        }
        self.change(bases)
    }

    #[cold]
    fn change(&mut self, bases: &Bases) -> Result<()> {
        let bytes = bases.bytes;
        if self.block.bytes() < bytes {
            self.drop_block();
            self.block = Block::new(bytes).ok_or_else(|| memory::refused(bytes))?;
        }
        self.bases.clear();
        self.bases
            .extend(bases.bases.iter().copied().map(Cell::new));
        self.bases[ARENA] = Cell::new(Base {
            start: self.block.start(),
            low: 0,
            high: self.block.bytes() as isize,
            writable: true,
        });
        self.id = bases.id;
        Ok(())
    }

    /// Lets go of the memory, which the next [`prepare`](Frame::prepare) makes anew.
    pub(crate) fn drop_block(&mut self) {
        self.id = 0;
        self.bases.clear();
        self.block = Block::empty();
    }

    /// Whether it was last prepared for these bases.
    #[inline]
    pub(crate) fn is_of(&self, bases: &Bases) -> bool {
        self.id == bases.id
    }

    /// How much memory it has.
    #[inline]
    pub(crate) fn bytes(&self) -> usize {
        self.block.bytes()
    }

    /// Lets operands of base `base` read `value`, which the caller keeps alive and unchanged until
    /// [`forget`](Frame::forget).
    #[inline]
    pub(crate) fn lend(&self, base: usize, value: &Value<'_>) {
        self.bases[base].set(Base::of(value));
    }

    /// Lets operands of base `base` read and write `value`, which the caller keeps alive and does
    /// not touch until [`forget`](Frame::forget).
    pub(crate) fn lend_mut(&self, base: usize, value: &mut ValueMut<'_>) {
        let (start, low, high) = crate::types::with_value_mut!(value, array => {
            let (_, low, high) = extent(array.as_ptr(), array.shape(), array.strides());
            (array.as_mut_ptr().cast(), low, high)
        });
        self.bases[base].set(Base {
            start,
            low,
            high,
            writable: true,
        });
    }

    /// Ends a loan.
    #[inline]
    pub(crate) fn forget(&self, base: usize) {
        self.bases[base].set(NOWHERE);
    }

    /// The first element of `operand`.
    ///
    /// # Panics
    /// If the operand does not lie within its base, which only a defect can cause.
    #[inline]
    pub(super) fn pointer(&self, operand: &Operand) -> *mut u8 {
        let base = self.bases[operand.base].get();
        let (low, high) = operand.extent();
        assert!(
            (base.low <= low && high <= base.high) || low == high,
            "{operand:?} does not lie in its base ({} to {})",
            base.low,
            base.high
        );
        base.start.wrapping_offset(operand.start)
    }

    /// As [`pointer`](Frame::pointer), to be written to.
    #[inline]
    pub(super) fn pointer_mut(&self, operand: &Operand) -> *mut u8 {
        assert!(
            self.bases[operand.base].get().writable,
            "{operand:?} is only lent to be read"
        );
        self.pointer(operand)
    }

    /// The array of an operand.
    pub(crate) fn value(&self, operand: &Operand) -> Value<'_> {
        let start = self.pointer(operand);
        with_any_dtype!(operand.dtype, T => {
            // SAFETY: the array lies within its base, whose elements are initialized; nobody writes
            // them while this step reads them, as the plan's accesses were checked.
            T::wrap(Strided::Borrowed(unsafe { view::<T>(start, operand) }))
        })
    }

    /// The only element of an operand of type `T`; `None` if it has another type or number of
    /// elements.
    #[inline]
    pub(crate) fn number<T: Element>(&self, operand: &Operand) -> Option<T> {
        if operand.dtype != T::DTYPE || operand.len() != 1 {
            return None;
        }
        // SAFETY: as for `value`.
        let number = unsafe { &*self.pointer(operand).cast::<T>() };
        Some(number.clone())
    }

    /// The array of an operand in row-major order, to be written.
    pub(crate) fn value_mut(&self, operand: &Operand) -> ValueMut<'_> {
        assert!(operand.is_row_major(), "{operand:?} is to be written");
        let start = self.pointer_mut(operand);
        if operand.dtype == DType::Bool {
            // The bytes there need not be valid `bool`s. SAFETY: the bytes lie within the base, and
            // are this step's to write.
            unsafe { start.write_bytes(0, operand.len()) };
        }
        with_dtype!(operand.dtype, T => {
            let start = match operand.len() {
                0 => NonNull::<T>::dangling().as_ptr(),
                _ => start.cast::<T>(),
            };
            // SAFETY: as for `value`; and no other view covers these elements, as the plan's
            // accesses were checked.
            T::wrap_mut(unsafe { ArrayViewMutD::from_shape_ptr(IxDyn(&operand.shape), start) })
        }, unreachable!("what is not plain lies in slots"))
    }

    /// `bytes` bytes of the block, to be used as the caller likes.
    #[allow(
        clippy::mut_from_ref,
        reason = "nothing else of a step lies there, as the plan's accesses were checked"
    )]
    pub(crate) fn scratch(&self, start: usize, bytes: usize) -> &mut [u8] {
        assert!(
            start + bytes <= self.block.bytes(),
            "scratch memory lies in the block"
        );
        // SAFETY: in bounds, initialized, and nobody else's during the step, as the plan's accesses
        // were checked.
        unsafe { std::slice::from_raw_parts_mut(self.block.start().add(start), bytes) }
    }
}

/// The array broadcast to `shape`, not copied, if it is borrowed and can be broadcast so.
pub(crate) fn stretched<'a>(value: &Value<'a>, shape: &[usize]) -> Option<Value<'a>> {
    crate::types::with_value!(value, array => match array {
        Strided::Borrowed(view) => Some(Element::wrap(Strided::Borrowed(stretched_view(view, shape)?))),
        _ => None,
    })
}

fn stretched_view<'a, T: Element>(
    view: &ArrayViewD<'a, T>,
    shape: &[usize],
) -> Option<ArrayViewD<'a, T>> {
    let stretched = view.broadcast(IxDyn(shape))?;
    let raw = stretched.raw_view();
    // SAFETY: the elements are those of `view`, which are lent for `'a`.
    Some(unsafe { raw.deref_into_view() })
}

/// The same elements in row-major order under other lengths, which hold as many, not copied; `None`
/// if no strides show them so.
pub(crate) fn reshaped<'a>(value: &Value<'a>, lengths: &[usize]) -> Option<Value<'a>> {
    crate::types::with_value!(value, array => match array {
        Strided::Borrowed(array) => {
            let strides = reshaped_strides(array.shape(), array.strides(), lengths)?;
            let operand = Operand::new(ARENA, value.dtype(), lengths, &strides, 0);
            // SAFETY: the elements are those of `array`, which are lent for `'a`.
            Some(Element::wrap(Strided::Borrowed(unsafe { viewed(array, &operand) })))
        }
        _ => value.viewed(lengths),
    })
}

/// # Safety
/// `operand` tells of elements of `array`, from its first on.
unsafe fn viewed<'a, T: Element>(
    array: &ArrayViewD<'a, T>,
    operand: &Operand,
) -> ArrayViewD<'a, T> {
    // SAFETY: the caller's promise; the elements are lent for `'a`.
    unsafe { view(array.as_ptr().cast_mut().cast(), operand) }
}

/// The strides with which an array of these lengths and strides is one of the lengths `wanted`:
/// groups of axes that hold as many elements on both sides correspond, and within each the old axes
/// must continue each other.
fn reshaped_strides(
    lengths: &[usize],
    strides: &[isize],
    wanted: &[usize],
) -> Option<SmallVec<[isize; 8]>> {
    if lengths.contains(&0) || wanted.contains(&0) {
        return None;
    }
    let axes = lengths.iter().zip(strides).filter(|axis| *axis.0 > 1);
    let mut old: SmallVec<[(usize, isize); 8]> =
        axes.map(|(&length, &stride)| (length, stride)).collect();
    let mut found: SmallVec<[isize; 8]> = wanted.iter().map(|_| 0).collect();
    // From the last axes on both sides.
    for (place, &length) in found.iter_mut().zip(wanted).rev() {
        if length == 1 {
            continue;
        }
        // Axes that continue the last one are taken together with it, as many as are needed.
        let (mut there, stride) = old.pop()?;
        while there % length != 0 {
            let (outer, outer_stride) = old.pop()?;
            if outer_stride != stride * there as isize {
                return None;
            }
            there *= outer;
        }
        *place = stride;
        if there > length {
            old.push((there / length, stride * length as isize));
        }
    }
    old.is_empty().then_some(found)
}

/// Where a view lies in another array.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Spot {
    /// In bytes from the other's first element.
    pub(crate) start: isize,
    /// In elements.
    pub(crate) strides: Box<[isize]>,
}

impl Frame {
    /// A frame whose block of `bytes` bytes is not touched, so that it costs address space only;
    /// `None` if even that is not to be had.
    pub(crate) fn untouched(bytes: usize) -> Option<Frame> {
        let block = Block::new(bytes)?;
        let arena = Base {
            start: block.start(),
            low: 0,
            high: bytes as isize,
            writable: true,
        };
        Some(Frame {
            block,
            id: 0,
            bases: vec![Cell::new(arena)],
        })
    }

    /// Where `view` lies as seen from the array `operand` of the frame's own block, if it lies in
    /// there.
    pub(crate) fn locate(&self, view: &Value<'_>, operand: &Operand) -> Option<Spot> {
        let origin = self.pointer(operand).addr();
        let own = self.block.start().addr();
        crate::types::with_value!(view, array => {
            let array = array.view();
            let first = array.as_ptr().addr();
            (own..own + self.block.bytes()).contains(&first).then(|| Spot {
                start: first.wrapping_sub(origin) as isize,
                strides: array.strides().into(),
            })
        })
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame")
            .field("bytes", &self.block.bytes())
            .finish()
    }
}

/// The first element of an array, and how many bytes it reaches down and up from there.
#[inline]
fn extent<T>(first: *const T, shape: &[usize], strides: &[isize]) -> (*mut u8, isize, isize) {
    let (low, high) = reach(size_of::<T>(), shape, strides);
    (first.cast_mut().cast(), low, high)
}

/// # Safety
/// The elements of `operand`, of which the first lies at `start`, must be alive, initialized and
/// unchanged for `'f`.
unsafe fn view<'f, T: Element>(start: *mut u8, operand: &Operand) -> ArrayViewD<'f, T> {
    if operand.len() == 0 {
        // No memory belongs to it.
        let start = NonNull::<T>::dangling().as_ptr();
        // SAFETY: there are no elements.
        return unsafe { ArrayViewD::from_shape_ptr(IxDyn(&operand.shape), start) };
    }
    // ndarray takes no negative strides here: such axes are turned around twice.
    let mut lowest = start.cast::<T>();
    let mut strides = IxDyn(&operand.shape);
    let mut turned = false;
    for (axis, (&length, &stride)) in operand.shape.iter().zip(&operand.strides).enumerate() {
        strides[axis] = stride.unsigned_abs();
        if stride < 0 {
            lowest = lowest.wrapping_offset(stride * (length as isize - 1));
            turned = true;
        }
    }
    // SAFETY: the caller's promise.
    let mut array =
        unsafe { ArrayViewD::from_shape_ptr(IxDyn(&operand.shape).strides(strides), lowest) };
    if turned {
        let backwards = operand
            .strides
            .iter()
            .enumerate()
            .filter(|(_, stride)| **stride < 0);
        backwards.for_each(|(axis, _)| array.invert_axis(Axis(axis)));
    }
    array
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, arr0, s};

    /// A frame serves one plan after the other, and sees of each only what is its own.
    #[test]
    fn a_frame_changes_hands() {
        let constant = |number: f32| Arc::new(f32::wrap(arr0(number).into_dyn().into()));
        let small = Bases::new(100, 2, vec![(1, constant(1.0))]);
        let large = Bases::new(1000, 3, vec![(2, constant(2.0))]);
        let number = Operand::row_major(1, DType::Float32, &[], 0);
        let mut frame = Frame::empty();
        frame.prepare(&small).unwrap();
        assert_eq!(frame.number(&number), Some(1.0f32));
        frame.prepare(&large).unwrap();
        let other = Operand::row_major(2, DType::Float32, &[], 0);
        assert_eq!((frame.number(&other), frame.bytes()), (Some(2.0f32), 1000));
        let own = Operand::row_major(ARENA, DType::Float32, &[250], 0);
        assert_eq!(frame.value(&own).shape(), [250]);
        frame.prepare(&small).unwrap();
        assert_eq!((frame.number(&number), frame.bytes()), (Some(1.0f32), 1000));
    }

    fn lent(array: &ArrayViewD<'_, f32>) -> (Frame, Operand) {
        let mut frame = Frame::empty();
        frame.prepare(&Bases::new(0, 2, Vec::new())).unwrap();
        let value = Value::Float32(Strided::Borrowed(array.clone()));
        frame.lend(1, &value);
        (
            frame,
            Operand::new(1, DType::Float32, array.shape(), array.strides(), 0),
        )
    }

    #[test]
    fn an_operand_shows_the_elements_of_what_was_lent_whatever_its_strides() {
        let array = Array2::from_shape_fn((4, 6), |(i, j)| (10 * i + j) as f32);
        let views = [
            array.view().into_dyn(),
            array.t().into_dyn(),
            array.slice(s![..;-1, 1..;2]).into_dyn(),
            array.slice(s![1..3, ..;-3]).reversed_axes().into_dyn(),
            array.slice(s![.., 0..0]).into_dyn(),
        ];
        for expected in views {
            let (frame, operand) = lent(&expected);
            assert_eq!(
                f32::unwrap(&frame.value(&operand)).map(Strided::view),
                Some(expected)
            );
        }
    }

    #[test]
    #[should_panic(expected = "does not lie in its base")]
    fn an_operand_beyond_its_base_is_caught() {
        let array = Array2::<f32>::zeros((2, 3));
        let (frame, mut operand) = lent(&array.view().into_dyn());
        operand = Operand::new(1, DType::Float32, &operand.shape, &operand.strides, 4);
        frame.value(&operand);
    }

    #[test]
    #[should_panic(expected = "only lent to be read")]
    fn what_is_lent_to_be_read_cannot_be_written() {
        let array = Array2::<f32>::zeros((2, 3));
        let (frame, operand) = lent(&array.view().into_dyn());
        frame.value_mut(&operand);
    }

    /// NumPy says which arrays can be seen in another shape.
    #[test]
    fn shapes_change_without_a_copy_where_strides_can_show_it() {
        let found = |lengths: &[usize], strides: &[isize], wanted: &[usize]| {
            reshaped_strides(lengths, strides, wanted).map(|strides| strides.to_vec())
        };
        assert_eq!(found(&[4, 6], &[6, 1], &[2, 12]), Some(vec![12, 1]));
        assert_eq!(found(&[4, 6], &[6, 1], &[24]), Some(vec![1]));
        assert_eq!(
            found(&[4, 6], &[10, 1], &[4, 2, 1, 3]),
            Some(vec![10, 3, 0, 1])
        );
        assert_eq!(found(&[4, 6], &[10, 1], &[2, 2, 6]), Some(vec![20, 10, 1]));
        assert_eq!(found(&[4, 6], &[10, 1], &[24]), None);
        assert_eq!(found(&[4, 6], &[1, 4], &[24]), None);
        assert_eq!(
            found(&[4, 6], &[1, 4], &[2, 2, 3, 2]),
            Some(vec![2, 1, 8, 4])
        );
        assert_eq!(found(&[4, 6], &[0, 0], &[3, 8]), Some(vec![0, 0]));
        assert_eq!(found(&[6], &[-1], &[2, 3]), Some(vec![-3, -1]));
        assert_eq!(found(&[4, 6], &[6, 1], &[3, 9]), None);
        assert_eq!(found(&[1, 1], &[7, 9], &[]), Some(vec![]));
    }
}
