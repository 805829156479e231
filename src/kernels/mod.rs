//! Numeric functions over strided arrays, and what they need of the processor. Nothing here knows
//! of graphs.
//!
//! `unsafe` is allowed in this layer alone.

pub(crate) mod batch_norm;
pub(crate) mod bits;
mod block;
pub(crate) mod boxes;
pub(crate) mod broadcast;
pub(crate) mod channels;
pub(crate) mod colour;
pub(crate) mod convert;
pub(crate) mod convolution;
pub(crate) mod cpu;
pub(crate) mod crops;
mod denormals;
mod functions;
pub(crate) mod group;
pub(crate) mod lrn;
pub(crate) mod matmul;
pub(crate) mod memory;
pub(crate) mod nonzero;
mod operand;
pub(crate) mod optimizers;
pub(crate) mod pieces;
pub(crate) mod pool;
pub(crate) mod pooling;
pub(crate) mod product;
pub(crate) mod projection;
pub(crate) mod qr;
mod reader;
pub(crate) mod reduce;
pub(crate) mod resize;
pub(crate) mod rows;
pub(crate) mod select;
pub(crate) mod slices;
pub(crate) mod softmax;
pub(crate) mod special;
pub(crate) mod strided;
pub(crate) mod tile;
pub(crate) mod top_n;
pub(crate) mod triangular;
pub(crate) mod unset;
pub(crate) mod window;

pub(crate) use denormals::FlushDenormals;
pub use matmul::MatMulElement;
pub(crate) use matmul::{matmul, matmul_stacks};
