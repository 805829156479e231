//! Arrays of any type as numbers, and from texts.

use ndarray::{ArrayD, IxDyn};
use tf1::{AnyArray, Complex32, Complex64, DType, bf16, f16};

/// Runs `$body` with `$T` standing for each type in turn until it gives something.
macro_rules! first_of {
    ([$($type:ty),*], $T:ident => $body:expr) => {
        None$(.or_else(|| {
            type $T = $type;
            $body
        }))*
    };
}
pub(crate) use first_of;

/// The elements of an array of floats as `f64`, of complex ones both parts; of others, NaN.
pub fn elements(array: &AnyArray) -> ArrayD<f64> {
    let shape = IxDyn(array.shape());
    let reals = first_of!([f32, f16, bf16], T => Some(array.view::<T>()?.mapv(f64::from)));
    let reals = reals.or_else(|| Some(array.view::<f64>()?.to_owned()));
    let single = || {
        array
            .view::<Complex32>()
            .map(|view| view.mapv(|x| Complex64::new(x.re.into(), x.im.into())))
    };
    let double = || array.view::<Complex64>().map(|view| view.to_owned());
    let parts = || {
        let numbers = single().or_else(double)?;
        let shape = [numbers.shape(), &[2]].concat();
        // Few: as many as the array holds.
        let parts: Vec<f64> = numbers.iter().flat_map(|x| [x.re, x.im]).collect();
        ArrayD::from_shape_vec(shape, parts).ok()
    };
    let found = reals.or_else(parts);
    found.unwrap_or_else(|| ArrayD::from_elem(shape, f64::NAN))
}

/// Whether two arrays of integers or truth values are equal.
pub fn are_equal(a: &AnyArray, b: &AnyArray) -> bool {
    let same = first_of!([i8, i16, i32, i64, u8, u16, u32, u64, bool], T => {
        Some(a.view::<T>()? == b.view::<T>()?)
    });
    same.unwrap_or(false)
}

/// The array of these texts; `None` if they are not numbers, or not as many as the shape asks for.
pub fn parsed(texts: &[&str], lengths: &[usize], dtype: DType) -> Option<AnyArray> {
    let real = |text: &str| text.parse::<f64>().ok();
    let whole = |text: &str| {
        let number = text.parse::<i128>().ok();
        number.or_else(|| real(text).filter(|x| x.fract() == 0.0).map(|x| x as i128))
    };
    let integers = first_of!([i8, i16, i32, i64, u8, u16, u32, u64], T => {
        (dtype == <T as tf1::Element>::DTYPE).then(|| {
            array(texts, lengths, |text| T::try_from(whole(text)?).ok()).map(AnyArray::from)
        })
    });
    if let Some(integers) = integers {
        return integers;
    }
    Some(match dtype {
        DType::Float32 => array(texts, lengths, |text| Some(real(text)? as f32))?.into(),
        DType::Float64 => array(texts, lengths, real)?.into(),
        DType::Float16 => array(texts, lengths, |text| real(text).map(f16::from_f64))?.into(),
        DType::BFloat16 => array(texts, lengths, |text| real(text).map(bf16::from_f64))?.into(),
        DType::Bool => array(texts, lengths, |text| match text {
            "true" | "True" => Some(true),
            "false" | "False" => Some(false),
            _ => Some(real(text)? != 0.0),
        })?
        .into(),
        _ => return None,
    })
}

fn array<T>(
    texts: &[&str],
    lengths: &[usize],
    parse: impl Fn(&str) -> Option<T>,
) -> Option<ArrayD<T>> {
    let elements: Option<Vec<T>> = texts.iter().map(|text| parse(text)).collect();
    ArrayD::from_shape_vec(IxDyn(lengths), elements?).ok()
}
