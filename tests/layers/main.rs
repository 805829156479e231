//! Layers, regularizers and moving averages against TensorFlow 1.15: what `make.py` writes of the same programs.

mod errors;
mod nodes;
mod values;
