//! Text as Python and NumPy print it.

use ndarray::{ArrayViewD, Axis};
use tf1::Element;

/// `str(array)`: `[1.5 2. ]`.
pub fn array<T: Element>(array: ArrayViewD<'_, T>) -> String {
    let digits: Vec<String> = array.iter().map(number).collect();
    let width = |part: fn(&str) -> usize| digits.iter().map(|text| part(text)).max().unwrap_or(0);
    let (before, after) = (width(before_point), width(after_point));
    nested(
        &array,
        &|element| {
            let text = number(&element);
            let (left, right) = (before - before_point(&text), after - after_point(&text));
            format!("{}{text}{}", " ".repeat(left), " ".repeat(right))
        },
        " ",
    )
}

/// `repr(array)` of a short vector of float32: `array([2., 4.], dtype=float32)`.
pub fn repr<T: Element>(array: ArrayViewD<'_, T>) -> String {
    format!(
        "array({}, dtype={})",
        nested(&array, &|element| number(&element), ", "),
        T::DTYPE
    )
}

/// A list of names: `['a', 'b']`.
pub fn names(names: impl IntoIterator<Item = String>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("'{name}'")).collect();
    format!("[{}]", quoted.join(", "))
}

/// A number as NumPy prints it in an array: the shortest text that reads back the same, at most 8
/// digits after the point.
fn number<T: Element>(element: &T) -> String {
    let text = element.to_string();
    match text.split_once('.') {
        _ if !T::DTYPE.is_floating() => text,
        Some((_, fraction)) if fraction.len() > 8 => format!("{element:.8}"),
        Some(_) => text,
        None if text == "NaN" => "nan".to_string(),
        None if text.ends_with("inf") => text,
        None => format!("{text}."),
    }
}

fn before_point(text: &str) -> usize {
    text.find('.').unwrap_or(text.len())
}

fn after_point(text: &str) -> usize {
    text.len() - before_point(text)
}

fn nested<T: Element>(
    array: &ArrayViewD<'_, T>,
    write: &dyn Fn(T) -> String,
    separator: &str,
) -> String {
    if array.ndim() == 0 {
        return array
            .first()
            .map_or_else(String::new, |only| write(only.clone()));
    }
    let parts: Vec<String> = array
        .axis_iter(Axis(0))
        .map(|part| nested(&part, write, separator))
        .collect();
    let separator = if array.ndim() > 1 { "\n " } else { separator };
    format!("[{}]", parts.join(separator))
}
