//! Paths and remarks fit for a report: what may be a key, an id or an address is left out.
//!
//! A journal stays on its machine and shows requests as sent. A run's summary ends up in the logs of others, so it
//! shows words only. Whether something is a word is guessed by its form, and in doubt it is none.

/// Stands for what is left out.
const LEFT_OUT: &str = "*";

/// A path without its query, with a star for each segment that is no word: `/api/campaigns/*/leads`.
///
/// Of a path with many segments the first are shown, so that all there is to keep is bounded.
pub fn path(path: &str) -> String {
    const SEGMENTS_MAX: usize = 12;
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut segments = path.split('/');
    let mut shown: Vec<&str> =
        segments.by_ref().take(SEGMENTS_MAX).map(|segment| if is_words(segment) { segment } else { LEFT_OUT }).collect();
    if segments.next().is_some() {
        shown.push("...");
    }
    shown.join("/")
}

/// A method as it is, if it is one that anybody uses.
pub fn method(method: &str) -> &str {
    const LETTERS_MAX: usize = 10;
    let is_plain = !method.is_empty() && method.len() <= LETTERS_MAX && method.bytes().all(|b| b.is_ascii_uppercase());
    if is_plain { method } else { LEFT_OUT }
}

/// A sentence with a star for each long word that may be a key, and no character that a terminal obeys.
pub fn sentence(text: &str) -> String {
    // Nobody's key is as short, and "2026-01-15T12" is worth reading.
    const KEY_LETTERS_MIN: usize = 16;
    const CHARACTERS_MAX: usize = 240;
    let is_inside = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '+' | '=' | '~' | '@' | '.');
    let mut shown = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| is_inside(c) != is_inside(first)).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        // A full stop ends a sentence more often than it stands in a key.
        let word = piece.trim_end_matches('.');
        if is_inside(first) && (begins_as_a_key(word) || word.len() >= KEY_LETTERS_MIN && !is_words(word)) {
            shown.push_str(LEFT_OUT);
            shown.push_str(&piece[word.len()..]);
        } else {
            shown.extend(piece.chars().map(|c| if c.is_control() { ' ' } else { c }));
        }
        rest = after;
    }
    match shown.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => format!("{}...", &shown[..end]),
        None => shown,
    }
}

/// Whether a text is made of words as programmers write them: `email-validation`, `v1`, `b2b`, `linkedInUrl`.
fn is_words(text: &str) -> bool {
    const LETTERS_MAX: usize = 40;
    text.len() <= LETTERS_MAX && !begins_as_a_key(text) && text.split(['-', '_', '.']).all(is_word)
}

fn is_word(word: &str) -> bool {
    const LETTERS_MAX: usize = 16;
    // `v1`, `b2b`, `oauth2`: a longer one with digits is an id or a key.
    const LETTERS_WITH_DIGITS_MAX: usize = 6;
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    if !word.bytes().all(|b| b.is_ascii_alphanumeric()) || digits > 0 && digits == word.len() {
        return false;
    }
    if digits > 0 {
        return word.len() <= LETTERS_WITH_DIGITS_MAX && digits <= 2;
    }
    // Drawn letters change case all the time, and a name does so where a word begins.
    let humps: Vec<&str> = humps(word).collect();
    humps.len() <= 5 && humps.iter().all(|hump| hump.len() <= LETTERS_MAX) && word.len() >= 3 * (humps.len() - 1)
}

/// The parts of a name such as `linkedInUrl`, cut where a small letter meets a capital one.
fn humps(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(word);
    std::iter::from_fn(move || {
        let word = rest?;
        let cut = word.as_bytes().windows(2).position(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
        let (hump, after) = cut.map_or((word, None), |at| (&word[..=at], Some(&word[at + 1..])));
        rest = after;
        Some(hump)
    })
}

/// Whether a text begins as the keys of well-known services do.
fn begins_as_a_key(text: &str) -> bool {
    const BEGINNINGS: [&str; 11] = ["sk_", "sk-", "pk_", "pk-", "rk_", "whsec_", "ghp_", "xoxb-", "xoxp-", "lm_", "eyj"];
    BEGINNINGS.iter().any(|beginning| text.get(..beginning.len()).is_some_and(|start| start.eq_ignore_ascii_case(beginning)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::Provider;

    #[test]
    fn every_word_of_our_own_paths_is_shown() {
        for spec in Provider::ALL.into_iter().flat_map(Provider::operations) {
            for template in spec.paths {
                let stars: Vec<&str> = template.split('/').map(|segment| if segment.starts_with('{') { "*" } else { segment }).collect();
                assert_eq!(path(template), stars.join("/"), "{}", spec.id);
            }
        }
    }

    #[test]
    fn what_may_be_a_key_is_left_out() {
        for (sent, shown) in [
            ("/v1/credit?api_key=abc", "/v1/credit"),
            ("/v1/people/b2b-ad-details", "/v1/people/b2b-ad-details"),
            ("/api/campaigns/3f2504e0-4f89-41d3-9a0c-0305e82c3301/leads", "/api/campaigns/*/leads"),
            ("/api/jobs/81725", "/api/jobs/*"),
            ("/v1/leads/jo@example.com", "/v1/leads/*"),
            ("/v1/leads/jo%40example.com", "/v1/leads/*"),
            ("/v1/sk_live_abc", "/v1/*"),
            ("/v1/Sk-abc", "/v1/*"),
            ("/v1/1f0cd4b4ae3e4f8d9a1b2c3d4e5f6071", "/v1/*"),
            ("/v1/aGVsbG9Xb3JsZEZvb0JhckJheg", "/v1/*"),
            ("/v1/qzkfjwpxvbnmlkjhgfdsa", "/v1/*"),
            ("/v1/AKIAIOSFODNNEXAMPLE", "/v1/*"),
            ("/bot123:AAbbCC/sendMessage", "/*/sendMessage"),
            ("/services/T00000000/B00000000/QrStUvWxYzAbCdEfGhIjKlMn", "/services/*/*/*"),
            ("/v1/\u{1b}[31m", "/v1/*"),
            ("/", "/"),
            ("", ""),
            ("/a/b/c/d/e/f/g/h/i/j/k/l/m/n", "/a/b/c/d/e/f/g/h/i/j/k/..."),
        ] {
            assert_eq!(path(sent), shown, "{sent}");
        }
        assert_eq!([method("POST"), method("post"), method("A1B2"), method("")], ["POST", "*", "*", "*"]);
    }

    #[test]
    fn a_remark_stays_readable_without_what_may_be_a_key() {
        let kept = [
            "the documents spell the header X-API-Key, exactly; this request says x-api-key",
            "no document has a number; ours is full at 2026-01-15T12:00:00.000Z",
            "the documents name no field \"linkedinUrl\"; did you mean \"linkedInUrl\"?",
            "the documents name \"email\" here from August 2026 on; before that it is not read",
        ];
        for text in kept {
            assert_eq!(sentence(text), text);
        }
        assert_eq!(
            sentence("the documents name no field \"sk_live_a\", nor \"9f8e7d6c5b4a39281706\" or eyJhbGciOi.\u{1b}"),
            "the documents name no field \"*\", nor \"*\" or *. "
        );
        assert_eq!(sentence(&"a ".repeat(500)).chars().count(), 243);
    }
}
