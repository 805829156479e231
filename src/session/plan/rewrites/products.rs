//! Products: an element-wise group that reads a matrix product works on its parts as they are finished, while they are in cache.
//!
//! Bias and activation of a layer run this way, the slope of an activation on the way back, and an optimizer's update,
//! which consumes the gradient of a weight matrix without its ever being stored.

use crate::types::Map;

use super::super::program::{Action, Layout, Program, TaskId, ValueId};
use super::fuse::{Group, Groups, count_reads};

/// Gives each group the product that only it reads, if `fuse`; products that are left become groups of their own.
pub(in crate::session::plan) fn take_in_products(
    program: &Program,
    groups: &mut Groups,
    fuse: bool,
) {
    let reads = count_reads(program);
    for number in 0..if fuse { groups.groups.len() } else { 0 } {
        let Some(product) = product_of(program, groups, number, &reads) else {
            continue;
        };
        groups.of_task[product] = Some(number);
        let group = groups.groups[number]
            .as_mut()
            .expect("it was there just before");
        group.product = Some(product);
        let output = program.tasks[product].as_ref().map(|task| task.outputs[0]);
        group.externals.retain(|value| Some(*value) != output);
    }
    for (id, task) in program.tasks() {
        let shape = || program.values[*task.outputs.first()?].shape.clone();
        if groups.of_task[id].is_none()
            && is_product(program, id)
            && let Some(shape) = shape()
        {
            groups.of_task[id] = Some(groups.groups.len());
            let mut group = Group::new(shape, id);
            group.product = Some(id);
            groups.groups.push(Some(group));
        }
    }
}

/// The product that group `number` can take in.
fn product_of(
    program: &Program,
    groups: &Groups,
    number: usize,
    reads: &[usize],
) -> Option<TaskId> {
    let group = groups.groups[number].as_ref()?;
    if group.reduction.is_some() {
        return None;
    }
    let is_candidate = |value: ValueId| {
        let product = program.producer(value)?;
        let fits = product < group.position
            && groups.of_task[product].is_none()
            && program.values[value].layout == Layout::Own
            && program.values[value].shape.as_ref() == Some(&group.shape)
            && is_product(program, product)
            && reads_no_variable_of(program, product, &group.variables);
        fits.then_some((value, product))
    };
    let mut candidates = group
        .externals
        .iter()
        .filter_map(|value| is_candidate(*value));
    let first = candidates.next()?;
    let reads_inside = count_reads_by(program, group);
    let is_only_read_inside =
        |(value, _): &(ValueId, TaskId)| reads_inside.get(value) == Some(&reads[*value]);
    let mut all = [first].into_iter().chain(candidates);
    all.find(is_only_read_inside).map(|(_, product)| product)
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

fn reads_no_variable_of(program: &Program, id: TaskId, variables: &[crate::graph::NodeId]) -> bool {
    let inputs = program.tasks[id].iter().flat_map(|task| &task.inputs);
    let mut inputs = inputs.copied();
    inputs.all(|input| !reads_a_variable_of(program, input, variables))
}

/// Whether a task is a product of matrices whose lengths are known.
pub(in crate::session::plan) fn is_product(program: &Program, id: TaskId) -> bool {
    program.tasks[id].as_ref().is_some_and(|task| {
        task.unchecked.is_none()
            && program.input_infos(task).is_some_and(|infos| {
                task.op
                    .matrix_product(&crate::graph::InferContext::new(&infos))
                    .is_some()
            })
    })
}

/// Whether a value lies in the memory of one of `variables`.
pub(in crate::session::plan) fn reads_a_variable_of(
    program: &Program,
    value: ValueId,
    variables: &[crate::graph::NodeId],
) -> bool {
    let task = program
        .producer(program.root(value))
        .and_then(|producer| program.tasks[producer].as_ref());
    match task.map(|task| &task.action) {
        Some(Action::Read { variable }) => variables.contains(variable),
        Some(Action::Update {
            variables: updated, ..
        }) => updated.iter().any(|variable| variables.contains(variable)),
        _ => false,
    }
}
