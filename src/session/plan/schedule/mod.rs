//! [`Schedule`]: the units of a program in order, and how long each value is needed.

mod earlier;

use crate::graph::NodeId;
use crate::types::{Map, Set};

use super::program::{Action, Layout, Program, Task, TaskId, ValueId};
use super::rewrites::{Group, Groups};

/// What runs as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Unit {
    Task(TaskId),
    /// The group with this number.
    Group(usize),
}

/// Units in order.
pub(super) struct Schedule {
    pub(super) units: Vec<Unit>,
    /// For each value in memory, the last unit that reads it, counting what is fetched as one more;
    /// `None` if nobody does.
    pub(super) last_read: Vec<Option<usize>>,
    /// For each value, whether it is read, as itself or as a view, by another unit than the one
    /// that computes it.
    pub(super) leaves: Vec<bool>,
    /// The first unit that updates a variable.
    pub(super) first_update: usize,
    /// The values read from variables that must be copied, as the variable is updated while they
    /// are still needed.
    pub(super) copied: Vec<bool>,
}

impl Schedule {
    pub(super) fn new(program: &Program, groups: &Groups) -> Schedule {
        let units = ordered_units(program, groups);
        let first_update = units
            .iter()
            .position(|unit| !updated(program, groups, *unit).is_empty());
        let mut schedule = Schedule {
            first_update: first_update.unwrap_or(units.len()),
            last_read: vec![None; program.values.len()],
            leaves: vec![false; program.values.len()],
            copied: vec![false; program.values.len()],
            units,
        };
        schedule.find_reads(program, groups);
        schedule.find_copied(program, groups);
        schedule
    }

    fn find_reads(&mut self, program: &Program, groups: &Groups) {
        let end = self.units.len();
        for number in 0..end {
            let unit = self.units[number];
            // A value without a place may be a view of its inputs, so inputs in memory that the
            // plan has laid out must live to the end. What the run itself allocated is held by
            // whoever looks at it.
            let may_be_viewed = leaves_views(program, unit);
            for value in inputs(program, groups, unit) {
                let root = program.root(value);
                let last = match may_be_viewed && program.values[root].placeable().is_some() {
                    true => end,
                    false => number,
                };
                self.last_read[root] = self.last_read[root].max(Some(last));
                self.leaves[root] = true;
            }
        }
        for fetch in &program.fetches {
            let root = program.root(*fetch);
            self.last_read[root] = Some(end);
            self.leaves[root] = true;
        }
    }

    fn find_copied(&mut self, program: &Program, groups: &Groups) {
        if self.first_update == self.units.len() {
            return;
        }
        let mut reads: Map<NodeId, Vec<ValueId>> = Map::default();
        for number in 0..self.units.len() {
            let unit = self.units[number];
            let variables = updated(program, groups, unit);
            let unsteady = match variables {
                [] => Set::default(),
                _ => read_out_of_step(program, groups, unit),
            };
            for variable in variables {
                for value in reads.remove(variable).unwrap_or_default() {
                    let last = self.last_read[value];
                    let with_it = last == Some(number)
                        && matches!(unit, Unit::Group(_))
                        && !unsteady.contains(&value);
                    self.copied[value] |= last >= Some(number) && !with_it;
                }
            }
            for task in tasks(program, groups, unit) {
                match &task.action {
                    Action::Read { variable } => {
                        reads.entry(*variable).or_default().push(task.outputs[0])
                    }
                    // Its result is the variable's new value, which a later update changes.
                    Action::Update { variables, .. } => {
                        reads.entry(variables[0]).or_default().extend(&task.outputs);
                    }
                    Action::Compute { .. } => {}
                }
            }
        }
    }
}

/// All units, in the order in which they run.
pub(super) fn ordered_units(program: &Program, groups: &Groups) -> Vec<Unit> {
    earlier::earlier(program, groups, units(program, groups))
}

/// All units, reads of variables that come before all updates first.
fn units(program: &Program, groups: &Groups) -> Vec<Unit> {
    let mut placed: Vec<(bool, TaskId, Unit)> = Vec::new();
    let mut updates = false;
    for (id, task) in program.tasks() {
        updates |= matches!(task.action, Action::Update { .. });
        let is_read = matches!(task.action, Action::Read { .. });
        if groups.of_task[id].is_none() {
            placed.push((!is_read || updates, id, Unit::Task(id)));
        }
    }
    for (number, group) in groups.groups.iter().enumerate() {
        if let Some(group) = group {
            placed.push((true, group.position, Unit::Group(number)));
        }
    }
    placed.sort_by_key(|(late, position, _)| (*late, *position));
    placed.into_iter().map(|(.., unit)| unit).collect()
}

/// The tasks of a unit, a reduction or a product in a group aside.
fn tasks<'p>(program: &'p Program, groups: &Groups, unit: Unit) -> Vec<&'p Task> {
    let ids: Vec<TaskId> = match unit {
        Unit::Task(id) => vec![id],
        Unit::Group(number) => {
            let members = groups.groups[number]
                .iter()
                .flat_map(|group| &group.members);
            members.map(|(id, _)| *id).collect()
        }
    };
    ids.into_iter()
        .filter_map(|id| program.tasks[id].as_ref())
        .collect()
}

/// All tasks of a unit.
fn all_tasks<'p>(program: &'p Program, groups: &Groups, unit: Unit) -> Vec<&'p Task> {
    let mut all = tasks(program, groups, unit);
    if let Unit::Group(number) = unit
        && let Some(group) = &groups.groups[number]
    {
        let reduction = group.reduction.iter().map(|(id, _)| *id);
        let product = group.product.iter().map(|(id, _)| *id);
        all.extend(
            reduction
                .chain(product)
                .filter_map(|id| program.tasks[id].as_ref()),
        );
    }
    all
}

/// The variables that a unit updates.
pub(super) fn updated<'p>(program: &'p Program, groups: &'p Groups, unit: Unit) -> &'p [NodeId] {
    match unit {
        Unit::Group(number) => match &groups.groups[number] {
            Some(group) => &group.variables,
            None => &[],
        },
        Unit::Task(id) => match program.tasks[id].as_ref().map(|task| &task.action) {
            Some(Action::Update { variables, .. }) => variables,
            _ => &[],
        },
    }
}

/// The values that a unit reads from outside.
pub(super) fn inputs(program: &Program, groups: &Groups, unit: Unit) -> Vec<ValueId> {
    match unit {
        Unit::Task(id) => program.tasks[id]
            .as_ref()
            .map(|task| task.inputs.to_vec())
            .unwrap_or_default(),
        Unit::Group(number) => {
            let Some(group) = &groups.groups[number] else {
                return Vec::new();
            };
            let outside = |value: &ValueId| {
                let producer = program.computed_by(program.root(*value));
                producer.is_none_or(|producer| groups.of_task[producer] != Some(number))
            };
            let mut values: Vec<ValueId> =
                group.externals.iter().copied().filter(outside).collect();
            values.sort_unstable();
            values.dedup();
            if let Some(product) = product_of(program, group) {
                values.extend(&product.inputs);
            }
            values
        }
    }
}

/// The task of the product that a group works on.
pub(super) fn product_of<'p>(program: &'p Program, group: &Group) -> Option<&'p Task> {
    let (product, _) = group.product.as_ref()?;
    program.tasks[*product].as_ref()
}

/// Whether a unit's results may be views of its inputs that only the run knows.
fn leaves_views(program: &Program, unit: Unit) -> bool {
    match unit {
        Unit::Task(id) => program.tasks[id].as_ref().is_some_and(|task| {
            task.outputs
                .iter()
                .any(|output| program.values[*output].placeable().is_none())
        }),
        Unit::Group(_) => false,
    }
}

/// The values that a group reads otherwise than element by element just before it would change
/// them.
fn read_out_of_step(program: &Program, groups: &Groups, unit: Unit) -> Set<ValueId> {
    let Unit::Group(number) = unit else {
        return Set::default();
    };
    let Some(group) = &groups.groups[number] else {
        return Set::default();
    };
    let in_step = |value: &ValueId| {
        let info = &program.values[*value];
        info.layout == Layout::Own && info.shape.as_ref() == Some(&group.shape)
    };
    let read = group.externals.iter().filter(|value| !in_step(value));
    let product = product_of(program, group);
    let in_product = product.into_iter().flat_map(|task| &task.inputs);
    read.chain(in_product)
        .map(|value| program.root(*value))
        .collect()
}
