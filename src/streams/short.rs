//! Floats of 16 bits from Philox.
//!
//! Source: `lib/random/random_distributions.h` of TensorFlow 1.15: uniform values have as many
//! random bits as the type's mantissa, normal ones are those of `f32`, rounded.

use half::{bf16, f16};

use super::{Normal, Philox, PhiloxDistribution, TruncatedNormal, Uniform};

macro_rules! short_float {
    ($($type:ident, $mantissa:literal;)*) => {$(
        impl PhiloxDistribution<$type> for Uniform {
            type Group = [$type; 4];

            fn group(&self, start: Philox, index: u128) -> Self::Group {
                const MASK: u32 = (1 << $mantissa) - 1;
                let of_word = |word: u32| {
                    $type::from_bits($type::ONE.to_bits() | (word & MASK) as u16) - $type::ONE
                };
                start.skipped(index).next_block().map(of_word)
            }
        }

        short_float!(@rounded $type: Normal TruncatedNormal);
    )*};
    (@rounded $type:ident: $($distribution:ident)*) => {$(
        impl PhiloxDistribution<$type> for $distribution {
            type Group = [$type; 4];

            fn group(&self, start: Philox, index: u128) -> Self::Group {
                PhiloxDistribution::<f32>::group(self, start, index).map($type::from_f32)
            }
        }
    )*};
}

short_float! {
    f16, 10;
    bf16, 7;
}
