//! Fields of bodies and queries as plain data: one table that checks a request, remarks on slips, and describes both.

use std::borrow::Cow;

use super::body::{Field, Object};
use super::request::Request;

/// A field of a JSON body, or a parameter of a query.
#[derive(Clone, Copy, Debug)]
pub struct FieldSpec {
    /// Its name, as sent.
    pub name: &'static str,
    /// What it may hold.
    pub kind: Kind,
    /// Whether a request without it is refused.
    pub need: Need,
}

/// Whether a request without the field is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Refused; an empty or blank string counts as absent.
    Required,
    /// Taken; null counts as absent.
    Optional,
}

/// What a field may hold. In a query everything is text, and numbers and booleans are read from it.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A string of at most so many characters.
    Text {
        /// Characters, not bytes.
        max: usize,
    },
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// A whole number.
    Integer {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// Any number.
    Number,
    /// `true` or `false`; in a query `1` and `0` as well.
    Boolean,
    /// An object of anything.
    Object,
    /// A list of anything.
    Array {
        /// Fewest entries.
        min: usize,
        /// Most entries.
        max: usize,
    },
    /// A list of strings.
    Texts {
        /// Fewest entries.
        min: usize,
        /// Most entries.
        max: usize,
    },
    /// One of several kinds.
    Either(&'static [Kind]),
    /// Anything at all.
    Any,
}

/// A string without a documented bound. Decided: longer than this it is nobody's text, and work without end.
pub const TEXT: Kind = Kind::Text { max: TEXT_MAX };

/// Characters of a string without a documented bound; no document of ours tells of it.
pub const TEXT_MAX: usize = 50_000;

/// A field that must be there.
pub const fn required(name: &'static str, kind: Kind) -> FieldSpec {
    FieldSpec { name, kind, need: Need::Required }
}

/// A field that may be left out.
pub const fn optional(name: &'static str, kind: Kind) -> FieldSpec {
    FieldSpec { name, kind, need: Need::Optional }
}

/// What is wrong with a request, and with which field: the first in the order of the table.
#[derive(Clone, Copy, Debug)]
pub struct Wrong<'s> {
    /// The field.
    pub field: &'s FieldSpec,
    /// What is wrong with it.
    pub problem: Problem,
    /// The type received, as JavaScript's `typeof` names it; `undefined` when absent.
    pub received: &'static str,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It is required and absent, null or blank.
    Missing,
    /// It has another type.
    Type,
    /// The type is right and the value out of range.
    Value,
}

impl Kind {
    /// The type's name in messages: `string`, `number`, `boolean`, `object` or `array`.
    pub const fn type_name(self) -> &'static str {
        match self {
            Self::Text { .. } | Self::OneOf(_) => "string",
            Self::Integer { .. } | Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Object => "object",
            Self::Array { .. } | Self::Texts { .. } => "array",
            Self::Either(kinds) => kinds[0].type_name(),
            Self::Any => "any",
        }
    }

    fn accepts(self, field: &Field<'_>) -> Result<(), Problem> {
        match (self, field) {
            (Self::Any, _) => Ok(()),
            (Self::Either(kinds), field) => {
                let problems: Vec<Problem> = kinds.iter().map_while(|kind| kind.accepts(field).err()).collect();
                if problems.len() < kinds.len() {
                    return Ok(());
                }
                Err(if problems.contains(&Problem::Value) { Problem::Value } else { Problem::Type })
            }
            (Self::Text { .. } | Self::OneOf(_), Field::Text(text)) => self.accepts_text(text),
            (Self::Integer { .. }, field) => match field.number() {
                None => Err(Problem::Type),
                Some(_) => within(self, field.integer()),
            },
            (Self::Number, field) => field.number().map(drop).ok_or(Problem::Type),
            (Self::Boolean, field) => field.boolean().map(drop).ok_or(Problem::Type),
            (Self::Object, Field::Other { raw, .. }) if raw.starts_with('{') => Ok(()),
            (Self::Array { min, max }, field) => match field.items() {
                None => Err(Problem::Type),
                Some(items) if (min..=max).contains(&items.len()) => Ok(()),
                Some(_) => Err(Problem::Value),
            },
            (Self::Texts { min, max }, field) => {
                match field.items() {
                    Some(items) if items.iter().all(|item| matches!(Field::of(item), Field::Text(_))) => {
                        if (min..=max).contains(&items.len()) { Ok(()) } else { Err(Problem::Value) }
                    }
                    _ => Err(Problem::Type),
                }
            }
            _ => Err(Problem::Type),
        }
    }

    /// The same for a query's parameter.
    fn accepts_text(self, text: &str) -> Result<(), Problem> {
        let fits = match self {
            Self::Text { max } => text.chars().nth(max).is_none(),
            Self::OneOf(known) => known.contains(&text),
            Self::Integer { .. } => return within(self, text.parse().ok()),
            Self::Number => text.parse::<f64>().is_ok_and(f64::is_finite),
            Self::Boolean => boolean(text).is_some(),
            Self::Either(kinds) => kinds.iter().any(|kind| kind.accepts_text(text).is_ok()),
            Self::Any | Self::Object | Self::Array { .. } | Self::Texts { .. } => true,
        };
        if fits { Ok(()) } else { Err(Problem::Value) }
    }
}

fn within(kind: Kind, number: Option<i64>) -> Result<(), Problem> {
    let Kind::Integer { min, max } = kind else { return Err(Problem::Type) };
    if number.is_some_and(|n| (min..=max).contains(&n)) { Ok(()) } else { Err(Problem::Value) }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// The first thing wrong with a body: what is missing before what has the wrong type or value, each in the table's order.
pub fn check_body<'s>(specs: &'s [FieldSpec], body: &Object<'_>) -> Result<(), Wrong<'s>> {
    let wrong = |field: &'s FieldSpec, problem| Wrong { field, problem, received: body.field(field.name).type_of() };
    for spec in specs.iter().filter(|spec| spec.need == Need::Required) {
        let field = body.field(spec.name);
        let blank = matches!(&field, Field::Text(text) if text.trim().is_empty());
        if field.is_nullish() || blank {
            return Err(wrong(spec, Problem::Missing));
        }
    }
    for spec in specs {
        let field = body.field(spec.name);
        if !field.is_nullish()
            && let Err(problem) = spec.kind.accepts(&field)
        {
            return Err(wrong(spec, problem));
        }
    }
    Ok(())
}

/// The parameters of a query, decoded.
#[derive(Clone, Debug, Default)]
pub struct Query<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Query<'a> {
    /// Reads a request's query.
    pub fn of(request: &'a Request) -> Self {
        Self(request.query().collect())
    }

    /// The first thing wrong with it, as in [`check_body`]. An empty value counts as absent.
    pub fn check<'s>(&self, specs: &'s [FieldSpec]) -> Result<(), Wrong<'s>> {
        for spec in specs.iter().filter(|spec| spec.need == Need::Required) {
            if self.text(spec.name).is_none() {
                return Err(Wrong { field: spec, problem: Problem::Missing, received: "undefined" });
            }
        }
        for spec in specs {
            for value in self.all(spec.name) {
                spec.kind.accepts_text(value).map_err(|problem| Wrong { field: spec, problem, received: "string" })?;
            }
        }
        Ok(())
    }

    /// The parameter's value, unless it is absent or empty. Of several the last one counts.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.as_ref())
    }

    /// Every value of the parameter that is not empty.
    pub fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> {
        self.0.iter().filter(move |(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.as_ref())
    }

    /// The parameter as a whole number.
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    /// The parameter as a count; a negative one is none.
    pub fn count(&self, name: &str) -> Option<usize> {
        usize::try_from(self.integer(name)?).ok()
    }

    /// The parameter as a boolean.
    pub fn boolean(&self, name: &str) -> Option<bool> {
        boolean(self.text(name)?)
    }

    /// Names that no spec has, in order.
    pub fn unknown<'s>(&'s self, specs: &'s [FieldSpec]) -> impl Iterator<Item = &'s str> {
        self.0.iter().map(|(name, _)| name.as_ref()).filter(|name| specs.iter().all(|spec| spec.name != *name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;

    const BODY: &[FieldSpec] = &[
        required("email", TEXT),
        optional("limit", Kind::Integer { min: 1, max: 50 }),
        optional("mode", Kind::OneOf(&["fast", "deep"])),
        optional("tags", Kind::Texts { min: 1, max: 2 }),
        optional("extra", Kind::Either(&[Kind::Object, TEXT])),
        optional("note", Kind::Text { max: 3 }),
    ];

    #[track_caller]
    fn check(body: &'static str, expected: Result<(), (&str, Problem, &str)>) {
        let request = Request::new(Method::POST, "/").body(body);
        let object = Object::of(&request).unwrap();
        let found = check_body(BODY, &object).map_err(|wrong| (wrong.field.name, wrong.problem, wrong.received));
        assert_eq!(found, expected, "{body}");
    }

    #[test]
    fn a_body_is_held_to_its_table() {
        check(r#"{"email":"a","limit":50.0,"mode":"deep","tags":["x"],"extra":{},"note":"äöü"}"#, Ok(()));
        check(r#"{"email":"a","limit":null,"extra":"{}","other":1}"#, Ok(()));
        check("{}", Err(("email", Problem::Missing, "undefined")));
        check(r#"{"email":null,"limit":"x"}"#, Err(("email", Problem::Missing, "object")));
        check(r#"{"email":" "}"#, Err(("email", Problem::Missing, "string")));
        check(r#"{"email":7}"#, Err(("email", Problem::Type, "number")));
        check(r#"{"email":"a","limit":0}"#, Err(("limit", Problem::Value, "number")));
        check(r#"{"email":"a","limit":1.5}"#, Err(("limit", Problem::Value, "number")));
        check(r#"{"email":"a","limit":"5"}"#, Err(("limit", Problem::Type, "string")));
        check(r#"{"email":"a","mode":"slow"}"#, Err(("mode", Problem::Value, "string")));
        check(r#"{"email":"a","tags":[]}"#, Err(("tags", Problem::Value, "object")));
        check(r#"{"email":"a","tags":[1]}"#, Err(("tags", Problem::Type, "object")));
        check(r#"{"email":"a","extra":[]}"#, Err(("extra", Problem::Type, "object")));
        check(r#"{"email":"a","note":"long"}"#, Err(("note", Problem::Value, "string")));
    }

    #[test]
    fn a_query_is_held_to_its_table() {
        let specs = &[optional("page", Kind::Integer { min: 1, max: 9 }), optional("full", Kind::Boolean)];
        let check = |target: &str| {
            let request = Request::new(Method::GET, target);
            let query = Query::of(&request);
            query.check(specs).map(|()| (query.integer("page"), query.boolean("full"), query.unknown(specs).count())).map_err(|w| w.problem)
        };
        assert_eq!(check("/?page=2&full=1&x=y"), Ok((Some(2), Some(true), 1)));
        assert_eq!(check("/?page=&page=3"), Ok((Some(3), None, 0)));
        assert_eq!(check("/?page=0"), Err(Problem::Value));
        assert_eq!(check("/?full=yes"), Err(Problem::Value));
    }
}
