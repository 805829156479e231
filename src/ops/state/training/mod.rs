//! `ApplyGradientDescent`, `ApplyMomentum`, `ApplyAdam` and their like: one step of an optimizer for one variable.
//!
//! Each file holds one optimizer's rows and [`Rule`]; the ops themselves, whole and of some rows, are in `update.rs`.

pub(super) mod adadelta;
pub(super) mod adagrad;
pub(super) mod adam;
pub(super) mod ftrl;
pub(super) mod gradient_descent;
pub(super) mod momentum;
pub(super) mod proximal;
pub(super) mod rms_prop;
mod update;

pub use adadelta::{AdadeltaTerms, apply_adadelta, sparse_apply_adadelta};
pub use adagrad::{apply_adagrad, sparse_apply_adagrad};
pub use adam::{AdamTerms, apply_adam};
pub use ftrl::{FtrlTerms, apply_ftrl, apply_ftrl_v2, sparse_apply_ftrl, sparse_apply_ftrl_v2};
pub use gradient_descent::apply_gradient_descent;
pub use momentum::{MomentumTerms, apply_momentum, sparse_apply_momentum};
pub use proximal::{
    ProximalTerms, apply_proximal_adagrad, apply_proximal_gradient_descent,
    sparse_apply_proximal_adagrad, sparse_apply_proximal_gradient_descent,
};
pub use rms_prop::{
    RmsPropTerms, apply_centered_rms_prop, apply_rms_prop, sparse_apply_centered_rms_prop,
    sparse_apply_rms_prop,
};
