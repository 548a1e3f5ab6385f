//! What a request may hold, from the tables of fields.

use super::model::{Parameter, Schema};
use crate::core::fields::{FieldSpec, Kind, Need, TEXT_MAX};

/// The parameters of a query.
pub(super) fn query(specs: &[FieldSpec]) -> impl Iterator<Item = Parameter> {
    specs.iter().map(|spec| {
        let required = spec.need == Need::Required;
        let schema = if required { filled(kind(spec.kind)) } else { kind(spec.kind) };
        Parameter { name: spec.name.to_owned(), r#in: "query", required, schema }
    })
}

/// The variables of a path template.
pub(super) fn path(template: &str) -> impl Iterator<Item = Parameter> {
    variables(template).map(|name| Parameter {
        name: name.to_owned(),
        r#in: "path",
        required: true,
        schema: Schema { min_length: Some(1), ..Schema::of_type("string") },
    })
}

/// The names in braces, in order.
pub(super) fn variables(template: &str) -> impl Iterator<Item = &str> {
    template.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

/// A JSON body. Fields that no document names are taken.
pub(super) fn body(specs: &[FieldSpec]) -> Schema {
    Schema {
        properties: specs.iter().map(|spec| (spec.name.to_owned(), field(spec))).collect(),
        required: specs.iter().filter(|spec| spec.need == Need::Required).map(|spec| spec.name.to_owned()).collect(),
        ..Schema::of_type("object")
    }
}

fn field(spec: &FieldSpec) -> Schema {
    match spec.need {
        Need::Required => filled(kind(spec.kind)),
        // Null counts as absent.
        Need::Optional => kind(spec.kind).or_null(),
    }
}

/// The same, and a text is not blank: a blank one counts as absent.
fn filled(mut schema: Schema) -> Schema {
    if schema.types == ["string"] && schema.values.is_empty() {
        schema.min_length = Some(1);
        schema.pattern = Some(r"\S");
    }
    schema.any_of = schema.any_of.into_iter().map(filled).collect();
    schema
}

fn kind(kind: Kind) -> Schema {
    match kind {
        Kind::Text { max } => Schema { max_length: bounded(max).filter(|max| *max != TEXT_MAX), ..Schema::of_type("string") },
        Kind::OneOf(known) => Schema { values: known.iter().copied().map(Some).collect(), ..Schema::of_type("string") },
        Kind::Integer { min, max } => Schema {
            minimum: Some(min).filter(|min| *min != i64::MIN),
            maximum: Some(max).filter(|max| *max != i64::MAX),
            ..Schema::of_type("integer")
        },
        Kind::Number => Schema::of_type("number"),
        Kind::Boolean => Schema::of_type("boolean"),
        Kind::Object => Schema::of_type("object"),
        Kind::Array { min, max } => array(min, max, Schema::default()),
        Kind::Texts { min, max } => array(min, max, Schema::of_type("string")),
        Kind::Either(kinds) => Schema { any_of: kinds.iter().copied().map(self::kind).collect(), ..Schema::default() },
        Kind::Any => Schema::default(),
    }
}

fn array(min: usize, max: usize, items: Schema) -> Schema {
    Schema {
        min_items: Some(min).filter(|min| *min > 0),
        max_items: bounded(max),
        items: Some(Box::new(items)),
        ..Schema::of_type("array")
    }
}

fn bounded(max: usize) -> Option<usize> {
    Some(max).filter(|max| *max != usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::fields::{TEXT, optional, required};

    #[track_caller]
    fn check(spec: FieldSpec, expected: &str) {
        assert_eq!(serde_json::to_string(&field(&spec)).unwrap(), expected);
    }

    #[test]
    fn a_field_is_described_as_it_is_checked() {
        check(required("a", TEXT), r#"{"type":"string","minLength":1,"pattern":"\\S"}"#);
        check(optional("a", Kind::Text { max: 9 }), r#"{"type":["string","null"],"maxLength":9}"#);
        check(optional("a", Kind::OneOf(&["x"])), r#"{"type":["string","null"],"enum":["x",null]}"#);
        check(required("a", Kind::Integer { min: 1, max: i64::MAX }), r#"{"type":"integer","minimum":1}"#);
        check(required("a", Kind::Texts { min: 1, max: 2 }), r#"{"type":"array","minItems":1,"maxItems":2,"items":{"type":"string"}}"#);
        check(optional("a", Kind::Either(&[Kind::Object, TEXT])), r#"{"anyOf":[{"type":"object"},{"type":"string"},{"type":"null"}]}"#);
        check(optional("a", Kind::Any), "{}");
    }

    #[test]
    fn a_template_names_its_variables_in_order() {
        assert_eq!(variables("/v1/{a}/x/{bC}").collect::<Vec<_>>(), ["a", "bC"]);
    }
}
