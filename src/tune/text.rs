//! Numbers as people read them: in tables and at axes.

use crate::types::trimmed;

/// A number with this many significant digits at most, as short as that allows.
pub(super) fn short(number: f64, digits: usize) -> String {
    if number == 0.0 || !number.is_finite() {
        return number.to_string();
    }
    // What the number is after it was rounded tells its size: 9.9996 has one digit before the
    // point, but becomes 10.
    let rounded = format!("{number:.*e}", digits.saturating_sub(1));
    let (mantissa, exponent) = rounded.split_once('e').unwrap_or((&rounded, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..5).contains(&exponent) {
        let decimals = usize::try_from(digits as i32 - 1 - exponent).unwrap_or(0);
        trimmed(&format!("{number:.decimals$}")).into()
    } else {
        format!("{}e{exponent}", trimmed(mantissa))
    }
}

/// A text of at most `width` characters, cut with an ellipsis if it is longer.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.into();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    kept + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let numbers = [
            0.0,
            0.25,
            9.99996,
            1234.56,
            0.00012345,
            2.5e-7,
            1e21,
            f64::NAN,
        ];
        let shown = numbers.map(|number| short(number, 4));
        let expected = [
            "0",
            "0.25",
            "10",
            "1235",
            "0.0001234",
            "2.5e-7",
            "1e21",
            "NaN",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn long_texts_are_cut_between_letters() {
        assert_eq!(cut("grün", 4), "grün");
        assert_eq!(cut("größer", 4), "grö…");
    }
}
