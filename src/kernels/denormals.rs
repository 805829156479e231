//! Flushing subnormal floats to zero, as TensorFlow's kernels do.
//!
//! Besides giving TensorFlow's numbers, this keeps arithmetic on values such as Adam's fading
//! moments at full speed: processors handle subnormals many times slower.

/// While this lives, this thread's arithmetic takes subnormal operands and results as zero, where
/// the processor can.
#[derive(Debug)]
#[must_use]
pub(crate) struct FlushDenormals {
    before: u64,
}

impl FlushDenormals {
    /// Switches flushing on until the value is dropped.
    pub(crate) fn enable() -> Self {
        let before = control::read();
        control::write(before | control::FLUSH);
        FlushDenormals { before }
    }
}

impl Drop for FlushDenormals {
    fn drop(&mut self) {
        control::write(self.before);
    }
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
mod control {
    //! The SSE control register MXCSR.

    use std::arch::asm;

    /// Flush-to-zero (bit 15) and denormals-are-zero (bit 6).
    pub(super) const FLUSH: u64 = 1 << 15 | 1 << 6;

    pub(super) fn read() -> u64 {
        let mut mxcsr: u32 = 0;
        // SAFETY: stores the register to the variable's own four bytes; SSE is part of x86_64.
        unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut mxcsr, options(nostack, preserves_flags)) };
        u64::from(mxcsr)
    }

    pub(super) fn write(value: u64) {
        let mxcsr = value as u32;
        // SAFETY: `value` is what `read` gave, with at most the two flush bits changed, so no
        // reserved bit is set and no exception unmasked.
        unsafe {
            asm!("ldmxcsr [{}]", in(reg) &raw const mxcsr, options(nostack, preserves_flags))
        };
    }
}

#[cfg(all(target_arch = "aarch64", not(miri)))]
mod control {
    //! The floating-point control register FPCR.

    use std::arch::asm;

    /// Flush-to-zero of operands and results (bit 24).
    pub(super) const FLUSH: u64 = 1 << 24;

    pub(super) fn read() -> u64 {
        let fpcr: u64;
        // SAFETY: reads a register that user code may read.
        unsafe { asm!("mrs {}, fpcr", out(reg) fpcr, options(nomem, nostack, preserves_flags)) };
        fpcr
    }

    pub(super) fn write(value: u64) {
        // SAFETY: `value` is what `read` gave, with at most the flush bit changed.
        unsafe { asm!("msr fpcr, {}", in(reg) value, options(nomem, nostack, preserves_flags)) };
    }
}

#[cfg(any(miri, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod control {
    //! No control over subnormals.

    pub(super) const FLUSH: u64 = 0;

    pub(super) fn read() -> u64 {
        0
    }

    pub(super) fn write(_: u64) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hint::black_box;

    #[test]
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    #[cfg_attr(miri, ignore = "Miri has no floating-point control register")]
    fn subnormals_vanish_only_while_enabled() {
        let product = || black_box(1e-30f32) * black_box(1e-10f32);
        assert!(product() > 0.0);
        let flush = FlushDenormals::enable();
        assert_eq!(product(), 0.0);
        drop(flush);
        assert!(product() > 0.0);
    }
}
