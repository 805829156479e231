//! [`Pooled`]: what is computed of windows, cut into parts that threads share; and a step of a plan
//! that hands them on one by one.

use std::marker::PhantomData;
use std::slice;
use std::sync::Arc;

use super::super::memory::{ALIGNMENT, Operand};
use super::super::pieces::{each_part_with_room, each_stretch};
use super::super::pool::Pool;
use super::super::product::{Producer, ProductRun, hand_on};
use super::windows::Windows;
use crate::types::{Numeric, Result, Value, memory};

/// What a part is computed of. What no use is made of is empty.
#[derive(Clone, Copy)]
pub(crate) struct Operands<'a, T> {
    /// The pictures from one of their elements on, and which one that is.
    pub(super) x: &'a [T],
    pub(super) x_start: usize,
    /// The results of their windows, and the gradient of these.
    pub(super) y: &'a [T],
    pub(super) dy: &'a [T],
}

impl<'a, T> Operands<'a, T> {
    pub(super) fn new([x, y, dy]: [&'a [T]; 3]) -> Self {
        Operands {
            x,
            x_start: 0,
            y,
            dy,
        }
    }
}

/// What is computed of windows.
pub(crate) trait Pooled<T>: Copy + Send + Sync + 'static {
    /// Where the parts of the result end, which has elements.
    ///
    /// # Errors
    /// `ResourceExhausted`.
    fn ends(self, windows: &Windows) -> Result<Vec<usize>>;

    /// Whether there are as many results as the pictures have elements, and each part is computed
    /// of those elements of the pictures alone in whose places its results belong.
    fn is_local(self, windows: &Windows) -> bool {
        let _ = windows;
        false
    }

    /// Writes the part of the result that begins at `start`.
    fn part(self, windows: &Windows, operands: Operands<'_, T>, start: usize, out: &mut [T]);
}

impl Windows {
    /// Writes what is computed to `out`.
    ///
    /// # Errors
    /// `ResourceExhausted`.
    pub(super) fn compute<T: Numeric>(
        &self,
        pool: &Pool,
        pooled: impl Pooled<T>,
        operands: Operands<'_, T>,
        out: &mut [T],
    ) -> Result<()> {
        if out.is_empty() {
            return Ok(());
        }
        let ends = pooled.ends(self)?;
        each_stretch(pool, out, &ends, &|i, out| {
            pooled.part(self, operands, start(&ends, i), out);
        });
        Ok(())
    }
}

/// Where part `i` starts.
fn start(ends: &[usize], i: usize) -> usize {
    i.checked_sub(1).map_or(0, |before| ends[before])
}

/// The largest part that is handed on, in bytes: it is to stay in a core's own cache.
const LARGEST: usize = 1 << 19;

/// A step of a plan.
struct Step<T, P> {
    windows: Windows,
    pooled: P,
    ends: Vec<usize>,
    /// How many bytes a thread needs for a part.
    room: usize,
    is_local: bool,
    /// Which of the step's operands are those of `P`.
    operands: [Option<usize>; 3],
    element: PhantomData<fn() -> T>,
}

/// A step of a plan that computes `pooled`, of those of its operands with these numbers; `None` if
/// there is nothing to be computed, or if its parts are large.
pub(crate) fn producer<T: Numeric>(
    windows: Windows,
    pooled: impl Pooled<T>,
    operands: [Option<usize>; 3],
) -> Option<Arc<dyn Producer>> {
    if windows.input_len() == 0 || windows.output_len() == 0 {
        return None;
    }
    let ends = pooled.ends(&windows).ok()?;
    let lengths = (0..ends.len()).map(|i| ends[i] - start(&ends, i));
    let room = lengths.max()? * size_of::<T>();
    let is_local = pooled.is_local(&windows) && ends.last() == Some(&windows.input_len());
    (room <= LARGEST).then(|| -> Arc<dyn Producer> {
        Arc::new(Step {
            windows,
            pooled,
            ends,
            room: room.next_multiple_of(ALIGNMENT),
            is_local,
            operands,
            element: PhantomData::<fn() -> T>,
        })
    })
}

impl<T: Numeric, P: Pooled<T>> Producer for Step<T, P> {
    fn operand(&self, _: usize, operand: Operand) -> Operand {
        operand
    }

    fn reads_in_order(&self) -> bool {
        true
    }

    fn may_overwrite(&self) -> Option<usize> {
        self.operands[0].filter(|_| self.is_local)
    }

    fn workspace(&self, threads: usize) -> usize {
        threads * self.room
    }

    fn run(&self, run: ProductRun<'_>) {
        let (frame, overwritten) = (run.frame, self.may_overwrite());
        let value = |i: Option<usize>| i.map(|i| frame.value(&run.operands[i]));
        // What may be overwritten meanwhile is looked at part by part.
        let x = value(self.operands[0].filter(|_| overwritten.is_none()));
        let [y, dy] = [1, 2].map(|i| value(self.operands[i]));
        let x_parts = overwritten.map(|i| {
            let x = &run.operands[i];
            assert!(x.is_row_major() && x.len() == self.windows.input_len());
            Parts::of(frame.pointer(x))
        });
        let whole = Operands::new([elements(&x), elements(&y), elements(&dy)]);
        let part = |first: usize, out: &mut [T]| {
            let operands = match &x_parts {
                Some(x) => Operands {
                    // SAFETY: the pictures have elements there, as many as there are results; only
                    // this part's results are written there, once it is computed.
                    x: unsafe { x.get(first, out.len()) },
                    x_start: first,
                    ..whole
                },
                None => whole,
            };
            self.pooled.part(&self.windows, operands, first, out);
        };
        let ends = &self.ends;
        let takes_over = |out: &&Operand| overwritten.is_some_and(|i| run.operands[i].covers(out));
        if let Some(out) = run.out.filter(|out| !takes_over(out)) {
            let mut out = frame.value_mut(out);
            let mut out = T::view_mut(&mut out).expect("the result of a pooling is of its type");
            return each_stretch(run.pool, memory::row_major(&mut out), ends, &|i, out| {
                part(start(ends, i), out);
            });
        }
        let (out, ready) = (run.out, run.group.ready(frame));
        let out = out.map(|out| {
            assert!(out.is_row_major() && out.len() == self.windows.input_len());
            Parts::of(frame.pointer_mut(out))
        });
        let (first, bytes) = run.scratch;
        // SAFETY: any bytes are a number, and these are scratch memory, which is aligned and which
        // nobody reads before it is written again.
        let room = unsafe { frame.scratch(first, bytes).align_to_mut::<T>().1 };
        each_part_with_room(run.pool, ends.len(), room, &|i, room, thread| {
            let first = start(ends, i);
            let done = &mut room[..ends[i] - first];
            part(first, done);
            match &out {
                // SAFETY: the results belong there, and no other part does.
                Some(out) => unsafe { out.put(first, done) },
                None => hand_on(&ready, first, done, thread, true),
            }
        });
    }
}

/// An array in row-major order, of which each part is one thread's at a time.
struct Parts<T>(*mut T);

// SAFETY: threads look at different parts.
unsafe impl<T: Send + Sync> Sync for Parts<T> {}

impl<T: Copy> Parts<T> {
    /// Of the array whose first element lies there.
    fn of(first: *mut u8) -> Self {
        Parts(first.cast())
    }

    /// # Safety
    /// So many elements lie there, initialized, and are not written while they are lent.
    unsafe fn get(&self, first: usize, count: usize) -> &[T] {
        // SAFETY: the caller's promise, here and below.
        unsafe { slice::from_raw_parts(self.0.wrapping_add(first), count) }
    }

    /// # Safety
    /// So many elements may be written there, and nobody else looks at them.
    unsafe fn put(&self, first: usize, elements: &[T]) {
        let to = self.0.wrapping_add(first);
        unsafe { to.copy_from_nonoverlapping(elements.as_ptr(), elements.len()) };
    }
}

/// The elements of an operand; none if there is none.
fn elements<'v, T: Numeric>(value: &'v Option<Value<'_>>) -> &'v [T] {
    let Some(value) = value else {
        return &[];
    };
    let elements = T::unwrap(value).and_then(|array| array.view().to_slice());
    elements.expect("a pooling's operands are arrays of its type, in order")
}
