//! Products: an element-wise group that reads a product works on its pieces as they are finished,
//! while they are in cache.
//!
//! Bias and activation of a layer run this way, the slope of an activation on the way back, and an
//! optimizer's update, which consumes the gradient of a weight matrix without its ever being
//! stored. So does what follows a pooling or its gradient.

use std::sync::Arc;

use crate::graph::NodeId;
use crate::kernels::product::Producer;
use crate::types::Map;

use super::super::program::{Layout, Program, Task, TaskId, ValueId};
use super::groups::{Group, Groups, count_reads, reads_a_variable_of};
use super::{Rewrite, Rewrites};

/// Gives each group the product that only it reads, if [`Rewrite::FuseProducts`] is on; products
/// that are left become groups of their own.
pub(super) fn take_in_products(program: &Program, groups: &mut Groups, on: Rewrites) {
    let reads = count_reads(program);
    let takers = match on.has(Rewrite::FuseProducts) {
        true => groups.groups.len(),
        false => 0,
    };
    for number in 0..takers {
        let Some((value, product, producer)) = product_of(program, groups, number, &reads) else {
            continue;
        };
        groups.of_task[product] = Some(number);
        let group = groups.groups[number]
            .as_mut()
            .expect("it was there just before");
        group.product = Some((product, producer));
        group.externals.retain(|external| *external != value);
    }
    for (id, task) in program.tasks() {
        if groups.of_task[id].is_none()
            && let Some(producer) = program.producer(task)
            && let Some(shape) = program.values[task.outputs[0]].shape.clone()
        {
            groups.of_task[id] = Some(groups.groups.len());
            let mut group = Group::new(shape, id);
            group.product = Some((id, producer));
            groups.groups.push(Some(group));
        }
    }
}

/// A product that a group can take in: its value, the task that computes it, and what makes it
/// piece by piece.
type Product = (ValueId, TaskId, Arc<dyn Producer>);

/// The product that group `number` can take in.
fn product_of(
    program: &Program,
    groups: &Groups,
    number: usize,
    reads: &[usize],
) -> Option<Product> {
    let group = groups.groups[number].as_ref()?;
    if group.reduction.is_some() {
        return None;
    }
    let candidate = |value: ValueId| -> Option<Product> {
        let product = program.computed_by(value)?;
        let task = program.tasks[product].as_ref()?;
        let fits = product < group.position
            && groups.of_task[product].is_none()
            && program.values[value].layout == Layout::Own
            && program.values[value].shape.as_ref() == Some(&group.shape)
            && reads_no_variable_of(program, task, &group.variables);
        if !fits {
            return None;
        }
        Some((value, product, program.producer(task)?))
    };
    let mut candidates = group.externals.iter().filter_map(|value| candidate(*value));
    let first = candidates.next()?;
    let reads_inside = count_reads_by(program, group);
    let is_only_read_inside =
        |(value, ..): &Product| reads_inside.get(value) == Some(&reads[*value]);
    let mut all = [first].into_iter().chain(candidates);
    all.find(is_only_read_inside)
}

/// How often the members of a group read each value.
fn count_reads_by(program: &Program, group: &Group) -> Map<ValueId, usize> {
    let mut reads = Map::default();
    let members = group.members.iter();
    let tasks = members.filter_map(|(id, _)| program.tasks[*id].as_ref());
    for input in tasks.flat_map(|member| &member.inputs) {
        *reads.entry(*input).or_insert(0) += 1;
    }
    reads
}

fn reads_no_variable_of(program: &Program, task: &Task, variables: &[NodeId]) -> bool {
    let mut inputs = task.inputs.iter();
    inputs.all(|input| !reads_a_variable_of(program, *input, variables))
}
