//! [`Scale`]: on which real numbers are drawn evenly.

/// What is drawn evenly: the number, its logarithm, or that of its distance to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tune) enum Scale {
    Linear,
    Log,
    OneMinusLog,
}

impl Scale {
    /// Where a number lies; grows with it.
    pub(super) fn exponent(self, number: f64) -> f64 {
        match self {
            Scale::Linear => number,
            Scale::Log => libm::log10(number),
            Scale::OneMinusLog => -libm::log10(1.0 - number),
        }
    }

    /// The number that lies there. From `libm`, so that all machines draw the same numbers.
    pub(super) fn number(self, exponent: f64) -> f64 {
        match self {
            Scale::Linear => exponent,
            Scale::Log => libm::exp10(exponent),
            Scale::OneMinusLog => 1.0 - libm::exp10(-exponent),
        }
    }

    /// What the file of a search calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Scale::Linear => "uniform",
            Scale::Log => "log_uniform",
            Scale::OneMinusLog => "one_minus_log_uniform",
        }
    }
}
