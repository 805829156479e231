//! Reading JSON with errors that say what is missing.

use serde_json::Value as Json;

use crate::trouble::{Outcome, Trouble};

/// The member `key`, which must be there.
pub fn member<'j>(json: &'j Json, key: &str) -> Outcome<&'j Json> {
    given(json, key).ok_or_else(|| Trouble::fails(format!("the case has no member \"{key}\"")))
}

/// The member `key` if it is there and not null.
pub fn given<'j>(json: &'j Json, key: &str) -> Option<&'j Json> {
    json.get(key).filter(|found| !found.is_null())
}

/// The string `key`.
pub fn text<'j>(json: &'j Json, key: &str) -> Outcome<&'j str> {
    member(json, key)?
        .as_str()
        .ok_or_else(|| Trouble::fails(format!("\"{key}\" is not a string")))
}

/// The elements of the list `key`; none if it is absent or null.
pub fn list<'j>(json: &'j Json, key: &str) -> &'j [Json] {
    given(json, key)
        .and_then(Json::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The elements of the lists `asked` and `told`, side by side; either may be absent.
///
/// # Errors
/// If they are not of one length: what has no partner would be compared with nothing.
pub fn pairs<'j>(
    json: &'j Json,
    asked: &str,
    told: &str,
) -> Outcome<impl Iterator<Item = (&'j Json, &'j Json)>> {
    let (ours, golden) = (list(json, asked), list(json, told));
    if ours.len() != golden.len() {
        let (ours, golden) = (ours.len(), golden.len());
        return Err(Trouble::fails(format!(
            "the case has {ours} {asked:?}, but {golden} {told:?}"
        )));
    }
    Ok(ours.iter().zip(golden))
}

/// The members of the object `key`; none if it is absent or null.
pub fn object<'j>(json: &'j Json, key: &str) -> impl Iterator<Item = (&'j String, &'j Json)> {
    given(json, key)
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
}

/// A list of lengths.
pub fn lengths(json: &Json) -> Outcome<Vec<usize>> {
    let length = |item: &Json| {
        item.as_u64()
            .and_then(|length| usize::try_from(length).ok())
    };
    json.as_array()
        .and_then(|items| items.iter().map(length).collect())
        .ok_or_else(|| Trouble::fails(format!("{json} is not a list of lengths")))
}

/// The bytes whose hexadecimal digits `key` holds, if it does.
pub fn bytes(json: &Json, key: &str) -> Option<Vec<u8>> {
    let digits = json.get(key)?.as_str()?;
    let pair = |i: usize| u8::from_str_radix(digits.get(i..i + 2)?, 16).ok();
    (0..digits.len()).step_by(2).map(pair).collect()
}

/// A number, or NaN or an infinity as a string.
pub fn number(json: &Json) -> Option<f64> {
    match json {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => special_number(text),
        _ => None,
    }
}

/// NaN and the infinities, which JSON lacks.
pub fn special_number(text: &str) -> Option<f64> {
    match text {
        "nan" => Some(f64::NAN),
        "inf" => Some(f64::INFINITY),
        "-inf" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}
