//! Variables, their scopes and collections: what TensorFlow 1.15 makes of the same lines.

mod collections;
mod graph;
mod scatter;
mod scopes;
mod unknown;
