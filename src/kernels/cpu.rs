//! What the processor can do, asked once.

use std::sync::OnceLock;

/// The instructions that kernels may use. A processor of a level has those of the ones before it of
/// its own family too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What the target has in any case.
    Plain,
    /// 64-bit ARM, all of which has NEON: the target has it in any case, so that only what is
    /// written for it by hand differs from [`Plain`](Level::Plain).
    Neon,
    /// x86-64 with AVX2 and FMA.
    Avx2Fma,
    /// x86-64 with AVX-512 F, BW, DQ and VL besides.
    Avx512,
}

/// This processor's level; the environment variable `TF1_CPU` (`plain` or `avx2`) lowers it.
pub(crate) fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(|| {
        let limit = match std::env::var("TF1_CPU").as_deref() {
            Ok("plain") => Level::Plain,
            Ok("avx2") => Level::Avx2Fma,
            _ => Level::Avx512,
        };
        detected().min(limit)
    })
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
fn detected() -> Level {
    let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    let avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl");
    match (avx2, avx512) {
        (true, true) => Level::Avx512,
        (true, false) => Level::Avx2Fma,
        (false, _) => Level::Plain,
    }
}

#[cfg(all(target_arch = "aarch64", not(miri)))]
fn detected() -> Level {
    Level::Neon
}

#[cfg(any(miri, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn detected() -> Level {
    Level::Plain
}

/// The levels that can be tested on this processor.
#[cfg(test)]
pub(crate) fn levels() -> impl Iterator<Item = Level> {
    let family: &[Level] = match cfg!(target_arch = "aarch64") {
        true => &[Level::Plain, Level::Neon],
        false => &[Level::Plain, Level::Avx2Fma, Level::Avx512],
    };
    family.iter().copied().filter(|&other| other <= level())
}

/// Whether the processor goes on reading ahead from one page of memory to the next by itself, so
/// that asking it to for each tile of a group may only cost time: measured on Zen 4, where a sum of
/// two arrays takes a third longer with it, and taken to hold for all of AMD's. `TF1_CPU=plain`
/// denies it.
pub(crate) fn reads_ahead() -> bool {
    static READS_AHEAD: OnceLock<bool> = OnceLock::new();
    *READS_AHEAD.get_or_init(|| level() > Level::Plain && is_of_amd())
}

/// The bytes of a core's second-level cache, as far as the processor tells. How products are cut
/// into parts depends on it, but not in which order they are added.
pub(crate) fn second_level_cache() -> usize {
    static BYTES: OnceLock<usize> = OnceLock::new();
    *BYTES.get_or_init(|| told_second_level_cache().unwrap_or(1 << 20))
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
fn told_second_level_cache() -> Option<usize> {
    use std::arch::x86_64::__cpuid_count;
    #[allow(unused_unsafe, reason = "safe from Rust 1.94 on")]
    // SAFETY: every x86-64 has this instruction; leaves that it does not know are zero or those of
    // another.
    let ask = |leaf: u32, index: u32| unsafe { __cpuid_count(leaf, index) };
    // "Deterministic cache parameters", on Intel's and AMD's leaf.
    let (leaf, group) = match is_of_amd() {
        true => (0x8000_001D, 0x8000_0000),
        false => (4, 0),
    };
    if ask(group, 0).eax < leaf {
        return None;
    }
    let caches = (0..8).map(|index| ask(leaf, index));
    let caches = caches.take_while(|cache| cache.eax & 0x1F != 0);
    let mut second = caches.filter(|cache| cache.eax >> 5 & 7 == 2);
    let cache = second.next()?;
    let [line, partitions, ways] = [cache.ebx & 0xFFF, cache.ebx >> 12 & 0x3FF, cache.ebx >> 22];
    let lengths = [line, partitions, ways, cache.ecx];
    let bytes = lengths.map(|length| length as usize + 1);
    let bytes = bytes.into_iter().try_fold(1usize, usize::checked_mul)?;
    // Virtual machines have been seen to tell nonsense.
    (128 << 10..=16 << 20).contains(&bytes).then_some(bytes)
}

#[cfg(not(all(target_arch = "x86_64", not(miri))))]
fn told_second_level_cache() -> Option<usize> {
    None
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
fn is_of_amd() -> bool {
    #[allow(unused_unsafe, reason = "safe from Rust 1.94 on")]
    // SAFETY: every x86-64 has this instruction.
    let vendor = unsafe { std::arch::x86_64::__cpuid(0) };
    let name = [vendor.ebx, vendor.edx, vendor.ecx].map(u32::to_le_bytes);
    name.as_flattened() == b"AuthenticAMD"
}

#[cfg(not(all(target_arch = "x86_64", not(miri))))]
fn is_of_amd() -> bool {
    false
}

/// Does `work`, a copy of which is compiled for each level.
///
/// A function is compiled anew only where it is inlined, so `work` must be a closure marked
/// `#[inline(always)]`, and so must the functions that it calls. It must `move` what it captures:
/// if it borrows a pointer, the compiler reads the pointer anew after each write, and makes no
/// vectors. The copies give the same bits: no level fuses a product and a sum that the source does
/// not, and each computes what the source fuses.
#[inline(always)]
pub(crate) fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    match level() {
        // SAFETY: the processor has these instructions.
        Level::Avx512 => return unsafe { with_avx512(work) },
        // SAFETY: the processor has these instructions.
        Level::Avx2Fma => return unsafe { with_avx2(work) },
        Level::Plain | Level::Neon => {}
    }
    work()
}

/// As [`vectorised`], without a copy for AVX-512: for work that longer registers do not speed up.
#[inline(always)]
pub(crate) fn vectorised_to_avx2<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    if level() >= Level::Avx2Fma {
        // SAFETY: the processor has these instructions.
        return unsafe { with_avx2(work) };
    }
    work()
}

/// As [`vectorised`] where a constant condition holds; other work is compiled once.
macro_rules! vectorised_if {
    ($condition:expr, $work:expr) => {
        if const { $condition } {
            $crate::kernels::cpu::vectorised(
                #[inline(always)]
                move || $work,
            )
        } else {
            $work
        }
    };
}
pub(crate) use vectorised_if;

/// As [`vectorised`] if all these element types are floating-point ones; other work is compiled
/// once.
macro_rules! vectorised_floats {
    ([$($element:ty),*] $work:expr) => {
        $crate::kernels::cpu::vectorised_if!($(<$element>::DTYPE.is_native_float())&&*, $work)
    };
}
pub(crate) use vectorised_floats;

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")]
fn with_avx512<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn with_avx2<R>(work: impl FnOnce() -> R) -> R {
    work()
}

/// Asks for the cache line at `address`, which need not be one that can be read, to be brought into
/// the nearest cache. Does nothing on processors other than x86-64.
#[inline(always)]
pub(crate) fn prefetch(address: *const u8) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: the instruction, which every x86-64 has, does not fault.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address.cast()) };
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = address;
}
