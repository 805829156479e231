//! What little JSON is written without a library.

use std::fmt::Write;

/// A string as JSON writes it, in quotes (RFC 8259, section 7).
pub(crate) fn json_string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            // Writing to a string cannot fail.
            control if control < ' ' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(control));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_comes_back() {
        let text: String = (0..0x300).filter_map(char::from_u32).collect();
        let read: String = serde_json::from_str(&json_string(&text)).unwrap();
        assert_eq!(read, text);
    }
}
