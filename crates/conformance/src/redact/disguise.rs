//! A text under its escapes: `\u0041`, `%41`, `&#65;`, base64 and hex say the same as `A`.

use std::ops::Range;

/// A text with some escapes resolved; each character knows which bytes of the source it stands for.
#[derive(Clone)]
pub(super) struct View(pub(super) Vec<(char, Range<usize>)>);

/// An escape within an escape within an escape is as deep as it goes.
const LAYERS: usize = 5;

impl View {
    /// The text as written, then with one more layer of escapes resolved each.
    pub(super) fn layers(text: &str) -> Vec<Self> {
        let mut layers = vec![Self(text.char_indices().map(|(at, c)| (c, at..at + c.len_utf8())).collect())];
        while layers.len() < LAYERS {
            let next = layers[layers.len() - 1].resolved();
            if next.0.len() == layers[layers.len() - 1].0.len() {
                break;
            }
            layers.push(next);
        }
        layers
    }

    /// The bytes of the source behind these characters.
    pub(super) fn source(&self, chars: Range<usize>) -> Range<usize> {
        self.0[chars.start].1.start..self.0[chars.end - 1].1.end
    }

    pub(super) fn text(&self, chars: Range<usize>) -> String {
        self.0[chars].iter().map(|(c, _)| c).collect()
    }

    /// Where these characters stand, in any case.
    pub(super) fn find(&self, needle: &[char]) -> Vec<Range<usize>> {
        let same = |window: &[(char, Range<usize>)]| window.iter().zip(needle).all(|((c, _), wanted)| lower(*c) == *wanted);
        let starts = self.0.windows(needle.len().max(1)).enumerate().filter(|(_, window)| same(window));
        starts.map(|(at, _)| at..at + needle.len()).collect()
    }

    /// Runs that say the needle in base64 or hex, whatever stands before and behind it in them.
    pub(super) fn find_encoded(&self, needle: &[char]) -> Vec<Range<usize>> {
        let needle: String = needle.iter().collect();
        let mut found = Vec::new();
        let mut at = 0;
        while at < self.0.len() {
            let length = self.0[at..].iter().take_while(|(c, _)| base64_digit(*c).is_some() || *c == '=').count();
            if length >= needle.len() {
                let run: Vec<char> = self.0[at..at + length].iter().map(|(c, _)| *c).collect();
                if says(&run, &needle) {
                    found.push(at..at + length);
                }
            }
            at += length.max(1);
        }
        found
    }

    fn resolved(&self) -> Self {
        let mut out = Vec::with_capacity(self.0.len());
        let mut at = 0;
        while at < self.0.len() {
            let (text, taken) = self.escape(at).unwrap_or_else(|| (vec![self.0[at].0], 1));
            let source = self.source(at..at + taken);
            out.extend(text.into_iter().map(|c| (c, source.clone())));
            at += taken;
        }
        Self(out)
    }

    /// What the escape at a place says, and how many characters it takes.
    fn escape(&self, at: usize) -> Option<(Vec<char>, usize)> {
        let c = |offset: usize| self.0.get(at + offset).map(|(c, _)| *c);
        let hex = |from: usize, digits: usize| {
            let text: Option<String> = (from..from + digits).map(c).collect();
            u32::from_str_radix(&text?, 16).ok()
        };
        match (c(0)?, c(1)?) {
            ('\\', 'u') => {
                let unit = hex(2, 4)?;
                let low = (c(6) == Some('\\') && c(7) == Some('u')).then(|| hex(8, 4)).flatten();
                match (char::from_u32(unit), low) {
                    (Some(c), _) => Some((vec![c], 6)),
                    (None, Some(low)) => {
                        let c = char::from_u32(0x10000 + (unit.checked_sub(0xd800)? << 10) + low.checked_sub(0xdc00)?)?;
                        Some((vec![c], 12))
                    }
                    _ => None,
                }
            }
            ('\\', 'x') => Some((vec![char::from_u32(hex(2, 2)?)?], 4)),
            ('\\', c @ ('/' | '"' | '\\')) => Some((vec![c], 2)),
            ('%', _) => {
                let mut bytes = Vec::new();
                while c(bytes.len() * 3) == Some('%')
                    && let Some(byte) = hex(bytes.len() * 3 + 1, 2)
                {
                    bytes.push(u8::try_from(byte).ok()?);
                }
                (!bytes.is_empty()).then(|| (String::from_utf8_lossy(&bytes).chars().collect(), bytes.len() * 3))
            }
            ('&', '#') => {
                let inside: String = self.0[at + 2..].iter().take(9).map(|(c, _)| *c).take_while(|c| *c != ';').collect();
                let digits = inside.strip_prefix(['x', 'X']);
                let value = digits.map_or_else(|| inside.parse().ok(), |digits| u32::from_str_radix(digits, 16).ok())?;
                (c(2 + inside.len()) == Some(';')).then_some((vec![char::from_u32(value)?], inside.len() + 3))
            }
            _ => None,
        }
    }
}

/// One letter for one letter, so that places stay where they are.
pub(super) fn lower(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

fn base64_digit(c: char) -> Option<u32> {
    match c {
        'A'..='Z' => Some(u32::from(c) - u32::from('A')),
        'a'..='z' => Some(u32::from(c) - u32::from('a') + 26),
        '0'..='9' => Some(u32::from(c) - u32::from('0') + 52),
        '+' | '-' => Some(62),
        '/' | '_' => Some(63),
        _ => None,
    }
}

fn says(run: &[char], needle: &str) -> bool {
    let contains = |bytes: &[u8]| String::from_utf8_lossy(bytes).to_lowercase().contains(needle);
    // The encoding may begin anywhere in the run: a path stands before it.
    (0..4).any(|skip| contains(&base64(run.get(skip..).unwrap_or_default())))
        || (0..2).any(|skip| contains(&hex(run.get(skip..).unwrap_or_default())))
}

fn base64(run: &[char]) -> Vec<u8> {
    let digits: Vec<u32> = run.iter().filter_map(|c| base64_digit(*c)).collect();
    let group = |four: &[u32]| {
        let bits = four.iter().enumerate().fold(0, |bits, (at, digit)| bits | digit << (18 - 6 * at));
        bits.to_be_bytes().into_iter().skip(1).take((four.len() * 6) / 8).collect::<Vec<u8>>()
    };
    digits.chunks(4).flat_map(group).collect()
}

fn hex(run: &[char]) -> Vec<u8> {
    let digits: Vec<Option<u32>> = run.iter().map(|c| c.to_digit(16)).collect();
    digits
        .chunks_exact(2)
        .map(|pair| pair[0].zip(pair[1]).and_then(|(high, low)| u8::try_from(high * 16 + low).ok()).unwrap_or(0))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, hidden: &str) {
        let needle: Vec<char> = "k3y-aa".chars().collect();
        let found = View::layers(text).iter().find_map(|view| {
            let range = view.find(&needle).into_iter().chain(view.find_encoded(&needle)).next()?;
            Some(text[view.source(range)].to_owned())
        });
        assert_eq!(found.as_deref(), Some(hidden), "{text}");
    }

    #[test]
    fn a_text_is_found_under_its_escapes() {
        check("a K3Y-Aa b", "K3Y-Aa");
        check(r"x\u006b3y-aay", r"\u006b3y-aa");
        check(r"x\\u006b3y-aay", r"\\u006b3y-aa");
        check("x=%6B3y%2Daa&", "%6B3y%2Daa");
        check("x=%256B3y-aa&", "%256B3y-aa");
        check("&#107;3y&#x2d;aa", "&#107;3y&#x2d;aa");
        // user:k3y-aa
        check("Basic dXNlcjprM3ktYWE=", "dXNlcjprM3ktYWE=");
        check("\"/v1/azN5LWFh\"", "/v1/azN5LWFh");
        check("6b33792d6161.", "6b33792d6161");
        check("é k3y-aa", "k3y-aa");
    }
}
