//! Summaries against TensorFlow 1.15 (`reference.json` and `network.pb`, which `make.py` writes), and event files that are whole or
//! damaged. What TensorBoard makes of them, `with_tensorboard.py` looks at.

mod files;
mod graph;
mod messages;
mod reference;
