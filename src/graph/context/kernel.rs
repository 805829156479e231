//! [`Kernel`]: all that a kernel works with.

use std::any::Any;

use ndarray::{ArrayViewD, ArrayViewMutD};

use crate::kernels::broadcast::is_broadcast_to;
use crate::kernels::group::run_single;
use crate::kernels::pool::Pool;
use crate::kernels::tile::Elementwise;
use crate::kernels::unset::unset_value;
use crate::types::{Element, Error, Plain, Result, Shape, Strided, Value};

use super::{Inputs, Outputs, copy};

/// A variable that an op updates.
#[derive(Debug)]
pub struct RefSlot {
    pub(crate) value: Option<Value<'static>>,
    /// Memory for a new value.
    pub(crate) set_aside: Option<Value<'static>>,
}

impl RefSlot {
    /// A variable with this value.
    pub(crate) fn new(value: Option<Value<'static>>) -> RefSlot {
        RefSlot {
            value,
            set_aside: None,
        }
    }

    /// Gives the variable the elements of `value`, where it has memory for them or in what was set
    /// aside.
    ///
    /// # Errors
    /// `ResourceExhausted` if there is no memory for them.
    pub(crate) fn copy_from<T: Element>(
        &mut self,
        pool: &Pool,
        value: ArrayViewD<'_, T>,
    ) -> Result<()> {
        let fits = |old: &Value<'_>| old.dtype() == T::DTYPE && old.shape() == value.shape();
        if !self.value.as_ref().is_some_and(fits) {
            self.value = Some(match self.set_aside.take().filter(fits) {
                Some(place) => place,
                None => unset_value(T::DTYPE, value.shape())?,
            });
        }
        let mut place = T::wrap_mut(self.view_mut::<T>()?);
        copy(pool, &T::wrap(Strided::Borrowed(value)), &mut place);
        Ok(())
    }

    /// Replaces the value. Variables lie in row-major order, so that is what the new value is
    /// brought into if need be.
    ///
    /// # Errors
    /// `ResourceExhausted` if there is no memory for that.
    pub fn assign(&mut self, value: Value<'static>) -> Result<()> {
        self.value = Some(value.into_row_major()?);
        Ok(())
    }

    /// The elements, to be changed in place; copied first only if someone still reads them.
    ///
    /// # Errors
    /// `FailedPrecondition` if the variable is uninitialized, `ResourceExhausted` if there is no
    /// memory for a copy.
    pub fn view_mut<T: Element>(&mut self) -> Result<ArrayViewMutD<'_, T>> {
        match self.value.as_mut().map(T::unwrap_mut) {
            Some(Some(array)) => array.view_mut(),
            Some(None) => Err(Error::of_op(format!(
                "a variable was updated as {}",
                T::DTYPE
            ))),
            None => Err(Error::failed_precondition(
                "Attempting to use uninitialized value",
            )),
        }
    }

    /// The current value, if there is one.
    pub fn value(&self) -> Option<&Value<'static>> {
        self.value.as_ref()
    }
}

/// What a kernel works with.
#[derive(Debug)]
pub struct Kernel<'r, 'v> {
    /// The inputs; of an op that updates variables, those after the variables.
    pub inputs: Inputs<'r, 'v>,
    /// The outputs, to be filled.
    pub outputs: Outputs<'v>,
    /// The variables that the op updates.
    pub refs: &'r mut [RefSlot],
    state: Option<&'r mut (dyn Any + Send)>,
    /// The threads of the session, or the one that asks outside of a run.
    pub(crate) pool: &'r Pool,
}

impl<'r, 'v> Kernel<'r, 'v> {
    pub(crate) fn new(
        inputs: Inputs<'r, 'v>,
        outputs: Outputs<'v>,
        refs: &'r mut [RefSlot],
        state: Option<&'r mut (dyn Any + Send)>,
        pool: &'r Pool,
    ) -> Self {
        Kernel {
            inputs,
            outputs,
            refs,
            state,
            pool,
        }
    }

    /// Computes output 0, of this shape and of elements of type `T`, by an element-wise kernel of
    /// all inputs, which are broadcast to the shape.
    ///
    /// # Errors
    /// If an input cannot be broadcast so; `ResourceExhausted` if there is no memory for the
    /// output.
    pub fn compute_each<T: Plain>(
        &mut self,
        kernel: &dyn Elementwise,
        shape: &[usize],
    ) -> Result<()> {
        let mut inputs = self.inputs.values().iter();
        if let Some(input) = inputs.find(|input| !is_broadcast_to(input.shape(), shape)) {
            let [input, shape] = [input.shape(), shape].map(|shape| Shape::from(shape).bracketed());
            let message = format!("an array of shape {input} is not broadcast to shape {shape}");
            return Err(Error::of_op(message));
        }
        self.compute_each_of::<T>(kernel, self.inputs.values(), shape)
    }

    /// As [`compute_each`](Kernel::compute_each), of these operands.
    pub(crate) fn compute_each_of<T: Plain>(
        &mut self,
        kernel: &dyn Elementwise,
        operands: &[Value<'_>],
        shape: &[usize],
    ) -> Result<()> {
        if let Some(operand) = operands.iter().find(|operand| !operand.dtype().is_plain()) {
            let message = format!("elements of type {} are not numbers", operand.dtype());
            return Err(Error::unimplemented(message));
        }
        let mut out = T::wrap_mut(self.outputs.alloc_unset::<T>(0, shape)?);
        run_single(self.pool, kernel, operands, &mut out);
        Ok(())
    }

    /// The variables that the op updates, `N` of them.
    ///
    /// # Errors
    /// If the op updates another number of variables.
    pub fn variables<const N: usize>(&mut self) -> Result<&mut [RefSlot; N]> {
        let found = self.refs.len();
        let message = || format!("the op updates {found} variables but asked for {N}");
        self.refs.try_into().map_err(|_| Error::of_op(message()))
    }

    /// The op's own state in this session.
    ///
    /// # Errors
    /// If the op has no state of type `S`.
    pub fn state<S: 'static>(&mut self) -> Result<&mut S> {
        let state = self.state.as_mut().and_then(|state| state.downcast_mut());
        state.ok_or_else(|| Error::of_op("the op asked for a state that it does not have"))
    }
}
