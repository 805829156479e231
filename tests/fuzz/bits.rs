//! [`Bits`]: what is compared of arrays.

use tf1::AnyArray;

/// An array as bits; every NaN is the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Bits {
    shape: Vec<usize>,
    bits: Vec<u64>,
}

impl Bits {
    pub fn of(array: &AnyArray) -> Bits {
        let shape = array.shape().to_vec();
        macro_rules! bits {
            ($($kind:ty, $bits:expr;)*) => {
                $(if let Some(view) = array.view::<$kind>() {
                    let bits: fn($kind) -> u64 = $bits;
                    return Bits { shape, bits: view.iter().map(|x| bits(*x)).collect() };
                })*
            };
        }
        bits! {
            f32, |x| if x.is_nan() { u64::MAX } else { x.to_bits().into() };
            f64, |x| if x.is_nan() { u64::MAX } else { x.to_bits() };
            i32, |x| x as u64;
            i64, |x| x as u64;
            u8, u64::from;
            bool, u64::from;
        }
        Bits {
            shape,
            bits: Vec::new(),
        }
    }
}
