//! JSON as it was sent: numbers by their digits, null and absent apart, fields in their order.
//!
//! `serde_json::Value` keeps a fraction as binary float, so that 0.1 + 0.2 credits is no longer 0.3. This keeps the text.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A value as it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// `null`, which is something else than a field that is not there.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, digit for digit.
    Number(String),
    /// A string, unescaped.
    Text(String),
    /// A list.
    Array(Vec<Json>),
    /// Fields in the order in which they came, unknown ones too.
    Object(Vec<(String, Json)>),
}

/// Why a text is no [`Json`].
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is not JSON.
    #[error("{0}")]
    Syntax(#[from] serde_json::Error),
    /// It is nested deeper than any answer is.
    #[error("nested deeper than {DEPTH_MAX}")]
    Depth,
}

/// Levels of nesting.
const DEPTH_MAX: usize = 100;

impl Json {
    /// Reads a whole text.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        Self::at_depth(serde_json::from_str(text)?, 0)
    }

    fn at_depth(raw: &RawValue, depth: usize) -> Result<Self, Unreadable> {
        if depth > DEPTH_MAX {
            return Err(Unreadable::Depth);
        }
        let text = raw.get();
        Ok(match text.as_bytes().first() {
            Some(b'n') => Self::Null,
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'"') => Self::Text(serde_json::from_str(text)?),
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(text)?;
                Self::Array(items.into_iter().map(|item| Self::at_depth(item, depth + 1)).collect::<Result<_, _>>()?)
            }
            Some(b'{') => {
                let Fields(fields) = serde_json::from_str(text)?;
                let read = |(name, value)| Ok::<_, Unreadable>((name, Self::at_depth(value, depth + 1)?));
                Self::Object(fields.into_iter().map(read).collect::<Result<_, _>>()?)
            }
            _ => Self::Number(text.to_owned()),
        })
    }

    /// The field of that name; none where it is absent or this is no object. Of two the last one counts, as for most readers.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => fields.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text of a string.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The entries of a list.
    pub fn items(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The value of `true` and `false`.
    pub const fn bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// A number that is whole and not negative.
    pub fn count(&self) -> Option<u64> {
        match self {
            Self::Number(digits) => digits.parse().ok(),
            _ => None,
        }
    }

    /// A number, exactly.
    pub fn decimal(&self) -> Option<Decimal> {
        match self {
            Self::Number(digits) => Decimal::from_str(digits).or_else(|_| Decimal::from_scientific(digits)).ok(),
            _ => None,
        }
    }

    /// Reads a typed value out of it.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.to_string())
    }
}

impl fmt::Display for Json {
    /// As JSON, without white space.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(digits) => f.write_str(digits),
            Self::Text(text) => write_text(f, text),
            Self::Array(items) => {
                f.write_str("[")?;
                for (at, item) in items.iter().enumerate() {
                    let comma = if at == 0 { "" } else { "," };
                    write!(f, "{comma}{item}")?;
                }
                f.write_str("]")
            }
            Self::Object(fields) => {
                f.write_str("{")?;
                for (at, (name, value)) in fields.iter().enumerate() {
                    f.write_str(if at == 0 { "" } else { "," })?;
                    write_text(f, name)?;
                    write!(f, ":{value}")?;
                }
                f.write_str("}")
            }
        }
    }
}

fn write_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str(&serde_json::to_string(text).map_err(|_| fmt::Error)?)
}

/// An object's fields in their order.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(InOrder).map(Fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str) {
        assert_eq!(Json::parse(text).unwrap().to_string(), text);
    }

    #[test]
    fn what_is_read_is_written_again_digit_for_digit() {
        check(r#"{"b":15432.50,"a":9007199254740993,"e":1.0E-7,"n":null,"b":[true,false,{}],"t":"\"ä\n"}"#);
        check("[]");
        check("0.1234567890123456789012345678");
    }

    #[test]
    fn null_and_absent_are_kept_apart() {
        let json = Json::parse(r#"{"a":null}"#).unwrap();
        assert_eq!((json.get("a"), json.get("b")), (Some(&Json::Null), None));
    }

    #[test]
    fn decimals_are_exact() {
        let decimal = |text| Json::parse(text).unwrap().decimal().map(|n| n.to_string());
        assert_eq!(decimal("0.30"), Some("0.30".to_owned()));
        assert_eq!(decimal("5e-2"), Some("0.05".to_owned()));
        assert_eq!(decimal("\"1\""), None);
    }

    #[test]
    fn nesting_has_a_bound() {
        let deep = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(Json::parse(&deep(50)).is_ok());
        assert!(Json::parse(&deep(20_000)).is_err());
    }
}
