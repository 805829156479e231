//! What the examples share: data, pictures, plots, tables and the progress bar. Nothing here knows
//! of `tf1`.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`dataset`] | decides which pictures are used and says where they come from |
//! | [`split`] | labelled pictures, and the matrices that a network is fed |
//! | [`hdf5`] | reads the course's SIGNS files |
//! | [`hands`] | draws the pictures that stand in for those files |
//! | [`picture`] | makes a photograph of the user's own fit the network |
//! | [`sheet`] | writes a sheet of pictures (PNG) |
//! | [`plot`] | writes the curve of the costs, and other lines (SVG) |
//! | [`csv`] | writes the table of the costs |
//! | [`progress`] | shows how long it will still take |
//! | [`error`] | says in one line which file is wrong, how, and what to do |
//! | [`input`] | reads a file that the user named, if it is none too long |
//! | [`atomic_file`] | writes a whole file or none |
//!
//! An example takes them with `mod common;` and calls, in the simplest case,
//! [`dataset::DataSource::choose`], [`dataset::SignsData::load`], [`split::Split::design_matrix`]
//! and [`split::Split::one_hot`].

#![allow(
    dead_code,
    unused_imports,
    reason = "each example is a program of its own and uses some of these modules only"
)]

pub mod atomic_file;
pub mod csv;
pub mod dataset;
pub mod error;
pub mod hands;
pub mod hdf5;
pub mod input;
pub mod picture;
pub mod plot;
pub mod progress;
pub mod sheet;
pub mod split;

#[cfg(test)]
pub mod test_files;
