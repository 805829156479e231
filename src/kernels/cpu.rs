//! What this processor can do beyond what every processor of its kind can.

use std::sync::OnceLock;

/// Sets of instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// What the program was compiled for.
    Plain,
    /// AVX2 and FMA: eight `f32` at once.
    #[cfg(target_arch = "x86_64")]
    Avx2,
}

/// The best level of this processor; the environment variable `TF1_CPU=plain` lowers it.
#[inline]
pub(crate) fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(|| match std::env::var_os("TF1_CPU") {
        Some(name) if name == "plain" => Level::Plain,
        _ => detect(),
    })
}

fn detect() -> Level {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        return Level::Avx2;
    }
    Level::Plain
}

/// Does `work`, a copy of which is compiled for each level.
///
/// A function is compiled anew only where it is inlined, so `work` must be a closure marked `#[inline(always)]`, and so must
/// the functions that it calls. The copies give the same bits: no level fuses a product and a sum that the source does not.
#[inline(always)]
pub(crate) fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    if level() == Level::Avx2 {
        // SAFETY: the processor has AVX2 and FMA.
        return unsafe { with_avx2(work) };
    }
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn with_avx2<R>(work: impl FnOnce() -> R) -> R {
    work()
}
