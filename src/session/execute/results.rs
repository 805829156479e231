//! What a run hands out: arrays computed where they are wanted, or copied there.

use std::cmp::Reverse;

use ndarray::ArrayViewD;
use smallvec::SmallVec;

use crate::graph::copy;
use crate::kernels::memory::{Frame, Operand};
use crate::kernels::pool::Pool;
use crate::kernels::strided;
use crate::kernels::unset::unset;
use crate::types::{
    DType, Element, Error, NodeRef, Plain, Result, Shape, Strided, Value, ValueMut,
    with_plain_value, with_value,
};

use super::super::fetch::Source;
use super::super::plan::{Place, Plan};
use super::Run;

/// Arrays of fewer bytes than this are copied where they are taken.
const SHARED: usize = 1 << 14;

/// The array of the user's in which result number `number` can be computed.
pub(super) fn place_for<'i, 'o>(
    plan: &Plan,
    number: usize,
    into: &'i mut [ValueMut<'o>],
) -> Option<&'i mut ValueMut<'o>> {
    let result = &plan.results[number];
    into.get_mut(plan.only_fetch[number]?).filter(|place| {
        place.dtype() == result.dtype && place.shape() == &*result.shape && place.is_row_major()
    })
}

/// The arrays that a run makes to hand out, in the order of the plan's; `None` for one that is
/// computed in the user's. After them, if the run changes variables in place, those to which it
/// will copy fetches.
pub(super) type Made = SmallVec<[Option<Value<'static>>; 2]>;

impl Run<'_, '_> {
    /// Copies the fetched values to where they are wanted, unless they were computed there.
    pub(super) fn put_into(&self, into: &mut [ValueMut<'_>]) -> Result<()> {
        for (number, place) in self.plan.fetches.iter().enumerate() {
            let own = self.plan.own_result[number];
            if own.is_some_and(|own| place_for(self.plan, own, into).is_some()) {
                continue;
            }
            put(
                self.machine.pool,
                &self.value_at(place)?,
                into.get_mut(number),
            )?;
        }
        Ok(())
    }

    /// The error, told of the node whose value is fetch number `number`.
    fn at_fetch(&self, error: Error, number: usize) -> Error {
        match self.plan.fetch_nodes.get(number) {
            Some(node) => self.at_node(error, *node),
            None => error,
        }
    }

    fn value_at(&self, place: &Place) -> Result<Value<'_>> {
        match place {
            Place::Operand(operand) => Ok(self.frame.value(operand)),
            Place::Slot(slot) => Ok(self.slot(*slot)?.reborrow()),
        }
    }
}

/// The results of a run that has ended.
pub(super) struct Fetched<'r, 'p, 'f> {
    run: &'r Run<'p, 'f>,
    made: Made,
    /// The copies of values that are asked for again, each with the number of the next fetch of it.
    again: Vec<(usize, Value<'static>)>,
}

impl Source for Fetched<'_, '_, '_> {
    fn place(&self, number: usize) -> Option<(&Frame, &Operand)> {
        match self.run.plan.fetches.get(number)? {
            Place::Operand(operand) => Some((self.run.frame, operand)),
            Place::Slot(_) => None,
        }
    }

    fn node(&self, number: usize) -> Option<NodeRef> {
        let node = *self.run.plan.fetch_nodes.get(number)?;
        Some(self.run.machine.graph.node_ref(node))
    }

    fn value(&mut self, number: usize) -> Result<Value<'_>> {
        if let Some(memory) = self.set_aside(number) {
            return Ok(self.copy_to(memory, number)?.reborrow());
        }
        let fetches = &self.run.plan.fetches;
        let operand = match fetches.get(number) {
            Some(Place::Operand(operand)) => operand,
            Some(Place::Slot(slot)) => {
                let value = self.run.slot(*slot)?.reborrow();
                return match value.is_borrowed() {
                    true => Self::unless_small(self.run, &mut self.again, value, number),
                    false => Ok(value),
                };
            }
            None => {
                let wanted = fetches.len();
                return Err(Error::invalid_argument(format!(
                    "more results are taken than the {wanted} of the tensors that were asked for"
                ))
                .with_help("Fetch::collect must take as many as Fetch::request asks for"));
            }
        };
        let own = self.run.plan.own_result[number];
        match own.and_then(|own| self.made.get_mut(own)?.take()) {
            // Nobody else looks at it, so it is handed out itself.
            Some(made) => Ok(made.reborrow()),
            None => {
                let value = self.run.frame.value(operand);
                Self::unless_small(self.run, &mut self.again, value, number)
            }
        }
    }
}

impl<'r, 'p, 'f> Fetched<'r, 'p, 'f> {
    #[inline]
    pub(super) fn new(run: &'r Run<'p, 'f>, made: Made) -> Self {
        Fetched {
            run,
            made,
            again: Vec::new(),
        }
    }

    /// The array to which a fetched value is to be copied, if there is one already.
    fn set_aside(&mut self, number: usize) -> Option<Value<'static>> {
        let plan = self.run.plan;
        if self.made.len() == plan.results.len() {
            return None;
        }
        let found = plan.copied_fetches.binary_search(&number).ok()?;
        self.made.get_mut(plan.results.len() + found)?.take()
    }

    /// A borrowed value as it is if it is small: whoever takes it makes a copy. For a large one, a
    /// copy, made by all threads. If the value is fetched again, the
    /// later fetches get the same copy; one that needs an array of its own then copies that.
    fn unless_small<'v>(
        run: &'v Run<'_, '_>,
        again: &mut Vec<(usize, Value<'static>)>,
        value: Value<'v>,
        number: usize,
    ) -> Result<Value<'v>> {
        if value.bytes() < SHARED {
            return Ok(value);
        }
        let made = again.iter().position(|(next, _)| *next == number);
        let copy = match made {
            Some(made) => again.swap_remove(made).1,
            None => {
                let pool = run.machine.pool;
                let copy = with_plain_value!(
                    &value,
                    array => copied(pool, &array.view()).map(Element::wrap),
                    value.copied()
                );
                let copy: Value<'static> = copy.map_err(|error| run.at_fetch(error, number))?;
                run.allowance.take(copy.bytes());
                copy
            }
        };
        let fetches = &run.plan.fetches;
        let later = fetches
            .iter()
            .skip(number + 1)
            .position(|later| *later == fetches[number]);
        if let Some(later) = later {
            again.push((number + 1 + later, copy.clone()));
        }
        Ok(copy.reborrow())
    }

    /// A copy of a fetched value in this array.
    fn copy_to(&self, mut memory: Value<'static>, number: usize) -> Result<Value<'static>> {
        let value = self.run.value_at(&self.run.plan.fetches[number])?;
        with_value!(&mut memory, array => copy(self.run.machine.pool, &value, &mut Element::wrap_mut(array.view_mut()?)));
        Ok(memory)
    }
}

/// A copy of an array. One whose elements lie together keeps their order in memory.
///
/// # Errors
/// `ResourceExhausted`.
fn copied<T: Plain>(pool: &Pool, array: &ArrayViewD<'_, T>) -> Result<Strided<'static, T>> {
    let order = match array.as_slice_memory_order() {
        Some(_) => order_in_memory(array.strides()),
        None => (0..array.ndim()).collect(),
    };
    let from = array.view().permuted_axes(&*order);
    let mut copy = unset::<T>(from.shape())?;
    strided::copy(pool, from, copy.view_mut());
    let mut back = order.clone();
    for (place, &axis) in order.iter().enumerate() {
        back[axis] = place;
    }
    Ok(copy.permuted_axes(&*back).into())
}

/// The axes of an array whose elements lie together in the order in which they do, unless that is
/// backwards somewhere.
fn order_in_memory(strides: &[isize]) -> SmallVec<[usize; 8]> {
    let mut order: SmallVec<[usize; 8]> = (0..strides.len()).collect();
    if strides.iter().all(|&stride| stride >= 0) {
        order.sort_by_key(|&axis| Reverse(strides[axis]));
    }
    order
}

/// Fails if a result of this type and shape does not fit into the place that it is for.
///
/// # Errors
/// `InvalidArgument`.
pub(super) fn expect_to_fit(
    dtype: DType,
    shape: &[usize],
    target: Option<&ValueMut<'_>>,
) -> Result<()> {
    let target = target.ok_or_else(|| Error::internal("a place is missing for a result"))?;
    if dtype != target.dtype() {
        let given = target.dtype();
        return Err(Error::invalid_argument(format!(
            "an array of {given} was given for a result of {dtype}"
        )));
    }
    if shape == target.shape()
        || (target.shape().is_empty() && shape.iter().all(|&length| length == 1))
    {
        return Ok(());
    }
    let [given, result] = [target.shape(), shape].map(|shape| Shape::from(shape).to_string());
    let message = format!("an array of shape {given} was given for a result of shape {result}");
    Err(Error::invalid_argument(message)
        .with_help("give what an earlier run with these feeds gave"))
}

/// Copies a result to where it is wanted.
///
/// # Errors
/// As [`expect_to_fit`].
fn put(pool: &Pool, value: &Value<'_>, target: Option<&mut ValueMut<'_>>) -> Result<()> {
    match target {
        Some(target) if value.dtype() == target.dtype() && value.shape() == target.shape() => {
            copy(pool, value, target);
        }
        target => {
            expect_to_fit(value.dtype(), value.shape(), target.as_deref())?;
            if let Some(target) = target {
                // A single number.
                copy(pool, &value.clone().reshaped(&[])?, target);
            }
        }
    }
    Ok(())
}
