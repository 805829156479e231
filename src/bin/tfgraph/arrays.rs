//! Arrays of any type as numbers, and from texts.

use ndarray::{ArrayD, IxDyn};
use tf1::{AnyArray, DType};

/// The elements of an array of floats as `f64`; of others, NaN.
pub fn elements(array: &AnyArray) -> ArrayD<f64> {
    let shape = IxDyn(array.shape());
    let as_numbers = array
        .view::<f32>()
        .map(|view| view.mapv(f64::from))
        .or_else(|| Some(array.view::<f64>()?.to_owned()));
    as_numbers.unwrap_or_else(|| ArrayD::from_elem(shape, f64::NAN))
}

/// Whether two arrays of integers or truth values are equal.
pub fn are_equal(a: &AnyArray, b: &AnyArray) -> bool {
    fn same<T: tf1::Element>(a: &AnyArray, b: &AnyArray) -> bool {
        a.view::<T>().is_some_and(|a| Some(a) == b.view::<T>())
    }
    same::<i32>(a, b) || same::<i64>(a, b) || same::<u8>(a, b) || same::<bool>(a, b)
}

/// The array of these texts; `None` if they are not numbers, or not as many as the shape asks for.
pub fn parsed(texts: &[&str], lengths: &[usize], dtype: DType) -> Option<AnyArray> {
    let real = |text: &str| text.parse::<f64>().ok();
    let whole = |text: &str| {
        let number = text.parse::<i64>().ok();
        number.or_else(|| real(text).filter(|x| x.fract() == 0.0).map(|x| x as i64))
    };
    Some(match dtype {
        DType::Float32 => array(texts, lengths, |text| Some(real(text)? as f32))?.into(),
        DType::Float64 => array(texts, lengths, real)?.into(),
        DType::Int32 => array(texts, lengths, |text| i32::try_from(whole(text)?).ok())?.into(),
        DType::Int64 => array(texts, lengths, whole)?.into(),
        DType::UInt8 => array(texts, lengths, |text| u8::try_from(whole(text)?).ok())?.into(),
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
