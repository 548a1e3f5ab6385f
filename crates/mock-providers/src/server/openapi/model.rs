//! The parts of an OpenAPI 3.1 document, in the order in which they are written.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

/// A JSON object whose names stand in the order in which they were added.
#[derive(Clone, Debug)]
pub(super) struct Entries<V>(Vec<(String, V)>);

impl<V> Default for Entries<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> Entries<V> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    pub(super) fn get(&self, name: &str) -> Option<&V> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The same names with other values.
    pub(super) fn map<W>(self, make: impl Fn(V) -> W) -> Entries<W> {
        Entries(self.0.into_iter().map(|(name, value)| (name, make(value))).collect())
    }

    /// The value of that name, made where there is none yet.
    pub(super) fn entry(&mut self, name: &str, make: impl FnOnce() -> V) -> &mut V {
        let at = self.0.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            self.0.push((name.to_owned(), make()));
            self.0.len() - 1
        });
        &mut self.0[at].1
    }
}

impl<V> FromIterator<(String, V)> for Entries<V> {
    fn from_iter<I: IntoIterator<Item = (String, V)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

impl<V: Serialize> Serialize for Entries<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// The whole document.
#[derive(Debug, serde::Serialize)]
pub(super) struct Document {
    pub(super) openapi: &'static str,
    pub(super) info: Info,
    pub(super) servers: Vec<Server>,
    pub(super) tags: Vec<Tag>,
    pub(super) paths: Entries<Entries<Operation>>,
    pub(super) components: Components,
}

#[derive(Debug, serde::Serialize)]
pub(super) struct Info {
    pub(super) title: String,
    pub(super) version: &'static str,
    pub(super) description: String,
}

#[derive(Debug, serde::Serialize)]
pub(super) struct Server {
    pub(super) url: String,
    pub(super) description: &'static str,
}

#[derive(Debug, serde::Serialize)]
pub(super) struct Tag {
    pub(super) name: String,
}

#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Components {
    pub(super) security_schemes: Entries<SecurityScheme>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) responses: Entries<Response>,
}

#[derive(Debug, serde::Serialize)]
#[serde(tag = "type")]
pub(super) enum SecurityScheme {
    #[serde(rename = "apiKey")]
    ApiKey { r#in: &'static str, name: &'static str },
    #[serde(rename = "http")]
    Http { scheme: String },
}

#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Operation {
    #[serde(rename = "operationId")]
    pub(super) id: String,
    pub(super) summary: &'static str,
    pub(super) description: String,
    pub(super) tags: Vec<String>,
    #[serde(rename = "x-effect")]
    pub(super) effect: &'static str,
    #[serde(rename = "x-alias-of", skip_serializing_if = "Option::is_none")]
    pub(super) alias_of: Option<String>,
    pub(super) security: Vec<Entries<[&'static str; 0]>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) parameters: Vec<Parameter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request_body: Option<RequestBody>,
    pub(super) responses: Entries<Answer>,
}

#[derive(Debug, serde::Serialize)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) r#in: &'static str,
    pub(super) required: bool,
    pub(super) schema: Schema,
}

#[derive(Debug, serde::Serialize)]
pub(super) struct RequestBody {
    pub(super) required: bool,
    pub(super) content: Entries<MediaType>,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub(super) struct MediaType {
    pub(super) schema: Schema,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) examples: Entries<Example>,
}

#[derive(Clone, Debug, serde::Serialize)]
pub(super) struct Example {
    pub(super) summary: String,
    pub(super) value: Box<RawValue>,
}

/// A response, or where it stands.
#[derive(Debug, serde::Serialize)]
#[serde(untagged)]
pub(super) enum Answer {
    Here(Response),
    Shared {
        #[serde(rename = "$ref")]
        reference: String,
    },
}

#[derive(Clone, Debug, serde::Serialize)]
pub(super) struct Response {
    pub(super) description: String,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) headers: Entries<Header>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) content: Entries<MediaType>,
    #[serde(rename = "x-evidence")]
    pub(super) evidence: Entries<OutcomeEvidence>,
}

#[derive(Clone, Debug, serde::Serialize)]
pub(super) struct Header {
    pub(super) required: bool,
    pub(super) schema: Schema,
    pub(super) example: String,
}

impl Response {
    /// As it stands in the document.
    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).expect("a response is plain JSON")
    }
}

/// How an outcome is known.
#[derive(Clone, Debug, serde::Serialize)]
pub(super) struct OutcomeEvidence {
    pub(super) evidence: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) exchange: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<&'static str>,
}

/// The part of JSON Schema that fields and examples need. Without any keyword it takes everything.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Schema {
    #[serde(rename = "type", skip_serializing_if = "Vec::is_empty", serialize_with = "one_or_more")]
    pub(super) types: Vec<&'static str>,
    #[serde(rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub(super) values: Vec<Option<&'static str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) minimum: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) maximum: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_length: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_length: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pattern: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_items: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_items: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) items: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) properties: Entries<Schema>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) required: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) additional_properties: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) any_of: Vec<Schema>,
}

impl Schema {
    pub(super) fn of_type(name: &'static str) -> Self {
        Self { types: vec![name], ..Self::default() }
    }

    /// The same, and null.
    pub(super) fn or_null(mut self) -> Self {
        if !self.any_of.is_empty() {
            self.any_of.push(Self::of_type("null"));
        } else if !self.types.is_empty() {
            self.types.push("null");
            if !self.values.is_empty() {
                self.values.push(None);
            }
        }
        self
    }
}

impl<V: PartialEq> PartialEq for Entries<V> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

fn one_or_more<S: Serializer>(types: &[&'static str], serializer: S) -> Result<S::Ok, S::Error> {
    match types {
        [one] => one.serialize(serializer),
        more => more.serialize(serializer),
    }
}
