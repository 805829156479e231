//! How texts and numbers are written in messages and files.

/// Bytes as C escapes them: quotes and backslashes behind a backslash, and all that is not ASCII or
/// does not print as three octal digits.
pub(crate) fn escaped(bytes: &[u8]) -> String {
    let mut text = String::new();
    for &byte in bytes {
        match byte {
            b'\n' => text += "\\n",
            b'\r' => text += "\\r",
            b'\t' => text += "\\t",
            b'"' | b'\'' | b'\\' => text.extend(['\\', byte.into()]),
            b' '..=b'~' => text.push(byte.into()),
            _ => text += &format!("\\{byte:03o}"),
        }
    }
    text
}

/// A decimal number without the zeros that end its decimals.
pub(crate) fn trimmed(number: &str) -> &str {
    if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        number
    }
}
