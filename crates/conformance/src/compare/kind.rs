//! What a single value looks like: an address, an id with its prefix, a time, a word of a list.
//!
//! A target with data of its own cannot repeat the documents' values. It can repeat their kinds.

use std::borrow::Cow;

/// The kind of one JSON scalar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// `42`.
    Whole,
    /// `4.2` or `4e2`; with whether the fraction is all zeros, as in `275.0`.
    Decimal {
        /// Whether it is a whole number that is written as a decimal.
        zero_fraction: bool,
    },
    /// `""`.
    Empty,
    /// `ada@example.com`.
    Email,
    /// 8-4-4-4-12 hex digits.
    Uuid,
    /// `cmp_abc123`, or a long run of letters and digits without a prefix.
    Id {
        /// `cmp_`, or nothing.
        prefix: String,
        /// What follows it.
        alphabet: Alphabet,
    },
    /// An ISO 8601 time.
    Time {
        /// Digits after the seconds.
        fraction: usize,
        /// What follows the digits.
        zone: Zone,
    },
    /// `2026-01-15`.
    Date,
    /// A URL of a person's page.
    ProfileUrl,
    /// Any other URL.
    Url,
    /// `example.com`.
    Domain,
    /// `+1 555 0100`.
    Phone,
    /// A number in quotes.
    NumberText,
    /// `not_found`.
    LowerWord,
    /// `NOT_FOUND`.
    UpperWord,
    /// `Running`.
    Capitalised,
    /// Anything else in quotes.
    Free,
}

/// The letters of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alphabet {
    /// Digits only.
    Digits,
    /// Lower-case letters, and digits.
    Lower,
    /// Upper-case letters, and digits.
    Upper,
    /// Letters of both cases, and digits.
    Mixed,
}

/// How a time says where it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// `Z`.
    Utc,
    /// `+02:00`.
    Offset,
    /// Nothing.
    Unsaid,
}

impl Kind {
    /// Of a scalar as written in JSON, at this key.
    pub fn of(raw: &str, key: &str) -> Self {
        match raw.as_bytes().first() {
            Some(b'"') => Self::of_text(&text(raw), key),
            Some(b'n') => Self::Null,
            Some(b't' | b'f') => Self::Boolean,
            _ if raw.contains(['.', 'e', 'E']) => {
                let fraction = raw.split_once('.').map_or("", |(_, fraction)| fraction);
                Self::Decimal { zero_fraction: !fraction.is_empty() && fraction.bytes().all(|b| b == b'0') }
            }
            _ => Self::Whole,
        }
    }

    /// Of a text without quotes, at this key.
    pub fn of_text(text: &str, key: &str) -> Self {
        if let Some(kind) = of_token(text) {
            return kind;
        }
        let text = &*without_tokens(text);
        if text.is_empty() {
            return Self::Empty;
        }
        let first = [is_url(text), is_email(text), is_uuid(text), is_date(text)];
        match first {
            [true, ..] if is_profile_url(text) => return Self::ProfileUrl,
            [true, ..] => return Self::Url,
            [_, true, ..] => return Self::Email,
            [_, _, true, _] => return Self::Uuid,
            [.., true] => return Self::Date,
            _ => {}
        }
        if is_profile_url(text) {
            return Self::ProfileUrl;
        }
        time(text)
            .or_else(|| is_number(text).then_some(Self::NumberText))
            .or_else(|| is_phone(text).then_some(Self::Phone))
            .or_else(|| id(text, key))
            .or_else(|| is_domain(text).then_some(Self::Domain))
            .unwrap_or_else(|| word(text))
    }

    /// Whether a value of this documented kind may be one of the other kind in another world.
    pub fn admits(&self, found: &Self, key: &str) -> bool {
        let is_text = !matches!(found, Self::Null | Self::Boolean | Self::Whole | Self::Decimal { .. } | Self::Empty);
        match (self, found) {
            _ if self == found => true,
            // 12.5 may be 12 elsewhere; who writes 275.0 writes 12.0 too.
            (Self::Decimal { zero_fraction: false }, Self::Whole | Self::Decimal { .. })
            | (Self::Decimal { zero_fraction: true }, Self::Decimal { .. })
            | (Self::Url, Self::ProfileUrl)
            | (Self::Capitalised, Self::Free) => true,
            (Self::Id { prefix, alphabet }, Self::Id { prefix: other, alphabet: letters }) => prefix == other && alphabet.admits(*letters),
            // An id in capital letters is there to be filled in.
            (Self::UpperWord, _) if is_id_key(key) => is_text,
            (Self::Free, _) => is_text,
            (Self::Capitalised | Self::UpperWord | Self::LowerWord | Self::Domain, _) if is_prose_key(key) => is_text,
            _ => false,
        }
    }

    /// Whether two places with the same value mean the same thing. Two equal counts or states mean nothing.
    pub const fn identifies(&self) -> bool {
        matches!(self, Self::Email | Self::Uuid | Self::Id { .. } | Self::ProfileUrl | Self::Url | Self::Domain | Self::Phone)
    }

    /// Whether it differs each time that something happens.
    pub const fn is_drawn(&self) -> bool {
        matches!(self, Self::Uuid | Self::Id { .. } | Self::Time { .. } | Self::Date)
    }

    /// The word in a token such as `<email:1>`; none for what is shown as it is.
    pub fn token(&self) -> Option<Cow<'static, str>> {
        Some(match self {
            Self::Email => "email".into(),
            Self::Uuid => "uuid".into(),
            Self::Id { prefix, .. } => format!("{prefix}id").into(),
            Self::Time { fraction: 0, .. } => "time".into(),
            Self::Time { .. } => "time-ms".into(),
            Self::Date => "date".into(),
            Self::ProfileUrl => "profile".into(),
            Self::Url => "url".into(),
            Self::Domain => "domain".into(),
            Self::Phone => "phone".into(),
            Self::NumberText => "number".into(),
            Self::Capitalised | Self::Free => "text".into(),
            _ => return None,
        })
    }

    /// In words: `an e-mail address`.
    pub fn told(&self) -> String {
        match self {
            Self::Null => "null".into(),
            Self::Boolean => "a boolean".into(),
            Self::Whole => "a whole number".into(),
            Self::Decimal { .. } => "a decimal".into(),
            Self::Empty => "an empty text".into(),
            Self::Email => "an e-mail address".into(),
            Self::Uuid => "a UUID".into(),
            Self::Id { prefix, alphabet } if prefix.is_empty() => format!("an id of {}", alphabet.told()),
            Self::Id { prefix, alphabet } => format!("an id {prefix}... of {}", alphabet.told()),
            Self::Time { fraction, zone } => {
                let digits = match fraction {
                    0 => "without milliseconds".to_owned(),
                    3 => "with milliseconds".to_owned(),
                    n => format!("with {n} digits after the seconds"),
                };
                let zone = match zone {
                    Zone::Utc => "Z",
                    Zone::Offset => "an offset",
                    Zone::Unsaid => "no zone",
                };
                format!("a time {digits} and {zone}")
            }
            Self::Date => "a date".into(),
            Self::ProfileUrl => "a profile URL".into(),
            Self::Url => "a URL".into(),
            Self::Domain => "a domain".into(),
            Self::Phone => "a phone number".into(),
            Self::NumberText => "a number in text".into(),
            Self::LowerWord => "a lower_snake word".into(),
            Self::UpperWord => "an UPPER word".into(),
            Self::Capitalised => "a Capitalised word".into(),
            Self::Free => "a text".into(),
        }
    }

    /// Null, boolean, number or text: what a typed client stumbles over.
    pub(crate) const fn json_type(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Boolean => 1,
            Self::Whole => 2,
            Self::Decimal { .. } => 3,
            _ => 4,
        }
    }
}

impl Alphabet {
    /// A documented id of digits only is often a placeholder, and says nothing about letters.
    const fn admits(self, found: Self) -> bool {
        match (self, found) {
            (Self::Digits | Self::Mixed, _) | (_, Self::Digits) | (Self::Lower, Self::Lower) | (Self::Upper, Self::Upper) => true,
            (Self::Lower | Self::Upper, _) => false,
        }
    }

    const fn told(self) -> &'static str {
        match self {
            Self::Digits => "digits",
            Self::Lower => "lower-case letters and digits",
            Self::Upper => "upper-case letters and digits",
            Self::Mixed => "letters and digits",
        }
    }

    fn of(text: &str) -> Option<Self> {
        let has = |is: fn(&u8) -> bool| text.bytes().any(|b| is(&b));
        let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric());
        plain.then(|| match (has(u8::is_ascii_lowercase), has(u8::is_ascii_uppercase)) {
            (true, true) => Self::Mixed,
            (true, false) => Self::Lower,
            (false, true) => Self::Upper,
            (false, false) => Self::Digits,
        })
    }
}

/// What a JSON string says, its escapes resolved. Half of a surrogate pair stays as written.
pub(crate) fn text(raw: &str) -> Cow<'_, str> {
    let inside = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(raw);
    if inside.contains('\\') {
        return serde_json::from_str::<String>(raw).map_or(Cow::Borrowed(inside), Cow::Owned);
    }
    Cow::Borrowed(inside)
}

/// The whole text is a token of a recording.
fn of_token(text: &str) -> Option<Kind> {
    let inside = text.strip_prefix('<')?.strip_suffix('>')?;
    let (name, number) = inside.split_once(':')?;
    let plain = !number.is_empty() && number.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    match name {
        _ if !plain => None,
        "email" => Some(Kind::Email),
        "phone" => Some(Kind::Phone),
        "profile" => Some(Kind::ProfileUrl),
        "name" | "address" | "key" => Some(Kind::Free),
        _ => None,
    }
}

/// `https://x/<name:1>` is a URL as `https://x/ada` was.
fn without_tokens(text: &str) -> Cow<'_, str> {
    let mut rest = text;
    let mut plain = String::new();
    while let Some((before, token)) = rest.split_once('<') {
        let Some((inside, after)) = token.split_once('>') else { break };
        if of_token(&format!("<{inside}>")).is_none() {
            break;
        }
        plain.push_str(before);
        plain.push_str(if inside.starts_with("email") { "x1@x1.com" } else { "x1" });
        rest = after;
    }
    if plain.is_empty() && rest.len() == text.len() { Cow::Borrowed(text) } else { Cow::Owned(plain + rest) }
}

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !text.contains(char::is_whitespace))
}

/// Pages of people, with or without scheme. A company's page is none.
pub(crate) fn is_profile_url(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(&text);
    let rest = rest.strip_prefix("www.").unwrap_or(rest);
    let Some((host, path)) = rest.split_once('/') else { return false };
    let of_linkedin = host == "linkedin.com" || host.ends_with(".linkedin.com");
    let of_people = ["in/", "pub/", "sales/people/", "sales/lead/"].iter().any(|start| path.len() > start.len() && path.starts_with(start));
    let handles = matches!(host, "twitter.com" | "x.com" | "github.com" | "facebook.com" | "instagram.com" | "t.me");
    !text.contains(char::is_whitespace) && ((of_linkedin && of_people) || (handles && !path.is_empty() && !path.contains('/')))
}

pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let plain = |c: char| c.is_alphanumeric() || "._%+-'!#$&*/=?^`{|}~".contains(c);
    !local.is_empty() && local.chars().all(plain) && is_domain(&domain.to_lowercase())
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.concat().bytes().all(|b| b.is_ascii_hexdigit())
}

fn has_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(|(b, s)| if s == b'9' { b.is_ascii_digit() } else { b == s })
}

fn is_date(text: &str) -> bool {
    has_shape(text, "9999-99-99")
}

fn time(text: &str) -> Option<Kind> {
    let (clock, rest) = text.split_at_checked(19)?;
    if !has_shape(clock, "9999-99-99T99:99:99") {
        return None;
    }
    let digits = rest.strip_prefix('.').map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    let zone = match &rest[if digits > 0 { digits + 1 } else { 0 }..] {
        "" => Zone::Unsaid,
        "Z" => Zone::Utc,
        offset if has_shape(offset.trim_start_matches(['+', '-']), "99:99") && offset.len() == 6 => Zone::Offset,
        _ => return None,
    };
    Some(Kind::Time { fraction: digits, zone })
}

fn is_number(text: &str) -> bool {
    let rest = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = rest.split_once('.').unwrap_or((rest, "0"));
    [whole, fraction].iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

pub(crate) fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b" +-.()x".contains(&b));
    let told = text.starts_with(['+', '(']) || has_shape(text, "999-999-9999") || has_shape(text, "999-9999");
    plain && told && (7..=18).contains(&digits)
}

fn is_domain(text: &str) -> bool {
    let labels: Vec<&str> = text.split('.').collect();
    let plain = |label: &&str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let last = labels.last().copied().unwrap_or_default();
    labels.len() > 1 && labels.iter().all(plain) && (2..=24).contains(&last.len()) && last.bytes().all(|b| b.is_ascii_lowercase())
}

/// Letters without a digit could be a word of a list; only a key that names an id makes them one.
fn id(text: &str, key: &str) -> Option<Kind> {
    let (prefix, rest) = text.rsplit_once('_').map_or(("", text), |(prefix, rest)| (prefix, rest));
    let looks_drawn = rest.bytes().any(|b| b.is_ascii_digit());
    // `draft_id` is there to be filled in.
    let alphabet = if rest == "id" { Alphabet::Mixed } else { Alphabet::of(rest)? };
    if prefix.is_empty() {
        let drawn = rest.len() >= 16 && looks_drawn;
        return (drawn && text.len() == rest.len()).then(|| Kind::Id { prefix: String::new(), alphabet });
    }
    let plain = prefix.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') && prefix.len() <= 24;
    (plain && (is_id_key(key) || (looks_drawn && rest.len() >= 3))).then(|| Kind::Id { prefix: format!("{prefix}_"), alphabet })
}

fn word(text: &str) -> Kind {
    let all = |plain: fn(u8) -> bool| text.bytes().all(|b| plain(b) || b.is_ascii_digit() || b == b'_' || b == b'-');
    let letters = text.bytes().any(|b| b.is_ascii_alphabetic());
    let capital = text.bytes().next().is_some_and(|b| b.is_ascii_uppercase());
    match () {
        () if !letters => Kind::Free,
        () if all(|b| b.is_ascii_lowercase()) => Kind::LowerWord,
        () if all(|b| b.is_ascii_uppercase()) => Kind::UpperWord,
        () if capital && text.bytes().skip(1).all(|b| b.is_ascii_lowercase()) => Kind::Capitalised,
        () => Kind::Free,
    }
}

/// `id`, `campaignId`, `lead_id`.
fn is_id_key(key: &str) -> bool {
    key == "id" || key == "ID" || key.ends_with("Id") || key.ends_with("_id") || key.ends_with("ID")
}

/// People write there as they like: `Acme`, `IBM`, `ebay` and `Acme Inc.` are all names.
fn is_prose_key(key: &str) -> bool {
    let key: String = key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let ends = [
        "name",
        "title",
        "city",
        "state",
        "country",
        "region",
        "company",
        "industry",
        "headline",
        "subject",
        "body",
        "message",
        "description",
        "text",
        "position",
        "location",
        "department",
        "note",
        "notes",
        "summary",
        "content",
        "address",
        "street",
        "school",
        "degree",
        "skills",
        "keyword",
        "keywords",
        "query",
    ];
    ends.iter().any(|end| key.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, told: &str) {
        assert_eq!(Kind::of(raw, "").told(), told, "{raw}");
    }

    #[test]
    fn each_value_has_a_kind() {
        check("null", "null");
        check("false", "a boolean");
        check("-42", "a whole number");
        check("4.20", "a decimal");
        check("1e3", "a decimal");
        check(r#""""#, "an empty text");
        check(r#""ada+x@mail.example.com""#, "an e-mail address");
        check(r#""\u0061da@example.com""#, "an e-mail address");
        check(r#""ada@localhost""#, "a text");
        check(r#""0f8fad5b-d9cb-469f-a165-70867728950e""#, "a UUID");
        check(r#""cmp_abc123""#, "an id cmp_... of lower-case letters and digits");
        check(r#""camp_01HX9Z""#, "an id camp_... of upper-case letters and digits");
        check(r#""lead_123""#, "an id lead_... of digits");
        check(r#""sk_live_aB3""#, "an id sk_live_... of letters and digits");
        check(r#""clx1y2z3a4b5c6d7e8""#, "an id of lower-case letters and digits");
        check(r#""2026-01-15T10:00:00.000Z""#, "a time with milliseconds and Z");
        check(r#""2026-01-15T10:00:00Z""#, "a time without milliseconds and Z");
        check(r#""2026-01-15T10:00:00+02:00""#, "a time without milliseconds and an offset");
        check(r#""2026-01-15T10:00:00.123456""#, "a time with 6 digits after the seconds and no zone");
        check(r#""2026-01-15T10:00:00 Z""#, "a text");
        check(r#""2026-01-15""#, "a date");
        check(r#""https://example.com/a?b""#, "a URL");
        check(r#""https://www.linkedin.com/in/ada""#, "a profile URL");
        check(r#""linkedin.com/in/ada""#, "a profile URL");
        check(r#""https://linkedin.com/company/acme""#, "a URL");
        check(r#""mail.example.com""#, "a domain");
        check(r#""+1 (555) 010-0000""#, "a phone number");
        check(r#""555-010-0000""#, "a phone number");
        check(r#""0.05""#, "a number in text");
        check(r#""42""#, "a number in text");
        check(r#""not_found""#, "a lower_snake word");
        check(r#""catch-all""#, "a lower_snake word");
        check(r#""NOT_FOUND""#, "an UPPER word");
        check(r#""Running""#, "a Capitalised word");
        check(r#""Ada Lovelace""#, "a text");
        check(r#""é""#, "a text");
        check(r#""<email:12>""#, "an e-mail address");
        check(r#""https://x.example/<name:1>/<email:2>""#, "a URL");
        check(r#""<a:b> c""#, "a text");
        assert_eq!(Kind::of(r#""cmp_abc""#, "campaignId").told(), "an id cmp_... of lower-case letters and digits");
    }

    #[track_caller]
    fn admits(key: &str, documented: &str, found: &str, expected: bool) {
        let admitted = Kind::of(documented, key).admits(&Kind::of(found, key), key);
        assert_eq!(admitted, expected, "{key}: {documented} and {found}");
    }

    #[test]
    fn another_world_may_have_another_value_of_the_kind() {
        admits("n", "2500", "3", true);
        admits("n", "2500", "2500.0", false);
        admits("n", "275.0", "275", false);
        admits("n", "12.5", "12", true);
        admits("n", "1", "\"1\"", false);
        admits("n", "null", "\"\"", false);
        admits("n", "true", "null", false);
        admits("id", "\"cmp_abc123\"", "\"cmp_z9\"", true);
        admits("id", "\"cmp_abc123\"", "\"lead_z9\"", false);
        admits("id", "\"cmp_abc123\"", "\"cmp_ABC123\"", false);
        admits("id", "\"cmp_123\"", "\"cmp_x1\"", true);
        admits("id", "\"cmp_abc123\"", "\"abc123\"", false);
        admits("id", "\"YOUR_CAMPAIGN_ID\"", "\"0f8fad5b-d9cb-469f-a165-70867728950e\"", true);
        admits("at", "\"2026-01-15T10:00:00.000Z\"", "\"2027-02-01T01:02:03.999Z\"", true);
        admits("at", "\"2026-01-15T10:00:00.000Z\"", "\"2027-02-01T01:02:03Z\"", false);
        admits("at", "\"2026-01-15T10:00:00Z\"", "\"2027-02-01T01:02:03+00:00\"", false);
        admits("at", "\"2026-01-15T10:00:00Z\"", "1768471200", false);
        admits("status", "\"running\"", "\"paused\"", true);
        admits("status", "\"running\"", "\"RUNNING\"", false);
        admits("status", "\"running\"", "\"Running\"", false);
        admits("status", "\"running\"", "\"not running\"", false);
        admits("first_name", "\"Ada\"", "\"grace\"", true);
        admits("first_name", "\"Ada\"", "\"\"", false);
        admits("x", "\"some text\"", "\"word\"", true);
        admits("url", "\"https://example.com\"", "\"example.com\"", false);
        admits("email", "\"ada@example.com\"", "\"not an address\"", false);
        admits("email", "\"ada@example.com\"", "\"<email:3>\"", true);
    }
}
