//! The arguments of a call, taken from a documented request: by name, wherever in the request each of them stands.

use fixtures::RequestText;
use mock_providers::core::fields::{FieldSpec, Kind};
use mock_providers::core::operation::{Spec, match_template};
use mock_providers::core::request::Request;
use serde_json::{Map, Value};

/// Where an argument stands in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A segment of the path.
    Path,
    /// A parameter of the query.
    Query,
    /// A field of the JSON body.
    Body,
}

/// The arguments of a documented request. None for a body that is no JSON object: no client is asked for that.
pub(crate) fn of_request(spec: &Spec, request: &RequestText) -> Option<Map<String, Value>> {
    let sent = Request::new(spec.method.clone(), &*request.target);
    let template = spec.paths.iter().find(|template| match_template(template, sent.path()).is_some())?;
    let mut arguments = Map::new();
    for (name, segment) in template.split('/').zip(sent.path().split('/')) {
        if let Some(name) = variable(name) {
            let value = percent_encoding::percent_decode_str(segment).decode_utf8().ok()?;
            arguments.insert(name.to_owned(), Value::String(value.into_owned()));
        }
    }
    for (name, value) in sent.query() {
        let value = typed(spec.query.iter().find(|field| field.name == name), &value);
        arguments.insert(name.into_owned(), value);
    }
    if !request.body.is_empty() {
        let Value::Object(body) = serde_json::from_str(&request.body).ok()? else { return None };
        arguments.extend(body);
    }
    Some(arguments)
}

/// A parameter of a query as a caller would write it.
fn typed(field: Option<&FieldSpec>, text: &str) -> Value {
    let plain = match field.map(|field| field.kind) {
        Some(Kind::Integer { .. }) => text.parse::<i64>().ok().map(Value::from),
        Some(Kind::Boolean) => text.parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    plain.unwrap_or_else(|| Value::String(text.to_owned()))
}

/// Where the documents want an argument of this operation; in the body where they do not name it.
pub(crate) fn place(spec: &Spec, name: &str) -> Place {
    if spec.paths[0].split('/').filter_map(variable).any(|known| known == name) {
        Place::Path
    } else if spec.query.iter().any(|field| field.name == name) || (spec.body.is_empty() && spec.method == http::Method::GET) {
        Place::Query
    } else {
        Place::Body
    }
}

/// The name of a template's segment that stands for a value.
pub(crate) fn variable(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

#[cfg(test)]
mod tests {
    use mock_providers::providers::Provider;

    use super::*;
    use crate::case::ALL;

    /// Every good request can be put as arguments, and no argument has two places.
    #[test]
    fn every_documented_success_has_arguments() {
        for case in ALL.iter() {
            let Some(documented) = case.documented().filter(|documented| documented.exchange.status < 300) else { continue };
            let Some(spec) = case.provider.operations().find(|spec| spec.id == case.operation) else { continue };
            let request = &documented.exchange.request;
            let arguments = of_request(spec, request).unwrap_or_else(|| panic!("{}", case.id));
            let in_query = request.target.split_once('?').map_or(0, |(_, query)| query.split('&').count());
            let in_path = spec.paths[0].split('/').filter_map(variable).count();
            let in_body = serde_json::from_str::<Map<String, Value>>(&request.body).map_or(0, |body| body.len());
            assert_eq!(arguments.len(), in_query + in_path + in_body, "{}", case.id);
        }
    }

    #[test]
    fn parameters_are_typed_as_the_tables_have_them() {
        let spec = Provider::Sendpilot.operations().find(|spec| spec.id == "sendpilot.campaigns.list").unwrap();
        let request = RequestText {
            method: "GET".into(),
            target: "/v1/campaigns?page=2&limit=10".into(),
            headers: [].as_slice().into(),
            body: "".into(),
        };
        let arguments = of_request(spec, &request).unwrap();
        assert_eq!(Value::Object(arguments), serde_json::json!({ "page": 2, "limit": 10 }));
    }
}
