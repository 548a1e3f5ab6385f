//! OpenAPI 3.1 documents of what the fakes serve, from the operation tables and the fixtures.
//!
//! Requests are described by the tables of fields, answers by the exchanges that the revision reads. Left out:
//! webhooks, HEAD and OPTIONS, documented calls that are not emulated, and the control API.

mod answers;
mod fields;
mod model;
mod shape;

use answers::{JSON, Place, Reading, sent};
use model::{Components, Document, Entries, Info, MediaType, Operation, Parameter, RequestBody, SecurityScheme, Server, Tag};

use crate::core::operation::{Check, Spec};
use crate::providers::{Profile, Provider, Revisions};

/// The name of the one security scheme.
const KEY: &str = "key";

/// The document of a provider under its chosen revision, as JSON for people to read.
///
/// Same tables and fixtures: same text.
pub fn text(provider: Provider, revisions: Revisions) -> String {
    let document = document(provider, revisions.of(provider));
    let mut text = serde_json::to_string_pretty(&document).expect("the document is plain JSON");
    text.push('\n');
    text
}

fn document(provider: Provider, revision: &'static str) -> Document {
    let profile = provider.profile();
    let reading = Reading { provider, revision };
    let mut shared = Entries::default();
    let mut paths: Entries<Entries<Operation>> = Entries::default();
    for spec in provider.operations() {
        for (at, template) in spec.paths.iter().enumerate() {
            let path = known_path(&paths, template);
            let operation = operation(reading, spec, at, &path, &mut shared);
            // Of two rows with one method and path the first is served.
            paths.entry(&path, Entries::default).entry(&spec.method.as_str().to_ascii_lowercase(), || operation);
        }
    }
    let mut tags: Entries<()> = Entries::default();
    for spec in provider.operations() {
        tags.entry(tag(spec), || ());
    }
    Document {
        openapi: "3.1.0",
        info: info(profile, revision),
        servers: servers(profile),
        tags: tags.iter().map(|(name, ())| Tag { name: name.to_owned() }).collect(),
        paths,
        components: Components { security_schemes: Entries::from_iter([(KEY.to_owned(), security_scheme(profile))]), responses: shared },
    }
}

fn info(profile: &'static Profile, revision: &'static str) -> Info {
    let chosen = profile.revisions.iter().find(|r| r.label == revision);
    let mut description = format!(
        "What mock-providers serves as {}, generated from public documents under the revision `{revision}`{}. \
         It is not the provider's own description. `x-evidence` says of each outcome how its body is known: documented, derived or assumed.",
        profile.title,
        chosen.map(|r| r.summary).filter(|summary| !summary.is_empty()).map_or_else(String::new, |summary| format!(" ({summary})")),
    );
    if let Some(documents) = chosen.map(|r| r.chain().collect::<Vec<_>>().join(", ")) {
        description.push_str("\n\nDocuments, the first that speaks decides: ");
        description.push_str(&documents);
        description.push('.');
    }
    if !profile.not_emulated.is_empty() {
        let calls: Vec<String> = profile.not_emulated.iter().map(|row| format!("`{} {}`", row.method, row.path)).collect();
        description.push_str("\n\nDocumented calls that are answered with 501 and left out here: ");
        description.push_str(&calls.join(", "));
        description.push('.');
    }
    Info { title: format!("{}, as mock-providers serves it", profile.title), version: revision, description }
}

/// The fake goes first: a tool that takes the first server calls this machine.
fn servers(profile: &'static Profile) -> Vec<Server> {
    vec![
        Server { url: format!("/{}", profile.name), description: "the fake, on the server that serves this document" },
        Server { url: format!("https://{}", profile.host), description: "the real API: calls may cost credits and reach people" },
    ]
}

fn security_scheme(profile: &'static Profile) -> SecurityScheme {
    match profile.key_scheme.trim() {
        "" => SecurityScheme::ApiKey { r#in: "header", name: profile.key_header },
        scheme => SecurityScheme::Http { scheme: scheme.to_ascii_lowercase() },
    }
}

/// The template as the document spells it already, if only the names of variables differ: to OpenAPI these are one path.
fn known_path(paths: &Entries<Entries<Operation>>, template: &str) -> String {
    paths.iter().map(|(path, _)| path).find(|path| is_same_path(path, template)).unwrap_or(template).to_owned()
}

fn is_same_path(a: &str, b: &str) -> bool {
    let unnamed = |template: &str| -> Vec<String> {
        template.split('/').map(|segment| if segment.starts_with('{') { "{}".to_owned() } else { segment.to_owned() }).collect()
    };
    unnamed(a) == unnamed(b)
}

fn operation(reading: Reading, spec: &'static Spec, at: usize, path: &str, shared: &mut Entries<model::Response>) -> Operation {
    let asks_for_key = spec.refusals.iter().any(|refusal| matches!(refusal.check, Check::Header | Check::Scheme | Check::Key));
    let parameters: Vec<Parameter> = fields::path(path).chain(fields::query(spec.query)).collect();
    Operation {
        id: if at == 0 { spec.id.to_owned() } else { format!("{}.alias-{at}", spec.id) },
        summary: spec.summary,
        description: description(spec),
        tags: vec![tag(spec).to_owned()],
        effect: spec.effect.name(),
        alias_of: (at > 0).then(|| spec.paths[0].to_owned()),
        security: if asks_for_key { vec![Entries::from_iter([(KEY.to_owned(), [])])] } else { Vec::new() },
        parameters,
        request_body: request_body(reading, spec),
        responses: reading.answers(Place { spec, path }, shared),
    }
}

fn description(spec: &Spec) -> String {
    let mut order: Vec<&str> = Vec::new();
    for refusal in spec.refusals {
        if order.last() != Some(&refusal.outcome.name) {
            order.push(refusal.outcome.name);
        }
    }
    if order.is_empty() { "No refusals.".to_owned() } else { format!("Refusals, the first that applies wins: {}.", order.join(", ")) }
}

/// The object of an operation's id, `credits` of `leadmagic.credits.get`.
fn tag(spec: &'static Spec) -> &'static str {
    spec.id.split('.').nth(1).unwrap_or(spec.id)
}

fn request_body(reading: Reading, spec: &'static Spec) -> Option<RequestBody> {
    if spec.body.is_empty() {
        return None;
    }
    let schema = fields::body(spec.body);
    let successes = spec.successes.iter().flat_map(|outcome| reading.exchanges(Some(spec.id), outcome.name));
    let media_type = MediaType { examples: sent(successes.filter(|exchange| exchange.operation == spec.id)), schema };
    Some(RequestBody { required: !media_type.schema.required.is_empty(), content: Entries::from_iter([(JSON.to_owned(), media_type)]) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_differ_in_the_names_of_variables_are_one() {
        assert!(is_same_path("/v1/{id}/leads", "/v1/{campaignId}/leads"));
        assert!(!is_same_path("/v1/{id}/leads", "/v1/x/leads"));
        assert!(!is_same_path("/v1/{id}", "/v1/{id}/leads"));
    }
}
