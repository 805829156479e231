//! Layers, regularizers and moving averages against TensorFlow 1.15: what `make.py` writes of the
//! same programs.

mod branches;
mod contrib;
mod convolutions;
mod errors;
#[path = "../common/nodes.rs"]
mod lists;
mod nodes;
mod values;
