//! The notebook's exercises, a file each, for the programs that use them: `main.rs` beside this
//! file runs them all, the example `signs` trains the last one on pictures, and the project's tests
//! grade them.

#![allow(
    dead_code,
    reason = "each program that takes these exercises uses some of them only"
)]

pub mod cnn;
pub mod compute_cost;
pub mod cost;
pub mod create_placeholders;
pub mod forward_propagation;
pub mod initialize_parameters;
pub mod linear_function;
pub mod loss;
pub mod model;
pub mod multiply;
pub mod one_hot_matrix;
pub mod ones;
pub mod placeholder;
pub mod random_mini_batches;
pub mod sigmoid;
