//! Rewrites of a plan: each makes a run cheaper without changing what it computes (but for subnormal numbers that were fed, see
//! `uniform.rs`), and can be switched off.

mod common;
mod fold;
mod fuse;
mod products;
mod uniform;
mod views;

pub(super) use common::share_common;
pub(super) use fold::fold_constants;
pub(super) use fuse::{Group, Groups, fuse};
pub(super) use products::take_in_products;
pub(super) use uniform::fold_uniform;
pub(super) use views::make_views;
