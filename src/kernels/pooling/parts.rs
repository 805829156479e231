//! [`Pooled`]: what is computed of windows, cut into parts that threads share; and a step of a plan
//! that hands them on one by one.

use std::marker::PhantomData;
use std::sync::Arc;

use super::super::memory::{ALIGNMENT, Operand};
use super::super::pieces::{each_part_with_room, each_stretch};
use super::super::pool::Pool;
use super::super::product::{Producer, ProductRun, hand_on};
use super::windows::Windows;
use crate::types::{Numeric, Result, Value, memory};

/// What is computed of windows.
pub(crate) trait Pooled<T>: Copy + Send + Sync + 'static {
    /// Where the parts of the result end, which has elements.
    ///
    /// # Errors
    /// `ResourceExhausted`.
    fn ends(self, windows: &Windows) -> Result<Vec<usize>>;

    /// Writes the part of the result that begins at `start`, of the pictures, the results of their
    /// windows, and the gradient of these. Those of which no use is made are empty.
    fn part(self, windows: &Windows, operands: [&[T]; 3], start: usize, out: &mut [T]);
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
        operands: [&[T]; 3],
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
    (room <= LARGEST).then(|| -> Arc<dyn Producer> {
        Arc::new(Step {
            windows,
            pooled,
            ends,
            room: room.next_multiple_of(ALIGNMENT),
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

    fn workspace(&self, threads: usize) -> usize {
        threads * self.room
    }

    fn run(&self, run: ProductRun<'_>) {
        let value = |i: Option<usize>| i.map(|i| run.frame.value(&run.operands[i]));
        let values = self.operands.map(value);
        let [x, y, dy] = &values;
        let operands = [elements(x), elements(y), elements(dy)];
        let (windows, pooled, ends) = (&self.windows, self.pooled, &self.ends);
        if let Some(out) = run.out {
            let mut out = run.frame.value_mut(out);
            let mut out = T::view_mut(&mut out).expect("the result of a pooling is of its type");
            return each_stretch(run.pool, memory::row_major(&mut out), ends, &|i, out| {
                pooled.part(windows, operands, start(ends, i), out);
            });
        }
        let ready = run.group.ready(run.frame);
        let (first, bytes) = run.scratch;
        // SAFETY: any bytes are a number, and these are scratch memory, which is aligned and which
        // nobody reads before it is written again.
        let room = unsafe { run.frame.scratch(first, bytes).align_to_mut::<T>().1 };
        each_part_with_room(run.pool, ends.len(), room, &|i, room, thread| {
            let first = start(ends, i);
            let part = &mut room[..ends[i] - first];
            pooled.part(windows, operands, first, part);
            hand_on(&ready, first, part, thread, true);
        });
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
