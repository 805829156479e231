//! The first elements of a tensor as text, as TensorFlow's messages show them.

use crate::types::{Element as _, Numeric, Result, Value, escaped, memory, trimmed, with_class};

/// At most `most` elements of an array, all if that is negative: rows in brackets, and `...` where
/// elements are left out, as TensorFlow's `Tensor::SummarizeValue` writes them.
///
/// # Errors
/// `ResourceExhausted`.
pub(super) fn summarized(value: &Value<'_>, most: i64) -> Result<String> {
    let shape = value.shape();
    let count: usize = shape.iter().product();
    let limit = usize::try_from(most).map_or(count, |most| most.min(count));
    let texts = texts(value, limit)?;
    let mut text = String::new();
    write_axis(shape, &mut texts.iter().peekable(), true, &mut text);
    if count > limit {
        text += "...";
    }
    Ok(text)
}

/// Writes the elements along the first of these axes, as long as there are any left.
fn write_axis<'t>(
    shape: &[usize],
    texts: &mut std::iter::Peekable<impl Iterator<Item = &'t String>>,
    is_outermost: bool,
    text: &mut String,
) {
    let Some((&length, inner)) = shape.split_first() else {
        text.extend(texts.next().map(String::as_str));
        return;
    };
    for i in 0..length {
        if texts.peek().is_none() {
            if inner.is_empty() && !is_outermost {
                *text += "...";
            }
            return;
        }
        if inner.is_empty() {
            *text += if i > 0 { " " } else { "" };
            write_axis(inner, texts, false, text);
        } else {
            *text += "[";
            write_axis(inner, texts, false, text);
            *text += "]";
        }
    }
}

/// The first `limit` elements.
fn texts(value: &Value<'_>, limit: usize) -> Result<Vec<String>> {
    fn texts_of<'v, X: 'v>(
        elements: impl Iterator<Item = &'v X>,
        limit: usize,
        text: impl Fn(&X) -> String,
    ) -> Result<Vec<String>> {
        memory::collected(elements.take(limit).map(text))
    }
    with_class!(numeric, value.dtype(), T => match T::unwrap(value) {
        Some(array) => texts_of(array.view().iter(), limit, |x| number(*x)),
        None => Ok(Vec::new()),
    }, match value {
        Value::Bool(array) => texts_of(array.view().iter(), limit, |x| u8::from(*x).to_string()),
        Value::String(array) => texts_of(array.view().iter(), limit, |text| escaped(text)),
        _ => memory::repeated(limit, "?".to_string()),
    })
}

/// A number: of a float as many digits as tell it from all others, 6 at least of an `f32` and 15 of
/// an `f64`.
fn number<T: Numeric>(x: T) -> String {
    if T::DTYPE.is_integer() {
        return x.to_string();
    }
    let number = x.to_f64();
    let digits = if T::DTYPE.size() == 8 {
        [15, 17]
    } else {
        [6, 9]
    };
    let short = general(number, digits[0]);
    match short.parse().is_ok_and(|read| T::from_f64(read) == x) || number.is_nan() {
        true => short,
        false => general(number, digits[1]),
    }
}

/// A number with `digits` digits, as C's `%g` prints it.
fn general(x: f64, digits: usize) -> String {
    if x.is_nan() {
        return "nan".to_string();
    }
    let scientific = format!("{x:.*e}", digits - 1);
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific; // An infinity.
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..digits as i32).contains(&exponent) {
        let places = (digits as i32 - 1 - exponent) as usize;
        return trimmed(&format!("{x:.places$}")).to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trimmed(mantissa), exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Bytes, Element};
    use ndarray::{Array, ArrayD, arr0, arr1, arr2};

    fn said<T: Element>(array: ArrayD<T>, most: i64) -> String {
        summarized(&T::wrap(array.into()), most).unwrap()
    }

    /// As TensorFlow 1.15's `Assert` says them.
    #[test]
    fn elements_are_shown_as_tensorflow_shows_them() {
        let counted = Array::from_iter(0..24).into_shape_with_order((2, 3, 4));
        let counted = counted.unwrap().into_dyn();
        let all = "[[0 1 2 3][4 5 6 7][8 9 10 11]][[12 13 14 15][16 17 18 19][20 21 22 23]]";
        assert_eq!(said(counted.clone(), 10), "[[0 1 2 3][4 5 6 7][8 9...]]...");
        assert_eq!(said(counted.clone(), -1), all);
        assert_eq!(said(counted, 100), all);
        assert_eq!(said(arr1(&[1, 2, 3, 4, 5]).into_dyn(), 3), "1 2 3...");
        assert_eq!(said(arr0(1.5f32).into_dyn(), 3), "1.5");
        assert_eq!(said(arr0(1.5f32).into_dyn(), 0), "...");
        assert_eq!(said(Array::<f64, _>::zeros((2, 0, 3)).into_dyn(), 3), "");
        assert_eq!(said(arr1(&[true, false]).into_dyn(), 3), "1 0");
        let words = arr2(&[["x", "y"], ["z", "w"]]).mapv(Bytes::from);
        assert_eq!(said(words.into_dyn(), 3), "[x y][z...]...");
        let odd = arr0(Bytes::from("x\n\u{ff}\"")).into_dyn();
        assert_eq!(said(odd, 3), r#"x\n\303\277\""#);
    }

    #[test]
    fn floats_have_as_many_digits_as_in_tensorflow() {
        let single = [
            1.5,
            f32::NAN,
            1e10,
            0.1,
            1e-7,
            1e8,
            123456789.0,
            f32::NEG_INFINITY,
        ];
        let text = "1.5 nan 1e+10 0.1 1e-07 1e+08 123456792 -inf";
        assert_eq!(said(arr1(&single).into_dyn(), 10), text);
        let double = [3.0, -0.0, 1.0 / 3.0, 2e-5, 1e5, 1e6, 1234567.0];
        let text = "3 -0 0.33333333333333331 2e-05 100000 1000000 1234567";
        assert_eq!(said(arr1(&double).into_dyn(), 10), text);
    }
}
