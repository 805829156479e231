//! What the steps of a plan do with memory, as [`Accesses`] checks it.

use crate::kernels::memory::{Accesses, Bases, Operand};
use crate::types::Result;

use super::FeedSpec;
use super::emit::Emitted;
use super::step::{GroupWork, KernelWork, Place, ReadTo, Step, Work};

/// The bases of a plan for these feeds, whose steps use memory as they may.
///
/// # Errors
/// `Internal` if one does not.
pub(super) fn checked_bases(emitted: &mut Emitted, feeds: &[FeedSpec]) -> Result<Bases> {
    let constants = std::mem::take(&mut emitted.constants);
    let mut accesses = Accesses::new(emitted.bytes, emitted.bases, constants);
    for (base, feed) in emitted.feeds.iter().zip(feeds) {
        let fed = Operand::new(*base, feed.dtype, &feed.shape, &feed.strides, 0);
        accesses.lend(&fed);
    }
    let results = emitted.results.iter();
    results.for_each(|result| accesses.lend_mut(result));
    for step in &emitted.steps {
        step.tell_accesses(&mut accesses)?;
    }
    for fetch in &emitted.fetches {
        read(fetch, &mut accesses);
    }
    accesses.end_step()?;
    Ok(accesses.finish())
}

impl Step {
    fn tell_accesses(&self, accesses: &mut Accesses) -> Result<()> {
        for hold in &self.releases {
            accesses.let_go(hold.base)?;
        }
        match &self.work {
            Work::Read { to, .. } => to.tell_accesses(accesses),
            Work::Kernel(kernel) => kernel.tell_accesses(accesses),
            Work::Update {
                kernel, passes_on, ..
            } => {
                kernel.tell_accesses(accesses)?;
                let passes_on = passes_on.as_ref();
                passes_on.map_or(Ok(()), |to| to.tell_accesses(accesses))
            }
            Work::Group(group) => group.tell_accesses(accesses),
        }
    }
}

impl KernelWork {
    fn tell_accesses(&self, accesses: &mut Accesses) -> Result<()> {
        self.inputs.iter().for_each(|input| read(input, accesses));
        let mut leaves_views = false;
        for output in &self.outputs {
            match output {
                Place::Operand(operand) => accesses.write(operand),
                // Of a shape that only the run knows, or of elements that are not plain.
                Place::Slot(_) => leaves_views = true,
            }
        }
        match leaves_views {
            true => accesses.end_viewing_step(),
            false => accesses.end_step(),
        }
    }
}

impl GroupWork {
    fn tell_accesses(&self, accesses: &mut Accesses) -> Result<()> {
        let variables = self.variables.iter().map(|(_, operand)| operand);
        variables
            .clone()
            .for_each(|variable| accesses.lend_mut(variable));
        if let Some(product) = &self.product {
            let overwritten = product.producer.may_overwrite();
            for (i, operand) in product.operands.iter().enumerate() {
                match overwritten == Some(i) {
                    true => accesses.read_in_order(operand),
                    false => accesses.read(operand),
                }
            }
            if let Some(out) = &product.out {
                match overwritten.is_some() {
                    true => accesses.write_in_order(out),
                    false => accesses.write(out),
                }
            }
            let (start, bytes) = product.scratch;
            accesses.scratch(start, bytes);
        }
        self.group.tell_accesses(accesses);
        accesses.end_step()?;
        for variable in variables {
            accesses.let_go(variable.base)?;
        }
        let passes_on = self.passes_on.as_ref();
        passes_on.map_or(Ok(()), |to| to.tell_accesses(accesses))
    }
}

impl ReadTo {
    fn tell_accesses(&self, accesses: &mut Accesses) -> Result<()> {
        match self {
            ReadTo::Hold(_, operand) => accesses.lend(operand),
            ReadTo::Copy(operand) => accesses.write(operand),
            ReadTo::Slot(_) => {}
        }
        accesses.end_step()
    }
}

/// Tells that a step reads what is in a place.
fn read(place: &Place, accesses: &mut Accesses) {
    if let Place::Operand(operand) = place {
        accesses.read(operand);
    }
}

#[cfg(test)]
mod tests {
    use super::super::emit::Emitter;
    use super::super::rewrites::{Rewrites, form_groups, rewrite_tasks};
    use super::super::schedule::Schedule;
    use super::super::tests::{all_rewrites, lowered};
    use super::*;
    use crate::graph::Graph;
    use crate::session::store::Store;

    /// What is said of the plan of two softmaxes, one after the other, a sum with the transpose,
    /// and an exponential, when this was done to it.
    fn said(on: Rewrites, damage: impl Fn(&mut Emitted)) -> String {
        let graph = Graph::new();
        let x = graph.placeholder::<f32>("x", [30, 30]);
        let y = crate::nn::softmax(crate::nn::softmax(&x));
        let y = &y + crate::transpose(&y);
        let (mut program, fed) = lowered(&x, &[&crate::exp(y)]);
        rewrite_tasks(&mut program, on).expect("the rewrites are right");
        let groups = form_groups(&program, on).expect("the rewrites are right");
        let (schedule, store) = (Schedule::new(&program, &groups), Store::default());
        let emitter = Emitter::new(&program, &groups, &schedule, &store, 2);
        let mut emitted = emitter.emit(1, &[false]);
        damage(&mut emitted);
        match checked_bases(&mut emitted, &[fed]) {
            Ok(_) => String::new(),
            Err(error) => error.message().to_string(),
        }
    }

    fn kernel(emitted: &mut Emitted, step: usize) -> &mut KernelWork {
        match &mut emitted.steps[step].work {
            Work::Kernel(kernel) => kernel,
            _ => panic!("the step runs a kernel"),
        }
    }

    #[test]
    fn a_plan_that_overlaps_itself_is_refused() {
        let none = Rewrites::default();
        assert_eq!(said(none, |_| {}), "");
        assert_eq!(said(all_rewrites(), |_| {}), "");
        let in_place = said(none, |emitted| {
            let second = kernel(emitted, 1);
            second.outputs[0] = second.inputs[0].clone();
        });
        assert!(in_place.contains("overlaps another"), "{in_place}");
        let into_the_feed = said(none, |emitted| {
            let first = kernel(emitted, 0);
            first.outputs[0] = first.inputs[0].clone();
        });
        assert!(into_the_feed.contains("lent to be read"), "{into_the_feed}");
        let small = said(none, |emitted| emitted.bytes /= 2);
        assert!(small.contains("beyond its base"), "{small}");
    }

    #[test]
    fn a_group_that_overlaps_itself_is_refused() {
        let shifted = said(all_rewrites(), |emitted| {
            for step in &mut emitted.steps {
                if let Work::Group(work) = &mut step.work {
                    work.group.scratch = 0;
                }
            }
        });
        assert!(shifted.contains("overlaps another"), "{shifted}");
    }
}
