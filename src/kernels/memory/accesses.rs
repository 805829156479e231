//! [`Accesses`]: what the steps of a plan do with memory, checked once for each plan.
//!
//! A [`Frame`](super::Frame) hands out views by operands, many at a time, and cannot see whether
//! they overlap. So a plan tells here, step by step, what it reads and writes and what is lent to
//! it when; only of a plan that holds to these rules there are [`Bases`], and only by these is a
//! frame made ready:
//!
//! - An operand lies within its base, which is there by then and was not let go of; it is written
//!   only if the base may be.
//! - What a step writes overlaps nothing else that it reads or writes, unless both are gone through
//!   element by element, in the same order.
//! - What a step's results may be views of is neither written nor let go of by later steps.

use std::collections::BTreeMap;
use std::sync::Arc;

use smallvec::SmallVec;

use super::{ARENA, Bases, NOWHERE, Operand};
use crate::types::{Error, Result, Value};

/// The accesses of a plan's steps, one after the other.
pub(crate) struct Accesses {
    bases: Bases,
    /// What is there of each base at this point.
    there: Vec<There>,
    /// What the step at hand does.
    step: SmallVec<[Access; 16]>,
    /// What views may be left of: from where in which base to where. No two overlap.
    viewed: BTreeMap<(usize, isize), isize>,
    steps: usize,
}

/// What is there of a base, in bytes from its first element on.
#[derive(Clone, Copy)]
struct There {
    low: isize,
    high: isize,
    writable: bool,
}

/// A stretch of a base, and what is done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Access {
    base: usize,
    low: isize,
    high: isize,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// Read element by element, each before anything is written in its place.
    ReadInOrder,
    /// Written element by element, each after all that is read in its place.
    WriteInOrder,
    Read,
    Write,
}

impl Access {
    fn writes(&self) -> bool {
        matches!(self.kind, Kind::Write | Kind::WriteInOrder)
    }

    fn is_in_order(&self) -> bool {
        matches!(self.kind, Kind::ReadInOrder | Kind::WriteInOrder)
    }

    /// Both as one, if one may take the place of the other.
    fn together(&self, other: &Access) -> Option<Access> {
        let is_same = (self.base, self.low, self.high) == (other.base, other.low, other.high);
        let fits = is_same
            && self.is_in_order()
            && other.is_in_order()
            && !(self.writes() && other.writes());
        fits.then_some(Access {
            kind: self.kind.max(other.kind),
            ..*self
        })
    }
}

/// How far the accesses before one reach, of those in the same base.
#[derive(Default)]
struct Before {
    base: usize,
    /// Where they end, if there are any.
    end: Option<isize>,
    /// Where those end that write.
    written: Option<isize>,
}

impl Before {
    /// Whether one of them overlaps an access that does not begin before them, and one of both
    /// writes.
    fn overlap(&self, access: &Access) -> bool {
        let end = if access.writes() {
            self.end
        } else {
            self.written
        };
        self.base == access.base && end.is_some_and(|end| access.low < end)
    }

    fn add(&mut self, access: &Access) {
        if self.base != access.base {
            *self = Before {
                base: access.base,
                ..Before::default()
            };
        }
        self.end = self.end.max(Some(access.high));
        if access.writes() {
            self.written = self.written.max(Some(access.high));
        }
    }
}

impl Accesses {
    /// Of a plan with `bytes` bytes in the arena and `count` bases, the arena among them, some of
    /// which are constants.
    pub(crate) fn new(
        bytes: usize,
        count: usize,
        constants: Vec<(usize, Arc<Value<'static>>)>,
    ) -> Accesses {
        let bases = Bases::new(bytes, count, constants);
        let there = |base: &super::Base| There {
            low: base.low,
            high: base.high,
            writable: base.writable,
        };
        // Few: one for each base of a plan.
        let mut there: Vec<There> = bases.bases.iter().map(there).collect();
        there[ARENA] = There {
            low: 0,
            high: bytes as isize,
            writable: true,
        };
        Accesses {
            bases,
            there,
            step: SmallVec::new(),
            viewed: BTreeMap::new(),
            steps: 0,
        }
    }

    /// From here on the array that is lent to the base of `operand` is there, which is `operand`,
    /// to be read.
    pub(crate) fn lend(&mut self, operand: &Operand) {
        self.set(operand, false);
    }

    /// As [`lend`](Accesses::lend), to be read and written.
    pub(crate) fn lend_mut(&mut self, operand: &Operand) {
        self.set(operand, true);
    }

    fn set(&mut self, operand: &Operand, writable: bool) {
        let (low, high) = operand.extent();
        let there = There {
            low,
            high,
            writable,
        };
        self.there[operand.base] = there;
    }

    /// From here on nothing is there of a base.
    ///
    /// # Errors
    /// `Internal` if there may be views of it.
    pub(crate) fn let_go(&mut self, base: usize) -> Result<()> {
        self.there[base] = There {
            low: NOWHERE.low,
            high: NOWHERE.high,
            writable: NOWHERE.writable,
        };
        let mut viewed = self.viewed.range((base, isize::MIN)..=(base, isize::MAX));
        match viewed.next() {
            None => Ok(()),
            Some(_) => Err(self.broken(&format!("base {base} is let go of, and may be viewed"))),
        }
    }

    /// The step reads `operand`.
    pub(crate) fn read(&mut self, operand: &Operand) {
        self.push(operand, Kind::Read);
    }

    /// The step reads `operand` element by element, each before anything is written in its place.
    pub(crate) fn read_in_order(&mut self, operand: &Operand) {
        self.push(operand, Kind::ReadInOrder);
    }

    /// The step writes `operand`.
    pub(crate) fn write(&mut self, operand: &Operand) {
        self.push(operand, Kind::Write);
    }

    /// The step writes `operand` element by element, each after all that is read in its place.
    pub(crate) fn write_in_order(&mut self, operand: &Operand) {
        self.push(operand, Kind::WriteInOrder);
    }

    fn push(&mut self, operand: &Operand, kind: Kind) {
        let ((low, high), base) = (operand.extent(), operand.base);
        if low < high {
            self.step.push(Access {
                base,
                low,
                high,
                kind,
            });
        }
    }

    /// The step uses `bytes` bytes of the arena as it likes.
    pub(crate) fn scratch(&mut self, start: usize, bytes: usize) {
        let (low, high) = (start as isize, (start + bytes) as isize);
        if low < high {
            self.step.push(Access {
                base: ARENA,
                low,
                high,
                kind: Kind::Write,
            });
        }
    }

    /// Ends a step.
    ///
    /// # Errors
    /// `Internal` if the step breaks a rule.
    pub(crate) fn end_step(&mut self) -> Result<()> {
        self.end(|_| false)
    }

    /// Ends a step of which the results may be views of what it reads.
    ///
    /// # Errors
    /// `Internal` if the step breaks a rule.
    pub(crate) fn end_viewing_step(&mut self) -> Result<()> {
        self.end(|access| !access.writes())
    }

    /// Ends a step, and notes of which stretches there may be views.
    fn end(&mut self, is_viewed: impl Fn(&Access) -> bool) -> Result<()> {
        self.step.sort_unstable();
        let checked = self.check();
        while let Some(access) = self.step.pop() {
            if is_viewed(&access) {
                self.keep(&access);
            }
        }
        self.steps += 1;
        checked
    }

    /// Notes that there may be views of a stretch.
    fn keep(&mut self, access: &Access) {
        let (mut low, mut high) = (access.low, access.high);
        while let Some((start, end)) = self.viewed_before(access.base, high)
            && end >= low
        {
            self.viewed.remove(&(access.base, start));
            (low, high) = (low.min(start), high.max(end));
        }
        self.viewed.insert((access.base, low), high);
    }

    /// The last of the stretches that may be viewed which begins before `place`.
    fn viewed_before(&self, base: usize, place: isize) -> Option<(isize, isize)> {
        let before = self.viewed.range((base, isize::MIN)..(base, place));
        let ((_, start), end) = before.last()?;
        Some((*start, *end))
    }

    /// Checks the accesses of the step, which are in order of their places.
    fn check(&self) -> Result<()> {
        let mut step = self.step.iter().copied().peekable();
        let mut before = Before::default();
        while let Some(mut access) = step.next() {
            while let Some(both) = step.peek().and_then(|next| access.together(next)) {
                access = both;
                step.next();
            }
            self.check_alone(&access)?;
            if before.overlap(&access) {
                return Err(self.broken(&format!("{access:?} overlaps another of its step")));
            }
            before.add(&access);
        }
        Ok(())
    }

    /// Checks an access for itself.
    fn check_alone(&self, access: &Access) -> Result<()> {
        let there = &self.there[access.base];
        if access.low < there.low || there.high < access.high {
            return Err(self.broken(&format!("{access:?} is beyond its base")));
        }
        if access.writes() && !there.writable {
            return Err(self.broken(&format!("{access:?} is of a base that is lent to be read")));
        }
        let viewed = || self.viewed_before(access.base, access.high);
        let is_viewed = access.writes() && viewed().is_some_and(|(_, end)| access.low < end);
        match is_viewed {
            true => Err(self.broken(&format!("{access:?} changes what may be viewed"))),
            false => Ok(()),
        }
    }

    #[cold]
    fn broken(&self, rule: &str) -> Error {
        let number = self.steps;
        Error::internal(format!(
            "access {number} of a plan to memory breaks a rule: {rule}"
        ))
    }

    /// The bases of the plan, all of whose steps have been checked.
    pub(crate) fn finish(self) -> Bases {
        self.bases
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::DType;

    /// An array of `length` floats, `start` bytes from the beginning of a base.
    fn floats(base: usize, start: usize, length: usize) -> Operand {
        Operand::row_major(base, DType::Float32, &[length], start)
    }

    /// A plan with 80 bytes in the arena, a feed of 10 floats in base 1 and a result of 10 floats
    /// in base 2.
    fn plan() -> Accesses {
        let mut accesses = Accesses::new(80, 4, Vec::new());
        accesses.lend(&floats(1, 0, 10));
        accesses.lend_mut(&floats(2, 0, 10));
        accesses
    }

    /// What is said of a plan that does this.
    fn said(told: impl Fn(&mut Accesses) -> Result<()>) -> String {
        match told(&mut plan()) {
            Ok(()) => String::new(),
            Err(error) => error.message().to_string(),
        }
    }

    #[test]
    fn what_is_written_overlaps_nothing() {
        let step = |read: Operand, written: Operand| {
            said(|plan| {
                plan.read(&read);
                plan.write(&written);
                plan.end_step()
            })
        };
        assert_eq!(step(floats(ARENA, 0, 10), floats(ARENA, 40, 10)), "");
        assert_eq!(step(floats(1, 0, 10), floats(2, 0, 10)), "");
        let overlapping = step(floats(ARENA, 0, 10), floats(ARENA, 36, 10));
        assert!(overlapping.contains("overlaps another"), "{overlapping}");
        let inside = step(floats(ARENA, 0, 10), floats(ARENA, 8, 1));
        assert!(inside.contains("overlaps another"), "{inside}");
        let scratch = said(|plan| {
            plan.write(&floats(ARENA, 0, 10));
            plan.read(&floats(ARENA, 44, 1));
            plan.scratch(32, 16);
            plan.end_step()
        });
        assert!(scratch.contains("overlaps another"), "{scratch}");
        let reads = said(|plan| {
            plan.read(&floats(ARENA, 0, 10));
            plan.read(&floats(ARENA, 4, 10));
            plan.end_step()
        });
        assert_eq!(reads, "");
    }

    #[test]
    fn one_may_take_the_place_of_another_in_order() {
        let step = |read: usize, more: Option<Operand>| {
            said(|plan| {
                plan.read_in_order(&floats(ARENA, 0, 10));
                more.iter().for_each(|more| plan.read(more));
                plan.write_in_order(&floats(ARENA, read, 10));
                plan.read_in_order(&floats(ARENA, 0, 10));
                plan.end_step()
            })
        };
        assert_eq!(step(0, None), "");
        assert_eq!(step(0, Some(floats(ARENA, 40, 10))), "");
        for (shifted, more) in [
            (4, None),
            (0, Some(floats(ARENA, 0, 10))),
            (0, Some(floats(ARENA, 4, 2))),
        ] {
            let said = step(shifted, more);
            assert!(said.contains("overlaps another"), "{said}");
        }
        let two = said(|plan| {
            plan.write_in_order(&floats(ARENA, 0, 10));
            plan.write_in_order(&floats(ARENA, 0, 10));
            plan.end_step()
        });
        assert!(two.contains("overlaps another"), "{two}");
    }

    #[test]
    fn an_access_lies_in_a_base_that_is_there() {
        let reads = |operand: Operand| {
            said(|plan| {
                plan.read(&operand);
                plan.end_step()
            })
        };
        assert_eq!(reads(floats(1, 0, 10)), "");
        assert_eq!(reads(floats(3, 0, 0)), "");
        for beyond in [floats(1, 4, 10), floats(ARENA, 44, 10), floats(3, 0, 1)] {
            let said = reads(beyond);
            assert!(said.contains("beyond its base"), "{said}");
        }
        let written = said(|plan| {
            plan.write(&floats(1, 0, 10));
            plan.end_step()
        });
        assert!(written.contains("lent to be read"), "{written}");
        let gone = said(|plan| {
            plan.let_go(1)?;
            plan.read(&floats(1, 0, 10));
            plan.end_step()
        });
        assert!(gone.contains("beyond its base"), "{gone}");
    }

    #[test]
    fn what_may_be_viewed_stays() {
        let written_later = |operand: Operand| {
            said(|plan| {
                for start in [16, 0, 8] {
                    plan.read(&floats(ARENA, start, 2));
                    plan.end_viewing_step()?;
                }
                plan.read(&floats(1, 0, 1));
                plan.end_viewing_step()?;
                plan.write(&operand);
                plan.end_step()
            })
        };
        assert_eq!(written_later(floats(ARENA, 24, 4)), "");
        for start in [0, 8, 20] {
            let said = written_later(floats(ARENA, start, 4));
            assert!(said.contains("what may be viewed"), "{said}");
        }
        let gone = said(|plan| {
            plan.read(&floats(1, 0, 1));
            plan.end_viewing_step()?;
            plan.let_go(1)
        });
        assert!(gone.contains("let go of, and may be viewed"), "{gone}");
    }
}
