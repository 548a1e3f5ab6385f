//! What a body looks like, learnt from examples.
//!
//! An example says which fields there are and of which type, and no more: no values, no formats, and nothing against
//! fields that it does not have. A field is required when every example has it. A whole number is a number: a balance
//! that is printed as 10000 is 9999.95 after the first cheap call. Null alone says nothing of what stands there otherwise.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::model::Schema;

/// The types seen at one place, with what was seen inside.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    scalars: BTreeSet<Scalar>,
    /// What every entry looked like.
    array: Option<Box<Shape>>,
    object: Option<Fields>,
}

/// In the order in which a schema lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Scalar {
    String,
    Number,
    Boolean,
    Null,
}

#[derive(Clone, Debug, Default)]
struct Fields {
    /// How many objects were seen.
    objects: usize,
    /// In the order in which they first appeared.
    fields: Vec<FieldShape>,
}

#[derive(Clone, Debug)]
struct FieldShape {
    name: String,
    /// In how many objects it was seen.
    objects: usize,
    shape: Shape,
}

impl Shape {
    /// The shape of one example. Fails on text that is no JSON.
    pub(super) fn of(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// The shape of both.
    pub(super) fn merge(&mut self, other: Self) {
        self.scalars.extend(other.scalars);
        match (&mut self.array, other.array) {
            (Some(entries), Some(more)) => entries.merge(*more),
            (entries @ None, more) => *entries = more,
            (Some(_), None) => {}
        }
        match (&mut self.object, other.object) {
            (Some(fields), Some(more)) => fields.merge(more),
            (fields @ None, more) => *fields = more,
            (Some(_), None) => {}
        }
    }

    /// A schema that every example of it passes; one that saw nothing takes everything.
    pub(super) fn schema(&self) -> Schema {
        let plain: Vec<&'static str> = self.scalars.iter().filter_map(|scalar| scalar.name()).collect();
        let mut alternatives: Vec<Schema> = self.object.iter().map(Fields::schema).collect();
        alternatives.extend(self.array.iter().map(|entries| Schema { items: said(entries.schema()), ..Schema::of_type("array") }));
        if !plain.is_empty() {
            alternatives.push(Schema { types: plain, ..Schema::default() });
        }
        let schema =
            if alternatives.len() == 1 { alternatives.swap_remove(0) } else { Schema { any_of: alternatives, ..Schema::default() } };
        let has_other = schema != Schema::default();
        if has_other && self.scalars.contains(&Scalar::Null) { schema.or_null() } else { schema }
    }
}

impl From<Scalar> for Shape {
    fn from(scalar: Scalar) -> Self {
        Self { scalars: BTreeSet::from([scalar]), ..Self::default() }
    }
}

impl Scalar {
    /// The type in a schema; null is added last.
    const fn name(self) -> Option<&'static str> {
        match self {
            Self::String => Some("string"),
            Self::Number => Some("number"),
            Self::Boolean => Some("boolean"),
            Self::Null => None,
        }
    }
}

impl Fields {
    fn add(&mut self, name: String, objects: usize, shape: Shape) {
        match self.fields.iter_mut().find(|field| field.name == name) {
            Some(field) => {
                field.objects += objects;
                field.shape.merge(shape);
            }
            None => self.fields.push(FieldShape { name, objects, shape }),
        }
    }

    fn merge(&mut self, other: Self) {
        self.objects += other.objects;
        for field in other.fields {
            self.add(field.name, field.objects, field.shape);
        }
    }

    /// Names that no programmer would give a field are data: then the object is a map.
    fn is_map(&self) -> bool {
        let is_of_name = |c: char| c.is_alphanumeric() || "_-.$@".contains(c);
        self.fields.iter().any(|field| !field.name.chars().all(is_of_name))
    }

    fn schema(&self) -> Schema {
        if self.is_map() {
            let mut values = Shape::default();
            self.fields.iter().for_each(|field| values.merge(field.shape.clone()));
            return Schema { additional_properties: said(values.schema()), ..Schema::of_type("object") };
        }
        Schema {
            properties: self.fields.iter().map(|field| (field.name.clone(), field.shape.schema())).collect(),
            required: self.fields.iter().filter(|field| field.objects == self.objects).map(|field| field.name.clone()).collect(),
            ..Schema::of_type("object")
        }
    }
}

/// A schema that says something.
fn said(schema: Schema) -> Option<Box<Schema>> {
    (schema != Schema::default()).then(|| Box::new(schema))
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Look)
    }
}

struct Look;

impl<'de> Visitor<'de> for Look {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::from(Scalar::Null))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::from(Scalar::Boolean))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::from(Scalar::Number))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::from(Scalar::Number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::from(Scalar::Number))
    }

    fn visit_str<E>(self, _: &str) -> Result<Shape, E> {
        Ok(Shape::from(Scalar::String))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Shape, A::Error> {
        let mut entries = Shape::default();
        while let Some(entry) = list.next_element()? {
            entries.merge(entry);
        }
        Ok(Shape { array: Some(Box::new(entries)), ..Shape::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shape, A::Error> {
        let mut seen = Fields { objects: 1, fields: Vec::new() };
        while let Some((name, shape)) = map.next_entry::<String, Shape>()? {
            // A repeated name is one field of this object.
            let repeated = seen.fields.iter().any(|field| field.name == name);
            seen.add(name, usize::from(!repeated), shape);
        }
        Ok(Shape { object: Some(seen), ..Shape::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(examples: &[&str], expected: &str) {
        let mut shape = Shape::default();
        for example in examples {
            shape.merge(Shape::of(example).unwrap());
        }
        assert_eq!(serde_json::to_string(&shape.schema()).unwrap(), expected, "{examples:?}");
    }

    #[test]
    fn types_at_one_place_are_merged() {
        check(&["1", "2.0"], r#"{"type":"number"}"#);
        check(&["10000"], r#"{"type":"number"}"#);
        check(&["\"a\"", "null"], r#"{"type":["string","null"]}"#);
        check(&["true", "\"a\"", "7"], r#"{"type":["string","number","boolean"]}"#);
        check(&["null"], "{}");
        check(&[], "{}");
    }

    #[test]
    fn a_field_is_required_when_every_example_has_it_and_the_order_is_kept() {
        check(
            &[r#"{"z":1,"a":"x"}"#, r#"{"z":null,"m":[]}"#],
            r#"{"type":"object","properties":{"z":{"type":["number","null"]},"a":{"type":"string"},"m":{"type":"array"}},"required":["z"]}"#,
        );
        check(&[r#"{"a":1,"a":1}"#, "{}"], r#"{"type":"object","properties":{"a":{"type":"number"}}}"#);
        check(&[r#"{"a":{}}"#, "null"], r#"{"type":["object","null"],"properties":{"a":{"type":"object"}},"required":["a"]}"#);
    }

    #[test]
    fn an_object_whose_names_are_data_is_a_map() {
        check(
            &[r#"{"CDN":["a"],"Web Server":["b"]}"#],
            r#"{"type":"object","additionalProperties":{"type":"array","items":{"type":"string"}}}"#,
        );
    }

    #[test]
    fn entries_of_a_list_are_merged_and_other_shapes_stay_apart() {
        check(
            &[r#"[{"id":"a","n":1},{"id":"b"}]"#, "[]"],
            r#"{"type":"array","items":{"type":"object","properties":{"id":{"type":"string"},"n":{"type":"number"}},"required":["id"]}}"#,
        );
        check(
            &[r#"{"error":"x"}"#, r#"{"error":{"code":1}}"#, "[7]", "null"],
            concat!(
                r#"{"anyOf":[{"type":"object","properties":{"error":{"anyOf":[{"type":"object","properties":{"code":{"type":"number"}},"#,
                r#""required":["code"]},{"type":"string"}]}},"required":["error"]},{"type":"array","items":{"type":"number"}},{"type":"null"}]}"#
            ),
        );
    }
}
