//! Fusion: chains of element-wise ops become groups, which run tile by tile in one pass over
//! memory.
//!
//! A group takes in the reduction that ends its chain, and the optimizer's update that its result
//! goes into. It runs at one point of the program, its position: all that it reads from outside is
//! computed before, and all that reads its results from outside comes after. Tasks are looked at in
//! order, and each joins the groups that its inputs come from where that can be kept true, by
//! joining at an earlier position or by moving groups to a later one.

use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use crate::graph::{Fusion, NodeId};
use crate::kernels;
use crate::kernels::reduce::TileReducer;
use crate::kernels::tile::Elementwise;
use crate::types::Set;

use super::super::program::{Action, Layout, Lengths, Program, Task, TaskId, ValueId};
use super::groups::{Group, Groups, MANY, reads_a_variable_of};
use super::{Rewrite, Rewrites};

/// Makes groups of the tasks that can run as one: of chains of element-wise ops if
/// [`Rewrite::FuseElementwise`] is on, of an update of variables with the chain before it if
/// [`Rewrite::FuseUpdates`] is. An update without such a chain still becomes a group, so that a
/// product can join it.
pub(super) fn fuse(program: &Program, groups: &mut Groups, on: Rewrites) {
    let [elementwise, updates] =
        [Rewrite::FuseElementwise, Rewrite::FuseUpdates].map(|rewrite| on.has(rewrite));
    let mut fuser = Fuser {
        program,
        groups,
        first_update: program
            .tasks()
            .find(|(_, task)| matches!(task.action, Action::Update { .. }))
            .map_or(program.tasks.len(), |(id, _)| id),
    };
    for (id, task) in program.tasks() {
        let is_update = matches!(task.action, Action::Update { .. });
        match if is_update { updates } else { elementwise } {
            true => fuser.take_in(id, task),
            false => fuser.note_reads(task, None),
        }
    }
    let Groups { groups, of_task } = groups;
    for (number, group) in groups.iter_mut().enumerate() {
        if let Some(group) = group {
            group.members.sort_by_key(|(id, _)| *id);
            group.sort_out_externals(program, of_task, number);
        }
    }
}

struct Fuser<'p> {
    program: &'p Program,
    groups: &'p mut Groups,
    first_update: TaskId,
}

/// Groups that are to become one.
struct Meeting<'g> {
    groups: &'g [usize],
    /// The same, to be searched, if they are many.
    many: Set<usize>,
}

impl<'g> Meeting<'g> {
    fn new(groups: &'g [usize]) -> Self {
        let many = match groups.len() {
            0..=8 => Set::default(),
            _ => groups.iter().copied().collect(),
        };
        Meeting { groups, many }
    }

    fn contains(&self, group: usize) -> bool {
        match self.many.is_empty() {
            true => self.groups.contains(&group),
            false => self.many.contains(&group),
        }
    }
}

/// What a task would be in a group.
enum Role {
    Member(Arc<dyn Elementwise>),
    Reduction(Arc<dyn TileReducer>),
}

impl Fuser<'_> {
    fn take_in(&mut self, id: TaskId, task: &Task) {
        let Some(role) = self.role(task) else {
            return self.note_reads(task, None);
        };
        let shape = match (&role, &task.action) {
            (Role::Reduction(_), _) => self.program.values[task.inputs[0]].shape.clone(),
            _ => self.program.values[task.outputs[0]].shape.clone(),
        };
        let Some(shape) = shape else {
            return self.note_reads(task, None);
        };
        let mut neighbours = self.neighbours(task, &role, &shape);
        let mut position = self.meeting_point(id, task, &neighbours);
        if position.is_none() && neighbours.len() > 1 {
            neighbours = neighbours.split_off(neighbours.len() - 1);
            position = self.meeting_point(id, task, &neighbours);
        }
        if position.is_none() {
            neighbours.clear();
        }
        if matches!(role, Role::Reduction(_)) && neighbours.is_empty() {
            // Alone it is better off with the kernel made for it.
            return self.note_reads(task, None);
        }
        let group = self.join(&neighbours, shape, position.unwrap_or(id));
        self.add(group, id, task, role);
        self.note_reads(task, Some(group));
    }

    /// What the task could be in a group, if it can be in one.
    fn role(&self, task: &Task) -> Option<Role> {
        let values = task.inputs.iter().chain(&task.outputs);
        if values
            .map(|&value| self.program.values[value].dtype)
            .any(|dtype| dtype.size() > kernels::group::Group::WIDEST)
        {
            return None;
        }
        let kernel = match self.program.fusion(task) {
            Fusion::Elementwise(kernel) => Arc::clone(kernel),
            Fusion::Reduction(reducer) => return Some(Role::Reduction(Arc::clone(reducer))),
            Fusion::None | Fusion::Identity | Fusion::View { .. } | Fusion::Producer(_) => {
                return None;
            }
        };
        match &task.action {
            Action::Compute { .. } => Some(Role::Member(kernel)),
            // An update must find its variables in place, and its own gradient in their shape.
            Action::Update {
                variables,
                reads: true,
                open: false,
            } if !self.reads_its_variables(task, variables) => Some(Role::Member(kernel)),
            _ => None,
        }
    }

    /// Whether the task reads the memory of one of the variables that it updates.
    fn reads_its_variables(&self, task: &Task, variables: &[NodeId]) -> bool {
        task.inputs
            .iter()
            .any(|input| reads_a_variable_of(self.program, *input, variables))
    }

    /// The groups that the task's inputs come from and that it may join, in order of their
    /// positions.
    fn neighbours(&self, task: &Task, role: &Role, shape: &[usize]) -> Vec<usize> {
        let inputs = match role {
            Role::Member(_) => &task.inputs[..],
            Role::Reduction(_) => &task.inputs[..1],
        };
        let group_of = |input: &ValueId| {
            let group = self.groups.of_task[self.program.computed_by(*input)?]?;
            let open = self.group(group);
            let fits = *open.shape == *shape
                && open.variables.is_empty()
                && !matches!(self.program.values[*input].layout, Layout::View { .. })
                && open
                    .reduction
                    .as_ref()
                    .is_none_or(|(id, _)| Some(*id) != self.program.computed_by(*input));
            let room = !matches!(role, Role::Reduction(_)) || open.reduction.is_none();
            (fits && room && self.can_update_in_place(open, task)).then_some(group)
        };
        let mut neighbours: Vec<usize> = inputs.iter().filter_map(group_of).collect();
        neighbours.sort_unstable();
        neighbours.dedup();
        neighbours.sort_by_key(|group| self.group(*group).position);
        // Two reductions do not fit into one group.
        let mut reduced = matches!(role, Role::Reduction(_));
        neighbours.retain(|group| {
            let reduces = self.group(*group).reduction.is_some();
            let fits = !(reduces && reduced);
            reduced |= reduces;
            fits
        });
        neighbours
    }

    /// Whether an update may change its variables while `group` still reads other tiles: it must
    /// not read their old elements, or only element by element.
    fn can_update_in_place(&self, group: &Group, task: &Task) -> bool {
        let Action::Update { variables, .. } = &task.action else {
            return true;
        };
        group.externals.iter().all(|value| {
            let info = &self.program.values[*value];
            !reads_a_variable_of(self.program, *value, variables)
                || (info.layout == Layout::Own && info.shape.as_ref() == Some(&group.shape))
        })
    }

    fn group(&self, group: usize) -> &Group {
        self.groups.groups[group]
            .as_ref()
            .expect("tasks are in groups that are there")
    }

    /// The group that must have finished before `value` can be read: `value` is its reduction, or a
    /// view in another order of elements.
    fn needs_whole(&self, value: ValueId) -> Option<usize> {
        let producer = self.program.computed_by(self.program.root(value))?;
        let group = self.groups.of_task[producer]?;
        let reduction = self.group(group).reduction.as_ref();
        let is_whole = matches!(self.program.values[value].layout, Layout::View { .. })
            || reduction.is_some_and(|(id, _)| *id == producer);
        is_whole.then_some(group)
    }

    /// Whether the task and `groups` can be one pass: none needs as a whole what another makes bit
    /// by bit.
    fn is_one_pass(&self, task: &Task, groups: &Meeting<'_>) -> bool {
        let bit_by_bit = |value: &ValueId| {
            self.needs_whole(*value)
                .is_none_or(|group| !groups.contains(group))
        };
        let mut others = groups
            .groups
            .iter()
            .map(|group| &self.group(*group).externals);
        task.inputs.iter().all(bit_by_bit)
            && (groups.groups.len() < 2
                || others.all(|values| values.len() <= MANY && values.iter().all(bit_by_bit)))
    }

    /// A position at which the task and all of `groups`, which are in order of theirs, can run as
    /// one. An update stays where it is.
    fn meeting_point(&self, id: TaskId, task: &Task, groups: &[usize]) -> Option<TaskId> {
        let meeting = Meeting::new(groups);
        if !self.is_one_pass(task, &meeting) {
            return None;
        }
        // Groups before the position move later, which those must not of which something was read
        // already.
        let can_move_later = |group: &&usize| !self.group(**group).escaped;
        let movable = groups.iter().take_while(can_move_later).count();
        let latest = match groups.get(movable) {
            Some(escaped) => self.group(*escaped).position,
            None => id,
        };
        // Those after it move earlier, and must find there all that they read: not before this
        // place, then.
        let mut earliest: SmallVec<[TaskId; 8]> = smallvec![0; groups.len() + 1];
        for (i, group) in groups.iter().enumerate().skip(1).rev() {
            let group = self.group(*group);
            let ready = match group.externals.len() <= MANY {
                true => self.ready(&group.externals, &meeting),
                false => TaskId::MAX,
            };
            earliest[i] = ready.max(earliest[i + 1]);
        }
        let position = |i: usize| self.group(groups[i]).position;
        let stays = matches!(task.action, Action::Update { .. });
        let mut task_ready = None;
        let mut earlier = 0..if stays { 0 } else { groups.len() };
        let found = earlier.find(|&i| {
            let after = (i..groups.len()).find(|j| position(*j) > position(i));
            position(i) <= latest
                && position(i)
                    >= *task_ready.get_or_insert_with(|| self.ready(&task.inputs, &meeting))
                && after.is_none_or(|after| position(i) >= earliest[after])
        });
        match found {
            Some(i) => Some(position(i)),
            None => (latest == id).then_some(id),
        }
    }

    /// The first position at which all of `values` that do not come from `groups` are computed
    /// before.
    fn ready(&self, values: &[ValueId], groups: &Meeting<'_>) -> TaskId {
        let after = |value: &ValueId| {
            let producer = self.program.computed_by(self.program.root(*value))?;
            match self.groups.of_task[producer] {
                Some(group) if groups.contains(group) => None,
                Some(group) => Some(self.group(group).position + 1),
                // Variables are read first of all.
                None if self.is_first_read(producer) => None,
                None => Some(producer + 1),
            }
        };
        values.iter().filter_map(after).max().unwrap_or(0)
    }

    /// Whether a task reads a variable before all updates.
    fn is_first_read(&self, id: TaskId) -> bool {
        let action = self.program.tasks[id].as_ref().map(|task| &task.action);
        id < self.first_update && matches!(action, Some(Action::Read { .. }))
    }

    /// The group that `groups` become together, a new one if there are none.
    fn join(&mut self, groups: &[usize], shape: Lengths, position: TaskId) -> usize {
        let Some((&first, others)) = groups.split_first() else {
            self.groups.groups.push(Some(Group::new(shape, position)));
            return self.groups.groups.len() - 1;
        };
        // The largest takes the others in.
        let largest = others.iter().copied().fold(first, |largest, group| {
            match self.group(group).members.len() > self.group(largest).members.len() {
                true => group,
                false => largest,
            }
        });
        for &other in groups.iter().filter(|group| **group != largest) {
            let other = self.groups.groups[other]
                .take()
                .expect("each is named once");
            let tasks = other.members.iter().map(|(id, _)| *id);
            for id in tasks.chain(other.reduction.as_ref().map(|(id, _)| *id)) {
                self.groups.of_task[id] = Some(largest);
            }
            let group = self.groups.groups[largest]
                .as_mut()
                .expect("it is another one");
            group.members.extend(other.members);
            group.reduction = group.reduction.take().or(other.reduction);
            group.externals.extend(other.externals);
            group.escaped |= other.escaped;
        }
        let group = self.groups.groups[largest].as_mut().expect("it is there");
        group.position = position;
        largest
    }

    fn add(&mut self, group: usize, id: TaskId, task: &Task, role: Role) {
        self.groups.of_task[id] = Some(group);
        let (program, of_task) = (self.program, &self.groups.of_task);
        let open = self.groups.groups[group].as_mut().expect("it is there");
        match role {
            Role::Member(kernel) => {
                open.members.push((id, kernel));
                open.externals.extend(&task.inputs);
            }
            Role::Reduction(reducer) => {
                open.reduction = Some((id, reducer));
                open.externals.push(task.inputs[0]);
            }
        }
        if let Action::Update { variables, .. } = &task.action {
            open.variables.clone_from(variables);
        }
        if open.externals.len() <= MANY || open.externals.len() >= open.crowded {
            open.sort_out_externals(program, of_task, group);
        }
    }

    /// Notes that a task, in `group` or in none, reads its inputs: the other groups they come from
    /// cannot move past it.
    fn note_reads(&mut self, task: &Task, group: Option<usize>) {
        for input in &task.inputs {
            let is_view = matches!(self.program.values[*input].layout, Layout::View { .. });
            let producer = self.program.computed_by(self.program.root(*input));
            let Some(from) = producer.and_then(|producer| self.groups.of_task[producer]) else {
                continue;
            };
            if Some(from) != group || is_view {
                self.groups.groups[from]
                    .as_mut()
                    .expect("it is there")
                    .escaped = true;
            }
        }
    }
}
