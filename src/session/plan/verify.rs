//! What all stages of planning assume of a [`Program`] and its [`Groups`], checked in debug builds
//! after each rewrite: a rewrite that breaks a rule is told by its name and the rule, and not by
//! what emission makes of it.

use std::fmt::Display;

use crate::kernels::broadcast::is_broadcast_to;
use crate::kernels::memory::Operand;
use crate::types::{Error, Map, Result, Set};

use super::program::{Action, Layout, Origin, Program, Task, TaskId, ValueId, ValueInfo};
use super::rewrites::{Group, Groups};
use super::schedule::{Unit, inputs, ordered_units, product_of};

/// A rule that does not hold, and of what.
type Broken = String;

/// Whether all rules hold.
type Verified = std::result::Result<(), Broken>;

/// Fails in debug builds if a rule does not hold after `stage`.
///
/// # Errors
/// `Internal`, with the stage and the rule.
pub(super) fn expect_rules(stage: impl Display, check: impl FnOnce() -> Verified) -> Result<()> {
    if !cfg!(debug_assertions) {
        return Ok(());
    }
    let at_stage = |broken| Error::internal(format!("the plan is wrong after {stage}: {broken}"));
    check().map_err(at_stage)
}

/// Fails with the rule unless it holds.
fn expect(holds: bool, rule: impl FnOnce() -> Broken) -> Verified {
    match holds {
        true => Ok(()),
        false => Err(rule()),
    }
}

impl Program {
    /// Checks what all stages assume: values lie where they say, tasks are in an order in which
    /// they can be done, and what is read is there.
    ///
    /// # Errors
    /// The first rule that does not hold.
    pub(super) fn verify(&self) -> Verified {
        for (id, value) in self.values.iter().enumerate() {
            self.verify_layout(id, value)?;
        }
        let mut computed = vec![false; self.values.len()];
        for (id, task) in self.tasks() {
            for input in &task.inputs {
                self.verify_read(*input, &computed, &format_args!("task {id}"))?;
            }
            self.verify_task(id, task)?;
            for &output in &task.outputs {
                expect(!computed[output], || {
                    format!("value {output} is computed once, but task {id} computes it again")
                })?;
                computed[output] = true;
            }
        }
        let mut fetches = self.fetches.iter();
        fetches.try_for_each(|fetch| self.verify_read(*fetch, &computed, &"a fetch"))
    }

    /// A layout has a stride for each axis; a view lies within what it is a view of, which is not a
    /// view itself.
    fn verify_layout(&self, id: ValueId, value: &ValueInfo) -> Verified {
        let strides = match &value.layout {
            Layout::Own => return Ok(()),
            Layout::Strided(strides) | Layout::View { strides, .. } => strides,
        };
        let has_strides = value.shape.as_ref().map(|shape| shape.len()) == Some(strides.len());
        expect(has_strides, || {
            format!("value {id}, which has strides, has one for each axis of a known shape")
        })?;
        let Layout::View { of, start, .. } = value.layout else {
            return Ok(());
        };
        let root = self.values.get(of).filter(|root| root.shape.is_some());
        let root = root.ok_or_else(|| {
            format!("value {id} is a view of value {of}, whose shape is not known")
        })?;
        expect(!matches!(root.layout, Layout::View { .. }), || {
            format!("value {id} is a view of value {of}, which must not be a view itself")
        })?;
        expect(root.dtype == value.dtype, || {
            format!("value {id} is a view of value {of}, and must have its type")
        })?;
        let is_inside = operand(root, 0).covers(&operand(value, start));
        expect(value.len() == Some(0) || is_inside, || {
            format!("value {id} is a view of value {of}, and must lie within it")
        })
    }

    /// A value that `reader` reads is there by then.
    fn verify_read(&self, value: ValueId, computed: &[bool], reader: &dyn Display) -> Verified {
        expect(value < self.values.len(), || {
            format!("{reader} reads value {value}, which does not exist")
        })?;
        let root = self.root(value);
        match self.values[root].origin {
            Origin::Feed(_) | Origin::Constant(_) => Ok(()),
            Origin::Task(task) if self.tasks.get(task).is_none_or(Option::is_none) => Err(format!(
                "{reader} reads value {root} of task {task}, which was removed"
            )),
            Origin::Task(task) => expect(computed[root], || {
                format!("{reader} reads value {root} before task {task} has computed it")
            }),
        }
    }

    /// A task's outputs are its own, in memory of their own; one that reads or updates variables
    /// has them, and no inputs or some.
    fn verify_task(&self, id: TaskId, task: &Task) -> Verified {
        for output in &task.outputs {
            let value = self.values.get(*output);
            let is_own = |value: &ValueInfo| {
                matches!(value.origin, Origin::Task(origin) if origin == id)
                    && value.layout == Layout::Own
            };
            expect(value.is_some_and(is_own), || {
                format!("task {id} computes value {output}, which must come from it and be no view")
            })?;
        }
        match &task.action {
            Action::Read { .. } => {
                expect(task.inputs.is_empty() && task.outputs.len() == 1, || {
                    format!("task {id} reads a variable, and so has one output and no inputs")
                })
            }
            Action::Update { variables, .. } => expect(!variables.is_empty(), || {
                format!("task {id} updates variables, but names none")
            }),
            Action::Compute { .. } => Ok(()),
        }
    }
}

/// A value in memory that begins `start` bytes before it.
fn operand(value: &ValueInfo, start: isize) -> Operand {
    let shape = value.shape.as_deref().unwrap_or_default();
    Operand::new(0, value.dtype, shape, &value.strides(), start)
}

impl Groups {
    /// Checks what scheduling and emission assume: a task is in one group at most, groups can run
    /// at their positions, and within a group all values have its shape and are computed before
    /// they are read.
    ///
    /// # Errors
    /// The first rule that does not hold.
    pub(super) fn verify(&self, program: &Program) -> Verified {
        let mut tasks = 0;
        for (number, group) in self.groups.iter().enumerate() {
            if let Some(group) = group {
                tasks += self.verify_group(program, number, group)?;
            }
        }
        expect(self.of_task.iter().flatten().count() == tasks, || {
            "a task that is said to be in a group is not among the group's".to_string()
        })?;
        self.verify_order(program)
    }

    /// Checks a group for itself; how many tasks it has.
    fn verify_group(
        &self,
        program: &Program,
        number: usize,
        group: &Group,
    ) -> std::result::Result<usize, Broken> {
        let members = group.members.iter().map(|(id, _)| *id);
        let ends = [
            group.product.as_ref().map(|(id, _)| *id),
            group.reduction.as_ref().map(|(id, _)| *id),
        ];
        let all: Vec<TaskId> = members.clone().chain(ends.into_iter().flatten()).collect();
        for &id in &all {
            let is_there = program.tasks.get(id).is_some_and(Option::is_some);
            expect(is_there && self.of_task[id] == Some(number), || {
                format!("task {id} is in group {number}, and must be there and know it")
            })?;
        }
        expect(all.contains(&group.position), || {
            format!("group {number} stands at the place of one of its tasks")
        })?;
        let mut known: Set<ValueId> = group.externals.iter().copied().collect();
        known.extend(product_of(program, group).map(|task| task.outputs[0]));
        for id in members {
            let task = program.tasks[id].as_ref().expect("it is there");
            verify_reads(program, number, group, &task.inputs, &known)?;
            known.extend(&task.outputs);
            let output = task.outputs[0];
            expect(
                program.values[output].shape.as_ref() == Some(&group.shape),
                || format!("group {number} computes value {output}, which must have its shape"),
            )?;
            let changed: &[_] = match &task.action {
                Action::Update { variables, .. } => variables,
                _ => &[],
            };
            expect(changed.is_empty() || *changed == *group.variables, || {
                format!("group {number} updates the variables that its member, task {id}, updates")
            })?;
        }
        if let Some(task) = ends[1].and_then(|id| program.tasks[id].as_ref()) {
            verify_reads(program, number, group, &task.inputs[..1], &known)?;
        }
        Ok(all.len())
    }

    /// Whether a task is a product that a group works on piece by piece, so that it lies nowhere.
    fn is_never_whole(&self, task: TaskId) -> bool {
        let group = self.of_task[task].and_then(|group| self.groups[group].as_ref());
        group.is_some_and(|group| {
            let product = group.product.as_ref().map(|(product, _)| *product);
            product == Some(task) && !group.members.is_empty()
        })
    }

    /// Every unit finds what it reads, in the order of the units.
    fn verify_order(&self, program: &Program) -> Verified {
        let units = ordered_units(program, self);
        let mut unit_of: Map<Unit, usize> = Map::default();
        unit_of.extend(units.iter().copied().zip(0..));
        for (place, unit) in units.iter().enumerate() {
            for value in inputs(program, self, *unit) {
                let Some(task) = program.computed_by(program.root(value)) else {
                    continue;
                };
                let source = self.of_task[task].map_or(Unit::Task(task), Unit::Group);
                let is_before = unit_of.get(&source).is_some_and(|source| *source < place);
                expect(is_before, || {
                    format!("{unit:?} reads value {value}, and must come after {source:?}")
                })?;
                expect(!self.is_never_whole(task), || {
                    format!("{unit:?} reads value {value}, of which {source:?} sees pieces only")
                })?;
            }
        }
        Ok(())
    }
}

/// Checks what a member or the reduction of a group reads, where the values `known` are there.
fn verify_reads(
    program: &Program,
    number: usize,
    group: &Group,
    read: &[ValueId],
    known: &Set<ValueId>,
) -> Verified {
    for value in read {
        expect(known.contains(value), || {
            format!("group {number} reads value {value}, which is neither external nor computed")
        })?;
        let shape = program.values[*value].shape.as_deref();
        let is_broadcast = shape.is_some_and(|own| is_broadcast_to(own, &group.shape));
        expect(is_broadcast, || {
            format!("group {number} reads value {value}, which must be broadcast to its shape")
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::rewrites::{Rewrite, Rewrites, form_groups, rewrite_tasks};
    use super::super::tests::{all_rewrites, lowered};
    use super::*;
    use crate::graph::Graph;

    /// x · (eˣ + x)ᵀ times 2, and eˣ + x: tasks 0 to 4 are Exp, AddV2, Transpose, which becomes a
    /// view, MatMul and Mul.
    fn program() -> Program {
        let graph = Graph::new();
        let x = graph.placeholder::<f32>("x", [2, 3]);
        let sum = crate::exp(&x) + &x;
        let product = crate::matmul(&x, crate::transpose(&sum)) * 2.0;
        let mut program = lowered(&x, &[&product, &sum]).0;
        let views = Rewrites::default().with(Rewrite::Views);
        rewrite_tasks(&mut program, views).expect("nothing is broken yet");
        program
    }

    fn groups(program: &Program) -> Groups {
        form_groups(program, all_rewrites()).expect("nothing is broken yet")
    }

    /// The value that a task computes.
    fn output(program: &Program, id: TaskId) -> ValueId {
        program.tasks[id].as_ref().expect("it is there").outputs[0]
    }

    /// The rule that a program breaks when this was done to it.
    fn broken(damage: impl Fn(&mut Program)) -> Broken {
        let mut program = program();
        damage(&mut program);
        program.verify().expect_err("the damage is noticed")
    }

    /// The view among the values.
    fn view(program: &mut Program) -> &mut Layout {
        let mut layouts = program.values.iter_mut().map(|value| &mut value.layout);
        let found = layouts.find(|layout| matches!(layout, Layout::View { .. }));
        found.expect("the transpose is a view")
    }

    #[test]
    fn a_broken_program_says_which_rule() {
        let swapped = broken(|program| program.tasks.swap(0, 1));
        assert!(
            swapped.contains("before task 0 has computed it"),
            "{swapped}"
        );
        let removed = broken(|program| program.tasks[1] = None);
        assert!(
            removed.contains("of task 1, which was removed"),
            "{removed}"
        );
        let unknown = broken(|program| program.fetches[0] = 99);
        assert!(
            unknown.contains("reads value 99, which does not exist"),
            "{unknown}"
        );
        let twice = broken(|program| {
            let first = output(program, 0);
            program.tasks[1].as_mut().expect("it is there").outputs[0] = first;
        });
        assert!(
            twice.contains("must come from it and be no view"),
            "{twice}"
        );
        let shifted = broken(|program| {
            if let Layout::View { start, .. } = view(program) {
                *start = 4;
            }
        });
        assert!(shifted.contains("must lie within it"), "{shifted}");
        let of_a_view = broken(|program| {
            let (of, product) = (output(program, 1), output(program, 3));
            let whole = Layout::View {
                of,
                start: 0,
                strides: [2, 1].into(),
            };
            program.values[product].layout = whole;
            if let Layout::View { of, .. } = view(program) {
                *of = product;
            }
        });
        assert!(
            of_a_view.contains("must not be a view itself"),
            "{of_a_view}"
        );
    }

    #[test]
    fn broken_groups_say_which_rule() {
        let broken = |damage: &dyn Fn(&mut Groups)| {
            let program = program();
            let mut groups = groups(&program);
            damage(&mut groups);
            groups.verify(&program).expect_err("the damage is noticed")
        };
        // Of the group of Exp and AddV2, and of the product's with Mul.
        let first = |groups: &mut Groups| groups.groups[0].take().expect("it is there");
        let forgotten = broken(&|groups| drop(first(groups)));
        assert!(
            forgotten.contains("is not among the group's"),
            "{forgotten}"
        );
        let early = broken(&|groups| {
            let mut chain = first(groups);
            chain.position = 4;
            groups.groups[0] = Some(chain);
        });
        assert!(
            early.contains("at the place of one of its tasks"),
            "{early}"
        );
        let unread = broken(&|groups| {
            let mut chain = first(groups);
            chain.externals.clear();
            groups.groups[0] = Some(chain);
        });
        assert!(unread.contains("neither external nor computed"), "{unread}");
        let backwards = broken(&|groups| {
            let mut chain = first(groups);
            chain.members.reverse();
            groups.groups[0] = Some(chain);
        });
        assert!(
            backwards.contains("neither external nor computed"),
            "{backwards}"
        );
    }

    #[test]
    fn a_product_that_is_seen_in_pieces_is_not_read_as_a_whole() {
        let mut program = program();
        let mut groups = groups(&program);
        // Exp comes last, of the product.
        let mut late = program.tasks[0].take().expect("it is there");
        late.inputs[0] = output(&program, 3);
        late.outputs.clear();
        program.tasks.push(Some(late));
        groups.of_task.push(None);
        let found = groups
            .verify_order(&program)
            .expect_err("the damage is noticed");
        assert!(found.contains("sees pieces only"), "{found}");
    }

    #[test]
    fn an_error_tells_the_rewrite() {
        let mut program = program();
        program.fetches[0] = 99;
        let checked = expect_rules("the rewrite `views`", || program.verify());
        let error = checked.expect_err("tests are built with assertions");
        let text = "after the rewrite `views`: a fetch reads value 99";
        assert!(error.message().contains(text), "{error}");
    }
}
