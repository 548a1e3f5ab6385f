//! JSON bodies of requests, read field by field so that a refusal can name what is wrong.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::request::Request;

/// Why a body is not an object of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// A content type that is not JSON.
    ContentType,
    /// Not JSON, or not UTF-8.
    Syntax,
    /// JSON, but no object.
    NotAnObject,
}

/// The top level of a JSON object: names and raw values, in order. When a name is repeated, the last one counts.
#[derive(Debug, Default)]
pub struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Object<'a> {
    /// Reads a request's body. No body at all is an object without fields.
    ///
    /// A request without a content type is read as JSON; one with another content type is refused.
    pub fn of(request: &'a Request) -> Result<Self, BodyError> {
        if let Some(line) = request.headers.get("content-type") {
            let media_type = line.value.split(|b| *b == b';').next().unwrap_or_default().trim_ascii();
            let json = media_type.eq_ignore_ascii_case(b"application/json")
                || media_type.len() > 5 && media_type[media_type.len() - 5..].eq_ignore_ascii_case(b"+json");
            if !json {
                return Err(BodyError::ContentType);
            }
        }
        let body = std::str::from_utf8(&request.body).map_err(|_| BodyError::Syntax)?.trim_ascii();
        if body.is_empty() {
            return Ok(Self::default());
        }
        let mut reader = serde_json::Deserializer::from_str(body);
        let object = reader.deserialize_map(ObjectVisitor).ok().filter(|_| reader.end().is_ok());
        object.ok_or_else(|| match serde_json::from_str::<IgnoredAny>(body) {
            Ok(_) if !body.starts_with('{') => BodyError::NotAnObject,
            _ => BodyError::Syntax,
        })
    }

    /// Reads an object inside a body; none when `raw` is no object.
    pub fn of_raw(raw: &'a RawValue) -> Option<Self> {
        serde_json::Deserializer::from_str(raw.get()).deserialize_map(ObjectVisitor).ok()
    }

    /// Every name and value, in order, repeated names too.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(name, raw)| (name.as_ref(), *raw))
    }

    /// The field's text without surrounding space, unless it is absent, blank or no string.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.field(name) {
            Field::Text(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            _ => None,
        }
    }

    /// The field's raw value; none when it is absent or null.
    pub fn raw(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, raw)| *raw).filter(|raw| raw.get() != "null")
    }

    /// The field of that name.
    pub fn field(&self, name: &str) -> Field<'a> {
        self.0.iter().rev().find(|(key, _)| key == name).map_or(Field::Absent, |(_, raw)| Field::of(raw))
    }

    /// Names that are not in `known`, in order.
    pub fn unknown<'s>(&'s self, known: &'s [&str]) -> impl Iterator<Item = &'s str> {
        self.0.iter().map(|(key, _)| key.as_ref()).filter(|key| !known.contains(key))
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some((BorrowedName(name), value)) = map.next_entry()? {
            fields.push((name, value));
        }
        Ok(Object(fields))
    }
}

/// A name that is borrowed where it holds no escape; serde's own `Cow` always copies.
#[derive(serde::Deserialize)]
struct BorrowedName<'a>(#[serde(borrow)] Cow<'a, str>);

/// A field's value, by its JSON type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field<'a> {
    /// No such field.
    Absent,
    /// A string, decoded.
    Text(Cow<'a, str>),
    /// Anything else, with its type as JavaScript's `typeof` names it.
    Other {
        /// `object` (also for null and arrays), `number` or `boolean`.
        type_of: &'static str,
        /// Its text as sent.
        raw: &'a str,
    },
}

impl<'a> Field<'a> {
    /// The value, by its type.
    pub fn of(raw: &'a RawValue) -> Self {
        let raw = raw.get();
        let type_of = match raw.as_bytes().first() {
            Some(b'"') => match serde_json::from_str::<BorrowedName<'a>>(raw) {
                Ok(text) => return Self::Text(text.0),
                Err(_) => "string",
            },
            Some(b't' | b'f') => "boolean",
            Some(b'{' | b'[' | b'n') => "object",
            _ => "number",
        };
        Self::Other { type_of, raw }
    }

    /// The type as JavaScript's `typeof` names it; `undefined` when absent.
    pub const fn type_of(&self) -> &'static str {
        match self {
            Self::Absent => "undefined",
            Self::Text(_) => "string",
            Self::Other { type_of, .. } => type_of,
        }
    }

    /// The number, if it is one that is finite.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Other { type_of: "number", raw } => raw.parse().ok().filter(|n: &f64| n.is_finite()),
            _ => None,
        }
    }

    /// The whole number, if it is one; 5.0 is 5.
    pub fn integer(&self) -> Option<i64> {
        const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
        let Self::Other { type_of: "number", raw } = self else { return None };
        #[expect(clippy::cast_possible_truncation, reason = "whole and within what a float holds exactly")]
        raw.parse().ok().or_else(|| self.number().filter(|n| n.fract() == 0.0 && n.abs() <= EXACT_MAX).map(|n| n as i64))
    }

    /// The boolean, if it is one.
    pub fn boolean(&self) -> Option<bool> {
        match self {
            Self::Other { raw: "true", .. } => Some(true),
            Self::Other { raw: "false", .. } => Some(false),
            _ => None,
        }
    }

    /// The entries, if it is a list.
    pub fn items(&self) -> Option<Vec<&'a RawValue>> {
        match self {
            Self::Other { raw, .. } if raw.starts_with('[') => serde_json::from_str(raw).ok(),
            _ => None,
        }
    }

    /// Whether it is absent or null.
    pub fn is_nullish(&self) -> bool {
        matches!(self, Self::Absent | Self::Other { raw: "null", .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;

    #[track_caller]
    fn check(content_type: &str, body: &'static str, expected: Result<&str, BodyError>) {
        let request = Request::new(Method::POST, "/").header("Content-Type", content_type).body(body);
        let seen = Object::of(&request).map(|object| object.field("email").type_of());
        assert_eq!(seen, expected, "{content_type}: {body}");
    }

    #[test]
    fn a_body_is_read_by_type() {
        check("application/json", r#"{"email":"a"}"#, Ok("string"));
        check("application/json; charset=utf-8", r#" {"email":1, "email":null} "#, Ok("object"));
        check("APPLICATION/JSON", "", Ok("undefined"));
        check("application/problem+json", r#"{"\u0065mail":true}"#, Ok("boolean"));
        check("text/plain", "{}", Err(BodyError::ContentType));
        check("application/json", "[]", Err(BodyError::NotAnObject));
        check("application/json", "{\"email\":1", Err(BodyError::Syntax));
        check("application/json", "{} {}", Err(BodyError::Syntax));
        check("application/json", r#"{"email":"\ud800"}"#, Ok("string"));
    }

    #[test]
    fn deep_nesting_is_refused_not_recursed_into() {
        let body = "[".repeat(100_000);
        let request = Request::new(Method::POST, "/").body(body);
        assert_eq!(Object::of(&request).unwrap_err(), BodyError::Syntax);
    }
}
