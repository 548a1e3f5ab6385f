//! Commands that a reader can paste into a POSIX shell.

use std::fmt::Write as _;

use fixtures::RequestText;

/// The request with the documents' own keys, which a mock's documentation world takes.
pub(crate) fn curl(base_url: &str, request: &RequestText) -> String {
    let mut text = format!("curl -i -X {} {}", request.method, shell_word(&format!("{base_url}{}", request.target)));
    for (name, value) in request.headers.iter() {
        let _ = write!(text, " -H {}", shell_word(&format!("{name}: {value}")));
    }
    if !request.body.is_empty() {
        let _ = write!(text, " --data-binary {}", shell_word(&request.body));
    }
    text
}

/// The text as one word of a POSIX shell.
pub fn shell_word(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b':' | b'.' | b'-' | b'_' | b'=' | b',' | b'@' | b'%');
    if !text.is_empty() && text.bytes().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_one_word_back() {
        assert_eq!(shell_word("http://a/b?c=1"), "'http://a/b?c=1'");
        assert_eq!(shell_word("it's"), "'it'\\''s'");
        assert_eq!(shell_word(""), "''");
    }
}
