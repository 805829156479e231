//! The engine against itself: whatever rewrites are on, however many threads run and in whichever
//! way a run is asked for, the results have the same bits as those of the plain walk, op by op on
//! one thread.

mod claims;
mod concurrency;
mod fed;
mod own_ops;
mod program;
mod rewrites;
mod runs;
mod steps;
mod subnormals;
