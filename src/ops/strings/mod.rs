//! Ops on texts, as `tf.strings` has them.

mod substr;

use super::family::family;

family! {
    ops: substr;
}
