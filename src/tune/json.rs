//! Numbers in JSON, which has no NaN and no infinity.

use serde_json::Value as Json;

/// A number as JSON, from which [`read`] gets the same bits back (of a NaN, that it is one).
pub(super) fn number(number: f64) -> Json {
    if number.is_finite() {
        Json::from(number)
    } else {
        Json::from(number.to_string())
    }
}

/// The number that [`number`] wrote.
pub(super) fn read(json: &Json) -> Option<f64> {
    match json.as_str() {
        None => json.as_f64(),
        Some("NaN") => Some(f64::NAN),
        Some("inf") => Some(f64::INFINITY),
        Some("-inf") => Some(f64::NEG_INFINITY),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_comes_back_with_its_bits() {
        let numbers = [0.1, -0.0, 5e-324, f64::MAX, 1.0 - f64::EPSILON / 2.0, 1e21];
        let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        for value in numbers.into_iter().chain(odd) {
            let text = serde_json::to_string(&number(value)).unwrap();
            let back = read(&serde_json::from_str(&text).unwrap()).unwrap();
            assert!(
                back.to_bits() == value.to_bits() || back.is_nan() && value.is_nan(),
                "{value} was written as {text}"
            );
        }
        assert_eq!(read(&Json::from("12")), None);
    }
}
