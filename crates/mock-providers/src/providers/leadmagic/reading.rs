//! Questions read from bodies: lists where one value may stand alone, sections of filters, dates, and what is wrong with them.

use jiff::civil::Date;

use crate::core::body::{Field, Object};

/// What is wrong with a body, beyond what its table of fields says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// None of these is there, and one is needed.
    Needs(&'static [&'static str]),
    /// A field's value, in words.
    Value(&'static str, String),
    /// The cursor, in words.
    Cursor(&'static str),
}

/// Most values that a list without a documented bound may have.
pub(super) const MANY: usize = 100;

impl Fault {
    pub(super) fn not_allowed(place: &'static str) -> Self {
        Self::Value(place, format!("The {place} field has a value that is not allowed."))
    }
}

/// The values of a field in lower case: a list of texts and numbers, or one alone. `place` names it in refusals.
pub(super) fn values(object: &Object<'_>, name: &str, place: &'static str, max: usize) -> Result<Vec<String>, Fault> {
    Ok(values_as_sent(object, name, place, max)?.iter().map(|value| value.to_lowercase()).collect())
}

/// The same as they were sent.
pub(super) fn values_as_sent(object: &Object<'_>, name: &str, place: &'static str, max: usize) -> Result<Vec<String>, Fault> {
    let field = object.field(name);
    if field.is_nullish() {
        return Ok(Vec::new());
    }
    let value = |field: &Field<'_>| match field {
        Field::Text(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        Field::Other { type_of: "number", raw } => Ok((*raw).to_owned()),
        _ => Err(Fault::Value(place, format!("The {place} field must hold texts or ids."))),
    };
    let Some(items) = field.items() else { return Ok(vec![value(&field)?]) };
    if items.len() > max {
        return Err(Fault::Value(place, format!("The {place} field takes at most {max} values.")));
    }
    items.iter().map(|raw| value(&Field::of(raw))).collect()
}

/// The section of filters of that name; one without filters when it is absent.
pub(super) fn section<'a>(object: &Object<'a>, names: &[&str]) -> Object<'a> {
    names.iter().find_map(|name| object.raw(name)).and_then(Object::of_raw).unwrap_or_default()
}

/// A whole number in a section, within bounds.
pub(super) fn number(object: &Object<'_>, name: &str, place: &'static str, min: i64, max: i64) -> Result<Option<i64>, Fault> {
    let field = object.field(name);
    if field.is_nullish() {
        return Ok(None);
    }
    let number = field.integer().filter(|n| (min..=max).contains(n));
    number.map(Some).ok_or_else(|| Fault::not_allowed(place))
}

/// A number of days, as an integer or in digits; `7d` is refused.
///
/// Decided: clients send both forms, and no page shows the one with a unit.
pub(super) fn days(object: &Object<'_>, name: &'static str, max: i64) -> Result<Option<i64>, Fault> {
    let days = match object.field(name) {
        field if field.is_nullish() => return Ok(None),
        Field::Text(text) => text.trim().parse().ok(),
        field => field.integer(),
    };
    days.filter(|days| (1..=max).contains(days)).map(Some).ok_or_else(|| Fault::not_allowed(name))
}

/// A date, `YYYY-MM-DD`.
pub(super) fn date(object: &Object<'_>, name: &'static str) -> Result<Option<Date>, Fault> {
    let Some(text) = object.text(name) else { return Ok(None) };
    text.parse::<Date>().ok().filter(|_| text.len() == 10).map(Some).ok_or_else(|| Fault::not_allowed(name))
}

/// Whether `text` says what is wanted: all its words, in any order; in brackets, `[VP of Sales]`, the very text.
///
/// Documented: v3-2026-b, brackets. Decided: words match from their beginning, and `of` and the like do not count.
pub(super) fn says(text: &str, wanted: &str) -> bool {
    if let Some(exact) = wanted.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return text.eq_ignore_ascii_case(exact.trim());
    }
    let text: Vec<String> = words(text).collect();
    let mut wanted = words(wanted).peekable();
    wanted.peek().is_some() && wanted.all(|word| text.iter().any(|known| known.starts_with(&word)))
}

fn words(text: &str) -> impl Iterator<Item = String> {
    // The two abbreviations that are asked for most are spelled out.
    let spelled = |word: &str| match word.to_lowercase().as_str() {
        "ceo" => "chief executive officer".split(' ').map(str::to_owned).collect(),
        "cto" => "chief technology officer".split(' ').map(str::to_owned).collect(),
        other => vec![other.to_owned()],
    };
    let split = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).flat_map(spelled);
    split.filter(|word| !["of", "the", "and", "for"].contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::request::Request;

    #[test]
    fn words_match_in_any_order_and_brackets_exactly() {
        assert!(says("VP of Sales", "sales vp"));
        assert!(says("Staff Software Engineer", "software engineer"));
        assert!(!says("VP of Sales", "vp marketing"));
        assert!(says("Chief Executive Officer", "CEO"));
        assert!(says("VP of Sales", "[vp of sales]"));
        assert!(!says("VP of Sales", "[VP Sales]"));
        assert!(!says("VP of Sales", "of"));
    }

    #[test]
    fn days_are_integers_or_digits() {
        for (body, expected) in [
            (r#"{"d":14}"#, Ok(Some(14))),
            (r#"{"d":"14"}"#, Ok(Some(14))),
            ("{}", Ok(None)),
            (r#"{"d":"7d"}"#, Err(())),
            (r#"{"d":0}"#, Err(())),
            (r#"{"d":366}"#, Err(())),
        ] {
            let request = Request::new(http::Method::POST, "/").body(body);
            assert_eq!(days(&Object::of(&request).unwrap(), "d", 365).map_err(|_| ()), expected, "{body}");
        }
    }
}
