//! The ops: each a function that picks operands and makes the op.

mod array;
mod math;
mod nn;
mod reduce;

use crate::program::{Made, Program};

/// An op, and how to make it.
pub type Row = (&'static str, fn(&mut Program));

/// Rows of ops whose text is their name.
macro_rules! ops {
    ($program:ident; $($call:expr),* $(,)?) => {
        vec![$((
            stringify!($call),
            (|$program: &mut $crate::program::Program| $crate::ops::made($program, |$program| $call)) as fn(&mut $crate::program::Program),
        )),*]
    };
}
pub(crate) use ops;

/// Makes an op and keeps what it gives.
pub fn made<M: Made>(program: &mut Program, call: impl FnOnce(&mut Program) -> M) {
    let made = call(program);
    made.keep(program);
}

/// Makes a random op and tells its name.
pub fn random_op(program: &mut Program) -> &'static str {
    thread_local! {
        static TABLES: [Vec<Row>; 7] = tables();
    }
    // Of each family as often as it is interesting, not as it is large.
    let table = [0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6][program.below(15)];
    let (name, make) = TABLES.with(|tables| tables[table][program.below(tables[table].len())]);
    make(program);
    name
}

fn tables() -> [Vec<Row>; 7] {
    [
        [math::floats::<f32>(), math::numbers::<f32>()].concat(),
        [array::all::<f32>(), array::numbers::<f32>()].concat(),
        [reduce::numbers::<f32>(), reduce::floats::<f32>()].concat(),
        [nn::floats::<f32>(), nn::singles()].concat(),
        [
            math::floats::<f64>(),
            math::numbers::<f64>(),
            reduce::floats::<f64>(),
            nn::floats::<f64>(),
            array::all::<f64>(),
        ]
        .concat(),
        [
            math::numbers::<i32>(),
            math::numbers::<i64>(),
            reduce::numbers::<i32>(),
            reduce::numbers::<i64>(),
            array::all::<i32>(),
            array::numbers::<i32>(),
            array::numbers::<i64>(),
            math::integers::<i32>(),
            math::integers::<i64>(),
        ]
        .concat(),
        [
            math::truths(),
            reduce::truths(),
            array::all::<bool>(),
            array::all::<u8>(),
            array::integers(),
            math::numbers::<u8>(),
        ]
        .concat(),
    ]
}
