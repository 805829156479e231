//! Ops that compute nothing but order others.

mod assert;
mod no_op;
mod summarize;
mod tuple;
mod with_dependencies;

use super::family::family;

family! {
    ops: assert, no_op;
    names: tuple, with_dependencies;
}
