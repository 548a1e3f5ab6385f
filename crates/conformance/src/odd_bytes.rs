//! Bytes as text that a person can read and type: what is no text is escaped.

use std::fmt::Write as _;

/// Text as it is, `\\` for a backslash, `\n`, and `\xNN` for any other control character and each byte that is no UTF-8.
pub(crate) fn escaped(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' => text.push_str("\\\\"),
                '\n' => text.push_str("\\n"),
                c if c.is_control() => c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| push_byte(&mut text, byte)),
                c => text.push(c),
            }
        }
        chunk.invalid().iter().for_each(|byte| push_byte(&mut text, *byte));
    }
    text
}

fn push_byte(text: &mut String, byte: u8) {
    let _ = write!(text, "\\x{byte:02x}");
}

/// The bytes again; none when an escape is not one of those above.
pub(crate) fn unescaped(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        bytes.extend_from_slice(plain.as_bytes());
        let length = match escape.as_bytes().first()? {
            b'\\' => {
                bytes.push(b'\\');
                1
            }
            b'n' => {
                bytes.push(b'\n');
                1
            }
            b'x' => {
                bytes.push(u8::from_str_radix(escape.get(1..3)?, 16).ok()?);
                3
            }
            _ => return None,
        };
        rest = &escape[length..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back() {
        let all: Vec<u8> = (0..=255).chain("{\"a\":\"\\u0000\u{85}é\"}\n".bytes()).collect();
        assert_eq!(unescaped(&escaped(&all)), Some(all));
        assert_eq!(escaped(b"{\"a\":\"\xff\"}\n\\"), "{\"a\":\"\\xff\"}\\n\\\\");
    }

    #[test]
    fn what_is_no_escape_is_none() {
        assert_eq!([unescaped("\\q"), unescaped("\\x1"), unescaped("\\"), unescaped("\\xzz")], [None, None, None, None]);
    }
}
